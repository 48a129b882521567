"""A random forest on the user's points, and what it is worth where it was not taught.

The seed is fixed and pixels are judged by one thread at a time, tree after tree: the same points and pixels give the
same map. Accuracy is by blocks of ground left out whole: a random split would let the neighbours of a point answer for
it.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

TREES = 400
CHECK_TREES = 100
"""Of the forests that are only checked, sixteen times: a hundred judge nearly as well and never better."""

LEAST_LEAF = 3
BLOCKS_A_SIDE = 4
"""Sixteen blocks, left out one after the other."""


@dataclass(frozen=True, slots=True)
class Accuracy:
    """Overall accuracy at the points, 0 to 1, by blocks left out, with a 95 % interval; not that of the map's area."""

    points: int
    blocks: int
    overall: float
    low: float
    high: float


def grow(values: npt.NDArray[np.float32], forest: npt.NDArray[np.bool_], seed: int, trees: int = TREES) -> Any:
    """A forest of trees taught on points, classes balanced.

    Parameters
    ----------
    values : float32 array, shape (points, features)
        NaN is unknown: it goes the way that taught best.
    forest : bool array, shape (points,)
        Both classes are there.
    seed, trees : int
        Of the random draws; how many trees.
    """
    from sklearn.ensemble import RandomForestClassifier

    grown = RandomForestClassifier(
        n_estimators=trees, min_samples_leaf=LEAST_LEAF, class_weight="balanced", random_state=seed, n_jobs=2
    ).fit(values, forest)
    return grown.set_params(n_jobs=1)  # two threads would add up the trees in the order of their luck


def shares(grown: Any, values: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
    """Mean share of forest in the trees' leaves, 0 to 1, shape (pixels,), of values of shape (pixels, features)."""
    if not len(values):
        return np.zeros(0)
    return np.asarray(grown.predict_proba(values)[:, 1], dtype=np.float64)


def by_blocks(
    values: npt.NDArray[np.float32],
    forest: npt.NDArray[np.bool_],
    places: npt.NDArray[np.float64],
    seed: int,
    trees: int = CHECK_TREES,
) -> Accuracy | None:
    """Accuracy where the trees were not taught: each of 16 blocks is left out once and judged by the rest.

    The interval takes the block as the unit, for points of one block err together: Student's t with blocks less one
    degrees of freedom; never narrower than Wilson's of as many single points, so no error seen is not no error. None
    where fewer than two blocks could be judged.

    Parameters
    ----------
    values, forest
        As for `grow`.
    places : float64 array, shape (points, 2)
        Where the points stand, one unit both ways.
    """
    block = _blocks(places)
    judged: list[tuple[int, int]] = []
    for number in np.unique(block):
        out = block == number
        if len(np.unique(forest[~out])) == 2:
            said = shares(grow(values[~out], forest[~out], seed, trees), values[out]) >= 0.5
            judged.append((int((said == forest[out]).sum()), int(out.sum())))
    return _overall(judged) if len(judged) >= 2 else None


def ranked(grown: Any, names: tuple[str, ...]) -> Mapping[str, float]:
    """Importance of each feature (share of the impurity it removed), the greatest first; they add up to 1."""
    importance = grown.feature_importances_
    return {names[i]: float(importance[i]) for i in np.argsort(-importance, kind="stable")}


def _overall(judged: list[tuple[int, int]]) -> Accuracy:
    """Accuracy of blocks, each with its right points and its points."""
    from scipy import stats  # half a second, which a check of lots need not wait for

    right, sizes = np.array(judged, dtype=float).T
    count, points = len(sizes), float(sizes.sum())
    overall = float(right.sum()) / points
    error = math.sqrt(count / (count - 1) * float(((right - overall * sizes) ** 2).sum())) / points
    reach = float(stats.t.ppf(0.975, count - 1)) * error
    wilson = stats.binomtest(int(right.sum()), int(points)).proportion_ci(0.95, method="wilson")
    low, high = min(overall - reach, float(wilson.low)), max(overall + reach, float(wilson.high))
    return Accuracy(int(points), count, overall, max(0.0, low), min(1.0, high))


def _blocks(places: npt.NDArray[np.float64]) -> npt.NDArray[np.int64]:
    """Number of the block of each point: the points' box cut in four both ways."""
    low, high = places.min(axis=0), places.max(axis=0)
    steps = np.where(high > low, (high - low) / BLOCKS_A_SIDE, 1.0)
    cell = np.minimum(((places - low) / steps).astype(np.int64), BLOCKS_A_SIDE - 1)
    found: npt.NDArray[np.int64] = cell[:, 1] * BLOCKS_A_SIDE + cell[:, 0]
    return found
