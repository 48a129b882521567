"""Old encodings: full tables, there and back, and the right one found by its syllables."""

import shutil
import subprocess
import unicodedata

import pytest

from geoplan.text import legacy
from geoplan.text.letters import TONES
from tests.text.legacy_bytes import in_cp1258, in_tcvn3, in_vni

BASES = "aăâeêioôơuưy"
MARKED = [
    unicodedata.normalize("NFC", letter + tone)
    for base in BASES
    for letter in (base, base.upper())
    for tone in ("", *TONES)
]
LETTERS = [*MARKED, "đ", "Đ"]
NAMES = [
    "Bản Chiêng",
    "Xã Nam Cường",
    "Vĩnh Thông",
    "Khuổi Nộc",
    "Nà Lò",
    "Đường tỉnh lộ",
    "Bjoóc Ve",
    "Quảng Bạch",
    "Hộ gia đình",
]


WRITERS = {"tcvn3": in_tcvn3, "vni": in_vni, "cp1258": in_cp1258, "utf-8": lambda t: t.encode()}


@pytest.mark.parametrize("encoding", ["vni", "cp1258", "utf-8"])
def test_every_letter_there_and_back(encoding: str) -> None:
    assert len(set(LETTERS)) == 2 * 12 * 6 + 2
    for letter in LETTERS:
        assert legacy.decode(WRITERS[encoding](letter), encoding) == letter


def test_every_letter_of_tcvn3() -> None:
    coded = [c for c in LETTERS if c in legacy._tcvn3().values() or c.isascii()]
    assert set(LETTERS) - set(coded) <= set("ẤỀỂỄẾ")  # the standard writes these with combining marks
    for letter in coded:
        assert legacy.decode(in_tcvn3(letter), "tcvn3") == letter


def test_known_bytes() -> None:
    assert legacy.decode(b"N\xb5m C\xad\xeang", "tcvn3") == "Nàm Cường"
    assert legacy.decode("Xaõ Cao Minh, huyeän Paùc Naëm".encode("latin-1"), "vni") == "Xã Cao Minh, huyện Pác Nặm"
    assert legacy.decode(b"Qu\xea\xec", "cp1258") == "Quế"


def test_capital_fonts() -> None:
    assert legacy.decode(b"X\xb7 NAM C\xad\xeaNG", "tcvn3") == "XÃ NAM CƯỜNG"
    assert legacy.decode(b"N\xb5 L\xdf", "tcvn3") == "Nà Lò"


@pytest.mark.parametrize("encoding", list(WRITERS))
def test_the_right_table_is_found(encoding: str) -> None:
    found = legacy.guess(WRITERS[encoding](n) for n in NAMES)
    assert found is not None
    assert (found.encoding, found.share) == (encoding, 1.0)


def test_noise_is_no_vietnamese() -> None:
    assert legacy.guess([b"\xff\xfe\xfa", b"\x90\x81\xf0x"]) is None
    assert legacy.guess([b"plain", b"ascii"]) is None


MOTTO = "Cộng hòa xã hội chủ nghĩa Việt Nam. Độc lập - Tự do - Hạnh phúc"


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("Céng hßa x· héi chñ nghÜa ViÖt Nam. §éc lËp - Tù do - H¹nh phóc", "tcvn3"),
        ("Coäng hoøa xaõ hoäi chuû nghóa Vieät Nam. Ñoäc laäp - Töï do - Haïnh phuùc", "vni"),
    ],
)
def test_the_motto_as_every_office_has_seen_it(text: str, encoding: str) -> None:
    assert legacy.decode(text.encode("latin-1"), encoding) == MOTTO


def test_the_table_of_the_standard_is_that_of_others() -> None:
    """The C library's own table of TCVN 5712 (`iconv`), letter by letter: ours is written by hand."""
    if shutil.which("iconv") is None:
        pytest.skip("there is no iconv on this machine")
    known = subprocess.run(["iconv", "-l"], capture_output=True, text=True, check=False).stdout
    if "TCVN5712-1" not in known:
        pytest.skip("this iconv does not know TCVN 5712")
    for code in (0x01, 0x02, *range(0x04, 0x07), *range(0x11, 0x18), *range(0x80, 0x100)):
        made = subprocess.run(
            ["iconv", "-f", "TCVN5712-1", "-t", "UTF-8"], input=bytes([code]), capture_output=True, check=True
        )
        theirs = unicodedata.normalize("NFC", made.stdout.decode())
        assert legacy.decode(bytes([code]), "tcvn3") == theirs, hex(code)
