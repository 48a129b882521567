"""What is known of the danger of every cell."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar

import numpy as np
import numpy.typing as npt
from affine import Affine
from pyproj import CRS

from geoplan.errors import Problem
from geoplan.hazard.trained import Accuracy

Classes = npt.NDArray[np.uint8]
LOW, MEDIUM, HIGH, UNSEEN = 0, 1, 2, 255


@dataclass(frozen=True, eq=False)
class HazardMap:
    """Classes of danger on the grid of the heights. Classes, never metres: heights are too coarse for that.

    Parameters
    ----------
    landslide, debris, flood : uint8 arrays, shape (y, x)
        0 none or low, 1 medium, 2 high, 255 unknown: where slides start and come to, debris flows and fans, flash
        floods.
    index : float32 array, shape (y, x)
        Where slides start, 0 to 1 by rank over the extent, whatever grows there; NaN is unknown. Relative: the highest
        rank of gentle ground is high too.
    susceptibility : uint8 array, shape (y, x)
        Classes of the index where the slope can fail, open ground counted more: 0 low, 1 medium, 2 high, 3 very high,
        255 unknown.
    cut_slope : uint8 array, shape (y, x)
        1 where a cut slope stands behind, 255 where the cells are too coarse to tell.
    upstream_unseen : bool array, shape (y, x)
        Low ground by a stream of which a part of the basin lies outside: its flood may be larger.
    slope_deg : float32 array, shape (y, x)
        NaN is unknown.
    transform, crs : Affine, CRS
        North-up, of the height raster.
    cell_m : tuple of float
        Metres of a cell on the ground, west-east and north-south.
    spatial, untrained : Accuracy or None
        Of the trained and the untrained landslide index against the project's slides; None where there are too few.
    notes : tuple of Problem
        What must be said beside the classes.
    """

    landslide: Classes
    debris: Classes
    flood: Classes
    index: npt.NDArray[np.float32]
    susceptibility: Classes
    cut_slope: Classes
    upstream_unseen: npt.NDArray[np.bool_]
    slope_deg: npt.NDArray[np.float32]
    transform: Affine
    crs: CRS
    cell_m: tuple[float, float]
    spatial: Accuracy | None
    untrained: Accuracy | None
    notes: tuple[Problem, ...]

    PAINTED: ClassVar[Mapping[int, str]] = MappingProxyType({0: "low", 1: "medium", 2: "high", 3: "flood", 4: "debris"})
    """Classes of `painted`."""

    @property
    def worst(self) -> Classes:
        """The gravest of the three classes; 255 where one is unknown and none known is high."""
        three = np.stack([self.landslide, self.debris, self.flood])
        known = np.where(three == UNSEEN, LOW, three).max(axis=0)
        hidden = (three == UNSEEN).any(axis=0) & (known < HIGH)
        return np.where(hidden, UNSEEN, known).astype(np.uint8)

    @property
    def painted(self) -> Classes:
        """The gravest class, with high flash floods and, over them, high debris flows told apart; 255 unknown."""
        found = self.worst
        found[self.flood == HIGH] = 3
        found[self.debris == HIGH] = 4
        return found
