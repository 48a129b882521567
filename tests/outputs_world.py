"""A small day of outputs made by hand: two communes, three measures, hostile names, every private column."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import geopandas as gpd
import pandas as pd
from shapely.geometry import Polygon, box

from geoplan.errors import Problem
from geoplan.exports import Bundle
from geoplan.layers import Source
from geoplan.messages import Spoken
from geoplan.results import Column, Evidence, Result

CRS = "EPSG:9213"
DAY = date(2026, 6, 30)
FORMULA = '=HYPERLINK("http://a","b")'
SECRET = "Nông Văn Bí Mật 0912345678"
PRIVATE = (
    "churung", "machur", "nguoink", "nguoitrch", "mangnk", "mangtrch", "owner_code", "head_name", "phone",
    "id_no", "notes",
)  # fmt: skip


@dataclass(frozen=True)
class FakeStanding:
    """As `targets.Standing`."""

    target_id: str
    actual: float | None
    gap: float | None
    status: str
    unit_code: str = "01879"
    unit_name: str = FORMULA
    indicator: str = "forest_cover"
    comparator: str = "at_least"
    strict: bool = False
    target: float = 58.0
    unit: str = "%"
    from_year: int = 2026
    to_year: int = 2030
    mode: str = "level"
    counted_as: str = "forest_cover.cover_pct"
    expected: float | None = None
    trajectory: tuple[tuple[int, float], ...] = ((2026, 57.0), (2030, 58.0))
    feasibility: tuple[Any, ...] = (
        Spoken("k", "", "cần thêm 10,00 ha", ""),
        Problem("gpkg.as_of", "", {"day": "2030"}),
    )
    sentence: str = "+58% trở lên; </script>"
    source: str = "=1+1"
    year: int = 2026


def _square(x: float, y: float, side: float = 1000.0) -> Polygon:
    return box(400_000 + x, 2_450_000 + y, 400_000 + x + side, 2_450_000 + y + side)


def _sources(order: int) -> tuple[Source, ...]:
    lots = Source("forest_lots", "layers/rung.shp", "ab" * 32, 3, CRS, "none")
    communes = Source("communes", "layers/communes.gpkg", "cd" * 32, 2, "EPSG:4326", "EPSG:6960")
    return (lots, communes)[::order]


def _result(measure: str, columns: tuple[Column, ...], table: pd.DataFrame, **parts: Any) -> Result:
    evidence = Evidence("0.1.0", DAY, CRS, "EPSG:6960", _sources(1), {"since_year": 2026, "a": FORMULA}, synthetic=True)
    empty: dict[str, Any] = {
        "layer": None,
        "series": pd.DataFrame(columns=["unit_code", "year", "column", "value"]),
        "breakdown": pd.DataFrame(columns=["unit_code", "by", "group", "column", "value"]),
        "forms": {},
        "notes": (),
    }
    return Result(
        measure=measure, columns=columns, shows=columns[-1].name, table=table, evidence=evidence, **(empty | parts)
    )


def _cover() -> Result:
    columns = (
        Column("forest_ha", "ha"),
        Column("land_official_ha", "ha"),
        Column("cover_pct", "%", ratio=("forest_ha", "land_official_ha")),
        Column("tree_ha", "ha", optional=True),
    )
    table = pd.DataFrame(
        {
            "unit_code": ["0187901", "01882", "01879"],
            "unit_name": ["Thôn Nà Đeng", "Xã Yên Phúc", FORMULA],
            "level": ["village", "commune", "commune"],
            "forest_ha": [10.0, 40.1234567891, -0.0],
            "land_official_ha": [float("nan"), 100.0, float("nan")],
            "cover_pct": [float("nan"), 40.1234567891, float("nan")],
            "tree_ha": [float("nan"), 42.0, float("nan")],
            "tree_ha_low": [float("nan"), 40.0, float("nan")],
            "tree_ha_high": [float("nan"), 44.0, float("nan")],
            "tree_ha_n": pd.array([pd.NA, 120, pd.NA], dtype="Int64"),
        }
    )
    layer = gpd.GeoDataFrame(
        {
            "lot_id": ["1", FORMULA, "3"],
            "unit_code": ["01879", "01879", "01882"],
            "forest_class": ["natural_forest", "unknown", "không rõ"],
            "namtr": pd.array([pd.NA, 2020, 2021], dtype="Int64"),
            "dtich": [100.0, 1.0 / 3.0, float("nan")],
            "diadanh": ["Nà Đeng", None, 'a\x00b"; DROP TABLE forest_cover; --'],
            **dict.fromkeys(PRIVATE, SECRET),
            "cot_moi": SECRET,
        },
        geometry=[_square(0, 0), _square(2000, 0).union(_square(4000, 0)), _square(0, 2000)],
        crs=CRS,
    )
    breakdown = pd.DataFrame(
        [("01882", "class", "planted_forest", "forest_ha", 1.5), ("01879", "village", FORMULA, "forest_ha", 2.5)],
        columns=["unit_code", "by", "group", "column", "value"],
    )
    form = pd.DataFrame(
        {
            "unit_code": ["01879", "01879"],
            "row": ["", "203"],
            "total_ha": [1234.5, 1.0],
            "cover_pct": [58.0, float("nan")],
        }
    )
    three = pd.DataFrame(
        {"unit_code": ["01879"], "row_code": ["0000"], "row_label": ["TỔNG"], "total": [1.0], "owner_7": [1.0]}
    )
    notes = (
        Problem("gpkg.as_of", "", {"column": "cover_pct", "unit_code": "01879", "day": "30/06/2026"}),
        Problem("gpkg.as_of", "", {"column": "tree_ha", "day": "x"}),
    )
    return _result(
        "forest_cover",
        columns,
        table,
        layer=layer,
        breakdown=breakdown,
        forms={"form_04": form, "form_03": three},
        notes=notes,
    )


def _conversion() -> Result:
    table = pd.DataFrame({"unit_code": ["01879"], "unit_name": ["Xã A"], "level": ["commune"], "accepted_ha": [3.25]})
    layer = gpd.GeoDataFrame(
        {
            "zone_id": ["z1"],
            "unit_code": ["01879"],
            "verdict": ["refused"],
            "reasons": ["conversion.reason.luc_perennial không_có"],
            "accepted_on": [date(2026, 3, 1)],
            "marked": [True],
        },
        geometry=[_square(100, 100, 50)],
        crs=CRS,
    )
    series = pd.DataFrame([("01879", 2026, "accepted_ha", 3.25)], columns=["unit_code", "year", "column", "value"])
    return _result("conversion", (Column("accepted_ha", "ha"),), table, layer=layer, series=series)


def _households() -> Result:
    table = pd.DataFrame(
        {"unit_code": ["01879"], "unit_name": ["Xã A"], "level": ["commune"], "households_count": [12]}
    )
    return _result("resettlement_risk", (Column("households_count", "count"),), table)


def communes() -> gpd.GeoDataFrame:
    """Two communes, one without an official area, one with a formula for a name."""
    return gpd.GeoDataFrame(
        {
            "unit_code": ["01882", "01879"],
            "name": ["Xã Yên Phúc", FORMULA],
            "area_official_ha": [100.0, float("nan")],
            "geom_ha": [100.0, 100.0],
            "phone": [SECRET, SECRET],
        },
        geometry=[_square(0, 2000), _square(0, 0)],
        crs=CRS,
    )


def bundle(*, lang: str = "vi", synthetic: bool = True, turned: bool = False) -> Bundle:
    """The day; `turned`: the same, in another order."""
    order = -1 if turned else 1
    standings = [FakeStanding("t2", None, None, "no_data"), FakeStanding("t1", 40.5, -17.5, "behind", expected=57.2)]
    warnings = [
        Spoken("layer.b", "layers/rung.shp", "=cmd|' /C calc'!A0", "@fix", ("1", "2")),
        Spoken("layer.a", "x", "hai\nlines </script>", "-"),
    ]
    return Bundle(
        name=f"Xã Cao Minh {FORMULA}",
        as_of=DAY,
        crs=CRS,
        synthetic=synthetic,
        lang=lang,
        version="0.1.0",
        results=[_cover(), _conversion(), _households()][::order],
        communes=communes(),
        standings=standings[::order],
        contradictions=[{"finding": "=1+1", "where": "000 II.2", "consequence": None}],
        warnings=warnings[::order],
    )
