"""Classes of a 10 m raster inside zones: zonal.class_hectares against counting pixel centres, in one run.

    python tests/bench/bench_zonal.py [ZONES] [ROUNDS]

Centre counting is what rasterstats does by default: rasterio.features.rasterize in a window, count, times the nominal area of a pixel.
The truth is geometry: classes are blocks of pixels, so zone by block is an intersection of polygons with a geodesic area.
"""

import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import geopandas as gpd
import numpy as np
import pandas as pd
import rasterio.features
import shapely
from affine import Affine
from pyproj import CRS

from geoplan import areas, zonal

CRS_ = CRS.from_epsg(9213)
PIXEL_M, BLOCK, BLOCKS = 10.0, 25, 40
WEST, NORTH = 480_000.0, 2_460_000.0
GRID = Affine(PIXEL_M, 0, WEST, 0, -PIXEL_M, NORTH)
SIZES_M = (40.0, 100.0, 300.0, 1200.0)


def raster() -> tuple[np.ma.MaskedArray, gpd.GeoDataFrame]:
    """Four classes in blocks of 250 m, as an array and as polygons."""
    classes = np.random.default_rng(1).integers(1, 5, (BLOCKS, BLOCKS))
    row, column = (index.ravel() for index in np.indices(classes.shape))
    step = PIXEL_M * BLOCK
    boxes = shapely.box(WEST + column * step, NORTH - (row + 1) * step, WEST + (column + 1) * step, NORTH - row * step)
    blocks = gpd.GeoDataFrame({"value": classes.ravel()}, geometry=boxes, crs=CRS_)
    return np.ma.masked_array(np.kron(classes, np.ones((BLOCK, BLOCK), dtype=int)).astype(np.uint8)), blocks


def zones_of(count: int) -> gpd.GeoDataFrame:
    """Stars of the four sizes at random places, inside the raster."""
    rng, side = np.random.default_rng(2), PIXEL_M * BLOCK * BLOCKS
    shapes = []
    for i in range(count):
        size = SIZES_M[i % len(SIZES_M)]
        x, y = WEST + rng.uniform(size, side - size), NORTH - rng.uniform(size, side - size)
        angle, reach = np.linspace(0, 2 * np.pi, 24, endpoint=False), rng.uniform(0.3, 0.5, 24) * size
        shapes.append(shapely.Polygon(np.column_stack([x + reach * np.cos(angle), y + reach * np.sin(angle)])))
    return gpd.GeoDataFrame({"size_m": [SIZES_M[i % len(SIZES_M)] for i in range(count)]}, geometry=shapes, crs=CRS_)


def by_centres(values: np.ma.MaskedArray, zones: gpd.GeoDataFrame) -> pd.DataFrame:
    rows = []
    for i, shape in enumerate(zones.geometry):
        west, south, east, north = shape.bounds
        left, top = max(int((west - WEST) // PIXEL_M), 0), max(int((NORTH - north) // PIXEL_M), 0)
        right, bottom = int((east - WEST) // PIXEL_M) + 1, int((NORTH - south) // PIXEL_M) + 1
        window = values[top:bottom, left:right]
        inside = (
            rasterio.features.rasterize(
                [(shape, 1)], window.shape, transform=GRID @ Affine.translation(left, top), dtype="uint8"
            )
            == 1
        )
        found, counts = np.unique(window[inside].compressed(), return_counts=True)
        rows += [(i, value, n * PIXEL_M**2 / 1e4) for value, n in zip(found, counts, strict=True)]
    return pd.DataFrame(rows, columns=["zone", "value", "ha"])


def truth(blocks: gpd.GeoDataFrame, zones: gpd.GeoDataFrame) -> pd.DataFrame:
    shapes, others = zones.geometry.to_numpy(), blocks.geometry.to_numpy()
    zone, block = shapely.STRtree(others).query(shapes, predicate="intersects")
    ha = areas.of(shapely.intersection(shapes[zone], others[block]), CRS_)
    frame = pd.DataFrame({"zone": zone, "value": blocks["value"].to_numpy()[block], "ha": ha})
    return frame.groupby(["zone", "value"], as_index=False)["ha"].sum()


def errors(found: pd.DataFrame, right: pd.DataFrame, zones: gpd.GeoDataFrame) -> pd.DataFrame:
    """Misplaced hectares of a zone (half the sum of differences over its classes, or their sum where the total is off), per cent of it."""
    both = right.merge(found, on=["zone", "value"], how="outer", suffixes=("", "_found")).fillna(
        {"ha": 0.0, "ha_found": 0.0}
    )
    off = (both["ha_found"] - both["ha"]).abs().groupby(both["zone"]).sum()
    whole = both["ha"].groupby(both["zone"]).sum()
    share = (100 * off / whole).groupby(zones["size_m"])
    return pd.DataFrame({"mean_pct": share.mean(), "largest_pct": share.max()})


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


def main() -> None:
    count, rounds = (int(word) for word in (sys.argv[1:] + ["2000", "3"][len(sys.argv) - 1 :])[:2])
    values, blocks = raster()
    zones = zones_of(count)
    right = truth(blocks, zones)
    say(
        f"{values.shape[0]} x {values.shape[1]} pixels of {PIXEL_M:g} m, {count} zones of {', '.join(f'{s:g}' for s in SIZES_M)} m, {rounds} rounds"
    )
    works: dict[str, Any] = {
        "zonal.class_hectares": lambda: zonal.class_hectares(values, GRID, CRS_, zones),
        "pixel centres": lambda: by_centres(values, zones),
    }
    best, made = dict.fromkeys(works, float("inf")), {}
    for _ in range(rounds):
        for name, work in works.items():
            start = time.perf_counter()
            made[name] = work()
            best[name] = min(best[name], time.perf_counter() - start)
    first, second = works
    for name, found in made.items():
        say(
            f"  {name}: {best[name]:.3f} s, {best[name] / count * 1e6:.0f} us a zone; hectares in the wrong class or missing, % of the zone:"
        )
        for size, row in errors(found, right, zones).iterrows():
            say(f"    {size:6g} m   mean {row['mean_pct']:9.5f}   largest {row['largest_pct']:9.5f}")
    say(f"  ratio {second} / {first} {best[second] / best[first]:.2f}")


if __name__ == "__main__":
    main()
