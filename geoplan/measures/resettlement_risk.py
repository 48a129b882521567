"""Households and resettlement sites judged by the danger of the ground.

Inputs: heights, and households or sites or both; streams, past slides, land cover, roads, forest lots and parcels where
there are any.

What counts: a household counts in the unit that its point lies in. ``at_risk_count`` are households that terrain judges
at risk (`hazard.judge_houses`), those with the status ``moved`` left out: they live there no more. ``high_count`` are
those of them that a slide or debris flow of the highest class comes to, or more than one danger. ``moved_count`` is the
status alone. What the records say (status) and what terrain says (verdict) are two things and never mixed: where they
differ the households are named. A site counts in the unit of its middle.

Classes and verdicts come from a surface of heights: they say where to look, and replace no survey and no warning. QĐ
18/2021/QĐ-TTg, Article 46, is applied only to a rain that the user enters, and only when the province's group is set.
Households and their move: QĐ 590/QĐ-TTg (2022).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geoplan import hazard, overlays
from geoplan.errors import Problem
from geoplan.hazard import levels, telling
from geoplan.rasters import Raster
from geoplan.results import (
    BREAKDOWN_COLUMNS,
    SERIES_COLUMNS,
    Column,
    Findings,
    Grid,
    Measure,
    Preparation,
    Prepared,
    breakdown_rows,
    series_rows,
)

COLUMNS = (
    Column("households_count", "household", optional=True),
    Column("at_risk_count", "household", optional=True),
    Column("high_count", "household", optional=True),
    Column("conditional_count", "household", optional=True),
    Column("unknown_count", "household", optional=True),
    Column("moved_count", "household", optional=True, yearly=True),
    Column("sites_count", "site", optional=True),
    Column("sites_at_risk_count", "site", optional=True),
)
ROADS_SEEN_M = 2000.0
"""A road farther than this is not looked for: the distance stays empty."""

PLACE_FIELDS = (
    "place_id", "place_kind", "verdict", "reasons", "landslide_class", "debris_class", "flood_class", "cut_slope",
    "slope_class", "susceptibility", "status", "moved", "form", "site_id", "site_m", "village_code",
    "capacity_households", "room_households", "road_m",
)  # fmt: skip
"""What the layer says of a place: nothing that names a person."""


@dataclass(frozen=True, eq=False)
class Ground:
    """Once for all communes: the map, ids that a household and a site share, metres of a household to its site."""

    map: hazard.HazardMap
    shared_ids: frozenset[str]
    site_m: Mapping[str, float]


def prepare(  # noqa: PLR0913, PLR0917  # roles and settings of three models
    communes: gpd.GeoDataFrame,
    dem: Raster,
    households: gpd.GeoDataFrame | None = None,
    sites: gpd.GeoDataFrame | None = None,
    roads: gpd.GeoDataFrame | None = None,
    streams: gpd.GeoDataFrame | None = None,
    slides: gpd.GeoDataFrame | None = None,
    land_cover: Raster | None = None,
    forest_lots: gpd.GeoDataFrame | None = None,
    parcels: gpd.GeoDataFrame | None = None,
    *,
    as_of: date,
    discharge_k: float = 15.0,
    roughness: float = 0.06,
    stream_km2: float = 0.25,
    rain_mm_24h: float = 0.0,
    wet_days: int = 0,
    province_group: str = "",
) -> Prepared:
    """The hazard map of the whole extent: ranks, flow of water and a trained model know no communes.

    Parameters
    ----------
    communes, dem, households, sites, roads, streams, slides, land_cover, forest_lots, parcels
        All communes and whole layers; see `hazard.hazard_map` and `hazard.judge_sites`.
    as_of : date
        Slides later than this day train nothing.
    discharge_k, roughness, stream_km2
        See `hazard.hazard_map`.
    rain_mm_24h, wet_days, province_group
        Of the matrix of QĐ 18/2021/QĐ-TTg: see `resettlement_risk`.
    """
    told = []
    if slides is not None:
        later = slides["happened_on"].map(lambda day: bool(pd.notna(day)) and day > as_of).astype(bool)
        told += telling.of_late_slides(slides[later])
        slides = slides[~later]
    model = {"discharge_k": discharge_k, "roughness": roughness, "stream_km2": stream_km2}
    made = hazard.hazard_map(communes, dem, streams=streams, slides=slides, land_cover=land_cover, **model)
    if households is None and sites is None:
        told.append(Problem("resettlement.nobody", "layers", {}))
    if households is not None:
        told += telling.outside(communes, households)
    if sites is not None:
        beside = {"roads": roads, "streams": streams, "forest_lots": forest_lots, "parcels": parcels}
        unasked = tuple(role for role, layer in beside.items() if layer is None)
        told += telling.of_sites(sites, hazard.judge_sites(made, sites, **beside), households, unasked)
    told += telling.of_rain(rain_mm_24h, wet_days, province_group, bool(levels.rain_class(rain_mm_24h, wet_days)))
    both = () if households is None or sites is None else set(households["household_id"]) & set(sites["site_id"])
    return Prepared(
        value=Ground(made, frozenset(both), _ways(households, sites)),
        grids=(Grid("hazard", made.painted, made.transform, made.crs, dict(made.PAINTED)),),
        notes=(*made.notes, *told),
    )


def resettlement_risk(  # noqa: PLR0913  # roles and settings of three models
    units: gpd.GeoDataFrame,
    households: gpd.GeoDataFrame | None = None,
    sites: gpd.GeoDataFrame | None = None,
    roads: gpd.GeoDataFrame | None = None,
    streams: gpd.GeoDataFrame | None = None,
    forest_lots: gpd.GeoDataFrame | None = None,
    parcels: gpd.GeoDataFrame | None = None,
    *,
    as_of: date,
    prepared: Ground,
    rain_mm_24h: float = 0.0,
    wet_days: int = 0,
    province_group: str = "",
) -> Findings:
    """Households and sites at risk by unit, each with its verdict and reasons.

    Parameters
    ----------
    units : GeoDataFrame
        Communes and village polygons: ``unit_code``, ``name``, ``level``.
    households, sites, roads, streams, forest_lots, parcels : GeoDataFrame, optional
        Points with ``status``; polygons with ``kind``; lines; what planned sites keep away from.
    as_of : date
        Day of the figures: who moves later has not moved.
    prepared : Ground
        From `prepare`.
    rain_mm_24h, wet_days : float, int
        Rain of 24 hours that the user asks about (0: none), and the days that it has rained before.
    province_group : str
        ``1`` to ``4``, table 5 of annex XII; empty: the matrix is not applied.

    Returns
    -------
    Findings
        Table with `COLUMNS` (NaN where there is no such layer); layer of places; series of moves; breakdown by
        village, status, verdict, danger and level of risk.
    """
    units = units.reset_index(drop=True)
    houses = _houses(units, households, roads, prepared, as_of)
    beside = {"roads": roads, "streams": streams, "forest_lots": forest_lots, "parcels": parcels}
    grounds, pieces = _sites(units, sites, beside, prepared)
    rows = _breakdown(units, houses, grounds)
    if rain_mm_24h > 0 and province_group and houses is not None:
        level = levels.risk_levels(houses["susceptibility"], province_group, rain_mm_24h, wet_days)
        rows += breakdown_rows(units, houses["commune"], "risk_level", level, {"households_count": houses["one"]})
    return Findings(
        table=_rows(units, houses, grounds),
        layer=_layer(units, houses, grounds, pieces),
        series=_series(units, houses),
        breakdown=pd.DataFrame(rows, columns=list(BREAKDOWN_COLUMNS)),
        notes=() if houses is None else tuple(telling.of_houses(houses)),
    )


def _ways(households: gpd.GeoDataFrame | None, sites: gpd.GeoDataFrame | None) -> dict[str, float]:
    """Metres from each household to the edge of the site it is to move to, as the crow flies."""
    if households is None or sites is None:
        return {}
    ground = dict(zip(sites["site_id"], sites.geometry, strict=True))
    rows = zip(households["household_id"], households["site_id"], households.geometry, strict=True)
    return {home: float(shapely.distance(point, ground[site])) for home, site, point in rows if site in ground}


def _located(units: gpd.GeoDataFrame, frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The points that lie in a commune, with its position as ``commune`` and every unit of theirs as ``units``."""
    homes = hazard.homes(units, frame.geometry.to_numpy())
    main = homes & (units["level"] == "commune").to_numpy()
    where = np.where(main.any(axis=1), main.argmax(axis=1), -1)
    placed = frame.assign(commune=where, units=[tuple(np.flatnonzero(row)) for row in homes], one=1.0)
    return placed[where >= 0].reset_index(drop=True)


