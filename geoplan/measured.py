"""Measured cover of the whole extent: a map from images or from a raster, and the reference sample that was read."""

from dataclasses import replace
from datetime import date

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geoplan import classification, crs, imagery
from geoplan.classification import CoverSettings
from geoplan.errors import InputError, Problem
from geoplan.imagery import Stack
from geoplan.rasters import Raster
from geoplan.reconciliation import MeasuredCover
from geoplan.reconciliation.looked import Known
from geoplan.reconciliation.measured import from_land_cover, strata_hectares
from geoplan.results import Grid, Prepared

STRATA_MOST = 0.1
"""Share of points whose stratum may differ from the raster's; above it the raster is not the one they came from."""

LEAK_MOST = 0.05
"""Share of points that may stand where the map was taught; above it the map has no part in the figure."""

OLDEST_YEARS = 2
"""A point read on an image further than this from the day of the figures is named."""

CLEARED_YEARS = 3
"""Ground cleared in so many calendar years is shown as cleared where no forest stands again."""


def prepare(  # noqa: PLR0913  # five roles and three settings
    communes: gpd.GeoDataFrame,
    land_cover: Raster | None,
    strata: Raster | None,
    sentinel2: Stack | None,
    samples: gpd.GeoDataFrame | None,
    training: gpd.GeoDataFrame | None,
    *,
    as_of: date,
    min_patch_ha: float = 0.3,
    forest_words: str = "",
    other_words: str = "",
) -> Prepared:
    """Measured cover of the whole extent: a classifier is taught once, patches are joined over borders of communes.

    Parameters
    ----------
    communes : GeoDataFrame
        All of them.
    land_cover : Raster or None
        Classes with ``forest``, or a probability with ``threshold``: the map where there are no images.
    strata : Raster or None
        What the samples were drawn from; its values are their ``stratum``.
    sentinel2 : Stack or None
        Images made ready.
    samples : GeoDataFrame or None
        Reference sample: ``stratum``, ``reference`` (a word of forest or of other land; blank: not read yet).
    training : GeoDataFrame or None
        Points that teach the classifier; without them its map is preliminary.
    as_of : date
        Images after this day are not looked at.
    min_patch_ha : float
        Smallest patch of trees, hectares.
    forest_words, other_words : str
        More words of ``reference`` that are forest, or are not, between commas.

    Returns
    -------
    Prepared
        `Known`, and with images the map as a grid.
    """
    grids: tuple[Grid, ...] = ()
    notes: list[Problem] = []
    taught = None
    if sentinel2 is not None:
        wanted = CoverSettings(min_patch_ha=min_patch_ha, forest_words=forest_words, other_words=other_words)
        found = classification.cover_map(sentinel2, imagery.read, training, as_of=as_of, settings=wanted)
        grids, notes = (_grid(found, as_of),), list(found.notes)
        taught = training if found.method == "random_forest" else None
        known = Known(_as_cover(found), seen_by=sentinel2.role)
        if land_cover is not None:
            notes.append(Problem("forest_cover.land_cover_not_counted", "land_cover", {}))
    else:
        known = Known(None if land_cover is None else from_land_cover(land_cover, communes, min_patch_ha))
    points, said = _read_points(samples, strata, (forest_words, other_words), as_of, mapped=known.cover is not None)
    if points is not None:
        ground = shapely.union_all(crs.geometries(communes.geometry.array, communes.crs, points.crs))
        inside = shapely.intersects(points.geometry.to_numpy(), ground)
        points = points[inside].reset_index(drop=True)
    if points is None or points.empty or strata is None:
        return Prepared(known, grids, (*notes, *said))
    held = strata_hectares(strata, communes).groupby("value", as_index=False)["ha"].sum()
    whole = {str(int(value)): float(ha) for value, ha in zip(held["value"], held["ha"], strict=True)}
    assisted, leaking = _independent(taught, points)
    known = replace(known, points=points, strata=strata, whole_ha=whole, assisted=assisted)
    return Prepared(known, grids, (*notes, *said, *leaking))


def _independent(taught: gpd.GeoDataFrame | None, points: gpd.GeoDataFrame) -> tuple[bool, list[Problem]]:
    """Whether the map may help the estimate, and the points that stand where it was taught.

    At its own training points a map finds itself right: it would correct nothing, and the interval would be too narrow.
    """
    leaking = classification.leaks(taught, points) if taught is not None else ()
    n = sum(len(problem.feature_ids) for problem in leaking)
    if n <= LEAK_MOST * len(points):
        return True, list(leaking)
    facts: dict[str, str | int | float] = {"n": n, "points": len(points), "column": "tree_pct"}
    return False, [*leaking, Problem("forest_cover.map_not_counted", "samples", facts)]


