"""Members of a ZIP of a stranger: vetted by name before any is unpacked; what comes out is counted, not believed.

Names of members are never paths: one outside the archive's own folder, a link, a drive or a second file of the same
name is refused.
"""

import io
import re
import stat
import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from geoplan.errors import InputError, Problem
from geoplan.formats import places
from geoplan.text import legacy
from geoplan.text.safe import plain

MOST_MEMBERS = 2000
MOST_RATIO = 200
"""Unpacked bytes for each packed one."""
FREE_BYTES = 10_000_000
"""A member may unpack to so many bytes whatever its ratio."""

_BLOCK = 1 << 18
_DIRECTORY_BYTES = 2_000_000
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
"""Others unpack a block of any size at once."""
_BAD = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    struct.error,
    ValueError,
    OverflowError,
    NotImplementedError,
    RuntimeError,
)
_JUNK = frozenset({".ds_store", "thumbs.db", "desktop.ini"})
_DRIVE = re.compile(r"^[A-Za-z]:")
_CONTROL = re.compile("[\x00-\x1f\x7f]")
_KINDS = (
    (0, b"Rar!\x1a\x07", "RAR"),
    (0, b"7z\xbc\xaf\x27\x1c", "7z"),
    (0, b"\x1f\x8b", "GZ"),
    (0, b"BZh", "BZ2"),
    (0, b"\xfd7zXZ", "XZ"),
    (257, b"ustar", "TAR"),
)


@dataclass(frozen=True, slots=True)
class Member:
    """One file of an archive: its path as a person reads it, and where it lies."""

    path: PurePosixPath
    info: zipfile.ZipInfo

    @property
    def name(self) -> str:
        """The path with forward slashes."""
        return self.path.as_posix()


class _Counted(io.BufferedIOBase):
    """A file that counts the bytes read from it."""

    def __init__(self, file: BinaryIO) -> None:
        self.file, self.taken = file, 0

    def read(self, size: int | None = -1, /) -> bytes:
        found = self.file.read(-1 if size is None else size)
        self.taken += len(found)
        return found

    def seek(self, offset: int, whence: int = 0, /) -> int:
        return self.file.seek(offset, whence)

    def tell(self) -> int:
        return self.file.tell()

    def seekable(self) -> bool:
        return True


class Archive:
    """An open ZIP whose members have been vetted by name."""

    def __init__(self, file: _Counted, shown: str) -> None:
        self.file, self.shown = file, shown
        try:
            self.zip = zipfile.ZipFile(file)
        except _BAD as error:
            raise InputError(Problem("layer.zip_cut", shown, {})) from error
        self.members = _vetted(self.zip.infolist(), shown)

    def blocks(self, member: Member, most_mb: int) -> Iterator[bytes]:
        """Content of a member, block by block.

        Raises
        ------
        InputError
            ``layer.zip_locked``, ``layer.zip_method``, ``layer.zip_broken``, ``layer.zip_bomb``.
        """
        name, info = {"member": member.name}, member.info
        if info.flag_bits & 0x1:
            raise InputError(Problem("layer.zip_locked", self.shown, name))
        if info.compress_type not in _METHODS:
            raise InputError(Problem("layer.zip_method", self.shown, {**name, "method": str(info.compress_type)}))
        before, out = self.file.taken, 0
        try:
            with self.zip.open(info) as source:
                while block := source.read(_BLOCK):
                    out += len(block)
                    ratio = out / max(1, self.file.taken - before)
                    if out > most_mb * 1_000_000 or (out > FREE_BYTES and ratio > MOST_RATIO):
                        facts: dict[str, str | int | float] = {**name, "most": most_mb, "ratio": MOST_RATIO}
                        raise InputError(Problem("layer.zip_bomb", self.shown, facts))
                    yield block
        except (*_BAD, OSError) as error:
            raise InputError(Problem("layer.zip_broken", self.shown, name)) from error


@contextmanager
def opened_zip(path: Path, shown: str, form: str = "ZIP") -> Iterator[Archive]:
    """A ZIP, its list of members vetted before any of them is unpacked; `form` is what it should be (``KMZ``).

    Raises
    ------
    InputError
        ``layer.archive_unread``, ``layer.not_the_format``, ``layer.zip_cut``, ``layer.zip_many``,
        ``layer.zip_unsafe``, ``layer.zip_twice``.
    """
    places.present(path, shown)
    with path.open("rb") as file:
        _refuse_others(file.read(512), shown)
        _refuse_long_lists(file, shown, form)
        file.seek(0)
        yield Archive(_Counted(file), shown)


