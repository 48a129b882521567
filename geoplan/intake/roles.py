"""What a file is, where nobody has said so: by the fields that its columns are, never by a guess between two."""

from collections.abc import Iterable

import numpy as np
import shapely

from geoplan.formats import Opened
from geoplan.layers import SCHEMAS, columns
from geoplan.layers.schemas import Schema, Shape
from geoplan.text.letters import column_key

FEWEST = 2
"""A role of which fewer fields are found is no suggestion."""

_TYPES = {Shape.POLYGON: (3, 6), Shape.POINT: (0, 4), Shape.LINE: (1, 2, 5)}


def suggested(opened: Opened, where: str) -> tuple[str, ...]:
    """Roles whose required fields are all there and whose geometry fits; those with the most fields.

    One role is a suggestion, several are a question, none is no answer.
    """
    found: dict[str, int] = {}
    kinds = set(shapely.get_type_id(opened.shapes).tolist()) - {-1}
    for role, schema in SCHEMAS.items():
        if not kinds & {t for shape in schema.shapes for t in _TYPES[shape]}:
            continue
        picks = columns.choose(schema, list(opened.columns), {}, where, cut=opened.cut)
        required = [f for f in schema.fields if f.required]
        if required and not picks.said.errors and len(picks.by_field) >= FEWEST:
            found[role] = len(picks.by_field)
    best = max(found.values(), default=0)
    return tuple(role for role, count in found.items() if count == best)


def private_columns(names: Iterable[str], schemas: Iterable[Schema] = tuple(SCHEMAS.values())) -> frozenset[str]:
    """Columns that some role keeps private, whatever the role of this file: names, telephones, numbers of persons."""
    keys = {
        column_key(n) for s in schemas for f in s.fields if f.private for n in (f.name, *(a.name for a in f.aliases))
    }
    return frozenset(name for name in names if column_key(name) in keys)


def shape_kinds(shapes: "np.ndarray[tuple[int], np.dtype[np.object_]]") -> dict[str, int]:
    """How many shapes of each kind there are: ``polygon``, ``point``, ``line``, ``other``, ``none``."""
    kinds = shapely.get_type_id(shapes)
    found = {str(shape): int(np.isin(kinds, types).sum()) for shape, types in _TYPES.items()}
    found["other"] = int((kinds == 7).sum())
    found["none"] = int((kinds == -1).sum())
    return {kind: n for kind, n in found.items() if n}
