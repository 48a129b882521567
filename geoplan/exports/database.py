"""How every GeoPackage is written here: a pinned time, packed pages, read back and whole before it gets its name."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pyogrio
from pyogrio.errors import DataLayerError, DataSourceError

from geoplan.errors import PlaceUnavailable, Problem
from geoplan.writing import write_file


def write(path: Path, day: str, fill: Callable[[Path], None], check: Callable[[Path], bool]) -> None:
    """Write a GeoPackage, whole or not at all; the same rows give the same bytes.

    Parameters
    ----------
    path : Path
        Final name.
    day : str
        ISO text; stands for the current time in the file.
    fill : callable
        Makes the file at the path that it is given.
    check : callable
        Reads the file back; False where it does not give what was written.

    Raises
    ------
    PlaceUnavailable
        As `writing.write_file`; ``write.failed`` where GDAL or SQLite cannot write; ``write.unverified``.
    """

    def writer(temporary: Path) -> None:
        with TemporaryDirectory(dir=temporary.parent, prefix=temporary.name) as room, _worded(path):
            made = Path(room) / "made.gpkg"
            with _dated(day):
                fill(made)
            with closing(sqlite3.connect(made, isolation_level=None)) as base:
                base.execute("PRAGMA temp_store = MEMORY")
                base.execute("VACUUM")
            if not (check(made) and is_whole(made)):
                raise PlaceUnavailable(Problem("write.unverified", str(path), {"path": str(path)}))
            made.replace(temporary)

    write_file(path, writer)


def is_whole(path: Path) -> bool:
    """True if SQLite finds no fault in the pages of the file."""
    with closing(sqlite3.connect(path)) as base:
        return bool(base.execute("PRAGMA integrity_check").fetchone() == ("ok",))


@contextmanager
def _dated(day: str) -> Iterator[None]:
    """GDAL writes this day for the current time."""
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": f"{day}T00:00:00.000Z"})
    try:
        yield
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": None})


@contextmanager
def _worded(path: Path) -> Iterator[None]:
    """What GDAL and SQLite say of a full disk or a lost share, as a problem that names the file."""
    try:
        yield
    except (DataSourceError, DataLayerError, sqlite3.Error) as error:
        key = "write.disk_full" if "full" in str(error).lower() else "write.failed"
        raise PlaceUnavailable(Problem(key, str(path), {"path": str(path), "reason": str(error)})) from error
