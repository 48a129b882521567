"""The commune as Sentinel-2 would see it: what stands on every pixel on every day, the light on it, the clouds over it.

What is left out: cast shadows of hills, the view angle, adjacency of bright ground, other bands than five.
"""

from datetime import date
from pathlib import Path

import geopandas as gpd
import numpy as np

from geoplan.demo.commune import Commune
from geoplan.demo.files import write_table
from geoplan.demo.grids import write_grid
from geoplan.demo.land_cover import Cover
from geoplan.demo.plan import AS_OF
from geoplan.demo.scene.images import write_images
from geoplan.demo.scene.points import drawn
from geoplan.demo.scene.truth_forest import forest_at, forest_rows
from geoplan.demo.scene.truth_zones_seen import event_rows, lot_rows, zone_rows
from geoplan.demo.scene.world import SCENE_CRS, World, moved, world

__all__ = ["World", "world", "write"]


def write(
    folder: Path, made: Commune, zones: gpd.GeoDataFrame, cover: Cover, seen: World, seed: int
) -> dict[str, object]:
    """Write everything of the scene into the project's folder; its sections of the truth.

    Files: ``images/s2``, ``rasters/tang_mau.tif`` (strata), ``layers/mau_kiem_chung.csv`` (samples),
    ``layers/diem_huan_luyen.csv`` (training), ``truth/rung_that.tif`` (1 forest by the rules), ``truth/lop_that.tif``
    (kinds of cover).
    """
    day = date.fromisoformat(AS_OF).toordinal()
    forest = forest_at(seen, day)
    points = drawn(made, cover, seen, forest.ruled, seed)
    write_grid(folder / "rasters" / "tang_mau.tif", points.strata, cover.transform, nodata=0)
    write_table(folder / "layers" / "mau_kiem_chung.csv", points.samples)
    write_table(folder / "layers" / "diem_huan_luyen.csv", points.training)
    kinds = seen.plots.at(day)[0].astype(np.uint8)[seen.plot]
    for name, values in (("rung_that", forest.ruled.astype(np.uint8)), ("lop_that", kinds)):
        write_grid(folder / "truth" / f"{name}.tif", values, seen.grid.transform, nodata=255, crs=SCENE_CRS)
    scenes = write_images(folder / "images" / "s2", seen, seed)
    return {
        "forest_seen": forest_rows(made, seen, forest),
        "forest_lots": lot_rows(made.lots, seen, seen.grid.owners(moved(made.mosaic.lots))),
        "zones_seen": zone_rows(zones),
        "events": event_rows(seen),
        "scenes": scenes,
    }
