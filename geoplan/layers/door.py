"""The door itself: open, choose columns, read values, check shapes and place, and only then hand a layer on."""

from dataclasses import dataclass, field, replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from pyproj import CRS
from pyproj.exceptions import ProjError

from geoplan import areas, formats
from geoplan import crs as coordinates
from geoplan.crs import Bounds
from geoplan.errors import InputError, Problem
from geoplan.formats import encodings
from geoplan.formats.opened import Opened
from geoplan.formats.places import relative
from geoplan.formats.records import LayerSpec
from geoplan.formats.verdict import Verdict
from geoplan.layers import (
    checks_coordinates,
    checks_ground,
    checks_lots,
    checks_shapes,
    columns,
    decoding,
    discretion,
    keys,
    known_places,
    mending,
    overlaps,
    spikes,
    values,
)
from geoplan.layers.columns import Picks
from geoplan.layers.records import Inspection, Layer, Source
from geoplan.layers.schemas import Schema, Shape, schema
from geoplan.text.personal import is_personal

_MAY_BE_EMPTY = frozenset({"any", "draft_zones", "households", "sites", "samples", "roads", "streams"})
_NOWHERE = frozenset(
    {
        "layer.geometry_kind",
        "layer.coordinates_absurd",
        "layer.axes_swapped_features",
        "layer.longitude_turned",
    }
)
"""Problems after which there is no use in asking where the features lie."""


@dataclass(slots=True)
class _Case:
    """One file on its way through the door.

    `opened` and `names` are all rows of the file; `part` those that are kept, in `rows`.
    """

    role: Schema
    spec: LayerSpec
    opened: Opened
    names: list[str]
    part: Opened
    rows: npt.NDArray[np.intp]
    picks: Picks = field(default_factory=Picks)
    crs: CRS | None = None
    bounds: Bounds | None = None
    mend: bool = False
    said: Verdict = field(default_factory=Verdict)

    @property
    def kept_names(self) -> list[str]:
        """Names of the rows that are kept."""
        return [self.names[i] for i in self.rows.tolist()]


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
    found = inspect(spec, crs, root)
    if found.layer is None:
        raise InputError(*found.errors)
    return found.layer


def inspect(
    spec: LayerSpec, crs: CRS, root: Path, *, mend: bool = False, whole: bool = False, opened: Opened | None = None
) -> Inspection:
    """Everything that the door finds in a file, without refusing what could be opened.

    Parameters
    ----------
    spec, crs, root
        As `read`.
    mend : bool
        Put right what can be put right (`mending`) before it is judged.
    whole : bool
        Decode the columns that the role does not use too: `Inspection.others`.
    opened : Opened, optional
        The file, where it has been opened already; stays as it is.

    Raises
    ------
    InputError
        Where the file cannot be opened at all, or has no features that the role needs.
    PlaceUnavailable
        As `read`.
    """
    role = schema(spec.role)
    opened = encodings.decode_names(opened.again() if opened is not None else formats.open_file(spec), spec)
    rows = np.arange(len(opened.shapes))
    case = _Case(role, spec, opened, list(opened.places), opened, rows, mend=mend, said=opened.said)
    if len(rows) == 0:
        return _found(case, _empty(case, crs, root), None)
    _choose(case, whole=whole)
    _agree(case)
    if mend and case.crs is not None:
        _mend(case, case.crs)
        if len(case.rows) == 0:
            case.said.refuse(Problem("layer.no_features", spec.shown, {"role": role.role}))
            return _found(case, None, _others(case) if whole else None)
    case.part = replace(case.part, shapes=checks_shapes.plain(case.part.shapes))
    kinds, said = checks_shapes.check(role, case.part.shapes, case.kept_names, spec.shown, _told(case))
    table = _table(case)
    key, keyed = keys.key_column(role, table, case.part, case.picks, spec.shown)
    case.said.add(keyed)
    if key is not None:
        table[role.key] = key
        for i, name in zip(case.rows.tolist(), key, strict=True):
            case.names[i] = str(name) if not is_personal(str(name)) else case.opened.places[i]
    case.said.add(said)
    layer = _placed(case, table, kinds, crs, root)
    return _found(case, layer, _others(case) if whole else None)


def _choose(case: _Case, *, whole: bool) -> None:
    """Columns of the fields, their text, and names of the rows."""
    spec, opened = case.spec, case.opened
    wanted = {name: column for name, column in spec.columns.items() if name not in opened.taken}
    case.picks = columns.choose(case.role, list(opened.columns), wanted, spec.shown, cut=opened.cut)
    case.said.add(case.picks.said)
    for name, pick in case.picks.by_field.items():
        if pick.column in opened.repeated:
            case.said.refuse(Problem("layer.columns_repeated", spec.shown, {"column": pick.column, "field": name}))
    case.said.add(decoding.decode_cells(opened, case.picks, spec, whole=whole))
    case.names = keys.names(case.role, opened, case.picks)


