"""Shapes that would be too much work, overlaps and their slivers, gaps and spikes: bounded, named, counted once."""

from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import Polygon

from geoplan import areas, crs, layers
from geoplan.layers import LayerSpec, checks_shapes, complexity, gaps, overlaps, rings, schemas, spikes
from tests.layers.conftest import SOUTH, VN, WEST, World, lots, square, zones


def zigzag(n: int, size: float = 100.0) -> Polygon:
    """A line that goes n times up and down and then n times to and fro: about n x n crossings with itself."""
    turn, along = np.arange(n) % 2, np.linspace(0.0, size, n)
    up = np.column_stack([along, np.where(turn, 0.0, size)])
    across = np.column_stack([np.where(turn, size, 0.0), along])
    return Polygon(np.vstack([up, across]) + np.array([WEST, SOUTH]))


def comb(n: int, *, across: bool = False) -> Polygon:
    """A valid comb of n teeth a hundred metres long."""
    west = np.arange(n) * 100.0 / n
    width = 40.0 / n
    teeth = np.column_stack([west, np.full(n, 100.0), west + width, np.full(n, 100.0)]).reshape(-1, 2)
    feet = np.column_stack([west, np.zeros(n), west + width, np.zeros(n)]).reshape(-1, 2)
    points = np.hstack([feet, teeth]).reshape(-1, 2)
    order = np.concatenate([[4 * i, 4 * i + 1, 4 * i + 3, 4 * i + 2] for i in range(n)])
    outline = np.vstack([points[order], [100.0, 0.0], [100.0, -10.0], [0.0, -10.0]])
    return Polygon((outline[:, ::-1] if across else outline) + np.array([WEST, SOUTH]))


def frame_of(shapes: list[Any]) -> gpd.GeoDataFrame:
    return lots(len(shapes), geometry=shapes, dtich=areas.of(np.array(shapes, dtype=object), VN).round(4).tolist())


def keys(problems: tuple[Any, ...]) -> list[str]:
    return [p.key for p in problems]


@pytest.mark.parametrize("mend", [False, True])
def test_four_million_crossings_are_refused_by_name(world: World, mend: bool) -> None:
    star = zigzag(2000)
    path = world.write(lots(geometry=[star, *(square(i, 0) for i in (2, 3, 4))]))
    found = layers.inspect(LayerSpec("forest_lots", path, path.name), VN, world.root, mend=mend)
    assert [(p.key, p.feature_ids) for p in found.errors] == [("layer.geometry_too_complex", ("1",))]


def test_two_thousand_teeth_over_two_thousand_teeth(world: World) -> None:
    one, other = comb(2000), comb(2000, across=True)
    assert one.is_valid
    error = world.refused("forest_lots", world.write(frame_of([one, other, square(4, 0)])))
    assert "layer.geometry_too_complex" in [p.key for p in error.problems]


def test_crossings_are_counted_up_to_the_limit() -> None:
    assert not complexity.crosses_too_often(zigzag(200))
    assert complexity.crosses_too_often(zigzag(300))
    nested = shapely.MultiPolygon([square(0, 0, 1000 - i) for i in range(700)])
    assert rings.too_many(nested)
    assert not rings.too_many(shapely.MultiPolygon([square(2 * i, 0) for i in range(700)]))


