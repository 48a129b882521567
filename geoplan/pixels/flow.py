"""Where water runs on a surface of heights: pits filled, one way down a cell, the area above it, height over streams.

Unknown cells and the edge take water in and give none back. A cell of the edge flows inward where a neighbour is lower:
what enters there from outside is not in any area (`entering` finds such valleys).

References: priority flood of Barnes, Lehman and Mulla (2014), doi:10.1016/j.cageo.2013.04.024; D8 of O'Callaghan and
Mark (1984), doi:10.1016/S0734-189X(84)80011-0; multiple flow directions of Quinn et al. (1991),
doi:10.1002/hyp.3360050106; height above nearest drainage of Nobre et al. (2011), doi:10.1016/j.jhydrol.2011.03.051.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from geoplan.pixels.compiled import compiled
from geoplan.pixels.terrain import Cell, Floats, sides, within

Bools = npt.NDArray[np.bool_]
Indices = npt.NDArray[np.int32]
OUT, UNKNOWN = -1, -2
"""What `Flow.down` says of a cell that leaves the surface, and of one without a height."""

ROWS = np.array([-1, -1, -1, 0, 0, 1, 1, 1])
COLUMNS = np.array([-1, 0, 1, -1, 1, -1, 0, 1])


@dataclass(frozen=True, eq=False)
class Flow:
    """The way of water over a surface.

    Parameters
    ----------
    filled : float array, shape (y, x)
        Heights in metres with pits filled to their lip; NaN is unknown.
    down : int32 array, shape (y, x)
        Position of the next cell in the raveled array, `OUT` or `UNKNOWN`.
    rising : int32 array
        Positions of all known cells, each after the one that it flows to.
    """

    filled: Floats
    down: Indices
    rising: Indices


def routed(height: Floats, cell_m: Cell) -> Flow:
    """Pits filled and for each cell the steepest way down; over filled ground the way of the flood.

    Parameters
    ----------
    height : float array, shape (y, x)
        Metres; NaN is unknown.
    cell_m : float or (float, float)
        Metres of a cell, west-east and north-south where they differ.
    """
    wide, tall = sides(cell_m)
    filled, flood, order = _flooded(np.ascontiguousarray(height, dtype=np.float64))
    down = _steepest(filled, flood, np.hypot(COLUMNS * wide, ROWS * tall))
    return Flow(filled, down, order)


def upstream(flow: Flow, own: Floats, most: bool = False) -> Floats:
    """Sum (or with `most` the largest) of a quantity over each cell and all that drain through it, by D8.

    Parameters
    ----------
    flow : Flow
        From `routed`.
    own : float array, shape (y, x)
        What a cell itself has; must be known where the height is.
    """
    return np.asarray(_gathered(flow.down, flow.rising, np.asarray(own, dtype=np.float64), most))


def spread_area(flow: Flow, cell_m: Cell, exponent: float = 1.1) -> Floats:
    """Square metres above each cell, itself included, shared among all lower neighbours by their slope.

    Parameters
    ----------
    flow : Flow
        From `routed`.
    cell_m : float or (float, float)
        Metres of a cell.
    exponent : float
        Power of the slope; the higher, the more like one way down.
    """
    wide, tall = sides(cell_m)
    away = np.hypot(COLUMNS * wide, ROWS * tall)
    return np.asarray(_spread(flow.filled, flow.down, flow.rising, away, wide * tall, exponent))


def above_drainage(flow: Flow, height: Floats, channel: Bools) -> tuple[Floats, Indices]:
    """Metres above the first channel cell on the way down, and that cell's position.

    Parameters
    ----------
    flow : Flow
        From `routed`, of the same surface or of one with streams carved in.
    height : float array, shape (y, x)
        Metres, not carved.
    channel : bool array, shape (y, x)
        Cells of streams.

    Returns
    -------
    hand : float array, shape (y, x)
        0 in channels and where a filled pit lies lower; NaN where the way down leaves the surface before a channel.
    reach : int32 array, shape (y, x)
        Position of the channel cell in the raveled array, -1 for none.
    """
    reach = _first_below(flow.down, flow.rising, channel)
    known = reach >= 0
    hand = np.full(height.shape, np.nan)
    hand[known] = np.maximum(height[known] - height.ravel()[reach[known]], 0.0)
    return hand, reach


def entering(flow: Flow, cell_m: Cell, radius_m: float = 250.0, depth_m: float = 10.0) -> Bools:
    """Cells below a valley that comes in from outside: the area above them is larger than it seems.

    A valley comes in at a cell of the edge that flows inward, is the lowest of the edge within the radius, and lies
    `depth_m` below the highest of the edge there.

    Parameters
    ----------
    flow : Flow
        From `routed`.
    cell_m : float or (float, float)
        Metres of a cell.
    radius_m, depth_m : float
        How wide and deep a dip of the edge is a valley.
    """
    known = np.isfinite(flow.filled)
    edge = known & ~ndimage.binary_erosion(known, np.ones((3, 3), dtype=bool))
    mouth = _mouths(flow.filled, edge, flow.down >= 0, within(cell_m, radius_m), depth_m)
    return np.asarray(upstream(flow, mouth.astype(np.float64)) > 0)


@compiled
def _mouths(height: Any, edge: Any, inward: Any, disk: Any, depth_m: float) -> Any:
    """Cells of the edge that flow inward, the lowest of the edge in the disk, so far below the highest there."""
    rows, columns = height.shape
    down, across = disk.shape[0] // 2, disk.shape[1] // 2
    found = np.zeros((rows, columns), dtype=np.bool_)
    for row in range(rows):
        for column in range(columns):
            if not (edge[row, column] and inward[row, column]):
                continue
            lowest = highest = height[row, column]
            for r in range(max(0, row - down), min(rows, row + down + 1)):
                for c in range(max(0, column - across), min(columns, column + across + 1)):
                    if edge[r, c] and disk[r - row + down, c - column + across]:
                        lowest, highest = min(lowest, height[r, c]), max(highest, height[r, c])
            found[row, column] = height[row, column] <= lowest and highest - lowest >= depth_m
    return found


@compiled
def _flooded(height: Any) -> Any:
    """Heights with pits filled, the cell that each was flooded from, and the order of the flood."""
    rows, columns = height.shape
    filled = height.copy()
    flood = np.full(rows * columns, -2, dtype=np.int32)
    state = np.zeros(rows * columns, dtype=np.uint8)  # 1 waits in the heap, 2 is done
    heap = np.empty(rows * columns + 1, dtype=np.int32)
    when = np.zeros(rows * columns, dtype=np.int64)  # equal heights leave the heap in the order they came
    order = np.empty(rows * columns, dtype=np.int32)
    level = filled.ravel()
    size, came, done = 0, 0, 0
    for i in range(rows * columns):
        row, column = i // columns, i % columns
        if np.isnan(level[i]):
            continue
        edge = False
        for k in range(8):
            r, c = row + ROWS[k], column + COLUMNS[k]
            if r < 0 or c < 0 or r >= rows or c >= columns or np.isnan(height[r, c]):
                edge = True
        if edge:
            flood[i], state[i], when[i] = -1, 1, came
            came += 1
            size = _pushed(heap, size, i, level, when)
    while size > 0:
        i = heap[0]
        size = _popped(heap, size, level, when)
        state[i] = 2
        order[done] = i
        done += 1
        row, column = i // columns, i % columns
        for k in range(8):
            r, c = row + ROWS[k], column + COLUMNS[k]
            if r < 0 or c < 0 or r >= rows or c >= columns:
                continue
            j = r * columns + c
            if state[j] != 0 or np.isnan(level[j]):
                continue
            level[j] = max(level[j], level[i])
            flood[j], state[j], when[j] = i, 1, came
            came += 1
            size = _pushed(heap, size, j, level, when)
    return filled, flood.reshape(rows, columns), order[:done].copy()


@compiled
def _before(i: int, j: int, level: Any, when: Any) -> Any:
    return level[i] < level[j] or (level[i] == level[j] and when[i] < when[j])


@compiled
def _pushed(heap: Any, size: int, item: int, level: Any, when: Any) -> Any:
    place = size
    while place > 0:
        above = (place - 1) // 2
        if not _before(item, heap[above], level, when):
            break
        heap[place] = heap[above]
        place = above
    heap[place] = item
    return size + 1


@compiled
def _popped(heap: Any, size: int, level: Any, when: Any) -> Any:
    size -= 1
    item = heap[size]
    place = 0
    while 2 * place + 1 < size:
        below = 2 * place + 1
        if below + 1 < size and _before(heap[below + 1], heap[below], level, when):
            below += 1
        if not _before(heap[below], item, level, when):
            break
        heap[place] = heap[below]
        place = below
    heap[place] = item
    return size


@compiled
def _steepest(filled: Any, flood: Any, distance: Any) -> Any:
    rows, columns = filled.shape
    down = flood.copy()
    for row in range(rows):
        for column in range(columns):
            if flood[row, column] == -2:
                continue
            best = 0.0
            for k in range(8):
                r, c = row + ROWS[k], column + COLUMNS[k]
                if r < 0 or c < 0 or r >= rows or c >= columns or np.isnan(filled[r, c]):
                    continue
                fall = (filled[row, column] - filled[r, c]) / distance[k]
                if fall > best:
                    best = fall
                    down[row, column] = r * columns + c
    return down


@compiled
def _gathered(down: Any, rising: Any, own: Any, most: bool) -> Any:
    found = own.copy()
    flat, below = found.ravel(), down.ravel()
    for n in range(len(rising) - 1, -1, -1):
        i = rising[n]
        j = below[i]
        if j >= 0:
            flat[j] = max(flat[j], flat[i]) if most else flat[j] + flat[i]
    for i in range(len(flat)):
        if below[i] == -2:
            flat[i] = np.nan
    return found


@compiled
def _spread(filled: Any, down: Any, rising: Any, distance: Any, cell_m2: float, exponent: float) -> Any:
    rows, columns = filled.shape
    area = np.where(np.isnan(filled), np.nan, cell_m2)
    flat = area.ravel()
    share = np.zeros(8)
    for n in range(len(rising) - 1, -1, -1):
        i = rising[n]
        row, column = i // columns, i % columns
        total = 0.0
        for k in range(8):
            r, c = row + ROWS[k], column + COLUMNS[k]
            share[k] = 0.0
            if r < 0 or c < 0 or r >= rows or c >= columns or np.isnan(filled[r, c]):
                continue
            fall = (filled[row, column] - filled[r, c]) / distance[k]
            if fall > 0.0:
                share[k] = fall**exponent
                total += share[k]
        if total > 0.0:
            for k in range(8):
                if share[k] > 0.0:
                    area[row + ROWS[k], column + COLUMNS[k]] += flat[i] * share[k] / total
        elif down[row, column] >= 0:
            flat[down[row, column]] += flat[i]
    return area


@compiled
def _first_below(down: Any, rising: Any, channel: Any) -> Any:
    reach = np.full(down.shape, -1, dtype=np.int32)
    found, below, is_channel = reach.ravel(), down.ravel(), channel.ravel()
    for i in rising:
        if is_channel[i]:
            found[i] = i
        elif below[i] >= 0:
            found[i] = found[below[i]]
    return reach
