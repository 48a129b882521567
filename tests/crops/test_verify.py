"""Zones whose whole history is known: what must be said of each."""

from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest
from shapely import box

from geoplan import areas, crops, imagery, messages
from geoplan.results import OBSERVATION_COLUMNS
from tests.crops import world
from tests.crops.world import AS_OF, NORTH, PLANNED, WEST, Field, after, every, maize, orchard, rice_once, rice_twice

WHOLE_HA = areas.hectares(world.zones())[0]


def row(monkeypatch: pytest.MonkeyPatch, field: Field, *, days: Any = None, as_of: date = AS_OF, **zone: Any) -> Any:
    stack = world.use(monkeypatch, world.scene(every(10) if days is None else days, field))
    return crops.verify(world.zones(zone), stack, as_of=as_of).table.iloc[0]


SPRING_25, JUNE_25, SUMMER_25 = date(2025, 1, 5), date(2025, 6, 8), date(2025, 7, 1)
WINTER_25, SPRING_26 = date(2025, 12, 1), date(2026, 1, 5)
HISTORIES = [
    ("rice twice a year", rice_twice, "not_converted", "still_annual"),
    ("rice once a year", rice_once, "not_converted", "idle"),
    ("maize", maize, "not_converted", "still_annual"),
    ("orchard since early 2025", after(rice_twice, (SPRING_25, orchard)), "converted", ""),
    ("from a terrace with one crop", after(rice_once, (SPRING_25, orchard)), "converted", ""),
    ("from maize", after(maize, (SPRING_25, orchard)), "converted", ""),
    ("young trees", after(rice_twice, (SPRING_25, world.young_orchard)), "converted", ""),
    ("orchard since June 2025", after(rice_twice, (JUNE_25, orchard)), "converted", ""),
    ("orchard in the last season alone", after(rice_twice, (WINTER_25, orchard)), "converting", "one_season"),
    ("young trees on a terrace, last season", after(rice_once, (WINTER_25, orchard)), "converting", "one_season"),
    ("weeds since early 2025", after(rice_twice, (SPRING_25, world.fallow)), "abandoned", "photo"),
    ("orchard, then rice again", after(rice_twice, (SPRING_25, orchard), (SPRING_26, rice_twice)), "not_converted", "back_again"),
    ("always an orchard", orchard, "not_converted", "already_perennial"),
]  # fmt: skip


@pytest.mark.parametrize(("field", "verdict", "reason"), [h[1:] for h in HISTORIES], ids=[h[0] for h in HISTORIES])
def test_histories(monkeypatch: pytest.MonkeyPatch, field: Field, verdict: str, reason: str) -> None:
    found = row(monkeypatch, field)
    assert found["verdict_seen"] == verdict
    assert found["reasons"] == (f"crops.reason.{reason}" if reason else "")
    column = crops.HECTARES[verdict]
    assert found[column] == pytest.approx(WHOLE_HA, rel=1e-6)
    assert found[list(dict.fromkeys(crops.HECTARES.values()))].sum() == pytest.approx(WHOLE_HA, rel=1e-9)


def test_the_crop_before_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    for field, crop in ((rice_twice, "rice"), (rice_once, "rice"), (maize, "annual"), (orchard, "perennial")):
        assert row(monkeypatch, field)["from_crop_seen"] == crop


def test_thin_looks_are_insufficient_and_never_converted(monkeypatch: pytest.MonkeyPatch) -> None:
    field = after(rice_twice, (SPRING_25, orchard))
    kept = [day for day in every(10) if day < SUMMER_25 or (day.day < 11 and day.month not in (2, 4, 8, 10, 12))]
    recent = sum(day >= SUMMER_25 for day in kept)
    assert recent == 7
    thin = row(monkeypatch, field, days=kept)
    assert (thin["verdict_seen"], thin["reasons"], thin["looks_count"]) == ("insufficient", "crops.reason.thin", 7)
    assert thin["converted_ha"] == thin["not_converted_ha"] == 0
    assert thin["unknown_ha"] == thin["converted_high_ha"] == pytest.approx(WHOLE_HA)
    eight = row(monkeypatch, field, days=sorted([*kept, date(2025, 10, 5)]))
    assert (eight["verdict_seen"], eight["looks_count"]) == ("converted", 8)


