"""Head of a JPEG 2000 file, read by ourselves before any library: how large it is, and whether it is whole.

The decoder unpacks one tile at a time, so the size of a tile bounds its memory; and a file that was cut in a transfer
must be known as such before its pixels are.
"""

import struct
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

from geoplan.errors import InputError, Problem

MAGIC = b"\0\0\0\x0cjP  \r\n\x87\n"
MAGIC_BARE = b"\xff\x4f\xff\x51"
_MOST_BOXES = 1000
_MOST_PARTS = 200_000
_SIZ, _COD, _SOT, _EOC = 0xFF51, 0xFF52, 0xFF90, 0xFFD9
_TRANSFORM = 9
"""Byte of the coding style, behind its length, that is 0 for the wavelet that rounds."""


@dataclass(frozen=True, slots=True)
class Codestream:
    """Size of the picture and of its tiles in pixels, samples a pixel, bits of the widest; if pixels were changed."""

    width: int
    height: int
    tile_width: int
    tile_height: int
    samples: int
    bits: int
    lossy: bool = False


def codestream(path: Path, shown: str) -> Codestream:
    """The head of a JPEG 2000 file whose tiles are all there.

    Raises
    ------
    InputError
        ``raster.broken`` where the file is cut or its boxes cannot be followed.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        try:
            start, end = _stream(file, size)
            found = replace(_head(file, start), lossy=_whole(file, start, min(end, size)))
        except (struct.error, _Damaged) as error:
            cause = str(error) if isinstance(error, _Damaged) else "the file ends inside its head"
            raise InputError(Problem("raster.broken", shown, {"cause": cause})) from error
    return found


class _Damaged(Exception):
    """The boxes or the markers cannot be followed."""


def _stream(file: BinaryIO, size: int) -> tuple[int, int]:
    """First byte of the codestream, and the byte behind its box."""
    if file.read(4) == MAGIC_BARE:
        return 0, size
    at = 0
    for _ in range(_MOST_BOXES):
        file.seek(at)
        head = file.read(8)
        if len(head) < 8:
            break
        length, kind = struct.unpack(">I4s", head)
        body = 8
        if length == 1:
            (length,) = struct.unpack(">Q", file.read(8))
            body = 16
        end = size if length == 0 else at + length
        if kind == b"jp2c":
            if end > size:
                raise _Damaged(f"the file is cut: {size} bytes of {end}")
            return at + body, end
        if length and length < body:
            raise _Damaged(f"a box without length at byte {at}")
        at = end
        if at >= size:
            break
    raise _Damaged("no picture in the file: it is cut, or no JPEG 2000")


def _head(file: BinaryIO, start: int) -> Codestream:
    file.seek(start)
    if file.read(2) != b"\xff\x4f":
        raise _Damaged(f"no picture begins at byte {start}")
    marker, _, _ = struct.unpack(">HHH", file.read(6))
    if marker != _SIZ:
        raise _Damaged("the size of the picture is not said")
    x1, y1, x0, y0, tile_width, tile_height, _, _ = struct.unpack(">8I", file.read(32))
    (samples,) = struct.unpack(">H", file.read(2))
    if not 1 <= samples <= 64 or x1 <= x0 or y1 <= y0 or not tile_width or not tile_height:
        raise _Damaged(f"a picture of {x1 - x0} x {y1 - y0} pixels and {samples} bands")
    depths = file.read(3 * samples)[::3]
    bits = max((depth & 0x7F) + 1 for depth in depths)
    return Codestream(x1 - x0, y1 - y0, min(tile_width, x1 - x0), min(tile_height, y1 - y0), samples, bits)


def _whole(file: BinaryIO, start: int, end: int) -> bool:
    """Follow the parts of the tiles to the end of the codestream; True where the transform cannot be undone exactly."""
    at, lossy = start + 2, False
    for _ in range(_MOST_PARTS):
        file.seek(at)
        (marker,) = struct.unpack(">H", file.read(2))
        if marker == _EOC:
            return lossy
        if not marker >= 0xFF01:
            raise _Damaged(f"damaged at byte {at}")
        (length,) = struct.unpack(">H", file.read(2))
        if marker == _COD:
            lossy = file.read(_TRANSFORM + 1)[_TRANSFORM:] == b"\0"
        if marker != _SOT:
            at += 2 + length
        else:
            _, part = struct.unpack(">HI", file.read(6))
            if part == 0:  # the last part reaches to the end marker
                file.seek(end - 2)
                if struct.unpack(">H", file.read(2))[0] != _EOC:
                    raise _Damaged("the file is cut: its end is missing")
                return lossy
            if part < 14:
                raise _Damaged(f"a tile of no length at byte {at}")
            at += part
        if at > end - 2:
            raise _Damaged(f"the file is cut: a tile reaches to byte {at} of {end}")
    raise _Damaged("too many tiles")
