"""The vector door against plain geopandas, in one run: lots read, checked and mended; one outline of 60,000 vertices.

    python tests/bench/bench_door.py [LOTS] [ROUNDS]

The plain way is geopandas.read_file and make_valid: no key, no code, no overlap is looked at, no hectare is geodesic.
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import geopandas as gpd
import numpy as np
import shapely
from pyproj import CRS

from geoplan import areas, layers
from geoplan.layers import LayerSpec

CRS_ = CRS.from_epsg(9213)
WEST, SOUTH, SIDE_M = 430_000.0, 2_440_000.0, 100.0


def lots(count: int, vertices: int = 40) -> gpd.GeoDataFrame:
    """Lots that fit together, each edge with many vertices; every hundredth has a bow tie at its corner."""
    wide = int(np.ceil(np.sqrt(count)))
    along = np.linspace(0.0, 1.0, vertices // 4, endpoint=False)
    ring = np.concatenate(
        [np.column_stack(part) for part in (
            (along, 0 * along), (1 + 0 * along, along), (1 - along, 1 + 0 * along), (0 * along, 1 - along))]
    )  # fmt: skip
    shapes = []
    for i in range(count):
        points = ring * SIDE_M + [WEST + SIDE_M * (i % wide), SOUTH + SIDE_M * (i // wide)]
        if i % 100 == 0:
            points[[1, 2]] = points[[2, 1]]
        shapes.append(shapely.Polygon(points))
    table = {
        "id": np.arange(1, count + 1), "maxa": 1879, "tk": "1", "khoanh": "1", "lo": np.arange(count).astype(str),
        "ldlr": "TXB", "dtich": 1.0, "nggocr": 1, "thanhrung": 1, "namtr": 0,
    }  # fmt: skip
    return gpd.GeoDataFrame(table, geometry=shapes, crs=CRS_)


def outline(vertices: int) -> gpd.GeoDataFrame:
    """One lot with so many vertices, of which some cross their neighbours."""
    angle = np.linspace(0, 2 * np.pi, vertices, endpoint=False) + np.random.default_rng(1).normal(0, 2e-5, vertices)
    reach = 1000 * (1 + 3e-5 * np.random.default_rng(0).random(vertices))
    points = np.column_stack([WEST + 5000 + reach * np.cos(angle), SOUTH + 5000 + reach * np.sin(angle)])
    frame = lots(1).assign(geometry=[shapely.Polygon(points)])
    return frame.assign(dtich=areas.hectares(frame))


def plain(path: Path) -> Any:
    frame = gpd.read_file(path)
    return frame.set_geometry(frame.geometry.make_valid(method="structure"))


def door(path: Path) -> Any:
    found = layers.inspect(LayerSpec("forest_lots", path, path.name), CRS_, path.parent, mend=True)
    if found.layer is None:
        raise SystemExit(f"refused: {[p.key for p in found.errors]}")
    return found


def timed(call: Callable[[Path], Any], path: Path, rounds: int) -> float:
    call(path)
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        call(path)
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def main() -> None:
    count, rounds = (int(word) for word in (sys.argv[1:] + ["5000", "3"][len(sys.argv) - 1 :]))
    with tempfile.TemporaryDirectory() as folder:
        for name, frame in ((f"{count} lots", lots(count)), ("60000 vertices", outline(60_000))):
            path = Path(folder) / "lots.gpkg"
            path.unlink(missing_ok=True)
            frame.to_file(path, driver="GPKG")
            seconds = timed(door, path, rounds), timed(plain, path, rounds)
            print(f"{name}: door {seconds[0]:.2f} s, geopandas {seconds[1]:.2f} s, ratio {seconds[0] / seconds[1]:.1f}")


if __name__ == "__main__":
    main()
