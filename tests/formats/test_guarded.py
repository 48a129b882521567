"""The reading child: whatever becomes of it, the parent lives, and says it."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely

from geoplan.errors import InputError
from geoplan.formats import guarded, ogr, wkb
from geoplan.formats.verdict import Verdict
from tests.layers.conftest import World, lots


def child(folder: Path, monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    """A child that does this instead of reading."""
    script = folder / "child.py"
    script.write_text(code, encoding="utf-8")
    monkeypatch.setattr(guarded, "_CHILD", script)


@pytest.mark.parametrize(
    ("code", "key"),
    [
        ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", "layer.reader_crashed"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGXCPU)", "layer.reader_stopped"),
        ("import time; time.sleep(60)", "layer.reader_stopped"),
        (
            "import sys; print('terminate called after std::bad_alloc', file=sys.stderr); sys.exit(134)",
            "layer.reader_memory",
        ),
        ("raise SystemExit(7)", "layer.reader_crashed"),
        ("pass", "layer.reader_crashed"),
    ],
)
def test_a_child_that_falls_is_a_sentence(world: World, monkeypatch: pytest.MonkeyPatch, code: str, key: str) -> None:
    path = world.write(lots(), "a.gpkg")
    child(world.root, monkeypatch, code)
    monkeypatch.setattr(guarded, "CLOCK_S", 2)
    with pytest.raises(InputError) as caught:
        guarded.read(path, "a.gpkg")
    assert caught.value.key == key


def test_a_child_with_a_bug_is_a_bug(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    child(world.root, monkeypatch, "import no_such_module")
    with pytest.raises(RuntimeError, match="no_such_module"):
        guarded.read(world.write(lots(), "a.gpkg"), "a.gpkg")


def test_memory_and_processor_time_are_held(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    source = guarded._CHILD.read_text(encoding="utf-8")
    path = world.write(lots(), "a.gpkg")
    read = "    meta, fids, blobs, columns = pyogrio"
    assert read in source
    child(world.root, monkeypatch, source.replace(read, "    bytearray(3_000_000_000)\n" + read))
    with pytest.raises(InputError) as caught:
        guarded.read(path, "a.gpkg")
    assert caught.value.key == "layer.reader_memory"
    child(world.root, monkeypatch, source.replace(read, "    while True: pass\n" + read))
    monkeypatch.setattr(guarded, "_LEAST_S", 1)
    with pytest.raises(InputError) as caught:
        guarded.read(path, "a.gpkg")
    assert caught.value.key == "layer.reader_stopped"


def test_only_the_driver_of_the_ending_looks_at_a_file(tmp_path: Path) -> None:
    for ending in (".fgb", ".dxf", ".tab", ".mif"):
        path = tmp_path / f"copy{ending}"
        path.write_text(
            '<OGRVRTDataSource><OGRVRTLayer name="a"><SrcDataSource>/vsicurl/http://127.0.0.1:9/a</SrcDataSource>'
            "</OGRVRTLayer></OGRVRTDataSource>",
            encoding="utf-8",
        )
        with pytest.raises(InputError) as caught:
            guarded.read(path, path.name)
        assert caught.value.key in {"layer.not_the_format", "layer.file_broken"}


def test_the_environment_of_the_child(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://10.0.0.1")
    monkeypatch.setenv("GDAL_VRT_ENABLE_PYTHON", "YES")
    monkeypatch.setenv("HOME", "/nowhere")
    found = guarded._environment(Path("copy.fgb"))
    assert not {"HTTPS_PROXY", "GDAL_VRT_ENABLE_PYTHON", "HOME"} & set(found)
    skipped = found["GDAL_SKIP"].split(",")
    assert "FlatGeobuf" not in skipped
    assert {"OGR_VRT", "HTTP", "WFS", "GPKG"} <= set(skipped)


def test_cells_come_through_as_they_are(world: World) -> None:
    frame = lots(4, diadanh=["Bản Chiêng", None, "a\nb\x01", ""], so=[1.5, None, 2.0, 3.0])
    folder = world.root / "thư mục có dấu"
    folder.mkdir()
    frame.to_file(folder / "lô rừng.gpkg")
    said = Verdict()
    crs, fids, shapes, columns = ogr.read(folder / "lô rừng.gpkg", "x", said)
    assert crs == "EPSG:9213"
    assert fids.tolist() == [1, 2, 3, 4]
    assert shapely.area(shapes) == pytest.approx([10_000] * 4)
    assert columns["diadanh"].tolist() == ["Bản Chiêng", None, "a\nb\x01", ""]
    assert columns["so"].tolist() == [1.5, None, 2.0, 3.0]
    assert said == Verdict()
    assert ogr.layers(folder / "lô rừng.gpkg", "x") == ("lô rừng",)


def packed(*numbers: Any) -> bytes:
    return b"".join(np.uint32(n).tobytes() if isinstance(n, int) else n for n in numbers)


def test_wkb_that_would_end_geos_is_found() -> None:
    point = b"\1" + packed(1) + bytes(16)
    for kind in (4, 5, 6, 7, 9, 10, 11, 12, 1006, 0x80000007):
        head = b"\1" + packed(kind, 1)
        assert wkb.nested_too_deep(head * 50_000)
        assert not wkb.nested_too_deep(head * 5 + point)
    behind = b"\1" + packed(7, 2) + point
    assert wkb.nested_too_deep(behind * 50_000)
    assert not wkb.nested_too_deep(b"")
    collection = shapely.GeometryCollection([shapely.box(0, 0, 1, 1), shapely.MultiPoint([(0, 0), (1, 1)])])
    for byte_order in (0, 1):
        assert not wkb.nested_too_deep(shapely.to_wkb(collection, byte_order=byte_order, include_srid=True))
