"""MapInfo TAB: native tables only, from a copy. A table that points at other files or at a database is refused.

The copy is told that its charset is none, so that GDAL recodes nothing: it knows no ``WindowsVietnamese``, and offices
keep TCVN3 under ``WindowsLatin1``. Bytes come through as they are, and the columns decide.
"""

import re
import struct
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from pyproj import CRS
from pyproj.exceptions import CRSError

from geoplan import crs as coordinates
from geoplan.errors import InputError, Problem
from geoplan.formats import ogr, places
from geoplan.formats.format import Format
from geoplan.formats.opened import Cells, Opened
from geoplan.formats.records import LayerSpec
from geoplan.formats.verdict import Verdict
from geoplan.writing import scratch

BY_LAW = coordinates.parse("EPSG:4326")
"""What MapInfo takes a file for that names no system: longitude and latitude."""

_PARTS = (".tab", ".dat", ".map", ".id", ".ind")
_NEEDED = (".dat", ".map", ".id")
_TYPE = re.compile(rb"^[ \t]*Type[ \t]+\"?([A-Za-z]+)", re.IGNORECASE | re.MULTILINE)
_CHARSET = re.compile(rb"(^!charset[ \t]+|\bCharset[ \t]+\")([A-Za-z0-9-]+)", re.IGNORECASE | re.MULTILINE)
_SEAMLESS = re.compile(rb"IsSeamless\W+TRUE", re.IGNORECASE)
_VIEW = re.compile(rb"create[ \t]+view|open[ \t]+table", re.IGNORECASE)
_MAP_MAGIC = 42424242
_ENCODINGS = {"windowsvietnamese": "cp1258", "utf-8": "utf-8"}
_DATUM_0 = re.compile(r'DATUM\["MIF 0",\s*SPHEROID\["[^"]*",\s*6378137[\d.]*,')
"""GDAL's words for ``CoordSys Earth Projection 1, 0``, a datum that MapInfo itself leaves open: it may be any."""


def open_mapinfo(spec: LayerSpec) -> Opened:
    """All parts of a native MapInfo table.

    Raises
    ------
    InputError
        ``layer.not_the_format``, ``layer.tab_not_native``, ``layer.tab_part_missing``, ``layer.map_broken``,
        ``layer.file_broken``.
    """
    places.present(spec.path, spec.shown)
    text = spec.path.read_bytes()[:1_000_000]
    _refuse_others(text, spec.shown)
    found = places.sidecars(spec.path, _PARTS) | {".tab": spec.path}
    for part in _NEEDED:
        if part not in found:
            raise InputError(Problem("layer.tab_part_missing", spec.shown, {"part": part}))
    said = Verdict()
    with scratch() as folder:
        pairs = [(found[e], Path(folder) / f"layer{e}") for e in _PARTS if e in found]
        digest = places.copied(pairs, spec.shown)
        rows = _refuse_cut(Path(folder), spec.shown, said)
        (Path(folder) / "layer.tab").write_bytes(_CHARSET.sub(rb"\1Neutral", text))
        crs, fids, shapes, columns = ogr.read(Path(folder) / "layer.tab", spec.shown, said, encoding="ISO-8859-1")
    if len(shapes) != rows:
        raise InputError(Problem("layer.shp_counts", spec.shown, {"shapes": len(shapes), "rows": rows}))
    charset = _CHARSET.search(text)
    return Opened(
        columns=_as_bytes(columns),
        shapes=shapes,
        crs=ground_of(crs, spec.shown),
        places=tuple(f"#{fid}" for fid in fids),
        sha256=digest,
        encoding=encoding_of(charset[2].decode("latin-1") if charset else ""),
        raw=True,
        said=said,
    )


def encoding_of(charset: str) -> str:
    """The encoding of a MapInfo charset that can be believed; ``WindowsLatin1`` and ``Neutral`` hold anything."""
    return _ENCODINGS.get(charset.casefold(), "")


