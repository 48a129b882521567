"""Bytes into Vietnamese: by the user's word, the file's, or by what makes Vietnamese of a column; never in silence.

Text that came as Unicode but is another encoding read wrongly is put right too. The cells as they came stay in
`Opened.originals`.
"""

from dataclasses import replace
from itertools import islice

import numpy as np

from geoplan.errors import Problem
from geoplan.formats import encodings
from geoplan.formats.opened import Cells, Opened
from geoplan.formats.records import LayerSpec
from geoplan.formats.verdict import Verdict
from geoplan.layers.columns import Picks
from geoplan.layers.schemas import schema
from geoplan.text import disguise, legacy
from geoplan.text.personal import quotable
from geoplan.text.syllables import READABLE, none_suspect, odd_ones, share_readable, suspect

_Facts = dict[str, str | int | float]


def decode_cells(opened: Opened, picks: Picks, spec: LayerSpec, *, whole: bool = False) -> Verdict:
    """Make text of the chosen columns (`whole`: of all), in place; what was guessed or cannot be read is said."""
    said = Verdict()
    chosen = dict.fromkeys(c for p in picks.by_field.values() for c in (p.column, p.backup) if c)
    if whole:
        chosen = dict.fromkeys(opened.columns)
    columns = dict(opened.columns)
    shared = _shared(opened, spec)
    for name in chosen:
        came = columns[name]
        guessed = any(isinstance(c, bytes) for c in came)
        if guessed:
            columns[name], guessed = _from_bytes(came, name, shared, opened, spec, said)
    together = _together({name: columns[name] for name in chosen}, spec)
    for name in chosen:
        before = columns[name]
        columns[name] = _from_text(before, name, together, opened, spec, said)
        if columns[name] is not before and name not in opened.originals:
            opened.originals[name] = opened.columns[name]
        _suspects(columns[name], name, opened, spec, said)
    opened.columns = columns
    private = schema(spec.role).private
    hidden = {c for name, p in picks.by_field.items() if name in private for c in (p.column, p.backup)}
    for problems in (said.warnings, said.errors, said.mended):
        problems[:] = [_discreet(p, hidden) for p in problems]
    return said


def _discreet(problem: Problem, hidden: set[str]) -> Problem:
    """A problem without the cells that it quotes, where its column is private."""
    if problem.facts.get("column") not in hidden:
        return problem
    return replace(problem, facts={k: "…" if k in {"values", "sample"} else v for k, v in problem.facts.items()})


def _shared(opened: Opened, spec: LayerSpec) -> str:
    """Encoding of all byte columns of a file together: few cells alone often read in two ways."""
    telling: list[bytes] = []
    for cells in opened.columns.values():
        telling += islice({c for c in cells if isinstance(c, bytes) and not c.isascii()}, legacy.SAMPLE)
    return encodings.of_column(sorted(telling), spec, opened.encoding) if telling else ""


def _from_bytes(
    cells: Cells, name: str, shared: str, opened: Opened, spec: LayerSpec, said: Verdict
) -> tuple[Cells, bool]:
    """A column of bytes as text, and whether its encoding is our guess."""
    raws = [c for c in cells if isinstance(c, bytes)]
    telling = [c for c in raws if not c.isascii()]
    encoding = encodings.of_column(raws, spec, opened.encoding, shared)
    both = None if encoding else encodings.split(raws, spec)
    if not encoding and both is None:
        shown = ", ".join(f"“{quotable(c.decode('latin-1'))[:30]}”" for c in telling[:3])
        rows = tuple(p for p, c in zip(opened.places, cells, strict=True) if isinstance(c, bytes) and not c.isascii())
        said.refuse(Problem("layer.text_unreadable", spec.shown, {"column": name, "values": shown}, rows))
        return np.array([None if isinstance(c, bytes) else c for c in cells], dtype=object), False
    found = np.empty(len(cells), dtype=object)
    bad, cut, others = [], [], []
    known: dict[tuple[type, bytes], tuple[str | None, bool]] = {}  # most columns have few texts
    for i, cell in enumerate(cells):
        if not isinstance(cell, bytes):
            found[i] = cell
            continue
        this = (type(cell), cell)
        if this not in known:
            known[this] = encodings.decoded(cell, encoding or "utf-8")
        found[i], shortened = known[this]
        if found[i] is None and both is not None:
            found[i], shortened = encodings.decoded(cell, both[1])
            others.append(i)
        if found[i] is None:
            bad.append(i)
        elif shortened:
            cut.append(i)
    facts: _Facts = {"column": name, "encoding": encoding or both[1] if both else encoding}
    _tell_rows("layer.text_not_of_encoding", bad, facts, opened, spec, said, refuse=True)
    _tell_rows("layer.text_cut", cut, facts, opened, spec, said)
    if both is not None:
        sample = quotable(str(found[others[0]]))[:40]
        _tell_rows("layer.encoding_mixed", others, {**facts, "sample": sample}, opened, spec, said)
    elif telling:
        _vouch(found, telling, encoding, spec, said, facts)
    if both is not None or cut or (encoding in legacy.LEGACY and telling):
        opened.originals[name] = cells
    return found, not spec.encoding and (both is not None or encoding in legacy.LEGACY)


def _tell_rows(
    key: str, at: list[int], facts: _Facts, opened: Opened, spec: LayerSpec, said: Verdict, *, refuse: bool = False
) -> None:
    if at:
        problem = Problem(key, spec.shown, {**facts, "n": len(at)}, tuple(opened.places[i] for i in at))
        (said.refuse if refuse else said.tell)(problem)


