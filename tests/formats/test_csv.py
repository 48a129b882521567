"""Points in a CSV as offices write them."""

import unicodedata
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geoplan import crs
from geoplan.formats.angles import angle
from tests.layers.conftest import SOUTH, VN, WEST, World

LON, LAT = (a[0] for a in crs.transform([WEST], [SOUTH], VN, crs.parse("EPSG:4326")))


def table(world: World, text: str, encoding: str = "utf-8") -> Path:
    path = world.root / "ho.csv"
    path.write_bytes(text.encode(encoding))
    return path


def test_longitude_and_latitude(world: World) -> None:
    path = table(world, f"household_id,lon,lat,people,head_name\nH1,{LON},{LAT},4,=HYPERLINK(1)\nH2,{LON},{LAT},,\n\n")
    frame = world.read("households", path).frame
    assert np.allclose([frame.geometry.x.iloc[0], frame.geometry.y.iloc[0]], [WEST, SOUTH], atol=0.01)
    assert frame["people"].tolist()[0] == 4
    assert frame["people"].isna().tolist() == [False, True]
    assert frame["head_name"].tolist() == ["=HYPERLINK(1)", None]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_vietnamese_excel(world: World, encoding: str) -> None:
    lon, lat = (str(round(v, 6)).replace(".", ",") for v in (LON, LAT))
    path = table(
        world, f"Mã hộ;Kinh độ;Vĩ độ;Tình trạng;Chủ hộ\r\nH1;{lon};{lat};Có nguy cơ;Nguyễn Thị Hằng\r\n", encoding
    )
    frame = world.read("households", path).frame
    assert frame[["household_id", "status", "head_name"]].iloc[0].tolist() == ["H1", "at_risk", "Nguyễn Thị Hằng"]
    assert frame.geometry.x.iloc[0] == pytest.approx(WEST, abs=0.2)


def test_metres_need_a_word(world: World) -> None:
    path = table(world, f"household_id\tx\ty\nH1\t{WEST}\t{SOUTH}\n")
    assert world.refused("households", path).key == "layer.crs_missing"
    frame = world.read("households", path, crs="EPSG:9213").frame
    assert frame.geometry.x.iloc[0] == WEST


def test_vietnamese_x_is_north_and_is_read_so(world: World) -> None:
    path = table(world, f"household_id,X,Y\nH1,{SOUTH},{WEST}\nH2,{SOUTH + 10},{WEST}\n")
    layer = world.read("households", path, crs="EPSG:9213")
    assert layer.frame.geometry.x.tolist() == [WEST, WEST]
    assert layer.frame.geometry.y.tolist() == [SOUTH, SOUTH + 10]
    assert [p.key for p in layer.warnings] == ["layer.coordinates_x_north"]
    named = world.read("households", path, crs="EPSG:9213", columns={"x": "Y", "y": "X"})
    assert named.frame.geometry.x.tolist() == [WEST, WEST]
    assert named.warnings == ()


def test_longitude_under_latitude_in_every_row_is_put_right(world: World) -> None:
    path = table(world, f"household_id,lon,lat\nH1,{LAT},{LON}\nH2,{LAT + 0.00001},{LON}\n")
    layer = world.read("households", path)
    assert layer.frame.geometry.x.tolist() == pytest.approx([WEST, WEST], abs=0.1)
    assert [p.key for p in layer.warnings] == ["layer.coordinates_swapped"]


@pytest.mark.parametrize(
    ("text", "key", "ids"),
    [
        ("household_id,lon,lat\nH1,,22.2\nH2,105.8,22.2\n", "layer.geometry_missing", ("H1",)),
        ("household_id,lon,lat\nH1,105°68',22.2\nH2,105.8,22.2\n", "layer.csv_coordinates_unreadable", ("#2",)),
        ("household_id,lon,lat\nH1,105°48' N,22.2\nH2,105.8,22.2\n", "layer.coordinates_letter", ("#2",)),
        (
            "household_id,lon,lat\nH1,432784,2455954\nH2,105.8,22.2\nH3,105.8,22.2\n",
            "layer.csv_coordinates_unreadable",
            ("#2",),
        ),
        ("household_id,lon,lat,lon\nH1,105.8,22.2,105.9\n", "layer.coordinates_rivals", ()),
        ("H1,105.8,22.2\nH2,105.8,22.2\n", "layer.table_no_headings", ()),
        (" \n\n", "layer.table_blank", ()),
        ("<html><table><tr><td>lon</td></tr></table>", "layer.csv_foreign", ()),
        ("household_id,lon,lat\nH1,105.8\x00,22.2\n", "layer.csv_zeros", ()),
        ("household_id;wkt\nH1;POINT(105.8\n", "layer.wkt_unreadable", ("#2",)),
        ('household_id,Toạ độ\nH1,"22.2, 105.8"\nH2,chưa đo\n', "layer.csv_coordinates_unreadable", ("#3",)),
        ("household_id,lon,lat\nH1,22.2,105.8\nH2,105.8,22.2\n", "layer.axes_swapped_rows", ("#2",)),
        ("household_id,lon,lat\nH1,0,0\nH2,105.8,22.2\n", "layer.outside_vietnam", ("H1",)),
        ("household_id,lon,lat\nH1,105,8,22,2\n", "layer.csv_ragged", ("#2",)),
        ("household_id,lon,lat\nH1,105.8\n", "layer.csv_ragged", ("#2",)),
        ('household_id,lon,lat\n"H1,105.8,22.2\n', "layer.csv_broken", ()),
        ("household_id,a,b\nH1,1,2\n", "layer.csv_no_coordinates", ()),
        ("lon,lat\n105.8,22.2\n", "layer.field_missing", ()),
        ("household_id,lon,lat\nH1,105.8,22.2\nH1,105.9,22.2\n", "layer.key_repeated", ("H1 (#2)", "H1 (#3)")),
        ("household_id,lon,lat,people\nH1,105.8,22.2,-3\n", "layer.negative", ("H1",)),
        ("household_id,lon,lat,people,people\nH1,105.8,22.2,3,4\n", "layer.columns_repeated", ()),
        ("household_id,lon,lat,status\nH1,105.8,22.2,bay\n", "layer.choice_unknown", ("H1",)),
        ("household_id,lon,lat\n", "layer.no_features_told", ()),
    ],
)
def test_told(world: World, text: str, key: str, ids: tuple[str, ...]) -> None:
    path = table(world, text)
    if key == "layer.no_features_told":
        assert [p.key for p in world.read("households", path).warnings] == [key]
        return
    problem = world.refused("households", path).problems[0]
    assert (problem.key, problem.where) == (key, "ho.csv")
    assert problem.feature_ids == ids


