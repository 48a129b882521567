"""Hectares against geodesics (Karney's algorithm in pyproj) and against sums that can be done by hand."""

import geopandas as gpd
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import CRS, Geod
from shapely import GeometryCollection, MultiPolygon, Point, Polygon, box
from shapely.affinity import rotate

from geoplan import areas, crs
from geoplan.errors import InputError

GEOD = Geod(ellps="WGS84")
INPUT_CRSS = ["EPSG:4326", "EPSG:4756", "EPSG:9213", "EPSG:3405", "EPSG:32648", "EPSG:3857", "EPSG:5897"]


def geodesic_ha(polygon: Polygon) -> float:
    return abs(GEOD.geometry_area_perimeter(polygon)[0]) / 10_000


def in_crs(polygon: Polygon, name: str) -> gpd.GeoSeries:
    series = gpd.GeoDataFrame(geometry=[polygon], crs="EPSG:4756")
    return crs.to_crs(series, CRS.from_user_input(name))[0].geometry


@pytest.mark.parametrize("name", INPUT_CRSS)
@pytest.mark.parametrize("degrees", [0.002, 0.01, 0.1])
def test_same_hectares_in_every_crs(name: str, degrees: float) -> None:
    lot = rotate(box(105.7, 22.3, 105.7 + degrees, 22.3 + 0.7 * degrees), 31)
    assert areas.hectares(in_crs(lot, name))[0] == pytest.approx(geodesic_ha(lot), rel=1e-4)


def test_a_lot_to_one_millionth() -> None:
    lot = rotate(box(105.7, 22.3, 105.702, 22.3015), 12)
    assert areas.hectares(in_crs(lot, "EPSG:9213"))[0] == pytest.approx(geodesic_ha(lot), rel=1e-6)


def test_holes_parts_and_winding() -> None:
    shell = box(500_000, 2_450_000, 500_100, 2_450_100)  # one planar hectare; k = 0.9999 makes it 1.0002 on the ground
    hole = box(500_040, 2_450_040, 500_060, 2_450_060)
    holed = Polygon(shell.exterior.coords[::-1], [hole.exterior.coords])
    series = gpd.GeoSeries(
        [shell, holed, MultiPolygon([shell, box(500_200, 2_450_000, 500_300, 2_450_100)]), Point(5e5, 2.45e6), Polygon(), None,
         GeometryCollection([Point(5e5, 2.45e6), shell])],
        crs="EPSG:9213",
    )  # fmt: skip
    one = 1 / 0.9999**2
    expected = [one, 0.96 * one, 2 * one, 0, 0, 0, one]
    np.testing.assert_allclose(areas.hectares(series), expected, rtol=1e-6)


def test_no_crs_is_refused() -> None:
    with pytest.raises(InputError, match=r"crs\.missing"):
        areas.hectares(gpd.GeoSeries([box(0, 0, 1, 1)]))


@given(st.floats(0.05, 0.95), st.floats(-80, 80))
def test_cutting_loses_nothing(where: float, angle: float) -> None:
    lot = rotate(box(430_000, 2_455_000, 430_500, 2_455_300), angle)
    west, south, east, north = lot.bounds
    cut = west + where * (east - west)
    parts = [lot.intersection(box(west, south, cut, north)), lot.intersection(box(cut, south, east, north))]
    whole, left, right = areas.hectares(gpd.GeoSeries([lot, *parts], crs="EPSG:9213"))
    assert left + right == pytest.approx(
        whole, rel=1e-5
    )  # a cut adds vertices, and edges straight in TM-3 are not quite so on the sphere
