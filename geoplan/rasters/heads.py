"""What a raster says of itself before a pixel is read, and what of it keeps it from being used."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from affine import Affine
from pyproj import CRS
from pyproj.exceptions import CRSError, ProjError

from geoplan import crs as coordinates
from geoplan.crs import Bounds
from geoplan.crs.grids import disguised_tm3
from geoplan.errors import InputError, Problem
from geoplan.rasters import jp2, tiff
from geoplan.rasters.datasets import BROKEN, Laid, driver_of, mask_kind, opened, quiet

Facts = dict[str, str | int | float]

MOST_PIXELS = 4_000_000_000
MOST_BLOCK_BYTES = 256_000_000
MOST_PACKED, FEW_BYTES = 500, 100_000_000
"""A file that unpacks to more than so many times its size, and to more than so many bytes, is a bomb or holds nothing:
real classes pack to a hundredth, real measures to a third.
"""
MOST_COORDINATE = 1e9
"""No system of the earth has coordinates beyond, a zone's number before the easting included."""
_COLOURS = {"red", "green", "blue"}
_DECODED_BYTES = 4
"""OpenJPEG unpacks every sample of a tile to four bytes."""


@dataclass(frozen=True, slots=True)
class Head:
    """A raster's own words; lists by band, from the first. `transform` is north-up where `laid.south_up`."""

    width: int
    height: int
    count: int
    dtypes: tuple[str, ...]
    nodata: tuple[float | None, ...]
    nodata_text: str
    scales: tuple[float, ...]
    offsets: tuple[float, ...]
    units: tuple[str, ...]
    descriptions: tuple[str, ...]
    colours: tuple[str, ...]
    transform: Affine
    crs: CRS | None
    has_control_points: bool
    block_bytes: int
    file_bytes: int
    blocks: int
    gaps: int
    overviews: int
    lossy: str
    laid: Laid

    @property
    def is_picture(self) -> bool:
        """True for red, green and blue: a picture to look at."""
        return set(self.colours) >= _COLOURS


def read_head(path: Path, shown: str, band: int = 1) -> Head:
    """The head of a GeoTIFF or JPEG 2000 file that is whole.

    Raises
    ------
    InputError
        ``raster.not_geotiff``, ``raster.broken``, ``raster.cut``, ``raster.pages``, ``raster.band_absent``.
    """
    driver = driver_of(path, shown)
    found = tiff.layout(path, shown) if driver == "GTiff" else None
    if found is not None:
        _refuse_parts(found, shown)
    stream = jp2.codestream(path, shown) if found is None else None
    if stream is not None:  # before the decoder sees it: it makes room for a whole tile as it opens the file
        size = stream.tile_width * stream.tile_height * stream.samples * _DECODED_BYTES
        errors = _size_problems(stream.width, stream.height, size, shown)
        unpacked = stream.width * stream.height * stream.samples * (1 if stream.bits <= 8 else 2)
        errors += bomb(unpacked, path.stat().st_size, shown)
        if errors:
            raise InputError(*errors)
    with quiet(), opened(path, shown, driver) as dataset:
        try:
            head = replace(_head(dataset, found, band, driver, shown), file_bytes=path.stat().st_size)
            return replace(head, lossy="JPEG 2000") if stream is not None and stream.lossy else head
        except (*BROKEN, CRSError, KeyError, ValueError) as error:
            raise InputError(Problem("raster.broken", shown, {"cause": str(error)[:120]})) from error


