"""Hectares with intervals: by hand, against the matrix, and drawn many times from a made-up commune."""

import math

import numpy as np
import pytest

from geoplan.errors import InputError
from geoplan.sampling import Estimate, post_stratified, stratified_difference, thin_strata
from geoplan.sampling.matrix import areas, error_matrix

AREA = {"1": 600.0, "2": 400.0}
STRATUM = ["1"] * 30 + ["2"] * 40


def thirds() -> tuple[np.ndarray, np.ndarray]:
    """Stratum 1, all forest on the map: 27 of 30 are. Stratum 2, none on the map: 4 of 40 are."""
    y = np.array([1] * 27 + [0] * 3 + [1] * 4 + [0] * 36, dtype=float)
    m = np.array([1] * 30 + [0] * 40, dtype=float)
    return y, m


def test_the_map_corrected_by_hand() -> None:
    # 600 ha on the map; a tenth of it is none (-60), a tenth of the rest is forest (+40): 580.
    # Variance: 600^2 x 0.9 x 0.1 / 29 + 400^2 x 0.1 x 0.9 / 39.
    y, m = thirds()
    found = stratified_difference(y, m, STRATUM, AREA, {"1": 600.0, "2": 0.0})
    se = math.sqrt(600**2 * 0.09 / 29 + 400**2 * 0.09 / 39)
    assert found.value == pytest.approx(580.0)
    assert found.se == pytest.approx(se)
    assert (found.low, found.high) == pytest.approx((580 - 1.96 * se, 580 + 1.96 * se))
    assert found.n == 70


def test_a_map_of_one_value_a_stratum_is_the_stratified_estimator() -> None:
    y, m = thirds()
    difference = stratified_difference(y, m, STRATUM, AREA, 600.0)
    matrix = error_matrix(STRATUM, ["forest" if v else "other" for v in y], AREA)
    stratified = areas(matrix)["forest"]
    assert difference.value == pytest.approx(stratified.value)
    assert difference.se == pytest.approx(stratified.se)


def test_weights_belong_to_their_strata() -> None:
    # Errors in stratum 1 alone: six times its area moves the correction by six.
    y, m = thirds()
    y[30:] = 0
    small = stratified_difference(y, m, STRATUM, {"1": 100.0, "2": 900.0}, 100.0)
    large = stratified_difference(y, m, STRATUM, {"1": 600.0, "2": 400.0}, 600.0)
    assert small.value == pytest.approx(90.0)
    assert large.value == pytest.approx(540.0)


def test_a_probability_map_narrows_the_interval() -> None:
    y, m = thirds()
    better = np.clip(np.where(y > 0, 0.8, 0.2), 0, 1)
    by_class = stratified_difference(y, m, STRATUM, AREA, 600.0)
    by_probability = stratified_difference(y, better, STRATUM, AREA, 500.0)
    assert by_probability.se < by_class.se


def test_no_error_seen_is_not_no_error() -> None:
    # Every point right: half an error of 31 in stratum 1, half of 41 in stratum 2, in the variance only.
    y = m = np.array([1] * 30 + [0] * 40, dtype=float)
    one, two = 0.5 / 31, 0.5 / 41
    se = math.sqrt(600**2 * one * (1 - one) / 29 + 400**2 * two * (1 - two) / 39)
    found = stratified_difference(y, m, STRATUM, AREA, 600.0)
    assert found == Estimate(
        600.0, pytest.approx(600 - 1.96 * se), pytest.approx(600 + 1.96 * se), pytest.approx(se), 70
    )
    plain = stratified_difference(y, m, STRATUM, AREA, 600.0, add_one=False)
    assert (plain.value, plain.se) == (600.0, 0.0)


def test_the_interval_is_cut_to_what_can_be_and_the_value_is_not() -> None:
    y = m = np.array([0] * 70, dtype=float)
    found = stratified_difference(y, m, STRATUM, AREA, 0.0)
    assert (found.value, found.low) == (0.0, 0.0)
    assert found.high > 0
    of_a_part = stratified_difference(y, m, STRATUM, AREA, 0.0, most=3.0)
    assert of_a_part.high == 3.0


