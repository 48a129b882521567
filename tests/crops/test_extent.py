"""How much of a zone is in each state, and what thin looks may never say."""

from datetime import date
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import box
from shapely.affinity import rotate

from geoplan import areas, crops, imagery
from geoplan.crops import calendar, course, extent, history, verification, zone_pixels
from geoplan.crops.rules import CONVERTED, INSUFFICIENT, NOT_CONVERTED, to_trees
from geoplan.crops.signals import Indices
from tests.crops import world
from tests.crops.world import NORTH, WEST, after, every


def pixels(monkeypatch: pytest.MonkeyPatch, shape: object) -> zone_pixels.ZonePixels:
    stack = world.use(monkeypatch, world.scene(every(30), world.rice_twice))
    found = zone_pixels.zone_pixels(stack, shape)
    assert found is not None
    return found


def test_wilson_by_the_book() -> None:
    """Newcombe 1998, table I: 81 of 263 gives 0.2553 to 0.3662; 0 of 20 gives 0 to 0.1611; 1 of 29 gives 0.0061 to 0.1718."""
    for found, count, low, high in ((81, 263, 0.2553, 0.3662), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)):
        assert extent.interval(found / count, count) == pytest.approx((low, high), abs=5e-5)
    assert extent.interval(1.0, 10.0)[1] == 1.0


def test_edges_take_the_state_of_the_nearest_whole_pixel(monkeypatch: pytest.MonkeyPatch) -> None:
    """Six columns whole, half a column on each side; the western three converted."""
    found = pixels(monkeypatch, box(WEST + 45, NORTH - 100, WEST + 115, NORTH - 50))
    assert found.pure.sum() == 30
    west = found.column < 4  # column 0 is the western half column
    states = np.where(west & found.pure, CONVERTED, NOT_CONVERTED).astype(np.int8)
    made = extent.field_by_field(found, states, 4)
    assert (made == np.where(west, CONVERTED, NOT_CONVERTED)).all()
    ha = extent.extent(found, made, float(found.ha.sum())).ha
    assert ha["converted"] / ha["not_converted"] == pytest.approx(3.5 / 3.5, rel=1e-6)


def test_what_was_not_seen_stays_so(monkeypatch: pytest.MonkeyPatch) -> None:
    found = pixels(monkeypatch, box(WEST + 50, NORTH - 100, WEST + 100, NORTH - 50))
    states = np.full(25, CONVERTED, dtype=np.int8)
    states[12] = INSUFFICIENT
    assert extent.field_by_field(found, states, 4).tolist() == states.tolist()
    states[:] = INSUFFICIENT
    none = extent.extent(found, extent.field_by_field(found, states, 4), 0.25)
    assert (none.low, none.high) == (0.0, 0.25)


def test_a_specks_neighbours_decide(monkeypatch: pytest.MonkeyPatch) -> None:
    found = pixels(monkeypatch, box(WEST + 50, NORTH - 100, WEST + 100, NORTH - 50))
    states = np.full((5, 5), NOT_CONVERTED, dtype=np.int8)
    states[1:3, 1] = CONVERTED
    assert (extent.field_by_field(found, states.ravel(), 4) == NOT_CONVERTED).all()
    states[1:3, 1:3] = CONVERTED
    assert (extent.field_by_field(found, states.ravel(), 4) == states.ravel()).all()


def test_a_weighted_median() -> None:
    values = np.array([[3.0, 1.0, 2.0], [np.nan, 5.0, 7.0], [np.nan, np.nan, np.nan]], dtype=np.float32)
    assert zone_pixels.weighted_median(values, np.ones(3))[:2].tolist() == [2.0, 6.0]
    assert np.isnan(zone_pixels.weighted_median(values, np.ones(3))[2])
    assert zone_pixels.weighted_median(values, np.array([4.0, 1.0, 1.0]))[:2].tolist() == [3.0, 6.0]
    assert zone_pixels.weighted_median(values, np.array([1.0, 3.0, 1.0]))[:2].tolist() == [1.0, 5.0]


