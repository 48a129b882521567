"""Small scenes drawn as pictures: a letter a pixel, a look every 16 days from July 2022 to the end of June 2026.

F forest, O open ground, K forest on rock (NBR 0.45), C forest cleared in March 2024 and like K from October 2024 on,
? never seen, P forest planted too short ago to be told from open ground.
"""

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
from affine import Affine
from pyproj import CRS

from geoplan.crs import Bounds
from geoplan.imagery.records import BANDS, UNSEEN, Observations, Stack
from geoplan.layers import Source

AS_OF = date(2026, 6, 30)
DAYS = tuple(day for n in range(91) if (day := date(2022, 7, 8) + timedelta(days=16 * n)) <= AS_OF)
WEST, NORTH = 575_000.0, 2_472_000.0
UTM = CRS.from_epsg(32648)
GRID = Affine(10, 0, WEST, 0, -10, NORTH)

SPECTRA = {
    "F": (300, 350, 3100, 1500, 700),  # NDVI 0.80, NBR 0.63
    "O": (600, 900, 2400, 2600, 1700),  # NDVI 0.45, NBR 0.17
    "K": (400, 500, 2900, 1700, 1100),  # NDVI 0.71, NBR 0.45
    "B": (900, 1400, 2300, 3600, 2700),  # NDVI 0.24, NBR -0.08: cleared
}


def observations(picture: str, days: tuple[date, ...] = DAYS) -> Observations:
    rows = np.array([list(line) for line in picture.split()])
    bands = {band: np.full((len(days), *rows.shape), UNSEEN, dtype=np.int16) for band in BANDS}
    for t, day in enumerate(days):
        for letter in np.unique(rows):
            if letter != "?":
                for band, value in zip(BANDS, SPECTRA[_looks_like(letter, day)], strict=True):
                    bands[band][t][rows == letter] = value
    return Observations(days, bands, GRID)


def _looks_like(letter: str, day: date) -> str:
    if letter != "C":
        return "O" if letter == "P" else letter
    return "F" if day < date(2024, 3, 1) else "B" if day < date(2024, 10, 1) else "K"


def stack(seen: Observations, block: int = 256) -> Stack:
    _, height, width = seen.bands["nir"].shape
    source = Source("sentinel2", "images/s2", "0" * 64, len(seen.days), "EPSG:32648", "none")
    return Stack("sentinel2", UTM, seen.transform, width, height, seen.days, Path("unused"), block, source)


def reader(seen: Observations) -> Callable[[Stack, Bounds], Observations]:
    """Reads windows of observations in memory as `imagery.read` reads a stack's."""

    def read(_: Stack, bounds: Bounds) -> Observations:
        west, south, east, north = bounds
        first, last = round((west - WEST) / 10), round((east - WEST) / 10)
        top, bottom = round((NORTH - north) / 10), round((NORTH - south) / 10)
        cut = {band: values[:, top:bottom, first:last] for band, values in seen.bands.items()}
        return Observations(seen.days, cut, Affine(10, 0, west, 0, -10, north))

    return read


def points(places: dict[str, list[tuple[int, int]]], seen_on: str = "2026-03-01") -> gpd.GeoDataFrame:
    """Training points in the middle of pixels: reference to its (row, column)."""
    rows = [(word, row, column) for word, found in places.items() for row, column in found]
    return gpd.GeoDataFrame(
        {
            "training_id": [f"T{i:03d}" for i in range(len(rows))],
            "reference": [word for word, _, _ in rows],
            "seen_on": pd.Timestamp(seen_on),
        },
        geometry=gpd.points_from_xy([WEST + 10 * c + 5 for _, _, c in rows], [NORTH - 10 * r - 5 for _, r, _ in rows]),
        crs=UTM,
    )
