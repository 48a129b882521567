"""Why papers and map differ: a reason only where a datum supports it."""

from typing import Any

import numpy as np
import pytest

from geoplan.messages import known, spoken
from geoplan.reconciliation import Reconciliation, reconcile
from geoplan.reconciliation.lots import CELLS
from tests.measures import world
from tests.reconciliation.world import ONE, blank, cover, ha, lots, paint


def of_one_lot(forest_value: int, fields: dict[str, Any], **beside: Any) -> Reconciliation:
    """A lot of 10 ha in A, wholly forest on the map or not."""
    made = lots(((0, 0, 100, 1000), 10.0, {"lot_id": "L", **fields}))
    forest = blank()
    paint(forest, 0, 0, 100, 1000, forest_value)
    return reconcile(world.communes(), made, cover(forest, **beside), as_of=world.AS_OF)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"ldlr": "DTR"}, "to_be_recognised"),
        ({"ldlr": "DT2"}, "regeneration"),
        ({"ldlr": "DK", "sldlr": "Chè"}, "tea"),
        ({"ldlr": "NN", "sldlr": "chè shan"}, "tea"),
        ({"ldlr": "DK", "land_code": "CLN"}, "orchard"),
        ({"ldlr": "NN", "land_code": "LNQ"}, "orchard"),
        ({"ldlr": "NN"}, "farm_land"),
        ({"ldlr": "DK", "land_code": "NHK"}, "farm_land"),
        ({"ldlr": None}, "type_unknown"),
        ({"ldlr": "DT1"}, "unexplained"),
        ({"ldlr": "DT1", "sldlr": "mỡ"}, "unexplained"),
    ],
)
def test_forest_on_the_map_alone(fields: dict[str, Any], reason: str) -> None:
    found = of_one_lot(1, fields)
    lot = found.lots.iloc[0]
    assert (lot["cell"], lot["reason"]) == ("measured_only", reason)
    assert lot["difference_ha"] / ONE == pytest.approx(10, rel=1e-5)
    assert ha(found.table, "00001", "measured_only", reason) == pytest.approx(10, rel=1e-5)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"ldlr": "TXN"}, "unexplained"),
        ({"ldlr": "RTG", "namtr": 2023}, "young_planting"),
        ({"ldlr": "RTG", "namtr": 2022}, "unexplained"),
        ({"ldlr": "RTG", "namtr": 2022, "ktan": 6}, "young_planting"),
        ({"ldlr": "RTG", "namtr": 0}, "unexplained"),
        ({"ldlr": "TXN", "namtr": 2025}, "unexplained"),
    ],
)
def test_forest_on_paper_alone(fields: dict[str, Any], reason: str) -> None:
    lot = of_one_lot(0, fields).lots.iloc[0]
    assert (lot["cell"], lot["reason"]) == ("official_only", reason)
    assert lot["difference_ha"] / ONE == pytest.approx(-10, rel=1e-5)
    assert lot["unexplained_ha"] / ONE == pytest.approx(10.0 if reason == "unexplained" else 0.0, rel=1e-5)


def test_pixels_say_why_each_for_itself() -> None:
    # Of 10 ha that the map does not have: 2 cleared in 2023, 2 in 2022, 2 a patch too small, 2 in shade, 2 nothing.
    cleared, before, shade = blank(0, np.int16), blank(), blank()
    paint(cleared, 0, 0, 100, 200, 2023)
    paint(cleared, 0, 200, 100, 400, 2022)
    paint(before, 0, 400, 100, 600, 1)
    paint(shade, 0, 600, 100, 800, 50)
    paint(shade, 0, 800, 100, 1000, 255)
    found = of_one_lot(0, {"ldlr": "TXN"}, cleared=cleared, before_rule=before, shade_pct=shade)
    reasons = {"recent_harvest": 2, "small_patch": 2, "shade": 2, "unexplained": 4}
    for reason, hectares in reasons.items():
        assert ha(found.table, "00001", "official_only", reason) == pytest.approx(hectares, rel=1e-5)
    assert found.lots["reason"].tolist() == ["unexplained"]
    assert ha(found.table, "00001", "official_only", "all") == pytest.approx(10, rel=1e-5)


