"""Pixels of JPEG 2000 kept as they come out of the decoder: one tile takes a fifth of a second, and is wanted often.

A stack is built block by block on all dates, so that each tile of a band would be unpacked some sixteen times. Squares
as large as the real products' tiles are kept in a temporary folder of this process; Python removes it at the end.
"""

import hashlib
import shutil
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from rasterio.windows import Window

from geoplan.errors import PlaceUnavailable, Problem
from geoplan.imagery.records import Band
from geoplan.rasters.datasets import opened, pixels

SIDE = 1024
"""Pixels of a square; Sentinel-2 is packed in tiles of this side."""

_lock = threading.Lock()
_kept: list[tempfile.TemporaryDirectory[str]] = []


def window_of(band: Band, window: Window, shown: str) -> npt.NDArray[Any]:
    """Numbers of a window as stored; 0 (NaN for floats) where the file's own mask hides them.

    Raises
    ------
    InputError
        ``raster.broken``, ``raster.block_broken``.
    PlaceUnavailable
        ``layer.copy_failed`` where the temporary folder is full.
    """
    found: npt.NDArray[Any] | None = None
    top, first = int(window.row_off), int(window.col_off)
    for square in _squares(window):
        part = _square(band, square, shown)
        if found is None:
            found = np.zeros((int(window.height), int(window.width)), dtype=part.dtype)
        y, x = int(square.row_off), int(square.col_off)
        y0, x0 = max(y, top), max(x, first)
        y1 = min(y + part.shape[0], top + int(window.height))
        x1 = min(x + part.shape[1], first + int(window.width))
        found[y0 - top : y1 - top, x0 - first : x1 - first] = part[y0 - y : y1 - y, x0 - x : x1 - x]
    return np.zeros((0, 0), dtype=np.uint16) if found is None else found


def plain(band: Band, window: Window, shown: str) -> npt.NDArray[Any]:
    """The same out of the file itself."""
    with opened(band.path, shown, band.laid.driver) as dataset:
        stored, hidden = pixels(dataset, band.laid, window, shown)
    if hidden is None:
        return stored
    found: npt.NDArray[Any] = np.where(hidden, stored.dtype.type(np.nan if stored.dtype.kind == "f" else 0), stored)
    return found


def _squares(window: Window) -> Iterator[Window]:
    for top in range(int(window.row_off) // SIDE * SIDE, int(window.row_off + window.height), SIDE):
        for first in range(int(window.col_off) // SIDE * SIDE, int(window.col_off + window.width), SIDE):
            yield Window(first, top, SIDE, SIDE)


def _square(band: Band, square: Window, shown: str) -> npt.NDArray[Any]:
    """A square of a band, unpacked once; at the edge it is as large as the file has pixels."""
    state = band.path.stat()
    name = f"{band.path}\0{state.st_size}\0{state.st_mtime_ns}\0{band.laid.band}\0{square.row_off}\0{square.col_off}"
    place = _folder() / f"{hashlib.sha256(name.encode('utf-8', 'surrogateescape')).hexdigest()}.npy"
    if not place.is_file():
        high, wide = min(SIDE, band.height - int(square.row_off)), min(SIDE, band.width - int(square.col_off))
        inside = plain(band, Window(square.col_off, square.row_off, wide, high), shown)
        part = place.with_suffix(f".{threading.get_ident()}")
        try:
            with part.open("wb") as file:
                np.save(file, inside, allow_pickle=False)
            part.replace(place)
        except OSError as error:
            free = shutil.disk_usage(place.parent).free // 1_000_000
            facts: dict[str, str | int | float] = {"path": shown, "free_mb": free, "cause": error.strerror or ""}
            raise PlaceUnavailable(Problem("layer.copy_failed", shown, facts)) from error
    found: npt.NDArray[Any] = np.load(place, mmap_mode="r", allow_pickle=False)
    return found


def _folder() -> Path:
    with _lock:
        if not _kept:
            _kept.append(tempfile.TemporaryDirectory(prefix="geoplan-"))
        return Path(_kept[0].name)
