"""Forest cover of a made-up commune of N lots: geoplan against geopandas.overlay with a loop of pyproj.Geod, in one run.

    python tests/bench/bench_run.py [LOTS] [ROUNDS]

Both give hectares of natural and planted forest by commune, a lot on a border shared by geodesic area. Pairs alternate;
the least time of each counts. Times depend on the machine, the ratio less so; figures of both are held against each other.
"""

import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj import Geod

from geoplan import areas, codes, overlays
from geoplan.measures.forest_cover import forest_cover

CRS = "EPSG:9213"
WEST, SOUTH = 480_000.0, 2_450_000.0
SIDE_M = 120.0
TYPES = ("TXN", "TXB", "RTG", "DTR", "DT1")
COUNTED = {"natural_forest": "natural_ha", "planted_forest": "planted_ha"}
INTEGERS = ("nggocr", "namtr", "nggocrt", "thanhrung", "ktan", "lapdia", "malr3", "mamdsd", "dtuong", "khoan", "nqh")
TEXTS = ("tk", "khoanh", "lo", "diadanh", "sldlr", "maxa")


def bent(start: np.ndarray, end: np.ndarray, parts: int = 12) -> np.ndarray:
    """Points from start to end, bent by a wave that depends on the place alone: neighbours share their edge."""
    along = np.linspace(0, 1, parts, endpoint=False)[:, None]
    line = start + along * (end - start)
    wave = 9.0 * np.sin(line[:, ::-1] / 37.0) * np.sin(np.pi * along)
    return line + wave


def tile(x: float, y: float, side: float) -> shapely.Polygon:
    """A square with bent edges, each drawn from its lower left end so that it is the same line from both sides."""
    a, b, c, d = (np.array(p) for p in ((x, y), (x + side, y), (x + side, y + side), (x, y + side)))
    back = [np.vstack([bent(p, q), q])[::-1][:-1] for p, q in ((d, c), (a, d))]
    return shapely.Polygon(np.vstack([bent(a, b), bent(b, c), *back]))


def lots_of(count: int) -> gpd.GeoDataFrame:
    wide = int(np.ceil(np.sqrt(count)))
    shapes = [tile(WEST + i % wide * SIDE_M, SOUTH + i // wide * SIDE_M, SIDE_M) for i in range(count)]
    rng = np.random.default_rng(2026)
    frame = gpd.GeoDataFrame(
        {"lot_id": [str(i) for i in range(count)], "ldlr": rng.choice(TYPES, count)}, geometry=shapes, crs=CRS
    )
    frame["ldlr"] = frame["ldlr"].astype(object)
    for name in INTEGERS:
        frame[name] = pd.Series([pd.NA] * count, dtype="Int64")
    for name in TEXTS:
        frame[name] = pd.Series([None] * count, dtype=object)
    frame["geom_ha"] = areas.hectares(frame)
    return frame.assign(dtich=(frame["geom_ha"] * rng.uniform(0.98, 1.02, count)).round(2))


def communes_of(lots: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Four communes whose borders run through the lots."""
    west, south, east, north = lots.total_bounds
    x, y = west + 0.47 * (east - west), south + 0.53 * (north - south)
    shapes = [
        shapely.box(*b) for b in ((west, south, x, y), (x, south, east, y), (west, y, x, north), (x, y, east, north))
    ]
    frame = gpd.GeoDataFrame(
        {"unit_code": [f"0000{i}" for i in range(4)], "name": list("ABCD")}, geometry=shapes, crs=CRS
    )
    return frame.assign(geom_ha=areas.hectares(frame), area_official_ha=areas.hectares(frame).round(2), level="commune")


def ours(communes: gpd.GeoDataFrame, lots: gpd.GeoDataFrame) -> pd.DataFrame:
    return forest_cover(communes, lots, as_of=date(2026, 6, 30)).table.set_index("unit_code")[list(COUNTED.values())]


def peer(communes: gpd.GeoDataFrame, lots: gpd.GeoDataFrame) -> pd.DataFrame:
    """As a script of the field does it: overlay, to degrees, one Geod call a polygon, group and sum."""
    geod = Geod(ellps="WGS84")

    def loop(shapes: Any) -> np.ndarray:
        return np.array([abs(geod.geometry_area_perimeter(shape)[0]) / 1e4 for shape in shapes.to_crs("EPSG:4756")])

    whole = dict(zip(lots["lot_id"], loop(lots.geometry), strict=True))
    named = lots[["lot_id", "dtich", "geometry"]].assign(column=codes.forest_class(lots["ldlr"]).map(COUNTED))
    cut = gpd.overlay(named.dropna(subset=["column"]), communes[["unit_code", "geometry"]], how="intersection")
    cut["ha"] = cut["dtich"] * loop(cut.geometry) / cut["lot_id"].map(whole)
    return cut.pivot_table(index="unit_code", columns="column", values="ha", aggfunc="sum")[list(COUNTED.values())]


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    start = time.perf_counter()
    made = work()
    return time.perf_counter() - start, made


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


def main() -> None:
    count, rounds = (int(word) for word in (sys.argv[1:] + ["5000", "3"][len(sys.argv) - 1 :])[:2])
    lots = lots_of(count)
    communes = communes_of(lots)
    say(
        f"{count} lots of {shapely.get_num_coordinates(lots.geometry.iloc[0])} vertices, {len(communes)} communes, {rounds} rounds"
    )
    works = {
        "geoplan forest_cover": lambda: ours(communes, lots),
        "geoplan overlays.shares": lambda: overlays.shares(lots, communes),
        "geopandas.overlay + Geod": lambda: peer(communes, lots),
    }
    best, made = dict.fromkeys(works, float("inf")), {}
    for _ in range(rounds):
        for name, work in works.items():
            seconds, made[name] = timed(work)
            best[name] = min(best[name], seconds)
    for name, seconds in best.items():
        say(f"  {name:26} {seconds:8.3f} s   {seconds / count * 1e6:8.1f} us a lot")
    names = list(works)
    gap = (made[names[0]] / made[names[2]].reindex(made[names[0]].index) - 1).abs().to_numpy().max()
    say(
        f"  ratio peer / forest_cover {best[names[2]] / best[names[0]]:.2f}, peer / shares {best[names[2]] / best[names[1]]:.2f}"
    )
    say(f"  largest difference of hectares: {100 * gap:.6f} %")


if __name__ == "__main__":
    main()
