"""GeoPackage: read with SQLite itself, from a copy, row by row. What QGIS keeps beside the rows is not believed.

A GeoPackage carries a count of features and a spatial index that may be stale (GDAL believes both, without a word), a
write-ahead log or a rollback journal that a crash has left, and views and triggers of strangers. So: copy it with its
log or journal, let SQLite bring the copy to its last committed state, and read the rows themselves.
"""

import math
import struct
from contextlib import closing
from pathlib import Path
from typing import Literal

import numpy as np
from pyproj import CRS
from pyproj.exceptions import CRSError

from geoplan.errors import InputError, Problem
from geoplan.formats import boxes, gpkg_tables, ogr, places
from geoplan.formats.format import Format
from geoplan.formats.gpkg_tables import Rows, Store
from geoplan.formats.naming import listed
from geoplan.formats.opened import Cells, Opened
from geoplan.formats.records import LayerSpec
from geoplan.formats.verdict import Verdict
from geoplan.text.letters import same_name
from geoplan.writing import scratch

_MAGIC = b"SQLite format 3\0"
_ENVELOPES = {0: 0, 1: 32, 2: 48, 3: 48, 4: 64}
_CURVES = frozenset(range(8, 15))
_NOWHERE = frozenset({"0", "-1"})


def open_geopackage(spec: LayerSpec) -> Opened:
    """One layer of a GeoPackage.

    Raises
    ------
    InputError
        ``layer.not_the_format``, ``layer.file_broken``, ``layer.gpkg_no_layers``, ``layer.gpkg_layer_unknown``,
        ``layer.gpkg_several``, ``layer.gpkg_view_endless``, ``layer.cells_many``.
    """
    with scratch() as folder:
        copy, digest = _copied(spec, Path(folder))
        said = Verdict()
        with gpkg_tables.speaking(spec.shown), closing(gpkg_tables.connect(copy)) as store:
            gpkg_tables.refuse_damaged(store, spec.shown)
            name = _layer(gpkg_tables.layer_names(store), spec)
            rows = gpkg_tables.rows(store, name, spec.shown, copy.stat().st_size)
            crs = _crs(store, rows.srs, spec.shown)
        said.mend(rows.problems)
        shapes = _shapes(rows, spec.shown, said)
        curved = [i for i, shape in enumerate(rows.blobs.tolist()) if _kind(shape) in _CURVES]
        if curved:
            _straighten(shapes, curved, rows, copy, name, spec.shown, said)
    return Opened(
        columns=rows.columns,
        shapes=shapes,
        crs=crs,
        places=rows.marks,
        sha256=digest,
        told=ogr.unread(said, rows.marks),
        said=said,
    )


def layer_names(spec: LayerSpec) -> tuple[str, ...]:
    """Names of the layers with features, sorted."""
    with scratch() as folder:
        copy, _ = _copied(spec, Path(folder))
        with gpkg_tables.speaking(spec.shown), closing(gpkg_tables.connect(copy)) as store:
            return tuple(gpkg_tables.layer_names(store))


def _copied(spec: LayerSpec, folder: Path) -> tuple[Path, str]:
    """A copy with its write-ahead log or rollback journal, which bring it to its last commit; the hash of all."""
    path = places.present(spec.path, spec.shown)
    with path.open("rb") as file:
        if file.read(16) != _MAGIC:
            raise InputError(Problem("layer.not_the_format", spec.shown, {"format": "GeoPackage"}))
    copy = folder / "copy.gpkg"
    pairs = [(path, copy)]
    for ending in ("-wal", "-journal"):
        beside = path.with_name(path.name + ending)
        if beside.is_file() and beside.stat().st_size > 0:
            pairs.append((beside, copy.with_name(copy.name + ending)))
    return copy, places.copied(pairs, spec.shown)


def _layer(names: list[str], spec: LayerSpec) -> str:
    if not names:
        raise InputError(Problem("layer.gpkg_no_layers", spec.shown, {}))
    if spec.layer:
        alike = [n for n in names if n == spec.layer] or [n for n in names if same_name(n) == same_name(spec.layer)]
        if len(alike) != 1:
            facts = {"layer": spec.layer[:80], "layers": listed(names)}
            raise InputError(Problem("layer.gpkg_layer_unknown", spec.shown, facts))
        return alike[0]
    if len(names) > 1:
        raise InputError(Problem("layer.gpkg_several", spec.shown, {"layers": listed(names), "role": spec.role}))
    return names[0]


