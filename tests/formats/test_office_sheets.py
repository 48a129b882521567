"""Sheets as offices really write them: struck rows, units under the headings, notes beside the table, several villages."""

import re
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.styles import Font

from tests.formats.test_xlsx import RELATED, SHEET, book, parts, rewritten
from tests.layers.conftest import SOUTH, WEST, World

HEAD = ["Mã hộ", "Kinh độ", "Vĩ độ", "Nhân khẩu"]
PARCELS = ["Mã thửa", "Loại đất", "Diện tích", "wkt"]


def house(n: int, people: Any = 4) -> list[Any]:
    return [f"H{n}", 105.85123 + n / 10_000, 22.20123, people]


def parcel(n: int, area: Any) -> list[Any]:
    x = WEST + 100 * n
    ring = ", ".join(f"{x + dx} {SOUTH + dy}" for dx, dy in ((0, 0), (100, 0), (100, 100), (0, 100), (0, 0)))
    return [f"T{n}", "LUC", area, f"POLYGON(({ring}))"]


def told(layer: Any) -> dict[str, Any]:
    return {p.key: dict(p.facts) for p in layer.warnings}


def strike(*cells: str) -> Any:
    def change(made: Any) -> None:
        for name in cells:
            made.active[name].font = Font(strike=True)

    return change


def test_struck_rows_are_read_and_told_with_what_they_add_up_to(world: World) -> None:
    path = book(world, HEAD, house(1), house(2, 3), house(3), change=strike("A3", "B3", "D3"))
    layer = world.read("households", path)
    assert layer.frame["people"].tolist() == [4, 3, 4]
    (said,) = layer.warnings
    assert (said.key, said.feature_ids) == ("layer.table_struck_rows", ("#3",))
    assert (said.facts["rows"], said.facts["sums"]) == ("3", "D “Nhân khẩu” = 3")


def test_a_struck_cell_in_a_row_that_stands_is_named(world: World) -> None:
    layer = world.read("households", book(world, HEAD, house(1), change=strike("D2")))
    assert told(layer) == {"layer.table_struck_cells": {"n": 1, "cells": "Hộ!D2"}}
    struck_heading = book(world, HEAD, house(1), change=strike("D1"))
    assert world.read("households", struck_heading).warnings == ()


@pytest.mark.parametrize("shared", [True, False])
def test_a_text_of_which_a_part_is_struck_is_refused_where_it_is_used(world: World, shared: bool) -> None:
    path = book(world, HEAD, house(1))
    changed = parts(path)
    runs = b"<r><rPr><strike/></rPr><t>H0</t></r><r><rPr><strike val='0'/></rPr><t>H1</t></r>"
    cell = b'<c r="A2" t="inlineStr"><is>' + runs + b"</is></c>"
    if shared:
        cell = b'<c r="A2" t="s"><v>0</v></c>'
        changed["xl/sharedStrings.xml"] = b"<sst><si>" + runs + b"</si></sst>"
        link = f'<Relationship Id="rS" Type="{RELATED}" Target="sharedStrings.xml"/></Relationships>'.encode()
        links = "xl/_rels/workbook.xml.rels"
        changed[links] = changed[links].replace(b"</Relationships>", link)
    changed[SHEET] = re.sub(rb'<c r="A2".*?</c>', cell, changed[SHEET])
    problem = world.refused("households", rewritten(path, changed)).problems[0]
    assert (problem.key, problem.facts["cells"]) == ("layer.cell_struck", "Hộ!A2")
    changed = {name: data.replace(b" val='0'", b"") for name, data in changed.items()}
    layer = world.read("households", rewritten(path, changed))
    assert list(told(layer)) == ["layer.table_struck_cells"]


@pytest.mark.parametrize(
    ("unit", "figure", "ha"), [("(ha)", 1.0, 1.0), ("(m2)", 10_000, 1.0), ("m²", 10_000, 1.0), ("km2", 0.01, 1.0)]
)
def test_a_row_of_units_under_the_headings_is_read_with_them(world: World, unit: str, figure: float, ha: float) -> None:
    path = book(world, PARCELS, [None, None, unit, None], parcel(0, figure), parcel(1, figure))
    layer = world.read("parcels", path, crs="EPSG:9213")
    if unit.startswith("("):
        assert layer.frame["area_ha"].tolist() == pytest.approx([ha, ha])
    assert layer.frame["parcel_id"].tolist() == ["T0", "T1"]
    assert told(layer)["layer.table_headings"]["rows"] == "1–2"


