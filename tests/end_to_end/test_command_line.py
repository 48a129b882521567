"""What scripts rely on: exit codes, one JSON object, two languages, no connection, and old outputs that survive."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from geoplan import open_project
from tests.end_to_end.world import (
    DAY,
    OUTPUTS,
    VIETNAMESE,
    Said,
    call,
    copy_of,
    environment,
    hashes,
    process,
    respell,
    rewrite,
)

SPOKEN = {"key", "where", "found", "fix", "feature_ids"}


@pytest.fixture(scope="module")
def project(good_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with outputs, and names without accents, so that Vietnamese letters can only be ours."""
    folder = copy_of(good_run, tmp_path_factory.mktemp("cli") / "xa")
    rewrite(folder, "communes", lambda frame: frame.assign(name="Commune"))
    shutil.copytree(good_run / "maps", folder / "maps")
    return folder


def error_of(said: Said, code: int) -> dict[str, object]:
    """The object of a refusal, with the contract's keys."""
    assert said.code == code, said.out + said.err
    found = said.json
    assert {"error", "warnings"} <= set(found)
    assert isinstance(found["warnings"], list)
    assert {"key", "where", "found", "fix"} <= set(found["error"])
    assert "Traceback" not in said.err
    return found["error"]


def test_exit_0_and_the_keys_of_the_answer(project: Path, tmp_path: Path) -> None:
    said = call("run", project, "--json", "--lang", "en", "--out", tmp_path / "out")
    assert said.code == 0
    assert {"geoplan", "project", "inputs", "results", "targets", "warnings", "folder", "map"} <= set(said.json)
    assert all({"role", "path", "sha256", "rows", "crs", "crs_operation"} <= set(row) for row in said.json["inputs"])
    assert all(
        {"measure", "unit_code", "unit_name", "column", "value", "unit", "low", "high", "n", "note"} <= set(row)
        for row in said.json["results"]
    )
    assert all(
        {"unit_code", "indicator", "year", "target", "value", "gap", "status", "sentence", "source"} <= set(row)
        for row in said.json["targets"]
    )
    assert {row["status"] for row in said.json["targets"]} <= {
        "met",
        "on_track",
        "behind",
        "missed",
        "not_due",
        "no_measure",
        "no_data",
    }
    assert all(set(row) == SPOKEN for row in said.json["warnings"])
    assert said.json["warnings"]
    ours = [row[part] for row in said.json["warnings"] for part in ("found", "fix")]
    assert [text for text in ours if VIETNAMESE.search(text)] == []
    on_disk = json.loads((tmp_path / "out" / DAY / "results.json").read_text(encoding="utf-8"))
    assert {key: said.json[key] for key in on_disk} == on_disk
    assert sorted(p.name for p in (tmp_path / "out" / DAY).iterdir()) == list(OUTPUTS)
    assert VIETNAMESE.search(said.err) is None


def test_the_inputs_of_the_answer_are_every_file_that_shaped_it(good_run: Path) -> None:
    """Stale outputs are told by hashes: what the map shows and what a status rests on is named with its hash."""
    results = json.loads((good_run / "maps" / DAY / "results.json").read_text(encoding="utf-8"))
    paths = {row["path"] for row in results["inputs"]}
    assert {"layers/rung.gpkg", "rasters/lop_phu.tif", "rasters/dem.tif", "targets.csv", "contradictions.csv"} <= paths


