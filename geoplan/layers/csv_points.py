"""Points in a CSV: longitude and latitude, or x and y with a declared CRS; as Excel saves it in Vietnam or elsewhere.

Delimiter `;`, `,` or tab; decimal comma; UTF-8 with or without its mark, UTF-16, or an older encoding (`decoding`
decides).
"""

import csv
import hashlib
import io
from collections.abc import Mapping, Sequence

import numpy as np
import shapely
from pyproj import CRS

from geoplan.errors import InputError, Problem
from geoplan.layers import places
from geoplan.layers.checks_ground import VIETNAM
from geoplan.layers.columns import shown as listed
from geoplan.layers.decimals import number_reader
from geoplan.layers.decoding import names_as_text
from geoplan.layers.opened import Cells, Opened
from geoplan.layers.records import LayerSpec
from geoplan.layers.verdict import Verdict
from geoplan.text.letters import column_key

_AXES: Mapping[str, frozenset[str]] = {
    "lon": frozenset(["lon", "lng", "long", "longitude", "kinhdo", "kd", "x_lon", "wgs84lon"]),
    "lat": frozenset(["lat", "latitude", "vido", "vd", "y_lat", "wgs84lat"]),
    "x": frozenset(["x", "toadox", "xvn2000", "easting", "east", "dong", "xcoord"]),
    "y": frozenset(["y", "toadoy", "yvn2000", "northing", "north", "bac", "ycoord"]),
}


def open_points(spec: LayerSpec) -> Opened:
    """Rows of a CSV as points.

    Raises
    ------
    InputError
        ``layer.csv_broken``, ``layer.csv_ragged``, ``layer.csv_no_coordinates``, ``layer.csv_crs``.
    """
    raw = places.present(spec.path, spec.shown).read_bytes()
    text, encoding = _text(raw, spec.shown)
    header, rows, lines = _rows(text, spec.shown)
    if encoding != "unicode":
        names = names_as_text(dict.fromkeys(header), spec, encoding)
        header = [names[name] for name in header]
    columns: dict[str, Cells] = {}
    for i, name in enumerate(header):
        if name and name not in columns:
            cells = np.empty(len(rows), dtype=object)
            cells[:] = [_cell(row[i], raw=encoding != "unicode") for row in rows]
            columns[name] = cells
    said = Verdict()
    first, second = _axes(columns, spec)
    degrees = first[0] == "lon"
    if not degrees and not spec.crs:
        raise InputError(Problem("layer.csv_crs", spec.shown, {"x": first[1], "y": second[1]}))
    marks = tuple(f"#{n}" for n in lines)
    shapes, told = _points(columns[first[1]], columns[second[1]], marks, spec.shown, said, degrees=degrees)
    return Opened(
        columns=columns,
        shapes=shapes,
        crs=None,
        assumed=CRS.from_user_input("EPSG:4326") if degrees else None,
        places=marks,
        sha256=hashlib.sha256(raw).hexdigest(),
        encoding="" if encoding == "unicode" else encoding,
        repeated=frozenset(name for name in header if name and header.count(name) > 1),
        taken=frozenset(_AXES),
        told=told,
        said=said,
    )


def _text(raw: bytes, shown: str) -> tuple[str, str]:
    """Text, with ``unicode`` where it is decoded, or a Latin-1 stand-in with the encoding of the file's mark."""
    for mark, name in ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if raw.startswith(mark):
            try:
                return raw.decode(name), "unicode"
            except UnicodeDecodeError as error:
                raise InputError(Problem("layer.csv_broken", shown, {"line": 1})) from error
    if raw.startswith(b"\xef\xbb\xbf"):
        return raw[3:].decode("latin-1"), "utf-8"
    return raw.decode("latin-1"), ""


