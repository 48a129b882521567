"""GeoParquet: its own word on column, encoding and CRS is kept, and its footer is not believed about size."""

import datetime
import decimal
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely

from geoplan import formats
from geoplan.errors import InputError
from geoplan.formats import LayerSpec, Opened, guarded
from tests.layers.conftest import World, lots


def opened(path: Path) -> Opened:
    return formats.open_file(LayerSpec("forest_lots", path, path.name))


def refused(path: Path) -> str:
    with pytest.raises(InputError) as caught:
        opened(path)
    return caught.value.key


def file(world: World, change: Callable[[dict[str, Any]], Any] = lambda geo: geo, **columns: Any) -> Path:
    """Four lots; `change` makes the metadata other than it should be."""
    path = world.root / "rung.parquet"
    lots(**columns).to_parquet(path)
    table = pq.read_table(path)
    metadata = dict(table.schema.metadata)
    geo = change(json.loads(metadata.pop(b"geo")))
    if geo is not None:
        metadata[b"geo"] = geo if isinstance(geo, bytes) else json.dumps(geo).encode()
    pq.write_table(table.replace_schema_metadata(metadata), path)
    return path


def with_column(**values: Any) -> Callable[[dict[str, Any]], Any]:
    def change(geo: dict[str, Any]) -> dict[str, Any]:
        geo["columns"]["geometry"] |= values
        return geo

    return change


def without_crs(geo: dict[str, Any]) -> dict[str, Any]:
    del geo["columns"]["geometry"]["crs"]
    return geo


def test_rows_shapes_and_system(world: World) -> None:
    found = opened(file(world, diadanh=["Bản Chiêng", None, "Nà Lò", "x"]))
    assert found.columns["diadanh"].tolist() == ["Bản Chiêng", None, "Nà Lò", "x"]
    assert shapely.area(found.shapes) == pytest.approx([10_000] * 4)
    assert found.crs is not None
    assert found.crs.to_epsg() == 9213
    assert found.places == ("#1", "#2", "#3", "#4")
    assert world.read("forest_lots", world.root / "rung.parquet").frame["geom_ha"].sum() == pytest.approx(4, rel=3e-4)


def test_nested_cells_dates_and_decimals_are_text(world: World) -> None:
    found = opened(
        file(
            world,
            nested=[{"a": 1}, None, {"a": 2}, {"a": 3}],
            many=[[1, 2], None, [], [3]],
            day=[datetime.date(2020, 1, 2)] * 4,
            moment=pd.to_datetime(["2020-01-02 03:04"] * 4),
            number=[decimal.Decimal("1.50")] * 4,
            raw=[b"\xff"] * 4,
        )
    )
    assert found.columns["nested"].tolist() == ['{"a": 1}', None, '{"a": 2}', '{"a": 3}']
    assert found.columns["many"].tolist() == ["[1, 2]", None, "[]", "[3]"]
    assert found.columns["day"][0] == "2020-01-02"
    assert found.columns["moment"][0] == "2020-01-02T03:04:00"
    assert found.columns["number"][0] == "1.50"
    assert found.columns["raw"][0] == "ff"


def test_the_system_by_the_rules_of_the_format(world: World) -> None:
    absent = opened(file(world, without_crs)).crs
    assert absent is not None
    assert absent.to_authority() == ("OGC", "CRS84")
    assert opened(file(world, with_column(crs=None))).crs is None
    text = opened(file(world, with_column(crs="EPSG:9213"))).crs
    assert text is not None
    assert text.to_epsg() == 9213
    for wrong in ("http://10.0.0.1/x", "/etc/passwd", {"a": 1}, [1], 5, "EPSG:999999"):
        assert refused(file(world, with_column(crs=wrong))) == "layer.parquet_crs"


@pytest.mark.parametrize(
    ("change", "key"),
    [
        (lambda geo: None, "layer.parquet_plain"),
        (lambda geo: {**geo, "primary_column": "dtich"}, "layer.parquet_plain"),
        (lambda geo: {**geo, "primary_column": "absent"}, "layer.parquet_plain"),
        (lambda geo: b'{"primary_column": "geometry", "columns": ' + b"[" * 100_000, "layer.parquet_plain"),
        (lambda geo: [1], "layer.parquet_plain"),
        (with_column(encoding="point"), "layer.parquet_encoding"),
    ],
)
def test_metadata_that_do_not_serve(world: World, change: Any, key: str) -> None:
    assert refused(file(world, change)) == key


def test_shapes_in_another_encoding_are_refused_by_name(world: World) -> None:
    path = world.root / "native.parquet"
    lots().to_parquet(path, geometry_encoding="geoarrow")
    assert refused(path) == "layer.parquet_encoding"


def test_cut_and_damaged_files(world: World) -> None:
    path = file(world)
    raw = path.read_bytes()
    for damaged, key in [
        (raw[: len(raw) // 2], "layer.parquet_cut"),
        (raw[:-1], "layer.parquet_cut"),
        (b"PAR1" * 3, "layer.file_broken"),
        (b"PARE" + raw[4:], "layer.not_the_format"),
        (raw[:-200] + b"\xff" * 192 + raw[-8:], "layer.file_broken"),
        (raw[:50] + bytes(350) + raw[400:], "layer.file_broken"),
    ]:
        path.write_bytes(damaged)
        assert refused(path) == key


def test_bombs_are_refused_by_their_footer(world: World) -> None:
    path = world.root / "bomb.parquet"
    pq.write_table(pa.table({"a": np.zeros(20_000_000, dtype="i1")}), path, compression="zstd")
    assert path.stat().st_size < 1_000_000
    assert refused(path) == "layer.cells_many"
    blobs = pa.array([shapely.to_wkb(shapely.box(0, 0, 1, 1))] * 400)
    geo = json.dumps({"primary_column": "geometry", "columns": {"geometry": {"encoding": "WKB"}}}).encode()
    table = pa.table({"geometry": blobs, "text": pa.array(["x" * 1_000_000] * 400)}).replace_schema_metadata(
        {b"geo": geo}
    )
    for dictionary in (True, False):
        pq.write_table(table, path, compression="zstd", use_dictionary=dictionary)
        assert path.stat().st_size < 1_000_000
        assert refused(path) == "layer.reader_memory"


def test_shapes_that_are_none_are_named(world: World) -> None:
    path = file(world)
    table = pq.read_table(path)
    blobs = table["geometry"].to_pylist()
    blobs[1], blobs[2] = blobs[1][:-5], None
    pq.write_table(table.set_column(table.schema.get_field_index("geometry"), "geometry", pa.array(blobs)), path)
    found = opened(path)
    assert [(p.key, p.feature_ids) for p in found.said.errors] == [("layer.shapes_unreadable", ("#2",))]
    assert found.told == {1}


def test_edges_on_the_sphere_are_said(world: World) -> None:
    assert [p.key for p in opened(file(world, with_column(edges="spherical"))).said.warnings] == ["layer.parquet_edges"]


def test_the_child_reads_nothing_that_is_no_geoparquet(world: World) -> None:
    found, geo = guarded.parquet(file(world, lambda geo: None), "x")
    assert (found.blobs, found.columns, geo) == (None, {}, "")
