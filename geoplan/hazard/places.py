"""Where people live or shall live, judged by the danger of the ground: safe, conditional, at risk, unknown.

A house is judged by the worst cell within 15 m, as points of houses are no better than that. It is at risk where the
class of slides, debris flows or flash floods is high or a cut slope stands behind it; conditional where one is medium,
the ground is steeper than 15 degrees, or the heights are too coarse to see cut slopes; unknown, never safe, where a
danger is not known and none is high.

A site is judged by shares of its ground: 5 % count, less may be the line. A planned one must also be of low
susceptibility, large enough, near a road and near water, and on no ground that the law keeps for forest or rice; what
fails makes it conditional.
"""

from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from affine import Affine

from geoplan import areas, codes, overlays, zonal
from geoplan import crs as coordinates
from geoplan.hazard import ground
from geoplan.hazard.records import HIGH, MEDIUM, UNSEEN, HazardMap
from geoplan.pixels import terrain

NUDGE_M = 1e-4
"""A point on the border of two units belongs to the one to its north-east."""

AROUND_M = 15.0
EDGE_SHARE, UNSEEN_SHARE = 0.05, 0.01
STEEP_DEG = 15.0
LEAST_HA, ROAD_M, WATER_M = 0.3, 300.0, 500.0
HOUSE_M2, COMMON_FACTOR = 400.0, 1.6
"""Ground of a house, and that times the factor with ways and drains."""
SLOPE_STEPS_DEG = (0, 3, 8, 15, 25, 35)
"""Lower ends of the classes of slope: degrees of a coarse model are no measurement."""
DANGERS = ("landslide", "debris", "flood")

WORDS = {
    "landslide_high": "resettlement.reason.landslide_high",
    "landslide_medium": "resettlement.reason.landslide_medium",
    "debris_high": "resettlement.reason.debris_high",
    "debris_medium": "resettlement.reason.debris_medium",
    "flood_high": "resettlement.reason.flood_high",
    "flood_medium": "resettlement.reason.flood_medium",
    "upstream_unseen": "resettlement.reason.upstream_unseen",
    "cut_slope": "resettlement.reason.cut_slope",
    "cut_unseen": "resettlement.reason.cut_unseen",
    "steep": "resettlement.reason.steep",
    "unseen": "resettlement.reason.unseen",
    "flood_unseen": "resettlement.reason.flood_unseen",
    "susceptible": "resettlement.reason.susceptible",
    "small": "resettlement.reason.small",
    "road_far": "resettlement.reason.road_far",
    "water_far": "resettlement.reason.water_far",
    "over_room": "resettlement.reason.over_room",
    "kept_forest": "resettlement.reason.kept_forest",
    "rice_land": "resettlement.reason.rice_land",
}
"""Messages that say each reason."""


def judge_houses(found: HazardMap, houses: gpd.GeoDataFrame) -> pd.DataFrame:
    """Verdict, reasons and classes of each house, rows as in `houses`.

    Parameters
    ----------
    found : HazardMap
        From `hazard_map`.
    houses : GeoDataFrame
        Points; any CRS.

    Returns
    -------
    DataFrame
        ``verdict``, ``reasons`` (keys of messages, joined by a space), ``landslide_class``, ``debris_class``,
        ``flood_class`` (0 to 2, NaN not known), ``cut_slope`` (True, False, None), ``slope_class`` (``15-25``; empty
        where not known), ``susceptibility`` (0 to 3, NaN).
    """
    cells, inside = ground.cells_of(houses, found.landslide.shape, found.transform, found.crs)
    rows = [_house(found, cell if on else None) for cell, on in zip(cells, inside, strict=True)]
    return _table(rows, houses.index)


