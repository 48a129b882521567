"""One folder of a day's outputs, `maps/<as_of>/`: it appears whole or not at all.

Composes what `runs` and `targets` found into the records of `exports`, `reports` and `maps`, and hands their bytes to
`writing`.
"""

import csv
import hashlib
import io
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely
from affine import Affine
from pyproj import CRS

import geoplan
from geoplan import crs, maps, targets, writing
from geoplan.errors import InputError, Problem
from geoplan.exports import Bundle, results_gpkg, results_json
from geoplan.imagery.pictures import Picture
from geoplan.layers import Layer, Source
from geoplan.maps import Overlay, Page
from geoplan.measures import catalog
from geoplan.messages import Spoken, say, spoken
from geoplan.project import Project
from geoplan.rasters import Raster
from geoplan.reports import workbook
from geoplan.results import Result
from geoplan.runs import Run
from geoplan.targets import Standing
from geoplan.text.numbers import day

OVERLAY_PX = 900
"""Longest side of a raster as it is read for the map."""

REASONS = ("reasons", "seen_reasons", "agreement_reason")
"""Fields of layers that hold message keys, between spaces."""

LAND_COVER_COLOURS = ("#2f6b4f", "#86ad5c", "#efe7d4", "#dfc46a", "#8fb8c9", "#b79ab0", "#a8a8a0", "#d9d6cc")


@dataclass(frozen=True, eq=False)
class Told:
    """A run with its targets, in the reader's language: what every output says."""

    project: Project
    run: Run
    lang: str
    standings: tuple[Standing, ...]
    contradictions: tuple[Mapping[str, str], ...]
    warnings: tuple[Spoken, ...]


def tell(project: Project, run: Run, lang: str = "vi") -> Told:
    """Set the targets beside the results and put every sentence into a language.

    Raises
    ------
    InputError
        Where the tables of targets or contradictions are wrong.
    """
    standings: list[Standing] = []
    notes: list[Problem] = []
    if project.targets is not None:
        rows = targets.read(project.targets, project.shown(project.targets))
        table = run.merger.table if run.merger is not None else None
        rows, merged = targets.of_today(rows, table, project.shown(project.targets))
        try:
            standings, notes = targets.compare(
                run.results, rows, project.as_of, units=_unit_names(run), measures=catalog()
            )
        except InputError as error:
            shown = project.shown(project.targets)
            raise InputError(*(replace(p, where=f"{shown}: {p.where}") for p in error.problems)) from error
        notes = [*merged, *notes]
    spoken_standings = tuple(
        replace(s, feasibility=tuple(spoken(p, lang) for p in s.feasibility if isinstance(p, Problem)))
        for s in standings
    )
    warnings = tuple(spoken(problem, lang) for problem in (*run.warnings, *notes))
    return Told(project, run, lang, spoken_standings, tuple(_contradictions(project, run)), warnings)


def write(told: Told, out: Path | None = None) -> Path:
    """Write the day's folder and return it.

    In it: ``results.json``, ``results.gpkg``, ``results.xlsx``, ``map.html``, ``log.txt``. A folder of the same day is
    moved to ``<as_of>~<hash>`` first; ``maps/latest`` names the newest.

    Raises
    ------
    PlaceUnavailable
        Where the folder cannot be written or the disk is full: nothing is left under the final name.
    """
    bundle, page = bundle_of(told), page_of(told)
    files: dict[str, bytes] = {name: html.encode("utf-8") for name, html in maps.officer_maps(page, told.lang).items()}
    files["results.json"] = results_json(bundle)
    files["results.xlsx"] = workbook(bundle)
    files["log.txt"] = _log(told, bundle).encode("utf-8")
    final = (out or told.project.root / "maps") / told.project.as_of.isoformat()
    inputs = [told.project.root / source.path for source in told.run.inputs.sources()]
    with writing.new_folder(final, inputs=inputs) as folder:
        for name, content in sorted(files.items()):
            writing.write_bytes(folder / name, content)
        results_gpkg(bundle, folder / "results.gpkg")
    return final


