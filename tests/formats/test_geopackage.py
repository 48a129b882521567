"""GeoPackages as QGIS, a crash or a stranger leaves them: the rows themselves, or a word."""

import shutil
import sqlite3
import struct
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import pytest
import shapely
from shapely.geometry import box

from geoplan import formats
from geoplan.errors import InputError
from geoplan.formats import LayerSpec, Opened, gpkg_tables
from tests.layers.conftest import SOUTH, WEST, World, lots


def opened(path: Path, **spec: Any) -> Opened:
    return formats.open_file(LayerSpec("forest_lots", path, path.name, **spec))


def refused(path: Path, **spec: Any) -> str:
    with pytest.raises(InputError) as caught:
        opened(path, **spec)
    return caught.value.key


def package(world: World, **columns: Any) -> Path:
    """Four lots of one hectare; without triggers, so that tests may write into it."""
    path = world.root / "rung.gpkg"
    path.unlink(missing_ok=True)
    world.write(lots(**columns), "rung.gpkg")
    with closing(sqlite3.connect(path)) as store:
        for (name,) in store.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            store.execute(f'DROP TRIGGER "{name}"')
        store.commit()
    return path


def changed(path: Path, *statements: str, values: tuple[Any, ...] = ()) -> Path:
    with closing(sqlite3.connect(path)) as store:
        for statement in statements:
            store.execute(statement, values)
        store.commit()
    return path


def whole(found: Opened) -> bool:
    return len(found.shapes) == 4 and bool(np.allclose(shapely.area(found.shapes), 10_000)) and not found.said.errors


@pytest.mark.parametrize(
    "statements",
    [
        ("UPDATE gpkg_ogr_contents SET feature_count = 2",),
        ("DROP TABLE gpkg_ogr_contents", "CREATE VIEW gpkg_ogr_contents AS SELECT 1"),
        ("DELETE FROM rtree_rung_geom",),
        ("DROP TABLE rtree_rung_geom",),
        ("PRAGMA application_id = 0",),
        ("INSERT INTO gpkg_contents (table_name, data_type, identifier) VALUES ('ghost', 'features', 'g')",),
        ("DELETE FROM gpkg_contents",),
        ("CREATE TRIGGER t AFTER INSERT ON gpkg_contents BEGIN DELETE FROM rung; END",),
    ],
)
def test_what_stands_beside_the_rows_changes_nothing(world: World, statements: tuple[str, ...]) -> None:
    found = opened(changed(package(world), *statements))
    assert whole(found)
    assert found.said.mended == []


def test_commits_in_the_write_ahead_log_are_read(world: World) -> None:
    path = package(world)
    with closing(sqlite3.connect(path)) as store:
        store.execute("PRAGMA journal_mode = wal")
        store.execute("PRAGMA wal_autocheckpoint = 0")
        store.execute("DELETE FROM rung WHERE fid = 2")
        store.commit()
        before = world.digests()
        assert opened(path).places == ("#1", "#3", "#4")
        assert world.digests() == before
        left = world.root / "left"
        left.mkdir()
        for name in ("rung.gpkg", "rung.gpkg-wal"):  # as a crash or a Zalo message leaves them
            shutil.copy(world.root / name, left / name)
    assert opened(left / "rung.gpkg").places == ("#1", "#3", "#4")
    log = left / "rung.gpkg-wal"
    log.write_bytes(log.read_bytes()[:-1000])
    assert len(opened(left / "rung.gpkg").shapes) == 4


def test_a_transaction_that_a_crash_broke_off_is_rolled_back(world: World) -> None:
    path = package(world)
    left = world.root / "left"
    left.mkdir()
    with closing(sqlite3.connect(path)) as store:
        store.execute("PRAGMA cache_size = 1")
        store.execute("BEGIN EXCLUSIVE")
        store.execute("UPDATE rung SET dtich = 999")
        for _ in range(500):
            store.execute(
                "INSERT INTO rung (geom, tk) SELECT geom, 'zzzzzzzzzzzzzzzzzzzzzzzzzzzzzz' FROM rung WHERE fid = 1"
            )
        for name in ("rung.gpkg", "rung.gpkg-journal"):
            shutil.copy(world.root / name, left / name)
        store.rollback()
    found = opened(left / "rung.gpkg")
    assert whole(found)
    assert found.columns["dtich"].tolist() == [1.0] * 4


