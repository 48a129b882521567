"""Geometry of a layer: the right kind, whole, and each piece of ground once.

Winding of rings and repeated consecutive points are harmless and pass. What would count ground twice or not at all is
refused.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from pyproj import CRS

from geoplan import areas
from geoplan.errors import Problem
from geoplan.layers.schemas import Schema, Shape
from geoplan.layers.verdict import Verdict

OVERLAP_HA = 0.01
OVERLAP_SHARE = 0.01
"""Two features that share more than this (both) are refused; less is a digitising sliver, which is told."""

_TYPES = {Shape.POLYGON: (3, 6), Shape.POINT: (0, 4), Shape.LINE: (1, 5)}
_SHOWN = 5
_TOUCH_HA = 1e-6
Shapes = npt.NDArray[np.object_]


def check(
    schema: Schema, shapes: Shapes, names: Sequence[str], where: str, told: frozenset[int] = frozenset()
) -> tuple[Shape | None, Verdict]:
    """Kind of the layer (None where it has none or two), and the problems of single features.

    Parameters
    ----------
    shapes : array of object
        As read; None is a missing geometry.
    names : sequence of str
        Names of the features.
    told : frozenset of int
        Rows without a shape whose reason has been told.
    """
    said = Verdict()
    absent = shapely.is_missing(shapes) | shapely.is_empty(shapes)
    untold = absent.copy()
    untold[list(told)] = False
    _tell(said, "layer.geometry_missing", untold, names, where)
    unfinished = _unfinished(shapes)
    _tell(said, "layer.geometry_not_finite", unfinished, names, where)
    sound = ~absent & ~unfinished
    kinds = shapely.get_type_id(shapes)
    found = [s for s in schema.shapes if np.isin(kinds[sound], _TYPES[s]).any()]
    wrong = sound & ~np.isin(kinds, [t for s in schema.shapes for t in _TYPES[s]])
    if wrong.any():
        types = sorted({shapely.GeometryType(k).name.lower() for k in kinds[wrong]})
        _tell(said, "layer.geometry_kind", wrong, names, where, wanted=", ".join(schema.shapes), found=", ".join(types))
    if len(found) > 1:
        said.refuse(Problem("layer.geometry_mixed", where, {"found": ", ".join(found)}))
    broken = sound & ~wrong
    with np.errstate(all="ignore"):  # GEOS overflows on absurd coordinates: they are refused as outside the country
        broken[broken] = ~shapely.is_valid(shapes[broken])
        rows = np.flatnonzero(broken)[:_SHOWN].tolist()
        reasons = "; ".join(f"{names[i]}: {shapely.is_valid_reason(shapes[i])}" for i in rows)
    _tell(said, "layer.geometry_broken", broken, names, where, reasons=reasons)
    if Shape.POINT in found:
        _tell(said, "layer.points_many", (kinds == 4) & (shapely.get_num_geometries(shapes) > 1), names, where)
    return (found[0] if len(found) == 1 else None), said


def single_points(shapes: Shapes) -> Shapes:
    """Points out of multipoints of one point."""
    lone = (shapely.get_type_id(shapes) == 4) & (shapely.get_num_geometries(shapes) == 1)
    found = shapes.copy()
    found[lone] = shapely.get_geometry(shapes[lone], 0)
    return found


def duplicates(shapes: Shapes, names: Sequence[str], where: str) -> list[Problem]:
    """``layer.geometry_twice`` with all features that have the shape of another one."""
    keys = shapely.to_wkb(shapely.normalize(shapely.force_2d(shapes)))
    _, first, counts = np.unique(keys, return_inverse=True, return_counts=True)
    twice = counts[first] > 1
    if not twice.any():
        return []
    order = np.flatnonzero(twice)
    order = order[np.argsort(first[order], kind="stable")]
    return [Problem("layer.geometry_twice", where, {"n": len(order)}, tuple(names[i] for i in order.tolist()))]


def overlaps(shapes: Shapes, crs: CRS, hectares: npt.NDArray[np.float64], names: Sequence[str], where: str) -> Verdict:
    """Ground that two features share.

    Parameters
    ----------
    shapes : array of object
        Valid polygons.
    crs : CRS
        Theirs.
    hectares : array of float
        Geodesic hectares of each.

    Returns
    -------
    Verdict
        ``layer.overlap`` (over 0.01 ha and over 1 % of the smaller one) as an error, ``layer.overlap_slivers`` with
        their total hectares as a warning.
    """
    said = Verdict()
    left, right = _pairs(shapes)
    if len(left) == 0:
        return said
    ha = areas.of(shapely.intersection(shapes[left], shapes[right]), crs)
    real = (ha > OVERLAP_HA) & (ha > OVERLAP_SHARE * np.minimum(hectares[left], hectares[right]))
    if real.any():
        rows = np.flatnonzero(real)[np.argsort(-ha[real], kind="stable")]
        pairs = "; ".join(f"{names[left[i]]} + {names[right[i]]}: {ha[i]:.2f} ha" for i in rows.tolist()[:_SHOWN])
        facts: dict[str, str | int | float] = {"n": len(rows), "ha": float(ha[rows].sum())}
        facts["pairs"] = pairs
        ids = dict.fromkeys(names[k] for i in rows.tolist() for k in (left[i], right[i]))
        said.refuse(Problem("layer.overlap", where, facts, tuple(ids)))
    slivers = ~real & (ha > _TOUCH_HA)
    total = float(ha[slivers].sum())
    if total >= OVERLAP_HA:
        ids = dict.fromkeys(names[k] for i in np.flatnonzero(slivers).tolist() for k in (left[i], right[i]))
        said.tell(Problem("layer.overlap_slivers", where, {"n": int(slivers.sum()), "ha": total}, tuple(ids)))
    return said


def _pairs(shapes: Shapes) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Pairs that may share ground: one has an edge that fits no neighbour's, or lies inside the other."""
    edges = shapely.coverage_invalid_edges(shapes)
    loose = np.flatnonzero(~shapely.is_empty(edges))
    i, right = shapely.STRtree(shapes).query(shapes[loose], predicate="intersects")
    pairs = np.sort(np.column_stack([loose[i], right]), axis=1)
    pairs = np.unique(pairs[pairs[:, 0] != pairs[:, 1]], axis=0)
    left, right = pairs[:, 0], pairs[:, 1]
    shapely.prepare(shapes[left])
    meeting = ~shapely.touches(shapes[left], shapes[right])
    return left[meeting], right[meeting]


def _unfinished(shapes: Shapes) -> npt.NDArray[np.bool_]:
    """Features with a coordinate that is NaN or infinite."""
    points, owner = shapely.get_coordinates(shapes, return_index=True)
    bad = np.zeros(len(shapes), dtype=bool)
    bad[owner[~np.isfinite(points).all(axis=1)]] = True
    return bad


def _tell(said: Verdict, key: str, rows: npt.NDArray[Any], names: Sequence[str], where: str, **facts: str) -> None:
    if rows.any():
        found = np.flatnonzero(rows)
        said.refuse(Problem(key, where, {"n": len(found), **facts}, tuple(names[i] for i in found.tolist())))
