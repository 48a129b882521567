"""A `Page` as the one JSON object that the page's script reads. No HTML, no sentence made here but labels by key."""

import base64
import math
from collections.abc import Sequence
from typing import Any

import geopandas as gpd
import shapely
from pyproj import CRS

from geoplan import codes
from geoplan import crs as crss
from geoplan.maps import packing
from geoplan.maps.legend import area_of, legend, painted_as
from geoplan.maps.page import (
    AGREEMENTS,
    COMMUNE_COLUMNS,
    DRAFT_COLUMNS,
    FOREST_CLASSES,
    GAP_ROLES,
    LOT_COLUMNS,
    PLACE_COLUMNS,
    PLACE_VERDICTS,
    SEEN_VERDICTS,
    STATUSES,
    USES,
    VERDICTS,
    VILLAGE_COLUMNS,
    ZONE_COLUMNS,
    Page,
)
from geoplan.maps.series import series
from geoplan.messages import catalogue, known, say
from geoplan.results import Result, total
from geoplan.text.numbers import day

MANY_LOTS = 800
"""From here lots stand on a grid of 1 m in place of 0.1 m."""
BORDER_HA = 0.005
"""A feature with less outside the communes is said to lie inside them."""
WORDS = "map."
SHARED = (
    "class.", "use.", "gap_role.", "verdict.", "zone_status.", "from_crop.", "to_group.", "status.",
    "reconciliation.cell.",
)  # fmt: skip
"""Words of other rooms that the page shows too: one wording in tables and on the map."""
TOWGS84 = "-191.90441429,-39.30318279,-111.45032835,0.00928836,-0.01975479,0.00427372,0.252906278"
"""EPSG:6960 in the position-vector signs that PROJ strings and proj4js want."""


def content(
    page: Page, lang: str, links: Sequence[tuple[str, str, str]] = (), *, undissolved: Page | None = None
) -> dict[str, Any]:
    """Everything the page's script needs, ready for `json.dumps`.

    Parameters
    ----------
    page : Page
    lang : str
        ``vi`` or ``en``.
    links : sequence of (label, file name, unit_code)
        Sibling maps, for pages of several; the code is empty for the overview.
    undissolved : Page, optional
        The page with every lot, where `page` draws them dissolved: what the legend counts.
    """
    west, south, east, north = bounds(page)
    origin = (round(west, 3), round(south, 3))
    return {
        "lang": lang,
        "words": _words(lang),
        "page": {
            "title": page.title,
            "as_of": day(page.as_of, lang=lang),
            "year": page.as_of.year,
            "now": round(page.as_of.year - 1 + page.as_of.timetuple().tm_yday / 366, 3),
            "synthetic": page.synthetic,
            "version": page.geoplan_version,
            "sources": _sources(page),
        },
        "crs": coordinate_system(page.crs),
        "classes": {
            "forest_class": FOREST_CLASSES, "use": USES, "gap_role": GAP_ROLES, "verdict": VERDICTS, "status": STATUSES,
            "agreement": AGREEMENTS, "verdict_seen": SEEN_VERDICTS, "place_verdict": PLACE_VERDICTS,
        },
        "origin": origin,
        "bounds": [west, south, east, north],
        "layers": _layers(page, origin, lang),
        "legend": legend(undissolved or page),
        "overlays": [_overlay(overlay, lang) for overlay in page.overlays],
        "swipe": [_overlay(overlay, lang) for overlay in page.swipe or ()],
        "series": series(page),
        "tables": [_table(result, lang) for result in page.tables],
        "standings": [_standing(standing, page, lang) for standing in page.standings],
        "contradictions": [{k: str(v) for k, v in c.items() if v is not None} for c in page.contradictions],
        "notes": [
            {"key": n.key, "where": n.where, "found": n.found, "fix": n.fix, "ids": list(n.feature_ids[:5])}
            for n in page.notes
        ],
        "links": [list(link) for link in links],
    }  # fmt: skip


def bounds(page: Page) -> crss.Bounds:
    """West, south, east, north of the communes in degrees, WGS 84."""
    moved = crss.geometries(page.communes.geometry.to_numpy(), page.crs, packing.WGS84)
    west, south, east, north = shapely.total_bounds(moved)
    return float(west), float(south), float(east), float(north)