def test_a_small_gap_in_forest_is_not_the_lots_fault() -> None:
    before = blank()
    paint(before, 0, 0, 100, 500, 1)
    found = of_one_lot(1, {"ldlr": "NN"}, before_rule=before)
    assert ha(found.table, "00001", "measured_only", "small_hole") == pytest.approx(5, rel=1e-5)
    assert ha(found.table, "00001", "measured_only", "farm_land") == pytest.approx(5, rel=1e-5)


def test_a_lot_that_differs_along_its_outline_alone() -> None:
    # The map lies 10 m east of the lot: a strip of 1 ha along the western edge. 20 m: not the outline's any more.
    for shift, reason in ((10, "edge"), (20, "unexplained")):
        forest = blank()
        paint(forest, 100 + shift, 0, 300, 1000, 1)
        made = lots(((100, 0, 300, 1000), 20.0, {"lot_id": "L"}))
        lot = reconcile(world.communes(), made, cover(forest), as_of=world.AS_OF).lots.iloc[0]
        assert (lot["cell"], lot["reason"]) == ("both", reason)
        assert lot["difference_ha"] / ONE == pytest.approx(-shift / 10, rel=1e-5)


def test_looks_are_a_mean_of_what_is_seen() -> None:
    looks = blank(10)
    paint(looks, 0, 0, 100, 500, 20)
    assert of_one_lot(1, {}, looks=looks).lots["looks_count"].tolist() == pytest.approx([15.0])
    assert np.isnan(of_one_lot(255, {}, looks=looks).lots["looks_count"]).all()


def test_the_lots_that_explain_it_largest_first() -> None:
    # A: 10 ha missing, 20 ha extra, 30 ha without a lot, a lot that agrees.
    forest = blank()
    paint(forest, 100, 0, 600, 1000, 1)
    paint(forest, 700, 0, 800, 1000, 1)
    made = lots(
        ((0, 0, 100, 1000), 10.0, {"lot_id": "missing"}),
        ((100, 0, 300, 1000), 20.0, {"lot_id": "extra", "ldlr": "DTR"}),
        ((700, 0, 800, 1000), 10.0, {"lot_id": "agrees"}),
    )
    found = reconcile(world.communes(), made, cover(forest), as_of=world.AS_OF)
    told = found.explaining
    assert told["lot_id"].fillna("-").tolist() == ["-", "extra", "missing"]
    assert told["reason"].tolist() == ["no_lot", "to_be_recognised", "unexplained"]
    np.testing.assert_allclose(told["difference_ha"] / ONE, [30, 20, -10], rtol=1e-5)
    np.testing.assert_allclose(told["cumulative_share"], [0.5, 5 / 6, 1.0], rtol=1e-5)
    keys = {note.key: note for note in found.notes}
    assert keys["reconciliation.go_and_see"].feature_ids == ("missing",)
    assert keys["reconciliation.go_and_see"].facts["area_ha"] == pytest.approx(10 * ONE, rel=1e-5)
    assert keys["reconciliation.no_lot"].facts["area_ha"] == pytest.approx(30 * ONE, rel=1e-5)
    assert "reconciliation.ground" in keys
    assert all(spoken(note, lang).found for note in found.notes for lang in ("vi", "en"))


def test_every_cell_and_reason_has_its_words() -> None:
    reasons = (
        "all recent_harvest young_planting small_patch small_hole shade to_be_recognised regeneration tea orchard "
        "farm_land type_unknown no_lot edge unseen_official unseen_other unexplained"
    )
    assert all(known(f"reconciliation.cell.{cell}") for cell in CELLS)
    assert all(known(f"reconciliation.reason.{reason}") for reason in reasons.split())


def test_lots_are_counted_from_a_pixel_up() -> None:
    forest = blank()
    paint(forest, 0, 0, 100, 1000, 1)
    made = lots(((0, 0, 100, 1000), 10.0, {}), ((100, 0, 200, 1000), 10.0, {}), ((200, 0, 200.5, 10), 0.01, {}))
    table = reconcile(world.communes(), made, cover(forest), as_of=world.AS_OF).table
    a = table[(table["unit_code"] == "00001") & (table["reason"] == "all")].set_index("cell")["lots"]
    assert a.to_dict() == {"both": 1, "official_only": 1, "measured_only": 0, "neither": 0, "unseen": 0}
