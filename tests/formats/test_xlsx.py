"""Sheets of Excel as offices keep them: made by openpyxl, or by hand where openpyxl would not write so."""

import datetime
import pickle
import re
import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from geoplan import crs, formats
from geoplan.formats import xlsx_book, xlsx_sheet
from geoplan.formats.grids import Flawed, Merge, letters, spans
from geoplan.formats.xlsx_parts import Parts
from geoplan.layers import LayerSpec
from tests.layers.conftest import SOUTH, VN, WEST, World

LON, LAT = (round(float(a[0]), 7) for a in crs.transform([WEST], [SOUTH], VN, crs.parse("EPSG:4326")))
HEAD = ["household_id", "lon", "lat", "people", "moved_on"]
SHEET = "xl/worksheets/sheet1.xml"
RELATED = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings"


def book(world: World, *rows: list[Any], change: Callable[[Any], None] | None = None) -> Path:
    made = openpyxl.Workbook()
    made.active.title = "Hộ"
    for row in rows:
        made.active.append(row)
    if change is not None:
        change(made)
    path = world.root / "ho.xlsx"
    made.save(path)
    return path


def parts(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def rewritten(path: Path, changed: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in changed.items():
            archive.writestr(name, data)
    return path


def house(n: int, **more: Any) -> list[Any]:
    return [f"H{n}", LON, LAT, more.get("people", 4), more.get("moved_on")]


def test_cells_as_excel_has_them(world: World) -> None:
    day = datetime.date(2026, 3, 5)
    text = ["H2", str(LON).replace(".", ","), str(LAT).replace(".", ","), "5", "25/03/2026"]
    layer = world.read("households", book(world, HEAD, house(1, moved_on=day), text, ["H3", LON, LAT, 4.0, None]))
    frame = layer.frame
    assert frame["people"].tolist() == [4, 5, 4]
    assert frame["moved_on"].tolist() == [day, datetime.date(2026, 3, 25), None]
    assert frame.geometry.x.tolist() == pytest.approx([WEST] * 3, abs=0.1)
    assert {p.key for p in layer.warnings} <= {"layer.points_same"}


def test_a_code_is_what_the_office_sees(world: World) -> None:
    def padded(made: Any) -> None:
        for cell in (made.active["A2"], made.active["D2"]):
            cell.number_format = "000"

    frame = world.read("households", book(world, HEAD, [7, LON, LAT, 4, None], change=padded)).frame
    assert frame["household_id"].tolist() == ["007"]
    assert frame["people"].tolist() == [4]


def test_days_count_from_1904_where_the_book_says_so(world: World) -> None:
    def old(made: Any) -> None:
        made.epoch = datetime.datetime(1904, 1, 1)  # noqa: DTZ001 -- a cell has no zone

    layer = world.read("households", book(world, HEAD, house(1, moved_on=datetime.date(2026, 3, 5)), change=old))
    assert layer.frame["moved_on"].tolist() == [datetime.date(2026, 3, 5)]


def test_a_form_with_merged_headings_totals_and_signatures(world: World) -> None:
    def merged(made: Any) -> None:
        for cells in ("A1:C1", "D1:F1", "A2:F2", "A4:A5", "B4:B5", "C4:D4", "E4:F4", "A9:D9"):
            made.active.merge_cells(cells)

    path = book(
        world,
        ["UBND XÃ CAO MINH", None, None, "CỘNG HOÀ XÃ HỘI CHỦ NGHĨA VIỆT NAM"],
        ["DANH SÁCH HỘ DÂN"],
        [],
        ["STT", "Mã hộ", "Toạ độ", None, "Nhân khẩu", None],
        [None, None, "X", "Y", "Nam", "Nữ"],
        ["(1)", "(2)", "(3)", "(4)", "(5)", "(6)"],
        [1, "H1", SOUTH, WEST, 2, 3],
        [2, "H2", SOUTH + 10, WEST, 2, 3],
        ["Tổng cộng", None, None, None, 4, 6],
        [],
        [None, None, None, "Người lập biểu"],
        [None, None, None, "Nguyễn Văn A"],
        change=merged,
    )
    layer = world.read("households", path, crs="EPSG:9213", columns={"people": "Nhân khẩu Nam"})
    assert layer.frame["people"].tolist() == [2, 2]
    assert layer.frame.geometry.x.tolist() == [WEST, WEST]
    told = {p.key: p.facts.get("rows") for p in layer.warnings}
    assert told == {
        "layer.table_headings": "4–5",
        "layer.table_totals": "9",
        "layer.table_notes": "11–12",
        "layer.coordinates_x_north": None,
    }


def test_degrees_minutes_and_seconds_under_one_heading(world: World) -> None:
    def merged(made: Any) -> None:
        for cells in ("A1:A2", "B1:D1", "E1:G1"):
            made.active.merge_cells(cells)

    head = (["Mã hộ", "Kinh độ", None, None, "Vĩ độ"], [None, "Độ", "Phút", "Giây", "Độ", "Phút", "Giây"])
    path = book(world, *head, ["H1", 105, 51, 0, 22, 12, 0], change=merged)
    point = world.read("households", path).frame.geometry.iloc[0]
    assert (point.x, point.y) == (pytest.approx(432784.556, abs=0.01), pytest.approx(2455954.286, abs=0.01))


def test_hidden_rows_and_columns_are_read_and_told(world: World) -> None:
    def hide(made: Any) -> None:
        made.active.row_dimensions[3].hidden = True
        made.active.column_dimensions["D"].hidden = True
        made.create_sheet("Nháp")["A1"] = 1
        made["Nháp"].sheet_state = "veryHidden"

    layer = world.read("households", book(world, HEAD, house(1), house(2), house(3), change=hide))
    assert layer.frame["people"].tolist() == [4, 4, 4]
    assert {(p.key, p.facts.get("rows", "")) for p in layer.warnings if p.key != "layer.points_same"} == {
        ("layer.table_hidden_rows", "3"),
        ("layer.table_hidden_columns", ""),
        ("layer.sheets_hidden", ""),
    }


def test_a_formula_that_was_never_computed_is_refused_where_it_is_used(world: World) -> None:
    path = book(world, [*HEAD, "khác"], [*house(1, people="=2+2"), "=1+1"], ["H2", "=105+0.8", LAT, 4])
    problems = world.refused("households", path).problems
    assert {(p.key, p.facts["cells"]) for p in problems} == {
        ("layer.cell_formula", "Hộ!D2"),
        ("layer.cell_formula", "Hộ!B3"),
    }
    unused = book(world, [*HEAD, "khác"], [*house(1), "=1+1"])
    assert world.read("households", unused).frame["people"].tolist() == [4]


def test_a_computed_formula_has_its_value_and_an_error_is_named(world: World) -> None:
    path = book(world, HEAD, house(1, people="=2+2"), house(2, people="#REF!"))
    changed = parts(path)
    changed[SHEET] = re.sub(rb"(<f>2\+2</f>)<v\s*/>|(<f>2\+2</f>)<v></v>", rb"<f>2+2</f><v>7</v>", changed[SHEET])
    assert b"<v>7</v>" in changed[SHEET]
    problems = world.refused("households", rewritten(path, changed)).problems
    assert [(p.key, p.facts["cells"]) for p in problems] == [("layer.cell_error", "Hộ!D3 #REF!")]


def test_a_merged_number_is_not_added_up_and_a_merged_code_counts_for_each(world: World) -> None:
    head = ["household_id", "lon", "lat", "people", "village_code"]

    def merged(made: Any) -> None:
        made.active.merge_cells("E2:E3")

    rows = (["H1", LON, LAT, 4, 7], ["H2", LON, LAT, 4, None])
    layer = world.read("households", book(world, head, *rows, change=merged))
    assert layer.frame["village_code"].tolist() == ["7", "7"]
    assert [p.key for p in layer.warnings] == ["layer.table_merged"]

    def number(made: Any) -> None:
        made.active.merge_cells("D2:D3")

    problem = world.refused("households", book(world, head, *rows, change=number)).problems[0]
    assert (problem.key, problem.facts["cells"]) == ("layer.cell_merged", "Hộ!D2:D3")


def test_which_sheet(world: World) -> None:
    def two(made: Any) -> None:
        made.create_sheet("Danh mục").append(["mã", "tên"])
        made.create_sheet("Trống")

    path = book(world, HEAD, house(1), change=two)
    assert formats.inside(LayerSpec("households", path, path.name)) == ("Hộ", "Danh mục")
    layer = world.read("households", path)
    assert [(p.key, p.facts["sheets"]) for p in layer.warnings] == [("layer.sheets_unread", "Danh mục")]
    assert len(world.read("households", path, layer="hộ").frame) == 1
    assert world.refused("households", path, layer="Hô").key == "layer.sheet_unknown"


def test_sheets_that_nobody_sees_or_that_are_blank(world: World) -> None:
    def hide(made: Any) -> None:
        made.create_sheet("Trống")
        made["Hộ"].sheet_state = "hidden"

    assert world.refused("households", book(world, HEAD, house(1), change=hide)).key == "layer.sheet_hidden"
    assert world.refused("households", book(world)).key == "layer.sheets_empty"


@pytest.mark.parametrize(
    ("value", "form", "key"),
    [
        (True, "", "layer.number_unreadable"),
        (0.5, "0%", "layer.number_unit"),
        ("5 người", "", "layer.number_unit"),
        (datetime.date(2026, 3, 5), "", "layer.number_unreadable"),
    ],
)
def test_cells_that_are_no_plain_number(world: World, value: Any, form: str, key: str) -> None:
    def shaped(made: Any) -> None:
        made.active["D2"].number_format = form or made.active["D2"].number_format

    problem = world.refused("households", book(world, HEAD, house(1, people=value), change=shaped)).problems[0]
    assert (problem.key, problem.feature_ids) == (key, ("H1",))


def test_a_code_of_more_figures_than_excel_keeps(world: World) -> None:
    path = book(world, HEAD, [1234567890123456789, LON, LAT, 4])
    assert world.refused("households", path).key == "layer.key_rounded"


def test_shared_texts_with_runs_sounds_and_escapes(world: World) -> None:
    path = book(world, HEAD, house(1))
    changed = parts(path)
    changed[SHEET] = re.sub(rb'<c r="A2".*?</c>', b'<c r="A2" t="s"><v>0</v></c>', changed[SHEET])
    changed["xl/sharedStrings.xml"] = (
        "<sst><si><r><t>Hộ</t></r><r><t>_x000D_ 9</t></r><rPh><t>zz</t></rPh></si></sst>".encode()
    )
    link = f'<Relationship Id="rS" Type="{RELATED}" Target="sharedStrings.xml"/></Relationships>'.encode()
    name = "xl/_rels/workbook.xml.rels"
    changed[name] = changed[name].replace(b"</Relationships>", link)
    assert world.read("households", rewritten(path, changed)).frame["household_id"].tolist() == ["Hộ 9"]
    changed["xl/sharedStrings.xml"] = b"<sst/>"
    assert world.refused("households", rewritten(path, changed)).key == "layer.cell_error"


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        (b"<worksheet", b'<!DOCTYPE a [<!ENTITY l SYSTEM "file:///etc/hostname">]><worksheet', "layer.xml_doctype"),
        (b"</sheetData>", b"</sheetD", "layer.xlsx_broken"),
        (b'<row r="2"', b'<row r="99999999"', "layer.table_too_big"),
        (b"</worksheet>", b'<mergeCells>' + b'<mergeCell ref="A2:B9"/>' * 30_000 + b"</mergeCells></worksheet>", "layer.table_too_big"),
        (b"<sheetData>", b"<cols>" + b"<col min='1' max='16384' hidden='1'/>" * 6000 + b"</cols><sheetData>", "layer.table_too_big"),
        (b"</sheetData>", b"<row><c r='XFD9'><v>1</v></c></row>" * 2000 + b"</sheetData>", "layer.table_too_big"),
        (b"</worksheet>", b"<!--" + b" " * 201_000_000 + b"--></worksheet>", "layer.xlsx_too_big"),
    ],
    ids=["doctype", "cut", "row", "merges", "columns", "far", "bomb"],
)  # fmt: skip
def test_what_would_hurt_is_refused(world: World, old: bytes, new: bytes, key: str) -> None:
    path = book(world, HEAD, house(1))
    changed = parts(path)
    changed[SHEET] = changed[SHEET].replace(old, new, 1)
    assert world.refused("households", rewritten(path, changed)).key == key


