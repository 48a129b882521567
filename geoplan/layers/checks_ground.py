"""Where a layer lies: which CRS it is in, and whether it meets the communes. Nothing is assumed or moved in silence."""

from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely
from pyproj import CRS

from geoplan import areas
from geoplan import crs as coordinates
from geoplan.crs import VIETNAM, Bounds, grids, shift
from geoplan.crs.grids import disguised_tm3
from geoplan.errors import InputError, Problem
from geoplan.formats.verdict import Verdict
from geoplan.layers import suspicion
from geoplan.layers.records import Layer
from geoplan.layers.schemas import schema

SLIVER_SHARE = 0.0001
"""Hectares outside the communes below this share of the layer are edges that do not fit, not a place elsewhere."""
ARROW = "->"
"""``crs = "EPSG:5897 -> EPSG:9213"``: the file says the left one, and is in the right one."""

_WGS84 = CRS.from_user_input("EPSG:4326")


def agreed(
    found: CRS | None, declared: CRS | str | None, assumed: CRS | None, bounds: Bounds, where: str
) -> tuple[CRS | None, Verdict]:
    """The CRS of a file out of what it says, what the user says and what its format prescribes.

    A contradiction between file and user is refused, with three exceptions: VN-2000 declared over WGS 84 on the same
    grid, which is how GDAL writes VN-2000 to MapInfo and old software to ``.prj``, is told; a datum declared for a
    file that names none is what the file lacks; and ``EPSG:5897 -> EPSG:9213`` overrules what the file says, as its
    left side shows that the user has seen it.

    Parameters
    ----------
    found, declared, assumed : CRS, str or None
        Of the file, of the user (a text may have an arrow), of the format.
    bounds : tuple
        West, south, east, north of the raw numbers.

    Returns
    -------
    CRS or None, Verdict
        Without heights; None where there is none to go by.

    Raises
    ------
    InputError
        ``crs.unknown`` for a text that names no CRS.
    """
    said = Verdict()
    overruled, answer = _answer(declared)
    if answer is not None and coordinates.family(answer) == "unknown":
        said.refuse(Problem("crs.datum_unknown", where, {"crs": coordinates.name(answer)}))
        return None, said
    if found is not None and answer is None and coordinates.names_files(found):
        said.refuse(Problem("crs.names_files", where, {"crs": found.name}))
        return None, said
    if found is not None and answer is not None and (coordinates.names_files(found) or _overrules(overruled, found)):
        facts: dict[str, str | int | float] = {"found": coordinates.name(found), "declared": coordinates.name(answer)}
        said.tell(Problem("layer.crs_overruled", where, facts))
        found = None
    crs = found or answer or (assumed if max(map(abs, bounds)) <= 180.0 else None)
    if found is not None and answer is not None and not coordinates.same(found, answer):
        facts = {"found": coordinates.name(found), "declared": coordinates.name(answer)}
        if not _same_grid(found, answer):
            said.refuse(Problem("layer.crs_contradiction", where, facts))
            return None, said
        if coordinates.family(found) != "unknown":
            said.tell(Problem("layer.crs_datum_declared", where, facts))
        crs = answer
    if crs is None:
        key = "layer.crs_missing" if assumed is None else "layer.metres_in_degree_crs"
        said.refuse(Problem(key, where, {"crs": "EPSG:4326", **_extent(bounds), **suspicion.by_bounds(bounds)}))
        return None, said
    if not (crs.is_geographic or crs.is_projected):
        said.refuse(Problem("layer.crs_local", where, {"crs": crs.name, **suspicion.by_bounds(bounds)}))
        return None, said
    said.add(_doubts(crs, bounds, where, of_file=crs is found))
    said.refuse(_units(crs, bounds, where))
    return (None if said.errors else coordinates.horizontal(crs)), said


def _answer(declared: CRS | str | None) -> tuple[str | None, CRS | None]:
    """What the user overrules (None: nothing) and the CRS that they declare."""
    if not isinstance(declared, str):
        return None, declared
    overruled, arrow, text = declared.rpartition(ARROW)
    return (overruled.strip() if arrow else None), (coordinates.parse(text.strip()) if text.strip() else None)


def _overrules(overruled: str | None, found: CRS) -> bool:
    """True if the user names the file's own CRS on the left of the arrow, by its name or in another spelling."""
    if overruled is None:
        return False
    if overruled in {coordinates.name(found), found.name}:
        return True
    try:
        return coordinates.same(coordinates.parse(overruled), found)
    except InputError:  # a name that is no CRS: then it is not the file's either
        return False


