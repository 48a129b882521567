"""The ``.shp`` and ``.shx`` of a Shapefile, byte by byte: where each record lies, and whether it is whole.

GDAL reads cut files, absurd counts and an index of another saving without a word, and gives fewer lots.
"""

import struct
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

from geoplan.errors import InputError, Problem
from geoplan.formats import rings
from geoplan.formats.verdict import Verdict

HEAD = 100
_MAGIC = 9994
_POINTS = {1: 20, 11: 36, 21: 28}
_MULTIPOINTS = {8: 0, 18: 8, 28: 0}
_LINES = {3: 0, 5: 0, 13: 8, 15: 8, 23: 0, 25: 0}
"""Bytes that each vertex needs beside its x and y: z; m may be left out."""
_HEIGHTS = frozenset({13, 15, 18})
_MULTIPATCH = 31
Spans = npt.NDArray[np.int64]
"""Offset and length in bytes of each record's content."""


@dataclass(frozen=True, slots=True)
class Records:
    """Where the shapes lie.

    Parameters
    ----------
    spans : array of int, shape (n, 2)
        Offset and length of each record's content.
    kind : int
        Type of shape that all records have (0: all are null).
    problems : tuple of Problem
        What was wrong and has been put right.
    """

    spans: Spans
    kind: int
    problems: tuple[Problem, ...]


def records(shp: bytes, shx: bytes | None, rows: int, shown: str) -> Records:
    """Records by the index, or by walking the file where the index is absent or does not fit.

    Parameters
    ----------
    shp, shx : bytes
        Whole files; None for an absent index.
    rows : int
        Rows of the table, deleted ones included: what a walk is proved by.
    shown : str
        The user's file, for the messages.

    Raises
    ------
    InputError
        ``layer.shp_broken``, ``layer.shp_cut``, ``layer.shx_contradicts``, ``layer.shp_counts``,
        ``layer.shp_multipatch``.
    """
    if len(shp) < HEAD or struct.unpack_from(">i", shp, 0)[0] != _MAGIC:
        raise InputError(Problem("layer.shp_broken", shown, {"place": "0"}))
    told: list[Problem] = []
    indexed = None if shx is None else _indexed(shp, shx)
    if indexed is not None and len(indexed) == rows:
        spans = indexed
        numbers = _numbers(shp, spans)
        if (np.diff(numbers) < 0).any() and len(np.unique(numbers)) == rows:  # the records say another order
            raise InputError(Problem("layer.shx_contradicts", shown, {}))
        idle = len(shp) - HEAD - int(spans[:, 1].sum()) - 8 * len(spans)
        if idle > 0:
            told.append(Problem("layer.shp_idle_bytes", shown, {"bytes": idle, "n": rows}))
    else:
        spans = _walked(shp, shown)
        _proved(shp, spans, rows, shx is not None, shown)
        key = "layer.shx_rebuilt" if shx is None else "layer.shx_replaced"
        told.append(Problem(key, shown, {"n": len(spans)}))
    stated = 2 * struct.unpack_from(">i", shp, 24)[0]
    if stated != len(shp):
        told.append(Problem("layer.shp_length", shown, {"bytes": len(shp), "stated": stated, "n": len(spans)}))
    kind, said = _kind(shp, spans, shown)
    for n, (at, length) in enumerate(spans.tolist(), start=1):
        if not _consistent(shp, at, length):
            raise InputError(Problem("layer.shp_broken", shown, {"place": f"#{n}"}, (f"#{n}",)))
    return Records(spans, kind, (*told, *said))


def count(shp: bytes, shx: bytes | None) -> int | None:
    """Number of shapes by the index, or by a walk where it is absent or damaged; None where that fails too."""
    indexed = _indexed(shp, shx) if shx is not None and len(shp) >= HEAD else None
    if indexed is not None:
        return len(indexed)
    try:
        return len(_walked(shp, "")) if len(shp) >= HEAD else None
    except InputError:  # `records` says it
        return None


