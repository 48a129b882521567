"""Faults that real folders of images have, done to a made one: for tests of those who must see them.

Each function alters ``images/s2`` of a demo project and returns the days that it touched.
"""

import shutil
from datetime import date
from pathlib import Path

import numpy as np
import rasterio
from numpy.typing import NDArray

from geoplan.demo.files import write_text
from geoplan.demo.scene.light import BANDS


def misregistered(images: Path, *, share: float = 0.1, pixels: int = 1, seed: int = 1) -> list[str]:
    """Contents of a share of the dates moved by whole pixels of 20 m, east or west, north or south."""
    rng = np.random.default_rng([seed, 6001])
    days = _days(images)
    chosen = sorted(rng.choice(days, size=max(1, round(share * len(days))), replace=False).tolist())
    for day in chosen:
        down, right = (int(step) for step in rng.choice([-pixels, pixels], size=2))
        for path in sorted((images / day).glob("*.tif")):
            with rasterio.open(path) as held:
                values, form = held.read(1), held.profile
            by = 2 if form["transform"].a == 10.0 else 1
            _rewrite(path, np.roll(values, (by * down, by * right), axis=(0, 1)), form)
    return chosen


def without_weeks(images: Path, first: str, last: str) -> list[str]:
    """Dates from `first` to `last` (ISO) gone: a winter of six weeks without a look."""
    gone = [day for day in _days(images) if first <= day <= last]
    for day in gone:
        shutil.rmtree(images / day)
    return gone


def thinned(images: Path, per_year: int) -> list[str]:
    """Dates gone until a year has `per_year` at most, spread evenly over those it had."""
    gone = []
    for year in sorted({day[:4] for day in _days(images)}):
        mine = [day for day in _days(images) if day.startswith(year)]
        kept = {mine[int(i)] for i in np.linspace(0, len(mine) - 1, min(per_year, len(mine))).round()}
        gone += [day for day in mine if day not in kept]
    for day in gone:
        shutil.rmtree(images / day)
    return gone


def offset_left_in(images: Path, *, lied: bool = False) -> list[str]:
    """`scene.toml` says offset 0 of numbers that have one; with `lied`, an old baseline agrees with it."""
    touched = []
    for day in _days(images):
        path = images / day / "scene.toml"
        text = path.read_text(encoding="utf-8")
        if "offset = -1000" in text:
            text = text.replace("offset = -1000", "offset = 0")
            write_text(path, text.replace('"05.09"', '"03.01"') if lied else text)
            touched.append(day)
    return touched


def swapped(images: Path, one: str = "B04", other: str = "B08") -> list[str]:
    """Two bands under each other's names, on all dates."""
    for day in _days(images):
        first, second, aside = (images / day / f"{name}.tif" for name in (one, other, "aside"))
        first.rename(aside)
        second.rename(first)
        aside.rename(second)
    return _days(images)


def in_crs(images: Path, crs: str) -> list[str]:
    """The same numbers and corners under another CRS's name: a lie."""
    for day in _days(images):
        for path in sorted((images / day).glob("*.tif")):
            with rasterio.open(path) as held:
                values, form = held.read(1), held.profile
            _rewrite(path, values, {**form, "crs": crs})
    return _days(images)


def as_uint8(images: Path) -> list[str]:
    """Reflectance squeezed into pictures of 8 bits, as a viewer saves them."""
    for day in _days(images):
        for name in BANDS:
            path = images / day / f"{name}.tif"
            with rasterio.open(path) as held:
                values, form = held.read(1), held.profile
            _rewrite(path, np.clip(values / 40.0, 0, 255).astype(np.uint8), {**form, "dtype": "uint8"})
    return _days(images)


def _days(images: Path) -> list[str]:
    """ISO days of the folders."""
    return sorted(date.fromisoformat(path.name).isoformat() for path in images.iterdir() if path.is_dir())


def _rewrite(path: Path, values: NDArray[np.generic], form: dict[str, object]) -> None:
    """A band in place of the old one."""
    path.unlink()
    with rasterio.open(path, "w", **form) as out:
        out.write(values, 1)
