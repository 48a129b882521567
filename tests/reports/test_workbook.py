"""The workbook as an office opens it: numbers are numbers, text is text, made-up data say so on every sheet."""

import io
import re
import tempfile
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from openpyxl import Workbook, load_workbook

from geoplan import runs
from geoplan.errors import PlaceUnavailable, Problem
from geoplan.forms import FORM_04_COLUMNS
from geoplan.layers import Source
from geoplan.project import open_project
from geoplan.reports import sheets, workbook
from geoplan.reports.forms import column_number
from geoplan.text import safe
from tests.outputs_world import DAY, FORMULA, FakeStanding, bundle
from tests.text.test_safe import HOSTILE

MADE_UP = "DỮ LIỆU GIẢ LẬP: dùng để thử, không phải số liệu thật"


def opened(data: bytes) -> Any:
    return load_workbook(io.BytesIO(data))


@pytest.fixture(scope="module")
def book() -> Any:
    return opened(workbook(bundle()))


def values(sheet: Any) -> list[list[Any]]:
    return [[cell.value for cell in row] for row in sheet.iter_rows()]


def below(sheet: Any, label: str) -> list[Any]:
    """Cells under the heading that begins with a label."""
    for row in sheet.iter_rows():
        for cell in row:
            if isinstance(cell.value, str) and cell.value.startswith(label) and cell.fill.fgColor.rgb == "00DDE7E1":
                return [sheet.cell(at, cell.column) for at in range(cell.row + 1, sheet.max_row + 1)]
    raise AssertionError(f"no heading {label} in {sheet.title}")


MEASURED = "Rừng đo được trên ảnh (có mẫu kiểm chứng thì là số ước lượng theo mẫu)"
RISK = "Hộ dân vùng nguy cơ và điểm tái"


def test_the_sheets(book: Any) -> None:
    assert book.sheetnames == [
        "Tóm tắt", "Chuyển đổi đất lúa, ngô", "Độ che phủ rừng", RISK, "Chia nhỏ", "Theo năm", "Biểu 03",
        "Biểu 04", "Mâu thuẫn", "Cảnh báo", "Nguồn số liệu",
    ]  # fmt: skip


def test_the_summary(book: Any) -> None:
    sheet = book["Tóm tắt"]
    assert [c.value for c in below(sheet, "Kết quả")] == [40.5, None]
    assert [c.value for c in below(sheet, "Chênh lệch")] == [-17.5, None]
    assert [c.value for c in below(sheet, "Tình trạng")] == ["Chậm tiến độ", "Chưa có số liệu"]
    assert [c.value for c in below(sheet, "Đơn vị tính")] == ["% (giả lập)"] * 2
    assert below(sheet, "Khả năng đạt")[0].value == "cần thêm 10,00 ha\nsố liệu đến ngày 2030"
    assert below(sheet, "Câu trong văn bản")[0].value == "+58% trở lên; </script>"


def test_numbers_are_numbers(book: Any) -> None:
    cover = book["Độ che phủ rừng"]
    cells = below(cover, "Độ che phủ rừng (theo quy định)")
    assert [c.value for c in cells] == [None, 40.123457, None]
    assert {c.number_format for c in cells if c.value is not None} == {"#,##0.00"}
    assert below(cover, f"{MEASURED} (ha): số điểm mẫu")[1].value == 120
    counts = below(book[RISK], "Số hộ")
    assert [(c.value, c.number_format) for c in counts] == [(12, "#,##0")]
    assert [c.value for c in below(cover, "Mã đơn vị")] == ["01879", "01882", "0187901"]
    assert below(book["Biểu 04"], "Tổng diện tích")[1].value == 1234.5
    assert below(book["Theo năm"], "Năm")[0].value == 2026


def test_made_up_data_say_so_on_every_sheet_and_percentage(book: Any) -> None:
    assert {sheet.cell(1, 1).value for sheet in book} == {MADE_UP}
    headings = [c.value for sheet in book for row in sheet.iter_rows() for c in row if c.fill.fgColor.rgb == "00DDE7E1"]
    rates = [text for text in headings if text and "%" in text]
    assert len(rates) >= 2
    assert all(text.endswith("(giả lập)") for text in rates)
    real = opened(workbook(bundle(synthetic=False)))
    assert not [
        v
        for sheet in real
        for row in values(sheet)
        for v in row
        if isinstance(v, str) and "giả lập" in v.lower() and v != "Dữ liệu giả lập"
    ]


