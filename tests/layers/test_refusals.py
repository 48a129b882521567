"""Each refusal and each warning by its key; every problem of a file at once."""

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
from shapely.geometry import LineString, MultiPolygon, Point, Polygon, box

from geoplan import crs, layers
from geoplan.errors import InputError
from geoplan.layers import LayerSpec
from tests.layers.conftest import SOUTH, VN, WEST, World, communes, lots, square, zones

bowtie = Polygon([(WEST, SOUTH), (WEST + 100, SOUTH + 100), (WEST + 100, SOUTH), (WEST, SOUTH + 100)])


def refused_keys(error: InputError) -> list[str]:
    return [p.key for p in error.problems]


LOT_REFUSALS: list[tuple[str, dict[str, Any], str, tuple[str, ...]]] = [
    ("bow tie", {"geometry": [bowtie, *(square(i, 0) for i in (2, 3, 4))]}, "layer.geometry_broken", ("1",)),
    (
        "nested shells",
        {"geometry": [MultiPolygon([square(0, 0), square(0.2, 0.2, 50)]), *(square(i, 0) for i in (2, 3, 4))]},
        "layer.geometry_nested",
        ("1",),
    ),
    ("no shape", {"geometry": [None, *(square(i, 0) for i in (2, 3, 4))]}, "layer.geometry_missing", ("1",)),
    ("empty shape", {"geometry": [Polygon(), *(square(i, 0) for i in (2, 3, 4))]}, "layer.geometry_missing", ("1",)),
    (
        "duplicate",
        {"geometry": [square(0, 0), square(0, 0), square(3, 0), square(4, 0)]},
        "layer.geometry_twice",
        ("1", "2"),
    ),
    ("overlap", {"geometry": [square(0, 0), square(0.5, 0), square(3, 0), square(4, 0)]}, "layer.overlap", ("1", "2")),
    (
        "inside",
        {"geometry": [square(0, 0, 300), square(1, 1), square(5, 0), square(6, 0)], "dtich": [9, 1, 1, 1.0]},
        "layer.overlap",
        ("1", "2"),
    ),
    ("same id", {"id": [1, 1, 2, 3]}, "layer.key_repeated", ("1 (#1)", "1 (#2)")),
    ("blank id", {"id": [1, None, 2, 3]}, "layer.lot_id_blank", ("#2",)),
    ("blank area", {"dtich": [1.0, None, 1.0, 1.0]}, "layer.value_missing", ("2",)),
    ("negative area", {"dtich": [1.0, -1.0, 1.0, 1.0]}, "layer.negative", ("2",)),
    ("zero area", {"dtich": [1.0, 0.0, 1.0, 1.0]}, "layer.area_zero", ("2",)),
    ("square metres", {"dtich": [10_000.0] * 4}, "layer.area_off", ()),
    ("stars", {"dtich": ["1.0", "****", "1.0", "1.0"]}, "layer.number_unreadable", ("2",)),
    (
        "thousands or decimals",
        {"dtich": ["1,234", "1,111", "1,000", "1,222"]},
        "layer.number_ambiguous",
        ("1", "2", "3", "4"),
    ),
    ("year", {"namtr": [2019, 219, 0, 0]}, "layer.year_unreadable", ("2",)),
    ("half a code", {"nggocr": [1.5, 1, 1, 1]}, "layer.number_unreadable", ("1",)),
    ("commune code", {"maxa": ["1879", "x", "1879", "1879"]}, "layer.unit_code_unreadable", ("2",)),
    ("unknown type", {"ldlr": ["TXB", "XYZ", "TXB", "TXB"]}, "layer.ldlr_unknown_many", ("2",)),
    ("blank type", {"ldlr": ["TXB", None, "TXB", "TXB"]}, "layer.ldlr_blank_many", ("2",)),
]


@pytest.mark.parametrize(
    ("columns", "key", "ids"), [case[1:] for case in LOT_REFUSALS], ids=[case[0] for case in LOT_REFUSALS]
)
def test_a_lot_file_is_refused(world: World, columns: dict[str, Any], key: str, ids: tuple[str, ...]) -> None:
    error = world.refused("forest_lots", world.write(lots(**columns)))
    assert refused_keys(error) == [key]
    assert error.problems[0].where == "layer.gpkg"
    if ids:
        assert error.problems[0].feature_ids == ids


