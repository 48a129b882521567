"""What a CRS is: read from a user's words, named, compared, and the datum that its coordinates stand on."""

import re
from functools import lru_cache

from pyproj import CRS
from pyproj.exceptions import CRSError

from geoplan.crs import shift
from geoplan.errors import InputError, Problem
from geoplan.text.safe import plain

_VN_NAME = re.compile(r"vn[\s_-]*2000|viet[\s_-]*nam[\s_-]*2000", re.IGNORECASE)
_WGS_NAME = re.compile(r"wgs[\s_-]*(19)?84|world geodetic system 1984", re.IGNORECASE)
_NO_NAME = re.compile(r"unknown|un(specified|defined|named)|not[\s_]*specified|based[\s_]*(up)?on", re.IGNORECASE)
"""Names that say which ellipsoid a file was made with, not which datum its coordinates stand on."""
_WGS84_AXIS, _WGS84_FLATTENING = 6378137.0, 298.257223563
_DEGREE = 0.017453292519943295
_LONGEST = 20_000
"""Characters of the longest text that a user writes a CRS with: WKT of a compound one has some 4,000."""
_NAMES_FILES = re.compile(
    r"(grids|catalog|model|file|init)\s*=(?!\s*@null(?:[\s\"]|$))|proj\s*=\s*pipeline|PARAMETERFILE\[[^,\]]*,\s*\"(?!@null\")"
    r"|^(@|\w+://|\.{0,2}[/\\]|[a-z]:[/\\])",
    re.IGNORECASE,
)
"""Words by which PROJ would open a file or a page: grids of shifts, ``+init=``, addresses, paths."""
_ADDRESS_OF_A_CODE = re.compile(r"https?://www\.opengis\.net/(def/crs/|gml/srs/epsg\.xml#)[\w./]*", re.IGNORECASE)
"""Names of OGC that look like addresses: PROJ takes the code out of them and connects to nothing."""


@lru_cache(maxsize=256)
def parse(text: str) -> CRS:
    """A CRS from what a user wrote (``EPSG:9213``, WKT, PROJ string).

    Raises
    ------
    InputError
        ``crs.unknown`` if nobody knows it; ``crs.names_files`` for one that needs a file or an address, which is
        neither opened nor asked for.
    """
    text = text.strip()
    shown = plain(text[:80])
    if _NAMES_FILES.search(text) and not _ADDRESS_OF_A_CODE.fullmatch(text):
        raise InputError(Problem("crs.names_files", shown, {"crs": shown}))
    try:
        found = CRS.from_user_input(text) if len(text) <= _LONGEST and plain(text) == text else None
    except CRSError:
        found = None
    if found is None:
        raise InputError(Problem("crs.unknown", shown, {"crs": shown}))
    return found


def names_files(crs: CRS) -> bool:
    """True for a CRS of a file that names a file or an address for its datum shift: PROJ would open it."""
    return bool(_NAMES_FILES.search(horizontal(crs).to_wkt()))


def horizontal(crs: CRS) -> CRS:
    """A CRS without its heights: the first part of a compound one, longitude and latitude of a 3D one."""
    if crs.is_compound and crs.sub_crs_list:
        return horizontal(crs.sub_crs_list[0])
    return crs.to_2d() if len(crs.axis_info) == 3 and not crs.is_geocentric else crs


def code(crs: CRS) -> str:
    """``EPSG:9213``, or empty: PROJ gives a grid without datum the code of a grid of VN-2000, which it is not."""
    return _code(horizontal(crs))


@lru_cache(maxsize=256)
def _code(crs: CRS) -> str:
    """By the text of the CRS alone: objects that are equal may be read from forms that PROJ recognises unlike.

    Longitude and latitude in that order have a code when they come from a ``.prj``, and none when they come from the
    WKT 2 that PROJ itself writes of it. The form of a ``.prj`` is asked for both.
    """
    plain = CRS.from_wkt(crs.to_wkt())
    esri = _as_prj(plain)
    authority = plain.to_authority(min_confidence=100) or (esri and esri.to_authority("EPSG", min_confidence=70))
    authority = authority or plain.to_authority(min_confidence=70)
    if authority is None:
        return ""
    text = ":".join(authority)
    known = parse(text)
    alike = family(crs) == family(known)  # PROJ takes a datum called "unknown" for any
    return text if alike and (family(crs) != "unknown" or crs.equals(known, ignore_axis_order=True)) else ""