def grid_problems(head: Head, shown: str) -> list[Problem]:
    """What keeps the pixels from being read and placed."""
    errors = _size_problems(head.width, head.height, head.block_bytes, shown)
    unpacked = head.width * head.height * sum(np.dtype(d).itemsize for d in head.dtypes)
    written = 1.0 - head.gaps / head.blocks if head.blocks else 1.0
    errors += bomb(int(unpacked * written), head.file_bytes, shown)
    t = head.transform
    pixel = min(abs(t.a), abs(t.e)) if t.a and t.e else min(abs(t.b), abs(t.d))
    near = max(map(abs, extent(head))) < MOST_COORDINATE  # not so for infinity and NaN
    flat = abs(t.a * t.e - t.b * t.d) < 1e-14
    if t == Affine.identity() or head.has_control_points or not 1e-7 < pixel < 1e7 or flat or not near:
        errors.append(Problem("raster.no_grid", shown, {}))
    elif t.b != 0 or t.d != 0 or t.a <= 0 or t.e >= 0:
        errors.append(Problem("raster.turned", shown, {}))
    if any(np.dtype(d).kind == "c" for d in head.dtypes):
        errors.append(Problem("raster.complex", shown, {}))
    return errors


def crs_of(head: Head, shown: str) -> tuple[CRS | None, list[Problem]]:
    """The CRS that the file states, or why it cannot be gone by."""
    crs = head.crs
    doubt = _doubt(crs, shown)
    if crs is None or doubt is not None:
        return None, [] if doubt is None else [doubt]
    west, south, east, north = extent(head)
    degrees = max(abs(west), abs(east)) <= 361 and max(abs(south), abs(north)) <= 91
    if degrees != crs.is_geographic:
        facts: Facts = {
            "crs": coordinates.name(crs),
            "extent": f"x {west:.6g} – {east:.6g}, y {south:.6g} – {north:.6g}",
        }
        return None, [Problem("raster.units_contradict", shown, facts)]
    try:
        coordinates.transform([(west + east) / 2], [(south + north) / 2], crs, coordinates.lonlat(crs))
    except (ProjError, CRSError):
        return None, [Problem("raster.crs_not_here", shown, {"crs": crs.name})]
    except InputError as error:
        return None, [replace(p, where=shown) for p in error.problems]
    return crs, []


def _doubt(crs: CRS | None, shown: str) -> Problem | None:
    """Why a CRS cannot be believed, whatever the coordinates are."""
    if crs is None:
        return Problem("raster.crs_missing", shown, {})
    if not (crs.is_geographic or crs.is_projected):
        return Problem("raster.crs_local", shown, {"crs": crs.name})
    if disguised_tm3(crs):
        return Problem("raster.crs_datum_doubtful", shown, {"found": coordinates.name(crs)})
    if coordinates.family(crs) == "unknown":
        return Problem("raster.crs_datum_unknown", shown, {"found": coordinates.name(crs)})
    if coordinates.contradicts_itself(crs):
        return Problem("raster.crs_name_contradicts", shown, {"found": crs.name})
    return None


def said_of_layout(head: Head, shown: str) -> list[Problem]:
    """What must be said of how the pixels are kept: rows turned over, blocks never written, a compression that loses.

    The last is said only of whole numbers of one byte or two that may be classes or heights; it is the caller who
    knows.
    """
    told = []
    if head.nodata_text:
        facts: Facts = {"nodata": head.nodata_text[:40], "dtype": head.dtypes[0]}
        told.append(Problem("raster.nodata_unheld", shown, facts))
    if head.laid.south_up:
        told.append(Problem("raster.south_up", shown, {}))
    if head.gaps:
        told.append(Problem("raster.gaps", shown, {"n": head.gaps, "total": head.blocks}))
    if head.lossy:
        told.append(Problem("raster.lossy", shown, {"compression": head.lossy}))
    if head.laid.mask or head.laid.alpha:
        told.append(Problem("raster.mask_used", shown, {}))
    return told


def extent(head: Head) -> Bounds:
    """Box of the corners, of a turned grid too."""
    t = head.transform
    corners = [(0, 0), (head.width, 0), (0, head.height), (head.width, head.height)]
    xs = [t.c + x * t.a + y * t.b for x, y in corners]
    ys = [t.f + x * t.d + y * t.e for x, y in corners]
    return min(xs), min(ys), max(xs), max(ys)


def _refuse_parts(found: tiff.Layout, shown: str) -> None:
    if found.cut is not None:
        row, column = found.cut
        facts: Facts = {"n": found.cut_count, "total": found.blocks, "row": row + 1, "column": column + 1}
        raise InputError(Problem("raster.cut", shown, facts))
    if found.pages > 1:
        raise InputError(Problem("raster.pages", shown, {"n": found.pages}))


