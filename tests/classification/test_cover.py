"""Maps of forest drawn as pictures: 1 forest, 0 not, ? not classified."""

import dataclasses

import geopandas as gpd
import numpy as np
import pytest

from geoplan.classification import CoverMap, CoverSettings, cover_map
from geoplan.errors import InputError
from geoplan.imagery.records import UNSEEN, Observations
from tests.classification import world

SMALL = CoverSettings(min_patch_ha=0.03, trees=60)  # three pixels


def mapped(
    seen: Observations,
    points: gpd.GeoDataFrame | None = None,
    settings: CoverSettings = SMALL,
    block: int = 256,
    threads: int = 2,
) -> CoverMap:
    stack = world.stack(seen, block)
    return cover_map(stack, world.reader(seen), points, as_of=world.AS_OF, settings=settings, threads=threads)


def drawn(layer: np.ndarray) -> str:
    return " ".join("".join({0: "0", 1: "1", 255: "?"}[int(v)] for v in row) for row in layer)


def keys(made: CoverMap) -> set[str]:
    return {note.key for note in made.notes}


def test_without_points_the_rule_is_taken_and_said() -> None:
    made = mapped(world.observations("FFFO FFFO FFFO ?KKC"))
    assert drawn(made.classified) == "1110 1110 1110 ?000"
    assert drawn(made.forest) == "1110 1110 1110 ?000"
    assert made.probability.tolist()[0] == [100, 100, 100, 0]
    assert made.probability[3, 0] == 255
    assert (made.method, made.accuracy, dict(made.importance)) == ("preliminary", None, {})
    assert {"classification.preliminary", "classification.part_unseen"} <= keys(made)


def test_unseen_is_neither_and_its_hectares_stand_apart() -> None:
    made = mapped(world.observations("FFFF ???? OOOO"))
    assert drawn(made.forest) == "1111 ???? 0000"
    assert made.hectares["classified"] == pytest.approx(0.04, rel=1e-3)
    assert made.hectares["unseen"] == pytest.approx(0.04, rel=1e-3)
    assert made.hectares["whole"] == pytest.approx(0.12, rel=1e-3)
    assert made.looks.tolist()[1] == [0, 0, 0, 0]


@pytest.mark.parametrize(("looks", "classified"), [(5, "?"), (6, "1")])
def test_six_looks_a_year_are_needed(looks: int, classified: str) -> None:
    seen = world.observations("FF")
    for band in seen.bands.values():
        band[:-looks, 0, 0] = UNSEEN
    assert drawn(mapped(seen).classified) == classified + "1"


def test_the_rules_by_eye() -> None:
    """A hole of two pixels is forest, a patch of two is none, a strip of one pixel is none."""
    before = "FFFFFFOOOO FFOOFFOOFF FFFFFFOOOO FFFFFFOOOO OOOOOOOOOO OFFFFFFFFF OOOOOOOOOO"
    made = mapped(world.observations(before))
    assert drawn(made.classified) == before.replace("F", "1").replace("O", "0")
    assert drawn(made.forest) == "1111110000 1111110000 1111110000 1111110000 0000000000 0000000000 0000000000"
    assert made.hectares["classified"] == pytest.approx(0.33, rel=1e-3)
    assert made.hectares["after"] == pytest.approx(0.24, rel=1e-3)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "OOOOO OFFFO OFOFO OFFFO OOOOO",
            "00000 01110 01110 01110 00000",
        ),  # the hole is filled before widths are taken
        ("OOOOOOO OFFOFFO OFFFFFO OOOOOOO", "0000000 0000000 0000000 0000000"),  # two of 4 pixels on a strip: too small
        ("OOOOOOO OFFFFFO OFFFFFO OOOOOOO", "0000000 0111110 0111110 0000000"),
    ],
)
def test_the_rules_follow_one_another(before: str, after: str) -> None:
    assert drawn(mapped(world.observations(before), settings=CoverSettings(min_patch_ha=0.05)).forest) == after


