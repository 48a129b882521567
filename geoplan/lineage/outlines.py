"""Outlines of old communes: opened by the vector door's readers, joined to the crosswalk by reviewed names.

The outlines of 2009 have no code of ours. The join is by province, district and commune with their kinds; a name alone
joins nothing (Tân Thịnh is a ward of the city and a commune of Định Hóa). What changed between 2009 and 30 June 2025
stands in `reviewed`; what is in neither is unmatched and told with its hectares.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj import CRS

from geoplan import areas, formats
from geoplan import crs as coordinates
from geoplan.errors import InputError, Problem
from geoplan.formats.opened import Opened
from geoplan.formats.places import relative
from geoplan.layers import LayerSpec, Source, checks_ground
from geoplan.lineage import reviewed
from geoplan.lineage.crosswalk import Lineage
from geoplan.text.letters import nfc

NAMES = {"province": "province_vn", "district": "district_vn", "name": "commune_vn"}
"""Fields of an outline and the columns they are read from, unless ``columns`` says otherwise."""

STATED = "area"


@dataclass(frozen=True, eq=False)
class Outlines:
    """Old outlines with the old communes they are.

    Parameters
    ----------
    frame : GeoDataFrame
        One row an outline: ``province``, ``district``, ``name``, ``stated_ha`` (as the file has it: compared, never
        used), ``geom_ha``, polygon.
    claims : DataFrame
        ``outline`` (row of `frame`), ``old_code``, ``by`` (``name``, ``review``), ``code`` (its own code while it
        stood, as far as known). Outlines that are split have a row for each receiver, unmatched ones none.
    lands : DataFrame
        ``outline``, ``code``, ``unit_code``, ``how``: the new communes of every matched outline.
    where : str
        The file as the project names it.
    source : Source or None
        Where the outlines came from.
    warnings : tuple of Problem
        What opening them had to say.
    """

    frame: gpd.GeoDataFrame
    claims: pd.DataFrame
    lands: pd.DataFrame
    where: str
    source: Source | None = None
    warnings: tuple[Problem, ...] = field(default_factory=tuple)

    def only(self, rows: Sequence[int]) -> "Outlines":
        """The outlines of some rows."""
        place = {row: position for position, row in enumerate(rows)}

        def kept(table: pd.DataFrame) -> pd.DataFrame:
            found = table[table["outline"].isin(place)]
            return found.assign(outline=found["outline"].map(place)).reset_index(drop=True)

        frame = self.frame.iloc[list(rows)].reset_index(drop=True)
        return replace(self, frame=frame, claims=kept(self.claims), lands=kept(self.lands))

    @property
    def unmatched(self) -> gpd.GeoDataFrame:
        """Outlines that no old commune could be given to."""
        return self.frame[~self.frame.index.isin(self.claims["outline"])]


def open_outlines(spec: LayerSpec, crs: CRS, root: Path, lineage: Lineage) -> Outlines:
    """Outlines from a GeoPackage or GeoJSON file, in the project's CRS and joined.

    Raises
    ------
    InputError
        Those of the door's readers; ``lineage.outlines_format``, ``lineage.outlines_fields``,
        ``lineage.outline_blank``, ``lineage.outline_broken``, ``lineage.outline_twice``.
    """
    opened = formats.open_file(spec)
    table = _table(opened, spec)
    shapes = shapely.force_2d(opened.shapes)
    sound = shapely.is_valid(shapes) & np.isin(shapely.get_type_id(shapes), (3, 6)) & ~shapely.is_empty(shapes)
    if not sound.all():
        ids = tuple(opened.places[i] for i in np.flatnonzero(~sound).tolist())
        broken = Problem("lineage.outline_broken", spec.shown, {"n": len(ids)}, ids)
        raise InputError(*opened.said.errors, broken)
    west, south, east, north = (float(bound) for bound in shapely.total_bounds(shapes))
    bounds = (west, south, east, north)
    found, agreed = checks_ground.agreed(opened.crs, spec.crs or None, opened.assumed, bounds, spec.shown)
    errors = [*opened.said.errors, *agreed.errors]
    if errors or found is None:
        raise InputError(*(errors or [Problem("crs.missing", spec.shown, {})]))
    frame, operation = coordinates.to_crs(gpd.GeoDataFrame(table, geometry=gpd.GeoSeries(shapes, crs=found)), crs)
    place = relative(spec.path, root, spec.shown)
    source = Source(spec.role, place, opened.sha256, len(frame), coordinates.name(found), operation)
    return join(frame, lineage, spec.shown, source=source, warnings=(*opened.said.warnings, *agreed.warnings))


def _table(opened: Opened, spec: LayerSpec) -> pd.DataFrame:
    """Names and stated areas of the file, as text and numbers."""
    if opened.raw:
        raise InputError(Problem("lineage.outlines_format", spec.shown, {"format": spec.path.suffix}))
    names = {name: spec.columns.get(name, column) for name, column in NAMES.items()}
    absent = [column for column in names.values() if column not in opened.columns]
    if absent or len(opened.shapes) == 0:
        facts = {"fields": ", ".join(absent or names.values())}
        raise InputError(*opened.said.errors, Problem("lineage.outlines_fields", spec.shown, facts))
    table = pd.DataFrame({name: _texts(opened.columns[column]) for name, column in names.items()})
    stated = opened.columns.get(spec.columns.get("stated_ha", STATED))
    numbers = np.nan if stated is None else pd.to_numeric(pd.Series(stated), errors="coerce").astype(np.float64)
    return table.assign(stated_ha=numbers)


def join(
    frame: gpd.GeoDataFrame,
    lineage: Lineage,
    where: str,
    *,
    source: Source | None = None,
    warnings: tuple[Problem, ...] = (),
) -> Outlines:
    """Outlines with the old communes they are: by the reviewed table first, else by the very name of the crosswalk.

    Parameters
    ----------
    frame : GeoDataFrame
        ``province``, ``district``, ``name`` (text, with kinds: ``Xã Cao Trĩ``), valid polygons; ``stated_ha`` where
        known.

    Raises
    ------
    InputError
        ``lineage.outline_blank``, ``lineage.outline_twice`` (two outlines of one name would be counted twice).
    """
    frame = frame.reset_index(drop=True)
    if "stated_ha" not in frame:
        frame = frame.assign(stated_ha=np.nan)
    blank = frame[["province", "district", "name"]].isna().any(axis=1)
    if blank.any():
        rows = tuple(f"#{i + 1}" for i in np.flatnonzero(blank).tolist())
        raise InputError(Problem("lineage.outline_blank", where, {"n": len(rows)}, rows))
    keys = [reviewed.key(*named) for named in frame[["province", "district", "name"]].itertuples(index=False)]
    twice = pd.Series(keys).duplicated(keep=False).to_numpy()
    if twice.any():
        rows = tuple(called(frame[twice]))
        raise InputError(Problem("lineage.outline_twice", where, {"n": len(rows)}, rows))
    by_name = {reviewed.key(r.old_province, r.old_district, r.old_name): r.old_code for r in lineage.rows}
    claims: list[tuple[int, str, str, str]] = []
    lands: list[tuple[int, str, str, str]] = []
    for position, key in enumerate(keys):
        change = reviewed.by_name().get(key)
        if change is not None:
            known = change.decided and all(code in lineage.old_names for code, _ in change.receivers)
            old = change.receivers if known else ()
            by, code = "review", change.code
        else:
            old = ((by_name[key], reviewed.WHOLE),) if key in by_name else ()
            by, code = "name", by_name.get(key, "")
        claims += [(position, receiver, by, code) for receiver, _ in old]
        lands += [(position, code, unit, how) for unit, how in lineage.reached(old)]
    return Outlines(
        frame=frame.assign(geom_ha=areas.hectares(frame)),
        claims=pd.DataFrame(claims, columns=["outline", "old_code", "by", "code"]),
        lands=pd.DataFrame(lands, columns=["outline", "code", "unit_code", "how"]),
        where=where,
        source=source,
        warnings=warnings,
    )


def called(frame: pd.DataFrame) -> list[str]:
    """Outlines as the reader knows them: ``Xã Na Mao (Huyện Đại Từ)``."""
    return [f"{name} ({district})" for name, district in zip(frame["name"], frame["district"], strict=True)]


def _texts(cells: np.ndarray) -> list[str | None]:
    return [nfc(str(cell)) or None if cell is not None and not pd.isna(cell) else None for cell in cells]
