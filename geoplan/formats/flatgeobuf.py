"""FlatGeobuf: walked feature by feature before GDAL sees a copy, so that a cut file is not a shorter one.

Rows stand in the order of the file, which the writer has sorted by place: no other order is known.
"""

import struct
from pathlib import Path

from geoplan.errors import InputError, Problem
from geoplan.formats import ogr, places
from geoplan.formats.format import Format
from geoplan.formats.opened import Opened
from geoplan.formats.records import LayerSpec
from geoplan.formats.verdict import Verdict
from geoplan.writing import scratch

_MAGIC = b"fgb\x03fgb"
_HEADER_MOST = 10_000_000
_NODE = 40
_KIND, _COLUMNS, _COUNT, _NODE_SIZE = 2, 7, 8, 9
"""Fields of the header: kind of geometry, columns, number of features, children of a node of the index."""

_STRAIGHT = 6


def open_flatgeobuf(spec: LayerSpec) -> Opened:
    """All features of a FlatGeobuf file.

    Raises
    ------
    InputError
        ``layer.not_the_format``, ``layer.fgb_cut``, ``layer.fgb_count``, ``layer.cells_many``, those of `ogr.read`.
    """
    places.present(spec.path, spec.shown)
    said = Verdict()
    with scratch() as folder:
        copy = Path(folder) / "copy.fgb"
        digest = places.copied([(spec.path, copy)], spec.shown)
        count, columns, straight = _walked(copy.read_bytes(), spec.shown)
        places.refuse_crowds(count, columns + 1, spec.shown)
        found = ogr.read(copy, spec.shown, said, places_from=1)
        _, fids, shapes, _ = found
        marks = tuple(f"#{fid + 1}" for fid in fids.tolist())
        name = () if straight else ogr.layers(copy, spec.shown)
        curved = ogr.curved(copy, spec.shown, name[0], marks, fids) if name else ()
    if len(shapes) != count:
        raise InputError(Problem("layer.gpkg_count", spec.shown, {"read": len(shapes), "rows": count}))
    return ogr.opened(found, marks, curved, digest, spec.shown, said)


def _walked(raw: bytes, shown: str) -> tuple[int, int, bool]:
    """Number of features, each whole to the end of the file; of columns; whether no feature can have arcs."""
    if raw[:7] != _MAGIC:
        raise InputError(Problem("layer.not_the_format", shown, {"format": "FlatGeobuf"}))
    cut = InputError(Problem("layer.fgb_cut", shown, {"place": "0"}))
    if len(raw) < 16:
        raise cut
    size = struct.unpack_from("<I", raw, 8)[0]
    if size > _HEADER_MOST or 12 + size > len(raw):
        raise cut
    try:
        stated, node_size, columns, kind = _header(raw[12 : 12 + size])
    except struct.error as error:
        raise cut from error
    at = 12 + size + (_index_size(stated, node_size) if stated and node_size > 1 else 0)
    count = 0
    while at < len(raw):
        length = struct.unpack_from("<I", raw, at)[0] if at + 4 <= len(raw) else 0
        if length < 8 or at + 4 + length > len(raw):
            place = f"#{count + 1}"
            raise InputError(Problem("layer.fgb_cut", shown, {"place": place}, (place,)))
        at += 4 + length
        count += 1
    if stated and stated != count:
        raise InputError(Problem("layer.fgb_count", shown, {"stated": stated, "count": count}))
    return count, columns, 1 <= kind <= _STRAIGHT


def _header(head: bytes) -> tuple[int, int, int, int]:
    """Stated number of features (0: not stated), children of an index node (0: no index), columns, kind of geometry."""
    table = struct.unpack_from("<I", head, 0)[0]
    fields = table - struct.unpack_from("<i", head, table)[0]
    if fields < 0:
        raise struct.error("fields before the header")

    def place(number: int) -> int:
        known = struct.unpack_from("<H", head, fields)[0]
        offset = struct.unpack_from("<H", head, fields + 4 + 2 * number)[0] if 4 + 2 * number + 2 <= known else 0
        return int(table + offset) if offset else 0

    count = struct.unpack_from("<Q", head, place(_COUNT))[0] if place(_COUNT) else 0
    node_size = struct.unpack_from("<H", head, place(_NODE_SIZE))[0] if place(_NODE_SIZE) else 16
    columns = 0
    if place(_COLUMNS):
        at = place(_COLUMNS) + struct.unpack_from("<I", head, place(_COLUMNS))[0]
        columns = struct.unpack_from("<I", head, at)[0]
    kind = head[place(_KIND)] if 0 < place(_KIND) < len(head) else 0
    return int(count), int(node_size), int(columns), int(kind)


def _index_size(count: int, node_size: int) -> int:
    """Bytes of the packed R-tree of so many features."""
    nodes = level = count
    while level > 1:
        level = -(-level // node_size)
        nodes += level
    return nodes * _NODE


FORMAT = Format("FlatGeobuf", (".fgb",), open_flatgeobuf, most_mb=150)
