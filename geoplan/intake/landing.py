"""Clean files on the disk: under which name, over nothing that is there, each with its record."""

import hashlib
import re
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from geoplan import writing
from geoplan.errors import InputError, PlaceUnavailable, Problem
from geoplan.formats.places import hashed
from geoplan.intake import grids, stac
from geoplan.intake.cleaning import clean_frame, write_geopackage
from geoplan.intake.record import record
from geoplan.intake.records import Asked, Finding, Ground
from geoplan.text import safe
from geoplan.text.letters import fold
from geoplan.writing import scratch

RECORD = ".source.json"
_SECOND = "_sach"


@dataclass(frozen=True, slots=True)
class Landed:
    """One clean file.

    Parameters
    ----------
    title : str
        The file and layer that it was made of.
    role : str
    path, record : Path
    anew : bool
        False where the very same file stood there already.
    """

    title: str
    role: str
    path: Path
    record: Path
    anew: bool


@dataclass(frozen=True, eq=False)
class Landing:
    """Where clean files go.

    Parameters
    ----------
    folder : Path
        Made if absent.
    asked, ground
        As `examine` had them.
    inputs : tuple of Path
        The user's files: nothing is ever written over one of them.
    replace : bool
        True: an existing file of other content gives way.
    """

    folder: Path
    asked: Asked
    ground: Ground
    inputs: tuple[Path, ...] = ()
    replace: bool = False

    def names(self, found: Sequence[Finding], wanted: Sequence[str] = ()) -> list[Path]:
        """Final names of clean files, all different, none that of an input.

        Parameters
        ----------
        found : sequence of Finding
        wanted : sequence of str
            Stems, where they are not to be those of the files.
        """
        taken = {p.resolve() for p in self.inputs}
        several = len({f.path for f in found}) < len(found)
        names = []
        for at, each in enumerate(found):
            stem = wanted[at] if wanted else slug(f"{each.path.stem} {each.layer}" if several else each.path.stem)
            ending = ".gpkg" if each.grid is None else ".tif"
            path, n = self.folder / f"{stem}{ending}", 1
            while path.resolve() in taken:
                n += 1
                path = self.folder / f"{stem}{_SECOND}{n if n > 2 else ''}{ending}"
            taken.add(path.resolve())
            names.append(path)
        return names

    def write(self, found: Sequence[Finding], wanted: Sequence[str] = ()) -> list[Landed]:
        """Write the clean files; before the first is written, all are made and looked at.

        Raises
        ------
        InputError
            ``intake.exists`` where a file of other content stands; ``write.over_input``.
        PlaceUnavailable
            As `writing.write_file`.
        """
        paths = self.names(found, wanted)
        writing.check_writable(self.folder)
        with scratch() as room:
            made = [
                self._made(each, path, Path(room) / str(i))
                for i, (each, path) in enumerate(zip(found, paths, strict=True))
            ]
            refuse_standing((pair for pairs in made for pair in pairs), self.inputs, replace=self.replace)
            landed = []
            for each, pairs in zip(found, made, strict=True):
                anew = [put(source, final) for source, final in pairs]
                landed.append(Landed(each.title, each.role, pairs[0][1], pairs[1][1], any(anew)))
        return landed

    def _made(self, found: Finding, path: Path, room: Path) -> list[tuple[Path, Path]]:
        """The clean file and its record in a temporary folder, with their final names."""
        clean = room / path.name
        behind: dict[str, str] = {}
        if found.grid is not None:
            room.mkdir()
            grids.write(found, clean)
        else:
            frame, behind = clean_frame(found)
            write_geopackage(found, frame, clean, path.stem, self.asked.date)
        paper = room / f"{path.stem}{RECORD}"
        paper.write_bytes(record(found, self.asked, self.ground, clean, behind))
        pairs = [(clean, path), (paper, path.with_name(paper.name))]
        found_by = stac.item(found, self.asked, clean)
        if found_by is not None:
            beside = room / f"{path.stem}{stac.STAC}"
            beside.write_bytes(found_by)
            pairs.append((beside, path.with_name(beside.name)))
        return pairs


def refuse_standing(pairs: Iterable[tuple[Path, Path]], inputs: Sequence[Path], *, replace: bool) -> None:
    """Refuse final names that are those of an input, or of a file of other content that need not give way.

    Raises
    ------
    InputError
        ``intake.exists``, ``write.over_input``.
    """
    for source, final in pairs:
        writing.refuse_inputs(final, inputs)
        stands = final.exists() or final.is_symlink()
        if stands and not replace and not (final.is_file() and _same(source, final)):
            raise InputError(Problem("intake.exists", str(final), {"path": str(final)}))


def slug(text: str) -> str:
    """A file name that travels: letters without accents, digits and underscores.

    Examples
    --------
    >>> slug("Lô rừng 2025")
    'lo_rung_2025'
    """
    plain = re.sub(r"[^a-z0-9]+", "_", fold(text)).strip("_")
    return safe.file_name(plain[:80] or f"lop_{hashlib.sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()[:6]}")


def _same(left: Path, right: Path) -> bool:
    return left.stat().st_size == right.stat().st_size and hashed(left, left.name) == hashed(right, right.name)


def put(source: Path, final: Path) -> bool:
    """Write a file under its final name; False where the very same one stands there.

    Raises
    ------
    PlaceUnavailable
        As `writing.write_file`; ``write.unverified``.
    """
    if final.is_file() and not final.is_symlink() and _same(source, final):
        return False

    def copy(temporary: Path) -> None:
        shutil.copyfile(source, temporary)

    def same(temporary: Path) -> None:
        if not _same(source, temporary):
            raise PlaceUnavailable(Problem("write.unverified", str(final), {"path": str(final)}))

    writing.write_file(final, copy, same)
    return True
