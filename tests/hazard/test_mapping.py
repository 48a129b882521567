"""The valley of `tests.hazard.world`: who is under the slope, who stands in the water, and what is not known."""

from pathlib import Path

import numpy as np
import pytest
import rasterio
from affine import Affine
from pyproj import CRS
from rasterio.warp import Resampling, reproject

from geoplan import hazard
from geoplan.errors import InputError
from geoplan.hazard import HazardMap, mapping
from geoplan.layers.records import RasterSpec
from geoplan.pixels import flow
from geoplan.rasters import Raster, open_raster
from tests.hazard import world
from tests.measures.world import X, Y, communes


@pytest.fixture(scope="module")
def valley(tmp_path_factory: pytest.TempPathFactory) -> HazardMap:
    return hazard.hazard_map(communes(), world.dem(tmp_path_factory.mktemp("valley")))


def at(found: HazardMap, values: np.ndarray, east: float, north: float) -> float:
    column, row = (
        (X + east - found.transform.c) / found.transform.a,
        (Y + north - found.transform.f) / found.transform.e,
    )
    return float(values[int(row), int(column)])


def keys(found: HazardMap) -> set[str]:
    return {note.key for note in found.notes}


@pytest.mark.parametrize(("north", "expected"), [(800, 2), (705, 2), (655, 2), (545, 0), (300, 0), (1000, 0)])
def test_slides_start_on_the_slope_and_reach_the_terrace_below(valley: HazardMap, north: float, expected: int) -> None:
    """From the brow (843 m, 120 m up) 25 degrees reach 655 m (15 m up), not 545 m (5 m up)."""
    assert at(valley, valley.landslide, 1500, north) == expected


@pytest.mark.parametrize(("away", "expected"), [(5, 2), (15, 2), (35, 1), (65, 0), (150, 0)])
def test_water_stands_by_the_stream(valley: HazardMap, away: float, expected: int) -> None:
    """At 1500 m 2.7 km2 drain: 31 m3/s, 1.6 m deep between banks of 1 in 10: 2.1 m with freeboard, 4.6 m with 3 m."""
    assert at(valley, valley.flood, 1500, 500 - away) == expected


def test_cut_slopes_stand_at_the_foot(valley: HazardMap) -> None:
    assert at(valley, valley.cut_slope, 1500, 695) == 1
    assert at(valley, valley.cut_slope, 1500, 665) == 0
    assert at(valley, valley.cut_slope, 1500, 860) == 0


def test_gentle_ground_is_of_low_susceptibility_whatever_its_rank(valley: HazardMap) -> None:
    assert at(valley, valley.susceptibility, 1500, 300) == 0
    assert at(valley, valley.susceptibility, 1500, 705) == 3


def test_ground_that_only_looks_up_at_a_source_is_of_medium_danger() -> None:
    """A source at 35 degrees above a wall that stops the slide: beyond the wall medium, farther off none."""
    x = np.arange(60)
    height = np.broadcast_to(1000.0 - np.minimum(x, 20) * 7.0 - 0.001 * x, (11, 60)).copy()
    height[:, 10] += 60.0
    index, none = np.zeros(height.shape), np.zeros(height.shape, dtype=bool)
    index[5, 0] = 1.0
    dry = flow.routed(height, 10.0)
    susceptible, found = mapping._landslide(dry, index, none, np.full(height.shape, 35.0), index, (10.0, 10.0))
    assert susceptible[5, 0] == 3
    assert (found[5, 4], found[5, 12], found[5, 40]) == (2, 1, 0)


def test_no_part_of_the_ground_is_called_dangerous_where_none_is_steep(tmp_path: Path) -> None:
    found = hazard.hazard_map(communes(), world.dem(tmp_path, slope_deg=6.0))
    assert (found.landslide[found.landslide != 255] == 0).all()
    assert (found.susceptibility[found.susceptibility != 255] == 0).all()


def test_what_the_heights_do_not_show_is_unknown(tmp_path: Path) -> None:
    found = hazard.hazard_map(communes(), world.dem(tmp_path, unknown_from=2900))
    for values in (found.landslide, found.debris, found.flood, found.susceptibility, found.cut_slope, found.worst):
        assert at(found, values, 2950, 300) == 255
    assert at(found, found.landslide, 2895, 300) == 255  # beside the unknown a slope cannot be told
    assert at(found, found.landslide, 2800, 300) == 0


def test_low_ground_by_a_stream_from_outside_is_not_low_danger(tmp_path: Path) -> None:
    found = hazard.hazard_map(communes(), world.dem(tmp_path, divide=-2000.0))
    assert "hazard.upstream_unseen" in keys(found)
    assert at(found, found.flood, 1500, 435) == 1  # 6.5 m up: 0 where the whole basin is seen
    assert at(found, found.upstream_unseen, 1500, 435) == 1
    assert at(found, found.flood, 1500, 300) == 0


def test_the_project_streams_take_the_water(tmp_path: Path, valley: HazardMap) -> None:
    """A stream drawn along 300 m: the ground beside it is low ground, which it is not without the line."""
    drawn = hazard.hazard_map(communes(), world.dem(tmp_path), streams=world.line((-300, 300), (3300, 300)))
    assert at(drawn, drawn.flood, 1500, 300) == 2
    assert at(valley, valley.flood, 1500, 300) == 0
    assert "hazard.streams_from_heights" in keys(valley)
    assert "hazard.streams_from_heights" not in keys(drawn)
    assert at(drawn, drawn.slope_deg, 1500, 305) == pytest.approx(5.7, abs=0.1)  # carved for the water alone