def test_a_hedge_at_the_edge_is_not_in_the_series(monkeypatch: pytest.MonkeyPatch) -> None:
    """Drawn in by 5 m, pixels half inside the zone weigh nothing."""
    found = pixels(monkeypatch, box(WEST + 45, NORTH - 100, WEST + 115, NORTH - 50))
    assert (found.weight[found.column == 0] == 0).all()
    assert found.weight[(found.column == 1) & (found.row == 2)].tolist() == [1.0]
    assert found.weight[(found.column == 1) & (found.row == 0)].tolist() == [0.5]


angle = st.floats(0, 90)
side = st.floats(35, 90)


@settings(max_examples=25, deadline=None)
@given(angle=angle, width=side, height=side, split=st.integers(4, 16))
def test_hectares_add_up(angle: float, width: float, height: float, split: int) -> None:
    shape = rotate(box(WEST + 60, NORTH - 60 - height, WEST + 60 + width, NORTH - 60), angle)
    made = world.scene(
        every(12), after(world.rice_twice, (date(2025, 1, 5), world.orchard)), world.rice_twice, split=split
    )
    zones = world.zones(shape=shape)
    with pytest.MonkeyPatch.context() as patch:
        found = crops.verify(zones, world.use(patch, made), as_of=world.AS_OF).table.iloc[0]
    names = ["converted_ha", "converting_ha", "not_converted_ha", "unknown_ha"]
    assert found[names].sum() == pytest.approx(areas.hectares(zones)[0], rel=1e-9)
    assert (found[names] >= -1e-12).all()
    assert found["converted_low_ha"] <= found["converted_ha"] <= found["converted_high_ha"] + 1e-12


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000), looks=st.integers(0, 7))
def test_below_eight_looks_nothing_is_ever_converted(seed: int, looks: int) -> None:
    """Looks thrown at random; at most seven in the twelve months of the last two seasons."""
    rng = np.random.default_rng(seed)
    days = every(5)
    late = [day for day in days if day >= date(2025, 7, 1)]
    kept = {day for day in days if day < date(2025, 7, 1) and rng.random() < 0.3}
    kept |= {late[i] for i in rng.choice(len(late), looks, replace=False)}
    field = after(world.rice_twice, (date(2025, 1, 5), world.orchard))
    with pytest.MonkeyPatch.context() as patch:
        stack = world.use(patch, world.scene(sorted(kept), field, size=16))
        found = crops.verify(world.zones(), stack, as_of=world.AS_OF).table.iloc[0]
    assert found["verdict_seen"] == "insufficient"
    assert found["converted_ha"] == found["not_converted_ha"] == 0


def test_zones_of_any_order_are_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    made = world.scene(every(10), after(world.rice_twice, (date(2025, 1, 5), world.orchard)), world.rice_twice)
    stack = world.use(monkeypatch, made)
    zones = world.zones({}, {}, {})
    zones = zones.set_geometry(
        gpd.GeoSeries(
            [box(WEST + 10 * k, NORTH - 90, WEST + 10 * k + 60, NORTH - 20) for k in (2, 8, 12)], crs=zones.crs
        )
    )
    one = crops.verify(zones, stack, as_of=world.AS_OF).table
    other = crops.verify(zones.iloc[::-1], stack, as_of=world.AS_OF).table
    assert one.equals(other.iloc[::-1].reset_index(drop=True))
    assert one["verdict_seen"].tolist() == ["converted", "not_converted", "not_converted"]


def noisy(swing: int) -> world.Scene:
    """Young trees in the west, rice in the east, every pixel, date and band off by up to `swing` ten-thousandths."""
    rng = np.random.default_rng(5)
    made = world.scene(every(14), after(world.rice_twice, (date(2025, 1, 5), world.young_orchard)), world.rice_twice)
    for name, values in made.bands.items():
        noise = rng.integers(-swing, swing, values.shape, dtype=np.int16)
        made.bands[name] = (values + noise).clip(50, 9000).astype(np.int16)
    return made


