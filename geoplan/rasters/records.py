"""Records of the raster door: a checked raster on the disk, and everything that was found in a file."""

import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from affine import Affine
from pyproj import CRS
from rasterio.windows import Window

from geoplan.crs import Bounds
from geoplan.errors import InputError, Problem
from geoplan.layers.records import Source
from geoplan.rasters.datasets import Laid, opened, pixels, stands

Facts = dict[str, str | int | float]

MOST_WINDOW = 200_000_000
MOST_WINDOW_BYTES = 400_000_000


@dataclass(frozen=True, slots=True)
class Raster:
    """A checked raster that is still on the disk: facts and a path only, so it travels cheaply to a worker.

    `transform` is north-up; `scale` and `offset` turn stored numbers into values (1 and 0 for classes); `nodata` are
    the stored numbers that mean not observed (NaN always does); `laid` is how the pixels lie in the file.
    """

    role: str
    path: Path
    crs: CRS
    transform: Affine
    width: int
    height: int
    dtype: str
    nodata: tuple[float, ...]
    band: int
    forest: tuple[int, ...]
    threshold: float | None
    scale: float
    offset: float
    source: Source
    warnings: tuple[Problem, ...] = ()
    laid: Laid = field(default_factory=Laid)

    @property
    def bounds(self) -> Bounds:
        """West, south, east, north in the raster's CRS."""
        t = self.transform
        return t.c, t.f + self.height * t.e, t.c + self.width * t.a, t.f

    def read(self, bounds: Bounds | None = None) -> tuple[np.ma.MaskedArray[Any, Any], Affine]:
        """Pixels that touch `bounds`, and their transform.

        Parameters
        ----------
        bounds : tuple or None
            West, south, east, north in the raster's CRS; None is the whole raster, refused where it is large.

        Returns
        -------
        masked array, shape (y, x), and Affine
            Masked where not observed. Shape (0, 0) where the bounds miss the raster. Stored dtype, or float64 where the
            file has a scale.

        Raises
        ------
        InputError
            ``raster.window_too_big``; ``raster.block_broken`` where the file is damaged inside.
        """
        window = window_of(self, bounds if bounds is not None else self.bounds)
        refuse_large(self, window)
        place = moved(self.transform, int(window.col_off), int(window.row_off))
        if window.width == 0 or window.height == 0:
            return np.ma.masked_array(np.zeros((0, 0), dtype=self.dtype)), place
        with opened(self.path, self.source.path, self.laid.driver) as dataset:
            return self.masked(*pixels(dataset, self.laid, window, self.source.path)), place

    def masked(self, stored: npt.NDArray[Any], hidden: npt.NDArray[np.bool_] | None) -> np.ma.MaskedArray[Any, Any]:
        """Values of stored numbers, masked where they are not observed or `hidden`."""
        unseen = np.zeros(stored.shape, dtype=bool) if hidden is None else hidden.copy()
        for value in self.nodata:
            unseen |= stands(stored, value)
        if stored.dtype.kind == "f":
            unseen |= ~np.isfinite(stored)
        if (self.scale, self.offset) != (1.0, 0.0):
            stored = stored.astype(np.float64) * self.scale + self.offset
        return np.ma.masked_array(stored, mask=unseen)


def refuse_large(raster: Raster, window: Window) -> None:
    """Refuse a window that would fill the memory: ``raster.window_too_big``."""
    count = int(window.width) * int(window.height)
    most = min(MOST_WINDOW, MOST_WINDOW_BYTES // np.dtype(raster.dtype).itemsize)
    if count > most:
        raise InputError(Problem("raster.window_too_big", raster.source.path, {"pixels": count, "most": most}))


def moved(grid: Affine, columns: int, rows: int) -> Affine:
    """The transform of a window that begins so many columns and rows inside."""
    return Affine(grid.a, 0.0, grid.c + columns * grid.a, 0.0, grid.e, grid.f + rows * grid.e)


def window_of(raster: Raster, bounds: Bounds) -> Window:
    """Whole pixels that touch the bounds, inside the raster; empty where they miss it."""
    west, south, east, north = bounds
    t = raster.transform
    first, last = math.floor((west - t.c) / t.a + 1e-9), math.ceil((east - t.c) / t.a - 1e-9)
    top, bottom = math.floor((north - t.f) / t.e + 1e-9), math.ceil((south - t.f) / t.e - 1e-9)
    first, last = (min(max(n, 0), raster.width) for n in (first, last))
    top, bottom = (min(max(n, 0), raster.height) for n in (top, bottom))
    return Window(first, top, max(0, last - first), max(0, bottom - top))
