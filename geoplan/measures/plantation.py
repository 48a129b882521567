"""Forest planted, by year, from the lots.

Inputs: communes, forest lots with planting year (`namtr`), origin of the plantation (`nggocrt`), state (`ldlr`).

What counts: a lot whose `ldlr` is planted forest or planted and not yet forest, in the calendar year of `namtr`, by
its statutory hectares (`dtich` times the share inside the unit). Planting again after harvest counts as planting
(plan of Vĩnh Thông, III.1.3); the breakdown keeps new planting, replanting and coppice apart by `nggocrt`, whose
meanings are customary and not from a circular. A planted lot without a year is in no year and is named with its
hectares; a year after the day of the figures is not counted.
"""

from datetime import date

import geopandas as gpd
import pandas as pd

from geoplan import codes, overlays
from geoplan.errors import Problem
from geoplan.results import BREAKDOWN_COLUMNS, Column, Findings, Measure, breakdown_rows, series_rows

COLUMNS = (
    Column("planted_year_ha", "ha", yearly=True),
    Column("planted_since_ha", "ha", yearly=True),
    Column("planted_not_yet_forest_ha", "ha"),
    Column("year_unknown_ha", "ha"),
)
KINDS = {1: "new", 2: "again", 3: "coppice"}


def plantation(
    units: gpd.GeoDataFrame, forest_lots: gpd.GeoDataFrame, *, as_of: date, since_year: int = 2026
) -> Findings:
    """Hectares planted in the year of `as_of` and from `since_year` on, by commune.

    Parameters
    ----------
    units, forest_lots : GeoDataFrame
        Communes and village polygons; FRMS lots with ``namtr`` (NA for natural forest).
    as_of : date
        Day of the figures: the year in course, and the last year that can have been planted.
    since_year : int
        First year of the plan.

    Returns
    -------
    Findings
        Table with `COLUMNS`; series of every year with a planting; layer of the planted lots; breakdown by kind and
        class.
    """
    kind = codes.forest_class(forest_lots["ldlr"])
    planted = forest_lots.assign(forest_class=kind)[kind.isin(["planted_forest", "planted_not_yet_forest"])]
    planted = planted.reset_index(drop=True)
    shares = overlays.shares(planted, units)
    rows = planted.drop(columns="geometry").iloc[shares["left"]].reset_index(drop=True)
    rows = rows.assign(right=shares["right"], ha=rows["dtich"].to_numpy(dtype=float) * shares["share"].to_numpy())
    rows["level"] = units["level"].to_numpy()[rows["right"]]
    later = rows["namtr"].fillna(0) > as_of.year
    main = rows["level"] == "commune"
    table = [
        _row(unit, rows[(rows["right"] == i) & ~later], as_of, since_year) for i, unit in enumerate(units.itertuples())
    ]
    return Findings(
        table=pd.DataFrame(table),
        layer=_layer(planted, shares[main.to_numpy()], units),
        series=_series(units, rows[~later]),
        breakdown=_breakdown(units, rows[main & ~later & (rows["namtr"] >= since_year)]),
        notes=tuple(_notes(rows[main], later[main], as_of, since_year)),
    )


def _row(unit: object, lots: pd.DataFrame, as_of: date, since_year: int) -> dict[str, object]:
    young = lots["forest_class"] == "planted_not_yet_forest"
    chosen = {
        "planted_year_ha": lots["namtr"] == as_of.year,
        "planted_since_ha": lots["namtr"] >= since_year,
        "planted_not_yet_forest_ha": young,
        "year_unknown_ha": lots["namtr"].isna(),
    }
    sums = {name: float(lots.loc[mask.fillna(value=False).astype(bool), "ha"].sum()) for name, mask in chosen.items()}
    return {"unit_code": unit.unit_code, "unit_name": unit.name, "level": unit.level, **sums}  # type: ignore[attr-defined]  # itertuples


def _series(units: gpd.GeoDataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """Gains by year, under both names of the column: a year's planting is the same figure for both."""
    dated = rows[rows["namtr"].notna()]
    return series_rows(units, dated["right"], dated["namtr"], ("planted_year_ha", "planted_since_ha"), dated["ha"])


def _breakdown(units: gpd.GeoDataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    divisions = {
        "planting": rows["nggocrt"].map(KINDS).fillna("blank"),
        "class": rows["forest_class"],
        "village": rows["diadanh"].fillna(""),
    }
    found = []
    for by, group in divisions.items():
        found += breakdown_rows(units, rows["right"], by, group, {"planted_since_ha": rows["ha"]})
    return pd.DataFrame(found, columns=list(BREAKDOWN_COLUMNS))


def _layer(planted: gpd.GeoDataFrame, shares: pd.DataFrame, units: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    most = shares.sort_values("ha", kind="stable").drop_duplicates("left", keep="last").sort_values("left")
    layer = planted.iloc[most["left"]].copy()
    layer["unit_code"] = units["unit_code"].to_numpy()[most["right"].to_numpy()]
    layer["unit_share"] = most["share"].to_numpy()
    return layer.reset_index(drop=True)


def _notes(rows: pd.DataFrame, later: pd.Series, as_of: date, since_year: int) -> list[Problem]:
    notes = []
    if since_year > as_of.year:
        years = {"since": str(since_year), "year": str(as_of.year)}
        notes.append(Problem("plantation.since_ahead", "measures.plantation.since_year", years))
    undated = rows[rows["namtr"].isna()]
    if len(undated):
        facts = {"area_ha": float(undated["ha"].sum()), "n": len(undated)}
        notes.append(Problem("plantation.year_unknown", "forest_lots: namtr", facts, tuple(undated["lot_id"])))
    if later.any():
        ahead = rows[later]
        told: dict[str, str | float] = {"area_ha": float(ahead["ha"].sum()), "year": str(as_of.year)}
        notes.append(Problem("plantation.year_ahead", "forest_lots: namtr", told, tuple(ahead["lot_id"])))
    return notes


MEASURE = Measure(
    name="plantation",
    needs=("forest_lots",),
    columns=COLUMNS,
    shows="planted_since_ha",
    compute=plantation,
    settings={"since_year": 2026},
    limits={"since_year": (1990, 2100)},
)
