"""First pass over the images: what each date's light is, and whether its numbers can be reflectance at all.

Judged over what the sensor itself calls vegetation (class 4), so that a wrong offset cannot hide by changing NDVI:
the median of a band over vegetation lies between 0.005 and 0.6; near infrared is brighter than red and than both
bands of short-wave infrared there, and SWIR 1 than SWIR 2; no date is brighter than the folder's usual by the same in
all bands, which is what an offset left in looks like (haze is brighter in blue alone).
"""

import math
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from geoplan.errors import InputError, Problem
from geoplan.imagery.ground import Ground, ground
from geoplan.imagery.reading import Tile, classes, reflectance
from geoplan.imagery.records import BANDS, Images, Scene
from geoplan.imagery.settings import StackSettings
from geoplan.pixels import illumination, indices
from geoplan.rasters import Raster

PIECE = 1024
"""Side of the pieces read, pixels."""

VEGETATION, BARE = 4, 5
FEWEST = 200
"""Pixels of a class below which nothing is said of a date."""

FEWEST_SHARE = 0.01
"""Share of a date's pixels that must be vegetation: of an overcast date the sensor calls rims of cloud vegetation."""

MANY = 5000
"""Pixels of vegetation that make the order of near infrared and SWIR 1 sure."""

LOWEST, HIGHEST = 0.005, 0.6
"""Median reflectance of vegetation beyond these is no reflectance."""

OFFSET_LEFT = 0.06
"""A date whose blue, red and SWIR 2 over vegetation all exceed the folder's usual by this has another offset."""

ALIKE = 0.06
"""An offset lifts these bands alike; where they differ by more it is cloud or haze, which is brightest in blue."""

BLUE_MOST = 0.10
"""Vegetation whose usual blue is above this carries an offset: true leaves have 0.02 to 0.06."""

_BINS, _FIRST, _STEP = 2000, -0.5, 0.001
Counts = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Sums:
    """What is added up of a date: sums for the light, counts of reflectance over vegetation and over bare ground."""

    light: npt.NDArray[np.float64]
    vegetation: Counts
    bare: Counts
    highest_class: int
    known: int
    pixels: int

    def plus(self, other: "Sums") -> "Sums":
        """Both parts together."""
        return Sums(
            self.light + other.light,
            self.vegetation + other.vegetation,
            self.bare + other.bare,
            max(self.highest_class, other.highest_class),
            self.known + other.known,
            self.pixels + other.pixels,
        )


def gathered(
    images: Images,
    dem: Raster | None,
    tiles: Sequence[Tile],
    settings: StackSettings,
    pool: ThreadPoolExecutor,
    step: Callable[[int], None],
) -> list[Sums]:
    """Sums of every date over the tiles, dates in order; `step` is told how many pieces were done.

    Raises
    ------
    InputError
        Every damaged file that was met.
    """
    found: list[Sums | None] = [None] * len(images.scenes)
    errors: dict[str, Problem] = {}
    for tile in tiles:
        under = ground(dem, images.crs, tile) if dem is not None else None

        def part(scene: Scene, tile: Tile = tile, under: Ground | None = under) -> Sums | InputError:
            try:
                return _sums(scene, tile, under, settings)
            except InputError as error:
                return error

        for i, one in enumerate(pool.map(part, images.scenes)):
            if isinstance(one, InputError):
                errors |= {f"{p.key} {p.where}": p for p in one.problems}
            else:
                before = found[i]
                found[i] = one if before is None else before.plus(one)
            step(1)
    if errors:
        raise InputError(*errors.values())
    return [one for one in found if one is not None]


def constants(sums: Sums, settings: StackSettings) -> dict[str, float]:
    """The constant of the light's correction of each band; infinity corrects nothing."""
    return {band: illumination.c_constant(line, settings.c_least) for band, line in zip(BANDS, sums.light, strict=True)}


