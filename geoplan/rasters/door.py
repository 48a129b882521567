"""The raster door: every check of a project's raster that needs no pixel, all problems at once."""

import math
from pathlib import Path

import numpy as np
from affine import Affine

from geoplan import crs as coordinates
from geoplan.errors import InputError, Problem
from geoplan.formats.places import hashed, present, refuse_addresses, relative
from geoplan.layers.records import RasterSpec, Source
from geoplan.rasters import beside, heads
from geoplan.rasters.heads import Head
from geoplan.rasters.records import Raster

Facts = dict[str, str | int | float]

_METRES = {"", "m", "m.", "metre", "meter", "metres", "meters", "mét", "met"}
_GROUNDS = ("dem", "land_cover")
"""Roles of one band with a meaning; images are pictures of many bands and have their own checks."""


def open_raster(spec: RasterSpec, root: Path) -> Raster:
    """A raster after every check that needs no pixel; `reached` puts the datum operation into its evidence.

    Raises
    ------
    InputError
        All problems of the file at once.
    PlaceUnavailable
        If the file cannot be read.
    """
    refuse_addresses(spec.shown, spec.path)
    present(spec.path, spec.shown)
    head = heads.read_head(spec.path, spec.shown, spec.band)
    at = spec.band - 1
    errors = heads.grid_problems(head, spec.shown)
    crs, problems = heads.crs_of(head, spec.shown)
    errors += problems
    nodata, told, problems = _nodata(spec, head)
    errors += problems + _meaning(spec, head, nodata)
    if errors or crs is None:
        raise InputError(*errors)
    scale, offset = head.scales[at], head.offsets[at]
    if (scale, offset) != (1.0, 0.0):
        told.append(Problem("raster.scaled", spec.shown, {"scale": f"{scale:g}", "offset": f"{offset:g}"}))
    if coordinates.family(crs) == "other":
        told.append(Problem("raster.crs_other_datum", spec.shown, {"crs": coordinates.name(crs)}))
    told += heads.said_of_layout(head, spec.shown)
    several = head.count - bool(head.laid.alpha)
    if spec.role in _GROUNDS and several > 1:
        told.append(Problem("raster.bands_several", spec.shown, {"n": several, "band": spec.band}))
    if spec.role == "dem" and np.dtype(head.dtypes[at]).itemsize < 2:
        told.append(Problem("raster.heights_coarse", spec.shown, {"dtype": head.dtypes[at]}))
    told += beside.contradictions(spec.path, spec.shown, _as_kept(head), nodata)
    digest = hashed(spec.path, spec.shown)
    source = Source(
        spec.role, relative(spec.path, root, spec.shown), digest, head.height, coordinates.name(crs), "none"
    )
    return Raster(
        role=spec.role,
        path=spec.path,
        crs=crs,
        transform=head.transform,
        width=head.width,
        height=head.height,
        dtype=head.dtypes[at],
        nodata=nodata,
        band=spec.band,
        forest=spec.forest,
        threshold=spec.threshold,
        scale=scale,
        offset=offset,
        source=source,
        warnings=tuple(told),
        laid=head.laid,
    )


def holds(dtype: str, value: float) -> bool:
    """True if a number can stand in a raster of a type (NaN only among floats)."""
    kind = np.dtype(dtype)
    if kind.kind == "f":
        return not math.isfinite(value) or abs(value) <= float(np.finfo(kind).max) * (1 + 1e-7)
    limits = np.iinfo(kind)
    return math.isfinite(value) and float(value).is_integer() and limits.min <= value <= limits.max


def _nodata(spec: RasterSpec, head: Head) -> tuple[tuple[float, ...], list[Problem], list[Problem]]:
    """Stored numbers that mean not observed; warnings; errors."""
    told: list[Problem] = []
    dtype, declared = head.dtypes[spec.band - 1], head.nodata[spec.band - 1]
    if np.dtype(dtype).kind == "c":
        return (), [], []  # refused by its own key
    if spec.nodata is not None and not holds(dtype, float(spec.nodata)):
        facts: Facts = {"nodata": f"{spec.nodata:g}", "dtype": dtype}
        return (), [], [Problem("raster.nodata_impossible", spec.shown, facts)]
    if declared is not None and not holds(dtype, declared):
        told.append(Problem("raster.nodata_unheld", spec.shown, {"nodata": f"{declared:g}", "dtype": dtype}))
        declared = None
    values = [float(v) for v in (spec.nodata, declared) if v is not None]
    hidden = head.laid.mask or head.laid.alpha
    if not values and not hidden and (spec.role == "land_cover" or np.dtype(dtype).kind != "f"):
        told.append(Problem("raster.nodata_undeclared", spec.shown, {"dtype": dtype}))
    if len(values) == 2 and values[0] != values[1] and not (math.isnan(values[0]) and math.isnan(values[1])):
        said: Facts = {"nodata": f"{values[0]:g}", "declared": f"{values[1]:g}"}
        told.append(Problem("raster.nodata_two", spec.shown, said))
    return tuple(dict.fromkeys(v for v in values if not math.isnan(v))), told, []


def _meaning(spec: RasterSpec, head: Head, nodata: tuple[float, ...]) -> list[Problem]:
    """Problems of what the pixels are said to mean."""
    errors: list[Problem] = []
    at = spec.band - 1
    dtype, scale, offset, unit = head.dtypes[at], head.scales[at], head.offsets[at], head.units[at]
    if spec.role in _GROUNDS and (head.is_picture or head.colours[at] in ("red", "green", "blue", "alpha")):
        errors.append(Problem("raster.picture", spec.shown, {"colours": ", ".join(head.colours)}))
    if spec.role == "dem" and head.colours[at] == "palette":
        errors.append(Problem("raster.picture", spec.shown, {"colours": "palette"}))
    if spec.role == "dem" and unit.casefold() not in _METRES:
        errors.append(Problem("raster.heights_unit", spec.shown, {"unit": unit[:40]}))
    if not (math.isfinite(scale) and math.isfinite(offset)) or scale == 0:
        facts: Facts = {"scale": f"{scale:g}", "offset": f"{offset:g}"}
        errors.append(Problem("raster.scale_impossible", spec.shown, facts))
    if spec.role == "land_cover" and bool(spec.forest) == (spec.threshold is not None):
        errors.append(Problem("raster.forest_undeclared", spec.shown, {}))
    if spec.threshold is not None and spec.threshold <= 0:
        errors.append(Problem("raster.threshold_zero", spec.shown, {"threshold": f"{spec.threshold:g}"}))
    collision = [c for c in spec.forest if c in nodata]
    if collision:
        errors.append(Problem("raster.nodata_is_forest", spec.shown, {"nodata": ", ".join(map(str, collision))}))
    if spec.forest and ((scale, offset) != (1.0, 0.0) or np.dtype(dtype).kind == "f"):
        found: Facts = {"dtype": dtype, "scale": f"{scale:g}", "offset": f"{offset:g}"}
        errors.append(Problem("raster.classes_not_whole", spec.shown, found))
    return errors


def _as_kept(head: Head) -> Affine:
    """The grid as the file has it: what files beside it are held against."""
    t = head.transform
    return Affine(t.a, 0.0, t.c, 0.0, -t.e, t.f + head.height * t.e) if head.laid.south_up else t
