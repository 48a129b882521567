"""A small made-up world for the maps, and Chromium with the network off."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from affine import Affine
from pyproj import CRS, Geod

from geoplan import crs as crss
from geoplan import maps
from geoplan.layers import Source
from geoplan.messages import Spoken
from geoplan.results import Column, Evidence, Result
from geoplan.targets import Standing

VN2000 = CRS.from_epsg(9213)
WGS84 = CRS.from_epsg(4326)
WEST, SOUTH = 428_000.0, 2_452_000.0
COVER = (
    Column("natural_ha", "ha"),
    Column("planted_ha", "ha"),
    Column("forest_ha", "ha"),
    Column("land_official_ha", "ha"),
    Column("cover_pct", "%", ratio=("forest_ha", "land_official_ha")),
)
CONVERSION = (Column("planned_ha", "ha"), Column("accepted_ha", "ha"), Column("refused_ha", "ha"))


@dataclass
class Watched:
    """A page of Chromium and everything that it complained about or asked for."""

    page: Any
    asked: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    def clean(self) -> None:
        outside = [url for url in self.asked if not url.startswith(("file:", "data:", "blob:"))]
        assert outside == []
        assert self.errors == []
        assert [line for line in self.said if "Content Security Policy" in line or "error" in line.lower()] == []


def hectares(shapes: Any) -> np.ndarray:
    geod = Geod(ellps="WGS84")
    return np.array([abs(geod.geometry_area_perimeter(s)[0]) / 1e4 for s in crss.geometries(shapes, VN2000, WGS84)])


def crooked(shapes: Any, step: float) -> Any:
    """Straight sides bent by one smooth field, so that shared sides stay shared."""
    rng = np.random.default_rng(4)
    waves = [(rng.uniform(0.002, 0.03), rng.uniform(0, 6.3), rng.uniform(0, 6.3)) for _ in range(6)]

    def bend(points: np.ndarray) -> np.ndarray:
        x, y = points[:, 0] - WEST, points[:, 1] - SOUTH
        moved = points.copy()
        for k, a, b in waves:
            moved[:, 0] += 0.12 / k * np.sin(k * y + a)
            moved[:, 1] += 0.12 / k * np.sin(k * x + b)
        return moved

    return shapely.transform(shapely.segmentize(np.asarray(shapes), step), bend)


def tiles(count: int, size: float, seed: int = 7) -> np.ndarray:
    """Voronoi tiles of a square, about `count` of them."""
    rng = np.random.default_rng(seed)
    cloud = shapely.multipoints(np.add(rng.uniform(0, size, (count, 2)), (WEST, SOUTH)))
    square = shapely.box(WEST, SOUTH, WEST + size, SOUTH + size)
    cells = shapely.get_parts(shapely.voronoi_polygons(cloud, extend_to=square))
    return shapely.intersection(cells, square)


def lots_of(count: int, size: float, step: float, codes: list[str]) -> gpd.GeoDataFrame:
    cells = tiles(count, size)
    shapes = crooked(cells, step)
    rng = np.random.default_rng(11)
    n = len(shapes)
    x, y = shapely.get_coordinates(shapely.centroid(cells)).T
    kinds = ["natural_forest", "planted_forest", "planted_not_yet_forest", "regeneration", "non_forest"]
    field_ = np.sin((x - WEST) / 900) + np.cos((y - SOUTH) / 700) + rng.normal(0, 0.35, n)
    at = np.digitize(field_, [-0.9, -0.4, 0.0, 0.4])[:]
    kind = np.array(kinds)[::-1][at]
    role = {
        "natural_forest": "counts",
        "planted_forest": "counts",
        "planted_not_yet_forest": "young",
        "regeneration": "regeneration",
    }
    code = {"natural_forest": ("TXP", "Rừng gỗ tự nhiên núi đất LRTX phục hồi"), "planted_forest": ("RTG", "Rừng gỗ trồng núi đất"),
            "planted_not_yet_forest": ("DTR", "Đất đã trồng trên núi đất"), "regeneration": ("DT2", "Đất có cây gỗ tái sinh núi đất"),
            "non_forest": ("NN", "Đất nông nghiệp núi đất")}  # fmt: skip
    ha = hectares(shapes)
    tk = 240 + ((x - WEST) // (size / 3)).astype(int)
    khoanh = 1 + ((y - SOUTH) // (size / 4)).astype(int)
    return gpd.GeoDataFrame(
        {
            "lot_id": [f"L{i:05d}" for i in range(n)],
            "tk": tk.astype(str), "khoanh": khoanh.astype(str), "lo": [str(1 + i % 40) for i in range(n)],
            "ldlr": [code[k][0] for k in kind], "sldlr": [code[k][1] for k in kind],
            "diadanh": rng.choice(["Khuổi Đẩy", "Nà Lìn", "Phja Bjoóc", "Bản Mới"], n),
            "forest_class": kind,
            "use": rng.choice(["protection", "special_use", "production", "production", "outside"], n),
            "gap_role": [role.get(k, "plantable" if i % 3 else "other") for i, k in enumerate(kind)],
            "counts_from": [("2029" if k == "planted_not_yet_forest" else None) for k in kind],
            "owner_class": "HGD",
            "unit_code": np.where(x < WEST + size / 2, codes[0], codes[-1]),
            "namtr": [2024 if k == "planted_not_yet_forest" else 0 for k in kind],
            "dtich": np.round(ha, 2), "geom_ha": ha,
        },
        geometry=list(shapes), crs=VN2000,
    )  # fmt: skip


def communes_of(size: float, names: list[str], codes: list[str]) -> gpd.GeoDataFrame:
    wide = size / len(names)
    boxes = [shapely.box(WEST + i * wide, SOUTH, WEST + (i + 1) * wide, SOUTH + size) for i in range(len(names))]
    shapes = crooked(boxes, 20)
    ha = hectares(shapes)
    columns = {"unit_code": codes, "name": names, "area_official_ha": np.round(ha, 1), "geom_ha": ha}
    return gpd.GeoDataFrame(columns, geometry=list(shapes), crs=VN2000)


def zones_of(size: float, codes: list[str]) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    def patch(at: tuple[float, float], radius: float) -> Any:
        angle = np.linspace(0, 2 * np.pi, 14, endpoint=False)
        far = radius * (1 + 0.28 * np.sin(3 * angle + at[0]))
        return shapely.polygons(
            np.column_stack([WEST + at[0] * size + far * np.cos(angle), SOUTH + at[1] * size + far * np.sin(angle)])
        )

    shapes = [
        patch(p, r)
        for p, r in [((0.2, 0.3), 160), ((0.42, 0.62), 210), ((0.7, 0.4), 180), ((0.62, 0.8), 140), ((0.3, 0.8), 120)]
    ]
    zones = gpd.GeoDataFrame(
        {
            "zone_id": [f"V{i}" for i in range(5)],
            "name": ["Nà Lìn – mơ", "Khuổi Đẩy – chè", "Bản Mới – ngô sang cam", "Phja Bjoóc", "Nà Tẩu"],
            "from_crop": ["rice", "maize", "maize", "rice", "maize"],
            "to_group": ["perennial", "perennial", "perennial", "forest", "annual"],
            "to_crop": ["mơ", "chè", "cam", None, "rau"],
            "land_code": ["LUK", "NHK", "NHK", "LUC", "BHK"],
            "status": ["accepted", "carried_out", "approved", "submitted", "draft"],
            "verdict": ["lawful", "look", "refused", "to_forest", "lawful"],
            "reasons": [[], ["Chồng lên đất quy hoạch rừng 0,80 ha."], ["Chồng lên rừng tự nhiên 2,10 ha."], ["Trồng rừng trên đất lúa là chuyển mục đích."], []],
            "declared_ha": [8.0, 14.0, 10.5, np.nan, 4.6], "accepted_ha": [7.9, np.nan, np.nan, np.nan, np.nan],
            "accepted_no": ["12/BB-UBND", None, None, None, None], "accepted_on": ["15/05/2026", None, None, None, None],
            "unit_code": [codes[0], codes[0], codes[-1], codes[-1], codes[0]],
            "geom_ha": hectares(np.array(shapes)), "forest_overlap_ha": [0.0, 0.8, 2.1, 0.0, 0.0],
        },
        geometry=shapes, crs=VN2000,
    )  # fmt: skip
    drawn = [patch((0.82, 0.68), 130)]
    drafts = gpd.GeoDataFrame(
        {"zone_id": ["v20260601-080000"], "name": ["Nháp của thôn Nà Lìn"], "from_crop": ["rice"], "to_group": ["perennial"], "verdict": ["look"],
         "reasons": [["Chưa có mã loại đất."]], "geom_ha": hectares(np.array(drawn)), "forest_overlap_ha": [0.3]},
        geometry=drawn, crs=VN2000,
    )  # fmt: skip
    return zones, drafts


def result_of(
    measure: str, columns: tuple[Column, ...], shows: str, rows: list[tuple[Any, ...]], synthetic: bool
) -> Result:
    table = pd.DataFrame(rows, columns=["unit_code", "unit_name", "level", *[c.name for c in columns]])
    source = Source("forest_lots", "layers/rung.shp", "0" * 64, 60, "EPSG:9213", "none")
    evidence = Evidence("0.1.0", date(2026, 6, 30), "EPSG:9213", "none", (source,), {}, synthetic)
    empty = pd.DataFrame()
    return Result(measure, columns, shows, table, None, empty, empty, {}, (), evidence)


def spoken(found: str) -> Spoken:
    return Spoken("target.said", "targets.csv", found, "")


def standing(
    target_id: str, unit: tuple[str, str], indicator: str, target: float, of: str, status: str, **more: Any
) -> Standing:
    given: dict[str, Any] = {
        "comparator": "at_least", "strict": False, "from_year": 2030, "to_year": 2030, "mode": "level", "counted_as": "", "source": "000 II.2",
        "sentence": "", "year": 2026, "trajectory": (), "actual": None,
    } | more  # fmt: skip
    gap = None if given["actual"] is None else given["actual"] - target
    return Standing(
        target_id=target_id,
        unit_code=unit[0],
        unit_name=unit[1],
        indicator=indicator,
        target=target,
        unit=of,
        status=status,
        gap=gap,
        **given,
    )


def relief_of(size: float) -> maps.Overlay:
    step = 30.0
    n = int(size / step) + 40
    x, y = np.meshgrid(np.arange(n) * step, np.arange(n) * step)
    dem = 500 + 180 * np.sin(x / 700) * np.cos(y / 900) + 60 * np.sin(x / 170 + y / 300) + 25 * np.sin(y / 90)
    return maps.relief(dem, Affine(step, 0, WEST - 600, 0, -step, SOUTH + size + 600), VN2000)


def page_of(count: int = 90, size: float = 3600.0, step: float = 25.0, synthetic: bool = True) -> maps.Page:
    """The whole made-up world as a page."""
    names, codes = ["Cao Minh", "Nam Cường"], ["01879", "02026"]
    zones, drafts = zones_of(size, codes)
    spots = [(0.2, 0.22), (0.36, 0.7), (0.72, 0.3), (0.8, 0.85)]
    villages = gpd.GeoDataFrame(
        {"village_code": [f"T{i}" for i in range(4)], "name": ["Nà Lìn", "Khuổi Đẩy", "Bản Mới", "Phja Bjoóc"],
         "unit_code": [codes[0], codes[0], codes[1], codes[1]]},
        geometry=shapely.points([(WEST + a * size, SOUTH + b * size) for a, b in spots]).tolist(), crs=VN2000,
    )  # fmt: skip
    cover = [("01879", "Cao Minh", "commune", 312.4, 168.2, 480.6, 990.0, 48.545), ("02026", "Nam Cường", "commune", 402.0, 95.5, 497.5, 985.0, 50.508),
             ("T0", "Nà Lìn", "village", 100.0, 20.0, 120.0, np.nan, np.nan)]  # fmt: skip
    conversion = [("01879", "Cao Minh", "commune", 26.4, 7.9, 0.0), ("02026", "Nam Cường", "commune", 16.1, 0.0, 10.2)]
    cover_path = ((2025, 47.0), (2026, 52.0), (2030, 58.0))
    cover_said = (
        spoken("Dù mọi rừng non đều thành rừng, độ che phủ đi từ 48,5 % (2026) chỉ lên 51,5 % (2030), không đạt 58%."),
        spoken("Cần thêm 63,9 ha rừng được công nhận."),
    )
    zones_path = ((2025, 0.0), (2030, 50.0))
    standings = [
        standing("cmd-forest_cover-01", ("01879", "Cao Minh"), "forest_cover", 58, "%", "behind", actual=48.545, expected=52.0, trajectory=cover_path,
                 feasibility=cover_said, sentence="Tỷ lệ che phủ rừng đạt 58% trở lên"),
        standing("cmd-conversion-01", ("01879", "Cao Minh"), "converted", 50, "ha", "on_track", comparator="reach", mode="cumulative", from_year=2026,
                 actual=7.9, expected=5.0, trajectory=zones_path, sentence="Chuyển đổi diện tích canh tác lúa, ngô kém hiệu quả đến năm 2030 đạt 50ha"),
        standing("nc-cover", ("02026", "Nam Cường"), "forest_cover", 50, "%", "met", strict=True, actual=50.508, expected=50.0),
        standing("cmd-vegetables", ("01879", "Cao Minh"), "vegetables", 35, "ha", "no_measure"),
    ]  # fmt: skip
    notes = [
        Spoken("lots.overlap", "layers/rung.shp", "2 cặp lô chồng lên nhau 0,40 ha [L00003, L00017].", "Sửa ranh giới lô trong QGIS.", ("L00003", "L00017")),
        Spoken("cover.area", "layers/communes.gpkg", "Diện tích đo lệch 1,2 % so với kiểm kê.", "Kiểm tra ranh giới xã."),
    ]  # fmt: skip
    return maps.Page(
        title="Xã Cao Minh và Nam Cường", as_of=date(2026, 6, 30), synthetic=synthetic, geoplan_version="0.1.0", crs=VN2000,
        communes=communes_of(size, names, codes), villages=villages, lots=lots_of(count, size, step, codes), zones=zones, drafts=drafts,
        tables=[result_of("forest_cover", COVER, "cover_pct", cover, synthetic), result_of("conversion", CONVERSION, "accepted_ha", conversion, synthetic)],
        standings=standings,
        contradictions=[{"finding": "Che phủ 52 % cuối 2026 và 58 % năm 2030: thêm 6 điểm % là 809 ha.", "where": "003 II.2.1 và 000 II.2"}],
        notes=notes, overlays=[relief_of(size)],
    )  # fmt: skip


@pytest.fixture(scope="session")
def world() -> maps.Page:
    return page_of()


@pytest.fixture
def opened(browser: Any, tmp_path: Path) -> Iterator[Callable[..., Watched]]:
    """Open an HTML text as a file, with the network refused."""
    contexts = []

    def open_(html: str, width: int = 1280, height: int = 800, name: str = "map.html") -> Watched:
        path = tmp_path / name
        path.write_text(html, encoding="utf-8")
        context = browser.new_context(
            viewport={"width": width, "height": height}, has_touch=width < 700, offline=True, accept_downloads=True
        )
        contexts.append(context)
        watched = Watched(context.new_page())
        watched.page.on("request", lambda request: watched.asked.append(request.url))
        watched.page.on("pageerror", lambda error: watched.errors.append(str(error)))
        watched.page.on("console", lambda message: watched.said.append(f"{message.type}: {message.text}"))
        watched.page.goto(path.as_uri())
        watched.page.wait_for_selector("body.ready")
        return watched

    yield open_
    for context in contexts:
        context.close()
