"""Polygons by polygon: which part of each left feature lies in each right one.

Most lots lie wholly inside one commune: a prepared ``covers`` answers those, and only crossing pairs are intersected.
Hectares of pieces are geodesic (`areas`), so the pieces of a lot add up to the lot.
"""

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geoplan import areas, crs
from geoplan.errors import InputError, Problem

TOUCH_HA = 1e-6
"""Pieces below a hundredth of a square metre are a shared edge, not an overlap."""


def shares(left: gpd.GeoDataFrame, right: gpd.GeoDataFrame) -> pd.DataFrame:
    """Pieces of the left features inside the right ones.

    Parameters
    ----------
    left, right : GeoDataFrame
        Valid polygons in the same CRS. Right features may overlap each other: each is answered alone.

    Returns
    -------
    DataFrame
        ``left``, ``right`` (row positions), ``ha`` (geodesic hectares of the piece), ``share`` (of the left feature,
        0 to 1), sorted by left, then right. Pairs that only touch are left out.

    Raises
    ------
    InputError
        ``overlays.crs_differ``: geopandas only warns, and then computes nonsense.
    """
    if not crs.same(left.crs, right.crs):
        facts = {"left": str(left.crs), "right": str(right.crs)}
        raise InputError(Problem("overlays.crs_differ", "", facts))
    ones, others = left.geometry.array, right.geometry.array
    pair = pieces(ones, others)
    whole = areas.of(ones, left.crs)
    ha = areas.of(pair.pop("piece").to_numpy(), left.crs)
    inside = pair.pop("inside").to_numpy()
    ha = np.where(inside, whole[pair["left"]], ha)
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.where(inside, 1.0, np.minimum(ha / whole[pair["left"]], 1.0))
    found = pair.assign(ha=ha, share=share)
    return found[found["ha"] > TOUCH_HA].reset_index(drop=True)


def pieces(ones: object, others: object) -> pd.DataFrame:
    """Intersecting pairs: ``left``, ``right``, ``inside`` (left covered by right), ``piece`` (their geometry)."""
    left, right = np.asarray(ones, dtype=object), np.asarray(others, dtype=object)
    tree = shapely.STRtree(left)
    shapely.prepare(right)
    j, i = tree.query(right, predicate="intersects")
    inside = shapely.covers(right[j], left[i])
    piece = left[i].copy()
    crossing = ~inside
    piece[crossing] = shapely.intersection(left[i[crossing]], right[j[crossing]])
    found = pd.DataFrame({"left": i, "right": j, "inside": inside, "piece": piece})
    return found.sort_values(["left", "right"], ignore_index=True)


def self_overlaps(frame: gpd.GeoDataFrame) -> pd.DataFrame:
    """Pairs of one layer that cover the same ground: ``left`` < ``right``, ``ha``, ``share`` of the smaller."""
    shapes = frame.geometry.array
    tree = shapely.STRtree(np.asarray(shapes, dtype=object))
    i, j = tree.query(np.asarray(shapes, dtype=object), predicate="intersects")
    i, j = i[i < j], j[i < j]
    shapes = np.asarray(shapes, dtype=object)
    touching = shapely.touches(shapes[i], shapes[j])
    i, j = i[~touching], j[~touching]
    whole = areas.of(shapes, frame.crs)
    ha = areas.of(shapely.intersection(shapes[i], shapes[j]), frame.crs)
    pairs = pd.DataFrame({"left": i, "right": j, "ha": ha, "share": ha / np.minimum(whole[i], whole[j])})
    return pairs[pairs["ha"] > TOUCH_HA].sort_values(["left", "right"], ignore_index=True)
