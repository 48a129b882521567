"""Which CRS a file is really in: every system that an office here may have used is tried on the raw numbers.

Each reading is judged by what it does to the layer: how much of it then lies in the communes, and how many of its
vertices run along their borders (lots, villages and plans share them). A reading 223 m off (WGS 84 for VN-2000) or
700 m off (6-degree for 3-degree scale) leaves most of a layer inside; the borders tell it. Where neither tells, the
list has several on top and `told_apart` says so: nothing is chosen here.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from pyproj import CRS
from pyproj.exceptions import ProjError

from geoplan.crs.grids import TM3, Grid, grid_of, label, name, written
from geoplan.crs.ground import PROVINCE, Bounds, distance_km
from geoplan.crs.moving import transform
from geoplan.crs.systems import family, parse, same
from geoplan.errors import InputError

Points = npt.NDArray[np.float64]

CANDIDATES = (
    "EPSG:9213",  # TM-3 106-30: Bắc Kạn and Thái Nguyên
    "EPSG:4326",
    "EPSG:4756",
    "EPSG:32648",
    "EPSG:3405",  # VN-2000 / UTM 48N
    *[code for code in TM3.values() if code != "EPSG:9213"],
    "EPSG:3857",
    "EPSG:32649",
    "EPSG:3406",  # VN-2000 / UTM 49N
    "EPSG:2044",  # Hanoi 1972 / Gauss-Kruger 18
    "EPSG:4147",  # Hanoi 1972
    "EPSG:3148",  # Indian 1960 / UTM 48N
    "EPSG:4131",  # Indian 1960
)
"""What a file of the province may really be in, the likeliest first."""

BORDER_M = 20.0
"""A vertex this near to a border of the communes runs along it."""
INSIDE_M = 5.0
"""A vertex this far outside is still inside: two files never draw the same border twice."""
TOLD_APART = 0.03
"""Two readings whose shares differ by less cannot be told apart by where they put the layer."""
SLIPPED_SHARE = 0.95
"""So much of a layer must lie in the communes before it is said to have been converted wrongly."""
SAMPLE = 1500
"""Vertices that are looked at."""
_RADIUS_M = 6_371_007.0


@dataclass(frozen=True, slots=True)
class Candidate:
    """A CRS that a file might be in, and where its features would then lie.

    Parameters
    ----------
    crs : str
        What ``crs = "..."`` takes: a code, or a PROJ string for a grid without one.
    name : str
        As a person calls it: ``VN-2000 / TM-3 106°30'``.
    distance_km : float
        From the middle of the layer to the communes; 0 inside.
    overlap_share, border_share : float
        Of the layer's vertices, those in the communes and those along their borders.
    explanation : str
        Message key of what would have happened to the file.
    swapped : bool
        True where x and y must change places first: no `crs` can say that.
    """

    crs: str
    name: str
    distance_km: float
    overlap_share: float = 0.0
    border_share: float = 0.0
    explanation: str = "crs.case.fits"
    swapped: bool = False

    @property
    def score(self) -> float:
        """What readings are ranked by."""
        return self.overlap_share + self.border_share


def suspects(
    points: npt.ArrayLike,
    wanted: shapely.Geometry | Bounds | None = None,
    *,
    declared: CRS | None = None,
    borders: shapely.Geometry | None = None,
    within_km: float = 5.0,
) -> list[Candidate]:
    """Readings of raw coordinates that put them on the communes, the best first.

    Parameters
    ----------
    points : array_like of float64, shape (n, 2)
        Raw numbers as the file has them, x and y; a sample of them is looked at.
    wanted : Geometry, bounds or None
        Outline of the communes in longitude and latitude, WGS 84; None: the province's box, where all that can be told
        is which systems are possible.
    declared : CRS or None
        What the file says: the explanation is what went wrong between it and the candidate.
    borders : Geometry or None
        Lines between and around the communes; None: the outline of `wanted`.
    within_km : float
        Readings further away than this are left out.
    """
    raw = sampled(np.asarray(points, dtype=np.float64).reshape(-1, 2))
    if len(raw) == 0:
        return []
    ground = _Ground(
        shapely.box(*(wanted or PROVINCE)) if not isinstance(wanted, shapely.Geometry) else wanted, borders
    )
    found = [ground.judged(r.candidate, r.lonlat) for r in _readings(raw, declared)]
    near = [c for c in found if c is not None and c.distance_km <= within_km]
    return sorted(near, key=lambda c: (-round(c.score, 3), c.swapped, round(c.distance_km, 3)))


def told_apart(found: Sequence[Candidate]) -> bool:
    """True if the first is clearly better than the others; where not, somebody who knows the file must be asked."""
    return len(found) == 1 or (len(found) > 1 and found[0].score - found[1].score >= TOLD_APART)


def listed(found: Sequence[Candidate], most: int = 5) -> str:
    """One line a candidate, for a message: ``EPSG:9213 (VN-2000 / TM-3 106°30'): 100 %``; ``–`` for none.

    The figure is the share in the communes, or kilometres to them.
    """
    lines = []
    for c in found[:most]:
        figure = f"{100 * c.overlap_share:.0f} %" if c.overlap_share > 0 else f"{c.distance_km:.0f} km"
        lines.append(f"\n   {c.crs} ({c.name}{', x ↔ y' if c.swapped else ''}): {figure}")
    return "".join(lines) or "–"


def meridian_slip(lonlat: npt.ArrayLike, wanted: shapely.Geometry) -> float | None:
    """Degrees of longitude by which a layer was moved when it was converted with a wrong central meridian, or None.

    Meridians of grids stand at quarters of a degree: a layer that lies on the communes once it is moved by some of
    them was converted wrongly before; no CRS can put that right.
    """
    points, ground = sampled(np.asarray(lonlat, dtype=np.float64).reshape(-1, 2)), _Ground(wanted, None)
    slips = [quarter / 4 for quarter in range(-24, 25) if quarter]
    judged = [(ground.judged(Candidate("", "", 0.0), np.add(points, [slip, 0.0])), slip) for slip in slips]
    fitting = [(c.score, -slip) for c, slip in judged if c is not None and c.overlap_share >= SLIPPED_SHARE]
    return max(fitting)[1] if fitting else None


def candidates(bounds: Bounds, wanted: Bounds, known: Sequence[str] = CANDIDATES) -> list[Candidate]:
    """CRSs in which a box of raw numbers would lie within 5 km of the communes (centre to centre), nearest first.

    Parameters
    ----------
    bounds : tuple
        The file's raw coordinates.
    wanted : tuple
        Bounds of the communes in longitude and latitude, WGS 84.
    """
    found = []
    corners = np.array([bounds[:2], bounds[2:]], dtype=np.float64)
    for text in known:
        crs = parse(text)
        moved = _moved(corners, crs) if crs.is_geographic == _looks_like_degrees(corners) else None
        if moved is not None:
            (west, south), (east, north) = moved.tolist()
            distance = distance_km((west, south, east, north), wanted)
            if distance <= 5.0:
                found.append(Candidate(text, label(crs), distance))
    return sorted(found, key=lambda c: c.distance_km)


@dataclass(frozen=True, slots=True)
class _Reading:
    candidate: Candidate
    lonlat: Points


def _readings(raw: Points, declared: CRS | None) -> Iterator[_Reading]:
    """Raw numbers as longitude and latitude, WGS 84, in every system and disguise."""
    if declared is not None:
        yield from _reading(name(declared), declared, raw, "crs.case.as_is", swapped=False)
    for swapped in (False, True):
        numbers = raw[:, ::-1] if swapped else raw
        degrees = _looks_like_degrees(numbers)
        for text in CANDIDATES:
            crs = parse(text)
            grid = grid_of(crs)
            if crs.is_geographic == degrees and (swapped or not same(declared, crs)):
                case = "crs.case.swapped" if swapped else _case(declared, crs)
                yield from _reading(text, crs, numbers, case, swapped=swapped)
            if degrees or grid is None or family(crs) == "other":
                continue
            for variant, case in _variants(grid, family(crs), numbers):
                yield from _reading(variant, parse(variant), numbers, case, swapped=swapped, called=label(crs))


def _variants(grid: Grid, datum: str, numbers: Points) -> Iterator[tuple[str, str]]:
    """Grids whose easting carries a zone number (48 432 784 m), or whose unit is the kilometre."""
    zones = np.unique(np.floor(numbers[:, 0] / 1e6))
    if len(zones) == 1 and 1 <= zones[0] < 1000:
        yield written(replace(grid, easting=grid.easting + 1e6 * float(zones[0])), datum), "crs.case.prefix"
    if numbers[:, 1].min() >= 800 and numbers[:, 1].max() < 2700:
        yield written(grid, datum, metres=1000.0), "crs.case.kilometres"


def _reading(text: str, crs: CRS, numbers: Points, case: str, *, swapped: bool, called: str = "") -> Iterator[_Reading]:
    moved = _moved(numbers, crs)
    if moved is not None:
        yield _Reading(Candidate(text, called or label(crs), 0.0, explanation=case, swapped=swapped), moved)


def _moved(numbers: Points, crs: CRS) -> Points | None:
    """Longitude and latitude, or None where the system has no place for the numbers."""
    try:
        moved = np.column_stack(transform(numbers[:, 0], numbers[:, 1], crs, parse("EPSG:4326")))
    except (InputError, ProjError):  # no operation of known accuracy: then nothing can be said of this system
        return None
    return moved if bool(np.isfinite(moved).all()) and bool((np.abs(moved) <= 360.0).all()) else None


def _case(declared: CRS | None, crs: CRS) -> str:
    """What would have happened to a file that says `declared` and is in `crs`."""
    if declared is None:
        return "crs.case.fits"
    if declared.is_geographic != crs.is_geographic:
        return "crs.case.degrees" if crs.is_geographic else "crs.case.metres"
    said, true = grid_of(declared), grid_of(crs)
    if said == true and family(declared) != family(crs):
        return "crs.case.datum"
    if said is None or true is None:
        return "crs.case.other"
    if said.scale != true.scale:
        return "crs.case.scale"
    return "crs.case.meridian" if said.meridian != true.meridian else "crs.case.other"


class _Ground:
    """The communes on a local plane in metres, where shares and distances are measured."""

    def __init__(self, outline: shapely.Geometry, borders: shapely.Geometry | None) -> None:
        west, south, east, north = outline.bounds
        self.middle = np.array([(west + east) / 2, (south + north) / 2])
        self.scale = np.radians(1.0) * _RADIUS_M * np.array([np.cos(np.radians(self.middle[1])), 1.0])
        self.outline = shapely.transform(outline, self._plane)
        self.borders = shapely.transform(outline.boundary if borders is None else borders, self._plane)
        shapely.prepare(self.outline)
        shapely.prepare(self.borders)

    def _plane(self, lonlat: Points) -> Any:
        return (lonlat - self.middle) * self.scale

    def judged(self, candidate: Candidate, lonlat: Points) -> Candidate | None:
        """The candidate with its figures; None for one that is far away."""
        plane = self._plane(lonlat)
        middle = shapely.points(np.median(plane, axis=0))
        distance = float(shapely.distance(self.outline, middle)) / 1000.0
        if distance > 200.0:
            return None
        points = shapely.points(plane)
        inside = shapely.dwithin(self.outline, points, INSIDE_M)
        along = shapely.dwithin(self.borders, points, BORDER_M)
        return replace(
            candidate, distance_km=distance, overlap_share=float(inside.mean()), border_share=float(along.mean())
        )


def sampled(points: Points) -> Points:
    """At most `SAMPLE` of the points, finite ones, evenly spread over their order."""
    sound = points[np.isfinite(points).all(axis=1)]
    found: Points = sound[np.linspace(0, len(sound) - 1, min(len(sound), SAMPLE)).astype(int)]
    return found


def _looks_like_degrees(points: Points) -> bool:
    return bool(np.abs(points[:, 0]).max() <= 360.0 and np.abs(points[:, 1]).max() <= 90.0)
