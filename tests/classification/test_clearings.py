"""Clearings drawn as a line: a look every 16 days, f forest (NBR 0.63), o open (0.17), b bare (-0.08), k 0.45, . not seen."""

from datetime import date, timedelta

import numpy as np
import pytest

from geoplan.classification import clearings
from geoplan.imagery.records import BANDS, UNSEEN, Observations
from tests.classification import world

START = date(2024, 1, 5)
YEAR = "f" * 23  # looks of one year


def found(line: str, as_of: date = date(2030, 1, 1)) -> tuple[int, bool]:
    days = tuple(START + timedelta(days=16 * n) for n in range(len(line)))
    bands = {band: np.full((len(line), 1, 1), UNSEEN, dtype=np.int16) for band in BANDS}
    for t, letter in enumerate(line):
        if letter != ".":
            for band, value in zip(BANDS, world.SPECTRA[letter.upper()], strict=True):
                bands[band][t] = value
    made = clearings.clearings(Observations(days, bands, world.GRID), as_of)
    return int(made.cleared_on[0, 0]), bool(made.regrown[0, 0])


@pytest.mark.parametrize(
    ("line", "cleared_on", "regrown"),
    [
        (YEAR, 0, False),
        (YEAR + "bbbb", 202501, False),  # the 24th look is on 7 January 2025
        (YEAR + "bb", 202501, False),  # two looks are enough where no more are known
        (YEAR + "b", 0, False),  # one may be a shadow
        (YEAR + "bf" + "f" * 10, 0, False),
        (YEAR + "bbffff", 0, False),  # two shadows, then forest: half of four is not more than half
        (YEAR + "b..b.b..b", 202501, False),  # what is not seen is skipped
        (YEAR + "bbbbkkkkkk", 202501, False),  # greener, not yet forest
        (YEAR + "bbbbkkffff", 202501, True),  # stands again
        (YEAR + "kkkkkk", 0, False),  # logged, not cleared
        ("o" * 23 + "bbbb", 0, False),  # never was forest
        (("f" * 6 + "b" * 6) * 4, 0, False),  # a field: high and low by season
        ("f" * 6 + "bbbb", 0, False),  # seen for 80 days before: not known what it was
        ("f...f...f...f...f...bbbb", 0, False),  # five looks before: too few
        ("f...f...f...f...f...fbbbb", 202412, False),  # six are enough
        (YEAR + "bbbb" + YEAR + YEAR + "bbbb", 202703, False),  # the last of two
    ],
)
def test_by_eye(line: str, cleared_on: int, regrown: bool) -> None:
    assert found(line) == (cleared_on, regrown)


def test_what_happens_after_the_day_is_not_known() -> None:
    line = YEAR + "bbbb"
    assert found(line, as_of=date(2025, 1, 7)) == (0, False)
    assert found(line, as_of=date(2025, 1, 31)) == (202501, False)
    assert found("", as_of=date(2025, 1, 31)) == (0, False)


def test_less_than_three_years_ago() -> None:
    months = np.array([0, 202305, 202306, 202307, 202606], dtype=np.int32)
    assert clearings.recent(months, date(2026, 6, 30), 3).tolist() == [False, False, False, True, True]
