"""`geoplan check`: every problem of a project's files at once, a page with their places, and mended copies."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geoplan.cli.saying import Refused, record, tell_all
from geoplan.cli.words import Words
from geoplan.errors import PlaceUnavailable, Problem
from geoplan.messages import say, spoken

if TYPE_CHECKING:
    from geoplan.intake import Checked, Finding

PAGE = "check.html"
_OURS = b'<meta name="geoplan" content="problems">'


def add(words: Words) -> None:
    """Tell the parser of this command."""
    check = words.command("check", _check)
    check.add_argument("--list", action="store_true", help=words.say("cli.check_list"))
    check.add_argument("--page", action="store_true", help=words.say("cli.check_page"))
    check.add_argument("--no-page", action="store_true", help=words.say("cli.check_no_page"))
    check.add_argument("--repair", action="store_true", help=words.say("cli.check_repair"))
    check.add_argument("--replace", action="store_true", help=words.say("cli.replace"))


def _check(options: argparse.Namespace) -> dict[str, Any]:
    from geoplan.intake import check_project
    from geoplan.project import open_project

    checked = check_project(open_project(options.dir))
    errors, warnings = checked.errors, list(checked.warnings)
    sources = [case.source for case in checked.cases if case.source is not None]
    if not options.json:
        for source in sources:
            print(f"✓ {source.role}: {source.path} — {say('cli.rows', options.lang, n=source.rows)}, {source.crs}")
    answer: dict[str, Any] = {"inputs": [s.role for s in sources]}
    if not options.no_page:
        page, said = _page(checked, options.lang, always=options.page)
        answer["page"] = page
        warnings += said
    if options.repair:
        answer["repaired"], errors = _repaired(checked, options)
    if not options.json:
        tell_all(errors, (), warnings, options.lang, each=options.list)
    answer["warnings"] = [record(spoken(p, options.lang)) for p in warnings]
    if not options.json and answer.get("page"):
        print(say("cli.page_at", options.lang, path=str(Path(answer["page"]).resolve())))
    if errors:
        raise Refused(*errors, answer=answer, told=not options.json)
    if not options.json and options.repair:
        print(say("cli.repair_done", options.lang))
    elif not options.json:
        print(say("cli.check_done", options.lang, n=len(checked.cases), warnings=len(warnings)))
    return answer


def _page(checked: "Checked", lang: str, *, always: bool) -> tuple[str, list[Problem]]:
    """Write the page where something is wrong (`always`: or to be known), and say where it could not be.

    Otherwise an earlier one goes: it would show what is no longer so.
    """
    from geoplan import writing
    from geoplan.intake import picture

    path = checked.project.root / "maps" / PAGE
    try:
        if checked.errors or (always and checked.warnings):
            writing.write_bytes(path, picture.check_page(checked, lang).encode())
            return str(path), []
        if path.is_file() and not path.is_symlink() and _OURS in path.read_bytes()[:4096]:
            path.unlink()
    except (PlaceUnavailable, OSError) as error:
        reason = error.problems[0].facts.get("reason", "") if isinstance(error, PlaceUnavailable) else error.strerror
        return "", [Problem("intake.page_unwritten", str(path), {"path": str(path), "reason": str(reason or "")})]
    return "", []


def _repaired(checked: "Checked", options: argparse.Namespace) -> tuple[list[dict[str, Any]], list[Problem]]:
    """Mended copies: what was done to each layer, the lines for ``geoplan.toml``, and the errors that remain."""
    from geoplan.intake.projects import remaining, repair

    findings, landed = repair(checked, replace=options.replace)
    root = checked.project.root
    by_role = {each.role: each for each in landed}
    answer: list[dict[str, Any]] = []
    for found in findings:
        made = by_role.get(found.role)
        path = "" if made is None else made.path.relative_to(root).as_posix()
        answer.append(
            {
                "role": found.role,
                "path": path,
                "line": f'{found.role} = "{path}"' if path else "",
                "mended": [record(spoken(p, options.lang)) for p in found.mended],
                "warnings": [record(spoken(p, options.lang)) for p in found.warnings],
                "errors": [record(spoken(p, options.lang)) for p in found.errors],
            }
        )
    if not options.json:
        _say_repaired(answer, [f for f in findings if f.role in by_role], options.lang, each=options.list)
    return answer, remaining(checked, findings, landed)


def _say_repaired(answer: Sequence[dict[str, Any]], findings: Sequence["Finding"], lang: str, *, each: bool) -> None:
    """What was done to the layers of which there is a copy now, and the lines to use them."""
    mended, warnings = [p for f in findings for p in f.mended], [p for f in findings for p in f.warnings]
    tell_all((), mended, warnings, lang, each=each)
    lines = [entry["line"] for entry in answer if entry["line"]]
    for entry in answer:
        if entry["errors"]:
            print(say("cli.repair_not", lang, role=entry["role"], n=len(entry["errors"])))
    if not lines:
        print(say("cli.repair_none", lang))
        return
    print(say("cli.repair_lines", lang))
    for line in lines:
        print(f"    {line}")
