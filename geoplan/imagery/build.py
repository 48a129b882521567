"""Images to a stack: two passes, in blocks, taken up again where a killed run stopped.

Memory holds one block on all dates (200 MB, and as much again while it is written), whatever the size of the images.
The folder of a stack is named by a hash of the images' bytes, the DEM's, the ground, the settings and the format, so an
old stack is never taken for a new one; it may be removed at any time.
"""

import hashlib
import json
import math
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace
from datetime import date
from pathlib import Path
from typing import Any

from affine import Affine

from geoplan import crs as coordinates
from geoplan import writing
from geoplan.crs import Bounds
from geoplan.errors import InputError, Problem
from geoplan.imagery import blocks, statistics, store
from geoplan.imagery.reading import Tile
from geoplan.imagery.records import BANDS, Images, Stack
from geoplan.imagery.settings import StackSettings
from geoplan.rasters import Raster

FORMAT = 1
"""Raised whenever the numbers of a block change for the same input."""

THREADS = 4
UNKNOWN_SHARE = 0.0001


def build(
    images: Images,
    bounds: Bounds,
    dem: Raster | None,
    place: Path,
    *,
    settings: StackSettings | None = None,
    until: date | None = None,
    progress: Callable[[int, int], None] | None = None,
    threads: int | None = None,
) -> Stack:
    """Images masked, corrected for the light on slopes and screened, in blocks on the disk.

    Parameters
    ----------
    images : Images
        As `open_images` gives them.
    bounds : tuple
        West, south, east, north in the images' CRS: the ground wanted, widened to whole pixels of 20 m.
    dem : Raster or None
        Heights in any CRS; without them light is not corrected, and that is said.
    place : Path
        Folder in which the stack gets its own; made where it is not there.
    settings : StackSettings, optional
    until : date, optional
        The day of the figures: later dates have no part in the stack, so that what comes later changes no figure.
    progress : callable, optional
        Told (done, total), in pieces of dates.
    threads : int, optional
        The numbers are the same for any.

    Raises
    ------
    InputError
        ``imagery.no_overlap``; ``imagery.all_later``; ``imagery.reflectance_odd``, ``imagery.bands_swapped``,
        ``imagery.blue_red_swapped``, ``imagery.offset_left``, ``imagery.offset_doubtful``, ``imagery.mask_not_scl``;
        ``raster.broken``, ``raster.block_broken``: of all dates at once.
    PlaceUnavailable
        Where the stack cannot be written.
    """
    chosen = settings or StackSettings()
    images = _until(images, until)
    grid, width, height = _grid(images, bounds)
    folder = place / _key(images, dem, (grid, width, height), chosen)
    tiles = _tiles(grid, width, height, statistics.PIECE)
    side = store.block_side(len(images.days))
    pieces = _tiles(grid, width, height, side)
    count = _Counter((len(tiles) + len(pieces)) * len(images.scenes), progress)
    writing.recover(folder)
    with ThreadPoolExecutor(threads or min(THREADS, os.cpu_count() or 1)) as pool:
        facts = store.read_facts(folder / "scenes.json")
        if facts is None:
            facts = _facts(images, dem, list(tiles.values()), chosen, pool, count.step)
            store.write_facts(folder / "scenes.json", facts)
        else:
            count.step(len(tiles) * len(images.scenes))
        constants = [
            {band: math.inf if c is None else c for band, c in zip(BANDS, line, strict=True)} for line in facts["light"]
        ]
        for (row, column), tile in pieces.items():
            path = store.block_path(folder, row, column)
            if store.whole(path):
                count.step(len(images.scenes))
                continue
            pixels = blocks.block(images, dem, tile, constants, chosen, pool, count.step)
            affine = Affine(tile.cell_m, 0.0, tile.west, 0.0, -tile.cell_m, tile.north)
            store.write_block(path, pixels, affine, images.crs.to_wkt())
    return Stack(
        role=images.role,
        crs=images.crs,
        transform=grid,
        width=width,
        height=height,
        days=images.days,
        folder=folder,
        block=side,
        source=images.source,
        settings=asdict(chosen),
        warnings=(*images.warnings, *_told(images, dem, facts)),
    )


def _until(images: Images, until: date | None) -> Images:
    """The images of a day and before it, with a word on the others."""
    if until is None or images.scenes[-1].day <= until:
        return images
    kept = tuple(scene for scene in images.scenes if scene.day <= until)
    where = images.source.path
    facts: dict[str, str | int | float] = {"n": len(images.scenes) - len(kept), "day": until.isoformat()}
    if not kept:
        raise InputError(Problem("imagery.all_later", where, facts))
    return replace(images, scenes=kept, warnings=(*images.warnings, Problem("imagery.later", where, facts)))


