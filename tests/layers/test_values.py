"""Values that cannot be meant as written: refused where a figure would be wrong, told where it would be doubtful."""

import geopandas as gpd
import pytest
from shapely.geometry import Point

from geoplan import layers
from geoplan.layers import LayerSpec
from geoplan.messages import spoken
from tests.layers.conftest import SOUTH, VN, WEST, World, lots, square, zones


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


def told(world: World, table: str, **spec: str) -> list[tuple[str, tuple[str, ...]]]:
    """Keys and features of what a table of households says, errors first."""
    path = world.root / "ho.csv"
    path.write_text(table, encoding="utf-8")
    found = layers.inspect(LayerSpec("households", path, path.name, **spec), VN, world.root)
    return [(p.key, p.feature_ids) for p in (*found.errors, *found.warnings)]


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (["05/03/2026", "25/03/2026"], []),
        (["05/03/2026", "06/04/2026"], [("layer.date_day_first", ("H1", "H2"))]),
        (["05/05/2026", "06/06/2026"], []),
        (["05/03/2026", "12/31/2025"], [("layer.date_month_first", ("H2",))]),
        (["25/03/2026", "12/31/2025"], [("layer.date_mixed", ("H2",))]),
        (["31/02/2026", "25/03/2026"], [("layer.date_unreadable", ("H1",))]),
        (["05/03/26", "25/03/2026"], [("layer.date_short_year", ("H1",))]),
        (["46086", "25/03/2026"], [("layer.date_serial", ("H1",))]),
        (["chưa", "25/03/2026"], [("layer.null_words", ("H1",))]),
        (["03/2026", "x"], [("layer.date_unreadable", ("H1", "H2"))]),
        (["2026-03-05", "ngày 5 tháng 3 năm 2026"], []),
        (["5-Mar-2026", "5/3/2026 07:30:00"], [("layer.date_day_first", ("H2",))]),
    ],
)
def test_days(world: World, days: list[str], expected: list[tuple[str, tuple[str, ...]]]) -> None:
    rows = "".join(f"H{i};105,85001;22,20001;{d}\n" for i, d in enumerate(days, start=1))
    assert told(world, f"household_id;lon;lat;moved_on\n{rows}") == expected


def test_keys_that_excel_has_turned_into_days_are_told(world: World) -> None:
    rows = "household_id;lon;lat\n2026-02-03;105,85001;22,20001\n3-2;105,85001;22,20001\n"
    assert told(world, rows) == [("layer.key_days", ("2026-02-03",))]


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("１２", [("layer.text_suspect", ("#2",))]),  # read as 12, and told
        ("12\u00a0", []),
        ("không", [("layer.null_words", ("H1",))]),
        ("chưa có", [("layer.null_words", ("H1",))]),
        ("x", [("layer.number_unreadable", ("H1",))]),
        ("5 khẩu", [("layer.number_unit", ("H1",))]),
        ("50%", [("layer.number_unit", ("H1",))]),
        ("2,5", [("layer.number_unreadable", ("H1",))]),
        ("TRUE", [("layer.number_unreadable", ("H1",))]),
    ],
)
def test_cells_of_a_number(world: World, cell: str, expected: list[tuple[str, tuple[str, ...]]]) -> None:
    assert told(world, f"household_id;lon;lat;people\nH1;105,85001;22,20001;{cell}\n") == expected


@pytest.mark.parametrize(
    ("cells", "values", "key"),
    [
        (["1 ha", "1,02 ha"], [1.0, 1.02], "layer.number_with_unit"),
        (["1.0", "10000 m2"], None, "layer.number_unit"),
        (["1.0", "1,234"], [1.0, 1234.0], ""),
        (["1", "1,234"], None, "layer.number_ambiguous"),
        (["1", "3 sào"], None, "layer.number_unit"),
    ],
)
def test_units_behind_hectares(world: World, cells: list[str], values: list[float] | None, key: str) -> None:
    path = world.write(zones(declared_ha=cells))
    found = layers.inspect(LayerSpec("conversion_zones", path, path.name), VN, world.root)
    keys = [p.key for p in (*found.errors, *found.warnings)]
    if values is None:
        assert key in [p.key for p in found.errors]
    elif key:
        assert found.layer is not None
        assert found.layer.frame["declared_ha"].tolist() == values
        assert key in keys
    else:
        assert [p.facts["stated_ha"] for p in found.errors] == [1234.0]  # read as thousands, and refused as too much


def test_square_metres_in_a_column_of_square_metres(world: World) -> None:
    table = (
        lots(2)
        .drop(columns=["dtich"])[["geometry"]]
        .assign(parcel_id=["1", "2"], land_code=["LUC", "LUC"], dt_m2=["10000 m²", "9.999,5 m2"])
    )
    layer = world.read("parcels", world.write(table))
    assert layer.frame["area_ha"].tolist() == pytest.approx([1.0, 0.99995])
    assert "layer.number_with_unit" in [p.key for p in layer.warnings]


def test_a_village_called_na_keeps_its_name(world: World) -> None:
    assert told(world, "household_id;lon;lat;notes\nH1;105,85001;22,20001;Na\n") == []


def test_yes_and_no_are_no_hectares(world: World) -> None:
    path = world.root / "lots.geojson"
    world.write(lots(2).to_crs("EPSG:4326"), path.name)
    path.write_text(path.read_text(encoding="utf-8").replace('"dtich": 1.0', '"dtich": true', 1), encoding="utf-8")
    (problem,) = world.refused("forest_lots", path).problems
    assert (problem.key, problem.feature_ids) == ("layer.number_unreadable", ("1",))


def test_households_in_one_place_and_crowds_are_told(world: World) -> None:
    shapes = [Point(WEST + x, SOUTH) for x in (10, 10, 10, 50, 50, 90)]
    table = {"household_id": [f"H{i}" for i in range(6)], "people": [4, 4, 4, 4, 31, 30]}
    frame = gpd.GeoDataFrame(table, geometry=gpd.GeoSeries(shapes, crs="EPSG:9213"))
    told = {p.key: p.feature_ids for p in world.read("households", world.write(frame)).warnings}
    assert told == {"layer.people_many": ("H4",), "layer.points_same": ("H0", "H1", "H2")}
