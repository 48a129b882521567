"""Water over a grid: where it runs, how much ground it gathers, and valleys cut by it until every hill drains.

The demo's own way, not that of `geoplan.pixels`: cells are flooded from the edge inwards, lowest first, and each drains
into the cell from which the flood reached it, so no pit is left.
"""

import heapq
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter, minimum_filter, zoom

from geoplan.demo.cells import Indices
from geoplan.demo.noise import Floats
from geoplan.pixels.compiled import compiled

ROUNDS = 12
FLOOR_M = 14.0
STEEPEST_DEG = 40.0


@dataclass(frozen=True, eq=False)
class Water:
    """Ways of water.

    Parameters
    ----------
    into : array (rows * columns,)
        Flat place of the cell that each drains into; -1 at an outlet on the edge.
    order : array (rows * columns,)
        Flat places, every cell after the one it drains into.
    cells : array (rows, columns)
        Cells upstream, itself included.
    """

    into: Indices
    order: Indices
    cells: Floats


def water(metres: Floats) -> Water:
    """Ways of water over elevations (rows, columns), 8 directions."""
    into, order = _flooded(np.ascontiguousarray(metres, dtype=np.float64))
    return Water(into, order, _gathered(into, order).reshape(metres.shape))


def above_streams(metres: Floats, ways: Water, least_cells: float) -> Floats:
    """Height over the stream cell that each cell drains to, metres; never negative. Streams gather `least_cells`."""
    return _heights(metres.ravel(), ways.into, ways.order, ways.cells.ravel() >= least_cells).reshape(metres.shape)


