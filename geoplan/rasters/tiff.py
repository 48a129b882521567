"""Directories of a TIFF, read by ourselves before any library: what it claims, and whether its blocks are all there.

A library reads a block only when it is wanted, so a file that was cut in a transfer opens without a word, a block that
was never written is filled with zeros, and of several pages the first is taken. All three stand in the directories.
"""

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from geoplan.errors import InputError, Problem

MAGIC = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
MOST_PAGES = 256
MOST_VALUES = 40_000_000
LOSSY = {6: "JPEG", 7: "JPEG", 34887: "LERC", 34712: "JPEG 2000", 50001: "WebP", 50002: "JPEG XL"}
"""Compressions by number that may change the values (LERC, WebP, JPEG 2000 and JPEG XL need not, but may)."""

_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}
_NUMBERS = {1: "u1", 3: "u2", 4: "u4", 13: "u4", 16: "u8", 18: "u8"}
_SUBFILE, _WIDTH, _HEIGHT, _COMPRESSION, _SAMPLES, _ROWS, _PLANAR = 254, 256, 257, 259, 277, 278, 284
_TILE_WIDTH, _TILE_HEIGHT, _NODATA = 322, 323, 42113
_BLOCKS = ((324, 325), (273, 279))
_REDUCED, _MASK = 1, 4

Numbers = npt.NDArray[Any]


@dataclass(frozen=True, slots=True)
class Layout:
    """What the directories of a TIFF say.

    Parameters
    ----------
    pages : int
        Images at full size; overviews and masks are none.
    overviews : int
    blocks, gaps : int
        Blocks of the first page, and those of them that were never written.
    cut : tuple of int or None
        Row and column of the first pixel of the first block that reaches beyond the end of the file.
    cut_count : int
        How many blocks do.
    lossy : str
        Name of a compression that may change values; empty for none.
    nodata : str
        Text of the tag that declares what is not observed; empty where absent.
    """

    pages: int
    overviews: int
    blocks: int
    gaps: int
    cut: tuple[int, int] | None
    cut_count: int
    lossy: str
    nodata: str


