"""The door of images: a folder of dates, every head checked, no pixel read; all problems at once.

Three forms, which may stand side by side: a folder a date (``2024-01-05/B02.tif ...``) with ``scene.toml``; one file
of many bands a date (``2024-01-05.tif``, bands described as B02 ... SCL) with ``2024-01-05.toml``; and a downloaded
``.SAFE`` folder of level 2A (`safe`), whose own metadata say day, scale, offset and sun. Each file passes the raster
door (`rasters.open_raster`): no VRT, no bomb, a datum, a grid of its own.
"""

import hashlib
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np

from geoplan import crs as coordinates
from geoplan import rasters
from geoplan.errors import GeoplanError, InputError, Problem
from geoplan.formats.places import hashed, relative
from geoplan.imagery import nesting, safe
from geoplan.imagery.listing import MASK, WANTED, Entry, band_named, listed, missing
from geoplan.imagery.metadata import FIRST_DAY, Metadata, radiometry, read_metadata
from geoplan.imagery.records import Band, Images, ImagesSpec, Scene
from geoplan.layers.records import RasterSpec, Source
from geoplan.pixels import illumination
from geoplan.rasters import Raster
from geoplan.rasters.datasets import opened

THREADS = 4
_TOLD = ("raster.lossy", "raster.gaps", "raster.mask_used", "raster.south_up", "raster.beside_grid")
SUN_TOLERANCE_DEG = 12.0
"""A sun further than this from where it stands at half past ten is a slip (elevation for zenith, another day)."""


def open_images(spec: ImagesSpec, root: Path) -> Images:
    """A folder of scenes after every check that needs no pixel.

    Parameters
    ----------
    spec : ImagesSpec
    root : Path
        Folder of the project: evidence names paths relative to it.

    Raises
    ------
    InputError
        All problems of the folder at once, dates in order.
    PlaceUnavailable
        If a file cannot be read.
    """
    entries, errors, told = listed(spec)
    with ThreadPoolExecutor(THREADS) as pool:
        opened_entries = list(pool.map(lambda e: _opened(e, spec, root), entries))
    heads: list[tuple[Entry, dict[str, Raster]]] = []
    for entry, found in zip(entries, opened_entries, strict=True):
        if isinstance(found, GeoplanError):
            if not isinstance(found, InputError):
                raise found
            errors += found.problems
        else:
            heads.append((entry, found))
    errors += nesting.problems([(entry.shown, bands) for entry, bands in heads])
    scenes, said, problems = _scenes(heads)
    errors += problems
    if errors:
        raise InputError(*errors)
    return _images(spec, root, heads, scenes, told + said)


def _opened(entry: Entry, spec: ImagesSpec, root: Path) -> dict[str, Raster] | GeoplanError:
    """Checked heads of one date by band, or the error with all its problems."""
    errors: list[Problem] = []
    found: dict[str, Raster] = {}
    if entry.whole is not None:
        try:
            return _bands_of(entry.whole, entry.shown, spec, root)
        except GeoplanError as error:
            return error
    for band, path in entry.files.items():
        shown = f"{entry.shown}/{relative(path, _folder(entry), path.name)}"
        try:
            found[band] = rasters.open_raster(RasterSpec(spec.role, path, shown), root)
            errors += safe.whole(entry.product, path, shown) if entry.product is not None else []
        except InputError as error:
            errors += error.problems
        except GeoplanError as error:
            return error
    return InputError(*errors) if errors else found


def _folder(entry: Entry) -> Path:
    return entry.metadata.parent


