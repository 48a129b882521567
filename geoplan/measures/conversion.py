"""The ledger of rice and maize land converted to better crops: planned, declared, accepted, and what the law says.

Inputs: communes, conversion zones, and where there are any cadastral parcels (land code), forest lots, drafts marked
on the map, images.

Four things that are never added to one another: what is planned (zones submitted or further), what the commune
declares as carried out, what a minute of acceptance with number and date confirms, what is seen from space
(`crops.verify`: converted, converting, not converted, unknown, with the number of clear looks). The four columns of
what is seen share the planned hectares that the law lets count: they add up to planned less refused less to_forest.

The law (Decree 112/2024/NĐ-CP, articles 3, 5, 6, 7), judged on each piece of a zone by the land code beneath it:

* LUC (rice, exclusively) may go to annual crops; rice with aquaculture needs a look (at most 20 % of the area, 120 cm
  deep); perennials are **refused**.
* LUK (other rice land) may go to annual or perennial crops; aquaculture needs the same look.
* HNK (other annual land) is not rice land: the decree does not bind it; aquaculture there needs a look.
* Trees planted as forest are a change of land use, ``to_forest``: never in the 50 ha.
* A land code that is blank, unknown, LUA (which rice?) or not annual land **needs a look**; so does ground over forest.
* Converted land stays rice land in the statistics: hectares converted are never subtracted from rice land.

A refused or to_forest piece is not in ``accepted_ha`` even where a minute accepts it; the zone is named. A piece that
needs a look stays in it, is summed apart in ``accepted_look_ha``, and its zone is named.
"""

from datetime import date

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geoplan import areas, codes, crops, overlays
from geoplan.codes.rice_land import VERDICTS, at_home, judge
from geoplan.errors import Problem
from geoplan.imagery import Stack
from geoplan.results import (
    BREAKDOWN_COLUMNS,
    OBSERVATION_COLUMNS,
    Column,
    Findings,
    Measure,
    breakdown_rows,
    series_rows,
)

COLUMNS = (
    Column("planned_ha", "ha"),
    Column("declared_ha", "ha"),
    Column("accepted_ha", "ha", yearly=True),
    Column("accepted_look_ha", "ha"),
    Column("refused_ha", "ha"),
    Column("to_forest_ha", "ha"),
    Column("look_ha", "ha"),
    Column("converted_ha", "ha", optional=True),
    Column("converting_ha", "ha", optional=True),
    Column("not_converted_ha", "ha", optional=True),
    Column("unknown_ha", "ha", optional=True),
)
SEEN = ("converted_ha", "converting_ha", "not_converted_ha", "unknown_ha")
BOUNDS = ("converted_ha_low", "converted_ha_high")
"""Columns of what is seen, and the interval of the first."""
LEDGER = ("submitted", "approved", "carried_out", "accepted")
DECLARED = ("carried_out", "accepted")
SEEN_AS = {
    "reasons": "seen_reasons",
    "converted_low_ha": "converted_ha_low",
    "converted_high_ha": "converted_ha_high",
}
"""Columns of `crops.verify` under the names that a result has."""

FOREST_OVERLAP = ("natural_forest", "planted_forest", "planted_not_yet_forest", "regeneration")
OVERLAP_HA = 0.01
"""A zone may reach this far over a forest lot without a word: the width of a drawn line."""

SLIVER_HA, SLIVER_SHARE = 0.005, 0.01
"""A piece below both, of hectares and of its zone, is a line drawn twice: it is judged as the zone's largest piece."""

MARKED = " (*)"
"""Added to the id of a mark that a zone of the ledger bears already."""


