"""Everything a user reads, by key and language: Vietnamese first, English by ``--lang en``.

The sentences stand in the TOML files beside this one, one file an area. A problem has four: what was found and how to
mend it, in two languages; a label has two. Placeholders are the facts of the problem: ``{area_ha:2}`` is a number
with two decimals written for the language (``1.234,50``), ``{n}`` a whole number or text.
"""

import string
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from geoplan.errors import Problem
from geoplan.messages import causes
from geoplan.messages.facts import discreet, nameless, readable
from geoplan.text import personal
from geoplan.text.numbers import number

LANGUAGES = ("vi", "en")
SHOWN_IDS = 5


@dataclass(frozen=True, slots=True)
class Spoken:
    """A problem in the reader's language."""

    key: str
    where: str
    found: str
    fix: str
    feature_ids: tuple[str, ...] = ()


class _Facts(string.Formatter):
    def __init__(self, lang: str) -> None:
        self.lang = lang

    def format_field(self, value: Any, format_spec: str) -> str:
        if isinstance(value, bool) or not isinstance(value, int | float):
            return str(value)
        decimals = int(format_spec) if format_spec else (0 if isinstance(value, int) else 2)
        return number(value, decimals, lang=self.lang)


@cache
def catalogue() -> Mapping[str, Mapping[str, str]]:
    """All messages: key to ``{"vi", "en"}`` and, for problems, ``{"vi_fix", "en_fix"}``.

    Raises
    ------
    ValueError
        If two files give the same key.
    """
    found: dict[str, Mapping[str, str]] = {}
    for part in sorted((p for p in files(__name__).iterdir() if p.name.endswith(".toml")), key=lambda p: p.name):
        for key, texts in tomllib.loads(part.read_text(encoding="utf-8")).items():
            if key in found:
                raise ValueError(f"message {key} stands in two files, one of them {part.name}")
            found[key] = texts
    return found


def say(key: str, lang: str = "vi", **facts: str | int | float) -> str:
    """Text of a key in a language. An unknown key is a bug and raises KeyError."""
    return _Facts(lang).vformat(catalogue()[key][lang], (), facts)


def known(key: str) -> bool:
    """True if the catalogue has the key."""
    return key in catalogue()


def spoken(problem: Problem, lang: str = "vi") -> Spoken:
    """A problem as sentences: what was found, and the cure. The first five features are named."""
    texts = catalogue()[problem.key]
    write = _Facts(lang)
    facts = readable(discreet(problem.facts), lang, catalogue(), _causes())
    ids = tuple(map(personal.shortened, problem.feature_ids))
    found = write.vformat(texts[lang], (), nameless(facts, lang, catalogue()))
    if ids:
        named = ", ".join(ids[:SHOWN_IDS])
        more = len(ids) - SHOWN_IDS
        found += f" [{named}{say('problem.and_more', lang, n=more) if more > 0 else ''}]"
    fix = write.vformat(texts.get(f"{lang}_fix", ""), (), facts)
    return Spoken(problem.key, problem.where, found, fix, ids)


@cache
def _causes() -> causes.Known:
    return causes.known(catalogue())
