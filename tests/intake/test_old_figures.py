"""`geoplan import --old-codes`: a yearbook of old communes. Cao Minh is One and Two, Nam Cường is Three; Four was cut."""

import csv
import io
import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from geoplan.lineage import crosswalk, old_names, statistics
from tests.intake.conftest import Said, call, hashes, tcvn3

Made = Callable[..., Path]
SHARED = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "admin"
DAY = "2024-12-31"
CROSSWALK = """new_code,new_name,old_code,old_name,old_district,old_province,how
01879,Xã Cao Minh,01879,Xã Một,Huyện H,Tỉnh T,whole
01879,Xã Cao Minh,01867,Xã Hai,Huyện H,Tỉnh T,whole
02026,Xã Nam Cường,02026,Xã Ba,Huyện K,Tỉnh T,whole
02029,Xã Bốn Mới,02029,Xã Bốn,Huyện K,Tỉnh T,part
02026,Xã Nam Cường,02029,Xã Bốn,Huyện K,Tỉnh T,part
02032,Xã Năm Mới,02032,Xã Năm,Huyện K,Tỉnh T,whole
"""
HEAD = ["STT", "Mã xã", "Tên xã", "Dân số", "Diện tích (ha)", "Tỷ lệ hộ nghèo (%)", "Năm"]
ONE, TWO = [1, "01879", "Xã Một", 100, 10.5, 12.5, 2024], [2, 1867, "Hai", 50, 4.25, 20.0, 2024]
FIVE = [3, "02032", "Xã Năm", 7, 1.0, 1.0, 2024]


@pytest.fixture
def folder(project: Made) -> Path:
    made = project(more='\n[lineage]\ncrosswalk = "xa.csv"\n')
    (made / "xa.csv").write_text(CROSSWALK, encoding="utf-8")
    return made


def sheet(folder: Path, *rows: list[Any], name: str = "ng.xlsx") -> Path:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    path = folder.parent / name
    book.save(path)
    return path


def text(folder: Path, *lines: str, name: str = "ng.csv") -> Path:
    path = folder.parent / name
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def bring(folder: Path, path: Path, *words: str | Path, day: str = DAY) -> Said:
    return call("import", path, "--project", folder, "--old-codes", day, "--out", folder.parent / "ra", *words)


def written(folder: Path, name: str = "ng_xa_moi.xlsx") -> list[tuple[Any, ...]]:
    return list(openpyxl.load_workbook(folder.parent / "ra" / name).active.iter_rows(values_only=True))


def keys(said: Said) -> list[str]:
    return [p["key"] for p in said.json["errors"]]


def test_people_and_hectares_are_added_and_shares_are_not(folder: Path) -> None:
    path = sheet(folder, ["BIỂU 01"], HEAD, ONE, TWO, ["", None, "Tổng", 150, 14.75])
    before = hashes(folder.parent)
    said = bring(folder, path)
    assert said.code == 0, said.err
    assert hashes(folder.parent) == before, "a dry run writes nothing"
    assert "01879 Xã Cao Minh ← 01867 Xã Hai, 01879 Xã Một" in said.out
    assert "cộng “Dân số”: trong tệp 150,00, theo xã mới 150,00" in said.out
    assert "Tỷ lệ hộ nghèo (%)" in said.err
    assert bring(folder, path, "--yes").code == 0
    assert written(folder) == [
        ("unit_code", "unit_name", "old_codes", "Dân số", "Diện tích (ha)"),
        ("01879", "Xã Cao Minh", "01867, 01879", 150, 14.75),
    ]
    record = json.loads((folder.parent / "ra" / "ng_xa_moi.source.json").read_text(encoding="utf-8"))
    assert record["communes"] == [{"unit_code": "01879", "old_codes": ["01867", "01879"]}]
    assert [c["sum_after"] for c in record["columns"]] == [150, 14.75]
    assert {c["column"]: c["because"] for c in record["left_out"]} == {
        "STT": "label",
        "Tỷ lệ hộ nghèo (%)": "share",
        "Năm": "label",
    }
    assert record["valid_on"] == DAY


def test_the_same_table_gives_the_same_bytes_and_other_content_is_not_written_over(folder: Path) -> None:
    path = sheet(folder, HEAD, ONE, TWO)
    bring(folder, path, "--yes")
    first = hashes(folder.parent / "ra")
    assert bring(folder, path, "--yes").code == 0
    assert hashes(folder.parent / "ra") == first
    sheet(folder, HEAD, [*ONE[:3], 999, *ONE[4:]], TWO)
    assert keys(bring(folder, path, "--yes", "--json")) == ["intake.exists"]
    assert hashes(folder.parent / "ra") == first
    assert bring(folder, path, "--yes", "--replace").code == 0
    assert written(folder)[1][3] == 1049


