"""Hectares with an interval, from a map and a stratified sample of points.

The difference estimator takes the map's hectares and adds what the sample says the map got wrong::

    total = sum_h ( M_h + A_h * mean_h(y - m) )        V = sum_h A_h^2 * s_h^2(y - m) / n_h

`y` is what a person read at the point, `m` what the map has there, `A_h` the hectares of stratum h, `M_h` the map's own
hectares in it. The figure is true to the design whatever the map is worth; a good map only makes it narrower. Where `m`
is the same all over a stratum it is the stratified estimator of Olofsson et al. 2014 (doi:10.1016/j.rse.2014.02.015,
equations 9 to 11).

A part of the ground (a commune, a cell of a table) has two ways. Inside a unit with enough points: the points in it,
with the hectares of strata inside it. Otherwise: all points, with `y` and `m` set to 0 outside the part, the hectares
of whole strata, and ``most`` the part's hectares; it is wider and just as honest.

A stratum whose sample shows no error has a variance of nothing, and intervals then miss too often (50 points: 78 % of
nominal 95). So half an error is added to its variance, never to its value: (k + 1/2) / (n + 1).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from geoplan.sampling.strata import by_stratum, shares, spread

Z = 1.96
"""Standard errors on either side: 95 %."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with its 95 % interval.

    Parameters
    ----------
    value, low, high : float
        The figure, never cut, and its interval, cut to what can be (0 to all the ground).
    se : float
        Standard error, in the figure's unit.
    n : int
        Points (or clusters) that it rests on.
    """

    value: float
    low: float
    high: float
    se: float
    n: int


def stratified_difference(
    y: npt.ArrayLike,
    m: npt.ArrayLike,
    stratum: Sequence[Any],
    area_by_stratum: Mapping[str, float],
    map_total: Mapping[str, float] | float,
    *,
    most: float | None = None,
    add_one: bool = True,
) -> Estimate:
    """Hectares by map and sample together, with a 95 % interval (z = 1.96).

    Parameters
    ----------
    y : array of float, shape (n,), 0 to 1
        Reference: 1 forest, 0 not. NaN is refused: a point that nobody could read must be left out and told.
    m : array of float, shape (n,), 0 to 1
        The map at the points: 0 or 1, or a probability. Nothing seen there: 0, as in `map_total`.
    stratum : sequence of text, shape (n,)
        Stratum from which each point was drawn.
    area_by_stratum : mapping of str to float
        Hectares of the ground that the points stand for.
    map_total : mapping of str to float, or float
        Hectares by the map, by stratum or in all: only their sum matters.
    most : float, optional
        Hectares above which the figure cannot be; all the ground by default.
    add_one : bool
        Half an error added to the variance of a stratum without one.

    Raises
    ------
    InputError
        ``sampling.thin_stratum``, ``sampling.stratum_without_area``, ``sampling.reference_missing``.
    """
    reference, mapped = shares(y), shares(m)
    variance, correction = 0.0, 0.0
    for ha, inside in by_stratum(stratum, area_by_stratum):
        off = reference[inside] - mapped[inside]
        correction += ha * float(off.mean())
        variance += ha**2 * spread(off, add_one=add_one) / len(off)
    ground = sum(area_by_stratum.values()) if most is None else most
    total = sum(map_total.values()) if isinstance(map_total, Mapping) else float(map_total)
    return estimate(total + correction, variance, len(reference), ground)


def post_stratified(
    y: npt.ArrayLike, stratum: Sequence[Any], area_by_stratum: Mapping[str, float], *, add_one: bool = True
) -> Estimate:
    """Hectares from a simple random sample that was sorted into strata afterwards.

    Its variance has a term more than the stratified one, since the strata's counts were left to chance::

        V = A^2 ( (1/n) sum_h W_h s_h^2  +  (1/n^2) sum_h (1 - W_h) s_h^2 )

    Cochran 1977, Sampling Techniques, equation 5A.42. Parameters and refusals as in `stratified_difference`.
    """
    reference = shares(y)
    whole, n = sum(area_by_stratum.values()), len(reference)
    total, variance = 0.0, 0.0
    for ha, inside in by_stratum(stratum, area_by_stratum):
        found = reference[inside]
        part, s2 = ha / whole, spread(found, add_one=add_one)
        total += ha * float(found.mean())
        variance += whole**2 * (part * s2 / n + (1.0 - part) * s2 / n**2)
    return estimate(total, variance, n, whole)


def estimate(value: float, variance: float, n: int, most: float) -> Estimate:
    """An estimate from its variance, the interval cut to 0 and `most`."""
    se = float(np.sqrt(variance))
    low, high = (float(np.clip(value + side * Z * se, 0.0, most)) for side in (-1, 1))
    return Estimate(float(value), low, high, se, n)
