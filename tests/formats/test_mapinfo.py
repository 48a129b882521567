"""MapInfo tables, and the datum that GDAL writes wrongly into them."""

import struct
from pathlib import Path

import numpy as np
import pytest

from geoplan import crs
from tests.layers.conftest import World, lots, square


def table(world: World) -> Path:
    path = world.root / "rung.tab"
    lots(diadanh=["Ban A"] * 4).to_file(path, driver="MapInfo File")
    return path


def test_vn2000_from_mapinfo(world: World) -> None:
    path = table(world)
    layer = world.read("forest_lots", path, crs="EPSG:9213")
    assert np.allclose(layer.frame["geom_ha"], 1.0, rtol=3e-4)
    assert np.allclose(layer.frame.total_bounds, lots().total_bounds, atol=0.02)
    assert layer.frame["lot_id"].tolist() == ["1", "2", "3", "4"]
    assert {p.key for p in layer.warnings} <= {"layer.crs_datum_declared"}


def test_a_tm3_grid_on_wgs84_is_refused_without_a_word(world: World) -> None:
    path = table(world)
    text = path.read_bytes()
    assert b"NATIVE" in text
    keys = [p.key for p in world.refused("forest_lots", path).problems]
    assert keys == ["layer.crs_datum_doubtful"]


@pytest.mark.parametrize("part", [".dat", ".map", ".id"])
def test_missing_parts(world: World, part: str) -> None:
    path = table(world)
    path.with_suffix(part).unlink()
    assert world.refused("forest_lots", path, crs="EPSG:9213").key == "layer.tab_part_missing"


def test_tables_that_point_elsewhere(world: World) -> None:
    path = table(world)
    path.write_bytes(b'!table\n!version 300\nDefinition Table\n  File "/etc/passwd"\n  Type ODBC\n')
    problem = world.refused("forest_lots", path).problems[0]
    assert (problem.key, problem.facts["kind"]) == ("layer.tab_not_native", "ODBC")


@pytest.mark.parametrize(
    ("text", "key"),
    [
        (b'!table\n!version 300\nDefinition Table\n  Type NATIVEX Charset "UTF-8"\n', "layer.tab_not_native"),
        (b"!table\n!version 300\nDefinition Table\n  Type LINKED\n", "layer.tab_not_native"),
        (b'!table\n!version 300\nDefinition Table\n  File "x.tif"\n  Type "RASTER"\n', "layer.tab_not_native"),
        (b'!Table\n!Version 100\nOpen Table "x" Hide\nCreate View v As Select * From x\n', "layer.tab_not_native"),
        (b"!table\n!version 300\n", "layer.not_the_format"),
        (b"PK\x03\x04", "layer.not_the_format"),
    ],
)
def test_tables_that_are_not_native(world: World, text: bytes, key: str) -> None:
    path = table(world)
    path.write_bytes(text)
    assert world.refused("forest_lots", path).key == key


def test_seamless_tables_only_point_at_others(world: World) -> None:
    path = table(world)
    path.write_bytes(path.read_bytes() + b'\nbegin_metadata\n"\\IsSeamless" = "TRUE"\nend_metadata\n')
    assert world.refused("forest_lots", path).problems[0].facts["kind"] == "SEAMLESS"


def test_endings_in_any_case(world: World) -> None:
    path = table(world)
    for part in (".tab", ".dat", ".map", ".id"):
        path.with_suffix(part).rename(world.root / f"Rung{part.upper()}")
    assert len(world.read("forest_lots", world.root / "Rung.TAB", crs="EPSG:9213").frame) == 4


