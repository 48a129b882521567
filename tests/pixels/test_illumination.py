"""Light on slopes that can be drawn: suns of known days, one wall, and a correction that gives back level ground."""

import math
from datetime import date

import numpy as np
import pytest

from geoplan.pixels import illumination as light
from geoplan.pixels import terrain


def test_the_sun_of_known_days() -> None:
    zenith, azimuth = light.sun_position(date(2024, 6, 21), 22.4)
    assert zenith == pytest.approx(20.9, abs=0.3)  # noon 1.04 degrees north of overhead, 22.5 degrees of hour angle
    assert 80 < azimuth < 90
    zenith, azimuth = light.sun_position(date(2024, 12, 21), 22.4)
    assert zenith == pytest.approx(50.3, abs=0.6)
    assert 150 < azimuth < 155
    assert light.sun_position(date(2023, 3, 21), 0.0, 12.0)[0] == pytest.approx(0.0, abs=0.5)
    assert light.sun_position(date(2023, 6, 21), 23.44, 12.0)[0] == pytest.approx(0.0, abs=0.1)
    assert light.sun_position(date(2023, 12, 21), 22.4, 12.0) == pytest.approx((22.4 + 23.44, 180.0), abs=0.1)
    assert light.sun_position(date(2023, 12, 21), 22.4, 15.0)[1] > 180.0


def test_cosines_by_hand() -> None:
    slope = np.array([[0.0, 30.0, 30.0, 30.0, np.nan]])
    aspect = np.array([[0.0, 180.0, 0.0, 90.0, 0.0]])
    found = light.cos_incidence(light.facing(slope, aspect), 50.0, 180.0)[0]
    cosines = [math.cos(math.radians(a)) for a in (50, 20, 80)]
    assert found[:3] == pytest.approx(cosines, abs=1e-6)  # level, facing the sun, turned away
    assert found[3] == pytest.approx(math.cos(math.radians(50)) * math.cos(math.radians(30)), abs=1e-6)
    assert np.isnan(found[4])


def test_slopes_of_a_surface_face_the_way_they_descend() -> None:
    y, x = np.mgrid[:20, :20] * 10.0
    falls_south = 500.0 - y * 0.5  # rows run south
    slope, aspect = terrain.slope_aspect(falls_south, 10.0)
    lit = light.cos_incidence(light.facing(slope, aspect), 45.0, 180.0)
    dark = light.cos_incidence(light.facing(slope, aspect), 45.0, 0.0)
    assert lit[10, 10] == pytest.approx(math.cos(math.radians(45) - math.atan(0.5)), abs=1e-6)
    assert dark[10, 10] == pytest.approx(math.cos(math.radians(45) + math.atan(0.5)), abs=1e-6)
    falls_east = 500.0 - x * 0.5
    slope, aspect = terrain.slope_aspect(falls_east, 10.0)
    assert light.cos_incidence(light.facing(slope, aspect), 45.0, 90.0)[10, 10] == pytest.approx(lit[10, 10], abs=1e-6)


def test_a_wall_hides_the_sun_behind_it() -> None:
    height = np.zeros((21, 41))
    height[:, 20] = 100.0
    west_of = light.horizon(height, 10.0, 90.0, 1000.0)  # looking east
    assert west_of[10, 10] == pytest.approx(1.0)  # 100 m over 100 m
    assert west_of[10, 0] == pytest.approx(0.5)
    assert west_of[10, 30] == 0.0
    assert light.horizon(height, 10.0, 270.0, 1000.0)[10, 30] == pytest.approx(1.0)
    assert light.horizon(height, 10.0, 90.0, 90.0)[10, 10] == 0.0  # further than was looked
    north = light.horizon(height.T, 10.0, 0.0, 1000.0)
    assert north[30, 10] == pytest.approx(1.0)
    assert north[10, 10] == 0.0
    inner = light.horizon(height, 10.0, 90.0, 1000.0, 0.8, 5)
    assert inner.shape == (11, 31)
    assert inner[5, 5] == pytest.approx(1.0)
    assert inner[5, 0] == pytest.approx(0.8)  # 0.67 is below what was asked for
    height[:, 20] = np.nan
    assert light.horizon(height, 10.0, 90.0, 1000.0).max() == 0.0


@pytest.mark.parametrize("azimuth", [0.0, 33.0, 142.0, 270.0])
def test_the_horizon_of_a_plane_is_its_own_slope(azimuth: float) -> None:
    y, x = np.mgrid[:60, :60] * 10.0
    rises = 1.2 * x - 0.3 * y
    towards = 1.2 * np.sin(np.radians(azimuth)) + 0.3 * np.cos(np.radians(azimuth))
    assert light.horizon(rises, 10.0, azimuth, 200.0)[30, 30] == pytest.approx(max(towards, 0.0), abs=1e-4)


