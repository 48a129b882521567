"""Names of files out of users' texts: on Windows, Linux and a USB stick, never empty, never a path, never two alike."""

import hashlib
import re
import unicodedata
from collections.abc import Iterable

_RESERVED = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³])\s*(\.|$)", re.IGNORECASE)
_NO_NAME = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
_NAME_BYTES = 120


def file_name(text: str) -> str:
    """One name of a file or folder on Windows, Linux and a USB stick: never empty, never a path.

    A text that had to change gets six digits of its hash, so that two texts do not become one name.

    Examples
    --------
    >>> file_name("Xã Cao Minh")
    'Xã Cao Minh'
    >>> file_name("../a")
    '_a-61b4c9'
    """
    plain = unicodedata.normalize("NFC", text)
    kept = "".join("_" if c in '<>:"/\\|?*' or unicodedata.category(c) in _NO_NAME else c for c in plain)
    kept = re.sub(r"\s+", " ", kept).strip(" ").lstrip(".-~").rstrip(". ")
    if _RESERVED.match(kept):
        kept = f"_{kept}"
    short = kept.encode()[:_NAME_BYTES].decode(errors="ignore").rstrip(". ")
    if short == plain and short:
        return short
    return f"{short}-{_digest(text)}" if short else f"_{_digest(text)}"


def file_names(texts: Iterable[str]) -> list[str]:
    """A name for each text, no two alike on a disk that does not know case; one that is alike gets its hash.

    The names do not depend on the order of the texts, but for texts that are equal: those get their number.

    Examples
    --------
    >>> file_names(["Nà Lò", "NÀ LÒ", "Bản"])
    ['Nà Lò-85b739', 'NÀ LÒ-b8ab3d', 'Bản']
    """
    given = list(texts)
    first = [file_name(text) for text in given]
    counts: dict[str, int] = {}
    for name in first:
        counts[name.casefold()] = counts.get(name.casefold(), 0) + 1
    found = [
        name if counts[name.casefold()] == 1 else f"{name}-{_digest(text)}"
        for name, text in zip(first, given, strict=True)
    ]
    taken: dict[str, int] = {}
    for i, name in enumerate(found):
        number = taken[name.casefold()] = taken.get(name.casefold(), 0) + 1
        if number > 1:
            found[i] = f"{name}-{number}"
    return found


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:6]
