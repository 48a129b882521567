"""A table of figures of old communes as figures of the communes of today: what goes where, and what adds up.

Codes are read by the day of the figures, names only with their district. What adds up is added; shares and means are
left out with a word; a divided commune is shared out by ground where the project has old outlines, and refused where
it has none.
"""

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from geoplan.errors import InputError, Problem
from geoplan.formats import figures
from geoplan.formats.decimals import number_reader
from geoplan.formats.figure_columns import ROLE
from geoplan.formats.figures import Figures
from geoplan.formats.grids import Flawed, flaws
from geoplan.formats.naming import listed
from geoplan.formats.opened import Cells
from geoplan.formats.records import LayerSpec
from geoplan.intake.records import Asked
from geoplan.layers.values import NULL_WORDS
from geoplan.lineage import old_names, reviewed, statistics
from geoplan.lineage.crosswalk import Lineage
from geoplan.lineage.reviewed import PART
from geoplan.text.letters import nfc

MOST_ROWS = 15_000
"""Communes of a table; the whole country had some 11,000."""
Facts = dict[str, str | int | float]
_THOUSANDS = re.compile(r"[1-9]\d{0,2}[.,]\d{3}")
_SAID = {"layer.table_totals": "figures.totals", "layer.table_sections": "figures.sections"}
"""Words on rows without coordinates, as they are said of a table that has none."""


@dataclass(frozen=True, eq=False)
class Merging:
    """How old communes become new ones.

    Parameters
    ----------
    lineage : Lineage
    valid_on : date
        Day of the figures.
    shares : DataFrame or None
        From `ground.part_shares`.
    """

    lineage: Lineage
    valid_on: date
    shares: pd.DataFrame | None = None


@dataclass(slots=True)
class Brought:
    """One table, brought to the communes of today.

    Parameters
    ----------
    shown : str
        The file as the user named it.
    path : Path
    sha256 : str
    columns : tuple of str
        Headings of the figures that are added.
    left : dict of str to str
        Headings that are not, with ``share``, ``label``, ``text`` or ``unknown``.
    old : dict of str to str
        Code of each old commune of the table to the table's row.
    table : DataFrame or None
        As `statistics.Statistics.table`; None where there is an error.
    sums : dict of str to (float, float)
        Sum of each column in the file and in the table.
    errors, warnings : list of Problem
    """

    shown: str
    path: Path
    sha256: str = ""
    columns: tuple[str, ...] = ()
    left: dict[str, str] = field(default_factory=dict)
    old: dict[str, str] = field(default_factory=dict)
    table: pd.DataFrame | None = None
    sums: dict[str, tuple[float, float]] = field(default_factory=dict)
    errors: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)


def bring(path: Path, shown: str, asked: Asked, merging: Merging, added: Sequence[str] = ()) -> Brought:
    """The table of a file, brought to the communes of today; everything wrong with it at once.

    Parameters
    ----------
    path, shown : Path, str
        The file, and its name as the user gave it.
    asked : Asked
        Its `columns` may name those of ``unit_code``, ``name``, ``district``.
    merging : Merging
    added : sequence of str
        Headings that the user says add up.

    Raises
    ------
    InputError
        ``figures.rows_many``, and where the file cannot be read as a table of communes at all.
    """
    read = figures.open_figures(LayerSpec(ROLE, path, shown, asked.layer, "", asked.encoding, asked.columns))
    if len(read.rows) > MOST_ROWS:
        raise InputError(Problem("figures.rows_many", shown, {"n": len(read.rows), "most": MOST_ROWS}))
    made = Brought(shown, path, read.sha256)
    made.errors += read.said.errors
    made.warnings += [replace(p, key=_SAID.get(p.key, p.key)) for p in read.said.warnings]
    codes = _codes(read, merging, made)
    values = _values(read, codes, made, added)
    made.old = {code: row for code, row in zip(codes, read.rows, strict=True) if code}
    _divided(values, merging, made)
    if not made.columns or not made.old:
        made.errors.append(Problem("lineage.values_none", shown, {}))
    if made.errors:
        return made
    shares = None if merging.shares is None else merging.shares[merging.shares["code"].isin(values.index)]
    found = statistics.of_today(values, merging.valid_on, merging.lineage, shown, shares)
    made.warnings += found.warnings
    made.table = found.table
    known = {name: float(found.table[f"{name}_known"].sum()) for name in made.columns}
    made.sums = {name: (float(values[name].sum()), known[name]) for name in made.columns}
    return made


