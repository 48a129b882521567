"""Second pass over the images: one block of ground on all dates, masked, lit as level ground, screened.

Everything a block needs from beyond its edge (cloud to be widened, hills that cast shadow) is read with a margin, so
that blocks know nothing of each other and a pixel has the same numbers in any block and any order.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import numpy.typing as npt

from geoplan.imagery.ground import Ground, ground
from geoplan.imagery.reading import Tile, classes, reflectance
from geoplan.imagery.records import BANDS, SCALE, UNSEEN, Images, Scene
from geoplan.imagery.settings import StackSettings
from geoplan.pixels import clouds, illumination, series
from geoplan.rasters import Raster

STEP_DEG = 5
"""Horizons are computed at every so many degrees; a date takes the nearest direction."""

_ROWS = 16
"""Rows of a block that are screened at once."""

_MOST = 32767

Stored = npt.NDArray[np.int16]


def block(
    images: Images,
    dem: Raster | None,
    tile: Tile,
    constants: Sequence[Mapping[str, float]],
    settings: StackSettings,
    pool: ThreadPoolExecutor,
    step: Callable[[int], None],
) -> Stored:
    """Reflectance times 10,000 of a tile, shape (bands, time, y, x); `UNSEEN` where not observed, in all bands alike.

    Parameters
    ----------
    constants : sequence of mapping
        The light's constant of each band, one mapping a date.
    pool, step
        Threads; what is told how many dates were done.
    """
    margin = max(math.ceil(settings.cloud_px), math.ceil(settings.shadow_px))
    under = None
    if dem is not None:
        directions: dict[int, float] = {}
        for scene in images.scenes:
            towards = _direction(scene)
            directions[towards] = min(directions.get(towards, math.inf), _height(scene))
        under = ground(dem, images.crs, tile.grown(margin), directions, settings.shadow_reach_m)
    days = images.days
    found = np.full((len(BANDS), len(days), tile.height, tile.width), UNSEEN, dtype=np.int16)

    def date(number: int) -> int:
        tiles = [i for i, scene in enumerate(images.scenes) if scene.day == days[number]]
        for i in tiles:  # one after the other: where they overlap the first by name that saw the ground is taken
            _fill(images.scenes[i], tile, margin, under, constants[i], settings, found[:, number])
        return len(tiles)

    for count in pool.map(date, range(len(days))):
        step(count)
    years = series.in_years(list(days))
    starts = range(0, tile.height, _ROWS)
    for _ in pool.map(lambda row: _screen(found[:, :, row : row + _ROWS], years, settings), starts):
        pass
    return found


def _fill(
    scene: Scene,
    tile: Tile,
    margin: int,
    under: Ground | None,
    constants: Mapping[str, float],
    settings: StackSettings,
    found: Stored,
) -> None:
    """One scene of a block, in place, where `found` is still unseen."""
    wide = tile.grown(margin)
    inside = (slice(margin, margin + tile.height), slice(margin, margin + tile.width))
    sensed = classes(scene.mask, scene.shown, wide)
    cos_i = None
    shaded = np.zeros(sensed.shape, dtype=bool)
    if under is not None:
        cos_i = illumination.cos_incidence(under.normal, scene.sun_zenith_deg, scene.sun_azimuth_deg)
        shaded = cos_i < settings.dark_share * math.cos(math.radians(scene.sun_zenith_deg))
    seen = clouds.clear(sensed, shaded, cloud_px=settings.cloud_px, shadow_px=settings.shadow_px)[inside]
    steep = None
    if under is not None and cos_i is not None:
        steep = (under.slope_deg >= settings.flat_deg)[inside]
        cos_i = np.ascontiguousarray(cos_i[inside])
        seen &= ~((cos_i < settings.cos_least) | (under.horizons[_direction(scene)][inside] > _height(scene)))
    if not seen.any():
        return
    values = np.stack([reflectance(scene.bands[band], scene.shown, tile) for band in BANDS])
    seen &= np.isfinite(values).all(axis=0) & (found[0] == UNSEEN)
    for number, band in enumerate(BANDS):
        level = values[number]
        if cos_i is not None and steep is not None:
            factor = illumination.light_factor(
                cos_i, scene.sun_zenith_deg, constants[band], settings.factor_low, settings.factor_high
            )
            level = np.where(steep, level * factor, level)
        whole = np.clip(np.rint(level[seen] * np.float32(SCALE)), -_MOST, _MOST)
        found[number][seen] = whole.astype(np.int16)


def _screen(rows: Stored, years: npt.NDArray[np.float64], settings: StackSettings) -> None:
    """Unsee haze in some rows of a block, in place."""
    times = rows.shape[1]
    flat = {}
    for name in ("blue", "swir2", "nir", "red"):
        stored = rows[BANDS.index(name)].reshape(times, -1)
        values = stored.astype(np.float32) / np.float32(SCALE)
        values[stored == UNSEEN] = np.nan
        flat[name] = values
    haze = clouds.hazy(
        years,
        flat["blue"],
        flat["swir2"],
        flat["nir"],
        flat["red"],
        least=settings.haze_least,
        sigmas=settings.haze_sigmas,
        most_blue=settings.blue_most,
    )
    rows[:, haze.reshape(rows.shape[1:])] = UNSEEN


def _height(scene: Scene) -> float:
    """Tangent of the sun's height, as near as a float32 holds it, so that horizons at just this are not above it."""
    return float(np.float32(math.tan(math.radians(90.0 - scene.sun_zenith_deg))))


def _direction(scene: Scene) -> int:
    return round(scene.sun_azimuth_deg / STEP_DEG) * STEP_DEG % 360
