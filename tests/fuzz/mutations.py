"""Ways to break a file: what disks, Zalo, old programs and strangers do to bytes.

Every mutation is drawn from the generator that it is given, so a case is named by its seed and can be made again.
"""

import io
import random
import struct
import zipfile

INTERESTING = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
WORDS = (
    b"NaN", b"Infinity", b"-1", b"1e999", b"99999999999999999999", b"", b"\0", b"\xff\xfe", b"<!DOCTYPE x [<!ENTITY a 'b'>]>",
    b"&a;", b"../../x", b"/vsicurl/http://127.0.0.1:9/x", b"C\xa7\xedng", "Đất".encode(), b"{}", b"[[[[", b"]]>", b"=1+1", b"'", b"\"", b";", b",", b"\r", b"%s",
)  # fmt: skip
ZIPS = b"PK\x03\x04"


def mutated(data: bytes, seed: int) -> bytes:
    """The file after one to four mutations; inside a zip, half of the time in one of its members."""
    chance = random.Random(seed)
    if data.startswith(ZIPS) and chance.random() < 0.6:
        return _member_mutated(data, chance)
    for _ in range(chance.randint(1, 4)):
        data = chance.choice(_WAYS)(data, chance)
    return data


def _member_mutated(data: bytes, chance: random.Random) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as there, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as here:
        members = there.infolist()
        chosen = chance.randrange(len(members))
        for i, member in enumerate(members):
            content = there.read(member)
            if i == chosen:
                for _ in range(chance.randint(1, 3)):
                    content = chance.choice(_WAYS)(content, chance)
            here.writestr(member.filename, content)
    return out.getvalue()


def _flip(data: bytes, chance: random.Random) -> bytes:
    if not data:
        return data
    made = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 8))):
        made[chance.randrange(len(made))] ^= 1 << chance.randrange(8)
    return bytes(made)


def _head(data: bytes, chance: random.Random) -> bytes:
    """A number near the start, where formats keep their counts and lengths, becomes an interesting one."""
    width = chance.choice((1, 2, 4, 8))
    if len(data) < width:
        return data
    at = chance.randrange(min(len(data) - width + 1, 400))
    value = chance.choice(INTERESTING) & ((1 << (8 * width)) - 1)
    return data[:at] + value.to_bytes(width, chance.choice(("little", "big"))) + data[at + width :]


def _number(data: bytes, chance: random.Random) -> bytes:
    """The same anywhere; sometimes a coordinate that is NaN, infinite or absurd."""
    if len(data) < 8:
        return data
    at = chance.randrange(len(data) - 7)
    if chance.random() < 0.5:
        value = struct.pack(chance.choice(("<d", ">d")), chance.choice((float("nan"), float("inf"), 1e300, -1e18, 0.0)))
        return data[:at] + value + data[at + 8 :]
    value = chance.choice(INTERESTING).to_bytes(4, chance.choice(("little", "big")))
    return data[:at] + value + data[at + 4 :]


def _cut(data: bytes, chance: random.Random) -> bytes:
    return data[: chance.randrange(len(data) + 1)]


def _hole(data: bytes, chance: random.Random) -> bytes:
    at, size = _span(data, chance)
    return data[:at] + data[at + size :]


def _again(data: bytes, chance: random.Random) -> bytes:
    at, size = _span(data, chance)
    return data[: at + size] + data[at : at + size] * chance.choice((1, 1, 3, 50)) + data[at + size :]


def _zeros(data: bytes, chance: random.Random) -> bytes:
    at, size = _span(data, chance)
    return data[:at] + bytes(size) + data[at + size :]


def _word(data: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(data) + 1)
    return data[:at] + chance.choice(WORDS) + data[at + chance.choice((0, 0, 1, 4)) :]


def _digits(data: bytes, chance: random.Random) -> bytes:
    """One digit of a text becomes another sign."""
    places = [i for i, byte in enumerate(data[:20_000]) if 48 <= byte <= 57]
    if not places:
        return _flip(data, chance)
    at = chance.choice(places)
    return data[:at] + chance.choice((b"-", b"e", b",", b".", b"9999999999", b"x", b" ")) + data[at + 1 :]


def _swap(data: bytes, chance: random.Random) -> bytes:
    at, size = _span(data, chance)
    to, _ = _span(data, chance)
    piece = data[at : at + size]
    return data[:to] + piece + data[to + len(piece) :]


def _span(data: bytes, chance: random.Random) -> tuple[int, int]:
    at = chance.randrange(len(data) + 1)
    return at, min(len(data) - at, int(2 ** chance.uniform(0, 12)))


_WAYS = (_flip, _flip, _head, _head, _number, _cut, _hole, _again, _zeros, _word, _word, _digits, _swap)
