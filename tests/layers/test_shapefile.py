"""Shapefiles: parts that are missing, cut or of another saving; deleted rows; text of old encodings."""

import struct
import unicodedata
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
from pyproj import CRS

from geoplan import layers
from geoplan.errors import InputError
from geoplan.layers import LayerSpec
from geoplan.text import legacy
from geoplan.text.letters import TONES
from tests.layers.conftest import World, lots

NAMES = ["Bản Chiêng", "Nà Lò", "Khuổi Nộc", "Đường tỉnh lộ"]


def shapefile(world: World, **columns: Any) -> Path:
    path = world.write(lots(**columns), "rung.shp", encoding="UTF-8")
    path.with_suffix(".cpg").unlink()
    return path


def raw_text(path: Path, cells: list[bytes], name: str = "diadanh") -> None:
    """Put bytes into a text column of a DBF."""
    table = path.with_suffix(".dbf")
    raw = bytearray(table.read_bytes())
    rows, start, width = struct.unpack_from("<IHH", raw, 4)
    at, offset = 32, 1
    while raw[at] != 0x0D:
        length = raw[at + 16]
        if raw[at : at + 11].split(b"\0")[0].decode() == name:
            for i in range(rows):
                place = start + i * width + offset
                raw[place : place + length] = cells[i].ljust(length)[:length]
        at, offset = at + 32, offset + length
    table.write_bytes(bytes(raw))


def in_tcvn3(text: str) -> bytes:
    codes = {letter: number for number, letter in legacy._tcvn3().items()}
    return bytes(codes.get(c, ord(c)) for c in text)


def in_vni(text: str) -> bytes:
    codes: dict[str, str] = {}
    for code, letter in legacy._vni().items():
        codes.setdefault(letter, code)
    return "".join(codes.get(c, c) for c in text).encode("latin-1")


def in_cp1258(text: str) -> bytes:
    out = b""
    for letter in text:
        parts = unicodedata.normalize("NFD", letter)
        base = unicodedata.normalize("NFC", "".join(c for c in parts if c not in TONES))
        tone = "".join(c for c in parts if c in TONES)
        out += base.encode("cp1258") + tone.encode("cp1258")
    return out


@pytest.mark.parametrize(
    ("encoding", "write"),
    [("tcvn3", in_tcvn3), ("vni", in_vni), ("cp1258", in_cp1258), ("utf-8", lambda t: t.encode())],
)
def test_text_without_a_declared_encoding(world: World, encoding: str, write: Any) -> None:
    path = shapefile(world, diadanh=["x" * 30] * 4)
    raw_text(path, [write(n) for n in NAMES])
    layer = world.read("forest_lots", path)
    assert list(layer.frame["diadanh"]) == NAMES
    told = [] if encoding == "utf-8" else ["layer.encoding_guessed"]
    assert [p.key for p in layer.warnings] == told
    assert all(p.facts["encoding"] == encoding for p in layer.warnings)
    declared = world.read("forest_lots", path, encoding=encoding)
    assert list(declared.frame["diadanh"]) == NAMES
    assert declared.warnings == ()


def test_a_cpg_of_cp1258_loses_no_letter(world: World) -> None:
    path = shapefile(world, diadanh=["x" * 30] * 4)
    raw_text(path, [in_cp1258(n) for n in NAMES])
    path.with_suffix(".cpg").write_text("1258")
    assert list(world.read("forest_lots", path).frame["diadanh"]) == NAMES


def test_a_cpg_that_lies_is_not_believed(world: World) -> None:
    path = shapefile(world, diadanh=["x" * 30] * 4)
    raw_text(path, [in_tcvn3(n) for n in NAMES])
    for lie in ("ISO-8859-1", "UTF-8", "1252", "gibberish"):
        path.with_suffix(".cpg").write_text(lie)
        layer = world.read("forest_lots", path)
        assert list(layer.frame["diadanh"]) == NAMES
        assert [p.key for p in layer.warnings] == ["layer.encoding_guessed"]


def test_a_wrong_word_about_the_encoding_is_refused(world: World) -> None:
    path = shapefile(world, diadanh=["x" * 30] * 4)
    raw_text(path, [n.encode() for n in NAMES])
    assert world.refused("forest_lots", path, encoding="tcvn3").key == "layer.encoding_contradicts"
    assert world.refused("forest_lots", path, encoding="klingon").key == "layer.encoding_unknown"
    raw_text(path, [in_tcvn3(n) for n in NAMES])
    assert world.refused("forest_lots", path, encoding="utf-8").key == "layer.text_not_of_encoding"


def test_text_that_is_nothing_is_refused(world: World) -> None:
    path = shapefile(world, diadanh=["x" * 30] * 4)
    raw_text(path, [b"\xff\xfe\xfa\x81", b"\x90\xff", b"\x8d\x8f", b"\xde\xf7\xd7"])
    assert world.refused("forest_lots", path).key == "layer.text_unreadable"