def test_all_problems_come_at_once(world: World) -> None:
    frame = lots(
        geometry=[bowtie, *(square(i, 0) for i in (2, 3, 4))], dtich=[1.0, None, 1.0, 1.0], namtr=[0, 0, 12, 0]
    )
    error = world.refused("forest_lots", world.write(frame.drop(columns="ldlr")))
    assert set(refused_keys(error)) == {
        "layer.field_missing",
        "layer.value_missing",
        "layer.year_unreadable",
        "layer.geometry_broken",
    }
    assert error.problems[-1].facts["places"] == "1: x 430050, y 2455050"


def test_not_a_number_coordinates(world: World) -> None:
    shapes = [{"type": "Polygon", "coordinates": [[[105.8, 22.2], [float("nan"), 22.2], [105.9, 22.3], [105.8, 22.2]]]}]
    features = [{"type": "Feature", "properties": {"zone_id": "Z"}, "geometry": s} for s in shapes]
    path = world.root / "z.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    error = world.refused("draft_zones", path)
    assert ("layer.geojson_text_coordinate", ("#1",)) in [(p.key, p.feature_ids) for p in error.problems]


LOT_WARNINGS: list[tuple[str, dict[str, Any], str, tuple[str, ...]]] = [
    ("planted but natural", {"nggocr": [2, 1, 1, 1]}, "layer.fields_contradict", ("1",)),
    (
        "grown but not",
        {"ldlr": ["RTG", "TXB", "TXB", "TXB"], "nggocr": [2, 1, 1, 1], "thanhrung": [2, 1, 1, 1]},
        "layer.fields_contradict",
        ("1",),
    ),
    ("area differs", {"dtich": [1.2, 1.0, 1.0, 1.0]}, "layer.area_differs", ("1",)),
    (
        "sliver",
        {
            "geometry": [square(0, 0, 1000), square(9.995, 0, 1000), square(20, 0), square(21, 0)],
            "dtich": [100, 100, 1, 1.0],
        },
        "layer.overlap_slivers",
        ("1", "2"),
    ),
    ("null words", {"diadanh": ["NULL", "a", "b", "c"]}, "layer.null_words", ("1",)),
    ("unread by the way", {"captuoi": ["II", "1", "2", "3"]}, "layer.value_unread", ("1",)),
    ("lost letters", {"diadanh": ["C?m", "a", "b", "c"]}, "layer.text_suspect", ("#1",)),
]


@pytest.mark.parametrize(
    ("columns", "key", "ids"), [case[1:] for case in LOT_WARNINGS], ids=[case[0] for case in LOT_WARNINGS]
)
def test_a_lot_file_is_read_with_a_word(world: World, columns: dict[str, Any], key: str, ids: tuple[str, ...]) -> None:
    layer = world.read("forest_lots", world.write(lots(**columns)))
    assert [p.key for p in layer.warnings] == [key]
    assert layer.warnings[0].feature_ids == ids


def test_few_unknown_codes_are_told_with_their_hectares(world: World) -> None:
    columns = {"ldlr": ["XYZ"] + ["TXB"] * 29, "nggocr": [1] * 30}
    layer = world.read("forest_lots", world.write(lots(30, **columns)))
    told = layer.warnings[0]
    assert (told.key, told.facts["ha"], told.feature_ids) == ("layer.ldlr_unknown", 1.0, ("1",))
    blank = world.read("forest_lots", world.write(lots(30, **{**columns, "ldlr": [None] + ["TXB"] * 29}), "b.gpkg"))
    assert [p.key for p in blank.warnings] == ["layer.ldlr_blank"]


