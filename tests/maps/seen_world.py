"""The made-up world with what issue 3 adds: series of zones, lots against images, households, sites, photos, grids."""

from dataclasses import replace
from datetime import date, timedelta

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from affine import Affine

from geoplan import maps
from geoplan.results import OBSERVATION_COLUMNS, Column, Grid
from tests.maps.conftest import SOUTH, VN2000, WEST, page_of, result_of

CODES = ("01879", "02026")
SIZE = 3600.0
FIRST = date(2023, 7, 3)
VERDICTS = ["converted", "converting", "not_converted", "insufficient", "field_only"]
SEEN = (Column("planned_ha", "ha"), Column("converted_ha", "ha"), Column("converting_ha", "ha"),
        Column("not_converted_ha", "ha"), Column("unknown_ha", "ha"))  # fmt: skip
RISK = (
    Column("households_count", "household"), Column("at_risk_count", "household"), Column("conditional_count", "household"),
    Column("unknown_count", "household"), Column("moved_count", "household"), Column("sites_count", "site"),
)  # fmt: skip
GROUND = Affine(10.0, 0, WEST - 200, 0, -10.0, SOUTH + SIZE + 200)
PIXELS = int(SIZE / 10) + 40


def observations_of(seed: int = 5) -> pd.DataFrame:
    """Looks at five zones over three years: rice that turns into an orchard, maize, few looks."""
    rng = np.random.default_rng(seed)
    rows = []
    for zone in range(5):
        for step in range(0, 1090, 8):
            if rng.uniform() < (0.9 if zone == 3 else 0.55):
                continue
            on = FIRST + timedelta(days=step)
            doy, share = on.timetuple().tm_yday, float(np.round(rng.uniform(0.55, 1.0), 2))
            crops = (
                max(0.0, np.sin((doy - 35) / 120 * np.pi)) if doy < 160 else max(0.0, np.sin((doy - 175) / 125 * np.pi))
            )
            turned = zone in (0, 1) and on > date(2025, 2, 1)
            ndvi = 0.52 + 0.08 * np.sin(doy / 58) if turned else 0.24 + 0.58 * crops
            lswi = 0.16 + 0.05 * np.sin(doy / 58) if turned else 0.05 + 0.3 * crops
            if not turned and (doy in range(25, 55) or doy in range(165, 195)):
                lswi = ndvi + 0.12
            for index, value in (("ndvi", ndvi), ("lswi", lswi), ("bsi", 0.1)):
                rows.append((f"V{zone}", on.isoformat(), index, float(value + rng.normal(0, 0.02)), share))
    return pd.DataFrame(rows, columns=list(OBSERVATION_COLUMNS))


def places_of(count: int = 40, seed: int = 8) -> gpd.GeoDataFrame:
    """Households by the streams and three sites; with the private fields that must never reach the page."""
    rng = np.random.default_rng(seed)
    rows = []
    for i in range(count):
        x, y = rng.uniform(0.08, 0.92), rng.uniform(0.08, 0.92)
        verdict = ("at_risk", "conditional", "safe", "safe", "unknown")[i % 5]
        said = {
            "at_risk": ("Sườn dốc trên 25° ngay phía trên nhà.", "Trong tầm lũ quét của suối."),
            "conditional": ("Sát ta-luy cao hơn 6 m.",),
        }
        rows.append({
            "place_id": f"H{i:03d}", "place_kind": "household", "unit_code": CODES[int(x > 0.5)], "village_code": f"T{i % 4}", "verdict": verdict,
            "reasons": said.get(verdict, ()), "status": ["at_risk", "surveyed", "moved", None][i % 4], "form": ["concentrated", None][i % 2],
            "site_id": "S1" if i % 2 == 0 else None, "road_m": float(rng.uniform(5, 1600)), "landslide_class": {"at_risk": 2, "conditional": 1, "safe": 0}.get(verdict),
            "flood_class": {"at_risk": 1, "safe": 0}.get(verdict), "debris_class": 0, "cut_slope": verdict == "conditional",
            "head_name": "Nông Văn Bí Mật", "phone": "0912345678", "id_no": "006099000111", "notes": "ghi chú riêng",
            "geometry": shapely.Point(WEST + x * SIZE, SOUTH + y * SIZE),
        })  # fmt: skip
    sites = [
        ("S1", "existing", 0.14, 0.52, "safe", 20, ()),
        ("S2", "planned", 0.55, 0.22, "conditional", 14, ("Độ dốc trung bình 14°, cần san nền.",)),
        ("S3", "planned", 0.82, 0.52, "at_risk", 30, ("Nằm trong tầm lũ bùn đá.",)),
    ]
    for site_id, kind, x, y, verdict, capacity, reasons in sites:
        shape = shapely.box(WEST + x * SIZE, SOUTH + y * SIZE, WEST + x * SIZE + 150, SOUTH + y * SIZE + 110)
        rows.append({"place_id": site_id, "place_kind": kind, "unit_code": CODES[int(x > 0.5)], "village_code": "T0", "verdict": verdict, "reasons": reasons,
                     "capacity_households": capacity, "room_households": capacity + 5, "road_m": 120.0, "landslide_class": 0, "flood_class": 0, "debris_class": 0,
                     "cut_slope": False, "geometry": shape})  # fmt: skip
    return gpd.GeoDataFrame(rows, geometry="geometry", crs=VN2000)


