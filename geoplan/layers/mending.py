"""Shapes put right, each one by name and with its hectares before and after.

Pure functions: shapes in, shapes and a `Verdict` out. Nothing is decided that the file does not decide: where two
readings of a shape differ in hectares, the declared hectares choose if they fit exactly one; otherwise the likelier one
is taken and said aloud. What is left out is said with the hectares that the table declares for it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from pyproj import CRS

from geoplan import areas
from geoplan.errors import Problem
from geoplan.formats.opened import Cells
from geoplan.formats.verdict import Verdict
from geoplan.layers import complexity, rings, spikes
from geoplan.layers.checks_shapes import gathered, leaves, plain, unfinished
from geoplan.layers.kinds import Shape

CHANGE_SHARE, CHANGE_HA = 0.01, 0.05
"""A repair that changes a shape's hectares by more than both is said aloud."""
FIT_SHARE, FIT_HA = 0.02, 0.02
"""Declared hectares fit a shape within either of these."""
_TYPES = {Shape.POLYGON: (3, 6), Shape.LINE: (1, 2, 5), Shape.POINT: (0, 4)}
_SHOWN = 5
_PASSES = 3
_TOLD_HA = 0.005

Shapes = npt.NDArray[np.object_]
Rows = npt.NDArray[np.bool_]
Hectares = npt.NDArray[np.float64]
Facts = dict[str, str | int | float]


@dataclass(slots=True)
class Mended:
    """Shapes of the rows that are kept, and what was done.

    Parameters
    ----------
    shapes : array of object
        One for each of `kept`.
    kept : array of int
        Rows of what came in.
    said : Verdict
        `mended` what was put right, `warnings` what must be looked at, `errors` what cannot be put right.
    """

    shapes: Shapes
    kept: npt.NDArray[np.intp]
    said: Verdict = field(default_factory=Verdict)


@dataclass(slots=True)
class _Work:
    """One layer under repair: shapes of all rows, hectares that the table declares (NaN where it does not)."""

    shapes: Shapes
    crs: CRS
    names: Sequence[str]
    declared: Hectares
    where: str
    said: Verdict = field(default_factory=Verdict)

    def mend(self, key: str, rows: Rows, **facts: str | int | float) -> None:
        if rows.any():
            self.said.mend(self.problem(key, rows, facts))

    def problem(self, key: str, rows: Rows, facts: Facts) -> Problem:
        found = np.flatnonzero(rows).tolist()
        return Problem(key, self.where, {"n": len(found), **facts}, tuple(self.names[i] for i in found))

    def declared_ha(self, rows: Rows) -> float:
        return float(np.nansum(self.declared[rows]))


def mend(
    wanted: tuple[Shape, ...], shapes: Shapes, crs: CRS, names: Sequence[str], declared: Hectares, where: str
) -> Mended:
    """Every shape that can be put right, put right; rows without ground left out by name.

    Parameters
    ----------
    wanted : tuple of Shape
        Kinds that the role accepts.
    shapes : array of object
        As read, in `crs`; None is a missing geometry.
    crs : CRS
        The file's own, as agreed: hectares are measured in it.
    names : sequence of str
        Names of the rows.
    declared : array of float
        Hectares that the table states; NaN where it states none.
    where : str
        File, for the messages.

    Returns
    -------
    Mended
        The sum of hectares before and after is told where it changes.
    """
    work = _Work(shapes.copy(), crs, names, declared, where)
    lost = shapely.is_missing(shapes) | shapely.is_empty(shapes) | unfinished(shapes)
    work.shapes[lost] = None
    before = _hectares(work.shapes, crs)
    _flatten(work)
    _kinds(work, wanted)
    _broken(work)
    _spikes(work)
    other = ~(lost | np.isin(shapely.get_type_id(work.shapes), [t for s in wanted for t in _TYPES[s]]))
    nothing = lost | shapely.is_missing(work.shapes) | shapely.is_empty(work.shapes)
    other &= ~nothing
    work.mend("layer.mended_no_shape", nothing, ha=work.declared_ha(nothing))
    drop = nothing.copy()
    if (~nothing & ~other).any() and other.any():
        found = sorted({shapely.GeometryType(k).name.lower() for k in shapely.get_type_id(work.shapes[other])})
        work.mend("layer.mended_kind", other, ha=work.declared_ha(other), found=", ".join(found))
        drop |= other
    _total(work, float(before.sum()), drop)
    kept = np.flatnonzero(~drop)
    return Mended(work.shapes[kept], kept, work.said)


def without_repeats(shapes: Shapes, crs: CRS, columns: Mapping[str, Cells], names: Sequence[str], where: str) -> Mended:
    """Rows without those that repeat another one in shape and every cell; the first of them stays."""
    keys = shapely.to_wkb(shapely.normalize(shapes))
    seen: dict[Any, int] = {}
    again = np.zeros(len(shapes), dtype=bool)
    cells = list(columns.values())
    _, group, counts = np.unique(keys, return_inverse=True, return_counts=True)
    for i in np.flatnonzero(counts[group] > 1).tolist() if cells else []:
        row = (keys[i], *(repr(column[i]) for column in cells))
        again[i] = seen.setdefault(row, i) != i
    said = Verdict()
    if again.any():
        rows = np.flatnonzero(again).tolist()
        facts: Facts = {"n": len(rows), "ha": float(_hectares(shapes[again], crs).sum())}
        said.mend(Problem("layer.mended_twice", where, facts, tuple(names[i] for i in rows)))
    kept = np.flatnonzero(~again)
    return Mended(shapes[kept], kept, said)


