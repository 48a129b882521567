"""A Folium map as one file that asks the network for nothing and runs no script but ours.

Folium names ten addresses on five content networks. Here the map is rendered once, its header is walked, every link is
replaced by a file of `assets/`, dropped because nothing on the page uses it, or, if nobody knows it, refused. The page
then carries a Content-Security-Policy that names the SHA-256 of each script and style and forbids all else, so that a
text of a layer cannot run even if it reached the page as HTML, which it does not.
"""

import base64
import hashlib
import re
from functools import cache
from importlib.resources import files
from typing import Any

import folium
from branca.element import CssLink, Figure, JavascriptLink, MacroElement
from folium.template import Template
from jinja2 import Environment

from geoplan.errors import PlaceUnavailable, Problem
from geoplan.text.safe import html, json_in_html

VENDORED = {"leaflet": "leaflet.js", "leaflet_css": "leaflet.css"}
"""Link name of Folium -> file of `assets/`."""
UNUSED = frozenset(
    {
        "jquery", "bootstrap", "awesome_markers", "bootstrap_css", "glyphicons_css", "awesome_markers_font_css",
        "awesome_markers_css", "awesome_rotate_css",
    }
)  # fmt: skip
"""Links of Folium that no element of ours uses: its popups and markers are not drawn."""
BUNDLED = {"proj4": ("mgrs", "wkt-parser")}
"""Packages inside another's file: their licences stand on top too."""
SCRIPTS = (
    "base.js", "shapes.js", "theme.js", "painter.js", "layers.js", "places.js", "seen.js", "cards.js", "swipe.js",
    "panel.js", "chart.js", "search.js", "sketch.js", "marking.js", "page.js",
)  # fmt: skip
STYLES = ("page.css", "panel.css", "seen.css", "print.css")
_HEX_ID = re.compile(r"[0-9a-f]{32}")


class OfficerPage(MacroElement):
    """Starts the page's own script on the Folium map that it is added to."""

    _template = Template("{% macro script(this, kwargs) %}geoplan.start({{ this._parent.get_name() }});{% endmacro %}")

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._name = "OfficerPage"


def document(data: dict[str, Any], *, shell: dict[str, str], lang: str, center: tuple[float, float]) -> str:
    """The whole HTML page.

    Parameters
    ----------
    data : dict
        What `content` made; it enters as one block of JSON.
    shell : dict of str
        Texts of the static frame of the page: plain text, escaped here.
    lang : str
        Language of the page.
    center : tuple of float
        Latitude and longitude of the first view.
    """
    figure = _figure(center)
    linked = _linked(figure)
    body = "".join(child.render() for child in figure.html._children.values())
    start = "".join(child.render() for child in figure.script._children.values())
    body, start = _steady(body, start)
    styles = [*(_asset(name) for name in linked if name.endswith(".css")), *(_front(name) for name in STYLES)]
    scripts = [
        *(_asset(name) for name in linked if name.endswith(".js")),
        _asset("proj4.js"),
        "\n".join(_front(name) for name in SCRIPTS),
        start,
    ]
    page: str = _template().render(
        lang=lang,
        shell={key: html(text) for key, text in shell.items()},
        synthetic=bool(data["page"]["synthetic"]),
        policy=policy(scripts, styles),
        styles=styles,
        scripts=scripts,
        map=body,
        data=json_in_html(data),
    )
    return page


def policy(scripts: list[str], styles: list[str]) -> str:
    """The Content-Security-Policy: nothing but these scripts and styles, and pictures inside the page."""
    return "; ".join(
        [
            "default-src 'none'",
            "script-src " + " ".join(_digest(text) for text in scripts),
            "style-src " + " ".join(_digest(text) for text in styles),
            "img-src data: blob:",
            "connect-src 'none'",
            "base-uri 'none'",
            "form-action 'none'",
        ]
    )


def _figure(center: tuple[float, float]) -> Figure:
    """Folium's map, rendered once, so that header, body and script are filled."""
    chart = folium.Map(
        location=list(center),
        tiles=None,
        zoom_start=13,
        zoom_control=False,
        attribution_control=False,
        prefer_canvas=True,
        zoom_snap=0.25,
        zoom_delta=1,
        min_zoom=7,
        max_zoom=20,
        bounce_at_zoom_limits=False,
    )
    chart.add_child(OfficerPage())
    figure = chart.get_root()
    if not isinstance(figure, Figure):
        raise TypeError("Folium's map has no figure")
    figure.render()
    return figure


def _linked(figure: Figure) -> list[str]:
    """Files of `assets/` that the header asks for.

    Raises
    ------
    LookupError
        For a link that is neither vendored nor known to be unused: it would be a request to the network.
    """
    found = []
    for name, child in figure.header._children.items():
        if not isinstance(child, JavascriptLink | CssLink):
            continue
        if name in VENDORED:
            found.append(VENDORED[name])
        elif name not in UNUSED:
            raise LookupError(f"a Folium element links {name} ({child.url}), which is not among the assets")
    return found


def _steady(body: str, start: str) -> tuple[str, str]:
    """Folium's random identifiers replaced by numbers in order of appearance: the same input gives the same bytes."""
    numbers: dict[str, str] = {}

    def steady(found: re.Match[str]) -> str:
        return numbers.setdefault(found[0], str(len(numbers) + 1))

    return _HEX_ID.sub(steady, body), _HEX_ID.sub(steady, start)


def _digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode('utf-8')).digest()).decode('ascii')}'"


@cache
def _asset(name: str) -> str:
    """A vendored file with its licence on top; pictures of the stylesheet, which no control of ours uses, are cut."""
    package = name.split(".", maxsplit=1)[0]
    notices = [_notice(part) for part in (package, *BUNDLED.get(package, ()))]
    text = "\n".join([*notices, _read("assets", name)])
    if name.endswith(".css"):
        text = re.sub(r"url\((?:images/|#default)[^)]*\)", "none", text)
    return _inline(name, text)


@cache
def _front(name: str) -> str:
    return _inline(name, _read("front", name))


def _notice(package: str) -> str:
    licence = _read("assets", f"{package}.LICENSE.txt").strip().replace("*/", "* /")
    return f"/* {package}\n{licence}\n*/"


def _inline(name: str, text: str) -> str:
    """Text that may stand in a script or style element as it is.

    Raises
    ------
    ValueError
        If it would end the element or ask for something outside.
    """
    if re.search(r"</(script|style)|<!--", text, re.IGNORECASE):
        raise ValueError(f"{name} cannot stand inside a page: it holds a closing tag")
    if name.endswith(".css") and re.search(r"@import|url\((?!data:)", text):
        raise ValueError(f"{name} names a file outside the page")
    return text


def _read(folder: str, name: str) -> str:
    path = files("geoplan.maps").joinpath(folder, name)
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise PlaceUnavailable(Problem("map.asset_missing", f"geoplan/maps/{folder}/{name}", {"name": name})) from error
    return text.replace("\r\n", "\n").replace("\r", "\n").removeprefix("\ufeff")


@cache
def _template() -> Any:
    return Environment(autoescape=False, keep_trailing_newline=True).from_string(_read("front", "page.html"))
