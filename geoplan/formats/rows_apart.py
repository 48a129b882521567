"""Rows of a table that are no features: totals, notes below it, numbers of columns, headings again on the next page."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from geoplan.formats.grids import Grid
from geoplan.formats.headings import Headings
from geoplan.text.letters import column_key, fold

_TOTAL = re.compile(
    r"^(?:tong cong|tong so|tong:?$"
    r"|tong (?:xa|thon|ban|xom|toan|dien tich|cac)\b|cong:?$|cong (?:toan|xa|thon|ban|xom)\b"
    r"|cong don|luy ke|toan xa|total\b|grand total|subtotal|sum:?$)"
)
_NOTE = re.compile(
    r"^(?:nguoi lap|nguoi dieu tra|nguoi tong hop|nguoi kiem tra"
    r"|nguoi viet|ke toan|can bo|cong chuc|thu truong|giam doc"
    r"|chu tich|tm\.?\s|kt\.?\s|pho chu tich|truong thon|truong ban|xac nhan|ghi chu\s*:"
    r"|chu thich|luu y|nguon\s*:"
    r"|.*ngay .*thang .*nam|\(ky|ky ten|ky, |\* |\(\*\)|noi nhan|note|source\s*:|-+\s*het|het\.?$)"
)
_INDEX = re.compile(r"[(\[]?(\d{1,2}|[a-h])[)\]]?(?:\s*=.*)?", re.IGNORECASE)
_DIGITS = re.compile(r"[+-]?\d+[.,]\d+")
_ROMAN = re.compile(r"[ivx]{1,5}\.?|[a-h]\.?", re.IGNORECASE)


@dataclass(slots=True)
class Apart:
    """Positions of the rows that are features, and numbers of the rows of each other kind."""

    features: list[int] = field(default_factory=list)
    totals: list[int] = field(default_factory=list)
    notes: list[int] = field(default_factory=list)
    indices: list[int] = field(default_factory=list)
    repeated: list[int] = field(default_factory=list)
    sections: list[int] = field(default_factory=list)


def told_apart(grid: Grid, headings: Headings) -> Apart:
    """Rows below the headings by what they are.

    A row with a coordinate is always a feature (or a broken one, which is named). Without one it is left out only where
    its words say that it is a total, a section or a note.
    """
    found = Apart()
    names = headings.names
    places = [i for i, n in enumerate(names) if headings.axes is not None and n in headings.axes.columns]
    keys = [column_key(n) for n in names]
    below = False
    for at in range(headings.top + headings.height, len(grid.rows)):
        row, number = grid.rows[at], grid.numbers[at]
        if found.features and not below and any(i < len(row) and _plain(row[i]) for i in places):
            found.features.append(at)
            continue
        texts = [grid.text(c) for c in row]
        filled = [i for i, c in enumerate(row) if c is not None]
        if _same_headings(texts, keys):
            found.repeated.append(number)
        elif not found.features and _numbers_of_columns([texts[i] for i in filled], names):
            found.indices.append(number)
        elif any(i < len(row) and _place(row[i], texts[i], below=below) for i in places):
            found.features.append(at)
            below = False
        elif _total(texts, filled):
            found.totals.append(number)
            below = True
        elif _note(texts, filled, grid, at) or (below and _words_only(texts, filled)):
            found.notes.append(number)
            below = True
        elif _section(grid, at, texts, filled):
            found.sections.append(number)
        else:
            found.features.append(at)
            below = False
    return found


def _plain(cell: object) -> bool:
    """A number as most coordinates are, told without a look at the rest of the row."""
    if isinstance(cell, bytes | str):
        text = cell.decode("latin-1") if isinstance(cell, bytes) else cell
        return len(text) > 3 and _DIGITS.fullmatch(text) is not None
    return isinstance(cell, int | float)


def _place(cell: object, text: str, *, below: bool) -> bool:
    """A cell of a coordinate column that is a coordinate, or a broken one: not the words of a note."""
    if cell is None or _NOTE.match(fold(text)) or _TOTAL.match(fold(text)):
        return False
    return not below or any(c.isdigit() for c in text)


def _same_headings(texts: Sequence[str], keys: Sequence[str]) -> bool:
    here = [column_key(t) for t in texts]
    said = [(a, b) for a, b in zip(here, keys, strict=False) if a]
    return len(said) >= 2 and all(a == b for a, b in said)


def _numbers_of_columns(texts: Sequence[str], names: Sequence[str]) -> bool:
    """``(1) (2) (3)`` or ``A B 1 2`` under the headings, as forms have it."""
    marks = [_INDEX.fullmatch(t) for t in texts]
    if len(texts) < min(3, len([n for n in names if n])) or not all(marks):
        return False
    said = [m[1].casefold() for m in marks if m is not None]
    numbers = [int(s) for s in said if s.isdigit()]
    rest = [s for s in said if not s.isdigit()]
    first = numbers[0] if numbers else 1
    return numbers == list(range(first, first + len(numbers))) and rest == sorted(rest) and first in (1, 2)


def _total(texts: Sequence[str], filled: Sequence[int]) -> bool:
    words = [fold(texts[i]) for i in filled if not re.fullmatch(r"[\d.,\s]*", texts[i])]
    return bool(words) and _TOTAL.match(words[0]) is not None


def _note(texts: Sequence[str], filled: Sequence[int], grid: Grid, at: int) -> bool:
    """Words of a signature or a remark, and nothing of a feature after them in the row."""
    if len(filled) > 3 or any(re.fullmatch(r"[\d.,\s]+", texts[i]) for i in filled):
        return False
    return any(_NOTE.match(fold(texts[i])) for i in filled)


def _words_only(texts: Sequence[str], filled: Sequence[int]) -> bool:
    """Text without a figure, as names under a signature are: below the total or a note it is no feature."""
    return len(filled) <= 3 and not any(c.isdigit() for i in filled for c in texts[i])


def _section(grid: Grid, at: int, texts: Sequence[str], filled: Sequence[int]) -> bool:
    """``I. Thôn Nà Chảo``: a roman number or letter with a name, or one text over half of the columns."""
    number = grid.numbers[at]
    if len(filled) == 2 and _ROMAN.fullmatch(texts[filled[0]]) and not any(c.isdigit() for c in texts[filled[1]]):
        return True
    wide = max((m.right - m.left + 1 for m in grid.merged_at.get(number, ())), default=1)
    return len(filled) == 1 and wide * 2 > len(grid.rows[at]) and wide >= 3
