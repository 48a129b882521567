"""The nouns that carry a figure: Column, Measure, Findings, Evidence, Result.

A measure computes `Findings`; `runs` adds what a figure must carry (sources, settings, hashes, versions, CRS
operation) and makes a `Result`. Outputs (`maps`, `reports`, `exports`, `targets`) read results and never a measure.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
from affine import Affine
from pyproj import CRS

from geoplan.errors import Problem
from geoplan.layers import Source

UNIT_COLUMNS = ("unit_code", "unit_name", "level")
"""First columns of every result table. `level`: ``commune``, ``village``, ``total``."""

SERIES_COLUMNS = ("unit_code", "year", "column", "value")
"""Columns of `Findings.series`: what a column gained in one calendar year (never a running sum)."""

OBSERVATION_COLUMNS = ("feature_id", "seen_on", "index", "value", "seen_share")
"""Columns of `Findings.observations`: what was seen of a feature on a day. `index` is ``ndvi``, ``lswi``, ``bsi``;
`value` its median over the feature; `seen_share` the part of the feature that was clear."""

BREAKDOWN_COLUMNS = ("unit_code", "by", "group", "column", "value")
"""Columns of `Findings.breakdown`. `by` names the division (``use``, ``owner``, ``origin``, ``village``, ``group``,
``status``, ``verdict``); `group` is its code or, for villages, its name."""


@dataclass(frozen=True, slots=True)
class Column:
    """One figure of a measure: it adds up over units, or is 100 times the ratio of two that do.

    The label is the message ``column.<measure>.<name>``. Names end in their unit (``_ha``, ``_pct``, ``_count``).
    """

    name: str
    unit: str
    ratio: tuple[str, str] | None = None
    optional: bool = False
    """True where the figure is absent without its optional input (NaN in the table, null in JSON)."""
    yearly: bool = False
    """True where `Findings.series` has its gains by calendar year: only these serve yearly and cumulative targets."""


@dataclass(frozen=True, eq=False)
class Findings:
    """What a measure found, before anyone says where it came from.

    Parameters
    ----------
    table : DataFrame
        One row a unit: ``unit_code``, ``unit_name``, ``level``, then the measure's columns. NaN means not known.
    layer : GeoDataFrame or None
        The features behind the figures, in the CRS of the units, with ``unit_code``.
    series : DataFrame
        `SERIES_COLUMNS`: gains by calendar year, for targets of mode ``yearly`` and ``cumulative``.
    breakdown : DataFrame
        `BREAKDOWN_COLUMNS`: the table's columns divided further.
    forms : mapping of str to DataFrame
        Statutory forms by name (``form_04``); first column ``unit_code``.
    notes : tuple of Problem
        What must be said beside the figures.
    observations : DataFrame
        `OBSERVATION_COLUMNS`: the series behind a verdict from images.
    """

    table: pd.DataFrame
    layer: gpd.GeoDataFrame | None = None
    series: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=list(SERIES_COLUMNS)))
    breakdown: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=list(BREAKDOWN_COLUMNS)))
    forms: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    notes: tuple[Problem, ...] = ()
    observations: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=list(OBSERVATION_COLUMNS)))


@dataclass(frozen=True, eq=False)
class Grid:
    """A classified raster that a measure made, for maps.

    Parameters
    ----------
    name : str
        ``measured_cover``; the title is the message ``grid.<name>``, a class's the message ``grid.<name>.<class>``.
    values : uint8 array, shape (y, x)
        Classes; 255 is not seen.
    transform, crs
        North-up.
    classes : mapping of int to str
        Class to its name, in the legend's order.
    """

    name: str
    values: npt.NDArray[np.uint8]
    transform: Affine
    crs: CRS
    classes: Mapping[int, str]


@dataclass(frozen=True, eq=False)
class Prepared:
    """What a measure needs of the whole project before communes are split: statistics, maps made of images.

    `value` is handed to `compute` as ``prepared`` for every commune alike and travels to workers; `grids` are for maps;
    `notes` are said once.
    """

    value: Any
    grids: tuple[Grid, ...] = ()
    notes: tuple[Problem, ...] = ()


@dataclass(frozen=True, eq=False)
class Preparation:
    """The step before communes are split: ranks, flow of water, a classifier know no communes.

    Parameters
    ----------
    compute : callable
        ``compute(communes, *layers, as_of, **settings) -> Prepared``: all communes, whole layers, once a run.
    needs, may_use : tuple of str
        Roles of `layers`, in order; those of `may_use` come as None where absent.
    settings : tuple of str
        Which of the measure's settings it takes; `Measure.compute` takes the others.
    shared : tuple of str
        Those of `settings` that both take.
    """

    compute: Callable[..., Prepared]
    needs: tuple[str, ...] = ()
    may_use: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()
    shared: tuple[str, ...] = ()

    @property
    def roles(self) -> tuple[str, ...]:
        """Roles of its layers, in order."""
        return (*self.needs, *self.may_use)


@dataclass(frozen=True, eq=False)
class Measure:
    """The declaration of a measure; its file in `geoplan/measures` is its registration.

    Parameters
    ----------
    name : str
        ``forest_cover``; the title is the message ``measure.<name>``.
    needs, may_use : tuple of str
        Roles, in the order of the parameters after ``units``. Roles of `may_use` come as None where absent.
    columns : tuple of Column
        Figures of the table.
    shows : str
        Column that the map draws first.
    compute : callable
        ``compute(units, *layers, as_of, **settings) -> Findings``: pure, inputs not modified. `units` are communes
        and the village polygons inside them, told apart by ``level``; every unit gets a row, communes alone the rest.
    settings : mapping
        Keyword settings with their defaults; ``[measures.<name>]`` of the project file may change them.
    limits : mapping
        What a setting may be: (lowest, highest) of a number, or the words that a text may be.
    reach_m : float
        How far outside a unit the answer may look, in metres.
    prepare : Preparation, optional
        What is made once for the whole extent; `compute` takes it as ``prepared``, without the settings and roles that
        only the preparation has.
    """

    name: str
    needs: tuple[str, ...]
    columns: tuple[Column, ...]
    shows: str
    compute: Callable[..., Findings]
    may_use: tuple[str, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)
    limits: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    reach_m: float = 0.0
    prepare: Preparation | None = None

    def compute_settings(self, settings: Mapping[str, Any]) -> dict[str, Any]:
        """Of all settings, those that `compute` takes."""
        away = set(self.prepare.settings) - set(self.prepare.shared) if self.prepare else set()
        return {name: value for name, value in settings.items() if name not in away}

    @property
    def required(self) -> tuple[str, ...]:
        """Roles without which the measure is left out, its own and those of the preparation."""
        prepared = self.prepare.needs if self.prepare else ()
        return tuple(dict.fromkeys((*self.needs, *prepared)))

    @property
    def roles(self) -> tuple[str, ...]:
        """Every role that the measure reads, each once."""
        prepared = self.prepare.roles if self.prepare else ()
        return tuple(dict.fromkeys((*self.needs, *self.may_use, *prepared)))


@dataclass(frozen=True, slots=True)
class Evidence:
    """Where a figure came from. `as_of` is the day that the figure is of; no clock is read."""

    geoplan: str
    as_of: date
    crs: str
    crs_operation: str
    sources: tuple[Source, ...]
    settings: Mapping[str, Any]
    synthetic: bool
    """True where the project file says that the data are made up: every page says so."""


@dataclass(frozen=True, eq=False)
class Result:
    """A measure's findings with their evidence."""

    measure: str
    columns: tuple[Column, ...]
    shows: str
    table: pd.DataFrame
    layer: gpd.GeoDataFrame | None
    series: pd.DataFrame
    breakdown: pd.DataFrame
    forms: Mapping[str, pd.DataFrame]
    notes: tuple[Problem, ...]
    evidence: Evidence
    observations: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=list(OBSERVATION_COLUMNS)))
    grids: tuple[Grid, ...] = ()

    def _repr_html_(self) -> str:
        return self.table.to_html(index=False, escape=True)


