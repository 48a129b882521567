"""Targets that old communes were given, as targets of the communes of today.

Every new commune re-uses the code of an old one, so a target of 2024 for 01879 is one of Cổ Linh, a quarter of Cao
Minh. The column `valid_on` of the table says of which day a code is. Hectares and counts of old communes add up where
each of them has its target; a percentage does not, and is carried over only where one old commune became the new one.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

from geoplan.errors import InputError, Problem
from geoplan.lineage import Lineage
from geoplan.lineage.crosswalk import MERGED_ON
from geoplan.lineage.reviewed import WHOLE
from geoplan.targets.table import Target

ADDED = ("ha", "household", "site", "m3", "tco2e")
"""Units of what adds up over ground."""


@dataclass(frozen=True, slots=True)
class _Kind:
    """What must be the same before targets may be added."""

    unit_code: str
    indicator: str
    comparator: str
    strict: bool
    unit: str
    from_year: int
    to_year: int
    mode: str
    counted_as: str
    valid_on: object


def of_today(targets: Sequence[Target], lineage: Lineage | None, where: str) -> tuple[list[Target], list[Problem]]:
    """Targets with the codes of today, in their order, and what must be said of those of old communes.

    Parameters
    ----------
    targets : sequence of Target
        From `read`. Those without `valid_on`, or with one from the merger on, stay as they are.
    lineage : Lineage or None
        Table of old communes, where the project has one.
    where : str
        The file of the targets.

    Returns
    -------
    list of Target
        A target of several old communes has their ids joined by ``+``, and the sum of their values.
    list of Problem
        ``target.merged``; and those that cannot be set beside a figure: ``target.old_unknown`` (the code leads
        nowhere), ``target.old_divided``, ``target.old_not_added`` (a percentage of a part), ``target.old_incomplete``
        (old communes of the same new one without such a target, with the sum of the others).

    Raises
    ------
    InputError
        ``target.old_without_table`` where the project has no table of old communes.
    """
    old = [t for t in targets if t.valid_on is not None and t.valid_on < MERGED_ON]
    if not old:
        return list(targets), []
    if lineage is None:
        raise InputError(Problem("target.old_without_table", where, {"n": len(old)}, tuple(t.target_id for t in old)))
    said: list[Problem] = []
    groups: dict[_Kind, list[Target]] = defaultdict(list)
    for target in old:
        kind = _kind(target, lineage, where, said)
        if kind is not None and not target.repeats:
            groups[kind].append(target)
    sums = {group[0].target_id: _sum(kind, group, lineage, where, said) for kind, group in groups.items()}
    made = {name: merged for name, merged in sums.items() if merged is not None}
    kept = [made.get(t.target_id) if t in old else t for t in targets]
    return [t for t in kept if t is not None], said


def _kind(target: Target, lineage: Lineage, where: str, said: list[Problem]) -> _Kind | None:
    """The new commune's kind of target that an old one belongs to; None with a word where it belongs to none."""
    day = target.valid_on or MERGED_ON
    found = lineage.look_up(target.unit_code, day)
    facts: dict[str, str | int | float] = {"code": target.unit_code, "day": f"{day:%d/%m/%Y}"}
    if isinstance(found, Problem):
        said.append(Problem("target.old_unknown", where, facts, (target.target_id,)))
        return None
    if len(found) != 1 or found[0][1] != WHOLE:
        facts["units"] = ", ".join(f"{code} {lineage.new_names.get(code, '')}".strip() for code, _ in found)
        said.append(Problem("target.old_divided", where, facts, (target.target_id,)))
        return None
    return _Kind(
        found[0][0],
        target.indicator,
        target.comparator,
        target.strict,
        target.unit,
        target.from_year,
        target.to_year,
        target.mode,
        target.counted_as,
        target.valid_on,
    )


def _sum(kind: _Kind, group: Sequence[Target], lineage: Lineage, where: str, said: list[Problem]) -> Target | None:
    """One target of the new commune out of those of all its old communes; None with a word where it cannot be had."""
    first = group[0]
    ids = tuple(t.target_id for t in group)
    needed = _old_of(kind.unit_code, lineage, first)
    given = {t.unit_code for t in group}
    facts: dict[str, str | int | float] = {
        "code": kind.unit_code,
        "name": lineage.new_names[kind.unit_code],
        "n": len(group),
        "unit": kind.unit,
        "sum": sum(t.value for t in group),
        "old": ", ".join(sorted(given)),
    }
    if len(given) < len(group):
        said.append(Problem("target.old_twice", where, facts, ids))
        return None
    if needed != {first.unit_code} and kind.unit not in ADDED:
        said.append(Problem("target.old_not_added", where, facts, ids))
        return None
    lacking = sorted(needed - given)
    if lacking:
        said.append(Problem("target.old_incomplete", where, {**facts, "lacking": ", ".join(lacking)}, ids))
        return None
    said.append(Problem("target.merged", where, facts, ids))
    return replace(
        first,
        target_id="+".join(ids),
        unit_code=kind.unit_code,
        value=sum(t.value for t in group),
        valid_on=MERGED_ON,
        source="; ".join(dict.fromkeys(t.source for t in group if t.source)),
        sentence=" + ".join(dict.fromkeys(t.sentence for t in group if t.sentence)),
    )


def _old_of(unit_code: str, lineage: Lineage, target: Target) -> set[str]:
    """Codes that stood on the target's day and whose ground went, wholly or in part, into a new commune."""
    day = target.valid_on or MERGED_ON
    return {code for code in lineage.codes_on(day) if unit_code in lineage.may_reach(code, day)}
