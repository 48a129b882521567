"""Targets beside figures: statuses, trajectories and the arithmetic of cover, by hand and on Cao Minh's own numbers."""

from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from geoplan import targets
from geoplan.errors import InputError
from geoplan.measures import catalog
from geoplan.results import Evidence, Result
from geoplan.targets.table import Target

SHARED = Path(__file__).parents[2] / ".." / "shared" / "domain"
AS_OF = date(2026, 6, 30)
CAO_MINH = "01879"
LAND = 13_489.0
UNITS = {CAO_MINH: "Cao Minh"}


def result(
    measure: str,
    row: dict[str, float],
    series: list[tuple[int, str, float]] = (),
    young: dict[str, float] | None = None,
) -> Result:  # type: ignore[assignment]  # an empty tuple will do
    declared = catalog()[measure]
    evidence = Evidence("0", AS_OF, "EPSG:9213", "none", (), dict(declared.settings), synthetic=False)
    table = pd.DataFrame([{"unit_code": CAO_MINH, "unit_name": "Cao Minh", "level": "commune", **row}])
    rows = [(CAO_MINH, year, column, value) for year, column, value in series]
    breakdown = [(CAO_MINH, "counts_from", year, "young_ha", ha) for year, ha in (young or {}).items()]
    return Result(
        measure, declared.columns, declared.shows, table, None,
        pd.DataFrame(rows, columns=["unit_code", "year", "column", "value"]),
        pd.DataFrame(breakdown, columns=["unit_code", "by", "group", "column", "value"]), {}, (), evidence,
    )  # fmt: skip


def cover(pct: float, young: dict[str, float] | None = None) -> Result:
    row = {"cover_pct": pct, "forest_ha": pct / 100 * LAND, "land_official_ha": LAND, "regeneration_ha": 300.0}
    return result("forest_cover", row, young=young)


def planted(**by_year: float) -> Result:
    gains = [(int(y[1:]), c, ha) for y, ha in by_year.items() for c in ("planted_since_ha", "planted_year_ha")]
    return result("plantation", {"planted_since_ha": 0.0, "planted_year_ha": 0.0}, gains)


def target(**fields: Any) -> Target:
    base: dict[str, Any] = {
        "target_id": "t", "unit_code": CAO_MINH, "indicator": "i", "comparator": "at_least", "strict": False, "value": 58.0, "unit": "%",
        "from_year": 2026, "to_year": 2030, "mode": "level", "counted_as": "forest_cover.cover_pct", "repeats": "", "source": "",
        "sentence": "",
    }  # fmt: skip
    return Target(**(base | fields))


def stands(*rows: Target, results: list[Result], as_of: date = AS_OF) -> list[targets.Standing]:
    return targets.compare(results, rows, as_of, units=UNITS, measures=catalog())[0]


def test_status_of_a_level_on_the_line_between_two_milestones() -> None:
    first = target(target_id="a", value=52.0, from_year=2026, to_year=2026, comparator="reach")
    last = target(target_id="b", value=58.0, from_year=2030, to_year=2030)
    middle = date(2028, 12, 31)
    for pct, status in ((58.0, "met"), (55.1, "on_track"), (54.9, "behind")):
        assert stands(first, last, results=[cover(pct)], as_of=middle)[1].status == status
    assert stands(first, last, results=[cover(54.9)], as_of=middle)[1].expected == pytest.approx(55, abs=0.01)
    assert stands(first, last, results=[cover(51)])[0].status == "not_due"
    assert stands(first, last, results=[cover(51)])[1].status == "not_due"
    assert stands(first, last, results=[cover(51)], as_of=date(2026, 12, 31))[0].status == "missed"


def test_strict_and_at_most() -> None:
    keep = target(value=74.0, strict=True)
    assert [stands(keep, results=[cover(pct)])[0].status for pct in (74.0, 74.01)] == ["behind", "met"]
    most = target(value=74.0, comparator="at_most")
    assert [stands(most, results=[cover(pct)])[0].status for pct in (74.0, 74.01)] == ["met", "behind"]


