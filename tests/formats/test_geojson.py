"""GeoJSON of phones, scripts and editors: each feature right, mended with a word, or named."""

import json
import math
from pathlib import Path
from typing import Any

import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geoplan import formats
from geoplan.errors import InputError
from geoplan.formats import LayerSpec, Opened

SQUARE = [[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]]


def shape(coordinates: Any, kind: str = "Polygon") -> dict[str, Any]:
    return {"type": kind, "coordinates": coordinates}


def feature(geometry: Any = None, **rest: Any) -> dict[str, Any]:
    return {"type": "Feature", "properties": {"a": 1}, "geometry": geometry or shape([SQUARE]), **rest}


def collection(*features: Any, **rest: Any) -> dict[str, Any]:
    return {"type": "FeatureCollection", "features": list(features), **rest}


def opened(folder: Path, document: Any, name: str = "a.geojson") -> Opened:
    path = folder / name
    raw = document if isinstance(document, bytes) else document if isinstance(document, str) else json.dumps(document)
    path.write_bytes(raw if isinstance(raw, bytes) else raw.encode())
    return formats.open_file(LayerSpec("forest_lots", path, name))


def refused(folder: Path, document: Any, name: str = "a.geojson") -> Any:
    with pytest.raises(InputError) as caught:
        opened(folder, document, name)
    return caught.value.problems[0]


@pytest.mark.parametrize(
    ("geometry", "key"),
    [
        (shape([[["0", "0"], ["1", "0"], ["1", "1"], ["0", "0"]]]), "layer.geojson_text_coordinate"),
        (shape([[[0, None], [1, 0], [1, 1], [0, 0]]]), "layer.geojson_text_coordinate"),
        (shape([[[0, True], [1, 0], [1, 1], [0, 0]]]), "layer.geojson_text_coordinate"),
        (shape([[[0, math.nan], [1, 0], [1, 1], [0, 0]]]), "layer.geojson_text_coordinate"),
        (shape([[[0, math.inf], [1, 0], [1, 1], [0, 0]]]), "layer.geojson_text_coordinate"),
        (shape([[[10**400, 0], [1, 0], [1, 1], [0, 0]]]), "layer.geojson_text_coordinate"),
        (shape([[[0, 0], [1, 1]]]), "layer.geojson_ring_short"),
        (shape([[]]), "layer.geojson_ring_short"),
        (shape(SQUARE), "layer.geojson_geometry"),
        (shape({}), "layer.geojson_geometry"),
        (shape([[0, 0]], "LineString"), "layer.geojson_geometry"),
        (shape([SQUARE], "polygon"), "layer.geojson_geometry"),
        ({"type": "GeometryCollection"}, "layer.geojson_geometry"),
        ([1], "layer.geojson_geometry"),
    ],
)
def test_a_shape_that_is_none_is_named(tmp_path: Path, geometry: Any, key: str) -> None:
    found = opened(tmp_path, collection(feature(), feature(geometry), feature()))
    assert [(p.key, p.feature_ids) for p in found.said.errors] == [(key, ("#2",))]
    assert found.told == {1}


def test_collections_in_collections_without_an_end(tmp_path: Path) -> None:
    deep = '{"type":"GeometryCollection","geometries":[' * 200 + "]}" * 200
    found = opened(tmp_path, f'{{"type":"Feature","properties":{{}},"geometry":{deep}}}')
    assert [p.key for p in found.said.errors] == ["layer.geojson_geometry"]


def test_a_ring_that_does_not_close_is_closed_and_said(tmp_path: Path) -> None:
    found = opened(tmp_path, collection(feature(), feature(shape([SQUARE[:-1]]))))
    assert [(p.key, p.feature_ids) for p in found.said.mended] == [("layer.rings_closed", ("#2",))]
    assert shapely.area(found.shapes) == pytest.approx([1, 1])


def test_winding_and_heights_do_not_matter(tmp_path: Path) -> None:
    hole = [[0.2, 0.2], [0.8, 0.2], [0.8, 0.8], [0.2, 0.8], [0.2, 0.2]]
    high = [[0, 0, 5], [1, 0], [1, 1, 1, 9], [0, 1], [0, 0, 5]]
    shapes = [shape([SQUARE, hole]), shape([SQUARE[::-1], hole]), shape([SQUARE, hole[::-1]]), shape([high, hole])]
    assert shapely.area(opened(tmp_path, collection(*map(feature, shapes))).shapes) == pytest.approx([0.64] * 4)


@pytest.mark.parametrize(
    "document",
    [
        shape([SQUARE]),
        feature(),
        b"\xef\xbb\xbf" + json.dumps(feature()).encode(),
        "\x1e" + json.dumps(feature()) + "\n",
    ],
)
def test_one_feature_in_many_wrappings(tmp_path: Path, document: Any) -> None:
    found = opened(tmp_path, document)
    assert shapely.area(found.shapes) == pytest.approx([1])
    assert found.places == ("#1",)


@pytest.mark.parametrize("name", ["a.geojson", "a.geojsonl", "a.ndjson"])
def test_one_feature_a_line(tmp_path: Path, name: str) -> None:
    lines = [json.dumps(feature(properties={"a": i})) for i in range(3)]
    found = opened(tmp_path, "\r\n".join(lines) + "\n\n", name)
    assert found.columns["a"].tolist() == [0, 1, 2]
    problem = refused(tmp_path, "\n".join([*lines, "{bad"]), "a.geojsonl")
    assert (problem.key, problem.facts["line"]) == ("layer.json_broken", 4)


