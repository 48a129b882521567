"""Lineage of communes: a world of squares that can be done in the head, and the real tables of Thái Nguyên.

In kilometres, one hundred hectares a square; 90004 is divided at 2.5:

    old   0     1     2           4     5
          |90001|90003|   90004   |90002|
    new    | A 90001     |  B 90002       |
          0.1           2.5              5.2
"""

from collections import Counter
from datetime import date
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import CRS
from shapely import box

from geoplan import areas, layers, lineage
from geoplan.errors import InputError, Problem
from geoplan.layers import LayerSpec
from geoplan.lineage import Lineage, ground, reviewed
from geoplan.lineage.lot_codes import VERDICTS
from geoplan.lineage.outlines import Outlines, join
from geoplan.messages import spoken

ADMIN = Path(__file__).parents[2] / ".." / "shared" / "data" / "admin"
CROSSWALK = ADMIN / "crosswalk_old_to_2025_thai_nguyen.csv"
OUTLINES = ADMIN / "communes_2009_bac_kan_thai_nguyen.gpkg"
COMMUNES = ADMIN / "communes_2025_thai_nguyen.gpkg"
real = pytest.mark.skipif(
    not CROSSWALK.exists(), reason="../shared is not here: the real communes of Thái Nguyên are not traced"
)

TM3 = CRS.from_user_input("EPSG:9213")
OLD_DAY, NEW_DAY = date(2025, 6, 30), date(2025, 7, 1)
HEAD = "new_code,new_name,old_code,old_name,old_district,old_province,how,area_ha_2009"
ROWS = (
    "90001,Xã A,90001,Xã Một,Huyện Thử,Tỉnh Thử,whole,100",
    "90001,Xã A,90003,Xã Ba,Huyện Thử,Tỉnh Thử,whole,100",
    "90001,Xã A,90004,Xã Bốn,Huyện Thử,Tỉnh Thử,part,200",
    "90002,Xã B,90004,Xã Bốn,Huyện Thử,Tỉnh Thử,part,200",
    "90002,Xã B,90002,Xã Hai,Huyện Thử,Tỉnh Thử,whole,",
)


def written(folder: Path, *rows: str, head: str = HEAD) -> Path:
    path = folder / "crosswalk.csv"
    path.write_text("\n".join((head, *rows)) + "\n", encoding="utf-8")
    return path


def keys(error: pytest.ExceptionInfo[InputError]) -> list[str]:
    return [problem.key for problem in error.value.problems]


def strips(ends: list[tuple[float, float]]) -> list[object]:
    x, y = 430_000.0, 2_450_000.0
    return [box(x + 1000 * west, y, x + 1000 * east, y + 1000) for west, east in ends]


def old_frame(*names: str, ends: list[tuple[float, float]] | None = None) -> gpd.GeoDataFrame:
    ends = ends or [(0, 1), (1, 2), (2, 4), (4, 5)]
    table = {"province": "Thử", "district": "Huyện Thử", "name": list(names), "stated_ha": 100.0}
    return gpd.GeoDataFrame(table, geometry=strips(ends), crs=TM3)


@pytest.fixture
def small(tmp_path: Path) -> Lineage:
    return lineage.read(written(tmp_path, *ROWS), "crosswalk.csv")


@pytest.fixture
def new() -> gpd.GeoDataFrame:
    table = {"unit_code": ["90001", "90002"], "name": ["A", "Xã B"], "area_official_ha": [240.0, 270.0]}
    return gpd.GeoDataFrame(table, geometry=strips([(0.1, 2.5), (2.5, 5.2)]), crs=TM3)


@pytest.fixture
def old(small: Lineage) -> Outlines:
    return join(old_frame("Xã Một", "Xã Ba", "Xã Bốn", "Xã Hai"), small, "old.gpkg")


# --- the crosswalk as a file


