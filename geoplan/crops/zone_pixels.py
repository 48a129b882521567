"""The pixels of one zone on all dates, and the zone's own series: the median over its interior, weighed by share."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from affine import Affine
from exactextract import exact_extract
from exactextract.raster import NumPyRasterSource
from scipy.ndimage import uniform_filter

from geoplan import imagery, zonal
from geoplan.crops.signals import Floats, Indices
from geoplan.pixels import indices as spectral

COLUMNS = ("feature_id", "seen_on", "index", "value", "seen_share")
"""Columns of `observations`: those of ``results.OBSERVATION_COLUMNS``, a floor above."""

EDGE_M = 5.0
"""Pixels are weighed by their share inside the zone drawn in by so much: a hedge or bund is not the crop."""

WHOLE = 0.999
"""From this share on a pixel lies wholly inside."""


@dataclass(frozen=True, eq=False)
class ZonePixels:
    """Pixels that touch a zone.

    Parameters
    ----------
    indices : Indices
        Arrays of shape (time, n), of the n pixels that touch the zone.
    ha : float array, shape (n,)
        Geodesic hectares of the part of each pixel inside the zone.
    weight : float array, shape (n,)
        Share of each pixel inside the zone drawn in by `EDGE_M`; zero at the edge.
    pure : bool array, shape (n,)
        Wholly inside.
    row, column : int array, shape (n,)
        Place in the window.
    """

    indices: Indices
    ha: npt.NDArray[np.float64]
    weight: npt.NDArray[np.float64]
    pure: npt.NDArray[np.bool_]
    row: npt.NDArray[np.int64]
    column: npt.NDArray[np.int64]

    def until(self, as_of: date) -> "ZonePixels":
        """Without what was seen after a day."""
        return replace(self, indices=self.indices.until(as_of))

    def only(self, places: npt.NDArray[np.int64]) -> "ZonePixels":
        """Some of the pixels, at their places in the window."""
        seen = self.indices
        kept = Indices(seen.days, seen.ndvi[:, places], seen.lswi[:, places], seen.bsi[:, places])
        return ZonePixels(
            kept, self.ha[places], self.weight[places], self.pure[places], self.row[places], self.column[places]
        )


def zone_pixels(stack: imagery.Stack, shape: Any) -> ZonePixels | None:
    """Pixels of the stack that touch a polygon in the stack's CRS; None where the images do not reach it."""
    seen = imagery.read(stack, shape.bounds)
    height, width = seen.bands["nir"].shape[1:]
    if not height or not width:
        return None
    share = _shares((height, width), seen.transform, stack.crs, shape)
    inner = shape.buffer(-EDGE_M)
    weight = np.zeros_like(share) if inner.is_empty else _shares(share.shape, seen.transform, stack.crs, inner)
    row, column = np.nonzero(share > 0)
    if not len(row):
        return None
    pixel_ha = zonal.pixel_hectares((height, width), seen.transform, stack.crs)
    bands = {name: values[:, row, column] for name, values in seen.bands.items()}
    blue, red, nir, swir1 = (bands[name] for name in ("blue", "red", "nir", "swir1"))
    found = Indices(
        seen.days,
        spectral.ndvi(nir, red),
        spectral.lswi(nir, swir1),
        spectral.bsi(blue, red, nir, swir1),
    )
    part = share[row, column]
    return ZonePixels(found, part * pixel_ha[row, column], weight[row, column], part >= WHOLE, row, column)


def parcel_series(pixels: ZonePixels) -> tuple[Indices, npt.NDArray[np.float64]]:
    """The zone's own series, arrays of shape (time, 1), and the share of its interior that was clear on each date."""
    weight = pixels.weight
    taken = weight > 0
    weight = weight[taken]
    clear = ~np.isnan(pixels.indices.ndvi[:, taken])
    total = weight.sum()
    seen = (clear * weight).sum(axis=1) / total if total > 0 else np.zeros(len(pixels.indices.days))
    names = ("ndvi", "lswi", "bsi")
    made = [weighted_median(getattr(pixels.indices, name)[:, taken], weight)[:, None] for name in names]
    return Indices(pixels.indices.days, *made), np.asarray(seen, dtype=np.float64)


