"""One sheet of a workbook as a grid: cells with their last values, merges, and what is hidden."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from geoplan.errors import InputError
from geoplan.formats.grids import Flawed, Grid, Merge, letters
from geoplan.formats.tables import MOST_CELLS, MOST_COLUMNS, MOST_ROWS, too_big
from geoplan.formats.xlsx_book import Book, Sheet, plain, strikes
from geoplan.formats.xlsx_parts import Enough

_ADDRESS = re.compile(r"\$?([A-Za-z]{1,3})\$?(\d{1,7})")
_MOST_MERGES = 20_000
_WIDE = 500
"""Columns within which merges are looked at for lying over another."""
_MOST_SLOTS = 20_000_000
"""Cells and the gaps before them: one far cell in each of many rows is mostly gaps."""


@dataclass(slots=True)
class _Cell:
    """The cell that is being read."""

    column: int = 0
    kind: str = "n"
    style: str | None = None
    formula: bool = False
    has_value: bool = False
    value: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    struck: bool = False
    crossed: list[bool] = field(default_factory=list)


class _Reader:
    """Handlers of a sheet's XML."""

    def __init__(self, book: Book, sheet: Sheet, *, look: bool) -> None:
        self.book, self.sheet, self.look = book, sheet, look
        self.rows: list[list[Any]] = []
        self.numbers: list[int] = []
        self.known: set[int] = set()
        self.merges: list[Merge] = []
        self.hidden_rows: set[int] = set()
        self.hidden_columns: list[tuple[int, int]] = []
        self.struck: dict[int, set[int]] = {}
        self.row: list[Any] = []
        self.number, self.last = 0, -1
        self.cells = self.slots = 0
        self.cell: _Cell | None = None
        self.open = ""
        self.sound = 0

    def start(self, tag: str, said: dict[str, str]) -> None:
        if tag == "c":
            self._begin(said)
        elif tag == "row":
            self.row, self.last = [], -1
            self.number = int(said["r"]) if said.get("r", "").isdigit() else self.number + 1
            if self.number > MOST_ROWS:
                raise self.too_big()
            if said.get("hidden", "0") in {"1", "true"} or said.get("ht") in {"0", "0.0"}:
                self.hidden_rows.add(self.number)
        elif tag in {"v", "t", "f"} and self.cell is not None:
            self.open = "" if self.sound else tag
            self.cell.formula |= tag == "f"
            self.cell.has_value |= tag == "v"
        elif tag == "rPh":
            self.sound += 1
        elif tag in {"r", "strike"} and self.cell is not None:
            self.cell.struck = tag == "strike" and strikes(said)
        elif tag == "col":
            self._hidden(said)
        elif tag == "mergeCell":
            self._merge(said.get("ref", ""))

    def end(self, tag: str) -> None:
        if tag == "c" and self.cell is not None:
            self._keep_cell(self.cell)
            self.cell = None
        elif tag == "row":
            self._keep_row()
        elif tag == "rPh":
            self.sound -= 1
        elif tag in {"v", "t", "f"}:
            self.open = ""

    def _keep_cell(self, cell: _Cell) -> None:
        value, struck, column = self._value(cell), self._struck(cell), cell.column
        if value is None:
            return
        if struck is False and isinstance(value, str):
            value = Flawed(value, self._place(column), "struck")
        self.row.extend([None] * (column + 1 - len(self.row)))
        if self.row[column] is not None:  # a cell twice: nothing says which one is right
            raise self.book.parts.broken(self._place(column))
        self.row[column] = value
        if struck:
            self.struck.setdefault(self.number, set()).add(column)
        self.cells += 1
        if self.cells > MOST_CELLS:
            raise self.too_big()

    def _place(self, column: int) -> str:
        return f"{self.sheet.name}!{letters(column)}{self.number}"

    def _keep_row(self) -> None:
        if not self.row:
            return
        self.slots += len(self.row)
        if self.slots > _MOST_SLOTS:
            raise self.too_big()
        if self.number in self.known:
            raise self.book.parts.broken(f"{self.sheet.name}!{self.number}:{self.number}")
        self.known.add(self.number)
        self.rows.append(self.row)
        self.numbers.append(self.number)
        self.row = []
        if self.look:
            raise Enough

    def words(self, text: str) -> None:
        if self.cell is None or not self.open:
            return
        (self.cell.said if self.open == "f" else self.cell.value).append(text)
        if self.open == "t" and text.strip():
            self.cell.crossed.append(self.cell.struck)

    def too_big(self) -> InputError:
        return InputError(too_big(self.number, self.book.parts.shown))

    def _begin(self, said: dict[str, str]) -> None:
        found = _ADDRESS.fullmatch(said.get("r", ""))
        column = _column(found[1]) if found else self.last + 1
        if column > MOST_COLUMNS * 4:
            raise self.too_big()
        self.last = column
        self.cell = _Cell(column, said.get("t", "n"), said.get("s"))

    def _hidden(self, said: dict[str, str]) -> None:
        first, last = said.get("min", ""), said.get("max", "")
        unseen = said.get("hidden", "0") in {"1", "true"} or said.get("width") in {"0", "0.0"}
        if unseen and first.isdigit() and last.isdigit():
            self.hidden_columns.append((int(first) - 1, min(int(last), MOST_COLUMNS)))
            if len(self.hidden_columns) > MOST_COLUMNS:
                raise self.too_big()

    def _merge(self, ref: str) -> None:
        ends = [_ADDRESS.fullmatch(part) for part in ref.split(":")]
        if len(self.merges) > _MOST_MERGES:
            raise self.too_big()
        if len(ends) == 2 and ends[0] and ends[1]:
            (left, top), (right, bottom) = ((_column(e[1]), int(e[2])) for e in (ends[0], ends[1]))
            self.merges.append(Merge(top, left, bottom, right))

    def _value(self, cell: _Cell) -> Any:
        text = "".join(cell.value)
        if cell.kind == "e":
            return Flawed(text or "#?", self._place(cell.column), "error")
        if not text:
            never = cell.formula and cell.kind != "str"
            return Flawed(f"={''.join(cell.said)[:60]}", self._place(cell.column), "formula") if never else None
        if cell.kind == "s":
            index = int(text) if text.strip().isdecimal() else -1
            known = 0 <= index < len(self.book.texts)
            text = self.book.texts[index] if known else ""
            return text if text.strip() else None if known else Flawed("#?", self._place(cell.column), "error")
        words = {"str": plain(text), "inlineStr": plain(text), "d": text.strip()}
        if cell.kind == "b":
            return "TRUE" if text.strip() == "1" else "FALSE"
        if cell.kind in words:
            return words[cell.kind] if words[cell.kind].strip() else None
        return self.book.number(text.strip(), cell.style)

    def _struck(self, cell: _Cell) -> bool | None:
        """True where the cell is struck through, by its format or all of its text; False where a part is; else None."""
        style = int(cell.style) if cell.style is not None and cell.style.isdigit() else 0
        if style in self.book.struck:
            return True
        if cell.kind == "s":
            text = "".join(cell.value).strip()
            return self.book.struck_texts.get(int(text)) if text.isdecimal() else None
        return all(cell.crossed) if any(cell.crossed) else None