def test_too_many_vertices_are_refused(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(complexity, "MOST_VERTICES", 100)
    round_lot = shapely.Point(WEST, SOUTH).buffer(50, quad_segs=40)
    error = world.refused("forest_lots", world.write(frame_of([round_lot, square(3, 0)])))
    assert [(p.key, p.feature_ids) for p in error.problems] == [("layer.geometry_too_complex", ("1",))]


def test_sixty_thousand_vertices_are_read(world: World) -> None:
    ring = shapely.Point(WEST, SOUTH).buffer(400, quad_segs=15_000)
    layer = world.read("forest_lots", world.write(frame_of([ring, square(20, 0)])))
    assert layer.frame["geom_ha"].iloc[0] == pytest.approx(np.pi * 16, rel=4e-4)


def test_hundreds_of_versions_of_one_lot_end_soon() -> None:
    shapes = np.array([square(i / 1000, i / 2000) for i in range(400)], dtype=object)
    names = [str(i) for i in range(400)]
    _, said = overlaps.settle(schemas.FOREST_LOTS, shapes, VN, names, "f")
    assert [p.key for p in said.errors] == ["layer.overlaps_many", "layer.overlap"]
    _, told = overlaps.settle(schemas.PARCELS, shapes, VN, names, "f")
    assert told.errors == []
    assert [p.key for p in told.warnings] == ["layer.overlaps_many", "layer.overlap_told"]


def test_a_sliver_is_cut_from_the_larger_and_counts_once(world: World) -> None:
    shapes = [square(0, 0, 1000), square(9.95, 0, 900), square(30, 0)]
    layer = world.read("forest_lots", world.write(frame_of(shapes)))
    assert keys(layer.warnings) == ["layer.overlap_slivers"]
    assert layer.warnings[0].facts["ha"] == pytest.approx(0.45, rel=3e-4)
    assert layer.frame["geom_ha"].tolist() == pytest.approx([99.55, 81, 1], rel=3e-4)
    whole = areas.of([shapely.union_all(layer.frame.geometry.to_numpy())], VN)[0]
    assert layer.frame["geom_ha"].sum() == pytest.approx(whole, rel=1e-6)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.floats(0, 3), st.floats(0, 3)), min_size=2, max_size=5, unique=True))
def test_ground_is_never_counted_twice(places: list[tuple[float, float]]) -> None:
    """Whatever lies over whatever: either it is refused, or the hectares are those of the union (to a sliver's word)."""
    shapes = np.array([square(x, y) for x, y in places], dtype=object)
    settled, said = overlaps.settle(schemas.FOREST_LOTS, shapes, VN, [str(i) for i in range(len(shapes))], "f")
    if not said.errors:
        sums, union = areas.of(settled, VN).sum(), areas.of([shapely.union_all(shapes)], VN)[0]
        assert sums == pytest.approx(union, abs=0.0101)


def test_zones_over_each_other_are_refused_and_parcels_are_told(world: World) -> None:
    over = [square(0, 0), square(0.5, 0)]
    error = world.refused("conversion_zones", world.write(zones(geometry=over)))
    assert [p.key for p in error.problems] == ["layer.overlap"]
    assert error.problems[0].facts["pairs"] == "V1 + V2: 0.50 ha"
    table = {"parcel_id": ["A", "B"], "land_code": ["LUC", "LUC"]}
    parcels = gpd.GeoDataFrame(table, geometry=gpd.GeoSeries(over, crs=VN))
    layer = world.read("parcels", world.write(parcels, "p.gpkg"))
    assert [(p.key, p.feature_ids) for p in layer.warnings] == [("layer.overlap_told", ("A", "B"))]


@pytest.mark.parametrize(
    ("right", "hectares"),
    [
        (square(10, 0, 1000), 0.0),  # they fit
        (shapely.transform(square(10, 0, 1000), lambda xy: xy + np.array([5.0, 0.0])), 0.5),  # a strip of 5 m
        (shapely.transform(square(10, 0, 1000), lambda xy: xy + np.array([60.0, 0.0])), 0.0),  # another's ground
    ],
)
def test_gaps(right: Polygon, hectares: float) -> None:
    shapes = np.array([square(0, 0, 1000), right], dtype=object)
    said = gaps.told(shapes, VN, ["1", "2"], "f")
    assert sum(float(p.facts["ha"]) for p in said) == pytest.approx(hectares, rel=3e-4)


def test_a_corner_of_the_outline_is_no_gap() -> None:
    notch = Polygon([(WEST + x, SOUTH + y) for x, y in [(1000, 0), (2000, 0), (2000, 1000), (1200, 1000), (1000, 500)]])
    assert gaps.told(np.array([square(0, 0, 1000), notch], dtype=object), VN, ["1", "2"], "f") == []


