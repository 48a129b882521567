"""The raster door on rasters a person can draw: ten by ten pixels of a hundred metres over two communes."""

import hashlib
import pickle
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import rasterio
from affine import Affine
from shapely.geometry import box

from geoplan import crs, rasters
from geoplan.errors import InputError
from geoplan.rasters import Raster, RasterSpec

WEST, NORTH = 430_000.0, 2_456_000.0


def from_origin(west: float, north: float, x: float, y: float) -> Affine:
    return Affine(x, 0, west, 0, -y, north)


GRID = from_origin(WEST, NORTH, 100, 100)


def communes(east: float = 0.0) -> gpd.GeoDataFrame:
    west = WEST + east
    shapes = [box(west, NORTH - 1000, west + 500, NORTH), box(west + 500, NORTH - 1000, west + 1000, NORTH)]
    table = {"unit_code": ["01879", "02026"], "name": ["Cao Minh", "Nam Cường"]}
    return gpd.GeoDataFrame(table, geometry=gpd.GeoSeries(shapes, crs="EPSG:9213"))


def write(path: Path, values: np.ndarray, **options: Any) -> Path:
    profile = {"driver": "GTiff", "crs": "EPSG:9213", "transform": GRID, **options}
    bands = values if values.ndim == 3 else values[None]
    tags = profile.pop("scales", None)
    with rasterio.open(
        path, "w", count=len(bands), height=bands.shape[1], width=bands.shape[2], dtype=bands.dtype, **profile
    ) as made:
        made.write(bands)
        if tags:
            made.scales = tags
    return path


def classes() -> np.ndarray:
    """Class 1 in the west, 2 in the east, 255 in the north-west corner."""
    values = np.ones((10, 10), dtype=np.uint8)
    values[:, 5:] = 2
    values[0, 0] = 255
    return values


def opened(path: Path, role: str = "land_cover", **spec: Any) -> Raster:
    before = hashlib.sha256(path.read_bytes()).hexdigest()
    chosen = {"forest": (1,), "nodata": 255, **spec} if role == "land_cover" else spec
    raster = rasters.open_raster(RasterSpec(role, path, path.name, **chosen), path.parent)
    assert hashlib.sha256(path.read_bytes()).hexdigest() == before
    assert [p.name for p in path.parent.iterdir() if p.name.startswith(path.name) and p != path] == []
    return raster


def refused(path: Path, role: str = "land_cover", **spec: Any) -> list[str]:
    with pytest.raises(InputError) as caught:
        opened(path, role, **spec)
    assert all(p.where == path.name for p in caught.value.problems)
    return [p.key for p in caught.value.problems]


def test_facts_and_windows(tmp_path: Path) -> None:
    raster = opened(write(tmp_path / "lc.tif", classes()))
    assert (raster.width, raster.height, raster.dtype, raster.nodata) == (10, 10, "uint8", (255.0,))
    assert raster.bounds == (WEST, NORTH - 1000, WEST + 1000, NORTH)
    assert raster.source.crs == "EPSG:9213"
    values, place = raster.read((WEST, NORTH - 200, WEST + 300, NORTH))
    assert values.shape == (2, 3)
    assert values.mask.tolist() == [[True, False, False], [False, False, False]]
    assert place == GRID
    part, place = raster.read((WEST + 450, NORTH - 950, WEST + 550, NORTH - 850))
    assert part.tolist() == [[1, 2], [1, 2]]
    assert place == from_origin(WEST + 400, NORTH - 800, 100, 100)
    assert raster.read()[0].shape == (10, 10)
    assert raster.read((0, 0, 1, 1))[0].shape == (0, 0)
    assert rasters.meet(raster, communes()) == ()


def test_it_travels(tmp_path: Path) -> None:
    raster = opened(write(tmp_path / "lc.tif", classes()))
    again = pickle.loads(pickle.dumps(raster))
    assert again.read()[0].sum() == raster.read()[0].sum()
    assert len(pickle.dumps(raster)) < 10_000


def test_nodata(tmp_path: Path) -> None:
    path = write(tmp_path / "lc.tif", classes())
    assert [p.key for p in opened(path, nodata=None).warnings] == ["raster.nodata_undeclared"]
    declared = write(tmp_path / "d.tif", classes(), nodata=0)
    assert [p.key for p in opened(declared).warnings] == ["raster.nodata_two"]
    assert opened(declared).nodata == (255.0, 0.0)
    assert refused(path, nodata=1) == ["raster.nodata_is_forest"]
    assert refused(path, nodata=-9999) == ["raster.nodata_impossible"]
    assert refused(path, nodata=1.5) == ["raster.nodata_impossible"]


