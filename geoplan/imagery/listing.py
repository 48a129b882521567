"""What a folder of images holds: which file is which band of which day, in our own form and as downloaded."""

import itertools
from dataclasses import dataclass
from pathlib import Path

from geoplan.errors import InputError, Problem
from geoplan.formats.places import refuse_addresses
from geoplan.imagery import safe
from geoplan.imagery.metadata import iso_day
from geoplan.imagery.records import BANDS, ImagesSpec
from geoplan.imagery.unpacking import unpacked

MASK = "mask"
WANTED = (*BANDS, MASK)

_SENSOR_NAMES = {"b02": "blue", "b04": "red", "b08": "nir", "b11": "swir1", "b12": "swir2", "scl": MASK}
_NAMES = {**_SENSOR_NAMES, **{name: name for name in WANTED}}
_TIFF = (".tif", ".tiff")
_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Entry:
    """One date as found: a folder with a file a band, or one file with many (then `files` is empty until opened).

    `product` is what a downloaded SAFE folder says of itself; None for our own form.
    """

    day: str
    shown: str
    metadata: Path
    whole: Path | None
    files: dict[str, Path]
    product: safe.Product | None = None


def listed(spec: ImagesSpec) -> tuple[list[Entry], list[Problem], list[Problem]]:
    """Dates of a folder in order, what is wrong with them, and what must be said.

    Raises
    ------
    InputError
        ``imagery.folder_missing``, ``imagery.no_scenes``.
    """
    refuse_addresses(spec.shown, spec.path)
    if not spec.path.is_dir():
        raise InputError(Problem("imagery.folder_missing", spec.shown, {"path": spec.shown}))
    entries: list[Entry] = []
    errors: list[Problem] = []
    ignored: list[str] = []
    zips = 0
    for path in sorted(spec.path.iterdir(), key=lambda p: p.name):
        if path.name.startswith("."):
            continue
        shown = f"{spec.shown}/{path.name}"
        day = iso_day(path.name if path.is_dir() else path.stem)
        product = safe.folder_of(path) if path.is_dir() else None
        if product is not None:
            entry, problems = _product(product, f"{spec.shown}/{product.relative_to(spec.path).as_posix()}")
            entries += [entry] if entry is not None else []
            errors += problems
        elif path.suffix.casefold() == ".zip" and path.is_file():
            zips += 1
            entry, problems = _zipped(path, shown)
            entries += [entry] if entry is not None else []
            errors += problems
        elif day is not None and path.is_dir():
            files, problems = _files(path, shown)
            entries.append(Entry(day.isoformat(), shown, path / "scene.toml", None, files))
            errors += problems
        elif day is not None and path.suffix.casefold() in _TIFF:
            entries.append(Entry(day.isoformat(), shown, path.with_suffix(".toml"), path, {}))
        elif not (day is not None and path.suffix.casefold() == ".toml"):
            ignored.append(path.name)
    if not entries and not errors:
        raise InputError(Problem("imagery.no_scenes", spec.shown, {"path": spec.shown}), *_ignored(ignored, spec.shown))
    told = [Problem("imagery.safe_unpacked", spec.shown, {"n": zips})] if zips else []
    told += _ignored(ignored, spec.shown)
    entries.sort(key=lambda e: (e.day, e.shown))
    problems, joined = _days(entries)
    if joined:
        told.append(Problem("imagery.tiles_joined", spec.shown, {"n": joined}))
    return entries, errors + problems, told


def _ignored(names: list[str], shown: str) -> list[Problem]:
    if not names:
        return []
    return [Problem("imagery.entry_ignored", shown, {"n": len(names), "names": ", ".join(names[:_SHOWN])})]


def _days(entries: list[Entry]) -> tuple[list[Problem], int]:
    """Days that stand here twice, and how many days are made of several tiles that lie side by side."""
    problems: list[Problem] = []
    joined = 0
    for _, group in itertools.groupby(entries, key=lambda e: e.day):
        met: dict[str, Entry] = {}
        for entry in group:
            tile = entry.product.tile if entry.product is not None else ""
            other = met.get(tile) or met.get("") or (next(iter(met.values()), None) if not tile else None)
            if other is not None:
                problems.append(Problem("imagery.day_twice", entry.shown, {"day": entry.day, "other": other.shown}))
            met.setdefault(tile, entry)
        joined += len(met) > 1
    return problems, joined


def _zipped(path: Path, shown: str) -> tuple[Entry | None, list[Problem]]:
    """A zip of a SAFE folder as one date."""
    try:
        return _product(unpacked(path, shown), shown)
    except InputError as error:
        return None, list(error.problems)


def _product(folder: Path, shown: str) -> tuple[Entry | None, list[Problem]]:
    """A downloaded SAFE folder as one date; None where its day is not known."""
    found, problems = safe.product(folder, shown)
    if found is None or found.said.day is None:
        return None, problems
    files = {band: path for name, path in found.files.items() if (band := band_named(name)) is not None}
    problems += missing(set(files), shown)
    return Entry(found.said.day.isoformat(), shown, found.metadata[0], None, files, found), problems


def band_named(name: str) -> str | None:
    """The band for a file's stem or a band's description: ``blue`` for ``B02``."""
    return _NAMES.get(name.strip().casefold())


def missing(found: set[str], shown: str) -> list[Problem]:
    """The bands that a date lacks, by the sensor's names."""
    absent = [name.upper() for name, band in _SENSOR_NAMES.items() if band not in found]
    return [Problem("imagery.band_missing", shown, {"bands": ", ".join(absent)})] if absent else []


def _files(folder: Path, shown: str) -> tuple[dict[str, Path], list[Problem]]:
    """Files of one date by band; other bands of the sensor, pictures and notes are left alone."""
    found: dict[str, Path] = {}
    problems: list[Problem] = []
    for path in sorted(folder.iterdir(), key=lambda p: p.name):
        band = band_named(path.stem) if path.suffix.casefold() in _TIFF else None
        if band is None or path.name.startswith("."):
            continue
        if band in found:
            problems.append(Problem("imagery.band_twice", shown, {"one": found[band].name, "other": path.name}))
        else:
            found[band] = path
    return found, problems + missing(set(found), shown)
