"""Where each target stands: value, gap, expected value on the way, status.

The way to a target is a straight line. A level goes from the target before it (the same commune and indicator, an
earlier year) to its own at the year's end; a level without one is only known to be met or not. A cumulative target
goes from nothing on 1 January of its first year to its value on 31 December of its last; a yearly one does so within
each year. Planting is seasonal, so `on_track` in spring is a low bar and `behind` in autumn a true one.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

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
        Year that `actual` is of: for a level the day's own; for gains the day's, kept inside the target's years.
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
    results: Sequence[Result],
    targets: Sequence[Target],
    as_of: date,
    *,
    units: Mapping[str, str],
    measures: Collection[str] = (),
) -> tuple[list[Standing], list[Problem]]:
    """Standings of the targets of the communes at hand, and what must be said of the table.

    Parameters
    ----------
    results : sequence of Result
        Of one run.
    units : mapping
        Codes and names of the communes and villages at hand.
    measures : collection of str
        Names that geoplan has: tells a measure that was not run (``no_data``) from one that does not exist
        (``no_measure``).

    Raises
    ------
    InputError
        ``target.unknown_column``, ``target.no_gains``, ``target.unit_differs`` where `counted_as` cannot serve it.
    """
    by_name = {result.measure: result for result in results}
    mine = [target for target in targets if target.unit_code in units and not target.repeats]
    _refuse_what_cannot_serve(mine, by_name)
    standings = [_standing(t, units[t.unit_code], mine, by_name, as_of, measures) for t in mine]
    notes = _contradictions(mine)
    elsewhere = sum(target.unit_code not in units for target in targets)
    if elsewhere:
        notes.append(Problem("target.other_communes", "targets", {"n": elsewhere}))
    return standings, notes


def _refuse_what_cannot_serve(targets: Sequence[Target], results: Mapping[str, Result]) -> None:
    problems = []
    for target in targets:
        measure, _, name = target.counted_as.partition(".")
        if measure not in results:
            continue
        columns = {column.name: column for column in results[measure].columns}
        facts = {"found": target.counted_as, "known": ", ".join(f"{measure}.{each}" for each in columns)}
        if name not in columns:
            problems.append(Problem("target.unknown_column", target.target_id, facts))
        elif target.mode != "level" and not columns[name].yearly:
            gains = ", ".join(f"{measure}.{each.name}" for each in columns.values() if each.yearly)
            problems.append(Problem("target.no_gains", target.target_id, facts | {"known": gains or "–"}))
        elif target.unit != columns[name].unit:
            unit = {"found": target.unit, "column": target.counted_as, "wanted": columns[name].unit}
            problems.append(Problem("target.unit_differs", target.target_id, unit))
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
    year = as_of.year if target.mode == "level" else min(max(as_of.year, target.from_year), target.to_year)
    way = _way(target, all_targets)
    fields = {name: getattr(target, name) for name in _CARRIED}
    base = Standing(**fields, target=target.value, unit_name=unit_name, year=year, status="no_measure", trajectory=way)
    if measure not in results:
        return replace(base, status="no_data" if measure in measures else "no_measure")
    actual = _actual(target, results[measure], year)
    if actual is None or (target.mode == "level" and as_of.year > target.to_year + 1):
        return replace(base, status="no_data")
    expected = _expected(target, way, as_of)
    missed = _missed_years(target, results[measure], as_of)
    return replace(
        base,
        actual=actual,
        gap=actual - target.value,
        expected=expected,
        status=_status(target, actual, expected, as_of, earlier_missed=bool(missed)),
        feasibility=(*missed, *feasibility(target, actual, all_targets, results, as_of)),
    )


def _actual(target: Target, result: Result, year: int) -> float | None:
    column = target.counted_as.partition(".")[2]
    if target.mode == "level":
        values = result.table.loc[result.table["unit_code"] == target.unit_code, column].dropna()
        return float(values.iloc[0]) if len(values) else None
    return _gained(target, result, target.from_year if target.mode == "cumulative" else year, year)


def _gained(target: Target, result: Result, first: int, last: int) -> float:
    gains = result.series
    column = target.counted_as.partition(".")[2]
    gains = gains[(gains["unit_code"] == target.unit_code) & (gains["column"] == column)]
    return float(gains.loc[gains["year"].between(first, last), "value"].sum())


def _missed_years(target: Target, result: Result, as_of: date) -> tuple[Problem, ...]:
    """Years of a yearly target that ended short of it, before the year that is judged now."""
    if target.mode != "yearly":
        return ()
    said = []
    for year in range(target.from_year, min(target.to_year, as_of.year - 1) + 1):
        actual = _gained(target, result, year, year)
        if not target.met_by(actual) and year < min(as_of.year, target.to_year):
            facts: dict[str, str | int | float] = {"year": str(year), "unit": target.unit}
            facts |= {"actual": actual, "target": target.value}
            said.append(Problem("feasibility.year_missed", target.target_id, facts))
    return tuple(said)


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


def _status(target: Target, actual: float, expected: float | None, as_of: date, *, earlier_missed: bool) -> str:
    met = target.met_by(actual) and not earlier_missed
    if target.mode == "yearly" and as_of.year < target.from_year:
        return "not_due"
    if as_of >= date(target.to_year, 12, 31):
        return "met" if met else "missed"
    if target.comparator == "at_most" and target.mode != "level":
        return "on_track" if met else "missed"
    return "met" if met else _under_way(target, actual, expected, as_of, earlier_missed=earlier_missed)


def _under_way(target: Target, actual: float, expected: float | None, as_of: date, *, earlier_missed: bool) -> str:
    """Status of a target that is not met yet and has time left."""
    if target.mode == "yearly" and (as_of.month, as_of.day) == (12, 31) and not target.met_by(actual):
        return "missed"
    if expected is None:
        return "not_due"
    late = earlier_missed or (target.mode == "level" and expected == target.value)
    reached = actual <= expected if target.comparator == "at_most" else actual >= expected - 1e-9
    return "on_track" if reached and not late else "behind"


def _contradictions(targets: Sequence[Target]) -> list[Problem]:
    """Two targets of one commune, indicator, mode and year that differ: both are kept, and it is said."""
    groups: dict[tuple[object, ...], list[Target]] = {}
    for t in targets:
        groups.setdefault(
            (t.unit_code, t.counted_as or t.indicator, t.mode, t.to_year, t.comparator == "at_most"), []
        ).append(t)
    notes = []
    for (_, _, _, year, _), alike in sorted(groups.items(), key=str):
        if len({t.value for t in alike}) > 1:
            facts = {"year": str(year), "values": " / ".join(f"{t.value:g}" for t in alike)}
            notes.append(Problem("target.contradiction", "targets", facts, tuple(t.target_id for t in alike)))
    return notes
