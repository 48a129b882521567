"""Statutory forms: titles and headings by message, the columns in the order of the form."""

import re
from collections.abc import Sequence
from typing import Any

import pandas as pd

from geoplan.forms import FORM_04_COLUMNS
from geoplan.messages import known, say
from geoplan.reports.sheets import HECTARES, TEXT

_TEXT_COLUMNS = ("row", "row_code", "row_label", "cell", "reason", "lot_id")
_SPOKEN = {"cell": "reconciliation.cell", "reason": "reconciliation.reason"}
"""Columns that hold keys, and where their words stand."""
_NUMBERS = {"form_04": {column: str(number) for number, column in enumerate(FORM_04_COLUMNS, start=3)}}
_NUMBERED = re.compile(r"c(\d+)")
_OWNER = re.compile(r"owner_(\d+)")


def form_title(name: str, lang: str) -> str:
    """Title of a form with the source of its layout."""
    return say(f"form.{name}", lang) if known(f"form.{name}") else name


def form_columns(name: str, columns: Sequence[str], lang: str) -> list[tuple[str, str, str]]:
    """Column, label and number format, in the order given."""
    return [(column, _label(name, column, lang), TEXT if column in _TEXT_COLUMNS else HECTARES) for column in columns]


def spoken_value(name: str, column: str, value: Any, lang: str) -> Any:
    """A value as a reader meets it: words for keys; None where a table of ours has nothing to say."""
    if column in _SPOKEN and isinstance(value, str):
        key = f"{_SPOKEN[column]}.{value}"
        return say(key, lang) if known(key) else value
    if pd.isna(value):
        return say("xlsx.not_known", lang) if name.startswith("form_") else None
    return value


def column_number(name: str, column: str) -> str:
    """Number that the form prints under a column's heading; empty where it prints none."""
    numbered = _NUMBERED.fullmatch(column)
    return numbered[1] if numbered else _NUMBERS.get(name, {}).get(column, "")


def _label(name: str, column: str, lang: str) -> str:
    owner = _OWNER.fullmatch(column)
    if owner is not None and known(f"form.{name}.owner"):
        return say(f"form.{name}.owner", lang, code=owner[1])
    key = f"form.{name}.{column}"
    return say(key, lang) if known(key) else column
