"""Records of the doors: what was asked for, what came in, and from where."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import pandas as pd
from pyproj import CRS

from geoplan.errors import Problem
from geoplan.formats import LayerSpec, Opened


@dataclass(frozen=True, slots=True)
class RasterSpec:
    """One entry of ``[rasters]`` in the project file.

    Parameters
    ----------
    role : str
        ``dem`` (metres) or ``land_cover`` (classes, or a probability with `threshold`).
    path, shown : Path, str
        Absolute path; the path as the project file has it, which messages name.
    nodata : float or None
        Value that means not observed, where the file does not say.
    forest, threshold : tuple of int, float or None
        Classes of tree cover, or the probability from which a pixel is tree cover.
    band : int
        From 1.
    """

    role: str
    path: Path
    shown: str
    nodata: float | None = None
    forest: tuple[int, ...] = ()
    threshold: float | None = None
    band: int = 1


@dataclass(frozen=True, slots=True)
class Source:
    """Where a layer or raster came from: the evidence of every figure made of it.

    `path` is relative to the project, with forward slashes; `sha256` covers every file of it (all sidecars of a
    Shapefile); `crs` is the CRS as found; `crs_operation` the datum operation used to reach the project's CRS
    (``EPSG:6960``, ``none``).
    """

    role: str
    path: str
    sha256: str
    rows: int
    crs: str
    crs_operation: str


@dataclass(frozen=True, eq=False)
class Layer:
    """A checked layer.

    `frame` has the role's field names (`schemas`), rows in file order with a fresh RangeIndex, the project's CRS, and
    for polygons ``geom_ha``: geodesic hectares. `warnings` must reach the reader. `raw_bounds` are west, south, east,
    north of the numbers as the file has them: what a wrong CRS is found by;
    `file_crs` is the CRS that they were read in.
    """

    role: str
    frame: gpd.GeoDataFrame
    source: Source
    warnings: tuple[Problem, ...] = ()
    raw_bounds: tuple[float, float, float, float] | None = None
    file_crs: CRS | None = None


@dataclass(frozen=True, eq=False)
class Inspection:
    """Everything that the door found in one file; `layer` is None where an error stands.

    Parameters
    ----------
    spec : LayerSpec
        What was asked for.
    opened : Opened
        The file as found; its shapes are in `crs`, row by row with `names`.
    names : tuple of str
        Name of each row, as the problems name it.
    columns : mapping
        Field of the role to the file's own column.
    crs : CRS or None
        The file's CRS as agreed between file, user and format; None where there is none to go by.
    layer : Layer or None
        The checked layer.
    others : DataFrame or None
        Columns that the role does not use, where they were asked for.
    errors, warnings, mended : tuple of Problem
        What makes a number wrong; what must be said; what has been put right.
    kept : tuple of int
        Rows of `opened` that are rows of the layer, in its order: all of them unless something was mended.
    """

    spec: LayerSpec
    opened: Opened
    names: tuple[str, ...]
    columns: Mapping[str, str]
    crs: CRS | None
    layer: Layer | None
    others: pd.DataFrame | None
    errors: tuple[Problem, ...]
    warnings: tuple[Problem, ...]
    mended: tuple[Problem, ...]
    kept: tuple[int, ...] = ()
