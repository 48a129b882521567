"""How much work a shape would make, counted before the work is done.

Putting a ring right that crosses itself costs time and memory by its crossings: 4,000 vertices can cross four million
times, which would take minutes and ten gigabytes. Crossings are counted segment by segment up to a limit; what goes
beyond it is refused by name.
"""

from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from geoplan.layers import rings

MOST_VERTICES = 250_000
"""Of one feature. A commune drawn finely has some ten thousand."""
MOST_CROSSINGS = 50_000
"""Of one feature with itself or with another one: a second of work and 150 MB."""
_MOST_LOOKS = 20_000_000
"""Pairs of segments with boxes that meet, of one feature: some seconds."""
_AT_ONCE = 2_000_000
_MOST_TANGLED = 20
_FEW = 1_000_000
_UNDOUBTED = 300
"""So many vertices cannot cross each other too often."""

Shapes = npt.NDArray[np.object_]
Rows = npt.NDArray[np.bool_]


def too_many_vertices(shapes: Shapes) -> Rows:
    """Features with more vertices than `MOST_VERTICES`."""
    return np.asarray(shapely.get_num_coordinates(shapes) > MOST_VERTICES, dtype=bool)


def too_tangled(shapes: Shapes, rows: Rows) -> Rows:
    """Invalid shapes, of some rows, that are too much work to put right.

    After twenty of them nobody looks further: any other with many vertices is held for one.
    """
    found = np.zeros(len(shapes), dtype=bool)
    for i in np.flatnonzero(rows).tolist():
        tired = int(found.sum()) >= _MOST_TANGLED and shapely.get_num_coordinates(shapes[i]) > _UNDOUBTED
        found[i] = tired or rings.too_many(shapes[i]) or crosses_too_often(shapes[i])
    return found


def crosses_too_often(shape: Any) -> bool:
    """True where a shape's edges cross each other more than `MOST_CROSSINGS` times."""
    if shapely.get_num_coordinates(shape) <= _UNDOUBTED:
        return False
    lines = _segments(shape)
    return _meetings(lines, lines) // 2 > MOST_CROSSINGS


def cross_too_often(left: Shapes, right: Shapes) -> Rows:
    """Pairs whose edges meet each other more than `MOST_CROSSINGS` times, shape (n,)."""
    work = shapely.get_num_coordinates(left).astype(np.float64) * shapely.get_num_coordinates(right)
    found = np.zeros(len(left), dtype=bool)
    for i in np.flatnonzero(work > _FEW).tolist():
        found[i] = _meetings(_near(left[i], right[i]), _near(right[i], left[i])) > MOST_CROSSINGS
    return found


def _segments(shape: Any) -> npt.NDArray[np.float64]:
    """Edges of all rings, rows of x, y, x, y."""
    points, ring = shapely.get_coordinates(shapely.get_rings(shapely.get_parts(shape)), return_index=True)
    within = ring[1:] == ring[:-1]
    return np.asarray(np.column_stack([points[:-1], points[1:]])[within], dtype=np.float64)


def _near(shape: Any, other: Any) -> npt.NDArray[np.float64]:
    """Edges of a shape whose boxes meet the box of another one."""
    west, south, east, north = shapely.bounds(other)
    lines = _segments(shape)
    x, y = lines[:, 0::2], lines[:, 1::2]
    inside = (x.max(axis=1) >= west) & (x.min(axis=1) <= east) & (y.max(axis=1) >= south) & (y.min(axis=1) <= north)
    return np.asarray(lines[inside], dtype=np.float64)


def _meetings(one: npt.NDArray[np.float64], other: npt.NDArray[np.float64]) -> int:
    """Pairs of edges that cross, counted until they are too many; looking too long counts as too many."""
    if len(one) == 0 or len(other) == 0:
        return 0
    tree = shapely.STRtree(shapely.box(*_box(other)))
    boxes = shapely.box(*_box(one))
    step = max(1, _AT_ONCE // len(other))
    count = looked = 0
    for start in range(0, len(one), step):
        i, j = tree.query(boxes[start : start + step])
        looked += len(i)
        a, b = one[start + i], other[j]
        count += int(_cross(a, b).sum())
        if count > 2 * MOST_CROSSINGS or looked > 2 * _MOST_LOOKS:
            return 4 * MOST_CROSSINGS
    return count


def _box(lines: npt.NDArray[np.float64]) -> tuple[npt.NDArray[np.float64], ...]:
    x, y = lines[:, 0::2], lines[:, 1::2]
    return x.min(axis=1), y.min(axis=1), x.max(axis=1), y.max(axis=1)


def _cross(a: npt.NDArray[np.float64], b: npt.NDArray[np.float64]) -> Rows:
    """Edges that cross properly: each has the other's ends on its two sides."""
    return np.asarray((_side(a, b[:, :2]) * _side(a, b[:, 2:]) < 0) & (_side(b, a[:, :2]) * _side(b, a[:, 2:]) < 0))


def _side(line: npt.NDArray[np.float64], point: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    along, off = line[:, 2:] - line[:, :2], point - line[:, :2]
    return np.sign(along[:, 0] * off[:, 1] - along[:, 1] * off[:, 0])
