"""What holds for every measure of the catalogue, today's and those to come."""

import math
import random
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from datetime import date
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from geoplan import catalog, open_project
from geoplan.messages import known
from geoplan.results import Findings, Measure, Result
from geoplan.runs import Run, join, survey
from geoplan.runs.joining import KEY_FIELDS
from tests.hazard import world as valley
from tests.measures.world import AS_OF, communes, frame, lots, parcels, rectangle, zones

UNITS = {"ha": "_ha", "%": "_pct", "household": "_count", "site": "_count"}
MEASURES = sorted(catalog())

LOTS = lots(
    ((0, 0, 900, 1000), 91, {"ldlr": "TXN", "diadanh": "Nà Lài"}),
    (
        (900, 0, 1100, 1000),
        20,
        {"ldlr": "DTR", "nggocr": 2, "namtr": 2026, "nggocrt": 1, "dtuong": 2},
    ),  # across A and B, equally
    ((1100, 0, 2300, 1000), 118, {"ldlr": "RTG", "nggocr": 2, "namtr": 2014, "malr3": 1, "mamdsd": 1}),  # mostly B
    ((2300, 0, 3000, 500), 35, {"ldlr": "DTR", "nggocr": 2}),
    ((3100, 0, 3200, 100), 1, {"ldlr": "TXN"}),  # 100 m beyond the border: nobody's
)
ZONES = zones(
    ((100, 100, 200, 200), {"land_code": "LUC", "status": "accepted", "accepted_no": "1", "accepted_on": date(2026, 2, 3), "declared_ha": 1.0}),
    ((950, 100, 1075, 200), {"land_code": "LUK", "status": "accepted", "accepted_no": "2", "accepted_on": date(2026, 5, 3), "declared_ha": 1.2}),
    ((2100, 100, 2200, 200), {"land_code": None, "to_group": "forest", "status": "approved"}),
)  # fmt: skip
HOMES = valley.points(
    *((100, 300), (200, 495), (500, 750), (1000, 480), (2950, 300)),
    household_id=["H1", "H2", "H3", "H4", "H5"], village_code=["V1"] * 5, people=[4] * 5, form=[None] * 5,
    status=["at_risk", "stable", "moved", "surveyed", "at_risk"], site_id=[None] * 5,
    moved_on=[None, None, date(2026, 4, 2), None, None],
)  # fmt: skip
SITES = frame(
    [rectangle(60, 250, 120, 310), rectangle(960, 440, 1060, 500)],
    {"site_id": ["S1", "S2"], "name": [None] * 2, "kind": ["existing", "planned"], "capacity_households": [4, 5]},
)
GROUND_HA = 1800.0
CELLS = ("both", "official_only", "measured_only", "neither")
_PLACE = TemporaryDirectory()
LAYERS: dict[str, Any] = {
    "forest_lots": LOTS,
    "conversion_zones": ZONES,
    "parcels": parcels(((940, 90, 1030, 210), "LUC"), ((1020, 90, 1100, 210), "HNK")),
    "dem": valley.dem(Path(_PLACE.name)),
    "households": HOMES,
    "sites": SITES,
}
FRAMES = {role: layer for role, layer in LAYERS.items() if isinstance(layer, gpd.GeoDataFrame)}


def findings(measure: Measure, units: gpd.GeoDataFrame, layers: dict[str, Any] = LAYERS) -> Findings:
    given = [layers.get(role) for role in (*measure.needs, *measure.may_use)]
    settings = measure.compute_settings(measure.settings)
    if measure.prepare is not None:
        whole = [layers.get(role) for role in measure.prepare.roles]
        taken = {name: measure.settings[name] for name in measure.prepare.settings}
        settings["prepared"] = measure.prepare.compute(communes(), *whole, as_of=AS_OF, **taken).value
    return measure.compute(units, *given, as_of=AS_OF, **settings)


@pytest.fixture(scope="module")
def results(scene_run: Run) -> dict[str, Result]:
    return {result.measure: result for result in scene_run.results}


def alike(left: Findings, right: Findings) -> None:
    by = ["unit_code"]
    pd.testing.assert_frame_equal(
        left.table.sort_values(by, ignore_index=True), right.table.sort_values(by, ignore_index=True), rtol=1e-9
    )
    for name, keys in (
        ("series", ["unit_code", "year", "column"]),
        ("breakdown", ["unit_code", "by", "group", "column"]),
    ):
        one, other = (getattr(each, name).sort_values(keys, ignore_index=True) for each in (left, right))
        pd.testing.assert_frame_equal(one, other, rtol=1e-9, check_dtype=False)
    for form, table in left.forms.items():
        pd.testing.assert_frame_equal(table, right.forms[form], rtol=1e-9)
    assert left.layer is not None
    assert right.layer is not None
    key = next(name for name in KEY_FIELDS if name in left.layer)
    assert dict(zip(left.layer[key], left.layer["unit_code"], strict=True)) == dict(
        zip(right.layer[key], right.layer["unit_code"], strict=True)
    )


@pytest.mark.parametrize("name", MEASURES)
def test_splitting_the_units_changes_nothing(name: str) -> None:
    units = communes()
    parts = [findings(catalog()[name], units.iloc[[i]].reset_index(drop=True)) for i in range(3)]
    whole = findings(catalog()[name], units)
    alike(join([whole], ["all"]), join(parts, list(units["name"])))


