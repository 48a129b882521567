"""Shapefile: its parts, read here byte by byte and checked against each other. GDAL reads cut ones without a word."""

from pathlib import Path

import numpy as np
from pyproj import CRS
from pyproj.exceptions import CRSError

from geoplan.errors import InputError, Problem
from geoplan.formats import boxes, dbf, places, shp
from geoplan.formats.format import Format
from geoplan.formats.opened import Opened
from geoplan.formats.records import LayerSpec
from geoplan.formats.verdict import Verdict
from geoplan.writing import scratch

_PARTS = (".shp", ".shx", ".dbf", ".prj", ".qpj", ".cpg")
_PRJ_MOST = 64_000
_CPG_MOST = 100


def open_shapefile(spec: LayerSpec) -> Opened:
    """All parts of a Shapefile.

    An index that is absent or does not fit is made anew from the shapes, and lengths that the headers state wrongly
    are put right, where the number of rows and the numbers of the records prove the outcome; each is said.

    Raises
    ------
    InputError
        ``layer.shp_part_missing``, ``layer.prj_unreadable``, those of `shp.records`, `dbf.read`.
    """
    places.present(spec.path, spec.shown)
    found = places.sidecars(spec.path, _PARTS) | {".shp": spec.path}
    if ".dbf" not in found:
        raise InputError(Problem("layer.shp_part_missing", spec.shown, {"part": ".dbf"}))
    with scratch() as folder:
        copies = {ending: Path(folder) / f"copy{ending}" for ending in found}
        digest = places.copied([(found[e], copies[e]) for e in _PARTS if e in found], spec.shown)
        raw = {ending: copy.read_bytes() for ending, copy in copies.items()}
    said = Verdict()
    # The shapes are counted before the table, which may state fewer rows than it has.
    table = dbf.read(raw.pop(".dbf"), spec.shown, shp.count(raw[".shp"], raw.get(".shx")))
    said.tell(p for p in table.problems if p.key != "layer.dbf_count")
    said.mend(p for p in table.problems if p.key == "layer.dbf_count")
    records = shp.records(raw[".shp"], raw.get(".shx"), len(table.deleted), spec.shown)
    said.mend(records.problems)
    with np.errstate(invalid="ignore"):  # coordinates that are no numbers: the checks name their features
        shapes, unread = shp.shapes(raw[".shp"], records, spec.shown, said)
    stated = shp.boxes(raw[".shp"], records)
    kept = ~table.deleted
    if not kept.all():
        marks = tuple(f"#{i + 1}" for i in np.flatnonzero(table.deleted).tolist())
        said.tell(Problem("layer.dbf_deleted", spec.shown, {"n": len(marks)}, marks))
    rows = np.flatnonzero(kept).tolist()
    said.tell(boxes.contradicted(stated[kept], shapes[kept], [f"#{i + 1}" for i in rows], spec.shown))
    return Opened(
        columns={name: column[kept] for name, column in table.columns.items()},
        shapes=shapes[kept],
        crs=_crs(raw, spec.shown),
        places=tuple(f"#{i + 1}" for i in rows),
        sha256=digest,
        encoding=raw.get(".cpg", b"")[:_CPG_MOST].decode("latin-1").strip(),
        raw=True,
        cut=True,
        repeated=table.repeated,
        told=frozenset(i for i, row in enumerate(rows) if row in unread),
        said=said,
    )


def _crs(raw: dict[str, bytes], shown: str) -> CRS | None:
    """CRS of the ``.prj``, or of QGIS's ``.qpj`` where that is absent; None where both are."""
    for ending in (".prj", ".qpj"):
        text = raw.get(ending, b"")[: _PRJ_MOST + 1].decode("utf-8-sig", errors="replace").strip().strip("\0")
        if not text:
            continue
        if not text[0].isalpha() or "[" not in text or len(text) > _PRJ_MOST:
            raise InputError(Problem("layer.prj_unreadable", shown, {}))
        try:
            return CRS.from_wkt(text)
        except CRSError as error:
            raise InputError(Problem("layer.prj_unreadable", shown, {})) from error
    return None


FORMAT = Format("Shapefile", (".shp",), open_shapefile, most_mb=200, parts=(".dbf",))
