"""What Decision 18/2021/QĐ-TTg, Article 46, would say of flash floods and landslides for a rain that the user enters.

Not a bulletin: warnings are the hydrometeorological service's. The law has a gap: cells of its matrix that are not
listed, and rain that no class holds (such as 300 mm after one wet day), stay not listed.
"""

from typing import Any

import pandas as pd

from geoplan import codes

SUSCEPTIBILITY = ("low", "medium", "high", "very_high")
"""Thấp, trung bình, cao, rất cao."""


def rain_class(rain_mm_24h: float, wet_days: int) -> str:
    """``A``, ``B``, ``C`` of the matrix, or empty where the law lists no such rain.

    Parameters
    ----------
    rain_mm_24h : float
        Rain of 24 hours in millimetres.
    wet_days : int
        Days that it has already rained.
    """
    if 100 <= rain_mm_24h <= 200 and 1 <= wet_days <= 2:
        return "A"
    if 200 < rain_mm_24h <= 400 and wet_days > 2:
        return "B"
    return "C" if rain_mm_24h > 400 and wet_days > 2 else ""


def risk_level(province_group: str, susceptibility: str, rain_mm_24h: float, wet_days: int) -> int | None:
    """Level 1 to 3 of disaster risk that the rule would give; None where it is not listed.

    Parameters
    ----------
    province_group : str
        ``1`` to ``4`` (table 5, annex XII of the decision); it must be known, nothing is assumed.
    susceptibility : str
        One of `SUSCEPTIBILITY`.
    rain_mm_24h, wet_days
        As in `rain_class`.
    """
    rain = rain_class(rain_mm_24h, wet_days)
    for row in codes.table("risk_levels"):
        if (row["province_group"], row["susceptibility"], row["rain_class"]) == (province_group, susceptibility, rain):
            return int(row["risk_level"]) if row["risk_level"] else None
    return None


def risk_levels(susceptibility: pd.Series, province_group: str, rain_mm_24h: float, wet_days: int) -> pd.Series:
    """``1`` to ``3``, ``not_listed`` or ``unknown`` for each susceptibility class (0 to 3, NaN not known)."""

    def said(value: Any) -> str:
        if pd.isna(value):
            return "unknown"
        level = risk_level(province_group, SUSCEPTIBILITY[int(value)], rain_mm_24h, wet_days)
        return "not_listed" if level is None else str(level)

    return susceptibility.map(said).astype(object)
