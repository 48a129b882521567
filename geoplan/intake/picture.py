"""What was found, as sheets of the page of problems: in the reader's language, private texts left out."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from pyproj import CRS
from pyproj.exceptions import ProjError

from geoplan import crs as coordinates
from geoplan.errors import InputError, Problem
from geoplan.intake import grids
from geoplan.intake.originals import kept_rows
from geoplan.intake.projects import Case, Checked
from geoplan.intake.record import hectares
from geoplan.intake.records import ANY, Finding, Ground
from geoplan.intake.roles import shape_kinds
from geoplan.layers import Inspection, Layer
from geoplan.maps.problems import Issue, Sheet, problem_page
from geoplan.messages import known as is_known
from geoplan.messages import say, spoken
from geoplan.text.letters import nfc
from geoplan.text.numbers import number
from geoplan.text.personal import shortened

Shapes = npt.NDArray[np.object_]


def import_page(found: Sequence[Finding], ground: Ground, lang: str = "vi") -> str:
    """The page of an import, before or after it: one sheet a layer."""
    sheets = [_finding(each, ground, lang) for each in found]
    return problem_page(
        say("import.title", lang), subtitle(found, lang), sheets, ground=_outline(ground.communes), lang=lang
    )


def check_page(checked: Checked, lang: str = "vi") -> str:
    """The page of a check: one sheet for each file with something to be said, and one for the project's papers."""
    project = checked.project
    crs = CRS.from_user_input(project.crs)
    cases = [case for case in checked.cases if case.errors or case.warnings]
    sheets = [_case(case, crs, lang) for case in cases]
    if checked.papers:
        issues = [_issue("error", p, {}, lang) for p in checked.papers]
        sheets.append(Sheet(project.file.name, issues=issues))
    sheets.sort(key=lambda sheet: all(issue.kind != "error" for issue in sheet.issues))  # what must be mended first
    title = say("import.check_title", lang, name=project.name)
    mended = sum(issue.kind == "mended" for sheet in sheets for issue in sheet.issues)
    counts = {"errors": len(checked.errors), "mended": mended, "warnings": len(checked.warnings) - mended}
    return problem_page(
        title,
        _counted(len(checked.cases), counts, lang),
        sheets,
        ground=_outline(checked.communes),
        lang=lang,
        synthetic=project.synthetic,
    )


def subtitle(found: Sequence[Finding], lang: str) -> str:
    """How many layers, errors, mended and warnings, without those that are none."""
    counts = {name: sum(len(getattr(f, name)) for f in found) for name in ("errors", "mended", "warnings")}
    return _counted(len(found), counts, lang)


def _counted(layers: int, counts: Mapping[str, int], lang: str) -> str:
    parts = [say(f"import.count_{name}", lang, n=n) for name, n in counts.items() if n]
    if not counts["errors"] and not counts["mended"]:
        parts.insert(0, say("import.count_nothing", lang))
    return " · ".join([say("import.count_layers", lang, n=layers), *parts])


def facts(found: Finding, ground: Ground, lang: str) -> list[tuple[str, str]]:
    """What a layer is: format, role, rows, geometry, coordinates, area."""
    said = [(say("import.format", lang), found.kind or found.path.suffix)] if found.kind or found.path.suffix else []
    if found.role not in ("", ANY):
        key = "import.role_guessed" if found.guessed else "import.role_said"
        meaning = say(f"import.role.{found.role}", lang)
        said.append((say("import.role", lang), say(key, lang, role=found.role, meaning=meaning)))
    inspection = found.inspection
    if inspection is None:
        return [*said, *grids.facts(found, lang)]
    opened = inspection.opened
    kinds = ", ".join(say(f"import.shape.{kind}", lang, n=n) for kind, n in shape_kinds(opened.shapes).items())
    said += [(say("import.rows", lang), number(len(opened.shapes), 0, lang=lang)), (say("import.shapes", lang), kinds)]
    said.append((say("import.crs", lang), _crs(inspection, ground, lang)))
    before, after = hectares(found)
    if before is not None:
        same = after is None or abs(before - after) < 0.005
        key = "import.hectares_same" if same else "import.hectares_changed"
        value = before if after is None else after
        said.append((say("import.hectares", lang), say(key, lang, before=before, after=value)))
    if len(found.originals):
        said.append((say("import.originals", lang), say("import.originals_n", lang, n=len(found.originals))))
    return said


def _crs(inspection: Inspection, ground: Ground, lang: str) -> str:
    if inspection.crs is None:
        return say("import.crs_none", lang)
    found, target = coordinates.name(inspection.crs), coordinates.name(ground.crs)
    if inspection.layer is None or found == target:
        return found
    operation = inspection.layer.source.crs_operation
    return say("import.crs_moved", lang, found=found, target=target, operation=operation)


