"""How two people who read the same points agree.

A reference is read by people, and people err. A second reading of 10 to 20 % of the points says how often; it is told
beside the interval, which does not hold it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from geoplan.sampling.estimates import Estimate, estimate


@dataclass(frozen=True, slots=True)
class Agreement:
    """Of points read twice: the share read alike (0 to 1, with its interval) and Cohen's kappa.

    Kappa is NaN where both wrote one class for every point: chance alone would agree as well.
    """

    share: Estimate
    kappa: float


def agreement(first: Sequence[Any], second: Sequence[Any]) -> Agreement:
    """Agreement of two readings of the same points (Cohen 1960, doi:10.1177/001316446002000104).

    Parameters
    ----------
    first, second : sequence of text, shape (n,)
        Class that each reader wrote, two points or more.
    """
    one, two = (np.array([str(label) for label in labels], dtype=object) for labels in (first, second))
    if len(one) != len(two) or len(one) < 2:
        raise ValueError("two readings of the same points, two points or more")
    n = len(one)
    alike = float((one == two).mean())
    rate = (alike * n + 0.5) / (n + 1) if alike in {0.0, 1.0} else alike
    by_chance = sum(float((one == c).mean()) * float((two == c).mean()) for c in sorted({*one, *two}))
    kappa = (alike - by_chance) / (1.0 - by_chance) if by_chance < 1.0 else float("nan")
    return Agreement(estimate(alike, rate * (1 - rate) / (n - 1), n, 1.0), kappa)
