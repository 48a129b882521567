"""The STAC item beside a clean raster: its place by another way, its grid as the file has it, no day no item."""

import itertools
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from affine import Affine
from pyproj import Transformer

from geoplan.intake import stac
from tests.intake.conftest import call, hashes

WEST, NORTH = 430_000.0, 2_456_000.0


def raster(path: Path, crs: str = "EPSG:9213", transform: Affine | None = None, **more: Any) -> Path:
    """60 x 40 pixels of 10 m, classes 1 to 3, 0 not observed."""
    values = np.tile(np.array([1, 2, 3, 0], dtype=np.uint8), (40, 15))
    profile = {
        "driver": "GTiff",
        "width": 60,
        "height": 40,
        "count": 1,
        "dtype": "uint8",
        "crs": crs,
        "nodata": 0,
    } | more
    grid = transform or Affine(10, 0, WEST, 0, -10, NORTH)
    with rasterio.open(path, "w", transform=grid, **profile) as file:
        file.write(values, 1)
    return path


def taken_in(folder: Path, path: Path, *words: str) -> dict[str, Any]:
    said = call(
        "import", path, "--role", "land_cover", "--out", folder / "sạch", "--date", "2026-03-31", "--yes", *words
    )
    assert said.code == 0, said.err
    (made,) = (folder / "sạch").glob(f"*{stac.STAC}")
    found: dict[str, Any] = json.loads(made.read_text(encoding="utf-8"))
    return found


def test_the_item_says_where_when_and_on_which_grid(tmp_path: Path) -> None:
    item = taken_in(tmp_path, raster(tmp_path / "lớp phủ.tif"), "--licence", "dùng nội bộ")
    assert (item["type"], item["stac_version"], item["id"]) == ("Feature", "1.0.0", "lop_phu")
    assert item["properties"]["datetime"] == "2026-03-31T00:00:00Z"
    assert item["properties"]["geoplan:licence"] == "dùng nội bộ"
    data = item["assets"]["data"]
    assert data["href"] == "./lop_phu.tif"
    with rasterio.open(tmp_path / "sạch" / "lop_phu.tif") as file:
        assert data["proj:shape"] == [file.height, file.width] == [40, 60]
        assert data["proj:transform"] == list(file.transform)[:6]
        assert data["proj:code"] == "EPSG:9213"
        assert [b["nodata"] for b in data["raster:bands"]] == [0]
        assert [b["data_type"] for b in data["raster:bands"]] == list(file.dtypes)
    assert data["geoplan:sha256"] == hashes(tmp_path / "sạch")["lop_phu.tif"]


def test_the_place_is_that_of_vn2000_on_the_globe(tmp_path: Path) -> None:
    """By the decree's parameters in PROJ's own words: the datum left out would be 223 m off."""
    item = taken_in(tmp_path, raster(tmp_path / "a.tif"))
    way = (
        "+proj=pipeline +step +inv +proj=tmerc +lon_0=106.5 +k=0.9999 +x_0=500000 +ellps=WGS84 "
        "+step +proj=cart +ellps=WGS84 +step +proj=helmert +x=-191.90441429 +y=-39.30318279 +z=-111.45032835 "
        "+rx=-0.00928836 +ry=0.01975479 +rz=-0.00427372 +s=0.252906278 +convention=coordinate_frame "
        "+step +inv +proj=cart +ellps=WGS84 +step +proj=unitconvert +xy_in=rad +xy_out=deg"
    )
    xs, ys = Transformer.from_pipeline(way).transform(
        [WEST, WEST + 600, WEST + 600, WEST], [NORTH, NORTH, NORTH - 400, NORTH - 400]
    )
    assert item["bbox"] == pytest.approx([min(xs), min(ys), max(xs), max(ys)], abs=2e-7)
    ring = item["geometry"]["coordinates"][0]
    assert ring[0] == ring[-1]
    turns = sum((x2 - x1) * (y2 + y1) for (x1, y1), (x2, y2) in itertools.pairwise(ring))
    assert turns < 0  # counter-clockwise, as GeoJSON wants an outer ring


def test_without_a_day_there_is_no_item(tmp_path: Path) -> None:
    path = raster(tmp_path / "a.tif")
    assert call("import", path, "--role", "land_cover", "--out", tmp_path / "sạch", "--yes").code == 0
    assert sorted(hashes(tmp_path / "sạch")) == ["a.source.json", "a.tif"]


def test_hostile_words_and_odd_nodata_stay_json(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    heights = np.linspace(100, 900, 2400, dtype=np.float32).reshape(40, 60)
    heights[0, 0] = np.nan
    with rasterio.open(
        path, "w", driver="GTiff", width=60, height=40, count=1, dtype="float32", crs="EPSG:9213", nodata=np.nan,
        transform=Affine(10, 0, WEST, 0, -10, NORTH),
    ) as file:  # fmt: skip
        file.write(heights, 1)
    item = taken_in(tmp_path, path, "--role", "dem", "--source", '</script>"\x00', "--licence", "\u2028")
    assert item["assets"]["data"]["raster:bands"][0]["nodata"] == "nan"
    assert "\x00" not in item["properties"]["geoplan:from"]


def test_the_same_file_gives_the_same_item(tmp_path: Path) -> None:
    path = raster(tmp_path / "a.tif")
    first = taken_in(tmp_path, path)
    (tmp_path / "b").mkdir()
    assert taken_in(tmp_path / "b", path) == first