def _houses(
    units: gpd.GeoDataFrame,
    households: gpd.GeoDataFrame | None,
    roads: gpd.GeoDataFrame | None,
    prepared: Ground,
    as_of: date,
) -> gpd.GeoDataFrame | None:
    if households is None:
        return None
    found = _located(units, households)
    judged = hazard.judge_houses(prepared.map, found)
    moved = found["status"] == "moved"
    dated = found["moved_on"] if "moved_on" in found else pd.Series(None, index=found.index, dtype=object)
    later = dated.map(lambda day: bool(pd.notna(day)) and day > as_of).astype(bool)
    return found.join(judged).assign(
        place_id=found["household_id"],
        place_kind="household",
        road_m=hazard.distances(found, roads, ROADS_SEEN_M),
        moved=moved & ~later,
        moved_later=moved & later,
        moved_year=dated.map(lambda day: float(day.year) if pd.notna(day) else np.nan).astype(float),
        moved_unsaid=~moved & dated.notna() & ~later,
        site_m=found["household_id"].map(prepared.site_m).astype(float),
        capacity_households=np.nan,
    )


def _sites(
    units: gpd.GeoDataFrame,
    sites: gpd.GeoDataFrame | None,
    beside: dict[str, gpd.GeoDataFrame | None],
    prepared: Ground,
) -> tuple[gpd.GeoDataFrame | None, pd.DataFrame]:
    """Sites that touch a commune, judged; the pieces of them inside it. ``commune`` is -1 for another's site."""
    if sites is None:
        return None, pd.DataFrame()
    communes = units[units["level"] == "commune"]
    pieces = overlays.shares(sites, communes)
    pieces["right"] = communes.index.to_numpy()[pieces["right"]]
    touching = np.unique(pieces["left"].to_numpy())
    pieces["left"] = np.searchsorted(touching, pieces["left"])
    found = sites.iloc[touching].reset_index(drop=True)
    homes = hazard.homes(units, shapely.point_on_surface(found.geometry.to_numpy()))
    main = homes & (units["level"] == "commune").to_numpy()
    judged = hazard.judge_sites(prepared.map, found, **beside)
    clash = found["site_id"].isin(prepared.shared_ids)
    made = found.join(judged).assign(
        place_id=found["site_id"].where(~clash, found["site_id"] + " (*)"),
        place_kind=found["kind"],
        road_m=hazard.distances(found, beside["roads"], ROADS_SEEN_M),
        commune=np.where(main.any(axis=1), main.argmax(axis=1), -1),
        units=[tuple(np.flatnonzero(row)) for row in homes],
        one=1.0,
    )
    return made, pieces


