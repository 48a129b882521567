"""MapInfo interchange (``.mif`` with ``.mid``): the table is read here, the shapes by GDAL from a copy without it.

GDAL drops rows of the ``.mid`` that have no shape, gives blank cells where the ``.mid`` is absent, and recodes no
``WindowsVietnamese``; so every object and every row is counted here first, and a fault is named by its line.
"""

import csv
import io
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from pyproj import CRS

from geoplan.errors import InputError, Problem
from geoplan.formats import ogr, places
from geoplan.formats.format import Format
from geoplan.formats.mapinfo import BY_LAW, encoding_of, ground_of
from geoplan.formats.opened import Cells, Opened
from geoplan.formats.records import LayerSpec
from geoplan.formats.verdict import Verdict
from geoplan.writing import scratch

_OBJECTS = frozenset(
    "point line pline region arc text rect roundrect ellipse multipoint collection none".split()  # noqa: SIM905
)
_STYLES = frozenset(
    "pen brush symbol smooth center font angle justify spacing label index".split()  # noqa: SIM905
)
_CURVES = ("arc", "ellipse", "roundrect")
_MOST_POINTS = 50_000_000


@dataclass(frozen=True, slots=True)
class _Head:
    """What stands above ``Data``: columns as (name, type), and the line after it."""

    charset: str
    delimiter: str
    coordsys: str
    transform: str
    columns: tuple[tuple[str, str], ...]
    data_line: int


def open_mif(spec: LayerSpec) -> Opened:
    """All shapes and rows of a MIF with its MID.

    Raises
    ------
    InputError
        ``layer.not_the_format``, ``layer.tab_part_missing``, ``layer.mif_line`` (with the line), ``layer.mid_row``,
        ``layer.shp_counts``, ``layer.mif_affine``, ``layer.file_broken``.
    """
    places.present(spec.path, spec.shown)
    found = places.sidecars(spec.path, (".mif", ".mid")) | {".mif": spec.path}
    said = Verdict()
    with scratch() as folder:
        pairs = [(found[e], Path(folder) / f"found{e}") for e in (".mif", ".mid") if e in found]
        digest = places.copied(pairs, spec.shown)
        lines = _lines(pairs[0][1].read_bytes())
        head = _head(lines, spec.shown)
        if ".mid" not in found and head.columns:
            raise InputError(Problem("layer.tab_part_missing", spec.shown, {"part": ".mid"}))
        kinds = _Objects(lines, head.data_line, spec.shown).kinds()
        rows = _rows(pairs[1][1].read_bytes() if len(pairs) > 1 else b"", head, spec.shown, said)
        if head.columns and len(rows) != len(kinds):
            raise InputError(Problem("layer.shp_counts", spec.shown, {"shapes": len(kinds), "rows": len(rows)}))
        crs, shapes = _shapes(Path(folder), lines, head, len(kinds), spec.shown, said)
    _tell(kinds, head, shapes, spec.shown, said)
    return Opened(
        columns=_columns(rows, head),
        shapes=shapes,
        crs=crs,
        assumed=None if head.coordsys else BY_LAW,
        places=tuple(f"#{i + 1}" for i in range(len(shapes))),
        sha256=digest,
        encoding=encoding_of(head.charset),
        raw=True,
        repeated=frozenset(n for n, _ in head.columns if [c for c, _ in head.columns].count(n) > 1),
        said=said,
    )


def _lines(raw: bytes) -> list[str]:
    """Lines of the file, whatever their ends; a byte is a character."""
    return raw.removeprefix(b"\xef\xbb\xbf").decode("latin-1").replace("\r\n", "\n").replace("\r", "\n").split("\n")


