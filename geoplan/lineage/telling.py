"""What a project must be told about its communes' lineage, as problems."""

from collections.abc import Sequence

import geopandas as gpd
import pandas as pd

from geoplan import overlays
from geoplan.errors import Problem
from geoplan.lineage.crosswalk import Lineage
from geoplan.lineage.ground import mismatch, part_shares, uncertain
from geoplan.lineage.outlines import Outlines, called
from geoplan.lineage.reviewed import PART, WHOLE
from geoplan.text.letters import nfc, same_name

TOLERANCE = 0.005
"""A commune whose ground differs from that of its old outlines by more than this share is told."""

SINGLY = 12
"""Up to so many communes each have a sentence of their own; more share one."""

MOST = 0.5
"""An outline with more than this share of its ground in a commune that it was not given to contradicts its name."""

STRAYING = 0.1
"""An outline with more than this share of its ground outside the commune that received it whole is told."""

STATED_TOLERANCE = 0.1
"""Old figures that differ by more than this share are told."""

_KINDS = ("xã ", "phường ", "thị trấn ", "đặc khu ")


def tell(
    lineage: Lineage, communes: gpd.GeoDataFrame, outlines: Outlines | None = None, *, where: str
) -> tuple[Problem, ...]:
    """All that must be said: codes used again, divided communes, and with outlines their match and their hectares.

    Parameters
    ----------
    communes : GeoDataFrame
        New communes of the project: ``unit_code``, ``name``, polygon; ``area_official_ha`` where known.
    outlines : Outlines, optional
        Of the same CRS.
    where : str
        The communes' file.
    """
    said = [*_unknown(lineage, communes, where), *_reused(lineage, communes), *_divided(lineage, communes)]
    if outlines is not None:
        outlines = _near(communes, outlines)
        said += [*outlines.warnings, *_matched(lineage, communes, outlines), *_contradicted(communes, outlines)]
        said += _straying(communes, outlines)
        said += [*_figures(lineage, outlines), *_overlapping(outlines)]
        said += _shares(communes, outlines)
        said += _moved(mismatch(communes, outlines), outlines.where)
    return tuple(said)


def _near(communes: gpd.GeoDataFrame, outlines: Outlines) -> Outlines:
    """Outlines that touch the project's communes or belong to one of them: the others are not its business."""
    lying = overlays.shares(outlines.frame, communes)["left"]
    named = outlines.lands.loc[outlines.lands["unit_code"].isin(communes["unit_code"]), "outline"]
    return outlines.only(sorted({*lying.tolist(), *named.tolist()}))


def _unknown(lineage: Lineage, communes: gpd.GeoDataFrame, where: str) -> list[Problem]:
    said = []
    absent = tuple(code for code in communes["unit_code"] if code not in lineage.new_names)
    if absent:
        said.append(Problem("lineage.unit_absent", where, {"n": len(absent), "file": lineage.where}, absent))
    differ = tuple(
        f"{code}: {name} / {lineage.new_names[code]}"
        for code, name in zip(communes["unit_code"], communes["name"], strict=True)
        if code in lineage.new_names and _bare(str(name)) != _bare(lineage.new_names[code])
    )
    if differ:
        said.append(Problem("lineage.unit_name_differs", where, {"n": len(differ), "file": lineage.where}, differ))
    return said


def _bare(name: str) -> str:
    plain = nfc(name).casefold()
    for kind in _KINDS:
        plain = plain.removeprefix(kind)
    return same_name(plain)


def _reused(lineage: Lineage, communes: gpd.GeoDataFrame) -> list[Problem]:
    again = [code for code in communes["unit_code"] if code in lineage.new_names and code in lineage.old_names]
    if len(again) <= SINGLY:
        return [
            Problem(
                "lineage.code_reused",
                lineage.where,
                {"code": code, "now": lineage.new_names[code], "before": lineage.old_names[code]},
            )
            for code in again
        ]
    return [Problem("lineage.codes_reused", lineage.where, {"n": len(again)}, tuple(again))]


