"""Everything about the layers of one file, with nothing written: what it is, what is wrong, what would be mended."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import shapely
from pyproj import CRS

from geoplan import crs as coordinates
from geoplan import formats, layers
from geoplan.crs import Candidate, detective
from geoplan.errors import InputError, Problem
from geoplan.formats import LayerSpec, Opened, encodings
from geoplan.formats.naming import listed
from geoplan.formats.opening import format_of
from geoplan.intake import grids
from geoplan.intake.originals import originals
from geoplan.intake.records import ANY, Asked, Column, Finding, Ground
from geoplan.intake.roles import private_columns, suggested
from geoplan.layers import SCHEMAS, Inspection, schema, suspicion
from geoplan.text.personal import quotable

_SAMPLE = 40
_WGS84 = CRS.from_epsg(4326)
_QUOTING = frozenset({"values", "sample"})
"""Facts of a problem that hold cells of the file."""


def examine(path: Path, shown: str, asked: Asked, ground: Ground) -> tuple[Finding, ...]:
    """All layers of one file, each as it would be taken in.

    Parameters
    ----------
    path, shown : Path, str
        The file, and its name as the user gave it.
    asked : Asked
        What the user says of it.
    ground : Ground
        Where it is to lie.

    Returns
    -------
    tuple of Finding
        One a layer, in the order of the file. A file that cannot be opened is one finding with its errors.

    Raises
    ------
    PlaceUnavailable
        If the file cannot be read, or the temporary folder is full.
    """
    is_grid = path.suffix.casefold() in grids.ENDINGS
    if asked.role and (asked.role in grids.ROLES) != is_grid and asked.role != ANY:
        facts = {"role": asked.role, "known": ", ".join(grids.ROLES if is_grid else SCHEMAS)}
        problem = Problem("intake.role_other_kind", shown, facts)
        return (Finding(path, shown, asked.layer, role=asked.role, errors=(problem,)),)
    if is_grid:
        return (grids.examine(path, shown, asked),)
    spec = LayerSpec(asked.role or ANY, path, shown, asked.layer, asked.crs, asked.encoding, asked.columns)
    kind = ""
    try:
        form = format_of(spec)
        kind = form.name
        parts = _layers(spec)
    except InputError as error:
        return (Finding(path, shown, asked.layer, kind, spec.role, errors=error.problems),)
    found = [
        replace(_one(replace(spec, layer=name), asked, ground, came, by_role=form.by_role), kind=kind)
        for name, came in parts
    ]
    return tuple(replace(f, warnings=(*f.warnings, *_asking(f, asked, ground))) for f in found)


def _layers(spec: LayerSpec) -> tuple[tuple[str, Opened | None], ...]:
    """Layers to take one by one; one empty name for a file that is read as a whole, with the file where it is open."""
    if spec.layer:
        return ((spec.layer, None),)
    try:
        return (("", formats.open_file(spec)),)
    except InputError as error:
        if not error.key.endswith("_several"):
            raise
    return tuple((name, None) for name in formats.inside(spec))


def _one(spec: LayerSpec, asked: Asked, ground: Ground, came: Opened | None, *, by_role: bool) -> Finding:
    """One layer: opened as it is, taken for a role, put through the door."""
    found = Finding(spec.path, spec.shown, spec.layer, role=spec.role)
    opened_for = spec.role
    try:
        came = came if came is not None else formats.open_file(spec)
        opened = encodings.decode_names(came.again(), spec)
    except InputError as error:
        return replace(found, errors=error.problems)
    rivals: tuple[str, ...] = ()
    if not asked.role:
        fitting = suggested(opened, spec.shown)
        rivals = fitting if len(fitting) > 1 else ()
        spec = replace(spec, role=fitting[0] if len(fitting) == 1 else ANY)
    found = replace(found, role=spec.role, guessed=not asked.role and spec.role != ANY, rivals=rivals)
    try:
        known = None if by_role and spec.role != opened_for else came
        inspection = layers.inspect(spec, ground.crs, ground.root, mend=True, whole=True, opened=known)
    except InputError as error:
        return replace(found, errors=error.problems, columns=_columns(opened, {}, spec))
    if inspection.opened.sha256 != opened.sha256:
        return replace(found, errors=(Problem("intake.changing", spec.shown, {}),))
    columns = _columns(opened, inspection.columns, spec, inspection.opened)
    hidden = frozenset(c.name for c in columns if c.private)
    errors, warnings = list(inspection.errors), list(inspection.warnings)
    _meet(inspection, ground, errors, warnings)
    candidates = () if inspection.crs is not None else _candidates(opened, ground)
    if candidates:  # found by the shapes on the communes: better than by their box
        better = suspicion.listed(candidates)
        errors = [replace(p, facts={**p.facts, **better}) if "candidates" in p.facts else p for p in errors]
    return replace(
        found,
        inspection=inspection,
        columns=columns,
        errors=_discreet(errors, hidden),
        warnings=_discreet(warnings, hidden),
        mended=_discreet(inspection.mended, hidden),
        candidates=candidates,
        originals=originals(opened, inspection),
    )


def _meet(inspection: Inspection, ground: Ground, errors: list[Problem], warnings: list[Problem]) -> None:
    """Whether the layer lies in the project's communes."""
    layer = inspection.layer
    if layer is None or ground.communes is None or layer.role == "communes" or layer.role not in SCHEMAS:
        return
    try:
        warnings += layers.meet(layer, ground.communes)
    except InputError as error:
        errors += error.problems


