"""Which reader opens a file: by its ending, from a closed list. All else is refused before any library sees it."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from geoplan.errors import InputError, Problem
from geoplan.layers import places
from geoplan.layers.csv_points import open_points
from geoplan.layers.geojson import open_geojson
from geoplan.layers.geopackage import open_geopackage
from geoplan.layers.mapinfo import open_mapinfo
from geoplan.layers.opened import Opened
from geoplan.layers.records import LayerSpec
from geoplan.layers.shapefile import open_shapefile

READERS: Mapping[str, Callable[[LayerSpec], Opened]] = {
    ".gpkg": open_geopackage,
    ".shp": open_shapefile,
    ".tab": open_mapinfo,
    ".geojson": lambda spec: open_geojson(spec, [spec.path]),
    ".json": lambda spec: open_geojson(spec, [spec.path]),
    ".csv": open_points,
}
"""Endings that can be read."""

MOST_MB: Mapping[str, int] = {
    ".gpkg": 1000,
    ".shp": 500,
    ".dbf": 500,
    ".map": 500,
    ".dat": 500,
    ".geojson": 100,
    ".json": 100,
    ".csv": 50,
}
"""Megabytes that a file may have; reading one whole must stay under 2 GB of memory."""

MOST_FILES = 5000
"""More files than this under one pattern is a mistake."""


def open_file(spec: LayerSpec) -> Opened:
    """The file of a layer, by the reader of its ending.

    Raises
    ------
    InputError
        ``layer.not_a_file``, ``layer.format_unknown``, ``layer.glob_role``, and those of the readers.
    """
    places.refuse_addresses(spec.shown, spec.path)
    if any(c in spec.path.name for c in "*?["):
        return _several(spec)
    reader = READERS.get(spec.path.suffix.casefold())
    if reader is None:
        facts = {"format": spec.path.suffix or spec.path.name, "known": ", ".join(READERS)}
        raise InputError(Problem("layer.format_unknown", spec.shown, facts))
    _refuse_giants(
        spec, [spec.path, *places.sidecars(spec.path, [".dbf", ".map", ".dat"]).values()] if spec.path.exists() else []
    )
    return reader(spec)


def _refuse_giants(spec: LayerSpec, files: Sequence[Path]) -> None:
    for path in files:
        megabytes = path.stat().st_size // 1_000_000
        most = MOST_MB.get(path.suffix.casefold(), megabytes)
        if megabytes > most:
            raise InputError(Problem("layer.file_too_big", spec.shown, {"mb": megabytes, "most": most}))


def _several(spec: LayerSpec) -> Opened:
    """All GeoJSON files under a pattern, in the order of their names; none is an empty layer."""
    if spec.role != "draft_zones":
        raise InputError(Problem("layer.glob_role", spec.shown, {"role": spec.role}))
    if not spec.path.parent.is_dir():
        raise InputError(Problem("layer.file_missing", spec.shown, {"path": spec.shown, "near": ""}))
    found = sorted(p for p in spec.path.parent.glob(spec.path.name) if p.is_file())
    wrong = [p.name for p in found if p.suffix.casefold() not in {".geojson", ".json"}]
    if wrong or len(found) > MOST_FILES:
        facts = {"format": ", ".join(wrong[:3]) or str(len(found)), "known": ".geojson, .json"}
        raise InputError(Problem("layer.format_unknown", spec.shown, facts))
    _refuse_giants(spec, found)
    return open_geojson(spec, found)
