"""GML: the order of axes by the form of the CRS name, every geometry or its feature and line, no schema, no link."""

from pathlib import Path

import numpy as np
import pytest

from geoplan import formats
from geoplan.formats import LayerSpec
from tests.formats.drawn import corners, gml, gml_zone, metres, pos
from tests.layers.conftest import World, zones

URN = "urn:ogc:def:crs:EPSG::4326"


def written(world: World, text: str, name: str = "vung.gml") -> Path:
    path = world.root / name
    path.write_bytes(text.encode())
    return path


def refused(world: World, text: str, **more: str) -> tuple[str, tuple[str, ...]]:
    problem = world.refused("conversion_zones", written(world, text), **more).problems[0]
    return problem.key, problem.feature_ids


@pytest.mark.parametrize(
    ("srs", "turned"),
    [
        (URN, True),
        ("urn:x-ogc:def:crs:EPSG:6.9:4326", True),
        ("http://www.opengis.net/def/crs/EPSG/0/4326", True),
        ("EPSG:4326", False),
        ("http://www.opengis.net/gml/srs/epsg.xml#4326", False),
        ("urn:ogc:def:crs:OGC:1.3:CRS84", False),
        ("http://www.opengis.net/def/crs/OGC/1.3/CRS84", False),
    ],
)
def test_axes_follow_the_form_of_the_name(world: World, srs: str, turned: bool) -> None:
    path = written(world, gml(*(gml_zone(i, pos(corners(i), turned=turned), srs) for i in (0, 1))))
    layer = world.read("conversion_zones", path)
    assert np.allclose(layer.frame.total_bounds, zones().total_bounds, atol=1e-3)
    assert np.allclose(layer.frame["geom_ha"], 1.0, rtol=1e-4)
    assert layer.warnings == ()


@pytest.mark.parametrize(
    "srs", ["urn:ogc:def:crs:EPSG::9213", "EPSG:9213", "http://www.opengis.net/def/crs/EPSG/0/9213"]
)
def test_vn2000_stands_east_first_in_every_form(world: World, srs: str) -> None:
    layer = world.read("conversion_zones", written(world, gml(gml_zone(0, pos(metres()), srs))))
    assert layer.source.crs == "EPSG:9213"
    assert np.allclose(layer.frame.total_bounds, zones().total_bounds[[0, 1, 0, 1]] + [0, 0, 100, 100], atol=1e-6)


@pytest.mark.parametrize("srs", [URN, "EPSG:4326"])
def test_the_other_order_than_said_is_put_right_and_told(world: World, srs: str) -> None:
    members = [gml_zone(i, pos(corners(i), turned=srs != URN), srs) for i in (0, 1)]
    layer = world.read("conversion_zones", written(world, gml(*members)))
    assert np.allclose(layer.frame.total_bounds, zones().total_bounds, atol=1e-3)
    assert [p.key for p in layer.warnings] == ["layer.gml_axes"]
    members[1] = gml_zone(1, pos(corners(1), turned=srs == URN), srs)
    assert refused(world, gml(*members)) == ("layer.xml_axes_rows", ("#1",))


@pytest.mark.parametrize("form", ["GML2", "GML3", "GML3.2"])
@pytest.mark.parametrize("crs", ["EPSG:4326", "EPSG:9213", "EPSG:4756", "EPSG:32648"])
def test_what_gdal_writes(world: World, form: str, crs: str) -> None:
    path = world.root / "vung.gml"
    zones().to_crs(crs).to_file(path, driver="GML", FORMAT=form)
    layer = world.read("conversion_zones", path)
    assert np.allclose(layer.frame["geom_ha"], 1.0, rtol=1e-4)
    datum = 300.0 if crs in ("EPSG:4326", "EPSG:32648") else 1e-3  # geopandas takes another way than the pinned shift
    assert np.allclose(layer.frame.total_bounds, zones().total_bounds, atol=datum)
    assert not path.with_suffix(".gfs").exists()


def test_no_name_of_a_crs_is_no_crs(world: World) -> None:
    text = gml(gml_zone(0, pos(metres()), ""))
    assert refused(world, text)[0] == "layer.crs_missing"
    assert len(world.read("conversion_zones", written(world, text), crs="EPSG:9213").frame) == 1
    box = '<gml:boundedBy><gml:Envelope srsName="EPSG:9213"/></gml:boundedBy>'
    around = written(world, gml(box, gml_zone(0, pos(metres()), "")))
    assert world.read("conversion_zones", around).source.crs == "EPSG:9213"


@pytest.mark.parametrize("srs", ["http://127.0.0.1:9/crs", "#ta", "EPSG:999999", "EPSG:", "file:///etc/passwd"])
def test_unknown_names_are_refused(world: World, srs: str) -> None:
    assert refused(world, gml(gml_zone(0, pos(metres()), srs)))[0] == "layer.gml_crs"