def _columns(
    opened: Opened, fields: Mapping[str, str], spec: LayerSpec, decoded: Opened | None = None
) -> tuple[Column, ...]:
    """Every column of the file; the text of private ones is not shown."""
    of_field = {column: name for name, column in fields.items()}
    role_private = set(schema(spec.role).private)
    hidden = private_columns(opened.columns)
    found = []
    for name, cells in opened.columns.items():
        private = name in hidden or of_field.get(name, "") in role_private
        after = decoded.columns.get(name, cells) if decoded is not None else cells
        sample = next((c for c in after if isinstance(c, str) and not c.isascii() and quotable(c) == c), "")
        found.append(
            Column(
                name=name,
                field=of_field.get(name, ""),
                encoding=_encoding(cells, opened, spec),
                sample="" if private else sample[:_SAMPLE],
                filled_count=sum(c is not None for c in cells),
                private=private,
            )
        )
    return tuple(found)


def _encoding(cells: Iterable[object], opened: Opened, spec: LayerSpec) -> str:
    raws = [c for c in cells if isinstance(c, bytes)]
    if raws:
        return encodings.of_column(raws, spec, opened.encoding) or "?"
    return "unicode" if any(isinstance(c, str) for c in cells) else ""


def _discreet(problems: Sequence[Problem], hidden: frozenset[str]) -> tuple[Problem, ...]:
    """Problems without the cells that they quote, where their column is private."""
    return tuple(
        replace(p, facts={k: "…" if k in _QUOTING else v for k, v in p.facts.items()})
        if p.facts.get("column") in hidden
        else p
        for p in problems
    )


def _candidates(opened: Opened, ground: Ground) -> tuple[Candidate, ...]:
    """CRSs in which the raw numbers lie on the communes; without a project, in the province."""
    wanted = None
    if ground.communes is not None:
        frame = ground.communes.frame
        wanted = shapely.union_all(coordinates.geometries(frame.geometry.array, frame.crs, _WGS84))
    return tuple(detective.suspects(shapely.get_coordinates(opened.shapes), wanted))


def _asking(found: Finding, asked: Asked, ground: Ground) -> list[Problem]:
    """What only the user can answer: which CRS, which role."""
    said: list[Problem] = []
    if found.candidates and not any("candidates" in p.facts for p in found.errors):
        facts = {"candidates": detective.listed(found.candidates), "first": found.candidates[0].crs}
        said.append(Problem("intake.crs_candidates", found.shown, facts))
    if found.rivals:
        said.append(Problem("intake.role_open", found.shown, {"roles": ", ".join(found.rivals)}))
    elif found.role == ANY and not asked.role and found.columns:
        names = listed((c.name for c in found.columns), 12)
        said.append(Problem("intake.role_unknown", found.shown, {"columns": names}))
    return said