def test_every_wrong_row_is_named_at_once(tmp_path: Path) -> None:
    path = written(tmp_path, "1840,Xã A,90001,Xã Một,Huyện Thử,Tỉnh Thử,whole,", "90001,,90003,Ba,H,T,mostly,")
    with pytest.raises(InputError) as error:
        lineage.read(path, "crosswalk.csv")
    assert [(p.key, p.where) for p in error.value.problems] == [
        ("lineage.code_malformed", "crosswalk.csv: 2"),
        ("lineage.blank", "crosswalk.csv: 3"),
        ("lineage.how_unknown", "crosswalk.csv: 3"),
    ]


@pytest.mark.parametrize(
    ("row", "key", "ids"),
    [
        ("90002,Xã B,90003,Xã Ba,Huyện Thử,Tỉnh Thử,whole,", "lineage.whole_twice", ("90003",)),
        ("90002,Xã B,90003,Xã Ba,Huyện Thử,Tỉnh Thử,part,", "lineage.whole_twice", ("90003",)),
        ("90002,Xã B,90005,Xã Năm,Huyện Thử,Tỉnh Thử,part,", "lineage.part_alone", ("90005",)),
        ("90001,Xã A,90003,Xã Ba,Huyện Thử,Tỉnh Thử,whole,", "lineage.row_twice", ("90003 → 90001",)),
        ("90002,Xã Bê,90005,Xã Năm,Huyện Thử,Tỉnh Thử,whole,", "lineage.names_differ", ("90002",)),
        ("90002,Xã B,90005,xã BA,Huyện Thử,Tỉnh Thử,whole,", "lineage.old_name_twice", ("90003", "90005")),
    ],
)
def test_rows_that_contradict_each_other(tmp_path: Path, row: str, key: str, ids: tuple[str, ...]) -> None:
    with pytest.raises(InputError) as error:
        lineage.read(written(tmp_path, *ROWS, row), "crosswalk.csv")
    assert {p.key: p.feature_ids for p in error.value.problems}[key] == ids


def test_files_that_are_no_crosswalk(tmp_path: Path) -> None:
    with pytest.raises(InputError) as error:
        lineage.read(tmp_path / "none.csv", "none.csv")
    assert keys(error) == ["lineage.no_file"]
    for body, key in (
        (b"new_code;old_code\n", "lineage.fields_absent"),
        (HEAD.encode(), "lineage.fields_absent"),
        (b"\xff\xfe" + HEAD.encode("utf-16-le"), "lineage.not_csv"),
        ((HEAD + "\n1,2\n").encode(), "lineage.ragged"),
    ):
        (tmp_path / "x.csv").write_bytes(body)
        with pytest.raises(InputError) as error:
            lineage.read(tmp_path / "x.csv", "x.csv")
        assert keys(error) == [key]


# --- a code and its day


def test_a_code_means_what_its_day_says(small: Lineage) -> None:
    assert small.now("90003", OLD_DAY) == (("90001", "whole"),)
    assert small.now("90004", OLD_DAY) == (("90001", "part"), ("90002", "part"))
    assert small.now("90001", NEW_DAY) == (("90001", "whole"),)
    assert small.before("90002") == (("90004", "part"), ("90002", "whole"))
    for code, day, key in (
        ("90003", NEW_DAY, "lineage.not_a_new_code"),
        ("90009", OLD_DAY, "lineage.code_unknown"),
        ("90003", date(2004, 1, 1), "lineage.too_early"),
    ):
        with pytest.raises(InputError) as error:
            small.now(code, day)
        assert keys(error) == [key]
    with pytest.raises(InputError):
        small.before("90003")


# --- ground


def test_hectares_of_new_communes_and_of_their_old_outlines(
    small: Lineage, new: gpd.GeoDataFrame, old: Outlines
) -> None:
    table = lineage.mismatch(new, old).set_index("unit_code").round(0)
    assert table.loc["90001", ["old_ha", "polygon_ha", "difference_ha", "inside_ha", "outside_ha"]].tolist() == [
        250, 240, -10, 240, 10,
    ]  # fmt: skip
    assert table.loc["90002", ["old_ha", "polygon_ha", "difference_ha", "outside_ha", "uncovered_ha"]].tolist() == [
        250, 270, 20, 0, 20,
    ]  # fmt: skip
    assert table["official_ha"].tolist() == [240, 270]
    assert (table[["from_others_ha", "unmatched_ha", "overlap_ha"]].abs() == 0).all(axis=None)