def _head(lines: Sequence[str], shown: str) -> _Head:
    stated: dict[str, str] = {}
    columns: list[tuple[str, str]] = []
    awaited = 0
    for number, line in enumerate(lines, start=1):
        words = line.split(None, 1)
        if not words:
            continue
        if awaited:
            name, _, kind = line.strip().partition(" ")
            columns.append((name.strip('"'), kind.strip().casefold()))
            awaited -= 1
            continue
        word, rest = words[0].casefold(), words[1].strip() if len(words) > 1 else ""
        if word == "data":
            return _Head(
                charset=stated.get("charset", "").strip('"'),
                delimiter=stated.get("delimiter", '"\t"').strip('"') or "\t",
                coordsys=stated.get("coordsys", ""),
                transform=stated.get("transform", ""),
                columns=tuple(columns),
                data_line=number,
            )
        if number == 1 and word != "version":
            break
        stated[word] = rest
        if word == "columns":
            if not rest.isdecimal() or int(rest) > 5000:
                raise InputError(Problem("layer.mif_line", shown, {"line": number, "text": line[:60]}))
            awaited = int(rest)
    raise InputError(Problem("layer.not_the_format", shown, {"format": "MapInfo MIF"}))


class _Objects:
    """One pass over the shapes that counts them and finds the line where the file stops making sense."""

    def __init__(self, lines: Sequence[str], start: int, shown: str) -> None:
        self.lines, self.at, self.shown = lines, start, shown

    def kinds(self) -> list[str]:
        """Kind of every object, in the order of the file."""
        found: list[str] = []
        within = 0
        while self.at < len(self.lines):
            words = self._next()
            kind = words[0].casefold() if words else ""
            if kind in _OBJECTS:
                if within:
                    within -= 1
                else:
                    found.append(kind)
                within += self._body(kind, words)
            elif kind and kind not in _STYLES and not kind.startswith(('"', "(")) and not _numbers(words):
                raise self._fault()
        unfinished = self.lines[-1].split()
        if within or (len(unfinished) == 2 and _numbers(unfinished)):  # cut within a number, or before the next point
            raise self._fault()
        return found

    def _body(self, kind: str, words: list[str]) -> int:
        """Read an object's points; the number of parts that follow, for a collection."""
        if kind == "collection":
            return self._count(words[1:])
        if kind == "region":
            for _ in range(self._count(words[1:])):
                self._points(self._count(self._next()))
        elif kind == "pline":
            parts = self._count(words[2:]) if len(words) > 1 and words[1].casefold() == "multiple" else 0
            for _ in range(parts):
                self._points(self._count(self._next()))
            if not parts:
                self._points(self._count(words[1:] or self._next()))
        elif kind == "multipoint":
            self._points(self._count(words[1:]))
        elif kind == "point" and not _numbers(words[1:3]):
            raise self._fault()
        return 0

    def _next(self) -> list[str]:
        """Words of the next line; none at the end."""
        line = self.lines[self.at] if self.at < len(self.lines) else ""
        self.at += 1
        return line.split()

    def _count(self, words: Sequence[str]) -> int:
        if not words or not words[0].isdecimal() or not 0 < int(words[0]) <= _MOST_POINTS:
            raise self._fault()
        return int(words[0])

    def _points(self, count: int) -> None:
        """Go over so many lines of two numbers: all at once, and one by one where something is wrong with them."""
        block = self.lines[self.at : self.at + count]
        words = " ".join(block).split()
        if len(block) == count and len(words) == 2 * count and _numbers(words):
            self.at += count
            return
        for _ in range(count):
            words = self._next()
            if len(words) != 2 or not _numbers(words):
                raise self._fault()

    def _fault(self) -> InputError:
        line = min(self.at, len(self.lines))
        return InputError(Problem("layer.mif_line", self.shown, {"line": line, "text": self.lines[line - 1][:60]}))


def _numbers(words: Sequence[str]) -> bool:
    try:
        return bool(words) and all(map(math.isfinite, map(float, words)))
    except ValueError:
        return False


