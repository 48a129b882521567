"""A landslide model of the project's own inventory, judged in space.

Logistic regression on slope, curvatures, the area above and the height over the ground around. Points near each other
are alike, so that a random split flatters (0.86 against 0.77 on one inventory): the folds are patches of ground
(k-means of the coordinates), and each point is scored by a model that has seen no point of its patch.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from geoplan.pixels import hazard
from geoplan.pixels.terrain import Floats

FEWEST = 60
"""With fewer slides on known ground the untrained index is better."""
FOLDS = 5
OTHERS_PER_SLIDE = 10
APART_M, SEEN_M = 50.0, 1000.0
"""Ground without a slide is drawn so far from every slide: more would leave out the ground that is like it, and flatter
the model. Beyond the communes it is drawn only so near to a slide there."""
RIDGE = 0.01
"""Pull of the coefficients of standardised features towards 0, beside the mean loss of a point."""
_TAILS = (1.0, 99.0)
"""Features end at these percentiles: the curvature of a contour on level ground has no bound."""
_STARTS, _STEPS, _STILL = 10, 100, 1e-10


@dataclass(frozen=True, slots=True)
class Accuracy:
    """How well an index tells slides from other ground: AUC with its 95 % interval."""

    auc: float
    low: float
    high: float


@dataclass(frozen=True, eq=False)
class Trained:
    """A trained index, 0 to 1 by rank; its accuracy in space, and that of the untrained one on the same points."""

    index: Floats
    spatial: Accuracy
    untrained: Accuracy
    slides: int


def train(
    features: npt.NDArray[np.float64],
    untrained: Floats,
    slides: npt.NDArray[np.int64],
    within: npt.NDArray[np.bool_],
    cell_m: float,
    *,
    seed: int,
) -> Trained | None:
    """A model of the slides, or None where fewer than `FEWEST` lie on known ground.

    Parameters
    ----------
    features : float array, shape (feature, y, x)
        NaN is unknown.
    untrained : float array, shape (y, x)
        `hazard.susceptibility`.
    slides : int array, shape (n, 2)
        Row and column of each slide. Several of one cell count once.
    within : bool array, shape (y, x)
        The ground whose slides are known: that of the communes.
    cell_m : float
        Metres of a cell.
    seed : int
        Of the ground drawn, the folds and the interval.
    """
    known = np.isfinite(features).all(axis=0) & np.isfinite(untrained)
    slid = np.zeros(known.shape, dtype=bool)
    if len(slides):
        slid[slides[:, 0], slides[:, 1]] = True
    slid &= known
    if int(slid.sum()) < FEWEST:
        return None
    random = np.random.default_rng(seed)
    away = ndimage.distance_transform_edt(~slid) * cell_m
    ground = known & within
    beyond = slid & ~within
    if beyond.any():  # the inventory goes on outside: how far, only its own points say
        ground |= known & (ndimage.distance_transform_edt(~beyond) * cell_m <= SEEN_M)
    far = np.flatnonzero(ground & (away > APART_M))
    other = random.choice(far, min(OTHERS_PER_SLIDE * int(slid.sum()), len(far)), replace=False)
    chosen = np.concatenate([np.flatnonzero(slid), other])
    event = np.arange(len(chosen)) < int(slid.sum())
    places = np.column_stack(np.unravel_index(chosen, known.shape)).astype(np.float64) * cell_m
    table = features.reshape(len(features), -1)
    bounds = np.percentile(table[:, ground.ravel()], _TAILS, axis=1)[:, :, None]
    points = np.clip(table[:, chosen], *bounds).T
    scores = spatial_scores(points, event, places, seed=seed)
    weights, constant = _fitted(points, event)
    score = np.full(known.shape, np.nan)
    score[known] = weights @ np.clip(table[:, known.ravel()], *bounds) + constant
    return Trained(
        index=hazard.ranked(score),
        spatial=accuracy(scores, event, seed=seed),
        untrained=accuracy(untrained.ravel()[chosen], event, seed=seed),
        slides=int(slid.sum()),
    )


def spatial_scores(
    features: npt.NDArray[np.float64], event: npt.NDArray[np.bool_], places_m: npt.NDArray[np.float64], *, seed: int
) -> Floats:
    """Score of each point by a model trained without the patch of ground that it lies in.

    Parameters
    ----------
    features, event : arrays, shapes (n, feature) and (n,)
        Known values; what happened.
    places_m : float array, shape (n, 2)
        Coordinates in metres.
    seed : int
        Of the patches.
    """
    patch = _patches(places_m, seed)
    scores = np.full(len(event), np.nan)
    for fold in range(FOLDS):
        held = patch == fold
        if event[~held].all() or not event[~held].any():
            continue  # nothing to learn from: the points of this patch stay without a score
        weights, constant = _fitted(features[~held], event[~held])
        scores[held] = features[held] @ weights + constant  # with the constant the models of all patches compare
    return scores


def accuracy(scores: Floats, event: npt.NDArray[np.bool_], *, seed: int) -> Accuracy:
    """AUC of scores with its interval, over the points that have one."""
    scored = np.isfinite(scores)
    low, high = hazard.auc_interval(scores[scored], event[scored], seed=seed)
    return Accuracy(hazard.auc(scores[scored], event[scored]), low, high)


def _patches(places_m: npt.NDArray[np.float64], seed: int) -> npt.NDArray[np.int64]:
    """k-means of the places: the tightest of some starts (k-means++), 0 to `FOLDS` - 1."""
    random = np.random.default_rng(seed)
    best, least = np.zeros(len(places_m), dtype=np.int64), np.inf
    for _ in range(_STARTS):
        middles = places_m[random.integers(len(places_m), size=1)]
        while len(middles) < FOLDS:
            apart = _squares(places_m, middles).min(axis=1)
            if not apart.any():
                break  # fewer places than patches
            middles = np.concatenate([middles, places_m[random.choice(len(apart), 1, p=apart / apart.sum())]])
        for _ in range(_STEPS):
            patch = _squares(places_m, middles).argmin(axis=1)
            moved = np.array([places_m[patch == k].mean(axis=0) for k in np.unique(patch)])
            if moved.shape == middles.shape and np.array_equal(moved, middles):
                break
            middles = moved
        spread = float(_squares(places_m, middles).min(axis=1).sum())
        if spread < least:
            best, least = patch, spread
    return best


def _squares(places: npt.NDArray[np.float64], middles: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    return np.asarray(((places[:, None, :] - middles[None, :, :]) ** 2).sum(axis=2))


def _fitted(features: npt.NDArray[np.float64], event: npt.NDArray[np.bool_]) -> tuple[Floats, float]:
    """Weight of each feature and the constant: logistic regression with a ridge, slides and others of equal weight.

    Newton's method, each step halved until the loss falls: it is convex, so there is one answer.
    """
    middle, spread = features.mean(axis=0), features.std(axis=0)
    spread[spread == 0.0] = 1.0
    known = np.column_stack([(features - middle) / spread, np.ones(len(event))])
    count = np.where(event, 0.5 / event.sum(), 0.5 / (~event).sum())
    ridge = np.append(np.full(features.shape[1], RIDGE), 0.0)
    side = np.where(event, 1.0, -1.0)

    def loss(weights: Floats) -> float:
        return float(count @ np.logaddexp(0.0, -side * (known @ weights)) + (ridge * weights**2).sum() / 2)

    weights = np.zeros(known.shape[1])
    for _ in range(_STEPS):
        chance = 1.0 / (1.0 + np.exp(-np.clip(known @ weights, -500.0, 500.0)))
        slope = known.T @ (count * (chance - event)) + ridge * weights
        bend = (known * (count * chance * (1.0 - chance))[:, None]).T @ known + np.diag(ridge + 1e-12)
        step = np.linalg.solve(bend, slope)
        while loss(weights - step) > loss(weights) and np.abs(step).max() > _STILL:
            step /= 2.0
        weights = weights - step
        if np.abs(step).max() <= _STILL:
            break
    own = weights[:-1] / spread
    return own, float(weights[-1] - own @ middle)
