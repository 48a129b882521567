"""Polygons and columns made small: whole numbers, differences and dictionaries in place of text.

A lot of a hundred vertices costs some two kilobytes as GeoJSON and two hundred bytes here. Shared borders stay shared,
because they are simplified together (a coverage) and rounded to one grid. What is drawn is for the eye: hectares on the
page are the frames' own figures, never of these vertices.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from pyproj import CRS

from geoplan import crs as crss
from geoplan.text.numbers import day

WGS84 = CRS.from_epsg(4326)
TOLERANCES_M = (3.0, 5.0, 8.0)
MANY_VERTICES = 220_000
"""A page with more vertices takes the next coarser tolerance."""
GRID_DEG = 1e-6
"""Grid of zones, villages and borders: 0.1 m. Lots of a heavy page take ten times that."""


def simplified(shapes: npt.NDArray[Any], tolerances: Sequence[float] = TOLERANCES_M) -> npt.NDArray[Any]:
    """Polygons with fewer vertices, borders still shared; the finest tolerance (m) that is light enough.

    Parameters
    ----------
    shapes : array of Polygon or MultiPolygon
        In metres.
    tolerances : sequence of float
        Metres, fine to coarse: a bend narrower than this is not drawn.
    """
    if len(shapes) == 0:
        return shapes
    found = shapes
    for tolerance in tolerances:
        found = shapely.coverage_simplify(shapes, tolerance)
        lost = shapely.is_empty(found) | shapely.is_missing(found)
        found = np.where(lost, shapes, found)
        if shapely.get_num_coordinates(found).sum() <= MANY_VERTICES:
            break
    return np.asarray(found)


def rings(frame: gpd.GeoDataFrame, origin: tuple[float, float], grid: float) -> list[list[list[int]]]:
    """Per feature its rings, each ``[x, y, dx, dy, ...]`` in steps of `grid` degrees from `origin`, not closed.

    Shells turn left and holes right, so that the rule of non-zero winding fills them; parts of a multipolygon follow
    each other.
    """
    lonlat = crss.geometries(frame.geometry.to_numpy(), frame.crs, WGS84)
    return packed(lonlat, origin, grid)


def packed(lonlat: npt.NDArray[Any], origin: tuple[float, float], grid: float) -> list[list[list[int]]]:
    """`rings` of polygons in longitude and latitude."""
    if len(lonlat) == 0:
        return []
    turned = shapely.orient_polygons(lonlat, exterior_cw=False)
    parts, owner = shapely.get_parts(turned, return_index=True)
    lines, part_of = shapely.get_rings(parts, return_index=True)
    points, line_of = shapely.get_coordinates(lines, return_index=True)
    whole = np.rint((points - np.asarray(origin)) / grid).astype(np.int64)
    first = np.r_[True, line_of[1:] != line_of[:-1]]
    steps = np.diff(whole, axis=0, prepend=np.zeros((1, 2), np.int64))
    steps[first] = whole[first]
    last = np.r_[first[1:], True]
    keep = first | (~last & (steps != 0).any(axis=1))
    starts = np.flatnonzero(first[keep])
    feature = owner[part_of[line_of[keep][starts]]]
    flat = steps[keep]
    found: list[list[list[int]]] = [[] for _ in range(len(lonlat))]
    for at, end, index in zip(starts, np.r_[starts[1:], len(flat)], feature, strict=True):
        if end - at >= 3:
            found[index].append(flat[at:end].ravel().tolist())
    return found


def points(frame: gpd.GeoDataFrame, origin: tuple[float, float], grid: float) -> list[list[int]]:
    """Per feature a point on it, ``[x, y]`` in steps of `grid` degrees from `origin`."""
    places = shapely.point_on_surface(frame.geometry.to_numpy())
    lonlat = shapely.get_coordinates(crss.geometries(places, frame.crs, WGS84))
    return [[int(x), int(y)] for x, y in np.rint((lonlat - np.asarray(origin)) / grid)]


def column(values: pd.Series, lang: str) -> dict[str, Any] | list[Any]:
    """A column for JSON: ``{"k": distinct values, "i": index of each}`` where that is shorter, else the values.

    Missing is None; floats are rounded to four decimals (a square metre); dates are written for the reader; several
    sentences of one feature are one value.
    """
    plain = [_plain(value, lang) for value in values]
    distinct = list(dict.fromkeys(plain))
    if len(plain) > 20 and len(distinct) * 3 < len(plain) and not any(isinstance(v, float) for v in distinct):
        place = {value: at for at, value in enumerate(distinct)}
        return {"k": distinct, "i": [place[value] for value in plain]}
    return plain


def plain_number(value: Any) -> float | int | None:
    """A number for JSON: None where it is not known."""
    if value is None or value is pd.NA:
        return None
    number = float(value)
    if not np.isfinite(number):
        return None
    return int(number) if number == int(number) else round(number, 4)


def _plain(value: Any, lang: str) -> Any:
    if value is None or value is pd.NA or value is pd.NaT:
        return None
    if isinstance(value, list | tuple | np.ndarray):
        return tuple(str(v) for v in value)
    if isinstance(value, bool | np.bool_):
        return bool(value)
    if isinstance(value, int | float | np.integer | np.floating):
        return plain_number(value)
    return day(value, lang=lang) if isinstance(value, date) else str(value)
