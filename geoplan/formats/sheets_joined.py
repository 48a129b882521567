"""Sheets of one workbook that are one table, a village a sheet: read together unless they may be two versions of it."""

from collections.abc import Sequence

import numpy as np
import shapely

from geoplan.errors import Problem
from geoplan.formats.naming import listed
from geoplan.formats.opened import Opened
from geoplan.formats.records import LayerSpec
from geoplan.formats.verdict import Verdict

MOST_SHARED = 0.1
"""Share of a sheet's shapes that may stand on another too: with more they are two versions of one list."""


def joined(parts: Sequence[Opened], sheets: Sequence[str], spec: LayerSpec) -> Opened | None:
    """The sheets as one layer, with a word; None where headings or systems differ, or where they share their shapes.

    Parameters
    ----------
    parts : sequence of Opened
        One a sheet.
    sheets : sequence of str
        Their names: a row is called by its sheet and number.
    spec : LayerSpec
    """
    first = parts[0]
    alike = all(
        list(p.columns) == list(first.columns)
        and p.repeated == first.repeated
        and p.crs == first.crs
        and p.assumed == first.assumed
        for p in parts
    )
    if not alike or _shared(parts):
        return None
    said = Verdict()
    told: set[int] = set()
    places: list[str] = []
    for part, sheet in zip(parts, sheets, strict=True):
        told |= {len(places) + i for i in part.told}
        places += [f"{sheet}!{place}" for place in part.places]
        said.add(part.said)
    facts: dict[str, str | int | float] = {"n": len(parts), "sheets": listed(sheets), "rows": len(places)}
    said.tell(Problem("layer.sheets_joined", spec.shown, facts))
    return Opened(
        columns={name: np.concatenate([p.columns[name] for p in parts]) for name in first.columns},
        shapes=np.concatenate([p.shapes for p in parts]),
        crs=first.crs,
        assumed=first.assumed,
        places=tuple(places),
        sha256=first.sha256,
        repeated=first.repeated,
        taken=first.taken,
        told=frozenset(told),
        said=said,
    )


def _shared(parts: Sequence[Opened]) -> bool:
    """True where a sheet has many of the shapes of another one."""
    shapes = [{s for s in shapely.to_wkb(p.shapes).tolist() if s is not None} for p in parts]
    return any(
        len(a & b) > MOST_SHARED * min(len(a), len(b)) for i, a in enumerate(shapes) for b in shapes[:i] if a and b
    )
