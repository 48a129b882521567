"""Made-up people: names that nobody bears, households of the plan, places to move to, roads and streams."""

from collections.abc import Mapping

import geopandas as gpd
import numpy as np
import pyproj
import shapely

from geoplan import crs
from geoplan.demo.cells import Shapes
from geoplan.demo.commune import CRS, Commune
from geoplan.demo.mosaic import GRID_M
from geoplan.demo.names import person
from geoplan.demo.noise import Floats, bend
from geoplan.demo.plan import COMMUNE

AT_RISK = 14
OTHERS = 46
"""Households that are no longer or not at risk: two surveyed, two that chose a form, two moved, the rest stable."""


def households(made: Commune, rng: np.random.Generator) -> list[Mapping[str, object]]:
    """Households with a point in longitude and latitude (WGS 84); the steepest places are at risk."""
    spots = _homes(made, AT_RISK + OTHERS, rng)
    steep = np.argsort(-made.terrain.slope_at(spots), kind="stable")
    status = np.full(len(spots), "stable", dtype=object)
    status[steep[:AT_RISK]] = "at_risk"
    status[steep[AT_RISK : AT_RISK + 6]] = ["surveyed", "surveyed", "form_chosen", "form_chosen", "moved", "moved"]
    form = {"form_chosen": "concentrated", "moved": "concentrated"}
    site = {"form_chosen": "DC-02", "moved": "DC-01"}
    lon, lat = crs.transform(spots[:, 0], spots[:, 1], pyproj.CRS(CRS), pyproj.CRS("EPSG:4326"))
    village = made.villages.geometry.to_numpy()
    inside = [int(np.flatnonzero(shapely.contains_xy(village, *spot))[0]) for spot in spots]
    return [
        {
            "household_id": f"H{i + 1:03d}",
            "lon": f"{lon[i]:.7f}",
            "lat": f"{lat[i]:.7f}",
            "village_code": f"{COMMUNE}-{inside[i] + 1:02d}",
            "people": int(rng.integers(2, 8)),
            "status": status[i],
            "form": form.get(str(status[i])),
            "site_id": site.get(str(status[i])),
            "head_name": person(700 + i),
            "phone": f"0000 000 {i + 1:03d}",
            "id_no": f"{i + 1:012d}",
            "notes": "Số liệu bịa để chạy thử",
        }
        for i in range(len(spots))
    ]


def _homes(made: Commune, count: int, rng: np.random.Generator) -> Floats:
    """Points on built-up lots and on the fields beside them, 12 m from any edge."""
    ground = made.mosaic.lots[made.lots["ldlr"].isin(["DKH", "NN"]).to_numpy()]
    area = shapely.buffer(shapely.coverage_union_all(ground), -12.0)
    shapely.prepare(area)
    west, south, east, north = area.bounds
    spots = rng.uniform((west, south), (east, north), size=(6000, 2))
    inside: Floats = np.round(spots[shapely.contains_xy(area, spots)][:count], 2)
    return inside


def sites(made: Commune, rng: np.random.Generator) -> gpd.GeoDataFrame:
    """One place where people already live and two planned ones."""
    lots = made.mosaic.lots[made.lots["ldlr"].isin(["DKH", "DT1"]).to_numpy()]
    middle = shapely.get_coordinates(shapely.centroid(lots))
    roomy = np.flatnonzero(shapely.area(lots) > 15_000.0)
    flat = roomy[np.argsort(made.terrain.slope_at(middle[roomy]), kind="stable")[:3]]
    rough = bend(rng, 160.0, 60.0)
    shapes = []
    for i in flat:
        inner = shapely.buffer(lots[i], -25.0)
        centre = shapely.point_on_surface(inner if not inner.is_empty else lots[i])
        ring = rough.there(shapely.get_coordinates(centre.buffer(45.0, quad_segs=12).exterior))
        shapes.append(shapely.intersection(shapely.Polygon(np.round(ring, 3)), lots[i], grid_size=GRID_M))
    rows = {
        "site_id": [f"DC-{i + 1:02d}" for i in range(len(shapes))],
        "name": [f"Điểm dân cư mẫu {i + 1}" for i in range(len(shapes))],
        "kind": ["existing", "planned", "planned"][: len(shapes)],
        "capacity_households": [20, 14, 10][: len(shapes)],
    }
    return gpd.GeoDataFrame(rows, geometry=shapes, crs=CRS)


def streams(made: Commune, rng: np.random.Generator) -> gpd.GeoDataFrame:
    """The river and up to ten brooks that run down to it."""
    west, south, east, north = made.outline.buffer(400.0).bounds
    x = np.arange(west, east, 15.0)
    river = np.column_stack([x, made.terrain.valley.north_at(x)])
    starts = rng.uniform((west + 900.0, south + 900.0), (east - 900.0, north - 900.0), size=(60, 2))
    high = starts[np.argsort(-made.terrain.river_m(starts), kind="stable")]
    runs = (made.terrain.descent(start, np.array([west, south, east, north])) for start in high)
    ways = [run for run in runs if made.terrain.river_m(run[-1:])[0] < 20.0][:10]
    shapes = [shapely.LineString(np.round(way, 2)) for way in [river, *ways]]
    rows = {
        "stream_id": [f"S{i + 1:02d}" for i in range(len(shapes))],
        "name": ["Sông Mẫu", *[f"Khuổi Mẫu {i + 1}" for i in range(len(ways))]],
        "kind": ["river", *["stream"] * len(ways)],
    }
    return gpd.GeoDataFrame(rows, geometry=shapes, crs=CRS)


def roads(made: Commune, rng: np.random.Generator) -> gpd.GeoDataFrame:
    """A road along the river and one to each village."""
    west, _, east, _ = made.outline.buffer(200.0).bounds
    x = np.arange(west, east, 20.0)
    main = np.column_stack([x, made.terrain.valley.north_at(x) + 70.0])
    rough = bend(rng, 700.0, 120.0)
    shapes = [shapely.LineString(np.round(main, 2))]
    for centre in shapely.get_coordinates(shapely.centroid(made.villages.geometry.to_numpy())):
        start = main[np.argmin(np.hypot(*(main - centre).T))]
        share = np.linspace(0.0, 1.0, 60)[:, None]
        straight = start + share * (centre - start)
        swing = (rough.there(straight) - straight) * np.sin(np.pi * share)
        shapes.append(shapely.LineString(np.round(straight + swing, 2)))
    rows = {
        "road_id": [f"R{i + 1:02d}" for i in range(len(shapes))],
        "name": ["Đường trục xã", *[f"Đường {name}" for name in made.villages["name"]]],
        "kind": ["commune", *["village"] * len(made.villages)],
    }
    return gpd.GeoDataFrame(rows, geometry=shapes, crs=CRS)


def drafts(made: Commune, ground: gpd.GeoDataFrame, taken: Shapes) -> gpd.GeoDataFrame:
    """Two zones just marked on the map, in longitude and latitude (WGS 84)."""
    shapes, near = ground.geometry.to_numpy(), shapely.union_all(taken)
    free = np.flatnonzero((shapely.area(shapes) > 4000.0) & ~shapely.intersects(shapes, near))[:2]
    rows = {
        "zone_id": ["NHAP-01", "NHAP-02"],
        "name": ["Đánh dấu mới 1", "Đánh dấu mới 2"],
        "from_crop": ["rice", "maize"],
        "to_group": ["annual", "perennial"],
    }
    drawn = gpd.GeoDataFrame(rows, geometry=list(shapely.simplify(shapes[free], 1.0)), crs=CRS)
    return crs.to_crs(drawn, pyproj.CRS("EPSG:4326"))[0]
