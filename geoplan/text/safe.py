"""Text made safe for where it goes: a user's text stays readable, and never becomes markup, a formula, a path or SQL.

Lone surrogates and control characters, which no file may carry, become U+FFFD everywhere.
"""

import json
import re
from typing import Any

from geoplan.text.file_names import file_name

__all__ = ["balloon", "cell", "csv_cell", "docx", "file_name", "html", "json_in_html", "plain", "sql_name"]

_BROKEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_REPLACED = "�"
_HTML = str.maketrans(
    {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;", "`": "&#96;", "$": "&#36;", "\\": "&#92;"}
)
_JSON = str.maketrans(
    {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029", "`": "\\u0060"}
)
_FORMULA = re.compile(r"\s*[=+\-@＝＋－＠]|[\t\r\n]")
_EXCEL_ESCAPE = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
_EXCEL_LIMIT = 32_767
_BALLOON = str.maketrans({"<": "‹", ">": "›"})
_XML = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&apos;"})


def plain(text: str) -> str:
    """Text that any file can carry: control characters but tab and line ends, and lone surrogates, are U+FFFD."""
    return _BROKEN.sub(_REPLACED, text)


def html(text: str) -> str:
    """Text for HTML content and quoted attributes, also inside a JavaScript template literal (folium popups).

    Examples
    --------
    >>> html("<b>${a}`")
    '&lt;b&gt;&#36;{a}&#96;'
    """
    return plain(text).translate(_HTML)


def json_in_html(value: Any, *, sort_keys: bool = False) -> str:
    """JSON for ``<script type="application/json">`` or a script: it holds no ``<``, ``>``, ``&``, U+2028 or U+2029.

    Raises
    ------
    ValueError
        For NaN and infinities: JSON has no such numbers.
    """
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, sort_keys=sort_keys, separators=(",", ":"))
    return plain(text).translate(_JSON)


def docx(text: str) -> str:
    """Text for the XML of a DOCX, between tags or in a quoted attribute: one line end, nothing that XML refuses.

    Words of template languages (``{{7*7}}``) stay text: a document's text is never read as a template.

    Examples
    --------
    >>> docx("<w:t>&")
    '&lt;w:t&gt;&amp;'
    """
    return plain(text.replace("\r\n", "\n").replace("\r", "\n")).translate(_XML)


def balloon(text: str) -> str:
    """Text for the elements of KML and GPX, which viewers show as web pages: no tag, escaped or not, is left in it.

    Examples
    --------
    >>> balloon("<b>A & B")
    '‹b›A & B'
    """
    return plain(text).translate(_BALLOON)


def cell(text: str) -> str:
    """Text for an XLSX cell of type text: what XML or Excel would refuse, read otherwise or cut is made plain.

    The cell's type and Excel's quote mark, which `reports` set, keep ``=1+1`` a text.
    """
    text = _EXCEL_ESCAPE.sub("_x005F_", plain(text))
    return text if len(text) <= _EXCEL_LIMIT else text[: _EXCEL_LIMIT - 1] + "…"


def csv_cell(text: str) -> str:
    """Text for a CSV field that spreadsheets open as typed: one that reads as a formula gets an apostrophe first.

    For texts only: a negative number is written as a number.
    """
    text = plain(text)
    return f"'{text}" if _FORMULA.match(text) else text


def sql_name(text: str) -> str:
    """A name of a table or column in SQL, quoted.

    Raises
    ------
    ValueError
        If the text holds NUL, which no SQL text can.
    """
    if "\0" in text:
        raise ValueError(f"a name in SQL holds no NUL: {text!r}")
    return '"' + text.replace('"', '""') + '"'
