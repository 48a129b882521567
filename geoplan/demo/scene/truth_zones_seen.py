"""What truly happened on conversion zones and in forests: states, classes by season, events."""

from datetime import date, timedelta

import geopandas as gpd
import numpy as np

from geoplan.demo import geodesy
from geoplan.demo.changes import DRY_ANNUAL, FALLOW, POND, Change
from geoplan.demo.commune import CRS
from geoplan.demo.farm import RECIPES, Recipe, western
from geoplan.demo.plan import AS_OF
from geoplan.demo.scene.growth import CLOSED_YEARS, NATURAL_KINDS, PLANTED_KINDS, Kind
from geoplan.demo.scene.world import SCENE_CRS, World, crop_before
from geoplan.demo.units import Rows

SEASONS = tuple((year, name, first, last) for year in range(2022, 2027) for name, first, last in (
    ("xuan", date(year, 2, 1), date(year, 6, 30)), ("mua", date(year, 7, 1), date(year, 11, 30)),
))[1:9]  # fmt: skip
"""Main seasons from mùa 2022 to xuân 2026: year, name, first and last day."""
LAST_BUT_ONE, LAST = SEASONS[-2], SEASONS[-1]


def state(recipe: Recipe) -> str:
    """State of a zone on the day of the figures.

    ``field_only``: no image can tell (maize to another annual crop, rice with fish). ``converted``: new cover in both
    last main seasons; ``converting``: in the last alone.
    """
    change = recipe.change
    if recipe.to_group == "aquaculture" or (recipe.to_group == "annual" and not recipe.land.startswith("LU")):
        return "field_only"
    if change is None or change.back is not None:
        return "not_converted"
    if change.to == FALLOW:
        return "abandoned"
    return "converted" if change.day <= LAST_BUT_ONE[2] else "converting"


def zone_rows(zones: gpd.GeoDataFrame) -> Rows:
    """One row a zone: state, hectares by what happened, days, class in each main season of the part that changed."""
    rows: Rows = []
    for recipe, zone_id, shape, planned in zip(
        RECIPES, zones["zone_id"], zones.geometry, zones["planned_on"], strict=True
    ):
        change, told = recipe.change, state(recipe)
        part = western(shape, change.share) if change is not None and change.share < 1.0 else shape
        whole_ha, part_ha = geodesy.hectares(np.array([shape, part], dtype=object), CRS)
        converted, converting = part_ha * (told == "converted"), part_ha * (told == "converting")
        rows.append(
            {
                "zone_id": str(zone_id),
                "state": told,
                "geom_ha": float(whole_ha),
                "converted_ha": float(converted),
                "converting_ha": float(converting),
                "abandoned_ha": float(part_ha * (told == "abandoned")),
                "partial": bool(change is not None and change.share < 1.0),
                "from": crop_before(recipe).name.lower(),
                "to": change.to if change is not None else None,
                "planned_on": str(planned),
                "changed_on": change.day.isoformat() if change is not None else None,
                "back_on": change.back.isoformat() if change is not None and change.back is not None else None,
                "touches_forest": recipe.land == "upland",
                "seasons": {f"{year}-{name}": _class(recipe, change, first) for year, name, first, _ in SEASONS},
            }
        )
    return rows


def _class(recipe: Recipe, change: Change | None, first: date) -> str:
    """What grew in a season on the part that changed."""
    before = crop_before(recipe).name.lower()
    sown = first + timedelta(days=30)
    if change is None or change.day > sown or (change.back is not None and change.back <= sown):
        return before
    return {DRY_ANNUAL: "dry_annual", FALLOW: "fallow", POND: "water"}.get(change.to, change.to)


def event_rows(seen: World) -> Rows:
    """Events by day: polygon (WKT, scene's CRS), day, cover before, covers after with their days, hectares."""
    area = geodesy.hectares(np.array([event.shape for event in seen.events], dtype=object), SCENE_CRS)
    return [
        {
            "what": event.what,
            "day": event.day.isoformat(),
            "before": event.before,
            "after": [
                {"day": date.fromordinal(step.day).isoformat(), "kind": step.kind.name.lower(), "left": step.strength}
                for step in event.steps
            ],
            "ha": float(hectares),
            "wkt": event.shape.wkt,
        }
        for event, hectares in zip(seen.events, area, strict=True)
    ]


def lot_rows(lots: gpd.GeoDataFrame, seen: World, owner: object) -> Rows:
    """Forest lots that were felled, and young ones, on the day of the figures: share of pixels that is forest."""
    day = date.fromisoformat(AS_OF).toordinal()
    kind, age, _ = seen.plots.at(day)
    closed = np.isin(kind, NATURAL_KINDS) | (np.isin(kind, PLANTED_KINDS) & (age >= CLOSED_YEARS))
    place = np.asarray(owner)
    rows: Rows = []
    for i, code in enumerate(lots["ldlr"]):
        mine = seen.plot[place == i]
        if len(mine):
            kinds = np.unique(kind[mine], return_counts=True)
            rows.append(
                {
                    "lot": i + 1,
                    "ldlr": str(code),
                    "forest_share": float(closed[mine].mean()),
                    "kind": Kind(int(kinds[0][kinds[1].argmax()])).name.lower(),
                }
            )
    return rows
