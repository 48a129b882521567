"""Points in a CSV as offices write them."""

from pathlib import Path

import numpy as np
import pytest

from geoplan import crs
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
    assert world.refused("households", path).key == "layer.csv_crs"
    frame = world.read("households", path, crs="EPSG:9213").frame
    assert frame.geometry.x.iloc[0] == WEST


def test_vietnamese_x_is_north_and_is_refused(world: World) -> None:
    path = table(world, f"household_id,x,y\nH1,{SOUTH},{WEST}\n")
    assert world.refused("households", path, crs="EPSG:9213").key == "layer.axes_swapped"
    frame = world.read("households", path, crs="EPSG:9213", columns={"x": "y", "y": "x"}).frame
    assert frame.geometry.x.iloc[0] == WEST


@pytest.mark.parametrize(
    ("text", "key", "ids"),
    [
        ("household_id,lon,lat\nH1,,22.2\nH2,105.8,22.2\n", "layer.geometry_missing", ("H1",)),
        ("household_id,lon,lat\nH1,105°48',22.2\nH2,105.8,22.2\n", "layer.csv_coordinates_unreadable", ("#2",)),
        ("household_id,lon,lat\nH1,22.2,105.8\nH2,105.8,22.2\n", "layer.axes_swapped_rows", ("#2",)),
        ("household_id,lon,lat\nH1,22.2,105.8\nH2,22.3,105.8\n", "layer.axes_swapped", ()),
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
