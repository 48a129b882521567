"""The matrix of Decision 18/2021/QĐ-TTg, Article 46, cell by cell against the facts of the law that we were given."""

import csv
from pathlib import Path

import pandas as pd
import pytest

from geoplan import codes
from geoplan.hazard import levels
from geoplan.hazard.levels import risk_level

FACTS = Path(__file__).resolve().parents[3] / "shared" / "domain" / "disaster_flashflood_landslide_levels.csv"
WORDS = {"thấp": "low", "trung bình": "medium", "cao": "high", "rất cao": "very_high"}
RAIN = {"A": (150.0, 2), "B": (300.0, 3), "C": (450.0, 3)}


def test_the_table_is_whole_and_dated() -> None:
    rows = codes.table("risk_levels")
    assert len({(r["province_group"], r["susceptibility"], r["rain_class"]) for r in rows}) == len(rows) == 48
    assert {r["in_force_from"] for r in rows} == {"2021-07-01"}


def test_every_cell_of_the_law() -> None:
    if not FACTS.is_file():
        pytest.skip("the facts of the law are not here")
    with FACTS.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            found = risk_level(row["province_group"], WORDS[row["susceptibility_vi"]], *RAIN[row["rain_class"]])
            assert ("not listed" if found is None else str(found)) == row["risk_level"], row


@pytest.mark.parametrize(
    ("rain_mm", "days", "expected"),
    [
        (99.9, 1, ""), (100, 1, "A"), (200, 2, "A"), (200, 3, ""), (100, 0, ""), (200.1, 3, "B"), (300, 1, ""), (300, 2, ""),
        (400, 3, "B"), (400.1, 3, "C"), (600, 2, ""), (0, 5, ""),
    ],
)  # fmt: skip
def test_rain_that_the_law_does_not_list_stays_not_listed(rain_mm: float, days: int, expected: str) -> None:
    assert levels.rain_class(rain_mm, days) == expected
    if not expected:
        assert risk_level("1", "very_high", rain_mm, days) is None


def test_levels_of_classes() -> None:
    found = levels.risk_levels(pd.Series([0.0, 3.0, float("nan")]), "2", 150.0, 1)
    assert found.tolist() == ["not_listed", "3", "unknown"]
    assert levels.risk_levels(pd.Series([3.0]), "9", 150.0, 1).tolist() == ["not_listed"]
