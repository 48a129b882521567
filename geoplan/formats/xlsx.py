"""Sheets of Excel: the one that is named or the only one with cells; its table as shapes.

Read by the standard library alone: cells with the values that Excel last computed; no macro, link or entity is
followed.
"""

import hashlib
import re
import zipfile

from geoplan.errors import InputError, Problem
from geoplan.formats import headings, places, tables, xlsx_sheet
from geoplan.formats.format import Format
from geoplan.formats.grids import Grid
from geoplan.formats.naming import listed
from geoplan.formats.opened import Opened
from geoplan.formats.records import LayerSpec
from geoplan.formats.sheets_joined import joined
from geoplan.formats.xlsx_book import Book, Sheet, book
from geoplan.formats.xlsx_parts import Parts
from geoplan.text.letters import nfc

OTHERS = {
    ".xls": "XLS (Excel 97–2003)",
    ".xlsb": "XLSB",
    ".xlt": "XLT",
    ".ods": "ODS (LibreOffice)",
    ".numbers": "Numbers",
    ".et": "WPS",
}
"""Sheets of other programs, which are refused by name."""
_COORDINATE = re.compile(r"\d[.,]\d{3}|\d{6}|\d\s*[°º]|\(\(")
"""A coordinate has a fraction of a degree, many figures of metres, or is the text of a shape."""
_CODE = re.compile(r"^\d{4,5}$")
_OPEN = "any"
"""Role of a file of which nobody has said what it is: its sheets are taken one by one."""


def open_sheet(spec: LayerSpec) -> Opened:
    """Rows of a sheet as shapes.

    Raises
    ------
    InputError
        ``layer.sheet_unknown``, ``layer.sheets_several``, ``layer.sheet_hidden``, ``layer.sheets_empty``, and those of
        `Parts` and `tables.opened`.
    """
    try:
        grid, sha256, told = grid_of(spec)
    except InputError as error:
        together = _together(spec) if error.key == "layer.sheets_several" else None
        if together is None:
            raise
        return together
    try:
        opened = tables.opened(grid, spec, sha256)
    except InputError as error:  # the table may stand on a sheet that is hidden
        raise InputError(*error.problems, *told) from error
    opened.said.tell(told)
    return opened


def _together(spec: LayerSpec) -> Opened | None:
    """Sheets of the same headings as one table; None where the role is open, or a sheet is no part of it."""
    found = grids_together(spec) if spec.role != _OPEN else None
    if found is None:
        return None
    grids, sha256, told = found
    opened = joined([tables.opened(g, spec, sha256) for g in grids], [g.sheet for g in grids], spec)
    if opened is not None:
        opened.said.tell(told)
    return opened


def grids_together(spec: LayerSpec) -> tuple[list[Grid], str, list[Problem]] | None:
    """Sheets with tables of the role, SHA-256 of the file, and what is said of the others.

    None where fewer than two have one, or where one without headings may be a table's next page.
    """
    raw = places.present(spec.path, spec.shown).read_bytes()
    found = book(Parts(raw, spec.shown))
    seen = [s for s in found.sheets if not s.hidden and xlsx_sheet.has_cells(found, s)]
    grids = [xlsx_sheet.grid(found, s) for s in seen]
    heads = [headings.find(g, spec) for g in grids]
    named = [i for i, h in enumerate(heads) if h is not None and h.axes is not None]
    rest = [i for i in range(len(seen)) if i not in named]
    if len(named) < 2 or any(_may_go_on(grids[i], h) for i in rest for h in heads if h is not None):
        return None
    told = [_unread([seen[i] for i in rest], listed(seen[i].name for i in named), spec)] if rest else []
    return [grids[i] for i in named], hashlib.sha256(raw).hexdigest(), told


def grid_of(spec: LayerSpec) -> tuple[Grid, str, list[Problem]]:
    """Rows of the sheet, SHA-256 of the file, and what is said of its other sheets.

    Raises
    ------
    InputError
        As `open_sheet`.
    """
    raw = places.present(spec.path, spec.shown).read_bytes()
    found = book(Parts(raw, spec.shown))
    sheet, unread, unseen = _chosen(found, spec)
    said = [_unread(unread, sheet.name, spec)] if unread else []
    if unseen:
        names = listed(s.name for s in unseen)
        said.append(Problem("layer.sheets_hidden", spec.shown, {"n": len(unseen), "sheets": names}))
    return xlsx_sheet.grid(found, sheet), hashlib.sha256(raw).hexdigest(), said


