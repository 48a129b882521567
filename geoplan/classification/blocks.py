"""Features of a whole stack, made block by block and kept small.

Kept as int16: indices and reflectances in steps of 0.0001, terrain in steps of 0.1. So a commune takes half the room,
and the last digit of a machine's arithmetic decides nothing.
"""

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt

from geoplan.classification import clearings, features
from geoplan.crs import Bounds
from geoplan.imagery.records import Observations, Stack

Reader = Callable[[Stack, Bounds], Observations]
Window = tuple[slice, slice]

_FINE, _COARSE = 10_000.0, 10.0
_LOST = np.iinfo(np.int16).min
_MOST = 32_000
_AT_ONCE = 16_384  # pixels: on 300 dates some 100 MB of numbers


@dataclass(frozen=True, eq=False)
class Kept:
    """Features of all pixels and what was found with them.

    Parameters
    ----------
    names : tuple of str
        One a layer.
    stored : int16 array, shape (features, y, x)
        Number times the layer's step; the least int16 is unknown.
    steps : tuple of float
        Stored numbers over one unit, by layer.
    looks : uint8 array, shape (y, x)
        Clear looks of the last 12 months.
    cleared : Clearings
    """

    names: tuple[str, ...]
    stored: npt.NDArray[np.int16]
    steps: tuple[float, ...]
    looks: npt.NDArray[np.uint8]
    cleared: clearings.Clearings

    def layer(self, name: str) -> features.Pixels:
        """One feature of all pixels, shape (y, x)."""
        i = self.names.index(name)
        return _opened(self.stored[i], self.steps[i])

    def at(self, places: npt.NDArray[np.int64]) -> features.Pixels:
        """Features of some pixels, by their number in the flattened image, shape (pixels, features)."""
        flat = self.stored.reshape(len(self.stored), -1)
        found = [_opened(layer[places], step) for layer, step in zip(flat, self.steps, strict=True)]
        return np.stack(found, axis=1)


def of_stack(
    stack: Stack,
    read: Reader,
    as_of: date,
    terrain: Mapping[str, npt.NDArray[Any]],
    threads: int,
    progress: Callable[[int, int], None] | None,
) -> Kept:
    """Features, looks and clearings of a stack; the same for any number of threads.

    Raises
    ------
    ValueError
        Terrain of another shape than the stack.
    """
    shape = stack.height, stack.width
    windows = list(_windows(stack))
    looks = np.zeros(shape, dtype=np.uint8)
    cleared = clearings.Clearings(np.zeros(shape, dtype=np.int32), np.zeros(shape, dtype=np.bool_))

    def work(seen: Observations) -> tuple[features.Features, clearings.Clearings]:
        return features.of_pixels(seen, as_of), clearings.clearings(seen, as_of)

    names: tuple[str, ...] = ()
    stored = np.empty((0, *shape), dtype=np.int16)
    with ThreadPoolExecutor(threads) as pool:
        for done, window in enumerate(windows, start=1):
            seen = read(stack, _bounds(stack, window))
            places, strips = _strips(window, seen)
            for place, (made, found) in zip(places, pool.map(work, strips), strict=True):
                if not names:
                    names = (*made.names, *features.NEIGHBOURS, *terrain)
                    stored = np.full((len(names), *shape), _LOST, dtype=np.int16)
                stored[: len(made.names), place[0], place[1]] = _stored(made.values, _FINE)
                looks[place] = made.looks
                cleared.cleared_on[place] = found.cleared_on
                cleared.regrown[place] = found.regrown
            if progress is not None:
                progress(done, len(windows))
    steps = (_FINE,) * (len(names) - len(terrain)) + (_COARSE,) * len(terrain)
    kept = Kept(names, stored, steps, looks, cleared)
    for name, (of, reach, which) in features.NEIGHBOURS.items():
        stored[names.index(name)] = _stored(features.neighbours(kept.layer(of), reach)[which], _FINE)
    for name, layer in terrain.items():
        if layer.shape != shape:
            raise ValueError(f"{name} has shape {layer.shape}, the stack {shape}")
        stored[names.index(name)] = _stored(np.asarray(layer, dtype=np.float32), _COARSE)
    return kept


def _strips(window: Window, seen: Observations) -> tuple[list[Window], list[Observations]]:
    """A block cut into strips of rows, so that little is in the works at once."""
    rows, columns = window
    height, width = rows.stop - rows.start, columns.stop - columns.start
    if seen.bands["nir"].shape[1:] != (height, width):
        raise ValueError(f"read gave {seen.bands['nir'].shape[1:]} pixels where {(height, width)} were asked for")
    step = max(1, _AT_ONCE // width)
    cuts = [slice(top, min(top + step, height)) for top in range(0, height, step)]
    places = [(slice(rows.start + cut.start, rows.start + cut.stop), columns) for cut in cuts]
    bands = [{name: band[:, cut] for name, band in seen.bands.items()} for cut in cuts]
    return places, [Observations(seen.days, part, seen.transform) for part in bands]


def _windows(stack: Stack) -> Iterator[Window]:
    for top in range(0, stack.height, stack.block):
        for left in range(0, stack.width, stack.block):
            bottom, right = min(top + stack.block, stack.height), min(left + stack.block, stack.width)
            yield slice(top, bottom), slice(left, right)


def _bounds(stack: Stack, window: Window) -> Bounds:
    rows, columns, t = window[0], window[1], stack.transform
    west, east = t.c + columns.start * t.a, t.c + columns.stop * t.a
    return west, t.f + rows.stop * t.e, east, t.f + rows.start * t.e


def _stored(values: features.Pixels, step: float) -> npt.NDArray[np.int16]:
    """Numbers in steps; beyond 3.2 an index, and beyond 3,200 a height, says nothing more."""
    known = np.clip(np.nan_to_num(values) * np.float32(step), -_MOST, _MOST)
    return np.where(np.isnan(values), _LOST, np.rint(known)).astype(np.int16)


def _opened(stored: npt.NDArray[np.int16], step: float) -> features.Pixels:
    values = stored.astype(np.float32)
    values[stored == _LOST] = np.nan
    values /= np.float32(step)
    return values
