"""What was asked for: one file for one role, and what the user says of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


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