def _rows(raw: bytes, head: _Head, shown: str, said: Verdict) -> list[list[str]]:
    text = raw.decode("latin-1").rstrip("\r\n\x1a\0")
    if not text or not head.columns:
        return []
    rows: list[list[str]] = []
    ends = text.replace("\r\n", "\n").replace("\r", "\n")
    reader = csv.reader(io.StringIO(ends, newline=""), delimiter=head.delimiter[:1], strict=True)
    try:
        for row in reader:
            if len(row) != len(head.columns):
                facts: dict[str, str | int | float] = {
                    "line": reader.line_num,
                    "cells": len(row),
                    "columns": len(head.columns),
                }
                raise InputError(Problem("layer.mid_row", shown, facts))
            rows.append(row)
    except csv.Error as error:
        facts = {"line": reader.line_num, "cells": 1, "columns": len(head.columns)}
        raise InputError(Problem("layer.mid_row", shown, facts)) from error
    if not raw.endswith((b"\n", b"\r", b'"', b"\x1a", b"\0")):
        said.tell(Problem("layer.mid_unfinished", shown, {"text": rows[-1][-1][:40]}, (f"#{len(rows)}",)))
    return rows


def _columns(rows: Sequence[Sequence[str]], head: _Head) -> dict[str, Cells]:
    """Cells by the type that the header gives; what is not of the type stays text, and the values' checks name it."""
    found: dict[str, Cells] = {}
    for i, (name, kind) in enumerate(head.columns):
        column = np.empty(len(rows), dtype=object)
        column[:] = [_cell(row[i], kind) for row in rows]
        found.setdefault(name, column)
    return found


def _cell(text: str, kind: str) -> str | bytes | int | float | bool | None:
    bare = text.strip()
    if not bare:
        return None
    if kind.startswith("char"):
        return text.encode("latin-1")
    if kind.startswith("logical"):
        return {"t": True, "f": False}.get(bare.casefold(), bare)
    if kind.startswith("date") and len(bare) == 8 and bare.isdecimal():
        return f"{bare[:4]}-{bare[4:6]}-{bare[6:]}"
    try:
        return int(bare) if re.fullmatch(r"[+-]?\d{1,18}", bare) else float(bare)
    except ValueError:
        return bare


def _shapes(
    folder: Path, lines: Sequence[str], head: _Head, count: int, shown: str, said: Verdict
) -> tuple[CRS | None, Cells]:
    """Shapes by GDAL, from a file of the same objects with a table of its own: their numbers."""
    if "affine" in head.coordsys.casefold():
        raise InputError(Problem("layer.mif_affine", shown, {}))
    made = ["Version 300", 'Charset "Neutral"', 'Delimiter ","']
    made += [f"CoordSys {head.coordsys}"] if head.coordsys else []
    made += [f"Transform {head.transform}"] if head.transform else []
    made += ["Columns 1", "  n Integer", "Data", ""]
    body = "\n".join([*made, *lines[head.data_line :]])
    (folder / "layer.mif").write_bytes(body.encode("latin-1"))
    (folder / "layer.mid").write_bytes("".join(f"{i}\n" for i in range(count)).encode())
    if count == 0:
        return (ground_of(None, shown), np.empty(0, dtype=object))
    crs, _, shapes, _ = ogr.read(folder / "layer.mif", shown, said, places_from=0, encoding="ISO-8859-1")
    if len(shapes) != count:
        raise InputError(Problem("layer.shp_counts", shown, {"shapes": len(shapes), "rows": count}))
    ground = ground_of(crs, shown)
    if ground is None and head.coordsys and not head.coordsys.casefold().startswith("nonearth"):
        said.warnings = [p for p in said.warnings if p.key != "layer.gdal_said"]
        said.tell(Problem("layer.coordsys_unknown", shown, {"text": head.coordsys[:60]}))
    return ground, shapes


def _tell(kinds: Sequence[str], head: _Head, shapes: Cells, shown: str, said: Verdict) -> None:
    curved = tuple(f"#{i + 1}" for i, kind in enumerate(kinds) if kind in _CURVES)
    if curved:
        said.mend(Problem("layer.mif_curves", shown, {"n": len(curved)}, curved))
    texts = tuple(f"#{i + 1}" for i, kind in enumerate(kinds) if kind == "text")
    if texts:
        said.tell(Problem("layer.mif_texts", shown, {"n": len(texts)}, texts))
    if not head.coordsys and len(shapes):
        said.tell(Problem("layer.mif_no_coordsys", shown, {}))


FORMAT = Format("MapInfo MIF", (".mif",), open_mif, most_mb=200, parts=(".mid",))
