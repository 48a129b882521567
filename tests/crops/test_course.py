"""What looks say of covers, and how a field's course is made of them: by hand and by trying every course."""

from datetime import date, timedelta
from itertools import product

import numpy as np
import pytest

from geoplan.crops import calendar, course, growth, history, signals
from geoplan.crops.signals import Indices

RICE_ONCE, MAIZE, OTHER = (growth.COVERS.index(name) for name in ("rice_once", "maize", "other_crops"))


def looks(*seen: tuple[date, float, float, float]) -> Indices:
    """Indices of one pixel: day, NDVI, LSWI less NDVI, BSI."""
    ndvi, water, soil = (np.array([[one[k]] for one in seen], dtype=np.float32) for k in (1, 2, 3))
    return Indices(tuple(one[0] for one in seen), ndvi, ndvi + water, soil)


def test_the_seasons_of_a_year() -> None:
    found = calendar.seasons(date(2024, 7, 1), date(2026, 6, 30))
    assert [(s.code, s.done) for s in found] == [
        ("2024-summer", True), ("2025-spring", True), ("2025-summer", True), ("2026-spring", True)
    ]  # fmt: skip
    assert [s.middle for s in found[:2]] == [date(2024, 9, 15), date(2025, 4, 15)]
    assert [s.done for s in calendar.seasons(date(2025, 1, 1), date(2025, 11, 29))] == [True, False]
    assert [s.done for s in calendar.seasons(date(2025, 1, 1), date(2025, 11, 30))] == [True, True]
    assert [s.done for s in calendar.seasons(date(2025, 1, 1), date(2025, 6, 29))] == [False]


def test_days_of_flooding_are_those_of_transplanting() -> None:
    days = [date(2025, 1, 24), date(2025, 1, 25), date(2025, 3, 11), date(2025, 3, 12)]
    assert calendar.within(days, calendar.FLOOD[calendar.SPRING]).tolist() == [False, True, True, False]
    days = [date(2025, 5, 19), date(2025, 5, 20), date(2025, 7, 29), date(2025, 7, 30)]
    assert calendar.within(days, calendar.FLOOD[calendar.SUMMER]).tolist() == [False, True, True, False]


def test_looks_are_counted_by_hand() -> None:
    days = tuple(date(2025, month, 10) for month in (1, 2, 3, 6))
    ndvi = np.array([[0.5, np.nan], [0.5, 0.5], [np.nan, np.nan], [0.5, 0.5]], dtype=np.float32)
    found = Indices(days, ndvi, ndvi, ndvi)
    assert signals.looks(found, date(2025, 1, 1), date(2025, 12, 31)).tolist() == [3, 2]
    assert signals.looks(found, date(2025, 1, 10), date(2025, 2, 10)).tolist() == [2, 1]
    assert signals.looks(found, date(2025, 1, 11), date(2025, 6, 9)).tolist() == [1, 1]
    assert signals.looks(found, date(2025, 1, 1), date(2025, 12, 31), calendar.FLOOD["spring"]).tolist() == [1, 1]
    assert found.until(date(2025, 2, 10)).days == days[:2]


def test_the_table_by_hand() -> None:
    """Half months are 15.22 days: the third's middle is 8 February; 31 December and 1 January lie between the ends."""
    mean, spread = growth.expected([date(2025, 2, 8), date(2025, 2, 15), date(2025, 1, 1)])
    assert mean.shape == spread.shape == (3, 13, 3)
    assert mean[0, 0] == pytest.approx([0.19, -0.16, 0.06], abs=0.005)
    assert mean[1, 0, 0] == pytest.approx((0.19 + 0.16) / 2, abs=0.003)
    assert mean[2, MAIZE, 0] == pytest.approx(0.31, abs=1e-6)
    assert (spread > 0.025).all()


def test_trees_are_steady_and_crops_are_not() -> None:
    year = [date(2025, 1, 8) + timedelta(days=15 * k) for k in range(24)]
    mean, _ = growth.expected(year)
    swing = np.ptp(mean[..., 0], axis=0)
    assert (swing[list(growth.TREES)] <= 2 * growth.SWING + 1e-9).all()
    assert swing[[0, 1, 2, 3]].min() > 0.3
    assert (mean[15, growth.TREES, 0] > mean[3, growth.TREES, 0]).all()  # August, February
    assert mean[:, growth.TREES, 0].mean(axis=0).tolist() == sorted(mean[:, growth.TREES, 0].mean(axis=0))
    assert sorted((*growth.RICE, *growth.DRY, *growth.IDLE, *growth.TREES)) == list(range(len(growth.COVERS)))


def test_only_rice_is_under_water() -> None:
    """Days of certain flooding: LSWI is near NDVI under rice, far below it under all else."""
    mean, _ = growth.expected([date(2025, 2, 22), date(2025, 6, 29)])
    assert mean[0, 0, 1] > -0.15
    assert mean[1, list(growth.RICE), 1].min() > -0.15
    dry = [code for code in range(len(growth.COVERS)) if code not in growth.RICE]
    assert mean[:, dry, 1].max() < -0.35


def test_a_look_by_hand() -> None:
    """Other crops: 0.45, -0.40, 0.03 with spreads 0.20, 0.15, 0.15 all year; a look one spread off in each."""
    found = course.likelihood(looks((date(2025, 5, 5), 0.65, -0.25, 0.18), (date(2025, 6, 5), 0.45, -0.40, 0.03)))
    flat = -np.log(0.20 * 0.15 * 0.15)
    assert found[1, 0, OTHER] == pytest.approx(0.9 * flat, rel=1e-5)
    assert found[0, 0, OTHER] == pytest.approx(0.9 * (flat - 4 * np.log(1 + 3 / 5)), rel=1e-5)


