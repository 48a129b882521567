"""VN-2000: the control point, the pinned shift in every disguise, and what is refused."""

import geopandas as gpd
import pytest
from pyproj import CRS, Transformer
from shapely import Point, box

from geoplan import crs
from geoplan.crs import systems
from geoplan.errors import InputError

WGS84, TM3 = CRS.from_epsg(4326), CRS.from_epsg(9213)
CONTROL_LONLAT, CONTROL_XY = (105.85, 22.2), (432784.556, 2455954.286)
BOUND = "+proj=tmerc +lat_0=0 +lon_0=106.5 +k=0.9999 +x_0=500000 +y_0=0 +ellps=WGS84 +units=m +towgs84="
RIGHT = "-191.90441429,-39.30318279,-111.45032835,0.00928836,-0.01975479,0.00427372,0.252906278"
FLIPPED = "-191.90441429,-39.30318279,-111.45032835,-0.00928836,0.01975479,-0.00427372,0.252906278"
ESRI = (
    'PROJCS["VN_2000_TM_3_106_30",GEOGCS["GCS_VN_2000",DATUM["D_Vietnam_2000",SPHEROID["WGS_1984",6378137.0,298.257223563]],'
    'PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]],PROJECTION["Transverse_Mercator"],'
    'PARAMETER["False_Easting",500000.0],PARAMETER["False_Northing",0.0],PARAMETER["Central_Meridian",106.5],'
    'PARAMETER["Scale_Factor",0.9999],PARAMETER["Latitude_Of_Origin",0.0],UNIT["Meter",1.0]]'
)


@pytest.mark.parametrize("spelling", ["EPSG:9213", ESRI, BOUND + RIGHT])
def test_control_point_to_one_millimetre(spelling: str) -> None:
    x, y = crs.transform(*CONTROL_LONLAT, WGS84, crs.parse(spelling))
    assert (float(x), float(y)) == pytest.approx(CONTROL_XY, abs=1e-3)
    back = crs.transform(x, y, crs.parse(spelling), WGS84)
    assert (float(back[0]), float(back[1])) == pytest.approx(
        CONTROL_LONLAT, abs=1e-8
    )  # under 1 mm: the inverse drops the height


def test_the_shift_is_never_left_out() -> None:
    bare = crs.transform(*CONTROL_LONLAT, CRS.from_epsg(4756), TM3)
    shifted = crs.transform(*CONTROL_LONLAT, WGS84, TM3)
    assert Point(*bare).distance(Point(*shifted)) == pytest.approx(223, abs=1)
    assert crs.operation(WGS84, TM3) == "EPSG:6960"
    assert crs.operation(TM3, CRS.from_epsg(3405)) == "none"


def test_flipped_rotations_are_not_vn2000() -> None:
    assert crs.family(crs.parse(BOUND + RIGHT)) == "vn2000"
    assert crs.family(crs.parse(BOUND + FLIPPED)) == "other"


def test_an_unknown_datum_is_not_taken_for_one() -> None:
    assert crs.family(crs.parse("+proj=tmerc +lon_0=106.5 +k=0.9999 +x_0=500000 +ellps=krass +units=m")) == "other"


def test_frame_without_crs_is_refused() -> None:
    with pytest.raises(InputError, match=r"crs\.missing"):
        crs.to_crs(gpd.GeoDataFrame(geometry=[Point(0, 0)]), TM3)


def test_nonsense_is_refused() -> None:
    with pytest.raises(InputError, match=r"crs\.unknown"):
        crs.parse("EPSG:999999")


ASKING = [
    "+proj=longlat +ellps=WGS84 +nadgrids=/etc/hosts",
    "+proj=tmerc +lon_0=106.5 +ellps=WGS84 +geoidgrids=https://127.0.0.1:9/x.tif",
    "+init=epsg:9213",
    "init=/etc/hosts:9213",
    "+proj=pipeline +step +proj=unitconvert +xy_in=deg +xy_out=rad",
    "@file",
    "/etc/hosts",
    "..\\he.prj",
    "C:/he.prj",
    " https://spatialreference.org/ref/epsg/9213/",
    "+proj=defmodel +model=x",
    "+proj=longlat +ellps=WGS84 +nadgrids=@null,/etc/hosts",
]


