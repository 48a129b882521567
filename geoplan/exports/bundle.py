"""The noun of this room: `Bundle`, everything that one day's outputs say, composed by `outputs`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import geopandas as gpd

from geoplan.layers import Source
from geoplan.messages import Spoken
from geoplan.results import Result


@dataclass(frozen=True, eq=False)
class Bundle:
    """What the outputs of one day are made of.

    Parameters
    ----------
    name : str
        Name of the project.
    as_of : date
        The day that every figure is of; all times in the files are this day's midnight.
    crs : str
        The project's CRS, as ``EPSG:9213``.
    synthetic : bool
        True: every file and page says that the data are made up.
    lang : str
        ``vi`` or ``en``.
    version : str
        Version of geoplan.
    results : sequence of Result
        The figures.
    communes : GeoDataFrame
        ``unit_code``, ``name``, ``area_official_ha``, ``geom_ha``, polygon.
    standings : sequence of targets.Standing
        Targets beside figures.
    contradictions : sequence of mapping
        What the plan's documents say against each other.
    warnings : sequence of Spoken
        What must be said, in the reader's language.
    extra_sources : tuple of Source
        Tables that no measure reads and the outputs rest on: ``targets``, ``contradictions``, ``crosswalk``.
    """

    name: str
    as_of: date
    crs: str
    synthetic: bool
    lang: str
    version: str
    results: Sequence[Result]
    communes: gpd.GeoDataFrame
    standings: Sequence[Any] = ()
    contradictions: Sequence[Mapping[str, Any]] = ()
    warnings: Sequence[Spoken] = ()
    extra_sources: tuple[Source, ...] = ()

    @property
    def sources(self) -> tuple[Source, ...]:
        """Inputs of all figures and the tables beside them, each once, by role and path."""
        of_figures = (s for result in self.results for s in result.evidence.sources)
        found = {(s.role, s.path, s.sha256): s for s in (*of_figures, *self.extra_sources)}
        return tuple(found[key] for key in sorted(found))
