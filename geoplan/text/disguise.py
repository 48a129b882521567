"""Text that came as Unicode but is another encoding read wrongly: found by what makes Vietnamese of a column.

`Xã` saved as UTF-8 and read as windows-1252 is `XÃ£`, and `XÃƒÂ£` when that happens twice; `X·` is TCVN3 read as it.
What is readable as it stands is never touched, so right text stays right whatever stands beside it.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product

from geoplan.text import legacy
from geoplan.text.letters import fold
from geoplan.text.syllables import READABLE, odd_ones, odd_words, readable, share_readable, share_well_written, suspect

PAGES = ("", "cp437", "cp850", "cp1250", "mac_roman")
"""Pages by which bytes are read wrongly; the first is Latin-1 with windows-1252 and windows-1258."""

DEEPEST = 3
"""How often text may have been through it."""

_HALF = re.compile(rb"(\xc3|\xe1[\xba\xbb])(?=[\x20-\x7e]|$)")
_MOST_HALVES = 5
_LEAST_WORDS = 2
"""Odd words that are proof enough of an older encoding, where no foreign letter shows it."""


@dataclass(frozen=True, slots=True)
class PutRight:
    """What a column of texts really was.

    Parameters
    ----------
    encoding : str
        ``tcvn3``, ``utf-8``, ``utf-8, utf-8`` (twice), ``utf-8, tcvn3``: what has been undone, in this order.
    texts : mapping
        Cell as it came to the right text, of the cells that change.
    whole : bool
        False where other cells of the column were right already.
    doubtful : frozenset of str
        Cells that read as Vietnamese both ways and were left as they came, or whose lost bytes were filled in.
    """

    encoding: str
    texts: Mapping[str, str]
    whole: bool
    doubtful: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class _Way:
    """One way to read a group of texts: what was undone, the texts (None where it cannot be), and how good they are."""

    undone: tuple[str, ...]
    texts: tuple[str | None, ...]
    share: float
    filled: frozenset[int] = field(default=frozenset())


def put_right(cells: Iterable[str]) -> PutRight | None:
    """The right texts of a column of which some or all are disguised; None where it is fine, or nobody can tell.

    Parameters
    ----------
    cells : iterable of str
        Cells of one column, or of several of one file.
    """
    telling = [c for c in dict.fromkeys(cells) if not c.isascii()]
    strange = odd_ones(telling, together=False)
    if not strange:
        return None
    odd = [c for c in telling if c in strange]
    sure = [c for c in telling if c not in strange and legacy.as_bytes(c) is None]
    if not sure and share_readable(telling[: legacy.SAMPLE]) != 1.0:
        found = _found(telling)
        if found is not None:
            return found
    return _found(odd, among=[c for c in telling if c not in strange])


def _found(texts: Sequence[str], among: Sequence[str] = ()) -> PutRight | None:
    before = share_well_written(texts[: legacy.SAMPLE]) or 0.0
    ways = sorted(_ways(tuple(texts[: legacy.SAMPLE]), ()), key=lambda way: -way.share)
    if not ways or ways[0].share < max(READABLE, before + legacy.MARGIN):
        return None
    best = ways[0]
    if best.undone[0] in legacy.LEGACY and sum(map(odd_words, texts)) < _LEAST_WORDS and not any(map(suspect, texts)):
        return None
    rivals = [way.share for way in ways[1:] if way.texts != best.texts]
    if rivals and best.share - rivals[0] < legacy.MARGIN:
        return None
    made: dict[str, str] = {}
    doubtful = set()
    for text in texts:
        way = _follow(text, best.undone)
        if way is not None and way[0] != text and (not among or readable(way[0])):
            made[text] = way[0]
            if way[1]:
                doubtful.add(text)
    for text in among:
        other = _follow(text, best.undone)
        if other is not None and other[0] != text and readable(other[0]) and share_readable([other[0]]) is not None:
            doubtful.add(text)
    return PutRight(", ".join(best.undone), made, not among, frozenset(doubtful)) if made else None


def _ways(texts: tuple[str, ...], undone: tuple[str, ...]) -> list[_Way]:
    """Ways to read a group of texts: one step of each kind, and further steps after UTF-8."""
    found = []
    for page in PAGES:
        for encoding in ("utf-8", *legacy.LEGACY):
            made = tuple(_step(text, page, encoding) for text in texts)
            kept = [m[0] for m in made if m is not None]
            if len(kept) < READABLE * len(texts):
                continue
            name = f"{encoding}/{page}" if page else encoding
            whole = tuple(m[0] if m is not None else None for m in made)
            share = share_well_written(kept)
            score = (1.0 if share is None and encoding == "utf-8" else share or 0.0) * len(kept) / len(texts)
            found.append(_Way((*undone, name), whole, score))
            if encoding == "utf-8":
                further = tuple(kept)
                if score < 1.0 and len(undone) + 1 < DEEPEST and not all(t.isascii() for t in further):
                    found += _ways(further, (*undone, name))
                if score >= READABLE:
                    return found  # bytes of other kinds are never valid UTF-8
        if any(way.share >= READABLE for way in found):
            break
    return found


def _follow(text: str, undone: Sequence[str]) -> tuple[str, bool] | None:
    """A text after all steps, and whether lost bytes were filled in; None where a step does not fit."""
    filled = False
    for name in undone:
        encoding, _, page = name.partition("/")
        step = _step(text, page, encoding)
        if step is None:
            return None
        text, filled = step[0], filled or step[1]
    return text, filled


def _step(text: str, page: str, encoding: str) -> tuple[str, bool] | None:
    if text.isascii():
        return text, False
    raw = legacy.as_bytes(text, page)
    if raw is None:
        return None
    try:
        return legacy.decode(raw, encoding), False
    except UnicodeDecodeError:
        return _filled(raw) if encoding == "utf-8" else None


def _filled(raw: bytes) -> tuple[str, bool] | None:
    """UTF-8 whose non-breaking spaces or soft hyphens, halves of a letter, were cleaned away: `Ã ` was `à`."""
    pieces = _HALF.split(raw)
    halves, rests = pieces[1::2], pieces[2::2]
    if not halves or len(halves) > _MOST_HALVES:
        return None
    best: tuple[tuple[float, int], str] | None = None
    for chosen in product(*(_other_halves(rest) for rest in rests)):
        made = pieces[0] + b"".join(half + other for half, other in zip(halves, chosen, strict=True))
        try:
            text = legacy.decode(made, "utf-8")
        except UnicodeDecodeError:
            return None
        good = (share_well_written([text]) or 0.0, -_pieces(text))
        if best is None or good > best[0]:
            best = good, text
    return (best[1], True) if best is not None else None


def _other_halves(rest: bytes) -> tuple[bytes, ...]:
    """What may have stood after half a letter, with what stands there now, the likeliest first."""
    if not rest:
        return (b"\xa0",)
    if rest.startswith(b" "):
        return (b"\xa0" + rest, b"\xa0" + rest[1:], b"\xad" + rest)
    return (b"\xad" + rest, b"\xa0" + rest)


def _pieces(text: str) -> int:
    """Words that a wrong space has cut off: without a vowel, or of one small letter."""
    words = [word for word in text.split() if word.isalpha() and word.islower()]
    return sum(1 for word in words if len(word) == 1 or not set(fold(word)) & set("aeiouy"))
