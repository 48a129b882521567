"""What the measures must find of households, and what no public page may hold."""

from collections.abc import Mapping, Sequence

import geopandas as gpd

from geoplan.demo.commune import Commune
from geoplan.demo.units import Rows, units


def households(made: Commune, rows: Sequence[Mapping[str, object]]) -> Rows:
    """Households of each unit by status."""
    statuses = sorted({str(row["status"]) for row in rows})
    found = []
    for code, name, level, _ in units(made):
        mine = [row for row in rows if level == "commune" or row["village_code"] == code]
        counts = {status: sum(row["status"] == status for row in mine) for status in statuses}
        found.append({"unit_code": code, "unit_name": name, "level": level, "households_count": len(mine), **counts})
    return found


def private_words(made: Commune, rows: Sequence[Mapping[str, object]], parcels: gpd.GeoDataFrame) -> list[str]:
    """Values that a public edition must not hold: names, telephones, numbers, owner codes, points."""
    names = set(made.lots.loc[made.lots["dtuong"] == 1, "churung"]) | set(made.lots["nguoink"].dropna())
    names |= set(made.lots["nguoitrch"].dropna()) | set(parcels["owner_code"])
    for row in rows:
        names |= {str(row[field]) for field in ("head_name", "phone", "id_no", "lon", "lat")}
    return sorted(names)