def _hectares(shapes: Shapes, crs: CRS) -> Hectares:
    """Hectares; 0 where coordinates are so absurd that there is no such place (the door refuses these)."""
    with np.errstate(all="ignore"):
        return np.nan_to_num(areas.of(shapes, crs), nan=0.0, posinf=0.0, neginf=0.0)


def _flatten(work: _Work) -> None:
    """Heights and measures away: areas do not know them."""
    high = shapely.has_z(work.shapes) | shapely.has_m(work.shapes)
    if high.any():
        work.said.mend(Problem("layer.mended_heights", work.where, {"n": int(high.sum())}))
    work.shapes = plain(work.shapes)


def _kinds(work: _Work, wanted: tuple[Shape, ...]) -> None:
    """Of mixed shapes the parts that the role wants; closed lines as polygons where it wants only these."""
    mixed = shapely.get_type_id(work.shapes) == 7
    cut = np.zeros(len(work.shapes), dtype=bool)
    for i in np.flatnonzero(mixed).tolist():
        parts = leaves(work.shapes[i])
        kinds = shapely.get_type_id(parts)
        for shape in wanted:
            of_kind = np.isin(kinds, _TYPES[shape])
            if of_kind.any():
                work.shapes[i] = gathered(parts[of_kind])
                cut[i] = not of_kind.all()
                break
    work.mend("layer.mended_parts", cut)
    if wanted == (Shape.POLYGON,):
        lines = np.isin(shapely.get_type_id(work.shapes), (1, 2)) & shapely.is_closed(work.shapes)
        lines &= shapely.get_num_coordinates(work.shapes) >= 4
        work.shapes[lines] = [shapely.Polygon(shapely.get_coordinates(line)) for line in work.shapes[lines]]
        work.mend("layer.mended_lines", lines)


def _broken(work: _Work) -> None:
    """Invalid shapes: each by the reading of its rings that the declared hectares choose, or the likeliest."""
    with np.errstate(all="ignore"):  # GEOS overflows on absurd coordinates: the door refuses them as out of the country
        broken = ~(shapely.is_missing(work.shapes) | shapely.is_valid(work.shapes))
    broken &= ~complexity.too_many_vertices(work.shapes)
    broken &= ~complexity.too_tangled(work.shapes, broken)  # the check refuses these by name
    loud = np.zeros(len(broken), dtype=bool)
    before, after = _hectares(work.shapes, work.crs), np.zeros(len(broken))
    for i in np.flatnonzero(broken).tolist():
        shape = work.shapes[i]
        if shape.geom_type not in {"Polygon", "MultiPolygon"}:
            made = shapely.make_valid(shape)
            work.shapes[i] = made if made.geom_type == shape.geom_type else None
            continue
        found = rings.readings(shape)
        sizes = _hectares(np.array(found, dtype=object), work.crs)
        choice, fits = _chosen(sizes, work.declared[i])
        work.shapes[i], after[i] = found[choice], sizes[choice]
        loud[i] = not fits and (_moved(before[i], after[i]) or not np.isnan(work.declared[i]))
    whole = broken & ~(shapely.is_missing(work.shapes) | shapely.is_empty(work.shapes))
    if whole.any():
        facts: Facts = {"before_ha": float(before[whole].sum()), "after_ha": float(after[whole].sum())}
        work.mend("layer.mended_shapes", whole, **facts, shapes=_lines(work, whole, before, after))
    loud &= whole
    if loud.any():
        work.said.tell(work.problem("layer.mended_area", loud, {"shapes": _lines(work, loud, before, after)}))


def _chosen(sizes: Hectares, declared: float) -> tuple[int, bool]:
    """Position of the reading to take, and whether the declared hectares confirm it."""
    fits = [k for k, size in enumerate(sizes.tolist()) if abs(declared - size) <= max(FIT_SHARE * size, FIT_HA)]
    if 0 in fits:
        return 0, True
    return (fits[0], True) if len(fits) == 1 else (0, False)


def _moved(before: float, after: float) -> bool:
    change = abs(after - before)
    return change > CHANGE_HA and change > CHANGE_SHARE * max(before, after)


def _lines(work: _Work, chosen: Rows, before: Hectares, after: Hectares) -> str:
    """Hectares before and after of the first features, the largest change first, with those on record in brackets."""
    rows = np.flatnonzero(chosen)[np.argsort(-np.abs(after - before)[chosen], kind="stable")].tolist()
    told = []
    for i in rows[:_SHOWN]:
        declared = "" if np.isnan(work.declared[i]) else f" ({work.declared[i]:g})"
        told.append(f"{work.names[i]}: {before[i]:.2f} > {after[i]:.2f} ha{declared}")
    return "; ".join(told)


def _spikes(work: _Work) -> None:
    """Spikes cut off, those under them too; the shape stays as it is where cutting would break it."""
    before = work.shapes
    for _ in range(_PASSES):
        with np.errstate(all="ignore"):
            found = spikes.find(work.shapes, work.crs)
        if len(found.feature) == 0:
            break
        work.shapes = spikes.without(work.shapes, found)
    cut = np.array([a is not b for a, b in zip(work.shapes, before, strict=True)], dtype=bool)
    if cut.any():
        change = _hectares(work.shapes[cut], work.crs) - _hectares(before[cut], work.crs)
        work.mend("layer.mended_spikes", cut, ha=float(np.abs(change).sum()))


def _total(work: _Work, before: float, drop: Rows) -> None:
    after = float(_hectares(work.shapes[~drop], work.crs).sum())
    if abs(after - before) >= _TOLD_HA:
        facts: Facts = {"before_ha": before, "after_ha": after, "change_ha": after - before}
        work.said.mend(Problem("layer.mended_total", work.where, facts))
