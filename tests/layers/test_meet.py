"""A layer against the communes."""

from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
from shapely.affinity import translate
from shapely.geometry import Point, Polygon

from geoplan import crs, layers, open_project
from geoplan.errors import InputError, Problem
from geoplan.layers import Layer, LayerSpec
from geoplan.messages import spoken
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
    assert "EPSG:9213 (VN-2000 / TM-3 106°30'): 100 %" in str(problem.facts["candidates"])
    cure = spoken(problem, "vi").fix
    assert 'crs = "EPSG:5897 -> EPSG:9213"' in cure
    cured = world.read("forest_lots", world.root / "layer.gpkg", crs="EPSG:5897 -> EPSG:9213")
    assert [p.key for p in cured.warnings] == ["layer.crs_overruled"]
    assert layers.meet(cured, ground) == ()


def test_the_data_of_another_province_fit_no_system(world: World, ground: Layer) -> None:
    shapes = [translate(s, -140_000, -60_000) for s in lots().geometry]
    with pytest.raises(InputError, match=r"layer\.lies_elsewhere"):
        layers.meet(world.read("forest_lots", world.write(lots(geometry=shapes))), ground)


def test_lots_of_the_neighbour_are_told_by_their_codes(world: World, ground: Layer) -> None:
    shapes = [translate(s, 900, 0) for s in lots().geometry]
    told = layers.meet(world.read("forest_lots", world.write(lots(geometry=shapes))), ground)
    assert [p.key for p in told] == ["layer.code_elsewhere"]


def test_wgs84_called_vn2000_is_doubted(world: World, ground: Layer) -> None:
    shapes = [square(2 * i, 2 * j, 200) for j in range(5) for i in range(5)]  # the whole west of the first commune
    moved, _ = crs.to_crs(lots(25, geometry=shapes, dtich=[4.0] * 25), crs.parse("EPSG:32648"))
    layer = world.read("forest_lots", world.write(moved.set_crs("EPSG:3405", allow_override=True)))
    told = layers.meet(layer, ground)
    assert [p.key for p in told[:2]] == ["layer.outside_part", "layer.crs_doubtful"]
    assert (told[1].facts["crs"], told[1].facts["best"]) == ("EPSG:3405", "EPSG:32648")
    assert float(told[1].facts["metres"]) == pytest.approx(223, abs=2)
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


TURN = np.linspace(0, 2 * np.pi, 300, endpoint=False)
REACH = 3000 + 400 * np.sin(3 * TURN) + 150 * np.sin(11 * TURN + 1)
CROOKED = Polygon(np.column_stack([WEST + REACH * np.cos(TURN), SOUTH + REACH * np.sin(TURN)]))
"""A commune with a border that fits itself in one place only."""


def crooked_lots(world: World, true: str, said: str, name: str = "lots.gpkg", *, every: int = 1) -> Path:
    """Lots of 500 m that fill the crooked commune, written in one system and labelled as another."""
    cells = [square(5 * i, 5 * j, 500) for i in range(-7, 7) for j in range(-7, 7)]
    parts = [p for p in (cell.intersection(CROOKED) for cell in cells) if p.area > 100 and isinstance(p, Polygon)][
        ::every
    ]
    table = lots(len(parts), geometry=parts, dtich=[p.area / 1e4 for p in parts])
    shapes = crs.geometries(table.geometry.array, VN, crs.parse(true))
    frame = gpd.GeoDataFrame(table.drop(columns="geometry"), geometry=gpd.GeoSeries(shapes, crs=said))
    return world.write(frame, name)


@pytest.fixture
def crooked(world: World) -> Layer:
    frame = gpd.GeoDataFrame({"unit_code": ["01879"], "name": ["Cao Minh"]}, geometry=[CROOKED], crs=VN)
    return world.read("communes", world.write(frame, "communes.gpkg"))


@pytest.mark.parametrize(
    ("true", "said", "metres"),
    [
        ("EPSG:4326", "EPSG:4756", 223),  # WGS 84 taken for VN-2000
        ("EPSG:4756", "EPSG:4326", 223),
        ("EPSG:32648", "EPSG:3405", 223),
        ("EPSG:3405", "EPSG:5897", 737),  # UTM labelled TM-3 of the same meridian
        ("EPSG:5897", "EPSG:3405", 737),
        ("EPSG:3405", "EPSG:32648", 223),
    ],
)
@pytest.mark.parametrize("every", [1, 3])
def test_layers_that_overlap_and_are_off_are_told(
    world: World, crooked: Layer, true: str, said: str, metres: float, every: int
) -> None:
    told = layers.meet(world.read("forest_lots", crooked_lots(world, true, said, every=every)), crooked)
    doubt = next(p for p in told if p.key == "layer.crs_doubtful")
    assert doubt.facts["best"] == true
    assert float(doubt.facts["metres"]) == pytest.approx(metres, rel=0.02)
    for lang in ("vi", "en"):
        assert f'crs = "{said} -> {true}"' in spoken(doubt, lang).fix


