"""A world for the measures that can be summed in the head.

Three communes in a row, 1000 x 1000 m each (100 ha by the officer's book; a little more on the ellipsoid), on the central meridian::

    0      1000    2000    3000
    +-------+-------+-------+
    |  A    |  B    |  C    |
    +-------+-------+-------+

Lots are rectangles; `dtich` is what the book says, not what the geometry has.
"""

from datetime import date
from typing import Any

import geopandas as gpd
import pandas as pd
from shapely import box

from geoplan import areas

X, Y = 498_500.0, 2_455_000.0
CRS = "EPSG:9213"
AS_OF = date(2026, 6, 30)
LOT = {
    "ldlr": "TXN", "tk": "1", "khoanh": "1", "lo": "1", "diadanh": None, "sldlr": None, "maxa": None, "nggocr": 1, "namtr": None,
    "nggocrt": None, "thanhrung": None, "ktan": None, "lapdia": 1, "malr3": 3, "mamdsd": 9, "dtuong": 1, "khoan": None, "nqh": None,
}  # fmt: skip
INTEGERS = ("nggocr", "namtr", "nggocrt", "thanhrung", "ktan", "lapdia", "malr3", "mamdsd", "dtuong", "khoan", "nqh")
ZONE = {
    "name": None, "from_crop": "rice", "to_group": "perennial", "to_crop": None, "land_code": "LUK", "planned_on": None,
    "status": "approved", "declared_ha": None, "accepted_no": None, "accepted_on": None, "village_code": None,
}  # fmt: skip


def rectangle(west: float, south: float, east: float, north: float) -> Any:
    return box(X + west, Y + south, X + east, Y + north)


def frame(shapes: list[Any], columns: dict[str, list[Any]]) -> gpd.GeoDataFrame:
    made = gpd.GeoDataFrame(
        {name: pd.Series(values, dtype=object) for name, values in columns.items()}, geometry=shapes, crs=CRS
    )
    return made.assign(geom_ha=areas.hectares(made))


def communes(official: float = 100.0) -> gpd.GeoDataFrame:
    shapes = [rectangle(1000 * i, 0, 1000 * (i + 1), 1000) for i in range(3)]
    made = frame(shapes, {"unit_code": ["00001", "00002", "00003"], "name": ["A", "B", "C"]})
    return made.assign(area_official_ha=official, level="commune")


def lots(*rows: tuple[tuple[float, float, float, float], float, dict[str, Any]]) -> gpd.GeoDataFrame:
    """Lots from (west, south, east, north), dtich, and the fields that differ from `LOT`."""
    columns: dict[str, list[Any]] = {name: [row[2].get(name, default) for row in rows] for name, default in LOT.items()}
    columns["lot_id"] = [row[2].get("lot_id", str(i)) for i, row in enumerate(rows, start=1)]
    made = frame([rectangle(*row[0]) for row in rows], columns)
    made = made.assign(dtich=[float(row[1]) for row in rows])
    return made.astype(dict.fromkeys(INTEGERS, "Int64"))


def zones(*rows: tuple[tuple[float, float, float, float], dict[str, Any]]) -> gpd.GeoDataFrame:
    columns: dict[str, list[Any]] = {
        name: [row[1].get(name, default) for row in rows] for name, default in ZONE.items()
    }
    columns["zone_id"] = [row[1].get("zone_id", f"Z{i}") for i, row in enumerate(rows, start=1)]
    made = frame([rectangle(*row[0]) for row in rows], columns)
    return made.assign(declared_ha=pd.to_numeric(made["declared_ha"]))


def parcels(*rows: tuple[tuple[float, float, float, float], str]) -> gpd.GeoDataFrame:
    ids = [str(i) for i in range(1, len(rows) + 1)]
    return frame([rectangle(*row[0]) for row in rows], {"parcel_id": ids, "land_code": [row[1] for row in rows]})


def value(table: pd.DataFrame, code: str, column: str) -> float:
    return float(table.loc[table["unit_code"] == code, column].iloc[0])
