"""A folder for what is only on its way, among the system's temporary files: gone at the end, named when it is full."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from geoplan.errors import GeoplanError, PlaceUnavailable, Problem

PREFIX = "geoplan-"
"""How the names of these folders begin; the number of the process follows, so that a dead one's can be told."""

_FULL_BYTES = 1_000_000


@contextmanager
def scratch() -> Iterator[Path]:
    """A temporary folder of this run's own; it goes at the end, whatever happens.

    Raises
    ------
    PlaceUnavailable
        ``write.no_scratch`` where the system has no folder for temporary files; ``write.scratch_full`` where something
        failed inside the block and the disk of that folder is full: libraries have many words for it, and few say it.
    """
    place = scratch_place()
    try:
        held = tempfile.TemporaryDirectory(prefix=f"{PREFIX}{os.getpid()}-", dir=place)
    except OSError as error:
        raise PlaceUnavailable(_full(place, error) or _none(str(place))) from error
    with held as folder:
        try:
            yield Path(folder)
        except Exception as error:
            if isinstance(error, PlaceUnavailable) and error.key.startswith("write."):
                if error.key != "write.disk_full" or not error.problems[0].where.startswith(folder):
                    raise
                raise PlaceUnavailable(_said(place, error)) from error
            full = _full(place, error)
            if full is None:
                raise
            raise PlaceUnavailable(full) from error


def scratch_place() -> Path:
    """The system's folder for temporary files, never the folder that one happens to stand in.

    Raises
    ------
    PlaceUnavailable
        ``write.no_scratch``.
    """
    asked = next((os.environ[name] for name in ("TMPDIR", "TEMP", "TMP") if os.environ.get(name)), "")
    try:
        place = Path(tempfile.gettempdir())
    except FileNotFoundError as error:
        raise PlaceUnavailable(_none(asked)) from error
    if place == Path.cwd() and not (asked and Path(asked).absolute() == place):
        raise PlaceUnavailable(_none(asked))
    return place


def _none(asked: str) -> Problem:
    return Problem("write.no_scratch", asked or tempfile.gettempprefix(), {"path": asked or "TMPDIR"})


def _full(place: Path, error: Exception) -> Problem | None:
    """The problem of a full disk, or None where it is not full."""
    if shutil.disk_usage(place).free >= _FULL_BYTES:
        return None
    return _said(place, error)


def _said(place: Path, error: Exception) -> Problem:
    """The problem of a full disk, with the file that found no room."""
    file = error.problems[0].where if isinstance(error, GeoplanError) else getattr(error, "filename", None) or place
    return Problem("write.scratch_full", str(place), {"path": str(place), "file": Path(str(file)).name})
