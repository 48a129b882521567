"""Rasters as offices have them: each read right, or said, or refused with its place and its cure."""

import hashlib
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from affine import Affine
from hypothesis import given, settings
from hypothesis import strategies as st
from rasterio._err import CPLE_AppDefinedError
from rasterio.control import GroundControlPoint
from rasterio.windows import Window

from geoplan import rasters
from geoplan.errors import InputError
from geoplan.rasters import Raster, RasterSpec
from tests.rasters import world as w

LC: dict[str, Any] = {"forest": (1,)}


def spec(path: Path, role: str = "land_cover", **given: Any) -> RasterSpec:
    return RasterSpec(role, path, path.name, **({**LC, **given} if role == "land_cover" else given))


def looked(path: Path, role: str = "land_cover", **given: Any) -> tuple[Raster, np.ma.MaskedArray, list[str]]:
    """The raster, its pixels, and the keys of all that is said."""
    before = hashlib.sha256(path.read_bytes()).hexdigest()
    raster = rasters.open_raster(spec(path, role, **given), path.parent)
    said = rasters.meet(raster, w.communes())
    pixels = raster.read()[0]
    assert hashlib.sha256(path.read_bytes()).hexdigest() == before
    return raster, pixels, [p.key for p in raster.warnings + said]


def refused(path: Path, role: str = "land_cover", **given: Any) -> tuple[list[str], str]:
    """Keys and sentences of the refusal."""
    with pytest.raises(InputError) as caught:
        looked(path, role, **given)
    assert all(p.where == path.name for p in caught.value.problems)
    return [p.key for p in caught.value.problems], " ".join(w.sentences(caught.value))


def hidden_west(made: Any) -> None:
    mask = np.full((10, 10), 255, dtype=np.uint8)
    mask[:, :2] = 0
    made.write_mask(mask)


def alpha() -> np.ndarray:
    clear = np.full((10, 10), 255, dtype=np.uint8)
    clear[:, :2] = 0
    return np.stack([w.classes(), clear])


def ringed(value: int) -> np.ndarray:
    return np.pad(w.classes()[1:-1, 1:-1], 1, constant_values=value)


def with_row(value: float, dtype: str = "float32") -> np.ndarray:
    values = w.heights().astype(dtype)
    values[0] = value
    return values


