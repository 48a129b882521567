"""Pixels by polygon: the only place that computes.

Areas are exact shares of pixels (exactextract: the part of each pixel inside the polygon, never centre counting)
times the geodesic area of each pixel. A pixel that is masked is not seen: it is in no class, and the caller
subtracts.
"""

from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from affine import Affine
from exactextract import exact_extract
from exactextract.raster import NumPyRasterSource
from pyproj import CRS

from geoplan import areas, crs
from geoplan.errors import InputError, Problem
from geoplan.rasters import Raster

_CONTROL = 9
"""Pixel areas are computed on a grid of this many rows and columns and interpolated: they change by 1e-5 over a
commune.
"""


def class_hectares(values: Any, transform: Affine, raster_crs: CRS, zones: gpd.GeoDataFrame) -> pd.DataFrame:
    """Geodesic hectares of each class inside each zone.

    Parameters
    ----------
    values : masked array of integer, shape (y, x)
        Classes; masked pixels are not seen.
    transform : Affine
        North-up transform of the array.
    raster_crs : CRS
        CRS of the array, the same as that of `zones`: pixels are not moved here.
    zones : GeoDataFrame
        Valid polygons.

    Returns
    -------
    DataFrame
        ``zone`` (row position), ``value`` (class), ``ha``; sorted; zones without a seen pixel have no row.

    Raises
    ------
    InputError
        ``zonal.crs_differ``: exactextract would only warn.
    """
    if not crs.same(raster_crs, zones.crs):
        raise InputError(Problem("zonal.crs_differ", "", {"raster": crs.name(raster_crs), "zones": str(zones.crs)}))
    grid = np.ma.masked_array(values)
    height, width = grid.shape
    west, north = transform.c, transform.f
    east, south = west + width * transform.a, north + height * transform.e
    numbered = NumPyRasterSource(
        np.zeros((height, width), dtype=np.uint8), west, south, east, north, srs_wkt=raster_crs.to_wkt()
    )
    found = exact_extract(numbered, zones[["geometry"]], ["cell_id", "coverage"], output="pandas")
    pixel_ha, classes = pixel_hectares((height, width), transform, raster_crs).ravel(), grid.ravel()
    if not len(found) or not sum(map(len, found["cell_id"])):
        return pd.DataFrame({"zone": [], "value": [], "ha": []})
    cells = np.concatenate(found["cell_id"].to_list()).astype(np.int64)
    zone = np.repeat(np.arange(len(found)), [len(inside) for inside in found["cell_id"]])
    ha = np.concatenate(found["coverage"].to_list()) * pixel_ha[cells]
    seen = ~np.ma.getmaskarray(classes)[cells]
    values, place = np.unique(classes.data[cells][seen], return_inverse=True)
    key, where = np.unique(zone[seen] * np.int64(len(values)) + place, return_inverse=True)
    sums = np.bincount(where, weights=ha[seen], minlength=len(key))
    return pd.DataFrame({"zone": key // max(len(values), 1), "value": values[key % max(len(values), 1)], "ha": sums})


def trees(raster: Raster, bounds: crs.Bounds) -> tuple[Any, Affine]:
    """Trees of a land-cover raster inside bounds: 1 and 0, masked where not seen, and their transform.

    Parameters
    ----------
    raster : Raster
        Classes of which ``forest`` are trees, or a probability with ``threshold``.
    bounds : tuple
        West, south, east, north in the raster's CRS.
    """
    values, transform = raster.read(bounds)
    wooded = values.data >= raster.threshold if raster.threshold is not None else np.isin(values.data, raster.forest)
    return np.ma.masked_array(wooded.astype(np.uint8), mask=np.ma.getmaskarray(values)), transform


def pixel_hectares(shape: tuple[int, int], transform: Affine, raster_crs: CRS) -> npt.NDArray[np.float64]:
    """Geodesic hectares of every pixel, shape (y, x), by bilinear interpolation between control pixels."""
    height, width = shape
    rows = np.unique(np.linspace(0, height - 1, min(height, _CONTROL)).round()).astype(int)
    columns = np.unique(np.linspace(0, width - 1, min(width, _CONTROL)).round()).astype(int)
    column, row = np.meshgrid(columns, rows)
    west, north = transform.c + transform.a * column.ravel(), transform.f + transform.e * row.ravel()
    boxes = shapely.box(west, north + transform.e, west + transform.a, north)
    control = areas.of(boxes, raster_crs).reshape(len(rows), len(columns))
    along = np.array([np.interp(np.arange(width), columns, line) for line in control])
    where = np.interp(np.arange(height), rows, np.arange(len(rows)))
    low = np.minimum(where.astype(int), max(len(rows) - 2, 0))
    high = np.minimum(low + 1, len(rows) - 1)
    part = (where - low)[:, None]
    return np.asarray(along[low] * (1 - part) + along[high] * part)
