"""Units of the demo's truth: the commune and its villages, one row of figures each."""

from collections.abc import Callable, Mapping

from geoplan.demo.commune import Commune
from geoplan.demo.plan import COMMUNE

Rows = list[dict[str, object]]


def units(made: Commune) -> list[tuple[str, str, str, list[int]]]:
    """Code, name, level and villages (places in the list) of the commune and of each village."""
    rows = [(COMMUNE, "Xã Mẫu", "commune", list(range(len(made.villages))))]
    names = zip(made.villages["village_code"], made.villages["name"], strict=True)
    return rows + [(code, name, "village", [i]) for i, (code, name) in enumerate(names)]


def named(made: Commune, figures: Callable[[list[int]], Mapping[str, float | None]]) -> Rows:
    """One row a unit: its code, name, level and the figures of its villages."""
    return [
        {"unit_code": code, "unit_name": name, "level": level, **figures(places)}
        for code, name, level, places in units(made)
    ]
