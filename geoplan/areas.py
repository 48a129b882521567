"""Hectares: the only place where an area is computed.

Areas in statements are those of the ellipsoid. A polygon's vertices are taken to longitude and latitude on their own
datum, then to the authalic sphere (equal area), where the shoelace formula is exact for edges that are straight in
the cylindrical equal-area plane. Against geodesic edges (Karney 2013, doi:10.1007/s00190-012-0578-z) the difference
is below 1e-6 for lots and below 0.01 % for edges of 10 km; the tests hold both. It is some ten times faster than a
geodesic loop.

Formula: Snyder 1987, USGS Professional Paper 1395, equations 3-11 and 3-12.
"""

from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely
from pyproj import CRS

from geoplan import crs as coordinates
from geoplan.errors import InputError, Problem

_A = 6378137.0
_E2 = 0.0066943799901413165  # WGS 84, which is VN-2000's ellipsoid too
_E = _E2**0.5
SQUARE_METRES = 10_000.0


def hectares(frame: gpd.GeoDataFrame | gpd.GeoSeries) -> npt.NDArray[np.float64]:
    """Hectares on the ellipsoid, one a row.

    Parameters
    ----------
    frame : GeoDataFrame or GeoSeries
        Valid polygons in any CRS of the WGS 84 ellipsoid. Points, lines, empty and missing shapes are 0. Winding does
        not matter: a hole is a hole.

    Raises
    ------
    InputError
        ``crs.missing`` where the frame has no CRS.
    """
    if frame.crs is None:
        raise InputError(Problem("crs.missing", "", {}))
    return of(frame.geometry.array, frame.crs)


def of(shapes: Any, crs: CRS) -> npt.NDArray[np.float64]:
    """Hectares of an array of shapely geometries in a CRS, shape (n,)."""
    polygons = np.asarray(shapes, dtype=object)
    parts, owner = shapely.get_parts(polygons, return_index=True)
    areal = shapely.get_type_id(parts) == 3
    nested, deeper = shapely.get_parts(parts[~areal], return_index=True)
    nested_areal = shapely.get_type_id(nested) == 3
    owners = np.concatenate([owner[areal], owner[~areal][deeper[nested_areal]]])
    rings, polygon = shapely.get_rings(np.concatenate([parts[areal], nested[nested_areal]]), return_index=True)
    total = np.zeros(len(polygons))
    if len(rings) == 0:
        return total
    signed = np.abs(_ring_areas(rings, crs))
    first = np.concatenate([[True], polygon[1:] != polygon[:-1]])
    np.add.at(total, owners[polygon], np.where(first, signed, -signed))
    return total / SQUARE_METRES


def _ring_areas(rings: npt.NDArray[Any], crs: CRS) -> npt.NDArray[np.float64]:
    points, ring = shapely.get_coordinates(rings, return_index=True)
    if crs.is_geographic and not crs.is_bound:
        lon, lat = points[:, 0], points[:, 1]
    else:
        lon, lat = coordinates.transform(points[:, 0], points[:, 1], crs, coordinates.lonlat(crs))
    y = 0.5 * _A * (1.0 - _E2) * _q(np.sin(np.radians(lat)))
    x = _A * np.radians(lon)
    start = np.flatnonzero(np.concatenate([[True], ring[1:] != ring[:-1]]))
    x, y = x - x[start][ring], y - y[start][ring]
    inside = ring[1:] == ring[:-1]
    cross = np.where(inside, x[:-1] * y[1:] - x[1:] * y[:-1], 0.0)
    return np.asarray(0.5 * np.bincount(ring[:-1], weights=cross, minlength=len(rings)), dtype=np.float64)


def _q(sine: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Snyder 3-12 over (1 - e2): twice the authalic latitude's sine, in units that make x * y an area."""
    return np.asarray(sine / (1.0 - _E2 * sine**2) + np.arctanh(_E * sine) / _E, dtype=np.float64)
