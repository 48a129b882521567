"""Text read by a wrong table comes back as it was, and right text is never touched."""

import unicodedata
from collections.abc import Callable

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from geoplan.text import disguise
from geoplan.text.letters import TONES
from geoplan.text.syllables import _ONSETS, _RIMES, readable
from tests.text.test_legacy import NAMES, WRITERS

FOREIGN = [
    "Krông Nô",
    "Plây Kông",
    "K'Bang",
    "Đắk R'lấp",
    "José",
    "Müller",
    "Besançon",
    "São Paulo",
    "naïve",
    "Quí",
    "Ngòai",
    "Côc Loung",
]
SIGNS = [
    "10 m²",
    "22°10'",
    "30 ± 2",
    "½ lô",
    "€ 5",
    "“trích”",
    "Xã – thôn",
    "Bảo Việt®",
    "ø 20",
    "XÃ\xa0CAO MINH",
    "Đ/c A",
    "3 × 4",
]


def western(raw: bytes, page: str) -> str:
    """Bytes as Windows reads them: codes without a letter stay controls."""
    return "".join(bytes([b]).decode(page, errors="ignore") or chr(b) for b in raw)


def again(text: str, page: str, times: int) -> str:
    for _ in range(times):
        text = western(text.encode(), page)
    return text


def back(cells: list[str]) -> list[str]:
    found = disguise.put_right(cells)
    assert found is not None, cells[:3]
    return [unicodedata.normalize("NFC", found.texts.get(c, c)) for c in cells]


@pytest.mark.parametrize("page", ["latin-1", "cp1252", "cp1258", "cp437"])
@pytest.mark.parametrize("encoding", list(WRITERS))
def test_every_table_read_by_every_page(encoding: str, page: str) -> None:
    if (encoding, page) == ("cp1258", "cp1258"):
        return
    assert back([western(WRITERS[encoding](n), page) for n in NAMES]) == NAMES


@pytest.mark.parametrize("times", [1, 2, 3])
@pytest.mark.parametrize("page", ["latin-1", "cp1252", "cp1258"])
def test_utf8_once_twice_thrice(page: str, times: int) -> None:
    found = disguise.put_right([again(n, page, times) for n in NAMES])
    assert found is not None
    assert found.encoding == ", ".join(["utf-8"] * times)
    assert back([again(n, page, times) for n in NAMES]) == NAMES


def test_an_old_table_saved_as_utf8_and_read_wrongly() -> None:
    cells = [again(western(WRITERS["tcvn3"](n), "latin-1"), "cp1252", 1) for n in NAMES]
    assert back(cells) == NAMES


@pytest.mark.parametrize("encoding", ["tcvn3", "vni", "cp1258", "utf-8"])
def test_capitals(encoding: str) -> None:
    shouted = ["XÃ CAO MINH", "HỘ GIA ĐÌNH", "ĐẤT RỪNG ĐẶC DỤNG", "CƯỜNG"]
    if encoding == "tcvn3":  # its fonts of capitals show the small letters' codes as capitals
        cells = ["X· CAO MINH", "HÓ GIA §×NH".replace("Ó", "é"), "§ÊT RõNG §ÆC DôNG", "C¦êNG".replace("¦", "\xad")]
    else:
        cells = [western(WRITERS[encoding](n), "cp1252") for n in shouted]
    assert back(cells) == shouted


def test_decomposed_text_is_right_as_it_is_and_comes_back_as_itself() -> None:
    taken_apart = [unicodedata.normalize("NFD", n) for n in NAMES]
    assert disguise.put_right(taken_apart) is None
    assert back([again(n, "cp1252", 1) for n in taken_apart]) == NAMES


def test_right_text_is_never_touched() -> None:
    assert disguise.put_right([*NAMES, *FOREIGN, *SIGNS]) is None
    assert [t for t in (*NAMES, *FOREIGN, *SIGNS) if disguise.put_right([t]) is not None] == []


TONED = st.tuples(
    st.sampled_from(sorted(_ONSETS)),
    st.sampled_from(sorted(_RIMES)),
    st.sampled_from(["", *TONES]),
    st.sampled_from([str.title, str.upper, str.lower]),
)


@given(st.lists(TONED, min_size=1, max_size=5))
def test_no_words_of_syllables_are_touched(words: list[tuple[str, str, str, Callable[[str], str]]]) -> None:
    text = " ".join(
        unicodedata.normalize("NFC", case(onset + rime[0] + tone + rime[1:])) for onset, rime, tone, case in words
    )
    assume(readable(text))
    assert disguise.put_right([text]) is None


def test_rows_of_two_kinds_are_put_right_one_by_one() -> None:
    cells = [
        "Nậm Cắt",
        "Bản Chiêng",
        western(WRITERS["tcvn3"]("Khuổi Nộc"), "latin-1"),
        western(WRITERS["tcvn3"]("Vĩnh Thông"), "latin-1"),
        "Bè",
    ]
    found = disguise.put_right(cells)
    assert found is not None
    assert not found.whole
    assert sorted(found.texts.values()) == ["Khuổi Nộc", "Vĩnh Thông"]
    assert found.doubtful == {"Bè"}  # `Bố` in TCVN3: nobody can tell


def test_halves_of_letters_that_were_cleaned_away() -> None:
    cells = ["Xã Cao Minh", "Nà Lò", "làng Nà Đeng", "Nà", "Pác Nậm", "Nà Toàn"]
    spoilt = [again(c, "cp1252", 1).replace("\xa0", " ").replace("\xad", "").strip() for c in cells]
    found = disguise.put_right(spoilt)
    assert found is not None
    assert [" ".join(found.texts.get(c, c).split()) for c in spoilt] == cells
    assert len(found.doubtful) == 5  # all but the first: said, because a part was guessed


def test_noise_stays() -> None:
    assert disguise.put_right(["ÿþú", "\x90\x81ðx"]) is None
    assert disguise.put_right(["plain", "ascii"]) is None
    assert disguise.put_right([]) is None


def test_one_sure_row_among_many_disguised_keeps_the_others_apart() -> None:
    """Where Unicode is surely among the rows, `Xã` stays `Xã`: as TCVN3 it would be `Xó`."""
    cells = [western(WRITERS["tcvn3"](n), "latin-1") for n in NAMES]
    assert back([*cells, "Xã"])[-1] == "Xó"  # nothing says that it is not
    found = disguise.put_right([*cells, "Xã", "Nậm Cắt"])
    assert found is not None
    assert "Xã" not in found.texts
    assert found.doubtful == {"Xã"}
