"""One file, whole or not at all: temporary sibling, writer, read back, fsync, rename, fsync of the folder."""

import errno
import os
import stat
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from geoplan.errors import InputError, PlaceUnavailable, Problem
from geoplan.writing.locks import claimed
from geoplan.writing.names import refuse_unfit, too_long

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
"""What the system says of a full disk, a full quota, a file too large for the place."""

_DENIED = (errno.EACCES, errno.EPERM, errno.EROFS)
_BINARY = getattr(os, "O_BINARY", 0)


def write_bytes(path: Path, data: bytes) -> None:
    """Write a file whole or not at all: see `write_file`."""

    def put(temporary: Path) -> None:
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _BINARY, 0o666)
        with os.fdopen(handle, "wb") as out:
            out.write(data)

    def same(temporary: Path) -> None:
        if temporary.read_bytes() != data:
            raise PlaceUnavailable(Problem("write.unverified", str(path), {"path": str(path)}))

    write_file(path, put, same)


def write_file(path: Path, writer: Callable[[Path], None], verify: Callable[[Path], None] | None = None) -> None:
    """Write a file by a library's writer, whole or not at all; folders above are made.

    Parameters
    ----------
    path : Path
        Final name. A symbolic link there is refused.
    writer : callable
        Gets the temporary path, in the same folder, and creates the file there. Siblings whose names begin with that
        path (``-journal``, ``-wal``) are removed.
    verify : callable or None
        Gets the temporary path and raises if what can be read back is not what was to be written.

    Raises
    ------
    PlaceUnavailable
        ``write.disk_full``, ``write.not_writable``, ``write.locked``, ``write.symlink``, ``write.failed``,
        ``write.name_too_long``, ``write.name_reserved``: nothing is left behind and the old file stands.
    """
    refuse_unfit(path)
    with refusals(path):
        refuse_links(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        with claimed(path) as temporary:
            refuse_links(temporary)
            writer(temporary)
            refuse_links(temporary)
            if verify is not None:
                verify(temporary)
            fsync(temporary)
            os.replace(temporary, path)
            fsync(path.parent)


def check_writable(parent: Path) -> None:
    """Refuse, before anything is computed, a folder that cannot be written to. One that does not exist is not made.

    Raises
    ------
    PlaceUnavailable
        ``write.not_writable``, ``write.disk_full``, ``write.failed``, naming `parent`.
    """
    with refusals(parent):
        place = next((p for p in (parent, *parent.absolute().parents) if p.exists() or p.is_symlink()), parent)
        with claimed(place / "check") as temporary:
            temporary.write_bytes(b"geoplan")
            fsync(temporary)


def refuse_inputs(final: Path, inputs: Iterable[Path]) -> None:
    """Refuse an output name that is an input file or a folder that holds one.

    Raises
    ------
    InputError
        ``write.over_input``.
    """
    place = final.resolve()
    for path in inputs:
        if path.resolve().is_relative_to(place):
            raise InputError(Problem("write.over_input", str(final), {"path": str(final), "input": str(path)}))


@contextmanager
def refusals(path: Path, only: tuple[int, ...] = ()) -> Iterator[None]:
    """Errors of the system as problems that name `path`; with `only`, other errors go through as they are."""
    try:
        yield
    except OSError as error:
        if only and error.errno not in only:
            raise
        if error.errno in FULL:
            key = "write.disk_full"
        elif error.errno in _DENIED:
            key = "write.locked" if sys.platform == "win32" and path.exists() else "write.not_writable"
        elif error.errno == errno.ENAMETOOLONG:
            raise PlaceUnavailable(too_long(path)) from error
        elif error.errno in (errno.ENOTDIR, errno.EEXIST) and (file := _in_the_way(path)) is not None:
            raise PlaceUnavailable(Problem("write.not_a_folder", str(path), {"path": str(file)})) from error
        else:
            key = "write.failed"
        facts = {"path": str(path), "reason": error.strerror or str(error)}
        raise PlaceUnavailable(Problem(key, str(path), facts)) from error


def _in_the_way(path: Path) -> Path | None:
    """What stands where a folder of this path would have to be; None where nothing does."""
    return next((p for p in (path, *path.parents) if p.exists() and not p.is_dir()), None)


def refuse_links(*paths: Path) -> None:
    """Refuse to write where a symbolic link stands: it may lead anywhere.

    Raises
    ------
    PlaceUnavailable
        ``write.symlink``.
    """
    for path in paths:
        if path.is_symlink():
            raise PlaceUnavailable(Problem("write.symlink", str(path), {"path": str(path)}))


def fsync(path: Path) -> None:
    """Make a file, or the names in a folder, durable. Windows has no handle for folders; links are left alone."""
    kind = os.lstat(path).st_mode
    if stat.S_ISLNK(kind) or (stat.S_ISDIR(kind) and sys.platform == "win32"):
        return
    handle = os.open(path, (os.O_RDWR if sys.platform == "win32" else os.O_RDONLY) | _BINARY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
