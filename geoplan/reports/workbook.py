"""``results.xlsx``: targets, the table of every measure, breakdowns, statutory forms, warnings, evidence."""

from collections.abc import Iterator, Sequence
from typing import Any

import pandas as pd
from openpyxl import Workbook

from geoplan import codes
from geoplan.errors import Problem
from geoplan.messages import known, say, spoken
from geoplan.reports.bundle import Bundle
from geoplan.reports.forms import column_number, form_columns, form_title, spoken_value
from geoplan.reports.packing import packed
from geoplan.reports.sheets import COUNT, HECTARES, TEXT, YEAR, Heading, add_sheet, format_of
from geoplan.results import Column, Result
from geoplan.text.numbers import day as written_day


def workbook(bundle: Bundle) -> bytes:
    """``results.xlsx`` of a bundle: an A4 sheet for each table, in the bundle's language.

    Text of the user is never a formula. What is not known is an empty cell. Where the data are made up, every sheet
    begins by saying so, and so does the label of every percentage.
    """
    book = Workbook()
    book.remove(book.active)
    drawn = _Book(book, bundle)
    drawn.summary()
    for result in drawn.results:
        drawn.measure(result)
    drawn.long("breakdown")
    drawn.long("series")
    drawn.observations()
    for result in drawn.results:
        for name, form in sorted(result.forms.items()):
            drawn.form(name, form)
    drawn.contradictions()
    drawn.warnings()
    drawn.evidence()
    return packed(book, bundle.as_of)


