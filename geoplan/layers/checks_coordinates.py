"""Features whose numbers cannot be longitudes and latitudes while those of the others are: named one by one.

One such feature would make the whole layer look as if it were in metres. Longitude and latitude exchanged, and
longitudes that have gone once round the world, can be put right without a guess: Vietnam has one place for them.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import shapely

from geoplan.errors import Problem
from geoplan.formats.verdict import Verdict

_TURN = 360.0

Shapes = npt.NDArray[np.object_]


def astray(
    shapes: Shapes, names: Sequence[str], where: str, *, mend: bool = False
) -> tuple[Shapes, npt.NDArray[np.bool_], Verdict]:
    """Shapes of a layer in degrees, those put right that can be, rows that cannot be there, and what is said.

    Parameters
    ----------
    shapes : array of object
        Longitude and latitude; None, empty and unfinished shapes are passed over.
    names : sequence of str
        Names of the rows.
    mend : bool
        False: what could be put right is refused.
    """
    said = Verdict()
    west, south, east, north = shapely.bounds(shapes).T
    sound = np.isfinite(shapely.bounds(shapes)).all(axis=1)
    out = sound & ~((west >= -180) & (east <= 180) & (south >= -90) & (north <= 90))
    turned = out & (south >= -90) & (north <= 90) & (west > 180) & (east <= 180 + _TURN)
    few = 2 * int((out & ~turned).sum()) < int(sound.sum())
    swapped = out & ~turned & (west > 0) & (east <= 30) & (south > 90) & (north <= 180) & few
    absurd = out & ~turned & ~swapped & few
    found = shapes.copy()
    if mend:
        found[turned] = shapely.transform(found[turned], lambda xy: xy - [_TURN, 0.0])
        found[swapped] = shapely.transform(found[swapped], lambda xy: xy[:, ::-1])
        said.mend(_named("layer.mended_turned", turned, names, where))
        said.mend(_named("layer.mended_swapped", swapped, names, where))
        return found, absurd, _refused(said, absurd, names, where)
    said.refuse(_named("layer.longitude_turned", turned, names, where))
    said.refuse(_named("layer.axes_swapped_features", swapped, names, where))
    return found, absurd | turned | swapped, _refused(said, absurd, names, where)


def _refused(said: Verdict, absurd: npt.NDArray[np.bool_], names: Sequence[str], where: str) -> Verdict:
    said.refuse(_named("layer.coordinates_absurd", absurd, names, where))
    return said


def _named(key: str, rows: npt.NDArray[np.bool_], names: Sequence[str], where: str) -> list[Problem]:
    found = np.flatnonzero(rows).tolist()
    return [Problem(key, where, {"n": len(found)}, tuple(names[i] for i in found))] if found else []
