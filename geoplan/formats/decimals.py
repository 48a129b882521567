"""Numbers as text: ``1.234,5`` and ``1,234.5`` each in its way, ``1,234`` only where the column says which it is."""

import math
import re
from collections.abc import Callable, Iterable
from typing import Any

_PLAIN = re.compile(r"[+-]?\d+(?:[eE][+-]?\d{1,2})?")
_SCIENTIFIC = re.compile(r"[+-]?\d*\.\d+[eE][+-]?\d{1,2}")
_SPACED = re.compile(r"[+-]?\d{1,3}(?: \d{3})+(?:[.,]\d+)?")
_COMMA = re.compile(r"[+-]?(?:\d{1,3}(?:\.\d{3})+,\d+|\d{1,3}(?:\.\d{3}){2,}|\d*,\d+)")
_POINT = re.compile(r"[+-]?(?:\d{1,3}(?:,\d{3})+\.\d+|\d{1,3}(?:,\d{3}){2,}|\d*\.\d+)")
_EITHER = re.compile(r"[+-]?[1-9]\d{0,2}[.,]\d{3}")


def number_reader(texts: Iterable[str], *, decimals: bool = False) -> Callable[[Any], float | None]:
    """A reader for one column: a cell to its number, or None where it is none or could be two.

    Parameters
    ----------
    texts : iterable of str
        All text cells of the column: the unambiguous ones tell whether the comma is the decimal sign.
    decimals : bool
        True for coordinates: a lone separator is always the decimal sign, as no longitude has thousands.

    Examples
    --------
    >>> read = number_reader(["12,5", "1,234"])
    >>> read("1,234"), read("1.234"), number_reader(["1,234"])("1,234")
    (1.234, 1234.0, None)
    """
    signs = {_sign(_joined(t)) for t in texts} - {""}
    sign = next(iter(signs)) if len(signs) == 1 else ""

    def read(cell: Any) -> float | None:
        if isinstance(cell, bool):
            return float(cell)
        if isinstance(cell, int | float):
            return float(cell) if math.isfinite(cell) else None
        text = _joined(str(cell))
        if _PLAIN.fullmatch(text) or _SCIENTIFIC.fullmatch(text):
            return _finite(text)
        if _EITHER.fullmatch(text):
            mark = text[-4]
            if decimals:
                return _finite(text.replace(",", "."))
            return None if not sign else _finite(text.replace(mark, "." if mark == sign else ""))
        own = _sign(text)
        return None if not own else _finite(text.replace("." if own == "," else ",", "").replace(own, "."))

    return read


def _finite(text: str) -> float | None:
    value = float(text)
    return value if math.isfinite(value) else None


def _joined(text: str) -> str:
    bare = text.strip().replace("\xa0", " ").replace("\u202f", " ").replace("−", "-")
    return bare.replace(" ", "") if _SPACED.fullmatch(bare) else bare


def _sign(text: str) -> str:
    """Decimal sign that a text shows beyond doubt, or empty."""
    if _EITHER.fullmatch(text):
        return ""
    if _COMMA.fullmatch(text):
        return ","
    return "." if _POINT.fullmatch(text) else ""
