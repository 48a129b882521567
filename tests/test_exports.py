"""JSON key by key as the contract has it; a GeoPackage that opens, is styled, and tells no personal word."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
import zipfile
from contextlib import closing
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
from shapely.geometry import box

from geoplan import demo, outputs, runs
from geoplan.errors import PlaceUnavailable, Problem
from geoplan.exports import Bundle, fields, results_gpkg, results_json, styles
from geoplan.layers import Source, schemas
from geoplan.messages import catalogue
from geoplan.project import open_project
from geoplan.reports import workbook
from tests.outputs_world import CRS, FORMULA, PRIVATE, SECRET, bundle

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def content() -> Any:
    return json.loads(results_json(bundle()))


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("out") / "results.gpkg"
    results_gpkg(bundle(), path)
    return path


def test_the_contract_key_by_key(content: Any) -> None:
    assert list(content) == [
        "geoplan", "project", "inputs", "measures", "results", "breakdown", "series", "targets", "contradictions",
        "warnings",
    ]  # fmt: skip
    assert content["geoplan"] == "0.1.0"
    assert content["project"] == {
        "name": f"Xã Cao Minh {FORMULA}",
        "as_of": "2026-06-30",
        "crs": CRS,
        "synthetic": True,
    }
    assert [list(row) for row in content["inputs"]] == [["role", "path", "sha256", "rows", "crs", "crs_operation"]] * 2
    assert [row["role"] for row in content["inputs"]] == ["communes", "forest_lots"]
    named = {"measure", "unit_code", "unit_name", "column", "value", "unit", "low", "high", "n", "note"}
    assert all(set(row) == named | {"level"} for row in content["results"])
    named = {"unit_code", "indicator", "year", "target", "value", "gap", "status", "sentence", "source"}
    assert all(set(row) >= named | {"target_id", "mode", "expected", "feasibility"} for row in content["targets"])
    assert all(list(row) == ["key", "where", "found", "fix", "feature_ids"] for row in content["warnings"])
    assert all(set(row) == {"measure", "unit_code", "by", "group", "column", "value"} for row in content["breakdown"])
    assert all(set(row) == {"measure", "unit_code", "year", "column", "value"} for row in content["series"])


def test_figures(content: Any) -> None:
    found = {(r["measure"], r["unit_code"], r["column"]): r for r in content["results"]}
    assert len(found) == len(content["results"]) == 3 * 4 + 1 + 1
    cover = found["forest_cover", "01882", "cover_pct"]
    assert (cover["value"], cover["unit"], cover["level"], cover["low"]) == (40.123457, "%", "commune", None)
    trees = found["forest_cover", "01882", "tree_ha"]
    assert (trees["value"], trees["low"], trees["high"], trees["n"]) == (42.0, 40.0, 44.0, 120)
    unknown = found["forest_cover", "01879", "cover_pct"]
    assert unknown["value"] is None
    assert unknown["note"] == "số liệu đến ngày 30/06/2026"
    assert cover["note"] is None
    assert trees["note"] == "số liệu đến ngày x"
    assert str(found["forest_cover", "01879", "forest_ha"]["value"]) == "0.0"  # and not -0.0
    assert found["resettlement_risk", "01879", "households_count"]["value"] == 12
    assert found["forest_cover", "01879", "forest_ha"]["unit_name"] == FORMULA
    order = [r["unit_code"] for r in content["results"] if r["measure"] == "forest_cover"]
    assert list(dict.fromkeys(order)) == ["01879", "01882", "0187901"]


def test_a_note_stands_beside_the_units_that_it_names_alone() -> None:
    """By a code, by features that are units, by a name; features that are none concern every unit."""
    world = bundle()
    cover = world.results[0]

    def noted(facts: dict[str, Any], ids: tuple[str, ...] = ()) -> set[str]:
        notes = (Problem("gpkg.as_of", "", {"column": "cover_pct", "day": "x"} | facts, ids),)
        told = json.loads(results_json(replace(world, results=[replace(cover, notes=notes)])))
        return {r["unit_code"] for r in told["results"] if r["note"]}

    everyone = {"01879", "01882", "0187901"}
    assert noted({}, ("01879",)) == {"01879"}
    assert noted({}, ("01879", "0187901")) == {"01879", "0187901"}
    assert noted({}, ("01879", "lô 7")) == everyone
    assert noted({"unit_code": "01882"}, ("01879",)) == {"01882"}
    assert noted({"unit": "Xã Yên Phúc"}) == {"01882"}
    assert noted({"unit": "ha"}) == everyone


def test_a_commune_without_an_official_area_does_not_speak_for_its_neighbour(tmp_path: Path) -> None:
    folder = shutil.copytree(demo.make(tmp_path / "xa").parent, tmp_path / "hai")
    path = folder / "layers" / "communes.gpkg"
    frame = gpd.read_file(path)
    west, south, east, north = frame.total_bounds
    middle = (west + east) / 2
    halves = frame.iloc[[0, 0]].assign(unit_code=["99901", "99902"], area_official_ha=[1000.0, None])
    cut = [box(west, south, middle, north), box(middle, south, east, north)]
    halves = halves.set_geometry([halves.geometry.iloc[0].intersection(part) for part in cut], crs=frame.crs)
    path.unlink()
    halves.to_file(path, driver="GPKG")
    project = open_project(folder)
    told = outputs.tell(project, runs.survey(project, only=["forest_cover"]))
    rows = json.loads(results_json(outputs.bundle_of(told)))["results"]
    notes = {r["unit_code"]: r["note"] for r in rows if r["column"] == "cover_pct" and r["level"] == "commune"}
    assert notes["99901"] is None
    assert notes["99902"] is not None


KEPT_IN = {
    "tt", "id", "matinh", "mahuyen", "maxa", "tinh", "huyen", "xa", "thuad", "tobando", "maldlr", "maloaicay", "captuoi",
    "mtn", "mgolo", "mtnlo", "mdsd", "churung", "machur", "trchap", "quyensd", "thoihansd", "khoan", "nqh", "nguoink",
    "nguoitrch", "mangnk", "mangtrch", "ngsinh", "kd", "vd", "capkd", "capvd", "locu", "vitrithua", "maxamoi", "xamoi",
    "geometry", "susceptibility",
}  # fmt: skip
"""What measures' layers have and the package does not: persons, contracts, and FRMS fields that no measure speaks of."""