def test_strata_without_enough_points_are_refused_each_by_name() -> None:
    stratum = ["1"] * 24 + ["2"] * 25
    with pytest.raises(InputError) as refused:
        stratified_difference([1.0] * 49, [1.0] * 49, stratum, {**AREA, "3": 5.0, "4": 0.0}, 600.0)
    assert [(p.key, p.facts["stratum"], p.facts["n"]) for p in refused.value.problems] == [
        ("sampling.thin_stratum", "1", 24),
        ("sampling.thin_stratum", "3", 0),
    ]
    assert [p.facts["stratum"] for p in thin_strata(stratum, AREA)] == ["1"]


def test_points_of_an_unknown_stratum_and_unread_points_are_refused() -> None:
    y, m = thirds()
    with pytest.raises(InputError, match=r"sampling\.stratum_without_area"):
        stratified_difference(y, m, ["9", *STRATUM[1:]], AREA, 600.0)
    y[3] = math.nan
    with pytest.raises(InputError, match=r"sampling\.reference_missing"):
        stratified_difference(y, m, STRATUM, AREA, 600.0)
    with pytest.raises(ValueError, match="between 0 and 1"):
        stratified_difference(np.full(70, 100.0), m, STRATUM, AREA, 600.0)  # percent for share


def test_strata_made_afterwards_cost_a_little_more_by_hand() -> None:
    y, _ = thirds()
    found = post_stratified(y, STRATUM, AREA)
    s1, s2 = 0.09 * 30 / 29, 0.09 * 40 / 39
    variance = 1000**2 * ((0.6 * s1 + 0.4 * s2) / 70 + (0.4 * s1 + 0.6 * s2) / 70**2)
    assert found.value == pytest.approx(600 * 0.9 + 400 * 0.1)
    assert found.se == pytest.approx(math.sqrt(variance))


@pytest.fixture(scope="module")
def commune() -> dict[str, np.ndarray]:
    """60,000 pixels of 1 ha: core forest, core other, edge; the map errs by 2, 2 and 20 % there."""
    rng = np.random.default_rng(20260630)
    stratum = np.repeat(["1", "2", "3"], [36_000, 15_000, 9_000])
    m = np.concatenate([np.ones(36_000), np.zeros(15_000), rng.random(9_000) < 0.5])
    rate = np.repeat([0.02, 0.02, 0.2], [36_000, 15_000, 9_000])
    wrong = rng.random(60_000) < rate
    return {"stratum": stratum, "m": m.astype(float), "y": np.where(wrong, 1 - m, m).astype(float)}


def coverage(
    world: dict[str, np.ndarray], given: dict[str, int], replicates: int, *, add_one: bool
) -> tuple[float, float]:
    """Share of replicates whose interval holds the truth, and mean error of the value as a share of the ground."""
    rng = np.random.default_rng(7)
    truth = world["y"].sum()
    at = {name: np.flatnonzero(world["stratum"] == name) for name in given}
    area = {name: float(len(places)) for name, places in at.items()}
    held, off = 0, 0.0
    for _ in range(replicates):
        drawn = np.concatenate([rng.choice(at[name], n, replace=False) for name, n in given.items()])
        labels = world["stratum"][drawn]
        found = stratified_difference(
            world["y"][drawn], world["m"][drawn], labels, area, float(world["m"].sum()), add_one=add_one
        )
        held += found.low <= truth <= found.high
        off += (found.value - truth) / replicates
    return held / replicates, off / len(world["y"])


def test_three_hundred_points_hold_the_truth_as_often_as_they_say(commune: dict[str, np.ndarray]) -> None:
    share, bias = coverage(commune, {"1": 130, "2": 75, "3": 95}, 800, add_one=True)
    assert 0.93 <= share <= 0.97
    assert abs(bias) < 0.003


def test_fifty_points_miss_without_the_half_error_and_hold_with_it(commune: dict[str, np.ndarray]) -> None:
    core = commune["stratum"] != "3"
    world = {name: values[core] for name, values in commune.items()}
    given = {"1": 25, "2": 25}
    plain, _ = coverage(world, given, 600, add_one=False)
    mended, _ = coverage(world, given, 600, add_one=True)
    assert plain < 0.85
    assert mended >= 0.93