def judge_sites(
    found: HazardMap,
    sites: gpd.GeoDataFrame,
    roads: gpd.GeoDataFrame | None = None,
    streams: gpd.GeoDataFrame | None = None,
    forest_lots: gpd.GeoDataFrame | None = None,
    parcels: gpd.GeoDataFrame | None = None,
) -> pd.DataFrame:
    """Verdict, reasons and classes of each site, rows as in `sites`.

    Parameters
    ----------
    found : HazardMap
        From `hazard_map`.
    sites : GeoDataFrame
        Polygons with ``kind`` (``existing``, ``planned``) and ``capacity_households``; any CRS.
    roads, streams : GeoDataFrame, optional
        Lines in the CRS of the sites. What is absent is not asked of a planned site.
    forest_lots, parcels : GeoDataFrame, optional
        Lots of protection and special-use forest (`malr3` 1 and 2) and parcels of rice land proper (``LUC``) are no
        ground for a planned site.

    Returns
    -------
    DataFrame
        As `judge_houses`, each class the gravest that holds 5 % of the site; and ``room_households``.
    """
    shapes = np.asarray(coordinates.geometries(sites.geometry.array, sites.crs, found.crs), dtype=object)
    hectares = areas.hectares(sites)
    away = {
        "road_far": (roads, distances(sites, roads), ROAD_M),
        "water_far": (streams, distances(sites, streams), WATER_M),
    }
    kept = _kept(sites, forest_lots, parcels)
    rows = []
    for i, (shape, ha) in enumerate(zip(shapes, np.asarray(hectares), strict=True)):
        shares = _shares(found, shape, float(ha))
        row = _site(shares)
        room = int(ha * 1e4 / (HOUSE_M2 * COMMON_FACTOR) + 1e-9)
        if sites["kind"].iloc[i] == "planned":
            risen = sum(share for value, share in shares["susceptibility"].items() if value not in {0, UNSEEN})
            failed = ["susceptible"] if risen >= EDGE_SHARE else []
            failed += [name for name, share in kept.items() if share[i] >= EDGE_SHARE]
            failed += ["small"] if ha < LEAST_HA else []
            failed += [
                name for name, (lines, metres, most) in away.items() if lines is not None and not metres[i] <= most
            ]
            _conditional(row, failed)
        if float(sites["capacity_households"].astype(float).iloc[i]) > room:
            _conditional(row, ["over_room"])
        rows.append(row | {"room_households": room})
    return _table(rows, sites.index)


def _kept(
    sites: gpd.GeoDataFrame, forest_lots: gpd.GeoDataFrame | None, parcels: gpd.GeoDataFrame | None
) -> dict[str, npt.NDArray[np.float64]]:
    """Share of each site on ground that the law keeps for something else, by reason."""
    found = {}
    if forest_lots is not None:
        found["kept_forest"] = _covered(sites, forest_lots[forest_lots["malr3"].isin([1, 2]).to_numpy(dtype=bool)])
    if parcels is not None:
        rice = parcels["land_code"].map(codes.current_land_code) == "LUC"
        found["rice_land"] = _covered(sites, parcels[rice.to_numpy(dtype=bool)])
    return found


def _covered(sites: gpd.GeoDataFrame, ground_kept: gpd.GeoDataFrame) -> npt.NDArray[np.float64]:
    share = np.zeros(len(sites))
    if len(sites) and len(ground_kept):
        pairs = overlays.shares(sites, ground_kept)
        np.add.at(share, pairs["left"].to_numpy(), pairs["share"].to_numpy())
    return share


def distances(
    places: gpd.GeoDataFrame, lines: gpd.GeoDataFrame | None, most_m: float = np.inf
) -> npt.NDArray[np.float64]:
    """Metres from each place to the nearest line, as the crow flies; NaN beyond `most_m` and without lines."""
    found = np.full(len(places), np.nan)
    if lines is None or lines.empty or places.empty:
        return found
    tree = shapely.STRtree(np.asarray(lines.geometry.array, dtype=object))
    shapes = np.asarray(places.geometry.array, dtype=object)
    pairs, metres = tree.query_nearest(shapes, return_distance=True, all_matches=False)
    found[pairs[0]] = np.where(metres <= most_m, metres, np.nan)
    return found