@pytest.mark.parametrize("text", ASKING)
def test_a_crs_that_needs_a_file_or_an_address_is_refused_unopened(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crs.systems, "CRS", None)  # nothing reaches PROJ
    with pytest.raises(InputError, match=r"crs\.names_files"):
        crs.parse(text)


@pytest.mark.parametrize("text", ["x" * 100_000, "EPSG:9213\0", "\0", "PROJCS[" * 3_000, "EPSG:" + "9" * 5_000])
def test_long_and_broken_texts_are_nonsense(text: str) -> None:
    with pytest.raises(InputError, match=r"crs\.unknown"):
        crs.parse(text)


@pytest.mark.parametrize(
    "text", ["9213", " EPSG:9213 ", "http://www.opengis.net/def/crs/EPSG/0/9213", "urn:ogc:def:crs:EPSG::9213"]
)
def test_other_spellings_of_a_code_are_that_code(text: str) -> None:
    assert crs.code(crs.parse(text)) == "EPSG:9213"


def test_web_mercator_with_its_null_grid_is_no_file() -> None:
    text = "+proj=merc +a=6378137 +b=6378137 +nadgrids=@null +units=m +type=crs"
    assert not crs.names_files(crs.parse(text))


def test_no_file_that_a_crs_names_is_opened() -> None:
    esri = 'GEOGCS["a",DATUM["b",SPHEROID["WGS 84",6378137,298.257223563],EXTENSION["PROJ4_GRIDS","/nowhere/x.gsb"]]'
    odd = CRS.from_wkt(esri + ',PRIMEM["Greenwich",0],UNIT["Degree",0.0174532925199433]]')
    for step in (lambda: crs.transform(105.0, 22.0, odd, TM3), lambda: crs.operation(odd, TM3)):
        with pytest.raises(InputError, match=r"crs\.names_files"):
            step()


def test_distortion_of_area() -> None:
    communes = (394_000.0, 2_440_000.0, 445_000.0, 2_480_000.0)
    assert crs.distortion(TM3, communes) < 0.0003
    mercator = crs.geometries(box(*communes), TM3, CRS.from_epsg(3857)).bounds
    assert crs.distortion(CRS.from_epsg(3857), mercator) > 0.1
    assert crs.distortion(WGS84, (105, 22, 106, 23)) == float("inf")


def test_candidates_name_the_true_zone_first() -> None:
    wanted = (105.6, 22.3, 105.8, 22.5)
    raw = crs.geometries(box(*wanted), WGS84, CRS.from_epsg(3405)).bounds
    found = crs.candidates(raw, wanted)
    assert [found[0].crs, round(found[0].distance_km, 1)] == ["EPSG:3405", 0.0]
    assert "EPSG:9213" not in [c.crs for c in found]


NO_DATUM = [
    "+proj=longlat +ellps=WGS84",
    "+proj=utm +zone=48 +ellps=WGS84 +units=m",
    "+proj=tmerc +lat_0=0 +lon_0=106.5 +k=0.9999 +x_0=500000 +y_0=0 +ellps=WGS84 +units=m",
    "EPSG:4030",
    ESRI.replace("D_Vietnam_2000", "D_Unknown_based_on_WGS84_ellipsoid").replace("GCS_VN_2000", "GCS_Unknown"),
]


