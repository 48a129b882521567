"""Images of the scene: one folder a date with five bands, the sensor's mask and `scene.toml`.

Reflectance is rounded to 0.001 so that the files stay small. Each date has a generator of its own, so any number of
threads writes the same bytes.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np
from affine import Affine
from numpy.typing import NDArray
from rasterio.io import MemoryFile
from scipy.ndimage import gaussian_filter

from geoplan import writing
from geoplan.demo.noise import Floats, fractal
from geoplan.demo.scene import clouds
from geoplan.demo.scene.growth import GREEN, RICE_GREEN, Kind
from geoplan.demo.scene.light import BANDS, ENDMEMBERS, HAZE, facing, sun, terrain_light
from geoplan.demo.scene.world import SCENE_CRS, World

FIRST, LAST, EVERY = date(2022, 7, 1), date(2026, 6, 30), 5
LEAST_CLEAR = 0.05
OLD_SCENES = 3
"""The first scenes are of an old baseline without offset."""
SPREAD_PX = 0.6
NOISE, NOISE_SWIR = (0.015, 0.003), (0.03, 0.003)
CLOUD = np.array([0.52, 0.54, 0.58, 0.42, 0.33])
SHADE = np.array([0.62, 0.72, 0.84, 0.88, 0.90])
"""Of the light, what a full cloud shadow takes."""


@dataclass(frozen=True, eq=False)
class Still:
    """What no date changes: small differences of pixels, houses."""

    texture: NDArray[np.float32]
    houses: NDArray[np.bool_]


def write_images(
    folder: Path, seen: World, seed: int, *, threads: int = 2, last: date = LAST
) -> list[dict[str, object]]:
    """All dates from July 2022 to June 2026, every five days; dates with less than 5 % clear ground are left out.

    Parameters
    ----------
    threads : int
        Dates that are made at once; the bytes do not depend on it.
    last : date
        Day after which nothing is written.

    Returns
    -------
    list of dict
        One row a written date: ``day``, ``clear_share``, ``sun_zenith_deg``, ``sun_azimuth_deg``, ``baseline``.
    """
    days = [FIRST + timedelta(days=n) for n in range(0, (last - FIRST).days + 1, EVERY)]
    skies = {day: _sky(day, seen, seed) for day in days}
    kept = [day for day in days if skies[day].clear_share >= LEAST_CLEAR]
    still = _still(seen, seed)
    old = set(kept[:OLD_SCENES])

    def one(day: date) -> dict[str, object]:
        return _write_date(folder / day.isoformat(), day, seen, still, skies[day], seed, day in old)

    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(one, kept))


def _sky(day: date, seen: World, seed: int) -> clouds.Sky:
    rng = np.random.default_rng([seed, day.toordinal(), 1])
    return clouds.sky(day, (seen.grid.rows // 2, seen.grid.columns // 2), sun(day), rng)


def _still(seen: World, seed: int) -> Still:
    """Texture of canopies: smooth patches of 4 % and pixels of 2 %."""
    rng = np.random.default_rng([seed, 3002])
    smooth = fractal(rng, seen.grid.shape, 2.4)
    texture = 0.04 * smooth + 0.02 * rng.standard_normal(seen.grid.shape)
    kind = seen.plots.at(LAST.toordinal())[0]
    return Still(texture.astype(np.float32), (kind == Kind.HOUSES)[seen.plot])


def _write_date(
    folder: Path, day: date, seen: World, still: Still, sky: clouds.Sky, seed: int, old: bool
) -> dict[str, object]:
    """Five bands, the mask and the facts of one date."""
    rng = np.random.default_rng([seed, day.toordinal(), 2])
    zenith, azimuth = sun(day)
    cos_i = facing(seen.metres, 10.0, zenith, azimuth)
    offset = 0 if old else -1000
    bands = surface(seen, still, day)
    haze, gain = abs(rng.normal(0.0, 0.8)), rng.normal(1.0, 0.02, len(BANDS))
    opacity, fringe, shadow = (_fine(part) for part in (sky.opacity, sky.fringe, sky.shadow))
    for b, name in enumerate(BANDS):
        light = terrain_light(cos_i, zenith, b) * gain[b] * (1.0 - SHADE[b] * shadow)
        band = gaussian_filter(bands[b] * light, SPREAD_PX, truncate=2.5) + haze * HAZE[b] + 0.02 * fringe
        band = band * (1.0 - opacity) + CLOUD[b] * opacity
        coarse = b >= 3
        if coarse:
            band = _coarse(band)
        relative, absolute = NOISE_SWIR if coarse else NOISE
        noise = rng.standard_normal(band.shape)
        band = band * (1.0 + relative * noise) + absolute * rng.standard_normal(band.shape)
        stored = np.clip(np.rint(band * 1000.0) * 10.0 - offset, 1, 20_000).astype(np.uint16)
        _write(folder / f"{name}.tif", stored, seen, coarse)
    mask = scl(seen, still, sky, bands, cos_i, rng)
    _write(folder / "SCL.tif", mask, seen, True)
    baseline = "03.01" if old else "05.09"
    facts = {"day": day.isoformat(), "baseline": baseline, "offset": offset}
    facts |= {"sun_zenith_deg": round(zenith, 3), "sun_azimuth_deg": round(azimuth, 3)}
    writing.write_bytes(folder / "scene.toml", _facts(facts).encode("utf-8"))
    return {**facts, "clear_share": round(sky.clear_share, 4)}


def surface(seen: World, still: Still, day: date) -> NDArray[np.float32]:
    """Reflectance of flat ground without sky between, shape (bands, rows, columns)."""
    parts = seen.plots.shares(day.toordinal())
    base = (parts @ ENDMEMBERS) * seen.plots.gain[:, None]
    green = parts[:, GREEN] + parts[:, RICE_GREEN]
    swing = green[:, None] * (ENDMEMBERS[GREEN] - 0.5 * (ENDMEMBERS[2] + ENDMEMBERS[8])) * seen.plots.gain[:, None]
    flat = [
        base[:, b].astype(np.float32)[seen.plot] + still.texture * swing[:, b].astype(np.float32)[seen.plot]
        for b in range(len(BANDS))
    ]
    found: NDArray[np.float32] = np.maximum(np.stack(flat), np.float32(0.002))
    return found


def scl(
    seen: World, still: Still, sky: clouds.Sky, bands: NDArray[np.float32], cos_i: Floats, rng: np.random.Generator
) -> NDArray[np.uint8]:
    """The sensor's mask, 20 m: as faulty as the real one; 5 % of houses are said to be clouds."""
    red, nir = _coarse(bands[1]), _coarse(bands[2])
    greenness = (nir - red) / (nir + red)
    found = np.where(greenness > 0.45, 4, np.where(nir < 0.05, 6, 5)).astype(np.uint8)
    found[(_coarse(cos_i) < 0.2) & (found != 6)] = 2
    found[(found == 5) & (rng.uniform(size=found.shape) < 0.04)] = 7
    house = _coarse(still.houses.astype(np.float32)) > 0.5
    found[house & (rng.uniform(size=found.shape) < 0.05)] = 9
    return np.where(sky.seen > 0, sky.seen, found).astype(np.uint8)


