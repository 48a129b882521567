"""Whether all bands of all dates lie on one lattice of 10 m, and those of 20 m in it.

A mask that is shifted by half a pixel of its own still opens, and then hides the wrong ground; so a scene's files must
share their outer edge to less than one of their pixels, and all dates one lattice of 20 m.
"""

import math
from collections import Counter
from collections.abc import Sequence

from affine import Affine

from geoplan import crs as coordinates
from geoplan.errors import Problem
from geoplan.imagery.listing import MASK
from geoplan.imagery.records import Band
from geoplan.rasters import Raster

CELL_M = 10.0
FINE = ("blue", "red", "nir")
_NEAR = 1e-3
"""Metres that two edges may differ by rounding."""

Lattice = tuple[int, int, int, int, int]
"""Number of the CRS; where the pixel edges of 10 m and of 20 m lie, -1 where a date has none of 20 m."""


def problems(scenes: Sequence[tuple[str, dict[str, Raster]]]) -> list[Problem]:
    """What keeps dates (name shown, bands) from lying on one grid, dates in order."""
    errors: list[Problem] = []
    lattices: dict[str, Lattice] = {}
    systems: list[Raster] = []
    for shown, bands in scenes:
        inside = _within(shown, bands)
        errors += inside
        if not inside and "blue" in bands:
            lattices[shown] = _lattice(bands, systems)
    ranked = Counter(lattices.values())
    if not ranked:
        return errors
    usual = max(ranked, key=lambda one: ranked[one])  # the earliest date's, where two are as frequent
    for shown, found in lattices.items():
        if found[0] != usual[0]:
            facts = {"crs": systems[found[0]].source.crs, "usual": systems[usual[0]].source.crs}
            errors.append(Problem("imagery.crs_differ", shown, facts))
        elif found[1:3] != usual[1:3] or (found[3:] != usual[3:] and -1 not in (*found, *usual)):
            errors.append(Problem("imagery.grid_differs", shown, {}))
    return errors


def union(bands: Sequence[Band]) -> tuple[Affine, int, int]:
    """Grid, width and height of the least box that holds all these bands of one lattice."""
    west = min(b.transform.c for b in bands)
    north = max(b.transform.f for b in bands)
    east = max(b.transform.c + b.width * b.transform.a for b in bands)
    south = min(b.transform.f + b.height * b.transform.e for b in bands)
    cell = bands[0].transform.a
    return Affine(cell, 0.0, west, 0.0, -cell, north), round((east - west) / cell), round((north - south) / cell)


def _within(shown: str, bands: dict[str, Raster]) -> list[Problem]:
    """Problems of one date's files against each other."""
    blue = bands.get("blue")
    if blue is None:
        return []
    errors = []
    odd = [r for r in bands.values() if r.source.crs != blue.source.crs or not _same(r, blue)]
    if odd:
        facts: dict[str, str | int | float] = {"crs": odd[0].source.crs, "usual": blue.source.crs}
        return [Problem("imagery.crs_differ", shown, facts)]
    if blue.crs.is_geographic or any(abs(axis.unit_conversion_factor - 1.0) > 1e-9 for axis in blue.crs.axis_info):
        return [Problem("imagery.not_metres", shown, {"crs": blue.source.crs})]
    for name, raster in bands.items():
        t = raster.transform
        allowed = (CELL_M,) if name in FINE else (CELL_M, 2 * CELL_M)
        if not any(math.isclose(t.a, c, abs_tol=1e-6) and math.isclose(-t.e, c, abs_tol=1e-6) for c in allowed):
            sizes = " / ".join(f"{c:g}" for c in allowed)
            errors.append(Problem("imagery.cell_size", shown, {"band": name, "cell": f"{t.a:g}", "allowed": sizes}))
        elif not _nested(raster, blue):
            key = "imagery.mask_shifted" if name == MASK else "imagery.band_shifted"
            errors.append(Problem(key, shown, {"band": name}))
    coarse = {_phase(r) for r in bands.values() if r.transform.a > 1.5 * CELL_M}
    if not errors and len(coarse) > 1:
        errors.append(Problem("imagery.mask_shifted", shown, {"band": MASK}))
    return errors


def _nested(raster: Raster, blue: Raster) -> bool:
    """True where edges lie on the lattice of blue's pixels and nearer than one pixel to blue's edges."""
    away = [one - other for one, other in zip(raster.bounds, blue.bounds, strict=True)]
    on = all(abs(d / CELL_M - round(d / CELL_M)) * CELL_M <= _NEAR for d in away)
    return on and all(abs(d) < raster.transform.a - _NEAR for d in away)


def _phase(raster: Raster) -> tuple[int, int]:
    """Where the pixel edges lie, in millimetres from a multiple of the pixel."""
    cell = round(raster.transform.a * 1000)
    return round(raster.transform.c * 1000) % cell, round(raster.transform.f * 1000) % cell


def _same(one: Raster, other: Raster) -> bool:
    return one.crs.to_wkt() == other.crs.to_wkt() or coordinates.same(one.crs, other.crs)


def _lattice(bands: dict[str, Raster], systems: list[Raster]) -> Lattice:
    """The lattice of a date; a CRS not met before is added to `systems`."""
    blue = bands["blue"]
    number = next((i for i, known in enumerate(systems) if _same(known, blue)), len(systems))
    if number == len(systems):
        systems.append(blue)
    coarse = [r for r in bands.values() if r.transform.a > 1.5 * CELL_M]
    return (number, *_phase(blue), *(_phase(coarse[0]) if coarse else (-1, -1)))