@pytest.mark.parametrize("text", NO_DATUM)
def test_a_crs_without_datum_is_neither_vn2000_nor_wgs84(text: str) -> None:
    bare = crs.parse(text)
    assert crs.family(bare) == "unknown"
    for known in ("EPSG:9213", "EPSG:4756", "EPSG:4326", "EPSG:32648", "EPSG:3405"):
        assert not crs.same(bare, crs.parse(known))
        assert crs.name(bare) != known
        for ask in (crs.operation, lambda a, b: crs.transform(105.85, 22.2, a, b)):
            with pytest.raises(InputError, match=r"crs\.datum_unknown"):
                ask(bare, crs.parse(known))
            with pytest.raises(InputError, match=r"crs\.datum_unknown"):
                ask(crs.parse(known), bare)
    assert crs.same(bare, crs.parse(text))
    assert crs.operation(bare, crs.lonlat(bare)) == "none"
    x, y = crs.transform(105.85, 22.2, crs.lonlat(bare), bare)
    assert crs.transform(x, y, bare, crs.lonlat(bare)) == pytest.approx(CONTROL_LONLAT, abs=1e-9)


def test_vn2000_by_name_and_wgs84_by_towgs84_contradict_each_other() -> None:
    spheroid = 'SPHEROID["WGS_1984",6378137.0,298.257223563]'
    assert crs.family(crs.parse(ESRI.replace(spheroid, spheroid + ",TOWGS84[0,0,0,0,0,0,0]"))) == "unknown"
    assert crs.family(crs.parse(ESRI.replace("298.257223563", "298.3").replace("6378137.0", "6378245.0"))) == "other"


@pytest.mark.parametrize("known", [9213, 3405, 4756, 32648, 4326, 3148, 28418])
def test_files_of_a_known_system_keep_its_name(known: int) -> None:
    read = crs.parse(CRS.from_epsg(known).to_wkt("WKT1_ESRI"))
    assert crs.name(read) == f"EPSG:{known}"
    assert crs.same(read, CRS.from_epsg(known))
    assert crs.operation(read, CRS.from_epsg(known)) == "none"


@pytest.mark.parametrize("known", [9213, 3405, 4756, 32648, 4326, 3148, 28418, 4147, 2044])
@pytest.mark.parametrize("first", [0, 1])
def test_equal_systems_have_one_name_whichever_is_asked_first(known: int, first: int) -> None:
    """The names are kept: the first of two equal CRSs that was asked must not decide for the other."""
    read = CRS.from_wkt(CRS.from_epsg(known).to_wkt("WKT1_ESRI"))
    forms = [read, CRS.from_wkt(read.to_wkt())]
    assert forms[0] == forms[1]
    systems._code.cache_clear()
    assert crs.name(forms[first]) == f"EPSG:{known}"
    assert crs.name(forms[1 - first]) == f"EPSG:{known}"


def test_what_moves_nothing_is_called_none() -> None:
    """`same`, `operation` and `transform` agree for every pair of systems that a file may have."""
    texts = ["EPSG:9213", ESRI, BOUND + RIGHT, "EPSG:4326", "EPSG:32648", "EPSG:3405", "EPSG:4756"]
    for a in map(crs.parse, texts):
        for b in map(crs.parse, texts):
            moved = crs.operation(crs.lonlat(a) if not a.is_bound else a, crs.lonlat(b) if not b.is_bound else b)
            assert (moved == "none") == (crs.family(a) == crs.family(b))
            if crs.same(a, b):
                assert crs.operation(a, b) == "none"
                assert crs.transform(430_000.0, 2_455_000.0, a, b) == (430_000.0, 2_455_000.0)


@pytest.mark.parametrize("text", [BOUND + RIGHT, BOUND + FLIPPED, BOUND + "0,0,0,0,0,0,0", ESRI, *NO_DATUM])
def test_longitude_and_latitude_of_any_datum_are_its_own(text: str) -> None:
    """What areas and distortion are measured by: no shift, and never a refusal."""
    grid = crs.parse(text)
    x, y = crs.transform(105.85, 22.2, crs.lonlat(grid), grid)
    bare = grid.source_crs if grid.is_bound else grid
    wanted = Transformer.from_crs(bare.geodetic_crs, bare, always_xy=True).transform(105.85, 22.2)
    assert (float(x), float(y)) == pytest.approx(wanted, abs=1e-6)
    assert crs.transform(x, y, grid, crs.lonlat(grid)) == pytest.approx((105.85, 22.2), abs=1e-9)
    assert crs.operation(grid, crs.lonlat(grid)) == "none" or crs.family(grid) == "other"
