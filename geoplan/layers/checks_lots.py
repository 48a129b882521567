"""Attributes against the ground and against each other, by role: codes, hectares, and fields that contradict."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from types import MappingProxyType
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geoplan import codes
from geoplan.errors import Problem
from geoplan.formats.verdict import Verdict
from geoplan.layers import row_order
from geoplan.text.letters import same_name
from geoplan.text.personal import quotable

UNKNOWN_SHARE = 0.05
"""Share of a layer's hectares that may have an unknown or blank code before it is refused."""
DIFFERENCE_SHARE, DIFFERENCE_HA = 0.05, 0.1
"""Stated and measured hectares of a feature may differ by this (either) without a word."""
UNIT_RATIO = 2.0
"""Stated over measured hectares of a whole layer beyond this, up or down: another unit, or other shapes."""

SLIP_RATIO, SLIP_HA = 50.0, 0.5
"""Stated and measured hectares of one feature apart by this factor (and by so many hectares): square metres, or km²."""
DECLARED_RATIO = 1.5
"""A zone may be declared this much larger than it is, with a word; beyond it is another unit or another boundary."""
MOST_PEOPLE = 30
"""More people than this are no household."""
SAME_POINT = 3
"""So many households at one point have been put there by hand: the middle of the village, not their houses."""
MOST_CANOPY_YEARS = 30
"""Years to canopy closure beyond this are no count of years."""
FIRST_DAY = date(2000, 1, 1)
"""Plans and acceptances of conversion before this day are slips of the pen."""

_USES = frozenset({1, 2, 3, 4})
"""`malr3`: the three uses, and 4 for outside the plan in real files."""
_LISTS: Mapping[str, frozenset[int]] = MappingProxyType(
    {
        "mamdsd": frozenset(codes.listed("mamdsd")),
        "dtuong": frozenset(codes.listed("dtuong_frms3")),
        "lapdia": frozenset(codes.listed("lapdia")),
        "nggocr": frozenset({0, 1, 2, 3}),
        "thanhrung": frozenset({0, 1, 2}),
    }
)
"""Codes that a field may have. 0 stands for nothing where no figure is made by the code."""

STATED: Mapping[str, str] = MappingProxyType(
    {
        "forest_lots": "dtich",
        "parcels": "area_ha",
        "conversion_zones": "declared_ha",
        "communes": "area_official_ha",
    }
)
"""Field of a role that states hectares."""
DECIDING = frozenset({"forest_lots", "parcels"})
"""Roles whose stated hectares are those of the shape, so that they may decide what it is."""

Names = Sequence[str]
Rows = npt.NDArray[np.bool_]


def _lots(frame: gpd.GeoDataFrame, names: Names, where: str) -> Verdict:
    said = Verdict()
    _stated(frame, "dtich", names, where, said)
    _places(frame, names, where, said)
    hectares = frame["dtich"].fillna(frame["geom_ha"]).to_numpy(dtype=np.float64)
    written = frame["ldlr"]
    frame["ldlr"] = _spelled(written)
    known = codes.forest_types()["forest_class"].to_dict()
    classes = np.array([known.get(code, codes.UNKNOWN) for code in frame["ldlr"]], dtype=object)
    blank = frame["ldlr"].isna().to_numpy()
    unknown = (classes == codes.UNKNOWN) & ~blank
    values = _quoted(written, unknown)
    _share(said, "layer.ldlr_unknown", unknown, hectares, names, where, values)
    _share(said, "layer.ldlr_blank", blank, hectares, names, where, "")
    planted, young, natural = (
        classes == name for name in ("planted_forest", "planted_not_yet_forest", "natural_forest")
    )
    grown, origin = frame["thanhrung"], frame["nggocr"]
    against = {
        "thanhrung": (planted & _is(grown, 2)) | (young & _is(grown, 1)),
        "nggocr": (natural & _is(origin, 2)) | ((planted | young) & _is(origin, 1)),
    }
    for name, rows in against.items():
        if rows.any():
            facts: dict[str, str | int | float] = {
                "field": name,
                "n": int(rows.sum()),
                "ha": float(hectares[rows].sum()),
            }
            said.tell(Problem("layer.fields_contradict", where, facts, _named(names, rows)))
    _listed(frame, hectares, names, where, said)
    _canopy_years(frame, names, where, said)
    return said


