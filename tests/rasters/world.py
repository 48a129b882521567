"""Rasters a person can draw: ten by ten pixels of a hundred metres over two communes, and files broken by hand."""

import struct
import warnings
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import rasterio
from affine import Affine
from shapely.geometry import box

from geoplan import messages
from geoplan.errors import InputError

WEST, NORTH = 430_000.0, 2_456_000.0
GRID = Affine(100, 0, WEST, 0, -100, NORTH)
SOUTH_UP = Affine(100, 0, WEST, 0, 100, NORTH - 1000)


def communes(east: float = 0.0) -> gpd.GeoDataFrame:
    west = WEST + east
    shapes = [box(west, NORTH - 1000, west + 500, NORTH), box(west + 500, NORTH - 1000, west + 1000, NORTH)]
    table = {"unit_code": ["01879", "02026"], "name": ["Cao Minh", "Nam Cường"]}
    return gpd.GeoDataFrame(table, geometry=gpd.GeoSeries(shapes, crs="EPSG:9213"))


def classes() -> np.ndarray:
    """Class 1 in the west, 2 in the east."""
    values = np.ones((10, 10), dtype=np.uint8)
    values[:, 5:] = 2
    return values


def heights() -> np.ndarray:
    """From 100 m in the north to 900 m in the south."""
    return np.linspace(100, 900, 10).repeat(10).reshape(10, 10).astype(np.float32)


def write(path: Path, values: np.ndarray, **options: Any) -> Path:
    """A raster; `then` is called with the dataset while it is open, `config` are settings of GDAL."""
    path.parent.mkdir(parents=True, exist_ok=True)
    bands = values if values.ndim == 3 else values[None]
    profile = {"driver": "GTiff", "crs": "EPSG:9213", "transform": GRID, **options}
    then, config = profile.pop("then", None), profile.pop("config", {})
    with rasterio.Env(**config), warnings.catch_warnings():
        warnings.simplefilter("ignore", rasterio.errors.NotGeoreferencedWarning)
        with rasterio.open(
            path, "w", count=len(bands), height=bands.shape[1], width=bands.shape[2], dtype=bands.dtype, **profile
        ) as made:
            made.write(bands)
            if then is not None:
                then(made)
    return path


def beside(path: Path, aux: str) -> Path:
    """A raster with an ``.aux.xml`` file of this text beside it."""
    path.with_name(path.name + ".aux.xml").write_text(aux, encoding="utf-8")
    return path


def jp2(path: Path, values: np.ndarray, **options: Any) -> Path:
    """A lossless JPEG 2000."""
    return write(path, values, **{"driver": "JP2OpenJPEG", "REVERSIBLE": "YES", "QUALITY": "100", **options})


def patched(path: Path, tag: int, value: int) -> Path:
    """The value of a tag of one whole number in the first directory of a little-endian TIFF, changed in place."""
    raw = bytearray(path.read_bytes())
    (at,) = struct.unpack("<I", raw[4:8])
    (count,) = struct.unpack("<H", raw[at : at + 2])
    for entry in range(at + 2, at + 2 + 12 * count, 12):
        if struct.unpack("<H", raw[entry : entry + 2])[0] == tag:
            raw[entry + 2 : entry + 12] = struct.pack("<HII", 4, 1, value)
    path.write_bytes(raw)
    return path


def chained(path: Path, to: int | None = None) -> Path:
    """The first directory followed by another at a byte, or by itself."""
    raw = bytearray(path.read_bytes())
    (at,) = struct.unpack("<I", raw[4:8])
    (count,) = struct.unpack("<H", raw[at : at + 2])
    raw[at + 2 + 12 * count : at + 6 + 12 * count] = struct.pack("<I", at if to is None else to)
    path.write_bytes(raw)
    return path


def strayed(path: Path, tag: int) -> Path:
    """The values of a tag in the first directory said to lie beyond the file."""
    raw = bytearray(path.read_bytes())
    (at,) = struct.unpack("<I", raw[4:8])
    (count,) = struct.unpack("<H", raw[at : at + 2])
    for entry in range(at + 2, at + 2 + 12 * count, 12):
        if struct.unpack("<H", raw[entry : entry + 2])[0] == tag:
            raw[entry + 8 : entry + 12] = struct.pack("<I", len(raw) + 1000)
    path.write_bytes(raw)
    return path


def sentences(error: InputError) -> list[str]:
    """Vietnamese sentences of a refusal; all four of each can be written, and every place is named."""
    found = []
    for problem in error.problems:
        spoken = [messages.spoken(problem, lang) for lang in messages.LANGUAGES]
        assert all(s.found and s.fix and "{" not in s.found + s.fix for s in spoken)
        assert problem.where
        found.append(spoken[0].found)
    return found