def _counts(houses: gpd.GeoDataFrame) -> dict[str, pd.Series]:
    """1 or 0 of each household by column: what the table sums."""
    living = ~houses["moved"]
    at_risk = living & (houses["verdict"] == "at_risk")
    dangers = (houses[["landslide_class", "debris_class", "flood_class"]] == 2).assign(cut=houses["cut_slope"].eq(True))
    grave = dangers["landslide_class"] | dangers["debris_class"] | (dangers.sum(axis=1) > 1)
    made = {
        "households_count": pd.Series(data=True, index=houses.index),
        "at_risk_count": at_risk,
        "high_count": at_risk & grave,
        "conditional_count": living & (houses["verdict"] == "conditional"),
        "unknown_count": living & (houses["verdict"] == "unknown"),
        "moved_count": houses["moved"],
    }
    return {name: values.astype(float) for name, values in made.items()}


def _rows(units: gpd.GeoDataFrame, houses: gpd.GeoDataFrame | None, grounds: gpd.GeoDataFrame | None) -> pd.DataFrame:
    table = units[["unit_code", "level"]].copy()
    table.insert(1, "unit_name", units["name"])
    for column in COLUMNS:
        table[column.name] = np.nan
    if houses is not None:
        for name, values in _counts(houses).items():
            table[name] = _by_unit(units, houses, values)
    if grounds is not None:
        table["sites_count"] = _by_unit(units, grounds, grounds["one"])
        table["sites_at_risk_count"] = _by_unit(units, grounds, (grounds["verdict"] == "at_risk").astype(float))
    return pd.DataFrame(table)


def _by_unit(units: gpd.GeoDataFrame, places: gpd.GeoDataFrame, values: pd.Series) -> list[float]:
    sums = [0.0] * len(units)
    for homes, value in zip(places["units"], values, strict=True):
        for unit in homes:
            sums[unit] += value
    return sums


