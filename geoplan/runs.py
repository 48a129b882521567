"""Run the measures: choose, read and check, split by commune, compute on any executor, join, add the evidence.

Communes are split, layers are not: a task is a measure and one commune, with the features near it. Splitting changes
nothing, so one worker and eight give the same figures. Workers read the files themselves and refuse if a file is not
the one that the run began with.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from typing import Any

import geopandas as gpd
import pandas as pd
from pyproj import CRS

import geoplan
from geoplan.errors import InputError, Problem
from geoplan.forms import with_zero_owners
from geoplan.layers import Layer, Source
from geoplan.lineage.merger import Merger, read_merger
from geoplan.measures import catalog
from geoplan.project import Project
from geoplan.rasters import Raster
from geoplan.results import BREAKDOWN_COLUMNS, SERIES_COLUMNS, Evidence, Findings, Measure, Result

Progress = Callable[[int, int], None]
"""Called with tasks done and tasks in all."""

KEY_FIELDS = ("lot_id", "zone_id")
"""What tells the features of a measure's layer apart when the parts of a split run are joined."""

INSIDE_FIELDS = (
    "inside_ha", "accepted_ha", "refused_ha", "to_forest_ha", "look_ha", "lawful_ha", "natural_forest_overlap_ha",
    "forest_overlap_ha",
)  # fmt: skip
"""Hectares of a feature inside the communes: those of two communes add up."""

SHOWN_ROLES = ("villages", "draft_zones", "dem", "land_cover")
"""Read with every run although no measure may need them: the map shows them."""

MARGIN_M = 50.0
"""Beyond a measure's own reach: so that no feature on the border is left out by rounding."""


@dataclass(frozen=True, eq=False)
class Run:
    """What one run gives: the results, and everything that must be said beside them."""

    results: list[Result]
    warnings: tuple[Problem, ...]
    inputs: "Inputs"
    merger: Merger | None = None


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
) -> Run:
    """As `run`, with the warnings and sources of the whole run, and a word for each measure that was left out."""
    chosen, skipped = _choose(project, only)
    settings = settings_of(project)
    merger = merger_of(project)
    inputs = Inputs(project)
    inputs.read_all((*(role for measure in chosen for role in (*measure.needs, *measure.may_use)), *SHOWN_ROLES))
    tasks = [(measure, i) for measure in chosen for i in range(len(inputs.communes.frame))]
    parts: list[Findings] = []
    for done, part in enumerate(_computed(project, inputs, tasks, settings, executor), start=1):
        parts.append(part)
        if progress is not None:
            progress(done, len(tasks))
    names = list(inputs.communes.frame["name"])
    results = []
    for measure in chosen:
        mine = [part for (task, _), part in zip(tasks, parts, strict=True) if task is measure]
        results.append(_result(project, inputs, measure, join(mine, names), settings[measure.name]))
    said = [*inputs.warnings(), *(note for result in results for note in result.notes), *skipped]
    if merger is not None:
        said = _with_merger(merger, inputs, results, said)
    return Run(results, tuple(_once(said)), inputs, merger)


class Inputs:
    """The layers of one run, each read once."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._read: dict[str, Layer | Raster] = {}

    @property
    def communes(self) -> Layer:
        """The communes reported on."""
        return self["communes"]  # type: ignore[return-value]  # the role communes is always a layer

    def __getitem__(self, role: str) -> Layer | Raster:
        if role not in self._read:
            communes = None if role == "communes" else self.communes
            self._read[role] = self._project.read(role, communes=communes)
        return self._read[role]

    def get(self, role: str) -> Layer | Raster | None:
        """The layer, or None where the project does not have the role."""
        return self[role] if self._project.has(role) else None

    def read_all(self, roles: Iterable[str]) -> None:
        """Read the roles that the project has, and refuse with the problems of all files together."""
        problems: list[Problem] = []
        for role in dict.fromkeys(("communes", *roles)):
            try:
                self.get(role)
            except InputError as error:
                problems.extend(error.problems)
                if role == "communes":
                    break
        if problems:
            raise InputError(*_once(problems))

    def sources(self, roles: Iterable[str] | None = None) -> tuple[Source, ...]:
        """Sources of the roles read, in the order of the roles' names."""
        wanted = set(self._read) if roles is None else {"communes", *roles} & set(self._read)
        return tuple(self._read[role].source for role in sorted(wanted))

    def warnings(self, roles: Iterable[str] | None = None) -> list[Problem]:
        """What the doors said of the roles read."""
        wanted = set(self._read) if roles is None else {"communes", *roles} & set(self._read)
        return [problem for role in sorted(wanted) for problem in self._read[role].warnings]


