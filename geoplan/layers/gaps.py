"""Ground that no feature has though features lie all round it: between communes, between villages."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from pyproj import CRS

from geoplan import areas
from geoplan import crs as coordinates
from geoplan.errors import Problem

LEAST_HA = 0.01
"""A gap from this size is told."""
_WIDTH_M = 20.0
"""Strips between two features up to this width are gaps though they are open at their ends."""
_SHOWN = 5
_WGS84 = CRS.from_user_input("EPSG:4326")


def told(shapes: npt.NDArray[np.object_], crs: CRS, names: Sequence[str], where: str) -> list[Problem]:
    """``layer.gaps`` with the hectares of the gaps, where they lie (longitude, latitude) and what is round them.

    Parameters
    ----------
    shapes : array of object
        Valid polygons that ought to fit together.
    crs : CRS
        Theirs, in metres.
    """
    if len(shapes) < 2:
        return []
    holes = _holes(shapes)
    strips = _strips(shapes)
    gaps = np.array([*holes, *strips], dtype=object)
    if len(gaps) == 0:
        return []
    hectares = areas.of(gaps, crs)
    large = hectares >= LEAST_HA
    if not large.any():
        return []
    order = np.argsort(-hectares[large], kind="stable")
    gaps, hectares = gaps[large][order], hectares[large][order]
    points = shapely.get_coordinates(coordinates.geometries(shapely.point_on_surface(gaps), crs, _WGS84))
    places = "; ".join(
        f"{ha:.2f} ha ({lon:.5f}, {lat:.5f})"
        for ha, (lon, lat) in zip(hectares[:_SHOWN].tolist(), points[:_SHOWN].tolist(), strict=True)
    )
    _, beside = shapely.STRtree(shapes).query(gaps, predicate="intersects")
    facts: dict[str, str | int | float] = {"n": len(gaps), "ha": float(hectares.sum()), "places": places}
    return [Problem("layer.gaps", where, facts, tuple(names[i] for i in np.unique(beside).tolist()))]


def _holes(shapes: npt.NDArray[np.object_]) -> list[Any]:
    """Ground that the union goes all round, where several features are round it."""
    parts = shapely.get_parts(shapely.union_all(shapes))
    rings, part = shapely.get_rings(parts, return_index=True)
    inner = rings[np.concatenate([[False], part[1:] == part[:-1]])]
    if len(inner) == 0:
        return []
    found = shapely.polygons(inner)
    hole, _ = shapely.STRtree(shapes).query(found, predicate="intersects")
    return [found[i] for i in np.flatnonzero(np.bincount(hole, minlength=len(found)) > 1).tolist()]


def _strips(shapes: npt.NDArray[np.object_]) -> list[Any]:
    """Narrow strips between two features, open at an end."""
    loose = shapely.coverage_invalid_edges(shapes, gap_width=_WIDTH_M)
    if shapely.is_empty(loose).all():
        return []
    whole = shapely.union_all(shapes)
    near = shapely.buffer(shapely.union_all(loose), _WIDTH_M, quad_segs=2)
    around = shapely.intersection(whole, shapely.buffer(near, _WIDTH_M))
    grown = shapely.buffer(around, 0.5 * _WIDTH_M, join_style="mitre")
    closed = shapely.buffer(grown, -0.5 * _WIDTH_M, join_style="mitre")
    parts = shapely.get_parts(shapely.difference(shapely.intersection(closed, near), whole))
    parts = parts[shapely.get_type_id(parts) == 3]
    if len(parts) == 0:
        return []
    part, _ = shapely.STRtree(shapes).query(parts, predicate="dwithin", distance=0.01)
    between = np.bincount(part, minlength=len(parts)) > 1
    return [parts[i] for i in np.flatnonzero(between).tolist()]
