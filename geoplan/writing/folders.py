"""A folder that appears whole under its name, and the end of a swap that a kill cut short.

A folder is published by writing down what is to be done (``.geoplan-swap.json``, fsynced) and then doing it. `recover`
does what a dead run wrote down and did not finish, so publishing and recovering are one path. On Linux the names of the
old and the new folder are exchanged in one call; elsewhere the final name is free between two renames, until `recover`.
"""

import ctypes
import errno
import hashlib
import json
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from geoplan.errors import PlaceUnavailable, Problem
from geoplan.writing.files import FULL, check_writable, fsync, refusals, refuse_inputs, refuse_links, write_bytes
from geoplan.writing.locks import JOURNAL, LEFTOVER, claimed, clear, discard, held
from geoplan.writing.names import refuse_unfit

_FIELDS = ("final", "new", "pointer", "temporary")
_LONGEST_JOURNAL = 4096
_RENAME_EXCHANGE, _AT_FDCWD = 2, -100


@contextmanager
def new_folder(final: Path, *, pointer: str = "latest", inputs: Iterable[Path] = ()) -> Iterator[Path]:
    """A temporary folder that appears under its final name when the block ends well, and vanishes when it does not.

    A folder that stands under the name is kept as ``<name>~<hash>``: eight digits of the SHA-256 of its
    ``results.json`` (of all its files, where it has none or where that name is taken by something else).

    Parameters
    ----------
    final : Path
        Final name.
    pointer : str
        Text file beside `final` (``latest``) that gets the newest name of a day once the folder stands; empty: none.
    inputs : iterable of Path
        The user's files: a `final` in which one of them lies is refused.

    Raises
    ------
    InputError
        ``write.over_input``.
    PlaceUnavailable
        As `write_file`; also ``write.not_a_folder``, ``write.busy``, ``write.journal``.
    """
    refuse_inputs(final, inputs)
    refuse_unfit(final)
    with refusals(final):
        refuse_links(final, *([final.parent / pointer] if pointer else []))
        if final.exists() and not final.is_dir():
            raise PlaceUnavailable(Problem("write.not_a_folder", str(final), {"path": str(final)}))
        final.parent.mkdir(parents=True, exist_ok=True)
    check_writable(final.parent)
    with refusals(final, only=FULL), claimed(final) as temporary:
        with refusals(final):
            temporary.mkdir()
        yield temporary
        with refusals(final):
            for path in sorted(temporary.rglob("*")):
                fsync(path)
            fsync(temporary)
            _publish(temporary, final, pointer)


def recover(parent: Path) -> tuple[str, ...]:
    """Finish what dead runs left in a folder of outputs: a swap, temporary files. Live runs are left alone.

    Returns
    -------
    tuple of str
        Names that were finished or cleared; empty where there was nothing to do (then nothing is written either).

    Raises
    ------
    PlaceUnavailable
        ``write.journal`` if the journal is not one of ours; ``write.busy``; as `write_file`.
    """
    if not parent.is_dir():
        return ()
    with refusals(parent):
        if not any(LEFTOVER.fullmatch(p.name) for p in parent.iterdir()):
            return ()
        with held(parent):
            return (*_finish(parent), *clear(parent))


def _publish(temporary: Path, final: Path, pointer: str) -> None:
    """Write down the swap, then do it. If it fails before the new folder stands, nothing has changed."""
    parent = final.parent
    with held(parent):
        _finish(parent)
        new = _digest(temporary)
        swap = {"final": final.name, "new": new, "pointer": pointer, "temporary": temporary.name}
        write_bytes(parent / JOURNAL, json.dumps(swap, ensure_ascii=False, indent=1, sort_keys=True).encode())
        try:
            _finish(parent)
        except OSError:
            if temporary.is_dir() and _digest(temporary) == new:
                (parent / JOURNAL).unlink()
            raise
        clear(parent)


