"""Statutory forms as tables: which lots go into which row and column.

Form 04 follows Circular 16/2023/TT-BNNPTNT, annex IV (its column sums are printed there: 4 = 5 + 6 + 7 = 8 + 12, 8 =
9 + 10 + 11, 13 = (5 + 6) x 100 / 3). The bodies of forms 02 and 03 are not at hand, so they have the rows and columns
of the FRMS table "Biểu 1" and say so in their heading.

Every function takes `lots`: one row a lot and unit, with ``forest_class``, ``lapdia``, ``malr3``, ``mamdsd``,
``dtuong``, ``tk`` and ``ha`` (statutory hectares inside the unit). Hectares that a code leaves without a column stay
in the total and are returned by `unplaced`, so that nobody takes a gap for a zero.
"""

import math

import numpy as np
import pandas as pd

from geoplan import codes
from geoplan.errors import Problem

OUTSIDE_PLAN = 4
"""`malr3` of lots outside the plan in real files; a blank one is outside too, and is told where the lot is forest."""

PLANNED_USES = {2: "special_use_ha", 1: "protection_ha", 3: "production_ha"}
FORM_04_COLUMNS = (
    "land_official_ha",
    "total_ha",
    "natural_ha",
    "planted_ha",
    "young_ha",
    "planned_ha",
    "special_use_ha",
    "protection_ha",
    "production_ha",
    "outside_ha",
    "cover_pct",
)
"""Columns 3 to 13 of form 04, in order."""

_CLASSES_04 = {"natural_forest": "natural_ha", "planted_forest": "planted_ha", "planted_not_yet_forest": "young_ha"}


def form_04(lots: pd.DataFrame, land_official_ha: float) -> pd.DataFrame:
    """Forest cover of one unit, then one row a compartment (tiểu khu), which by the form has no percentage.

    Returns
    -------
    DataFrame
        ``row`` (empty for the unit, else the compartment), then `FORM_04_COLUMNS`.
    """
    counted = lots[lots["forest_class"].isin(_CLASSES_04)]
    compartments = counted["tk"].fillna("")
    rows = [{"row": "", **_cover_row(counted, land_official_ha)}]
    rows += [
        {"row": tk or "?", **_cover_row(counted[compartments == tk], math.nan)}
        for tk in sorted(compartments.unique(), key=_order)
    ]
    return pd.DataFrame(rows, columns=["row", *FORM_04_COLUMNS])


def _order(compartment: str) -> tuple[int, str]:
    digits = "".join(c for c in compartment if c.isdigit())
    return (int(digits) if digits else 0, compartment)


def _cover_row(lots: pd.DataFrame, land_official_ha: float) -> dict[str, float]:
    row = {name: float(lots.loc[lots["forest_class"] == kind, "ha"].sum()) for kind, name in _CLASSES_04.items()}
    for code, name in PLANNED_USES.items():
        row[name] = float(lots.loc[lots["malr3"] == code, "ha"].sum())
    row["planned_ha"] = sum(row[name] for name in PLANNED_USES.values())
    row["total_ha"] = float(lots["ha"].sum())
    row["outside_ha"] = row["total_ha"] - row["planned_ha"]
    row["land_official_ha"] = land_official_ha
    row["cover_pct"] = (
        100.0 * (row["natural_ha"] + row["planted_ha"]) / land_official_ha if land_official_ha > 0 else math.nan
    )
    return row


def form_02(lots: pd.DataFrame) -> pd.DataFrame:
    """Forest and not-yet-forest by use: rows of Biểu 1 by its columns 3 to 16.

    Returns
    -------
    DataFrame
        ``row_code``, ``row_label`` (Vietnamese, of the form), then ``c3`` to ``c16`` in hectares.
    """
    columns = {f"c{row['column']}": _in_column(lots, row) for row in codes.table("bieu1_columns")}
    return _by_rows(lots, columns)


def form_03(lots: pd.DataFrame) -> pd.DataFrame:
    """The same rows by owner: ``total``, one column ``owner_<code>`` for each `dtuong` present, ``owner_unknown``."""
    owner = lots["dtuong"]
    present = sorted(int(code) for code in owner.dropna().unique())
    columns = {"total": np.ones(len(lots), dtype=bool)}
    columns |= {f"owner_{code}": (owner == code).fillna(value=False).to_numpy(dtype=bool) for code in present}
    columns["owner_unknown"] = owner.isna().to_numpy(dtype=bool)
    return _by_rows(lots, columns)


