"""Results for MapInfo: one MIF with its MID a layer, on the datum of VN-2000, in the charset of old MapInfo.

Written here and not by GDAL, which puts VN-2000 on WGS 84 (datum 104, 223 m off) and knows no ``WindowsVietnamese``.

* The datum is written out: ``8, 9999, 28, <seven parameters>``, the rotations as Decision 05/2007/QĐ-BTNMT has them.
* Text is windows-1258: MapInfo reads it since version 6.5, and UTF-8 only since 2016 (16.0); whoever has neither limit
  takes ``results.gpkg``. A letter that it lacks becomes a question mark, and is said.
* MIF and not TAB: numbers stay as they are (a TAB rounds them to a grid), columns are as wide as their text, and the
  bytes are the same everywhere. In MapInfo: Table, Import.
* MapInfo has no missing numbers and makes 0 of them: a column with gaps is written as text, so that they stay blank.
"""

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from pyproj import CRS

from geoplan import crs as coordinates
from geoplan import formats
from geoplan.crs import grids, shift
from geoplan.errors import PlaceUnavailable, Problem
from geoplan.exports.bundle import Bundle
from geoplan.exports.geopackage import ResultLayer, label, layers_of
from geoplan.text import safe
from geoplan.text.letters import nfc
from geoplan.writing import write_bytes

ENCODING = "cp1258"
FIELDS = "fields.csv"
"""Table of the folder that says which column each field is, and its label."""

MOST_LETTERS = 254
"""Bytes that MapInfo's widest text column holds."""
MOST_NAME = 31
"""Letters of the longest name of a column."""
AGREES_M = 0.01
"""What is read back may lie this far from what was written."""

_TONES = "\u0300\u0301\u0303\u0309\u0323"
_INTEGERS = (-(2**31), 2**31 - 1)


@dataclass(frozen=True, slots=True)
class _Column:
    """A column of a MID: its name and type there, and its cells as bytes."""

    field: str
    name: str
    kind: str
    cells: list[bytes]


def results_mapinfo(bundle: Bundle, folder: Path) -> tuple[Problem, ...]:
    """Write ``<layer>.mif`` and ``.mid`` of every layer that has features, and `FIELDS`; read them back.

    Parameters
    ----------
    folder : Path
        An existing one, of `writing.new_folder`.

    Returns
    -------
    tuple of Problem
        ``export.text_cut``, ``export.letters_replaced``: what MapInfo cannot hold.

    Raises
    ------
    PlaceUnavailable
        As `writing.write_bytes`; ``write.unverified`` where a file does not give back what was written.
    """
    told: list[Problem] = []
    rows = ["layer,field,column,type,label"]
    for layer in layers_of(bundle):
        if len(layer.frame) == 0:
            continue
        name = safe.file_name(layer.name)
        shapes, crs = _placed(layer, CRS.from_user_input(bundle.crs))
        columns = _columns(layer, name, told)
        path = folder / f"{name}.mif"
        write_bytes(path, _mif(columns, shapes, layer, crs))
        write_bytes(path.with_suffix(".mid"), _mid(columns))
        _verify(path, shapes, columns)
        for c in columns:
            cells = (name, c.field, c.name, c.kind, label(c.field, bundle))
            rows.append(",".join(safe.csv_cell(text) for text in cells))
    write_bytes(folder / FIELDS, ("\ufeff" + "\r\n".join(rows) + "\r\n").encode())
    return tuple(told)


def coordsys(crs: CRS) -> str:
    """The ``CoordSys`` line of a Transverse Mercator grid or of longitude and latitude, with its datum."""
    parameters = [*shift.TOWGS84[:3], *(-r for r in shift.TOWGS84[3:6]), shift.TOWGS84[6], 0]
    vn2000 = "9999, 28, " + ", ".join(repr(v) for v in parameters)
    datum = vn2000 if coordinates.family(crs) == "vn2000" else "104"
    grid = grids.grid_of(crs)
    if grid is None:
        return f"CoordSys Earth Projection 1, {datum}"
    return (
        f'CoordSys Earth Projection 8, {datum}, "m", '
        f"{grid.meridian:g}, 0, {grid.scale:g}, {grid.easting:.12g}, {grid.northing:.12g}"
    )


