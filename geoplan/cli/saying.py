"""How commands speak: problems on stderr as sentences with their cure, or one JSON object on stdout."""

import json
import sys
from collections.abc import Sequence
from typing import Any

from geoplan.errors import GeoplanError, InputError, Problem
from geoplan.messages import Spoken, say, spoken


class Refused(InputError):
    """Problems with all that a command has found besides.

    Parameters
    ----------
    *problems : Problem
    answer : dict
        Stands beside the errors in the JSON object.
    told : bool
        True where the command has said the problems already.
    """

    def __init__(self, *problems: Problem, answer: dict[str, Any], told: bool) -> None:
        super().__init__(*problems)
        self.answer = answer
        self.told = told


def report(error: GeoplanError, lang: str, *, as_json: bool) -> None:
    """Every problem of the error: on stderr as sentences, or on stdout as one JSON object."""
    said = [spoken(problem, lang) for problem in error.problems]
    if as_json:
        records = [record(s) for s in said]
        more = error.answer if isinstance(error, Refused) else {}
        answer = {"error": records[0], "errors": records, "warnings": [], **more}
        print(json.dumps(answer, ensure_ascii=False, allow_nan=False))
    elif not (isinstance(error, Refused) and error.told):
        say_problems("✗", said, lang)


def tell_all(
    errors: Sequence[Problem],
    mended: Sequence[Problem],
    warnings: Sequence[Problem],
    lang: str,
    *,
    each: bool = False,
) -> None:
    """Errors, what has been put right, and warnings; with `each`, every feature on a line of its own."""
    for mark, problems in (("✗", errors), ("✓", mended), ("!", warnings)):
        if each:
            _say_each(mark, problems, lang)
        else:
            say_problems(mark, [spoken(p, lang) for p in problems], lang)


def _say_each(mark: str, problems: Sequence[Problem], lang: str) -> None:
    for problem in problems:
        brief = spoken(Problem(problem.key, problem.where, problem.facts), lang)
        print(f"{mark} {brief.where}: {brief.found}" if brief.where else f"{mark} {brief.found}", file=sys.stderr)
        for feature in spoken(problem, lang).feature_ids:
            print(f"     {feature}", file=sys.stderr)
        if brief.fix:
            print(f"   {say('cli.fix', lang)} {brief.fix}", file=sys.stderr)


def say_problems(mark: str, problems: Sequence[Spoken], lang: str) -> None:
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


def record(problem: Spoken) -> dict[str, Any]:
    """A problem as JSON gives it."""
    return {
        "key": problem.key,
        "where": problem.where,
        "found": problem.found,
        "fix": problem.fix,
        "feature_ids": problem.feature_ids,
    }


def progress(text: str, end: str = "\n") -> None:
    """A word on the way, on stderr."""
    print(text, end=end, file=sys.stderr, flush=True)
