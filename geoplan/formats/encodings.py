"""The encoding of bytes: by the user's word, the file's where it fits, or by what makes Vietnamese of a column."""

import codecs
from collections.abc import Iterable

from geoplan.errors import InputError, Problem
from geoplan.formats.opened import Opened, Whole
from geoplan.formats.records import LayerSpec
from geoplan.text import disguise, legacy
from geoplan.text.syllables import READABLE, share_well_written

_NAMES = {
    "tcvn": "tcvn3",
    "abc": "tcvn3",
    "tcvn-3": "tcvn3",
    "windows-1258": "cp1258",
    "1258": "cp1258",
    "utf8": "utf-8",
}
_WESTERN = frozenset({"cp1252", "iso8859-1", "iso8859-15", "ascii", "cp437", "cp850", "mac-roman", "cp1250"})
_SAME_AS_NONE = frozenset({"", "system", "none"})


def known_encoding(text: str, where: str) -> str:
    """An encoding as `legacy.decode` takes it.

    Raises
    ------
    InputError
        ``layer.encoding_unknown``.
    """
    name = _NAMES.get(text.strip().casefold(), text.strip().casefold())
    if name in legacy.LEGACY:
        return name
    try:
        return codecs.lookup(name).name
    except (LookupError, ValueError) as error:  # ValueError: a NUL in the name
        facts = {"encoding": text[:40], "known": ", ".join(("utf-8", *legacy.LEGACY))}
        raise InputError(Problem("layer.encoding_unknown", where, facts)) from error


def decode_names(opened: Opened, spec: LayerSpec) -> Opened:
    """The file with its column names as text, and told; an unknown encoding in the project file is refused here."""
    if spec.encoding:
        known_encoding(spec.encoding, spec.shown)
    if all(name.isascii() for name in opened.columns):
        return opened
    if opened.raw:
        text = names_as_text(opened.columns, spec, opened.encoding)
        encoding = of_column((name.encode("latin-1") for name in opened.columns), spec, opened.encoding)
    else:
        found = disguise.put_right(opened.columns)
        text = {name: found.texts.get(name, name) if found is not None else name for name in opened.columns}
        encoding = found.encoding if found is not None else ""
    changed = [text[name] for name in opened.columns if text[name] != name]
    if not changed or len(set(text.values())) < len(text):
        return opened
    if not opened.raw or (encoding in legacy.LEGACY and not spec.encoding):
        facts: dict[str, str | int | float] = {"n": len(changed), "encoding": encoding, "sample": changed[0][:40]}
        opened.said.mend(Problem("layer.names_repaired", spec.shown, facts))
    opened.columns = {text[name]: cells for name, cells in opened.columns.items()}
    opened.repeated = frozenset(text.get(name, name) for name in opened.repeated)
    return opened


def names_as_text(names: Iterable[str], spec: LayerSpec, declared: str) -> dict[str, str]:
    """Latin-1 stand-ins of column names to their text; themselves where that cannot be told."""
    raws = {name: name.encode("latin-1") for name in names}
    encoding = of_column(raws.values(), spec, declared) or "latin-1"
    text = {name: decoded(raw, encoding)[0] or name for name, raw in raws.items()}
    return text if len(set(text.values())) == len(text) else {name: name for name in raws}


def of_column(cells: Iterable[bytes], spec: LayerSpec, declared: str, shared: str = "") -> str:
    """Encoding of byte cells: the user's, the file's where it fits, UTF-8 where it fits, else the Vietnamese one.

    A declared Western page says nothing: it has no `đ` and no `ạ`, and programs write it beside TCVN3.

    Parameters
    ----------
    cells : iterable of bytes
    spec : LayerSpec
        With the user's word.
    declared : str
        The file's word.
    shared : str
        Encoding of the file's other columns: it decides where these few cells can be read in several ways.

    Returns
    -------
    str
        ``ascii`` where no cell has more; empty where it cannot be told.
    """
    if spec.encoding:
        return known_encoding(spec.encoding, spec.shown)
    telling = list(dict.fromkeys(c for c in cells if not c.isascii()))
    if not telling:
        return "ascii"
    said = _declared(declared, spec)
    as_utf8 = [decoded(c, "utf-8") for c in telling]
    loose = all(cut for _, cut in as_utf8)  # cells that end in a loose byte alone are no UTF-8: Bó in TCVN3
    believed = said == "utf-8" and not all(isinstance(c, Whole) for c in telling)
    if all(text is not None for text, _ in as_utf8) and (believed or not loose):
        return "utf-8"
    said = "" if said == "utf-8" else said
    for encoding in dict.fromkeys((said, shared)):
        share = _fits(telling, encoding) if encoding else None
        if share is not None and share >= READABLE:
            better = legacy.guess(telling) if encoding == said else None
            return encoding if better is None or better.encoding == encoding else better.encoding
    found = legacy.guess(telling)
    if found is not None:
        return found.encoding
    return said if said and _fits(telling, said) == 2.0 else ""


def split(cells: Iterable[bytes], spec: LayerSpec) -> tuple[str, str] | None:
    """The two encodings of a column in which UTF-8 stands beside an older one; None where it is not so."""
    telling = list(dict.fromkeys(c for c in cells if not c.isascii()))
    rest = [c for c in telling if decoded(c, "utf-8")[0] is None]
    if spec.encoding or not rest or len(rest) == len(telling):
        return None
    found = legacy.guess(rest)
    return ("utf-8", found.encoding) if found is not None else None


def _declared(declared: str, spec: LayerSpec) -> str:
    """The file's word on its encoding where it says something; a .cpg of a foreign kind (``88591``) does not."""
    if declared.casefold() in _SAME_AS_NONE:
        return ""
    try:
        name = known_encoding(declared, spec.shown)
    except InputError:
        return ""
    return "" if name in _WESTERN else name


def _fits(telling: list[bytes], encoding: str) -> float | None:
    """Share of Vietnamese words in cells of an encoding, 2 where no word tells; None where bytes are of another."""
    texts = [decoded(c, encoding)[0] for c in telling]
    whole = [t for t in texts if t is not None]
    if len(whole) < len(texts):
        return None
    share = share_well_written(whole[: legacy.SAMPLE])
    return 2.0 if share is None else share


def decoded(raw: bytes, encoding: str) -> tuple[str | None, bool]:
    """Text and whether its last letter was cut off by the field's width; None for bytes of another encoding."""
    try:
        return legacy.decode(raw, encoding), False
    except UnicodeDecodeError as error:
        if error.reason == "unexpected end of data" and error.start >= len(raw) - 3:
            return legacy.decode(raw[: error.start], encoding), True
        return None, False