@pytest.mark.parametrize(
    "words",
    [["run", "--nonsense"], ["fly"], [], ["run", "--workers", "zero"], ["run", "--workers", "0"], ["run", "--lang", "fr"], ["init"], ["run", "a", "b"],
     ["run", "--fail-on", "rain"], ["init", "{tmp}/neu", "--unit-code", "123"], ["run", "--workers", "-1"]],
    ids=" ".join,
)  # fmt: skip
def test_exit_2_for_words(project: Path, tmp_path: Path, words: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project)
    words = [word.replace("{tmp}", str(tmp_path)) for word in words]
    error_of(call(*words, "--json"), 2)
    said = call(*words)
    assert said.code == 2
    assert said.out == ""
    assert said.err


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_exit_3_in_both_languages(tmp_path: Path, lang: str) -> None:
    (tmp_path / "empty").mkdir()
    error = error_of(call("run", tmp_path / "empty", "--json", "--lang", lang), 3)
    assert error["where"]
    assert error["fix"]
    assert bool(VIETNAMESE.search(f"{error['found']}{error['fix']}")) is (lang == "vi")
    default = call("run", tmp_path / "empty")
    assert VIETNAMESE.search(default.err)
    assert default.out == ""


def test_exit_4_only_when_asked(project: Path, tmp_path: Path) -> None:
    """The demo has targets that are behind, none that is missed."""
    error = error_of(
        call("run", project, "--json", "--lang", "en", "--out", tmp_path / "out", "--fail-on", "behind"), 4
    )
    assert VIETNAMESE.search(f"{error['found']}{error['fix']}") is None
    assert error["feature_ids"]
    assert (tmp_path / "out" / DAY / "map.html").exists(), "the outputs are written all the same"


def test_exit_6_for_a_place_that_cannot_be(project: Path, tmp_path: Path) -> None:
    taken = tmp_path / "taken"
    taken.write_text("tôi", encoding="utf-8")
    for out in (taken, taken / "below"):
        error = error_of(call("run", project, "--json", "--out", out), 6)
        assert "taken" in f"{error['where']}{error['found']}"
    assert taken.read_text(encoding="utf-8") == "tôi"


@pytest.mark.parametrize(
    "words", [("check", "{long}"), ("run", "{long}"), ("doctor", "{long}"), ("run", "{long}/b", "--out", "c")]
)
def test_exit_6_for_a_name_that_the_system_cannot_hold(words: tuple[str, ...]) -> None:
    said = error_of(call(*(word.format(long="xã" * 2500) for word in words), "--json"), 6)
    assert said["key"] == "cli.name_too_long"
    assert len(str(said["where"])) <= 80


def test_exit_6_for_an_output_name_that_the_system_cannot_hold(project: Path) -> None:
    said = error_of(call("run", project, "--json", "--out", "x" * 300), 6)
    assert said["key"] in ("cli.name_too_long", "write.name_too_long")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows keeps a folder that somebody stands in")
@pytest.mark.parametrize("words", [("check",), ("run", "."), ("doctor",), ("import", "a.tif"), ("--version",)])
def test_a_folder_that_was_removed_is_no_traceback(tmp_path: Path, words: tuple[str, ...]) -> None:
    place = tmp_path / "gone"
    place.mkdir()
    before = ("sh", "-c", f'rmdir "{place}"; exec "$@"', "sh")
    said = process(*words, cwd=place, before=before)
    assert said.code == 6
    assert "cd" in said.err
    assert "Traceback" not in said.err


@pytest.mark.skipif(sys.platform == "win32" or not hasattr(os, "geteuid"), reason="rights of POSIX")
def test_exit_6_for_a_folder_without_the_right_to_write(project: Path, tmp_path: Path) -> None:
    """Refused before anything is computed; the old outputs stay."""
    before: tuple[str, ...] = ()
    if os.geteuid() == 0:
        setpriv = shutil.which("setpriv")
        if setpriv is None:
            pytest.skip("root may write anywhere, and there is no setpriv to become another")
        before = (setpriv, "--reuid=65534", "--regid=65534", "--clear-groups")
    place = project.parents[2]
    for parent in (project, *project.parents):
        if parent.is_relative_to(place.parent):
            parent.chmod(parent.stat().st_mode | 0o055)
    maps = project / "maps"
    maps.chmod(0o555)
    stood = hashes(maps)
    try:
        said = process("run", project, "--json", before=before, HOME="/nonexistent")
    finally:
        maps.chmod(0o755)
    if "PermissionError" in said.err and "site-packages" in said.err:
        pytest.skip("nobody may not read this Python")
    assert "maps" in str(error_of(said, 6)["where"])
    assert hashes(maps) == stood
    assert '"geoplan":' not in said.out


