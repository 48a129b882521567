"""Cells into values of a kind: numbers, dates, codes and choices, read only where there is one way to read them."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from geoplan.errors import Problem
from geoplan.formats.decimals import number_reader
from geoplan.formats.grids import Flawed, flaws
from geoplan.formats.opened import Cells
from geoplan.formats.verdict import Verdict
from geoplan.layers import days
from geoplan.layers.kinds import Field, Kind
from geoplan.text.letters import column_key, nfc
from geoplan.text.personal import quotable

NULL_WORDS = frozenset(
    {"null", "none", "nan", "n/a", "#n/a", "<null>", "-", "--", "—", "–", "…", "...", "nil", "(null)", "(trống)"}
    | {"không rõ", "không có", "không xác định", "không biết", "không có số liệu", "chưa có", "chưa rõ"}
    | {"chưa xác định", "chưa biết", "chưa cập nhật", "chưa có số liệu", "ko có", "ko rõ", "k có", "kxđ", "(blank)"}
)
"""Words that stand for nothing: told, and missing."""
_NULL_NUMBERS = frozenset({"không", "ko", "na", "n.a.", "n.a", "chưa", "trống", "?", "nodata", "no data"})
"""Words that stand for nothing where a number or a day is wanted; as text they may be a name (Bản Na)."""
FIRST_YEAR, LAST_YEAR = 1950, 2100
LONGEST_NUMBER = 1e15
"""Excel keeps fifteen figures: a longer key that is a number has lost its last ones."""
UNIT = re.compile(r"(?P<number>[+-]?\d[\d.,\s]*?)\s*(?P<unit>[A-Za-zÀ-ỹĐđ%][^\d,;]*[2²3³]?)")
"""A number with a word behind it."""
_UNITS = {"ha": 1.0, "hecta": 1.0, "hectare": 1.0, "hectares": 1.0, "hécta": 1.0, "m2": 0.0001, "met vuong": 0.0001}
_UNITS |= {"mét vuông": 0.0001, "km2": 100.0}
_SHORTENED = re.compile(r"\d[.,]\d+[eE]\+\d{2}")
"""How Excel writes a long number into a text: its last figures are gone."""
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}(?:T[\d:]+)?$")
"""How a day of Excel comes: a key 3-2 that Excel has taken for one."""


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
    bare, nulls = _bare(found, f)
    flawed = [p for p in flaws(found, f.name, where, names) if p.key != "layer.cell_merged" or f.kind in NUMERIC]
    (column.said.refuse if f.strict else column.said.tell)(flawed)
    stars = [i for i, cell in enumerate(bare) if _starred(cell)] if f.kind in NUMERIC and not f.required else []
    for i in stars:
        bare[i] = None
    if stars:
        _tell(column.said.warnings, "layer.null_stars", f, where, stars, bare, found, names)
    if nulls:
        _tell(column.said.warnings, "layer.null_words", f, where, nulls, bare, found, names)
    reader = _reader(f, bare, factor)
    values: list[Any] = [None] * len(bare)
    bad: list[int] = []
    known: dict[tuple[type, Any], Any] = {}
    for i, cell in enumerate(bare):
        if cell is None:
            continue
        this = (type(cell), cell)  # 1 and 1.0 and true are equal, and not the same
        if this not in known:
            try:
                known[this] = reader(cell)
            except _UnreadableError:
                known[this] = _UnreadableError
        values[i] = known[this]
        if values[i] is _UnreadableError:
            values[i] = None
            bad.append(i)
    if bad:
        _tell_bad(column, f, where, bad, bare, found, names)
    _doubts(column.said, f, factor, where, bare, found, names)
    column.values = _series(f.kind, values, factor)
    if f.required and not f.blanks:
        named = {*bad, *(i for i, cell in enumerate(found) if isinstance(cell, Flawed) and not _harmless(cell, f))}
        missing = [i for i, v in enumerate(values) if v is None and i not in named]
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


def _bare(found: Cells, f: Field) -> tuple[list[Any], list[int]]:
    """Cells with text trimmed, blanks, flawed cells and null words as None; positions of the null words."""
    words = NULL_WORDS | _NULL_NUMBERS if f.kind in (*NUMERIC, Kind.DATE) else NULL_WORDS
    bare: list[Any] = []
    nulls: list[int] = []
    known: dict[str, tuple[str | None, bool]] = {}  # most columns have few texts
    for i, cell in enumerate(found.tolist()):
        value = cell
        if isinstance(cell, Flawed) and not _harmless(cell, f):
            value = None
        elif isinstance(cell, str):
            if cell not in known:
                text = nfc(cell)
                null = text.casefold() in words
                known[cell] = (None if null or text == "" else text, null)
            value, null = known[cell]
            if null:
                nulls.append(i)
        bare.append(value)
    return bare, nulls


def _harmless(cell: Flawed, f: Field) -> bool:
    """A code that is merged over several rows is the code of each; only a number would be added up."""
    return cell.flaw == "merged" and f.kind not in NUMERIC


NUMERIC = (Kind.NUMBER, Kind.INTEGER, Kind.YEAR)


def _reader(f: Field, bare: list[Any], factor: float) -> Callable[[Any], Any]:
    if f.kind in NUMERIC:
        number = number_reader(_without_unit(c, f, factor) for c in bare if isinstance(c, str))

        def read_number(cell: Any) -> float:
            value = number(_without_unit(cell, f, factor) if isinstance(cell, str) else cell)
            if value is None:
                raise _UnreadableError
            return value

        if f.kind is Kind.NUMBER:
            return lambda cell: read_number(_no_truth(cell))
        return lambda cell: _whole(read_number(cell), year=f.kind is Kind.YEAR)
    if f.kind is Kind.CHOICE:
        known = {column_key(v): v for v in f.choices}
        for value, aliases in f.choices.items():
            known.update({column_key(a.name): value for a in aliases})
        return lambda cell: _choice(cell, known)
    if f.kind is Kind.DATE:
        return _date
    return {Kind.TEXT: _text, Kind.KEY: _key, Kind.UNIT: _unit}[f.kind]


def _no_truth(cell: Any) -> Any:
    """The cell, unless it is yes or no: `true` is no hectare."""
    if isinstance(cell, bool | np.bool_):
        raise _UnreadableError
    return cell


def _without_unit(text: str, f: Field, factor: float) -> str:
    """A number without the unit behind it, where that is the unit of its column."""
    unit = UNIT.fullmatch(text)
    if unit is None or not _of_ground(f) or _UNITS.get(_spelled(unit["unit"])) != factor:
        return text
    return unit["number"]


def _spelled(unit: str) -> str:
    return unit.casefold().replace("²", "2").replace("^", "").replace("-", "").replace("é", "e").strip(". ")


def _of_ground(f: Field) -> bool:
    return f.name.endswith("_ha") or f.name == "dtich"


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


def _key(cell: Any) -> str:
    shortened = isinstance(cell, str) and _SHORTENED.fullmatch(cell)
    if shortened or (isinstance(cell, float) and abs(cell) >= LONGEST_NUMBER):
        raise _UnreadableError
    return _text(cell)


def _date(cell: Any) -> date | None:
    try:
        return days.day(cell if isinstance(cell, date) else _text(cell))
    except ValueError as error:
        raise _UnreadableError from error


def _tell_bad(
    column: Column, f: Field, where: str, bad: list[int], bare: list[Any], found: Cells, names: Sequence[str]
) -> None:
    """Unreadable cells, each with its cause: of a field that counts as errors, of another as one warning."""
    if not f.strict:
        _tell(column.said.warnings, "layer.value_unread", f, where, bad, bare, found, names)
        return
    causes: dict[str, list[int]] = {}
    for i in bad:
        causes.setdefault(_complaint(f, bare[i], bare), []).append(i)
    for key, rows in causes.items():
        _tell(column.said.errors, key, f, where, rows, bare, found, names)


def _complaint(f: Field, cell: Any, bare: list[Any]) -> str:
    if f.kind is Kind.DATE:
        return days.complaint(cell if isinstance(cell, str | int | float) else str(cell), bare)
    if f.kind in NUMERIC and isinstance(cell, str):
        if f.kind is Kind.NUMBER and re.fullmatch(r"[+-]?\d{1,3}[.,]\d{3}", cell):
            return "layer.number_ambiguous"
        if UNIT.fullmatch(cell):
            return "layer.number_unit"
    if f.kind in (Kind.KEY, Kind.TEXT):
        return "layer.key_rounded"
    named = {
        Kind.UNIT: "layer.unit_code_unreadable", Kind.CHOICE: "layer.choice_unknown", Kind.YEAR: "layer.year_unreadable"
    }  # fmt: skip
    return named.get(f.kind, "layer.number_unreadable")


def _doubts(
    said: Verdict, f: Field, factor: float, where: str, bare: list[Any], found: Cells, names: Sequence[str]
) -> None:
    """Cells that were read in the one way that is usual here, which the office should know."""
    if f.kind is Kind.DATE:
        rows = days.either_way(bare)
        if rows:
            _tell(said.warnings, "layer.date_day_first", f, where, rows, bare, found, names)
    if f.kind is Kind.KEY:
        rows = [i for i, c in enumerate(bare) if isinstance(c, date) or (isinstance(c, str) and _DAY.match(c))]
        if rows:
            _tell(said.warnings, "layer.key_days", f, where, rows, bare, found, names)
    if f.kind is Kind.NUMBER:
        rows = [i for i, c in enumerate(bare) if isinstance(c, str) and _without_unit(c, f, factor) != c]
        if rows:
            _tell(said.warnings, "layer.number_with_unit", f, where, rows, bare, found, names)


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
    seen = dict.fromkeys(quotable(str(found[i]))[:40] for i in rows if found[i] is not None)
    facts: dict[str, str | int | float] = {
        "field": f.name,
        "meaning": f.meaning,
        "n": len(rows),
        "values": "…" if f.private else ", ".join(f"“{v}”" for v in list(seen)[:5]),
        "known": ", ".join(f.choices),
    }
    into.append(Problem(key, where, facts, tuple(names[i] for i in rows)))
