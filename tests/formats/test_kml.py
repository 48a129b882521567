"""KML and KMZ: every Placemark of every folder, or the place of what is wrong; nothing fetched."""

import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geoplan import formats
from geoplan.errors import InputError
from geoplan.formats import LayerSpec, markup, markup_shapes
from geoplan.messages import spoken
from tests.formats.drawn import corners, folder, kml, kml_ring, placemark, zone
from tests.layers.conftest import World, zones


def written(world: World, text: str | bytes, name: str = "vung.kml") -> Path:
    path = world.root / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def spec(path: Path, role: str = "conversion_zones", **more: str) -> LayerSpec:
    return LayerSpec(role, path, path.name, **more)


def keys(world: World, text: str | bytes, **more: str) -> list[str]:
    return [p.key for p in world.refused("conversion_zones", written(world, text), **more).problems]


def test_all_folders_at_every_depth(world: World) -> None:
    path = written(world, kml(folder("A", folder("B", zone(0))), folder("C", zone(1))))
    layer = world.read("conversion_zones", path)
    assert layer.frame["zone_id"].tolist() == ["V1", "V2"]
    assert np.allclose(layer.frame["geom_ha"], 1.0, rtol=1e-4)
    assert [p.key for p in layer.warnings] == ["layer.kml_folders"]
    opened = formats.open_file(spec(path))
    assert opened.columns["folder"].tolist() == ["A / B", "C"]
    assert opened.places == ("#1", "#2")


def test_a_folder_by_its_name_or_its_path_with_all_that_is_in_it(world: World) -> None:
    path = written(world, kml(folder("A", zone(0), folder("B", zone(1))), folder("C", zone(1))))
    assert formats.inside(spec(path)) == ("A", "C")
    for layer, places in {"A": ("#1", "#2"), "B": ("#2",), "A / B": ("#2",), "C": ("#3",)}.items():
        assert formats.open_file(spec(path, layer=layer)).places == places
    assert len(formats.open_file(spec(path, layer="tệp")).places) == 3
    assert world.refused("conversion_zones", path, layer="D").key == "layer.kml_folder_unknown"


def test_layers_inside_hold_every_placemark_once(world: World) -> None:
    path = written(world, kml(folder("A", folder("X", zone(0))), folder("B", folder("X", zone(1))), folder("C")))
    places = [formats.open_file(spec(path, layer=name)).places for name in formats.inside(spec(path))]
    assert places == [("#1",), ("#2",)]
    assert world.refused("conversion_zones", path, layer="X").key == "layer.kml_folder_several"
    assert formats.inside(spec(written(world, kml(zone(0), folder("A", zone(1)))))) == ("",)


def test_data_of_all_kinds_become_columns(world: World) -> None:
    schema = '<Schema name="s"><SimpleField name="dtich" type="double"/><SimpleField name="ma" type="string"/></Schema>'
    data = (
        '<ExtendedData><SchemaData><SimpleData name="dtich">1.125</SimpleData><SimpleData name="ma">007</SimpleData>'
        "</SchemaData></ExtendedData><TimeStamp><when>2025-06-01</when></TimeStamp>"
        "<description><![CDATA[<b>ruộng</b>]]></description>"
    )
    mark = placemark(kml_ring(corners()) + data, name="Vùng Á").replace("<Placemark>", '<Placemark id="p1">')
    opened = formats.open_file(spec(written(world, kml(schema, mark))))
    row = {name: cells[0] for name, cells in opened.columns.items()}
    assert row == {
        "id": "p1", "name": "Vùng Á", "when": "2025-06-01", "description": "<b>ruộng</b>", "dtich": 1.125, "ma": "007",
    }  # fmt: skip


def test_data_of_the_table_win_over_the_name_of_the_placemark(world: World) -> None:
    opened = formats.open_file(
        spec(written(world, kml(placemark(kml_ring(corners()), name="nhãn", name_="x", Name="bảng"))))
    )
    assert opened.columns["Name"].tolist() == ["bảng"]
    assert opened.columns["kml_name"].tolist() == ["nhãn"]


