"""Settings of the measures: defaults, changed by the project file; what is wrong is refused with what is known."""

from collections.abc import Iterable, Mapping
from typing import Any

from geoplan.errors import InputError, Problem
from geoplan.measures import catalog
from geoplan.project import Project


def settings_of(project: Project) -> dict[str, Mapping[str, Any]]:
    """Settings of every measure: defaults, changed by the project file; wrong names, keys and values are refused."""
    refuse_unknown(project.settings, f"{project.file.name}: measures")
    problems: list[Problem] = []
    made: dict[str, Mapping[str, Any]] = {}
    for name, measure in catalog().items():
        given = project.settings.get(name, {})
        made[name] = {**measure.settings, **given}
        for key, value in given.items():
            where = f"{project.file.name}: measures.{name}.{key}"
            if key not in measure.settings:
                problems.append(Problem("run.unknown_setting", where, {"known": ", ".join(measure.settings) or "–"}))
            elif not _same_kind(value, measure.settings[key]):
                facts = {"wanted": type(measure.settings[key]).__name__, "found": type(value).__name__}
                problems.append(Problem("project.wrong_type", where, facts))
            elif not _within(value, measure.limits.get(key, ())):
                facts = {"found": str(value), "known": " – ".join(map(str, measure.limits[key]))}
                problems.append(Problem("run.setting_out_of_range", where, facts))
    if problems:
        raise InputError(*problems)
    return made


def refuse_unknown(names: Iterable[str], where: str) -> None:
    """Refuse names that are no measure's."""
    wrong = tuple(name for name in names if name not in catalog())
    if wrong:
        raise InputError(Problem("run.unknown_measure", where, {"known": ", ".join(catalog())}, wrong))


def _within(value: object, limits: tuple[Any, ...]) -> bool:
    """Inside (lowest, highest) for a number, one of the words for a text; NaN is inside nothing."""
    if not limits:
        return True
    if isinstance(value, str):
        return value in limits
    return bool(limits[0] <= value <= limits[-1])


def _same_kind(value: object, default: object) -> bool:
    if isinstance(default, float):
        return isinstance(value, int | float) and not isinstance(value, bool)
    return type(value) is type(default)
