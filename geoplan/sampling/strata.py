"""Strata of a sample: which points stand for which hectares, and whether there are enough of them."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from geoplan.errors import InputError, Problem

LEAST = 25
"""Points of a stratum below which no interval is given: an error rate of 4 % is one point there."""


def thin_strata(
    stratum: Sequence[Any], area_by_stratum: Mapping[str, float], *, least: int = LEAST, where: str = "samples"
) -> tuple[Problem, ...]:
    """What keeps a sample from giving an interval: one problem a stratum with too few points.

    Parameters
    ----------
    stratum : sequence of text, shape (n,)
        Stratum of each point.
    area_by_stratum : mapping of str to float
        Hectares; strata of none need no points.
    """
    labels = [str(label) for label in stratum]
    found = {label: labels.count(label) for label, ha in area_by_stratum.items() if ha > 0}
    return tuple(
        Problem("sampling.thin_stratum", where, {"stratum": label, "n": n, "least": least})
        for label, n in sorted(found.items())
        if n < least
    )


def spread(off: npt.NDArray[np.float64], *, add_one: bool) -> float:
    """Variance between the points of a stratum (divisor n - 1), never that of a stratum without errors."""
    n = len(off)
    found = float(off.var(ddof=1))
    wrong = int((np.abs(off) > 0.5).sum())
    if add_one and wrong in {0, n}:
        rate = 0.5 / (n + 1)
        return max(found, rate * (1.0 - rate) * n / (n - 1))
    return found


def by_stratum(
    stratum: Sequence[Any], area_by_stratum: Mapping[str, float], *, least: int = LEAST
) -> list[tuple[float, npt.NDArray[np.bool_]]]:
    """Size of each stratum that has any, and which points are its own.

    Raises
    ------
    InputError
        ``sampling.thin_stratum``, ``sampling.stratum_without_area``.
    """
    labels = np.array([str(label) for label in stratum], dtype=object)
    strange = sorted({str(label) for label in labels} - {label for label, ha in area_by_stratum.items() if ha > 0})
    problems = [Problem("sampling.stratum_without_area", "samples: stratum", {"stratum": ", ".join(strange)})]
    problems = (problems if strange else []) + list(thin_strata(stratum, area_by_stratum, least=least))
    if problems:
        raise InputError(*problems)
    return [(float(ha), labels == label) for label, ha in sorted(area_by_stratum.items()) if ha > 0]


def shares(values: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Values of points as numbers from 0 to 1.

    Raises
    ------
    InputError
        ``sampling.reference_missing`` where one is missing.
    """
    found = np.asarray(values, dtype=np.float64)
    missing = int(np.isnan(found).sum())
    if missing:
        raise InputError(Problem("sampling.reference_missing", "samples: reference", {"n": missing}))
    if ((found < 0) | (found > 1)).any():
        raise ValueError("values of sample points lie between 0 and 1")
    return found
