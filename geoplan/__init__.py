"""geoplan: a commune's layers in, figures against targets and an offline map out.

>>> from geoplan import open_project, run, catalog
>>> results = run(open_project("geoplan.toml"))
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from geoplan.measures import catalog
    from geoplan.project import Project, open_project
    from geoplan.results import Result
    from geoplan.runs import run

__version__ = "0.1.0"
__all__ = ["Project", "Result", "catalog", "open_project", "run"]

_HOMES = {
    "Project": "geoplan.project",
    "Result": "geoplan.results",
    "catalog": "geoplan.measures",
    "open_project": "geoplan.project",
    "run": "geoplan.runs",
}


def __getattr__(name: str) -> Any:
    """The five names, imported when first asked for: ``import geoplan`` alone stays light."""
    if name in _HOMES:
        from importlib import import_module

        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'geoplan' has no attribute {name!r}")
