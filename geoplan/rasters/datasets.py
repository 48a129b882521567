"""Datasets opened by one named driver, blind to what lies beside them; blocks read with what is not observed.

Every GDAL setting that could move a pixel or reach another file is pinned here, whatever the surroundings say: files
beside the raster, world files, the half pixel of PixelIsPoint, read errors taken for zeros. Blocks are unpacked in the
calling thread, because complaints of GDAL's own threads go to the screen as they are.
"""

import os
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import rasterio
from rasterio._err import CPLE_BaseError
from rasterio.enums import MaskFlags
from rasterio.errors import NotGeoreferencedWarning, RasterioError
from rasterio.windows import Window

from geoplan.errors import InputError, Problem
from geoplan.rasters import jp2, tiff

BROKEN = (RasterioError, CPLE_BaseError, UnicodeDecodeError, MemoryError)
"""What rasterio raises of a damaged file: not all of it under a name of its own."""

_OPTIONS: dict[str, Any] = {
    "GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR",
    "GDAL_PAM_ENABLED": "NO",
    "GDAL_GEOREF_SOURCES": "INTERNAL",
    "GDAL_NUM_THREADS": "1",
    "GDAL_CACHEMAX": 128_000_000,
    "GDAL_IGNORE_AXIS_ORIENTATION": "NO",
    "GTIFF_IGNORE_READ_ERRORS": "NO",
    "GTIFF_POINT_GEO_IGNORE": "NO",
}
_HUGE, _FEW_DIGITS = 1e30, 1e-5
_SCREEN = threading.RLock()
_ENV_OF = {"JP2OpenJPEG": {"USE_TILE_AS_BLOCK": "YES"}, "GTiff": {}}
_KNOWN = {
    b"<VRTDataset": "VRT",
    b"\x89PNG": "PNG",
    b"\xff\xd8\xff": "JPEG",
    b"EHFA_HEADER_TAG": "ERDAS Imagine",
    b"CDF": "NetCDF",
    b"\x89HDF": "HDF5/NetCDF",
    b"\x0e\x03\x13\x01": "HDF4",
    b"GIF8": "GIF",
    b"%PDF": "PDF",
    b"PK\x03\x04": "ZIP",
    b"DSBB": "Surfer GRD",
    b"DSAA": "Surfer GRD",
    b"ncols": "ESRI ASCII",
    b"NCOLS": "ESRI ASCII",
}


@dataclass(frozen=True, slots=True)
class Laid:
    """How the pixels of a band lie in their file.

    Parameters
    ----------
    band : int
        From 1.
    driver : str
        ``GTiff`` or ``JP2OpenJPEG``.
    south_up : bool
        True where the first row is the southernmost: rows are turned over as they are read.
    mask : bool
        True where the file has a mask of its own.
    alpha : int
        The band that is 0 where nothing was observed; 0 where there is none.
    gaps : bool
        True where some blocks were never written.
    """

    band: int = 1
    driver: str = "GTiff"
    south_up: bool = False
    mask: bool = False
    alpha: int = 0
    gaps: bool = False


def driver_of(path: Path, shown: str) -> str:
    """The driver for a file by its first bytes, never by its name.

    Raises
    ------
    InputError
        ``raster.not_geotiff`` for any other format.
    """
    with path.open("rb") as file:
        head = file.read(64)
    if head.startswith(tiff.MAGIC):
        return "GTiff"
    if head.startswith((jp2.MAGIC, jp2.MAGIC_BARE)):
        return "JP2OpenJPEG"
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    named = next((name for start, name in _KNOWN.items() if text.startswith(start)), path.suffix or path.name)
    raise InputError(Problem("raster.not_geotiff", shown, {"format": named}))


@contextmanager
def quiet() -> Iterator[None]:
    """Nothing reaches the screen while a head is read.

    The C library of GeoTIFF keys prints what it thinks of damaged ones, and rasterio a traceback where a complaint is
    no UTF-8, both past every handler; what they mean is refused by its own key.
    """
    with _SCREEN:
        try:
            screen = os.dup(2)
        except OSError:  # there is none
            yield
            return
        nowhere = os.open(os.devnull, os.O_WRONLY)
        try:
            os.dup2(nowhere, 2)
            yield
        finally:
            os.dup2(screen, 2)
            os.close(screen)
            os.close(nowhere)


@contextmanager
def opened(path: Path, shown: str, driver: str = "GTiff") -> Iterator[Any]:
    """The dataset by one driver alone, blind to what lies beside the file.

    Raises
    ------
    InputError
        ``raster.broken``.
    """
    _own_tables()
    with rasterio.Env(**_OPTIONS):
        try:
            with quiet(), warnings.catch_warnings():
                warnings.simplefilter("ignore", NotGeoreferencedWarning)  # refused by its own key
                dataset = rasterio.open(path, driver=driver, **_ENV_OF[driver])
        except BROKEN as error:
            raise InputError(Problem("raster.broken", shown, {"cause": _plain(error, path)})) from error
        with dataset:
            yield dataset


