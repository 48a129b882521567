"""Intervals of the four cells from a reference sample, and whether two figures of forest can both be true."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geoplan import crs
from geoplan.errors import Problem
from geoplan.reconciliation.cover import MeasuredCover
from geoplan.sampling import Estimate, stratified_difference, thin_strata

FIGURES = ("forest", "both", "official_only", "measured_only", "neither")
STRATA_SHARE = 0.005
"""Strata may miss a unit's ground by this share; a sample of less ground says nothing of the rest."""

UNEVEN_P = 0.001
"""Chance below which a unit's points are not so few (or so many) by chance: they were not drawn over all the ground."""

SAME_BELOW = 1.96
"""|z| below which chance alone may account for the difference of two figures."""


@dataclass(frozen=True, eq=False)
class ReferenceSample:
    """Points drawn by stratum and read by people.

    Parameters
    ----------
    points : GeoDataFrame
        ``stratum`` (text) and ``forest`` (1.0 forest, 0.0 not; no blanks), points in any CRS.
    strata_ha : DataFrame
        Hectares of each stratum in each unit, as `zonal.class_hectares` gives them: ``zone`` (position of the unit),
        ``value`` (stratum), ``ha``.
    whole_ha : mapping of str to float, optional
        Hectares of each stratum over all the ground that the points were drawn from. With it a unit that has too few
        points of its own still gets an interval, from all points: wider, and as honest. Only where its own points are
        as many as its part of each stratum lets expect: points drawn for one commune say nothing of another.
    assisted : bool
        False where the map was taught at the points: the estimates then leave the map out (all of it 0).
    """

    points: gpd.GeoDataFrame
    strata_ha: pd.DataFrame
    whole_ha: Mapping[str, float] | None = None
    assisted: bool = True


def of_units(
    units: gpd.GeoDataFrame,
    official: npt.NDArray[np.object_],
    cover: MeasuredCover,
    sample: ReferenceSample,
    mapped: pd.DataFrame,
) -> tuple[list[dict[str, Estimate]], list[Problem]]:
    """Estimates of `FIGURES` for each unit, from the points inside it; none where they are too few.

    `Estimate.n` counts the points inside the unit, also where all points give its interval.

    Parameters
    ----------
    units : GeoDataFrame
        ``name``, ``level``, polygons.
    official : array of shapely polygons
        Lots that are forest on paper, in the CRS of `units`.
    mapped : DataFrame
        Rows as `units`: ``ground_ha``, ``both_ha``, ``official_only_ha``, ``measured_only_ha``, ``neither_ha``.

    Returns
    -------
    estimates, problems
        One mapping a unit, empty where a stratum has too few points or the strata miss ground; problems of communes.
    """
    points = np.asarray(crs.geometries(sample.points.geometry.array, sample.points.crs, units.crs), dtype=object)
    truth = sample.points["forest"].to_numpy(dtype=float)
    stratum = sample.points["stratum"].astype(str).to_numpy()
    seen = cover.at(points, units.crs)
    on_paper = _inside(points, official)
    values = {
        "forest": (truth, seen == 1),
        "both": (truth * on_paper, (seen == 1) & on_paper),
        "official_only": ((1 - truth) * on_paper, (seen == 0) & on_paper),
        "measured_only": (truth * ~on_paper, (seen == 1) & ~on_paper),
        "neither": ((1 - truth) * ~on_paper, (seen == 0) & ~on_paper),
    }
    estimates: list[dict[str, Estimate]] = []
    problems: list[Problem] = []
    for i, unit in enumerate(units.itertuples()):
        mine = _inside(points, np.array([unit.geometry], dtype=object))
        strata = sample.strata_ha[(sample.strata_ha["zone"] == i) & (sample.strata_ha["ha"] > 0)]
        area = {str(int(value)): float(ha) for value, ha in zip(strata["value"], strata["ha"], strict=True)}
        land = float(mapped["ground_ha"].iloc[i])
        found = _refusals(unit.name, stratum[mine], area, land)
        of_all = bool(found) and found[0].key == "reconciliation.no_interval" and _enough(stratum, sample.whole_ha)
        if of_all:
            facts: dict[str, str | int | float] = {"unit": unit.name, "n": int(mine.sum()), "points": len(points)}
            of_all = _even(stratum, mine, area, sample.whole_ha or {})
            found = [Problem("reconciliation.leaning" if of_all else "reconciliation.uneven", "samples", facts)]
        problems += found if unit.level == "commune" else []
        if found and not of_all:
            estimates.append({})
            continue
        total = mapped.iloc[i]
        totals = {cell: float(total[f"{cell}_ha"]) for cell in FIGURES[1:]}
        totals["forest"] = totals["both"] + totals["measured_only"]
        if of_all:  # all points, with nothing of them but what lies in the unit
            drawn, area = np.ones(len(points), dtype=bool), dict(sample.whole_ha or {})
        else:
            drawn = mine
        made = {}
        for name, (y, m) in values.items():
            there, mapped_there = (y * mine)[drawn], (m * mine * sample.assisted)[drawn]
            by_map = totals[name] if sample.assisted else 0.0
            one = stratified_difference(there, mapped_there, stratum[drawn].tolist(), area, by_map, most=land)
            made[name] = replace(one, n=int(mine.sum()))
        estimates.append(made)
    return estimates, problems


