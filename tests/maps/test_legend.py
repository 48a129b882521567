"""The legend says the hectares of results.json, for a lot and a zone that lie across a border too."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from geoplan import areas, maps, outputs, runs
from geoplan.exports import results_json
from geoplan.maps.legend import legend
from geoplan.project import open_project
from tests.maps.conftest import VN2000, Watched, page_of

X, Y = 432_000.0, 2_455_000.0
CODES = ("01879", "01960")
Open = Callable[..., Watched]


def square(west: float, south: float, east: float, north: float) -> Any:
    return shapely.box(X + west, Y + south, X + east, Y + north)


def lot(lot_id: str, shape: Any, ldlr: str, **more: Any) -> dict[str, Any]:
    ha = round(float(areas.of([shape], VN2000)[0]), 2)
    given = {"tk": "1", "khoanh": "1", "lo": lot_id, "nggocr": 1, "malr3": 3, "mamdsd": 9, "dtuong": 1, "lapdia": 1,
             "namtr": 0, "thanhrung": 1, "diadanh": "Nà Lìn"}  # fmt: skip
    return {"lot_id": lot_id, "ldlr": ldlr, "dtich": ha} | given | more | {"geometry": shape}


def zone(zone_id: str, shape: Any, status: str, **more: Any) -> dict[str, Any]:
    given = {"from_crop": "rice", "to_group": "perennial", "land_code": "LUK", "declared_ha": None,
             "accepted_no": None, "accepted_on": None}  # fmt: skip
    return {"zone_id": zone_id, "status": status} | given | more | {"geometry": shape}


LAYERS = {
    "communes": [
        {"unit_code": CODES[0], "name": "Cao Minh", "area_official_ha": 200.0, "geometry": square(0, 0, 1000, 2000)},
        {"unit_code": CODES[1], "name": "Nam Cường", "area_official_ha": 200.0, "geometry": square(1000, 0, 2000, 2000)},
    ],
    "forest_lots": [
        lot("1", square(0, 0, 700, 1000), "TXG"),
        lot("2", square(700, 0, 1200, 1000), "TXG", malr3=1),  # across the border of the two
        lot("3", square(1200, 0, 2000, 1000), "RTG", nggocr=2, namtr=2010, malr3=None),
        lot("4", square(1900, 1000, 2300, 1300), "DT1"),  # reaches out of both
        lot("5", square(0, 1000, 300, 1300), "DTR", nggocr=2, namtr=2025, thanhrung=2),
    ],
    "conversion_zones": [
        zone("a", square(900, 1400, 1300, 1500), "approved"),  # across the border, judged in three pieces
        zone("b", square(1950, 1400, 2050, 1500), "submitted", land_code="LUC"),  # half outside
        zone("c", square(100, 1600, 200, 1700), "accepted", declared_ha=1.0, accepted_no="1", accepted_on="2026-03-01"),
        zone("d", square(400, 1600, 500, 1700), "draft"),
        zone("e", square(650, 950, 750, 1050), "approved", to_group="forest", from_crop="maize", land_code="HNK"),
    ],
    "parcels": [
        {"parcel_id": "p", "land_code": "LUC", "geometry": square(900, 1400, 950, 1500)},
        {"parcel_id": "q", "land_code": "LUA", "geometry": square(950, 1400, 1050, 1500)},
        {"parcel_id": "r", "land_code": "LUK", "geometry": square(1050, 1400, 1300, 1500)},
    ],
    "villages": [
        {"village_code": "T1", "name": "Nà Lìn", "geometry": square(0, 0, 900, 900)},
        {"village_code": "T2", "name": "Bản Mới", "geometry": square(1100, 0, 1900, 900)},
    ],
}  # fmt: skip
TARGETS = (
    "target_id,unit_code,indicator,comparator,strict,value,unit,from_year,to_year,mode,counted_as,repeats,source,sentence\n"
    "v,T1,forest_cover,at_least,,10,ha,2026,2030,level,forest_cover.forest_ha,,s,c\n"
)


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> outputs.Told:
    """A run over two communes with a lot and a zone across their border."""
    folder = tmp_path_factory.mktemp("border")
    lines = ['[project]\nname = "Hai xã"\ncrs = "EPSG:9213"\nas_of = 2026-06-30\n[layers]']
    for role, rows in LAYERS.items():
        gpd.GeoDataFrame(rows, geometry="geometry", crs=VN2000).to_file(folder / f"{role}.gpkg", driver="GPKG")
        lines.append(f'{role} = "{role}.gpkg"')
    (folder / "targets.csv").write_text(TARGETS, encoding="utf-8")
    lines.append('[targets]\nfile = "targets.csv"')
    (folder / "geoplan.toml").write_text("\n".join(lines), encoding="utf-8")
    project = open_project(folder)
    return outputs.tell(project, runs.survey(project))


@pytest.fixture(scope="module")
def content(told: outputs.Told) -> Any:
    return json.loads(results_json(outputs.bundle_of(told)))


FIGURES = {
    ("forest_class", "natural_forest"): ("forest_cover", "natural_ha"),
    ("forest_class", "planted_forest"): ("forest_cover", "planted_ha"),
    ("forest_class", "planted_not_yet_forest"): ("forest_cover", "young_ha"),
    ("verdict", "refused"): ("conversion", "refused_ha"),
    ("verdict", "to_forest"): ("conversion", "to_forest_ha"),
    ("verdict", "look"): ("conversion", "look_ha"),
}


def figure(content: Any, measure: str, column: str, codes: tuple[str, ...]) -> float:
    rows = content["results"]
    chosen = [r for r in rows if (r["measure"], r["column"]) == (measure, column) and r["unit_code"] in codes]
    assert len(chosen) == len(codes)
    return float(sum(r["value"] for r in chosen))


def written(page: Any, way: str) -> dict[str, float]:
    """Hectares of the legend as they are written, by label."""
    page.locator(f"#legend input[value={way}]").check(force=True)
    rows = page.locator(".legend-rows").nth(1 if way in ("verdict", "status") else 0).locator("li")
    texts = [(row.locator(".name").inner_text(), row.locator(".ha").inner_text()) for row in rows.all()]
    return {name: float(ha.removesuffix(" ha").replace(".", "").replace(",", ".")) for name, ha in texts}


@pytest.mark.browser
@pytest.mark.parametrize("codes", [CODES, CODES[:1], CODES[1:]], ids=["overview", *CODES])
def test_the_legend_of_the_page_says_the_figures_of_results_json(
    opened: Open, told: outputs.Told, content: Any, codes: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("geoplan.maps.officer.MOST_LOTS", 1)
    found = maps.officer_maps(outputs.page_of(told))
    watched = opened(found["map.html" if len(codes) > 1 else f"map_{codes[0]}.html"])
    labels = watched.page.evaluate("() => geoplan.data.words")
    for (division, code), (measure, column) in FIGURES.items():
        word = {"forest_class": "class", "verdict": "verdict"}[division]
        said = written(watched.page, division).get(labels[f"{word}.{code}"], 0.0)
        wanted = figure(content, measure, column, codes)
        assert said == pytest.approx(wanted, abs=0.05 if wanted >= 10 else 0.005), (division, code)
    for division, measure, column in (
        ("forest_class", "forest_cover", "lots_ha"),
        ("use", "forest_cover", "lots_ha"),
        ("gap_role", "forest_cover", "lots_ha"),
        ("verdict", "conversion", "planned_ha"),
    ):
        said = sum(written(watched.page, division).values())
        assert said == pytest.approx(figure(content, measure, column, codes), abs=0.2), division
    status = written(watched.page, "status")
    drafts = status.pop(labels["zone_status.draft"], 0.0)
    assert sum(status.values()) == pytest.approx(figure(content, "conversion", "planned_ha", codes), abs=0.05)
    assert drafts == (1.0 if CODES[0] in codes else 0.0)
    watched.clean()


def test_the_world_of_the_test_has_what_it_is_for(content: Any) -> None:
    for measure, column in FIGURES.values():
        assert figure(content, measure, column, CODES) > 0.1, column
    halves = [figure(content, "forest_cover", "natural_ha", (code,)) for code in CODES]
    assert min(halves) > 19


def test_a_commune_is_drawn_with_what_reaches_in_from_its_neighbour(told: outputs.Told) -> None:
    from geoplan.maps.officer import _of_commune

    page = outputs.page_of(told)
    one, other = (_of_commune(page, code) for code in CODES)
    assert one.lots is not None
    assert other.lots is not None
    assert set(one.lots["lot_id"]) == {"1", "2", "5"}
    assert set(other.lots["lot_id"]) == {"2", "3", "4"}
    assert one.zones is not None
    assert set(one.zones["zone_id"]) == {"a", "c", "d", "e"}


def test_villages_without_a_commune_code_stay_on_their_commune(told: outputs.Told) -> None:
    """Polygons, rows and targets, by where the village lies; a wrong code in the file is not believed."""
    from geoplan.maps.officer import _of_commune

    page = outputs.page_of(told)
    assert page.villages is not None
    for villages in (
        page.villages.drop(columns="unit_code", errors="ignore"),
        page.villages.assign(unit_code=CODES[1]),
    ):
        one = _of_commune(replace(page, villages=villages), CODES[0])
        assert one.villages is not None
        assert one.villages["village_code"].tolist() == ["T1"]
        cover = next(t for t in one.tables if t.measure == "forest_cover").table
        assert sorted(cover["unit_code"]) == [CODES[0], "T1"]
        assert [s.target_id for s in one.standings] == ["v"]
        assert _of_commune(replace(page, villages=villages), CODES[1]).standings == []


def rows_of(page: maps.Page, layer: str, division: str) -> dict[str, float]:
    return {row["code"]: row["ha"] for row in legend(page)[layer][division]}


def test_a_breakdown_is_said_before_the_features() -> None:
    page = page_of(30)
    columns = ["unit_code", "by", "group", "column", "value"]
    rows = [("01879", "class", "natural_forest", "lots_ha", 12.5), ("02026", "class", "natural_forest", "lots_ha", 1.0),
            ("01879", "class", "lạ", "lots_ha", 2.0), ("01879", "class", "natural_forest", "natural_ha", 99.0),
            ("09999", "class", "natural_forest", "lots_ha", 99.0)]  # fmt: skip
    cover = replace(page.tables[0], breakdown=pd.DataFrame(rows, columns=columns))
    said = rows_of(replace(page, tables=[cover]), "lots", "forest_class")
    assert (said["natural_forest"], said["unknown"]) == (13.5, 2.0)
    one = replace(page, tables=[cover], communes=page.communes[page.communes["unit_code"] == "02026"])
    assert rows_of(one, "lots", "forest_class")["natural_forest"] == 1.0


def test_without_a_breakdown_the_inside_of_the_features_is_summed() -> None:
    page = page_of(30)
    assert page.lots is not None
    assert page.zones is not None
    lots = page.lots.assign(inside_ha=1.0)
    lots.loc[0, "inside_ha"] = float("nan")
    counted = rows_of(replace(page, lots=lots), "lots", "use")
    assert sum(counted.values()) == pytest.approx(len(lots) - 1 + lots["dtich"].iloc[0], abs=1e-3)
    pieces = page.zones.assign(lawful_ha=1.0, look_ha=0.5, refused_ha=0.25, to_forest_ha=0.0, inside_ha=1.75)
    with_pieces = replace(page, zones=pieces, drafts=None)
    assert rows_of(with_pieces, "zones", "verdict") == {"lawful": 4.0, "look": 2.0, "refused": 1.0, "to_forest": 0.0}
    assert set(rows_of(with_pieces, "zones", "status").values()) == {1.75}


def test_lots_without_an_area_are_counted_aloud() -> None:
    page = page_of(30)
    assert page.lots is not None
    lots = page.lots.assign(dtich=float("nan"), geom_ha=float("nan"), use="production")
    assert legend(replace(page, lots=lots))["lots"]["use"] == [{"code": "production", "ha": 0, "missing": len(lots)}]


def test_a_feature_across_the_border_says_its_part_inside(told: outputs.Told) -> None:
    html = maps.officer_map(outputs.page_of(told))
    data = json.loads(re.search(r'id="geoplan-data">(.*?)</script>', html, re.S)[1])
    zones = data["layers"]["zones"]["columns"]
    inside = dict(zip(zones["zone_id"], zones["inside_ha"], strict=True))
    assert inside["b"] == pytest.approx(0.5, abs=0.01)
    assert (inside["a"], inside["c"]) == (None, None)
