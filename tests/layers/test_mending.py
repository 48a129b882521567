"""What mending does to shapes: which ground is kept, what is said of it, and what is left alone."""

import json
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import GeometryCollection, LineString, MultiPolygon, Point, Polygon, box, mapping

from geoplan import layers
from geoplan.errors import Problem
from geoplan.layers import Inspection, LayerSpec, mending, rings
from geoplan.layers.kinds import Shape
from tests.layers.conftest import SOUTH, VN, WEST, World, communes, lots, square

BOWTIE = Polygon([(WEST, SOUTH), (WEST + 100, SOUTH + 100), (WEST + 100, SOUTH), (WEST, SOUTH + 100)])
NESTED = MultiPolygon([square(0, 0), square(0.2, 0.2, 50)])
LINE = LineString([(WEST, SOUTH), (WEST - 50, SOUTH)])


def others(n: int = 3) -> list[Polygon]:
    return [square(i + 2, 0) for i in range(n)]


def mended(world: World, frame: gpd.GeoDataFrame, role: str = "forest_lots") -> Inspection:
    path = world.write(frame)
    before = world.digests()
    found = layers.inspect(LayerSpec(role, path, path.name), VN, world.root, mend=True)
    assert world.digests() == before
    return found


def of_key(found: tuple[Problem, ...], key: str) -> Problem:
    return next(p for p in found if p.key == key)


@pytest.mark.parametrize(
    ("shape", "hectares"),
    [
        (Polygon([(0, 0), (1, 1), (1, 0), (0, 1)]), 0.5),
        (MultiPolygon([box(0, 0, 10, 10), box(2, 2, 4, 4)]), 96),
        (MultiPolygon([box(0, 0, 10, 10), box(2, 2, 8, 8), box(3, 3, 4, 4)]), 65),
        (MultiPolygon([box(0, 0, 10, 10), box(0, 0, 10, 10)]), 100),
        (MultiPolygon([box(0, 0, 10, 10), box(5, 0, 15, 10)]), 150),
        (MultiPolygon([box(0, 0, 10, 10), box(10, 0, 20, 10)]), 200),
        (Polygon(box(0, 0, 10, 10).exterior.coords, [box(20, 0, 21, 1).exterior.coords]), 101),
        (Polygon(box(0, 0, 10, 10).exterior.coords, [box(9, 0, 12, 1).exterior.coords]), 99),
        (Polygon(box(0, 0, 10, 10).exterior.coords, [box(2, 2, 6, 6).exterior.coords, box(4, 4, 8, 8).exterior.coords]), 72),
        (Polygon([(0, 0), (10, 0), (10, 10), (4, 10), (4, -2), (6, -2), (6, 12), (0, 12)]), 116),
        (Polygon([(0, 0), (1, 1), (2, 2), (0, 0)]), 0),
    ],
    ids=["bow tie", "hole as shell", "island", "twice", "parts overlap", "parts touch", "hole outside", "hole sticks out",
         "holes overlap", "curl", "no ground"],
)  # fmt: skip
def test_ground_inside_rings(shape: Any, hectares: float) -> None:
    found = rings.readings(shape)
    assert found[0].area == pytest.approx(hectares)
    assert all(one.is_valid for one in found)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 6), st.integers(0, 6), st.integers(1, 6), st.integers(1, 6)), min_size=1, max_size=4
    )
)
def test_no_reading_has_more_ground_than_the_rings_cover(boxes: list[tuple[int, int, int, int]]) -> None:
    parts = [box(x, y, x + w, y + h) for x, y, w, h in boxes]
    shape = MultiPolygon(parts)
    for one in rings.readings(shape) if not shape.is_valid else []:
        assert one.is_valid
        assert one.area <= shapely.union_all(parts).area + 1e-9


def test_both_lobes_of_a_bow_tie(world: World) -> None:
    found = mended(world, lots(geometry=[BOWTIE, *others()], dtich=[0.5, 1, 1, 1]))
    assert found.layer is not None
    assert found.layer.frame["geom_ha"].iloc[0] == pytest.approx(0.5, rel=3e-4)
    told = of_key(found.mended, "layer.mended_shapes")
    assert told.feature_ids == ("1",)
    assert (told.facts["before_ha"], told.facts["after_ha"]) == (
        pytest.approx(0, abs=1e-6),
        pytest.approx(0.5, rel=3e-4),
    )
    assert told.facts["shapes"] == "1: 0.00 > 0.50 ha (0.5)"
    assert of_key(found.mended, "layer.mended_total").facts["change_ha"] == pytest.approx(0.5, rel=3e-4)
    assert found.warnings == ()


def test_a_repair_against_the_record_is_said_aloud(world: World) -> None:
    found = mended(world, lots(geometry=[BOWTIE, *others()]))
    assert of_key(found.warnings, "layer.mended_area").facts["shapes"] == "1: 0.00 > 0.50 ha (1)"