def test_cumulative_counts_from_its_first_year() -> None:
    plan = target(value=200.0, unit="ha", mode="cumulative", counted_as="plantation.planted_since_ha")
    found = stands(plan, results=[planted(y2025=500, y2026=19)])[0]
    assert (found.actual, found.gap, found.status) == (19, -181, "behind")
    assert found.expected == pytest.approx(200 * 181 / 1826)
    assert stands(plan, results=[planted(y2026=20)])[0].status == "on_track"
    assert stands(plan, results=[planted(y2026=20)], as_of=date(2030, 12, 31))[0].status == "missed"
    assert stands(plan, results=[planted(y2026=120, y2028=80)], as_of=date(2029, 1, 1))[0].status == "met"
    assert found.trajectory == ((2025, 0.0), (2026, 40.0), (2027, 80.0), (2028, 120.0), (2029, 160.0), (2030, 200.0))


def test_yearly_is_of_its_own_year() -> None:
    plan = target(value=40.0, unit="ha", mode="yearly", to_year=2026, counted_as="plantation.planted_year_ha")
    assert stands(plan, results=[planted(y2025=100, y2026=30)])[0].actual == 30
    assert stands(plan, results=[planted(y2026=30)], as_of=date(2027, 2, 1))[0].status == "missed"
    assert stands(plan, results=[planted(y2026=30)], as_of=date(2025, 2, 1))[0].status == "not_due"


def test_no_measure_and_no_data_are_told_apart() -> None:
    rows = [target(target_id="a", counted_as=""), target(target_id="b", counted_as="timber.stock_m3"),
            target(target_id="c", counted_as="plantation.planted_since_ha"), target(target_id="d")]  # fmt: skip
    found = stands(*rows, results=[cover(float("nan"))])
    assert [s.status for s in found] == ["no_measure", "no_measure", "no_data", "no_data"]


def test_a_column_that_the_measure_does_not_have_is_refused() -> None:
    with pytest.raises(InputError, match=r"target\.unknown_column"):
        stands(target(counted_as="forest_cover.cover"), results=[cover(50)])


def test_repeats_are_shown_once_and_contradictions_are_kept() -> None:
    rows = [target(target_id="a"), target(target_id="b", repeats="a"), target(target_id="c", value=60.0)]
    found, notes = targets.compare([cover(50)], rows, AS_OF, units=UNITS, measures=catalog())
    assert [s.target_id for s in found] == ["a", "c"]
    assert [(n.key, n.feature_ids) for n in notes] == [("target.contradiction", ("a", "c"))]


def test_what_cao_minh_from_52_to_58_means() -> None:
    """6 points of 13,489 ha are 809 ha; 200 ha planted are 1.48 points; what is planted after 2026 cannot be forest in 2030."""
    rows = [
        target(target_id="a", value=52.0, to_year=2026, comparator="reach"), target(target_id="b", from_year=2030),
        target(target_id="p", value=200.0, unit="ha", mode="cumulative", counted_as="plantation.planted_since_ha"),
    ]  # fmt: skip
    found = stands(*rows, results=[cover(52, young={"2028": 100.0, "2031": 50.0, "?": 7.0}), planted(y2026=25)])
    said = {p.key: p.facts for p in found[1].feasibility}  # type: ignore[union-attr]  # problems, not yet spoken
    assert said["feasibility.step"]["area_ha"] == pytest.approx(809.34)
    assert said["feasibility.needed"]["lacking_ha"] == pytest.approx(809.34)
    young = said["feasibility.young_undated"]
    assert (young["area_ha"], young["unknown_ha"]) == (107, 7)
    assert said["feasibility.plantings"]["points"] == pytest.approx(1.4827, abs=1e-4)
    plantings = said["feasibility.plantings"]
    assert (plantings["last"], plantings["pace_ha"], plantings["coming_ha"]) == ("2026", 15, 175)
    assert said["feasibility.out_of_reach"]["lacking_ha"] == pytest.approx(809.34 - 107 - 175)
    assert said["feasibility.out_of_reach"]["most_pct"] == pytest.approx(52 + 100 * (107 + 175) / LAND)


