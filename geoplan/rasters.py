"""The raster door: GeoTIFF opened lazily, read in windows, with what is not observed masked.

Refused: anything whose bytes are no TIFF (a VRT under the name ``.tif`` may point to any file or to the network), no
CRS or one without datum, no or a turned grid, a band that is not there, a file that claims more than it can be. Files
beside it (``.aux.xml``, ``.ovr``, ``.tfw``) are not looked at: they could name other files, and old overviews lie.

Limits: `MOST_PIXELS` in a band, `MOST_BLOCK_BYTES` in a block (a compressed bomb unpacks at least one block), and
`MOST_WINDOW` pixels in one `Raster.read`.
"""

import math
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import rasterio
import shapely
from affine import Affine
from pyproj import CRS
from pyproj.exceptions import CRSError, ProjError
from rasterio.errors import NotGeoreferencedWarning, RasterioError
from rasterio.windows import Window

from geoplan import areas
from geoplan import crs as coordinates
from geoplan.crs import Bounds
from geoplan.errors import InputError, Problem
from geoplan.layers.checks_ground import disguised_tm3
from geoplan.layers.places import hashed, present, refuse_addresses, relative
from geoplan.layers.records import RasterSpec, Source

__all__ = ["Raster", "RasterSpec", "blocks", "meet", "open_raster", "reached"]

Facts = dict[str, str | int | float]

MOST_PIXELS = 4_000_000_000
MOST_BLOCK_BYTES = 256_000_000
MOST_WINDOW = 200_000_000
LOWEST_HEIGHT, HIGHEST_HEIGHT = -500.0, 9000.0
"""Heights in metres beyond these are no ground but an undeclared code for "nothing here"."""
UNSEEN_SHARE = 0.0001
HIGHEST_PROBABILITY = 1.5
"""Resampling may carry a probability a little over 1; what reaches beyond this is a percentage or another code."""

_MAGIC = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_OPTIONS = {"GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR", "GDAL_PAM_ENABLED": "NO", "GTIFF_IGNORE_READ_ERRORS": "NO"}


