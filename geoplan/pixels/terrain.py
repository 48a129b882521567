"""Slope, direction of descent and curvature of a surface of heights, by Zevenbergen and Thorne.

Rows run from north to south, columns from west to east. A cell whose eight neighbours are not all known, such as every
cell at the edge, has no answer (NaN): nothing is made up beyond the edge.

Reference: Zevenbergen, L. W. and Thorne, C. R. (1987), Earth Surface Processes and Landforms 12, 47-56,
doi:10.1002/esp.3290120107. Figures and signs are those of SAGA.
"""

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import ndimage

Floats = npt.NDArray[np.float64]
Cell = float | tuple[float, float]
"""Metres of a cell: its side, or west-east and north-south where they differ."""

_SCALE = 1.01


def slope_aspect(height: Floats, cell_m: Cell) -> tuple[Floats, Floats]:
    """Slope in degrees, and the direction of descent in degrees clockwise from north.

    Parameters
    ----------
    height : float array, shape (y, x)
        Metres; NaN is unknown.
    cell_m : float or (float, float)
        Metres of a cell, west-east and north-south where they differ.

    Returns
    -------
    slope_deg, aspect_deg : float arrays, shape (y, x)
        NaN where a neighbour is unknown. The direction is 0 where the ground is level: look at the slope first.
    """
    east, north = _gradient(_around(height), *sides(cell_m))
    slope = np.degrees(np.arctan(np.hypot(east, north)))
    aspect = np.degrees(np.arctan2(-east, -north)) % 360.0
    aspect[slope == 0.0] = 0.0
    return slope, aspect


def curvatures(height: Floats, cell_m: Cell) -> tuple[Floats, Floats]:
    """Plan and profile curvature in 1/m: negative in hollows and at the foot of slopes, positive on spurs and brows.

    Parameters
    ----------
    height : float array, shape (y, x)
        Metres; NaN is unknown.
    cell_m : float or (float, float)
        Metres of a cell, west-east and north-south where they differ.

    Returns
    -------
    plan, profile : float arrays, shape (y, x)
        Curvature of the contour line and of the line of descent, 0 where the ground is level, NaN where a neighbour
        is unknown.
    """
    around = _around(height)
    wide, tall = sides(cell_m)
    east, north = _gradient(around, wide, tall)
    centre = around[1, 1]
    along = ((around[1, 0] + around[1, 2]) / 2 - centre) / wide**2
    across = ((around[0, 1] + around[2, 1]) / 2 - centre) / tall**2
    twist = (around[0, 2] - around[0, 0] + around[2, 0] - around[2, 2]) / (4 * wide * tall)
    steep = east**2 + north**2
    level = steep == 0.0
    safe = np.where(level, 1.0, steep)
    plan = -2 * (along * north**2 + across * east**2 - twist * east * north) / safe**1.5
    profile = -2 * (along * east**2 + across * north**2 + twist * east * north) / (safe * (1 + steep) ** 1.5)
    return np.where(level, 0.0, plan), np.where(level, 0.0, profile)


def position(height: Floats, cell_m: Cell, spread_m: float) -> Floats:
    """Metres above the mean of the ground around: negative in hollows and valleys, positive on spurs and ridges.

    Parameters
    ----------
    height : float array, shape (y, x)
        Metres; NaN is unknown and left out of the mean.
    cell_m : float or (float, float)
        Metres of a cell, west-east and north-south where they differ.
    spread_m : float
        How far around: the standard deviation of the Gaussian weights.
    """
    wide, tall = sides(cell_m)
    known = np.isfinite(height)
    spread = (spread_m / tall, spread_m / wide)
    middle = float(height[known].mean()) if known.any() else 0.0  # sums stay small, digits are kept
    total = ndimage.gaussian_filter(np.where(known, height - middle, 0.0), spread, mode="constant")
    weight = ndimage.gaussian_filter(known.astype(np.float64), spread, mode="constant")
    return np.where(known, height - middle - total / np.where(known, weight, 1.0), np.nan)


def within(cell_m: Cell, radius_m: float) -> npt.NDArray[np.bool_]:
    """Cells whose centre lies within a radius of the middle one: odd sides, at least one cell.

    The radius is taken a hundredth longer: a cell of 10 m on the map is 10.001 m on the ground, and two of them are to
    lie within 20 m.
    """
    wide, tall = sides(cell_m)
    most = radius_m * _SCALE
    columns, rows = int(most / wide), int(most / tall)
    x, y = np.arange(-columns, columns + 1) * wide, np.arange(-rows, rows + 1) * tall
    return np.asarray(np.hypot(x[None, :], y[:, None]) <= most)


def sides(cell_m: Cell) -> tuple[float, float]:
    """West-east and north-south metres of a cell; ``ValueError`` for a cell without sides."""
    wide, tall = cell_m if isinstance(cell_m, tuple) else (cell_m, cell_m)
    if not (wide > 0 and tall > 0):
        raise ValueError(f"a cell has sides above 0 m, not {wide} and {tall}")
    return float(wide), float(tall)


def _around(height: Floats) -> Any:
    """The nine heights around every cell, indexed by row and column (1, 1 is the cell itself).

    The cell itself is NaN where one of them is.
    """
    rows, columns = height.shape
    padded = np.full((rows + 2, columns + 2), np.nan)
    padded[1:-1, 1:-1] = height
    nine = np.array([[padded[r : r + rows, c : c + columns] for c in range(3)] for r in range(3)])
    nine[1, 1][np.isnan(nine).any(axis=(0, 1))] = np.nan
    return nine


def _gradient(around: Any, wide: float, tall: float) -> tuple[Floats, Floats]:
    """Rise per metre to the east and to the north."""
    known = around[1, 1] - around[1, 1]  # 0, or NaN where a neighbour is unknown
    east = (around[1, 2] - around[1, 0]) / (2 * wide) + known
    north = (around[0, 1] - around[2, 1]) / (2 * tall) + known
    return east, north
