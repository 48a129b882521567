"""Where on the ground: the country, distances, and how far a projection bends areas there."""

import numpy as np
from pyproj import CRS, Geod, Proj
from pyproj.exceptions import ProjError

from geoplan.crs import shift
from geoplan.crs.grids import name
from geoplan.crs.moving import transform
from geoplan.crs.systems import horizontal, lonlat
from geoplan.errors import InputError, Problem

Bounds = tuple[float, float, float, float]
"""West, south, east, north."""

VIETNAM: Bounds = (101.0, 6.0, 118.0, 24.0)
"""Longitude and latitude of the country with its islands."""

PROVINCE: Bounds = (105.43, 21.30, 106.25, 22.75)
"""Thái Nguyên of July 2025 (with the former Bắc Kạn), to the next hundredth of a degree outwards or so: where a file
is looked for when nobody has said where the communes are. Extent of EPSG:9213 (area 'Bac Kan and Thai Nguyen')."""

AREA_TOLERANCE = 0.005
"""A CRS whose area is further from the true one than this share is refused for drawing and distances."""


def distortion(crs: CRS, bounds: Bounds) -> float:
    """Largest relative error of planar areas in a projected CRS inside `bounds` (of that CRS): 0.064 % is 0.00064.

    A geographic CRS has no planar area: infinity.
    """
    if crs.is_geographic:
        return float("inf")
    west, south, east, north = bounds
    xs, ys = (g.ravel() for g in np.meshgrid(np.linspace(west, east, 3), np.linspace(south, north, 3)))
    lon, lat = transform(xs, ys, crs, lonlat(crs))
    try:
        factors = Proj(shift.bare(horizontal(crs))).get_factors(lon, lat, errcheck=True)
    except ProjError as error:
        raise InputError(Problem("crs.not_here", name(crs), {"crs": name(crs)})) from error
    return float(np.max(np.abs(np.asarray(factors.areal_scale) - 1.0)))


def distance_km(left: Bounds, right: Bounds) -> float:
    """Kilometres between the centres of two boxes in degrees, less nothing: 0 only for the same centre."""
    middle = [((b[0] + b[2]) / 2, (b[1] + b[3]) / 2) for b in (left, right)]
    metres = Geod(ellps="WGS84").inv(*middle[0], *middle[1])[2]
    return float(metres) / 1000.0
