"""XML of a stranger, parsed safely: DOCTYPE and entities refused, nothing fetched, depth limited, lines named.

Only expat of the standard library sees the bytes, all of them in one call: fed piece by piece, old versions of it read
a huge token again for each piece. Prefixes of namespaces are dropped, as phones write them without declaring them.
"""

import codecs
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from xml.parsers import expat

from geoplan.errors import InputError, Problem
from geoplan.formats.verdict import Verdict

MOST_DEPTH = 100
"""Elements inside elements; a map of an office needs some twenty."""
MOST_ELEMENTS = 2_500_000
"""Elements of one file: some 40,000 lots with all their fields."""
MOST_FEATURES = 300_000
"""Features of one file."""

_DECLARED = re.compile(rb"""^<\?xml[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")
_ONE_BYTE = re.compile(r"^(iso-?8859|latin|windows-?12|cp12|cp8|koi8|mac)", re.IGNORECASE)
_UTF8 = frozenset({"", "utf-8", "utf8", "us-ascii", "ascii"})
_WIDE = (
    (b"\xff\xfe\0\0", "utf-32"),
    (b"\0\0\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
    (b"<\0", "utf-16-le"),
    (b"\0<", "utf-16-be"),
)
_CODES = expat.errors.codes
_CUT = frozenset(
    _CODES[text]
    for text in (
        expat.errors.XML_ERROR_NO_ELEMENTS,
        expat.errors.XML_ERROR_UNCLOSED_TOKEN,
        expat.errors.XML_ERROR_PARTIAL_CHAR,
        expat.errors.XML_ERROR_UNCLOSED_CDATA_SECTION,
    )
)
_ENTITY = _CODES[expat.errors.XML_ERROR_UNDEFINED_ENTITY]
_NONE: Mapping[str, str] = MappingProxyType({})
_HTML = frozenset({"html", "head", "body"})
_ENDINGS = {"kml": ".kml", "gpx": ".gpx", "FeatureCollection": ".gml"}


@dataclass(slots=True)
class Element:
    """One element: names without their prefixes, the line where it begins, its text pieces in order.

    Parameters
    ----------
    name : str
        ``Placemark``.
    attributes : mapping
        By name without prefix.
    line : int
        From 1.
    children : sequence of Element
        In the order of the file.
    words : list of str
        Text of its own, not of its children.
    """

    name: str
    attributes: Mapping[str, str]
    line: int
    children: Sequence["Element"] = ()
    words: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """Its own text without blanks around it."""
        return "".join(self.words).strip()

    @property
    def all_text(self) -> str:
        """Its text and that of what stands in it: HTML that was not escaped."""
        return " ".join(t for e in (self, *self.below()) if (t := e.text))

    def first(self, name: str) -> "Element | None":
        """The first child of a name, None where there is none."""
        return next((c for c in self.children if c.name == name), None)

    def every(self, *names: str) -> list["Element"]:
        """All children of the names."""
        return [c for c in self.children if c.name in names]

    def below(self) -> Iterator["Element"]:
        """Everything inside, in the order of the file."""
        for child in self.children:
            yield child
            yield from child.below()


@dataclass(frozen=True, slots=True)
class Parsed:
    """What is left of a file after its features were taken out.

    Parameters
    ----------
    root : Element
        The outermost element.
    raw : bool
        True where the file is not of the encoding that it says: each letter stands for one byte (Latin-1).
    said : Verdict
        What has been found about the encoding.
    """

    root: Element
    raw: bool
    said: Verdict


_Chosen = Callable[[str, Element | None], bool]
"""Whether an element of this name in this parent is handed over whole."""
_Take = Callable[[Element, tuple[Element, ...]], None]
"""Gets an element and what it stands in, outermost first; the tree forgets it afterwards."""


def parse(data: bytes, shown: str, form: str, chosen: _Chosen, take: _Take) -> Parsed:
    """Parse a whole file; elements that are `chosen` are handed to `take` one by one, and forgotten.

    Parameters
    ----------
    data : bytes
        The file.
    shown, form : str
        Its name and its format (``KML``), for the messages.
    chosen, take : callable
        Which elements to hand over, and to whom.

    Raises
    ------
    InputError
        ``layer.not_the_format``, ``layer.xml_doctype``, ``layer.xml_cut``, ``layer.xml_entity``,
        ``layer.xml_broken``, ``layer.xml_too_deep``, ``layer.xml_too_many``.
    """
    said = Verdict()
    text, raw, skipped = _utf8(data, shown, form, said)
    reader = _Reader(shown, form, chosen, take, skipped)
    try:
        reader.parser.Parse(text, True)
    except expat.ExpatError as error:
        raise InputError(_told(error, shown, skipped)) from error
    if reader.root is None or reader.root.name.casefold() in _HTML:
        raise InputError(Problem("layer.not_the_format", shown, {"format": form}))
    return Parsed(reader.root, raw, said)


class _Reader:
    """Builds the tree out of expat's calls."""

    def __init__(self, shown: str, form: str, chosen: _Chosen, take: _Take, skipped: int) -> None:
        self.shown, self.form, self.chosen, self.take, self.skipped = shown, form, chosen, take, skipped
        self.open: list[Element] = []
        self.root: Element | None = None
        self.inside = 0
        self.count = 0
        self.taken = 0
        self.parser = expat.ParserCreate("utf-8")
        self.parser.buffer_text = True
        self.parser.buffer_size = 1 << 16
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end
        self.parser.CharacterDataHandler = self.words
        self.parser.StartDoctypeDeclHandler = self.doctype

    def start(self, name: str, attributes: dict[str, str]) -> None:
        line = self.parser.CurrentLineNumber + self.skipped
        self.count += 1
        if self.count > MOST_ELEMENTS:
            raise InputError(Problem("layer.xml_too_many", self.shown, {"most": MOST_ELEMENTS, "line": line}))
        if len(self.open) >= MOST_DEPTH:
            raise InputError(Problem("layer.xml_too_deep", self.shown, {"most": MOST_DEPTH, "line": line}))
        bare = name.rpartition(":")[2]
        parent = self.open[-1] if self.open else None
        if self.inside or self.chosen(bare, parent):
            self.inside += 1
        named = {k.rpartition(":")[2]: v for k, v in attributes.items()} if attributes else _NONE
        self.open.append(Element(bare, named, line))

    def end(self, _: str) -> None:
        done = self.open.pop()
        if not self.open:
            self.root = done
        if self.inside == 1:
            self.taken += 1
            if self.taken > MOST_FEATURES:
                line = self.parser.CurrentLineNumber + self.skipped
                raise InputError(Problem("layer.xml_too_many", self.shown, {"most": MOST_FEATURES, "line": line}))
            self.take(done, tuple(self.open))
        elif self.open:
            parent = self.open[-1]
            if isinstance(parent.children, list):
                parent.children.append(done)
            else:  # most elements have no children: a list for each would double the time
                parent.children = [done]
        self.inside = max(0, self.inside - 1)

    def words(self, text: str) -> None:
        if self.open:
            self.open[-1].words.append(text)

    def doctype(self, name: str, *_: object) -> None:
        if name.casefold() in _HTML:
            raise InputError(Problem("layer.not_the_format", self.shown, {"format": self.form}))
        line = self.parser.CurrentLineNumber + self.skipped
        raise InputError(Problem("layer.xml_doctype", self.shown, {"line": line}))


def other(data: bytes, name: str, shown: str, form: str) -> Problem:
    """What to say of a file that is not `form`: by its first bytes or the name of its outermost element.

    ``layer.ending_other`` with the ending that it should have, or ``layer.not_the_format``.
    """
    ending = ".kmz" if data.startswith(b"PK\x03\x04") else _ENDINGS.get(name, "")
    if ending:
        return Problem("layer.ending_other", shown, {"format": form, "ending": ending})
    return Problem("layer.not_the_format", shown, {"format": form})


def _told(error: expat.ExpatError, shown: str, skipped: int) -> Problem:
    facts: dict[str, str | int | float] = {"line": error.lineno + skipped, "column": error.offset + 1}
    if error.code in _CUT:
        return Problem("layer.xml_cut", shown, facts)
    return Problem("layer.xml_entity" if error.code == _ENTITY else "layer.xml_broken", shown, facts)


def _utf8(data: bytes, shown: str, form: str, said: Verdict) -> tuple[bytes, bool, int]:
    """The file as UTF-8, whether each letter of it stands for a byte, and the blank lines cut off before it."""
    wide = next((name for mark, name in _WIDE if data.startswith(mark)), "")
    if wide:
        try:
            data = data.decode(wide).encode("utf-8")
        except UnicodeError as error:
            raise InputError(Problem("layer.not_the_format", shown, {"format": form})) from error
    data = data.removeprefix(codecs.BOM_UTF8)
    bare = data.lstrip()
    if not bare.startswith(b"<"):
        raise InputError(other(bare, "", shown, form))
    skipped = data[: len(data) - len(bare)].count(b"\n")
    match = _DECLARED.match(bare)
    declared = match[1].decode("ascii").casefold() if match is not None and not wide else ""
    try:
        bare.decode("utf-8")
    except UnicodeDecodeError as error:
        line = bare[: error.start].count(b"\n") + 1 + skipped
        text = _declared(bare, declared)
        if text is not None:
            return text.encode("utf-8"), False, skipped
        said.mend(Problem("layer.xml_not_utf8", shown, {"declared": declared or "utf-8", "line": line}))
        return bare.decode("latin-1").encode("utf-8"), True, skipped
    if declared not in _UTF8 and not bare.isascii():
        said.mend(Problem("layer.xml_is_utf8", shown, {"declared": declared}))
    return bare, False, skipped


def _declared(data: bytes, declared: str) -> str | None:
    """Text by a declared encoding of one byte a letter, None where the declaration does not fit."""
    if not _ONE_BYTE.match(declared):
        return None
    try:
        return data.decode(declared)
    except (LookupError, UnicodeDecodeError):
        return None
