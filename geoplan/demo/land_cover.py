"""Land cover as a satellite would see it, 10 m: near the lots' cover but not the same, with a block that is not seen.

Patches and holes below 0.3 ha are planted well apart, so every sound way of applying the 0.3 ha rule gives the same
answer if it joins pixels over corners (a chequered patch of 0.36 ha is kept) and looks at the raster beyond the commune
(a patch of 0.42 ha lies across the border).
"""

from dataclasses import dataclass

import numpy as np
import shapely
from affine import Affine
from numpy.typing import NDArray
from rasterio.features import rasterize
from scipy.ndimage import binary_fill_holes, distance_transform_edt, label

from geoplan.demo.cells import Indices
from geoplan.demo.commune import Commune
from geoplan.demo.frms import NATURAL, PLANTED
from geoplan.demo.noise import Floats, octaves

PIXEL_M = 10.0
NATURAL_FOREST, PLANTED_FOREST, SHRUB, CROP, WATER, BUILT, UNSEEN = 1, 2, 3, 4, 5, 6, 255
TREES = (NATURAL_FOREST, PLANTED_FOREST)
SMALLEST_PX = 60
"""Whole patches and holes have this many pixels at least; only the planted ones are smaller."""

Classes = NDArray[np.uint8]
_CORNERS = np.ones((3, 3), dtype=int)


@dataclass(frozen=True, eq=False)
class Cover:
    """Classes on a north-up grid of 10 m in EPSG:9213; west and north are the outer corner."""

    west: float
    north: float
    classes: Classes

    @property
    def transform(self) -> Affine:
        """Pixel to metres."""
        return Affine(PIXEL_M, 0.0, self.west, 0.0, -PIXEL_M, self.north)


def land_cover(made: Commune, rng: np.random.Generator) -> Cover:
    """Land cover of the commune and 600 m around it."""
    west, south, east, north = made.outline.bounds
    left, top = np.floor(west / 10.0) * 10.0 - 600.0 + 1.3, np.ceil(north / 10.0) * 10.0 + 600.0 + 2.9
    shape = (int((top - south + 600.0) / PIXEL_M) + 1, int((east + 600.0 - left) / PIXEL_M) + 1)
    cover = Cover(float(left), float(top), np.zeros(shape, dtype=np.uint8))
    seen = _seen_cover(made, cover, rng)
    row, column = shape[0] // 2 - 60, shape[1] // 2 + 70
    seen[row : row + 18, column : column + 25] = UNSEEN
    _clean(seen)
    _plant(seen, _across_border(made, cover), rng)
    return Cover(cover.west, cover.north, seen)


def _seen_cover(made: Commune, cover: Cover, rng: np.random.Generator) -> Classes:
    """Cover of the lots with edges moved by up to some 20 m; beyond the commune by height alone."""
    shape = cover.classes.shape
    places = ((lot, i + 1) for i, lot in enumerate(made.mosaic.lots))
    lot = rasterize(places, out_shape=shape, transform=cover.transform, fill=0, dtype="int32")
    rows, columns = np.indices(shape)
    spots = np.column_stack(
        [(cover.west + (columns.ravel() + 0.5) * PIXEL_M), (cover.north - (rows.ravel() + 0.5) * PIXEL_M)]
    )
    moves = [
        np.rint(octaves(rng, 320.0, 60.0, slope=0.5).at(spots) / PIXEL_M).astype(int).reshape(shape) for _ in range(2)
    ]
    there = (np.clip(rows + moves[0], 0, shape[0] - 1), np.clip(columns + moves[1], 0, shape[1] - 1))
    near = lot[there]
    found: Classes = np.concatenate([[0], _lot_classes(made, rng)]).astype(np.uint8)[near]
    height = (
        made.terrain.at(spots).reshape(shape)
        + 900.0 * octaves(rng, 1500.0, 200.0, slope=0.3).at(spots).reshape(shape) / 100.0
    )
    beyond = np.select([height < 300.0, height < 340.0, height < 420.0], [CROP, SHRUB, PLANTED_FOREST], NATURAL_FOREST)
    return np.where(near == 0, beyond, found).astype(np.uint8)


def _lot_classes(made: Commune, rng: np.random.Generator) -> Indices:
    """Class that is seen on each lot: young plantings are shrub, some regrowth and some orchards are trees."""
    code = made.lots["ldlr"].to_numpy()
    chance = rng.uniform(size=len(code))
    tests = [np.isin(code, NATURAL), np.isin(code, PLANTED), code == "DT2", code == "NN", code == "MN", code == "DKH"]
    seen = [
        np.full(len(code), NATURAL_FOREST),
        np.full(len(code), PLANTED_FOREST),
        np.where(chance < 0.3, NATURAL_FOREST, SHRUB),
        np.where(chance < 0.07, PLANTED_FOREST, CROP),
        np.full(len(code), WATER),
        np.full(len(code), BUILT),
    ]
    return np.select(tests, seen, SHRUB)


