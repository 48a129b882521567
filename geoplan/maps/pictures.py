"""Pictures under the map: shaded relief and classes, as small PNG files made with the standard library.

Each is warped to the map's own projection (EPSG:3857) by the pinned VN-2000 shift, at most 700 pixels wide or high.
"""

import math
import struct
import zlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from affine import Affine
from pyproj import CRS

from geoplan import crs as crss
from geoplan.maps import palette
from geoplan.maps.page import Overlay

MERCATOR = CRS.from_epsg(3857)
WGS84 = CRS.from_epsg(4326)
LARGEST_PX = 700
AZIMUTH_DEG, ALTITUDE_DEG = 315.0, 45.0
Floats = npt.NDArray[np.float32]


def relief(dem: npt.ArrayLike, transform: Affine, crs: CRS) -> Overlay:
    """Shaded relief of heights, light from the north-west (Horn 1981): to be laid over colours.

    Flat ground is transparent, slopes to the light are white and the others black, the steeper the denser.


    Parameters
    ----------
    dem : array_like, shape (rows, columns)
        Heights in metres; NaN or masked where not known: transparent there.
    transform : Affine
        Pixel to coordinate, north up or not.
    crs : CRS
        Of the coordinates, projected or geographic.
    """
    heights = np.ma.filled(np.ma.asarray(dem, dtype=np.float32), np.nan)
    grid, bounds = _target(heights.shape, transform, crs)
    warped = _sampled(heights, transform, crs, grid)
    latitude = math.radians((bounds[1] + bounds[3]) / 2)
    light = _shade(warped, abs(grid[0][0, 1] - grid[0][0, 0]) * math.cos(latitude))
    contrast = np.nan_to_num(light - math.sin(math.radians(ALTITUDE_DEG)))
    value = np.where(contrast > 0, 255, 0).astype(np.uint8)
    alpha = (np.clip(np.abs(contrast) * 0.8, 0.0, 0.42) * 255.0).astype(np.uint8) // 4 * 4
    return Overlay("relief", png(np.dstack([value, alpha])), bounds)


def painted(
    name: str, codes: npt.ArrayLike, transform: Affine, crs: CRS, classes: Mapping[int, tuple[str, str]]
) -> Overlay:
    """Classes of a raster in colours, such as land cover; a code without a colour is transparent.

    Parameters
    ----------
    name : str
        ``land_cover``: see `Overlay`.
    codes : array_like of int, shape (rows, columns)
        Masked or unknown codes are transparent.
    classes : mapping of code to (label, ``#rrggbb``)
        In the order of the legend.
    """
    grid, bounds = _target(np.shape(codes), transform, crs)
    known = np.ma.filled(np.ma.asarray(codes, dtype=np.float64), np.nan)
    warped = _sampled(known.astype(np.float32), transform, crs, grid, nearest=True)
    rgba = np.zeros((*warped.shape, 4), np.uint8)
    for code, (_, colour) in classes.items():
        rgba[warped == code] = (*bytes.fromhex(colour.removeprefix("#")), 255)
    return Overlay(name, png(rgba), bounds, tuple(classes.values()))


def photo(name: str, values: npt.NDArray[np.uint8], transform: Affine, crs: CRS, label: str = "") -> Overlay:
    """What images looked like, in 255 colours: a third of the weight of true colours, the same to the eye.

    Parameters
    ----------
    name : str
        ``before`` or ``after``.
    values : uint8 array, shape (rows, columns, 4)
        Red, green, blue, opacity; what has no opacity is transparent.
    label : str
        In the reader's language: the days that it shows.
    """
    grid, bounds = _target(values.shape[:2], transform, crs)
    hidden = values[..., 3] == 0
    bands = [np.where(hidden, np.nan, values[..., band]).astype(np.float32) for band in range(3)]
    warped = np.stack([_sampled(band, transform, crs, grid) for band in bands], axis=-1)
    seen = np.isfinite(warped).all(axis=-1)
    chosen, colours = palette.few(warped[seen].round().astype(np.uint8))
    indices = np.zeros(seen.shape, np.uint8)  # 0 is the transparent one
    indices[seen] = chosen + 1
    table = np.vstack([np.zeros((1, 4), np.uint8), np.column_stack([colours, np.full(len(colours), 255, np.uint8)])])
    return Overlay(name, png(indices[..., None], table), bounds, label=label)


