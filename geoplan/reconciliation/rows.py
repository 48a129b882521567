"""The reconciliation of official and measured forest: by unit, by lot, and what explains the difference."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from geoplan import areas
from geoplan.errors import InputError, Problem
from geoplan.reconciliation import intervals
from geoplan.reconciliation.cover import FOREST, MeasuredCover, ground
from geoplan.reconciliation.intervals import FIGURES, ReferenceSample
from geoplan.reconciliation.lots import CELLS, COUNTS_HA, UNEXPLAINED, cells, explained, lot_rows, pieces
from geoplan.sampling import Estimate

TABLE_COLUMNS = ("unit_code", "cell", "reason", "ha", "low", "high", "n", "lots")
"""Columns of `Reconciliation.table`. The row of reason ``all`` is its cell's sum and alone has an interval."""

_OVERLAP_SHARE = 0.01
"""Lots may hold more than a unit's ground by this share: edges that cross, of which the door of layers has told."""

_NOISE = 1e-6
"""Share of a unit below which ground without a lot is a rounding of sums."""


@dataclass(frozen=True, eq=False)
class Reconciliation:
    """Official and measured forest of the same ground.

    Parameters
    ----------
    units : DataFrame
        One row a unit: ``unit_code unit_name level ground_ha statutory_ha official_ground_ha`` and ``both_ha
        official_only_ha measured_only_ha neither_ha unseen_ha``, which add up to ``ground_ha``;
        ``unseen_official_ha`` is a part of ``unseen_ha``, ``no_lot_measured_ha`` of ``measured_only_ha``. With a
        sample: ``forest`` and each cell but unseen with ``_estimate_ha _low_ha _high_ha``, ``forest_se_ha``,
        ``sample_count`` and ``z_score``; NaN where there is no interval. Estimates are of the whole unit, seen or not.
    lots : DataFrame
        One row a lot and unit: hectares by cell, ``measured_ha seen_ha measured_share``, ``cell`` of most of it,
        ``difference_ha`` (measured less official, of what is seen), ``reason`` of most of it (empty below a pixel),
        ``unexplained_ha``; ``looks_count``, mean clear looks, where they are known.
    explaining : DataFrame
        Lots that differ, largest first: ``unit_code lot_id cell reason difference_ha cumulative_share``. Ground
        without a lot stands among them with no ``lot_id``.
    table : DataFrame
        `TABLE_COLUMNS`, for spreadsheets.
    notes : tuple of Problem
        What must be said beside it.
    """

    units: pd.DataFrame
    lots: pd.DataFrame
    explaining: pd.DataFrame
    table: pd.DataFrame
    notes: tuple[Problem, ...]


def reconcile(
    units: gpd.GeoDataFrame,
    lots: gpd.GeoDataFrame,
    measured: MeasuredCover,
    *,
    as_of: date,
    sample: ReferenceSample | None = None,
    years_to_forest: int = 4,
    harvest_years: int = 3,
    shade_pct: int = 50,
) -> Reconciliation:
    """Hectares of forest on paper and on the map, both, one alone or neither, and why they differ.

    Parameters
    ----------
    units : GeoDataFrame
        ``unit_code name level area_official_ha`` (NaN where absent), polygons.
    lots : GeoDataFrame
        Lots with ``lot_id forest_class dtich ldlr namtr ktan sldlr`` (and ``land_code`` or ``mdsd``), CRS of `units`.
    measured : MeasuredCover
        The map; pixels are not moved, polygons are.
    as_of : date
        Day of the figures.
    sample : ReferenceSample, optional
        Points that give the intervals.
    years_to_forest : int
        Years from planting to forest where a lot's `ktan` is blank.
    harvest_years : int
        A pixel cleared in a calendar year at most so long ago is a recent harvest.
    shade_pct : int
        Percent of dates in shade from which shade is a reason.

    Raises
    ------
    InputError
        ``reconciliation.lots_overlap``: ground that lots hold twice would count twice.
    """
    units = units.reset_index(drop=True)
    known = explained(lots.reset_index(drop=True), as_of, years_to_forest)
    parts = pieces(known, units)
    values = measured.codes(as_of.year - harvest_years, shade_pct)
    told, looks = cells(parts, known, measured, values)
    rows = lot_rows(parts, known, told)
    if measured.looks is not None:
        rows["looks_count"] = looks
    rows.insert(0, "unit_code", units["unit_code"].to_numpy()[rows["right"]])
    rows.insert(1, "level", units["level"].to_numpy()[rows["right"]])
    table, outside = _units(units, rows, measured, values)
    notes = [Problem("reconciliation.ground", "forest_lots: dtich", {})]
    if sample is not None:
        official = known.geometry[known["official"]].to_numpy()
        found, problems = intervals.of_units(units, official, measured, sample, table)
        table, said = _with_intervals(table, units, found)
        notes += problems + said
    told = told.assign(right=rows["right"].to_numpy()[told["piece"]])
    long = _long(table, told, outside)
    explaining = _explaining(units, rows, outside)
    return Reconciliation(
        units=table,
        lots=rows.drop(columns=["left", "right"]),
        explaining=explaining,
        table=long,
        notes=tuple(notes + _to_see(table, rows)),
    )


