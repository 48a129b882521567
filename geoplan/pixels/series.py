"""The year's course of a pixel: a level and one harmonic, fitted so that clouds the mask missed do not bend it.

Fitted by Huber's weights (c = 1.345, at most 10 rounds), with a ridge that pulls the harmonic, never the level, toward
that of the region: few looks in a season then cannot invent a course.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt

from geoplan.pixels.compiled import compiled

FEWEST = 6
"""Observations below which a pixel has no course."""

_HUBER = 1.345
_ROUNDS = 10
_MAD_TO_SD = 1.4826
_SETTLED = 1e-7
_TILE = 16  # pixels gathered together: one line of the processor's cache of 4-byte numbers


@dataclass(frozen=True, eq=False)
class Harmonic:
    """Courses of n pixels.

    Parameters
    ----------
    coefficients : float32 array, shape (3, n)
        Level, cosine and sine, in the values' unit; NaN where fewer than `FEWEST` observations.
    scale : float32 array, shape (n,)
        1.4826 times the median distance from the course, never below the floor; NaN with the coefficients.
    count : int16 array, shape (n,)
        Observations used.
    """

    coefficients: npt.NDArray[np.float32]
    scale: npt.NDArray[np.float32]
    count: npt.NDArray[np.int16]


def in_years(days: Sequence[date]) -> npt.NDArray[np.float64]:
    """Days as years of 365.25 days since 1 January 2000, the time `harmonic` takes."""
    start = date(2000, 1, 1).toordinal()
    return np.array([(day.toordinal() - start) / 365.25 for day in days], dtype=np.float64)


def harmonic(
    years: npt.NDArray[np.float64],
    values: npt.NDArray[np.float32],
    *,
    ridge: float = 4.0,
    floor: float = 0.03,
    toward: npt.NDArray[Any] | None = None,
) -> Harmonic:
    """The robust course of every pixel, in the values' unit.

    Parameters
    ----------
    years : float64 array, shape (time,)
        As `in_years` gives them.
    values : float32 array, shape (time, n)
        NaN is not observed.
    ridge : float
        Observations that the pull toward the region's harmonic is worth (4 to 10; 0 is none).
    floor : float
        Least scale, in the values' unit (NDVI 0.03, NBR 0.035).
    toward : array, shape (3,), optional
        Level (not used), cosine and sine of the region. Zeros without.

    Raises
    ------
    ValueError
        A shape, ridge or floor that cannot be.

    Notes
    -----
    Scale is about the course, not about the residuals' median: 1.4826 median(abs(value - course)).
    P. J. Huber (1964), doi:10.1214/aoms/1177703732.
    """
    if values.ndim != 2 or years.shape != values.shape[:1]:
        raise ValueError(f"years {years.shape} and values {values.shape}: (time,) and (time, n) are wanted")
    if not (ridge >= 0 and floor > 0):
        raise ValueError(f"ridge {ridge} (not below 0) and floor {floor} (above 0)")
    pull = np.zeros(3) if toward is None else np.asarray(toward, dtype=np.float64)
    if pull.shape != (3,) or not np.isfinite(pull).all():
        raise ValueError("toward is level, cosine, sine")
    angle = 2.0 * np.pi * np.asarray(years, dtype=np.float64)
    looks, pixels = values.shape
    found = Harmonic(
        np.full((3, pixels), np.nan, dtype=np.float32),
        np.full(pixels, np.nan, dtype=np.float32),
        np.zeros(pixels, dtype=np.int16),
    )
    if looks and pixels:
        _fit_all(
            np.cos(angle),
            np.sin(angle),
            np.ascontiguousarray(values, dtype=np.float32),
            np.array([ridge, floor, pull[1], pull[2]]),
            found.coefficients,
            found.scale,
            found.count,
        )
    return found


def predict(fit: Harmonic, years: npt.NDArray[np.float64]) -> npt.NDArray[np.float32]:
    """What the courses say at these times, shape (time, n), in the values' unit; NaN where there is no course."""
    angle = 2.0 * np.pi * np.asarray(years, dtype=np.float64)
    design = np.stack([np.ones_like(angle), np.cos(angle), np.sin(angle)], axis=1).astype(np.float32)
    said = np.empty((len(design), fit.coefficients.shape[1]), dtype=np.float32)
    level, cosine, sine = fit.coefficients
    for row, (one, c, s) in zip(said, design, strict=True):  # no matrix product: its order of sums differs by machine
        row[:] = one * level + c * cosine + s * sine
    return said