def test_at_most_is_met_only_when_its_time_is_over() -> None:
    most = target(
        value=100.0, unit="ha", comparator="at_most", mode="cumulative", counted_as="plantation.planted_since_ha"
    )
    for ha, day, status in (
        (0, date(2026, 1, 1), "on_track"), (100, AS_OF, "on_track"), (101, AS_OF, "missed"),
        (100, date(2030, 12, 31), "met"), (101, date(2031, 1, 1), "missed"),
    ):  # fmt: skip
        assert stands(most, results=[planted(y2026=ha)], as_of=day)[0].status == status


def test_a_year_that_was_missed_is_not_forgotten() -> None:
    plan = target(value=40.0, unit="ha", mode="yearly", counted_as="plantation.planted_year_ha")
    found = stands(plan, results=[planted(y2026=30, y2027=50)], as_of=date(2027, 8, 1))[0]
    assert (found.status, found.actual, found.year) == ("behind", 50, 2027)
    assert [p.facts["year"] for p in found.feasibility] == ["2026"]  # type: ignore[union-attr]  # problems, not yet spoken
    assert stands(plan, results=[planted(y2026=0)], as_of=date(2026, 12, 31))[0].status == "missed"
    every = {f"y{year}": 40.0 for year in range(2026, 2031)}
    assert stands(plan, results=[planted(**every)], as_of=date(2030, 12, 31))[0].status == "met"
    assert stands(plan, results=[planted(**(every | {"y2028": 39.0}))], as_of=date(2030, 12, 31))[0].status == "missed"


def test_a_value_is_of_its_own_day() -> None:
    ahead, past = target(from_year=2030), target(value=52.0, to_year=2026)
    assert stands(ahead, results=[cover(51)])[0].year == 2026
    assert stands(past, results=[cover(53)], as_of=date(2027, 3, 1))[0].status == "met"
    assert stands(past, results=[cover(53)], as_of=date(2028, 3, 1))[0].status == "no_data"


@pytest.mark.parametrize(
    ("fields", "key"),
    [
        ({"counted_as": "forest_cover.unit_name"}, "target.unknown_column"),
        ({"mode": "cumulative"}, "target.no_gains"),
        ({"mode": "yearly", "unit": "ha", "counted_as": "plantation.year_unknown_ha"}, "target.no_gains"),
        ({"unit": "ha"}, "target.unit_differs"),
    ],
)
def test_a_column_that_cannot_serve_is_refused(fields: dict[str, Any], key: str) -> None:
    with pytest.raises(InputError) as caught:
        stands(target(**fields), results=[cover(50), planted(y2026=1)])
    assert [p.key for p in caught.value.problems] == [key]


def test_a_corridor_is_no_contradiction_and_no_measure_is_no_other_commune() -> None:
    rows = [target(target_id="a", value=40.0), target(target_id="b", value=60.0, comparator="at_most")]
    found, notes = targets.compare([], rows, AS_OF, units=UNITS, measures=catalog())
    assert ([s.status for s in found], notes) == (["no_data", "no_data"], [])


def test_strict_at_its_own_value_is_not_enough() -> None:
    found = stands(target(value=74.0, strict=True, to_year=2026), results=[cover(74.0)])[0]
    assert "feasibility.enough" not in [p.key for p in found.feasibility]


def test_in_reach_where_enough_is_growing() -> None:
    found = stands(target(from_year=2030), results=[cover(57, young={"2028": 200.0}), planted()])[0]
    assert [p.key for p in found.feasibility][-1] == "feasibility.in_reach"


HEAD = "target_id,unit_code,indicator,comparator,strict,value,unit,from_year,to_year,mode,counted_as,repeats,source,sentence\n"


