"""Commune codes on forest lots: which are old codes of the commune the lot lies in, and which nothing explains.

A lot file of 2026 often still has `maxa` of 2024 or of 2016. Such a code is no error: its old commune went into the
commune of today. An error is a code of another commune, or one that no commune ever had here.
"""

import pandas as pd

from geoplan.errors import Problem
from geoplan.lineage import reviewed
from geoplan.lineage.crosswalk import Lineage
from geoplan.lineage.reviewed import PART

VERDICTS = ("own", "merged", "part", "earlier", "undecided", "elsewhere", "unknown", "blank")
"""``own``: the commune's code, which one of its old communes had too. ``merged``: an old commune that went into it.
``part``: an old commune of which a part went into it. ``earlier``: a code given up before 2025 whose commune went into
it. ``undecided``: one whose commune was divided by a line that nobody has drawn. ``elsewhere``: a code of another
commune. ``unknown``: a code that no commune of the crosswalk had. ``blank``: none."""

_OLD = ("merged", "part", "earlier", "undecided")
_DOUBTFUL = ("part", "undecided")


def explain_codes(
    codes: pd.Series, unit_codes: pd.Series, lineage: Lineage, *, where: str
) -> tuple[pd.DataFrame, tuple[Problem, ...]]:
    """Verdict on the code of every lot, beside the commune that the lot lies in by geometry.

    Parameters
    ----------
    codes : Series of text
        `maxa` (five digits), None where blank.
    unit_codes : Series of text
        New commune of each lot, decided by `overlays.shares`; same length and order. None for a lot outside all.
    where : str
        The lots' file.

    Returns
    -------
    DataFrame
        ``code``, ``unit_code``, ``verdict`` (one of `VERDICTS`), with the index of `codes`.
    tuple of Problem
        ``lineage.lots_old_codes`` (explained; codes with their old names and lots) and ``lineage.lots_unexplained``.

    Notes
    -----
    ``own`` stays ambiguous: 01879 on a lot of Cao Minh may be Cổ Linh of 2024. Both lie in Cao Minh, so no figure by
    new commune is wrong. ``part`` is the one doubtful explanation: 05467 in Tích Lương may be Cam Giá of 2024, part of
    which went there, or a wrong Gia Sàng of 2025.
    """
    pairs = pd.DataFrame({"code": codes.to_numpy(dtype=object), "unit_code": unit_codes.to_numpy(dtype=object)})
    pairs = pairs.astype(object).where(pairs.notna(), None)
    known: dict[tuple[str | None, str | None], str] = {}
    for code, unit in dict.fromkeys(zip(pairs["code"], pairs["unit_code"], strict=True)):
        known[code, unit] = _verdict(code, unit, lineage)
    verdicts = [known[pair] for pair in zip(pairs["code"], pairs["unit_code"], strict=True)]
    table = pairs.assign(verdict=verdicts).set_axis(codes.index)
    return table, tuple(_told(table, lineage, where))


def _verdict(code: str | None, unit: str | None, lineage: Lineage) -> str:
    if code is None:
        return "blank"
    if code == unit:
        return "own"
    return _old_verdict(code, unit, lineage)


def _old_verdict(code: str, unit: str | None, lineage: Lineage) -> str:
    """Verdict on a code that is not the commune's own."""
    old = dict(lineage.before(unit)) if unit is not None and unit in lineage.new_names else {}
    if code in old:
        return "part" if old[code] == PART else "merged"
    change = reviewed.by_code().get(code)
    if change is not None and unit in {end for end, _ in lineage.reached(change.receivers)}:
        return "earlier" if change.decided else "undecided"
    known = code in lineage.old_names or code in lineage.new_names or change is not None
    return "elsewhere" if known else "unknown"


def _told(table: pd.DataFrame, lineage: Lineage, where: str) -> list[Problem]:
    said = []
    old = table[table["verdict"].isin(_OLD)]
    if len(old):
        facts: dict[str, str | int | float] = {"n": len(old), "doubtful_n": int(old["verdict"].isin(_DOUBTFUL).sum())}
        said.append(Problem("lineage.lots_old_codes", where, facts, _counted(old, lineage)))
    wrong = table[table["verdict"].isin(("elsewhere", "unknown"))]
    if len(wrong):
        facts = {"n": len(wrong), "unknown_n": int((wrong["verdict"] == "unknown").sum())}
        said.append(Problem("lineage.lots_unexplained", where, facts, _counted(wrong, lineage)))
    return said


def _counted(table: pd.DataFrame, lineage: Lineage) -> tuple[str, ...]:
    """Codes with their old names and how many lots have them, most first: ``01867 Xã Công Bằng (120)``."""
    counts = table["code"].value_counts(sort=False)
    order = sorted(counts.items(), key=lambda item: (-int(item[1]), str(item[0])))
    return tuple(f"{_named(str(code), lineage)} ({n})" for code, n in order)


def _named(code: str, lineage: Lineage) -> str:
    change = reviewed.by_code().get(code)
    name = lineage.old_names.get(code) or (change.name if change is not None else "")
    return f"{code} {name}".strip()
