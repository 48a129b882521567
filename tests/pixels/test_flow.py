"""Water on surfaces that one can follow with a finger, and on real ones beside pyflwdir."""

from pathlib import Path

import numpy as np
import pytest
import rasterio
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage
from scipy.stats import spearmanr

from geoplan.pixels import flow, terrain

REFERENCE = Path(__file__).resolve().parents[3] / "shared" / "reference" / "terrain_ta_ecuador.tif"


def ground(picture: str) -> np.ndarray:
    """Heights by digit; ? is unknown."""
    return np.array([[np.nan if sign == "?" else float(sign) for sign in line] for line in picture.split()])


def heights_of(path: Path, band: int) -> np.ndarray:
    with rasterio.open(path) as dataset:
        return dataset.read(band, masked=True).astype(float).filled(np.nan)


def hand_beside_pyflwdir(height: np.ndarray, transform: object, stream_m2: float) -> float:
    """Spearman's correlation of both answers where both have one."""
    pyflwdir = pytest.importorskip("pyflwdir", reason="pyflwdir is not installed: pip install -e .[dev]")
    theirs = pyflwdir.from_dem(
        np.nan_to_num(height, nan=-9999.0).astype(np.float32), nodata=-9999.0, transform=transform, latlon=False
    )
    their_hand = theirs.hand(
        drain=theirs.upstream_area("m2") >= stream_m2, elevtn=np.nan_to_num(height).astype(np.float32)
    )
    ours = flow.routed(height, 10.0)
    area = flow.upstream(ours, np.full(height.shape, 100.0))
    hand, _ = flow.above_drainage(ours, height, np.nan_to_num(area) >= stream_m2)
    both = np.isfinite(hand) & (their_hand > -9000)
    assert both.mean() > 0.85
    return float(spearmanr(hand[both], their_hand[both])[0])


def test_a_pit_is_filled_to_its_lip_and_its_water_goes_over_it() -> None:
    found = flow.routed(ground("99999 95559 95259 95549 99999"), 10.0)
    assert found.filled.tolist() == ground("99999 95559 95559 95559 99999").tolist() or found.filled[2, 2] == 9.0
    # the lip is the lowest of the edge, 9: all inside is raised to it
    np.testing.assert_array_equal(found.filled, np.full((5, 5), 9.0))


def test_a_notch_in_the_rim_is_the_way_out() -> None:
    found = flow.routed(ground("99999 95559 95259 94449 99399"), 10.0)
    np.testing.assert_array_equal(found.filled, ground("99999 95559 95459 94449 99399"))
    assert found.down[4, 2] == flow.OUT
    assert found.down[3, 2] == 4 * 5 + 2
    area = flow.upstream(found, np.ones((5, 5)))
    assert area[4, 2] == 25  # the rim drains inward too: all of it leaves by the notch


def test_the_steepest_way_counts_the_diagonal_by_its_length() -> None:
    height = ground("555 554 543")
    assert flow.routed(height, 10.0).down[1, 1] == 2 * 3 + 2  # 2 m over 14.1 m beat 1 m over 10 m
    height[2, 2] = 3.7  # 1.3 m over 14.1 m do not
    assert flow.routed(height, 10.0).down[1, 1] in (1 * 3 + 2, 2 * 3 + 1)


def test_sides_of_a_cell_turn_the_water() -> None:
    height = np.array([[9.0, 9, 9], [9, 5, 4], [9, 4, 9]])
    assert flow.routed(height, (10.0, 30.0)).down[1, 1] == 5
    assert flow.routed(height, (30.0, 10.0)).down[1, 1] == 7


def test_height_over_the_first_stream_cell_on_the_way_down() -> None:
    height = ground("876 543 321")
    found = flow.routed(height, 10.0)
    channel = np.zeros((3, 3), dtype=bool)
    channel[2, 2] = True
    hand, reach = flow.above_drainage(found, height, channel)
    assert hand[0, 0] == 7.0  # 8 - 1
    assert hand[2, 2] == 0.0
    assert reach[0, 0] == 8
    channel[:] = False
    hand, reach = flow.above_drainage(found, height, channel)
    assert np.isnan(hand).all()
    assert (reach == -1).all()


def test_the_unknown_gives_no_water_and_takes_it() -> None:
    height = ground("99999 9???9 9?1?9 9???9 99999")
    found = flow.routed(height, 10.0)
    assert found.down[2, 2] == flow.OUT
    assert found.down[1, 1] == flow.UNKNOWN
    area = flow.upstream(found, np.ones((5, 5)))
    assert np.isnan(area[1, 1])
    assert area[2, 2] == 1
    assert np.isnan(flow.spread_area(found, 10.0)[1, 1])


def test_many_ways_share_by_slope_and_lose_nothing() -> None:
    height = np.array([[9.0, 9, 9], [9, 5, 9], [4, 4, 4], [2, 2, 2]])
    found = flow.routed(height, 10.0)
    area = flow.spread_area(found, 10.0)
    parts = np.array([1 / 14.142135, 1 / 10, 1 / 14.142135]) ** 1.1
    own = area[1, 1]
    assert area[2, 1] == pytest.approx(100 + own * parts[1] / parts.sum() + shed(height, (2, 1), (1, 1)), rel=1e-3)