def _vouch(found: Cells, telling: list[bytes], encoding: str, spec: LayerSpec, said: Verdict, facts: _Facts) -> None:
    """Refuse a declared encoding that makes no Vietnamese where another does; tell a guessed one."""
    share = share_readable(c for c in found if isinstance(c, str))
    if spec.encoding:
        other = legacy.guess(telling)
        if other is not None and other.encoding != encoding and (share or 0.0) < READABLE / 2:
            said.refuse(Problem("layer.encoding_contradicts", spec.shown, {**facts, "other": other.encoding}))
    elif encoding in legacy.LEGACY:
        sample = next((c for c in found if isinstance(c, str) and not c.isascii()), "")
        said.tell(Problem("layer.encoding_guessed", spec.shown, {**facts, "sample": quotable(sample)[:40]}))


def _texts(cells: Cells) -> dict[str, None]:
    return dict.fromkeys(c for c in cells if isinstance(c, str) and not c.isascii())


def _together(columns: dict[str, Cells], spec: LayerSpec) -> disguise.PutRight | None:
    """What all texts of a file are, where all of them are one thing read wrongly; else each column is judged alone."""
    if spec.encoding:
        return None
    telling: dict[str, None] = {}
    for cells in columns.values():
        telling.update(islice(_texts(cells).items(), legacy.SAMPLE))
    found = disguise.put_right(telling)
    return found if found is not None and found.whole else None


def _from_text(
    cells: Cells, name: str, together: disguise.PutRight | None, opened: Opened, spec: LayerSpec, said: Verdict
) -> Cells:
    """Text that came as Unicode but is another encoding read wrongly is put right, and told."""
    texts = _texts(cells)
    came_as_bytes = any(isinstance(c, bytes) for c in opened.columns[name])  # then the user's word has been used
    declared = None if came_as_bytes else _declared_disguise(list(texts), spec)
    found = declared or _as_together(texts, together) or disguise.put_right(texts)
    if found is None:
        return cells
    repaired = np.empty(len(cells), dtype=object)
    repaired[:] = [found.texts.get(c, c) if isinstance(c, str) else c for c in cells]
    changed = [i for i, c in enumerate(cells) if isinstance(c, str) and c in found.texts]
    sample = next((c for c in found.texts.values() if not c.isascii()), "")
    facts: _Facts = {"column": name, "encoding": found.encoding.replace(", ", " + "), "sample": quotable(sample)[:40]}
    if found.whole:
        said.mend(Problem("layer.text_repaired", spec.shown, facts))
    else:
        rows = tuple(opened.places[i] for i in changed)
        said.mend(Problem("layer.text_repaired_partly", spec.shown, {**facts, "n": len(changed)}, rows))
    unsure = [i for i, c in enumerate(cells) if isinstance(c, str) and c in found.doubtful]
    if unsure:
        values = ", ".join(f"“{quotable(v)[:30]}”" for v in list(dict.fromkeys(str(repaired[i]) for i in unsure))[:3])
        _tell_rows("layer.text_doubtful", unsure, {"column": name, "values": values}, opened, spec, said)
    return repaired


def _as_together(texts: dict[str, None], together: disguise.PutRight | None) -> disguise.PutRight | None:
    """The file's own disguise, for a column that it makes Vietnamese."""
    if together is None or not texts:
        return None
    made = {c: together.texts[c] for c in texts if c in together.texts}
    if not made or len(made) < READABLE * len(texts) or (share_readable(made.values()) or 0.0) < READABLE:
        return None
    return replace(together, texts=made)


def _declared_disguise(texts: list[str], spec: LayerSpec) -> disguise.PutRight | None:
    """The user's older encoding, where it makes at least as much Vietnamese of Unicode text as it is."""
    encoding = encodings.known_encoding(spec.encoding, spec.shown) if spec.encoding else ""
    if encoding not in legacy.LEGACY or not texts:
        return None
    raws = [raw for raw in map(legacy.as_bytes, texts) if raw is not None]
    made = [encodings.decoded(raw, encoding)[0] or "" for raw in raws]
    share, before = share_readable(made), share_readable(texts)
    if len(raws) < len(texts) or share is None or share < (before or 0.0):
        return None
    return disguise.PutRight(encoding, {t: m for t, m in zip(texts, made, strict=True) if m and m != t}, whole=True)


def _suspects(cells: Cells, name: str, opened: Opened, spec: LayerSpec, said: Verdict) -> None:
    """Tell cells with lost or foreign letters, and words that are no Vietnamese in a column of many such."""
    texts = dict.fromkeys(c for c in cells if isinstance(c, str))
    strange = odd_ones(texts, together=True)
    foreign = set() if none_suspect(texts) else {c for c in texts if suspect(c)}
    telling = sum(1 for c in texts if not c.isascii())
    many = len(strange) > (1 - READABLE) * telling or name in opened.originals
    odd = foreign | (strange if many else set())
    bad = [i for i, c in enumerate(cells) if isinstance(c, str) and c in odd]
    if bad:
        values = ", ".join(f"“{quotable(v)[:30]}”" for v in list(dict.fromkeys(str(cells[i]) for i in bad))[:3])
        _tell_rows("layer.text_suspect", bad, {"column": name, "values": values}, opened, spec, said)