def _listed(
    frame: gpd.GeoDataFrame, hectares: npt.NDArray[np.float64], names: Names, where: str, said: Verdict
) -> None:
    """Codes that no list has; a use that is blank though others are not and `nqh` does not say outside the plan."""
    unknown = _outside(frame["malr3"], _USES)
    if unknown.any():
        facts = _coded(frame["malr3"], unknown, hectares)
        said.tell(Problem("lots.use_unknown", where, facts, _named(names, unknown)))
    blank = frame["malr3"].isna().to_numpy() & ~_is(frame["nqh"], 0)
    if blank.any() and frame["malr3"].notna().any():
        counted: dict[str, str | int | float] = {"n": int(blank.sum()), "ha": float(hectares[blank].sum())}
        said.tell(Problem("lots.use_blank", where, counted, _named(names, blank)))
    for name, known in _LISTS.items():
        rows = _outside(frame[name], known)
        if rows.any():
            facts = {**_coded(frame[name], rows, hectares), "field": name, "known": _run(known)}
            said.tell(Problem("lots.code_unknown", where, facts, _named(names, rows)))


def _places(frame: gpd.GeoDataFrame, names: Names, where: str, said: Verdict) -> None:
    """One spelling for a place that is written in several: its most frequent one. Accents keep places apart."""
    written = frame["diadanh"]
    counts = written.value_counts()
    best: dict[str, str] = {}
    for name in sorted(counts.index, key=lambda n: (-int(counts[n]), n)):
        best.setdefault(same_name(name), name)
    spelled = written.map(lambda name: best[same_name(name)], na_action="ignore")
    rows = (written.notna() & (spelled != written)).to_numpy(dtype=bool)
    if rows.any():
        pairs = dict.fromkeys(f"{a} = {b}" for a, b in zip(written[rows], spelled[rows], strict=True))
        facts: dict[str, str | int | float] = {"n": int(rows.sum()), "values": ", ".join(list(pairs)[:5])}
        said.mend(Problem("lots.place_spelled", where, facts, _named(names, rows)))
        frame["diadanh"] = spelled


def _canopy_years(frame: gpd.GeoDataFrame, names: Names, where: str, said: Verdict) -> None:
    """Years to canopy closure that are none (a calendar year in the wrong column): told, and missing."""
    rows = ((frame["ktan"] < 0) | (frame["ktan"] > MOST_CANOPY_YEARS)).fillna(False).to_numpy(dtype=bool)
    if rows.any():
        values = ", ".join(map(str, sorted(set(frame["ktan"][rows]))[:5]))
        facts: dict[str, str | int | float] = {"n": int(rows.sum()), "values": values, "most": MOST_CANOPY_YEARS}
        said.tell(Problem("lots.canopy_years", where, facts, _named(names, rows)))
        frame.loc[rows, "ktan"] = pd.NA


def _communes(frame: gpd.GeoDataFrame, names: Names, where: str) -> Verdict:
    said = Verdict()
    official = frame["area_official_ha"].to_numpy(dtype=np.float64)
    ratio = official / frame["geom_ha"].to_numpy(dtype=np.float64)
    rows = np.isfinite(official) & ~((ratio < UNIT_RATIO) & (ratio > 1 / UNIT_RATIO))
    if rows.any():
        i = int(np.flatnonzero(rows)[0])
        facts: dict[str, str | int | float] = {
            "n": int(rows.sum()), "official_ha": float(official[i]), "geom_ha": float(frame["geom_ha"].iloc[i])
        }  # fmt: skip
        said.refuse(Problem("layer.official_area_off", where, facts, _named(names, rows)))
    return said


def _zones(frame: gpd.GeoDataFrame, names: Names, where: str) -> Verdict:
    said = Verdict()
    _stated(frame, "declared_ha", names, where, said)
    _declared_over(frame, names, where, said)
    _land_codes(frame, names, where, said)
    for field in ("planned_on", "accepted_on"):
        early = np.array([isinstance(day, date) and day < FIRST_DAY for day in frame[field]], dtype=bool)
        if early.any():
            values = ", ".join(f"{day:%d/%m/%Y}" for day in sorted(set(frame[field][early]))[:5])
            facts: dict[str, str | int | float] = {"field": field, "n": int(early.sum()), "values": values}
            said.tell(Problem("layer.date_early", where, facts, _named(names, early)))
    return said