def conversion(
    units: gpd.GeoDataFrame,
    conversion_zones: gpd.GeoDataFrame,
    parcels: gpd.GeoDataFrame | None = None,
    forest_lots: gpd.GeoDataFrame | None = None,
    draft_zones: gpd.GeoDataFrame | None = None,
    sentinel2: Stack | None = None,
    *,
    as_of: date,
) -> Findings:
    """Hectares of conversion planned, declared, accepted, seen, refused and gone to forest, by commune.

    Parameters
    ----------
    units : GeoDataFrame
        Communes and village polygons.
    conversion_zones : GeoDataFrame
        Zones of the ledger; geodesic hectares in ``geom_ha``, the commune's own in ``declared_ha`` (NaN where it has
        none).
    parcels, forest_lots : GeoDataFrame, optional
        Land codes by ground; forest beneath a zone. Where a parcel lies under a zone its code decides, and a zone
        that says another is named.
    draft_zones : GeoDataFrame, optional
        Marked on the map: judged and shown, in no total.
    sentinel2 : Stack, optional
        Images made ready; without them the columns of what is seen are empty.
    as_of : date
        A minute dated later does not count yet; images after this day are not looked at.

    Returns
    -------
    Findings
        Table with `COLUMNS`; layer of zones and drafts with ``verdict``, ``reasons`` (message keys, joined by a
        space) and forest overlap in hectares; series of acceptances by year; breakdown by target group, crop, status,
        verdict of the piece, and of what is seen; the looks behind that as observations.
    """
    zones = _gathered(conversion_zones, draft_zones)
    pieces = _judged(zones, parcels, forest_lots)
    zones, verified = _seen(zones, units, sentinel2, as_of)
    ground = _on_the_ground(zones, pieces, units, as_of)
    communes = ground[ground["level"] == "commune"]
    ledger = ground[ground["status"].isin(LEDGER)]
    layer = _layer(zones, pieces, communes, units)
    table = pd.DataFrame([_row(unit, ledger[ledger["right"] == i]) for i, unit in enumerate(units.itertuples())])
    if verified is None:
        table[[*SEEN, *BOUNDS]] = np.nan
    return Findings(
        table=table,
        layer=layer,
        series=_series(units, ledger),
        breakdown=_breakdown(units, ledger[ledger["level"] == "commune"]),
        notes=(*_notes(layer, communes, as_of), *(verified.notes if verified else ())),
        observations=verified.observations if verified else pd.DataFrame(columns=list(OBSERVATION_COLUMNS)),
    )


def _seen(
    zones: gpd.GeoDataFrame, units: gpd.GeoDataFrame, sentinel2: Stack | None, as_of: date
) -> tuple[gpd.GeoDataFrame, crops.Verified | None]:
    """The zones with what images say of each; drafts, and zones that touch no unit, are not looked at."""
    columns = ["verdict_seen", "seen_reasons", "looks_count", *SEEN, *BOUNDS]
    if sentinel2 is None:
        return zones.assign(
            verdict_seen=None, seen_reasons="", looks_count=np.nan, **dict.fromkeys(SEEN + BOUNDS, np.nan)
        ), None
    touching = shapely.intersects(zones.geometry.to_numpy(), shapely.union_all(units.geometry.to_numpy()))
    looked_at = zones[touching & ~zones["marked"].to_numpy()]
    verified = crops.verify(looked_at.reset_index(drop=True), sentinel2, as_of=as_of)
    table = verified.table.rename(columns=SEEN_AS).set_axis(looked_at.index, axis=0)
    return zones.join(table[columns]), verified


def _gathered(zones: gpd.GeoDataFrame, drafts: gpd.GeoDataFrame | None) -> gpd.GeoDataFrame:
    ledger = zones.assign(marked=False).reset_index(drop=True)
    if drafts is None or drafts.empty:
        return ledger
    marked = drafts.assign(status="draft", marked=True).reindex(columns=ledger.columns)
    taken = marked["zone_id"].isin(ledger["zone_id"])
    marked["zone_id"] = marked["zone_id"].where(~taken, marked["zone_id"].astype(str) + MARKED)
    both = pd.concat([ledger, gpd.GeoDataFrame(marked, geometry="geometry", crs=drafts.crs)], ignore_index=True)
    both["marked"] = both["marked"].astype(bool)
    return both


