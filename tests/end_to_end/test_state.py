"""The state of the machine: full disks, folders that take no files, four runs at once, odd surroundings, TERM, files in use."""

import csv
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.end_to_end.world import (
    DAY,
    OUTPUTS,
    VIETNAMESE,
    Said,
    call,
    copy_of,
    environment,
    hashes,
    inputs_of,
    process,
)
from tests.layers.conftest import communes, lots

pytestmark = [pytest.mark.slow, pytest.mark.skipif(sys.platform == "win32", reason="mounts and signals of POSIX")]
TOML = f"""[project]
name = "Xã Cao Minh"
crs = "EPSG:9213"
as_of = {DAY}
[layers]
communes = "layers/communes.gpkg"
forest_lots = "layers/rung.gpkg"
"""


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project of two communes and four lots. Read only."""
    folder = tmp_path_factory.mktemp("small") / "xa"
    (folder / "layers").mkdir(parents=True)
    communes().to_file(folder / "layers" / "communes.gpkg", driver="GPKG")
    lots(churung=["Nông Thị Bí Mật"] * 4, diadanh=["Nà Lò"] * 4).to_file(folder / "layers" / "rung.gpkg", driver="GPKG")
    (folder / "geoplan.toml").write_text(TOML, encoding="utf-8")
    return folder


@pytest.fixture
def project(small: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(small, tmp_path / "xa"))


def mount(place: Path, *words: str) -> None:
    if os.geteuid() != 0 or shutil.which("mount") is None:
        pytest.skip("no right to mount a disk")
    if subprocess.run(["mount", *words, str(place)], capture_output=True, check=False).returncode:
        pytest.skip("this machine does not let us mount a disk")


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Callable[[str], Path]]:
    """Small disks of our own."""
    made: list[Path] = []

    def make(size: str) -> Path:
        place = tmp_path / f"disk{len(made)}"
        place.mkdir()
        mount(place, "-t", "tmpfs", "-o", f"size={size}", "tmpfs")
        made.append(place)
        return place

    yield make
    for place in made:
        subprocess.run(["umount", "-l", str(place)], check=True)


def fill(place: Path, left: int) -> Path:
    """Leave so many bytes of a disk."""
    filler = place / "filler"
    filler.unlink(missing_ok=True)
    room = shutil.disk_usage(place).free - left
    if room > 0:
        filler.write_bytes(b"." * room)
    return filler


def refused(said: Said, code: int, *words: str) -> None:
    """A sentence in Vietnamese that names the place and gives a cure, and no traceback."""
    assert said.code == code, said.err[-2000:]
    assert "Traceback" not in said.err
    assert VIETNAMESE.search(said.err)
    for word in words:
        assert word in said.err
    assert "Cách sửa" in said.err


def standing(place: Path) -> dict[str, str]:
    """The outputs of the day, whole: nothing half under a final name, nothing temporary beside it."""
    names = [p.name for p in place.iterdir() if p.name.startswith(".") and p.name != ".stacks"]
    assert names == []
    assert sorted(p.name for p in (place / DAY).iterdir()) == list(OUTPUTS)
    json.loads((place / DAY / "results.json").read_text(encoding="utf-8"))
    assert (place / DAY / "map.html").read_text(encoding="utf-8").rstrip().endswith("</html>")
    with closing(sqlite3.connect(place / DAY / "results.gpkg")) as base:
        assert base.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    return hashes(place / DAY)


def test_the_disk_of_the_outputs_fills_up(project: Path, disk: Callable[[str], Path]) -> None:
    """Over a good run, with room for less and less of the next: refused with the path, and the old outputs stand."""
    place = disk("12m")
    assert call("run", project, "--out", place, "--lang", "en").code == 0
    old = standing(place)
    size = sum(p.stat().st_size for p in (place / DAY).iterdir())
    codes = []
    for share in (0.0, 0.02, 0.3, 0.6, 0.9, 1.0):
        filler = fill(place, int(share * size))
        said = call("run", project, "--out", place)
        codes.append(said.code)
        filler.unlink()
        if said.code:
            refused(said, 6, str(place))
            assert standing(place) == old
    assert codes.count(6) >= 4
    assert call("run", project, "--out", place).code == 0
    assert standing(place) != old


def test_the_disk_of_temporary_files_fills_up(
    project: Path, disk: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Room for a part of the copies, of what GDAL's process leaves, of the workbook: told with the folder's name."""
    assert call("run", project, "--lang", "en").code == 0
    old, inputs = standing(project / "maps"), inputs_of(project)
    place = disk("4m")
    monkeypatch.setenv("TMPDIR", str(place))
    monkeypatch.setattr("tempfile.tempdir", str(place))
    codes = []
    for left in (0, 20_000, 60_000, 110_000, 150_000, 400_000):
        fill(place, left)
        said = call("run", project)
        codes.append(said.code)
        if said.code:
            refused(said, 6)
            assert str(place) in said.err or "rung.gpkg" in said.err or "communes.gpkg" in said.err
            assert standing(project / "maps") == old
        assert [p.name for p in place.iterdir()] == ["filler"]
    assert codes[0] == 6
    assert codes.count(6) >= 3
    (place / "filler").unlink()
    assert call("run", project).code == 0
    assert inputs_of(project) == inputs


