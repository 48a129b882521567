"""ZIP archives with a dataset inside: it alone is unpacked, into a folder of its own, and opened there."""

import shutil
import unicodedata
from collections.abc import Container, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from geoplan.errors import InputError, PlaceUnavailable, Problem
from geoplan.formats import places
from geoplan.formats.format import Format
from geoplan.formats.naming import listed
from geoplan.formats.opened import Opened
from geoplan.formats.records import LayerSpec
from geoplan.formats.zipped import Archive, Member, opened_zip
from geoplan.text.safe import file_name
from geoplan.writing import scratch

MOST_MB = 1500
"""Megabytes of one dataset unpacked."""
MOST_LOOKED_INTO = 10
"""Datasets of one archive whose layers are listed; of further ones only the name is."""

_GDB_TABLE = "a00000001.gdbtable"
_PACKED = (".zip", ".rar", ".7z", ".tar", ".tgz", ".gz", ".bz2", ".xz", ".zst", ".cab", ".arj", ".z01", ".001")


@dataclass(frozen=True, slots=True)
class _Dataset:
    name: str
    form: Format
    members: tuple[Member, ...]


@contextmanager
def unpacked(spec: LayerSpec, formats: Sequence[Format]) -> Iterator[tuple[LayerSpec, Format, tuple[str, ...]]]:
    """The one dataset of an archive, or the one that ``layer`` names, in a temporary folder.

    Yields
    ------
    LayerSpec, Format, tuple of str
        What to open and how; archives inside the archive, which are not opened.

    Raises
    ------
    InputError
        Those of `opened_zip` and `Archive.blocks`; ``layer.zip_no_data``, ``layer.zip_nested``,
        ``layer.zip_several``, ``layer.zip_unknown``.
    """
    with opened_zip(spec.path, spec.shown) as archive, scratch() as folder:
        datasets = _datasets(archive, formats)
        dataset, layer = _chosen(datasets, spec)
        path = _unpack(archive, dataset, Path(folder), spec.shown)
        nested = tuple(m.name for m in archive.members if m.path.suffix.casefold() in _PACKED)
        shown = spec.shown if dataset.name == "." else f"{spec.shown}/{dataset.name}"
        yield replace(spec, path=path, shown=shown, layer=layer), dataset.form, nested


def zip_format(formats: Sequence[Format]) -> Format:
    """The format of archives that hold one of the formats."""

    def open_zip(spec: LayerSpec) -> Opened:
        with unpacked(spec, formats) as (found, form, nested):
            opened = form.open(found)
        opened.sha256 = places.hashed(spec.path, spec.shown)
        if nested:
            opened.said.tell(Problem("layer.zip_left_out", spec.shown, {"names": listed(nested, 5)}))
        return opened

    def inside(spec: LayerSpec) -> tuple[str, ...]:
        with opened_zip(spec.path, spec.shown) as archive:
            datasets = _datasets(archive, formats)
        found: list[str] = []
        for n, dataset in enumerate(datasets):
            lone = len(datasets) == 1
            layers: tuple[str, ...] = ("",)
            if dataset.form.inside is not None and n < MOST_LOOKED_INTO:
                with unpacked(replace(spec, layer="" if lone else dataset.name), formats) as (one, form, _):
                    layers = ("",) if form.inside is None else form.inside(one)
            several = [f"{dataset.name}/{layer}" for layer in layers]
            found += layers if lone else several if len(layers) > 1 else [dataset.name]
        return tuple(found)

    return Format("ZIP", (".zip",), open_zip, most_mb=MOST_MB, inside=inside, by_role=True)


def refuse_packed(spec: LayerSpec) -> None:
    """Refuse an archive that is no ZIP by the name of its kind.

    Raises
    ------
    InputError
        ``layer.archive_unread``.
    """
    ending = spec.path.suffix.casefold()
    if ending in _PACKED and ending != ".zip":
        raise InputError(Problem("layer.archive_unread", spec.shown, {"kind": ending.lstrip(".").upper()}))


