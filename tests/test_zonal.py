"""Exact pixel shares on a 4 x 4 grid of 10 m pixels.

1 1 2 2
1 1 2 2      classes; 9 is not seen
1 1 9 9
1 1 9 9
"""

import geopandas as gpd
import numpy as np
import pytest
from affine import Affine
from pyproj import CRS
from shapely import box
from shapely.affinity import rotate

from geoplan import areas, zonal
from geoplan.errors import InputError

CRS_ = CRS.from_epsg(9213)
X, Y = 500_000.0, 2_455_040.0
GRID = Affine(10, 0, X, 0, -10, Y)
VALUES = np.ma.masked_equal([[1, 1, 2, 2], [1, 1, 2, 2], [1, 1, 9, 9], [1, 1, 9, 9]], 9)
ONE = 0.01 / 0.9999**2
"""Hectares of a pixel on the central meridian."""


def zones(*shapes: object) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(geometry=list(shapes), crs=CRS_)


def test_shares_of_pixels_by_hand() -> None:
    whole, middle = box(X, Y - 40, X + 40, Y), box(X + 15, Y - 25, X + 25, Y - 5)
    found = zonal.class_hectares(VALUES, GRID, CRS_, zones(whole, middle))
    assert found[["zone", "value"]].to_numpy().tolist() == [[0, 1], [0, 2], [1, 1], [1, 2]]
    np.testing.assert_allclose(found["ha"] / ONE, [8, 4, 1.0, 0.75], rtol=1e-5)


def test_a_zone_outside_has_no_row() -> None:
    assert zonal.class_hectares(VALUES, GRID, CRS_, zones(box(X + 900, Y, X + 910, Y + 10))).empty


def test_sum_over_classes_is_the_geodesic_area() -> None:
    zone = rotate(box(X + 100, Y - 400, X + 300, Y - 150), 27)
    values = np.ma.masked_array(np.random.default_rng(1).integers(1, 5, (60, 60)))
    found = zonal.class_hectares(values, GRID, CRS_, zones(zone))
    assert found["ha"].sum() == pytest.approx(areas.hectares(zones(zone))[0], rel=1e-6)


def test_degrees_are_pixels_too() -> None:
    grid = Affine(0.0001, 0, 105.7, 0, -0.0001, 22.3)
    zone = gpd.GeoDataFrame(geometry=[box(105.7005, 22.2955, 105.7045, 22.2985)], crs="EPSG:4326")
    found = zonal.class_hectares(np.ma.ones((60, 60), dtype=int), grid, CRS.from_epsg(4326), zone)
    assert found["ha"].sum() == pytest.approx(areas.hectares(zone)[0], rel=1e-6)


def test_two_crss_are_refused() -> None:
    with pytest.raises(InputError, match=r"zonal\.crs_differ"):
        zonal.class_hectares(VALUES, GRID, CRS.from_epsg(3405), zones(box(X, Y, X + 1, Y + 1)))