def shapes(shp: bytes, found: Records, shown: str, said: Verdict) -> tuple[npt.NDArray[np.object_], frozenset[int]]:
    """Shapes of the records, with heights where they have them, and the rows whose shape is unreadable.

    Parameters
    ----------
    shp : bytes
        The whole file.
    found : Records
        Its records.
    shown : str
        The user's file.
    said : Verdict
        Gets ``layer.rings_closed``, ``layer.rings_dropped``, ``layer.rings_by_nesting``, ``layer.shapes_unreadable``,
        ``layer.shapes_crowded``, with the features.

    Returns
    -------
    shapes : array of object
        None where a record is null or unreadable.
    told : frozenset of int
        Rows without a shape of which it has been said.
    """
    kind, n = found.kind, len(found.spans)
    full = [(i, at) for i, (at, _) in enumerate(found.spans.tolist()) if struct.unpack_from("<i", shp, at)[0]]
    made: npt.NDArray[np.object_] = np.full(n, None, dtype=object)
    if kind in _POINTS:
        for i, at in full:
            made[i] = shapely.points(struct.unpack_from("<3d" if kind == 11 else "<2d", shp, at + 4))
        return made, frozenset()
    if kind in _MULTIPOINTS:
        for i, at in full:
            made[i] = shapely.multipoints(_vertices(shp, at + 40, struct.unpack_from("<i", shp, at + 36)[0], kind))
        return made, frozenset()
    points, starts, owner = _parts(shp, full, kind)
    if kind % 10 == 5:
        done = rings.polygons(points, starts, owner, n)
        empty = {i for i, _ in full} - set(owner.tolist())
        _tell(said.mend, "layer.rings_closed", done.closed, shown)
        _tell(said.mend, "layer.rings_dropped", {i for i in done.dropped if done.shapes[i] is not None}, shown)
        _tell(said.mend, "layer.rings_by_nesting", done.nested, shown)
        _tell(said.refuse, "layer.shapes_crowded", done.crowded, shown)
        bare = {i for i in done.dropped | empty if done.shapes[i] is None}
        _tell(said.refuse, "layer.shapes_unreadable", bare, shown)
        return done.shapes, frozenset(bare | done.crowded)
    return _lines(made, points, starts, owner, {i for i, _ in full}, shown, said)


def boxes(shp: bytes, found: Records) -> npt.NDArray[np.float64]:
    """West, south, east, north that each record states; NaN for points and null shapes."""
    stated = np.full((len(found.spans), 4), np.nan)
    if found.kind not in _POINTS:
        for i, (at, length) in enumerate(found.spans.tolist()):
            if length >= 36 and struct.unpack_from("<i", shp, at)[0]:
                stated[i] = struct.unpack_from("<4d", shp, at + 4)
    return stated


def _lines(
    made: npt.NDArray[np.object_],
    points: npt.NDArray[np.float64],
    starts: npt.NDArray[np.int64],
    owner: npt.NDArray[np.int64],
    full: set[int],
    shown: str,
    said: Verdict,
) -> tuple[npt.NDArray[np.object_], frozenset[int]]:
    """Lines of one or several parts; a part of one point is left out."""
    ends = np.append(starts[1:], len(points))
    by_row: dict[int, list[shapely.Geometry]] = {}
    dropped = set()
    for row, start, end in zip(owner.tolist(), starts.tolist(), ends.tolist(), strict=True):
        if end - start < 2:
            dropped.add(row)
        else:
            by_row.setdefault(row, []).append(shapely.linestrings(points[start:end]))
    for row, parts in by_row.items():
        made[row] = parts[0] if len(parts) == 1 else shapely.multilinestrings(parts)
    bare = full - set(by_row)
    _tell(said.mend, "layer.rings_dropped", dropped - bare, shown)
    _tell(said.refuse, "layer.shapes_unreadable", bare, shown)
    return made, frozenset(bare)


