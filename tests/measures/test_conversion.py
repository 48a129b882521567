"""The ledger and the law, by hand: zones of one hectare (100 m) on the central meridian."""

from datetime import date
from typing import Any

import pandas as pd
import pytest

from geoplan import areas, crops
from geoplan.measures import conversion
from geoplan.results import OBSERVATION_COLUMNS
from tests.measures.world import AS_OF, communes, lots, parcels, value, zones

ONE = 1 / 0.9999**2
"""Geodesic hectares of 100 x 100 m."""
ACCEPTED = {"status": "accepted", "accepted_no": "12/BB", "accepted_on": date(2026, 5, 4), "declared_ha": 1.0}


def at(column: int, width: float = 100) -> tuple[float, float, float, float]:
    return (200 * column, 0, 200 * column + width, 100)


def measured(*rows: tuple[tuple[float, float, float, float], dict[str, object]], **layers: object) -> object:
    return conversion.conversion(communes(), zones(*rows), as_of=AS_OF, **layers)  # type: ignore[arg-type]


def figures(found: object, code: str = "00001") -> dict[str, float]:
    return {c.name: value(found.table, code, c.name) for c in conversion.COLUMNS if not c.optional}  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("land_code", "to_group", "verdict"),
    [
        ("LUC", "perennial", "refused"), ("LUC", "annual", "lawful"), ("LUC", "aquaculture", "look"), ("LUC", "forest", "to_forest"),
        ("LUK", "perennial", "lawful"), ("LUK", "annual", "lawful"), ("LUK", "aquaculture", "look"), ("LUK", "forest", "to_forest"),
        ("LUN", "perennial", "look"), ("CHN", "annual", "look"), ("COC", "annual", "look"), ("HNK", "perennial", "lawful"), ("NHK", "annual", "lawful"), ("BHK", "forest", "to_forest"),
        ("HNK", "aquaculture", "look"), ("LUA", "perennial", "look"), ("CLN", "perennial", "look"), ("RSX", "perennial", "look"),
        (None, "perennial", "look"), ("XYZ", "annual", "look"), (" luc ", "perennial", "refused"), ("LUK", None, "look"),
    ],
)  # fmt: skip
def test_the_law(land_code: str | None, to_group: str | None, verdict: str) -> None:
    assert conversion.judge(land_code, to_group)[0] == verdict


def test_three_sums_that_are_never_added() -> None:
    found = measured(
        (at(0), {"status": "draft"}),
        (at(1), {"status": "submitted"}),
        (at(2), {"status": "carried_out", "declared_ha": 0.9}),
        (at(3), ACCEPTED),
    )
    expected = {
        "planned_ha": 3 * ONE,
        "declared_ha": 1.9,
        "accepted_ha": 1.0,
        "accepted_look_ha": 0,
        "refused_ha": 0,
        "to_forest_ha": 0,
        "look_ha": 0,
    }
    assert figures(found) == pytest.approx(expected, rel=1e-5)


def test_accepted_needs_number_date_and_a_day_that_has_come() -> None:
    found = measured(
        (at(0), ACCEPTED | {"accepted_no": None}),
        (at(1), ACCEPTED | {"accepted_on": None}),
        (at(2), ACCEPTED | {"accepted_on": date(2026, 7, 1)}),
    )
    assert figures(found)["accepted_ha"] == 0
    notes = {note.key: note.feature_ids for note in found.notes}  # type: ignore[attr-defined]
    assert notes["conversion.no_minutes"] == ("Z1", "Z2")
    assert notes["conversion.minutes_ahead"] == ("Z3",)


def test_what_the_law_refuses_is_not_accepted_even_with_minutes() -> None:
    found = measured(
        (at(0), ACCEPTED | {"land_code": "LUC"}), (at(1), ACCEPTED | {"to_group": "forest"}), (at(2), ACCEPTED)
    )
    assert figures(found)["accepted_ha"] == pytest.approx(1.0)
    assert figures(found)["refused_ha"] == pytest.approx(ONE, rel=1e-5)
    assert figures(found)["to_forest_ha"] == pytest.approx(ONE, rel=1e-5)
    (note,) = [n for n in found.notes if n.key == "conversion.accepted_unlawful"]  # type: ignore[attr-defined]
    assert note.feature_ids == ("Z1", "Z2")


