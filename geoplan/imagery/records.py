"""Records of the images: what was asked for, what a folder holds, and the stack made of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import numpy as np
import numpy.typing as npt
from affine import Affine
from pyproj import CRS

from geoplan.crs import Bounds
from geoplan.errors import Problem
from geoplan.layers import Source
from geoplan.rasters.datasets import Laid

BANDS = ("blue", "red", "nir", "swir1", "swir2")
"""What a stack keeps of every date."""

UNSEEN = -32768
"""Stored where a pixel was not observed: cloud, shadow, outside the scene, no data."""

SCALE = 10_000.0
"""Stored numbers over reflectance."""


@dataclass(frozen=True, slots=True)
class ImagesSpec:
    """One entry of ``[images]`` in the project file: a role (``sentinel2``) and its folder."""

    role: str
    path: Path
    shown: str


@dataclass(frozen=True, slots=True)
class Band:
    """One band of one date on the disk: reflectance is ``(stored + offset) / scale``; `nodata` is not observed.

    `laid` is how its pixels lie in the file.
    """

    path: Path
    number: int
    scale: float
    offset: float
    nodata: float | None
    transform: Affine
    width: int
    height: int
    laid: Laid = field(default_factory=Laid)


@dataclass(frozen=True, slots=True)
class Scene:
    """One date: bands by geoplan's names, the mask of the sensor, the place of the sun."""

    day: date
    shown: str
    bands: Mapping[str, Band]
    mask: Band
    baseline: str
    sun_zenith_deg: float
    sun_azimuth_deg: float


@dataclass(frozen=True, eq=False)
class Images:
    """A folder of scenes, checked, with nothing read but heads: dates in order, all on one grid of 10 m.

    Tiles of one day that lie side by side are scenes of their own, and one date.
    """

    role: str
    path: Path
    crs: CRS
    transform: Affine
    width: int
    height: int
    scenes: tuple[Scene, ...]
    source: Source
    warnings: tuple[Problem, ...] = ()

    @property
    def days(self) -> tuple[date, ...]:
        """Dates in order, each once."""
        return tuple(dict.fromkeys(scene.day for scene in self.scenes))

    @property
    def bounds(self) -> Bounds:
        """West, south, east, north in the images' CRS."""
        t = self.transform
        return t.c, t.f + self.height * t.e, t.c + self.width * t.a, t.f


@dataclass(frozen=True, eq=False)
class Observations:
    """Reflectance of some pixels on all dates.

    Parameters
    ----------
    days : tuple of date
        In order.
    bands : mapping of str to int16 array, shape (time, y, x)
        Reflectance times 10,000 of `BANDS`; `UNSEEN` where not observed (in all bands alike).
    transform : Affine
        Of the pixels, in the stack's CRS.
    """

    days: tuple[date, ...]
    bands: Mapping[str, npt.NDArray[np.int16]]
    transform: Affine

    @property
    def seen(self) -> npt.NDArray[np.bool_]:
        """True where observed, shape (time, y, x)."""
        found: npt.NDArray[np.bool_] = self.bands["nir"] != UNSEEN
        return found


@dataclass(frozen=True, eq=False)
class Stack:
    """Images made ready: masked, corrected for terrain light, in blocks on the disk; facts and a path only.

    Parameters
    ----------
    days : tuple of date
        Dates in order.
    folder : Path
        Where the blocks lie.
    block : int
        Side of a block, pixels.
    source : Source
        Of the images; its hash covers every file of theirs.
    """

    role: str
    crs: CRS
    transform: Affine
    width: int
    height: int
    days: tuple[date, ...]
    folder: Path
    block: int
    source: Source
    settings: Mapping[str, float] = field(default_factory=dict)
    warnings: tuple[Problem, ...] = ()

    @property
    def bounds(self) -> Bounds:
        """West, south, east, north in the stack's CRS."""
        t = self.transform
        return t.c, t.f + self.height * t.e, t.c + self.width * t.a, t.f
