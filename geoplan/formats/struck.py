"""What an office has struck through in a sheet: told with what it adds up to, as nobody can see whether it counts."""

import re
from collections.abc import Sequence

from geoplan.errors import Problem
from geoplan.formats.grids import Grid, letters, spans
from geoplan.formats.headings import Headings
from geoplan.formats.naming import listed
from geoplan.formats.rows_apart import Apart
from geoplan.text.letters import fold

_AMOUNT = re.compile(
    r"dien.?tich|dtich|\bdt\b|\bdt_|\bha\b|_ha\b|hecta|m2\b|m²|area|khau|nguoi|people|dan.?so|so.?ho\b|households"
)
"""Headings of columns whose sum says how much is struck: ground, people, households."""
_SHOWN = 5


def told(grid: Grid, found: Headings, apart: Apart, where: str) -> list[Problem]:
    """Rows that are struck through at least by half, with the sums of their amounts; cells in other rows.

    They are read all the same: leaving them out without being asked would be a wrong number as well.
    """
    rows: list[int] = []
    cells: list[str] = []
    for at in apart.features:
        number = grid.numbers[at]
        crossed = grid.struck.get(number, frozenset())
        filled = [i for i, cell in enumerate(grid.rows[at]) if cell is not None]
        if crossed and 2 * len(crossed) >= len(filled):
            rows.append(at)
        else:
            cells += [grid.cell(number, i) for i in sorted(crossed)]
    said = []
    if rows:
        numbers = [grid.numbers[at] for at in rows]
        facts: dict[str, str | int | float] = {
            "n": len(rows),
            "rows": spans(numbers),
            "sheet": grid.sheet,
            "sums": _sums(grid, found, rows) or "–",
        }
        said.append(Problem("layer.table_struck_rows", where, facts, tuple(f"#{n}" for n in numbers)))
    if cells:
        said.append(Problem("layer.table_struck_cells", where, {"n": len(cells), "cells": listed(cells, _SHOWN)}))
    return said


def _sums(grid: Grid, found: Headings, rows: Sequence[int]) -> str:
    """Sums of the columns of amounts over some rows: “Nhân khẩu” 8."""
    sums = []
    for i, name in enumerate(found.names):
        if not name or not _AMOUNT.search(fold(name)):
            continue
        numbers = [c for at in rows if i < len(grid.rows[at]) and isinstance(c := grid.rows[at][i], int | float)]
        if numbers:
            sums.append(f"{letters(i)} “{name[:40]}” = " + f"{sum(numbers):.10g}".replace(".", ","))
    return "; ".join(sums[:_SHOWN])
