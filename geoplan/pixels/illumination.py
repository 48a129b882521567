"""Light on slopes: where the sun stands, how squarely it meets the ground, and reflectance as if the ground were level.

A December sun in northern Vietnam stands 50 degrees from the zenith: slopes turned from it look dark, and an index of
them is noise. The correction is the C-correction (Teillet et al. 1982, doi:10.1080/07038992.1982.10855028), with its
constant held above 0.02 and its factor between 0.5 and 2.5: without those bounds dark slopes explode.
"""

import math
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt

from geoplan.pixels.compiled import compiled

Floats = npt.NDArray[np.float32]

LEAST_PIXELS = 500
"""Vegetation pixels below which no constant is fitted."""

FITTED_COS = 0.1
"""Pixels that the sun meets at less than this cosine take no part in the fit."""


def sun_position(day: date, latitude_deg: float, solar_hour: float = 10.5) -> tuple[float, float]:
    """The sun's distance from the zenith and its direction clockwise from north, in degrees.

    Parameters
    ----------
    day : date
    latitude_deg : float
        North is positive.
    solar_hour : float
        Local solar time; Sentinel-2 passes at 10.5.

    Notes
    -----
    Declination: Spencer 1971 (Search 2, 172), good to 0.04 degrees. The hour is solar: no equation of time.
    """
    turn = 2.0 * math.pi * (day.timetuple().tm_yday - 1 + (solar_hour - 12.0) / 24.0) / 365.0
    declination = (
        0.006918 - 0.399912 * math.cos(turn) + 0.070257 * math.sin(turn)
        - 0.006758 * math.cos(2 * turn) + 0.000907 * math.sin(2 * turn)
        - 0.002697 * math.cos(3 * turn) + 0.00148 * math.sin(3 * turn)
    )  # fmt: skip
    latitude, hour = math.radians(latitude_deg), math.radians(15.0 * (solar_hour - 12.0))
    up = math.sin(latitude) * math.sin(declination) + math.cos(latitude) * math.cos(declination) * math.cos(hour)
    east = -math.cos(declination) * math.sin(hour)
    north = math.cos(latitude) * math.sin(declination) - math.sin(latitude) * math.cos(declination) * math.cos(hour)
    return math.degrees(math.acos(max(-1.0, min(1.0, up)))), math.degrees(math.atan2(east, north)) % 360.0


def facing(slope_deg: npt.NDArray[Any], aspect_deg: npt.NDArray[Any]) -> Floats:
    """Unit vectors upright on the ground (up, north, east), shape (3, y, x); NaN where the slope is not known.

    Parameters
    ----------
    slope_deg, aspect_deg : float arrays, shape (y, x)
        Slope; direction of descent clockwise from north.
    """
    slope, aspect = np.radians(slope_deg), np.radians(aspect_deg)
    side = np.sin(slope)
    return np.stack([np.cos(slope), side * np.cos(aspect), side * np.sin(aspect)]).astype(np.float32)


def cos_incidence(normal: Floats, zenith_deg: float, azimuth_deg: float) -> Floats:
    """Cosine of the angle between the sun and the ground's upright, shape (y, x): 1 is square on, below 0 shade.

    Parameters
    ----------
    normal : float32 array, shape (3, y, x)
        As `facing` gives it.
    zenith_deg, azimuth_deg : float
        The sun.
    """
    zenith, azimuth = math.radians(zenith_deg), math.radians(azimuth_deg)
    up, north, east = normal
    level = math.sin(zenith)
    found: Floats = up * np.float32(math.cos(zenith))
    found += north * np.float32(level * math.cos(azimuth))
    found += east * np.float32(level * math.sin(azimuth))
    return found


def horizon(
    height: npt.NDArray[Any], cell_m: float, azimuth_deg: float, reach_m: float, least: float = 0.0, margin: int = 0
) -> Floats:
    """Tangent of the horizon's height in one direction, shape (y, x): the sun below it leaves the pixel in cast shadow.

    Parameters
    ----------
    height : float array, shape (y, x)
        Metres; NaN is unknown and hides nothing.
    cell_m : float
        Side of a square cell.
    azimuth_deg : float
        Direction looked at, clockwise from north.
    reach_m : float
        Hills further than this are not looked for.
    least : float
        Horizons below this are told as this: the sun is higher anyway.
    margin : int
        Rows and columns of `height` at each side that may hide the sun but get no answer.

    Notes
    -----
    Steps of one cell, bilinear between cell centres: exact on a plane.
    """
    azimuth = math.radians(azimuth_deg)
    steps = max(1, round(reach_m / cell_m))
    rows, columns = height.shape
    found = np.full((rows - 2 * margin, columns - 2 * margin), least, dtype=np.float32)
    surface = np.ascontiguousarray(height, dtype=np.float32)
    _look(surface, cell_m, -math.cos(azimuth), math.sin(azimuth), steps, margin, found)
    return found