def _codes(read: Figures, merging: Merging, made: Brought) -> list[str]:
    """Code of each row; empty for rows of districts and for those that are refused."""
    blank = [""] * len(read.rows)
    texts = {f: figures.texts(read.columns[name]) for f, name in read.fields.items()}
    names, districts = texts.get("name", blank), texts.get("district", blank)
    above = [i for i, name in enumerate(names) if old_names.above(name)]
    if above:
        made.warnings.append(Problem("figures.districts", made.shown, {"n": len(above)}, _at(read, above)))
    rows = sorted(set(range(len(blank))) - set(above))
    codes = list(blank)
    if "unit_code" in texts:
        for i in rows:
            text = texts["unit_code"][i]
            codes[i] = text.zfill(5) if text.isascii() and text.isdigit() and len(text) <= 5 else ""
        bad = [i for i in rows if not codes[i]]
        if bad:
            facts: Facts = {"n": len(bad), "values": listed(f"“{texts['unit_code'][i]}”" for i in bad)}
            made.errors.append(Problem("figures.code_unreadable", made.shown, facts, _at(read, bad)))
        _names_fit(read, codes, names, merging, made)
    else:
        _by_name(read, rows, codes, (names, districts), merging, made)
    _known(read, codes, merging, made)
    counts = Counter(codes)
    twice = [i for i, code in enumerate(codes) if code and counts[code] > 1]
    if twice:
        ids = tuple(f"{read.rows[i]} ({codes[i]})" for i in twice)
        made.errors.append(Problem("figures.twice", made.shown, {"n": len(twice)}, ids))
    return codes


def _by_name(
    read: Figures,
    rows: Sequence[int],
    codes: list[str],
    texts: tuple[Sequence[str], Sequence[str]],
    merging: Merging,
    made: Brought,
) -> None:
    """Codes by name and district: of the communes of 30 June 2025, so not for figures from before their last change."""
    if merging.valid_on < reviewed.last_change():
        facts: Facts = {"day": merging.valid_on.isoformat(), "first": reviewed.last_change().isoformat()}
        made.errors.append(Problem("figures.names_early", made.shown, facts))
        return
    bad = []
    for i in rows:
        found = old_names.codes_named(merging.lineage, texts[0][i], texts[1][i])
        codes[i] = found[0] if len(found) == 1 else ""
        bad += [i] if len(found) != 1 else []
    if bad:
        ids = tuple(f"{read.rows[i]} ({texts[0][i]}, {texts[1][i] or '–'})" for i in bad)
        made.errors.append(Problem("figures.name_unknown", made.shown, {"n": len(bad)}, ids))


def _names_fit(read: Figures, codes: Sequence[str], names: Sequence[str], merging: Merging, made: Brought) -> None:
    """Codes beside names of other communes: most of them, and the day or the codes are wrong."""
    both = [i for i, code in enumerate(codes) if code and names[i]]
    known = {i: old_names.of_code(merging.lineage, codes[i], merging.valid_on) for i in both}
    wrong = [i for i in both if known[i] and not old_names.fits(known[i], names[i])]
    if not wrong:
        return
    ids = tuple(f"{read.rows[i]}: {codes[i]} {names[i]} / {', '.join(known[i])}" for i in wrong)
    facts: Facts = {"n": len(wrong), "all": len(both), "day": merging.valid_on.isoformat()}
    if len(wrong) > 1 and 2 * len(wrong) > len(both):
        made.errors.append(Problem("figures.names_of_others", made.shown, facts, ids))
    else:
        made.warnings.append(Problem("figures.names_differ", made.shown, facts, ids))


def _known(read: Figures, codes: Sequence[str], merging: Merging, made: Brought) -> None:
    """Codes that no commune had on the day, and those of whose ground nobody knows where it went."""
    unknown: dict[str, list[int]] = {}
    for i, code in enumerate(codes):
        found = merging.lineage.look_up(code, merging.valid_on) if code else ()
        if isinstance(found, Problem) and found.key != "lineage.undecided":
            unknown.setdefault(found.key, []).append(i)
    day = merging.valid_on.isoformat()
    for key, rows in unknown.items():
        ids = tuple(f"{read.rows[i]} ({codes[i]})" for i in rows)
        told = "figures.too_early" if key == "lineage.too_early" else "figures.code_unknown"
        made.errors.append(Problem(told, made.shown, {"n": len(rows), "day": day}, ids))


def _values(read: Figures, codes: Sequence[str], made: Brought, added: Sequence[str]) -> pd.DataFrame:
    """Columns that add up, by code; what is left out is said."""
    rows = [i for i, code in enumerate(codes) if code]
    found: dict[str, list[float]] = {}
    wanted = {nfc(name).casefold() for name in added}
    absent = [name for name in added if nfc(name).casefold() not in {n.casefold() for n in read.columns}]
    if absent:
        facts: Facts = {"columns": listed(absent), "known": listed(read.columns, 12)}
        made.errors.append(Problem("figures.sum_unknown", made.shown, facts))
    signs = _signs(read)
    for name, cells in read.columns.items():
        if name in read.fields.values():
            continue
        kind = _kind(name, cells[rows], asked=name.casefold() in wanted)
        if kind:
            made.left[name] = kind
        elif name in read.repeated:
            made.errors.append(Problem("figures.columns_repeated", made.shown, {"column": name}))
        else:
            found[name] = _numbers(name, cells, rows, (read, signs), made)
    made.columns = tuple(found)
    for kind in ("share", "unknown"):
        names = [n for n, k in made.left.items() if k == kind]
        if names:
            facts = {"n": len(names), "columns": listed(names, 12), "first": names[0]}
            made.warnings.append(Problem(f"figures.left_{kind}", made.shown, facts))
    return pd.DataFrame(found, index=[codes[i] for i in rows])


