"""`geoplan import`: what files of an office hold, what would change; with ``--yes`` clean copies with a record."""

import argparse
import re
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geoplan.cli import old_figures
from geoplan.cli.saying import Refused, tell_all
from geoplan.cli.words import Words
from geoplan.errors import InputError, Problem, UsageError
from geoplan.messages import say, spoken

if TYPE_CHECKING:
    from geoplan.intake import Asked, Finding, Ground, Landed

PAGE = "import.html"
DEFAULT_CRS = "EPSG:9213"


def add(words: Words) -> None:
    """Tell the parser of this command."""
    made = words.command("import", _import, None)
    made.add_argument("files", nargs="+", metavar="FILE", help=words.say("cli.files"))
    for name, shown in (
        ("role", "ROLE"), ("crs", "EPSG:9213"), ("encoding", "tcvn3"), ("layer", "NAME"),
        ("source", "TEXT"), ("licence", "TEXT"), ("date", "YYYY-MM-DD"),
    ):  # fmt: skip
        made.add_argument(f"--{name}", default="", metavar=shown, help=words.say(f"cli.import_{name}"))
    made.add_argument(
        "--column", action="append", default=[], metavar="FIELD=COLUMN", help=words.say("cli.import_column")
    )
    made.add_argument("--old-codes", default="", metavar="YYYY-MM-DD", help=words.say("figures.say_old_codes"))
    made.add_argument("--sum", action="append", default=[], metavar="COLUMN", help=words.say("figures.say_sum_word"))
    made.add_argument("--project", type=Path, default=Path(), metavar="DIR", help=words.say("cli.import_project"))
    made.add_argument("--out", type=Path, default=None, metavar="DIR", help=words.say("cli.import_out"))
    made.add_argument("--yes", action="store_true", help=words.say("cli.import_yes"))
    made.add_argument("--replace", action="store_true", help=words.say("cli.replace"))


def _import(options: argparse.Namespace) -> dict[str, Any]:
    from geoplan.intake import sources

    asked = _asked(options)
    if options.sum and not options.old_codes:
        raise UsageError(Problem("figures.sum_alone", "--sum", {}))
    if options.old_codes:
        return old_figures.bring(options, asked, sources.named(options.files, Path())[0])
    ground, out, left = _ground(options)
    files, said = sources.named(options.files, Path())
    left += said
    found = _examined(files, asked, ground, options)
    answer = _answer(found, ground, options)
    errors = [p for f in found for p in f.errors]
    warnings = [*left, *(p for f in found for p in f.warnings)]
    if not options.json:
        _say(found, ground, options.lang)
        tell_all(errors, [p for f in found for p in f.mended], warnings, options.lang)
    answer["warnings"] = _records(warnings, options.lang)
    if options.yes:
        answer["written"] = _written(found, asked, ground, out, files, options)
    else:
        answer["page"] = _page(found, ground, out, options)
    if errors:
        raise Refused(*errors, answer=answer, told=not options.json)
    return answer


def _asked(options: argparse.Namespace) -> "Asked":
    """The words of the command line, looked at before any file is."""
    from geoplan import layers
    from geoplan.crs import parse
    from geoplan.formats.encodings import known_encoding
    from geoplan.intake import Asked, grids
    from geoplan.layers.checks_ground import ARROW

    columns = {}
    for word in options.column:
        field, _, column = word.partition("=")
        if not field or not column:
            raise UsageError(Problem("intake.column_form", "--column", {"found": word[:80]}))
        columns[field] = column
    if options.date and not _is_day(options.date):
        raise UsageError(Problem("intake.date_form", "--date", {"found": options.date[:40]}))
    if options.role and options.role not in grids.ROLES:
        layers.schema(options.role)
    if options.crs:
        parse(options.crs.rpartition(ARROW)[2].strip())
    if options.encoding:
        known_encoding(options.encoding, "--encoding")
    return Asked(
        options.role,
        options.crs,
        options.encoding,
        options.layer,
        columns,
        options.source,
        options.licence,
        options.date,
    )


def _is_day(text: str) -> bool:
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text, re.ASCII):
        return False
    try:
        return bool(date.fromisoformat(text))
    except ValueError:
        return False


def _ground(options: argparse.Namespace) -> tuple["Ground", Path | None, list[Problem]]:
    """The project around, if there is one; where files go by default, and what is wrong with its communes."""
    from pyproj import CRS

    from geoplan.intake import Ground
    from geoplan.project import FILE, open_project, read_communes

    if not (options.project / FILE).is_file():
        if options.project != Path():
            open_project(options.project)  # refuses, and says why
        return Ground(Path().absolute(), CRS.from_user_input(DEFAULT_CRS)), options.out, []
    project = open_project(options.project)
    crs = CRS.from_user_input(project.crs)
    try:
        return Ground(project.root, crs, read_communes(project)), options.out, []
    except InputError as error:  # the files can be taken in without: whether they lie in the communes stays open
        facts: dict[str, str | int | float] = {"file": project.layers["communes"].shown, "n": len(error.problems)}
        return Ground(project.root, crs), options.out, [Problem("cli.communes_unread", project.file.name, facts)]


def _examined(
    files: Sequence[tuple[Path, str]], asked: "Asked", ground: "Ground", options: argparse.Namespace
) -> list["Finding"]:
    """Every layer of every file; where a CRS is open and somebody sits there, they are asked."""
    from geoplan.intake import examine

    found: list[Finding] = []
    for path, shown in files:
        layers = examine(path.absolute(), shown, asked, ground)
        for each in layers:
            crs = _answered(each, options)
            if crs:
                again = replace(asked, crs=crs, layer=each.layer or asked.layer)
                found += examine(path.absolute(), shown, again, ground)
            else:
                found.append(each)
    return found