def test_an_outline_of_no_commune_stays_unmatched_and_is_told(small: Lineage, new: gpd.GeoDataFrame) -> None:
    found = join(old_frame("Xã Một", "Xã Bá", "Xã Bốn", "Xã Hai"), small, "old.gpkg")
    assert found.unmatched["name"].tolist() == ["Xã Bá"]
    table = lineage.mismatch(new, found).set_index("unit_code").round(0)
    assert table.loc["90001", ["old_ha", "unmatched_ha", "uncovered_ha"]].tolist() == [150, 100, 0]
    said = {p.key: p for p in lineage.tell(small, new, found, where="new.gpkg")}
    assert said["lineage.outlines_unmatched"].feature_ids == ("Xã Bá (Huyện Thử)",)
    assert said["lineage.outlines_unmatched"].facts["ha"] == pytest.approx(100, rel=1e-3)
    assert said["lineage.old_without_outline"].feature_ids == ("90003 Xã Ba",)


def test_overlapping_outlines_are_counted_once(small: Lineage, new: gpd.GeoDataFrame) -> None:
    ends: list[tuple[float, float]] = [(0, 1.2), (1, 2), (2, 4), (4, 5)]
    found = join(old_frame("Xã Một", "Xã Ba", "Xã Bốn", "Xã Hai", ends=ends), small, "old.gpkg")
    table = lineage.mismatch(new, found).round(0)
    assert table.loc[0, ["old_ha", "overlap_ha"]].tolist() == [250, 20]
    keys_told = {p.key: p.facts for p in lineage.tell(small, new, found, where="new.gpkg")}
    assert keys_told["lineage.outlines_overlap"]["ha"] == pytest.approx(20, rel=1e-3)


def test_a_name_that_the_ground_contradicts_is_told(small: Lineage, new: gpd.GeoDataFrame) -> None:
    swapped = join(old_frame("Xã Hai", "Xã Ba", "Xã Bốn", "Xã Một"), small, "old.gpkg")
    said = {p.key: p for p in lineage.tell(small, new, swapped, where="new.gpkg")}
    assert said["lineage.match_contradicted"].feature_ids == ("Xã Hai (Huyện Thử)", "Xã Một (Huyện Thử)")
    assert said["lineage.outlines_stray"].facts["ha"] == pytest.approx(200, rel=1e-3)
    straight = join(old_frame("Xã Một", "Xã Ba", "Xã Bốn", "Xã Hai"), small, "old.gpkg")
    said = {p.key: p for p in lineage.tell(small, new, straight, where="new.gpkg")}
    assert "lineage.match_contradicted" not in said
    assert "lineage.outlines_stray" not in said


def test_two_outlines_of_one_name_and_one_without_a_name_are_refused(small: Lineage) -> None:
    for second, key in (("XÃ  MỘT", "lineage.outline_twice"), (None, "lineage.outline_blank")):
        frame = old_frame("Xã Một", "Xã Ba", "Xã Bốn", "Xã Hai")
        frame.loc[1, "name"] = second
        with pytest.raises(InputError) as error:
            join(frame, small, "old.gpkg")
        assert keys(error) == [key]


def test_another_coordinate_system_is_refused(new: gpd.GeoDataFrame, old: Outlines) -> None:
    with pytest.raises(InputError) as error:
        lineage.mismatch(new.to_crs("EPSG:32648"), old)
    assert keys(error) == ["overlays.crs_differ"]


# --- figures


