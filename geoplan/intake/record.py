"""The record beside a clean file: where it came from, what was found, what was put right. No clock, no machine."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import shapely

import geoplan
from geoplan import areas
from geoplan import crs as coordinates
from geoplan.errors import Problem
from geoplan.formats.places import hashed, relative
from geoplan.intake import grids
from geoplan.intake.originals import kept_rows
from geoplan.intake.records import Asked, Finding, Ground
from geoplan.messages import spoken
from geoplan.messages.facts import discreet
from geoplan.text.safe import plain

NOT_STATED = "not stated"
"""What the record has where nobody has said it."""

_BESIDE = (".shx", ".dbf", ".prj", ".cpg", ".dat", ".map", ".id", ".ind", ".mid")


def record(found: Finding, asked: Asked, ground: Ground, made: Path, behind: Mapping[str, str]) -> bytes:
    """The record as JSON, the same for the same file and words.

    Parameters
    ----------
    found, asked, ground
        As `examine` had them.
    made : Path
        The clean file.
    behind : mapping
        Column of the clean file to that of the source; empty for one that was made.
    """
    document = {
        "geoplan": geoplan.__version__,
        "made": {"file": made.name, "sha256": hashed(made, made.name), **_made(found)},
        "role": found.role,
        "role_from": "columns" if found.guessed else "user" if asked.role else "nobody",
        "source": {
            "layer": found.layer,
            "format": found.kind,
            **_read(found),
            "files": _files(found, ground),
            "from": asked.source or NOT_STATED,
            "licence": asked.licence or NOT_STATED,
            "date": asked.date or NOT_STATED,
        },
        "crs": _crs(found, asked),
        "columns": _columns(found, behind),
        "hectares": dict(zip(("before", "after"), hectares(found), strict=True)),
        "changed_shapes": changed_shapes(found),
        "repairs": _said(found.mended),
        "warnings": _said(found.warnings),
    }
    return (json.dumps(_sayable(document), ensure_ascii=False, allow_nan=False, indent=1) + "\n").encode()


def _sayable(value: Any) -> Any:
    """The same without numbers that JSON does not have: ``nan`` and ``inf`` as words, text without lone surrogates."""
    if isinstance(value, dict):
        return {key: _sayable(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_sayable(each) for each in value]
    if isinstance(value, str):
        return plain(value)
    if isinstance(value, float):
        return value if np.isfinite(value) else str(value)
    return value


def _made(found: Finding) -> dict[str, Any]:
    if found.inspection is None or found.inspection.layer is None:
        return grids.described(found)
    frame = found.inspection.layer.frame
    return {"rows": len(frame), "crs": coordinates.name(frame.crs), "originals_count": len(found.originals)}


def _read(found: Finding) -> dict[str, Any]:
    if found.inspection is None:
        return {"sha256": found.grid.sha256 if found.grid is not None else ""}
    return {"sha256": found.inspection.opened.sha256, "rows": len(found.inspection.opened.shapes)}


def _crs(found: Finding, asked: Asked) -> dict[str, str]:
    if found.inspection is None or found.inspection.layer is None:
        grid = found.grid.crs if found.grid is not None else None
        return {"found": "" if grid is None else coordinates.name(grid), "declared": asked.crs, "operation": "none"}
    source = found.inspection.layer.source
    return {"found": source.crs, "declared": asked.crs, "operation": source.crs_operation}


def hectares(found: Finding) -> tuple[float | None, float | None]:
    """Geodesic hectares of the layer as the file has it and as it is written; None where there is no ground."""
    inspection = found.inspection
    if inspection is None or inspection.crs is None:
        return None, None
    before = _sum(areas.of(_finite(inspection.opened.shapes), inspection.crs))
    layer = inspection.layer
    after = None if layer is None else _sum(areas.of(layer.frame.geometry.to_numpy(), layer.frame.crs))
    return (before, after) if (before or after) else (None, None)


def changed_shapes(found: Finding) -> list[dict[str, Any]]:
    """Features whose ground was changed by mending, with their hectares before and after."""
    inspection = found.inspection
    if not found.mended or inspection is None or inspection.crs is None or inspection.layer is None:
        return []
    before = areas.of(_finite(inspection.opened.shapes), inspection.crs)
    kept = kept_rows(inspection)
    after = dict(
        zip(kept, areas.of(inspection.layer.frame.geometry.to_numpy(), inspection.layer.frame.crs), strict=True)
    )
    rows = []
    for i, name in enumerate(inspection.names):
        now = float(after[i]) if i in after else None
        if now is None or abs(now - float(before[i])) > 1e-6:
            ha = None if now is None else round(now, 6)
            rows.append({"feature": name, "before_ha": round(float(before[i]), 6), "after_ha": ha})
    return rows


def _finite(shapes: Any) -> Any:
    """Shapes without those that have no numbers for coordinates: they have no area."""
    sound = np.isfinite(shapely.bounds(shapes)).all(axis=1)
    return np.where(sound, shapes, None)


def _sum(values: Any) -> float:
    return round(float(np.nansum(values)), 6)


def _files(found: Finding, ground: Ground) -> list[dict[str, Any]]:
    """Every file of the source with its hash."""
    path = found.path
    if path.is_dir():
        parts = sorted(p for p in path.rglob("*") if p.is_file())
    else:
        beside = [p for p in sorted(path.parent.iterdir()) if p.stem.casefold() == path.stem.casefold() and p != path]
        parts = [path, *(p for p in beside if p.suffix.casefold() in _BESIDE and p.is_file())]
    shown = relative(path, ground.root, path.name).rpartition("/")[0]
    return [
        {
            "file": f"{shown}/{p.relative_to(path.parent).as_posix()}".lstrip("/"),
            "bytes": p.stat().st_size,
            "sha256": hashed(p, found.shown) if p.stat().st_size else hashlib.sha256().hexdigest(),
        }
        for p in parts
    ]


def _columns(found: Finding, behind: Mapping[str, str]) -> list[dict[str, str]]:
    by_name = {c.name: c for c in found.columns}
    return [
        {"column": name, "from": source, "encoding": by_name[source].encoding if source in by_name else ""}
        for name, source in behind.items()
    ]


def _said(problems: Iterable[Problem]) -> list[dict[str, Any]]:
    """Problems in both languages, with all their features."""
    return [
        {
            "key": p.key,
            "vi": spoken(p, "vi").found,
            "en": spoken(p, "en").found,
            "facts": discreet(p.facts),
            "features": list(spoken(p, "vi").feature_ids),
        }
        for p in problems
    ]