def with_zero_owners(form: pd.DataFrame) -> pd.DataFrame:
    """Form 03 of several communes: an owner that a commune does not have has 0 ha there, not a blank."""
    owners = [name for name in form.columns if name.startswith("owner_")]
    return form.assign(**{name: form[name].fillna(0.0) for name in owners})


def unplaced(lots: pd.DataFrame) -> dict[str, float]:
    """Hectares of forest that Biểu 1 cannot place: ``lapdia``, or inside the plan ``mamdsd``, blank or not listed."""
    forest = lots["forest_class"].isin(_CLASSES_04)
    site = forest & ~lots["lapdia"].isin(list(codes.listed("lapdia")))
    planned = forest & lots["malr3"].isin([1, 2])
    matching = pd.Series(data=False, index=lots.index)
    for code, row in codes.listed("mamdsd").items():
        matching |= (lots["mamdsd"] == code) & (lots["malr3"] == int(row["malr3"]))
    return {
        "malr3": float(lots.loc[forest & ~lots["malr3"].isin([*PLANNED_USES, OUTSIDE_PLAN]), "ha"].sum()),
        "lapdia": float(lots.loc[site, "ha"].sum()),
        "mamdsd": float(lots.loc[planned & ~matching.fillna(value=False).astype(bool), "ha"].sum()),
    }


def _by_rows(lots: pd.DataFrame, columns: dict[str, np.ndarray]) -> pd.DataFrame:
    ha = lots["ha"].to_numpy(dtype=float)
    rows = []
    for row in codes.table("bieu1_rows"):
        chosen = lots["forest_class"].isin(row["classes"].split()).to_numpy(dtype=bool)
        if row["lapdia"]:
            chosen = chosen & lots["lapdia"].isin([int(code) for code in row["lapdia"].split()]).to_numpy(dtype=bool)
        sums = {name: float(ha[chosen & inside].sum()) for name, inside in columns.items()}
        rows.append({"row_code": row["row_code"], "row_label": row["label_vi"], **sums})
    return pd.DataFrame(rows)


def _in_column(lots: pd.DataFrame, column: object) -> np.ndarray:
    rule = dict(column)  # type: ignore[call-overload]  # a row of the table: a mapping of text
    inside = np.ones(len(lots), dtype=bool)
    if rule["plan"]:
        planned = lots["malr3"].isin(list(PLANNED_USES)).to_numpy(dtype=bool)
        inside = inside & (planned if rule["plan"] == "in" else ~planned)
    for name in ("malr3", "mamdsd"):
        if rule[name]:
            inside = inside & (lots[name] == int(rule[name])).fillna(value=False).to_numpy(dtype=bool)
    return inside


def of_communes(units: pd.DataFrame, inside: pd.DataFrame) -> tuple[dict[str, pd.DataFrame], list[Problem]]:
    """Forms 02, 03 and 04 of every commune by name, and hectares that a code leaves without a column.

    Parameters
    ----------
    units : DataFrame
        ``unit_code name level area_official_ha``.
    inside : DataFrame
        Lots as every function here takes them, with ``right``: position of their unit.
    """
    made: dict[str, list[pd.DataFrame]] = {"form_02": [], "form_03": [], "form_04": []}
    notes = []
    for i, unit in enumerate(units.itertuples()):
        if unit.level != "commune":
            continue
        lots = inside[inside["right"] == i]
        tables = form_02(lots), form_03(lots), form_04(lots, float(unit.area_official_ha))  # type: ignore[arg-type]
        for name, form in zip(made, tables, strict=True):
            form.insert(0, "unit_code", str(unit.unit_code))
            made[name].append(form)
        for field, ha in unplaced(lots).items():
            if ha > 0:
                facts: dict[str, str | int | float] = {"unit": str(unit.name), "field": field, "area_ha": ha}
                notes.append(Problem("forest_cover.form_unplaced", "forest_lots", facts))
    return {name: with_zero_owners(pd.concat(parts, ignore_index=True)) for name, parts in made.items()}, notes
