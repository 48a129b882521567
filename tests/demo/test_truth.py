"""The truth of the demo held against itself and against third ways of reckoning."""

import json

import numpy as np
import pytest
import rasterio
import rasterio.features
import shapely
from pyproj import Geod
from scipy.ndimage import label

from geoplan.demo.truth_pixels import patches, sieved
from tests.demo.conftest import Project

FIGURES = {
    "forest_cover": ("natural_ha", "planted_ha", "young_ha", "regeneration_ha", "forest_ha", "land_ha"),
    "plantation": ("planted_year_ha", "planted_since_ha"),
    "conversion": ("planned_ha", "declared_ha", "accepted_ha", "refused_ha", "to_forest_ha"),
    "tree_cover": ("raster_ha", "tree_seen_ha", "tree_unseen_ha", "tree_without_rule_ha", "tree_ha"),
    "households": ("households_count", "at_risk"),
}


@pytest.mark.parametrize("table", FIGURES)
def test_villages_add_up_to_the_commune(project: Project, table: str) -> None:
    whole = project.figures(table)
    for column in FIGURES[table]:
        parts = sum(row[column] for row in project.truth[table] if row["level"] == "village")
        assert parts == pytest.approx(whole[column], abs=1e-6), column


def test_cover_is_the_story(project: Project) -> None:
    row = project.figures("forest_cover")
    assert row["forest_ha"] == pytest.approx(row["natural_ha"] + row["planted_ha"])
    assert row["cover_pct"] == pytest.approx(100.0 * row["forest_ha"] / row["land_official_ha"])
    assert row["cover_pct"] == pytest.approx(52.0, abs=0.3)
    assert 0.0 < project.figures("plantation")["planted_year_ha"] < 40.0
    assert 0.0 < project.figures("conversion")["accepted_ha"] < 10.0


def test_statutory_sums_are_those_of_the_lots(project: Project) -> None:
    lots = project.layer("rung")
    by_code = lots.groupby("ldlr")["dtich"].sum()
    rows = [r for r in project.truth["divisions"] if r["unit_code"] == "99901" and r["by"] == "ldlr"]
    assert {r["group"]: r["statutory_ha"] for r in rows} == pytest.approx(by_code.to_dict())
    by_year = lots[lots["namtr"] > 0].groupby("namtr")["dtich"].sum()
    years = {r["year"]: r["planted_ha"] for r in project.truth["plantation_by_year"] if r["unit_code"] == "99901"}
    assert years == pytest.approx(by_year.to_dict())


def test_divisions_split_the_same_land(project: Project) -> None:
    totals: dict[tuple[str, str], float] = {}
    for row in project.truth["divisions"]:
        key = (row["unit_code"], row["by"])
        totals[key] = totals.get(key, 0.0) + row["geodesic_ha"]
    for (unit, _), total in totals.items():
        assert total == pytest.approx(project.figures("forest_cover", unit)["land_ha"], abs=1e-6)


def test_village_land_by_its_own_polygon(project: Project) -> None:
    """The faces' sum against one geodesic polygon of the village on WGS 84, whose ellipsoid lies some 30 m away: 1e-5."""
    geod = Geod(ellps="WGS84")
    villages = project.layer("villages").to_crs(4326)
    for row in villages.itertuples():
        area = abs(geod.geometry_area_perimeter(row.geometry)[0]) / 1e4
        assert area == pytest.approx(project.figures("forest_cover", row.village_code)["land_ha"], rel=2e-5)


def test_cover_by_a_hundred_thousand_points(project: Project) -> None:
    """Points thrown on the commune: the share that falls on forest lots, within four standard errors."""
    rng = np.random.default_rng(1)
    commune, lots = project.layer("communes").geometry.iloc[0], project.layer("rung")
    west, south, east, north = commune.bounds
    points = shapely.points(rng.uniform((west, south), (east, north), size=(100_000, 2)))
    where, lot = shapely.STRtree(lots.geometry.to_numpy()).query(points, predicate="intersects")
    forest = lots["ldlr"].isin(["TXB", "TXN", "TXP", "VAU", "HG1", "RTG", "RTTN"]).to_numpy()[lot]
    share, hits = forest.mean(), len(where)
    expected = project.figures("forest_cover")["cover_polygon_pct"] / 100.0
    assert abs(share - expected) < 4.0 * np.sqrt(expected * (1.0 - expected) / hits) + 0.001


