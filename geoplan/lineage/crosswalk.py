"""The crosswalk: old communes of 30 June 2025 to the communes of 1 July 2025, by code and day, never by name."""

import csv
import hashlib
import io
import re
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path

from geoplan.errors import InputError, PlaceUnavailable, Problem
from geoplan.lineage import reviewed
from geoplan.lineage.reviewed import PART, WHOLE
from geoplan.text.letters import nfc

MERGED_ON = date(2025, 7, 1)
"""First day of the new communes (Resolution 1683/NQ-UBTVQH15)."""

REVIEWED_FROM = date(2009, 4, 1)
"""Day of the census of 2009: what a code meant before it has not been looked at."""

HOW = (WHOLE, PART)
FIELDS = ("new_code", "new_name", "old_code", "old_name", "old_district", "old_province", "how")
_CODE = re.compile(r"[0-9]{5}")

Codes = tuple[tuple[str, str], ...]
"""Pairs of a code and ``whole`` or ``part``."""


@dataclass(frozen=True, slots=True)
class Row:
    """One old commune inside one new commune.

    Parameters
    ----------
    how : str
        ``whole``, or ``part`` where the old commune was divided; how much of it is never in the file.
    area_2009_ha : float or None
        Area of 2009 as the file gives it: compared, never used.
    """

    new_code: str
    new_name: str
    old_code: str
    old_name: str
    old_district: str
    old_province: str
    how: str
    area_2009_ha: float | None = None


