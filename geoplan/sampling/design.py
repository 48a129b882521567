"""How many points a sample needs, and how many in each stratum.

Olofsson et al. 2014 (doi:10.1016/j.rse.2014.02.015), equation 13 and section 5.1.1: rare strata get a fixed number of
points, the rest go by area, or by area times spread (Neyman) where one stratum is known to be more mixed.
"""

import math
from collections.abc import Mapping

from geoplan.errors import InputError, Problem

RARE_LEAST = 50
"""Points of a rare stratum (Olofsson et al. 2014: 50 to 100)."""


def sample_size(area_by_stratum: Mapping[str, float], accuracy: Mapping[str, float], wanted_se: float) -> int:
    """Points for a standard error of the overall accuracy: (sum W S / SE)^2 with S = sqrt(U (1 - U)), rounded up.

    Parameters
    ----------
    area_by_stratum : mapping of str to float
        Hectares.
    accuracy : mapping of str to float
        What user's accuracy each stratum may have, 0 to 1.
    wanted_se : float
        Standard error, as a share (0.01 is one point of a hundred).
    """
    whole = sum(area_by_stratum.values())
    mean = sum(ha / whole * math.sqrt(accuracy[name] * (1 - accuracy[name])) for name, ha in area_by_stratum.items())
    return math.ceil((mean / wanted_se) ** 2 - 1e-9)


def allocate(
    points: int,
    area_by_stratum: Mapping[str, float],
    spread_by_stratum: Mapping[str, float] | None = None,
    *,
    least: int = RARE_LEAST,
) -> dict[str, int]:
    """Points of each stratum: at least `least`, the rest in proportion; they add up to `points`.

    Parameters
    ----------
    points : int
        All there are.
    area_by_stratum : mapping of str to float
        Hectares.
    spread_by_stratum : mapping of str to float, optional
        Standard deviation of the reference in each stratum: then the rest goes by area times spread (Neyman).
    least : int
        Points of the rarest stratum.

    Raises
    ------
    InputError
        ``sampling.too_few_points`` where not even `least` in each can be had.
    """
    needed = least * len(area_by_stratum)
    if points < needed:
        facts = {"n": points, "needed": needed, "least": least}
        raise InputError(Problem("sampling.too_few_points", "samples", facts))
    weight = {
        name: ha * (spread_by_stratum[name] if spread_by_stratum else 1.0) for name, ha in area_by_stratum.items()
    }
    fixed: dict[str, int] = {}
    while True:
        free = {name: w for name, w in weight.items() if name not in fixed}
        left = points - least * len(fixed)
        whole = sum(free.values())
        # All weights nothing: by equal parts, which proportions cannot say.
        exact = {name: left * (w / whole if whole > 0 else 1 / len(free)) for name, w in free.items()}
        rare = [name for name, share in exact.items() if share < least]
        if not rare:
            break
        fixed |= dict.fromkeys(rare, least)
    given = {name: math.floor(share) for name, share in exact.items()}
    by_rest = sorted(exact, key=lambda name: (given[name] - exact[name], name))
    for name in by_rest[: left - sum(given.values())]:
        given[name] += 1
    return {name: fixed.get(name, given.get(name, 0)) for name in area_by_stratum}
