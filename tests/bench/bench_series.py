"""Robust yearly courses of pixels: series.harmonic against the same fit in numpy and, where it is installed, nrt's rirls, in one run.

    python tests/bench/bench_series.py [PIXELS] [ROUNDS]

80 dates of two years, 60 % of them clouded, one look in ten spoiled. nrt weighs by bisquare and has no ridge, so its courses differ a
little; it gets as many rounds (10) and one thread. CPU seconds, compilation excluded. The coefficients of the numpy fit must agree to
1e-4.
"""

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import numpy as np
import numpy.typing as npt

from geoplan.pixels import series

DATES, CLOUDED, SPOILED = 80, 0.6, 0.1


def pixels(count: int) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float32]]:
    random = np.random.default_rng(1)
    years = np.sort(random.uniform(24.0, 26.0, DATES))
    course = 0.7 + 0.08 * np.cos(2 * np.pi * years)[:, None]
    values = (course + random.normal(0, 0.03, (DATES, count))).astype(np.float32)
    values[random.random(values.shape) < SPOILED] -= 0.4
    values[random.random(values.shape) < CLOUDED] = np.nan
    return years, values


def by_numpy(years: npt.NDArray[np.float64], values: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
    """Huber's weights and a ridge of 4, pixel after pixel."""
    design = np.stack([np.ones_like(years), np.cos(2 * np.pi * years), np.sin(2 * np.pi * years)], axis=1)
    found, ridge = np.full((3, values.shape[1]), np.nan), np.diag([0.0, 4.0, 4.0])
    for i in range(values.shape[1]):
        seen = ~np.isnan(values[:, i])
        x, y, weight = design[seen], values[seen, i].astype(float), np.ones(seen.sum())
        if len(y) < series.FEWEST:
            continue
        for _ in range(11):
            found[:, i] = np.linalg.solve((x.T * weight) @ x + ridge, (x.T * weight) @ y)
            off = np.abs(y - x @ found[:, i])
            weight = np.minimum(1.0, 1.345 * max(1.4826 * np.median(off), 0.03) / np.maximum(off, 1e-12))
    return found


def by_nrt() -> Callable[[npt.NDArray[np.float64], npt.NDArray[np.float32]], Any] | None:
    try:
        import numba
        from nrt.fit_methods import rirls
    except ImportError:
        return None
    numba.set_num_threads(1)

    def fit(years: npt.NDArray[np.float64], values: npt.NDArray[np.float32]) -> Any:
        design = np.stack([np.ones_like(years), np.cos(2 * np.pi * years), np.sin(2 * np.pi * years)], axis=1)
        return rirls(design, values.astype(np.float64), maxiter=10)

    return fit


def seconds(work: Callable[..., Any], years: Any, values: Any, rounds: int) -> float:
    work(years, values[:, :20])
    taken = []
    for _ in range(rounds):
        start = time.process_time()
        work(years, values)
        taken.append(time.process_time() - start)
    return float(np.median(taken)) / values.shape[1]


def main() -> None:
    count, rounds = (int(sys.argv[i]) if len(sys.argv) > i else usual for i, usual in ((1, 20_000), (2, 3)))
    years, values = pixels(count)
    ours = seconds(series.harmonic, years, values, rounds)
    print(f"{count} pixels, {DATES} dates, {100 * CLOUDED:.0f} % clouded; median of {rounds} rounds")
    print(f"geoplan  {1e6 * ours:8.1f} us a pixel")
    slow = values[:, : min(count, 1000)]
    theirs = seconds(by_numpy, years, slow, rounds)
    print(f"numpy    {1e6 * theirs:8.1f} us a pixel   {theirs / ours:6.1f} times")
    off = np.nanmax(np.abs(by_numpy(years, slow) - series.harmonic(years, slow).coefficients))
    print(f"largest difference of a coefficient {off:.1e}")
    if off > 1e-4:
        raise SystemExit("the fits differ")
    nrt = by_nrt()
    if nrt is None:
        print("nrt is not installed")
    else:
        theirs = seconds(nrt, years, values, rounds)
        print(f"nrt      {1e6 * theirs:8.1f} us a pixel   {theirs / ours:6.1f} times")


if __name__ == "__main__":
    main()
