"""Gap-free mosaics of irregular polygons over an outline: forest lots, with villages across them.

Cells around scattered seeds are joined into lots of log-normal size, their edges are bent by smooth noise, and all
lines are noded at once on a millimetre grid. Polygons are then unions of the faces between the lines, so two neighbours
have the same vertices along their border and nothing overlaps.
"""

import heapq
from dataclasses import dataclass

import numpy as np
import shapely

from geoplan.demo.cells import Cells, Indices, Shapes, cells
from geoplan.demo.noise import Floats

GRID_M = 0.001
MARGIN_M = 500.0


@dataclass(frozen=True, eq=False)
class Mosaic:
    """Polygons without gap or overlap.

    Parameters
    ----------
    lots : array of Polygon
        In rows from north to south, millimetre coordinates.
    faces : array of Polygon
        The pieces between all lines; `lot_of` and `part_of` give the lot and the part (village) of each.
    """

    lots: Shapes
    faces: Shapes
    lot_of: Indices
    part_of: Indices

    def parts(self) -> Shapes:
        """Union of the faces of each part (villages)."""
        return _unions(self.faces, self.part_of)

    def outline(self) -> shapely.Geometry:
        """Union of everything."""
        return shapely.coverage_union_all(self.faces)


def _divided(parts: Cells, drawn: Shapes, outline: shapely.Geometry, spots: Floats) -> Indices:
    """Part of each point (n, 2), by the lines as they are drawn: each part is the ground around its own seed."""
    frame = shapely.box(*outline.bounds).buffer(100.0, join_style="mitre")
    ground = shapely.get_parts(shapely.polygonize([shapely.union_all(np.append(drawn, frame.exterior))]))
    tree = shapely.STRtree(ground)
    seed, face = tree.query(shapely.points(parts.bend.there(parts.seeds)), predicate="within")
    part = np.full(len(ground), -1, dtype=np.int64)
    part[face] = parts.group[seed]
    point, face = tree.query(shapely.points(spots), predicate="within")
    found = parts.at(spots)
    found[point[part[face] >= 0]] = part[face][part[face] >= 0]
    return found


def _unions(faces: Shapes, owner: Indices) -> Shapes:
    """Union of the faces of each owner 0, 1, 2, ...; faces share their vertices."""
    order = np.argsort(owner, kind="stable")
    cuts = np.flatnonzero(np.diff(owner[order])) + 1
    groups = np.split(order, cuts)
    whole = [faces[g[0]] if len(g) == 1 else shapely.coverage_union_all(faces[g]) for g in groups]
    merged: Shapes = np.array(whole, dtype=object)
    return merged


def borders(faces: Shapes) -> tuple[Indices, Floats]:
    """Pairs of faces (n, 2) with a common border, and its length in metres."""
    rings = shapely.get_rings(faces)
    ring_face = np.repeat(np.arange(len(faces)), [shapely.get_num_interior_rings(f) + 1 for f in faces])
    corners, ring = shapely.get_coordinates(rings, return_index=True)
    inside = ring[1:] == ring[:-1]
    whole = np.round(corners / GRID_M).astype(np.int64)
    first, second = whole[:-1][inside], whole[1:][inside]
    swap = (first[:, 0] > second[:, 0]) | ((first[:, 0] == second[:, 0]) & (first[:, 1] > second[:, 1]))
    low, high = np.where(swap[:, None], second, first), np.where(swap[:, None], first, second)
    keys = np.column_stack([low, high])
    order = np.lexsort(keys.T)
    keys, face = keys[order], ring_face[ring[1:][inside]][order]
    same = (keys[1:] == keys[:-1]).all(axis=1)
    pair = np.sort(np.column_stack([face[:-1][same], face[1:][same]]), axis=1)
    length = np.hypot(*(keys[:-1][same][:, 2:] - keys[:-1][same][:, :2]).T) * GRID_M
    pairs, where = np.unique(pair, axis=0, return_inverse=True)
    lengths: Floats = np.bincount(where.ravel(), weights=length, minlength=len(pairs)).astype(np.float64)
    return pairs.astype(np.int64), lengths