@dataclass(frozen=True, slots=True)
class Raster:
    """A checked raster that is still on the disk: facts and a path only, so it travels cheaply to a worker.

    `transform` is north-up; `scale` and `offset` turn stored numbers into values (1 and 0 for classes); `nodata` are
    the stored numbers that mean not observed (NaN always does).
    """

    role: str
    path: Path
    crs: CRS
    transform: Affine
    width: int
    height: int
    dtype: str
    nodata: tuple[float, ...]
    band: int
    forest: tuple[int, ...]
    threshold: float | None
    scale: float
    offset: float
    source: Source
    warnings: tuple[Problem, ...] = ()

    @property
    def bounds(self) -> Bounds:
        """West, south, east, north in the raster's CRS."""
        t = self.transform
        return t.c, t.f + self.height * t.e, t.c + self.width * t.a, t.f

    def read(self, bounds: Bounds | None = None) -> tuple[np.ma.MaskedArray[Any, Any], Affine]:
        """Pixels that touch `bounds`, and their transform.

        Parameters
        ----------
        bounds : tuple or None
            West, south, east, north in the raster's CRS; None is the whole raster, refused where it is large.

        Returns
        -------
        masked array, shape (y, x), and Affine
            Masked where not observed. Shape (0, 0) where the bounds miss the raster. Stored dtype, or float64 where the
            file has a scale.

        Raises
        ------
        InputError
            ``raster.window_too_big``; ``raster.block_broken`` where the file is cut or damaged inside.
        """
        window = _window(self, bounds if bounds is not None else self.bounds)
        if window.width * window.height > MOST_WINDOW:
            facts: Facts = {"pixels": int(window.width * window.height), "most": MOST_WINDOW}
            raise InputError(Problem("raster.window_too_big", self.source.path, facts))
        place = _moved(self.transform, window.col_off, window.row_off)
        if window.width == 0 or window.height == 0:
            return np.ma.masked_array(np.zeros((0, 0), dtype=self.dtype)), place
        with _opened(self.path, self.source.path) as dataset:
            return self._masked(_pixels(dataset, self.band, window, self.source.path)), place

    def _masked(self, stored: npt.NDArray[Any]) -> np.ma.MaskedArray[Any, Any]:
        unseen = np.zeros(stored.shape, dtype=bool)
        for value in self.nodata:
            unseen |= stored == value
        if stored.dtype.kind == "f":
            unseen |= ~np.isfinite(stored)
        if (self.scale, self.offset) != (1.0, 0.0):
            stored = stored.astype(np.float64) * self.scale + self.offset
        return np.ma.masked_array(stored, mask=unseen)


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
    with spec.path.open("rb") as file:
        if file.read(4) not in _MAGIC:
            raise InputError(Problem("raster.not_geotiff", spec.shown, {"format": spec.path.suffix or spec.path.name}))
    with _opened(spec.path, spec.shown) as dataset:
        errors = _grid_problems(dataset, spec)
        crs, problems = _crs(dataset, spec)
        errors += problems
        if not 1 <= spec.band <= dataset.count:
            facts = {"band": spec.band, "count": dataset.count}
            raise InputError(*errors, Problem("raster.band_absent", spec.shown, facts))
        dtype = str(dataset.dtypes[spec.band - 1])
        declared = dataset.nodatavals[spec.band - 1]
        scale, offset = float(dataset.scales[spec.band - 1]), float(dataset.offsets[spec.band - 1])
        transform, width, height = dataset.transform, dataset.width, dataset.height
    nodata, told, problems = _nodata(spec, dtype, declared)
    errors += problems + _meaning(spec, dtype, scale, offset, nodata)
    if errors or crs is None:
        raise InputError(*errors)
    if (scale, offset) != (1.0, 0.0):
        told.append(Problem("raster.scaled", spec.shown, {"scale": f"{scale:g}", "offset": f"{offset:g}"}))
    if coordinates.family(crs) == "other":
        told.append(Problem("raster.crs_other_datum", spec.shown, {"crs": coordinates.name(crs)}))
    digest = hashed(spec.path, spec.shown)
    source = Source(spec.role, relative(spec.path, root, spec.shown), digest, height, coordinates.name(crs), "none")
    return Raster(
        role=spec.role,
        path=spec.path,
        crs=crs,
        transform=transform,
        width=width,
        height=height,
        dtype=dtype,
        nodata=nodata,
        band=spec.band,
        forest=spec.forest,
        threshold=spec.threshold,
        scale=scale,
        offset=offset,
        source=source,
        warnings=tuple(told),
    )


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
        ``raster.part_unseen`` a commune with the share outside the raster; ``raster.forest_some_absent``.

    Raises
    ------
    InputError
        ``raster.meets_nothing``; ``raster.forest_absent`` where no pixel has a forest class; ``raster.nodata_hidden``;
        ``raster.no_pixels`` where every pixel there is masked; ``raster.threshold_unit`` where a threshold of 0 to 1
        meets other units; ``raster.probability_range``; ``raster.block_broken``.
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
    said: list[Problem] = []
    whole = areas.of(grounds, raster.crs)
    outside = areas.of(shapely.difference(grounds, frame), raster.crs)
    for code, name, ha, total in zip(communes["unit_code"], communes["name"], outside, whole, strict=True):
        if ha > UNSEEN_SHARE * total:
            part: Facts = {"unit": str(name), "ha": float(ha), "share_pct": 100.0 * float(ha / total)}
            said.append(Problem("raster.part_unseen", where, part, (str(code),)))
    return (*said, *_contents(raster, _bounds(grounds)))