def _choose(project: Project, only: Sequence[str]) -> tuple[list[Measure], list[Problem]]:
    known = catalog()
    _refuse_unknown(only, "only")
    chosen, skipped = [], []
    for name in only or known:
        absent = [role for role in known[name].needs if not project.has(role)]
        if absent:
            skipped.append(Problem("run.measure_skipped", name, {"roles": ", ".join(absent), "measure": name}))
        else:
            chosen.append(known[name])
    skipped += [Problem("run.images_unused", f"{project.file.name}: images.{role}") for role in project.images]
    return chosen, skipped


def settings_of(project: Project) -> dict[str, Mapping[str, Any]]:
    """Settings of every measure: defaults, changed by the project file; wrong names, keys and values are refused."""
    _refuse_unknown(project.settings, f"{project.file.name}: measures")
    problems: list[Problem] = []
    made: dict[str, Mapping[str, Any]] = {}
    for name, measure in catalog().items():
        given = project.settings.get(name, {})
        made[name] = {**measure.settings, **given}
        for key, value in given.items():
            where = f"{project.file.name}: measures.{name}.{key}"
            if key not in measure.settings:
                problems.append(Problem("run.unknown_setting", where, {"known": ", ".join(measure.settings) or "–"}))
            elif not _same_kind(value, measure.settings[key]):
                facts = {"wanted": type(measure.settings[key]).__name__, "found": type(value).__name__}
                problems.append(Problem("project.wrong_type", where, facts))
            elif not _within(value, measure.limits.get(key, ())):
                facts = {"found": str(value), "known": " – ".join(map(str, measure.limits[key]))}
                problems.append(Problem("run.setting_out_of_range", where, facts))
    if problems:
        raise InputError(*problems)
    return made


def _refuse_unknown(names: Iterable[str], where: str) -> None:
    wrong = tuple(name for name in names if name not in catalog())
    if wrong:
        raise InputError(Problem("run.unknown_measure", where, {"known": ", ".join(catalog())}, wrong))


def _within(value: object, limits: tuple[Any, ...]) -> bool:
    """Inside (lowest, highest) for a number, one of the words for a text; NaN is inside nothing."""
    if not limits:
        return True
    if isinstance(value, str):
        return value in limits
    return bool(limits[0] <= value <= limits[-1])


def _same_kind(value: object, default: object) -> bool:
    if isinstance(default, float):
        return isinstance(value, int | float) and not isinstance(value, bool)
    return type(value) is type(default)


