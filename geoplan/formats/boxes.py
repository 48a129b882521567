"""The box that a file states around each shape, held against the shape: a damaged vertex seldom leaves both alike."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import shapely

from geoplan.errors import Problem
from geoplan.formats.opened import Cells

_SHARE = 1e-3
"""Sides may differ by this share of the shape's size: some programs round them outwards."""


def contradicted(
    stated: npt.NDArray[np.float64], shapes: Cells, marks: Sequence[str], shown: str
) -> tuple[Problem, ...]:
    """``layer.boxes_differ`` with the features whose vertices do not reach to the sides of their box, or beyond them.

    Parameters
    ----------
    stated : array of float, shape (n, 4)
        West, south, east, north as the file has them; NaN, or all 0, where it states none.
    shapes : array of object
        Shapes, None where there is none.
    marks : sequence of str
        Place of each.
    shown : str
        The user's file.
    """
    with np.errstate(all="ignore"):
        found = shapely.bounds(shapes)
        size = np.maximum(found[:, 2] - found[:, 0], found[:, 3] - found[:, 1])
        apart = np.abs(stated - found).max(axis=1)
    told = np.isfinite(stated).all(axis=1) & (stated != 0).any(axis=1) & np.isfinite(found).all(axis=1)
    rows = np.flatnonzero(told & (apart > _SHARE * size) & (size > 0)).tolist()
    if not rows:
        return ()
    return (Problem("layer.boxes_differ", shown, {"n": len(rows)}, tuple(marks[i] for i in rows)),)