def _own_tables() -> None:
    """Coordinate systems by the tables that came with rasterio, as for layers.

    PostgreSQL, QGIS and OSGeo4W set PROJ_LIB for the whole machine; with their tables, which are of another version,
    every raster would seem to have no datum.
    """
    if (Path(rasterio.__file__).parent / "proj_data" / "proj.db").is_file():
        for name in ("PROJ_DATA", "PROJ_LIB"):
            os.environ.pop(name, None)


def mask_kind(dataset: Any, band: int) -> tuple[bool, int]:
    """Whether the file has a mask of its own, and the number of its alpha band (0 for none)."""
    flags = dataset.mask_flag_enums[band - 1]
    alpha = next((n for n, c in enumerate(dataset.colorinterp, start=1) if c.name == "alpha"), 0)
    own = MaskFlags.per_dataset in flags and MaskFlags.alpha not in flags and MaskFlags.nodata not in flags
    return own, alpha if alpha != band else 0


def stands(stored: npt.NDArray[Any], value: float) -> npt.NDArray[np.bool_]:
    """True where a stored number is a declared one.

    A code near the largest float is often declared with fewer digits than it is stored with (``-3.40282e+38``).
    """
    if stored.dtype.kind == "f" and _HUGE < abs(value) < np.inf:
        near: npt.NDArray[np.bool_] = np.abs(stored.astype(np.float64) - value) <= _FEW_DIGITS * abs(value)
        return near
    return np.asarray(stored == value)


def pixels(
    dataset: Any, laid: Laid, window: Window, shown: str
) -> tuple[npt.NDArray[Any], npt.NDArray[np.bool_] | None]:
    """Numbers of a window as stored, north first, and where the file's mask, alpha or gaps hide them (None: nowhere).

    Raises
    ------
    InputError
        ``raster.block_broken``, naming the block.
    """
    place = window
    if laid.south_up:
        top = dataset.height - int(window.row_off) - int(window.height)
        place = Window(window.col_off, top, window.width, window.height)
    try:
        stored = np.asarray(dataset.read(laid.band, window=place))
        hidden = _hidden(dataset, laid, place)
    except BROKEN as error:
        row, column = _culprit(dataset, laid.band, place)
        facts: dict[str, str | int | float] = {"row": row, "column": column, "cause": _plain(error, Path(dataset.name))}
        raise InputError(Problem("raster.block_broken", shown, facts)) from error
    if laid.south_up:
        return stored[::-1], None if hidden is None else hidden[::-1]
    return stored, hidden


def _hidden(dataset: Any, laid: Laid, place: Window) -> npt.NDArray[np.bool_] | None:
    hidden: npt.NDArray[np.bool_] | None = None
    if laid.mask:
        hidden = np.asarray(dataset.read_masks(laid.band, window=place) == 0)
    if laid.alpha:
        clear = np.asarray(dataset.read(laid.alpha, window=place) == 0)
        hidden = clear if hidden is None else hidden | clear
    if laid.gaps:
        gaps = _gaps(dataset, laid.band, place)
        hidden = gaps if hidden is None else hidden | gaps
    return hidden


def _gaps(dataset: Any, band: int, place: Window) -> npt.NDArray[np.bool_]:
    """True where the block was never written."""
    found = np.zeros((int(place.height), int(place.width)), dtype=bool)
    for top, first, high, wide in _blocks_of(dataset, place):
        here = f"BLOCK_OFFSET_{first // wide}_{top // high}"
        if dataset.get_tag_item(here, "TIFF", bidx=band) is None:
            y, x = top - int(place.row_off), first - int(place.col_off)
            found[max(y, 0) : max(y + high, 0), max(x, 0) : max(x + wide, 0)] = True
    return found


def _blocks_of(dataset: Any, place: Window) -> Iterator[tuple[int, int, int, int]]:
    """First row, first column, rows and columns of the blocks that a window touches."""
    high, wide = dataset.block_shapes[0]
    for top in range(int(place.row_off) // high * high, int(place.row_off + place.height), high):
        for first in range(int(place.col_off) // wide * wide, int(place.col_off + place.width), wide):
            yield top, first, high, wide


def _culprit(dataset: Any, band: int, place: Window) -> tuple[int, int]:
    """Row and column, from 1, where the first block begins that cannot be read."""
    for top, first, high, wide in _blocks_of(dataset, place):
        block = Window(first, top, min(wide, dataset.width - first), min(high, dataset.height - top))
        try:
            dataset.read(band, window=block)
        except BROKEN:
            return top + 1, first + 1
    return int(place.row_off) + 1, int(place.col_off) + 1


def _plain(error: BaseException, path: Path) -> str:
    """What the library says in one line, without the folder."""
    text = str(error.__cause__ or error).split("\n")[0]
    return text.replace(str(path.parent), "").replace(str(path), path.name)[:120] or type(error).__name__
