"""Hectares of the legend: those of the results, so that the map and ``results.json`` never say two numbers.

Where a result divides its figures by the class that the map paints, the legend takes that breakdown: it holds exactly
the share of each feature inside the page's communes. A class without one there (a draft is in no total) is summed from
the features, by what of each lies inside the communes where the layer says so.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import geopandas as gpd
import pandas as pd

from geoplan.maps import packing
from geoplan.maps.page import (
    AGREEMENTS,
    FOREST_CLASSES,
    GAP_ROLES,
    PLACE_VERDICTS,
    SEEN_VERDICTS,
    STATUSES,
    USES,
    VERDICTS,
    Page,
)
from geoplan.results import Result

DIVISIONS = {
    "lots": {"forest_class": FOREST_CLASSES, "use": USES, "gap_role": GAP_ROLES, "agreement": AGREEMENTS},
    "zones": {"verdict": VERDICTS, "status": STATUSES, "verdict_seen": SEEN_VERDICTS},
}
"""Divisions of each layer with their classes in the order of the legend."""
BREAKDOWNS = {
    "forest_class": ("forest_cover", "class", "lots_ha"),
    "use": ("forest_cover", "use", "lots_ha"),
    "gap_role": ("forest_cover", "gap_role", "lots_ha"),
    "agreement": ("forest_cover", "agreement", "ground_ha"),
    "verdict": ("conversion", "verdict", "planned_ha"),
    "status": ("conversion", "status", "planned_ha"),
}
"""Measure, division and column of the breakdown that holds a division's hectares."""
SEEN_COLUMNS = {code: f"{code}_ha" for code in ("converted", "converting", "not_converted", "unknown")}
"""What images say of a zone is hectares of its parts: columns of the table of conversion, and of the zones."""
HOUSEHOLDS = {code: f"{code}_count" for code in ("at_risk", "conditional", "moved", "unknown")} | {
    "safe": "households_count"
}
"""Columns of resettlement_risk that count households; the safe ones are those that remain of all."""
OF_IMAGES = ("agreement", "verdict_seen")
"""Divisions that are empty, and not shown, where no images were read."""
AREAS = {"lots": ("inside_ha", "dtich", "geom_ha"), "zones": ("inside_ha", "geom_ha")}
"""Hectares of one feature: the first that is known."""

Row = dict[str, str | float | int | None]


def legend(page: Page) -> dict[str, Any]:
    """Rows ``{code, ha, missing}`` of each division of lots and zones, hectares of drafts, counts of places.

    `missing` counts the features whose area is not known and so not in the sum.
    """
    found: dict[str, Any] = {"lots": {}, "zones": {}, "drafts": None, "places": places(page)}
    for layer, divisions in DIVISIONS.items():
        frame = getattr(page, layer)
        if frame is None or frame.empty:
            continue
        for division, classes in divisions.items():
            if division not in frame.columns or (division in OF_IMAGES and frame[division].isna().all()):
                continue
            rows = _seen(page, frame) if division == "verdict_seen" else _rows(page, layer, division, classes)
            found[layer][division] = rows
    if page.drafts is not None and len(page.drafts):
        found["drafts"] = packing.plain_number(area_of(page.drafts, AREAS["zones"]).sum())
    return found


def places(page: Page) -> dict[str, list[Row]]:
    """Rows ``{code, count}`` of households and of sites by verdict, as the result counts them."""
    found: dict[str, list[Row]] = {}
    if page.places is None or page.places.empty:
        return found
    own = _own(page.places, page)
    household = own["place_kind"] == "household"
    stated = {
        "households": _households(page),
        "sites": _broken_down(page, "resettlement_risk", "verdict", "sites_count", PLACE_VERDICTS),
    }
    for kind, part in (("households", own[household]), ("sites", own[~household])):
        counted = painted_as(part).value_counts()
        counts = stated[kind] or {str(code): float(n) for code, n in counted.items()}
        found[kind] = [{"code": code, "count": int(counts[code])} for code in PLACE_VERDICTS if counts.get(code)]
    return found


