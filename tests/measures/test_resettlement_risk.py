"""Households and sites in the valley of `tests.hazard.world`: under the slope, in the water, on safe ground."""

from datetime import date
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from geoplan import messages
from geoplan.hazard.places import WORDS
from geoplan.measures.resettlement_risk import COLUMNS, MEASURE, PLACE_FIELDS, prepare, resettlement_risk
from geoplan.rasters import Raster
from geoplan.results import Findings, Prepared
from tests.hazard import world
from tests.measures.world import AS_OF, communes, frame, lots, parcels, rectangle, value

SAFE, WATER, NEAR_WATER, SLOPE, BELOW, UNSEEN = (100, 300), (200, 495), (1200, 464), (500, 750), (700, 660), (2950, 300)
"""On gentle ground; in the stream; 3.6 m above it; on the slope; on the terrace below it; where no height is."""
PRIVATE = {"head_name": "Người Giả", "phone": "0912 345 678", "id_no": "000000000001", "notes": "bịa"}


def homes(*places: tuple[float, float], **columns: list[Any]) -> gpd.GeoDataFrame:
    n = len(places)
    given = {
        "household_id": [f"H{i + 1}" for i in range(n)], "village_code": ["V1"] * n, "people": [4] * n,
        "status": ["at_risk"] * n, "form": [None] * n, "site_id": [None] * n, "moved_on": [None] * n,
        **{name: [text] * n for name, text in PRIVATE.items()},
    }  # fmt: skip
    return world.points(*places, **(given | columns))


def sites(*rows: tuple[tuple[float, float, float, float], str, float | None]) -> gpd.GeoDataFrame:
    columns = {
        "site_id": [f"S{i + 1}" for i in range(len(rows))],
        "name": [None] * len(rows),
        "kind": [row[1] for row in rows],
        "capacity_households": [row[2] for row in rows],
    }
    return frame([rectangle(*row[0]) for row in rows], columns)


@pytest.fixture(scope="module")
def dem(tmp_path_factory: pytest.TempPathFactory) -> Raster:
    return world.dem(tmp_path_factory.mktemp("dem"), unknown_from=2900)


@pytest.fixture(scope="module")
def ground(dem: Raster) -> Prepared:
    return prepare(communes(), dem, as_of=AS_OF)


def found(ground: Prepared, dem: Raster, households: Any = None, places: Any = None, **more: Any) -> Findings:
    units = more.pop("units", communes())
    return resettlement_risk(units, households, places, as_of=AS_OF, prepared=ground.value, **more)


def figures(result: Findings, code: str = "00001") -> dict[str, float]:
    return {column.name: value(result.table, code, column.name) for column in COLUMNS}


def verdicts(result: Findings) -> dict[str, str]:
    assert result.layer is not None
    return dict(zip(result.layer["place_id"], result.layer["verdict"], strict=True))


def reasons(result: Findings, place: str) -> list[str]:
    assert result.layer is not None
    text = result.layer.set_index("place_id").at[place, "reasons"]
    return [key.removeprefix("resettlement.reason.") for key in text.split()]


def named(notes: Any) -> dict[str, tuple[str, ...]]:
    return {note.key: note.feature_ids for note in notes}


def test_each_house_by_its_ground(ground: Prepared, dem: Raster) -> None:
    result = found(ground, dem, homes(SAFE, WATER, NEAR_WATER, SLOPE, BELOW, UNSEEN))
    assert verdicts(result) == {
        "H1": "safe",
        "H2": "at_risk",
        "H3": "conditional",
        "H4": "at_risk",
        "H5": "at_risk",
        "H6": "unknown",
    }
    assert reasons(result, "H1") == []
    assert reasons(result, "H2") == ["flood_high"]
    assert reasons(result, "H3") == ["flood_medium"]
    assert reasons(result, "H4") == ["landslide_high", "cut_slope", "steep"]
    assert reasons(result, "H5") == ["landslide_high"]
    assert reasons(result, "H6") == ["unseen"]
    assert result.layer is not None
    row = result.layer.set_index("place_id").loc["H4"]
    assert (row["landslide_class"], row["flood_class"], row["cut_slope"], row["slope_class"]) == (2.0, 0.0, True, "35+")
    unknown = result.layer.set_index("place_id").loc["H6"]
    assert unknown[["landslide_class", "debris_class", "flood_class", "cut_slope"]].isna().all()


