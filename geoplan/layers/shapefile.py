"""Shapefile: its parts are checked against each other before GDAL sees a copy: it reads cut ones without a word."""

import struct
import tempfile
from pathlib import Path

import numpy as np
import numpy.typing as npt
from pyproj import CRS
from pyproj.exceptions import CRSError

from geoplan.errors import InputError, Problem
from geoplan.layers import dbf, ogr, places
from geoplan.layers.opened import Opened
from geoplan.layers.records import LayerSpec
from geoplan.layers.verdict import Verdict

_PARTS = (".shp", ".shx", ".dbf", ".prj", ".cpg")
_MAGIC = 9994
_POINTS = {1: 20, 11: 28, 21: 28}
_LINES = {3, 5, 13, 15, 23, 25, 8, 18, 28}
_MULTIPOINTS = {8, 18, 28}
_KNOWN = frozenset({0, *_POINTS, *_LINES})
Spans = npt.NDArray[np.int64]
"""Offset and length in bytes of each record's content."""


def open_shapefile(spec: LayerSpec) -> Opened:
    """All parts of a Shapefile.

    Raises
    ------
    InputError
        ``layer.shp_part_missing``, ``layer.shp_broken``, ``layer.shp_cut``, ``layer.shx_contradicts``,
        ``layer.shp_counts``, those of `dbf.read`, ``layer.prj_unreadable``.
    """
    places.present(spec.path, spec.shown)
    found = places.sidecars(spec.path, _PARTS) | {".shp": spec.path}
    if ".dbf" not in found:
        raise InputError(Problem("layer.shp_part_missing", spec.shown, {"part": ".dbf"}))
    with tempfile.TemporaryDirectory(prefix="geoplan-") as folder:
        copies = {ending: Path(folder) / f"layer{ending}" for ending in found}
        digest = places.copied([(found[e], copies[e]) for e in _PARTS if e in found], spec.shown)
        raw = {ending: copy.read_bytes() for ending, copy in copies.items()}
        said = Verdict()
        spans = _records(raw, spec.shown, said)
        copies.setdefault(".shx", Path(folder) / "layer.shx").write_bytes(_index(raw[".shp"], spans))
        table = dbf.read(raw[".dbf"], spec.shown)
        if len(table.deleted) != len(spans):
            facts: dict[str, str | int | float] = {"shapes": len(spans), "rows": len(table.deleted)}
            raise InputError(Problem("layer.shp_counts", spec.shown, facts))
        shapes = _shapes(copies, len(spans), spec.shown, said)
    kept = ~table.deleted
    if not kept.all():
        said.tell(Problem("layer.dbf_deleted", spec.shown, {"n": int(table.deleted.sum())}))
    return Opened(
        columns={name: column[kept] for name, column in table.columns.items()},
        shapes=shapes[kept],
        crs=_crs(raw.get(".prj", b""), spec.shown),
        places=tuple(f"#{i + 1}" for i in np.flatnonzero(kept)),
        sha256=digest,
        encoding=raw.get(".cpg", b"").decode("latin-1").strip(),
        raw=True,
        cut=True,
        repeated=table.repeated,
        said=said,
    )


def _records(raw: dict[str, bytes], shown: str, said: Verdict) -> Spans:
    """Where each shape lies, by the index if there is one, else by walking the file."""
    shp = raw[".shp"]
    if len(shp) < 100 or struct.unpack_from(">i", shp, 0)[0] != _MAGIC:
        raise InputError(Problem("layer.shp_broken", shown, {"place": "0"}))
    if 2 * struct.unpack_from(">i", shp, 24)[0] != len(shp):
        raise InputError(
            Problem("layer.shp_cut", shown, {"bytes": len(shp), "stated": 2 * struct.unpack_from(">i", shp, 24)[0]})
        )
    if ".shx" not in raw:
        spans = _walked(shp, shown)
        said.tell(Problem("layer.shx_rebuilt", shown, {"n": len(spans)}))
    else:
        spans = _indexed(shp, raw[".shx"], shown)
    kind = struct.unpack_from("<i", shp, 32)[0]
    for n, (at, length) in enumerate(spans.tolist(), start=1):
        if not _consistent(shp, at, length, kind):
            raise InputError(Problem("layer.shp_broken", shown, {"place": f"#{n}"}, (f"#{n}",)))
    return spans


