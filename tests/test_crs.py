"""VN-2000: the control point, the pinned shift in every disguise, and what is refused."""

import geopandas as gpd
import pytest
from pyproj import CRS
from shapely import Point, box

from geoplan import crs
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
