"""What issue 3 adds to the page as a file: cut by commune, nothing private, series and photos packed small."""

import json
import re
import warnings
from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest
import rasterio
from affine import Affine
from rasterio.enums import ColorInterp
from rasterio.io import MemoryFile

from geoplan import maps
from geoplan.maps import packing, palette
from geoplan.maps.grids import NEUTRAL, UNSEEN_COLOUR
from geoplan.maps.legend import legend, painted_as
from geoplan.maps.page import PLACE_COLUMNS
from geoplan.maps.series import series
from geoplan.results import OBSERVATION_COLUMNS, Grid
from tests.maps.conftest import VN2000, page_of
from tests.maps.seen_world import CODES, GROUND, grids_of, landscape, seen_page_of

SEEN = seen_page_of()


def data_of(html: str) -> dict:
    return json.loads(re.search(r'<script type="application/json" id="geoplan-data">(.*?)</script>', html, re.S)[1])


def column(layer: dict, name: str) -> list:
    found = layer["columns"][name]
    return found if isinstance(found, list) else [found["k"][i] for i in found["i"]]


def test_the_same_page_gives_the_same_bytes_and_stays_light() -> None:
    html = maps.officer_map(SEEN)
    assert html == maps.officer_map(seen_page_of())
    assert len(html.encode()) < 2_000_000


def test_no_private_field_of_a_household_reaches_the_page() -> None:
    html = maps.officer_map(SEEN)
    for private in ("Bí Mật", "0912345678", "006099000111", "ghi chú riêng", "head_name", '"phone"', '"notes":["ghi'):
        assert private not in html
    said = set(data_of(html)["layers"]["households"]["columns"])
    assert said <= {*PLACE_COLUMNS, "painted"}


