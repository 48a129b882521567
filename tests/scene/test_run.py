"""The run over the demo with images: its files say the same, name nobody, and the images are made ready once."""

import io
import json
import sqlite3
from contextlib import closing
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from geoplan import open_project, outputs
from geoplan.cli import main
from geoplan.runs import Run, survey

SEEN = ["converted_ha", "converting_ha", "not_converted_ha", "unknown_ha"]


@pytest.fixture(scope="module")
def folder(scene_folder: Path, scene_run: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    told = outputs.tell(open_project(scene_folder), scene_run)
    return outputs.write(told, tmp_path_factory.mktemp("out"))


@pytest.fixture(scope="module")
def figures(folder: Path) -> dict[tuple[str, str, str], dict[str, object]]:
    rows = json.loads((folder / "results.json").read_text(encoding="utf-8"))["results"]
    return {(row["measure"], row["unit_code"], row["column"]): row for row in rows}


def test_the_measured_figure_has_its_interval_everywhere(
    folder: Path, figures: dict[tuple[str, str, str], dict[str, object]]
) -> None:
    row = figures["forest_cover", "99901", "tree_pct"]
    assert row["low"] < row["value"] < row["high"]  # type: ignore[operator]  # numbers
    assert row["n"] >= 300  # type: ignore[operator]  # a number
    assert figures["forest_cover", "99901-01", "tree_pct"]["value"] is None  # a village has the count alone
    assert figures["forest_cover", "99901-01", "tree_mapped_pct"]["value"] is not None
    book = openpyxl.load_workbook(io.BytesIO((folder / "results.xlsx").read_bytes()))
    cells = [cell.value for line in book["Độ che phủ rừng"].iter_rows() for cell in line]
    assert any(isinstance(v, float) and v == pytest.approx(row["low"], abs=1e-5) for v in cells)  # type: ignore[arg-type]
    assert {"Đối chiếu", "Lô chênh lệch", "Chuỗi ảnh"} <= set(book.sheetnames)


def test_what_is_seen_adds_up_to_what_may_count(figures: dict[tuple[str, str, str], dict[str, object]]) -> None:
    for unit in {unit for measure, unit, _ in figures if measure == "conversion"}:
        of = {c: figures["conversion", unit, c]["value"] for c in (*SEEN, "planned_ha", "refused_ha", "to_forest_ha")}
        may = of["planned_ha"] - of["refused_ha"] - of["to_forest_ha"]  # type: ignore[operator]  # numbers
        assert sum(of[name] for name in SEEN) == pytest.approx(may, abs=1e-4), unit  # type: ignore[misc]  # numbers


def test_the_package_has_the_looks_and_the_homes_as_points(folder: Path) -> None:
    with closing(sqlite3.connect(folder / "results.gpkg")) as base:
        seen = pd.read_sql("SELECT * FROM observations", base)
        homes = pd.read_sql("SELECT * FROM resettlement_risk_points", base)
        sites = pd.read_sql("SELECT * FROM resettlement_risk", base)
        zones = pd.read_sql("SELECT zone_id, verdict_seen FROM conversion", base)
    assert set(seen["index"]) >= {"ndvi", "lswi"}
    assert seen["seen_on"].max() <= "2026-06-30"
    assert set(seen["feature_id"]) <= set(zones["zone_id"])
    assert set(homes["place_kind"]) == {"household"}
    assert set(sites["place_kind"]) == {"existing", "planned"}
    assert not {"head_name", "phone", "id_no", "notes"} & set(homes.columns)


def test_nobody_is_named(scene_folder: Path, folder: Path) -> None:
    rows = (scene_folder / "layers" / "ho_dan.csv").read_text(encoding="utf-8").splitlines()
    names = [row.split(",")[9] for row in rows[1:]]
    assert all(len(name) > 5 for name in names)
    for path in sorted(folder.iterdir()):
        text = path.read_bytes()
        assert not [name for name in names if name.encode() in text], path.name


def test_the_page_shows_before_and_after_and_the_danger(folder: Path) -> None:
    page = (folder / "map.html").read_text(encoding="utf-8")
    assert len(page) < 5_000_000
    for word in ("measured_cover", "hazard", "01/07/2022"):
        assert word in page


def test_images_are_made_ready_once(scene_folder: Path, scene_run: Run, scene_stacks: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in scene_stacks.rglob("*.tif")}
    assert before
    again = survey(open_project(scene_folder), only=["conversion"], stacks=scene_stacks)
    assert {path: path.stat().st_mtime_ns for path in scene_stacks.rglob("*.tif")} == before
    one = next(result for result in scene_run.results if result.measure == "conversion")
    pd.testing.assert_frame_equal(again.results[0].table, one.table)


def test_check_reads_the_heads_of_the_images(scene_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(scene_folder)]) == 0
    assert "sentinel2: images/s2" in capsys.readouterr().out
    assert not (scene_folder / "maps").exists()
