"""Coordinate systems: VN-2000 with its one legal datum shift, and nothing guessed.

Why not ``GeoDataFrame.to_crs`` alone: PROJ chooses the datum operation by the place and the files it finds; for
VN-2000 it knows two, and an `.prj` written by an office often names a datum that PROJ does not recognise, in which
case the shift of 223 m is left out without a word. Here the way is always the same three steps: projected to the
source's own longitude and latitude, the pinned shift where the datum changes, longitude and latitude to the target.

The shift is EPSG:6960 (Decision 05/2007/QĐ-BTNMT): seven parameters in the coordinate-frame convention. Control: WGS 84
(105.85 E, 22.2 N) is (432784.556, 2455954.286) in EPSG:9213.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely
from pyproj import CRS, Geod, Proj, Transformer
from pyproj.enums import TransformDirection
from pyproj.exceptions import CRSError, ProjError

from geoplan.errors import InputError, Problem

Bounds = tuple[float, float, float, float]
"""West, south, east, north."""

VN2000_SHIFT = "EPSG:6960"
AREA_TOLERANCE = 0.005
"""A CRS whose area is further from the true one than this share is refused for drawing and distances."""

_TOWGS84 = (-191.90441429, -39.30318279, -111.45032835, 0.00928836, -0.01975479, 0.00427372, 0.252906278)
_SHIFT = (
    "+proj=pipeline +step +proj=unitconvert +xy_in=deg +xy_out=rad +step +proj=push +v_3 +step +proj=cart +ellps=WGS84 "
    "+step +inv +proj=helmert +x=-191.90441429 +y=-39.30318279 +z=-111.45032835 +rx=-0.00928836 +ry=0.01975479 "
    "+rz=-0.00427372 +s=0.252906278 +convention=coordinate_frame +step +inv +proj=cart +ellps=WGS84 +step +proj=pop "
    "+v_3 +step +proj=unitconvert +xy_in=rad +xy_out=deg"
)
_VN_NAME = re.compile(r"vn[\s_-]*2000|viet[\s_-]*nam[\s_-]*2000", re.IGNORECASE)
_WGS_NAME = re.compile(r"wgs[\s_-]*(19)?84|world geodetic system 1984", re.IGNORECASE)
_NO_NAME = re.compile(r"unknown|un(specified|defined|named)|not[\s_]*specified|based[\s_]*(up)?on", re.IGNORECASE)
"""Names that say which ellipsoid a file was made with, not which datum its coordinates stand on."""
_WGS84_AXIS, _WGS84_FLATTENING = 6378137.0, 298.257223563

CANDIDATES = (
    "EPSG:9213",  # TM-3 106-30: Bắc Kạn and Thái Nguyên
    "EPSG:4326",
    "EPSG:4756",
    "EPSG:32648",
    "EPSG:3405",  # VN-2000 / UTM 48N
    "EPSG:5897",  # TM-3 105-00
    "EPSG:9209",  # TM-3 105-30
    "EPSG:9210",  # TM-3 105-45
    "EPSG:9211",  # TM-3 106-00
    "EPSG:9212",  # TM-3 106-15
    "EPSG:9214",  # TM-3 107-00
    "EPSG:5898",  # TM-3 108-00
    "EPSG:3857",
)
"""What a file of the province may really be in."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A CRS that a file might be in, and how far its features would then lie from the communes."""

    crs: str
    name: str
    distance_km: float


def parse(text: str) -> CRS:
    """A CRS from what a user wrote (``EPSG:9213``, WKT, PROJ string).

    Raises
    ------
    InputError
        ``crs.unknown`` if nobody knows it.
    """
    try:
        return CRS.from_user_input(text)
    except CRSError as error:
        raise InputError(Problem("crs.unknown", text[:80], {"crs": text[:80]})) from error


def name(crs: CRS) -> str:
    """``EPSG:9213`` where the CRS has a code and stands on that code's datum, else its own name."""
    return code(crs) or crs.name


def code(crs: CRS) -> str:
    """``EPSG:9213``, or empty: PROJ gives a grid without datum the code of a grid of VN-2000, which it is not."""
    authority = crs.to_authority(min_confidence=70)
    if authority is None:
        return ""
    text = ":".join(authority)
    known = _known(text)
    exact = crs.equals(known, ignore_axis_order=True) or family(crs) == family(known) != "unknown"
    return text if exact else ""


def same(left: CRS | None, right: CRS | None) -> bool:
    """True if two CRSs give the same coordinates (axis order and names aside)."""
    if left is None or right is None or family(left) != family(right):
        return False
    return left.equals(right, ignore_axis_order=True) or (code(left) != "" and code(left) == code(right))


