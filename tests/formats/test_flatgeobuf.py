"""FlatGeobuf: whole or refused, whatever the index and the header say."""

import struct
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shapely.geometry import box

from geoplan import formats
from geoplan.errors import InputError
from geoplan.formats import LayerSpec, Opened, flatgeobuf
from tests.layers.conftest import World, lots


def opened(path: Path, **spec: Any) -> Opened:
    return formats.open_file(LayerSpec("forest_lots", path, path.name, **spec))


def file(world: World, **options: Any) -> Path:
    path = world.root / "rung.fgb"
    lots(diadanh=["Bản Chiêng", None, "Nà Lò", "x"]).to_file(path, driver="FlatGeobuf", **options)
    return path


@pytest.mark.parametrize("index", ["YES", "NO"])
def test_rows_with_their_shapes_in_whatever_order(world: World, index: str) -> None:
    found = opened(file(world, SPATIAL_INDEX=index))
    assert found.places == ("#1", "#2", "#3", "#4")
    assert sorted(found.columns["id"].tolist()) == [1, 2, 3, 4]
    assert shapely.area(found.shapes) == pytest.approx([10_000] * 4)
    west = shapely.bounds(found.shapes)[:, 0]
    assert [430_000 + 100 * (i - 1) for i in found.columns["id"].tolist()] == west.tolist()
    assert found.crs is not None
    assert found.crs.to_epsg() == 9213


@pytest.mark.parametrize("index", ["YES", "NO"])
def test_cut_at_any_byte_is_refused(world: World, index: str) -> None:
    raw = file(world, SPATIAL_INDEX=index).read_bytes()
    for keep in range(len(raw)):
        with pytest.raises(InputError):
            flatgeobuf._walked(raw[:keep], "a.fgb")
    assert flatgeobuf._walked(raw, "a.fgb") == (4, 11, True)


def test_a_feature_less_than_the_header_says(world: World) -> None:
    path = file(world, SPATIAL_INDEX="NO")
    raw = path.read_bytes()
    start = 12 + struct.unpack_from("<I", raw, 8)[0]
    path.write_bytes(raw[:start] + raw[start + 4 + struct.unpack_from("<I", raw, start)[0] :])
    with pytest.raises(InputError) as caught:
        opened(path)
    assert caught.value.key == "layer.fgb_count"
    path.write_bytes(raw + bytes(40))
    with pytest.raises(InputError) as caught:
        opened(path)
    assert (caught.value.key, caught.value.problems[0].feature_ids) == ("layer.fgb_cut", ("#5",))


def test_arcs_become_short_lines_and_are_said(world: World) -> None:
    circle = struct.pack("<BII", 1, 10, 1) + struct.pack("<BII10d", 1, 8, 5, 0, 0, 1, 1, 2, 0, 1, -1, 0, 0)
    blobs = np.array([circle, shapely.to_wkb(box(0, 0, 2, 2))], dtype=object)
    path = world.root / "c.fgb"
    options = {"geometry_type": "Unknown", "driver": "FlatGeobuf", "SPATIAL_INDEX": "NO"}
    pyogrio.raw.write(path, blobs, [np.array([1, 2])], ["id"], crs="EPSG:9213", **options)
    found = opened(path)
    assert shapely.area(found.shapes) == pytest.approx([np.pi, 4], rel=1e-4)
    assert [(p.key, p.feature_ids) for p in found.said.mended] == [("layer.curves", ("#1",))]


def test_the_whole_door(world: World) -> None:
    assert world.read("forest_lots", file(world)).frame["geom_ha"].sum() == pytest.approx(4.0, rel=3e-4)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(at=st.integers(0, 400), raw=st.binary(min_size=1, max_size=8))
def test_any_header_is_read_or_refused(world: World, at: int, raw: bytes) -> None:
    path = world.root / "rung.fgb"
    whole = path.read_bytes() if path.exists() else file(world).read_bytes()
    try:
        count, *_ = flatgeobuf._walked(whole[:at] + raw + whole[at + len(raw) :], "a.fgb")
    except InputError:
        return
    assert count <= len(whole)