def courses(metres: Floats, cell_m: float, stream_km2: float, river_km2: float) -> list[tuple[Indices, bool]]:
    """Ways of streams as rows and columns (n, 2) from the source down, and whether each is a river; longest first.

    A stream ends where it meets one that was found before; the river's part of a way is a way of its own.
    """
    ways, columns = water(metres), metres.shape[1]
    gathered = ways.cells.ravel() * cell_m**2 / 1e6
    stream = gathered >= stream_km2
    fed = np.zeros(len(stream), dtype=bool)
    fed[ways.into[stream & (ways.into >= 0)]] = True
    paths = []
    for source in np.flatnonzero(stream & ~fed):
        path = [int(source)]
        while ways.into[path[-1]] >= 0:
            path.append(int(ways.into[path[-1]]))
        paths.append(path)
    taken, found = np.zeros(len(stream), dtype=bool), list[tuple[Indices, bool]]()
    for path in sorted(paths, key=len, reverse=True):
        new = np.array(path[: 1 + next((i for i, place in enumerate(path) if taken[place]), len(path))])
        taken[new] = True
        great = int(np.searchsorted(gathered[new], river_km2))
        for part, river in ((new[: great + 1], False), (new[great:], True)):
            if len(part) > 1:
                found.append((np.column_stack([part // columns, part % columns]), river))
    return found


def carved(metres: Floats, cell_m: float) -> Floats:
    """Elevations after valleys were cut: sides of 40 degrees at most, flat floors, every cell drains to the edge."""
    step = max(round(20.0 / cell_m), 1)
    side = cell_m * step
    ground = _opened(metres[::step, ::step].astype(np.float64), side)
    for _ in range(ROUNDS):
        ways = water(ground)
        gathered_km2 = ways.cells * side**2 / 1e6
        below = ground.ravel()[np.maximum(ways.into, 0)].reshape(ground.shape)
        fall = np.clip(ground - below, 0.0, None) / side
        fall[ways.into.reshape(ground.shape) < 0] = 0.0
        cut = np.minimum(4.5 * gathered_km2**0.45 * fall * side / 10.0, 9.0)
        ground = gaussian_filter(ground - cut, 0.7)
    ground = _opened(ground, side)
    if step > 1:
        fine = zoom(ground, step, order=1, mode="nearest", grid_mode=True)
        ground = gaussian_filter(fine[: metres.shape[0], : metres.shape[1]], 0.6 * step)
    ground = np.round(_floored(ground, cell_m), 2)
    ways = water(ground)
    drained = _breached(ground.ravel(), ways.into, ways.order, 0.01).reshape(ground.shape)
    return _slid(drained, cell_m * np.tan(np.radians(STEEPEST_DEG)))


def _opened(ground: Floats, cell_m: float) -> Floats:
    """Basins opened to where they spill, and ground that then stands too steep slid down."""
    ways = water(ground)
    cut = _breached(ground.ravel(), ways.into, ways.order, 0.02 * cell_m / 20.0).reshape(ground.shape)
    return _slid(cut, cell_m * np.tan(np.radians(STEEPEST_DEG)))


def _floored(ground: Floats, cell_m: float) -> Floats:
    """Valley floors of streams of 0.35 km2 and more made flat, and rivers of 3 km2 wide."""
    found = ground
    for least_km2, width_m in ((0.35, 50.0), (3.0, 110.0)):
        hand = above_streams(found, water(found), least_km2 * 1e6 / cell_m**2)
        lowest = gaussian_filter(minimum_filter(found, max(int(width_m / cell_m) | 1, 3)), width_m / cell_m / 3.0)
        keep = np.clip(hand / FLOOR_M, 0.0, 1.0) ** 1.5
        found = found * keep + np.minimum(lowest + 0.15 * hand, found) * (1.0 - keep)
    return found


@compiled
def _flooded(metres: Floats) -> tuple[NDArray[np.int64], NDArray[np.int64]]:  # pragma: no cover
    rows, columns = metres.shape
    into = np.full(rows * columns, -1, np.int64)
    order = np.empty(rows * columns, np.int64)
    seen = np.zeros(rows * columns, np.bool_)
    heap = [(metres[0, 0], np.int64(0))]
    seen[0] = True
    for r in range(rows):
        for c in range(columns):
            if (r in (0, rows - 1) or c in (0, columns - 1)) and not seen[r * columns + c]:
                seen[r * columns + c] = True
                heapq.heappush(heap, (metres[r, c], np.int64(r * columns + c)))
    done = 0
    while len(heap) > 0:
        level, place = heapq.heappop(heap)
        order[done] = place
        done += 1
        r, c = place // columns, place % columns
        for down, right in ((0, 1), (1, 0), (0, -1), (-1, 0), (1, 1), (1, -1), (-1, 1), (-1, -1)):
            y, x = r + down, c + right
            if 0 <= y < rows and 0 <= x < columns:
                near = y * columns + x
                if not seen[near]:
                    seen[near] = True
                    into[near] = place
                    heapq.heappush(heap, (max(level, metres[y, x]), np.int64(near)))
    return into, order


@compiled
def _gathered(into: NDArray[np.int64], order: NDArray[np.int64]) -> Floats:  # pragma: no cover
    cells = np.ones(len(into))
    for i in range(len(order) - 1, -1, -1):
        place = order[i]
        if into[place] >= 0:
            cells[into[place]] += cells[place]
    return cells


@compiled
def _slid(metres: Floats, rise_m: float) -> Floats:  # pragma: no cover
    rows, columns = metres.shape
    found = metres.copy()
    heap = [(found[0, 0], np.int64(0))]
    for r in range(rows):
        for c in range(columns):
            heap.append((found[r, c], np.int64(r * columns + c)))
    heapq.heapify(heap)
    while len(heap) > 0:
        level, place = heapq.heappop(heap)
        r, c = place // columns, place % columns
        if level > found[r, c]:
            continue
        for down, right in ((0, 1), (1, 0), (0, -1), (-1, 0), (1, 1), (1, -1), (-1, 1), (-1, -1)):
            y, x = r + down, c + right
            if 0 <= y < rows and 0 <= x < columns:
                most = level + rise_m * np.sqrt(float(down * down + right * right))
                if found[y, x] > most:
                    found[y, x] = most
                    heapq.heappush(heap, (most, np.int64(y * columns + x)))
    return found


@compiled
def _breached(
    metres: Floats, into: NDArray[np.int64], order: NDArray[np.int64], step_m: float
) -> Floats:  # pragma: no cover
    found = metres.copy()
    for i in range(len(order) - 1, -1, -1):
        place = order[i]
        if into[place] >= 0:
            found[into[place]] = min(found[into[place]], found[place] - step_m)
    return found


@compiled
def _heights(
    metres: Floats, into: NDArray[np.int64], order: NDArray[np.int64], stream: NDArray[np.bool_]
) -> Floats:  # pragma: no cover
    level = metres.copy()
    found = np.zeros(len(metres))
    for i in range(len(order)):
        place = order[i]
        if not stream[place] and into[place] >= 0:
            level[place] = level[into[place]]
        found[place] = max(metres[place] - level[place], 0.0)
    return found
