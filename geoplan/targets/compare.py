"""Where each target stands: value, gap, expected value on the way, status.

The way to a target is a straight line. A level goes from the target before it (the same commune and indicator, an
earlier year) to its own at the year's end; a level without one is only known to be met or not. A cumulative target
goes from nothing on 1 January of its first year to its value on 31 December of its last; a yearly one does so within
each year. Planting is seasonal, so `on_track` in spring is a low bar and `behind` in autumn a true one.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date

import pandas as pd

from geoplan.errors import InputError, Problem
from geoplan.messages import Spoken
from geoplan.results import Result
from geoplan.targets.feasibility import feasibility
from geoplan.targets.table import Target

_CARRIED = (
    "target_id", "unit_code", "indicator", "comparator", "strict", "unit", "from_year", "to_year", "mode", "counted_as",
    "source", "sentence",
)  # fmt: skip
STATUSES = ("met", "on_track", "behind", "missed", "not_due", "no_measure", "no_data")


@dataclass(frozen=True, slots=True)
class Standing:
    """A target beside its value: the fields of `Target`, with ``target`` for its value, and these.

    Parameters
    ----------
    year : int
        Year that `actual` is of: the day's, kept inside the target's own years.
    actual : float or None
        Value on the day of the figures, in the target's unit: the level, the gain of the year, or the gain since
        `from_year`.
    gap : float or None
        `actual` less the target: negative is lacking, for ``at_most`` positive is too much.
    expected : float or None
        Value on the straight way to the target on that day.
    status : str
        One of `STATUSES`.
    trajectory : tuple of (year, value)
        The way, at year ends, for a chart.
    feasibility : tuple of Problem or Spoken
        What the target means in hectares and which plantings can still count; sentences once `outputs` has spoken them.
    """

    target_id: str
    unit_code: str
    unit_name: str
    indicator: str
    comparator: str
    strict: bool
    target: float
    unit: str
    from_year: int
    to_year: int
    mode: str
    counted_as: str
    source: str
    sentence: str
    year: int
    status: str
    trajectory: tuple[tuple[int, float], ...]
    actual: float | None = None
    gap: float | None = None
    expected: float | None = None
    feasibility: tuple[Problem | Spoken, ...] = ()

    @property
    def value(self) -> float:
        """The target's value."""
        return self.target


def compare(
    results: Sequence[Result], targets: Sequence[Target], as_of: date, *, measures: Collection[str] = ()
) -> tuple[list[Standing], list[Problem]]:
    """Standings of the targets of the communes at hand, and what must be said of the table.

    Parameters
    ----------
    results : sequence of Result
        Of one run.
    measures : collection of str
        Names that geoplan has: tells a measure that was not run (``no_data``) from one that does not exist
        (``no_measure``).

    Raises
    ------
    InputError
        ``target.unknown_column`` where `counted_as` names a column that its measure does not have.
    """
    by_name = {result.measure: result for result in results}
    names = _unit_names(results)
    mine = [target for target in targets if target.unit_code in names and not target.repeats]
    _refuse_unknown_columns(mine, by_name)
    standings = [_standing(t, names[t.unit_code], mine, by_name, as_of, measures) for t in mine]
    notes = _contradictions(mine)
    elsewhere = sum(target.unit_code not in names for target in targets)
    if elsewhere:
        notes.append(Problem("target.other_communes", "targets", {"n": elsewhere}))
    return standings, notes


def _unit_names(results: Sequence[Result]) -> dict[str, str]:
    names: dict[str, str] = {}
    for result in results:
        names |= dict(zip(result.table["unit_code"], result.table["unit_name"], strict=True))
    return names


def _refuse_unknown_columns(targets: Sequence[Target], results: dict[str, Result]) -> None:
    problems = []
    for target in targets:
        measure, _, column = target.counted_as.partition(".")
        if measure in results and column not in results[measure].table.columns:
            known = ", ".join(f"{measure}.{c.name}" for c in results[measure].columns)
            problems.append(
                Problem("target.unknown_column", target.target_id, {"found": target.counted_as, "known": known})
            )
    if problems:
        raise InputError(*problems)


