"""The seasons of a field in order: what each was likely to be, which count before the plan, which are the last two."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt

from geoplan.crops.calendar import FLOOD, Season
from geoplan.crops.course import chances
from geoplan.crops.growth import DRY, IDLE, RICE, TREES
from geoplan.crops.signals import Counts, Indices, looks

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

DAY, YEAR = timedelta(days=1), timedelta(days=365)
YEARS_BEFORE = 2
"""An annual crop in so many years before the plan is the crop that was to be converted."""

SHRUNK = 0.06
"""Trees do not shrink: NDVI less by so much than in the season before, both in the middle, is something else."""


@dataclass(frozen=True, eq=False)
class Seen:
    """The seasons of n fields: what a decision needs, oldest season first.

    Parameters
    ----------
    rice, dry, trees, idle : float arrays, shape (seasons, n)
        Probability, 0 to 1, that rice, another annual crop, trees or nothing but weeds stood there in mid-season; in a
        season that still runs, on the day of the figures if that is earlier.
    before : bool array, shape (seasons,)
        Seasons in the two years before the zone was planned.
    recent : tuple of int
        Places of the last two seasons that are done.
    running : tuple of int
        Places of seasons that began since.
    looks_before, looks_recent : int array, shape (n,)
        Clear looks in the better of the years before the plan; in the year of the last two seasons.
    looks_season : int array, shape (2, n)
        Clear looks in each of the last two seasons.
    flood_looks : int array, shape (n,)
        Looks in the last two seasons on days when rice may stand in water.
    shrunk : bool array, shape (n,)
        Less green in the last season than in the one before, by `SHRUNK`.
    """

    rice: Floats
    dry: Floats
    trees: Floats
    idle: Floats
    before: Flags
    recent: tuple[int, int]
    running: tuple[int, ...]
    looks_before: Counts
    looks_recent: Counts
    looks_season: Counts
    flood_looks: Counts
    shrunk: Flags

    @property
    def annual(self) -> Floats:
        """Probability of any annual crop, shape (seasons, n)."""
        return self.rice + self.dry

    def most_before(self, of: Floats) -> Floats:
        """Highest probability in a season before the plan, shape (n,); 0 where the images hold none."""
        found: Floats = of[self.before].max(axis=0, initial=0.0)
        return found


def last_two(seasons: Sequence[Season]) -> tuple[int, int] | None:
    """Places of the last two main seasons that are done; None where the images hold no two."""
    done = [i for i, season in enumerate(seasons) if season.done]
    return (done[-2], done[-1]) if len(done) > 1 else None


def history(indices: Indices, likely: Floats, seasons: Sequence[Season], as_of: date, planned: date | None) -> Seen:
    """The seasons of n fields.

    Parameters
    ----------
    indices : Indices
        Up to the day of the figures.
    likely : float array, shape (time, n, covers)
        Of `course.likelihood`, made of the same looks.
    seasons : sequence of Season
        All of them, at least two done.
    as_of : date
        Day of the figures.
    planned : date or None
        Day on which the zone was planned; without one, all before the last two seasons is before the plan.
    """
    recent = last_two(seasons)
    if recent is None:
        raise ValueError("a history takes two seasons that are done")
    start = seasons[recent[0]].start
    anchor = start if planned is None else planned
    years = YEARS_BEFORE if planned is not None else len(seasons) // 2 + 1
    at = [min(season.middle, as_of) for season in seasons]
    found = chances(indices.days, likely, at)
    earlier = [looks(indices, anchor - k * YEAR, anchor - (k - 1) * YEAR - DAY) for k in range(1, years + 1)]
    last = [seasons[i] for i in recent]
    rice, dry, trees, idle = (found[..., list(covers)].sum(axis=-1) for covers in (RICE, DRY, TREES, IDLE))
    return Seen(
        rice=rice,
        dry=dry,
        trees=trees,
        idle=idle,
        before=np.array([day < anchor and s.end >= anchor - years * YEAR for s, day in zip(seasons, at, strict=True)]),
        recent=recent,
        running=tuple(range(recent[1] + 1, len(seasons))),
        looks_before=np.max(earlier, axis=0),
        looks_recent=looks(indices, start, start + YEAR - DAY),
        looks_season=np.stack([looks(indices, s.start, s.end) for s in last]),
        flood_looks=np.sum([looks(indices, date(s.year, 1, 1), s.end, FLOOD[s.name]) for s in last], axis=0),
        shrunk=np.asarray(_level(indices, last[1]) <= _level(indices, last[0]) - SHRUNK),
    )


def _level(indices: Indices, season: Season) -> Floats:
    """Median NDVI of a season, shape (n,); 0 without a look."""
    inside = np.array([season.start <= day <= season.end for day in indices.days], dtype=bool)
    ndvi = indices.ndvi[inside].astype(np.float64)
    seen = ~np.isnan(ndvi).all(axis=0) if len(ndvi) else np.zeros(ndvi.shape[1], dtype=bool)
    found = np.zeros(ndvi.shape[1])
    if seen.any():
        found[seen] = np.nanmedian(ndvi[:, seen], axis=0)
    return found


def crop_before(seen: Seen, sure: float) -> str | None:
    """``rice``, ``annual`` or ``perennial`` in the years before the plan of the first field; None where unsure."""
    for name, found in (("rice", seen.rice), ("annual", seen.annual), ("perennial", seen.trees)):
        if seen.most_before(found)[0] >= sure:
            return name
    return None
