"""The vector door: files of an office in, checked layers out.

`read` opens one file for one role, names every problem at once, and hands on a `Layer` whose frame has the role's own
field names, text in NFC, the project's CRS, and geodesic hectares. What would make a number wrong is refused. `meet`
says whether a layer lies in the communes; `explained` names, in a refusal, the systems that would put it there.
"""

from geoplan.formats.records import LayerSpec
from geoplan.layers.checks_ground import meet
from geoplan.layers.door import inspect, read
from geoplan.layers.records import Inspection, Layer, Source
from geoplan.layers.schemas import SCHEMAS, Schema, schema
from geoplan.layers.suspicion import explained

__all__ = [
    "SCHEMAS",
    "Inspection",
    "Layer",
    "LayerSpec",
    "Schema",
    "Source",
    "explained",
    "inspect",
    "meet",
    "read",
    "schema",
]
