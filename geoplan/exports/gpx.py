"""Results for GPS receivers and phones: one GPX a layer, a point to walk to in each feature and its outline as a track.

GPX knows WGS 84 only; VN-2000 goes over by EPSG:6960. The point lies inside the feature, however bent it is.
"""

import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import numpy.typing as npt
import shapely

from geoplan import formats
from geoplan.errors import PlaceUnavailable, Problem
from geoplan.exports.bundle import Bundle
from geoplan.exports.geopackage import label
from geoplan.exports.kml import DIGITS
from geoplan.exports.placing import Placed, inner_points, placed, words
from geoplan.text import safe
from geoplan.writing import write_bytes

NAMESPACE = "http://www.topografix.com/GPX/1/1"
DESCRIBED_BY = ("unit_code", "tk", "khoanh", "lo", "forest_class", "verdict", "status", "geom_ha")
"""Fields of the line beneath a point's name."""


def results_gpx(bundle: Bundle, folder: Path) -> tuple[Problem, ...]:
    """Write ``<layer>.gpx`` of every layer that has features, and read it back.

    Parameters
    ----------
    folder : Path
        An existing one, of `writing.new_folder`.

    Returns
    -------
    tuple of Problem
        Nothing: what GPX has no place for stands in the line beneath the name, or in ``results.gpkg``.

    Raises
    ------
    PlaceUnavailable
        As `writing.write_bytes`; ``write.unverified`` where a file does not give back what was written.
    """
    for layer in placed(bundle):
        path = folder / f"{layer.file_name}.gpx"
        root = ET.Element("gpx", {"version": "1.1", "creator": f"geoplan {bundle.version}", "xmlns": NAMESPACE})
        head = ET.SubElement(root, "metadata")
        _text(head, "name", layer.title)
        _text(head, "desc", layer.note)
        _text(head, "time", f"{bundle.as_of.isoformat()}T00:00:00Z")
        lines = _lines_beneath(layer, bundle)
        points, has = inner_points(layer.shapes), np.flatnonzero(_present(layer.shapes)).tolist()
        for i in has:
            x, y = points[i].tolist()
            point = ET.SubElement(root, "wpt", lat=f"{y:.{DIGITS}f}", lon=f"{x:.{DIGITS}f}")
            _text(point, "name", layer.names[i])
            _text(point, "desc", lines[i])
        for i in has:
            _track(root, layer, i)
        ET.indent(root, " ")
        write_bytes(path, ET.tostring(root, encoding="utf-8", xml_declaration=True) + b"\n")
        _verify(path, points[has], layer)
    return ()


def _present(shapes: npt.NDArray[np.object_]) -> npt.NDArray[np.bool_]:
    present: npt.NDArray[np.bool_] = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    return present


def _lines_beneath(layer: Placed, bundle: Bundle) -> list[str]:
    """For each feature: ``Nhóm rừng: Rừng tự nhiên; ...``."""
    fields = [name for name in DESCRIBED_BY if name in layer.layer.fields]
    named = [(label(name, bundle), words(layer.layer, name, bundle.lang)) for name in fields]
    rows = range(len(layer.shapes))
    return ["; ".join(f"{name}: {texts[i]}" for name, texts in named if texts[i]) for i in rows]


def _track(root: ET.Element, layer: Placed, row: int) -> None:
    """Rings and lines of one feature as segments; a point has none."""
    lines = [line for part in shapely.get_parts(layer.shapes[row]) for line in _lines(part)]
    if lines:
        track = ET.SubElement(root, "trk")
        _text(track, "name", layer.names[row])
        for line in lines:
            segment = ET.SubElement(track, "trkseg")
            for x, y in shapely.get_coordinates(line).tolist():
                ET.SubElement(segment, "trkpt", lat=f"{y:.{DIGITS}f}", lon=f"{x:.{DIGITS}f}")


def _lines(part: shapely.Geometry) -> list[shapely.Geometry]:
    if part.geom_type == "Polygon":
        return [part.exterior, *part.interiors]
    return [part] if part.geom_type == "LineString" else []


def _text(parent: ET.Element, name: str, text: str) -> None:
    ET.SubElement(parent, name).text = safe.balloon(text)


def _verify(path: Path, points: npt.NDArray[np.float64], layer: Placed) -> None:
    """Points and tracks read back through our own door."""
    read = formats.open_file(formats.LayerSpec("any", path, path.name, layer="waypoints"))
    after = shapely.get_coordinates(read.shapes)
    alike = after.shape == points.shape and bool((np.abs(after - points) <= 10.0**-DIGITS).all())
    lines = [line for shape in layer.shapes for part in shapely.get_parts(shape) for line in _lines(part)]
    if alike and lines:
        tracks = formats.open_file(formats.LayerSpec("any", path, path.name, layer="tracks"))
        before, found = shapely.get_coordinates(lines), shapely.get_coordinates(tracks.shapes)
        alike = before.shape == found.shape and bool((np.abs(before - found) <= 10.0**-DIGITS).all())
    if not alike:
        raise PlaceUnavailable(Problem("write.unverified", str(path), {"path": path.name}))
