"""A DXF line by line before GDAL sees a copy: it reads ``100,5`` as 100 and ``abc`` as 0, without a word."""

import math
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from geoplan.errors import InputError, Problem

MOST_ENTITIES = 1_000_000
"""Shapes of a drawing with all blocks put in."""

_NUMBERS = frozenset({*range(10, 60), *range(110, 150), *range(210, 240)})
_NAME = 2
_COPIES = frozenset({70, 71})
_NO_SHAPES = frozenset({b"BLOCK", b"INSERT", b"VERTEX", b"SEQEND"})
_HEADER = b"0\nSECTION\n2\nHEADER\n0\nENDSEC\n"


@dataclass(slots=True)
class _Walk:
    """Where in a drawing the walk stands, and what it has counted: shapes and insertions by block (``""``: none)."""

    section: bytes = b""
    block: bytes = b""
    kind: bytes = b""
    name: bytes = b""
    copies: int = 1
    shapes: Counter[bytes] = field(default_factory=Counter)
    inserts: dict[bytes, Counter[bytes]] = field(default_factory=lambda: {b"": Counter()})

    def drawing(self) -> bool:
        """True inside a section that holds shapes."""
        return self.section in {b"ENTITIES", b"BLOCKS"}

    def begin(self, kind: bytes) -> None:
        """An object begins: the one before it is whole."""
        if self.kind == b"INSERT":
            self.inserts.setdefault(self.block, Counter())[self.name] += self.copies
        self.kind, self.name, self.copies = kind, b"", 1
        if kind == b"ENDBLK":
            self.block = b""
        elif self.drawing() and kind not in _NO_SHAPES:
            self.shapes[self.block] += 1

    def call(self, name: bytes) -> None:
        """The object under way says its name."""
        if self.kind == b"SECTION":
            self.section = name
        elif self.kind == b"BLOCK":
            self.block = name
        elif self.kind == b"INSERT":
            self.name = name


def vet(copy: Path, shown: str) -> None:
    """Check every number of a copy, its end, and how much its blocks swell; give it a header where it has none.

    Raises
    ------
    InputError
        ``layer.dxf_line``, ``layer.dxf_cut``, ``layer.dxf_swells``.
    """
    raw = copy.read_bytes()
    lines = raw.replace(b"\r\n", b"\n").replace(b"\r", b"\n").rstrip(b"\n\x1a\x00 ").split(b"\n")
    walk = _Walk()
    for n, (code, line) in enumerate(zip(lines[::2], lines[1::2], strict=False)):
        number, value = _code(code, 2 * n + 1, shown), line.strip()
        if number in _NUMBERS and walk.drawing():
            _refuse_no_number(value, 2 * n + 2, shown)
        if number == 0:
            walk.begin(value)
        elif number == _NAME:
            walk.call(value)
        elif number in _COPIES and walk.kind == b"INSERT" and value.isdigit():
            walk.copies *= max(1, int(value))
    if lines[-1].strip() != b"EOF":
        raise InputError(Problem("layer.dxf_cut", shown, {"line": len(lines)}))
    if _total(walk.shapes, walk.inserts) > MOST_ENTITIES:
        raise InputError(Problem("layer.dxf_swells", shown, {"most": MOST_ENTITIES}))
    if b"HEADER" not in raw[:400]:  # GDAL knows a drawing by it
        copy.write_bytes(_HEADER + raw)


def _code(code: bytes, line: int, shown: str) -> int:
    try:
        return int(code)
    except ValueError as error:
        facts: dict[str, str | int | float] = {"line": line, "value": code[:30].decode("latin-1").strip()}
        raise InputError(Problem("layer.dxf_line", shown, facts)) from error


def _refuse_no_number(value: bytes, line: int, shown: str) -> None:
    try:
        sound = math.isfinite(float(value)) and b"_" not in value
    except ValueError:
        sound = False
    if not sound:
        facts: dict[str, str | int | float] = {"line": line, "value": value[:30].decode("latin-1")}
        raise InputError(Problem("layer.dxf_line", shown, facts))


def _total(shapes: Counter[bytes], inserts: dict[bytes, Counter[bytes]]) -> int:
    """Shapes with all blocks put in, counted to just over the limit; a block that holds itself is over it."""
    done: dict[bytes, int] = {}
    under_way: set[bytes] = set()
    stack = [b""]
    while stack:
        block = stack[-1]
        open_ones = [b for b in inserts.get(block, {}) if b not in done]
        if block not in under_way and open_ones:
            under_way.add(block)
            if any(b in under_way for b in open_ones):
                return MOST_ENTITIES + 1
            stack += open_ones
            continue
        stack.pop()
        if block in done:
            continue
        if open_ones:
            return MOST_ENTITIES + 1
        inside = sum(times * done[b] for b, times in inserts.get(block, {}).items())
        done[block] = min(MOST_ENTITIES + 1, shapes[block] + inside)
        under_way.discard(block)
    return done[b""]


def circle(points: list[tuple[float, float]]) -> bool:
    """True for a closed line all of whose points lie on a circle: a symbol, not the outline of an area."""
    if len(points) < 13:
        return False
    x = sum(p[0] for p in points[:-1]) / (len(points) - 1)
    y = sum(p[1] for p in points[:-1]) / (len(points) - 1)
    radii = [math.hypot(p[0] - x, p[1] - y) for p in points]
    return max(radii) - min(radii) <= 1e-6 * max(radii)