def _rows(text: str, shown: str) -> tuple[list[str], list[list[str]], list[int]]:
    """Header, rows without blank ones, and the line on which each row ends."""
    delimiter = ""
    if text[:4].casefold() == "sep=":
        delimiter, text = text[4], text.split("\n", 1)[1] if "\n" in text else ""
    first = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = delimiter or max(";,\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    header: list[str] = []
    rows: list[list[str]] = []
    lines: list[int] = []
    ragged: list[int] = []
    try:
        for row in reader:
            if not any(c.strip() for c in row):
                continue
            if not header:
                header = [c.strip() for c in row]
                continue
            if len(row) < len(header) or any(c.strip() for c in row[len(header) :]):
                ragged.append(reader.line_num)
                continue
            rows.append(row[: len(header)])
            lines.append(reader.line_num)
    except csv.Error as error:
        raise InputError(Problem("layer.csv_broken", shown, {"line": reader.line_num})) from error
    if ragged:
        facts: dict[str, str | int | float] = {
            "n": len(ragged),
            "columns": len(header),
            "delimiter": delimiter.replace("\t", "Tab"),
        }
        raise InputError(Problem("layer.csv_ragged", shown, facts, tuple(f"#{n}" for n in ragged)))
    return header, rows, lines


def _cell(text: str, *, raw: bool) -> bytes | str | None:
    if not text.strip():
        return None
    return text.encode("latin-1") if raw else text


def _axes(columns: Mapping[str, Cells], spec: LayerSpec) -> tuple[tuple[str, str], tuple[str, str]]:
    """Names of the two coordinate columns, degrees before metres; the user's word wins."""
    for pair in (("lon", "lat"), ("x", "y")):
        found: list[tuple[str, str]] = []
        for axis in pair:
            wanted = spec.columns.get(axis)
            fits = [c for c in columns if (c == wanted if wanted else column_key(c) in _AXES[axis])]
            exact = [c for c in fits if c.casefold() == axis] if len(fits) > 1 else fits
            if len(exact) == 1:
                found.append((axis, exact[0]))
        if len(found) == 2:
            return found[0], found[1]
    raise InputError(Problem("layer.csv_no_coordinates", spec.shown, {"columns": listed(columns)}))


def _points(
    xs: Cells, ys: Cells, marks: Sequence[str], where: str, said: Verdict, *, degrees: bool
) -> tuple[Cells, frozenset[int]]:
    """Points, None where a coordinate is blank or unreadable; rows whose trouble has been told."""
    x, unread_x = _numbers(xs)
    y, unread_y = _numbers(ys)
    unread = unread_x | unread_y
    shapes = np.empty(len(x), dtype=object)
    whole = np.isfinite(x) & np.isfinite(y)
    shapes[whole] = shapely.points(x[whole], y[whole])
    if unread.any():
        rows = np.flatnonzero(unread)
        values = ", ".join(f"“{_shown(xs[i])} {_shown(ys[i])}”" for i in rows.tolist()[:5])
        facts: dict[str, str | int | float] = {"n": len(rows), "values": values}
        said.refuse(Problem("layer.csv_coordinates_unreadable", where, facts, tuple(marks[i] for i in rows.tolist())))
    west, south, east, north = VIETNAM
    turned = (
        whole & (x >= south) & (x <= north) & (y >= west) & (y <= east) if degrees else np.zeros(len(x), dtype=bool)
    )
    if turned.any() and not turned[whole].all():
        rows = np.flatnonzero(turned)
        said.refuse(Problem("layer.axes_swapped_rows", where, {"n": len(rows)}, tuple(marks[i] for i in rows.tolist())))
        shapes[turned] = None
        unread |= turned
    return shapes, frozenset(np.flatnonzero(unread).tolist())


def _numbers(cells: Cells) -> tuple[np.ndarray, np.ndarray]:
    texts = [None if c is None else _shown(c) for c in cells]
    read = number_reader((t for t in texts if t is not None), decimals=True)
    values = [None if t is None else read(t) for t in texts]
    unread = np.array([t is not None and v is None for t, v in zip(texts, values, strict=True)], dtype=bool)
    return np.array([np.nan if v is None else v for v in values], dtype=np.float64), unread


def _shown(cell: bytes | str) -> str:
    return cell.decode("latin-1") if isinstance(cell, bytes) else cell