def test_a_commune_with_an_unknown_part_stays_empty_with_the_known_part_beside_it(folder: Path) -> None:
    said = bring(folder, text(folder, "Mã xã;Số hộ", "1879;4", "02032;-"), "--yes")
    assert said.code == 0
    assert "01879 (01867)" in said.err
    raw = (folder.parent / "ra" / "ng_xa_moi.csv").read_bytes().decode("utf-8-sig")
    assert list(csv.reader(io.StringIO(raw)))[1:] == [["01879", "Xã Cao Minh", "01879", "", "4"]]


def test_a_divided_commune_is_refused_with_its_figures(folder: Path) -> None:
    said = bring(folder, sheet(folder, HEAD, ONE, TWO, [3, "02029", "Xã Bốn", 77, 3.5]), "--yes", "--json")
    assert said.code == 3
    (error,) = said.json["errors"]
    assert error["key"] == "figures.divided"
    assert error["feature_ids"] == ["#4 02029 Xã Bốn → 02029, 02026"]
    assert "Dân số = 77; Diện tích (ha) = 3,5" in error["found"]
    assert not (folder.parent / "ra").exists()


def test_without_the_rows_of_the_divided_commune_its_receivers_stay_empty(folder: Path) -> None:
    said = bring(folder, text(folder, "Mã xã;Số hộ", "02026;4", "02032;5"), "--yes")
    assert said.code == 0
    raw = (folder.parent / "ra" / "ng_xa_moi.csv").read_bytes().decode("utf-8-sig")
    assert [row[3] for row in csv.reader(io.StringIO(raw))][1:] == ["", "5"]
    assert "02026 (02029)" in said.err


@pytest.mark.parametrize(
    ("lines", "key", "ids"),
    [
        (("Mã xã;Số hộ", "01879;4", "01879;5"), "figures.twice", ["#2 (01879)", "#3 (01879)"]),
        (("Mã xã;Số hộ", "99999;4"), "figures.code_unknown", ["#2 (99999)"]),
        (("Mã xã;Số hộ", "018790;4", "Xã Một;5"), "figures.code_unreadable", ["#2", "#3"]),
        (("Mã xã;Số hộ", "01879;bốn mươi 4"), "figures.number_unreadable", ["#2"]),
        (("Mã xã;Diện tích (ha)", "01879;1.234", "02032;2"), "figures.number_unreadable", ["#2"]),
        (("Mã xã;Số hộ;Số hộ", "01879;4;5"), "figures.columns_repeated", []),
        (("Mã xã;Ghi chú", "01879;4a"), "lineage.values_none", []),
        (("Xã;Huyện;Số hộ", "Xã Một;Huyện K;4"), "figures.name_unknown", ["#2 (Xã Một, Huyện K)"]),
        (("Xã;Số hộ", "Xã Một;4"), "layer.figures_no_communes", []),
        (("Mã xã;Tên xã;Số hộ", "01879;Xã Cao Minh;4", "02026;Xã Nam Cường;4"), "figures.names_of_others",
         ["#2: 01879 Xã Cao Minh / Xã Một", "#3: 02026 Xã Nam Cường / Xã Ba"]),
    ],
)  # fmt: skip
def test_what_is_refused_by_its_row(folder: Path, lines: tuple[str, ...], key: str, ids: list[str]) -> None:
    said = bring(folder, text(folder, *lines), "--json")
    assert said.code == 3
    assert (said.json["error"]["key"], said.json["error"]["feature_ids"]) == (key, ids)


def test_names_with_their_district_and_rows_of_districts(folder: Path) -> None:
    lines = ("Xã;Huyện;Dân số", "Huyện H;;150", "Một;H;100", "Xã Hai;huyện H;50")
    said = bring(folder, text(folder, *lines), "--yes")
    assert said.code == 0, said.err
    assert "[#2]" in said.err
    raw = (folder.parent / "ra" / "ng_xa_moi.csv").read_bytes().decode("utf-8-sig")
    assert list(csv.reader(io.StringIO(raw)))[1] == ["01879", "Xã Cao Minh", "01867, 01879", "150"]
    early = bring(folder, text(folder, *lines), "--json", day="2019-12-31")
    assert keys(early)[0] == "figures.names_early"


def test_a_column_of_which_nobody_knows_is_added_on_the_users_word_only(folder: Path) -> None:
    path = text(folder, "Mã xã;Số hộ;Trâu", "02032;4;9")
    assert '--sum "Trâu"' in bring(folder, path).err
    said = bring(folder, path, "--sum", "trâu", "--json")
    assert [c["column"] for c in said.json["tables"][0]["columns"]] == ["Số hộ", "Trâu"]
    assert keys(bring(folder, path, "--sum", "bò", "--json")) == ["figures.sum_unknown"]
    assert call("import", path, "--sum", "Trâu", "--json").json["error"]["key"] == "figures.sum_alone"


