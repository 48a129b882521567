"""Statutory forms: titles and headings by message, the columns in the order of the form."""

import re
from collections.abc import Sequence

from geoplan.messages import known, say
from geoplan.reports.sheets import HECTARES, TEXT

_TEXT_COLUMNS = ("row", "row_code", "row_label")
_OWNER = re.compile(r"owner_(\d+)")


def form_title(name: str, lang: str) -> str:
    """Title of a form with the source of its layout."""
    return say(f"form.{name}", lang) if known(f"form.{name}") else name


def form_columns(name: str, columns: Sequence[str], lang: str) -> list[tuple[str, str, str]]:
    """Column, label and number format, in the order given."""
    return [(column, _label(name, column, lang), TEXT if column in _TEXT_COLUMNS else HECTARES) for column in columns]


def _label(name: str, column: str, lang: str) -> str:
    owner = _OWNER.fullmatch(column)
    if owner is not None and known(f"form.{name}.owner"):
        return say(f"form.{name}.owner", lang, code=owner[1])
    key = f"form.{name}.{column}"
    return say(key, lang) if known(key) else column
