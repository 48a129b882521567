"""Each lot on the measured map: what of it is forest on paper, on the map, on both, and why they differ.

A reason is given only where a datum supports it. Of forest on paper that the map does not have, pixel by pixel, the
first that holds: cleared within the years given; planted less than its years to closing ago (`namtr`, `ktan`); a patch
below the smallest area; in shade on most dates. Of forest on the map that the papers do not have: a hole below the
smallest area (trees round a small clearing); planted and not yet forest on paper, closed by now; regeneration; tea by
its species; perennial crops or farm land by their codes; a blank or strange type; shade. Where a lot's rest lies within
one pixel of its outline and nowhere deeper it is the outline's: such pixels hold both sides. All else is unexplained.
"""

import unicodedata
from datetime import date
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from pyproj import CRS

from geoplan import areas, codes, overlays
from geoplan.reconciliation.cover import BY_RULE, CLEARED, FOREST, LOOKS, SHADE, MeasuredCover, ground

CELLS = ("both", "official_only", "measured_only", "neither", "unseen")
UNEXPLAINED = "unexplained"
COUNTS_HA = 0.01
"""A lot that differs by less (a pixel of 10 m) is not counted, and not asked why."""

_FARM = frozenset({"NN", "NND", "NNM", "NNP", "NL", "NLD", "NLM", "NLP"})
_FARM_GROUPS = frozenset({"rice", "annual_crop", "farm", "other_farm"})