def test_a_table_in_the_description_is_told_to_be_no_columns(world: World) -> None:
    table = "<description><![CDATA[<table><TR><TD>from_crop</TD><TD>rice</TD></TR></table>]]></description>"
    said = formats.open_file(spec(written(world, kml(placemark(table + kml_ring(corners())))))).said.warnings
    assert [(p.key, p.feature_ids) for p in said] == [("layer.kml_html_table", ("#1",))]


def test_data_named_twice_are_refused_where_they_differ_and_are_used(world: World) -> None:
    twice = zone().replace("</ExtendedData>", '<Data name="from_crop"><value>maize</value></Data></ExtendedData>')
    assert keys(world, kml(twice)) == ["layer.columns_repeated"]
    same = zone().replace("</ExtendedData>", '<Data name="from_crop"><value>rice</value></Data></ExtendedData>')
    assert len(world.read("conversion_zones", written(world, kml(same))).frame) == 1


def test_shapes_of_all_kinds(world: World) -> None:
    line = "<LineString><coordinates>105.85,22.2 105.86,22.2</coordinates></LineString>"
    track = "<gx:Track><when>1</when><gx:coord>105.85 22.2 9</gx:coord><gx:coord>105.86 22.2 9</gx:coord></gx:Track>"
    hole = kml_ring(corners()).replace(
        "</outerBoundaryIs>",
        "</outerBoundaryIs><innerBoundaryIs><LinearRing><coordinates>0,0 1,0 1,1 0,0</coordinates></LinearRing></innerBoundaryIs>",
    )
    marks = [
        placemark("<Point><coordinates>105.85,22.2</coordinates></Point>"),
        placemark(line),
        placemark(line.replace("LineString", "LinearRing")),
        placemark(track),
        placemark(f"<gx:MultiTrack>{track}{track}</gx:MultiTrack>"),
        placemark(
            f"<MultiGeometry>{kml_ring(corners(0))}<MultiGeometry>{kml_ring(corners(1))}</MultiGeometry></MultiGeometry>"
        ),
        placemark(f"<MultiGeometry>{line}{kml_ring(corners())}</MultiGeometry>"),
        placemark(hole),
        placemark(""),
    ]
    shapes = formats.open_file(spec(written(world, kml(*marks)), "roads")).shapes
    assert [None if s is None else s.geom_type for s in shapes] == [
        "Point", "LineString", "LineString", "LineString", "MultiLineString", "MultiPolygon", "GeometryCollection", "Polygon", None,
    ]  # fmt: skip
    assert len(shapes[7].interiors) == 1
    assert not any(s.has_z for s in shapes if s is not None)


@given(
    joint=st.sampled_from([" ", "\n", "\t ", "\r\n   "]),
    comma=st.sampled_from([",", ", ", " ,", "\n,\t"]),
    tail=st.sampled_from(["", ",0", ",12.5", ", -3"]),
)
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_blanks_and_altitudes_change_nothing(world: World, joint: str, comma: str, tail: str) -> None:
    path = written(world, kml(placemark(kml_ring(corners(), joint, comma, tail))))
    opened = formats.open_file(spec(path))
    assert opened.said.errors == []
    assert opened.shapes[0].equals(zones().to_crs("EPSG:4326").geometry.iloc[0])


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("a,b c,d e,f", "layer.xml_coordinates"),
        ("105.85,22.2 105.86,22,2 105.86,22.3", "layer.xml_coordinates"),
        ("105,85,22,2 105,86,22,2 105,86,22,3", "layer.xml_coordinates"),
        ("NaN,22 105,22 105,23 NaN,22", "layer.xml_coordinates"),
        ("1e999,22 105,22 105,23", "layer.xml_coordinates"),
        ("1_05.8,22 105,22 105,23", "layer.xml_coordinates"),
        ("105.8;22.1 105.9;22.2 105.9;22.3", "layer.xml_coordinates"),
        ("105.85,22.2 105.86,22.2", "layer.xml_vertices"),
        ("", "layer.xml_vertices"),
    ],
)
def test_a_broken_shape_names_its_feature_and_line(world: World, text: str, key: str) -> None:
    ring = f"<Polygon><outerBoundaryIs><LinearRing><coordinates>{text}</coordinates></LinearRing></outerBoundaryIs></Polygon>"
    problem = world.refused("conversion_zones", written(world, kml(zone(0), "\n", placemark(ring)))).problems[0]
    assert (problem.key, problem.feature_ids, problem.facts["line"]) == (key, ("#2",), 4)