@pytest.mark.parametrize(("declared", "hectares"), [(0.75, 0.75), (1.0, 1.0), (0.6, 0.75)])
def test_the_record_chooses_between_hole_and_shell(world: World, declared: float, hectares: float) -> None:
    found = mended(world, lots(geometry=[NESTED, *others()], dtich=[declared, 1, 1, 1]))
    assert found.layer is not None
    assert found.layer.frame["geom_ha"].iloc[0] == pytest.approx(hectares, rel=3e-4)
    loud = [p.key for p in found.warnings if p.key == "layer.mended_area"]
    assert loud == (["layer.mended_area"] if declared == 0.6 else [])


@pytest.mark.parametrize(
    "gone", [None, Polygon(), Polygon([(WEST, SOUTH), (WEST + 1, SOUTH + 1), (WEST + 2, SOUTH + 2)])]
)
def test_a_row_without_ground_is_left_out_with_its_hectares(world: World, gone: Any) -> None:
    found = mended(world, lots(geometry=[square(0, 0), gone, *others(2)], dtich=[1, 7, 1, 1]))
    assert found.kept == (0, 2, 3)
    assert found.layer is not None
    assert list(found.layer.frame["lot_id"]) == ["1", "3", "4"]
    assert found.names == ("1", "2", "3", "4")
    told = of_key(found.mended, "layer.mended_no_shape")
    assert (told.facts["ha"], told.feature_ids) == (7.0, ("2",))


def test_a_blank_last_row_does_no_harm(world: World) -> None:
    found = mended(world, lots(geometry=[square(0, 0), *others(2), None], id=[1, 2, 3, None], dtich=[1, 1, 1, None]))
    assert found.errors == ()
    assert found.kept == (0, 1, 2)


def test_kinds_that_the_role_does_not_want(world: World) -> None:
    mixed = GeometryCollection([square(0, 0), LINE])
    closed = LineString(square(2, 0).exterior.coords)
    shapes = [mixed, closed, Point(WEST, SOUTH), LINE]
    found = mended(world, lots(geometry=shapes, dtich=[1, 1, 5, 3]))
    assert found.layer is not None
    assert found.layer.frame["geom_ha"].tolist() == pytest.approx([1, 1], rel=3e-4)
    assert of_key(found.mended, "layer.mended_parts").feature_ids == ("1",)
    assert of_key(found.mended, "layer.mended_lines").feature_ids == ("2",)
    dropped = of_key(found.mended, "layer.mended_kind")
    assert (dropped.feature_ids, dropped.facts["ha"]) == (("3", "4"), 8.0)


def test_a_layer_of_the_wrong_kind_alone_is_refused(world: World) -> None:
    found = mended(world, lots(geometry=[Point(WEST + i, SOUTH) for i in range(4)]))
    assert [p.key for p in found.errors] == ["layer.geometry_kind"]
    assert found.layer is None


def test_heights_go_with_a_word(world: World) -> None:
    found = mended(world, lots(geometry=[shapely.force_3d(s, 5.0) for s in [square(0, 0), *others()]]))
    assert found.layer is not None
    assert not found.layer.frame.geometry.has_z.any()
    assert [(p.key, p.facts["n"]) for p in found.mended] == [("layer.mended_heights", 4)]


def test_copies_go_but_only_where_every_cell_is_equal(world: World) -> None:
    same = {"geometry": [square(0, 0), square(0, 0), *others(2)], "lo": ["a", "a", "b", "c"]}
    found = mended(world, lots(id=[1, 1, 2, 3], **same))
    assert found.kept == (0, 2, 3)
    told = of_key(found.mended, "layer.mended_twice")
    assert (told.feature_ids, told.facts["ha"]) == (("#2",), pytest.approx(1.0, rel=3e-4))
    asked = mended(world, lots(**same))
    assert [p.key for p in asked.errors] == ["layer.geometry_twice"]
    assert asked.kept == (0, 1, 2, 3)


@pytest.mark.parametrize(
    ("declared", "sizes"),
    [
        ([0.5, 1, 1, 1], [0.5, 1, 1, 1]),
        ([1, 0.5, 1, 1], [1, 0.5, 1, 1]),
        ([1, 1, 1, 1], None),
        ([0.5, 0.5, 1, 1], None),
    ],
)
def test_an_overlap_is_cut_only_where_the_record_decides(
    world: World, declared: list[float], sizes: list[float] | None
) -> None:
    frame = lots(geometry=[square(0, 0), square(0.5, 0), square(4, 0), square(5, 0)], dtich=declared)
    found = mended(world, frame)
    if sizes is None:
        assert [p.key for p in found.errors] == ["layer.overlap"]
        return
    assert found.layer is not None
    assert found.layer.frame["geom_ha"].tolist() == pytest.approx(sizes, rel=3e-4)
    assert of_key(found.mended, "layer.mended_overlaps").feature_ids == ("1", "2")


def test_an_overlap_that_the_record_fits_both_ways_is_not_cut(world: World) -> None:
    """0.015 ha, less than two roundings of the record: whose it is cannot be told."""
    frame = lots(geometry=[square(0, 0), square(0.985, 0), square(4, 0), square(5, 0)], dtich=[0.993, 0.993, 1, 1])
    found = mended(world, frame)
    assert [p.key for p in found.errors] == ["layer.overlap"]


