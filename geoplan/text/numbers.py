"""Numbers and dates as a Vietnamese or English reader writes them: ``1.234,50`` and ``30/06/2026``.

Own ten lines because the C locales that the standard library needs are absent on Windows and in containers.
"""

import math
from datetime import date

UNKNOWN = "–"
"""What stands where a number is not known."""


def number(value: float | None, decimals: int = 2, *, lang: str = "vi") -> str:
    """A number with grouped thousands and a fixed count of decimals; `UNKNOWN` for None and NaN.

    Examples
    --------
    >>> number(1234.5)
    '1.234,50'
    >>> number(1234.5, 1, lang="en")
    '1,234.5'
    """
    if value is None or math.isnan(value):
        return UNKNOWN
    text = f"{value:,.{decimals}f}"
    if float(text.replace(",", "")) == 0:
        text = text.removeprefix("-")
    return text if lang == "en" else text.translate(str.maketrans(",.", ".,"))


def day(value: date, *, lang: str = "vi") -> str:
    """A date: ``30/06/2026``, in English ``2026-06-30``."""
    return value.isoformat() if lang == "en" else value.strftime("%d/%m/%Y")