SAID: dict[str, tuple[Callable[[Path], Path], str, int, set[str]]] = {
    # what is read: masked pixels of a hundred; what must be said beside
    "nodata declared": (lambda p: w.write(p, w.classes(), nodata=255), "land_cover", 0, set()),
    "nothing declared": (lambda p: w.write(p, w.classes()), "land_cover", 0, {"raster.nodata_undeclared"}),
    "0 at the edge": (lambda p: w.write(p, ringed(0)), "land_cover", 0, {"raster.nodata_undeclared", "raster.nodata_at_edge"}),
    "255 at the edge": (lambda p: w.write(p, ringed(255)), "land_cover", 0, {"raster.nodata_undeclared", "raster.nodata_at_edge"}),
    "0 for a height": (lambda p: w.write(p, with_row(0)), "dem", 0, {"raster.nodata_at_edge", "raster.zero_heights"}),
    "-1 for a height": (lambda p: w.write(p, with_row(-1)), "dem", 0, {"raster.zero_heights"}),
    "heights from 0 up": (lambda p: w.write(p, (w.heights() - 100) / 80), "dem", 0, {"raster.nodata_at_edge"}),
    "infinity declared": (lambda p: w.write(p, with_row(np.inf), nodata=np.inf), "dem", 10, set()),
    "NaN and infinite heights": (lambda p: w.write(p, np.where(np.eye(10, dtype=bool), np.inf, with_row(np.nan))), "dem", 19, set()),
    "NaN declared": (lambda p: w.write(p, with_row(np.nan), nodata=float("nan")), "dem", 10, set()),
    "nodata that a byte cannot hold": (lambda p: w.write(p, w.classes(), then=lambda m: m.update_tags(GDAL_NODATA="x")), "land_cover", 0, {"raster.nodata_undeclared"}),
    "smallest number of 64 bits": (lambda p: w.write(p, np.where(np.eye(10, dtype=bool), -(2**63), w.classes().astype(np.int64)), nodata=-(2**63)), "land_cover", 10, set()),
    "signed bytes": (lambda p: w.write(p, np.where(np.eye(10, dtype=bool), -1, w.classes()).astype(np.int8), nodata=-1), "land_cover", 10, set()),
    "mask inside": (lambda p: w.write(p, w.classes(), then=hidden_west, config={"GDAL_TIFF_INTERNAL_MASK": True}), "land_cover", 20, {"raster.mask_used"}),
    "mask beside": (lambda p: w.write(p, w.classes(), nodata=255, then=hidden_west, config={"GDAL_TIFF_INTERNAL_MASK": False}), "land_cover", 0, {"raster.beside_mask"}),
    "alpha band": (lambda p: w.write(p, alpha(), photometric="MINISBLACK", ALPHA="YES"), "land_cover", 20, {"raster.mask_used"}),
    "palette": (lambda p: w.write(p, w.classes(), nodata=255, then=lambda m: m.write_colormap(1, {1: (0, 99, 0, 255)})), "land_cover", 0, set()),
    "south up": (lambda p: w.write(p, w.classes()[::-1], nodata=255, transform=w.SOUTH_UP), "land_cover", 0, {"raster.south_up"}),
    "two bits": (lambda p: w.write(p, w.classes(), nodata=0, NBITS=2), "land_cover", 0, set()),
    "big endian": (lambda p: w.write(p, w.classes(), nodata=255, ENDIANNESS="BIG"), "land_cover", 0, set()),
    "BigTIFF": (lambda p: w.write(p, w.classes(), nodata=255, BIGTIFF="YES"), "land_cover", 0, set()),
    "JPEG inside": (lambda p: w.write(p, w.classes(), nodata=255, compress="jpeg"), "land_cover", 0, {"raster.lossy"}),
    "JPEG 2000 that rounds": (lambda p: w.jp2(p.with_suffix(".jp2"), w.classes(), REVERSIBLE="NO", QUALITY="60"), "land_cover", 0, {"raster.lossy", "raster.nodata_undeclared"}),
    "8 bits of height": (lambda p: w.write(p, w.classes() * 100, nodata=0), "dem", 0, {"raster.heights_coarse"}),
    "a scale beside": (lambda p: w.beside(w.write(p, w.classes(), nodata=255), "<PAMDataset><PAMRasterBand band='1'><Offset>0</Offset><Scale>0.1</Scale></PAMRasterBand></PAMDataset>"), "land_cover", 0, {"raster.beside_scale"}),
    "pixels as large as a commune": (lambda p: w.write(p, w.classes(), nodata=255, transform=Affine(1000, 0, w.WEST, 0, -1000, w.NORTH)), "land_cover", 0, {"raster.coarse"}),
    "two bands": (lambda p: w.write(p, np.stack([w.classes(), w.classes()]), nodata=255, photometric="MINISBLACK"), "land_cover", 0, {"raster.bands_several"}),
    "names of files in its tags": (lambda p: w.write(p, w.classes(), nodata=255, then=lambda m: m.update_tags(SourceFilename="/vsicurl/http://127.0.0.1:9/a.tif")), "land_cover", 0, set()),
}  # fmt: skip


@pytest.mark.parametrize("case", SAID)
def test_said(tmp_path: Path, case: str) -> None:
    make, role, masked, keys = SAID[case]
    _, pixels, said = looked(make(tmp_path / "r.tif"), role)
    assert set(said) == keys
    assert len(said) == len(keys)
    assert int(np.ma.getmaskarray(pixels).sum()) == masked


