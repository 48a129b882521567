"""KML: every Placemark of every folder at any depth; read here, as GDAL reads the first folder only.

Nothing that the file points at is opened: a NetworkLink, a picture or a model is told, not fetched.
"""

import hashlib
from collections.abc import Sequence
from typing import Any

import numpy as np
from pyproj import CRS

from geoplan.errors import InputError, Problem
from geoplan.formats import markup, markup_rows, markup_shapes, places
from geoplan.formats.encodings import names_as_text
from geoplan.formats.format import Format
from geoplan.formats.markup import Element
from geoplan.formats.markup_shapes import ShapeError
from geoplan.formats.naming import listed
from geoplan.formats.opened import Opened
from geoplan.formats.records import LayerSpec

_CONTAINERS = frozenset({"Document", "Folder"})
_PLACES = frozenset({"kml", *_CONTAINERS})
_LINKS = frozenset({"NetworkLink", "NetworkLinkControl"})
_QUIET = frozenset(
    {"Style", "StyleMap", "LookAt", "Camera", "Region", "Snippet", "snippet", "styleUrl", "visibility", "open"}
    | {"description", "author", "link", "address", "phoneNumber", "ExtendedData", "Metadata", "TimeStamp", "TimeSpan"}
    | {"AddressDetails", "balloonVisibility", "Tour", "Url", "AbstractView", "hint"}
)
"""What stands in a folder and is no feature."""
_SHAPES = frozenset({"Point", "LineString", "LinearRing", "Polygon", "MultiGeometry", "Track", "MultiTrack"})
_OTHER_SHAPES = frozenset(
    {"Model", "MultiPolygon", "MultiLineString", "MultiPoint", "MultiSurface", "Curve", "Surface"}
)
_PLAIN = ("name", "description", "address", "phoneNumber")
_OWN = frozenset({"id", "folder", "when", "begin", "end", *_PLAIN})
"""Columns that no data were given for."""
_JOINT = " / "


def open_kml(spec: LayerSpec) -> Opened:
    """Placemarks of a file, of one folder where the spec names one.

    Raises
    ------
    InputError
        Those of `markup.parse`; ``layer.kml_folder_unknown``, ``layer.kml_folder_several``,
        ``layer.kml_network_only``, ``layer.xml_columns``.
    """
    data = places.present(spec.path, spec.shown).read_bytes()
    return placemarks(data, spec, hashlib.sha256(data).hexdigest())


def placemarks(data: bytes, spec: LayerSpec, sha256: str) -> Opened:
    """Placemarks of a document, as `open_kml`."""
    found = _Found(data, spec)
    features = found.features
    top = _top(found.folders)
    facts: dict[str, str | int | float] = {"n": len(top), "folders": listed(f or "–" for f in top)}
    if spec.layer:
        features.kept(_chosen(found.folders, found.title(), spec))
    elif len(top) > 1:
        found.parsed.said.tell(Problem("layer.kml_folders", spec.shown, facts))
    if found.links:
        key = "layer.kml_network_link" if features.rows else "layer.kml_network_only"
        problem = Problem(key, spec.shown, {"n": found.links, "line": found.link_line})
        (found.parsed.said.tell if features.rows else found.parsed.said.refuse)(problem)
    if found.others:
        named = ", ".join(f"{name} ({n})" for name, n in sorted(found.others.items()))
        found.parsed.said.tell(Problem("layer.kml_not_read", spec.shown, {"found": named[:200]}))
    tables = [
        m for m, r in zip(features.marks, features.rows, strict=True) if "<td" in r.get("description", "").casefold()
    ]
    if tables and features.names.keys() <= _OWN:
        found.parsed.said.tell(Problem("layer.kml_html_table", spec.shown, {"n": len(tables)}, tuple(tables)))
    opened = features.opened(found.parsed, spec, sha256, assumed=CRS.from_user_input("EPSG:4326"))
    if not spec.layer:
        return opened
    opened.repeated = frozenset(name for name in opened.repeated if name in opened.columns)
    return opened


def folder_names(spec: LayerSpec) -> tuple[str, ...]:
    """Topmost folders that hold Placemarks, in the order of the file: together they hold all, each Placemark once."""
    data = places.present(spec.path, spec.shown).read_bytes()
    return folders_of(data, spec)


def folders_of(data: bytes, spec: LayerSpec) -> tuple[str, ...]:
    """As `folder_names`, of a document."""
    return _top(_Found(data, spec).folders) or ("",)