def _shapes(rows: Rows, shown: str, said: Verdict) -> Cells:
    """Shapes of the rows; what is no GeoPackage geometry is named."""
    wkb = np.empty(len(rows.blobs), dtype=object)
    foreign = set()
    for i, blob in enumerate(rows.blobs.tolist()):
        start = _start(blob)
        if blob is None:
            continue
        wkb[i] = blob[start:] if start and _kind(blob) not in _CURVES else (b"" if not start else None)
        if (
            start
            and rows.srs not in _NOWHERE
            and str(int.from_bytes(blob[4:8], _order(blob), signed=True))
            not in (
                rows.srs,
                *_NOWHERE,
            )
        ):
            foreign.add(rows.marks[i])
    if foreign:
        marks = tuple(m for m in rows.marks if m in foreign)
        said.tell(Problem("layer.gpkg_srs_mixed", shown, {"n": len(marks), "srs": rows.srs}, marks))
    shapes = ogr.from_wkb(wkb, rows.marks, shown, said)
    stated = np.array([_envelope(blob) for blob in rows.blobs.tolist()], dtype=np.float64).reshape(-1, 4)
    said.tell(boxes.contradicted(stated, shapes, rows.marks, shown))
    return shapes


def _envelope(blob: bytes | None) -> tuple[float, float, float, float]:
    """West, south, east, north of the header; NaN where it has none."""
    if blob is None or _start(blob) <= 8 or len(blob) < 40:
        return (math.nan,) * 4
    west, east, south, north = struct.unpack_from("<4d" if blob[3] & 1 else ">4d", blob, 8)
    return west, south, east, north


def _order(blob: bytes) -> Literal["little", "big"]:
    return "little" if blob[3] & 1 else "big"


def _start(blob: bytes | None) -> int:
    """Where the WKB starts behind a GeoPackage header; 0 where there is no such header."""
    if blob is None or len(blob) < 8 or blob[:2] != b"GP" or blob[3] & 0x20:
        return 0
    return 8 + _ENVELOPES[(blob[3] >> 1) & 7] if (blob[3] >> 1) & 7 in _ENVELOPES else 0


def _kind(blob: bytes | None) -> int:
    """Geometry type behind a GeoPackage header, Z and M aside; 0 where there is none."""
    start = _start(blob)
    if blob is None or not start or len(blob) < start + 5:
        return 0
    return int.from_bytes(blob[start + 1 : start + 5], "little" if blob[start] else "big") % 1000


def _straighten(shapes: Cells, curved: list[int], rows: Rows, copy: Path, name: str, shown: str, said: Verdict) -> None:
    """Put shapes with arcs, made of short lines by GDAL, into their places; say so."""
    gpkg_tables.trust_nothing(copy)
    _, fids, lines, _ = ogr.read(copy, shown, said, layer=name, columns=[], encoding="UTF-8")
    by_mark = {f"#{fid}": shape for fid, shape in zip(fids.tolist(), lines, strict=True)}
    marks = tuple(rows.marks[i] for i in curved)
    for i, mark in zip(curved, marks, strict=True):
        shapes[i] = by_mark.get(mark)
    said.mend(Problem("layer.curves", shown, {"n": len(marks)}, marks))


def _crs(store: Store, srs: str, shown: str) -> CRS | None:
    """CRS of an entry of the file's own list: by its EPSG code, else by its definition; None where it says nothing."""
    if srs in _NOWHERE or not srs:
        return None
    organization, code, *texts = gpkg_tables.definition(store, srs)
    try:
        if organization.casefold() == "epsg" and code.isdigit():
            return CRS.from_epsg(int(code))
    except CRSError:
        pass  # an office's own number under EPSG's name: its definition decides
    for text in texts:
        found = ogr.crs_of(text) if text.casefold() != "undefined" and "[" in text else None
        if found is not None:
            return found
    raise InputError(Problem("layer.gpkg_srs_unknown", shown, {"srs": srs}))


FORMAT = Format("GeoPackage", (".gpkg",), open_geopackage, most_mb=300, inside=layer_names)