COLUMNS: list[tuple[str, Callable[[gpd.GeoDataFrame], gpd.GeoDataFrame], dict[str, str], str]] = [
    ("missing", lambda f: f.drop(columns="dtich"), {}, "layer.field_missing"),
    ("two", lambda f: f.rename(columns={"dtich": "area"}).assign(dientich=1.0), {}, "layer.columns_two"),
    ("unknown field", lambda f: f, {"dtichh": "dtich"}, "layer.columns_field_unknown"),
    ("unknown column", lambda f: f, {"dtich": "S"}, "layer.columns_column_unknown"),
    (
        "mixed years",
        lambda f: f.rename(columns={"dtich": "dtich_24", "ldlr": "ldlr_23"}),
        {},
        "layer.columns_years_mixed",
    ),
    ("no key", lambda f: f.drop(columns=["id", "lo"]), {}, "layer.lot_id_absent"),
    ("key chosen badly", lambda f: f, {"lot_id": "tk"}, "layer.key_repeated"),
]


@pytest.mark.parametrize(("change", "columns", "key"), [c[1:] for c in COLUMNS], ids=[c[0] for c in COLUMNS])
def test_columns(
    world: World, change: Callable[[gpd.GeoDataFrame], gpd.GeoDataFrame], columns: dict[str, str], key: str
) -> None:
    error = world.refused("forest_lots", world.write(change(lots())), columns=columns)
    assert refused_keys(error) == [key]


def test_the_users_word_settles_two_columns(world: World) -> None:
    frame = lots().rename(columns={"dtich": "area"}).assign(dientich=1.01)
    assert (
        list(world.read("forest_lots", world.write(frame), columns={"dtich": "dientich"}).frame["dtich"]) == [1.01] * 4
    )


@pytest.mark.parametrize(
    ("columns", "key"),
    [
        ({"to_group": ["annual", "đá bóng"]}, "layer.choice_unknown"),
        ({"to_group": ["annual", None]}, "layer.value_missing"),
        ({"accepted_on": ["31/02/2025", None]}, "layer.date_unreadable"),
        ({"accepted_on": ["03/04/25", None]}, "layer.date_short_year"),
        ({"planned_on": ["2025", None]}, "layer.date_unreadable"),
        ({"declared_ha": [-1.0, 1.0]}, "layer.negative"),
        ({"zone_id": ["V1", "V1"]}, "layer.key_repeated"),
        ({"zone_id": ["V1", None]}, "layer.value_missing"),
        ({"geometry": [Point(WEST, SOUTH), Point(WEST + 1, SOUTH)]}, "layer.geometry_kind"),
        ({"geometry": [LineString([(WEST, SOUTH), (WEST + 9, SOUTH)]), square(2, 0)]}, "layer.geometry_kind"),
    ],
)
def test_zones_are_refused(world: World, columns: dict[str, Any], key: str) -> None:
    assert key in refused_keys(world.refused("conversion_zones", world.write(zones(**columns))))


def test_villages_of_two_kinds(world: World) -> None:
    frame = gpd.GeoDataFrame(
        {"village_code": ["1", "2"], "name": ["A", "B"]},
        geometry=gpd.GeoSeries([Point(WEST, SOUTH), square(1, 0)], crs=VN),
    )
    assert refused_keys(world.refused("villages", world.write(frame))) == ["layer.geometry_mixed"]


def test_an_area_in_other_units_is_refused(world: World) -> None:
    error = world.refused("communes", world.write(communes().assign(area_official_ha=[1.0, 1.0])))
    assert refused_keys(error) == ["layer.official_area_off"]


def test_land_codes(world: World) -> None:
    frame = gpd.GeoDataFrame(
        {"parcel_id": [1, 2], "land_code": ["luc", "QQQ"]}, geometry=gpd.GeoSeries([square(0, 0), square(1, 0)], crs=VN)
    )
    layer = world.read("parcels", world.write(frame))
    assert list(layer.frame["land_code"]) == ["LUC", "QQQ"]
    assert [p.key for p in layer.warnings] == ["layer.land_code_unknown"]