def test_old_outputs_survive_a_refused_run(good_run: Path, tmp_path: Path) -> None:
    folder = tmp_path / "xa"
    shutil.copytree(good_run, folder)
    stood = hashes(folder / "maps")
    lots = folder / "layers" / "rung.gpkg"
    lots.write_bytes(lots.read_bytes()[:50_000])
    error_of(call("run", folder, "--json"), 3)
    assert hashes(folder / "maps") == stood


@pytest.mark.parametrize("encoding", ["cp1252", "cp1258", "ascii", "utf-16"])
def test_any_console_takes_the_words(good_run: Path, encoding: str) -> None:
    said = process("check", good_run, PYTHONIOENCODING=encoding)
    assert said.code == 0, said.err
    assert "Đã kiểm tra" in said.out
    said = process("run", good_run / "không có", PYTHONIOENCODING=encoding)
    assert said.code == 3
    assert "Traceback" not in said.err


def test_a_path_with_spaces_and_vietnamese_letters(demo_folder: Path, tmp_path: Path) -> None:
    folder = copy_of(demo_folder, tmp_path / "Dự án 2026 của xã (bản 1)" / "Xã Cao Minh")
    said = process("run", ".", "--json", "--out", tmp_path / "Kết quả đo", cwd=folder)
    assert said.code == 0, said.err
    assert Path(said.json["map"]).name == "map.html"
    assert (tmp_path / "Kết quả đo" / DAY / "map.html").exists()
    assert not (folder / "maps").exists()


def test_unknown_keys_are_all_named_with_the_known_ones(spoilt: Path) -> None:
    respell(
        spoilt,
        ("as_of     =", '"tên" = "x"\nas_of     ='),
        ("[rasters]", '"đường" = "x"\n[rasters]\nanh = "x"'),
        ("min_patch_ha", "min_pach_ha"),
    )
    said = call("check", spoilt, "--json", "--lang", "en")
    error_of(said, 3)
    text = json.dumps(said.json, ensure_ascii=False)
    for wanted in ("as_of", "conversion_zones", "land_cover"):
        assert wanted in text
    assert len(said.json["errors"]) == 3
    respell(spoilt, ('"tên" = "x"\n', ""), ('"đường" = "x"\n', ""), ('anh = "x"', ""))
    said = call("run", spoilt, "--json", "--lang", "en")
    error_of(said, 3)
    assert "min_patch_ha" in said.json["error"]["found"] + said.json["error"]["fix"]


def test_check_refuses_what_run_refuses(spoilt: Path) -> None:
    """A wrong setting of a measure is a problem of the project: the command that names all problems names it too."""
    respell(spoilt, ("min_patch_ha", "min_pach_ha"))
    assert call("run", spoilt).code == 3
    assert call("check", spoilt).code == 3


def test_check_names_all_problems_of_all_files_at_once(spoilt: Path) -> None:
    (spoilt / "layers" / "thua_dat.gpkg").write_bytes(b"")
    (spoilt / "layers" / "vung_chuyen_doi.gpkg").write_text("not a database at all")
    (spoilt / "rasters" / "dem.tif").write_bytes(b"")
    rewrite(spoilt, "forest_lots", lambda frame: frame.assign(dtich=-frame["dtich"]))
    (spoilt / "layers" / "ho_dan.csv").write_text("household_id,lon,lat\nH1,abc,22.35\n", encoding="utf-8")
    said = call("check", spoilt, "--json")
    error_of(said, 3)
    places = " ".join(problem["where"] for problem in said.json["errors"])
    for name in ("thua_dat.gpkg", "vung_chuyen_doi.gpkg", "dem.tif", "rung.gpkg", "ho_dan.csv"):
        assert name in places
    assert all(problem["fix"] for problem in said.json["errors"])


