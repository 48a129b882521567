"""Which column of a file is which field: by the user's word, by name, by alias; never by guess between two."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from geoplan.errors import Problem
from geoplan.formats.naming import listed
from geoplan.formats.verdict import Verdict
from geoplan.layers.kinds import Alias, Field, Kind
from geoplan.layers.schemas import Schema
from geoplan.text.letters import column_key

_YEAR = re.compile(r"^(?P<stem>.*[^\d_])_?(?P<year>(?:20)?[0-9]{2})$")
_DBF_NAME = 10
_UNIT = re.compile(r"(?P<stem>.*?)\s*[(\[]\s*(?P<unit>[^()\[\]]+?)\s*[)\]]\s*")
_GROUND = {"ha": 1.0, "hecta": 1.0, "hectare": 1.0, "m2": 0.0001, "km2": 100.0}
"""Factor to hectares of a unit in brackets behind a heading, by its key."""
_COUNTS = frozenset({"nguoi", "khau", "nhankhau", "ho"})


@dataclass(frozen=True, slots=True)
class Pick:
    """A field's column in the file.

    `factor` multiplies its values; where it is blank, `backup` (another column, or empty) is read instead.
    """

    column: str
    factor: float = 1.0
    backup: str = ""


@dataclass(slots=True)
class Picks:
    """What `choose` found: field name to column, and what must be said."""

    by_field: dict[str, Pick] = field(default_factory=dict)
    said: Verdict = field(default_factory=Verdict)


@dataclass(frozen=True, slots=True)
class _Match:
    rank: float
    column: str
    factor: float
    year: int = 0


def choose(
    schema: Schema, columns: Sequence[str], wanted: Mapping[str, str], where: str, *, cut: bool = False
) -> Picks:
    """Columns for the fields of a schema.

    Parameters
    ----------
    schema : Schema
        The role.
    columns : sequence of str
        Names in the file.
    wanted : mapping
        The user's own choice, field to column: it wins.
    where : str
        File, for the messages.
    cut : bool
        True where the format cuts names to ten letters (Shapefile).

    Returns
    -------
    Picks
        Required fields without a column are errors; fields without one are absent.
    """
    picks = Picks()
    _by_word(schema, columns, wanted, where, picks)
    years: dict[str, tuple[str, int]] = {}
    for f in schema.fields:
        if f.name not in picks.by_field and f.name not in wanted:
            _by_name(f, columns, where, picks, years, cut=cut)
    if len({year for _, year in years.values()}) > 1:
        found = ", ".join(column for column, _ in years.values())
        picks.said.refuse(Problem("layer.columns_years_mixed", where, {"columns": found}))
    for name, (column, _) in years.items():
        picks.said.tell(Problem("layer.column_of_year", where, {"field": name, "column": column}))
    for f in schema.fields:
        if f.required and f.name not in picks.by_field and f.name not in wanted and f.name != "lot_id":
            told = any(p.key == "layer.columns_two" and p.facts["field"] == f.name for p in picks.said.errors)
            if not told:
                facts = {"field": f.name, "meaning": f.meaning, "columns": listed(columns), "role": schema.role}
                picks.said.refuse(Problem("layer.field_missing", where, facts))
    return picks


def _by_word(schema: Schema, columns: Sequence[str], wanted: Mapping[str, str], where: str, picks: Picks) -> None:
    for name, column in wanted.items():
        f = schema.by_name.get(name)
        if f is None:
            facts = {"field": name[:60], "known": listed(schema.by_name), "role": schema.role}
            picks.said.refuse(Problem("layer.columns_field_unknown", where, facts))
            continue
        same = [c for c in columns if c == column] or [c for c in columns if c.casefold() == column.casefold()]
        if len(same) != 1:
            facts = {"field": name, "column": column[:60], "columns": listed(columns)}
            picks.said.refuse(Problem("layer.columns_column_unknown", where, facts))
            continue
        match = _match(f, same[0])
        _, factor = _in_brackets(f, same[0])
        picks.by_field[name] = Pick(same[0], match.factor if match is not None else factor)


def _by_name(
    f: Field, columns: Sequence[str], where: str, picks: Picks, years: dict[str, tuple[str, int]], *, cut: bool
) -> None:
    matches = sorted((m for c in columns if (m := _match(f, c, cut=cut)) is not None), key=lambda m: (m.rank, -m.year))
    if not matches:
        return
    best = matches[0]
    rivals = [m for m in matches[1:] if m.rank == best.rank and m.year == best.year]
    if rivals:
        facts = {"field": f.name, "columns": listed([best.column, *(m.column for m in rivals)])}
        picks.said.refuse(Problem("layer.columns_two", where, facts))
        return
    if best.year:
        years[f.name] = (best.column, best.year)
    backup = next((m.column for m in matches[1:] if m.rank in (1.0, 1.5)), "") if best.rank == 0 else ""
    picks.by_field[f.name] = Pick(best.column, best.factor, backup)


def _match(f: Field, column: str, *, cut: bool = False) -> _Match | None:
    """How well a column fits a field: 1 its own name, 1.5 its own name in other case, then the aliases."""
    if column == f.name:
        return _Match(1.0, column, 1.0)
    key = column_key(column.replace("²", "2"))
    names = (Alias(f.name, 1.0, 1), *f.aliases)
    for alias in names:
        if key == column_key(alias.name):
            rank = alias.rank + (0.5 if alias.name == f.name else 0.0)
            return _Match(rank, column, alias.factor)
    if cut and len(column) == _DBF_NAME:
        for alias in names:
            if len(alias.name) > _DBF_NAME and column.casefold() == alias.name.casefold()[:_DBF_NAME]:
                return _Match(alias.rank + 0.7, column, alias.factor)
    stem, factor = _in_brackets(f, column)
    for alias in names if stem else ():
        if alias.factor == 1.0 and column_key(stem) == column_key(alias.name):
            return _Match(alias.rank + 0.3, column, factor)
    dated = _YEAR.match(column)
    if dated is not None and len(f.name) > 1:
        for alias in names:
            if column_key(dated["stem"]) == column_key(alias.name) and "_" in column:
                return _Match(9.0, column, alias.factor, 2000 + int(dated["year"]) % 100)
    return None


def _in_brackets(f: Field, column: str) -> tuple[str, float]:
    """A heading without the unit in brackets behind it, and what its values are multiplied by; empty for none known."""
    found = _UNIT.fullmatch(column)
    if found is None:
        return "", 1.0
    unit = column_key(found["unit"].replace("²", "2"))
    if f.kind is Kind.NUMBER and (f.name.endswith("_ha") or f.name == "dtich") and unit in _GROUND:
        return found["stem"], _GROUND[unit]
    return (found["stem"], 1.0) if f.kind is Kind.INTEGER and unit in _COUNTS else ("", 1.0)