def family(crs: CRS) -> str:
    """``vn2000``, ``wgs84``, ``other`` or ``unknown``: the datum that the coordinates stand on.

    A `towgs84` with the decree's values is VN-2000. The same values with flipped rotations are ``other``: half a
    metre off. ``unknown`` is a CRS on the ellipsoid of WGS 84 that names no datum (``+ellps=WGS84``): VN-2000 has the
    same ellipsoid, 223 m away. So is one that names VN-2000 and says that it is WGS 84 (a `towgs84` of zeros).
    """
    named = _datum_names(crs)
    if crs.is_bound:
        return _bound_family(crs, named)
    if not _on_the_ellipsoid_of_wgs84(crs):
        return "other"
    if _VN_NAME.search(named):
        return "vn2000"
    if _WGS_NAME.search(named):
        return "wgs84"
    return "other" if named.strip() else "unknown"


def _bound_family(crs: CRS, named: str) -> str:
    operation = crs.coordinate_operation
    values = list(operation.towgs84) if operation is not None else []
    if len(values) == 7 and np.allclose(values, _TOWGS84, rtol=0, atol=1e-6):
        return "vn2000"
    if not any(values) and values:
        return "unknown" if _VN_NAME.search(named) else "wgs84"
    return "other"


def _datum_names(crs: CRS) -> str:
    """What a CRS calls its datum, without words that name none."""
    base = crs.source_crs if crs.is_bound and crs.source_crs is not None else crs
    found = [base.datum.name if base.datum else "", base.geodetic_crs.name if base.geodetic_crs else ""]
    return " ".join(text for text in found if not _NO_NAME.search(text))


def _on_the_ellipsoid_of_wgs84(crs: CRS) -> bool:
    """True for the ellipsoid of WGS 84 (GRS 80 is a tenth of a millimetre off) and the meridian of Greenwich."""
    shape, meridian = crs.ellipsoid, crs.prime_meridian
    if crs.geodetic_crs is None or shape is None:
        return False
    alike = abs(shape.semi_major_metre - _WGS84_AXIS) < 1e-3
    alike = alike and abs(shape.inverse_flattening - _WGS84_FLATTENING) < 1e-5
    return alike and (meridian is None or meridian.longitude == 0.0)


def operation(source: CRS, target: CRS, where: str = "") -> str:
    """The datum operation between two CRSs: ``none``, ``EPSG:6960`` or PROJ's own words.

    A refusal names `where` in place of the CRSs' names, where it is given.

    Raises
    ------
    InputError
        ``crs.no_operation`` where PROJ knows no way of stated accuracy; ``crs.datum_unknown`` where one names no datum.
    """
    if where:
        try:
            return operation(source, target)
        except InputError as error:
            raise InputError(*(replace(p, where=where) for p in error.problems)) from error
    families = {family(source), family(target)}
    if "unknown" in families:
        _one_datum(source, target)
        return "none"
    if len(families) == 1 and "other" not in families:
        return "none"
    if families == {"vn2000", "wgs84"}:
        return VN2000_SHIFT
    if same(source, target):
        return "none"
    return str(_general(source, target).description)


def transform(
    x: npt.ArrayLike, y: npt.ArrayLike, source: CRS, target: CRS
) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    """Coordinates from one CRS to another, x east and y north (or longitude, latitude) on both sides.

    Parameters
    ----------
    x, y : array_like of float64
        Any shape; NaN and infinity stay.
    """
    xs, ys = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    for step, direction in _steps(source.to_wkt(), target.to_wkt()):
        xs, ys = step.transform(xs, ys, direction=direction)
    return np.asarray(xs), np.asarray(ys)


def to_crs(frame: gpd.GeoDataFrame, target: CRS) -> tuple[gpd.GeoDataFrame, str]:
    """A frame in another CRS by the pinned operation, and that operation's name. Z and M are dropped.

    Raises
    ------
    InputError
        ``crs.missing`` for a frame without CRS: nothing is assumed.
    """
    if frame.crs is None:
        raise InputError(Problem("crs.missing", "", {}))
    moved = frame.copy()
    moved.geometry = gpd.GeoSeries(geometries(frame.geometry.array, frame.crs, target), index=frame.index, crs=target)
    return moved, operation(frame.crs, target)


def geometries(shapes: Any, source: CRS, target: CRS) -> Any:
    """Shapely geometries (array or one) moved vertex by vertex."""
    flat = shapely.force_2d(shapes)
    if same(source, target):
        return flat

    def move(points: npt.NDArray[Any]) -> npt.NDArray[Any]:
        return np.column_stack(transform(points[:, 0], points[:, 1], source, target))

    return shapely.transform(flat, move)


def lonlat(crs: CRS) -> CRS:
    """Longitude and latitude on the CRS's own datum."""
    standard = {"vn2000": "EPSG:4756", "wgs84": "EPSG:4326"}.get(family(crs)) if crs.is_bound else None
    return _known(standard) if standard else _geodetic(crs)