def _finding(found: Finding, ground: Ground, lang: str) -> Sheet:
    said = [*(("error", p) for p in found.errors), *(("mended", p) for p in found.mended)]
    said += [("warning", p) for p in found.warnings]
    hidden = say("import.private", lang)
    plain = ("ascii", "unicode")  # no encoding that anybody chooses
    columns = [
        (c.name, c.field, "" if c.encoding in plain else c.encoding, hidden if c.private else c.sample)
        for c in found.columns
    ]
    title = found.title
    if found.inspection is None:
        issues = [_issue(kind, p, {}, lang) for kind, p in said]
        extent = _extent(found, ground.crs)
        return Sheet(title, facts(found, ground, lang), columns, (title,), extent, None, extent is not None, issues)
    shapes, mended, placed = _drawn(found.inspection, ground.crs)
    places = _rows(found.inspection)
    issues = [_issue(kind, p, places, lang) for kind, p in said]
    return Sheet(title, facts(found, ground, lang), columns, found.inspection.names, shapes, mended, placed, issues)


def _case(case: Case, crs: CRS, lang: str) -> Sheet:
    known = f"import.role.{case.role}"
    called = say(known, lang) if is_known(known) else case.role
    title = f"{called[:1].upper()}{called[1:]}: {case.shown}"
    inspection = case.inspection
    put_right = {p.key for p in inspection.mended} if inspection is not None else set()
    said = [("error", p) for p in case.errors]
    said += [("mended" if p.key in put_right else "warning", p) for p in case.warnings]
    places: Mapping[str, tuple[int, ...]] = {} if inspection is None else _rows(inspection)
    issues = [_issue(kind, p, places, lang) for kind, p in said]
    if inspection is None:
        return Sheet(title, issues=issues)
    shapes, mended, placed = _drawn(inspection, crs)
    return Sheet(title, (), (), inspection.names, shapes, mended, placed, issues)


def _issue(kind: str, problem: Problem, places: Mapping[str, tuple[int, ...]], lang: str) -> Issue:
    rows = dict.fromkeys(row for name in problem.feature_ids for row in places.get(nfc(name), ()))
    unplaced = tuple(shortened(name) for name in problem.feature_ids if nfc(name) not in places)
    brief = spoken(Problem(problem.key, problem.where, problem.facts), lang)
    return Issue(kind, brief, tuple(rows), unplaced)


def _rows(inspection: Inspection) -> dict[str, tuple[int, ...]]:
    """Rows by every name that a problem may call them: their own, and their place in the file."""
    found: dict[str, tuple[int, ...]] = {}
    for names in (inspection.opened.places, inspection.names):
        for row, name in enumerate(names):
            key = nfc(name)
            if row not in found.get(key, ()):
                found[key] = (*found.get(key, ()), row)
    return found


def _drawn(inspection: Inspection, crs: CRS) -> tuple[Shapes, Shapes | None, bool]:
    """Shapes as in the file and after mending, in the page's CRS where theirs is known; True where it is."""
    shapes, layer = inspection.opened.shapes, inspection.layer
    found = inspection.crs
    if found is None:
        return shapes, None, False
    try:
        moved = coordinates.geometries(shapes, found, crs)
    except (InputError, ProjError, shapely.errors.ShapelyError):  # said by the door: drawn as the file has them
        return shapes, None, False
    moved = _as_array(moved)
    if layer is None:
        return moved, None, True
    mended: Shapes = np.full(len(moved), None, dtype=object)
    mended[list(kept_rows(inspection))] = _as_array(
        coordinates.geometries(layer.frame.geometry.array, layer.frame.crs, crs)
    )
    return moved, mended, True


def _extent(found: Finding, crs: CRS) -> Shapes | None:
    """Outline of a raster; None where its place is not known."""
    grid = found.grid
    if grid is None or grid.crs is None:
        return None
    try:
        moved = coordinates.geometries(shapely.segmentize(shapely.box(*grid.bounds), _side(grid.bounds)), grid.crs, crs)
    except (InputError, ProjError, shapely.errors.ShapelyError):  # said by the door
        return None
    return _as_array([moved])


def _side(bounds: tuple[float, float, float, float]) -> float:
    west, south, east, north = bounds
    return max(east - west, north - south, 1e-9) / 8


def _as_array(shapes: Any) -> Shapes:
    found: Shapes = np.empty(len(shapes), dtype=object)
    found[:] = list(shapes)
    return found


def _outline(communes: Layer | None) -> Shapes | None:
    return None if communes is None else _as_array(communes.frame.geometry.array)


def sentences(problems: Iterable[Problem], lang: str) -> list[dict[str, Any]]:
    """Problems for JSON, with all their features."""
    said = [spoken(p, lang) for p in problems]
    return [
        {"key": s.key, "where": s.where, "found": s.found, "fix": s.fix, "feature_ids": list(s.feature_ids)}
        for s in said
    ]
