"""The officer's map: one HTML file that works from a folder with no network.

`Page` says what it shows; `officer_map` makes the file, `officer_maps` several where one would be too heavy;
`relief`, `painted`, `grid_overlay` and `photo` make the pictures beneath.
"""

from geoplan.maps.grids import grid_overlay
from geoplan.maps.officer import officer_map, officer_maps
from geoplan.maps.page import Overlay, Page
from geoplan.maps.pictures import painted, photo, relief

__all__ = ["Overlay", "Page", "grid_overlay", "officer_map", "officer_maps", "painted", "photo", "relief"]
