"""Which reader opens a file: by its ending, from a closed list. All else is refused before any library sees it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from geoplan.errors import InputError, Problem
from geoplan.formats import (
    archives,
    csv_table,
    drawings,
    filegdb,
    flatgeobuf,
    geojson,
    geopackage,
    gml,
    gpx,
    kml,
    kmz,
    mapinfo,
    mif,
    parquet,
    places,
    shapefile,
    xlsx,
)
from geoplan.formats.format import Format
from geoplan.formats.opened import Opened
from geoplan.formats.records import LayerSpec

_SINGLE: tuple[Format, ...] = (
    geopackage.FORMAT,
    shapefile.FORMAT,
    mapinfo.FORMAT,
    mif.FORMAT,
    geojson.FORMAT,
    csv_table.FORMAT,
    xlsx.FORMAT,
    kml.FORMAT,
    kmz.FORMAT,
    gml.FORMAT,
    gpx.FORMAT,
    flatgeobuf.FORMAT,
    parquet.FORMAT,
    filegdb.FORMAT,
    drawings.FORMAT,
)
"""Formats of one dataset: what an archive may hold."""

FORMATS: tuple[Format, ...] = (*_SINGLE, archives.zip_format(_SINGLE))
"""Formats that can be read."""

BY_ENDING: Mapping[str, Format] = {ending: each for each in FORMATS for ending in each.endings}

MOST_FILES = 5000
"""More files than this under one pattern is a mistake."""


def open_file(spec: LayerSpec) -> Opened:
    """The layer of a file, by the reader of its ending.

    Raises
    ------
    InputError
        ``layer.not_a_file``, ``layer.format_unknown``, ``layer.glob_role``, and those of the readers.
    """
    places.refuse_addresses(spec.shown, spec.path)
    spec = replace(spec, path=places.on_disk(spec.path))
    if any(c in spec.path.name for c in "*?["):
        return _several(spec)
    return format_of(spec).open(spec)


def inside(spec: LayerSpec) -> tuple[str, ...]:
    """Names of the layers inside a file, in the order of the file; one empty name for a format that holds one layer.

    Raises
    ------
    InputError
        As `open_file`.
    """
    places.refuse_addresses(spec.shown, spec.path)
    spec = replace(spec, path=places.on_disk(spec.path))
    found = format_of(spec)
    return ("",) if found.inside is None else found.inside(spec)


def format_of(spec: LayerSpec) -> Format:
    """The format of a file by its ending, if the file is not too large for it."""
    found = BY_ENDING.get(spec.path.suffix.casefold())
    if found is None:
        archives.refuse_packed(spec)
        xlsx.refuse_others(spec)
        facts = {"format": spec.path.suffix or spec.path.name, "known": ", ".join(BY_ENDING)}
        raise InputError(Problem("layer.format_unknown", spec.shown, facts))
    if spec.path.is_file():
        _refuse_giants(spec, found, [spec.path, *places.sidecars(spec.path, found.parts).values()])
    return found


def _refuse_giants(spec: LayerSpec, kind: Format, files: Sequence[Path]) -> None:
    for path in files:
        megabytes = path.stat().st_size // 1_000_000
        if megabytes > kind.most_mb:
            raise InputError(Problem("layer.file_too_big", spec.shown, {"mb": megabytes, "most": kind.most_mb}))


def _several(spec: LayerSpec) -> Opened:
    """All GeoJSON files under a pattern, in the order of their names; none is an empty layer."""
    if spec.role != "draft_zones":
        raise InputError(Problem("layer.glob_role", spec.shown, {"role": spec.role}))
    if not spec.path.parent.is_dir():
        raise InputError(Problem("layer.file_missing", spec.shown, {"path": spec.shown, "near": ""}))
    found = sorted(p for p in spec.path.parent.glob(spec.path.name) if p.is_file())
    wrong = [p.name for p in found if p.suffix.casefold() not in geojson.FORMAT.endings]
    if wrong or len(found) > MOST_FILES:
        facts = {"format": ", ".join(wrong[:3]) or str(len(found)), "known": ", ".join(geojson.FORMAT.endings)}
        raise InputError(Problem("layer.format_unknown", spec.shown, facts))
    _refuse_giants(spec, geojson.FORMAT, found)
    return geojson.open_several(spec, found)
