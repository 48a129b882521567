"""Hectares of the four cells by unit, all of which can be done in the head."""

from datetime import date

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from affine import Affine
from pyproj import CRS
from shapely import Point, box
from shapely.affinity import rotate

from geoplan import areas
from geoplan.errors import InputError
from geoplan.reconciliation import MeasuredCover, Reconciliation, reconcile
from tests.measures import world
from tests.reconciliation.world import ONE, blank, cover, ha, lots, paint, unit

CELLS = ["both_ha", "official_only_ha", "measured_only_ha", "neither_ha", "unseen_ha"]


def reconciled() -> Reconciliation:
    """A: a lot of 40 ha, forest on the map for 30 of it; B: a lot of 20 ha across the border to C; C: a block unseen.

    The map: 30 ha in A's lot, 10 ha where A has no lot, all of the crossing lot, nothing else.
    """
    forest = blank()
    paint(forest, 0, 0, 400, 750, 1)
    paint(forest, 800, 0, 900, 1000, 1)
    paint(forest, 1900, 0, 2100, 1000, 1)
    paint(forest, 2100, 0, 2300, 500, 255)
    the_lots = lots(
        ((0, 0, 400, 1000), 50.0, {"lot_id": "west"}),
        ((1900, 0, 2100, 1000), 10.0, {"lot_id": "crossing"}),
        ((2100, 0, 2200, 1000), 10.0, {"lot_id": "hidden"}),
        ((400, 0, 500, 1000), 10.0, {"lot_id": "bare", "ldlr": "DT1"}),
    )
    return reconcile(world.communes(), the_lots, cover(forest), as_of=world.AS_OF)


def test_cells_by_hand() -> None:
    found = reconciled().units
    wanted = {"00001": [30, 10, 10, 50, 0], "00002": [10, 0, 0, 90, 0], "00003": [10, 5, 0, 75, 10]}
    for code, hectares in wanted.items():
        np.testing.assert_allclose(unit(found, code)[CELLS].to_numpy(dtype=float) / ONE, hectares, rtol=1e-5, atol=1e-6)
    assert unit(found, "00003")["unseen_official_ha"] / ONE == pytest.approx(5, rel=1e-5)
    assert unit(found, "00001")["no_lot_measured_ha"] / ONE == pytest.approx(10, rel=1e-5)


def test_a_lot_across_a_border_counts_on_either_side_and_its_dtich_is_shared() -> None:
    found = reconciled()
    crossing = found.lots[found.lots["lot_id"] == "crossing"]
    assert crossing["unit_code"].tolist() == ["00002", "00003"]
    np.testing.assert_allclose(crossing["ground_ha"] / ONE, [10, 10], rtol=1e-5)
    np.testing.assert_allclose(crossing["statutory_ha"], [5, 5], rtol=1e-6)
    assert unit(found.units, "00001")["statutory_ha"] == pytest.approx(50.0)  # dtich, not the 40 ha of ground
    assert unit(found.units, "00001")["official_ground_ha"] / ONE == pytest.approx(40.0, rel=1e-5)


def test_what_is_not_seen_is_in_no_other_cell() -> None:
    found = reconciled()
    hidden = found.lots[found.lots["lot_id"] == "hidden"].iloc[0]
    assert hidden["unseen_ha"] / ONE == pytest.approx(5, rel=1e-5)
    assert hidden["seen_ha"] / ONE == pytest.approx(5, rel=1e-5)
    assert ha(found.table, "00003", "unseen", "unseen_official") == pytest.approx(5, rel=1e-5)
    assert ha(found.table, "00003", "unseen", "unseen_other") == pytest.approx(5, rel=1e-5)
    dark = reconcile(world.communes(), lots(((0, 0, 400, 1000), 40.0, {})), cover(blank(255)), as_of=world.AS_OF)
    assert dark.lots["cell"].tolist() == ["unseen"]
    assert dark.lots["measured_share"].isna().all()
    np.testing.assert_allclose(dark.units["unseen_ha"], dark.units["ground_ha"])
    assert (dark.units[CELLS[:4]].abs() < 1e-9).all(axis=None)
    assert dark.explaining.empty


