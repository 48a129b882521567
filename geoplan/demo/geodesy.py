"""Hectares on the ellipsoid by geodesics (pyproj.Geod): the demo's own way, never the one of `geoplan.areas`."""

from functools import cache

import numpy as np
import shapely
from pyproj import CRS, Geod, Transformer

from geoplan.demo.cells import Shapes
from geoplan.demo.noise import Floats

_ELLIPSOID = Geod(ellps="WGS84")


def hectares(shapes: Shapes, crs: str) -> Floats:
    """Geodesic hectares of polygons (n,) in a projected CRS; 0 for what is no polygon."""
    back = _back(crs)
    points = shapely.get_coordinates(np.asarray(shapes, dtype=object))
    degrees = np.column_stack(back.transform(points[:, 0], points[:, 1]))
    moved = shapely.set_coordinates(np.asarray(shapes, dtype=object).copy(), degrees)
    return np.array([_area(shape) for shape in moved]) / 10_000.0


@cache
def _back(crs: str) -> Transformer:
    """From a projected CRS to its own degrees."""
    own = CRS.from_user_input(crs)
    return Transformer.from_crs(own, own.geodetic_crs, always_xy=True)


def _area(shape: shapely.Geometry) -> float:
    """Square metres of a polygon, multipolygon or collection in longitude and latitude."""
    if shape.geom_type == "Polygon":
        rings = [shape.exterior, *shape.interiors]
        sizes = [
            abs(_ELLIPSOID.polygon_area_perimeter(*np.asarray(r.coords).T)[0]) if len(r.coords) else 0.0 for r in rings
        ]
        return float(sizes[0] - sum(sizes[1:]))
    return sum(_area(part) for part in getattr(shape, "geoms", ()))