def _answered(found: "Finding", options: argparse.Namespace) -> str:
    """The CRS that the user chooses among the candidates; empty where nobody is asked or none is right."""
    usable = [c for c in found.candidates if not c.swapped][:5]
    if not usable or options.json or options.crs or not (sys.stdin.isatty() and sys.stderr.isatty()):
        return ""
    print(say("cli.which_crs", options.lang, file=found.title), file=sys.stderr)
    for n, each in enumerate(usable, start=1):
        print(f"  {n}. {each.crs} ({each.name})", file=sys.stderr)
    print(say("cli.which_none", options.lang), file=sys.stderr, end=" ", flush=True)
    answer = sys.stdin.readline().strip()
    return usable[int(answer) - 1].crs if answer in {str(n) for n in range(1, len(usable) + 1)} else ""


def _answer(found: Sequence["Finding"], ground: "Ground", options: argparse.Namespace) -> dict[str, Any]:
    from geoplan.intake import picture

    return {
        "layers": [
            {
                "file": f.shown,
                "layer": f.layer,
                "format": f.kind,
                "role": f.role,
                "role_guessed": f.guessed,
                "ready": f.ready,
                "facts": [{"name": name, "value": value} for name, value in picture.facts(f, ground, options.lang)],
                "columns": [
                    {
                        "column": c.name,
                        "field": c.field,
                        "encoding": c.encoding,
                        "sample": c.sample,
                        "private": c.private,
                    }
                    for c in f.columns
                ],
                "crs_candidates": [{"crs": c.crs, "name": c.name, "km": round(c.distance_km, 3)} for c in f.candidates],
                "errors": _records(f.errors, options.lang),
                "mended": _records(f.mended, options.lang),
                "warnings": _records(f.warnings, options.lang),
            }
            for f in found
        ]
    }


def _records(problems: Sequence[Problem], lang: str) -> list[dict[str, Any]]:
    from geoplan.cli.saying import record

    return [record(spoken(p, lang)) for p in problems]


def _say(found: Sequence["Finding"], ground: "Ground", lang: str) -> None:
    """Each layer with its facts and columns."""
    from geoplan.intake import picture

    for each in found:
        print(f"{'✓' if each.ready else '✗'} {each.title}")
        for name, value in picture.facts(each, ground, lang):
            print(f"    {name}: {value}")
        if each.columns:
            print(f"    {say('cli.columns', lang)}:")
        for c in each.columns:
            parts = [
                f"→ {c.field}" if c.field else "",
                c.encoding if c.encoding not in ("", "ascii", "unicode") else "",
            ]
            parts += [f"“{c.sample}”" if c.sample else "", say("import.private", lang) if c.private else ""]
            print(f"      {c.name} {' · '.join(p for p in parts if p)}".rstrip())
    print(picture.subtitle(found, lang))


def _page(found: Sequence["Finding"], ground: "Ground", out: Path | None, options: argparse.Namespace) -> str:
    """Write the page of the dry run, and nothing else."""
    from geoplan import writing
    from geoplan.intake import picture

    path = _folder(found, out, options) / PAGE
    writing.write_bytes(path, picture.import_page(found, ground, options.lang).encode())
    if not options.json:
        print(say("cli.page_at", options.lang, path=str(path.resolve())))
        if any(f.ready for f in found):
            print(say("cli.import_next", options.lang))
    return str(path)


def _folder(found: Sequence["Finding"], out: Path | None, options: argparse.Namespace) -> Path:
    """Where clean files go: ``layers`` of the project or of this folder; grids go to ``rasters``."""
    if out is not None:
        return out
    grids = bool(found) and all(f.grid is not None for f in found)
    folder: Path = options.project / ("rasters" if grids else "layers")
    return folder


def _written(
    found: Sequence["Finding"],
    asked: "Asked",
    ground: "Ground",
    out: Path | None,
    files: Sequence[tuple[Path, str]],
    options: argparse.Namespace,
) -> list[dict[str, str]]:
    """Clean copies of what is ready; the lines for ``geoplan.toml``."""
    from geoplan.intake import Landing

    inputs = tuple(path.absolute() for path, _ in files)
    landed: list[tuple[Finding, Landed]] = []
    for grids in (False, True):
        ready = [f for f in found if f.ready and (f.grid is not None) == grids]
        if ready:
            landing = Landing(_folder(ready, out, options), asked, ground, inputs, options.replace)
            landed += zip(ready, landing.write(ready), strict=True)
    if not options.json:
        for _, each in landed:
            key = "cli.import_written" if each.anew else "cli.import_same"
            print(say(key, options.lang, path=str(each.path), record=each.record.name))
        if landed:
            print(say("cli.import_lines", options.lang))
        for each_found, each in landed:
            print(f"    {line(each_found, each, ground.root)}")
    return [
        {"file": f.title, "path": str(w.path), "record": str(w.record), "line": line(f, w, ground.root)}
        for f, w in landed
    ]


def line(found: "Finding", landed: "Landed", root: Path) -> str:
    """The line for ``geoplan.toml``."""
    from geoplan.intake import grids
    from geoplan.intake.records import ANY

    place = landed.path.absolute()
    path = place.relative_to(root).as_posix() if place.is_relative_to(root) else place.as_posix()
    if found.grid is not None:
        return grids.line(found, path)
    return f'{"# ?" if found.role == ANY else found.role} = "{path}"'