def test_ground_beyond_the_map_is_not_seen() -> None:
    half = MeasuredCover(blank(1)[:, :150], cover(blank()).transform, cover(blank()).crs)
    found = reconcile(world.communes(), lots(((1400, 0, 1600, 1000), 20.0, {})), half, as_of=world.AS_OF).units
    np.testing.assert_allclose(found["unseen_ha"] / ONE, [0, 50, 100], rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(found["both_ha"] / ONE, [0, 10, 0], rtol=1e-5, atol=1e-6)


def test_points_beyond_the_map_see_nothing() -> None:
    places = np.array(
        [Point(world.X + x, world.Y + y) for x, y in ((5, 5), (2995, 995), (-1, 5), (3001, 5), (5, 1001), (5, -1))]
    )
    forest = blank()
    forest[99, 0] = 1
    assert cover(forest).at(places, CRS.from_user_input(world.CRS)).tolist() == [1, 0, 255, 255, 255, 255]


def test_half_a_pixel_is_half_a_pixel() -> None:
    # A lot 15 m wide on pixels of 10 m: pixel centres would give 10 or 20 m.
    forest = blank()
    paint(forest, 0, 0, 10, 1000, 1)
    found = reconcile(world.communes(), lots(((0, 0, 15, 1000), 1.5, {})), cover(forest), as_of=world.AS_OF).units
    assert unit(found, "00001")["official_only_ha"] / ONE == pytest.approx(0.5, rel=1e-5)


def test_cells_add_up_on_another_grid_and_with_villages() -> None:
    rng = np.random.default_rng(5)
    turned = [
        rotate(box(world.X + x, world.Y + y, world.X + x + 160, world.Y + y + 90), a)
        for x, y, a in rng.uniform(50, 800, (12, 3))
    ]
    seats = world.communes()
    village = seats.iloc[[0]].assign(
        unit_code="V1",
        level="village",
        geometry=[rotate(box(world.X + 100, world.Y + 100, world.X + 800, world.Y + 700), 9)],
    )
    units = gpd.GeoDataFrame(pd.concat([seats, village], ignore_index=True), crs=world.CRS)
    separate: list[object] = []
    for shape in turned:
        if not any(shape.intersects(other) for other in separate):
            separate.append(shape)
    made = lots(*[((0, 0, 1, 1), 1.0, {}) for _ in separate]).set_geometry(separate, crs=world.CRS)
    to_utm = CRS.from_epsg(32648)
    west, south, east, north = gpd.GeoSeries(units.geometry, crs=world.CRS).to_crs(4756).total_bounds
    corner = gpd.GeoSeries([box(west, south, east, north)], crs=4326).to_crs(to_utm).total_bounds
    grid = Affine(10, 0, corner[0] - 600, 0, -10, corner[3] + 600)
    values = rng.choice(np.array([0, 1, 255], dtype=np.uint8), (260, 460), p=[0.4, 0.5, 0.1])
    found = reconcile(units, made, MeasuredCover(values, grid, to_utm), as_of=world.AS_OF)
    whole = areas.hectares(units)
    np.testing.assert_allclose(found.units[CELLS].sum(axis=1), whole, rtol=1e-6)
    of_lots = found.lots[["both_ha", "official_only_ha", "measured_only_ha", "neither_ha", "unseen_ha"]].sum(axis=1)
    np.testing.assert_allclose(of_lots, found.lots["ground_ha"], rtol=1e-5)
    every = found.table[found.table["reason"] == "all"].groupby("unit_code", sort=False)["ha"].sum()
    np.testing.assert_allclose(every, whole, rtol=1e-6)
    by_reason = found.table[(found.table["reason"] != "all") & (found.table["cell"] == "measured_only")]
    np.testing.assert_allclose(
        by_reason.groupby("unit_code", sort=False)["ha"].sum(), found.units["measured_only_ha"], rtol=1e-6
    )


def test_lots_that_hold_ground_twice_are_refused() -> None:
    twice = lots(((0, 0, 1000, 1000), 40.0, {"lot_id": "x"}), ((100, 0, 400, 1000), 30.0, {"lot_id": "y"}))
    with pytest.raises(InputError, match=r"reconciliation\.lots_overlap"):
        reconcile(world.communes(), twice, cover(blank(1)), as_of=world.AS_OF)


def test_edges_that_cross_by_a_hand_leave_no_cell_below_nothing() -> None:
    crossing = lots(((0, 0, 500, 1000), 50.0, {}), ((499.9, 0, 1000, 1000), 50.0, {}))
    found = unit(reconcile(world.communes(), crossing, cover(blank(1)), as_of=world.AS_OF).units, "00001")
    assert found[CELLS].tolist() == pytest.approx([found["ground_ha"], 0, 0, 0, 0], abs=1e-4)
    assert (found[CELLS] >= 0).all()


def test_no_lots_and_units_in_any_order() -> None:
    found = reconcile(world.communes().iloc[::-1], lots(), cover(blank(1)), as_of=date(2026, 6, 30))
    assert found.units["unit_code"].tolist() == ["00003", "00002", "00001"]
    np.testing.assert_allclose(found.units["measured_only_ha"] / ONE, [100, 100, 100], rtol=1e-5)
    assert found.lots.empty
    assert found.explaining["reason"].tolist() == ["no_lot"] * 3


def test_inputs_stay_as_they_are_and_grids_must_agree() -> None:
    units, made, forest = world.communes(), lots(((0, 0, 400, 1000), 40.0, {})), blank(1)
    before = units.copy(), made.copy(), forest.copy()
    reconcile(units, made, cover(forest), as_of=world.AS_OF)
    pd.testing.assert_frame_equal(units, before[0])
    pd.testing.assert_frame_equal(made, before[1])
    assert (forest == before[2]).all()
    with pytest.raises(ValueError, match="not on the grid"):
        cover(forest, looks=np.zeros((3, 3), dtype=np.uint8))
    with pytest.raises(ValueError, match="0, 1 and 255"):
        cover(blank(80))
    with pytest.raises(ValueError, match="holds years"):
        cover(forest, cleared=blank(24, np.int16))


def test_splitting_units_and_the_order_of_lots_change_nothing() -> None:
    rng = np.random.default_rng(11)
    forest = rng.choice(np.array([0, 1, 255], dtype=np.uint8), (100, 300), p=[0.3, 0.6, 0.1])
    rows = [
        ((300 * i + 7, 40, 300 * i + 283, 930), 20.0 + i, {"lot_id": f"L{i}", "ldlr": kind})
        for i, kind in enumerate(["TXN", "NN", "RTG", "DTR", "DT2", "TXN", "NN", "TXN", "DT1", "RTG"])
    ]
    made = lots(*rows)
    together = reconcile(world.communes(), made, cover(forest), as_of=world.AS_OF)
    alone = [reconcile(world.communes().iloc[[i]], made, cover(forest), as_of=world.AS_OF) for i in range(3)]
    backwards = reconcile(world.communes(), made.iloc[::-1], cover(forest), as_of=world.AS_OF)
    for name in ("units", "lots", "explaining", "table"):
        whole = getattr(together, name)
        split = pd.concat([getattr(one, name) for one in alone], ignore_index=True)
        if name == "lots":
            order = ["lot_id", "unit_code"]
            split = split.sort_values(order, ignore_index=True)
            whole = whole.sort_values(order, ignore_index=True)
            turned = getattr(backwards, name).sort_values(order, ignore_index=True)
        else:
            turned = getattr(backwards, name)
        pd.testing.assert_frame_equal(split, whole, rtol=1e-9)
        pd.testing.assert_frame_equal(turned, whole, rtol=1e-9)
