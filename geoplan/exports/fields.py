"""Which fields of a layer may leave in ``results.gpkg``: an allow-list; a new field stays in until it is let out.

Owners, heads of households, contractors and whatever else is personal is in no list. A field's label is the message
``gpkg.field.<name>``.
"""

from collections.abc import Iterable

_LOT = (
    "lot_id", "unit_code", "unit_share", "tk", "khoanh", "lo", "diadanh", "ldlr", "sldlr", "forest_class", "use",
    "gap_role", "counts_from", "agreement", "agreement_reason", "measured_ha", "seen_ha", "difference_ha",
    "owner_class", "nggocr", "namtr", "nggocrt", "thanhrung", "ktan", "lapdia", "malr3", "mamdsd", "dtuong", "dtich",
    "inside_ha", "mgo", "geom_ha",
)  # fmt: skip

ALLOWED = {
    "communes": ("unit_code", "name", "area_official_ha", "geom_ha"),
    "forest_cover": _LOT,
    "plantation": _LOT,
    "conversion": (
        "zone_id", "unit_code", "unit_share", "name", "from_crop", "to_group", "to_crop", "land_code", "planned_on",
        "status", "marked", "verdict", "reasons", "declared_ha", "accepted_no", "accepted_on", "accepted_ha",
        "lawful_ha", "look_ha", "refused_ha", "to_forest_ha", "forest_overlap_ha", "natural_forest_overlap_ha",
        "inside_ha", "geom_ha", "verdict_seen", "seen_reasons", "looks_count", "converted_ha", "converted_ha_low",
        "converted_ha_high", "converting_ha", "not_converted_ha", "unknown_ha",
    ),
    "resettlement_risk": (
        "place_id", "place_kind", "unit_code", "village_code", "verdict", "reasons", "status", "form", "site_id",
        "landslide_class", "debris_class", "flood_class", "cut_slope", "slope_class", "capacity_households",
        "room_households", "road_m", "site_m", "moved", "unit_share", "inside_ha",
    ),
}  # fmt: skip
"""Fields by layer, in the order of the file. A measure that is not named here gives `ANYWHERE`."""

ANYWHERE = (
    "unit_code", "village_code", "lot_id", "parcel_id", "zone_id", "site_id", "sample_id", "forest_class", "land_code",
    "verdict", "status", "geom_ha",
)  # fmt: skip


def allowed(layer: str, columns: Iterable[str]) -> list[str]:
    """Columns of a layer that may leave, in the order of the list."""
    present = set(columns)
    return [name for name in ALLOWED.get(layer, ANYWHERE) if name in present]