def _refuse_others(head: bytes, shown: str) -> None:
    for at, mark, kind in _KINDS:
        if head[at:].startswith(mark):
            raise InputError(Problem("layer.archive_unread", shown, {"kind": kind}))


def _refuse_long_lists(file: BinaryIO, shown: str, form: str) -> None:
    """Refuse a list of members that is too long before it is read: each entry would take memory."""
    size = file.seek(0, io.SEEK_END)
    start = max(0, size - 66_000)
    file.seek(start)
    tail = file.read()
    at = tail.rfind(b"PK\x05\x06")
    file.seek(0)
    if at < 0 or len(tail) < at + 22:
        key = "layer.zip_cut" if file.read(2) == b"PK" else "layer.not_the_format"
        raise InputError(Problem(key, shown, {"format": form}))
    count, length = struct.unpack_from("<HI", tail, at + 10)
    if at >= 20 and tail[at - 20 : at - 16] == b"PK\x06\x07":
        file.seek(min(struct.unpack_from("<Q", tail, at - 12)[0], size))
        wide = file.read(56)
        if wide[:4] != b"PK\x06\x06" or len(wide) < 56:
            raise InputError(Problem("layer.zip_cut", shown, {}))
        count, length = struct.unpack_from("<QQ", wide, 32)
    if count > MOST_MEMBERS or length > _DIRECTORY_BYTES:
        raise InputError(Problem("layer.zip_many", shown, {"n": count, "most": MOST_MEMBERS}))


def _vetted(infos: Sequence[zipfile.ZipInfo], shown: str) -> tuple[Member, ...]:
    """Files of an archive without the leavings of macOS and Windows; every name is inside and stands once."""
    if len(infos) > MOST_MEMBERS:
        raise InputError(Problem("layer.zip_many", shown, {"n": len(infos), "most": MOST_MEMBERS}))
    names = _names(infos)
    found: list[Member] = []
    seen: set[str] = set()
    for info, name in zip(infos, names, strict=True):
        kind = stat.S_IFMT(info.external_attr >> 16)
        parts = name.rstrip("/").split("/")
        outside = (
            name.startswith("/")
            or _DRIVE.match(name)
            or ".." in parts
            or plain(name) != name
            or _CONTROL.search(info.orig_filename)
        )
        if outside or kind not in (0, stat.S_IFREG, stat.S_IFDIR):
            raise InputError(Problem("layer.zip_unsafe", shown, {"member": _CONTROL.sub("�", plain(name))[:120]}))
        parts = [p for p in parts if p not in ("", ".")]
        if name.endswith("/") or not parts or _junk(parts):
            continue
        same = unicodedata.normalize("NFC", "/".join(parts)).casefold()
        if same in seen:
            raise InputError(Problem("layer.zip_twice", shown, {"member": name[:120]}))
        seen.add(same)
        found.append(Member(PurePosixPath(*parts), info))
    return tuple(found)


def _junk(parts: Sequence[str]) -> bool:
    return "__MACOSX" in parts or parts[-1].startswith("._") or parts[-1].casefold() in _JUNK


def _names(infos: Sequence[zipfile.ZipInfo]) -> list[str]:
    """Names with forward slashes; bytes that the archive gives no encoding for are UTF-8 or older Vietnamese."""
    raws = [None if i.flag_bits & 0x800 or i.filename.isascii() else i.filename.encode("cp437") for i in infos]
    telling = [r for r in raws if r is not None]
    try:
        texts = [r.decode("utf-8") for r in telling]
    except UnicodeDecodeError:
        guess = legacy.guess(telling)
        encoding = guess.encoding if guess is not None else "cp437"
        texts = [legacy.decode(r, encoding) if encoding != "cp437" else r.decode("cp437") for r in telling]
    decoded = iter(texts)
    names = [i.filename if r is None else next(decoded) for i, r in zip(infos, raws, strict=True)]
    return [unicodedata.normalize("NFC", n).replace("\\", "/") for n in names]
