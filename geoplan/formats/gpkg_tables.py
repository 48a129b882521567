"""Tables of a GeoPackage by SQLite: names, rows, definitions of CRS; nothing in the file may run without an end."""

import math
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from geoplan.errors import InputError, Problem
from geoplan.formats import places
from geoplan.formats.opened import Cells
from geoplan.text import safe

Store = sqlite3.Connection

_STEPS = 1_000_000
_MOST_STEPS = 400
"""Hundreds of millions of steps of SQLite's machine: a view of a stranger may have no end."""

_VALUE_MOST = 200_000_000
_FIDS = frozenset({"fid", "ogc_fid"})
_LEAST_BYTES = 50_000_000


@dataclass(frozen=True, slots=True)
class Rows:
    """One table as it is.

    Parameters
    ----------
    columns : dict of str to array
        Cells; text that is not UTF-8 makes bytes of its whole column.
    blobs : array of object
        Geometry as stored (bytes), or None.
    marks : tuple of str
        ``#fid``; for a view without keys the number of the row.
    srs : str
        Number of the CRS in the file's own list, empty where none is given.
    problems : tuple of Problem
        What was wrong and has been put right.
    """

    columns: dict[str, Cells]
    blobs: Cells
    marks: tuple[str, ...]
    srs: str
    problems: tuple[Problem, ...] = ()


def connect(copy: Path) -> Store:
    """A connection to a copy that runs nothing of the file's own for ever, and no code of others at all."""
    store = sqlite3.connect(copy)
    store.text_factory = bytes
    store.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _VALUE_MOST)
    store.execute("PRAGMA trusted_schema = OFF")
    store.execute("PRAGMA mmap_size = 0")
    left = iter(range(_MOST_STEPS))
    store.set_progress_handler(lambda: next(left, None) is None, _STEPS)
    return store


@contextmanager
def speaking(shown: str) -> Iterator[None]:
    """SQLite's errors as problems of the file.

    Raises
    ------
    InputError
        ``layer.gpkg_view_endless`` or ``layer.file_broken``.
    """
    try:
        yield
    except sqlite3.OperationalError as error:
        if str(error) == "interrupted":
            raise InputError(Problem("layer.gpkg_view_endless", shown, {})) from error
        raise InputError(Problem("layer.file_broken", shown, {"cause": str(error)[:200]})) from error
    except (sqlite3.Error, UnicodeDecodeError, MemoryError, OverflowError) as error:  # its own words may be no text
        cause = "SQLite" if isinstance(error, UnicodeDecodeError) else str(error)[:200]
        raise InputError(Problem("layer.file_broken", shown, {"cause": cause})) from error


def refuse_damaged(store: Store, shown: str) -> None:
    """Refuse a file whose pages are damaged.

    Raises
    ------
    InputError
        ``layer.file_broken``.
    """
    state = _text(store.execute("PRAGMA quick_check(1)").fetchone()[0])
    if state != "ok":
        raise InputError(Problem("layer.file_broken", shown, {"cause": state[:200]}))


def layer_names(store: Store) -> list[str]:
    """Names of the tables and views that the file calls layers of features, sorted; those that do not exist are not."""
    known = _existing(store)
    called: dict[str, str] = {}
    if "gpkg_contents" in known:
        found = store.execute("SELECT table_name FROM gpkg_contents WHERE lower(data_type) = 'features'")
        called |= {_text(row[0]).casefold(): _text(row[0]) for row in found}
    if "gpkg_geometry_columns" in known:
        found = store.execute("SELECT table_name FROM gpkg_geometry_columns")
        called |= {_text(row[0]).casefold(): _text(row[0]) for row in found if _text(row[0]).casefold() not in called}
    return sorted(name for key, name in called.items() if key in known)


def definition(store: Store, srs: str) -> tuple[str, ...]:
    """Organization, code and definitions (the newer one first) of a CRS of the file's own list."""
    have = [name for name, *_ in _columns(store, "gpkg_spatial_ref_sys")]
    wanted = [c for c in ("definition_12_063", "definition") if c in have]
    if not have:
        return "", "", ""
    row = store.execute(
        f"SELECT organization, organization_coordsys_id, {', '.join(wanted) or 'NULL'}"
        " FROM gpkg_spatial_ref_sys WHERE srs_id = ?",
        (int(srs),),
    ).fetchone()
    return ("", "", "") if row is None else tuple("" if c is None else _text(c) for c in row)


