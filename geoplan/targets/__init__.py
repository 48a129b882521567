"""Plan targets beside results: value, gap, trajectory, status, and the arithmetic that the plans lack."""

from geoplan.targets.compare import Standing, compare
from geoplan.targets.merged import of_today
from geoplan.targets.table import Target, read, read_contradictions

__all__ = ["Standing", "Target", "compare", "of_today", "read", "read_contradictions"]
