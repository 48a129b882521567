"""GML 2 and 3 as WFS servers and desktop programs write it: read here, so that no schema, link or entity is fetched.

GDAL would write a ``.gfs`` beside the file, leave a broken geometry out without a word, and look for the schema. The
order of axes is that of `gml_shapes`; a file that says latitude first and writes longitude first is put right and told,
as no place in Việt Nam has a latitude above 24.
"""

import hashlib
from dataclasses import dataclass, field
from typing import Any

import shapely
from pyproj import CRS

from geoplan.errors import InputError, Problem
from geoplan.formats import gml_shapes, markup, markup_rows, places
from geoplan.formats.format import Format
from geoplan.formats.markup import Element
from geoplan.formats.markup_shapes import ShapeError
from geoplan.formats.naming import listed
from geoplan.formats.opened import Opened
from geoplan.formats.records import LayerSpec

_EXCEPTIONS = frozenset({"ExceptionReport", "ServiceExceptionReport"})
_NO_COLUMN = frozenset({"boundedBy", "metaDataProperty", "location"})


@dataclass(slots=True)
class _Type:
    """One feature type: its rows, the CRS names of its geometries, and the properties that hold geometries."""

    features: markup_rows.Features
    names: list[str] = field(default_factory=list)
    holders: dict[str, int] = field(default_factory=dict)


def open_gml(spec: LayerSpec) -> Opened:
    """Features of one type.

    Raises
    ------
    InputError
        Those of `markup.parse`; ``layer.gml_exception``, ``layer.gml_several``, ``layer.gml_layer_unknown``,
        ``layer.gml_crs``, ``layer.gml_crs_several``, ``layer.xml_columns``.
    """
    data = places.present(spec.path, spec.shown).read_bytes()
    parsed, types = _read(data, spec)
    name = _chosen(types, spec)
    found = types.get(name) or _Type(markup_rows.Features(spec.shown))
    others = [f"{n} ({len(t.features.rows)})" for n, t in types.items() if n != name and not spec.layer]
    if others:
        parsed.said.tell(Problem("layer.gml_left_out", spec.shown, {"layer": name, "others": listed(others)}))
    _tell_part(parsed, spec)
    if len(found.holders) > 1:
        used, *rest = found.holders
        parsed.said.tell(Problem("layer.gml_two_shapes", spec.shown, {"used": used, "others": listed(rest)}))
    crs = _placed(found, parsed, spec)
    return found.features.opened(parsed, spec, hashlib.sha256(data).hexdigest(), crs=crs)


def layer_names(spec: LayerSpec) -> tuple[str, ...]:
    """Feature types with geometry, in the order of the file."""
    _, types = _read(places.present(spec.path, spec.shown).read_bytes(), spec)
    return tuple(_with_shapes(types)) or ("",)


def _read(data: bytes, spec: LayerSpec) -> tuple[markup.Parsed, dict[str, _Type]]:
    types: dict[str, _Type] = {}
    around: list[str] = []

    def take(element: Element, above: tuple[Element, ...]) -> None:
        if not around:  # once: later, the collection holds as many members as there are features
            around.append(
                next((n for e in above for box in e.every("boundedBy") for n in gml_shapes.srs_names(box)), "")
            )
        if element.name not in types:
            types[element.name] = _Type(markup_rows.Features(spec.shown))
        _add(types[element.name], element, around[0])

    parsed = markup.parse(data, spec.shown, "GML", _is_feature, take)
    root = parsed.root
    if root.name in _EXCEPTIONS:
        raise InputError(Problem("layer.gml_exception", spec.shown, {"text": root.all_text[:200]}))
    loose = [e for e in root.children if e.name not in _NO_COLUMN and _geometries(e)]
    if not root.name.endswith("Collection") and not types:
        if not any(c.name in gml_shapes.GEOMETRIES for e in root.children for c in e.children):
            if not loose:
                raise InputError(markup.other(b"", root.name, spec.shown, "GML"))
        else:
            loose = [root]
    for element in loose:
        take(element, () if element is root else (root,))
    return parsed, types


def _is_feature(name: str, parent: Element | None) -> bool:
    """True for what stands in a member of a collection, unless it is a collection again."""
    return (
        parent is not None
        and parent.name.casefold().endswith(("member", "members"))
        and not name.endswith("Collection")
    )


def _geometries(element: Element) -> bool:
    return any(e.name in gml_shapes.GEOMETRIES for e in element.below())


def _with_shapes(types: dict[str, _Type]) -> list[str]:
    return [name for name, found in types.items() if found.holders] or list(types)


def _chosen(types: dict[str, _Type], spec: LayerSpec) -> str:
    names = _with_shapes(types)
    facts: dict[str, str | int | float] = {"layers": listed(names) or "–", "role": spec.role}
    if spec.layer:
        if spec.layer not in types:
            raise InputError(Problem("layer.gml_layer_unknown", spec.shown, {**facts, "layer": spec.layer[:80]}))
        return spec.layer
    if len(names) > 1:
        raise InputError(Problem("layer.gml_several", spec.shown, facts))
    return names[0] if names else ""