def test_a_zone_over_two_parcels_is_judged_piece_by_piece() -> None:
    ground = parcels(((0, 0, 30, 100), "LUC"), ((30, 0, 100, 100), "LUK"))
    found = measured((at(0), ACCEPTED | {"land_code": "LUK"}), parcels=ground)
    assert figures(found)["refused_ha"] == pytest.approx(0.3 * ONE, rel=1e-4)
    assert figures(found)["accepted_ha"] == pytest.approx(0.7, rel=1e-4)
    assert found.layer["verdict"].tolist() == ["refused"]  # type: ignore[attr-defined]


def test_forest_beneath_a_zone_needs_a_look() -> None:
    wood = lots(((0, 0, 50, 100), 0.5, {"ldlr": "TXN"}), ((200, 0, 250, 100), 0.5, {"ldlr": "NN"}))
    found = measured((at(0), {}), (at(1), {}), forest_lots=wood)
    layer = found.layer.set_index("zone_id")  # type: ignore[attr-defined]
    assert layer["verdict"].to_dict() == {"Z1": "look", "Z2": "lawful"}
    assert layer.at["Z1", "natural_forest_overlap_ha"] == pytest.approx(0.5 * ONE, rel=1e-5)
    assert figures(found)["look_ha"] == pytest.approx(0.5 * ONE, rel=1e-5)  # the part over forest, not the zone


def test_a_zone_across_a_border_counts_in_each_commune_by_its_share() -> None:
    found = measured(((950, 0, 1050, 100), ACCEPTED))
    assert figures(found)["accepted_ha"] == pytest.approx(0.5, rel=1e-4)
    assert figures(found, "00002")["accepted_ha"] == pytest.approx(0.5, rel=1e-4)


def test_a_mark_is_judged_and_shown_and_in_no_total() -> None:
    marks = zones((at(3), {"zone_id": "Z1", "land_code": "LUC"}))[
        ["zone_id", "name", "from_crop", "to_group", "geom_ha", "geometry"]
    ]
    found = measured((at(0), {"status": "submitted"}), draft_zones=marks)
    assert figures(found)["planned_ha"] == pytest.approx(ONE, rel=1e-5)
    layer = found.layer.set_index("zone_id")  # type: ignore[attr-defined]
    assert layer["status"].to_dict() == {"Z1": "submitted", "Z1 (*)": "draft"}


def test_accepted_by_year() -> None:
    found = measured((at(0), ACCEPTED), (at(1), ACCEPTED | {"accepted_on": date(2025, 12, 31)}))
    assert dict(zip(found.series["year"], found.series["value"], strict=True)) == pytest.approx({2025: 1, 2026: 1})  # type: ignore[attr-defined]


def test_parcels_over_each_other_count_once_and_the_graver_verdict_keeps_the_ground() -> None:
    ground = parcels(((0, 0, 60, 100), "LUK"), ((40, 0, 100, 100), "LUC"))
    found = measured((at(0), ACCEPTED), parcels=ground)
    assert figures(found)["planned_ha"] == pytest.approx(ONE, rel=1e-5)
    assert figures(found)["refused_ha"] == pytest.approx(0.6 * ONE, rel=1e-4)
    assert figures(found)["accepted_ha"] == pytest.approx(0.4, rel=1e-4)


def test_the_refused_part_stays_where_it_lies() -> None:
    """A zone half in A and half in B, refused only in A: B's half is accepted whole."""
    ground = parcels(((950, 0, 1000, 100), "LUC"), ((1000, 0, 1050, 100), "LUK"))
    found = measured(((950, 0, 1050, 100), ACCEPTED), parcels=ground)
    assert [figures(found, code)["accepted_ha"] for code in ("00001", "00002")] == pytest.approx([0, 0.5], abs=1e-4)