def test_crs_lies(world: World) -> None:
    plain = lots()
    bare = gpd.GeoDataFrame(plain.drop(columns="geometry"), geometry=gpd.GeoSeries(plain.geometry.to_numpy()))
    with pytest.warns(UserWarning, match="crs"):
        path = world.write(bare, "bare.shp")
    assert refused_keys(world.refused("forest_lots", path)) == ["layer.crs_missing"]
    assert len(world.read("forest_lots", path, crs="EPSG:9213").frame) == 4
    assert refused_keys(world.refused("forest_lots", path, crs="EPSG:4326")) == ["layer.metres_in_degree_crs"]
    assert refused_keys(world.refused("forest_lots", path, crs="nonsense")) == ["crs.unknown"]
    stated = world.write(plain, "stated.gpkg")
    assert refused_keys(world.refused("forest_lots", stated, crs="EPSG:3405")) == ["layer.crs_contradiction"]
    degrees = plain.to_crs("EPSG:4326").set_crs("EPSG:9213", allow_override=True)
    assert refused_keys(world.refused("forest_lots", world.write(degrees, "d.gpkg"))) == ["layer.degrees_in_metre_crs"]
    turned = gpd.GeoSeries([box(22.2, 105.8 + i / 100, 22.21, 105.81 + i / 100) for i in range(4)], crs="EPSG:4326")
    assert refused_keys(world.refused("forest_lots", world.write(plain.set_geometry(turned), "t.gpkg"))) == [
        "layer.axes_swapped"
    ]
    exchanged = gpd.GeoSeries([box(SOUTH, WEST + 100 * i, SOUTH + 100, WEST + 100 * i + 100) for i in range(4)], crs=VN)
    assert refused_keys(world.refused("forest_lots", world.write(plain.set_geometry(exchanged), "e.gpkg"))) == [
        "layer.axes_swapped"
    ]
    abroad = gpd.GeoSeries([box(2 + i / 100, 48, 2.01 + i / 100, 48.01) for i in range(4)], crs="EPSG:4326")
    assert refused_keys(world.refused("forest_lots", world.write(plain.set_geometry(abroad), "a.gpkg"))) == [
        "layer.outside_vietnam"
    ]


def test_vn2000_written_on_wgs84(world: World) -> None:
    lie = "+proj=tmerc +lat_0=0 +lon_0=106.5 +k=0.9999 +x_0=500000 +y_0=0 +datum=WGS84 +units=m"
    path = world.write(lots().set_crs(lie, allow_override=True))
    assert refused_keys(world.refused("forest_lots", path)) == ["layer.crs_datum_doubtful"]
    assert refused_keys(world.refused("forest_lots", path, crs=lie)) == ["layer.crs_datum_doubtful"]
    layer = world.read("forest_lots", path, crs="EPSG:9213")
    assert [p.key for p in layer.warnings] == ["layer.crs_datum_declared"]
    assert np.allclose(layer.frame.total_bounds, lots().total_bounds)


NO_DATUM = 'GEOGCS["GCS_Unknown",DATUM["D_Unknown_based_on_WGS84_ellipsoid",SPHEROID["WGS_1984",6378137.0,298.257223563]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]]'


def grid_without_datum(meridian: float, scale: float) -> str:
    """A ``.prj`` as old programs write it."""
    values = {"False_Easting": 500000, "False_Northing": 0, "Central_Meridian": meridian, "Scale_Factor": scale}
    told = ",".join(f'PARAMETER["{name}",{value}]' for name, value in (values | {"Latitude_Of_Origin": 0}).items())
    return f'PROJCS["x",{NO_DATUM},PROJECTION["Transverse_Mercator"],{told},UNIT["Meter",1.0]]'