def _agree(case: _Case) -> None:
    """The file's CRS; features whose numbers cannot be longitudes and latitudes are named, or put right."""
    spec, opened = case.spec, case.opened
    shapes = case.part.shapes
    astray = np.zeros(len(shapes), dtype=bool)
    try:
        if _degrees(opened, spec):
            shapes, astray, said = checks_coordinates.astray(shapes, case.names, spec.shown, mend=case.mend)
            case.said.add(said)
            case.part = replace(case.part, shapes=shapes)
        sound = ~astray & np.isfinite(shapely.bounds(shapes)).all(axis=1) & ~checks_shapes.unfinished(shapes)
        if not sound.any():
            return
        west, south, east, north = (float(b) for b in shapely.total_bounds(shapes[sound]))
        case.bounds = (west, south, east, north)
        case.crs, said = checks_ground.agreed(opened.crs, spec.crs or None, opened.assumed, case.bounds, spec.shown)
        case.said.add(said)
    except InputError as error:  # from `crs`, which does not know the file
        case.said.refuse(replace(p, where=spec.shown) for p in error.problems)


def _degrees(opened: Opened, spec: LayerSpec) -> bool:
    """True where the file, the user or the format says that the numbers are longitudes and latitudes."""
    said = coordinates.parse(spec.crs.rpartition(checks_ground.ARROW)[2].strip()) if spec.crs else None
    crs = said or opened.crs or opened.assumed
    return crs is not None and crs.is_geographic


def _mend(case: _Case, crs: CRS) -> None:
    """Shapes put right, rows without ground and repeated rows left out."""
    where = case.spec.shown
    try:
        made = mending.mend(case.role.shapes, case.part.shapes, crs, case.names, _declared(case), where)
    except ProjError:  # a projection that PROJ does not have: a damaged .prj
        case.said.refuse(Problem("layer.crs_not_here", where, {"crs": coordinates.name(crs)}))
        return
    _keep(case, made)
    _keep(case, mending.without_repeats(made.shapes, crs, case.part.columns, case.kept_names, where))


def _keep(case: _Case, made: mending.Mended) -> None:
    part, rows = case.part, made.kept
    case.said.add(made.said)
    case.part = replace(
        part,
        columns={name: cells[rows] for name, cells in part.columns.items()},
        shapes=made.shapes,
        places=tuple(part.places[i] for i in rows.tolist()),
    )
    case.rows = case.rows[rows]


def _declared(case: _Case) -> npt.NDArray[np.float64]:
    """Hectares that the table states of each row, where it can be read; NaN elsewhere."""
    name = checks_lots.STATED.get(case.role.role, "")
    pick = case.picks.by_field.get(name)
    if pick is None:
        return np.full(len(case.opened.shapes), np.nan)
    column = values.read(case.role.by_name[name], case.opened.columns[pick.column], pick.factor, "", case.names)
    return column.values.to_numpy(dtype=np.float64)


def _told(case: _Case) -> frozenset[int]:
    """Rows that are kept and whose missing shape has been told, by their new positions."""
    return frozenset(k for k, i in enumerate(case.rows.tolist()) if i in case.opened.told)


def _found(case: _Case, layer: Layer | None, others: pd.DataFrame | None) -> Inspection:
    """The inspection of a finished case: no layer where there is an error."""
    return Inspection(
        spec=case.spec,
        opened=case.opened,
        names=tuple(case.names),
        columns={name: pick.column for name, pick in case.picks.by_field.items()},
        crs=case.crs,
        layer=None if case.said.errors else layer,
        others=others,
        errors=tuple(case.said.errors),
        warnings=tuple(case.said.warnings),
        mended=tuple(case.said.mended),
        kept=tuple(case.rows.tolist()),
    )


def _others(case: _Case) -> pd.DataFrame:
    """Columns that the role does not use, as found, text decoded."""
    used = {name for pick in case.picks.by_field.values() for name in (pick.column, pick.backup)}
    return pd.DataFrame(
        {name: pd.Series(c, dtype=object) for name, c in case.opened.columns.items() if name not in used}
    )


