"""Hills with a river valley: elevation on a grid that can be asked at points."""

from dataclasses import dataclass

import numpy as np
from affine import Affine
from scipy.ndimage import gaussian_filter, map_coordinates

from geoplan.demo.drainage import carved
from geoplan.demo.noise import Floats, fractal

RIDGES_M = 80.0
"""Standard deviation of spurs and side valleys shorter than some 500 m."""


@dataclass(frozen=True, eq=False)
class Valley:
    """Course of the river: y = middle + three waves of x, metres."""

    middle: float
    lengths: Floats
    phases: Floats
    heights: Floats

    def north_at(self, x: Floats) -> Floats:
        """Northing of the river at eastings (n,)."""
        waves = np.sin(x[:, None] * 2.0 * np.pi / self.lengths + self.phases) * self.heights
        found: Floats = self.middle + waves.sum(axis=1)
        return found


@dataclass(frozen=True, eq=False)
class Terrain:
    """Elevation on a north-up grid.

    Parameters
    ----------
    west, north : float
        Outer corner of the first cell, metres.
    cell_m : float
        Cell size, metres.
    metres : array (rows, columns)
        Elevation above sea level at cell centres.
    valley : Valley
        The river.
    """

    west: float
    north: float
    cell_m: float
    metres: Floats
    valley: Valley

    @property
    def transform(self) -> Affine:
        """Cell to metres."""
        return Affine(self.cell_m, 0.0, self.west, 0.0, -self.cell_m, self.north)

    def at(self, points: Floats) -> Floats:
        """Elevation at points (n, 2), bilinear, metres; beyond the edge the edge's value."""
        column = (points[:, 0] - self.west) / self.cell_m - 0.5
        row = (self.north - points[:, 1]) / self.cell_m - 0.5
        found: Floats = map_coordinates(self.metres, [row, column], order=1, mode="nearest")
        return found

    def slope_at(self, points: Floats) -> Floats:
        """Steepness at points (n, 2), degrees, over two cells."""
        step = self.cell_m
        right, up = np.array([step, 0.0]), np.array([0.0, step])
        east = (self.at(points + right) - self.at(points - right)) / (2.0 * step)
        north = (self.at(points + up) - self.at(points - up)) / (2.0 * step)
        found: Floats = np.degrees(np.arctan(np.hypot(east, north)))
        return found

    def river_m(self, points: Floats) -> Floats:
        """Distance from points (n, 2) to the river, north or south of it, metres."""
        found: Floats = np.abs(points[:, 1] - self.valley.north_at(points[:, 0]))
        return found


def hills(bounds: Floats, cell_m: float, rng: np.random.Generator) -> Terrain:
    """Fractal hills of 250 to 900 m with a river valley from west to east through the middle.

    Parameters
    ----------
    bounds : array (4,)
        West, south, east, north, metres; the grid begins at west and north.
    cell_m : float
        Cell size, metres.
    """
    west, south, east, north = bounds
    rows, columns = int(np.ceil((north - south) / cell_m)), int(np.ceil((east - west) / cell_m))
    wide, high = east - west, north - south
    valley = Valley(
        middle=float((south + north) / 2.0 + rng.uniform(-0.05, 0.05) * high),
        lengths=wide * np.array([1.0, 0.45, 0.2]) * rng.uniform(0.9, 1.1, 3),
        phases=rng.uniform(0.0, 2.0 * np.pi, 3),
        heights=high * np.array([0.09, 0.035, 0.012]),
    )
    rough = fractal(rng, (rows + rows // 4, columns + columns // 4), 3.4)[:rows, :columns]
    rough = (rough - rough.min()) / (rough.max() - rough.min())
    fine = fractal(rng, (rows, columns), 2.9)
    spurs: Floats = fine - gaussian_filter(fine, 500.0 / cell_m)
    x = west + (np.arange(columns) + 0.5) * cell_m
    y = north - (np.arange(rows) + 0.5) * cell_m
    from_river = np.abs(y[:, None] - valley.north_at(x)[None, :])
    open_ness = 1.0 - np.exp(-((from_river / (0.16 * high)) ** 1.6))
    fall = 30.0 * (east - x)[None, :] / wide
    bed = 16.0 * (1.0 - np.exp(-from_river / 90.0))
    metres = 270.0 + fall + bed + open_ness * (620.0 * (0.22 + 0.78 * rough**1.15) + RIDGES_M * spurs / spurs.std())
    smooth = gaussian_filter(np.minimum(metres, 900.0), 20.0 / cell_m)
    return Terrain(float(west), float(north), cell_m, carved(smooth, cell_m).round(3), valley)
