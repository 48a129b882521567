"""GPX of phones and GPS receivers: waypoints as points, tracks and routes as lines, each kind a layer of its own."""

import hashlib
from typing import Any

from pyproj import CRS

from geoplan.errors import InputError, Problem
from geoplan.formats import markup, markup_rows, markup_shapes, places
from geoplan.formats.format import Format
from geoplan.formats.markup import Element
from geoplan.formats.markup_shapes import ShapeError
from geoplan.formats.opened import Opened
from geoplan.formats.records import LayerSpec

LAYERS = {"wpt": "waypoints", "trk": "tracks", "rte": "routes"}
"""Elements of GPX and the layers that they make, named as GDAL and QGIS do."""

_BY_ROLE = {
    "waypoints": frozenset({"households", "samples", "training", "slides", "villages"}),
    "lines": frozenset({"roads", "streams"}),
}
_OF_POINTS = frozenset({"trkseg", "rtept", "ele", "extensions", "link"})


def open_gpx(spec: LayerSpec) -> Opened:
    """One layer of a GPX file.

    Raises
    ------
    InputError
        Those of `markup.parse`; ``layer.gpx_layer_unknown``, ``layer.gpx_several``, ``layer.xml_columns``.
    """
    data = places.present(spec.path, spec.shown).read_bytes()
    parsed, found = _read(data, spec)
    present = [layer for layer in LAYERS.values() if found[layer].rows]
    layer = _chosen(present, spec)
    others = [f"{name} ({len(found[name].rows)})" for name in present if name != layer]
    if others:
        parsed.said.tell(Problem("layer.gpx_left_out", spec.shown, {"layer": layer, "others": ", ".join(others)}))
    digest = hashlib.sha256(data).hexdigest()
    return found[layer].opened(parsed, spec, digest, assumed=CRS.from_user_input("EPSG:4326"))


def layer_names(spec: LayerSpec) -> tuple[str, ...]:
    """Which of ``waypoints``, ``tracks`` and ``routes`` the file has."""
    _, found = _read(places.present(spec.path, spec.shown).read_bytes(), spec)
    return tuple(layer for layer in LAYERS.values() if found[layer].rows) or ("",)


def _read(data: bytes, spec: LayerSpec) -> tuple[markup.Parsed, dict[str, markup_rows.Features]]:
    found = {layer: markup_rows.Features(spec.shown) for layer in LAYERS.values()}

    def take(element: Element, _: tuple[Element, ...]) -> None:
        features = found[LAYERS[element.name]]
        mark = f"#{len(features.rows) + 1}"
        shape = None
        try:
            shape = _shape(element)
        except ShapeError as error:
            features.fault(mark, element.line, error)
        lone = sum(len(s.every("trkpt")) == 1 for s in element.every("trkseg"))
        if lone and shape is not None:
            features.mended("layer.gpx_lone_points", mark)
        features.add(mark, _row(element, features.repeated), shape)

    parsed = markup.parse(data, spec.shown, "GPX", _is_wanted, take)
    if parsed.root.name != "gpx":
        raise InputError(markup.other(b"", parsed.root.name, spec.shown, "GPX"))
    return parsed, found


def _is_wanted(name: str, parent: Element | None) -> bool:
    return name in LAYERS and parent is not None and parent.name == "gpx"


def _chosen(present: list[str], spec: LayerSpec) -> str:
    """The layer asked for, the only one, or the only one that the role can be."""
    facts: dict[str, str | int | float] = {"layers": ", ".join(present) or "–", "role": spec.role}
    if spec.layer:
        if spec.layer not in present:
            raise InputError(Problem("layer.gpx_layer_unknown", spec.shown, {**facts, "layer": spec.layer[:80]}))
        return spec.layer
    if len(present) <= 1:
        return present[0] if present else "waypoints"
    lines = [name for name in present if name != "waypoints"]
    if spec.role in _BY_ROLE["waypoints"] and "waypoints" in present:
        return "waypoints"
    if spec.role in _BY_ROLE["lines"] and len(lines) == 1:
        return lines[0]
    raise InputError(Problem("layer.gpx_several", spec.shown, facts))


def _shape(element: Element) -> Any:
    if element.name == "wpt":
        return markup_shapes.course(_vertices([element]), lone=True)
    if element.name == "rte":
        return markup_shapes.course(_vertices(element.every("rtept")))
    segments = [_vertices(s.every("trkpt")) for s in element.every("trkseg")]
    whole = [s for s in segments if len(s) > 1]
    if not whole:
        raise ShapeError("layer.xml_vertices", str(sum(map(len, segments))))
    return markup_shapes.gathered([markup_shapes.course(s) for s in whole])


def _vertices(points: list[Element]) -> markup_shapes.Points:
    try:
        values = [p.attributes[axis] for p in points for axis in ("lon", "lat")]
    except KeyError as error:
        raise ShapeError("layer.xml_structure", f"{error.args[0]} = …") from error
    return markup_shapes.pairs(values)


def _row(element: Element, repeated: set[str]) -> dict[str, Any]:
    row: dict[str, Any] = {}
    for child in element.children:
        if child.name not in _OF_POINTS:
            markup_rows.put(row, child.name, child.text, repeated)
    extras = [e for extension in element.every("extensions") for e in extension.below() if not e.children]
    for extra in extras:
        if extra.name not in ("trkpt", "rtept", "rpt"):
            markup_rows.put(row, extra.name, extra.text, repeated)
    return row


FORMAT = Format("GPX", (".gpx",), open_gpx, most_mb=100, inside=layer_names, by_role=True)
