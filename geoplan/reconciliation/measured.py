"""Measured cover for a measure: where it comes from, what each unit has of it, the sample that gives an interval."""

from dataclasses import replace
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from affine import Affine

from geoplan import areas, crs, zonal
from geoplan.errors import Problem
from geoplan.pixels import patches
from geoplan.rasters import Raster
from geoplan.reconciliation.cover import UNSEEN, MeasuredCover

MARGIN_PX = 2
"""Pixels kept around the ground that is asked for."""

UNSEEN_SHARE = 0.01
"""So much of a commune may be unseen without a word."""

UNSEEN_VILLAGE = 0.10
"""So much of a village."""


def from_land_cover(raster: Raster, communes: gpd.GeoDataFrame, min_patch_ha: float) -> MeasuredCover | None:
    """Trees of a land-cover raster over the communes, before and after the smallest-patch rule; None of no ground.

    Parameters
    ----------
    raster : Raster
        Classes of which ``forest`` are trees, or a probability with ``threshold``.
    communes : GeoDataFrame
        Polygons, any CRS.
    min_patch_ha : float
        Patches and holes below this do not count; the window reaches so far beyond that a patch has room.
    """
    grounds = crs.geometries(communes.geometry.array, communes.crs, raster.crs)
    pixel_ha = float(zonal.pixel_hectares((1, 1), raster.transform, raster.crs)[0, 0])
    margin = (np.ceil(min_patch_ha / pixel_ha) + MARGIN_PX) * abs(raster.transform.a)
    west, south, east, north = (float(b) for b in shapely.total_bounds(grounds))
    trees, transform = zonal.trees(raster, (west - margin, south - margin, east + margin, north + margin))
    if not trees.size:
        return None
    kept = patches.without_small(trees, pixel_ha, min_patch_ha)
    return MeasuredCover(_stored(kept), transform, raster.crs, before_rule=_stored(trees))


def _stored(mask: Any) -> npt.NDArray[np.uint8]:
    return np.where(np.ma.getmaskarray(mask), UNSEEN, np.ma.getdata(mask)).astype(np.uint8)


def around(cover: MeasuredCover, units: gpd.GeoDataFrame) -> MeasuredCover:
    """The part of a map that lies under the units, so that no sum walks over all of it."""
    grounds = crs.geometries(units.geometry.array, units.crs, cover.crs)
    west, south, east, north = (float(b) for b in shapely.total_bounds(grounds))
    t, (height, width) = cover.transform, cover.forest.shape
    first, last = int((west - t.c) // t.a) - MARGIN_PX, int((east - t.c) // t.a) + 1 + MARGIN_PX
    top, bottom = int((north - t.f) // t.e) - MARGIN_PX, int((south - t.f) // t.e) + 1 + MARGIN_PX
    rows = slice(min(max(top, 0), height), min(max(bottom, 0), height))
    columns = slice(min(max(first, 0), width), min(max(last, 0), width))
    beside: dict[str, Any] = {}
    for name in ("before_rule", "cleared", "looks", "shade_pct"):
        values = getattr(cover, name)
        beside[name] = None if values is None else values[rows, columns]
    place = Affine(t.a, 0.0, t.c + columns.start * t.a, 0.0, t.e, t.f + rows.start * t.e)
    return replace(cover, forest=cover.forest[rows, columns], transform=place, **beside)


def tree_hectares(units: gpd.GeoDataFrame, cover: MeasuredCover) -> pd.DataFrame:
    """Hectares of trees in each unit as mapped: one row a unit.

    Returns
    -------
    DataFrame
        ``mapped_ha`` (after the smallest-patch rule), ``without_rule_ha``, ``seen_ha``, ``unseen_ha``; the first two
        NaN where nothing of the unit is seen.
    """
    shapes = units.geometry.to_numpy()
    before = cover.forest if cover.before_rule is None else cover.before_rule
    found = {}
    for name, values in (("mapped_ha", cover.forest), ("without_rule_ha", before)):
        counted = cover.hectares(np.ma.masked_equal(values, UNSEEN), shapes, units.crs)
        by_zone = counted.groupby("zone")["ha"].sum().reindex(range(len(units)), fill_value=0.0)
        forest = counted[counted["value"] == 1].groupby("zone")["ha"].sum().reindex(range(len(units)), fill_value=0.0)
        found[name] = forest.where(by_zone > 0).to_numpy(dtype=float)
        found.setdefault("seen_ha", by_zone.to_numpy(dtype=float))
    whole = areas.hectares(units)
    found["unseen_ha"] = np.maximum(whole - found["seen_ha"], 0.0)
    return pd.DataFrame(found, index=units.index)


def unseen_notes(units: gpd.GeoDataFrame, unseen_ha: pd.Series, where: str) -> list[Problem]:
    """Communes and villages of which a part is not seen: the mapped percentage is of the part seen."""
    notes = []
    for unit, unseen in zip(units.itertuples(), unseen_ha, strict=True):
        land = float(unit.geom_ha)
        if unit.level == "commune" and float(unseen) > UNSEEN_SHARE * land:
            facts: dict[str, str | int | float] = {"unit": str(unit.name), "area_ha": float(unseen)}
            facts |= {"unseen_pct": 100.0 * float(unseen) / land, "column": "tree_mapped_pct"}
            notes.append(Problem("forest_cover.tree_unseen", where, facts, (str(unit.unit_code),)))
    hidden = (units["level"] != "commune").to_numpy() & (unseen_ha > UNSEEN_VILLAGE * units["geom_ha"]).to_numpy()
    if hidden.any():
        told: dict[str, str | int | float] = {"n": int(hidden.sum()), "least_pct": 100.0 * UNSEEN_VILLAGE}
        codes = tuple(units.loc[hidden, "unit_code"].astype(str))
        notes.append(Problem("forest_cover.tree_unseen_villages", where, told | {"column": "tree_mapped_pct"}, codes))
    return notes


def strata_hectares(strata: Raster, units: gpd.GeoDataFrame) -> pd.DataFrame:
    """Hectares of each stratum in each unit: ``zone`` (position), ``value`` (stratum), ``ha``.

    Parameters
    ----------
    strata : Raster
        The raster that points were drawn from: its values are the strata.
    units : GeoDataFrame
        Polygons, any CRS.
    """
    moved = gpd.GeoDataFrame(geometry=crs.geometries(units.geometry.array, units.crs, strata.crs), crs=strata.crs)
    west, south, east, north = (float(b) for b in moved.total_bounds)
    values, transform = strata.read((west, south, east, north))
    if not values.size:
        return pd.DataFrame({"zone": [], "value": [], "ha": []})
    return zonal.class_hectares(values, transform, strata.crs, moved)
