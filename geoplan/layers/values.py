"""Cells into values of a kind: numbers, dates, codes and choices, read only where there is one way to read them."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import numpy as np
import pandas as pd

from geoplan.errors import Problem
from geoplan.layers.decimals import number_reader
from geoplan.layers.kinds import Field, Kind
from geoplan.layers.opened import Cells
from geoplan.layers.verdict import Verdict
from geoplan.text.letters import column_key, nfc

NULL_WORDS = frozenset(
    {"null", "none", "nan", "n/a", "#n/a", "<null>", "-", "--", "—", "không rõ", "không có", "nil", "(null)"}
)
"""Words that stand for nothing: told, and missing."""
FIRST_YEAR, LAST_YEAR = 1950, 2100

_DAY_FIRST = re.compile(r"^(?P<d>\d{1,2})[/.\-](?P<m>\d{1,2})[/.\-](?P<y>\d{4})$")
_YEAR_FIRST = re.compile(r"^(?P<y>\d{4})[/\-](?P<m>\d{1,2})[/\-](?P<d>\d{1,2})(?:[T ][0-9:.]+(?:Z|[+\-][0-9:]+)?)?$")
_PACKED = re.compile(r"^(?P<y>(?:19|20)\d{2})(?P<m>\d{2})(?P<d>\d{2})$")
_NO_DATE = frozenset({"00000000", "0", "0000-00-00", "00/00/0000"})


@dataclass(slots=True)
class Column:
    """Values of one field with what must be said; rows are positions."""

    values: pd.Series
    said: Verdict = field(default_factory=Verdict)


class _UnreadableError(ValueError):
    """A cell cannot be read as its kind."""


def read(f: Field, found: Cells, factor: float, where: str, names: Sequence[str]) -> Column:
    """Cells of one field as values of its kind.

    Parameters
    ----------
    f : Field
        Its kind decides how a cell is read; `strict` whether an unreadable one is refused or told.
    found : array of object
        Cells; None is missing.
    factor : float
        What numbers are multiplied by.
    where : str
        File, for the messages.
    names : sequence of str
        Names of the rows, for the messages.

    Returns
    -------
    Column
        Series of the dtype that `Kind` says; missing values are None, NA or NaN.
    """
    column = Column(empty(f.kind, len(found)))
    bare, nulls = _bare(found)
    stars = [i for i, cell in enumerate(bare) if _starred(cell)] if f.kind in NUMERIC and not f.required else []
    for i in stars:
        bare[i] = None
    if stars:
        _tell(column.said.warnings, "layer.null_stars", f, where, stars, bare, found, names)
    if nulls:
        _tell(column.said.warnings, "layer.null_words", f, where, nulls, bare, found, names)
    reader = _reader(f, bare)
    values: list[Any] = [None] * len(bare)
    bad: list[int] = []
    for i, cell in enumerate(bare):
        if cell is None:
            continue
        try:
            values[i] = reader(cell)
        except _UnreadableError:
            bad.append(i)
    if bad:
        key = _complaint(f, [bare[i] for i in bad]) if f.strict else "layer.value_unread"
        _tell(column.said.errors if f.strict else column.said.warnings, key, f, where, bad, bare, found, names)
    column.values = _series(f.kind, values, factor)
    if f.required and not f.blanks:
        missing = [i for i, v in enumerate(values) if v is None and i not in set(bad)]
        if missing:
            _tell(column.said.errors, "layer.value_missing", f, where, missing, bare, found, names)
    return column


def empty(kind: Kind, rows: int) -> pd.Series:
    """Column of missing values of a kind."""
    return _series(kind, [None] * rows, 1.0)


def _series(kind: Kind, values: list[Any], factor: float) -> pd.Series:
    if kind in (Kind.INTEGER, Kind.YEAR):
        return pd.Series(pd.array(values, dtype="Int64"))
    if kind is Kind.NUMBER:
        numbers = np.array([np.nan if v is None else v for v in values], dtype=np.float64)
        return pd.Series(numbers * factor)
    found = np.empty(len(values), dtype=object)
    found[:] = values
    return pd.Series(found, dtype=object)


def _starred(cell: Any) -> bool:
    """A DBF number of stars only: how GDAL and QGIS write a missing one (and old programs one that was too wide)."""
    return isinstance(cell, str) and set(cell) == {"*"}


def _bare(found: Cells) -> tuple[list[Any], list[int]]:
    """Cells with text trimmed, blanks and null words as None; positions of the null words."""
    bare: list[Any] = []
    nulls: list[int] = []
    for i, cell in enumerate(found.tolist()):
        value = nfc(cell) if isinstance(cell, str) else cell
        if isinstance(value, str) and value.casefold() in NULL_WORDS:
            nulls.append(i)
            value = None
        bare.append(None if value == "" else value)
    return bare, nulls


NUMERIC = (Kind.NUMBER, Kind.INTEGER, Kind.YEAR)


def _reader(f: Field, bare: list[Any]) -> Callable[[Any], Any]:
    if f.kind in NUMERIC:
        number = number_reader(c for c in bare if isinstance(c, str))

        def read_number(cell: Any) -> float:
            value = number(cell)
            if value is None:
                raise _UnreadableError
            return value

        if f.kind is Kind.NUMBER:
            return read_number
        return lambda cell: _whole(read_number(cell), year=f.kind is Kind.YEAR)
    if f.kind is Kind.CHOICE:
        known = {column_key(v): v for v in f.choices}
        for value, aliases in f.choices.items():
            known.update({column_key(a.name): value for a in aliases})
        return lambda cell: _choice(cell, known)
    return {Kind.TEXT: _text, Kind.KEY: _text, Kind.UNIT: _unit, Kind.DATE: _date}[f.kind]


def _whole(value: float, *, year: bool) -> int | None:
    if value != int(value):
        raise _UnreadableError
    whole = int(value)
    if abs(whole) > 2**53:
        raise _UnreadableError
    if year:
        if whole == 0:
            return None
        if not FIRST_YEAR <= whole <= LAST_YEAR:
            raise _UnreadableError
    return whole


def _text(cell: Any) -> str:
    if isinstance(cell, bool):
        return str(int(cell))
    if isinstance(cell, float) and cell == int(cell) and abs(cell) < 2**53:
        return str(int(cell))
    return str(cell)


def _unit(cell: Any) -> str:
    text = _text(cell)
    if text.endswith(".0"):
        text = text[:-2]
    if not (text.isascii() and text.isdigit()) or len(text) > 5 or int(text) == 0:
        raise _UnreadableError
    return text.zfill(5)


def _choice(cell: Any, known: dict[str, str]) -> str:
    key = column_key(_text(cell))
    if key not in known:
        raise _UnreadableError
    return known[key]


def _date(cell: Any) -> date | None:
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    text = _text(cell)
    if text in _NO_DATE:
        return None
    for form in (_DAY_FIRST, _YEAR_FIRST, _PACKED):
        match = form.match(text)
        if match is not None:
            try:
                return date(int(match["y"]), int(match["m"]), int(match["d"]))
            except ValueError as error:
                raise _UnreadableError from error
    raise _UnreadableError


def _complaint(f: Field, cells: list[Any]) -> str:
    if f.kind is Kind.NUMBER and all(isinstance(c, str) and re.fullmatch(r"[+-]?\d{1,3}[.,]\d{3}", c) for c in cells):
        return "layer.number_ambiguous"
    named = {
        Kind.DATE: "layer.date_unreadable", Kind.UNIT: "layer.unit_code_unreadable", Kind.CHOICE:
        "layer.choice_unknown", Kind.YEAR: "layer.year_unreadable",
    }  # fmt: skip
    return named.get(f.kind, "layer.number_unreadable")


def _tell(
    into: list[Problem],
    key: str,
    f: Field,
    where: str,
    rows: list[int],
    bare: list[Any],
    found: Cells,
    names: Sequence[str],
) -> None:
    seen = dict.fromkeys(str(found[i])[:40] for i in rows if found[i] is not None)
    facts: dict[str, str | int | float] = {
        "field": f.name,
        "meaning": f.meaning,
        "n": len(rows),
        "values": "…" if f.private else ", ".join(f"“{v}”" for v in list(seen)[:5]),
        "known": ", ".join(f.choices),
    }
    into.append(Problem(key, where, facts, tuple(names[i] for i in rows)))