@dataclass(frozen=True, eq=False)
class Lineage:
    """Which commune became which.

    Parameters
    ----------
    rows : tuple of Row
        In file order.
    where : str
        The file as the project names it.
    sha256 : str
        Of the file.
    merged_on : date
        First day of the new codes.
    """

    rows: tuple[Row, ...]
    where: str
    sha256: str = ""
    merged_on: date = MERGED_ON

    @cached_property
    def _forward(self) -> Mapping[str, Codes]:
        return _grouped([(row.old_code, row.new_code, row.how) for row in self.rows])

    @cached_property
    def _backward(self) -> Mapping[str, Codes]:
        return _grouped([(row.new_code, row.old_code, row.how) for row in self.rows])

    @cached_property
    def old_names(self) -> Mapping[str, str]:
        """Old code to the name of 30 June 2025."""
        return {row.old_code: row.old_name for row in self.rows}

    @cached_property
    def new_names(self) -> Mapping[str, str]:
        """New code to its name."""
        return {row.new_code: row.new_name for row in self.rows}

    def now(self, code: str, valid_on: date) -> Codes:
        """New communes of the commune that a code meant on a day, each with ``whole`` or ``part``.

        Every new code re-uses an old one, so the same digits have two answers: 02155 was Lương Hạ until 31 January
        2020, Yến Lạc until 30 June 2025, and is Na Rì now. That is why the day has no default.

        Parameters
        ----------
        code : str
            Five digits.
        valid_on : date
            Day of the data that carry the code, not of the reading.

        Raises
        ------
        InputError
            ``lineage.not_a_new_code`` (from 1 July 2025), ``lineage.code_unknown``, ``lineage.undecided`` (a commune
            whose ground went to several, and nobody has drawn the line), ``lineage.too_early``.
        """
        found = self.look_up(code, valid_on)
        if isinstance(found, Problem):
            raise InputError(found)
        return found

    def look_up(self, code: str, valid_on: date) -> Codes | Problem:
        """`now`, with the reason as a problem where there is no answer: for whoever has many codes and tells of all."""
        day = valid_on.isoformat()
        if valid_on >= self.merged_on:
            return ((code, WHOLE),) if code in self._backward else self._not_new(code, valid_on)
        if valid_on < REVIEWED_FROM:
            facts = {"code": code, "day": day, "first": REVIEWED_FROM.isoformat()}
            return Problem("lineage.too_early", self.where, facts)
        change = self._change(code, valid_on)
        if change is None:
            return self._forward.get(code) or Problem("lineage.code_unknown", self.where, {"code": code, "day": day})
        if not change.decided:
            return Problem("lineage.undecided", self.where, {"code": code, "name": change.name})
        return self.reached(change.receivers)

    def before(self, new_code: str) -> Codes:
        """Old communes (of the day before the merger) of a new one, each with ``whole`` or ``part``.

        Raises
        ------
        InputError
            ``lineage.not_a_new_code``.
        """
        if new_code not in self._backward:
            raise InputError(self._not_new(new_code, self.merged_on))
        return self._backward[new_code]

    def reached(self, old: Codes) -> Codes:
        """New communes of old ones taken together: ``whole`` only where all of them lie in one new commune."""
        ends = [end for code, _ in old for end in self._forward.get(code, ())]
        found = tuple(dict.fromkeys(code for code, _ in ends))
        whole = len(found) == 1 and all(how == WHOLE for _, how in ends)
        return tuple((code, WHOLE if whole else PART) for code in found)

    def codes_on(self, valid_on: date) -> frozenset[str]:
        """Codes that stood on a day, as far as the crosswalk and the reviewed table know them."""
        if valid_on >= self.merged_on:
            return frozenset(self._backward)
        gone = {code for code, c in self._earlier.items() if c.changed_on is not None and valid_on < c.changed_on}
        return frozenset(self._forward) | gone

    def perhaps_on(self, valid_on: date) -> frozenset[str]:
        """Codes that may have stood on a day: given up before `reviewed.last_change`, nobody has read when."""
        if valid_on >= reviewed.last_change():
            return frozenset()
        return frozenset(
            code for code, c in self._earlier.items() if c.changed_on is None and code not in self._forward
        )

    def may_reach(self, code: str, valid_on: date) -> tuple[str, ...]:
        """New communes that some of a commune's ground went to, or may have gone to where that is not decided."""
        change = self._change(code, valid_on) if valid_on < self.merged_on else None
        if change is not None:
            return tuple(unit for unit, _ in self.reached(change.receivers))
        found = self.look_up(code, valid_on)
        return () if isinstance(found, Problem) else tuple(unit for unit, _ in found)

    @cached_property
    def _earlier(self) -> Mapping[str, reviewed.Change]:
        """Changes before the merger that end in communes of this crosswalk."""
        return {
            code: change
            for code, change in reviewed.by_code().items()
            if all(old in self._forward for old, _ in change.receivers)
        }

    def _change(self, code: str, valid_on: date) -> reviewed.Change | None:
        """The change that a code's commune went through between a day and the merger, if any."""
        change = self._earlier.get(code)
        if change is None:
            return None
        given_up = code not in self._forward
        return change if given_up or (change.changed_on is not None and valid_on < change.changed_on) else None

    def _not_new(self, code: str, valid_on: date) -> Problem:
        facts = {"code": code, "day": valid_on.isoformat(), "old": self.old_names.get(code, "–")}
        return Problem("lineage.not_a_new_code", self.where, facts)