def shed(height: np.ndarray, to: tuple[int, int], but: tuple[int, int]) -> float:
    """Square metres that other cells than `but` shed on a cell, added up one by one."""
    order = sorted(np.ndindex(height.shape), key=lambda cell: -height[cell])
    area = dict.fromkeys(np.ndindex(height.shape), 100.0)
    got = 0.0
    for cell in order:
        falls = {}
        for other in np.ndindex(height.shape):
            step = max(abs(other[0] - cell[0]), abs(other[1] - cell[1]))
            if step == 1 and height[other] < height[cell]:
                falls[other] = (
                    (height[cell] - height[other]) / (10 * np.hypot(other[0] - cell[0], other[1] - cell[1]))
                ) ** 1.1
        for other, share in falls.items():
            part = area[cell] * share / sum(falls.values())
            area[other] += part
            if other == to and cell != but:
                got += part
    return got


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.booleans())
def test_what_falls_on_the_ground_leaves_it(seed: int, holes: bool) -> None:
    random = np.random.default_rng(seed)
    height = np.round(random.uniform(0, 9, (9, 11)))  # many equal heights: flats
    if holes:
        height[random.uniform(size=height.shape) < 0.1] = np.nan
    known = np.isfinite(height)
    found = flow.routed(height, (10.0, 12.0))
    assert (found.filled[known] >= height[known]).all()
    assert len(found.rising) == known.sum()
    assert len(set(found.rising.tolist())) == known.sum()
    down, when = found.down.ravel(), {int(cell): n for n, cell in enumerate(found.rising)}
    for cell in found.rising:
        if down[cell] >= 0:
            assert when[int(down[cell])] < when[int(cell)]  # no circle
            assert found.filled.ravel()[down[cell]] <= found.filled.ravel()[cell]
    area = flow.upstream(found, np.ones(height.shape))
    assert area[(found.down == flow.OUT)].sum() == known.sum()
    assert flow.upstream(found, np.nan_to_num(height), most=True)[found.down == flow.OUT].max() == height[known].max()


@pytest.mark.parametrize("inward", [True, False])
def test_a_valley_that_comes_in_from_outside_is_told(inward: bool) -> None:
    x, y = np.meshgrid(np.arange(60) * 10.0, np.arange(-30, 31) * 10.0)
    valley = 0.2 * np.abs(y) + (-0.02 if inward else 0.02) * np.abs(x - (0 if inward else 300))
    told = flow.entering(flow.routed(valley + 50, 10.0), 10.0)
    assert told[30, 40] == inward
    assert not told[5, 40]


def test_valleys_from_outside_are_those_of_filters_over_the_whole_edge() -> None:
    """The slow way in the words of the rule: lowest and highest of the edge within the disk."""
    random = np.random.default_rng(4)
    ridges = ndimage.gaussian_filter(random.normal(size=120), 3.0) * 100.0
    height = ridges - 2.0 * np.arange(70)[:, None] + random.uniform(size=(70, 120))  # valleys come in from the north
    height[20:30, 40:60] = np.nan  # a hole has an edge too
    found = flow.routed(height, 10.0)
    known = np.isfinite(height)
    edge = known & ~ndimage.binary_erosion(known, np.ones((3, 3), dtype=bool))
    disk = terrain.within(10.0, 100.0)
    low = ndimage.minimum_filter(np.where(edge, found.filled, np.inf), footprint=disk, mode="nearest")
    high = ndimage.maximum_filter(np.where(edge, found.filled, -np.inf), footprint=disk, mode="nearest")
    mouth = edge & (found.down >= 0) & (found.filled <= low) & (high - low >= 5.0)
    assert 2 < mouth.sum() < edge.sum() / 4
    told = flow.entering(found, 10.0, radius_m=100.0, depth_m=5.0)
    np.testing.assert_array_equal(told, flow.upstream(found, mouth.astype(float)) > 0)


def test_the_same_bytes_every_time() -> None:
    height = np.round(np.random.default_rng(1).uniform(0, 5, (40, 40)))
    one, two = flow.routed(height, 10.0), flow.routed(height.copy(), 10.0)
    assert one.down.tobytes() == two.down.tobytes()
    assert flow.spread_area(one, 10.0).tobytes() == flow.spread_area(two, 10.0).tobytes()


def test_height_above_drainage_is_that_of_pyflwdir_on_a_real_valley() -> None:
    if not REFERENCE.is_file():
        pytest.skip("the reference raster is not here")
    with rasterio.open(REFERENCE) as dataset:
        transform = dataset.transform
    assert hand_beside_pyflwdir(heights_of(REFERENCE, 4), transform, 250_000.0) >= 0.99


def test_many_flow_directions_are_those_of_saga() -> None:
    if not REFERENCE.is_file():
        pytest.skip("the reference raster is not here")
    height, theirs = heights_of(REFERENCE, 4), heights_of(REFERENCE, 5)
    ours = np.log10(flow.spread_area(flow.routed(height, 10.0), 10.0))
    both = np.isfinite(ours) & np.isfinite(theirs)
    assert spearmanr(ours[both], theirs[both])[0] >= 0.97


def test_height_above_drainage_is_that_of_pyflwdir_on_the_demo(demo_folder: Path) -> None:
    path = demo_folder / "rasters" / "dem.tif"
    with rasterio.open(path) as dataset:
        transform = dataset.transform
    assert hand_beside_pyflwdir(heights_of(path, 1), transform, 250_000.0) >= 0.95