@pytest.mark.parametrize("system", ["EPSG:9213", "EPSG:4326", "EPSG:4756", "EPSG:3405", "EPSG:32648", "EPSG:5897"])
@pytest.mark.parametrize("every", [1, 3])
def test_layers_in_their_own_system_are_not_doubted(world: World, crooked: Layer, system: str, every: int) -> None:
    layer = world.read("forest_lots", crooked_lots(world, system, system, every=every))
    assert layer.warnings == ()
    assert layers.meet(layer, crooked) == ()


@pytest.mark.parametrize("system", ["EPSG:9213", "EPSG:3405", "EPSG:32648", "EPSG:4326", "EPSG:5897"])
def test_a_layer_of_the_whole_province_is_not_doubted(world: World, ground: Layer, system: str) -> None:
    shapes = [square(4 * i, 4 * j, 400) for i in range(-6, 8) for j in range(-6, 5)]
    frame = lots(len(shapes), geometry=shapes, dtich=[16.0] * len(shapes))
    moved, _ = crs.to_crs(frame, crs.parse(system))
    layer = world.read("forest_lots", world.write(moved))
    assert "layer.crs_doubtful" not in [p.key for p in layers.meet(layer, ground)]


@pytest.mark.parametrize(("count", "told"), [(1, []), (8, ["layer.crs_doubtful"])])
def test_a_few_corners_meet_a_border_by_chance_and_many_do_not(
    world: World, ground: Layer, count: int, told: list[str]
) -> None:
    """Lots inside that would lie along the border if they were WGS 84: one says nothing, a row of them does."""
    x, y = crs.transform(WEST, SOUTH, VN, crs.parse("EPSG:32648"))
    east, _ = crs.transform(x, y, crs.parse("EPSG:3405"), VN)
    away = float(east) - WEST  # how far a layer moves that is read as VN-2000 and is WGS 84
    west_edge = 0.0 if away > 0 else 1900.0
    shapes = [translate(square(west_edge / 100, i + 1, 100), away, 0) for i in range(count)]
    assert abs(away) > 100
    moved, _ = crs.to_crs(lots(count, geometry=shapes), crs.parse("EPSG:3405"))
    layer = world.read("forest_lots", world.write(moved))
    assert [p.key for p in layers.meet(layer, ground) if p.key != "layer.code_elsewhere"] == told


def refused_by_project(world: World, spec: str) -> Problem:
    """The first problem of a project whose lots are `spec`."""
    (world.root / "geoplan.toml").write_text(
        f'[project]\nas_of = 2026-06-30\n[layers]\ncommunes = "communes.gpkg"\nforest_lots = {spec}\n', encoding="utf-8"
    )
    with pytest.raises(InputError) as caught:
        open_project(world.root).read("forest_lots")
    return caught.value.problems[0]


def test_a_file_without_crs_is_refused_with_what_fits_the_communes(world: World, crooked: Layer) -> None:
    path = crooked_lots(world, "EPSG:3405", "EPSG:3405", "lots.shp")
    path.with_suffix(".prj").unlink()
    problem = refused_by_project(world, '"lots.shp"')
    assert (problem.key, problem.where, problem.facts["best"]) == ("layer.crs_missing", "lots.shp", "EPSG:3405")
    assert 'crs = "EPSG:3405"' in spoken(problem, "vi").fix
    assert world.refused("forest_lots", path).key == "layer.crs_missing"  # without communes: what the province allows
    cured = world.read("forest_lots", path, crs="EPSG:3405")
    assert layers.meet(cured, crooked) == ()


@pytest.mark.parametrize(
    ("true", "said", "key"),
    [
        ("EPSG:4326", "EPSG:9213", "layer.degrees_in_metre_crs"),
        ("EPSG:9213", "EPSG:4326", "layer.metres_in_degree_crs"),
        ("EPSG:9213", "EPSG:3857", "layer.outside_vietnam"),
        ("EPSG:3857", "EPSG:9213", "layer.outside_vietnam"),
    ],
)
def test_each_refusal_has_a_cure_that_works(world: World, crooked: Layer, true: str, said: str, key: str) -> None:
    path = crooked_lots(world, true, said)
    problem = refused_by_project(world, '"lots.gpkg"')
    assert (problem.key, problem.facts["best"]) == (key, true)
    answer = f"{said} -> {true}"
    assert answer in spoken(problem, "vi").fix
    cured = world.read("forest_lots", path, crs=answer)
    assert [p.key for p in cured.warnings] == ["layer.crs_overruled"]
    assert layers.meet(cured, crooked) == ()


