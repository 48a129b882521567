"""Names of columns, layers and files in one line of a message."""

from collections.abc import Iterable


def listed(names: Iterable[str], most: int = 40) -> str:
    """Names separated by commas, the first forty, each cut to sixty letters."""
    found = [n[:60] for n in names]
    return ", ".join(found[:most]) + (" ..." if len(found) > most else "")