def layout(path: Path, shown: str) -> Layout:
    """The layout of a TIFF.

    Raises
    ------
    InputError
        ``raster.broken`` where directories run in a circle, reach beyond the file or are too many.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        try:
            pages = _pages(file, size)
            return _layout(file, pages, size)
        except (struct.error, _Damaged, MemoryError, OverflowError) as error:
            cause = str(error) if isinstance(error, _Damaged) else "a directory reaches past the end of the file"
            raise InputError(Problem("raster.broken", shown, {"cause": cause})) from error


class _Damaged(Exception):
    """The directories cannot be followed."""


@dataclass(frozen=True, slots=True)
class _Form:
    """How numbers are written: byte order, and the widths of BigTIFF."""

    order: str
    big: bool


@dataclass(frozen=True, slots=True)
class _Tag:
    kind: int
    count: int
    at: int


def _pages(file: BinaryIO, size: int) -> list[tuple[_Form, dict[int, _Tag]]]:
    """Tags of every directory in the chain, in order."""
    head = file.read(16)
    order = "<" if head[:2] == b"II" else ">"
    form = _Form(order, struct.unpack(order + "H", head[2:4])[0] == 43)
    at = struct.unpack(order + "Q", head[8:16])[0] if form.big else struct.unpack(order + "I", head[4:8])[0]
    met: set[int] = set()
    found: list[tuple[_Form, dict[int, _Tag]]] = []
    while at:
        if at in met:
            raise _Damaged(f"directories run in a circle at byte {at}")
        if at >= size:
            raise _Damaged(f"a directory would begin at byte {at}, the file has {size}")
        if len(found) >= MOST_PAGES:
            raise _Damaged(f"more than {MOST_PAGES} directories")
        met.add(at)
        tags, at = _directory(file, at, form, size)
        found.append((form, tags))
    if not found:
        raise _Damaged("no directory")
    return found


def _directory(file: BinaryIO, at: int, form: _Form, size: int) -> tuple[dict[int, _Tag], int]:
    file.seek(at)
    width, entry = (8, 20) if form.big else (2, 12)
    (count,) = struct.unpack(form.order + ("Q" if form.big else "H"), file.read(width))
    if not 0 < count <= 4096:
        raise _Damaged(f"a directory of {count} entries at byte {at}")
    body = file.read(count * entry)
    tags = {}
    for number in range(count):
        fields = body[number * entry : (number + 1) * entry]
        tag, kind, values = struct.unpack(form.order + ("HHQ" if form.big else "HHI"), fields[: 12 if form.big else 8])
        room = 8 if form.big else 4
        place = at + width + number * entry + entry - room
        if _SIZES.get(kind, 1) * values > room:
            (place,) = struct.unpack(form.order + ("Q" if form.big else "I"), fields[-room:])
            if place + _SIZES.get(kind, 1) * values > size:
                raise _Damaged(f"the values of tag {tag} would lie at byte {place}, the file has {size}")
        tags[tag] = _Tag(kind, values, place)
    (following,) = struct.unpack(form.order + ("Q" if form.big else "I"), file.read(8 if form.big else 4))
    return tags, following


def _numbers(file: BinaryIO, form: _Form, tags: Mapping[int, _Tag], tag: int) -> Numbers | None:
    """Values of a tag of whole numbers; None where it is absent."""
    found = tags.get(tag)
    if found is None or found.kind not in _NUMBERS:
        return None
    if found.count > MOST_VALUES:
        raise _Damaged(f"{found.count} blocks")
    file.seek(found.at)
    wanted = _SIZES[found.kind] * found.count
    data = file.read(wanted)
    if len(data) < wanted:
        raise _Damaged(f"the list of blocks is cut at byte {found.at + len(data)}")
    return np.frombuffer(data, dtype=np.dtype(form.order + _NUMBERS[found.kind]))


def _one(file: BinaryIO, form: _Form, tags: Mapping[int, _Tag], tag: int, absent: int) -> int:
    values = _numbers(file, form, tags, tag)
    return absent if values is None or not len(values) else int(values[0])


def _layout(file: BinaryIO, pages: list[tuple[_Form, dict[int, _Tag]]], size: int) -> Layout:
    kinds = [_one(file, form, tags, _SUBFILE, 0) for form, tags in pages]
    form, tags = pages[0]
    count, gaps, cut, cut_count = _blocks(file, form, tags, size)
    for (own, masks), kind in zip(pages[1:], kinds[1:], strict=True):
        if kind & _MASK and not kind & _REDUCED:
            more = _blocks(file, own, masks, size)
            cut, cut_count = cut or more[2], cut_count + more[3]
    nodata = ""
    if _NODATA in tags and tags[_NODATA].kind == 2:
        file.seek(tags[_NODATA].at)
        nodata = file.read(min(tags[_NODATA].count, 64)).split(b"\0")[0].decode("ascii", "replace").strip()
    return Layout(
        pages=1 + sum(not kind & (_REDUCED | _MASK) for kind in kinds[1:]),
        overviews=sum(kind & _REDUCED and not kind & _MASK for kind in kinds[1:]),
        blocks=count,
        gaps=gaps,
        cut=cut,
        cut_count=cut_count,
        lossy=LOSSY.get(_one(file, form, tags, _COMPRESSION, 1), ""),
        nodata=nodata,
    )


def _blocks(
    file: BinaryIO, form: _Form, tags: Mapping[int, _Tag], size: int
) -> tuple[int, int, tuple[int, int] | None, int]:
    """Blocks of a page, how many were never written, pixel of the first that is cut, how many are."""
    for starts, lengths in _BLOCKS:
        offsets = _numbers(file, form, tags, starts)
        counts = _numbers(file, form, tags, lengths)
        if offsets is None or counts is None or len(offsets) != len(counts):
            continue
        begin, long = offsets.astype(np.float64), counts.astype(np.float64)  # sums of 64 bits must not run over
        empty = (offsets == 0) | (counts == 0)
        beyond = np.flatnonzero(~empty & (begin + long > size))
        cut = None if not len(beyond) else _pixel(file, form, tags, int(beyond[0]))
        return len(offsets), int(empty.sum()), cut, len(beyond)
    return 0, 0, None, 0


def _pixel(file: BinaryIO, form: _Form, tags: Mapping[int, _Tag], number: int) -> tuple[int, int]:
    """Row and column where a block begins."""
    width, height = (_one(file, form, tags, tag, 1) for tag in (_WIDTH, _HEIGHT))
    wide = _one(file, form, tags, _TILE_WIDTH, width) or 1
    high = _one(file, form, tags, _TILE_HEIGHT, _one(file, form, tags, _ROWS, height)) or 1
    across, down = -(-width // wide), -(-height // high)
    number %= max(1, across * down)
    return number // max(1, across) * high, number % max(1, across) * wide