@pytest.mark.parametrize(
    ("label", "true", "operation"),
    [
        (grid_without_datum(106.5, 0.9999), "EPSG:9213", "none"),
        (grid_without_datum(105.0, 0.9996), "EPSG:3405", "none"),
        (grid_without_datum(105.0, 0.9996), "EPSG:32648", "EPSG:6960"),
        (NO_DATUM, "EPSG:4756", "none"),
        (NO_DATUM, "EPSG:4326", "EPSG:6960"),
    ],
)
def test_a_file_that_names_no_datum_is_asked_for_one(world: World, label: str, true: str, operation: str) -> None:
    moved, _ = crs.to_crs(lots(), crs.parse(true))
    path = world.write(moved, "a.shp")
    path.with_suffix(".prj").write_text(label, encoding="utf-8")
    assert refused_keys(world.refused("forest_lots", path)) == ["layer.crs_datum_unknown"]
    assert refused_keys(world.refused("forest_lots", path, crs="EPSG:9210")) == ["layer.crs_contradiction"]
    assert refused_keys(world.refused("forest_lots", path, crs=label)) == ["crs.datum_unknown"]
    layer = world.read("forest_lots", path, crs=true)
    assert np.allclose(layer.frame.total_bounds, lots().total_bounds, atol=0.01)
    assert (layer.source.crs_operation, layer.warnings) == (operation, ())


def test_a_geopackage_that_names_no_datum_is_asked_for_one(world: World) -> None:
    path = world.write(lots())
    with closing(sqlite3.connect(path)) as store:
        row = ("x", 100_001, "NONE", 100_001, grid_without_datum(106.5, 0.9999), "")
        store.execute("INSERT INTO gpkg_spatial_ref_sys VALUES (?, ?, ?, ?, ?, ?)", row)
        for table in ("gpkg_contents", "gpkg_geometry_columns"):
            store.execute(f"UPDATE {table} SET srs_id = 100001")
        store.commit()
    assert refused_keys(world.refused("forest_lots", path)) == ["layer.crs_datum_unknown"]
    assert [p.key for p in world.read("forest_lots", path, crs="EPSG:9213").warnings] == ["layer.gpkg_srs_mixed"]


@pytest.mark.parametrize(
    "shown",
    [
        "https://x.vn/a.gpkg",
        "/vsicurl/http://x/a.gpkg",
        "PG:dbname=x",
        "vrt://a.tif",
        "MEM:::",
        "/vsizip/a.zip/a.shp",
        "file:///a.gpkg",
    ],
)
def test_addresses_are_refused(world: World, shown: str) -> None:
    with pytest.raises(InputError) as caught:
        layers.read(LayerSpec("roads", world.root / shown.lstrip("/"), shown), VN, world.root)
    assert caught.value.key == "layer.not_a_file"


@pytest.mark.parametrize("address", ["/nowhere/x.gsb", "http://127.0.0.1:9/x.gsb"])
def test_a_prj_that_names_a_file_is_refused_until_the_user_says_better(world: World, address: str) -> None:
    path = world.write(lots(), "rung.shp")
    prj = path.with_suffix(".prj")
    asking = f',EXTENSION["PROJ4","+proj=tmerc +lon_0=106.5 +ellps=WGS84 +nadgrids={address}"]]'
    prj.write_text(prj.read_text().removesuffix("]") + asking)
    error = world.refused("forest_lots", path)
    assert [(p.key, p.where) for p in error.problems] == [("crs.names_files", "rung.shp")]
    assert layers.inspect(LayerSpec("forest_lots", path, path.name), VN, world.root).crs is None, (
        "so others are offered"
    )
    assert len(world.read("forest_lots", path, crs="EPSG:9213").frame) == 4


FILES: list[tuple[str, bytes, str]] = [
    ("a.gpkg", b"", "layer.file_empty"),
    ("a.gpkg", b"<OGRVRTDataSource></OGRVRTDataSource>", "layer.not_the_format"),
    ("a.gpkg", b"SQLite format 3\0" + b"x" * 200, "layer.file_broken"),
    ("a.kml", b"<kml/>", "layer.no_features"),
    ("a.docx", b"PK", "layer.format_unknown"),
    ("a.vrt", b"<OGRVRTDataSource/>", "layer.format_unknown"),
    ("a.geojson", b'{"type": "FeatureCollection", "features": [', "layer.json_broken"),
    ("a.geojson", b"[" * 200_000, "layer.json_absurd"),
    ("a.geojson", b'{"type": "Topology"}', "layer.json_kind"),
    ("a.geojson", b'{"type": "FeatureCollection", "features": 3}', "layer.not_the_format"),
    ("a.geojson", b'{"type": "FeatureCollection", "name": "N\xb5m", "features": []}', "layer.json_not_utf8"),
    ("a.geojson", b'{"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {"a": 1, "a": 2}, "geometry": null}]}', "layer.json_twice"),
    ("a.geojson", b'{"type": "FeatureCollection", "features": [3]}', "layer.geojson_feature"),
    ("a.geojson", b'{"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {}, "geometry": {"type": "Polygon", "coordinates": 5}}]}', "layer.geojson_geometry"),
    ("a.geojson", b'{"type": "FeatureCollection", "crs": {"type": "link"}, "features": []}', "layer.geojson_crs"),
    ("a.geojson", b'{"type": "FeatureCollection", "features": []}', "layer.no_features"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "raw", "key"), FILES)
