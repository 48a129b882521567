"""Which pixels show the ground: the sensor's scene classes, widened, then a screen of each pixel's own series.

The scene classes (SCL) of Sentinel-2 level 2A miss thin cloud and haze, so a second look asks whether the blue of a
date is higher than the pixel's own course explains. Changed ground is told from haze by its colour: air scatters less
the longer the wave, bare soil is brighter the longer the wave.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from geoplan.pixels import indices, series
from geoplan.pixels.compiled import compiled

Mask = npt.NDArray[np.bool_]
Values = npt.NDArray[np.float32]

CLEAR = (4, 5, 6, 7)
"""Vegetation, bare ground, water, unclassified."""

DARK, SHADOW, CLOUD = 2, 3, (8, 9, 10)
"""Dark (in mountains: terrain shade), cloud shadow, clouds of medium and high probability and thin cirrus."""

VEGETATED = 0.6
"""A pixel whose median NDVI is above this is vegetation."""

SIGMA_FLOOR = 0.003
"""Least spread of blue about its course, reflectance."""


def clear(classes: npt.NDArray[Any], shaded: Mask, *, cloud_px: float = 3.0, shadow_px: float = 2.0) -> Mask:
    """True where the sensor's mask leaves the ground to be seen, shape (y, x).

    Parameters
    ----------
    classes : integer array, shape (y, x)
        SCL, 0 to 11.
    shaded : bool array, shape (y, x)
        True where the slope is turned from the sun: class 2 (dark) is terrain there, and kept; elsewhere it is dropped.
    cloud_px, shadow_px : float
        Pixels nearer than or at this distance from cloud or cloud shadow are dropped, centre to centre.
    """
    kept = np.isin(classes, CLEAR) | ((classes == DARK) & shaded)
    near = widened(np.isin(classes, CLOUD), cloud_px) | widened(classes == SHADOW, shadow_px)
    found: Mask = kept & ~near
    return found


def widened(mask: Mask, radius_px: float) -> Mask:
    """The mask and every pixel whose centre is at most `radius_px` from one inside it."""
    reach = int(radius_px)
    span = np.arange(-reach, reach + 1)
    down, right = (g.ravel() for g in np.meshgrid(span, span, indexing="ij"))
    inside = down**2 + right**2 <= radius_px**2
    found = np.ascontiguousarray(mask).copy()
    _stamp(np.ascontiguousarray(mask), down[inside], right[inside], found)
    return found


def hazy(
    years: npt.NDArray[np.float64],
    blue: Values,
    swir2: Values,
    nir: Values,
    red: Values,
    *,
    least: float = 0.03,
    sigmas: float = 3.0,
    most_blue: float = 0.15,
) -> Mask:
    """True where a look is cloud or haze that the sensor's mask missed, shape (time, n).

    A look goes where its blue is above the pixel's own course by more than `least` and `sigmas` spreads, or above
    `most_blue` on a pixel that is vegetation; but not where it rose more than twice as much in SWIR 2 as in blue:
    that is bare soil, and dropping it would hide every clearing.

    Parameters
    ----------
    years : float64 array, shape (time,)
        `series.in_years` of the days.
    blue, swir2, nir, red : float32 arrays, shape (time, n)
        Reflectance; NaN is not observed, in all bands alike.
    least, sigmas, most_blue : float
        Reflectance, count, reflectance.

    Notes
    -----
    The course is `series.harmonic`; pixels of fewer than 6 looks have none and are judged by `most_blue` alone.
    """
    if len(years) == 0 or blue.shape[1] == 0:
        return np.zeros(blue.shape, dtype=bool)
    fit = series.harmonic(years, blue, floor=SIGMA_FLOOR)
    found = np.zeros(blue.shape, dtype=np.bool_)
    green = indices.ndvi(nir, red)
    _screen(blue, swir2, green, series.predict(fit, years), fit.scale, np.array([least, sigmas, most_blue]), found)
    return found


@compiled
def _stamp(mask: Any, down: Any, right: Any, found: Any) -> None:
    height, width = mask.shape
    for y in range(height):
        for x in range(width):
            if not mask[y, x]:
                continue
            inner = 0 < y < height - 1 and 0 < x < width - 1
            if inner and mask[y - 1, x] and mask[y + 1, x] and mask[y, x - 1] and mask[y, x + 1]:
                continue  # what lies around is inside, or is reached from the rim
            for k in range(len(down)):
                i, j = y + down[k], x + right[k]
                if 0 <= i < height and 0 <= j < width:
                    found[i, j] = True


@compiled
def _screen(blue: Any, swir2: Any, green: Any, said: Any, scale: Any, limits: Any, found: Any) -> None:
    times, pixels = blue.shape
    held = np.empty(times, dtype=np.float32)
    for n in range(pixels):
        count = 0
        for t in range(times):
            if not np.isnan(green[t, n]):
                held[count] = green[t, n]
                count += 1
        vegetated = count > 0 and np.median(held[:count]) > VEGETATED
        count = 0
        for t in range(times):
            if not np.isnan(swir2[t, n]):
                held[count] = swir2[t, n]
                count += 1
        usual = np.median(held[:count]) if count > 0 else np.nan
        above = max(limits[0], limits[1] * scale[n])
        for t in range(times):
            if np.isnan(blue[t, n]):
                continue
            risen = blue[t, n] - said[t, n]
            soil = swir2[t, n] - usual > 2.0 * risen
            found[t, n] = (risen > above and not soil) or (vegetated and blue[t, n] > limits[2])
