"""Records of the doors: what was asked for, what came in, and from where."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import geopandas as gpd

from geoplan.errors import Problem


@dataclass(frozen=True, slots=True)
class LayerSpec:
    """One entry of ``[layers]`` in the project file.

    Parameters
    ----------
    role : str
        ``communes``, ``forest_lots``, ...: a name of `schemas`.
    path : Path
        Absolute path of the file (a glob of several for ``draft_zones``).
    shown : str
        The path as the project file has it: what messages name.
    layer : str
        Layer inside a GeoPackage; empty: the only one.
    crs : str
        Declared CRS, used where the file names none; a contradiction with the file is refused. Empty: the file's own.
    encoding : str
        ``tcvn3``, ``vni``, ``cp1258``, ``utf-8``; empty: what the file declares.
    columns : mapping
        geoplan's field name to the file's own column.
    """

    role: str
    path: Path
    shown: str
    layer: str = ""
    crs: str = ""
    encoding: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)


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
    north of the numbers as the file has them: what a wrong CRS is found by.
    """

    role: str
    frame: gpd.GeoDataFrame
    source: Source
    warnings: tuple[Problem, ...] = ()
    raw_bounds: tuple[float, float, float, float] | None = None