def painted_as(places: gpd.GeoDataFrame) -> pd.Series:
    """Class of each place as it is drawn: its verdict, and ``moved`` of a household that lives there no more."""
    verdicts = classes_of(places["verdict"], PLACE_VERDICTS)
    nothing = pd.Series(None, index=places.index, dtype=object)
    moved = places["moved"].eq(True) if "moved" in places else places.get("status", nothing) == "moved"
    return verdicts.mask(moved.fillna(value=False) & (places["place_kind"] == "household"), "moved")


def _households(page: Page) -> dict[str, float]:
    """Households by class as the table counts them; empty where it does not count them all."""
    counts = _of_table(page, "resettlement_risk", HOUSEHOLDS)
    if not counts or any(math.isnan(count) for count in counts.values()):
        return {}
    return counts | {"safe": counts["safe"] - sum(count for code, count in counts.items() if code != "safe")}


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


def _seen(page: Page, frame: gpd.GeoDataFrame) -> list[Row]:
    """What images say of the zones: hectares of their parts as in the table; a reading without hectares as zones.

    A zone is painted by the verdict of most of it, while its hectares are of its parts: so a class that stands in no
    zone may have hectares.
    """
    own = _own(frame, page)
    codes = classes_of(frame["verdict_seen"], SEEN_VERDICTS)
    drawn = codes[codes.index.isin(own.index)].value_counts()
    stated = _of_table(page, "conversion", SEEN_COLUMNS)
    if not stated:
        parts = {code: column for code, column in SEEN_COLUMNS.items() if column in own.columns}
        stated = {code: own[column].astype(float).sum() for code, column in parts.items()}
    return [
        {"code": code, "ha": packing.plain_number(stated.get(code)), "missing": 0, "zones": int(drawn.get(code, 0))}
        for code in SEEN_VERDICTS
        if code in set(codes) or stated.get(code, 0.0) > 0
    ]


def _of_table(page: Page, measure: str, columns: Mapping[str, str]) -> dict[str, float]:
    """Sums over the page's communes of some columns of a result; empty where it lacks them."""
    result: Result | None = next((r for r in page.tables if r.measure == measure), None)
    if result is None or not set(columns.values()) <= set(result.table.columns):
        return {}
    rows = result.table
    here = (rows["level"] == "commune") & rows["unit_code"].astype(str).isin(page.communes["unit_code"].astype(str))
    return {code: float(rows.loc[here, column].astype(float).sum(skipna=False)) for code, column in columns.items()}


def _of_results(page: Page, division: str, classes: Sequence[str]) -> dict[str, float]:
    """Hectares by class in the page's communes, where a result divides them so; empty where none does."""
    return _broken_down(page, *BREAKDOWNS[division], classes)


def _broken_down(page: Page, measure: str, by: str, column: str, classes: Sequence[str]) -> dict[str, float]:
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
        seen = SEEN_COLUMNS.values() if "verdict_seen" in frame.columns else ()  # unknown_ha is then of the images
        pieces = [code for code in classes if f"{code}_ha" in frame.columns and f"{code}_ha" not in seen]
        if pieces:
            return {code: float(frame[f"{code}_ha"].astype(float).sum()) for code in pieces}
    sums = area_of(frame, AREAS[layer]).groupby(classes_of(frame[division], classes)).sum()
    return {str(code): float(ha) for code, ha in sums.items()}


def _own(frame: gpd.GeoDataFrame, page: Page) -> gpd.GeoDataFrame:
    """Features of the page's communes: a neighbour's that reach over the border are drawn and not summed."""
    if "unit_code" not in frame.columns:
        return frame
    return frame[frame["unit_code"].astype(str).isin(page.communes["unit_code"].astype(str))]
