"""Run the measures: choose, read and check, prepare, split by commune, compute on any executor, join, add the evidence.

Communes are split, layers are not: a task is a measure and one commune, with the features near it. What is a matter of
the whole extent (`Measure.prepare`) is made once before. Splitting changes nothing, so one worker and eight give the
same figures. Workers read the files themselves and refuse if a file is not the one that the run began with.
"""

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
from pyproj import CRS

import geoplan
from geoplan import writing
from geoplan.errors import InputError, Problem
from geoplan.imagery import Images
from geoplan.imagery.pictures import Picture, pictures
from geoplan.layers import Layer
from geoplan.lineage.merger import Merger, read_merger
from geoplan.measures import catalog
from geoplan.project import Project
from geoplan.rasters import Raster
from geoplan.results import Evidence, Findings, Measure, Prepared, Result
from geoplan.runs.inputs import Inputs, Progress
from geoplan.runs.joining import join, once
from geoplan.runs.settings import refuse_unknown, settings_of

__all__ = ["Inputs", "Progress", "Run", "compute", "join", "merger_of", "run", "settings_of", "survey"]

SHOWN_ROLES = ("villages", "draft_zones", "dem", "land_cover")
"""Read with every run although no measure may need them: the map shows them."""

MARGIN_M = 50.0
"""Beyond a measure's own reach: so that no feature on the border is left out by rounding."""


@dataclass(frozen=True, eq=False)
class Run:
    """What one run gives: the results, and everything that must be said and shown beside them."""

    results: list[Result]
    warnings: tuple[Problem, ...]
    inputs: Inputs
    merger: Merger | None = None
    pictures: tuple[Picture, ...] = ()
    """What the images looked like, first and last: for the map."""


def run(
    project: Project,
    *,
    only: Sequence[str] = (),
    executor: Executor | None = None,
    progress: Progress | None = None,
) -> list[Result]:
    """Results of every measure whose layers the project has.

    Parameters
    ----------
    project : Project
        From `open_project`.
    only : sequence of str
        Names of measures; empty means all.
    executor : Executor, optional
        Any ``concurrent.futures.Executor``, Dask's included; serial without. Processes must be spawned, not forked.
    progress : callable, optional
        ``progress(done, total)``.

    Raises
    ------
    InputError
        Problems that would make a number wrong, all of a file at once.
    """
    return survey(project, only=only, executor=executor, progress=progress).results


def survey(
    project: Project,
    *,
    only: Sequence[str] = (),
    executor: Executor | None = None,
    progress: Progress | None = None,
    making: Progress | None = None,
    stacks: Path | None = None,
) -> Run:
    """As `run`, with the warnings and sources of the whole run, and a word for each measure that was left out.

    Parameters
    ----------
    making : callable, optional
        ``making(done, total)`` while images are made ready.
    stacks : Path, optional
        Folder that keeps images made ready for the next run. Without it they live as long as the run.
    """
    chosen, skipped = _choose(project, only)
    settings = settings_of(project)
    merger = merger_of(project)
    with ExitStack() as held:
        if stacks is None and project.images:
            stacks = held.enter_context(writing.scratch())
        inputs = Inputs(project, stacks)
        inputs.read_all((*(role for measure in chosen for role in measure.roles), *SHOWN_ROLES))
        for role in _image_roles(project, chosen):
            inputs.stack(role, making)
        prepared = {measure.name: _prepared(project, inputs, measure, settings[measure.name]) for measure in chosen}
        tasks = [(measure, i) for measure in chosen for i in range(len(inputs.communes.frame))]
        parts: list[Findings] = []
        given = {name: made.value for name, made in prepared.items() if made is not None}
        for done, part in enumerate(_computed(project, inputs, tasks, settings, given, executor, stacks), start=1):
            parts.append(part)
            if progress is not None:
                progress(done, len(tasks))
        seen = [pictures(inputs.stack(role)) for role in _image_roles(project, chosen)]
        inputs.refuse_changed()
    names = list(inputs.communes.frame["name"])
    results = []
    for measure in chosen:
        mine = [part for (task, _), part in zip(tasks, parts, strict=True) if task is measure]
        found = join(mine, names)
        results.append(_result(project, inputs, measure, found, prepared[measure.name], settings[measure.name]))
    said = [*inputs.warnings(), *(note for result in results for note in result.notes), *skipped]
    if merger is not None:
        said = _with_merger(merger, inputs, results, said)
    return Run(results, tuple(once(said)), inputs, merger, tuple(picture for shown in seen for picture in shown))


