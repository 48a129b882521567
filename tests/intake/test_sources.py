"""Which files a command names, what a layer is by its columns, and which texts are kept as originals."""

import unicodedata
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geoplan.errors import InputError
from geoplan.formats import LayerSpec, open_file
from geoplan.intake import originals, roles, sources
from geoplan.intake.cleaning import _free, _guessed
from geoplan.intake.landing import slug
from geoplan.text.letters import nfc
from tests.intake.conftest import call
from tests.layers.conftest import communes, lots, square, zones


def test_a_folder_is_every_file_that_is_read_and_the_others_are_named(tmp_path: Path) -> None:
    folder = tmp_path / "zalo"
    (folder / "con").mkdir(parents=True)
    zones().to_file(folder / "con" / "vung.shp")
    lots().to_file(folder / "rung.gpkg")
    for junk in ("ghi chu.docx", "~$khoa.xlsx", ".DS_Store", "vung.lyrx"):
        (folder / junk).write_bytes(b"x")
    (folder / "S2B_MSIL2A_20260131T032000.SAFE").mkdir()
    (folder / "S2B_MSIL2A_20260131T032000.SAFE" / "B02.jp2").write_bytes(b"x")
    found, said = sources.named(["zalo"], tmp_path)
    assert [shown for _, shown in found] == ["zalo/con/vung.shp", "zalo/rung.gpkg"]
    (left,) = said
    assert left.feature_ids == ("S2B_MSIL2A_20260131T032000.SAFE", "ghi chu.docx", "vung.lyrx")


def test_a_pattern_is_opened_here_where_no_shell_does_it(tmp_path: Path) -> None:
    for name in ("a.geojson", "b.geojson", "c.txt"):
        (tmp_path / name).write_text("{}", encoding="utf-8")
    found, _ = sources.named(["*.geojson"], tmp_path)
    assert [shown for _, shown in found] == ["a.geojson", "b.geojson"]
    with pytest.raises(InputError, match=r"intake\.nothing"):
        sources.named(["*.kml"], tmp_path)
    (tmp_path / "rỗng").mkdir()
    with pytest.raises(InputError, match=r"intake\.nothing"):
        sources.named(["rỗng"], tmp_path)


def test_a_scene_is_refused_with_where_it_belongs(tmp_path: Path) -> None:
    (tmp_path / "S2A_MSIL2A_X.SAFE").mkdir()
    said = call("import", tmp_path / "S2A_MSIL2A_X.SAFE", "--json")
    assert (said.code, said.json["error"]["key"]) == (3, "intake.images")
    assert "images/s2" in said.json["error"]["fix"]


def test_one_file_named_twice_is_one(tmp_path: Path) -> None:
    lots().to_file(tmp_path / "rung.gpkg")
    found, _ = sources.named(["rung.gpkg", "rung.gpkg"], tmp_path)
    assert len(found) == 1


def suggested(frame: gpd.GeoDataFrame, tmp_path: Path) -> tuple[str, ...]:
    frame.to_file(tmp_path / "x.gpkg")
    spec = LayerSpec("any", tmp_path / "x.gpkg", "x.gpkg")
    return roles.suggested(open_file(spec), "x.gpkg")


def test_a_role_is_told_by_columns_and_geometry(tmp_path: Path) -> None:
    assert suggested(lots(), tmp_path) == ("forest_lots",)


def test_zones_and_communes_are_told(tmp_path: Path) -> None:
    assert suggested(zones(), tmp_path) == ("conversion_zones",)
    (tmp_path / "x.gpkg").unlink()
    assert suggested(communes(), tmp_path) == ("communes",)


def test_what_fits_no_role_or_not_its_geometry_has_none(tmp_path: Path) -> None:
    plain = gpd.GeoDataFrame({"a": [1], "b": ["x"]}, geometry=[square(0, 0)], crs="EPSG:9213")
    assert suggested(plain, tmp_path) == ()
    (tmp_path / "x.gpkg").unlink()
    points = zones()
    points.geometry = points.geometry.centroid
    assert suggested(points, tmp_path) == ()


