"""Fields by their phenology, seen on days of one's own choice.

A look is a mixture of four reflectances (blue, red, nir, swir1): a field's green share goes up between sowing and the
peak and down before harvest; what is not green is dry or wet soil. No cloud, no noise unless asked for::

    NDVI of bare soil 0.20, stubble 0.30, mud 0.10, weeds 0.33, young trees 0.42, orchard 0.55,
    half-grown maize 0.50, standing crop 0.70
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
from affine import Affine
from pyproj import CRS
from shapely import box

from geoplan import imagery
from geoplan.layers import Source

AS_OF = date(2026, 6, 30)
PLANNED = date(2024, 12, 1)
ROOT = Path(__file__).resolve().parents[2]
WEST, NORTH = 400_000.0, 2_460_000.0
UTM = CRS.from_epsg(32648)

# blue, red, nir, swir1, swir2
LOOKS = {
    "soil": (0.08, 0.16, 0.24, 0.34, 0.30),
    "stubble": (0.07, 0.13, 0.241, 0.326, 0.28),
    "mud": (0.07, 0.11, 0.134, 0.110, 0.09),
    "weeds": (0.06, 0.11, 0.22, 0.27, 0.20),
    "weeds38": (0.055, 0.105, 0.234, 0.25, 0.18),
    "young": (0.055, 0.10, 0.245, 0.25, 0.18),
    "orchard": (0.03, 0.075, 0.258, 0.19, 0.10),
    "crop": (0.03, 0.05, 0.284, 0.15, 0.07),
    "half": (0.05, 0.09, 0.27, 0.25, 0.17),
    "corn": (0.03, 0.055, 0.30, 0.192, 0.11),
}  # fmt: skip

Field = Callable[[date], str]


def year_day(day: date) -> int:
    return day.timetuple().tm_yday


def rice_twice(day: date) -> str:
    n = year_day(day)
    if 40 <= n <= 72 or 170 <= n <= 203:
        return "mud"
    return "crop" if 78 <= n <= 152 or 210 <= n <= 282 else "soil"


def rice_once(day: date) -> str:
    n = year_day(day)
    if 150 <= n <= 188:
        return "mud"
    return "crop" if 196 <= n <= 270 else "weeds"


def maize(day: date) -> str:
    n = year_day(day)
    if 76 <= n <= 98 or 213 <= n <= 232:
        return "half"
    return "corn" if 99 <= n <= 168 or 233 <= n <= 306 else "stubble"


def orchard(day: date) -> str:
    return "orchard"


def young_orchard(day: date) -> str:
    return "young"


def fallow(day: date) -> str:
    """Weeds, thin in the dry months."""
    return "weeds"


def after(first: Field, *changes: tuple[date, Field]) -> Field:
    """A field that changes on days."""

    def field(day: date) -> str:
        found = first
        for since, then in changes:
            if day >= since:
                found = then
        return found(day)

    return field


def every(step: int, first: date = date(2022, 7, 1), last: date = AS_OF) -> list[date]:
    return [first + timedelta(days=i) for i in range(0, (last - first).days + 1, step)]


@dataclass
class Scene:
    """A made stack in memory: what `imagery.read` would give of `fields`, one a column of pixels or one for all."""

    stack: imagery.Stack
    bands: dict[str, Any]

    def read(self, stack: imagery.Stack, bounds: tuple[float, float, float, float] | None = None) -> Any:
        west, south, east, north = bounds if bounds is not None else stack.bounds
        left, right = int(max(0, (west - WEST) // 10)), int(min(stack.width, -(-(east - WEST) // 10)))
        top, low = int(max(0, (NORTH - north) // 10)), int(min(stack.height, -(-(NORTH - south) // 10)))
        right, low = max(left, right), max(top, low)
        cut = {name: values[:, top:low, left:right] for name, values in self.bands.items()}
        return imagery.Observations(stack.days, cut, Affine(10, 0, WEST + 10 * left, 0, -10, NORTH - 10 * top))


def scene(
    days: Sequence[date], west: Field, east: Field | None = None, *, size: int = 20, split: int | None = None
) -> Scene:
    """`size` x `size` pixels of one field, or of two side by side (`split` columns of the first)."""
    east = east or west
    split = size // 2 if split is None else split
    bands = {}
    for b, name in enumerate(imagery.BANDS):
        values = np.empty((len(days), size, size), dtype=np.int16)
        for t, day in enumerate(days):
            values[t, :, :split] = round(LOOKS[west(day)][b] * 10_000)
            values[t, :, split:] = round(LOOKS[east(day)][b] * 10_000)
        bands[name] = values
    source = Source("sentinel2", "images/s2", "0" * 64, len(days), "EPSG:32648", "none")
    grid = Affine(10, 0, WEST, 0, -10, NORTH)
    stack = imagery.Stack("sentinel2", UTM, grid, size, size, tuple(days), Path("stack"), 256, source)
    return Scene(stack, bands)


def zones(*rows: dict[str, Any], shape: Any = None) -> gpd.GeoDataFrame:
    """Zones of 10 x 10 whole pixels in the middle, unless `shape` is given."""
    base = {"from_crop": "rice", "to_group": "perennial", "planned_on": PLANNED.isoformat(), "status": "approved"}
    whole = shape or box(WEST + 50, NORTH - 150, WEST + 150, NORTH - 50)
    made = [{"zone_id": f"Z{i}", **base, **row} for i, row in enumerate(rows or ({},), start=1)]
    return gpd.GeoDataFrame(made, geometry=[whole] * len(made), crs=UTM)


def use(monkeypatch: pytest.MonkeyPatch, made: Scene) -> imagery.Stack:
    monkeypatch.setattr(imagery, "read", made.read, raising=False)
    return made.stack
