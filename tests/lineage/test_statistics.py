"""A yearbook of old communes: Xã A is One and Three, Five is Xã C alone, Four was divided."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from geoplan.errors import InputError
from geoplan.lineage import statistics
from geoplan.messages import spoken
from tests.targets.test_merged import TABLE

DAY = date(2024, 12, 31)


def figures(**columns: dict[str, float]) -> pd.DataFrame:
    return pd.DataFrame({name: pd.Series(values) for name, values in columns.items()})


def test_people_and_hectares_add_up_by_code_and_day() -> None:
    found = statistics.of_today(figures(dan_so={"90001": 100.0, "90003": 50.0, "90005": 7.0}), DAY, TABLE, "ng.xlsx")
    assert found.table.set_index("unit_code")["dan_so"].to_dict() == {"90001": 150.0, "90005": 7.0}
    assert found.table["unit_name"].tolist() == ["A", "C"]
    assert found.warnings == ()


def test_after_the_merger_a_code_means_the_new_commune() -> None:
    """The same digits a day later: 90001 is all of Xã A, and 90003 is nothing."""
    found = statistics.of_today(figures(dan_so={"90001": 100.0}), date(2025, 7, 1), TABLE, "ng.xlsx")
    assert found.table[["unit_code", "dan_so"]].to_numpy().tolist() == [["90001", 100.0]]
    late = statistics.of_today(figures(dan_so={"90003": 100.0, "90001": 1.0}), date(2025, 7, 1), TABLE, "ng.xlsx")
    assert [p.key for p in late.warnings] == ["lineage.values_lost"]


def test_a_cell_with_an_unknown_part_stays_empty_and_says_which() -> None:
    found = statistics.of_today(figures(lua_ha={"90001": 10.0, "90005": 3.0}), DAY, TABLE, "ng.xlsx")
    row = found.table.set_index("unit_code").loc["90001"]
    assert np.isnan(row["lua_ha"])
    assert row["lua_ha_known"] == 10.0
    (said,) = found.warnings
    assert (said.key, said.where, said.feature_ids) == ("lineage.values_absent", "ng.xlsx: lua_ha", ("90001 (90003)",))


@pytest.mark.parametrize("name", ["Tỷ lệ hộ nghèo", "Mật độ", "Bình quân đầu người", "che phủ (%)", "cover_pct"])
def test_shares_and_means_are_refused(name: str) -> None:
    with pytest.raises(InputError) as caught:
        statistics.of_today(figures(**{name: {"90001": 10.0}}), DAY, TABLE, "ng.xlsx")
    assert caught.value.key == "lineage.values_not_additive"
    assert name in spoken(caught.value.problems[0]).found


def test_a_table_without_figures_is_refused() -> None:
    with pytest.raises(InputError) as caught:
        statistics.of_today(pd.DataFrame(index=["90001"]), DAY, TABLE, "ng.xlsx")
    assert caught.value.key == "lineage.values_none"
