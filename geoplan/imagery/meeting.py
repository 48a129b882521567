"""Whether a folder of images lies over the communes, and how ground is moved to it."""

from dataclasses import replace
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from pyproj import CRS

from geoplan import areas
from geoplan import crs as coordinates
from geoplan.crs import Bounds
from geoplan.errors import InputError, Problem
from geoplan.imagery.records import Band, Images

UNSEEN_SHARE = 0.0001


def reached(images: Images, crs: CRS) -> Images:
    """The images with the operation that moves ground of `crs` to them as evidence; ``crs.no_operation`` for none."""
    operation = coordinates.operation(crs, images.crs, images.source.path)
    return replace(images, source=replace(images.source, crs_operation=operation))


def meet(images: Images, communes: gpd.GeoDataFrame) -> tuple[Problem, ...]:
    """How the images lie over the communes: what is outside of all dates is said.

    Parameters
    ----------
    communes : GeoDataFrame
        ``unit_code``, ``name``, polygons; any CRS.

    Returns
    -------
    tuple of Problem
        ``imagery.part_unseen``, a commune with the share that no date's file reaches.

    Raises
    ------
    InputError
        ``imagery.meets_nothing`` where no date touches any commune; ``imagery.crs_not_here``.
    """
    where, crs_name = images.source.path, coordinates.name(images.crs)
    grounds = np.asarray(coordinates.geometries(communes.geometry.array, communes.crs, images.crs), dtype=object)
    if not np.isfinite(shapely.total_bounds(grounds)).all():
        raise InputError(Problem("imagery.crs_not_here", where, {"crs": crs_name}))
    frames = {_bounds(scene.bands["blue"]) for scene in images.scenes}
    reached = shapely.union_all([shapely.box(*b) for b in sorted(frames)])
    if not shapely.intersects(reached, grounds).any():
        lonlat = CRS.from_user_input("EPSG:4326")
        here = _box(coordinates.geometries(np.array([reached], dtype=object), images.crs, lonlat))
        wanted = _box(coordinates.geometries(communes.geometry.array, communes.crs, lonlat))
        far = coordinates.distance_km(here, wanted)
        raise InputError(Problem("imagery.meets_nothing", where, {"distance_km": far, "crs": crs_name}))
    said = []
    total = areas.of(grounds, images.crs)
    outside = areas.of(shapely.difference(grounds, reached), images.crs)
    for code, name, ha, ground in zip(communes["unit_code"], communes["name"], outside, total, strict=True):
        if ha > UNSEEN_SHARE * ground:
            facts: dict[str, str | int | float] = {
                "unit": str(name),
                "ha": float(ha),
                "share_pct": 100.0 * float(ha / ground),
            }
            said.append(Problem("imagery.part_unseen", where, facts, (str(code),)))
    return tuple(said)


def _bounds(band: Band) -> Bounds:
    t = band.transform
    return t.c, t.f + band.height * t.e, t.c + band.width * t.a, t.f


def _box(shapes: Any) -> Bounds:
    west, south, east, north = (float(b) for b in shapely.total_bounds(np.asarray(shapes, dtype=object)))
    return west, south, east, north