def test_the_column_of_the_shapes_is_found_and_said(world: World) -> None:
    for statement in ("DELETE FROM gpkg_geometry_columns", "DROP TABLE gpkg_geometry_columns"):
        found = opened(changed(package(world), statement))
        assert whole(found)
        assert [p.key for p in found.said.mended] == ["layer.gpkg_geometry_found"]
        assert found.crs is not None
        assert found.crs.to_epsg() == 9213


@pytest.mark.parametrize("srs", [-1, 0])
def test_an_unknown_system_is_none(world: World, srs: int) -> None:
    assert opened(changed(package(world), f"UPDATE gpkg_geometry_columns SET srs_id = {srs}")).crs is None


@pytest.mark.parametrize(
    ("organization", "definition", "known"),
    [
        ("NONE", "definition", True),
        ("EPSG", "definition", True),
        ("NONE", "'undefined'", False),
        ("NONE", "'x[http://10.0.0.1'", False),
    ],
)
def test_a_system_by_its_definition(world: World, organization: str, definition: str, known: bool) -> None:
    path = changed(
        package(world),
        "INSERT INTO gpkg_spatial_ref_sys (srs_name, srs_id, organization, organization_coordsys_id, definition)"
        f" SELECT 'x', 100001, '{organization}', 100001, {definition} FROM gpkg_spatial_ref_sys WHERE srs_id = 9213",
        "UPDATE gpkg_geometry_columns SET srs_id = 100001",
    )
    if known:
        found = opened(path)
        assert "VN-2000" in str(found.crs)
        assert [p.key for p in found.said.warnings] == ["layer.gpkg_srs_mixed"]
    else:
        assert refused(path) == "layer.gpkg_srs_unknown"


def test_several_layers_and_sql_in_their_names(world: World) -> None:
    path = package(world)
    name = "b'); DROP TABLE rung; --\""
    lots(2).to_file(path, layer=name)
    assert set(formats.inside(LayerSpec("any", path, "x"))) == {"rung", name}
    assert refused(path) == "layer.gpkg_several"
    assert refused(path, layer="c") == "layer.gpkg_layer_unknown"
    assert len(opened(path, layer=name).shapes) == 2
    assert whole(opened(path, layer="RUNG"))


def view(path: Path, select: str) -> Path:
    return changed(
        path,
        f"CREATE VIEW v AS {select}",
        "INSERT INTO gpkg_contents (table_name, data_type, identifier, srs_id) VALUES ('v', 'features', 'v', 9213)",
        "INSERT INTO gpkg_geometry_columns VALUES ('v', 'geom', 'POLYGON', 9213, 0, 0)",
    )


def test_a_view_is_a_layer(world: World) -> None:
    found = opened(view(package(world), "SELECT fid AS so, geom, id FROM rung WHERE fid > 2"), layer="v")
    assert found.places == ("#1", "#2")
    assert found.columns["id"].tolist() == [3, 4]


@pytest.mark.parametrize(
    "select",
    [
        "WITH RECURSIVE x(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM x) SELECT n AS fid, (SELECT geom FROM rung) AS geom FROM x",
        "WITH RECURSIVE x(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM x) SELECT n AS fid, x'4750' AS geom FROM x WHERE n < 0",
        "SELECT fid, randomblob(60000000) AS geom FROM rung",
    ],
)
def test_views_without_an_end_are_stopped(world: World, select: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gpkg_tables, "_MOST_STEPS", 20)
    assert refused(view(package(world), select), layer="v") == "layer.gpkg_view_endless"


