"""What runs when, with which settings, and what is refused."""

import shutil
from collections.abc import Callable
from concurrent.futures import Executor, Future
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
from shapely import Point, box

from geoplan import open_project, run
from geoplan.errors import InputError
from geoplan.results import Findings
from geoplan.runs import Inputs, _in_worker, join, settings_of, survey
from tests.imagery import world as images

FOREST = 'forest_lots      = "layers/rung.gpkg"'


@pytest.fixture
def project_folder(demo_folder: Path, tmp_path: Path) -> Path:
    """A copy that a test may change."""
    return Path(shutil.copytree(demo_folder, tmp_path / "xa"))


def change(folder: Path, old: str, new: str) -> Path:
    file = folder / "geoplan.toml"
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")
    return folder


def test_a_measure_without_its_layer_is_left_out_with_a_word(project_folder: Path) -> None:
    found = survey(open_project(change(project_folder, "conversion_zones =", "# conversion_zones =")))
    assert [result.measure for result in found.results] == ["forest_cover", "plantation", "resettlement_risk"]
    (said,) = [w for w in found.warnings if w.key == "run.measure_skipped"]
    assert said.facts["roles"] == "conversion_zones"


def test_images_are_said_to_be_unused(project_folder: Path) -> None:
    change(project_folder, "[targets]", '[images]\nlandsat = "images/l8"\n\n[targets]')
    found = survey(open_project(project_folder), only=["plantation"])
    assert [w.where for w in found.warnings if w.key == "run.images_unused"] == ["geoplan.toml: images.landsat"]


def test_only_what_was_asked_for(demo_folder: Path) -> None:
    assert [r.measure for r in run(open_project(demo_folder), only=["plantation"])] == ["plantation"]
    with pytest.raises(InputError, match=r"run\.unknown_measure"):
        run(open_project(demo_folder), only=["cover"])


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ("[measures.forest_cover]\nmin_patch = 0.3", "run.unknown_setting"),
        ('[measures.forest_cover]\nmin_patch_ha = "0.3"', "project.wrong_type"),
        ("[measures.forest_cover]\nyears_to_forest = true", "project.wrong_type"),
        ("[measures.forest]\nx = 1", "run.unknown_measure"),
        ("[measures.forest_cover]\nmin_patch_ha = -1.0", "run.setting_out_of_range"),
        ("[measures.forest_cover]\nmin_patch_ha = nan", "run.setting_out_of_range"),
        ("[measures.forest_cover]\nyears_to_forest = -30", "run.setting_out_of_range"),
        ('[measures.forest_cover]\nowner_codes = "frm4"', "run.setting_out_of_range"),
    ],
)
def test_wrong_settings_are_refused(project_folder: Path, line: str, key: str) -> None:
    change(project_folder, "[measures.forest_cover]", line + "\n[measures.forest_cover.x]")
    with pytest.raises(InputError) as caught:
        run(open_project(project_folder))
    assert key in [problem.key for problem in caught.value.problems]


def test_a_setting_changes_the_figure_and_stands_in_the_evidence(project_folder: Path) -> None:
    before, *_ = run(open_project(project_folder), only=["forest_cover"])
    change(project_folder, "min_patch_ha = 0.3", "min_patch_ha = 3.0")
    after, *_ = run(open_project(project_folder), only=["forest_cover"])
    assert after.evidence.settings["min_patch_ha"] == 3.0
    assert after.table["tree_ha"].iloc[0] != before.table["tree_ha"].iloc[0]
    without = [each.table["tree_without_rule_ha"].iloc[0] for each in (before, after)]
    assert without[0] == pytest.approx(without[1], rel=1e-8)


class _Late(Executor):
    """Runs each task when its answer is asked for, after something has happened to the files."""

    def __init__(self, happens: Callable[[], None]) -> None:
        self.happens = happens

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        self.happens()
        try:
            future.set_result(fn(*args, **kwargs))
        except InputError as error:
            future.set_exception(error)
        return future


def test_a_file_that_changes_while_the_run_is_on_is_refused(project_folder: Path) -> None:
    def happens() -> None:
        file = project_folder / "layers" / "rung.gpkg"
        frame = gpd.read_file(file)
        frame.iloc[1:].to_file(file)

    with pytest.raises(InputError, match=r"run\.input_changed"):
        run(open_project(project_folder), only=["plantation"], executor=_Late(happens))


def _exchanged(file: Path) -> None:
    """Another file under the same name: class 1 where there was none."""
    with rasterio.open(file) as old:
        profile, values = dict(old.profile), old.read()
    profile.pop("blockxsize", None)
    profile.pop("blockysize", None)
    with rasterio.open(file.with_name("new.tif"), "w", **(profile | {"tiled": False})) as new:
        new.write(np.where(values == 1, 2, 1).astype(values.dtype))
    file.with_name("new.tif").replace(file)