def coordinate_system(crs: CRS) -> dict[str, Any]:
    """Name and proj4 definition of the read-out; ``proj4`` is None where the page can only show degrees."""
    base = crs.source_crs if crs.is_bound and crs.source_crs is not None else crs
    family = crss.family(crs)
    found: dict[str, Any] = {"name": crss.name(crs), "label": base.name, "vn2000": family == "vn2000", "proj4": None}
    operation, ellipsoid = base.coordinate_operation, base.ellipsoid
    if operation is None or operation.method_name != "Transverse Mercator" or family == "other" or ellipsoid is None:
        return found
    given = {p.name: p.value for p in operation.params}
    lat0, lon0 = (given[f"{axis} of natural origin"] for axis in ("Latitude", "Longitude"))
    shift = TOWGS84 if family == "vn2000" else "0,0,0"
    found["proj4"] = (
        f"+proj=tmerc +lat_0={lat0!r} +lon_0={lon0!r} +k={given['Scale factor at natural origin']!r} "
        f"+x_0={given['False easting']!r} +y_0={given['False northing']!r} "
        f"+a={ellipsoid.semi_major_metre!r} +rf={ellipsoid.inverse_flattening!r} +towgs84={shift} +units=m +no_defs"
    )
    return found


def _words(lang: str) -> dict[str, str]:
    wanted = (key for key in catalogue() if key.startswith((WORDS, *SHARED)))
    return {key.removeprefix(WORDS): catalogue()[key][lang] for key in wanted}


def _layers(page: Page, origin: tuple[float, float], lang: str) -> dict[str, Any]:
    grid = packing.GRID_DEG
    found: dict[str, Any] = {"communes": _polygons(page.communes, COMMUNE_COLUMNS, origin, grid, lang)}
    if page.villages is not None and len(page.villages):
        found["villages"] = _villages(page.villages, origin, lang)
    if page.lots is not None and len(page.lots):
        thin = page.lots.set_geometry(packing.simplified(page.lots.geometry.to_numpy()), crs=page.lots.crs)
        if "owner_class" in thin.columns:
            thin["owner_class"] = [_owner(value, lang) for value in thin["owner_class"]]
        thin = _crossing(thin, "dtich")
        coarse = grid * 10 if len(thin) > MANY_LOTS else grid
        found["lots"] = _polygons(thin, (*LOT_COLUMNS, "lots_count"), origin, coarse, lang)
    for name, columns in (("zones", ZONE_COLUMNS), ("drafts", DRAFT_COLUMNS)):
        frame = getattr(page, name)
        if frame is not None and len(frame):
            found[name] = _polygons(_crossing(frame, "geom_ha"), columns, origin, grid, lang)
    if page.places is not None:
        places = page.places.assign(painted=painted_as(page.places))
        household = places["place_kind"] == "household"
        for name, part in (("households", places[household]), ("sites", places[~household])):
            if len(part):
                packed = _points if name == "households" else _polygons
                found[name] = packed(part, (*PLACE_COLUMNS, "painted"), origin, grid, lang)
    return found


def _crossing(frame: gpd.GeoDataFrame, whole: str) -> gpd.GeoDataFrame:
    """The part inside the communes is said of features that cross their border alone."""
    if "inside_ha" not in frame.columns:
        return frame
    other = (area_of(frame, [whole, "geom_ha"]) - frame["inside_ha"].astype(float)).abs() > BORDER_HA
    return frame.assign(inside_ha=frame["inside_ha"].astype(float).where(other))


def _owner(value: Any, lang: str) -> str | None:
    """Name of a kind of owner: ``frms4.4`` by its list; the number alone where the list is not known."""
    if not isinstance(value, str):
        return None
    kind, _, code = value.partition(".")
    other = say("map.owner.number", lang, code=code) if kind == "number" else value
    return codes.owner_name(value, lang) or other


def _polygons(
    frame: gpd.GeoDataFrame, columns: Sequence[str], origin: tuple[float, float], grid: float, lang: str
) -> dict[str, Any]:
    there = [name for name in columns if name in frame.columns]
    return {
        "n": len(frame),
        "grid": grid,
        "rings": packing.rings(frame, origin, grid),
        "columns": {name: packing.column(frame[name], lang) for name in there},
    }


