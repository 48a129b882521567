"""Every system that a file may legally be in gives the same ground: the control point and the area."""

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import CRS
from shapely.geometry import box

from geoplan import areas, crs
from geoplan.errors import InputError
from geoplan.layers import checks_ground

WGS84, TM3 = crs.parse("EPSG:4326"), crs.parse("EPSG:9213")
CONTROL_LONLAT, CONTROL_XY = (105.85, 22.2), (432784.556, 2455954.286)
GRID = "+proj=tmerc +lat_0=0 +lon_0=106.5 +k=0.9999 +x_0=500000 +y_0=0 +ellps=WGS84 "
SHIFT = "+towgs84=-191.90441429,-39.30318279,-111.45032835,0.00928836,-0.01975479,0.00427372,0.252906278 "
FLIPPED = "+towgs84=-191.90441429,-39.30318279,-111.45032835,-0.00928836,0.01975479,-0.00427372,0.252906278 "


def wkt(
    *,
    name: str = "grid",
    base: str = "VN-2000",
    datum: str = "Vietnam_2000",
    shift: str = "",
    meridian: str = 'PRIMEM["Greenwich",0]',
    unit: str = 'UNIT["degree",0.0174532925199433]',
    centre: float = 106.5,
    scale: float = 0.9999,
) -> str:
    """WKT 1 of a grid as offices' programs write it."""
    return (
        f'PROJCS["{name}",GEOGCS["{base}",DATUM["{datum}",SPHEROID["WGS 84",6378137,298.257223563]{shift}],{meridian},'
        f'{unit}],PROJECTION["Transverse_Mercator"],PARAMETER["latitude_of_origin",0],'
        f'PARAMETER["central_meridian",{centre}],PARAMETER["scale_factor",{scale}],'
        'PARAMETER["false_easting",500000],PARAMETER["false_northing",0],UNIT["metre",1]]'
    )


MAPINFO = "MIF 9999,28,-191.90441429,-39.30318279,-111.45032835,-0.00928836,0.01975479,-0.00427372,0.252906278,0"
TOWGS84 = ",TOWGS84[-191.90441429,-39.30318279,-111.45032835,0.00928836,-0.01975479,0.00427372,0.252906278]"
ROUNDED = ",TOWGS84[-191.9044,-39.3032,-111.4503,0.00929,-0.01975,0.00427,0.2529]"
ON_VN2000 = {
    "epsg": "EPSG:9213",
    "urn, northing first": "urn:ogc:def:crs:EPSG::9213",
    "arcgis": CRS.from_epsg(9213).to_wkt("WKT1_ESRI"),
    "arcgis datum": wkt(name="VN_2000_TM_3_106_30", base="GCS_VN_2000", datum="D_Vietnam_2000"),
    "qgis": wkt(shift=TOWGS84),
    "mapinfo": wkt(base="unnamed", datum=MAPINFO, shift=TOWGS84),
    "rounded": wkt(base="unnamed", datum="MIF 9999", shift=ROUNDED),
    "proj": GRID + SHIFT + "+units=m",
    "with heights": "EPSG:9213+5773",
    "axes north, east": GRID + SHIFT + "+axis=neu",
}
OTHERS = [
    "EPSG:4326", "EPSG:4756", "EPSG:4979", "EPSG:3405", "EPSG:3406", "EPSG:32648", "EPSG:3857", "OGC:CRS84",
    "urn:ogc:def:crs:EPSG::4326", "EPSG:32648+5773", "ESRI:102100", *crs.grids.TM3.values(),
    GRID + SHIFT + "+units=us-ft", GRID + SHIFT + "+to_meter=1000", GRID + FLIPPED,
]  # fmt: skip


@pytest.mark.parametrize("text", ON_VN2000.values(), ids=ON_VN2000)
def test_the_control_point_in_every_spelling(text: str) -> None:
    system = crs.parse(text)
    assert crs.family(system) == "vn2000"
    x, y = crs.transform(*CONTROL_LONLAT, WGS84, system)
    assert (float(x), float(y)) == pytest.approx(CONTROL_XY, abs=1e-3)
    assert crs.transform(x, y, system, WGS84) == pytest.approx(CONTROL_LONLAT, abs=1e-8)
    assert crs.operation(WGS84, system) == "EPSG:6960"


SYSTEMS = st.sampled_from([*ON_VN2000.values(), *OTHERS])


