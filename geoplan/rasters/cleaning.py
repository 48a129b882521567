"""A clean copy of a raster: a cloud-optimised GeoTIFF, north up, nodata declared, overviews new, nothing else in it."""

import errno
import math
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import rasterio
import rasterio.shutil
from affine import Affine
from rasterio.errors import RasterioError
from rasterio.windows import Window

from geoplan import writing
from geoplan.errors import InputError, PlaceUnavailable, Problem
from geoplan.formats.places import hashed
from geoplan.rasters import turning
from geoplan.rasters.datasets import BROKEN, opened, quiet
from geoplan.rasters.finding import RasterFinding, bands_of, pieces, unseen
from geoplan.rasters.heads import Head

_TILE = 512
_ROOM = 10_000_000
"""Bytes left free on a disk that is full."""
_FREE = {"uint8": 255, "int8": -128, "uint16": 65535, "int16": -32768, "uint32": 2**32 - 1, "int32": -(2**31)}
_WIDER = {"uint8": "int16", "int8": "int16", "uint16": "int32", "int16": "int32"}
"""What holds one number more; all others become float64 with NaN."""
_OPTIONS = {"GDAL_PAM_ENABLED": "NO", "GDAL_NUM_THREADS": "1", "GDAL_TIFF_INTERNAL_MASK": "YES"}

Pixels = npt.NDArray[Any]


def write_clean(finding: RasterFinding, path: Path) -> None:
    """Write a clean copy of a raster, whole or not at all, the same bytes each time.

    Rows are turned north first exactly; a turned grid is sampled anew, classes by the nearest pixel, measures between
    the four nearest. What is not observed gets one declared number; where none was declared and something is hidden,
    one that no pixel has. Scale, offset and the names of bands stay; no other metadata does.

    Parameters
    ----------
    finding : RasterFinding
        Without errors.
    path : Path
        Final name, ``.tif``; the folders above it are made.

    Raises
    ------
    InputError
        The finding's errors; ``write.over_input``; ``raster.changed`` where the file is no longer what was found.
    PlaceUnavailable
        ``write.*``: nothing is left behind and the old file stands.
    """
    head = finding.head
    if finding.errors or head is None:
        raise InputError(*finding.errors)
    writing.refuse_inputs(path, [finding.path])
    if hashed(finding.path, finding.shown) != finding.sha256:
        raise InputError(Problem("raster.changed", finding.shown, {}))
    dtype, nodata = _numbers(finding)
    grid, width, height = turning.north_up(head.transform, head.width, head.height)
    plan = _Plan(finding, head, dtype, nodata, grid, width, height)

    def writer(temporary: Path) -> None:
        plain = temporary.with_name(temporary.name + "-plain")
        with _refused(path):
            plan.write(plain)
            with rasterio.Env(**_OPTIONS):
                rasterio.shutil.copy(str(plain), str(temporary), driver="COG", **plan.options())

    def verify(temporary: Path) -> None:
        with _refused(path, InputError):
            plan.verify(temporary)

    writing.write_file(path, writer, verify)


@contextmanager
def _refused(path: Path, *also: type[Exception]) -> Iterator[None]:
    """What the library raises of a disk that takes no more, as what it is; what it prints of it goes nowhere."""
    with quiet():
        try:
            yield
        except (*BROKEN, SystemError, *also) as error:
            if shutil.disk_usage(path.parent).free < _ROOM:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)) from error
            raise PlaceUnavailable(Problem("write.unverified", str(path), {"path": str(path)})) from error