@pytest.mark.parametrize(("name", "column"), [("forest_cover", "lots_ha"), ("conversion", "planned_ha")])
def test_what_lies_inside_adds_up_over_the_communes(name: str, column: str) -> None:
    """A lot or zone of two communes stands once in the layer, with its hectares of both."""
    units = communes()
    parts = [findings(catalog()[name], units.iloc[[i]].reset_index(drop=True)) for i in range(3)]
    joined = join(parts, list(units["name"]))
    assert joined.layer is not None
    assert joined.layer["inside_ha"].sum() == pytest.approx(joined.table[column].sum(), rel=1e-9)


@pytest.mark.parametrize("name", MEASURES)
def test_the_order_of_features_does_not_matter(name: str) -> None:
    shuffled = dict(LAYERS)
    for role, layer in FRAMES.items():
        order = list(range(len(layer)))
        random.Random(3).shuffle(order)
        shuffled[role] = layer.iloc[order].reset_index(drop=True)
    measure = catalog()[name]
    alike(join([findings(measure, communes())], [""]), join([findings(measure, communes(), shuffled)], [""]))


@pytest.mark.parametrize("name", MEASURES)
def test_the_labels_of_rows_do_not_matter(name: str) -> None:
    """A caller's frame may be a part of another, with any index."""
    units = communes()
    relabelled = {role: layer.set_axis(range(100, 100 + len(layer))[::-1], axis=0) for role, layer in FRAMES.items()}
    odd = units.set_axis([7, 3, 5], axis=0)
    measure = catalog()[name]
    alike(join([findings(measure, units)], [""]), join([findings(measure, odd, LAYERS | relabelled)], [""]))


@pytest.mark.parametrize("name", MEASURES)
def test_inputs_are_not_modified(name: str) -> None:
    before = {role: layer.copy(deep=True) for role, layer in FRAMES.items()}
    findings(catalog()[name], communes())
    for role, layer in FRAMES.items():
        pd.testing.assert_frame_equal(layer, before[role])


@pytest.mark.parametrize("name", MEASURES)
def test_one_row_a_unit_finite_or_declared_absent(name: str, results: dict[str, Result]) -> None:
    result = results[name]
    assert result.table["unit_code"].is_unique
    assert result.table["level"].value_counts().to_dict() == {"commune": 1, "village": 6}
    commune = result.table[result.table["level"] == "commune"].iloc[0]
    for column in result.columns:
        assert math.isfinite(commune[column.name]), column.name


@pytest.mark.parametrize("name", MEASURES)
def test_names_carry_their_units_and_have_labels(name: str) -> None:
    measure = catalog()[name]
    assert known(f"measure.{name}")
    for column in measure.columns:
        assert column.name.endswith(UNITS[column.unit]), column.name
        assert known(f"column.{name}.{column.name}"), column.name
    assert measure.shows in [column.name for column in measure.columns]


@pytest.mark.parametrize("name", MEASURES)
def test_ratios_are_ratios_and_the_rest_adds_up(name: str, results: dict[str, Result]) -> None:
    result = results[name]
    table = result.table
    villages, commune = table[table["level"] == "village"], table[table["level"] == "commune"].iloc[0]
    for column in result.columns:
        if column.ratio is not None:
            over, under = (table[part].astype(float) for part in column.ratio)
            np.testing.assert_allclose(table[column.name].astype(float), 100 * over / under, rtol=1e-12)
        elif villages[column.name].notna().all():
            edges = 1e-5 * GROUND_HA if column.name.startswith(("tree_", *CELLS)) else 1e-6  # lines moved to pixels
            assert villages[column.name].sum() == pytest.approx(commune[column.name], rel=1e-6, abs=edges), column.name


@pytest.mark.parametrize("name", MEASURES)
def test_the_layer_lies_in_its_units(name: str, results: dict[str, Result], demo_folder: Path) -> None:
    layer = results[name].layer
    assert layer is not None
    commune = open_project(demo_folder).read("communes").frame.geometry.iloc[0]  # type: ignore[union-attr]  # communes are a layer
    assert layer.intersects(commune).all()
    assert layer["unit_code"].notna().all()


@pytest.mark.parametrize("name", MEASURES)
def test_evidence_names_every_source(name: str, results: dict[str, Result]) -> None:
    evidence, measure = results[name].evidence, catalog()[name]
    roles = {source.role for source in evidence.sources}
    assert {"communes", *measure.required} <= roles
    light = {"dem"} if "sentinel2" in measure.roles else set()  # images were corrected by the heights
    assert light <= roles <= {"communes", *measure.roles, *light}
    assert all(len(source.sha256) == 64 for source in evidence.sources)
    assert dict(evidence.settings).keys() == dict(measure.settings).keys()
    assert evidence.synthetic


@pytest.mark.parametrize("name", MEASURES)
def test_declaration(name: str) -> None:
    measure = catalog()[name]
    assert measure.name == name
    assert measure.compute.__name__ == name
    assert isinstance(measure.compute, Callable)  # type: ignore[arg-type]  # collections.abc.Callable is a class at run time
    assert not set(measure.needs) & set(measure.may_use)


@pytest.mark.slow
@pytest.mark.parametrize("workers", ["threads", "processes"])
def test_any_executor_gives_the_same_figures(
    workers: str, results: dict[str, Result], scene_folder: Path, scene_stacks: Path
) -> None:
    pool = ThreadPoolExecutor(2) if workers == "threads" else ProcessPoolExecutor(2, mp_context=get_context("spawn"))
    with pool:
        for result in survey(open_project(scene_folder), executor=pool, stacks=scene_stacks).results:
            pd.testing.assert_frame_equal(result.table, results[result.measure].table)
