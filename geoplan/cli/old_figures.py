"""`geoplan import --old-codes`: tables of figures of old communes, brought to the communes of today."""

import argparse
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geoplan.cli.saying import Refused, record, tell_all
from geoplan.errors import InputError, Problem, UsageError
from geoplan.messages import say, spoken

if TYPE_CHECKING:
    from geoplan.intake import Asked
    from geoplan.intake.old_figures import Brought, Merging
    from geoplan.project import Project


def bring(options: argparse.Namespace, asked: "Asked", files: Sequence[tuple[Path, str]]) -> dict[str, Any]:
    """Say what would be added up, and with ``--yes`` write it."""
    from geoplan.intake.old_figures import Brought
    from geoplan.intake.old_figures import bring as brought

    project = _project(options)
    merging, warnings = _merging(project, _day(options))
    made: list[Brought] = []
    for path, shown in files:
        try:
            made.append(brought(path.absolute(), shown, asked, merging, options.sum))
        except InputError as error:
            made.append(Brought(shown, path.absolute(), errors=list(error.problems)))
    errors = [p for m in made for p in m.errors]
    warnings += [p for m in made for p in m.warnings]
    answer = {
        "tables": [_answer(m, merging) for m in made],
        "warnings": [record(spoken(p, options.lang)) for p in warnings],
    }
    if not options.json:
        for each in made:
            _say(each, merging, options.lang)
        tell_all(errors, [], warnings, options.lang)
    answer["written"] = _written(made, merging, asked, project, files, options) if options.yes else []
    if not options.json and not options.yes and any(m.table is not None for m in made):
        print(say("figures.say_next", options.lang))
    if errors:
        raise Refused(*errors, answer=answer, told=not options.json)
    return answer


def _day(options: argparse.Namespace) -> date:
    """Day of the figures; from the merger on, their codes are those of today."""
    from geoplan.lineage.crosswalk import MERGED_ON

    try:
        day = date.fromisoformat(options.old_codes)
    except ValueError:
        day = None
    if day is None or day.isoformat() != options.old_codes:
        raise UsageError(Problem("figures.day_form", "--old-codes", {"found": options.old_codes[:40]}))
    if day >= MERGED_ON:
        facts: dict[str, str | int | float] = {"day": options.old_codes, "merged": MERGED_ON.isoformat()}
        raise UsageError(Problem("figures.day_new", "--old-codes", facts))
    return day


def _project(options: argparse.Namespace) -> "Project":
    from geoplan.project import FILE, open_project

    if not (options.project / FILE).is_file() and options.project == Path():
        raise InputError(Problem("figures.no_crosswalk", FILE, {}))
    project = open_project(options.project)
    if project.crosswalk is None:
        raise InputError(Problem("figures.no_crosswalk", project.file.name, {}))
    return project


def _merging(project: "Project", day: date) -> tuple["Merging", list[Problem]]:
    """The project's table of communes, and shares of divided ones where it has old outlines and all receivers."""
    from geoplan.intake.old_figures import Merging
    from geoplan.lineage.ground import part_shares
    from geoplan.project import read_communes
    from geoplan.runs import merger_of

    found = merger_of(project)
    if found is None:
        raise InputError(Problem("figures.no_crosswalk", project.file.name, {}))
    merging = Merging(found.table, day)
    if found.outlines is None:
        return merging, []
    try:
        return replace(merging, shares=part_shares(read_communes(project).frame, found.outlines)), []
    except InputError as error:  # divided communes are then refused, if the table has any
        return merging, list(error.problems)


def _answer(made: "Brought", merging: "Merging") -> dict[str, Any]:
    from geoplan.intake.figures_landing import came_from

    return {
        "file": made.shown,
        "valid_on": merging.valid_on.isoformat(),
        "ready": made.table is not None,
        "communes": [{"unit_code": unit, "old_codes": olds} for unit, olds in came_from(made, merging).items()],
        "columns": [{"column": c, "sum_before": a, "sum_after": b} for c, (a, b) in made.sums.items()],
        "left_out": dict(made.left),
    }


def _say(made: "Brought", merging: "Merging", lang: str) -> None:
    """Which old communes make which new one; each sum before and after; what is left out."""
    from geoplan.intake.figures_landing import came_from

    print(f"{'✓' if made.table is not None else '✗'} {made.shown}")
    day = f"{merging.valid_on:%d/%m/%Y}" if lang == "vi" else merging.valid_on.isoformat()
    print(f"    {say('figures.say_day', lang, day=day, table=merging.lineage.where)}")
    names = merging.lineage.old_names
    for unit, olds in came_from(made, merging).items():
        parts = ", ".join(f"{old} {names.get(old, '')}".strip() for old in olds)
        print(f"    {unit} {merging.lineage.new_names[unit]} ← {parts}")
    for name, (before, after) in made.sums.items():
        print(f"    {say('figures.say_sum', lang, column=name, before=before, after=after)}")
    if made.left:
        print(f"    {say('figures.say_left', lang, columns=', '.join(made.left))}")


def _written(
    made: Sequence["Brought"],
    merging: "Merging",
    asked: "Asked",
    project: "Project",
    files: Sequence[tuple[Path, str]],
    options: argparse.Namespace,
) -> list[dict[str, str]]:
    from geoplan.intake.figures_landing import land

    folder = options.out if options.out is not None else options.project / "layers"
    inputs = [path.absolute() for path, _ in files]
    inputs += [project.crosswalk.absolute()] if project.crosswalk is not None else []
    landed = [
        land(m, merging, asked, project.root, folder, inputs, replace=options.replace)
        for m in made
        if m.table is not None
    ]
    for each in landed if not options.json else []:
        key = "cli.import_written" if each.anew else "cli.import_same"
        print(say(key, options.lang, path=str(each.path), record=each.record.name))
    return [{"file": w.title, "path": str(w.path), "record": str(w.record)} for w in landed]
