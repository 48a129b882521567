"""What other programs say, in the reader's language; hectares as the reader writes them."""

import errno
import json
import os
import sqlite3
import tomllib
from contextlib import closing
from pathlib import Path

import pytest

from geoplan.errors import Problem
from geoplan.messages import spoken
from tests.intake.conftest import call

ERRNOS = [
    errno.ENOSPC,
    errno.EACCES,
    errno.EPERM,
    errno.EROFS,
    errno.ENOTDIR,
    errno.EISDIR,
    errno.ENOENT,
    errno.ENAMETOOLONG,
]
TOML = [
    "a = 1,5",
    "a",
    "a b = 1",
    "a=1\na=2",
    "[x]\n[x]",
    'a="b',
    "a=[1",
    "a={x=1",
    "=3",
    "d=2026-13-01",
    "[x",
    'p="C:\\d"',
]


def said(reason: str, lang: str = "vi") -> str:
    return spoken(Problem("project.not_toml", "geoplan.toml", {"reason": reason}), lang).found


@pytest.mark.parametrize("number", ERRNOS)
def test_the_system_speaks_vietnamese(number: int) -> None:
    text = os.strerror(number)
    assert text not in said(text)
    assert text in said(text, "en")


@pytest.mark.parametrize("text", TOML)
def test_the_reader_of_toml_speaks_vietnamese(text: str) -> None:
    with pytest.raises(tomllib.TOMLDecodeError) as caught:
        tomllib.loads(text)
    found = said(str(caught.value)).removeprefix("Tệp dự án viết sai cú pháp: ")
    assert not [word for word in ("at line", "Expected", "Invalid", "Cannot", "Unclosed", "twice") if word in found]
    assert "dòng" in found or "cuối tệp" in found
    assert not found.isascii()


def test_the_whole_sentence_is_meant_before_a_part_of_it() -> None:
    assert "thiếu dấu = sau tên" in said("Expected '=' after a key in a key/value pair (at line 1, column 3)")


def test_json_and_sqlite_speak_vietnamese(tmp_path: Path) -> None:
    with pytest.raises(json.JSONDecodeError) as caught:
        json.loads('{"a":}')
    assert said(str(caught.value)).endswith("thiếu một giá trị (dòng 1, cột 6)")
    (tmp_path / "x.gpkg").write_bytes(b"x" * 5000)
    with closing(sqlite3.connect(tmp_path / "x.gpkg")) as store, pytest.raises(sqlite3.DatabaseError) as broken:
        store.execute("SELECT * FROM sqlite_master")
    assert "SQLite" in said(str(broken.value))


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ((), "còn thiếu tên lệnh"),
        (("chek",), "không có lệnh chek"),
        (("import",), "còn thiếu FILE"),
        (("import", "--crs"), "sau --crs phải có một giá trị"),
        (("run", "--la"), "không có lựa chọn --la"),
        (("run", "--workers", "x"), "--workers phải là số nguyên, không phải x"),
    ],
)
def test_the_command_line_speaks_vietnamese(words: tuple[str, ...], expected: str) -> None:
    found = call(*words)
    assert found.code == 2
    assert expected in found.err
    assert "argument" not in found.err


def test_hectares_have_a_comma_and_names_and_coordinates_keep_their_points() -> None:
    facts = {"field": "dtich", "n": 2, "lots": "1.2: 1.45 / 1234.50; TK 3.1: 0.5 / 2.00"}
    found = spoken(Problem("layer.area_unit_slip", "rung.shp", facts)).found
    assert "1.2: 1,45 / 1.234,50; TK 3.1: 0,5 / 2,00" in found
    assert "1.2: 1.45 / 1234.50" in spoken(Problem("layer.area_unit_slip", "rung.shp", facts), "en").found
    gaps = {"n": 1, "ha": 0.5, "places": "0.50 ha (105.12345, 22.10000)"}
    assert "0,50 ha (105.12345, 22.10000)" in spoken(Problem("layer.gaps", "rung.shp", gaps)).found


def test_kinds_and_nameless_systems_are_words_and_the_cure_keeps_what_is_to_be_written() -> None:
    wrong = spoken(Problem("project.wrong_type", "geoplan.toml: x", {"wanted": "str", "found": "int"}))
    assert wrong.found == "Ở đây phải ghi chữ trong ngoặc kép; tệp đang ghi số nguyên."
    kinds = spoken(Problem("layer.geometry_kind", "a.shp", {"n": 1, "found": "point, line", "wanted": "polygon"}))
    assert "là điểm, đường; lớp này cần vùng" in kinds.found
    local = {"crs": "unnamed", "candidates": "", "best": "EPSG:9213"}
    said_of = spoken(Problem("layer.crs_local", "a.tab", local))
    assert "không tên" in said_of.found
    assert 'crs = "unnamed -> EPSG:9213"' in said_of.fix
    against = spoken(Problem("layer.crs_contradiction", "a.tab", {"found": "unnamed", "declared": "EPSG:9213"}))
    assert "không tên" in against.found
    assert 'crs = "unnamed -> EPSG:9213"' in against.fix
