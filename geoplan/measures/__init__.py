"""The measures: one file each. The folder is the registry."""

from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from geoplan.results import Measure


@cache
def catalog() -> dict[str, Measure]:
    """Every measure by name, in the order of the names."""
    names = sorted(module.name for module in iter_modules(__path__))
    return {name: import_module(f"{__name__}.{name}").MEASURE for name in names}
