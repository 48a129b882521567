"""Which letters a font has, from its character map (OpenType specification, table ``cmap``, formats 4 and 12)."""

import struct
import unicodedata
from pathlib import Path

TONES = "\u0300\u0301\u0303\u0309\u0323"
VIETNAMESE = frozenset(
    unicodedata.normalize("NFC", letter + tone)
    for base in "aăâeêioôơuưy"
    for letter in (base, base.upper())
    for tone in ("", *TONES)
) | {"đ", "Đ"}
"""All letters of Vietnamese beyond the alphabet's own consonants."""


def has_letters(path: Path, letters: frozenset[str]) -> bool:
    """True if a font has all of some letters; false for what is no font that can be read."""
    try:
        data = path.read_bytes()
        codes = _codes(data, _table(data))
    except (OSError, struct.error, ValueError, IndexError):
        return False
    return all(any(first <= ord(letter) <= last for first, last in codes) for letter in letters)


def _table(data: bytes) -> int:
    """Where the character map stands."""
    for i in range(struct.unpack_from(">H", data, 4)[0]):
        tag, _, offset, _ = struct.unpack_from(">4sLLL", data, 12 + 16 * i)
        if tag == b"cmap":
            return int(offset)
    raise ValueError("no character map")


def _codes(data: bytes, table: int) -> list[tuple[int, int]]:
    """Runs of characters, first and last."""
    found: list[tuple[int, int]] = []
    for i in range(struct.unpack_from(">H", data, table + 2)[0]):
        platform, _, offset = struct.unpack_from(">HHL", data, table + 4 + 8 * i)
        at = table + offset
        kind = struct.unpack_from(">H", data, at)[0]
        if platform not in (0, 3):
            continue
        if kind == 4:
            pairs = struct.unpack_from(">H", data, at + 6)[0] // 2
            last = struct.unpack_from(f">{pairs}H", data, at + 14)
            first = struct.unpack_from(f">{pairs}H", data, at + 16 + 2 * pairs)
            found += list(zip(first, last, strict=True))
        elif kind == 12:
            for group in range(struct.unpack_from(">L", data, at + 12)[0]):
                found.append(struct.unpack_from(">LL", data, at + 16 + 12 * group))
    return found