def ground_of(text: str | None, shown: str) -> CRS | None:
    """The CRS of what GDAL says of a ``CoordSys``; None for ``NonEarth``: a drawing says nothing of the ground.

    Raises
    ------
    InputError
        ``layer.coordsys_unknown``.
    """
    if not text:
        return None
    try:
        crs = CRS.from_user_input(_DATUM_0.sub('DATUM["unknown",SPHEROID["unknown",6378137,', text))
    except CRSError as error:
        raise InputError(Problem("layer.coordsys_unknown", shown, {"text": text[:60]})) from error
    return crs if crs.is_geographic or crs.is_projected else None


def _refuse_others(text: bytes, shown: str) -> None:
    """Refuse what is no native table, by its kind: a link to a database, another file, a view, a seamless table."""
    if not text.lstrip(b"\xef\xbb\xbf \r\n\t").lower().startswith(b"!table"):
        raise InputError(Problem("layer.not_the_format", shown, {"format": "MapInfo TAB"}))
    kind = _TYPE.search(text)
    if kind is None and not _VIEW.search(text):
        raise InputError(Problem("layer.not_the_format", shown, {"format": "MapInfo TAB"}))
    name = kind[1].decode("latin-1").upper() if kind else "VIEW"
    if name == "NATIVE" and _SEAMLESS.search(text):
        name = "SEAMLESS"
    if name != "NATIVE":
        raise InputError(Problem("layer.tab_not_native", shown, {"kind": name[:20]}))


def _refuse_cut(folder: Path, shown: str, said: Verdict) -> int:
    """Rows that are left, of a table whose rows (``.dat``), shapes (``.id``) and blocks (``.map``) are all here."""
    table = (folder / "layer.dat").read_bytes()
    if len(table) < 33:
        raise InputError(Problem("layer.dbf_broken", shown, {}))
    rows, start, width = struct.unpack_from("<IHH", table, 4)
    if width == 0 or start < 33:
        raise InputError(Problem("layer.dbf_broken", shown, {}))
    whole = max(0, len(table) - start) // width
    if whole < rows:
        raise InputError(Problem("layer.dbf_cut", shown, {"rows": rows, "whole": whole}))
    index = (folder / "layer.id").read_bytes()
    if len(index) // 4 != rows:
        raise InputError(Problem("layer.shp_counts", shown, {"shapes": len(index) // 4, "rows": rows}))
    starts = np.frombuffer(index, dtype="<u4", count=rows)
    shapes = (folder / "layer.map").read_bytes()
    if len(shapes) < 512 or struct.unpack_from("<i", shapes, 0x100)[0] != _MAP_MAGIC:
        raise InputError(Problem("layer.map_broken", shown, {"place": "0"}))
    block = struct.unpack_from("<h", shapes, 0x106)[0] or 512
    beyond = np.flatnonzero(starts >= len(shapes))
    if len(beyond) or block <= 0 or len(shapes) % block:
        ids = tuple(f"#{i + 1}" for i in beyond.tolist())
        raise InputError(Problem("layer.map_broken", shown, {"place": ids[0] if ids else str(len(shapes))}, ids))
    marks = np.frombuffer(table, dtype=np.uint8)[start : start + rows * width : width]
    deleted = int((marks == ord("*")).sum())
    if deleted:
        said.tell(Problem("layer.dbf_deleted", shown, {"n": deleted}))
    return int(rows) - deleted


def _as_bytes(columns: Mapping[str, Cells]) -> dict[str, Cells]:
    """Text as the bytes that it was: Latin-1 made a character of each."""
    found: dict[str, Cells] = {}
    for name, cells in columns.items():
        made = np.empty(len(cells), dtype=object)
        made[:] = [c.encode("latin-1") if isinstance(c, str) else c for c in cells]
        found[name] = made
    return found


FORMAT = Format("MapInfo TAB", (".tab",), open_mapinfo, most_mb=500, parts=(".dat", ".map"))