def _as_prj(crs: CRS) -> CRS | None:
    """The CRS as a ``.prj`` has it; None for one that such a file cannot hold."""
    try:
        return CRS.from_wkt(crs.to_wkt("WKT1_ESRI"))
    except CRSError:
        return None


def same(left: CRS | None, right: CRS | None) -> bool:
    """True if two CRSs give the same coordinates (heights, axis order and names aside)."""
    if left is None or right is None or family(left) != family(right):
        return False
    left, right = horizontal(left), horizontal(right)
    return left.equals(right, ignore_axis_order=True) or (code(left) != "" and code(left) == code(right))


def family(crs: CRS) -> str:
    """``vn2000``, ``wgs84``, ``other`` or ``unknown``: the datum that the coordinates stand on.

    A `towgs84` with the decree's values is VN-2000. The same values with flipped rotations are ``other``: half a
    metre off. ``unknown`` is a CRS on the ellipsoid of WGS 84 that names no datum (``+ellps=WGS84``): VN-2000 has the
    same ellipsoid, 223 m away. So is one that names VN-2000 and says that it is WGS 84 (a `towgs84` of zeros).
    """
    crs = horizontal(crs)
    if not _on_the_ellipsoid_of_wgs84(crs):
        return "other"
    named = _datum_names(crs)
    if crs.is_bound:
        return _bound_family(crs, named)
    if _VN_NAME.search(named):
        return "vn2000"
    if _WGS_NAME.search(named):
        return "wgs84"
    return "other" if named.strip() else "unknown"


def _bound_family(crs: CRS, named: str) -> str:
    if names_files(crs):
        return "other"
    values = shift.of(crs)
    if shift.is_vn2000(values):
        return "vn2000"
    if not any(values) and values:
        return "unknown" if _VN_NAME.search(named) else "wgs84"
    return "other"


def contradicts_itself(crs: CRS) -> bool:
    """True where the name of a grid says VN-2000 and its datum WGS 84, or the reverse: an office named it by hand."""
    says = _VN_NAME.search(crs.name), _WGS_NAME.search(crs.name)
    return (family(crs) == "wgs84" and bool(says[0])) or (family(crs) == "vn2000" and bool(says[1]))


def lonlat(crs: CRS) -> CRS:
    """Longitude and latitude on the CRS's own datum."""
    standard = {"vn2000": "EPSG:4756", "wgs84": "EPSG:4326"}.get(family(crs)) if horizontal(crs).is_bound else None
    return parse(standard) if standard else geodetic(crs)


def geodetic(crs: CRS) -> CRS:
    """Longitude and latitude in degrees under a projection, whatever a `towgs84` says of their datum.

    Raises
    ------
    InputError
        ``crs.not_on_earth`` for one that has none, or whose poles are turned; ``crs.not_degrees`` where they are not
        in degrees (grads).
    """
    base = shift.bare(horizontal(crs))
    found = base.geodetic_crs
    if found is None or found.is_geocentric or (base.is_geographic and base.is_derived):
        raise InputError(Problem("crs.not_on_earth", crs.name, {"crs": crs.name}))
    if any(abs(axis.unit_conversion_factor - _DEGREE) > 1e-12 for axis in found.axis_info[:2]):
        raise InputError(Problem("crs.not_degrees", crs.name, {"crs": crs.name}))
    return found


def _datum_names(crs: CRS) -> str:
    """What a CRS calls its datum, without words that name none."""
    base = shift.bare(crs)
    found = [base.datum.name if base.datum else "", base.geodetic_crs.name if base.geodetic_crs else ""]
    return " ".join(text for text in found if not _NO_NAME.search(text))


def _on_the_ellipsoid_of_wgs84(crs: CRS) -> bool:
    """True for the ellipsoid of WGS 84 (GRS 80 is a tenth of a millimetre off) and the meridian of Greenwich."""
    base = shift.bare(crs)
    shape, meridian = base.ellipsoid, base.prime_meridian
    if base.geodetic_crs is None or shape is None:
        return False
    alike = abs(shape.semi_major_metre - _WGS84_AXIS) < 1e-3
    alike = alike and abs(shape.inverse_flattening - _WGS84_FLATTENING) < 1e-5
    return alike and (meridian is None or meridian.longitude == 0.0)