def test_no_text_is_a_formula() -> None:
    """Not in the XML, not to openpyxl, and not after somebody edits the cell (the quote mark)."""
    data = workbook(bundle())
    with zipfile.ZipFile(io.BytesIO(data)) as parts:
        for name in parts.namelist():
            assert b"<f>" not in parts.read(name)
            assert b"<f " not in parts.read(name)
    found = 0
    for sheet in opened(data):
        for row in sheet.iter_rows():
            for cell in row:
                assert cell.data_type in ("s", "n")
                if isinstance(cell.value, str):
                    assert cell.quotePrefix
                    assert cell.hyperlink is None
                    found += cell.value.startswith("=")
    assert found > 5


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_texts_stay(text: str) -> None:
    book = Workbook()
    sheets.add_sheet(book, text, [text], [sheets.Heading(text)], [[text], [1.5]], watermark=text)
    out = io.BytesIO()
    book.save(out)
    sheet = load_workbook(out).worksheets[1]
    if not text:
        assert [c.value for c in sheet["A"]] == [None, None, None, 1.5][: sheet.max_row]
        return
    assert len(sheet.title) <= 31
    cell = sheet.cell(4, 1)
    wanted = safe.plain(text).replace("\r", "\n").replace("\x85", "�")
    assert (cell.value or "").replace("_x005F_", "_").replace("\r", "\n") == wanted
    assert cell.data_type == "s"
    assert sheet.cell(5, 1).value == 1.5


def test_tabs_do_not_collide() -> None:
    book = Workbook()
    for _ in range(12):
        sheets.add_sheet(book, "Độ che phủ rừng của các xã và thôn năm 2026", ["a"], [sheets.Heading("b")], [])
    names = [name.casefold() for name in book.sheetnames]
    assert len(set(names)) == len(names)
    assert max(map(len, names)) <= 31


def test_a_cell_has_no_infinity() -> None:
    with pytest.raises(ValueError, match="number"):
        sheets.add_sheet(Workbook(), "a", ["a"], [sheets.Heading("b")], [[float("inf")]])


def test_the_page(book: Any) -> None:
    for sheet in book:
        assert (sheet.page_setup.orientation, int(sheet.page_setup.paperSize)) == ("landscape", 9)
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        assert sheet.freeze_panes is not None
        assert sheet.print_title_rows is not None
        assert all(9 <= d.width <= 38 for d in sheet.column_dimensions.values())


def test_forms(book: Any) -> None:
    sheet = book["Biểu 04"]
    text = [row[0] for row in values(sheet)]
    assert text[1].startswith("Biểu số 04: Tổng hợp tỷ lệ che phủ rừng")
    assert text[3] == "Đơn vị tính: ha; tỷ lệ: %"
    assert [c.value for c in below(sheet, "Tiểu khu")] == [None, None, "203"]
    assert below(sheet, "Đơn vị")[1].value == FORMULA
    assert [below(sheet, label)[0].value for label in ("Tổng diện tích", "Tỷ lệ che phủ")] == ["4", "13"]
    assert [c.value for c in below(sheet, "Tỷ lệ che phủ")][1:] == [58.0, "–"]
    assert sheet.print_title_rows == "$1:$6"
    assert sheet.freeze_panes == "C7"
    three = book["Biểu 03"]
    assert "0000 = 1100 + 2010" in [row[0] for row in values(three)][4]
    assert below(three, "Đối tượng mã 7")[0].value == 1.0
    assert "Biểu 1 FRMS" in three.cell(2, 1).value


def test_the_columns_of_form_04_carry_the_numbers_of_the_circular() -> None:
    numbers = [column_number("form_04", name) for name in ("unit_code", "row", *FORM_04_COLUMNS)]
    assert numbers == ["", "", *(str(n) for n in range(3, 14))]
    assert [column_number("form_02", name) for name in ("row_label", "c3", "c16")] == ["", "3", "16"]
    assert [column_number("form_03", name) for name in ("row_code", "total", "owner_3")] == [""] * 3