def _bands_of(path: Path, shown: str, spec: ImagesSpec, root: Path) -> dict[str, Raster]:
    """Bands of one file by their descriptions."""
    first = rasters.open_raster(RasterSpec(spec.role, path, shown), root)
    found: dict[str, Raster] = {}
    with opened(path, shown) as dataset:
        for number, description in enumerate(dataset.descriptions, start=1):
            band = band_named(description or "")
            if band is None:
                continue
            if band in found:
                facts: dict[str, str | int | float] = {"one": str(found[band].band), "other": str(number)}
                raise InputError(Problem("imagery.band_twice", shown, facts))
            nodata = dataset.nodatavals[number - 1]
            found[band] = replace(
                first,
                band=number,
                laid=replace(first.laid, band=number),
                dtype=str(dataset.dtypes[number - 1]),
                nodata=() if nodata is None or np.isnan(nodata) else (float(nodata),),
                scale=float(dataset.scales[number - 1]),
                offset=float(dataset.offsets[number - 1]),
            )
    absent = missing(set(found), shown)
    if absent:
        raise InputError(*absent)
    return found


def _scenes(heads: list[tuple[Entry, dict[str, Raster]]]) -> tuple[list[Scene], list[Problem], list[Problem]]:
    """Scenes; what must be said of them; what is wrong."""
    scenes: list[Scene] = []
    errors: list[Problem] = []
    counted = {"imagery.sun_computed": 0, "imagery.baseline_unsaid": 0, "imagery.synthetic": 0}
    where = ""
    for entry, bands in heads:
        said, problems = _said(entry)
        day = date.fromisoformat(entry.day)
        if said.day is not None and said.day != day:
            facts: dict[str, str | int | float] = {"day": entry.day, "found": said.day.isoformat()}
            problems.append(Problem("imagery.day_differs", entry.shown, facts))
        if day < FIRST_DAY:
            problems.append(Problem("imagery.day_too_early", entry.shown, {"day": entry.day}))
        problems += _kinds(bands, entry.shown)
        if entry.product is not None and "blue" in bands:
            problems += safe.grid_problems(entry.product, bands["blue"], entry.shown)
        tags = {name: (r.scale, r.offset) for name, r in bands.items() if name != MASK}
        known, wrong = radiometry(said, tags, entry.shown)
        problems += wrong
        sun, wrong = _sun(said, day, bands, entry.shown)
        problems += wrong
        errors += problems
        if problems or set(bands) != set(WANTED):
            continue
        where = where or entry.shown.rsplit("/", 1)[0]
        counted["imagery.sun_computed"] += said.sun_zenith_deg is None
        counted["imagery.baseline_unsaid"] += not said.baseline
        counted["imagery.synthetic"] += said.synthetic
        made = {name: _band(r, *known[name]) for name, r in bands.items() if name != MASK}
        mask = _band(bands[MASK], 1.0, 0.0)
        scenes.append(Scene(day, entry.shown, made, mask, said.baseline, *sun))
    told = [Problem(key, where, {"n": n, "total": len(scenes)}) for key, n in counted.items() if n]
    return scenes, told + _products(heads, where) + _layouts(heads), errors


def _products(heads: list[tuple[Entry, dict[str, Raster]]], where: str) -> list[Problem]:
    """Downloaded products with their processing baselines, by which the offset was read."""
    found = Counter(entry.product.said.baseline for entry, _ in heads if entry.product is not None)
    if not found:
        return []
    told = ", ".join(f"{baseline} ({n})" for baseline, n in sorted(found.items()))
    said = [Problem("imagery.safe_read", where, {"n": found.total(), "baselines": told})]
    unchecked = sum(entry.product is not None and not entry.product.is_checked for entry, _ in heads)
    if unchecked:
        said.append(Problem("imagery.safe_unchecked", where, {"n": unchecked, "total": found.total()}))
    return said


def _layouts(heads: list[tuple[Entry, dict[str, Raster]]]) -> list[Problem]:
    """What the raster door says of how pixels are kept, once for each kind."""
    told: dict[str, Problem] = {}
    for _, bands in heads:
        for problem in (p for raster in bands.values() for p in raster.warnings if p.key in _TOLD):
            told.setdefault(problem.key, problem)
    return list(told.values())


def _said(entry: Entry) -> tuple[Metadata, list[Problem]]:
    """What is said of a date; a downloaded product was read as it was listed."""
    if entry.product is not None:
        return entry.product.said, []
    return read_metadata(entry.metadata, f"{entry.shown}: {entry.metadata.name}")