def test_merges_over_each_other_are_one(world: World) -> None:
    path = book(world, HEAD, *(house(i) for i in range(1, 4)))
    changed = parts(path)
    merges = b"".join(b'<mergeCell ref="A%d:A1048576"/>' % n for n in range(2, 15_000))
    changed[SHEET] = changed[SHEET].replace(b"</worksheet>", b"<mergeCells>" + merges + b"</mergeCells></worksheet>")
    assert world.refused("households", rewritten(path, changed)).key == "layer.key_repeated"


def test_a_sheet_keeps_no_merge_over_another(world: World) -> None:
    path = book(world, HEAD, house(1))
    changed = parts(path)
    merges = b'<mergeCells><mergeCell ref="A1:C4"/><mergeCell ref="B2:B9"/><mergeCell ref="A5:A6"/></mergeCells>'
    changed[SHEET] = changed[SHEET].replace(b"</worksheet>", merges + b"</worksheet>")
    found = xlsx_book.book(Parts(rewritten(path, changed).read_bytes(), "ho.xlsx"))
    assert xlsx_sheet.grid(found, found.sheets[0]).merges == (Merge(1, 0, 4, 2), Merge(5, 0, 6, 0))


def test_no_number_is_no_crash(world: World) -> None:
    path = book(world, HEAD, house(1))
    for text in (b"1e999", b"NaN", b"2eX"):
        changed = parts(path)
        changed[SHEET] = changed[SHEET].replace(str(LON).encode(), text)
        broken = rewritten(world.root / "b.xlsx", changed)
        assert world.refused("households", broken).key == "layer.csv_coordinates_unreadable"


