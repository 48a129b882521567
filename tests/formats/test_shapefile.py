"""Shapefiles: parts that are missing, cut or of another saving; deleted rows; text of old encodings."""

import struct
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyproj import CRS

from geoplan import formats, layers
from geoplan.errors import InputError
from geoplan.formats import Opened
from geoplan.layers import LayerSpec
from tests.layers.conftest import World, lots
from tests.text.legacy_bytes import in_cp1258, in_tcvn3, in_vni

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


def test_a_cell_with_room_behind_it_is_not_cut(world: World) -> None:
    """``B`` with the byte e3 is Bó in TCVN3; under a .cpg of UTF-8 it looks like a cut letter, and B is no village."""
    path = world.write(lots(2, diadanh=["B@", "B@"]), "lots.shp", encoding="UTF-8")
    table = path.with_suffix(".dbf")
    table.write_bytes(table.read_bytes().replace(b"B@", b"B\xe3"))
    assert [p.key for p in world.refused("forest_lots", path).problems] == ["layer.text_unreadable"]
    layer = world.read("forest_lots", path, encoding="tcvn3")
    assert list(layer.frame["diadanh"]) == ["Bó", "Bó"]
    assert layer.warnings == ()


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
        (".shp", -136, "layer.shp_counts"),  # at the end of a record
        (".shp", 60, "layer.shp_broken"),
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
    for index in (True, False):
        if not index:
            path.with_suffix(".shx").unlink()
        assert world.refused("forest_lots", path).key == key


def opened(path: Path, **spec: Any) -> Opened:
    return formats.open_file(LayerSpec("forest_lots", path, path.name, **spec))


def edited(path: Path, at: int, layout: str, *values: float) -> Path:
    raw = bytearray(path.read_bytes())
    struct.pack_into(layout, raw, at, *values)
    path.write_bytes(bytes(raw))
    return path


def mended(path: Path) -> list[str]:
    """Four lots of one hectare, and the keys of what was put right."""
    found = opened(path)
    assert np.allclose(shapely.area(found.shapes), 10_000)
    assert len(found.shapes) == 4
    assert [str(v) for v in found.columns["id"]] == ["1", "2", "3", "4"]
    assert not found.said.errors
    return [p.key for p in found.said.mended]


def test_an_index_that_does_not_fit_is_left_aside(world: World) -> None:
    path = shapefile(world)
    index = path.with_suffix(".shx")
    raw = index.read_bytes()
    for broken in (raw[:-8], b"", b"rubbish" * 30, raw[:100] + raw[108:116] * 2 + raw[116:]):
        index.write_bytes(broken)
        assert mended(path) == ["layer.shx_replaced"]


def test_an_index_in_another_order_than_the_records_is_refused(world: World) -> None:
    path = shapefile(world)
    index = path.with_suffix(".shx")
    raw = index.read_bytes()
    index.write_bytes(raw[:100] + raw[108:116] + raw[100:108] + raw[116:])
    assert world.refused("forest_lots", path).key == "layer.shx_contradicts"


def test_records_out_of_order_need_their_index(world: World) -> None:
    path = edited(shapefile(world), 100, ">i", 9)
    path.with_suffix(".shx").unlink()
    assert world.refused("forest_lots", path).key == "layer.shx_needed"


@pytest.mark.parametrize("words", [100, 10_000])
@pytest.mark.parametrize("index", [True, False])
def test_a_length_stated_wrongly_loses_no_lot(world: World, words: int, index: bool) -> None:
    path = edited(shapefile(world), 24, ">i", words)
    if not index:
        path.with_suffix(".shx").unlink()
    assert mended(path)[-1] == "layer.shp_length"


