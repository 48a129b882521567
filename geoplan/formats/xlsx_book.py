"""A workbook: its sheets and whether they are seen, its shared texts, and what its number formats make of a number."""

import math
import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from geoplan.formats.xlsx_parts import Parts

_DATES = frozenset([*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)])
"""Built-in formats of dates and times (ECMA-376, 18.8.30)."""
_PERCENTS = frozenset([9, 10])
_QUOTED = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?![hms]+\])[^\]]*\]', re.IGNORECASE)
_DATE_LETTERS = re.compile(r"[dy]|m(?!\w*0)|h", re.IGNORECASE)
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_LAST_DAY = 2_958_465
_GROUND = re.compile(r'"\s*(ha|m2|m²|km2|km²|sào|mẫu|công)\s*"\s*$', re.IGNORECASE)
"""A unit of ground that a number format writes behind the number."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet of the book: its name, its part, and whether its tab is seen."""

    name: str
    part: str
    hidden: bool


@dataclass(slots=True)
class Book:
    """What the sheets of a workbook share.

    Parameters
    ----------
    parts : Parts
        The file.
    sheets : list of Sheet
        Those with cells, in the order of their tabs.
    texts : list of str
        Shared texts.
    kinds : list of str
        ``date``, ``percent``, a unit of ground or empty for each cell format.
    struck : frozenset of int
        Cell formats that strike their text through.
    struck_texts : mapping of int to bool
        Shared texts that are struck through: True as a whole, False in part.
    from_1904 : bool
        True where days count from 1904-01-01, as old Macintosh files do.
    """

    parts: Parts
    sheets: list[Sheet] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    kinds: list[str] = field(default_factory=list)
    struck: frozenset[int] = frozenset()
    struck_texts: dict[int, bool] = field(default_factory=dict)
    from_1904: bool = False

    def number(self, text: str, style: str | None) -> Any:
        """A number of a cell: whole, fractional, or as text where its format makes a day, a share or a code of it."""
        try:
            value = float(text)
        except ValueError:
            return text
        if not math.isfinite(value):
            return text
        kind = self.kinds[int(style)] if style is not None and style.isdigit() and int(style) < len(self.kinds) else ""
        if kind == "date":
            day = self.day(value)
            return value if day is None else day
        if kind == "percent" or kind.startswith('"'):  # 10000 that Excel shows as “10000 m2” is read with its unit
            return f"{value * 100.0:.12g}%" if kind == "percent" else f"{value:.15g} {kind[1:]}"
        if kind.startswith("0") and value.is_integer() and 0.0 <= value < 2**53:
            return str(int(value)).zfill(len(kind))  # the office sees and writes 007: so does the code
        return int(value) if value.is_integer() and abs(value) < 2**53 else value

    def day(self, serial: float) -> str | None:
        """A day (and time) in ISO 8601 for the serial number of a cell; None for a number that is no day."""
        if not 0.0 <= serial <= _LAST_DAY:
            return None
        if self.from_1904:
            start = datetime(1904, 1, 1)  # noqa: DTZ001 -- a cell has no zone
        else:  # Excel's 1900 has a 29 February: days before it count from another start
            start = datetime(1899, 12, 31) if serial < 60.0 else datetime(1899, 12, 30)  # noqa: DTZ001
        try:
            moment = start + timedelta(seconds=round(serial * 86_400.0))
        except OverflowError:
            return None
        if serial < 1.0 and not self.from_1904:
            return moment.time().isoformat()
        return moment.date().isoformat() if moment.time() == datetime.min.time() else moment.isoformat()


def book(parts: Parts) -> Book:
    """The workbook of a file.

    Raises
    ------
    InputError
        ``layer.xlsx_broken`` for a file without one.
    """
    main = next((name for kind, name in parts.related("").values() if kind == "officeDocument"), "xl/workbook.xml")
    if not parts.has(main) or not main.casefold().endswith(".xml"):
        raise parts.broken("workbook.xml")
    found = Book(parts)
    related = parts.related(main)

    def start(tag: str, said: dict[str, str]) -> None:
        if tag == "workbookPr":
            found.from_1904 = said.get("date1904", "0").casefold() in {"1", "true", "on"}
        elif tag == "sheet":
            link = next((v for k, v in said.items() if k.rpartition(":")[2] == "id" and ":" in k), "")
            kind, part = related.get(link, ("worksheet", said.get("name", "")))
            if kind == "worksheet":
                if not parts.has(part):
                    raise parts.broken(part)
                hidden = said.get("state", "visible").casefold() != "visible"
                found.sheets.append(Sheet(said.get("name", ""), part, hidden))

    parts.parse(main, start)
    by_kind = dict(related.values())
    if parts.has(by_kind.get("styles", "")):
        found.kinds, found.struck = _styles(parts, by_kind["styles"])
    if parts.has(by_kind.get("sharedStrings", "")):
        _texts(found, by_kind["sharedStrings"])
    return found


