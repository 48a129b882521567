"""What truly endangers houses and sites, and what slid after the inventory."""

from collections.abc import Mapping, Sequence

import geopandas as gpd
import numpy as np
import pyproj
import shapely

from geoplan import crs
from geoplan.demo.commune import CRS
from geoplan.demo.dangers import Dangers
from geoplan.demo.units import Rows


def hazard(known: Dangers, households: Sequence[Mapping[str, object]], sites: gpd.GeoDataFrame) -> Rows:
    """True dangers of every household and of every site (at its middle), with the official status beside them."""
    lon, lat = (np.array([float(str(row[name])) for row in households]) for name in ("lon", "lat"))
    spots = np.column_stack(crs.transform(lon, lat, pyproj.CRS("EPSG:4326"), pyproj.CRS(CRS)))
    middles = shapely.get_coordinates(shapely.centroid(sites.geometry.to_numpy()))
    rows: Rows = []
    for row, told in zip(households, known.judged(spots), strict=True):
        rows.append({"place_id": row["household_id"], "place_kind": "household", "status": str(row["status"]), **told})
    for place, kind, told in zip(sites["site_id"], sites["kind"], known.judged(middles), strict=True):
        rows.append({"place_id": str(place), "place_kind": str(kind), "status": None, **told})
    return rows


def slides_after(rows: Sequence[Mapping[str, object]]) -> Rows:
    """Slides that no layer holds: what a good map of the inventory should foretell."""
    return [{**row, "lon": float(str(row["lon"])), "lat": float(str(row["lat"]))} for row in rows]