def _doubts(crs: CRS, bounds: Bounds, where: str, *, of_file: bool) -> Verdict:
    """What the parameters themselves give away: a datum that cannot be, or that is not said."""
    said = Verdict()
    name, family = coordinates.name(crs), coordinates.family(crs)
    if disguised_tm3(crs):
        grid = grids.grid_of(crs)
        right = grids.TM3.get(grid.meridian, "EPSG:9213") if grid is not None else "EPSG:9213"
        said.refuse(Problem("layer.crs_datum_doubtful", where, {"found": name, "best": right}))
    elif of_file and coordinates.contradicts_itself(crs):
        said.refuse(Problem("layer.crs_name_contradicts", where, {"found": crs.name, **suspicion.by_bounds(bounds)}))
    elif family == "unknown":
        said.refuse(Problem("layer.crs_datum_unknown", where, {"found": name, **suspicion.by_bounds(bounds)}))
    elif shift.is_flipped(shift.of(crs)):
        said.tell(Problem("layer.crs_rotation_sign", where, {"crs": name}))
    elif of_file and family == "other":
        said.tell(Problem("layer.crs_other_datum", where, {"crs": name}))
    return said


def in_vietnam(frame: gpd.GeoDataFrame, names: Sequence[str], where: str) -> list[Problem]:
    """``layer.outside_vietnam`` naming the features that are not wholly in the country's box."""
    moved = coordinates.geometries(frame.geometry.array, frame.crs, _WGS84)
    boxes = shapely.bounds(moved)
    west, south, east, north = VIETNAM
    inside = (boxes[:, 0] >= west) & (boxes[:, 2] <= east) & (boxes[:, 1] >= south) & (boxes[:, 3] <= north)
    if inside.all():
        return []
    rows = np.flatnonzero(~inside)
    raw = shapely.total_bounds(np.asarray(frame.geometry.array, dtype=object)[rows]).tolist()
    facts: dict[str, str | int | float] = {"n": len(rows), "crs": coordinates.name(frame.crs)}
    facts |= suspicion.by_bounds((raw[0], raw[1], raw[2], raw[3]))
    return [Problem("layer.outside_vietnam", where, facts, tuple(names[i] for i in rows.tolist()))]


def meet(layer: Layer, communes: Layer) -> tuple[Problem, ...]:
    """Whether a checked layer lies in the communes, and whether its commune codes agree with where it lies.

    Parameters
    ----------
    layer, communes : Layer
        Both from `read`, in the same CRS.

    Returns
    -------
    tuple of Problem
        ``layer.outside_part`` (hectares or count outside), ``layer.code_elsewhere`` (codes that are not the commune's).

    Raises
    ------
    InputError
        ``layer.village_is_commune`` for a village with a commune's code (results are told apart by their codes);
        ``layer.meets_nothing`` with the distance in km and the CRSs that would put the layer there.
    """
    frame, ground = layer.frame, communes.frame
    if len(frame) == 0:
        return ()
    _own_codes(layer, ground)
    units = np.asarray(ground.geometry.array, dtype=object)
    whole = shapely.union_all(units)
    shapely.prepare(whole)
    shapes = np.asarray(frame.geometry.array, dtype=object)
    touching = shapely.intersects(whole, shapes)
    if not touching.any():
        raise InputError(suspicion.far(layer, communes))
    said = _outside(layer, whole, shapes, touching) + suspicion.doubts(layer, communes)
    for column in ("unit_code", "maxamoi", "maxa"):
        if column in frame and frame[column].notna().any() and layer.role != "communes":
            said += _codes(layer, ground, units, shapes, column)
            break
    return tuple(said)


def _own_codes(layer: Layer, ground: gpd.GeoDataFrame) -> None:
    if layer.role != "villages":
        return
    known = set(ground["unit_code"])
    codes = [str(code) for code in layer.frame["village_code"]]
    same = [code for code in codes if code in known or (code.isdecimal() and code.zfill(5) in known)]
    if same:
        facts: dict[str, str | int | float] = {"n": len(same), "codes": ", ".join(same[:5])}
        raise InputError(Problem("layer.village_is_commune", layer.source.path, facts, tuple(same)))


