"""A STAC item beside a clean raster: where it lies, of which day, on which grid; programs of imagery find it by that.

STAC 1.0.0 with its extensions *projection* 2.0 and *raster* 1.1. An item has a day: for a raster of which nobody has
said the day (``--date``) there is none.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from pyproj import CRS

import geoplan
from geoplan import crs as coordinates
from geoplan.formats.places import hashed
from geoplan.intake.records import Asked, Finding
from geoplan.rasters import RasterFinding, inspect_file
from geoplan.text.safe import plain

STAC = ".stac.json"
VERSION = "1.0.0"
EXTENSIONS = (
    "https://stac-extensions.github.io/projection/v2.0.0/schema.json",
    "https://stac-extensions.github.io/raster/v1.1.0/schema.json",
)
_COG = "image/tiff; application=geotiff; profile=cloud-optimized"
_STEPS = 8
"""Points on each side of the outline: a straight side of a grid is bent in degrees."""
_DIGITS = 7


def item(found: Finding, asked: Asked, made: Path) -> bytes | None:
    """The item as JSON, or None where no day was stated or the file is no raster.

    Parameters
    ----------
    found, asked
        As `examine` had them.
    made : Path
        The clean raster: its grid is read back, not taken from what was planned.
    """
    if found.grid is None or not asked.date:
        return None
    grid = inspect_file(made, made.name, crs="")
    if grid.crs is None:
        raise ValueError(f"{made.name} was written without a coordinate system")
    points = _outline(grid, grid.crs)
    lons, lats = [x for x, _ in points], [y for _, y in points]
    code = coordinates.code(grid.crs)
    placed: dict[str, Any] = {
        "proj:code": code or None,
        **({} if code else {"proj:wkt2": grid.crs.to_wkt()}),
        "proj:shape": [grid.height, grid.width],
        "proj:transform": list(grid.transform)[:6],
    }
    data = {
        "href": f"./{made.name}",
        "type": _COG,
        "roles": ["data"],
        "raster:bands": _bands(grid),
        **placed,
        "geoplan:sha256": hashed(made, made.name),
    }
    said = {
        "datetime": f"{asked.date}T00:00:00Z",
        "title": made.stem,
        **placed,
        "geoplan:version": geoplan.__version__,
        "geoplan:source_sha256": found.grid.sha256,
        "geoplan:from": plain(asked.source),
        "geoplan:licence": plain(asked.licence),
    }
    document = {
        "type": "Feature",
        "stac_version": VERSION,
        "stac_extensions": list(EXTENSIONS),
        "id": made.stem,
        "geometry": {"type": "Polygon", "coordinates": [points]},
        "bbox": [min(lons), min(lats), max(lons), max(lats)],
        "properties": said,
        "links": [],
        "assets": {"data": data},
    }
    return (json.dumps(document, ensure_ascii=False, allow_nan=False, indent=1) + "\n").encode()


def _outline(grid: RasterFinding, crs: CRS) -> list[list[float]]:
    """The grid's outline in longitude and latitude, WGS 84, counter-clockwise."""
    edge = np.linspace(0.0, 1.0, _STEPS, endpoint=False).tolist()
    top, right = [(t, 0.0) for t in edge], [(1.0, t) for t in edge]
    ring = [*top, *right, *((1.0 - x, 1.0 - y) for x, y in (*top, *right))]
    corners = [grid.transform @ (x * grid.width, y * grid.height) for x, y in ring]
    outline = coordinates.geometries(shapely.Polygon(corners), crs, coordinates.parse("EPSG:4326"))
    found = shapely.get_coordinates(shapely.orient_polygons(outline)).tolist()
    return [[round(x, _DIGITS), round(y, _DIGITS)] for x, y in found]


def _bands(grid: RasterFinding) -> list[dict[str, Any]]:
    bands = zip(grid.nodata, grid.scales, grid.offsets, strict=True)
    return [
        {"data_type": grid.dtype, "scale": s, "offset": o, **({} if n is None else {"nodata": _number(n)})}
        for n, s, o in bands
    ]


def _number(value: float) -> float | int | str:
    """Nodata as JSON has it: ``nan``, ``inf`` and ``-inf`` as words, whole numbers without a point."""
    if not np.isfinite(value):
        return str(value)
    return int(value) if float(value).is_integer() else value