def taught(picture: str) -> gpd.GeoDataFrame:
    """A point on every third pixel of a picture, by what it shows; the sixth stands where nothing is seen."""
    words = {"F": "natural_forest", "K": "natural_forest", "O": "maize", "P": "forest"}
    places: dict[str, list[tuple[int, int]]] = {}
    for r, line in enumerate(picture.split()):
        for c, letter in enumerate(line):
            if letter in words and (r + c) % 3 == 0:
                places.setdefault(words[letter], []).append((r, c))
    points = world.points(places)
    nowhere = world.points({"forest": [(20, 3)]}).geometry.iloc[0]
    points.geometry = points.geometry.where(points.index != 5, nowhere)
    return points


FIELD = "\n".join(["F" * 12 + "O" * 12 + "K" * 6] * 15 + ["C" * 30] * 4 + ["?" * 30] * 2)  # 21 rows, 30 columns


def noisy(picture: str) -> Observations:
    seen = world.observations(picture)
    random = np.random.default_rng(11)
    for band in seen.bands.values():
        known = band != UNSEEN
        band[known] = (band[known] * random.normal(1, 0.03, known.sum())).astype(np.int16)
    return seen


@pytest.fixture(scope="module")
def made() -> CoverMap:
    return mapped(noisy(FIELD), taught(FIELD))


def test_points_teach_what_the_rule_does_not_know(made: CoverMap) -> None:
    assert made.method == "random_forest"
    assert drawn(made.classified).split()[7] == "1" * 12 + "0" * 12 + "1" * 6
    assert drawn(made.forest).split()[20] == "?" * 30
    assert made.accuracy is not None
    assert made.accuracy.overall > 0.97
    assert sum(made.importance.values()) == pytest.approx(1.0)
    assert "classification.preliminary" not in keys(made)
    assert "classification.accuracy" in keys(made)
    (note,) = [n for n in made.notes if n.key == "classification.points_unseen"]
    assert note.feature_ids == ("T005",)


def test_what_was_cleared_two_years_ago_and_does_not_stand_is_no_forest(made: CoverMap) -> None:
    assert set(made.cleared_on[15:19].ravel().tolist()) == {202403}
    assert set(made.cleared_year[15:19].ravel().tolist()) == {2024}
    assert not made.cleared_on[:15].any()
    assert made.classified[16].mean() > 0.9  # it looks like forest on rock
    assert made.forest[16].max() == 0
    later = dataclasses.replace(SMALL, cleared_years=2)
    assert mapped(noisy(FIELD), taught(FIELD), later).forest[16].mean() > 0.9
    assert made.hectares["classified"] - made.hectares["not_cleared"] > 1.0


def test_the_map_is_the_same_for_any_blocks_threads_and_order_and_inputs_stay(made: CoverMap) -> None:
    seen, points = noisy(FIELD), taught(FIELD).iloc[::-1].reset_index(drop=True)
    before, frame = {b: v.copy() for b, v in seen.bands.items()}, points.copy()
    other = mapped(seen, points, block=8, threads=1)
    assert all(np.array_equal(seen.bands[b], before[b]) for b in before)
    assert points.equals(frame)
    for name in ("probability", "classified", "forest", "cleared_on", "looks"):
        assert np.array_equal(getattr(made, name), getattr(other, name)), name
    assert made.accuracy == other.accuracy
    assert made.notes == other.notes


def test_too_few_points_fall_to_the_rule_with_a_word() -> None:
    made = mapped(noisy(FIELD), taught(FIELD).iloc[:80])
    assert made.method == "preliminary"
    assert {"classification.preliminary", "classification.points_too_few"} <= keys(made)
    assert made.classified[7, 26] == 0  # the rule does not know forest on rock


def test_images_that_end_too_early_are_refused() -> None:
    seen = world.observations("FF", world.DAYS[:40])
    with pytest.raises(InputError) as error:
        mapped(seen)
    assert error.value.key == "classification.nothing_seen"
    assert error.value.problems[0].facts["last"] == "2024-03-23"
    with pytest.raises(InputError) as error:
        mapped(world.observations("FF", world.DAYS[:0]))
    assert error.value.problems[0].facts["last"] == "–"


@pytest.mark.parametrize(("first", "short"), [(0, False), (20, True)])
def test_images_too_short_to_know_old_clearings_are_told(first: int, short: bool) -> None:
    made = mapped(world.observations("FFO", world.DAYS[first:]))  # from July 2022, from May 2023
    assert ("classification.history_short" in keys(made)) is short