def homes(units: gpd.GeoDataFrame, points: Any) -> npt.NDArray[np.bool_]:
    """Which units each point lies in, shape (point, unit); of two that share a border one.

    Parameters
    ----------
    units : GeoDataFrame
        Polygons, in metres.
    points : array of Point
        In the CRS of the units.
    """
    x, y = shapely.get_x(points) + NUDGE_M, shapely.get_y(points) + NUDGE_M
    found = np.zeros((len(x), len(units)), dtype=bool)
    for i, shape in enumerate(units.geometry):
        shapely.prepare(shape)
        found[:, i] = shapely.contains_xy(shape, x, y)
    return found


def _house(found: HazardMap, cell: npt.NDArray[np.int64] | None) -> dict[str, Any]:
    if cell is None or found.landslide[tuple(cell)] == UNSEEN:
        return _judged({}, [], ["unseen"])
    part = _near(found, int(cell[0]), int(cell[1]))
    grave, mild, hidden = [], [], []
    classes: dict[str, Any] = {}
    for danger in DANGERS:
        values = part(getattr(found, danger))
        known = values[values != UNSEEN]
        if getattr(found, danger)[tuple(cell)] == UNSEEN and not (known == HIGH).any():
            hidden.append("flood_unseen" if danger == "flood" else "unseen")
            continue
        worst = int(known.max())
        classes[f"{danger}_class"] = worst
        if worst == HIGH:
            grave.append(f"{danger}_high")
        elif worst == MEDIUM:
            partial = danger == "flood" and found.upstream_unseen[tuple(cell)]
            mild.append("upstream_unseen" if partial else f"{danger}_medium")
    hidden_cut = found.cut_slope[tuple(cell)] == UNSEEN
    cut = bool((part(found.cut_slope) == 1).any())
    classes["cut_slope"] = None if hidden_cut else cut
    grave += ["cut_slope"] if cut else []
    mild += ["cut_unseen"] if hidden_cut else []
    slope = float(found.slope_deg[tuple(cell)])
    mild += ["steep"] if slope > STEEP_DEG else []
    classes |= {"slope_class": slope_class(slope), "susceptibility": int(found.susceptibility[tuple(cell)])}
    return _judged(classes, grave, hidden, mild)


def _near(found: HazardMap, row: int, column: int) -> Any:
    """Picks the cells around one, within `AROUND_M`, out of an array of the map."""
    disk = terrain.within(found.cell_m, AROUND_M)
    r, c = np.nonzero(disk)
    r, c = r + row - disk.shape[0] // 2, c + column - disk.shape[1] // 2
    on = (r >= 0) & (c >= 0) & (r < found.landslide.shape[0]) & (c < found.landslide.shape[1])
    return lambda values: values[r[on], c[on]]


def _shares(found: HazardMap, shape: Any, ha: float) -> dict[str, dict[int, float]]:
    """Of each danger: share of the site in each class; `UNSEEN` is what the heights do not show."""
    zone = gpd.GeoDataFrame(geometry=[shape], crs=found.crs)
    steep = np.where(np.isnan(found.slope_deg), UNSEEN, found.slope_deg > STEEP_DEG).astype(np.uint8)
    partial = found.upstream_unseen.astype(np.uint8)
    layers = {name: getattr(found, name) for name in (*DANGERS, "susceptibility", "cut_slope")}
    shares: dict[str, dict[int, float]] = {}
    for name, values in (layers | {"steep": steep, "upstream_unseen": partial}).items():
        window, place = _window(values, found, shape.bounds)
        masked = np.ma.masked_equal(window, UNSEEN)
        sums = zonal.class_hectares(masked, place, found.crs, zone) if window.size else None
        known = {} if sums is None else dict(zip(sums["value"].astype(int), sums["ha"] / ha, strict=True))
        shares[name] = {**known, UNSEEN: max(0.0, 1.0 - sum(known.values()))}
    return shares