def _table(case: _Case) -> pd.DataFrame:
    """All fields of the role as columns."""
    found: dict[str, pd.Series] = {}
    names = case.kept_names
    for f in case.role.fields:
        pick = case.picks.by_field.get(f.name)
        if pick is None:
            found[f.name] = values.empty(f.kind, len(case.rows))
            continue
        cells = case.part.columns[pick.column]
        if pick.backup:
            cells, told = keys.filled(cells, case.part.columns[pick.backup], pick, case.spec.shown, names)
            case.said.tell(told)
        column = values.read(f, cells, pick.factor, case.spec.shown, names)
        case.said.add(column.said)
        found[f.name], told_of = discretion.shorten(f, column.values, case.spec.shown, names, keep=case.mend)
        case.said.add(told_of)
    case.said.warnings = _stars_together(case.said.warnings)
    return pd.DataFrame(found, index=range(len(case.rows)))


def _stars_together(said: list[Problem]) -> list[Problem]:
    """One word for all columns of stars: QGIS leaves them wherever a number was blank."""
    stars = [p for p in said if p.key == "layer.null_stars"]
    if not stars:
        return said
    fields = ", ".join(str(p.facts["field"]) for p in stars)
    facts: dict[str, str | int | float] = {"fields": fields, "n": sum(int(p.facts["n"]) for p in stars)}
    rest = [p for p in said if p.key != "layer.null_stars"]
    return [*rest, Problem("layer.null_stars", stars[0].where, facts)]


def _placed(case: _Case, table: pd.DataFrame, kinds: tuple[Shape, ...], crs: CRS, root: Path) -> Layer | None:
    """The layer in the project's CRS with its hectares, or None where its shapes or its place cannot be told."""
    spec, found = case.spec, case.crs
    shapes = case.part.shapes
    sound = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes) | checks_shapes.unfinished(shapes))
    if found is None or not kinds or not sound.all() or (len(kinds) > 1 and case.role.role != "any"):
        return None
    if any(p.key in _NOWHERE for p in case.said.errors):
        return None
    try:
        moved = _moved(case, table, kinds, found, crs)
    except InputError as error:  # from `crs`, which does not know the file
        case.said.refuse(replace(p, where=spec.shown) for p in error.problems)
        return None
    except ProjError:  # a projection that PROJ does not have: a damaged .prj
        case.said.refuse(Problem("layer.crs_not_here", spec.shown, {"crs": coordinates.name(found)}))
        return None
    if moved is None or any(p.key in checks_shapes.BROKEN for p in case.said.errors):
        return None
    frame, operation = moved
    if Shape.POLYGON in kinds:
        case.said.tell(spikes.told(shapes, found, case.kept_names, spec.shown))
        frame = _measured(case, frame)
    check = checks_lots.CHECKS.get(case.role.role)
    if check is not None:
        case.said.add(check(frame, case.kept_names, spec.shown))
    if case.role.role == "communes":
        case.said.add(known_places.check(frame, found, case.kept_names, spec.shown))
    place = relative(spec.path, root, spec.shown)
    source = Source(case.role.role, place, case.opened.sha256, len(frame), coordinates.name(found), operation)
    return Layer(case.role.role, frame, source, (*case.said.mended, *case.said.warnings), case.bounds, found)


def _moved(
    case: _Case, table: pd.DataFrame, kinds: tuple[Shape, ...], found: CRS, crs: CRS
) -> tuple[gpd.GeoDataFrame, str] | None:
    """The frame in the project's CRS and the operation, or None where the file's CRS puts it out of the country."""
    shapes = checks_shapes.single_points(case.part.shapes) if Shape.POINT in kinds else case.part.shapes
    frame = gpd.GeoDataFrame(table, geometry=gpd.GeoSeries(shapes, crs=found, index=table.index))
    abroad = checks_ground.in_vietnam(frame, case.kept_names, case.spec.shown)
    case.said.refuse(abroad)
    if abroad:
        return None
    moved, operation = coordinates.to_crs(frame, crs)
    if not np.isfinite(shapely.total_bounds(np.asarray(moved.geometry.array, dtype=object))).all():
        case.said.refuse(Problem("layer.crs_not_here", case.spec.shown, {"crs": coordinates.name(found)}))
        return None
    return moved, operation


def _measured(case: _Case, frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The frame with ``geom_ha``; ground that two features share is found, and cut where nothing is in doubt."""
    declared = None
    if case.mend and case.role.role in checks_lots.DECIDING:
        declared = frame[checks_lots.STATED[case.role.role]].to_numpy(dtype=np.float64)
    shapes = np.asarray(frame.geometry.array, dtype=object)
    settled, said = overlaps.settle(case.role, shapes, frame.crs, case.kept_names, case.spec.shown, declared=declared)
    case.said.add(said)
    frame = frame.assign(geometry=gpd.GeoSeries(settled, crs=frame.crs, index=frame.index))
    return frame.assign(geom_ha=areas.hectares(frame))[[*frame.columns.drop("geometry"), "geom_ha", "geometry"]]


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
    return Layer(role.role, frame, source, (*case.said.mended, *case.said.warnings))
