"""Points shared out, lots drawn whole, and two readers of the same points."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geoplan.errors import InputError
from geoplan.sampling import clustered, ratio
from geoplan.sampling.design import allocate
from geoplan.sampling.matrix import areas, error_matrix, overall_accuracy, producers_accuracy, users_accuracy
from geoplan.sampling.readers import agreement


def test_rare_strata_get_their_least_and_the_rest_goes_by_area() -> None:
    assert allocate(300, {"forest": 6000.0, "other": 3900.0, "edge": 100.0}) == {"forest": 152, "other": 98, "edge": 50}


def test_neyman_sends_points_where_it_is_mixed() -> None:
    area, spread = {"core": 1000.0, "edge": 1000.0}, {"core": 0.1, "edge": 0.3}
    assert allocate(400, area, spread) == {"core": 100, "edge": 300}
    assert allocate(400, area, {"core": 0.0, "edge": 0.0}) == {"core": 200, "edge": 200}


@given(
    st.lists(st.floats(0.1, 1e5), min_size=1, max_size=6),
    st.integers(0, 500),
    st.integers(25, 80),
)
def test_points_add_up_and_no_stratum_has_less_than_the_least(hectares: list[float], more: int, least: int) -> None:
    area = {str(i): ha for i, ha in enumerate(hectares)}
    points = least * len(area) + more
    found = allocate(points, area, least=least)
    assert sum(found.values()) == points
    assert min(found.values()) >= least
    assert list(found) == list(area)


def test_too_few_points_to_go_round() -> None:
    with pytest.raises(InputError, match=r"sampling\.too_few_points"):
        allocate(149, {"1": 1.0, "2": 1.0, "3": 1.0})


def test_a_lot_is_one_draw_however_many_points_it_has() -> None:
    # 30 lots of 4 points, each lot wholly one or the other: 30 draws, not 120.
    lots = [str(i) for i in range(30) for _ in range(4)]
    y = np.repeat(np.arange(30) < 21, 4).astype(float)
    by_lot = clustered(y, np.ones(120), lots, ["1"] * 120, {"1": 1e9})
    assert by_lot.value == pytest.approx(0.7)
    assert by_lot.n == 30
    assert by_lot.se == pytest.approx(math.sqrt(0.21 / 29))
    assert by_lot.se > 1.9 * ratio(y, np.ones(120), ["1"] * 120, {"1": 1e9}).se


def test_all_lots_drawn_leave_nothing_to_chance() -> None:
    lots = [str(i) for i in range(30)]
    y = (np.arange(30) < 21).astype(float)
    assert clustered(y, np.ones(30), lots, ["1"] * 30, {"1": 30}).se == 0
    half = clustered(y, np.ones(30), lots, ["1"] * 30, {"1": 60})
    assert half.se == pytest.approx(math.sqrt(0.5 * 0.21 / 29))


def test_a_ratio_without_errors_still_has_an_interval() -> None:
    sure = ratio(np.ones(30), np.ones(30), ["1"] * 30, {"1": 9.0})
    rate = 0.5 / 31
    assert (sure.value, sure.high) == (1.0, 1.0)
    assert sure.se == pytest.approx(math.sqrt(rate * (1 - rate) / 29))
    lots = clustered(np.full(30, 5.0), np.full(30, 5.0), list(range(30)), ["1"] * 30, {"1": 1e9})
    assert lots.se == pytest.approx(sure.se)  # five hectares a lot or one: the share is the same


def test_a_lot_in_two_strata_and_a_class_that_nobody_saw() -> None:
    with pytest.raises(InputError, match=r"sampling\.cluster_in_two_strata"):
        clustered([1.0, 0.0], [1.0, 1.0], ["a", "a"], ["1", "2"], {"1": 5, "2": 5})
    with pytest.raises(InputError, match=r"sampling\.nothing_to_share"):
        ratio(np.zeros(30), np.zeros(30), ["1"] * 30, {"1": 5.0})


def test_the_matrix_counts_rows_as_strata() -> None:
    stratum = ["forest"] * 30 + ["other"] * 40
    read = ["forest"] * 27 + ["other"] * 3 + ["forest"] * 4 + ["other"] * 36
    made = error_matrix(stratum, read, {"forest": 600.0, "other": 400.0})
    assert made.counts.tolist() == [[27, 3], [4, 36]]
    assert overall_accuracy(made).value == pytest.approx(0.6 * 0.9 + 0.4 * 0.9)
    assert users_accuracy(made)["forest"].value == pytest.approx(0.9)
    assert producers_accuracy(made)["forest"].value == pytest.approx(540 / 580)
    assert sum(e.value for e in areas(made).values()) == pytest.approx(1000.0)
    with pytest.raises(InputError, match=r"sampling\.thin_stratum"):
        error_matrix(stratum[:54], read[:54], {"forest": 600.0, "other": 400.0})


def test_a_cell_without_points_still_has_an_interval() -> None:
    made = error_matrix(
        ["forest"] * 30 + ["other"] * 30, ["forest"] * 30 + ["other"] * 30, {"forest": 1.0, "other": 1.0}
    )
    assert overall_accuracy(made, add_one=False).low == 1.0
    assert overall_accuracy(made).low < 0.99
    assert overall_accuracy(made).high == 1.0


def test_two_readers_by_hand() -> None:
    # 20 points: 9 both forest, 7 both other, 4 differ (2 each way). By chance: 0.55^2 + 0.45^2 = 0.505.
    first = ["forest"] * 11 + ["other"] * 9
    second = ["forest"] * 9 + ["other"] * 2 + ["forest"] * 2 + ["other"] * 7
    found = agreement(first, second)
    assert found.share.value == pytest.approx(0.8)
    assert found.kappa == pytest.approx((0.8 - 0.505) / 0.495)
    assert found.share.se == pytest.approx(math.sqrt(0.16 / 19))
    assert math.isnan(agreement(["a", "a"], ["a", "a"]).kappa)
    assert agreement(["a", "a"], ["a", "a"]).share.low < 1
    with pytest.raises(ValueError, match="two readings"):
        agreement(["a"], ["a"])
