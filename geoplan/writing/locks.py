"""Who writes: lock files that the system releases when a run dies, and temporary names that belong to their holder."""

import os
import re
import secrets
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from geoplan.errors import PlaceUnavailable, Problem

JOURNAL = ".geoplan-swap.json"
"""What a swap of folders is to do; a temporary folder that it names is not removed."""

LEFTOVER = re.compile(r"\.geoplan-lock|\.geoplan-swap\.json|(\..+\.g[0-9a-f]{16}\.tmp).*", re.DOTALL)
"""Names that a dead run may leave; group 1 is that of the temporary file or folder."""

_WAIT_S = 120.0
_NO_FOLLOW = getattr(os, "O_NOFOLLOW", 0)

if sys.platform == "win32":
    import errno
    import msvcrt

    def _try_lock(handle: int) -> bool:
        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except OSError as error:
            if error.errno not in (errno.EACCES, errno.EDEADLK):
                raise
            return False
        return True

else:
    import fcntl

    def _try_lock(handle: int) -> bool:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


@contextmanager
def claimed(final: Path) -> Iterator[Path]:
    """A temporary sibling's name, locked; what stands under it at the end is removed, but for what a journal names."""
    short = final.name.encode()[:80].decode(errors="ignore").lstrip(".") or "file"
    while True:
        temporary = _trash(final.parent, short)
        handle = _open_locked(_lock_of(temporary))
        if handle is not None:
            break
    try:
        yield temporary
    finally:
        journal = final.parent / JOURNAL
        if not (journal.exists() and temporary.name.encode() in journal.read_bytes()):
            _sweep(temporary)
        _release(handle, _lock_of(temporary))


@contextmanager
def held(parent: Path) -> Iterator[None]:
    """The folder's own lock, for one publisher or clearer at a time.

    Raises
    ------
    PlaceUnavailable
        ``write.busy`` after two minutes.
    """
    lock = parent / ".geoplan-lock"
    end = time.monotonic() + _WAIT_S
    while (handle := _open_locked(lock)) is None:
        if time.monotonic() > end:
            raise PlaceUnavailable(Problem("write.busy", str(parent), {"path": str(parent)}))
        time.sleep(0.01)
    try:
        yield
    finally:
        _release(handle, lock)


def discard(path: Path) -> None:
    """Give a file or folder the name of a dead temporary: `clear` removes it, now or after a kill."""
    os.rename(path, _trash(path.parent, "old"))


def clear(parent: Path) -> tuple[str, ...]:
    """Remove the temporary files and folders that no live run holds. The caller holds `parent`."""
    found = {m[1] for p in parent.iterdir() if (m := LEFTOVER.fullmatch(p.name)) and m[1]}
    cleared = []
    for name in sorted(found):
        lock = _lock_of(parent / name)
        handle = _open_locked(lock)
        if handle is not None:
            _sweep(parent / name)
            _release(handle, lock)
            cleared.append(name)
    return tuple(cleared)


def _trash(parent: Path, short: str) -> Path:
    return parent / f".{short}.g{secrets.token_hex(8)}.tmp"


def _lock_of(temporary: Path) -> Path:
    return temporary.with_name(temporary.name + ".lock")


def _open_locked(lock: Path) -> int | None:
    """Handle of the lock file, locked; None if another holds it or removed it before we locked it."""
    handle = os.open(lock, os.O_RDWR | os.O_CREAT | _NO_FOLLOW, 0o666)
    try:
        if _try_lock(handle) and _is_named(handle, lock):
            return handle
    except OSError:
        os.close(handle)
        raise
    os.close(handle)
    return None


def _is_named(handle: int, lock: Path) -> bool:
    try:
        named = os.stat(lock, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return os.path.samestat(named, os.fstat(handle))


def _release(handle: int, lock: Path) -> None:
    if sys.platform == "win32":  # an open file cannot be removed there, and another may have opened it since
        os.close(handle)
        try:
            lock.unlink(missing_ok=True)
        except PermissionError:
            return
    else:
        lock.unlink(missing_ok=True)
        os.close(handle)


def _sweep(temporary: Path) -> None:
    """Remove what stands under a temporary name and beside it (``-journal``), but not its lock."""
    lock = _lock_of(temporary)
    for path in [p for p in temporary.parent.iterdir() if p.name.startswith(temporary.name) and p != lock]:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
