"""Which CRS a doubtful layer may be in, said so that the user can answer: candidates with what they do to the layer."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from pyproj import CRS, Geod

from geoplan import crs as coordinates
from geoplan import formats
from geoplan.crs import Bounds, Candidate, detective
from geoplan.errors import InputError, Problem
from geoplan.formats.records import LayerSpec
from geoplan.layers.records import Layer

Facts = dict[str, str | int | float]

EXPLAINED = frozenset(
    {
        "layer.crs_missing",
        "layer.crs_local",
        "layer.crs_datum_unknown",
        "layer.crs_name_contradicts",
        "layer.degrees_in_metre_crs",
        "layer.metres_in_degree_crs",
        "layer.axes_swapped",
        "layer.outside_vietnam",
    }
)
"""Refusals whose candidates get better once it is known where the communes are."""

MARKED_SHARE = 0.03
"""A reading must put this share more of the vertices on the communes or their borders before a word is said."""
MARKED_POINTS = 8
"""And so many vertices more: a few corners meet a border by chance."""
OUTSIDE_SHARE = 0.02
"""With so many vertices outside, a usual mistake (datum, scale) that would bring nearly all of them in is enough."""
NEAREST_M = 5.0
"""Readings nearer to each other than this make no difference that a layer of a commune can show."""

_WGS84 = coordinates.parse("EPSG:4326")
_USUAL = "EPSG:9213"


def by_bounds(bounds: Bounds) -> Facts:
    """Candidates for raw numbers of which only the box is known, and no communes: systems of the province."""
    west, south, east, north = bounds
    xs, ys = np.meshgrid(np.linspace(west, east, 5), np.linspace(south, north, 5))
    return listed(detective.suspects(np.column_stack([xs.ravel(), ys.ravel()])))


def explained(error: InputError, spec: LayerSpec, communes: Callable[[], Layer]) -> InputError:
    """The refusal of a file with the candidates that put it on the communes, where its CRS is in question.

    The file is opened once more: only its raw numbers can tell.

    Parameters
    ----------
    communes : callable
        Gives the communes; called only where they are needed.
    """
    if not any(p.key in EXPLAINED for p in error.problems):
        return error
    try:
        shapes, ground = formats.open_file(spec).shapes, communes()
    except InputError:  # a table that is not opened without a CRS, or communes with faults of their own
        return error
    facts = listed(detective.suspects(_points(shapes), _outline(ground), borders=_borders(ground)))
    return InputError(*(replace(p, facts={**p.facts, **facts}) if p.key in EXPLAINED else p for p in error.problems))


def far(layer: Layer, communes: Layer) -> Problem:
    """``layer.meets_nothing`` with the distance and what would fit; ``layer.lies_elsewhere`` where nothing would.

    ``layer.converted_wrongly`` where the layer lies on the communes once it is moved by some quarters of a degree.
    """
    lonlat, outline = coordinates.geometries(_shapes(layer), layer.frame.crs, _WGS84), _outline(communes)
    west, south, east, north = (float(v) for v in shapely.total_bounds(lonlat))
    found = [c for c in _suspects(layer, communes) if c.crs != layer.source.crs]
    facts: Facts = {
        "distance_km": coordinates.distance_km((west, south, east, north), outline.bounds),
        "crs": layer.source.crs,
        **listed(found),
    }
    if found:
        return Problem("layer.meets_nothing", layer.source.path, facts)
    slip = detective.meridian_slip(_points(lonlat), outline)
    if slip is None:
        return Problem("layer.lies_elsewhere", layer.source.path, facts)
    return Problem("layer.converted_wrongly", layer.source.path, {**facts, "minutes": round(60 * abs(slip))})


def doubts(layer: Layer, communes: Layer) -> list[Problem]:
    """``layer.crs_doubtful`` where another reading of the same numbers fits the communes and their borders better.

    A datum mistaken (223 m) or a 6-degree grid taken for one of 3 degrees (hundreds of metres) leaves most of a layer
    in its commune: its edges no longer run along the borders, and a strip on one side lies outside.
    """
    if layer.file_crs is None or len(layer.frame) == 0:
        return []
    found = _suspects(layer, communes)
    here = next((c for c in found if c.explanation == "crs.case.as_is"), None)
    count = len(detective.sampled(_points(_shapes(layer))))
    better = [c for c in found if here is not None and not c.swapped and _marked(c, here, count)]
    if here is None or not better:
        return []
    better.sort(key=lambda c: coordinates.family(coordinates.parse(c.crs)) == "other")  # Indian 1960 is a last thought
    best = better[0]
    metres = _metres_between(layer, best)
    if metres < NEAREST_M:
        return []
    facts: Facts = {
        "crs": layer.source.crs,
        "inside_pct": 100.0 * here.overlap_share,
        "border_pct": 100.0 * here.border_share,
        "better_inside_pct": 100.0 * best.overlap_share,
        "better_border_pct": 100.0 * best.border_share,
        "metres": metres,
        **listed(better),
    }
    return [Problem("layer.crs_doubtful", layer.source.path, facts)]


def _marked(candidate: Candidate, here: Candidate, points: int) -> bool:
    gain = candidate.score - here.score
    if gain >= MARKED_SHARE and gain * points >= MARKED_POINTS:
        return True
    outside, inwards = 1.0 - here.overlap_share, candidate.overlap_share - here.overlap_share
    usual = candidate.explanation in {"crs.case.datum", "crs.case.scale"}
    return usual and outside > OUTSIDE_SHARE and inwards >= 0.9 * outside


def _suspects(layer: Layer, communes: Layer) -> list[Candidate]:
    """Readings of the layer's raw numbers, its own among them."""
    file_crs = layer.file_crs or layer.frame.crs
    points = detective.sampled(_points(_shapes(layer)))
    raw = np.column_stack(coordinates.transform(points[:, 0], points[:, 1], layer.frame.crs, file_crs))
    return detective.suspects(raw, _outline(communes), declared=file_crs, borders=_borders(communes))


def _metres_between(layer: Layer, candidate: Candidate) -> float:
    """How far the middle of the layer moves when it is read as the candidate."""
    west, south, east, north = (float(v) for v in layer.frame.total_bounds)
    file_crs: CRS = layer.file_crs or layer.frame.crs
    here = coordinates.transform((west + east) / 2, (south + north) / 2, layer.frame.crs, file_crs)
    places = [coordinates.transform(*here, crs, _WGS84) for crs in (file_crs, coordinates.parse(candidate.crs))]
    (a, b), (c, d) = ((float(lon), float(lat)) for lon, lat in places)
    return float(Geod(ellps="WGS84").inv(a, b, c, d)[2])


def listed(found: Sequence[Candidate]) -> Facts:
    """The candidates as a message has them, and the one to write where nothing speaks against it."""
    straight = [c.crs for c in found if not c.swapped]
    return {"candidates": detective.listed(found), "best": straight[0] if straight else _USUAL}


def _shapes(layer: Layer) -> npt.NDArray[np.object_]:
    return np.asarray(layer.frame.geometry.array, dtype=object)


def _points(shapes: Any) -> npt.NDArray[np.float64]:
    return np.asarray(shapely.get_coordinates(shapes), dtype=np.float64)


def _outline(communes: Layer) -> shapely.Geometry:
    return coordinates.geometries(shapely.union_all(_shapes(communes)), communes.frame.crs, _WGS84)


def _borders(communes: Layer) -> shapely.Geometry:
    lines = shapely.union_all(shapely.boundary(_shapes(communes)))
    return coordinates.geometries(lines, communes.frame.crs, _WGS84)