def test_check_names_broken_targets_together_with_broken_layers(spoilt: Path) -> None:
    (spoilt / "layers" / "thua_dat.gpkg").write_bytes(b"")
    (spoilt / "targets.csv").write_text("target_id,unit_code\na,b\n", encoding="utf-8")
    (spoilt / "contradictions.csv").write_text("x,y\n1,2\n", encoding="utf-8")
    said = call("check", spoilt, "--json")
    error_of(said, 3)
    places = " ".join(problem["where"] for problem in said.json["errors"])
    for name in ("thua_dat.gpkg", "targets.csv", "contradictions.csv"):
        assert name in places


def test_check_writes_nothing(demo_folder: Path, tmp_path: Path) -> None:
    folder = copy_of(demo_folder, tmp_path / "xa")
    before = hashes(tmp_path)
    assert call("check", folder).code == 0
    assert hashes(tmp_path) == before


@pytest.mark.parametrize(
    "name", ["Xã Cao Minh", 'a "b" \\ c', "x'; DROP", "'''", "#[layers]", "tab\there", "{name}", "日本", "a\nb"]
)
def test_init_gives_a_valid_project(tmp_path: Path, name: str) -> None:
    said = call("init", tmp_path / "mới", "--name", name, "--unit-code", "01879", "--json")
    assert said.code == 0, said.out
    assert [Path(p).exists() for p in said.json["files"]] == [True] * len(said.json["files"])
    document = tomllib.loads((tmp_path / "mới" / "geoplan.toml").read_text(encoding="utf-8"))
    assert document["project"]["name"] == name
    assert open_project(tmp_path / "mới").communes == ("01879",)
    error = error_of(call("check", tmp_path / "mới", "--json"), 3)
    assert "communes.gpkg" in str(error["where"])
    error_of(call("init", tmp_path / "mới", "--json"), 3)


@pytest.fixture
def listening() -> Iterator[tuple[int, list[object]]]:
    """A port of this machine that notes who comes."""
    came: list[object] = []
    server = socket.create_server(("127.0.0.1", 0))

    def wait() -> None:
        while True:
            try:
                guest, address = server.accept()
            except OSError:
                return
            came.append(address)
            guest.close()

    threading.Thread(target=wait, daemon=True).start()
    yield server.getsockname()[1], came
    server.close()


REMOTE = (
    "http://127.0.0.1:{port}/a.gpkg", "HTTP://127.0.0.1:{port}/a.gpkg", "https:/127.0.0.1:{port}/a.shp", "/vsicurl/http://127.0.0.1:{port}/a.gpkg",
    "//vsicurl/http://127.0.0.1:{port}/a.gpkg", "\\\\vsicurl\\\\http://127.0.0.1:{port}/a.gpkg", "/vsizip//vsicurl/http://127.0.0.1:{port}/a.zip",
    "/vsimem/a.gpkg", "/VSICURL/http://127.0.0.1:{port}/a.gpkg", "PG:host=127.0.0.1 port={port} dbname=x", "pg:host=127.0.0.1 port={port}",
    " PG:host=127.0.0.1 port={port} dbname=x", "postgresql://127.0.0.1:{port}/x", "MySQL:x,host=127.0.0.1,port={port}", "MEM:::DATAPOINTER=1",
    "WFS:http://127.0.0.1:{port}/", "vrt:///vsicurl/http://127.0.0.1:{port}/a", "GPKG:http://127.0.0.1:{port}/a.gpkg:x", "S3://b/a.gpkg", "s3:b/a.gpkg",
    "ESRIJSON:http://127.0.0.1:{port}/a", "OAPIF:http://127.0.0.1:{port}/", "GeoJSON:http://127.0.0.1:{port}/a.geojson", "file:///etc/passwd",
    "layers/../../../../vsicurl/http://127.0.0.1:{port}/a.gpkg", "./vsicurl/http://127.0.0.1:{port}/a.gpkg", "CSV:/vsicurl/http://127.0.0.1:{port}/a.csv",
    "AmigoCloud:x", "ODBC:x", "zip+http://127.0.0.1:{port}/a.zip", "NETCDF:http://127.0.0.1:{port}/a.nc", "HTTP:127.0.0.1:{port}/a.tif", "/dev/stdin", "/proc/self/environ",
)  # fmt: skip


