"""What every GeoPackage written here needs: a pinned time, packed pages, a whole database, words for a full disk."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pyogrio
from pyogrio.errors import DataLayerError, DataSourceError

from geoplan.errors import PlaceUnavailable, Problem


@contextmanager
def dated(day: str) -> Iterator[None]:
    """GDAL writes this day (ISO text) for the current time, so that the same rows give the same bytes."""
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": f"{day}T00:00:00.000Z"})
    try:
        yield
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": None})


@contextmanager
def worded(path: Path) -> Iterator[None]:
    """What GDAL and SQLite say of a full disk or a lost share, as a problem that names the file.

    Raises
    ------
    PlaceUnavailable
        ``write.disk_full`` or ``write.failed``.
    """
    try:
        yield
    except (DataSourceError, DataLayerError, sqlite3.Error) as error:
        key = "write.disk_full" if "full" in str(error).lower() else "write.failed"
        raise PlaceUnavailable(Problem(key, str(path), {"path": str(path), "reason": str(error)})) from error


def packed(base: sqlite3.Connection) -> None:
    """Every page written anew in one order. The connection stands outside of a transaction."""
    base.execute("PRAGMA temp_store = MEMORY")
    base.execute("VACUUM")


def is_whole(path: Path) -> bool:
    """True if SQLite finds no fault in the pages of the file."""
    with closing(sqlite3.connect(path)) as base:
        return bool(base.execute("PRAGMA integrity_check").fetchone() == ("ok",))
