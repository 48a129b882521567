"""Coordinates in every way an office writes them, and the headings over them."""

from pathlib import Path

import pytest

from geoplan.formats import axes, readings
from geoplan.formats.angles import angle
from geoplan.formats.records import LayerSpec

SPEC = LayerSpec("households", Path("ho.csv"), "ho.csv")


@pytest.mark.parametrize(
    ("text", "degrees", "axis"),
    [
        ("22°12'30.5\"N", 22 + 12 / 60 + 30.5 / 3600, "lat"),
        ("22 12 30,5", 22 + 12 / 60 + 30.5 / 3600, ""),
        ("105o50'12'' Đ", 105 + 50 / 60 + 12 / 3600, "lon"),
        ("22d12m30s", 22 + 12 / 60 + 30 / 3600, ""),
        ("22°12′30″ B", 22 + 12 / 60 + 30 / 3600, "lat"),
        ("22:12:30", 22 + 12 / 60 + 30 / 3600, ""),
        ("22 độ 12 phút 30 giây Bắc", 22 + 12 / 60 + 30 / 3600, "lat"),
        ("Kinh độ Đông 105°50'", 105 + 50 / 60, "lon"),
        ("22°12.5'", 22 + 12.5 / 60, ""),
        ("N22.5", 22.5, "lat"),
        ("105,85°", 105.85, ""),
        ("22,2 Nam", -22.2, "lat"),
        ("105.8T", -105.8, "lon"),
    ],
)
def test_degrees(text: str, degrees: float, axis: str) -> None:
    found = angle(text)
    assert found is not None
    assert (found.degrees, found.axis) == (pytest.approx(degrees, abs=1e-12), axis)


@pytest.mark.parametrize("text", ["", "abc", "105 850", "105 50", "22°75'", "22°12'75\"", "105.50.12", "1e999", "2eX"])
def test_what_could_be_two_numbers_is_none(text: str) -> None:
    assert angle(text) is None


@pytest.mark.parametrize(
    ("names", "kind", "columns"),
    [
        (["Mã hộ", "Kinh độ", "Vĩ độ"], "lonlat", ("Kinh độ", "Vĩ độ")),
        (["KĐ", "VĐ"], "lonlat", ("KĐ", "VĐ")),
        (["_GPS_longitude", "_GPS_latitude"], "lonlat", ("_GPS_longitude", "_GPS_latitude")),
        (["Toạ độ X (m)", "Tọa độ Y (m)"], "xy", ("Toạ độ X (m)", "Tọa độ Y (m)")),
        (["X_VN2000", "Y_VN2000"], "xy", ("X_VN2000", "Y_VN2000")),
        (["E", "N"], "grid", ("E", "N")),
        (["Đông", "Bắc"], "grid", ("Đông", "Bắc")),
        (["Toạ độ địa lý"], "pair", ("Toạ độ địa lý",)),
        (["Lat/Long"], "pair", ("Lat/Long",)),
        (["WKT_GEOM"], "wkt", ("WKT_GEOM",)),
        (["X", "Toạ độ X", "Y"], "xy", ("X", "Y")),
        (["x", "y", "lon", "lat"], "lonlat", ("lon", "lat")),
    ],
)
def test_headings_of_coordinates(names: list[str], kind: str, columns: tuple[str, ...]) -> None:
    found = axes.find(names, SPEC)
    assert found is not None
    assert (found.kind, found.columns) == (kind, columns)


@pytest.mark.parametrize("names", [["Mã hộ", "Số hộ"], ["Kinh tế", "Vị trí"], ["X"], ["Hình thức"], []])
def test_no_coordinates(names: list[str]) -> None:
    assert axes.find(names, SPEC) is None


def test_two_columns_for_one_axis_are_rivals() -> None:
    found = axes.find(["Kinh độ", "KĐ", "Vĩ độ"], SPEC)
    assert found is not None
    assert (found.columns, found.rivals) == ((), ("Kinh độ", "KĐ"))


def test_metres_with_thousands() -> None:
    east = ["432.784", "432,784", "432 784", "432784,5", "432.784,5 m", "E: 432784"]
    north = ["2.455.954", "2,455,954", "2 455 954", "2455954,5", "2.455.954,5 m", "N: 2455954"]
    found = readings.read("xy", [east, north])
    assert not found.degrees
    assert found.first.tolist() == [432784.0, 432784.0, 432784.0, 432784.5, 432784.5, 432784.0]
    assert found.second.tolist() == [2455954.0, 2455954.0, 2455954.0, 2455954.5, 2455954.5, 2455954.0]


def test_figures_lost_in_scientific_writing_are_not_read() -> None:
    assert readings.read("xy", [["4.33E+05"], [2455954.0]]).unread.tolist() == [True]
    assert readings.read("xy", [["4.32784E+05"], [2455954.0]]).first.tolist() == [432784.0]


@pytest.mark.parametrize(
    "text",
    [
        "22.2, 105.8",
        "22,2; 105,8",
        "22,2, 105,8",
        "22.2 105.8",
        "(22.2,105.8)",
        "22°12'N 105°48'E",
        "N22 12 00 E105 48 00",
    ],
)
def test_a_pair_in_one_cell(text: str) -> None:
    found = readings.read("pair", [[text]])
    assert (found.first[0], found.second[0]) == (pytest.approx(22.2), pytest.approx(105.8))


def test_degrees_minutes_and_seconds_in_columns_of_their_own() -> None:
    found = readings.read("parts", [[105, 105], ["50", 50], [12.5, None], [22, 22], [12, None], ["30,5", 1]])
    assert found.first[0] == pytest.approx(105 + 50 / 60 + 12.5 / 3600)
    assert found.unread.tolist() == [False, True]