FORM = """UBND XÃ CAO MINH;;;CỘNG HOÀ XÃ HỘI CHỦ NGHĨA VIỆT NAM
Số: 12/BC;;;Độc lập - Tự do - Hạnh phúc
;;;
DANH SÁCH HỘ, NĂM 2026;;;
STT;Mã hộ;Kinh độ;Vĩ độ
(1);(2);(3);(4)
1;H1;105,85123;22,20123
STT;Mã hộ;Kinh độ;Vĩ độ
2;H2;105,85124;22,20123
Tổng cộng;2 hộ;;
;;;
;;;Ngày 5 tháng 3 năm 2026
;;;Người lập biểu
;;;Nguyễn Văn A
"""


def test_a_form_of_an_office(world: World) -> None:
    layer = world.read("households", table(world, FORM))
    assert layer.frame["household_id"].tolist() == ["H1", "H2"]
    told = {p.key: p.facts for p in layer.warnings}
    assert told["layer.table_headings"] == {"rows": "5", "others": "1–2, 4, 6, 8"}
    assert told["layer.table_totals"]["rows"] == "10"
    assert told["layer.table_notes"]["rows"] == "12–14"


def test_a_household_without_coordinates_is_never_a_total(world: World) -> None:
    text = "household_id,lon,lat,village_code\nH1,105.85123,22.20123,Cộng Hoà\nCộng Hoà,,,\n"
    assert world.refused("households", table(world, text)).problems[0].feature_ids == ("Cộng Hoà",)
    text = "household_id,lon,lat\nTổng cộng,105.85123,22.20123\n"
    assert world.read("households", table(world, text)).frame["household_id"].tolist() == ["Tổng cộng"]


def test_headings_of_two_rows(world: World) -> None:
    text = f"STT,Mã hộ,Toạ độ,,Nhân khẩu\n,,X,Y,\n1,H1,{SOUTH},{WEST},4\n"
    frame = world.read("households", table(world, text), crs="EPSG:9213").frame
    assert (frame.geometry.x.iloc[0], frame["people"].iloc[0]) == (WEST, 4)


