"""Forest cover of communes and villages, as the law counts it, and beside it what a raster sees.

Inputs: communes with their official natural area, forest lots (FRMS), villages and a land-cover raster where there
are any.

What counts (TT 33/2018/TT-BNNPTNT, amended by TT 16/2023; proved on the 99 communes of QĐ 537/QĐ-UBND, Lào Cai, 2026)::

    cover % = 100 x (natural forest + planted forest that has become forest) / official natural area

The text code `ldlr` decides what a lot is. Planted and not yet forest is shown apart and never counted. A lot that
crosses a border counts in each unit by `dtich` (its statutory hectares) times the share of its geometry inside.
Without an official area the percentage stays empty; the one over the polygon stands beside it.

Tree cover as measured, from images (`classification`) or else from a land-cover raster, sees shade trees, fruit and
tea as well and misses young stands. Patches of trees below 0.3 ha are not counted and holes below 0.3 ha are (Law on
Forestry, definition of forest); the figure without that rule stands beside it. Pixels not seen are in neither.

Counted pixel by pixel the figure is preliminary: a map's bias shows in no count. With a reference sample (`samples`,
drawn from the raster `strata`) ``tree_ha`` is the design-based estimate of the whole commune with its interval
(`sampling`), and the counted figure stays beside it as ``tree_mapped_ha``. Papers and map are held against each other
lot by lot (`reconciliation`): the statutory figure is explained, never corrected.
"""

import math
from datetime import date
from typing import Any

import geopandas as gpd
import pandas as pd

from geoplan import codes, forms, measured, overlays
from geoplan.errors import Problem
from geoplan.reconciliation.looked import Known, look
from geoplan.results import BREAKDOWN_COLUMNS, Column, Findings, Measure, Preparation, breakdown_rows
from geoplan.text.letters import same_name

COLUMNS = (
    Column("natural_ha", "ha"),
    Column("planted_ha", "ha"),
    Column("young_ha", "ha"),
    Column("forest_ha", "ha"),
    Column("regeneration_ha", "ha"),
    Column("unknown_ha", "ha"),
    Column("lots_ha", "ha"),
    Column("land_ha", "ha"),
    Column("land_official_ha", "ha"),
    Column("cover_pct", "%", ratio=("forest_ha", "land_official_ha")),
    Column("cover_polygon_pct", "%", ratio=("forest_ha", "land_ha")),
    Column("tree_ha", "ha", optional=True),
    Column("tree_land_ha", "ha", optional=True),
    Column("tree_pct", "%", ratio=("tree_ha", "tree_land_ha"), optional=True),
    Column("tree_mapped_ha", "ha", optional=True),
    Column("tree_mapped_pct", "%", ratio=("tree_mapped_ha", "tree_seen_ha"), optional=True),
    Column("tree_without_rule_ha", "ha", optional=True),
    Column("tree_seen_ha", "ha", optional=True),
    Column("tree_unseen_ha", "ha", optional=True),
    *(Column(f"{cell}_ha", "ha", optional=True) for cell in ("both", "official_only", "measured_only", "neither")),
)

CLASS_COLUMNS = {
    "natural_forest": "natural_ha",
    "planted_forest": "planted_ha",
    "planted_not_yet_forest": "young_ha",
    "regeneration": "regeneration_ha",
    codes.UNKNOWN: "unknown_ha",
}
USES = {1: "protection", 2: "special_use", 3: "production"}
GAP_ROLES = {
    "natural_forest": "counts",
    "planted_forest": "counts",
    "planted_not_yet_forest": "young",
    "regeneration": "regeneration",
    codes.UNKNOWN: "unknown",
}
GAP_SHARE = 0.005
"""Lots may leave this share of a commune uncovered without a word."""

VILLAGE_SHARE = 0.99
"""A village of which less lies in its commune is named: its row holds the neighbour's ground too."""


