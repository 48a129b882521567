"""Courses of pixels: by hand, against a plain numpy fit, and with looks that a cloud spoiled."""

from datetime import date

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geoplan.pixels import series

WEEKS = np.arange(104) / 52.0


def course(level: float, cosine: float, sine: float, years: npt.NDArray[np.float64] = WEEKS) -> npt.NDArray[np.float32]:
    said = level + cosine * np.cos(2 * np.pi * years) + sine * np.sin(2 * np.pi * years)
    return said.astype(np.float32)[:, None]


def plain(
    years: npt.NDArray[np.float64], values: npt.NDArray[np.float32], ridge: float, floor: float, pull: list[float]
):
    """The same fit written with matrices, one pixel."""
    seen = ~np.isnan(values)
    x = np.stack([np.ones(seen.sum()), np.cos(2 * np.pi * years[seen]), np.sin(2 * np.pi * years[seen])], axis=1)
    y = values[seen].astype(float)
    extra = np.diag([0.0, ridge, ridge])
    weight, found, scale = np.ones(len(y)), np.zeros(3), floor
    for _ in range(11):
        found = np.linalg.solve((x.T * weight) @ x + extra, (x.T * weight) @ y + extra @ np.array(pull))
        off = np.abs(y - x @ found)
        scale = max(1.4826 * float(np.median(off)), floor)
        weight = np.minimum(1.0, 1.345 * scale / np.maximum(off, 1e-12))
    return found, scale, int(seen.sum())


def test_a_year_without_noise_comes_back() -> None:
    fit = series.harmonic(WEEKS, course(0.7, 0.1, -0.05), ridge=0.0)
    assert fit.coefficients[:, 0] == pytest.approx([0.7, 0.1, -0.05], abs=1e-6)
    assert fit.scale[0] == pytest.approx(0.03)
    assert fit.count[0] == 104
    assert series.predict(fit, np.array([0.0, 0.25]))[:, 0] == pytest.approx([0.8, 0.65], abs=1e-6)


def test_the_ridge_pulls_the_harmonic_and_never_the_level() -> None:
    """104 looks spread over whole years: a cosine of amplitude a has weight 52, so 52 more halve it."""
    alone = series.harmonic(WEEKS, course(0.7, 0.1, 0.0), ridge=52.0)
    assert alone.coefficients[:, 0] == pytest.approx([0.7, 0.05, 0.0], abs=1e-3)
    region = series.harmonic(WEEKS, course(0.7, 0.1, 0.0), ridge=52.0, toward=np.array([0.0, 0.3, 0.0]))
    assert region.coefficients[:, 0] == pytest.approx([0.7, 0.2, 0.0], abs=0.02)


@pytest.mark.parametrize(("looks", "fitted"), [(0, False), (5, False), (6, True)])
def test_fewer_than_six_looks_are_no_course(looks: int, fitted: bool) -> None:
    values = course(0.7, 0.1, 0.0)
    values[looks:] = np.nan
    fit = series.harmonic(WEEKS, values)
    assert fit.count[0] == looks
    assert bool(np.isfinite(fit.coefficients).all()) is fitted
    assert bool(np.isfinite(fit.scale).all()) is fitted
    assert bool(np.isfinite(series.predict(fit, WEEKS)).all()) is fitted


def test_clouds_that_the_mask_missed_do_not_bend_it() -> None:
    values = course(0.7, 0.1, 0.0)
    values[::10] -= 0.5
    fit = series.harmonic(WEEKS, values, ridge=0.0)
    assert fit.coefficients[:, 0] == pytest.approx([0.7, 0.1, 0.0], abs=0.005)


@pytest.mark.parametrize("pull", [[0.0, 0.0, 0.0], [0.5, 0.08, -0.1]])
def test_as_numpy_has_it(pull: list[float]) -> None:
    random = np.random.default_rng(5)
    years = np.sort(random.uniform(24.0, 26.5, 90))
    values = (course(0.7, 0.1, -0.05, years) + random.normal(0, 0.03, (90, 200))).astype(np.float32)
    values[random.random(values.shape) < 0.6] = np.nan
    values[random.random(values.shape) < 0.1] -= 0.4
    fit = series.harmonic(years, values, toward=np.array(pull))
    for i in range(200):
        found, scale, count = plain(years, values[:, i], 4.0, 0.03, pull)
        assert fit.coefficients[:, i] == pytest.approx(found, abs=1e-4)
        assert fit.scale[i] == pytest.approx(scale, abs=1e-4)
        assert fit.count[i] == count


@settings(deadline=None)  # the first call compiles
@given(st.integers(1, 40), st.integers(0, 2**31))
def test_a_pixel_does_not_know_its_neighbours(pixels: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    values = random.normal(0.6, 0.1, (30, pixels)).astype(np.float32)
    values[random.random(values.shape) < 0.5] = np.nan
    years = np.sort(random.uniform(0.0, 2.0, 30))
    together = series.harmonic(years, values)
    for i in range(pixels):
        alone = series.harmonic(years, values[:, [i]])
        assert np.array_equal(together.coefficients[:, i], alone.coefficients[:, 0], equal_nan=True)
        assert np.array_equal(together.scale[i], alone.scale[0], equal_nan=True)


def test_one_day_seen_many_times_has_no_course_without_a_ridge() -> None:
    values = np.full((8, 1), 0.5, dtype=np.float32)
    assert np.isnan(series.harmonic(np.zeros(8), values, ridge=0.0).coefficients).all()
    assert np.isfinite(series.harmonic(np.zeros(8), values).coefficients).all()


def test_days_are_years_of_365_and_a_quarter() -> None:
    assert series.in_years([date(2000, 1, 1), date(2004, 1, 1)]).tolist() == [0.0, 4.0]


@pytest.mark.parametrize(
    ("years", "values", "asked"),
    [
        (np.zeros(3), np.zeros((4, 1), dtype=np.float32), {}),
        (np.zeros(4), np.zeros(4, dtype=np.float32), {}),
        (np.zeros(4), np.zeros((4, 1), dtype=np.float32), {"ridge": -1.0}),
        (np.zeros(4), np.zeros((4, 1), dtype=np.float32), {"floor": 0.0}),
        (np.zeros(4), np.zeros((4, 1), dtype=np.float32), {"toward": np.zeros(2)}),
    ],
)
def test_what_cannot_be_is_refused(years, values, asked) -> None:
    with pytest.raises(ValueError, match=r"wanted|ridge|toward"):
        series.harmonic(years, values, **asked)


def test_nothing_gives_nothing() -> None:
    fit = series.harmonic(np.zeros(0), np.zeros((0, 2), dtype=np.float32))
    assert fit.coefficients.shape == (3, 2)
    assert np.isnan(fit.coefficients).all()
