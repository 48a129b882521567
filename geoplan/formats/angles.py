"""Longitude and latitude as people write them: decimal, degrees and minutes, seconds, with letters of two languages."""

import re
from dataclasses import dataclass

from geoplan.text.letters import fold

_MARKS = str.maketrans({**dict.fromkeys("º˚⁰∘", "°"), **dict.fromkeys("′’‘´`ʹ", "'"), **dict.fromkeys("″”“ʺ", '"')})
_WORDS = (
    (re.compile(r"\b(?:kinh do|longitude|long|lng|lon)\b\s*[:=]?"), "", "lon"),
    (re.compile(r"\b(?:vi do|latitude|lat)\b\s*[:=]?"), "", "lat"),
    (re.compile(r"\b(?:bac|north)\b"), "n", ""),
    (re.compile(r"\b(?:nam|south)\b"), "!", "lat"),
    (re.compile(r"\b(?:dong|east)\b"), "e", ""),
    (re.compile(r"\b(?:tay|west)\b"), "w", ""),
    (re.compile(r"(?<=\d)\s*(?:do|degrees|deg)\b\.?"), "°", ""),
    (re.compile(r"(?<=\d)\s*(?:phut|minutes|min)\b\.?"), "'", ""),
    (re.compile(r"(?<=\d)\s*(?:giay|seconds|sec)\b\.?"), '"', ""),
)
_SIDES = {"n": ("lat", 1), "b": ("lat", 1), "!": ("lat", -1), "s": ("lat", -1)} | {
    "e": ("lon", 1),
    "d": ("lon", 1),
    "w": ("lon", -1),
    "t": ("lon", -1),
}
"""B is Bắc, Đ (folded to d) is Đông, T is Tây; N is north: no point of Vietnam is south of the equator."""
_LETTER_UNITS = re.compile(r"^([+-]?\d{1,3})\s*d\s*(\d{1,2}(?:[.,]\d+)?)\s*m\s*(?:(\d{1,2}(?:[.,]\d+)?)\s*s)?(.*)$")
_DEGREE_LETTER = re.compile(r"(?<=\d)\s*[do*^]\s*(?=\d)")
_FIRST = re.compile(r"^([nsewbdt!])\s*[:.]?\s*(?=[+\d-])")
_LAST = re.compile(r"(?<=[\d°'\"\s])([nsewbdt!])\.?$")
_WRITTEN = re.compile(r"[^eE]*?(?:[.,](?P<decimals>\d*))?(?:[eE](?P<power>[+-]?\d{1,2}))?")
_ONE = re.compile(r"([+-]?)(\d{1,3}(?:[.,]\d*)?|[.,]\d+)\s*°?")
_TWO = re.compile(r"([+-]?)(\d{1,3})\s*(?:°\s*|:\s*|\s(?=\d+(?:[.,]\d|\s*')))(\d{1,2}(?:[.,]\d+)?)\s*'?")
"""``105 50`` alone may be a lost decimal sign: without a mark the minutes have decimals."""
_THREE = re.compile(r"([+-]?)(\d{1,3})\s*[°:\s-]\s*(\d{1,2})\s*[':\s-]\s*(\d{1,2}(?:[.,]\d+)?)\s*(?:\"|''|')?")


@dataclass(frozen=True, slots=True)
class Angle:
    """Degrees that a cell means; `axis` is ``lon`` or ``lat`` where it says so, `step` the last digit in degrees."""

    degrees: float
    axis: str
    step: float


def angle(cell: str | float) -> Angle | None:
    """Degrees of a cell, or None where there is no one way to read it.

    Parameters
    ----------
    cell : str or float
        ``105,85``, ``22°12'30.5"N``, ``22 12 30,5``, ``105o50'12'' Đ``, ``22d12m30s``, ``22°12.5'``.

    Examples
    --------
    >>> angle("22.25 B"), angle("105 850")
    (Angle(degrees=22.25, axis='lat', step=0.01), None)
    """
    if isinstance(cell, int | float):
        return Angle(float(cell), "", step_of(f"{cell:.15g}"))
    whole = _ONE.fullmatch(cell)
    if whole is not None:
        return Angle(_signed(whole[1], _number(whole[2])), "", step_of(whole[2]))
    text = fold(cell.replace("Â°", "°").translate(_MARKS)).replace("''", '"').replace("−", "-")
    axis = ""
    for pattern, letter, says in _WORDS:
        text, n = pattern.subn(letter, text)
        axis = says if n and says else axis
    text = text.strip(" ,;")
    units = _LETTER_UNITS.match(text)
    if units is not None:
        text = f"{units[1]}°{units[2]}'{units[3] + chr(34) if units[3] else ''}{units[4]}"
    text = _DEGREE_LETTER.sub("°", text)
    side = _FIRST.search(text) or _LAST.search(text)
    sign = 1
    if side is not None:
        text = (text[: side.start()] + text[side.end() :]).strip(" ,")
        said, sign = _SIDES[side[1]]
        if axis and axis != said:
            return None
        axis = said
    found = _degrees(text)
    if found is None or (sign < 0 and found[0] < 0):
        return None
    return Angle(sign * found[0], axis, found[1])


def step_of(text: str) -> float:
    """Size of the last digit of a number as written: 0.01 for ``22,20``."""
    found = _WRITTEN.fullmatch(text.strip())
    if found is None:
        return 0.0
    return float(10.0 ** (int(found["power"] or 0) - len(found["decimals"] or "")))


def _degrees(text: str) -> tuple[float, float] | None:
    whole = _ONE.fullmatch(text)
    if whole is not None:
        return _signed(whole[1], _number(whole[2])), step_of(whole[2])
    parts = _THREE.fullmatch(text)
    if parts is not None:
        minutes, seconds = _number(parts[3]), _number(parts[4])
        if minutes >= 60.0 or seconds >= 60.0:
            return None
        return _signed(parts[1], _number(parts[2]) + minutes / 60.0 + seconds / 3600.0), step_of(parts[4]) / 3600.0
    parts = _TWO.fullmatch(text)
    if parts is not None and _number(parts[3]) < 60.0:
        return _signed(parts[1], _number(parts[2]) + _number(parts[3]) / 60.0), step_of(parts[3]) / 60.0
    return None


def _number(text: str) -> float:
    return float(text.replace(",", "."))


def _signed(sign: str, value: float) -> float:
    return -value if sign == "-" else value
