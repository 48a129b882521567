"""Every check of the doctor says ✓ on this machine, and is broken once to see it say otherwise, with a cure."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from importlib import metadata
from pathlib import Path

import pyogrio
import pyproj
import pytest

from geoplan import crs, doctor
from geoplan.doctor import State, drivers, folders, geodesy, machine
from geoplan.doctor.check import Check
from geoplan.doctor.letters import VIETNAMESE, has_letters
from geoplan.messages import LANGUAGES, catalogue, spoken
from tests.end_to_end.world import call, process

Patch = pytest.MonkeyPatch


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project folder with one file."""
    folder = tmp_path / "xa"
    (folder / "layers").mkdir(parents=True)
    (folder / "layers" / "communes.gpkg").write_bytes(b"a")
    (folder / "geoplan.toml").write_text(
        '[project]\nname = "Xã Cao Minh"\ncrs = "EPSG:9213"\nas_of = 2026-06-30\n[layers]\ncommunes = "layers/communes.gpkg"\n',
        encoding="utf-8",
    )
    return folder


@pytest.fixture(autouse=True)
def quiet(monkeypatch: Patch, tmp_path: Path) -> None:
    """Surroundings without settings of others, and a temporary folder of our own."""
    for name in list(os.environ):
        if name.startswith(("GDAL_", "OGR_", "CPL_", "PROJ_")) or name in ("LC_ALL", "PYTHONIOENCODING"):
            monkeypatch.delenv(name)
    (tmp_path / "scratch").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "scratch"))
    monkeypatch.setattr("tempfile.tempdir", None)


def state(check: Check) -> State:
    for lang in LANGUAGES:
        said = spoken(check.problem, lang)
        assert said.found
        assert "{" not in said.found
        assert bool(said.fix) == (check.state is not State.FINE)
    return check.state


def test_all_is_well_here(project: Path) -> None:
    found = doctor.examine(project)
    assert len(found) == len(doctor.CHECKS)
    wrong = [spoken(c.problem).found for c in found if state(c) is State.BAD]
    assert wrong == []


def test_nothing_stays(project: Path) -> None:
    before = sorted(p for p in project.parent.rglob("*"))
    doctor.examine(project)
    assert sorted(p for p in project.parent.rglob("*")) == before


def old_python(patch: Patch) -> None:
    patch.setattr(machine.sys, "version_info", (3, 10, 4))


def a_library_too_old(patch: Patch) -> None:
    real = metadata.version
    patch.setattr(machine.metadata, "version", lambda name: "0.9" if name == "shapely" else real(name))


def a_library_missing(patch: Patch) -> None:
    real = metadata.version

    def version(name: str) -> str:
        if name == "folium":
            raise metadata.PackageNotFoundError(name)
        return real(name)

    patch.setattr(machine.metadata, "version", version)


def a_library_newer(patch: Patch) -> None:
    real = metadata.version
    patch.setattr(machine.metadata, "version", lambda name: "99.1" if name == "shapely" else real(name))


def moved(patch: Patch, metres: float) -> None:
    real = crs.transform
    patch.setattr(crs, "transform", lambda *a: tuple(v + metres for v in real(*a)))


def other_operation(patch: Patch) -> None:
    patch.setattr(crs, "operation", lambda *_: "EPSG:5958")


def network_on(patch: Patch) -> None:
    patch.setattr(pyproj.network, "is_network_enabled", lambda: True)


def without(name: str) -> Callable[[Patch], None]:
    have = {k: v for k, v in pyogrio.list_drivers().items() if k != name}
    return lambda patch: patch.setattr(pyogrio, "list_drivers", lambda: have)


def no_raster(name: str) -> Callable[[Patch], None]:
    import rasterio.env

    def break_(patch: Patch) -> None:
        real = rasterio.env.Env.drivers
        patch.setattr(rasterio.env.Env, "drivers", lambda self: {k: v for k, v in real(self).items() if k != name})

    return break_


def no_assets(patch: Patch) -> None:
    real = drivers.json.loads
    patch.setattr(drivers.json, "loads", lambda text: {**real(text), "gone.js": "0"})


