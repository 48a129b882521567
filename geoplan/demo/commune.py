"""The demo commune: outline, villages, lots, and the cover planned on them."""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import shapely

from geoplan.demo import frms, geodesy
from geoplan.demo.cells import Shapes, around
from geoplan.demo.mosaic import Mosaic, mosaic
from geoplan.demo.noise import Floats
from geoplan.demo.plan import COMMUNE
from geoplan.demo.terrain import Terrain, hills

CRS = "EPSG:9213"
MIDDLE = np.array([422_500.0, 2_472_500.0])
"""About 105.75 E 22.35 N."""
NAMES = ("Nà Lạng", "Khuổi Vẹn", "Bản Chợt", "Phiêng Sảo", "Lủng Nghè", "Pác Ứm")
LOTS = 700
OFFICIAL_SHARE = 1.008
"""Official natural area over the polygon's: the 0.8 % that the commune's papers and map differ by."""


@dataclass(frozen=True, eq=False)
class Commune:
    """Everything that later parts build on; shapes in EPSG:9213, millimetre coordinates."""

    outline: shapely.Geometry
    official_ha: float
    villages: gpd.GeoDataFrame
    lots: gpd.GeoDataFrame
    mosaic: Mosaic
    lot_ha: Floats
    terrain: Terrain


def _outline(rng: np.random.Generator) -> shapely.Polygon:
    """Irregular outline of about 5 x 4.5 km."""
    turn = np.linspace(0.0, 2.0 * np.pi, 1100, endpoint=False)
    round_ = (np.abs(np.cos(turn)) ** 3.2 + np.abs(np.sin(turn)) ** 3.2) ** (-1.0 / 3.2)
    wave = np.zeros_like(turn)
    for number, height in (
        (2, 0.05),
        (3, 0.06),
        (5, 0.035),
        (8, 0.02),
        (13, 0.012),
        (21, 0.007),
        (34, 0.004),
        (55, 0.002),
    ):
        wave += height * np.sin(number * turn + rng.uniform(0.0, 2.0 * np.pi))
    ring = np.column_stack([np.cos(turn), np.sin(turn)]) * (round_ * (1.0 + wave))[:, None]
    span = ring.max(axis=0) - ring.min(axis=0)
    ring = (ring - ring.min(axis=0)) / span * (5000.0, 4500.0) - (2500.0, 2250.0)
    return shapely.Polygon(np.round(ring + MIDDLE, 3))


def commune(rng: np.random.Generator) -> Commune:
    """The commune with its villages and lots."""
    drawn = _outline(rng)
    box = np.array(drawn.bounds) + np.array([-1000.0, -1000.0, 1000.0, 1000.0])
    terrain = hills(np.round(box / 10.0) * 10.0 + np.array([3.7, 0.0, 3.7, -4.3]), 10.0, rng)
    parts = around(_hamlets(drawn, terrain), np.array(drawn.bounds), rng, longest_m=1200.0)
    tiles = mosaic(drawn, LOTS, rng, parts=parts, step_m=8.5)
    lot_ha = geodesy.hectares(tiles.lots, CRS)
    official = round(float(lot_ha.sum()) * OFFICIAL_SHARE, 1)
    codes = frms.covers(tiles.lots, lot_ha, official, terrain, rng, frms.CoverPlan())
    place = frms.Place(int(COMMUNE), "Xã Mẫu", "Tỉnh Mẫu (giả lập)", 99, 901, 0, 2026)
    lots = frms.lots(tiles.lots, lot_ha, codes, _main_village(tiles), place, rng, CRS)
    return Commune(tiles.outline(), official, _villages(tiles.parts()), lots, tiles, lot_ha, terrain)


def _hamlets(drawn: shapely.Geometry, terrain: Terrain) -> Floats:
    """Middles of six villages: three north of the river and three south of it, west to east."""
    west, _, east, _ = drawn.bounds
    x = west + (east - west) * np.array([0.2, 0.5, 0.8])
    river = terrain.valley.north_at(x)
    return np.vstack([np.column_stack([x, river + 700.0]), np.column_stack([x + 120.0, river - 700.0])])


def _villages(shapes: Shapes) -> gpd.GeoDataFrame:
    """Village polygons, gap-free over the commune."""
    rows = {
        "village_code": [f"{COMMUNE}-{i + 1:02d}" for i in range(len(shapes))],
        "name": [f"Thôn {name}" for name in NAMES],
        "unit_code": COMMUNE,
    }
    return gpd.GeoDataFrame(rows, geometry=list(shapes), crs=CRS)


def _main_village(tiles: Mosaic) -> list[str]:
    """Name of the village that most of each lot lies in."""
    share = np.zeros((len(tiles.lots), len(NAMES)))
    np.add.at(share, (tiles.lot_of, tiles.part_of), shapely.area(tiles.faces))
    return [f"Thôn {NAMES[i]}" for i in share.argmax(axis=1)]


def communes(made: Commune) -> gpd.GeoDataFrame:
    """The `communes` layer: one row."""
    row = {
        "unit_code": [COMMUNE],
        "name": ["Xã Mẫu"],
        "area_official_ha": [made.official_ha],
        "valid_from": ["2025-07-01"],
    }
    return gpd.GeoDataFrame(row, geometry=[made.outline], crs=CRS)