def test_nan_is_not_observed_and_scale_is_applied(tmp_path: Path) -> None:
    heights = np.full((10, 10), 500, dtype=np.float32)
    heights[3, 3] = np.nan
    raster = opened(write(tmp_path / "dem.tif", heights), "dem")
    assert raster.warnings == ()
    assert int(raster.read()[0].mask.sum()) == 1
    metres = write(tmp_path / "dm.tif", np.full((10, 10), 5000, dtype=np.int16), nodata=-1, scales=(0.1,))
    scaled = opened(metres, "dem")
    assert [p.key for p in scaled.warnings] == ["raster.scaled"]
    assert float(scaled.read()[0].max()) == pytest.approx(500.0)


def test_hidden_codes_in_heights_are_refused(tmp_path: Path) -> None:
    heights = np.full((10, 10), 500, dtype=np.float32)
    heights[0, 0], heights[3, 3] = 510, -9999
    raster = opened(write(tmp_path / "dem.tif", heights), "dem")
    with pytest.raises(InputError, match="nodata_hidden"):
        rasters.meet(raster, communes())
    assert rasters.meet(opened(tmp_path / "dem.tif", "dem", nodata=-9999), communes()) == ()


@pytest.mark.parametrize(
    ("options", "spec", "keys"),
    [
        ({"crs": None}, {}, ["raster.crs_missing"]),
        ({"transform": Affine(100, 5, WEST, 5, -100, NORTH)}, {}, ["raster.turned"]),
        ({"transform": Affine(-100, 0, WEST, 0, -100, NORTH)}, {}, ["raster.turned"]),
        ({"crs": "EPSG:4326"}, {}, ["raster.units_contradict"]),
        ({"transform": from_origin(105.8, 22.2, 0.001, 0.001)}, {}, ["raster.units_contradict"]),
        ({}, {"band": 2}, ["raster.band_absent"]),
        ({}, {"forest": ()}, ["raster.forest_undeclared"]),
        ({}, {"threshold": 0.5}, ["raster.forest_undeclared"]),
        ({"scales": (0.1,)}, {}, ["raster.classes_not_whole"]),
    ],
)
def test_refused(tmp_path: Path, options: dict[str, Any], spec: dict[str, Any], keys: list[str]) -> None:
    assert refused(write(tmp_path / "lc.tif", classes(), **options), **spec) == keys


@pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")
def test_no_grid_is_refused(tmp_path: Path) -> None:
    assert "raster.no_grid" in refused(write(tmp_path / "lc.tif", classes(), transform=Affine.identity()))


def test_only_geotiffs_are_opened(tmp_path: Path) -> None:
    secret = write(tmp_path / "secret.tif", classes())
    vrt = tmp_path / "lc.tif"
    vrt.write_text(
        f'<VRTDataset rasterXSize="10" rasterYSize="10"><SourceFilename>{secret}</SourceFilename></VRTDataset>'
    )
    assert refused(vrt) == ["raster.not_geotiff"]
    vrt.write_bytes(b"II*\0" + b"\xff" * 50)
    assert refused(vrt) == ["raster.broken"]
    for shown in ("/vsicurl/http://x/a.tif", "https://x/a.tif", "vrt://a.tif", "GTIFF_DIR:1:a.tif"):
        with pytest.raises(InputError, match="not_a_file"):
            rasters.open_raster(RasterSpec("dem", tmp_path / "a", shown), tmp_path)
    with pytest.raises(InputError, match="file_missing"):
        rasters.open_raster(RasterSpec("dem", tmp_path / "a.tif", "a.tif"), tmp_path)


def test_files_beside_it_are_not_looked_at(tmp_path: Path) -> None:
    path = write(tmp_path / "lc.tif", classes())
    (tmp_path / "lc.tif.aux.xml").write_text(
        '<PAMDataset><PAMRasterBand band="1"><NoDataValue>1</NoDataValue></PAMRasterBand></PAMDataset>'
    )
    raster = rasters.open_raster(RasterSpec("land_cover", path, "lc.tif", nodata=255, forest=(1,)), tmp_path)
    assert raster.nodata == (255.0,)


