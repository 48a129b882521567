"""The same inputs give the same bytes, whatever the folder, the clock's zone, the locale, the hash seed or the number of workers."""

import shutil
from pathlib import Path

import pytest

from tests.end_to_end.world import DAY, OUTPUTS, copy_of, hashes, inputs_of, process

HOUSES = {
    "here": {"TZ": "Asia/Ho_Chi_Minh", "PYTHONHASHSEED": "0", "LC_ALL": "C.UTF-8"},
    "Thư mục khác, có dấu cách": {"TZ": "America/Los_Angeles", "PYTHONHASHSEED": "4242", "LC_ALL": "C", "LANG": "C"},
}


@pytest.fixture(scope="module")
def twice(demo_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, str]]:
    """Hashes of the outputs of two runs that share nothing but their inputs' bytes."""
    found = []
    for name, env in HOUSES.items():
        folder = copy_of(demo_folder, tmp_path_factory.mktemp("house") / name)
        before = inputs_of(folder)
        said = process("run", ".", cwd=folder, **env)
        assert said.code == 0, said.err
        assert inputs_of(folder) == before, "an input changed"
        found.append(hashes(folder / "maps"))
    return found


def test_two_runs_give_the_same_bytes(twice: list[dict[str, str]]) -> None:
    assert sorted(twice[0]) == sorted([*(f"{DAY}/{name}" for name in OUTPUTS), "latest"])
    assert twice[0] == twice[1]


def test_two_workers_give_the_bytes_of_one(twice: list[dict[str, str]], demo_folder: Path, tmp_path: Path) -> None:
    said = process("run", copy_of(demo_folder, tmp_path / "xa"), "--workers", "2", "--out", tmp_path / "kết quả")
    assert said.code == 0, said.err
    assert hashes(tmp_path / "kết quả") == twice[0]
    assert not (tmp_path / "xa" / "maps").exists()


def test_a_locale_without_utf8_is_no_traceback(demo_folder: Path, tmp_path: Path) -> None:
    folder = copy_of(demo_folder, tmp_path / "xã")
    said = process("check", ".", cwd=folder, LC_ALL="C", LANG="C", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0")
    assert said.code == 0, said.err


def test_a_second_run_of_the_day_keeps_one_copy_and_changes_nothing(
    twice: list[dict[str, str]], good_run: Path, tmp_path: Path
) -> None:
    """The process of the tests agrees with the others; running again leaves the same bytes and the old ones beside them."""
    from geoplan import open_project, outputs, runs

    assert {name: digest for name, digest in hashes(good_run / "maps").items() if "~" not in name} == twice[0]
    shutil.copytree(good_run / "maps", tmp_path / "maps")
    project = open_project(good_run)
    outputs.write(outputs.tell(project, runs.survey(project)), tmp_path / "maps")
    found = hashes(tmp_path / "maps")
    assert {name: digest for name, digest in found.items() if "~" not in name} == twice[0]
    kept = {name.split("/")[1]: digest for name, digest in found.items() if "~" in name}
    assert kept == {name.split("/")[1]: digest for name, digest in twice[0].items() if "/" in name}
