"""Shapes of GeoJSON geometries, coordinate by coordinate: a number written as text is named, not taken for a number."""

import math
from typing import Any

import shapely

_DEEPEST = 8
_LEAST_RING = 3

Point = tuple[float, float]


class ShapeError(ValueError):
    """A geometry that is none; the text is the key of the problem."""


def shape(geometry: Any) -> tuple[shapely.Geometry, bool]:
    """Shape in the plane, and whether one of its rings had to be closed.

    Heights and what else stands behind x and y are left aside.

    Raises
    ------
    ShapeError
        With the key of the problem: ``layer.geojson_geometry``, ``layer.geojson_text_coordinate``,
        ``layer.geojson_ring_short``.
    """
    closed: list[bool] = []
    return _shape(geometry, closed, 0), bool(closed)


def _shape(geometry: Any, closed: list[bool], depth: int) -> shapely.Geometry:
    if not isinstance(geometry, dict):
        raise ShapeError("layer.geojson_geometry")
    if depth > _DEEPEST:
        raise ShapeError("layer.geojson_geometry")
    kind, where = geometry.get("type"), geometry.get("coordinates")
    if kind == "GeometryCollection":
        parts = _list(geometry.get("geometries"))
        return shapely.GeometryCollection([_shape(part, closed, depth + 1) for part in parts])
    made = {
        "Point": lambda: shapely.points(_position(where)) if where != [] else shapely.Point(),
        "MultiPoint": lambda: shapely.MultiPoint(_line(where)),
        "LineString": lambda: shapely.LineString(_line(where)),
        "MultiLineString": lambda: shapely.MultiLineString([_line(part) for part in _list(where)]),
        "Polygon": lambda: _polygon(where, closed),
        "MultiPolygon": lambda: shapely.MultiPolygon([_polygon(part, closed) for part in _list(where)]),
    }
    if kind not in made:
        raise ShapeError("layer.geojson_geometry")
    return made[kind]()


def _polygon(rings: Any, closed: list[bool]) -> shapely.Polygon:
    """Polygon of a shell and its holes, in this order whatever their winding."""
    made = []
    for ring in _list(rings):
        points = _line(ring)
        if points and points[0] != points[-1]:
            closed.append(True)
            points = [*points, points[0]]
        if len(points) <= _LEAST_RING:
            raise ShapeError("layer.geojson_ring_short")
        made.append(shapely.linearrings(points))
    return shapely.Polygon(made[0], made[1:]) if made else shapely.Polygon()


def _line(points: Any) -> list[Point]:
    return [_position(p) for p in _list(points)]


def _position(point: Any) -> Point:
    if not isinstance(point, list) or len(point) < 2:
        raise ShapeError("layer.geojson_geometry")
    x, y = point[0], point[1]
    if type(x) not in (int, float) or type(y) not in (int, float):
        raise ShapeError("layer.geojson_text_coordinate")
    try:
        place = float(x), float(y)
    except OverflowError as error:
        raise ShapeError("layer.geojson_text_coordinate") from error
    if not (math.isfinite(place[0]) and math.isfinite(place[1])):
        raise ShapeError("layer.geojson_text_coordinate")
    return place


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise ShapeError("layer.geojson_geometry")
    return value