@pytest.mark.parametrize("end", ["\r\n", "\r", "\n"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16-be", "cp1258"])
def test_ends_of_lines_and_encodings(world: World, end: str, encoding: str) -> None:
    rows = ["household_id;lon;lat;notes", *(f"H{i};105,85;22,2;cần đi ra đường" for i in range(3))]
    text = end.join(rows) + end
    if encoding == "cp1258":
        text = unicodedata.normalize("NFD", text)
        text = text.replace("a\u0302", "â").replace("u\u031b", "ư").replace("o\u031b", "ơ")
    frame = world.read("households", table(world, text, encoding)).frame
    assert frame["notes"].tolist() == ["cần đi ra đường"] * 3


def test_polygons_as_wkt_and_the_system_that_ewkt_names(world: World) -> None:
    ring = f"{WEST} {SOUTH}, {WEST + 100} {SOUTH}, {WEST + 100} {SOUTH + 100}, {WEST} {SOUTH + 100}, {WEST} {SOUTH}"
    text = f"zone_id;from_crop;to_group;wkt\nV1;rice;forest;SRID=9213,POLYGON(({ring}))\n".replace("3,P", "3;P")
    text = text.replace("SRID", '"SRID').replace("))\n", '))"\n')
    layer = world.read("conversion_zones", table(world, text))
    assert layer.source.crs == "EPSG:9213"
    assert layer.frame.geometry.area.tolist() == [10_000.0]


def test_rounded_coordinates_are_told(world: World) -> None:
    layer = world.read("households", table(world, "household_id,lon,lat\nH1,105.85,22.2\n"))
    assert [(p.key, p.facts["metres"]) for p in layer.warnings] == [("layer.coordinates_rough", 1110)]


def test_a_zone_before_the_easting_is_refused(world: World) -> None:
    path = table(world, "household_id;x;y\nH1;18 432784;2455954\nH2;18432784;2455954\nH3;432784;2455954\n")
    problem = world.refused("households", path, crs="EPSG:9213").problems[0]
    assert (problem.key, problem.feature_ids, problem.facts["zones"]) == ("layer.coordinates_zone", ("#2", "#3"), "18")


def test_tables_without_end_are_refused(world: World) -> None:
    wide = world.root / "wide.csv"
    wide.write_bytes(b"household_id,lon,lat" + b"," * 100_000 + b"\n")
    assert world.refused("households", wide).key == "layer.table_too_big"
    wide.write_bytes(b"household_id,lon,lat\n" + b"\n" * 1_100_000)
    assert world.refused("households", wide).key == "layer.table_too_big"


@given(st.floats(102, 110), st.floats(8, 23.4), st.sampled_from(["{:.7f}", "dms"]))
@settings(max_examples=60, deadline=None)
def test_any_writing_gives_the_same_degrees(lon: float, lat: float, form: str) -> None:
    for value, letter in ((lon, "Đ"), (lat, "B")):
        text = form.format(value).replace(".", ",")
        if form == "dms":
            seconds = round(value * 3600, 3)
            text = f"{int(seconds // 3600)}°{int(seconds % 3600 // 60):02d}'{seconds % 60:06.3f}\"{letter}"
            if text.count("60.000"):
                continue
        found = angle(text)
        assert found is not None
        assert found.degrees == pytest.approx(value, abs=1e-6)


HOUSES = "Mã hộ;Kinh độ;Vĩ độ;Ghi chú\nH1;105,85123;22,20123;đường\nH2;105,85124;22,20123;cầu\n"


@pytest.mark.parametrize(
    "raw",
    [
        ("sep=,\n" + HOUSES).encode(),
        HOUSES.encode() + b"\x1a",
        HOUSES.replace("Ghi chú\n", "Ghi chú;\n").encode(),
        "\n".join(f'"{line}"' for line in HOUSES.splitlines()).encode(),
        HOUSES.replace("\nH1", '\n="H1"').encode(),
    ],
    ids=["a false word on the delimiter", "end of DOS", "a delimiter behind the headings", "lines quoted", "formula"],
)
def test_what_other_programs_leave_in_a_text(world: World, raw: bytes) -> None:
    path = world.root / "ho.csv"
    path.write_bytes(raw)
    layer = world.read("households", path)
    assert layer.frame["household_id"].tolist() == ["H1", "H2"]
    assert layer.frame["notes"].tolist() == ["đường", "cầu"]
    assert layer.warnings == ()


@pytest.mark.parametrize(
    ("text", "crs"),
    [
        ("Mã hộ,Kinh độ,Vĩ độ,Nhân khẩu,Mã thôn\nH1,105,85123,22,20123\n", ""),
        ("Mã hộ,X,Y,Nhân khẩu,Mã thôn\nH1,2455954,5,432784,6\n", "EPSG:9213"),
        ("Mã hộ,Kinh độ,Vĩ độ\nH1,105,85123,22,20123\n", ""),
    ],
)
def test_the_comma_of_decimals_is_not_that_between_columns(world: World, text: str, crs: str) -> None:
    """The second would be a household of 432,784 people at x = 5."""
    problem = world.refused("households", table(world, text), crs=crs).problems[0]
    assert (problem.key, problem.feature_ids) == ("layer.csv_decimals", ("#2",))


def test_whole_coordinates_between_commas_are_no_cut_decimals(world: World) -> None:
    path = table(world, f"household_id,x,y\nH1,{WEST:.0f},{SOUTH:.0f}\n")
    assert world.read("households", path, crs="EPSG:9213").frame.geometry.x.tolist() == [WEST]


def test_an_open_quote_is_named_by_its_line(world: World) -> None:
    problem = world.refused("households", table(world, HOUSES.replace("cầu", '"cầu'))).problems[0]
    assert (problem.key, problem.facts["line"]) == ("layer.csv_broken", 3)


def test_one_bad_byte_does_not_spoil_the_headings(world: World) -> None:
    path = world.root / "ho.csv"
    path.write_bytes(HOUSES.encode() + b"H3;105,85125;22,20123;Th\xf4n\n")
    problem = world.refused("households", path).problems[0]
    assert (problem.key, problem.facts["column"]) == ("layer.text_unreadable", "Ghi chú")


def test_a_code_that_excel_has_shortened_is_refused(world: World) -> None:
    path = table(world, HOUSES.replace("H1", "1,23457E+11"))
    assert world.refused("households", path).key == "layer.key_rounded"
