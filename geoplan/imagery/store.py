"""Blocks of a stack on the disk: a GeoTIFF each and its SHA-256 beside it, so that damage is seen and made good.

Bands of a block are those of `BANDS`, each on all dates: number of the band times dates plus number of the date. Files
appear whole (`geoplan.writing`); a build that was killed goes on where it stopped.
"""

import hashlib
import json
import math
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from affine import Affine
from rasterio.errors import RasterioError
from rasterio.io import MemoryFile
from rasterio.windows import Window

from geoplan import writing
from geoplan.crs import Bounds
from geoplan.errors import InputError, Problem
from geoplan.imagery.records import BANDS, UNSEEN, Observations, Stack
from geoplan.rasters.datasets import opened

BLOCK_BYTES = 200_000_000
"""A block on all dates is at most this large: 256 pixels a side at 300 dates."""

_TILE = 64
_LARGEST = 8 * _TILE
_PROFILE = {
    "driver": "GTiff",
    "dtype": "int16",
    "nodata": UNSEEN,
    "tiled": True,
    "blockxsize": _TILE,
    "blockysize": _TILE,
    "interleave": "band",
    "compress": "zstd",
    "zstd_level": 1,
    "sparse_ok": True,
}

Stored = npt.NDArray[np.int16]


def read(stack: Stack, bounds: Bounds | None = None) -> Observations:
    """Reflectance of the pixels that touch `bounds` on all dates.

    Parameters
    ----------
    stack : Stack
    bounds : tuple or None
        West, south, east, north in the stack's CRS; None is the whole stack.

    Returns
    -------
    Observations
        Bands of shape (time, y, x), of no pixels where the bounds miss the stack.

    Raises
    ------
    InputError
        ``imagery.block_damaged`` where a block is not what `build` left: build again.
    """
    west, south, east, north = bounds if bounds is not None else stack.bounds
    t = stack.transform
    first, last = math.floor((west - t.c) / t.a + 1e-6), math.ceil((east - t.c) / t.a - 1e-6)
    top, bottom = math.floor((north - t.f) / t.e + 1e-6), math.ceil((south - t.f) / t.e - 1e-6)
    first, last = (min(max(n, 0), stack.width) for n in (first, last))
    top, bottom = (min(max(n, 0), stack.height) for n in (top, bottom))
    width, height = max(0, last - first), max(0, bottom - top)
    found = np.full((len(BANDS), len(stack.days), height, width), UNSEEN, dtype=np.int16)
    if width and height:
        for row in range(top // stack.block, (bottom - 1) // stack.block + 1):
            for column in range(first // stack.block, (last - 1) // stack.block + 1):
                _copy(stack, row, column, (top, bottom, first, last), found)
    place = Affine(t.a, 0.0, t.c + first * t.a, 0.0, t.e, t.f + top * t.e)
    return Observations(stack.days, dict(zip(BANDS, found, strict=True)), place)


def windows(stack: Stack) -> Iterator[Bounds]:
    """Bounds of the blocks of a stack, row by row from the north-west; together they are the stack, without overlap."""
    t = stack.transform
    for top in range(0, stack.height, stack.block):
        for first in range(0, stack.width, stack.block):
            bottom, last = min(top + stack.block, stack.height), min(first + stack.block, stack.width)
            yield t.c + first * t.a, t.f + bottom * t.e, t.c + last * t.a, t.f + top * t.e


def block_side(times: int) -> int:
    """Side of a block in pixels for a number of dates: whole tiles, 64 to 512."""
    most = math.isqrt(BLOCK_BYTES // (2 * len(BANDS) * max(1, times)))
    return min(_LARGEST, max(_TILE, most // _TILE * _TILE))


def forget_others(stack: Stack) -> None:
    """Remove stacks of the same role beside this one: images or settings that are no more; made again if wanted."""
    pattern = re.compile(rf"{re.escape(stack.role)}-[0-9a-f]{{16}}")
    for folder in sorted(stack.folder.parent.iterdir()):
        if folder != stack.folder and folder.is_dir() and pattern.fullmatch(folder.name):
            shutil.rmtree(folder, ignore_errors=True)


def block_path(folder: Path, row: int, column: int) -> Path:
    """The file of a block, by its row and column among blocks."""
    return folder / f"block_{row:03d}_{column:03d}.tif"


def whole(path: Path) -> bool:
    """True where a file has the SHA-256 that stands beside it."""
    beside = path.with_suffix(".sha256")
    if not (path.is_file() and beside.is_file()):
        return False
    with path.open("rb") as file:
        return (
            beside.read_text(encoding="ascii", errors="replace").strip()
            == hashlib.file_digest(file, "sha256").hexdigest()
        )


def write_block(path: Path, pixels: Stored, transform: Affine, crs_wkt: str) -> None:
    """Write a block, shape (bands, time, y, x), and then its SHA-256."""
    bands, times, height, width = pixels.shape
    profile = {**_PROFILE, "count": bands * times, "height": height, "width": width}
    with MemoryFile() as memory:
        with memory.open(**profile, transform=transform, crs=crs_wkt) as made:
            made.write(pixels.reshape(bands * times, height, width))
        data = bytes(memory.getbuffer())
    path.with_suffix(".sha256").unlink(missing_ok=True)
    writing.write_bytes(path, data)
    writing.write_bytes(path.with_suffix(".sha256"), f"{hashlib.sha256(data).hexdigest()}\n".encode("ascii"))


def write_facts(path: Path, facts: Any) -> None:
    """Write facts as JSON with their own hash."""
    text = json.dumps(facts, sort_keys=True)
    sealed = {"facts": facts, "sha256": hashlib.sha256(text.encode()).hexdigest()}
    writing.write_bytes(path, json.dumps(sealed, sort_keys=True).encode())


def read_facts(path: Path) -> Any:
    """Facts that `write_facts` wrote; None where they are absent or damaged."""
    try:
        sealed = json.loads(path.read_bytes())
        text = json.dumps(sealed["facts"], sort_keys=True)
        return sealed["facts"] if hashlib.sha256(text.encode()).hexdigest() == sealed["sha256"] else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _copy(stack: Stack, row: int, column: int, wanted: tuple[int, int, int, int], found: Stored) -> None:
    """Copy what a block has of the wanted pixels (top, bottom, first, last)."""
    top, bottom, first, last = wanted
    north, west = row * stack.block, column * stack.block
    y0, y1 = max(top, north), min(bottom, north + stack.block)
    x0, x1 = max(first, west), min(last, west + stack.block)
    path = block_path(stack.folder, row, column)
    window = Window(x0 - west, y0 - north, x1 - x0, y1 - y0)
    try:
        with opened(path, path.name) as block:
            if block.count != len(BANDS) * len(stack.days):
                raise RasterioError(f"{block.count} bands")
            pixels = block.read(window=window)
    except (RasterioError, MemoryError, InputError) as error:
        raise InputError(Problem("imagery.block_damaged", path.name, {"cause": str(error)[:120]})) from error
    shape = (len(BANDS), len(stack.days), y1 - y0, x1 - x0)
    found[:, :, y0 - top : y1 - top, x0 - first : x1 - first] = pixels.reshape(shape)
