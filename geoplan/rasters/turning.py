"""Turned and mirrored grids brought to one that points north."""

import math
from typing import Any

import numpy as np
import numpy.typing as npt
from affine import Affine

Pixels = npt.NDArray[Any]
Flags = npt.NDArray[np.bool_]

_FAR = 1e9
"""Pixels outside of any raster: places that cannot be told are put there."""


def is_turned(t: Affine) -> bool:
    """True for a grid whose rows do not run east or whose columns do not run south."""
    return bool(t.b != 0 or t.d != 0 or t.a < 0 or t.e > 0)


def is_exact(t: Affine) -> bool:
    """True where the grid is only mirrored or turned by right angles: each pixel finds its own place."""
    return bool((t.b == 0 and t.d == 0) or (t.a == 0 and t.e == 0))


def north_up(t: Affine, width: int, height: int) -> tuple[Affine, int, int]:
    """Grid, width and height of the box of a turned grid that points north, with pixels as large."""
    if not is_turned(t):
        return t, width, height
    corners = [(0, 0), (width, 0), (0, height), (width, height)]
    xs = [t.c + x * t.a + y * t.b for x, y in corners]
    ys = [t.f + x * t.d + y * t.e for x, y in corners]
    along = math.hypot(t.a, t.d), math.hypot(t.b, t.e)
    wide, high = (round(c, 9) for c in (along if abs(t.a) >= abs(t.d) else along[::-1]))
    columns = math.ceil((max(xs) - min(xs)) / wide - 1e-6)
    rows = math.ceil((max(ys) - min(ys)) / high - 1e-6)
    return Affine(wide, 0.0, min(xs), 0.0, -high, max(ys)), columns, rows


def places(t: Affine, grid: Affine, width: int, top: int, high: int) -> tuple[Pixels, Pixels]:
    """Row and column in a turned grid of the pixel centres of some rows of the grid that points north."""
    inverse = ~t
    columns = grid.c + (np.arange(width) + 0.5) * grid.a
    x, y = np.meshgrid(columns, grid.f + (top + np.arange(high) + 0.5) * grid.e)
    column = inverse.c + x * inverse.a + y * inverse.b
    row = inverse.f + x * inverse.d + y * inverse.e
    return tuple(np.nan_to_num(np.clip(a, -_FAR, _FAR), nan=-_FAR) for a in (row, column))


def nearest(stored: Pixels, hidden: Flags, row: Pixels, column: Pixels) -> tuple[Pixels, Flags]:
    """Numbers of the pixels that hold the places, and where those are hidden or outside."""
    y, x = np.floor(row).astype(np.int64), np.floor(column).astype(np.int64)
    outside = (y < 0) | (x < 0) | (y >= stored.shape[0]) | (x >= stored.shape[1])
    y, x = np.clip(y, 0, stored.shape[0] - 1), np.clip(x, 0, stored.shape[1] - 1)
    return stored[y, x], hidden[y, x] | outside


def between(stored: Pixels, hidden: Flags, row: Pixels, column: Pixels) -> tuple[Pixels, Flags]:
    """Bilinear between the centres of four pixels; not observed where one of them is not, or beyond the outermost."""
    row, column = row - 0.5, column - 0.5
    y, x = np.floor(row).astype(np.int64), np.floor(column).astype(np.int64)
    outside = (y < 0) | (x < 0) | (y >= stored.shape[0] - 1) | (x >= stored.shape[1] - 1)
    y, x = np.clip(y, 0, max(stored.shape[0] - 2, 0)), np.clip(x, 0, max(stored.shape[1] - 2, 0))
    below, right = np.minimum(y + 1, stored.shape[0] - 1), np.minimum(x + 1, stored.shape[1] - 1)
    v, u = row - y, column - x
    away = outside | hidden[y, x] | hidden[y, right] | hidden[below, x] | hidden[below, right]
    values = np.where(hidden, 0, stored).astype(np.float64)
    upper = values[y, x] * (1.0 - u) + values[y, right] * u
    lower = values[below, x] * (1.0 - u) + values[below, right] * u
    mixed = np.where(away, 0.0, upper * (1.0 - v) + lower * v)
    return (mixed if stored.dtype.kind == "f" else np.rint(mixed)).astype(stored.dtype), away
