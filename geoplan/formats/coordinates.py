"""Coordinate columns into shapes: degrees in any writing, metres with thousands signs, a pair in one cell, WKT.

Longitude and latitude of Vietnam share no value, nor do eastings and northings of its grids. So the numbers say which
column is which: a table whose X is north, as the cadastre writes it, is read right, and that is said.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from pyproj import CRS
from pyproj.exceptions import ProjError

from geoplan import crs as systems
from geoplan.crs import VIETNAM
from geoplan.errors import InputError, Problem
from geoplan.formats import readings
from geoplan.formats.axes import Axes
from geoplan.formats.opened import Cells
from geoplan.formats.readings import Reading
from geoplan.formats.records import LayerSpec
from geoplan.formats.verdict import Verdict

_LONLAT = CRS.from_user_input("EPSG:4326")
_METRES_OF_A_DEGREE = 111_000.0
_ENOUGH_ROWS = 5
_ROUGH_DEG, _VERY_ROUGH_DEG, _ROUGH_M = 0.001, 0.01, 100.0
_NORTHINGS = (900_000.0, 2_700_000.0)
_EASTINGS = (100_000.0, 900_000.0)

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


@dataclass(slots=True)
class Located:
    """Shapes of the rows, None where a coordinate is blank or unreadable.

    `crs` is what the cells themselves say (the SRID of EWKT), `degrees` whether they are longitude and latitude, `told`
    the rows without a shape whose reason is in `said`.
    """

    shapes: Cells
    degrees: bool = False
    crs: CRS | None = None
    told: frozenset[int] = frozenset()
    said: Verdict = field(default_factory=Verdict)


@dataclass(slots=True)
class _Case:
    """Two columns of numbers on their way to points."""

    axes: Axes
    spec: LayerSpec
    marks: Sequence[str]
    reading: Reading
    said: Verdict
    bad: Flags

    def rows(self, flags: Flags) -> tuple[str, ...]:
        return tuple(self.marks[i] for i in np.flatnonzero(flags).tolist())


def located(
    columns: Mapping[str, Cells],
    axes: Axes,
    marks: Sequence[str],
    spec: LayerSpec,
    text: Callable[[Any], str | float | None],
) -> Located:
    """Shapes out of the coordinate columns.

    Parameters
    ----------
    columns : mapping
        Cells of the table.
    axes : Axes
        Which of them are coordinates.
    marks : sequence of str
        Places of the rows, for the messages.
    spec : LayerSpec
        Its declared CRS decides which number of a grid is east.
    text : callable
        A cell as text or number; None for a blank one.
    """
    cells = [[text(c) for c in columns[name]] for name in axes.columns]
    if axes.kind == "wkt":
        return _drawn(cells[0], axes, marks, spec)
    said = Verdict()
    reading = readings.read(axes.kind, cells)
    case = _Case(axes, spec, marks, reading, said, reading.unread.copy())
    if reading.unread.any():
        _refuse_unread(case, cells)
    _prefixes(case)
    _mixed(case)
    east, north = _turned(case)
    _other_letters(case, east is not reading.first)
    _rough(case)
    if axes.kind in {"xy", "grid"} and reading.degrees:
        said.tell(Problem("layer.coordinates_in_degrees", spec.shown, {"columns": ", ".join(axes.columns)}))
    if axes.kind in {"lonlat", "parts"} and not reading.degrees:
        said.tell(Problem("layer.coordinates_in_metres", spec.shown, {"columns": ", ".join(axes.columns)}))
    if axes.others:
        facts = {"columns": ", ".join(axes.columns), "others": ", ".join(axes.others)}
        said.tell(Problem("layer.coordinates_chosen", spec.shown, facts))
    shapes = np.empty(len(east), dtype=object)
    whole = np.isfinite(east) & np.isfinite(north) & ~case.bad
    shapes[whole] = shapely.points(east[whole], north[whole])
    return Located(shapes, reading.degrees, told=frozenset(np.flatnonzero(case.bad).tolist()), said=said)


def _refuse_unread(case: _Case, cells: list[list[Any]]) -> None:
    rows = np.flatnonzero(case.reading.unread)
    shown = (" ".join(str(c[i])[:40] for c in cells if c[i] is not None) for i in rows.tolist()[:5])
    facts: dict[str, str | int | float] = {"n": len(rows), "values": ", ".join(f"“{s}”" for s in shown)}
    key = "layer.csv_coordinates_unreadable"
    case.said.refuse(Problem(key, case.spec.shown, facts, case.rows(case.reading.unread)))


def _prefixes(case: _Case) -> None:
    """``18 432784``: the zone written before the easting. It says another system than the plain number does."""
    found = case.reading.prefixes
    rows = np.array([bool(p) for p in found], dtype=bool)
    if rows.any():
        zones = ", ".join(sorted({p for p in found if p}))
        facts: dict[str, str | int | float] = {"n": int(rows.sum()), "zones": zones}
        case.said.refuse(Problem("layer.coordinates_zone", case.spec.shown, facts, case.rows(rows)))
        case.bad |= rows


def _mixed(case: _Case) -> None:
    """Rows in degrees among metres, or the other way round."""
    a, b = case.reading.first, case.reading.second
    whole = np.isfinite(a) & np.isfinite(b) & ~case.bad
    with np.errstate(invalid="ignore"):
        small = (np.abs(a) <= 180.0) & (np.abs(b) <= 180.0) & ((a != 0.0) | (b != 0.0))
        odd = whole & (~small & ((a != 0.0) | (b != 0.0)) if case.reading.degrees else small)
    if odd.any():
        kind = "°" if case.reading.degrees else "m"
        facts: dict[str, str | int | float] = {"n": int(odd.sum()), "unit": kind}
        case.said.refuse(Problem("layer.coordinates_mixed", case.spec.shown, facts, case.rows(odd)))
        case.bad |= odd


def _turned(case: _Case) -> tuple[Floats, Floats]:
    """East and north: as the headings say, or exchanged where that alone lies in the country."""
    a, b = case.reading.first, case.reading.second
    whole = np.isfinite(a) & np.isfinite(b) & ~case.bad
    as_said, exchanged = _inside(a, b, whole, case), _inside(b, a, whole, case)
    turned = exchanged & ~as_said
    if not turned.any():
        return a, b
    facts: dict[str, str | int | float] = {"columns": ", ".join(case.axes.columns)}
    if case.axes.kind == "pair":
        if not as_said.any():
            return b, a
    elif not as_said.any():
        if case.axes.kind == "xy":
            if not case.axes.named:
                case.said.tell(Problem("layer.coordinates_x_north", case.spec.shown, facts))
            else:
                case.said.mend(Problem("layer.coordinates_swapped", case.spec.shown, facts))
        else:
            case.said.mend(Problem("layer.coordinates_swapped", case.spec.shown, facts))
        return b, a
    minority = turned if turned.sum() <= as_said.sum() else as_said
    case.said.refuse(
        Problem("layer.axes_swapped_rows", case.spec.shown, {"n": int(minority.sum())}, case.rows(minority))
    )
    case.bad |= minority
    return (a, b) if minority is turned else (b, a)


def _inside(east: Floats, north: Floats, whole: Flags, case: _Case) -> Flags:
    """Rows that lie in Vietnam if these are east and north."""
    found = np.zeros(len(east), dtype=bool)
    declared = None if case.reading.degrees else _declared(case.spec)
    x, y = east[whole], north[whole]
    if declared is not None:
        try:
            x, y = systems.transform(x, y, declared, _LONLAT)
        except (ProjError, InputError):
            return found  # the door says that the CRS is of no use here
    if case.reading.degrees or declared is not None:
        west, south, most_east, most_north = VIETNAM
    else:
        (west, most_east), (south, most_north) = _EASTINGS, _NORTHINGS
    found[whole] = (x >= west) & (x <= most_east) & (y >= south) & (y <= most_north)
    return found


def _declared(spec: LayerSpec) -> CRS | None:
    """The user's projected CRS; None where there is none that can be read (the door refuses it)."""
    try:
        found = systems.parse(spec.crs) if spec.crs else None
    except InputError:
        return None
    return found if found is not None and found.is_projected else None


