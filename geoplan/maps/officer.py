"""The pages: one map, or an overview and a map for each commune where there are too many lots for one."""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely

from geoplan.maps import offline, packing
from geoplan.maps.content import bounds, content
from geoplan.maps.page import Page
from geoplan.messages import say
from geoplan.results import Result
from geoplan.text.numbers import day

MOST_LOTS = 5000
"""More lots than this make an overview and one map a commune."""
OVERVIEW = "map.html"
OVERVIEW_TOLERANCE_M = 12.0
_GROUP = ["unit_code", "forest_class", "use", "gap_role"]


def officer_map(page: Page, lang: str = "vi", links: Sequence[tuple[str, str, str]] = ()) -> str:
    """One self-contained HTML page; the same `page` gives the same bytes.

    Parameters
    ----------
    page : Page
    lang : str
        ``vi`` or ``en``.
    links : sequence of (label, file name, unit_code)
        Sibling maps in the same folder; the code is empty for the overview.

    Raises
    ------
    PlaceUnavailable
        ``map.asset_missing`` where the front-end assets were not gathered.
    """
    data = content(page, lang, links)
    west, south, east, north = bounds(page)
    center = (round((south + north) / 2, 5), round((west + east) / 2, 5))
    return offline.document(data, shell=_shell(page, lang), lang=lang, center=center)


def officer_maps(page: Page, lang: str = "vi") -> dict[str, str]:
    """File name to HTML: ``map.html`` alone, or an overview and ``map_<unit_code>.html`` for each commune."""
    if page.lots is None or len(page.lots) <= MOST_LOTS:
        return {OVERVIEW: officer_map(page, lang)}
    communes = list(zip(page.communes["unit_code"], page.communes["name"], strict=True))
    names = {str(code): f"map_{re.sub('[^0-9A-Za-z]', '', str(code))}.html" for code, _ in communes}
    down = [(str(name), names[str(code)], str(code)) for code, name in communes]
    up = [(say("map.links.overview", lang), OVERVIEW, "")]
    found = {OVERVIEW: officer_map(overview(page), lang, down)}
    for code, _ in communes:
        found[names[str(code)]] = officer_map(_of_commune(page, str(code)), lang, up)
    return found


def overview(page: Page) -> Page:
    """The page with its lots dissolved by commune and class: the same hectares in a few shapes."""
    lots = page.lots
    if lots is None:
        return page
    frame = lots.assign(**{name: "unknown" for name in _GROUP if name not in lots.columns})
    thin = packing.simplified(frame.geometry.to_numpy(), (OVERVIEW_TOLERANCE_M,))
    frame = frame.set_geometry(shapely.make_valid(thin), crs=lots.crs)
    rows = []
    for values, part in frame.groupby(_GROUP, sort=True, dropna=False):
        row: dict[str, Any] = dict(zip(_GROUP, values, strict=True))
        row |= {name: part[name].sum(min_count=1) for name in ("dtich", "geom_ha") if name in part.columns}
        shape = shapely.union_all(part.geometry.to_numpy())
        rows.append(row | {"lot_id": "", "lots_count": len(part), "geometry": _areal(shape)})
    return replace(page, lots=gpd.GeoDataFrame(rows, crs=lots.crs))


def _areal(shape: Any) -> Any:
    polygons = [part for part in shapely.get_parts(shape) if part.geom_type == "Polygon"]
    return shapely.multipolygons(polygons)


def _of_commune(page: Page, code: str) -> Page:
    def own(frame: gpd.GeoDataFrame | None) -> gpd.GeoDataFrame | None:
        if frame is None or "unit_code" not in frame.columns:
            return frame
        return frame[frame["unit_code"] == code].reset_index(drop=True)

    communes = page.communes[page.communes["unit_code"] == code].reset_index(drop=True)
    title = f"{page.title} – {communes['name'].iloc[0]}"
    return replace(
        page,
        title=title,
        communes=communes,
        villages=own(page.villages),
        lots=own(page.lots),
        zones=own(page.zones),
        drafts=own(page.drafts),
        tables=[_rows_of(result, code, page.villages) for result in page.tables],
        standings=[s for s in page.standings if str(s.unit_code) == code],
        contradictions=[c for c in page.contradictions if c.get("unit_code") in (None, "", code)],
    )


def _rows_of(result: Result, code: str, villages: gpd.GeoDataFrame | None) -> Result:
    wanted = {code}
    if villages is not None and {"unit_code", "village_code"} <= set(villages.columns):
        wanted |= set(villages.loc[villages["unit_code"] == code, "village_code"].astype(str))
    table: pd.DataFrame = result.table
    return replace(result, table=table[table["unit_code"].astype(str).isin(wanted)].reset_index(drop=True))


def _shell(page: Page, lang: str) -> dict[str, str]:
    as_of = day(page.as_of, lang=lang)
    return {
        "title": page.title,
        "document_title": f"{page.title} – {as_of}",
        "version": page.geoplan_version,
        "as_of": say("map.shell.as_of", lang, day=as_of),
        "skip": say("map.shell.skip", lang),
        "banner": say("map.shell.banner", lang),
        "banner_more": say("map.shell.banner_more", lang),
        "map_label": say("map.shell.map", lang),
        "panel_label": say("map.shell.panel", lang),
        "source": say("map.shell.source", lang, version=page.geoplan_version, day=as_of),
        "noscript": say("map.shell.noscript", lang),
    }
