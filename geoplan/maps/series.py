"""What was seen of each zone, look by look, packed for the charts of the cards.

A series is small whole numbers: days since the last look, and hundredths of an index, which is finer than its error.
"""

from typing import Any

import pandas as pd

from geoplan.maps.page import Page

CHARTED = ("ndvi", "lswi")
"""Indices that a chart shows: greenness, and wetness that rises over it where a field is flooded."""

Hundredths = list[int | None]


def series(page: Page) -> dict[str, Any]:
    """Series of the page's zones and drafts: ``{"first": ISO day, "of": {zone_id: {...}}}``; empty without any.

    Each holds ``days`` (days from `first`, then from the look before), ``ndvi`` and ``lswi`` (hundredths, None where
    not seen), ``seen`` (hundredths of the zone that were clear) and ``planned`` (days from `first`, or None).
    """
    rows = observed(page)
    if rows is None or rows.empty:
        return {}
    rows = rows[rows["index"].isin(CHARTED)].assign(seen_on=pd.to_datetime(rows["seen_on"]))
    if rows.empty:
        return {}
    first = rows["seen_on"].min()
    planned = _planned(page)
    found = {
        str(zone): _one(part, first) | {"planned": _days(planned.get(str(zone)), first)}
        for zone, part in rows.groupby("feature_id", sort=True)
    }
    return {"first": first.date().isoformat(), "of": found}


def observed(page: Page) -> pd.DataFrame | None:
    """Observations of the zones that the page draws; of no other."""
    if page.observations is None:
        return None
    drawn: set[str] = set()
    for frame in (page.zones, page.drafts):
        if frame is not None:
            drawn |= set(frame["zone_id"].astype(str))
    return page.observations[page.observations["feature_id"].astype(str).isin(drawn)]


def _one(part: pd.DataFrame, first: pd.Timestamp) -> dict[str, Any]:
    wide = part.pivot_table(index="seen_on", columns="index", values="value", aggfunc="last", dropna=False)
    seen = part.groupby("seen_on")["seen_share"].max().reindex(wide.index)
    days = [(day - first).days for day in wide.index]
    steps = [day - before for day, before in zip(days, [0, *days], strict=False)]
    indices = {name: _hundredths(wide[name]) if name in wide.columns else [None] * len(days) for name in CHARTED}
    return {"days": steps, "seen": _hundredths(seen), **indices}


def _hundredths(values: pd.Series) -> Hundredths:
    return [None if pd.isna(value) else round(float(value) * 100) for value in values]


def _planned(page: Page) -> dict[str, Any]:
    zones = page.zones
    if zones is None or "planned_on" not in zones.columns:
        return {}
    return dict(zip(zones["zone_id"].astype(str), zones["planned_on"], strict=True))


def _days(day: Any, first: pd.Timestamp) -> int | None:
    return None if day is None or pd.isna(day) else int((pd.Timestamp(day) - first).days)
