"""Letters: one form, one key to find, one key to compare."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geoplan.text.letters import column_key, fold, nfc, same_name

NAMES = ["Bản Mạ", "Bản Má", "Hoà Bình", "Thuỷ Sản", "Đồng Lạc", "Nà Lò", "Khuổi Nộc", "Quế", "Nghĩa"]


def test_nfc_is_one_form() -> None:
    for name in NAMES:
        assert nfc(unicodedata.normalize("NFD", f" {name}\xa0\u200b")) == name


@pytest.mark.parametrize(
    ("text", "key"), [("Đất  rừng SẢN xuất", "dat rung san xuat"), ("Ðồng", "dong"), ("HOÀ\xa0BÌNH", "hoa binh")]
)
def test_fold(text: str, key: str) -> None:
    assert fold(text) == key


def test_column_key() -> None:
    assert {column_key(t) for t in ("Mã_Xã", "MA XA", "ma-xa", "maXa", "mã xã")} == {"maxa"}


@pytest.mark.parametrize(
    ("left", "right"),
    [("Hoà Bình", "HÒA  BÌNH"), ("Thuý", "Thúy"), ("Nà\xa0Lò", "nà lò"), ("Quý", unicodedata.normalize("NFD", "Quý"))],
)
def test_one_name_in_two_spellings(left: str, right: str) -> None:
    assert same_name(left) == same_name(right)


def test_names_that_differ_by_an_accent_stay_apart() -> None:
    keys = [same_name(n) for n in ("Bản Mạ", "Bản Má", "Bản Ma", "Bản Mã", "Bân Ma", "Đa", "Da", "Tư", "Tu", "Từ")]
    assert len(set(keys)) == len(keys)


@given(
    st.sampled_from(NAMES),
    st.sampled_from(["NFC", "NFD", "NFKC", "NFKD"]),
    st.sampled_from([str.upper, str.lower, str.title]),
)
def test_keys_survive_forms_and_cases(name: str, form: str, case: object) -> None:
    assert callable(case)
    other = unicodedata.normalize(form, case(name))  # type: ignore[arg-type]
    assert same_name(other) == same_name(name)
    assert fold(other) == fold(name)


@given(st.text())
def test_nfc_is_stable(text: str) -> None:
    assert nfc(nfc(text)) == nfc(text)
