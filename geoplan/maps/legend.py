"""Hectares of the legend: those of the results, so that the map and ``results.json`` never say two numbers.

Where a result divides its figures by the class that the map paints, the legend takes that breakdown: it holds exactly
the share of each feature inside the page's communes. A class without one there (a draft is in no total) is summed from
the features, by what of each lies inside the communes where the layer says so.
"""

from collections.abc import Sequence
from typing import Any

import geopandas as gpd
import pandas as pd

from geoplan.maps import packing
from geoplan.maps.page import FOREST_CLASSES, GAP_ROLES, STATUSES, USES, VERDICTS, Page
from geoplan.results import Result

DIVISIONS = {
    "lots": {"forest_class": FOREST_CLASSES, "use": USES, "gap_role": GAP_ROLES},
    "zones": {"verdict": VERDICTS, "status": STATUSES},
}
"""Divisions of each layer with their classes in the order of the legend."""
BREAKDOWNS = {
    "forest_class": ("forest_cover", "class", "lots_ha"),
    "use": ("forest_cover", "use", "lots_ha"),
    "gap_role": ("forest_cover", "gap_role", "lots_ha"),
    "verdict": ("conversion", "verdict", "planned_ha"),
    "status": ("conversion", "status", "planned_ha"),
}
"""Measure, division and column of the breakdown that holds a division's hectares."""
AREAS = {"lots": ("inside_ha", "dtich", "geom_ha"), "zones": ("inside_ha", "geom_ha")}
"""Hectares of one feature: the first that is known."""

Row = dict[str, str | float | int | None]


def legend(page: Page) -> dict[str, Any]:
    """Rows ``{code, ha, missing}`` of each division of lots and zones, and the hectares of the drafts.

    `missing` counts the features whose area is not known and so not in the sum.
    """
    found: dict[str, Any] = {"lots": {}, "zones": {}, "drafts": None}
    for layer, divisions in DIVISIONS.items():
        frame = getattr(page, layer)
        if frame is None or frame.empty:
            continue
        for division, classes in divisions.items():
            if division in frame.columns:
                found[layer][division] = _rows(page, layer, division, classes)
    if page.drafts is not None and len(page.drafts):
        found["drafts"] = packing.plain_number(area_of(page.drafts, AREAS["zones"]).sum())
    return found


def area_of(frame: gpd.GeoDataFrame, names: Sequence[str]) -> pd.Series:
    """Hectares of each feature: the first of the columns that knows them; NaN where none does."""
    ha = pd.Series(float("nan"), index=frame.index, dtype=float)
    for name in names:
        if name in frame.columns:
            ha = ha.fillna(frame[name].astype(float))
    return ha


def classes_of(values: pd.Series, classes: Sequence[str]) -> pd.Series:
    """Codes as the map paints them: what is in no class is ``unknown``."""
    return values.where(values.isin(list(classes)), "unknown").astype(object)


def _rows(page: Page, layer: str, division: str, classes: Sequence[str]) -> list[Row]:
    frame = getattr(page, layer)
    codes = classes_of(frame[division], classes)
    stated = _of_results(page, division, classes)
    measured = _of_features(_own(frame, page), layer, division, classes)
    names = AREAS[layer] if not stated or layer == "zones" else ("dtich",)
    missing = area_of(frame, names).isna().groupby(codes).sum()
    shown = [code for code in classes if code in set(codes) or code in stated]
    return [
        {
            "code": code,
            "ha": packing.plain_number(stated.get(code, measured.get(code, 0.0))),
            "missing": int(missing.get(code, 0)),
        }
        for code in shown
    ]


def _of_results(page: Page, division: str, classes: Sequence[str]) -> dict[str, float]:
    """Hectares by class in the page's communes, where a result divides them so; empty where none does."""
    measure, by, column = BREAKDOWNS[division]
    result: Result | None = next((r for r in page.tables if r.measure == measure), None)
    if result is None or not {"unit_code", "by", "group", "column", "value"} <= set(result.breakdown.columns):
        return {}
    rows = result.breakdown
    here = rows["unit_code"].astype(str).isin(page.communes["unit_code"].astype(str))
    chosen = rows[here & (rows["by"] == by) & (rows["column"] == column)]
    sums = chosen["value"].astype(float).groupby(classes_of(chosen["group"], classes)).sum()
    return {str(code): float(ha) for code, ha in sums.items()}


def _of_features(frame: gpd.GeoDataFrame, layer: str, division: str, classes: Sequence[str]) -> dict[str, float]:
    if division == "verdict":
        frame = frame[frame["status"] != "draft"] if "status" in frame.columns else frame
        pieces = [code for code in classes if f"{code}_ha" in frame.columns]
        if pieces:
            return {code: float(frame[f"{code}_ha"].astype(float).sum()) for code in pieces}
    sums = area_of(frame, AREAS[layer]).groupby(classes_of(frame[division], classes)).sum()
    return {str(code): float(ha) for code, ha in sums.items()}


def _own(frame: gpd.GeoDataFrame, page: Page) -> gpd.GeoDataFrame:
    """Features of the page's communes: a neighbour's that reach over the border are drawn and not summed."""
    if "unit_code" not in frame.columns:
        return frame
    return frame[frame["unit_code"].astype(str).isin(page.communes["unit_code"].astype(str))]
