"""Masks by eye, and series of which every look is known to be ground, haze or cloud."""

import numpy as np
import pytest

from geoplan.pixels import clouds

PICTURE = {".": 4, "C": 9, "S": 3, "D": 2, "_": 0, "W": 6, "N": 11, "X": 1, "c": 10, "B": 5, "u": 7, "m": 8}


def classes(picture: str) -> np.ndarray:
    return np.array([[PICTURE[sign] for sign in row] for row in picture.split()], dtype=np.uint8)


def drawn(mask: np.ndarray) -> str:
    return " ".join("".join("#" if seen else "." for seen in row) for row in mask)


def clear(picture: str, shaded: bool = False, **radii: float) -> str:
    seen = classes(picture)
    return drawn(clouds.clear(seen, np.full(seen.shape, shaded), **radii))


def test_cloud_is_widened_by_three_pixels_round() -> None:
    picture = ["........."] * 9
    picture[4] = "....C...."
    assert clear(" ".join(picture)) == (
        "######### ####.#### ##.....## ##.....## #.......# ##.....## ##.....## ####.#### #########"
    )


def test_shadow_is_widened_by_two_and_the_rest_by_none() -> None:
    assert clear("...S....") == "#.....##"
    assert clear("..._....") == "###.####"
    assert clear("...N...X") == "###.###."
    assert clear("WBu.") == "####"
    assert clear("m......") == "....###"
    assert clear("c......") == "....###"


def test_dark_is_terrain_where_the_slope_is_turned_from_the_sun() -> None:
    assert clear("..D..", shaded=True) == "#####"
    assert clear("..D..", shaded=False) == "##.##"


def test_no_widening_can_be_asked_for() -> None:
    assert clear("..C..", cloud_px=0.0) == "##.##"


def test_widening_is_the_disc_of_every_pixel() -> None:
    rng = np.random.default_rng(7)
    mask = rng.random((40, 50)) < 0.03
    mask[10:20, 10:20] = True
    y, x = np.nonzero(mask)
    rows, columns = np.mgrid[:40, :50]
    near = ((rows[..., None] - y) ** 2 + (columns[..., None] - x) ** 2).min(axis=2)
    for radius in (1.0, 1.5, 3.0):
        assert np.array_equal(clouds.widened(mask, radius), near <= radius**2)
    assert not clouds.widened(np.zeros((3, 3), dtype=bool), 3.0).any()


YEARS = np.arange(48) / 16.0
FOREST = {"blue": 0.03, "red": 0.03, "nir": 0.36, "swir2": 0.08}
SOIL = {"blue": 0.08, "red": 0.16, "nir": 0.24, "swir2": 0.30}


def looks(ground: dict[str, float] = FOREST) -> dict[str, np.ndarray]:
    noise = np.random.default_rng(1).normal(0, 0.002, (48, 1))
    return {
        band: np.full((48, 1), value, dtype=np.float32) + noise.astype(np.float32) for band, value in ground.items()
    }


def hazy(bands: dict[str, np.ndarray], years: np.ndarray = YEARS) -> list[int]:
    found = clouds.hazy(years, bands["blue"], bands["swir2"], bands["nir"], bands["red"])
    return np.flatnonzero(found[:, 0]).tolist()


def test_haze_is_dropped_and_clean_looks_stay() -> None:
    bands = looks()
    assert hazy(bands) == []
    for band, more in {"blue": 0.05, "red": 0.04, "nir": 0.02, "swir2": 0.0}.items():
        bands[band][[5, 6, 30]] += np.float32(more)
    assert hazy(bands) == [5, 6, 30]


def test_the_least_is_three_hundredths() -> None:
    bands = looks()
    bands["blue"][10] = 0.055
    bands["blue"][20] = 0.068
    assert hazy(bands) == [20]


def test_a_clearing_stays_seen() -> None:
    bands, soil = looks(), looks(SOIL)
    for band in bands:
        bands[band][30:] = soil[band][30:]
    assert hazy(bands) == []


def test_a_clearing_on_the_last_look_stays_seen() -> None:
    bands, soil = looks(), looks(SOIL)
    for band in bands:
        bands[band][47:] = soil[band][47:]
    assert hazy(bands) == []


def test_cloud_that_the_mask_missed_is_dropped() -> None:
    bands = looks()
    for band, value in {"blue": 0.40, "red": 0.38, "nir": 0.48, "swir2": 0.22}.items():
        bands[band][[3, 40]] = value
    assert hazy(bands) == [3, 40]


def test_vegetation_is_never_that_blue_even_without_a_course() -> None:
    bands = {band: values[:5] for band, values in looks().items()}
    bands["blue"][2] = 0.16
    assert hazy(bands, YEARS[:5]) == [2]


def test_bright_roofs_are_no_cloud() -> None:
    assert hazy(looks({"blue": 0.18, "red": 0.20, "nir": 0.24, "swir2": 0.22})) == []


def test_unseen_looks_stay_out() -> None:
    bands = looks()
    for band in bands:
        bands[band][::2] = np.nan
    bands["blue"][7] = 0.12
    assert hazy(bands) == [7]
    nothing = {band: np.full((48, 1), np.nan, dtype=np.float32) for band in bands}
    assert hazy(nothing) == []


@pytest.mark.parametrize("shape", [(0, 3), (4, 0)])
def test_nothing_to_look_at(shape: tuple[int, int]) -> None:
    empty = np.zeros(shape, dtype=np.float32)
    assert clouds.hazy(np.arange(shape[0], dtype=np.float64), empty, empty, empty, empty).shape == shape