def test_a_form_tells_nothing_from_not_known() -> None:
    """An owner that one commune does not have is 0; what is not known is a dash, never an empty cell."""
    world = bundle()
    form = pd.DataFrame(
        {"unit_code": ["01879", "01882"], "row_code": ["0000"] * 2, "row_label": ["TỔNG"] * 2,
         "total": [1.0, 2.0], "owner_7": [0.0, float("nan")], "owner_8": pd.array([0, None], dtype="Int64")}
    )  # fmt: skip
    made = opened(workbook(replace(world, results=[replace(world.results[0], forms={"form_03": form})])))["Biểu 03"]
    for label in ("Đối tượng mã 7", "Đối tượng mã 8"):
        assert [c.value for c in below(made, label)] == [0, "–"]


def test_the_rows_of_forms_02_and_03_are_as_their_sentence_says(demo_folder: Path) -> None:
    for result in runs.run(open_project(demo_folder), only=["forest_cover"]):
        for name, first in (("form_02", "c3"), ("form_03", "total")):
            rows = result.forms[name].set_index("row_code")[first]
            assert rows["0000"] == pytest.approx(rows["1100"] + rows["2010"])


def test_the_summary_tells_the_due_year_from_the_year_of_the_value() -> None:
    standing = FakeStanding("t", 40.5, -17.5, "not_due", from_year=2030, to_year=2030, year=2026)
    sheet = opened(workbook(replace(bundle(), standings=[standing])))["Tóm tắt"]
    assert [below(sheet, label)[0].value for label in ("Đến hết năm", "Năm của kết quả")] == [2030, 2026]


def test_tables_that_no_measure_reads_are_in_the_evidence() -> None:
    targets = Source("targets", "targets.csv", "ef" * 32, 9, "", "")
    sheet = opened(workbook(replace(bundle(), extra_sources=(targets,))))["Nguồn số liệu"]
    assert [c.value for c in below(sheet, "SHA-256") if c.value] == ["cd" * 32, "ab" * 32, "ef" * 32]
    row = [cell.value for cell in list(sheet.iter_rows())[-1]]
    assert row == ["Vai trò", "targets", "targets.csv", 9, None, None, "ef" * 32]


def test_evidence_names_every_input(book: Any) -> None:
    sheet = book["Nguồn số liệu"]
    assert [c.value for c in below(sheet, "SHA-256") if c.value] == ["cd" * 32, "ab" * 32]
    assert "EPSG:6960" in [c.value for c in below(sheet, "Phép chuyển")]
    assert "0.1.0" in [c.value for c in below(sheet, "Nội dung")]


def test_english(book: Any) -> None:
    english = opened(workbook(bundle(lang="en")))
    assert english.sheetnames[0] == "Summary"
    assert english["Summary"].cell(1, 1).value.startswith("SYNTHETIC DATA")
    assert len(english.sheetnames) == len(book.sheetnames)


def test_times_are_the_day() -> None:
    with zipfile.ZipFile(io.BytesIO(workbook(bundle()))) as parts:
        assert {info.date_time for info in parts.infolist()} == {(2026, 6, 30, 0, 0, 0)}
        assert parts.namelist()[0] == "[Content_Types].xml"
        core = parts.read("docProps/core.xml").decode()
    assert set(re.findall(r"\d{4}-\d\d-\d\dT[^<]*", core)) == {f"{DAY.isoformat()}T00:00:00Z"}


def test_a_day_with_nothing() -> None:
    empty = replace(bundle(), results=[], standings=[], contradictions=[], warnings=[])
    assert opened(workbook(empty)).sheetnames == ["Tóm tắt", "Cảnh báo", "Nguồn số liệu"]


def test_no_room_for_temporary_files_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "absent"))
    with pytest.raises(PlaceUnavailable) as caught:
        workbook(bundle())
    assert str(tmp_path) in caught.value.problems[0].where


def test_a_problem_of_feasibility_is_spoken() -> None:
    standing = FakeStanding("t", 1.0, 1.0, "met", feasibility=(Problem("gpkg.as_of", "", {"day": "9"}),))
    made = opened(workbook(replace(bundle(), standings=[standing])))
    assert below(made["Tóm tắt"], "Khả năng đạt")[0].value == "số liệu đến ngày 9"