def _datasets(archive: Archive, formats: Sequence[Format]) -> tuple[_Dataset, ...]:
    """Datasets of an archive, in the order of their names."""
    by_ending: Mapping[str, Format] = {ending: f for f in formats for ending in f.endings}
    beside: dict[PurePosixPath, list[tuple[str, Member]]] = {}
    for member in archive.members:
        beside.setdefault(member.path.parent, []).append((member.path.name.casefold(), member))
    loose = {folder for folder, files in beside.items() if any(name == _GDB_TABLE for name, _ in files)}
    found: dict[str, tuple[Format, list[Member]]] = {}
    for member in archive.members:
        folder = _folder_of(member, loose) if ".gdb" in by_ending else None
        form = by_ending.get(member.path.suffix.casefold())
        if folder is not None:
            found.setdefault(folder, (by_ending[".gdb"], []))[1].append(member)
        elif form is not None and not form.folder:
            stem = f"{member.path.stem}.".casefold()
            found[member.name] = (form, [m for name, m in beside[member.path.parent] if name.startswith(stem)])
    if not found:
        nested = [m.name for m in archive.members if m.path.suffix.casefold() in _PACKED]
        if nested:
            raise InputError(Problem("layer.zip_nested", archive.shown, {"names": listed(nested, 5)}))
        names = listed((m.name for m in archive.members), 10) or "–"
        raise InputError(Problem("layer.zip_no_data", archive.shown, {"found": names, "known": ", ".join(by_ending)}))
    return tuple(_Dataset(name, form, tuple(family)) for name, (form, family) in sorted(found.items()))


def _folder_of(member: Member, loose: Container[PurePosixPath]) -> str | None:
    """The geodatabase folder that a member lies in: by its name, or by the table that every one has."""
    for folder in (member.path.parent, *member.path.parent.parents):
        if folder.suffix.casefold() == ".gdb" or folder in loose:
            return folder.as_posix()
    return None


def _chosen(datasets: Sequence[_Dataset], spec: LayerSpec) -> tuple[_Dataset, str]:
    """The dataset asked for and the layer inside it."""
    wanted = unicodedata.normalize("NFC", spec.layer).replace("\\", "/")
    for name in (lambda d: d.name, lambda d: PurePosixPath(d.name).name):
        fits = [d for d in datasets if wanted == name(d) or wanted.startswith(f"{name(d)}/")] if wanted else []
        if len(fits) == 1:
            return fits[0], wanted[len(name(fits[0])) + 1 :]
    if len(datasets) == 1:
        return datasets[0], spec.layer
    facts = {"datasets": listed(d.name for d in datasets), "role": spec.role, "layer": spec.layer[:80]}
    raise InputError(Problem("layer.zip_unknown" if wanted else "layer.zip_several", spec.shown, facts))


def _unpack(archive: Archive, dataset: _Dataset, folder: Path, shown: str) -> Path:
    """The dataset's files in a folder, under names that any disk takes; the path to open."""
    root = PurePosixPath(dataset.name)
    if dataset.form.folder:
        home = folder / f"{file_name(root.stem or 'data')}.gdb"
        main = home
    else:
        home, root = folder, root.parent
        main = home / _on_disk(PurePosixPath(dataset.name).name)
    left_mb = MOST_MB
    for member in dataset.members:
        target = home.joinpath(*(_on_disk(p) for p in member.path.relative_to(root).parts))
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            with target.open("wb") as here:
                for block in archive.blocks(member, min(left_mb, dataset.form.most_mb)):
                    here.write(block)
                left_mb -= here.tell() // 1_000_000
        except OSError as error:
            free = shutil.disk_usage(folder).free // 1_000_000
            facts: dict[str, str | int | float] = {"path": shown, "free_mb": free, "cause": error.strerror or ""}
            raise PlaceUnavailable(Problem("layer.copy_failed", shown, facts)) from error
    return main


def _on_disk(name: str) -> str:
    """A member's name for the disk; files of one stem keep one stem."""
    path = PurePosixPath(name)
    return file_name(path.stem) + path.suffix.casefold() if path.suffix else file_name(name)