REFUSED: dict[str, tuple[Callable[[Path], Path], str, str, str]] = {
    "-9999 for a height": (lambda p: w.write(p, with_row(-9999)), "dem", "raster.nodata_hidden", "-9999"),
    "one height": (lambda p: w.write(p, np.full((10, 10), 250, dtype=np.float32)), "dem", "raster.heights_equal", "250"),
    "-32768 for a height": (lambda p: w.write(p, with_row(-32768, "int16")), "dem", "raster.nodata_hidden", "-32768"),
    "the largest float for a height": (lambda p: w.write(p, with_row(3.4028235e38)), "dem", "raster.nodata_hidden", "3.40282e+38"),
    "nodata is the class of forest": (lambda p: w.write(p, w.classes(), nodata=1), "land_cover", "raster.nodata_is_forest", "1"),
    "decimal classes": (lambda p: w.write(p, w.classes().astype(np.float32)), "land_cover", "raster.classes_not_whole", "float32"),
    "complex": (lambda p: w.write(p, w.classes().astype(np.complex64)), "land_cover", "raster.complex", ""),
    "coloured picture": (lambda p: w.write(p, np.stack([w.classes()] * 3)), "land_cover", "raster.picture", "red, green, blue"),
    "picture of heights": (lambda p: w.write(p, w.classes(), then=lambda m: m.write_colormap(1, {1: (0, 9, 0, 255)})), "dem", "raster.picture", "palette"),
    "feet": (lambda p: w.write(p, w.heights(), then=lambda m: setattr(m, "units", ("ft",))), "dem", "raster.heights_unit", "ft"),
    "scale of zero": (lambda p: w.write(p, w.heights().astype("int16"), nodata=-1, then=lambda m: setattr(m, "scales", (0.0,))), "dem", "raster.scale_impossible", "0"),
    "turned": (lambda p: w.write(p, w.classes(), transform=Affine(100, 5, w.WEST, 5, -100, w.NORTH)), "land_cover", "raster.turned", ""),
    "control points": (lambda p: w.write(p, w.classes(), transform=Affine.identity(), gcps=[GroundControlPoint(r, c, w.WEST + 100 * c, w.NORTH - 100 * r) for r, c in ((0, 0), (0, 10), (10, 0))]), "land_cover", "raster.no_grid", ""),
    "directories in a circle": (lambda p: w.chained(w.write(p, w.classes())), "land_cover", "raster.broken", "vòng quanh"),
    "directory beyond the file": (lambda p: w.chained(w.write(p, w.classes()), 2**31), "land_cover", "raster.broken", "2147483648"),
    "values of a tag beyond the file": (lambda p: w.strayed(w.write(p, w.classes()), 34735), "land_cover", "raster.broken", "34735"),
    "farther than the earth is wide": (lambda p: w.write(p, w.classes(), transform=Affine(100, 0, 1e12, 0, -100, w.NORTH)), "land_cover", "raster.no_grid", ""),
    "claims more than there is": (lambda p: w.patched(w.patched(w.patched(w.write(p, w.classes()), 256, 60_000), 257, 60_000), 278, 60_000), "land_cover", "raster.b", ""),
    "cut in its pixels": (lambda p: p.write_bytes(w.write(p, w.classes()).read_bytes()[:-20]) and p, "land_cover", "raster.cut", "1 trên 1 khối"),
    "cut in its head": (lambda p: p.write_bytes(w.write(p, w.classes()).read_bytes()[:60]) and p, "land_cover", "raster.broken", ""),
    "VRT": (lambda p: p.write_text("\ufeff <VRTDataset rasterXSize='1'/>", encoding="utf-8") and p, "land_cover", "raster.not_geotiff", "VRT"),
    "PNG": (lambda p: p.write_bytes(b"\x89PNG\r\n\x1a\n") and p, "land_cover", "raster.not_geotiff", "PNG"),
    "ERDAS": (lambda p: p.write_bytes(b"EHFA_HEADER_TAG\0") and p, "land_cover", "raster.not_geotiff", "ERDAS"),
    "NetCDF": (lambda p: p.write_bytes(b"\x89HDF\r\n\x1a\n") and p, "land_cover", "raster.not_geotiff", "NetCDF"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_refused(tmp_path: Path, case: str) -> None:
    make, role, key, named = REFUSED[case]
    keys, text = refused(make(tmp_path / "r.tif"), role)
    assert any(k.startswith(key) for k in keys)
    assert named in text


def test_a_declared_number_that_the_type_cannot_hold_hides_nothing(tmp_path: Path) -> None:
    path = w.write(tmp_path / "r.tif", w.classes(), nodata=200)
    path.write_bytes(path.read_bytes().replace(b"200\0", b"-99\0"))
    raster, _, said = looked(path)
    assert raster.nodata == ()
    assert said == ["raster.nodata_unheld", "raster.nodata_undeclared"]


def tagged(path: Path, word: str) -> Path:
    """A raster written with a nodata of 123456789 (or that with 000 behind) that declares a word of no more letters."""
    raw = path.read_bytes()
    mark = b"123456789000\0" if b"123456789000\0" in raw else b"123456789\0"
    assert raw.count(mark) == 1
    path.write_bytes(raw.replace(mark, word.encode().ljust(len(mark) - 1, b" ") + b"\0"))
    return path


@pytest.mark.parametrize("variable", ["PROJ_LIB", "PROJ_DATA"])
def test_tables_of_another_program_are_not_gone_by(tmp_path: Path, variable: str) -> None:
    """PostgreSQL and QGIS set these for the whole machine: then every raster seemed to have no datum."""
    path = w.write(tmp_path / "r.tif", w.classes(), nodata=255)
    code = (
        "import sys; from pathlib import Path; from geoplan import rasters; path = Path(sys.argv[1]);"
        "raster = rasters.open_raster(rasters.RasterSpec('land_cover', path, 'r.tif', forest=(1,)), path.parent);"
        "print(raster.crs.to_epsg(), len(raster.warnings))"
    )
    surroundings = {**os.environ, variable: str(tmp_path / "PostgreSQL" / "proj")}
    done = subprocess.run(
        [sys.executable, "-c", code, str(path)], check=False, env=surroundings, capture_output=True, text=True
    )
    assert (done.stdout, done.stderr) == ("9213 0\n", "")


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_largest_float_declared_with_few_digits_is_nodata(tmp_path: Path, dtype: str) -> None:
    values = np.full((10, 10), 0.7, dtype=dtype)
    values[0] = -np.finfo(np.float32).max
    path = tagged(w.write(tmp_path / "r.tif", values, nodata=123456789000), "-3.40282e+38")
    _, pixels, said = looked(path, forest=(), threshold=0.5)
    assert said == []
    assert int(np.ma.getmaskarray(pixels).sum()) == 10
    assert rasters.inspect_file(path, "r.tif").unseen_share == 0.1
    path = w.write(tmp_path / "s.tif", values)
    assert refused(path, forest=(), threshold=0.5)[0] == ["raster.probability_negative"]
    _, pixels, _ = looked(path, forest=(), threshold=0.5, nodata=-3.40282e38)  # as the refusal writes it
    assert int(np.ma.getmaskarray(pixels).sum()) == 10


@pytest.mark.parametrize(("word", "keys"), [
    ("NoData", ["raster.nodata_undeclared", "raster.nodata_unheld"]),
    ("0x2", ["raster.nodata_undeclared", "raster.nodata_unheld"]),
    ("1.#QNAN", ["raster.nodata_unheld", "raster.nodata_undeclared"]),
    ("  2 ", []),
])  # fmt: skip
def test_words_for_nodata_are_no_zero(tmp_path: Path, word: str, keys: list[str]) -> None:
    """GDAL takes a word for 0, and every 0 of the raster would be hidden without one of ours."""
    values = w.classes()
    values[values == 2] = 0 if keys else 2
    path = tagged(w.write(tmp_path / "r.tif", values.astype(np.int32), nodata=123456789), word)
    raster, pixels, said = looked(path)
    assert raster.nodata == (() if keys else (2.0,))
    assert [k for k in said if k != "raster.nodata_at_edge"] == keys
    assert int(np.ma.getmaskarray(pixels).sum()) == (0 if keys else 50)


@pytest.mark.parametrize(("threshold", "values", "key"), [
    (0.5, np.where(np.eye(10, dtype=bool), -9999.0, 0.7), "raster.probability_negative"),
    (0.5, np.where(np.eye(10, dtype=bool), -1.0, 0.7), "raster.probability_negative"),
    (50, np.where(np.eye(10, dtype=bool), -9999.0, 70.0), "raster.probability_negative"),
    (0, np.full((10, 10), 0.7), "raster.threshold_zero"),
    (-0.5, np.full((10, 10), 0.7), "raster.threshold_zero"),
    (0.5, np.where(np.eye(10, dtype=bool), -0.02, 1.02), ""),
    (50, np.where(np.eye(10, dtype=bool), -3.0, 103.0), ""),
])  # fmt: skip
def test_probabilities_below_zero_are_codes(tmp_path: Path, threshold: float, values: np.ndarray, key: str) -> None:
    path = w.write(tmp_path / "r.tif", values.astype(np.float32), nodata=-2)
    given_ = {"forest": (), "threshold": threshold}
    if key:
        assert refused(path, **given_)[0] == [key]
    else:
        assert looked(path, **given_)[2] == []


@given(
    st.integers(1, 12),
    st.integers(1, 12),
    st.tuples(st.integers(-2, 14), st.integers(-2, 14), st.integers(0, 9), st.integers(0, 9)),
    st.sampled_from([None, (0, 0), (1, 2)]),
)
@settings(max_examples=40, deadline=None)
def test_a_raster_upside_down_is_the_same_raster(
    tmp_path_factory: pytest.TempPathFactory, height: int, width: int, at: tuple[int, ...], hole: tuple[int, int] | None
) -> None:
    folder = tmp_path_factory.mktemp("flip")
    values = np.arange(1, 1 + height * width, dtype=np.uint8).reshape(height, width)
    if hole is not None:
        values[min(hole[0], height - 1), min(hole[1], width - 1)] = 0
    down = Affine(100, 0, w.WEST, 0, 100, w.NORTH - 100 * height)
    usual = w.write(folder / "a.tif", values, nodata=0)
    flipped = w.write(folder / "b.tif", values[::-1], nodata=0, transform=down, blockysize=1)
    west, south, east, north = at[0], at[1], at[0] + at[2], at[1] + at[3]
    bounds = (w.WEST + 100 * west, w.NORTH - 100 * north, w.WEST + 100 * east, w.NORTH - 100 * south)
    one, other = (rasters.open_raster(spec(p), folder) for p in (usual, flipped))
    assert one.transform == other.transform
    found = [r.read(bounds) for r in (one, other)]
    assert found[0][1] == found[1][1]
    assert (found[0][0].filled(0) == found[1][0].filled(0)).all()
    assert (np.ma.getmaskarray(found[0][0]) == np.ma.getmaskarray(found[1][0])).all()
    pieces = [np.ma.concatenate([p for p, _ in rasters.blocks(r, r.bounds)]) for r in (one, other)]
    assert (pieces[0].filled(0) == pieces[1].filled(0)).all()


def test_half_a_pixel_of_a_raster_of_points(tmp_path: Path) -> None:
    """PixelIsPoint names the middle of a pixel: the raster lies where it was written, half a pixel around its points."""
    path = w.write(tmp_path / "p.tif", w.classes(), nodata=255, then=lambda m: m.update_tags(AREA_OR_POINT="Point"))
    assert looked(path)[0].transform == w.GRID
    with rasterio.Env(GTIFF_POINT_GEO_IGNORE="YES"):  # somebody's setting must not move it
        assert looked(path)[0].transform == w.GRID


def test_old_overviews_are_never_read(tmp_path: Path) -> None:
    path = tmp_path / "o.tif"
    profile = {"driver": "GTiff", "crs": "EPSG:9213", "transform": Affine(2, 0, w.WEST, 0, -2, w.NORTH)}
    with rasterio.open(
        path, "w", height=500, width=500, count=1, dtype="uint8", nodata=255, tiled=True, blockxsize=256,
        blockysize=256, **profile,
    ) as made:  # fmt: skip
        made.write(np.full((500, 500), 2, dtype=np.uint8), 1)
        made.build_overviews([2, 4])
        made.write(np.ones((500, 500), dtype=np.uint8), 1)
    _, pixels, said = looked(path)
    assert pixels.sum() == 250_000
    assert said == []


def test_blocks_that_were_never_written_are_not_observed(tmp_path: Path) -> None:
    path = tmp_path / "s.tif"
    profile = {"driver": "GTiff", "crs": "EPSG:9213", "transform": Affine(2, 0, w.WEST, 0, -2, w.NORTH)}
    with rasterio.open(
        path, "w", height=500, width=500, count=1, dtype="uint8", tiled=True, blockxsize=256, blockysize=256,
        SPARSE_OK="TRUE", **profile,
    ) as made:  # fmt: skip
        made.write(np.ones((256, 256), dtype=np.uint8), 1, window=Window(0, 0, 256, 256))
    raster, pixels, said = looked(path)
    assert (~np.ma.getmaskarray(pixels)).sum() == 256 * 256
    assert "raster.gaps" in said
    gaps = next(p for p in raster.warnings if p.key == "raster.gaps")
    assert gaps.facts == {"n": 3, "total": 4}
    part, _ = raster.read((w.WEST + 500, w.NORTH - 600, w.WEST + 600, w.NORTH - 500))
    assert part.shape == (50, 50)
    assert int((~np.ma.getmaskarray(part)).sum()) == 6 * 6


def test_a_damaged_block_is_named(tmp_path: Path) -> None:
    noise = np.random.default_rng(1).integers(1, 3, (512, 512)).astype(np.uint8)
    path = w.write(
        tmp_path / "b.tif", noise, nodata=255, compress="deflate", tiled=True, blockxsize=256, blockysize=256,
        transform=Affine(2, 0, w.WEST, 0, -2, w.NORTH),
    )  # fmt: skip
    with rasterio.open(path) as dataset:
        at = int(dataset.get_tag_item("BLOCK_OFFSET_1_1", "TIFF", bidx=1))
    raw = bytearray(path.read_bytes())
    raw[at + 100 : at + 900] = bytes(800)
    path.write_bytes(raw)
    keys, text = refused(path)
    assert keys == ["raster.block_broken"]
    assert "dòng 257, cột 257" in text
    assert str(tmp_path) not in text


def test_several_pages_are_not_guessed(tmp_path: Path) -> None:
    path = w.write(tmp_path / "p.tif", w.classes())
    w.write(path, w.classes(), APPEND_SUBDATASET="YES")
    keys, text = refused(path)
    assert keys == ["raster.pages"]
    assert "2 ảnh" in text


def test_files_beside_it_that_say_otherwise_are_named(tmp_path: Path) -> None:
    path = w.write(tmp_path / "r.tif", w.classes(), nodata=255)
    world = tmp_path / "R.TFW"
    world.write_text("100\n0\n0\n-100\n430050\n2455950\n")
    assert looked(path)[2] == []
    world.write_text("100,0\n0\n0\n-100\n430000\n2456000\n")
    raster, _, said = looked(path)
    assert said == ["raster.beside_grid"]
    assert raster.warnings[0].facts == {"file": "R.TFW", "moved": "-50; 50"}
    world.write_text("nothing")
    aux = tmp_path / "r.tif.aux.xml"
    aux.write_text('<PAMDataset><PAMRasterBand band="1"><NoDataValue>2.0</NoDataValue></PAMRasterBand></PAMDataset>')
    raster, pixels, said = looked(path)
    assert said == ["raster.beside_nodata"]
    assert not np.ma.getmaskarray(pixels).any()
    aux.write_text("<PAMDataset><GeoTransform> 430000, 100, 0, 2456100, 0, -100</GeoTransform></PAMDataset>")
    assert looked(path)[2] == ["raster.beside_grid"]


def test_jpeg_2000(tmp_path: Path) -> None:
    values = np.kron(w.classes(), np.ones((8, 8), dtype=np.uint8))
    grid = Affine(12.5, 0, w.WEST, 0, -12.5, w.NORTH)
    path = w.jp2(tmp_path / "a.jp2", values, transform=grid, BLOCKXSIZE=64, BLOCKYSIZE=64)
    raster, pixels, said = looked(path, nodata=255)
    assert (raster.laid.driver, raster.transform, said) == ("JP2OpenJPEG", grid, [])
    assert (pixels == values).all()
    raw = path.read_bytes()
    for share in (0.2, 0.5, 0.9, 0.999):
        path.write_bytes(raw[: int(len(raw) * share)])
        assert refused(path)[0] == ["raster.broken"]
    assert refused(w.jp2(tmp_path / "b.jp2", values, crs=None, transform=None))[0] == [
        "raster.no_grid",
        "raster.crs_missing",
    ]


def test_jpeg_2000_of_huge_tiles_is_refused_before_the_decoder_sees_it(tmp_path: Path) -> None:
    path = w.jp2(tmp_path / "a.jp2", w.classes())
    raw = bytearray(path.read_bytes())
    at = raw.index(b"\xff\x4f\xff\x51")
    for place in (at + 8, at + 12, at + 24, at + 28):
        raw[place : place + 4] = (50_000).to_bytes(4, "big")
    path.write_bytes(raw)
    assert refused(path)[0] == ["raster.block_too_big", "raster.bomb"]


def test_packed_too_tight(tmp_path: Path) -> None:
    path = tmp_path / "bomb.tif"
    grid = Affine(1000 / 12_000, 0, w.WEST, 0, -1000 / 12_000, w.NORTH)
    with rasterio.open(
        path, "w", driver="GTiff", height=12_000, width=12_000, count=1, dtype="uint8", crs="EPSG:9213",
        transform=grid, compress="zstd", tiled=True, nodata=255,
    ) as made:  # fmt: skip
        for top in range(0, 12_000, 3000):
            made.write(np.ones((3000, 12_000), dtype=np.uint8), 1, window=Window(0, top, 12_000, 3000))
    keys, text = refused(path)
    assert keys == ["raster.bomb"]
    assert "144 MB" in text


def test_a_window_too_large_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    """A commune of 400 million pixels, none of them written: nothing would be masked before all were read."""
    path = tmp_path / "w.tif"
    with rasterio.open(
        path, "w", driver="GTiff", height=28_000, width=28_000, count=1, dtype="uint8", crs="EPSG:9213",
        transform=Affine(1 / 28, 0, w.WEST, 0, -1 / 28, w.NORTH), tiled=True, sparse_ok=True, nodata=255,
    ):  # fmt: skip
        pass
    raster = rasters.open_raster(spec(path), tmp_path)
    with pytest.raises(InputError) as caught:
        rasters.meet(raster, w.communes())
    assert caught.value.problems[0].facts["pixels"] == 14_000 * 28_000


def test_what_the_library_raises_and_prints_is_no_message(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Damaged heads make rasterio raise under no public name, and the library of GeoTIFF keys print to the screen."""
    path = w.write(tmp_path / "r.tif", w.classes(), nodata=255)

    def broken(*_: Any, **__: Any) -> Any:
        os.write(2, b"Error: Key 1024 of unknown type.\n")
        raise CPLE_AppDefinedError(3, 1, f"{path}: custom tag 0")

    monkeypatch.setattr(rasterio, "open", broken)
    keys, text = refused(path)
    assert keys == ["raster.broken"]
    assert str(tmp_path) not in text
    assert capfd.readouterr() == ("", "")
    os.write(2, b"and the screen is back")
    assert capfd.readouterr().err == "and the screen is back"


def test_degrees_that_are_none_are_refused_by_the_file(tmp_path: Path) -> None:
    grid = Affine(0.001, 0, 55.0, 0, -0.001, 50.0)
    keys, _ = refused(w.write(tmp_path / "g.tif", w.classes(), crs="EPSG:4807", transform=grid))
    assert keys == ["crs.not_degrees"]
