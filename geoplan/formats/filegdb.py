"""File Geodatabase: the folder is copied whole, without locks and links, and read in a process of its own."""

import re
import struct
from pathlib import Path

import numpy as np

from geoplan.errors import InputError, Problem
from geoplan.formats import ogr, places
from geoplan.formats.format import Format
from geoplan.formats.naming import listed
from geoplan.formats.opened import Opened
from geoplan.formats.records import LayerSpec
from geoplan.formats.verdict import Verdict
from geoplan.text.letters import same_name
from geoplan.writing import scratch

_PART = re.compile(r"^(a[0-9a-f]{8}\.(gdbtable|gdbtablx|gdbindexes|freelist|spx|atx|horizon)|gdb|timestamps)$", re.I)
_CATALOG = "a00000001.gdbtable"
_MOST_MB = 200
_MOST_FILES = 5000
_HEAD, _VERSION = 40, b"\x03\0\0\0"
_LAST_OF_SYSTEM = 8
"""Tables up to this number hold the database's own affairs."""


def open_filegdb(spec: LayerSpec) -> Opened:
    """One feature class of a File Geodatabase.

    Raises
    ------
    InputError
        ``layer.gdb_not_one``, ``layer.gdb_no_layers``, ``layer.gdb_layer_unknown``, ``layer.gdb_several``,
        ``layer.gdb_rows``, ``layer.file_too_big``, those of `ogr.read`.
    """
    said = Verdict()
    with scratch() as folder:
        copy, digest = _copied(spec, Path(folder))
        _refuse_miscounted(copy, spec.shown)
        name = _layer(ogr.layers(copy, spec.shown), spec)
        found = ogr.read(copy, spec.shown, said, layer=name)
        _, fids, shapes, table = found
        places.refuse_crowds(len(shapes), len(table) + 1, spec.shown)
        marks = tuple(f"#{fid}" for fid in fids.tolist())
        curved = ogr.curved(copy, spec.shown, name, marks, fids)
    return ogr.opened(found, marks, curved, digest, spec.shown, said)


def layer_names(spec: LayerSpec) -> tuple[str, ...]:
    """Names of the feature classes, in the order of the database."""
    with scratch() as folder:
        copy, _ = _copied(spec, Path(folder))
        return ogr.layers(copy, spec.shown)


def _copied(spec: LayerSpec, folder: Path) -> tuple[Path, str]:
    """A copy of the database's own files."""
    if not spec.path.exists():
        places.present(spec.path, spec.shown)
    if not spec.path.is_dir():
        raise InputError(Problem("layer.gdb_not_one", spec.shown, {}))
    parts = sorted(p for p in spec.path.iterdir() if _PART.match(p.name) and p.is_file() and not p.is_symlink())
    names = {p.name.casefold() for p in parts}
    tables = {Path(n).stem for n in names if n.endswith(".gdbtable")}
    indexed = {Path(n).stem for n in names if n.endswith(".gdbtablx")}
    if _CATALOG not in names or tables != indexed or len(parts) > _MOST_FILES:
        raise InputError(Problem("layer.gdb_not_one", spec.shown, {}))
    megabytes = sum(p.stat().st_size for p in parts) // 1_000_000
    if megabytes > _MOST_MB:
        raise InputError(Problem("layer.file_too_big", spec.shown, {"mb": megabytes, "most": _MOST_MB}))
    copy = folder / "copy.gdb"
    copy.mkdir()
    return copy, places.copied([(p, copy / p.name) for p in parts], spec.shown)


def _refuse_miscounted(copy: Path, shown: str) -> None:
    """Refuse a database in which a table states another number of rows than its index finds: GDAL gives the fewer."""
    for table in sorted(copy.glob("*.gdbtable")):
        own = re.match(r"a([0-9a-f]{8})$", table.stem, re.I)
        if own is None or int(own[1], 16) <= _LAST_OF_SYSTEM:
            continue
        counts = _counts(table.read_bytes(), table.with_suffix(".gdbtablx").read_bytes())
        if counts is not None and counts[0] != counts[1]:
            facts: dict[str, str | int | float] = {"table": table.name, "stated": counts[0], "count": counts[1]}
            raise InputError(Problem("layer.gdb_rows", shown, facts))


def _counts(table: bytes, index: bytes) -> tuple[int, int] | None:
    """Rows that a table states, and rows in it that its index points at; None where it is cut, or of a newer kind.

    Layout: Even Rouault, FGDB Spec, version 3 of tables. A row that is deleted has no place in the index, or a
    negative length.
    """
    if len(table) < _HEAD or len(index) < 16 or table[:4] != _VERSION or index[:4] != _VERSION:
        return None
    blocks, rows, width = struct.unpack_from("<iii", index, 4)
    size = blocks * 1024 * width
    if not 4 <= width <= 6 or blocks < 0 or 16 + size > len(index):
        return None
    entries = np.frombuffer(index, dtype=np.uint8, count=size, offset=16).reshape(-1, width).astype(np.int64)
    starts = (entries << (8 * np.arange(width))).sum(axis=1)[: max(0, rows)]  # with blocks left out there are fewer
    starts = starts[starts > 0]
    if len(starts) and int(starts.max()) + 4 > len(table):
        return None  # cut: the reader says it
    deleted = sum(table[at + 3] >> 7 for at in starts.tolist())
    return struct.unpack_from("<i", table, 4)[0], len(starts) - deleted


def _layer(names: tuple[str, ...], spec: LayerSpec) -> str:
    if not names:
        raise InputError(Problem("layer.gdb_no_layers", spec.shown, {}))
    if spec.layer:
        alike = [n for n in names if n == spec.layer] or [n for n in names if same_name(n) == same_name(spec.layer)]
        if len(alike) != 1:
            facts = {"layer": spec.layer[:80], "layers": listed(names)}
            raise InputError(Problem("layer.gdb_layer_unknown", spec.shown, facts))
        return alike[0]
    if len(names) > 1:
        raise InputError(Problem("layer.gdb_several", spec.shown, {"layers": listed(names), "role": spec.role}))
    return names[0]


FORMAT = Format("File Geodatabase", (".gdb",), open_filegdb, most_mb=_MOST_MB, inside=layer_names, folder=True)
