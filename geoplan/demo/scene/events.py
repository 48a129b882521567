"""What befell forests and slopes in the time of the images: each with polygon, day, cover before and after."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import shapely
from shapely import affinity

from geoplan.demo.cells import Shapes
from geoplan.demo.commune import Commune
from geoplan.demo.noise import Floats, bend
from geoplan.demo.scene.growth import Kind
from geoplan.demo.scene.plots import Mask, Step

HARVESTS, CLEARINGS, LOGGINGS, SCARS = 12, 10, 6, 8
FIRST, LAST = date(2023, 1, 10), date(2026, 3, 20)


@dataclass(frozen=True, eq=False)
class Event:
    """One event.

    Parameters
    ----------
    what : str
        ``harvest``, ``clearing``, ``logging``, ``slide``.
    shape : Polygon
        In the scene's CRS.
    before : str
        Code of the lot (`ldlr`) that it lies in.
    steps : tuple of Step
        What stood there from its day on.
    """

    what: str
    shape: shapely.Geometry
    day: date
    before: str
    steps: tuple[Step, ...]


def planned_events(
    made: Commune, lots: Shapes, zones: Shapes, slid: Sequence[tuple[Floats, date]], rng: np.random.Generator
) -> tuple[Event, ...]:
    """All events by day; lots and zones in the scene's CRS, none on a zone.

    Parameters
    ----------
    slid : sequence of (point, day)
        Slides in the scene's CRS; those in forest, in the time of the images, leave a scar.
    """
    free = ~shapely.intersects(lots, shapely.union_all(zones).buffer(30.0))
    found = [*_harvests(made, lots, free, rng), *_clearings(made, lots, free, rng), *_loggings(made, lots, free, rng)]
    found += _scars(made, lots, free, slid, [event.shape for event in found], rng)
    return tuple(sorted(found, key=lambda event: (event.day, event.what, event.shape.wkt)))


def _harvests(made: Commune, lots: Shapes, free: Mask, rng: np.random.Generator) -> list[Event]:
    """Plantations of five years and more felled whole, most of them planted again."""
    species = made.lots["sldlr"].isin(["Keo lai", "Keo tai tượng", "Mỡ", "Bồ đề"]).to_numpy()
    old = (made.lots["ldlr"] == "RTG").to_numpy() & (made.lots["namtr"] <= 2018).to_numpy() & species
    chosen = rng.permutation(np.flatnonzero(old & free))[:HARVESTS]
    found = []
    for i, lot in enumerate(chosen):
        day = _between(i, len(chosen), rng)
        steps = [Step(day.toordinal(), Kind.CUT)]
        if i % 4:
            again = day + timedelta(days=int(rng.integers(50, 160)))
            steps.append(Step(again.toordinal(), Kind.ACACIA))
        found.append(Event("harvest", lots[lot], day, "RTG", tuple(steps)))
    return found


def _clearings(made: Commune, lots: Shapes, free: Mask, rng: np.random.Generator) -> list[Event]:
    """Nương: 0.1 to 0.7 ha of natural forest felled in February to April, burnt, then maize."""
    found = []
    for i, (code, blob) in enumerate(_blobs(made, lots, free, rng, CLEARINGS, (0.1, 0.7))):
        year = 2023 + i % 4
        day = date(year, 2, 5) + timedelta(days=int(rng.integers(0, 65)))
        burnt, sown = day + timedelta(days=int(rng.integers(12, 26))), date(year, 4, 30)
        days = zip((day, burnt, sown), (Kind.CUT, Kind.BURNT, Kind.MAIZE_TWO), strict=True)
        steps = tuple(Step(one.toordinal(), kind) for one, kind in days)
        found.append(Event("clearing", blob, day, code, steps))
    return found


def _loggings(made: Commune, lots: Shapes, free: Mask, rng: np.random.Generator) -> list[Event]:
    """Selective logging: 18 to 40 % of the green goes; the forest stays one."""
    found = []
    for i, (code, blob) in enumerate(_blobs(made, lots, free, rng, LOGGINGS, (0.5, 1.6))):
        day = _between(i, LOGGINGS, rng)
        left = 1.0 - float(rng.uniform(0.18, 0.40))
        found.append(Event("logging", blob, day, code, (Step(day.toordinal(), Kind.LOGGED, left),)))
    return found


def _scars(
    made: Commune,
    lots: Shapes,
    free: Mask,
    slid: Sequence[tuple[Floats, date]],
    taken: Sequence[shapely.Geometry],
    rng: np.random.Generator,
) -> list[Event]:
    """Scars of slides: 0.05 to 0.25 ha, two to three times as long as wide, in natural forest, on nothing `taken`."""
    used = shapely.union_all(list(taken))
    natural = np.flatnonzero(made.lots["ldlr"].isin(["TXB", "TXN", "TXP", "HG1"]).to_numpy() & free)
    tree, found = shapely.STRtree(lots[natural]), list[Event]()
    for spot, day in sorted(slid, key=lambda one: one[1]):
        under = tree.query(shapely.Point(*spot), predicate="within")
        if not FIRST < day < LAST or len(under) == 0 or len(found) == SCARS:
            continue
        area_m2, long_ = float(rng.uniform(0.06, 0.25)) * 1e4, float(rng.uniform(1.8, 3.2))
        across = np.sqrt(area_m2 / np.pi / long_)
        turn = float(rng.uniform(0.0, 180.0))
        oval = affinity.rotate(affinity.scale(shapely.Point(*spot).buffer(across), 1.0, long_), turn)
        inside = shapely.intersection(oval, lots[natural[under[0]]])
        if inside.geom_type == "Polygon" and inside.area > 500.0 and not shapely.intersects(inside, used):
            used = shapely.union(used, inside)
            code = str(made.lots["ldlr"].iloc[natural[under[0]]])
            found.append(Event("slide", inside, day, code, (Step(day.toordinal(), Kind.SCAR),)))
    return found


def _between(place: int, count: int, rng: np.random.Generator) -> date:
    """A day in the `place`-th of `count` equal parts of the time."""
    whole = (LAST - FIRST).days
    return FIRST + timedelta(days=int(whole * (place + rng.uniform(0.1, 0.9)) / count))


def _blobs(
    made: Commune, lots: Shapes, free: Mask, rng: np.random.Generator, count: int, size_ha: tuple[float, float]
) -> list[tuple[str, shapely.Geometry]]:
    """Rounded patches inside natural forest lots, one a lot, with the lot's code."""
    natural = made.lots["ldlr"].isin(["TXB", "TXN", "TXP"]).to_numpy() & free
    rough, found = bend(rng, 160.0, 40.0), list[tuple[str, shapely.Geometry]]()
    for lot in rng.permutation(np.flatnonzero(natural & (shapely.area(lots) > 4.0 * size_ha[1] * 1e4))):
        if len(found) == count:
            break
        area_m2 = float(rng.uniform(*size_ha)) * 1e4
        centre = shapely.point_on_surface(lots[lot])
        ring = rough.there(shapely.get_coordinates(centre.buffer(np.sqrt(area_m2 / np.pi)).exterior))
        blob = shapely.intersection(shapely.Polygon(ring), lots[lot])
        if blob.geom_type == "Polygon" and blob.area > 0.9e4 * size_ha[0]:
            found.append((str(made.lots["ldlr"].iloc[lot]), blob))
    return found
