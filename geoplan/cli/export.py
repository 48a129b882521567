"""The command that writes results for another program: export."""

import argparse
from pathlib import Path
from typing import Any

from geoplan.cli.saying import record, say_problems
from geoplan.cli.words import Words
from geoplan.messages import say, spoken

PROGRAMS = ("qgis", "qfield", "mapinfo", "kml", "gpx", "geoparquet")


def add(words: Words) -> None:
    """Tell the parser of this command."""
    export = words.command("export", _export)
    export.add_argument("program", choices=PROGRAMS, help=words.say("cli.export_format"))
    export.add_argument("--out", type=Path, default=None, metavar="DIR", help=words.say("cli.out"))
    export.add_argument("--workers", type=int, default=1, metavar="N", help=words.say("cli.workers"))


def _export(options: argparse.Namespace) -> dict[str, Any]:
    """Run the measures and write ``<as_of>-<program>`` beside the days' folders, whole or not at all."""
    from geoplan import exports, outputs, writing
    from geoplan.cli.project import STACKS, told_of
    from geoplan.project import open_project

    writers = {
        "qgis": exports.results_qgis,
        "qfield": exports.results_qfield,
        "mapinfo": exports.results_mapinfo,
        "kml": exports.results_kml,
        "gpx": exports.results_gpx,
        "geoparquet": exports.results_parquet,
    }
    project = open_project(options.dir)
    place = options.out or project.root / "maps"
    writing.recover(place)
    writing.check_writable(place)
    told = told_of(project, options, place / STACKS)
    final = place / f"{project.as_of.isoformat()}-{options.program}"
    inputs = [project.root / source.path for source in told.run.inputs.sources()]
    with writing.new_folder(final, pointer="", inputs=inputs) as folder:
        problems = writers[options.program](outputs.bundle_of(told), folder)
    said = [*told.warnings, *(spoken(problem, options.lang) for problem in problems)]
    files = sorted(path.name for path in final.iterdir())
    if not options.json:
        say_problems("!", said, options.lang)
        print(say("cli.export_done", options.lang, n=len(files), folder=str(final)))
        print(say(f"cli.export_{options.program}", options.lang))
    return {"folder": str(final), "files": files, "warnings": [record(problem) for problem in said]}
