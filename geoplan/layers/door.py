"""The door itself: open, choose columns, read values, check shapes and place, and only then hand a layer on."""

from dataclasses import dataclass, field, replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj import CRS
from pyproj.exceptions import ProjError

from geoplan import areas
from geoplan import crs as coordinates
from geoplan.crs import Bounds
from geoplan.errors import InputError, Problem
from geoplan.layers import checks_ground, checks_lots, checks_shapes, columns, decoding, formats, keys, values
from geoplan.layers.columns import Picks
from geoplan.layers.opened import Opened
from geoplan.layers.places import relative
from geoplan.layers.records import Layer, LayerSpec, Source
from geoplan.layers.schemas import Schema, Shape, schema
from geoplan.layers.verdict import Verdict

_MAY_BE_EMPTY = frozenset({"draft_zones", "households", "sites", "samples", "roads", "streams"})


@dataclass(slots=True)
class _Case:
    """One file on its way through the door."""

    role: Schema
    spec: LayerSpec
    opened: Opened
    names: list[str]
    said: Verdict = field(default_factory=Verdict)


def read(spec: LayerSpec, crs: CRS, root: Path) -> Layer:
    """One checked layer.

    The user's files are copied before anything opens them, and stay byte for byte as they are.

    Parameters
    ----------
    spec : LayerSpec
        Role, file, and what the project file says of it.
    crs : CRS
        CRS of the project: that of the frame.
    root : Path
        Project folder: evidence names files relative to it.

    Returns
    -------
    Layer
        Frame with every field of the role (absent ones as missing values), ``geometry``, and for polygons ``geom_ha``:
        geodesic hectares.

    Raises
    ------
    InputError
        With every problem found in the file that would make a number wrong.
    PlaceUnavailable
        If the file cannot be read, or the temporary folder is full.
    """
    role = schema(spec.role)
    opened = decoding.decode_names(formats.open_file(spec), spec)
    case = _Case(role, spec, opened, list(opened.places), opened.said)
    if len(opened.shapes) == 0:
        return _empty(case, crs, root)
    wanted = {name: column for name, column in spec.columns.items() if name not in opened.taken}
    picks = columns.choose(role, list(opened.columns), wanted, spec.shown, cut=opened.cut)
    case.said.add(picks.said)
    for name, pick in picks.by_field.items():
        if pick.column in opened.repeated:
            case.said.refuse(Problem("layer.columns_repeated", spec.shown, {"column": pick.column, "field": name}))
    case.said.add(decoding.decode_cells(opened, picks, spec))
    case.names = keys.names(role, opened, picks)
    table = _table(case, picks)
    key, said = keys.key_column(role, table, opened, picks, spec.shown)
    case.said.add(said)
    if key is not None:
        table[role.key] = key
        case.names = [str(v) for v in key]
    kind, said = checks_shapes.check(role, opened.shapes, case.names, spec.shown, opened.told)
    case.said.add(said)
    layer = _placed(case, table, kind, crs, root)
    if case.said.errors or layer is None:
        raise InputError(*case.said.errors)
    return layer


def _table(case: _Case, picks: Picks) -> pd.DataFrame:
    """All fields of the role as columns."""
    found: dict[str, pd.Series] = {}
    for f in case.role.fields:
        pick = picks.by_field.get(f.name)
        if pick is None:
            found[f.name] = values.empty(f.kind, len(case.opened.shapes))
            continue
        cells = case.opened.columns[pick.column]
        if pick.backup:
            cells, told = keys.filled(cells, case.opened.columns[pick.backup], pick, case.spec.shown, case.names)
            case.said.tell(told)
        column = values.read(f, cells, pick.factor, case.spec.shown, case.names)
        case.said.add(column.said)
        found[f.name] = column.values
    case.said.warnings = _stars_together(case.said.warnings)
    return pd.DataFrame(found)


def _stars_together(said: list[Problem]) -> list[Problem]:
    """One word for all columns of stars: QGIS leaves them wherever a number was blank."""
    stars = [p for p in said if p.key == "layer.null_stars"]
    if not stars:
        return said
    fields = ", ".join(str(p.facts["field"]) for p in stars)
    facts: dict[str, str | int | float] = {"fields": fields, "n": sum(int(p.facts["n"]) for p in stars)}
    rest = [p for p in said if p.key != "layer.null_stars"]
    return [*rest, Problem("layer.null_stars", stars[0].where, facts)]


