"""The error matrix of a stratified sample: areas and accuracies with their intervals.

Rows are strata (classes of the map, perhaps a buffer that is none), columns what people read. Olofsson et al. 2013
(doi:10.1016/j.rse.2012.10.031) and 2014 (doi:10.1016/j.rse.2014.02.015), equations 5 to 11. Counts are never added up
over strata: each stands for another number of hectares.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from geoplan.errors import InputError
from geoplan.sampling.estimates import Estimate, estimate
from geoplan.sampling.strata import LEAST, thin_strata


@dataclass(frozen=True, eq=False)
class ErrorMatrix:
    """Counts of points by stratum and reference class.

    Parameters
    ----------
    strata, classes : tuple of str
        Rows and columns. A stratum of a class's name is that class on the map; another (a buffer) is no class.
    counts : float array, shape (strata, classes)
        Points.
    size : float array, shape (strata,)
        Hectares of each stratum (or pixels, or shares: areas come out in the same unit).
    """

    strata: tuple[str, ...]
    classes: tuple[str, ...]
    counts: npt.NDArray[np.float64]
    size: npt.NDArray[np.float64]

    @property
    def points(self) -> npt.NDArray[np.float64]:
        """Points of each stratum."""
        return np.asarray(self.counts.sum(axis=1))

    @property
    def parts(self) -> npt.NDArray[np.float64]:
        """Share of each class among the points of a stratum."""
        return np.asarray(self.counts / self.points[:, None])


def error_matrix(
    stratum: Sequence[Any], reference: Sequence[Any], area_by_stratum: Mapping[str, float], *, least: int = LEAST
) -> ErrorMatrix:
    """Matrix of the points of a sample, strata and classes in the order of their names.

    Raises
    ------
    InputError
        ``sampling.thin_stratum``.
    """
    problems = thin_strata(stratum, area_by_stratum, least=least)
    if problems:
        raise InputError(*problems)
    strata = tuple(sorted(label for label, ha in area_by_stratum.items() if ha > 0))
    classes = tuple(sorted({str(label) for label in reference}))
    counts = np.zeros((len(strata), len(classes)))
    for row, column in zip(stratum, reference, strict=True):
        counts[strata.index(str(row)), classes.index(str(column))] += 1
    return ErrorMatrix(strata, classes, counts, np.array([area_by_stratum[label] for label in strata]))


def areas(matrix: ErrorMatrix, *, add_one: bool = True) -> dict[str, Estimate]:
    """Area of each reference class, in the unit of the matrix's sizes; ``add_one`` as in `stratified_difference`."""
    found, n = matrix.size @ matrix.parts, int(matrix.points.sum())
    variance = matrix.size**2 @ _binomial(matrix, add_one=add_one)
    whole = float(matrix.size.sum())
    return {
        name: estimate(float(area), float(v), n, whole)
        for name, area, v in zip(matrix.classes, found, variance, strict=True)
    }


def overall_accuracy(matrix: ErrorMatrix, *, add_one: bool = True) -> Estimate:
    """Share of the ground that the map has right, 0 to 1. A stratum that is no class is wrong everywhere."""
    part, whole = matrix.size / matrix.size.sum(), int(matrix.points.sum())
    value, variance = 0.0, 0.0
    for i, name in enumerate(matrix.strata):
        if name in matrix.classes:
            j = matrix.classes.index(name)
            value += part[i] * matrix.parts[i, j]
            variance += part[i] ** 2 * _binomial(matrix, add_one=add_one)[i, j]
    return estimate(float(value), float(variance), whole, 1.0)


def users_accuracy(matrix: ErrorMatrix, *, add_one: bool = True) -> dict[str, Estimate]:
    """Of what the map calls a class, the share that is so, 0 to 1; by class."""
    found = {}
    for i, name in enumerate(matrix.strata):
        if name in matrix.classes:
            j = matrix.classes.index(name)
            variance = float(_binomial(matrix, add_one=add_one)[i, j])
            found[name] = estimate(float(matrix.parts[i, j]), variance, int(matrix.points[i]), 1.0)
    return found


def producers_accuracy(matrix: ErrorMatrix, *, add_one: bool = True) -> dict[str, Estimate]:
    """Of what is a class, the share that the map calls so, 0 to 1; by class. NaN where the sample has none of it."""
    variances = _binomial(matrix, add_one=add_one)
    totals = matrix.size @ matrix.parts
    found = {}
    for i, name in enumerate(matrix.strata):
        if name not in matrix.classes:
            continue
        j = matrix.classes.index(name)
        if totals[j] <= 0:
            found[name] = Estimate(float("nan"), float("nan"), float("nan"), float("nan"), 0)
            continue
        share = float(matrix.size[i] * matrix.parts[i, j] / totals[j])
        others = np.delete(matrix.size**2 * variances[:, j], i).sum()
        own = (matrix.size[i] * (1.0 - share)) ** 2 * variances[i, j]
        found[name] = estimate(share, float((own + share**2 * others) / totals[j] ** 2), int(matrix.points.sum()), 1.0)
    return found


def _binomial(matrix: ErrorMatrix, *, add_one: bool) -> npt.NDArray[np.float64]:
    """Variance p (1 - p) / (n - 1) of every cell; `add_one`: half an error where none was seen."""
    n = np.broadcast_to(matrix.points[:, None], matrix.counts.shape)
    extreme = (matrix.counts == 0) | (matrix.counts == n)
    part = np.where(extreme & add_one, (matrix.counts + 0.5) / (n + 1.0), matrix.parts)
    return np.asarray(part * (1.0 - part) / (n - 1.0))