def test_every_field_of_a_measure_leaves_or_is_kept_in_on_purpose(scene_run: runs.Run) -> None:
    made: dict[str, set[str]] = {}
    for result in scene_run.results:
        if result.layer is not None:
            made[result.measure] = set(result.layer.columns)
            assert made[result.measure] - set(fields.ALLOWED[result.measure]) <= KEPT_IN
    for measure in ("forest_cover", "conversion", "resettlement_risk"):
        assert set(fields.ALLOWED[measure]) <= made[measure], "a field that no layer has"
    assert {"lawful_ha", "look_ha", "refused_ha", "to_forest_ha", "inside_ha", "unit_share"} <= made["conversion"]


def test_tables_that_no_measure_reads_are_inputs_too() -> None:
    targets = Source("targets", "targets.csv", "ef" * 32, 9, "", "")
    words = Source("contradictions", "mau_thuan.csv", "01" * 32, 4, "", "")
    told = json.loads(results_json(replace(bundle(), extra_sources=(targets, words, targets))))
    assert [row["role"] for row in told["inputs"]] == ["communes", "contradictions", "forest_lots", "targets"]
    assert told["inputs"][3] == {
        "role": "targets", "path": "targets.csv", "sha256": "ef" * 32, "rows": 9, "crs": "", "crs_operation": "",
    }  # fmt: skip


def test_targets_and_warnings(content: Any) -> None:
    first, second = content["targets"]
    assert (first["target_id"], first["target"], first["value"], first["gap"]) == ("t1", 58.0, 40.5, -17.5)
    assert (first["year"], first["status"], first["expected"]) == (2026, "behind", 57.2)
    assert first["feasibility"] == ["cần thêm 10,00 ha", "số liệu đến ngày 2030"]
    assert first["sentence"] == "+58% trở lên; </script>"
    assert (second["value"], second["gap"]) == (None, None)
    assert [w["key"] for w in content["warnings"]] == ["layer.a", "layer.b"]
    assert content["warnings"][1]["feature_ids"] == ["1", "2"]


def test_json_is_text_that_a_person_can_read() -> None:
    data = results_json(bundle())
    assert data.endswith(b"}\n")
    assert b"\r" not in data
    assert b"NaN" not in data
    assert "Xã Yên Phúc".encode() in data
    broken = replace(bundle(), name="a\ud800\x00b")
    assert json.loads(results_json(broken))["project"]["name"] == "a��b"


def test_an_infinite_figure_is_refused() -> None:
    world = bundle()
    table = world.results[1].table.assign(accepted_ha=np.inf)
    with pytest.raises(ValueError, match="JSON"):
        results_json(replace(world, results=[replace(world.results[1], table=table)]))


