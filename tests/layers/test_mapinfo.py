"""MapInfo tables, and the datum that GDAL writes wrongly into them."""

from pathlib import Path

import numpy as np
import pytest

from tests.layers.conftest import World, lots


def table(world: World) -> Path:
    path = world.root / "rung.tab"
    lots(diadanh=["Ban A"] * 4).to_file(path, driver="MapInfo File")
    return path


def test_vn2000_from_mapinfo(world: World) -> None:
    path = table(world)
    layer = world.read("forest_lots", path, crs="EPSG:9213")
    assert np.allclose(layer.frame["geom_ha"], 1.0, rtol=3e-4)
    assert np.allclose(layer.frame.total_bounds, lots().total_bounds, atol=0.02)
    assert layer.frame["lot_id"].tolist() == ["1", "2", "3", "4"]
    assert {p.key for p in layer.warnings} <= {"layer.crs_datum_declared"}


def test_a_tm3_grid_on_wgs84_is_refused_without_a_word(world: World) -> None:
    path = table(world)
    text = path.read_bytes()
    assert b"NATIVE" in text
    keys = [p.key for p in world.refused("forest_lots", path).problems]
    assert keys == ["layer.crs_datum_doubtful"]


@pytest.mark.parametrize("part", [".dat", ".map", ".id"])
def test_missing_parts(world: World, part: str) -> None:
    path = table(world)
    path.with_suffix(part).unlink()
    assert world.refused("forest_lots", path, crs="EPSG:9213").key == "layer.tab_part_missing"


def test_tables_that_point_elsewhere(world: World) -> None:
    path = table(world)
    path.write_bytes(b'!table\n!version 300\nDefinition Table\n  File "/etc/passwd"\n  Type ODBC\n')
    assert world.refused("forest_lots", path).key == "layer.not_the_format"


@pytest.mark.parametrize(("part", "key"), [(".dat", "layer.dbf_cut"), (".id", "layer.shp_counts")])
def test_cut_parts(world: World, part: str, key: str) -> None:
    path = table(world).with_suffix(part)
    path.write_bytes(path.read_bytes()[:-4])
    assert world.refused("forest_lots", path.with_suffix(".tab"), crs="EPSG:9213").key == key
