"""Where the ground of old communes went, in hectares, and what that does to old figures.

Outlines of 2009 are drawn coarser than the boundaries of today and overlap one another, so sums of their hectares
count ground twice; `mismatch` therefore works with unions. Shares of divided communes come from geometry and are
estimates: the statistics of a commune do not lie evenly on its ground.
"""

from datetime import date

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from pyproj import CRS

from geoplan import areas, overlays
from geoplan import crs as coordinates
from geoplan.errors import InputError, Problem
from geoplan.lineage.crosswalk import Lineage
from geoplan.lineage.outlines import Outlines
from geoplan.lineage.reviewed import PART, WHOLE

COLUMNS = (
    "unit_code", "unit_name", "outlines_count", "old_ha", "polygon_ha", "official_ha", "difference_ha",
    "difference_pct", "inside_ha", "outside_ha", "from_others_ha", "unmatched_ha", "uncovered_ha", "overlap_ha",
)  # fmt: skip
PIECES = ("code", "unit_code", "piece_ha", "share", "outside_ha")


Shapes = npt.NDArray[np.object_]


def mismatch(communes: gpd.GeoDataFrame, outlines: Outlines) -> pd.DataFrame:
    """Hectares of every new commune beside those of its old outlines.

    Parameters
    ----------
    communes : GeoDataFrame
        New communes: ``unit_code``, ``name``, polygon; ``area_official_ha`` where known. Some or all of the crosswalk.
    outlines : Outlines
        In the same CRS.

    Returns
    -------
    DataFrame
        `COLUMNS`, one row a commune, in its order. ``old_ha`` is the union of its old outlines (a divided one counts
        with its piece inside the commune); ``difference_ha`` is ``polygon_ha - old_ha``. Of ``old_ha``, ``inside_ha``
        lies inside the commune of today and ``outside_ha`` does not. ``polygon_ha`` is ``inside_ha`` +
        ``from_others_ha`` (drawn in 2009 for other communes) + ``unmatched_ha`` (under an outline that no commune
        claims) + ``uncovered_ha`` (under no outline). ``overlap_ha`` was drawn twice among its own outlines. A commune
        without an outline has NaN for all that outlines say.

    Raises
    ------
    InputError
        ``overlays.crs_differ``.
    """
    _same_crs(communes, outlines)
    shapes = np.asarray(outlines.frame.geometry.array, dtype=object)
    units = np.asarray(communes.geometry.array, dtype=object)
    tree = shapely.STRtree(shapes)
    free = np.isin(np.arange(len(shapes)), outlines.unmatched.index.to_numpy())
    polygon = areas.of(units, communes.crs)
    official = communes.get("area_official_ha", pd.Series(np.nan, index=communes.index)).to_numpy(dtype=np.float64)
    rows = []
    for position, (code, name) in enumerate(zip(communes["unit_code"], communes["name"], strict=True)):
        mine = outlines.lands[outlines.lands["unit_code"] == code].drop_duplicates("outline")
        near = tree.query(units[position], predicate="intersects")
        others = np.setdiff1d(near, mine["outline"].to_numpy(dtype=np.int64))
        row = {"unit_code": code, "unit_name": name, "outlines_count": len(mine)}
        row |= {"polygon_ha": float(polygon[position]), "official_ha": float(official[position])}
        if len(mine):
            own = _own(mine, shapes, units[position])
            row |= _exchanged(
                units[position], own, shapes[others[~free[others]]], shapes[others[free[others]]], communes.crs
            )
        rows.append(row)
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _exchanged(unit: shapely.Geometry, own: Shapes, others: Shapes, unmatched: Shapes, crs: CRS) -> dict[str, float]:
    """Hectares of one new commune by whose outline they lay under."""
    union = _union(own)
    inside, rest = _areal(shapely.intersection(union, unit)), _areal(shapely.difference(unit, union))
    bare = _areal(shapely.difference(rest, _union(others)))
    loose = _areal(shapely.intersection(bare, _union(unmatched)))
    measured = areas.of(np.array([unit, union, inside, rest, bare, loose], dtype=object), crs)
    unit_ha, old_ha, inside_ha, rest_ha, bare_ha, loose_ha = (float(ha) for ha in measured)
    return {
        "old_ha": old_ha,
        "difference_ha": unit_ha - old_ha,
        "difference_pct": 100.0 * (unit_ha - old_ha) / unit_ha,
        "inside_ha": inside_ha,
        "outside_ha": old_ha - inside_ha,
        "from_others_ha": rest_ha - bare_ha,
        "unmatched_ha": loose_ha,
        "uncovered_ha": bare_ha - loose_ha,
        "overlap_ha": float(areas.of(own, crs).sum()) - old_ha,
    }