def test_a_shape_that_the_index_leaves_out_is_said(world: World) -> None:
    path = shapefile(world)
    raw = bytearray(path.with_suffix(".shx").read_bytes()[:-8])
    struct.pack_into(">i", raw, 24, len(raw) // 2)
    path.with_suffix(".shx").write_bytes(bytes(raw))
    assert mended(path) == ["layer.shx_replaced"]  # the table has four rows
    edited(path.with_suffix(".dbf"), 4, "<I", 3)
    found = opened(path)
    assert len(found.shapes) == 3
    assert [(p.key, p.facts["bytes"]) for p in found.said.mended] == [("layer.shp_idle_bytes", 136)]


def test_rows_that_the_table_does_not_count_are_read_where_the_shapes_prove_them(world: World) -> None:
    path = shapefile(world)
    edited(path.with_suffix(".dbf"), 4, "<I", 3)
    assert mended(path) == ["layer.dbf_count"]
    edited(path.with_suffix(".dbf"), 4, "<I", 5)
    error = world.refused("forest_lots", path)
    assert (error.key, error.problems[0].feature_ids) == ("layer.dbf_cut", ("#5",))


def test_the_kind_of_the_shapes(world: World) -> None:
    assert mended(edited(shapefile(world), 32, "<i", 3)) == ["layer.shp_kind_mended"]
    assert world.refused("forest_lots", edited(shapefile(world), 32, "<i", 31)).key == "layer.shp_multipatch"
    error = world.refused("forest_lots", edited(shapefile(world), 108, "<i", 3))
    assert (error.key, error.problems[0].feature_ids) == ("layer.shp_kinds", ("#1",))
    error = world.refused("forest_lots", edited(shapefile(world), 108, "<i", 77))
    assert (error.key, error.problems[0].feature_ids) == ("layer.shp_broken", ("#1",))


def polygon_file(world: World, *rings: list[tuple[float, float]], kind: int = 5, tail: bytes = b"") -> Path:
    """A Shapefile of one polygon of these rings, as they are."""
    path = one(world)
    points = [p for ring in rings for p in ring]
    starts = np.cumsum([0, *(len(r) for r in rings)])[:-1]
    content = struct.pack("<i4d2i", kind, 0, 0, 0, 0, len(rings), len(points))
    content += starts.astype("<i4").tobytes() + np.array(points, dtype="<f8").tobytes() + tail
    head = struct.pack(">7i", 9994, 0, 0, 0, 0, 0, (108 + len(content)) // 2) + struct.pack(
        "<2i8d", 1000, kind, *[0] * 8
    )
    path.write_bytes(head + struct.pack(">2i", 1, len(content) // 2) + content)
    path.with_suffix(".shx").unlink()
    return path


def one(world: World) -> Path:
    return world.write(lots(1), "rung.shp", encoding="UTF-8")


def ring(size: float, inset: float = 0, east: float = 0) -> list[tuple[float, float]]:
    """A square, clockwise: a shell."""
    low, high = inset, size - inset
    corners = [(low, low), (low, high), (high, high), (high, low), (low, low)]
    return [(430_000 + east + x, 2_455_000 + y) for x, y in corners]


SHELL, HOLE, ISLAND, FAR = ring(100), ring(100, 10), ring(100, 20), ring(100, east=300)


@pytest.mark.parametrize(
    ("rings", "area", "keys"),
    [
        ([SHELL], 10_000, []),
        ([SHELL[::-1]], 10_000, []),
        ([SHELL, HOLE[::-1]], 3600, []),
        ([HOLE[::-1], SHELL], 3600, []),
        ([SHELL, HOLE[::-1], ISLAND], 7200, []),
        ([SHELL, HOLE[::-1], FAR], 13_600, []),
        ([SHELL[::-1], HOLE], 3600, ["layer.rings_by_nesting"]),
        ([SHELL[::-1], HOLE[::-1]], 3600, ["layer.rings_by_nesting"]),
        ([SHELL[::-1], FAR[::-1]], 20_000, ["layer.rings_by_nesting"]),
        ([SHELL, FAR[::-1]], 20_000, ["layer.rings_by_nesting"]),
        ([SHELL[:-1]], 10_000, ["layer.rings_closed"]),
        ([SHELL, HOLE[:2]], 10_000, ["layer.rings_dropped"]),
    ],
)
def test_shells_and_holes(world: World, rings: Any, area: float, keys: list[str]) -> None:
    found = opened(polygon_file(world, *rings))
    assert shapely.area(found.shapes) == pytest.approx([area])
    assert shapely.is_valid(found.shapes).all()
    assert [p.key for p in found.said.mended] == ["layer.shx_rebuilt", *keys]
    assert all(p.feature_ids == ("#1",) for p in found.said.mended[1:])


def test_a_hole_wound_like_a_shell_is_left_to_the_checks(world: World) -> None:
    found = opened(polygon_file(world, SHELL, HOLE))
    assert not shapely.is_valid(found.shapes).any()


@pytest.mark.parametrize("rings", [[SHELL[:1]], [SHELL[:2]], []])
def test_a_shape_without_ground_is_named(world: World, rings: Any) -> None:
    found = opened(polygon_file(world, *rings))
    assert [(p.key, p.feature_ids) for p in found.said.errors] == [("layer.shapes_unreadable", ("#1",))]
    assert found.told == {0}


@pytest.mark.parametrize("odd", [float("nan"), float("inf")])
def test_a_coordinate_that_is_no_number_is_named(world: World, odd: float) -> None:
    error = world.refused("forest_lots", edited(shapefile(world), 108 + 48, "<d", odd))
    assert (error.key, error.problems[0].feature_ids) == ("layer.geometry_not_finite", ("1",))


def test_measures_and_heights(world: World) -> None:
    measure = struct.pack("<7d", 0, 1, *[-1e39] * 5)
    height = struct.pack("<7d", 0, 5, *[5] * 5)
    for kind, tail in ((25, measure), (25, b""), (15, height), (15, height + measure)):
        found = opened(polygon_file(world, SHELL, kind=kind, tail=tail))
        assert shapely.area(found.shapes) == pytest.approx([10_000])
        assert bool(shapely.has_z(found.shapes)[0]) == (kind == 15)
    assert world.refused("forest_lots", polygon_file(world, SHELL, kind=15)).key == "layer.shp_broken"


def test_a_qpj_says_the_system_where_the_prj_is_absent(world: World) -> None:
    path = shapefile(world)
    path.with_suffix(".prj").rename(path.with_suffix(".qpj"))
    found = opened(path).crs
    assert found is not None
    assert found.to_epsg() == 9213


@pytest.mark.parametrize("text", [b"PROJCS[" * 9000, b'PROJCS["' + b"a" * 1_000_000, b"EPSG:9213", bytes(range(256))])
def test_an_absurd_prj_is_refused(world: World, text: bytes) -> None:
    path = shapefile(world)
    path.with_suffix(".prj").write_bytes(text)
    assert world.refused("forest_lots", path).key == "layer.prj_unreadable"


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    flips=st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), min_size=1, max_size=4),
    part=st.sampled_from([".shp", ".shx"]),
)
def test_no_flipped_byte_loses_or_makes_a_lot_in_silence(world: World, flips: Any, part: str) -> None:
    path = shapefile(world)
    raw = bytearray(path.with_suffix(part).read_bytes())
    for at, value in flips:
        raw[at % len(raw)] = value
    path.with_suffix(part).write_bytes(bytes(raw))
    try:
        found = opened(path)
    except InputError:
        return
    assert len(found.shapes) == 4
    absent = {i for i, s in enumerate(found.shapes) if s is None}
    assert absent <= found.told | {i for i, s in enumerate(found.shapes) if s is None and raw[108 + 136 * i] == 0}


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
        assert error.key == "layer.geometry_nested"  # noqa: PT017 -- either is right
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


def test_a_damaged_vertex_contradicts_its_box(world: World) -> None:
    """One bit of a vertex moves it by some metres: the lot is a little larger, and no other figure shows it."""
    path = world.write(lots(3), "a.shp")
    good = path.read_bytes()
    at = 100 + 8 + 44 + 4 + 16 * 2  # third vertex of the first record
    x = struct.unpack_from("<d", good, at)[0]
    path.write_bytes(good[:at] + struct.pack("<d", x - 8.0) + good[at + 8 :])
    said = formats.open_file(LayerSpec("forest_lots", path, path.name)).said.warnings
    assert [(p.key, p.feature_ids) for p in said] == [("layer.boxes_differ", ("#1",))]
    path.write_bytes(good)
    assert not formats.open_file(LayerSpec("forest_lots", path, path.name)).said.warnings
    path.write_bytes(good[:112] + bytes(32) + good[144:])  # a program that writes no box
    assert not formats.open_file(LayerSpec("forest_lots", path, path.name)).said.warnings
