"""Nouns of this room: what the user says of a file, where the work is done, and what was found in one layer."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd
from pyproj import CRS

from geoplan.crs import Candidate
from geoplan.errors import Problem
from geoplan.layers import Inspection, Layer
from geoplan.rasters import RasterFinding

ANY = "any"
"""The role of a file of which nobody has said what it is."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What the user says of the files.

    Parameters
    ----------
    role, crs, encoding, layer : str
        Empty: found out, or refused.
    columns : mapping
        Field to the file's own column.
    source, licence, date : str
        Where the data come from, as the record will say; empty: not stated.
    """

    role: str = ""
    crs: str = ""
    encoding: str = ""
    layer: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)
    source: str = ""
    licence: str = ""
    date: str = ""


@dataclass(frozen=True, eq=False)
class Ground:
    """Where the files are to lie.

    Parameters
    ----------
    root : Path
        Records name files relative to it.
    crs : CRS
        Of the clean copies.
    communes : Layer or None
        The project's communes, where there is a project and they can be read.
    """

    root: Path
    crs: CRS
    communes: Layer | None = None


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a file.

    Parameters
    ----------
    name : str
        In the file.
    field : str
        Field of the role that is read from it; empty: kept as it is.
    encoding : str
        Of its text; empty for numbers.
    sample : str
        Its first text with an accent, decoded; empty where it is private or has none.
    filled_count : int
        Cells that are not blank.
    private : bool
        True for names, telephones and numbers of persons.
    """

    name: str
    field: str = ""
    encoding: str = ""
    sample: str = ""
    filled_count: int = 0
    private: bool = False


@dataclass(frozen=True, eq=False)
class Finding:
    """One layer of one file.

    Parameters
    ----------
    path, shown : Path, str
        The file, and its name as the user gave it.
    layer : str
        Layer inside it; empty: the only one.
    kind : str
        Name of the format.
    role : str
        What it is taken for; `guessed` where its columns say so and not the user.
    rivals : tuple of str
        Roles that fit as well, where that leaves it open.
    inspection : Inspection or None
        None where the file could not be opened.
    columns : tuple of Column
    errors, warnings, mended : tuple of Problem
    candidates : tuple of Candidate
        CRSs that would put the layer where it belongs, where its own is not known.
    originals : DataFrame
        ``feature``, ``column``, ``original`` of every text that was changed.
    grid : RasterFinding or None
        What was found in a raster, which has no layer.
    """

    path: Path
    shown: str
    layer: str = ""
    kind: str = ""
    role: str = ANY
    guessed: bool = False
    rivals: tuple[str, ...] = ()
    inspection: Inspection | None = None
    columns: tuple[Column, ...] = ()
    errors: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()
    mended: tuple[Problem, ...] = ()
    candidates: tuple[Candidate, ...] = ()
    originals: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=["feature", "column", "original"]))
    grid: RasterFinding | None = None

    @property
    def title(self) -> str:
        """File and layer in one."""
        return f"{self.shown} › {self.layer}" if self.layer else self.shown

    @property
    def ready(self) -> bool:
        """True where a clean copy can be written."""
        layer = self.inspection.layer if self.inspection is not None else None
        return (layer is not None or self.grid is not None) and not self.errors