def test_whole_figures_add_and_divided_ones_go_by_ground(small: Lineage, new: gpd.GeoDataFrame, old: Outlines) -> None:
    shares = ground.part_shares(new, old)
    assert shares["share"].round(3).tolist() == [0.25, 0.75]
    values = pd.Series({"90001": 10.0, "90003": 20.0, "90004": 40.0, "90002": 5.0})
    table, said = lineage.redistribute(values, OLD_DAY, small, shares)
    assert table["value"].round(2).tolist() == [40.0, 35.0]
    assert table["estimated"].round(2).tolist() == [10.0, 30.0]
    assert [p.key for p in said] == ["lineage.values_estimated"]


def test_what_cannot_be_given_to_anyone_is_told_and_the_rest_is_no_figure(small: Lineage) -> None:
    values = pd.Series({"90001": 10.0, "90003": 20.0, "90004": 40.0, "99999": 7.0})
    table, said = lineage.redistribute(values, OLD_DAY, small)
    assert table["value"].isna().all()
    assert table["known"].tolist() == [30.0, 0.0]
    told = {p.key: p for p in said}
    assert told["lineage.values_lost"].facts["sum"] == 47.0
    assert told["lineage.values_lost"].feature_ids == ("90004", "99999")
    assert told["lineage.values_absent"].feature_ids == ("90001 (90004)", "90002 (90002, 90004)")


def test_a_day_of_the_new_codes_keeps_figures_where_they_are(small: Lineage) -> None:
    table, said = lineage.redistribute(pd.Series({"90001": 1.0, "90002": 2.0}), NEW_DAY, small)
    assert table["value"].tolist() == [1.0, 2.0]
    assert said == ()


def test_a_share_without_one_of_its_receivers_is_refused(new: gpd.GeoDataFrame, old: Outlines) -> None:
    with pytest.raises(InputError) as error:
        ground.part_shares(new.iloc[:1], old)
    assert keys(error) == ["lineage.part_absent"]


def test_a_code_with_two_figures_is_refused(small: Lineage) -> None:
    with pytest.raises(InputError) as error:
        lineage.redistribute(pd.Series([1.0, 2.0], index=["90001", "90001"]), OLD_DAY, small)
    assert keys(error) == ["lineage.values_twice"]


SMALL = Lineage(
    tuple(
        lineage.crosswalk.Row(new, "", old, old, "", "", how)
        for new, old, how in (("90001", "90001", "whole"), ("90001", "90004", "part"), ("90002", "90004", "part"))
    ),
    "crosswalk.csv",
)
SHARES = pd.DataFrame(
    {"code": ["90004"] * 2, "unit_code": ["90001", "90002"], "piece_ha": [1.0, 2.0], "share": [1 / 3, 2 / 3]}
).assign(outside_ha=0.0)


@given(st.dictionaries(st.sampled_from(["90001", "90004", "12345"]), st.floats(0, 1e6), min_size=1))
def test_nothing_is_made_and_nothing_vanishes(figures: dict[str, float]) -> None:
    table, said = lineage.redistribute(pd.Series(figures), OLD_DAY, SMALL, SHARES)
    lost = sum(float(p.facts["sum"]) for p in said if p.key == "lineage.values_lost")
    assert table["known"].sum() + lost == pytest.approx(sum(figures.values()))


# --- codes on lots


def test_codes_on_lots_are_explained_by_the_merger_or_named(small: Lineage) -> None:
    codes = pd.Series(["90001", "90003", "90004", "90002", "12345", None], index=range(10, 16))
    table, said = lineage.explain_codes(codes, pd.Series(["90001"] * 6), small, where="lots.shp")
    assert table["verdict"].tolist() == ["own", "merged", "part", "elsewhere", "unknown", "blank"]
    assert table.index.tolist() == codes.index.tolist()
    assert set(table["verdict"]) <= set(VERDICTS)
    assert [(p.key, p.feature_ids) for p in said] == [
        ("lineage.lots_old_codes", ("90003 Xã Ba (1)", "90004 Xã Bốn (1)")),
        ("lineage.lots_unexplained", ("12345 (1)", "90002 Xã Hai (1)")),
    ]
    assert said[0].facts == {"n": 2, "doubtful_n": 1}