def test_leaning_pixels_leave_less_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    stack = world.use(monkeypatch, noisy(300))
    found = crops.verify(world.zones(), stack, as_of=world.AS_OF).table.iloc[0]
    monkeypatch.setattr(extent, "joined", lambda pixels, states, leaning, looked: states)
    without = crops.verify(world.zones(), stack, as_of=world.AS_OF).table.iloc[0]
    assert found["unknown_ha"] < 0.05 < 0.1 < without["unknown_ha"]
    assert found["converted_ha"] >= without["converted_ha"]


def test_neighbours_decide_and_bands_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Noisy pixels: some are unsure alone and told with those around, judged row by row as all at once."""
    made = noisy(250)
    stack, rules = world.use(monkeypatch, made), crops.Rules()
    zone = zone_pixels.zone_pixels(stack, world.zones().geometry.iloc[0])
    assert zone is not None
    past = zone.until(world.AS_OF)
    seasons = calendar.seasons(past.indices.days[0], world.AS_OF)

    def course_of(looks: Indices, likely: Any) -> history.Seen:
        return history.history(looks, likely, seasons, world.AS_OF, world.PLANNED)

    alone = to_trees(course_of(past.indices, course.likelihood(past.indices)), rules).states
    all_of_it = verification._pixel_by_pixel(past, course_of, to_trees, rules)
    assert 10 < (alone == INSUFFICIENT).sum() < 30
    assert (all_of_it[0].states == INSUFFICIENT).sum() < 6
    assert (all_of_it[0].states[alone != INSUFFICIENT] == alone[alone != INSUFFICIENT]).all()
    for at_once in (10, 30):
        monkeypatch.setattr(verification, "AT_ONCE", at_once)
        banded = verification._pixel_by_pixel(past, course_of, to_trees, rules)
        assert (banded[0].states == all_of_it[0].states).all()
        assert (banded[1] == all_of_it[1]).all()
        assert (banded[2] == all_of_it[2]).all()
        for key, flags in all_of_it[0].reasons.items():
            assert (banded[0].reasons[key] == flags).all()


def test_an_unsure_pixel_leans_to_a_sure_neighbour(monkeypatch: pytest.MonkeyPatch) -> None:
    """Five columns: converted, unsure twice, not converted twice; the first unsure one leans to what is beside it."""
    found = pixels(monkeypatch, box(WEST + 50, NORTH - 100, WEST + 100, NORTH - 50))
    column = found.column - found.column.min()
    states = np.array([CONVERTED, INSUFFICIENT, INSUFFICIENT, NOT_CONVERTED, NOT_CONVERTED], dtype=np.int8)[column]
    lean = np.full(25, CONVERTED, dtype=np.int8)
    looked = np.ones(25, dtype=bool)
    made = extent.joined(found, states, lean, looked)
    assert (made[column == 1] == CONVERTED).all()
    assert (made[column == 2] == INSUFFICIENT).all()
    assert (made[column > 2] == NOT_CONVERTED).all()
    assert (extent.joined(found, states, lean, ~looked) == states).all()


def test_the_mean_of_neighbours_by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of 3 x 3 whole pixels those seen on the date; a pixel with none of them has nothing."""
    found = pixels(monkeypatch, box(WEST + 50, NORTH - 100, WEST + 100, NORTH - 50))
    found.indices.ndvi[:, 1] = np.nan
    found.indices.ndvi[1, :] = np.nan
    likely = np.zeros((len(found.indices.days), 25, 2))
    likely[0, :, 0] = np.arange(25)
    made = zone_pixels.neighbourly(found, likely)
    assert made[0, 12, 0] == pytest.approx(np.mean([6, 7, 8, 11, 12, 13, 16, 17, 18]))
    assert made[0, 0, 0] == pytest.approx((0 + 5 + 6) / 3)
    assert (made[..., 1] == 0).all()
    assert (made[1] == 0).all()


def test_unseen_is_no_reflectance(monkeypatch: pytest.MonkeyPatch) -> None:
    made = world.scene(every(10), world.orchard)
    for values in made.bands.values():
        values[:] = imagery.UNSEEN
    found = crops.verify(world.zones(), world.use(monkeypatch, made), as_of=world.AS_OF)
    assert found.table["verdict_seen"].tolist() == ["insufficient"]
    assert found.observations.empty
