"""The small world of the layers, for files."""

from tests.layers.conftest import made, world

__all__ = ["made", "world"]
