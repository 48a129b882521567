"""What the papers say held against what is seen: forest lot by lot.

Two figures of one ground are laid over each other and neither is mended. The official one is the lots whose statutory
class counts as forest; their `dtich` stays as it is written. The measured one is a map of pixels. Where they differ,
each lot says how much and, where a datum supports it, why; the rest is "chưa rõ, cần ra hiện trường".

Hectares of the four cells are of the ground (the lot's polygon on the ellipsoid), not of `dtich`: only the same ground
can be compared with pixels.
"""

from geoplan.reconciliation.cover import MeasuredCover
from geoplan.reconciliation.intervals import ReferenceSample
from geoplan.reconciliation.rows import Reconciliation, reconcile

__all__ = ["MeasuredCover", "Reconciliation", "ReferenceSample", "reconcile"]
