"""Targets of old communes: Xã A is One, Three and a part of Four; Xã C is Five alone."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from geoplan import targets
from geoplan.errors import InputError, Problem
from geoplan.lineage import Lineage
from geoplan.lineage.crosswalk import Row
from geoplan.messages import spoken
from geoplan.targets.table import Target
from tests.targets.test_targets import target

OLD = date(2024, 12, 31)
ROWS = (("90001", "A", "90001", "whole"), ("90001", "A", "90003", "whole"), ("90002", "B", "90004", "part"), ("90006", "D", "90004", "part"), ("90005", "C", "90005", "whole"))  # fmt: skip
TABLE = Lineage(tuple(Row(new, name, old, f"cũ {old}", "H", "T", how) for new, name, old, how in ROWS), "xa.csv")


def planted(code: str, ha: float, **fields: object) -> Target:
    base = {"unit_code": code, "target_id": f"t{code}", "value": ha, "unit": "ha", "mode": "cumulative", "counted_as": "plantation.planted_since_ha", "valid_on": OLD}  # fmt: skip
    return target(**(base | fields))


def keys(said: list[Problem]) -> list[str]:
    assert all(spoken(p, lang).fix for p in said for lang in ("vi", "en"))
    return [p.key for p in said]


def test_hectares_of_all_old_communes_add_up() -> None:
    made, said = targets.of_today([planted("90001", 30.0), planted("90003", 12.5)], TABLE, "t.csv")
    assert [(t.unit_code, t.value, t.target_id) for t in made] == [("90001", 42.5, "t90001+t90003")]
    assert keys(said) == ["target.merged"]


def test_the_code_of_an_old_commune_is_never_that_of_the_new_one() -> None:
    """90001 alone is a part of Xã A: its thirty hectares are not the commune's target."""
    made, said = targets.of_today([planted("90001", 30.0)], TABLE, "t.csv")
    assert made == []
    assert keys(said) == ["target.old_incomplete"]
    assert said[0].facts["lacking"] == "90003"


def test_a_code_of_today_stays() -> None:
    for day in (None, date(2025, 7, 1), date(2026, 1, 1)):
        mine = planted("90001", 30.0, valid_on=day)
        assert targets.of_today([mine], TABLE, "t.csv") == ([mine], [])


def test_a_percentage_is_not_added() -> None:
    shares = [planted(code, 50.0, unit="%", mode="level") for code in ("90001", "90003")]
    made, said = targets.of_today(shares, TABLE, "t.csv")
    assert made == []
    assert keys(said) == ["target.old_not_added"]


def test_a_percentage_of_the_only_old_commune_carries_over() -> None:
    made, _ = targets.of_today([planted("90005", 50.0, unit="%", mode="level")], TABLE, "t.csv")
    assert [(t.unit_code, t.value) for t in made] == [("90005", 50.0)]


def test_a_divided_commune_gives_its_target_to_none() -> None:
    made, said = targets.of_today([planted("90004", 9.0)], TABLE, "t.csv")
    assert made == []
    assert keys(said) == ["target.old_divided"]


def test_a_code_that_leads_nowhere_and_one_that_stands_twice_are_told() -> None:
    made, said = targets.of_today([planted("99999", 9.0)], TABLE, "t.csv")
    assert (made, keys(said)) == ([], ["target.old_unknown"])
    rows = [planted("90001", 1.0), planted("90001", 1.0, target_id="again"), planted("90003", 1.0)]
    made, said = targets.of_today(rows, TABLE, "t.csv")
    assert (made, keys(said)) == ([], ["target.old_twice"])


def test_other_years_are_other_targets() -> None:
    rows = [planted("90001", 1.0), planted("90003", 1.0, to_year=2029)]
    made, said = targets.of_today(rows, TABLE, "t.csv")
    assert (made, keys(said)) == ([], ["target.old_incomplete"] * 2)


def test_without_a_table_old_targets_are_refused() -> None:
    with pytest.raises(InputError) as caught:
        targets.of_today([planted("90001", 30.0)], None, "t.csv")
    assert keys(list(caught.value.problems)) == ["target.old_without_table"]


@pytest.mark.parametrize(("text", "day"), [("2024-12-31", OLD), ("31/12/2024", OLD), ("", None)])
def test_the_day_of_a_code_is_read(tmp_path: Path, text: str, day: date | None) -> None:
    head = "target_id,unit_code,indicator,comparator,value,from_year,to_year,mode,valid_on"
    (tmp_path / "t.csv").write_text(f"{head}\na,90001,i,reach,1,2026,2030,level,{text}\n", encoding="utf-8")
    assert targets.read(tmp_path / "t.csv", "t.csv")[0].valid_on == day


@pytest.mark.parametrize("text", ["31/02/2024", "2024", "12/31/2024", "hôm qua"])
def test_a_day_that_is_none_is_refused(tmp_path: Path, text: str) -> None:
    head = "target_id,unit_code,indicator,comparator,value,from_year,to_year,mode,valid_on"
    (tmp_path / "t.csv").write_text(f"{head}\na,90001,i,reach,1,2026,2030,level,{text}\n", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        targets.read(tmp_path / "t.csv", "t.csv")
    assert keys(list(caught.value.problems)) == ["target.no_day"]


def test_a_repeat_is_counted_once() -> None:
    first = planted("90005", 7.0)
    made, _ = targets.of_today([first, replace(first, target_id="r", repeats="t90005")], TABLE, "t.csv")
    assert [t.value for t in made] == [7.0]
