"""Geometry of a layer, feature by feature: the right kind, whole, and not more work than can be done.

Winding of rings, repeated consecutive points and heights are harmless and pass. What would count ground twice or not at
all is refused.
"""

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from geoplan.errors import Problem
from geoplan.formats.verdict import Verdict
from geoplan.layers import complexity
from geoplan.layers.schemas import Schema, Shape

BROKEN = frozenset(
    {"layer.geometry_broken", "layer.geometry_nested", "layer.geometry_collapsed", "layer.geometry_too_complex"}
)
"""Problems after which a layer's ground cannot be measured."""

_TYPES = {Shape.POLYGON: (3, 6), Shape.POINT: (0, 4), Shape.LINE: (1, 5)}
_REASON = re.compile(r"^(?P<reason>[^\[]*)(?:\[(?P<x>\S+) (?P<y>[^\s\]]+)[^\]]*\])?$")
_NESTED = ("nested", "outside shell", "duplicate rings")
_COLLAPSED = ("too few points",)
_SHOWN = 5
_SMALL = 100
Shapes = npt.NDArray[np.object_]


def check(
    schema: Schema, shapes: Shapes, names: Sequence[str], where: str, told: frozenset[int] = frozenset()
) -> tuple[tuple[Shape, ...], Verdict]:
    """Kinds of shapes that the layer has, and the problems of single features.

    Parameters
    ----------
    schema : Schema
        The role: a layer has one of its kinds; a role of any shape may have several, which is told.
    shapes : array of object
        As read; None is a missing geometry.
    names : sequence of str
        Names of the features.
    told : frozenset of int
        Rows without a shape whose reason has been told.
    """
    said = Verdict()
    absent = shapely.is_missing(shapes) | shapely.is_empty(shapes)
    untold = absent.copy()
    untold[list(told)] = False
    _tell(said, "layer.geometry_missing", untold, names, where)
    open_ended = unfinished(shapes)
    _tell(said, "layer.geometry_not_finite", open_ended, names, where)
    sound = ~absent & ~open_ended
    kinds = shapely.get_type_id(shapes)
    found = tuple(s for s in schema.shapes if np.isin(kinds[sound], _TYPES[s]).any())
    wrong = sound & ~np.isin(kinds, [t for s in schema.shapes for t in _TYPES[s]])
    if wrong.any():
        types = sorted({shapely.GeometryType(k).name.lower() for k in kinds[wrong]})
        _tell(said, "layer.geometry_kind", wrong, names, where, wanted=", ".join(schema.shapes), found=", ".join(types))
    if len(found) > 1:
        kinds_found = Problem("layer.geometry_mixed", where, {"found": ", ".join(found)})
        if schema.role == "any":
            said.tell(Problem("layer.geometry_mixed_told", where, dict(kinds_found.facts)))
        else:
            said.refuse(kinds_found)
    _broken(said, shapes, sound & ~wrong, names, where)
    if found == (Shape.POINT,) and schema.role != "any":
        _tell(said, "layer.points_many", (kinds == 4) & (shapely.get_num_geometries(shapes) > 1), names, where)
    return found, said


def single_points(shapes: Shapes) -> Shapes:
    """Points out of multipoints of one point."""
    lone = (shapely.get_type_id(shapes) == 4) & (shapely.get_num_geometries(shapes) == 1)
    found = shapes.copy()
    found[lone] = shapely.get_geometry(shapes[lone], 0)
    return found


def plain(shapes: Shapes) -> Shapes:
    """Shapes without heights; a collection of one kind of shapes as a multipart shape: no ground changes."""
    found = np.asarray(shapely.force_2d(shapes), dtype=object)
    for i in np.flatnonzero(shapely.get_type_id(found) == 7).tolist():
        parts = leaves(found[i])
        kinds = set(shapely.get_type_id(parts).tolist())
        if len(parts) and any(kinds <= set(types) for types in _TYPES.values()):
            found[i] = gathered(parts)
    return found


def leaves(shape: Any) -> Shapes:
    """Single polygons, lines and points of a shape at any depth."""
    parts = shapely.get_parts(np.array([shape], dtype=object))
    while np.isin(shapely.get_type_id(parts), (4, 5, 6, 7)).any():
        parts = shapely.get_parts(parts)
    return np.asarray(parts[~shapely.is_empty(parts)], dtype=object)


def gathered(parts: Shapes) -> Any:
    """One shape out of single ones of one kind."""
    if len(parts) == 1:
        return parts[0]
    made = {3: shapely.multipolygons, 0: shapely.multipoints}.get(int(shapely.get_type_id(parts[0])))
    return (made or shapely.multilinestrings)(parts)


def unfinished(shapes: Shapes) -> npt.NDArray[np.bool_]:
    """Features with a coordinate that is NaN or infinite."""
    points, owner = shapely.get_coordinates(shapes, return_index=True)
    bad = np.zeros(len(shapes), dtype=bool)
    bad[owner[~np.isfinite(points).all(axis=1)]] = True
    return bad


def _broken(said: Verdict, shapes: Shapes, look: npt.NDArray[np.bool_], names: Sequence[str], where: str) -> None:
    """Invalid shapes by what is wrong with them, each with the place where GEOS found it."""
    many = look & complexity.too_many_vertices(shapes)
    broken = look & ~many
    with np.errstate(all="ignore"):  # GEOS overflows on absurd coordinates: they are refused as outside the country
        broken[broken] = ~shapely.is_valid(shapes[broken])
        reasons = {i: str(shapely.is_valid_reason(shapes[i])) for i in np.flatnonzero(broken).tolist()}
    many |= complexity.too_tangled(shapes, broken)
    for i, reason in reasons.items():
        if shapely.get_num_coordinates(shapes[i]) <= _SMALL and _no_ground(shapes[i]):
            reasons[i] = f"{_COLLAPSED[0]}: {reason}"
    _tell(said, "layer.geometry_too_complex", many, names, where, most=complexity.MOST_VERTICES)
    for key, words in (
        ("layer.geometry_nested", _NESTED),
        ("layer.geometry_collapsed", _COLLAPSED),
        ("layer.geometry_broken", ("",)),
    ):
        rows = np.zeros(len(shapes), dtype=bool)
        rows[[i for i, reason in reasons.items() if any(word in reason.casefold() for word in words)]] = True
        rows &= ~many
        for i in np.flatnonzero(rows).tolist():
            reasons.pop(i)
        places = "; ".join(f"{names[i]}: {_place(shapes[i])}" for i in np.flatnonzero(rows).tolist()[:_SHOWN])
        _tell(said, key, rows, names, where, places=places)


def _no_ground(shape: Any) -> bool:
    with np.errstate(all="ignore"):  # absurd coordinates: they are refused as outside the country
        return bool(shapely.make_valid(shape, method="structure", keep_collapsed=False).area == 0)


def _place(shape: Any) -> str:
    """Where a shape is broken, in the file's own numbers."""
    match = _REASON.match(str(shapely.is_valid_reason(shape)))
    if match is None or match["x"] is None:
        return "?"
    return f"x {float(match['x']):.10g}, y {float(match['y']):.10g}"


def _tell(
    said: Verdict, key: str, rows: npt.NDArray[Any], names: Sequence[str], where: str, **facts: str | int
) -> None:
    if rows.any():
        found = np.flatnonzero(rows)
        said.refuse(Problem(key, where, {"n": len(found), **facts}, tuple(names[i] for i in found.tolist())))
