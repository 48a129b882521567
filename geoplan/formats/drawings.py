"""Drawings, DXF and DGN: no CRS, no table; what a role can use of them, and a word on all that is left out.

A drawing holds lines, texts and symbols of many CAD layers at once. A role gets the shapes of its kind; outlines that
close are areas where the role wants areas.
"""

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from geoplan.errors import InputError, Problem
from geoplan.formats import dxf, ogr, places
from geoplan.formats.format import Format
from geoplan.formats.naming import listed
from geoplan.formats.opened import Opened
from geoplan.formats.records import LayerSpec
from geoplan.formats.verdict import Verdict
from geoplan.writing import scratch

_LINE_ROLES = frozenset({"roads", "streams"})
_POINT_ROLES = frozenset({"households", "samples", "hotspots", "weather", "training", "slides"})
_POLYGONS, _LINES, _POINTS = (3, 6), (1, 5, 2), (0, 4)
_WORDS = {0: "point", 4: "point", 1: "line", 2: "line", 5: "line", 3: "polygon", 6: "polygon", 7: "block"}
_COLUMN = {".dxf": "Layer", ".dgn": "Level"}
_BINARY = b"AutoCAD Binary DXF"
_OLE = b"\xd0\xcf\x11\xe0"


def open_drawing(spec: LayerSpec) -> Opened:
    """Shapes of a drawing that the role can use.

    `spec.layer` names a CAD layer (a level of a DGN); empty: all of them.

    Raises
    ------
    InputError
        ``layer.drawing_kind``, ``layer.not_the_format``, ``layer.gpkg_layer_unknown``, ``layer.drawing_nothing``,
        those of `ogr.read`.
    """
    said = Verdict()
    areas = spec.role not in _LINE_ROLES | _POINT_ROLES
    fids, shapes, table, digest = _read(spec, said, areas=areas)
    column = _COLUMN[spec.path.suffix.casefold()]
    if spec.layer:
        names = [str(v) for v in table.get(column, [])]
        kept = np.array([name == spec.layer for name in names], dtype=bool)
        if not kept.any():
            facts = {"layer": spec.layer[:80], "layers": listed(sorted(set(names)))}
            raise InputError(Problem("layer.drawing_layer_unknown", spec.shown, facts))
        fids, shapes, table = fids[kept], shapes[kept], {n: c[kept] for n, c in table.items()}
    kinds = shapely.get_type_id(shapes)
    wanted = _POLYGONS if areas else _LINES if spec.role in _LINE_ROLES else _POINTS
    if spec.role == "villages" and not np.isin(kinds, _POLYGONS).any():
        wanted = _POINTS
    kept = np.isin(kinds, wanted if spec.role != "any" else (*_POLYGONS, *_LINES, *_POINTS))
    left = Counter(_WORDS.get(int(k), "block") for k in kinds[~kept].tolist())
    words = ", ".join(f"{n} {word}" for word, n in sorted(left.items()))
    if not kept.any():
        facts = {"found": words or "0", "layers": listed(sorted({str(v) for v in table.get(column, [])}))}
        raise InputError(Problem("layer.drawing_nothing", spec.shown, facts))
    if left:
        said.tell(Problem("layer.drawing_left_out", spec.shown, {"n": int(kept.sum()), "left": words}))
    if areas and np.isin(kinds[kept], _POLYGONS).any():
        said.mend(Problem("layer.drawing_outlines", spec.shown, {"n": int(kept.sum())}))
    marks = tuple(f"#{fid + 1}" for fid in fids[kept].tolist())
    return Opened(
        columns={name: cells[kept] for name, cells in table.items()},
        shapes=shapes[kept],
        crs=None,
        places=marks,
        sha256=digest,
        said=said,
    )


def cad_layers(spec: LayerSpec) -> tuple[str, ...]:
    """Names of the CAD layers that hold something, sorted."""
    _, _, table, _ = _read(spec, Verdict(), areas=False)
    column = _COLUMN[spec.path.suffix.casefold()]
    return tuple(sorted({str(v) for v in table.get(column, [])}))


def _read(spec: LayerSpec, said: Verdict, *, areas: bool) -> tuple[Any, Any, dict[str, Any], str]:
    path = places.present(spec.path, spec.shown)
    ending = path.suffix.casefold()
    with path.open("rb") as file:
        head = file.read(4096)
    _refuse_others(head, ending, spec.shown)
    with scratch() as folder:
        copy = Path(folder) / f"copy{ending}"
        digest = places.copied([(path, copy)], spec.shown)
        if ending == ".dxf":
            dxf.vet(copy, spec.shown)
        config = {"DXF_CLOSED_LINE_AS_POLYGON": "YES" if areas else "NO", "DXF_MERGE_BLOCK_GEOMETRIES": "NO"}
        _, fids, shapes, table = ogr.read(copy, spec.shown, said, places_from=1, config=config)
    if areas:
        shapes = _closed(shapes)
    places.refuse_crowds(len(shapes), len(table), spec.shown)
    return fids, shapes, table, digest


def _closed(shapes: Any) -> Any:
    """Shapes with areas in place of the lines that end where they start, circles aside."""
    found = shapes.copy()
    closed = np.flatnonzero((shapely.get_type_id(shapes) == 1) & shapely.is_closed(shapes))
    for i in closed.tolist():
        points = [(x, y) for x, y, *_ in shapely.get_coordinates(shapes[i]).tolist()]
        if len(points) >= 4 and not dxf.circle(points):
            found[i] = shapely.polygons(points)
    return found


def _refuse_others(head: bytes, ending: str, shown: str) -> None:
    """Refuse by name what an office calls a drawing and GDAL does not read."""
    if head[:2] == b"AC" and head[2:6].isdigit():
        raise InputError(Problem("layer.drawing_kind", shown, {"kind": "DWG"}))
    if head.startswith(_BINARY):
        raise InputError(Problem("layer.drawing_kind", shown, {"kind": "DXF nhị phân (binary DXF)"}))
    if head.startswith(_OLE):
        raise InputError(Problem("layer.drawing_kind", shown, {"kind": "DGN V8"}))
    sound = b"SECTION" in head[:4096].upper() if ending == ".dxf" else head[:1] in b"\x08\xc8" and len(head) > 4
    if not sound:
        raise InputError(Problem("layer.not_the_format", shown, {"format": ending[1:].upper()}))


FORMAT = Format("DXF / DGN", (".dxf", ".dgn"), open_drawing, most_mb=60, inside=cad_layers, by_role=True)