def _judged(
    zones: gpd.GeoDataFrame, parcels: gpd.GeoDataFrame | None, lots: gpd.GeoDataFrame | None
) -> gpd.GeoDataFrame:
    """Pieces of every zone with land code and verdict: by parcel, else by the zone's own code; over forest apart."""
    own = pd.DataFrame({"left": range(len(zones)), "piece": zones.geometry.to_numpy(), "land_code": zones["land_code"]})
    if parcels is None or parcels.empty:
        found = own
    else:
        beneath = overlays.pieces(zones.geometry.array, parcels.geometry.array)
        beneath["land_code"] = parcels["land_code"].to_numpy()[beneath["right"]]
        found = pd.concat([beneath, _bare(zones, beneath)], ignore_index=True)[["left", "piece", "land_code"]]
    groups = zones["to_group"].to_numpy()[found["left"]]
    verdicts = [judge(code, group) for code, group in zip(found["land_code"], groups, strict=True)]
    found["verdict"], found["reason"] = [v for v, _ in verdicts], [r for _, r in verdicts]
    found["gravity"] = found["verdict"].map(VERDICTS.index)
    found = found.sort_values(["left", "gravity", "reason"], kind="stable", ignore_index=True)
    pieces = gpd.GeoDataFrame(found.drop(columns="piece"), geometry=found["piece"].to_numpy(), crs=zones.crs)
    pieces["ha"] = areas.hectares(pieces)
    pieces = _once_each(pieces[pieces["ha"] > overlays.TOUCH_HA], zones)
    return _over_forest(_without_slivers(pieces, zones), zones, lots)


