"""MapInfo TAB: native tables only, from a copy. A table that points at other files or at a database is refused."""

import re
import struct
import tempfile
from pathlib import Path

from geoplan.errors import InputError, Problem
from geoplan.layers import ogr, places
from geoplan.layers.geopackage import crs_of
from geoplan.layers.opened import Opened
from geoplan.layers.records import LayerSpec
from geoplan.layers.verdict import Verdict

_PARTS = (".tab", ".dat", ".map", ".id", ".ind")
_NEEDED = (".dat", ".map", ".id")
_NATIVE = re.compile(rb"^\s*Type\s+NATIVE\b", re.IGNORECASE | re.MULTILINE)
_SEAMLESS = re.compile(rb"IsSeamless\W+TRUE", re.IGNORECASE)


def open_mapinfo(spec: LayerSpec) -> Opened:
    """All parts of a native MapInfo table.

    Raises
    ------
    InputError
        ``layer.not_the_format``, ``layer.tab_part_missing``, ``layer.file_broken``.
    """
    places.present(spec.path, spec.shown)
    text = spec.path.read_bytes()[:100_000]
    if not text.lstrip().lower().startswith(b"!table") or not _NATIVE.search(text) or _SEAMLESS.search(text):
        raise InputError(Problem("layer.not_the_format", spec.shown, {"format": "MapInfo TAB (Type NATIVE)"}))
    found = places.sidecars(spec.path, _PARTS) | {".tab": spec.path}
    for part in _NEEDED:
        if part not in found:
            raise InputError(Problem("layer.tab_part_missing", spec.shown, {"part": part}))
    said = Verdict()
    with tempfile.TemporaryDirectory(prefix="geoplan-") as folder:
        pairs = [(found[e], Path(folder) / f"layer{e}") for e in _PARTS if e in found]
        digest = places.copied(pairs, spec.shown)
        _refuse_cut(Path(folder), spec.shown)
        crs, fids, shapes, columns = ogr.read(Path(folder) / "layer.tab", spec.shown, said)
    return Opened(
        columns=columns,
        shapes=shapes,
        crs=crs_of(crs),
        places=tuple(f"#{fid}" for fid in fids),
        sha256=digest,
        said=said,
    )


def _refuse_cut(folder: Path, shown: str) -> None:
    """Refuse a table whose rows (``.dat``, like a DBF) or shapes (``.id``, four bytes each) are not all here."""
    table = (folder / "layer.dat").read_bytes()
    if len(table) < 33:
        raise InputError(Problem("layer.dbf_broken", shown, {}))
    rows, start, width = struct.unpack_from("<IHH", table, 4)
    whole = max(0, len(table) - start) // max(1, width)
    if whole < rows:
        raise InputError(Problem("layer.dbf_cut", shown, {"rows": rows, "whole": whole}))
    shapes = (folder / "layer.id").stat().st_size // 4
    if shapes != rows:
        raise InputError(Problem("layer.shp_counts", shown, {"shapes": shapes, "rows": rows}))
