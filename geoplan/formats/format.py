"""What a file format is to the door: its endings, its reader, what may lie inside it and how large it may be."""

from collections.abc import Callable
from dataclasses import dataclass

from geoplan.formats.opened import Opened
from geoplan.formats.records import LayerSpec


@dataclass(frozen=True, slots=True)
class Format:
    """One file format; each module of a format declares one as ``FORMAT``, and `opening.FORMATS` lists them.

    Parameters
    ----------
    name : str
        As an office calls it: ``Shapefile``.
    endings : tuple of str
        Lower case, with the dot.
    open : callable
        Reads the layer that the spec asks for. Works on a copy wherever a library opens the file.
    inside : callable or None
        Names of the layers inside, in the order of the file; None for a format that holds one.
    parts : tuple of str
        Endings of files beside it that hold data: they count towards its size.
    most_mb : int
        Megabytes that one of its files may have; reading one whole must stay under 2 GB of memory.
    folder : bool
        True where it is a folder (``.gdb``).
    by_role : bool
        True where the role decides which rows are read: what was opened for one role is not what another gets.
    """

    name: str
    endings: tuple[str, ...]
    open: Callable[[LayerSpec], Opened]
    most_mb: int
    inside: Callable[[LayerSpec], tuple[str, ...]] | None = None
    parts: tuple[str, ...] = ()
    folder: bool = False
    by_role: bool = False