class _Plan:
    """What is written: one band after the other, row by row."""

    def __init__(
        self,
        finding: RasterFinding,
        head: Head,
        dtype: str,
        nodata: float | None,
        grid: Affine,
        width: int,
        height: int,
    ) -> None:
        self.finding, self.head, self.dtype, self.nodata = finding, head, dtype, nodata
        self.grid, self.width, self.height = grid, width, height

    def options(self) -> dict[str, Any]:
        """Creation options of the COG driver."""
        return {
            "COMPRESS": "DEFLATE",
            "LEVEL": 6,
            "PREDICTOR": "YES",
            "BLOCKSIZE": _TILE,
            "OVERVIEWS": "IGNORE_EXISTING",
            "OVERVIEW_RESAMPLING": "MODE" if self.finding.is_classes else "AVERAGE",
            "BIGTIFF": "IF_SAFER",
            "NUM_THREADS": 1,
        }

    def bands(self) -> Iterator[tuple[int, Window, Pixels]]:
        """Number of the band from 1, window, numbers to be written."""
        for number, band in enumerate(bands_of(self.head), start=1):
            if self.grid == self.head.transform:
                found = pieces(self.head, self.finding.path, self.finding.shown, band)
            else:
                found = _turned(self, band)
            for window, stored, hidden in found:
                yield number, window, self.cleaned(stored, unseen(stored, hidden, self.finding.nodata[number - 1]))

    def cleaned(self, stored: Pixels, away: npt.NDArray[np.bool_]) -> Pixels:
        """Stored numbers in the type of the copy, with its one number for what is not observed."""
        values = np.where(away, stored.dtype.type(0), stored).astype(self.dtype)
        if self.nodata is not None:
            values[away] = self.nodata
        return values

    def write(self, plain: Path) -> None:
        """A plain tiled file, from which the driver makes the final one."""
        profile = {
            "driver": "GTiff",
            "width": self.width,
            "height": self.height,
            "count": self.finding.bands,
            "dtype": self.dtype,
            "crs": None if self.finding.crs is None else self.finding.crs.to_wkt(),
            "transform": self.grid,
            "nodata": self.nodata,
            "tiled": True,
            "blockxsize": _TILE,
            "blockysize": _TILE,
            "interleave": "band",
            "compress": "zstd",
            "zstd_level": 1,
            "BIGTIFF": "IF_SAFER",
            "photometric": "minisblack",
        }
        with rasterio.Env(**_OPTIONS), rasterio.open(plain, "w", **profile) as made:
            for number, window, values in self.bands():
                made.write(values, number, window=window)
            names = [self.head.descriptions[b - 1] for b in bands_of(self.head)]
            for number, name in enumerate(names, start=1):
                if name:
                    made.set_band_description(number, name)
            if self.finding.scales != (1.0,) * self.finding.bands or any(self.finding.offsets):
                made.scales, made.offsets = self.finding.scales, self.finding.offsets

    def verify(self, temporary: Path) -> None:
        """Every pixel read back is what was to be written: a full disk leaves a file that opens."""
        with opened(temporary, temporary.name) as dataset:
            same = (dataset.width, dataset.height, dataset.count) == (self.width, self.height, self.finding.bands)
            grids = zip(dataset.transform, self.grid, strict=True)
            same = same and all(math.isclose(a, b, rel_tol=1e-12) for a, b in grids)
            for number, window, values in self.bands() if same else ():
                back = dataset.read(number, window=window)
                same = same and back.dtype == values.dtype
                same = same and np.array_equal(back, values, equal_nan=back.dtype.kind == "f")
            for level in range(len(dataset.overviews(1)) if same else 0):
                with rasterio.open(temporary, driver="GTiff", OVERVIEW_LEVEL=level) as small:
                    for number in range(1, small.count + 1):
                        for _, window in small.block_windows(number):
                            small.read(number, window=window)
        if not same:
            raise RasterioError("read back otherwise")


def _numbers(finding: RasterFinding) -> tuple[str, float | None]:
    """Type of the copy, and its number for what is not observed (None where nothing is, and nothing may be)."""
    lowest, highest, few = finding.used
    dtype = finding.dtype
    if finding.is_classes and np.dtype(dtype).kind == "f" and few:
        dtype = next((d for d in ("uint8", "int16", "int32") if _holds(d, lowest, highest)), dtype)
    turned = finding.head is not None and turning.is_turned(finding.head.transform)
    if all(v is None for v in finding.nodata) and not finding.is_masked and not turned:
        return dtype, None  # a number declared now would say that somebody had told what was not observed
    declared = {v for v in finding.nodata if v is not None and not math.isnan(v)}
    if len(declared) == 1 and np.dtype(dtype).kind != "f" and dtype == finding.dtype:
        return dtype, next(iter(declared))
    if np.dtype(dtype).kind == "f":
        return dtype, float("nan")
    free = _FREE.get(dtype)
    if free is not None and not _uses(finding, free):
        return dtype, float(free)
    spare = next((n for n in (*range(255), *range(-128, 0)) if _holds(dtype, n, n) and not _uses(finding, n)), None)
    if spare is not None:
        return dtype, float(spare)
    wider = _WIDER.get(dtype)
    return (wider, float(_FREE[wider])) if wider else ("float64", float("nan"))


def _uses(finding: RasterFinding, number: float) -> bool:
    lowest, highest, few = finding.used
    return number in few if few is not None else lowest <= number <= highest


def _holds(dtype: str, lowest: float, highest: float) -> bool:
    limits = np.iinfo(dtype)
    return bool(limits.min <= lowest and highest <= limits.max)


def _turned(plan: _Plan, band: int) -> Iterator[tuple[Window, Pixels, npt.NDArray[np.bool_]]]:
    """Pixels of a turned grid brought to the grid that points north."""
    number, t = bands_of(plan.head).index(band), plan.head.transform
    found = list(pieces(plan.head, plan.finding.path, plan.finding.shown, band))
    stored = np.concatenate([p for _, p, _ in found])
    hidden = np.concatenate([unseen(p, h, plan.finding.nodata[number]) for _, p, h in found])
    sample = turning.nearest if plan.finding.is_classes or turning.is_exact(t) else turning.between
    rows = max(1, 4_000_000 // max(1, plan.width))
    for top in range(0, plan.height, rows):
        high = min(rows, plan.height - top)
        row, column = turning.places(t, plan.grid, plan.width, top, high)
        yield Window(0, top, plan.width, high), *sample(stored, hidden, row, column)
