"""A project's own files: everything wrong with all of them at once, and mended copies of those that can be mended."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from pyproj import CRS

from geoplan import layers, targets
from geoplan.errors import InputError, Problem
from geoplan.intake.examining import examine
from geoplan.intake.landing import Landed, Landing
from geoplan.intake.records import Asked, Finding, Ground
from geoplan.layers import Inspection, Layer, Source
from geoplan.project import Project
from geoplan.runs import Inputs, merger_of, settings_of
from geoplan.runs.joining import once

_OF_PROJECT = ("project.", "commune.", "crs.")
"""Errors of a project's words about a layer, which no copy of the layer mends."""

REPAIRED = "layers/repaired"
"""Folder of mended copies, in the project."""


@dataclass(frozen=True, eq=False)
class Case:
    """One role of a project.

    Parameters
    ----------
    role, shown : str
        The role, and its file as the project file has it.
    errors, warnings : tuple of Problem
    source : Source or None
        None where the file is refused.
    inspection : Inspection or None
        Shapes and names of the features, where there are problems of features to be shown.
    """

    role: str
    shown: str
    errors: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()
    source: Source | None = None
    inspection: Inspection | None = None


@dataclass(frozen=True, eq=False)
class Checked:
    """A project's files with everything that is to be said of them.

    `papers` are errors of settings, targets and tables, which have no features.
    """

    project: Project
    cases: tuple[Case, ...]
    papers: tuple[Problem, ...]
    communes: Layer | None

    @property
    def errors(self) -> list[Problem]:
        """Each once, in the order of the roles."""
        return once([*(p for case in self.cases for p in case.errors), *self.papers])

    @property
    def warnings(self) -> list[Problem]:
        """Each once, in the order of the roles."""
        return once(p for case in self.cases for p in case.warnings)


def check_project(project: Project) -> Checked:
    """Every file of a project through its door, and the problems of all of them.

    Where the communes are refused, the other layers are still looked at, but for whether they lie in the communes.

    Raises
    ------
    PlaceUnavailable
        If a file cannot be read, or the temporary folder is full.
    """
    inputs = Inputs(project)
    roles = dict.fromkeys(("communes", *project.layers, *project.rasters, *project.images))
    cases = [_case(project, inputs, "communes")]
    stand = cases[0].source is not None
    cases += [_case(project, inputs, role) if stand else _alone(project, role) for role in roles if role != "communes"]
    papers: list[Callable[[], object]] = [partial(settings_of, project), partial(merger_of, project)]
    tables = ((project.targets, targets.read), (project.contradictions, targets.read_contradictions))
    papers += [partial(read, path, project.shown(path)) for path, read in tables if path is not None]
    found: list[Problem] = []
    for paper in papers:
        try:
            paper()
        except InputError as error:
            found += error.problems
    return Checked(project, tuple(cases), tuple(found), inputs.communes if stand else None)


def repair(checked: Checked, *, replace: bool = False) -> tuple[list[Finding], list[Landed]]:
    """Mended copies of the layers that have something to be mended, beside the project's own files.

    Parameters
    ----------
    checked : Checked
        From `check_project`.
    replace : bool
        True: earlier copies of other content give way.

    Returns
    -------
    findings, landed
        All layers that were looked at, whether mended or not; the copies, in the same order, of those that are ready
        and differ from their file.

    Raises
    ------
    InputError, PlaceUnavailable
        As `Landing.write`.
    """
    project = checked.project
    communes = checked.communes if checked.communes is not None else _mended_communes(project)
    ground = Ground(project.root, CRS.from_user_input(project.crs), communes)
    findings: list[Finding] = []
    landed: list[Landed] = []
    inputs = tuple(spec.path for spec in project.layers.values())
    for role, spec in project.layers.items():
        if any(c in spec.path.name for c in "*?["):
            continue
        asked = Asked(role, spec.crs, spec.encoding, spec.layer, spec.columns, source=spec.shown)
        seen = examine(spec.path, spec.shown, asked, ground)
        if len(seen) > 1:  # several layers and no word which one: the check has refused the file
            continue
        found = seen[0]
        findings.append(found)
        if found.ready and found.mended:
            landing = Landing(project.root / REPAIRED, asked, ground, inputs, replace)
            landed += landing.write([found], [role])
    return findings, landed


def remaining(checked: Checked, findings: Sequence[Finding], landed: Sequence[Landed]) -> list[Problem]:
    """Errors that stand after `repair`: of layers that it could not make good, and of what it does not look at."""
    good = {each.role for each in landed}
    looked = {found.role: found for found in findings}
    still: list[Problem] = []
    for case in checked.cases:
        found = looked.get(case.role)
        if case.role in good or (found is not None and found.errors):
            still += [p for p in case.errors if p.key.startswith(_OF_PROJECT)]
            still += found.errors if found is not None else ()
        else:
            still += case.errors
    return once([*still, *checked.papers])


def _mended_communes(project: Project) -> Layer | None:
    """The communes after mending, where only that makes them readable."""
    spec = project.layers["communes"]
    try:
        found = layers.inspect(spec, CRS.from_user_input(project.crs), project.root, mend=True)
    except InputError:  # said by the check already
        return None
    return found.layer


def _case(project: Project, inputs: Inputs, role: str) -> Case:
    """A role as `run` reads it. Where shapes are broken, what else is wrong is found behind their repair."""
    shown = _shown(project, role)
    try:
        got = inputs[role]
    except InputError as error:
        seen = _seen(project, role, error.problems)
        known = {p.key for p in error.problems}
        behind = () if seen is None else (p for p in seen.errors if p.key not in known)
        return Case(role, shown, (*error.problems, *behind), (), None, seen)
    warnings = tuple(got.warnings)
    return Case(role, shown, (), warnings, got.source, _seen(project, role, warnings))


def _alone(project: Project, role: str) -> Case:
    """A role whose place cannot be told, because the communes are refused."""
    shown = _shown(project, role)
    if role not in project.layers:
        return Case(role, shown)
    try:
        found = layers.inspect(project.layers[role], CRS.from_user_input(project.crs), project.root)
    except InputError as error:
        return Case(role, shown, error.problems)
    source = found.layer.source if found.layer is not None else None
    return Case(role, shown, found.errors, (*found.mended, *found.warnings), source, found)


def _seen(project: Project, role: str, said: Sequence[Problem]) -> Inspection | None:
    """Shapes of a vector layer with problems of features: for the map."""
    if role not in project.layers or not any(p.feature_ids for p in said):
        return None
    try:
        return layers.inspect(project.layers[role], CRS.from_user_input(project.crs), project.root, mend=True)
    except InputError:  # it is among what was said
        return None


def _shown(project: Project, role: str) -> str:
    for named in (project.layers, project.rasters, project.images):
        if role in named:
            return str(named[role].shown)
    return role