def test_the_year_before_the_plan_needs_looks_too(monkeypatch: pytest.MonkeyPatch) -> None:
    days = every(10, first=date(2024, 10, 1))
    assert row(monkeypatch, after(rice_twice, (SPRING_25, orchard)), days=days)["reasons"] == "crops.reason.thin"


def test_either_of_two_years_before_the_plan_will_do(monkeypatch: pytest.MonkeyPatch) -> None:
    """Four looks in the year before the plan, one in ten days in the year before that."""
    blind = [day for day in every(10) if not date(2023, 12, 1) <= day < date(2024, 12, 1)]
    days = sorted([*blind, *(date(2024, month, 5) for month in (2, 4, 8, 10))])
    found = row(monkeypatch, after(rice_twice, (SPRING_25, orchard)), days=days)
    assert found["verdict_seen"] == "converted"
    assert found["looks_count"] > 30


def test_a_crop_after_the_plan_is_none_before_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Trees, one rice crop after the plan, trees again: nothing annual was given up."""
    field = after(orchard, (date(2024, 7, 1), rice_twice), (SPRING_25, orchard))
    found = row(monkeypatch, field, planned_on="2024-06-01")
    assert (found["verdict_seen"], found["reasons"]) == ("not_converted", "crops.reason.already_perennial")


def test_looks_only_at_standing_crops_are_no_orchard(monkeypatch: pytest.MonkeyPatch) -> None:
    """Green on every look of the last year, because every look fell between heading and harvest: nothing is known."""
    green = [day for day in every(4, first=SUMMER_25) if rice_twice(day) == "crop"]
    found = row(monkeypatch, rice_twice, days=every(10, last=date(2025, 6, 25)) + green)
    assert found["looks_count"] >= 8
    assert (found["verdict_seen"], found["reasons"]) == ("insufficient", "crops.reason.season_unsure")


def test_a_last_season_hardly_seen_is_not_guessed(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = [day for day in every(8) if day < date(2026, 1, 1) or day == date(2026, 4, 18)]
    field = after(rice_twice, (WINTER_25, orchard))
    assert row(monkeypatch, field, days=kept)["verdict_seen"] == "insufficient"


def green_terrace(day: date) -> str:
    """One crop a year on a terrace whose spring weeds are nearly as green as young trees, its water hidden by cloud."""
    look = rice_once(day)
    return "weeds38" if look in ("weeds", "mud") else look


def test_a_green_terrace_in_spring_is_no_planting(monkeypatch: pytest.MonkeyPatch) -> None:
    """The springs before looked like young trees too, and a crop followed: the last one proves nothing."""
    days = [day for day in every(8) if not 172 <= day.timetuple().tm_yday <= 188]
    found = row(monkeypatch, green_terrace, days=days)
    assert (found["verdict_seen"], found["reasons"]) == ("insufficient", "crops.reason.season_unsure")


def test_a_zone_clear_in_part_has_no_look(monkeypatch: pytest.MonkeyPatch) -> None:
    """In the last year no date shows more than 4 of its 10 columns, though those four are seen often."""
    days = every(10)
    made = world.scene(days, after(rice_twice, (SPRING_25, orchard)))
    late = np.array([day >= SUMMER_25 for day in days])
    for values in made.bands.values():
        values[np.ix_(late, range(20), range(9, 20))] = imagery.UNSEEN
    found = crops.verify(world.zones(), world.use(monkeypatch, made), as_of=AS_OF).table.iloc[0]
    assert (found["verdict_seen"], found["looks_count"], found["converted_ha"]) == ("insufficient", 0, 0)


def test_looks_at_parts_are_no_looks_at_the_zone(monkeypatch: pytest.MonkeyPatch) -> None:
    """In the last year each date shows four of ten columns, now these, now those: each pixel often, the zone never."""
    days = every(4)
    made = world.scene(days, after(rice_twice, (SPRING_25, orchard)))
    late = np.flatnonzero([day >= SUMMER_25 for day in days])
    for values in made.bands.values():
        for k, t in enumerate(late):
            shown = range(5 + 2 * (k % 4), 9 + 2 * (k % 4))
            values[np.ix_([t], range(20), [c for c in range(20) if c not in shown])] = imagery.UNSEEN
    found = crops.verify(world.zones(), world.use(monkeypatch, made), as_of=AS_OF).table.iloc[0]
    assert (found["verdict_seen"], found["reasons"], found["looks_count"]) == ("insufficient", "crops.reason.thin", 0)
    assert (found["converted_ha"], found["unknown_ha"]) == (0, pytest.approx(WHOLE_HA))


def test_a_zone_mostly_unknown_has_no_hectares_converted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Four columns seen on every date, six on every other by turns: 14 looks at the zone, 7 at most of its pixels."""
    days = [day for day in every(10) if day < SUMMER_25] + every(26, first=SUMMER_25)
    made = world.scene(days, after(rice_twice, (SPRING_25, orchard)))
    late = np.flatnonzero([day >= SUMMER_25 for day in days])
    assert len(late) == 15
    for values in made.bands.values():
        values[np.ix_(late[1::2], range(20), range(9, 12))] = imagery.UNSEEN
        values[np.ix_(late[0:14:2], range(20), range(12, 15))] = imagery.UNSEEN
        values[np.ix_(late[14:], range(20), range(9, 15))] = imagery.UNSEEN
    found = crops.verify(world.zones(), world.use(monkeypatch, made), as_of=AS_OF).table.iloc[0]
    assert (found["verdict_seen"], found["looks_count"]) == ("insufficient", 14)
    assert (found["converted_ha"], found["unknown_ha"]) == (0, pytest.approx(WHOLE_HA))
    assert found["converted_high_ha"] == pytest.approx(WHOLE_HA)


