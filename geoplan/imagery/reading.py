"""Pixels of a band on the lattice of 10 m, wherever its own file begins and ends."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from rasterio.windows import Window

from geoplan.imagery import decoded
from geoplan.imagery.records import Band
from geoplan.rasters.datasets import stands

JPEG_2000 = "JP2OpenJPEG"
_BYTE = 255


@dataclass(frozen=True, slots=True)
class Tile:
    """Some pixels of the lattice: the north-west corner in metres, the side of a pixel, columns and rows."""

    west: float
    north: float
    cell_m: float
    width: int
    height: int

    def grown(self, margin: int) -> "Tile":
        """The tile with `margin` pixels more on each side."""
        aside = margin * self.cell_m
        more = 2 * margin
        return Tile(self.west - aside, self.north + aside, self.cell_m, self.width + more, self.height + more)


def classes(band: Band, shown: str, tile: Tile) -> npt.NDArray[np.uint8]:
    """Scene classes of a tile, shape (y, x); 0 (no data) outside the file, 255 for numbers that no byte holds."""
    stored = _stored(band, shown, tile)
    return np.where((stored < 0) | (stored > _BYTE), _BYTE, stored).astype(np.uint8)


def reflectance(band: Band, shown: str, tile: Tile) -> npt.NDArray[np.float32]:
    """Reflectance of a tile, shape (y, x): (stored + offset) / scale, NaN where not observed or outside the file.

    A band of 20 m gives each of the four pixels of 10 m its own number: nothing is smoothed.
    """
    stored = _stored(band, shown, tile)
    found: npt.NDArray[np.float32] = stored.astype(np.float32)
    found += np.float32(band.offset)
    found /= np.float32(band.scale)
    unseen = ~np.isfinite(stored) if stored.dtype.kind == "f" else stored == 0
    if band.nodata is not None:
        unseen |= stands(stored, band.nodata)
    found[unseen] = np.nan
    return found


def _stored(band: Band, shown: str, tile: Tile) -> npt.NDArray[Any]:
    """Numbers of a band as stored, one for each pixel of the tile; 0 (NaN for floats) outside the file."""
    times = round(band.transform.a / tile.cell_m)
    right = round((tile.west - band.transform.c) / tile.cell_m)
    down = round((band.transform.f - tile.north) / tile.cell_m)
    first, top = right // times, down // times
    columns = -(-(right + tile.width) // times) - first
    rows = -(-(down + tile.height) // times) - top
    window = Window.from_slices(
        (min(max(top, 0), band.height), min(max(top + rows, 0), band.height)),
        (min(max(first, 0), band.width), min(max(first + columns, 0), band.width)),
    )
    if window.width == 0 or window.height == 0:
        return np.zeros((tile.height, tile.width), dtype=np.uint8)
    where = shown if shown.endswith(band.path.name) else f"{shown}/{band.path.name}"
    inside = (decoded.window_of if band.laid.driver == JPEG_2000 else decoded.plain)(band, window, where)
    if inside.shape == (rows, columns):
        whole = inside
    else:
        whole = np.full((rows, columns), np.nan if inside.dtype.kind == "f" else 0, dtype=inside.dtype)
        y, x = int(window.row_off) - top, int(window.col_off) - first
        whole[y : y + inside.shape[0], x : x + inside.shape[1]] = inside
    if times > 1:
        whole = whole.repeat(times, axis=0).repeat(times, axis=1)
    y, x = down - top * times, right - first * times
    return whole[y : y + tile.height, x : x + tile.width]
