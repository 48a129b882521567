"""Smooth noise that can be asked at any point, and the bending of the plane made of it.

A field is a sum of sine waves over several octaves. Its slope is known, so a displacement of small slope is one-to-one:
lines that did not cross before bending do not cross after it, and lines that were shared stay shared.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Waves:
    """Sum of sine waves: ``height * sin(x . vector + phase)``.

    Parameters
    ----------
    vectors : array (n, 2)
        Wave vectors, radians per metre.
    phases, heights : array (n,)
        Radians; the unit of the field.
    """

    vectors: Floats
    phases: Floats
    heights: Floats

    def at(self, points: Floats) -> Floats:
        """Field at points (n, 2) in metres -> (n,)."""
        found = np.zeros(len(points))
        for vector, phase, height in zip(self.vectors, self.phases, self.heights, strict=True):
            found += height * np.sin(points @ vector + phase)
        return found


def octaves(rng: np.random.Generator, longest_m: float, shortest_m: float, *, slope: float) -> Waves:
    """Waves from `longest_m` down by halves to `shortest_m`, every octave with the same slope.

    Parameters
    ----------
    rng : Generator
        Source of chance.
    longest_m, shortest_m : float
        Wave lengths, metres.
    slope : float
        Root mean square slope of the whole field. Below about 0.3 a displacement by it is one-to-one.
    """
    count = int(np.floor(np.log2(longest_m / shortest_m))) + 1
    lengths = np.repeat(longest_m / 2.0 ** np.arange(count), 5)
    lengths = lengths * rng.uniform(0.8, 1.25, lengths.size)
    angles = rng.uniform(0.0, 2.0 * np.pi, lengths.size)
    numbers = 2.0 * np.pi / lengths
    each = slope * np.sqrt(2.0 / lengths.size)
    return Waves(
        vectors=np.column_stack([numbers * np.cos(angles), numbers * np.sin(angles)]),
        phases=rng.uniform(0.0, 2.0 * np.pi, lengths.size),
        heights=each / numbers,
    )


@dataclass(frozen=True, eq=False)
class Bend:
    """One-to-one bending of the plane: every point moves by two fields of small slope."""

    east: Waves
    north: Waves

    def there(self, points: Floats) -> Floats:
        """Straight -> bent, points (n, 2) in metres."""
        return points + np.column_stack([self.east.at(points), self.north.at(points)])

    def back(self, points: Floats) -> Floats:
        """Bent -> straight, by fixed-point steps (the fields have slopes below one)."""
        guess = points.copy()
        for _ in range(30):
            guess = points - (self.there(guess) - guess)
        return guess


def bend(rng: np.random.Generator, longest_m: float, shortest_m: float, *, slope: float = 0.28) -> Bend:
    """A bending with waves from `longest_m` to `shortest_m` (metres)."""
    return Bend(
        octaves(rng, longest_m, shortest_m, slope=slope),
        octaves(rng, longest_m, shortest_m, slope=slope),
    )


def fractal(rng: np.random.Generator, shape: tuple[int, int], power: float) -> Floats:
    """Fractal surface on a grid: mean 0, standard deviation 1, power spectrum falling with frequency to `power`."""
    rows, columns = shape
    down = np.fft.fftfreq(rows)[:, None]
    along = np.fft.rfftfreq(columns)[None, :]
    frequency = np.hypot(down, along)
    frequency[0, 0] = np.inf
    grain = np.fft.rfft2(rng.standard_normal(shape))
    surface: Floats = np.fft.irfft2(grain * frequency ** (-power / 2.0), s=shape)
    even: Floats = (surface - surface.mean()) / surface.std()
    return even
