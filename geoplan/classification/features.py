"""What a classifier is told of a pixel: its year's course, quantiles, dry season, state now, and its neighbours.

All from looks on or before the day of the figures. A pixel's numbers come from what was observed of it; a number that
nothing was observed for is NaN and stays so.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt

from geoplan.imagery.records import SCALE, UNSEEN, Observations
from geoplan.pixels import indices, quantiles, series
from geoplan.pixels.compiled import compiled

Pixels = npt.NDArray[np.float32]

COURSE_DAYS = 730
"""The course is fitted to the last two years."""

YEAR_DAYS = 365
LAST_LOOKS = 4
"""So many clear looks say what stands there now: a fresh clear-cut is seen."""

DRY_MONTHS = (11, 12, 1)
SHARES = (0.05, 0.10, 0.25, 0.50, 0.75, 0.95)
FLOORS = {"ndvi": 0.03, "nbr": 0.035, "lswi": 0.035}
"""Least spread of a course, by index (METHODS 2.4; LSWI as NBR)."""

_DRY_BANDS = ("red", "swir1", "swir2")
NEIGHBOURS = {
    "ndvi_p50_mean3": ("ndvi_p50", 1, 0),
    "nbr_p50_mean3": ("nbr_p50", 1, 0),
    "nbr_last_mean3": ("nbr_last", 1, 0),
    "ndvi_p50_sd5": ("ndvi_p50", 2, 1),
    "nbr_p50_sd5": ("nbr_p50", 2, 1),
    "swir1_dry_sd5": ("swir1_dry", 2, 1),
}
"""Features of the neighbourhood: of which, reach in pixels, 0 the mean or 1 the standard deviation."""


@dataclass(frozen=True, eq=False)
class Features:
    """Numbers of every pixel.

    Parameters
    ----------
    names : tuple of str
        One a layer.
    values : float32 array, shape (features, y, x)
        Indices and reflectances 0 to 1 (or -1 to 1), slope in degrees, height above stream in metres; NaN is unknown.
    looks : uint8 array, shape (y, x)
        Clear looks of the last 12 months, 255 is that or more.
    """

    names: tuple[str, ...]
    values: Pixels
    looks: npt.NDArray[np.uint8]

    def layer(self, name: str) -> Pixels:
        """One feature, shape (y, x)."""
        return np.asarray(self.values[self.names.index(name)])


def features(seen: Observations, as_of: date, terrain: Mapping[str, npt.NDArray[Any]] | None = None) -> Features:
    """All features of a window, texture and terrain among them.

    Parameters
    ----------
    seen : Observations
        Days after `as_of` are left out.
    as_of : date
        Day of the figures.
    terrain : mapping of str to array, shape (y, x), optional
        ``slope_deg``, ``hand_m`` or others on the same pixels.
    """
    return with_neighbours(of_pixels(seen, as_of), terrain)


def of_pixels(seen: Observations, as_of: date) -> Features:
    """Features that a pixel has without its neighbours: so blocks of an image can be made one by one."""
    last = until(seen, as_of)
    course = since(last, as_of, COURSE_DAYS)
    year = since(last, as_of, YEAR_DAYS)
    dry = kept(year, [day.month in DRY_MONTHS for day in year.days])
    shape = last.bands["nir"].shape[1:]
    made: dict[str, npt.NDArray[Any]] = {}
    years = series.in_years(course.days)
    first = len(course.days) - len(year.days)
    for name, index, other in (
        ("ndvi", indices.ndvi, "red"),
        ("nbr", indices.nbr, "swir2"),
        ("lswi", indices.lswi, "swir1"),
    ):
        values = index(course.bands["nir"], course.bands[other])
        fit = series.harmonic(years, values.reshape(len(years), shape[0] * shape[1]), floor=FLOORS[name])
        for part, numbers in zip(("level", "cosine", "sine"), fit.coefficients, strict=True):
            made[f"{name}_{part}"] = numbers.reshape(shape)
        made[f"{name}_spread"] = fit.scale.reshape(shape)
        for share, numbers in zip(SHARES, quantiles.quantiles(values[first:], SHARES), strict=True):
            made[f"{name}_p{round(100 * share)}"] = numbers
        if name != "lswi":
            made[f"{name}_last"] = quantiles.latest(values, LAST_LOOKS)
    soil = indices.bsi(*(course.bands[band] for band in ("blue", "red", "nir", "swir1")))
    made["bsi_last"] = quantiles.latest(soil, LAST_LOOKS)
    for band in _DRY_BANDS:
        made[f"{band}_dry"] = quantiles.quantiles(dry.bands[band], (0.5,))[0] / np.float32(SCALE)
    looks = np.minimum((year.bands["nir"] != UNSEEN).sum(axis=0), 255).astype(np.uint8)
    return Features(tuple(made), np.stack(list(made.values())).astype(np.float32), looks)


def with_neighbours(pixels: Features, terrain: Mapping[str, npt.NDArray[Any]] | None = None) -> Features:
    """The features with means of 3 x 3 and deviations of 5 x 5 pixels, and the layers of the terrain, appended.

    Pixels that are not seen take no part in a mean; a deviation needs two seen.
    """
    made: dict[str, npt.NDArray[Any]] = {}
    for name, (of, reach, which) in NEIGHBOURS.items():
        made[name] = neighbours(pixels.layer(of), reach)[which]
    for name, layer in (terrain or {}).items():
        if layer.shape != pixels.looks.shape:
            raise ValueError(f"{name} has shape {layer.shape}, the pixels {pixels.looks.shape}")
        made[name] = layer
    extra = np.stack(list(made.values())).astype(np.float32)
    return Features((*pixels.names, *made), np.concatenate([pixels.values, extra]), pixels.looks)


def neighbours(layer: npt.NDArray[Any], reach: int) -> tuple[Pixels, Pixels]:
    """Mean and standard deviation of the seen pixels of the square that reaches so far, in the layer's unit."""
    mean = np.full(layer.shape, np.nan, dtype=np.float32)
    spread = np.full(layer.shape, np.nan, dtype=np.float32)
    _square(np.ascontiguousarray(layer, dtype=np.float32), reach, mean, spread)
    return mean, spread


