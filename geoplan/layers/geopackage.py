"""GeoPackage: read from a copy, counted against SQLite itself.

Opening a GeoPackage may write beside it (WAL), its ``feature_count`` and R-tree may be stale (GDAL believes both), and
a file may hold several layers. So: copy with its ``-wal``, drop the count in the copy, read without a spatial filter,
compare.
"""

import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

from pyproj import CRS
from pyproj.exceptions import CRSError

from geoplan.errors import InputError, Problem
from geoplan.layers import ogr, places
from geoplan.layers.columns import shown
from geoplan.layers.opened import Opened
from geoplan.layers.records import LayerSpec
from geoplan.layers.verdict import Verdict

_MAGIC = b"SQLite format 3\0"
_ENVELOPES = {1: 32, 2: 48, 3: 48, 4: 64}
_CURVES = frozenset(range(8, 15))


def open_geopackage(spec: LayerSpec) -> Opened:
    """One layer of a GeoPackage.

    Raises
    ------
    InputError
        ``layer.not_the_format``, ``layer.file_broken``, ``layer.gpkg_no_layers``, ``layer.gpkg_layer_unknown``,
        ``layer.gpkg_several``, ``layer.gpkg_count``.
    """
    path = places.present(spec.path, spec.shown)
    with path.open("rb") as file:
        if file.read(16) != _MAGIC:
            raise InputError(Problem("layer.not_the_format", spec.shown, {"format": "GeoPackage"}))
    with tempfile.TemporaryDirectory(prefix="geoplan-") as folder:
        copy = Path(folder) / "layer.gpkg"
        pairs = [(path, copy)]
        wal = path.with_name(path.name + "-wal")
        if wal.is_file() and wal.stat().st_size > 0:
            pairs.append((wal, copy.with_name("layer.gpkg-wal")))
        digest = places.copied(pairs, spec.shown)
        name, rows, curved = _prepare(copy, spec)
        opened = _read(copy, name, rows, digest, spec)
    if curved:
        opened.said.tell(Problem("layer.curves", spec.shown, {"n": len(curved)}, curved))
    return opened


def _prepare(copy: Path, spec: LayerSpec) -> tuple[str, int, tuple[str, ...]]:
    """Name of the layer, its true count of rows, its curved features; the copy's stale count is dropped."""
    try:
        with closing(sqlite3.connect(copy)) as store:
            state = store.execute("PRAGMA quick_check(1)").fetchone()[0]
            if state != "ok":
                raise InputError(Problem("layer.file_broken", spec.shown, {"cause": str(state)[:200]}))
            found = store.execute(
                "SELECT table_name FROM gpkg_contents WHERE data_type = 'features' ORDER BY table_name"
            )
            names = [str(row[0]) for row in found]
            name = _layer(names, spec)
            quoted = '"' + name.replace('"', '""') + '"'
            rows = int(store.execute(f"SELECT count(*) FROM {quoted}").fetchone()[0])
            curved = _curved(store, name, quoted)
            store.execute("DROP TABLE IF EXISTS gpkg_ogr_contents")
            store.commit()
    except (sqlite3.Error, UnicodeDecodeError) as error:
        raise InputError(Problem("layer.file_broken", spec.shown, {"cause": str(error)[:200]})) from error
    return name, rows, curved


def _curved(store: sqlite3.Connection, name: str, quoted: str) -> tuple[str, ...]:
    """Places of the features whose shape has arcs: GDAL makes short lines of them."""
    found = store.execute("SELECT column_name FROM gpkg_geometry_columns WHERE table_name = ?", (name,)).fetchone()
    if found is None:
        return ()
    column = '"' + str(found[0]).replace('"', '""') + '"'
    heads = store.execute(f"SELECT rowid, substr({column}, 1, 77) FROM {quoted} WHERE {column} IS NOT NULL")
    return tuple(f"#{row}" for row, head in heads if isinstance(head, bytes) and _wkb_type(head) in _CURVES)


def _wkb_type(head: bytes) -> int:
    """Geometry type behind a GeoPackage header, Z and M aside; 0 where there is none."""
    if len(head) < 8:
        return 0
    start = 8 + _ENVELOPES.get((head[3] >> 1) & 7, 0)
    if len(head) < start + 5:
        return 0
    return int.from_bytes(head[start + 1 : start + 5], "little" if head[start] else "big") % 1000


def _layer(names: list[str], spec: LayerSpec) -> str:
    if not names:
        raise InputError(Problem("layer.gpkg_no_layers", spec.shown, {}))
    if spec.layer:
        if spec.layer not in names:
            facts = {"layer": spec.layer[:80], "layers": shown(names)}
            raise InputError(Problem("layer.gpkg_layer_unknown", spec.shown, facts))
        return spec.layer
    if len(names) > 1:
        raise InputError(Problem("layer.gpkg_several", spec.shown, {"layers": shown(names), "role": spec.role}))
    return names[0]


def _read(copy: Path, name: str, rows: int, digest: str, spec: LayerSpec) -> Opened:
    said = Verdict()
    crs, fids, shapes, columns = ogr.read(copy, spec.shown, said, layer=name, encoding="UTF-8")
    if len(shapes) != rows:
        raise InputError(Problem("layer.gpkg_count", spec.shown, {"read": len(shapes), "rows": rows}))
    return Opened(
        columns=columns,
        shapes=shapes,
        crs=crs_of(crs),
        places=tuple(f"#{fid}" for fid in fids),
        sha256=digest,
        said=said,
    )


def crs_of(text: str | None) -> CRS | None:
    """CRS of what GDAL says of a file, None where it says nothing."""
    if not text:
        return None
    try:
        crs = CRS.from_user_input(text)
    except CRSError:
        return None
    return None if "Undefined" in crs.name else crs