def _without_slivers(pieces: gpd.GeoDataFrame, zones: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Pieces too thin to decide anything take verdict, reason and land code of their zone's largest piece."""
    whole = zones["geom_ha"].to_numpy()[pieces["left"]]
    thin = ((pieces["ha"] < SLIVER_HA) & (pieces["ha"] < SLIVER_SHARE * whole)).to_numpy()
    largest = pieces.loc[pieces.groupby("left")["ha"].idxmax()].set_index("left")
    made = pieces.copy()
    for name in ("verdict", "gravity", "reason", "land_code"):
        made[name] = np.where(thin, largest[name].reindex(pieces["left"]).to_numpy(), pieces[name].to_numpy())
    return made.reset_index(drop=True)


def _over_forest(pieces: gpd.GeoDataFrame, zones: gpd.GeoDataFrame, lots: gpd.GeoDataFrame | None) -> gpd.GeoDataFrame:
    """Lawful pieces cut along the forest lots beneath them: what lies over forest needs a look."""
    made = pieces.assign(forest=None)
    if lots is None or lots.empty:
        return made
    kind = codes.forest_class(lots["ldlr"])
    wood = lots[kind.isin(FOREST_OVERLAP)].reset_index(drop=True)
    over = overlays.pieces(made.geometry.array, wood.geometry.array)
    over["ha"] = areas.of(over["piece"].to_numpy(), zones.crs)
    over["zone"] = made["left"].to_numpy()[over["left"]]
    over = over[over.groupby("zone")["ha"].transform("sum") > OVERLAP_HA]
    if over.empty:
        return made
    natural = kind[kind.isin(FOREST_OVERLAP)].to_numpy()[over["right"]] == "natural_forest"
    cut = made.iloc[over["left"]].assign(ha=over["ha"].to_numpy(), forest=np.where(natural, "natural", "other"))
    cut = cut.set_geometry(gpd.GeoSeries(over["piece"].to_numpy(), index=cut.index, crs=zones.crs))
    look = (cut["verdict"] == "lawful").to_numpy()
    reason = np.where(natural, "conversion.reason.over_natural_forest", "conversion.reason.over_forest_land")
    cut = cut.assign(verdict=np.where(look, "look", cut["verdict"]), reason=np.where(look, reason, cut["reason"]))
    taken = over.groupby("left")["piece"].agg(lambda shapes: shapely.union_all(shapes.to_numpy()))
    shapes = made.geometry.to_numpy().copy()
    shapes[taken.index] = shapely.difference(shapes[taken.index], taken.to_numpy())
    rest = made.set_geometry(gpd.GeoSeries(shapes, index=made.index, crs=zones.crs))
    both = pd.concat([rest.assign(ha=areas.hectares(rest)), cut], ignore_index=True)
    both = both[both["ha"] > overlays.TOUCH_HA].sort_values(["left", "gravity", "reason"], kind="stable")
    return gpd.GeoDataFrame(both, geometry="geometry", crs=zones.crs).reset_index(drop=True)


def _bare(zones: gpd.GeoDataFrame, beneath: pd.DataFrame) -> pd.DataFrame:
    """What no parcel covers of each zone, with the zone's own land code."""
    taken = beneath.groupby("left")["piece"].agg(lambda shapes: shapely.union_all(shapes.to_numpy()))
    left = zones.geometry.to_numpy().copy()
    left[taken.index] = shapely.difference(left[taken.index], taken.to_numpy())
    return pd.DataFrame({"left": range(len(zones)), "piece": left, "land_code": zones["land_code"].to_numpy()})


def _once_each(pieces: gpd.GeoDataFrame, zones: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Pieces where parcels lie over each other, cut so that no ground counts twice: the graver verdict keeps it."""
    sums = pieces.groupby("left")["ha"].sum()
    double = sums[sums > zones["geom_ha"].reindex(sums.index) * (1 + 1e-6)].index
    shapes = pieces.geometry.to_numpy().copy()
    for zone in double:
        rows = (pieces["left"] == zone).to_numpy().nonzero()[0]
        for i, row in enumerate(rows[1:], start=1):
            shapes[row] = shapely.difference(shapes[row], shapely.union_all(shapes[rows[:i]]))
    cut = pieces.set_geometry(gpd.GeoSeries(shapes, index=pieces.index, crs=pieces.crs))
    return cut.assign(ha=areas.hectares(cut))


def _on_the_ground(
    zones: gpd.GeoDataFrame, pieces: gpd.GeoDataFrame, units: gpd.GeoDataFrame, as_of: date
) -> pd.DataFrame:
    """One row a piece and unit: the zone's fields, the piece's verdict, hectares measured, declared, accepted."""
    in_time = zones["accepted_on"].map(lambda day: bool(pd.notna(day)) and day <= as_of).astype(bool)
    counts = (zones["status"] == "accepted") & zones["accepted_no"].notna() & in_time
    paper = zones["declared_ha"].where(zones["declared_ha"].notna(), zones["geom_ha"]).astype(float)
    zones = zones.assign(counts=counts, paper_ha=paper)
    inside = overlays.shares(pieces, units)
    piece = pieces.iloc[inside["left"]].reset_index(drop=True)
    rows = zones.drop(columns="geometry").iloc[piece["left"]].reset_index(drop=True)
    rows["zone"], rows["right"] = piece["left"], inside["right"]
    rows["level"] = units["level"].to_numpy()[inside["right"]]
    rows["measured"], rows["verdict"], rows["reason"] = inside["ha"], piece["verdict"], piece["reason"]
    rows["forest"], rows["code_beneath"] = piece["forest"], piece["land_code"]
    share = rows["measured"] / rows["geom_ha"]
    rows["declared"] = (rows["declared_ha"].astype(float) * share).where(rows["status"].isin(DECLARED), 0.0)
    rows["may_count"] = ~rows["verdict"].isin(["refused", "to_forest"])
    counted = rows["counts"] & rows["may_count"]
    rows["accepted"] = (rows["paper_ha"] * share).where(counted, 0.0)
    for name in SEEN + BOUNDS:
        seen = rows[name].astype(float) * share
        rows[name] = seen.where(rows["may_count"] | seen.isna(), 0.0)  # what nobody looked at is not 0
    return pd.DataFrame(rows)


def _layer(
    zones: gpd.GeoDataFrame, pieces: gpd.GeoDataFrame, ground: pd.DataFrame, units: gpd.GeoDataFrame
) -> gpd.GeoDataFrame:
    """The zones that touch a commune: verdict of the whole zone, hectares by verdict inside the communes."""
    by_zone = ground.groupby("zone")
    held = ground.groupby(["zone", "right"])["measured"].sum().reset_index().sort_values("measured", kind="stable")
    most = held.drop_duplicates("zone", keep="last").sort_values("zone")
    index = most["zone"].to_numpy()
    layer = zones.iloc[index].copy()
    layer["unit_code"] = units["unit_code"].to_numpy()[most["right"]]
    layer["unit_share"] = most["measured"].to_numpy() / layer["geom_ha"].to_numpy()
    gravest = pieces.groupby("left")["gravity"].min()
    look = pieces[pieces["verdict"] == "look"].groupby("left").size()
    verdict = [VERDICTS[gravest.get(zone, VERDICTS.index("look"))] for zone in index]
    layer["verdict"] = [
        "look" if v == "lawful" and zone in look.index else v for zone, v in zip(index, verdict, strict=True)
    ]
    reasons = pieces.groupby("left")["reason"].agg(lambda keys: " ".join(dict.fromkeys(keys)))
    layer["reasons"] = [reasons.get(zone, "") for zone in index]
    sums = {"inside_ha": by_zone["measured"].sum(), "accepted_ha": by_zone["accepted"].sum()}
    for name in VERDICTS:
        sums[f"{name}_ha"] = ground[ground["verdict"] == name].groupby("zone")["measured"].sum()
    sums |= {name: by_zone[name].sum(min_count=1) for name in SEEN + BOUNDS}
    sums["natural_forest_overlap_ha"] = ground[ground["forest"] == "natural"].groupby("zone")["measured"].sum()
    sums["forest_overlap_ha"] = ground[ground["forest"].notna()].groupby("zone")["measured"].sum()
    for name, sum_ in sums.items():
        layer[name] = sum_.reindex(index, fill_value=0.0).to_numpy(dtype=float)
    return layer.reset_index(drop=True)


def _row(unit: object, rows: pd.DataFrame) -> dict[str, object]:
    verdict = {name: rows["verdict"] == name for name in VERDICTS}
    sums = {
        "planned_ha": rows["measured"].sum(),
        "declared_ha": rows["declared"].sum(),
        "accepted_ha": rows["accepted"].sum(),
        "accepted_look_ha": rows.loc[verdict["look"], "accepted"].sum(),
        "refused_ha": rows.loc[verdict["refused"], "measured"].sum(),
        "to_forest_ha": rows.loc[verdict["to_forest"], "measured"].sum(),
        "look_ha": rows.loc[verdict["look"], "measured"].sum(),
    }
    sums |= {name: rows[name].sum(skipna=False) for name in SEEN + BOUNDS}
    figures = {name: float(value) for name, value in sums.items()}
    return {"unit_code": unit.unit_code, "unit_name": unit.name, "level": unit.level, **figures}  # type: ignore[attr-defined]  # itertuples


def _series(units: gpd.GeoDataFrame, ledger: pd.DataFrame) -> pd.DataFrame:
    accepted = ledger[ledger["accepted"] > 0]
    year = accepted["accepted_on"].map(lambda day: day.year)
    return series_rows(units, accepted["right"], year, ("accepted_ha",), accepted["accepted"])


def _breakdown(units: gpd.GeoDataFrame, ledger: pd.DataFrame) -> pd.DataFrame:
    values = {"planned_ha": ledger["measured"], "accepted_ha": ledger["accepted"]}
    rows = []
    for by in ("to_group", "from_crop", "status", "verdict", "verdict_seen"):
        rows += breakdown_rows(units, ledger["right"], by, ledger[by].fillna(""), values)
    if ledger["verdict_seen"].isna().all():
        rows = [row for row in rows if row[1] != "verdict_seen"]
    return pd.DataFrame(rows, columns=list(BREAKDOWN_COLUMNS))


def _notes(layer: gpd.GeoDataFrame, ground: pd.DataFrame, as_of: date) -> list[Problem]:
    """What must be said of the zones that touch the communes, with hectares inside them."""
    accepted, minutes = layer["status"] == "accepted", layer["accepted_no"].notna() & layer["accepted_on"].notna()
    late = layer["accepted_on"].map(lambda day: bool(pd.notna(day)) and day > as_of).astype(bool)
    real = ~layer["marked"]
    unlawful = layer["refused_ha"] + layer["to_forest_ha"]
    look = ground[(ground["verdict"] == "look") & (ground["accepted"] > 0)]
    counts, parts = layer["inside_ha"] - unlawful, (layer[list(SEEN)] > 0).sum(axis=1) > 1
    shared = parts & (counts > overlays.TOUCH_HA) & (counts < (1 - SLIVER_SHARE) * layer["geom_ha"])
    said = {
        "conversion.status_missing": (real & layer["status"].isna(), layer["inside_ha"]),
        "conversion.accepted_unlawful": (accepted & (unlawful > overlays.TOUCH_HA), unlawful),
        "conversion.accepted_look": _of_zones(layer, look, "accepted"),
        "conversion.no_minutes": (accepted & ~minutes, layer["inside_ha"]),
        "conversion.minutes_ahead": (accepted & late, layer["inside_ha"]),
        "conversion.minutes_not_accepted": (real & ~accepted & minutes, layer["inside_ha"]),
        "conversion.declared_missing": (
            layer["status"].isin(DECLARED) & layer["declared_ha"].isna(),
            layer["inside_ha"],
        ),
        "conversion.over_natural_forest": (
            real & (layer["status"] != "draft") & (layer["natural_forest_overlap_ha"] > OVERLAP_HA),
            layer["natural_forest_overlap_ha"],
        ),
        "conversion.code_differs": _of_zones(layer, ground[_code_differs(ground)], "measured"),
        "conversion.seen_shared": (real & shared, layer["inside_ha"]),
        "conversion.seen_unlawful": (real & (layer["verdict_seen"] == "converted") & (unlawful > 0), unlawful),
        "conversion.crop_differs": _of_zones(layer, ground[_crop_differs(ground)], "measured"),
    }
    notes = []
    for key, (mask, ha) in said.items():
        if mask.any():
            facts = {"n": int(mask.sum()), "area_ha": float(ha[mask].sum())}
            notes.append(Problem(key, "conversion_zones", facts, tuple(layer.loc[mask, "zone_id"].astype(str))))
    return notes


def _of_zones(layer: gpd.GeoDataFrame, rows: pd.DataFrame, column: str) -> tuple[pd.Series, pd.Series]:
    """Which zones of the layer have such pieces, and their hectares."""
    sums = rows.groupby("zone_id")[column].sum()
    ha = layer["zone_id"].map(sums).fillna(0.0).astype(float)
    return ha > overlays.TOUCH_HA, ha


def _code_differs(ground: pd.DataFrame) -> pd.Series:
    """Pieces on a parcel whose land code is another than the zone's own."""
    own, beneath = (ground[name].map(codes.current_land_code) for name in ("land_code", "code_beneath"))
    return own.notna() & beneath.notna() & (own != beneath)


def _crop_differs(ground: pd.DataFrame) -> pd.Series:
    """Pieces said to be rice on ground that is no rice land."""
    pairs = zip(ground["from_crop"], ground["code_beneath"], strict=True)
    return pd.Series([not at_home(crop, code) for crop, code in pairs], index=ground.index, dtype=bool)


MEASURE = Measure(
    name="conversion",
    needs=("conversion_zones",),
    may_use=("parcels", "forest_lots", "draft_zones", "sentinel2"),
    columns=COLUMNS,
    shows="planned_ha",
    compute=conversion,
    reach_m=1000.0,  # a zone that crosses the border is judged whole, by the parcels on the other side too
)
