"""Coordinates of KML, GML and GPX as text into shapes; a geometry that cannot be read says why."""

import math
import re
from array import array
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

Points = npt.NDArray[np.float64]
"""One row a vertex: x, y."""

_COMMA = re.compile(r"\s*,\s*")
_SPACED = re.compile(r"\s,|,\s")
_WORD = re.compile(r"\S+")
_PLAIN = re.compile(r"[0-9eE+\-., \t\r\n]*")
_SHORT = 1_000_000
"""Letters of a text that is taken in one go; the words of a longer one would need too much memory."""


class ShapeError(ValueError):
    """A geometry cannot be read: the key of its sentence, and the piece of the file that is wrong."""

    def __init__(self, key: str, sample: str = "") -> None:
        super().__init__(key)
        self.key, self.sample = key, sample[:40]


def numbers(text: str) -> npt.NDArray[np.float64]:
    """Numbers between blanks, with a decimal point, as XML writes them; one after another, as lists may be long.

    Raises
    ------
    ShapeError
        ``layer.xml_coordinates`` with the first text that is none.
    """
    plain = _plain(text, text.split()) if len(text) <= _SHORT else None
    if plain is not None:
        return plain
    found = array("d")
    for match in _WORD.finditer(text):
        found.append(_number(match[0], match[0]))
    return np.frombuffer(found, dtype=np.float64) if found else np.empty(0)


def pairs(values: Sequence[str]) -> Points:
    """Vertices of single numbers, x and y in turn; an empty one, or one with a blank in it, is none.

    Raises
    ------
    ShapeError
        ``layer.xml_coordinates``.
    """
    found = array("d", (_number(value.strip(), value or "–") for value in values))
    return np.frombuffer(found, dtype=np.float64).reshape(-1, 2) if found else np.empty((0, 2))


def tuples(text: str) -> Points:
    """Vertices of ``x,y[,z] x,y[,z]``; blanks around the commas are harmless, altitudes are dropped.

    A list in which some vertices have three numbers and some two is refused: ``22,2`` may be a latitude with a comma.

    Raises
    ------
    ShapeError
        ``layer.xml_coordinates``.
    """
    words = text.split() if len(text) <= _SHORT else []
    if len({word.count(",") for word in words}) == 1:
        width = words[0].count(",") + 1
        plain = _plain(text, ",".join(words).split(",")) if width in (2, 3) else None
        if plain is not None:
            return plain.reshape(-1, width)[:, :2]
    found = array("d")
    width = 0
    for match in _WORD.finditer(_COMMA.sub(",", text) if _SPACED.search(text) else text):
        parts = match[0].rstrip(",").split(",")
        width = width or len(parts)
        if len(parts) != width or width not in (2, 3):
            raise ShapeError("layer.xml_coordinates", match[0])
        found.append(_number(parts[0], match[0]))
        found.append(_number(parts[1], match[0]))
    return np.frombuffer(found, dtype=np.float64).reshape(-1, 2) if found else np.empty((0, 2))


def _plain(text: str, words: Sequence[str]) -> npt.NDArray[np.float64] | None:
    """The numbers of a text in one go; None where one of them is none, which the slow way names."""
    if not _PLAIN.fullmatch(text):
        return None
    try:
        found = np.fromiter(map(float, words), dtype=np.float64, count=len(words))
    except ValueError:
        return None
    return found if np.isfinite(found).all() else None


def _number(text: str, sample: str) -> float:
    try:
        value = float(text)
    except ValueError as error:
        raise ShapeError("layer.xml_coordinates", sample) from error
    if not math.isfinite(value) or "_" in text or not text.isascii():
        raise ShapeError("layer.xml_coordinates", sample)
    return value


def course(points: Points, *, lone: bool = False) -> Any:
    """A line through two vertices or more; the one point where `lone`."""
    if (len(points) != 1) if lone else (len(points) < 2):
        raise ShapeError("layer.xml_vertices", str(len(points)))
    return shapely.points(points[0]) if lone else shapely.linestrings(points)


def polygon(rings: Sequence[Points], open_rings: list[int]) -> Any:
    """A polygon of its outer ring and its holes; `open_rings` gets 1 for each ring that did not end where it began."""
    whole = []
    for ring in rings:
        closed = ring
        if len(ring) >= 3 and not (ring[0] == ring[-1]).all():
            open_rings.append(1)
            closed = np.vstack([ring, ring[:1]])
        if len(closed) < 4:
            raise ShapeError("layer.xml_vertices", str(len(ring)))
        whole.append(closed)
    if not whole:
        raise ShapeError("layer.xml_structure", "")
    return shapely.Polygon(whole[0], whole[1:])


def gathered(parts: Sequence[Any]) -> Any:
    """Several shapes as one: a multi-shape where all are of a kind, else a collection; None for none."""
    flat = [p for part in parts if part is not None for p in (part.geoms if hasattr(part, "geoms") else [part])]
    if not flat:
        return None
    if len(flat) == 1:
        return flat[0]
    kinds = {p.geom_type for p in flat}
    makers = {"Point": shapely.MultiPoint, "LineString": shapely.MultiLineString, "Polygon": shapely.MultiPolygon}
    maker = makers.get(kinds.pop(), shapely.GeometryCollection) if len(kinds) == 1 else shapely.GeometryCollection
    return maker(flat)
