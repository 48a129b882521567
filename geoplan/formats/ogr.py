"""GDAL's vector reader, with its complaints as problems: a raw library warning is no message.

Every read happens in a process of its own (`guarded`).
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from pyproj import CRS
from pyproj.exceptions import CRSError

from geoplan.errors import InputError, Problem
from geoplan.formats import guarded, wkb
from geoplan.formats.opened import Cells, Opened, cells
from geoplan.formats.verdict import Verdict

_CURVES = ("CIRCULARSTRING", "COMPOUNDCURVE", "CURVEPOLYGON", "MULTICURVE", "MULTISURFACE")
_COLLECTION = 7


def read(
    copy: Path,
    shown: str,
    said: Verdict,
    *,
    places_from: int = 0,
    config: Mapping[str, str] | None = None,
    **options: Any,
) -> tuple[str | None, Any, Cells, dict[str, Cells]]:
    """CRS text, feature numbers, shapes and columns of a copy, in the order of the feature numbers.

    Parameters
    ----------
    copy : Path
        Never the user's own file: opening may write beside it. Its ending chooses the driver.
    shown : str
        The user's file, for the messages.
    said : Verdict
        Gets ``layer.gdal_said`` where GDAL complains; ``layer.rings_closed`` and ``layer.shapes_unreadable`` with the
        features.
    places_from : int
        What is added to a feature's number to name it: 1 where the file counts from 0 and people from 1.
    config : mapping, optional
        Configuration options of GDAL.
    **options
        Those of ``pyogrio.raw.read``, and open options of the driver.

    Raises
    ------
    InputError
        ``layer.file_broken`` and those of `guarded.read`.
    """
    found = guarded.read(copy, shown, config=config, **options)
    if found.blobs is None:
        raise InputError(Problem("layer.file_no_shapes", shown, {}))
    order = np.argsort(found.fids, kind="stable")
    fids = found.fids[order]
    marks = tuple(f"#{fid + places_from}" for fid in fids.tolist())
    shapes = from_wkb(found.blobs[order], marks, shown, said)
    for text in found.complaints:
        said.tell(Problem("layer.gdal_said", shown, {"cause": text}))
    return found.crs, fids, shapes, {name: cells(column[order]) for name, column in found.columns.items()}


def from_wkb(blobs: Cells, marks: Sequence[str], shown: str, said: Verdict) -> Cells:
    """Shapes of WKB (None: no shape). Rings that do not close are closed, and said; what is no shape is named.

    Parameters
    ----------
    blobs : array of object
        WKB, row by row.
    marks : sequence of str
        Place of each row.
    shown : str
        The user's file.
    said : Verdict
        Gets ``layer.rings_closed`` and, as an error, ``layer.shapes_unreadable``.
    """
    deep = [i for i, blob in enumerate(blobs.tolist()) if blob is not None and wkb.nested_too_deep(blob)]
    blobs = blobs.copy()
    blobs[deep] = b""
    with np.errstate(all="ignore"):  # NaN coordinates: the checks name their features
        shapes = np.asarray(shapely.from_wkb(blobs, on_invalid="ignore"), dtype=object)
        bad = np.flatnonzero(shapely.is_missing(shapes) & ~_blank(blobs))
        shapes[bad] = shapely.from_wkb(blobs[bad], on_invalid="fix")
        shapes[shapely.get_type_id(shapes) > _COLLECTION] = None  # arcs and surfaces, which no figure can use
    closed = tuple(marks[i] for i in bad.tolist() if shapes[i] is not None)
    lost = tuple(marks[i] for i in np.flatnonzero(shapely.is_missing(shapes) & ~_blank(blobs)).tolist())
    if closed:
        said.mend(Problem("layer.rings_closed", shown, {"n": len(closed)}, closed))
    if lost:
        said.refuse(Problem("layer.shapes_unreadable", shown, {"n": len(lost)}, lost))
    return shapes


def crs_of(text: str | None) -> CRS | None:
    """CRS of what GDAL says of a file, None where it says nothing."""
    if not text:
        return None
    try:
        crs = CRS.from_user_input(text)
    except CRSError:
        return None
    return None if "Undefined" in crs.name else crs


def opened(
    found: tuple[str | None, Any, Cells, dict[str, Cells]],
    marks: tuple[str, ...],
    curves: tuple[str, ...],
    sha256: str,
    shown: str,
    said: Verdict,
) -> Opened:
    """What `read` has found, as a file for the checks.

    Parameters
    ----------
    found : tuple
        From `read`.
    marks : tuple of str
        Place of each feature.
    curves : tuple of str
        From `curved`: told as ``layer.curves``.
    sha256 : str
        Of the file.
    shown, said : str, Verdict
        As for `read`.
    """
    crs, _, shapes, table = found
    if curves:
        said.mend(Problem("layer.curves", shown, {"n": len(curves)}, curves))
    return Opened(
        columns=table,
        shapes=shapes,
        crs=crs_of(crs),
        places=marks,
        sha256=sha256,
        told=unread(said, marks),
        said=said,
    )


def unread(said: Verdict, marks: Sequence[str]) -> frozenset[int]:
    """Rows (of `marks`) whose shape `from_wkb` could not read: what `Opened.told` wants."""
    lost = {mark for p in said.errors if p.key == "layer.shapes_unreadable" for mark in p.feature_ids}
    return frozenset(i for i, mark in enumerate(marks) if mark in lost)


def _blank(blobs: Cells) -> npt.NDArray[np.bool_]:
    return np.array([blob is None for blob in blobs.tolist()], dtype=bool)


def curved(copy: Path, shown: str, layer: str, marks: Sequence[str], fids: Any) -> tuple[str, ...]:
    """Places of the features of a layer whose shape has arcs: `read` gives short lines for them.

    Parameters
    ----------
    copy, shown : Path, str
        As for `read`.
    layer : str
        Its name.
    marks, fids : sequence of str, array of int
        Place and number of each feature, as read.
    """
    kinds = ", ".join(f"'{kind}'" for kind in _CURVES)
    name = '"' + layer.replace("\\", "\\\\").replace('"', '\\"') + '"'
    sql = f"SELECT FID FROM {name} WHERE OGR_GEOMETRY IN ({kinds})"
    found = set(guarded.read(copy, shown, sql=sql, sql_dialect="OGRSQL", columns=[]).fids.tolist())
    return tuple(mark for mark, fid in zip(marks, fids.tolist(), strict=True) if fid in found)


def layers(copy: Path, shown: str, *, config: Mapping[str, str] | None = None) -> tuple[str, ...]:
    """Names of the layers of a copy that have geometry, in the order of the file.

    Raises
    ------
    InputError
        As `read`.
    """
    return tuple(name for name, kind in guarded.layers(copy, shown, config=config) if kind is not None)
