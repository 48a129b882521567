"""Values that cannot be meant as written: refused where a figure would be wrong, told where it would be doubtful."""

import pytest

from geoplan.messages import spoken
from tests.layers.conftest import World, lots, square, zones


@pytest.mark.parametrize(
    ("declared", "over"),
    [
        ([10_000.0, 1.0], ("V1",)),
        ([1.6, 10_000.0], ("V1", "V2")),
        ([1.4, 1.0], ()),
        ([0.0001, 0.0], ()),
        ([None, 1.0], ()),
    ],
)
def test_a_declaration_beyond_the_zone_is_refused(
    world: World, declared: list[float | None], over: tuple[str, ...]
) -> None:
    path = world.write(zones(declared_ha=declared))
    if not over:
        assert {p.key for p in world.read("conversion_zones", path).warnings} <= {"layer.area_differs"}
        return
    problem = world.refused("conversion_zones", path).problems[0]
    assert (problem.key, problem.feature_ids) == ("layer.declared_over", over)
    assert str(problem.facts["zones"]).startswith(f"V1: {declared[0]:g} / 1.00 ha")
    for lang in ("vi", "en"):
        assert "{" not in spoken(problem, lang).found


def test_a_small_zone_may_be_rounded_up(world: World) -> None:
    shapes = [square(0, 0, 20), square(2, 0)]  # 0.04 ha
    assert world.read("conversion_zones", world.write(zones(declared_ha=[0.1, 1.0], geometry=shapes))).warnings == ()


def test_days_of_the_wrong_century_are_told(world: World) -> None:
    days = {"planned_on": ["01/01/1999", "01/01/2000"], "accepted_on": ["2026-03-01", "1926-03-01"]}
    told = world.read("conversion_zones", world.write(zones(**days))).warnings
    assert [(p.key, p.facts["field"], p.facts["values"], p.feature_ids) for p in told] == [
        ("layer.date_early", "planned_on", "01/01/1999", ("V1",)),
        ("layer.date_early", "accepted_on", "01/03/1926", ("V2",)),
    ]


@pytest.mark.parametrize(
    ("field", "values", "known", "unknown"),
    [
        ("mamdsd", [9, 13, None, 0], "1–12", ("2", "4")),
        ("dtuong", [1, 11, 12, 0], "1–11", ("3", "4")),
        ("lapdia", [1, 6, 7, None], "1–6", ("3",)),
        ("nggocr", [1, 3, 0, 4], "1–3", ("4",)),
        ("thanhrung", [1, 1, 0, 3], "1–2", ("4",)),
    ],
)
def test_codes_outside_their_list_are_told(
    world: World, field: str, values: list[int | None], known: str, unknown: tuple[str, ...]
) -> None:
    told = world.read("forest_lots", world.write(lots(**{field: values}))).warnings
    assert [(p.key, p.facts["field"], p.facts["known"], p.feature_ids) for p in told] == [
        ("lots.code_unknown", field, known, unknown)
    ]
    assert told[0].facts["ha"] == float(len(unknown))


def test_uses_outside_the_list_are_told_with_their_hectares(world: World) -> None:
    told = world.read("forest_lots", world.write(lots(malr3=[7, 4, 1, 0]))).warnings
    assert [(p.key, p.feature_ids, p.facts["ha"], p.facts["values"]) for p in told] == [
        ("lots.use_unknown", ("1", "4"), 2.0, "0, 7")
    ]
    blank = world.read("forest_lots", world.write(lots(malr3=[None, None, 1, 3], nqh=[0, 1, 0, 0]), "b.gpkg")).warnings
    assert [(p.key, p.feature_ids, p.facts["ha"]) for p in blank] == [("lots.use_blank", ("2",), 1.0)]


def test_years_in_the_column_of_canopy_closure_are_missing(world: World) -> None:
    layer = world.read("forest_lots", world.write(lots(ktan=[2029, -1, 30, 0])))
    assert [(p.key, p.feature_ids, p.facts["values"]) for p in layer.warnings] == [
        ("lots.canopy_years", ("1", "2"), "-1, 2029")
    ]
    assert layer.frame["ktan"].isna().tolist() == [True, True, False, False]
    assert layer.frame["ktan"].dtype == "Int64"
    for problem in layer.warnings:
        assert "{" not in spoken(problem, "vi").found
