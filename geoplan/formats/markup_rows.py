"""Features of KML, GML and GPX into columns and shapes; what is wrong with one is told by feature and line."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from pyproj import CRS

from geoplan.crs import VIETNAM
from geoplan.errors import InputError, Problem
from geoplan.formats import markup_shapes
from geoplan.formats.markup import Parsed
from geoplan.formats.markup_shapes import ShapeError
from geoplan.formats.naming import listed
from geoplan.formats.opened import Cells, Opened
from geoplan.formats.records import LayerSpec

MOST_COLUMNS = 1000
MOST_CELLS = 30_000_000
"""Columns, and rows times columns: each feature of a stranger may bring columns of its own."""


class Features:
    """Rows and shapes of a file as they come, and what is wrong with them."""

    def __init__(self, shown: str) -> None:
        self.shown = shown
        self.rows: list[dict[str, Any]] = []
        self.shapes: list[Any] = []
        self.marks: list[str] = []
        self.repeated: set[str] = set()
        self.names: dict[str, None] = {}
        self._faults: dict[str, list[tuple[str, int, str]]] = {}
        self._mended: dict[str, list[str]] = {}

    def add(self, mark: str, row: dict[str, Any], shape: Any) -> None:
        """One feature.

        Raises
        ------
        InputError
            ``layer.xml_columns`` where the features bring more columns than a table can have.
        """
        self.rows.append(row)
        self.shapes.append(shape)
        self.marks.append(mark)
        self.names.update(dict.fromkeys(row))
        if len(self.names) > MOST_COLUMNS or len(self.names) * len(self.rows) > MOST_CELLS:
            facts: dict[str, str | int | float] = {"n": len(self.rows), "most": MOST_COLUMNS}
            raise InputError(Problem("layer.xml_columns", self.shown, {**facts, "first": listed(self.names, 5)}))

    def fault(self, mark: str, line: int, error: ShapeError) -> None:
        """A feature without a shape, and why."""
        self._faults.setdefault(error.key, []).append((mark, line, error.sample))

    def mended(self, key: str, mark: str) -> None:
        """A feature that has been put right."""
        self._mended.setdefault(key, []).append(mark)

    def kept(self, rows: Sequence[int]) -> None:
        """Forget all other rows, and what was found in them."""
        marks = {self.marks[i] for i in rows}
        self.rows, self.shapes, self.marks = (
            [self.rows[i] for i in rows],
            [self.shapes[i] for i in rows],
            [self.marks[i] for i in rows],
        )
        self.names = dict.fromkeys(name for row in self.rows for name in row)
        self._faults = {k: found for k, v in self._faults.items() if (found := [f for f in v if f[0] in marks])}
        self._mended = {k: left for k, v in self._mended.items() if (left := [m for m in v if m in marks])}

    def opened(
        self, parsed: Parsed, spec: LayerSpec, sha256: str, *, crs: CRS | None = None, assumed: CRS | None = None
    ) -> Opened:
        """Everything as a file opened; what was found in single features is told together."""
        said = parsed.said
        self._refuse_exchanged(crs or assumed)
        shapes = np.empty(len(self.shapes), dtype=object)
        shapes[:] = self.shapes
        for key, marks in self._mended.items():
            said.mend(Problem(key, spec.shown, {"n": len(marks)}, tuple(marks)))
        told: set[str] = set()
        for key, faults in self._faults.items():
            samples = dict.fromkeys(sample for _, _, sample in faults if sample)
            facts: dict[str, str | int | float] = {"n": len(faults), "line": faults[0][1]}
            facts["sample"] = ", ".join(f"“{s}”" for s in list(samples)[:3])
            ids = tuple(mark for mark, _, _ in faults)
            said.refuse(Problem(key, spec.shown, facts, ids))
            told |= set(ids)
        return Opened(
            columns={name: _column(self.rows, name, raw=parsed.raw) for name in self.names},
            shapes=shapes,
            crs=crs,
            assumed=assumed,
            places=tuple(self.marks),
            sha256=sha256,
            raw=parsed.raw,
            repeated=frozenset(self.repeated),
            told=frozenset(i for i, mark in enumerate(self.marks) if mark in told),
            said=said,
        )

    def _refuse_exchanged(self, crs: CRS | None) -> None:
        """Name the features that stand latitude first among others that do not: no CRS can be right for both."""
        drawn = [i for i, shape in enumerate(self.shapes) if shape is not None]
        turned = exchanged([self.shapes[i] for i in drawn])
        if crs is None or not crs.is_geographic or not turned.any() or turned.all():
            return
        for i in np.array(drawn)[turned].tolist():
            self.shapes[i] = None
            self.fault(self.marks[i], 0, ShapeError("layer.xml_axes_rows"))


def put(row: dict[str, Any], name: str, value: Any, repeated: set[str]) -> None:
    """A value into a row; a second, other one of the same name is noted, the first stays."""
    if value is None or value == "" or not name:
        return
    if row.get(name) is None:
        row[name] = value
    elif row[name] != value:
        repeated.add(name)


def typed(column: str, kinds: Mapping[str, str], value: Any) -> Any:
    """A number where the file declares its column as one with decimals and the text is one; else the text."""
    if kinds.get(column) not in ("float", "double") or not isinstance(value, str):
        return value
    try:
        found = markup_shapes.numbers(value)
    except ShapeError:
        return value
    return float(found[0]) if len(found) == 1 else value


def exchanged(shapes: Sequence[Any]) -> npt.NDArray[np.bool_]:
    """Which shapes lie in Việt Nam once longitude and latitude are exchanged; as they are, these lie nowhere in it."""
    boxes = shapely.bounds(np.array([*shapes, None], dtype=object))[:-1]
    west, south, east, north = VIETNAM
    inside = (boxes[:, 1] >= west) & (boxes[:, 3] <= east) & (boxes[:, 0] >= south) & (boxes[:, 2] <= north)
    return np.asarray(inside, dtype=bool)


def _column(rows: Sequence[Mapping[str, Any]], name: str, *, raw: bool) -> Cells:
    column = np.empty(len(rows), dtype=object)
    column[:] = [row.get(name) for row in rows]
    if raw:
        column[:] = [_bytes(value) for value in column]
    return column


def _bytes(value: Any) -> Any:
    """The bytes that a Latin-1 stand-in is; a letter that was written as a number (``&#7841;``) is none of them."""
    if not isinstance(value, str):
        return value
    try:
        return value.encode("latin-1")
    except UnicodeEncodeError:
        return value