def test_other_files_under_the_ending(world: World) -> None:
    good = book(world, HEAD, house(1)).read_bytes()
    made = {
        "cut.xlsx": (good[: len(good) // 2], "layer.xlsx_broken"),
        "old.xlsx": (b"\xd0\xcf\x11\xe0" + bytes(2000), "layer.xlsx_old"),
        "locked.xlsx": (b"\xd0\xcf\x11\xe0" + "EncryptedPackage".encode("utf-16-le"), "layer.xlsx_locked"),
        "page.xlsx": (b"\xef\xbb\xbf<html><table>", "layer.xlsx_text"),
        "old.xls": (b"\xd0\xcf\x11\xe0" + bytes(2000), "layer.sheet_format"),
        "new.xls": (good, "layer.sheet_misnamed"),
        "a.ods": (b"PK", "layer.sheet_format"),
        "text.xlsx": (b"a,b\n1,2\n", "layer.xlsx_text"),
    }
    for name, (data, key) in made.items():
        path = world.root / name
        path.write_bytes(data)
        assert world.refused("households", path).key == key, name
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("word/document.xml", "<a/>")
    (world.root / "word.xlsx").write_bytes(buffer.getvalue())
    assert world.refused("households", world.root / "word.xlsx").key == "layer.xlsx_broken"


def test_names_of_cells_and_rows() -> None:
    assert [letters(i) for i in (0, 25, 26, 701, 702, 16383)] == ["A", "Z", "AA", "ZZ", "AAA", "XFD"]
    assert spans([7, 5, 6, 9]) == "5–7, 9"
    flawed = pickle.loads(pickle.dumps(Flawed("#REF!", "A!B1", "error")))
    assert (flawed, flawed.cell, flawed.flaw) == ("#REF!", "A!B1", "error")
