"""A folder of images that a person can compute: hills and a plain, forest, one field, clouds where they are told to be.

Forty dates over 80 x 60 pixels of 10 m. Reflectance of forest is the same on every date and known to the last digit.
"""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from affine import Affine

from geoplan import crs, imagery, rasters
from geoplan.imagery import Images, ImagesSpec
from geoplan.rasters import Raster, RasterSpec

WEST, NORTH = 500_000.0, 2_456_000.0
WIDTH, HEIGHT = 80, 60
CRS = "EPSG:32648"
FOREST = {"blue": 0.03, "red": 0.03, "nir": 0.36, "swir1": 0.18, "swir2": 0.08}
SOIL = {"blue": 0.07, "red": 0.16, "nir": 0.24, "swir1": 0.36, "swir2": 0.30}
FILES = {"blue": "B02", "red": "B04", "nir": "B08", "swir1": "B11", "swir2": "B12"}
COARSE = ("swir1", "swir2", "SCL")


def grid(cell: float = 10.0, east: float = 0.0, south: float = 0.0) -> Affine:
    return Affine(cell, 0, WEST + east, 0, -cell, NORTH - south)


def write(path: Path, values: np.ndarray, transform: Affine, **options: Any) -> Path:
    """A GeoTIFF of one band, or of many with `descriptions`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    bands = values if values.ndim == 3 else values[None]
    profile = {"driver": "GTiff", "crs": CRS, "transform": transform, **options}
    descriptions, tags = profile.pop("descriptions", None), profile.pop("tags", None)
    with rasterio.open(
        path, "w", count=len(bands), height=bands.shape[1], width=bands.shape[2], dtype=bands.dtype, **profile
    ) as made:
        made.write(bands)
        if descriptions:
            made.descriptions = descriptions
        if tags:
            made.scales, made.offsets = [tags[0]] * len(bands), [tags[1]] * len(bands)
    return path


def toml(day: str, /, **changed: Any) -> str:
    """``scene.toml`` of a day; a key changed to None is left out."""
    keys = {"day": day, "sensor": '"sentinel2"', "baseline": '"05.09"', "scale": 10000, "offset": -1000, **changed}
    return "".join(f"{key} = {value}\n" for key, value in keys.items() if value is not None)


def flat(height: int = HEIGHT, width: int = WIDTH) -> dict[str, np.ndarray]:
    """Forest everywhere, as reflectance at 10 m, and the mask's class 4."""
    return {
        **{band: np.full((height, width), value) for band, value in FOREST.items()},
        "SCL": np.full((height, width), 4),
    }


def scene(folder: Path, day: str, pixels: dict[str, np.ndarray] | None = None, /, **changed: Any) -> Path:
    """One date as a folder of files. `changed` goes to `toml`; ``east`` and ``south`` shift the whole date."""
    east, south = changed.pop("east", 0.0), changed.pop("south", 0.0)
    offset = changed.get("offset", -1000) or 0
    place = folder / day
    for name, values in (pixels or flat()).items():
        step = 2 if name in COARSE else 1
        own = values[::step, ::step]
        stored = (
            own.astype(np.uint8)
            if name == "SCL"
            else np.where(np.isnan(own), 0, np.rint(own * 10000 - offset)).astype(np.uint16)
        )
        write(place / f"{FILES.get(name, name)}.tif", stored, grid(10.0 * step, east, south))
    (place / "scene.toml").write_text(toml(day, **changed), encoding="utf-8")
    return place


def days(count: int, step: int = 20) -> list[str]:
    return [(date(2023, 1, 5) + timedelta(days=step * i)).isoformat() for i in range(count)]


def opened(folder: Path) -> Images:
    return imagery.open_images(ImagesSpec("sentinel2", folder, folder.name), folder.parent)


def hill() -> np.ndarray:
    """Heights at 10 m: level in the west, a ridge from north to south whose sides rise and fall by 1 in 2."""
    x = np.arange(WIDTH + 40) - 20.0
    line = np.clip(np.minimum(x - 30, 70 - x) * 5.0, 0.0, None)
    return np.tile(line, (HEIGHT + 40, 1))


def dem(folder: Path, heights: np.ndarray | None = None) -> Raster:
    values = (hill() if heights is None else heights).astype(np.float32)
    path = write(folder / "dem.tif", values, grid(10.0, -200.0, -200.0))
    return rasters.open_raster(RasterSpec("dem", path, "dem.tif"), folder)


def moved_dem(folder: Path, system: str) -> Raster:
    """The hill in another system: heights computed at its own cell centres, which were moved by the pinned shift."""
    side = 110
    here, there = crs.parse(CRS), crs.parse(system)
    corner = crs.transform([WEST - 150], [NORTH + 150], here, there)
    west, north = float(np.floor(corner[0][0])), float(np.floor(corner[1][0]))
    x, y = np.meshgrid(west + 5 + 10.0 * np.arange(side), north - 5 - 10.0 * np.arange(side))
    east = crs.transform(x, y, there, here)[0]
    column = (east - WEST) / 10.0 - 0.5
    heights = np.clip(np.minimum(column - 30, 70 - column) * 5.0, 0.0, None).astype(np.float32)
    path = write(folder / "dem_vn.tif", heights, Affine(10, 0, west, 0, -10, north), crs=system)
    return rasters.open_raster(RasterSpec("dem", path, "dem_vn.tif"), folder)
