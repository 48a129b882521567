"""Vietnamese text from before Unicode: TCVN3 (ABC), VNI, windows-1258, and UTF-8 that was read as something else.

The same byte means different letters in these, so nothing is decided by a single cell: every candidate is decoded, and
the one whose words are Vietnamese syllables wins. A syllable is an onset, a rime and a tone that the rime allows, in
lower case, capitalised or in capitals; a wrong table hardly ever makes one by chance.

Tables: TCVN 5712:1993 (the upper half; its VN3 part is the ABC fonts), VNI Windows, and Python's ``cp1258``.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

from geoplan.text.letters import TONES, nfc

LEGACY = ("tcvn3", "vni", "cp1258")
"""Encodings that no standard file declares."""

READABLE = 0.8
"""Share of accented words that must be Vietnamese syllables before an encoding is believed."""
MARGIN = 0.15
"""How much better than the next one it must be."""
_SAMPLE = 2000

_TCVN3_UPPER_HALF = (
    "ÀẢÃÁẠẶẬÈẺẼÉẸỆÌỈĨÍỊÒỎÕÓỌỘỜỞỠỚỢÙỦŨ"
    "\xa0ĂÂÊÔƠƯĐăâêôơưđẶ\u0300\u0309\u0303\u0301\u0323àảãáạẲằẳẵắẴ"
    "ẮẦẨẪẤỀặầẩẫấậèỂẻẽéẹềểễếệìỉỄẾỒĩíịò"
    "ỔỏõóọồổỗốộờởỡớợùỖủũúụừửữứựỳỷỹýỵỐ"
)
_TCVN3_CONTROLS = (0x01, 0x02, 0x04, 0x05, 0x06, *range(0x11, 0x18))
"""Where the standard's full form keeps twelve capitals."""
_VNI_TONES = {"\u0301": "ùáé", "\u0300": "øàè", "\u0309": "ûåú", "\u0303": "õãü", "\u0323": "ïäë"}
_VNI_ALONE = {"ñ": "đ", "ô": "ơ", "ö": "ư", "í": "í", "ì": "ì", "æ": "ỉ", "ó": "ĩ", "ò": "ị", "î": "ỵ"}

_ONSETS = (
    "", *["b", "c", "d", "đ", "g", "h", "k", "l", "m", "n", "p", "q", "r", "s", "t", "v", "x"],
    *["ch", "gh", "gi", "kh", "ng", "ngh", "nh", "ph", "qu", "th", "tr", "bj", "mj", "pj", "phj", "khj", "sl"],
)  # fmt: skip
_RIMES = frozenset(
    """
    a ac ach ai am an ang anh ao ap at au ay ăc ăm ăn ăng ăp ăt âc âm ân âng âp ât âu ây e ec em en eng eo ep et
    ê êch êm ên ênh êp êt êu êng êc i ia ich iêc iêm iên iêng iêp iêt iêu im in inh ip it iu ing
    o oa oac oach oai oam oan oang oanh oao oap oat oay oăc oăm oăn oăng oăt oăp oc oe oen oeo oet oi om on ong oong ooc
    op ot ô ôc ôi ôm ôn ông ôp ôt ôông ơ ơi ơm ơn ơp ơt ơng u ua uân uâng uât uây uc uê uêch uênh uên ui um un ung uôc
    uôi uôm uôn uông uôp uôt up ut uy uya uych uyên uyêt uyn uynh uyp uyt uyu uơ uơn ư ưa ưc ưi ưm ưn ưng ươ ươc ươi ươm
    ươn ương ươp ươt ươu ưt ưu y yêm yên yêt yêu yêng ych ynh
    """.split()  # noqa: SIM905 -- a table, not a list of strings
)
_WORD_EDGE = re.compile(r"[\s,.;:()\[\]{}\-/+'\"0-9_&%#!*=<>|\\–—…‘’“”²³°×·•]+")
_LOST = re.compile(r"\ufffd|[\x80-\x9f]|[^\W\d_]\?+[^\W\d_]")
_VIETNAMESE = frozenset("aăâeêioôơuưydđAĂÂEÊIOÔƠUƯYDĐ" + TONES)


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


def share_readable(cells: Iterable[str]) -> float | None:
    """Share of the words with an accented letter that are Vietnamese syllables; None where no word has one."""
    words = [
        w for cell in cells for w in _WORD_EDGE.split(nfc(cell.replace("\xad", "\ufffd"))) if w and not w.isascii()
    ]
    if not words:
        return None
    return sum(map(_is_syllable, words)) / len(words)


def guess(cells: Iterable[bytes], encodings: Iterable[str] = ("utf-8", *LEGACY)) -> Guess | None:
    """Encoding of a column of byte cells, or None where none is clearly the one.

    Cells of plain ASCII say nothing and are left out; a column of them only has no guess.
    """
    telling = sorted({c for c in cells if not c.isascii()})[:_SAMPLE]
    scored: list[tuple[float, str, tuple[str, ...]]] = []
    for encoding in encodings:
        try:
            texts = tuple(decode(c, encoding) for c in telling)
        except UnicodeDecodeError:
            continue
        share = share_readable(texts)
        scored.append((0.0 if share is None else share, encoding, texts))
    scored.sort(key=lambda s: -s[0])
    if not scored or scored[0][0] < READABLE:
        return None
    best, encoding, texts = scored[0]
    rivals = [share for share, _, other in scored[1:] if other != texts]
    return Guess(encoding, best) if not rivals or best - rivals[0] >= MARGIN else None


def as_bytes(text: str) -> bytes | None:
    """The bytes behind text that was read as Latin-1, windows-1252 or windows-1258; None if it was not."""
    table = _single_bytes()
    try:
        return bytes(table[c] for c in text)
    except KeyError:
        return None


def disguised(cells: Iterable[str]) -> Guess | None:
    """Encoding under Unicode text that is no Vietnamese as it stands (mojibake), None where it is fine or unknown."""
    telling = [c for c in cells if not c.isascii()][:_SAMPLE]
    share = share_readable(telling)
    if share is None or share >= READABLE:
        return None
    raws = [raw for raw in map(as_bytes, telling) if raw is not None]
    found = guess(raws) if len(raws) == len(telling) else None
    return found if found is not None and found.share - share >= MARGIN else None


def suspect(text: str) -> bool:
    """True if a text shows lost or foreign letters: a replacement sign, control bytes, ``C?m``, or ``Nµm``."""
    if text.isascii() and "?" not in text:
        return False
    if _LOST.search(text):
        return True
    for word in _WORD_EDGE.split(unicodedata.normalize("NFD", text)):
        if not word.isascii() and any(not c.isascii() and c not in _VIETNAMESE and c != "\xa0" for c in _letters(word)):
            return True
    return False


def _letters(word: str) -> str:
    hats = "\u0302\u0306\u031b"
    return "".join(c for c in word if c not in hats)


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


@cache
def _is_syllable(word: str) -> bool:
    if not (word.islower() or word.isupper() or word.istitle()):
        return False
    marks = unicodedata.normalize("NFD", word.casefold())
    tones = [c for c in marks if c in TONES]
    bare = unicodedata.normalize("NFC", "".join(c for c in marks if c not in TONES))
    if len(tones) > 1:
        return False
    for cut in range(min(4, len(bare)) + 1):
        rime = bare[cut:]
        if bare[:cut] in _ONSETS and rime in _RIMES:
            stopped = rime.endswith(("c", "ch", "p", "t"))
            return not stopped or tones in (["\u0301"], ["\u0323"])
    return bare == "gi" and bool(tones)
