"""Whether a raster lies under the communes, and whether its pixels there are what they should be."""

import math
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from affine import Affine
from pyproj import CRS
from rasterio.windows import Window

from geoplan import areas
from geoplan import crs as coordinates
from geoplan.crs import Bounds
from geoplan.errors import InputError, Problem
from geoplan.rasters import edges
from geoplan.rasters.datasets import opened, pixels
from geoplan.rasters.records import Raster, moved, refuse_large, window_of

Facts = dict[str, str | int | float]

LOWEST_HEIGHT, HIGHEST_HEIGHT = -500.0, 9000.0
"""Heights in metres beyond these are no ground but an undeclared code for "nothing here"."""
UNSEEN_SHARE = 0.0001
COARSE_SHARE = 0.05
"""Pixels over this share of the smallest commune's area: fewer than twenty stand for it."""
HIGHEST_PROBABILITY, LOWEST_PROBABILITY = 1.5, -0.5
"""Resampling may carry a probability a little beyond 0 and 1; what reaches beyond these is a percentage or a code."""
MOST_CHECKED = 1_000_000_000
"""Bytes of pixels inside the communes' box; a compressed raster of more is a bomb, or no raster of a commune."""
HOLE_SHARE, HOLE_GAP_M = 0.001, 30.0
"""A lowest height of 0 or less on more than this share of the ground, and no other below this: holes, not the sea."""

_PIECE = 8_000_000


def reached(raster: Raster, crs: CRS) -> Raster:
    """The raster with the operation that moves zones of `crs` to it as evidence; ``crs.no_operation`` where none is."""
    operation = coordinates.operation(crs, raster.crs, raster.source.path)
    return replace(raster, source=replace(raster.source, crs_operation=operation))


def meet(raster: Raster, communes: gpd.GeoDataFrame) -> tuple[Problem, ...]:
    """Whether a raster lies under the communes, and whether its pixels there are what they should be.

    Parameters
    ----------
    communes : GeoDataFrame
        ``unit_code``, ``name``, polygons; any CRS.

    Returns
    -------
    tuple of Problem
        ``raster.part_unseen`` a commune with the share outside the raster; ``raster.coarse`` where a pixel is over a
        twentieth of the smallest commune; ``raster.forest_some_absent``;
        ``raster.nodata_at_edge``; ``raster.zero_heights``.

    Raises
    ------
    InputError
        ``raster.meets_nothing``; ``raster.heights_equal``; ``raster.forest_absent`` where no pixel has a forest class;
        ``raster.nodata_hidden``; ``raster.probability_negative``;
        ``raster.no_pixels`` where every pixel there is masked; ``raster.threshold_unit`` where a threshold of 0 to 1
        meets other units; ``raster.probability_range``; ``raster.block_broken``; ``raster.window_too_big``.
    """
    where = raster.source.path
    grounds = np.asarray(coordinates.geometries(communes.geometry.array, communes.crs, raster.crs), dtype=object)
    if not np.isfinite(shapely.total_bounds(grounds)).all():
        raise InputError(Problem("raster.crs_not_here", where, {"crs": coordinates.name(raster.crs)}))
    frame = shapely.box(*raster.bounds)
    if not shapely.intersects(frame, grounds).any():
        lonlat = CRS.from_user_input("EPSG:4326")
        here = _bounds(coordinates.geometries(np.array([frame], dtype=object), raster.crs, lonlat))
        wanted = _bounds(coordinates.geometries(communes.geometry.array, communes.crs, lonlat))
        distance = coordinates.distance_km(here, wanted)
        facts: Facts = {"distance_km": distance, "crs": coordinates.name(raster.crs)}
        raise InputError(Problem("raster.meets_nothing", where, facts))
    for ground in grounds:
        refuse_large(raster, window_of(raster, _bounds([ground])))  # before its pixels are unpacked to be checked
    said: list[Problem] = []
    whole = areas.of(grounds, raster.crs)
    outside = areas.of(shapely.difference(grounds, frame), raster.crs)
    for code, name, ha, total in zip(communes["unit_code"], communes["name"], outside, whole, strict=True):
        if ha > UNSEEN_SHARE * total:
            part: Facts = {"unit": str(name), "ha": float(ha), "share_pct": 100.0 * float(ha / total)}
            said.append(Problem("raster.part_unseen", where, part, (str(code),)))
    said += _coarse(raster, float(whole.min()))
    return (*said, *_contents(raster, _bounds(grounds)), *_edge(raster))


def _coarse(raster: Raster, smallest_ha: float) -> list[Problem]:
    """Pixels so large that a share of the smallest commune is a guess."""
    west, south, east, north = raster.bounds
    t = raster.transform
    x, y = (west + east) / 2, (south + north) / 2
    pixel_ha = float(areas.of(np.array([shapely.box(x, y, x + t.a, y - t.e)], dtype=object), raster.crs)[0])
    if not pixel_ha > COARSE_SHARE * smallest_ha:
        return []
    facts: Facts = {"pixel_ha": pixel_ha, "count": round(smallest_ha / pixel_ha), "smallest_ha": smallest_ha}
    return [Problem("raster.coarse", raster.source.path, facts)]


