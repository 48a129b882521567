"""The table of targets as a file: read whole, every wrong row named at once, nothing repaired in silence."""

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from geoplan.errors import InputError, Problem
from geoplan.text.letters import nfc

COMPARATORS = ("at_least", "at_most", "reach")
MODES = ("level", "yearly", "cumulative")
_YES, _NO = {"yes", "true", "1", "có"}, {"", "no", "false", "0", "không"}
_PLAIN = re.compile(r"[0-9]+(\.[0-9]+)?")
_DAY = re.compile(r"(?P<y>\d{4})-(?P<m>\d\d?)-(?P<d>\d\d?)|(?P<d2>\d\d?)/(?P<m2>\d\d?)/(?P<y2>\d{4})", re.ASCII)
_AMBIGUOUS = re.compile(r"[0-9]{1,3}\.[0-9]{3}")
LARGEST = 1e12
FIELDS = (
    "target_id", "unit_code", "indicator", "comparator", "strict", "value", "unit", "from_year", "to_year", "mode",
    "counted_as", "repeats", "source", "sentence", "valid_on",
)  # fmt: skip
REQUIRED = ("target_id", "unit_code", "indicator", "comparator", "value", "from_year", "to_year", "mode")


@dataclass(frozen=True, slots=True)
class Target:
    """One quantified promise of a plan.

    Parameters
    ----------
    comparator : str
        ``at_least``, ``at_most``, ``reach`` (met from the target up).
    strict : bool
        True for "trên 74 %": equal is not met.
    mode : str
        ``level`` (how it stands), ``yearly`` (gained in each year), ``cumulative`` (gained from `from_year` on).
    counted_as : str
        ``measure.column`` that serves it; empty where none does.
    repeats : str
        Id of the target that it says again; shown once.
    sentence, source : str
        The plan's own words, and where they stand.
    valid_on : date or None
        Day that `unit_code` is of: before the merger a code means an old commune. None: today's.
    """

    target_id: str
    unit_code: str
    indicator: str
    comparator: str
    strict: bool
    value: float
    unit: str
    from_year: int
    to_year: int
    mode: str
    counted_as: str
    repeats: str
    source: str
    sentence: str
    valid_on: date | None = None

    def met_by(self, actual: float) -> bool:
        """True if a value meets the target. Values are not rounded first."""
        if self.comparator == "at_most":
            return actual < self.value if self.strict else actual <= self.value + 1e-9
        return actual > self.value if self.strict else actual >= self.value - 1e-9


def read(path: Path, shown: str) -> list[Target]:
    """Targets of a CSV file (UTF-8, comma, decimal point) in file order.

    Raises
    ------
    InputError
        With every wrong row: missing field, unknown comparator or mode, a value that is no number, falling years, a
        repeated id, a ``repeats`` that names no target.
    """
    rows = _rows(path, shown)
    absent = [name for name in REQUIRED if rows and name not in rows[0]]
    if absent or not rows:
        raise InputError(Problem("target.fields_absent", shown, {"fields": ", ".join(absent or REQUIRED)}))
    problems: list[Problem] = []
    targets = [_target(row, f"{shown}: {line}", problems) for line, row in enumerate(rows, start=2)]
    made = [target for target in targets if target is not None]
    ids = [target.target_id for target in made]
    twice = tuple(sorted({name for name in ids if ids.count(name) > 1}))
    if twice:
        problems.append(Problem("target.id_twice", shown, {}, twice))
    lost = tuple(target.target_id for target in made if target.repeats and not _repeats_one(target, made))
    if lost and not problems:
        problems.append(Problem("target.repeats_nothing", shown, {}, lost))
    if problems:
        raise InputError(*problems)
    return made


def _repeats_one(target: Target, targets: Sequence[Target]) -> bool:
    """True if `repeats` names a target of its own that says the same: commune, indicator and value."""
    said = [t for t in targets if t.target_id == target.repeats and not t.repeats]
    same = (target.unit_code, target.valid_on, target.indicator, target.value)
    return any((t.unit_code, t.valid_on, t.indicator, t.value) == same for t in said)


