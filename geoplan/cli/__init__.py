"""The command line: thin. Each command reads its words, calls one room, and says what came out.

Results go to stdout, progress and problems to stderr; with ``--json`` stdout is one JSON object and nothing else.
Heavy libraries are imported inside the command that needs them, so that ``--help`` is quick on an old laptop.
"""

import json
import os
import sys
from argparse import Namespace
from collections.abc import Callable, Sequence
from typing import Any

from geoplan.cli import checking, doctor, export, intake, project
from geoplan.cli.saying import report
from geoplan.cli.words import Parser, Words
from geoplan.errors import GeoplanError
from geoplan.messages import LANGUAGES, say

STOPPED = 130
"""Exit code of a command that the user stopped, as shells give it."""


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


def _parser(lang: str) -> Parser:
    """The parser with the commands of every module."""
    words = Words(lang)
    for each in (project, intake, checking, export, doctor):
        each.add(words)
    return words.parser