class _Counter:
    """Pieces done, told to the caller's progress."""

    def __init__(self, total: int, progress: Callable[[int, int], None] | None) -> None:
        self.done, self.total, self.progress = 0, total, progress

    def step(self, pieces: int) -> None:
        self.done += pieces
        if self.progress is not None:
            self.progress(self.done, self.total)


def _grid(images: Images, bounds: Bounds) -> tuple[Affine, int, int]:
    """The stack's grid: bounds widened to the lattice of 20 m, inside the images."""
    t = images.transform
    coarse = images.scenes[0].bands["swir1"].transform
    cell, double = t.a, 2 * t.a
    west, south, east, north = bounds
    limits = images.bounds
    if not (west < limits[2] and east > limits[0] and south < limits[3] and north > limits[1]):
        raise InputError(Problem("imagery.no_overlap", images.source.path, {"crs": coordinates.name(images.crs)}))

    def snapped(value: float, origin: float, rounded: Callable[[float], int]) -> float:
        exact = (value - origin) / double
        near = round(exact)
        return origin + double * (near if abs(exact - near) < 1e-6 else rounded(exact))

    west, south = snapped(west, coarse.c, math.floor), snapped(south, coarse.f, math.floor)
    east, north = snapped(east, coarse.c, math.ceil), snapped(north, coarse.f, math.ceil)
    west, south = max(west, limits[0]), max(south, limits[1])
    east, north = min(east, limits[2]), min(north, limits[3])
    return Affine(cell, 0.0, west, 0.0, -cell, north), round((east - west) / cell), round((north - south) / cell)


def _tiles(grid: Affine, width: int, height: int, side: int) -> dict[tuple[int, int], Tile]:
    """Tiles of a grid by row and column."""
    found = {}
    for row, top in enumerate(range(0, height, side)):
        for column, first in enumerate(range(0, width, side)):
            west, north = grid.c + first * grid.a, grid.f - top * grid.a
            found[row, column] = Tile(west, north, grid.a, min(side, width - first), min(side, height - top))
    return found


def _key(images: Images, dem: Raster | None, grid: tuple[Affine, int, int], settings: StackSettings) -> str:
    """Name of the stack's folder: a hash of all that its numbers depend on."""
    affine, width, height = grid
    depends: dict[str, Any] = {
        "format": FORMAT,
        "block": store.block_side(len(images.days)),
        "images": images.source.sha256,
        "grid": [*affine[:6], width, height],
        "settings": asdict(settings),
        "until": images.scenes[-1].day.isoformat(),
    }
    if dem is not None:
        depends["dem"] = [dem.source.sha256, dem.band, dem.scale, dem.offset, list(dem.nodata)]
    text = json.dumps(depends, sort_keys=True)
    return f"{images.role}-{hashlib.sha256(text.encode()).hexdigest()[:16]}"


def _facts(
    images: Images,
    dem: Raster | None,
    tiles: Sequence[Tile],
    settings: StackSettings,
    pool: ThreadPoolExecutor,
    step: Callable[[int], None],
) -> dict[str, Any]:
    """What the first pass found, as JSON can hold it; None for a constant is no correction."""
    sums = statistics.gathered(images, dem, tiles, settings, pool, step)
    errors, told = statistics.refusals(images, sums)
    if errors:
        raise InputError(*errors)
    light = [list(statistics.constants(one, settings).values()) for one in sums]
    return {
        "light": [[None if math.isinf(c) else c for c in line] for line in light],
        "unchecked": bool(told),
        "unknown": 1.0 - sums[0].known / sums[0].pixels,
    }


def _told(images: Images, dem: Raster | None, facts: dict[str, Any]) -> list[Problem]:
    """What must be said of the stack."""
    where, total = images.source.path, len(images.scenes)
    told = []
    if facts["unchecked"]:
        told.append(Problem("imagery.bands_unchecked", where, {"n": total}))
    if dem is None:
        told.append(Problem("imagery.no_terrain", where, {}))
        return told
    if facts["unknown"] > UNKNOWN_SHARE:
        told.append(Problem("imagery.dem_part_unknown", dem.source.path, {"share_pct": 100.0 * facts["unknown"]}))
    unlit = sum(1 for line in facts["light"] if any(c is None for c in line))
    if unlit:
        told.append(Problem("imagery.light_not_fitted", where, {"n": unlit, "total": total}))
    return told
