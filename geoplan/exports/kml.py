"""Results for Google Earth and phones: one KML a layer, longitude and latitude on WGS 84, a table behind each feature.

VN-2000 goes over by EPSG:6960, the one way that geoplan has: without it a lot lies 223 m off on the globe. The balloon
of Google Earth is a web page: a ``<`` of a user's text is written ``‹``, so that no text becomes markup there.
"""

import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import shapely

from geoplan import formats
from geoplan.errors import PlaceUnavailable, Problem
from geoplan.exports.bundle import Bundle
from geoplan.exports.geopackage import label
from geoplan.exports.placing import Placed, placed, text_of, words
from geoplan.text import safe
from geoplan.writing import write_bytes

NAMESPACE = "http://www.opengis.net/kml/2.2"
DIGITS = 8
"""Decimals of a degree: a millimetre."""

_OUTLINE = "ff333a2b"


def results_kml(bundle: Bundle, folder: Path) -> tuple[Problem, ...]:
    """Write ``<layer>.kml`` of every layer that has features, and read it back.

    Parameters
    ----------
    folder : Path
        An existing one, of `writing.new_folder`.

    Returns
    -------
    tuple of Problem
        Nothing: KML holds everything.

    Raises
    ------
    PlaceUnavailable
        As `writing.write_bytes`; ``write.unverified`` where a file does not give back what was written.
    """
    for layer in placed(bundle):
        path = folder / f"{layer.file_name}.kml"
        root = ET.Element("kml", xmlns=NAMESPACE)
        document = ET.SubElement(root, "Document", id="geoplan")
        _text(document, "name", layer.title)
        _text(document, "open", "1")
        _text(document, "description", layer.note)
        _styles(document, layer)
        _schema(document, layer, bundle)
        part = ET.SubElement(document, "Folder")
        _text(part, "name", layer.title)
        fields = layer.layer.fields
        cells = {field: [safe.balloon(text) for text in words(layer.layer, field, bundle.lang)] for field in fields}
        colours = layer.layer.colours
        for i in range(len(layer.shapes)):
            _placemark(part, layer, {field: texts[i] for field, texts in cells.items() if texts[i]}, colours[i], i)
        ET.indent(root, " ")
        write_bytes(path, ET.tostring(root, encoding="utf-8", xml_declaration=True) + b"\n")
        _verify(path, layer, cells)
    return ()


def _styles(document: ET.Element, layer: Placed) -> None:
    for colour in sorted(set(layer.layer.colours)):
        style = ET.SubElement(document, "Style", id=_style(colour))
        icon = ET.SubElement(style, "IconStyle")
        _text(icon, "color", _abgr(colour or "#3d2f1f", "ff"))
        line = ET.SubElement(style, "LineStyle")
        _text(line, "color", _OUTLINE)
        _text(line, "width", "1.2")
        fill = ET.SubElement(style, "PolyStyle")
        _text(fill, "color", _abgr(colour or "#ffffff", "99"))
        _text(fill, "fill", "1" if colour else "0")


def _schema(document: ET.Element, layer: Placed, bundle: Bundle) -> None:
    schema = ET.SubElement(document, "Schema", name=layer.file_name, id="fields")
    for field in layer.layer.fields:
        values = layer.layer.frame[field]
        kind = "string"
        if pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values):
            kind = "int" if pd.api.types.is_integer_dtype(values) else "double"
        simple = ET.SubElement(schema, "SimpleField", type=kind, name=field)
        _text(simple, "displayName", label(field, bundle))


def _placemark(parent: ET.Element, layer: Placed, cells: dict[str, str], colour: str, row: int) -> None:
    mark = ET.SubElement(parent, "Placemark")
    _text(mark, "name", layer.names[row])
    _text(mark, "styleUrl", f"#{_style(colour)}")
    table = ET.SubElement(ET.SubElement(mark, "ExtendedData"), "SchemaData", schemaUrl="#fields")
    for field, text in cells.items():
        ET.SubElement(table, "SimpleData", name=field).text = text
    shape = layer.shapes[row]
    if shape is not None and not shape.is_empty:
        parts = list(_parts(shape))
        parent_of = mark if len(parts) == 1 else ET.SubElement(mark, "MultiGeometry")
        parent_of.extend(parts)


def _parts(shape: shapely.Geometry) -> Iterator[ET.Element]:
    for part in shapely.get_parts(shape):
        made = ET.Element(part.geom_type)
        if part.geom_type == "Polygon":
            _text(made, "tessellate", "1")
            for kind, ring in (("outer", part.exterior), *(("inner", ring) for ring in part.interiors)):
                boundary = ET.SubElement(ET.SubElement(made, f"{kind}BoundaryIs"), "LinearRing")
                _text(boundary, "coordinates", _coordinates(ring))
        else:
            if part.geom_type == "LineString":
                _text(made, "tessellate", "1")
            _text(made, "coordinates", _coordinates(part))
        yield made


def _coordinates(line: shapely.Geometry) -> str:
    return " ".join(f"{x:.{DIGITS}f},{y:.{DIGITS}f}" for x, y in shapely.get_coordinates(line).tolist())


def _text(parent: ET.Element, name: str, text: str) -> None:
    ET.SubElement(parent, name).text = safe.balloon(text)


def _style(colour: str) -> str:
    return f"c{colour.removeprefix('#')}" if colour else "outline"


def _abgr(colour: str, alpha: str) -> str:
    red, green, blue = (colour[i : i + 2] for i in (1, 3, 5))
    return f"{alpha}{blue}{green}{red}"


def _verify(path: Path, layer: Placed, cells: dict[str, list[str]]) -> None:
    """Read back through our own door: every vertex to its last decimal, every cell."""
    read = formats.open_file(formats.LayerSpec("any", path, path.name))
    before, after = shapely.get_coordinates(layer.shapes), shapely.get_coordinates(read.shapes)
    alike = len(read.shapes) == len(layer.shapes) and before.shape == after.shape
    alike = alike and bool((np.abs(before - after) <= 10.0**-DIGITS).all())
    for field, texts in cells.items():
        if alike and any(texts):
            alike = [text_of(cell).strip() for cell in read.columns[field]] == [text.strip() for text in texts]
    if not alike:
        raise PlaceUnavailable(Problem("write.unverified", str(path), {"path": path.name}))