def _parts(
    shp: bytes, full: list[tuple[int, int]], kind: int
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Vertices of all parts, first vertex of each part, and the row that it belongs to."""
    blocks, starts, owner = [], [], []
    before = 0
    for i, at in full:
        parts, points = struct.unpack_from("<ii", shp, at + 36)
        if parts == 0:
            continue
        blocks.append(_vertices(shp, at + 44 + 4 * parts, points, kind))
        starts.append(np.frombuffer(shp, dtype="<i4", count=parts, offset=at + 44).astype(np.int64) + before)
        owner.append(np.full(parts, i, dtype=np.int64))
        before += points
    if not blocks:
        return np.empty((0, 2)), np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
    return np.concatenate(blocks), np.concatenate(starts), np.concatenate(owner)


def _vertices(shp: bytes, at: int, points: int, kind: int) -> npt.NDArray[np.float64]:
    """Vertices of one record, with their heights where its kind has them (and none of them is blank)."""
    plane = np.frombuffer(shp, dtype="<f8", count=2 * points, offset=at).reshape(-1, 2)
    if kind not in _HEIGHTS:
        return plane
    height = np.frombuffer(shp, dtype="<f8", count=points, offset=at + 16 * points + 16)
    return np.column_stack([plane, np.where(np.isfinite(height), height, 0.0)])


def _tell(say: Callable[[Problem], None], key: str, rows: set[int], shown: str) -> None:
    if rows:
        say(Problem(key, shown, {"n": len(rows)}, tuple(f"#{i + 1}" for i in sorted(rows))))


def _walked(shp: bytes, shown: str) -> Spans:
    """Records one after the other, to the end of the file; rubbish behind the stated end is left."""
    spans: list[tuple[int, int]] = []
    at = HEAD
    stated = 2 * struct.unpack_from(">i", shp, 24)[0]
    while at < len(shp):
        length = 2 * struct.unpack_from(">i", shp, at + 4)[0] if at + 8 <= len(shp) else -1
        if length < 4 or at + 8 + length > len(shp):
            place = f"#{len(spans) + 1}"
            if at == stated:
                break
            if stated > len(shp):
                raise InputError(Problem("layer.shp_cut", shown, {"bytes": len(shp), "stated": stated}, (place,)))
            raise InputError(Problem("layer.shp_broken", shown, {"place": place}, (place,)))
        spans.append((at + 8, length))
        at += 8 + length
    return np.array(spans, dtype=np.int64).reshape(-1, 2)


def _proved(shp: bytes, spans: Spans, rows: int, indexed: bool, shown: str) -> None:
    """Refuse a walk that may not be in the order of the table: its numbers must be 1, 2, 3 ... to the last row."""
    numbers = _numbers(shp, spans)
    ordered = len(numbers) == 0 or (numbers[0] in (0, 1) and bool((np.diff(numbers) == 1).all()))
    if len(spans) != rows:
        raise InputError(Problem("layer.shp_counts", shown, {"shapes": len(spans), "rows": rows}))
    if not ordered:
        key = "layer.shx_contradicts" if indexed else "layer.shx_needed"
        raise InputError(Problem(key, shown, {}))


def _numbers(shp: bytes, spans: Spans) -> npt.NDArray[np.int64]:
    """The number that each record gives itself."""
    return np.array([struct.unpack_from(">i", shp, at - 8)[0] for at in spans[:, 0].tolist()], dtype=np.int64)


def _indexed(shp: bytes, shx: bytes) -> Spans | None:
    """Records by the index, if every entry points at a record of the length that it states."""
    if len(shx) < HEAD or (len(shx) - HEAD) % 8 or struct.unpack_from(">i", shx, 0)[0] != _MAGIC:
        return None
    if 2 * struct.unpack_from(">i", shx, 24)[0] != len(shx):
        return None
    entries = np.frombuffer(shx, dtype=">i4", offset=HEAD).astype(np.int64).reshape(-1, 2) * 2
    if len(entries) == 0:
        return entries if len(shp) == HEAD else None
    starts, lengths = entries[:, 0], entries[:, 1]
    if (starts < HEAD).any() or (lengths < 4).any() or (starts + 8 + lengths > len(shp)).any():
        return None
    order = np.argsort(starts)
    if (np.diff(starts[order]) < lengths[order][:-1] + 8).any():  # two entries share bytes
        return None
    stated = np.array([struct.unpack_from(">i", shp, at + 4)[0] for at in starts.tolist()], dtype=np.int64) * 2
    return None if (stated != lengths).any() else np.column_stack([starts + 8, lengths])


def _kind(shp: bytes, spans: Spans, shown: str) -> tuple[int, list[Problem]]:
    """Type of the shapes; told where the header says another one than all records."""
    stated = struct.unpack_from("<i", shp, 32)[0]
    own = np.array([struct.unpack_from("<i", shp, at)[0] for at in spans[:, 0].tolist()], dtype=np.int64)
    if stated == _MULTIPATCH or (own == _MULTIPATCH).any():
        raise InputError(Problem("layer.shp_multipatch", shown, {}))
    known = {*_POINTS, *_LINES, *_MULTIPOINTS}
    odd = np.flatnonzero(~np.isin(own, [0, *known]))
    if len(odd):
        place = f"#{int(odd[0]) + 1}"
        raise InputError(Problem("layer.shp_broken", shown, {"place": place}, (place,)))
    kinds = sorted(set(own.tolist()) - {0})
    if len(kinds) > 1:
        common = max(kinds, key=own.tolist().count)
        rows = tuple(f"#{i + 1}" for i in np.flatnonzero((own != common) & (own != 0)).tolist())
        raise InputError(Problem("layer.shp_kinds", shown, {"n": len(rows)}, rows))
    if not kinds or kinds[0] == stated:
        return (stated if stated in known else 0), []
    return kinds[0], [Problem("layer.shp_kind_mended", shown, {"stated": str(stated), "own": str(kinds[0])})]


def _consistent(shp: bytes, at: int, length: int) -> bool:
    """True if a record's own counts fit its length."""
    own = struct.unpack_from("<i", shp, at)[0]
    if own == 0:
        return True
    if own in _POINTS:
        return length >= _POINTS[own] - (8 if own == 11 else 0)
    if own in _MULTIPOINTS:
        points = struct.unpack_from("<i", shp, at + 36)[0] if length >= 40 else -1
        return points >= 0 and 40 + _room(points, _MULTIPOINTS[own]) <= length
    parts, points = struct.unpack_from("<ii", shp, at + 36) if length >= 44 else (-1, -1)
    if min(parts, points) < 0 or 44 + 4 * parts + _room(points, _LINES[own]) > length:
        return False
    starts = np.frombuffer(shp, dtype="<i4", count=parts, offset=at + 44)
    return parts == 0 or bool(starts[0] == 0 and (np.diff(starts) > 0).all() and starts[-1] < points)


def _room(points: int, beside: int) -> int:
    """Bytes of so many vertices, with the range of their heights."""
    return points * (16 + beside) + (16 if beside else 0)
