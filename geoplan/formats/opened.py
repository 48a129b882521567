"""What every file format hands to the checks: columns as found, shapes, and where each row stands."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt
from pyproj import CRS

from geoplan.formats.verdict import Verdict

Cells = npt.NDArray[np.object_]
"""One column: str, int, float, bool, bytes (text whose encoding is not known) or None."""


class Whole(bytes):
    """Text of a table that leaves room in its field: whatever its last byte is, nothing was cut off behind it."""


@dataclass(slots=True)
class Opened:
    """One file (or several of one layer) before any check of its content.

    Parameters
    ----------
    columns : mapping of str to array of object
        Cells as found; text of a Shapefile is bytes.
    shapes : array of object
        Shapely geometries, None where the file has none.
    crs : CRS or None
        As the file says it; None where it says nothing.
    assumed : CRS or None
        What the format prescribes where neither file nor user says anything (GeoJSON: longitude and latitude).
    places : sequence of str
        Name of each row until its key is known: ``#5``.
    sha256 : str
        Over all bytes of all files of the layer.
    encoding : str
        Encoding of bytes as the file declares it (``.cpg``), empty where it does not.
    raw : bool
        Names of columns are Latin-1 stand-ins for bytes.
    cut : bool
        Names of columns are cut to ten letters.
    repeated : frozenset
        Names that several columns have; only the first is in `columns`.
    taken : frozenset
        Names of the user's `columns` that the reader has used up (``x``, ``y`` of a CSV).
    told : frozenset
        Rows without a shape whose reason is in `said`.
    said : Verdict
        What opening has found.
    originals : dict of str to array of object
        Cells as they came (bytes or text) of the columns whose text was guessed or put right.
    """

    columns: Mapping[str, Cells]
    shapes: npt.NDArray[np.object_]
    crs: CRS | None
    places: tuple[str, ...]
    sha256: str
    assumed: CRS | None = None
    encoding: str = ""
    raw: bool = False
    cut: bool = False
    repeated: frozenset[str] = frozenset()
    taken: frozenset[str] = frozenset()
    told: frozenset[int] = frozenset()
    said: Verdict = field(default_factory=Verdict)
    originals: dict[str, Cells] = field(default_factory=dict)

    def again(self) -> "Opened":
        """The same, for another look: what that look says and decodes stays with it."""
        said = Verdict(list(self.said.errors), list(self.said.warnings), list(self.said.mended))
        return replace(self, said=said, originals=dict(self.originals))


def cells(values: Any) -> Cells:
    """Any array or list as cells: NaN, NaT and masked become None."""
    array = np.asarray(values)
    if array.dtype.kind == "f":
        found = array.astype(object)
        found[np.isnan(array)] = None
        return found
    if array.dtype.kind in "Mm":
        found = (
            np.datetime_as_string(array).astype(object) if array.dtype.kind == "M" else array.astype(str).astype(object)
        )
        found[np.isnat(array)] = None
        return found
    found = np.empty(len(array), dtype=object)
    found[:] = [None if v is None or (isinstance(v, float) and v != v) else v for v in array.tolist()]
    return found
