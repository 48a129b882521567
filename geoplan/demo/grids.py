"""The demo's rasters: GeoTIFF bytes without a date."""

from pathlib import Path

import numpy as np
from affine import Affine
from numpy.typing import NDArray
from rasterio.io import MemoryFile

from geoplan import writing
from geoplan.demo.commune import CRS


def write_grid(path: Path, values: NDArray[np.generic], transform: Affine, *, nodata: float, crs: str = CRS) -> None:
    """One band, tiled, deflated."""
    form = {
        "driver": "GTiff",
        "height": values.shape[0],
        "width": values.shape[1],
        "count": 1,
        "dtype": values.dtype.name,
        "crs": crs,
        "transform": transform,
        "nodata": nodata,
        "tiled": True,
        "blockxsize": 256,
        "blockysize": 256,
        "compress": "deflate",
        "predictor": 3 if values.dtype.kind == "f" else 2,
    }
    with MemoryFile() as held:
        with held.open(**form) as out:
            out.write(values, 1)
        writing.write_bytes(path, bytes(held.getbuffer()))
