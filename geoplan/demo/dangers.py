"""Where slopes slide and rivers rise: the true dangers of the demo's ground, and the slides that they bring.

The truth is this room's own: a hidden susceptibility of slope, hollows and chance, heights above rivers, slopes behind
houses. The measures see elevations and points only.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter, maximum_filter

from geoplan import crs
from geoplan.demo.cells import Indices
from geoplan.demo.commune import CRS, Commune
from geoplan.demo.drainage import above_streams, water
from geoplan.demo.noise import Floats, fractal

FLOOD_KM2, FLOOD_M, FLOOD_REACH_M = 3.0, 3.0, 180.0
CUT_DEG, CUT_RELIEF_M, CUT_WITHIN_M = 30.0, 6.0, 20.0
REACH_DEG, REACH_M, SOURCE_DEG = 25.0, 500.0, 30.0
PULL = 2.1
"""How much more often the susceptible ground slides: the log of the odds a standard deviation."""
INVENTORY, LATER = 90, 70
STORMS = (
    "2017-08-14",
    "2018-06-24",
    "2019-08-04",
    "2020-10-02",
    "2021-08-30",
    "2022-09-11",
    "2023-08-06",
    "2024-09-09",
)
LATER_STORMS = ("2025-06-28", "2025-08-26", "2025-10-01", "2026-05-29")


@dataclass(frozen=True, eq=False)
class Dangers:
    """Dangers on the grid of the elevations.

    Parameters
    ----------
    susceptibility : array (rows, columns)
        Standardised; higher slides more often.
    slope_deg : array (rows, columns)
        Steepness.
    flood : array of bool (rows, columns)
        Lower than 3 m above a river (3 km2 upstream) that is less than 180 m away.
    cut_slope : array of bool (rows, columns)
        Ground of 30 degrees and more, and 6 m and more of height, within 20 m.
    """

    made: Commune
    susceptibility: Floats
    slope_deg: Floats
    flood: NDArray[np.bool_]
    cut_slope: NDArray[np.bool_]

    def cells(self, points: Floats) -> Indices:
        """Rows and columns (n, 2) of points (n, 2) in the project's CRS."""
        terrain = self.made.terrain
        row = (terrain.north - points[:, 1]) // terrain.cell_m
        column = (points[:, 0] - terrain.west) // terrain.cell_m
        most = np.array(self.slope_deg.shape) - 1
        found: Indices = np.clip(np.column_stack([row, column]), 0, most).astype(np.int64)
        return found

    def reached(self, points: Floats) -> NDArray[np.bool_]:
        """True where ground of 30 degrees, susceptible and within 500 m, looks down at 25 degrees or more."""
        terrain = self.made.terrain
        wide = int(REACH_M / terrain.cell_m)
        down, right = np.mgrid[-wide : wide + 1, -wide : wide + 1]
        metres = np.hypot(down, right) * terrain.cell_m
        least = np.where((metres > 0.0) & (metres <= REACH_M), np.tan(np.radians(REACH_DEG)) * metres, np.inf)
        source = np.pad((self.slope_deg >= SOURCE_DEG) & (self.susceptibility > 0.8), wide)
        height = np.pad(terrain.metres, wide, mode="edge")
        found = np.zeros(len(points), dtype=bool)
        for i, (r, c) in enumerate(self.cells(points)):
            there = (slice(r, r + 2 * wide + 1), slice(c, c + 2 * wide + 1))
            found[i] = bool((source[there] & (height[there] - terrain.metres[r, c] >= least)).any())
        return found

    def judged(self, points: Floats) -> list[Mapping[str, bool]]:
        """Dangers of each point: ``flood``, ``cut_slope``, ``slide`` (reached from above)."""
        r, c = self.cells(points).T
        rows = zip(self.flood[r, c], self.cut_slope[r, c], self.reached(points), strict=True)
        return [{"flood": bool(f), "cut_slope": bool(k), "slide": bool(s)} for f, k, s in rows]


def dangers(made: Commune, seed: int) -> Dangers:
    """True dangers of the commune's ground."""
    metres, cell = made.terrain.metres, made.terrain.cell_m
    rng = np.random.default_rng([seed, 4001])
    slope = np.degrees(np.arctan(np.hypot(*np.gradient(metres, cell))))
    smooth = gaussian_filter(metres, 25.0 / cell)
    hollow = gaussian_filter(smooth, 40.0 / cell) - smooth
    score = 0.9 * _even(np.minimum(slope, 45.0)) + 0.35 * _even(np.clip(hollow, *np.quantile(hollow, (0.01, 0.99))))
    score = _even(score) + 0.35 * fractal(rng, metres.shape, 2.5)
    ways = water(metres)
    river = ways.cells * cell**2 / 1e6 >= FLOOD_KM2
    near = maximum_filter(river, int(2 * FLOOD_REACH_M / cell) | 1)
    low = above_streams(metres, ways, FLOOD_KM2 * 1e6 / cell**2) < FLOOD_M
    wide = 2 * int(CUT_WITHIN_M / cell) + 1
    cut = (maximum_filter(slope, wide) >= CUT_DEG) & (maximum_filter(metres, wide) - metres >= CUT_RELIEF_M)
    return Dangers(made, _even(score), slope, near & low, cut)


def _even(values: Floats) -> Floats:
    """Mean 0, standard deviation 1."""
    found: Floats = (values - values.mean()) / values.std()
    return found


def slides(known: Dangers, seed: int) -> tuple[list[Mapping[str, object]], list[Mapping[str, object]]]:
    """The inventory (2017-2024) and what slid later (2025-2026): rows with ``slide_id``, ``lon``, ``lat``, day.

    Cells inside the commune are drawn with odds that grow with the susceptibility; points are some metres off.
    """
    rng = np.random.default_rng([seed, 4002])
    terrain, outline = known.made.terrain, known.made.outline
    odds = np.exp(PULL * np.clip(known.susceptibility, -4.0, 2.6)).ravel()
    west, south, east, north = outline.bounds
    shapely.prepare(outline)
    found, columns = list[tuple[float, float]](), known.slope_deg.shape[1]
    for place in rng.choice(len(odds), size=20 * (INVENTORY + LATER), p=odds / odds.sum(), replace=False):
        x = terrain.west + (place % columns + rng.uniform()) * terrain.cell_m
        y = terrain.north - (place // columns + rng.uniform()) * terrain.cell_m
        apart = all((x - a) ** 2 + (y - b) ** 2 > 30.0**2 for a, b in found)
        if apart and west < x < east and south < y < north and shapely.contains_xy(outline, x, y):
            found.append((x, y))
        if len(found) == INVENTORY + LATER:
            break
    spots = np.round(np.array(found), 1)
    lon, lat = crs.transform(spots[:, 0], spots[:, 1], pyproj.CRS(CRS), pyproj.CRS("EPSG:4326"))
    rows: list[Mapping[str, object]] = []
    for i in range(len(spots)):
        storms = STORMS if i < INVENTORY else LATER_STORMS
        day = date.fromisoformat(str(rng.choice(storms))) + timedelta(days=int(rng.integers(0, 3)))
        rows.append(
            {
                "slide_id": f"SL{i + 1:03d}",
                "lon": f"{lon[i]:.7f}",
                "lat": f"{lat[i]:.7f}",
                "happened_on": day.isoformat(),
            }
        )
    return rows[:INVENTORY], rows[INVENTORY:]
