"""Classified rasters of measures in the map's colours: cover measured from images, hazard from terrain."""

from geoplan.maps.content import label
from geoplan.maps.page import Overlay
from geoplan.maps.pictures import painted
from geoplan.messages import say
from geoplan.results import Grid

UNSEEN = 255
COLOURS = {
    "measured_cover": {"forest": "#2f6b4f", "removed_small": "#a8b86a", "cleared": "#d97a2b"},
    "hazard": {"medium": "#f2cf7d", "high": "#c0561f", "flood": "#4f86b8", "debris": "#5d3a74"},
}
"""Colour of each class by name, in order of lightness or far apart in hue: readable by the colour-blind."""
CLEAR = {"not_forest", "low", "none"}
"""Classes that are not painted."""
NEUTRAL = "#a39e92"
UNSEEN_COLOUR = "#d3d0c8"


def grid_overlay(grid: Grid, lang: str = "vi") -> Overlay:
    """A measure's grid as a picture; what was not seen is grey, never blank.

    Parameters
    ----------
    grid : results.Grid
        Labels are the messages ``grid.<name>`` and ``grid.<name>.<class>``; a class that has no colour here is grey.
    lang : str
        ``vi`` or ``en``.
    """
    known = COLOURS.get(grid.name, {})
    classes = {
        code: (label(f"grid.{grid.name}.{name}", name, lang), known.get(name, NEUTRAL))
        for code, name in grid.classes.items()
        if name not in CLEAR
    }
    if (grid.values == UNSEEN).any():
        classes[UNSEEN] = (say("map.grid_unseen", lang), UNSEEN_COLOUR)
    picture = painted(grid.name, grid.values, grid.transform, grid.crs, classes)
    return Overlay(grid.name, picture.png, picture.bounds, picture.classes, label(f"grid.{grid.name}", grid.name, lang))