def links_only(data: bytes, spec: LayerSpec) -> tuple[str, ...]:
    """What a document without any Placemark links to; empty for one that has some."""
    found = _Found(data, spec)
    return () if found.features.rows else tuple(found.hrefs)


class _Found:
    """What one document holds."""

    def __init__(self, data: bytes, spec: LayerSpec) -> None:
        self.features = markup_rows.Features(spec.shown)
        self.above: list[tuple[Element, ...]] = []
        self.kinds: dict[str, str] = {}
        self.classes: set[str] = set()
        self.links, self.link_line = 0, 0
        self.hrefs: list[str] = []
        self.others: dict[str, int] = {}
        self.parsed = markup.parse(data, spec.shown, "KML", _is_wanted, self.take)
        if self.parsed.root.name not in _PLACES and not self.features.rows:
            raise InputError(markup.other(b"", self.parsed.root.name, spec.shown, "KML"))
        for row in self.features.rows:
            for name in self.kinds.keys() & row.keys():
                row[name] = markup_rows.typed(name, self.kinds, row[name])
        self.folders = self._folders()
        for row, folder in zip(self.features.rows, self.folders, strict=True):
            markup_rows.put(row, "folder", folder, self.features.repeated)
        if self.parsed.raw:
            text = names_as_text(dict.fromkeys(self.folders), spec, "")
            self.folders = [text[folder] for folder in self.folders]
        self.features.names.update(dict.fromkeys(["folder"] if any(self.folders) else []))

    def _folders(self) -> list[str]:
        """Path of folders of every Placemark; the outermost Document is the file itself and no folder."""
        names: dict[int, str] = {}
        paths: dict[int, str] = {}
        for chain in self.above:
            if chain and id(chain[-1]) not in paths:
                paths[id(chain[-1])] = _JOINT.join(_names(chain, names))
        return [paths[id(chain[-1])] if chain else "" for chain in self.above]

    def title(self) -> str:
        """Name of the outermost Document, which QGIS shows as the layer."""
        root = self.parsed.root
        document = root if root.name == "Document" else root.first("Document")
        name = document.first("name") if document is not None else None
        return name.text if name is not None else ""

    def take(self, element: Element, above: tuple[Element, ...]) -> None:
        if element.name == "Placemark" or element.name in self.classes:
            self.above.append(above)
            self.feature(element)
        elif element.name in _LINKS:
            self.links += 1
            self.link_line = self.link_line or element.line
            self.hrefs += [e.text for e in element.below() if e.name == "href"]
        elif element.name == "Schema":
            if element.attributes.get("parent") == "Placemark":
                self.classes.add(element.attributes.get("name", ""))
            for field in element.every("SimpleField"):
                self.kinds[field.attributes.get("name", "")] = field.attributes.get("type", "").casefold()
        elif element.name not in _QUIET:
            self.others[element.name] = self.others.get(element.name, 0) + 1

    def feature(self, element: Element) -> None:
        features = self.features
        mark = f"#{len(self.above)}"
        row = _row(element, features.repeated)
        open_rings: list[int] = []
        shape = None
        try:
            shape = _shape(element, open_rings)
        except ShapeError as error:
            features.fault(mark, element.line, error)
        if open_rings and shape is not None:
            features.mended("layer.xml_ring_closed", mark)
        features.add(mark, row, shape)


def _is_wanted(name: str, parent: Element | None) -> bool:
    """True for what stands in a folder but is neither a folder nor the folder's name."""
    if parent is None:
        return name == "Placemark"
    return parent.name in _PLACES and name not in _CONTAINERS and name != "name"


def _names(chain: Sequence[Element], known: dict[int, str]) -> list[str]:
    """Names of the folders of a chain; each folder is looked at once, as one may hold a hundred thousand others."""
    folders = [e for e in chain if e.name in _CONTAINERS]
    if folders and folders[0].name == "Document":
        folders = folders[1:]
    for folder in folders:
        if id(folder) not in known:
            name = folder.first("name")
            known[id(folder)] = name.text if name is not None and name.text else f"{folder.name} {folder.line}"
    return [known[id(folder)] for folder in folders]


def _top(folders: Sequence[str]) -> tuple[str, ...]:
    """Folders that no other one holds."""
    paths = dict.fromkeys(folders)
    if "" in paths:
        return ("",)
    return tuple(p for p in paths if not any(above in paths for above in _above(p)))


def _above(path: str) -> list[str]:
    """Paths of the folders that a folder lies in."""
    parts = path.split(_JOINT)
    return [_JOINT.join(parts[:n]) for n in range(1, len(parts))]


