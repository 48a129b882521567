"""Clean copies: the pixels of the file and no others, north up, nodata declared, the same bytes each time."""

import hashlib
import os
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from affine import Affine
from hypothesis import given, settings
from hypothesis import strategies as st

from geoplan import rasters
from geoplan.errors import GeoplanError, InputError, PlaceUnavailable
from geoplan.rasters import RasterSpec
from tests.rasters import world as w


def cleaned(path: Path, out: Path, **given: Any) -> tuple[list[str], dict[str, Any], np.ndarray]:
    """What was mended, the profile of the copy, its pixels (bands, y, x)."""
    before = hashlib.sha256(path.read_bytes()).hexdigest()
    finding = rasters.inspect_file(path, path.name, **given)
    assert finding.errors == ()
    rasters.write_clean(finding, out)
    first = out.read_bytes()
    rasters.write_clean(finding, out)
    assert out.read_bytes() == first
    assert hashlib.sha256(path.read_bytes()).hexdigest() == before == finding.sha256
    assert [p.name for p in out.parent.iterdir()] == [out.name]
    with rasterio.open(out) as made:
        assert made.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
        assert made.tags() == {"AREA_OR_POINT": "Area"}
        return [p.key for p in finding.mended], dict(made.profile), made.read()


def found(path: Path, **given: Any) -> list[str]:
    """Keys of the errors; all sentences can be written."""
    finding = rasters.inspect_file(path, path.name, **given)
    if finding.errors:
        w.sentences(InputError(*finding.errors))
        with pytest.raises(InputError):
            rasters.write_clean(finding, path.parent / "out" / "x.tif")
        assert not (path.parent / "out" / "x.tif").exists()
    return [p.key for p in finding.errors]


SAME = {
    "as it is": (w.classes(), {"nodata": 255}, []),
    "upside down": (w.classes()[::-1], {"nodata": 255, "transform": w.SOUTH_UP}, ["raster.south_up"]),
    "mirrored": (w.classes()[:, ::-1], {"transform": Affine(-100, 0, w.WEST + 1000, 0, -100, w.NORTH)}, ["raster.turned_back"]),
    "columns for rows": (w.classes().T, {"transform": Affine(0, 100, w.WEST, -100, 0, w.NORTH)}, ["raster.turned_back"]),
    "upside down and mirrored": (w.classes()[::-1, ::-1], {"transform": Affine(-100, 0, w.WEST + 1000, 0, 100, w.NORTH - 1000)}, ["raster.turned_back"]),
    "decimal classes": (w.classes().astype(np.float32), {"nodata": float("nan")}, ["raster.classes_made_whole"]),
}  # fmt: skip


@pytest.mark.parametrize("case", SAME)
def test_the_same_raster(tmp_path: Path, case: str) -> None:
    values, options, mended = SAME[case]
    told, profile, pixels = cleaned(w.write(tmp_path / "r.tif", values, **options), tmp_path / "out" / "r.tif")
    assert told == mended
    assert (pixels[0] == w.classes()).all()
    assert (profile["transform"], profile["dtype"], profile["nodata"]) == (w.GRID, "uint8", 255)
    opened = rasters.open_raster(RasterSpec("land_cover", tmp_path / "out" / "r.tif", "r.tif", forest=(1,)), tmp_path)
    assert opened.warnings == ()
    assert rasters.meet(opened, w.communes()) == ()


@given(st.integers(1, 40), st.integers(1, 40), st.sampled_from(["uint8", "int16", "float32", "uint16", "int64"]))
@settings(max_examples=15, deadline=None)
def test_every_pixel_of_any_type_comes_through(
    tmp_path_factory: pytest.TempPathFactory, height: int, width: int, dtype: str
) -> None:
    folder = tmp_path_factory.mktemp("any")
    values = (np.arange(height * width).reshape(height, width) % 120).astype(dtype)
    _, profile, pixels = cleaned(w.write(folder / "r.tif", values), folder / "out" / "r.tif")
    assert (pixels[0] == values).all()
    assert profile["dtype"] == ("uint8" if dtype == "float32" and values.max() < 64 else dtype)


