"""GDAL in a process of its own: a file that crashes, hangs or swells it ends that process, and becomes a sentence.

The child (`guarded_child`) may open one file with one driver, connects to nothing, and is held to a share of memory and
of processor time that grows with the size of the file: a bomb is a small file.
"""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyogrio

from geoplan.errors import InputError, Problem
from geoplan.formats import places
from geoplan.writing import scratch

CLOCK_S = 45
"""Seconds by the clock after which the child is ended."""

MOST_BYTES = 1_800_000_000
"""Memory that a child may have beside what it starts with, for the largest file."""

MOST_ROWS = 4_000_000
"""Features of one file."""

_LEAST_BYTES = 600_000_000
_BYTES_OF_ONE = 6
_LEAST_S = 9
_BYTES_A_SECOND = 4_000_000
_DRIVERS = {
    ".dgn": "DGN",
    ".dxf": "DXF",
    ".fgb": "FlatGeobuf",
    ".gdb": "OpenFileGDB",
    ".gpkg": "GPKG",
    ".mif": "MapInfo File",
    ".tab": "MapInfo File",
}
_CONFIG = {
    "CPL_VSIL_CURL_ALLOWED_EXTENSIONS": ".none",
    "CPL_VSIL_CURL_USE_HEAD": "NO",
    "GDAL_HTTP_MAX_RETRY": "0",
    "GDAL_DISABLE_READDIR_ON_OPEN": "NO",
    "GDAL_PAM_ENABLED": "NO",
    "OGR_ARC_STEPSIZE": "0.5",
    "OGR_GEOMETRY_ACCEPT_UNCLOSED_RING": "NO",
}
_KEPT = ("SYSTEMROOT", "TEMP", "TMP", "TMPDIR", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "PATH")
_CHILD = Path(__file__).with_name("guarded_child.py")


@dataclass(frozen=True, slots=True)
class Read:
    """What the child has read, in the order of the file.

    `crs` is text as GDAL has it or None; `blobs` are WKB or None, row by row, and None for a file without geometry;
    `kind` is GDAL's word for the layer's geometry; `complaints` are its warnings.
    """

    crs: str | None
    kind: str
    fids: npt.NDArray[np.int64]
    blobs: npt.NDArray[np.object_] | None
    columns: dict[str, npt.NDArray[Any]]
    complaints: tuple[str, ...]


def read(copy: Path, shown: str, *, config: Mapping[str, str] | None = None, **options: Any) -> Read:
    """One layer of a copy.

    Parameters
    ----------
    copy : Path
        Never the user's own file. Its ending chooses the driver, the only one that may look at it.
    shown : str
        The user's file, for the messages.
    config : mapping, optional
        Configuration options of GDAL.
    **options
        Those of ``pyogrio.raw.read``, and open options of the driver.

    Raises
    ------
    InputError
        ``layer.file_broken``, ``layer.reader_crashed``, ``layer.reader_stopped``, ``layer.reader_memory``.
    """
    with scratch() as folder:
        found = _ordered(Path(folder), copy, shown, {"task": "read", "options": options}, config)
        return _loaded(Path(folder), found)


def parquet(copy: Path, shown: str) -> tuple[Read, str]:
    """All cells and WKB of a GeoParquet file, and the text of its ``geo`` metadata (empty: none).

    Raises
    ------
    InputError
        As `read`, and ``layer.cells_many``.
    """
    limits = {"most_cells": places.MOST_CELLS, "most_rows": MOST_ROWS}
    with scratch() as folder:
        found = _ordered(Path(folder), copy, shown, {"task": "parquet", **limits}, None)
        if found.get("many"):
            facts = {"rows": found["rows"], "columns": found["wide"], "most": places.MOST_CELLS}
            raise InputError(Problem("layer.cells_many", shown, facts))
        if not found["blobs"]:
            return Read(None, "", np.empty(0, dtype=np.int64), None, {}, ()), str(found["geo"])
        return _loaded(Path(folder), found), str(found["geo"])


def layers(copy: Path, shown: str, *, config: Mapping[str, str] | None = None) -> tuple[tuple[str, str | None], ...]:
    """Name and kind of geometry (None: a table) of each layer of a copy, in the order of the file.

    Raises
    ------
    InputError
        As `read`.
    """
    with scratch() as folder:
        found = _ordered(Path(folder), copy, shown, {"task": "layers"}, config)
    return tuple((name, kind) for name, kind in found["layers"])