def until(seen: Observations, as_of: date) -> Observations:
    """Looks on or before a day."""
    return kept(seen, [day <= as_of for day in seen.days])


def since(seen: Observations, as_of: date, days: int) -> Observations:
    """Looks of the last `days` days before a day, that day among them."""
    return kept(seen, [day > as_of - timedelta(days=days) for day in seen.days])


def kept(seen: Observations, which: Sequence[bool]) -> Observations:
    """Looks of some dates; a view where the dates follow one another."""
    if all(which):
        return seen
    places = np.flatnonzero(which)
    follows = len(places) > 0 and places[-1] - places[0] + 1 == len(places)
    rows: Any = slice(int(places[0]), int(places[-1]) + 1) if follows else places
    days = tuple(day for day, wanted in zip(seen.days, which, strict=True) if wanted)
    return Observations(days, {name: band[rows] for name, band in seen.bands.items()}, seen.transform)


def nbr_of(seen: Observations) -> Pixels:
    """Normalised burn ratio of every look, shape (time, y, x)."""
    return indices.nbr(seen.bands["nir"], seen.bands["swir2"])


@compiled
def _square(layer: Any, reach: int, mean: Any, spread: Any) -> None:
    height, width = layer.shape
    for y in range(height):
        for x in range(width):
            total, squares, count = 0.0, 0.0, 0
            about = float(layer[y, x])
            if np.isnan(about):
                about = 0.0
            for row in range(max(0, y - reach), min(height, y + reach + 1)):
                for column in range(max(0, x - reach), min(width, x + reach + 1)):
                    value = layer[row, column]
                    if not np.isnan(value):
                        away = float(value) - about
                        total += away
                        squares += away * away
                        count += 1
            if count > 0:
                mean[y, x] = about + total / count
            if count > 1:
                spread[y, x] = np.sqrt(max(0.0, squares / count - (total / count) ** 2))
