"""Tables as text: CSV, TSV, as Excel saves them in Vietnam or elsewhere and as other programs do.

Delimiter `;`, `,`, tab or `|`: the one under which the headings name coordinates. Decimal comma or point; UTF-8 with or
without its mark, UTF-16, or an older encoding (`decoding` decides column by column).
"""

import csv
import hashlib
import io
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from geoplan.errors import InputError, Problem
from geoplan.formats import encodings, headings, places, tables
from geoplan.formats.format import Format
from geoplan.formats.grids import Grid
from geoplan.formats.opened import Opened
from geoplan.formats.records import LayerSpec

_DELIMITERS = ";\t,|"
_QUOTED_FORMULA = re.compile(r'\s*="([^"]*)"\s*')
"""How programs keep the zeros of 007 when Excel opens the text."""
_LONGEST_CELL = 10_000_000
_LOOK_CHARACTERS = 200_000
_LOOK_ROWS = 60
_TELLING_CELLS = 20_000
_FOREIGN = (
    (b"PK\x03\x04", "ZIP, XLSX"),
    (b"\xd0\xcf\x11\xe0", "XLS"),
    (b"%PDF", "PDF"),
    (b"SQLite format 3", "GeoPackage"),
    (b"\x1f\x8b", "GZIP"),
    (b"Rar!", "RAR"),
)


def open_text(spec: LayerSpec) -> Opened:
    """Rows of a text table as shapes.

    Raises
    ------
    InputError
        ``layer.csv_broken``, ``layer.csv_zeros``, ``layer.csv_foreign``, ``layer.table_too_big`` and those of
        `tables.opened`.
    """
    grid, sha256, declared = grid_of(spec)
    _refuse_cut_decimals(grid, spec)
    return tables.opened(grid, spec, sha256, "" if declared == "unicode" else declared)


def grid_of(spec: LayerSpec) -> tuple[Grid, str, str]:
    """Rows of the text, its SHA-256, and the encoding that it declares (``unicode``: cells are text already).

    Raises
    ------
    InputError
        As `open_text`.
    """
    raw = places.present(spec.path, spec.shown).read_bytes()
    text, declared = _text(raw, spec)
    return _grid(text, spec, declared), hashlib.sha256(raw).hexdigest(), declared


def _text(raw: bytes, spec: LayerSpec) -> tuple[str, str]:
    """Text, with ``unicode`` where it is decoded, or a Latin-1 stand-in with the encoding of the file's mark."""
    start = raw[:2000].lstrip()
    kind = next((name for mark, name in _FOREIGN if start.startswith(mark)), "")
    if not kind and re.match(rb"<(!doctype|html|table|\?xml|head|meta)", start, re.IGNORECASE):
        kind = "HTML, XML"
    if kind:
        raise InputError(Problem("layer.csv_foreign", spec.shown, {"format": kind}))
    raw = raw.rstrip(b"\x1a")  # the end of a text in DOS
    wide = _wide(raw)
    if wide:
        try:
            return raw.decode(wide).lstrip("\ufeff"), "unicode"
        except UnicodeDecodeError as error:
            line = raw[: error.start].count(b"\n") + 1
            raise InputError(Problem("layer.csv_broken", spec.shown, {"line": line})) from error
    zero = raw.find(b"\0")
    if zero >= 0:
        line = raw[:zero].count(b"\n") + 1
        raise InputError(Problem("layer.csv_zeros", spec.shown, {"line": line, "n": raw.count(b"\0")}))
    if raw.startswith(b"\xef\xbb\xbf"):
        return raw[3:].decode("latin-1"), "utf-8"
    return raw.decode("latin-1"), ""


def _wide(raw: bytes) -> str:
    """UTF-16 by its mark, or by a zero in every second byte of the beginning."""
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "utf-16"
    start = raw[:400]
    even, odd = start[::2].count(0), start[1::2].count(0)
    if max(even, odd) * 5 < len(start) or min(even, odd) * 20 > len(start):
        return ""
    return "utf-16-be" if even > odd else "utf-16-le"


def _grid(text: str, spec: LayerSpec, declared: str) -> Grid:
    delimiters = ""
    before = 0
    if text[:4].casefold() == "sep=" and len(text) > 4:
        delimiters = text[4]
        line = re.match(r"[^\r\n]*(?:\r\n|\r|\n)?", text)
        text, before = text[line.end() if line else len(text) :], 1
    limit = csv.field_size_limit(_LONGEST_CELL)
    try:
        delimiter = _delimiter(text, spec, declared, delimiters)
        grid = _read(text, delimiter, spec, declared, before=before)
        inner = _unquoted(grid)
        return grid if inner is None else _grid(inner, spec, declared)
    finally:
        csv.field_size_limit(limit)


def _unquoted(grid: Grid) -> str | None:
    """Lines that were quoted as a whole, without their quotes: a table saved twice; None for any other text."""
    cells = [row[0] for row in grid.rows]
    if not cells or any(len(row) > 1 for row in grid.rows) or grid.numbers[-1] - grid.numbers[0] >= len(cells):
        return None
    texts = [c.decode("latin-1") if isinstance(c, bytes) else str(c) for c in cells]
    signs = [s for s in _DELIMITERS if texts[0].count(s) > 1]
    alike = signs and all(t.count(signs[0]) >= texts[0].count(signs[0]) for t in texts)
    return "\n" * (grid.numbers[0] - 1) + "\n".join(texts) if alike else None