def _placed(layer: ResultLayer, crs: CRS) -> tuple[npt.NDArray[np.object_], CRS]:
    """Shapes in the project's CRS, or in VN-2000 where that is a projection which a `CoordSys` is not written for."""
    shapes = np.asarray(layer.frame.geometry.array, dtype=object)
    plain = crs.is_geographic or grids.grid_of(crs) is not None
    if plain and coordinates.family(crs) in {"vn2000", "wgs84"}:
        return shapely.force_2d(shapes), crs
    target = coordinates.parse("EPSG:9213")
    return coordinates.geometries(shapes, crs, target), target


def _columns(layer: ResultLayer, name: str, told: list[Problem]) -> list[_Column]:
    made: list[_Column] = []
    for field in layer.fields:
        called = _name(field, {c.name.casefold() for c in made})
        values = layer.frame[field]
        gaps = bool(values.isna().any())
        if pd.api.types.is_bool_dtype(values) and not gaps:
            made.append(_Column(field, called, "Logical", [b"T" if v else b"F" for v in values]))
        elif pd.api.types.is_numeric_dtype(values) and not gaps:
            whole = pd.api.types.is_integer_dtype(values)
            small = whole and _INTEGERS[0] <= values.min() and values.max() <= _INTEGERS[1]
            made.append(_Column(field, called, "Integer" if small else "Float", [_number(v).encode() for v in values]))
        else:
            made.append(_text_column(field, called, values, name, told))
    return made


def _text_column(field: str, called: str, values: pd.Series, layer: str, told: list[Problem]) -> _Column:
    numeric = pd.api.types.is_numeric_dtype(values)
    texts = ["" if pd.isna(v) else _number(v) if numeric else str(v) for v in values]
    cells: list[bytes] = []
    cut, replaced = [], []
    for i, text in enumerate(texts):
        raw, lost = _in_cp1258(" ".join(text.split()))
        if lost:
            replaced.append(f"#{i + 1}")
        if len(raw) > MOST_LETTERS:
            cut.append(f"#{i + 1}")
            raw = _in_cp1258(raw[: MOST_LETTERS - 4].decode(ENCODING, errors="ignore"))[0] + b"..."
        cells.append(raw)
    for key, rows in (("export.text_cut", cut), ("export.letters_replaced", replaced)):
        if rows:
            facts: dict[str, str | int | float] = {"n": len(rows), "column": called, "most": MOST_LETTERS}
            told.append(Problem(key, f"{layer}.mid", facts, tuple(rows)))
    width = max(1, *(len(cell) for cell in cells))
    return _Column(field, called, f"Char({width})", cells)


def _name(field: str, taken: set[str]) -> str:
    """A name of at most 31 letters, unlike the others whatever their case: words from the left give way to letters."""
    words, name = field.split("_"), field
    for i in range(len(words)):
        if len(name) <= MOST_NAME and name.casefold() not in taken:
            return name
        name = "".join(w[:1] for w in words[: i + 1]) + "_" + "_".join(words[i + 1 :])
    number = 1
    while f"{field[: MOST_NAME - 4]}_{number}".casefold() in taken:
        number += 1
    return f"{field[: MOST_NAME - 4]}_{number}"


def _number(value: Any) -> str:
    return str(int(value)) if float(value).is_integer() and abs(value) < 1e15 else repr(float(value))


def _in_cp1258(text: str) -> tuple[bytes, bool]:
    """Text in windows-1258 (tones stand behind their letter), and whether a letter had to be replaced."""
    out, lost = bytearray(), False
    for letter in nfc(safe.plain(text)):
        parts = unicodedata.normalize("NFD", letter)
        tone = "".join(p for p in parts if p in _TONES)
        base = unicodedata.normalize("NFC", "".join(p for p in parts if p not in _TONES))
        for form in (letter, base + tone):
            try:
                out += form.encode(ENCODING)
                break
            except UnicodeEncodeError:
                continue
        else:
            out += b"?"
            lost = True
    return bytes(out), lost


