"""Telephone numbers, numbers of identity papers and names of persons in what is to be quoted from a file.

A schema says which columns are private, but people type a telephone where a count belongs and a name where a code
belongs. What is surely such a number is shortened wherever a file is quoted (``09…78``); a quoted cell that holds one,
or a person's name, is left out (``…``). Coordinates, hectares, unit codes and the keys of lots are none of these.
"""

import re

from geoplan.text.letters import fold

HIDDEN = "…"
"""What stands for a cell that is not quoted."""

_PROVINCES = {
    1, 2, 4, 6, 8, 10, 11, 12, 14, 15, 17, 19, 20, 22, 24, 25, 26, 27, 30, 31, 33, 34, 35, 36, 37, 38, 40, 42, 44,
    45, 46, 48, 49, 51, 52, 54, 56, 58, 60, 62, 64, 66, 67, 68, 70, 72, 74, 75, 77, 79, 80, 82, 83, 84, 86, 87, 89,
    91, 92, 93, 94, 95, 96,
}  # fmt: skip
"""First three figures of a citizen's number (Circular 07/2016/TT-BCA): the province of birth."""

_NUMBER = re.compile(
    r"(?<![\d])(?<!\d\.)(?:"
    r"(?P<mobile>(?:(?:\+|00)?84[ .-]?|0)[35789]\d(?:[ .-]?\d){7})"
    r"|(?P<old>01[2689]\d(?:[ .-]?\d){7})"
    r"|(?P<fixed>\(?02\d{1,2}\)?[ .-]+\d{1,4}(?:[ .-]?\d{3,4}){1,2})"
    r"|(?P<citizen>0\d{2}[ .-]?[0-3]\d{2}(?:[ .-]?\d){6})"
    r")(?!\d)"
)
_LONG = re.compile(r"(?<!\d)(?<!\d[.,])\d{9,12}(?!\d)|\d\d…\d\d")
"""In a quoted cell only: the old nine figures of an identity card, a telephone that Excel has taken its 0 from, and
what stands beside a number that is shortened already."""

_SURNAMES = {
    "be", "bui", "chao", "chu", "dam", "dang", "dinh", "doan", "duong", "giang", "hau", "hang", "hoang", "hua",
    "huynh", "kieu", "khong", "luc", "luong", "ly", "mac", "nguyen", "nong", "pham", "phan", "phang", "phung",
    "quach", "sung", "tran", "tong", "trieu", "trinh", "truong", "vang", "vo", "vu", "vuong",
}  # fmt: skip
_ALSO_WORDS = {
    "ban", "cao", "cu", "dao", "do", "ha", "ho", "la", "lam", "lo", "lu", "ma", "mai", "mua", "ngo", "le", "quang",
    "ta", "tan", "thai", "thao", "trang", "vi",
}  # fmt: skip
"""Surnames that are also words of places and crops: a person where Văn or Thị follows."""
_MIDDLE = frozenset({"văn", "thị", "van", "thi"})
_CELL = re.compile(r"“([^“”]*)”")


def shortened(text: str) -> str:
    """Text with telephones and citizens' numbers cut to their first and last two figures.

    Examples
    --------
    >>> shortened("gọi 0912 345 678, lô 02803/101/12/3")
    'gọi 09…78, lô 02803/101/12/3'
    """
    return _NUMBER.sub(_short, text)


def quotable(cell: str) -> str:
    """A cell as it may be quoted: itself, or `HIDDEN` where it holds such a number or names a person.

    Examples
    --------
    >>> quotable("Nguyễn Văn A"), quotable("912345678"), quotable("TXB"), quotable("Bản Lìm")
    ('…', '…', 'TXB', 'Bản Lìm')
    """
    return HIDDEN if is_personal(cell) or _LONG.search(cell) else cell


def is_personal(text: str) -> bool:
    """True where a telephone or a citizen's number stands in it, or it is a person's name."""
    return shortened(text) != text or _names_a_person(text)


def quoted(text: str) -> str:
    """A list of quoted cells, in quotation marks or between commas, each as it may be quoted."""
    if "“" in text:
        return shortened(_CELL.sub(lambda found: f"“{quotable(found[1])}”", text))
    return shortened(", ".join(quotable(cell) for cell in text.split(", ")))


def _short(found: re.Match[str]) -> str:
    figures = re.sub(r"\D", "", found[0])
    if found.lastgroup == "citizen" and int(figures[:3]) not in _PROVINCES:
        return found[0]
    if found.lastgroup == "fixed" and not 10 <= len(figures) <= 11:
        return found[0]
    return f"{figures[:2]}{HIDDEN}{figures[-2:]}"


def _names_a_person(text: str) -> bool:
    words = text.split()
    if not 2 <= len(words) <= 5 or not all(word.isalpha() and word[0].isupper() for word in words):
        return False
    first = fold(words[0])
    if words[1].casefold() in _MIDDLE:
        return first in _SURNAMES or first in _ALSO_WORDS
    return len(words) > 2 and first in _SURNAMES