def grid(book: Book, sheet: Sheet) -> Grid:
    """All cells of a sheet.

    Raises
    ------
    InputError
        ``layer.table_too_big``, ``layer.xlsx_too_big``, ``layer.xlsx_broken``.
    """
    reader = _read(book, sheet, look=False)
    order = sorted(range(len(reader.numbers)), key=lambda i: reader.numbers[i])
    return Grid(
        rows=[reader.rows[i] for i in order],
        numbers=[reader.numbers[i] for i in order],
        sheet=sheet.name,
        merges=_apart(reader.merges),
        hidden_rows=frozenset(reader.hidden_rows),
        hidden_columns=_covered(reader.hidden_columns),
        struck={number: frozenset(columns) for number, columns in reader.struck.items()},
    )


def _covered(spans: Sequence[tuple[int, int]]) -> frozenset[int]:
    """Columns inside any of the spans."""
    found: set[int] = set()
    end = 0
    for first, last in sorted(spans):
        found.update(range(max(first, end), last))
        end = max(end, last)
    return frozenset(found)


def _apart(merges: Sequence[Merge]) -> tuple[Merge, ...]:
    """Merges without those that lie over another one, which Excel cannot make."""
    found: list[Merge] = []
    free: dict[int, int] = {}  # column to the first row that no merge covers yet
    for merge in sorted(set(merges), key=lambda m: (m.top, m.left)):
        columns = range(merge.left, min(merge.right, _WIDE) + 1)
        if all(free.get(i, 0) <= merge.top for i in columns):
            free.update(dict.fromkeys(columns, merge.bottom + 1))
            found.append(merge)
    return tuple(found)


def has_cells(book: Book, sheet: Sheet) -> bool:
    """True if a cell of the sheet holds something."""
    return bool(_read(book, sheet, look=True).rows)


def _read(book: Book, sheet: Sheet, *, look: bool) -> _Reader:
    reader = _Reader(book, sheet, look=look)
    book.parts.parse(sheet.part, reader.start, reader.end, reader.words)
    return reader


def _column(text: str) -> int:
    number = 0
    for letter in text.upper():
        number = number * 26 + ord(letter) - 64
    return number - 1