def test_check_with_a_full_temporary_disk(project: Path, disk: Callable[[str], Path]) -> None:
    """The same in a process of its own, where Python looks for another folder by itself."""
    place = disk("1m")
    fill(place, 30_000)
    said = process("check", project, TMPDIR=str(place))
    assert said.code in (0, 6), said.err
    assert "Traceback" not in said.err
    if said.code:
        refused(said, 6)


def test_a_folder_that_takes_no_files_is_refused_before_anything_is_computed(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from geoplan import runs

    assert call("run", project).code == 0
    old, inputs = standing(project / "maps"), inputs_of(project)
    mount(project, "--bind", str(project))
    try:
        subprocess.run(["mount", "-o", "remount,ro,bind", str(project)], check=True)

        def computed(*_: object, **__: object) -> None:
            raise AssertionError("something was computed")

        monkeypatch.setattr(runs, "survey", computed)
        refused(call("run", project), 6, "maps")
        assert call("doctor", project).code == 4
    finally:
        subprocess.run(["umount", "-l", str(project)], check=True)
    assert standing(project / "maps") == old
    assert inputs_of(project) == inputs


SURROUNDINGS = [
    {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "TZ": "Pacific/Kiritimati"},
    {"HOME": "", "USERPROFILE": "", "XDG_CACHE_HOME": "", "TZ": "America/Los_Angeles"},
    {"LC_ALL": "vi_VN.ISO-8859-1", "LANG": "", "PYTHONHASHSEED": "7"},
    {"HOME": "/nowhere", "PROJ_NETWORK": "ON", "http_proxy": "http://127.0.0.1:9", "PYTHONHASHSEED": "8"},
]


def test_four_runs_at_once_in_four_surroundings(project: Path, small: Path, tmp_path: Path) -> None:
    """Every one ends well, one whole set stands, and its bytes are those of a run alone."""
    alone = Path(shutil.copytree(small, tmp_path / "alone" / "xa"))
    assert call("run", alone).code == 0
    begun = [
        subprocess.Popen(
            [sys.executable, "-m", "geoplan.cli", "run", str(project)],
            env=environment(**env),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        for env in SURROUNDINGS
    ]
    for run in begun:
        _, err = run.communicate(timeout=120)
        assert run.returncode == 0, err.decode("utf-8", "replace")
    assert standing(project / "maps") == standing(alone / "maps")
    assert {p.name.split("~")[0] for p in (project / "maps").iterdir()} <= {DAY, "latest"}
    assert inputs_of(project) == inputs_of(small)


def test_term_in_the_middle_of_a_run(project: Path, small: Path, tmp_path: Path) -> None:
    """Nothing stands under a final name, and the next run is a clean run."""
    run = subprocess.Popen(
        [sys.executable, "-m", "geoplan.cli", "run", str(project)],
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    maps = project / "maps"
    end = time.monotonic() + 60
    while (
        run.poll() is None
        and time.monotonic() < end
        and not (maps.is_dir() and any(p.is_dir() for p in maps.iterdir()))
    ):
        time.sleep(0.001)
    run.send_signal(signal.SIGTERM)
    _, err = run.communicate(timeout=60)
    assert b"Traceback" not in err
    if run.returncode != 0:
        assert not (maps / DAY).exists()
    assert call("run", project).code == 0
    alone = Path(shutil.copytree(small, tmp_path / "alone" / "xa"))
    assert call("run", alone).code == 0
    assert standing(maps) == standing(alone / "maps")


@pytest.mark.parametrize("mode", ["exclusive", "wal"])
def test_a_file_that_qgis_has_open(project: Path, mode: str) -> None:
    """A lock, or edits not yet put into the main file: read from a copy, or refused with the file's name; nothing changes."""
    path = project / "layers" / "communes.gpkg"
    with closing(sqlite3.connect(path, isolation_level=None)) as base:
        if mode == "wal":
            base.execute("PRAGMA journal_mode = WAL")
            base.execute("PRAGMA wal_autocheckpoint = 0")
            base.execute("UPDATE gpkg_contents SET description = 'edited'")
            assert (project / "layers" / "communes.gpkg-wal").stat().st_size > 0
        else:
            base.execute("BEGIN EXCLUSIVE")
        before = {k: v for k, v in inputs_of(project).items() if not k.endswith("-shm")}
        said = call("run", project)
        assert said.code in (0, 3, 6), said.err
        if said.code:
            refused(said, said.code, "communes.gpkg")
        assert {k: v for k, v in inputs_of(project).items() if not k.endswith("-shm")} == before
        if mode == "wal":
            assert "communes.gpkg-wal" in call("doctor", project).out
        base.execute("ROLLBACK" if mode == "exclusive" else "PRAGMA user_version")


def test_nothing_personal_in_the_log_or_on_the_console(demo_folder: Path, tmp_path: Path) -> None:
    """Names, telephones and numbers of the demo's households and owners, in no word that is not a map for officers."""
    folder = copy_of(demo_folder, tmp_path / "xa")
    with (folder / "layers" / "ho_dan.csv").open(encoding="utf-8-sig") as file:
        people = list(csv.DictReader(file))
    personal = {row[name] for row in people for name in ("head_name", "phone", "id_no") if row.get(name)}
    assert len(personal) > 100
    said = [call("run", folder, "-v"), call("check", folder), call("doctor", folder)]
    log = (folder / "maps" / DAY / "log.txt").read_text(encoding="utf-8")
    for text in (log, *(s.out + s.err for s in said)):
        assert [p for p in personal if p in text] == []