def part_shares(communes: gpd.GeoDataFrame, outlines: Outlines) -> pd.DataFrame:
    """Which share of every divided old commune lies in each of its new communes, by geodesic hectares of its outline.

    Slivers in communes that the crosswalk does not give it to are left out, so the shares of one old commune add up to
    1.

    Returns
    -------
    DataFrame
        `PIECES`: ``code`` (the code that the divided commune had), ``unit_code``, ``piece_ha``, ``share``, and
        ``outside_ha``: ground of the outline in no receiver. That much the outline is off, so a piece that is not
        larger cannot be told from drawing error.

    Raises
    ------
    InputError
        ``lineage.part_absent`` where `communes` lacks one of the receivers: the share of the others would be too high;
        ``lineage.part_nowhere`` where an outline meets none of its receivers.
    """
    _same_crs(communes, outlines)
    split = outlines.lands[(outlines.lands["how"] == PART) & (outlines.lands["code"] != "")]
    absent = sorted(set(split["unit_code"]) - set(communes["unit_code"]))
    if absent:
        raise InputError(Problem("lineage.part_absent", outlines.where, {"n": len(absent)}, tuple(absent)))
    rows = sorted(set(split["outline"]))
    found = overlays.shares(outlines.frame.iloc[rows], communes)
    found["outline"] = np.asarray(rows, dtype=np.int64)[found["left"]]
    found["unit_code"] = communes["unit_code"].to_numpy()[found["right"]]
    pieces = split.merge(found, on=["outline", "unit_code"], how="left").rename(columns={"ha": "piece_ha"})
    pieces["piece_ha"] = pieces["piece_ha"].fillna(0.0)
    total = pieces.groupby("code")["piece_ha"].transform("sum")
    if (total <= 0).any():
        lost = tuple(sorted(set(pieces.loc[total <= 0, "code"])))
        raise InputError(Problem("lineage.part_nowhere", outlines.where, {"n": len(lost)}, lost))
    whole = outlines.frame["geom_ha"].to_numpy()[pieces["outline"]]
    pieces = pieces.assign(share=pieces["piece_ha"] / total, outside_ha=np.maximum(whole - total, 0.0))
    return pieces[list(PIECES)].sort_values(["code", "unit_code"], ignore_index=True)


def redistribute(
    values: "pd.Series[float]", valid_on: date, lineage: Lineage, shares: pd.DataFrame | None = None
) -> tuple[pd.DataFrame, tuple[Problem, ...]]:
    """Figures of old communes (hectares, counts: whatever adds up) as figures of the new ones.

    Parameters
    ----------
    values : Series of float
        Indexed by the code of the old commune. NaN is not known.
    valid_on : date
        Day of the figures: it decides what a code means.
    lineage : Lineage
        The crosswalk.
    shares : DataFrame, optional
        From `part_shares`. Without it, figures of divided communes cannot be given to anyone.

    Returns
    -------
    DataFrame
        ``unit_code``, ``value`` (NaN where a part of it is not known: the sum of the rest is not the commune's figure),
        ``known`` (that sum of the rest), ``estimated`` (what of it was shared out by ground, as if it lay evenly).
    tuple of Problem
        ``lineage.values_lost`` (codes that lead nowhere, with their sum), ``lineage.values_estimated``,
        ``lineage.shares_uncertain`` (pieces no larger than the outline's error), ``lineage.values_absent`` (new
        communes whose figure is not known, with the old codes that lack).

    Raises
    ------
    InputError
        ``lineage.values_twice`` where a code stands twice.
    """
    if not values.index.is_unique:
        twice = tuple(sorted({str(code) for code in values.index[values.index.duplicated()]}))
        raise InputError(Problem("lineage.values_twice", lineage.where, {"n": len(twice)}, twice))
    given = values.dropna().astype(np.float64)
    figures = dict(zip(map(str, given.index), given.tolist(), strict=True))
    by_pair: dict[tuple[str, str], float] = {}
    if shares is not None:
        by_pair = dict(
            zip(zip(shares["code"], shares["unit_code"], strict=True), shares["share"].tolist(), strict=True)
        )
    units = list(lineage.new_names)
    known, estimated = dict.fromkeys(units, 0.0), dict.fromkeys(units, 0.0)
    lacking: dict[str, list[str]] = {unit: [] for unit in units}
    lost: dict[str, float] = {}
    for code in sorted(lineage.codes_on(valid_on) | set(figures)):
        found = lineage.look_up(code, valid_on)
        ends = () if isinstance(found, Problem) else found
        portions = [1.0 if how == WHOLE else by_pair.get((code, unit), float("nan")) for unit, how in ends]
        figure = figures.get(code, float("nan"))
        if not np.isfinite([figure, *portions]).all() or not ends:
            lost |= {code: figure} if code in figures else {}
            for unit in lineage.may_reach(code, valid_on):
                lacking[unit].append(code)
            continue
        for (unit, how), portion in zip(ends, portions, strict=True):
            known[unit] += figure * portion
            estimated[unit] += figure * portion if how == PART else 0.0
    table = pd.DataFrame({"unit_code": units, "known": list(known.values()), "estimated": list(estimated.values())})
    whole = ~table["unit_code"].map(lambda unit: bool(lacking[unit]))
    table.insert(1, "value", table["known"].where(whole))
    said = _told(lost, estimated, lacking, lineage) + uncertain(shares, lineage.where)
    perhaps = tuple(sorted(lineage.perhaps_on(valid_on) - set(figures)))
    if perhaps:
        facts: dict[str, str | int | float] = {"n": len(perhaps), "day": valid_on.isoformat()}
        said.append(Problem("lineage.values_perhaps_absent", lineage.where, facts, perhaps))
    return table, tuple(said)


