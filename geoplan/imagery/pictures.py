"""What the images looked like: two pictures for the eye, of the first and of the last year of a stack."""

import math
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt
from affine import Affine
from pyproj import CRS

from geoplan.imagery.records import SCALE, Observations, Stack
from geoplan.imagery.store import read, windows
from geoplan.pixels import quantiles

PICTURE_PX = 900
"""Longest side of a picture."""

CHANNELS = ("swir1", "nir", "red")
"""Shown as red, green and blue: forest is green, bare ground and fresh clearings pink, water black."""

BRIGHT = {"swir1": 0.42, "nir": 0.45, "red": 0.20}
"""Reflectance that is shown as white in each channel."""

YEAR_DAYS = 365


@dataclass(frozen=True, eq=False)
class Picture:
    """What images looked like over some time, for the map.

    Parameters
    ----------
    name : str
        ``before`` or ``after``.
    values : uint8 array, shape (y, x, 4)
        Red, green, blue, opacity (0 where nothing was seen).
    transform, crs
        North-up.
    first_on, last_on : date
        First and last day of the images in it.
    """

    name: str
    values: npt.NDArray[np.uint8]
    transform: Affine
    crs: CRS
    first_on: date
    last_on: date


def pictures(stack: Stack) -> tuple[Picture, ...]:
    """The first and the last year of a stack as pictures, median of each; none of a stack of less than two years."""
    days = stack.days
    if not days or (days[-1] - days[0]).days < 2 * YEAR_DAYS:
        return ()
    year = timedelta(days=YEAR_DAYS)
    spans = {
        "before": [i for i, day in enumerate(days) if day < days[0] + year],
        "after": [i for i, day in enumerate(days) if day > days[-1] - year],
    }
    step = max(1, math.ceil(max(stack.height, stack.width) / PICTURE_PX))
    shape = (len(range(0, stack.height, step)), len(range(0, stack.width, step)), 4)
    drawn = {name: np.zeros(shape, dtype=np.uint8) for name in spans}
    for bounds in windows(stack):
        seen = read(stack, bounds)
        top = round((stack.transform.f - seen.transform.f) / -stack.transform.e)
        left = round((seen.transform.c - stack.transform.c) / stack.transform.a)
        down, along = -top % step, -left % step
        for name, chosen in spans.items():
            shades = _shades(seen, chosen, (down, along, step))
            row, column = (top + down) // step, (left + along) // step
            drawn[name][row : row + shades.shape[0], column : column + shades.shape[1]] = shades
    place = stack.transform @ Affine.scale(step)
    return tuple(
        Picture(name, drawn[name], place, stack.crs, days[chosen[0]], days[chosen[-1]])
        for name, chosen in spans.items()
    )


def _shades(seen: Observations, chosen: list[int], thinned: tuple[int, int, int]) -> npt.NDArray[np.uint8]:
    """Red, green, blue and opacity of every `step`-th pixel, from the median of the dates chosen."""
    down, along, step = thinned
    shades = []
    for channel in CHANNELS:
        middle = quantiles.quantiles(seen.bands[channel][chosen][:, down::step, along::step], (0.5,))[0]
        bright = np.clip(np.nan_to_num(middle) / SCALE / BRIGHT[channel], 0.0, 1.0)
        shades.append(255.0 * np.sqrt(bright))
    shades.append(np.where(np.isfinite(middle), 255.0, 0.0))
    found: npt.NDArray[np.uint8] = np.stack(shades, axis=-1).round().astype(np.uint8)
    return found
