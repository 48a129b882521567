"""Grids as Viet Nam's offices use them: which meridian, which scale, and how a person calls them."""

import math
from dataclasses import dataclass

from pyproj import CRS

from geoplan.crs import shift
from geoplan.crs.systems import code, family, horizontal

TM3: dict[float, str] = {
    106.5: "EPSG:9213",
    106.25: "EPSG:9212",
    106.0: "EPSG:9211",
    107.0: "EPSG:9214",
    105.75: "EPSG:9210",
    105.5: "EPSG:9209",
    105.0: "EPSG:5897",
    107.25: "EPSG:9215",
    107.5: "EPSG:9216",
    107.75: "EPSG:5899",
    108.0: "EPSG:5898",
    104.75: "EPSG:9208",
    104.5: "EPSG:9207",
    104.0: "EPSG:9206",
    103.0: "EPSG:9205",
    102.0: "EPSG:5896",
    108.25: "EPSG:9217",
    108.5: "EPSG:9218",
}
"""Every 3-degree grid of VN-2000 by its meridian (Circular 973/2001/TT-TCĐC), those of the north-east first."""

_NAMELESS = frozenset({"unnamed", "unknown", "undefined", ""})


@dataclass(frozen=True, slots=True)
class Grid:
    """A Transverse Mercator grid: meridian in degrees, scale on it, false easting and northing in metres."""

    meridian: float
    scale: float
    easting: float
    northing: float

    @property
    def is_tm3(self) -> bool:
        """True for a 3-degree grid of Viet Nam, on whatever datum a file puts it."""
        return self.scale == 0.9999 and 101.0 <= self.meridian <= 110.0


def grid_of(crs: CRS) -> Grid | None:
    """The grid of a CRS, None where it is no Transverse Mercator."""
    base = shift.bare(horizontal(crs))
    operation = base.coordinate_operation if base.is_projected else None
    if operation is None or "Transverse Mercator" not in operation.method_name:
        return None
    values = {p.name: p.value for p in operation.params}
    wanted = ("Longitude of natural origin", "Scale factor at natural origin", "False easting", "False northing")
    return Grid(*(round(float(values.get(name, 0.0)), 8) for name in wanted))


def disguised_tm3(crs: CRS) -> bool:
    """True for a Vietnamese TM-3 grid (scale 0.9999) on WGS 84: no such system exists; it is VN-2000 mislabelled."""
    grid = grid_of(crs)
    return grid is not None and grid.is_tm3 and family(crs) == "wgs84"


def written(grid: Grid, datum: str, metres: float = 1.0) -> str:
    """A grid as a PROJ string that ``crs = "..."`` takes, for grids without a code.

    Parameters
    ----------
    datum : str
        ``vn2000`` or ``wgs84``.
    metres : float
        Metres in one of its units: 1000 for kilometres.
    """
    parameters = ",".join(repr(v) for v in shift.TOWGS84)
    stands = f"+ellps=WGS84 +towgs84={parameters}" if datum == "vn2000" else "+datum=WGS84"
    units = "+units=m" if metres == 1.0 else f"+to_meter={metres:g}"
    return (
        f"+proj=tmerc +lat_0=0 +lon_0={grid.meridian:g} +k={grid.scale:g} +x_0={grid.easting:.12g} "
        f"+y_0={grid.northing:.12g} {stands} {units}"
    )


def name(crs: CRS) -> str:
    """``EPSG:9213`` where the CRS has a code and stands on that code's datum, else its own name.

    One without a name (MapInfo, PROJ strings) is called by its grid: ``TM 106.5 k=0.9999 (WGS 84)``.
    """
    grid, found = grid_of(crs), code(crs) or horizontal(crs).name
    if found.casefold() not in _NAMELESS or (grid is None and not crs.is_geographic):
        return found
    datum = {"vn2000": "VN-2000", "wgs84": "WGS 84"}.get(family(crs), "?")
    if grid is None:
        return f"lon/lat ({datum})"
    return f"TM {grid.meridian:g} k={grid.scale:g} ({datum})"


def label(crs: CRS) -> str:
    """``VN-2000 / TM-3 106°30'``: a CRS as a person calls it."""
    grid = grid_of(crs)
    if grid is None or not grid.is_tm3 or family(crs) != "vn2000":
        return horizontal(crs).name
    degrees = math.floor(grid.meridian + 1e-9)
    return f"VN-2000 / TM-3 {degrees}°{round(60 * (grid.meridian - degrees)):02d}'"
