"""The course of a field: how likely each cover is at each time, from all looks together.

A hidden Markov chain over half months (Rabiner 1989, doi:10.1109/5.18626): what a look shows is likely or not under
each cover (`growth.expected`), and covers last. One odd look does not decide: its weight has heavy tails (Student's t)
and looks count for less than their number, because a field that differs from the table does so on all its dates.
Half months without a look say nothing; then what came before and after decides, or nothing does.
"""

from collections.abc import Sequence
from datetime import date
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from geoplan.crops.growth import BINS, COVERS, DRY, IDLE, RICE, TREES, expected
from geoplan.crops.signals import Indices

Floats = npt.NDArray[np.float64]

WEIGHT, TAILS = 0.9, 5.0
"""Weight of a look, below 1 as looks at one field err together; degrees of freedom of Student's t."""

# A year's chances that a field goes over; METHODS 2.2 has .08 from annual crops to perennial, .02 back.
_TO_OTHER_CROP, _TO_TREES, _TO_WEEDS, _TO_BARE = 0.10, (0.03, 0.03, 0.015, 0.005), 0.03, 0.01
_IDLE_TO_CROP, _IDLE_TO_IDLE, _IDLE_TO_TREES = 0.02, 0.10, (0.03, 0.02)
_TREES_TO_CROP, _TREES_TO_WEEDS, _TREES_TO_BARE = 0.004, 0.01, 0.005
_GROW, _GROW_FAST, _SHRINK = 0.6, 0.1, 0.002

_FIRST = {"rice_twice": 16, "rice_once": 16, "maize": 16, "dry_crops": 7, "other_crops": 5, "weeds": 6, "bare": 4}
"""Parts of fields under each cover where nothing is known; each age of trees has 5."""


def likelihood(indices: Indices) -> Floats:
    """Logarithm of how likely each look is under each cover, shape (time, n, covers); 0 where not observed."""
    mean, spread = expected(indices.days)
    looks = np.stack([indices.ndvi, indices.lswi - indices.ndvi, indices.bsi], axis=-1).astype(np.float64)
    made = np.empty((*indices.ndvi.shape, len(COVERS)))
    for code in range(len(COVERS)):
        far = (((looks - mean[:, None, code]) / spread[:, None, code]) ** 2).sum(axis=-1)
        made[..., code] = -np.log(spread[:, code]).sum(axis=-1)[:, None] - (TAILS + 3) / 2 * np.log1p(far / TAILS)
    made[np.isnan(indices.ndvi)] = 0.0
    return WEIGHT * made


def chances(days: Sequence[date], likely: Floats, at: Sequence[date]) -> Floats:
    """Probability of each cover on some days, shape (days asked, n, covers).

    Parameters
    ----------
    days : sequence of date
        Of the looks.
    likely : float array, shape (time, n, covers)
        Of `likelihood`.
    at : sequence of date
        Days asked; none of them need have a look.
    """
    looked, asked = (np.array([_half_month(day) for day in some], dtype=np.int64) for some in (days, at))
    first = int(min(looked.min(initial=asked.min()), asked.min()))
    last = int(max(looked.max(initial=asked.max()), asked.max()))
    weight = np.zeros((last - first + 1, *likely.shape[1:]))
    np.add.at(weight, looked - first, likely)
    weight = np.exp(weight - weight.max(axis=-1, keepdims=True))
    change, start = _change()
    ahead = np.empty_like(weight)
    now = np.broadcast_to(start, weight.shape[1:])
    for i in range(len(weight)):
        now = (now @ change if i else now) * weight[i]
        now = ahead[i] = now / now.sum(axis=-1, keepdims=True)
    back = np.ones(weight.shape[1:])
    for i in range(len(weight) - 2, -1, -1):
        back = (weight[i + 1] * back) @ change.T
        back /= back.sum(axis=-1, keepdims=True)
        ahead[i] *= back
    found: Floats = ahead[asked - first]
    found /= found.sum(axis=-1, keepdims=True)
    return found


def _half_month(day: date) -> int:
    return day.year * BINS + min((day.timetuple().tm_yday - 1) * BINS // 366, BINS - 1)


@lru_cache(maxsize=1)
def _change() -> tuple[Floats, Floats]:
    """Chance of going from a cover (rows) to another within half a month; chance of each at the start."""
    annual, yearly = (*RICE, *DRY), np.zeros((len(COVERS), len(COVERS)))
    weeds, bare = IDLE
    for one in annual:
        yearly[one, annual] = _TO_OTHER_CROP / (len(annual) - 1)
        yearly[one, TREES[: len(_TO_TREES)]] = _TO_TREES
        yearly[one, IDLE] = _TO_WEEDS, _TO_BARE
    for one, other in ((weeds, bare), (bare, weeds)):
        yearly[one, annual] = _IDLE_TO_CROP
        yearly[one, TREES[: len(_IDLE_TO_TREES)]] = _IDLE_TO_TREES
        yearly[one, other] = _IDLE_TO_IDLE
    for one in TREES:
        yearly[one, annual] = _TREES_TO_CROP
        yearly[one, IDLE] = _TREES_TO_WEEDS, _TREES_TO_BARE
        for older, chance in ((one + 1, _GROW), (one + 2, _GROW_FAST)):
            if older in TREES:
                yearly[one, older] = chance
        if one - 1 in TREES:
            yearly[one, one - 1] = _SHRINK
    change = yearly / BINS
    np.fill_diagonal(change, 0.0)
    np.fill_diagonal(change, 1.0 - change.sum(axis=1))
    start = np.array([_FIRST.get(name, 5) for name in COVERS], dtype=np.float64)
    return change, start / start.sum()