def plain(text: str) -> str:
    """Text of a cell with its escapes (``_x000D_``) undone; control characters become spaces."""
    if "_x" in text:
        text = _ESCAPED.sub(lambda m: chr(int(m[1], 16)) if int(m[1], 16) >= 32 else " ", text)
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def strikes(said: dict[str, str]) -> bool:
    """True where a ``strike`` element, by its attributes, strikes through."""
    return said.get("val", "1").casefold() not in {"0", "false"}


def _styles(parts: Parts, name: str) -> tuple[list[str], frozenset[int]]:
    """What each cell format makes of a number, and the formats that strike through."""
    codes: dict[int, str] = {}
    found: list[str] = []
    within: list[str] = []
    fonts: list[bool] = []
    used: list[str] = []

    def start(tag: str, said: dict[str, str]) -> None:
        if tag in {"numFmts", "cellXfs", "fonts"}:
            within.append(tag)
        elif tag == "font" and within[-1:] == ["fonts"]:
            fonts.append(False)
        elif tag == "strike" and within[-1:] == ["fonts"] and fonts:
            fonts[-1] = strikes(said)
        elif tag == "numFmt" and said.get("numFmtId", "").isdigit():
            codes[int(said["numFmtId"])] = said.get("formatCode", "")
        elif tag == "xf" and within[-1:] == ["cellXfs"]:
            number = said.get("numFmtId", "0")
            found.append(_kind(int(number) if number.isdigit() else 0, codes))
            used.append(said.get("fontId", "0"))

    def end(tag: str) -> None:
        if within[-1:] == [tag]:
            within.pop()

    parts.parse(name, start, end)
    crossed = {str(i) for i, struck in enumerate(fonts) if struck}
    return found, frozenset(i for i, font in enumerate(used) if font in crossed)


def _kind(number: int, codes: dict[int, str]) -> str:
    if number in codes:
        unit = _GROUND.search(codes[number].split(";")[0])
        if unit is not None:
            return f'"{unit[1]}'
        code = _QUOTED.sub("", codes[number].split(";")[0])
        if "%" in code:
            return "percent"
        if re.search(r"\[[hms]+\]", code, re.IGNORECASE) or code.casefold() == "general":
            return ""
        if re.fullmatch("0{2,20}", code):
            return code
        return "date" if _DATE_LETTERS.search(code) else ""
    return "date" if number in _DATES else "percent" if number in _PERCENTS else ""


def _texts(book: Book, name: str) -> None:
    """Shared texts, and which of them are struck through."""
    pieces: list[str] = []
    crossed: list[bool] = []
    state = {"open": False, "sound": 0, "struck": False}

    def start(tag: str, said: dict[str, str]) -> None:
        if tag == "si":
            pieces.clear()
            crossed.clear()
        elif tag in {"r", "strike"}:
            state["struck"] = tag == "strike" and strikes(said)
        elif tag == "rPh":  # how to say it, not what it says
            state["sound"] += 1
        elif tag == "t":
            state["open"] = not state["sound"]

    def end(tag: str) -> None:
        if tag == "si":
            if any(crossed):
                book.struck_texts[len(book.texts)] = all(crossed)
            book.texts.append(plain("".join(pieces)))
        elif tag == "r":
            state["struck"] = False
        elif tag == "rPh":
            state["sound"] -= 1
        elif tag == "t":
            state["open"] = False

    def words(text: str) -> None:
        if state["open"]:
            pieces.append(text)
            if text.strip():
                crossed.append(bool(state["struck"]))

    book.parts.parse(name, start, end, words)
