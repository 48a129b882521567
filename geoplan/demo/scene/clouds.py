"""Clouds of a date: how much there are by month, where they stand, their shadows, and the faulty mask of the sensor."""

from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray
from scipy.fft import next_fast_len

from geoplan.demo.noise import Floats, fractal

SUNSHINE = (0.20, 0.18, 0.16, 0.25, 0.42, 0.39, 0.42, 0.43, 0.49, 0.42, 0.38, 0.33)
"""Relative sunshine by month at Bắc Kạn station, 1961-2017."""
CONCENTRATION = 1.1
"""Of the beta distribution of cover: low, so most days are nearly clear or nearly covered."""
RAMP = 0.22
"""Of the field's standard deviation, from the edge of a cloud to where nothing shines through."""
FRINGE = 0.12
OMITTED_FRINGE, OMITTED_SHADOW = 0.25, 0.12

Mask = NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class Sky:
    """Clouds over a grid of 20 m.

    Parameters
    ----------
    opacity, fringe, shadow : array (rows, columns)
        Share that a cloud hides, 1 on a thin edge, share of direct light that a cloud takes.
    seen : array (rows, columns)
        What the sensor's mask says: 0 nothing, 3 shadow, 8 and 9 cloud, 10 cirrus.
    """

    opacity: Floats
    fringe: Floats
    shadow: Floats
    seen: Mask

    @property
    def clear_share(self) -> float:
        """Share of pixels without cloud or shadow."""
        return float(((self.opacity <= 0.0) & (self.shadow <= 0.0)).mean())


def sky(day: date, shape: tuple[int, int], sun_deg: tuple[float, float], rng: np.random.Generator) -> Sky:
    """The sky of a date over rows and columns of 20 m."""
    mean = 1.0 - 0.85 * SUNSHINE[day.month - 1]
    cover = rng.beta(mean * CONCENTRATION, (1.0 - mean) * CONCENTRATION)
    reach = next_fast_len(max(shape) + 170)
    field = fractal(rng, (reach, reach), 3.0)
    edge = np.quantile(field, 1.0 - cover) if 0.004 < cover < 1.0 else (np.inf if cover <= 0.5 else -np.inf)
    hidden = np.clip((field - edge) / RAMP, 0.0, 1.0)
    above_m, azimuth = rng.uniform(600.0, 2500.0), np.radians(sun_deg[1])
    away = above_m * np.tan(np.radians(sun_deg[0])) / 20.0
    down, right = round(away * np.cos(azimuth)), round(-away * np.sin(azimuth))
    rows, columns = slice(0, shape[0]), slice(0, shape[1])
    shadow = np.roll(hidden, (down, right), axis=(0, 1))[rows, columns]
    opacity, near = hidden[rows, columns], field[rows, columns] - edge
    fringe = ((near > -FRINGE) & (near <= 0.35 * RAMP)).astype(np.float64)
    shadow = np.where(opacity > 0.6, 0.0, shadow)
    return Sky(opacity, fringe, shadow, _masked(opacity, shadow, rng))


def _masked(opacity: Floats, shadow: Floats, rng: np.random.Generator) -> Mask:
    """The sensor's mask: thin edges and shadows are missed in patches."""
    patchy = fractal(rng, (next_fast_len(opacity.shape[0]), next_fast_len(opacity.shape[1])), 2.2)
    patchy = patchy[: opacity.shape[0], : opacity.shape[1]]
    found = np.zeros(opacity.shape, dtype=np.uint8)
    dark, thin = shadow > 0.25, (opacity > 0.0) & (opacity <= 0.6)
    found[dark & ~_missed(dark, patchy, OMITTED_SHADOW)] = 3
    missed = _missed(thin, -patchy, OMITTED_FRINGE)
    found[thin] = np.where(missed, 0, np.where(opacity < 0.2, 10, 8))[thin]
    found[opacity > 0.6] = 9
    return found


def _missed(true: NDArray[np.bool_], patchy: Floats, share: float) -> NDArray[np.bool_]:
    """A share of what is true, in patches."""
    if not true.any():
        return true
    found: NDArray[np.bool_] = true & (patchy > np.quantile(patchy[true], 1.0 - share))
    return found