@settings(max_examples=60, deadline=None)
@given(text=SYSTEMS, west=st.floats(105.45, 106.2), south=st.floats(21.35, 22.7), size_m=st.floats(50, 5000))
def test_the_same_ground_has_the_same_area_in_every_system(text: str, west: float, south: float, size_m: float) -> None:
    """A square of VN-2000, written in any system and read back, keeps its geodesic hectares to 0.01 %."""
    x, y = (float(v) for v in crs.transform(west, south, crs.parse("EPSG:4756"), TM3))
    square = np.array([box(x, y, x + size_m, y + size_m)], dtype=object)
    wanted = areas.of(square, TM3)[0]
    system = crs.parse(text)
    written = crs.geometries(square, TM3, system)
    found, said = checks_ground.agreed(system, None, None, tuple(shapely.total_bounds(written).tolist()), "f")
    assert found is not None, [p.key for p in said.errors]
    moved, _ = crs.to_crs(gpd.GeoDataFrame(geometry=written, crs=found), TM3)
    assert areas.hectares(moved)[0] == pytest.approx(wanted, rel=1e-4)
    assert shapely.get_coordinates(moved.geometry.iloc[0]) == pytest.approx(
        shapely.get_coordinates(square[0]), abs=2e-3
    )


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ('LOCAL_CS["drawing",UNIT["metre",1]]', "layer.crs_local"),
        ("EPSG:4978", "layer.crs_local"),  # geocentric
        ("EPSG:5773", "layer.crs_local"),  # heights alone
        (wkt(shift=",TOWGS84[0,0,0,0,0,0,0]"), "layer.crs_datum_unknown"),
        (wkt(base="WGS 84", datum="WGS_1984"), "layer.crs_datum_doubtful"),
        (wkt(name="VN2000_UTM_48N", base="WGS 84", datum="WGS_1984", centre=105, scale=0.9996), "layer.crs_name_contradicts"),
        (wkt(name="WGS 84 / UTM zone 48N", centre=105, scale=0.9996), "layer.crs_name_contradicts"),
    ],
)  # fmt: skip
def test_systems_that_cannot_be_believed_are_refused(text: str, key: str) -> None:
    found, said = checks_ground.agreed(crs.parse(text), None, None, (430_000, 2_455_000, 431_000, 2_456_000), "f")
    assert found is None
    assert [p.key for p in said.errors] == [key]


@pytest.mark.parametrize(
    ("text", "key"),
    [
        (wkt(meridian='PRIMEM["Paris",2.33722917]'), "crs.no_operation"),
        (wkt(unit='UNIT["grad",0.015707963267949]'), "crs.not_degrees"),
        ("+proj=longlat +datum=WGS84 +pm=paris", "crs.no_operation"),
        ("+proj=ob_tran +o_proj=longlat +o_lat_p=40 +o_lon_p=10 +lon_0=40 +datum=WGS84", "crs.not_on_earth"),
    ],
)
def test_meridians_units_and_poles_of_their_own_are_refused(text: str, key: str) -> None:
    for ask in (
        lambda: crs.transform(1.0, 1.0, crs.parse(text), TM3),
        lambda: crs.transform(1.0, 1.0, WGS84, crs.parse(text)),
    ):
        with pytest.raises(InputError, match=key.replace(".", r"\.")):
            ask()


@pytest.mark.parametrize(
    ("text", "family", "metres"),
    [
        (GRID + FLIPPED, "other", 0.78),
        (GRID + "+towgs84=-191.90441429,-39.30318279,-111.45032835", "other", 0.39),
        (GRID.replace("WGS84", "krass") + SHIFT, "other", 41.9),
        (GRID.replace("WGS84", "krass") + "+towgs84=0,0,0", "other", 206.0),
    ],
)
def test_other_parameters_are_followed_and_not_taken_for_the_decree(text: str, family: str, metres: float) -> None:
    system = crs.parse(text)
    x, y = crs.transform(430_000.0, 2_455_000.0, TM3, system)
    assert crs.family(system) == family
    assert float(np.hypot(x - 430_000.0, y - 2_455_000.0)) == pytest.approx(metres, rel=0.02)
    assert crs.operation(system, TM3).endswith("+ EPSG:6960")


def test_flipped_rotations_are_told_by_their_name() -> None:
    _, said = checks_ground.agreed(crs.parse(GRID + FLIPPED), None, None, (430_000, 2_455_000, 431_000, 2_456_000), "f")
    assert [p.key for p in said.warnings] == ["layer.crs_rotation_sign"]


def test_written_out_the_shift_is_the_decree() -> None:
    for text in ("EPSG:9213", "EPSG:4756", "EPSG:3405"):
        out = crs.shift.bound(crs.parse(text))
        assert crs.family(out) == "vn2000"
        assert crs.shift.of(out) == pytest.approx(crs.shift.TOWGS84)
    grid = crs.grids.grid_of(TM3)
    assert grid is not None
    again = crs.parse(crs.grids.written(grid, "vn2000"))
    assert crs.transform(*CONTROL_LONLAT, WGS84, again) == pytest.approx(CONTROL_XY, abs=1e-3)


def test_grids_are_called_as_people_call_them() -> None:
    assert crs.grids.label(TM3) == "VN-2000 / TM-3 106°30'"
    assert crs.grids.label(crs.parse("EPSG:5897")) == "VN-2000 / TM-3 105°00'"
    assert crs.grids.label(crs.parse("EPSG:32648")) == "WGS 84 / UTM zone 48N"
    assert crs.name(crs.parse(GRID + "+datum=WGS84")) == "TM 106.5 k=0.9999 (WGS 84)"


def test_a_datum_called_unknown_has_no_code() -> None:
    bare = crs.parse(wkt(base="GCS_Unknown", datum="D_unknown"))
    assert crs.family(bare) == "unknown"
    assert crs.name(bare) != "EPSG:9213"


def test_heights_are_left_aside() -> None:
    for text in ("EPSG:9213+5773", "EPSG:4979", "EPSG:32648+5773"):
        flat = crs.horizontal(crs.parse(text))
        assert len(flat.axis_info) == 2
        assert crs.code(crs.parse(text)) == crs.code(flat) != ""
        assert crs.same(crs.parse(text), flat)
