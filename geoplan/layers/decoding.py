"""Bytes into Vietnamese: by the user's word, the file's, or by what makes Vietnamese of a column; never in silence."""

import codecs
from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from geoplan.errors import InputError, Problem
from geoplan.layers.columns import Picks
from geoplan.layers.opened import Cells, Opened
from geoplan.layers.records import LayerSpec
from geoplan.layers.schemas import schema
from geoplan.layers.verdict import Verdict
from geoplan.text import legacy

_NAMES = {
    "tcvn": "tcvn3",
    "abc": "tcvn3",
    "tcvn-3": "tcvn3",
    "windows-1258": "cp1258",
    "1258": "cp1258",
    "utf8": "utf-8",
}
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
    except LookupError as error:
        facts = {"encoding": text[:40], "known": ", ".join(("utf-8", *legacy.LEGACY))}
        raise InputError(Problem("layer.encoding_unknown", where, facts)) from error


def decode_names(opened: Opened, spec: LayerSpec) -> Opened:
    """The file with its column names as text; an unknown encoding in the project file is refused here."""
    if spec.encoding:
        known_encoding(spec.encoding, spec.shown)
    if not opened.raw or all(name.isascii() for name in opened.columns):
        return opened
    text = names_as_text(opened.columns, spec, opened.encoding)
    opened.columns = {text[name]: cells for name, cells in opened.columns.items()}
    opened.repeated = frozenset(text.get(name, name) for name in opened.repeated)
    return opened


def names_as_text(names: Iterable[str], spec: LayerSpec, declared: str) -> dict[str, str]:
    """Latin-1 stand-ins of column names to their text; themselves where that cannot be told."""
    raws = {name: name.encode("latin-1") for name in names}
    encoding = _of_column(raws.values(), spec, declared) or "latin-1"
    text = {name: _decoded(raw, encoding)[0] or name for name, raw in raws.items()}
    return text if len(set(text.values())) == len(text) else {name: name for name in raws}


def decode_cells(opened: Opened, picks: Picks, spec: LayerSpec) -> Verdict:
    """Make text of the chosen columns, in place; what was guessed, lost or cannot be read is in the verdict."""
    said = Verdict()
    chosen = dict.fromkeys(c for p in picks.by_field.values() for c in (p.column, p.backup) if c)
    columns = dict(opened.columns)
    raws = [c for name in chosen for c in columns[name] if isinstance(c, bytes)]
    whole = _of_column(raws, spec, opened.encoding) if raws else ""
    for name in chosen:
        if any(isinstance(c, bytes) for c in columns[name]):
            columns[name] = _from_bytes(columns[name], name, whole, opened, spec, said)
        else:
            columns[name] = _from_text(columns[name], name, spec, said)
        _suspects(columns[name], name, opened, spec, said)
    opened.columns = columns
    private = schema(spec.role).private
    hidden = {c for name, p in picks.by_field.items() if name in private for c in (p.column, p.backup)}
    said.warnings = [_discreet(p, hidden) for p in said.warnings]
    said.errors = [_discreet(p, hidden) for p in said.errors]
    return said


def _discreet(problem: Problem, hidden: set[str]) -> Problem:
    """A problem without the cells that it quotes, where its column is private."""
    if problem.facts.get("column") not in hidden:
        return problem
    return replace(problem, facts={k: "…" if k in {"values", "sample"} else v for k, v in problem.facts.items()})


def _from_bytes(cells: Cells, name: str, whole: str, opened: Opened, spec: LayerSpec, said: Verdict) -> Cells:
    raws = [c for c in cells if isinstance(c, bytes)]
    encoding = _of_column(raws, spec, opened.encoding) or whole
    telling = [c for c in raws if not c.isascii()]
    if not encoding:
        shown = ", ".join(f"“{c.decode('latin-1')[:30]}”" for c in telling[:3])
        said.refuse(Problem("layer.text_unreadable", spec.shown, {"column": name, "values": shown}))
        return np.array([None if isinstance(c, bytes) else c for c in cells], dtype=object)
    found = np.empty(len(cells), dtype=object)
    bad, cut = [], []
    for i, cell in enumerate(cells):
        if not isinstance(cell, bytes):
            found[i] = cell
            continue
        found[i], shortened = _decoded(cell, encoding)
        if found[i] is None:
            bad.append(i)
        elif shortened:
            cut.append(i)
    facts: dict[str, str | int | float] = {"column": name, "encoding": encoding}
    if bad:
        rows = tuple(opened.places[i] for i in bad)
        said.refuse(Problem("layer.text_not_of_encoding", spec.shown, {**facts, "n": len(bad)}, rows))
    if cut:
        rows = tuple(opened.places[i] for i in cut)
        said.tell(Problem("layer.text_cut", spec.shown, {**facts, "n": len(cut)}, rows))
    if telling:
        _vouch(found, telling, encoding, spec, said, facts)
    return found