@pytest.mark.parametrize("select", ["SELECT fid, load_extension('x') AS geom FROM rung", "SELECT * FROM v"])
def test_views_that_reach_out_are_refused(world: World, select: str) -> None:
    assert refused(view(package(world), select), layer="v") == "layer.file_broken"


def blob(path: Path) -> bytearray:
    with closing(sqlite3.connect(path)) as store:
        return bytearray(store.execute("SELECT geom FROM rung WHERE fid = 2").fetchone()[0])


def with_blob(path: Path, raw: Any) -> Opened:
    return opened(changed(path, "UPDATE rung SET geom = ? WHERE fid = 2", values=(raw,)))


@pytest.mark.parametrize(
    "damage",
    [
        lambda b: b[:-20],
        lambda b: b[:8],
        lambda b: b[:3],
        lambda b: b"",
        lambda b: b[40:],
        lambda b: b"XX" + b[2:],
        lambda b: b[:3] + bytes([b[3] | 0x20]) + b[4:],
        lambda b: b[:41] + b"\x63\0\0\0" + b[45:],
        lambda b: b[:49] + b"\xff\xff\xff\x7f" + b[53:],
        lambda b: b[:40] + struct.pack("<BII", 1, 7, 1) * 200_000,
        lambda b: b[:40] + struct.pack("<BII", 1, 6, 1) * 200_000,
        lambda b: "POLYGON ((0 0, 1 1, 1 0, 0 0))",
        lambda b: 5,
    ],
)
def test_a_shape_that_is_none_is_named(world: World, damage: Any) -> None:
    path = package(world)
    raw = damage(bytes(blob(path)))
    found = with_blob(path, raw)
    assert [(p.key, p.feature_ids) for p in found.said.errors] == [("layer.shapes_unreadable", ("#2",))]
    assert found.told == {1}
    assert len(found.shapes) == 4


def test_a_ring_that_does_not_close_is_closed_and_said(world: World) -> None:
    path = package(world)
    raw = blob(path)
    struct.pack_into("<d", raw, 40 + 13 + 64, 430_150.0)
    found = with_blob(path, bytes(raw))
    assert [(p.key, p.feature_ids) for p in found.said.mended] == [("layer.rings_closed", ("#2",))]


def test_arcs_become_short_lines_and_are_said(world: World) -> None:
    circle = struct.pack("<BII", 1, 10, 1) + struct.pack("<BII10d", 1, 8, 5, 0, 0, 100, 100, 200, 0, 100, -100, 0, 0)
    path = package(world)
    found = with_blob(path, bytes(blob(path)[:40]) + circle)
    assert [(p.key, p.feature_ids) for p in found.said.mended] == [("layer.curves", ("#2",))]
    assert shapely.area(found.shapes[1]) == pytest.approx(np.pi * 10_000, rel=1e-4)


def test_text_that_is_not_utf8_goes_to_the_encodings(world: World) -> None:
    path = package(world, diadanh=["Bản Chiêng", "x", "Nà Lò", None])
    changed(path, "UPDATE rung SET diadanh = CAST(x'42b66e' AS TEXT) WHERE fid = 2")
    cells = opened(path).columns["diadanh"].tolist()
    assert cells == ["Bản Chiêng".encode(), b"B\xb6n", "Nà Lò".encode(), None]


def test_cells_are_what_the_rows_hold(world: World) -> None:
    path = changed(
        package(world), "UPDATE rung SET dtich = '1,5' WHERE fid = 1", "UPDATE rung SET dtich = 9e999 WHERE fid = 2"
    )
    changed(
        path,
        "ALTER TABLE rung ADD COLUMN g GENERATED ALWAYS AS (id * 2)",
        "UPDATE rung SET fid = 9223372036854775807 WHERE fid = 4",
    )
    found = opened(path)
    assert found.columns["dtich"].tolist() == ["1,5", "inf", 1.0, 1.0]
    assert found.columns["g"].tolist() == [2, 4, 6, 8]
    assert found.places == ("#1", "#2", "#3", "#9223372036854775807")