def _mif(columns: Sequence[_Column], shapes: npt.NDArray[np.object_], layer: ResultLayer, crs: CRS) -> bytes:
    head = ["Version 300", 'Charset "WindowsVietnamese"', 'Delimiter ","', coordsys(crs), f"Columns {len(columns)}"]
    head += [f"  {c.name} {c.kind}" for c in columns]
    digits = 9 if crs.is_geographic else 3
    lines = [*head, "Data", ""]
    for shape, colour in zip(shapes, layer.colours, strict=True):
        lines += _object(shape, digits, int(colour.removeprefix("#"), 16) if colour else None)
    return ("\r\n".join(lines) + "\r\n").encode("ascii")


def _object(shape: shapely.Geometry, digits: int, colour: int | None) -> Iterator[str]:
    kind = shape.geom_type.removeprefix("Multi") if shape is not None and not shape.is_empty else ""
    if kind == "Polygon":
        rings = [ring for part in shapely.get_parts(shape) for ring in (part.exterior, *part.interiors)]
        yield f"Region  {len(rings)}"
        for ring in rings:
            yield from _points(ring, digits)
        yield "    Pen (1,2,2833203)"
        yield f"    Brush (2,{colour},16777215)" if colour is not None else "    Brush (1,0,16777215)"
    elif kind == "LineString":
        parts = shapely.get_parts(shape)
        if len(parts) == 1:
            count, *points = _points(parts[0], digits)
            yield from (f"Pline{count}", *points)
        else:
            yield f"Pline Multiple {len(parts)}"
            for part in parts:
                yield from _points(part, digits)
        yield "    Pen (1,2,2833203)"
    elif kind == "Point":
        points = [f"{x:.{digits}f} {y:.{digits}f}" for x, y in shapely.get_coordinates(shape)]
        yield from [f"Point {points[0]}"] if len(points) == 1 else [f"Multipoint {len(points)}", *points]
        yield f"    Symbol (34,{colour or 2833203},8)"
    else:
        yield "NONE"


def _points(ring: shapely.Geometry, digits: int) -> Iterator[str]:
    points = shapely.get_coordinates(ring)
    yield f"  {len(points)}"
    for x, y in points.tolist():
        yield f"{x:.{digits}f} {y:.{digits}f}"


def _mid(columns: Sequence[_Column]) -> bytes:
    quoted = [c.kind.startswith("Char") for c in columns]
    rows = zip(*(c.cells for c in columns), strict=True)
    lines = (
        b",".join(b'"' + cell.replace(b'"', b'""') + b'"' if q else cell for cell, q in zip(row, quoted, strict=True))
        for row in rows
    )
    return b"".join(line + b"\r\n" for line in lines)


def _verify(path: Path, shapes: npt.NDArray[np.object_], columns: Sequence[_Column]) -> None:
    """Read both files back through our own door: every vertex within a centimetre, every text as it was written."""
    read = formats.open_file(formats.LayerSpec("any", path, path.name))
    before, after = shapely.get_coordinates(shapes), shapely.get_coordinates(read.shapes)
    degree = 1e-5 if read.crs is not None and read.crs.is_geographic else 1.0
    alike = len(before) == len(after) and bool((np.abs(_sorted(before) - _sorted(after)) <= AGREES_M * degree).all())
    for c in columns:
        if c.kind.startswith("Char"):
            found = [b"" if v is None else v for v in read.columns[c.name].tolist()]
            alike = alike and found == c.cells
    if not alike or len(read.shapes) != len(shapes):
        raise PlaceUnavailable(Problem("write.unverified", str(path), {"path": path.name}))


def _sorted(points: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Sums of coordinates in order: rings may come back from another corner."""
    return np.sort(np.round(points, 6), axis=0)
