"""Coordinates from one CRS to another, by the pinned operation and never by a guess.

A CRS of another datum (Hanoi 1972, Indian 1960, a `towgs84` of somebody's own) goes to WGS 84 by the operation that
PROJ knows, and from there to VN-2000 by the pinned one.
"""

from dataclasses import replace
from functools import lru_cache
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely
from pyproj import CRS, Transformer
from pyproj.enums import TransformDirection
from pyproj.exceptions import ProjError

from geoplan.crs import shift
from geoplan.crs.grids import name
from geoplan.crs.systems import family, geodetic, horizontal, lonlat, names_files, parse, same
from geoplan.errors import InputError, Problem

VN2000_SHIFT = "EPSG:6960"
WGS84 = parse("EPSG:4326")


def operation(source: CRS, target: CRS, where: str = "") -> str:
    """The datum operation between two CRSs: ``none``, ``EPSG:6960`` or PROJ's own words.

    A refusal names `where` in place of the CRSs' names, where it is given.

    Raises
    ------
    InputError
        ``crs.no_operation`` where PROJ knows no way of stated accuracy; ``crs.datum_unknown`` where one names no datum.
    """
    if where:
        try:
            return operation(source, target)
        except InputError as error:
            raise InputError(*(replace(p, where=where) for p in error.problems)) from error
    families = {family(source), family(target)}
    _no_files(source)
    if "unknown" in families:
        _one_datum(source, target)
        return "none"
    if families == {"vn2000", "wgs84"}:
        return VN2000_SHIFT
    if families in ({"vn2000"}, {"wgs84"}) or same(source, target):
        return "none"
    if families == {"other", "vn2000"}:
        odd = source if family(source) == "other" else target
        return f"{_general(odd, WGS84).description} + {VN2000_SHIFT}"
    return str(_general(source, target).description)


def transform(
    x: npt.ArrayLike, y: npt.ArrayLike, source: CRS, target: CRS
) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    """Coordinates from one CRS to another, x east and y north (or longitude, latitude) on both sides.

    Parameters
    ----------
    x, y : array_like of float64
        Any shape; NaN and infinity stay.
    """
    xs, ys = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    for step, direction in _steps(source.to_wkt(), target.to_wkt()):
        xs, ys = step.transform(xs, ys, direction=direction)
    return np.asarray(xs), np.asarray(ys)


def to_crs(frame: gpd.GeoDataFrame, target: CRS) -> tuple[gpd.GeoDataFrame, str]:
    """A frame in another CRS by the pinned operation, and that operation's name. Z and M are dropped.

    Raises
    ------
    InputError
        ``crs.missing`` for a frame without CRS: nothing is assumed.
    """
    if frame.crs is None:
        raise InputError(Problem("crs.missing", "", {}))
    moved = frame.copy()
    moved.geometry = gpd.GeoSeries(geometries(frame.geometry.array, frame.crs, target), index=frame.index, crs=target)
    return moved, operation(frame.crs, target)


def geometries(shapes: Any, source: CRS, target: CRS) -> Any:
    """Shapely geometries (array or one) moved vertex by vertex."""
    flat = shapely.force_2d(shapes)
    if same(source, target):
        return flat

    def move(points: npt.NDArray[Any]) -> npt.NDArray[Any]:
        return np.column_stack(transform(points[:, 0], points[:, 1], source, target))

    return shapely.transform(flat, move)


@lru_cache(maxsize=256)
def _steps(source_wkt: str, target_wkt: str) -> tuple[tuple[Transformer, TransformDirection], ...]:
    source, target = (horizontal(CRS.from_wkt(text)) for text in (source_wkt, target_wkt))
    if same(source, target):
        return ()
    for each in (source, target):
        _no_files(each)
        geodetic(each)  # refuses what is not in degrees below
    here, there = family(source), family(target)
    if "unknown" in (here, there):
        _one_datum(source, target)
    elif {here, there} == {"other", "vn2000"}:  # by WGS 84, so that VN-2000 is always reached by the pinned shift
        middle = WGS84.to_wkt()
        return (*_steps(source_wkt, middle), *_steps(middle, target_wkt))
    elif "other" in (here, there):
        return ((_general(source, target), TransformDirection.FORWARD),)
    steps = []
    if not source.is_geographic or source.is_bound:
        steps.append((_conversion(source), TransformDirection.INVERSE))
    if {here, there} == {"vn2000", "wgs84"}:
        direction = TransformDirection.FORWARD if here == "wgs84" else TransformDirection.INVERSE
        steps.append((Transformer.from_pipeline(shift.PIPELINE), direction))
    if not target.is_geographic or target.is_bound:
        steps.append((_conversion(target), TransformDirection.FORWARD))
    return tuple(steps)


def _conversion(crs: CRS) -> Transformer:
    """Longitude and latitude to the CRS on its own datum: no shift."""
    return Transformer.from_crs(geodetic(crs), shift.bare(crs), always_xy=True)


def _one_datum(source: CRS, target: CRS) -> None:
    """Refuse a way from or to a CRS without datum, unless both ends stand on the very same one."""
    alike = family(source) == family(target) and geodetic(source).equals(geodetic(target), ignore_axis_order=True)
    if alike or source == lonlat(target) or target == lonlat(source):
        return
    text = name(source if family(source) == "unknown" else target)
    raise InputError(Problem("crs.datum_unknown", text, {"crs": text}))


def _no_files(crs: CRS) -> None:
    if names_files(crs):
        raise InputError(Problem("crs.names_files", crs.name, {"crs": crs.name}))


def _general(source: CRS, target: CRS) -> Transformer:
    try:
        return Transformer.from_crs(source, target, always_xy=True, allow_ballpark=False)
    except ProjError as error:
        facts = {"source": name(source), "target": name(target)}
        raise InputError(Problem("crs.no_operation", name(source), facts)) from error
