"""A layer against the communes."""

import geopandas as gpd
import pytest
from shapely.affinity import translate
from shapely.geometry import Point

from geoplan import crs, layers
from geoplan.errors import InputError
from geoplan.layers import Layer
from tests.layers.conftest import SOUTH, VN, WEST, World, communes, lots, square


@pytest.fixture
def ground(world: World) -> Layer:
    return world.read("communes", world.write(communes(), "communes.gpkg"))


def test_inside_says_nothing(world: World, ground: Layer) -> None:
    assert layers.meet(world.read("forest_lots", world.write(lots())), ground) == ()
    assert layers.meet(ground, ground) == ()


def test_old_commune_codes_are_told(world: World, ground: Layer) -> None:
    frame = lots(maxa=[1879, 1881, 1879, 1881])
    told = layers.meet(world.read("forest_lots", world.write(frame)), ground)
    assert [(p.key, p.feature_ids, p.facts["codes"]) for p in told] == [("layer.code_elsewhere", ("2", "4"), "01881")]


def test_what_reaches_out_is_told_in_hectares(world: World, ground: Layer) -> None:
    frame = lots(geometry=[square(0, 0), square(-0.5, 1), square(3, 0), square(4, 0)])
    told = layers.meet(world.read("forest_lots", world.write(frame)), ground)
    assert [(p.key, p.feature_ids) for p in told] == [("layer.outside_part", ("2",))]
    assert told[0].facts["ha"] == pytest.approx(0.5, rel=1e-3)
    assert told[0].facts["share_pct"] == pytest.approx(12.5, rel=1e-3)


def test_slivers_of_the_border_are_left_alone(world: World, ground: Layer) -> None:
    frame = lots(geometry=[square(-0.0001, 0), square(1, 0), square(3, 0), square(4, 0)])
    assert layers.meet(world.read("forest_lots", world.write(frame)), ground) == ()


def test_points_outside_are_counted(world: World, ground: Layer) -> None:
    frame = gpd.GeoDataFrame(
        {"village_code": [1, 2], "name": ["A", "B"], "unit_code": ["01879", "02026"]},
        geometry=gpd.GeoSeries([Point(WEST + 5, SOUTH + 5), Point(WEST - 500, SOUTH)], crs=VN),
    )
    told = layers.meet(world.read("villages", world.write(frame)), ground)
    assert [(p.key, p.feature_ids) for p in told] == [("layer.outside_count", ("2",))]


def test_a_wrong_meridian_is_refused_with_the_right_one(world: World, ground: Layer) -> None:
    frame = lots().set_crs("EPSG:5897", allow_override=True)  # meridian 105 instead of 106.5
    layer = world.read("forest_lots", world.write(frame))
    with pytest.raises(InputError) as caught:
        layers.meet(layer, ground)
    problem = caught.value.problems[0]
    assert problem.key == "layer.meets_nothing"
    assert float(problem.facts["distance_km"]) == pytest.approx(154, abs=3)
    assert "EPSG:9213" in str(problem.facts["candidates"])


def test_lots_of_the_neighbour_are_told_by_their_codes(world: World, ground: Layer) -> None:
    shapes = [translate(s, 900, 0) for s in lots().geometry]
    told = layers.meet(world.read("forest_lots", world.write(lots(geometry=shapes))), ground)
    assert [p.key for p in told] == ["layer.code_elsewhere"]


def test_wgs84_called_vn2000_is_doubted(world: World, ground: Layer) -> None:
    wide = lots(geometry=[square(2 * i, 0, 200) for i in range(4)], dtich=[4.0] * 4)
    moved, _ = crs.to_crs(wide, crs.parse("EPSG:32648"))
    layer = world.read("forest_lots", world.write(moved.set_crs("EPSG:3405", allow_override=True)))
    told = layers.meet(layer, ground)
    assert [p.key for p in told[:2]] == ["layer.outside_part", "layer.crs_doubtful"]
    assert "EPSG:32648" in str(told[1].facts["candidates"])


@pytest.mark.parametrize("code", ["01879", 1879, "1879"])
def test_a_village_with_the_code_of_a_commune_is_refused(world: World, ground: Layer, code: object) -> None:
    shapes = [square(0, 0, 300), square(3, 0, 300)]
    frame = gpd.GeoDataFrame({"village_code": [code, 7], "name": ["A", "B"]}, geometry=shapes, crs="EPSG:9213")
    frame["village_code"] = frame["village_code"].astype(str)
    with pytest.raises(InputError) as caught:
        layers.meet(world.read("villages", world.write(frame)), ground)
    problem = caught.value.problems[0]
    assert (problem.key, problem.where, problem.feature_ids) == ("layer.village_is_commune", "layer.gpkg", (str(code),))
    frame["village_code"] = ["7", "7"]
    assert world.refused("villages", world.write(frame, "b.gpkg")).key == "layer.key_repeated"
    frame["village_code"] = ["01879001", "8"]
    assert layers.meet(world.read("villages", world.write(frame, "c.gpkg")), ground) == ()
