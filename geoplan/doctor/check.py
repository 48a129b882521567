"""What one check found."""

from dataclasses import dataclass
from enum import Enum

from geoplan.errors import Problem


class State(Enum):
    """How it stands; the value is the mark before the line."""

    FINE = "✓"
    ODD = "!"
    BAD = "✗"


@dataclass(frozen=True, slots=True)
class Check:
    """One check.

    Parameters
    ----------
    state : State
        `BAD` where figures would be wrong or a command cannot work.
    problem : Problem
        What was found, and with `ODD` and `BAD` the cure, by key.
    """

    state: State
    problem: Problem


def fine(key: str, **facts: str | int | float) -> Check:
    """All is well."""
    return Check(State.FINE, Problem(key, "", facts))


def odd(key: str, **facts: str | int | float) -> Check:
    """It works, with a but."""
    return Check(State.ODD, Problem(key, "", facts))


def bad(key: str, **facts: str | int | float) -> Check:
    """It does not work."""
    return Check(State.BAD, Problem(key, "", facts))