def test_models_and_polygons_without_a_ring_are_named(world: World) -> None:
    error = world.refused(
        "conversion_zones", written(world, kml(zone(), placemark("<Model/>"), placemark("<Polygon/>")))
    )
    assert {p.key: p.feature_ids for p in error.problems if p.key.startswith("layer.xml")} == {
        "layer.xml_shape_unknown": ("#2",),
        "layer.xml_structure": ("#3",),
    }


def test_an_open_ring_is_closed_and_told(world: World) -> None:
    layer = world.read(
        "conversion_zones", written(world, kml(zone().replace(f" {corners()[-1][0]!r},{corners()[-1][1]!r},0<", "<")))
    )
    assert [(p.key, p.feature_ids) for p in layer.warnings] == [("layer.xml_ring_closed", ("#1",))]
    assert np.allclose(layer.frame["geom_ha"], 1.0, rtol=1e-4)


def test_exchanged_axes_are_never_read(world: World) -> None:
    turned = placemark(kml_ring([(y, x) for x, y in corners(1)]), zone_id="V2", from_crop="rice", to_group="forest")
    assert keys(world, kml(turned)) == ["layer.axes_swapped"]
    problem = world.refused("conversion_zones", written(world, kml(zone(0), turned))).problems[0]
    assert (problem.key, problem.feature_ids) == ("layer.xml_axes_rows", ("#2",))


def test_links_are_told_and_not_followed(world: World) -> None:
    link = "<NetworkLink><Link><href>http://127.0.0.1:9/x.kml</href></Link></NetworkLink>"
    picture = "<GroundOverlay><Icon><href>http://127.0.0.1:9/x.png</href></Icon></GroundOverlay>"
    layer = world.read("conversion_zones", written(world, kml(link, picture, zone())))
    assert [p.key for p in layer.warnings] == ["layer.kml_network_link", "layer.kml_not_read"]
    assert keys(world, kml(link)) == ["layer.kml_network_only"]


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ('<!DOCTYPE kml [<!ENTITY a SYSTEM "file:///etc/passwd">]><kml>&a;</kml>', "layer.xml_doctype"),
        ('<!DOCTYPE kml SYSTEM "http://127.0.0.1:9/x.dtd"><kml/>', "layer.xml_doctype"),
        ("<!DOCTYPE html><html><body>Đăng nhập</body></html>", "layer.not_the_format"),
        ("<html><body>Đăng nhập</body></html>", "layer.not_the_format"),
        ("{}", "layer.not_the_format"),
        ("<gpx/>", "layer.ending_other"),
        ("PK\x03\x04....", "layer.ending_other"),
        (kml(zone())[:-40], "layer.xml_cut"),
        (kml(zone())[:300], "layer.xml_cut"),
        (kml(zone(), placemark("", name="Keo & Mỡ")), "layer.xml_broken"),
        (kml(zone(), placemark("", name="a\x0bb")), "layer.xml_broken"),
        (kml(zone()) + kml(zone()), "layer.xml_broken"),
        (kml(zone(), placemark("", name="a&nbsp;b")), "layer.xml_entity"),
        ("<kml>" + "<Folder>" * 5000 + "</Folder>" * 5000 + "</kml>", "layer.xml_too_deep"),
        ("<!DOCTYPE l [" + "".join(f'<!ENTITY a{i} "{f"&a{i - 1};" * 10}">' for i in range(1, 10)) + "]><l>&a9;</l>", "layer.xml_doctype"),
    ],
)  # fmt: skip
def test_what_is_no_sound_kml(world: World, text: str, key: str) -> None:
    problem = world.refused("conversion_zones", written(world, text)).problems[0]
    assert problem.key == key
    assert problem.where == "vung.kml"
    assert "line" in problem.facts or key in {"layer.not_the_format", "layer.ending_other"}