def test_columns_of_persons_are_known_by_any_of_their_names() -> None:
    names = ["Chủ hộ", "SDT", "CCCD", "chu_ho", "ldlr", "tên thôn", "Số điện thoại"]
    assert roles.private_columns(names) == {"Chủ hộ", "SDT", "CCCD", "chu_ho", "Số điện thoại"}


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Lô rừng 2025", "lo_rung_2025"),
        ("../../a", "a"),
        ("ĐẤT", "dat"),
        ("con", "_con-"),
        ("日本", "lop_"),
        ("a" * 300, "a" * 80),
    ],
)
def test_names_of_clean_files_travel(text: str, wanted: str) -> None:
    assert slug(text).startswith(wanted)
    assert len(slug(text)) <= 90
    assert slug(text).isascii()


@given(st.text(max_size=40))
def test_a_clean_name_is_never_a_path(text: str) -> None:
    name = slug(text)
    assert name
    assert Path(name).name == name
    assert not name.startswith(".")


def test_a_column_never_takes_the_name_of_another() -> None:
    table: dict[str, pd.Series] = {}
    for name in ("Name", "name", "NAME", "fid", "geom", "", "ROWID"):
        table[_free(name, table)] = pd.Series([1])
    assert list(table) == ["Name", "name_goc", "NAME_goc2", "fid_goc", "geom_goc", "cot", "ROWID_goc"]


@pytest.mark.parametrize(
    ("cells", "dtype"),
    [
        ([1, None, 3], "Int64"), ([1, 2.5], "float64"), ([True, None], "Int64"), (["a", 1], "object"), ([None], "object"),
        ([1 << 70], "float64"), ([], "object"),
    ],
)  # fmt: skip
def test_other_columns_keep_their_kind(cells: list[object], dtype: str) -> None:
    assert str(_guessed(pd.Series(cells, dtype=object)).dtype) == dtype


@pytest.mark.parametrize(
    ("cell", "value", "same"),
    [
        ("Nà Lìn", "Nà Lìn", True), ("Nà Lìn ", "Nà Lìn", False), ("Nà Lìn".encode(), "Nà Lìn", True),
        (b"N\xb5 L\xd7n", "Nà Lìn", False), ("1.5", 1.5, True), ("1,5", 1.5, False), ("1", 1, True), ("x", None, False),
        ("30/06/2026", pd.Timestamp("2026-06-30").date(), False), ("2026-06-30", pd.Timestamp("2026-06-30").date(), True),
        (1879, "01879", True), (0, pd.NA, True), (5.0, 0.0005, False), (5, 5.0, True), ("đã duyệt", "approved", False),
    ],
)  # fmt: skip
def test_what_is_an_original(cell: object, value: object, same: bool) -> None:
    assert originals._same(cell, value) is same


@given(st.text(max_size=30))
def test_a_text_that_cleaning_changes_is_always_kept(text: str) -> None:
    assert originals._same(text, originals.written(text)) is (originals.written(text) == text)
    if nfc(text) != text:
        assert not originals._same(text, originals.written(text))


def test_numbers_are_numbers() -> None:
    assert np.isnan(_guessed(pd.Series([1.5, None], dtype=object)).iloc[1])


def test_two_roles_that_fit_alike_are_a_question(tmp_path: Path) -> None:
    frame = gpd.GeoDataFrame({"code": ["01879"], "name": ["Cao Minh"]}, geometry=[square(0, 0)], crs="EPSG:9213")
    assert suggested(frame, tmp_path) == ("communes", "villages")
    said = call("import", tmp_path / "x.gpkg", "--out", tmp_path / "out", "--json")
    assert said.json["layers"][0]["role"] == "any"
    assert "intake.role_open" in {w["key"] for w in said.json["warnings"]}


def test_a_name_of_a_mac_is_found_and_written(tmp_path: Path) -> None:
    """Typed composed, on the disk in pieces: the record, too, finds every part of it."""
    lots().to_file(tmp_path / unicodedata.normalize("NFD", "Lô rừng.shp"))
    said = call(
        "import", tmp_path / "Lô rừng.shp", "--role", "forest_lots", "--out", tmp_path / "sach", "--yes", "--json"
    )
    assert said.code == 0, said
    assert len(list((tmp_path / "sach").glob("*.gpkg"))) == 1


def test_only_endings_that_are_read_are_offered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    said = call("import", "khong_co/*.shp")
    assert said.code == 3
    assert ".tif" in said.err
    assert ".gpkg" in said.err
    assert not [ending for ending in (".vrt", ".asc", ".img", ".ecw") if ending in said.err]