def test_two_systems_are_refused(world: World) -> None:
    members = gml_zone(0, pos(metres()), "EPSG:9213"), gml_zone(1, pos(corners(1), turned=True), URN)
    assert refused(world, gml(*members))[0] == "layer.gml_crs_several"
    mixed = gml_zone(0, pos(metres()), "EPSG:9213").replace("<gml:LinearRing>", '<gml:LinearRing srsName="EPSG:3405">')
    assert refused(world, gml(mixed)) == ("layer.xml_structure", ("#1",))


def test_several_types(world: World) -> None:
    path = written(
        world, gml(gml_zone(0, pos(metres()), "EPSG:9213"), gml_zone(1, pos(metres(2)), "EPSG:9213", "khac"))
    )
    spec = LayerSpec("conversion_zones", path, path.name)
    assert formats.inside(spec) == ("vung", "khac")
    assert world.refused("conversion_zones", path).key == "layer.gml_several"
    assert world.refused("conversion_zones", path, layer="x").key == "layer.gml_layer_unknown"
    assert world.read("conversion_zones", path, layer="khac").frame["zone_id"].tolist() == ["V2"]


def test_types_without_shapes_are_left_out_and_told(world: World) -> None:
    code = "<gml:featureMember><loai><ma>1</ma></loai></gml:featureMember>"
    layer = world.read("conversion_zones", written(world, gml(code, gml_zone(0, pos(metres()), "EPSG:9213"))))
    assert [p.key for p in layer.warnings] == ["layer.gml_left_out"]


def test_vertices_with_heights(world: World) -> None:
    """Stated, or told by the count (15 numbers), or by where the ring closes (18 numbers: six vertices or nine)."""
    (x, y), *rest = metres()
    for member in (
        gml_zone(0, pos(metres(), height=" 450"), "EPSG:9213").replace(
            "<gml:posList>", '<gml:posList srsDimension="3">'
        ),
        gml_zone(0, pos(metres(), height=" 450"), "EPSG:9213").replace("<gml:Polygon", '<gml:Polygon srsDimension="3"'),
        gml_zone(0, pos(metres(), height=" 450"), "EPSG:9213"),
        gml_zone(0, pos([(x, y), (x, y + 50.0), *rest], height=" 0"), "EPSG:9213"),
    ):
        layer = world.read("conversion_zones", written(world, gml(member)))
        assert np.allclose(layer.frame["geom_ha"], 1.0, rtol=1e-3)


@pytest.mark.parametrize("holder", ["gml:LineString", "gml:posList"])
def test_a_stated_dimension_is_believed(world: World, holder: str) -> None:
    """Six numbers are two vertices with heights, not three without."""
    line = f"<gml:LineString><gml:posList>{pos(metres()[:2], height=' 450')}</gml:posList></gml:LineString>"
    line = line.replace(f"<{holder}>", f'<{holder} srsDimension="3">')
    path = written(world, gml(f"<gml:featureMember><duong><hinh>{line}</hinh></duong></gml:featureMember>"))
    layer = world.read("roads", path, crs="EPSG:9213")
    assert layer.frame.geometry.length.tolist() == [pytest.approx(100.0)]


def shape(inner: str) -> str:
    cells = "<zone_id>V1</zone_id><from_crop>rice</from_crop><to_group>forest</to_group>"
    return gml(f"<gml:featureMember><vung><hinh>{inner}</hinh>{cells}</vung></gml:featureMember>")


RING = pos(metres())
COMMAS = " ".join(f"{x!r},{y!r}" for x, y in metres())
HALVES = [pos(metres()[:3]), pos(metres()[2:])]
PATCH = f"<PolygonPatch><exterior><LinearRing><posList>{RING}</posList></LinearRing></exterior></PolygonPatch>"
NEXT = PATCH.replace(RING, pos(metres(1)))


