"""A folder for QField on a phone: the results to look at, and a layer of points to write down what is found.

The points stand in a database of their own, ``ghi_chu.gpkg``: results stay as they were, and what comes back from the
field is one file, which ``geoplan import`` reads. A note has its day, kind, lot, words and a photo beside the project.
"""

import xml.etree.ElementTree as ET
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyogrio

from geoplan import crs as coordinates
from geoplan.errors import Problem
from geoplan.exports import database, qgis, styles
from geoplan.exports.bundle import Bundle
from geoplan.exports.geopackage import results_gpkg
from geoplan.messages import say
from geoplan.text import safe
from geoplan.writing import write_bytes

NOTES_FILE = "ghi_chu.gpkg"
NOTES = "ghi_chu"
FIELDS = ("seen_on", "kind", "lot_id", "note", "photo")
"""Columns of the notes, in the order of the form."""

KINDS = ("loss", "fire", "planted", "slide", "boundary", "other")
"""What a note may be of; the words are ``field_note.kind.*``."""


def results_qfield(bundle: Bundle, folder: Path) -> tuple[Problem, ...]:
    """Write ``results.gpkg``, `NOTES_FILE` and ``<project>.qgs``; the notes are read back.

    Parameters
    ----------
    folder : Path
        An existing one, of `writing.new_folder`.

    Returns
    -------
    tuple of Problem
        Nothing.

    Raises
    ------
    PlaceUnavailable
        As `results_gpkg`; ``write.unverified`` where the notes do not come back with their columns.
    """
    results_gpkg(bundle, folder / qgis.DATABASE)
    _notes(bundle, folder / NOTES_FILE)
    root = qgis.project(bundle)
    for layer in root.iter("maplayer"):
        layer.set("readOnly", "1")
    _add_notes(root, bundle)
    write_bytes(folder / f"{safe.file_name(bundle.name)}.qgs", qgis.written(root))
    return ()


def _notes(bundle: Bundle, path: Path) -> None:
    """An empty layer of points with the columns of a note."""
    columns = {
        "seen_on": pd.Series([], dtype="datetime64[ms]"),
        **dict.fromkeys(FIELDS[1:], pd.Series([], dtype=object)),
    }
    frame = gpd.GeoDataFrame(columns, geometry=gpd.GeoSeries([], crs=bundle.crs))

    def fill(made: Path) -> None:
        pyogrio.write_dataframe(
            frame, made, layer=NOTES, driver="GPKG", geometry_type="Point",
            layer_options={"GEOMETRY_NAME": "geom", "FID": "fid"},
        )  # fmt: skip

    def check(made: Path) -> bool:
        return list(pyogrio.read_info(made, layer=NOTES)["fields"]) == list(FIELDS)

    database.write(path, bundle.as_of.isoformat(), fill, check)


def _add_notes(root: ET.Element, bundle: Bundle) -> None:
    """The layer of notes above all others, with a form that asks by choice, day and camera."""
    lang = bundle.lang
    title = say("field_note.title", lang)
    source = f"./{NOTES_FILE}|layername={NOTES}"
    tree, layers = root.find("layer-tree-group"), root.find("projectlayers")
    if tree is None or layers is None:
        raise ValueError("a project has a tree and layers")
    node = ET.Element("layer-tree-layer", id=f"geoplan_{NOTES}", name=title, providerKey="ogr", expanded="1")
    node.set("source", source)
    node.set("checked", "Qt::Checked")
    tree.insert(0, node)
    layer = ET.SubElement(layers, "maplayer", type="vector", geometry="Point", wkbType="Point", readOnly="0")
    for name, text in (("id", f"geoplan_{NOTES}"), ("datasource", source), ("layername", title)):
        ET.SubElement(layer, name).text = text
    qgis.add_crs(ET.SubElement(layer, "srs"), coordinates.parse(bundle.crs))
    ET.SubElement(layer, "provider", encoding="UTF-8").text = "ogr"
    labels = {name: say(f"field_note.{name}", lang) for name in FIELDS}
    layer.extend(styles.style(labels, "Point", lang))
    form = ET.SubElement(layer, "fieldConfiguration")
    kinds = {say(f"field_note.kind.{kind}", lang): kind for kind in KINDS}
    _widget(
        form,
        "seen_on",
        "DateTime",
        {"display_format": "dd/MM/yyyy", "field_format": "yyyy-MM-dd", "calendar_popup": "true"},
    )
    choices = _widget(form, "kind", "ValueMap", {})
    listed = ET.SubElement(choices, "Option", type="List", name="map")
    for word, kind in kinds.items():
        one = ET.SubElement(listed, "Option", type="Map")
        ET.SubElement(one, "Option", type="QString", name=word, value=kind)
    _widget(form, "note", "TextEdit", {"IsMultiline": "true"})
    _widget(
        form,
        "photo",
        "ExternalResource",
        {"DocumentViewer": "1", "RelativeStorage": "1", "StorageMode": "0", "FileWidget": "true"},
    )
    defaults = ET.SubElement(layer, "defaults")
    ET.SubElement(defaults, "default", field="seen_on", expression="now()", applyOnUpdate="0")


def _widget(form: ET.Element, field: str, kind: str, options: dict[str, str]) -> ET.Element:
    """How a field is asked for; returns the element that further options go into."""
    config = ET.SubElement(ET.SubElement(ET.SubElement(form, "field", name=field), "editWidget", type=kind), "config")
    made = ET.SubElement(config, "Option", type="Map")
    for name, value in options.items():
        kind_of = "bool" if value in ("true", "false") else "int" if value.isdecimal() else "QString"
        ET.SubElement(made, "Option", type=kind_of, name=name, value=value)
    return made
