"""The table of a Shapefile, byte by byte: GDAL drops letters under a CP1258 ``.cpg`` and makes nothing of ``****``."""

import struct
from dataclasses import dataclass
from typing import Any

import numpy as np

from geoplan.errors import InputError, Problem
from geoplan.layers.opened import Cells

_END = 0x0D
_DELETED = b"*"


@dataclass(frozen=True, slots=True)
class Dbf:
    """Columns of a DBF in file order, deleted rows included.

    Text cells are bytes; names are Latin-1 stand-ins for bytes. `deleted` marks rows; `repeated` are names that come
    twice.
    """

    columns: dict[str, Cells]
    deleted: np.ndarray[Any, np.dtype[np.bool_]]
    repeated: frozenset[str]


def read(raw: bytes, shown: str) -> Dbf:
    """A whole DBF.

    Raises
    ------
    InputError
        ``layer.dbf_broken`` if the header makes no sense, ``layer.dbf_cut`` if rows are missing at the end.
    """
    if len(raw) < 33:
        raise InputError(Problem("layer.dbf_broken", shown, {}))
    rows, start, width = struct.unpack_from("<IHH", raw, 4)
    fields = _fields(raw, start)
    if not fields or 1 + sum(f[2] for f in fields) != width:
        raise InputError(Problem("layer.dbf_broken", shown, {}))
    whole = (len(raw) - start) // width
    if whole < rows:
        raise InputError(Problem("layer.dbf_cut", shown, {"rows": rows, "whole": whole}))
    layout = np.dtype([("flag", "S1"), *((f"f{i}", f"V{f[2]}") for i, f in enumerate(fields))])
    table = np.frombuffer(raw, dtype=layout, count=rows, offset=start)
    columns: dict[str, Cells] = {}
    repeated = set()
    for i, (name, kind, _) in enumerate(fields):
        if name in columns:
            repeated.add(name)
        elif kind in "CNFDL":
            columns[name] = _cells(table[f"f{i}"], kind)
    return Dbf(columns, table["flag"] == _DELETED, frozenset(repeated))


def _fields(raw: bytes, start: int) -> list[tuple[str, str, int]]:
    """Name, type letter and width of each field."""
    found = []
    at = 32
    while at + 32 <= min(start, len(raw)) and raw[at] != _END:
        name = raw[at : at + 11].split(b"\0")[0].strip().decode("latin-1")
        kind, width = chr(raw[at + 11]).upper(), raw[at + 16]
        if kind == "C":
            width += raw[at + 17] << 8
        found.append((name, kind, width))
        at += 32
    return found


def _cells(column: Any, kind: str) -> Cells:
    found = np.empty(len(column), dtype=object)
    if kind == "C":
        found[:] = [bytes(c).split(b"\0")[0].strip(b" ") or None for c in column.tolist()]
    elif kind == "L":
        known = {b"T": 1, b"Y": 1, b"F": 0, b"N": 0}
        found[:] = [known.get(bytes(c).strip().upper()) for c in column.tolist()]
    else:
        found[:] = [_number(bytes(c)) if kind != "D" else _plain(bytes(c)) for c in column.tolist()]
    return found


def _plain(cell: bytes) -> str | None:
    return cell.replace(b"\0", b" ").strip().decode("latin-1") or None


def _number(cell: bytes) -> int | float | str | None:
    """Number of a cell, None for blank, and the text itself where it is no number: the checks name it."""
    text = _plain(cell)
    if text is None:
        return None
    try:
        return int(text) if text.lstrip("+-").isdigit() else float(text) if "_" not in text else text
    except ValueError:
        return text
