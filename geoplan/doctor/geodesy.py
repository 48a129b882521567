"""Coordinates: the control point of VN-2000, PROJ's own data, and no connection."""

import math
import os
from pathlib import Path

from geoplan.doctor.check import Check, bad, fine, odd

CONTROL_LONLAT, CONTROL_XY = (105.85, 22.2), (432784.556, 2455954.286)
"""WGS 84 in degrees, and the same point in VN-2000 (EPSG:9213) in metres."""

WIDEST_MM = 1.0
_VARIABLES = ("PROJ_LIB", "PROJ_DATA")


def control_point(_: Path) -> Check:
    """VN-2000 is where the decree puts it: a known point to a millimetre, by the pinned shift."""
    from pyproj import CRS
    from pyproj.exceptions import ProjError

    from geoplan import crs

    try:
        wgs84, vn2000 = CRS.from_epsg(4326), CRS.from_epsg(9213)
        x, y = crs.transform(*CONTROL_LONLAT, wgs84, vn2000)
        used = crs.operation(wgs84, vn2000)
    except ProjError as error:
        return bad("doctor.control_failed", reason=str(error)[:200])
    off = 1000 * math.hypot(float(x) - CONTROL_XY[0], float(y) - CONTROL_XY[1])
    if not off <= WIDEST_MM or used != crs.VN2000_SHIFT:
        return bad("doctor.control_bad", off_mm=off, operation=used)
    return fine("doctor.control", off_mm=off, operation=used)


def data(_: Path) -> Check:
    """PROJ's database is the one that came with it, not one that another program has put in its way."""
    import pyproj
    from pyproj.exceptions import DataDirError

    try:
        place = Path(pyproj.datadir.get_data_dir().split(os.pathsep)[0])
    except DataDirError as error:
        return bad("doctor.proj_data_bad", path=str(error)[:200])
    if not (place / "proj.db").is_file():
        return bad("doctor.proj_data_bad", path=str(place))
    foreign = [f"{name}={os.environ[name]}" for name in _VARIABLES if os.environ.get(name)]
    if foreign:
        return odd("doctor.proj_data_odd", variables=", ".join(foreign)[:300])
    return fine("doctor.proj_data", path=str(place), version=pyproj.proj_version_str)


def network(_: Path) -> Check:
    """PROJ asks no server for grids."""
    import pyproj

    if pyproj.network.is_network_enabled():  # type: ignore[attr-defined]  # exported, says its documentation
        return bad("doctor.network_bad")
    return fine("doctor.network")
