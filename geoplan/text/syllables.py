"""Is this Vietnamese? Words as syllables: an onset, a rime and a tone that the rime allows, in one case.

Names of places and people of the Tày, Nùng, Dao and Mông (Pác Nặm, Bjoóc Ve, Phja Đén, Khuổi Slao) and of the Central
Highlands (Đắk Lắk, Krông Nô) are written with a few onsets and rimes more.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable
from functools import cache

from geoplan.text.letters import TONES, nfc

READABLE = 0.8
"""Share of accented words that must be Vietnamese syllables before an encoding is believed."""

_ONSETS = frozenset(
    (
        "", *["b", "c", "d", "đ", "g", "h", "k", "l", "m", "n", "p", "q", "r", "s", "t", "v", "x"],
        *["ch", "gh", "gi", "kh", "ng", "ngh", "nh", "ph", "qu", "th", "tr", "bj", "mj", "pj", "phj", "khj", "sl"],
        *["br", "kr", "pr", "đr", "pl"],
    )
)  # fmt: skip
_RIMES = frozenset(
    """
    a ac ach ai am an ang anh ao ap at au ay ăc ăm ăn ăng ăp ăt âc âm ân âng âp ât âu ây e ec em en eng eo ep et
    ê êch êm ên ênh êp êt êu êng êc i ia ich iêc iêm iên iêng iêp iêt iêu im in inh ip it iu ing ak ăk âk ôk ơk ưk uk
    o oa oac oach oai oam oan oang oanh oao oap oat oay oăc oăm oăn oăng oăt oăp oc oe oen oeo oet oi om on ong oong ooc
    op ot ô ôc ôi ôm ôn ông ôp ôt ôông ôôc ơ ơi ơm ơn ơp ơt ơng u ua uân uâng uât uây uc uê uêch uênh uên ui um un ung
    uôc uôi uôm uôn uông uôp uôt up ut uy uya uych uyên uyêt uyn uynh uyp uyt uyu uơ uơn uâ ư ưa ưc ưi ưm ưn ưng ươ ươc
    ươi ươm ươn ương ươp ươt ươu ưt ưu y yêm yên yêt yêu yêng ych ynh
    """.split()  # noqa: SIM905 -- a table, not a list of strings
)
_WORD_EDGE = re.compile(r"[\s,.;:()\[\]{}\-/+'\"0-9_&%#!*=<>|\\–—…‘’“”²³°×·•]+")
_LOST = re.compile(
    r"\ufffd|[\x80-\x9f]|[^\W\d_]\?+[^\W\d_]|(?<!\S)\?+[^\W\d_]|(?<!\w)[bcdđghklmnpqrstvx]+\?", re.IGNORECASE
)
_BROKEN = re.compile(
    r"[^\W\d_][·×]|[·×](?=[^\W\d_])|[a-zà-ỹ]\xad|\xad[a-zà-ỹ]|[\x80-\x9f]|Ã\xa0(?=[ a-zà-ỹ]|$)|[ÂÃ][\xa1-\xbf]",
    re.MULTILINE,
)
"""Signs inside words, which only a wrong table puts there; ``Ã`` and a non-breaking space are `à` of UTF-8."""
_VIETNAMESE = frozenset("aăâeêioôơuưydđAĂÂEÊIOÔƠUƯYDĐ" + TONES)
_VOWELS = frozenset("aăâeêioôơuưy")
_GLIDES = frozenset({"ai", "ao", "au", "ay", "âu", "ây", "eo", "êu", "iu", "oi", "ôi", "ơi", "ưi", "ưu"})
"""Rimes whose last letter never carries the tone: `Xaõ` is `Xã` of VNI."""
_LONGEST = 7
_MOST_BAD = 200
_UNITS = frozenset({"µm", "ø"})
_HATS = "\u0302\u0306\u031b"


def share_readable(cells: Iterable[str]) -> float | None:
    """Share of the words with an accented letter that are Vietnamese syllables; None where no word has one.

    A tone on another letter of its syllable (``Ngòai``) is forgiven; abbreviations (``Đ/c``, ``ĐT``) are left out.
    """
    return _share(cells, lambda word: 1.0 if weight(word) else 0.0)


def share_well_written(cells: Iterable[str]) -> float | None:
    """As `share_readable`, but stricter, to tell tables apart.

    A tone on a letter where nobody writes it counts half; pieces of words between signs (``B×nh``) count as words.
    """
    text = "\n".join(cells)
    words = _share([text], weight)
    broken = len(_BROKEN.findall(text))
    if words is None:
        return 0.0 if broken else None
    whole = len(_accented(text))
    return words * whole / (whole + broken)


def readable(text: str) -> bool:
    """True if every accented word of a text is a Vietnamese syllable and no sign stands inside one."""
    return not _BROKEN.search(text) and all(weight(word) for word in _accented(text))


def legible(text: str) -> bool:
    """As `readable`, and words that are written together (``NàLò``, ``Vídụ``) pass too."""
    return not _BROKEN.search(text) and all(weight(word) or _joined(word.casefold()) for word in _accented(text))


def odd_ones(texts: Iterable[str], *, together: bool) -> set[str]:
    """Those of many texts that are not `legible` (without `together`: `readable`): quick for large columns."""
    given = list(texts)
    text = "\n".join(given)
    bad = {w for w in set(_accented(text)) if not weight(w) and not (together and _joined(w.casefold()))}
    if not bad and not _BROKEN.search(text):
        return set()
    if len(bad) <= _MOST_BAD and unicodedata.is_normalized("NFC", text) and "\xad" not in text:
        has = re.compile("|".join(map(re.escape, sorted(bad)))) if bad else _BROKEN
        given = [t for t in given if has.search(t) or _BROKEN.search(t)]
    return {t for t in given if not (legible(t) if together else readable(t))}


def none_suspect(texts: Iterable[str]) -> bool:
    """True if none of many texts is `suspect`: all at once, for large columns."""
    text = "\n".join(texts)
    return not _LOST.search(text) and not any(map(_foreign, set(_WORD_EDGE.split(unicodedata.normalize("NFD", text)))))


def odd_words(text: str) -> int:
    """Count of accented words that are no Vietnamese syllables."""
    return sum(1 for word in _accented(text) if not weight(word))


def suspect(text: str) -> bool:
    """True if a text shows lost or foreign letters: a replacement sign, control bytes, ``C?m``, or ``Nµm``."""
    if text.isascii() and "?" not in text:
        return False
    if _LOST.search(text):
        return True
    return any(map(_foreign, _WORD_EDGE.split(unicodedata.normalize("NFD", text))))


def _foreign(piece: str) -> bool:
    """True for a word with a letter that Vietnamese does not have."""
    if piece.isascii():
        return False
    word = piece.rstrip("®™©")
    if word in _UNITS or not any(c.isalpha() for c in word):
        return False
    return any(
        not c.isascii() and c not in _VIETNAMESE and c not in _HATS and c not in "\xa0\u200b\ufeff" for c in word
    )


@cache
def weight(word: str) -> float:
    """1 for a syllable, 0.5 for one whose tone stands on another letter than it is written on, 0 for no syllable."""
    if not (word.islower() or word.isupper() or word.istitle()):
        return 0.0
    marks = unicodedata.normalize("NFD", word.casefold())
    tones = [c for c in marks if c in TONES]
    bare = unicodedata.normalize("NFC", "".join(c for c in marks if c not in TONES))
    if len(tones) > 1:
        return 0.0
    best = 1.0 if bare == "gi" and tones else 0.0
    for cut in range(min(4, len(bare)) + 1):
        rime = bare[cut:]
        if bare[:cut] in _ONSETS and rime in _RIMES:
            best = max(best, _of_rime(rime, tones, list(unicodedata.normalize("NFC", word.casefold()))[cut:]))
    return best


@cache
def _joined(word: str) -> bool:
    """True for two to four syllables without a space between them."""
    word = unicodedata.normalize("NFC", word)
    ends = {0: 0}
    for end in range(1, len(word) + 1):
        counts = [
            ends[start] + 1 for start in range(max(0, end - _LONGEST), end) if start in ends and weight(word[start:end])
        ]
        if counts:
            ends[end] = min(counts)
    return 2 <= ends.get(len(word), 0) <= 4


def _of_rime(rime: str, tones: list[str], letters: list[str]) -> float:
    """Weight of a rime as it is written, with its tone."""
    if not tones:
        return 0.0 if rime.endswith(("c", "ch", "p", "t")) else 1.0
    if rime.endswith(("c", "ch", "p", "t", "k")) and tones not in (["\u0301"], ["\u0323"]):
        return 0.0
    at = next((i for i, c in enumerate(letters) if set(unicodedata.normalize("NFD", c)) & set(TONES)), len(letters))
    if rime in _GLIDES and at == len(rime) - 1:
        return 0.0
    return 1.0 if _well_placed(at, rime) else 0.5


def _well_placed(at: int, rime: str) -> bool:
    """The tone stands on the hatted letter, on the last vowel before a consonant, else on the first of two."""
    vowels = [i for i, c in enumerate(rime) if c in _VOWELS]
    if len(vowels) < 2:
        return at in vowels
    hatted = [i for i in vowels if rime[i] in "ăâêôơư"]
    if hatted:
        return at == (hatted[0] if rime in ("ưa", *_GLIDES) else hatted[-1])
    if len(vowels) == 3:
        return at == vowels[1]
    if vowels[-1] < len(rime) - 1:
        return at == vowels[-1]
    return at == vowels[0] or rime in ("oa", "oe", "uy")


def _share(cells: Iterable[str], weigh: Callable[[str], float]) -> float | None:
    words = _accented("\n".join(cells))
    return sum(map(weigh, words)) / len(words) if words else None


def _accented(text: str) -> list[str]:
    """Words of a text with a letter that ASCII does not have; abbreviations without a vowel are none."""
    words = _WORD_EDGE.split(nfc(text.replace("\xad", "\ufffd")))
    return [w for w in words if not w.isascii() and w not in _UNITS and not _abbreviation(w)]


def _abbreviation(word: str) -> bool:
    if len(word) == 1 and not word.isalpha() and word != "\ufffd":
        return True
    return len(word) <= 4 and all(c in "đĐ" or (c.isascii() and c.isupper() and c not in "AEIOUY") for c in word)