def _geodetic(crs: CRS) -> CRS:
    """Longitude and latitude under a projection, whatever a `towgs84` says of their datum."""
    base = crs.source_crs if crs.is_bound else crs
    geodetic = base.geodetic_crs if base is not None else None
    if geodetic is None:
        raise InputError(Problem("crs.not_on_earth", crs.name, {"crs": crs.name}))
    return geodetic


def distortion(crs: CRS, bounds: Bounds) -> float:
    """Largest relative error of planar areas in a projected CRS inside `bounds` (of that CRS): 0.064 % is 0.00064.

    A geographic CRS has no planar area: infinity.
    """
    if crs.is_geographic:
        return float("inf")
    west, south, east, north = bounds
    xs, ys = (g.ravel() for g in np.meshgrid(np.linspace(west, east, 3), np.linspace(south, north, 3)))
    lon, lat = transform(xs, ys, crs, lonlat(crs))
    base = crs.source_crs if crs.is_bound and crs.source_crs is not None else crs
    try:
        factors = Proj(base).get_factors(lon, lat, errcheck=True)
    except ProjError as error:
        raise InputError(Problem("crs.not_here", name(crs), {"crs": name(crs)})) from error
    return float(np.max(np.abs(np.asarray(factors.areal_scale) - 1.0)))


def candidates(bounds: Bounds, wanted: Bounds, known: Sequence[str] = CANDIDATES) -> list[Candidate]:
    """CRSs in which raw numbers would lie within 5 km of the communes, nearest first.

    Parameters
    ----------
    bounds : tuple
        The file's raw coordinates.
    wanted : tuple
        Bounds of the communes in longitude and latitude, WGS 84.
    """
    found = []
    for text in known:
        crs = _known(text)
        if crs.is_geographic != _looks_like_degrees(bounds):
            continue
        lon, lat = transform([bounds[0], bounds[2]], [bounds[1], bounds[3]], crs, _known("EPSG:4326"))
        if np.isfinite(lon).all() and np.isfinite(lat).all():
            distance = distance_km((lon[0], lat[0], lon[1], lat[1]), wanted)
            if distance <= 5.0:
                found.append(Candidate(text, crs.name, distance))
    return sorted(found, key=lambda c: c.distance_km)


def distance_km(left: Bounds, right: Bounds) -> float:
    """Kilometres between the centres of two boxes in degrees, less nothing: 0 only for the same centre."""
    middle = [((b[0] + b[2]) / 2, (b[1] + b[3]) / 2) for b in (left, right)]
    metres = Geod(ellps="WGS84").inv(*middle[0], *middle[1])[2]
    return float(metres) / 1000.0


def _looks_like_degrees(bounds: Bounds) -> bool:
    return max(abs(bounds[0]), abs(bounds[2])) <= 360.0 and max(abs(bounds[1]), abs(bounds[3])) <= 90.0


@cache
def _known(text: str) -> CRS:
    return CRS.from_user_input(text)


@lru_cache(maxsize=64)
def _steps(source_wkt: str, target_wkt: str) -> tuple[tuple[Transformer, TransformDirection], ...]:
    source, target = CRS.from_wkt(source_wkt), CRS.from_wkt(target_wkt)
    if same(source, target):
        return ()
    here, there = family(source), family(target)
    if "unknown" in (here, there):
        _one_datum(source, target)
    elif "other" in (here, there):
        return ((_general(source, target), TransformDirection.FORWARD),)
    steps = []
    if not source.is_geographic or source.is_bound:
        steps.append((_conversion(source), TransformDirection.INVERSE))
    if {here, there} == {"vn2000", "wgs84"}:
        direction = TransformDirection.FORWARD if here == "wgs84" else TransformDirection.INVERSE
        steps.append((Transformer.from_pipeline(_SHIFT), direction))
    if not target.is_geographic or target.is_bound:
        steps.append((_conversion(target), TransformDirection.FORWARD))
    return tuple(steps)


def _conversion(crs: CRS) -> Transformer:
    """Longitude and latitude to the CRS on its own datum: no shift."""
    base = crs.source_crs if crs.is_bound and crs.source_crs is not None else crs
    return Transformer.from_crs(_geodetic(crs), base, always_xy=True)


def _one_datum(source: CRS, target: CRS) -> None:
    """Refuse a way from or to a CRS without datum, unless both ends stand on the very same one."""
    alike = family(source) == family(target) and _geodetic(source).equals(_geodetic(target), ignore_axis_order=True)
    if alike or source == lonlat(target) or target == lonlat(source):
        return
    text = name(source if family(source) == "unknown" else target)
    raise InputError(Problem("crs.datum_unknown", text, {"crs": text}))


def _general(source: CRS, target: CRS) -> Transformer:
    try:
        return Transformer.from_crs(source, target, always_xy=True, allow_ballpark=False)
    except ProjError as error:
        facts = {"source": name(source), "target": name(target)}
        raise InputError(Problem("crs.no_operation", name(source), facts)) from error
