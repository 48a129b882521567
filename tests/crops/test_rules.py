"""The rule by itself: seasons of known probability, one thing changed at a time."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from geoplan.crops.history import Seen, crop_before
from geoplan.crops.rules import STATES, Rules, Verdicts, to_dry_crops, to_trees

RULES = Rules()
LETTERS = {"r": "rice", "d": "dry", "t": "trees", "i": "idle"}


def seen(seasons: str, *, before: int = 2, running: int = 0, **facts: Any) -> Seen:
    """One field: a letter a season (rice, dry crop, trees, idle; ``?`` nothing is sure), the first of them before."""
    count = len(seasons)
    of = {name: np.zeros((count, 1)) for name in LETTERS.values()}
    for i, letter in enumerate(seasons):
        for known, name in LETTERS.items():
            of[name][i] = 0.25 if letter == "?" else 0.97 if letter == known else 0.01
    last = count - 1 - running
    made = Seen(
        **of,
        before=np.arange(count) < before,
        recent=(last - 1, last),
        running=tuple(range(last + 1, count)),
        looks_before=np.array([20]),
        looks_recent=np.array([20]),
        looks_season=np.array([[10], [10]]),
        flood_looks=np.array([5]),
        shrunk=np.array([False]),
    )
    return replace(made, **{name: np.asarray(value) for name, value in facts.items()})


def said(found: Verdicts) -> tuple[str, str]:
    """State of the one field and its one reason."""
    reasons = [key.removeprefix("crops.reason.") for key, flags in found.reasons.items() if flags[0]]
    assert len(reasons) <= 1
    return STATES[found.states[0]], "".join(reasons)


TREES = [
    ("rrtt", {}, "converted", ""),
    ("ddtt", {}, "converted", ""),
    ("rrrt", {}, "converting", "one_season"),
    ("rrit", {}, "converting", "one_season"),
    ("rrrr", {}, "not_converted", "still_annual"),
    ("rrti", {}, "not_converted", "trees_gone"),
    ("rrri", {}, "not_converted", "idle"),
    ("rrii", {}, "abandoned", "photo"),
    ("tttt", {}, "not_converted", "already_perennial"),
    ("??tt", {}, "insufficient", "before_unseen"),
    ("rr?t", {}, "insufficient", "season_unsure"),
    ("rrt?", {}, "insufficient", "season_unsure"),
    ("rrtttr", {}, "not_converted", "back_again"),
    ("rrttr", {"running": 1}, "not_converted", "back_again"),
    ("rrttt", {"running": 1}, "converted", ""),
    ("rrtt", {"looks_recent": [7]}, "insufficient", "thin"),
    ("rrtt", {"looks_before": [7]}, "insufficient", "thin"),
    ("rrrr", {"looks_recent": [7]}, "insufficient", "thin"),
    ("rrtt", {"looks_recent": [8], "looks_before": [8]}, "converted", ""),
    ("rrtt", {"shrunk": [True]}, "insufficient", "season_unsure"),
    ("rrtt", {"looks_season": [[0], [10]]}, "insufficient", "season_unsure"),
    ("rrtt", {"looks_season": [[10], [0]]}, "insufficient", "season_unsure"),
    ("rrtt", {"looks_season": [[1], [1]]}, "converted", ""),
    ("rrrt", {"looks_season": [[10], [1]]}, "insufficient", "season_unsure"),
    ("rtrrt", {}, "insufficient", "season_unsure"),
    ("rtrtt", {}, "converted", ""),
]


@pytest.mark.parametrize(("seasons", "facts", "state", "reason"), TREES)
def test_to_trees(seasons: str, facts: dict[str, Any], state: str, reason: str) -> None:
    assert said(to_trees(seen(seasons, **facts), RULES)) == (state, reason)


DRY = [
    ("rrdd", {}, "converted", ""),
    ("rrrd", {}, "converting", "one_season"),
    ("rrrr", {}, "not_converted", "still_rice"),
    ("rrdr", {}, "not_converted", "still_rice"),
    ("rrddr", {"running": 1}, "not_converted", "still_rice"),
    ("rrtt", {}, "not_converted", "trees_instead"),
    ("rrri", {}, "not_converted", "idle"),
    ("rrii", {}, "abandoned", "photo"),
    ("dddd", {}, "insufficient", "rice_unseen"),
    ("rrdd", {"flood_looks": [0]}, "insufficient", "flood_days_unseen"),
    ("rrdd", {"flood_looks": [1]}, "converted", ""),
    ("rrd?", {}, "insufficient", "season_unsure"),
    ("rrdd", {"looks_recent": [7]}, "insufficient", "thin"),
    ("rrrr", {"looks_before": [7]}, "insufficient", "thin"),
]


@pytest.mark.parametrize(("seasons", "facts", "state", "reason"), DRY)
def test_to_dry_crops(seasons: str, facts: dict[str, Any], state: str, reason: str) -> None:
    assert said(to_dry_crops(seen(seasons, **facts), RULES)) == (state, reason)


def test_nothing_is_said_below_the_thresholds() -> None:
    """Trees at 0.89 in one of two seasons, or a crop at 0.11 in it, are not converted; a shade more is."""
    for name, low, high in (("trees", 0.89, 0.91), ("rice", 0.11, 0.08)):
        for place in (2, 3):
            one = seen("rrtt")
            for value, state in ((low, "insufficient"), (high, "converted")):
                of = getattr(one, name).copy()
                of[place] = value
                assert said(to_trees(replace(one, **{name: of}), RULES))[0] == state


def test_the_crop_before() -> None:
    for seasons, crop in (
        ("rrtt", "rice"),
        ("drtt", "rice"),
        ("ddtt", "annual"),
        ("tttt", "perennial"),
        ("??tt", None),
    ):
        assert crop_before(seen(seasons), RULES.sure) == crop
    half = seen("??tt")
    either = replace(half, rice=np.full((4, 1), 0.5), dry=np.full((4, 1), 0.45))
    assert crop_before(either, RULES.sure) == "annual"
    assert crop_before(seen("rrtt", before=0), RULES.sure) is None


def test_a_neighbour_may_be_less_sure() -> None:
    """Half trees, half crop is nothing by itself; at 0.6 it leans to trees."""
    one = seen("rrtt")
    mixed = replace(one, trees=one.trees * 0.62, rice=np.array([[0.97], [0.97], [0.36], [0.36]]))
    assert said(to_trees(mixed, RULES))[0] == "insufficient"
    assert said(to_trees(mixed, RULES.less_sure()))[0] == "converted"
