"""Squares of the small world as text of KML, GML and GPX."""

from collections.abc import Sequence

from tests.layers.conftest import square, zones

CORNERS = zones().to_crs("EPSG:4326").geometry
"""The two conversion zones of one hectare in longitude and latitude."""


def corners(which: int = 0) -> list[tuple[float, float]]:
    """Longitude and latitude of a zone's ring, closed."""
    return [(x, y) for x, y in CORNERS.iloc[which].exterior.coords]


def metres(column: float = 0) -> list[tuple[float, float]]:
    """The same squares in EPSG:9213."""
    return [(x, y) for x, y in square(column, 0).exterior.coords]


def kml_ring(points: Sequence[tuple[float, float]], joint: str = " ", comma: str = ",", tail: str = ",0") -> str:
    """A polygon of one ring."""
    text = joint.join(f"{x!r}{comma}{y!r}{tail}" for x, y in points)
    ring = f"<LinearRing><coordinates>{text}</coordinates></LinearRing>"
    return f"<Polygon><outerBoundaryIs>{ring}</outerBoundaryIs></Polygon>"


def placemark(shape: str, name: str = "Vùng", **data: object) -> str:
    """A Placemark with data of its own."""
    cells = "".join(f'<Data name="{k}"><value>{v}</value></Data>' for k, v in data.items())
    extended = f"<ExtendedData>{cells}</ExtendedData>" if cells else ""
    return f"<Placemark><name>{name}</name>{extended}{shape}</Placemark>"


def folder(name: str, *content: str) -> str:
    """A folder."""
    return f"<Folder><name>{name}</name>{''.join(content)}</Folder>"


def kml(*content: str, encoding: str = "UTF-8") -> str:
    """A whole document."""
    head = f'<?xml version="1.0" encoding="{encoding}"?>\n<kml xmlns="http://www.opengis.net/kml/2.2">'
    return f"{head}<Document><name>tệp</name>\n{''.join(content)}</Document></kml>"


def zone(which: int = 0, **data: object) -> str:
    """A conversion zone as a Placemark, with all the fields that it needs."""
    cells = {"zone_id": f"V{which + 1}", "from_crop": "rice", "to_group": "forest", **data}
    return placemark(kml_ring(corners(which)), **cells)


def gml_zone(which: int, ring: str, srs: str, kind: str = "vung", extra: str = "") -> str:
    """A conversion zone as a member of a collection."""
    name = f' srsName="{srs}"' if srs else ""
    shape = (
        f"<gml:Polygon{name}><gml:exterior><gml:LinearRing><gml:posList>{ring}</gml:posList></gml:LinearRing>"
        f"</gml:exterior></gml:Polygon>"
    )
    cells = f"<zone_id>V{which + 1}</zone_id><from_crop>rice</from_crop><to_group>forest</to_group>{extra}"
    return f"<gml:featureMember><{kind} gml:id='a{which}'><hinh>{shape}</hinh>{cells}</{kind}></gml:featureMember>"


def gml(*members: str, attributes: str = "") -> str:
    """A whole collection."""
    spaces = 'xmlns:gml="http://www.opengis.net/gml" xmlns:wfs="http://www.opengis.net/wfs"'
    head = '<?xml version="1.0" encoding="utf-8"?>\n'
    return f"{head}<wfs:FeatureCollection {spaces} {attributes}>\n{chr(10).join(members)}</wfs:FeatureCollection>"


def pos(points: Sequence[tuple[float, float]], *, turned: bool = False, height: str = "") -> str:
    """A ``posList``."""
    return " ".join(f"{y!r} {x!r}{height}" if turned else f"{x!r} {y!r}{height}" for x, y in points)


def gpx(*content: str) -> str:
    """A whole GPX."""
    return f'<?xml version="1.0"?><gpx version="1.1" xmlns="http://www.topografix.com/GPX/1/1">{"".join(content)}</gpx>'
