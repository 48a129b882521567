"""Intervals of the cells from points, and the z of two figures.

Commune A: lot 0-400 is forest on paper (40 ha), the map has 0-500 (50 ha). Two strata: the map's forest, the rest.
"""

import math
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely import Point

from geoplan import areas
from geoplan.messages import spoken
from geoplan.reconciliation import Reconciliation, ReferenceSample, reconcile
from geoplan.reconciliation.intervals import z_score
from tests.measures import world
from tests.reconciliation.world import ONE, blank, cover, lots, paint, unit


def points(*rows: tuple[int, float, str, float]) -> gpd.GeoDataFrame:
    """So many points at an easting (spread along the northing), of a stratum, read as forest or not."""
    made = [
        (Point(world.X + x, world.Y + 1000 * (k + 0.5) / n), stratum, forest)
        for n, x, stratum, forest in rows
        for k in range(n)
    ]
    shapes, strata, forest = zip(*made, strict=True)
    return gpd.GeoDataFrame({"stratum": list(strata), "forest": list(forest)}, geometry=list(shapes), crs=world.CRS)


def strata(*rows: tuple[int, int, float]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["zone", "value", "ha"])


SAMPLE = points((36, 205, "1", 1.0), (4, 205, "1", 0.0), (10, 455, "1", 0.0), (45, 755, "2", 0.0), (5, 755, "2", 1.0))
STRATA = strata((0, 1, 50 * ONE), (0, 2, 50 * ONE))


def reconciled(
    sample: gpd.GeoDataFrame = SAMPLE, areas_ha: pd.DataFrame = STRATA, **unit_fields: Any
) -> Reconciliation:
    forest = blank()
    paint(forest, 0, 0, 500, 1000, 1)
    made = lots(((0, 0, 400, 1000), 40.0, {}))
    return reconcile(
        world.communes(**unit_fields), made, cover(forest), as_of=world.AS_OF, sample=ReferenceSample(sample, areas_ha)
    )


def test_cells_corrected_by_hand() -> None:
    # 50 points a stratum of 50 ha: a point stands for a hectare. On paper and forest: 40 on the map less 4.
    # On paper alone: 4. Map's forest off paper (10): none is, so 10 - 10 + 5 elsewhere. Neither: 50 - 5 + 10.
    a = unit(reconciled().units, "00001")
    estimates = [
        a[f"{cell}_estimate_ha"] / ONE for cell in ("both", "official_only", "measured_only", "neither", "forest")
    ]
    np.testing.assert_allclose(estimates, [36, 4, 5, 55, 41], rtol=1e-5)
    assert a["both_ha"] / ONE == pytest.approx(40, rel=1e-5)  # the map's own figure stands beside it
    assert a["sample_count"] == 100
    # both: off by 1 at 4 of 50 points in stratum 1; no error in stratum 2: half of one in the variance.
    rate = 0.5 / 51
    se = 50 * math.sqrt(0.08 * 0.92 / 49 + rate * (1 - rate) / 49)
    assert a["both_low_ha"] / ONE == pytest.approx(36 - 1.96 * se, rel=1e-5)
    assert a["both_high_ha"] / ONE == pytest.approx(36 + 1.96 * se, rel=1e-5)


def test_the_long_table_carries_intervals_on_the_sums_alone() -> None:
    found = reconciled()
    mine = found.table[found.table["unit_code"] == "00001"]
    whole = mine[mine["reason"] == "all"].set_index("cell")
    assert whole.loc["both", "low"] == unit(found.units, "00001")["both_low_ha"]
    assert whole["n"].fillna(0).tolist() == [100, 100, 100, 100, 0]
    assert whole.loc["unseen", ["low", "high"]].isna().all()
    assert mine.loc[mine["reason"] != "all", ["low", "high", "n"]].isna().all(axis=None)


def test_points_on_ground_not_seen_correct_the_map_too() -> None:
    forest = blank()
    paint(forest, 0, 0, 500, 1000, 1)
    paint(forest, 200, 0, 300, 1000, 255)  # all 40 points of the lot lie there
    made = lots(((0, 0, 400, 1000), 40.0, {}))
    sample = ReferenceSample(SAMPLE, STRATA)
    found = unit(reconcile(world.communes(), made, cover(forest), as_of=world.AS_OF, sample=sample).units, "00001")
    # The map has 30 on both and the points add 36 x 50/50 that it does not see: the sample decides.
    assert found["both_ha"] / ONE == pytest.approx(30, rel=1e-5)
    assert found["both_estimate_ha"] / ONE == pytest.approx(30 + 36, rel=1e-5)
    assert found["official_only_estimate_ha"] / ONE == pytest.approx(4, rel=1e-5)
    assert found["forest_estimate_ha"] / ONE == pytest.approx(40 + 36 - 10 + 5, rel=1e-5)


