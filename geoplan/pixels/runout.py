"""How far slides and debris flows reach, by the angle from where they start to where they stop.

A slide spreads down the steeper ways and stops where the line back to its start is flatter than the reach angle. A
debris flow keeps to the way of water. Fans and the mouths of steep small basins are told by the Melton ratio.

References: reach angle of Corominas (1996), doi:10.1139/t96-005; Melton ratio and its limits 0.3 and 0.6 of Wilford et
al. (2004), doi:10.1007/s10346-003-0002-0.
"""

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from geoplan.pixels.compiled import compiled
from geoplan.pixels.flow import COLUMNS, ROWS, Bools, Flow, upstream
from geoplan.pixels.terrain import Cell, Floats, sides

STEEPER_SHARE = 0.5
"""A slide goes down every way that has at least this share of the steepest one."""

NEAR_M, LOW_M = 50.0, 3.0
"""A debris flow spills so far from its channel over ground so little higher."""
FAN_M, FAN_LOW_M, FAN_KM2 = 100.0, 5.0, 5.0
FAN_SLOPE_DEG = (3.0, 12.0)
"""A fan: within 100 m of the channel and 5 m of its height, 3 to 12 degrees, below a basin of at most 5 km2."""
MELTON_FLOOD, MELTON_FLOW = 0.3, 0.6


def reached(flow: Flow, source: Bools, cell_m: Cell, angle_deg: float, most_m: float) -> Bools:
    """Cells that a slide from a source cell comes to, the source itself included.

    Parameters
    ----------
    flow : Flow
        From `flow.routed`.
    source : bool array, shape (y, x)
        Cells that may fail.
    cell_m : float or (float, float)
        Metres of a cell.
    angle_deg, most_m : float
        Least reach angle; farthest horizontal distance from the source.
    """
    wide, tall = sides(cell_m)
    return np.asarray(_slid(flow.filled, flow.rising, source, wide, tall, np.tan(np.radians(angle_deg)), most_m))


def overlooked(height: Floats, source: Bools, cell_m: Cell, angle_deg: float, most_m: float) -> Bools:
    """Cells that a source cell looks down on at the reach angle or more, whatever lies between.

    Wider than `reached`: the bend of a gully or a terrace in between may stop a slide or not.

    Parameters
    ----------
    height : float array, shape (y, x)
        Metres; NaN is unknown and never overlooked.
    source, cell_m, angle_deg, most_m
        As in `reached`.
    """
    wide, tall = sides(cell_m)
    window = 2 * int(most_m / tall) + 1, 2 * int(most_m / wide) + 1
    lowest = ndimage.minimum_filter(np.where(np.isnan(height), np.inf, height), window, mode="nearest")
    return np.asarray(_below(height, lowest, source, wide, tall, np.tan(np.radians(angle_deg)), most_m))


def ran(flow: Flow, source: Bools, cell_m: Cell, angle_deg: float, most_m: float) -> Bools:
    """Cells that a debris flow from a source cell passes on the way of water, the source itself included.

    Parameters
    ----------
    flow, source, cell_m
        As in `reached`.
    angle_deg, most_m : float
        Least reach angle; farthest distance along the way.
    """
    wide, tall = sides(cell_m)
    return np.asarray(
        _run(flow.filled, flow.down, flow.rising, source, wide, tall, np.tan(np.radians(angle_deg)), most_m)
    )


def melton(flow: Flow, area_m2: Floats) -> Floats:
    """Melton ratio of the basin above each cell: its relief over the root of its area; NaN where unknown."""
    highest = upstream(flow, np.nan_to_num(flow.filled), most=True)
    return np.asarray((highest - flow.filled) / np.sqrt(area_m2))


def debris_class(
    height: Floats,
    slope_deg: Floats,
    channel: Bools,
    passed: tuple[Bools, Bools],
    ratio: Floats,
    area_m2: Floats,
    cell_m: Cell,
) -> npt.NDArray[np.uint8]:
    """Debris-flow class by the nearest channel: 0 none or low, 1 medium, 2 high, 255 unknown.

    High: a debris flow from the likeliest sources comes by, and the basin is steep enough for one (Melton ratio above
    0.6). Medium: a flow of lesser sources or a debris flood (0.3 to 0.6), or the fan of a basin that is steep enough
    though no source is seen to reach it.

    Parameters
    ----------
    height, slope_deg : float arrays, shape (y, x)
        Metres; degrees. NaN is unknown.
    channel : bool array, shape (y, x)
        Channels.
    passed : two bool arrays, shape (y, x)
        Cells that a debris flow passes (`ran`): from any source, from the likeliest ones.
    ratio, area_m2 : float arrays, shape (y, x)
        Melton ratio and area of the basin above each cell.
    cell_m : float or (float, float)
        Metres of a cell.
    """
    found = np.where(np.isfinite(slope_deg), 0, 255).astype(np.uint8)
    if not channel.any():
        return found
    wide, tall = sides(cell_m)
    distance, nearest = ndimage.distance_transform_edt(~channel, sampling=(tall, wide), return_indices=True)
    there = tuple(nearest)
    above = height - height[there]
    flat, steep = FAN_SLOPE_DEG
    fan = (distance <= FAN_M) & (np.abs(above) <= FAN_LOW_M) & (slope_deg >= flat) & (slope_deg <= steep)
    fan &= area_m2[there] <= FAN_KM2 * 1e6
    beside = (distance <= NEAR_M) & (above <= LOW_M)
    some, grave = (each[there] for each in passed)
    known = found == 0
    found[known & (fan | (beside & some)) & (ratio[there] >= MELTON_FLOOD)] = 1
    found[known & (fan | beside) & grave & (ratio[there] > MELTON_FLOW)] = 2
    return found