def test_counts_by_commune(ground: Prepared, dem: Raster) -> None:
    result = found(ground, dem, homes(SAFE, WATER, NEAR_WATER, SLOPE, BELOW, UNSEEN))
    one = {
        "households_count": 4,
        "at_risk_count": 3,
        "high_count": 2,
        "conditional_count": 0,
        "unknown_count": 0,
        "moved_count": 0,
    }
    assert {name: figures(result)[name] for name in one} == one
    assert figures(result, "00002")["conditional_count"] == 1
    assert (figures(result, "00003")["households_count"], figures(result, "00003")["unknown_count"]) == (1, 1)
    assert np.isnan(figures(result)["sites_count"])  # no layer of sites: not 0
    assert named(result.notes)["resettlement.unknown"] == ("H6",)


def test_far_from_the_heights_is_unknown_never_safe(ground: Prepared, dem: Raster) -> None:
    far = communes()
    far.geometry = far.geometry.translate(0, 50_000)
    result = found(ground, dem, homes((100, 50_300)), units=far)
    assert verdicts(result) == {"H1": "unknown"}


def test_who_has_moved_is_at_risk_no_more(ground: Prepared, dem: Raster) -> None:
    status = ["moved", "moved", "moved", "stable"]
    moved_on = [date(2026, 3, 1), None, date(2026, 7, 1), date(2026, 2, 1)]
    result = found(ground, dem, homes(WATER, SLOPE, WATER, SLOPE, status=status, moved_on=moved_on))
    assert (figures(result)["moved_count"], figures(result)["at_risk_count"], figures(result)["households_count"]) == (
        2,
        2,
        4,
    )
    assert result.series.to_dict("records") == [
        {"unit_code": "00001", "year": 2026, "column": "moved_count", "value": 1.0}
    ]
    assert result.layer is not None
    assert result.layer["moved"].tolist() == [True, True, False, False]
    notes = named(result.notes)
    assert notes["resettlement.moved_undated"] == ("H2",)
    assert notes["resettlement.moved_ahead"] == ("H3",)
    assert notes["resettlement.moved_unsaid"] == ("H4",)


def test_records_and_terrain_are_two_things(ground: Prepared, dem: Raster) -> None:
    result = found(ground, dem, homes(SAFE, WATER, SAFE, status=["at_risk", "stable", "stable"]))
    assert figures(result)["at_risk_count"] == 1  # terrain's, whatever the records say
    notes = named(result.notes)
    assert notes["resettlement.records_graver"] == ("H1",)
    assert notes["resettlement.terrain_graver"] == ("H2",)
    rows = result.breakdown.set_index(["by", "group", "column"])["value"]
    assert rows["household_status", "at_risk", "households_count"] == 1
    assert rows["household_status", "at_risk", "at_risk_count"] == 0
    assert rows["verdict", "safe", "households_count"] == 2
    assert rows["village", "V1", "households_count"] == 3
    assert rows["danger", "flood", "at_risk_count"] == 1


def test_a_house_on_the_border_counts_once(ground: Prepared, dem: Raster) -> None:
    result = found(ground, dem, homes((1000, 300), (1000, 1000)))
    counts = [figures(result, code)["households_count"] for code in ("00001", "00002", "00003")]
    assert counts == [0, 1, 0]  # the second lies on the northern edge of both: in neither
    parts = [found(ground, dem, homes((1000, 300)), units=communes().iloc[[i]]) for i in range(3)]
    assert [part.table["households_count"].iloc[0] for part in parts] == [0, 1, 0]


def test_villages_get_their_rows(ground: Prepared, dem: Raster) -> None:
    villages = frame(
        [rectangle(0, 0, 1000, 480), rectangle(0, 480, 1000, 1000)], {"unit_code": ["V1", "V2"], "name": ["Một", "Hai"]}
    )
    units = pd.concat([communes(), villages.assign(level="village", area_official_ha=np.nan)], ignore_index=True)
    house = homes(SAFE, WATER, SLOPE, status=["moved", "at_risk", "at_risk"], moved_on=[date(2026, 1, 5), None, None])
    result = found(ground, dem, house, sites(((50, 200, 150, 300), "existing", 3)), units=units)
    assert [value(result.table, code, "households_count") for code in ("00001", "V1", "V2")] == [3, 1, 2]
    assert [value(result.table, code, "sites_count") for code in ("00001", "V1", "V2")] == [1, 1, 0]
    assert sorted(result.series["unit_code"]) == ["00001", "V1"]
    assert result.layer is not None
    assert set(result.layer["unit_code"]) == {"00001"}