def test_the_package_opens_layer_by_layer(package: Path) -> None:
    listed = [name for name, kind in pyogrio.list_layers(package) if kind is not None]
    assert listed == ["communes", "conversion", "forest_cover"]
    lots = gpd.read_file(package, layer="forest_cover")
    assert lots.crs == CRS
    assert len(lots) == 3
    assert lots.geom_type.unique().tolist() == ["MultiPolygon"]
    assert lots["lot_id"].tolist() == ["1", FORMULA, "3"]
    assert lots["namtr"].tolist()[1:] == [2020, 2021]
    assert pd.isna(lots["namtr"][0])
    assert lots["dtich"][1] == 0.333333
    assert lots["diadanh"].tolist()[2] == 'a�b"; DROP TABLE forest_cover; --'
    assert lots.area.sum() == pytest.approx(4e6)
    zones = gpd.read_file(package, layer="conversion")
    assert zones["reasons"][0].startswith("Đất chuyên trồng lúa (LUC)")
    assert zones["reasons"][0].endswith(" không_có")
    assert zones["accepted_on"][0] == "2026-03-01"
    communes = gpd.read_file(package, layer="communes").set_index("unit_code")
    assert communes.loc["01882", "forest_cover_cover_pct"] == 40.123457
    assert np.isnan(communes.loc["01879", "forest_cover_cover_pct"])
    assert communes.loc["01879", "conversion_accepted_ha"] == 3.25


def test_no_personal_word_leaves(package: Path) -> None:
    for data in (package.read_bytes(), results_json(bundle())):
        assert SECRET.encode() not in data
        assert b"0912345678" not in data
    with zipfile.ZipFile(BytesIO(workbook(bundle()))) as book:
        assert not any(b"0912345678" in book.read(name) for name in book.namelist())
    with closing(sqlite3.connect(package)) as base:
        columns = {
            row[1]
            for name in ("communes", "forest_cover", "conversion")
            for row in base.execute(f"PRAGMA table_info({name})")
        }
    assert not columns & {*PRIVATE, "cot_moi"}


def test_the_allow_list_has_no_private_field() -> None:
    private = {field for schema in schemas.SCHEMAS.values() for field in schema.private}
    assert {"churung", "nguoink", "head_name", "phone"} <= private
    listed = {*fields.ANYWHERE, *(name for names in fields.ALLOWED.values() for name in names)}
    assert not listed & (private | set(PRIVATE))
    assert fields.allowed("a_measure_to_come", ["phone", "unit_code", "x"]) == ["unit_code"]
    assert not [name for name in listed if f"gpkg.field.{name}" not in catalogue()]


def test_styles_are_xml_with_classes_and_aliases(package: Path) -> None:
    with closing(sqlite3.connect(package)) as base:
        rows = base.execute(
            "SELECT f_table_name, f_geometry_column, styleQML, useAsDefault FROM layer_styles"
        ).fetchall()
        registered = base.execute("SELECT data_type FROM gpkg_contents WHERE table_name = 'layer_styles'").fetchall()
    assert registered == [("attributes",)]
    assert [(row[0], row[1], row[3]) for row in rows] == [
        (n, "geom", 1) for n in ("communes", "conversion", "forest_cover")
    ]
    trees = {row[0]: ET.fromstring(row[2]) for row in rows}
    lots = trees["forest_cover"]
    renderer = lots.find("renderer-v2")
    assert renderer is not None
    assert (renderer.get("type"), renderer.get("attr")) == ("categorizedSymbol", "forest_class")
    labels = {c.get("value"): c.get("label") for c in lots.iter("category")}
    assert labels["natural_forest"] == "Rừng tự nhiên"
    assert labels["không rõ"] == "không rõ"  # a class that nobody foresaw is drawn, not lost
    assert {c.get("symbol") for c in lots.iter("category")} == {s.get("name") for s in lots.iter("symbol")}
    aliases = {a.get("field"): a.get("name") for a in lots.iter("alias")}
    assert aliases["lot_id"] == "Mã lô"
    renderer = trees["conversion"].find("renderer-v2")
    assert renderer is not None
    assert renderer.get("attr") == "verdict"


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_style_of_a_hostile_class_is_still_xml(lang: str) -> None:
    text = styles.qml({"forest_class": "Nhóm", '"><a': "<"}, "Point", lang, values=["</qgis>", '"&'])
    assert [c.get("value") for c in ET.fromstring(text).iter("category")][-2:] == ["</qgis>", '"&']