def _kind(name: str, cells: Cells, *, asked: bool) -> str:
    """Empty for a column that adds up, else why it does not."""
    present = [c for c in cells.tolist() if c is not None and str(c).casefold() not in NULL_WORDS]
    numbers = [c for c in present if not isinstance(c, str) or any(s.isdigit() for s in c)]
    if present and not asked and 2 * len(numbers) < len(present) and not any(isinstance(c, Flawed) for c in present):
        return "text"
    if any(isinstance(c, str) and c.rstrip().endswith("%") for c in present):
        return "share"
    kind = statistics.kind_of(name)
    if kind == "share" or asked:
        return "share" if kind == "share" else ""
    return "" if kind == "amount" else kind or "unknown"


def _signs(read: Figures) -> list[str]:
    """A number that shows the decimal sign of the table, where its cells have one and the same beyond doubt."""
    number = number_reader(c for cells in read.columns.values() for c in cells.tolist() if isinstance(c, str))
    return [text for text in ("0,5", "0.5") if number(f"1{text[1]}234") == 1.234]


def _numbers(
    name: str, cells: Cells, rows: Sequence[int], table: tuple[Figures, Sequence[str]], made: Brought
) -> list[float]:
    """Numbers of a column, NaN for blank; cells that are none are refused by row."""
    read, signs = table
    part = cells[list(rows)]
    made.errors += flaws(part, name, made.shown, _at(read, rows))
    number = _reader(name, part, signs, made)
    found: list[float] = []
    bad: list[int] = []
    for i, cell in zip(rows, part.tolist(), strict=True):
        blank = cell is None or isinstance(cell, Flawed) or nfc(str(cell)).casefold() in NULL_WORDS
        value = None if blank else number(nfc(cell) if isinstance(cell, str) else cell)
        bad += [i] if value is None and not blank else []
        found.append(np.nan if value is None else value)
    if bad:
        facts: Facts = {"column": name, "n": len(bad), "values": listed(f"“{str(cells[i])[:30]}”" for i in bad)}
        made.errors.append(Problem("figures.number_unreadable", made.shown, facts, _at(read, bad)))
    broken = [i for i, value in zip(rows, found, strict=True) if value % 1 and np.isfinite(value)]
    if broken and statistics.whole(name):
        facts = {"column": name, "n": len(broken), "values": listed(f"{cells[i]}" for i in broken)}
        made.errors.append(Problem("figures.fractions", made.shown, facts, _at(read, broken)))
    negative = [i for i, value in zip(rows, found, strict=True) if value < 0]
    if negative:
        facts = {"column": name, "n": len(negative), "values": listed(f"{cells[i]}" for i in negative)}
        made.warnings.append(Problem("figures.negative", made.shown, facts, _at(read, negative)))
    return found


def _reader(name: str, part: Cells, signs: Sequence[str], made: Brought) -> Callable[[Any], float | None]:
    """A reader of numbers: by the column's own signs, else by those of the whole table; persons have no fractions."""
    own = [c for c in part.tolist() if isinstance(c, str) and not isinstance(c, Flawed)]
    number = number_reader(own)
    unclear = [c for c in own if number(nfc(c)) is None and _THOUSANDS.fullmatch(nfc(c))]
    if not unclear:
        return number
    if not statistics.whole(name):
        return number_reader([*own, *signs])
    if len({nfc(c)[-4] for c in unclear}) == 1:
        decimal = "," if nfc(unclear[0])[-4] == "." else "."
        facts: Facts = {"column": name, "n": len(unclear), "values": listed(f"“{c}”" for c in unclear)}
        made.warnings.append(Problem("figures.thousands", made.shown, facts))
        number = number_reader([*own, f"0{decimal}5"])
    return number


def _divided(values: pd.DataFrame, merging: Merging, made: Brought) -> None:
    """Refuse figures of communes whose ground went to several where nobody knows how much went where."""
    known: Mapping[str, object] = {} if merging.shares is None else dict.fromkeys(merging.shares["code"])
    lost = []
    for code in dict.fromkeys(map(str, values.index)):
        found = merging.lineage.look_up(code, merging.valid_on)
        undecided = isinstance(found, Problem) and found.key == "lineage.undecided"
        divided = not isinstance(found, Problem) and any(how == PART for _, how in found)
        if undecided or (divided and code not in known):
            lost.append(code)
    if lost:
        mine = values[values.index.isin(lost)]
        sums = "; ".join(f"{name} = " + f"{mine[name].sum():.10g}".replace(".", ",") for name in list(mine.columns)[:6])
        reach = [merging.lineage.may_reach(code, merging.valid_on) for code in lost]
        ids = tuple(
            f"{made.old.get(code, '')} {code} {merging.lineage.old_names.get(code, '')} → {', '.join(units)}".strip()
            for code, units in zip(lost, reach, strict=True)
        )
        made.errors.append(Problem("figures.divided", made.shown, {"n": len(lost), "sums": sums or "–"}, ids))


def _at(read: Figures, rows: Sequence[int]) -> tuple[str, ...]:
    return tuple(read.rows[i] for i in rows)
