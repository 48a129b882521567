"""A table sorted apart from its shapes: every sum agrees, and every lot has another's type of forest."""

import geopandas as gpd
import numpy as np
import pytest

from geoplan.layers.row_order import FEWEST, astray
from tests.layers.conftest import World, lots, square

KEYS = ["layer.rows_astray"]


def grounds(n: int, spread: float, seed: int = 1) -> np.ndarray:
    return np.exp(np.random.default_rng(seed).normal(0.0, spread, n))


def said(stated: np.ndarray, measured: np.ndarray) -> list[str]:
    return [p.key for p in astray("dtich", stated, measured, "r.shp")]


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("order", ["sorted", "shifted", "shuffled"])
def test_the_same_hectares_at_other_shapes(order: str, seed: int) -> None:
    measured = grounds(200, 0.9, seed)
    stated = {
        "sorted": np.sort(measured),
        "shifted": np.roll(measured, 1),
        "shuffled": np.random.default_rng(seed).permutation(measured),
    }[order]
    assert said(np.round(stated, 2), measured) == KEYS
    assert said(np.where(np.arange(200) % 9 == 0, np.nan, stated), measured) == KEYS


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("noise", [0.0, 0.05, 0.1, 0.2, 0.3])
@pytest.mark.parametrize("spread", [0.02, 0.3, 0.9, 1.4])
def test_careless_statements_are_no_other_order(spread: float, noise: float, seed: int) -> None:
    measured = grounds(60, spread, seed)
    assert said(measured * np.exp(np.random.default_rng(seed + 99).normal(0.0, noise, 60)), measured) == []
    assert said(np.round(measured, 1), measured) == []


def test_few_rows_and_rows_of_one_size_say_nothing() -> None:
    measured = grounds(FEWEST - 1, 0.9)
    assert said(measured[::-1], measured) == []
    assert said(np.full(50, 1.0), np.full(50, 1.001)) == []
    assert said(np.full(50, np.nan), grounds(50, 0.9)) == []


def side_by_side(n: int = 30) -> gpd.GeoDataFrame:
    """Lots of 0.25 to 4 ha, in no order of size."""
    sizes = [50.0 + 150.0 * ((7 * i) % n) / n for i in range(n)]
    frame = lots(n, geometry=[square(3 * i, 0, size) for i, size in enumerate(sizes)])
    return frame.assign(dtich=[size**2 / 10_000 for size in sizes])


def test_a_shapefile_whose_table_was_sorted_is_told(world: World) -> None:
    good = side_by_side()
    assert world.read("forest_lots", world.write(good, "rung.shp")).warnings == ()
    table = good.drop(columns="geometry").sort_values("dtich", ignore_index=True)
    bad = gpd.GeoDataFrame(table, geometry=good.geometry.to_numpy(), crs=good.crs)
    layer = world.read("forest_lots", world.write(bad, "sort.shp"))
    assert KEYS[0] in [p.key for p in layer.warnings]