def _walked(shp: bytes, shown: str) -> Spans:
    spans: list[tuple[int, int]] = []
    at = 100
    while at < len(shp):
        if at + 8 > len(shp):
            raise InputError(Problem("layer.shp_cut", shown, {"bytes": len(shp), "stated": at + 8}))
        length = 2 * struct.unpack_from(">i", shp, at + 4)[0]
        if length < 4 or at + 8 + length > len(shp):
            raise InputError(Problem("layer.shp_broken", shown, {"place": f"#{len(spans) + 1}"}))
        spans.append((at + 8, length))
        at += 8 + length
    return np.array(spans, dtype=np.int64).reshape(-1, 2)


def _indexed(shp: bytes, shx: bytes, shown: str) -> Spans:
    """Records by the index; every entry must point at a record of the stated length."""
    problem = InputError(Problem("layer.shx_contradicts", shown, {}))
    if len(shx) < 100 or (len(shx) - 100) % 8 or struct.unpack_from(">i", shx, 0)[0] != _MAGIC:
        raise problem
    if 2 * struct.unpack_from(">i", shx, 24)[0] != len(shx):
        raise problem
    entries = np.frombuffer(shx, dtype=">i4", offset=100).astype(np.int64).reshape(-1, 2) * 2
    if len(entries) == 0:
        if len(shp) > 100:
            raise problem
        return entries
    starts, lengths = entries[:, 0], entries[:, 1]
    if (starts < 100).any() or (lengths < 4).any() or (starts + 8 + lengths > len(shp)).any():
        raise problem
    if len(np.unique(starts)) != len(starts):
        raise problem
    stated = np.array([struct.unpack_from(">i", shp, at + 4)[0] for at in starts.tolist()], dtype=np.int64) * 2
    if (stated != lengths).any():
        raise problem
    return np.column_stack([starts + 8, lengths])


def _consistent(shp: bytes, at: int, length: int, kind: int) -> bool:
    """True if a record's own counts fit its length and its type is that of the file (or null)."""
    own = struct.unpack_from("<i", shp, at)[0]
    if own == 0:
        return True
    if own != kind or own not in _KNOWN:
        return False
    if own in _POINTS:
        return length >= min(_POINTS[own], 20)
    if own in _MULTIPOINTS:
        return length >= 40 and 0 <= struct.unpack_from("<i", shp, at + 36)[0] <= (length - 40) // 16
    parts, points = struct.unpack_from("<ii", shp, at + 36) if length >= 44 else (-1, -1)
    if min(parts, points) < 0 or 44 + 4 * parts + 16 * points > length:
        return False
    starts = np.frombuffer(shp, dtype="<i4", count=parts, offset=at + 44)
    return parts == 0 or bool(starts[0] == 0 and (np.diff(starts) > 0).all() and starts[-1] < points)


def _index(shp: bytes, spans: Spans) -> bytes:
    """A fresh ``.shx`` of the records."""
    head = bytearray(shp[:100])
    struct.pack_into(">i", head, 24, (100 + 8 * len(spans)) // 2)
    entries = np.column_stack([(spans[:, 0] - 8) // 2, spans[:, 1] // 2]) if len(spans) else spans
    return bytes(head) + entries.astype(">i4").tobytes()


def _shapes(copies: dict[str, Path], rows: int, shown: str, said: Verdict) -> npt.NDArray[np.object_]:
    for ending in (".dbf", ".prj", ".cpg"):
        if ending in copies:
            copies[ending].unlink()
    if rows == 0:
        return np.empty(0, dtype=object)
    _, _, shapes, _ = ogr.read(copies[".shp"], shown, said, columns=[], encoding="ISO-8859-1")
    if len(shapes) != rows:
        raise InputError(Problem("layer.shp_counts", shown, {"shapes": len(shapes), "rows": rows}))
    return shapes


def _crs(raw: bytes, shown: str) -> CRS | None:
    text = raw.decode("utf-8-sig", errors="replace").strip().strip("\0")
    if not text:
        return None
    if not text[0].isalpha() or "[" not in text:
        raise InputError(Problem("layer.prj_unreadable", shown, {}))
    try:
        return CRS.from_wkt(text)
    except CRSError as error:
        raise InputError(Problem("layer.prj_unreadable", shown, {})) from error