def test_sites_by_shares_of_their_ground(ground: Prepared, dem: Raster) -> None:
    result = found(
        ground,
        dem,
        None,
        sites(
            ((100, 200, 160, 300), "planned", 8),  # 0.6 ha, gentle: 9 places
            ((100, 400, 200, 520), "existing", None),  # a third in the water
            ((300, 640, 400, 700), "planned", None),  # below the slope
            ((500, 200, 540, 240), "planned", 5),  # 0.16 ha: 2 places
            ((2890, 200, 2990, 300), "existing", None),  # mostly unseen
        ),
    )
    assert verdicts(result) == {"S1": "safe", "S2": "at_risk", "S3": "at_risk", "S4": "conditional", "S5": "unknown"}
    assert reasons(result, "S4") == ["small", "over_room"]
    assert "flood_high" in reasons(result, "S2")
    assert "landslide_high" in reasons(result, "S3")
    assert result.layer is not None
    layer = result.layer.set_index("place_id")
    assert layer["room_households"].tolist() == [9, 18, 9, 2, 15]
    assert layer.at["S1", "inside_ha"] == pytest.approx(0.6, rel=1e-3)
    assert (figures(result)["sites_count"], figures(result)["sites_at_risk_count"]) == (4, 2)
    assert np.isnan(figures(result)["households_count"])
    rows = result.breakdown.set_index(["unit_code", "by", "group"])["value"]
    assert rows["00001", "verdict", "at_risk"] == 2
    assert rows["00003", "verdict", "unknown"] == 1


def test_a_sliver_of_danger_is_the_line(ground: Prepared, dem: Raster) -> None:
    """4 % of the site in the water, then 12 %."""
    result = found(
        ground, dem, None, sites(((100, 240, 200, 490), "existing", None), ((300, 380, 400, 500), "existing", None))
    )
    assert result.layer is not None
    assert "flood_high" not in reasons(result, "S1")
    assert "flood_high" in reasons(result, "S2")


def test_a_planned_site_needs_a_road_and_water(ground: Prepared, dem: Raster) -> None:
    places = sites(((100, 200, 200, 300), "planned", None), ((100, 200, 200, 300), "existing", None))
    road, stream = world.line((100, -60), (300, -60)), world.line((0, 850), (300, 850))
    result = found(ground, dem, None, places, roads=road, streams=stream)
    assert reasons(result, "S1") == ["water_far"]  # the road is 260 m away, the stream 550 m
    assert verdicts(result) == {"S1": "conditional", "S2": "safe"}
    nothing = found(ground, dem, None, places, roads=road.iloc[:0])
    assert reasons(nothing, "S1") == ["road_far"]  # there is a layer of roads, and none is near
    assert result.layer is not None
    assert result.layer["road_m"].tolist() == pytest.approx([260.0, 260.0])


def test_a_planned_site_keeps_off_forest_and_rice(ground: Prepared, dem: Raster) -> None:
    places = sites(
        ((100, 200, 200, 300), "planned", None),
        ((100, 200, 200, 300), "existing", None),
        ((300, 200, 400, 300), "planned", None),
    )
    wood = lots(
        ((100, 200, 106, 300), 1, {"malr3": 1}),
        ((300, 200, 304, 300), 1, {"malr3": 2}),
        ((310, 200, 400, 300), 1, {"malr3": 3}),
    )
    rice = parcels(((194, 200, 250, 300), "LUC"), ((300, 200, 400, 300), "LUK"))
    result = found(ground, dem, None, places, forest_lots=wood, parcels=rice)
    assert reasons(result, "S1") == ["kept_forest", "rice_land"]  # 6 % each
    assert reasons(result, "S2") == reasons(result, "S3") == []


def test_a_site_across_a_border_stands_in_both_and_counts_once(ground: Prepared, dem: Raster) -> None:
    result = found(ground, dem, None, sites(((950, 200, 1075, 300), "planned", None)))
    assert [figures(result, code)["sites_count"] for code in ("00001", "00002")] == [0, 1]
    part = found(ground, dem, None, sites(((950, 200, 1075, 300), "planned", None)), units=communes().iloc[[0]])
    assert part.table["sites_count"].iloc[0] == 0
    assert part.layer is not None
    assert part.layer["inside_ha"].tolist() == pytest.approx([0.5], rel=1e-3)
    assert part.layer["unit_share"].tolist() == pytest.approx([0.4], rel=1e-3)
    assert len(part.breakdown) == 0