@pytest.mark.parametrize(
    ("lines", "sums", "told"),
    [
        (("Mã xã;Dân số;Diện tích (ha)", "01879;3.623;110,5", "1867;1.000;1.234"), [4623, 1344.5], True),
        (("Mã xã,Dân số,Diện tích (ha)", '01879,"3,623",110.5', '1867,"1,000","1,234"'), [4623, 1344.5], True),
        (("Mã xã;Dân số", "01879;3.623", "1867;870"), [4493], True),
        (("Mã xã;Dân số;Diện tích (ha)", "01879;3.623;110.5", "1867;1.000;2.5"), [4623, 113.0], True),
        (("Mã xã;Dân số (nghìn người)", "01879;3,6", "1867;0,9"), [4.5], False),
    ],
)
def test_thousands_by_the_signs_of_the_table_or_because_persons_are_whole(
    folder: Path, lines: tuple[str, ...], sums: list[float], told: bool
) -> None:
    said = bring(folder, text(folder, *lines), "--json")
    assert [c["sum_after"] for c in said.json["tables"][0]["columns"]] == sums
    assert ("figures.thousands" in [w["key"] for w in said.json["warnings"]]) is told


def test_persons_have_no_fractions(folder: Path) -> None:
    """Excel of another country made 3.623 of three thousand people."""
    said = bring(folder, sheet(folder, ["Mã xã", "Dân số"], ["02032", 3.623]), "--json")
    assert (said.json["error"]["key"], said.json["error"]["feature_ids"]) == ("figures.fractions", ["#2"])


def test_letters_of_tcvn3_and_one_bad_byte(folder: Path) -> None:
    path = folder.parent / "ng.csv"
    path.write_bytes(tcvn3("Mã xã;Tên xã;Dân số\n02032;Xã Năm;7\n").encode("latin-1"))
    assert bring(folder, path, "--json").json["tables"][0]["ready"]
    path.write_bytes("Mã xã;Tên xã;Dân số\n02032;Xã Năm;7\n01879;Xã M".encode() + b"\xf4t;8\n")
    said = bring(folder, path, "--json")
    assert (said.json["error"]["key"], said.json["error"]["feature_ids"]) == ("layer.figures_letters", ["#3"])


def several(folder: Path, **sheets: list[list[Any]]) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(folder.parent / "tinh.xlsx")
    return folder.parent / "tinh.xlsx"


def test_a_district_a_sheet_is_one_table(folder: Path) -> None:
    head = ["Mã xã", "Dân số"]
    path = several(folder, H=[head, ["01879", 100], [1867, 50]], K=[head, ["02032", 7]], Bìa=[["Tỉnh T"]])
    said = bring(folder, path, "--json")
    assert said.code == 0
    assert [c["unit_code"] for c in said.json["tables"][0]["communes"]] == ["01879", "02032"]
    assert [w["key"] for w in said.json["warnings"]] == ["layer.sheets_unread", "layer.sheets_joined"]
    years = several(folder, N23=[head, ["02032", 7]], N24=[head, ["02032", 8]])
    assert bring(folder, years, "--json").json["error"]["feature_ids"] == ["N23!#2 (02032)", "N24!#2 (02032)"]
    for other in ([["Mã xã", "Số hộ"], ["01879", 1]], [["01879", 100]]):
        refused = bring(folder, several(folder, H=[head, ["02032", 7]], K=other), "--json")
        assert refused.json["error"]["key"] == "layer.sheets_several"


def test_a_table_of_households_is_refused_at_once(folder: Path) -> None:
    said = bring(folder, text(folder, "Mã xã;Số hộ", *["02032;5"] * 15_001), "--json")
    assert (said.json["error"]["key"]) == "figures.rows_many"


def test_text_never_becomes_a_formula(folder: Path) -> None:
    (folder / "xa.csv").write_text(CROSSWALK.replace("Xã Năm Mới", "=1+1"), encoding="utf-8")
    bring(folder, sheet(folder, ["Mã xã", "=A1 (ha)"], ["02032", 5]), "--yes")
    cells = [c for row in openpyxl.load_workbook(folder.parent / "ra" / "ng_xa_moi.xlsx").active for c in row]
    assert [c.value for c in cells if c.data_type == "f"] == []
    bring(folder, text(folder, "Mã xã;@hộ", "02032;5", name="b.csv"), "--sum", "@hộ", "--yes")
    raw = (folder.parent / "ra" / "b_xa_moi.csv").read_bytes().decode("utf-8-sig")
    assert raw.splitlines() == ["unit_code,unit_name,old_codes,'@hộ", "02032,'=1+1,02032,5"]