BROKEN: dict[str, tuple[Callable[[Path], Check], Callable[[Patch], None], str]] = {
    "python": (machine.python, old_python, "doctor.python_bad"),
    "32 bits": (machine.python, lambda p: p.setattr(machine.sys, "maxsize", 2**31 - 1), "doctor.python_bad"),
    "too old": (machine.libraries, a_library_too_old, "doctor.libraries_bad"),
    "missing": (machine.libraries, a_library_missing, "doctor.libraries_bad"),
    "newer": (machine.libraries, a_library_newer, "doctor.libraries_odd"),
    "not installed": (
        machine.libraries,
        lambda p: p.setattr(machine, "_requirements", list),
        "doctor.libraries_unknown",
    ),
    "little memory": (machine.strength, lambda p: p.setattr(machine, "memory_gb", lambda: 2.0), "doctor.strength_odd"),
    "console": (machine.console, lambda p: p.setenv("PYTHONIOENCODING", "cp437"), "doctor.console_odd"),
    "locale": (
        machine.console,
        lambda p: p.setattr(machine.locale, "getencoding", lambda: "ANSI_X3.4-1968"),
        "doctor.console_odd",
    ),
    "no fonts": (machine.fonts, lambda p: p.setattr(machine, "font_files", list), "doctor.fonts_odd"),
    "fonts without letters": (
        machine.fonts,
        lambda p: p.setattr(machine, "has_letters", lambda *_: False),
        "doctor.fonts_odd",
    ),
    "two millimetres": (geodesy.control_point, lambda p: moved(p, 0.002), "doctor.control_bad"),
    "not a number": (geodesy.control_point, lambda p: moved(p, float("nan")), "doctor.control_bad"),
    "other shift": (geodesy.control_point, other_operation, "doctor.control_bad"),
    "no proj.db": (
        geodesy.data,
        lambda p: p.setattr(pyproj.datadir, "get_data_dir", lambda: "/nowhere"),
        "doctor.proj_data_bad",
    ),
    "proj of others": (geodesy.data, lambda p: p.setenv("PROJ_LIB", "C:/OSGeo4W/share/proj"), "doctor.proj_data_odd"),
    "network": (geodesy.network, network_on, "doctor.network_bad"),
    "no gpkg": (drivers.vectors, without("GPKG"), "doctor.vector_bad"),
    "no mapinfo": (drivers.vectors, without("MapInfo File"), "doctor.vector_odd"),
    "no tiff": (drivers.rasters, no_raster("GTiff"), "doctor.raster_bad"),
    "no jp2": (drivers.rasters, no_raster("JP2OpenJPEG"), "doctor.raster_odd"),
    "no assets": (drivers.assets, no_assets, "doctor.assets_bad"),
    "settings": (drivers.settings, lambda p: p.setenv("OGR_GPKG_NUM_THREADS", "1"), "doctor.settings_odd"),
}


@pytest.mark.parametrize("name", list(BROKEN))
def test_each_check_of_the_machine_can_fail(name: str, project: Path, monkeypatch: Patch) -> None:
    check, break_, key = BROKEN[name]
    assert state(check(project)) is State.FINE
    break_(monkeypatch)
    found = check(project)
    assert found.problem.key == key
    assert state(found) is (State.BAD if key.endswith(("_bad", "_failed")) else State.ODD)


def test_a_library_that_does_not_load(project: Path, monkeypatch: Patch) -> None:
    monkeypatch.setitem(sys.modules, "rasterio", None)
    found = {c.problem.key: c for c in doctor.examine(project)}
    assert state(found["doctor.broken"]) is State.BAD


def test_the_project(project: Path, tmp_path: Path) -> None:
    assert folders.project(project).problem.key == "doctor.project"
    assert folders.project(tmp_path).problem.key == "doctor.no_project"
    (project / "geoplan.toml").write_text("[project\n", encoding="utf-8")
    assert state(folders.project(project)) is State.BAD


@pytest.mark.parametrize(("mb", "expected"), [(10, State.BAD), (500, State.ODD), (5000, State.FINE)])
def test_room(project: Path, monkeypatch: Patch, mb: int, expected: State) -> None:
    usage = shutil.disk_usage(project)
    monkeypatch.setattr(folders.shutil, "disk_usage", lambda _: usage._replace(free=mb * 1_000_000))
    assert state(folders.room(project)) is expected


def test_a_folder_that_takes_no_files(project: Path) -> None:
    assert state(folders.writable(project)) is State.FINE
    (project / "maps").write_text("a file", encoding="utf-8")
    assert state(folders.writable(project)) is State.BAD


