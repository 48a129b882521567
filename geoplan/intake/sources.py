"""Which files a command line names: files, patterns, and everything readable inside a folder."""

import re
from collections.abc import Iterable
from pathlib import Path

from geoplan.errors import InputError, Problem
from geoplan.formats import FORMATS
from geoplan.formats.places import on_disk, refuse_addresses
from geoplan.intake.grids import ENDINGS as GRIDS
from geoplan.intake.grids import READ

MOST_FILES = 500
"""More files than this in one command is a mistake: a wrong folder."""

_SCENE = re.compile(r"\.safe(\.zip)?$|^S2[ABC]_MSIL", re.IGNORECASE)
_PARTS = frozenset(
    {
        ".dbf", ".shx", ".prj", ".cpg", ".qpj", ".sbn", ".sbx", ".qix", ".qml", ".qmd", ".sld", ".dat", ".map", ".id",
        ".ind", ".mid", ".xsd", ".gfs", ".tfw", ".ovr", ".aux", ".xml", ".wld", ".jgw", ".j2w", ".lyr", ".lock",
    }
)  # fmt: skip
"""Endings of files that belong to another one."""


def named(words: Iterable[str], here: Path) -> tuple[list[tuple[Path, str]], list[Problem]]:
    """Files with the names by which messages call them, and what is said of those left out.

    Parameters
    ----------
    words : iterable of str
        Files, folders, patterns with ``*``.
    here : Path
        Folder that relative words start from.

    Raises
    ------
    InputError
        ``layer.not_a_file`` for an address; ``intake.nothing``, ``intake.images``, ``intake.many``.
    """
    found: dict[Path, str] = {}
    said: list[Problem] = []
    for word in words:
        refuse_addresses(word)
        if any(len(part.encode("utf-8", "replace")) > 255 for part in Path(word).parts):  # no disk has such a name
            short = f"{word[:40]}…"
            raise InputError(Problem("intake.nothing", short, {"path": short, "known": ", ".join(_read())}))
        if not word.strip():
            raise InputError(Problem("intake.nothing", word, {"path": "“”", "known": ", ".join(_read())}))
        path = on_disk(here / word)
        if _SCENE.search(path.name) and path.exists():
            raise InputError(Problem("intake.images", word, {"path": word}))
        if path.is_dir() and path.suffix.casefold() not in _folders():
            inside, left = _inside(path)
            if left:
                said.append(Problem("intake.left_out", word, {"n": len(left)}, tuple(left)))
        elif any(c in path.name for c in "*?[") and not path.exists():
            inside = sorted(p for p in path.parent.glob(path.name) if _readable(p)) if path.parent.is_dir() else []
        else:
            found[path] = word
            continue
        if not inside:
            raise InputError(Problem("intake.nothing", word, {"path": word, "known": ", ".join(_read())}))
        start = Path(word) if path.is_dir() else Path(word).parent
        for each in inside:
            found[each] = (start / each.relative_to(path if path.is_dir() else path.parent)).as_posix()
    if len(found) > MOST_FILES:
        raise InputError(Problem("intake.many", "", {"n": len(found), "most": MOST_FILES}))
    return list(found.items()), said


def _inside(folder: Path) -> tuple[list[Path], list[str]]:
    """Files under a folder that a door reads, and the names of those that none does."""
    found: list[Path] = []
    left: list[str] = []
    for path in sorted(folder.rglob("*")):
        above = path.relative_to(folder).parts[:-1]
        if any(part.startswith((".", "__")) or Path(part).suffix.casefold() in _folders() for part in above):
            continue
        if path.name.startswith((".", "~$")) or path.is_symlink():
            continue
        if any(_SCENE.search(part) for part in (*above, path.name)):
            if not any(_SCENE.search(part) for part in above):
                left.append(path.relative_to(folder).as_posix())
        elif _readable(path):
            found.append(path)
        elif path.is_file() and path.suffix.casefold() not in _PARTS:
            left.append(path.relative_to(folder).as_posix())
    return found, left


def _readable(path: Path) -> bool:
    ending = path.suffix.casefold()
    return ending in _folders() if path.is_dir() else ending in _endings()


def _endings() -> tuple[str, ...]:
    return (*(ending for each in FORMATS for ending in each.endings), *GRIDS)


def _read() -> tuple[str, ...]:
    """Endings to name: of grids those that the raster door does not refuse by their kind."""
    return tuple(ending for ending in _endings() if ending not in GRIDS or ending in READ)


def _folders() -> frozenset[str]:
    return frozenset(ending for each in FORMATS if each.folder for ending in each.endings)