def test_a_raster_that_changes_after_it_was_hashed_is_refused(project_folder: Path) -> None:
    """Its pixels are read while the measures run; the hash in the evidence is of the first bytes."""
    project = open_project(project_folder)
    raster = project.rasters["land_cover"].path

    def happens(done: int, _: int) -> None:
        if done == 1:
            _exchanged(raster)

    with pytest.raises(InputError, match=r"run\.input_changed") as caught:
        run(project, only=["forest_cover"], progress=happens)
    assert caught.value.problems[0].where == "rasters/" + raster.name
    raster.unlink()
    inputs = Inputs(open_project(project_folder))
    inputs.refuse_changed()  # nothing was read: nothing changed


def test_images_that_change_while_the_run_is_on_are_refused(tmp_path: Path) -> None:
    folder = tmp_path / "s2"
    images.scene(folder, "2023-01-05")
    (tmp_path / "geoplan.toml").write_text(
        '[project]\nname = "A"\ncrs = "EPSG:32648"\nas_of = 2026-06-30\n[layers]\ncommunes = "xa.gpkg"\n'
        '[images]\nsentinel2 = "s2"\n',
        encoding="utf-8",
    )
    ground = box(images.WEST, images.NORTH - 600, images.WEST + 800, images.NORTH)
    table = {"unit_code": ["01879"], "name": ["Cao Minh"]}
    gpd.GeoDataFrame(table, geometry=[ground], crs="EPSG:32648").to_file(tmp_path / "xa.gpkg")
    inputs = Inputs(open_project(tmp_path), tmp_path / "stacks")
    inputs.stack("sentinel2")
    (folder / "beside.aux.xml").write_text("a viewer writes such files", encoding="utf-8")
    inputs.refuse_changed()
    band = folder / "2023-01-05" / "B08.tif"
    band.write_bytes(band.read_bytes())
    with pytest.raises(InputError, match=r"run\.input_changed"):
        inputs.refuse_changed()


def test_problems_of_all_files_come_together(project_folder: Path) -> None:
    for name in ("rung", "vung_chuyen_doi"):
        (project_folder / "layers" / f"{name}.gpkg").write_text("not a GeoPackage", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        run(open_project(project_folder))
    assert {"layers/rung.gpkg", "layers/vung_chuyen_doi.gpkg"} <= {p.where for p in caught.value.problems}


def test_a_table_shows_itself_in_a_notebook_without_live_text(demo_folder: Path) -> None:
    result, *_ = run(open_project(demo_folder), only=["plantation"])
    result.table.loc[0, "unit_name"] = "<script>alert(1)</script>"
    assert "<script>" not in result._repr_html_()


def test_a_lot_of_two_communes_keeps_what_is_measured_in_both() -> None:
    table = pd.DataFrame({"unit_code": ["1"], "unit_name": ["A"], "level": ["commune"]})
    parts = []
    for code, share, measured in (("1", 0.7, 2.0), ("2", 0.3, 1.0)):
        fields = {"lot_id": ["L"], "unit_code": [code], "unit_share": [share], "inside_ha": [share]}
        fields |= {"measured_ha": [measured], "seen_ha": [measured + 0.5], "difference_ha": [-measured]}
        layer = gpd.GeoDataFrame(fields, geometry=[Point(0, 0).buffer(1)], crs="EPSG:9213")
        parts.append(Findings(table.assign(unit_code=code), layer))
    joined = join(parts, ["A", "B"]).layer
    assert joined is not None
    assert joined[["unit_code", "measured_ha", "seen_ha", "difference_ha"]].values.tolist() == [["1", 3.0, 4.0, -3.0]]


def test_a_worker_does_not_take_one_project_for_another(project_folder: Path) -> None:
    """A pool may serve two projects over the same files that read their columns otherwise."""
    answers = []
    for columns in ("", ', columns = { ktan = "nggocr" }'):
        change(project_folder, FOREST, f'forest_lots      = {{ path = "layers/rung.gpkg"{columns} }}')
        project = open_project(project_folder)
        inputs = Inputs(project)
        inputs.read_all(["forest_lots"])
        began_with = tuple((source.role, source.sha256) for source in inputs.sources())
        settings = settings_of(project)["plantation"]
        found = _in_worker(project, began_with, "plantation", 0, settings, None, None)
        assert found.layer is not None
        answers.append(found.layer["ktan"].fillna(-1).tolist())
        change(project_folder, f'forest_lots      = {{ path = "layers/rung.gpkg"{columns} }}', FOREST)
    assert answers[0] != answers[1]