def read(path: Path, shown: str) -> Lineage:
    """A crosswalk from a CSV file (UTF-8, comma), with every wrong row named at once.

    Parameters
    ----------
    path : Path
        Columns `FIELDS`, and ``area_ha_2009`` where known; other columns are left alone.
    shown : str
        The path as the project file has it.

    Raises
    ------
    InputError
        ``lineage.no_file``, ``lineage.not_csv``, ``lineage.fields_absent``, ``lineage.ragged``; and of the rows
        ``lineage.blank``, ``lineage.code_malformed``, ``lineage.how_unknown``, ``lineage.row_twice``,
        ``lineage.whole_twice``, ``lineage.part_alone``, ``lineage.names_differ``, ``lineage.old_name_twice``.
    PlaceUnavailable
        ``lineage.not_readable``.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError as error:
        raise InputError(Problem("lineage.no_file", shown, {})) from error
    except OSError as error:
        raise PlaceUnavailable(Problem("lineage.not_readable", shown, {"reason": str(error.strerror)})) from error
    lines = _lines(data, shown)
    problems: list[Problem] = []
    for line, row in lines:
        problems += _faults(row, f"{shown}: {line}")
    rows = tuple(_row(row) for _, row in lines)
    if not problems:
        problems = _contradictions(rows, shown)
    if problems:
        raise InputError(*problems)
    return Lineage(rows, shown, hashlib.sha256(data).hexdigest())


def _lines(data: bytes, shown: str) -> list[tuple[int, dict[str, str]]]:
    """Rows with the line on which each ends."""
    found: list[tuple[int, dict[str, str]]] = []
    ragged: list[str] = []
    try:
        reader = csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline=""), strict=True)
        absent = [name for name in FIELDS if name not in (reader.fieldnames or ())]
        for row in reader:
            if None in row or None in row.values():
                ragged.append(str(reader.line_num))
                continue
            found.append((reader.line_num, {name: nfc(value) for name, value in row.items()}))
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(Problem("lineage.not_csv", shown, {"reason": str(error)[:80]})) from error
    if absent or not (found or ragged):
        raise InputError(Problem("lineage.fields_absent", shown, {"fields": ", ".join(absent or FIELDS)}))
    if ragged:
        raise InputError(Problem("lineage.ragged", shown, {"n": len(ragged)}, tuple(ragged)))
    return found


def _faults(row: Mapping[str, str], where: str) -> list[Problem]:
    said = []
    blank = [name for name in FIELDS if not row[name]]
    if blank:
        said.append(Problem("lineage.blank", where, {"fields": ", ".join(blank)}))
    for name in ("new_code", "old_code"):
        if row[name] and not _CODE.fullmatch(row[name]):
            said.append(Problem("lineage.code_malformed", where, {"field": name, "found": row[name]}))
    if row["how"] and row["how"] not in HOW:
        said.append(Problem("lineage.how_unknown", where, {"found": row["how"], "known": ", ".join(HOW)}))
    return said


def _row(row: Mapping[str, str]) -> Row:
    try:
        area = float(row.get("area_ha_2009", ""))
    except ValueError:
        area = float("nan")  # an empty or written figure is compared with nothing
    return Row(**{name: row[name] for name in FIELDS}, area_2009_ha=area if area > 0 else None)


def _contradictions(rows: tuple[Row, ...], shown: str) -> list[Problem]:
    """What is wrong between rows that are each right."""
    said = []
    pairs = Counter((row.old_code, row.new_code) for row in rows)
    twice = tuple(f"{old} → {new}" for (old, new), n in pairs.items() if n > 1)
    if twice:
        said.append(Problem("lineage.row_twice", shown, {"n": len(twice)}, twice))
    of_old: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        of_old[row.old_code].append(row)
    several = tuple(c for c, g in of_old.items() if len(g) > 1 and any(row.how == WHOLE for row in g))
    if several:
        said.append(Problem("lineage.whole_twice", shown, {"n": len(several)}, several))
    alone = tuple(c for c, g in of_old.items() if len(g) == 1 and g[0].how == PART)
    if alone:
        said.append(Problem("lineage.part_alone", shown, {"n": len(alone)}, alone))
    names = {("old", r.old_code, r.old_name) for r in rows} | {("new", r.new_code, r.new_name) for r in rows}
    named = Counter((side, code) for side, code, _ in names)
    differ = tuple(sorted(code for (_, code), n in named.items() if n > 1))
    if differ:
        said.append(Problem("lineage.names_differ", shown, {"n": len(differ)}, differ))
    keys = {(reviewed.key(r.old_province, r.old_district, r.old_name), r.old_code) for r in rows}
    same = Counter(key for key, _ in keys)
    repeated = tuple(sorted(code for key, code in keys if same[key] > 1))
    if repeated:
        said.append(Problem("lineage.old_name_twice", shown, {"n": len(repeated)}, repeated))
    return said


def _grouped(triples: list[tuple[str, str, str]]) -> dict[str, Codes]:
    found: dict[str, list[tuple[str, str]]] = {}
    for code, other, how in triples:
        found.setdefault(code, []).append((other, how))
    return {code: tuple(others) for code, others in found.items()}
