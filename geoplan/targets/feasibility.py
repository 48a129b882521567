"""The arithmetic that the plans lack: how many hectares a cover target needs, and which plantings can count by then.

Planted is not yet forest: a planting counts when it has become forest, by its own `ktan` (years to canopy closure) or
the setting ``years_to_forest``. So of 200 ha planted from 2026 to 2030 with four years to forest, only those of 2026
can count by the end of 2030. Nothing is forecast: the sum says what is possible at most if no forest is lost.
"""

from collections.abc import Mapping, Sequence
from datetime import date

from geoplan.errors import Problem
from geoplan.results import Result
from geoplan.targets.table import Target

Facts = dict[str, str | int | float]

COVER = "forest_cover.cover_pct"
PLANTED = ("plantation.planted_since_ha", "plantation.planted_year_ha")


def feasibility(
    target: Target, actual: float, targets: Sequence[Target], results: Mapping[str, Result], as_of: date
) -> tuple[Problem, ...]:
    """Sentences for a cover target; none for other targets.

    Parameters
    ----------
    target : Target
        A level of ``forest_cover.cover_pct``.
    actual : float
        Statutory cover today, percent.
    targets : sequence of Target
        All of the commune: milestones and planting targets are among them.
    """
    if target.counted_as != COVER or target.mode != "level":
        return ()
    cover = results["forest_cover"]
    row = cover.table[cover.table["unit_code"] == target.unit_code].iloc[0]
    land, forest = float(row["land_official_ha"]), float(row["forest_ha"])
    needed = target.value / 100.0 * land
    base: Facts = {"target_pct": target.value, "land_ha": land, "needed_ha": needed, "forest_ha": forest}
    if target.met_by(actual):
        return (Problem("feasibility.enough", target.target_id, base | {"spare_ha": forest - needed}),)
    lacking: Facts = {"actual_pct": actual, "lacking_ha": needed - forest}
    said = [Problem("feasibility.needed", target.target_id, base | lacking), *_from_milestone(target, targets, land)]
    if as_of.year <= target.to_year:
        said += _growing(target, targets, results, as_of, (land, forest, needed))
    return tuple(said)


def _growing(
    target: Target,
    targets: Sequence[Target],
    results: Mapping[str, Result],
    as_of: date,
    hectares: tuple[float, float, float],
) -> list[Problem]:
    """What can become forest by the target's year: planted already, and still to plant."""
    land, forest, needed = hectares
    cover = results["forest_cover"]
    years = int(cover.evidence.settings["years_to_forest"])
    (young, undated), year = _young(cover, target), str(target.to_year)
    coming, pace, planned, last_year = _plantings(target, targets, results, as_of, years)
    points = 100 / land
    grown: Facts = {
        "area_ha": young + undated,
        "unknown_ha": undated,
        "points": points * (young + undated),
        "year": year,
    }
    said = [Problem("feasibility.young_undated" if undated > 0 else "feasibility.young", target.target_id, grown)]
    if planned > 0:
        facts: Facts = {"planned_ha": planned, "points": points * planned, "years": years, "coming_ha": coming}
        facts |= {"pace_ha": pace, "last": str(last_year), "year": year}
        key = "feasibility.plantings" if coming > 0 else "feasibility.plantings_late"
        said.append(Problem(key, target.target_id, facts))
    reachable = forest + young + undated + coming
    key = "feasibility.in_reach" if reachable >= needed else "feasibility.out_of_reach"
    row = cover.table[cover.table["unit_code"] == target.unit_code].iloc[0]
    ends: Facts = {"most_pct": points * reachable, "target_pct": target.value, "year": year}
    ends |= {"lacking_ha": needed - reachable, "regeneration_ha": float(row["regeneration_ha"])}
    return [*said, Problem(key, target.target_id, ends)]


def _from_milestone(target: Target, targets: Sequence[Target], land: float) -> list[Problem]:
    """The step that the plan itself sets: from 52 % in 2026 to 58 % in 2030 is 6 points, so many hectares."""
    covers = [t for t in targets if (t.unit_code, t.counted_as) == (target.unit_code, COVER)]
    lower = [t for t in covers if t.to_year < target.to_year and t.value < target.value]
    if not lower:
        return []
    first = max(lower, key=lambda t: t.to_year)
    points = target.value - first.value
    facts: Facts = {"from_pct": first.value, "from_year": str(first.to_year), "to_pct": target.value}
    facts |= {"to_year": str(target.to_year), "points": points, "area_ha": points / 100 * land, "land_ha": land}
    return [Problem("feasibility.step", target.target_id, facts)]


def _young(cover: Result, target: Target) -> tuple[float, float]:
    """Hectares planted and not yet forest that can count by the target's year, and those planted in no known year."""
    rows = cover.breakdown[
        (cover.breakdown["unit_code"] == target.unit_code) & (cover.breakdown["by"] == "counts_from")
    ]
    dated = rows["group"].map(str.isdigit).astype(bool)
    in_time = [int(year) <= target.to_year for year in rows.loc[dated, "group"]]
    return float(rows.loc[dated, "value"][in_time].sum()), float(rows.loc[~dated, "value"].sum())


def _plantings(
    target: Target, targets: Sequence[Target], results: Mapping[str, Result], as_of: date, years: int
) -> tuple[float, float, float, int]:
    """What the planting plan can still add: hectares at most, at its even pace, planned in all; last year that counts.

    At most is all that is left of the plan, planted by the last year that counts. Its even pace is an equal part each
    year, less what is planted this year.
    """
    last_year = target.to_year - years
    plan = _plan(target, targets)
    if not plan or "plantation" not in results:
        return 0.0, 0.0, 0.0, last_year
    planned = sum(plan.values())
    gains = results["plantation"].series
    gains = gains[(gains["unit_code"] == target.unit_code) & (gains["column"] == PLANTED[0].partition(".")[2])]
    done = gains[gains["year"].between(min(plan), as_of.year)]
    if as_of.year > last_year:
        return 0.0, 0.0, planned, last_year
    this_year = float(gains.loc[gains["year"] == as_of.year, "value"].sum())
    to_come = {year: ha for year, ha in plan.items() if as_of.year <= year <= last_year}
    pace = sum(max(ha - (this_year if year == as_of.year else 0.0), 0.0) for year, ha in to_come.items())
    return max(planned - float(done["value"].sum()), 0.0), pace, planned, last_year


def _plan(target: Target, targets: Sequence[Target]) -> dict[int, float]:
    """Hectares to plant by year: the longest cumulative plan in equal parts, else the yearly ones."""
    mine = [t for t in targets if t.unit_code == target.unit_code and t.counted_as in PLANTED]
    whole = max((t for t in mine if t.mode == "cumulative"), key=lambda t: t.to_year, default=None)
    if whole is not None:
        years = range(whole.from_year, whole.to_year + 1)
        return {year: whole.value / len(years) for year in years}
    return {year: t.value for t in mine if t.mode == "yearly" for year in range(t.from_year, t.to_year + 1)}
