"""The random forest: the same twice, and its accuracy by blocks by hand."""

import numpy as np
import pytest

from geoplan.classification import forests

RANDOM = np.random.default_rng(7)
POINTS = 320
PLACES = np.stack([np.arange(POINTS) % 20, np.arange(POINTS) // 20], axis=1).astype(float)  # 20 x 16 points
FOREST = RANDOM.random(POINTS) < 0.5
VALUES = np.stack([FOREST + RANDOM.normal(0, 0.1, POINTS), RANDOM.normal(0, 1, POINTS)], axis=1).astype(np.float32)


def test_the_same_points_give_the_same_trees() -> None:
    one, other = (forests.shares(forests.grow(VALUES, FOREST, 3, 40), VALUES) for _ in range(2))
    assert np.array_equal(one, other)
    assert not np.array_equal(one, forests.shares(forests.grow(VALUES, FOREST, 4, 40), VALUES))
    assert ((one >= 0.5) == FOREST).all()
    assert forests.shares(forests.grow(VALUES, FOREST, 3, 5), VALUES[:0]).shape == (0,)


def test_importance_names_the_feature_that_tells() -> None:
    ranked = forests.ranked(forests.grow(VALUES, FOREST, 3, 40), ("noise_free", "noise"))
    assert list(ranked) == ["noise_free", "noise"]
    assert sum(ranked.values()) == pytest.approx(1.0)


def test_blocks_are_left_out_whole() -> None:
    """A feature that only says where a point stands is right for its neighbours and wrong for a block left out."""
    block = (PLACES[:, 0] // 5 + 4 * (PLACES[:, 1] // 4)).astype(int)
    forest = RANDOM.permutation(np.arange(16) % 2 == 0)[block]
    place = (block + RANDOM.normal(0, 0.01, POINTS))[:, None].astype(np.float32)
    found = forests.by_blocks(place, forest, PLACES, 3, 20)
    assert found is not None
    assert (found.points, found.blocks) == (POINTS, 16)
    assert found.overall < 0.8
    assert ((forests.shares(forests.grow(place, forest, 3, 20), place) >= 0.5) == forest).mean() == 1.0


def test_an_interval_by_hand() -> None:
    """Two blocks of 50, one with 45 right: 95 %, error sqrt(2 (2.5² + 2.5²)) / 100 = 5 %, times t = 12.7 of one degree."""
    found = forests._overall([(50, 50), (45, 50)])
    assert found.overall == pytest.approx(0.95)
    assert (found.low, found.high) == (pytest.approx(0.95 - 12.706 * 0.05, abs=1e-4), 1.0)


def test_no_error_seen_is_not_no_error() -> None:
    found = forests._overall([(20, 20)] * 16)
    assert found.overall == 1.0
    assert found.low == pytest.approx(320 / (320 + 1.96**2), abs=1e-4)  # Wilson


def test_points_in_one_place_have_no_accuracy() -> None:
    assert forests.by_blocks(VALUES, FOREST, np.zeros((POINTS, 2)), 3, 5) is None


def test_a_feature_that_nobody_knows_tells_nothing() -> None:
    """No dry season was seen at any point; elsewhere it may have been."""
    empty = np.concatenate([VALUES, np.full((POINTS, 1), np.nan, dtype=np.float32)], axis=1)
    grown = forests.grow(empty, FOREST, 3, 40)
    filled = empty.copy()
    filled[:, 2] = 0.5
    assert np.array_equal(forests.shares(grown, empty), forests.shares(grown, filled))
    assert forests.ranked(grown, ("a", "b", "c"))["c"] == 0.0


def test_what_a_pixel_lacks_takes_the_way_that_taught_best() -> None:
    """Half the forest points lack the feature that tells; so does a pixel, and it is forest."""
    some = VALUES.copy()
    some[np.flatnonzero(FOREST)[::2], 0] = np.nan
    grown = forests.grow(some, FOREST, 3, 40)
    assert forests.shares(grown, np.array([[np.nan, 0.0]], dtype=np.float32))[0] > 0.9
