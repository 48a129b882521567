"""When a pixel that was forest was cleared, and whether it stands again.

Forest was there if the year before the fall had at least 6 clear looks over half a year, their median NBR at least
0.53 and hardly any below 0.35: a field, which is low between its crops, never passes. It was cleared if two clear looks
one after the other, and more than half of the four from there, lie below 0.35 and 0.18 below that median. The first
dates it. It stands again if the median of the last four looks has climbed back over 0.53 and to within 0.18 of what it
was. (0.35 and 0.18: NBR of cleared ground and least fall, METHODS 2.4; 0.53 is their sum: the least level whose fall is
sure.)
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt

from geoplan.classification import features
from geoplan.imagery.records import Observations
from geoplan.pixels.compiled import compiled

CLEARED_NBR = 0.35
LEAST_FALL = 0.18
FOREST_NBR = CLEARED_NBR + LEAST_FALL
HISTORY_DAYS = 365
HISTORY_SPAN_DAYS = 180
HISTORY_LOOKS = 6
LOW_SHARE = 0.10
"""So many of a forest's looks may be low: shadows and clouds that the mask missed."""

_AFTER = 4


@dataclass(frozen=True, eq=False)
class Clearings:
    """What was cleared last, by pixel.

    Parameters
    ----------
    cleared_on : int32 array, shape (y, x)
        Year and month (202503), 0 is none seen.
    regrown : bool array, shape (y, x)
        True where it was cleared and stands again.
    """

    cleared_on: npt.NDArray[np.int32]
    regrown: npt.NDArray[np.bool_]


def clearings(seen: Observations, as_of: date) -> Clearings:
    """Year and month in which each pixel of forest was last cleared, on or before a day."""
    known = features.until(seen, as_of)
    nbr = features.nbr_of(known)
    times, height, width = nbr.shape
    days = np.array([day.toordinal() for day in known.days], dtype=np.int64)
    months = np.array([100 * day.year + day.month for day in known.days], dtype=np.int32)
    cleared_on = np.zeros(height * width, dtype=np.int32)
    regrown = np.zeros(height * width, dtype=np.bool_)
    if times:
        _find(np.ascontiguousarray(nbr.reshape(times, -1).T), days, months, cleared_on, regrown)
    return Clearings(cleared_on.reshape(height, width), regrown.reshape(height, width))


def recent(cleared_on: npt.NDArray[np.int32], as_of: date, years: int) -> npt.NDArray[np.bool_]:
    """True where the month of clearing is less than so many years before the day."""
    found: npt.NDArray[np.bool_] = cleared_on > 100 * (as_of.year - years) + as_of.month
    return found


@compiled
def _median(values: Any, work: Any, first: int, last: int) -> float:
    """Median of values[first:last], which stay in place."""
    count = last - first
    for k in range(count):
        value = values[first + k]
        place = k
        while place > 0 and work[place - 1] > value:
            work[place] = work[place - 1]
            place -= 1
        work[place] = value
    middle = count // 2
    if count % 2 == 1:
        return float(work[middle])
    return float(0.5 * (work[middle - 1] + work[middle]))


@compiled
def _was_forest(looks: Any, when: Any, work: Any, start: int, at: int) -> float:
    """Median NBR of the year before look `at`, not before look `start`, if it was that of a forest, else -1."""
    first = at
    low = 0
    while first > start and when[at] - when[first - 1] <= HISTORY_DAYS:
        first -= 1
        if looks[first] < CLEARED_NBR:
            low += 1
    count = at - first
    if count < HISTORY_LOOKS or when[at - 1] - when[first] < HISTORY_SPAN_DAYS or low > LOW_SHARE * count:
        return -1.0
    level = _median(looks, work, first, at)
    return level if level >= FOREST_NBR else -1.0


@compiled
def _find(nbr: Any, days: Any, months: Any, cleared_on: Any, regrown: Any) -> None:
    pixels, times = nbr.shape
    looks = np.empty(times, dtype=np.float64)
    when = np.empty(times, dtype=np.int64)
    month = np.empty(times, dtype=np.int32)
    work = np.empty(times, dtype=np.float64)
    for p in range(pixels):
        count = 0
        for t in range(times):
            if not np.isnan(nbr[p, t]):
                looks[count] = nbr[p, t]
                when[count] = days[t]
                month[count] = months[t]
                count += 1
        start = 0  # what was cleared once must have a forest's year again before it is cleared twice
        for at in range(HISTORY_LOOKS, count - 1):
            if looks[at] < CLEARED_NBR and looks[at + 1] < CLEARED_NBR:
                level = _was_forest(looks, when, work, start, at)
                least = min(CLEARED_NBR, level - LEAST_FALL)
                end = min(at + _AFTER, count)
                low = 0
                for k in range(at, end):
                    low += looks[k] < least
                if level > 0 and looks[at] < least and looks[at + 1] < least and 2 * low > end - at:
                    cleared_on[p] = month[at]
                    now = _median(looks, work, max(at + 1, count - _AFTER), count)
                    regrown[p] = now >= FOREST_NBR and now >= level - LEAST_FALL
                    start = at + 1
