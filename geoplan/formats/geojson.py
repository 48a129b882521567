"""GeoJSON, one file or a glob of several, whole or line by line: parsed here, so that every broken feature is named."""

import hashlib
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from pyproj import CRS

from geoplan import crs as coordinates
from geoplan.errors import InputError, Problem
from geoplan.formats import geojson_shapes, places
from geoplan.formats.format import Format
from geoplan.formats.opened import Opened, cells
from geoplan.formats.records import LayerSpec
from geoplan.formats.verdict import Verdict

_LONLAT = "EPSG:4326"
_MOST_LISTS = 5_000_000
"""Lists and objects of one file: some 700 MB when read."""

_MOST_VALUES = 15_000_000
"""Commas of one file: a list of bare numbers needs 32 bytes for each."""

_MOST_FEATURES = 300_000

_BY_LINE = (".geojsonl", ".geojsons", ".ndjson")
_GEOMETRIES = frozenset(
    {"Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon", "GeometryCollection"}
)


class _TwiceError(ValueError):
    """A JSON object has a name twice."""


@dataclass(slots=True)
class _Rows:
    """Features so far."""

    table: list[dict[str, Any]] = field(default_factory=list)
    shapes: list[Any] = field(default_factory=list)
    marks: list[str] = field(default_factory=list)
    wrong: dict[str, list[str]] = field(default_factory=dict)

    def add(self, feature: Any, mark: str) -> None:
        """One more feature; what is wrong with it is kept by the key of its problem."""
        row, shape, key = _feature(feature)
        self.table.append(row)
        self.shapes.append(shape)
        self.marks.append(mark)
        if key:
            self.wrong.setdefault(key, []).append(mark)


def open_geojson(spec: LayerSpec) -> Opened:
    """Features of one file."""
    return open_several(spec, [spec.path])


def open_several(spec: LayerSpec, files: Sequence[Path]) -> Opened:
    """Features of one or several files, in the order of the names.

    Raises
    ------
    InputError
        ``layer.not_the_format``, ``layer.json_kind``, ``layer.json_broken``, ``layer.json_big``,
        ``layer.geojson_crs_differ``.
    """
    rows, said = _Rows(), Verdict()
    named: list[CRS | None] = []
    digest = hashlib.sha256()
    for path in files:
        shown = spec.shown if len(files) == 1 else path.name
        places.present(path, shown)
        raw = path.read_bytes()
        digest.update(path.name.encode() + b"\0" + raw)
        text = _text(raw, shown, said)
        del raw
        document = _document(text, path.suffix.casefold(), shown)
        del text
        named.append(_crs(document, shown))
        prefix = "" if len(files) == 1 else f"{path.stem}-"
        for n, feature in enumerate(_features(document, shown), start=1):
            rows.add(feature, f"#{prefix}{n}")
        places.refuse_crowds(len(rows.table), 1, spec.shown)
    first = named[0] if named else None
    if any(not (crs is first or coordinates.same(crs, first)) for crs in named):
        raise InputError(Problem("layer.geojson_crs_differ", spec.shown, {}))
    closed = tuple(rows.wrong.pop("layer.rings_closed", ()))
    if closed:
        said.mend(Problem("layer.rings_closed", spec.shown, {"n": len(closed)}, closed))
    said.refuse(Problem(key, spec.shown, {"n": len(marks)}, tuple(marks)) for key, marks in rows.wrong.items())
    lost = {mark for marks in rows.wrong.values() for mark in marks}
    geometries = np.empty(len(rows.shapes), dtype=object)
    geometries[:] = rows.shapes
    names = dict.fromkeys(name for row in rows.table for name in row)
    places.refuse_crowds(len(rows.table), len(names), spec.shown)
    return Opened(
        columns={name: cells(_column(rows.table, name)) for name in names},
        shapes=geometries,
        crs=first,
        assumed=CRS.from_user_input(_LONLAT),
        places=tuple(rows.marks),
        sha256=digest.hexdigest(),
        told=frozenset(i for i, mark in enumerate(rows.marks) if mark in lost),
        said=said,
    )


def _column(rows: list[dict[str, Any]], name: str) -> np.ndarray[Any, Any]:
    column = np.empty(len(rows), dtype=object)
    column[:] = [row.get(name) for row in rows]
    return column


def _text(raw: bytes, shown: str, said: Verdict) -> str:
    """The text of a file: UTF-8, or UTF-16 with its mark, which is said."""
    if raw.count(b"[") + raw.count(b"{") > _MOST_LISTS or raw.count(b",") > _MOST_VALUES:
        raise InputError(Problem("layer.json_big", shown, {"most": _MOST_LISTS}))
    wide = raw[:2] in (b"\xff\xfe", b"\xfe\xff")
    try:
        text = raw.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise InputError(Problem("layer.json_not_utf8", shown, {"line": line, "byte": error.start})) from error
    if wide:
        said.mend(Problem("layer.json_wide", shown, {}))
    return text