def _divided(lineage: Lineage, communes: gpd.GeoDataFrame) -> list[Problem]:
    ours = set(communes["unit_code"])
    rows = [row for row in lineage.rows if row.how == PART]
    touched = dict.fromkeys(row.old_code for row in rows if row.new_code in ours)
    return [
        Problem(
            "lineage.divided",
            lineage.where,
            {
                "code": code,
                "name": lineage.old_names[code],
                "units": ", ".join(f"{row.new_code} {row.new_name}" for row in rows if row.old_code == code),
            },
        )
        for code in touched
    ]


def _matched(lineage: Lineage, communes: gpd.GeoDataFrame, outlines: Outlines) -> list[Problem]:
    frame, claims = outlines.frame, outlines.claims
    reviewed = claims.loc[claims["by"] == "review", "outline"].nunique()
    facts: dict[str, str | int | float] = {
        "n": claims["outline"].nunique(),
        "all": len(frame),
        "reviewed_n": reviewed,
        "ha": float(frame.loc[frame.index.isin(claims["outline"]), "geom_ha"].sum()),
    }
    said = [Problem("lineage.outlines_matched", outlines.where, facts)]
    free = outlines.unmatched
    if len(free):
        facts = {"n": len(free), "ha": float(free["geom_ha"].sum())}
        said.append(Problem("lineage.outlines_unmatched", outlines.where, facts, tuple(called(free))))
    ours = [row for row in lineage.rows if row.new_code in set(communes["unit_code"])]
    named = {row.old_code: row.old_name for row in ours if row.old_code not in set(claims["old_code"])}
    bare = tuple(f"{code} {name}" for code, name in named.items())
    if bare:
        said.append(Problem("lineage.old_without_outline", outlines.where, {"n": len(bare)}, bare))
    return said


def _contradicted(communes: gpd.GeoDataFrame, outlines: Outlines) -> list[Problem]:
    """Outlines that lie mostly in a commune which their name did not lead to."""
    found = overlays.shares(outlines.frame, communes)
    found = found[(found["share"] > MOST) & found["left"].isin(outlines.claims["outline"])]
    units = communes["unit_code"].to_numpy()[found["right"]]
    given = set(zip(outlines.lands["outline"], outlines.lands["unit_code"], strict=True))
    lying = zip(found["left"].tolist(), units, found["ha"].tolist(), strict=True)
    foreign = {left: ha for left, unit, ha in lying if (left, unit) not in given}
    if not foreign:
        return []
    facts: dict[str, str | int | float] = {"n": len(foreign), "ha": sum(foreign.values())}
    names = tuple(called(outlines.frame.iloc[list(foreign)]))
    return [Problem("lineage.match_contradicted", outlines.where, facts, names)]


def _straying(communes: gpd.GeoDataFrame, outlines: Outlines) -> list[Problem]:
    """Outlines whose commune went whole into another one, while their ground did not: the boundary was drawn anew."""
    whole = outlines.lands[outlines.lands["how"] == WHOLE]
    whole = whole[whole["unit_code"].isin(communes["unit_code"])]
    found = overlays.shares(outlines.frame, communes)
    found["unit_code"] = communes["unit_code"].to_numpy()[found["right"]]
    both = whole.merge(found, left_on=["outline", "unit_code"], right_on=["left", "unit_code"], how="left")
    both["share"] = both["share"].fillna(0.0)
    off = both[both["share"] < 1.0 - STRAYING].sort_values(["share", "outline"])
    if len(off) == 0:
        return []
    frame = outlines.frame.iloc[off["outline"].tolist()]
    away = frame["geom_ha"].to_numpy() * (1.0 - off["share"].to_numpy())
    names = tuple(f"{name}: {ha:.0f} ha" for name, ha in zip(called(frame), away, strict=True))
    return [Problem("lineage.outlines_stray", outlines.where, {"n": len(off), "ha": float(away.sum())}, names)]