def _fine(values: Floats) -> NDArray[np.float32]:
    """From 20 m to 10 m, edges softened."""
    doubled = np.repeat(np.repeat(values.astype(np.float32), 2, axis=0), 2, axis=1)
    soft: NDArray[np.float32] = gaussian_filter(doubled, 0.8, truncate=2.0)
    return soft


def _coarse(values: NDArray[np.float32] | Floats) -> Floats:
    """From 10 m to 20 m, means of four."""
    rows, columns = values.shape
    found: Floats = values.reshape(rows // 2, 2, columns // 2, 2).mean(axis=(1, 3))
    return found


def _facts(facts: dict[str, object]) -> str:
    """Text of `scene.toml`."""
    return (
        f'day = {facts["day"]}\nsensor = "sentinel2"\nbaseline = "{facts["baseline"]}"\nscale = 10000\n'
        f"offset = {facts['offset']}\nsun_zenith_deg = {facts['sun_zenith_deg']}\n"
        f"sun_azimuth_deg = {facts['sun_azimuth_deg']}\nsynthetic = true\n"
    )


def _write(path: Path, values: NDArray[np.generic], seen: World, coarse: bool) -> None:
    """One band as a tiled GeoTIFF."""
    side = 20.0 if coarse else 10.0
    form: dict[str, object] = {
        "driver": "GTiff", "height": values.shape[0], "width": values.shape[1], "count": 1, "dtype": values.dtype.name,
        "crs": SCENE_CRS, "transform": Affine(side, 0.0, seen.grid.west, 0.0, -side, seen.grid.north), "nodata": 0,
        "tiled": True, "blockxsize": 256, "blockysize": 256, "compress": "deflate", "zlevel": 4, "predictor": 2,
    }  # fmt: skip
    with MemoryFile() as held:
        with held.open(**form) as out:
            out.write(values, 1)
        writing.write_bytes(path, bytes(held.getbuffer()))
