"""Every measure against the exact truth of the synthetic commune, which was found by another way than geoplan's.

`truth.json` sums geodesic areas (pyproj.Geod) of the planted shapes and supersamples the raster; no measure reads it. Two seeds, so that
no constant of one scene can stand in for a computation.
"""

import json
from typing import Any

import pytest

from geoplan import demo, open_project, run
from geoplan.results import Result

NAMES = {("use", "1"): "protection", ("use", "2"): "special_use", ("use", "3"): "production", ("use", ""): "outside"}
"""The truth speaks in FRMS codes, the measure in words."""


@pytest.fixture(scope="module", params=[2026, 7])
def commune(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[dict[str, Any], dict[str, Result]]:
    file = demo.make(tmp_path_factory.mktemp("demo") / "xa", seed=request.param)
    truth = json.loads((file.parent / "truth.json").read_text(encoding="utf-8"))
    (file.parent / "truth.json").unlink()  # whatever reads it now, fails
    return truth, {result.measure: result for result in run(open_project(file))}


def rows(truth: list[dict[str, Any]], result: Result) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Pairs of truth and table rows by unit."""
    table = {row["unit_code"]: row for row in result.table.to_dict("records")}
    return [(row, table[row["unit_code"]]) for row in truth if row["unit_code"] in table]


@pytest.mark.parametrize("column", ["natural_ha", "planted_ha", "young_ha", "forest_ha"])
def test_statutory_hectares(commune: Any, column: str) -> None:
    truth, results = commune
    pairs = rows(truth["forest_cover"], results["forest_cover"])
    assert len(pairs) == 7  # the commune and six villages
    for expected, found in pairs:
        assert found[column] == pytest.approx(expected[column], rel=1e-4, abs=1e-3)


def test_cover(commune: Any) -> None:
    truth, results = commune
    for expected, found in rows(truth["forest_cover"], results["forest_cover"]):
        assert found["land_ha"] == pytest.approx(expected["land_ha"], rel=1e-4)
        for column in ("cover_pct", "cover_polygon_pct"):
            if expected.get(column) is not None:
                assert found[column] == pytest.approx(expected[column], abs=0.01)
    statutory = next(r for r in truth["forest_cover"] if r["level"] == "commune")
    assert statutory["cover_pct"] is not None


def test_divisions(commune: Any) -> None:
    truth, results = commune
    found = results["forest_cover"].breakdown.set_index(["unit_code", "by", "group", "column"])["value"]
    divided = ("class", "use", "origin", "owner")
    communes = {row["unit_code"] for row in truth["forest_cover"] if row["level"] == "commune"}
    compared = 0
    for row in truth["divisions"]:
        if row["by"] in divided and row["unit_code"] in communes:
            group = NAMES.get((row["by"], str(row["group"])), str(row["group"]))
            group = f"frms4.{group}" if row["by"] == "owner" else group
            assert found[(row["unit_code"], row["by"], group, "lots_ha")] == pytest.approx(
                row["statutory_ha"], rel=1e-6, abs=1e-3
            )
            compared += 1
    assert compared >= 12


def test_plantation(commune: Any) -> None:
    truth, results = commune
    pairs = rows(truth["plantation"], results["plantation"])
    assert len(pairs) == 7
    for expected, found in pairs:
        for column in ("planted_year_ha", "planted_since_ha"):
            assert found[column] == pytest.approx(expected[column], rel=1e-4, abs=1e-3)
    series = results["plantation"].series.set_index(["unit_code", "year", "column"])["value"]
    for row in truth["plantation_by_year"]:
        assert series.get((row["unit_code"], row["year"], "planted_since_ha"), 0.0) == pytest.approx(
            row["planted_ha"], rel=1e-4, abs=1e-3
        )


def test_conversion(commune: Any) -> None:
    truth, results = commune
    pairs = rows(truth["conversion"], results["conversion"])
    assert len(pairs) == 7
    for expected, found in pairs:
        for column in ("planned_ha", "declared_ha", "accepted_ha", "refused_ha", "to_forest_ha"):
            assert found[column] == pytest.approx(expected[column], rel=1e-4, abs=1e-3), (expected["unit_code"], column)


def test_each_zone(commune: Any) -> None:
    truth, results = commune
    layer = results["conversion"].layer
    assert layer is not None
    zones = layer.set_index("zone_id")
    for row in truth["zones"]:
        found = zones.loc[row["zone_id"]]
        assert found["geom_ha"] == pytest.approx(row["geom_ha"], rel=1e-4)
        assert found["refused_ha"] == pytest.approx(row["refused_ha"], rel=1e-3, abs=1e-3)


def test_tree_cover_by_supersampling(commune: Any) -> None:
    """Sub-pixels of a tenth: the truth itself is good to some hundredths of a hectare on 1,800."""
    truth, results = commune
    pairs = rows(truth["tree_cover"], results["forest_cover"])
    assert len(pairs) == 7
    for expected, found in pairs:
        for column in ("tree_ha", "tree_without_rule_ha", "tree_seen_ha", "tree_unseen_ha"):
            assert found[column] == pytest.approx(expected[column], rel=5e-4, abs=0.05), column
