"""The merger as one project tells it: its table of old codes, its old outlines, and what both say of its communes."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
from pyproj import CRS

from geoplan.errors import Problem
from geoplan.layers import LayerSpec
from geoplan.lineage.crosswalk import Lineage, read
from geoplan.lineage.lot_codes import explain_codes
from geoplan.lineage.outlines import Outlines, open_outlines
from geoplan.lineage.telling import tell


@dataclass(frozen=True, eq=False)
class Merger:
    """Old codes to new, and the old outlines where the project has them."""

    table: Lineage
    outlines: Outlines | None

    def told(self, communes: gpd.GeoDataFrame, where: str) -> tuple[Problem, ...]:
        """What must be said of these communes; `where` is their file."""
        return tell(self.table, communes, self.outlines, where=where)

    def explained(self, said: Iterable[Problem], lots: gpd.GeoDataFrame, where: str) -> list[Problem]:
        """Warnings with the door's word on codes of elsewhere replaced by what the table knows of them.

        Parameters
        ----------
        said : iterable of Problem
            What the doors and measures said.
        lots : GeoDataFrame
            Forest lots with ``maxa`` and, by geometry, ``unit_code``.
        where : str
            The lots' file.
        """
        _, known = explain_codes(lots["maxa"], lots["unit_code"], self.table, where=where)
        return [*(problem for problem in said if problem.key != "layer.code_elsewhere"), *known]


def read_merger(crosswalk: Path, shown: str, outlines: LayerSpec | None, crs: CRS, root: Path) -> Merger:
    """Table and outlines of ``[lineage]``, read and checked.

    Raises
    ------
    InputError
        Those of `read` and `open_outlines`.
    """
    table = read(crosswalk, shown)
    return Merger(table, open_outlines(outlines, crs, root, table) if outlines is not None else None)
