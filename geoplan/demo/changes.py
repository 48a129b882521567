"""What really happened on each conversion zone, planted in time: the other side of what its papers say."""

from dataclasses import dataclass
from datetime import date

ORCHARD, DRY_ANNUAL, TREES, FALLOW, POND = "orchard", "dry_annual", "trees", "fallow", "pond"


@dataclass(frozen=True, slots=True)
class Change:
    """One change of what grows on a zone."""

    day: date
    """First day of the new cover."""
    to: str
    """One of `ORCHARD`, `DRY_ANNUAL`, `TREES`, `FALLOW`, `POND`."""
    share: float = 1.0
    """Part of the zone's width, from the west, that changed."""
    back: date | None = None
    """Day from which the old crop stood there again."""


def change(day: str, to: str, share: float = 1.0, back: str = "") -> Change:
    """A `Change` from ISO days."""
    return Change(date.fromisoformat(day), to, share, date.fromisoformat(back) if back else None)