def _as_cover(found: classification.CoverMap) -> MeasuredCover:
    return MeasuredCover(
        found.forest,
        found.transform,
        found.crs,
        before_rule=found.classified,
        cleared=found.cleared_year,
        looks=np.minimum(found.looks, 254).astype(np.uint8),
    )


def _grid(found: classification.CoverMap, as_of: date) -> Grid:
    """The map for the eye: forest, trees that the rules took away, ground cleared of late, the rest."""
    values = found.forest.copy()
    values[(found.classified == 1) & (found.forest == 0)] = 2
    values[(found.cleared_year >= as_of.year - CLEARED_YEARS) & (found.forest == 0)] = 3
    classes = {1: "forest", 2: "removed_small", 3: "cleared", 0: "not_forest"}
    return Grid("measured_cover", values, found.transform, found.crs, classes)


def _read_points(
    samples: gpd.GeoDataFrame | None, strata: Raster | None, words: tuple[str, str], as_of: date, *, mapped: bool
) -> tuple[gpd.GeoDataFrame | None, list[Problem]]:
    """Points that were read, ``sample_id stratum forest``, and a word on those that cannot be used."""
    if samples is None:
        return None, []
    lacking = "" if strata is not None else "forest_cover.samples_without_strata"
    lacking = lacking if mapped else "forest_cover.samples_without_map"
    if lacking:
        return None, [Problem(lacking, "samples", {})]
    read = samples["reference"].notna()
    unread = tuple(samples.loc[~read, "sample_id"].astype(str))
    notes = [Problem("forest_cover.samples_unread", "samples", {"n": len(unread)}, unread)] if unread else []
    points = samples[read].reset_index(drop=True)
    if points.empty:
        return None, notes
    again = points.geometry.to_wkb().duplicated().to_numpy()
    if again.any():
        ids = tuple(points.loc[again, "sample_id"].astype(str))
        notes.append(Problem("forest_cover.samples_twice", "samples", {"n": len(ids)}, ids))
        points = points[~again].reset_index(drop=True)
    notes += _old(points, as_of)
    try:
        forest = classification.is_forest(points["reference"], *words)
    except InputError as error:
        raise InputError(*(replace(problem, where="samples: reference") for problem in error.problems)) from error
    notes += _strata_agree(points, strata)
    return points[["sample_id", "stratum", "geometry"]].assign(forest=forest.astype(float)), notes


def _old(points: gpd.GeoDataFrame, as_of: date) -> list[Problem]:
    """Points read on images of another time: they say what stood there then."""
    if "seen_on" not in points:
        return []
    away = (pd.to_datetime(points["seen_on"]) - pd.Timestamp(as_of)).abs().dt.days
    ids = tuple(points.loc[away > 365 * OLDEST_YEARS, "sample_id"].astype(str))
    return [Problem("forest_cover.samples_old", "samples", {"n": len(ids), "years": OLDEST_YEARS}, ids)] if ids else []


def _strata_agree(points: gpd.GeoDataFrame, strata: Raster | None) -> list[Problem]:
    """Points whose written stratum is not that of the raster under them: another raster was used for drawing.

    Raises
    ------
    InputError
        ``forest_cover.strata_wrong`` where that is so of many: the weights would be wrong.
    """
    if strata is None:
        return []
    moved = gpd.GeoSeries(crs.geometries(points.geometry.array, points.crs, strata.crs))
    west, south, east, north = (float(b) for b in moved.total_bounds)
    values, place = strata.read((west - 1.0, south - 1.0, east + 1.0, north + 1.0))
    column, row = (moved.x.to_numpy() - place.c) / place.a, (moved.y.to_numpy() - place.f) / place.e
    inside = (column >= 0) & (row >= 0) & (column < values.shape[1]) & (row < values.shape[0])
    beneath = np.full(len(points), None, dtype=object)
    stored = values[row[inside].astype(int), column[inside].astype(int)]
    beneath[inside] = [None if value is np.ma.masked else str(int(value)) for value in stored]
    differ = (beneath != points["stratum"].astype(str).to_numpy()) & (beneath != None)  # noqa: E711  # an array
    if not differ.any():
        return []
    ids = tuple(points.loc[differ, "sample_id"].astype(str))
    facts: dict[str, str | int | float] = {"n": int(differ.sum()), "points": len(points)}
    if differ.mean() > STRATA_MOST:
        raise InputError(Problem("forest_cover.strata_wrong", "samples: stratum", facts, ids))
    return [Problem("forest_cover.strata_differ", "samples: stratum", facts, ids)]
