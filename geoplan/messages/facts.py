"""Facts of a problem as a reader may see them: discreet, and in the words of the reader's language."""

import re
from collections.abc import Mapping

from geoplan.messages import causes
from geoplan.text import personal
from geoplan.text.numbers import number

Facts = dict[str, str | int | float]
Texts = Mapping[str, Mapping[str, str]]

_QUOTING = frozenset({"values", "sample", "text", "cells"})
"""Facts that hold cells of the file."""
_HECTARES = frozenset({"lots", "zones", "shapes"})
"""Facts that list hectares behind the names of features: ``12/3: 1.45 / 1.16``."""
_CAUSES = frozenset({"cause", "reason"})
"""Facts that may hold what another program said."""
_KINDS = frozenset({"wanted", "found"})
"""Facts that may name kinds of values or shapes."""
_SYSTEMS = frozenset({"crs", "declared", "found", "source", "target"})
"""Facts that may name a CRS."""
_NAMELESS = frozenset({"unknown", "unnamed", "undefined"})
"""What a CRS without a name is called."""

_BEFORE_HA = re.compile(r"(?<![\w.,\-/])\d+\.\d+(?= ha\b)")
_ALONE = re.compile(r"(?<![\w.,\-/])\d+\.\d+(?![\w.,:]| \+)")


def discreet(facts: Mapping[str, str | int | float]) -> Facts:
    """Facts as they may be shown: no telephone, no number of an identity paper; quoted cells name no person."""
    return {
        name: value if not isinstance(value, str) else _clean(value, quoting=name in _QUOTING)
        for name, value in facts.items()
    }


def readable(facts: Facts, lang: str, texts: Texts, sentences: causes.Known) -> Facts:
    """Facts with kinds of values, hectares and the sentences of other programs as the reader writes them."""
    said = dict(facts)
    for name in _KINDS & facts.keys():
        words = str(facts[name]).split(", ")
        said[name] = ", ".join(w if w in _NAMELESS else _word(w, lang, texts) for w in words)
    if lang == "en":
        return said
    for name, value in said.items():
        if isinstance(value, str):
            text = causes.vietnamese(value, sentences) if name in _CAUSES else value
            said[name] = (_ALONE if name in _HECTARES else _BEFORE_HA).sub(_written, text)
    return said


def nameless(facts: Facts, lang: str, texts: Texts) -> Facts:
    """Facts with a CRS called ``unknown`` as one without a name. A cure keeps what the user has to write."""
    return facts | {n: _word(str(facts[n]), lang, texts) for n in _SYSTEMS & facts.keys() if facts[n] in _NAMELESS}


def _clean(text: str, *, quoting: bool) -> str:
    return personal.quoted(text) if quoting else personal.shortened(text)


def _word(word: str, lang: str, texts: Texts) -> str:
    """A kind of value or shape (``str``, ``polygon``) in words; anything else as it is."""
    found = texts.get(f"word.{word}")
    return word if found is None else found[lang]


def _written(found: re.Match[str]) -> str:
    return number(float(found[0]), len(found[0].partition(".")[2]))