@pytest.mark.parametrize(
    ("inner", "hectares"),
    [
        (f"<Polygon><outerBoundaryIs><LinearRing><coordinates>{COMMAS}</coordinates></LinearRing></outerBoundaryIs></Polygon>", 1),
        (
            f'<Polygon><outerBoundaryIs><LinearRing><coordinates cs=";" ts="|" decimal=",">{COMMAS.replace(",", ";").replace(".", ",").replace(" ", "|")}'
            "</coordinates></LinearRing></outerBoundaryIs></Polygon>",
            1,
        ),
        ("<Polygon><exterior><LinearRing>" + "".join(f"<pos>{x} {y}</pos>" for x, y in metres()) + "</LinearRing></exterior></Polygon>", 1),
        (
            "<Polygon><outerBoundaryIs><LinearRing>"
            + "".join(f"<coord><X>{x}</X><Y>{y}</Y></coord>" for x, y in metres())
            + "</LinearRing></outerBoundaryIs></Polygon>",
            1,
        ),
        (f"<Surface><patches>{PATCH}</patches></Surface>", 1),
        (f"<Surface><patches>{PATCH}{NEXT}</patches></Surface>", 2),
        (f"<CompositeSurface><surfaceMember><Surface><patches>{PATCH}</patches></Surface></surfaceMember></CompositeSurface>", 1),
        (f"<MultiSurface><surfaceMembers>{PATCH}{PATCH.replace(RING, pos(metres(3)))}</surfaceMembers></MultiSurface>".replace("PolygonPatch", "Polygon"), 2),
        (
            "<Polygon><exterior><Ring>"
            + "".join(f"<curveMember><Curve><segments><LineStringSegment><posList>{h}</posList></LineStringSegment></segments></Curve></curveMember>" for h in HALVES)
            + "</Ring></exterior></Polygon>",
            1,
        ),
        (
            f"<Polygon><exterior><LinearRing><posList>{RING}</posList></LinearRing></exterior><interior><LinearRing><posList>"
            f"{pos([(x / 2 + metres()[0][0] / 2 - 10, y / 2 + metres()[0][1] / 2 + 10) for x, y in metres()])}</posList></LinearRing></interior></Polygon>",
            0.75,
        ),
    ],
)  # fmt: skip
def test_geometries_in_every_way_of_writing(world: World, inner: str, hectares: float) -> None:
    layer = world.read("conversion_zones", written(world, shape(inner)), crs="EPSG:9213")
    assert layer.frame["geom_ha"].sum() == pytest.approx(hectares, rel=1e-3)


@pytest.mark.parametrize(
    ("inner", "key"),
    [
        ("<Curve><segments><Arc><posList>1 2 3 4 5 6</posList></Arc></segments></Curve>", "layer.xml_shape_unknown"),
        ("<Solid/>", "layer.xml_shape_unknown"),
        ('<MultiSurface><surfaceMember xlink:href="http://127.0.0.1:9/x"/></MultiSurface>', "layer.xml_structure"),
        (
            "<Polygon><exterior><LinearRing><posList>1 2 3 4 5</posList></LinearRing></exterior></Polygon>",
            "layer.xml_structure",
        ),
        (
            "<Polygon><exterior><LinearRing><posList>1 2 3 x</posList></LinearRing></exterior></Polygon>",
            "layer.xml_coordinates",
        ),
        (
            "<Polygon><exterior><LinearRing><posList>1 2 3 4</posList></LinearRing></exterior></Polygon>",
            "layer.xml_vertices",
        ),
        ("<Polygon><interior/></Polygon>", "layer.xml_structure"),
        (f"<Surface><patches>{PATCH}</patches></Surface>" * 2, "layer.xml_structure"),
    ],
)
def test_broken_geometries_name_their_feature(world: World, inner: str, key: str) -> None:
    text = shape(inner).replace(
        "<wfs:FeatureCollection ", '<wfs:FeatureCollection xmlns:xlink="http://www.w3.org/1999/xlink" '
    )
    assert refused(world, text, crs="EPSG:9213") == (key, ("#1",))


def test_a_geometry_elsewhere_is_missing_and_named(world: World) -> None:
    text = gml('<gml:featureMember><vung><hinh xlink:href="http://127.0.0.1:9/x"/></vung></gml:featureMember>')
    keys = [p.key for p in world.refused("conversion_zones", written(world, text)).problems]
    assert "layer.geometry_missing" in keys


def test_answers_of_servers(world: World) -> None:
    part = gml(gml_zone(0, pos(metres()), "EPSG:9213"), attributes='numberMatched="2000" numberReturned="1"')
    assert [p.key for p in world.read("conversion_zones", written(world, part)).warnings] == ["layer.gml_part"]
    assert refused(world, "<ows:ExceptionReport><x>no such layer</x></ows:ExceptionReport>")[0] == "layer.gml_exception"


@pytest.mark.parametrize("text", ["<a><b/></a>", "{}", "<html/>", "<!DOCTYPE html><html/>"])
def test_what_is_no_gml(world: World, text: str) -> None:
    assert refused(world, text)[0] == "layer.not_the_format"


def test_entities_are_refused(world: World) -> None:
    text = '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>'
    assert refused(world, text)[0] == "layer.xml_doctype"


def test_columns_nest_and_repeat(world: World) -> None:
    extra = "<chu><ten>A</ten><ma>1</ma></chu><ghi>x</ghi><ghi>y</ghi><trong xsi:nil='true'>0</trong>"
    path = written(world, gml(gml_zone(0, pos(metres()), "EPSG:9213", extra=extra)))
    opened = formats.open_file(LayerSpec("conversion_zones", path, path.name))
    assert opened.columns["chu|ten"].tolist() == ["A"]
    assert opened.columns["gml_id"].tolist() == ["a0"]
    assert opened.repeated == {"ghi"}
    assert "trong" not in opened.columns
