"""What crops look like in the course of a year: the table by which looks are judged.

Each crop has a mean and a spread of three indices for each half month: NDVI (green), LSWI less NDVI (water: above
-0.05 the ground is flooded, Xiao et al. 2005, doi:10.1016/j.rse.2004.12.009) and BSI (bare soil). Trees are steady and
differ by age, so they have a level and no calendar. The table was learned from the synthetic scenes of seeds 7, 11 and
101, the levels and chances set by hand; what it is worth must be judged on other seeds. Nobody has trained it on, or
checked it with, images of a real commune: at least 300 fields known in the place must confirm or replace it.
"""

from collections.abc import Sequence
from datetime import date
from functools import lru_cache

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

BINS = 24
"""Half months of a year."""

# Hundredths, January first; of each crop mean and spread of NDVI, of LSWI less NDVI, of BSI. Spreads are kept above
# what the scenes show: real fields differ more, and flooding, not how moist leaves are, shall tell rice from maize.
_CALENDARS = {
    "rice_twice": (
        (35, 32, 19, 16, 33, 55, 63, 66, 64, 57, 39, 19, 18, 43, 55, 66, 66, 62, 49, 41, 36, 34, 34, 35),
        (5, 7, 12, 12, 16, 10, 6, 5, 5, 9, 12, 12, 12, 14, 10, 5, 5, 7, 10, 7, 5, 5, 5, 5),
        (
            -44, -38, -16, -3, -19, -36, -40, -39, -40, -41, -38, -13,
            -5, -29, -38, -39, -39, -40, -43, -44, -44, -43, -43, -44,
        ),
        (10, 14, 22, 16, 18, 10, 10, 10, 10, 10, 12, 21, 16, 16, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10),
        (15, 13, 6, -2, -5, -11, -15, -20, -16, -9, 6, 4, -2, -4, -9, -18, -20, -14, 1, 8, 14, 14, 14, 15),
        (6, 6, 8, 7, 6, 7, 6, 6, 6, 10, 9, 8, 6, 6, 7, 6, 6, 8, 11, 7, 6, 6, 6, 6),
    ),
    "rice_once": (
        (44, 42, 40, 41, 39, 38, 38, 38, 37, 31, 13, 18, 37, 59, 64, 67, 65, 57, 48, 44, 44, 43, 43, 44),
        (6, 6, 6, 6, 6, 6, 6, 6, 6, 10, 11, 14, 16, 7, 5, 5, 5, 8, 6, 6, 6, 6, 6, 6),
        (
            -46, -44, -42, -45, -43, -43, -44, -44, -43, -33, -5, -4,
            -22, -40, -40, -40, -39, -42, -45, -45, -46, -44, -45, -46,
        ),
        (10, 10, 10, 10, 10, 10, 10, 10, 10, 17, 19, 16, 18, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10),
        (9, 9, 9, 10, 10, 10, 11, 12, 13, 9, 1, -2, -5, -11, -16, -19, -17, -8, 4, 6, 8, 7, 8, 9),
        (6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 7, 6, 6, 6, 6, 6, 6, 10, 6, 6, 6, 6, 6, 6),
    ),
    "maize": (
        (31, 31, 30, 32, 33, 42, 50, 65, 68, 68, 61, 45, 34, 34, 40, 57, 65, 69, 67, 61, 43, 33, 31, 31),
        (5, 5, 5, 5, 5, 8, 10, 5, 5, 5, 8, 11, 5, 5, 7, 9, 5, 5, 5, 9, 10, 6, 5, 5),
        (
            -45, -45, -42, -46, -44, -44, -46, -47, -47, -47, -46, -47,
            -45, -46, -46, -47, -46, -47, -47, -46, -47, -44, -44, -45,
        ),
        (10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10),
        (18, 19, 18, 18, 16, 8, 0, -12, -15, -15, -8, 7, 17, 16, 12, -4, -13, -16, -14, -8, 9, 16, 18, 19),
        (6, 6, 6, 6, 6, 8, 8, 6, 6, 6, 8, 10, 6, 6, 7, 8, 6, 6, 6, 9, 9, 6, 6, 6),
    ),
    "dry_crops": (
        (33, 34, 42, 52, 64, 64, 58, 42, 35, 36, 44, 60, 66, 65, 52, 38, 35, 39, 51, 64, 67, 55, 38, 30),
        (5, 5, 8, 9, 7, 9, 10, 9, 5, 5, 9, 8, 5, 5, 12, 6, 5, 6, 12, 6, 5, 13, 15, 11),
        (
            -45, -45, -45, -46, -48, -41, -46, -46, -46, -45, -46, -46,
            -46, -47, -46, -45, -45, -47, -47, -47, -48, -44, -39, -38,
        ),
        (10, 10, 10, 10, 10, 14, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 15, 17),
        (17, 17, 9, 0, -9, -14, -6, 11, 16, 15, 7, -7, -13, -12, 0, 12, 15, 13, 2, -10, -13, -5, 8, 14),
        (6, 6, 7, 8, 7, 6, 10, 8, 6, 6, 8, 8, 6, 6, 10, 6, 6, 6, 11, 6, 6, 9, 8, 6),
    ),
    "weeds": (
        (37, 36, 34, 35, 37, 37, 37, 38, 39, 41, 42, 44, 44, 47, 48, 49, 48, 48, 48, 46, 45, 42, 40, 37),
        (
            5, 4.5, 4.5, 4.5, 4.5, 4.5, 4.5, 4.5, 4.5, 4.5, 4.5, 4.5,
            4.5, 4.5, 4.5, 4.5, 4.5, 4.5, 4.5, 4.5, 4.5, 4.5, 4.5, 4.5,
        ),
        (
            -46, -47, -45, -46, -47, -47, -46, -47, -47, -46, -47, -46,
            -46, -48, -47, -47, -47, -49, -47, -47, -47, -47, -47, -47,
        ),
        (10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10),
        (14, 16, 16, 16, 15, 15, 14, 15, 13, 11, 10, 8, 7, 7, 6, 4, 5, 6, 6, 8, 8, 10, 13, 14),
        (5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5),
    ),
}  # fmt: skip
_LEVELS = {
    "other_crops": ((45, -40, 3), (20, 15, 15)),
    "bare": ((31, -45, 16.5), (4.5, 8, 5)),
    "seedlings": ((38.5, -47.5, 13.5), (3, 10, 5)),
    "young_trees": ((42, -47.5, 11), (3.5, 10, 5)),
    "trees_growing": ((48, -47.5, 6.5), (4, 10, 5)),
    "trees_open": ((55, -47.5, 1), (4.5, 10, 5)),
    "trees_closing": ((64, -47.5, -6), (5, 10, 5)),
    "trees_closed": ((76, -47.5, -16), (8, 10, 8)),
}
"""Steady covers, and crops of any other calendar: by their wide spread they fit what swings and nothing steady."""

