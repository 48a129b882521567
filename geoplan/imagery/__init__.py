"""Images to stacks: a folder of scenes read as a catalogue, masked, corrected, kept in blocks.

`open_images` checks a folder without reading a pixel; `meet` says how it lies over the communes; `build` makes a
`Stack` of it; `read` gives pixels of a stack on all dates, and `windows` the blocks in which to read a large one.
"""

from geoplan.imagery.build import build
from geoplan.imagery.catalogue import open_images
from geoplan.imagery.meeting import meet, reached
from geoplan.imagery.records import BANDS, SCALE, UNSEEN, Band, Images, ImagesSpec, Observations, Scene, Stack
from geoplan.imagery.settings import StackSettings
from geoplan.imagery.store import forget_others, read, windows

__all__ = [
    "BANDS",
    "SCALE",
    "UNSEEN",
    "Band",
    "Images",
    "ImagesSpec",
    "Observations",
    "Scene",
    "Stack",
    "StackSettings",
    "build",
    "forget_others",
    "meet",
    "open_images",
    "reached",
    "read",
    "windows",
]