def test_too_few_points_give_a_word_and_no_interval() -> None:
    found = reconciled(SAMPLE[SAMPLE["stratum"] == "1"])
    a = unit(found.units, "00001")
    assert (
        a[["both_low_ha", "both_high_ha", "both_estimate_ha", "forest_se_ha", "sample_count", "z_score"]].isna().all()
    )
    told = {note.facts.get("unit"): note for note in found.notes if note.key == "reconciliation.no_interval"}
    assert told["A"].facts["strata"] == "2: 0"
    assert "2: 0" in spoken(told["A"]).found
    # B and C have no strata at all.
    assert [n.facts["unit"] for n in found.notes if n.key == "reconciliation.strata_short"] == ["B", "C"]


def test_few_points_of_a_commune_lean_on_all_of_them() -> None:
    # B has 10 points a stratum, of 60 in all, and 50 ha a stratum of the 300 that they were drawn from. Forest at its
    # 10 of stratum 2 only: 0 ha on the map + 300 x 10/60. A has points enough of its own and keeps its figures.
    beyond = points((10, 1105, "1", 0.0), (10, 1505, "2", 1.0))
    both = gpd.GeoDataFrame(pd.concat([SAMPLE, beyond], ignore_index=True), crs=world.CRS)
    held = strata((0, 1, 50 * ONE), (0, 2, 50 * ONE), (1, 1, 50 * ONE), (1, 2, 50 * ONE))
    forest = blank()
    paint(forest, 0, 0, 500, 1000, 1)
    made = lots(((0, 0, 400, 1000), 40.0, {}))
    alone, leaning = (
        reconcile(world.communes(), made, cover(forest), as_of=world.AS_OF, sample=ReferenceSample(both, held, whole))
        for whole in (None, {"1": 300 * ONE, "2": 300 * ONE})
    )
    assert math.isnan(unit(alone.units, "00002")["forest_estimate_ha"])
    b = unit(leaning.units, "00002")
    assert b["forest_estimate_ha"] / ONE == pytest.approx(300 / 6, rel=1e-5)
    one, share = 0.5 / 61, 1 / 6
    se = 300 * math.sqrt(one * (1 - one) / 59 + share * (1 - share) / 59)
    assert b["forest_se_ha"] / ONE == pytest.approx(se, rel=1e-5)
    assert b["sample_count"] == 20
    said = {note.facts["unit"]: note for note in leaning.notes if note.key == "reconciliation.leaning"}
    assert list(said) == ["B"]
    assert "20 điểm mẫu" in spoken(said["B"]).found
    pd.testing.assert_series_equal(unit(alone.units, "00001"), unit(leaning.units, "00001"))


def test_points_drawn_for_one_commune_say_nothing_of_another() -> None:
    # B has half of each stratum and 10 of 60 points: by chance once in 40 million. To lean on all points would give B
    # 100 x 10/60 = 17 ha where half of it, 50 ha, is forest. Without any point of its own it gets no interval either.
    beyond = points((10, 1105, "1", 0.0), (10, 1505, "2", 1.0))
    held = strata((0, 1, 50 * ONE), (0, 2, 50 * ONE), (1, 1, 50 * ONE), (1, 2, 50 * ONE))
    made = lots(((0, 0, 400, 1000), 40.0, {}))
    for own in (beyond, beyond.iloc[:0]):
        all_points = gpd.GeoDataFrame(pd.concat([SAMPLE, own], ignore_index=True), crs=world.CRS)
        sample = ReferenceSample(all_points, held, {"1": 100 * ONE, "2": 100 * ONE})
        found = reconcile(world.communes(), made, cover(blank()), as_of=world.AS_OF, sample=sample)
        assert math.isnan(unit(found.units, "00002")["forest_estimate_ha"])
        (told,) = [note for note in found.notes if note.key == "reconciliation.uneven"]
        assert (told.facts["unit"], told.facts["n"]) == ("B", len(own))


