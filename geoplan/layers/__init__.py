"""The vector door: files of an office in, checked layers out.

`read` opens one file for one role, names every problem at once, and hands on a `Layer` whose frame has the role's own
field names, text in NFC, the project's CRS, and geodesic hectares. What would make a number wrong is refused. `meet`
says whether a layer lies in the communes.
"""

from geoplan.layers.checks_ground import meet
from geoplan.layers.door import read
from geoplan.layers.records import Layer, LayerSpec, Source
from geoplan.layers.schemas import SCHEMAS, Schema, schema

__all__ = ["SCHEMAS", "Layer", "LayerSpec", "Schema", "Source", "meet", "read", "schema"]
