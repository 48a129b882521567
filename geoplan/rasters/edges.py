"""Codes that offices write where nothing was observed, looked for where they stand: along the edge of a raster."""

from typing import Any

import numpy.typing as npt

from geoplan.errors import Problem
from geoplan.rasters.datasets import stands

EDGE_SHARE = 0.02
"""So much of the edge must bear a code before a word is said."""

USUAL = (
    0, 255, -9999, 9999, -99999, -32768, 32767, 65535, -128, 127, 2**31 - 1, -(2**31), 2**32 - 1,
    -3.4028234663852886e38, 3.4028234663852886e38, -1e32,
)  # fmt: skip
"""Codes that offices and programs write where nothing was observed."""


def undeclared(stored: npt.NDArray[Any], where: str, *, probability: bool = False) -> list[Problem]:
    """``raster.nodata_at_edge`` with the usual codes that stand there, and their shares.

    Parameters
    ----------
    stored : ndarray
        Numbers of the first and last row, of a raster that declares nothing as not observed; may be empty.
    where : str
        The file, for the message.
    probability : bool
        True where 0 is a number like any other.
    """
    if not len(stored):
        return []
    shares = {code: float(stands(stored, code).mean()) for code in USUAL if code != 0 or not probability}
    named = [f"{code:g} ({100 * share:.0f} %)" for code, share in shares.items() if share > EDGE_SHARE]
    if not named:
        return []
    value = f"{max(shares, key=lambda code: shares[code]):g}"
    return [Problem("raster.nodata_at_edge", where, {"found": ", ".join(named), "value": value})]
