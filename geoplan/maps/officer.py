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
from geoplan.maps.series import observed
from geoplan.messages import say
from geoplan.results import Result
from geoplan.text.numbers import day

MOST_LOTS = 5000
"""More lots than this make an overview and one map a commune."""
OVERVIEW = "map.html"
OVERVIEW_TOLERANCE_M = 12.0
REACHING_M2 = 100.0
"""A neighbour's feature is drawn on a commune's map from this much ground inside it; less is the width of a line."""
_GROUP = ["unit_code", "forest_class", "use", "gap_role"]


def officer_map(
    page: Page, lang: str = "vi", links: Sequence[tuple[str, str, str]] = (), *, undissolved: Page | None = None
) -> str:
    """One self-contained HTML page; the same `page` gives the same bytes.

    Parameters
    ----------
    page : Page
    lang : str
        ``vi`` or ``en``.
    links : sequence of (label, file name, unit_code)
        Sibling maps in the same folder; the code is empty for the overview.
    undissolved : Page, optional
        The page with every lot, where `page` draws them dissolved: what the legend counts.

    Raises
    ------
    PlaceUnavailable
        ``map.asset_missing`` where the front-end assets were not gathered.
    """
    data = content(page, lang, links, undissolved=undissolved)
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
    found = {OVERVIEW: officer_map(overview(page), lang, down, undissolved=page)}
    for code, _ in communes:
        found[names[str(code)]] = officer_map(_of_commune(page, str(code)), lang, up)
    return found


def overview(page: Page) -> Page:
    """The page with its lots dissolved by commune and class: the same hectares in a few shapes."""
    lots = page.lots
    if lots is None:
        return page
    group = [*_GROUP, "agreement"] if "agreement" in lots.columns else _GROUP
    frame = lots.assign(**{name: "unknown" for name in group if name not in lots.columns})
    thin = packing.simplified(frame.geometry.to_numpy(), (OVERVIEW_TOLERANCE_M,))
    frame = frame.set_geometry(shapely.make_valid(thin), crs=lots.crs)
    rows = []
    for values, part in frame.groupby(group, sort=True, dropna=False):
        row: dict[str, Any] = dict(zip(group, values, strict=True))
        row |= {name: part[name].sum(min_count=1) for name in ("dtich", "inside_ha", "geom_ha") if name in part.columns}
        shape = shapely.union_all(part.geometry.to_numpy())
        rows.append(row | {"lot_id": "", "lots_count": len(part), "geometry": _areal(shape)})
    return replace(page, lots=gpd.GeoDataFrame(rows, crs=lots.crs))


def _areal(shape: Any) -> Any:
    polygons = [part for part in shapely.get_parts(shape) if part.geom_type == "Polygon"]
    return shapely.multipolygons(polygons)


def _of_commune(page: Page, code: str) -> Page:
    communes = page.communes[page.communes["unit_code"] == code].reset_index(drop=True)
    ground = shapely.union_all(communes.geometry.to_numpy())
    shapely.prepare(ground)
    title = f"{page.title} – {communes['name'].iloc[0]}"
    villages = _villages_in(page.villages, ground)
    places = set() if villages is None or "village_code" not in villages else set(villages["village_code"].astype(str))
    one = replace(
        page,
        title=title,
        communes=communes,
        villages=villages,
        lots=_reaching(page.lots, code, ground),
        zones=_reaching(page.zones, code, ground),
        drafts=_reaching(page.drafts, code, ground),
        places=_places_of(page.places, code, ground),
        tables=[_rows_of(result, code, places) for result in page.tables],
        standings=[s for s in page.standings if str(s.unit_code) == code or str(s.unit_code) in places],
        contradictions=[c for c in page.contradictions if c.get("unit_code") in (None, "", code)],
    )
    return replace(one, observations=observed(one))


def _villages_in(villages: gpd.GeoDataFrame | None, ground: Any) -> gpd.GeoDataFrame | None:
    """Villages by where they lie, as `runs` places them; their ``unit_code``, where they have one, is not asked."""
    if villages is None:
        return None
    return villages[villages.representative_point().within(ground)].reset_index(drop=True)


def _places_of(places: gpd.GeoDataFrame | None, code: str, ground: Any) -> gpd.GeoDataFrame | None:
    """The commune's own households and sites: those of a neighbour are nobody's business here."""
    if places is None:
        return None
    if "unit_code" in places.columns:
        mine = places["unit_code"].astype(str) == code
    else:
        mine = places.representative_point().within(ground)
    return places[mine].reset_index(drop=True)


def _reaching(frame: gpd.GeoDataFrame | None, code: str, ground: Any) -> gpd.GeoDataFrame | None:
    """The commune's features, and those of its neighbours that reach into it: no ground of it is drawn as empty."""
    if frame is None or "unit_code" not in frame.columns:
        return frame
    own = (frame["unit_code"].astype(str) == code).to_numpy()
    near = ~own & shapely.intersects(frame.geometry.to_numpy(), ground)
    inside = shapely.area(shapely.intersection(shapely.make_valid(frame.geometry.to_numpy()[near]), ground))
    near[near] = inside > REACHING_M2
    return frame[own | near].reset_index(drop=True)


def _rows_of(result: Result, code: str, places: set[str]) -> Result:
    table: pd.DataFrame = result.table
    codes, village = table["unit_code"].astype(str), table["level"] == "village"
    mine = (~village & (codes == code)) | (village & codes.isin(places))
    return replace(result, table=table[mine].reset_index(drop=True))


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
