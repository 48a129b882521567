"""Statistics of old communes as statistics of the communes of today: people, households, hectares: what adds up.

A yearbook of 2024 lists the old communes, by codes that mean other ground today. `of_today` reads each code by the
day of the figures, adds up what adds up, and leaves a new commune's cell empty where a part of it is not known.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from geoplan.errors import InputError, Problem
from geoplan.lineage.crosswalk import Lineage
from geoplan.lineage.ground import redistribute
from geoplan.text.letters import fold, nfc

_SHARES = (
    "%",
    "phan tram",
    "do che phu",
    "nang suat",
    "he so",
    "chi so",
    "xep hang",
    "do cao",
    "don gia",
    "/nguoi",
    "/ho",
    "/km",
    "tren dau nguoi",
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

_AMOUNTS = re.compile(
    r"dien tich|\bdt\b|\bdt_|\bha\b|_ha\b|\bm2\b|\bkm2\b|hecta|dan so|\bdan\b|khau|nguoi|\bho\b|^so (?!thu tu|hieu)"
    r"|tong so|san luong|\btan\b|lao dong|dau con|\bdan (?:trau|bo|lon)|\bnu\b|tre em|hoc sinh|people|population"
    r"|persons|households|count|\barea|hectares|_ha$|thiet hai"
)
"""Parts of a folded heading that say its figures are hectares, people, households or another count."""
_WHOLE = re.compile(r"dan so|khau|nguoi|\bho\b|lao dong|\bnu\b|tre em|hoc sinh|people|population|persons|households")
"""Parts of a folded heading that say its figures are persons or households, which have no fractions."""
_LABELS = re.compile(
    r"^(?:stt|tt|so tt|so thu tu|ma\b|ma_|code|id\b|nam \d|year|ngay|thang|quy\b)|dien thoai|\bsdt\b|quyet dinh"
    r"|can cuoc|cccd|cmnd|so hieu|_code$|_id$"
)
"""Headings of running numbers, codes and days: figures that are no amounts."""


def kind_of(heading: str) -> str:
    """What the figures of a column are by its heading.

    Returns
    -------
    str
        ``amount`` adds up, ``share`` (a share, mean or density) does not, ``label`` is no figure, empty: not known.

    Examples
    --------
    >>> [kind_of(h) for h in ("Dân số", "Tỷ lệ hộ nghèo", "Năm", "Nam", "Ghi chú")]
    ['amount', 'share', 'label', 'amount', '']
    """
    bare = nfc(heading).casefold()
    folded = fold(heading)
    if _LABELS.search(folded) or bare == "năm":
        return "label"
    if any(part in folded for part in _SHARES):
        return "share"
    return "amount" if _AMOUNTS.search(folded) or bare == "nam" else ""


def whole(heading: str) -> bool:
    """True for a column of persons or households, unless in thousands: 3.623 of them are three thousand."""
    folded = fold(heading)
    if re.search(r"nghin|ngan|trieu|1[., ]?000|chuc|tram", folded):
        return False
    return _WHOLE.search(folded) is not None or nfc(heading).casefold() == "nam"


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
    means = [name for name in map(str, values.columns) if kind_of(name) == "share"]
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