def _unread(unread: list[Sheet], read: str, spec: LayerSpec) -> Problem:
    facts: dict[str, str | int | float] = {"n": len(unread), "sheets": listed(s.name for s in unread), "sheet": read}
    return Problem("layer.sheets_unread", spec.shown, facts)


def sheets(spec: LayerSpec) -> tuple[str, ...]:
    """Names of the sheets that are seen and hold something, in the order of their tabs.

    Raises
    ------
    InputError
        As `open_sheet`, where the file cannot be read.
    """
    found = book(Parts(places.present(spec.path, spec.shown).read_bytes(), spec.shown))
    return tuple(s.name for s in found.sheets if not s.hidden and xlsx_sheet.has_cells(found, s))


def refuse_others(spec: LayerSpec) -> None:
    """Refuse sheets of other programs by the name of their format.

    Raises
    ------
    InputError
        ``layer.sheet_format``, or ``layer.sheet_misnamed`` for a file that is XLSX inside.
    """
    kind = OTHERS.get(spec.path.suffix.casefold())
    if kind is None:
        return
    path = places.present(spec.path, spec.shown)
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            if "xl/workbook.xml" in archive.namelist():
                raise InputError(Problem("layer.sheet_misnamed", spec.shown, {"ending": spec.path.suffix}))
    raise InputError(Problem("layer.sheet_format", spec.shown, {"format": kind}))


def _chosen(found: Book, spec: LayerSpec) -> tuple[Sheet, list[Sheet], list[Sheet]]:
    """The sheet to read; others that are seen, of notes or lists; hidden ones with cells: neither are read."""
    if spec.layer:
        key = nfc(spec.layer).casefold()
        named = [s for s in found.sheets if s.name == spec.layer] or [
            s for s in found.sheets if nfc(s.name).casefold() == key
        ]
        if len(named) != 1:
            facts = {"sheet": spec.layer[:60], "sheets": listed(s.name for s in found.sheets)}
            raise InputError(Problem("layer.sheet_unknown", spec.shown, facts))
        return named[0], [], []
    full = [s for s in found.sheets if xlsx_sheet.has_cells(found, s)]
    seen, unseen = [s for s in full if not s.hidden], [s for s in full if s.hidden]
    if len(seen) == 1:
        return seen[0], [], unseen
    tables_seen = _with_places(found, seen, spec)
    if len(tables_seen) == 1:
        return tables_seen[0], [s for s in seen if s is not tables_seen[0]], unseen
    names = {"sheets": listed(s.name for s in (seen or unseen)), "role": spec.role}
    if seen:
        raise InputError(Problem("layer.sheets_several", spec.shown, names))
    if unseen:
        raise InputError(Problem("layer.sheet_hidden", spec.shown, names))
    raise InputError(Problem("layer.sheets_empty", spec.shown, {}))


def _with_places(found: Book, seen: list[Sheet], spec: LayerSpec) -> list[Sheet]:
    """Sheets that may be the layer: with headings of coordinates, or with numbers that may be their next page."""
    grids = [xlsx_sheet.grid(found, s) for s in seen]
    heads = [headings.find(g, spec) for g in grids]
    if sum(h is not None and h.axes is not None for h in heads) != 1:
        return seen
    head = next(h for h in heads if h is not None and h.axes is not None)
    return [s for s, g, h in zip(seen, grids, heads, strict=True) if h is head or _may_go_on(g, head)]


def _may_go_on(grid: Grid, head: headings.Headings) -> bool:
    """True where a sheet without headings may be the next page of a table: coordinates, or codes, in its columns."""
    kind = head.axes.kind if head.axes is not None else "names"
    places_at = [i for i, n in enumerate(head.names) if head.axes is not None and n in head.axes.columns]
    like = _CODE if kind == "codes" else _COORDINATE
    return kind != "names" and any(
        all(i < len(row) and like.search(grid.text(row[i])) for i in places_at) for row in grid.rows
    )


FORMAT = Format("XLSX", (".xlsx", ".xlsm", ".xltx", ".xltm"), open_sheet, most_mb=50, inside=sheets)
