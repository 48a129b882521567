"""Commands on a project folder: init, demo, run, map."""

import argparse
import json
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geoplan.cli.saying import progress as tell_progress
from geoplan.cli.saying import say_problems
from geoplan.cli.words import Words
from geoplan.errors import CheckFailed, Problem, UsageError
from geoplan.messages import say

if TYPE_CHECKING:
    from geoplan.outputs import Told

DEMO_FOLDER = "geoplan-demo"
COUNTED = ("household", "site")
"""Units that are counted: no decimals, and a word for them."""

STACKS = ".stacks"
"""Folder beside the outputs that keeps images made ready: may be deleted at any time, and is then made again."""

FAIL_ON = ("missed", "behind", "warning")


def add(words: Words) -> None:
    """Tell the parser of these commands."""
    init = words.command("init", _init, None)
    init.add_argument("dir", type=Path, metavar="DIR", help=words.say("cli.dir"))
    init.add_argument("--name", default="", help=words.say("cli.name"))
    init.add_argument("--unit-code", default="", metavar="01879", help=words.say("cli.unit_code"))
    demo = words.command("demo", _demo, DEMO_FOLDER)
    demo.add_argument("--seed", type=int, default=2026, help=words.say("cli.seed"))
    run, shown = words.command("run", _run), words.command("map", _map)
    shown.add_argument("--no-open", action="store_true", help=words.say("cli.no_open"))
    for each in (run, shown, demo):
        each.add_argument("--out", type=Path, default=None, metavar="DIR", help=words.say("cli.out"))
        each.add_argument("--workers", type=int, default=1, metavar="N", help=words.say("cli.workers"))
    run.add_argument(
        "--fail-on",
        choices=FAIL_ON,
        action="append",
        nargs="?",
        const=FAIL_ON[0],
        default=[],
        help=words.say("cli.fail_on"),
    )


def _init(options: argparse.Namespace) -> dict[str, Any]:
    from geoplan import project_folder

    files = project_folder.create(options.dir, options.name or options.dir.absolute().name, options.unit_code)
    if not options.json:
        print(say("cli.init_done", options.lang, file=str(files[-1])))
    return {"project": str(options.dir), "files": [str(path) for path in files]}


def _demo(options: argparse.Namespace) -> dict[str, Any]:
    from geoplan import demo

    if not demo.stands_in(options.dir, options.seed):
        tell_progress(say("cli.demo_making", options.lang, folder=str(options.dir)))
        demo.make(options.dir, options.seed, images=True)
    options.fail_on = []
    return _run(options)


def _run(options: argparse.Namespace) -> dict[str, Any]:
    from geoplan import outputs, writing
    from geoplan.project import open_project

    project = open_project(options.dir)
    place = options.out or project.root / "maps"
    writing.recover(place)
    writing.check_writable(place)
    told = told_of(project, options, place / STACKS)
    folder = outputs.write(told, options.out)
    if not options.json:
        _say_figures(told, folder, options.lang)
        if options.verbose:
            _say_sources(told)
    failed = [s for s in told.standings if s.status in options.fail_on]
    if failed or ("warning" in options.fail_on and told.warnings):
        raise CheckFailed(
            Problem(
                "cli.failed_on",
                str(folder),
                {"n": len(failed) or len(told.warnings)},
                tuple(s.target_id for s in failed),
            )
        )
    return {
        "folder": str(folder),
        "map": str(folder / "map.html"),
        **json.loads((folder / "results.json").read_text(encoding="utf-8")),
    }


def told_of(project: Any, options: argparse.Namespace, stacks: Path) -> "Told":
    """Run the measures, on as many processes as asked for, and set the targets beside them."""
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    from geoplan import outputs
    from geoplan.runs import survey

    if options.workers < 1:
        raise UsageError(Problem("cli.usage", "--workers", {"reason": str(options.workers), "prog": "geoplan run"}))

    def progress(done: int, total: int) -> None:
        tell_progress(say("cli.progress", options.lang, done=done, total=total), end="\r" if done < total else "\n")

    def making(done: int, total: int) -> None:
        tell_progress(say("cli.making", options.lang, done=done, total=total), end="\r" if done < total else "\n")

    with ExitStack() as stack:
        pool = None
        if options.workers > 1:
            pool = stack.enter_context(ProcessPoolExecutor(options.workers, mp_context=get_context("spawn")))
        shown = sys.stderr.isatty()
        run = survey(
            project,
            executor=pool,
            progress=progress if shown else None,
            making=making if shown else None,
            stacks=stacks,
        )
    return outputs.tell(project, run, options.lang)


def _map(options: argparse.Namespace) -> dict[str, Any]:
    options.fail_on = []
    answer = _run(options)
    if not options.no_open and not options.json:
        import webbrowser

        webbrowser.open(Path(answer["map"]).absolute().as_uri())
    return answer


def _say_figures(told: "Told", folder: Path, lang: str) -> None:
    from geoplan import outputs
    from geoplan.text.numbers import number

    mark = f" ({say('cli.synthetic', lang)})" if told.project.synthetic else ""
    print(f"{told.project.name} · {told.project.as_of.isoformat()}{mark}")
    for measure, unit_name, column, value, unit in outputs.first_figures(told.run.results):
        label = say(f"column.{measure}.{column}", lang)
        counted = unit in COUNTED
        shown = number(value, 0 if counted else 2, lang=lang)
        word = say(f"xlsx.unit.{unit}", lang) if counted else unit
        print(f"  {unit_name} · {label}: {shown} {word}{mark if unit == '%' else ''}")
    for s in told.standings:
        print(f"  [{say(f'status.{s.status}', lang)}] {s.unit_name} · {s.sentence}")
    say_problems("!", told.warnings, lang)
    print(say("cli.map_at", lang, path=str((folder / "map.html").absolute())))


def _say_sources(told: "Told") -> None:
    """Where the figures come from: file, rows, coordinate system, operation, hash."""
    for s in told.run.inputs.sources():
        print(f"  {s.role}\t{s.path}\t{s.rows}\t{s.crs}\t{s.crs_operation}\t{s.sha256}")
