"""Where a layer lies: which CRS it is in, and whether it meets the communes. Nothing is assumed or moved in silence."""

from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely
from pyproj import CRS

from geoplan import areas
from geoplan import crs as coordinates
from geoplan.crs import Bounds
from geoplan.errors import InputError, Problem
from geoplan.layers.records import Layer
from geoplan.layers.schemas import schema
from geoplan.layers.verdict import Verdict

VIETNAM: Bounds = (101.0, 6.0, 118.0, 24.0)
"""Longitude and latitude of the country with its islands."""
SLIVER_SHARE = 0.0001
"""Hectares outside the communes below this share of the layer are edges that do not fit, not a place elsewhere."""
DOUBT_SHARE = 0.05
"""More than this outside, and the message asks whether the CRS is right."""

_WGS84 = CRS.from_user_input("EPSG:4326")


def agreed(
    found: CRS | None, declared: CRS | None, assumed: CRS | None, bounds: Bounds, where: str
) -> tuple[CRS | None, Verdict]:
    """The CRS of a file out of what it says, what the user says and what its format prescribes.

    A contradiction between file and user is refused, with two exceptions on the same grid: VN-2000 declared over WGS
    84, which is how GDAL writes VN-2000 to MapInfo and old software to ``.prj``, is told; a datum declared for a file
    that names none is what the file lacks.

    Parameters
    ----------
    found, declared, assumed : CRS or None
        Of the file, of the user, of the format.
    bounds : tuple
        West, south, east, north of the raw numbers.

    Returns
    -------
    CRS or None, Verdict
        None where there is none to go by.
    """
    said = Verdict()
    if declared is not None and coordinates.family(declared) == "unknown":
        said.refuse(Problem("crs.datum_unknown", where, {"crs": coordinates.name(declared)}))
        return None, said
    crs = found or declared or (assumed if max(map(abs, bounds)) <= 180.0 else None)
    if found is not None and declared is not None and not coordinates.same(found, declared):
        facts: dict[str, str | int | float] = {"found": coordinates.name(found), "declared": coordinates.name(declared)}
        if not _same_grid(found, declared):
            said.refuse(Problem("layer.crs_contradiction", where, facts))
            return None, said
        if coordinates.family(found) != "unknown":
            said.tell(Problem("layer.crs_datum_declared", where, facts))
        crs = declared
    if crs is None:
        key = "layer.crs_missing" if assumed is None else "layer.metres_in_degree_crs"
        said.refuse(Problem(key, where, {"crs": "EPSG:4326", **_extent(bounds)}))
        return None, said
    if not (crs.is_geographic or crs.is_projected):
        said.refuse(Problem("layer.crs_local", where, {"crs": coordinates.name(crs)}))
        return None, said
    if disguised_tm3(crs):
        said.refuse(Problem("layer.crs_datum_doubtful", where, {"found": coordinates.name(crs)}))
    if coordinates.family(crs) == "unknown":
        said.refuse(Problem("layer.crs_datum_unknown", where, {"found": coordinates.name(crs)}))
    if crs is found and coordinates.family(crs) == "other":
        said.tell(Problem("layer.crs_other_datum", where, {"crs": coordinates.name(crs)}))
    said.refuse(_units(crs, bounds, where))
    return (None if said.errors else crs), said


def in_vietnam(frame: gpd.GeoDataFrame, names: Sequence[str], where: str) -> list[Problem]:
    """``layer.outside_vietnam`` naming the features that are not wholly in the country's box."""
    moved = coordinates.geometries(frame.geometry.array, frame.crs, _WGS84)
    boxes = shapely.bounds(moved)
    west, south, east, north = VIETNAM
    inside = (boxes[:, 0] >= west) & (boxes[:, 2] <= east) & (boxes[:, 1] >= south) & (boxes[:, 3] <= north)
    if inside.all():
        return []
    rows = np.flatnonzero(~inside)
    facts: dict[str, str | int | float] = {"n": len(rows), "crs": coordinates.name(frame.crs)}
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
    where = layer.source.path
    _own_codes(layer, ground)
    units = np.asarray(ground.geometry.array, dtype=object)
    whole = shapely.union_all(units)
    shapely.prepare(whole)
    shapes = np.asarray(frame.geometry.array, dtype=object)
    touching = shapely.intersects(whole, shapes)
    if not touching.any():
        raise InputError(Problem("layer.meets_nothing", where, _far(layer, ground)))
    said = _outside(layer, ground, whole, shapes, touching)
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
    ground: gpd.GeoDataFrame,
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
        key, share = "layer.outside_part", outside / total
    else:
        rows = np.flatnonzero(~touching)
        if len(rows) == 0 or layer.role in {"roads", "streams"}:
            return []
        facts |= {"n": len(rows), "share_pct": 100.0 * len(rows) / len(shapes)}
        key, share = "layer.outside_count", len(rows) / len(shapes)
    said = [Problem(key, where, facts, tuple(names[i] for i in rows.tolist()))]
    if share > DOUBT_SHARE:
        doubt = _far(layer, ground)
        if doubt["candidates"] != "–":
            said.append(Problem("layer.crs_doubtful", where, doubt))
    return said


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