@compiled
def _slid(ground: Any, rising: Any, source: Any, wide: float, tall: float, tangent: float, most_m: float) -> Any:
    """From the highest cell down, each cell hands on the source whose line stands highest above it."""
    rows, columns = ground.shape
    starts = np.full(rows * columns, -1, dtype=np.int32)
    line = np.full(rows * columns, -np.inf)
    level, begins = ground.ravel(), source.ravel()
    for n in range(len(rising) - 1, -1, -1):
        i = rising[n]
        if begins[i] and line[i] < level[i]:
            line[i], starts[i] = level[i], i
        if line[i] < level[i]:
            continue
        row, column = i // columns, i % columns
        best = 0.0
        for k in range(8):
            r, c = row + ROWS[k], column + COLUMNS[k]
            if 0 <= r < rows and 0 <= c < columns and not np.isnan(ground[r, c]):
                fall = (level[i] - ground[r, c]) / np.hypot(ROWS[k] * tall, COLUMNS[k] * wide)
                best = max(best, fall)
        if best <= 0.0:
            continue
        for k in range(8):
            r, c = row + ROWS[k], column + COLUMNS[k]
            if not (0 <= r < rows and 0 <= c < columns) or np.isnan(ground[r, c]):
                continue
            fall = (level[i] - ground[r, c]) / np.hypot(ROWS[k] * tall, COLUMNS[k] * wide)
            if fall < STEEPER_SHARE * best:
                continue
            away = np.hypot((r - starts[i] // columns) * tall, (c - starts[i] % columns) * wide)
            reach = level[starts[i]] - away * tangent
            j = r * columns + c
            if away <= most_m and reach > line[j]:
                line[j], starts[j] = reach, starts[i]
    return (line >= level).reshape(rows, columns)


@compiled
def _below(height: Any, lowest: Any, source: Any, wide: float, tall: float, tangent: float, most_m: float) -> Any:
    rows, columns = height.shape
    found = np.zeros((rows, columns), dtype=np.bool_)
    middle, centre = int(most_m / tall), int(most_m / wide)
    drop = np.empty((2 * middle + 1, 2 * centre + 1))
    for i in range(2 * middle + 1):
        for j in range(2 * centre + 1):
            away = np.hypot((i - middle) * tall, (j - centre) * wide)
            drop[i, j] = away * tangent if away <= most_m else np.inf
    for row in range(rows):
        for column in range(columns):
            if not source[row, column]:
                continue
            level = height[row, column]
            farthest = min(most_m, (level - lowest[row, column]) / tangent)  # nothing lies deep enough beyond
            down, across = min(middle, int(farthest / tall) + 1), min(centre, int(farthest / wide) + 1)
            west, east = max(0, column - across), min(columns, column + across + 1)
            for r in range(max(0, row - down), min(rows, row + down + 1)):
                there = height[r, west:east]
                least = drop[r - row + middle, west - column + centre : east - column + centre]
                hit = found[r, west:east]
                for k in range(east - west):
                    hit[k] |= level - there[k] >= least[k]
    return found


@compiled
def _run(
    ground: Any, down: Any, rising: Any, source: Any, wide: float, tall: float, tangent: float, most_m: float
) -> Any:
    rows, columns = ground.shape
    line = np.full(rows * columns, -np.inf)
    away = np.zeros(rows * columns)
    level, begins, below = ground.ravel(), source.ravel(), down.ravel()
    for n in range(len(rising) - 1, -1, -1):
        i = rising[n]
        if begins[i] and line[i] <= level[i]:
            line[i], away[i] = level[i], 0.0
        j = below[i]
        if line[i] < level[i] or j < 0:
            continue
        step = np.hypot((j // columns - i // columns) * tall, (j % columns - i % columns) * wide)
        reach = line[i] - step * tangent
        if away[i] + step <= most_m and reach > line[j]:
            line[j], away[j] = reach, away[i] + step
    return (line >= level).reshape(rows, columns)
