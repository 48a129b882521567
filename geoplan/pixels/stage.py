"""How high a flash flood stands: a discharge by area, Manning's formula on the cross-section, water held up from below.

Discharge Q = k A^0.75 (m3/s, A in km2); depth by Manning's n on a section of cell columns across the channel. What
stands lower than the water at the channel cell that it drains to is under water.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from geoplan.pixels.compiled import compiled
from geoplan.pixels.flow import Bools, Flow
from geoplan.pixels.terrain import Cell, Floats, sides

EXPONENT = 0.75
LEAST_FALL = 0.002
"""Least slope of a channel: heights are too coarse to tell a flatter one."""
SECTION_M, PROFILE_M = 200.0, 100.0
"""The section reaches so far to either side; the slope is taken over so long a way downstream."""
DEEPEST_M = 30.0
SMOOTHED = 5
"""The median of so many sections downstream: one bad section makes no flood."""


def discharge(area_km2: Any, k: float) -> Any:
    """Design discharge in m3/s of a basin in km2: k A^0.75."""
    return k * np.asarray(area_km2, dtype=np.float64) ** EXPONENT


def depth(section_m: Floats, middle: int, width_m: float, discharge_m3s: float, fall: float, roughness: float) -> float:
    """Depth of water in metres over the middle cell of a section.

    Parameters
    ----------
    section_m : float array (n,)
        Heights across the channel, one a column; NaN is unknown and stands as a wall. Ground lower than the channel
        counts as high as it: water spills there and does not gather.
    middle : int
        Column of the channel.
    width_m : float
        Width of a column.
    discharge_m3s, fall, roughness : float
        Discharge; slope of the channel (m/m); Manning's n.
    """
    return float(_depth(np.asarray(section_m, dtype=np.float64), middle, width_m, discharge_m3s, fall, roughness))


def surface(flow: Flow, channel: Bools, area_m2: Floats, cell_m: Cell, k: float, roughness: float) -> Floats:
    """Height of the flood's surface in metres at channel cells, NaN elsewhere.

    Parameters
    ----------
    flow : Flow
        From `flow.routed`.
    channel, area_m2 : arrays, shape (y, x)
        Channels; area above each cell.
    cell_m : float or (float, float)
        Metres of a cell.
    k, roughness : float
        Of the discharge, 10 to 20; Manning's n, 0.05 to 0.07.
    """
    wide, tall = sides(cell_m)
    water = discharge(np.nan_to_num(area_m2) / 1e6, k)
    depths = _depths(flow.filled, flow.down, channel, water, wide, tall, roughness)
    return np.asarray(_held_up(flow.filled, flow.down, flow.rising, channel, depths))


def flood_class(
    height: Floats, water: Floats, reach: npt.NDArray[np.int32], freeboard_m: float, margin_m: float
) -> npt.NDArray[np.uint8]:
    """Flash-flood class: 2 below the surface plus freeboard, 1 below it plus the margin, 0 above, 255 unknown.

    Parameters
    ----------
    height, water : float arrays, shape (y, x)
        Metres; surface at channel cells (`surface`).
    reach : int32 array, shape (y, x)
        Channel cell that each cell drains to (`flow.above_drainage`), -1 for none.
    freeboard_m, margin_m : float
        Metres above the water that still count as flooded, and as near it.
    """
    found = np.full(height.shape, 255, dtype=np.uint8)
    known = (reach >= 0) & np.isfinite(height)
    above = height[known] - water.ravel()[reach[known]]
    found[known] = np.select([above < freeboard_m, above < margin_m], [2, 1], 0)
    return found


@compiled
def _depth(section: Any, middle: int, width: float, discharge_m3s: float, fall: float, roughness: float) -> Any:
    low, high = 0.0, DEEPEST_M
    for _ in range(40):
        tried = 0.5 * (low + high)
        if _carried(section, middle, width, tried, fall, roughness) < discharge_m3s:
            low = tried
        else:
            high = tried
    return 0.5 * (low + high)


@compiled
def _carried(section: Any, middle: int, width: float, depth_m: float, fall: float, roughness: float) -> Any:
    """Discharge of a depth, column by column: with one radius for all a thin sheet on a terrace would dam the water."""
    bed = section[middle]
    level = bed + depth_m
    carried = 0.0
    first, last = middle, middle
    while first > 0 and section[first - 1] < level:
        first -= 1
    while last < len(section) - 1 and section[last + 1] < level:
        last += 1
    for column in range(first, last + 1):
        here = max(section[column], bed)  # lower ground beside the channel holds no water back
        edge = width
        for side in (column - 1, column + 1):
            beside = level if side < first or side > last else max(section[side], bed)
            edge += max(0.0, beside - here)  # a wall, or a step up
        area = (level - here) * width
        carried += area * (area / edge) ** (2.0 / 3.0)
    return carried * np.sqrt(fall) / roughness


@compiled
def _depths(ground: Any, down: Any, channel: Any, water: Any, wide: float, tall: float, roughness: float) -> Any:
    rows, columns = ground.shape
    found = np.full((rows, columns), np.nan)
    side = np.sqrt(wide * tall)
    half = max(2, int(SECTION_M / side))
    section = np.empty(2 * half + 1)
    for row in range(rows):
        for column in range(columns):
            if not channel[row, column] or np.isnan(ground[row, column]):
                continue
            r, c, way, ahead_x, ahead_y = row, column, 0.0, 0.0, 0.0
            while way < PROFILE_M and down[r, c] >= 0:
                j = down[r, c]
                way += np.hypot((j // columns - r) * tall, (j % columns - c) * wide)
                r, c = j // columns, j % columns
                if way <= 5.0 * side:
                    ahead_x, ahead_y = (c - column) * wide, (r - row) * tall
            fall = LEAST_FALL
            if way > 0.0:
                fall = max(fall, (ground[row, column] - ground[r, c]) / way)
            length = np.hypot(ahead_x, ahead_y)
            if length == 0.0:
                ahead_x, ahead_y, length = 1.0, 0.0, 1.0
            for n in range(-half, half + 1):
                x = column + int(np.rint(-ahead_y / length * n * side / wide))
                y = row + int(np.rint(ahead_x / length * n * side / tall))
                inside = 0 <= x < columns and 0 <= y < rows
                section[n + half] = ground[y, x] if inside else np.nan
            found[row, column] = _depth(section, half, side, water[row, column], fall, roughness)
    return found


@compiled
def _held_up(ground: Any, down: Any, rising: Any, channel: Any, depths: Any) -> Any:
    """Surface: the median of the sections downstream, and never lower than the surface below it."""
    rows, columns = ground.shape
    water = np.full((rows, columns), np.nan)
    level, below, flat, deep = ground.ravel(), down.ravel(), water.ravel(), depths.ravel()
    is_channel = channel.ravel()
    near = np.empty(SMOOTHED)
    for i in rising:
        if not is_channel[i]:
            continue
        j, count = i, 0
        while count < SMOOTHED and j >= 0 and is_channel[j]:
            near[count] = deep[j]
            count += 1
            j = below[j]
        flat[i] = level[i] + np.median(near[:count])
        j = below[i]
        if j >= 0 and is_channel[j] and flat[j] > flat[i]:
            flat[i] = flat[j]
    return water
