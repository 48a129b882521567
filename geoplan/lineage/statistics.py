"""Statistics of old communes as statistics of the communes of today: people, households, hectares: what adds up.

A yearbook of 2024 lists the old communes, by codes that mean other ground today. `of_today` reads each code by the
day of the figures, adds up what adds up, and leaves a new commune's cell empty where a part of it is not known.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from geoplan.errors import InputError, Problem
from geoplan.lineage.crosswalk import Lineage
from geoplan.lineage.ground import redistribute
from geoplan.text.letters import fold

_SHARES = (
    "%",
    "ty le",
    "ti le",
    "binh quan",
    "mat do",
    "trung binh",
    "nguoi/km",
    "/ha",
    "pct",
    "share",
    "rate",
    "per_",
)
"""Parts of a folded column name that say its figures do not add up."""


@dataclass(frozen=True, eq=False)
class Statistics:
    """Figures of the communes of today.

    Parameters
    ----------
    table : DataFrame
        ``unit_code``, ``unit_name``; for each column its value (NaN where a part is not known), and
        ``<column>_known`` (sum of the parts that are) and ``<column>_estimated`` (what of it was shared out by ground).
    warnings : tuple of Problem
        What must be said beside them, column by column.
    """

    table: pd.DataFrame
    warnings: tuple[Problem, ...]


def of_today(
    values: pd.DataFrame, valid_on: date, lineage: Lineage, where: str, shares: pd.DataFrame | None = None
) -> Statistics:
    """Figures of old communes added up to the communes of today.

    Parameters
    ----------
    values : DataFrame of float
        Indexed by the code of the old commune; NaN is not known. One column a figure.
    valid_on : date
        Day of the figures: it decides what a code means.
    lineage : Lineage
        Table of old communes and new.
    where : str
        The file of the figures.
    shares : DataFrame, optional
        From `ground.part_shares`: how divided communes are shared out.

    Raises
    ------
    InputError
        ``lineage.values_twice``; ``lineage.values_not_additive`` for columns whose names say that they are shares or
        means; ``lineage.values_none`` without a column of figures.
    """
    if not len(values.columns) or not len(values):
        raise InputError(Problem("lineage.values_none", where, {}))
    means = [name for name in map(str, values.columns) if any(part in fold(name) for part in _SHARES)]
    if means:
        raise InputError(Problem("lineage.values_not_additive", where, {"columns": ", ".join(means[:8])}))
    table = pd.DataFrame({"unit_code": list(lineage.new_names), "unit_name": list(lineage.new_names.values())})
    touched = _touched(values, valid_on, lineage)
    warnings: list[Problem] = []
    for name in values.columns:
        found, said = redistribute(values[name], valid_on, lineage, shares)
        warnings += [told for p in said if (told := _of(p, f"{where}: {name}", touched)) is not None]
        for column, part in (("value", ""), ("known", "_known"), ("estimated", "_estimated")):
            table[f"{name}{part}"] = found[column].to_numpy()
    return Statistics(table[table["unit_code"].isin(touched)].reset_index(drop=True), tuple(warnings))


def _of(problem: Problem, where: str, touched: Sequence[str]) -> Problem | None:
    """A problem of one column; what is absent is told of the communes at hand only."""
    if problem.key != "lineage.values_absent":
        return Problem(problem.key, where, problem.facts, problem.feature_ids)
    mine = tuple(text for text in problem.feature_ids if text.split(" ")[0] in touched)
    return Problem(problem.key, where, {**problem.facts, "n": len(mine)}, mine) if mine else None


def _touched(values: pd.DataFrame, valid_on: date, lineage: Lineage) -> Sequence[str]:
    """New communes that any of the old ones reached: a table of one district says nothing of the others."""
    stated = values.index[np.isfinite(values.to_numpy(dtype=np.float64)).any(axis=1)]
    return sorted({unit for code in stated for unit in lineage.may_reach(str(code), valid_on)})
