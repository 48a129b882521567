"""What ground the rings of an invalid polygon enclose.

A file may wind a hole like a shell, nest shells, put a hole outside its shell or cross a ring over itself; a shoelace
sum then counts ground twice or takes it away. Here each ring is made simple first (both lobes of a bow tie are kept,
ground that a ring goes round twice counts once), then rings are nested: ground in one ring counts, in two it is a hole,
in three it counts again. Rings that only overlap are no holes: their ground counts once.
"""

from typing import Any

import numpy as np
import shapely

MOST_RINGS = 10_000
MOST_NESTED = 100_000
"""Rings, and pairs of rings with boxes that meet, of one invalid feature: some seconds of work."""


def too_many(shape: Any) -> bool:
    """True where a shape has more rings, or more rings inside each other, than can be sorted out."""
    rings = shapely.get_rings(shapely.get_parts(shape))
    if len(rings) ** 2 < MOST_NESTED:
        return False
    if len(rings) > MOST_RINGS:
        return True
    boxes = shapely.box(*shapely.bounds(rings).T)
    tree, met = shapely.STRtree(boxes), 0
    for start in range(0, len(rings), 100):
        met += tree.query(boxes[start : start + 100]).shape[1] - len(boxes[start : start + 100])
        if met > 2 * MOST_NESTED:
            return True
    return False


def readings(shape: Any) -> list[Any]:
    """Valid polygons that an invalid one may mean, the likeliest first.

    Parameters
    ----------
    shape : Polygon or MultiPolygon
        Invalid, with finite coordinates.

    Returns
    -------
    list
        Nested rings; shells joined with their own holes cut out; shells joined without holes. Equal ones once, and an
        empty polygon where nothing is left.
    """
    with np.errstate(all="ignore"):  # absurd coordinates: the door refuses them
        simple = areal(shapely.make_valid(shape, method="structure", keep_collapsed=False))
    regions, holes = _regions(shape)
    if len(regions) < 2 and not simple.is_empty:
        return [simple]
    found = [_nested(regions, holes) if len(regions) > 1 else simple]
    for other in (simple, areal(shapely.union_all(regions[~holes]))):
        if all(not _same(other, one) for one in found):
            found.append(other)
    return found


def areal(shape: Any) -> Any:
    """The polygons of any shape, as one polygon or multipolygon."""
    if shape is None or shape.geom_type in {"Polygon", "MultiPolygon"}:
        return shapely.Polygon() if shape is None else shape
    parts = shapely.get_parts(shapely.get_parts(shape))
    parts = [p for p in parts if p.geom_type == "Polygon" and not p.is_empty]
    return parts[0] if len(parts) == 1 else shapely.multipolygons(parts) if parts else shapely.Polygon()


def _regions(shape: Any) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Ground inside each ring, equal ones once, and which rings were holes."""
    rings, part = shapely.get_rings(shapely.get_parts(shape), return_index=True)
    hole = np.concatenate([[False], part[1:] == part[:-1]])
    with np.errstate(all="ignore"):
        filled = shapely.make_valid(shapely.polygons(rings), method="structure", keep_collapsed=False)
    regions = np.array([areal(region) for region in filled], dtype=object)
    some = ~shapely.is_empty(regions)
    regions, hole = regions[some], hole[some]
    _, first = np.unique(shapely.to_wkb(shapely.normalize(regions)), return_index=True)
    first.sort()
    return regions[first], hole[first]


def _nested(regions: np.ndarray[Any, Any], holes: np.ndarray[Any, Any]) -> Any:
    tree = shapely.STRtree(regions)
    inner, outer = tree.query(regions, predicate="covered_by")
    depth = np.bincount(inner[inner != outer], minlength=len(regions))
    one, other = tree.query(regions, predicate="overlaps")
    astray = np.zeros(len(regions), dtype=bool)  # holes that stick out of a shell cut it where they meet it
    astray[one[holes[one] & ~holes[other]]] = True
    ground = shapely.Polygon()
    for level in range(int(depth.max()) + 1):
        here = depth == level
        adds = here & (level % 2 == 0) & ~astray
        if adds.any():
            ground = shapely.union(ground, shapely.union_all(regions[adds]))
        if (here & ~adds).any():
            ground = shapely.difference(ground, shapely.union_all(regions[here & ~adds]))
    return areal(ground)


def _same(one: Any, other: Any) -> bool:
    return bool(shapely.area(shapely.symmetric_difference(one, other)) <= 1e-9 * max(one.area, other.area))
