"""WKB before GEOS sees it: collections nested inside each other by the thousand end the whole program."""

import struct

_DEEPEST = 16
_LINES = frozenset({2, 8, 13})
_RINGS = frozenset({3, 17})
_CONTAINERS = frozenset({4, 5, 6, 7, 9, 10, 11, 12, 15, 16})


def nested_too_deep(blob: bytes) -> bool:
    """True for WKB with geometries inside each other more than sixteen deep; what is cut is for GEOS to refuse."""
    if len(blob) < 5 or _kind(blob, 0)[0] not in _CONTAINERS:
        return False
    at, left = 0, [1]
    try:
        while left:
            if left[-1] == 0:
                left.pop()
                continue
            left[-1] -= 1
            kind, numbers, start = _kind(blob, at)
            if kind in _CONTAINERS:
                left.append(_count(blob, at, start))
                at = start + 4
                if len(left) > _DEEPEST:
                    return True
            else:
                at = _behind(blob, at, kind, numbers, start)
    except struct.error:
        return False
    return False


def _kind(blob: bytes, at: int) -> tuple[int, int, int]:
    """Type without Z, M and SRID; numbers of a vertex; where its content starts."""
    code = struct.unpack_from(_order(blob, at) + "I", blob, at + 1)[0]
    start = at + 9 if code & 0x20000000 else at + 5
    flags = (code >> 31 & 1) + (code >> 30 & 1)
    plain = code & 0x0FFFFFFF
    return plain % 1000, 2 + flags + (0, 1, 1, 2)[plain // 1000 % 4], start


def _behind(blob: bytes, at: int, kind: int, numbers: int, start: int) -> int:
    """Where a simple geometry ends."""
    if kind == 1:
        return start + 8 * numbers
    if kind in _LINES:
        return start + 4 + 8 * numbers * _count(blob, at, start)
    if kind not in _RINGS:
        raise struct.error("unknown type")
    end = start + 4
    for _ in range(_count(blob, at, start)):
        end += 4 + 8 * numbers * _count(blob, at, end)
    return end


def _count(blob: bytes, at: int, place: int) -> int:
    return int(struct.unpack_from(_order(blob, at) + "I", blob, place)[0])


def _order(blob: bytes, at: int) -> str:
    return "<" if blob[at : at + 1] == b"\x01" else ">"
