"""The project's folder and the temporary one: room, rights, files in use, names, what dead runs left."""

import os
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from geoplan import writing
from geoplan.doctor.check import Check, bad, fine, odd
from geoplan.errors import GeoplanError, PlaceUnavailable
from geoplan.messages import spoken
from geoplan.project_folder import PROJECT_FILE
from geoplan.writing.locks import LEFTOVER
from geoplan.writing.names import LONGEST_PATH, refuse_unfit
from geoplan.writing.scratch import PREFIX, scratch_place

LEAST_MB, LITTLE_MB = 50, 1000
MOST_FILES = 50_000
_OPEN = re.compile(
    r"(.*-(wal|shm|journal)|~\$.*\.(xls[xmb]?|docx?)|.*\.lock|.*\.(sr|ed)\.lock|\.~lock\..*#)", re.IGNORECASE
)
_OURS = re.compile(re.escape(PREFIX) + r"(\d+)-.*")


def project(folder: Path) -> Check:
    """The project file can be read."""
    from geoplan.project import open_project

    if not (folder / PROJECT_FILE).is_file():
        return fine("doctor.no_project", path=str(folder))
    try:
        found = open_project(folder)
    except GeoplanError as error:
        said = spoken(error.problems[0])
        return bad("doctor.project_bad", path=str(folder / PROJECT_FILE), reason=said.found)
    return fine("doctor.project", name=found.name, n=len(found.layers))


def room(folder: Path) -> Check:
    """Free disk at the project, at its outputs and at the temporary folder."""
    places: dict[str, Path] = {}
    for place in (folder, folder / "maps", _scratch()):
        standing = _standing(place) if place is not None else None
        if standing is not None:
            places[str(standing)] = standing
    free = {name: shutil.disk_usage(place).free // 1_000_000 for name, place in places.items()}
    listed = ", ".join(f"{name}: {mb} MB" for name, mb in free.items())
    if not free or min(free.values()) < LEAST_MB:
        return bad("doctor.room_bad", places=listed)
    if min(free.values()) < LITTLE_MB:
        return odd("doctor.room_odd", places=listed)
    return fine("doctor.room", places=listed)


def writable(folder: Path) -> Check:
    """The outputs' folder and the temporary folder take files."""
    try:
        writing.check_writable(folder / "maps")
        with writing.scratch() as made:
            place = made.parent
    except PlaceUnavailable as error:
        return bad("doctor.writable_bad", reason=spoken(error.problems[0]).found)
    return fine("doctor.writable", path=str(folder / "maps"), scratch=str(place))


def held(folder: Path) -> Check:
    """Files that another program has open: QGIS leaves ``-wal`` and ``-shm``, Excel ``~$...``."""
    found = [p for p in _files(folder) if _OPEN.fullmatch(p.name) and not LEFTOVER.fullmatch(p.name)]
    if found:
        return odd("doctor.held_odd", files=_named(found, folder), n=len(found))
    return fine("doctor.held")


def names(folder: Path) -> Check:
    """Names that Windows or a USB stick would not take: too long, reserved, alike but for case."""
    wrong: list[Path] = []
    seen: set[str] = set()
    for path in _files(folder):
        alike = str(path).casefold()
        if alike in seen or _unfit(path, folder):
            wrong.append(path)
        seen.add(alike)
    if wrong:
        return odd("doctor.names_odd", files=_named(wrong, folder), n=len(wrong), most=LONGEST_PATH)
    return fine("doctor.names")


def left_over(folder: Path) -> Check:
    """Temporary files and folders of runs that are dead."""
    found = []
    place = _scratch()
    if place is not None:
        for path in sorted(place.iterdir()):
            match = _OURS.fullmatch(path.name)
            if match is not None and path.is_dir() and not _alive(int(match[1])):
                found.append(path)
    maps = folder / "maps"
    if maps.is_dir():
        found += [p for p in sorted(maps.iterdir()) if (m := LEFTOVER.fullmatch(p.name)) and m[1] == p.name]
    if found:
        return odd("doctor.left_over_odd", files=", ".join(str(p) for p in found[:5]), n=len(found))
    return fine("doctor.left_over")


def _alive(process: int) -> bool:
    """True where a process runs; on Windows, where asking would end it, always."""
    if sys.platform == "win32":
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _scratch() -> Path | None:
    try:
        return scratch_place()
    except PlaceUnavailable:
        return None


def _standing(place: Path) -> Path | None:
    """The folder, or the one above it that stands."""
    return next((p for p in (place, *place.absolute().parents) if p.is_dir()), None)


def _files(folder: Path) -> Iterator[Path]:
    """Files of a project, without what geoplan itself keeps hidden; the first 50,000."""
    count = 0
    for place, below, files in os.walk(folder):
        below[:] = sorted(b for b in below if b not in {".stacks", ".git", ".venv"})
        for name in sorted(files):
            count += 1
            if count > MOST_FILES:
                return
            yield Path(place, name)


def _unfit(path: Path, folder: Path) -> bool:
    try:
        refuse_unfit(path.relative_to(folder), windows=True)
    except PlaceUnavailable:
        return True
    return len(str(path.absolute())) > LONGEST_PATH


def _named(found: list[Path], folder: Path) -> str:
    shown = [p.relative_to(folder).as_posix() for p in found[:5]]
    return ", ".join(s if len(s) <= 80 else f"{s[:40]}…{s[-35:]}" for s in shown)
