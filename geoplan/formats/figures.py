"""Tables of figures by commune, from a sheet or a text: rows and columns as they are, without any shape."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from geoplan.errors import InputError, Problem
from geoplan.formats import csv_table, encodings, figure_columns, places, tables, xlsx
from geoplan.formats.grids import Grid
from geoplan.formats.naming import listed
from geoplan.formats.opened import Cells
from geoplan.formats.opening import format_of
from geoplan.formats.records import LayerSpec
from geoplan.formats.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Figures:
    """One table.

    Parameters
    ----------
    columns : mapping of str to array of object
        Cells by heading: numbers, text, `grids.Flawed`, None.
    rows : tuple of str
        Name of each row: ``#5``.
    fields : mapping of str to str
        ``unit_code``, ``name``, ``district``, ``province``: their headings; absent where there is none.
    sha256 : str
        Of the file.
    repeated : frozenset of str
        Headings that several columns have; only the first is in `columns`.
    said : Verdict
        What opening has found.
    """

    columns: Mapping[str, Cells]
    rows: tuple[str, ...]
    fields: Mapping[str, str]
    sha256: str
    repeated: frozenset[str]
    said: Verdict


def open_figures(spec: LayerSpec) -> Figures:
    """The table of a file.

    Parameters
    ----------
    spec : LayerSpec
        Of the role `figure_columns.ROLE`; `columns` may name the columns of `Figures.fields`.

    Raises
    ------
    InputError
        ``layer.figures_format``, ``layer.figures_no_communes``, ``layer.figures_letters``; those of the formats.
    """
    places.refuse_addresses(spec.shown, spec.path)
    spec = replace(spec, path=places.on_disk(spec.path))
    kind = format_of(spec)
    if kind is xlsx.FORMAT:
        try:
            grid, sha256, told = xlsx.grid_of(spec)
        except InputError as error:
            together = _together(spec) if error.key == "layer.sheets_several" else None
            if together is None:
                raise
            return together
    elif kind is csv_table.FORMAT:
        grid, sha256, _ = csv_table.grid_of(spec)
        told = []
        _as_text(grid, spec)
    else:
        known = ", ".join((*xlsx.FORMAT.endings, *csv_table.FORMAT.endings))
        raise InputError(Problem("layer.figures_format", spec.shown, {"format": kind.name, "known": known}))
    return _table(grid, spec, sha256, told)


def _together(spec: LayerSpec) -> Figures | None:
    """Sheets of the same headings, a district a sheet, as one table; None where they differ."""
    found = xlsx.grids_together(spec)
    if found is None:
        return None
    grids, sha256, told = found
    parts = [_table(g, spec, sha256, []) for g in grids]
    first = parts[0]
    if any(list(p.columns) != list(first.columns) or p.repeated != first.repeated for p in parts):
        return None
    rows = tuple(f"{g.sheet}!{row}" for g, p in zip(grids, parts, strict=True) for row in p.rows)
    facts: dict[str, str | int | float] = {"n": len(grids), "sheets": listed(g.sheet for g in grids), "rows": len(rows)}
    said = Verdict()
    for part in parts:
        said.add(part.said)
    said.tell([*told, Problem("layer.sheets_joined", spec.shown, facts)])
    columns = {name: np.concatenate([p.columns[name] for p in parts]) for name in first.columns}
    return Figures(columns, rows, first.fields, sha256, first.repeated, said)


def _table(grid: Grid, spec: LayerSpec, sha256: str, told: list[Problem]) -> Figures:
    found, _, columns, rows, said = tables.columns_of(grid, spec)
    said.tell(told)
    names = [n for n in found.names if n]
    fields = {
        f: c for f in ("unit_code", "name", "district", "province") if (c := figure_columns.column(names, f, spec))
    }
    return Figures(columns, rows, fields, sha256, frozenset(n for n in names if names.count(n) > 1), said)


def _as_text(grid: Grid, spec: LayerSpec) -> None:
    """Bytes of all cells as text, in the one encoding of the file."""
    raws = [c for row in grid.rows for c in row if isinstance(c, bytes) and not c.isascii()]
    if not raws and not any(isinstance(c, bytes) for row in grid.rows for c in row):
        return
    encoding = (encodings.of_column(raws, spec, grid.encoding) or grid.encoding) if raws else "ascii"
    bad = [
        f"#{number}"
        for number, row in zip(grid.numbers, grid.rows, strict=True)
        if any(isinstance(c, bytes) and (not encoding or encodings.decoded(c, encoding)[0] is None) for c in row)
    ]
    if bad:
        raise InputError(Problem("layer.figures_letters", spec.shown, {"n": len(bad)}, tuple(bad)))
    for row in grid.rows:
        row[:] = [encodings.decoded(c, encoding)[0] if isinstance(c, bytes) else c for c in row]


def texts(cells: Cells) -> list[str]:
    """Cells as trimmed text; whole numbers without a fraction, empty for blank."""
    grid = Grid([], [])
    whole = [int(c) if isinstance(c, float) and np.isfinite(c) and c.is_integer() else c for c in cells.tolist()]
    return [grid.text(c) for c in whole]
