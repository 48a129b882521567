"""QGIS styles (QML) of the layers of ``results.gpkg``: classes in the map's colours, fields by their labels."""

import xml.etree.ElementTree as ET
from collections.abc import Sequence

from geoplan.messages import known, say

CATEGORIES = {
    "forest_class": {
        "natural_forest": "#2f6b4f",
        "planted_forest": "#86ad5c",
        "planted_not_yet_forest": "#dfc46a",
        "regeneration": "#a5d0c3",
        "non_forest": "#efe7d4",
        "unknown": "#c4c2bb",
    },
    "verdict": {
        "lawful": "#1f5f99",
        "look": "#c77700",
        "refused": "#7d1d4f",
        "to_forest": "#3b3b3b",
        "unknown": "#77736a",
    },
}
"""Fields by which a layer is coloured, the first that it has; the colours are those of the officer's map."""

_WORDS = {"forest_class": "class", "verdict": "verdict"}
_OUTLINE, _BOUNDARY = "#2b3a33", "#3d2f1f"
_SYMBOLS = {"Polygon": "fill", "LineString": "line", "Point": "marker"}


def qml(fields: Sequence[str], geometry: str, lang: str, *, values: Sequence[str] = ()) -> str:
    """Style of one layer as QML.

    Parameters
    ----------
    fields : sequence of str
        Fields of the layer in their order.
    geometry : str
        ``Polygon``, ``LineString`` or ``Point``.
    lang : str
        Language of labels and aliases.
    values : sequence of str
        Values that occur in the field of the classes; one that has no colour is drawn as unknown, under its own name.
    """
    root = ET.Element("qgis", version="3.22.0", styleCategories="Symbology|Fields")
    by = next((name for name in CATEGORIES if name in fields), None)
    symbol = _SYMBOLS.get(geometry, "fill")
    if by is None:
        renderer = ET.SubElement(root, "renderer-v2", type="singleSymbol", symbollevels="0", enableorderby="0")
        _symbol(ET.SubElement(renderer, "symbols"), "0", symbol, None, _BOUNDARY)
    else:
        attributes = {"type": "categorizedSymbol", "attr": by, "symbollevels": "0", "enableorderby": "0"}
        renderer = ET.SubElement(root, "renderer-v2", attributes)
        categories, symbols = ET.SubElement(renderer, "categories"), ET.SubElement(renderer, "symbols")
        colours = CATEGORIES[by] | {value: CATEGORIES[by]["unknown"] for value in values if value not in CATEGORIES[by]}
        for number, (value, colour) in enumerate(colours.items()):
            unknown = say("gpkg.unknown", lang) if value == "unknown" else value
            label = label_of(f"{_WORDS[by]}.{value}", unknown, lang)
            ET.SubElement(categories, "category", render="true", value=value, symbol=str(number), label=label)
            _symbol(symbols, str(number), symbol, colour, _OUTLINE)
    aliases = ET.SubElement(root, "aliases")
    for index, name in enumerate(fields, start=1):
        ET.SubElement(aliases, "alias", index=str(index), field=name, name=label_of(f"gpkg.field.{name}", name, lang))
    text = ET.tostring(root, encoding="unicode")
    return f"<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n{text}\n"


def label_of(key: str, name: str, lang: str) -> str:
    """The message of a key, or the name itself where nobody has written one."""
    return say(key, lang) if known(key) else name


def _symbol(parent: ET.Element, name: str, kind: str, colour: str | None, outline: str) -> None:
    """One symbol; without a colour only the outline is drawn."""
    layer_class = {"fill": "SimpleFill", "line": "SimpleLine", "marker": "SimpleMarker"}[kind]
    symbol = ET.SubElement(parent, "symbol", type=kind, name=name, alpha="1", clip_to_extent="1", force_rhr="0")
    layer = ET.SubElement(symbol, "layer", {"class": layer_class, "enabled": "1", "locked": "0", "pass": "0"})
    width = "0.15" if colour else "0.5"
    if kind == "line":
        options = {"line_color": _rgba(colour or outline), "line_width": "0.4", "line_style": "solid"}
    else:
        options = {
            "color": _rgba(colour or "#ffffff"),
            "outline_color": _rgba(outline),
            "outline_style": "solid",
            "outline_width": width,
        }
        options["style" if kind == "fill" else "name"] = ("solid" if colour else "no") if kind == "fill" else "circle"
    written = ET.SubElement(layer, "Option", type="Map")
    for key in sorted(options):
        ET.SubElement(written, "Option", type="QString", name=key, value=options[key])
        ET.SubElement(layer, "prop", k=key, v=options[key])


def _rgba(colour: str) -> str:
    return ",".join(str(part) for part in (*bytes.fromhex(colour.removeprefix("#")), 255))
