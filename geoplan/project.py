"""The project file `geoplan.toml`: a folder's layers by role, and the day that every figure is of.

A `Project` holds paths and settings only, so it travels cheaply to a worker; `Project.read` opens a role through its
door and checks it against the communes. Nothing here connects to anything: a URL, a database string or a GDAL virtual
path is refused.
"""

import math
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np
from pyproj import CRS

from geoplan import crs as coordinates
from geoplan import imagery, layers, rasters
from geoplan.errors import InputError, Problem
from geoplan.imagery import Images, ImagesSpec
from geoplan.layers import Layer, LayerSpec
from geoplan.layers.schemas import SCHEMAS
from geoplan.rasters import Raster, RasterSpec
from geoplan.text.letters import nfc

FILE = "geoplan.toml"
RASTER_ROLES = ("dem", "land_cover", "strata")
IMAGE_ROLES = ("sentinel2", "landsat", "sentinel1")
_LARGEST = 4_000_000
"""Bytes: a project file of ten thousand lines has a tenth of it."""
_LONGEST_NAME = 255
"""Bytes of one name of a path, on every usual disk."""
FIRST_YEAR, LAST_YEAR = 1990, 2100
"""Years that `as_of` may be in."""

AREA_WARNING = 0.005
"""Official and geodesic area of a commune may differ by this share without a word."""

_TOP = ("project", "layers", "rasters", "images", "targets", "lineage", "measures")
_PROJECT_KEYS = ("name", "crs", "as_of", "synthetic", "communes")
_LAYER_KEYS = ("path", "layer", "crs", "encoding", "columns")
_RASTER_KEYS = ("path", "forest", "nodata", "threshold", "band")
_IMAGES_KEYS = ("path",)
_TARGET_KEYS = ("file", "contradictions")
_LINEAGE_KEYS = ("crosswalk", "outlines")
_REMOTE = re.compile(r"^\s*[a-z][a-z0-9_+.-]+:|^\s*[\\/]+vsi|\s(dbname|host)=", re.IGNORECASE)
"""A URL, a GDAL prefix (``PG:``, ``GTIFF_DIR:``), a virtual path, a database string. A letter and colon: a drive."""


@dataclass(frozen=True, eq=False)
class Project:
    """A project folder, read and understood, with nothing opened yet.

    Parameters
    ----------
    file : Path
        The ``geoplan.toml``.
    name, crs, as_of
        Title; CRS for drawing and distances (``EPSG:9213``); the day of every figure.
    synthetic : bool
        True where the file says that the data are made up: every output says so.
    communes : tuple of str
        Codes to report on, of all in the communes layer; empty means all.
    layers, rasters : mapping
        Role to what the file says of it.
    images : mapping
        Role to its folder of scenes.
    targets, contradictions : Path or None
        Tables of plan targets and of contradictions between plans.
    crosswalk : Path or None
        Table of old communes to new ones; `outlines` are the old ones' boundaries.
    settings : mapping
        ``[measures.<name>]`` tables.
    """

    file: Path
    name: str
    crs: str
    as_of: date
    synthetic: bool = False
    communes: tuple[str, ...] = ()
    layers: Mapping[str, LayerSpec] = field(default_factory=dict)
    rasters: Mapping[str, RasterSpec] = field(default_factory=dict)
    images: Mapping[str, ImagesSpec] = field(default_factory=dict)
    targets: Path | None = None
    contradictions: Path | None = None
    crosswalk: Path | None = None
    outlines: LayerSpec | None = None
    settings: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @property
    def root(self) -> Path:
        """The project folder."""
        return self.file.parent

    def shown(self, path: Path) -> str:
        """A path as messages name it: relative to the project where it lies inside."""
        return path.relative_to(self.root).as_posix() if path.is_relative_to(self.root) else path.name

    def has(self, role: str) -> bool:
        """True if the project file gives the role."""
        return role in self.layers or role in self.rasters or role in self.images

    def read(self, role: str, *, communes: Layer | None = None) -> Layer | Raster | Images:
        """A checked layer, or a raster or folder of images that is still on the disk.

        Parameters
        ----------
        role : str
            Name of a role that the project file gives.
        communes : Layer, optional
            The communes, where they are read already.

        Raises
        ------
        InputError
            With every problem that makes a number wrong; ``project.role_absent`` for a role that the file does not
            give.
        """
        if role == "communes":
            return read_communes(self)
        if role in self.layers:
            layer = self._layer(role, communes)
            said = layers.meet(layer, communes or read_communes(self))
            return replace(layer, warnings=layer.warnings + said)
        if role in self.rasters:
            crs = CRS.from_user_input(self.crs)
            raster = rasters.reached(rasters.open_raster(self.rasters[role], self.root), crs)
            said = rasters.meet(raster, (communes or read_communes(self)).frame)
            return replace(raster, warnings=raster.warnings + said)
        if role in self.images:
            images = imagery.reached(imagery.open_images(self.images[role], self.root), CRS.from_user_input(self.crs))
            said = imagery.meet(images, (communes or read_communes(self)).frame)
            return replace(images, warnings=images.warnings + said)
        raise InputError(Problem("project.role_absent", self.file.name, {"role": role}))

    def _layer(self, role: str, communes: Layer | None) -> Layer:
        """A layer from its door; where its CRS is in question, the refusal names those that fit the communes."""
        spec = self.layers[role]
        try:
            return layers.read(spec, CRS.from_user_input(self.crs), self.root)
        except InputError as error:
            raise layers.explained(error, spec, lambda: communes or read_communes(self)) from error


