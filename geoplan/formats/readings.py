"""Cells of coordinate columns as numbers: degrees or metres, and what each cell says of itself."""

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from geoplan.formats.angles import Angle, angle, step_of
from geoplan.formats.decimals import number_reader
from geoplan.text.letters import nfc

_METRE = re.compile(r"\s*(?:m|mét|met)\.?$", re.IGNORECASE)
_AXIS_MARK = re.compile(r"^\s*[xynebđ]\s*[:=]\s*", re.IGNORECASE)
_THOUSAND = re.compile(r"[1-9]\d{2}[.,]\d{3}")
_ZONE = re.compile(r"^(18|19|35|36|48|49)\s*[NPQ]?[\s.,/-]+(\d{6}(?:[.,]\d+)?)$")
_ZONES = frozenset({18, 19, 35, 36, 48, 49})
"""Zones of the two Gauss and UTM series that cover Vietnam, as some software writes them before the easting."""
_SRID = re.compile(r"^\s*SRID\s*=\s*(\d{4,6})\s*;", re.IGNORECASE)
_HEX = re.compile(r"0[01][0-9A-Fa-f]{16,}")
_SIDE = "[NSEWBTĐ]"

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Reading:
    """Two columns of numbers.

    Parameters
    ----------
    first, second : array of float64
        As the columns stand, or as the pair is written; NaN where blank or unreadable.
    degrees : bool
        Degrees, or metres of a grid.
    unread : array of bool
        Rows of which a cell is there but cannot be read.
    says_first, says_second : sequence of str
        ``lon`` or ``lat`` where the cell has a letter for it.
    steps : array of float64, (rows, 2)
        The last digit of each cell, in degrees or metres.
    prefixes : sequence of str
        Zone written before the easting, empty for none.
    """

    first: Floats
    second: Floats
    degrees: bool
    unread: npt.NDArray[np.bool_]
    says_first: Sequence[str]
    says_second: Sequence[str]
    steps: Floats
    prefixes: Sequence[str]


def read(kind: str, cells: list[list[Any]]) -> Reading:
    """Two coordinate columns (or one of pairs, or four or six of parts) as numbers.

    Degrees or metres is decided by which of the two makes coordinates of more rows; where neither does, by `kind`.
    """
    if kind == "parts":
        cells = _joined_parts(cells)
    if kind == "pair":
        cells = _split(cells[0])
    angles = [[None if c is None else angle(c) for c in column] for column in cells]
    both = list(zip(*angles, strict=True))
    as_angles = sum(p is not None and q is not None and _small(p) and _small(q) for p, q in both)
    whole = sum(p is not None and q is not None for p, q in zip(*cells, strict=True))
    metres = [_metres(column if as_angles < whole or whole == 0 else []) for column in cells]
    plain = list(zip(*(m.values for m in metres), strict=True))
    as_metres = sum(p is not None and q is not None and max(abs(p), abs(q)) > 180.0 for p, q in plain)
    degrees = as_angles > as_metres or (as_angles == as_metres and kind in {"lonlat", "parts", "pair"})
    blank = [[c is None for c in column] for column in cells]
    if degrees:
        first, second = (_floats([None if a is None else a.degrees for a in column]) for column in angles)
        steps = np.array([[a.step if a else 0.0 for a in row] for row in both], dtype=np.float64)
        says = [[a.axis if a else "" for a in column] for column in angles]
        prefixes = [""] * len(both)
    else:
        first, second = (_floats(m.values) for m in metres)
        steps = np.array(list(zip(*(m.steps for m in metres), strict=True)), dtype=np.float64)
        says = [[""] * len(plain)] * 2
        prefixes = [p or q for p, q in zip(*(m.prefixes for m in metres), strict=True)]
    there = [~np.array(b, dtype=bool) for b in blank]
    unread = (there[0] & np.isnan(first)) | (there[1] & np.isnan(second))
    unread &= ~np.array([bool(p) for p in prefixes], dtype=bool)
    return Reading(first, second, degrees, unread, says[0], says[1], steps, prefixes)


def drawn(text: str) -> Any:
    """The shape that a cell draws: WKT, EWKT, WKB in hexadecimal digits, GeoJSON; None where it draws none."""
    bare = text.strip()
    srid = _SRID.match(bare)
    try:
        if srid is not None:
            found = shapely.from_wkt(bare[srid.end() :])
            return shapely.set_srid(found, int(srid[1]))
        if _HEX.fullmatch(bare):
            return shapely.from_wkb(bare)
        if bare.startswith("{"):
            return shapely.from_geojson(bare)
        return shapely.from_wkt(bare)
    except (shapely.errors.ShapelyError, ValueError, TypeError):
        return None


