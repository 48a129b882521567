"""From rows of cells to an opened layer: headings, rows that are features, coordinates, and what must be said of it."""

from bisect import bisect_left, bisect_right

import numpy as np
from pyproj import CRS

from geoplan.errors import InputError, Problem
from geoplan.formats import figure_columns, headings, rows_apart, struck
from geoplan.formats.axes import TAKEN, Axes
from geoplan.formats.coordinates import located
from geoplan.formats.grids import Flawed, Grid, flaws, letters, spans
from geoplan.formats.headings import Headings
from geoplan.formats.naming import listed
from geoplan.formats.opened import Cells, Opened
from geoplan.formats.records import LayerSpec
from geoplan.formats.rows_apart import Apart
from geoplan.formats.verdict import Verdict

MOST_CELLS = 3_000_000
MOST_COLUMNS = 5_000
MOST_ROWS = 1_048_576
"""As many as a sheet of Excel has."""
_SHOWN = 5


def opened(grid: Grid, spec: LayerSpec, sha256: str, encoding: str = "") -> Opened:
    """A table as a layer.

    Parameters
    ----------
    grid : Grid
        Rows of the sheet or text.
    spec : LayerSpec
        What was asked for; its `columns` may name the coordinate columns.
    sha256 : str
        Of the file.
    encoding : str
        Of bytes, as the file itself declares it.

    Raises
    ------
    InputError
        ``layer.table_blank``, ``layer.table_no_headings``,
        ``layer.csv_no_coordinates``, ``layer.coordinates_rivals``, ``layer.csv_ragged``.
    """
    found, axes, columns, marks, said = columns_of(grid, spec)
    flawed = frozenset(i for name in axes.columns for i, cell in enumerate(columns[name]) if isinstance(cell, Flawed))
    for name in axes.columns:
        said.refuse(flaws(columns[name], name, spec.shown, marks))
    places = located({**columns, **_bare(columns, axes)}, axes, marks, spec, grid.value)
    said.add(places.said)
    return Opened(
        columns=columns,
        shapes=places.shapes,
        crs=places.crs,
        assumed=CRS.from_user_input("EPSG:4326") if places.degrees else None,
        places=marks,
        sha256=sha256,
        encoding=encoding,
        repeated=frozenset(n for n in found.names if n and found.names.count(n) > 1),
        taken=TAKEN,
        told=places.told | flawed,
        said=said,
    )


def columns_of(grid: Grid, spec: LayerSpec) -> tuple[Headings, Axes, dict[str, Cells], tuple[str, ...], Verdict]:
    """Headings, the columns that name a row's place, all columns, the rows' names, and what must be said.

    Raises
    ------
    InputError
        As `opened`; ``layer.figures_no_communes`` for a table of figures.
    """
    found, axes = _headings(grid, spec)
    said = Verdict()
    apart = rows_apart.told_apart(grid, found)
    _say_apart(grid, found, apart, spec, said)
    _say_hidden(grid, found, apart, spec, said)
    said.tell(struck.told(grid, found, apart, spec.shown))
    _same_width(grid, found, apart, spec)
    _fill_merged(grid, found, apart, spec, said)
    marks = tuple(f"#{grid.numbers[at]}" for at in apart.features)
    return found, axes, _columns(grid, found, apart), marks, said


def _bare(columns: dict[str, Cells], axes: Axes) -> dict[str, Cells]:
    """The coordinate columns without cells that have been refused already."""
    found = {name: columns[name].copy() for name in axes.columns}
    for cells in found.values():
        cells[[isinstance(cell, Flawed) for cell in cells]] = None
    return found


def too_big(row: int, shown: str) -> Problem:
    """``layer.table_too_big`` at a row."""
    facts: dict[str, str | int | float] = {
        "row": str(row),
        "rows": MOST_ROWS,
        "most": MOST_CELLS,
        "columns": MOST_COLUMNS,
    }
    return Problem("layer.table_too_big", shown, facts)


def _headings(grid: Grid, spec: LayerSpec) -> tuple[Headings, Axes]:
    if not grid.rows:
        raise InputError(Problem("layer.table_blank", spec.shown, {}))
    found = headings.find(grid, spec)
    if found is None:
        raise InputError(Problem("layer.table_no_headings", spec.shown, {"row": str(grid.numbers[0])}))
    if found.axes is None:
        rows = _rows_of(grid, found)
        facts = {"columns": listed(n for n in found.names if n), "rows": rows}
        figures = spec.role == figure_columns.ROLE
        key = "layer.figures_no_communes" if figures else "layer.csv_no_coordinates"
        raise InputError(Problem(key, spec.shown, facts))
    rivals = found.axes.rivals or tuple(n for n in found.axes.columns if found.names.count(n) > 1)
    if rivals:
        raise InputError(Problem("layer.coordinates_rivals", spec.shown, {"columns": listed(rivals)}))
    return found, found.axes


def _rows_of(grid: Grid, found: Headings) -> str:
    """Numbers of the rows of headings, as the file counts them."""
    return spans(grid.numbers[found.top : found.top + found.height])


