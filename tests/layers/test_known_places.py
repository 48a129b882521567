"""Communes that lie where no commune of their code lies: a wrong meridian in the one layer that judges all others."""

import geopandas as gpd
import numpy as np
import pytest
import shapely

from geoplan import codes, crs
from geoplan.layers import known_places
from tests.layers.conftest import World, communes, square

CAO_MINH = (105.59, 22.37)


def commune(code: str, lon: float, lat: float, size: float = 6000.0) -> gpd.GeoDataFrame:
    """A square of `size` metres around a place, in VN-2000 / TM-3 106-30."""
    x, y = (float(v) for v in crs.transform(lon, lat, crs.parse("EPSG:4326"), crs.parse("EPSG:9213")))
    shape = shapely.box(x - size / 2, y - size / 2, x + size / 2, y + size / 2)
    return gpd.GeoDataFrame({"unit_code": [code], "name": ["Xã"]}, geometry=gpd.GeoSeries([shape], crs="EPSG:9213"))


def middle(code: str) -> tuple[float, float]:
    row = next(r for r in codes.table("communes_2025") if r["unit_code"] == code)
    return float(row["lon"]), float(row["lat"])


def keys(world: World, frame: gpd.GeoDataFrame) -> list[str]:
    return [p.key for p in world.read("communes", world.write(frame)).warnings]


@pytest.mark.parametrize("code", ["01879", "02026", "01981", "01849"])
def test_a_commune_in_its_place_passes_without_a_word(world: World, code: str) -> None:
    assert keys(world, commune(code, *middle(code))) == []


@pytest.mark.parametrize("said", ["EPSG:9212", "EPSG:9211", "EPSG:5897", "EPSG:9214", "EPSG:5899"])
def test_a_wrong_meridian_is_told_with_the_right_one(world: World, said: str) -> None:
    frame = commune("01879", *middle("01879")).set_crs(said, allow_override=True)
    told = world.read("communes", world.write(frame)).warnings
    assert [p.key for p in told] == ["layer.commune_elsewhere"]
    assert told[0].feature_ids == ("01879",)
    assert told[0].facts["crs"] == said
    assert "EPSG:9213" in str(told[0].facts["candidates"])
    shift = abs(crs.grids.grid_of(crs.parse(said)).meridian - 106.5) * 111.32 * np.cos(np.radians(22.4))  # type: ignore[union-attr]
    assert told[0].facts["distance_km"] == pytest.approx(shift - 3.0, abs=1.5)


def test_an_old_commune_of_the_same_code_is_not_far(world: World) -> None:
    lon, lat = middle("01879")
    assert keys(world, commune("01879", lon + 0.08, lat)) == []  # 8 km
    assert keys(world, commune("01879", lon + 0.14, lat)) == ["layer.commune_elsewhere"]  # 14 km, its edge 11 km


def test_codes_that_nobody_knows_say_nothing(world: World) -> None:
    frame = gpd.GeoDataFrame(
        {"unit_code": ["00001"], "name": ["A"]}, geometry=gpd.GeoSeries([square(0, 0)], crs="EPSG:9213")
    )
    assert keys(world, frame) == []


def test_the_table_lists_every_commune_once() -> None:
    rows = codes.table("communes_2025")
    assert len(rows) == 92
    assert len({r["unit_code"] for r in rows}) == 92
    west, south, east, north = crs.PROVINCE
    assert all(west < float(r["lon"]) < east and south < float(r["lat"]) < north for r in rows)
    assert known_places.FAR_KM < 26


def test_the_name_of_another_commune_is_told(world: World) -> None:
    frame = communes().assign(name=["Xã Nam Cường", "Cao Minh"])
    told = [p for p in world.read("communes", world.write(frame)).warnings if p.key == "layer.commune_of_another"]
    assert told[0].feature_ids == ("01879", "02026")
    assert "01879 = Cao Minh ≠ Xã Nam Cường" in str(told[0].facts["pairs"])


@pytest.mark.parametrize("name", ["Cao Minh", "xã CAO MINH", "Tên khác"])
def test_its_own_name_and_an_unknown_one_pass(world: World, name: str) -> None:
    frame = communes().assign(name=[name, "Nam Cường"])
    assert "layer.commune_of_another" not in keys(world, frame)
