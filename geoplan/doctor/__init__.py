"""Is this machine, and this project folder, fit for the work: each check says what it found and how to mend it.

Nothing is asked of the network, and nothing stays on the disk.
"""

from collections.abc import Callable
from pathlib import Path

from geoplan.doctor import drivers, folders, geodesy, machine
from geoplan.doctor.check import Check, State, bad

__all__ = ["CHECKS", "Check", "State", "examine"]

CHECKS: tuple[Callable[[Path], Check], ...] = (
    machine.python,
    machine.libraries,
    machine.strength,
    machine.console,
    machine.fonts,
    geodesy.control_point,
    geodesy.data,
    geodesy.network,
    drivers.vectors,
    drivers.rasters,
    drivers.assets,
    drivers.settings,
    folders.project,
    folders.room,
    folders.writable,
    folders.held,
    folders.names,
    folders.left_over,
)
"""All checks, in the order in which they are told."""


def examine(folder: Path) -> list[Check]:
    """Every check of the machine and of a project folder.

    Parameters
    ----------
    folder : Path
        Of a project; where it is none, that is said and the rest is checked all the same.
    """
    return [_checked(check, folder) for check in CHECKS]


def _checked(check: Callable[[Path], Check], folder: Path) -> Check:
    """One check; a library that cannot even be loaded is a finding, not the end of all checks."""
    try:
        return check(folder)
    except ImportError as error:
        return bad("doctor.broken", name=error.name or check.__name__, reason=str(error)[:200])