def test_accepted_ground_that_needs_a_look_is_summed_apart_and_named() -> None:
    codes = ("LUK", "RSX", "ONT", "CLN", None, "LUA")
    found = measured(*((at(i), ACCEPTED | {"land_code": code, "from_crop": "maize"}) for i, code in enumerate(codes)))
    assert figures(found, "00001")["accepted_ha"] + figures(found, "00002")["accepted_ha"] == pytest.approx(6, rel=1e-4)
    look = sum(figures(found, code)["accepted_look_ha"] for code in ("00001", "00002"))
    assert look == pytest.approx(5, rel=1e-4)
    (note,) = [n for n in found.notes if n.key == "conversion.accepted_look"]  # type: ignore[attr-defined]
    assert note.feature_ids == ("Z2", "Z3", "Z4", "Z5", "Z6")


def test_every_verdict_goes_by_the_piece_and_together_they_are_the_zone() -> None:
    ground = parcels(((0, 0, 25, 100), "LUC"), ((25, 0, 60, 100), "LUA"), ((60, 0, 100, 100), "LUK"))
    found = measured((at(0), {}), parcels=ground)
    sums = figures(found)
    assert (sums["refused_ha"], sums["look_ha"]) == pytest.approx((0.25 * ONE, 0.35 * ONE), rel=1e-4)
    zone = found.layer.iloc[0]  # type: ignore[attr-defined]
    assert zone["verdict"] == "refused"
    assert sum(zone[f"{v}_ha"] for v in conversion.VERDICTS) == pytest.approx(zone["geom_ha"], rel=1e-6)


def test_a_line_drawn_twice_does_not_make_a_zone_unlawful() -> None:
    """A sliver of 0.1 m over a LUC parcel: 10 square metres of a hectare."""
    ground = parcels(((-50, 0, 0.1, 100), "LUC"), ((0.1, 0, 100, 100), "LUK"))
    found = measured((at(0), ACCEPTED), parcels=ground)
    assert found.layer["verdict"].tolist() == ["lawful"]  # type: ignore[attr-defined]
    assert figures(found)["refused_ha"] == 0
    assert figures(found)["accepted_ha"] == pytest.approx(1.0, rel=1e-6)


def test_a_small_share_of_a_large_zone_is_no_line_drawn_twice() -> None:
    """Half a per cent of four hectares is 200 square metres of rice land: refused, however small its share."""
    ground = parcels(((0, 0, 1, 200), "LUC"), ((1, 0, 200, 200), "LUK"))
    found = measured(((0, 0, 200, 200), {}), parcels=ground)
    assert figures(found)["refused_ha"] == pytest.approx(0.02 * ONE, rel=1e-4)
    assert found.layer["verdict"].tolist() == ["refused"]  # type: ignore[attr-defined]


def test_what_the_paper_says_against_itself_is_named() -> None:
    found = measured(
        (at(0), {"status": None}),
        (at(1), {"status": "carried_out", "declared_ha": 1.0, "accepted_no": "3", "accepted_on": date(2026, 1, 9)}),
        (at(2), {"land_code": "LUC"}),
        (at(3), {"land_code": "HNK", "from_crop": "rice"}),
        parcels=parcels((at(2), "LUK")),
    )
    named = {note.key: note.feature_ids for note in found.notes}  # type: ignore[attr-defined]
    assert named["conversion.status_missing"] == ("Z1",)
    assert named["conversion.minutes_not_accepted"] == ("Z2",)
    assert named["conversion.code_differs"] == ("Z3",)
    assert named["conversion.crop_differs"] == ("Z4",)


def test_a_zone_of_the_neighbour_is_not_spoken_of() -> None:
    far = ((3500, 0, 3600, 100), ACCEPTED | {"accepted_no": None})
    found = conversion.conversion(communes(), zones(far), as_of=AS_OF)
    assert (len(found.layer), found.notes) == (0, ())  # type: ignore[arg-type]  # a layer is there