def _size_problems(width: int, height: int, block_bytes: int, shown: str) -> list[Problem]:
    errors = []
    if width * height > MOST_PIXELS:
        errors.append(Problem("raster.too_many_pixels", shown, {"width": width, "height": height, "most": MOST_PIXELS}))
    if block_bytes > MOST_BLOCK_BYTES:
        facts: Facts = {"mb": block_bytes // 1_000_000, "most": MOST_BLOCK_BYTES // 1_000_000}
        errors.append(Problem("raster.block_too_big", shown, facts))
    return errors


def bomb(unpacked: int, packed: int, shown: str) -> list[Problem]:
    """Whether so many bytes of pixels in so few of a file are too many: ``raster.bomb``."""
    if unpacked <= FEW_BYTES or unpacked <= MOST_PACKED * packed:
        return []
    facts: Facts = {"mb": unpacked // 1_000_000, "times": unpacked // max(1, packed), "most": MOST_PACKED}
    return [Problem("raster.bomb", shown, facts)]


def _head(dataset: Any, found: tiff.Layout | None, band: int, driver: str, shown: str) -> Head:
    count = dataset.count
    if not 1 <= band <= count:
        raise InputError(Problem("raster.band_absent", shown, {"band": band, "count": count}))
    own, alpha = mask_kind(dataset, band)
    high, wide = dataset.block_shapes[0]
    together = count if str(dataset.interleaving).endswith("pixel") else 1
    itemsize = _DECODED_BYTES if driver != "GTiff" else max(np.dtype(d).itemsize for d in dataset.dtypes)
    laid = Laid(band, driver, mask=own, alpha=alpha, gaps=bool(found and found.gaps))
    t = dataset.transform
    if t.a > 0 and t.e > 0 and t.b == 0 and t.d == 0 and t != Affine.identity():
        t = Affine(t.a, 0.0, t.c, 0.0, -t.e, t.f + dataset.height * t.e)
        laid = replace(laid, south_up=True)
    return Head(
        width=dataset.width,
        height=dataset.height,
        count=count,
        dtypes=tuple(map(str, dataset.dtypes)),
        nodata=_declared(dataset, found),
        nodata_text="" if found is None or not found.nodata or _number(found.nodata) is not None else found.nodata,
        scales=tuple(map(float, dataset.scales)),
        offsets=tuple(map(float, dataset.offsets)),
        units=tuple((u or "").strip() for u in dataset.units),
        descriptions=tuple(d or "" for d in dataset.descriptions),
        colours=tuple(c.name for c in dataset.colorinterp),
        transform=t,
        crs=CRS.from_user_input(dataset.crs) if dataset.crs else None,
        has_control_points=bool(dataset.gcps[0]),
        file_bytes=0,
        block_bytes=high * wide * together * itemsize,
        blocks=found.blocks if found else 0,
        gaps=found.gaps if found else 0,
        overviews=found.overviews if found else 0,
        lossy=found.lossy if found else "",
        laid=laid,
    )


def _declared(dataset: Any, found: tiff.Layout | None) -> tuple[float | None, ...]:
    """Declared nodata by band.

    From the tag where rasterio reads it wrong (64 bits, words that it takes for 0) or drops it (-99 in a byte).
    """
    values: list[float | None] = []
    for dtype, value in zip(dataset.dtypes, dataset.nodatavals, strict=True):
        own = _number(found.nodata) if found is not None else None
        if found is not None and found.nodata and (value is None or own is None or str(dtype) in ("int64", "uint64")):
            values.append(own)
        else:
            values.append(None if value is None else float(value))
    return tuple(values)


def _number(text: str) -> float | None:
    """The number of a tag, also as old Windows programs write what is none (``-1.#IND``)."""
    if text.lstrip("+-").upper().startswith(("1.#QNAN", "1.#IND", "1.#SNAN")):
        return float("nan")
    try:
        return float(text)
    except ValueError:
        return None