@pytest.mark.parametrize(
    ("row", "key"),
    [
        ('a,01879,i,at_least,,"85,08",%,2026,2030,level,,,s,t', "target.no_number"),
        ("a,01879,i,at_least,,nan,%,2026,2030,level,,,s,t", "target.no_number"),
        ("a,01879,i,over,,85,%,2026,2030,level,,,s,t", "target.unknown_word"),
        ("a,01879,i,at_least,,85,%,2025,2023,level,,,s,t", "target.years_fall"),
        ("a,01879,i,at_least,,85,%,2026,2030,each,,,s,t", "target.unknown_word"),
        ("a,01879,i,at_least,,,%,2026,2030,level,,,s,t", "target.blank"),
        ("a,01879,i,at_least,,85,%,2026,2030,level,,zz,s,t", "target.repeats_nothing"),
        ("a,01879,i,at_least,,85,%,2026,2030,level", "target.ragged"),
        ("a,01879,i,at_least,,1_000,%,2026,2030,level,,,s,t", "target.no_number"),
        ("a,01879,i,at_least,,-52,%,2026,2030,level,,,s,t", "target.no_number"),
        ('a,01879,i,at_least,,"5\n2",%,2026,2030,level,,,s,t', "target.no_number"),
        ('a,01879,i,at_least,,85,%,2026,2030,level,,,s,"open', "target.not_csv"),
        ("a,01879,i,at_least,,85,%,2026,2030,level,,,s," + "t" * 200_000, "target.not_csv"),
        ("a,01879,i,at_least,x,85,%,2026,2030,level,,,s,t", "target.unknown_word"),
        ("a,01879,i,at_least,,1.500,%,2026,2030,level,,,s,t", "target.no_number"),
        ("a,01879,i,at_least,,85,%,2026,2030.9,level,,,s,t", "target.no_number"),
        ("a,01879,i,at_least,,85,%,2026,2030,level,,a,s,t", "target.repeats_nothing"),
        (
            "a,01879,i,at_least,,85,%,2026,2030,level,,,s,t\nb,01879,i,at_least,,74,%,2026,2030,level,,a,s,t",
            "target.repeats_nothing",
        ),
        (
            "a,01879,i,at_least,,85,%,2026,2030,level,,,s,t\na,01879,i,at_least,,85,%,2026,2030,level,,,s,t",
            "target.id_twice",
        ),
    ],
)
def test_wrong_rows_are_refused(tmp_path: Path, row: str, key: str) -> None:
    (tmp_path / "t.csv").write_text(HEAD + row + "\n", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        targets.read(tmp_path / "t.csv", "t.csv")
    assert key in [p.key for p in caught.value.problems]


def test_a_column_that_stands_twice_is_refused(tmp_path: Path) -> None:
    row = "a,01879,i,at_least,,52,%,2026,2030,level,,,s,t,5"
    (tmp_path / "t.csv").write_text(HEAD.strip() + ",value\n" + row + "\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"target\.columns_twice"):
        targets.read(tmp_path / "t.csv", "t.csv")


def test_a_line_end_inside_a_sentence_is_a_space(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(
        HEAD + 'a,01879,i,at_least,,5,%,2026,2030,level,,,s,"hai\ndòng\u2028nữa"\n', encoding="utf-8"
    )
    assert targets.read(tmp_path / "t.csv", "t.csv")[0].sentence == "hai dòng nữa"


def test_every_wrong_row_is_named_at_once(tmp_path: Path) -> None:
    rows = "a,01879,i,over,,x,%,2026,2030,level,,,s,t\nb,01879,i,at_least,,1,%,2026,2030,each,,,s,t\n"
    (tmp_path / "t.csv").write_text(HEAD + rows, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        targets.read(tmp_path / "t.csv", "t.csv")
    assert [p.where for p in caught.value.problems] == ["t.csv: 2", "t.csv: 2", "t.csv: 3"]


@pytest.mark.skipif(not SHARED.exists(), reason="../shared is not here: the table of 28 spatial targets is not read")
def test_the_28_spatial_targets_load_as_they_are() -> None:
    rows = targets.read(SHARED / "targets_spatial.csv", "targets_spatial.csv")
    assert len(rows) == 28
    assert sum(bool(r.repeats) for r in rows) == 4
    assert {r.unit_code for r in rows} == {"01879", "02026", "01981"}
    found, _ = targets.compare([cover(51.2), planted(y2026=10)], rows, AS_OF, units=UNITS, measures=catalog())
    status = {s.target_id: s.status for s in found}
    assert status["cmd-crop_area-01"] == "no_measure"
    assert status["cmu-forest_cover-01"] == "not_due"
    assert status["cmd-conversion-01"] == "no_data"
    assert len(targets.read_contradictions(SHARED / "plan_contradictions.csv", "x")) == 33
