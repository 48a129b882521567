"""The words of the command line: one parser, a command a line, what all commands share."""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

from geoplan import __version__
from geoplan.errors import Problem, UsageError
from geoplan.messages import LANGUAGES, say

Command = Callable[[argparse.Namespace], dict[str, Any]]


class Parser(argparse.ArgumentParser):
    """A parser whose complaints are problems."""

    def error(self, message: str) -> NoReturn:
        """Refuse the words."""
        raise UsageError(Problem("cli.usage", self.prog, {"reason": message, "prog": self.prog}))


class Words:
    """The parser in one language, to which each module of `cli` adds its commands."""

    def __init__(self, lang: str) -> None:
        self.lang = lang
        self.parser = Parser(prog="geoplan", description=say("cli.about", lang), allow_abbrev=False)
        self.parser.add_argument("--version", action="version", version=f"geoplan {__version__}")
        self._commands = self.parser.add_subparsers(
            title=say("cli.commands", lang), metavar="", required=True, parser_class=Parser
        )
        self._common = Parser(add_help=False)
        self._common.add_argument("--json", action="store_true", help=self.say("cli.json"))
        self._common.add_argument("--lang", choices=LANGUAGES, default=LANGUAGES[0], help=self.say("cli.lang"))
        self._common.add_argument("-v", "--verbose", action="store_true", help=self.say("cli.verbose"))

    def say(self, key: str) -> str:
        """A sentence of the catalogue."""
        return say(key, self.lang)

    def command(self, name: str, run: Command, folder: str | None = ".") -> argparse.ArgumentParser:
        """Add a command; `folder` is the default of its DIR, None for a command without one."""
        text = self.say(f"cli.{name}")
        made = self._commands.add_parser(name, help=text, description=text, parents=[self._common], allow_abbrev=False)
        made.set_defaults(command=run)
        if folder is not None:
            made.add_argument(
                "dir", nargs="?", type=Path, default=Path(folder), metavar="DIR", help=self.say("cli.dir")
            )
        return made