@dataclass(frozen=True, slots=True)
class _Metres:
    values: list[float | None]
    steps: list[float]
    prefixes: list[str]


def _metres(cells: list[Any]) -> _Metres:
    """Metres of a column; ``432.784`` alone is thousands, as no grid of the country has so small a number."""
    bare = [
        None if c is None else _AXIS_MARK.sub("", _METRE.sub("", nfc(c))) if isinstance(c, str) else c for c in cells
    ]
    number = number_reader(c for c in bare if isinstance(c, str))
    values: list[float | None] = []
    steps: list[float] = []
    prefixes: list[str] = []
    for cell in bare:
        value = None if cell is None else number(cell)
        zone = _ZONE.match(cell) if isinstance(cell, str) else None
        if isinstance(cell, str) and _THOUSAND.fullmatch(cell):
            value = float(cell.replace(".", "").replace(",", ""))
        if isinstance(cell, str) and re.search(r"\d[eE]", cell) and step_of(cell) > 1.0:
            value = None  # 4.33E+05 has lost its last figures
        prefix = zone[1] if zone else _prefix(value)
        values.append(None if prefix else value)
        steps.append(_round_step(value) if value is not None else 0.0)
        prefixes.append(prefix)
    return _Metres(values, steps, prefixes)


def _prefix(value: float | None) -> str:
    if value is None or not 1e7 <= value < 1e8 or int(value // 1e6) not in _ZONES:
        return ""
    return str(int(value // 1e6)) if 100_000.0 <= value % 1e6 <= 900_000.0 else ""


def _round_step(value: float) -> float:
    """The largest of 1,000, 100 and 1 m of which a coordinate is a multiple; 0 below."""
    return next((step for step in (1000.0, 100.0, 1.0) if value % step == 0.0), 0.0)


def _small(found: Angle) -> bool:
    return abs(found.degrees) <= 180.0


def _floats(values: Sequence[float | None]) -> Floats:
    found = [math.nan if v is None or not math.isfinite(v) else v for v in values]
    return np.array(found, dtype=np.float64)


def _joined_parts(cells: list[list[Any]]) -> list[list[Any]]:
    """Degrees, minutes and seconds of separate columns as one text an axis."""
    half = len(cells) // 2
    return [[_one(row) for row in zip(*axis, strict=True)] for axis in (cells[:half], cells[half:])]


def _one(parts: tuple[Any, ...]) -> str | None:
    texts = ["" if p is None else f"{p:.15g}" if isinstance(p, int | float) else str(p).strip("°'\" ") for p in parts]
    if not any(texts):
        return None
    marks = "°'\""
    if len(texts) == 3 and texts[0] and texts[1] and not texts[2]:
        texts = texts[:2]
    return "".join(f"{t}{m}" for t, m in zip(texts, marks, strict=False))


def _split(cells: list[Any]) -> list[list[Any]]:
    """Both numbers of ``22.2, 105.8`` in two columns; the whole cell in both where it does not fall in two."""
    halves = [None if c is None else _halves(str(c)) for c in cells]
    return [[None if h is None else h[i] for h in halves] for i in (0, 1)]


def _halves(text: str) -> tuple[str, str]:
    bare = nfc(text).strip("()[] ")
    ways: tuple[Callable[[], list[str]], ...] = (
        lambda: re.split(r"\s*[;|/\n]\s*", bare),
        lambda: re.split(r"\s*,\s+", bare),
        lambda: bare.split(","),
        lambda: _by_letters(bare),
        lambda: bare.split(" "),
    )
    for way in ways:
        found = [part.strip() for part in way()]
        if len(found) == 2 and all(_coordinate(part) for part in found):
            return found[0], found[1]
    return bare, bare + "?"


def _by_letters(text: str) -> list[str]:
    """``22°12'N 105°50'E`` and ``N22 12 30 E105 50 12`` cut behind the first letter or before the second."""
    behind = re.match(rf"^(\d.*?{_SIDE})\s+(\d.*{_SIDE})$", text, re.IGNORECASE)
    before = re.match(rf"^({_SIDE}.*\S)\s+({_SIDE}.*)$", text, re.IGNORECASE)
    found = behind or before
    return [found[1], found[2]] if found else []


def _coordinate(text: str) -> bool:
    return angle(text) is not None or number_reader([text])(_AXIS_MARK.sub("", _METRE.sub("", text))) is not None