def test_open_ground_counts_more(tmp_path: Path) -> None:
    dem = world.dem(tmp_path, slope_deg=20.0)
    cover = np.full((180, 380), 1, dtype=np.uint8)
    cover[:, 190:] = 2  # open from 1500 m east
    path = tmp_path / "cover.tif"
    facts = {"driver": "GTiff", "count": 1, "crs": "EPSG:9213", "transform": dem.transform, "nodata": 255}
    with rasterio.open(path, "w", height=180, width=380, dtype="uint8", **facts) as file:
        file.write(cover, 1)
    land_cover = open_raster(RasterSpec("land_cover", path, path.name, forest=(1,)), tmp_path)
    found = hazard.hazard_map(communes(), dem, land_cover=land_cover)
    plain = hazard.hazard_map(communes(), dem)
    wooded, bare = slice(100, 180), slice(200, 280)
    assert found.susceptibility[:, bare].astype(int).sum() > plain.susceptibility[:, bare].astype(int).sum()
    np.testing.assert_array_equal(found.susceptibility[2:-2, wooded], plain.susceptibility[2:-2, wooded])
    assert "hazard.open_ground" in keys(found)


def in_degrees(raster: Raster, path: Path) -> Raster:
    """The same ground in longitude and latitude on the same datum, about 10 m a cell."""
    x, y = np.array(raster.bounds[::2]), np.array(raster.bounds[1::2])
    from geoplan import crs

    lon, lat = crs.transform(x, y, raster.crs, CRS("EPSG:4756"))
    step = 9e-5
    size = int((lat[1] - lat[0]) / step), int((lon[1] - lon[0]) / step)
    values, _ = raster.read()
    made = np.full(size, -9999.0, dtype=np.float32)
    transform = Affine(step, 0, lon[0], 0, -step, lat[1])
    reproject(
        values.filled(-9999.0), made, src_transform=raster.transform, src_crs="EPSG:9213", dst_transform=transform,
        dst_crs="EPSG:4756", src_nodata=-9999.0, dst_nodata=-9999.0, resampling=Resampling.bilinear,
    )  # fmt: skip
    return world.written(path, made, transform, "EPSG:4756")


def test_heights_in_degrees_have_the_same_slopes(tmp_path: Path, valley: HazardMap) -> None:
    found = hazard.hazard_map(communes(), in_degrees(world.dem(tmp_path), tmp_path / "degrees.tif"))
    assert found.cell_m[0] == pytest.approx(9.27, abs=0.05)
    assert found.cell_m[1] == pytest.approx(9.97, abs=0.05)
    for share in (0.05, 0.5, 0.95):
        assert np.nanquantile(found.slope_deg, share) == pytest.approx(np.nanquantile(valley.slope_deg, share), abs=0.3)
    for name, apart in (("landslide", 0.15), ("flood", 0.35)):  # flooded banks are two cells wide
        mine, other = (np.mean(getattr(each, name) == 2) for each in (found, valley))
        assert mine == pytest.approx(other, rel=apart)


def test_too_coarse_too_many_and_nothing_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    coarse = np.full((40, 60), 100.0, dtype=np.float32)
    raster = world.written(tmp_path / "coarse.tif", coarse, Affine(90, 0, X - 400, 0, -90, Y + 1400), "EPSG:9213")
    with pytest.raises(InputError) as refused:
        hazard.hazard_map(communes(), raster)
    assert refused.value.key == "hazard.too_coarse"
    fine = world.dem(tmp_path)
    monkeypatch.setattr("geoplan.hazard.ground.MOST_CELLS", 1000)
    with pytest.raises(InputError) as refused:
        hazard.hazard_map(communes(), fine)
    assert refused.value.key == "hazard.too_large"
    monkeypatch.undo()
    empty = world.written(
        tmp_path / "empty.tif", np.full((180, 380), -9999.0, dtype=np.float32), fine.transform, "EPSG:9213"
    )
    with pytest.raises(InputError) as refused:
        hazard.hazard_map(communes(), empty)
    assert refused.value.key == "hazard.no_ground"


def test_slides_are_looked_for_in_the_communes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The heights go on beyond the communes: what is not known to have slid there is no example of firm ground."""
    asked = []
    learn = mapping.train
    monkeypatch.setattr(mapping, "train", lambda *given, **more: asked.append(given[3]) or learn(*given, **more))
    random = np.random.default_rng(1)
    places = zip(random.uniform(100, 2900, 90), random.uniform(700, 840, 90), strict=True)
    found = hazard.hazard_map(communes(), world.dem(tmp_path), slides=world.points(*places))
    assert (at(found, asked[0], 1500, 500), at(found, asked[0], -100, 500), at(found, asked[0], 1500, 1200)) == (
        1,
        0,
        0,
    )
    assert asked[0].sum() * 1e-4 == pytest.approx(communes().area.sum() / 1e6, rel=0.02)
    assert found.spatial is not None
    assert np.nanmin(found.index) > 0
    assert np.nanmax(found.index) == 1
    assert np.isnan(at(found, found.index, -395, -395))  # the edge


def test_the_same_map_every_time(tmp_path: Path, valley: HazardMap) -> None:
    again = hazard.hazard_map(communes(), world.dem(tmp_path))
    for name in ("landslide", "debris", "flood", "susceptibility", "cut_slope"):
        assert getattr(again, name).tobytes() == getattr(valley, name).tobytes()


def test_classes_not_metres_is_said(valley: HazardMap) -> None:
    assert {"hazard.heights", "hazard.untrained", "hazard.flood_uncalibrated"} <= keys(valley)
    heights = next(note for note in valley.notes if note.key == "hazard.heights")
    assert heights.facts["cell_m"] == pytest.approx(10.0, abs=0.01)
    assert heights.facts["area_km2"] == pytest.approx(3.8 * 1.8, rel=1e-3)
