"""Plots: ground that is of one kind at any time, and what stood on it since when."""

from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from geoplan.demo.cells import Indices
from geoplan.demo.noise import Floats
from geoplan.demo.scene.growth import Kind, forest, shares

LONG_AGO = date(1990, 1, 1).toordinal()
NEVER = date(9000, 1, 1).toordinal()

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Step:
    """From this day (ordinal) on, this kind; `strength` is the vigour, or what logging left."""

    day: int
    kind: Kind
    strength: float = 1.0


@dataclass(frozen=True, eq=False)
class Plots:
    """Steps of every plot as arrays (plots, steps), days rising, the unused ones at `NEVER`."""

    days: Indices
    kinds: Indices
    strengths: Floats
    shift: Floats
    gain: Floats

    def at(self, day: int) -> tuple[Indices, Floats, Floats]:
        """Kind, age in years and strength of each plot on a day (ordinal)."""
        step = (self.days <= day).sum(axis=1) - 1
        rows = np.arange(len(step))
        age = (day - self.days[rows, step]) / 365.25
        return self.kinds[rows, step], age, self.strengths[rows, step]

    def shares(self, day: int) -> Floats:
        """Shares of the endmembers of each plot on a day, shape (plots, 9)."""
        kind, age, strength = self.at(day)
        found = np.zeros((len(kind), 9))
        of_year = date.fromordinal(day).timetuple().tm_yday
        for one in np.unique(kind):
            mine = np.flatnonzero(kind == one)
            found[mine] = shares(Kind(int(one)), of_year, age[mine], self.shift[mine], strength[mine])
        return found

    def forest(self, day: int) -> Mask:
        """True where a plot is forest on a day by the class table."""
        kind, age, _ = self.at(day)
        return forest(kind, age)


class Ground:
    """Plots drawn on a grid, one over the other: the later drawn is what stands there."""

    def __init__(self, shape: tuple[int, int]) -> None:
        self.plot = np.full(shape, -1, dtype=np.int32)
        self.steps: list[tuple[Step, ...]] = []

    def draw(self, mask: Mask, *steps: Step) -> int:
        """A new plot under a mask; its number."""
        self.steps.append(steps)
        self.plot[mask] = len(self.steps) - 1
        return len(self.steps) - 1

    def happen(self, mask: Mask, *steps: Step) -> None:
        """Something befalls the pixels of a mask, whatever stood there before: plots are split."""
        for old in np.unique(self.plot[mask]):
            kept = tuple(s for s in self.steps[int(old)] if s.day < steps[0].day)
            self.steps.append((*kept, *steps))
            self.plot[mask & (self.plot == old)] = len(self.steps) - 1

    def plots(self, rng: np.random.Generator) -> Plots:
        """All plots as arrays; each gets a gain N(1, 0.05) and a shift N(0, 9 days) of its own."""
        if (self.plot < 0).any():
            raise ValueError("some ground was never drawn")
        most, count = max(len(steps) for steps in self.steps), len(self.steps)
        days = np.full((count, most), NEVER, dtype=np.int64)
        kinds = np.zeros((count, most), dtype=np.int64)
        strengths = np.ones((count, most))
        for i, steps in enumerate(self.steps):
            ordered = sorted(steps, key=lambda step: step.day)
            for k, step in enumerate(ordered):
                days[i, k], kinds[i, k], strengths[i, k] = step.day, step.kind, step.strength
        gain = np.clip(rng.normal(1.0, 0.05, count), 0.85, 1.15)
        shift = np.clip(rng.normal(0.0, 9.0, count), -15.0, 15.0)
        return Plots(days, kinds, strengths, shift, gain)