def _choose(project: Project, only: Sequence[str]) -> tuple[list[Measure], list[Problem]]:
    known = catalog()
    refuse_unknown(only, "only")
    chosen, skipped = [], []
    for name in only or known:
        absent = [role for role in known[name].required if not project.has(role)]
        if absent:
            skipped.append(Problem("run.measure_skipped", name, {"roles": ", ".join(absent), "measure": name}))
        else:
            chosen.append(known[name])
    unused = [role for role in project.images if role not in _image_roles(project, chosen)]
    skipped += [Problem("run.images_unused", f"{project.file.name}: images.{role}") for role in unused]
    return chosen, skipped


def _image_roles(project: Project, chosen: Sequence[Measure]) -> list[str]:
    """Roles of images that the project has and a chosen measure uses."""
    used = {role for measure in chosen for role in measure.roles}
    return [role for role in project.images if role in used]


def _prepared(project: Project, inputs: Inputs, measure: Measure, settings: Mapping[str, Any]) -> Prepared | None:
    """What the measure makes of all communes and whole layers, once."""
    if measure.prepare is None:
        return None
    communes = inputs.communes.frame.assign(level="commune")
    layers = [_whole(inputs, role) for role in measure.prepare.roles]
    taken = {name: settings[name] for name in measure.prepare.settings}
    return measure.prepare.compute(communes, *layers, as_of=project.as_of, **taken)


def _whole(inputs: Inputs, role: str) -> Any:
    """A role as measures take it: a frame, a raster, a stack, or None."""
    found = inputs.get(role)
    if isinstance(found, Images):
        return inputs.stack(role)
    return found.frame if isinstance(found, Layer) else found


def _computed(
    project: Project,
    inputs: Inputs,
    tasks: Sequence[tuple[Measure, int]],
    settings: Mapping[str, Mapping[str, Any]],
    prepared: Mapping[str, Any],
    executor: Executor | None,
    stacks: Path | None,
) -> Iterable[Findings]:
    if executor is None:
        for measure, unit in tasks:
            yield compute(project, inputs, measure, unit, settings[measure.name], prepared.get(measure.name))
        return
    began_with = tuple((source.role, source.sha256) for source in inputs.sources())
    futures = [
        executor.submit(
            _in_worker, project, began_with, m.name, unit, dict(settings[m.name]), prepared.get(m.name), stacks
        )
        for m, unit in tasks
    ]
    for future in futures:
        yield future.result()


def merger_of(project: Project) -> Merger | None:
    """What ``[lineage]`` names, read and checked; None where the project has no such table."""
    if project.crosswalk is None:
        return None
    crs = CRS.from_user_input(project.crs)
    return read_merger(project.crosswalk, project.shown(project.crosswalk), project.outlines, crs, project.root)


def _with_merger(merger: Merger, inputs: Inputs, results: Sequence[Result], said: Sequence[Problem]) -> list[Problem]:
    communes = inputs.communes
    told = merger.told(communes.frame, communes.source.path)
    lots = next((result.layer for result in results if result.measure == "forest_cover"), None)
    if lots is None or "maxa" not in lots:
        return [*said, *told]
    where = next(source.path for source in inputs.sources() if source.role == "forest_lots")
    return merger.explained([*said, *told], lots, where)


_HELD: dict[tuple[tuple[tuple[str, str], ...], str], Inputs] = {}
"""A worker's layers, by the hashes that the run began with and what the project says of them: read once for all its
tasks. A pool may serve another project over the same files.
"""


