"""Slides and debris flows down slopes of known angle."""

import numpy as np
import pytest

from geoplan.pixels import flow, runout


def slope_then_flat(angle_deg: float, wide: float = 10.0) -> np.ndarray:
    """Falls by the angle to the east over 20 cells, then is level but for a millimetre a cell."""
    x = np.arange(60)
    fall = np.where(x < 20, x * np.tan(np.radians(angle_deg)) * wide, 20 * np.tan(np.radians(angle_deg)) * wide)
    return np.broadcast_to(1000.0 - fall - 0.001 * x, (11, 60)).copy()


def at(row: int, column: int, shape: tuple[int, int]) -> np.ndarray:
    found = np.zeros(shape, dtype=bool)
    found[row, column] = True
    return found


@pytest.mark.parametrize(
    ("angle_deg", "cells"),
    [
        (35.0, 20 * np.tan(np.radians(35)) / np.tan(np.radians(25))),
        (26.0, 20 * np.tan(np.radians(26)) / np.tan(np.radians(25))),
        (24.0, 0),
    ],
)
def test_a_slide_stops_where_the_line_to_its_start_is_25_degrees(angle_deg: float, cells: float) -> None:
    height = slope_then_flat(angle_deg)
    found = runout.reached(flow.routed(height, 10.0), at(5, 0, height.shape), 10.0, 25.0, 500.0)
    assert np.flatnonzero(found[5]).max() == int(cells)


def test_a_slide_goes_no_farther_than_told_and_never_uphill() -> None:
    height = slope_then_flat(35.0)
    found = runout.reached(flow.routed(height, 10.0), at(5, 10, height.shape), 10.0, 25.0, 60.0)
    assert np.flatnonzero(found[5]).tolist() == list(range(10, 17))
    assert not found[:, :10].any()


def test_a_slide_spreads_over_ways_half_as_steep() -> None:
    height = slope_then_flat(35.0)
    found = runout.reached(flow.routed(height, 10.0), at(5, 0, height.shape), 10.0, 25.0, 500.0)
    assert found[4, 1]  # the diagonal has 0.7 of the fall
    assert not found[4, 0]  # along the contour


def test_the_unknown_is_not_crossed() -> None:
    height = slope_then_flat(35.0)
    height[:, 8] = np.nan
    found = runout.reached(flow.routed(height, 10.0), at(5, 0, height.shape), 10.0, 25.0, 500.0)
    assert not found[:, 8:].any()


def test_what_looks_up_at_the_source_over_a_hump_is_overlooked() -> None:
    height = slope_then_flat(35.0)
    height[:, 10] += 60.0  # a wall that stops the slide
    source, way = at(5, 0, height.shape), flow.routed(height, 10.0)
    stopped = runout.reached(way, source, 10.0, 25.0, 500.0)
    seen = runout.overlooked(height, source, 10.0, 25.0, 500.0)
    assert not stopped[5, 12]
    assert seen[5, 12]
    assert np.flatnonzero(seen[5]).max() == int(20 * np.tan(np.radians(35)) / np.tan(np.radians(25)))
    assert np.flatnonzero(runout.overlooked(height, source, 10.0, 25.0, 60.0)[5]).max() == 6
    height[5, 5] = np.nan
    assert not runout.overlooked(height, source, 10.0, 25.0, 500.0)[5, 5]


def gully(angle_deg: float) -> np.ndarray:
    """A gully that falls to the east between sides of 1 in 1, from row 5."""
    side = np.abs(np.arange(11) - 5)[:, None] * 10.0
    return 500.0 - np.arange(60)[None, :] * 10.0 * np.tan(np.radians(angle_deg)) + side


@pytest.mark.parametrize(("angle_deg", "far"), [(12.0, 50), (10.0, 0)])
def test_a_debris_flow_keeps_to_the_gully_for_500_m(angle_deg: float, far: int) -> None:
    height = gully(angle_deg)
    found = runout.ran(flow.routed(height, 10.0), at(5, 2, height.shape), 10.0, 11.0, 500.0)
    assert np.flatnonzero(found[5]).max() == 2 + far
    assert found.sum() == far + 1


def test_melton_is_relief_over_the_root_of_the_area() -> None:
    height = gully(12.0)
    found = flow.routed(height, 10.0)
    area = flow.upstream(found, np.full(height.shape, 100.0))
    ratio = runout.melton(found, area)
    assert ratio[5, 30] == pytest.approx((height[:, :].max() - height[5, 30]) / np.sqrt(area[5, 30]), rel=0.05)
    assert ratio[0, 0] == 0.0


@pytest.mark.parametrize(("ratio", "expected"), [(0.29, 0), (0.31, 1), (0.61, 2)])
def test_class_by_the_ratio_of_the_nearest_channel(ratio: float, expected: int) -> None:
    shape = (21, 21)
    height, slope = np.zeros(shape), np.full(shape, 1.0)
    channel, passed = at(10, 10, shape), (at(10, 10, shape), at(10, 10, shape))
    height[10, 13] = 4.0
    slope[10, 7] = np.nan
    area, ratios = np.full(shape, 1e5), np.full(shape, ratio)
    found = runout.debris_class(height, slope, channel, passed, ratios, area, 10.0)
    assert found[10, 15] == expected  # 50 m
    assert found[10, 16] == 0
    assert found[10, 13] == 0  # 4 m above
    assert found[10, 7] == 255
    none = np.zeros(shape, dtype=bool)
    assert runout.debris_class(height, slope, channel, (none, none), ratios, area, 10.0)[10, 15] == 0
    lesser = runout.debris_class(height, slope, channel, (passed[0], none), ratios, area, 10.0)
    assert lesser[10, 15] == min(expected, 1)
    gentle = np.full(shape, 6.0)
    fan = runout.debris_class(height, gentle, channel, passed, ratios, area, 10.0)
    assert fan[10, 20] == expected  # 100 m, on a fan
    quiet = runout.debris_class(height, gentle, channel, (none, none), ratios, area, 10.0)
    assert quiet[10, 20] == min(expected, 1)  # a fan that no source is seen to reach
    large = runout.debris_class(height, gentle, channel, passed, ratios, area * 60, 10.0)
    assert large[10, 20] == 0  # 6 km2: no fan of a debris flow
    assert large[10, 15] == expected  # though one comes by


def test_a_fan_lies_at_the_height_of_its_channel() -> None:
    shape = (21, 21)
    height, gentle, none = np.zeros(shape), np.full(shape, 6.0), np.zeros(shape, dtype=bool)
    height[10, 17:] = -6.0  # ground that falls away from a channel on a spur
    found = runout.debris_class(
        height, gentle, at(10, 10, shape), (none, none), np.ones(shape), np.full(shape, 1e5), 10.0
    )
    assert found[10, 16] == 1
    assert found[10, 18] == 0


def test_without_a_channel_there_is_no_debris_flow() -> None:
    none = np.zeros((3, 3), dtype=bool)
    found = runout.debris_class(
        np.zeros((3, 3)), np.ones((3, 3)), none, (none, none), np.ones((3, 3)), np.ones((3, 3)), 10.0
    )
    assert (found == 0).all()
