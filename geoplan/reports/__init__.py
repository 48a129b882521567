"""Results as documents that an office opens: a workbook of all figures. The same results give the same bytes."""

from geoplan.reports.workbook import workbook

__all__ = ["workbook"]
