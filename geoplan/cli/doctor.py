"""The command doctor: is this machine, and this project, fit for the work."""

import argparse
import json
from typing import Any

from geoplan.cli.words import Words
from geoplan.errors import CheckFailed
from geoplan.messages import say, spoken


def add(words: Words) -> None:
    """Tell the parser of this command."""
    words.command("doctor", _doctor)


def _doctor(options: argparse.Namespace) -> dict[str, Any]:
    from geoplan.doctor import State, examine

    rows = []
    for check in examine(options.dir):
        said = spoken(check.problem, options.lang)
        rows.append({"state": check.state.name.lower(), "key": said.key, "found": said.found, "fix": said.fix})
        if not options.json:
            print(f"{check.state.value} {said.found}")
            if said.fix:
                print(f"   {say('cli.fix', options.lang)} {said.fix}")
    counts = {state.name.lower(): sum(row["state"] == state.name.lower() for row in rows) for state in State}
    answer = {"checks": rows, **counts}
    if not options.json:
        print(say("doctor.done", options.lang, **counts))
    if counts["bad"]:
        if options.json:
            print(json.dumps(answer, ensure_ascii=False, allow_nan=False))
        raise SystemExit(CheckFailed.exit_code)
    return answer
