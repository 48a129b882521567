"""A sheet or a text table as rows of cells, before anything is known of its headings."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from geoplan.errors import Problem
from geoplan.formats.opened import Cells
from geoplan.text.letters import nfc

_KEYS = {
    "error": "layer.cell_error",
    "formula": "layer.cell_formula",
    "merged": "layer.cell_merged",
    "struck": "layer.cell_struck",
}


class Flawed(str):
    """What stands in a cell that has no value to go by: as text it is what Excel shows.

    Parameters
    ----------
    text : str
        ``#REF!``, or the formula.
    cell : str
        ``Sheet1!C7``.
    flaw : str
        ``error``, ``formula`` (never computed), ``merged`` (one number for several rows) or ``struck`` (a part of the
        text is struck through).
    """

    cell: str
    flaw: str

    def __new__(cls, text: str, cell: str, flaw: str) -> "Flawed":
        """A text with the place and kind of its flaw."""
        made = super().__new__(cls, text)
        made.cell, made.flaw = cell, flaw
        return made

    def __reduce__(self) -> tuple[type["Flawed"], tuple[str, str, str]]:
        return type(self), (str(self), self.cell, self.flaw)


@dataclass(frozen=True, slots=True)
class Merge:
    """Cells made one: rows as the file counts them, columns from 0, both ends included."""

    top: int
    left: int
    bottom: int
    right: int


@dataclass(slots=True)
class Grid:
    """Rows that hold something, in the order of the file.

    Parameters
    ----------
    rows : list of list
        Cells; None is blank, bytes are text of `encoding`. Rows need not be of one length.
    numbers : list of int
        Number of each row in the file, from 1.
    sheet : str
        Name of the sheet; empty for text.
    merges : sequence of Merge
        Cells made one.
    hidden_rows, hidden_columns : frozenset of int
        Numbers of rows; columns from 0.
    struck : mapping
        Columns of cells that are struck through, by the number of their row.
    encoding : str
        Of bytes, as far as the look of the table needs it; empty: Latin-1.
    separator : str
        What parts the cells of a text; a row of other length is then broken. Empty for a sheet.
    decode : callable
        Bytes as text, for the look of the table only.
    merged_at : mapping
        Merges by their first row.
    """

    rows: list[list[Any]]
    numbers: list[int]
    sheet: str = ""
    merges: Sequence[Merge] = ()
    hidden_rows: frozenset[int] = frozenset()
    hidden_columns: frozenset[int] = frozenset()
    struck: Mapping[int, frozenset[int]] = field(default_factory=dict)
    encoding: str = ""
    separator: str = ""
    decode: Callable[[bytes], str] = field(default=lambda raw: raw.decode("latin-1"))
    merged_at: Mapping[int, list[Merge]] = field(init=False)

    def __post_init__(self) -> None:
        by_top: dict[int, list[Merge]] = {}
        for merge in self.merges:
            by_top.setdefault(merge.top, []).append(merge)
        self.merged_at = by_top

    def text(self, cell: Any) -> str:
        """A cell as text, empty for a blank one."""
        if cell is None:
            return ""
        if isinstance(cell, bytes):
            cell = cell.decode("ascii") if cell.isascii() else self.decode(cell)
        if isinstance(cell, str) and cell.isascii() and cell.isprintable() and "  " not in cell:
            return cell.strip()  # most cells of a long table: nothing to fold
        return nfc(cell) if isinstance(cell, str) else f"{cell:.15g}" if isinstance(cell, float) else str(cell)

    def value(self, cell: Any) -> str | float | None:
        """A cell as text or number, None for a blank one."""
        if isinstance(cell, int | float) and not isinstance(cell, bool):
            return float(cell)
        return self.text(cell) or None

    def cell(self, row: int, column: int) -> str:
        """Name of a cell as Excel has it, by the row's number in the file."""
        return f"{self.sheet}!{letters(column)}{row}"


def letters(column: int) -> str:
    """Letters of a column, from 0: ``A``, ``Z``, ``AA``."""
    found, rest = "", column + 1
    while rest:
        rest, last = divmod(rest - 1, 26)
        found = chr(65 + last) + found
    return found


def spans(numbers: Iterable[int], most: int = 12) -> str:
    """Numbers in one line, neighbours as a span: ``5–7, 9``."""
    found: list[list[int]] = []
    for n in sorted(set(numbers)):
        if found and n == found[-1][1] + 1:
            found[-1][1] = n
        else:
            found.append([n, n])
    texts = [str(a) if a == b else f"{a}–{b}" for a, b in found]
    return ", ".join(texts[:most]) + (" ..." if len(texts) > most else "")


def flaws(cells: Cells, column: str, where: str, names: Sequence[str]) -> list[Problem]:
    """One problem for each kind of flaw among the cells of a column, naming the cells."""
    flawed = [(i, cell) for i, cell in enumerate(cells) if isinstance(cell, Flawed)]
    found = []
    for flaw, key in _KEYS.items():
        rows = [(i, cell) for i, cell in flawed if cell.flaw == flaw]
        if not rows:
            continue
        places = list(dict.fromkeys(cell.cell for _, cell in rows))
        shown = ", ".join(f"{cell.cell} {cell}" if flaw == "error" else cell.cell for _, cell in rows[:5])
        facts: dict[str, str | int | float] = {
            "column": column[:60],
            "n": len(places),
            "cells": shown if flaw == "error" else ", ".join(places[:5]),
        }
        found.append(Problem(key, where, facts, tuple(names[i] for i, _ in rows)))
    return found