def test_files_that_are_not_what_they_say(world: World, name: str, raw: bytes, key: str) -> None:
    (world.root / name).write_bytes(raw)
    error = world.refused("forest_lots", world.root / name)
    assert error.key == key
    assert error.problems[0].where == name


def test_missing_files_and_folders(world: World) -> None:
    world.write(lots(), "lots.gpkg")
    (world.root / "folder.gpkg").mkdir()
    assert world.refused("forest_lots", world.root / "nothing.gpkg").key == "layer.file_missing"
    near = world.refused("forest_lots", world.root / "LOTS.gpkg")
    assert near.key == "layer.file_missing_near"
    assert near.problems[0].facts["near"] == "lots.gpkg"
    assert world.refused("forest_lots", world.root / "folder.gpkg").key == "layer.file_is_folder"
    assert world.refused("nonsense", world.root / "lots.gpkg").key == "layer.role_unknown"
    assert world.refused("forest_lots", world.root / "*.geojson").key == "layer.glob_role"


def test_several_layers_of_a_geopackage(world: World) -> None:
    path = world.write(lots(), layer="a")
    lots().to_file(path, layer="b", driver="GPKG")
    error = world.refused("forest_lots", path)
    assert error.key == "layer.gpkg_several"
    assert error.problems[0].facts["layers"] == "a, b"
    assert world.refused("forest_lots", path, layer="c").key == "layer.gpkg_layer_unknown"
    assert len(world.read("forest_lots", path, layer="b").frame) == 4


def test_names_of_tables_are_data(world: World) -> None:
    name = 'x"; DROP TABLE gpkg_contents; --'
    path = world.write(lots(), layer=name)
    assert len(world.read("forest_lots", path).frame) == 4


def test_a_damaged_page_is_refused(world: World) -> None:
    path = world.write(lots(200, id=list(range(200))))
    raw = bytearray(path.read_bytes())
    with closing(sqlite3.connect(path)) as store:
        page = store.execute("SELECT rootpage FROM sqlite_master WHERE name = 'layer'").fetchone()[0]
    raw[(page - 1) * 4096 : (page - 1) * 4096 + 64] = b"\xff" * 64
    path.write_bytes(bytes(raw))
    assert world.refused("forest_lots", path).key == "layer.file_broken"


def test_giants_are_refused_unread(world: World) -> None:
    path = world.root / "big.geojson"
    with path.open("wb") as file:
        file.truncate(102_000_000)
    assert world.refused("forest_lots", path).key == "layer.file_too_big"
    digits = b'{"type": "FeatureCollection", "n": ' + b"9" * 6000 + b', "features": []}'
    (world.root / "digits.geojson").write_bytes(digits)
    assert world.refused("forest_lots", world.root / "digits.geojson").key == "layer.json_absurd"


def test_no_private_cell_is_quoted(world: World) -> None:
    frame = lots(churung=["Nguy?n Th? H?ng", "NULL", "N\xb5m C\xad\xeang V¨n", "b"], nguoink=["N/A", "Bµn", "c", "d"])
    for problem in world.read("forest_lots", world.write(frame)).warnings:
        assert problem.facts.get("column", problem.facts.get("field")) in {"churung", "nguoink"}
        assert problem.facts.get("values", "…") == "…"
        assert problem.facts.get("sample", "…") == "…"
