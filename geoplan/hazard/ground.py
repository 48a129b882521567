"""The ground under the communes: heights, what is known of each cell from other layers, and the true size of a cell."""

from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import rasterio.features
from affine import Affine
from pyproj import CRS, Geod

from geoplan import crs as coordinates
from geoplan.errors import InputError, Problem
from geoplan.pixels.terrain import Floats
from geoplan.rasters import Raster

MARGIN_M = 5000.0
"""Heights are read so far around the communes: slides and water come from outside."""
MOST_CELLS = 12_000_000
"""Some 240 bytes a cell are needed: 3 GB."""
COARSEST_M = 50.0
"""On coarser cells slopes and channels are lost."""


def heights(dem: Raster, communes: gpd.GeoDataFrame) -> tuple[Floats, Affine, tuple[float, float]]:
    """Heights over the communes and 5 km around, as far as the raster goes; their transform; metres of a cell.

    The size of a cell is measured on the ellipsoid, whatever the unit or the scale of the raster's CRS.

    Raises
    ------
    InputError
        ``hazard.too_large``, ``hazard.too_coarse``, ``hazard.no_ground``.
    """
    ground = np.asarray(coordinates.geometries(communes.geometry.array, communes.crs, dem.crs), dtype=object)
    west, south, east, north = (float(b) for b in gpd.GeoSeries(ground).total_bounds)
    middle = ((west + east) / 2, (south + north) / 2)
    cell_m = _cell_m(dem, middle)
    if max(cell_m) > COARSEST_M:
        raise InputError(
            Problem("hazard.too_coarse", dem.source.path, {"cell_m": max(cell_m), "coarsest_m": COARSEST_M})
        )
    x, y = (
        MARGIN_M * abs(side) / metres for side, metres in zip((dem.transform.a, dem.transform.e), cell_m, strict=True)
    )
    near = (west - x, south - y, east + x, north + y)
    cells = (near[2] - near[0]) / abs(dem.transform.a) * (near[3] - near[1]) / abs(dem.transform.e)
    if min(cells, dem.width * dem.height) > MOST_CELLS:
        size: dict[str, str | int | float] = {"cells": int(cells), "most": MOST_CELLS}
        raise InputError(Problem("hazard.too_large", dem.source.path, size))
    values, transform = dem.read(near)
    found = np.asarray(np.ma.filled(values.astype(np.float64), np.nan))
    if found.size == 0 or not np.isfinite(found).any():
        raise InputError(Problem("hazard.no_ground", dem.source.path, {}))
    return found, transform, cell_m


def _cell_m(dem: Raster, middle: tuple[float, float]) -> tuple[float, float]:
    x, y = middle
    xs, ys = [x, x + dem.transform.a, x], [y, y, y + dem.transform.e]
    lonlat = coordinates.lonlat(dem.crs)
    lon, lat = coordinates.transform(xs, ys, dem.crs, lonlat)
    shape = lonlat.ellipsoid
    if shape is None:
        raise InputError(Problem("crs.not_on_earth", dem.source.path, {"crs": coordinates.name(dem.crs)}))
    globe = Geod(a=shape.semi_major_metre, b=shape.semi_minor_metre)
    wide, tall = (float(globe.inv(lon[0], lat[0], lon[i], lat[i])[2]) for i in (1, 2))
    return wide, tall


def lines(frame: gpd.GeoDataFrame | None, shape: tuple[int, int], transform: Affine, crs: CRS) -> Any:
    """Cells that a line touches: bool array of the shape."""
    if frame is None or frame.empty:
        return np.zeros(shape, dtype=bool)
    moved = coordinates.geometries(frame.geometry.array, frame.crs, crs)
    burnt = rasterio.features.rasterize(
        [(line, 1) for line in moved], out_shape=shape, transform=transform, all_touched=True, dtype="uint8"
    )
    return burnt.astype(bool)


def within(communes: gpd.GeoDataFrame, shape: tuple[int, int], transform: Affine, crs: CRS) -> npt.NDArray[np.bool_]:
    """Cells whose middle lies in a commune: bool array of the shape."""
    moved = coordinates.geometries(communes.geometry.array, communes.crs, crs)
    return np.asarray(rasterio.features.geometry_mask(list(moved), shape, transform, invert=True))


def cells_of(
    points: gpd.GeoDataFrame, shape: tuple[int, int], transform: Affine, crs: CRS
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    """Row and column of each point, shape (n, 2), and which points lie on the grid."""
    moved = np.asarray(coordinates.geometries(points.geometry.array, points.crs, crs), dtype=object)
    x, y = gpd.GeoSeries(moved).x.to_numpy(), gpd.GeoSeries(moved).y.to_numpy()
    column, row = np.floor((x - transform.c) / transform.a), np.floor((y - transform.f) / transform.e)
    inside = (row >= 0) & (column >= 0) & (row < shape[0]) & (column < shape[1])
    found = np.column_stack([row, column])
    found[~inside] = 0
    return found.astype(np.int64), inside


def open_ground(cover: Raster | None, shape: tuple[int, int], transform: Affine, crs: CRS) -> npt.NDArray[np.bool_]:
    """Cells whose middle is seen on the land-cover raster and is no tree cover; all False without a raster."""
    found = np.zeros(shape, dtype=bool)
    if cover is None:
        return found
    x = transform.c + (np.arange(shape[1]) + 0.5) * transform.a
    y = transform.f + (np.arange(shape[0]) + 0.5) * transform.e
    for top in range(0, shape[0], 512):
        east, north = np.meshgrid(x, y[top : top + 512])
        east, north = coordinates.transform(east, north, crs, cover.crs)
        values, place = cover.read((float(east.min()), float(north.min()), float(east.max()), float(north.max())))
        if values.size == 0:
            continue
        column = np.floor((east - place.c) / place.a).astype(np.int64)
        row = np.floor((north - place.f) / place.e).astype(np.int64)
        on = (row >= 0) & (column >= 0) & (row < values.shape[0]) & (column < values.shape[1])
        data, hidden = values.data[row[on], column[on]], np.ma.getmaskarray(values)[row[on], column[on]]
        wooded = data >= cover.threshold if cover.threshold is not None else np.isin(data, cover.forest)
        found[top : top + 512][on] = ~wooded & ~hidden
    return found