def test_every_problem_can_be_said(small: Lineage, new: gpd.GeoDataFrame, old: Outlines) -> None:
    for problem in lineage.tell(small, new, old, where="new.gpkg"):
        for lang in ("vi", "en"):
            assert spoken(problem, lang).found


# --- the reviewed table


def test_the_review_speaks_its_own_words() -> None:
    rows = reviewed.codes.table("communes_2009")
    assert {row["kind"] for row in rows} == set(reviewed.KINDS)
    assert {row["evidence"] for row in rows} == set(reviewed.EVIDENCE)
    assert {row["how"] for row in rows} == {"whole", "part"}
    assert all(row["reason"] for row in rows)
    parts = Counter((row["district_2009"], row["name_2009"]) for row in rows if row["how"] == "part")
    assert set(parts.values()) == {2, 3}
    assert all(n == 1 or key in parts for key, n in Counter((r["district_2009"], r["name_2009"]) for r in rows).items())


# --- Thái Nguyên


@pytest.fixture(scope="module")
def thai_nguyen() -> Lineage:
    return lineage.read(CROSSWALK, CROSSWALK.name)


@pytest.fixture(scope="module")
def outlines_2009(thai_nguyen: Lineage) -> Outlines:
    return lineage.open_outlines(LayerSpec("outlines", OUTLINES, OUTLINES.name), TM3, ADMIN, thai_nguyen)


@pytest.fixture(scope="module")
def communes_2025() -> gpd.GeoDataFrame:
    spec = LayerSpec("communes", COMMUNES, COMMUNES.name, layer="communes_2025")
    return layers.read(spec, TM3, ADMIN).frame


@pytest.fixture(scope="module")
def beside(communes_2025: gpd.GeoDataFrame, outlines_2009: Outlines) -> pd.DataFrame:
    return lineage.mismatch(communes_2025, outlines_2009)


@pytest.fixture(scope="module")
def told(thai_nguyen: Lineage, communes_2025: gpd.GeoDataFrame, outlines_2009: Outlines) -> dict[str, Problem]:
    return {p.key: p for p in lineage.tell(thai_nguyen, communes_2025, outlines_2009, where=COMMUNES.name)}


@real
def test_every_new_code_was_the_code_of_one_of_its_own_old_communes(thai_nguyen: Lineage) -> None:
    assert len(thai_nguyen.new_names) == 92
    assert len(thai_nguyen.old_names) == 280
    assert all(code in dict(thai_nguyen.before(code)) for code in thai_nguyen.new_names)
    assert (thai_nguyen.old_names["01879"], thai_nguyen.new_names["01879"]) == ("Xã Cổ Linh", "Xã Cao Minh")


@real
def test_three_old_communes_are_divided(thai_nguyen: Lineage) -> None:
    parts = [(row.old_code, row.new_code) for row in thai_nguyen.rows if row.how == "part"]
    assert sorted(parts) == [
        ("05461", "05443"), ("05461", "05467"), ("05467", "05467"), ("05467", "05500"), ("05932", "05908"),
        ("05932", "05941"),
    ]  # fmt: skip


@real
@pytest.mark.parametrize(
    ("code", "day", "now"),
    [
        ("02155", date(2020, 1, 31), (("02155", "part"), ("02152", "part"))),  # Lương Hạ, divided
        ("02155", date(2020, 2, 1), (("02155", "whole"),)),  # Yến Lạc
        ("02155", NEW_DAY, (("02155", "whole"),)),  # Na Rì
        ("02134", date(2018, 1, 1), (("02155", "whole"),)),  # Yến Lạc under the code it gave up
        ("02149", date(2018, 1, 1), (("02152", "whole"),)),  # Văn Học, divided, both halves in Cường Lợi now
        ("05608", date(2024, 1, 1), (("05611", "whole"),)),  # Giang Tiên before it took the code of Phấn Mễ
        ("01879", OLD_DAY, (("01879", "whole"),)),
    ],
)
def test_codes_of_other_years(thai_nguyen: Lineage, code: str, day: date, now: tuple[tuple[str, str], ...]) -> None:
    assert thai_nguyen.now(code, day) == now


