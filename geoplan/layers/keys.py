"""Names of features: the key of the role, unique and never blank, or a refusal that says which column to name."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from geoplan.errors import Problem
from geoplan.formats.opened import Cells, Opened
from geoplan.formats.verdict import Verdict
from geoplan.layers.columns import Pick, Picks
from geoplan.layers.schemas import Schema
from geoplan.text.letters import nfc
from geoplan.text.personal import is_personal

_PARTS = ("maxa", "tk", "khoanh", "lo")


def names(role: Schema, opened: Opened, picks: Picks) -> list[str]:
    """Names for messages: the cell of the key where it is one of its own and no telephone, else the place."""
    pick = picks.by_field.get(role.key) or (picks.by_field.get("id") if role.role == "forest_lots" else None)
    if pick is None:
        return list(opened.places)
    cells = [
        nfc(c if isinstance(c, str) else f"{c:g}" if isinstance(c, float) else str(c)) if c is not None else ""
        for c in opened.columns[pick.column]
    ]
    counted = pd.Series(cells, dtype=object).value_counts()
    return [
        c if c and counted[c] == 1 and not is_personal(c) else place
        for c, place in zip(cells, opened.places, strict=True)
    ]


def key_column(
    role: Schema, table: pd.DataFrame, opened: Opened, picks: Picks, where: str
) -> tuple[pd.Series | None, Verdict]:
    """The key of every feature, or None with the reason among the errors (or where the role has no key).

    Lots: the column named for `lot_id`, else `id` unless it is all blank or zero, else ``maxa/tk/khoanh/lo``.
    """
    said = Verdict()
    if not role.key:
        return None, said
    if role.role == "forest_lots" and role.key not in picks.by_field:
        return _lot_ids(table, opened, picks, where, said), said
    found = table[role.key].copy()
    if role.role == "draft_zones":
        blank = found.isna().to_numpy()
        found[blank] = np.array([p.lstrip("#") for p in opened.places], dtype=object)[blank]
    missing = found.isna().to_numpy()
    column = picks.by_field[role.key].column if role.key in picks.by_field else role.key
    if missing.any() and not role.by_name[role.key].required:
        facts: dict[str, str | int | float] = {
            "field": role.key,
            "meaning": "",
            "n": int(missing.sum()),
            "values": "",
            "known": "",
        }
        said.refuse(Problem("layer.value_missing", where, facts, _at(opened.places, missing)))
    said.refuse(_repeated(found, opened, where, role.key, column))
    return (None if missing.any() or said.errors else found), said


def filled(cells: Cells, backup: Cells, pick: Pick, where: str, rows: Sequence[str]) -> tuple[Cells, list[Problem]]:
    """Cells with blanks filled from a second column, and the word about it."""
    blank = np.array([c is None or (isinstance(c, str) and not nfc(c)) for c in cells], dtype=bool)
    if not blank.any():
        return cells, []
    found = np.where(blank, backup, cells)
    facts: dict[str, str | int | float] = {"n": int(blank.sum()), "column": pick.column, "backup": pick.backup}
    return found, [Problem("layer.name_filled", where, facts, _at(rows, blank))]


def _lot_ids(table: pd.DataFrame, opened: Opened, picks: Picks, where: str, said: Verdict) -> pd.Series | None:
    ids = table["id"]
    if not ids.isin(["0", "0.0"]).where(ids.notna(), True).all():
        missing = ids.isna().to_numpy()
        if missing.any():
            said.refuse(Problem("layer.lot_id_blank", where, {"n": int(missing.sum())}, _at(opened.places, missing)))
        said.refuse(_repeated(ids, opened, where, "lot_id", picks.by_field["id"].column))
        return None if said.errors else ids
    absent = [p for p in _PARTS[1:] if p not in picks.by_field]
    if absent:
        said.refuse(Problem("layer.lot_id_absent", where, {"absent": ", ".join(absent)}))
        return None
    parts = [p for p in _PARTS if p in picks.by_field]
    blank = table[parts].isna().any(axis=1).to_numpy()
    if blank.any():
        said.refuse(Problem("layer.lot_id_blank", where, {"n": int(blank.sum())}, _at(opened.places, blank)))
        return None
    made = table[parts].agg("/".join, axis=1).astype(object)
    said.refuse(_repeated(made, opened, where, "lot_id", "/".join(parts)))
    return None if said.errors else made


def _repeated(found: pd.Series, opened: Opened, where: str, key: str, column: str) -> list[Problem]:
    twice = (found.duplicated(keep=False) & found.notna()).to_numpy()
    if not twice.any():
        return []
    values = list(dict.fromkeys(str(v) for v in found[twice]))
    facts: dict[str, str | int | float] = {
        "n": int(twice.sum()),
        "field": key,
        "column": column,
        "values": ", ".join(values[:5]),
        "columns": ", ".join(list(opened.columns)[:40]),
    }
    rows = np.flatnonzero(twice)
    return [
        Problem(
            "layer.key_repeated", where, facts, tuple(f"{found.iloc[i]} ({opened.places[i]})" for i in rows.tolist())
        )
    ]


def _at(rows: Sequence[str], where: np.ndarray) -> tuple[str, ...]:
    return tuple(rows[i] for i in np.flatnonzero(where).tolist())