def test_a_key_of_the_users_own_is_a_column(world: World) -> None:
    path = changed(
        package(world),
        "CREATE TABLE b (id INTEGER PRIMARY KEY, geom BLOB)",
        "INSERT INTO b SELECT fid * 10, geom FROM rung",
        "INSERT INTO gpkg_contents (table_name, data_type, identifier, srs_id) VALUES ('b', 'features', 'b', 9213)",
        "INSERT INTO gpkg_geometry_columns VALUES ('b', 'geom', 'POLYGON', 9213, 0, 0)",
    )
    found = opened(path, layer="b")
    assert found.columns["id"].tolist() == [10, 20, 30, 40]
    assert found.places == ("#10", "#20", "#30", "#40")


@pytest.mark.parametrize(
    ("damage", "key"),
    [
        (lambda b: b[:-4096], "layer.file_broken"),
        (lambda b: b[:16], "layer.file_broken"),
        (lambda b: b[:100] + bytes(3996) + b[4096:], "layer.file_broken"),
        (lambda b: b[: 4096 * 12] + b"\xff" * 8192 + b[4096 * 14 :], "layer.file_broken"),
        (lambda b: bytes(range(256)) * 40, "layer.not_the_format"),
    ],
)
def test_damaged_and_encrypted_files_are_refused(world: World, damage: Any, key: str) -> None:
    path = package(world)
    path.write_bytes(damage(path.read_bytes()))
    assert refused(path) == key


def test_sqlites_own_words_may_be_no_text(world: World) -> None:
    path = package(world)
    path.write_bytes(path.read_bytes().replace(b"CREATE TABLE gpkg_contents", b"CREATE\xffTABLE gpkg_contents", 1))
    assert refused(path) == "layer.file_broken"


def test_files_without_a_layer(world: World) -> None:
    plain = world.root / "plain.gpkg"
    changed(plain, "CREATE TABLE a (x)")
    assert refused(plain) == "layer.gpkg_no_layers"
    path = changed(
        package(world), "UPDATE gpkg_contents SET data_type = 'attributes'", "DELETE FROM gpkg_geometry_columns"
    )
    assert refused(path) == "layer.gpkg_no_layers"


def test_a_lock_of_qgis_does_not_matter(world: World) -> None:
    path = package(world)
    with closing(sqlite3.connect(path)) as store:
        store.execute("BEGIN EXCLUSIVE")
        assert whole(opened(path))


def test_a_curve_file_of_gdal(world: World) -> None:
    circle = struct.pack("<BII", 1, 10, 1) + struct.pack("<BII10d", 1, 8, 5, 0, 0, 1, 1, 2, 0, 1, -1, 0, 0)
    path = world.root / "c.gpkg"
    blobs = np.array([circle, shapely.to_wkb(box(0, 0, 2, 2))], dtype=object)
    pyogrio.raw.write(path, blobs, [np.array([1, 2])], ["id"], crs="EPSG:9213", geometry_type="Unknown", driver="GPKG")
    found = opened(path)
    assert shapely.area(found.shapes) == pytest.approx([np.pi, 4], rel=1e-4)
    assert [p.feature_ids for p in found.said.mended] == [("#1",)]


def test_a_damaged_vertex_contradicts_its_box(world: World) -> None:
    path = world.write(lots(3), "a.gpkg")
    assert not formats.open_file(LayerSpec("forest_lots", path, path.name)).said.warnings
    raw = path.read_bytes()
    north_west = struct.pack("<2d", WEST, SOUTH + 100.0)  # of the first lot: also the third vertex of its ring
    assert north_west in raw
    path.write_bytes(raw.replace(north_west, struct.pack("<2d", WEST - 8.0, SOUTH + 100.0), 1))
    said = formats.open_file(LayerSpec("forest_lots", path, path.name)).said.warnings
    assert [p.key for p in said] == ["layer.boxes_differ"]
