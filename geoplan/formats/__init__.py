"""Files of an office as they are: any format in, columns and shapes as found out. Nothing is judged here but the file.

`open_file` copies what it reads, so that the user's file stays byte for byte as it is; refuses what is no plain file,
what is cut, damaged or larger than it says; and hands on an `Opened`. `layers` judges the content.
"""

from geoplan.formats.format import Format
from geoplan.formats.opened import Opened
from geoplan.formats.opening import BY_ENDING, FORMATS, inside, open_file
from geoplan.formats.records import LayerSpec

__all__ = ["BY_ENDING", "FORMATS", "Format", "LayerSpec", "Opened", "inside", "open_file"]
