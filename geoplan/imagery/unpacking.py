"""Zips of SAFE products: the few files that are used, unpacked into a temporary folder of this process.

JPEG 2000 is read here and there, which a zip does not allow; so a zip is unpacked anew in each run, and a folder that
was unpacked once is faster: that is said.
"""

import shutil
import tempfile
from pathlib import Path, PurePosixPath

from geoplan.errors import InputError, PlaceUnavailable, Problem
from geoplan.formats.places import hashed
from geoplan.formats.zipped import Archive, Member, opened_zip
from geoplan.imagery import safe

MOST_MB = 400
"""Megabytes of one file unpacked: a band of 10 m of a whole tile has at most 240."""

_kept: dict[str, tuple[tempfile.TemporaryDirectory[str], Path]] = {}
"""Unpacked products by the hash of their zip; Python removes the folders as the process ends."""


def unpacked(path: Path, shown: str) -> Path:
    """The SAFE folder that a zip holds, unpacked: metadata and the bands that are used, nothing else of it.

    Raises
    ------
    InputError
        Those of `opened_zip` and `Archive.blocks`; ``imagery.safe_zip_other`` where it holds no product or several.
    PlaceUnavailable
        ``layer.copy_failed`` where the temporary folder is full.
    """
    digest = hashed(path, shown)
    if digest in _kept:
        return _kept[digest][1]
    with opened_zip(path, shown) as archive:
        root, members = _product(archive, shown)
        folder = tempfile.TemporaryDirectory(prefix="geoplan-")
        home = Path(folder.name) / (root.name or f"{path.stem}.SAFE")
        try:
            for member in members:
                _unpack(archive, member, home / member.path.relative_to(root), shown)
        except (InputError, PlaceUnavailable):
            folder.cleanup()
            raise
    _kept[digest] = folder, home
    return home


def _product(archive: Archive, shown: str) -> tuple[PurePosixPath, list[Member]]:
    """The folder of the one product inside, and its files that are used."""
    tops = {m.path.parent for m in archive.members if m.path.name in (safe.PRODUCT, safe.PRODUCT_1C)}
    if len(tops) != 1:
        raise InputError(Problem("imagery.safe_zip_other", shown, {"n": len(tops)}))
    (root,) = tops
    return root, [m for m in archive.members if root in m.path.parents and safe.used(m.path.relative_to(root))]


def _unpack(archive: Archive, member: Member, target: Path, shown: str) -> None:
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("wb") as here:
            for block in archive.blocks(member, MOST_MB):
                here.write(block)
    except OSError as error:
        free = shutil.disk_usage(tempfile.gettempdir()).free // 1_000_000
        facts: dict[str, str | int | float] = {"path": shown, "free_mb": free, "cause": error.strerror or ""}
        raise PlaceUnavailable(Problem("layer.copy_failed", shown, facts)) from error