def test_a_spike_is_named_with_its_place(world: World) -> None:
    corner = [(0, 0), (100, 0), (100, 100), (150, 250), (99.9, 100), (0, 100)]
    spiked = Polygon([(WEST + x, SOUTH + y) for x, y in corner])
    layer = world.read("forest_lots", world.write(lots(geometry=[spiked, *(square(i, 0) for i in (2, 3, 4))])))
    assert [(p.key, p.feature_ids) for p in layer.warnings] == [("layer.spikes", ("1",))]
    assert layer.warnings[0].facts["places"] == f"1: x {WEST + 150:.10g}, y {SOUTH + 250:.10g}"
    narrow = Polygon([(WEST, SOUTH), (WEST + 3000, SOUTH + 20), (WEST, SOUTH + 40)])  # 6 ha of land, not a slip
    assert len(spikes.find(np.array([narrow], dtype=object), VN).feature) == 0


def test_a_spike_in_degrees_is_found_by_its_metres() -> None:
    shape = Polygon(
        [(105.8, 22.2), (105.801, 22.2), (105.801, 22.201), (105.8015, 22.2025), (105.800999, 22.201), (105.8, 22.201)]
    )
    assert spikes.find(np.array([shape], dtype=object), crs.parse("EPSG:4326")).xy.tolist() == [[105.8015, 22.2025]]


@pytest.mark.parametrize(
    ("shape", "key"),
    [
        (Polygon([(0, 0), (1, 1), (1, 0), (0, 1)]), "layer.geometry_broken"),
        (shapely.MultiPolygon([shapely.box(0, 0, 9, 9), shapely.box(1, 1, 2, 2)]), "layer.geometry_nested"),
        (Polygon(shapely.box(0, 0, 9, 9).exterior, [shapely.box(20, 0, 21, 1).exterior]), "layer.geometry_nested"),
        (Polygon([(0, 0), (1, 1), (2, 2)]), "layer.geometry_collapsed"),
        (Polygon([(0, 0), (1, 1), (1, 1), (0, 0)]), "layer.geometry_collapsed"),
    ],
)
def test_what_is_wrong_with_a_shape_is_said(shape: Any, key: str) -> None:
    _, said = checks_shapes.check(schemas.FOREST_LOTS, np.array([shape], dtype=object), ["L7"], "f")
    assert [(p.key, p.feature_ids) for p in said.errors] == [(key, ("L7",))]


def test_a_coordinate_that_is_no_number_is_named() -> None:
    with np.errstate(invalid="ignore"):
        shape = shapely.from_wkt("POLYGON ((0 0, 1 0, NaN 1, 0 0))")
    _, said = checks_shapes.check(schemas.FOREST_LOTS, np.array([shape], dtype=object), ["L7"], "f")
    assert [(p.key, p.feature_ids) for p in said.errors] == [("layer.geometry_not_finite", ("L7",))]


def test_one_unit_slip_among_many_lots_is_refused(world: World) -> None:
    frame = lots(60, dtich=[10_000.0 * 0.006, *[1.0] * 59])
    error = world.refused("forest_lots", world.write(frame))
    assert [(p.key, p.feature_ids) for p in error.problems] == [("layer.area_unit_slip", ("1",))]
    assert error.problems[0].facts["lots"] == "1: 60 / 1.00"


def test_one_place_has_one_spelling_and_accents_keep_places_apart(world: World) -> None:
    frame = lots(diadanh=["Hoà Bình", "Hoà Bình", "HÒA  BÌNH", "Hoà Bính"])
    layer = world.read("forest_lots", world.write(frame))
    assert layer.frame["diadanh"].tolist() == ["Hoà Bình", "Hoà Bình", "Hoà Bình", "Hoà Bính"]
    assert [(p.key, p.feature_ids) for p in layer.warnings] == [("lots.place_spelled", ("3",))]
