"""Made-up people: names that nobody bears, households of the plan, places to move to, roads and streams."""

from collections.abc import Mapping

import geopandas as gpd
import numpy as np
import pyproj
import shapely

from geoplan import crs
from geoplan.demo.cells import Shapes
from geoplan.demo.commune import CRS, Commune
from geoplan.demo.dangers import Dangers
from geoplan.demo.drainage import courses
from geoplan.demo.mosaic import GRID_M
from geoplan.demo.names import person
from geoplan.demo.noise import Floats, bend
from geoplan.demo.plan import COMMUNE

STREAM_KM2, RIVER_KM2 = 0.35, 3.0
AT_RISK = 14
IN_DANGER = 14
MOVED_ON = ("2026-03-18", "2026-05-22")
OTHERS = 46
"""Households that are no longer or not at risk: two surveyed, two that chose a form, two moved, the rest stable."""


def households(made: Commune, known: Dangers, rng: np.random.Generator) -> list[Mapping[str, object]]:
    """Households with a point in longitude and latitude (WGS 84).

    Twelve of the fourteen that are at risk by status stand in danger, two do not; two in danger are stable by status.
    """
    spots, status = _homes(made, known, rng)
    form = {"form_chosen": "concentrated", "moved": "concentrated"}
    site = {"form_chosen": "DC-02", "moved": "DC-01"}
    days = iter(MOVED_ON)
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
            "moved_on": next(days) if status[i] == "moved" else None,
            "head_name": person(700 + i),
            "phone": f"0000 000 {i + 1:03d}",
            "id_no": f"{i + 1:012d}",
            "notes": "Số liệu bịa để chạy thử",
        }
        for i in range(len(spots))
    ]


def _homes(made: Commune, known: Dangers, rng: np.random.Generator) -> tuple[Floats, Shapes]:
    """Points on built-up lots and on the fields beside them, 12 m from any edge, and the status of each."""
    ground = made.mosaic.lots[made.lots["ldlr"].isin(["DKH", "NN"]).to_numpy()]
    area = shapely.buffer(shapely.coverage_union_all(ground), -12.0)
    shapely.prepare(area)
    west, south, east, north = area.bounds
    spots = rng.uniform((west, south), (east, north), size=(6000, 2))
    spots = np.round(spots[shapely.contains_xy(area, spots)][:900], 2)
    told = known.judged(spots)
    slope = known.slope_deg[tuple(known.cells(spots).T)]
    wet = [i for i, t in enumerate(told) if t["flood"] and not t["cut_slope"] and not t["slide"]]
    under = [i for i, t in enumerate(told) if (t["cut_slope"] or t["slide"]) and not t["flood"]]
    safe = [i for i, t in enumerate(told) if not any(t.values()) and slope[i] < 15.0]
    wet, under = wet[: IN_DANGER // 2], under[: IN_DANGER - min(len(wet), IN_DANGER // 2)]
    first = [*wet[1:], *under[1:]]
    safe = safe[: AT_RISK + OTHERS - len(wet) - len(under)]
    known_risk = AT_RISK - len(first)
    status = dict.fromkeys(first, "at_risk") | dict.fromkeys(safe[:known_risk], "at_risk")
    steps = ["surveyed", "surveyed", "form_chosen", "form_chosen", "moved", "moved"]
    status |= dict(zip(safe[known_risk:], steps, strict=False))
    order = rng.permutation([*wet, *under, *safe])
    return spots[order], np.array([status.get(int(i), "stable") for i in order], dtype=object)


def sites(made: Commune, known: Dangers, rng: np.random.Generator) -> gpd.GeoDataFrame:
    """One place where people already live, two planned ones, and one planned where it is dangerous (the last)."""
    lots = made.mosaic.lots[made.lots["ldlr"].isin(["DKH", "DT1", "NN"]).to_numpy()]
    built = made.lots["ldlr"].isin(["DKH", "DT1"]).to_numpy()[made.lots["ldlr"].isin(["DKH", "DT1", "NN"])]
    middle = shapely.get_coordinates(shapely.centroid(lots))
    told = known.judged(middle)
    roomy = shapely.area(lots) > 15_000.0
    bad = np.array([any(t.values()) for t in told])
    slope = made.terrain.slope_at(middle)
    good = np.flatnonzero(roomy & ~bad)
    good = good[np.lexsort((slope[good], ~built[good] | (slope[good] > 12.0)))][:3]
    worst = np.flatnonzero(roomy & bad)
    worst = worst[np.argsort(-np.array([sum(told[i].values()) for i in worst]) * 100.0 + slope[worst], kind="stable")][
        :1
    ]
    rough = bend(rng, 160.0, 60.0)
    shapes = []
    for i in [*good, *worst]:
        inner = shapely.buffer(lots[i], -25.0)
        centre = shapely.Point(*middle[i])
        if not shapely.contains(inner, centre):
            centre = shapely.point_on_surface(inner if not inner.is_empty else lots[i])
        ring = rough.there(shapely.get_coordinates(centre.buffer(45.0, quad_segs=12).exterior))
        shapes.append(shapely.intersection(shapely.Polygon(np.round(ring, 3)), lots[i], grid_size=GRID_M))
    rows = {
        "site_id": [f"DC-{i + 1:02d}" for i in range(len(shapes))],
        "name": [f"Điểm dân cư mẫu {i + 1}" for i in range(len(shapes))],
        "kind": ["existing", "planned", "planned", "planned"][: len(shapes)],
        "capacity_households": [20, 14, 10, 12][: len(shapes)],
    }
    return gpd.GeoDataFrame(rows, geometry=shapes, crs=CRS)


def streams(made: Commune) -> gpd.GeoDataFrame:
    """Streams as the elevations make them run: from 0.35 km2 upstream a stream, from 3 km2 a river."""
    near = shapely.box(*made.outline.bounds).buffer(400.0, join_style="mitre")
    terrain, shapes, kinds = made.terrain, list[shapely.Geometry](), list[str]()
    for way, river in courses(terrain.metres, terrain.cell_m, STREAM_KM2, RIVER_KM2):
        x = terrain.west + (way[:, 1] + 0.5) * terrain.cell_m
        y = terrain.north - (way[:, 0] + 0.5) * terrain.cell_m
        inside = shapely.get_parts(shapely.intersection(shapely.LineString(np.column_stack([x, y])), near))
        lines = [part for part in inside if part.geom_type == "LineString" and part.length > 60.0]
        shapes += [shapely.simplify(shapely.set_precision(line, 0.01), 3.0) for line in lines]
        kinds += ["river" if river else "stream"] * len(lines)
    rows = {
        "stream_id": [f"S{i + 1:02d}" for i in range(len(shapes))],
        "name": ["Sông Mẫu" if kind == "river" else f"Khuổi Mẫu {i + 1}" for i, kind in enumerate(kinds)],
        "kind": kinds,
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
