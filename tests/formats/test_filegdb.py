"""File Geodatabases: copied whole, one feature class of several, cut tables refused."""

from pathlib import Path
from typing import Any

import pyogrio
import pytest
import shapely

from geoplan import formats
from geoplan.errors import InputError
from geoplan.formats import LayerSpec, Opened
from tests.layers.conftest import World, lots

pytestmark = pytest.mark.filterwarnings("ignore:Field .* of type Integer64 will be written as a Float64")


def opened(path: Path, **spec: Any) -> Opened:
    return formats.open_file(LayerSpec("forest_lots", path, path.name, **spec))


def refused(path: Path, **spec: Any) -> str:
    with pytest.raises(InputError) as caught:
        opened(path, **spec)
    return caught.value.key


def database(world: World, *names: str) -> Path:
    path = world.root / "rung.gdb"
    for i, name in enumerate(names or ("rung",)):
        frame = lots(4 - i)
        frame = frame.astype({c: "int32" for c in frame.columns if frame[c].dtype == "int64"})
        pyogrio.write_dataframe(frame, path, layer=name, driver="OpenFileGDB", append=i > 0)
    return path


def test_rows_and_shapes(world: World) -> None:
    path = database(world)
    before = world.digests()
    found = opened(path)
    assert world.digests() == before
    assert found.places == ("#1", "#2", "#3", "#4")
    assert found.columns["id"].tolist() == [1, 2, 3, 4]
    assert shapely.area(found.shapes) == pytest.approx([10_000] * 4, rel=1e-6)
    assert found.crs is not None
    assert "VN-2000" in found.crs.name
    assert world.read("forest_lots", path).frame["geom_ha"].sum() == pytest.approx(4.0, rel=3e-4)


def test_one_of_several(world: World) -> None:
    path = database(world, "rung", "ranh")
    assert formats.inside(LayerSpec("any", path, "x")) == ("rung", "ranh")
    assert refused(path) == "layer.gdb_several"
    assert refused(path, layer='x"; DROP') == "layer.gdb_layer_unknown"
    assert len(opened(path, layer="RANH").shapes) == 3


def test_locks_links_and_strangers_files_are_not_copied(world: World) -> None:
    path = database(world)
    (path / "_gdb.MAY1.1234.sr.lock").write_bytes(b"")
    (path / "a0000000f.gdbtable").symlink_to("/etc/passwd")
    (path / "rung.vrt").write_text("<OGRVRTDataSource/>", encoding="utf-8")
    assert len(opened(path).shapes) == 4


@pytest.mark.parametrize("ending", [".gdbtable", ".gdbtablx"])
def test_a_cut_table_is_refused(world: World, ending: str) -> None:
    part = max(database(world).glob(f"*{ending}"))
    raw = part.read_bytes()
    for keep in (0, 10, 100, len(raw) - 20, len(raw) - 1):
        part.write_bytes(raw[:keep])
        assert refused(part.parent) == "layer.file_broken"
    part.unlink()
    assert refused(part.parent) == "layer.gdb_not_one"


def test_what_is_no_database(world: World) -> None:
    empty = world.root / "empty.gdb"
    empty.mkdir()
    assert refused(empty) == "layer.gdb_not_one"
    file = world.root / "file.gdb"
    file.write_bytes(b"x")
    assert refused(file) == "layer.gdb_not_one"
    assert refused(world.root / "absent.gdb") == "layer.file_missing"
    (empty / "a00000001.gdbtable").write_bytes(b"\xff" * 500)
    assert refused(empty) == "layer.gdb_not_one"
    (empty / "a00000001.gdbtablx").write_bytes(b"\xff" * 500)
    assert refused(empty) in {"layer.file_broken", "layer.not_the_format"}


def test_a_table_whose_counts_contradict_is_refused(world: World) -> None:
    """GDAL gives the fewer of the two without a word: lots would be missing."""
    table = max(database(world).glob("*.gdbtable"))
    index, good = table.with_suffix(".gdbtablx"), table.read_bytes()
    entries = index.read_bytes()
    width = entries[12]
    table.write_bytes(good[:4] + (3).to_bytes(4, "little") + good[8:])
    assert refused(table.parent) == "layer.gdb_rows"
    table.write_bytes(good)
    index.write_bytes(entries[:16] + bytes(width) + entries[16 + width :])
    assert refused(table.parent) == "layer.gdb_rows"
    index.write_bytes(entries[:8] + (3).to_bytes(4, "little") + entries[12:])
    assert refused(table.parent) == "layer.gdb_rows"


def test_a_deleted_row_is_no_contradiction(world: World) -> None:
    """As a database deletes: the count goes down, the place in the index goes away or the length turns negative."""
    table = max(database(world).glob("*.gdbtable"))
    index, good = table.with_suffix(".gdbtablx"), table.read_bytes()
    entries = index.read_bytes()
    width = entries[12]
    table.write_bytes(good[:4] + (3).to_bytes(4, "little") + good[8:])
    index.write_bytes(entries[:16] + bytes(width) + entries[16 + width :])
    assert opened(table.parent).columns["id"].tolist() == [2, 3, 4]
