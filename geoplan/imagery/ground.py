"""The ground under a tile: heights of the DEM brought to the lattice of 10 m, and which way each pixel faces.

Heights are brought over here, not by GDAL's warper: pixel centres go to the DEM's CRS by the pinned datum shift
(`geoplan.crs`), because a DEM in VN-2000 that PROJ moves by another operation, or by none, would light the wrong slope.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from pyproj import CRS

from geoplan import crs as coordinates
from geoplan.imagery.reading import Tile
from geoplan.pixels import illumination, terrain
from geoplan.rasters import Raster

_STEP = 32
"""Coordinates are computed at every so many pixels and interpolated: they bend by less than a millimetre between."""


@dataclass(frozen=True, eq=False)
class Ground:
    """What the light needs of a tile.

    Parameters
    ----------
    normal : float32 array, shape (3, y, x)
        As `illumination.facing` gives it; NaN where the DEM is not known.
    slope_deg : float32 array, shape (y, x)
    horizons : mapping of int to float32 array, shape (y, x)
        Tangent of the horizon, by direction in whole degrees.
    """

    normal: npt.NDArray[np.float32]
    slope_deg: npt.NDArray[np.float32]
    horizons: dict[int, npt.NDArray[np.float32]]


def heights(dem: Raster, crs: CRS, tile: Tile) -> npt.NDArray[np.float64]:
    """Metres at the pixel centres of a tile, bilinear between the DEM's own centres; NaN where it does not know."""
    x, y = _places(crs, dem.crs, tile)
    t = dem.transform
    aside, below = 2 * t.a, -2 * t.e
    stored, place = dem.read((x.min() - aside, y.min() - below, x.max() + aside, y.max() + below))
    if 0 in stored.shape:
        return np.full((tile.height, tile.width), np.nan)
    known = np.array(stored.data, dtype=np.float64)
    known[np.ma.getmaskarray(stored)] = np.nan
    return _between(known, (y - place.f) / place.e - 0.5, (x - place.c) / place.a - 0.5)


def ground(
    dem: Raster, crs: CRS, tile: Tile, directions: Mapping[int, float] | None = None, reach_m: float = 0.0
) -> Ground:
    """The ground of a tile, with horizons seen over `reach_m`.

    Parameters
    ----------
    directions : mapping of int to float, optional
        Degrees to the tangent of the lowest sun there: horizons below it are not told apart.
    """
    around = 1 + round(reach_m / tile.cell_m)
    height = heights(dem, crs, tile.grown(around))
    near = slice(around - 1, 1 - around if around > 1 else None)
    slope, aspect = terrain.slope_aspect(height[near, near], tile.cell_m)
    slope, aspect = slope[1:-1, 1:-1], aspect[1:-1, 1:-1]
    found = {
        degrees: illumination.horizon(height, tile.cell_m, float(degrees), reach_m, least, around)
        for degrees, least in (directions or {}).items()
    }
    return Ground(illumination.facing(slope, aspect), slope.astype(np.float32), found)


def _places(crs: CRS, target: CRS, tile: Tile) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    """Coordinates of the tile's pixel centres in another CRS, shape (y, x) each."""
    columns = np.unique(np.append(np.arange(0, tile.width, _STEP), tile.width - 1))
    rows = np.unique(np.append(np.arange(0, tile.height, _STEP), tile.height - 1))
    x = tile.west + (columns + 0.5) * tile.cell_m
    y = tile.north - (rows + 0.5) * tile.cell_m
    xs, ys = np.meshgrid(x, y)
    moved = coordinates.transform(xs, ys, crs, target)
    return _spread(moved[0], rows, columns, tile), _spread(moved[1], rows, columns, tile)


def _spread(known: npt.NDArray[Any], rows: Any, columns: Any, tile: Tile) -> npt.NDArray[np.float64]:
    across = np.stack([np.interp(np.arange(tile.width), columns, line) for line in known])
    if len(rows) == 1:
        return across
    want = np.arange(tile.height)
    before = np.clip(np.searchsorted(rows, want, side="right") - 1, 0, len(rows) - 2)
    share = ((want - rows[before]) / (rows[before + 1] - rows[before]))[:, None]
    found: npt.NDArray[np.float64] = across[before] * (1.0 - share) + across[before + 1] * share
    return found


def _between(known: npt.NDArray[np.float64], row: Any, column: Any) -> npt.NDArray[np.float64]:
    """Bilinear between cell centres; NaN beyond the outermost centres and beside unknown cells."""
    height, width = known.shape
    if height < 2 or width < 2:
        return np.full(row.shape, np.nan)
    y = np.clip(np.floor(row), 0, height - 2).astype(np.int64)
    x = np.clip(np.floor(column), 0, width - 2).astype(np.int64)
    v, u = row - y, column - x
    upper = known[y, x] * (1.0 - u) + known[y, x + 1] * u
    lower = known[y + 1, x] * (1.0 - u) + known[y + 1, x + 1] * u
    found: npt.NDArray[np.float64] = upper * (1.0 - v) + lower * v
    slack = 1e-6
    found[(v < -slack) | (v > 1 + slack) | (u < -slack) | (u > 1 + slack)] = np.nan
    return found
