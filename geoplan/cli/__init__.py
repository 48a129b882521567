"""The command line: thin. Each command reads its words, calls one room, and says what came out.

Results go to stdout, progress and problems to stderr; with ``--json`` stdout is one JSON object and nothing else.
Heavy libraries are imported inside the command that needs them, so that ``--help`` is quick on an old laptop.
"""

import errno
import json
import os
import sys
from argparse import Namespace
from collections.abc import Callable, Sequence
from typing import Any

from geoplan.cli import checking, doctor, export, intake, project
from geoplan.cli.saying import report
from geoplan.cli.words import Parser, Words
from geoplan.errors import GeoplanError, PlaceUnavailable, Problem
from geoplan.messages import LANGUAGES, say

STOPPED = 130
"""Exit code of a command that the user stopped, as shells give it."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code.

    0 done, 2 usage, 3 bad input, 4 a check failed, 6 a place unavailable; a bug is a traceback and 1.
    """
    if argv is None:
        _in_utf8()
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
    words = list(sys.argv[1:] if argv is None else argv)
    lang = _language(words)
    as_json = "--json" in words
    try:
        _stands()
        options = _parser(lang).parse_args(words)
        command: Callable[[Namespace], dict[str, Any]] = options.command
        answer = command(options)
        if as_json:
            print(json.dumps(answer, ensure_ascii=False, allow_nan=False))
        sys.stdout.flush()
    except GeoplanError as error:
        report(error, lang, as_json=as_json)
        return error.exit_code
    except KeyboardInterrupt:
        print(say("cli.stopped", lang), file=sys.stderr)
        return STOPPED
    except BrokenPipeError:  # the reader of our output has seen enough: nothing went wrong
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123  # for the interpreter's own flush
    except OSError as error:  # the only one of the system that any look at a name of the user's may raise
        if error.errno != errno.ENAMETOOLONG:
            raise
        long = PlaceUnavailable(Problem("cli.name_too_long", str(error.filename)[:80], {"n": len(str(error.filename))}))
        report(long, lang, as_json=as_json)
        return long.exit_code
    return 0


def _in_utf8() -> None:
    """Begin anew in UTF-8 where Python was told that names of files are ASCII: PROJ and GDAL would not find theirs."""
    if sys.platform != "win32" and sys.getfilesystemencoding() != "utf-8":
        command = [sys.executable, "-X", "utf8", "-m", "geoplan.cli", *sys.argv[1:]]
        os.execve(sys.executable, command, {**os.environ, "PYTHONUTF8": "1"})


def _stands() -> None:
    """Refuse to work in a folder that was removed: no name would lead anywhere."""
    try:
        os.getcwd()  # noqa: PTH109  # Path.cwd is the same
    except FileNotFoundError as error:
        raise PlaceUnavailable(Problem("cli.folder_gone", ".", {})) from error


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


def _parser(lang: str) -> Parser:
    """The parser with the commands of every module."""
    words = Words(lang)
    for each in (project, intake, checking, export, doctor):
        each.add(words)
    return words.parser