def _layer(
    units: gpd.GeoDataFrame,
    houses: gpd.GeoDataFrame | None,
    grounds: gpd.GeoDataFrame | None,
    pieces: pd.DataFrame,
) -> gpd.GeoDataFrame:
    """Households and sites of the communes; a site of two communes with its hectares inside these."""
    codes = units["unit_code"].to_numpy()
    parts = []
    if houses is not None:
        parts.append(houses.assign(unit_code=codes[houses["commune"]], unit_share=1.0, inside_ha=np.nan))
    if grounds is not None and len(grounds):
        most = pieces.sort_values("share", kind="stable").drop_duplicates("left", keep="last").sort_values("left")
        inside = pieces.groupby("left")["ha"].sum()
        parts.append(
            grounds.assign(
                unit_code=codes[most["right"].to_numpy()],
                unit_share=most["share"].to_numpy(),
                inside_ha=inside.to_numpy(),
            )
        )
    fields = [*PLACE_FIELDS[:2], "unit_code", "unit_share", "inside_ha", *PLACE_FIELDS[2:], "geometry"]
    rows = [pd.DataFrame(part.reindex(columns=fields)) for part in parts if len(part)]
    if not rows:
        return gpd.GeoDataFrame(columns=fields, geometry="geometry", crs=units.crs)
    kinds: dict[str, Any] = dict.fromkeys(("cut_slope", "status", "moved", "form", "site_id", "village_code"), object)
    kinds |= dict.fromkeys(("capacity_households", "room_households", "road_m", "site_m", "inside_ha"), float)
    joined = pd.concat([part.astype(kinds) for part in rows], ignore_index=True)
    return gpd.GeoDataFrame(joined, geometry="geometry", crs=units.crs)


def _series(units: gpd.GeoDataFrame, houses: gpd.GeoDataFrame | None) -> pd.DataFrame:
    """Moves by calendar year; one without a date is in no year."""
    if houses is None:
        return pd.DataFrame(columns=list(SERIES_COLUMNS))
    moved = houses[houses["moved"] & houses["moved_year"].notna()]
    right = pd.Series([unit for homes in moved["units"] for unit in homes], dtype=int)
    year = pd.Series(np.repeat(moved["moved_year"].to_numpy(), [len(homes) for homes in moved["units"]]))
    return series_rows(units, right, year, ("moved_count",), pd.Series(1.0, index=right.index))


def _breakdown(
    units: gpd.GeoDataFrame, houses: gpd.GeoDataFrame | None, grounds: gpd.GeoDataFrame | None
) -> list[tuple[str, str, str, str, float]]:
    """Households by village, status, verdict and danger; sites by verdict and kind."""
    rows = []
    if houses is not None:
        counts = _counts(houses)
        shown = {name: counts[name] for name in ("households_count", "at_risk_count", "moved_count")}
        for by, column in (("village", "village_code"), ("household_status", "status")):
            rows += breakdown_rows(units, houses["commune"], by, houses[column].fillna(""), shown)
        one = {"households_count": counts["households_count"]}
        rows += breakdown_rows(units, houses["commune"], "verdict", houses["verdict"], one)
        for danger in ("landslide", "debris", "flood", "cut_slope"):
            column = houses["cut_slope"].eq(True) if danger == "cut_slope" else houses[f"{danger}_class"] == 2
            hit = column & (counts["at_risk_count"] > 0)
            name = pd.Series(danger, index=houses.index)
            rows += breakdown_rows(
                units, houses["commune"][hit], "danger", name[hit], {"at_risk_count": hit[hit].astype(float)}
            )
    if grounds is not None:
        own = grounds[grounds["commune"] >= 0]
        for by, group in (("verdict", own["verdict"]), ("place_kind", own["kind"])):
            rows += breakdown_rows(units, own["commune"], by, group, {"sites_count": own["one"]})
    return rows


RAIN = {"rain_mm_24h": 0.0, "wet_days": 0, "province_group": ""}
SETTINGS = {"discharge_k": 15.0, "roughness": 0.06, "stream_km2": 0.25, **RAIN}
PLACES = ("households", "sites", "roads", "streams", "forest_lots", "parcels")
GROUND = ("households", "sites", "roads", "streams", "slides", "land_cover", "forest_lots", "parcels")

MEASURE = Measure(
    name="resettlement_risk",
    needs=(),
    may_use=PLACES,
    columns=COLUMNS,
    shows="at_risk_count",
    compute=resettlement_risk,
    settings=SETTINGS,
    limits={
        "discharge_k": (1.0, 60.0),
        "roughness": (0.02, 0.2),
        "stream_km2": (0.05, 5.0),
        "rain_mm_24h": (0.0, 2000.0),
        "wet_days": (0, 60),
        "province_group": ("", "1", "2", "3", "4"),
    },
    reach_m=ROADS_SEEN_M,
    prepare=Preparation(prepare, needs=("dem",), may_use=GROUND, settings=tuple(SETTINGS), shared=tuple(RAIN)),
)
