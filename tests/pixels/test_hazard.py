"""The landslide index, the infinite slope and cut slopes, by hand and by the figures of others."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import rasterio
from scipy.stats import mannwhitneyu, rankdata

from geoplan.pixels import flow, hazard, terrain

REFERENCE = Path(__file__).resolve().parents[3] / "shared" / "reference"


def reference(name: str) -> Path:
    if not (REFERENCE / name).is_file():
        pytest.skip("the reference data are not here")
    return REFERENCE / name


def test_the_infinite_slope_of_the_reference() -> None:
    cases = json.loads(reference("infinite_slope.json").read_text(encoding="utf-8"))["cases"]
    for case in cases:
        found = hazard.factor_of_safety(case["c"], case["phi"], case["z"], case["theta"], case["m"], case["gamma"])
        assert found == pytest.approx(case["FS"], abs=5e-5)


def test_sand_stands_at_its_own_angle_and_level_ground_always() -> None:
    assert hazard.factor_of_safety(0.0, 33.0, 1.0, 33.0, 0.0) == pytest.approx(1.0)
    assert hazard.factor_of_safety(0.0, 33.0, 1.0, 0.0, 1.0) == np.inf


def test_the_share_that_fails_is_that_of_the_formula() -> None:
    slope, area = np.array([[5.0, 20.0, 35.0, 45.0, np.nan, 0.0]]), np.array([[1e3, 1e4, 1e3, 1e5, 1e3, 1e3]])
    found = hazard.unstable_share(slope, area, 10.0, seed=3, draws=50)
    random = np.random.default_rng(3)
    cohesion, friction = random.uniform(0, 10, 50), random.uniform(26, 38, 50)
    depth, wet = random.uniform(1, 3, 50), 10.0 ** random.uniform(-3.7, -2.3, 50)
    for n in range(4):
        share = np.minimum(1, wet * area[0, n] / 10 / np.sin(np.radians(slope[0, n])))
        expected = (hazard.factor_of_safety(cohesion, friction, depth, slope[0, n], share) < 1).mean()
        assert found[0, n] == pytest.approx(expected)
    assert np.isnan(found[0, 4])
    assert found[0, 5] == 0.0
    assert found[0, 3] > found[0, 2] > found[0, 0] == 0.0


def test_ranks_share_their_mean_and_leave_out_the_unknown() -> None:
    found = hazard.ranked(np.array([3.0, 1.0, np.nan, 3.0, 7.0]))
    np.testing.assert_allclose(found, [2.5 / 4, 1 / 4, np.nan, 2.5 / 4, 1.0])


def test_steep_hollows_rank_highest() -> None:
    slope, bend = np.array([10.0, 40.0, 40.0, 40.0]), np.array([0.0, 0.01, 0.0, -0.01])
    found = hazard.susceptibility(slope, bend, bend)
    assert found.tolist() == sorted(found)
    assert found[-1] == pytest.approx((3 / 4 + 0.5 + 0.5) / 2)  # three share the highest slope


def test_the_index_is_as_good_as_published() -> None:
    slides = pd.read_csv(reference("landslides_lsl_ecuador.csv"))
    with rasterio.open(reference("terrain_ta_ecuador.tif")) as dataset:
        height, t = dataset.read(4).astype(float), dataset.transform
    slope, _ = terrain.slope_aspect(height, 10.0)
    index = hazard.susceptibility(slope, *terrain.curvatures(height, 10.0))
    row, column = ((slides["y"] - t.f) / t.e).astype(int), ((slides["x"] - t.c) / t.a).astype(int)
    event = slides["lslpts"].to_numpy() == 1
    score = index[row, column]
    assert np.isfinite(score).all()
    assert hazard.auc(score, event) >= 0.76
    assert hazard.auc(slope[row, column], event) == pytest.approx(0.712, abs=5e-4)
    on_points = hazard.susceptibility(*(slides[name].to_numpy() for name in ("slope", "cplan", "cprof")))
    assert hazard.auc(on_points, event) == pytest.approx(0.768, abs=5e-4)
    area = flow.spread_area(flow.routed(height, 10.0), 10.0)
    fails = hazard.unstable_share(slope, area, 10.0, seed=1)[row, column]
    assert 0.65 < hazard.auc(fails, event) < hazard.auc(score, event)  # worse than the index, as METHODS has it
    low, high = hazard.auc_interval(score, event, seed=1)
    assert 0.70 < low < hazard.auc(score, event) < high < 0.85


def test_ranks_and_intervals_are_those_of_scipy() -> None:
    random = np.random.default_rng(2)
    score, event = np.round(random.normal(size=120), 1), random.uniform(size=120) < 0.3
    np.testing.assert_array_equal(hazard.ranked(score), rankdata(score) / 120)
    yes, no = np.flatnonzero(event), np.flatnonzero(~event)
    drawn, again = np.random.default_rng(9), []
    for _ in range(50):
        a, b = drawn.choice(yes, len(yes)), drawn.choice(no, len(no))
        again.append(mannwhitneyu(score[a], score[b]).statistic / len(a) / len(b))
    assert hazard.auc_interval(score, event, seed=9, times=50) == pytest.approx(np.percentile(again, [2.5, 97.5]))
    assert np.isnan(hazard.auc_interval(score, np.zeros(120, dtype=bool), seed=9)).all()


def test_auc_by_hand() -> None:
    event = np.array([True, True, False, False])
    assert hazard.auc(np.array([4.0, 3.0, 2.0, 1.0]), event) == 1.0
    assert hazard.auc(np.array([4.0, 1.0, 2.0, 1.0]), event) == pytest.approx((2 + 0.5) / 4)
    assert hazard.auc(np.array([1.0, 1.0, 1.0, 1.0]), event) == 0.5
    assert np.isnan(hazard.auc(np.array([1.0, 2.0]), np.array([True, True])))


def bank(rise: float, run_cells: int) -> np.ndarray:
    """Level ground, then a bank that rises by so many metres a cell over some cells, then level ground."""
    profile = np.concatenate([np.zeros(6), rise * np.arange(1, run_cells + 1), np.full(6, rise * run_cells)])
    return np.broadcast_to(profile, (9, len(profile))).copy()


@pytest.mark.parametrize(
    ("rise", "run_cells", "cut"),
    [
        (6.0, 2, True),  # 31 degrees, 12 m high
        (5.5, 2, False),  # 29 degrees
        (7.0, 1, False),  # the cell itself has but half of the fall: 19 degrees
    ],
)
def test_a_bank_behind_the_house(rise: float, run_cells: int, cut: bool) -> None:
    height = bank(rise, run_cells)
    slope, _ = terrain.slope_aspect(height, 10.0)
    found = hazard.cut_slope(height, slope, 10.0)
    assert found[4, 5] == cut  # at the foot
    assert found[4, 3] == 0  # 30 m away
    assert found[4, -4] == 0  # above the bank: it does not stand behind
    assert found[0, 0] == 255


def test_a_steep_bank_must_be_high() -> None:
    height = bank(2.0, 3)
    slope, _ = terrain.slope_aspect(height, 3.0)  # 34 degrees, 6 m in all
    assert hazard.cut_slope(height, slope, 3.0)[4, 5] == 0  # its steep cells are 4 m above the foot


def test_coarse_cells_cannot_show_a_cut() -> None:
    height = bank(30.0, 3)
    slope, _ = terrain.slope_aspect(height, 30.0)
    assert (hazard.cut_slope(height, slope, 30.0) == 255).all()
