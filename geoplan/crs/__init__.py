"""Coordinate systems: VN-2000 with its one legal datum shift, and nothing guessed.

Why not ``GeoDataFrame.to_crs`` alone: PROJ chooses the datum operation by the place and the files it finds; for
VN-2000 it knows two, and an `.prj` written by an office often names a datum that PROJ does not recognise, in which
case the shift of 223 m is left out without a word. Here the way is always the same three steps: projected to the
source's own longitude and latitude, the pinned shift where the datum changes, longitude and latitude to the target.

The shift is EPSG:6960 (Decision 05/2007/QĐ-BTNMT): seven parameters in the coordinate-frame convention. Control: WGS 84
(105.85 E, 22.2 N) is (432784.556, 2455954.286) in EPSG:9213.

`systems` says what a CRS is, `moving` moves coordinates, `ground` measures on the ground, `grids` knows the grids of
the country, `detective` finds the system that a file is really in.
"""

from geoplan.crs import detective, grids, shift
from geoplan.crs.detective import CANDIDATES, Candidate, candidates
from geoplan.crs.grids import name
from geoplan.crs.ground import AREA_TOLERANCE, PROVINCE, VIETNAM, Bounds, distance_km, distortion
from geoplan.crs.moving import VN2000_SHIFT, geometries, operation, to_crs, transform
from geoplan.crs.systems import code, contradicts_itself, family, horizontal, lonlat, names_files, parse, same

__all__ = [
    "AREA_TOLERANCE",
    "CANDIDATES",
    "PROVINCE",
    "VIETNAM",
    "VN2000_SHIFT",
    "Bounds",
    "Candidate",
    "candidates",
    "code",
    "contradicts_itself",
    "detective",
    "distance_km",
    "distortion",
    "family",
    "geometries",
    "grids",
    "horizontal",
    "lonlat",
    "name",
    "names_files",
    "operation",
    "parse",
    "same",
    "shift",
    "to_crs",
    "transform",
]