def _units(
    units: gpd.GeoDataFrame, rows: pd.DataFrame, measured: MeasuredCover, values: Any
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The cells of each unit, and of its ground without a lot: ``right``, ``cell``, ``reason``, ``ha``."""
    shapes = units.geometry.to_numpy()
    counted = measured.hectares(values, shapes, units.crs)
    whole = areas.hectares(units)
    everywhere = range(len(units))
    seen = counted.groupby("zone")["ha"].sum().reindex(everywhere, fill_value=0.0).to_numpy()
    sums = rows.groupby("right")[[f"{cell}_ha" for cell in CELLS]].sum().reindex(everywhere, fill_value=0.0)
    official = rows[rows["official"]].groupby("right")[["statutory_ha", "ground_ha", "unseen_ha"]].sum()
    official = official.reindex(everywhere, fill_value=0.0)
    forest = counted[counted["value"] & FOREST > 0]
    wooded = forest.groupby("zone")["ha"].sum().reindex(everywhere, fill_value=0.0).to_numpy()
    table = pd.DataFrame({"unit_code": units["unit_code"], "unit_name": units["name"], "level": units["level"]})
    table["ground_ha"] = whole
    table["statutory_ha"] = official["statutory_ha"].to_numpy()
    table["official_ground_ha"] = official["ground_ha"].to_numpy()
    # What lots do not hold is the rest of the unit, and lots hold no more than there is: so the cells add up even
    # where edges of lots cross by a hand's breadth.
    table["both_ha"] = np.minimum(sums["both_ha"].to_numpy(), wooded)
    table["official_only_ha"] = np.minimum(sums["official_only_ha"].to_numpy(), seen - wooded)
    table["measured_only_ha"] = wooded - table["both_ha"]
    table["neither_ha"] = seen - wooded - table["official_only_ha"]
    table["unseen_ha"] = ground(shapes, units.crs, seen)
    table["unseen_official_ha"] = np.minimum(official["unseen_ha"].to_numpy(), table["unseen_ha"])
    outside = _without_lot(table, sums, rows)
    table["no_lot_measured_ha"] = (
        outside[outside["cell"] == "measured_only"].groupby("right")["ha"].sum().reindex(everywhere, fill_value=0.0)
    )
    return table, outside


def _without_lot(table: pd.DataFrame, sums: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """Ground of each unit that no lot holds, by cell: the unit less its lots."""
    held = rows.groupby("right")["ground_ha"].sum().reindex(range(len(table)), fill_value=0.0)
    found = []
    for i in range(len(table)):
        unit, land = table.iloc[i], float(table["ground_ha"].iloc[i])
        twice = float(held.iloc[i]) - land
        if twice > _OVERLAP_SHARE * land:
            ids = tuple(rows.loc[rows["right"] == i, "lot_id"].astype(str))
            facts: dict[str, str | int | float] = {"unit": str(unit["unit_name"]), "area_ha": twice}
            raise InputError(Problem("reconciliation.lots_overlap", "forest_lots", facts, ids))
        for cell, reason in (("measured_only", "no_lot"), ("neither", ""), ("unseen", "unseen_other")):
            ha = float(unit[f"{cell}_ha"]) - float(sums[f"{cell}_ha"].iloc[i])
            found.append({"right": i, "cell": cell, "reason": reason, "ha": ha if ha > _NOISE * land else 0.0})
    return pd.DataFrame(found)


def _with_intervals(
    table: pd.DataFrame, units: gpd.GeoDataFrame, found: list[dict[str, Estimate]]
) -> tuple[pd.DataFrame, list[Problem]]:
    made, notes = [], []
    for i, estimates in enumerate(found):
        row: dict[str, float] = {}
        for name in FIGURES:
            one = estimates.get(name)
            # Without bias an estimate may fall below 0 or above all the ground: no such hectares are written.
            row[f"{name}_estimate_ha"] = min(max(one.value, one.low), one.high) if one else np.nan
            row[f"{name}_low_ha"], row[f"{name}_high_ha"] = (one.low, one.high) if one else (np.nan, np.nan)
        forest = estimates.get("forest")
        row["forest_se_ha"] = forest.se if forest else np.nan
        row["sample_count"] = forest.n if forest else np.nan
        row["z_score"] = np.nan
        if forest:
            land, unit = float(table["ground_ha"].iloc[i]), units.iloc[i]
            share = float(table["statutory_ha"].iloc[i]) / float(unit["area_official_ha"] or np.nan)
            row["z_score"], said = intervals.verdict(str(unit["name"]), share, land, forest)
            if said is not None and unit["level"] == "commune":
                notes.append(said)
        made.append(row)
    return pd.concat([table, pd.DataFrame(made, index=table.index)], axis=1), notes


def _long(table: pd.DataFrame, told: pd.DataFrame, outside: pd.DataFrame) -> pd.DataFrame:
    """Hectares by unit, cell and reason; ``all`` is the cell's sum, with its interval where there is a sample."""
    lots = told.assign(lots=(told["ha"] >= COUNTS_HA).astype(int))[["right", "cell", "reason", "ha", "lots"]]
    every = pd.concat([lots, outside.assign(lots=0)], ignore_index=True)
    every = every[(every["reason"] != "") & (every["ha"] > 0)]
    by_reason = every.groupby(["right", "cell", "reason"], as_index=False)[["ha", "lots"]].sum()
    made: list[dict[Any, Any]] = []
    for i, unit in enumerate(table.to_dict("records")):
        for cell in CELLS:
            head = {"unit_code": unit["unit_code"], "cell": cell}
            interval = {"low": unit.get(f"{cell}_low_ha"), "high": unit.get(f"{cell}_high_ha")}
            n = np.nan if cell == "unseen" else unit.get("sample_count")
            whole = {"reason": "all", "ha": unit[f"{cell}_ha"], "n": n, "lots": _lots_of(told, i, cell)}
            made.append(head | whole | interval)
            mine = by_reason[(by_reason["right"] == i) & (by_reason["cell"] == cell)]
            made += [head | row for row in mine[["reason", "ha", "lots"]].to_dict("records")]
    found = pd.DataFrame(made, columns=list(TABLE_COLUMNS))
    return found.astype({"low": float, "high": float, "n": float})


def _lots_of(told: pd.DataFrame, right: int, cell: str) -> int:
    """Lots that have a pixel's worth or more of a cell, for whatever reasons."""
    mine = told[(told["right"] == right) & (told["cell"] == cell)]
    return int((mine.groupby("piece")["ha"].sum() >= COUNTS_HA).sum())


def _explaining(units: gpd.GeoDataFrame, rows: pd.DataFrame, outside: pd.DataFrame) -> pd.DataFrame:
    columns = ["right", "lot_id", "cell", "reason", "difference_ha"]
    bare = outside[outside["cell"] == "measured_only"].rename(columns={"ha": "difference_ha"}).assign(lot_id=None)
    every = pd.concat([rows[columns], bare[columns]], ignore_index=True)
    every = every[every["difference_ha"].abs() > 0]
    every["cell"] = np.where(every["difference_ha"] > 0, "measured_only", "official_only")
    every["size"] = every["difference_ha"].abs()
    every["name"] = every["lot_id"].fillna("")
    every = every.sort_values(["right", "size", "name"], ascending=[True, False, True], ignore_index=True)
    sizes = every.groupby("right")["size"]
    every["cumulative_share"] = sizes.cumsum() / sizes.transform("sum")
    every["unit_code"] = units["unit_code"].to_numpy()[every["right"]]
    large = every[every["size"] >= COUNTS_HA].reset_index(drop=True)
    return large[["unit_code", "lot_id", "cell", "reason", "difference_ha", "cumulative_share"]]


def _to_see(table: pd.DataFrame, rows: pd.DataFrame) -> list[Problem]:
    """Of each commune: lots that differ for no known reason, and trees where no lot is, largest first."""
    notes = []
    for i in range(len(table)):
        if table["level"].iloc[i] != "commune":
            continue
        unit = str(table["unit_name"].iloc[i])
        mine = rows[(rows["right"] == i) & (rows["reason"] == UNEXPLAINED)]
        if len(mine):
            order = mine.sort_values(["unexplained_ha", "lot_id"], ascending=[False, True])
            facts: dict[str, str | int | float] = {
                "unit": unit,
                "n": len(order),
                "area_ha": float(order["unexplained_ha"].sum()),
            }
            ids = tuple(order["lot_id"].astype(str))
            notes.append(Problem("reconciliation.go_and_see", "forest_lots", facts, ids))
        bare = float(table["no_lot_measured_ha"].iloc[i])
        if bare >= COUNTS_HA:
            notes.append(Problem("reconciliation.no_lot", "forest_lots", {"unit": unit, "area_ha": bare}))
    return notes
