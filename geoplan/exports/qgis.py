"""Results as a QGIS project: ``results.gpkg`` and a ``.qgz`` beside it that opens with its layers, colours and labels.

QGIS 3.16 or newer. The project names the GeoPackage by a relative path: the folder may be moved or carried on a stick,
and QField opens it as it is. Areas are measured in hectares.
"""

import io
import xml.etree.ElementTree as ET
import zipfile
from pathlib import Path

import numpy as np
from pyproj import CRS

from geoplan import crs as coordinates
from geoplan.errors import PlaceUnavailable, Problem
from geoplan.exports import styles
from geoplan.exports.bundle import Bundle
from geoplan.exports.geopackage import ResultLayer, labels, layers_of, results_gpkg
from geoplan.exports.placing import title_of
from geoplan.messages import say
from geoplan.text import safe
from geoplan.writing import write_bytes

DATABASE = "results.gpkg"
VERSION = "3.22.0"
"""Of QGIS whose document this is; newer ones read it."""

_MARGIN = 0.05
_FIRST_DAY = (1980, 1, 1, 0, 0, 0)
_GEOMETRIES = {"Polygon": "MultiPolygon", "LineString": "MultiLineString", "Point": "MultiPoint"}


def results_qgis(bundle: Bundle, folder: Path) -> tuple[Problem, ...]:
    """Write `DATABASE` and ``<project>.qgz``; the archive is read back.

    Parameters
    ----------
    folder : Path
        An existing one, of `writing.new_folder`.

    Returns
    -------
    tuple of Problem
        Nothing: QGIS holds everything.

    Raises
    ------
    PlaceUnavailable
        As `results_gpkg`; ``write.unverified`` where the archive does not give back the project.
    """
    results_gpkg(bundle, folder / DATABASE)
    name = safe.file_name(bundle.name)
    text = written(project(bundle))
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo(f"{name}.qgs", _FIRST_DAY), text, zipfile.ZIP_DEFLATED)
    path = folder / f"{name}.qgz"
    write_bytes(path, made.getvalue())
    with zipfile.ZipFile(path) as archive:
        if archive.testzip() is not None or archive.read(f"{name}.qgs") != text:
            raise PlaceUnavailable(Problem("write.unverified", str(path), {"path": path.name}))
    return ()


def written(root: ET.Element) -> bytes:
    """The bytes of a project document."""
    return f"{styles.DOCTYPE}\n{ET.tostring(root, encoding='unicode')}\n".encode()


def project(bundle: Bundle) -> ET.Element:
    """The document: every result layer that has features, in `DATABASE` beside it."""
    crs = coordinates.parse(bundle.crs)
    root = ET.Element("qgis", projectname=safe.plain(bundle.name), version=VERSION)
    title = f"{bundle.name}, {say('gpkg.as_of', bundle.lang, day=bundle.as_of.isoformat())}"
    if bundle.synthetic:
        title = f"{title} – {say('gpkg.synthetic', bundle.lang)}"
    ET.SubElement(root, "title").text = safe.plain(title)
    add_crs(ET.SubElement(root, "projectCrs"), crs)
    tree = ET.SubElement(root, "layer-tree-group")
    shown = [layer for layer in reversed(layers_of(bundle)) if len(layer.frame)]
    for layer in sorted(shown, key=_height):
        attributes = {"id": _id(layer), "name": title_of(layer.name, bundle), "providerKey": "ogr", "expanded": "0"}
        ET.SubElement(tree, "layer-tree-layer", attributes, source=_source(layer), checked="Qt::Checked")
    _canvas(root, bundle, crs)
    layers = ET.SubElement(root, "projectlayers")
    for layer in shown:
        _layer(layers, layer, bundle, crs)
    _properties(root)
    return root


def _height(layer: ResultLayer) -> tuple[int, float]:
    """Points above areas, outlines of communes above them, and what covers less ground above what covers more."""
    kind = ("Point", "LineString", "Polygon").index(layer.kind)
    return (kind if layer.name != "communes" else 1, float(layer.frame.geometry.area.sum()))


def _id(layer: ResultLayer) -> str:
    """Longer than ten letters: QGIS gives a layer with a shorter one a new id, and its place in the tree is lost."""
    return f"geoplan_{layer.name}"


def _source(layer: ResultLayer) -> str:
    return f"./{DATABASE}|layername={layer.name}"


def _layer(parent: ET.Element, layer: ResultLayer, bundle: Bundle, crs: CRS) -> None:
    made = ET.SubElement(
        parent, "maplayer", type="vector", geometry=layer.kind, wkbType=_GEOMETRIES[layer.kind], readOnly="0"
    )
    ET.SubElement(made, "id").text = _id(layer)
    ET.SubElement(made, "datasource").text = _source(layer)
    ET.SubElement(made, "layername").text = title_of(layer.name, bundle)
    add_crs(ET.SubElement(made, "srs"), crs)
    ET.SubElement(made, "provider", encoding="UTF-8").text = "ogr"
    made.extend(styles.style(labels(layer, bundle), layer.kind, bundle.lang, values=layer.classes))


def add_crs(parent: ET.Element, crs: CRS) -> None:
    """A CRS as QGIS writes it: WKT 2 and its code."""
    made = ET.SubElement(parent, "spatialrefsys", nativeFormat="Wkt")
    ET.SubElement(made, "wkt").text = crs.to_wkt("WKT2_2019")
    ET.SubElement(made, "authid").text = coordinates.code(crs)
    ET.SubElement(made, "description").text = crs.name
    ET.SubElement(made, "geographicflag").text = "true" if crs.is_geographic else "false"


def _canvas(root: ET.Element, bundle: Bundle, crs: CRS) -> None:
    """The first view: the communes with a margin."""
    bounds = bundle.communes.total_bounds
    margin = _MARGIN * float(np.max(bounds[2:] - bounds[:2]))
    canvas = ET.SubElement(root, "mapcanvas", name="theMapCanvas", annotationsVisible="1")
    ET.SubElement(canvas, "units").text = "degrees" if crs.is_geographic else "meters"
    extent = ET.SubElement(canvas, "extent")
    sides = (bounds[0] - margin, bounds[1] - margin, bounds[2] + margin, bounds[3] + margin)
    for name, value in zip(("xmin", "ymin", "xmax", "ymax"), sides, strict=True):
        ET.SubElement(extent, name).text = repr(round(float(value), 6))
    add_crs(ET.SubElement(canvas, "destinationsrs"), crs)


def _properties(root: ET.Element) -> None:
    properties = ET.SubElement(root, "properties")
    for group, name, kind, value in (
        ("Measurement", "AreaUnits", "QString", "ha"),
        ("Measurement", "DistanceUnits", "QString", "meters"),
        ("Measure", "Ellipsoid", "QString", "EPSG:7030"),
        ("Paths", "Absolute", "bool", "false"),
        ("SpatialRefSys", "ProjectionsEnabled", "int", "1"),
    ):
        found = properties.find(group)
        parent = ET.SubElement(properties, group) if found is None else found
        ET.SubElement(parent, name, type=kind).text = value
