"""Spectral indices of some pixels or parcels on all dates, and how often they were looked at."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt

from geoplan.crops.calendar import Window, within

Floats = npt.NDArray[np.float32]
Counts = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Indices:
    """Spectral indices of n pixels on all dates, each float32 of shape (time, n), NaN where not observed."""

    days: tuple[date, ...]
    ndvi: Floats
    lswi: Floats
    bsi: Floats

    def until(self, as_of: date) -> "Indices":
        """Those up to a day; what was seen later says nothing of the figures of that day."""
        last = sum(day <= as_of for day in self.days)
        return Indices(self.days[:last], *(array[:last] for array in (self.ndvi, self.lswi, self.bsi)))


def looks(indices: Indices, first: date, last: date, windows: Sequence[Window] = ((1, 366),)) -> Counts:
    """Clear looks from one day to another, both counted, on days of the year within windows; shape (n,)."""
    taken = np.array([first <= day <= last for day in indices.days], dtype=bool) & within(indices.days, windows)
    found: Counts = (~np.isnan(indices.ndvi[taken])).sum(axis=0)
    return found