def _outside(
    layer: Layer,
    whole: shapely.Geometry,
    shapes: npt.NDArray[np.object_],
    touching: npt.NDArray[np.bool_],
) -> list[Problem]:
    names, where = feature_names(layer), layer.source.path
    covered = shapely.covers(whole, shapes)
    if covered.all():
        return []
    rows = np.flatnonzero(~covered)
    facts: dict[str, str | int | float] = {"n": len(rows)}
    if "geom_ha" in layer.frame:
        ha = areas.of(shapely.difference(shapes[rows], whole), layer.frame.crs)
        total = float(layer.frame["geom_ha"].sum())
        if ha.sum() <= SLIVER_SHARE * total:
            return []
        rows, outside = rows[ha > 1e-6], float(ha.sum())
        facts |= {"n": len(rows), "ha": outside, "share_pct": 100.0 * outside / total}
        key = "layer.outside_part"
    else:
        rows = np.flatnonzero(~touching)
        if len(rows) == 0 or layer.role in {"roads", "streams"}:
            return []
        facts |= {"n": len(rows), "share_pct": 100.0 * len(rows) / len(shapes)}
        key = "layer.outside_count"
    return [Problem(key, where, facts, tuple(names[i] for i in rows.tolist()))]


def _codes(
    layer: Layer, ground: gpd.GeoDataFrame, units: npt.NDArray[np.object_], shapes: npt.NDArray[np.object_], column: str
) -> list[Problem]:
    points = shapely.point_on_surface(shapes)
    point, unit = shapely.STRtree(units).query(points, predicate="intersects")
    here = np.full(len(shapes), None, dtype=object)
    here[point] = ground["unit_code"].to_numpy(dtype=object)[unit]
    said = layer.frame[column].to_numpy(dtype=object)
    differs = np.array(
        [h is not None and s is not None and s != h for s, h in zip(said, here, strict=True)], dtype=bool
    )
    if not differs.any():
        return []
    rows = np.flatnonzero(differs)
    codes = sorted({str(said[i]) for i in rows.tolist()})
    facts: dict[str, str | int | float] = {"n": len(rows), "field": column, "codes": ", ".join(codes[:5])}
    names = feature_names(layer)
    return [Problem("layer.code_elsewhere", layer.source.path, facts, tuple(names[i] for i in rows.tolist()))]


def feature_names(layer: Layer) -> tuple[str, ...]:
    """Names of a layer's features for messages: the key, or the position where the role has none."""
    key = schema(layer.role).key
    return tuple(layer.frame[key]) if key else tuple(f"#{i + 1}" for i in range(len(layer.frame)))


def _degrees(bounds: Bounds) -> bool:
    west, south, east, north = bounds
    return bool(max(abs(west), abs(east)) <= 180.0 and max(abs(south), abs(north)) <= 90.0)


def _units(crs: CRS, bounds: Bounds, where: str) -> list[Problem]:
    """Degrees under a grid, metres under degrees, east and north exchanged."""
    west, south, east, north = bounds
    if crs.is_projected and not crs.is_geographic and _degrees(bounds):
        key = "layer.degrees_in_metre_crs"
    elif (crs.is_geographic and west > 0 and east <= 30 and south > 90 and north <= 180) or (
        crs.is_projected and west > 880_000 and east < 2_700_000 and south > 100_000 and north < 900_000
    ):
        key = "layer.axes_swapped"
    elif crs.is_geographic and not _degrees(bounds):
        key = "layer.metres_in_degree_crs"
    else:
        return []
    return [Problem(key, where, {"crs": coordinates.name(crs), **_extent(bounds), **suspicion.by_bounds(bounds)})]


def _extent(bounds: Bounds) -> dict[str, str]:
    digits = 5 if max(map(abs, bounds)) < 1000 else 0
    west, south, east, north = (f"{b:.{digits}f}" if abs(b) < 1e12 else f"{b:.3g}" for b in bounds)
    return {"extent": f"x {west} – {east}, y {south} – {north}"}


def _same_grid(found: CRS, declared: CRS) -> bool:
    """True if both are the same projection, and the file says WGS 84 where the user says VN-2000, or names no datum."""
    families = coordinates.family(found), coordinates.family(declared)
    if families[0] == "unknown" and families[1] in {"vn2000", "wgs84"} and found.is_geographic:
        return bool(declared.is_geographic)
    if set(families) != {"wgs84", "vn2000"} and (families[0] != "unknown" or families[1] not in {"vn2000", "wgs84"}):
        return False
    return grids.grid_of(found) is not None and grids.grid_of(found) == grids.grid_of(declared)
