"""The child of `guarded`: reads one file with GDAL and writes what it found as plain arrays. Run as a script.

It imports nothing of geoplan, and none of the libraries that pyogrio looks for and does not need here, so that it
starts in a fifth of a second. Its order comes as JSON on the command line; the outcome goes into its working folder:
``outcome.json`` and one ``.npy`` for each array. Nothing is pickled: a child that a file has subverted may not speak
to its parent in code.
"""

import json
import sys
import warnings
from pathlib import Path
from typing import Any

_TEXT_MOST = 200
_COMPLAINTS_MOST = 20


def main() -> None:
    """Carry out the order of the command line in the working folder."""
    order = json.loads(sys.argv[1])
    warnings.simplefilter("ignore")
    _load(order)
    _limit(order)
    found: dict[str, Any] = {"complaints": []}
    try:
        with warnings.catch_warnings(record=True) as complaints:
            warnings.simplefilter("always")
            found |= {"read": _read, "layers": _layers, "parquet": _parquet}[order["task"]](order)
        found["complaints"] = list(dict.fromkeys(str(c.message)[:_TEXT_MOST] for c in complaints))[:_COMPLAINTS_MOST]
    except MemoryError:
        found = {"memory": True}
    except Exception as error:  # GDAL's refusal of a file, of whatever class: the parent names the file
        found = {"memory": "memory" in str(error).casefold(), "refused": str(error)[:_TEXT_MOST]}
    Path("outcome.json").write_text(json.dumps(found), encoding="utf-8")


def _load(order: dict[str, Any]) -> None:
    """Load the library that the task needs, before memory is limited."""
    if order["task"] == "parquet":
        import pyarrow.parquet  # noqa: F401

        return
    for name in ("shapely", "pandas", "geopandas", "pyarrow", "pyproj", "certifi"):
        sys.modules[name] = None  # type: ignore[assignment]  # pyogrio does without, and starts faster
    import pyogrio.raw

    pyogrio.set_gdal_config_options(order["config"])


def _limit(order: dict[str, Any]) -> None:
    """Memory, processor time and core dumps, where the system can hold them."""
    try:
        import resource
        import signal
    except ImportError:  # Windows: the parent's clock remains
        return
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (order["seconds"], order["seconds"] + 1))
    signal.alarm(order["clock"] + 5)  # where the parent has died
    statm = Path("/proc/self/statm")
    if statm.exists():
        most = int(statm.read_text().split()[0]) * resource.getpagesize() + order["room"]
        resource.setrlimit(resource.RLIMIT_AS, (most, most))


def _layers(order: dict[str, Any]) -> dict[str, Any]:
    import pyogrio

    return {"layers": [[str(name), kind] for name, kind in pyogrio.list_layers(order["path"]).tolist()]}


def _read(order: dict[str, Any]) -> dict[str, Any]:
    import pyogrio.raw

    meta, fids, blobs, columns = pyogrio.raw.read(
        order["path"], return_fids=True, datetime_as_string=True, **order["options"]
    )
    fields = [str(name) for name in meta["fields"]]
    _keep(fids, blobs, columns)
    return {"fields": fields, "crs": meta.get("crs"), "kind": meta.get("geometry_type"), "blobs": blobs is not None}


def _parquet(order: dict[str, Any]) -> dict[str, Any]:
    """Cells and WKB of a GeoParquet file, if its footer says that they are not too many."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    file = pq.ParquetFile(order["path"])
    footer = file.metadata
    size = sum(footer.row_group(i).total_byte_size for i in range(footer.num_row_groups))
    geo = (footer.metadata or {}).get(b"geo", b"").decode("utf-8", errors="replace")
    found = {"geo": geo, "rows": footer.num_rows, "wide": footer.num_columns, "fields": [], "crs": None, "kind": None}
    many = footer.num_rows * footer.num_columns > order["most_cells"] or footer.num_rows > order["most_rows"]
    shape = _primary(geo)
    if many or size > order["room"] // 2 or shape not in file.schema_arrow.names:
        return found | {"many": many, "memory": size > order["room"] // 2, "blobs": False}
    columns = []
    for name in file.schema_arrow.names:
        column = file.read(columns=[name], use_threads=False).column(0)
        if name == shape:
            binary = pa.types.is_binary(column.type) or pa.types.is_large_binary(column.type)
            blobs = np.empty(len(column), dtype=object)
            blobs[:] = column.to_pylist() if binary else None
            found["kind"] = "wkb" if binary else str(column.type)[:80]
            continue
        cells = np.empty(len(column), dtype=object)
        cells[:] = column.to_pylist()
        columns.append(cells)
        found["fields"].append(name)
    _keep(np.arange(footer.num_rows), blobs, columns)
    return found | {"blobs": True}


def _primary(geo: str) -> str:
    """Name of the geometry column by the file's own word, empty where it says none."""
    try:
        word = json.loads(geo)["primary_column"] if geo else ""
    except (ValueError, KeyError, TypeError, RecursionError):
        return ""
    return word if isinstance(word, str) else ""


def _keep(fids: Any, blobs: Any, columns: Any) -> None:
    """Write arrays into the working folder."""
    import numpy as np

    np.save("fids.npy", np.asarray(fids, dtype=np.int64))
    if blobs is not None:
        np.save("sizes.npy", np.array([-1 if b is None else len(b) for b in blobs], dtype=np.int64))
        with Path("shapes.bin").open("wb") as file:
            file.writelines(b for b in blobs if b is not None)
    for i, column in enumerate(columns):
        plain = np.asarray(column)
        if plain.dtype.kind in "OMmUS":
            cells = plain.astype(str).tolist() if plain.dtype.kind in "MmS" else plain.tolist()
            Path(f"{i}.json").write_text(json.dumps(cells, default=_plain), encoding="utf-8")
        else:
            np.save(f"{i}.npy", plain)


def _plain(value: Any) -> Any:
    """A cell that JSON does not know: an array of a list field, bytes of a binary one."""
    if isinstance(value, bytes | bytearray):
        return bytes(value).hex()
    if hasattr(value, "isoformat"):
        return value.isoformat()
    return value.tolist() if hasattr(value, "tolist") else str(value)


if __name__ == "__main__":
    main()
