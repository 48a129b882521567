"""Quantiles over time: by hand, and as numpy has them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geoplan.pixels import quantiles
from geoplan.pixels.quantiles import UNSEEN


def pixel(*values: int) -> np.ndarray:
    return np.array(values, dtype=np.int16).reshape(-1, 1, 1)


def test_by_hand() -> None:
    five = pixel(30, UNSEEN, 10, 50, 20, UNSEEN, 40)
    found = quantiles.quantiles(five, (0.0, 0.05, 0.25, 0.5, 0.75, 1.0))
    assert found[:, 0, 0].tolist() == [10, 12, 20, 30, 40, 50]


def test_what_was_not_observed_is_no_number() -> None:
    assert np.isnan(quantiles.quantiles(pixel(UNSEEN, UNSEEN), (0.5,))).all()
    assert quantiles.quantiles(pixel(UNSEEN, 7), (0.05, 0.95))[:, 0, 0].tolist() == [7, 7]
    assert np.isnan(quantiles.quantiles(np.empty((0, 1, 1), dtype=np.int16), (0.5,))).all()


def test_the_last_looks_are_the_last_observed() -> None:
    assert quantiles.latest(pixel(1, 2, 90, UNSEEN, 70, 80, UNSEEN), 3)[0, 0] == 80
    assert quantiles.latest(pixel(5, UNSEEN, 7), 4)[0, 0] == 6
    assert np.isnan(quantiles.latest(pixel(UNSEEN), 4)[0, 0])


@settings(deadline=None)  # the first call compiles
@given(st.integers(1, 40), st.integers(1, 40), st.integers(0, 2**31))
def test_as_numpy_has_it(times: int, pixels: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    values = random.normal(0, 1, (times, pixels, 1)).astype(np.float32)
    values[random.random(values.shape) < 0.3] = np.nan
    shares = (0.05, 0.1, 0.25, 0.5, 0.75, 0.95)
    found = quantiles.quantiles(values, shares)
    for i in range(pixels):
        seen = values[:, i, 0][~np.isnan(values[:, i, 0])].astype(float)
        if len(seen):
            assert found[:, i, 0] == pytest.approx(np.quantile(seen, shares), abs=1e-6)
            assert quantiles.latest(values, 4)[i, 0] == pytest.approx(np.median(seen[-4:]), abs=1e-6)
        else:
            assert np.isnan(found[:, i, 0]).all()


def test_a_share_is_no_percentage() -> None:
    with pytest.raises(ValueError, match="0 to 1"):
        quantiles.quantiles(pixel(1), (50,))
