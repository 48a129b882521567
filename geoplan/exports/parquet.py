"""Results for analysts: one GeoParquet a layer, in the project's CRS, with the same fields as ``results.gpkg``."""

from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely

from geoplan.errors import PlaceUnavailable, Problem
from geoplan.exports.bundle import Bundle
from geoplan.exports.geopackage import layers_of
from geoplan.text import safe
from geoplan.writing import write_file


def results_parquet(bundle: Bundle, folder: Path) -> tuple[Problem, ...]:
    """Write ``<layer>.parquet`` (GeoParquet 1.1, WKB) of every layer that has features, and read it back.

    Parameters
    ----------
    folder : Path
        An existing one, of `writing.new_folder`.

    Returns
    -------
    tuple of Problem
        Nothing: GeoParquet holds everything.

    Raises
    ------
    PlaceUnavailable
        As `writing.write_file`; ``write.unverified`` where a file does not give back what was written.
    """
    for layer in layers_of(bundle):
        if len(layer.frame):
            path = folder / f"{safe.file_name(layer.name)}.parquet"
            frame = layer.frame[[*layer.fields, layer.frame.geometry.name]]

            def writer(temporary: Path, frame: gpd.GeoDataFrame = frame, path: Path = path) -> None:
                frame.to_parquet(temporary, index=False, schema_version="1.1.0", compression="zstd")
                _verify(temporary, frame, path)

            write_file(path, writer)
    return ()


def _verify(made: Path, frame: gpd.GeoDataFrame, path: Path) -> None:
    read = gpd.read_parquet(made)
    same = len(read) == len(frame) and list(read.columns) == list(frame.columns) and read.crs == frame.crs
    same = same and np.array_equal(shapely.get_coordinates(read.geometry), shapely.get_coordinates(frame.geometry))
    if not same:
        raise PlaceUnavailable(Problem("write.unverified", str(path), {"path": path.name}))