def forest_cover(
    units: gpd.GeoDataFrame,
    forest_lots: gpd.GeoDataFrame,
    villages: gpd.GeoDataFrame | None = None,
    *,
    as_of: date,
    prepared: Known | None = None,
    years_to_forest: int = 4,
    owner_codes: str = "",
) -> Findings:
    """Statutory cover in percent of the official natural area, by commune and village.

    Parameters
    ----------
    units : GeoDataFrame
        Communes and village polygons: ``unit_code``, ``name``, ``level``, ``area_official_ha`` (NaN where absent),
        ``geom_ha``.
    forest_lots : GeoDataFrame
        FRMS lots; `ldlr` blank or unknown is in ``unknown_ha`` and never counted.
    villages : GeoDataFrame, optional
        Where villages are points they name those that the lots' `diadanh` speaks of; village polygons are units
        already.
    as_of : date
        Day of the figures.
    prepared : Known, optional
        From `prepare`: the measured map and the sample that was read.
    years_to_forest : int
        Years from planting to forest where a lot's `ktan` is blank. Not in the rule: a setting.
    owner_codes : str
        ``frms3`` or ``frms4``: which list `dtuong` follows. Empty: owners are shown by number.

    Returns
    -------
    Findings
        Table with `COLUMNS`; layer of lots with ``forest_class``, ``use``, ``gap_role``, ``counts_from``; breakdown
        by use, owner, origin, class, part in the gap, village; forms 02, 03, 04.
    """
    units = units.reset_index(drop=True)
    lots = _classified(forest_lots, years_to_forest)
    everywhere = _statutory(lots, units)
    table = _rows(units, everywhere)
    inside = everywhere[everywhere["level"] == "commune"].reset_index(drop=True)
    notes = _commune_notes(units, inside) + _crossing_notes(units)
    looked = look(units, lots, prepared or Known(None), as_of=as_of, years_to_forest=years_to_forest)
    table = pd.concat([table, looked.table], axis=1)
    notes += looked.notes
    if villages is not None and (villages.geom_type == "Point").any():
        rows, said = _villages_by_name(units, villages, inside)
        table = pd.concat([table, rows], ignore_index=True)
        notes += said
    layer = _located(lots, inside, units)
    layer["owner_class"] = layer["dtuong"].map(lambda code: _owner(code, owner_codes))
    layer = layer.join(looked.lots, on="lot_id")
    all_forms, said = forms.of_communes(units, inside)
    return Findings(
        table=_complete(table),
        layer=layer,
        breakdown=pd.concat([_breakdown(units, inside, owner_codes), looked.breakdown], ignore_index=True),
        forms={**all_forms, **looked.forms},
        notes=tuple(notes + said + _official_notes(units) + _owner_notes(inside, owner_codes)),
    )


def _classified(lots: gpd.GeoDataFrame, years_to_forest: int) -> gpd.GeoDataFrame:
    kind = codes.forest_class(lots["ldlr"])
    bare = lots["ldlr"].map(codes.spelled).fillna("").str.startswith("DT1")
    planned = lots["malr3"].isin(list(USES))
    role = kind.map(GAP_ROLES).fillna("other")
    role[bare & planned & (kind == "non_forest")] = "plantable"
    closing = lots["ktan"].where(lots["ktan"] > 0).fillna(years_to_forest)
    year = (lots["namtr"] + closing).where((kind == "planted_not_yet_forest") & (lots["namtr"] > 0))
    return lots.assign(
        forest_class=kind,
        use=lots["malr3"].map(USES).fillna("outside").astype(object),
        gap_role=role.astype(object),
        counts_from=pd.Series([None if pd.isna(y) else str(int(y)) for y in year], index=lots.index, dtype=object),
    )


def _statutory(lots: gpd.GeoDataFrame, units: gpd.GeoDataFrame) -> pd.DataFrame:
    """One row a lot and unit: the lot's fields, ``right`` (unit), ``level``, ``ha`` (statutory, inside the unit)."""
    shares = overlays.shares(lots, units)
    fields = [
        "lot_id",
        "forest_class",
        "use",
        "tk",
        "diadanh",
        "nggocr",
        "lapdia",
        "malr3",
        "mamdsd",
        "dtuong",
        "dtich",
        "counts_from",
        "gap_role",
    ]
    rows = lots[fields].iloc[shares["left"]].reset_index(drop=True)
    rows["left"], rows["right"], rows["share"] = (shares[name].to_numpy() for name in ("left", "right", "share"))
    rows["measured"] = shares["ha"].to_numpy()
    rows["level"] = units["level"].to_numpy()[rows["right"]]
    rows["ha"] = rows["dtich"].to_numpy(dtype=float) * rows["share"].to_numpy()
    return pd.DataFrame(rows)


def _sums(rows: pd.DataFrame) -> dict[str, float]:
    by_class = rows.groupby("forest_class")["ha"].sum()
    sums = {column: float(by_class.get(kind, 0.0)) for kind, column in CLASS_COLUMNS.items()}
    return sums | {"forest_ha": sums["natural_ha"] + sums["planted_ha"], "lots_ha": float(rows["ha"].sum())}