def test_no_time_but_the_day_stands_in_the_package(package: Path) -> None:
    with closing(sqlite3.connect(package)) as base:
        times = base.execute(
            "SELECT last_change FROM gpkg_contents UNION SELECT update_time FROM layer_styles"
        ).fetchall()
        words = base.execute("SELECT description FROM gpkg_contents WHERE table_name = 'forest_cover'").fetchone()[0]
        assert base.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert base.execute("PRAGMA foreign_key_check").fetchall() == []
    assert times == [("2026-06-30T00:00:00.000Z",)]
    assert "GIẢ LẬP" in words


MAKE = """
import sys
from pathlib import Path
from geoplan.exports import results_gpkg, results_json
from geoplan.reports import workbook
from tests.outputs_world import bundle
place, world = Path(sys.argv[1]), bundle(turned=sys.argv[2] == "1")
(place / "results.json").write_bytes(results_json(world))
(place / "results.xlsx").write_bytes(workbook(world))
results_gpkg(world, place / "results.gpkg")
"""


def test_the_same_results_give_the_same_bytes(tmp_path: Path) -> None:
    """Another process, hash seed, time zone, order of results, and second of the clock."""
    made = []
    for number, zone in enumerate(("UTC", "Asia/Ho_Chi_Minh")):
        place = tmp_path / str(number)
        place.mkdir()
        words = {"PYTHONHASHSEED": str(number), "TZ": zone, "LC_ALL": "C"}
        subprocess.run([sys.executable, "-c", MAKE, place, str(number)], cwd=ROOT, env=os.environ | words, check=True)
        made.append({p.name: p.read_bytes() for p in place.iterdir()})
        time.sleep(1.1)
    assert sorted(made[0]) == ["results.gpkg", "results.json", "results.xlsx"]
    assert [name for name in made[0] if made[0][name] != made[1][name]] == []


def test_gdal_writes_the_clock_again_afterwards(package: Path) -> None:
    assert package.exists()
    assert pyogrio.get_gdal_config_option("OGR_CURRENT_DATE") is None


def test_a_world_without_layers_or_rows(tmp_path: Path) -> None:
    world = bundle()
    cover = world.results[0]
    assert cover.layer is not None
    bare = replace(world, results=[replace(cover, layer=cover.layer.iloc[:0])])
    results_gpkg(bare, tmp_path / "a.gpkg")
    assert len(gpd.read_file(tmp_path / "a.gpkg", layer="forest_cover")) == 0
    results_gpkg(replace(world, results=[]), tmp_path / "a.gpkg")
    assert pyogrio.list_layers(tmp_path / "a.gpkg")[0].tolist() == ["communes", "MultiPolygon"]


LIMITED = """
import resource, sys
from pathlib import Path
from geoplan.errors import PlaceUnavailable
from geoplan.exports import results_gpkg
from tests.outputs_world import bundle
world, path, limit = bundle(), Path(sys.argv[1]), int(sys.argv[2])
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
try:
    results_gpkg(world, path)
except PlaceUnavailable as error:
    print(error.key, error.problems[0].where == str(path))
"""


@pytest.mark.parametrize("limit", [0, 4096, 40_000, 90_000, 120_000])
def test_a_full_disk_is_told_and_the_old_file_stands(tmp_path: Path, limit: int) -> None:
    path = tmp_path / "results.gpkg"
    path.write_bytes(b"old")
    run = subprocess.run(
        [sys.executable, "-c", LIMITED, path, str(limit)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    key, named = run.stdout.split()
    assert key in ("write.disk_full", "write.failed", "write.unverified")
    assert named == "True"
    assert path.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["results.gpkg"]


def test_a_lost_row_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A writer that says nothing and writes less: as a share that went away, or a wrong feature count."""
    write = pyogrio.write_dataframe

    def less(frame: Any, *args: Any, **settings: Any) -> None:
        write(frame.iloc[1:] if len(frame) > 2 else frame, *args, **settings)

    monkeypatch.setattr(pyogrio, "write_dataframe", less)
    with pytest.raises(PlaceUnavailable) as caught:
        results_gpkg(bundle(), tmp_path / "a.gpkg")
    assert caught.value.key == "write.unverified"
    assert list(tmp_path.iterdir()) == []


def test_a_bundle_knows_its_sources_once() -> None:
    assert [s.role for s in bundle().sources] == ["communes", "forest_lots"]
    assert isinstance(bundle(), Bundle)