def _vouch(
    found: Cells,
    telling: list[bytes],
    encoding: str,
    spec: LayerSpec,
    said: Verdict,
    facts: dict[str, str | int | float],
) -> None:
    """Refuse a declared encoding that makes no Vietnamese where another does; tell a guessed one."""
    share = legacy.share_readable(c for c in found if isinstance(c, str))
    if spec.encoding:
        other = legacy.guess(telling)
        if other is not None and other.encoding != encoding and (share or 0.0) < legacy.READABLE / 2:
            said.refuse(Problem("layer.encoding_contradicts", spec.shown, {**facts, "other": other.encoding}))
    elif encoding in legacy.LEGACY:
        sample = next((c for c in found if isinstance(c, str) and not c.isascii()), "")
        said.tell(Problem("layer.encoding_guessed", spec.shown, {**facts, "sample": sample[:40]}))


def _from_text(cells: Cells, name: str, spec: LayerSpec, said: Verdict) -> Cells:
    """Text that came as Unicode but is another encoding read wrongly is put right, and told."""
    texts = [c for c in cells if isinstance(c, str) and not c.isascii()]
    found = _declared_disguise(texts, spec) or legacy.disguised(dict.fromkeys(texts))
    if found is None:
        return cells
    repaired = np.empty(len(cells), dtype=object)
    for i, cell in enumerate(cells):
        raw = legacy.as_bytes(cell) if isinstance(cell, str) else None
        text = _decoded(raw, found.encoding)[0] if raw is not None else None
        repaired[i] = cell if text is None else text
    sample = next((c for c in repaired if isinstance(c, str) and not c.isascii()), "")
    facts: dict[str, str | int | float] = {"column": name, "encoding": found.encoding, "sample": sample[:40]}
    said.tell(Problem("layer.text_repaired", spec.shown, facts))
    return repaired


def _declared_disguise(texts: list[str], spec: LayerSpec) -> legacy.Guess | None:
    """The user's older encoding, where it makes at least as much Vietnamese of Unicode text as it is."""
    encoding = known_encoding(spec.encoding, spec.shown) if spec.encoding else ""
    if encoding not in legacy.LEGACY:
        return None
    raws = [raw for raw in map(legacy.as_bytes, texts) if raw is not None]
    decoded = [_decoded(raw, encoding)[0] or "" for raw in raws]
    share, before = legacy.share_readable(decoded), legacy.share_readable(texts)
    if len(raws) < len(texts) or share is None or share < (before or 0.0):
        return None
    return legacy.Guess(encoding, share)


def _suspects(cells: Cells, name: str, opened: Opened, spec: LayerSpec, said: Verdict) -> None:
    bad = [i for i, c in enumerate(cells) if isinstance(c, str) and legacy.suspect(c)]
    if bad:
        values = ", ".join(f"“{v[:30]}”" for v in list(dict.fromkeys(str(cells[i]) for i in bad))[:3])
        facts: dict[str, str | int | float] = {"column": name, "n": len(bad), "values": values}
        said.tell(Problem("layer.text_suspect", spec.shown, facts, tuple(opened.places[i] for i in bad)))


def _of_column(cells: Iterable[bytes], spec: LayerSpec, declared: str) -> str:
    """Encoding of byte cells: the user's, the file's where it fits, UTF-8 where it fits, else the Vietnamese one."""
    if spec.encoding:
        return known_encoding(spec.encoding, spec.shown)
    telling = list(dict.fromkeys(c for c in cells if not c.isascii()))
    if not telling:
        return "ascii"
    candidates = ["utf-8"]
    if declared.casefold() not in _SAME_AS_NONE:
        try:
            candidates.insert(0, known_encoding(declared, spec.shown))
        except InputError:  # a .cpg of a foreign kind ("88591"): the bytes themselves decide
            candidates = ["utf-8"]
    for encoding in dict.fromkeys(candidates):
        texts = [_decoded(c, encoding)[0] for c in telling]
        whole = [t for t in texts if t is not None]
        if len(whole) < len(texts):
            continue
        share = legacy.share_readable(whole)
        if encoding == "utf-8" or share is None or share >= legacy.READABLE:
            return encoding
    found = legacy.guess(telling)
    return found.encoding if found is not None else ""


def _decoded(raw: bytes, encoding: str) -> tuple[str | None, bool]:
    """Text and whether its last letter was cut off by the field's width; None for bytes of another encoding."""
    try:
        return legacy.decode(raw, encoding), False
    except UnicodeDecodeError as error:
        if error.reason == "unexpected end of data" and error.start >= len(raw) - 3:
            return legacy.decode(raw[: error.start], encoding), True
        return None, False
