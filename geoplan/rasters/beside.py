"""Files beside a raster that say something else than the raster does.

They are never gone by: they could name other files, and old ones lie. But an office that sees its raster through them
in QGIS must be told where it would see another place or another hole.
"""

import re
from pathlib import Path

from affine import Affine

from geoplan.errors import Problem
from geoplan.formats.places import sidecars

Facts = dict[str, str | int | float]

WORLD = (".tfw", ".tifw", ".tiffw", ".j2w", ".jgw", ".pgw", ".wld")
_LARGEST = 1 << 18
_NEAR = 0.01
"""Shares of a pixel that two grids may differ by rounding."""
_AUX_NODATA = re.compile(r"<NoDataValue[^>]*>\s*([^<\s]{1,40})\s*</NoDataValue>")
_AUX_SCALE = re.compile(r"<(Scale|Offset)>\s*([^<\s]{1,40})\s*</")
_AUX_GRID = re.compile(r"<GeoTransform>([^<]{1,400})</GeoTransform>")


def world_file(path: Path) -> tuple[Path, Affine] | None:
    """The world file beside a raster and the grid in it; None where there is none or it holds no six numbers."""
    for file in sidecars(path, WORLD).values():
        try:
            numbers = [float(word.replace(",", ".")) for word in _text(file).split()]
        except ValueError:
            continue
        if len(numbers) == 6:
            a, d, b, e, x, y = numbers
            return file, Affine(a, b, x - a / 2 - b / 2, d, e, y - d / 2 - e / 2)
    return None


def contradictions(path: Path, shown: str, grid: Affine, nodata: tuple[float, ...]) -> list[Problem]:
    """What files beside the raster say otherwise.

    Parameters
    ----------
    grid : Affine
        Of the raster itself.
    nodata : tuple of float
        What counts as not observed in it.
    """
    told: list[Problem] = []
    world = world_file(path)
    if world is not None and _differ(world[1], grid):
        told.append(Problem("raster.beside_grid", shown, {"file": world[0].name, "moved": _moved(world[1], grid)}))
    beside = path.with_name(path.name + ".aux.xml")
    if beside.is_file():
        text = _text(beside)
        values = {v for v in map(_number, _AUX_NODATA.findall(text)) if v is not None} - set(nodata)
        values = {v for v in values if v == v}
        if values:
            facts: Facts = {"file": beside.name, "nodata": ", ".join(f"{v:g}" for v in sorted(values))}
            told.append(Problem("raster.beside_nodata", shown, facts))
        usual = {"Scale": 1.0, "Offset": 0.0}
        scaled = [f"{n} {v:g}" for n, w in _AUX_SCALE.findall(text) if (v := _number(w)) is not None and v != usual[n]]
        if scaled:
            said: Facts = {"file": beside.name, "scale": ", ".join(dict.fromkeys(scaled))}
            told.append(Problem("raster.beside_scale", shown, said))
        found = _AUX_GRID.search(text)
        numbers = [_number(word) for word in found[1].split(",")] if found else []
        if len(numbers) == 6 and None not in numbers:
            other = Affine.from_gdal(*(n for n in numbers if n is not None))
            if _differ(other, grid):
                told.append(Problem("raster.beside_grid", shown, {"file": beside.name, "moved": _moved(other, grid)}))
    mask = path.with_name(path.name + ".msk")
    if mask.is_file():
        told.append(Problem("raster.beside_mask", shown, {"file": mask.name}))
    return told


def _text(file: Path) -> str:
    with file.open("rb") as opened:
        return opened.read(_LARGEST).decode("utf-8", "replace")


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _differ(one: Affine, other: Affine) -> bool:
    cell = max(abs(other.a), abs(other.b), 1e-12)
    same = all(abs(p - q) <= _NEAR * cell for p, q in zip(one[:6], other[:6], strict=True))
    return not same


def _moved(one: Affine, other: Affine) -> str:
    """How far apart two grids begin, in units of the raster."""
    return f"{one.c - other.c:g}; {one.f - other.f:g}"