@pytest.mark.parametrize("source", REMOTE)
@pytest.mark.parametrize("at", ["layers", "rasters", "targets"])
def test_a_source_that_is_no_file_is_refused_and_not_asked(
    tmp_path: Path,
    demo_folder: Path,
    listening: tuple[int, list[object]],
    at: str,
    source: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    port, came = listening

    def connect(*_: object) -> None:
        raise AssertionError("a connection was tried")

    monkeypatch.setattr(socket.socket, "connect", connect)
    path = source.format(port=port)
    communes = (demo_folder / "layers" / "communes.gpkg").as_posix()
    text = f'[project]\nas_of = 2026-06-30\n[layers]\ncommunes = "{communes}"\n'
    text += {
        "layers": f'forest_lots = "{path}"\n',
        "rasters": f'[rasters]\ndem = "{path}"\n',
        "targets": f'[targets]\nfile = "{path}"\n',
    }[at]
    (tmp_path / "geoplan.toml").write_text(text, encoding="utf-8")
    error = error_of(call("run", tmp_path, "--json"), 3)
    assert error["fix"] or at == "targets"
    assert came == []
    assert not (tmp_path / "maps" / DAY).exists()


def test_a_run_connects_to_nothing(demo_folder: Path, tmp_path: Path, listening: tuple[int, list[object]]) -> None:
    """By the system's own word: a whole run, and one whose files point to the network from inside."""
    strace = shutil.which("strace")
    if strace is None:
        pytest.skip("no strace on this machine: apt-get install strace")
    port, came = listening
    folder = copy_of(demo_folder, tmp_path / "xa")
    pointing = f"/vsicurl/http://127.0.0.1:{port}/a.tif"
    vrt = f'<VRTDataset rasterXSize="9" rasterYSize="9"><VRTRasterBand dataType="Byte" band="1"><SimpleSource><SourceFilename>{pointing}</SourceFilename></SimpleSource></VRTRasterBand></VRTDataset>'
    ogr = f'<OGRVRTDataSource><OGRVRTLayer name="x"><SrcDataSource>{pointing}</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>'
    for name, text in (("layers/thua_dat.gpkg", ogr), ("layers/suoi.gpkg", ogr), ("rasters/dem.tif", vrt)):
        (folder / name).write_text(text, encoding="utf-8")
    for words, code, place in (
        (("check", str(folder)), 3, folder),
        (("run", str(demo_folder), "--out", str(tmp_path / "out")), 0, demo_folder),
    ):
        trace = tmp_path / f"trace{code}"
        said = process(*words, before=(strace, "-f", "-qq", "-e", "trace=connect", "-o", str(trace)))
        if "ptrace" in said.err and said.code not in (0, 3):
            pytest.skip("strace may not trace here")
        assert said.code == code, said.err
        asked = [
            line
            for line in trace.read_text(errors="replace").splitlines()
            if "connect(" in line and "AF_UNIX" not in line
        ]
        assert asked == [], place
    assert came == []


def test_outputs_never_go_over_inputs(spoilt: Path) -> None:
    """A layer that lies where the outputs of the day would stand."""
    place = spoilt / "maps" / DAY
    place.mkdir(parents=True)
    (spoilt / "layers" / "communes.gpkg").rename(place / "communes.gpkg")
    respell(spoilt, ("layers/communes.gpkg", f"maps/{DAY}/communes.gpkg"))
    before = hashes(spoilt)
    error_of(call("run", spoilt, "--json"), 3)
    assert hashes(spoilt) == before


def test_three_runs_at_once_leave_one_whole_set(demo_folder: Path, tmp_path: Path) -> None:
    folder = copy_of(demo_folder, tmp_path / "xa")
    words = [sys.executable, "-m", "geoplan.cli", "run", str(folder), "--json"]
    begun = [
        subprocess.Popen(words, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(3)
    ]
    for run in begun:
        out, err = run.communicate(timeout=120)
        assert run.returncode == 0, err
        assert len(json.loads(out)["targets"]) >= 8
    assert sorted(p.name for p in (folder / "maps" / DAY).iterdir()) == list(OUTPUTS)
    assert {p.name.split("~")[0] for p in (folder / "maps").iterdir()} == {DAY, "latest"}


def test_demo_does_not_run_somebody_elses_project(tmp_path: Path) -> None:
    (tmp_path / "geoplan.toml").write_text("[project]\nas_of = 2026-06-30\n", encoding="utf-8")
    said = call("demo", tmp_path, "--json")
    assert said.code == 3
    assert said.json["error"]["key"] == "demo.folder_not_empty"


def test_check_reads_the_lineage_too(demo_folder: Path, tmp_path: Path) -> None:
    folder = copy_of(demo_folder, tmp_path / "xa")
    with (folder / "geoplan.toml").open("a", encoding="utf-8") as file:
        file.write('\n[lineage]\ncrosswalk = "khong_co.csv"\n')
    said = call("check", folder, "--json")
    assert said.code == 3
    assert "khong_co.csv" in said.json["error"]["where"]


def test_verbose_names_the_sources(good_run: Path, tmp_path: Path) -> None:
    quiet, said = (call("run", good_run, "--out", tmp_path / name, *more) for name, more in (("a", ()), ("b", ("-v",))))
    assert "layers/rung.gpkg" not in quiet.out
    assert "layers/rung.gpkg" in said.out


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_ctrl_c_is_no_traceback(demo_folder: Path, tmp_path: Path) -> None:
    listens = "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler)"  # in the background too
    code = f"{listens}; from geoplan.cli import main; sys.exit(main(sys.argv[1:]))"
    run = subprocess.Popen(
        [sys.executable, "-c", code, "run", str(demo_folder), "--out", str(tmp_path)],
        env=environment(),
        stderr=subprocess.PIPE,
    )
    time.sleep(1.0)
    while run.poll() is None and not any(tmp_path.iterdir()):
        time.sleep(0.02)
    run.send_signal(signal.SIGINT)
    err = run.communicate(timeout=60)[1].decode()
    assert run.returncode != 0, "the run ended before the signal came"
    assert "Traceback" not in err


@pytest.mark.skipif(sys.platform == "win32", reason="pipes of POSIX")
def test_a_reader_that_leaves_is_no_traceback(good_run: Path) -> None:
    check = subprocess.Popen(
        [sys.executable, "-m", "geoplan.cli", "check", str(good_run)],
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert check.stdout is not None
    assert check.stderr is not None
    check.stdout.close()
    err = check.stderr.read().decode()
    check.stderr.close()
    check.wait(timeout=60)
    assert "Traceback" not in err


def test_help_and_version_are_quick_words(tmp_path: Path) -> None:
    """No heavy library is loaded for them."""
    probe = "import sys; from geoplan import cli\ntry: cli.main(sys.argv[1:])\nexcept SystemExit: pass\nprint([m for m in ('geopandas', 'pandas', 'rasterio', 'folium') if m in sys.modules])"
    for words in (["--help"], ["--version"], ["run", "--help"]):
        done = subprocess.run(
            [sys.executable, "-c", probe, *words],
            env=environment(PYTHONIOENCODING="cp1258"),
            capture_output=True,
            check=True,
        )
        assert done.stdout.decode().splitlines()[-1] == "[]"
    assert re.match(r"geoplan \d+\.\d+", call("--version").out)