def _other_letters(case: _Case, exchanged: bool) -> None:
    """Cells whose letter names the other axis than their number does: ``105°50' N``."""
    east, north = (case.reading.says_second, case.reading.says_first)[:: 1 if exchanged else -1]
    wrong = np.array([e == "lat" or n == "lon" for e, n in zip(east, north, strict=True)], dtype=bool) & ~case.bad
    if wrong.any():
        facts: dict[str, str | int | float] = {"n": int(wrong.sum())}
        case.said.refuse(Problem("layer.coordinates_letter", case.spec.shown, facts, case.rows(wrong)))
        case.bad |= wrong


def _rough(case: _Case) -> None:
    """Coordinates rounded so far that a house may lie in the next valley."""
    steps = case.reading.steps[~case.bad & np.isfinite(case.reading.first) & np.isfinite(case.reading.second)]
    if len(steps) == 0:
        return
    many = len(steps) >= _ENOUGH_ROWS  # in few rows a zero at the end may be chance: the finer column decides
    finest = float(steps.min(axis=0).max() if many else steps.min())
    if case.reading.degrees:
        rough = finest >= 0.99 * (_ROUGH_DEG if many else _VERY_ROUGH_DEG)
        metres = finest * _METRES_OF_A_DEGREE
    else:
        rough, metres = many and finest >= _ROUGH_M, finest
    if rough:
        case.said.tell(Problem("layer.coordinates_rough", case.spec.shown, {"metres": round(metres)}))


def _drawn(cells: list[Any], axes: Axes, marks: Sequence[str], spec: LayerSpec) -> Located:
    """Shapes out of one column of WKT, EWKT, WKB in hexadecimal digits or GeoJSON."""
    shapes = np.empty(len(cells), dtype=object)
    srids: set[int] = set()
    bad: list[int] = []
    for i, cell in enumerate(cells):
        if cell is None:
            continue
        shape = readings.drawn(str(cell))
        if shape is None:
            bad.append(i)
            continue
        shapes[i] = shapely.force_2d(shape)
        srids |= {int(shapely.get_srid(shape))} - {0}
    said = Verdict()
    if bad:
        facts: dict[str, str | int | float] = {
            "n": len(bad),
            "column": axes.columns[0],
            "values": ", ".join(f"“{str(cells[i])[:20]}…”" for i in bad[:3]),
        }
        said.refuse(Problem("layer.wkt_unreadable", spec.shown, facts, tuple(marks[i] for i in bad)))
    found = None
    if len(srids) > 1:
        said.refuse(Problem("layer.wkt_srids", spec.shown, {"srids": ", ".join(map(str, sorted(srids)))}))
    elif srids:
        try:
            found = systems.parse(f"EPSG:{srids.pop()}")
        except InputError as error:  # from `crs`, which does not know the file
            raise InputError(*(replace(p, where=spec.shown) for p in error.problems)) from error
    return Located(shapes, degrees=found is None, crs=found, told=frozenset(bad), said=said)
