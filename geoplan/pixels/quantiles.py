"""Quantiles of a pixel over time, of what was observed and nothing else."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from geoplan.pixels.compiled import compiled

UNSEEN = -32768
"""Not observed in arrays of int16; NaN in arrays of float32."""

_TILE = 16  # pixels gathered together: neighbours in memory are read together


def quantiles(values: npt.NDArray[Any], shares: Sequence[float]) -> npt.NDArray[np.float32]:
    """Quantiles over time in the values' unit, shape (shares, y, x); NaN where nothing was observed.

    Parameters
    ----------
    values : int16 or float32 array, shape (time, ...)
        `UNSEEN` or NaN is not observed.
    shares : sequence of float
        0 to 1: 0.5 is the median. Linear between the two nearest observations, as numpy does.

    Raises
    ------
    ValueError
        A share outside 0 to 1.
    """
    wanted = np.asarray(shares, dtype=np.float64)
    if not ((wanted >= 0) & (wanted <= 1)).all():
        raise ValueError(f"shares {tuple(shares)}: 0 to 1 is wanted")
    return _found(values, wanted, len(values))


def latest(values: npt.NDArray[Any], looks: int) -> npt.NDArray[np.float32]:
    """Median of the last `looks` observations of a pixel, shape (y, x): its state now, however cloudy the season.

    Of what there is where there are fewer; NaN where there is none.
    """
    return np.asarray(_found(values, np.array([0.5]), looks)[0])


def _found(values: npt.NDArray[Any], shares: npt.NDArray[np.float64], looks: int) -> npt.NDArray[np.float32]:
    shape = values.shape[1:]
    flat = np.ascontiguousarray(values).reshape(len(values), int(np.prod(shape)))
    found = np.full((len(shares), flat.shape[1]), np.nan, dtype=np.float32)
    if flat.size and looks > 0:
        _fill(flat, shares, looks, found)
    return found.reshape(len(shares), *shape)


@compiled
def _fill(values: Any, shares: Any, looks: int, found: Any) -> None:
    times, pixels = values.shape
    held = np.empty((_TILE, min(looks, times)), dtype=np.float64)
    count = np.zeros(_TILE, dtype=np.int64)
    for first in range(0, pixels, _TILE):
        here = min(_TILE, pixels - first)
        count[:] = 0
        for back in range(times):
            t = times - 1 - back
            for k in range(here):
                value = values[t, first + k]
                n = count[k]
                if n == looks or value == UNSEEN or value != value:  # NaN
                    continue
                place = n  # insertion sort: dozens of looks, nearly in order where nothing changes
                while place > 0 and held[k, place - 1] > value:
                    held[k, place] = held[k, place - 1]
                    place -= 1
                held[k, place] = value
                count[k] = n + 1
        for k in range(here):
            if count[k] == 0:
                continue
            for q in range(len(shares)):
                at = shares[q] * (count[k] - 1)
                low = int(np.floor(at))
                high = min(low + 1, count[k] - 1)
                found[q, first + k] = held[k, low] + (at - low) * (held[k, high] - held[k, low])
