"""Vietnamese text from before Unicode: TCVN3 (ABC), VNI and windows-1258, decoded and told apart.

The same byte means different letters in these, so nothing is decided by a single cell: every candidate is decoded, and
the one whose words are Vietnamese `syllables` wins; a wrong table hardly ever makes them by chance.

Tables: TCVN 5712:1993 (the upper half; its VN3 part is the ABC fonts), VNI Windows, and Python's ``cp1258``.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

from geoplan.text.syllables import READABLE, share_well_written

LEGACY = ("tcvn3", "vni", "cp1258")
"""Encodings that no standard file declares."""

MARGIN = 0.15
"""How much better than the next one it must be."""
SAMPLE = 2000
"""Cells of a column that are looked at."""

_TCVN3_UPPER_HALF = (
    "ÀẢÃÁẠẶẬÈẺẼÉẸỆÌỈĨÍỊÒỎÕÓỌỘỜỞỠỚỢÙỦŨ"
    "\xa0ĂÂÊÔƠƯĐăâêôơưđẰ\u0300\u0309\u0303\u0301\u0323àảãáạẲằẳẵắẴ"
    "ẮẦẨẪẤỀặầẩẫấậèỂẻẽéẹềểễếệìỉỄẾỒĩíịò"
    "ỔỏõóọồổỗốộờởỡớợùỖủũúụừửữứựỳỷỹýỵỐ"
)
_TCVN3_CONTROLS = (0x01, 0x02, 0x04, 0x05, 0x06, *range(0x11, 0x18))
"""Where the standard's full form keeps twelve capitals."""
_VNI_TONES = {"\u0301": "ùáé", "\u0300": "øàè", "\u0309": "ûåú", "\u0303": "õãü", "\u0323": "ïäë"}
_VNI_ALONE = {"ñ": "đ", "ô": "ơ", "ö": "ư", "í": "í", "ì": "ì", "æ": "ỉ", "ó": "ĩ", "ò": "ị", "î": "ỵ"}


@dataclass(frozen=True, slots=True)
class Guess:
    """An encoding and how much of the text it makes Vietnamese (0 to 1)."""

    encoding: str
    share: float


def decode(raw: bytes, encoding: str) -> str:
    """Bytes as text (not yet NFC-cleaned of spaces).

    Parameters
    ----------
    encoding : str
        ``tcvn3``, ``vni``, or anything that Python decodes.

    Raises
    ------
    UnicodeDecodeError
        If the bytes cannot be of that encoding.
    LookupError
        If nobody knows the encoding.
    """
    if encoding == "tcvn3":
        text = raw.decode("latin-1").translate(_tcvn3())
        return unicodedata.normalize("NFC", _capitals(text))
    if encoding == "vni":
        return _vni_pattern().sub(lambda m: _vni()[m.group()], raw.decode("latin-1"))
    return unicodedata.normalize("NFC", raw.decode(encoding))


def guess(cells: Iterable[bytes], encodings: Iterable[str] = ("utf-8", *LEGACY)) -> Guess | None:
    """Encoding of a column of byte cells, or None where none is clearly the one.

    Cells of plain ASCII say nothing and are left out; a column of them only has no guess.
    """
    telling = sorted({c for c in cells if not c.isascii()})[:SAMPLE]
    scored: list[tuple[float, str, tuple[str, ...]]] = []
    for encoding in encodings:
        try:
            texts = tuple(decode(c, encoding) for c in telling)
        except UnicodeDecodeError:
            continue
        share = share_well_written(texts)
        scored.append((0.0 if share is None else share, encoding, texts))
        if (
            encoding == "utf-8" and share is not None and share >= READABLE
        ):  # bytes of other kinds are never valid UTF-8
            return Guess(encoding, share)
    scored.sort(key=lambda s: -s[0])
    if not scored or scored[0][0] < READABLE:
        return None
    best, encoding, texts = scored[0]
    rivals = [share for share, _, other in scored[1:] if other != texts]
    return Guess(encoding, best) if not rivals or best - rivals[0] >= MARGIN else None


def as_bytes(text: str, page: str = "") -> bytes | None:
    """The bytes behind text that was read by a page of single bytes; None if it was not.

    Without a page: Latin-1, windows-1252 and windows-1258 together, which hold no letter in two places.
    """
    if page:
        try:
            return text.encode(page)
        except UnicodeEncodeError:
            return None
    table = _single_bytes()
    try:
        return bytes(table[c] for c in text)
    except KeyError:
        return None


@cache
def _tcvn3() -> Mapping[int, str]:
    upper = {0x80 + i: c for i, c in enumerate(_TCVN3_UPPER_HALF)}
    return upper | dict(zip(_TCVN3_CONTROLS, "ÚỤỪỬỮỨỰỲỶỸÝỴ", strict=True))


def _capitals(text: str) -> str:
    """`NAM C­êng` of the capital fonts: accented letters have no capital code, so a cell in capitals is capitalised."""
    plain = [c for c in text if c.isascii() and c.isalpha()]
    shouted = re.search(r"[A-Z]{2}", text) is not None and not any(c.islower() for c in plain)
    return text.upper() if shouted else text


@cache
def _vni() -> Mapping[str, str]:
    lower = dict(_VNI_ALONE)
    for base in "aeo":
        lower[base + "â"] = unicodedata.normalize("NFC", base + "\u0302")
    lower["aê"] = "ă"
    for tone, marks in _VNI_TONES.items():
        plain, hat, breve = marks[0], marks[1], marks[2]
        for base, letter in {**{b: b for b in "aeouy"}, "ô": "ơ", "ö": "ư"}.items():
            lower[base + plain] = unicodedata.normalize("NFC", letter + tone)
        for base in "aeo":
            lower[base + hat] = unicodedata.normalize("NFC", base + "\u0302" + tone)
        lower["a" + breve] = unicodedata.normalize("NFC", "ă" + tone)
    table = dict(lower)
    for code, letter in lower.items():
        for variant in (code.upper(), code[0].upper() + code[1:]):
            table.setdefault(variant, letter.upper())
    return table


@cache
def _vni_pattern() -> re.Pattern[str]:
    return re.compile("|".join(sorted(map(re.escape, _vni()), key=len, reverse=True)))


@cache
def _single_bytes() -> Mapping[str, int]:
    table = {chr(i): i for i in range(256)}
    for page in ("cp1252", "cp1258"):
        for i in range(0x80, 0x100):
            character = bytes([i]).decode(page, errors="ignore")
            if character:
                table.setdefault(character, i)
    return table
