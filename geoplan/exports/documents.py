"""``results.json``: every figure in long form, for scripts.

Numbers are rounded to six decimals (a hundredth of a square metre); what is not known is null. Rows go by measure,
unit and column, in an order that no executor changes.
"""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from geoplan.errors import Problem
from geoplan.exports.bundle import Bundle
from geoplan.messages import spoken
from geoplan.results import Column, Result
from geoplan.text import safe

DECIMALS = 6
"""Decimals of a figure in the files for programs."""

INTERVAL = ("_low", "_high", "_n")
"""Endings of the columns that hold a figure's interval and the points that it rests on."""

_LEVELS = {"total": 0, "commune": 1, "village": 2}
_TARGET_FIELDS = (
    "target_id", "unit_code", "unit_name", "indicator", "comparator", "strict", "year", "from_year", "to_year", "mode",
    "counted_as", "target", "unit", "value", "gap", "expected", "status", "trajectory", "feasibility",
    "sentence", "source",
)  # fmt: skip


def results_json(bundle: Bundle) -> bytes:
    """``results.json`` of a bundle, in UTF-8 with LF and a line end.

    Raises
    ------
    ValueError
        If a figure is infinite.
    """
    results = sorted(bundle.results, key=lambda result: result.measure)
    content = {
        "geoplan": bundle.version,
        "project": {"name": bundle.name, "as_of": bundle.as_of, "crs": bundle.crs, "synthetic": bundle.synthetic},
        "inputs": [_fields(s, ("role", "path", "sha256", "rows", "crs", "crs_operation")) for s in bundle.sources],
        "measures": [_measure(result) for result in results],
        "results": [row for result in results for row in _figures(result, bundle.lang)],
        "breakdown": [row for result in results for row in _long(result, result.breakdown)],
        "series": [row for result in results for row in _long(result, result.series)],
        "targets": [
            _target(s, bundle.lang)
            for s in sorted(bundle.standings, key=lambda s: (str(s.unit_code), str(s.target_id)))
        ],
        "contradictions": [dict(row) for row in bundle.contradictions],
        "warnings": sorted(
            (_fields(w, ("key", "where", "found", "fix", "feature_ids")) for w in bundle.warnings),
            key=lambda w: (w["key"], w["where"], w["found"]),
        ),
    }
    return (json.dumps(_plain(content), ensure_ascii=False, allow_nan=False, indent=1) + "\n").encode()


def ordered(table: pd.DataFrame) -> pd.DataFrame:
    """A result's table with totals first, then communes, then villages, each by code."""
    level = table["level"].map(_LEVELS).fillna(len(_LEVELS))
    order = pd.DataFrame({"level": level, "code": table["unit_code"].astype(str)}).sort_values(
        ["level", "code"], kind="stable"
    )
    return table.loc[order.index].reset_index(drop=True)


def _fields(record: Any, names: Sequence[str]) -> dict[str, Any]:
    return {name: getattr(record, name) for name in names}


def _measure(result: Result) -> dict[str, Any]:
    evidence = result.evidence
    return {
        "measure": result.measure,
        "shows": result.shows,
        "settings": {name: evidence.settings[name] for name in sorted(evidence.settings)},
        "crs_operation": evidence.crs_operation,
        "sources": sorted({(s.role, s.path) for s in evidence.sources}),
    }


def _figures(result: Result, lang: str) -> Iterator[dict[str, Any]]:
    """One row a unit and column. Its interval and sample stand in the table as ``<column>_low``, ``_high``, ``_n``."""
    for row in ordered(result.table).to_dict("records"):
        for column in result.columns:
            unit_code = str(row["unit_code"])
            yield {
                "measure": result.measure,
                "unit_code": unit_code,
                "unit_name": row["unit_name"],
                "level": row["level"],
                "column": column.name,
                "value": row.get(column.name),
                "unit": column.unit,
                "low": row.get(f"{column.name}_low"),
                "high": row.get(f"{column.name}_high"),
                "n": _count(row.get(f"{column.name}_n")),
                "note": _note(result, column, (unit_code, str(row["unit_name"])), lang),
            }


def _count(value: Any) -> int | None:
    return None if value is None or pd.isna(value) else int(value)


def _note(result: Result, column: Column, unit: tuple[str, str], lang: str) -> str | None:
    """Sentences of the notes that are of this column and of this unit (its code and name)."""
    codes, names = (set(result.table[name].astype(str)) for name in ("unit_code", "unit_name"))
    mine = [n for n in result.notes if n.facts.get("column") == column.name and _concerns(n, unit, codes, names)]
    return " ".join(spoken(note, lang).found for note in mine) or None


def _concerns(note: Problem, unit: tuple[str, str], codes: set[str], names: set[str]) -> bool:
    """True where the note names this unit, by code, among its features or by name, or names none."""
    code, name = unit
    if "unit_code" in note.facts:
        return str(note.facts["unit_code"]) == code
    if note.feature_ids and codes.issuperset(note.feature_ids):
        return code in note.feature_ids
    named = str(note.facts.get("unit", ""))
    return named not in names or named == name


def _long(result: Result, frame: pd.DataFrame) -> Iterator[dict[str, Any]]:
    """Rows of a breakdown or series, sorted by all but the value."""
    keys = [name for name in frame.columns if name != "value"]
    by_text = frame.sort_values(keys, key=lambda values: values.astype(str), kind="stable")
    for row in by_text.to_dict("records"):
        yield {"measure": result.measure, **{str(name): value for name, value in row.items()}}


def _target(standing: Any, lang: str) -> dict[str, Any]:
    """A standing under the names of the contract: ``target`` for what is asked, ``value`` for what is."""
    row = {name: getattr(standing, "actual" if name == "value" else name) for name in _TARGET_FIELDS}
    said = [spoken(part, lang) if isinstance(part, Problem) else part for part in standing.feasibility]
    return row | {"feasibility": [part.found for part in said]}


def _plain(value: Any) -> Any:
    """Numbers rounded, unknown as null, dates as ISO text, texts that any file can carry."""
    if isinstance(value, Mapping):
        return {safe.plain(str(name)): _plain(part) for name, part in value.items()}
    if isinstance(value, set | frozenset):
        return [_plain(part) for part in sorted(value)]
    if isinstance(value, Sequence | np.ndarray) and not isinstance(value, str):
        return [_plain(part) for part in value]
    return _scalar(value)


def _scalar(value: Any) -> str | bool | int | float | None:
    if value is None or value is pd.NA or value is pd.NaT:
        return None
    if isinstance(value, bool | np.bool_):
        return bool(value)
    if isinstance(value, int | np.integer):
        return int(value)
    if isinstance(value, float | np.floating):
        return None if math.isnan(value) else round(float(value), DECIMALS) + 0.0
    return value.isoformat() if isinstance(value, date) else safe.plain(str(value))