def _figures(lineage: Lineage, outlines: Outlines) -> list[Problem]:
    """Areas of 2009 that the files state, against the outlines themselves: a figure of a namesake shows here."""
    frame, said = outlines.frame, []
    ours = frame["geom_ha"]
    off = frame[(frame["stated_ha"] - ours).abs() > STATED_TOLERANCE * ours]
    if len(off):
        names = tuple(_beside(called(off), off["stated_ha"], off["geom_ha"]))
        said.append(Problem("lineage.outline_area_differs", outlines.where, {"n": len(off)}, names))
    stated = {row.old_code: row.area_2009_ha for row in lineage.rows if row.area_2009_ha is not None}
    by_name = outlines.claims[outlines.claims["by"] == "name"]
    mine = frame.loc[by_name["outline"]].assign(
        old_code=by_name["old_code"].to_numpy(), crosswalk_ha=by_name["old_code"].map(stated).to_numpy(dtype="float64")
    )
    wrong = mine[(mine["crosswalk_ha"] - mine["stated_ha"]).abs() > STATED_TOLERANCE * mine["stated_ha"]]
    if len(wrong):
        names = tuple(_beside(called(wrong), wrong["crosswalk_ha"], wrong["stated_ha"]))
        said.append(Problem("lineage.crosswalk_area_differs", lineage.where, {"n": len(wrong)}, names))
    return said


def _shares(communes: gpd.GeoDataFrame, outlines: Outlines) -> list[Problem]:
    """Doubtful shares, where all receivers of divided communes are there to be measured."""
    receivers = set(outlines.lands.loc[outlines.lands["how"] == PART, "unit_code"])
    if not receivers <= set(communes["unit_code"]):
        return []
    return uncertain(part_shares(communes, outlines), outlines.where)


def _beside(names: Sequence[str], left: pd.Series, right: pd.Series) -> list[str]:
    return [f"{name}: {one:.0f} / {other:.0f} ha" for name, one, other in zip(names, left, right, strict=True)]


def _overlapping(outlines: Outlines) -> list[Problem]:
    pairs = overlays.self_overlaps(outlines.frame)
    ha = float(pairs["ha"].sum())
    if ha <= TOLERANCE / 10 * float(outlines.frame["geom_ha"].sum()):
        return []
    return [Problem("lineage.outlines_overlap", outlines.where, {"n": len(pairs), "ha": ha})]


def _moved(table: pd.DataFrame, where: str) -> list[Problem]:
    """Communes whose ground is not that of their old outlines, by difference or by ground outside."""
    limit = TOLERANCE * table["polygon_ha"]
    exchanged = table[["outside_ha", "from_others_ha", "unmatched_ha", "uncovered_ha"]].max(axis=1)
    over = table[(table["difference_ha"].abs() > limit) | (exchanged > limit)]
    if len(over) > SINGLY:
        worst = over.reindex(over["difference_ha"].abs().sort_values(ascending=False, kind="stable").index)
        names = tuple(f"{row.unit_code} {row.unit_name} {row.difference_ha:+.0f} ha" for row in worst.itertuples())
        facts: dict[str, str | int | float] = {
            "n": len(over),
            "all": len(table),
            "outside_ha": float(over["outside_ha"].sum()),
            "uncovered_ha": float(over["uncovered_ha"].sum()),
        }
        return [Problem("lineage.grounds_moved", where, facts, names)]
    columns = ("old_ha", "polygon_ha", "difference_ha", "difference_pct", "outside_ha", "from_others_ha")
    return [
        Problem(
            "lineage.ground_moved",
            where,
            {"unit": str(row["unit_name"])}
            | {name: float(row[name]) for name in columns}
            | {"loose_ha": float(row["unmatched_ha"] + row["uncovered_ha"])},
            (str(row["unit_code"]),),
        )
        for _, row in over.iterrows()
    ]