@pytest.mark.parametrize(
    ("day", "key"), [("2025-07-01", "figures.day_new"), ("31/12/2024", "figures.day_form"), ("2024-1-1", "figures.day_form")]
)  # fmt: skip
def test_the_day_decides_and_is_never_guessed(folder: Path, day: str, key: str) -> None:
    said = bring(folder, text(folder, "Mã xã;Số hộ", "02032;5"), "--json", day=day)
    assert (said.code, said.json["error"]["key"]) == (2, key)


def test_without_a_table_of_old_communes_there_is_a_word_on_how_to_get_one(project: Made) -> None:
    said = bring(folder := project(), text(folder, "Mã xã;Số hộ", "02032;5"), "--json")
    assert (said.code, said.json["error"]["key"]) == (3, "figures.no_crosswalk")


def test_other_files_are_refused_by_their_format(folder: Path) -> None:
    said = bring(folder, folder / "layers" / "rung.gpkg", "--json")
    assert (said.code, said.json["error"]["key"]) == (3, "layer.figures_format")


def test_a_code_of_2012_had_another_name() -> None:
    path = SHARED / "crosswalk_old_to_2025_thai_nguyen.csv"
    if not path.is_file():
        pytest.skip("the table of old and new communes is not beside the project")
    table = crosswalk.read(path, path.name)
    assert old_names.of_code(table, "02155", date(2012, 1, 1)) == ("Xã Lương Hạ",)
    assert old_names.of_code(table, "02155", date(2024, 12, 31)) == ("Thị trấn Yến Lạc",)
    assert old_names.codes_named(table, "Tân Thịnh", "Định Hóa") != old_names.codes_named(
        table, "Tân Thịnh", "TP. Thái Nguyên"
    )


@pytest.mark.parametrize("outlines", [False, True])
def test_the_whole_province(tmp_path: Path, outlines: bool) -> None:
    """Every old commune has a thousand people: none is lost, and none is made; three were divided."""
    source = SHARED / "crosswalk_old_to_2025_thai_nguyen.csv"
    if not source.is_file():
        pytest.skip("the table of old and new communes is not beside the project")
    folder = tmp_path / "xa"
    folder.mkdir()
    communes, old = (SHARED / f"communes_{n}.gpkg" for n in ("2025_thai_nguyen", "2009_bac_kan_thai_nguyen"))
    (folder / "xa.csv").write_bytes(source.read_bytes())
    (folder / "xa.gpkg").write_bytes(communes.read_bytes())
    (folder / "cu.gpkg").write_bytes(old.read_bytes())
    (folder / "geoplan.toml").write_text(
        '[project]\nname = "T"\nas_of = 2026-06-30\n[layers]\ncommunes = { path = "xa.gpkg", layer = "communes_2025" }\n'
        '[lineage]\ncrosswalk = "xa.csv"\n' + ('outlines = "cu.gpkg"\n' if outlines else ""),
        encoding="utf-8",
    )
    rows = {r["old_code"]: r for r in csv.DictReader(io.StringIO(source.read_text(encoding="utf-8-sig")))}
    path = sheet(folder, ["Mã xã", "Tên xã", "Dân số"], *([c, r["old_name"], 1000] for c, r in rows.items()))
    said = bring(folder, path, "--json")
    if not outlines:
        assert keys(said) == ["figures.divided"]
        assert len(said.json["error"]["feature_ids"]) == 3
        return
    assert said.code == 0
    (column,) = said.json["tables"][0]["columns"]
    assert column["sum_after"] == pytest.approx(column["sum_before"]) == 1000 * len(rows)
    assert len(said.json["tables"][0]["communes"]) == 92
    assert "lineage.values_estimated" in [w["key"] for w in said.json["warnings"]]
    few = bring(folder, text(folder, "Mã xã;Dân số", "01957;7"), "--json")
    assert few.json["warnings"] == [], "nothing is said of divided communes that the table does not have"


@pytest.mark.parametrize(
    ("heading", "kind"),
    [
        ("Tổng số hộ", "amount"), ("Sản lượng lúa (tấn)", "amount"), ("Nam", "amount"), ("Dân số năm 2024", "amount"),
        ("Năm", "label"), ("Năm 2024", "label"), ("Mã huyện", "label"), ("Số điện thoại", "label"),
        ("Năng suất (tạ/ha)", "share"), ("Mật độ (người/km2)", "share"), ("Số người/hộ", "share"), ("Trâu", ""),
    ],
)  # fmt: skip
def test_what_a_heading_says_of_its_figures(heading: str, kind: str) -> None:
    assert statistics.kind_of(heading) == kind
