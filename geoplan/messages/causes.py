"""What other programs say went wrong, in Vietnamese: the few dozen sentences that a user really meets.

The labels ``cause.*`` hold the sentence as its program writes it in English, with ``{a}`` and ``{b}`` for what changes,
and what it means. Anything else stays as it came: the message around it calls it a technical detail.
"""

import re
from collections.abc import Mapping

Known = tuple[tuple[re.Pattern[str], str], ...]

_HOLE = re.compile(r"\\\{([ab])\\\}")
_PLACES = (
    (re.compile(r"\(at line (\d+), column (\d+)\)"), r"(dòng \1, cột \2)"),
    (re.compile(r": line (\d+) column (\d+) \(char \d+\)"), r" (dòng \1, cột \2)"),
    (re.compile(r"\(at end of document\)"), "(cuối tệp)"),
)


def known(catalogue: Mapping[str, Mapping[str, str]]) -> Known:
    """Patterns of the known sentences with what they mean, the longest first."""
    labels = sorted((t for key, t in catalogue.items() if key.startswith("cause.")), key=lambda t: -len(t["en"]))
    return tuple(
        (re.compile(_HOLE.sub(r"(?P<\1>.+?)", re.escape(t["en"])) + r"(?=$|[ :;.(])"), t["vi"]) for t in labels
    )


def vietnamese(text: str, sentences: Known) -> str:
    """A cause in Vietnamese where it is known, else as it came."""
    for pattern, said in sentences:
        match = pattern.search(text)
        if match:
            parts = {name: part.strip("()',") for name, part in match.groupdict().items()}
            text = text[: match.start()] + said.format(**parts) + text[match.end() :]
    for place, said in _PLACES:
        text = place.sub(said, text)
    return text
