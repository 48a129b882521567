"""What grows where: a stack of images classified into forest and not."""

from geoplan.classification.cover import CoverMap, CoverSettings, cover_map
from geoplan.classification.training import is_forest, leaks

__all__ = ["CoverMap", "CoverSettings", "cover_map", "is_forest", "leaks"]
