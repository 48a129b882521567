"""The ledger of rice and maize land converted to better crops: planned, declared, accepted, and what the law says.

Inputs: communes, conversion zones, and where there are any cadastral parcels (land code), forest lots, drafts marked
on the map.

Three things that are never added to one another: what is planned (zones submitted or further), what the commune
declares as carried out, what a minute of acceptance with number and date confirms. Verification from space is a
fourth, of a later issue.

The law (Decree 112/2024/NĐ-CP, articles 3, 5, 6, 7), judged on each piece of a zone by the land code beneath it:

* LUC (rice, exclusively) may go to annual crops; rice with aquaculture needs a look (at most 20 % of the area, 120 cm
  deep); perennials are **refused**.
* LUK (other rice land) may go to annual or perennial crops; aquaculture needs the same look.
* HNK (other annual land) is not rice land: the decree does not bind it; aquaculture there needs a look.
* Trees planted as forest are a change of land use, ``to_forest``: never in the 50 ha.
* A land code that is blank, unknown, LUA (which rice?) or not annual land **needs a look**; so does a zone over forest.
* Converted land stays rice land in the statistics: hectares converted are never subtracted from rice land.

A refused or to_forest piece is not in ``accepted_ha`` even where a minute accepts it; the zone is named.
"""

from datetime import date

import geopandas as gpd
import pandas as pd
import shapely

from geoplan import areas, codes, overlays
from geoplan.errors import Problem
from geoplan.results import BREAKDOWN_COLUMNS, Column, Findings, Measure, breakdown_rows, series_rows

COLUMNS = (
    Column("planned_ha", "ha"),
    Column("declared_ha", "ha"),
    Column("accepted_ha", "ha"),
    Column("refused_ha", "ha"),
    Column("to_forest_ha", "ha"),
    Column("look_ha", "ha"),
)
LEDGER = ("submitted", "approved", "carried_out", "accepted")
DECLARED = ("carried_out", "accepted")
VERDICTS = ("refused", "to_forest", "look", "lawful")
"""From the gravest: a zone's verdict is the gravest of its pieces'."""

LAW = {
    ("LUC", "perennial"): ("refused", "conversion.reason.luc_perennial"),
    ("LUC", "annual"): ("lawful", "conversion.reason.luc_annual"),
    ("LUC", "aquaculture"): ("look", "conversion.reason.aquaculture"),
    ("LUK", "perennial"): ("lawful", "conversion.reason.luk"),
    ("LUK", "annual"): ("lawful", "conversion.reason.luk"),
    ("LUK", "aquaculture"): ("look", "conversion.reason.aquaculture"),
    ("HNK", "perennial"): ("lawful", "conversion.reason.hnk"),
    ("HNK", "annual"): ("lawful", "conversion.reason.hnk"),
    ("HNK", "aquaculture"): ("look", "conversion.reason.aquaculture_not_rice"),
}
"""Verdict and reason by today's land code and target group; what is not here needs a look."""

OTHER_LAND = {"LUA": "conversion.reason.which_rice"}

FOREST_OVERLAP = ("natural_forest", "planted_forest", "planted_not_yet_forest", "regeneration")
OVERLAP_HA = 0.01
"""A zone may reach this far over a forest lot without a word: the width of a drawn line."""


def conversion(
    units: gpd.GeoDataFrame,
    conversion_zones: gpd.GeoDataFrame,
    parcels: gpd.GeoDataFrame | None = None,
    forest_lots: gpd.GeoDataFrame | None = None,
    draft_zones: gpd.GeoDataFrame | None = None,
    *,
    as_of: date,
) -> Findings:
    """Hectares of conversion planned, declared, accepted, refused and gone to forest, by commune.

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
    as_of : date
        A minute dated later does not count yet.

    Returns
    -------
    Findings
        Table with `COLUMNS`; layer of zones and drafts with ``verdict``, ``reasons`` (message keys, joined by a
        space) and forest overlap in hectares; series of acceptances by year; breakdown by target group, status,
        verdict, crop, village.
    """
    zones = _gathered(conversion_zones, draft_zones)
    pieces = _judged(zones, parcels)
    zones = _with_verdict(zones, pieces, forest_lots, as_of)
    ledger = _ledger(zones, pieces, units)
    table = pd.DataFrame([_row(unit, ledger[ledger["right"] == i]) for i, unit in enumerate(units.itertuples())])
    return Findings(
        table=table,
        layer=_located(zones, units),
        series=_series(units, ledger),
        breakdown=_breakdown(units, ledger[ledger["level"] == "commune"]),
        notes=tuple(_notes(zones, as_of)),
    )


def _gathered(zones: gpd.GeoDataFrame, drafts: gpd.GeoDataFrame | None) -> gpd.GeoDataFrame:
    ledger = zones.assign(marked=False)
    if drafts is None or drafts.empty:
        return ledger
    marked = drafts.assign(status="draft", marked=True).reindex(columns=ledger.columns)
    taken = marked["zone_id"].isin(ledger["zone_id"])
    marked["zone_id"] = marked["zone_id"].where(~taken, marked["zone_id"].astype(str) + " (*)")
    both = pd.concat([ledger, gpd.GeoDataFrame(marked, geometry="geometry", crs=drafts.crs)], ignore_index=True)
    both["marked"] = both["marked"].astype(bool)
    return both


