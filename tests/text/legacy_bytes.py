"""Vietnamese text as bytes of the old encodings, for files that tests write."""

import unicodedata

from geoplan.text import legacy
from geoplan.text.letters import TONES


def in_tcvn3(text: str) -> bytes:
    """As .VnTime and its kin have it."""
    codes = {letter: number for number, letter in legacy._tcvn3().items()}
    return bytes(codes.get(c, ord(c)) for c in text)


def in_vni(text: str) -> bytes:
    """As VNI-Times has it: a letter, then its marks."""
    codes: dict[str, str] = {}
    for code, letter in legacy._vni().items():
        codes.setdefault(letter, code)
    return "".join(codes.get(c, c) for c in text).encode("latin-1")


def in_cp1258(text: str) -> bytes:
    """As Windows has it: a letter, then its tone."""
    out = b""
    for letter in text:
        parts = unicodedata.normalize("NFD", letter)
        base = unicodedata.normalize("NFC", "".join(c for c in parts if c not in TONES))
        out += base.encode("cp1258") + "".join(c for c in parts if c in TONES).encode("cp1258")
    return out