def test_no_figure_lies_outside_what_can_be() -> None:
    # The map has 10 ha of forest on A, all points but those on it were read as other land: 10 - 100 x 10/60 ha.
    forest = blank()
    paint(forest, 0, 0, 100, 1000, 1)
    sample = ReferenceSample(points((10, 55, "1", 0.0), (50, 555, "1", 0.0)), strata((0, 1, 100 * ONE)))
    made = lots(((0, 0, 400, 1000), 40.0, {}))
    found = reconcile(world.communes(), made, cover(forest), as_of=world.AS_OF, sample=sample)
    row = unit(found.units, "00001")
    for name in ("forest", "both", "official_only", "measured_only", "neither"):
        value, low, high = (row[f"{name}_{part}_ha"] for part in ("estimate", "low", "high"))
        assert 0 <= low <= value <= high <= row["ground_ha"], name
    assert row["forest_estimate_ha"] == 0


def test_a_map_taught_at_the_points_has_no_part_in_the_figure() -> None:
    # 50 ha x 36/50 + 50 ha x 5/50 = 41 ha, the map or another one.
    made = lots(((0, 0, 400, 1000), 40.0, {}))
    sample = ReferenceSample(SAMPLE, STRATA, assisted=False)
    for value in (0, 1):
        found = reconcile(world.communes(), made, cover(blank(value)), as_of=world.AS_OF, sample=sample)
        row = unit(found.units, "00001")
        assert row["forest_estimate_ha"] / ONE == pytest.approx(41, rel=1e-5)
        se = math.sqrt(50**2 * 0.72 * 0.28 / 49 + 50**2 * 0.1 * 0.9 / 49)
        assert row["forest_se_ha"] / ONE == pytest.approx(se, rel=1e-5)


def test_points_of_a_neighbour_are_not_ours() -> None:
    beyond = points((50, 1105, "1", 0.0), (50, 1505, "2", 1.0))
    both = gpd.GeoDataFrame(pd.concat([SAMPLE, beyond], ignore_index=True), crs=world.CRS)
    found = unit(reconciled(both).units, "00001")
    assert found["sample_count"] == 100
    assert found["forest_estimate_ha"] / ONE == pytest.approx(41, rel=1e-5)


def test_points_in_degrees_are_the_same_points() -> None:
    moved = SAMPLE.to_crs(4756)
    pd.testing.assert_series_equal(unit(reconciled(moved).units, "00001"), unit(reconciled().units, "00001"))


def test_z_by_hand_and_its_words() -> None:
    assert z_score(0.52, 0.50, 0.01) == pytest.approx(2.0)
    assert math.isnan(z_score(0.52, 0.50, 0.0))
    assert math.isnan(z_score(math.nan, 0.50, 0.01))
    # 40 ha of dtich on 100 ha official: 40 %; the sample says 41 %.
    found = reconciled()
    a = unit(found.units, "00001")
    land = areas.hectares(world.communes())[0]
    assert a["z_score"] == pytest.approx((0.4 - a["forest_estimate_ha"] / land) / (a["forest_se_ha"] / land))
    assert [n.key for n in found.notes if n.key.endswith(("agrees", "differs"))] == ["reconciliation.agrees"]
    far = reconciled(official=50.0)  # 80 % on paper
    told = next(n for n in far.notes if n.key == "reconciliation.differs")
    assert told.facts["statutory_pct"] == pytest.approx(80.0)
    assert told.facts["measured_pct"] == pytest.approx(41.0, rel=1e-4)
    assert "80,0 %" in spoken(told).found
    assert unit(far.units, "00001")["statutory_ha"] == pytest.approx(40.0)


def test_without_an_official_area_there_is_no_z() -> None:
    found = reconciled(official=math.nan)
    assert unit(found.units, "00001")["z_score"] != unit(found.units, "00001")["z_score"]
    assert not [n for n in found.notes if n.key.endswith(("agrees", "differs"))]


def test_without_a_sample_there_are_no_columns_of_intervals() -> None:
    made = lots(((0, 0, 400, 1000), 40.0, {}))
    found = reconcile(world.communes(), made, cover(blank(1)), as_of=world.AS_OF)
    assert not [c for c in found.units if c.endswith(("_low_ha", "_high_ha", "_estimate_ha"))]
    assert found.table[["low", "high", "n"]].isna().all(axis=None)