def judge(land_code: str | None, to_group: str | None) -> tuple[str, str]:
    """Verdict and the message key of its reason for one piece of ground.

    Examples
    --------
    >>> judge("LUC", "perennial")
    ('refused', 'conversion.reason.luc_perennial')
    >>> judge("LUK", "perennial")
    ('lawful', 'conversion.reason.luk')
    """
    code = codes.current_land_code(land_code)
    if to_group == "forest":
        return "to_forest", "conversion.reason.to_forest"
    if to_group is None:
        return "look", "conversion.reason.no_group"
    if code is None:
        blank = codes.spelled(land_code) is None
        return "look", "conversion.reason.no_land_code" if blank else "conversion.reason.land_code_unknown"
    return LAW.get((code, to_group), ("look", OTHER_LAND.get(code, "conversion.reason.not_annual_land")))


def _judged(zones: gpd.GeoDataFrame, parcels: gpd.GeoDataFrame | None) -> gpd.GeoDataFrame:
    """Pieces of every zone with land code and verdict: one a parcel beneath; bare ground goes by the zone's own."""
    own = zones["land_code"].to_numpy()
    if parcels is None or parcels.empty:
        found = pd.DataFrame({"left": range(len(zones)), "piece": zones.geometry.to_numpy(), "land_code": own})
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
    return pieces.reset_index(drop=True)


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


def _with_verdict(
    zones: gpd.GeoDataFrame, pieces: gpd.GeoDataFrame, lots: gpd.GeoDataFrame | None, as_of: date
) -> gpd.GeoDataFrame:
    ha = pieces.pivot_table(index="left", columns="verdict", values="ha", aggfunc="sum", fill_value=0.0)
    ha = ha.reindex(index=range(len(zones)), columns=list(VERDICTS), fill_value=0.0)
    made = zones.assign(**{f"{v}_ha": ha[v].to_numpy() for v in VERDICTS}, **_over_forest(zones, lots))
    gravest = [
        next((v for v in VERDICTS if row[f"{v}_ha"] > overlays.TOUCH_HA), "look") for row in made.to_dict("records")
    ]
    forest = made["forest_overlap_ha"] > OVERLAP_HA
    made["verdict"] = [
        "look" if over and verdict == "lawful" else verdict for over, verdict in zip(forest, gravest, strict=True)
    ]
    reasons = pieces.groupby("left")["reason"].agg(lambda keys: list(dict.fromkeys(keys)))
    made["reasons"] = [
        " ".join(reasons.get(i, []) + _more_reasons(row)) for i, row in enumerate(made.to_dict("records"))
    ]
    in_time = made["accepted_on"].map(lambda day: bool(pd.notna(day)) and day <= as_of).astype(bool)
    made["counts"] = (made["status"] == "accepted") & made["accepted_no"].notna() & in_time
    made["paper_ha"] = made["declared_ha"].where(made["declared_ha"].notna(), made["geom_ha"]).astype(float)
    kept = 1.0 - (made["refused_ha"] + made["to_forest_ha"]) / made["geom_ha"]
    made["accepted_ha"] = (made["paper_ha"] * kept.clip(lower=0.0)).where(made["counts"], 0.0)
    return made


def _over_forest(zones: gpd.GeoDataFrame, lots: gpd.GeoDataFrame | None) -> dict[str, object]:
    """Hectares of each zone over natural forest, and over forest and regeneration of any kind."""
    if lots is None or lots.empty:
        return {"natural_forest_overlap_ha": 0.0, "forest_overlap_ha": 0.0}
    over = overlays.shares(zones, lots)
    kind = codes.forest_class(lots["ldlr"]).to_numpy()[over["right"].to_numpy()]
    made: dict[str, object] = {}
    for name, kinds in (("natural_forest_overlap_ha", FOREST_OVERLAP[:1]), ("forest_overlap_ha", FOREST_OVERLAP)):
        ha = over[pd.Series(kind, index=over.index).isin(kinds)].groupby("left")["ha"].sum()
        made[name] = ha.reindex(range(len(zones)), fill_value=0.0).to_numpy()
    return made


def _more_reasons(zone: dict[str, object]) -> list[str]:
    if float(zone["natural_forest_overlap_ha"]) > OVERLAP_HA:  # type: ignore[arg-type]  # a column of floats
        return ["conversion.reason.over_natural_forest"]
    if float(zone["forest_overlap_ha"]) > OVERLAP_HA:  # type: ignore[arg-type]  # a column of floats
        return ["conversion.reason.over_forest_land"]
    return []


