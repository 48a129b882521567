"""Where the headings of a table stand: under titles and letterheads, over one, two or three rows of merged cells."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from geoplan.formats import axes, figure_columns
from geoplan.formats.axes import Axes
from geoplan.formats.grids import Grid
from geoplan.formats.records import LayerSpec
from geoplan.text.letters import fold

_LOOK_ROWS = 40
_RANKS = {"parts": 0, "pair": 2}
"""“Toạ độ” over X and Y is no pair in one cell, nor “Kinh độ” over degrees and minutes one number."""
_MOST_HEIGHT = 3
_NUMBER = re.compile(r"[+-]?\d[\d.,\s]*(?:[eE][+-]?\d+)?%?|[+-]?\d{1,3}\s*[°ºo]\s*\d.*")
_YEAR = re.compile(r"(?:19|20)\d{2}")
_UNIT = re.compile(
    r"[(\[]?\s*(?:dvt\s*:?\s*)?(?:ha|hecta|m2|m²|km2|km²|sao|mau|cong|met|m|km|do|%|nguoi|khau|ho|cay|tan|kg|ta|m3|m³"
    r"|dong|trieu dong|1\.?000 dong)\s*[)\]]?"
)
_STATED = re.compile(r"(?:don vi tinh|\bdvt|don vi dien tich)\s*[:=]?\s*([^,;)]*[^,;)\s])")
_ASSUMED = frozenset({"ha", "hecta", "ho", "khau", "nguoi", "met", "m", "do", "thua", "lo", "cay"})
_LETTERHEAD = re.compile(
    r"^(?:ubnd|uy ban|hdnd|cong hoa xa hoi|doc lap|so:|so\s*\d|mau so|mau |bieu |bieu$|phu luc|danh sach|bang |tong hop"
    r"|bao cao|ngay .*thang|.*, ngay|don vi tinh|dvt|don vi bao cao|#|//|kem theo|\(kem|\(ban hanh)"
)
_GROUPS = frozenset(
    """
    thongtin thongtinchung thongtinho thongtinhodan hogiadinh ho hodan toado vitri chung noidung dulieu
    toadovn2000 toadogps toadowgs84 toadodialy
    """.split()  # noqa: SIM905 -- read as a list of words
)
"""Headings of groups that add nothing to the heading below them."""


@dataclass(frozen=True, slots=True)
class Headings:
    """The headings of a table.

    Parameters
    ----------
    names : tuple of str
        One a column, joined over the rows of headings; empty where a column has none.
    top, height : int
        Position of the first row of headings among the grid's rows, and how many rows they take.
    axes : Axes or None
        The coordinate columns among them.
    """

    names: tuple[str, ...]
    top: int
    height: int
    axes: Axes | None


def find(grid: Grid, spec: LayerSpec) -> Headings | None:
    """The headings: the first rows that name coordinate columns, else the first that look like headings; or None."""
    plain: Headings | None = None
    for top in range(min(len(grid.rows), _LOOK_ROWS)):
        if _title(grid, top):
            continue
        if plain is None and _wordy(grid, top) and len(_filled(grid.rows[top])) > 1:
            plain = Headings(_joined(grid, top, 1), top, 1, None)
        ways = [h for h in range(1, _MOST_HEIGHT + 1) if _may_be(grid, top, h)]
        read = [(h, names, _axes(names, spec)) for h in ways for names in [_joined(grid, top, h)]]
        found = [(_RANKS.get(a.kind, 1), h, names, a) for h, names, a in read if a is not None]
        if found:
            _, height, names, chosen = min(found, key=lambda way: way[:2])
            taller = _continued(grid, top, height, chosen, names)
            if taller > height:
                names = _joined(grid, top, taller)
                chosen = _axes(names, spec) or chosen
            return Headings(names, top, taller, chosen)
    return plain


def _axes(names: Sequence[str], spec: LayerSpec) -> Axes | None:
    """The columns that make a table what it is: of coordinates, or of communes in a table of figures."""
    return figure_columns.find(names, spec) if spec.role == figure_columns.ROLE else axes.find(names, spec)


def unit_of_title(grid: Grid, at: int) -> str:
    """The unit that a row above the table states for all of it (“ĐVT: 1000 m2”); empty for none, or hectares."""
    for cell in grid.rows[at]:
        said = _STATED.search(fold(grid.text(cell)))
        if said is not None and said[1] not in _ASSUMED:
            return said[1]
    return ""


def _may_be(grid: Grid, top: int, height: int) -> bool:
    """Whether so many rows can be headings together."""
    if top + height > len(grid.rows) or not all(_wordy(grid, i) for i in range(top, top + height)):
        return False
    return height == 1 or _grouped(grid, top, height)


def _filled(row: Sequence[Any]) -> list[int]:
    return [i for i, cell in enumerate(row) if cell is not None]


def _title(grid: Grid, at: int) -> bool:
    """A row that stands above a table: one cell, or words of a letterhead."""
    filled = _filled(grid.rows[at])
    texts = [fold(grid.text(grid.rows[at][i])) for i in filled]
    if any(_LETTERHEAD.match(t) for t in texts[:1]) and (len(filled) <= 3 or texts[0].startswith(("#", "//"))):
        return True
    if len(filled) > 1 or at + 1 >= len(grid.rows):
        return False
    wide = max(len(_filled(row)) for row in grid.rows[at + 1 : at + _LOOK_ROWS])
    return wide > 1


def _wordy(grid: Grid, at: int) -> bool:
    """A row without a number (a year may be a heading)."""
    texts = [grid.text(cell) for cell in grid.rows[at] if cell is not None]
    numbers = [t for t in texts if _NUMBER.fullmatch(t) and not _YEAR.fullmatch(t)]
    return bool(texts) and not numbers


def _spread(grid: Grid, at: int, width: int) -> list[str]:
    """Texts of a row with merged cells filled to the right."""
    row = grid.rows[at]
    texts = [grid.text(row[i]) if i < len(row) else "" for i in range(width)]
    number = grid.numbers[at]
    for merge in grid.merged_at.get(number, ()):
        if merge.right > merge.left and merge.left < width:
            for i in range(merge.left + 1, min(merge.right + 1, width)):
                texts[i] = texts[i] or texts[merge.left]
    return texts


def _width(grid: Grid, top: int, height: int) -> int:
    return max(len(grid.rows[i]) for i in range(top, top + height))


def _grouped(grid: Grid, top: int, height: int) -> bool:
    """Rows that stand together as headings: on following lines, and the upper ones do not fill all columns."""
    numbers = grid.numbers[top : top + height]
    if numbers != list(range(numbers[0], numbers[0] + height)):
        return False
    lower = grid.rows[top + height - 1]
    upper = grid.rows[top + height - 2]
    below, above = set(_filled(lower)), set(_filled(upper))
    tall = {m.left for n in numbers[:-1] for m in grid.merged_at.get(n, ()) if m.bottom >= numbers[-1]}
    return bool(below) and (bool(above - below) or bool(below - above) or bool(tall))


def _joined(grid: Grid, top: int, height: int) -> tuple[str, ...]:
    """One name a column: the texts above each other, those of groups only where the lower one is not enough."""
    width = _width(grid, top, height)
    rows = [_spread(grid, i, width) for i in range(top, top + height)]
    if not grid.merges:
        for upper, lower in pairwise(rows):
            _carry(upper, lower)
    lowest = [next((r[i] for r in reversed(rows) if r[i]), "") for i in range(width)]
    names = []
    for i in range(width):
        parts = list(dict.fromkeys(r[i] for r in rows if r[i]))
        lone = lowest.count(lowest[i]) == 1
        if len(parts) > 1 and lone:
            parts = [p for p in parts[:-1] if _key(p) not in _GROUPS or _bare_axis(parts[-1])] + parts[-1:]
        names.append(" ".join(parts))
    return tuple(names)


def _key(text: str) -> str:
    return "".join(c for c in fold(text) if c.isalnum())


def _bare_axis(text: str) -> bool:
    """A lone X or Y keeps the word above it: “Toạ độ X”."""
    return len(_key(text)) == 1


def _carry(upper: list[str], lower: list[str]) -> None:
    """In a text table the name of a group stands over its first column only."""
    last = ""
    for i, text in enumerate(upper):
        if text:
            last = text if lower[i] else ""
        elif lower[i]:
            upper[i] = last
        else:
            last = ""


def _continued(grid: Grid, top: int, height: int, found: Axes, names: Sequence[str]) -> int:
    """Height of headings that go on below the coordinates' own: the row under them is words, its coordinates blank."""
    while height < _MOST_HEIGHT and top + height < len(grid.rows):
        at = top + height
        row = grid.rows[at]
        places = [i for i, name in enumerate(names) if name in found.columns]
        above = grid.numbers[top:at]
        tall = [m for n in above for m in grid.merged_at.get(n, ()) if m.bottom >= grid.numbers[at]]
        blank = all(i >= len(row) or row[i] is None for i in places)
        under = [i for i in _filled(row) if i >= len(names) or not names[i] or _below_group(grid, at, i)]
        units = bool(_filled(row)) and all(_UNIT.fullmatch(fold(grid.text(row[i]))) for i in _filled(row))
        gaps = units or bool(tall) or (bool(under) and len(under) >= len(_filled(row)) - 1)
        if not ((blank or units) and gaps and _wordy(grid, at) and grid.numbers[at] == grid.numbers[at - 1] + 1):
            return height
        height += 1
    return height


def _below_group(grid: Grid, at: int, column: int) -> bool:
    """True under a heading that is wider than one column."""
    above = grid.rows[at - 1]
    if any(m.left <= column <= m.right and m.right > m.left for m in grid.merged_at.get(grid.numbers[at - 1], ())):
        return True
    right = above[column + 1] if column + 1 < len(above) else None
    return not grid.merges and column < len(above) and right is None and _has(grid.rows[at], column + 1)


def _has(row: Sequence[Any], column: int) -> bool:
    return column < len(row) and row[column] is not None