def _ordered(
    folder: Path, copy: Path, shown: str, order: dict[str, Any], config: Mapping[str, str] | None
) -> dict[str, Any]:
    """The child's outcome."""
    size = _size(copy)
    order |= {
        "path": str(copy),
        "config": {**_CONFIG, **(config or {})},
        "clock": CLOCK_S,
        "seconds": min(CLOCK_S, _LEAST_S + size // _BYTES_A_SECOND),
        "room": min(MOST_BYTES, _LEAST_BYTES + _BYTES_OF_ONE * size),
    }
    words = folder / "words.txt"
    try:
        with words.open("wb") as sink:
            done = subprocess.run(
                [sys.executable, "-P", str(_CHILD), json.dumps(order)],
                cwd=folder,
                env=_environment(copy),
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=sink,
                timeout=CLOCK_S,
                check=False,
            )
    except subprocess.TimeoutExpired as error:
        raise InputError(Problem("layer.reader_stopped", shown, {"seconds": CLOCK_S})) from error
    outcome = folder / "outcome.json"
    if done.returncode != 0 or not outcome.is_file():
        raise _fallen(done.returncode, words, shown, int(order["seconds"]))
    found: dict[str, Any] = json.loads(outcome.read_text(encoding="utf-8"))
    if found.get("memory"):
        raise InputError(Problem("layer.reader_memory", shown, {}))
    if "not recognized" in found.get("refused", ""):
        kind = _DRIVERS.get(copy.suffix.casefold(), copy.suffix)
        raise InputError(Problem("layer.not_the_format", shown, {"format": kind}))
    if "refused" in found:
        raise InputError(Problem("layer.file_broken", shown, {"cause": _plain(found["refused"], copy)}))
    found["complaints"] = [_plain(text, copy) for text in found["complaints"]]
    return found


def _environment(copy: Path) -> dict[str, str]:
    """Variables of the child: no home, no proxy, no configuration of others; every driver but one is left out."""
    driver = _DRIVERS.get(copy.suffix.casefold(), "")
    if not driver and copy.suffix != ".parquet":
        raise ValueError(f"no driver is known for {copy.suffix}")
    skipped = [name for name in pyogrio.list_drivers() if name != driver]
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    return kept | {
        "GDAL_SKIP": ",".join(skipped),
        "ARROW_DEFAULT_MEMORY_POOL": "system",
        "GDAL_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
        "PYTHONPATH": os.pathsep.join(p for p in sys.path if p),
        "PYTHONUTF8": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def _fallen(code: int, words: Path, shown: str, seconds: int) -> InputError:
    """The problem of a child that has left no outcome."""
    with words.open("rb") as file:
        last = file.read(100_000).decode("utf-8", errors="replace")
    if "bad_alloc" in last or "MemoryError" in last or "emory" in last.rpartition("\n")[2]:
        return InputError(Problem("layer.reader_memory", shown, {}))
    if -code in {9, 14, 24}:  # KILL, ALRM, XCPU: its time is over
        return InputError(Problem("layer.reader_stopped", shown, {"seconds": seconds}))
    if code < 0 or "Traceback" not in last:
        return InputError(Problem("layer.reader_crashed", shown, {"code": str(code)}))
    raise RuntimeError(f"the reading child could not start: {last[-2000:]}")


def _loaded(folder: Path, found: dict[str, Any]) -> Read:
    """Arrays of the child's folder."""
    columns: dict[str, npt.NDArray[Any]] = {}
    for i, name in enumerate(found["fields"]):
        text = folder / f"{i}.json"
        if text.is_file():
            values = json.loads(text.read_text(encoding="utf-8"))
            column = np.empty(len(values), dtype=object)
            column[:] = [json.dumps(v, ensure_ascii=False) if isinstance(v, list | dict) else v for v in values]
        else:
            column = np.load(folder / f"{i}.npy", allow_pickle=False)
        columns[str(name)] = column
    fids = np.load(folder / "fids.npy", allow_pickle=False)
    return Read(found["crs"], str(found["kind"]), fids, _blobs(folder, found), columns, tuple(found["complaints"]))


def _blobs(folder: Path, found: dict[str, Any]) -> npt.NDArray[np.object_] | None:
    if not found["blobs"]:
        return None
    sizes = np.load(folder / "sizes.npy", allow_pickle=False)
    whole = (folder / "shapes.bin").read_bytes()
    ends = np.cumsum(np.maximum(sizes, 0))
    blobs = np.empty(len(sizes), dtype=object)
    blobs[:] = [None if n < 0 else whole[e - n : e] for n, e in zip(sizes.tolist(), ends.tolist(), strict=True)]
    return blobs


def _size(copy: Path) -> int:
    """Bytes of a file with its parts, or of a folder."""
    if copy.is_dir():
        return sum(p.stat().st_size for p in copy.iterdir() if p.is_file())
    return sum(p.stat().st_size for p in copy.parent.glob(f"{copy.stem}.*") if p.is_file())


def _plain(text: str, copy: Path) -> str:
    """A complaint without the path of the copy."""
    return text.replace(str(copy), copy.name).replace(str(copy.parent), "")[:200]
