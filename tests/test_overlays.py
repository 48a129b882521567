"""Shares of lots in communes: a world of rectangles.

0   100  200
+----+----+      two communes A (west) and B (east), 100 m wide and high
| A  | B  |
+----+----+
"""

import geopandas as gpd
import numpy as np
import pytest
from shapely import box

from geoplan import areas, overlays
from geoplan.errors import InputError

X, Y = 500_000.0, 2_455_000.0  # on the central meridian, where the area scale is 0.9999 squared


def frame(*boxes: tuple[float, float, float, float]) -> gpd.GeoDataFrame:
    shapes = [box(X + w, Y + s, X + e, Y + n) for w, s, e, n in boxes]
    return gpd.GeoDataFrame(geometry=shapes, crs="EPSG:9213")


COMMUNES = frame((0, 0, 100, 100), (100, 0, 200, 100))


def test_inside_across_outside() -> None:
    lots = frame((10, 10, 50, 50), (75, 0, 125, 40), (50, 50, 150, 150), (300, 0, 340, 40))
    found = overlays.shares(lots, COMMUNES)
    assert found[["left", "right"]].to_numpy().tolist() == [[0, 0], [1, 0], [1, 1], [2, 0], [2, 1]]
    np.testing.assert_allclose(found["share"], [1, 0.5, 0.5, 0.25, 0.25], rtol=1e-6)
    np.testing.assert_allclose(found["ha"], np.array([0.16, 0.1, 0.1, 0.25, 0.25]) / 0.9999**2, rtol=1e-5)


def test_pieces_add_up_to_the_lot() -> None:
    lots = frame((75, 0, 125, 40), (0, 0, 200, 100))
    sums = overlays.shares(lots, COMMUNES).groupby("left")["ha"].sum()
    np.testing.assert_allclose(sums, areas.hectares(lots), rtol=1e-9)


def test_a_shared_edge_is_no_overlap() -> None:
    assert overlays.shares(frame((100, 0, 150, 50)), COMMUNES)["right"].tolist() == [1]
    assert overlays.self_overlaps(COMMUNES).empty


def test_self_overlaps_name_the_pair_and_the_share_of_the_smaller() -> None:
    found = overlays.self_overlaps(frame((0, 0, 100, 100), (90, 0, 110, 50), (500, 0, 600, 100)))
    assert found[["left", "right"]].to_numpy().tolist() == [[0, 1]]
    assert found["share"][0] == pytest.approx(0.5, rel=1e-6)


def test_two_crss_are_refused() -> None:
    with pytest.raises(InputError, match=r"overlays\.crs_differ"):
        overlays.shares(COMMUNES, COMMUNES.set_crs("EPSG:3405", allow_override=True))


def test_inputs_stay() -> None:
    lots, before = frame((10, 10, 50, 50)), frame((10, 10, 50, 50))
    overlays.shares(lots, COMMUNES)
    assert lots.equals(before)