def _enough(stratum: npt.NDArray[np.object_], whole_ha: Mapping[str, float] | None) -> bool:
    return whole_ha is not None and not thin_strata(stratum.tolist(), whole_ha)


def _even(
    stratum: npt.NDArray[np.object_], mine: npt.NDArray[np.bool_], area: Mapping[str, float], whole: Mapping[str, float]
) -> bool:
    """True where a unit has as many points of each stratum as its part of the stratum lets expect, but for chance."""
    from scipy import stats  # half a second, which a check of lots need not wait for

    for label, ha in sorted(whole.items()):
        drawn, share = stratum == label, min(area.get(label, 0.0) / ha, 1.0) if ha > 0 else 0.0
        if share > 0 and stats.binomtest(int((drawn & mine).sum()), int(drawn.sum()), share).pvalue < UNEVEN_P:
            return False
    return True


def _inside(points: npt.NDArray[np.object_], polygons: npt.NDArray[np.object_]) -> npt.NDArray[np.bool_]:
    found = np.zeros(len(points), dtype=bool)
    if len(points) and len(polygons):
        found[shapely.STRtree(polygons).query(points, predicate="intersects")[0]] = True
    return found


def _refusals(name: str, stratum: npt.NDArray[np.object_], area: dict[str, float], land: float) -> list[Problem]:
    covered = sum(area.values())
    if abs(covered - land) > STRATA_SHARE * land:
        facts: dict[str, str | int | float] = {"unit": name, "area_ha": covered, "land_ha": land}
        return [Problem("reconciliation.strata_short", "strata", facts)]
    thin = thin_strata(stratum.tolist(), area)
    if not thin:
        return []
    told = "; ".join(f"{p.facts['stratum']}: {p.facts['n']}" for p in thin)
    facts = {"unit": name, "strata": told, "least": thin[0].facts["least"]}
    return [Problem("reconciliation.no_interval", "samples", facts)]


def z_score(statutory_share: float, estimate_share: float, se_share: float) -> float:
    """How many standard errors lie between a census and an estimate; NaN where either is not known.

    The statutory figure is a count of all lots: it has no standard error. Below 1.96 chance alone may account for the
    difference.
    """
    if not se_share > 0:
        return math.nan
    return (statutory_share - estimate_share) / se_share


def verdict(unit: str, statutory_share: float, land_ha: float, forest: Estimate) -> tuple[float, Problem | None]:
    """The z of a unit's statutory and estimated cover, and the sentence; nothing where there is no official area."""
    z = z_score(statutory_share, forest.value / land_ha, forest.se / land_ha)
    if math.isnan(z):
        return z, None
    facts: dict[str, str | int | float] = {
        "unit": unit,
        "statutory_pct": 100 * statutory_share,
        "measured_pct": 100 * min(max(forest.value, forest.low), forest.high) / land_ha,
        "low_pct": 100 * forest.low / land_ha,
        "high_pct": 100 * forest.high / land_ha,
        "z": z,
    }
    if abs(z) < SAME_BELOW:
        return z, Problem("reconciliation.agrees", "samples", facts)
    return z, Problem("reconciliation.differs", "samples", facts)
