"""A valley that can be reckoned in the head, under the three communes of `tests.measures.world`.

A stream runs east along the line 500 m, 1 m down in 100 m, from a divide at -200 m. The ground rises from it by 1 m in
10 m to the south, and to the north as far as 200 m from the stream; there a slope of 35 degrees begins that is 143 m wide and
100 m high, and above it lies gentle ground. Cells are 10 m::

    north        gentle ground, 120 m above the stream
                 -------- slope of 35 degrees --------  (700 to 843 m)
                 terrace, 1 in 10
    500 m        ======== stream ====================>
    south        gentle ground, 1 in 10
"""

from pathlib import Path

import geopandas as gpd
import numpy as np
import rasterio
import shapely
from affine import Affine

from geoplan.layers.records import RasterSpec
from geoplan.rasters import Raster, open_raster
from tests.measures.world import CRS, X, Y

WEST, EAST, SOUTH, NORTH = -400.0, 3400.0, -400.0, 1400.0
CELL = 10.0


def heights(east: np.ndarray, north: np.ndarray, *, divide: float = -200.0, slope_deg: float = 35.0) -> np.ndarray:
    away = np.abs(north - 500.0)
    bank = np.clip(north - 700.0, 0.0, 143.0)
    gentle = np.where(north > 500.0, np.minimum(away, 200.0) + np.clip(away - 343.0, 0.0, None) * 0.2, away)
    return 200.0 - 0.01 * np.abs(east - divide) + 0.1 * gentle + np.tan(np.radians(slope_deg)) * bank


def dem(folder: Path, *, divide: float = -200.0, unknown_from: float = np.inf, slope_deg: float = 35.0) -> Raster:
    """The valley as a GeoTIFF; nothing is known east of `unknown_from`."""
    columns, rows = int((EAST - WEST) / CELL), int((NORTH - SOUTH) / CELL)
    x, y = np.meshgrid(WEST + (np.arange(columns) + 0.5) * CELL, NORTH - (np.arange(rows) + 0.5) * CELL)
    values = np.where(x < unknown_from, heights(x, y, divide=divide, slope_deg=slope_deg), -9999.0)
    return written(folder / "dem.tif", values.astype(np.float32), Affine(CELL, 0, X + WEST, 0, -CELL, Y + NORTH), CRS)


def written(path: Path, values: np.ndarray, transform: Affine, crs: str) -> Raster:
    facts = {"driver": "GTiff", "count": 1, "crs": crs, "transform": transform, "nodata": -9999.0}
    with rasterio.open(path, "w", height=values.shape[0], width=values.shape[1], dtype=values.dtype, **facts) as file:
        file.write(values, 1)
    return open_raster(RasterSpec("dem", path, path.name), path.parent)


def points(*places: tuple[float, float], **columns: list[object]) -> gpd.GeoDataFrame:
    shapes = [shapely.Point(X + east, Y + north) for east, north in places]
    made = {name: np.array(values, dtype=object) for name, values in columns.items()}
    return gpd.GeoDataFrame(made, geometry=shapes, crs=CRS)


def line(*places: tuple[float, float]) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(geometry=[shapely.LineString([(X + x, Y + y) for x, y in places])], crs=CRS)
