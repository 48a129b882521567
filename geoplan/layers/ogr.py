"""GDAL's vector reader, with its complaints as problems: a raw library warning is no message."""

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import shapely

from geoplan.errors import InputError, Problem
from geoplan.layers.opened import Cells, cells
from geoplan.layers.verdict import Verdict


def read(copy: Path, shown: str, said: Verdict, **options: Any) -> tuple[str | None, Any, Cells, dict[str, Cells]]:
    """CRS text, feature numbers, shapes and columns of a copy, in the order of the feature numbers.

    Parameters
    ----------
    copy : Path
        Never the user's own file: opening may write beside it.
    shown : str
        The user's file, for the messages.
    said : Verdict
        Gets ``layer.gdal_said`` where GDAL complains.

    Raises
    ------
    InputError
        ``layer.file_broken``.
    """
    pyogrio.set_gdal_config_options({"OGR_GEOMETRY_ACCEPT_UNCLOSED_RING": "NO"})
    try:
        with warnings.catch_warnings(record=True) as complaints:
            warnings.simplefilter("always")
            meta, fids, blobs, columns = pyogrio.raw.read(copy, return_fids=True, datetime_as_string=True, **options)
            if blobs is None:
                raise InputError(Problem("layer.file_broken", shown, {"cause": "no geometry"}))
            order = np.argsort(fids, kind="stable")
            shapes = shapely.from_wkb(blobs[order])
    except (shapely.errors.ShapelyError, RuntimeError, ValueError, MemoryError) as error:  # pyogrio's are RuntimeErrors
        raise InputError(Problem("layer.file_broken", shown, {"cause": _plain(str(error), copy)})) from error
    for text in dict.fromkeys(_plain(str(c.message), copy) for c in complaints):
        said.tell(Problem("layer.gdal_said", shown, {"cause": text}))
    found = {str(name): cells(column[order]) for name, column in zip(meta["fields"], columns, strict=True)}
    return meta["crs"], fids[order], np.asarray(shapes, dtype=object), found


def _plain(text: str, copy: Path) -> str:
    """A complaint without the path of the copy."""
    return text.replace(str(copy), copy.name)[:200]
