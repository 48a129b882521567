"""The farming year of the mountains of northern Vietnam: main seasons, and when rice stands in water.

Spring rice is transplanted on days 25 to 70 of the year, heads on 115 to 135, is harvested on 150 to 165; summer rice
165 to 200, 235 to 260, 270 to 305; terraces with one crop 150 to 190, harvest 255 to 285, weeds in winter. Spring maize
is sown on 45 to 75 and harvested on 165 to 185, summer maize 190 to 215 and 300 to 320; all by ten days more or less.
These days are settings to be checked with the commune's own calendar.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

import numpy as np
import numpy.typing as npt

SPRING, SUMMER = "spring", "summer"
"""Vụ xuân, February to June; vụ mùa, July to November."""

Window = tuple[int, int]
"""First and last day of the year."""

FLOOD = {SPRING: ((25, 70),), SUMMER: ((140, 210),)}
"""Days on which a rice field stands under water before the crop; that of June belongs to the summer crop."""


@dataclass(frozen=True, slots=True)
class Season:
    """One main season; looks of the half-year around it belong to it. `done` when it ends by the day of the figures."""

    year: int
    name: str
    start: date
    end: date
    done: bool

    @property
    def code(self) -> str:
        """``2026-spring``."""
        return f"{self.year}-{self.name}"

    @property
    def middle(self) -> date:
        """Day on which the season's crop stands: 15 April, 15 September."""
        return date(self.year, 4 if self.name == SPRING else 9, 15)


def seasons(first: date, as_of: date) -> tuple[Season, ...]:
    """Seasons that begin by `as_of`, from that of `first`, in order; the last may still be running.

    Spring ends on 30 June and takes the looks from 1 January, summer on 30 November and takes those from 1 July to the
    end of the year.
    """
    made = []
    for year in range(first.year, as_of.year + 1):
        for name, start, grown, end in (
            (SPRING, date(year, 1, 1), date(year, 6, 30), date(year, 6, 30)),
            (SUMMER, date(year, 7, 1), date(year, 11, 30), date(year, 12, 31)),
        ):
            if end >= first and start <= as_of:
                made.append(Season(year, name, start, end, done=grown <= as_of))
    return tuple(made)


def within(days: Sequence[date], windows: Sequence[Window]) -> npt.NDArray[np.bool_]:
    """True for the days that lie in one of the windows of the year, shape (time,)."""
    of_year = _days_of_year(tuple(days))
    found = np.zeros(len(of_year), dtype=bool)
    for first, last in windows:
        found |= (of_year >= first) & (of_year <= last)
    return found


@lru_cache(maxsize=256)
def _days_of_year(days: tuple[date, ...]) -> npt.NDArray[np.int64]:
    """Asked of the same dates for every zone."""
    return np.array([day.timetuple().tm_yday for day in days], dtype=np.int64)
