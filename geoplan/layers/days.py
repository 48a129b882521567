"""Days as people write them: day first, as Vietnamese law has it; never guessed where month first would be needed."""

import re
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

_TIME = r"(?:[T ,]+[0-9:.]+(?:\s*(?:[AP]M|SA|CH))?(?:Z|[+\-][0-9:]+)?)?"
_DAY_FIRST = re.compile(rf"^(?P<d>\d{{1,2}})[/.\-](?P<m>\d{{1,2}})[/.\-](?P<y>\d{{4}}){_TIME}$", re.IGNORECASE)
_YEAR_FIRST = re.compile(rf"^(?P<y>\d{{4}})[/.\-](?P<m>\d{{1,2}})[/.\-](?P<d>\d{{1,2}}){_TIME}$", re.IGNORECASE)
_PACKED = re.compile(r"^(?P<y>(?:19|20)\d{2})(?P<m>\d{2})(?P<d>\d{2})$")
_WORDS = re.compile(r"^(?:ngày\s*)?(?P<d>\d{1,2})\s*tháng\s*(?P<m>\d{1,2})\s*năm\s*(?P<y>\d{4})$", re.IGNORECASE)
_NAMED = re.compile(r"^(?P<d>\d{1,2})[\s\-]+(?P<m>[A-Za-z]{3})[a-z]*\.?[\s\-,]+(?P<y>\d{4})$")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_SHORT_YEAR = re.compile(r"^\d{1,2}[/.\-]\d{1,2}[/.\-]\d{2}$")
_SERIAL = re.compile(r"^[1-9]\d{4}(?:\.\d+)?$")
_NO_DATE = frozenset({"00000000", "0", "0000-00-00", "00/00/0000"})


def day(cell: str | date) -> date | None:
    """The day of a cell; None for the zeros that stand for none.

    Raises
    ------
    ValueError
        Where it is no day, or could be two.

    Examples
    --------
    >>> day("30/06/2026"), day("ngày 5 tháng 3 năm 2026")
    (datetime.date(2026, 6, 30), datetime.date(2026, 3, 5))
    """
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    if cell in _NO_DATE:
        return None
    for form in (_DAY_FIRST, _YEAR_FIRST, _PACKED, _WORDS):
        match = form.match(cell)
        if match is not None:
            return date(int(match["y"]), int(match["m"]), int(match["d"]))
    named = _NAMED.match(cell)
    if named is not None and named["m"].casefold() in _MONTHS:
        return date(int(named["y"]), _MONTHS.index(named["m"].casefold()) + 1, int(named["d"]))
    raise ValueError(cell)


def complaint(cell: str | float, column: Sequence[Any]) -> str:
    """Key of the problem that an unreadable cell is.

    Parameters
    ----------
    cell : str or number
        The cell.
    column : sequence
        All cells of its column: where none of them is read day first only, month first is the likely cause.
    """
    text = f"{cell:.15g}" if isinstance(cell, int | float) else cell
    if _SHORT_YEAR.match(text):
        return "layer.date_short_year"
    if _SERIAL.match(text):
        return "layer.date_serial"
    if _month_first(text):
        return "layer.date_mixed" if any(_day_only(c) for c in column) else "layer.date_month_first"
    return "layer.date_unreadable"


def either_way(column: Sequence[Any]) -> list[int]:
    """Positions of the cells that are read day first though no cell of the column shows that it is so.

    Empty where one cell can only be day first, or only month first (then the column is refused).
    """
    found = []
    for i, cell in enumerate(column):
        match = _DAY_FIRST.match(cell) if isinstance(cell, str) else None
        if match is None:
            continue
        if int(match["d"]) > 12 or int(match["m"]) > 12:
            return []
        if match["d"].zfill(2) != match["m"].zfill(2):
            found.append(i)
    return found


def _month_first(text: str) -> bool:
    """A day only if its first number is the month."""
    match = _DAY_FIRST.match(text)
    if match is None:
        return False
    try:
        date(int(match["y"]), int(match["d"]), int(match["m"]))
    except ValueError:
        return False
    return int(match["m"]) > 12


def _day_only(cell: Any) -> bool:
    match = _DAY_FIRST.match(cell) if isinstance(cell, str) else None
    return match is not None and int(match["d"]) > 12 >= int(match["m"])
