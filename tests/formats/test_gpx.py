"""GPX: waypoints, tracks and routes are three layers; which one is meant is said, or clear from the role."""

from pathlib import Path

import pytest

from geoplan import formats
from geoplan.formats import LayerSpec
from tests.formats.drawn import gpx, kml
from tests.layers.conftest import World

HOUSE = '<wpt lat="22.2" lon="105.85"><ele>410</ele><name>H1</name><extensions><o:household_id>K1</o:household_id></extensions></wpt>'
TRACK = (
    '<trk><name>Đường mòn</name><trkseg><trkpt lat="22.2" lon="105.85"><time>2025-06-01T00:00:00Z</time></trkpt>'
    '<trkpt lat="22.21" lon="105.85"/></trkseg><trkseg><trkpt lat="22.22" lon="105.85"/><trkpt lat="22.23" lon="105.86"/></trkseg></trk>'
)
ROUTE = '<rte><name>Tuyến</name><rtept lat="22.2" lon="105.85"/><rtept lat="22.21" lon="105.85"/></rte>'


def written(world: World, text: str) -> Path:
    path = world.root / "di.gpx"
    path.write_bytes(text.encode())
    return path


def test_waypoints_are_points_with_their_extensions(world: World) -> None:
    layer = world.read("households", written(world, gpx(HOUSE)))
    assert layer.frame["household_id"].tolist() == ["K1"]
    opened = formats.open_file(LayerSpec("households", world.root / "di.gpx", "di.gpx"))
    assert opened.shapes[0].wkt == "POINT (105.85 22.2)"
    assert opened.columns["name"].tolist() == ["H1"]


def test_segments_of_a_track_are_one_line_of_parts(world: World) -> None:
    layer = world.read("roads", written(world, gpx(TRACK)))
    assert layer.frame["name"].tolist() == ["Đường mòn"]
    assert [len(g.geoms) for g in layer.frame.geometry] == [2]


@pytest.mark.parametrize(
    ("role", "content", "places", "left"),
    [
        ("households", HOUSE + TRACK, 1, "tracks (1)"),
        ("roads", HOUSE + TRACK, 1, "waypoints (1)"),
        ("streams", HOUSE * 2 + ROUTE, 1, "waypoints (2)"),
    ],
)
def test_the_role_decides_where_it_can(world: World, role: str, content: str, places: int, left: str) -> None:
    layer = world.read(role, written(world, gpx(content)))
    assert len(layer.frame) == places
    assert [(p.key, p.facts["others"]) for p in layer.warnings] == [("layer.gpx_left_out", left)]


@pytest.mark.parametrize(
    ("role", "content"), [("roads", TRACK + ROUTE), ("forest_lots", HOUSE + TRACK), ("sites", HOUSE + ROUTE)]
)
def test_where_the_role_cannot_tell_it_is_asked(world: World, role: str, content: str) -> None:
    path = written(world, gpx(content))
    assert world.refused(role, path).key == "layer.gpx_several"
    assert world.refused(role, path, layer="x").key == "layer.gpx_layer_unknown"


def test_layers_inside(world: World) -> None:
    path = written(world, gpx(HOUSE, ROUTE, TRACK))
    assert formats.inside(LayerSpec("roads", path, path.name)) == ("waypoints", "tracks", "routes")
    assert len(world.read("roads", path, layer="routes").frame) == 1


def test_broken_points_are_named(world: World) -> None:
    bad = '<wpt lat="22,2" lon="105.85"/><wpt lon="105.8"/><wpt lat="" lon=""/><wpt lat="22 .2" lon="105.85"/><trk/>'
    problems = world.refused("households", written(world, gpx(HOUSE, bad))).problems
    assert {p.key: p.feature_ids for p in problems if p.key.startswith("layer.xml")} == {
        "layer.xml_coordinates": ("#2", "#4", "#5"),
        "layer.xml_structure": ("#3",),
    }


def test_a_segment_of_one_point_is_left_out_and_told(world: World) -> None:
    lone = TRACK.replace("</trk>", '<trkseg><trkpt lat="22.2" lon="105.85"/></trkseg></trk>')
    layer = world.read("roads", written(world, gpx(lone)))
    assert [(p.key, p.feature_ids) for p in layer.warnings] == [("layer.gpx_lone_points", ("#1",))]
    only = "<trk><trkseg>" + '<trkpt lat="22.2" lon="105.85"/>' + "</trkseg></trk>"
    assert world.refused("roads", written(world, gpx(only))).key == "layer.xml_vertices"


def test_other_files(world: World) -> None:
    assert world.refused("roads", written(world, kml())).key == "layer.ending_other"
    assert world.refused("roads", written(world, gpx(TRACK)[:-30])).key == "layer.xml_cut"
    assert len(world.read("roads", written(world, gpx())).frame) == 0