def open_project(path: str | Path = FILE) -> Project:
    """A project from its file, or from the folder that holds it.

    Raises
    ------
    InputError
        With all problems of the file at once: unknown keys (the known ones are listed), wrong types, a source that is
        not a local file, no communes.
    """
    place = Path(path)
    file = (place / FILE if place.is_dir() else place).absolute()
    return _Reading(file).project(_document(file, str(path)))


def _document(file: Path, shown: str) -> dict[str, Any]:
    """What the file says: an ordinary file of a size that people write, and TOML."""
    try:
        if not file.is_file():  # a pipe or a device would never end
            raise InputError(Problem("project.no_file", shown, {"file": FILE}))
        with file.open("rb") as opened:
            raw = opened.read(_LARGEST + 1)
    except OSError as error:
        raise InputError(Problem("project.no_file", shown, {"file": FILE})) from error
    if len(raw) > _LARGEST:
        raise InputError(Problem("project.too_big", file.name, {"mb": _LARGEST // 1_000_000}))
    try:
        return tomllib.loads(raw.decode("utf-8-sig").replace("\r\n", "\n"))
    except UnicodeDecodeError as error:
        raise InputError(Problem("project.not_utf8", file.name, {})) from error
    except tomllib.TOMLDecodeError as error:
        raise InputError(Problem("project.not_toml", file.name, {"reason": str(error)})) from error
    except (RecursionError, ValueError) as error:  # brackets in brackets without end; a number of thousands of digits
        raise InputError(Problem("project.not_plain", file.name, {})) from error


def read_communes(project: Project) -> Layer:
    """The communes that the project reports on, with a word where official and geodesic areas differ by over 0.5 %.

    Raises
    ------
    InputError
        ``commune.not_yet_valid`` where a boundary came into force after the project's day.
    """
    if "communes" not in project.layers:
        raise InputError(Problem("project.role_absent", project.file.name, {"role": "communes"}))
    crs = CRS.from_user_input(project.crs)
    layer = layers.read(project.layers["communes"], crs, project.root)
    frame = layer.frame
    if project.communes:
        absent = [code for code in project.communes if code not in set(frame["unit_code"])]
        if absent:
            raise InputError(Problem("project.commune_absent", layer.source.path, {}, tuple(absent)))
        frame = frame[frame["unit_code"].isin(project.communes)].reset_index(drop=True)
    early = _not_yet_valid(frame, project.as_of, layer.source.path)
    if early:
        raise InputError(*early)
    error = coordinates.distortion(crs, tuple(frame.total_bounds))
    if error > coordinates.AREA_TOLERANCE:
        raise InputError(Problem("crs.distorts", project.file.name, {"crs": project.crs, "error_pct": 100 * error}))
    if "area_official_ha" not in frame:
        frame = frame.assign(area_official_ha=np.nan)
    return replace(layer, frame=frame, warnings=layer.warnings + tuple(_area_differences(frame, layer.source.path)))


def _not_yet_valid(frame: Any, as_of: date, where: str) -> list[Problem]:
    """Communes whose boundary came into force after the day of the figures: the code meant another ground then."""
    rows = [r for r in frame.itertuples() if isinstance(r.valid_from, date) and r.valid_from > as_of]
    if not rows:
        return []
    facts: dict[str, str | int | float] = {
        "n": len(rows),
        "units": ", ".join(f"{r.name} ({r.valid_from:%d/%m/%Y})" for r in rows[:5]),
        "as_of": f"{as_of:%d/%m/%Y}",
    }
    return [Problem("commune.not_yet_valid", where, facts, tuple(r.unit_code for r in rows))]


def _area_differences(frame: Any, where: str) -> list[Problem]:
    said = []
    for row in frame.itertuples():
        official, measured = float(row.area_official_ha), float(row.geom_ha)
        if official > 0 and abs(measured - official) > AREA_WARNING * official:
            facts = {
                "unit": row.name,
                "official_ha": official,
                "geom_ha": measured,
                "difference_ha": measured - official,
                "difference_pct": 100 * (measured - official) / official,
            }
            said.append(Problem("commune.area_differs", where, facts, (row.unit_code,)))
    return said


class _Reading:
    """One pass over the document that collects every problem before it refuses."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.problems: list[Problem] = []

    def project(self, document: Mapping[str, Any]) -> Project:
        self.known("", document, _TOP)
        head = self.table(document, "project")
        self.known("project", head, _PROJECT_KEYS)
        made = Project(
            file=self.file,
            name=nfc(self.value(head, "project.name", str, self.file.parent.name)),
            crs=self.crs(self.value(head, "project.crs", str, "EPSG:9213")),
            as_of=self.day(head),
            synthetic=self.value(head, "project.synthetic", bool, False),
            communes=tuple(map(str, self.value(head, "project.communes", list, []))),
            layers={role: self.layer(role, entry) for role, entry in self.roles(document, "layers", tuple(SCHEMAS))},
            rasters={role: self.raster(role, entry) for role, entry in self.roles(document, "rasters", RASTER_ROLES)},
            images={role: self.images(role, entry) for role, entry in self.roles(document, "images", IMAGE_ROLES)},
            targets=self.path(document, "targets", "file", _TARGET_KEYS),
            contradictions=self.path(document, "targets", "contradictions", _TARGET_KEYS),
            crosswalk=self.path(document, "lineage", "crosswalk", _LINEAGE_KEYS),
            outlines=self.outlines(document),
            settings={name: dict(entry) for name, entry in self.table(document, "measures").items()},
        )
        if "communes" not in made.layers:
            self.say("project.no_communes", "layers")
        if self.problems:
            raise InputError(*self.problems)
        return made

    def say(self, problem: str, at: str, **facts: str | int | float) -> None:
        self.problems.append(Problem(problem, f"{self.file.name}: {at}", facts))

    def known(self, at: str, entries: Mapping[str, Any], names: tuple[str, ...]) -> None:
        for name in entries:
            if name not in names:
                self.say("project.unknown_key", f"{at}.{name}".strip("."), key=name, known=", ".join(names))

    def table(self, document: Mapping[str, Any], name: str) -> Mapping[str, Any]:
        found = document.get(name, {})
        if isinstance(found, dict):
            return found
        self.say("project.wrong_type", name, wanted="[table]", found=type(found).__name__)
        return {}

    def value(self, entries: Mapping[str, Any], at: str, kind: type, default: Any) -> Any:
        found = entries.get(at.rsplit(".", 1)[-1], default)
        if isinstance(found, kind) and (kind is bool or not isinstance(found, bool)):
            return found
        self.say("project.wrong_type", at, wanted=kind.__name__, found=type(found).__name__)
        return default

    def day(self, head: Mapping[str, Any]) -> date:
        found = head.get("as_of")
        if isinstance(found, date) and not isinstance(found, datetime) and FIRST_YEAR <= found.year <= LAST_YEAR:
            return found
        self.say("project.no_day", "project.as_of")
        return date.min

    def crs(self, text: str) -> str:
        try:
            found = coordinates.parse(text)
            if not found.is_projected:
                raise InputError(Problem("crs.not_projected", text[:80], {"crs": text[:80]}))
            if coordinates.family(found) == "unknown":
                raise InputError(Problem("crs.datum_unknown", text[:80], {"crs": text[:80]}))
        except InputError as error:
            self.problems.extend(replace(p, where=f"{self.file.name}: project.crs") for p in error.problems)
        return text

    def roles(self, document: Mapping[str, Any], name: str, known: tuple[str, ...]) -> list[tuple[str, Any]]:
        entries = self.table(document, name)
        self.known(name, entries, known)
        return [(role, entry) for role, entry in entries.items() if role in known]

    def entry(self, at: str, entry: Any, keys: tuple[str, ...]) -> tuple[Mapping[str, Any], str]:
        if isinstance(entry, str):
            entry = {"path": entry}
        if not isinstance(entry, dict):
            self.say("project.wrong_type", at, wanted='"path" | { path = ... }', found=type(entry).__name__)
            return {}, ""
        self.known(at, entry, keys)
        return entry, self.local(f"{at}.path", self.value(entry, f"{at}.path", str, ""))

    def local(self, at: str, path: str) -> str:
        if not path.strip() or "\0" in path:
            self.say("project.no_path", at)
        elif _REMOTE.search(path):
            self.say("project.not_local", at, path=path)
        elif any(len(name.encode()) > _LONGEST_NAME for name in re.split(r"[\\/]", path)) or len(path) > 4000:
            self.say("project.path_too_long", at, path=f"{path[:40]}…")
        return path

    def place(self, path: str) -> Path:
        return self.file.parent / path.replace("\0", "").replace("\\", "/")

    def layer(self, role: str, entry: Any, group: str = "layers") -> LayerSpec:
        at = f"{group}.{role}"
        entries, path = self.entry(at, entry, _LAYER_KEYS)
        text = {key: self.value(entries, f"{at}.{key}", str, "") for key in ("layer", "crs", "encoding")}
        columns = self.value(entries, f"{at}.columns", dict, {})
        return LayerSpec(role, self.place(path), path, columns={str(k): str(v) for k, v in columns.items()}, **text)

    def outlines(self, document: Mapping[str, Any]) -> LayerSpec | None:
        entries = self.table(document, "lineage")
        if "outlines" not in entries:
            return None
        if "crosswalk" not in entries:
            self.say("project.outlines_alone", "lineage.outlines")
        return self.layer("outlines", entries["outlines"], "lineage")

    def raster(self, role: str, entry: Any) -> RasterSpec:
        at = f"rasters.{role}"
        entries, path = self.entry(at, entry, _RASTER_KEYS)
        forest = self.value(entries, f"{at}.forest", list, [])
        if not all(isinstance(code, int) and not isinstance(code, bool) for code in forest):
            self.say("project.wrong_type", f"{at}.forest", wanted="[1, 2]", found=str(forest)[:40])
            forest = []
        numbers = {key: self.number(entries, f"{at}.{key}") for key in ("nodata", "threshold")}
        band = self.value(entries, f"{at}.band", int, 1)
        return RasterSpec(role, self.place(path), path, forest=tuple(forest), band=band, **numbers)

    def images(self, role: str, entry: Any) -> ImagesSpec:
        _, path = self.entry(f"images.{role}", entry, _IMAGES_KEYS)
        return ImagesSpec(role, self.place(path), path)

    def number(self, entries: Mapping[str, Any], at: str) -> float | None:
        found = entries.get(at.rsplit(".", 1)[-1])
        number = isinstance(found, int | float) and not isinstance(found, bool)
        if found is None or (number and (math.isfinite(found) or at.endswith(".nodata"))):
            return found
        self.say("project.wrong_type", at, wanted="number", found=str(found) if number else type(found).__name__)
        return None

    def path(self, document: Mapping[str, Any], group: str, name: str, keys: tuple[str, ...]) -> Path | None:
        entries = self.table(document, group)
        if name == keys[0]:
            self.known(group, entries, keys)
        if name not in entries:
            return None
        return self.place(self.local(f"{group}.{name}", self.value(entries, f"{group}.{name}", str, "")))