def _far(layer: Layer, ground: gpd.GeoDataFrame) -> dict[str, str | int | float]:
    """Distance to the communes and the CRSs in which the file's raw numbers would lie there."""
    here, wanted = _box(layer.frame, _WGS84), _box(ground, _WGS84)
    near = coordinates.candidates(layer.raw_bounds, wanted) if layer.raw_bounds is not None else []
    others = [f"{c.crs} ({c.name})" for c in near if c.crs != layer.source.crs]
    return {
        "distance_km": coordinates.distance_km(here, wanted),
        "crs": layer.source.crs,
        "candidates": ", ".join(others[:3]) or "–",
    }


def _box(frame: gpd.GeoDataFrame, target: CRS) -> Bounds:
    west, south, east, north = shapely.total_bounds(coordinates.geometries(frame.geometry.array, frame.crs, target))
    return float(west), float(south), float(east), float(north)


def _degrees(bounds: Bounds) -> bool:
    west, south, east, north = bounds
    return bool(max(abs(west), abs(east)) <= 180.0 and max(abs(south), abs(north)) <= 90.0)


def _units(crs: CRS, bounds: Bounds, where: str) -> list[Problem]:
    west, south, east, north = bounds
    facts: dict[str, str | int | float] = {"crs": coordinates.name(crs), **_extent(bounds)}
    if crs.is_projected and not crs.is_geographic and _degrees(bounds):
        return [Problem("layer.degrees_in_metre_crs", where, facts)]
    if crs.is_geographic and west > 0 and east <= 30 and south > 90 and north <= 180:
        return [Problem("layer.axes_swapped", where, facts)]
    if crs.is_projected and west > 880_000 and east < 2_700_000 and south > 100_000 and north < 900_000:
        return [Problem("layer.axes_swapped", where, facts)]
    if crs.is_geographic and not _degrees(bounds):
        return [Problem("layer.metres_in_degree_crs", where, facts)]
    return []


def _extent(bounds: Bounds) -> dict[str, str]:
    west, south, east, north = bounds
    return {"extent": f"x {west:.6g} – {east:.6g}, y {south:.6g} – {north:.6g}"}


def _same_grid(found: CRS, declared: CRS) -> bool:
    """True if both are the same projection, and the file says WGS 84 where the user says VN-2000, or names no datum."""
    families = coordinates.family(found), coordinates.family(declared)
    if families[0] == "unknown" and families[1] in {"vn2000", "wgs84"} and found.is_geographic:
        return bool(declared.is_geographic)
    if set(families) != {"wgs84", "vn2000"} and (families[0] != "unknown" or families[1] not in {"vn2000", "wgs84"}):
        return False
    return _grid(found) is not None and _grid(found) == _grid(declared)


def disguised_tm3(crs: CRS) -> bool:
    """True for a Vietnamese TM-3 grid (scale 0.9999) on WGS 84: no such system exists; it is VN-2000 mislabelled."""
    grid = _grid(crs)
    return coordinates.family(crs) == "wgs84" and grid is not None and grid[1] == 0.9999 and 102.0 <= grid[0] <= 109.0


def _grid(crs: CRS) -> tuple[float, float, float, float] | None:
    base = crs.source_crs if crs.is_bound and crs.source_crs is not None else crs
    base = base.sub_crs_list[0] if base.is_compound else base
    operation = base.coordinate_operation if base.is_projected else None
    if operation is None or "Transverse Mercator" not in operation.method_name:
        return None
    values = {p.name: p.value for p in operation.params}
    wanted = ("Longitude of natural origin", "Scale factor at natural origin", "False easting", "False northing")
    a, b, c, d = (round(float(values.get(name, 0.0)), 8) for name in wanted)
    return a, b, c, d