def _standing(
    target: Target,
    unit_name: str,
    all_targets: Sequence[Target],
    results: dict[str, Result],
    as_of: date,
    measures: Collection[str],
) -> Standing:
    measure = target.counted_as.partition(".")[0]
    year = min(max(as_of.year, target.from_year), target.to_year)
    way = _way(target, all_targets)
    fields = {name: getattr(target, name) for name in _CARRIED}
    base = Standing(**fields, target=target.value, unit_name=unit_name, year=year, status="no_measure", trajectory=way)
    if measure not in results:
        return replace(base, status="no_data" if measure in measures else "no_measure")
    actual = _actual(target, results[measure], year)
    if actual is None:
        return replace(base, status="no_data")
    expected = _expected(target, way, as_of)
    return replace(
        base,
        actual=actual,
        gap=actual - target.value,
        expected=expected,
        status=_status(target, actual, expected, as_of),
        feasibility=feasibility(target, actual, all_targets, results, as_of),
    )


def _actual(target: Target, result: Result, year: int) -> float | None:
    column = target.counted_as.partition(".")[2]
    if target.mode == "level":
        values = result.table.loc[result.table["unit_code"] == target.unit_code, column].dropna()
        return float(values.iloc[0]) if len(values) else None
    gains = result.series
    if column not in set(gains["column"]) and not gains.empty:
        return None
    gains = gains[(gains["unit_code"] == target.unit_code) & (gains["column"] == column)]
    first = target.from_year if target.mode == "cumulative" else year
    return float(gains.loc[gains["year"].between(first, year), "value"].sum())


def _way(target: Target, targets: Sequence[Target]) -> tuple[tuple[int, float], ...]:
    years = range(target.from_year, target.to_year + 1)
    if target.mode == "yearly":
        return tuple((year, target.value) for year in years)
    if target.mode == "cumulative":
        return (
            (target.from_year - 1, 0.0),
            *((year, target.value * (i + 1) / len(years)) for i, year in enumerate(years)),
        )
    before = _milestone(target, targets)
    if before is None:
        return tuple((year, target.value) for year in years)
    return ((before.to_year, before.value), (target.to_year, target.value))


def _milestone(target: Target, targets: Sequence[Target]) -> Target | None:
    """The level that the plan sets for an earlier year, from which the line starts."""
    alike = (target.unit_code, target.indicator, "level")
    earlier = [t for t in targets if (t.unit_code, t.indicator, t.mode) == alike and t.to_year < target.to_year]
    return max(earlier, key=lambda t: t.to_year, default=None)


def _expected(target: Target, way: Sequence[tuple[int, float]], as_of: date) -> float | None:
    if target.mode == "yearly":
        if not target.from_year <= as_of.year <= target.to_year:
            return None
        return target.value * _elapsed(date(as_of.year, 1, 1), date(as_of.year, 12, 31), as_of)
    if target.mode == "cumulative":
        share = _elapsed(date(target.from_year, 1, 1), date(target.to_year, 12, 31), as_of)
        return target.value * share if as_of.year >= target.from_year else None
    (first, start), (last, end) = way[0], way[-1]
    if target.from_year == target.to_year and len(way) == 1:
        return None
    if start == end:
        return end
    since, until = date(first, 12, 31), date(last, 12, 31)
    return start + (end - start) * _elapsed(since, until, as_of) if as_of >= since else None


def _elapsed(first: date, last: date, today: date) -> float:
    whole = (last - first).days + (1 if first.month == 1 else 0)
    gone = (today - first).days + (1 if first.month == 1 else 0)
    return min(max(gone / whole, 0.0), 1.0)


def _status(target: Target, actual: float, expected: float | None, as_of: date) -> str:
    if target.mode == "yearly" and as_of.year < target.from_year:
        return "not_due"
    if target.met_by(actual):
        return "met"
    if as_of >= date(target.to_year, 12, 31):
        return "missed"
    if expected is not None:
        reached = actual <= expected if target.comparator == "at_most" else actual >= expected - 1e-9
        level_is_due = target.mode == "level" and expected == target.value
        return "on_track" if reached and not level_is_due else "behind"
    return "not_due" if as_of.year < target.from_year else "behind"


def _contradictions(targets: Sequence[Target]) -> list[Problem]:
    """Two targets of one commune, indicator, mode and year that differ: both are kept, and it is said."""
    frame = pd.DataFrame([(t.unit_code, t.indicator, t.mode, t.to_year, t.value, t.target_id) for t in targets])
    notes = []
    for (_, _, _, year), group in frame.groupby([0, 1, 2, 3], sort=True) if len(frame) else ():
        if group[4].nunique() > 1:
            facts = {"year": str(year), "values": " / ".join(f"{v:g}" for v in group[4])}
            notes.append(Problem("target.contradiction", "targets", facts, tuple(group[5])))
    return notes
