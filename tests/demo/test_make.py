"""The demo project as files: what was promised of it, and the same bytes every time."""

import csv
import hashlib
import time
import tomllib
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import rasterio
import shapely
from pyproj import CRS
from rasterio.transform import rowcol
from scipy.ndimage import minimum_filter

from geoplan import codes, demo, layers
from geoplan.demo import drainage
from geoplan.demo.farm import RECIPES
from geoplan.demo.frms import FIELDS
from geoplan.errors import InputError
from geoplan.layers import LayerSpec
from tests.demo.conftest import Project


def digests(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_same_seed_same_bytes_and_another_seed_another_commune(project: Project, tmp_path: Path) -> None:
    start = time.process_time()
    demo.make(tmp_path / "again")
    assert time.process_time() - start < 10.0
    assert digests(tmp_path / "again") == digests(project.folder)
    demo.make(tmp_path / "other", seed=7)
    other = digests(tmp_path / "other")
    same = {name for name, digest in digests(project.folder).items() if other[name] == digest}
    assert same == {"geoplan.toml", "targets.csv", "contradictions.csv"}


def test_folder_that_is_not_empty_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "note.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        demo.make(tmp_path)
    assert caught.value.key == "demo.folder_not_empty"
    assert [path.name for path in tmp_path.iterdir()] == ["note.txt"]


def test_project_file_names_every_layer_and_says_synthetic(project: Project) -> None:
    written = tomllib.loads((project.folder / "geoplan.toml").read_text(encoding="utf-8"))
    assert written["project"]["synthetic"] is True
    assert written["project"]["crs"] == "EPSG:9213"
    paths = [*written["layers"].values(), written["rasters"]["dem"], written["rasters"]["land_cover"]["path"]]
    for path in [*paths, written["targets"]["file"], written["targets"]["contradictions"]]:
        assert list(project.folder.glob(path)), path


def test_every_layer_passes_the_door(project: Project) -> None:
    written = tomllib.loads((project.folder / "geoplan.toml").read_text(encoding="utf-8"))["layers"]
    said = {}
    for role, path in written.items():
        spec = LayerSpec(role=role, path=project.folder / path, shown=path)
        layer = layers.read(spec, CRS.from_epsg(9213), project.folder)
        assert len(layer.frame), role
        said[role] = [warning.key for warning in layer.warnings]
    assert {role: keys for role, keys in said.items() if keys} == {"conversion_zones": ["layer.area_differs"]}


def test_lots_have_the_promised_sizes_and_shapes(project: Project) -> None:
    lots = project.layer("rung")
    hectares = lots.area.to_numpy() / 1e4
    corners = lots.count_coordinates().to_numpy()
    assert 700 <= len(lots) <= 900
    assert hectares.min() >= 0.2
    assert hectares.max() <= 20.0
    assert 1.4 <= np.median(hectares) <= 2.6
    assert 50 <= np.median(corners) <= 150
    assert np.mean((corners >= 50) & (corners <= 150)) > 0.75
    assert np.log(hectares).std() > 0.6
    assert set(lots.geom_type) == {"Polygon"}


def test_lots_and_villages_fill_the_commune(project: Project) -> None:
    commune = project.layer("communes").geometry.iloc[0]
    for name in ("rung", "villages"):
        shapes = project.layer(name).geometry.to_numpy()
        assert shapely.is_valid(shapes).all()
        assert shapely.coverage_is_valid(shapes)
        gap = shapely.symmetric_difference(shapely.coverage_union_all(shapes), commune).area
        assert gap / 1e4 < 0.001, name
    assert commune.geom_type == "Polygon"
    west, south, east, north = commune.bounds
    assert (east - west, north - south) == pytest.approx((5000.0, 4500.0), abs=1.0)


def test_lots_are_in_frms_form_and_agree_with_themselves(project: Project) -> None:
    lots = project.layer("rung")
    assert [name for name in lots.columns if name != "geometry"] == list(FIELDS)
    assert len(FIELDS) == 52
    table = codes.forest_types()
    assert (lots["ldlr"].map(table["number"]).astype(int) == lots["maldlr"]).all()
    kind = codes.forest_class(lots["ldlr"])
    assert (lots.loc[kind == "natural_forest", ["nggocr", "thanhrung", "namtr"]] == [1, 1, 0]).all(axis=None)
    assert (lots.loc[kind == "planted_forest", ["nggocr", "thanhrung"]] == [2, 1]).all(axis=None)
    assert (lots.loc[kind == "planted_not_yet_forest", ["nggocr", "thanhrung"]] == [2, 2]).all(axis=None)
    assert lots.loc[kind == "planted_not_yet_forest", "namtr"].between(2022, 2026).all()
    assert set(range(2019, 2027)) <= set(lots["namtr"].astype(int))
    assert (kind != codes.UNKNOWN).all()
    assert not lots.duplicated(["tk", "khoanh", "lo"]).any()
    use = lots["mamdsd"].dropna().astype(int).map(lambda code: int(codes.require("mamdsd", code, where="")["malr3"]))
    assert (use == lots["malr3"].dropna()).all()


def test_statutory_area_is_the_geometry_s_within_one_percent(project: Project) -> None:
    lots = project.layer("rung")
    error = np.abs(lots["dtich"] - lots.area / 1e4 * 1.00005)
    assert (error <= 0.0101 * lots["dtich"] + 0.006).all()
    assert error.max() > 0.0


def test_official_area_differs_by_eight_in_a_thousand(project: Project) -> None:
    commune = project.layer("communes")
    assert commune["unit_code"].tolist() == ["99901"]
    land = project.figures("forest_cover")["land_ha"]
    assert commune["area_official_ha"].iloc[0] / land == pytest.approx(1.008, abs=0.0001)


def test_parcels_and_zones(project: Project) -> None:
    parcels, zones = project.layer("thua_dat"), project.layer("vung_chuyen_doi")
    assert 150 <= len(parcels) <= 400
    assert {"LUC", "LUK", "HNK", "CLN"} <= set(parcels["land_code"]) <= set(codes.land_codes().index)
    assert len(zones) == len(RECIPES) >= 30
    assert (zones.area / 1e4).between(0.2, 4.0).all()
    assert zones.area.sum() / 1e4 > 60.0
    assert set(zones["status"]) == {"draft", "submitted", "approved", "carried_out", "accepted"}
    assert set(zones["to_group"]) == {"perennial", "annual", "aquaculture", "forest"}
    shapes = zones.geometry.to_numpy()
    for i, j in zip(*shapely.STRtree(shapes).query(shapes, predicate="intersects"), strict=True):
        assert i >= j or shapes[i].intersection(shapes[j]).area < 0.01
    accepted = zones[zones["status"] == "accepted"]
    assert accepted["accepted_on"].isna().sum() == 1
    assert (accepted["accepted_on"] > "2026-06-30").sum() == 1


def test_streams_run_down_to_the_river(project: Project) -> None:
    streams = project.layer("suoi")
    with rasterio.open(project.folder / "rasters" / "dem.tif") as dem:
        heights, grid = minimum_filter(dem.read(1), 3), dem.transform  # lines cut corners by 3 m
    assert {"river", "stream"} == set(streams["kind"])
    assert streams[streams["kind"] == "river"].length.sum() > 3000.0
    for line in streams.geometry:
        way = heights[rowcol(grid, *shapely.get_coordinates(shapely.segmentize(line, 10.0)).T)]
        assert way[0] >= way[-1] - 0.5
        assert np.maximum(np.diff(way), 0.0).sum() < 0.1 * (way.max() - way.min()) + 6.0


def test_every_cell_drains_and_a_river_gathers_three_square_kilometres(project: Project) -> None:
    """Every cell has a lower neighbour on its way to the edge: no pit, no flat; the trunk gathers over 3 km2."""
    with rasterio.open(project.folder / "rasters" / "dem.tif") as dem:
        heights = dem.read(1).astype(float)
    ways = drainage.water(heights)
    outlets = ways.into < 0
    assert outlets.sum() == 2 * sum(heights.shape) - 4
    assert ways.cells.ravel()[outlets].sum() == heights.size
    assert ways.cells.max() * 1e-4 > 3.0
    below = heights.ravel() - heights.ravel()[np.maximum(ways.into, 0)]
    assert below[~outlets].min() > 0.0


def test_slides_fall_on_susceptible_ground(project: Project) -> None:
    """The inventory and what came later: days, numbers, and slopes steeper than the commune's."""
    with (project.folder / "layers" / "sat_lo.csv").open(encoding="utf-8") as table:
        rows = list(csv.DictReader(table))
    later = project.truth["slides_later"]
    assert len(rows) >= 80
    assert len(later) >= 60
    assert max(row["happened_on"] for row in rows) < "2025-01-01" <= min(row["happened_on"] for row in later)
    assert not {row["slide_id"] for row in rows} & {row["slide_id"] for row in later}
    with rasterio.open(project.folder / "rasters" / "dem.tif") as dem:
        steep = np.degrees(np.arctan(np.hypot(*np.gradient(dem.read(1), 10.0))))
        spots = gpd.GeoSeries.from_xy(
            *np.array([[float(r["lon"]), float(r["lat"])] for r in [*rows, *later]]).T, crs=4326
        )
        mine = steep[rowcol(dem.transform, *shapely.get_coordinates(spots.to_crs(9213).to_numpy()).T)]
    rank = np.searchsorted(np.sort(steep.ravel()), mine) / steep.size
    assert rank.mean() > 0.75  # the AUC of slope alone


def test_houses_stand_where_the_story_wants_them(project: Project) -> None:
    places = project.truth["hazard"]
    homes = [p for p in places if p["place_kind"] == "household"]
    risky = [p["flood"] or p["cut_slope"] or p["slide"] for p in homes]
    assert len(homes) == 60
    at_risk = [danger for p, danger in zip(homes, risky, strict=True) if p["status"] == "at_risk"]
    assert (len(at_risk), sum(at_risk)) == (14, 12)
    assert sum(danger for p, danger in zip(homes, risky, strict=True) if p["status"] == "stable") == 2
    assert sum(p["flood"] for p in homes) >= 4
    assert sum(p["cut_slope"] or p["slide"] for p in homes) >= 4
    planned = [p for p in places if p["place_kind"] == "planned"]
    assert any(p["flood"] or p["cut_slope"] or p["slide"] for p in planned)
    assert any(not (p["flood"] or p["cut_slope"] or p["slide"]) for p in planned)
    with (project.folder / "layers" / "ho_dan.csv").open(encoding="utf-8") as table:
        moved = [row["moved_on"] for row in csv.DictReader(table) if row["status"] == "moved"]
    assert len(moved) == 2
    assert all(day.startswith("2026-") for day in moved)


def test_people_are_made_up(project: Project) -> None:
    with (project.folder / "layers" / "ho_dan.csv").open(encoding="utf-8") as table:
        rows = list(csv.DictReader(table))
    assert sum(row["status"] == "at_risk" for row in rows) == 14
    assert len(rows) == 60
    made_up = ("Giảlập", "Thửnghiệm", "Vídụ", "Minhhoạ", "Nháp", "Bịađặt", "Tưởngtượng")
    owners = project.layer("rung")
    names = [row["head_name"] for row in rows] + owners.loc[owners["dtuong"] == 1, "churung"].tolist()
    assert all(name.split()[-2] in made_up for name in names)
    assert all(row["phone"].startswith("0000") for row in rows)
    assert all(105.70 < float(row["lon"]) < 105.80 and 22.30 < float(row["lat"]) < 22.40 for row in rows)


def test_rasters(project: Project) -> None:
    with rasterio.open(project.folder / "rasters" / "dem.tif") as dem:
        heights = dem.read(1)
        assert (dem.crs.to_epsg(), dem.res, dem.dtypes, dem.nodata) == (9213, (10.0, 10.0), ("float32",), -9999.0)
        assert 250.0 <= heights.min() < 300.0
        assert 700.0 < heights.max() <= 900.0
        east, south = np.gradient(heights, 10.0)
        steep = np.percentile(np.degrees(np.arctan(np.hypot(east, south))), (10, 50, 90))
        assert steep == pytest.approx([5.0, 22.0, 36.0], abs=3.0)
    with rasterio.open(project.folder / "rasters" / "lop_phu.tif") as cover:
        assert (cover.crs.to_epsg(), cover.dtypes, cover.nodata) == (9213, ("uint8",), 255.0)
        assert set(np.unique(cover.read(1))) == {1, 2, 3, 4, 5, 6, 255}
        commune = project.layer("communes").total_bounds
        assert cover.bounds.left < commune[0] - 500.0
        assert cover.bounds.top > commune[3] + 500.0
