"""Hostile texts: readable afterwards, and nothing but text wherever they go."""

import csv
import html as standard
import io
import json
import sqlite3
import unicodedata
import xml.etree.ElementTree as ET
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geoplan.text import file_names, safe

HOSTILE = [
    "<script>alert(1)</script>",
    "</script><script>alert(1)</script>",
    "<!-- <script>",
    "]]><svg onload=alert(1)>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "${alert(1)}",
    "`",
    "\\`${alert(1)}\\",
    "\u2028alert(1)\u2029",
    "{{7*7}} {% raw %}",
    "javascript:alert(1)",
    "&lt;b&gt;",
    "=1+1",
    '=HYPERLINK("http://a","b")',
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1+1",
    "\r=1+1",
    " =1+1",
    "＝1+1",
    "=cmd|' /C calc'!A0",
    "_x003D_1+1",
    "_x000D_",
    "a\x00b",
    "a\x1bb\x85c",
    "\ud800",
    "\u202egpj.exe",
    "../../etc/passwd",
    "..\\..\\a",
    "C:\\a",
    "/etc/passwd",
    "CON",
    "nul.txt",
    "com1 .json",
    "LPT¹",
    "a.",
    "a ",
    ".",
    "..",
    "",
    "-rf",
    "~",
    "a" * 300,
    "ế" * 300,
    "a\nb",
    '"; DROP TABLE a; --',
    "Xã Cao Minh; rm -rf /",
    "$(reboot)",
    unicodedata.normalize("NFD", "Xã Yên Phúc – thôn Nà Đeng"),
    "Xã Yên Phúc",
    "١٢٣",
    "😀",
]


class _Seen(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, list[tuple[str, str | None]]]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, attrs))

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.mark.parametrize("text", HOSTILE)
def test_html_is_text(text: str) -> None:
    written = safe.html(text)
    assert not set(written) & set("<>\"'`\\$")
    seen = _Seen()
    seen.feed(f'<p title="{written}">{written}</p>')
    seen.close()
    assert [(tag, attrs) for tag, attrs in seen.tags] == [("p", [("title", safe.plain(text))])]
    assert seen.text == safe.plain(text)
    assert standard.unescape(written) == safe.plain(text)
    written.encode()


@pytest.mark.parametrize("text", HOSTILE)
def test_json_in_html_reads_back_and_closes_nothing(text: str) -> None:
    written = safe.json_in_html({"b": [text], text: 1.5})
    assert not set(written) & set("<>&\u2028\u2029`")
    back = json.loads(written)
    assert safe.plain(back["b"][0]) == safe.plain(text)
    written.encode()


def test_json_in_html_refuses_what_json_has_not() -> None:
    for value in (float("nan"), float("inf")):
        with pytest.raises(ValueError, match="JSON"):
            safe.json_in_html({"a": value})
    assert safe.json_in_html({"b": 1, "a": "ế"}, sort_keys=True) == '{"a":"ế","b":1}'


@pytest.mark.parametrize("text", HOSTILE)
def test_xml_of_a_document_is_text(text: str) -> None:
    written = safe.docx(text)
    assert not set(written) & set("<>\"'\r")
    read = ET.fromstring(f'<w t="{written}">{written}</w>')
    assert read.text in (safe.plain(text.replace("\r", "\n")), text or None)
    assert list(read) == []
    assert safe.docx("a\r\nb\rc") == "a\nb\nc"
    assert safe.docx("{{7*7}}") == "{{7*7}}"


@pytest.mark.parametrize("text", HOSTILE)
def test_csv_has_no_formula(text: str) -> None:
    out = io.StringIO()
    csv.writer(out).writerow([safe.csv_cell(text), "b"])
    field = next(csv.reader(io.StringIO(out.getvalue(), newline="")))[0]
    assert field.lstrip()[:1] not in ("=", "+", "-", "@", "＝")
    assert field[:1] not in ("\t", "\r", "\n")
    assert field in (safe.plain(text), "'" + safe.plain(text))


@pytest.mark.parametrize("text", HOSTILE)
def test_a_cell_is_legal(text: str) -> None:
    written = safe.cell(text)
    written.encode()
    assert len(written) <= 32_767
    assert safe.cell("b" * 40_000).endswith("b…")
    assert safe.cell("_x003D_1") == "_x005F_x003D_1"


@pytest.mark.parametrize("text", HOSTILE)
def test_a_file_name_is_one_name(text: str, tmp_path: Path) -> None:
    name = safe.file_name(text)
    path = tmp_path / name
    path.write_text("1")
    assert [p.name for p in tmp_path.iterdir()] == [name]
    assert not set(name) & set('<>:"/\\|?*')
    assert name == name.strip(" ").rstrip(".")
    assert name[0] not in ".-~"
    assert file_names._RESERVED.match(name) is None
    assert len(name.encode()) <= 130
    assert unicodedata.is_normalized("NFC", name)


def test_two_texts_do_not_become_one_name() -> None:
    assert safe.file_name("Xã Cao Minh") == "Xã Cao Minh"
    assert safe.file_name(unicodedata.normalize("NFD", "Xã Cao Minh")) == "Xã Cao Minh"
    distinct = {unicodedata.normalize("NFC", t) for t in HOSTILE}
    assert len({safe.file_name(t).casefold() for t in distinct}) == len(distinct)
    assert safe.file_name("a/b") != safe.file_name("a:b")
    assert safe.file_name("a" * 300) != safe.file_name("a" * 301)


def test_names_that_differ_in_case_stay_apart() -> None:
    names = file_names.file_names(
        ["Nà Lò", "NÀ LÒ", unicodedata.normalize("NFD", "nà lò"), "Bản", "Bản", "../a", "CON"]
    )
    assert len({n.casefold() for n in names}) == len(names)
    assert names[3] != "Bản"
    assert file_names.file_names(["Bản", "Mường"]) == ["Bản", "Mường"]
    assert sorted(file_names.file_names(["a", "A"])) == sorted(file_names.file_names(["A", "a"]))


@given(st.lists(st.text(max_size=6), max_size=8))
def test_no_two_names_are_one_on_any_disk(texts: list[str]) -> None:
    names = file_names.file_names(texts)
    assert len({n.casefold() for n in names}) == len(texts)


@given(st.text(min_size=0, max_size=200))
def test_any_text_has_a_name(text: str) -> None:
    name = safe.file_name(text)
    assert name
    assert name not in (".", "..")
    assert Path(name).name == name
    assert file_names._RESERVED.match(name) is None


@pytest.mark.parametrize("text", HOSTILE)
def test_a_name_in_sql_is_a_name(text: str) -> None:
    if "\0" in text:
        with pytest.raises(ValueError, match="NUL"):
            safe.sql_name(text)
        return
    text = safe.plain(text)
    with sqlite3.connect(":memory:") as base:
        base.execute(f"CREATE TABLE {safe.sql_name('t' + text)} (a)")
        assert base.execute("SELECT name FROM sqlite_master").fetchall() == [("t" + text,)]
    base.close()