@real
def test_a_commune_that_nobody_has_drawn_the_line_through_is_refused(thai_nguyen: Lineage) -> None:
    with pytest.raises(InputError) as error:
        thai_nguyen.now("05782", date(2024, 1, 1))
    assert keys(error) == ["lineage.undecided"]


@real
def test_a_change_without_a_day_makes_no_difference(thai_nguyen: Lineage) -> None:
    for code, change in reviewed.by_code().items():
        if change.changed_on is None and code in thai_nguyen.old_names:
            assert thai_nguyen.reached(change.receivers) == thai_nguyen.now(code, OLD_DAY)


@real
def test_the_review_and_the_crosswalk_agree(thai_nguyen: Lineage) -> None:
    receivers = {old for change in reviewed.by_name().values() for old, _ in change.receivers}
    assert receivers <= set(thai_nguyen.old_names)
    assert reviewed.last_change() == date(2024, 12, 1)
    kept = {c.code: c for c in reviewed.by_name().values() if c.kind in ("spelling", "moved", "raised")}
    assert all(change.receivers == ((code, "whole"),) for code, change in kept.items())


@real
def test_302_of_303_outlines_are_joined_and_no_old_commune_is_without(
    thai_nguyen: Lineage, outlines_2009: Outlines, told: dict[str, Problem]
) -> None:
    assert told["lineage.outlines_matched"].facts["n"] == 302
    assert told["lineage.outlines_matched"].facts["all"] == 303
    assert told["lineage.outlines_matched"].facts["reviewed_n"] == 85
    assert told["lineage.outlines_unmatched"].feature_ids == ("Xã Na Mao (Huyện Đại Từ)",)
    assert told["lineage.outlines_unmatched"].facts["ha"] == pytest.approx(878.6, abs=0.1)
    assert set(outlines_2009.claims["old_code"]) == set(thai_nguyen.old_names)
    assert "lineage.old_without_outline" not in told


@real
def test_no_outline_lies_where_its_name_does_not_lead(told: dict[str, Problem]) -> None:
    assert "lineage.match_contradicted" not in told
    assert "lineage.unit_name_differs" not in told


@real
def test_communes_that_went_whole_while_their_ground_did_not(told: dict[str, Problem]) -> None:
    stray = told["lineage.outlines_stray"]
    assert stray.feature_ids[:2] == ("Xã Đồng Tiến (Huyện Phổ Yên): 295 ha", "Xã Bình Yên (Huyện Định Hóa): 248 ha")
    assert stray.facts["n"] == 7


@real
def test_a_fault_in_one_row_shows_on_the_ground(
    thai_nguyen: Lineage, communes_2025: gpd.GeoDataFrame, tmp_path: Path
) -> None:
    text = CROSSWALK.read_text(encoding="utf-8")
    row = "01879,Xã Cao Minh,01867,"
    assert text.count(row) == 1
    faulty = tmp_path / "faulty.csv"
    faulty.write_text(text.replace(row, "01882,Xã Nghiên Loan,01867,"), encoding="utf-8")
    wrong = lineage.read(faulty, "faulty.csv")
    found = lineage.open_outlines(LayerSpec("outlines", OUTLINES, OUTLINES.name), TM3, ADMIN, wrong)
    said = {p.key: p for p in lineage.tell(wrong, communes_2025, found, where=COMMUNES.name)}
    assert said["lineage.match_contradicted"].feature_ids == ("Xã Công Bằng (Huyện Pác Nặm)",)