def test_no_private_field_leaves(ground: Prepared, dem: Raster) -> None:
    result = found(ground, dem, homes(SAFE, WATER), sites(((100, 200, 200, 300), "planned", 1)))
    assert result.layer is not None
    assert not {"head_name", "phone", "id_no", "notes", "people"} & set(result.layer.columns)
    assert set(PLACE_FIELDS) <= set(result.layer.columns)
    text = (
        result.layer.drop(columns="geometry").to_csv()
        + result.table.to_csv()
        + result.breakdown.to_csv()
        + str(result.notes)
    )
    assert not [word for word in PRIVATE.values() if word in text]


def test_a_household_and_a_site_of_one_id_stay_two(dem: Raster) -> None:
    house, place = homes(SAFE, household_id=["S1"]), sites(((100, 200, 200, 300), "existing", 1))
    both = prepare(communes(), dem, house, place, as_of=AS_OF)
    assert verdicts(found(both, dem, house, place)) == {"S1": "safe", "S1 (*)": "safe"}


def test_how_far_it_is_to_the_site(dem: Raster) -> None:
    house = homes(SAFE, SAFE, SAFE, (1040, 240), site_id=["S1", None, "S9", "S1"])
    places = sites(((130, 340, 200, 400), "planned", 5))  # 30 m east and 40 m north of the first house
    both = prepare(communes(), dem, house, places, as_of=AS_OF)
    result = found(both, dem, house, places)
    assert result.layer is not None
    metres = result.layer.set_index("place_id")["site_m"]
    assert metres["H1"] == pytest.approx(50.0)
    assert metres[["H2", "H3", "S1"]].isna().all()
    assert metres["H4"] == pytest.approx(np.hypot(840, 100))
    alone = prepare(communes(), dem, house, None, as_of=AS_OF)
    part = found(both, dem, house.iloc[[3]], None, units=communes().iloc[[1]])  # the site lies in another commune
    assert part.layer is not None
    assert part.layer["site_m"].tolist() == pytest.approx([np.hypot(840, 100)])
    assert found(alone, dem, house, None).layer["site_m"].isna().all()  # type: ignore[index]


def test_what_is_said_of_the_whole_project(dem: Raster) -> None:
    house = homes(SAFE, WATER, (5000, 300), WATER, site_id=["S1", "S9", None, "S2"])
    places = sites(((100, 200, 200, 300), "existing", 0), ((300, 640, 400, 700), "planned", 1))
    slides = world.points(
        *[(400, 750)] * 3, slide_id=["a", "b", "c"], happened_on=[date(2026, 8, 1), date(2025, 1, 1), None]
    )
    notes = named(prepare(communes(), dem, house, places, slides=slides, as_of=AS_OF).notes)
    assert notes["resettlement.outside"] == ("H3",)
    assert notes["resettlement.site_missing"] == ("H2",)
    assert notes["resettlement.site_full"] == ("S1",)
    assert notes["resettlement.site_at_risk"] == ("S2",)
    assert notes["resettlement.sent_to_risk"] == ("H4",)
    assert notes["resettlement.slides_ahead"] == ("a",)
    assert "resettlement.land_unchecked" in notes
    asked = prepare(
        communes(),
        dem,
        None,
        places,
        world.line((0, 0), (9, 9)),
        world.line((0, 0), (9, 9)),
        None,
        None,
        lots(),
        parcels(),
        as_of=AS_OF,
    )
    assert "resettlement.land_unchecked" not in named(asked.notes)
    assert "resettlement.nobody" in named(prepare(communes(), dem, as_of=AS_OF).notes)