@pytest.mark.parametrize("charset", [b"WindowsVietnamese", b"WindowsLatin1", b"Neutral", b"Banana"])
def test_bytes_come_through_whatever_the_charset_says(world: World, charset: bytes) -> None:
    """GDAL knows no WindowsVietnamese, and TCVN3 stands under WindowsLatin1."""
    path = table(world)
    text = path.read_bytes()
    path.write_bytes(text.replace(b"Neutral", charset))
    rows = path.with_suffix(".dat")
    raw = "Ba\u0309n A".encode("cp1258") if charset == b"WindowsVietnamese" else b"B\xb6n A "
    rows.write_bytes(rows.read_bytes().replace(b"Ban A\0", raw[:6]))
    layer = world.read("forest_lots", path, crs="EPSG:9213")
    assert layer.frame["diadanh"].tolist() == ["Bản A"] * 4
    assert "layer.gdal_said" not in [p.key for p in layer.warnings]


def test_a_cut_map_is_refused_wherever_it_is_cut(world: World) -> None:
    path = world.root / "rung.tab"
    round_lots = lots(
        20, geometry=[square(i, 0).centroid.buffer(40, quad_segs=30) for i in range(20)], dtich=[0.5] * 20
    )
    round_lots.to_file(path, driver="MapInfo File")
    shapes = path.with_suffix(".map")
    whole = shapes.read_bytes()
    for length in (1, 300, 512, 1050, len(whole) // 2 // 512 * 512, len(whole) - 1024, len(whole) - 1):
        shapes.write_bytes(whole[:length])  # the last block holds pens and brushes only
        assert world.refused("forest_lots", path, crs="EPSG:9213").key in {"layer.map_broken", "layer.file_broken"}, (
            length
        )
    shapes.write_bytes(b"\0" * len(whole))
    assert world.refused("forest_lots", path, crs="EPSG:9213").key == "layer.map_broken"


def test_vn2000_with_its_parameters_needs_no_word(world: World) -> None:
    path = world.root / "rung.tab"
    bound = crs.shift.bound(crs.parse("EPSG:9213"))
    lots().set_crs(bound, allow_override=True).to_file(path, driver="MapInfo File")
    layer = world.read("forest_lots", path)
    assert layer.warnings == ()
    assert layer.frame.total_bounds == pytest.approx(lots().total_bounds, abs=0.02)


def test_a_drawing_of_no_earth_is_answered_by_crs(world: World) -> None:
    path = world.root / "rung.tab"
    drawing = 'LOCAL_CS["Nonearth",UNIT["Meter",1],AXIS["Easting",EAST],AXIS["Northing",NORTH]]'
    lots().set_crs(drawing, allow_override=True).to_file(path, driver="MapInfo File", BOUNDS="0,0,1000000,3000000")
    assert world.refused("forest_lots", path).key == "layer.crs_missing"
    layer = world.read("forest_lots", path, crs="EPSG:9213")
    assert layer.frame.total_bounds == pytest.approx(lots().total_bounds, abs=0.02)


def test_deleted_rows_are_told_and_the_others_keep_their_place(world: World) -> None:
    path = table(world)
    rows = bytearray(path.with_suffix(".dat").read_bytes())
    start, width = struct.unpack_from("<HH", rows, 8)
    rows[start + width] = ord("*")  # the second
    path.with_suffix(".dat").write_bytes(rows)
    index = bytearray(path.with_suffix(".id").read_bytes())
    index[4:8] = b"\0\0\0\0"
    path.with_suffix(".id").write_bytes(index)
    layer = world.read("forest_lots", path, crs="EPSG:9213")
    assert layer.frame["lot_id"].tolist() == ["1", "3", "4"]
    assert "layer.dbf_deleted" in [p.key for p in layer.warnings]


@pytest.mark.parametrize(("part", "key"), [(".dat", "layer.dbf_cut"), (".id", "layer.shp_counts")])
def test_cut_parts(world: World, part: str, key: str) -> None:
    path = table(world).with_suffix(part)
    path.write_bytes(path.read_bytes()[:-4])
    assert world.refused("forest_lots", path.with_suffix(".tab"), crs="EPSG:9213").key == key