def _in_worker(
    project: Project,
    began_with: tuple[tuple[str, str], ...],
    name: str,
    unit: int,
    settings: Mapping[str, Any],
    prepared: Any,
    stacks: Path | None,
) -> Findings:
    said = (project.file, project.crs, project.as_of, project.communes, project.layers, project.rasters, project.images)
    key = (began_with, repr((*said, stacks)))
    if key not in _HELD:
        inputs = Inputs(project, stacks)
        inputs.read_all(role for role, _ in began_with)
        changed = set(began_with) - {(source.role, source.sha256) for source in inputs.sources()}
        if changed:
            raise InputError(Problem("run.input_changed", ", ".join(sorted(role for role, _ in changed)), {}))
        _HELD.clear()
        _HELD[key] = inputs
    return compute(project, _HELD[key], catalog()[name], unit, settings, prepared)


def compute(
    project: Project, inputs: Inputs, measure: Measure, unit: int, settings: Mapping[str, Any], prepared: Any = None
) -> Findings:
    """Findings of a measure in one commune, from the features within its reach and what was prepared for all."""
    commune = inputs.communes.frame.iloc[[unit]].assign(level="commune")
    units = pd.concat([commune, _village_units(inputs.get("villages"), commune)], ignore_index=True)
    reach = measure.reach_m + MARGIN_M
    west, south, east, north = units.total_bounds
    near = (west - reach, south - reach, east + reach, north + reach)
    layers: list[Any] = []
    for role in (*measure.needs, *measure.may_use):
        found = inputs.get(role)
        if isinstance(found, Layer):
            layers.append(
                _of_commune(found.frame, commune).reset_index(drop=True)
                if role == "villages"
                else _near(found.frame, near)
            )
        else:
            layers.append(_whole(inputs, role))
    given = measure.compute_settings(settings) | ({"prepared": prepared} if measure.prepare else {})
    return measure.compute(units, *layers, as_of=project.as_of, **given)


def _village_units(villages: Layer | Raster | Images | None, commune: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Village polygons of a commune as units; villages that are points have no area and are none."""
    if not isinstance(villages, Layer) or "geom_ha" not in villages.frame:
        return commune.iloc[:0]
    chosen = _of_commune(villages.frame, commune)
    chosen = chosen[chosen.geom_type.isin(["Polygon", "MultiPolygon"])]
    fields = {"unit_code": chosen["village_code"], "level": "village", "area_official_ha": float("nan")}
    return chosen.assign(**fields)[["unit_code", "name", "level", "area_official_ha", "geom_ha", "geometry"]]


def _of_commune(villages: gpd.GeoDataFrame, commune: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    return villages[villages.representative_point().within(commune.geometry.iloc[0])]


def _near(frame: gpd.GeoDataFrame, bounds: tuple[float, ...]) -> gpd.GeoDataFrame:
    """Features that meet the box, in their order."""
    chosen = frame.iloc[sorted(frame.sindex.intersection(bounds))]
    return chosen.reset_index(drop=True)


def _result(
    project: Project,
    inputs: Inputs,
    measure: Measure,
    findings: Findings,
    prepared: Prepared | None,
    settings: Mapping[str, Any],
) -> Result:
    roles = [role for role in measure.roles if project.has(role)]
    if set(roles) & set(project.images) and project.has("dem"):
        roles.append("dem")  # the light on slopes was corrected by it
    sources = inputs.sources(roles)
    operations = sorted({source.crs_operation for source in sources})
    evidence = Evidence(
        geoplan=geoplan.__version__,
        as_of=project.as_of,
        crs=project.crs,
        crs_operation=", ".join(operations),
        sources=sources,
        settings=dict(settings),
        synthetic=project.synthetic,
    )
    return Result(
        measure=measure.name,
        columns=measure.columns,
        shows=measure.shows,
        table=findings.table,
        layer=findings.layer,
        series=findings.series,
        breakdown=findings.breakdown,
        forms=findings.forms,
        notes=tuple(once([*inputs.warnings(roles), *(prepared.notes if prepared else ()), *findings.notes])),
        evidence=evidence,
        observations=findings.observations,
        grids=prepared.grids if prepared else (),
    )