@pytest.mark.parametrize("named", [True, False], ids=["by code", "by ground"])
def test_a_communes_page_has_its_own_places_and_series(named: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("geoplan.maps.officer.MOST_LOTS", 50)
    page = SEEN if named else replace(SEEN, places=SEEN.places.drop(columns="unit_code"))
    found = maps.officer_maps(page)
    ids = {name: data_of(html) for name, html in found.items()}
    whole = set(SEEN.places["place_id"])
    parts = []
    for code in CODES:
        layers = ids[f"map_{code}.html"]["layers"]
        own = {place for kind in ("households", "sites") for place in column(layers[kind], "place_id")}
        if named:
            assert own == set(SEEN.places.loc[SEEN.places["unit_code"] == code, "place_id"])
        parts.append(own)
        zones = set(column(layers["zones"], "zone_id"))
        assert set(ids[f"map_{code}.html"]["series"]["of"]) == zones
        assert not any(f'"{place}"' in found[f"map_{code}.html"] for place in whole - own if place.startswith("H"))
    assert parts[0] & parts[1] == set()
    assert parts[0] | parts[1] == whole
    assert set(ids["map.html"]["series"]["of"]) == {f"V{i}" for i in range(5)}


def test_an_overview_keeps_the_lots_agreement(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("geoplan.maps.officer.MOST_LOTS", 50)
    data = data_of(maps.officer_maps(SEEN)["map.html"])
    lots = data["layers"]["lots"]
    counts = pd.Series(column(lots, "lots_count")).groupby(column(lots, "agreement")).sum()
    assert counts.to_dict() == SEEN.lots["agreement"].value_counts().to_dict()
    said = {row["code"]: row["ha"] for row in data["legend"]["lots"]["agreement"]}
    assert said == pytest.approx(SEEN.lots.groupby("agreement")["dtich"].sum().to_dict(), abs=1e-3)


def test_sentences_that_many_lots_share_are_written_once() -> None:
    column_ = packing.column(pd.Series([("a", "b"), (), None] * 40), "vi")
    assert column_ == {"k": [("a", "b"), (), None], "i": [0, 1, 2] * 40}
    assert packing.column(pd.Series([("a",), ()]), "vi") == [("a",), ()]


def test_a_series_is_packed_by_hand() -> None:
    rows = [("V0", "2025-01-05", "ndvi", 0.614, 1.0), ("V0", "2025-01-05", "lswi", -0.1, 1.0), ("V0", "2025-01-15", "ndvi", 0.3, 0.55),
            ("V0", "2025-01-15", "bsi", 0.2, 0.55), ("V1", "2025-03-01", "ndvi", float("nan"), 0.2), ("other", "2024-01-01", "ndvi", 0.5, 1.0)]  # fmt: skip
    page = replace(SEEN, observations=pd.DataFrame(rows, columns=list(OBSERVATION_COLUMNS)))
    assert series(page) == {
        "first": "2025-01-05",
        "of": {
            "V0": {"days": [0, 10], "ndvi": [61, 30], "lswi": [-10, None], "seen": [100, 55], "planned": 41},
            "V1": {"days": [55], "ndvi": [None], "lswi": [None], "seen": [20], "planned": 46},
        },
    }
    assert series(page_of(30)) == {}
    assert series(replace(SEEN, observations=page.observations.iloc[:0])) == {}


def test_a_page_refuses_places_and_series_that_it_cannot_read() -> None:
    with pytest.raises(ValueError, match="places lacks verdict"):
        replace(SEEN, places=SEEN.places.drop(columns="verdict"))
    with pytest.raises(ValueError, match="places is not in the CRS"):
        replace(SEEN, places=SEEN.places.to_crs(4326))
    with pytest.raises(ValueError, match="observations lacks"):
        replace(SEEN, observations=SEEN.observations.drop(columns="seen_on"))


def counts(page: maps.Page, kind: str) -> dict[str, int]:
    return {row["code"]: row["count"] for row in legend(page)["places"].get(kind, [])}


def test_places_are_counted_by_the_table_else_by_themselves() -> None:
    assert counts(SEEN, "households") == {"at_risk": 7, "conditional": 6, "safe": 11, "moved": 10, "unknown": 6}
    bare = replace(SEEN, tables=())
    painted = painted_as(SEEN.places)[SEEN.places["place_kind"] == "household"].value_counts().to_dict()
    assert counts(bare, "households") == painted
    unknown = SEEN.tables[2].table.assign(moved_count=np.nan)
    assert counts(replace(SEEN, tables=[replace(SEEN.tables[2], table=unknown)]), "households") == painted
    one = replace(bare, communes=SEEN.communes[SEEN.communes["unit_code"] == CODES[0]])
    assert sum(counts(one, "households").values()) == (SEEN.places["unit_code"] == CODES[0]).sum() - 1
    assert counts(one, "sites") == {"safe": 1}
    assert legend(page_of(30))["places"] == {}


def test_a_household_that_moved_is_not_at_risk_there() -> None:
    house = SEEN.places.head(3).assign(verdict="at_risk", status=["moved", "at_risk", None])
    assert painted_as(house).tolist() == ["moved", "at_risk", "at_risk"]
    assert painted_as(house.assign(moved=[False, False, True])).tolist() == ["at_risk", "at_risk", "moved"]
    assert painted_as(house.assign(place_kind="planned", verdict="lạ")).tolist() == ["unknown"] * 3


def seen_rows(page: maps.Page) -> dict[str, tuple[float | None, int]]:
    return {row["code"]: (row["ha"], row["zones"]) for row in legend(page)["zones"]["verdict_seen"]}


def test_hectares_of_what_is_seen_are_the_tables() -> None:
    assert seen_rows(SEEN) == {"converted": (6.1, 1), "converting": (12.9, 1), "not_converted": (11.8, 1), "field_only": (None, 1),
                               "insufficient": (None, 1), "unknown": (11.4, 0)}  # fmt: skip
    one = replace(SEEN, communes=SEEN.communes[SEEN.communes["unit_code"] == CODES[0]])
    assert seen_rows(one)["not_converted"] == (2.0, 0)
    assert seen_rows(replace(SEEN, tables=()))["unknown"] == (pytest.approx(11.4), 0)


def test_columns_that_no_image_filled_are_as_if_they_were_not_there() -> None:
    """A measure gives its columns in any case; empty ones make no legend and no card."""
    page = replace(SEEN, zones=SEEN.zones.assign(verdict_seen=None), lots=SEEN.lots.assign(agreement=None))
    said = legend(page)
    assert "verdict_seen" not in said["zones"]
    assert "agreement" not in said["lots"]


def test_unknown_hectares_of_the_images_are_none_of_the_law() -> None:
    """Without a breakdown the pieces of the law are summed from the zones: unknown_ha is then of the images."""
    page = replace(SEEN, zones=SEEN.zones.assign(lawful_ha=1.0, look_ha=0.5, refused_ha=0.0, to_forest_ha=0.0))
    page.zones.loc[2, "verdict"] = "unknown"
    said = {row["code"]: row["ha"] for row in legend(page)["zones"]["verdict"]}
    assert (said["unknown"], said["lawful"]) == (0.0, 4.0)


def pixels(png: bytes) -> np.ndarray:
    with warnings.catch_warnings(), MemoryFile(png) as memory:
        warnings.simplefilter("ignore", rasterio.errors.NotGeoreferencedWarning)
        source = memory.open()
        bands, kinds = source.read(), source.colorinterp
        colours = source.colormap(1) if kinds[0] == ColorInterp.palette else {}
    if not colours:
        return np.moveaxis(bands, 0, -1)
    return np.array([colours[i] for i in range(len(colours))], np.uint8)[bands[0]]


def test_a_photo_is_light_and_looks_the_same() -> None:
    values = landscape(cleared=True)
    made = maps.photo("after", values, GROUND, VN2000, "2026")
    assert made.label == "2026"
    assert len(made.png) < 450_000
    back = pixels(made.png)
    inside = (slice(60, -60), slice(60, -60))
    assert (back[inside][..., 3] == 255).all()
    assert back[10, 10, 3] == 0  # the corner that was not seen
    rows, columns = (round(n * 0.33) for n in back.shape[:2])
    clearing = (
        back[rows - 5 : rows + 5, round(columns * 2.0) - 5 : round(columns * 2.0) + 5, :3].reshape(-1, 3).mean(axis=0)
    )
    assert np.abs(clearing - [204, 115, 122]).max() < 5
    assert made.png == maps.photo("after", values, GROUND, VN2000, "2026").png


def test_a_big_photo_weighs_what_a_page_can_bear() -> None:
    rng = np.random.default_rng(3)
    noise = rng.integers(60, 190, (570, 620, 4)).astype(np.uint8)
    noise[..., 3] = 255
    assert len(maps.photo("before", noise, Affine(10, 0, 430_000, 0, -10, 2_460_000), VN2000).png) < 450_000


def test_few_colours_are_kept_as_they_are_and_many_are_near() -> None:
    three = np.array([[0, 0, 0], [200, 100, 50], [255, 255, 255]], np.uint8)
    chosen, colours = palette.few(three.repeat(50, axis=0))
    assert (colours[chosen] == three.repeat(50, axis=0)).all()
    rng = np.random.default_rng(0)
    cloud = np.clip(rng.normal([90, 140, 60], [30, 20, 15], (40_000, 3)), 0, 255).astype(np.uint8)
    chosen, colours = palette.few(cloud)
    assert len(colours) <= 255
    assert np.abs(colours[chosen].astype(float) - cloud).mean() < 5
    assert [part.shape for part in palette.few(np.zeros((0, 3), np.uint8))] == [(0,), (0, 3)]


def test_grids_have_their_colours_and_the_unseen_is_grey() -> None:
    cover, hazard = (maps.grid_overlay(grid) for grid in grids_of())
    assert [colour for _, colour in cover.classes] == ["#2f6b4f", "#a8b86a", "#d97a2b", UNSEEN_COLOUR]
    assert cover.classes[-1][0] == "Chưa nhìn thấy, chưa rõ"
    assert len({colour for _, colour in hazard.classes}) == 4
    assert (*bytes.fromhex(UNSEEN_COLOUR[1:]), 255) in {tuple(p) for p in pixels(cover.png).reshape(-1, 4)}
    lone = Grid("new", np.ones((30, 30), np.uint8), GROUND, VN2000, {1: "<b>lạ</b>"})
    assert maps.grid_overlay(lone, "en").classes == (("<b>lạ</b>", NEUTRAL),)
    assert maps.grid_overlay(lone).label == "new"


def test_classes_that_are_not_painted_are_clear() -> None:
    grid = Grid("measured_cover", np.zeros((30, 30), np.uint8), GROUND, VN2000, {1: "forest", 0: "not_forest"})
    made = maps.grid_overlay(grid)
    assert [colour for _, colour in made.classes] == ["#2f6b4f"]
    assert pixels(made.png)[..., 3].max() == 0


def test_a_zone_planned_without_a_day_has_no_plan_line() -> None:
    packed = series(SEEN)["of"]
    first = date.fromisoformat(series(SEEN)["first"])
    assert packed["V0"]["planned"] == (date(2025, 2, 15) - first).days
    assert packed["V3"]["planned"] is None
