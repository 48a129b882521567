"""Three communes of 100 ha and a map of 10 m pixels over them, cell by cell.

0      1000    2000    3000
+-------+-------+-------+
|  A    |  B    |  C    |      the grid: 300 columns, 100 rows; [row, column] from the north-west corner
+-------+-------+-------+
"""

from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
from affine import Affine
from pyproj import CRS

from geoplan import codes
from geoplan.reconciliation import MeasuredCover
from tests.measures import world

GRID = Affine(10, 0, world.X, 0, -10, world.Y + 1000)
GRID_CRS = CRS.from_user_input(world.CRS)
ONE = 1 / 0.9999**2
"""Hectares on the ellipsoid of a hectare on the plane, on the central meridian."""


def lots(*rows: tuple[tuple[float, float, float, float], float, dict[str, Any]]) -> gpd.GeoDataFrame:
    made = world.lots(*rows)
    made["land_code"] = [row[2].get("land_code") for row in rows]
    return made.assign(forest_class=codes.forest_class(made["ldlr"]))


def blank(value: int = 0, dtype: Any = np.uint8) -> npt.NDArray[Any]:
    return np.full((100, 300), value, dtype=dtype)


def paint(values: npt.NDArray[Any], west: int, south: int, east: int, north: int, value: int) -> None:
    """Set the pixels of a rectangle of metres."""
    values[100 - north // 10 : 100 - south // 10, west // 10 : east // 10] = value


def cover(forest: npt.NDArray[np.uint8], **beside: Any) -> MeasuredCover:
    return MeasuredCover(forest, GRID, GRID_CRS, **beside)


def unit(table: pd.DataFrame, code: str) -> pd.Series:
    return table[table["unit_code"] == code].iloc[0]


def ha(table: pd.DataFrame, code: str, cell: str, reason: str) -> float:
    """Hectares on the plane of one row of the long table; 0 where there is none."""
    mine = table[(table["unit_code"] == code) & (table["cell"] == cell) & (table["reason"] == reason)]
    return float(mine["ha"].sum()) / ONE
