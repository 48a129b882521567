"""Indices of numbers a person can divide."""

from typing import Any

import numpy as np
import pytest

from geoplan.pixels import indices

LEAF = {"blue": 0.03, "green": 0.05, "red": 0.04, "nir": 0.36, "swir1": 0.18, "swir2": 0.06}
EXPECTED = {
    "ndvi": (("nir", "red"), 0.8),  # 0.32 / 0.40
    "nbr": (("nir", "swir2"), 5 / 7),  # 0.30 / 0.42
    "lswi": (("nir", "swir1"), 1 / 3),  # 0.18 / 0.54
    "evi": (("nir", "red", "blue"), 0.8 / 1.375),  # 2.5 x 0.32 / (0.36 + 0.24 - 0.225 + 1)
    "mndwi": (("green", "swir1"), -13 / 23),  # -0.13 / 0.23
    "bsi": (("blue", "red", "nir", "swir1"), -17 / 61),  # (0.22 - 0.39) / 0.61
}


def stored(value: float) -> np.ndarray:
    return np.array([[round(value * 10000), indices.UNSEEN]], dtype=np.int16)


@pytest.mark.parametrize("name", EXPECTED)
def test_by_hand_as_numbers_and_as_stored(name: str) -> None:
    bands, expected = EXPECTED[name]
    index: Any = getattr(indices, name)
    floats = index(*(np.array([[LEAF[b], np.nan]]) for b in bands))
    whole = index(*(stored(LEAF[b]) for b in bands))
    for found in (floats, whole):
        assert found.dtype == np.float32
        assert found[0, 0] == pytest.approx(expected, abs=1e-6)
        assert np.isnan(found[0, 1])


@pytest.mark.parametrize("name", EXPECTED)
def test_one_band_unseen_is_enough(name: str) -> None:
    bands, _ = EXPECTED[name]
    for missing in bands:
        values = [np.array([indices.UNSEEN if b == missing else 300], dtype=np.int16) for b in bands]
        assert np.isnan(getattr(indices, name)(*values)).all()


def test_darker_than_noise_is_no_index() -> None:
    dark = np.array([0, 1, -40, 1], dtype=np.int16)
    other = np.array([0, 0, 30, 1], dtype=np.int16)
    found = indices.ndvi(dark, other)
    assert np.isnan(found[:3]).all()  # sums of 0, 0.0001 and -0.001
    assert found[3] == 0.0


def test_stored_zero_is_a_dark_pixel_and_not_unseen() -> None:
    assert indices.ndvi(np.array([3000], dtype=np.int16), np.array([0], dtype=np.int16))[0] == 1.0


def test_numbers_of_another_scale_are_no_bands() -> None:
    with pytest.raises(ValueError, match="uint16"):
        indices.ndvi(np.array([3000], dtype=np.uint16), np.array([400], dtype=np.uint16))


def test_inputs_stay() -> None:
    nir, red = stored(0.4), stored(0.04)
    indices.ndvi(nir, red)
    assert nir.tolist() == [[4000, indices.UNSEEN]]
