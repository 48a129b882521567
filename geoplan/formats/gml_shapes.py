"""Geometry of GML 2 and 3 as shapes, and its ``srsName`` as a CRS with the order of its axes.

A name of the authority's form (``urn:ogc:def:crs:EPSG::4326``) gives the axes in the authority's order, latitude
first; the short form (``EPSG:4326``) and the old one (``epsg.xml#4326``) give longitude first, as all programs write
them. OGC 05-096r1; OGC 07-092r3.
"""

import re
from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
import shapely
from pyproj import CRS
from pyproj.exceptions import CRSError

from geoplan.formats import markup_shapes
from geoplan.formats.markup import Element
from geoplan.formats.markup_shapes import Points, ShapeError

_LINES = frozenset({"LineString", "LinearRing", "Curve", "CompositeCurve", "OrientableCurve", "Ring"})
_FACES = frozenset({"Polygon", "PolygonPatch", "Rectangle", "Triangle"})
_SURFACES = frozenset({"Surface", "PolyhedralSurface", "TriangulatedSurface", "Tin", "CompositeSurface"})
_MULTIS = frozenset(
    {"MultiPoint", "MultiLineString", "MultiCurve", "MultiPolygon", "MultiSurface", "MultiGeometry", "GeometricComplex"}
)
_NOT_READ = frozenset({"Solid", "MultiSolid", "CompositeSolid", "Grid", "RectifiedGrid", "Arc", "Circle"})
GEOMETRIES = frozenset({"Point", "OrientableSurface"}) | _LINES | _FACES | _SURFACES | _MULTIS | _NOT_READ
"""Elements that are a geometry."""

_OUTER, _INNER = ("exterior", "outerBoundaryIs"), ("interior", "innerBoundaryIs")
_AUTHORITY = (
    re.compile(r"^urn:(?:x-)?ogc:def:crs(?:,crs)?:EPSG:[^:,]*:(\d{3,6})(?:,.*)?$", re.IGNORECASE),
    re.compile(r"^https?://www\.opengis\.net/def/crs/EPSG/[^/]+/(\d{3,6})$", re.IGNORECASE),
)
_SHORT = (
    re.compile(r"^EPSG:(\d{3,6})$", re.IGNORECASE),
    re.compile(r"^(?:https?://www\.opengis\.net/gml/srs/)?epsg\.xml#(\d{3,6})$", re.IGNORECASE),
    re.compile(r"^urn:EPSG:geographicCRS:(\d{3,6})$", re.IGNORECASE),
)
_CRS84 = re.compile(
    r"^(?:urn:(?:x-)?ogc:def:crs:OGC:[^:]*:|https?://www\.opengis\.net/def/crs/OGC/[^/]+/|CRS:|OGC:CRS)(?:CRS)?84$",
    re.IGNORECASE,
)


@cache
def crs_of(name: str) -> tuple[CRS, bool] | None:
    """The CRS of a ``srsName`` and whether its first axis is north; None for a name that is not known here."""
    if _CRS84.match(name):
        return CRS.from_epsg(4326), False
    for forms, by_authority in ((_AUTHORITY, True), (_SHORT, False)):
        for form in forms:
            match = form.match(name)
            if match is None:
                continue
            try:
                crs = CRS.from_epsg(int(match[1]))
            except CRSError:
                return None
            return crs, by_authority and bool(crs.axis_info) and crs.axis_info[0].direction == "north"
    return None


def srs_names(element: Element) -> tuple[str, ...]:
    """All CRS names in a geometry, the outermost first."""
    names = (e.attributes.get("srsName", "").strip() for e in (element, *element.below()))
    return tuple(dict.fromkeys(n for n in names if n))


def shape_of(element: Element, open_rings: list[int], dimension: int = 0) -> Any:
    """Shape of a geometry element in the order of axes that the file has; None for an empty one.

    Parameters
    ----------
    element : Element
        One of `GEOMETRIES`.
    open_rings : list of int
        Gets 1 for each ring that did not end where it began.
    dimension : int
        Numbers a vertex as an outer element states it; 0 where none does.

    Raises
    ------
    ShapeError
        ``layer.xml_coordinates``, ``layer.xml_vertices``, ``layer.xml_structure``, ``layer.xml_shape_unknown``.
    """
    dimension = _dimension(element, dimension)
    if element.name == "Point":
        return markup_shapes.course(_vertices(element, dimension), lone=True)
    if element.name in _LINES:
        return markup_shapes.course(_course(element, dimension))
    if element.name in _FACES:
        return _face(element, open_rings, dimension)
    if element.name in _SURFACES or element.name == "OrientableSurface":
        faces = [shape_of(e, open_rings, dimension) for e in _members(element)]
        return shapely.union_all(faces) if len(faces) > 1 else (faces or [None])[0]
    if element.name in _MULTIS:
        return markup_shapes.gathered([shape_of(e, open_rings, dimension) for e in _members(element)])
    raise ShapeError("layer.xml_shape_unknown", element.name)


def _dimension(element: Element, above: int) -> int:
    text = element.attributes.get("srsDimension") or element.attributes.get("dimension") or ""
    return int(text) if text in ("2", "3") else above