class _Book:
    """The sheets of one bundle."""

    def __init__(self, book: Workbook, bundle: Bundle) -> None:
        self.book, self.bundle, self.lang = book, bundle, bundle.lang
        self.results = sorted(bundle.results, key=lambda result: result.measure)
        self.watermark = self.word("made_up") if bundle.synthetic else ""

    def word(self, name: str, **facts: str | int | float) -> str:
        return say(f"xlsx.{name}", self.lang, **facts)

    def label(self, key: str, name: str) -> str:
        return say(key, self.lang) if known(key) else name

    def headings(self, *names: str) -> list[Heading]:
        return [Heading(self.word(name), _FORMS.get(name, TEXT)) for name in names]

    def column_label(self, measure: str, column: Column, part: str = "") -> str:
        label = self.label(f"column.{measure}.{column.name}", column.name)
        unit = self.label(f"xlsx.unit.{column.unit}", column.unit)
        return f"{label} ({unit}){f': {part}' if part else ''}{self.beside(column.unit)}"

    def beside(self, unit: str) -> str:
        return f" {self.word('made_up_short')}" if self.bundle.synthetic and unit == "%" else ""

    def lines(self, title: str) -> list[str]:
        bundle = self.bundle
        return [title, f"{bundle.name} · {self.word('day', day=written_day(bundle.as_of, lang=self.lang))}"]

    def add(
        self,
        name: str,
        lines: Sequence[str],
        headings: Sequence[Heading],
        rows: Any,
        *,
        fixed: int = 2,
        numbers: Sequence[str] = (),
    ) -> None:
        add_sheet(self.book, name, lines, headings, rows, watermark=self.watermark, fixed=fixed, numbers=numbers)

    def summary(self) -> None:
        names = (
            "unit_name", "indicator", "comparator", "target", "unit", "years", "due", "mode", "value_year", "value",
            "gap", "expected", "status", "sentence", "source", "feasibility", "target_id",
        )  # fmt: skip
        standings = sorted(self.bundle.standings, key=lambda s: (str(s.unit_code), str(s.target_id)))
        rows = [[self._of_target(s, name) for name in names] for s in standings]
        headings = self.headings(*names)
        self.add(self.word("sheet.summary"), self.lines(self.word("title.summary")), headings, rows)

    def _of_target(self, standing: Any, name: str) -> Any:
        if name == "years":
            years = dict.fromkeys((standing.from_year, standing.to_year))
            return "–".join(str(year) for year in years)
        if name in _YEARS:
            return int(getattr(standing, _YEARS[name]))
        if name == "comparator":
            word = f"comparator.{'strict.' if standing.strict else ''}{standing.comparator}"
            return self.label(f"xlsx.{word}", str(standing.comparator))
        if name == "feasibility":
            said = [spoken(p, self.lang) if isinstance(p, Problem) else p for p in standing.feasibility]
            return "\n".join(part.found for part in said) or None
        if name == "unit":
            return f"{self.label(f'xlsx.unit.{standing.unit}', standing.unit)}{self.beside(standing.unit)}"
        value = getattr(standing, "actual" if name == "value" else name)
        keys = {"status": "status", "mode": "xlsx.mode", "indicator": "map.indicator"}
        return self.label(f"{keys[name]}.{value}", str(value)) if name in keys else value

    def measure(self, result: Result) -> None:
        title = self.label(f"measure.{result.measure}", result.measure)
        headings = self.headings("unit_name", "level", "unit_code")
        columns = [column for column in result.columns if column.name in result.table]
        extras = [
            f"{c.name}_{part}" for c in columns for part in ("low", "high", "n") if f"{c.name}_{part}" in result.table
        ]
        headings += [Heading(self.column_label(result.measure, c), format_of(c.name, c.unit)) for c in columns]
        by_name = {column.name: column for column in columns}
        for name in extras:
            column_name, _, part = name.rpartition("_")
            label = self.column_label(result.measure, by_name[column_name], self.word(f"interval.{part}"))
            headings.append(Heading(label, format_of(name)))
        ranks = {"total": 0, "commune": 1, "village": 2}
        ordered = sorted(
            result.table.to_dict("records"), key=lambda row: (ranks.get(row["level"], 3), str(row["unit_code"]))
        )
        rows = [
            [row["unit_name"], self.label(f"xlsx.level.{row['level']}", row["level"]), str(row["unit_code"])]
            + [row[column.name] for column in columns]
            + [row[name] for name in extras]
            for row in ordered
        ]
        self.add(title, self.lines(title), headings, rows)

    def long(self, part: str) -> None:
        """Breakdowns, or series, of all measures in one sheet."""
        names = {
            "breakdown": ("measure", "unit_code", "by", "group", "column", "value"),
            "series": ("measure", "unit_code", "year", "column", "value"),
        }[part]
        rows = []
        for result in self.results:
            frame: pd.DataFrame = getattr(result, part)
            columns = {column.name: column for column in result.columns}
            for row in frame.to_dict("records"):
                column = columns.get(row["column"])
                row["measure"] = self.label(f"measure.{result.measure}", result.measure)
                plain = self.label(f"xlsx.column.{row['column']}", row["column"])
                row["column"] = self.column_label(result.measure, column) if column else plain
                if part == "breakdown":
                    row["group"] = self._group(str(row["by"]), str(row["group"]))
                    row["by"] = self.label(f"xlsx.by.{row['by']}", str(row["by"]))
                else:
                    row["year"] = int(row["year"])
                rows.append([row[name] for name in names])
        if rows:
            rows.sort(key=lambda row: [str(value) for value in row[:-1]])
            self.add(self.word(f"sheet.{part}"), self.lines(self.word(f"title.{part}")), self.headings(*names), rows)

    def observations(self) -> None:
        """What images saw of each feature: a row a day, a column an index."""
        for result in self.results:
            if result.observations.empty:
                continue
            keys = ["feature_id", "seen_on", "seen_share"]
            wide = result.observations.pivot_table(index=keys, columns="index", values="value", observed=True)
            names = [str(name) for name in wide.columns]
            rows = [[str(r[0]), str(r[1]), *r[2:]] for r in wide.reset_index()[[*keys, *names]].itertuples(index=False)]
            headings = [*self.headings(*keys), *(Heading(name.upper(), "0.000") for name in names)]
            title = f"{self.label(f'measure.{result.measure}', result.measure)}: {self.word('title.observations')}"
            self.add(self.word("sheet.observations"), self.lines(title), headings, rows)

    def _group(self, by: str, group: str) -> str:
        if by == "owner":
            number = say("xlsx.owner_number", self.lang, code=group.partition(".")[2])
            return codes.owner_name(group, self.lang) or (
                number if "." in group else self.label(f"owner.{group}", group)
            )
        return self.label(f"{_ROOMS.get(by, by)}.{group}", group)

    def form(self, name: str, frame: pd.DataFrame) -> None:
        names = dict(zip(self.bundle.communes["unit_code"].astype(str), self.bundle.communes["name"], strict=True))
        columns = form_columns(name, [str(c) for c in frame.columns if c != "unit_code"], self.lang)
        headings = [Heading(self.word("unit_name"))]
        headings += [
            Heading(f"{label}{self.beside('%') if column.endswith('_pct') else ''}", form)
            for column, label, form in columns
        ]
        rows = [
            [
                names.get(str(row["unit_code"]), str(row["unit_code"])),
                *(spoken_value(name, column, row[column], self.lang) for column, _, _ in columns),
            ]
            for row in frame.to_dict("records")
        ]
        tab = (
            self.word("sheet.form", number=name.removeprefix("form_"))
            if name.startswith("form_")
            else self.word(f"sheet.{name}")
        )
        lines = [*self.lines(form_title(name, self.lang)), self.word("unit_ha")]
        lines += [self.word("rows_bieu1")] if "row_code" in frame.columns else []
        numbers = ["", *(column_number(name, column) for column, _, _ in columns)]
        self.add(tab, lines, headings, rows, numbers=numbers if any(numbers) else ())

    def contradictions(self) -> None:
        found = self.bundle.contradictions
        names = list(dict.fromkeys(str(name) for row in found for name in row))
        if names:
            headings = [Heading(self.label(f"xlsx.{name}", name)) for name in names]
            rows = [[_shown(row.get(name)) for name in names] for row in found]
            self.add(
                self.word("sheet.contradictions"),
                self.lines(self.word("title.contradictions")),
                headings,
                rows,
                fixed=0,
            )

    def warnings(self) -> None:
        rows = [
            [w.where, w.found, w.fix, len(w.feature_ids), ", ".join(w.feature_ids), w.key]
            for w in sorted(self.bundle.warnings, key=lambda w: (w.key, w.where, w.found))
        ]
        headings = self.headings("where", "found", "fix", "features", "feature_ids", "key")
        none = [[self.word("none"), None, None, None, None, None]]
        self.add(self.word("sheet.warnings"), self.lines(self.word("title.warnings")), headings, rows or none, fixed=1)

    def evidence(self) -> None:
        bundle = self.bundle
        rows: list[list[Any]] = [
            [self.word("project"), bundle.name],
            [self.word("as_of"), written_day(bundle.as_of, lang=self.lang)],
            [self.word("version"), bundle.version],
            [self.word("crs"), bundle.crs],
            [self.word("synthetic"), self.word("yes" if bundle.synthetic else "no")],
        ]
        rows += self._settings()
        rows = [[*row, *[None] * (7 - len(row))] for row in rows]
        for s in bundle.sources:
            rows.append([self.word("role"), s.role, s.path, s.rows, s.crs, s.crs_operation, s.sha256])
        headings = self.headings("item", "value_text", "path", "rows", "crs", "crs_operation", "sha256")
        self.add(self.word("sheet.evidence"), self.lines(self.word("title.evidence")), headings, rows, fixed=1)

    def _settings(self) -> Iterator[list[str]]:
        for result in self.results:
            evidence = result.evidence
            title = self.label(f"measure.{result.measure}", result.measure)
            yield [f"{title}: {self.word('crs_operation')}", evidence.crs_operation]
            for name in sorted(evidence.settings):
                yield [f"{title}: {self.word('setting')} {name}", str(evidence.settings[name])]


_FORMS = {
    "target": HECTARES,
    "value": HECTARES,
    "gap": HECTARES,
    "expected": HECTARES,
    "year": YEAR,
    "due": YEAR,
    "value_year": YEAR,
    "rows": COUNT,
    "features": COUNT,
    "seen_share": HECTARES,
}

_ROOMS = {
    "status": "zone_status",
    "agreement": "reconciliation.cell",
    "agreement_reason": "reconciliation.reason",
}
"""Divisions whose groups have their words under another name."""

_YEARS = {"due": "to_year", "value_year": "year"}
"""Headings of the summary and the year of a standing that they show."""


def _shown(value: Any) -> Any:
    return value if value is None or isinstance(value, int | float) else str(value)