def light_sums(reflectance: Floats, cos_i: Floats, use: npt.NDArray[np.bool_]) -> npt.NDArray[np.float64]:
    """What `c_constant` needs, shape (bands, 5); sums of parts of a scene add up to those of the whole.

    Parameters
    ----------
    reflectance : float32 array, shape (bands, y, x)
        NaN is not observed.
    cos_i : float32 array, shape (y, x)
        As `cos_incidence` gives it; NaN where the ground is not known.
    use : bool array, shape (y, x)
        True where vegetation is seen.
    """
    found = np.zeros((len(reflectance), 5))
    _sums(reflectance, cos_i, use, FITTED_COS, found)
    return found


def c_constant(sums: npt.NDArray[np.float64], least: float = 0.02) -> float:
    """The constant of the C-correction: intercept over slope of reflectance on the sun's cosine.

    Parameters
    ----------
    sums : float64 array, shape (5,)
        Count, and sums of x, y, x x, x y over vegetation, where x is the cosine (above `FITTED_COS`), y reflectance.
    least : float
        The constant is never below this.

    Returns
    -------
    float
        Infinity, which corrects nothing, where fewer than `LEAST_PIXELS` were seen or light does not grow with the
        cosine (a hazy date).
    """
    n, x, y, xx, xy = (float(s) for s in sums)
    if n < LEAST_PIXELS:
        return math.inf
    spread = n * xx - x * x
    slope = (n * xy - x * y) / spread if spread > 1e-9 * n * n else 0.0
    if slope <= 0.0:
        return math.inf
    return max((y - slope * x) / n / slope, least)


def light_factor(
    cos_i: Floats, zenith_deg: float, constant: float, lowest: float = 0.5, highest: float = 2.5
) -> Floats:
    """What reflectance is multiplied with to be that of level ground, shape (y, x).

    Parameters
    ----------
    cos_i : float32 array, shape (y, x)
    zenith_deg : float
        The sun.
    constant : float
        As `c_constant` gives it; infinity is a factor of 1.
    lowest, highest : float
        Bounds of the factor.
    """
    if math.isinf(constant):
        return np.ones_like(cos_i)
    c = np.float32(constant)
    over = np.float32(math.cos(math.radians(zenith_deg))) + c
    found: Floats = np.clip(over / (np.maximum(cos_i, np.float32(0.0)) + c), np.float32(lowest), np.float32(highest))
    return found


@compiled
def _look(height: Any, cell: float, down: float, right: float, steps: int, margin: int, found: Any) -> None:
    rows, columns = height.shape
    top = -1e9
    for y in range(rows):
        for x in range(columns):
            if not np.isnan(height[y, x]):
                top = max(top, height[y, x])
    for y in range(margin, rows - margin):
        for x in range(margin, columns - margin):
            here = height[y, x]
            if np.isnan(here):
                continue
            best = float(found[y - margin, x - margin])
            for k in range(1, steps + 1):
                if top - here <= best * k * cell:
                    break
                at_y, at_x = y + k * down, x + k * right
                i, j = math.floor(at_y), math.floor(at_x)
                if i < 0 or j < 0 or i >= rows or j >= columns:
                    break
                below, beside = min(i + 1, rows - 1), min(j + 1, columns - 1)
                v, u = at_y - i, at_x - j
                upper = height[i, j] * (1.0 - u) + height[i, beside] * u
                lower = height[below, j] * (1.0 - u) + height[below, beside] * u
                there = upper * (1.0 - v) + lower * v
                if not np.isnan(there):
                    best = max(best, (there - here) / (k * cell))
            found[y - margin, x - margin] = best


@compiled
def _sums(reflectance: Any, cos_i: Any, use: Any, least: float, found: Any) -> None:
    bands, height, width = reflectance.shape
    for y in range(height):
        for x in range(width):
            c = cos_i[y, x]
            if not (use[y, x] and c > least):
                continue
            for b in range(bands):
                value = reflectance[b, y, x]
                if not np.isnan(value):
                    found[b, 0] += 1.0
                    found[b, 1] += c
                    found[b, 2] += value
                    found[b, 3] += c * c
                    found[b, 4] += c * value
