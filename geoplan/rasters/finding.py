"""Everything that is found in a raster before it is written clean: nothing is changed, every block is read once."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from affine import Affine
from pyproj import CRS
from rasterio.windows import Window

from geoplan import crs as coordinates
from geoplan.crs import Bounds
from geoplan.errors import InputError, Problem
from geoplan.formats.places import hashed, present, refuse_addresses
from geoplan.formats.verdict import Verdict
from geoplan.layers.checks_ground import agreed
from geoplan.rasters import beside, edges, heads, turning
from geoplan.rasters.datasets import opened, pixels, stands
from geoplan.rasters.door import holds
from geoplan.rasters.heads import Head

Facts = dict[str, str | int | float]

MOST_BYTES = 1_500_000_000
"""Bytes of all pixels of a file that is to be written clean: a minute of work."""
MOST_TURNED_BYTES = 400_000_000
"""A turned grid is held in memory whole."""
MOST_CLASSES = 64
"""Whole numbers of at most so many kinds are classes: their overviews show the most frequent, not the mean."""

_PIECE_BYTES = 16_000_000


@dataclass(frozen=True, eq=False)
class RasterFinding:
    """What stands in a raster file, and what would be changed.

    Parameters
    ----------
    path, shown : Path, str
        The file; how messages name it.
    format, dtype : str
        ``GeoTIFF`` or ``JPEG 2000``; type of the numbers, the widest of all bands.
    width, height, bands, overviews : int
        Bands without an alpha band.
    crs : CRS or None
        As agreed between the file and the user; None where there is none to go by.
    transform : Affine
        North-up but where the grid is turned.
    bounds : tuple
        West, south, east, north in the CRS, in the units of the file where there is none.
    nodata : tuple of float or None
        What is not observed, by band.
    scales, offsets : tuple of float
        By band; 1 and 0 where the file says none.
    is_classes : bool
        True where every band holds a few whole numbers.
    is_masked : bool
        True where a mask, an alpha band or blocks that were never written may hide pixels, or any is not observed.
    unseen_share : float
        Pixels of the first band that are not observed, over all; NaN where they could not be read.
    errors, warnings, mended : tuple of Problem
        What keeps it from being written; what must be said; what is put right in the clean copy.
    sha256 : str
    """

    path: Path
    shown: str
    format: str
    width: int
    height: int
    bands: int
    dtype: str
    crs: CRS | None
    transform: Affine
    bounds: Bounds
    nodata: tuple[float | None, ...]
    scales: tuple[float, ...]
    offsets: tuple[float, ...]
    overviews: int
    is_classes: bool
    is_masked: bool
    unseen_share: float
    errors: tuple[Problem, ...]
    warnings: tuple[Problem, ...]
    mended: tuple[Problem, ...]
    sha256: str
    head: Head | None = None
    used: tuple[float, float, frozenset[float] | None] = (0.0, 0.0, None)
    """Lowest and highest stored number, and all of them where they are few."""


def inspect_file(path: Path, shown: str, *, crs: str = "", nodata: float | None = None) -> RasterFinding:
    """Everything that is found in a raster file.

    Parameters
    ----------
    path, shown : Path, str
        The file; how messages name it.
    crs : str
        The CRS by the user, where the file does not say; refused where the two contradict each other.
    nodata : float or None
        What is not observed by the user; added to what the file declares.

    Raises
    ------
    InputError
        Where there is no such file, or `crs` is none. What is wrong inside the file stands in the finding.
    PlaceUnavailable
        If the file cannot be read.
    """
    refuse_addresses(shown, path)
    present(path, shown)
    declared = coordinates.parse(crs) if crs else None
    digest = hashed(path, shown)
    try:
        head = heads.read_head(path, shown)
    except InputError as error:
        return _unread(path, shown, error.problems, digest)
    said = Verdict()
    head = _placed(head, path, shown, said)
    head = _told_crs(head, declared, shown, said)
    for problem in heads.grid_problems(head, shown):
        if problem.key == "raster.turned":
            said.mend(Problem("raster.turned_back", shown, {"pixel": f"{_cell(head.transform):g}"}))
        else:
            said.refuse(problem)
    values = _nodata(head, nodata, shown, said)
    if all(v is None for v in values) and not (head.laid.mask or head.laid.alpha) and head.dtypes[0][0] in "iu":
        said.tell(Problem("raster.nodata_undeclared", shown, {"dtype": head.dtypes[0]}))
    size = head.width * head.height * sum(np.dtype(d).itemsize for d in head.dtypes)
    said.refuse(heads.bomb(size, head.file_bytes, shown) if not said.errors else [])  # blocks never written count too
    most = MOST_BYTES
    if not said.errors and turning.is_turned(head.transform):
        _, width, height = turning.north_up(head.transform, head.width, head.height)
        size, most = max(size, width * height * np.dtype(head.dtypes[0]).itemsize), MOST_TURNED_BYTES
    if size > most:
        facts: Facts = {"mb": size // 1_000_000, "most": most // 1_000_000}
        said.refuse(Problem("raster.too_many_bytes", shown, facts))
    for problem in heads.said_of_layout(head, shown):
        (said.mend if problem.key in ("raster.south_up", "raster.gaps", "raster.mask_used") else said.tell)(problem)
    if head.is_picture:
        said.tell(Problem("raster.picture_told", shown, {"colours": ", ".join(head.colours)}))
    said.tell(beside.contradictions(path, shown, head.transform, tuple(v for v in values if v is not None)))
    return _scanned(path, shown, head, values, said, digest)


def bands_of(head: Head) -> list[int]:
    """Numbers of the bands that hold data: not alpha."""
    return [n for n in range(1, head.count + 1) if n != head.laid.alpha]


def pieces(head: Head, path: Path, shown: str, band: int) -> Iterator[tuple[Window, npt.NDArray[Any], Any]]:
    """Every pixel of a band, north first: window, stored numbers, what the file hides (or None)."""
    rows = max(1, _PIECE_BYTES // max(1, head.width * np.dtype(head.dtypes[band - 1]).itemsize))
    with opened(path, shown, head.laid.driver) as dataset:
        high = dataset.block_shapes[0][0]
        rows = max(high, rows // high * high) if head.width * high <= 2 * _PIECE_BYTES else rows
        for top in range(0, head.height, rows):
            window = Window(0, top, head.width, min(rows, head.height - top))
            stored, hidden = pixels(dataset, replace(head.laid, band=band), window, shown)
            yield window, stored, hidden


def unseen(
    stored: npt.NDArray[Any], hidden: npt.NDArray[np.bool_] | None, value: float | None
) -> npt.NDArray[np.bool_]:
    """True where a pixel is not observed."""
    found = np.zeros(stored.shape, dtype=bool) if hidden is None else hidden.copy()
    if value is not None and value == value:
        found |= stands(stored, value)
    if stored.dtype.kind == "f":
        found |= ~np.isfinite(stored)
    return found


def _placed(head: Head, path: Path, shown: str, said: Verdict) -> Head:
    """The head with the grid of a world file, where the file has none of its own."""
    if head.transform != Affine.identity() or head.has_control_points:
        return head
    world = beside.world_file(path)
    if world is None:
        return head
    said.mend(Problem("raster.grid_beside", shown, {"file": world[0].name}))
    t = world[1]
    if t.a > 0 and t.e > 0 and t.b == 0 and t.d == 0:
        said.mend(Problem("raster.south_up", shown, {}))
        t = Affine(t.a, 0.0, t.c, 0.0, -t.e, t.f + head.height * t.e)
        return replace(head, transform=t, laid=replace(head.laid, south_up=True))
    return replace(head, transform=t)


def _told_crs(head: Head, declared: CRS | None, shown: str, said: Verdict) -> Head:
    if head.crs is None and declared is None:
        said.refuse(Problem("raster.crs_missing", shown, {}))
        return head
    bounds = heads.extent(head)
    crs, verdict = agreed(head.crs, declared, None, bounds, shown)
    said.add(verdict)
    if crs is None:
        return replace(head, crs=None)
    found, problems = heads.crs_of(replace(head, crs=crs), shown)
    said.refuse(problems)
    return replace(head, crs=found)


def _nodata(head: Head, given: float | None, shown: str, said: Verdict) -> tuple[float | None, ...]:
    """What is not observed, by band: the user's word first, then the file's."""
    found: list[float | None] = []
    for band in bands_of(head):
        dtype, own = head.dtypes[band - 1], head.nodata[band - 1]
        if np.dtype(dtype).kind == "c":
            found.append(None)
            continue
        if given is not None and not holds(dtype, given):
            said.refuse(Problem("raster.nodata_impossible", shown, {"nodata": f"{given:g}", "dtype": dtype}))
        if own is not None and not holds(dtype, own):
            said.mend(Problem("raster.nodata_unheld", shown, {"nodata": f"{own:g}", "dtype": dtype}))
            own = None
        found.append(given if given is not None else own)
    return tuple(found)


def _scanned(
    path: Path, shown: str, head: Head, nodata: tuple[float | None, ...], said: Verdict, digest: str
) -> RasterFinding:
    lowest, highest, missing, total, hides = np.inf, -np.inf, 0, 0, False
    few: set[float] | None = set()
    edge: list[npt.NDArray[Any]] = []
    try:
        for number, band in enumerate(bands_of(head) if not said.errors else []):
            for window, stored, hidden in pieces(head, path, shown, band):
                away = unseen(stored, hidden, nodata[number])
                hides |= bool(away.any())
                values = stored[~away] if away.any() else stored.ravel()
                if number == 0:
                    missing, total = missing + int(away.sum()), total + away.size
                    if nodata[0] is None and window.row_off == 0:
                        edge.append(stored[0][~away[0]])
                    if nodata[0] is None and window.row_off + window.height == head.height:
                        edge.append(stored[-1][~away[-1]])
                if len(values):
                    lowest, highest = min(lowest, float(values.min())), max(highest, float(values.max()))
                    few = _more(few, values)
    except InputError as error:
        said.refuse(error.problems)
    classes = few is not None and all(v == round(v) for v in few) and _plain(head)
    if classes and any(np.dtype(d).kind == "f" for d in head.dtypes) and few:
        said.mend(Problem("raster.classes_made_whole", shown, {"n": len(few)}))
    if edge and not (head.laid.mask or head.laid.alpha):
        said.tell(edges.undeclared(np.concatenate(edge), shown))
    used = (float(lowest), float(highest), frozenset(few) if few is not None else None)
    return RasterFinding(
        path=path,
        shown=shown,
        format="GeoTIFF" if head.laid.driver == "GTiff" else "JPEG 2000",
        width=head.width,
        height=head.height,
        bands=len(nodata),
        dtype=str(np.result_type(*head.dtypes)),
        crs=head.crs,
        transform=head.transform,
        bounds=heads.extent(head),
        nodata=nodata,
        scales=tuple(head.scales[b - 1] for b in bands_of(head)),
        offsets=tuple(head.offsets[b - 1] for b in bands_of(head)),
        overviews=head.overviews,
        is_classes=bool(classes),
        is_masked=hides or head.laid.mask or bool(head.laid.alpha) or head.laid.gaps,
        unseen_share=missing / total if total else float("nan"),
        errors=tuple(said.errors),
        warnings=tuple(said.warnings),
        mended=tuple(said.mended),
        sha256=digest,
        head=head,
        used=used,
    )


def _more(few: set[float] | None, values: npt.NDArray[Any]) -> set[float] | None:
    """The different values so far; None once they are many."""
    if few is None or len(np.unique(values[:100_000])) > MOST_CLASSES:
        return None
    if values.dtype.kind == "u" and values.dtype.itemsize <= 2:
        met = np.zeros(1 << 8 * values.dtype.itemsize, dtype=bool)
        met[values] = True
        few |= set(map(float, np.flatnonzero(met)))
    else:
        few |= set(map(float, np.unique(values)))
    return few if len(few) <= MOST_CLASSES else None


def _plain(head: Head) -> bool:
    """True where no band is scaled: scaled numbers are measures."""
    return all(s == 1.0 for s in head.scales) and all(o == 0.0 for o in head.offsets)


def _cell(t: Affine) -> float:
    return math.sqrt(abs(t.a * t.e - t.b * t.d))


def _unread(path: Path, shown: str, problems: tuple[Problem, ...], digest: str) -> RasterFinding:
    nothing: tuple[float, ...] = ()
    return RasterFinding(
        path=path,
        shown=shown,
        format="",
        width=0,
        height=0,
        bands=0,
        dtype="",
        crs=None,
        transform=Affine.identity(),
        bounds=(0.0, 0.0, 0.0, 0.0),
        nodata=(),
        scales=nothing,
        offsets=nothing,
        overviews=0,
        is_classes=False,
        is_masked=False,
        unseen_share=float("nan"),
        errors=problems,
        warnings=(),
        mended=(),
        sha256=digest,
    )
