"""The detective: a commune with a crooked border, lots that fill it, and every system they may have been written in."""

import numpy as np
import pytest
import shapely
from pyproj.aoi import AreaOfInterest
from pyproj.database import query_crs_info
from pyproj.enums import PJType
from shapely.geometry import Polygon, box

from geoplan import crs
from geoplan.crs import detective
from geoplan.messages import say

TM3, WGS84 = crs.parse("EPSG:9213"), crs.parse("EPSG:4326")
TURN = np.linspace(0, 2 * np.pi, 400, endpoint=False)
REACH = 5000 + 600 * np.sin(3 * TURN) + 300 * np.sin(11 * TURN + 1) + 120 * np.sin(37 * TURN)
COMMUNE = Polygon(np.column_stack([430_000 + REACH * np.cos(TURN), 2_455_000 + REACH * np.sin(TURN)]))
OUTLINE = crs.geometries(COMMUNE, TM3, WGS84)
CELLS = [box(x, y, x + 500, y + 500) for x in range(424_000, 436_500, 500) for y in range(2_449_000, 2_461_500, 500)]
LOTS = shapely.get_coordinates([cell.intersection(COMMUNE) for cell in CELLS if cell.intersects(COMMUNE)])
INNER = shapely.get_coordinates([cell for cell in CELLS if COMMUNE.buffer(-800).covers(cell)])


def written(points: np.ndarray, system: str) -> np.ndarray:
    return np.column_stack(crs.transform(points[:, 0], points[:, 1], TM3, crs.parse(system)))


@pytest.mark.parametrize("system", detective.CANDIDATES)
def test_lots_that_fill_the_commune_tell_their_system(system: str) -> None:
    raw = written(LOTS, system)
    found = detective.suspects(raw, OUTLINE)
    assert (found[0].crs, found[0].swapped) == (system, False)
    assert found[0].overlap_share == pytest.approx(1.0, abs=0.01)
    assert detective.told_apart(found)
    turned = detective.suspects(raw[:, ::-1], OUTLINE)
    assert (turned[0].crs, turned[0].swapped, turned[0].explanation) == (system, True, "crs.case.swapped")


def test_lots_inside_do_not_tell_the_datum_and_this_is_said() -> None:
    found = detective.suspects(written(INNER, "EPSG:4756"), OUTLINE)
    assert {"EPSG:4326", "EPSG:4756"} <= {c.crs for c in found[:3]}
    assert not detective.told_apart(found)


@pytest.mark.parametrize(
    ("raw", "explanation"),
    [(np.add(LOTS, [48_000_000, 0]), "crs.case.prefix"), (np.add(LOTS, [18_000_000, 0]), "crs.case.prefix"), (LOTS / 1000, "crs.case.kilometres")],
)  # fmt: skip
def test_zone_numbers_and_kilometres_come_with_a_system_that_reads_them(raw: np.ndarray, explanation: str) -> None:
    best = detective.suspects(raw, OUTLINE)[0]
    assert (best.name, best.explanation) == ("VN-2000 / TM-3 106°30'", explanation)
    x, y = crs.transform(raw[:, 0], raw[:, 1], crs.parse(best.crs), TM3)
    assert np.column_stack([x, y]) == pytest.approx(LOTS, abs=1e-3)


@pytest.mark.parametrize(
    ("true", "declared", "explanation"),
    [
        ("EPSG:9213", "EPSG:5897", "crs.case.meridian"),
        ("EPSG:9213", "EPSG:4326", "crs.case.metres"),
        ("EPSG:4326", "EPSG:9213", "crs.case.degrees"),
        ("EPSG:4326", "EPSG:4756", "crs.case.datum"),
        ("EPSG:32648", "EPSG:3405", "crs.case.datum"),
        ("EPSG:3405", "EPSG:5897", "crs.case.scale"),
        ("EPSG:3857", "EPSG:9213", "crs.case.other"),
        ("EPSG:9213", "EPSG:9213", "crs.case.as_is"),
    ],
)
def test_what_happened_to_the_file_is_explained(true: str, declared: str, explanation: str) -> None:
    best = detective.suspects(written(LOTS, true), OUTLINE, declared=crs.parse(declared))[0]
    assert (best.crs, best.explanation) == (true, explanation)
    assert say(best.explanation, "vi") != say(best.explanation, "en")


def test_without_communes_the_province_tells_which_grids_are_possible() -> None:
    found = detective.suspects(LOTS)
    assert [c.crs for c in found][:2] == ["EPSG:9213", "EPSG:9212"]
    assert not detective.told_apart(found)


def test_the_list_has_a_line_for_each() -> None:
    found = detective.suspects(written(LOTS, "EPSG:4326"), OUTLINE)
    lines = detective.listed(found).strip().split("\n")
    assert lines[0] == "EPSG:4326 (WGS 84): 100 %"
    assert len(lines) == min(5, len(found))
    assert detective.listed([]) == "–"


def test_numbers_of_nowhere_have_no_candidates() -> None:
    for raw in (np.empty((0, 2)), np.full((3, 2), np.nan), np.array([[1e12, 1e12], [2e12, 1e12]]), np.zeros((4, 2))):
        assert detective.suspects(raw, OUTLINE) == []
    assert not detective.told_apart([])


def test_every_grid_of_the_country_is_tried() -> None:
    area = AreaOfInterest(102.0, 8.0, 110.0, 23.5)
    known = query_crs_info(auth_name="EPSG", pj_types=PJType.PROJECTED_CRS, area_of_interest=area)
    wanted = {f"EPSG:{c.code}" for c in known if c.name.startswith("VN-2000 /")}
    assert len(wanted) == 20
    assert wanted <= set(detective.CANDIDATES)
    for meridian, code in crs.grids.TM3.items():
        grid = crs.grids.grid_of(crs.parse(code))
        assert grid is not None
        assert (grid.meridian, grid.is_tm3) == (meridian, True)


def test_where_all_lies_inside_the_borders_tell() -> None:
    """Lots along one border: read 223 m further in they are all inside, but along no border."""
    east = [
        part for part in (cell.intersection(COMMUNE) for cell in CELLS) if part.area > 0 and part.bounds[0] > 433_000
    ]
    points = shapely.get_coordinates(east)
    for system, other in (("EPSG:4326", "EPSG:4756"), ("EPSG:4756", "EPSG:4326")):
        found = {c.crs: c for c in detective.suspects(written(points, system), OUTLINE)}
        assert found[system].border_share > 2 * found[other].border_share
        assert found[system].score - found[other].score > detective.TOLD_APART


def test_a_strip_of_a_few_metres_is_inside_and_one_of_a_hundred_is_not() -> None:
    """Two files never draw the same border twice."""
    for metres, share in ((-2.0, 1.0), (100.0, 0.0)):
        ring = np.asarray(COMMUNE.buffer(metres).exterior.coords)
        found = next(c for c in detective.suspects(ring, OUTLINE) if c.crs == "EPSG:9213")
        assert found.overlap_share == pytest.approx(share, abs=0.01)
        assert found.border_share == pytest.approx(share, abs=0.01)