def test_a_chain_of_overlaps_is_divided_together(world: World) -> None:
    """Three lots in a row, each over the next by a fifth: only one division gives 1, 0.8 and 0.8 hectares."""
    frame = lots(geometry=[square(0, 0), square(0.8, 0), square(1.6, 0), square(4, 0)], dtich=[1, 0.8, 0.8, 1])
    found = mended(world, frame)
    assert found.layer is not None
    assert found.layer.frame["geom_ha"].tolist() == pytest.approx([1, 0.8, 0.8, 1], rel=3e-4)


def test_a_spike_is_cut(world: World) -> None:
    corner = [(0, 0), (100, 0), (100, 100), (150, 250), (99.9, 100), (0, 100)]
    spiked = Polygon([(WEST + x, SOUTH + y) for x, y in corner])
    found = mended(world, lots(geometry=[spiked, *others()]))
    assert found.layer is not None
    assert found.layer.frame.geometry.iloc[0].bounds[3] == pytest.approx(SOUTH + 100)
    assert of_key(found.mended, "layer.mended_spikes").feature_ids == ("1",)


def turned(shape: Polygon) -> Polygon:
    return shapely.transform(shape, lambda xy: xy + np.array([360.0, 0.0]))


def swapped(shape: Polygon) -> Polygon:
    return shapely.transform(shape, lambda xy: xy[:, ::-1])


def degrees(world: World, change: Any, *, mend: bool) -> Inspection:
    shapes = [box(105.8 + i / 100, 22.2, 105.805 + i / 100, 22.205) for i in range(3)]
    shapes[2] = change(shapes[2])
    features = [
        {"type": "Feature", "properties": {"zone_id": f"Z{i}"}, "geometry": mapping(s)} for i, s in enumerate(shapes)
    ]
    path = world.root / "zones.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    return layers.inspect(LayerSpec("draft_zones", path, path.name), VN, world.root, mend=mend)


@pytest.mark.parametrize(
    ("change", "refusal", "repair"),
    [
        (turned, "layer.longitude_turned", "layer.mended_turned"),
        (swapped, "layer.axes_swapped_features", "layer.mended_swapped"),
        (lambda s: shapely.transform(s, lambda xy: xy + np.array([500.0, 0.0])), "layer.coordinates_absurd", ""),
    ],
)
def test_one_feature_off_the_earth_is_named(world: World, change: Any, refusal: str, repair: str) -> None:
    plain = degrees(world, change, mend=False)
    assert [(p.key, p.feature_ids) for p in plain.errors] == [(refusal, ("Z2",))]
    found = degrees(world, change, mend=True)
    if not repair:
        assert [p.key for p in found.errors] == [refusal]
        return
    assert [(p.key, p.feature_ids) for p in found.mended] == [(repair, ("Z2",))]
    assert found.layer is not None
    assert found.layer.frame["geom_ha"].std() < 0.01


def test_the_users_shapes_stay_as_they_are() -> None:
    shapes = np.array([BOWTIE, None, square(2, 0)], dtype=object)
    before = [None if s is None else s.wkb for s in shapes]
    made = mending.mend((Shape.POLYGON,), shapes, VN, ["a", "b", "c"], np.full(3, np.nan), "f")
    assert [None if s is None else s.wkb for s in shapes] == before
    assert made.kept.tolist() == [0, 2]


def test_a_role_of_any_shape(world: World) -> None:
    frame = gpd.GeoDataFrame({"Tên": ["a", "b"]}, geometry=gpd.GeoSeries([square(0, 0), Point(WEST, SOUTH)], crs=VN))
    found = mended(world, frame, "any")
    assert found.layer is not None
    assert [p.key for p in found.warnings] == ["layer.geometry_mixed_told"]
    assert found.layer.frame["geom_ha"].tolist() == pytest.approx([1, 0], rel=3e-4)
    assert "any" not in layers.SCHEMAS


def test_a_mended_layer_is_whole_when_read_again(world: World) -> None:
    shapes = [BOWTIE, NESTED, GeometryCollection([square(4, 0), LINE]), None]
    frame = lots(
        geometry=[
            shapely.transform(s, lambda xy, i=i: xy + np.array([300.0 * i, 0.0])) if s else s
            for i, s in enumerate(shapes)
        ]
    )
    found = mended(world, frame)
    assert found.layer is not None
    again = world.read("forest_lots", world.write(found.layer.frame.drop(columns="geom_ha"), "again.gpkg"))
    assert again.frame["geom_ha"].tolist() == pytest.approx(found.layer.frame["geom_ha"].tolist(), rel=1e-9)
    assert not [p for p in again.warnings if p.key.startswith("layer.mended")]


def test_communes_with_a_gap_between_them(world: World) -> None:
    frame = communes()
    frame.loc[0, "geometry"] = frame.geometry[0].difference(square(9, 4))
    layer = world.read("communes", world.write(frame))
    told = next(p for p in layer.warnings if p.key == "layer.gaps")
    assert told.facts["ha"] == pytest.approx(1.0, rel=3e-4)
    assert told.feature_ids == ("01879", "02026")
