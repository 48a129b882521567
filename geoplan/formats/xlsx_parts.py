"""The parts of a workbook, read one by one: bounded, without entities, links or macros, nothing written anywhere."""

import io
import posixpath
import re
import zipfile
import zlib
from collections.abc import Callable, Mapping
from xml.parsers import expat

from geoplan.errors import InputError, Problem

MOST_BYTES = 200_000_000
"""Of XML that is read from one workbook; a sheet of 100,000 rows has some 50 MB."""
MOST_ELEMENTS = 4_000_000
"""Of one part: 100,000 rows of 20 cells."""
_MOST_MEMBERS = 20_000
_BLOCK = 1 << 18

Start = Callable[[str, dict[str, str]], None]
End = Callable[[str], None]
Words = Callable[[str], None]


class Enough(Exception):
    """Raised by a handler that has seen what it needs: no error, the rest of a part is left unread."""


class Parts:
    """Parts of one workbook, by their names; what has been read counts against `MOST_BYTES`.

    Parameters
    ----------
    raw : bytes
        The file.
    shown : str
        Its name, for the messages.

    Raises
    ------
    InputError
        ``layer.xlsx_locked``, ``layer.xlsx_old``, ``layer.xlsx_text``, ``layer.xlsx_broken``.
    """

    def __init__(self, raw: bytes, shown: str) -> None:
        self.shown = shown
        self._left = MOST_BYTES
        if raw.startswith(b"\xd0\xcf\x11\xe0"):
            locked = "EncryptedPackage".encode("utf-16-le") in raw
            raise InputError(Problem("layer.xlsx_locked" if locked else "layer.xlsx_old", shown, {}))
        if not raw.startswith(b"PK") and raw[:512].strip() and b"\0" not in raw[:512]:
            html = re.match(rb"[\xef\xbb\xbf\s]*<", raw) is not None
            raise InputError(Problem("layer.xlsx_text", shown, {"format": "HTML, XML" if html else "CSV"}))
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(raw))
            members = self._zip.infolist()
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, IndexError) as error:
            raise self.broken("ZIP") from error
        if len(members) > _MOST_MEMBERS:
            raise self.broken(f"> {_MOST_MEMBERS} ZIP")
        self._members: Mapping[str, zipfile.ZipInfo] = {
            m.filename.replace("\\", "/").lstrip("/").casefold(): m for m in members
        }

    def broken(self, cause: str) -> InputError:
        """``layer.xlsx_broken`` with the part that is at fault."""
        return InputError(Problem("layer.xlsx_broken", self.shown, {"cause": cause[:80]}))

    def has(self, name: str) -> bool:
        """True if the workbook has a part of this name."""
        return name.casefold() in self._members

    def names(self) -> tuple[str, ...]:
        """Names of all parts, lower case."""
        return tuple(self._members)

    def parse(self, name: str, start: Start, end: End | None = None, words: Words | None = None) -> None:
        """One part through the handlers; names of elements and attributes without their prefixes.

        Raises
        ------
        InputError
            ``layer.xlsx_broken`` (absent, cut, no XML), ``layer.xml_doctype``, ``layer.xlsx_too_big``.
        """
        member = self._members.get(name.casefold())
        if member is None:
            raise self.broken(name)
        if member.file_size > self._left:
            raise self._too_big(name)
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler = self._counted(start, name)
        if end is not None:
            parser.EndElementHandler = lambda tag: end(tag.rpartition(":")[2])
        if words is not None:
            parser.CharacterDataHandler = words
        parser.StartDoctypeDeclHandler = self._doctype
        try:
            with self._zip.open(member) as file:
                while block := file.read(_BLOCK):
                    self._left -= len(block)
                    if self._left < 0:
                        raise self._too_big(name)
                    parser.Parse(block, False)
                parser.Parse(b"", True)
        except Enough:
            return
        except (
            expat.ExpatError,
            zipfile.BadZipFile,
            zlib.error,
            EOFError,
            OSError,
            RuntimeError,  # encrypted
            NotImplementedError,
            ValueError,
        ) as error:
            raise self.broken(name) from error

    def _counted(self, start: Start, name: str) -> Start:
        """The handler of beginnings with names without their prefixes, for a bounded number of elements."""
        left = MOST_ELEMENTS

        def handler(tag: str, said: dict[str, str]) -> None:
            nonlocal left
            left -= 1
            if left < 0:
                raise self._too_big(name)
            start(tag.rpartition(":")[2] if ":" in tag else tag, said)

        return handler

    def _too_big(self, name: str) -> InputError:
        return InputError(
            Problem(
                "layer.xlsx_too_big",
                self.shown,
                {"part": name, "most": MOST_BYTES // 1_000_000, "elements": MOST_ELEMENTS},
            )
        )

    def _doctype(self, *_: object) -> None:
        raise InputError(Problem("layer.xml_doctype", self.shown, {"line": 1}))

    def related(self, source: str) -> dict[str, tuple[str, str]]:
        """Parts that a part points at: id to (kind, name); links out of the file are left alone.

        Parameters
        ----------
        source : str
            Name of the part, empty for the workbook file as a whole.
        """
        folder, base = posixpath.split(source)
        name = posixpath.join(folder, "_rels", f"{base}.rels")
        found: dict[str, tuple[str, str]] = {}

        def start(tag: str, said: dict[str, str]) -> None:
            if tag != "Relationship" or said.get("TargetMode", "").casefold() == "external":
                return
            target = said.get("Target", "").replace("\\", "/")
            whole = target.lstrip("/") if target.startswith("/") else posixpath.join(folder, target)
            found[said.get("Id", "")] = (said.get("Type", "").rpartition("/")[2], posixpath.normpath(whole))

        if self.has(name):
            self.parse(name, start)
        return found