def _rows(units: gpd.GeoDataFrame, everywhere: pd.DataFrame) -> pd.DataFrame:
    rows = []
    for i, unit in enumerate(units.itertuples()):
        row = {
            "unit_code": unit.unit_code,
            "unit_name": unit.name,
            "level": unit.level,
            **_sums(everywhere[everywhere["right"] == i]),
        }
        rows.append(row | {"land_ha": unit.geom_ha, "land_official_ha": unit.area_official_ha})
    return pd.DataFrame(rows)


def _complete(table: pd.DataFrame) -> pd.DataFrame:
    """The ratios, made from the sums; columns without their input are NaN."""
    intervals = [name for name in table.columns if name.endswith(("_low", "_high", "_n"))]
    made = table.reindex(columns=["unit_code", "unit_name", "level", *[c.name for c in COLUMNS], *intervals])
    for column in COLUMNS:
        if column.ratio is not None:
            over, under = (made[name].astype(float) for name in column.ratio)
            made[column.name] = 100.0 * over / under.where(under > 0)
    made["cover_pct"] = made["cover_pct"].where(made["cover_pct"] <= 100)
    return made


def _villages_by_name(
    units: gpd.GeoDataFrame, villages: gpd.GeoDataFrame, inside: pd.DataFrame
) -> tuple[pd.DataFrame, list[Problem]]:
    """Villages that are points: figures by the lots' `diadanh`; a name of two villages decides nothing."""
    home = gpd.sjoin(villages[["geometry"]], units.loc[units["level"] == "commune", ["geometry"]], predicate="within")[
        "index_right"
    ]
    home = home[~home.index.duplicated()].reindex(villages.index)
    names = villages["name"].map(same_name)
    spoken = inside["diadanh"].map(same_name, na_action="ignore")
    rows, twice, matched = [], [], pd.Series(data=False, index=inside.index)
    for i, village in enumerate(villages.itertuples()):
        if pd.isna(home.iloc[i]):
            continue
        if ((names == names.iloc[i]) & (home == home.iloc[i])).sum() > 1:
            twice.append(str(village.village_code))
            continue
        mine = (inside["right"] == home.iloc[i]) & (spoken == names.iloc[i])
        matched |= mine
        if mine.any():
            code = village.village_code
            rows.append({"unit_code": code, "unit_name": village.name, "level": "village", **_sums(inside[mine])})
    notes = [Problem("forest_cover.villages_are_points", "villages", {"n": len(rows)})]
    left = float(inside.loc[~matched, "ha"].sum())
    if left > 0:
        notes.append(Problem("forest_cover.place_unmatched", "forest_lots: diadanh", {"area_ha": left}))
    if twice:
        notes.append(Problem("forest_cover.village_name_twice", "villages", {"n": len(twice)}, tuple(twice)))
    return pd.DataFrame(rows), notes