def withering(day: date) -> str:
    """As green as young trees in summer, weeds in the dry half of the year."""
    return "young" if day.month >= 7 else "weeds"


def test_weeds_wither_and_young_trees_do_not(monkeypatch: pytest.MonkeyPatch) -> None:
    found = row(monkeypatch, after(rice_twice, (SPRING_25, withering)))
    assert found["verdict_seen"] in ("abandoned", "insufficient", "not_converted")
    assert found["converted_ha"] == found["converting_ha"] == 0


def test_a_crop_that_hid_between_the_looks_of_both_seasons(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each season's looks alike, but 0.55 in one and 0.20 in the other: no orchard of two seasons."""

    def hidden(day: date) -> str:
        return "soil" if day.month >= 7 else "orchard"

    found = row(monkeypatch, after(rice_twice, (JUNE_25, hidden)))
    assert found["converted_ha"] == 0


def test_nothing_seen_after_the_day_of_the_figures_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    field = after(rice_twice, (JUNE_25, orchard))
    early = date(2025, 11, 30)
    found = row(monkeypatch, field, as_of=early)
    assert (found["verdict_seen"], found["last_season"]) == ("converting", "2025-summer")
    stack = world.use(monkeypatch, world.scene(every(10), field))
    assert crops.verify(world.zones(), stack, as_of=early).observations["seen_on"].max() <= early.isoformat()


def test_a_season_that_runs_is_no_season_yet_but_a_crop_in_it_tells(monkeypatch: pytest.MonkeyPatch) -> None:
    days, converted = every(10, last=date(2026, 10, 31)), after(rice_twice, (SPRING_25, orchard))
    day = date(2026, 10, 31)
    assert row(monkeypatch, converted, days=days, as_of=day)["last_season"] == "2026-spring"
    again = row(monkeypatch, after(converted, (date(2026, 7, 1), rice_twice)), days=days, as_of=day)
    assert (again["verdict_seen"], again["reasons"]) == ("not_converted", "crops.reason.back_again")


def test_rice_to_dry_crops_is_seen_by_the_water_that_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    dry = row(monkeypatch, after(rice_twice, (JUNE_25, maize)), to_group="annual")
    assert (dry["verdict_seen"], dry["converted_ha"]) == ("converted", pytest.approx(WHOLE_HA))
    still = row(monkeypatch, rice_twice, to_group="annual")
    assert (still["verdict_seen"], still["reasons"]) == ("not_converted", "crops.reason.still_rice")
    last = row(monkeypatch, after(rice_twice, (WINTER_25, maize)), to_group="annual")
    assert last["verdict_seen"] == "converting"
    trees = row(monkeypatch, after(rice_twice, (SPRING_25, orchard)), to_group="annual")
    assert (trees["verdict_seen"], trees["reasons"]) == ("not_converted", "crops.reason.trees_instead")
    dry_before = row(monkeypatch, maize, to_group="annual")
    assert (dry_before["verdict_seen"], dry_before["reasons"]) == ("insufficient", "crops.reason.rice_unseen")


def test_water_cannot_be_missed_unless_its_days_were_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    def blind(day: date) -> bool:
        n = day.timetuple().tm_yday
        return day < date(2025, 5, 15) or not (25 <= n <= 70 or 140 <= n <= 210)

    days = [day for day in every(8) if blind(day)]
    found = row(monkeypatch, after(rice_twice, (JUNE_25, maize)), days=days, to_group="annual")
    assert (found["verdict_seen"], found["reasons"]) == ("insufficient", "crops.reason.flood_days_unseen")


FIELD_ONLY = [
    ({"from_crop": "maize", "to_group": "annual"}, "field_only", "annual_to_annual"),
    ({"from_crop": "rice", "to_group": "aquaculture"}, "field_only", "aquaculture"),
    ({"to_group": None}, "unknown", "no_group"),
    ({"from_crop": None, "to_group": "annual"}, "unknown", "no_crop"),
]


@pytest.mark.parametrize(("zone", "verdict", "reason"), FIELD_ONLY)
def test_what_images_cannot_tell_is_said(
    monkeypatch: pytest.MonkeyPatch, zone: dict[str, Any], verdict: str, reason: str
) -> None:
    found = row(monkeypatch, after(rice_twice, (SPRING_25, orchard)), **zone)
    assert (found["verdict_seen"], found["reasons"]) == (verdict, f"crops.reason.{reason}")
    assert (found["converted_ha"], found["unknown_ha"]) == (0, pytest.approx(WHOLE_HA))


def test_without_a_day_of_the_plan_all_before_counts_and_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    for empty in (None, pd.NaT, np.nan, ""):
        found = row(monkeypatch, after(rice_twice, (SPRING_25, orchard)), planned_on=empty)
        assert (found["verdict_seen"], found["reasons"]) == ("converted", "crops.reason.no_plan_day")


def test_a_crop_long_before_the_plan_is_not_the_one_converted(monkeypatch: pytest.MonkeyPatch) -> None:
    field = after(rice_twice, (date(2022, 12, 1), orchard))
    found = row(monkeypatch, field, planned_on=date(2025, 6, 1))
    assert (found["verdict_seen"], found["reasons"]) == ("not_converted", "crops.reason.already_perennial")


def test_half_a_zone_by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    """Columns 5 to 14 of the grid; the first 4 of them converted: 40 of 100 pixels."""
    made = world.scene(every(10), after(rice_twice, (SPRING_25, orchard)), rice_twice, split=9)
    found = crops.verify(world.zones(), world.use(monkeypatch, made), as_of=AS_OF).table.iloc[0]
    assert found["verdict_seen"] == "not_converted"
    assert found["reasons"].split() == ["crops.reason.still_annual", "crops.reason.in_parts"]
    assert found["converted_ha"] == pytest.approx(0.4 * WHOLE_HA, rel=1e-6)
    assert found["not_converted_ha"] == pytest.approx(0.6 * WHOLE_HA, rel=1e-6)
    # Wilson, 10 of 25: 0.234 to 0.593
    assert found["converted_low_ha"] == pytest.approx(0.234 * WHOLE_HA, rel=2e-3)
    assert found["converted_high_ha"] == pytest.approx(0.593 * WHOLE_HA, rel=2e-3)


def test_hectares_are_shares_of_pixels(monkeypatch: pytest.MonkeyPatch) -> None:
    """A zone that takes a quarter of its westernmost column, which lies in the converted half."""
    shape = box(WEST + 57.5, NORTH - 150, WEST + 150, NORTH - 50)
    made = world.scene(every(10), after(rice_twice, (SPRING_25, orchard)), rice_twice, split=9)
    zones = world.zones(shape=shape)
    found = crops.verify(zones, world.use(monkeypatch, made), as_of=AS_OF).table.iloc[0]
    assert found["converted_ha"] == pytest.approx(32.5 / 92.5 * areas.hectares(zones)[0], rel=1e-5)


def test_a_zone_that_is_moved_keeps_its_area(monkeypatch: pytest.MonkeyPatch) -> None:
    """VN-2000 in, UTM images: the shift of 223 m is made, and hectares add up to the geodesic area."""
    stack = world.use(monkeypatch, world.scene(every(10), after(rice_twice, (SPRING_25, orchard))))
    from geoplan import crs

    local = crs.parse("EPSG:9213")
    moved = world.zones()
    shapes = crs.geometries(moved.geometry.to_numpy(), world.UTM, local)
    moved = moved.set_geometry(list(shapes)).set_crs(local, allow_override=True)
    found = crops.verify(moved, stack, as_of=AS_OF).table.iloc[0]
    assert found["converted_ha"] == pytest.approx(WHOLE_HA, rel=1e-5)


def test_small_and_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    stack = world.use(monkeypatch, world.scene(every(10), orchard))
    small = world.zones(shape=box(WEST + 51, NORTH - 79, WEST + 80, NORTH - 51))  # 2 pixels wholly inside
    found = crops.verify(small, stack, as_of=AS_OF).table.iloc[0]
    assert (found["verdict_seen"], found["unknown_ha"]) == ("not_measurable", pytest.approx(areas.hectares(small)[0]))
    far = world.zones(shape=box(WEST - 900, NORTH - 79, WEST - 800, NORTH - 10))
    found = crops.verify(far, stack, as_of=AS_OF).table.iloc[0]
    assert (found["verdict_seen"], found["reasons"]) == ("insufficient", "crops.reason.outside")


def test_what_lies_beyond_the_images_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    stack = world.use(monkeypatch, world.scene(every(10), after(rice_twice, (SPRING_25, orchard))))
    zone = world.zones(shape=box(WEST - 100, NORTH - 150, WEST + 100, NORTH - 50))
    found = crops.verify(zone, stack, as_of=AS_OF).table.iloc[0]
    half = areas.hectares(zone)[0] / 2
    assert (found["converted_ha"], found["unknown_ha"]) == (
        pytest.approx(half, rel=1e-4),
        pytest.approx(half, rel=1e-4),
    )
    assert found["seen_share"] == pytest.approx(0.5, rel=1e-4)
    assert found["converted_high_ha"] == pytest.approx(2 * half, rel=1e-6)


def test_pixels_under_cloud_are_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    """The last four columns of the zone are never seen in the last year."""
    days = every(10)
    made = world.scene(days, after(rice_twice, (SPRING_25, orchard)))
    late = np.array([day >= SUMMER_25 for day in days])
    for values in made.bands.values():
        values[np.ix_(late, range(20), range(11, 20))] = imagery.UNSEEN
    found = crops.verify(world.zones(), world.use(monkeypatch, made), as_of=AS_OF).table.iloc[0]
    assert found["converted_ha"] == pytest.approx(0.6 * WHOLE_HA, rel=1e-6)
    assert found["unknown_ha"] == pytest.approx(0.4 * WHOLE_HA, rel=1e-6)
    assert found["reasons"] == "crops.reason.part_unseen"


def test_few_looks_at_some_pixels_of_a_zone_that_is_all_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    """The last three columns were seen five times in the last year, too few for themselves; the rest is of one mind."""
    days = every(10)
    made = world.scene(days, after(rice_twice, (SPRING_25, orchard)))
    late = np.flatnonzero([day >= SUMMER_25 for day in days])
    for values in made.bands.values():
        values[np.ix_(late[5:], range(20), range(12, 20))] = imagery.UNSEEN
    found = crops.verify(world.zones(), world.use(monkeypatch, made), as_of=AS_OF).table.iloc[0]
    assert found["converted_ha"] == pytest.approx(WHOLE_HA, rel=1e-6)
    assert found["seen_share"] == pytest.approx(0.7, rel=1e-6)
    assert found["converted_low_ha"] < 0.7 * WHOLE_HA
    half = world.scene(days, after(rice_twice, (SPRING_25, orchard)), rice_twice, split=9)
    for values in half.bands.values():
        values[np.ix_(late[5:], range(20), range(12, 20))] = imagery.UNSEEN
    found = crops.verify(world.zones(), world.use(monkeypatch, half), as_of=AS_OF).table.iloc[0]
    assert found["unknown_ha"] == pytest.approx(0.3 * WHOLE_HA, rel=1e-6)


def test_a_speck_is_not_a_field(monkeypatch: pytest.MonkeyPatch) -> None:
    made = world.scene(every(10), rice_twice)
    trees = world.scene(every(10), after(rice_twice, (SPRING_25, orchard)))
    for name, values in made.bands.items():
        values[:, 8:9, 8:11] = trees.bands[name][:, 8:9, 8:11]
    found = crops.verify(world.zones(), world.use(monkeypatch, made), as_of=AS_OF).table.iloc[0]
    assert found["converted_ha"] == 0


def test_observations_and_inputs(monkeypatch: pytest.MonkeyPatch) -> None:
    made = world.scene(every(10), rice_twice)
    stack, zones = world.use(monkeypatch, made), world.zones({}, {"to_group": "annual"})
    before, bands = zones.copy(), {name: values.copy() for name, values in made.bands.items()}
    steps: list[tuple[int, int]] = []
    found = crops.verify(zones, stack, as_of=AS_OF, progress=lambda done, total: steps.append((done, total)))
    assert steps == [(1, 2), (2, 2)]
    assert tuple(found.observations.columns) == OBSERVATION_COLUMNS
    one = found.observations[found.observations["feature_id"] == "Z1"]
    assert len(one) == 3 * len(stack.days)
    assert set(one["index"]) == {"ndvi", "lswi", "bsi"}
    assert (one["seen_share"] == 1).all()
    flooded = one[(one["index"] == "ndvi") & (one["value"] < 0.12)]["seen_on"].map(date.fromisoformat)
    assert flooded.map(lambda day: rice_twice(day) == "mud").all()
    assert zones.equals(before)
    assert all((made.bands[name] == bands[name]).all() for name in bands)
    assert crops.verify(zones.iloc[:0], stack, as_of=AS_OF).table.empty


def test_every_verdict_and_reason_has_its_words(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = messages.catalogue()
    assert [v for v in crops.VERDICTS if f"verdict_seen.{v}" not in texts] == []
    rooms = [path.read_text(encoding="utf-8") for path in (world.ROOT / "geoplan" / "crops").glob("*.py")]
    written = {key for key in texts if key.startswith("crops.reason.")}
    used = {word.strip('",:') for text in rooms for word in text.split() if word.startswith('"crops.reason.')}
    assert {key for key in written if not any(key in text for text in rooms)} == set()
    assert {word.split('"')[0].rstrip(")]") for word in used} - written == set()
    stack = world.use(monkeypatch, world.scene(every(10), rice_twice))
    notes = crops.verify(world.zones({"to_group": "aquaculture"}, {"to_group": None}), stack, as_of=AS_OF).notes
    assert [(note.key, note.feature_ids) for note in notes] == [
        ("crops.field_only", ("Z1",)),
        ("crops.unknown", ("Z2",)),
    ]
    assert all(messages.spoken(note).found for note in notes)
    judged = crops.verify(world.zones({}, {"to_group": None}), stack, as_of=AS_OF).notes
    assert [(note.key, note.feature_ids) for note in judged] == [
        ("crops.uncalibrated", ("Z1",)),
        ("crops.unknown", ("Z2",)),
    ]


def test_the_plan_day_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    assert date(2024, 7, 1) < PLANNED
    field = after(rice_twice, (date(2024, 1, 1), orchard))
    assert row(monkeypatch, field, planned_on="2024-03-01")["verdict_seen"] == "converted"
    assert row(monkeypatch, field, planned_on="2026-03-01")["reasons"] == "crops.reason.already_perennial"