def _clean(classes: Classes) -> None:
    """Fill patches and holes of trees below `SMALLEST_PX`, in place, until none is left."""
    for _ in range(50):
        trees, seen = np.isin(classes, TREES), classes != UNSEEN
        small_patch, small_hole = _small(trees), _small(seen & ~trees)
        if not (small_patch | small_hole).any():
            return
        classes[small_patch] = SHRUB
        if not small_patch.any():
            classes[small_hole] = NATURAL_FOREST
    raise RuntimeError("the land cover does not settle")


def _small(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Pixels of patches below `SMALLEST_PX`, joined over corners."""
    number, _ = label(mask, structure=_CORNERS)
    size = np.bincount(number.ravel())
    found: NDArray[np.bool_] = mask & (size[number] < SMALLEST_PX)
    return found


def _across_border(made: Commune, cover: Cover) -> Floats:
    """Rows and columns (n, 2) of pixels on the commune's border."""
    spots = shapely.get_coordinates(shapely.segmentize(made.outline.exterior, 10.0))
    return np.column_stack([(cover.north - spots[:, 1]) // PIXEL_M, (spots[:, 0] - cover.west) // PIXEL_M])


def _plant(classes: Classes, border: Floats, rng: np.random.Generator) -> None:
    """Plant small patches among fields and small holes in forest, in place, three pixels or more from anything else."""
    trees, seen = np.isin(classes, TREES), classes != UNSEEN
    room = np.minimum(
        np.where(trees, distance_transform_edt(trees), distance_transform_edt(~trees)), distance_transform_edt(seen)
    )
    edge = np.minimum.reduce([*(np.indices(classes.shape)), *(np.indices(classes.shape)[:, ::-1, ::-1])])
    room = np.minimum(room, edge)
    at = border.astype(int)
    free = ~trees[at[:, 0], at[:, 1]] & (room[at[:, 0], at[:, 1]] > 10.0)
    block = np.array([(r, c) for r in range(6) for c in range(7)])
    if free.any():
        _put(classes, room, at[free][0], block - 2)
    chequered = np.array([(r, c) for r in range(8) for c in range(9) if (r + c) % 2 == 0])
    line = np.array([(r, c) for r in range(5) for c in range(6)])
    for forest in (False, True):
        for piece in (chequered, line, line[:-1]):
            space = np.where(trees == forest, room, 0.0)
            if space.max() > 12.0:
                _put(classes, room, np.unravel_index(int(space.argmax()), space.shape), piece - 4)
    for spot in rng.permutation(np.argwhere(room >= 4.0))[:450]:
        reach = room[tuple(spot)] - 3.0
        if reach >= 1.0:
            size = int(rng.integers(1, min(29, max(2, int(2.0 * reach**2)))))
            _put(classes, room, spot, _grown(size, reach, rng))


def _grown(size: int, reach: float, rng: np.random.Generator) -> Indices:
    """Offsets (n, 2) of a patch of about `size` pixels within `reach` pixels of its start, without a hole."""
    patch = [(0, 0)]
    for _ in range(size * 6):
        if len(patch) >= size:
            break
        r, c = patch[int(rng.integers(len(patch)))]
        new = (r + int(rng.integers(-1, 2)), c + int(rng.integers(-1, 2)))
        if new not in patch and np.hypot(*new) <= reach:
            patch.append(new)
    filled = np.zeros((2 * size + 1, 2 * size + 1), dtype=bool)
    filled[tuple(np.array(patch).T + size)] = True
    return np.argwhere(binary_fill_holes(filled, structure=_CORNERS)) - size


def _put(classes: Classes, room: Floats, spot: object, offsets: Indices) -> None:
    """Turn pixels to trees among what is none, and to shrub among trees; take the room around them."""
    rows, columns = (np.asarray(spot) + offsets).T
    in_forest = bool(np.isin(classes[tuple(np.asarray(spot))], TREES))
    classes[rows, columns] = SHRUB if in_forest else PLANTED_FOREST
    top, left = max(rows.min() - 14, 0), max(columns.min() - 14, 0)
    window = room[top : rows.max() + 15, left : columns.max() + 15]
    taken = np.ones(window.shape, dtype=bool)
    taken[rows - top, columns - left] = False
    np.minimum(window, distance_transform_edt(taken), out=window)