def test_what_was_not_seen_says_nothing() -> None:
    days = [date(2025, 5, 5), date(2025, 6, 5)]
    nothing = np.full((2, 1), np.nan, dtype=np.float32)
    found = course.likelihood(Indices(tuple(days), nothing, nothing, nothing))
    assert (found == 0).all()
    change, start = course._change()
    at = course.chances(days, found, [days[0], days[1]])
    assert at[0, 0] == pytest.approx(start)
    assert at[1, 0] == pytest.approx(start @ change @ change)


def test_chances_of_going_over_are_those_of_the_methods() -> None:
    """METHODS 2.2: a year's chance of going from annual crops to perennial 0.08, back 0.02."""
    change, start = course._change()
    assert change.sum(axis=1) == pytest.approx(np.ones(len(change)))
    assert (change >= 0).all()
    assert start.sum() == pytest.approx(1)
    annual, trees = [*growth.RICE, *growth.DRY], list(growth.TREES)
    assert (24 * change[np.ix_(annual, trees)].sum(axis=1)) == pytest.approx(0.08)
    assert (24 * change[np.ix_(trees, annual)].sum(axis=1)) == pytest.approx(0.02)


def test_chances_are_those_of_all_courses_together() -> None:
    """Three half months, two of them seen: 13 x 13 x 13 courses, each by its own product."""
    days = [date(2025, 4, 10), date(2025, 5, 10)]
    likely = course.likelihood(looks((days[0], 0.42, -0.46, 0.12), (days[1], 0.60, -0.44, -0.05)))
    middle = date(2025, 4, 20)
    change, start = course._change()
    weight = np.zeros((3, 13))
    for one in product(range(13), repeat=3):
        p = start[one[0]] * change[one[0], one[1]] * change[one[1], one[2]]
        p *= np.exp(likely[0, 0, one[0]] + likely[1, 0, one[2]])
        for k, cover in enumerate(one):
            weight[k, cover] += p
    wanted = weight / weight.sum(axis=1, keepdims=True)
    found = course.chances(days, likely, [days[0], middle, days[1]])
    assert found[:, 0] == pytest.approx(wanted, abs=1e-12)


def test_two_looks_of_one_half_month_both_count() -> None:
    days = [date(2025, 4, 3), date(2025, 4, 12)]
    likely = course.likelihood(looks((days[0], 0.42, -0.46, 0.12), (days[1], 0.60, -0.44, -0.05)))
    together = course.chances(days[:1], likely.sum(axis=0, keepdims=True), days[:1])
    assert course.chances(days, likely, days[:1]) == pytest.approx(together)


def test_one_odd_look_does_not_make_a_crop() -> None:
    """An orchard of 0.55 seen each fortnight for a year; haze makes one look 0.30."""
    days = [date(2024, 7, 5) + timedelta(days=14 * k) for k in range(26)]
    seen = looks(*((day, 0.30 if k == 12 else 0.55, -0.47, 0.01) for k, day in enumerate(days)))
    found = course.chances(days, course.likelihood(seen), [date(2024, 9, 15), days[12], date(2025, 4, 15)])
    assert (found[:, 0, list(growth.TREES)].sum(axis=1) > 0.95).all()


def test_a_later_look_tells_of_an_earlier_time() -> None:
    """Nothing seen after April; rice in the summer before and after says what stood there in between."""
    rice = [(date(year, 8, day), 0.66, -0.40, -0.19) for year in (2024, 2025) for day in (12, 22)]
    rice += [(date(year, 6, 25), 0.15, 0.0, -0.03) for year in (2024, 2025)]
    seen = looks(*sorted(rice))
    found = course.chances(seen.days, course.likelihood(seen), [date(2025, 1, 15)])
    assert found[0, 0, list(growth.RICE)].sum() > 0.9


def test_the_facts_of_a_history_by_hand() -> None:
    """Two looks before the plan, three in summer 2025 of median 0.52, two in spring 2026 of 0.46 or a shade more."""
    as_of, planned = date(2026, 6, 30), date(2025, 1, 15)
    summer = [(date(2025, 7, 10), 0.50), (date(2025, 8, 30), 0.52), (date(2025, 12, 30), 0.60)]
    for spring, shrunk in ((0.459, True), (0.461, False)):
        seen = [(date(2024, 3, 1), 0.3), (date(2025, 1, 14), 0.3), (date(2025, 2, 14), 0.3), *summer]
        seen += [(date(2026, 2, 10), spring), (date(2026, 6, 20), spring)]
        found = looks(*((day, ndvi, -0.47, 0.1) for day, ndvi in seen))
        seasons = calendar.seasons(found.days[0], as_of)
        made = history.history(found, course.likelihood(found), seasons, as_of, planned)
        assert [seasons[i].code for i in made.recent] == ["2025-summer", "2026-spring"]
        assert (made.looks_before[0], made.looks_recent[0], made.running) == (2, 5, ())
        assert made.looks_season[:, 0].tolist() == [3, 2]
        assert made.flood_looks[0] == 2  # 10 July, 10 February; 20 June is no day of spring rice
        assert made.before.tolist() == [True, True, False, False, False]
        assert made.shrunk.tolist() == [shrunk]
        assert made.rice + made.dry + made.trees + made.idle == pytest.approx(np.ones((5, 1)))