def looks_at(series: Indices, seen: npt.NDArray[np.float64], share: float) -> Indices:
    """A zone's series without the dates on which less than `share` of it was clear."""
    clear = (seen >= share)[:, None]
    kept = (np.where(clear, array, np.float32(np.nan)) for array in (series.ndvi, series.lswi, series.bsi))
    return Indices(series.days, *kept)


def neighbourly(pixels: ZonePixels, likely: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Mean of `likely` (time, n, covers) over the whole pixels in 3 x 3 that were seen on the date; 0 where none was.

    Noise of single pixels goes, the border of what was done moves by less than a pixel.
    """
    first = int(pixels.row.min())
    place = (slice(None), pixels.row - first, pixels.column)
    size = (likely.shape[0], int(pixels.row.max()) - first + 1, int(pixels.column.max()) + 1)
    taken = (~np.isnan(pixels.indices.ndvi)) & pixels.pure
    grid = np.zeros(size)
    grid[place] = taken
    count = uniform_filter(grid, (0, 3, 3), mode="constant")[place]
    made = np.zeros_like(likely)
    for code in range(likely.shape[2]):
        grid[place] = np.where(taken, likely[..., code], 0.0)
        sums = uniform_filter(grid, (0, 3, 3), mode="constant")[place]
        made[..., code] = np.divide(sums, count, out=np.zeros_like(sums), where=count > 0.05)
    return made


def weighted_median(values: Floats, weight: npt.NDArray[np.float64]) -> Floats:
    """Median along the second axis by weight, NaN not counted; NaN where nothing was seen. Shape (time,)."""
    if values.shape[1] == 0:
        return np.full(values.shape[0], np.nan, dtype=np.float32)
    order = np.argsort(values, axis=1, kind="stable")
    ordered = np.take_along_axis(values, order, axis=1)
    heavy = np.where(np.isnan(ordered), 0.0, weight[order])
    sums = np.cumsum(heavy, axis=1)
    half = sums[:, -1:] / 2
    # A tie (half the weight on each side) is the mean of its two sides, as in any median.
    low = np.argmax(sums >= half * (1 - 1e-9), axis=1)
    high = np.argmax(sums > half * (1 + 1e-9), axis=1)
    line = np.arange(values.shape[0])
    middle = (ordered[line, low] + ordered[line, high]) / 2
    return np.asarray(np.where(sums[:, -1] > 0, middle, np.nan), dtype=np.float32)


def observations(zone_id: str, series: Indices, seen: Sequence[float]) -> pd.DataFrame:
    """`COLUMNS` of one zone: what its charts show, dates with any clear part."""
    rows = [
        (zone_id, day.isoformat(), name, float(value), float(share))
        for name in ("ndvi", "lswi", "bsi")
        for day, value, share in zip(series.days, getattr(series, name)[:, 0], seen, strict=True)
        if not np.isnan(value)
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _shares(size: tuple[int, int], transform: Affine, crs: Any, shape: Any) -> npt.NDArray[np.float64]:
    """Part of each pixel inside a polygon, shape (y, x)."""
    height, width = size
    west, north = transform.c, transform.f
    east, south = west + width * transform.a, north + height * transform.e
    grid = NumPyRasterSource(np.zeros(size, dtype=np.uint8), west, south, east, north, srs_wkt=crs.to_wkt())
    zone = gpd.GeoDataFrame(geometry=[shapely.make_valid(shape)], crs=crs)
    found = exact_extract(grid, zone, ["cell_id", "coverage"], output="pandas")
    made = np.zeros(height * width)
    cells = found["cell_id"].iloc[0]
    made[np.asarray(cells, dtype=np.int64)] = found["coverage"].iloc[0]
    return made.reshape(size)
