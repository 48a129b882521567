"""Tree cover of the demo's raster by other means than zonal: pixels split ten by ten, the 0.3 ha rule by flood fill."""

from collections.abc import Sequence

import numpy as np
import pyproj
import shapely
from affine import Affine
from numpy.typing import NDArray
from pyproj import Geod, Transformer
from rasterio.features import rasterize

from geoplan.demo.commune import CRS, Commune
from geoplan.demo.land_cover import PIXEL_M, TREES, UNSEEN, Cover
from geoplan.demo.noise import Floats
from geoplan.demo.units import Rows, named

SPLIT = 10
PATCH_HA = 0.3
BLOCK = 10


def tree_cover(made: Commune, cover: Cover) -> Rows:
    """Hectares of each unit: seen, unseen, trees as they are, trees when patches and holes under 0.3 ha are gone."""
    inside = village_shares(list(made.villages.geometry), cover.transform, cover.classes.shape)
    area = pixel_hectares(cover.transform, cover.classes.shape, CRS)
    trees, seen = np.isin(cover.classes, TREES), cover.classes != UNSEEN
    ruled = sieved(trees, seen, area)

    def figures(places: list[int]) -> dict[str, float | None]:
        here = inside[places].sum(axis=0) * area
        return {
            "raster_ha": float(here.sum()),
            "tree_seen_ha": float(here[seen].sum()),
            "tree_unseen_ha": float(here[~seen].sum()),
            "tree_without_rule_ha": float(here[trees].sum()),
            "tree_ha": float(here[ruled].sum()),
        }

    return named(made, figures)


def village_shares(shapes: Sequence[shapely.Geometry], transform: Affine, shape: tuple[int, ...]) -> Floats:
    """Share of each pixel in each village (villages, rows, columns), from one hundred points a pixel."""
    rows, columns = shape
    fine = Affine(transform.a / SPLIT, 0.0, transform.c, 0.0, transform.e / SPLIT, transform.f)
    places = ((village, i + 1) for i, village in enumerate(shapes))
    owner = rasterize(places, out_shape=(rows * SPLIT, columns * SPLIT), transform=fine, fill=0, dtype="uint8")
    split = owner.reshape(rows, SPLIT, columns, SPLIT)
    counts = [(split == i + 1).sum(axis=(1, 3)) for i in range(len(shapes))]
    return np.array(counts) / SPLIT**2


def pixel_hectares(transform: Affine, shape: tuple[int, ...], crs: str) -> Floats:
    """Geodesic hectares of each pixel, from blocks of ten by ten, inside which pixels hardly differ (one in 10^8)."""
    rows, columns = shape
    back = Transformer.from_crs(crs, pyproj.CRS(crs).geodetic_crs, always_xy=True)
    geod, side = Geod(ellps="WGS84"), BLOCK * PIXEL_M
    area = np.empty((-(-rows // BLOCK), -(-columns // BLOCK)))
    for r in range(area.shape[0]):
        for c in range(area.shape[1]):
            west, north = transform.c + c * side, transform.f - r * side
            lon, lat = back.transform(
                [west, west + side, west + side, west], [north, north, north - side, north - side]
            )
            area[r, c] = abs(geod.polygon_area_perimeter(lon, lat)[0]) / 10_000.0 / BLOCK**2
    return np.repeat(np.repeat(area, BLOCK, axis=0), BLOCK, axis=1)[:rows, :columns]


def sieved(trees: NDArray[np.bool_], seen: NDArray[np.bool_], area: Floats) -> NDArray[np.bool_]:
    """Trees without patches, then holes, under 0.3 ha; pixels join over corners; what is not seen stays out."""
    result = trees.copy()
    for patch in patches(trees):
        if area.ravel()[patch].sum() < PATCH_HA:
            result.ravel()[patch] = False
    for hole in patches(seen & ~result):
        if area.ravel()[hole].sum() < PATCH_HA:
            result.ravel()[hole] = True
    return result


def patches(mask: NDArray[np.bool_]) -> list[list[int]]:
    """Patches of a mask as lists of flat places, joined over corners, by flood fill."""
    columns = mask.shape[1]
    wide = columns + 2
    open_ = bytearray(np.pad(mask, 1).astype(np.uint8).tobytes())
    steps = (-wide - 1, -wide, -wide + 1, -1, 1, wide - 1, wide, wide + 1)
    found = []
    for start in np.flatnonzero(np.pad(mask, 1)).tolist():
        if not open_[start]:
            continue
        open_[start] = 0
        patch, edge = [], [start]
        while edge:
            place = edge.pop()
            patch.append((place // wide - 1) * columns + place % wide - 1)
            for step in steps:
                if open_[place + step]:
                    open_[place + step] = 0
                    edge.append(place + step)
        found.append(patch)
    return found