def _located(lots: gpd.GeoDataFrame, inside: pd.DataFrame, units: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The lots that touch a unit, each with the unit that holds most of it."""
    most = inside.sort_values("share", kind="stable").drop_duplicates("left", keep="last").sort_values("left")
    layer = lots.iloc[most["left"]].copy()
    layer["unit_code"] = units["unit_code"].to_numpy()[most["right"].to_numpy()]
    layer["unit_share"] = most["share"].to_numpy()
    layer["inside_ha"] = inside.groupby("left")["ha"].sum().reindex(most["left"]).to_numpy()
    return layer.reset_index(drop=True)


def _owner(code: Any, owner_codes: str) -> str | None:
    return None if pd.isna(code) else f"{owner_codes or 'number'}.{int(code)}"


def _breakdown(units: gpd.GeoDataFrame, inside: pd.DataFrame, owner_codes: str) -> pd.DataFrame:
    """Hectares by use, owner, origin, class and village (`diadanh`) in each commune."""
    divisions = {
        "use": inside["use"],
        "owner": inside["dtuong"].map(lambda code: _owner(code, owner_codes) or "blank"),
        "origin": inside["nggocr"].map(lambda code: "blank" if pd.isna(code) else str(int(code))),
        "class": inside["forest_class"],
        "gap_role": inside["gap_role"],
        "village": inside["diadanh"].fillna(""),
    }
    values = {column: inside["ha"].where(inside["forest_class"] == kind, 0.0) for kind, column in CLASS_COLUMNS.items()}
    values |= {"forest_ha": values["natural_ha"] + values["planted_ha"], "lots_ha": inside["ha"]}
    rows = []
    for by, group in divisions.items():
        chosen = {"lots_ha": values["lots_ha"]} if by in {"class", "gap_role"} else values
        rows += breakdown_rows(units, inside["right"], by, group, chosen)
    young = inside[inside["forest_class"] == "planted_not_yet_forest"]
    year = young["counts_from"].fillna("?")
    rows += breakdown_rows(units, young["right"], "counts_from", year, {"young_ha": young["ha"]})
    return pd.DataFrame(rows, columns=list(BREAKDOWN_COLUMNS))


def _commune_notes(units: gpd.GeoDataFrame, inside: pd.DataFrame) -> list[Problem]:
    """Of each commune: lots of unknown type, ground that no lot covers, more forest than land."""
    notes = []
    for i, unit in _communes(units):
        lots, land, official = inside[inside["right"] == i], float(unit.geom_ha), float(unit.area_official_ha)
        unknown = lots[lots["forest_class"] == codes.UNKNOWN]
        if len(unknown):
            ha = float(unknown["ha"].sum())
            facts = {"unit": unit.name, "area_ha": ha, "points": 100 * ha / official if official > 0 else math.nan}
            notes.append(Problem("forest_cover.unknown_type", "forest_lots: ldlr", facts, tuple(unknown["lot_id"])))
        gap = land - float(lots["measured"].sum())
        if gap > GAP_SHARE * land:
            facts = {"unit": unit.name, "area_ha": gap, "gap_pct": 100 * gap / land}
            notes.append(Problem("forest_cover.lots_gap", "forest_lots", facts, (unit.unit_code,)))
        forest = _sums(lots)["forest_ha"]
        if forest > official:
            facts = {"unit": unit.name, "forest_ha": forest, "land_ha": official, "column": "cover_pct"}
            notes.append(Problem("forest_cover.more_than_land", "communes: area_official_ha", facts, (unit.unit_code,)))
    return notes


def _crossing_notes(units: gpd.GeoDataFrame) -> list[Problem]:
    """Villages whose polygon reaches out of its commune: their rows hold ground of the neighbour."""
    villages = units[units["level"] == "village"].reset_index(drop=True)
    if villages.empty:
        return []
    held = overlays.shares(villages, units[units["level"] == "commune"]).groupby("left")[["share", "ha"]].max()
    out = held[held["share"] < VILLAGE_SHARE]
    if out.empty:
        return []
    codes_out = tuple(villages["unit_code"].to_numpy()[out.index])
    outside = float((villages["geom_ha"].to_numpy()[out.index] - out["ha"]).sum())
    return [Problem("forest_cover.village_crosses", "villages", {"n": len(out), "area_ha": outside}, codes_out)]


def _communes(units: gpd.GeoDataFrame) -> list[tuple[int, Any]]:
    return [(i, unit) for i, unit in enumerate(units.itertuples()) if unit.level == "commune"]


def _official_notes(units: gpd.GeoDataFrame) -> list[Problem]:
    absent = units[(units["level"] == "commune") & ~(units["area_official_ha"] > 0)]
    if absent.empty:
        return []
    return [
        Problem(
            "forest_cover.no_official_area",
            "communes: area_official_ha",
            {"column": "cover_pct"},
            tuple(absent["unit_code"]),
        )
    ]


def _owner_notes(lots: gpd.GeoDataFrame, owner_codes: str) -> list[Problem]:
    if not owner_codes and lots["dtuong"].notna().any():
        return [Problem("forest_cover.owner_list_unset", "measures.forest_cover.owner_codes", {})]
    return []


MEASURE = Measure(
    name="forest_cover",
    needs=("forest_lots",),
    may_use=("villages",),
    columns=COLUMNS,
    shows="cover_pct",
    compute=forest_cover,
    prepare=Preparation(
        measured.prepare,
        may_use=("land_cover", "strata", "sentinel2", "samples", "training"),
        settings=("min_patch_ha", "forest_words", "other_words"),
    ),
    settings={"years_to_forest": 4, "owner_codes": "", "min_patch_ha": 0.3, "forest_words": "", "other_words": ""},
    limits={"years_to_forest": (1, 30), "owner_codes": ("", "frms3", "frms4"), "min_patch_ha": (0.0, 10.0)},
)
