"""Good files come in right: names, kinds, hectares, CRS; whatever the format."""

import json
import sqlite3
import struct
from contextlib import closing
from datetime import date

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import MultiPoint, Point, Polygon

from geoplan import areas, crs, layers
from geoplan.layers import Layer, LayerSpec
from tests.layers.conftest import SOUTH, VN, WEST, World, communes, lots, square


def keys(layer: Layer) -> list[str]:
    return [p.key for p in layer.warnings]


def _drop_triggers(store: sqlite3.Connection) -> None:
    for name in [r[0] for r in store.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")]:
        store.execute(f'DROP TRIGGER "{name}"')


@pytest.mark.parametrize("name", ["lots.gpkg", "lots.shp", "lots.geojson"])
def test_lots_have_their_fields_kinds_and_hectares(world: World, name: str) -> None:
    layer = world.read("forest_lots", world.write(lots(), name))
    frame = layer.frame
    assert list(frame["lot_id"]) == ["1", "2", "3", "4"]
    assert list(frame["maxa"]) == ["01879"] * 4
    assert frame["ldlr"].dtype == object
    assert frame["namtr"].dtype == "Int64"
    assert frame["namtr"].isna().all()  # 0 stands for natural forest
    assert frame["dtich"].dtype == np.float64
    assert frame["churung"].isna().all()  # absent in the file, there in the frame
    assert frame["churung"].iloc[0] is None
    assert np.allclose(frame["geom_ha"], 1.0, rtol=3e-4)
    assert frame.crs == VN
    assert list(frame.index) == [0, 1, 2, 3]
    assert list(frame.columns)[-2:] == ["geom_ha", "geometry"]
    assert layer.source.rows == 4
    assert layer.source.path == name
    assert keys(layer) == []


def test_communes_and_dates(world: World) -> None:
    frame = communes().assign(valid_from=["01/07/2025", "2025-07-01"])
    read = world.read("communes", world.write(frame)).frame
    assert list(read["valid_from"]) == [date(2025, 7, 1)] * 2
    assert list(read["unit_code"]) == ["01879", "02026"]


def test_square_kilometres_by_their_name_even_when_chosen(world: World) -> None:
    frame = communes().rename(columns={"unit_code": "code", "area_official_ha": "areaKm2"}).assign(areaKm2=1.0)
    path = world.write(frame)
    assert list(world.read("communes", path).frame["area_official_ha"]) == [100.0, 100.0]
    chosen = world.read("communes", path, columns={"area_official_ha": "areaKm2"})
    assert list(chosen.frame["area_official_ha"]) == [100.0, 100.0]


@pytest.mark.parametrize("source", ["EPSG:4326", "EPSG:32648", "EPSG:9213", "EPSG:3405", "EPSG:3857", "EPSG:4756"])
def test_hectares_do_not_depend_on_the_crs_of_the_file(world: World, source: str) -> None:
    moved, _ = crs.to_crs(lots(), crs.parse(source))
    layer = world.read("forest_lots", world.write(moved))
    assert np.allclose(layer.frame["geom_ha"], areas.hectares(lots()), rtol=1e-4)
    assert np.allclose(layer.frame.total_bounds, lots().total_bounds, atol=0.01)
    assert layer.source.crs == source
    assert layer.source.crs_operation == ("none" if source in {"EPSG:9213", "EPSG:3405", "EPSG:4756"} else "EPSG:6960")


@settings(max_examples=10, deadline=None)
@given(east=st.floats(0, 5000), north=st.floats(0, 5000), size=st.floats(20, 2000))
def test_a_shapefile_round_trip_keeps_hectares(
    tmp_path_factory: pytest.TempPathFactory, east: float, north: float, size: float
) -> None:
    world = World(tmp_path_factory.mktemp("world"))
    shape = square(east / 100, north / 100, size)
    frame = lots(1, geometry=[shape], dtich=[size * size / 10_000])
    moved, _ = crs.to_crs(frame, crs.parse("EPSG:32648"))
    read = world.read("forest_lots", world.write(moved, "lots.shp")).frame
    assert read["geom_ha"].iloc[0] == pytest.approx(areas.hectares(frame)[0], rel=1e-4)


def test_truncated_database_names(world: World) -> None:
    frame = lots().rename(columns={"dtich": "area", "nggocr": "forest_org", "namtr": "planting_y", "tk": "compt_code"})
    read = world.read("forest_lots", world.write(frame, "lots.shp")).frame
    assert list(read["dtich"]) == [1.0] * 4
    assert list(read["nggocr"]) == [1] * 4
    assert list(read["tk"]) == ["101"] * 4


def test_long_names_cut_by_a_shapefile(world: World) -> None:
    frame = communes()
    frame["household"] = 1
    path = world.root / "c.shp"
    with pytest.warns((UserWarning, RuntimeWarning)):  # to_file says that it cuts names
        frame.to_file(path)
    assert list(world.read("communes", path).frame["area_official_ha"]) == [100.0, 100.0]


def test_newest_year_where_no_plain_name(world: World) -> None:
    frame = lots().rename(columns={"ldlr": "ldlr_23"}).assign(ldlr_24="RTG", nggocr=2)
    layer = world.read("forest_lots", world.write(frame))
    assert list(layer.frame["ldlr"]) == ["RTG"] * 4
    assert keys(layer) == ["layer.column_of_year"]


def test_villages_by_their_vietnamese_names(world: World) -> None:
    frame = gpd.GeoDataFrame(
        {"Mã thôn": [1, 2], "TEN_THON": ["Bản Chiêng", "Nà Lò"], "Mã xã": ["1879", "02026"]},
        geometry=gpd.GeoSeries([Point(WEST, SOUTH), MultiPoint([(WEST + 1, SOUTH)])], crs="EPSG:9213"),
    )
    layer = world.read("villages", world.write(frame))
    assert list(layer.frame["village_code"]) == ["1", "2"]
    assert list(layer.frame["unit_code"]) == ["01879", "02026"]
    assert set(layer.frame.geom_type) == {"Point"}
    assert "geom_ha" not in layer.frame


def test_the_shared_villages_name_their_backup(world: World) -> None:
    frame = gpd.GeoDataFrame(
        {"wof_id": [7, 8], "gn_id": ["a", "b"], "name": ["Ban Chieng", "Na Hoa"], "name_vi": ["Bản Chiêng", None]},
        geometry=gpd.GeoSeries([Point(WEST, SOUTH), Point(WEST + 9, SOUTH)], crs="EPSG:9213"),
    )
    layer = world.read("villages", world.write(frame))
    assert list(layer.frame["village_code"]) == ["7", "8"]
    assert list(layer.frame["name"]) == ["Bản Chiêng", "Na Hoa"]
    assert keys(layer) == ["layer.name_filled"]


def test_choices_in_vietnamese(world: World) -> None:
    frame = gpd.GeoDataFrame(
        {
            "zone_id": ["V1", "V2"],
            "from_crop": ["Lúa", "ngô"],
            "to_group": ["Cây lâu năm", "THUY SAN"],
            "status": ["đã nghiệm thu", None],
            "accepted_on": ["30/06/2026", None],
            "declared_ha": ["0,9", "1,05"],
        },
        geometry=gpd.GeoSeries([square(0, 0), square(2, 0)], crs="EPSG:9213"),
    )
    read = world.read("conversion_zones", world.write(frame)).frame
    assert list(read["from_crop"]) == ["rice", "maize"]
    assert list(read["to_group"]) == ["perennial", "aquaculture"]
    assert list(read["status"]) == ["accepted", None]
    assert list(read["accepted_on"]) == [date(2026, 6, 30), None]
    assert list(read["declared_ha"]) == [0.9, 1.05]


def test_draft_zones_come_from_many_files(world: World) -> None:
    folder = world.root / "danh_dau"
    folder.mkdir()
    frame, _ = crs.to_crs(
        gpd.GeoDataFrame({"name": ["Đồi A"]}, geometry=gpd.GeoSeries([square(0, 0)], crs=VN)), crs.parse("EPSG:4326")
    )
    for name in ("b.geojson", "a.geojson"):
        frame.to_file(folder / name, driver="GeoJSON")
    layer = world.read("draft_zones", folder / "*.geojson")
    assert list(layer.frame["zone_id"]) == ["a-1", "b-1"]
    assert len(world.read("draft_zones", folder / "none*.geojson").frame) == 0


def test_lot_id_is_composed_where_id_says_nothing(world: World) -> None:
    layer = world.read("forest_lots", world.write(lots(id=[0, 0, 0, 0])))
    assert list(layer.frame["lot_id"]) == ["01879/101/1/a0", "01879/101/1/a1", "01879/101/1/a2", "01879/101/1/a3"]
    named = world.read("forest_lots", world.write(lots(), "b.gpkg"), columns={"lot_id": "lo"})
    assert list(named.frame["lot_id"]) == ["a0", "a1", "a2", "a3"]


def test_stale_count_and_index_of_a_geopackage_hide_nothing(world: World) -> None:
    path = world.write(lots())
    with closing(sqlite3.connect(path)) as store:
        store.execute("UPDATE gpkg_ogr_contents SET feature_count = 2")
        for name in [
            r[0]
            for r in store.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE 'rtree%geom'")
        ]:
            store.execute(f"DELETE FROM {name}")
        store.commit()
    assert len(world.read("forest_lots", path).frame) == 4


def test_what_stands_in_the_wal_is_read(world: World) -> None:
    path = world.write(lots())
    store = sqlite3.connect(path)
    try:
        _drop_triggers(store)
        store.execute("PRAGMA journal_mode = WAL")
        store.execute("UPDATE layer SET ldlr = 'RTG' WHERE fid = 1")
        store.commit()
        assert (world.root / "layer.gpkg-wal").stat().st_size > 0
        layer = world.read("forest_lots", path)
    finally:
        store.close()
    assert layer.frame["ldlr"].iloc[0] == "RTG"


def test_curves_become_lines_with_a_word(world: World) -> None:
    path = world.write(lots(1))
    east, north = WEST + 50, SOUTH + 50
    ring = [(east - 50, north), (east, north + 50), (east + 50, north), (east, north - 50), (east - 50, north)]
    arc = struct.pack("<BII", 1, 8, len(ring)) + b"".join(struct.pack("<dd", *p) for p in ring)
    with closing(sqlite3.connect(path)) as store:
        header = store.execute("SELECT geom FROM layer").fetchone()[0][:8]
        blob = b"GP\0\x01" + header[4:8] + struct.pack("<BII", 1, 10, 1) + arc
        _drop_triggers(store)
        store.execute("UPDATE layer SET geom = ?, dtich = 0.785", (blob,))
        store.commit()
    layer = world.read("forest_lots", path)
    assert layer.frame["geom_ha"].iloc[0] == pytest.approx(np.pi * 0.25, rel=2e-3)
    assert keys(layer) == ["layer.curves"]


def test_winding_and_repeated_points_are_harmless(world: World) -> None:
    corner = [
        (WEST, SOUTH),
        (WEST, SOUTH + 100),
        (WEST + 100, SOUTH + 100),
        (WEST + 100, SOUTH + 100),
        (WEST + 100, SOUTH),
    ]
    clockwise = [Polygon(corner), Polygon(square(2, 0).exterior.coords, [square(2.2, 0.2, 50).exterior.coords])]
    layer = world.read("forest_lots", world.write(lots(2, geometry=clockwise, dtich=[1.0, 0.75])))
    assert np.allclose(layer.frame["geom_ha"], [1.0, 0.75], rtol=3e-4)


def test_text_is_nfc_and_without_foreign_spaces(world: World) -> None:
    frame = lots(2, diadanh=["Ba\u0323n\xa0Cha\u0323ng ", "Nà Lò"])
    assert list(world.read("forest_lots", world.write(frame)).frame["diadanh"]) == ["Bạn Chạng", "Nà Lò"]


def test_codes_come_in_the_tables_spelling(world: World) -> None:
    read = world.read("forest_lots", world.write(lots(2, ldlr=["txb ", "Nl"], nggocr=[1, 3]))).frame
    assert read["ldlr"].tolist() == ["TXB", "NL"]


def test_geojson_without_features_is_an_empty_layer_where_that_may_be(world: World) -> None:
    path = world.root / "sites.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": []}), encoding="utf-8")
    layer = world.read("sites", path)
    assert len(layer.frame) == 0
    assert "site_id" in layer.frame
    assert keys(layer) == ["layer.no_features_told"]


def test_an_order_of_rows_changes_no_value(world: World) -> None:
    one = world.read("forest_lots", world.write(lots(), "a.gpkg")).frame
    other = world.read("forest_lots", world.write(lots().iloc[::-1], "b.gpkg")).frame
    pd.testing.assert_frame_equal(
        pd.DataFrame(one.drop(columns="geometry")),
        pd.DataFrame(other.drop(columns="geometry").sort_values("lot_id", ignore_index=True)),
    )


def test_a_spec_is_all_that_is_needed(world: World) -> None:
    path = world.write(lots())
    assert layers.read(LayerSpec("forest_lots", path, "layer.gpkg"), VN, world.root).role == "forest_lots"
