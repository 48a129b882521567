"""The raster door: GeoTIFF and JPEG 2000 opened lazily, read in windows, with what is not observed masked.

Refused: anything whose bytes are neither (a VRT under the name ``.tif`` may point to any file or to the network), no
CRS or one without datum, no or a turned grid, several pages, a file that is cut or claims more than it can be. Files
beside it (``.aux.xml``, ``.ovr``, ``.tfw``, ``.msk``) are not gone by: they could name other files, and old ones lie;
where they say something else, that is said.

Limits: `heads.MOST_PIXELS` in a band, `heads.MOST_BLOCK_BYTES` in a block (a compressed bomb unpacks at least one
block), `meeting.MOST_CHECKED` bytes under the communes, and `records.MOST_WINDOW` pixels in one `Raster.read`.
"""

from geoplan.layers.records import RasterSpec
from geoplan.rasters.cleaning import write_clean
from geoplan.rasters.door import open_raster
from geoplan.rasters.finding import RasterFinding, inspect_file
from geoplan.rasters.meeting import blocks, meet, reached
from geoplan.rasters.records import Raster

__all__ = [
    "Raster",
    "RasterFinding",
    "RasterSpec",
    "blocks",
    "inspect_file",
    "meet",
    "open_raster",
    "reached",
    "write_clean",
]
