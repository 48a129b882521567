"""Three hundred broken files, a few of every format, through the doors: read, told or refused, and nothing else."""

import sys
from pathlib import Path

import pytest

from geoplan.formats import BY_ENDING
from tests.fuzz import campaign, mutations, seeds, structures
from tests.fuzz.opener import differ

CASES = 300


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="the limit on memory is Linux's")
def test_no_broken_file_gets_through(tmp_path: Path) -> None:
    found = campaign.run(tuple(seeds.MAKERS), 0, CASES, tmp_path)
    assert found.findings == []
    outcomes = {outcome for _, outcome in found.counts}
    assert outcomes == set(campaign.GOOD), "mutations must be neither harmless nor all fatal"


def test_every_format_has_a_seed() -> None:
    endings = {
        ending
        for name in seeds.MAKERS
        for ending in (f".{name}", f".{name.split('.')[0]}", f".{name.rsplit('.', 1)[-1]}")
    }
    assert {e for e, kind in BY_ENDING.items() if kind.endings[0] == e} - endings <= WITHOUT_SEED


WITHOUT_SEED = {".dgn", ".geojsonl"}
"""Formats that this machine cannot write, or that share a reader with one that has a seed."""


@pytest.mark.parametrize("name", sorted(seeds.MAKERS))
def test_the_seed_itself_opens(name: str, tmp_path: Path) -> None:
    """A campaign over files that were never good would prove nothing."""
    import json

    from tests.fuzz.opener import opened

    seed = seeds.MAKERS[name]()
    for file, content in seed.files.items():
        (tmp_path / file).write_bytes(content)
    case = {"role": seed.role, "opened": seed.opened, "crs": seed.crs, "mend": 0}
    assert opened(tmp_path, json.loads(json.dumps(case)))[0] in ("read", "told")


def test_a_case_is_named_by_its_seed() -> None:
    data = bytes(range(256)) * 8
    assert [mutations.mutated(data, n) for n in range(50)] == [mutations.mutated(data, n) for n in range(50)]
    assert sum(mutations.mutated(data, n) != data for n in range(50)) >= 45


@pytest.mark.parametrize("name", sorted(structures.WAYS))
def test_structures_are_broken_and_named_by_their_seed(name: str) -> None:
    good = dict(seeds.MAKERS[name]().files)
    made = [structures.broken(good, name, n) for n in range(12)]
    assert sum(files != good for files in made) >= 6
    if name not in ("gpkg", "xlsx", "parquet"):  # written anew by libraries that set the time
        assert made == [structures.broken(good, name, n) for n in range(12)]


def test_other_figures_are_seen() -> None:
    assert not differ([12.0, 12.000972], [12.0, 12.000972])
    assert differ([11.0, 12.000972], [12.0, 12.000972])
    assert differ([], [12.0])