@pytest.mark.parametrize("heading", ["Diện tích (m²)", "Diện tích [m2]", "area_ha (m2)"])
def test_the_unit_in_brackets_decides(world: World, heading: str) -> None:
    path = book(world, [*PARCELS[:2], heading, "wkt"], parcel(0, 10_000))
    assert world.read("parcels", path, crs="EPSG:9213").frame["area_ha"].tolist() == [1.0]
    named = world.read("parcels", path, crs="EPSG:9213", columns={"area_ha": heading})
    assert named.frame["area_ha"].tolist() == [1.0]


def test_a_unit_of_the_whole_table_is_told_unless_it_is_hectares(world: World) -> None:
    rows = ([*PARCELS[:2], "area_ha", "wkt"], parcel(0, 1.0))
    layer = world.read("parcels", book(world, [None, None, "ĐVT: 1000 m2"], *rows), crs="EPSG:9213")
    assert told(layer)["layer.table_unit_above"] == {"row": "1", "unit": "1000 m2"}
    plain = world.read("parcels", book(world, [None, None, "Đơn vị tính: ha"], *rows), crs="EPSG:9213")
    assert "layer.table_unit_above" not in told(plain)


def test_a_unit_that_excel_writes_behind_the_number(world: World) -> None:
    def shaped(form: str) -> Any:
        def change(made: Any) -> None:
            made.active["C2"].number_format = form

        return change

    rows = ([*PARCELS[:2], "area_ha", "wkt"], parcel(0, 1.0))
    good = world.read("parcels", book(world, *rows, change=shaped('0.00" ha"')), crs="EPSG:9213")
    assert good.frame["area_ha"].tolist() == [1.0]
    refused = world.refused("parcels", book(world, *rows, change=shaped('#,##0" m2"')), crs="EPSG:9213")
    assert refused.key == "layer.number_unit"


@pytest.mark.parametrize(
    ("rows", "key"),
    [
        ([["Thôn Nà Chảo"], [1, *house(1)], ["Bản Lùng"], [2, *house(2)]], "layer.table_sections"),
        ([["I", "Thôn A", None, None, 8], [1, *house(1)], [2, *house(2)]], "layer.table_sections"),
        ([[1, *house(1)], [2, *house(2)], [None, None, None, None, 8]], "layer.table_totals"),
    ],
)
def test_rows_that_are_no_households(world: World, rows: list[Any], key: str) -> None:
    layer = world.read("households", book(world, ["TT", *HEAD], *rows))
    assert layer.frame["people"].tolist() == [4, 4]
    assert list(told(layer)) == [key]


def test_a_village_without_its_point_is_no_section(world: World) -> None:
    head = ["Tên thôn", "Kinh độ", "Vĩ độ", "Mã thôn"]
    rows = (["Thôn A", 105.85123, 22.20123, "1"], ["Thôn B"], ["Thôn C", 105.85124, 22.20123, "3"])
    assert "#3" in world.refused("villages", book(world, head, *rows)).problems[0].feature_ids


def test_units_under_coordinates_too(world: World) -> None:
    head, units = ["Mã hộ", "X", "Y", "Nhân khẩu"], [None, "(m)", "(m)", "(người)"]
    path = book(world, head, units, ["H1", SOUTH, WEST, 4])
    layer = world.read("households", path, crs="EPSG:9213")
    assert (layer.frame.geometry.x.tolist(), layer.frame["people"].tolist()) == ([WEST], [4])


def test_a_number_alone_that_is_no_sum_is_no_total(world: World) -> None:
    path = book(world, ["TT", *HEAD], [1, *house(1)], [2, *house(2)], [None, None, None, None, 9])
    assert world.refused("households", path).problems[0].feature_ids == ("#4",)


def test_notes_and_lists_beside_the_table_are_told_and_not_read(world: World) -> None:
    def notes(made: Any) -> None:
        made.create_sheet("HD", 0).append(["Hướng dẫn nhập liệu"])
        made.create_sheet("Tổng hợp").append(["Thôn", "Số hộ"])

    layer = world.read("households", book(world, HEAD, house(1), change=notes))
    assert told(layer) == {"layer.sheets_unread": {"n": 2, "sheets": "HD, Tổng hợp", "sheet": "Hộ"}}


def second(*rows: list[Any]) -> Any:
    def change(made: Any) -> None:
        sheet = made.create_sheet("Thôn B")
        for row in rows:
            sheet.append(row)

    return change


