"""GeoJSON, one file or a glob of several: parsed here, so that every broken feature can be named."""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from pyproj import CRS
from shapely.geometry import shape as as_shape

from geoplan import crs as coordinates
from geoplan.errors import InputError, Problem
from geoplan.layers import places
from geoplan.layers.opened import Opened, cells
from geoplan.layers.records import LayerSpec
from geoplan.layers.verdict import Verdict

_LONLAT = "EPSG:4326"


class _TwiceError(ValueError):
    """A JSON object has a name twice."""


def open_geojson(spec: LayerSpec, files: Sequence[Path]) -> Opened:
    """Features of one or several files, in the order of the names.

    Raises
    ------
    InputError
        ``layer.not_the_format``, ``layer.json_broken``, ``layer.geojson_crs_differ``.
    """
    rows: list[dict[str, Any]] = []
    shapes: list[Any] = []
    marks: list[str] = []
    named: list[CRS | None] = []
    errors: list[Problem] = []
    digest = hashlib.sha256()
    for path in files:
        shown = spec.shown if len(files) == 1 else path.name
        places.present(path, shown)
        raw = path.read_bytes()
        digest.update(path.name.encode() + b"\0" + raw)
        document = _document(raw, shown)
        named.append(_crs(document, shown))
        prefix = "" if len(files) == 1 else f"{path.stem}-"
        for n, feature in enumerate(_features(document, shown), start=1):
            row, geometry, problem = _feature(feature, f"#{prefix}{n}", shown)
            rows.append(row)
            shapes.append(geometry)
            marks.append(f"#{prefix}{n}")
            errors += problem
    first = named[0] if named else None
    if any(not (crs is first or coordinates.same(crs, first)) for crs in named):
        raise InputError(Problem("layer.geojson_crs_differ", spec.shown, {}))
    names = dict.fromkeys(name for row in rows for name in row)
    geometries = np.empty(len(shapes), dtype=object)
    geometries[:] = shapes
    return Opened(
        columns={name: cells(_column(rows, name)) for name in names},
        shapes=geometries,
        crs=first,
        assumed=CRS.from_user_input(_LONLAT),
        places=tuple(marks),
        sha256=digest.hexdigest(),
        told=frozenset(marks.index(i) for p in errors for i in p.feature_ids),
        said=Verdict(errors),
    )


def _column(rows: list[dict[str, Any]], name: str) -> np.ndarray[Any, Any]:
    column = np.empty(len(rows), dtype=object)
    column[:] = [row.get(name) for row in rows]
    return column


def _document(raw: bytes, shown: str) -> dict[str, Any]:
    try:
        text = raw.decode("utf-8-sig")
        found = json.loads(text, object_pairs_hook=_once)
    except UnicodeDecodeError as error:
        raise InputError(Problem("layer.json_not_utf8", shown, {"byte": error.start})) from error
    except _TwiceError as error:
        raise InputError(Problem("layer.json_twice", shown, {"name": str(error)[:60]})) from error
    except (ValueError, RecursionError) as error:  # ValueError: a number of thousands of digits
        line = error.lineno if isinstance(error, json.JSONDecodeError) else 0
        raise InputError(Problem("layer.json_broken", shown, {"line": line})) from error
    if not isinstance(found, dict) or found.get("type") not in {"FeatureCollection", "Feature"}:
        raise InputError(Problem("layer.not_the_format", shown, {"format": "GeoJSON"}))
    return found


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        raise _TwiceError(next(n for n in names if names.count(n) > 1))
    return found


def _features(document: dict[str, Any], shown: str) -> list[Any]:
    features = [document] if document["type"] == "Feature" else document.get("features")
    if not isinstance(features, list):
        raise InputError(Problem("layer.not_the_format", shown, {"format": "GeoJSON"}))
    return features


def _feature(feature: Any, mark: str, shown: str) -> tuple[dict[str, Any], Any, list[Problem]]:
    if not isinstance(feature, dict) or feature.get("type") != "Feature":
        return {}, None, [Problem("layer.geojson_feature", shown, {"n": 1}, (mark,))]
    properties = feature.get("properties") or {}
    if not isinstance(properties, dict):
        return {}, None, [Problem("layer.geojson_feature", shown, {"n": 1}, (mark,))]
    row = {str(k): _flat(v) for k, v in properties.items()}
    if "id" in feature and "id" not in row:
        row["id"] = _flat(feature["id"])
    geometry = feature.get("geometry")
    if geometry is None:
        return row, None, []
    try:
        return row, _shape(geometry), []
    except (ValueError, TypeError, KeyError, AttributeError, IndexError, RecursionError, shapely.errors.ShapelyError):
        return row, None, [Problem("layer.geojson_geometry", shown, {"n": 1}, (mark,))]


def _shape(geometry: Any) -> Any:
    if not isinstance(geometry, dict):
        raise TypeError("a geometry is an object")
    with np.errstate(invalid="ignore"):  # a NaN coordinate: the checks name its feature
        found = as_shape(geometry)
    if not isinstance(found, shapely.Geometry):
        raise TypeError("no geometry")
    return found


def _flat(value: Any) -> Any:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else value


def _crs(document: dict[str, Any], shown: str) -> CRS | None:
    """CRS of the old ``crs`` member, which offices still write; None where there is none."""
    member = document.get("crs")
    if member is None:
        return None
    properties = member.get("properties") if isinstance(member, dict) else None
    text = properties.get("name") if isinstance(properties, dict) else None
    if not isinstance(text, str) or "://" in text:
        raise InputError(Problem("layer.geojson_crs", shown, {}))
    return coordinates.parse(text)
