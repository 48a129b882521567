"""What is measured beside the papers, as the columns, fields and tables that a measure hands on."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

import geopandas as gpd
import numpy as np
import pandas as pd

from geoplan.errors import InputError, Problem
from geoplan.rasters import Raster
from geoplan.reconciliation.cover import MeasuredCover
from geoplan.reconciliation.intervals import ReferenceSample
from geoplan.reconciliation.lots import CELLS
from geoplan.reconciliation.measured import around, strata_hectares, tree_hectares, unseen_notes
from geoplan.reconciliation.rows import Reconciliation, reconcile

LOT_FIELDS = ("measured_ha", "seen_ha", "difference_ha", "agreement", "agreement_reason")
"""Fields of a lot: hectares inside the communes, the cell of most of it, the message key of the reason."""

BREAKDOWN = ["unit_code", "by", "group", "column", "value"]


@dataclass(frozen=True, eq=False)
class Known:
    """What is measured of the whole extent: the map, and the points that were read with what they were drawn from.

    `points` has ``stratum`` and ``forest`` (1.0 or 0.0), points in any CRS.
    """

    cover: MeasuredCover | None
    points: gpd.GeoDataFrame | None = None
    strata: Raster | None = None
    whole_ha: Mapping[str, float] | None = None
    """Hectares of each stratum in all communes, which the points were drawn from."""
    assisted: bool = True
    """False where the map was taught at the points: figures then rest on points and strata alone."""
    seen_by: str = "land_cover"
    """Role that the map came from."""


@dataclass(frozen=True, eq=False)
class Looked:
    """What is measured beside the papers: columns by unit, fields by lot, rows for tables, what must be said."""

    table: pd.DataFrame
    lots: pd.DataFrame
    breakdown: pd.DataFrame
    forms: Mapping[str, pd.DataFrame]
    notes: list[Problem]


def look(
    units: gpd.GeoDataFrame,
    lots: gpd.GeoDataFrame,
    known: Known,
    *,
    as_of: date,
    years_to_forest: int,
) -> Looked:
    """Everything measured beside the papers; empty where nothing was measured.

    Parameters
    ----------
    units, lots : GeoDataFrame
        As `reconcile` takes them; `units` with ``geom_ha``.
    known : Known
        What was prepared for the whole extent.
    """
    lots_of = pd.DataFrame(columns=list(LOT_FIELDS), dtype=object).rename_axis("lot_id")
    nothing = Looked(pd.DataFrame(index=units.index), lots_of, pd.DataFrame(), {}, [])
    if known.cover is None:
        return nothing
    cover = around(known.cover, units)
    sample = None
    if known.points is not None and known.strata is not None:
        held = strata_hectares(known.strata, units)
        sample = ReferenceSample(known.points, held, known.whole_ha, known.assisted)
    trees = tree_hectares(units, cover)
    table = trees.add_prefix("tree_").assign(tree_ha=trees["mapped_ha"], tree_land_ha=trees["seen_ha"])
    notes = unseen_notes(units, trees["unseen_ha"], known.seen_by)
    try:
        found = reconcile(units, lots, cover, as_of=as_of, sample=sample, years_to_forest=years_to_forest)
    except InputError as error:  # the statutory figures stand; what cannot be compared is said
        return replace(nothing, table=table, notes=[*notes, *_of_map(table, known.seen_by), *error.problems])
    table = _estimated(table, found.units)
    said = [*notes, *found.notes, *_of_map(table, known.seen_by)]
    return Looked(table, _lot_fields(found), _agreement(found), _tables(found), said)


def _estimated(table: pd.DataFrame, found: pd.DataFrame) -> pd.DataFrame:
    """The design-based figure of communes in place of the counted one; villages have too few points for one."""
    seen = (table["tree_seen_ha"] > 0).to_numpy()  # of ground that nobody saw no cell is known, not even 0
    cells = {f"{cell}_ha": np.where(seen, found[f"{cell}_ha"].to_numpy(dtype=float), np.nan) for cell in CELLS[:4]}
    made = table.assign(**cells)
    if "forest_estimate_ha" not in found or found["forest_estimate_ha"].isna().all():
        return made
    commune = (found["level"] == "commune").to_numpy()
    land = found["ground_ha"].to_numpy()
    told = commune & found["forest_estimate_ha"].notna().to_numpy()
    made["tree_land_ha"] = np.where(told, land, made["tree_land_ha"].where(commune))
    counted = made["tree_ha"].where(commune).to_numpy(dtype=float)
    for ending, name in (("", "estimate"), ("_low", "low"), ("_high", "high")):
        value = np.where(told, found[f"forest_{name}_ha"].to_numpy(dtype=float), np.nan)
        made[f"tree_pct{ending}"] = 100.0 * value / land
        made[f"tree_ha{ending}"] = value if ending else np.where(told, value, counted)
    count = np.where(commune, found["sample_count"].to_numpy(dtype=float), np.nan)
    return made.assign(tree_ha_n=count, tree_pct_n=count)


def _of_map(table: pd.DataFrame, where: str) -> list[Problem]:
    """Whether the measured figure rests on a sample."""
    if "tree_ha_n" in table:
        return [Problem("forest_cover.tree_sampled", "samples", {"column": "tree_pct"})]
    return [Problem("forest_cover.tree_preliminary", where, {"column": "tree_pct"})]


def _lot_fields(found: Reconciliation) -> pd.DataFrame:
    """By lot, over the communes: the cell of most of it, the reason, hectares measured and differing."""
    rows = found.lots[found.lots["level"] == "commune"].sort_values("ground_ha", kind="stable")
    by_lot = rows.groupby("lot_id", sort=True)
    made = by_lot[["measured_ha", "seen_ha", "difference_ha"]].sum()
    last = by_lot[["cell", "reason"]].last()
    reasons = last["reason"].map(lambda reason: f"reconciliation.reason.{reason}" if reason else "")
    return made.assign(agreement=last["cell"], agreement_reason=reasons)


def _agreement(found: Reconciliation) -> pd.DataFrame:
    """Hectares of the four cells and of what is not seen, as a breakdown; by reason where they differ."""
    table = found.table[found.table["unit_code"].isin(found.units.loc[found.units["level"] == "commune", "unit_code"])]
    whole = table["reason"] == "all"
    rows = [
        (row.unit_code, *(("agreement", row.cell) if every else ("agreement_reason", row.reason)), "ground_ha", row.ha)
        for row, every in zip(table.itertuples(), whole, strict=True)
    ]
    return pd.DataFrame(rows, columns=BREAKDOWN)


def _tables(found: Reconciliation) -> dict[str, pd.DataFrame]:
    """For spreadsheets: the cells with their intervals and reasons, and the lots that explain the difference."""
    communes = set(found.units.loc[found.units["level"] == "commune", "unit_code"])
    tables = {"reconciliation": _with_estimate(found), "difference": found.explaining}
    return {name: table[table["unit_code"].isin(communes)].reset_index(drop=True) for name, table in tables.items()}


def _with_estimate(found: Reconciliation) -> pd.DataFrame:
    """The table with the sample's estimate beside the count on the map: the interval is the estimate's."""
    table = found.table
    estimates: dict[tuple[str, str], float] = {}
    for unit in found.units.to_dict("records"):
        estimates |= {(unit["unit_code"], cell): unit.get(f"{cell}_estimate_ha", np.nan) for cell in CELLS}
    whole = table["reason"] == "all"
    values = [
        estimates[str(code), str(cell)] if every else np.nan
        for code, cell, every in zip(table["unit_code"], table["cell"], whole, strict=True)
    ]
    made = table.copy()
    made.insert(list(made.columns).index("ha") + 1, "estimate", np.array(values, dtype=float))
    return made