def test_a_border_zone_keeps_what_lies_inside() -> None:
    found = measured(((-50, 0, 50, 100), {"land_code": "LUC"}))
    zone = found.layer.iloc[0]  # type: ignore[attr-defined]
    assert (zone["inside_ha"], zone["refused_ha"]) == pytest.approx((0.5 * ONE, 0.5 * ONE), rel=1e-4)
    assert figures(found)["refused_ha"] == pytest.approx(0.5 * ONE, rel=1e-4)


def _verified(zones_: Any, _stack: Any, *, as_of: date) -> crops.Verified:
    """Of every zone 0.6 converted, 0.3 converting, 0.1 not; sure to a tenth of the zone either way."""
    ha = areas.hectares(zones_)
    shares = {"converted": 0.6, "converting": 0.3, "not_converted": 0.1, "unknown": 0.0}
    table = pd.DataFrame({"zone_id": zones_["zone_id"], "verdict_seen": "converted", "reasons": "", "looks_count": 20})
    table = table.assign(**{f"{name}_ha": share * ha for name, share in shares.items()})
    table = table.assign(converted_low_ha=0.5 * ha, converted_high_ha=0.7 * ha)
    return crops.Verified(table, pd.DataFrame(columns=list(OBSERVATION_COLUMNS)))


def test_without_images_what_is_seen_is_not_known_and_not_nothing() -> None:
    found: Any = measured((at(0), {}), (at(1), {"land_code": "LUC"}), (at(2), {"to_group": "forest"}))
    names = [*conversion.SEEN, *conversion.BOUNDS]
    assert found.table[names].isna().all(axis=None)
    assert found.layer[names].isna().all(axis=None)
    assert "verdict_seen" not in set(found.breakdown["by"])


def test_what_is_seen_shares_what_the_law_lets_count(monkeypatch: pytest.MonkeyPatch) -> None:
    """Z1: half refused; Z2: a quarter in B; Z3: forest; Z4: a draft of the file; a mark over Z1. 100 x 100 m each."""
    monkeypatch.setattr(conversion.crops, "verify", _verified)
    rows = ((at(0), {}), ((925, 0, 1025, 100), {}), (at(2), {"to_group": "forest"}), (at(3), {"status": "draft"}))
    beneath = parcels(((0, 0, 50, 100), "LUC"), ((50, 0, 1100, 100), "LUK"))
    drafts = zones((at(0), {})).assign(zone_id="Z9")
    found: Any = measured(*rows, parcels=beneath, draft_zones=drafts, sentinel2=object())
    table = found.table.set_index("unit_code")
    assert table.loc["00001", "converted_ha"] == pytest.approx(0.6 * (0.5 + 0.75) * ONE, rel=1e-4)
    assert table.loc["00002", "converted_ha"] == pytest.approx(0.6 * 0.25 * ONE, rel=1e-4)
    left = table["planned_ha"] - table["refused_ha"] - table["to_forest_ha"]
    assert table[list(conversion.SEEN)].sum(axis=1).tolist() == pytest.approx(left.tolist(), abs=1e-9)
    assert (table["converted_ha_low"] <= table["converted_ha"]).all()
    assert (table["converted_ha"] <= table["converted_ha_high"]).all()
    layer = found.layer.set_index("zone_id")
    assert layer.loc["Z9", [*conversion.SEEN, *conversion.BOUNDS]].isna().all()  # a mark is not looked at
    (note,) = [n for n in found.notes if n.key == "conversion.seen_shared"]
    assert note.feature_ids == ("Z1",)  # Z2 lies wholly in communes at hand, Z3 counts nowhere
    (note,) = [n for n in found.notes if n.key == "conversion.seen_unlawful"]
    assert note.feature_ids == ("Z1", "Z3")
    assert note.facts["area_ha"] == pytest.approx((0.5 + 1.0) * ONE, rel=1e-4)
