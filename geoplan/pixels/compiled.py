"""Loops over pixels compiled to machine code, kept on the disk between runs where the installation can be written."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

from numba import njit

Loop = TypeVar("Loop", bound=Callable[..., Any])


def compiled(loop: Loop) -> Loop:
    """The function compiled by numba: no Python inside, other threads may run beside it.

    Sums keep their order (no fast mathematics, no parallel loops), so every machine gives the same digits.
    """
    try:
        made = njit(cache=True, nogil=True)(loop)
    except RuntimeError:  # numba finds no folder for its files: compile at every start instead
        made = njit(nogil=True)(loop)
    return cast(Loop, made)