def test_a_name_cut_inside_a_letter(world: World) -> None:
    path = shapefile(world, diadanh=["x" * 30] * 4)
    raw_text(path, [("Bản Chiêng Nà Nộc Khuổi ả".encode())[:-1], *(n.encode() for n in NAMES[1:])])
    layer = world.read("forest_lots", path)
    assert layer.frame["diadanh"].iloc[0] == "Bản Chiêng Nà Nộc Khuổi"
    assert [p.key for p in layer.warnings] == ["layer.text_cut"]


def test_unicode_files_with_disguised_text(world: World) -> None:
    for page, write in (("latin-1", in_tcvn3), ("cp1252", in_vni), ("latin-1", lambda t: t.encode())):
        frame = lots(diadanh=[write(n).decode(page) for n in NAMES])
        layer = world.read("forest_lots", world.write(frame, "g.gpkg"))
        assert list(layer.frame["diadanh"]) == NAMES
        assert [p.key for p in layer.warnings] == ["layer.text_repaired"]
        (world.root / "g.gpkg").unlink()


def test_a_missing_index_is_rebuilt_with_a_word(world: World) -> None:
    path = shapefile(world)
    path.with_suffix(".shx").unlink()
    layer = world.read("forest_lots", path)
    assert np.allclose(layer.frame["geom_ha"], 1.0, rtol=3e-4)
    assert [p.key for p in layer.warnings] == ["layer.shx_rebuilt"]


def test_upper_case_names(world: World) -> None:
    path = shapefile(world)
    for part in list(world.root.iterdir()):
        part.rename(part.with_name(part.name.upper()))
    assert len(world.read("forest_lots", path.with_name("RUNG.SHP")).frame) == 4


@pytest.mark.parametrize("part", [".dbf"])
def test_a_missing_table_is_refused(world: World, part: str) -> None:
    path = shapefile(world)
    path.with_suffix(part).unlink()
    assert world.refused("forest_lots", path).key == "layer.shp_part_missing"


def test_no_prj_means_no_crs(world: World) -> None:
    path = shapefile(world)
    path.with_suffix(".prj").write_text("")
    assert world.refused("forest_lots", path).key == "layer.crs_missing"
    path.with_suffix(".prj").write_text("rubbish")
    assert world.refused("forest_lots", path).key == "layer.prj_unreadable"
    path.with_suffix(".prj").unlink()
    assert len(world.read("forest_lots", path, crs="EPSG:9213").frame) == 4


@pytest.mark.parametrize(
    ("part", "keep", "key"),
    [
        (".shp", -40, "layer.shp_cut"),
        (".shp", 60, "layer.shp_broken"),
        (".shx", -8, "layer.shx_contradicts"),
        (".shx", 0, "layer.shx_contradicts"),
        (".dbf", -100, "layer.dbf_cut"),
        (".dbf", 20, "layer.dbf_broken"),
        (".dbf", 0, "layer.dbf_broken"),
    ],
)
def test_cut_parts_are_refused(world: World, part: str, keep: int, key: str) -> None:
    path = shapefile(world)
    file = path.with_suffix(part)
    raw = file.read_bytes()
    file.write_bytes(raw[: keep if keep >= 0 else len(raw) + keep])
    assert world.refused("forest_lots", path).key == key


def test_parts_of_two_savings_are_refused(world: World) -> None:
    path = shapefile(world)
    other = World(world.root / "other")
    other.root.mkdir()
    more = shapefile(other)
    assert more.exists()
    five = other.write(lots(5), "five.shp")
    path.with_suffix(".dbf").write_bytes(five.with_suffix(".dbf").read_bytes())
    assert world.refused("forest_lots", path).key == "layer.shp_counts"


def test_absurd_counts_inside_a_record_are_refused(world: World) -> None:
    path = shapefile(world)
    raw = bytearray(path.read_bytes())
    struct.pack_into("<i", raw, 108 + 40, 2_000_000_000)
    path.write_bytes(bytes(raw))
    error = world.refused("forest_lots", path)
    assert error.key == "layer.shp_broken"
    assert error.problems[0].facts["place"] == "#1"


def test_deleted_rows_are_left_out_with_a_word(world: World) -> None:
    path = shapefile(world)
    table = path.with_suffix(".dbf")
    raw = bytearray(table.read_bytes())
    _, start, width = struct.unpack_from("<IHH", raw, 4)
    raw[start + width] = ord("*")
    table.write_bytes(bytes(raw))
    layer = world.read("forest_lots", path)
    assert list(layer.frame["lot_id"]) == ["1", "3", "4"]
    assert np.allclose(layer.frame.geometry.bounds["minx"], [430_000, 430_200, 430_300])
    assert [p.key for p in layer.warnings] == ["layer.dbf_deleted"]


