"""What a document is made of, seen from this room: `exports.Bundle`, which it may not import."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Protocol

import geopandas as gpd

from geoplan.layers import Source
from geoplan.messages import Spoken
from geoplan.results import Result


class Bundle(Protocol):
    """One day's outputs, composed by `outputs`."""

    @property
    def name(self) -> str:
        """Name of the project."""

    @property
    def as_of(self) -> date:
        """The day that every figure is of."""

    @property
    def crs(self) -> str:
        """The project's CRS."""

    @property
    def synthetic(self) -> bool:
        """True: the data are made up."""

    @property
    def lang(self) -> str:
        """``vi`` or ``en``."""

    @property
    def version(self) -> str:
        """Version of geoplan."""

    @property
    def results(self) -> Sequence[Result]:
        """The figures."""

    @property
    def communes(self) -> gpd.GeoDataFrame:
        """``unit_code`` and ``name``."""

    @property
    def standings(self) -> Sequence[Any]:
        """Targets beside figures."""

    @property
    def contradictions(self) -> Sequence[Mapping[str, Any]]:
        """What the plan's documents say against each other."""

    @property
    def warnings(self) -> Sequence[Spoken]:
        """What must be said."""

    @property
    def sources(self) -> tuple[Source, ...]:
        """Inputs of all figures and the tables beside them, each once."""
