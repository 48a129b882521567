"""Statutory code tables, one CSV each beside this file, and what to do with a code that none of them has.

``forest_types.csv``
    The text code `ldlr` decides, never the number `maldlr`: three numberings of it exist. Rows of ``frms_93`` (the
    FRMS list of 93) and of ``tt16_2023`` (Circular 16/2023/TT-BNNPTNT, annex I, 55 codes); aliases seen in files. A
    text code of both lists has the same class in both.
``frms_lists.csv``
    Site (`lapdia`), use (`malr3`), sub-use (`mamdsd`), and owner (`dtuong`) in its two sets, FRMS 3.0 and 4.0.
``land_codes.csv``
    Land codes of Circular 08/2024/TT-BTNMT and the older sets with what they are now.
``bieu1_rows.csv``, ``bieu1_columns.csv``
    Rows and columns of the FRMS table "Biểu 1"; row 0000 keeps the circular's identity 0000 = 1100 + 2010.
``communes_2025.csv``
    The 92 communes of Thái Nguyên since 1 July 2025: code, name, and a point well inside (WGS 84, a hundredth of a
    degree), taken from their published boundaries.
"""

import csv
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from types import MappingProxyType

import pandas as pd

from geoplan.errors import InputError, Problem

FOREST_CLASSES = ("natural_forest", "planted_forest", "planted_not_yet_forest", "regeneration", "non_forest")
"""Classes of `forest_types`. The first two count for statutory cover; `unknown` stands for a code that no table has."""

COUNTS_FOR_COVER = ("natural_forest", "planted_forest")
UNKNOWN = "unknown"


@cache
def table(name: str) -> tuple[Mapping[str, str], ...]:
    """Rows of one CSV of this folder, values as text.

    Parameters
    ----------
    name : str
        Without its ending: ``forest_types``, ``land_codes``, ``communes_2025``.
    """
    text = files(__name__).joinpath(f"{name}.csv").read_text(encoding="utf-8")
    return tuple(MappingProxyType(row) for row in csv.DictReader(text.splitlines()))


@cache
def forest_types() -> pd.DataFrame:
    """Forest types indexed by `ldlr`: ``forest_class``, ``lapdia``, ``stock_class``, ``colour``, names."""
    return _indexed("forest_types", "ldlr")


@cache
def land_codes() -> pd.DataFrame:
    """Land codes indexed by ``land_code``: ``land_group``, ``now`` (today's code of an old one), name."""
    return _indexed("land_codes", "land_code")


def _indexed(name: str, key: str) -> pd.DataFrame:
    frame = pd.DataFrame([dict(row) for row in table(name)], dtype=object).set_index(key)
    if not frame.index.is_unique:
        raise ValueError(f"{name}.csv has a {key} twice")
    return frame


def listed(name: str) -> Mapping[int, Mapping[str, str]]:
    """One list of ``frms_lists``: code to its row (``name_vi``, ``name_en``)."""
    return {int(row["code"]): row for row in table("frms_lists") if row["list"] == name}


def owner_name(owner_class: str, lang: str) -> str | None:
    """Name of a kind of owner, ``frms4.4`` by its list; None where the list is not known or has no such code."""
    kind, _, code = owner_class.partition(".")
    row = listed(f"dtuong_{kind}").get(int(code)) if code.isdecimal() else None
    return None if row is None else row[f"name_{lang}"]


def spelled(code: object) -> str | None:
    """A text code as the tables write it (`txg ` is ``TXG``); None for blank."""
    if code is None or pd.isna(code):  # type: ignore[call-overload]  # a scalar of any kind comes out of a column
        return None
    return "".join(str(code).split()).upper() or None


def forest_class(ldlr: Sequence[str | None] | pd.Series) -> pd.Series:
    """Class of each text code, `UNKNOWN` for blank codes and codes that no table has.

    Parameters
    ----------
    ldlr : Series of text
        Codes in any case.

    Returns
    -------
    Series of text, same index: one of `FOREST_CLASSES` or `UNKNOWN`.
    """
    classes = forest_types()["forest_class"].to_dict()
    codes = pd.Series(ldlr, dtype=object)
    found = [classes.get(spelled(code), UNKNOWN) for code in codes]
    return pd.Series(found, index=codes.index, dtype=object)


def current_land_code(code: object) -> str | None:
    """Today's land code (Circular 08/2024) of an old or new one; None where no table has it.

    Examples
    --------
    >>> current_land_code("NHK"), current_land_code("LUN"), current_land_code("XYZ")
    ('HNK', 'LUK', None)
    """
    written = spelled(code)
    if written is None or written not in land_codes().index:
        return None
    return str(land_codes().at[written, "now"]) or ("HNK" if written in {"BHK", "NHK"} else written)


def require(name: str, code: int, *, where: str) -> Mapping[str, str]:
    """Row of a code in one list of ``frms_lists``.

    Raises
    ------
    InputError
        ``codes.unknown`` naming the list and its codes.
    """
    rows = listed(name)
    if code not in rows:
        facts = {"code": str(code), "list": name, "known": ", ".join(map(str, rows))}
        raise InputError(Problem("codes.unknown", where, facts))
    return rows[code]
