"""Rows that do not belong to their shapes: a table sorted apart from its drawing keeps every sum and every count.

Excel sorts the .dbf of a Shapefile and knows nothing of its .shp. Hectares that the table states then are the hectares
of the shapes, in another order.
"""

import numpy as np
import numpy.typing as npt
import pandas as pd

from geoplan.errors import Problem

FEWEST = 20
"""Rows below which another order may be chance."""
OWN_GAP, ORDERED_GAP = 0.2, 0.1
"""Median gap of stated to measured hectares, as a share: row by row more than the first, both sorted less than the
second. Careless statements are apart either way, lots of one size are apart neither way."""
RANK_CORRELATION = 0.3
"""Of stated and measured hectares; statements of a tenth more or less have over 0.9."""

_Hectares = npt.NDArray[np.float64]


def astray(field: str, stated: _Hectares, measured: _Hectares, where: str) -> list[Problem]:
    """A word where the stated hectares are those of the shapes but stand at other ones.

    Parameters
    ----------
    field : str
        That states them.
    stated, measured : array of float, ha
        Row by row; NaN or 0 where nothing is stated.
    where : str
        The file.
    """
    known = np.isfinite(stated) & (stated > 0) & (measured > 0)
    said, drawn = stated[known], measured[known]
    if len(said) < FEWEST:
        return []
    own = float(np.median(np.abs(said - drawn) / drawn))
    ordered = float(np.median(np.abs(np.sort(said) - np.sort(drawn)) / np.sort(drawn)))
    if own <= OWN_GAP or ordered >= ORDERED_GAP:
        return []
    correlation = float(pd.Series(said).rank().corr(pd.Series(drawn).rank()))
    if correlation >= RANK_CORRELATION:
        return []
    facts: dict[str, str | int | float] = {
        "field": field,
        "n": len(said),
        "own_pct": 100.0 * own,
        "ordered_pct": 100.0 * ordered,
    }
    return [Problem("layer.rows_astray", where, facts)]