def _say_apart(grid: Grid, found: Headings, apart: Apart, spec: LayerSpec, said: Verdict) -> None:
    """Every row that is not read as a feature is named."""
    above = [*grid.numbers[: found.top], *apart.indices, *apart.repeated]
    if above or found.height > 1:
        facts: dict[str, str | int | float] = {"rows": _rows_of(grid, found), "others": spans(above) or "–"}
        said.tell(Problem("layer.table_headings", spec.shown, facts))
    for at in range(found.top):
        unit = headings.unit_of_title(grid, at)
        if unit:
            said.tell(Problem("layer.table_unit_above", spec.shown, {"row": str(grid.numbers[at]), "unit": unit[:40]}))
    for key, rows in (
        ("layer.table_totals", apart.totals),
        ("layer.table_sections", apart.sections),
        ("layer.table_notes", apart.notes),
    ):
        if rows:
            said.tell(Problem(key, spec.shown, {"n": len(rows), "rows": spans(rows)}))


def _say_hidden(grid: Grid, found: Headings, apart: Apart, spec: LayerSpec, said: Verdict) -> None:
    """Rows that the office has hidden or filtered away are read: leaving them out would be a wrong number."""
    rows = [grid.numbers[at] for at in apart.features if grid.numbers[at] in grid.hidden_rows]
    if rows:
        facts: dict[str, str | int | float] = {"n": len(rows), "rows": spans(rows), "sheet": grid.sheet}
        said.tell(Problem("layer.table_hidden_rows", spec.shown, facts, tuple(f"#{n}" for n in rows)))
    hidden = [(i, n) for i, n in enumerate(found.names) if n and i in grid.hidden_columns]
    if hidden:
        shown = ", ".join(f"{letters(i)} “{n[:40]}”" for i, n in hidden[:10])
        said.tell(Problem("layer.table_hidden_columns", spec.shown, {"n": len(hidden), "columns": shown}))
    bare = sorted(
        {
            i
            for at in apart.features
            for i, cell in enumerate(grid.rows[at])
            if cell is not None and (not found.names[i] if i < len(found.names) else not grid.separator)
        }
    )
    if bare:
        shown = ", ".join(letters(i) for i in bare[:10])
        said.tell(Problem("layer.table_no_heading", spec.shown, {"n": len(bare), "columns": shown}))


def _same_width(grid: Grid, found: Headings, apart: Apart, spec: LayerSpec) -> None:
    """Refuse lines of a text with other columns than the headings."""
    width = max((i + 1 for i, name in enumerate(found.names) if name), default=0)
    if not grid.separator:
        return
    ragged = [
        grid.numbers[at]
        for at in apart.features
        if len(grid.rows[at]) < width or any(c is not None for c in grid.rows[at][width:])
    ]
    if ragged:
        facts: dict[str, str | int | float] = {
            "n": len(ragged),
            "columns": width,
            "delimiter": grid.separator.replace("\t", "Tab"),
        }
        raise InputError(Problem("layer.csv_ragged", spec.shown, facts, tuple(f"#{n}" for n in ragged)))


def _fill_merged(grid: Grid, found: Headings, apart: Apart, spec: LayerSpec, said: Verdict) -> None:
    """A merged cell counts for all its rows; a number is not to be counted more than once, so it is flawed."""
    below = grid.numbers[found.top + found.height - 1]
    at_number = {grid.numbers[at]: at for at in apart.features}
    places = {i for i, n in enumerate(found.names) if found.axes is not None and n in found.axes.columns}
    filled: list[str] = []
    cells = 0
    numbers = sorted(at_number)
    for merge in sorted(grid.merges, key=lambda m: (m.top, m.left)):
        if merge.top <= below or merge.bottom == merge.top or merge.left >= len(found.names):
            continue
        within = numbers[bisect_left(numbers, merge.top) : bisect_right(numbers, merge.bottom)]
        rows = [at_number[n] for n in within]
        cells += len(rows)
        if cells > MOST_CELLS:
            raise InputError(too_big(merge.top, spec.shown))
        first = grid.rows[rows[0]] if rows and grid.numbers[rows[0]] == merge.top else []
        value = first[merge.left] if merge.left < len(first) else None
        if value is None or len(rows) < 2:
            continue
        name = f"{grid.cell(merge.top, merge.left)}:{letters(merge.right)}{merge.bottom}"
        if isinstance(value, int | float) and merge.left not in places:
            value = Flawed(grid.text(value), name, "merged")
        filled.append(name)
        for at in rows:
            row = grid.rows[at]
            row.extend([None] * (merge.left + 1 - len(row)))
            row[merge.left] = value
    if filled:
        said.tell(Problem("layer.table_merged", spec.shown, {"n": len(filled), "cells": listed(filled, _SHOWN)}))


def _columns(grid: Grid, found: Headings, apart: Apart) -> dict[str, Cells]:
    columns: dict[str, Cells] = {}
    for i, name in enumerate(found.names):
        if name and name not in columns:
            cells = np.empty(len(apart.features), dtype=object)
            cells[:] = [row[i] if i < len(row) else None for at in apart.features for row in [grid.rows[at]]]
            columns[name] = cells
    return columns