def _delimiter(text: str, spec: LayerSpec, declared: str, said: str) -> str:
    """The delimiter under which headings name coordinates; else the one that makes most cells of the first rows.

    The one that the file itself states is believed first.
    """
    beginning = text[:_LOOK_CHARACTERS]
    scores: list[tuple[int, int, str]] = []
    too_wide: InputError | None = None
    order: list[str] = list(dict.fromkeys(said + _DELIMITERS))
    for delimiter in order:
        try:
            grid = _read(beginning, delimiter, spec, declared, most=_LOOK_ROWS)
        except InputError as error:  # an open quote or a cut cell: another delimiter may do
            told = error.key == "layer.table_too_big" or delimiter in beginning.split("\n")[0]
            too_wide = error if told and too_wide is None else too_wide
            continue
        found = headings.find(grid, spec)
        named = found is not None and found.axes is not None and len(found.names) > 1
        width = max((len(row) for row in grid.rows), default=0)
        if named and said == delimiter:
            return delimiter
        scores.append((int(named), width if named else _usual(grid), delimiter))
    best = max(scores, key=lambda s: s[:2], default=(0, 0, ","))
    if too_wide is not None and not best[0]:
        raise too_wide
    return best[2]


def _refuse_cut_decimals(grid: Grid, spec: LayerSpec) -> None:
    """Refuse columns parted by the comma of decimals: 105,85123 as two columns, of which the second is read as y."""
    found = headings.find(grid, spec) if grid.separator == "," else None
    if found is None or found.axes is None or len(found.axes.columns) != 2:
        return
    first, second = (found.names.index(name) for name in found.axes.columns)
    left, right = min(first, second), max(first, second)
    if right != left + 1:
        return
    rows = [
        number
        for number, row in zip(grid.numbers, grid.rows, strict=True)
        if right < len(row) and _cut(grid.text(row[left]), grid.text(row[right]))
    ]
    if rows:
        facts: dict[str, str | int | float] = {"n": len(rows)}
        raise InputError(Problem("layer.csv_decimals", spec.shown, facts, tuple(f"#{n}" for n in rows)))


def _cut(left: str, right: str) -> bool:
    """True for the whole part of a coordinate with its own fraction beside it, where the other coordinate should be."""
    if not (left.isdecimal() and right.isdecimal()):
        return False
    degrees = 8 <= int(left) <= 24 or 102 <= int(left) <= 110
    return (degrees and len(right) > 3) or (int(left) > 100_000 and len(right) <= 3)


def _usual(grid: Grid) -> int:
    """Cells of most rows."""
    counts = [len(row) for row in grid.rows]
    return max(set(counts), key=lambda n: (counts.count(n) * (n > 1), n), default=0)


def _read(text: str, delimiter: str, spec: LayerSpec, declared: str, *, before: int = 0, most: int = 0) -> Grid:
    """Rows that hold something; cells as bytes where the encoding is not known."""
    if max(text.count("\n"), text.count("\r")) > tables.MOST_ROWS:
        raise InputError(tables.too_big(tables.MOST_ROWS, spec.shown))
    rows: list[list[Any]] = []
    numbers: list[int] = []
    cells = 0
    raw = declared != "unicode"
    for number, row in _lines(text, delimiter, spec):
        cells += len(row)
        if len(row) > tables.MOST_COLUMNS or cells > tables.MOST_CELLS:
            raise InputError(tables.too_big(number + before, spec.shown))
        found = [_cell(c, raw=raw) for c in row]
        if any(c is not None for c in found):
            rows.append(found)
            numbers.append(number + before)
        if most and len(rows) >= most:
            break
    grid = Grid(rows, numbers, separator=delimiter)
    return _decoding(grid, spec, declared) if raw else grid


def _lines(text: str, delimiter: str, spec: LayerSpec) -> Iterator[tuple[int, list[str]]]:
    """Rows with the line on which each begins."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    start = 1
    try:
        for row in reader:
            yield start, row
            start = reader.line_num + 1
    except csv.Error as error:
        if "field limit" in str(error):
            facts: dict[str, str | int | float] = {"line": start, "most": _LONGEST_CELL}
            raise InputError(Problem("layer.csv_long_cell", spec.shown, facts)) from error
        raise InputError(Problem("layer.csv_broken", spec.shown, {"line": start})) from error


def _cell(text: str, *, raw: bool) -> bytes | str | None:
    if not text.strip():
        return None
    formula = _QUOTED_FORMULA.fullmatch(text) if text.lstrip()[:2] == '="' else None
    text = text if formula is None else formula[1]
    return text.encode("latin-1") if raw else text


def _decoding(grid: Grid, spec: LayerSpec, declared: str) -> Grid:
    """The grid with the encoding of its bytes, as far as its headings need one, and headings as text."""
    telling = [c for row in grid.rows for c in row if isinstance(c, bytes) and not c.isascii()][:_TELLING_CELLS]
    encoding = encodings.of_column(telling, spec, declared) if telling else ""
    if (
        telling
        and not encoding
        and 2 * sum(encodings.decoded(c, "utf-8")[0] is not None for c in telling) > len(telling)
    ):
        encoding = "utf-8"  # for the look of the table: each column is decoded, or told, by itself
    if not encoding or encoding == "ascii":
        return grid

    def decode(raw: bytes) -> str:
        return encodings.decoded(raw, encoding)[0] or raw.decode("latin-1")

    return replace(grid, encoding=encoding, decode=decode)


FORMAT = Format("CSV", (".csv", ".tsv"), open_text, most_mb=50)