def _declared_over(frame: gpd.GeoDataFrame, names: Names, where: str, said: Verdict) -> None:
    """Zones declared far beyond their shape are refused one by one: declared hectares count towards the plan."""
    stated = frame["declared_ha"].to_numpy(dtype=np.float64)
    measured = frame["geom_ha"].to_numpy(dtype=np.float64)
    over = (stated > DECLARED_RATIO * measured) & (stated - measured > DIFFERENCE_HA)
    if not over.any():
        return
    zones = "; ".join(f"{names[i]}: {stated[i]:g} / {measured[i]:.2f} ha" for i in np.flatnonzero(over).tolist()[:5])
    facts: dict[str, str | int | float] = {
        "n": int(over.sum()),
        "zones": zones,
        "stated_ha": float(stated[over].sum()),
        "measured_ha": float(measured[over].sum()),
    }
    said.refuse(Problem("layer.declared_over", where, facts, _named(names, over)))


def _parcels(frame: gpd.GeoDataFrame, names: Names, where: str) -> Verdict:
    said = Verdict()
    _stated(frame, "area_ha", names, where, said)
    _land_codes(frame, names, where, said)
    return said


def _households(frame: gpd.GeoDataFrame, names: Names, where: str) -> Verdict:
    said = Verdict()
    _negative(frame["people"], names, where, said)
    crowded = (frame["people"] > MOST_PEOPLE).fillna(False).to_numpy(dtype=bool)
    if crowded.any():
        facts: dict[str, str | int | float] = {"n": int(crowded.sum()), "most": int(frame["people"].max())}
        said.tell(Problem("layer.people_many", where, facts, _named(names, crowded)))
    at = pd.Series(shapely.to_wkb(np.asarray(frame.geometry.array, dtype=object)))
    together = at.groupby(at).transform("size").to_numpy() >= SAME_POINT
    if together.any():
        counts: dict[str, str | int | float] = {"n": int(together.sum()), "most": int(at.value_counts().max())}
        said.tell(Problem("layer.points_same", where, counts, _named(names, together)))
    return said


def _sites(frame: gpd.GeoDataFrame, names: Names, where: str) -> Verdict:
    said = Verdict()
    _negative(frame["capacity_households"], names, where, said)
    return said


def _stated(frame: gpd.GeoDataFrame, field: str, names: Names, where: str, said: Verdict) -> None:
    """Hectares that the table states, against those of the shapes. A declared zone may be any part of its shape."""
    _negative(frame[field], names, where, said)
    stated = frame[field].to_numpy(dtype=np.float64)
    measured = frame["geom_ha"].to_numpy(dtype=np.float64)
    known = np.isfinite(stated)
    zero = known & (field != "declared_ha") & (stated == 0) & (measured > DIFFERENCE_HA)
    if zero.any():
        facts: dict[str, str | int | float] = {"field": field, "n": int(zero.sum()), "ha": float(measured[zero].sum())}
        said.refuse(Problem("layer.area_zero", where, facts, _named(names, zero)))
    if not known.any() or stated[known].min() < 0 or stated[known].sum() <= 0:
        return
    total: dict[str, str | int | float] = {
        "field": field,
        "stated_ha": float(stated[known].sum()),
        "measured_ha": float(measured[known].sum()),
    }
    ratio = stated[known].sum() / measured[known].sum()
    if field != "declared_ha" and not 1 / UNIT_RATIO < ratio < UNIT_RATIO:
        said.refuse(Problem("layer.area_off", where, total))
        return
    if field != "declared_ha":
        said.tell(row_order.astray(field, stated, measured, where))
    gap = np.abs(stated - measured)
    slip = known & (stated > 0) & (field != "declared_ha") & (gap > SLIP_HA)
    slip &= (stated > SLIP_RATIO * measured) | (SLIP_RATIO * stated < measured)
    if slip.any():
        facts = {"field": field, "n": int(slip.sum()), "lots": _against(stated, measured, slip, names)}
        said.refuse(Problem("layer.area_unit_slip", where, facts, _named(names, slip)))
    differ = known & ~slip & (gap > DIFFERENCE_SHARE * measured) & (gap > DIFFERENCE_HA)
    if differ.any():
        facts = {**total, "n": int(differ.sum()), "difference_ha": float(gap[differ].sum())}
        facts["lots"] = _against(stated, measured, differ, names)
        said.tell(Problem("layer.area_differs", where, facts, _named(names, differ)))


