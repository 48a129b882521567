"""The vector door: files of an office in, checked layers out.

`read` opens one file for one role, names every problem at once, and hands on a `Layer` whose frame has the role's own field
names, text in NFC, the project's CRS, and geodesic hectares. What would make a number wrong is refused.
"""

from geoplan.layers.records import Layer, LayerSpec, Source

__all__ = ["Layer", "LayerSpec", "Source"]