def _settled(faces: Shapes, group: Indices, smallest_m2: float) -> Indices:
    """Lot of each face: touching faces of one group; a lot under `smallest_m2` goes to its longest neighbour."""
    pairs, lengths = borders(faces)
    parent = np.arange(len(faces))

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = int(parent[i])
        return i

    for a, b in pairs[group[pairs[:, 0]] == group[pairs[:, 1]]]:
        parent[root(int(b))] = root(int(a))
    area: dict[int, float] = {}
    beside: dict[int, dict[int, float]] = {}
    for i, face_area in enumerate(shapely.area(faces)):
        area[root(i)] = area.get(root(i), 0.0) + float(face_area)
    for (a, b), length in zip(pairs, lengths, strict=True):
        one, two = root(int(a)), root(int(b))
        if one != two:
            for x, y in ((one, two), (two, one)):
                beside.setdefault(x, {})[y] = beside.setdefault(x, {}).get(y, 0.0) + float(length)
    heap = [(a, lot) for lot, a in area.items() if a < smallest_m2]
    heapq.heapify(heap)
    while heap:
        size, lot = heapq.heappop(heap)
        if area.get(lot) != size or not beside.get(lot):
            continue
        into = max(beside[lot], key=lambda other: (beside[lot][other], -other))
        parent[lot] = into
        area[into] += area.pop(lot)
        for other, length in beside.pop(lot).items():
            beside[other].pop(lot, None)
            if other != into:
                beside[into][other] = beside[into].get(other, 0.0) + length
                beside[other][into] = beside[other].get(into, 0.0) + length
        if area[into] < smallest_m2:
            heapq.heappush(heap, (area[into], into))
    return np.array([root(i) for i in range(len(faces))], dtype=np.int64)


def mosaic(
    outline: shapely.Geometry,
    count: int,
    rng: np.random.Generator,
    *,
    parts: Cells | None = None,
    smallest_ha: float = 0.2,
    step_m: float = 10.0,
    longest_m: float = 640.0,
) -> Mosaic:
    """About `count` lots that fill `outline` (a projected CRS in metres) without gap or overlap.

    Parameters
    ----------
    outline : Polygon or MultiPolygon
        What to fill. Its vertices are kept (to the millimetre), more are added where lots meet it.
    parts : Cells, optional
        A coarser division (villages) whose lines cross the lots.
    smallest_ha : float
        Lots under this size join a neighbour (they come from the cut at the outline).
    step_m : float
        Greatest distance of vertices along an edge before bending.
    longest_m : float
        Longest wave of the bending.
    """
    margin = min(MARGIN_M, longest_m)
    box = np.array(outline.bounds) + np.array([-margin, -margin, margin, margin])
    boxed = (box[2] - box[0]) * (box[3] - box[1])
    lots = cells(box, int(count * boxed / outline.area), rng, longest_m=longest_m, extra=0.55)
    drawn = [lots.lines(step_m)] + ([parts.lines(15.0)] if parts is not None else [])
    near = np.concatenate(drawn)
    shapely.prepare(outline)
    near = near[shapely.intersects(outline, near)]
    lines = shapely.union_all(np.append(near, shapely.boundary(outline)), grid_size=GRID_M)
    faces = shapely.get_parts(shapely.polygonize([lines]))
    middle = shapely.point_on_surface(faces)
    kept = shapely.intersects(outline, middle)
    faces, spots = faces[kept], shapely.get_coordinates(middle[kept])
    lot_of = _settled(faces, lots.at(spots), smallest_ha * 1e4)
    part_of = np.zeros(len(faces), dtype=np.int64)
    if parts is not None:
        part_of = _divided(parts, drawn[1], outline, spots)
    return _ordered(faces, lot_of, part_of)


def _ordered(faces: Shapes, lot_of: Indices, part_of: Indices) -> Mosaic:
    """Mosaic with lots numbered in strips of 500 m from north to south, and parts numbered as they come."""
    names, owner = np.unique(lot_of, return_inverse=True)
    shapes = _unions(faces, owner)
    middle = shapely.get_coordinates(shapely.centroid(shapes))
    strip = np.floor(-middle[:, 1] / 500.0)
    order = np.lexsort((middle[:, 0], strip))
    place = np.empty(len(names), dtype=np.int64)
    place[order] = np.arange(len(names))
    part = np.unique(part_of, return_inverse=True)[1]
    return Mosaic(shapes[order], faces, place[owner], part.astype(np.int64))