def _against(stated: npt.NDArray[np.float64], measured: npt.NDArray[np.float64], rows: Rows, names: Names) -> str:
    """The widest apart first: name, stated and measured hectares."""
    order = np.flatnonzero(rows)[np.argsort(-np.abs(stated - measured)[rows], kind="stable")].tolist()
    return "; ".join(f"{names[i]}: {stated[i]:g} / {measured[i]:.2f}" for i in order[:5])


def _negative(column: pd.Series, names: Names, where: str, said: Verdict) -> None:
    rows = (column < 0).fillna(False).to_numpy(dtype=bool)
    if rows.any():
        values = ", ".join(quotable(f"{v:.12g}") for v in column[rows].head(5))
        facts: dict[str, str | int | float] = {"field": str(column.name), "n": int(rows.sum()), "values": values}
        said.refuse(Problem("layer.negative", where, facts, _named(names, rows)))


def _land_codes(frame: gpd.GeoDataFrame, names: Names, where: str, said: Verdict) -> None:
    """Land codes in the table's spelling; unknown ones are told with their hectares."""
    written = frame["land_code"]
    frame["land_code"] = _spelled(written)
    rows = (frame["land_code"].notna() & ~frame["land_code"].isin(codes.land_codes().index)).to_numpy()
    if rows.any():
        facts: dict[str, str | int | float] = {
            "n": int(rows.sum()),
            "ha": float(frame["geom_ha"][rows].sum()),
            "values": _quoted(written, rows),
        }
        said.tell(Problem("layer.land_code_unknown", where, facts, _named(names, rows)))


def _quoted(written: pd.Series, rows: Rows) -> str:
    """Codes as the file writes them, without persons."""
    return ", ".join(sorted({quotable(str(cell))[:40] for cell in written[rows]})[:8])


def _spelled(column: pd.Series) -> pd.Series:
    written = np.empty(len(column), dtype=object)
    written[:] = [codes.spelled(code) for code in column]
    return pd.Series(written, index=column.index, dtype=object)


def _share(
    said: Verdict, key: str, rows: Rows, hectares: npt.NDArray[np.float64], names: Names, where: str, values: str
) -> None:
    if not rows.any():
        return
    ha, total = float(hectares[rows].sum()), float(hectares.sum())
    share = ha / total if total > 0 else 1.0
    facts: dict[str, str | int | float] = {"n": int(rows.sum()), "ha": ha, "share_pct": 100 * share, "values": values}
    if share > UNKNOWN_SHARE:
        said.refuse(Problem(f"{key}_many", where, {**facts, "most_pct": 100 * UNKNOWN_SHARE}, _named(names, rows)))
    else:
        said.tell(Problem(key, where, facts, _named(names, rows)))


def _outside(column: pd.Series, known: frozenset[int]) -> Rows:
    """Rows with a code that is none of the known ones; blank is no code."""
    return np.asarray(column.notna() & ~column.isin(list(known)), dtype=bool)


def _coded(column: pd.Series, rows: Rows, hectares: npt.NDArray[np.float64]) -> dict[str, str | int | float]:
    values = ", ".join(quotable(str(code)) for code in sorted(set(column[rows]))[:8])
    return {"n": int(rows.sum()), "ha": float(hectares[rows].sum()), "values": values}


def _run(known: frozenset[int]) -> str:
    """``1–12``: the codes of a list without gaps, 0 aside."""
    return f"{min(known - {0})}–{max(known)}"


def _is(column: pd.Series, value: int) -> Any:
    return (column == value).fillna(False).to_numpy(dtype=bool)


def _named(names: Names, rows: Any) -> tuple[str, ...]:
    return tuple(names[i] for i in np.flatnonzero(rows).tolist())


Check = Callable[[gpd.GeoDataFrame, Names, str], Verdict]
CHECKS: Mapping[str, Check] = MappingProxyType(
    {
        "forest_lots": _lots,
        "communes": _communes,
        "conversion_zones": _zones,
        "parcels": _parcels,
        "households": _households,
        "sites": _sites,
    }
)
"""Check of a role over its frame in the project's CRS, with ``geom_ha``; codes get the tables' spelling in place."""
