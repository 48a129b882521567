"""Planted hectares by year, by hand."""

import pytest

from geoplan.measures import plantation
from tests.measures.world import AS_OF, communes, lots, value

PLANTED = {"nggocr": 2}
BOOK = lots(
    ((0, 0, 100, 100), 1.0, PLANTED | {"ldlr": "DTR", "namtr": 2026, "nggocrt": 1}),
    ((100, 0, 200, 100), 2.0, PLANTED | {"ldlr": "DTR", "namtr": 2026, "nggocrt": 2}),
    ((200, 0, 300, 100), 4.0, PLANTED | {"ldlr": "DTR", "namtr": 2025}),
    ((300, 0, 400, 100), 8.0, PLANTED | {"ldlr": "RTG", "namtr": 2015}),
    ((400, 0, 500, 100), 16.0, PLANTED | {"ldlr": "DTR"}),  # no year
    ((500, 0, 600, 100), 32.0, PLANTED | {"ldlr": "DTR", "namtr": 2027}),  # after the day of the figures
    ((600, 0, 700, 100), 64.0, {"ldlr": "TXN", "namtr": 2026}),  # natural: never planted
    ((900, 0, 1100, 100), 10.0, PLANTED | {"ldlr": "DTR", "namtr": 2026}),  # half in A, half in B
)
FOUND = plantation.plantation(communes(), BOOK, as_of=AS_OF)


def test_by_hand() -> None:
    assert value(FOUND.table, "00001", "planted_year_ha") == pytest.approx(8, rel=1e-4)
    assert value(FOUND.table, "00002", "planted_year_ha") == pytest.approx(5, rel=1e-4)
    assert value(FOUND.table, "00001", "planted_not_yet_forest_ha") == pytest.approx(1 + 2 + 4 + 16 + 5, rel=1e-4)
    assert value(FOUND.table, "00003", "planted_since_ha") == 0


def test_since_is_a_sum_of_years() -> None:
    earlier = plantation.plantation(communes(), BOOK, as_of=AS_OF, since_year=2025)
    assert value(earlier.table, "00001", "planted_since_ha") == pytest.approx(12, rel=1e-4)


def test_series_has_each_year_once() -> None:
    mine = FOUND.series[(FOUND.series["unit_code"] == "00001") & (FOUND.series["column"] == "planted_since_ha")]
    assert dict(zip(mine["year"], mine["value"], strict=True)) == pytest.approx({2015: 8, 2025: 4, 2026: 8}, rel=1e-4)


def test_what_is_not_counted_is_named() -> None:
    notes = {note.key: note for note in FOUND.notes}
    assert notes["plantation.year_unknown"].feature_ids == ("5",)
    assert notes["plantation.year_unknown"].facts["area_ha"] == 16
    assert notes["plantation.year_ahead"].feature_ids == ("6",)


def test_new_and_again_are_told_apart() -> None:
    rows = FOUND.breakdown[(FOUND.breakdown["by"] == "planting") & (FOUND.breakdown["unit_code"] == "00001")]
    assert dict(zip(rows["group"], rows["value"], strict=True)) == pytest.approx(
        {"new": 1, "again": 2, "blank": 5}, rel=1e-4
    )
