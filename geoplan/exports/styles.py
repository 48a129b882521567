"""QGIS styles (QML) of the layers of ``results.gpkg``: classes in the map's colours, fields by their labels."""

import xml.etree.ElementTree as ET
from collections.abc import Mapping, Sequence

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

DOCTYPE = "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>"
"""First line of every XML document that QGIS reads."""

PLACE_VERDICTS = {
    "at_risk": "#a3123f",
    "conditional": "#e39a1c",
    "safe": "#1f5f99",
    "unknown": "#a5a196",
}
"""Verdicts on households and sites."""

_WORDS = {"forest_class": "class", "verdict": "verdict"}
_OUTLINE, _BOUNDARY = "#2b3a33", "#3d2f1f"
_SYMBOLS = {"Polygon": "fill", "LineString": "line", "Point": "marker"}


def qml(fields: Mapping[str, str], geometry: str, lang: str, *, values: Sequence[str] = ()) -> str:
    """Style of one layer as QML: the parameters of `style`."""
    text = ET.tostring(style(fields, geometry, lang, values=values), encoding="unicode")
    return f"{DOCTYPE}\n{text}\n"


def style(fields: Mapping[str, str], geometry: str, lang: str, *, values: Sequence[str] = ()) -> ET.Element:
    """Style of one layer: an element ``qgis`` that holds its renderer and the labels of its fields.

    Parameters
    ----------
    fields : mapping
        Fields of the layer in their order, to what a reader calls them.
    geometry : str
        ``Polygon``, ``LineString`` or ``Point``.
    lang : str
        Language of the classes' labels.
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
        classes = colours_of(by, values)
        colours = dict(classes) | {value: classes["unknown"] for value in values if value not in classes}
        for number, (value, colour) in enumerate(colours.items()):
            unknown = say("gpkg.unknown", lang) if value == "unknown" else value
            label = label_of(f"{_WORDS[by]}.{value}", unknown, lang)
            ET.SubElement(categories, "category", render="true", value=value, symbol=str(number), label=label)
            _symbol(symbols, str(number), symbol, colour, _OUTLINE)
    aliases = ET.SubElement(root, "aliases")
    for index, (name, label) in enumerate(fields.items(), start=1):
        ET.SubElement(aliases, "alias", index=str(index), field=name, name=label)
    return root


def colours_of(field: str, values: Sequence[str]) -> Mapping[str, str]:
    """Colours of the classes of a field of `CATEGORIES`, by the values that occur: two measures have a `verdict`."""
    return (
        PLACE_VERDICTS if field == "verdict" and set(values) & set(PLACE_VERDICTS) - {"unknown"} else CATEGORIES[field]
    )


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
