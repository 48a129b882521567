"""Cells around seeds, joined into groups of uneven size, with edges that swing and bend like those of real lots."""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.spatial import Voronoi, cKDTree

from geoplan.demo.noise import Bend, Floats, Waves, bend, octaves

Indices = NDArray[np.int64]
Shapes = NDArray[np.object_]


@dataclass(frozen=True, eq=False)
class Cells:
    """Cells around seeds, joined into groups, and the bending that makes their edges natural.

    `ends` are the two end points (n, 2, 2) of every edge between two groups, straight; `swings` (n, 9) the heights of
    the nine waves that carry it to and fro, over its length.
    """

    seeds: Floats
    group: Indices
    ends: Floats
    swings: Floats
    bend: Bend

    def at(self, points: Floats) -> Indices:
        """Group of each bent point (n, 2)."""
        found = cKDTree(self.seeds).query(self.bend.back(points))[1]
        there: Indices = self.group[found]
        return there

    def lines(self, step_m: float) -> Shapes:
        """Bent edges, a vertex every `step_m` at least; short edges keep eight steps of three metres or more."""
        lengths = np.hypot(*(self.ends[:, 1] - self.ends[:, 0]).T)
        steps = np.maximum(np.ceil(lengths / step_m), np.minimum(8, np.ceil(lengths / 3.0))).astype(int)
        steps = np.maximum(steps, 1)
        owner = np.repeat(np.arange(len(steps)), steps + 1)
        starts = np.concatenate([[0], np.cumsum(steps + 1)[:-1]])
        share = (np.arange(owner.size) - starts[owner]) / steps[owner]
        along = self.ends[owner, 1] - self.ends[owner, 0]
        aside = (self.swings[owner] * np.sin(np.pi * share[:, None] * np.arange(1, 10))).sum(axis=1)
        straight = self.ends[owner, 0] + share[:, None] * along + aside[:, None] * along[:, ::-1] * (-1.0, 1.0)
        bent: Shapes = shapely.linestrings(self.bend.there(straight), indices=owner)
        return bent


def cells(bounds: Floats, count: int, rng: np.random.Generator, *, longest_m: float, extra: float) -> Cells:
    """About `count` groups of cells over west, south, east, north (metres).

    Parameters
    ----------
    longest_m : float
        Longest wave of the bending; the shortest is 40 m.
    extra : float
        So many more cells than groups (a share) are made and then joined to neighbours: sizes become uneven.
    """
    crowding = octaves(rng, 2400.0, 600.0, slope=1.0)
    crowding = Waves(crowding.vectors, crowding.phases, 0.5 * crowding.heights / np.linalg.norm(crowding.heights))
    many = int(count * (1.0 + extra))
    seeds = _scattered(bounds, many, rng, crowding)
    diagram = Voronoi(_framed(seeds, bounds))
    inner = (diagram.ridge_points < len(seeds)).all(axis=1) & (np.array(diagram.ridge_vertices) >= 0).all(axis=1)
    pairs = diagram.ridge_points[inner].astype(np.int64)
    group = _joined(pairs, _cell_areas(diagram, len(seeds)), rng, count)
    between = group[pairs[:, 0]] != group[pairs[:, 1]]
    ends = diagram.vertices[np.array(diagram.ridge_vertices)[inner][between]]
    return Cells(seeds, group, ends, _swings(len(ends), rng), bend(rng, longest_m, 40.0))


def around(seeds: Floats, bounds: Floats, rng: np.random.Generator, *, longest_m: float) -> Cells:
    """One cell around each seed (villages), over west, south, east, north."""
    diagram = Voronoi(_framed(seeds, bounds))
    inner = (diagram.ridge_points < len(seeds)).all(axis=1)
    ends = diagram.vertices[np.array(diagram.ridge_vertices)[inner]]
    return Cells(
        seeds, np.arange(len(seeds), dtype=np.int64), ends, _swings(len(ends), rng), bend(rng, longest_m, 60.0)
    )


def _scattered(bounds: Floats, count: int, rng: np.random.Generator, crowding: Waves) -> Floats:
    """About `count` seeds inside west, south, east, north; denser where `crowding` (natural logarithm) is high."""
    west, south, east, north = bounds
    tries = rng.uniform((west, south), (east, north), size=(count * 6, 2))
    weight = np.exp(np.clip(crowding.at(tries), -1.3, 1.3) - 1.3)
    seeds = tries[rng.uniform(size=len(tries)) < weight][:count]
    for _ in range(2):
        diagram = Voronoi(_framed(seeds, bounds))
        moved = seeds.copy()
        for i in range(len(seeds)):
            corners = diagram.vertices[diagram.regions[diagram.point_region[i]]]
            moved[i] = corners.mean(axis=0)
        seeds = np.clip(moved, (west, south), (east, north))
    return seeds


def _framed(seeds: Floats, bounds: Floats) -> Floats:
    """Seeds and eight far points, so that every cell of a seed is finite."""
    west, south, east, north = bounds
    wide, high = 4.0 * (east - west), 4.0 * (north - south)
    far = [
        (x, y)
        for x in (west - wide, (west + east) / 2, east + wide)
        for y in (south - high, (south + north) / 2, north + high)
        if (x, y) != ((west + east) / 2, (south + north) / 2)
    ]
    return np.vstack([seeds, far])


def _joined(pairs: Indices, sizes: Floats, rng: np.random.Generator, wanted: int) -> Indices:
    """Group of each cell when neighbours are joined at random until `wanted` are left, none over eight mean cells."""
    count = len(sizes)
    parent, size, most = np.arange(count), sizes.copy(), 8.0 * float(sizes.mean())

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = int(parent[i])
        return i

    left = count
    for a, b in pairs[rng.permutation(len(pairs))]:
        if left <= wanted:
            break
        one, two = root(int(a)), root(int(b))
        if one != two and size[one] + size[two] <= most and rng.uniform() < 0.5:
            parent[two] = one
            size[one] += size[two]
            left -= 1
    return np.array([root(i) for i in range(count)], dtype=np.int64)


def _cell_areas(diagram: Voronoi, count: int) -> Floats:
    """Areas of the first `count` cells."""
    shapes = [shapely.Polygon(diagram.vertices[diagram.regions[r]]) for r in diagram.point_region[:count]]
    areas: Floats = shapely.area(shapes)
    return np.minimum(areas, 9.0 * np.median(areas))


def _swings(count: int, rng: np.random.Generator) -> Floats:
    """Heights (n, 9) of the waves of each edge: about 5 % of its length for the longest, falling with the number."""
    heights: Floats = rng.normal(0.0, 0.045, (count, 9)) / np.arange(1, 10) ** 1.1
    return np.clip(heights, -0.09, 0.09)
