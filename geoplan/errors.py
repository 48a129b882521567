"""What can go wrong, as records.

A `Problem` is a fact without a language: a stable key, the place, the facts that its sentence needs, and the features
concerned. The sentences, Vietnamese and English, stand in `geoplan/messages/*.toml` under the same key and are looked
up at the front doors (`cli`, `maps`, `outputs`), so a caller may act on the key and a forester may read the sentence.

A problem that makes a number wrong is raised inside an error of the tree below. One that must only be said travels in
the `warnings` of a layer or the `notes` of findings.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong or must be said.

    Parameters
    ----------
    key : str
        Stable name, ``area.what``: ``layer.crs_missing``. Every key has a sentence in ``messages``.
    where : str
        File (relative to the project), row, TOML key or feature: what the user must open to mend it.
    facts : Mapping[str, str | int | float]
        What the sentence shows. Numbers stay numbers: they are written for the reader's language. A year or a code
        is text, so that nobody writes 2.026.
    feature_ids : tuple of str
        Features concerned, all of them; sentences name the first five.
    """

    key: str
    where: str
    facts: Mapping[str, str | int | float] = field(default_factory=dict)
    feature_ids: tuple[str, ...] = ()


class GeoplanError(Exception):
    """Root of the tree: one or more problems, all of a file at once, and the exit code of the command line."""

    exit_code: ClassVar[int] = 1

    def __init__(self, *problems: Problem) -> None:
        if not problems:
            raise ValueError("an error names at least one problem")
        self.problems: tuple[Problem, ...] = problems
        super().__init__("; ".join(f"{p.where}: {p.key} {dict(p.facts)}" for p in problems))

    @property
    def key(self) -> str:
        """Key of the first problem."""
        return self.problems[0].key

    def __reduce__(self) -> tuple[type["GeoplanError"], tuple[Problem, ...]]:
        return type(self), self.problems


class UsageError(GeoplanError):
    """The command's words are off."""

    exit_code = 2


class InputError(GeoplanError):
    """A file or setting of the user that would make a number wrong."""

    exit_code = 3


class CheckFailed(GeoplanError):
    """A check failed or a target is missed, and the user asked to fail on it."""

    exit_code = 4


class PlaceUnavailable(GeoplanError):
    """A file is locked, a folder not writable, a disk full."""

    exit_code = 6
