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
_LOOK_ROWS = 200
_INDEX = re.compile(r"[(\[]?(\d{1,2}|[a-h])[)\]]?(?:\s*=.*)?", re.IGNORECASE)
_DIGITS = re.compile(r"[+-]?\d+[.,]\d+")
_ROMAN_ONLY = re.compile(r"[IVX]{1,5}\.?")
_RUNNING = frozenset({"stt", "tt", "sott", "sothutu", "no"})
"""Headings of a column of running numbers."""
_PLACES = re.compile(
    r"(?:(?:[ivx]{1,5}|\d{1,2}|[a-h])[.)/-]\s*)?(?:thon|xom|ban|to dan pho|tdp|xa|phuong|tieu khu)[\s:]+\S"
)
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
        elif _total(texts, filled) or _sums(grid, found.features, at, filled):
            found.totals.append(number)
            below = True
        elif _note(texts, filled, grid, at) or (below and _words_only(texts, filled)):
            found.notes.append(number)
            below = True
        elif _section(grid, at, texts, filled, keys):
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


def _sums(grid: Grid, features: Sequence[int], at: int, filled: Sequence[int]) -> bool:
    """A row of numbers without a word, each the sum of its column above: a total that nobody has named."""
    row = grid.rows[at]
    if len(features) < 2:
        return False
    for i in filled:
        above = [c for n in features if i < len(grid.rows[n]) and isinstance(c := grid.rows[n][i], int | float)]
        cell = row[i]
        if not isinstance(cell, int | float) or not above or abs(cell - sum(above)) > 1e-6 * abs(cell) + 1e-9:
            return False
    return True


def _note(texts: Sequence[str], filled: Sequence[int], grid: Grid, at: int) -> bool:
    """Words of a signature or a remark, and nothing of a feature after them in the row."""
    if len(filled) > 3 or any(re.fullmatch(r"[\d.,\s]+", texts[i]) for i in filled):
        return False
    return any(_NOTE.match(fold(texts[i])) for i in filled)


def _words_only(texts: Sequence[str], filled: Sequence[int]) -> bool:
    """Text without a figure, as names under a signature are: below the total or a note it is no feature."""
    return len(filled) <= 3 and not any(c.isdigit() for i in filled for c in texts[i])


def _names_of_places(grid: Grid, column: int) -> bool:
    """True for a column whose other cells are names of villages too: a lone one there is a feature that is broken."""
    others = [row for row in grid.rows[:_LOOK_ROWS] if len(row) > column and len(row) - row.count(None) > 1]
    return any(_PLACES.match(fold(grid.text(row[column]))) for row in others)


def _section(grid: Grid, at: int, texts: Sequence[str], filled: Sequence[int], keys: Sequence[str]) -> bool:
    """``I. Thôn Nà Chảo``: a roman number or letter with a name, or one text over half of the columns.

    In the column of running numbers a roman number or the word of a place is enough, whatever sums stand beside it.
    """
    number = grid.numbers[at]
    first = texts[filled[0]]
    if keys[filled[0] : filled[0] + 1] and keys[filled[0]] in _RUNNING:
        if len(filled) == 1 and not first[:1].isdigit():
            return True
        if _ROMAN_ONLY.fullmatch(first) and len(filled) > 1 and not texts[filled[1]][:1].isdigit():
            return True
    if len(filled) == 1 and _PLACES.match(fold(first)) and not _names_of_places(grid, filled[0]):
        return True
    if len(filled) == 2 and _ROMAN.fullmatch(texts[filled[0]]) and not any(c.isdigit() for c in texts[filled[1]]):
        return True
    wide = max((m.right - m.left + 1 for m in grid.merged_at.get(number, ())), default=1)
    return len(filled) == 1 and wide * 2 > len(grid.rows[at]) and wide >= 3