def landscape(cleared: bool) -> np.ndarray:
    """A photo of some hills, uint8 (y, x, 4), with a clearing in the later one and a corner that was not seen."""
    rng = np.random.default_rng(2)
    x, y = np.meshgrid(np.linspace(0, 9, PIXELS), np.linspace(0, 9, PIXELS))
    green = np.clip(
        0.55 + 0.25 * np.sin(x * 1.7) * np.cos(y * 1.3) + 0.1 * np.sin(x * 6 + y * 4) + rng.normal(0, 0.04, x.shape),
        0,
        1,
    )
    red = np.clip(0.75 - 0.6 * green + rng.normal(0, 0.03, x.shape), 0, 1)
    if cleared:
        red[80:170, 200:330], green[80:170, 200:330] = 0.8, 0.45
    pixels = np.stack([red, green, red * 0.6, np.ones_like(red)], axis=-1)
    pixels[:25, :40, 3] = 0
    return np.asarray((pixels * 255).round(), np.uint8)


def grids_of() -> tuple[Grid, Grid]:
    rng = np.random.default_rng(1)
    cover = np.kron(rng.integers(0, 4, (10, 10)), np.ones((PIXELS // 10, PIXELS // 10), int)).astype(np.uint8)
    cover[:30] = 255
    names = {1: "forest", 2: "removed_small", 3: "cleared", 0: "not_forest"}
    hazard = (cover % 5).astype(np.uint8)
    return (
        Grid("measured_cover", cover, GROUND, VN2000, names),
        Grid("hazard", hazard, GROUND, VN2000, {1: "medium", 2: "high", 3: "flood", 4: "debris"}),
    )


def seen_page_of(count: int = 90) -> maps.Page:
    """The whole world, seen."""
    page = page_of(count)
    assert page.lots is not None
    assert page.zones is not None
    zones = page.zones.assign(
        verdict_seen=VERDICTS, looks_count=[14, 13, 15, 4, 12], planned_on=[date(2025, 2, 15), date(2025, 2, 20), date(2025, 3, 1), None, None],
        seen_reasons=[("Trước ngày kế hoạch là ruộng lúa; hai vụ gần nhất là cây lâu năm.",), ("Mới một vụ gần nhất là cây lâu năm.",), ("Vẫn thấy cày bừa và hai vụ lúa.",),
                      ("Năm 2025 chỉ có 4 lần nhìn rõ.",), ("Ngô sang cây hằng năm: ảnh không phân biệt được.",)],
        converted_ha=[6.1, 0.0, 0.0, 0.0, 0.0], converting_ha=[0.0, 12.9, 0.0, 0.0, 0.0], not_converted_ha=[1.6, 0.4, 9.8, 0.0, 0.0], unknown_ha=[0.2, 0.1, 0.3, 6.2, 4.6],
        converted_ha_low=[5.6, 0.0, 0.0, 0.0, 0.0], converted_ha_high=[6.5, 0.4, 0.0, 0.0, 0.0],
    )  # fmt: skip
    lots = page.lots
    forest = lots["forest_class"].isin(["natural_forest", "planted_forest"])
    odd = np.arange(len(lots)) % 7
    agreement = np.where(
        odd == 6,
        "unseen",
        np.where(forest, np.where(odd == 1, "official_only", "both"), np.where(odd == 2, "measured_only", "neither")),
    )
    measured = np.where(np.isin(agreement, ["both", "measured_only"]), lots["geom_ha"] * 0.94, lots["geom_ha"] * 0.03)
    lots = lots.assign(
        agreement=agreement, measured_ha=measured, seen_ha=lots["geom_ha"] * 0.98, difference_ha=measured - np.where(forest, lots["geom_ha"], 0.0),
        agreement_reason=[("rừng trồng mới khai thác: ảnh thấy đất trống từ năm 2025",) if a == "official_only" else () for a in agreement],
    )  # fmt: skip
    rows = [("01879", "Cao Minh", "commune", 26.4, 6.1, 12.9, 2.0, 4.9), ("02026", "Nam Cường", "commune", 16.1, 0.0, 0.0, 9.8, 6.5),
            ("T0", "Nà Lìn", "village", 9.0, 6.1, 0.0, 1.6, 0.2)]  # fmt: skip
    risk = [("01879", "Cao Minh", "commune", 20, 4, 3, 3, 5, 1), ("02026", "Nam Cường", "commune", 20, 3, 3, 3, 5, 2)]
    photos = [
        maps.photo(name, landscape(name == "after"), GROUND, VN2000, label)
        for name, label in (("before", "07/2023 – 06/2024"), ("after", "07/2025 – 06/2026"))
    ]
    return replace(
        page, lots=lots, zones=zones, places=places_of(), observations=observations_of(), swipe=(photos[0], photos[1]),
        tables=[page.tables[0], result_of("conversion", SEEN, "planned_ha", rows, True), result_of("resettlement_risk", RISK, "at_risk_count", risk, True)],
        overlays=[*page.overlays, *(maps.grid_overlay(grid, "vi") for grid in grids_of())],
    )  # fmt: skip
