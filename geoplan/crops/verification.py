"""Zone by zone: was the field that was to be converted converted, seen from space, how much of it, and on what looks.

A zone is judged twice by the same rule: as one field (the median of its interior, which sets its looks and may say
that they are too few) and pixel by pixel, because a zone may be converted in part. Pixels at the zone's edge are
mixtures: each takes the state of the nearest pixel that lies wholly inside. A pixel that is unsure by itself is judged
with those around it, and may lean to a neighbour (`extent.joined`). Patches below four pixels are no field of
their own: they take the state around them. A pixel with too few looks of its own takes the state of a zone
that is all of one mind (`extent.filled`); the interval does not lean on such pixels. Hectares are shares of pixels
times geodesic pixel areas.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from geoplan import areas, crs, imagery
from geoplan.crops import calendar, course, extent, history, zone_pixels
from geoplan.crops.history import Seen
from geoplan.crops.rules import INSUFFICIENT, STATES, Codes, Rules, Verdicts, to_dry_crops, to_trees
from geoplan.crops.signals import Indices
from geoplan.errors import Problem

VERDICTS = (*STATES, "field_only", "not_measurable", "unknown")
HECTARES = {
    "converted": "converted_ha",
    "converting": "converting_ha",
    "not_converted": "not_converted_ha",
    "abandoned": "unknown_ha",
    "insufficient": "unknown_ha",
}
"""The column that takes the hectares of a state. What looks abandoned may be a young orchard: only a photo in the
field tells, so its hectares are not known.
"""

HARDLY = 3
"""A pixel with fewer looks than these in a year that is judged takes nothing from its zone: it was hardly seen."""

PART_SHARE = 0.1
"""A state that holds so much of a zone beside its verdict is told: the zone is in parts."""

AT_ONCE = 6000
"""Pixels judged at once: some 200 MB."""

Judge = Callable[[Seen, Rules], Verdicts]
Course = Callable[[Indices, npt.NDArray[np.float64]], Seen]


@dataclass(frozen=True, eq=False)
class Verified:
    """What images say of every zone.

    Parameters
    ----------
    table : DataFrame
        One row a zone, in the order given: ``zone_id``, ``verdict_seen`` (one of `VERDICTS`: the state of most of the
        zone), ``converted_ha``, ``converting_ha``, ``not_converted_ha``, ``unknown_ha`` (together the zone's geodesic
        area), ``converted_low_ha``, ``converted_high_ha``, ``looks_count`` (clear looks in the poorer of the years
        judged), ``seen_share`` (part of the zone whose own pixels were seen well enough), ``from_crop_seen`` (``rice``,
        ``annual``, ``perennial`` or None), ``last_season`` (``2026-spring``; None where no season was judged),
        ``reasons`` (message keys joined by a space).
    observations : DataFrame
        The series behind each verdict: ``feature_id`` (zone_id), ``seen_on``, ``index``, ``value``, ``seen_share``.
    notes : tuple of Problem
        What must be said beside the figures.
    """

    table: pd.DataFrame
    observations: pd.DataFrame
    notes: tuple[Problem, ...] = ()


def verify(
    zones: gpd.GeoDataFrame,
    stack: imagery.Stack,
    *,
    as_of: date,
    rules: Rules | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Verified:
    """Verdict from images and hectares converted of each zone.

    Parameters
    ----------
    zones : GeoDataFrame
        ``zone_id``, ``from_crop``, ``to_group``, ``planned_on`` (date, text YYYY-MM-DD or missing), polygons in any
        CRS: they are moved to the images, whose pixels are not resampled.
    stack : Stack
        Images made ready.
    as_of : date
        Nothing seen later counts.
    rules : Rules, optional
        Thresholds; the defaults of `Rules` where not given.
    progress : callable, optional
        Called with zones done and zones in all.

    Raises
    ------
    InputError
        ``crs.*`` where the zones cannot be moved to the images.
    """
    rule = rules or Rules()
    shapes = crs.geometries(zones.geometry.to_numpy(), zones.crs, stack.crs)
    whole = areas.hectares(zones)
    rows, series = [], [pd.DataFrame(columns=list(zone_pixels.COLUMNS))]
    for i, zone in enumerate(zones.drop(columns="geometry").to_dict("records")):
        pixels = zone_pixels.zone_pixels(stack, shapes[i])
        if pixels is None:
            rows.append(_row(zone, "insufficient", float(whole[i]), "crops.reason.outside"))
        else:
            row, seen = _zone(zone, float(whole[i]), pixels, as_of, rule)
            rows.append(row)
            series.append(seen)
        if progress is not None:
            progress(i + 1, len(zones))
    table = pd.DataFrame(rows, columns=list(_row({"zone_id": ""}, "", 0.0, "")))
    found = [part for part in series if len(part)] or series[:1]
    return Verified(table, pd.concat(found, ignore_index=True), tuple(_notes(table)))


def _zone(
    zone: dict[str, Any], ha: float, pixels: zone_pixels.ZonePixels, as_of: date, rules: Rules
) -> tuple[dict[str, Any], pd.DataFrame]:
    """Row and observations of one zone."""
    past = pixels.until(as_of)
    series, clear = zone_pixels.parcel_series(past)
    shown = zone_pixels.observations(str(zone["zone_id"]), series, clear.tolist())
    if int(past.pure.sum()) < rules.pure_pixels:
        return _row(zone, "not_measurable", ha, "crops.reason.small"), shown
    judge, verdict, reason = _judge(_text(zone.get("from_crop")), _text(zone.get("to_group")))
    if judge is None:
        return _row(zone, verdict, ha, reason), shown
    days = past.indices.days
    seasons = calendar.seasons(days[0], as_of) if days else ()
    if history.last_two(seasons) is None:
        return _row(zone, "insufficient", ha, "crops.reason.thin"), shown
    planned = _day(zone.get("planned_on"))
    looks = zone_pixels.looks_at(series, clear, rules.seen_share)
    field = history.history(looks, course.likelihood(looks), seasons, as_of, planned)
    row = _row(zone, "insufficient", ha, "crops.reason.thin")
    row["looks_count"] = int(min(field.looks_before[0], field.looks_recent[0]))
    row["from_crop_seen"] = history.crop_before(field, rules.sure)
    row["last_season"] = seasons[field.recent[1]].code
    whole = judge(field, rules)
    if whole.reasons["crops.reason.thin"][0]:
        return row, shown
    each, lean, few = _pixel_by_pixel(
        past, lambda one, likely: history.history(one, likely, seasons, as_of, planned), judge, rules
    )
    states = extent.joined(past, each.states, lean, ~each.reasons["crops.reason.thin"])
    row |= _hectares(past, each, states, np.where(few, INSUFFICIENT, whole.states[0]), ha, rules)
    if planned is None:
        row["reasons"] = f"{row['reasons']} crops.reason.no_plan_day".strip()
    return row, shown


def _pixel_by_pixel(
    pixels: zone_pixels.ZonePixels, course_of: Course, judge: Judge, rules: Rules
) -> tuple[Verdicts, Codes, npt.NDArray[np.bool_]]:
    """Verdict of each pixel by its own looks, and by those of the pixels around it where its own leave it unsure.

    Returns the verdicts, the states by the less sure rule, and True where hardly anything was seen. A large zone is
    taken in bands of rows, each with the rows beside it, so that its size does not matter.
    """
    width = int(pixels.column.max()) + 1
    rows = max(1, AT_ONCE // width)
    states, lean = (np.full(len(pixels.row), INSUFFICIENT, dtype=np.int8) for _ in range(2))
    few = np.ones(len(pixels.row), dtype=bool)
    reasons: dict[str, npt.NDArray[np.bool_]] = {}
    for first in range(0, int(pixels.row.max()) + 1, rows):
        near = np.flatnonzero((pixels.row >= first - 1) & (pixels.row <= first + rows))
        part = pixels.only(near)
        own = (part.row >= first) & (part.row < first + rows)
        likely = course.likelihood(part.indices)
        seen = course_of(part.indices, likely)
        alone = judge(seen, rules)
        around = judge(course_of(part.indices, zone_pixels.neighbourly(part, likely)), rules).states
        place = near[own]
        states[place] = np.where(alone.states == INSUFFICIENT, around, alone.states)[own]
        lean[place] = judge(seen, rules.less_sure()).states[own]
        few[place] = (np.minimum(seen.looks_recent, seen.looks_before) < HARDLY)[own]
        for key, flags in alone.reasons.items():
            reasons.setdefault(key, np.zeros(len(few), dtype=bool))[place] = flags[own]
    return Verdicts(states, reasons), lean, few


def _hectares(
    pixels: zone_pixels.ZonePixels, each: Verdicts, judged: Codes, whole: Codes, ha: float, rules: Rules
) -> dict[str, Any]:
    """Verdict, hectares and reasons of a zone from the verdicts of its pixels, and of the whole zone at each."""
    own = extent.field_by_field(pixels, judged, rules.pure_pixels)
    states = extent.filled(pixels, own, whole)
    found, sure = extent.extent(pixels, states, ha), extent.extent(pixels, own, ha)
    verdict = max(STATES, key=lambda state: (found.ha[state], -STATES.index(state)))
    if verdict == "insufficient":  # most of the zone is not known: what single pixels seem to be is no figure
        states = np.full_like(states, INSUFFICIENT)
        found = sure = extent.extent(pixels, states, ha)
    made: dict[str, Any] = {"verdict_seen": verdict}
    made |= dict.fromkeys(HECTARES.values(), 0.0)
    for state, column in HECTARES.items():
        made[column] += found.ha[state]
    made["converted_low_ha"], made["converted_high_ha"] = sure.low, sure.high
    made["seen_share"] = 1.0 - sure.ha["insufficient"] / ha
    winning = (states == STATES.index(verdict)) & (each.states == STATES.index(verdict))
    held = extent.share_of(winning, pixels)
    reasons = [key for key, flags in each.reasons.items() if extent.share_of(flags & winning, pixels) > held / 2]
    others = [s for s in STATES if s != verdict and found.ha[s] >= PART_SHARE * ha]
    if any(STATES.index(s) != INSUFFICIENT for s in others):
        reasons.append("crops.reason.in_parts")
    if "insufficient" in others:
        reasons.append("crops.reason.part_unseen")
    made["reasons"] = " ".join(reasons)
    return made


def _judge(from_crop: str | None, to_group: str | None) -> tuple[Judge | None, str, str]:
    """The rule of a change of crop; where images cannot tell it, None, the verdict and its reason."""
    if to_group in ("perennial", "forest"):
        return to_trees, "", ""
    if to_group == "annual" and from_crop == "rice":
        return to_dry_crops, "", ""
    if to_group == "annual" and from_crop is not None:
        return None, "field_only", "crops.reason.annual_to_annual"
    if to_group == "aquaculture":
        return None, "field_only", "crops.reason.aquaculture"
    return None, "unknown", "crops.reason.no_crop" if to_group == "annual" else "crops.reason.no_group"


def _row(zone: dict[str, Any], verdict: str, ha: float, reason: str) -> dict[str, Any]:
    """A row of which nothing is known but its hectares."""
    return {
        "zone_id": zone["zone_id"],
        "verdict_seen": verdict,
        "converted_ha": 0.0,
        "converting_ha": 0.0,
        "not_converted_ha": 0.0,
        "unknown_ha": ha,
        "converted_low_ha": 0.0,
        "converted_high_ha": ha,
        "looks_count": 0,
        "seen_share": 0.0,
        "from_crop_seen": None,
        "last_season": None,
        "reasons": reason,
    }


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _day(value: Any) -> date | None:
    if isinstance(value, str):
        return date.fromisoformat(value[:10]) if value else None
    if value is None or pd.isna(value):
        return None
    return pd.Timestamp(value).date()


def _notes(table: pd.DataFrame) -> list[Problem]:
    """What must be said: zones that images cannot judge, zones against what was declared."""
    said = (
        ("crops.uncalibrated", table["verdict_seen"].isin(STATES[1:])),
        ("crops.insufficient", table["verdict_seen"] == "insufficient"),
        ("crops.field_only", table["verdict_seen"] == "field_only"),
        ("crops.abandoned", table["verdict_seen"] == "abandoned"),
        ("crops.not_measurable", table["verdict_seen"] == "not_measurable"),
        ("crops.unknown", table["verdict_seen"] == "unknown"),
    )
    made = []
    for key, rows in said:
        ids = tuple(str(z) for z in table.loc[rows, "zone_id"])
        if ids:
            ha = float(table.loc[rows, "unknown_ha"].sum())
            made.append(Problem(key, "conversion_zones", {"n": len(ids), "ha": ha}, ids))
    return made
