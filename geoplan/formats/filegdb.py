"""File Geodatabase: the folder is copied whole, without locks and links, and read in a process of its own."""

import re
from pathlib import Path

from geoplan.errors import InputError, Problem
from geoplan.formats import ogr, places
from geoplan.formats.format import Format
from geoplan.formats.geopackage import crs_of
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


def open_filegdb(spec: LayerSpec) -> Opened:
    """One feature class of a File Geodatabase.

    Raises
    ------
    InputError
        ``layer.gdb_not_one``, ``layer.gdb_no_layers``, ``layer.gdb_layer_unknown``, ``layer.gdb_several``,
        ``layer.file_too_big``, those of `ogr.read`.
    """
    said = Verdict()
    with scratch() as folder:
        copy, digest = _copied(spec, Path(folder))
        name = _layer(ogr.layers(copy, spec.shown), spec)
        crs, fids, shapes, table = ogr.read(copy, spec.shown, said, layer=name)
        places.refuse_crowds(len(shapes), len(table) + 1, spec.shown)
        marks = tuple(f"#{fid}" for fid in fids.tolist())
        curved = ogr.curved(copy, spec.shown, name, marks, fids)
    if curved:
        said.mend(Problem("layer.curves", spec.shown, {"n": len(curved)}, curved))
    return Opened(
        columns=table,
        shapes=shapes,
        crs=crs_of(crs),
        places=marks,
        sha256=digest,
        told=ogr.unread(said, marks),
        said=said,
    )


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
