"""Pixels by polygon: the only place that computes.

Areas are exact shares of pixels (exactextract: the part of each pixel inside the polygon, never centre counting)
times the geodesic area of each pixel. A pixel that is masked is not seen: it is in no class, and the caller
subtracts.
"""

import math
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
from geoplan.pixels import patches
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
    rows = [
        _sums(i, classes[cells.astype(np.int64)], shares * pixel_ha[cells.astype(np.int64)])
        for i, (cells, shares) in enumerate(zip(found["cell_id"], found["coverage"], strict=True))
        if len(cells)
    ]
    return pd.concat(rows, ignore_index=True) if rows else pd.DataFrame({"zone": [], "value": [], "ha": []})


def _sums(zone: int, classes: Any, ha: npt.NDArray[np.float64]) -> pd.DataFrame:
    seen = ~np.ma.getmaskarray(classes)
    values, where = np.unique(classes.data[seen], return_inverse=True)
    return pd.DataFrame(
        {"zone": zone, "value": values, "ha": np.bincount(where, weights=ha[seen], minlength=len(values))}
    )


def wooded_hectares(units: gpd.GeoDataFrame, raster: Raster, min_patch_ha: float) -> pd.DataFrame:
    """Hectares under trees of each unit, with and without the smallest-patch rule, and what is seen and not.

    Parameters
    ----------
    units : GeoDataFrame
        Polygons with ``geom_ha``, in any CRS: they are moved to the raster, which is not resampled.
    raster : Raster
        Classes of which ``forest`` are trees, or a probability with ``threshold``.
    min_patch_ha : float
        Patches and holes below this do not count; so far the window reaches beyond a unit that a patch has room.

    Returns
    -------
    DataFrame
        One row a unit: ``ha``, ``without_rule_ha``, ``seen_ha``, ``unseen_ha``; the first two NaN where all is unseen.
    """
    zones = gpd.GeoDataFrame(geometry=crs.geometries(units.geometry.array, units.crs, raster.crs), crs=raster.crs)
    pixel_ha = float(pixel_hectares((1, 1), raster.transform, raster.crs)[0, 0])
    margin = (math.ceil(min_patch_ha / pixel_ha) + 2) * abs(raster.transform.a)
    rows = []
    for i, whole in enumerate(units["geom_ha"]):
        west, south, east, north = zones.geometry.iloc[i].bounds
        trees, transform = _trees(raster, (west - margin, south - margin, east + margin, north + margin))
        row = {"ha": math.nan, "without_rule_ha": math.nan, "seen_ha": 0.0, "unseen_ha": float(whole)}
        if trees.size:
            kept = patches.without_small(trees, pixel_ha, min_patch_ha)
            every, large = (class_hectares(mask, transform, raster.crs, zones.iloc[[i]]) for mask in (trees, kept))
            seen = float(every["ha"].sum())
            row |= {"seen_ha": seen, "unseen_ha": max(float(whole) - seen, 0.0)}
            if seen > 0:
                row |= {"ha": _of_class(large, 1), "without_rule_ha": _of_class(every, 1)}
        rows.append(row)
    return pd.DataFrame(rows, index=units.index)


def _of_class(found: pd.DataFrame, value: int) -> float:
    return float(found.loc[found["value"] == value, "ha"].sum())


def _trees(raster: Raster, bounds: crs.Bounds) -> tuple[Any, Affine]:
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
