"""The command line: thin. Each command reads its words, calls one room, and says what came out.

Results go to stdout, progress and problems to stderr; with ``--json`` stdout is one JSON object and nothing else.
Heavy libraries are imported inside the command that needs them, so that ``--help`` is quick on an old laptop.
"""

import argparse
import json
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from geoplan import __version__
from geoplan.errors import CheckFailed, GeoplanError, InputError, Problem, UsageError
from geoplan.messages import LANGUAGES, Spoken, say, spoken

if TYPE_CHECKING:
    from geoplan.outputs import Told

DEMO_FOLDER = "geoplan-demo"
STOPPED = 130
"""Exit code of a command that the user stopped, as shells give it."""

COUNTED = ("household", "site")
"""Units that are counted: no decimals, and a word for them."""

STACKS = ".stacks"
"""Folder beside the outputs that keeps images made ready: may be deleted at any time, and is then made again."""

FAIL_ON = ("missed", "behind", "warning")


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code.

    0 done, 2 usage, 3 bad input, 4 a check failed, 6 a place unavailable; a bug is a traceback and 1.
    """
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
    words = list(sys.argv[1:] if argv is None else argv)
    lang = _language(words)
    as_json = "--json" in words
    try:
        options = _parser(lang).parse_args(words)
        command: Callable[[argparse.Namespace], dict[str, Any]] = options.command
        answer = command(options)
        if as_json:
            print(json.dumps(answer, ensure_ascii=False, allow_nan=False))
        sys.stdout.flush()
    except GeoplanError as error:
        _report(error, lang, as_json=as_json)
        return error.exit_code
    except KeyboardInterrupt:
        print(say("cli.stopped", lang), file=sys.stderr)
        return STOPPED
    except BrokenPipeError:  # the reader of our output has seen enough: nothing went wrong
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123  # for the interpreter's own flush
    return 0


def _language(words: Sequence[str]) -> str:
    """The language, before anything else can go wrong."""
    for i, word in enumerate(words):
        value = (
            word.removeprefix("--lang=")
            if word.startswith("--lang=")
            else (words[i + 1 : i + 2] or [""])[0]
            if word == "--lang"
            else ""
        )
        if value in LANGUAGES:
            return value
    return LANGUAGES[0]


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UsageError(Problem("cli.usage", self.prog, {"reason": message, "prog": self.prog}))


def _parser(lang: str) -> argparse.ArgumentParser:
    parser = _Parser(prog="geoplan", description=say("cli.about", lang), allow_abbrev=False)
    parser.add_argument("--version", action="version", version=f"geoplan {__version__}")
    commands = parser.add_subparsers(title=say("cli.commands", lang), metavar="", required=True, parser_class=_Parser)
    common = _Parser(add_help=False)
    common.add_argument("--json", action="store_true", help=say("cli.json", lang))
    common.add_argument("--lang", choices=LANGUAGES, default=LANGUAGES[0], help=say("cli.lang", lang))
    common.add_argument("-v", "--verbose", action="store_true", help=say("cli.verbose", lang))

    def command(
        name: str, run: Callable[[argparse.Namespace], dict[str, Any]], folder: str | None = "."
    ) -> argparse.ArgumentParser:
        made = commands.add_parser(
            name,
            help=say(f"cli.{name}", lang),
            description=say(f"cli.{name}", lang),
            parents=[common],
            allow_abbrev=False,
        )
        made.set_defaults(command=run)
        if folder is not None:
            made.add_argument(
                "dir", nargs="?", type=Path, default=Path(folder), metavar="DIR", help=say("cli.dir", lang)
            )
        return made

    init = command("init", _init, None)
    init.add_argument("dir", type=Path, metavar="DIR", help=say("cli.dir", lang))
    init.add_argument("--name", default="", help=say("cli.name", lang))
    init.add_argument("--unit-code", default="", metavar="01879", help=say("cli.unit_code", lang))
    demo = command("demo", _demo, DEMO_FOLDER)
    demo.add_argument("--seed", type=int, default=2026, help=say("cli.seed", lang))
    command("check", _check)
    run, shown = command("run", _run), command("map", _map)
    shown.add_argument("--no-open", action="store_true", help=say("cli.no_open", lang))
    for each in (run, shown, demo):
        each.add_argument("--out", type=Path, default=None, metavar="DIR", help=say("cli.out", lang))
        each.add_argument("--workers", type=int, default=1, metavar="N", help=say("cli.workers", lang))
    run.add_argument(
        "--fail-on",
        choices=FAIL_ON,
        action="append",
        nargs="?",
        const=FAIL_ON[0],
        default=[],
        help=say("cli.fail_on", lang),
    )
    return parser


def _report(error: GeoplanError, lang: str, *, as_json: bool) -> None:
    """Every problem of the error: on stderr as sentences, or on stdout as one JSON object."""
    said = [spoken(problem, lang) for problem in error.problems]
    if as_json:
        records = [
            {"key": s.key, "where": s.where, "found": s.found, "fix": s.fix, "feature_ids": s.feature_ids} for s in said
        ]
        print(json.dumps({"error": records[0], "errors": records, "warnings": []}, ensure_ascii=False))
        return
    _say_problems("✗", said, lang)


def _say_problems(mark: str, problems: Sequence[Spoken], lang: str) -> None:
    """Problems on stderr, those of one kind together with their cure said once."""
    kinds: dict[tuple[str, str], list[Spoken]] = {}
    for problem in problems:
        kinds.setdefault((problem.key, problem.fix), []).append(problem)
    for (_, fix), alike in kinds.items():
        for problem in alike:
            print(
                f"{mark} {problem.where}: {problem.found}" if problem.where else f"{mark} {problem.found}",
                file=sys.stderr,
            )
        if fix:
            print(f"   {say('cli.fix', lang)} {fix}", file=sys.stderr)


def _init(options: argparse.Namespace) -> dict[str, Any]:
    from geoplan import project_folder

    files = project_folder.create(options.dir, options.name or options.dir.absolute().name, options.unit_code)
    if not options.json:
        print(say("cli.init_done", options.lang, file=str(files[-1])))
    return {"project": str(options.dir), "files": [str(path) for path in files]}


def _demo(options: argparse.Namespace) -> dict[str, Any]:
    from geoplan import demo

    if not demo.stands_in(options.dir, options.seed):
        _progress(say("cli.demo_making", options.lang, folder=str(options.dir)))
        demo.make(options.dir, options.seed, images=True)
    options.fail_on = []
    return _run(options)


def _check(options: argparse.Namespace) -> dict[str, Any]:
    from geoplan import targets
    from geoplan.project import open_project
    from geoplan.runs import Inputs, merger_of, settings_of

    project = open_project(options.dir)
    inputs = Inputs(project)
    roles = (*project.layers, *project.rasters, *project.images)
    checks: list[Callable[[], object]] = [lambda: inputs.read_all(roles), lambda: settings_of(project)]
    checks.append(lambda: merger_of(project))
    papers = ((project.targets, targets.read), (project.contradictions, targets.read_contradictions))
    checks += [partial(read, path, project.shown(path)) for path, read in papers if path is not None]
    problems: list[Problem] = []
    for check in checks:
        try:
            check()
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(*problems)
    said = [spoken(problem, options.lang) for problem in inputs.warnings()]
    if not options.json:
        for source in inputs.sources():
            print(f"✓ {source.role}: {source.path} — {say('cli.rows', options.lang, n=source.rows)}, {source.crs}")
        _say_problems("!", said, options.lang)
        print(say("cli.check_done", options.lang, n=len(roles), warnings=len(said)))
    return {"inputs": [s.role for s in inputs.sources()], "warnings": [_record(problem) for problem in said]}


def _run(options: argparse.Namespace) -> dict[str, Any]:
    from geoplan import outputs, writing
    from geoplan.project import open_project

    project = open_project(options.dir)
    place = options.out or project.root / "maps"
    writing.recover(place)
    writing.check_writable(place)
    told = _told(project, options, place / STACKS)
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


def _told(project: Any, options: argparse.Namespace, stacks: Path) -> "Told":
    """Run the measures, on as many processes as asked for, and set the targets beside them."""
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    from geoplan import outputs
    from geoplan.runs import survey

    if options.workers < 1:
        raise UsageError(Problem("cli.usage", "--workers", {"reason": str(options.workers), "prog": "geoplan run"}))

    def progress(done: int, total: int) -> None:
        _progress(say("cli.progress", options.lang, done=done, total=total), end="\r" if done < total else "\n")

    def making(done: int, total: int) -> None:
        _progress(say("cli.making", options.lang, done=done, total=total), end="\r" if done < total else "\n")

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
    _say_problems("!", told.warnings, lang)
    print(say("cli.map_at", lang, path=str((folder / "map.html").absolute())))


def _say_sources(told: "Told") -> None:
    """Where the figures come from: file, rows, coordinate system, operation, hash."""
    for s in told.run.inputs.sources():
        print(f"  {s.role}\t{s.path}\t{s.rows}\t{s.crs}\t{s.crs_operation}\t{s.sha256}")


def _record(problem: Spoken) -> dict[str, Any]:
    return {
        "key": problem.key,
        "where": problem.where,
        "found": problem.found,
        "fix": problem.fix,
        "feature_ids": problem.feature_ids,
    }


def _progress(text: str, end: str = "\n") -> None:
    print(text, end=end, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