@pytest.mark.parametrize(("system", "low"), [("EPSG:9213", "x 245"), ("EPSG:4326", "x 22.")])
def test_east_and_north_exchanged_are_refused_with_the_system(
    world: World, crooked: Layer, system: str, low: str
) -> None:
    path = crooked_lots(world, system, system)
    frame = gpd.read_file(path)
    turned = gpd.GeoSeries([Polygon([(y, x) for x, y in s.exterior.coords]) for s in frame.geometry], crs=system)
    path.unlink()
    world.write(frame.set_geometry(turned), "lots.gpkg")
    problem = refused_by_project(world, '"lots.gpkg"')
    assert problem.key == "layer.axes_swapped"
    assert str(problem.facts["extent"]).startswith(low)
    assert f"{system} (" in str(problem.facts["candidates"])
    assert "x ↔ y" in str(problem.facts["candidates"])


@pytest.mark.parametrize(("wrong", "minutes"), [("EPSG:5897", 90), ("EPSG:9212", 15), ("EPSG:5898", 90)])
def test_longitudes_converted_with_a_wrong_meridian_are_recognised(
    world: World, crooked: Layer, wrong: str, minutes: int
) -> None:
    """A KML or GeoJSON that somebody made from a grid under the wrong meridian: no CRS can put it right."""
    frame = gpd.read_file(crooked_lots(world, "EPSG:9213", wrong, "grid.gpkg"))
    moved, _ = crs.to_crs(frame, crs.parse("EPSG:4326"))
    layer = world.read("forest_lots", world.write(moved))
    with pytest.raises(InputError) as caught:
        layers.meet(layer, crooked)
    problem = caught.value.problems[0]
    assert (problem.key, problem.facts["minutes"]) == ("layer.converted_wrongly", minutes)
    assert str(minutes) in spoken(problem, "vi").found


def test_a_contradiction_is_refused_and_the_arrow_decides(world: World) -> None:
    path = world.write(lots())
    problem = world.refused("forest_lots", path, crs="EPSG:5897").problems[0]
    assert problem.key == "layer.crs_contradiction"
    assert 'crs = "EPSG:9213 -> EPSG:5897"' in spoken(problem, "vi").fix
    assert world.refused("forest_lots", path, crs="EPSG:4326 -> EPSG:5897").key == "layer.crs_contradiction"
    assert world.refused("forest_lots", path, crs="EPSG:9213 -> EPSG:0").key == "crs.unknown"
    assert world.refused("forest_lots", path, crs="EPSG:9213 -> +proj=longlat +ellps=WGS84").key == "crs.datum_unknown"
    overruled = world.read("forest_lots", path, crs="EPSG:9213 -> EPSG:5897")
    assert [p.key for p in overruled.warnings] == ["layer.crs_overruled"]
    same = world.read("forest_lots", path, crs="EPSG:9213")
    assert same.warnings == ()


def test_the_arrow_takes_the_name_that_a_refusal_gives(world: World) -> None:
    moved, _ = crs.to_crs(lots(), crs.parse("EPSG:3405"))
    path = world.write(moved.set_crs("EPSG:32648", allow_override=True), "named.shp")
    said = path.with_suffix(".prj").read_text(encoding="ascii")
    path.with_suffix(".prj").write_text(said.replace("WGS_1984_UTM_Zone_48N", "VN2000 UTM 48"), encoding="ascii")
    problem = world.refused("forest_lots", path).problems[0]
    assert (problem.key, problem.facts["found"]) == ("layer.crs_name_contradicts", "VN2000 UTM 48")
    cured = world.read("forest_lots", path, crs="VN2000 UTM 48 -> EPSG:3405")
    assert cured.frame.total_bounds == pytest.approx(lots().total_bounds, abs=0.01)


def test_without_trouble_the_communes_are_not_even_asked_for(world: World) -> None:
    error = InputError(Problem("layer.file_empty", "f", {"path": "f"}))

    def never() -> Layer:
        raise AssertionError

    assert layers.explained(error, LayerSpec("forest_lots", world.root / "f", "f"), never) is error
