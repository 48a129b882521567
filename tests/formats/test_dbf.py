"""Tables of Shapefiles by every program that wrote one: each cell right, named, or said to be left out."""

import contextlib
import struct
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geoplan.errors import InputError
from geoplan.formats import dbf

Field = tuple[str, str, int]


def table(fields: list[Field], rows: list[list[bytes]], version: int = 3, extra: bytes = b"") -> bytes:
    """A DBF of these cells; a cell that is too short is filled with blanks."""
    start, width = 32 + 32 * len(fields) + 1 + len(extra), 1 + sum(f[2] for f in fields)
    head = struct.pack("<B3BIHH20x", version, 126, 1, 1, len(rows), start, width)
    for name, kind, size in fields:
        head += name.encode("latin-1").ljust(11, b"\0") + kind.encode() + b"\0" * 4 + struct.pack("<H14x", size)
    body = b"".join(b" " + b"".join(c.ljust(f[2]) for c, f in zip(r, fields, strict=True)) for r in rows)
    return head + b"\r" + extra + body + b"\x1a"


def column(kind: str, width: int, *cells: bytes, version: int = 3) -> list[Any]:
    found = dbf.read(table([("a", kind, width)], [[c] for c in cells], version), "t.dbf")
    return [] if "a" not in found.columns else found.columns["a"].tolist()


def test_numbers() -> None:
    cells = (b"1", b"-2.50", b"1e3", b"", b"\0" * 10, b"99999999999999999999", b".5")
    assert column("N", 20, *cells) == [1, -2.5, 1000.0, None, None, 99999999999999999999, 0.5]


def test_what_is_no_number_stays_text_to_be_named() -> None:
    cells = (b"nan", b"inf", b"1e999", b"1_000", b"1,5", b"*****", b"-", b"\xb2", b"0x10")
    assert column("F", 10, *cells) == [c.decode("latin-1") for c in cells]


def test_dates_and_flags() -> None:
    assert column("D", 8, b"20240229", b"00000000", b"", b"20230231") == ["20240229", None, None, "20230231"]
    assert column("L", 1, b"T", b"y", b"F", b"n", b"?", b" ", b"X") == [1, 1, 0, 0, None, None, "X"]


def test_visual_foxpro() -> None:
    day = struct.pack("<2i", 2440588 + 1, 3_600_000)
    assert column("I", 4, struct.pack("<i", -7), version=0x30) == [-7]
    assert column("B", 8, struct.pack("<d", 1.5), struct.pack("<d", float("nan")), version=0x30) == [1.5, None]
    assert column("Y", 8, struct.pack("<q", 123456)) == [12.3456]
    assert column("T", 8, day, b"\0" * 8, b" " * 8, struct.pack("<2i", -5, 0)) == [
        "1970-01-02T01:00:00",
        None,
        None,
        "-5 0",
    ]
    assert column("V", 6, b"ab\0\0\0\0") == [b"ab"]
    found = dbf.read(table([("a", "N", 4), ("_NullFlags", "0", 1)], [[b"1", b"\0"]], 0x30, b"\0" * 263), "t.dbf")
    assert list(found.columns) == ["a"]
    assert found.problems == ()


@pytest.mark.parametrize(("kind", "width"), [("M", 10), ("G", 10), ("B", 10), ("W", 4), ("P", 10)])
def test_columns_that_lie_elsewhere_are_said(kind: str, width: int) -> None:
    found = dbf.read(table([("id", "N", 4), ("ghichu", kind, width)], [[b"1", b"1"]]), "t.dbf")
    assert [(p.key, p.facts["columns"]) for p in found.problems] == [("layer.dbf_memo", "ghichu")]
    assert list(found.columns) == ["id"]


def test_long_text_of_clipper() -> None:
    assert column("C", 300, b"x" * 299) == [b"x" * 299]


def test_decimals_of_a_text_field_are_not_its_width() -> None:
    raw = bytearray(table([("a", "C", 5)], [[b"abc"]]))
    raw[32 + 17] = 2
    assert dbf.read(bytes(raw), "t.dbf").columns["a"].tolist() == [b"abc"]


@pytest.mark.parametrize("language", [0x00, 0x03, 0x57, 0x7D, 0xFF])
def test_the_code_page_byte_changes_no_text(language: int) -> None:
    raw = bytearray(table([("a", "C", 6)], [["Bản".encode()]]))
    raw[29] = language
    assert dbf.read(bytes(raw), "t.dbf").columns["a"].tolist() == ["Bản".encode()]


def refused(raw: bytes, shapes: int | None = None) -> str:
    with pytest.raises(InputError) as caught:
        dbf.read(raw, "t.dbf", shapes)
    return caught.value.key


def test_headers_that_make_no_sense() -> None:
    whole = table([("a", "N", 4)], [[b"1"], [b"2"]])
    assert refused(b"\x04" + whole[1:]) == "layer.dbf_kind"
    assert refused(whole[:30]) == "layer.dbf_broken"
    assert refused(table([("a", "N", 4), ("b", "C", 0)], [[b"1", b""]])) == "layer.dbf_broken"
    assert refused(whole[:10] + b"\xff\xff" + whole[12:]) == "layer.dbf_broken"
    assert refused(whole[:-5]) == "layer.dbf_cut"
    assert refused(whole[:4] + b"\xff\xff\xff\xff" + whole[8:]) == "layer.dbf_cut"


def test_a_count_too_small_is_believed_unless_the_shapes_say_more() -> None:
    whole = table([("a", "N", 4)], [[b"1"], [b"2"]])
    small = whole[:4] + b"\1" + whole[5:]
    assert len(dbf.read(small, "t.dbf", 1).deleted) == 1
    assert [p.key for p in dbf.read(small, "t.dbf", 2).problems] == ["layer.dbf_count"]
    assert dbf.read(small, "t.dbf", 2).columns["a"].tolist() == [1, 2]


def test_names_that_come_twice_and_deleted_rows() -> None:
    raw = bytearray(table([("a", "N", 1), ("a", "N", 1)], [[b"1", b"2"], [b"3", b"4"]]))
    raw[32 + 64 + 1] = ord("*")
    found = dbf.read(bytes(raw), "t.dbf")
    assert found.repeated == {"a"}
    assert found.columns["a"].tolist() == [1, 3]
    assert found.deleted.tolist() == [True, False]


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=400), st.integers(0, 200))
def test_any_bytes_are_a_table_or_refused(raw: bytes, keep: int) -> None:
    whole = table([("a", "N", 4), ("b", "C", 6)], [[b"1", b"x"], [b"2", b"y"]])
    for each in (raw, whole[:keep] + raw, raw[:20] + whole[20:]):
        with contextlib.suppress(InputError):
            dbf.read(each, "t.dbf")


def test_letters_of_two_bytes_are_refused_and_rubbish_behind_the_end_is_told() -> None:
    """Cut at its first NUL, "Nà Lò" in UTF-16 would be "N" without a word."""
    for coding in ("utf-16-le", "utf-16-be"):
        with pytest.raises(InputError) as caught:
            column("C", 20, "Nà Lò".encode(coding), "Bản Má".encode(coding))
        assert (caught.value.key, caught.value.problems[0].feature_ids) == ("layer.dbf_utf16", ("#1", "#2"))
    found = dbf.read(table([("a", "C", 20)], [[b"Na Lo\0rub"], [b"Ban\0\0\0"], [b"Ba"]]), "t.dbf")
    assert found.columns["a"].tolist() == [b"Na Lo", b"Ban", b"Ba"]
    assert [(p.key, p.feature_ids) for p in found.problems] == [("layer.dbf_after_nul", ("#1",))]