def pieces(lots: gpd.GeoDataFrame, units: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Parts of lots inside units: ``left`` (lot), ``right`` (unit), ``share`` of the lot, ``ground_ha``, geometry.

    Both frames have one CRS. Parts that only touch are left out.
    """
    found = overlays.pieces(lots.geometry.array, units.geometry.array)
    shapes = np.array([_areal(shape) for shape in found["piece"]], dtype=object)
    ha, whole = areas.of(shapes, lots.crs), areas.hectares(lots)[found["left"]]
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.where(found["inside"], 1.0, np.minimum(ha / whole, 1.0))
    made = gpd.GeoDataFrame(found[["left", "right"]].assign(share=share, ground_ha=ha), geometry=shapes, crs=lots.crs)
    return made[made["ground_ha"] > overlays.TOUCH_HA].reset_index(drop=True)


def _areal(shape: shapely.Geometry) -> shapely.Geometry:
    """The polygons of an intersection: where edges run together it holds lines as well."""
    if shapely.get_type_id(shape) != 7:
        return shape
    return shapely.union_all([part for part in shapely.get_parts(shape) if shapely.get_dimensions(part) == 2])


def cells(
    parts: gpd.GeoDataFrame, lots: gpd.GeoDataFrame, cover: MeasuredCover, values: Any
) -> tuple[pd.DataFrame, npt.NDArray[np.float64]]:
    """Hectares of each part by cell and reason, and the mean clear looks of what is seen of it (NaN where nothing is).

    The table has ``piece`` (position), ``cell``, ``reason``, ``ha``.

    Parameters
    ----------
    parts : GeoDataFrame
        From `pieces`.
    lots : GeoDataFrame
        With ``official``, ``why_missing``, ``why_extra`` from `explained`.
    cover : MeasuredCover
        The map; `values` are its codes.
    """
    # A lot inside its village and its commune is one shape: it is laid over the pixels once.
    same = parts.geometry.to_wkb()
    first = ~same.duplicated()
    shapes = parts.geometry[first].to_numpy()
    position = pd.Series(np.arange(int(first.sum())), index=same[first])
    shape_of = position.reindex(same).to_numpy()
    counted = cover.hectares(values, shapes, parts.crs)
    seen = counted.groupby("zone")["ha"].sum().reindex(range(len(shapes)), fill_value=0.0).to_numpy()
    unseen = ground(shapes, parts.crs, seen)
    rows = pd.DataFrame({"zone": shape_of, "piece": np.arange(len(parts)), "left": parts["left"].to_numpy()})
    lot = lots[["official", "why_missing", "why_extra"]].iloc[rows["left"]].reset_index(drop=True)
    rows = pd.concat([rows, lot], axis=1)
    told = _told(rows, counted)
    told["reason"] = told["reason"].mask(_outline(told, rows, shapes, parts.crs, cover, values), "edge")
    hidden = rows.assign(ha=unseen[rows["zone"]], cell="unseen")
    hidden["reason"] = np.where(hidden["official"], "unseen_official", "unseen_other")
    told = pd.concat([told, hidden[hidden["ha"] > 0]], ignore_index=True)
    weighted = (
        counted.assign(looks=counted["ha"] * (counted["value"] // 2**LOOKS)).groupby("zone")[["looks", "ha"]].sum()
    )
    looks = (weighted["looks"] / weighted["ha"]).reindex(shape_of).to_numpy(dtype=float)
    return pd.DataFrame(told.groupby(["piece", "cell", "reason"], as_index=False)["ha"].sum()), looks


def _outline(
    told: pd.DataFrame,
    rows: pd.DataFrame,
    shapes: npt.NDArray[np.object_],
    source: CRS,
    cover: MeasuredCover,
    values: Any,
) -> npt.NDArray[np.bool_]:
    """Rows unexplained whose lot has nothing unexplained deeper than a pixel inside its outline."""
    unexplained = told["reason"] == UNEXPLAINED
    by_zone = told[unexplained].groupby("zone")["ha"].sum()
    asked = by_zone.index[by_zone >= COUNTS_HA].to_numpy()
    inside = np.full(len(shapes), shapely.Polygon(), dtype=object)
    inside[asked] = cover.within(shapes[asked], source)
    inner = _told(rows, cover.hectares(values, inside, cover.crs))
    deep = inner[inner["reason"] == UNEXPLAINED].groupby("piece")["ha"].sum().reindex(told["piece"], fill_value=0.0)
    return np.asarray(unexplained.to_numpy() & (deep.to_numpy() < COUNTS_HA))


def _told(rows: pd.DataFrame, counted: pd.DataFrame) -> pd.DataFrame:
    """Parts of lots joined to what their ground holds: ``cell`` and ``reason`` of each value."""
    told = rows.merge(counted, on="zone")
    told["cell"] = np.select(
        [(told["value"] & FOREST > 0) & told["official"], told["official"], told["value"] & FOREST > 0],
        ["both", "official_only", "measured_only"],
        "neither",
    )
    return told.assign(reason=_reasons(told))


def _reasons(told: pd.DataFrame) -> pd.Series:
    """The first reason that holds for each row of `cells`; empty where papers and map agree."""
    missing, extra = told["cell"] == "official_only", told["cell"] == "measured_only"
    cleared, by_rule, shade = (told["value"] & bit > 0 for bit in (CLEARED, BY_RULE, SHADE))
    choice: list[tuple[pd.Series, object]] = [
        (missing & cleared, "recent_harvest"),
        (missing & (told["why_missing"] != ""), told["why_missing"]),
        (missing & by_rule, "small_patch"),
        (extra & by_rule, "small_hole"),
        (extra & (told["why_extra"] != ""), told["why_extra"]),
        ((missing | extra) & shade, "shade"),
        (missing | extra, UNEXPLAINED),
    ]
    reason = pd.Series("", index=told.index, dtype=object)
    for holds, why in reversed(choice):
        reason = reason.mask(holds, why)
    return reason


def explained(lots: gpd.GeoDataFrame, as_of: date, years_to_forest: int) -> gpd.GeoDataFrame:
    """Lots with ``official`` (counts for cover by its class), ``why_missing`` and ``why_extra``: what its book says.

    Parameters
    ----------
    lots : GeoDataFrame
        ``forest_class``, ``ldlr``, ``namtr``, ``ktan``, ``sldlr``, and ``land_code`` or ``mdsd`` where there is one.
    years_to_forest : int
        Years from planting to forest where `ktan` is blank.
    """
    kind = lots["forest_class"]
    closing, planted = (
        lots[name].astype("Float64").to_numpy(dtype=float, na_value=np.nan) for name in ("ktan", "namtr")
    )
    closing = np.where(closing > 0, closing, years_to_forest)
    young = (kind == "planted_forest").to_numpy() & (planted > 0) & (as_of.year - planted < closing)
    group = pd.Series("", index=lots.index, dtype=object)
    for column in ("mdsd", "land_code"):
        if column in lots:
            group = lots[column].map(_land_group).where(lots[column].map(_land_group) != "", group)
    tea = lots["sldlr"].map(_is_tea).astype(bool)
    farm = lots["ldlr"].map(codes.spelled).isin(_FARM) | group.isin(_FARM_GROUPS)
    extra = np.select(
        [
            kind == "planted_not_yet_forest",
            kind == "regeneration",
            tea,
            group == "perennial_crop",
            farm,
            kind == codes.UNKNOWN,
        ],
        ["to_be_recognised", "regeneration", "tea", "orchard", "farm_land", "type_unknown"],
        "",
    )
    return lots.assign(
        official=kind.isin(codes.COUNTS_FOR_COVER),
        why_missing=pd.Series(np.where(young, "young_planting", ""), index=lots.index, dtype=object),
        why_extra=pd.Series(extra, index=lots.index, dtype=object),
    )


def _land_group(code: object) -> str:
    written = codes.spelled(code)
    known = codes.land_codes()
    return str(known.at[written, "land_group"]) if written in known.index else ""


def _is_tea(species: object) -> bool:
    # With its accents: `Chè` is tea; other words without accents would make mỡ (a timber tree) into mơ (apricot).
    words = unicodedata.normalize("NFC", str(species)).casefold().replace(",", " ").replace("+", " ").split()
    return not {"chè", "che"}.isdisjoint(words)


def lot_rows(parts: gpd.GeoDataFrame, lots: gpd.GeoDataFrame, told: pd.DataFrame) -> pd.DataFrame:
    """One row a lot and unit: hectares by cell, the cell of most of it, its part in the difference and the reason."""
    by_cell = told.pivot_table(index="piece", columns="cell", values="ha", aggfunc="sum", fill_value=0.0)
    by_cell = by_cell.reindex(index=range(len(parts)), columns=list(CELLS), fill_value=0.0)
    lot = lots[["lot_id", "forest_class", "official", "dtich"]].iloc[parts["left"]].reset_index(drop=True)
    rows: pd.DataFrame = lot.assign(left=parts["left"].to_numpy(), right=parts["right"].to_numpy())
    rows["ground_ha"] = parts["ground_ha"].to_numpy()
    rows["statutory_ha"] = rows.pop("dtich").to_numpy(dtype=float) * parts["share"].to_numpy()
    for cell in CELLS:
        rows[f"{cell}_ha"] = by_cell[cell].to_numpy()
    rows["measured_ha"] = rows["both_ha"] + rows["measured_only_ha"]
    rows["seen_ha"] = rows["measured_ha"] + rows["official_only_ha"] + rows["neither_ha"]
    rows["measured_share"] = rows["measured_ha"] / rows["seen_ha"].where(rows["seen_ha"] > 0)
    forest = rows["measured_share"] >= 0.5
    rows["cell"] = np.select(
        [rows["unseen_ha"] > rows["seen_ha"], forest & rows["official"], rows["official"], forest],
        ["unseen", "both", "official_only", "measured_only"],
        "neither",
    )
    rows["difference_ha"] = rows["measured_only_ha"] - rows["official_only_ha"]
    differing = told[told["cell"].isin(("official_only", "measured_only"))]
    most = differing.sort_values(["piece", "ha", "reason"], ascending=[True, False, True]).drop_duplicates("piece")
    reason = most.set_index("piece")["reason"].reindex(range(len(parts))).fillna("").to_numpy()
    rows["reason"] = np.where(rows["difference_ha"].abs() >= COUNTS_HA, reason, "")
    unknown: Any = told[told["reason"] == UNEXPLAINED].groupby("piece")["ha"].sum()
    rows["unexplained_ha"] = unknown.reindex(range(len(parts)), fill_value=0.0).to_numpy()
    return rows
