"""Slope and curvature of planes, bowls and ridges, and of a real valley as SAGA has them."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio

from geoplan.pixels import terrain

REFERENCE = Path(__file__).resolve().parents[3] / "shared" / "reference" / "terrain_ta_ecuador.tif"


def plane(east: float, north: float, cell_m: tuple[float, float] = (10.0, 10.0)) -> np.ndarray:
    """Heights that rise by so many metres a metre to the east and to the north."""
    rows, columns = np.mgrid[0:7, 0:9]
    return 500.0 + east * columns * cell_m[0] - north * rows * cell_m[1]


@pytest.fixture(scope="module")
def saga() -> dict[str, np.ndarray]:
    if not REFERENCE.is_file():
        pytest.skip("the reference raster is not here")
    with rasterio.open(REFERENCE) as dataset:
        return {name: dataset.read(i + 1).astype(float) for i, name in enumerate(dataset.descriptions)}


@pytest.mark.parametrize(
    ("east", "north", "slope", "aspect"),
    [
        (0.0, -1.0, 45.0, 0.0),  # falls to the north
        (-1.0, 0.0, 45.0, 90.0),
        (0.0, 1.0, 45.0, 180.0),
        (1.0, 0.0, 45.0, 270.0),
        (-0.5, -0.5, np.degrees(np.arctan(np.sqrt(0.5))), 45.0),
        (0.0, 0.0, 0.0, 0.0),
    ],
)
@pytest.mark.parametrize("cell_m", [(10.0, 10.0), (30.0, 20.0)])
def test_a_plane(east: float, north: float, slope: float, aspect: float, cell_m: tuple[float, float]) -> None:
    found = terrain.slope_aspect(plane(east, north, cell_m), cell_m)
    np.testing.assert_allclose(found[0][1:-1, 1:-1], slope, atol=1e-9)
    np.testing.assert_allclose(found[1][1:-1, 1:-1], aspect, atol=1e-9)


def test_one_side_stands_for_both() -> None:
    height = plane(0.3, 0.1)
    for one, two in zip(terrain.slope_aspect(height, 10.0), terrain.slope_aspect(height, (10.0, 10.0)), strict=True):
        np.testing.assert_array_equal(one, two)


def test_the_edge_and_what_lies_beside_the_unknown_have_no_answer() -> None:
    height = plane(0.3, 0.1)
    height[3, 4] = np.nan
    slope, aspect = terrain.slope_aspect(height, 10.0)
    plan, profile = terrain.curvatures(height, 10.0)
    expected = np.ones(height.shape, dtype=bool)
    expected[1:-1, 1:-1] = False
    expected[2:5, 3:6] = True
    for found in (slope, aspect, plan, profile):
        np.testing.assert_array_equal(np.isnan(found), expected)


def test_curvature_is_negative_in_a_hollow_and_at_the_foot() -> None:
    x = np.arange(-5, 6) * 10.0
    valley = 0.01 * x[None, :] ** 2 - 0.5 * np.arange(11)[:, None] * 10.0  # a gully that falls to the south
    plan, _ = terrain.curvatures(valley, 10.0)
    assert plan[5, 5] == pytest.approx(-0.02 / 0.5)  # bends by 0.02/m over a gradient of 0.5
    foot = np.broadcast_to(0.001 * (200 - x) ** 2, (11, 11))  # falls to the east and flattens
    plan, profile = terrain.curvatures(foot.copy(), 10.0)
    assert plan[5, 5] == pytest.approx(0.0, abs=1e-12)
    assert profile[5, 5] == pytest.approx(-0.002 / 1.16**1.5)  # gradient 0.4
    assert terrain.curvatures(-foot, 10.0)[1][5, 5] > 0


def test_level_ground_does_not_bend() -> None:
    for found in terrain.curvatures(plane(0, 0), 10.0):
        np.testing.assert_array_equal(found[1:-1, 1:-1], 0.0)


def test_cells_of_unequal_sides_have_the_curvature_of_the_ground() -> None:
    def surface(x: Any, y: Any) -> Any:
        return 0.002 * x**2 + 0.001 * x * y - 0.003 * y**2 + 0.2 * x + 0.4 * y

    found = []
    for wide, tall in ((10.0, 10.0), (20.0, 5.0)):
        x, y = np.meshgrid(np.arange(-2, 3) * wide, np.arange(2, -3, -1) * tall)
        found.append([each[2, 2] for each in terrain.curvatures(surface(x, y), (wide, tall))])
    assert found[0] == pytest.approx(found[1], rel=1e-9)


def test_a_hollow_lies_below_the_ground_around_and_a_slope_at_it() -> None:
    x, y = np.meshgrid(np.arange(81) * 10.0, np.arange(81) * 10.0)
    bowl = ((x - 400) ** 2 + (y - 400) ** 2) / 1000.0
    found = terrain.position(bowl, 10.0, 50.0)
    assert found[40, 40] == pytest.approx(-5.0, rel=0.01)  # the mean square of the distance: twice the variance
    assert terrain.position(-bowl, 10.0, 50.0)[40, 40] == pytest.approx(5.0, rel=0.01)
    assert terrain.position(0.7 * x - 0.2 * y, 10.0, 50.0)[40, 40] == pytest.approx(0.0, abs=1e-9)
    other = terrain.position(bowl[::2], (10.0, 20.0), 50.0)  # cells twice as tall, the same ground
    assert other[20, 40] == pytest.approx(-5.0, rel=0.02)


def test_what_is_not_known_is_left_out_of_the_ground_around() -> None:
    height = np.full((21, 120), 300.0)
    height[:, 60:] = 340.0
    height[10, 12] = np.nan
    found = terrain.position(height, 10.0, 50.0)
    assert np.isnan(found[10, 12])
    far = np.r_[0:30, 90:120]  # from the step: level, at the edge too, beyond which nothing is made up
    assert np.nanmax(np.abs(found[:, far])) == pytest.approx(0.0, abs=1e-9)
    assert found[10, 60] > 10
    assert np.isnan(terrain.position(np.full((3, 3), np.nan), 10.0, 50.0)).all()


def test_two_cells_of_ten_metres_on_the_map_lie_within_twenty_on_the_ground() -> None:
    assert terrain.within(10.001, 20.0).shape == (5, 5)
    assert terrain.within((30.0, 10.001), 20.0).shape == (5, 1)
    assert terrain.within(30.0, 15.0).tolist() == [[True]]


def test_a_cell_without_sides_is_refused() -> None:
    with pytest.raises(ValueError, match="above 0 m"):
        terrain.slope_aspect(plane(0, 0), 0.0)


def test_figures_and_signs_are_those_of_saga(saga: dict[str, np.ndarray]) -> None:
    inside = np.zeros(saga["elev"].shape, dtype=bool)
    inside[1:-1, 1:-1] = True
    slope, _ = terrain.slope_aspect(saga["elev"], 10.0)
    plan, profile = terrain.curvatures(saga["elev"], 10.0)
    known = inside & np.isfinite(slope)
    assert known.sum() > 150_000
    assert np.abs(slope - saga["slope"])[known].max() < 1e-4
    assert np.abs(profile - saga["cprof"])[known].max() < 1e-6
    # a contour on nearly level ground bends without bound, and the band is of single precision
    np.testing.assert_allclose(plan[known], saga["cplan"][known], rtol=1e-4, atol=1e-6)