def _window(values: Any, found: HazardMap, bounds: tuple[float, float, float, float]) -> tuple[Any, Any]:
    west, south, east, north = bounds
    t = found.transform
    rows, columns = values.shape
    first, last = (int(np.clip(np.floor((x - t.c) / t.a) + k, 0, columns)) for x, k in ((west, 0), (east, 1)))
    top, bottom = (int(np.clip(np.floor((y - t.f) / t.e) + k, 0, rows)) for y, k in ((north, 0), (south, 1)))
    return values[top:bottom, first:last], Affine(t.a, 0.0, t.c + first * t.a, 0.0, t.e, t.f + top * t.e)


def _site(shares: dict[str, dict[int, float]]) -> dict[str, Any]:
    grave, mild, hidden = [], [], []
    classes: dict[str, Any] = {}
    for danger in DANGERS:
        share = shares[danger]
        high, medium = share.get(HIGH, 0.0), share.get(MEDIUM, 0.0)
        if high >= EDGE_SHARE:
            grave.append(f"{danger}_high")
        elif share[UNSEEN] > UNSEEN_SHARE:
            hidden.append("flood_unseen" if danger == "flood" else "unseen")
            continue
        elif high + medium >= EDGE_SHARE:
            partial = danger == "flood" and shares["upstream_unseen"].get(1, 0.0) >= EDGE_SHARE
            mild.append("upstream_unseen" if partial else f"{danger}_medium")
        classes[f"{danger}_class"] = HIGH if high >= EDGE_SHARE else int(high + medium >= EDGE_SHARE)
    cut = shares["cut_slope"]
    classes["cut_slope"] = None if cut[UNSEEN] > UNSEEN_SHARE else cut.get(1, 0.0) >= EDGE_SHARE
    grave += ["cut_slope"] if cut.get(1, 0.0) >= EDGE_SHARE else []
    mild += ["cut_unseen"] if classes["cut_slope"] is None else []
    mild += ["steep"] if shares["steep"].get(1, 0.0) >= EDGE_SHARE else []
    return _judged(classes, grave, list(dict.fromkeys(hidden)), mild)


def _judged(
    classes: dict[str, Any], grave: list[str], hidden: list[str], mild: list[str] | None = None
) -> dict[str, Any]:
    reasons = [*grave, *dict.fromkeys(hidden), *(mild or [])]
    verdict = "at_risk" if grave else "unknown" if hidden else "conditional" if mild else "safe"
    return classes | {"verdict": verdict, "reasons": " ".join(WORDS[name] for name in reasons)}


def _conditional(row: dict[str, Any], failed: list[str]) -> None:
    """Adds reasons that make a safe place conditional."""
    if failed:
        row["reasons"] = " ".join([*row["reasons"].split(), *(WORDS[name] for name in failed)])
        row["verdict"] = "conditional" if row["verdict"] == "safe" else row["verdict"]


def slope_class(slope_deg: float) -> str:
    """Class of slope in degrees, ``15-25``; empty where not known."""
    if np.isnan(slope_deg):
        return ""
    at = int(np.searchsorted(SLOPE_STEPS_DEG, slope_deg, side="right"))
    low = SLOPE_STEPS_DEG[at - 1]
    return f"{low}-{SLOPE_STEPS_DEG[at]}" if at < len(SLOPE_STEPS_DEG) else f"{low}+"


def _table(rows: list[dict[str, Any]], index: pd.Index) -> pd.DataFrame:
    numbers = [*(f"{danger}_class" for danger in DANGERS), "susceptibility", "room_households"]
    words = {"verdict": "", "reasons": "", "slope_class": "", "cut_slope": None}
    columns = {
        name: pd.Series([row.get(name, none) for row in rows], index=index, dtype=object)
        for name, none in words.items()
    }
    columns |= {name: pd.Series([row.get(name, np.nan) for row in rows], index=index, dtype=float) for name in numbers}
    return pd.DataFrame(columns, index=index)
