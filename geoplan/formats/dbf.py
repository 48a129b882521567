"""The table of a Shapefile, byte by byte: GDAL drops letters under a CP1258 ``.cpg`` and makes nothing of ``****``.

The header's code page is not read: offices write TCVN3 and UTF-8 under whatever their program puts there.
"""

import datetime
import math
import re
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from geoplan.errors import InputError, Problem
from geoplan.formats import places
from geoplan.formats.opened import Cells, Whole

_END = 0x0D
_DELETED = b"*"
_DBASE_7 = 4
_FOXPRO = frozenset({0x30, 0x31, 0x32})
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_KNOWN_FLAGS = {"T": 1, "Y": 1, "F": 0, "N": 0}
_WIDE = re.compile(rb"(?:\0[^\0]|[^\0]\0)(?:\0[^\0]|[^\0]\0|[^\0]{2}(?=.?\0))", re.DOTALL)
"""Letters of two bytes, of which the plain ones have a NUL."""
_JULIAN = 2440588
"""Julian day of 1970-01-01."""
Cell = int | float | str | bytes | None


@dataclass(frozen=True, slots=True)
class Dbf:
    """Columns of a DBF in file order, deleted rows included.

    Text cells are bytes; names are Latin-1 stand-ins for bytes. `deleted` marks rows; `repeated` are names that come
    twice; `problems` is what must be said.
    """

    columns: dict[str, Cells]
    deleted: np.ndarray[Any, np.dtype[np.bool_]]
    repeated: frozenset[str]
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class _Field:
    name: str
    kind: str
    width: int


def read(raw: bytes, shown: str, shapes: int | None = None) -> Dbf:
    """A whole DBF.

    Parameters
    ----------
    raw : bytes
        The file.
    shown : str
        The user's file, for the messages.
    shapes : int, optional
        Number of shapes: where the header states fewer rows than stand in the file, and these are as many as the
        shapes, the rows are believed, and that is said.

    Raises
    ------
    InputError
        ``layer.dbf_broken`` if the header makes no sense, ``layer.dbf_cut`` if rows are missing at the end,
        ``layer.dbf_kind`` for a dBASE 7 table, ``layer.dbf_utf16``, ``layer.cells_many``.
    """
    if len(raw) < 33:
        raise InputError(Problem("layer.dbf_broken", shown, {}))
    if raw[0] & 7 == _DBASE_7:
        raise InputError(Problem("layer.dbf_kind", shown, {}))
    rows, start, width = struct.unpack_from("<IHH", raw, 4)
    fields = _fields(raw, start, width)
    if fields is None:
        raise InputError(Problem("layer.dbf_broken", shown, {}))
    problems = []
    whole = (len(raw) - start) // width
    if whole < rows:
        raise InputError(Problem("layer.dbf_cut", shown, {"rows": rows, "whole": whole}, (f"#{whole + 1}",)))
    if shapes == whole > rows and (len(raw) - start) % width <= 1:
        problems.append(Problem("layer.dbf_count", shown, {"rows": rows, "whole": whole}))
        rows = whole
    places.refuse_crowds(rows, len(fields), shown)
    table = np.frombuffer(raw, dtype=_layout(fields), count=rows, offset=start)
    columns: dict[str, Cells] = {}
    repeated, unread = set(), []
    for i, each in enumerate(fields):
        if each.name in columns:
            repeated.add(each.name)
            continue
        reader = _reader(each, foxpro=raw[0] in _FOXPRO)
        if reader is not None:
            columns[each.name] = _cells(table[f"f{i}"], reader)
            problems += _after_nul(table[f"f{i}"], each, shown)
        elif each.kind != "0":
            unread.append(each.name)
    if unread:
        problems.append(Problem("layer.dbf_memo", shown, {"columns": ", ".join(unread)}))
    return Dbf(columns, table["flag"] == _DELETED, frozenset(repeated), tuple(problems))


def _layout(fields: list[_Field]) -> np.dtype[Any]:
    return np.dtype([("flag", "S1"), *((f"f{i}", f"V{f.width}") for i, f in enumerate(fields))])