def test_a_village_a_sheet_is_one_table(world: World) -> None:
    path = book(world, HEAD, house(1), house(2), change=second(["DANH SÁCH"], HEAD, house(3), house(4, "x")))
    problem = world.refused("households", path).problems[0]
    assert (problem.key, problem.feature_ids) == ("layer.number_unreadable", ("H4",))
    path = book(world, HEAD, house(1), house(2), change=second(["DANH SÁCH"], HEAD, house(3), house(4, 5)))
    layer = world.read("households", path)
    assert layer.frame["household_id"].tolist() == ["H1", "H2", "H3", "H4"]
    assert told(layer)["layer.sheets_joined"] == {"n": 2, "sheets": "Hộ, Thôn B", "rows": 4}
    assert len(world.read("households", path, layer="Thôn B").frame) == 2
    twice = book(world, HEAD, house(1), change=second(HEAD, ["H1", 105.9, 22.3, 4]))
    assert world.refused("households", twice).problems[0].feature_ids == ("H1 (Hộ!#2)", "H1 (Thôn B!#2)")


@pytest.mark.parametrize(
    "rows",
    [[house(2), house(3)], [HEAD, ["K9", *house(1)[1:]]], [[*HEAD, "Mã thôn"], [*house(2), "A"]]],
    ids=["next page", "another version", "other headings"],
)
def test_sheets_that_may_not_be_joined_are_refused_and_none_is_left_out(world: World, rows: list[Any]) -> None:
    problem = world.refused("households", book(world, HEAD, house(1), change=second(*rows))).problems[0]
    assert (problem.key, problem.facts["sheets"]) == ("layer.sheets_several", "Hộ, Thôn B")


def test_a_list_beside_the_villages_is_told(world: World) -> None:
    def more(made: Any) -> None:
        second(HEAD, house(2))(made)
        made.create_sheet("Tổng hợp").append(["Thôn", "Số hộ"])

    layer = world.read("households", book(world, HEAD, house(1), change=more))
    assert layer.frame["household_id"].tolist() == ["H1", "H2"]
    assert told(layer)["layer.sheets_unread"] == {"n": 1, "sheets": "Tổng hợp", "sheet": "Hộ, Thôn B"}

    def next_page(made: Any) -> None:
        second(HEAD, house(2))(made)
        made.create_sheet("Tiếp").append(house(3))

    assert world.refused("households", book(world, HEAD, house(1), change=next_page)).key == "layer.sheets_several"


def test_a_cover_over_a_hidden_table(world: World) -> None:
    def cover(made: Any) -> None:
        made.create_sheet("Bìa", 0).append(["UBND XÃ CAO MINH"])
        made["Hộ"].sheet_state = "hidden"
        made.active = 0

    problems = world.refused("households", book(world, HEAD, house(1), change=cover)).problems
    assert [p.facts.get("sheets") for p in problems if p.key == "layer.sheets_hidden"] == ["Hộ"]


@pytest.mark.parametrize(
    ("old", "new"),
    [(rb'(<c r="D2".*?</c>)', rb'\1<c r="D2"><v>99</v></c>'), (rb'(<row r="2".*?</row>)', rb"\1\1")],
    ids=["cell", "row"],
)
def test_a_place_that_stands_twice_is_no_place(world: World, old: bytes, new: bytes) -> None:
    path = book(world, HEAD, house(1))
    changed = parts(path)
    changed[SHEET] = re.sub(old, new, changed[SHEET])
    assert world.refused("households", rewritten(path, changed)).key == "layer.xlsx_broken"


def test_nobody_knows_what_the_sheets_are_so_each_is_taken_alone(world: World) -> None:
    path = book(world, HEAD, house(1), change=second(HEAD, house(2)))
    assert world.refused("any", path).key == "layer.sheets_several"


def test_templates_and_rows_of_no_height(world: World) -> None:
    path = book(world, HEAD, house(1), house(2))
    changed = parts(path)
    changed[SHEET] = changed[SHEET].replace(b'<row r="3"', b'<row r="3" ht="0" customHeight="1"')
    (template := Path(path.with_suffix(".xltx"))).write_bytes(rewritten(path, changed).read_bytes())
    layer = world.read("households", template)
    assert told(layer)["layer.table_hidden_rows"]["rows"] == "3"
    assert openpyxl.load_workbook(path).active.max_row == 3