def test_a_turned_grid_of_classes_takes_the_nearest(tmp_path: Path) -> None:
    """Turned by 3 of 5: each class keeps its area but for the pixels of its rim, and no third class comes up."""
    turned = Affine(8, 6, w.WEST, 6, -8, w.NORTH)
    values = np.ones((50, 50), dtype=np.uint8)
    values[:, 25:] = 3
    told, profile, pixels = cleaned(w.write(tmp_path / "r.tif", values, transform=turned), tmp_path / "out" / "r.tif")
    assert told == ["raster.turned_back"]
    assert profile["transform"] == Affine(10, 0, w.WEST, 0, -10, w.NORTH + 300)
    assert set(np.unique(pixels)) == {1, 3, 255}
    assert abs(int((pixels == 1).sum()) - 1250) < 40
    assert abs(int((pixels == 3).sum()) - 1250) < 40
    for row, column in ((10, 10), (30, 12), (20, 40)):
        x, y = w.WEST + 8 * (column + 0.5) + 6 * (row + 0.5), w.NORTH + 6 * (column + 0.5) - 8 * (row + 0.5)
        at = int((w.NORTH + 300 - y) // 10), int((x - w.WEST) // 10)
        assert pixels[0][at] == values[row, column]


def test_a_turned_grid_of_heights_is_a_plane_again(tmp_path: Path) -> None:
    turned = Affine(8, 6, w.WEST, 6, -8, w.NORTH)
    column, row = np.meshgrid(np.arange(60) + 0.5, np.arange(60) + 0.5)
    heights = (8 * column + 6 * row).astype(np.float32)  # metres east of the corner: the same in any grid
    _, profile, pixels = cleaned(w.write(tmp_path / "r.tif", heights, transform=turned), tmp_path / "out" / "r.tif")
    east = (np.arange(pixels.shape[2]) + 0.5) * 10 + profile["transform"].c - w.WEST
    known = np.isfinite(pixels[0])
    assert known.sum() > 3000
    assert np.abs(pixels[0] - east)[known].max() < 1e-3


def test_what_was_hidden_gets_one_number_that_no_pixel_has(tmp_path: Path) -> None:
    clear = np.full((10, 10), 255, dtype=np.uint8)
    clear[:, :2] = 0
    for number, values in enumerate((w.classes(), np.where(w.classes() == 2, 255, 1).astype(np.uint8))):
        path = w.write(tmp_path / f"{number}.tif", np.stack([values, clear]), photometric="MINISBLACK", ALPHA="YES")
        told, profile, pixels = cleaned(path, tmp_path / f"out{number}" / "r.tif")
        assert told == ["raster.mask_used"]
        assert len(pixels) == 1
        assert profile["nodata"] not in set(np.unique(values))
        assert (pixels[0, :, :2] == profile["nodata"]).all()
        assert (pixels[0, :, 2:] == values[:, 2:]).all()


def test_nothing_declared_and_nothing_hidden_stays_undeclared(tmp_path: Path) -> None:
    """A number declared now would take from `run` the word that nobody has said what is not observed."""
    for number, values in enumerate((w.classes(), w.classes().astype(np.float32))):
        path = w.write(tmp_path / f"{number}.tif", values)
        _, profile, pixels = cleaned(path, tmp_path / f"out{number}" / "r.tif")
        assert (pixels[0] == w.classes()).all()
        assert (profile["dtype"], profile["nodata"]) == ("uint8", None)
        copy = rasters.open_raster(
            RasterSpec("land_cover", tmp_path / f"out{number}" / "r.tif", "r.tif", forest=(1,)), tmp_path
        )
        assert [p.key for p in copy.warnings] == ["raster.nodata_undeclared"]
    assert [p.key for p in rasters.inspect_file(tmp_path / "0.tif", "0.tif").warnings] == ["raster.nodata_undeclared"]


@pytest.mark.parametrize("hole", [np.nan, np.inf, -np.inf])
def test_a_hole_beside_doubtful_zeros_is_no_class(tmp_path: Path, hole: float) -> None:
    """Zeros at the edge of decimal classes keep their doubt; what is no number must not become one of those zeros."""
    values = np.pad(w.classes()[1:-1, 1:-1], 1).astype(np.float32)
    values[4:6, 4:6] = hole
    told, profile, pixels = cleaned(w.write(tmp_path / "r.tif", values), tmp_path / "out" / "r.tif")
    assert told == ["raster.classes_made_whole"]
    assert profile["nodata"] == 255
    assert (pixels[0, 4:6, 4:6] == 255).all()
    assert int((pixels[0] == 255).sum()) == 4
    assert (pixels[0, 0] == 0).all()


def test_whole_numbers_of_every_size_leave_room_for_what_is_hidden(tmp_path: Path) -> None:
    """Where 32 bits have no number left the copy has 64 bits and NaN."""
    values = np.linspace(0, 2**32 - 1, 400).astype(np.uint32).reshape(20, 20)
    clear = np.full((20, 20), 255, dtype=np.uint32)
    clear[9] = 0
    path = w.write(tmp_path / "r.tif", np.stack([values, clear]), photometric="MINISBLACK", ALPHA="YES")
    _, profile, pixels = cleaned(path, tmp_path / "out" / "r.tif")
    assert profile["dtype"] == "float64"
    assert np.isnan(pixels[0, 9]).all()
    assert (np.delete(pixels[0], 9, 0) == np.delete(values, 9, 0)).all()


def test_a_full_byte_is_widened(tmp_path: Path) -> None:
    values = np.tile(np.arange(256, dtype=np.uint8), 4).reshape(32, 32)
    clear = np.full((32, 32), 255, dtype=np.uint8)
    clear[0] = 0
    path = w.write(tmp_path / "r.tif", np.stack([values, clear]), photometric="MINISBLACK", ALPHA="YES")
    _, profile, pixels = cleaned(path, tmp_path / "out" / "r.tif")
    assert (profile["dtype"], profile["nodata"]) == ("int16", -32768)
    assert (pixels[0, 1:] == values[1:]).all()


def test_scale_bands_and_names_stay(tmp_path: Path) -> None:
    def named(made: Any) -> None:
        made.descriptions = ("B04", "B08")
        made.scales, made.offsets = (1e-4, 1e-4), (-0.1, -0.1)
        made.update_tags(OWNER="Ông A", path="D:/anh")

    values = np.stack([w.classes().astype(np.int16) * 1000, w.classes().astype(np.int16) * 3000])
    _, _, pixels = cleaned(w.write(tmp_path / "r.tif", values, nodata=-1, then=named), tmp_path / "out" / "r.tif")
    assert (pixels == values).all()
    with rasterio.open(tmp_path / "out" / "r.tif") as made:
        assert (made.descriptions, made.scales, made.offsets) == (("B04", "B08"), (1e-4, 1e-4), (-0.1, -0.1))
    raw = (tmp_path / "out" / "r.tif").read_bytes()
    assert b"OWNER" not in raw
    assert b"D:/anh" not in raw


def test_heights_get_the_nodata_that_the_user_names(tmp_path: Path) -> None:
    values = w.heights()
    values[0] = -9999
    path = w.write(tmp_path / "r.tif", values)
    finding = rasters.inspect_file(path, "r.tif")
    assert [(p.key, p.facts["value"]) for p in finding.warnings] == [("raster.nodata_at_edge", "-9999")]
    _, profile, pixels = cleaned(path, tmp_path / "out" / "r.tif", nodata=-9999)
    assert np.isnan(profile["nodata"])
    assert np.isnan(pixels[0, 0]).all()
    assert (pixels[0, 1:] == values[1:]).all()
    assert found(w.write(tmp_path / "b.tif", w.classes()), nodata=-9999) == ["raster.nodata_impossible"]


def test_doubtful_numbers_at_the_edge_are_not_declared_away(tmp_path: Path) -> None:
    """A number declared now would say that the zeros around the raster were observed."""
    path = w.write(tmp_path / "r.tif", np.pad(w.classes()[1:-1, 1:-1], 1))
    _, profile, _ = cleaned(path, tmp_path / "out" / "r.tif")
    assert profile["nodata"] is None


def test_overviews_are_new_and_of_the_most_frequent_class(tmp_path: Path) -> None:
    values = np.ones((1024, 1024), dtype=np.uint8)
    values[::2, ::2] = 9
    path = w.write(tmp_path / "r.tif", values, nodata=255, compress="deflate")
    cleaned(path, tmp_path / "out" / "r.tif")
    with rasterio.open(tmp_path / "out" / "r.tif", OVERVIEW_LEVEL=0) as small:
        assert set(np.unique(small.read(1))) == {1}


def test_a_world_file_and_a_crs_by_the_user(tmp_path: Path) -> None:
    path = w.write(tmp_path / "r.tif", w.classes(), nodata=255, crs=None, transform=None)
    assert found(path) == ["raster.crs_missing", "raster.no_grid"]
    (tmp_path / "r.tfw").write_text("100\n0\n0\n-100\n430050\n2455950\n")
    told, profile, pixels = cleaned(path, tmp_path / "out" / "r.tif", crs="EPSG:9213")
    assert told == ["raster.grid_beside"]
    assert profile["transform"] == w.GRID
    assert (pixels[0] == w.classes()).all()


def test_a_crs_that_contradicts_the_file_is_refused(tmp_path: Path) -> None:
    path = w.write(tmp_path / "r.tif", w.classes())
    assert found(path, crs="EPSG:32648") == ["layer.crs_contradiction"]
    with pytest.raises(InputError, match=r"crs\.unknown"):
        rasters.inspect_file(path, "r.tif", crs="EPSG:9")


def test_broken_files_are_findings(tmp_path: Path) -> None:
    whole = w.write(tmp_path / "r.tif", w.classes()).read_bytes()
    for name, data, keys in (
        ("cut.tif", whole[:-30], ["raster.cut"]),
        ("half.tif", whole[:70], ["raster.broken"]),
        ("vrt.tif", b"<VRTDataset/>", ["raster.not_geotiff"]),
    ):
        (tmp_path / name).write_bytes(data)
        assert found(tmp_path / name) == keys
    with pytest.raises(InputError, match="file_missing"):
        rasters.inspect_file(tmp_path / "none.tif", "none.tif")
    with pytest.raises(InputError, match="not_a_file"):
        rasters.inspect_file(tmp_path / "a", "/vsicurl/http://127.0.0.1:9/a.tif")


def test_jpeg_2000_becomes_a_geotiff(tmp_path: Path) -> None:
    values = np.kron(w.classes(), np.ones((8, 8), dtype=np.uint8))
    path = w.jp2(tmp_path / "a.jp2", values, transform=Affine(12.5, 0, w.WEST, 0, -12.5, w.NORTH))
    _, profile, pixels = cleaned(path, tmp_path / "out" / "a.tif")
    assert profile["driver"] == "GTiff"
    assert (pixels[0] == values).all()


def test_never_over_the_input(tmp_path: Path) -> None:
    path = w.write(tmp_path / "r.tif", w.classes())
    with pytest.raises(GeoplanError, match="over_input"):
        rasters.write_clean(rasters.inspect_file(path, "r.tif"), path)


def test_a_file_that_reads_back_otherwise_is_not_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a full disk the library leaves a file of full size that opens and reads as zeros."""
    path = w.write(tmp_path / "r.tif", w.classes())
    finding = rasters.inspect_file(path, "r.tif")
    out = tmp_path / "out" / "r.tif"
    rasters.write_clean(finding, out)
    old = out.read_bytes()
    copy = rasterio.shutil.copy

    def hollow(source: str, target: str, **options: Any) -> None:
        copy(source, target, **options)
        with rasterio.open(target, "r+", IGNORE_COG_LAYOUT_BREAK="YES") as made:
            made.write(np.zeros((10, 10), dtype=np.uint8), 1)

    monkeypatch.setattr(rasterio.shutil, "copy", hollow)
    with pytest.raises(PlaceUnavailable, match="unverified"):
        rasters.write_clean(finding, out)
    assert out.read_bytes() == old
    assert os.listdir(out.parent) == ["r.tif"]  # noqa: PTH208


def test_a_file_that_changed_since_it_was_looked_at_is_refused(tmp_path: Path) -> None:
    path = w.write(tmp_path / "r.tif", w.classes())
    finding = rasters.inspect_file(path, "r.tif")
    w.write(path, w.classes()[::-1, ::-1])
    with pytest.raises(InputError, match=r"raster\.changed"):
        rasters.write_clean(finding, tmp_path / "out" / "r.tif")


@pytest.mark.parametrize(("free", "key"), [(10**9, "write.unverified"), (4096, "write.disk_full")])
def test_a_full_disk_is_called_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free: int, key: str) -> None:
    """The library says nothing of the cause, and not always by an error of its own."""
    finding = rasters.inspect_file(w.write(tmp_path / "r.tif", w.classes()), "r.tif")

    def full(*_: Any, **__: Any) -> None:
        raise SystemError("Unknown GDAL Error")

    monkeypatch.setattr(rasterio.shutil, "copy", full)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10**9, 10**9 - free, free))
    with pytest.raises(PlaceUnavailable) as caught:
        rasters.write_clean(finding, tmp_path / "out" / "r.tif")
    assert caught.value.key == key
    assert list((tmp_path / "out").iterdir()) == []


def test_blocks_that_were_never_written_count_when_all_is_written(tmp_path: Path) -> None:
    """A file of a few kilobytes that says it has 60,000 by 60,000 pixels would be written out for minutes."""
    path = tmp_path / "r.tif"
    profile = {
        "driver": "GTiff",
        "count": 1,
        "dtype": "uint8",
        "crs": "EPSG:9213",
        "transform": w.GRID,
        "compress": "deflate",
    }
    with rasterio.open(
        path, "w", width=20_000, height=20_000, tiled=True, blockxsize=512, blockysize=512, SPARSE_OK=True, **profile
    ):
        pass
    assert path.stat().st_size < 100_000
    assert found(path) == ["raster.bomb"]


def test_the_lowest_float_along_the_edge_is_told_at_import_as_in_a_run(tmp_path: Path) -> None:
    """A frame of -3.4e38 that no tag declares: GIS programs write it, and both doors look for the same codes."""
    values = w.heights()
    values[0] = np.float32(-3.4028234663852886e38)
    found = rasters.inspect_file(w.write(tmp_path / "dem.tif", values), "dem.tif")
    (told,) = (p for p in found.warnings if p.key == "raster.nodata_at_edge")
    assert told.facts["found"] == "-3.40282e+38 (50 %)"
