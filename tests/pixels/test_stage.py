"""Depth of water by Manning's formula in channels of a known shape, and who stands in it."""

import numpy as np
import pytest

from geoplan.pixels import flow, stage


def manning(area: float, edge: float, fall: float, roughness: float) -> float:
    return area * (area / edge) ** (2 / 3) * np.sqrt(fall) / roughness


def test_discharge_grows_with_the_area() -> None:
    assert stage.discharge(1.0, 15.0) == 15.0
    assert stage.discharge(16.0, 10.0) == pytest.approx(80.0)


@pytest.mark.parametrize("wanted", [0.5, 2.0, 6.0])
def test_a_channel_with_walls(wanted: float) -> None:
    carried = manning(10 * wanted, 10 + 2 * wanted, 0.01, 0.05)
    assert stage.depth(np.array([50.0, 10.0, 50.0]), 1, 10.0, carried, 0.01, 0.05) == pytest.approx(wanted, rel=1e-6)
    sides = 2 * manning(10 * wanted, 10 + wanted, 0.01, 0.05) + manning(10 * wanted, 10, 0.01, 0.05)
    wide = np.array([50.0, 10.0, 10.0, 10.0, 50.0])
    assert stage.depth(wide, 2, 10.0, sides, 0.01, 0.05) == pytest.approx(wanted, rel=1e-6)


def test_a_terrace_is_wet_when_the_water_reaches_it() -> None:
    section = np.array([50.0, 12.0, 10.0, 50.0])
    below = manning(10 * 1.9, 10 + 3.8, 0.01, 0.05)
    above = manning(10 * 3, 10 + 2 + 3, 0.01, 0.05) + manning(10 * 1, 10 + 1, 0.01, 0.05)
    assert stage.depth(section, 2, 10.0, below, 0.01, 0.05) == pytest.approx(1.9, rel=1e-6)
    assert stage.depth(section, 2, 10.0, above, 0.01, 0.05) == pytest.approx(3.0, rel=1e-6)


def test_the_unknown_is_a_wall_and_lower_ground_gathers_nothing() -> None:
    walls = stage.depth(np.array([50.0, 10.0, 50.0]), 1, 10.0, 20.0, 0.01, 0.05)
    assert stage.depth(np.array([np.nan, 10.0, np.nan]), 1, 10.0, 20.0, 0.01, 0.05) == pytest.approx(walls)
    flat = stage.depth(np.array([10.0, 10.0, 50.0]), 1, 10.0, 20.0, 0.01, 0.05)
    assert stage.depth(np.array([3.0, 10.0, 50.0]), 1, 10.0, 20.0, 0.01, 0.05) == pytest.approx(flat)
    assert flat > 0.1


def valley(fall: float = 0.01) -> np.ndarray:
    y, x = np.mgrid[0:61, 0:80]
    return 100.0 - fall * 10 * x + 0.1 * 10 * np.abs(y - 30)


def test_the_surface_in_a_valley_is_that_of_its_sections() -> None:
    height = valley()
    found = flow.routed(height, 10.0)
    area = flow.upstream(found, np.full(height.shape, 100.0))
    channel = area >= 100_000.0
    assert channel[:, 40].sum() == 1
    water = stage.surface(found, channel, area, 10.0, 15.0, 0.06)
    section = height[:, 40]
    alone = stage.depth(section[10:51], 20, 10.0, float(stage.discharge(area[30, 40] / 1e6, 15.0)), 0.01, 0.06)
    assert water[30, 40] - height[30, 40] == pytest.approx(alone, rel=0.03)  # the median of five sections downstream
    assert np.isnan(water[29, 40])


def test_water_is_held_up_by_the_water_below() -> None:
    """A gorge 2 cells wide and deep behind the plain: the plain stands at least as high as the gorge's surface."""
    height = valley(0.003)
    height[:25, 60:70] += 200.0
    height[36:, 60:70] += 200.0
    height[29:32, 60:70] = height[30, 60:70]
    height[:29, 60:70] += 100.0
    height[32:, 60:70] += 100.0
    found = flow.routed(height, 10.0)
    area = flow.upstream(found, np.full(height.shape, 100.0))
    channel = area >= 100_000.0
    water = stage.surface(found, channel, area, 10.0, 60.0, 0.06)
    down, flat = found.down.ravel(), water.ravel()
    for cell in np.flatnonzero(channel.ravel()):
        if down[cell] >= 0 and channel.ravel()[down[cell]]:
            assert flat[cell] >= flat[down[cell]] - 1e-9


def test_class_by_height_over_the_water() -> None:
    height = np.array([[10.0, 11.4, 11.6, 13.9, 14.1, 12.0, np.nan]])
    water = np.array([[11.0, np.nan, np.nan, np.nan, np.nan, np.nan, np.nan]])
    reach = np.array([[0, 0, 0, 0, 0, -1, 0]], dtype=np.int32)
    found = stage.flood_class(height, water, reach, 0.5, 3.0)
    assert found.tolist() == [[2, 2, 1, 1, 0, 255, 255]]
