"""The truth of the demo as one record: what `truth.json` holds."""

from collections.abc import Mapping, Sequence

import geopandas as gpd

from geoplan.demo import truth_lots, truth_people, truth_zones
from geoplan.demo.commune import Commune
from geoplan.demo.land_cover import Cover
from geoplan.demo.plan import AS_OF
from geoplan.demo.truth_pixels import tree_cover

ABOUT = {
    "about": "Sự thật của dữ liệu giả lập, tính bằng cách khác với các phép đo của geoplan; chỉ để kiểm thử.",
    "areas": "pyproj.Geod (geodesics) on the WGS 84 ellipsoid, vertices in EPSG:9213; hectares",
    "statutory": "dtich x share of the lot's geodesic area inside the unit",
    "tree_cover": "each pixel split 10 x 10; 0.3 ha rule by flood fill over corners, whole raster, unseen left out",
    "conversion": "law per piece of zone and parcel: perennial on LUC refused, forest to_forest, no parcel unknown",
}


def reckoned(
    made: Commune,
    parcels: gpd.GeoDataFrame,
    zones: gpd.GeoDataFrame,
    households: Sequence[Mapping[str, object]],
    cover: Cover,
) -> dict[str, object]:
    """All figures by name, numbers rounded to 1e-9."""
    held = truth_lots.shares(made)
    planted, by_year = truth_lots.plantation(made, held)
    converted, each = truth_zones.conversion(made, zones, truth_zones.pieces(made, parcels, zones))
    figures: dict[str, object] = {
        **ABOUT,
        "as_of": AS_OF,
        "forest_cover": truth_lots.forest_cover(made, held),
        "divisions": truth_lots.divisions(made, held),
        "plantation": planted,
        "plantation_by_year": by_year,
        "conversion": converted,
        "zones": each,
        "tree_cover": tree_cover(made, cover),
        "households": truth_people.households(made, households),
        "private": truth_people.private_words(made, households, parcels),
    }
    return rounded(figures)


def rounded(figures: Mapping[str, object]) -> dict[str, object]:
    """Figures with numbers rounded to 1e-9."""
    return {name: _rounded(value) for name, value in figures.items()}


def _rounded(value: object) -> object:
    """Floats to nine decimals, all the way down, so that no machine's last digit shows."""
    if isinstance(value, float):
        return round(float(value), 9)
    if isinstance(value, dict):
        return {name: _rounded(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_rounded(inner) for inner in value]
    return value
