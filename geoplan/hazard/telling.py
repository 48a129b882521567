"""What must be said of places and of the rain that was asked about, beside their figures."""

import geopandas as gpd
import numpy as np
import pandas as pd

from geoplan import crs as coordinates
from geoplan.errors import Problem


def of_houses(houses: gpd.GeoDataFrame) -> list[Problem]:
    """Households on unknown ground, those on which records and terrain differ, and moves that do not add up.

    Parameters
    ----------
    houses : GeoDataFrame
        ``household_id``, ``status``, ``verdict``, ``moved``, ``moved_later``, ``moved_unsaid``, ``moved_year``.
    """
    living = ~houses["moved"]
    safe, risky = houses["verdict"] == "safe", houses["verdict"] == "at_risk"
    chosen = {
        "resettlement.unknown": living & (houses["verdict"] == "unknown"),
        "resettlement.records_graver": living & (houses["status"] == "at_risk") & safe,
        "resettlement.terrain_graver": living & (houses["status"] == "stable") & risky,
        "resettlement.moved_undated": houses["moved"] & houses["moved_year"].isna(),
        "resettlement.moved_ahead": houses["moved_later"],
        "resettlement.moved_unsaid": houses["moved_unsaid"],
    }
    return [
        Problem(key, "households", {"n": int(which.sum())}, _ids(houses[which], "household_id"))
        for key, which in chosen.items()
        if which.any()
    ]


def of_sites(
    sites: gpd.GeoDataFrame, judged: pd.DataFrame, households: gpd.GeoDataFrame | None, unasked: tuple[str, ...]
) -> list[Problem]:
    """Sites at risk, sites with more households than room, and who is to move there.

    Parameters
    ----------
    sites, judged : GeoDataFrame, DataFrame
        All sites; `judge_sites` of them.
    households : GeoDataFrame or None
        All households with ``site_id``.
    unasked : tuple of str
        Layers that a planned site should be compared with and that the project does not have.
    """
    notes = []
    risky = judged["verdict"] == "at_risk"
    if risky.any():
        notes.append(
            Problem("resettlement.site_at_risk", "sites", {"n": int(risky.sum())}, _ids(sites[risky], "site_id"))
        )
    if unasked and (sites["kind"] == "planned").any():
        notes.append(Problem("resettlement.land_unchecked", "sites", {"roles": ", ".join(unasked)}))
    if households is None:
        return notes
    asked = households[households["site_id"].notna()]
    strange = asked[~asked["site_id"].isin(sites["site_id"])]
    if len(strange):
        notes.append(
            Problem(
                "resettlement.site_missing", "households: site_id", {"n": len(strange)}, _ids(strange, "household_id")
            )
        )
    sent = asked[asked["site_id"].isin(sites.loc[risky, "site_id"])]
    if len(sent):
        notes.append(
            Problem("resettlement.sent_to_risk", "households: site_id", {"n": len(sent)}, _ids(sent, "household_id"))
        )
    many = asked["site_id"].value_counts().reindex(sites["site_id"]).fillna(0).to_numpy()
    over = many > sites["capacity_households"].astype(float).fillna(np.inf).to_numpy()
    if over.any():
        notes.append(Problem("resettlement.site_full", "sites", {"n": int(over.sum())}, _ids(sites[over], "site_id")))
    return notes


def outside(communes: gpd.GeoDataFrame, households: gpd.GeoDataFrame) -> list[Problem]:
    """Households that lie in no commune: they are in no figure."""
    ground = communes.geometry.union_all()
    shapes = gpd.GeoSeries(coordinates.geometries(households.geometry.array, households.crs, communes.crs))
    out = ~shapes.intersects(ground).to_numpy()
    if not out.any():
        return []
    return [Problem("resettlement.outside", "households", {"n": int(out.sum())}, _ids(households[out], "household_id"))]


def of_rain(rain_mm_24h: float, wet_days: int, province_group: str, listed: bool) -> list[Problem]:
    """That the matrix of QĐ 18/2021/QĐ-TTg was applied, not applied, or does not list such rain."""
    if rain_mm_24h <= 0:
        return []
    where = "measures.resettlement_risk"
    facts: dict[str, str | int | float] = {"rain_mm": float(rain_mm_24h), "wet_days": wet_days}
    if not province_group:
        return [Problem("resettlement.group_unset", f"{where}.province_group", facts)]
    facts["group"] = province_group
    return [
        Problem("resettlement.rule_applied" if listed else "resettlement.rain_unlisted", f"{where}.rain_mm_24h", facts)
    ]


def of_late_slides(slides: gpd.GeoDataFrame) -> list[Problem]:
    """Slides later than the day of the figures: they train nothing."""
    if slides.empty:
        return []
    return [Problem("resettlement.slides_ahead", "slides", {"n": len(slides)}, _ids(slides, "slide_id"))]


def _ids(frame: gpd.GeoDataFrame, key: str) -> tuple[str, ...]:
    return tuple(str(each) for each in frame[key])