def _fields(raw: bytes, start: int, width: int) -> list[_Field] | None:
    """Fields whose widths add up to that of a row; None where no reading of the header does.

    Clipper and FoxPro keep the high byte of a long text's width where others keep decimals.
    """
    for long_text in (True, False):
        found = []
        at = 32
        while at + 32 <= min(start, len(raw)) and raw[at] != _END:
            name = raw[at : at + 11].split(b"\0")[0].strip().decode("latin-1")
            kind, size = chr(raw[at + 11]).upper(), raw[at + 16]
            if kind == "C" and long_text:
                size += raw[at + 17] << 8
            found.append(_Field(name, kind, size))
            at += 32
        sound = all(f.width > 0 and f.name for f in found)
        if found and sound and 1 + sum(f.width for f in found) == width:
            return found
    return None


def _reader(field: _Field, *, foxpro: bool) -> Callable[[bytes], Cell] | None:
    """What makes a value of a cell's bytes; None for a column whose text lies in another file."""
    if field.kind in _BINARY:
        width, reader = _BINARY[field.kind]
        return reader if field.width == width and (foxpro or field.kind != "B") else None
    return _AS_TEXT.get(field.kind)


def _cells(column: Any, reader: Callable[[bytes], Cell]) -> Cells:
    """Values of a column; equal cells are one object, so that a table of a province fits into memory."""
    known: dict[bytes, Cell] = {}
    found = np.empty(len(column), dtype=object)
    for i, cell in enumerate(column.tolist()):
        if cell not in known:
            known[cell] = reader(bytes(cell))
        found[i] = known[cell]
    return found


def _after_nul(column: Any, field: _Field, shown: str) -> list[Problem]:
    """Text behind a NUL, where C programs leave rubbish: told; letters with NULs between are UTF-16, and refused."""
    if field.kind != "C":
        return []
    rows = [i for i, cell in enumerate(column.tolist()) if b"\0" in bytes(cell).strip(b"\0 ")]
    if not rows:
        return []
    wide = sum(_WIDE.match(bytes(column[i])) is not None for i in rows)
    facts: dict[str, str | int | float] = {"column": field.name, "n": len(rows)}
    marks = tuple(f"#{i + 1}" for i in rows)
    if 2 * wide > len(rows):
        raise InputError(Problem("layer.dbf_utf16", shown, facts, marks))
    return [Problem("layer.dbf_after_nul", shown, facts, marks)]


def _text(cell: bytes) -> bytes | None:
    text = cell.split(b"\0")[0].strip(b" ")
    return (text if cell[-1:] not in b" \0" else Whole(text)) or None


def _plain(cell: bytes) -> str | None:
    return cell.replace(b"\0", b" ").strip().decode("latin-1") or None


def _number(cell: bytes) -> Cell:
    """Number of a cell, None for blank, and the text itself where it is no number: the checks name it."""
    text = _plain(cell)
    if text is None or not _NUMBER.fullmatch(text):
        return text
    value = int(text) if text.lstrip("+-").isdigit() else float(text)
    return value if math.isfinite(value) else text


def _date(cell: bytes) -> str | None:
    text = _plain(cell)
    return None if text is None or not text.strip("0") else text


def _flag(cell: bytes) -> Cell:
    text = _plain(cell)
    return None if text in {None, "?"} else _KNOWN_FLAGS.get(str(text).upper(), text)


def _integer(cell: bytes) -> int:
    return int(struct.unpack("<i", cell)[0])


def _double(cell: bytes) -> float | None:
    value = float(struct.unpack("<d", cell)[0])
    return value if value == value else None


def _money(cell: bytes) -> float:
    return int(struct.unpack("<q", cell)[0]) / 10_000


def _moment(cell: bytes) -> str | None:
    """ISO text of a Julian day and the milliseconds of it; None for blank, the bare numbers where they are no time."""
    day, milliseconds = struct.unpack("<ii", cell)
    if not cell.strip(b" \0"):
        return None
    ordinal = day - _JULIAN + datetime.date(1970, 1, 1).toordinal()
    if not 1 <= ordinal <= datetime.date.max.toordinal() or not 0 <= milliseconds < 86_400_000:
        return f"{day} {milliseconds}"
    moment = datetime.datetime.combine(datetime.date.fromordinal(ordinal), datetime.time())
    return (moment + datetime.timedelta(milliseconds=milliseconds)).isoformat()


_AS_TEXT = {"C": _text, "V": _text, "N": _number, "F": _number, "D": _date, "L": _flag}
_BINARY = {
    "I": (4, _integer),
    "+": (4, _integer),
    "O": (8, _double),
    "B": (8, _double),
    "T": (8, _moment),
    "@": (8, _moment),
    "Y": (8, _money),
}
"""Binary cells by type letter: width and reader. ``B`` is a number in Visual FoxPro and a memo in dBASE."""