def refusals(images: Images, sums: Sequence[Sums]) -> tuple[list[Problem], list[Problem]]:
    """What makes the numbers of dates no reflectance, and what could not be checked."""
    errors: list[Problem] = []
    green: dict[int, dict[str, float]] = {}
    for i, (scene, one) in enumerate(zip(images.scenes, sums, strict=True)):
        if one.highest_class > 11:
            errors.append(Problem("imagery.mask_not_scl", scene.shown, {"found": str(one.highest_class)}))
        if int(one.vegetation[0].sum()) < max(FEWEST, FEWEST_SHARE * one.pixels):
            continue
        medians = {band: _median(line) for band, line in zip(BANDS, one.vegetation, strict=True)}
        odd = [(band, value) for band, value in medians.items() if not LOWEST <= value <= HIGHEST]
        if odd:
            shown = ", ".join(f"{band} {value:.3f}" for band, value in odd)
            facts: dict[str, str | int | float] = {"found": shown, "lowest": f"{LOWEST:g}", "highest": f"{HIGHEST:g}"}
            errors.append(Problem("imagery.reflectance_odd", scene.shown, facts))
            continue
        if not _leaves(medians, int(one.vegetation[0].sum())):
            shown = ", ".join(f"{band} {medians[band]:.3f}" for band in BANDS)
            errors.append(Problem("imagery.bands_swapped", scene.shown, {"found": shown}))
            continue
        green[i] = medians
    if not errors and not green:
        return [], [Problem("imagery.bands_unchecked", images.source.path, {"n": len(images.scenes)})]
    return errors + _offsets(images, green) + _soil(images, sums), []


def _sums(scene: Scene, tile: Tile, under: Ground | None, settings: StackSettings) -> Sums:
    """Sums of one date over one tile."""
    seen = classes(scene.mask, scene.shown, tile)
    leaves, soil = seen == VEGETATION, seen == BARE
    values = np.stack([reflectance(scene.bands[band], scene.shown, tile) for band in BANDS])
    light = np.zeros((len(BANDS), 5))
    known = 0
    if under is not None:
        cos_i = illumination.cos_incidence(under.normal, scene.sun_zenith_deg, scene.sun_azimuth_deg)
        use = leaves & (indices.ndvi(values[BANDS.index("nir")], values[BANDS.index("red")]) > settings.vegetated)
        light = illumination.light_sums(values, cos_i, use)
        known = int(np.isfinite(cos_i).sum())
    return Sums(light, _counts(values, leaves), _counts(values, soil), int(seen.max()), known, seen.size)


def _counts(values: npt.NDArray[np.float32], where: npt.NDArray[np.bool_]) -> Counts:
    """Counts by thousandths of reflectance of each band over the pixels that are observed in all."""
    chosen = values[:, where]
    chosen = chosen[:, np.isfinite(chosen).all(axis=0)]
    place = np.clip(np.floor((chosen - _FIRST) / _STEP), 0, _BINS - 1).astype(np.int64)
    return np.stack([np.bincount(line, minlength=_BINS) for line in place])


def _median(counts: Counts) -> float:
    middle = int(np.searchsorted(np.cumsum(counts), (int(counts.sum()) + 1) // 2))
    return _FIRST + (middle + 0.5) * _STEP


def _leaves(medians: dict[str, float], pixels: int) -> bool:
    """True where the medians over vegetation are in the order that leaves have; sparse crops blur that of SWIR 1."""
    nir = medians["nir"]
    sure = nir > max(medians["red"], medians["blue"], medians["swir2"]) and medians["swir1"] > medians["swir2"]
    return sure and (nir > medians["swir1"] or pixels < MANY)


def _offsets(images: Images, green: dict[int, dict[str, float]]) -> list[Problem]:
    """Dates that are brighter than usual by the same in all bands, or a folder that is."""
    if not green:
        return []
    usual = {band: float(np.median([m[band] for m in green.values()])) for band in BANDS}
    if usual["blue"] > BLUE_MOST:
        facts: dict[str, str | int | float] = {"blue": f"{usual['blue']:.3f}", "most": f"{BLUE_MOST:g}"}
        return [Problem("imagery.offset_left", images.source.path, facts)]
    errors = []
    for i, medians in green.items():
        above = [medians[band] - usual[band] for band in ("blue", "red", "swir2")]
        if min(above) > OFFSET_LEFT and max(above) - min(above) < ALIKE:
            found: dict[str, str | int | float] = {"more": f"{min(above):.3f}"}
            errors.append(Problem("imagery.offset_doubtful", images.scenes[i].shown, found))
    return errors


def _soil(images: Images, sums: Sequence[Sums]) -> list[Problem]:
    """Blue and red exchanged: on bare ground red is the brighter. Judged over all dates, for haze is blue."""
    blue, red = BANDS.index("blue"), BANDS.index("red")
    chosen = [one.bare for one in sums if int(one.bare[0].sum()) >= FEWEST]
    if not chosen:
        return []
    differences = [_median(bare[red]) - _median(bare[blue]) for bare in chosen]
    usual = float(np.median(differences))
    if usual > 0.0 or math.isclose(usual, 0.0, abs_tol=1e-9):
        return []
    return [Problem("imagery.blue_red_swapped", images.source.path, {"difference": f"{usual:.3f}"})]