def png(pixels: npt.NDArray[np.uint8], table: npt.NDArray[np.uint8] | None = None) -> bytes:
    """A PNG file of 8-bit pixels, shape (rows, columns, bands): 1 with a table, 2 grey, 4 colours, the last is alpha.

    The same pixels give the same bytes; no date, no text.

    Parameters
    ----------
    pixels : uint8 array
    table : uint8 array, shape (colours, 4), optional
        Red, green, blue and opacity of each value of a single band.
    """
    rows, columns, bands = pixels.shape
    lines = np.zeros((rows, 1 + columns * bands), np.uint8)
    lines[:, 1:] = pixels.reshape(rows, -1)
    if bands == 2:  # filter 1 (left neighbour) packs shading well; flat classes pack best unfiltered
        lines[:, 0] = 1
        lines[:, 1 + bands :] -= pixels.reshape(rows, -1)[:, :-bands]
    head = struct.pack(">IIBBBBB", columns, rows, 8, {1: 3, 2: 4, 4: 6}[bands], 0, 0, 0)
    colours = b""
    if table is not None:
        colours = _chunk(b"PLTE", table[:, :3].tobytes()) + _chunk(b"tRNS", table[:, 3].tobytes())
    body = zlib.compress(lines.tobytes(), 9)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + colours + _chunk(b"IDAT", body) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _target(shape: Sequence[int], transform: Affine, crs: CRS) -> tuple[tuple[Any, Any], crss.Bounds]:
    """Pixel centres of the picture in EPSG:3857, and its bounds in degrees."""
    rows, columns = shape
    edge = np.linspace(0.0, 1.0, 21)
    u = np.concatenate([edge, edge, np.zeros(21), np.ones(21)]) * columns
    v = np.concatenate([np.zeros(21), np.ones(21), edge, edge]) * rows
    x, y = crss.transform(*_applied(transform, u, v), crs, MERCATOR)
    west, south, east, north = x.min(), y.min(), x.max(), y.max()
    step = max((east - west) / columns, (north - south) / rows, max(east - west, north - south) / LARGEST_PX)
    wide, high = max(1, round((east - west) / step)), max(1, round((north - south) / step))
    centres = np.meshgrid(
        west + (np.arange(wide) + 0.5) * (east - west) / wide, north - (np.arange(high) + 0.5) * (north - south) / high
    )
    lon, lat = crss.transform([west, east], [south, north], MERCATOR, WGS84)
    return (centres[0], centres[1]), (float(lon[0]), float(lat[0]), float(lon[1]), float(lat[1]))


def _sampled(values: Floats, transform: Affine, crs: CRS, grid: tuple[Any, Any], *, nearest: bool = False) -> Floats:
    """Values at the pixel centres of `grid` (EPSG:3857): nearest, or bilinear after a mean of finer pixels."""
    x, y = crss.transform(*grid, MERCATOR, crs)
    columns, rows = _applied(~transform, x, y)
    fine = 1 if nearest else max(1, int(min(values.shape[0] / x.shape[0], values.shape[1] / x.shape[1])))
    if fine > 1:
        values = _mean(values, fine)
    columns, rows = columns / fine - 0.5, rows / fine - 0.5
    if nearest:
        return _at(values, np.rint(rows), np.rint(columns))
    top, left = np.floor(rows), np.floor(columns)
    down, right = (rows - top).astype(np.float32), (columns - left).astype(np.float32)
    upper = _at(values, top, left) * (1 - right) + _at(values, top, left + 1) * right
    lower = _at(values, top + 1, left) * (1 - right) + _at(values, top + 1, left + 1) * right
    return np.asarray(upper * (1 - down) + lower * down, np.float32)


def _applied(matrix: Affine, x: npt.NDArray[Any], y: npt.NDArray[Any]) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    return matrix.a * x + matrix.b * y + matrix.c, matrix.d * x + matrix.e * y + matrix.f


def _at(values: Floats, rows: npt.NDArray[Any], columns: npt.NDArray[Any]) -> Floats:
    inside = (rows >= 0) & (columns >= 0) & (rows < values.shape[0]) & (columns < values.shape[1])
    found = np.full(rows.shape, np.nan, np.float32)
    found[inside] = values[rows[inside].astype(np.intp), columns[inside].astype(np.intp)]
    return found


def _mean(values: Floats, block: int) -> Floats:
    rows, columns = (n // block * block for n in values.shape)
    cut = values[:rows, :columns].reshape(rows // block, block, columns // block, block)
    return np.asarray(cut.mean(axis=(1, 3)), np.float32)


def _shade(heights: Floats, pixel_m: float) -> Floats:
    """Light of each pixel, 0 to 1, by Horn's slopes; NaN at the rim and beside unknown heights."""
    light = np.full(heights.shape, np.nan, np.float32)
    if min(heights.shape) < 3:
        return light
    n = np.lib.stride_tricks.sliding_window_view(heights, (3, 3))
    weights = np.array([1.0, 2.0, 1.0], np.float32) / (8 * pixel_m)
    east = (n[..., :, 2] - n[..., :, 0]) @ weights
    south = (n[..., 2, :] - n[..., 0, :]) @ weights
    sun, high = math.radians(AZIMUTH_DEG), math.radians(ALTITUDE_DEG)
    towards = -east * math.sin(sun) + south * math.cos(sun)
    light[1:-1, 1:-1] = (math.sin(high) + math.cos(high) * towards) / np.sqrt(1 + east**2 + south**2)
    return light