def _kinds(bands: dict[str, Raster], shown: str) -> list[Problem]:
    """Bands whose numbers are too coarse to be reflectance, and a mask that is no class."""
    problems = []
    for name, raster in bands.items():
        kind = np.dtype(raster.dtype)
        if name == MASK:
            if kind.kind not in "iu" or (raster.scale, raster.offset) != (1.0, 0.0):
                problems.append(Problem("imagery.mask_not_classes", shown, {"dtype": raster.dtype}))
        elif kind.itemsize < 2:
            problems.append(Problem("imagery.band_8bit", shown, {"band": name, "dtype": raster.dtype}))
    return problems


def _sun(said: Metadata, day: date, bands: dict[str, Raster], shown: str) -> tuple[tuple[float, float], list[Problem]]:
    """Zenith and azimuth of the sun: as said, or computed for half past ten at the place."""
    if not bands:
        return (0.0, 0.0), []
    raster = next(iter(bands.values()))
    west, south, east, north = raster.bounds
    place = coordinates.transform(
        [(west + east) / 2], [(south + north) / 2], raster.crs, coordinates.lonlat(raster.crs)
    )
    computed = illumination.sun_position(day, float(place[1][0]))
    if said.sun_zenith_deg is None and said.sun_azimuth_deg is None:
        return computed, []
    if said.sun_zenith_deg is None or said.sun_azimuth_deg is None:
        return computed, [Problem("imagery.sun_half", shown, {})]
    found = (said.sun_zenith_deg, said.sun_azimuth_deg)
    between = _angle(found, computed)
    if between > SUN_TOLERANCE_DEG:
        facts: dict[str, str | int | float] = {
            "zenith": found[0],
            "azimuth": found[1],
            "near_zenith": computed[0],
            "near_azimuth": computed[1],
        }
        return found, [Problem("imagery.sun_contradicts", shown, facts)]
    return found, []


def _angle(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Degrees between two places of the sun, each zenith and azimuth."""
    (z1, a1), (z2, a2) = np.radians(one), np.radians(other)
    cosine = np.cos(z1) * np.cos(z2) + np.sin(z1) * np.sin(z2) * np.cos(a1 - a2)
    return float(np.degrees(np.arccos(np.clip(cosine, -1.0, 1.0))))


def _band(raster: Raster, scale: float, offset: float) -> Band:
    nodata = raster.nodata[0] if raster.nodata else None
    t, laid = raster.transform, raster.laid
    return Band(raster.path, raster.band, scale, offset, nodata, t, raster.width, raster.height, laid)


def _images(
    spec: ImagesSpec, root: Path, heads: list[tuple[Entry, dict[str, Raster]]], scenes: list[Scene], told: list[Problem]
) -> Images:
    """The record; its hash covers names and contents of all files used."""
    lines = set()
    for entry, bands in heads:
        lines |= {f"{relative(r.path, spec.path, r.path.name)}\0{r.source.sha256}" for r in bands.values()}
        for file in entry.product.metadata if entry.product is not None else (entry.metadata,):
            if file.is_file():
                lines.add(f"{relative(file, spec.path, file.name)}\0{hashed(file, entry.shown)}")
    digest = hashlib.sha256("\n".join(sorted(lines)).encode("utf-8", "surrogateescape")).hexdigest()
    first = heads[0][1]["blue"]
    told += [p for p in first.warnings if p.key == "raster.crs_other_datum"]
    crs = coordinates.name(first.crs)
    source = Source(spec.role, relative(spec.path, root, spec.shown), digest, len(scenes), crs, "none")
    transform, width, height = nesting.union([scene.bands["blue"] for scene in scenes])
    return Images(
        role=spec.role,
        path=spec.path,
        crs=first.crs,
        transform=transform,
        width=width,
        height=height,
        scenes=tuple(scenes),
        source=source,
        warnings=tuple(told),
    )