def _add(found: _Type, element: Element, around: str) -> None:
    """One feature: its columns, its geometry, and the name of its CRS (`around`: that of the collection)."""
    features = found.features
    mark = f"#{len(features.rows) + 1}"
    row: dict[str, Any] = {}
    for key, column in (("id", "gml_id"), ("fid", "fid")):
        markup_rows.put(row, column, element.attributes.get(key, ""), features.repeated)
    holders: dict[str, list[Element]] = {}
    _columns(element, "", row, holders, features.repeated)
    for holder in holders:
        found.holders[holder] = found.holders.get(holder, 0) + 1
    used = next((h for h in found.holders if h in holders), "")
    open_rings: list[int] = []
    shape, name = None, ""
    try:
        if used:
            boxes = (n for box in element.every("boundedBy") for n in gml_shapes.srs_names(box))
            shape, name = _shape(holders[used], next(boxes, around), open_rings)
    except ShapeError as error:
        features.fault(mark, element.line, error)
    if open_rings and shape is not None:
        features.mended("layer.xml_ring_closed", mark)
    features.add(mark, row, shape)
    found.names.append(name)


def _columns(
    element: Element, prefix: str, row: dict[str, Any], holders: dict[str, list[Element]], repeated: set[str]
) -> None:
    """Texts of a feature by the names of their elements, ``a|b`` where they nest; properties that hold geometries."""
    for child in element.children:
        name = f"{prefix}{child.name}"
        inner = [e for e in child.children if e.name in gml_shapes.GEOMETRIES]
        if child.name in _NO_COLUMN:
            continue
        if inner:
            holders.setdefault(name, []).extend(inner)
        elif child.children:
            _columns(child, f"{name}|", row, holders, repeated)
        elif child.attributes.get("nil") not in ("true", "1"):
            markup_rows.put(row, name, child.text or child.attributes.get("href", ""), repeated)


def _shape(geometries: list[Element], around: str, open_rings: list[int]) -> tuple[Any, str]:
    """Shape with x first, and the name of its CRS: its own, else that of the box around it."""
    if len(geometries) > 1:
        raise ShapeError("layer.xml_structure", geometries[0].name)
    names = gml_shapes.srs_names(geometries[0])
    if len({gml_shapes.crs_of(n) or n for n in names}) > 1:
        raise ShapeError("layer.xml_structure", "srsName")
    name = names[0] if names else around
    shape = gml_shapes.shape_of(geometries[0], open_rings)
    known = gml_shapes.crs_of(name)
    return (_turned(shape) if shape is not None and known is not None and known[1] else shape), name


def _turned(shape: Any) -> Any:
    return shapely.transform(shape, lambda xy: xy[:, ::-1])


def _placed(found: _Type, parsed: markup.Parsed, spec: LayerSpec) -> CRS | None:
    """The CRS of all features; degrees that were written in the other order than their CRS says are turned."""
    shapes = found.features.shapes
    names = dict.fromkeys(n for n, s in zip(found.names, shapes, strict=True) if s is not None)
    known = {name: gml_shapes.crs_of(name) for name in names if name}
    unknown = [name for name, crs in known.items() if crs is None]
    if unknown:
        raise InputError(Problem("layer.gml_crs", spec.shown, {"name": unknown[0][:120]}))
    codes = {crs[0].to_epsg() if crs is not None else None for crs in (known.get(n) for n in names)}
    if len(codes) > 1:
        raise InputError(Problem("layer.gml_crs_several", spec.shown, {"names": listed(n or "–" for n in names)}))
    crs = next((c[0] for c in known.values() if c is not None), None)
    drawn = [s for s in shapes if s is not None]
    if crs is not None and crs.is_geographic and drawn and markup_rows.exchanged(drawn).all():
        found.features.shapes = [None if s is None else _turned(s) for s in shapes]
        parsed.said.mend(Problem("layer.gml_axes", spec.shown, {"name": next(iter(names)), "n": len(shapes)}))
    return crs


def _tell_part(parsed: markup.Parsed, spec: LayerSpec) -> None:
    """Tell a page of a larger answer: a WFS server sends a thousand features and says how many there are."""
    said = parsed.root.attributes
    matched, returned = said.get("numberMatched", ""), said.get("numberReturned", "")
    if matched.isdecimal() and returned.isdecimal() and int(returned[:12]) < int(matched[:12]):
        facts: dict[str, str | int | float] = {"returned": int(returned[:12]), "matched": int(matched[:12])}
        parsed.said.tell(Problem("layer.gml_part", spec.shown, facts))


FORMAT = Format("GML", (".gml",), open_gml, most_mb=100, inside=layer_names)