def _villages(frame: gpd.GeoDataFrame, origin: tuple[float, float], lang: str) -> dict[str, Any]:
    if frame.geom_type.isin(["Polygon", "MultiPolygon"]).all():
        return _polygons(frame, VILLAGE_COLUMNS, origin, packing.GRID_DEG, lang)
    return _points(frame, VILLAGE_COLUMNS, origin, packing.GRID_DEG, lang)


def _points(
    frame: gpd.GeoDataFrame, columns: Sequence[str], origin: tuple[float, float], grid: float, lang: str
) -> dict[str, Any]:
    there = [name for name in columns if name in frame.columns]
    return {
        "n": len(frame),
        "grid": grid,
        "points": packing.points(frame, origin, grid),
        "columns": {name: packing.column(frame[name], lang) for name in there},
    }


def _overlay(overlay: Any, lang: str) -> dict[str, Any]:
    west, south, east, north = overlay.bounds
    key = f"map.overlay.{overlay.name}"
    return {
        "name": overlay.name,
        "label": overlay.label or label(key, overlay.name, lang),
        "src": "data:image/png;base64," + base64.b64encode(overlay.png).decode("ascii"),
        "bounds": [[south, west], [north, east]],
        "classes": [list(c) for c in overlay.classes],
    }


def _table(result: Result, lang: str) -> dict[str, Any]:
    frame = result.table
    rows = [
        {
            "code": str(row["unit_code"]),
            "name": str(row["unit_name"]),
            "level": str(row["level"]),
            "values": [packing.plain_number(row[c.name]) if c.name in frame.columns else None for c in result.columns],
        }
        for row in frame.to_dict("records")
    ]
    communes = frame[frame["level"] == "commune"]
    if len(communes) > 1 and not (frame["level"] == "total").any():
        sums = total(communes, result.columns)
        values = [packing.plain_number(sums[c.name]) for c in result.columns]
        rows.append({"code": "", "name": say("map.total", lang), "level": "total", "values": values})
    return {
        "measure": result.measure,
        "title": label(f"measure.{result.measure}", result.measure, lang),
        "shows": result.shows,
        "columns": [
            {"name": c.name, "unit": c.unit, "label": label(f"column.{result.measure}.{c.name}", c.name, lang)}
            for c in result.columns
        ],
        "rows": rows,
    }


def _standing(standing: Any, page: Page, lang: str) -> dict[str, Any]:
    names = dict(zip(page.communes["unit_code"], page.communes["name"], strict=True))
    indicator = str(standing.indicator)
    numbers = {name: packing.plain_number(getattr(standing, name)) for name in ("target", "actual", "gap", "expected")}
    return {
        "id": str(standing.target_id),
        "unit_code": str(standing.unit_code),
        "unit_name": str(names.get(standing.unit_code, standing.unit_name)),
        "label": label(f"indicator.{indicator}", label(f"map.indicator.{indicator}", indicator, lang), lang),
        "comparator": str(standing.comparator),
        "strict": bool(standing.strict),
        "unit": str(standing.unit),
        "year": None if standing.year is None else int(standing.year),
        "from_year": str(standing.from_year),
        "to_year": str(standing.to_year),
        "mode": str(standing.mode),
        "status": str(standing.status),
        **numbers,
        "trajectory": [
            [int(year), packing.plain_number(value)]
            for year, value in (standing.trajectory or ())
            if value is not None and not math.isnan(float(value))
        ],
        "feasibility": [_sentence(s) for s in (standing.feasibility or ())],
        "sentence": str(standing.sentence or ""),
        "source": str(standing.source or ""),
    }


def _sentence(spoken: Any) -> str:
    return spoken if isinstance(spoken, str) else f"{spoken.found} {getattr(spoken, 'fix', '') or ''}".strip()


def _sources(page: Page) -> list[str]:
    found: dict[str, None] = {}
    for result in page.tables:
        for source in result.evidence.sources:
            found[source.path] = None
    return list(found)


def label(key: str, otherwise: str, lang: str) -> str:
    """A label by key, or the plain name where nobody gave it a label."""
    return say(key, lang) if known(key) else otherwise