def _placed(case: _Case, table: pd.DataFrame, kind: Shape | None, crs: CRS, root: Path) -> Layer | None:
    """The layer in the project's CRS with its hectares, or None where its shapes or its place cannot be told."""
    spec, opened = case.spec, case.opened
    shapes = opened.shapes
    sound = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes)) & np.isfinite(shapely.bounds(shapes)).all(axis=1)
    if not sound.any():
        return None
    west, south, east, north = (float(b) for b in shapely.total_bounds(shapes[sound]))
    bounds: Bounds = (west, south, east, north)
    found = None
    try:
        declared = coordinates.parse(spec.crs) if spec.crs else None
        found, said = checks_ground.agreed(opened.crs, declared, opened.assumed, bounds, spec.shown)
        case.said.add(said)
        if found is None or kind is None or not sound.all():
            return None
        moved = _moved(case, table, kind, found, crs)
    except InputError as error:  # from `crs`, which does not know the file
        case.said.refuse(replace(p, where=spec.shown) for p in error.problems)
        return None
    except ProjError:  # a projection that PROJ does not have: a damaged .prj
        case.said.refuse(
            Problem("layer.crs_not_here", spec.shown, {"crs": coordinates.name(found) if found else spec.crs})
        )
        return None
    if moved is None or any(p.key == "layer.geometry_broken" for p in case.said.errors):
        return None
    frame, operation = moved
    if kind is Shape.POLYGON:
        frame = _measured(case, frame)
    check = checks_lots.CHECKS.get(case.role.role)
    if check is not None:
        case.said.add(check(frame, case.names, spec.shown))
    place = relative(spec.path, root, spec.shown)
    source = Source(case.role.role, place, opened.sha256, len(frame), coordinates.name(found), operation)
    return Layer(case.role.role, frame, source, tuple(case.said.warnings), bounds)


def _moved(case: _Case, table: pd.DataFrame, kind: Shape, found: CRS, crs: CRS) -> tuple[gpd.GeoDataFrame, str] | None:
    """The frame in the project's CRS and the operation, or None where the file's CRS puts it out of the country."""
    shapes = checks_shapes.single_points(case.opened.shapes) if kind is Shape.POINT else case.opened.shapes
    frame = gpd.GeoDataFrame(table, geometry=gpd.GeoSeries(shapes, crs=found, index=table.index))
    abroad = checks_ground.in_vietnam(frame, case.names, case.spec.shown)
    case.said.refuse(abroad)
    if abroad:
        return None
    moved, operation = coordinates.to_crs(frame, crs)
    if not np.isfinite(shapely.total_bounds(np.asarray(moved.geometry.array, dtype=object))).all():
        case.said.refuse(Problem("layer.crs_not_here", case.spec.shown, {"crs": coordinates.name(found)}))
        return None
    return moved, operation


def _measured(case: _Case, frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The frame with ``geom_ha``; ground that two features share is found."""
    hectares = areas.hectares(frame)
    shapes = np.asarray(frame.geometry.array, dtype=object)
    if case.role.alone:
        twice = checks_shapes.duplicates(shapes, case.names, case.spec.shown)
        case.said.refuse(twice)
        if not twice:
            case.said.add(checks_shapes.overlaps(shapes, frame.crs, hectares, case.names, case.spec.shown))
    return frame.assign(geom_ha=hectares)[[*frame.columns.drop("geometry"), "geom_ha", "geometry"]]


def _empty(case: _Case, crs: CRS, root: Path) -> Layer:
    role, spec = case.role, case.spec
    if case.said.errors or role.role not in _MAY_BE_EMPTY:
        raise InputError(*(case.said.errors or [Problem("layer.no_features", spec.shown, {"role": role.role})]))
    table = pd.DataFrame({f.name: values.empty(f.kind, 0) for f in role.fields})
    if Shape.POLYGON in role.shapes:
        table["geom_ha"] = pd.Series([], dtype=np.float64)
    frame = gpd.GeoDataFrame(table, geometry=gpd.GeoSeries([], crs=crs))
    source = Source(
        role.role, relative(spec.path, root, spec.shown), case.opened.sha256, 0, coordinates.name(crs), "none"
    )
    if role.role != "draft_zones":
        case.said.tell(Problem("layer.no_features_told", spec.shown, {"role": role.role}))
    return Layer(role.role, frame, source, tuple(case.said.warnings))
