"""Files on the disk: what may be opened, copied so that the user's own stays as it is, and hashed."""

import hashlib
import os
import re
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path

from geoplan.errors import InputError, PlaceUnavailable, Problem
from geoplan.text.letters import nfc

_ADDRESS = re.compile(r"^[A-Za-z][A-Za-z0-9+._\-]+:")
_VIRTUAL = re.compile(r"^[\\/]+vsi", re.IGNORECASE)
_BLOCK = 1 << 20
MOST_CELLS = 16_000_000
"""Cells of one table: some 1.5 GB as objects."""


def refuse_addresses(shown: str, path: Path | None = None) -> None:
    """Refuse what is no plain file: a URL, a database string, a GDAL virtual path.

    Raises
    ------
    InputError
        ``layer.not_a_file``.
    """
    drive = len(shown) > 1 and shown[1] == ":" and shown[0].isalpha()
    texts = [shown] if path is None else [shown, path.as_posix()]
    if (_ADDRESS.match(shown) and not drive) or any(_VIRTUAL.match(t) for t in texts) or "\x00" in shown:
        raise InputError(Problem("layer.not_a_file", shown[:200], {"path": shown[:200]}))


def on_disk(path: Path) -> Path:
    """The path as the disk spells it: a name typed in NFC finds the one that a Mac or a phone has written in NFD."""
    found = Path(path.anchor)
    for part in path.parts[1:] if path.anchor else path.parts:
        here = found / part
        if not here.exists() and found.is_dir() and os.access(found, os.R_OK):
            alike = [p for p in found.iterdir() if nfc(p.name) == nfc(part)]
            here = alike[0] if len(alike) == 1 else here
        found = here
    return found


def present(path: Path, shown: str) -> Path:
    """The file, if it is an ordinary, readable, non-empty one.

    Raises
    ------
    InputError
        ``layer.file_missing``, ``layer.file_is_folder``, ``layer.file_empty``.
    PlaceUnavailable
        ``layer.file_locked`` where reading is not allowed.
    """
    if not path.exists():
        near = _alike(path)
        key = "layer.file_missing_near" if near else "layer.file_missing"
        raise InputError(Problem(key, shown, {"path": shown, "near": near}))
    if not path.is_file():
        raise InputError(Problem("layer.file_is_folder", shown, {"path": shown}))
    try:
        with path.open("rb") as file:
            first = file.read(1)
    except OSError as error:
        raise PlaceUnavailable(Problem("layer.file_locked", shown, {"path": shown})) from error
    if not first:
        raise InputError(Problem("layer.file_empty", shown, {"path": shown}))
    return path


def _alike(path: Path) -> str:
    """A file of the same folder whose name differs only by case or ending, to be named in the message."""
    if not path.parent.is_dir():
        return ""
    alike = [p.name for p in path.parent.iterdir() if p.stem.casefold() == path.stem.casefold() and p.is_file()]
    return ", ".join(sorted(alike)[:3])


def refuse_crowds(rows: int, columns: int, shown: str) -> None:
    """Refuse a table of more cells than memory holds.

    Raises
    ------
    InputError
        ``layer.cells_many``.
    """
    if rows * columns > MOST_CELLS:
        raise InputError(Problem("layer.cells_many", shown, {"rows": rows, "columns": columns, "most": MOST_CELLS}))


def sidecars(path: Path, endings: Iterable[str]) -> dict[str, Path]:
    """Files beside `path` of the same stem, by lower-case ending, whatever the case on the disk."""
    wanted = {e.casefold() for e in endings}
    stem = path.stem.casefold()
    beside = (p for p in sorted(path.parent.iterdir()) if p.stem.casefold() == stem and p.is_file())
    found: dict[str, Path] = {}
    for file in beside:
        ending = file.suffix.casefold()
        if ending in wanted and (ending not in found or file.stem == path.stem):
            found[ending] = file
    return found


def copied(sources: Sequence[tuple[Path, Path]], shown: str) -> str:
    """Copy files and return one SHA-256 over the bytes that were copied (their count and order included).

    Parameters
    ----------
    sources : sequence of (from, to)
        Every file of the layer.

    Raises
    ------
    PlaceUnavailable
        ``layer.file_locked`` or ``layer.copy_failed`` (no room in the temporary folder).
    """
    digest = hashlib.sha256()
    for source, target in sources:
        try:
            with source.open("rb") as there, target.open("wb") as here:
                digest.update(source.suffix.casefold().encode() + b"\0")
                while block := there.read(_BLOCK):
                    digest.update(block)
                    here.write(block)
        except PermissionError as error:
            raise PlaceUnavailable(Problem("layer.file_locked", shown, {"path": shown})) from error
        except OSError as error:
            free = shutil.disk_usage(target.parent).free // 1_000_000
            facts: dict[str, str | int | float] = {"path": shown, "free_mb": free, "cause": error.strerror or ""}
            raise PlaceUnavailable(Problem("layer.copy_failed", shown, facts)) from error
    return digest.hexdigest()


def hashed(path: Path, shown: str) -> str:
    """SHA-256 of one file.

    Raises
    ------
    PlaceUnavailable
        ``layer.file_locked``.
    """
    digest = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while block := file.read(_BLOCK):
                digest.update(block)
    except OSError as error:
        raise PlaceUnavailable(Problem("layer.file_locked", shown, {"path": shown})) from error
    return digest.hexdigest()


def relative(path: Path, root: Path, shown: str) -> str:
    """The path as evidence names it: relative to the project, forward slashes; outside of it only the file's name."""
    try:
        return path.resolve().relative_to(root.resolve()).as_posix()
    except ValueError:
        return shown.replace("\\", "/") if not Path(shown).is_absolute() else path.name