def blocks(raster: Raster, bounds: Bounds) -> Iterator[tuple[np.ma.MaskedArray[Any, Any], Affine]]:
    """Pixels inside `bounds` in pieces of at most some 8 million, row by row: any size in little memory."""
    window = window_of(raster, bounds)
    rows = max(1, _PIECE // max(1, int(window.width)))
    with opened(raster.path, raster.source.path, raster.laid.driver) as dataset:
        for top in range(int(window.row_off), int(window.row_off + window.height), rows):
            height = min(rows, int(window.row_off + window.height) - top)
            piece = Window(window.col_off, top, window.width, height)
            found = raster.masked(*pixels(dataset, raster.laid, piece, raster.source.path))
            yield found, moved(raster.transform, int(window.col_off), top)


class _Least:
    """The lowest number so far, how often it was met, and the lowest of all others."""

    def __init__(self) -> None:
        self.value, self.count, self.above = math.inf, 0, math.inf

    def add(self, values: Any) -> None:
        """Look at some numbers more."""
        lowest = float(values.min())
        if lowest < self.value:
            self.value, self.count, self.above = lowest, 0, self.value
        others = values[values != self.value]
        self.count += len(values) - len(others)
        self.above = min(self.above, float(others.min())) if len(others) else self.above


def _contents(raster: Raster, bounds: Bounds) -> list[Problem]:
    """Problems of the pixels inside the communes' box."""
    where = raster.source.path
    window = window_of(raster, bounds)
    count = int(window.width) * int(window.height)
    most = MOST_CHECKED // np.dtype(raster.dtype).itemsize
    if count > most:
        raise InputError(Problem("raster.window_too_big", where, {"pixels": count, "most": most}))
    present_classes: set[int] = set()
    lowest, highest, seen, least = math.inf, -math.inf, 0, _Least()
    for piece, _ in blocks(raster, bounds):
        values = piece.compressed()
        if len(values) == 0:
            continue
        seen += len(values)
        lowest, highest = min(lowest, float(values.min())), max(highest, float(values.max()))
        if raster.forest:
            present_classes |= {c for c in raster.forest if (values == c).any()}
        if raster.role == "dem":
            least.add(values)
    if seen == 0:
        raise InputError(Problem("raster.no_pixels", where, {}))
    extent: Facts = {"lowest": f"{lowest:g}", "highest": f"{highest:g}"}
    if raster.role == "dem" and (lowest < LOWEST_HEIGHT or highest > HIGHEST_HEIGHT):
        raise InputError(Problem("raster.nodata_hidden", where, extent))
    if raster.role == "dem" and lowest == highest and seen > 1:
        raise InputError(Problem("raster.heights_equal", where, {"value": f"{lowest:g}"}))
    told = []
    if raster.role == "dem" and lowest <= 0 and least.count > HOLE_SHARE * seen and least.above > HOLE_GAP_M:
        facts: Facts = {"share_pct": 100.0 * least.count / seen, "above": f"{least.above:g}", "value": f"{lowest:g}"}
        told.append(Problem("raster.zero_heights", where, facts))
    return told + _classes(raster, present_classes, (lowest, highest), extent)


def _classes(raster: Raster, present: set[int], found: tuple[float, float], extent: Facts) -> list[Problem]:
    """Problems of forest classes and thresholds against the values found."""
    where = raster.source.path
    lowest, highest = found
    if raster.threshold is not None:
        asked: Facts = {**extent, "threshold": f"{raster.threshold:g}"}
        if raster.threshold <= 1.0 and highest > HIGHEST_PROBABILITY:
            raise InputError(Problem("raster.threshold_unit", where, asked))
        if lowest < LOWEST_PROBABILITY * max(1.0, 2.0 * raster.threshold):
            raise InputError(Problem("raster.probability_negative", where, asked))
        if raster.threshold > highest:
            raise InputError(Problem("raster.probability_range", where, asked))
    absent = [c for c in raster.forest if c not in present]
    facts: Facts = {**extent, "classes": ", ".join(map(str, absent))}
    if absent and not present:
        raise InputError(Problem("raster.forest_absent", where, facts))
    return [Problem("raster.forest_some_absent", where, facts)] if absent else []


def _edge(raster: Raster) -> list[Problem]:
    """Where nothing is declared as not observed: usual codes on the first and last row, with their share of it."""
    if raster.nodata or raster.laid.mask or raster.laid.alpha:
        return []
    west, south, east, north = raster.bounds
    rows = [(west, north + raster.transform.e / 2, east, north), (west, south, east, south - raster.transform.e / 2)]
    stored = np.concatenate([raster.read(row)[0].compressed() for row in rows])
    if (raster.scale, raster.offset) != (1.0, 0.0):
        stored = (stored - raster.offset) / raster.scale
    return edges.undeclared(stored, raster.source.path, probability=raster.threshold is not None)


def _bounds(shapes: Any) -> Bounds:
    west, south, east, north = (float(b) for b in shapely.total_bounds(np.asarray(shapes, dtype=object)))
    return west, south, east, north
