"""One sheet: watermark, title, header, rows. Numbers are numbers, and text is text whatever it begins with."""

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.page import PageMargins
from openpyxl.worksheet.worksheet import Worksheet

from geoplan.text import safe

HECTARES, COUNT, YEAR, TEXT = "#,##0.00", "#,##0", "0", "@"
"""Number formats. The reader's own locale writes the separators."""

_HEADER = PatternFill("solid", fgColor="DDE7E1")
_WARNING = PatternFill("solid", fgColor="FFE3C2")
_LINE = Border(bottom=Side("thin", color="9AA59F"))
_MAX_WIDTH, _MIN_WIDTH, _MAX_HEIGHT = 38, 9, 405.0
_FONT = "Calibri"
_LETTERS = Font(_FONT)
_OF_TEXT, _OF_NUMBERS = Alignment(wrap_text=True, vertical="top", indent=1), Alignment(vertical="top")
"""Made once: a style for each cell would take as long as all the rest of a workbook."""

_FORBIDDEN = re.compile(r"[\\[\]:*?/]")
_NAME_LENGTH = 31


@dataclass(frozen=True, slots=True)
class Heading:
    """One column: its label and the format of its numbers."""

    label: str
    form: str = TEXT


def format_of(name: str, unit: str = "") -> str:
    """Number format of a column by its unit or the end of its name."""
    if unit in ("count", "n") or name.endswith(("_count", "_n")):
        return COUNT
    return YEAR if name == "year" or name.endswith("_year") else HECTARES


def add_sheet(
    book: Workbook,
    name: str,
    lines: Sequence[str],
    headings: Sequence[Heading],
    rows: Iterable[Sequence[Any]],
    *,
    watermark: str = "",
    fixed: int = 2,
    numbers: Sequence[str] = (),
) -> Worksheet:
    """Add a sheet.

    Parameters
    ----------
    name : str
        Tab; made legal and unique.
    lines : sequence of str
        Above the table; the first is the title.
    headings : sequence of Heading
        Columns.
    rows : iterable of sequences
        Numbers, text, or None for what is not known (an empty cell).
    watermark : str
        Stands in the first row of every sheet where it is not empty.
    fixed : int
        Columns that stay when the reader scrolls.
    numbers : sequence of str
        The form's own column numbers, under the headings; empty where it prints none.
    """
    sheet = book.create_sheet(_sheet_name(book, name))
    row = 1
    for text in [watermark, *lines] if watermark else lines:
        cell = _put(sheet, row, 1, text)
        cell.font = Font(_FONT, bold=row <= 1 + bool(watermark), size=14 if text is lines[0] else 11)
        cell.alignment = Alignment(vertical="center")
        row += 1
    if watermark:
        for number in range(1, len(headings) + 1):
            sheet.cell(1, number).fill = _WARNING
    table = [list(values) for values in rows]
    columns = list(zip(*table, strict=True)) if table else [()] * len(headings)
    widths = [_width(heading.label, values) for heading, values in zip(headings, columns, strict=True)]
    for number, (heading, width) in enumerate(zip(headings, widths, strict=True), start=1):
        cell = _put(sheet, row, number, heading.label)
        cell.font, cell.fill, cell.border = Font(_FONT, bold=True), _HEADER, _LINE
        cell.alignment = Alignment(wrap_text=True, vertical="center", horizontal="center")
        sheet.column_dimensions[get_column_letter(number)].width = width
    sheet.row_dimensions[row].height = _height([h.label for h in headings], widths)
    for number, text in enumerate(numbers, start=1):
        cell = _put(sheet, row + 1, number, text)
        cell.font, cell.fill, cell.border = Font(_FONT, italic=True), _HEADER, _LINE
        cell.alignment = Alignment(horizontal="center")
    row += bool(numbers)
    for at, values in enumerate(table, start=row + 1):
        for number, (value, heading) in enumerate(zip(values, headings, strict=True), start=1):
            _put(sheet, at, number, value, heading.form)
        sheet.row_dimensions[at].height = _height(values, widths)
    sheet.freeze_panes = sheet.cell(row + 1, min(fixed, len(headings)) + 1)
    _page(sheet, row)
    return sheet


def _put(sheet: Worksheet, row: int, column: int, value: Any, form: str = TEXT) -> Any:
    """One cell. Text has the type text and Excel's quote mark, so that editing the cell wakes no formula."""
    cell = sheet.cell(row, column)
    cell.font = _LETTERS
    if value == "":
        return cell
    if isinstance(value, str):
        cell.value = safe.cell(value)
        cell.data_type = "s"
        cell.number_format = TEXT
        cell.alignment = _OF_TEXT
        cell.quotePrefix = True
    elif value is not None and not pd.isna(value):
        if isinstance(value, bool | np.bool_) or not math.isfinite(value):
            raise ValueError(f"no number for a cell: {value!r}")
        cell.value = int(value) if isinstance(value, int | np.integer) else round(float(value), 6) + 0.0
        cell.number_format = HECTARES if form == TEXT else form
        cell.alignment = _OF_NUMBERS
    return cell


def _width(label: str, values: Sequence[Any]) -> float:
    """Width in characters: the longest word of the heading, or what the values need, within bounds."""
    needed = [len(word) + 2 for word in label.split()]
    for value in values:
        if isinstance(value, str):
            needed += [len(line) + 3 for line in value.splitlines()]
        elif value is not None and not pd.isna(value):
            needed.append(len(f"{value:,.2f}") + 2)
    return float(min(max([_MIN_WIDTH, *needed]), _MAX_WIDTH))


def _height(values: Sequence[Any], widths: Sequence[float]) -> float:
    """Height in points that shows the longest text whole, as far as Excel has rows that high."""
    lines = 1
    for value, width in zip(values, widths, strict=True):
        if isinstance(value, str):
            lines = max(lines, sum(math.ceil((len(line) + 2) / (width - 1)) or 1 for line in value.splitlines()))
    return min(15.0 * lines, _MAX_HEIGHT)


def _page(sheet: Worksheet, header: int) -> None:
    """A4 across, as wide as the page, the header on every page."""
    sheet.page_setup.paperSize = sheet.PAPERSIZE_A4
    sheet.page_setup.orientation = sheet.ORIENTATION_LANDSCAPE
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.page_margins = PageMargins(left=0.4, right=0.4, top=0.5, bottom=0.6)
    sheet.print_title_rows = f"1:{header}"
    sheet.oddFooter.right.text = "&P/&N"


def _sheet_name(book: Workbook, text: str) -> str:
    taken = {name.casefold() for name in book.sheetnames}
    plain = _FORBIDDEN.sub(" ", safe.plain(text)).strip(" '")[:_NAME_LENGTH].rstrip(" '") or "geoplan"
    name, number = plain, 2
    while name.casefold() in taken:
        ending = f" {number}"
        name, number = plain[: _NAME_LENGTH - len(ending)] + ending, number + 1
    return name