def rows(store: Store, name: str, shown: str, size: int) -> Rows:
    """All rows of a table or view.

    Parameters
    ----------
    store : connection
        Of `connect`.
    name : str
        Of `layer_names`.
    shown : str
        The user's file.
    size : int
        Its bytes: a view may not give many times as much.

    Raises
    ------
    InputError
        ``layer.cells_many``, ``layer.gpkg_view_endless``, ``layer.file_no_shapes``.
    """
    columns = _columns(store, name)
    shape, srs, problems = _geometry(store, name, [c for c, *_ in columns], shown)
    key = next((c for c, primary in columns if primary == "key"), "")
    hidden = {c for c, primary in columns if primary == "blob" and c != shape}
    kept = [c for c, _ in columns if c not in hidden and c != shape and not (c == key and c.casefold() in _FIDS)]
    numbered = "rowid" if key or _is_table(store, name) else "NULL"
    wanted = ", ".join([quoted(key) if key else numbered, quoted(shape), *(quoted(c) for c in kept)])
    order = f" ORDER BY {quoted(key) if key else numbered}" if numbered != "NULL" else ""
    cursor = store.execute(f"SELECT {wanted} FROM {quoted(name)}{order}")
    found: list[tuple[object, ...]] = []
    held = 0
    while part := cursor.fetchmany(5000):
        held += sum(len(v) for row in part for v in row if isinstance(v, bytes))
        found += part
        places.refuse_crowds(len(found), len(kept) + 2, shown)
        if held > 4 * size + _LEAST_BYTES:
            raise InputError(Problem("layer.gpkg_view_endless", shown, {}))
    marks = tuple(f"#{row[0] if row[0] is not None else i}" for i, row in enumerate(found, start=1))
    blobs = np.empty(len(found), dtype=object)
    blobs[:] = [v if isinstance(v, bytes) or v is None else b"" for v in (row[1] for row in found)]
    table = {name: _cells([row[i] for row in found]) for i, name in enumerate(kept, start=2)}
    return Rows(table, blobs, marks, srs, tuple(problems))


def trust_nothing(copy: Path) -> None:
    """Take out of a copy what GDAL would believe: the stale count and the stale index."""
    with sqlite3.connect(copy) as store:
        for kind, table in store.execute(
            "SELECT type, name FROM sqlite_master WHERE lower(name) IN ('gpkg_ogr_contents', 'gpkg_extensions')"
        ).fetchall():
            store.execute(f"DROP {'VIEW' if kind == 'view' else 'TABLE'} {quoted(table)}")
    store.close()


def quoted(name: str) -> str:
    """A name as SQL takes it, whatever it holds."""
    return safe.sql_name(name)


def _existing(store: Store) -> set[str]:
    found = store.execute("SELECT name FROM sqlite_master WHERE type IN ('table', 'view')")
    return {_text(row[0]).casefold() for row in found}


def _is_table(store: Store, name: str) -> bool:
    """True for a table with row numbers."""
    found = store.execute(
        "SELECT type, sql FROM sqlite_master WHERE lower(name) = lower(?) AND type IN ('table', 'view')", (name,)
    ).fetchone()
    return bool(found and found[0] == b"table" and b"without rowid" not in bytes(found[1] or b"").lower())


def _columns(store: Store, name: str) -> list[tuple[str, str]]:
    """Names of the columns, generated ones too, each with ``key`` (a single integer key), ``blob`` or nothing."""
    found = store.execute("SELECT name, type, pk, hidden FROM pragma_table_xinfo(?)", (name,)).fetchall()
    keys = sum(1 for row in found if row[2])
    told = []
    for label, kind, primary, hidden in found:
        if hidden == 1:  # of a virtual table
            continue
        plain = _text(kind or b"").strip().upper()
        mark = "key" if primary and keys == 1 and plain == "INTEGER" else "blob" if plain == "BLOB" else ""
        told.append((_text(label), mark))
    return told


def _geometry(store: Store, name: str, columns: list[str], shown: str) -> tuple[str, str, list[Problem]]:
    """Column of the shapes and number of its CRS; where the file's list lacks it, it is found, and that is said."""
    row = None
    if _columns(store, "gpkg_geometry_columns"):
        sql = "SELECT column_name, srs_id FROM gpkg_geometry_columns WHERE lower(table_name) = lower(?)"
        row = store.execute(sql, (name,)).fetchone()
    if row is not None:
        shape = next((c for c in columns if c.casefold() == _text(row[0]).casefold()), "")
        if shape:
            return shape, _srs(row[1]), []
    for column in columns:
        sql = f"SELECT 1 FROM {quoted(name)} WHERE substr({quoted(column)}, 1, 2) = x'4750' LIMIT 1"
        if store.execute(sql).fetchone():
            sql = "SELECT srs_id FROM gpkg_contents WHERE lower(table_name) = lower(?)"
            found = store.execute(sql, (name,)).fetchone()
            said = Problem("layer.gpkg_geometry_found", shown, {"layer": name, "column": column})
            return column, _srs(found[0] if found else None), [said]
    raise InputError(Problem("layer.file_no_shapes", shown, {}))


def _srs(value: object) -> str:
    return str(value) if isinstance(value, int) else ""


def _cells(values: list[object]) -> Cells:
    """Text of a column; bytes for all of it where one cell is not UTF-8, for the encodings to decide."""
    found = np.empty(len(values), dtype=object)
    known: dict[bytes, str] = {}
    for value in values:
        if isinstance(value, bytes) and value not in known:
            try:
                known[value] = value.decode("utf-8")
            except UnicodeDecodeError:
                found[:] = values
                return found
    found[:] = [known[v] if isinstance(v, bytes) else _finite(v) for v in values]
    return found


def _finite(value: object) -> object:
    """A number as it is; one that is none as text, which the checks name."""
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value


def _text(value: object) -> str:
    return value.decode("utf-8", errors="replace") if isinstance(value, bytes) else str(value)