def breakdown_rows(
    units: gpd.GeoDataFrame, right: pd.Series, by: str, group: pd.Series, values: Mapping[str, pd.Series]
) -> list[tuple[str, str, str, str, float]]:
    """Sums of some columns by unit and group, as rows of `BREAKDOWN_COLUMNS`.

    Parameters
    ----------
    units : GeoDataFrame
        ``unit_code`` by position.
    right : Series of int
        Position of the unit of each row.
    by, group
        Name of the division; code or name of each row in it.
    values : mapping of str to Series of float
        Columns to sum, rows as in `right`.
    """
    keys = [right.to_numpy(), group.astype(str).to_numpy()]
    rows = []
    for column, value in values.items():
        sums = value.groupby(keys, sort=True).sum()
        for (unit, name), found in zip(sums.index.to_list(), sums.to_list(), strict=True):
            rows.append((str(units["unit_code"].iloc[int(unit)]), by, str(name), column, float(found)))
    return rows


def series_rows(
    units: gpd.GeoDataFrame, right: pd.Series, year: pd.Series, columns: tuple[str, ...], value: pd.Series
) -> pd.DataFrame:
    """Gains by unit and calendar year, a table of `SERIES_COLUMNS`; each of `columns` gets the same figures."""
    sums = value.groupby([right.to_numpy(), year.to_numpy()], sort=True).sum()
    rows = [
        (str(units["unit_code"].iloc[int(unit)]), int(when), column, float(found))
        for (unit, when), found in zip(sums.index.to_list(), sums.to_list(), strict=True)
        for column in columns
    ]
    return pd.DataFrame(rows, columns=list(SERIES_COLUMNS))


def total(table: pd.DataFrame, columns: tuple[Column, ...]) -> dict[str, float]:
    """Figures of all rows together: sums, and ratios made anew from the sums, never averages of percentages.

    A sum with an unknown part is unknown (NaN), not the sum of the rest.

    Parameters
    ----------
    table : DataFrame
        Rows that share no area (communes, or the villages of one commune).
    columns : tuple of Column
        The measure's columns.
    """
    sums = {c.name: float(table[c.name].sum(skipna=False)) for c in columns if c.ratio is None}
    for column in columns:
        if column.ratio is not None:
            over, under = (sums[name] for name in column.ratio)
            sums[column.name] = 100.0 * over / under if under > 0 else float("nan")
    return {c.name: sums[c.name] for c in columns}