def test_supersampled_raster_is_the_land(project: Project) -> None:
    for row in project.truth["tree_cover"]:
        assert row["raster_ha"] == pytest.approx(row["tree_seen_ha"] + row["tree_unseen_ha"], abs=1e-6)
        land = project.figures("forest_cover", row["unit_code"])["land_ha"]
        assert row["raster_ha"] == pytest.approx(land, abs=0.02)
    assert project.figures("tree_cover")["tree_unseen_ha"] > 1.0


def test_rule_is_the_same_by_every_sound_way(project: Project) -> None:
    """Flood fill, GDAL's sieve, patches first and holes first agree; joining by edges alone does not."""
    with rasterio.open(project.folder / "rasters" / "lop_phu.tif") as raster:
        classes = raster.read(1)
    trees, seen = np.isin(classes, (1, 2)), classes != 255
    found = sieved(trees, seen, np.full(trees.shape, 0.01))
    by_gdal = rasterio.features.sieve(trees.astype("uint8"), 30, mask=seen, connectivity=8).astype(bool)
    assert (by_gdal == found)[seen].all()

    def dropped(mask: np.ndarray, structure: np.ndarray) -> np.ndarray:
        number = label(mask, structure=structure)[0]
        return mask & (np.bincount(number.ravel())[number] < 30)

    corners, edges = np.ones((3, 3)), np.array([[0, 1, 0], [1, 1, 1], [0, 1, 0]])
    patches_first = trees & ~dropped(trees, corners)
    patches_first |= dropped(seen & ~patches_first, corners)
    holes_first = trees | dropped(seen & ~trees, corners)
    holes_first &= ~dropped(holes_first, corners)
    assert (patches_first == found).all()
    assert (holes_first == found).all()
    by_edges = trees & ~dropped(trees, edges)
    by_edges |= dropped(seen & ~by_edges, edges)
    assert (by_edges != found).sum() > 30


def test_flood_fill_by_hand() -> None:
    mask = np.array([[1, 0, 0, 1], [0, 1, 0, 0], [0, 0, 0, 1]], dtype=bool)
    assert sorted(sorted(patch) for patch in patches(mask)) == [[0, 5], [3], [11]]


def test_zones_are_judged_in_pieces(project: Project) -> None:
    zones = {row["zone_id"][-4:]: row for row in project.truth["zones"]}
    for row in zones.values():
        parts = row["allowed_ha"] + row["refused_ha"] + row["to_forest_ha"] + row["unknown_ha"]
        assert parts == pytest.approx(row["geom_ha"], abs=1e-6)
    assert zones["CD05"]["verdict"] == "refused"
    assert zones["CD06"]["verdict"] == "allowed"
    assert zones["CD07"]["verdict"] == "unknown"
    assert zones["CD12"]["verdict"] == zones["CD26"]["verdict"] == "mixed"
    assert zones["CD28"]["accepted_ha"] == zones["CD29"]["accepted_ha"] == zones["CD30"]["accepted_ha"] == 0.0
    assert 0.0 < zones["CD26"]["accepted_ha"] < zones["CD26"]["geom_ha"]
    assert sum(row["on_natural_forest_ha"] > 0.05 for row in zones.values()) >= 3


def test_truth_is_plain_json_and_read_by_no_room(project: Project) -> None:
    text = (project.folder / "truth.json").read_text(encoding="utf-8")
    assert "NaN" not in text
    assert json.loads(text)["seed"] == 2026
    assert len(project.truth["private"]) > 100
