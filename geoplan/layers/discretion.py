"""Telephones and numbers of identity papers that stand in public columns: told, and never shown whole in a result."""

from collections.abc import Sequence

import pandas as pd

from geoplan.errors import Problem
from geoplan.formats.verdict import Verdict
from geoplan.layers.kinds import Field, Kind
from geoplan.text.personal import shortened


def shorten(f: Field, values: pd.Series, where: str, names: Sequence[str], *, keep: bool) -> tuple[pd.Series, Verdict]:
    """Values of a public text with such numbers cut to their ends, and the word about it. A key stays: others join it.

    Parameters
    ----------
    f : Field
    values : Series of str
    where : str
        File, for the messages.
    names : sequence of str
        Names of the rows, for the messages.
    keep : bool
        True for a copy that stays in the office: told, and left as it is.
    """
    said = Verdict()
    if f.private or f.kind not in (Kind.TEXT, Kind.KEY):
        return values, said
    short = values.map(shortened, na_action="ignore")
    rows = (values.notna() & (short != values)).to_numpy(dtype=bool)
    if not rows.any():
        return values, said
    facts: dict[str, str | int | float] = {"n": int(rows.sum()), "field": f.name, "meaning": f.meaning}
    concerned = tuple(name for name, row in zip(names, rows, strict=True) if row)
    if f.kind is Kind.KEY:
        said.tell(Problem("layer.personal_key", where, facts, concerned))
        return values, said
    (said.tell if keep else said.mend)(Problem("layer.personal_shortened", where, facts, concerned))
    return (values if keep else short.astype(object)), said
