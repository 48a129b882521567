"""Where slopes fail: an index that needs no inventory, the infinite slope, cut slopes, and how good an index is.

The index is rank(slope) + 1/2 rank(-plan curvature) + 1/2 rank(-profile curvature) over the whole extent: steep, and
hollow both ways. On 350 points of Muenchow et al. (2012) its AUC is as high as that of a model trained and judged in
space (0.77). It is relative: the infinite slope says whether the ground can fail at all.

Reference: infinite slope with random soils after Hammond et al. (1992), Level I Stability Analysis, USDA Forest Service
INT-285; wetness of the soil after Montgomery and Dietrich (1994), doi:10.1029/93WR02979.
"""

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from geoplan.pixels.compiled import compiled
from geoplan.pixels.terrain import Cell, Floats, within

SOIL_KN_M3, WATER_KN_M3 = 18.0, 9.81
"""Unit weights of wet soil and of water."""

CUT_RADIUS_M, CUT_RISE_M, CUT_SLOPE_DEG = 20.0, 6.0, 30.0
"""A slope behind a house: so near, so high, so steep."""


def ranked(values: Floats) -> Floats:
    """Rank of each known value among all known ones, above 0 to 1; equal values share their mean rank; NaN stays."""
    known = np.isfinite(values)
    found = np.full(values.shape, np.nan)
    found[known] = _ranks(values[known]) / max(int(known.sum()), 1)
    return found


def _ranks(values: Floats) -> Floats:
    """Ranks from 1; equal values share their mean rank."""
    _, place, count = np.unique(values, return_inverse=True, return_counts=True)
    return np.asarray((np.cumsum(count) - (count - 1) / 2)[place])


def susceptibility(slope_deg: Floats, plan: Floats, profile: Floats) -> Floats:
    """Untrained landslide index, 0 to 1: the mean of the rank of slope and the ranks of both hollow curvatures.

    Parameters
    ----------
    slope_deg, plan, profile : float arrays, shape (y, x)
        From `terrain`, of the whole extent; NaN is unknown.
    """
    return (ranked(slope_deg) + 0.5 * ranked(-plan) + 0.5 * ranked(-profile)) / 2.0


def factor_of_safety(
    cohesion_kpa: Any, friction_deg: Any, depth_m: Any, slope_deg: Any, wet_share: Any, soil_kn_m3: Any = SOIL_KN_M3
) -> Any:
    """Factor of safety of an infinite slope: below 1 it fails. Infinite on level ground.

    Parameters
    ----------
    cohesion_kpa, friction_deg, depth_m : float or array
        Of the soil, roots included; depth vertical.
    slope_deg : float or array
        Of the ground.
    wet_share : float or array
        Part of the depth below water, 0 to 1.
    soil_kn_m3 : float or array
        Unit weight of the soil.
    """
    angle, friction = np.radians(slope_deg), np.tan(np.radians(friction_deg))
    held = cohesion_kpa + (soil_kn_m3 - wet_share * WATER_KN_M3) * depth_m * np.cos(angle) ** 2 * friction
    with np.errstate(divide="ignore"):
        return held / (soil_kn_m3 * depth_m * np.sin(angle) * np.cos(angle))


def unstable_share(slope_deg: Floats, area_m2: Floats, cell_m: float, *, seed: int, draws: int = 100) -> Floats:
    """Part of random soils and storms in which the infinite slope fails, 0 to 1.

    Cohesion 0 to 10 kPa, friction 26 to 38 degrees, depth 1 to 3 m, log10(q/T) -3.7 to -2.3, all uniform.

    Parameters
    ----------
    slope_deg, area_m2 : float arrays, shape (y, x)
        Slope; area above the cell. NaN is unknown.
    cell_m : float
        Width of a cell in metres.
    seed, draws : int
        Of the random soils: the same for every cell.
    """
    random = np.random.default_rng(seed)
    cohesion, friction = random.uniform(0.0, 10.0, draws), np.tan(np.radians(random.uniform(26.0, 38.0, draws)))
    depth, wet = random.uniform(1.0, 3.0, draws), 10.0 ** random.uniform(-3.7, -2.3, draws)
    found = _failing(np.radians(slope_deg).ravel(), (area_m2 / cell_m).ravel(), cohesion, friction, depth, wet)
    return np.asarray(found).reshape(slope_deg.shape)


def cut_slope(height: Floats, slope_deg: Floats, cell_m: Cell) -> npt.NDArray[np.uint8]:
    """1 where a slope of 30 degrees or more stands within 20 m and rises 6 m or more above the cell; 255 unknown.

    Cells wider than 20 m cannot show it: all is unknown then.

    Parameters
    ----------
    height, slope_deg : float arrays, shape (y, x)
        Metres; degrees. NaN is unknown.
    cell_m : float or (float, float)
        Metres of a cell.
    """
    found = np.full(height.shape, 255, dtype=np.uint8)
    disk = within(cell_m, CUT_RADIUS_M)
    if min(disk.shape) < 3:
        return found
    steep = np.where(slope_deg >= CUT_SLOPE_DEG, height, -np.inf)
    highest = ndimage.maximum_filter(steep, footprint=disk, mode="nearest")
    known = np.isfinite(slope_deg)
    found[known] = (highest[known] - height[known] >= CUT_RISE_M).astype(np.uint8)
    return found


def auc(score: Floats, event: npt.NDArray[np.bool_]) -> float:
    """Chance that an event scores above a non-event (ties count half); NaN where one kind is absent."""
    events, others = int(event.sum()), int((~event).sum())
    if events == 0 or others == 0:
        return float("nan")
    ranks = _ranks(score)
    return float((ranks[event].sum() - events * (events + 1) / 2) / (events * others))


def auc_interval(score: Floats, event: npt.NDArray[np.bool_], *, seed: int, times: int = 500) -> tuple[float, float]:
    """95 % interval of `auc` by drawing events and non-events anew.

    Parameters
    ----------
    score, event : arrays (n,)
        Scores that no point of its own fold has trained; what happened.
    seed, times : int
        Of the draws.
    """
    random = np.random.default_rng(seed)
    values, place = np.unique(score, return_inverse=True)
    yes, no = place[event], place[~event]
    if len(yes) == 0 or len(no) == 0:
        return float("nan"), float("nan")
    found = np.empty(times)
    for n in range(times):
        events = np.bincount(random.choice(yes, len(yes)), minlength=len(values))
        others = np.bincount(random.choice(no, len(no)), minlength=len(values))
        found[n] = (events * (np.cumsum(others) - others / 2)).sum() / (len(yes) * len(no))
    low, high = np.percentile(found, [2.5, 97.5])
    return float(low), float(high)


@compiled
def _failing(slope: Any, above: Any, cohesion: Any, friction: Any, depth: Any, wet: Any) -> Any:
    """Share of draws below a factor of 1, as `factor_of_safety` reckons it."""
    found = np.full(slope.shape, np.nan)
    for i in range(len(slope)):
        if np.isnan(slope[i]) or np.isnan(above[i]):
            continue
        sine, cosine = np.sin(slope[i]), np.cos(slope[i])
        fails = 0
        for n in range(len(cohesion)):
            if sine <= 0.0:
                break
            share = min(1.0, wet[n] * above[i] / sine)
            pull = SOIL_KN_M3 * depth[n] * sine * cosine
            held = cohesion[n] + (SOIL_KN_M3 - share * WATER_KN_M3) * depth[n] * cosine * cosine * friction[n]
            fails += held < pull
        found[i] = fails / len(cohesion)
    return found
