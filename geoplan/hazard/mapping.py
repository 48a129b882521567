"""The danger of every cell: slides, debris flows, flash floods, cut slopes.

Landslide: the untrained index, or one trained on the project's inventory where that is the better of the two in space;
on open ground it counts 1.3 times (roots hold no more). Very high is the top tenth of the extent, high the next
fifth, low the lowest three tenths and all ground where the infinite slope fails in no draw of a hundred. Slides start
where it fails in five of them and reach down to an angle of 25 degrees, debris flows along channels to 11 degrees,
both 500 m at most. What only looks up at such a source at that angle is of medium danger.

Flash flood: streams from a threshold of area or the project's lines, a discharge by area, Manning's depth, height over
the water. No event of the province was at hand to calibrate with: the classes are for looking, not for warning.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt

from geoplan.errors import Problem
from geoplan.hazard import ground
from geoplan.hazard.records import HIGH, LOW, MEDIUM, UNSEEN, HazardMap
from geoplan.hazard.trained import FEWEST, Trained, train
from geoplan.pixels import flow, hazard, runout, stage, terrain
from geoplan.pixels.flow import Flow
from geoplan.pixels.terrain import Floats
from geoplan.rasters import Raster

SEED = 20260630
"""Of the random soils, the folds and the intervals: the same figures at every run."""
LIMITS = (0.3, 0.7, 0.9)
"""Shares of the extent below which susceptibility is low, medium, high; above the last it is very high."""
FAILS_SHARE = 0.05
AROUND_M = 50.0
"""Hollows are looked for so far around, beside those of the cell and its neighbours."""
OPEN_FACTOR, OPEN_SLOPE_DEG = 1.3, 15.0
"""Open ground steeper than this counts so many times."""
SLIDE_DEG, DEBRIS_DEG, REACH_M = 25.0, 11.0, 500.0
DEBRIS_KM2 = 0.1
"""Least basin of a channel that a debris flow follows: the relief of smaller hollows is no Melton ratio."""
FREEBOARD_M, FLOOD_MARGIN_M, UNSEEN_RISE_M = 0.5, 3.0, 10.0
"""Flooded below the water plus 0.5 m; near it below 3 m; below 10 m where a part of the basin was not seen."""
CARVED_M = 20.0
"""Streams are lowered so far before water is routed, so that it stays in them."""


def hazard_map(
    communes: gpd.GeoDataFrame,
    dem: Raster,
    *,
    streams: gpd.GeoDataFrame | None = None,
    slides: gpd.GeoDataFrame | None = None,
    land_cover: Raster | None = None,
    discharge_k: float = 15.0,
    roughness: float = 0.06,
    stream_km2: float = 0.25,
) -> HazardMap:
    """Classes of danger over the communes and 5 km around, ranked over that whole extent.

    Parameters
    ----------
    communes : GeoDataFrame
        Polygons; any CRS.
    dem : Raster
        Heights in metres; any CRS.
    streams, slides : GeoDataFrame, optional
        Lines of streams; points of past slides. Fewer than 60 slides train nothing.
    land_cover : Raster, optional
        What is seen on it and is no tree cover is open ground.
    discharge_k, roughness : float
        k of Q = k A^0.75 (m3/s, km2), 10 to 20; Manning's n, 0.05 to 0.07.
    stream_km2 : float
        Least basin of a stream, 0.2 to 0.35 km2.

    Raises
    ------
    InputError
        ``hazard.too_large``, ``hazard.too_coarse``, ``hazard.no_ground``.
    """
    height, transform, cell_m = ground.heights(dem, communes)
    place = height.shape, transform, dem.crs
    side = float(np.sqrt(cell_m[0] * cell_m[1]))
    slope, _ = terrain.slope_aspect(height, cell_m)
    dry = flow.routed(height, cell_m)
    above = flow.spread_area(dry, cell_m)
    within = ground.within(communes, *place)
    index, trained, told = _index(height, slope, above, cell_m, within, _inventory(slides, slope, place))
    bare = ground.open_ground(land_cover, *place)
    fails = hazard.unstable_share(slope, above, side, seed=SEED)
    susceptible, landslide = _landslide(dry, index, bare, slope, fails, cell_m)
    lines = ground.lines(streams, *place)
    flood, unseen = _flood(height, lines, cell_m, discharge_k, roughness, stream_km2)
    notes = [_dem_note(dem, cell_m, height), *told, *_notes(dem, streams, lines, unseen, bare)]
    return HazardMap(
        landslide=landslide,
        debris=_debris(dry, height, slope, susceptible, fails, cell_m),
        flood=flood,
        index=index.astype(np.float32),
        susceptibility=susceptible,
        cut_slope=hazard.cut_slope(height, slope, cell_m),
        upstream_unseen=unseen,
        slope_deg=slope.astype(np.float32),
        transform=transform,
        crs=dem.crs,
        cell_m=cell_m,
        spatial=None if trained is None else trained.spatial,
        untrained=None if trained is None else trained.untrained,
        notes=tuple(notes),
    )


def _inventory(slides: gpd.GeoDataFrame | None, slope: Floats, place: Any) -> npt.NDArray[np.int64] | None:
    """Row and column of the slides on known ground; None without an inventory."""
    if slides is None:
        return None
    cells, inside = ground.cells_of(slides, *place)
    on = inside & np.isfinite(slope[cells[:, 0], cells[:, 1]])
    return cells[on]


def _index(
    height: Floats,
    slope: Floats,
    above: Floats,
    cell_m: tuple[float, float],
    within: npt.NDArray[np.bool_],
    slides: npt.NDArray[np.int64] | None,
) -> tuple[Floats, Trained | None, list[Problem]]:
    """Landslide index 0 to 1, what was trained, and what must be said of it."""
    plan, profile = terrain.curvatures(height, cell_m)
    untrained = hazard.ranked(hazard.susceptibility(slope, plan, profile))
    features = np.stack([slope, plan, profile, np.log10(above), terrain.position(height, cell_m, AROUND_M)])
    made = None
    if slides is not None:
        made = train(features, untrained, slides, within, float(np.sqrt(cell_m[0] * cell_m[1])), seed=SEED)
    if made is None:
        facts: dict[str, str | int | float] = {"n": 0 if slides is None else len(slides), "fewest": FEWEST}
        return untrained, None, [Problem("hazard.untrained", "slides", facts)]
    facts = {"n": made.slides, "auc": made.spatial.auc, "low": made.spatial.low, "high": made.spatial.high}
    facts |= {"plain": made.untrained.auc, "plain_low": made.untrained.low, "plain_high": made.untrained.high}
    if made.spatial.auc >= made.untrained.auc:
        return made.index, made, [Problem("hazard.trained", "slides", facts)]
    return untrained, made, [Problem("hazard.trained_no_better", "slides", facts)]


def _landslide(
    dry: Flow, index: Floats, bare: Any, slope: Floats, fails: Floats, cell_m: tuple[float, float]
) -> tuple[Any, Any]:
    """Susceptibility 0 to 3 where slides start, and the class where they start or come to."""
    known = np.isfinite(index)
    weighted = np.where(bare & (slope >= OPEN_SLOPE_DEG), index * OPEN_FACTOR, index)
    susceptible = np.full(index.shape, UNSEEN, dtype=np.uint8)
    susceptible[known] = np.searchsorted(LIMITS, weighted[known], side="right")
    found = np.where(known, LOW, UNSEEN).astype(np.uint8)
    for least, danger in ((2, MEDIUM), (3, HIGH)):
        source = known & (susceptible >= least) & (fails >= FAILS_SHARE)
        if danger == MEDIUM:  # in sight of a source, though no way leads down from it
            seen = known & runout.overlooked(dry.filled, source, cell_m, SLIDE_DEG, REACH_M)
            found[seen] = MEDIUM
        found[known & runout.reached(dry, source, cell_m, SLIDE_DEG, REACH_M)] = danger
    # ranks are relative: on gentle ground that fails in no draw the highest tenth is of low susceptibility too
    susceptible[known & (susceptible > 0) & (fails <= 0.0)] = 0
    return susceptible, found


def _debris(
    dry: Flow, height: Floats, slope: Floats, susceptible: Any, fails: Floats, cell_m: tuple[float, float]
) -> Any:
    """As for slides, what comes from very high ground is high and what comes from high ground is medium."""
    area = flow.upstream(dry, np.full(height.shape, cell_m[0] * cell_m[1]))
    with np.errstate(invalid="ignore"):
        channel = area >= DEBRIS_KM2 * 1e6
    starts = (susceptible != UNSEEN) & (fails >= FAILS_SHARE)
    some, grave = (runout.ran(dry, starts & (susceptible >= k), cell_m, DEBRIS_DEG, REACH_M) for k in (2, 3))
    return runout.debris_class(height, slope, channel, (some, grave), runout.melton(dry, area), area, cell_m)


def _flood(
    height: Floats, lines: Any, cell_m: tuple[float, float], discharge_k: float, roughness: float, stream_km2: float
) -> tuple[Any, Any]:
    """Flood class, and low ground by streams whose basin is not seen whole."""
    wet = flow.routed(np.where(lines, height - CARVED_M, height), cell_m)
    bed = replace(wet, filled=np.where(lines, height, wet.filled))
    area = flow.upstream(wet, np.full(height.shape, cell_m[0] * cell_m[1]))
    with np.errstate(invalid="ignore"):
        channel = (area >= stream_km2 * 1e6) | (lines & np.isfinite(height))
    _, reach = flow.above_drainage(wet, height, channel)
    water = stage.surface(bed, channel, area, cell_m, discharge_k, roughness)
    found = stage.flood_class(height, water, reach, FREEBOARD_M, FLOOD_MARGIN_M)
    low = stage.flood_class(height, water, reach, UNSEEN_RISE_M, UNSEEN_RISE_M) == HIGH
    partial = flow.entering(replace(wet, filled=height), cell_m).ravel()[reach] & low & (reach >= 0)
    found[partial & (found == LOW)] = MEDIUM
    return found, partial


def _dem_note(dem: Raster, cell_m: tuple[float, float], height: Floats) -> Problem:
    km2 = float(np.isfinite(height).sum()) * cell_m[0] * cell_m[1] / 1e6
    return Problem("hazard.heights", dem.source.path, {"cell_m": max(cell_m), "area_km2": km2})


def _notes(dem: Raster, streams: gpd.GeoDataFrame | None, lines: Any, unseen: Any, bare: Any) -> Sequence[Problem]:
    said = [Problem("hazard.flood_uncalibrated", dem.source.path, {})]
    if streams is None or not lines.any():
        said.append(Problem("hazard.streams_from_heights", dem.source.path, {}))
    if unseen.any():
        said.append(Problem("hazard.upstream_unseen", dem.source.path, {}))
    if bare.any():
        said.append(Problem("hazard.open_ground", "land_cover", {"factor": OPEN_FACTOR}))
    return said