def bundle_of(told: Told) -> Bundle:
    """The record that tables and files are made of."""
    return Bundle(
        name=told.project.name,
        as_of=told.project.as_of,
        crs=told.project.crs,
        synthetic=told.project.synthetic,
        lang=told.lang,
        version=geoplan.__version__,
        results=_with_reasons(told),
        communes=told.run.inputs.communes.frame,
        standings=told.standings,
        contradictions=told.contradictions,
        warnings=told.warnings,
        extra_sources=(*told.run.inputs.sources(), *_papers(told)),
    )


def _papers(told: Told) -> list[Source]:
    """Tables and outlines that are no layers of a measure, as sources: targets and warnings come from them too."""
    project, merger = told.project, told.run.merger
    papers = {"targets": project.targets, "contradictions": project.contradictions, "crosswalk": project.crosswalk}
    outlines = merger.outlines.source if merger is not None and merger.outlines is not None else None
    found = [outlines] if outlines is not None else []
    for role, path in papers.items():
        if path is not None:
            content = path.read_bytes()
            rows = sum(1 for row in csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")) if row) - 1
            found.append(Source(role, project.shown(path), hashlib.sha256(content).hexdigest(), rows, "", ""))
    return found


def page_of(told: Told) -> Page:
    """The record that the map is made of."""
    results = {result.measure: result for result in _with_reasons(told)}
    zones = results["conversion"].layer if "conversion" in results else None
    marked = zones["marked"] if zones is not None else None
    return Page(
        title=told.project.name,
        as_of=told.project.as_of,
        synthetic=told.project.synthetic,
        geoplan_version=geoplan.__version__,
        crs=CRS.from_user_input(told.project.crs),
        communes=told.run.inputs.communes.frame,
        villages=_frame(told, "villages"),
        lots=results["forest_cover"].layer if "forest_cover" in results else None,
        zones=zones[~marked] if zones is not None and marked is not None else None,
        drafts=zones[marked] if zones is not None and marked is not None else _frame(told, "draft_zones"),
        tables=list(results.values()),
        standings=told.standings,
        contradictions=told.contradictions,
        notes=told.warnings,
        overlays=[*_overlays(told), *(maps.grid_overlay(g, told.lang) for r in told.run.results for g in r.grids)],
        places=results["resettlement_risk"].layer if "resettlement_risk" in results else None,
        observations=results["conversion"].observations if "conversion" in results else None,
        swipe=_swipe(told),
    )


def _unit_names(run: Run) -> dict[str, str]:
    """Codes and names of the communes and villages at hand."""
    communes = run.inputs.communes.frame
    names = dict(zip(communes["unit_code"], communes["name"], strict=True))
    villages = run.inputs.get("villages")
    if isinstance(villages, Layer):
        names = dict(zip(villages.frame["village_code"], villages.frame["name"], strict=True)) | names
    return names


def _contradictions(project: Project, run: Run) -> list[Mapping[str, str]]:
    """Rows that speak of a commune at hand, or of none."""
    if project.contradictions is None:
        return []
    frame = run.inputs.communes.frame
    codes, names = set(frame["unit_code"]), tuple(frame["name"])
    rows = targets.read_contradictions(project.contradictions, project.shown(project.contradictions))
    return [
        r
        for r in rows
        if r["unit_code"] in codes or (not r["unit_code"] and any(name in r["commune"] for name in names))
    ]


def _with_reasons(told: Told) -> list[Result]:
    """Results whose features carry their reasons as sentences instead of keys."""
    made = []
    for result in told.run.results:
        made.append(result if result.layer is None else replace(result, layer=_spoken_layer(result.layer, told.lang)))
    return made


def _spoken_layer(layer: gpd.GeoDataFrame, lang: str) -> gpd.GeoDataFrame:
    for name in REASONS:
        if name in layer.columns:
            keys = [[] if pd.isna(value) else str(value).split() for value in layer[name]]
            layer = layer.assign(**{name: [tuple(say(key, lang) for key in each) for each in keys]})
    return layer


def _swipe(told: Told) -> tuple[Overlay, Overlay] | None:
    """Pictures of the first and last year, to be compared; None where no images were read for two years."""
    shown = {picture.name: picture for picture in told.run.pictures}
    if not {"before", "after"} <= set(shown):
        return None
    before, after = (
        maps.photo(name, p.values, p.transform, p.crs, say(f"outputs.photo_{name}", told.lang, **_span(p, told.lang)))
        for name, p in ((name, shown[name]) for name in ("before", "after"))
    )
    return before, after


def _span(picture: Picture, lang: str) -> dict[str, str]:
    return {"first": day(picture.first_on, lang=lang), "last": day(picture.last_on, lang=lang)}


def _frame(told: Told, role: str) -> gpd.GeoDataFrame | None:
    layer = told.run.inputs.get(role)
    return layer.frame if isinstance(layer, Layer) else None


def _overlays(told: Told) -> list[Overlay]:
    """Shaded relief and land cover, where the project has them."""
    found = []
    for role in ("dem", "land_cover"):
        raster = told.run.inputs.get(role)
        if isinstance(raster, Raster):
            values, transform = _thinned(raster, told.run.inputs.communes.frame)
            found.append(
                maps.relief(values, transform, raster.crs)
                if role == "dem"
                else _painted(values, transform, raster, told)
            )
    return found


def _thinned(raster: Raster, communes: gpd.GeoDataFrame) -> tuple[Any, Any]:
    """The raster over the communes, every n-th pixel, for a picture."""
    west, south, east, north = shapely.total_bounds(crs.geometries(communes.geometry.array, communes.crs, raster.crs))
    values, transform = raster.read((west, south, east, north))
    step = max(1, math.ceil(max(values.shape) / OVERLAY_PX))
    return values[::step, ::step], transform @ Affine.scale(step)


def _painted(values: Any, transform: Any, raster: Raster, told: Told) -> Overlay:
    present = sorted({int(code) for code in values.compressed()}) if raster.threshold is None else []
    others = iter(LAND_COVER_COLOURS[2:] * 40)
    forest = iter(LAND_COVER_COLOURS[:2] * 40)
    classes = {}
    for code in present[:250]:
        wooded = code in raster.forest
        label = say("outputs.land_cover_forest" if wooded else "outputs.land_cover_other", told.lang, code=str(code))
        classes[code] = (label, next(forest) if wooded else next(others))
    return maps.painted("land_cover", values, transform, raster.crs, classes)


def _log(told: Told, bundle: Bundle) -> str:
    """What went in and what was said; no clock, so the same inputs give the same bytes."""
    lines = [f"geoplan {bundle.version}", f"{bundle.name} · {bundle.as_of.isoformat()} · {bundle.crs}", ""]
    lines += [f"{s.role}\t{s.path}\t{s.rows}\t{s.crs}\t{s.crs_operation}\t{s.sha256}" for s in bundle.sources]
    lines += ["", *(f"{r.measure}\t{dict(sorted(r.evidence.settings.items()))}" for r in bundle.results), ""]
    lines += [f"{w.key}\t{w.where}\t{w.found}" for w in told.warnings]
    return "\n".join(lines) + "\n"


def first_figures(results: Sequence[Result]) -> list[tuple[str, str, str, float, str]]:
    """Measure, commune, column, value and unit of what each measure shows first: the lines that the command prints."""
    rows = []
    for result in results:
        unit = next(column.unit for column in result.columns if column.name == result.shows)
        communes = result.table[result.table["level"] == "commune"]
        for code, value in zip(communes["unit_name"], communes[result.shows], strict=True):
            rows.append((result.measure, str(code), result.shows, float(value), unit))
    return rows
