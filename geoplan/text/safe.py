"""Text made safe for where it goes: a user's text stays readable, and never becomes markup, a formula, a path or SQL.

Lone surrogates and control characters, which no file may carry, become U+FFFD everywhere.
"""

import hashlib
import json
import re
import unicodedata
from typing import Any

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
_RESERVED = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³])\s*(\.|$)", re.IGNORECASE)
_NO_NAME = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
_NAME_BYTES = 120


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


def file_name(text: str) -> str:
    """One name of a file or folder on Windows, Linux and a USB stick: never empty, never a path.

    A text that had to change gets six digits of its hash, so that two texts do not become one name.

    Examples
    --------
    >>> file_name("Xã Cao Minh")
    'Xã Cao Minh'
    >>> file_name("../a")
    '_a-61b4c9'
    """
    plain = unicodedata.normalize("NFC", text)
    kept = "".join("_" if c in '<>:"/\\|?*' or unicodedata.category(c) in _NO_NAME else c for c in plain)
    kept = re.sub(r"\s+", " ", kept).strip(" ").lstrip(".-~").rstrip(". ")
    if _RESERVED.match(kept):
        kept = f"_{kept}"
    short = kept.encode()[:_NAME_BYTES].decode(errors="ignore").rstrip(". ")
    if short == plain and short:
        return short
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:6]
    return f"{short}-{digest}" if short else f"_{digest}"


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
