"""Columns of area as offices name them: hectares, or square metres where nothing else is there."""

import pytest

from tests.layers.conftest import World, lots, square


@pytest.mark.parametrize("name", ["dtich_m2", "DT_M2", "dientich_m", "area_m2"])
def test_square_metres_are_read_where_no_hectares_are_there(world: World, name: str) -> None:
    frame = lots(2).drop(columns="dtich").assign(**{name: [10_000.0, 9_900.0]})
    layer = world.read("forest_lots", world.write(frame, "lots.shp"))
    assert list(layer.frame["dtich"]) == pytest.approx([1.0, 0.99])


def test_hectares_go_before_square_metres(world: World) -> None:
    frame = lots(2).drop(columns="dtich").assign(DT_m2=[10_000.0, 10_000.0], dt_ha=[0.98, 0.99])
    assert list(world.read("forest_lots", world.write(frame)).frame["dtich"]) == [0.98, 0.99]
    parcels = frame.assign(parcel_id=["1", "2"], land_code="LUC")
    assert list(world.read("parcels", world.write(parcels, "thua.gpkg")).frame["area_ha"]) == [0.98, 0.99]


def test_the_cure_of_another_unit_works(world: World) -> None:
    metres = lots(2, dtich=[10_000.0, 10_000.0], geometry=[square(0, 0), square(1, 0)])
    (problem,) = world.refused("forest_lots", world.write(metres)).problems
    assert problem.key == "layer.area_off"
    renamed = world.write(metres.rename(columns={"dtich": "dt_m2"}), "doi_ten.gpkg")
    assert list(world.read("forest_lots", renamed).frame["dtich"]) == [1.0, 1.0]