def read_contradictions(path: Path, shown: str) -> list[Mapping[str, str]]:
    """Contradictions of plans: ``id``, ``unit_code``, ``commune``, ``finding``, ``consequence``; never averaged."""
    rows = _rows(path, shown)
    if rows and not {"id", "finding"} <= set(rows[0]):
        raise InputError(Problem("target.fields_absent", shown, {"fields": "id, finding"}))
    return [
        {
            "id": row["id"],
            "unit_code": row.get("unit_code", ""),
            "commune": row.get("commune", ""),
            "finding": row["finding"],
            "consequence": row.get("consequence") or row.get("consequence_for_geoplan") or "",
        }
        for row in rows
    ]


def _rows(path: Path, shown: str) -> list[dict[str, str]]:
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(Problem("target.not_utf8", shown, {})) from error
    except OSError as error:
        raise InputError(Problem("target.no_file", shown, {})) from error
    try:
        table = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except csv.Error as error:
        raise InputError(Problem("target.not_csv", shown, {"reason": str(error)})) from error
    head = [nfc(name) for name in table[0]] if table else []
    twice = sorted({name for name in head if head.count(name) > 1})
    if twice:
        raise InputError(Problem("target.columns_twice", shown, {"fields": ", ".join(twice)}))
    rows = {line: row for line, row in enumerate(table[1:], start=2) if row}
    ragged = tuple(str(line) for line, row in rows.items() if len(row) != len(head))
    if ragged:
        raise InputError(Problem("target.ragged", shown, {}, ragged))
    return [{name: nfc(cell) for name, cell in zip(head, row, strict=True)} for row in rows.values()]


def _target(row: Mapping[str, str], where: str, problems: list[Problem]) -> Target | None:
    found = len(problems)
    blank = [name for name in REQUIRED if not row[name]]
    if blank:
        problems.append(Problem("target.blank", where, {"fields": ", ".join(blank)}))
    for name, known in (("comparator", COMPARATORS), ("mode", MODES)):
        if row[name] and row[name] not in known:
            problems.append(
                Problem("target.unknown_word", where, {"field": name, "found": row[name], "known": ", ".join(known)})
            )
    if row.get("strict", "").lower() not in _YES | _NO:
        problems.append(
            Problem("target.unknown_word", where, {"field": "strict", "found": row["strict"], "known": "yes, no"})
        )
    numbers = {name: _number(row[name], whole=name != "value") for name in ("value", "from_year", "to_year")}
    for name, number in numbers.items():
        if row[name] and number is None:
            problems.append(Problem("target.no_number", where, {"field": name, "found": row[name]}))
    first, last = numbers["from_year"], numbers["to_year"]
    if first is not None and last is not None and not 1990 <= first <= last <= 2100:
        problems.append(Problem("target.years_fall", where, {"first": row["from_year"], "last": row["to_year"]}))
    day = _day(row.get("valid_on", ""))
    if row.get("valid_on") and day is None:
        problems.append(Problem("target.no_day", where, {"found": row["valid_on"]}))
    if len(problems) > found:
        return None
    texts = {name: row.get(name, "") for name in FIELDS}
    return Target(**(texts | {  # type: ignore[arg-type]  # the numbers replace their texts
        "strict": texts["strict"].lower() in _YES, "valid_on": day,
        "value": numbers["value"], "from_year": int(first or 0), "to_year": int(last or 0),
        "unit_code": texts["unit_code"].zfill(5) if texts["unit_code"].isdigit() else texts["unit_code"],
    }))  # fmt: skip


def _day(text: str) -> date | None:
    """A day as ``2024-12-31`` or ``31/12/2024``."""
    match = _DAY.fullmatch(text)
    if match is None:
        return None
    year, month, day = (match["y"] or match["y2"], match["m"] or match["m2"], match["d"] or match["d2"])
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None


def _number(text: str, *, whole: bool) -> float | None:
    """A number from 0 up with a decimal point. "85,08", "1.500" and "1_000" can be read in two ways and are none."""
    if not _PLAIN.fullmatch(text) or _AMBIGUOUS.fullmatch(text):
        return None
    value = float(text)
    if value >= LARGEST or (whole and value != int(value)):
        return None
    return value