def test_bombs_are_refused_before_they_unpack(tmp_path: Path) -> None:
    path = tmp_path / "bomb.tif"
    with rasterio.open(
        path, "w", driver="GTiff", crs="EPSG:9213", transform=GRID, count=1, height=90_000, width=90_000, dtype="uint8",
        tiled=True, sparse_ok=True, BIGTIFF="YES",
    ):  # fmt: skip
        pass
    assert refused(path) == ["raster.too_many_pixels"]
    with rasterio.open(
        path, "w", driver="GTiff", crs="EPSG:9213", transform=GRID, count=1, height=30_000, width=30_000, dtype="uint8",
        tiled=True, blockxsize=16_384, blockysize=16_384, sparse_ok=True, compress="deflate",
    ):  # fmt: skip
        pass
    assert refused(path) == ["raster.block_too_big"]
    with rasterio.open(
        path, "w", driver="GTiff", crs="EPSG:9213", transform=GRID, count=1, height=30_000, width=30_000, dtype="uint8",
        tiled=True, sparse_ok=True,
    ):  # fmt: skip
        pass
    with pytest.raises(InputError, match="window_too_big"):
        opened(path).read()


def test_a_cut_file_is_refused_by_its_first_cut_block(tmp_path: Path) -> None:
    noise = np.random.default_rng(1).integers(1, 3, (256, 256)).astype(np.uint8)
    path = write(tmp_path / "lc.tif", noise, compress="deflate", transform=from_origin(WEST, NORTH, 4, 4))
    raw = path.read_bytes()
    path.write_bytes(raw[: len(raw) - 4000])
    with pytest.raises(InputError) as caught:
        opened(path)
    (problem,) = caught.value.problems
    assert problem.key == "raster.cut"
    assert problem.facts == {"n": 3, "total": 8, "row": 161, "column": 1}


def test_meeting_the_communes(tmp_path: Path) -> None:
    path = write(tmp_path / "lc.tif", classes())
    raster = opened(path, forest=(1, 2))
    told = rasters.meet(raster, communes(east=250))
    assert [(p.key, p.feature_ids) for p in told] == [("raster.part_unseen", ("02026",))]
    assert told[0].facts["share_pct"] == pytest.approx(50.0, abs=0.01)
    assert told[0].facts["ha"] == pytest.approx(25.0, rel=1e-3)
    with pytest.raises(InputError) as caught:
        rasters.meet(raster, communes(east=50_000))
    assert caught.value.key == "raster.meets_nothing"
    assert float(caught.value.problems[0].facts["distance_km"]) == pytest.approx(50, abs=0.5)
    with pytest.raises(InputError, match="forest_absent"):
        rasters.meet(opened(path, forest=(7,)), communes())
    assert [p.key for p in rasters.meet(opened(path, forest=(1, 7)), communes())] == ["raster.forest_some_absent"]
    with pytest.raises(InputError, match="probability_range"):
        rasters.meet(opened(path, forest=(), threshold=50), communes())
    with pytest.raises(InputError, match="no_pixels"):
        rasters.meet(opened(write(tmp_path / "e.tif", np.full((10, 10), 255, np.uint8))), communes())


def test_a_raster_in_degrees_meets_communes_in_metres(tmp_path: Path) -> None:
    lon, lat = (float(a[0]) for a in crs.transform([WEST], [NORTH], crs.parse("EPSG:9213"), crs.parse("EPSG:4326")))
    path = write(
        tmp_path / "lc.tif",
        np.ones((60, 60), np.uint8),
        crs="EPSG:4326",
        transform=from_origin(lon - 0.01, lat + 0.01, 0.0005, 0.0005),
    )
    assert rasters.meet(opened(path), communes()) == ()


def test_pieces_add_up(tmp_path: Path) -> None:
    raster = opened(write(tmp_path / "lc.tif", classes()))
    total = sum(int(piece.sum()) for piece, _ in rasters.blocks(raster, raster.bounds))
    assert total == int(raster.read()[0].sum()) == 49 + 100


TM3 = "+proj=tmerc +lat_0=0 +lon_0=106.5 +k=0.9999 +x_0=500000 +y_0=0 +units=m"


