"""Polygons out of rings as a Shapefile has them: which ring is a shell, which a hole, and of which shell.

The format says it by winding: clockwise is a shell. Not all programs keep to it, GDAL drops rings that do not close,
and breaks down on some: so the rings are put together here, and what was odd about them is handed back.
"""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import shapely

MOST_PAIRS = 5_000_000
"""Pairs of a hole and a shell whose boxes meet, in one feature: more are not looked at."""

Rows = set[int]


@dataclass(slots=True)
class Assembled:
    """Shapes and the rows about which something must be said.

    Parameters
    ----------
    shapes : array of object
        Polygons or multipolygons, None where no ring has ground; a line where a coordinate is no number.
    closed : set of int
        Rows with a ring that did not close.
    dropped : set of int
        Rows with a ring of fewer than three points, which has no ground and is left out.
    nested : set of int
        Rows whose winding makes no sense: shells and holes were told apart by what lies inside what.
    crowded : set of int
        Rows with too many rings inside each other to be put together.
    """

    shapes: npt.NDArray[np.object_]
    closed: Rows = field(default_factory=set)
    dropped: Rows = field(default_factory=set)
    nested: Rows = field(default_factory=set)
    crowded: Rows = field(default_factory=set)


def polygons(
    points: npt.NDArray[np.float64], starts: npt.NDArray[np.int64], owner: npt.NDArray[np.int64], rows: int
) -> Assembled:
    """Polygons of `rows` features.

    Parameters
    ----------
    points : array of float, shape (n, 2 or 3)
        Vertices of all rings, ring after ring.
    starts : array of int, shape (rings,)
        First vertex of each ring; no ring is empty.
    owner : array of int, shape (rings,)
        Feature of each ring, ascending.
    rows : int
        Number of features.
    """
    found = Assembled(np.full(rows, None, dtype=object))
    if len(starts) == 0:
        return found
    ends = np.append(starts[1:], len(points))
    finite = np.logical_and.reduceat(np.isfinite(points).all(axis=1), starts)
    unsound = set(owner[~finite].tolist())
    is_open = finite & (points[starts, :2] != points[ends - 1, :2]).any(axis=1)
    whole = np.insert(points, ends[is_open], points[starts[is_open]], axis=0) if is_open.any() else points
    sizes = ends - starts + is_open
    sound = (sizes >= 4) & ~np.isin(owner, list(unsound))
    found.dropped = set(owner[~sound].tolist()) - unsound
    found.closed = set(owner[is_open & sound].tolist())
    index = np.repeat(np.arange(len(starts)), sizes)
    for row in unsound:
        found.shapes[row] = shapely.linestrings(
            np.repeat(whole[np.isin(index, np.flatnonzero(owner == row))], 2, axis=0)
        )
    if not sound.any():
        return found
    number = np.cumsum(sound) - 1
    kept = sound[index]
    area = _signed(whole, sizes)[sound]
    all_kept = bool(kept.all())
    rings = shapely.linearrings(whole if all_kept else whole[kept], indices=index if all_kept else number[index[kept]])
    _fill(found, rings, area, owner[sound])
    return found


def _fill(
    found: Assembled, rings: npt.NDArray[np.object_], area: npt.NDArray[np.float64], owner: npt.NDArray[np.int64]
) -> None:
    """Shapes of the features that have rings: at once where there is one ring, one by one where there are several."""
    row, first, count = np.unique(owner, return_index=True, return_counts=True)
    single = count == 1
    found.shapes[row[single]] = shapely.polygons(rings[first[single]])
    for r, at, n in zip(row[~single].tolist(), first[~single].tolist(), count[~single].tolist(), strict=True):
        shape, nested = _several(rings[at : at + n], area[at : at + n])
        if shape is None:
            found.crowded.add(r)
        if nested:
            found.nested.add(r)
        found.shapes[r] = shape


def _signed(points: npt.NDArray[np.float64], sizes: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """Area of each closed ring, negative where it runs clockwise."""
    ends = np.cumsum(sizes)
    starts = ends - sizes
    x, y = (points[:, i] - np.repeat(points[starts, i], sizes) for i in (0, 1))
    with np.errstate(all="ignore"):
        cross = x[:-1] * y[1:] - x[1:] * y[:-1]
        cross = np.append(cross, 0.0)
        cross[ends - 1] = 0.0
        return np.asarray(np.add.reduceat(cross, starts) / 2, dtype=np.float64)


def _several(rings: npt.NDArray[np.object_], area: npt.NDArray[np.float64]) -> tuple[shapely.Geometry | None, bool]:
    """Polygon or multipolygon of several rings, and whether the winding had to be left aside; None if too many."""
    blocks = shapely.polygons(rings)
    inner = shapely.point_on_surface(blocks)
    size = np.abs(area)
    shells = np.flatnonzero(area <= 0)
    parent, _ = _parents(blocks, inner, size, shells)
    if parent is None:
        return None, False
    holes = np.flatnonzero(area > 0)
    nested = bool((parent[holes] < 0).any())
    if nested:
        parent, depth = _parents(blocks, inner, size, np.arange(len(rings)))
        if parent is None:
            return None, False
        shells, holes = np.flatnonzero(depth % 2 == 0), np.flatnonzero(depth % 2 == 1)
    made = [shapely.polygons(rings[s], holes=rings[holes[parent[holes] == s]]) for s in shells.tolist()]
    return (made[0] if len(made) == 1 else shapely.multipolygons(made)), nested


def _parents(
    blocks: npt.NDArray[np.object_],
    inner: npt.NDArray[np.object_],
    size: npt.NDArray[np.float64],
    shells: npt.NDArray[np.int64],
) -> tuple[npt.NDArray[np.int64] | None, npt.NDArray[np.int64]]:
    """The smallest of `shells` that a ring lies in (-1: none), and in how many it lies; None if there are too many."""
    parent = np.full(len(blocks), -1, dtype=np.int64)
    depth = np.zeros(len(blocks), dtype=np.int64)
    boxes = shapely.STRtree(shapely.envelope(blocks[shells]))
    shapely.prepare(blocks[shells])
    pairs = 0
    for start in range(0, len(blocks), 500):
        ring, at = boxes.query(inner[start : start + 500])
        ring, shell = ring + start, shells[at]
        pairs += len(ring)
        if pairs > MOST_PAIRS:
            return None, depth
        larger = size[shell] > size[ring]
        ring, shell = ring[larger], shell[larger]
        inside = shapely.intersects(blocks[shell], inner[ring])
        ring, shell = ring[inside], shell[inside]
        np.add.at(depth, ring, 1)
        order = np.argsort(-size[shell], kind="stable")
        parent[ring[order]] = shell[order]  # the smallest comes last and stays
    return parent, depth