@real
def test_hectares_of_nam_cuong_and_quang_bach(beside: pd.DataFrame) -> None:
    table = beside.set_index("unit_code")
    nam_cuong, quang_bach = table.loc["02026"], table.loc["02038"]
    figures = ["official_ha", "polygon_ha", "old_ha", "difference_ha", "outside_ha"]
    assert nam_cuong[figures].astype(float).round(0).tolist() == [14965, 15289, 15756, -467, 727]
    assert quang_bach[figures].astype(float).round(0).tolist() == [7522, 7200, 7118, 83, 297]
    # What Nam Cường has too much, Quảng Bạch has too little: the boundary between them, not the area, is in doubt.
    over = nam_cuong["polygon_ha"] - nam_cuong["official_ha"]
    assert over == pytest.approx(quang_bach["official_ha"] - quang_bach["polygon_ha"], abs=5)


@real
def test_all_ground_is_accounted_for(
    beside: pd.DataFrame, outlines_2009: Outlines, communes_2025: gpd.GeoDataFrame
) -> None:
    under = beside[["inside_ha", "from_others_ha", "unmatched_ha", "uncovered_ha"]].sum(axis=1)
    assert (under - beside["polygon_ha"]).abs().max() < 0.01
    assert (beside["old_ha"] - beside["inside_ha"] - beside["outside_ha"]).abs().max() < 1e-6
    matched = outlines_2009.frame["geom_ha"].sum() - outlines_2009.unmatched["geom_ha"].sum()
    shares = ground.part_shares(communes_2025, outlines_2009)
    lost = shares.groupby("code")["outside_ha"].first().sum()
    assert (beside["old_ha"] + beside["overlap_ha"]).sum() + lost == pytest.approx(matched, abs=0.01)


@real
def test_old_hectares_come_out_whole(
    thai_nguyen: Lineage, outlines_2009: Outlines, communes_2025: gpd.GeoDataFrame
) -> None:
    shares = ground.part_shares(communes_2025, outlines_2009)
    assert shares.groupby("code")["share"].sum().round(12).eq(1.0).all()
    values = pd.Series(1.0, index=list(thai_nguyen.old_names))
    table, said = lineage.redistribute(values, OLD_DAY, thai_nguyen, shares)
    assert table["value"].sum() == pytest.approx(280)
    assert table["estimated"].sum() == pytest.approx(3)
    told = {p.key: p for p in said}
    assert set(told) == {"lineage.values_estimated", "lineage.shares_uncertain"}
    assert told["lineage.shares_uncertain"].feature_ids == ("05932 → 05908: 26.4 / 47.6 ha",)


@real
def test_figures_of_2018_go_by_the_codes_of_2018(
    thai_nguyen: Lineage, outlines_2009: Outlines, communes_2025: gpd.GeoDataFrame
) -> None:
    shares = ground.part_shares(communes_2025, outlines_2009)
    day = date(2018, 12, 31)
    values = pd.Series(1.0, index=sorted(thai_nguyen.codes_on(day)))
    table, said = lineage.redistribute(values, day, thai_nguyen, shares)
    told = {p.key: p for p in said}
    assert len(values) == 300  # 302 units of 2018, less Kim Sơn and Vinh Sơn, whose last day nobody has read
    assert told["lineage.values_perhaps_absent"].feature_ids == ("05524", "05557")
    assert told["lineage.values_lost"].feature_ids == ("05782",)  # Na Mao, and with it what it may have gone to
    assert told["lineage.values_absent"].feature_ids == ("05773 (05782)", "05800 (05782)")
    assert table["known"].sum() == pytest.approx(299)
    assert table["value"].isna().sum() == 2


@real
def test_na_mao_without_a_figure_is_missed(thai_nguyen: Lineage) -> None:
    day = date(2024, 11, 30)
    values = pd.Series(1.0, index=sorted(thai_nguyen.codes_on(day) - {"05782"}))
    _, said = lineage.redistribute(values, day, thai_nguyen)
    absent = next(p for p in said if p.key == "lineage.values_absent")
    assert {"05773 (05782)", "05800 (05782)"} <= set(absent.feature_ids)


