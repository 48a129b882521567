"""Spikes of outlines: the line runs out and comes back on itself, a slip of the hand or of a snapping tool."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from pyproj import CRS

from geoplan.errors import Problem

MOST_DEGREES = 1.0
"""Angle at the tip of a spike."""
LEAST_M = 2.0
"""Length from which a spike is one."""
MOST_HA = 0.02
"""Ground in a spike; a narrow tip with more is a piece of land."""
_SHOWN = 5
_METRES_A_DEGREE = 111_320.0

Shapes = npt.NDArray[np.object_]


@dataclass(frozen=True, slots=True)
class Spikes:
    """Tips found.

    Parameters
    ----------
    feature : array of int
        Position of the shape.
    xy : array of float, shape (n, 2)
        The tip.
    """

    feature: npt.NDArray[np.intp]
    xy: npt.NDArray[np.float64]


def find(shapes: Shapes, crs: CRS) -> Spikes:
    """Tips of spikes of polygons: under one degree, over 2 m long, and under 0.02 ha.

    Parameters
    ----------
    shapes : array of object
        Any shapes with finite coordinates; None is missing.
    crs : CRS
        Theirs: lengths are metres.
    """
    rings, feature = _rings(shapes)
    points, ring = shapely.get_coordinates(rings, return_index=True)
    if len(points) == 0:
        return Spikes(np.empty(0, dtype=np.intp), np.empty((0, 2)))
    again = np.concatenate([[False], (np.diff(points, axis=0) == 0).all(axis=1) & (ring[1:] == ring[:-1])])
    points, ring = points[~again], ring[~again]
    last = np.flatnonzero(np.concatenate([ring[1:] != ring[:-1], [True]]))
    first = np.concatenate([[0], last[:-1] + 1])
    before = np.arange(len(points)) - 1
    before[first] = last - 1  # the last point is the first again
    after = np.minimum(np.arange(len(points)) + 1, len(points) - 1)
    real = np.ones(len(points), dtype=bool)
    real[last] = False
    metres = _metres(points, crs)
    a, b = points[before] * metres - points * metres, points[after] * metres - points * metres
    lengths = np.hypot(a[:, 0], a[:, 1]), np.hypot(b[:, 0], b[:, 1])
    cross = np.abs(a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0])
    along = (a * b).sum(axis=1)
    sharp = (along > 0) & (cross <= np.tan(np.radians(MOST_DEGREES)) * along)
    tips = real & sharp & (np.minimum(*lengths) >= LEAST_M) & (0.5 * cross <= MOST_HA * 1e4)
    return Spikes(feature[ring[tips]], points[tips])


def told(shapes: Shapes, crs: CRS, names: Sequence[str], where: str) -> list[Problem]:
    """``layer.spikes`` with the features that have one and where the first of them stick out, in the file's numbers."""
    found = find(shapes, crs)
    rows = np.unique(found.feature).tolist()
    if not rows:
        return []
    tips = [found.xy[int(np.flatnonzero(found.feature == i)[0])] for i in rows[:_SHOWN]]
    places = "; ".join(f"{names[i]}: x {x:.10g}, y {y:.10g}" for i, (x, y) in zip(rows, tips, strict=False))
    return [Problem("layer.spikes", where, {"n": len(rows), "places": places}, tuple(names[i] for i in rows))]


def without(shapes: Shapes, found: Spikes) -> Shapes:
    """Shapes with their tips taken off; one that this would break stays as it is."""
    made = shapes.copy()
    for i in np.unique(found.feature).tolist():
        tips = {tuple(point) for point in found.xy[found.feature == i].tolist()}
        cut = _cut(shapes[i], tips)
        if cut is not None and cut.is_valid and not cut.is_empty:
            made[i] = cut
    return made


def _cut(shape: Any, tips: set[tuple[float, ...]]) -> Any:
    parts = []
    for part in shapely.get_parts(shape):
        rings = [_blunt(ring, tips) for ring in shapely.get_rings(part)]
        if len(rings[0]) < 4:
            return None
        parts.append(shapely.Polygon(rings[0], [r for r in rings[1:] if len(r) >= 4]))
    return parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts)


def _blunt(ring: Any, tips: set[tuple[float, ...]]) -> list[tuple[float, ...]]:
    points = [p for p in map(tuple, shapely.get_coordinates(ring)[:-1].tolist()) if p not in tips]
    kept = [p for k, p in enumerate(points) if p != points[k - 1]] if len(points) > 1 else points
    return [*kept, kept[0]] if len(kept) > 2 else []


def _rings(shapes: Shapes) -> tuple[Any, npt.NDArray[np.intp]]:
    parts, feature = shapely.get_parts(shapes, return_index=True)
    areal = shapely.get_type_id(parts) == 3
    rings, part = shapely.get_rings(parts[areal], return_index=True)
    return rings, np.asarray(feature[areal][part], dtype=np.intp)


def _metres(points: npt.NDArray[np.float64], crs: CRS) -> npt.NDArray[np.float64]:
    """Metres of a unit of x and of y at each point."""
    if not crs.is_geographic:
        return np.full_like(points, crs.axis_info[0].unit_conversion_factor if crs.axis_info else 1.0)
    narrow = np.cos(np.radians(np.clip(points[:, 1], -89.0, 89.0)))
    return np.column_stack([narrow, np.ones(len(points))]) * _METRES_A_DEGREE
