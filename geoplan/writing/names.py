"""Names that a disk takes: what Windows would read as a device, change in silence, or never reach is refused."""

import re
import sys
from pathlib import Path

from geoplan.errors import PlaceUnavailable, Problem

LONGEST_PATH = 240
"""Letters of a path that every Windows reaches, with room for a temporary name beside it."""

_RESERVED = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³])\s*(\.|$)", re.IGNORECASE)


def refuse_unfit(path: Path, *, windows: bool = sys.platform == "win32") -> None:
    """Refuse a name that Windows would take for a device, change in silence, or cannot reach.

    Raises
    ------
    PlaceUnavailable
        ``write.name_reserved``, ``write.name_too_long``.
    """
    if not windows:
        return
    for part in path.parts[1:] if path.anchor else path.parts:
        if part not in ("..", ".") and (_RESERVED.match(part) or part.rstrip(". ") != part):
            raise PlaceUnavailable(Problem("write.name_reserved", str(path), {"path": str(path), "name": part}))
    if len(str(path.absolute())) > LONGEST_PATH:
        raise PlaceUnavailable(too_long(path))


def too_long(path: Path) -> Problem:
    """The problem of a path that is too long."""
    return Problem("write.name_too_long", str(path), {"path": str(path)[:400], "n": len(str(path.absolute()))})
