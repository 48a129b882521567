"""Sheets of Excel: the one that is named or the only one with cells; its table as shapes.

Read by the standard library alone: cells with the values that Excel last computed; no macro, link or entity is
followed.
"""

import hashlib
import zipfile

from geoplan.errors import InputError, Problem
from geoplan.formats import places, tables, xlsx_sheet
from geoplan.formats.format import Format
from geoplan.formats.naming import listed
from geoplan.formats.opened import Opened
from geoplan.formats.records import LayerSpec
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


def open_sheet(spec: LayerSpec) -> Opened:
    """Rows of a sheet as shapes.

    Raises
    ------
    InputError
        ``layer.sheet_unknown``, ``layer.sheets_several``, ``layer.sheet_hidden``, ``layer.sheets_empty``, and those of
        `Parts` and `tables.opened`.
    """
    raw = places.present(spec.path, spec.shown).read_bytes()
    found = book(Parts(raw, spec.shown))
    sheet, unseen = _chosen(found, spec)
    opened = tables.opened(xlsx_sheet.grid(found, sheet), spec, hashlib.sha256(raw).hexdigest())
    if unseen:
        names = listed(s.name for s in unseen)
        opened.said.tell(Problem("layer.sheets_hidden", spec.shown, {"n": len(unseen), "sheets": names}))
    return opened


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


def _chosen(found: Book, spec: LayerSpec) -> tuple[Sheet, list[Sheet]]:
    """The sheet to read, and the hidden ones with cells that are not read."""
    if spec.layer:
        key = nfc(spec.layer).casefold()
        named = [s for s in found.sheets if s.name == spec.layer] or [
            s for s in found.sheets if nfc(s.name).casefold() == key
        ]
        if len(named) != 1:
            facts = {"sheet": spec.layer[:60], "sheets": listed(s.name for s in found.sheets)}
            raise InputError(Problem("layer.sheet_unknown", spec.shown, facts))
        return named[0], []
    full = [s for s in found.sheets if xlsx_sheet.has_cells(found, s)]
    seen, unseen = [s for s in full if not s.hidden], [s for s in full if s.hidden]
    if len(seen) == 1:
        return seen[0], unseen
    names = {"sheets": listed(s.name for s in (seen or unseen)), "role": spec.role}
    if seen:
        raise InputError(Problem("layer.sheets_several", spec.shown, names))
    if unseen:
        raise InputError(Problem("layer.sheet_hidden", spec.shown, names))
    raise InputError(Problem("layer.sheets_empty", spec.shown, {}))


FORMAT = Format("XLSX", (".xlsx", ".xlsm"), open_sheet, most_mb=50, inside=sheets)
