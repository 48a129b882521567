"""What one run reads: each layer once, and the images made into a stack once."""

from collections.abc import Callable, Iterable
from pathlib import Path

import shapely

from geoplan import crs, imagery
from geoplan.errors import InputError, Problem
from geoplan.formats.places import hashed
from geoplan.imagery import Images, Stack
from geoplan.layers import Layer, Source
from geoplan.project import Project
from geoplan.rasters import Raster
from geoplan.runs.joining import once

Progress = Callable[[int, int], None]
"""Called with steps done and steps in all."""

STACK_MARGIN_M = 300.0
"""Images are made ready so far beyond the communes: texture, and the 0.3 ha rule, look over the border."""


_Stamp = tuple[str, int, int, int]


class Inputs:
    """The layers of one run, each read once.

    Parameters
    ----------
    project : Project
        Where they are.
    stacks : Path, optional
        Folder that keeps images made ready, between runs too. Without it images cannot be made ready.
    """

    def __init__(self, project: Project, stacks: Path | None = None) -> None:
        self._project = project
        self._stacks = stacks
        self._read: dict[str, Layer | Raster | Images] = {}
        self._made: dict[str, Stack] = {}
        self._stamps: dict[Path, _Stamp] = {}

    @property
    def communes(self) -> Layer:
        """The communes reported on."""
        return self["communes"]  # type: ignore[return-value]  # the role communes is always a layer

    def __getitem__(self, role: str) -> Layer | Raster | Images:
        if role not in self._read:
            communes = None if role == "communes" else self.communes
            self._read[role] = self._project.read(role, communes=communes)
            if role in self._project.images:
                self._stamps |= _stamps(role, self._project.images[role].path)
        return self._read[role]

    def get(self, role: str) -> Layer | Raster | Images | None:
        """The layer, or None where the project does not have the role."""
        return self[role] if self._project.has(role) else None

    def stack(self, role: str, progress: Progress | None = None) -> Stack:
        """The images of a role made ready over the communes; taken from the folder where they are already.

        Raises
        ------
        InputError
            Where a scene turns out to be other than it says.
        """
        if role not in self._made:
            images, dem = self[role], self.get("dem")
            if not isinstance(images, Images) or self._stacks is None:
                raise TypeError(f"{role} is no folder of images, or there is no place for its stack")
            frame = self.communes.frame
            grounds = crs.geometries(frame.geometry.array, frame.crs, images.crs)
            west, south, east, north = (float(b) for b in shapely.total_bounds(grounds))
            margin = STACK_MARGIN_M
            near = (west - margin, south - margin, east + margin, north + margin)
            terrain = dem if isinstance(dem, Raster) else None
            day = self._project.as_of
            self._made[role] = imagery.build(images, near, terrain, self._stacks, until=day, progress=progress)
            imagery.forget_others(self._made[role])
        return self._made[role]

    def refuse_changed(self) -> None:
        """Refuse where pixels were read from other bytes than those whose hash is the evidence.

        Layers are in memory from the first; pixels of rasters and images are read as they are wanted.

        Raises
        ------
        InputError
            ``run.input_changed``.
        """
        changed = {stamp[0] for path, stamp in self._stamps.items() if _stamp(stamp[0], path) != stamp}
        for role, found in self._read.items():
            if isinstance(found, Raster):
                there = found.path.is_file()
                if not there or hashed(found.path, found.source.path) != found.source.sha256:
                    changed.add(role)
        if changed:
            names = ", ".join(self._read[role].source.path for role in sorted(changed))
            raise InputError(Problem("run.input_changed", names, {}))

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
            raise InputError(*once(problems))

    def sources(self, roles: Iterable[str] | None = None) -> tuple[Source, ...]:
        """Sources of the roles read, in the order of the roles' names."""
        wanted = set(self._read) if roles is None else {"communes", *roles} & set(self._read)
        return tuple(self._read[role].source for role in sorted(wanted))

    def warnings(self, roles: Iterable[str] | None = None) -> list[Problem]:
        """What the doors said of the roles read."""
        wanted = set(self._read) if roles is None else {"communes", *roles} & set(self._read)
        said = [problem for role in sorted(wanted) for problem in self._read[role].warnings]
        return said + [problem for role in sorted(wanted & set(self._made)) for problem in self._made[role].warnings]


def _stamps(role: str, folder: Path) -> dict[Path, _Stamp]:
    """Every file of a folder as it is now; images are too large to be hashed twice in a run."""
    return {path: _stamp(role, path) for path in sorted(folder.rglob("*")) if path.is_file()}


def _stamp(role: str, path: Path) -> _Stamp:
    """Role, and what of a file changes with its bytes; zeros where it is gone."""
    try:
        now = path.stat()
    except OSError:
        return role, 0, 0, 0
    return role, now.st_size, now.st_mtime_ns, now.st_ino
