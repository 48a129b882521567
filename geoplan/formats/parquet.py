"""GeoParquet: its footer decides whether it is read at all; cells and shapes come from a process of their own."""

import json
from pathlib import Path
from typing import Any

from pyproj import CRS
from pyproj.exceptions import CRSError

from geoplan.errors import InputError, Problem
from geoplan.formats import guarded, ogr, places
from geoplan.formats.format import Format
from geoplan.formats.opened import Opened, cells
from geoplan.formats.records import LayerSpec
from geoplan.formats.verdict import Verdict
from geoplan.writing import scratch

_MAGIC = b"PAR1"
_PRESCRIBED = "OGC:CRS84"


def open_parquet(spec: LayerSpec) -> Opened:
    """All rows of a GeoParquet file.

    Raises
    ------
    InputError
        ``layer.not_the_format``, ``layer.parquet_plain``, ``layer.parquet_encoding``, ``layer.parquet_crs``,
        ``layer.cells_many`` and those of `guarded.read`.
    """
    path = places.present(spec.path, spec.shown)
    with path.open("rb") as file:
        head = file.read(4)
        file.seek(0, 2)
        file.seek(max(0, file.tell() - 4))
        tail = file.read(4)
    if head != _MAGIC:
        raise InputError(Problem("layer.not_the_format", spec.shown, {"format": "GeoParquet"}))
    if tail != _MAGIC:
        raise InputError(Problem("layer.parquet_cut", spec.shown, {}))
    with scratch() as folder:
        copy = Path(folder) / "copy.parquet"
        digest = places.copied([(path, copy)], spec.shown)
        found, geo = guarded.parquet(copy, spec.shown)
    column = _column(geo, spec.shown)
    if found.blobs is None:
        raise InputError(Problem("layer.parquet_plain", spec.shown, {}))
    encoding = str(column.get("encoding", "WKB"))
    if encoding.upper() != "WKB" or found.kind != "wkb":
        raise InputError(Problem("layer.parquet_encoding", spec.shown, {"encoding": encoding[:40]}))
    said = Verdict()
    marks = tuple(f"#{fid + 1}" for fid in found.fids.tolist())
    shapes = ogr.from_wkb(found.blobs, marks, spec.shown, said)
    if column.get("edges") == "spherical":
        said.tell(Problem("layer.parquet_edges", spec.shown, {}))
    return Opened(
        columns={name: cells(values) for name, values in found.columns.items()},
        shapes=shapes,
        crs=_crs(column, spec.shown),
        places=marks,
        sha256=digest,
        told=ogr.unread(said, marks),
        said=said,
    )


def _column(geo: str, shown: str) -> dict[str, Any]:
    """What the file says of its geometry column."""
    try:
        document = json.loads(geo)
        found = document["columns"][document["primary_column"]]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise InputError(Problem("layer.parquet_plain", shown, {})) from error
    if not isinstance(found, dict):
        raise InputError(Problem("layer.parquet_plain", shown, {}))
    return found


def _crs(column: dict[str, Any], shown: str) -> CRS | None:
    """CRS of the column: longitude and latitude where the key is absent, unknown where it is null."""
    if "crs" not in column:
        return CRS.from_user_input(_PRESCRIBED)
    said = column["crs"]
    if said is None:
        return None
    try:
        if isinstance(said, dict):
            return CRS.from_json_dict(said)
        if isinstance(said, str) and ("[" in said or said.upper().startswith(("EPSG:", "OGC:"))) and "://" not in said:
            return CRS.from_user_input(said)
    except (CRSError, ValueError, RecursionError) as error:
        raise InputError(Problem("layer.parquet_crs", shown, {})) from error
    raise InputError(Problem("layer.parquet_crs", shown, {}))


FORMAT = Format("GeoParquet", (".parquet", ".geoparquet"), open_parquet, most_mb=100)
