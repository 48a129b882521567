"""Figures of the communes of today on the disk: a sheet or a text like the one they came in, with its record."""

import csv
import hashlib
import io
import json
import math
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
from openpyxl import Workbook

import geoplan
from geoplan import writing
from geoplan.formats.places import relative
from geoplan.intake.landing import RECORD, Landed, put, refuse_standing, slug
from geoplan.intake.old_figures import Brought, Merging
from geoplan.intake.record import NOT_STATED
from geoplan.intake.records import Asked
from geoplan.messages import spoken
from geoplan.reports.packing import packed
from geoplan.reports.sheets import HECTARES, TEXT, Heading, add_sheet
from geoplan.text import safe
from geoplan.writing import scratch

_NAME = "_xa_moi"
_SHEET = "Xã mới"
_KEYS = ("unit_code", "unit_name", "old_codes")
_KNOWN, _ESTIMATED = "_known", "_estimated"


def land(
    made: Brought, merging: Merging, asked: Asked, root: Path, folder: Path, inputs: Sequence[Path], *, replace: bool
) -> Landed:
    """Write the table and its record, whole or not at all.

    Parameters
    ----------
    made : Brought
        Without an error.
    merging : Merging
    asked : Asked
        Source, licence and date for the record.
    root : Path
        The record names the file relative to it.
    folder : Path
        Made if absent.
    inputs : sequence of Path
        Nothing is written over one of them.
    replace : bool
        True: an existing file of other content gives way.

    Raises
    ------
    InputError
        ``intake.exists``, ``write.over_input``.
    PlaceUnavailable
        As `writing.write_file`.
    """
    ending = ".csv" if made.path.suffix.casefold() in {".csv", ".tsv"} else ".xlsx"
    final = folder / f"{slug(made.path.stem)}{_NAME}{ending}"
    table = clean(made, merging)
    data = _csv(table) if ending == ".csv" else _xlsx(table, merging.valid_on)
    paper = final.with_name(f"{final.stem}{RECORD}")
    writing.check_writable(folder)
    with scratch() as room:
        pairs = [(Path(room) / final.name, final), (Path(room) / paper.name, paper)]
        writing.write_bytes(pairs[0][0], data)
        writing.write_bytes(pairs[1][0], _record(made, merging, asked, root, final.name, data))
        refuse_standing(pairs, inputs, replace=replace)
        anew = [put(source, place) for source, place in pairs]
    return Landed(made.shown, "", final, paper, any(anew))


def clean(made: Brought, merging: Merging) -> pd.DataFrame:
    """The table as it is written: codes, names, old codes; each figure, and beside it what is known or estimated of it.

    Raises
    ------
    ValueError
        For a table with errors.
    """
    if made.table is None:
        raise ValueError(f"{made.shown} has errors")
    found = made.table
    table = found[["unit_code", "unit_name"]].copy()
    table["old_codes"] = [", ".join(olds) for olds in came_from(made, merging).values()]
    for name in made.columns:
        table[_free(name, table)] = found[name]
        if found[name].isna().any():
            table[_free(f"{name}{_KNOWN}", table)] = found[f"{name}{_KNOWN}"]
        if found[f"{name}{_ESTIMATED}"].any():
            table[_free(f"{name}{_ESTIMATED}", table)] = found[f"{name}{_ESTIMATED}"]
    return table


def came_from(made: Brought, merging: Merging) -> dict[str, list[str]]:
    """Old codes of the file that each new commune is made of."""
    units = [] if made.table is None else made.table["unit_code"].tolist()
    found: dict[str, list[str]] = {unit: [] for unit in units}
    for code in sorted(made.old):
        for unit in merging.lineage.may_reach(code, merging.valid_on):
            if unit in found:
                found[unit].append(code)
    return found


def _free(name: str, table: pd.DataFrame) -> str:
    free = name
    while free in table.columns:
        free += "_"
    return free


def _number(value: float) -> int | float | None:
    if math.isnan(value):
        return None
    value = round(value, 6)  # sums of decimals: 0.30000000000000004 is 0.3
    return int(value) if value.is_integer() and abs(value) < 2**53 else value


def _rows(table: pd.DataFrame) -> list[list[Any]]:
    return [
        [value if name in _KEYS else _number(float(value)) for name, value in zip(table.columns, row, strict=True)]
        for row in table.itertuples(index=False, name=None)
    ]


def _csv(table: pd.DataFrame) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([safe.csv_cell(str(name)) for name in table.columns])
    for row in _rows(table):
        writer.writerow([safe.csv_cell(v) if isinstance(v, str) else "" if v is None else v for v in row])
    return out.getvalue().encode("utf-8-sig")


def _xlsx(table: pd.DataFrame, day: date) -> bytes:
    book = Workbook()
    book.remove(book.active)
    headings = [Heading(str(name), TEXT if name in _KEYS else HECTARES) for name in table.columns]
    rows = _rows(table)
    for heading_at, name in enumerate(table.columns):
        whole = all(isinstance(row[heading_at], int | None) for row in rows)
        if name not in _KEYS and whole:
            headings[heading_at] = Heading(str(name), "#,##0")
    add_sheet(book, _SHEET, (), headings, rows)
    return packed(book, day)


def _record(made: Brought, merging: Merging, asked: Asked, root: Path, name: str, data: bytes) -> bytes:
    """Where the figures came from, which code went where, and each sum before and after. No clock, no machine."""
    document = {
        "geoplan": geoplan.__version__,
        "made": {"file": name, "sha256": hashlib.sha256(data).hexdigest()},
        "source": {
            "file": relative(made.path, root, made.path.name),
            "sha256": made.sha256,
            "from": asked.source or NOT_STATED,
            "licence": asked.licence or NOT_STATED,
            "date": asked.date or NOT_STATED,
        },
        "valid_on": merging.valid_on.isoformat(),
        "crosswalk": {"file": merging.lineage.where, "sha256": merging.lineage.sha256},
        "communes": [{"unit_code": unit, "old_codes": olds} for unit, olds in came_from(made, merging).items()],
        "columns": [
            {"column": column, "sum_before": _number(before), "sum_after": _number(after)}
            for column, (before, after) in made.sums.items()
        ],
        "left_out": [{"column": column, "because": why} for column, why in made.left.items()],
        "warnings": [
            {
                "key": p.key,
                "vi": spoken(p, "vi").found,
                "en": spoken(p, "en").found,
                "facts": dict(p.facts),
                "rows": list(p.feature_ids),
            }
            for p in made.warnings
        ],
    }
    return (json.dumps(document, ensure_ascii=False, allow_nan=False, indent=1) + "\n").encode()