def hills(seed: int = 3) -> tuple[np.ndarray, np.ndarray]:
    """Cosines of December's sun over steep ground, and near infrared that follows them with some sky light."""
    rng = np.random.default_rng(seed)
    slope = np.degrees(np.arctan(np.abs(rng.normal(0, 0.45, (200, 200)))))
    cos_i = light.cos_incidence(light.facing(slope, rng.uniform(0, 360, slope.shape)), 50.0, 152.0)
    level = math.cos(math.radians(50.0))
    reflectance = 0.36 * (0.94 * np.maximum(cos_i, 0) / level + 0.06) * rng.normal(1, 0.04, slope.shape)
    return cos_i, reflectance.astype(np.float32)


def corrected(cos_i: np.ndarray, reflectance: np.ndarray, **bounds: float) -> np.ndarray:
    sums = light.light_sums(reflectance[None], cos_i, np.ones(cos_i.shape, dtype=bool))
    return reflectance * light.light_factor(cos_i, 50.0, light.c_constant(sums[0]), **bounds)


def spread(values: np.ndarray) -> float:
    return float(values.std() / values.mean())


def test_december_becomes_level() -> None:
    cos_i, reflectance = hills()
    after = corrected(cos_i, reflectance)
    lit = cos_i >= 0.15
    assert spread(reflectance) > 0.25
    assert spread(after[lit]) < 0.06
    assert np.corrcoef(reflectance[lit], cos_i[lit])[0, 1] ** 2 > 0.95
    assert np.corrcoef(after[lit], cos_i[lit])[0, 1] ** 2 < 0.05
    assert float(np.median(after[lit])) == pytest.approx(0.36, rel=0.02)


def test_the_factor_stays_in_its_bounds() -> None:
    cos_i = np.array([[-0.5, 0.0, 0.02, 0.643, 1.0]], dtype=np.float32)
    factor = light.light_factor(cos_i, 50.0, 0.02)
    assert factor[0, :3].tolist() == [2.5, 2.5, 2.5]
    assert factor[0, 3] == pytest.approx(1.0, abs=1e-3)
    assert factor[0, 4] == pytest.approx(0.66278 / 1.02, abs=1e-4)
    assert light.light_factor(np.array([[1.0]], dtype=np.float32), 70.0, 0.02)[0, 0] == 0.5


def test_a_fit_is_exact_where_light_is_a_line() -> None:
    cos_i = np.linspace(0.2, 1.0, 1000, dtype=np.float32).reshape(20, 50)
    reflectance = 0.3 * cos_i + 0.06
    use = np.ones(cos_i.shape, dtype=bool)
    assert light.c_constant(light.light_sums(reflectance[None], cos_i, use)[0]) == pytest.approx(0.2, abs=1e-5)
    parts = light.light_sums(reflectance[None, :7], cos_i[:7], use[:7]) + light.light_sums(
        reflectance[None, 7:], cos_i[7:], use[7:]
    )
    assert light.c_constant(parts[0]) == pytest.approx(0.2, abs=1e-5)
    below = (0.3 * cos_i - 0.05)[None]
    assert light.c_constant(light.light_sums(below, cos_i, use)[0]) == 0.02


def test_no_constant_without_enough_pixels_or_light() -> None:
    cos_i = np.linspace(0.2, 1.0, 1000, dtype=np.float32).reshape(20, 50)
    use = np.zeros(cos_i.shape, dtype=bool)
    use[0] = True
    assert math.isinf(light.c_constant(light.light_sums(0.3 * cos_i[None], cos_i, use)[0]))
    assert math.isinf(light.c_constant(light.light_sums(1.0 - 0.3 * cos_i[None], cos_i, use | True)[0]))
    assert math.isinf(
        light.c_constant(light.light_sums(np.full((1, 20, 50), 0.3, dtype=np.float32), cos_i * 0 + 1, use | True)[0])
    )
    assert light.light_factor(cos_i, 50.0, math.inf).tolist() == np.ones(cos_i.shape).tolist()


def test_shade_and_unknown_ground_take_no_part_in_the_fit() -> None:
    cos_i = np.linspace(0.2, 1.0, 1000, dtype=np.float32).reshape(20, 50)
    reflectance = (0.3 * cos_i + 0.06)[None].copy()
    cos_i[:2], cos_i[2] = 0.05, np.nan
    reflectance[:, :3] = 0.9
    reflectance[:, 3] = np.nan
    sums = light.light_sums(reflectance, cos_i, np.ones(cos_i.shape, dtype=bool))
    assert sums[0, 0] == 16 * 50
    assert light.c_constant(sums[0]) == pytest.approx(0.2, abs=1e-5)