@pytest.mark.parametrize(
    ("rain_mm", "days", "group", "levels", "key"),
    [
        (0.0, 0, "1", {}, None),
        (150.0, 1, "", {}, "resettlement.group_unset"),
        (150.0, 1, "2", {"not_listed": 1, "3": 1, "unknown": 1}, "resettlement.rule_applied"),
        (150.0, 1, "1", {"1": 1, "3": 1, "unknown": 1}, "resettlement.rule_applied"),
        (300.0, 1, "1", {"not_listed": 2, "unknown": 1}, "resettlement.rain_unlisted"),
    ],
)
def test_the_rule_only_where_it_is_asked_for(
    dem: Raster, rain_mm: float, days: int, group: str, levels: dict[str, int], key: str | None
) -> None:
    rain = {"rain_mm_24h": rain_mm, "wet_days": days, "province_group": group}
    made = prepare(communes(), dem, homes(SAFE), as_of=AS_OF, **rain)  # type: ignore[arg-type]  # of three kinds
    result = found(made, dem, homes(SAFE, SLOPE, UNSEEN), **rain)
    rows = result.breakdown[result.breakdown["by"] == "risk_level"]
    assert dict(zip(rows["group"], rows["value"], strict=True)) == levels
    said = {
        note for note in named(made.notes) if note.split(".")[1] in {"group_unset", "rule_applied", "rain_unlisted"}
    }
    assert said == ({key} if key else set())


def test_the_point_of_a_house_may_be_15_m_off(ground: Prepared, dem: Raster) -> None:
    """The cut slope stands behind the cells from 690 m; the water class is high to 20 m from the stream."""
    result = found(ground, dem, homes((1500, 685), (1500, 672), (1500, 472), (1500, 464)))
    assert "cut_slope" in reasons(result, "H1")
    assert "cut_slope" not in reasons(result, "H2")
    assert reasons(result, "H3") == ["flood_high"]
    assert reasons(result, "H4") == ["flood_medium"]


def test_coarse_heights_promise_no_safety(tmp_path: Path) -> None:
    fine = world.dem(tmp_path)
    values, t = fine.read()
    from affine import Affine

    coarse = world.written(
        tmp_path / "coarse.tif", values.filled(-9999)[::3, ::3], Affine(30, 0, t.c, 0, -30, t.f), "EPSG:9213"
    )
    made = prepare(communes(), coarse, as_of=AS_OF)
    result = found(made, coarse, homes(SAFE))
    assert verdicts(result) == {"H1": "conditional"}
    assert reasons(result, "H1") == ["cut_unseen"]


def test_no_houses_in_the_commune_are_none_not_unknown(ground: Prepared, dem: Raster) -> None:
    empty = found(ground, dem, homes(), sites())
    assert figures(empty)["households_count"] == 0
    assert figures(empty)["sites_count"] == 0
    assert empty.layer is not None
    assert len(empty.layer) == 0


def test_the_map_has_the_dangers_by_name(ground: Prepared) -> None:
    (grid,) = ground.grids
    assert grid.name == "hazard"
    assert set(np.unique(grid.values)) <= {*grid.classes, 255}
    assert {0, 2, 3, 255} <= set(np.unique(grid.values))
    assert all(messages.known(f"grid.hazard.{name}") for name in grid.classes.values())


def test_every_reason_has_its_sentence() -> None:
    assert all(messages.known(key) for key in WORDS.values())
    assert all(messages.known(f"column.{MEASURE.name}.{column.name}") for column in COLUMNS)


def test_every_group_has_its_name(ground: Prepared, dem: Raster) -> None:
    status = ["at_risk", "surveyed", "form_chosen", "moved", "stable", "stable"]
    house = homes(SAFE, WATER, NEAR_WATER, SLOPE, BELOW, UNSEEN, status=status)
    places = sites(((100, 200, 160, 300), "planned", 8), ((100, 200, 160, 300), "existing", 8))
    rows = [
        row
        for asked in ({"rain_mm_24h": 150.0, "wet_days": 1}, {"rain_mm_24h": 300.0, "wet_days": 1})
        for row in found(ground, dem, house, places, province_group="2", **asked).breakdown.to_dict("records")
    ]
    said = {(row["by"], row["group"]) for row in rows}
    assert {by for by, _ in said} == {"village", "household_status", "verdict", "danger", "place_kind", "risk_level"}
    assert all(messages.known(f"xlsx.by.{by}") for by, _ in said)
    assert all(messages.known(f"{by}.{group}") for by, group in said if by != "village")
    assert len([group for by, group in said if by == "risk_level"]) >= 3


def test_inputs_stay_as_they_are(ground: Prepared, dem: Raster) -> None:
    house, place = homes(SAFE, WATER), sites(((100, 200, 200, 300), "planned", 1))
    before = house.copy(deep=True), place.copy(deep=True)
    found(ground, dem, house, place)
    pd.testing.assert_frame_equal(house, before[0])
    pd.testing.assert_frame_equal(place, before[1])