def test_no_temporary_folder(project: Path, monkeypatch: Patch) -> None:
    def none() -> str:
        raise FileNotFoundError(2, "No usable temporary directory found")

    monkeypatch.setattr("tempfile.gettempdir", none)
    found = folders.writable(project)
    assert state(found) is State.BAD
    assert state(folders.left_over(project)) is State.FINE
    assert state(folders.room(project)) is not State.BAD


@pytest.mark.parametrize(
    "name", ["a.gpkg-wal", "a.gpkg-shm", "~$bang.xlsx", "ban_do.lock", ".~lock.so_lieu.ods#", "a.gpkg-journal"]
)
def test_files_that_others_hold(project: Path, name: str) -> None:
    assert state(folders.held(project)) is State.FINE
    (project / "layers" / name).write_bytes(b"1")
    found = folders.held(project)
    assert state(found) is State.ODD
    assert name in str(found.problem.facts["files"])


@pytest.mark.parametrize("name", ["CON.gpkg", "a.", "aux", "Communes.gpkg", "b" * 200 + "/" + "c" * 60])
def test_names_that_windows_does_not_take(project: Path, name: str) -> None:
    assert state(folders.names(project)) is State.FINE
    path = project / "layers" / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"1")
    assert state(folders.names(project)) is State.ODD


@pytest.mark.skipif(sys.platform == "win32", reason="processes of POSIX")
def test_what_dead_runs_left(project: Path, tmp_path: Path) -> None:
    done = subprocess.Popen([sys.executable, "-c", ""])
    done.wait()
    alive = tmp_path / "scratch" / f"geoplan-{os.getpid()}-a"
    alive.mkdir()
    assert state(folders.left_over(project)) is State.FINE
    dead = tmp_path / "scratch" / f"geoplan-{done.pid}-a"
    dead.mkdir()
    found = folders.left_over(project)
    assert state(found) is State.ODD
    assert found.problem.facts["files"] == str(dead)
    dead.rmdir()
    (project / "maps").mkdir()
    (project / "maps" / ".2026-06-30.g0123456789abcdef.tmp").mkdir()
    assert state(folders.left_over(project)) is State.ODD


def test_letters_of_fonts(tmp_path: Path) -> None:
    assert len(VIETNAMESE) == 2 * 12 * 6 + 2
    paths = [p for p in machine.font_files() if p.stem in ("DejaVuSans", "NotoSansThai-Regular")]
    if not paths:
        pytest.skip("neither DejaVu Sans nor Noto Sans Thai is on this machine")
    assert {p.stem: has_letters(p, VIETNAMESE) for p in paths} == {p.stem: p.stem == "DejaVuSans" for p in paths}
    (tmp_path / "a.ttf").write_bytes(b"\0\1\0\0\0\4abc")
    assert not has_letters(tmp_path / "a.ttf", VIETNAMESE)
    assert not has_letters(tmp_path / "none.ttf", VIETNAMESE)


def test_the_command(project: Path) -> None:
    said = call("doctor", project)
    assert said.code == 0
    assert said.out.count("✓") + said.out.count("! ") == len(doctor.CHECKS)
    assert "EPSG:6960" in said.out
    answer = call("doctor", project, "--json", "--lang", "en").json
    assert [c["state"] for c in answer["checks"]].count("fine") == answer["fine"]
    (project / "geoplan.toml").write_text("[project\n", encoding="utf-8")
    said = call("doctor", project)
    assert said.code == 4
    assert "✗" in said.out
    said = call("doctor", project, "--json")
    assert said.code == 4
    assert json.loads(said.out)["bad"] == 1


def test_a_poor_console_and_no_home(project: Path) -> None:
    said = process(
        "doctor", project, LC_ALL="C", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0", HOME="", PYTHONIOENCODING="cp437"
    )
    assert said.code == 0
    assert "cp437" in said.out


def test_every_key_is_told_and_every_state_has_its_cure() -> None:
    keys = {key for key in catalogue() if key.startswith("doctor.")}
    source = "".join(p.read_text("utf-8") for p in Path(doctor.__file__).parent.glob("*.py")) + "doctor.done"
    made = {f"doctor.{kind}{end}" for kind in ("vector", "raster") for end in ("", "_bad", "_odd")}
    assert {key for key in keys - made if f'"{key}"' not in source and key != "doctor.done"} == set()