def _members(element: Element) -> list[Element]:
    """Geometries that a geometry is made of, behind their properties (``surfaceMember``, ``patches``)."""
    found: list[Element] = []
    for part in element.children:
        inner = [part] if part.name in GEOMETRIES else [e for e in part.children if e.name in GEOMETRIES]
        if not inner and "href" in part.attributes:
            raise ShapeError("layer.xml_structure", "xlink:href")
        if not inner and part.children:
            raise ShapeError("layer.xml_shape_unknown", part.children[0].name)
        found += inner
    return found


def _face(element: Element, open_rings: list[int], dimension: int) -> Any:
    rings: list[Points] = []
    for names in (_OUTER, _INNER):
        for side in element.every(*names):
            for ring in side.children:
                if ring.name not in ("LinearRing", "Ring"):
                    raise ShapeError("layer.xml_shape_unknown", ring.name)
                rings.append(_course(ring, dimension, ring=True))
        if names is _OUTER and len(rings) != 1:
            if not element.children:
                return None
            raise ShapeError("layer.xml_structure", "exterior")
    return markup_shapes.polygon(rings, open_rings)


def _course(element: Element, dimension: int, *, ring: bool = False) -> Points:
    """Vertices of a line, curve or ring in their order."""
    dimension = _dimension(element, dimension)
    if element.name in ("LineString", "LinearRing", "LineStringSegment"):
        return _vertices(element, dimension, ring=ring)
    if element.name == "OrientableCurve":
        course = _joined([_course(e, dimension) for e in _members(element)])
        return course[::-1] if element.attributes.get("orientation") == "-" else course
    if element.name == "Curve":
        segments = [s for e in element.every("segments") for s in e.children]
        odd = next((s.name for s in segments if s.name != "LineStringSegment"), "")
        if odd:
            raise ShapeError("layer.xml_shape_unknown", odd)
        return _joined([_course(s, dimension) for s in segments])
    if element.name in ("Ring", "CompositeCurve"):
        return _joined([_course(e, dimension) for e in _members(element)])
    raise ShapeError("layer.xml_shape_unknown", element.name)


def _joined(courses: Sequence[Points]) -> Points:
    """Pieces of a line one after another; each must begin where the last one ended."""
    if not courses:
        return np.empty((0, 2))
    for before, after in pairwise(courses):
        if len(before) and len(after) and not (before[-1] == after[0]).all():
            raise ShapeError("layer.xml_structure", "curveMember")
    return np.vstack([courses[0], *(c[1:] for c in courses[1:])])


def _vertices(element: Element, dimension: int, *, ring: bool = False) -> Points:
    """Vertices in any of the four ways of GML: posList, pos, coordinates, coord."""
    lists, singles = element.every("posList"), element.every("pos", "pointProperty", "pointRep")
    texts, coords = element.every("coordinates"), element.every("coord")
    if len(lists) + len(texts) > 1 or sum(map(bool, (lists, singles, texts, coords))) > 1:
        raise ShapeError("layer.xml_structure", "coordinates")
    if lists:
        return _pairs(lists[0].text, _dimension(lists[0], dimension), ring=ring)
    if texts:
        return markup_shapes.tuples(_plain(texts[0]))
    if coords:
        axes = [[c.first("X"), c.first("Y")] for c in coords]
        return markup_shapes.pairs([a.text if a is not None else "" for pair in axes for a in pair])
    found: list[Points] = []
    for single in singles:
        pos = single if single.name == "pos" else next((e for e in single.below() if e.name == "pos"), single)
        values = markup_shapes.numbers(pos.text)
        if len(values) not in (2, 3):
            raise ShapeError("layer.xml_coordinates", pos.text)
        found.append(values[:2])
    return np.array(found, dtype=np.float64).reshape(-1, 2)


def _pairs(text: str, dimension: int, *, ring: bool) -> Points:
    """Vertices of a list; where nothing says how many numbers a vertex has, a ring tells it by where it closes."""
    values = markup_shapes.numbers(text)
    if not dimension:
        three = len(values) % 3 == 0 and (
            len(values) % 2 != 0 or (ring and not _closes(values, 2) and _closes(values, 3))
        )
        dimension = 3 if three else 2
    if len(values) % dimension:
        raise ShapeError("layer.xml_structure", f"posList: {len(values)}")
    return values.reshape(-1, dimension)[:, :2]


def _closes(values: np.ndarray, dimension: int) -> bool:
    return len(values) >= 4 * dimension and bool((values[:2] == values[len(values) - dimension :][:2]).all())


def _plain(element: Element) -> str:
    """Text of ``coordinates`` with the usual signs, whatever signs the element declares."""
    signs = element.attributes
    between, after, decimal = signs.get("cs", ","), signs.get("ts", " "), signs.get("decimal", ".")
    if (between, decimal) == (",", ".") and after.isspace():
        return element.text
    vertices = element.text.split(after) if not after.isspace() and after else element.text.split()
    if not between or between == decimal:
        raise ShapeError("layer.xml_structure", "coordinates cs")
    return " ".join(",".join(n.strip().replace(decimal, ".") for n in v.split(between)) for v in vertices if v.strip())