def _ledger(zones: gpd.GeoDataFrame, pieces: gpd.GeoDataFrame, units: gpd.GeoDataFrame) -> pd.DataFrame:
    """One row a piece and unit: the zone's fields, the piece's verdict, hectares measured, declared, accepted."""
    inside = overlays.shares(pieces, units)
    piece = pieces.iloc[inside["left"]]
    rows = zones.drop(columns="geometry").iloc[piece["left"]].reset_index(drop=True)
    rows["right"], rows["level"] = inside["right"], units["level"].to_numpy()[inside["right"]]
    rows["measured"], rows["verdict_of_piece"] = inside["ha"], piece["verdict"].to_numpy()
    share = rows["measured"] / rows["geom_ha"]
    rows["declared"] = (rows["declared_ha"].astype(float) * share).where(rows["status"].isin(DECLARED), 0.0)
    counted = rows["counts"] & ~rows["verdict_of_piece"].isin(["refused", "to_forest"])
    rows["accepted"] = (rows["paper_ha"] * share).where(counted, 0.0)
    return pd.DataFrame(rows[rows["status"].isin(LEDGER)])


def _located(zones: gpd.GeoDataFrame, units: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The zones that touch a commune, each with the one that holds most of it."""
    inside = overlays.shares(zones, units[units["level"] == "commune"])
    most = inside.sort_values("ha", kind="stable").drop_duplicates("left", keep="last").sort_values("left")
    communes = units.loc[units["level"] == "commune", "unit_code"].to_numpy()
    layer = zones.iloc[most["left"]].drop(columns=["counts", "paper_ha"])
    return layer.assign(unit_code=communes[most["right"]], unit_share=most["share"].to_numpy()).reset_index(drop=True)


def _row(unit: object, rows: pd.DataFrame) -> dict[str, object]:
    sums = {
        "planned_ha": rows["measured"].sum(),
        "declared_ha": rows["declared"].sum(),
        "accepted_ha": rows["accepted"].sum(),
        "refused_ha": rows.loc[rows["verdict_of_piece"] == "refused", "measured"].sum(),
        "to_forest_ha": rows.loc[rows["verdict_of_piece"] == "to_forest", "measured"].sum(),
        "look_ha": rows.loc[rows["verdict"] == "look", "measured"].sum(),
    }
    figures = {name: float(value) for name, value in sums.items()}
    return {"unit_code": unit.unit_code, "unit_name": unit.name, "level": unit.level, **figures}  # type: ignore[attr-defined]  # itertuples


def _series(units: gpd.GeoDataFrame, ledger: pd.DataFrame) -> pd.DataFrame:
    accepted = ledger[ledger["accepted"] > 0]
    year = accepted["accepted_on"].map(lambda day: day.year)
    return series_rows(units, accepted["right"], year, ("accepted_ha",), accepted["accepted"])


def _breakdown(units: gpd.GeoDataFrame, ledger: pd.DataFrame) -> pd.DataFrame:
    village = ledger["village_code"] if "village_code" in ledger else pd.Series("", index=ledger.index)
    divisions = {name: ledger[name] for name in ("to_group", "from_crop", "status", "verdict")} | {"village": village}
    values = {"planned_ha": ledger["measured"], "accepted_ha": ledger["accepted"]}
    rows = []
    for by, group in divisions.items():
        rows += breakdown_rows(units, ledger["right"], by, group.fillna(""), values)
    return pd.DataFrame(rows, columns=list(BREAKDOWN_COLUMNS))


def _notes(zones: gpd.GeoDataFrame, as_of: date) -> list[Problem]:
    accepted = zones["status"] == "accepted"
    late = zones["accepted_on"].map(lambda day: bool(pd.notna(day)) and day > as_of)
    declared, measured = zones["declared_ha"].astype(float), zones["geom_ha"]
    missing = zones["status"].isin(DECLARED) & declared.isna()
    unlawful = accepted & (zones["refused_ha"] + zones["to_forest_ha"] > overlays.TOUCH_HA)
    natural = (zones["natural_forest_overlap_ha"] > OVERLAP_HA) & (zones["status"] != "draft")
    said = {
        "conversion.accepted_unlawful": (unlawful, zones["refused_ha"] + zones["to_forest_ha"]),
        "conversion.no_minutes": (accepted & (zones["accepted_no"].isna() | zones["accepted_on"].isna()), measured),
        "conversion.minutes_ahead": (accepted & late, measured),
        "conversion.declared_missing": (missing, measured),
        "conversion.over_natural_forest": (natural, zones["natural_forest_overlap_ha"]),
    }
    notes = []
    for key, (mask, ha) in said.items():
        if mask.any():
            facts = {"n": int(mask.sum()), "area_ha": float(ha[mask].sum())}
            notes.append(Problem(key, "conversion_zones", facts, tuple(zones.loc[mask, "zone_id"].astype(str))))
    return notes


MEASURE = Measure(
    name="conversion",
    needs=("conversion_zones",),
    may_use=("parcels", "forest_lots", "draft_zones"),
    columns=COLUMNS,
    shows="planned_ha",
    compute=conversion,
    reach_m=1000.0,  # a zone that crosses the border is judged whole, by the parcels on the other side too
)