@real
def test_figures_of_namesakes_in_the_crosswalk_are_told(told: dict[str, Problem]) -> None:
    assert told["lineage.crosswalk_area_differs"].feature_ids[0] == "Xã Tân Thịnh (Huyện Định Hóa): 363 / 6052 ha"
    assert len(told["lineage.crosswalk_area_differs"].feature_ids) == 4
    assert told["lineage.outlines_overlap"].facts["ha"] == pytest.approx(2951.7, abs=0.5)


@real
def test_lots_of_cao_minh_with_old_codes(thai_nguyen: Lineage) -> None:
    codes = pd.Series(["01879", "01867", "01885", "01849", "1879"])
    table, _ = lineage.explain_codes(codes, pd.Series(["01879"] * 5), thai_nguyen, where="lots.shp")
    assert table["verdict"].tolist() == ["own", "merged", "merged", "elsewhere", "unknown"]
    earlier = pd.Series(["01903", "05782", "05782"])
    table, _ = lineage.explain_codes(earlier, pd.Series(["01912", "05800", "01879"]), thai_nguyen, where="lots.shp")
    assert table["verdict"].tolist() == ["earlier", "undecided", "elsewhere"]


@real
def test_four_communes_hear_only_of_their_own_ground(
    thai_nguyen: Lineage, communes_2025: gpd.GeoDataFrame, outlines_2009: Outlines
) -> None:
    four = communes_2025[communes_2025["unit_code"].isin(("01849", "01879", "01981", "02026"))].reset_index(drop=True)
    said = lineage.tell(thai_nguyen, four, outlines_2009, where=COMMUNES.name)
    assert Counter(p.key for p in said)["lineage.ground_moved"] == 4
    assert "lineage.outlines_unmatched" not in {p.key for p in said}
    cao_minh = next(p for p in said if p.key == "lineage.ground_moved" and p.feature_ids == ("01879",))
    assert cao_minh.facts["outside_ha"] == pytest.approx(849.8, abs=0.1)


@real
def test_a_shapefile_of_outlines_is_refused_in_words(thai_nguyen: Lineage, tmp_path: Path) -> None:
    old_frame("Xã Một", "Xã Ba", "Xã Bốn", "Xã Hai").to_file(tmp_path / "old.shp")
    with pytest.raises(InputError) as error:
        lineage.open_outlines(LayerSpec("outlines", tmp_path / "old.shp", "old.shp"), TM3, tmp_path, thai_nguyen)
    assert keys(error) == ["lineage.outlines_format"]


def test_hectares_are_those_of_the_ellipsoid(old: Outlines) -> None:
    assert old.frame["geom_ha"].tolist() == areas.hectares(old.frame).tolist()


def test_refusals_and_figures_speak_with_the_facts_they_have(
    small: Lineage, new: gpd.GeoDataFrame, old: Outlines, tmp_path: Path
) -> None:
    faulty = written(tmp_path, "1840,Xã A,90001,,Huyện Thử,Tỉnh Thử,mostly,")
    contradictory = [*ROWS, *ROWS[:2], "90002,Xã Bê,90005,xã BA,Huyện Thử,Tỉnh Thử,part,"]
    said: list[Problem] = []
    for refused in (
        lambda: lineage.read(faulty, "crosswalk.csv"),
        lambda: lineage.read(written(tmp_path, *contradictory), "crosswalk.csv"),
        lambda: small.now("90003", NEW_DAY),
        lambda: small.now("90009", OLD_DAY),
        lambda: small.now("90003", date(2004, 1, 1)),
        lambda: ground.part_shares(new.iloc[:1], old),
    ):
        with pytest.raises(InputError) as error:
            refused()
        said += error.value.problems
    shares = ground.part_shares(new, old).assign(outside_ha=1000.0)
    said += lineage.redistribute(pd.Series({"90004": 1.0, "1": 2.0}), OLD_DAY, small, shares)[1]
    codes = pd.Series(["90003", "12345"])
    said += lineage.explain_codes(codes, pd.Series(["90001"] * 2), small, where="lots.shp")[1]
    assert len({p.key for p in said}) == 18
    for problem in said:
        for lang in ("vi", "en"):
            assert spoken(problem, lang).fix