def test_the_place_of_a_broken_tag(world: World) -> None:
    problem = world.refused("conversion_zones", written(world, kml(zone(0), "\n\n<name>a</b>"))).problems[0]
    assert problem.facts == {"line": 5, "column": 10}


def test_counts_are_limited(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(markup, "MOST_ELEMENTS", 30)
    assert len(world.read("conversion_zones", written(world, kml(zone(0)))).frame) == 1
    assert keys(world, kml(zone(0), zone(1), zone(1))) == ["layer.xml_too_many"]
    monkeypatch.setattr(markup, "MOST_ELEMENTS", 1000)
    monkeypatch.setattr(markup, "MOST_FEATURES", 1)
    assert keys(world, kml(zone(0), zone(1))) == ["layer.xml_too_many"]


@given(
    st.lists(
        st.tuples(*2 * [st.sampled_from(["105.5", "-1e2", "+.5", "22", "1e999", "1_0", "đ", "", "nan", " 1", "1-1"])]),
        max_size=4,
    ),
    st.sampled_from([" ", "\n", ", ", ",", "\u00a0"]),
)
def test_numbers_in_one_go_are_those_of_one_by_one(parts: list[tuple[str, str]], between: str) -> None:
    text = between.join(f"{x},{y}" for x, y in parts)
    for reader in (markup_shapes.tuples, markup_shapes.numbers):
        found: list[object] = []
        for most in (1_000_000, -1):
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(markup_shapes, "_SHORT", most)
                try:
                    found.append(reader(text).tolist())
                except markup_shapes.ShapeError as error:
                    found.append((error.key, error.sample))
        assert found[0] == found[1]


def test_columns_are_limited(world: World) -> None:
    marks = [placemark("", **{f"c{i}": 1}) for i in range(1100)]
    assert keys(world, kml(*marks)) == ["layer.xml_columns"]


@pytest.mark.parametrize(
    ("encoding", "declared", "told"),
    [
        ("utf-8", "UTF-8", []),
        ("utf-8-sig", "UTF-8", []),
        ("utf-16", "UTF-16", []),
        ("utf-16", "UTF-8", []),
        ("utf-16-le", "UTF-16", []),
        ("utf-32", "UTF-32", []),
        ("utf-8", "utf-16", ["layer.xml_is_utf8"]),
        ("utf-8", "windows-1252", ["layer.xml_is_utf8"]),
        ("utf-8", "ISO-8859-1", ["layer.xml_is_utf8"]),
    ],
)
def test_encodings(world: World, encoding: str, declared: str, told: list[str]) -> None:
    data = kml(zone(to_crop="Rừng trồng Bạch đàn"), encoding=declared).encode(encoding)
    layer = world.read("conversion_zones", written(world, data))
    assert layer.frame["to_crop"].tolist() == ["Rừng trồng Bạch đàn"]
    assert [p.key for p in layer.warnings] == told


def test_older_vietnamese_bytes_are_found_by_column(world: World) -> None:
    text = kml(*(zone(i, to_crop="@") for i in range(2)))
    tcvn3 = "Rõng trång B¹ch ®µn".encode("latin-1")
    data = text.replace("tệp", "x").replace("Vùng", "x").encode("ascii").replace(b"@", tcvn3)
    for more in ({}, {"encoding": "tcvn3"}):
        layer = world.read("conversion_zones", written(world, data), **more)
        assert layer.frame["to_crop"].tolist() == ["Rừng trồng Bạch đàn"] * 2
        assert "layer.xml_not_utf8" in [p.key for p in layer.warnings]
    opened = formats.open_file(spec(world.root / "vung.kml"))
    assert opened.raw
    data = data.replace(b"<Document>", b"<Document><Folder>").replace(b"</Document>", b"</Folder></Document>")
    inside = spec(written(world, data.replace(b"<name>x</name>", b"<name>" + tcvn3 + b"</name>")))
    assert formats.inside(inside) == ("Rừng trồng Bạch đàn",)
    named = formats.open_file(spec(inside.path, layer="Rừng trồng Bạch đàn"))
    assert set(named.columns["folder"]) == {tcvn3}
    assert set(opened.columns["to_crop"]) == {tcvn3}


@given(st.data())
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_any_damage_is_a_problem_or_leaves_the_shape(world: World, data: st.DataObject) -> None:
    """A cut or a changed byte: named, or the ring is one of numbers."""
    raw = bytearray(kml(zone(0), zone(1)).encode())
    for _ in range(data.draw(st.integers(1, 3))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.one_of(st.just(len(raw)), st.integers(1, len(raw))))
    said, shapes = [], []
    try:
        shapes = list(formats.open_file(spec(written(world, bytes(raw[:cut])))).shapes)
    except InputError as error:
        said = list(error.problems)
    assert all(spoken(p).fix for p in said)
    assert all(s is None or np.isfinite(s.bounds).all() for s in shapes)


def kmz(world: World, members: dict[str, str], name: str = "vung.kmz") -> Path:
    path = world.root / name
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for member, text in members.items():
            archive.writestr(member, text)
    return path


def test_kmz(world: World) -> None:
    path = kmz(world, {"files/a.png": "x", "doc.kml": kml(folder("A", zone(0)), folder("B", zone(1)))})
    assert len(world.read("conversion_zones", path).frame) == 2
    assert formats.inside(spec(path)) == ("A", "B")
    others = world.read(
        "conversion_zones", kmz(world, {"a.kml": kml(zone(1)), "b/doc.kml": "", "doc.kml": kml(zone(0))})
    )
    assert others.frame["zone_id"].tolist() == ["V1"]
    assert [p.key for p in others.warnings] == ["layer.kmz_others"]
    assert world.refused("conversion_zones", kmz(world, {"a.png": ""})).key == "layer.kmz_no_kml"
    problem = world.refused("conversion_zones", written(world, kml(zone()), "b.kmz")).problems[0]
    assert (problem.key, problem.facts["ending"]) == ("layer.ending_other", ".kml")


def link(href: str) -> str:
    return f"<NetworkLink><name>l</name><Link><href>{href}</href></Link></NetworkLink>"


def test_a_kmz_of_links_to_its_own_documents_as_gdal_writes_it(world: World) -> None:
    main = kml(link("layers/rung.kml"))
    style = {"style/style.kml": kml()}
    path = kmz(world, {"doc.kml": main, "layers/rung.kml": kml(zone(0), zone(1)), **style})
    layer = world.read("conversion_zones", path)
    assert layer.frame["zone_id"].tolist() == ["V1", "V2"]
    assert "layer.kml_network_link" not in [p.key for p in layer.warnings]
    assert formats.inside(spec(path)) == ("rung",)
    assert len(world.read("conversion_zones", path, layer="rung").frame) == 2
    both = {"doc.kml": kml(link("a.kml"), link("./b.kml")), "a.kml": kml(zone(0)), "b.kml": kml(zone(1))}
    problem = world.refused("conversion_zones", kmz(world, both)).problems[0]
    assert (problem.key, problem.facts["names"]) == ("layer.kmz_several", "a, b")
    assert world.read("conversion_zones", kmz(world, both), layer="b").frame["zone_id"].tolist() == ["V2"]
    away = {"doc.kml": kml(link("https://vidu.vn/layers/rung.kml")), "layers/rung.kml": kml(zone(0))}
    assert world.refused("conversion_zones", kmz(world, away)).problems[0].key == "layer.kml_network_only"