def uncertain(shares: pd.DataFrame | None, where: str) -> list[Problem]:
    """``lineage.shares_uncertain``: pieces of divided communes that are no larger than the error of their outline."""
    if shares is None:
        return []
    faint = shares[shares["piece_ha"] <= shares["outside_ha"]]
    if len(faint) == 0:
        return []
    pairs = (f"{r.code} → {r.unit_code}: {r.piece_ha:.1f} / {r.outside_ha:.1f} ha" for r in faint.itertuples())
    return [Problem("lineage.shares_uncertain", where, {"n": len(faint)}, tuple(pairs))]


def _told(
    lost: dict[str, float], estimated: dict[str, float], lacking: dict[str, list[str]], lineage: Lineage
) -> list[Problem]:
    said = []
    if lost:
        facts: dict[str, str | int | float] = {"n": len(lost), "sum": sum(lost.values())}
        said.append(Problem("lineage.values_lost", lineage.where, facts, tuple(sorted(lost))))
    shared = {unit: value for unit, value in estimated.items() if value}
    if shared:
        facts = {"n": len(shared), "sum": sum(shared.values())}
        said.append(Problem("lineage.values_estimated", lineage.where, facts, tuple(shared)))
    short = tuple(f"{unit} ({', '.join(codes)})" for unit, codes in lacking.items() if codes)
    if short:
        said.append(Problem("lineage.values_absent", lineage.where, {"n": len(short)}, short))
    return said


def _own(mine: pd.DataFrame, shapes: Shapes, unit: shapely.Geometry) -> Shapes:
    """Old ground of one new commune: whole outlines, and of divided ones the piece inside it."""
    own = shapes[mine["outline"].to_numpy(dtype=np.int64)].copy()
    part = (mine["how"] == PART).to_numpy()
    own[part] = [_areal(piece) for piece in shapely.intersection(own[part], unit)]
    return np.asarray(own, dtype=object)


def _union(shapes: Shapes) -> shapely.Geometry:
    return _areal(shapely.union_all(shapes))


def _areal(shape: shapely.Geometry) -> shapely.Geometry:
    """The polygons of a shape as one: points and lines that cutting leaves behind have no hectares and stop GEOS."""
    parts = shapely.get_parts(shapely.get_parts(shape))
    return shapely.multipolygons(parts[shapely.get_type_id(parts) == 3])


def _same_crs(communes: gpd.GeoDataFrame, outlines: Outlines) -> None:
    if not coordinates.same(communes.crs, outlines.frame.crs):
        facts = {"left": str(communes.crs), "right": str(outlines.frame.crs)}
        raise InputError(Problem("overlays.crs_differ", outlines.where, facts))