def blocks(raster: Raster, bounds: Bounds) -> Iterator[tuple[np.ma.MaskedArray[Any, Any], Affine]]:
    """Pixels inside `bounds` in pieces of at most some 16 million, row by row: any size in little memory."""
    window = _window(raster, bounds)
    rows = max(1, 16_000_000 // max(1, int(window.width)))
    with _opened(raster.path, raster.source.path) as dataset:
        for top in range(int(window.row_off), int(window.row_off + window.height), rows):
            height = min(rows, int(window.row_off + window.height) - top)
            piece = Window(window.col_off, top, window.width, height)
            stored = _pixels(dataset, raster.band, piece, raster.source.path)
            yield raster._masked(stored), _moved(raster.transform, window.col_off, top)


def _contents(raster: Raster, bounds: Bounds) -> list[Problem]:
    """Problems of the pixels inside the communes' box."""
    where = raster.source.path
    present_classes: set[int] = set()
    lowest, highest, seen = math.inf, -math.inf, 0
    for piece, _ in blocks(raster, bounds):
        values = piece.compressed()
        if len(values) == 0:
            continue
        seen += len(values)
        lowest, highest = min(lowest, float(values.min())), max(highest, float(values.max()))
        if raster.forest:
            present_classes |= {c for c in raster.forest if (values == c).any()}
    if seen == 0:
        raise InputError(Problem("raster.no_pixels", where, {}))
    extent: Facts = {"lowest": f"{lowest:g}", "highest": f"{highest:g}"}
    if raster.role == "dem" and (lowest < LOWEST_HEIGHT or highest > HIGHEST_HEIGHT):
        raise InputError(Problem("raster.nodata_hidden", where, extent))
    if raster.threshold is not None:
        asked: Facts = {**extent, "threshold": f"{raster.threshold:g}"}
        if raster.threshold <= 1.0 and highest > HIGHEST_PROBABILITY:
            raise InputError(Problem("raster.threshold_unit", where, asked))
        if raster.threshold > highest:
            raise InputError(Problem("raster.probability_range", where, asked))
    absent = [c for c in raster.forest if c not in present_classes]
    facts: Facts = {**extent, "classes": ", ".join(map(str, absent))}
    if absent and not present_classes:
        raise InputError(Problem("raster.forest_absent", where, facts))
    return [Problem("raster.forest_some_absent", where, facts)] if absent else []


@contextmanager
def _opened(path: Path, shown: str) -> Iterator[Any]:
    """The dataset by GDAL's GeoTIFF driver alone, blind to what lies beside the file."""
    with rasterio.Env(**_OPTIONS):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", NotGeoreferencedWarning)  # refused below, by its own key
                dataset = rasterio.open(path, driver="GTiff")
        except (RasterioError, UnicodeDecodeError) as error:
            raise InputError(Problem("raster.broken", shown, {"cause": str(error)[:200]})) from error
        with dataset:
            yield dataset


def _pixels(dataset: Any, band: int, window: Window, shown: str) -> npt.NDArray[Any]:
    try:
        return np.asarray(dataset.read(band, window=window))
    except (RasterioError, MemoryError) as error:
        facts: Facts = {
            "row": int(window.row_off),
            "column": int(window.col_off),
            "cause": str(error)[:120],
        }
        raise InputError(Problem("raster.block_broken", shown, facts)) from error


def _moved(grid: Affine, columns: int, rows: int) -> Affine:
    return Affine(grid.a, 0.0, grid.c + columns * grid.a, 0.0, grid.e, grid.f + rows * grid.e)


def _window(raster: Raster, bounds: Bounds) -> Window:
    """Whole pixels that touch the bounds, inside the raster; empty where they miss it."""
    west, south, east, north = bounds
    t = raster.transform
    first, last = math.floor((west - t.c) / t.a + 1e-9), math.ceil((east - t.c) / t.a - 1e-9)
    top, bottom = math.floor((north - t.f) / t.e + 1e-9), math.ceil((south - t.f) / t.e - 1e-9)
    first, last = (min(max(n, 0), raster.width) for n in (first, last))
    top, bottom = (min(max(n, 0), raster.height) for n in (top, bottom))
    return Window(first, top, max(0, last - first), max(0, bottom - top))


def _grid_problems(dataset: Any, spec: RasterSpec) -> list[Problem]:
    errors = []
    if dataset.width * dataset.height > MOST_PIXELS:
        size: Facts = {"width": dataset.width, "height": dataset.height, "most": MOST_PIXELS}
        errors.append(Problem("raster.too_many_pixels", spec.shown, size))
    height, width = dataset.block_shapes[0]
    bands = dataset.count if str(dataset.interleaving).endswith("pixel") else 1
    block = height * width * bands * max(np.dtype(d).itemsize for d in dataset.dtypes)
    if block > MOST_BLOCK_BYTES:
        facts: Facts = {"mb": block // 1_000_000, "most": MOST_BLOCK_BYTES // 1_000_000}
        errors.append(Problem("raster.block_too_big", spec.shown, facts))
    t = dataset.transform
    pixel = min(abs(t.a), abs(t.e)) if t.a and t.e else 1.0
    if t == Affine.identity() or dataset.gcps[0] or not 1e-7 < pixel < 1e7:
        errors.append(Problem("raster.no_grid", spec.shown, {}))
    elif t.b != 0 or t.d != 0 or t.a <= 0 or t.e >= 0 or not all(map(math.isfinite, t[:6])):
        errors.append(Problem("raster.turned", spec.shown, {}))
    if any(np.dtype(d).kind == "c" for d in dataset.dtypes):
        errors.append(Problem("raster.complex", spec.shown, {}))
    return errors


def _crs(dataset: Any, spec: RasterSpec) -> tuple[CRS | None, list[Problem]]:
    if not dataset.crs:
        return None, [Problem("raster.crs_missing", spec.shown, {})]
    crs = CRS.from_user_input(dataset.crs)
    if not (crs.is_geographic or crs.is_projected):
        return None, [Problem("raster.crs_local", spec.shown, {"crs": crs.name})]
    doubt = "raster.crs_datum_doubtful" if disguised_tm3(crs) else ""
    doubt = doubt or ("raster.crs_datum_unknown" if coordinates.family(crs) == "unknown" else "")
    if doubt:
        return None, [Problem(doubt, spec.shown, {"found": coordinates.name(crs)})]
    t = dataset.transform
    west, north, east, south = t.c, t.f, t.c + dataset.width * t.a, t.f + dataset.height * t.e
    degrees = max(abs(west), abs(east)) <= 361 and max(abs(south), abs(north)) <= 91
    if degrees != crs.is_geographic:
        facts = {"crs": coordinates.name(crs), "extent": f"x {west:.6g} – {east:.6g}, y {south:.6g} – {north:.6g}"}
        return None, [Problem("raster.units_contradict", spec.shown, facts)]
    try:
        coordinates.transform([(west + east) / 2], [(south + north) / 2], crs, coordinates.lonlat(crs))
    except (ProjError, CRSError):
        return None, [Problem("raster.crs_not_here", spec.shown, {"crs": crs.name})]
    return crs, []


def _nodata(
    spec: RasterSpec, dtype: str, declared: float | None
) -> tuple[tuple[float, ...], list[Problem], list[Problem]]:
    """Stored numbers that mean not observed; warnings; errors."""
    told: list[Problem] = []
    kind = np.dtype(dtype)
    values = [float(v) for v in (spec.nodata, declared) if v is not None]
    if spec.nodata is not None and kind.kind in "iu":
        limits = np.iinfo(kind)
        if not (float(spec.nodata).is_integer() and limits.min <= spec.nodata <= limits.max):
            facts: Facts = {"nodata": f"{spec.nodata:g}", "dtype": dtype}
            return (), [], [Problem("raster.nodata_impossible", spec.shown, facts)]
    if not values and (spec.role == "land_cover" or kind.kind != "f"):
        told.append(Problem("raster.nodata_undeclared", spec.shown, {"dtype": dtype}))
    if len(values) == 2 and values[0] != values[1] and not (math.isnan(values[0]) and math.isnan(values[1])):
        said: Facts = {"nodata": f"{values[0]:g}", "declared": f"{values[1]:g}"}
        told.append(Problem("raster.nodata_two", spec.shown, said))
    return tuple(dict.fromkeys(v for v in values if not math.isnan(v))), told, []


def _meaning(spec: RasterSpec, dtype: str, scale: float, offset: float, nodata: tuple[float, ...]) -> list[Problem]:
    """Problems of what the pixels are said to mean."""
    errors: list[Problem] = []
    if spec.role == "land_cover" and bool(spec.forest) == (spec.threshold is not None):
        errors.append(Problem("raster.forest_undeclared", spec.shown, {}))
    collision = [c for c in spec.forest if c in nodata]
    if collision:
        errors.append(Problem("raster.nodata_is_forest", spec.shown, {"nodata": ", ".join(map(str, collision))}))
    if spec.forest and ((scale, offset) != (1.0, 0.0) or np.dtype(dtype).kind == "f"):
        facts: Facts = {"dtype": dtype, "scale": f"{scale:g}", "offset": f"{offset:g}"}
        errors.append(Problem("raster.classes_not_whole", spec.shown, facts))
    return errors


def _bounds(shapes: Any) -> Bounds:
    west, south, east, north = (float(b) for b in shapely.total_bounds(np.asarray(shapes, dtype=object)))
    return west, south, east, north