COVERS = ("rice_twice", "rice_once", "maize", "dry_crops", "other_crops", "weeds", "bare", *list(_LEVELS)[2:])
"""What may stand on a field; a cover's code is its place here."""
RICE, DRY, IDLE, TREES = (0, 1), (2, 3, 4), (5, 6), tuple(range(7, 13))
"""Codes of rice, of other annual crops, of weeds and bare ground, of trees from the youngest to the oldest."""

SWING, SUMMIT = 0.015, 240.0
"""Trees are greener by so much about this day of the year, and less so by as much half a year later."""


def expected(days: Sequence[date]) -> tuple[Floats, Floats]:
    """Mean and spread of the three indices under every cover on each day, two arrays of shape (time, covers, 3).

    Between the middles of two half months both go in a straight line.
    """
    mean, spread = _table()
    place = (np.array([day.timetuple().tm_yday for day in days], dtype=np.float64) - 0.5) / 365.25 * BINS - 0.5
    low = np.floor(place).astype(np.int64)
    part = (place - low)[:, None, None]
    low, high = low % BINS, (low + 1) % BINS
    return mean[low] * (1 - part) + mean[high] * part, spread[low] * (1 - part) + spread[high] * part


@lru_cache(maxsize=1)
def _table() -> tuple[Floats, Floats]:
    """Mean and spread by half month, each of shape (24, covers, 3)."""
    mean, spread = np.empty((BINS, len(COVERS), 3)), np.empty((BINS, len(COVERS), 3))
    warm = np.cos(2 * np.pi * ((np.arange(BINS) + 0.5) / BINS - SUMMIT / 365.25))
    for code, name in enumerate(COVERS):
        if name in _CALENDARS:
            rows = np.array(_CALENDARS[name]) / 100
            mean[:, code], spread[:, code] = rows[::2].T, rows[1::2].T
        else:
            mean[:, code], spread[:, code] = np.array(_LEVELS[name]) / 100
        if code in TREES:
            mean[:, code] += np.outer(warm, (SWING, 0.0, -SWING))
    return mean, spread