def test_stars_in_a_number_are_named(world: World) -> None:
    path = shapefile(world)
    raw_text(path, [b"1.0", b"*" * 24, b"1.0", b"1.0"], "dtich")
    error = world.refused("forest_lots", path)
    assert error.key == "layer.number_unreadable"
    assert error.problems[0].feature_ids == ("2",)


def test_two_columns_of_one_name_are_refused(world: World) -> None:
    path = shapefile(world, dtich2=[1.0] * 4)
    table = path.with_suffix(".dbf")
    table.write_bytes(table.read_bytes().replace(b"dtich2\0", b"dtich\0\0"))
    assert world.refused("forest_lots", path).key == "layer.columns_repeated"


def test_null_shapes_are_named(world: World) -> None:
    frame = lots()
    frame.loc[2, "geometry"] = None
    path = world.write(frame, "n.shp")
    error = world.refused("forest_lots", path)
    assert error.key == "layer.geometry_missing"
    assert error.problems[0].feature_ids == ("3",)


def test_esri_prj_of_vn2000(world: World) -> None:
    path = shapefile(world)
    path.with_suffix(".prj").write_text(
        'PROJCS["VN_2000_TM3_106_30",GEOGCS["GCS_VN_2000",DATUM["D_Vietnam_2000",SPHEROID["WGS_1984",6378137.0,298.257223563]],'
        'PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]],PROJECTION["Transverse_Mercator"],'
        'PARAMETER["False_Easting",500000.0],PARAMETER["False_Northing",0.0],PARAMETER["Central_Meridian",106.5],'
        'PARAMETER["Scale_Factor",0.9999],PARAMETER["Latitude_Of_Origin",0.0],UNIT["Meter",1.0]]'
    )
    layer = world.read("forest_lots", path)
    assert np.allclose(layer.frame.total_bounds, lots().total_bounds, atol=1e-6)
    assert layer.source.crs_operation == "none"
    assert len(world.read("forest_lots", path, crs="EPSG:9213").frame) == 4


def test_holes_stay_holes(world: World) -> None:
    ring = lots(1).geometry.iloc[0].difference(lots(1).geometry.iloc[0].buffer(-20))
    frame = gpd.GeoDataFrame(lots(1, dtich=[0.64]).drop(columns="geometry"), geometry=[ring], crs="EPSG:9213")
    read = world.read("forest_lots", world.write(frame, "ring.shp")).frame
    assert read["geom_ha"].iloc[0] == pytest.approx(0.64, rel=1e-3)


def test_a_hole_wound_like_a_shell_is_not_counted_twice(world: World) -> None:
    hole = lots(1).geometry.iloc[0].buffer(-20)
    ring = lots(1).geometry.iloc[0].difference(hole)
    path = world.write(lots(1, geometry=[ring], dtich=[0.64]), "ring.shp")
    raw = bytearray(path.read_bytes())
    parts, points = struct.unpack_from("<ii", raw, 108 + 36)
    assert parts == 2
    first, second = struct.unpack_from("<ii", raw, 108 + 44)
    start = 108 + 44 + 8
    inner = [bytes(raw[start + 16 * i : start + 16 * i + 16]) for i in range(second, points)]
    raw[start + 16 * second : start + 16 * points] = b"".join(reversed(inner))
    assert first == 0
    path.write_bytes(bytes(raw))
    try:
        layer = world.read("forest_lots", path)
    except InputError as error:
        assert error.key == "layer.geometry_broken"  # noqa: PT017 -- either is right
    else:
        assert layer.frame["geom_ha"].iloc[0] == pytest.approx(0.64, rel=1e-3)


def test_the_users_word_helps_where_few_letters_tell(world: World) -> None:
    frame = lots(1, diadanh=[in_tcvn3("Mỡ").decode("latin-1")])
    path = world.write(frame, "g.gpkg")
    assert world.read("forest_lots", path, encoding="tcvn3").frame["diadanh"].tolist() == ["Mỡ"]


def test_blank_numbers_that_qgis_writes_as_stars_are_missing_and_said_once(demo_folder: Path, tmp_path: Path) -> None:
    frame = gpd.read_file(demo_folder / "layers" / "rung.gpkg")
    frame.to_file(tmp_path / "rung.shp", encoding="utf-8")
    assert b"*" * 10 in (tmp_path / "rung.dbf").read_bytes()
    spec = LayerSpec("forest_lots", tmp_path / "rung.shp", "rung.shp")
    layer = layers.read(spec, CRS.from_epsg(9213), tmp_path)
    assert layer.frame["malr3"].isna().sum() == frame["malr3"].isna().sum() > 0
    (said,) = [w for w in layer.warnings if w.key == "layer.null_stars"]
    assert "malr3" in str(said.facts["fields"])