def _finish(parent: Path) -> tuple[str, ...]:
    """Do what the journal says from wherever it stopped. The caller holds `parent`."""
    journal = parent / JOURNAL
    if not journal.exists():
        return ()
    swap = _read(journal)
    temporary, final = parent / swap["temporary"], parent / swap["final"]
    if temporary.is_dir() and not temporary.is_symlink():
        if _digest(temporary) != swap["new"]:  # the names were exchanged: this is the old folder
            _keep(temporary, final.name)
        else:
            _put(temporary, final)
    fsync(parent)
    if swap["pointer"] and final.is_dir():
        write_bytes(parent / swap["pointer"], f"{_newest(final)}\n".encode())
    journal.unlink()
    fsync(parent)
    return (swap["final"],)


def _put(temporary: Path, final: Path) -> None:
    """The new folder under the final name, the old one, if any, aside."""
    if not final.exists():
        os.rename(temporary, final)
    elif _exchange(temporary, final):
        _keep(temporary, final.name)
    else:
        aside = _keep(final, final.name)
        try:
            os.rename(temporary, final)
        except OSError:
            os.rename(aside, final)
            raise


def _read(journal: Path) -> dict[str, str]:
    """The journal; names that lead out of its folder are refused."""
    unread = PlaceUnavailable(Problem("write.journal", str(journal), {"path": str(journal)}))
    if journal.stat().st_size > _LONGEST_JOURNAL:
        raise unread
    try:
        swap = json.loads(journal.read_text(encoding="utf-8"))
    except ValueError as error:
        raise unread from error
    if not isinstance(swap, dict) or not all(isinstance(swap.get(name), str) for name in _FIELDS):
        raise unread
    names = (swap["final"], swap["temporary"], swap["pointer"] or "none")
    if any(name in ("", ".", "..") or set(name) & set("/\\\0") for name in names):
        raise unread
    match = LEFTOVER.fullmatch(swap["temporary"])
    if match is None or match[1] != swap["temporary"]:
        raise unread
    return {name: swap[name] for name in _FIELDS}


def _exchange(left: Path, right: Path) -> bool:
    """Exchange two names in one call, so that no moment has neither; False where the system cannot."""
    if sys.platform != "linux":
        return False
    libc = ctypes.CDLL(None, use_errno=True)
    if not hasattr(libc, "renameat2"):
        return False
    here = os.fsencode(left.absolute()), os.fsencode(right.absolute())
    if libc.renameat2(_AT_FDCWD, here[0], _AT_FDCWD, here[1], _RENAME_EXCHANGE) == 0:
        return True
    code = ctypes.get_errno()
    if code in (errno.ENOSYS, errno.EINVAL, errno.ENOTSUP):
        return False
    raise OSError(code, os.strerror(code), str(right))


def _keep(old: Path, name: str) -> Path:
    """Give the old folder the name ``<name>~<hash>``; one that stands there with the same content goes."""
    whole = _digest(old)
    results = old / "results.json"
    own = _file_digest(results) if results.is_file() and not results.is_symlink() else whole
    aside = old.parent / f"{name}~{own[:8]}"
    if aside.is_symlink() or (aside.exists() and not (aside.is_dir() and _digest(aside) == whole)):
        aside = old.parent / f"{name}~{whole[:8]}"
    if aside.exists() or aside.is_symlink():
        discard(aside)
    os.rename(old, aside)
    return aside


def _newest(final: Path) -> str:
    """The newest day among the folders beside `final` that are named by one; its own name where it is not."""

    def is_day(name: str) -> bool:
        try:
            return date.fromisoformat(name).isoformat() == name
        except ValueError:
            return False

    if not is_day(final.name):
        return final.name
    return max(p.name for p in final.parent.iterdir() if is_day(p.name) and p.is_dir())


def _file_digest(path: Path) -> str:
    with path.open("rb") as data:
        return hashlib.file_digest(data, "sha256").hexdigest()


def _digest(folder: Path) -> str:
    """SHA-256 of all names and contents of a folder; links by their text, never followed."""
    lines = []
    for path in sorted(folder.rglob("*")):
        if path.is_symlink():
            content = "link " + os.readlink(path)
        else:
            content = _file_digest(path) if path.is_file() else "folder"
        lines.append(f"{path.relative_to(folder).as_posix()}\0{content}")
    return hashlib.sha256("\n".join(lines).encode("utf-8", "surrogateescape")).hexdigest()