def _computed(
    project: Project,
    inputs: Inputs,
    tasks: Sequence[tuple[Measure, int]],
    settings: Mapping[str, Mapping[str, Any]],
    executor: Executor | None,
) -> Iterable[Findings]:
    if executor is None:
        for measure, unit in tasks:
            yield compute(project, inputs, measure, unit, settings[measure.name])
        return
    began_with = tuple((source.role, source.sha256) for source in inputs.sources())
    futures = [
        executor.submit(_in_worker, project, began_with, m.name, unit, dict(settings[m.name])) for m, unit in tasks
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


_HELD: dict[tuple[tuple[str, str], ...], Inputs] = {}
"""A worker's layers, by the hashes that the run began with: read once for all its tasks."""


def _in_worker(
    project: Project, began_with: tuple[tuple[str, str], ...], name: str, unit: int, settings: Mapping[str, Any]
) -> Findings:
    if began_with not in _HELD:
        inputs = Inputs(project)
        inputs.read_all(role for role, _ in began_with)
        changed = set(began_with) - {(source.role, source.sha256) for source in inputs.sources()}
        if changed:
            raise InputError(Problem("run.input_changed", ", ".join(sorted(role for role, _ in changed)), {}))
        _HELD.clear()
        _HELD[began_with] = inputs
    return compute(project, _HELD[began_with], catalog()[name], unit, settings)


def compute(project: Project, inputs: Inputs, measure: Measure, unit: int, settings: Mapping[str, Any]) -> Findings:
    """Findings of a measure in one commune, from the features within its reach."""
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
            layers.append(found)
    return measure.compute(units, *layers, as_of=project.as_of, **settings)


def _village_units(villages: Layer | Raster | None, commune: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
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


def join(parts: Sequence[Findings], names: Sequence[str]) -> Findings:
    """Findings of single communes as one. A feature of two communes stays with the one that holds more of it."""
    forms: dict[str, list[pd.DataFrame]] = {}
    for part in parts:
        for form, table in part.forms.items():
            forms.setdefault(form, []).append(table)
    return Findings(
        table=pd.concat([part.table for part in parts], ignore_index=True),
        layer=_joined_layer([part.layer for part in parts if part.layer is not None]),
        series=_stacked([part.series for part in parts], SERIES_COLUMNS),
        breakdown=_stacked([part.breakdown for part in parts], BREAKDOWN_COLUMNS),
        forms={form: with_zero_owners(pd.concat(tables, ignore_index=True)) for form, tables in forms.items()},
        notes=tuple(_joined_notes([part.notes for part in parts], names)),
    )


def _stacked(tables: Sequence[pd.DataFrame], columns: Sequence[str]) -> pd.DataFrame:
    full = [table for table in tables if len(table)]
    return pd.concat(full, ignore_index=True) if full else pd.DataFrame(columns=list(columns))


def _joined_layer(layers: Sequence[gpd.GeoDataFrame]) -> gpd.GeoDataFrame | None:
    if not layers:
        return None
    full = [layer for layer in layers if len(layer)] or [layers[0]]
    frame = pd.concat(full, ignore_index=True)
    key = next(name for name in KEY_FIELDS if name in frame.columns)
    added = [name for name in INSIDE_FIELDS if name in frame.columns]
    frame[added] = frame.groupby(key)[added].transform("sum")
    frame = frame.sort_values([key, "unit_share"], kind="stable").drop_duplicates(key, keep="last")
    ordered = frame.sort_values(["unit_code", key], kind="stable", ignore_index=True)
    return gpd.GeoDataFrame(ordered, geometry="geometry", crs=layers[0].crs)


def _joined_notes(notes: Sequence[Sequence[Problem]], names: Sequence[str]) -> list[Problem]:
    """Notes of all parts: one said alike everywhere is said once, others name their commune."""
    by_key: dict[str, list[tuple[str, Problem]]] = {}
    for name, said in zip(names, notes, strict=True):
        for note in said:
            by_key.setdefault(note.key, []).append((name, note))
    joined = []
    for found in by_key.values():
        alike = len(found) == len(names) and all(note == found[0][1] for _, note in found)
        counts = bool(found[0][1].feature_ids) or bool({"n", "area_ha"} & set(found[0][1].facts))
        if (alike and not counts) or len(names) == 1 or "unit" in found[0][1].facts:
            joined += _once(note for _, note in found)
        else:
            joined += [replace(note, where=f"{name}: {note.where}" if note.where else name) for name, note in found]
    return joined


def _once(problems: Iterable[Problem]) -> list[Problem]:
    kept: list[Problem] = []
    for problem in problems:
        if problem not in kept:
            kept.append(problem)
    return kept


def _result(
    project: Project, inputs: Inputs, measure: Measure, findings: Findings, settings: Mapping[str, Any]
) -> Result:
    roles = [role for role in (*measure.needs, *measure.may_use) if project.has(role)]
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
        notes=tuple(_once([*inputs.warnings(roles), *findings.notes])),
        evidence=evidence,
    )
