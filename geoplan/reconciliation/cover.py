"""The measured map and what else is known of its pixels, as one code a pixel."""

from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from affine import Affine
from pyproj import CRS

from geoplan import areas, crs, zonal

UNSEEN = 255
FOREST, CLEARED, BY_RULE, SHADE = 1, 2, 4, 8
"""Bits of a pixel's code: forest as measured, cleared of late, changed by the smallest-patch rule, mostly in shade."""

LOOKS = 4
"""Place of the clear looks in a pixel's code: above the bits."""

_NOISE = 1e-6
"""Share of a zone that its pixels may miss it by without a part being unseen: shape of edges after moving them."""


@dataclass(frozen=True, eq=False)
class MeasuredCover:
    """A map of forest and, on the same grid, what may explain it.

    Parameters
    ----------
    forest : uint8 array, shape (y, x)
        1 forest, 0 not, 255 not seen.
    transform, crs
        North-up grid.
    before_rule : uint8 array, optional
        `forest` before patches and holes below the smallest area were removed.
    cleared : int16 array, optional
        Year in which the pixel was last cleared, 0 never.
    looks : uint8 array, optional
        Clear looks of the last twelve months.
    shade_pct : uint8 array, optional
        Percent of dates on which the pixel lies in shade, 0 to 100; 255 not known.
    """

    forest: npt.NDArray[np.uint8]
    transform: Affine
    crs: CRS
    before_rule: npt.NDArray[np.uint8] | None = None
    cleared: npt.NDArray[np.int16] | None = None
    looks: npt.NDArray[np.uint8] | None = None
    shade_pct: npt.NDArray[np.uint8] | None = None

    def __post_init__(self) -> None:
        for name in ("before_rule", "cleared", "looks", "shade_pct"):
            beside = getattr(self, name)
            if beside is not None and beside.shape != self.forest.shape:
                raise ValueError(f"{name} is not on the grid of forest")
        if not np.isin(self.forest, (0, 1, UNSEEN)).all():
            raise ValueError("forest holds 0, 1 and 255 only")
        if (
            self.cleared is not None
            and not ((self.cleared == 0) | ((self.cleared > 1950) & (self.cleared < 2200))).all()
        ):
            raise ValueError("cleared holds years, or 0")

    def codes(self, cleared_since: int, shade_pct: int) -> Any:
        """Code of each pixel (the bits above; clear looks above them) as a masked array; not seen is masked."""
        unseen = self.forest == UNSEEN
        code = np.where(self.forest == 1, FOREST, 0).astype(np.uint16)
        if self.looks is not None:
            code |= self.looks.astype(np.uint16) << LOOKS
        if self.cleared is not None:
            code[self.cleared >= cleared_since] |= CLEARED
        if self.before_rule is not None:
            code[(self.before_rule != self.forest) & (self.before_rule != UNSEEN)] |= BY_RULE
        if self.shade_pct is not None:
            code[(self.shade_pct >= shade_pct) & (self.shade_pct <= 100)] |= SHADE
        return np.ma.masked_array(code, mask=unseen)

    def hectares(self, values: Any, shapes: Any, source: CRS) -> pd.DataFrame:
        """Hectares of each value in each polygon (any CRS): ``zone`` (position), ``value``, ``ha``."""
        given = np.asarray(shapes, dtype=object)
        places = np.flatnonzero(~shapely.is_empty(given))
        if not len(places):
            return pd.DataFrame({"zone": [], "value": [], "ha": []}).astype({"zone": int, "value": int, "ha": float})
        moved = gpd.GeoDataFrame(geometry=crs.geometries(given[places], source, self.crs), crs=self.crs)
        found = zonal.class_hectares(values, self.transform, self.crs, moved).astype({"zone": int, "value": int})
        return found.assign(zone=places[found["zone"]])

    def within(self, shapes: Any, source: CRS) -> Any:
        """Polygons (any CRS) in the map's CRS, less a pixel along their outlines; some come out empty."""
        return shapely.buffer(
            crs.geometries(np.asarray(shapes, dtype=object), source, self.crs), -abs(self.transform.a)
        )

    def at(self, shapes: Any, source: CRS) -> npt.NDArray[np.uint8]:
        """What the map has at points (any CRS): 1, 0, or 255 where nothing is seen or the map ends."""
        moved = gpd.GeoSeries(crs.geometries(np.asarray(shapes, dtype=object), source, self.crs))
        grid = self.transform
        column, row = (moved.x.to_numpy() - grid.c) / grid.a, (moved.y.to_numpy() - grid.f) / grid.e
        height, width = self.forest.shape
        found = np.full(len(moved), UNSEEN, dtype=np.uint8)
        inside = (column >= 0) & (column < width) & (row >= 0) & (row < height)
        found[inside] = self.forest[row[inside].astype(int), column[inside].astype(int)]
        return found


def ground(shapes: Any, source: CRS, seen_ha: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Hectares of polygons that are not seen: geodesic area less what was seen, without noise of rounding."""
    whole = areas.of(shapes, source)
    left = whole - seen_ha
    return np.where(left > _NOISE * whole, left, 0.0)