@pytest.mark.parametrize(
    ("label", "key"),
    [
        (f"{TM3} +datum=WGS84", "raster.crs_datum_doubtful"),
        ("+proj=tmerc +lon_0=106.5 +k=0.9999 +datum=WGS84", "raster.crs_datum_doubtful"),
        (f"{TM3} +ellps=WGS84 +towgs84=0,0,0,0,0,0,0", "raster.crs_datum_doubtful"),
        ("+proj=utm +zone=48 +ellps=WGS84 +units=m", "raster.crs_datum_unknown"),
        (f"{TM3} +ellps=WGS84", "raster.crs_datum_unknown"),
    ],
)
def test_a_grid_on_a_doubtful_datum_is_refused(tmp_path: Path, label: str, key: str) -> None:
    assert refused(write(tmp_path / "lc.tif", classes(), crs=label)) == [key]


def test_degrees_without_datum_are_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "lc.tif", classes(), crs="EPSG:4030", transform=from_origin(105.8, 22.2, 1e-3, 1e-3))
    assert refused(path) == ["raster.crs_datum_unknown"]


def chance(path: Path, lowest: float, highest: float, threshold: float) -> Raster:
    values = np.linspace(lowest, highest, 100, dtype=np.float32).reshape(10, 10)
    return opened(write(path, values), forest=(), threshold=threshold, nodata=None)


@pytest.mark.parametrize(("lowest", "highest"), [(0.0, 100.0), (20.0, 90.0), (0.0, 255.0), (0.1, 2.0)])
def test_per_cent_under_a_threshold_of_probability_is_refused(tmp_path: Path, lowest: float, highest: float) -> None:
    with pytest.raises(InputError) as caught:
        rasters.meet(chance(tmp_path / "p.tif", lowest, highest, 0.5), communes())
    assert [p.key for p in caught.value.problems] == ["raster.threshold_unit"]
    assert caught.value.problems[0].facts["highest"] == f"{highest:g}"


@pytest.mark.parametrize(
    ("lowest", "highest", "threshold"), [(0.6, 0.9, 0.5), (80.0, 90.0, 50.0), (0.0, 1.0, 1.0), (-0.02, 1.02, 0.5)]
)
def test_a_commune_wholly_above_the_threshold_passes(
    tmp_path: Path, lowest: float, highest: float, threshold: float
) -> None:
    assert rasters.meet(chance(tmp_path / "p.tif", lowest, highest, threshold), communes()) == ()


def test_another_datum_is_told_or_has_no_way(tmp_path: Path) -> None:
    flipped = f"{TM3} +ellps=WGS84 +towgs84=-191.904,-39.303,-111.45,-0.00928836,0.01975479,-0.00427372,0.252906278"
    raster = opened(write(tmp_path / "lc.tif", classes(), crs=flipped))
    assert [p.key for p in raster.warnings] == ["raster.crs_other_datum"]
    assert rasters.reached(raster, crs.parse("EPSG:9213")).source.crs_operation not in {"none", "EPSG:6960"}
    indian = opened(write(tmp_path / "in.tif", classes(), crs="EPSG:3148"))
    assert [p.key for p in indian.warnings] == ["raster.crs_other_datum"]


def test_a_meridian_of_its_own_has_no_way(tmp_path: Path) -> None:
    grid = from_origin(103.46, 22.2, 1e-3, 1e-3)
    path = write(tmp_path / "in.tif", classes(), crs="+proj=longlat +datum=WGS84 +pm=paris", transform=grid)
    with pytest.raises(InputError, match=r"crs\.no_operation") as caught:
        rasters.reached(opened(path), crs.parse("EPSG:9213"))
    assert caught.value.problems[0].where == "in.tif"


def test_a_name_that_contradicts_its_datum_is_refused(tmp_path: Path) -> None:
    named = (
        'PROJCS["VN2000_UTM_48N",GEOGCS["WGS 84",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563]],'
        'PRIMEM["Greenwich",0],UNIT["degree",0.0174532925199433]],PROJECTION["Transverse_Mercator"],'
        'PARAMETER["latitude_of_origin",0],PARAMETER["central_meridian",105],PARAMETER["scale_factor",0.9996],'
        'PARAMETER["false_easting",500001],PARAMETER["false_northing",0],UNIT["metre",1]]'
    )
    assert refused(write(tmp_path / "n.tif", classes(), crs=named)) == ["raster.crs_name_contradicts"]