def _chosen(folders: Sequence[str], title: str, spec: LayerSpec) -> list[int]:
    """Rows of the folder that the spec names by its path or its name, with all folders in it; all for the title."""
    paths = list(dict.fromkeys(path for f in dict.fromkeys(folders) if f for path in (*_above(f), f)))
    fits = [p for p in paths if p == spec.layer] or [p for p in paths if p.split(_JOINT)[-1] == spec.layer]
    facts: dict[str, str | int | float] = {"layer": spec.layer[:80], "folders": listed(fits or paths) or "–"}
    if not fits and spec.layer == title:
        return list(range(len(folders)))
    if not fits:
        raise InputError(Problem("layer.kml_folder_unknown", spec.shown, facts))
    if len(fits) > 1:
        raise InputError(Problem("layer.kml_folder_several", spec.shown, facts))
    return [i for i, f in enumerate(folders) if f == fits[0] or f.startswith(fits[0] + _JOINT)]


def _row(element: Element, repeated: set[str]) -> dict[str, Any]:
    """Columns of a Placemark: its data under their own names; its name and description where no data has these."""
    data: dict[str, Any] = {}
    for extended in element.every("ExtendedData", "Metadata"):
        for child in extended.children:
            if child.name == "Data":
                value, label = child.first("value"), child.first("displayName")
                name = child.attributes.get("name") or (label.text if label is not None else "")
                markup_rows.put(data, name, value.all_text if value is not None else child.all_text, repeated)
            elif child.name == "SchemaData":
                for cell in child.every("SimpleData"):
                    markup_rows.put(data, cell.attributes.get("name", ""), cell.all_text, repeated)
            elif not child.children:
                markup_rows.put(data, child.name, child.text, repeated)
    own: dict[str, Any] = {"id": element.attributes.get("id")}
    for name in _PLAIN:
        found = element.first(name)
        own[name] = found.all_text if found is not None else None
    for time in element.every("TimeStamp", "TimeSpan"):
        own |= {end.name: end.text for end in time.every("when", "begin", "end")}
    taken = {name.casefold() for name in data}
    row: dict[str, Any] = {}
    for name, value in own.items():
        if value:
            row[f"kml_{name}" if name in taken else name] = value
    return row | data


def _shape(element: Element, open_rings: list[int]) -> Any:
    """Shape of a Placemark or MultiGeometry, None where it has none."""
    odd = element.every(*_OTHER_SHAPES)
    if odd:
        raise ShapeError("layer.xml_shape_unknown", odd[0].name)
    return markup_shapes.gathered([_one(child, open_rings) for child in element.every(*_SHAPES)])


def _one(element: Element, open_rings: list[int]) -> Any:
    match element.name:
        case "Point":
            return markup_shapes.course(_vertices(element), lone=True)
        case "LineString" | "LinearRing":
            return markup_shapes.course(_vertices(element))
        case "Polygon":
            return _polygon(element, open_rings)
        case "Track":
            return markup_shapes.course(_track(element))
        case "MultiTrack":
            return markup_shapes.gathered([markup_shapes.course(_track(t)) for t in element.every("Track")])
        case _:
            return _shape(element, open_rings)


def _vertices(element: Element) -> markup_shapes.Points:
    found = element.every("coordinates")
    if len(found) > 1:
        raise ShapeError("layer.xml_structure", "coordinates")
    return markup_shapes.tuples(found[0].text) if found else np.empty((0, 2))


def _polygon(element: Element, open_rings: list[int]) -> Any:
    outer = [ring for side in element.every("outerBoundaryIs") for ring in side.every("LinearRing")]
    inner = [ring for side in element.every("innerBoundaryIs") for ring in side.every("LinearRing")]
    if len(outer) != 1:
        raise ShapeError("layer.xml_structure", "outerBoundaryIs")
    return markup_shapes.polygon([_vertices(ring) for ring in (*outer, *inner)], open_rings)


def _track(element: Element) -> markup_shapes.Points:
    parts = [coord.text.split() for coord in element.every("coord") if coord.text]
    wrong = next((p for p in parts if len(p) not in (2, 3)), None)
    if wrong is not None:
        raise ShapeError("layer.xml_coordinates", " ".join(wrong))
    return markup_shapes.pairs([v for p in parts for v in p[:2]])


FORMAT = Format("KML", (".kml",), open_kml, most_mb=100, inside=folder_names)
