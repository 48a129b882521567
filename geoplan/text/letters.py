"""Vietnamese letters: one form for storing, one key for finding, one key for comparing names.

Unicode writes `ạ` in two ways (one character, or `a` with a mark), old and new spelling put the tone of `hòa` or `hoà`
on different letters, and files carry non-breaking spaces. `nfc` is what is stored, `fold` finds a column or a choice
whatever its accents and case, `same_name` compares names and never merges two that differ by an accent (Bản Mạ, Bản
Má).
"""

import re
import unicodedata

TONES = "\u0300\u0301\u0303\u0309\u0323"
"""Combining grave, acute, tilde, hook above and dot below: the five written tones."""

_SPACES = re.compile(r"\s+")
_UNSEEN = dict.fromkeys(
    (
        *range(0x09),
        *range(0x0E, 0x1C),  # 1C to 1F and 85 end lines: they are spaces
        *range(0x7F, 0x85),
        *range(0x86, 0xA0),
        0xAD,
        *range(0x200B, 0x2010),
        *range(0x202A, 0x202F),
        *range(0x2060, 0x206A),
        0xFEFF,
    )
)
_D = str.maketrans({"đ": "d", "Đ": "D", "ð": "d", "Ð": "D"})


def nfc(text: str) -> str:
    r"""Text as geoplan stores it: NFC, ordinary spaces, no unseen characters, no space at the ends.

    Examples
    --------
    >>> nfc("Ba\u0323n\xa0Chang ")
    'Bạn Chang'
    """
    return _SPACES.sub(" ", unicodedata.normalize("NFC", text).translate(_UNSEEN)).strip()


def fold(text: str) -> str:
    """Key without accents, case and double spaces, `đ` as `d`: finds, and may merge different names.

    Examples
    --------
    >>> fold("Đất  rừng SẢN xuất")
    'dat rung san xuat'
    """
    bare = "".join(c for c in unicodedata.normalize("NFD", nfc(text).translate(_D)) if not unicodedata.combining(c))
    return bare.casefold()


def column_key(text: str) -> str:
    """Key of a column name: `fold` with letters and digits only (``Diện_tích`` and ``DIEN TICH`` are one).

    Examples
    --------
    >>> column_key("Mã_Xã")
    'maxa'
    """
    return "".join(c for c in fold(text) if c.isalnum())


def same_name(text: str) -> str:
    """Key that is equal for one name in two spellings: case, NFC or NFD, spaces, place of the tone do not matter.

    The tone of each word moves to the word's end; hats and horns stay, so names that differ by an accent stay apart.

    Examples
    --------
    >>> same_name("Hoà Bình") == same_name("HÒA  BÌNH"), same_name("Bản Mạ") == same_name("Bản Má")
    (True, False)
    """
    words = unicodedata.normalize("NFD", nfc(text).casefold()).split(" ")
    return " ".join("".join(c for c in w if c not in TONES) + "".join(c for c in w if c in TONES) for w in words)