@compiled
def _middle(numbers: npt.NDArray[np.float64], count: int) -> float:
    """The median of the first `count` numbers, which are reordered (Hoare's selection)."""
    want = count // 2
    low, high = 0, count - 1
    while low < high:
        pivot = numbers[(low + high) // 2]
        i, j = low, high
        while i <= j:
            while numbers[i] < pivot:
                i += 1
            while numbers[j] > pivot:
                j -= 1
            if i <= j:
                numbers[i], numbers[j] = numbers[j], numbers[i]
                i += 1
                j -= 1
        if want <= j:
            high = j
        elif want >= i:
            low = i
        else:
            break
    upper = numbers[want]
    if count % 2 == 1:
        return float(upper)
    lower = numbers[0]
    for k in range(1, want):
        lower = max(lower, numbers[k])
    return float(0.5 * (lower + upper))


@compiled
def _solve(
    looks: Any, weights: Any, count: int, ridge: float, pull_cos: float, pull_sin: float
) -> tuple[float, float, float]:
    """Weighted least squares with the ridge, by Cholesky's factor of the 3 x 3 written out; NaN where singular."""
    a = b = c = d = e = f = p = q = r = 0.0
    for k in range(count):
        w, x, z, y = weights[k], looks[0, k], looks[1, k], looks[2, k]
        a += w
        b += w * x
        c += w * z
        d += w * x * x
        e += w * x * z
        f += w * z * z
        p += w * y
        q += w * x * y
        r += w * z * y
    d += ridge
    f += ridge
    q += ridge * pull_cos
    r += ridge * pull_sin
    tiny = 1e-9 * (a + d + f)
    l11 = np.sqrt(a)
    l21, l31 = b / l11, c / l11
    left = d - l21 * l21
    if left <= tiny:
        return np.nan, np.nan, np.nan
    l22 = np.sqrt(left)
    l32 = (e - l31 * l21) / l22
    left = f - l31 * l31 - l32 * l32
    if left <= tiny:
        return np.nan, np.nan, np.nan
    l33 = np.sqrt(left)
    u = p / l11
    v = (q - l21 * u) / l22
    w = (r - l31 * u - l32 * v) / l33
    sine = w / l33
    cosine = (v - l32 * sine) / l22
    return (u - l21 * cosine - l31 * sine) / l11, cosine, sine


@compiled
def _fit_one(looks: Any, count: int, settings: Any, weights: Any, work: Any) -> tuple[float, float, float, float]:
    """Level, cosine, sine and scale of one pixel; `looks` holds cosine, sine and value of its observations."""
    ridge, floor, pull_cos, pull_sin = settings[0], settings[1], settings[2], settings[3]
    for k in range(count):
        weights[k] = 1.0
    level, cosine, sine = _solve(looks, weights, count, ridge, pull_cos, pull_sin)
    scale = np.nan
    for turn in range(_ROUNDS + 1):
        for k in range(count):
            work[k] = abs(looks[2, k] - level - cosine * looks[0, k] - sine * looks[1, k])
            weights[k] = work[k]
        scale = max(_MAD_TO_SD * _middle(work, count), floor)
        if turn == _ROUNDS or np.isnan(level):
            break
        reach = _HUBER * scale
        for k in range(count):
            weights[k] = 1.0 if weights[k] <= reach else reach / weights[k]
        before = level, cosine, sine
        level, cosine, sine = _solve(looks, weights, count, ridge, pull_cos, pull_sin)
        moved = max(abs(level - before[0]), abs(cosine - before[1]), abs(sine - before[2]))
        if moved < _SETTLED:
            break
    return level, cosine, sine, scale


@compiled
def _fit_all(cosines: Any, sines: Any, values: Any, settings: Any, coefficients: Any, scales: Any, counts: Any) -> None:
    times, pixels = values.shape
    looks = np.empty((_TILE, 3, times))
    held = np.zeros(_TILE, dtype=np.int64)
    weights = np.empty(times)
    work = np.empty(times)
    for first in range(0, pixels, _TILE):
        here = min(_TILE, pixels - first)
        held[:] = 0
        for t in range(times):
            for k in range(here):
                value = values[t, first + k]
                if not np.isnan(value):
                    at = held[k]
                    looks[k, 0, at] = cosines[t]
                    looks[k, 1, at] = sines[t]
                    looks[k, 2, at] = value
                    held[k] = at + 1
        for k in range(here):
            counts[first + k] = held[k]
            if held[k] < FEWEST:
                continue
            level, cosine, sine, scale = _fit_one(looks[k], held[k], settings, weights, work)
            if not np.isnan(level):
                coefficients[0, first + k] = level
                coefficients[1, first + k] = cosine
                coefficients[2, first + k] = sine
                scales[first + k] = scale