def test_utf_16_is_read_and_said_and_other_encodings_are_refused(tmp_path: Path) -> None:
    assert [p.key for p in opened(tmp_path, json.dumps(feature()).encode("utf-16")).said.mended] == ["layer.json_wide"]
    problem = refused(tmp_path, '{"type": "Feature",\n"properties": {"a": "B\xe0n"}}'.encode("latin-1"))
    assert (problem.key, problem.facts["line"]) == ("layer.json_not_utf8", 2)


def test_other_kinds_of_json_are_named(tmp_path: Path) -> None:
    assert refused(tmp_path, {"type": "Topology", "objects": {}}).facts["kind"] == "TopoJSON"
    assert refused(tmp_path, {"geometryType": "esriGeometryPolygon", "features": []}).facts["kind"] == "ESRI JSON"
    for document in ([feature()], 5, {"type": "FeatureCollection"}, {"type": "FeatureCollection", "features": {}}, {}):
        assert refused(tmp_path, document).key == "layer.not_the_format"


def test_a_name_that_comes_twice_is_refused_with_its_feature(tmp_path: Path) -> None:
    text = json.dumps(collection(feature(), feature())).replace('{"a": 1}', '{"a": 1, "a": 2}')
    text = text.replace('{"a": 1, "a": 2}', '{"a": 1}', 1)
    problem = refused(tmp_path, text)
    assert (problem.key, problem.facts["name"], problem.feature_ids) == ("layer.json_twice", "a", ("#2",))


def test_absurd_numbers_and_depths(tmp_path: Path) -> None:
    long = '{"type":"Feature","properties":{"a":' + "9" * 5000 + '},"geometry":null}'
    assert refused(tmp_path, long).key == "layer.json_absurd"
    assert refused(tmp_path, "[" * 100_000).key == "layer.json_absurd"
    assert refused(tmp_path, "[" + "[]," * 5_100_000 + "[]]").key == "layer.json_big"
    assert refused(tmp_path, "[" + "1," * 15_100_000 + "1]").key == "layer.json_big"
    assert (
        refused(tmp_path, '{"type":"FeatureCollection","features":[' + "[]," * 400_000 + "[]]}").key == "layer.json_big"
    )


def test_cells(tmp_path: Path) -> None:
    rows = [None, {"a": math.nan, "b": [1, {"c": "ô"}]}, {"a": math.inf, "b": None}, {"a": 10**30}]
    found = opened(tmp_path, collection(*(feature(properties=r, id=i) for i, r in enumerate(rows))))
    assert found.columns["a"].tolist() == [None, "nan", "inf", 10**30]
    assert found.columns["b"].tolist() == [None, '[1, {"c": "ô"}]', None, None]
    assert found.columns["id"].tolist() == [0, 1, 2, 3]
    listed = opened(tmp_path, collection(feature(), feature(properties=[1])))
    assert [(p.key, p.feature_ids) for p in listed.said.errors] == [("layer.geojson_feature", ("#2",))]


@pytest.mark.parametrize(
    ("member", "code"),
    [
        ({"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::9213"}}, "9213"),
        ({"type": "name", "properties": {"name": "EPSG:9213"}}, "9213"),
        ({"type": "EPSG", "properties": {"code": 9213}}, "9213"),
        ({"type": "name", "properties": {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}}, "CRS84"),
        ({"type": "link", "properties": {"href": "http://10.0.0.1/x"}}, "layer.geojson_crs"),
        ({"type": "name", "properties": {"name": "http://10.0.0.1/x"}}, "layer.geojson_crs"),
        ({"type": "name"}, "layer.geojson_crs"),
        (5, "layer.geojson_crs"),
        ({"type": "name", "properties": {"name": "/etc/passwd"}}, "crs.names_files"),
    ],
)
def test_the_old_crs_member(tmp_path: Path, member: Any, code: str) -> None:
    if "." in code:
        problem = refused(tmp_path, collection(feature(), crs=member))
        assert (problem.key, problem.where) == (code, "a.geojson")
    else:
        crs = opened(tmp_path, collection(feature(), crs=member)).crs
        assert crs is not None
        assert crs.to_authority()[1] == code


def test_sixty_thousand_vertices(tmp_path: Path) -> None:
    ring = [[math.cos(i / 60_000 * 2 * math.pi), math.sin(i / 60_000 * 2 * math.pi)] for i in range(60_000)]
    found = opened(tmp_path, feature(shape([[*ring, ring[0]]])))
    assert shapely.area(found.shapes) == pytest.approx([math.pi], rel=1e-6)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(at=st.integers(0, 400), text=st.text(max_size=5), cut=st.booleans())
def test_any_edit_of_a_file_is_read_or_refused(tmp_path: Path, at: int, text: str, cut: bool) -> None:
    whole = json.dumps(collection(feature(), feature()))
    edited = whole[: at % len(whole)] + text + ("" if cut else whole[at % len(whole) + len(text) :])
    try:
        found = opened(tmp_path, edited.encode("utf-8", errors="ignore") or b" ")
    except InputError:
        return
    assert len(found.shapes) == len(found.places)
