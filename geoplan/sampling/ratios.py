"""Ratios from a sample: accuracies where the strata are not the map's classes, and samples of lots.

Stehman 2014 (doi:10.1080/01431161.2014.930207, equations 27 and 28)::

    R = Y / X        V = X^-2 * sum_h N_h^2 (1 - n_h/N_h) (s_y^2 + R^2 s_x^2 - 2 R s_xy) / n_h

`Y` and `X` are totals over the strata, of two values of each point. User's accuracy: y is right and mapped so, x mapped
so. Producer's accuracy: x is so by reference. Overall accuracy and areas: x is 1 everywhere.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from geoplan.errors import InputError, Problem
from geoplan.sampling.estimates import Estimate, estimate
from geoplan.sampling.strata import LEAST, by_stratum


def ratio(
    y: npt.ArrayLike,
    x: npt.ArrayLike,
    stratum: Sequence[Any],
    size_by_stratum: Mapping[str, float],
    *,
    finite: bool = False,
    add_one: bool = True,
    least: int = LEAST,
) -> Estimate:
    """Share that `y` is of `x` (0 to 1), with a 95 % interval.

    Parameters
    ----------
    y, x : array of float, shape (n,)
        Two values of each point, y at most x; indicators, or hectares of a lot. Not NaN.
    stratum : sequence of text, shape (n,)
        Stratum of each point.
    size_by_stratum : mapping of str to float
        Pixels, hectares or lots of each stratum; with `finite` the number of things drawn from.
    finite : bool
        True where the sample is a good part of what there is (lots): the variance shrinks by 1 - n/N.
    add_one : bool
        Half an error (of a mean x) added to the variance of a stratum whose points are all alike.
    least : int
        Points of a stratum below which nothing is given.

    Raises
    ------
    InputError
        As `estimates.by_stratum`; ``sampling.nothing_to_share`` where x is 0 at every point.
    """
    over, under = np.asarray(y, dtype=np.float64), np.asarray(x, dtype=np.float64)
    if np.isnan(over).any() or np.isnan(under).any():
        n = int((np.isnan(over) | np.isnan(under)).sum())
        raise InputError(Problem("sampling.reference_missing", "samples: reference", {"n": n}))
    strata = by_stratum(stratum, size_by_stratum, least=least)
    whole = sum(size * float(under[inside].mean()) for size, inside in strata)
    if whole <= 0:
        raise InputError(Problem("sampling.nothing_to_share", "samples", {"n": len(under)}))
    found = sum(size * float(over[inside].mean()) for size, inside in strata) / whole
    variance = 0.0
    for size, inside in strata:
        off = over[inside] - found * under[inside]  # its variance is s_y^2 + R^2 s_x^2 - 2 R s_xy
        n, found_variance = len(off), float(off.var(ddof=1))
        if add_one and float(np.ptp(off)) == 0.0:
            rate = 0.5 / (n + 1)
            found_variance = rate * (1.0 - rate) * n / (n - 1) * float((under[inside] ** 2).mean())
        left = 1.0 - n / size if finite else 1.0
        variance += size**2 * left * found_variance / n
    return estimate(found, variance / whole**2, len(over), 1.0)


def clustered(
    y: npt.ArrayLike,
    x: npt.ArrayLike,
    cluster: Sequence[Any],
    stratum: Sequence[Any],
    clusters_by_stratum: Mapping[str, float],
    *,
    least: int = LEAST,
) -> Estimate:
    """Share that `y` is of `x` where whole lots were drawn: the lot is the unit, not the points in it.

    Parameters
    ----------
    y, x : array of float, shape (n,)
        Values of the points (or plots) of the lots drawn.
    cluster, stratum : sequence of text, shape (n,)
        Lot of each point, and the stratum that the lot was drawn from.
    clusters_by_stratum : mapping of str to float
        Number of lots to draw from.

    Raises
    ------
    InputError
        As `ratio`; ``sampling.cluster_in_two_strata``.
    """
    home: dict[str, str] = {}
    for lot, label in zip(cluster, stratum, strict=True):
        if home.setdefault(str(lot), str(label)) != str(label):
            facts = {"cluster": str(lot)}
            raise InputError(Problem("sampling.cluster_in_two_strata", "samples: stratum", facts, (str(lot),)))
    position = {lot: i for i, lot in enumerate(home)}
    owner = np.array([position[str(lot)] for lot in cluster], dtype=np.int64)
    over, under = (
        np.bincount(owner, weights=np.asarray(values, dtype=np.float64), minlength=len(home)) for values in (y, x)
    )
    return ratio(over, under, list(home.values()), clusters_by_stratum, finite=True, least=least)
