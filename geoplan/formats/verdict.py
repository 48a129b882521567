"""What the checks of one file have found so far: all of it is told at once."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from geoplan.errors import Problem


@dataclass(slots=True)
class Verdict:
    """Problems of one file: `errors` make a number wrong, `warnings` must be said beside it.

    `mended` are things that were wrong and have been put right: they are said with the warnings.
    """

    errors: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)
    mended: list[Problem] = field(default_factory=list)

    def refuse(self, problems: Problem | Iterable[Problem]) -> None:
        """Add errors."""
        self.errors += [problems] if isinstance(problems, Problem) else problems

    def tell(self, problems: Problem | Iterable[Problem]) -> None:
        """Add warnings."""
        self.warnings += [problems] if isinstance(problems, Problem) else problems

    def mend(self, problems: Problem | Iterable[Problem]) -> None:
        """Add what has been put right."""
        self.mended += [problems] if isinstance(problems, Problem) else problems

    def add(self, other: "Verdict") -> None:
        """Add all of another verdict."""
        self.errors += other.errors
        self.warnings += other.warnings
        self.mended += other.mended