def _document(text: str, ending: str, shown: str) -> dict[str, Any]:
    """The collection of a file: one JSON text, or one feature a line."""
    if ending in _BY_LINE or text.startswith("\x1e"):
        return _by_line(text, shown)
    try:
        found = _parsed(text, 0, shown)
    except InputError as error:
        first = text.lstrip().partition("\n")[0].strip().rstrip("\r")
        if error.key != "layer.json_broken" or not (first.startswith("{") and first.endswith("}")):
            raise
        return _by_line(text, shown)
    if not isinstance(found, dict):
        raise InputError(Problem("layer.not_the_format", shown, {"format": "GeoJSON"}))
    kind = found.get("type")
    other = "TopoJSON" if kind == "Topology" else "ESRI JSON" if "geometryType" in found or "rings" in found else ""
    if other:
        raise InputError(Problem("layer.json_kind", shown, {"kind": other}))
    if kind in _GEOMETRIES:
        return {"type": "FeatureCollection", "features": [{"type": "Feature", "properties": None, "geometry": found}]}
    if kind not in ("FeatureCollection", "Feature"):
        raise InputError(Problem("layer.not_the_format", shown, {"format": "GeoJSON"}))
    return found


def _by_line(text: str, shown: str) -> dict[str, Any]:
    """One feature a line, as GeoJSONSeq has it; blank lines are none."""
    features = []
    for n, line in enumerate(text.split("\n")):
        plain = line.strip("\x1e\r\t ")
        if plain:
            features.append(_parsed(plain, n, shown))
    return {"type": "FeatureCollection", "features": features}


def _parsed(text: str, before: int, shown: str) -> Any:
    """JSON of a text that stands behind so many lines of its file."""
    features = 0

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        nonlocal features
        found = dict(pairs)
        if len(found) != len(pairs):
            names = [name for name, _ in pairs]
            raise _TwiceError(next(n for n in names if names.count(n) > 1))
        features += found.get("type") == "Feature"
        return found

    try:
        return json.loads(text, object_pairs_hook=once)
    except _TwiceError as error:
        place = f"#{features + 1 + before}"
        raise InputError(Problem("layer.json_twice", shown, {"name": str(error)[:60]}, (place,))) from error
    except json.JSONDecodeError as error:
        facts = {"line": error.lineno + before, "column": error.colno}
        raise InputError(Problem("layer.json_broken", shown, facts)) from error
    except (ValueError, RecursionError) as error:  # ValueError: a number of thousands of digits
        raise InputError(Problem("layer.json_absurd", shown, {}, (f"#{features + 1 + before}",))) from error


def _features(document: dict[str, Any], shown: str) -> list[Any]:
    features = [document] if document["type"] == "Feature" else document.get("features")
    if not isinstance(features, list):
        raise InputError(Problem("layer.not_the_format", shown, {"format": "GeoJSON"}))
    if len(features) > _MOST_FEATURES:
        raise InputError(Problem("layer.json_big", shown, {"most": _MOST_FEATURES}))
    return features


def _feature(feature: Any) -> tuple[dict[str, Any], Any, str]:
    """Row, shape, and the key of what is wrong (empty: nothing)."""
    if not isinstance(feature, dict) or feature.get("type") != "Feature":
        return {}, None, "layer.geojson_feature"
    properties = feature.get("properties")
    properties = {} if properties is None else properties
    if not isinstance(properties, dict):
        return {}, None, "layer.geojson_feature"
    row = {str(k): _flat(v) for k, v in properties.items()}
    if "id" in feature and "id" not in row:
        row["id"] = _flat(feature["id"])
    geometry = feature.get("geometry")
    if geometry is None:
        return row, None, ""
    try:
        shape, closed = geojson_shapes.shape(geometry)
    except geojson_shapes.ShapeError as error:
        return row, None, str(error)
    except (ValueError, TypeError, shapely.errors.ShapelyError):  # GEOS refuses what has too few points
        return row, None, "layer.geojson_geometry"
    return row, shape, "layer.rings_closed" if closed else ""


def _flat(value: Any) -> Any:
    """A cell: lists and objects as their text, a number that is none as its word."""
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value


def _crs(document: dict[str, Any], shown: str) -> CRS | None:
    """CRS of the old ``crs`` member, which offices still write; None where there is none."""
    member = document.get("crs")
    if member is None:
        return None
    properties = member.get("properties") if isinstance(member, dict) else None
    text = properties.get("name") if isinstance(properties, dict) else None
    if isinstance(properties, dict) and str(member.get("type")).upper() == "EPSG":
        text = f"EPSG:{properties.get('code')}"
    if not isinstance(text, str) or "://" in text or len(text) > 10_000:
        raise InputError(Problem("layer.geojson_crs", shown, {}))
    try:
        return coordinates.parse(text)
    except InputError as error:
        raise InputError(*(replace(p, where=shown) for p in error.problems)) from error


FORMAT = Format("GeoJSON", (".geojson", ".json", *_BY_LINE), open_geojson, most_mb=90)
