"""ZIP: one dataset out of it, or the member that is wrong; bombs stop early, nothing leaves the archive's folder."""

import io
import struct
import tempfile
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geoplan import formats
from geoplan.errors import InputError, PlaceUnavailable
from geoplan.formats import LayerSpec, archives, zipped
from geoplan.formats.places import hashed
from tests.formats.drawn import kml, zone
from tests.layers.conftest import World, zones

Members = list[tuple[str | zipfile.ZipInfo, bytes]]


def packed(members: Iterable[tuple[str | zipfile.ZipInfo, bytes]], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    store = io.BytesIO()
    with zipfile.ZipFile(store, "w", method) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return store.getvalue()


def shapefile(folder: Path, name: str = "vung") -> Members:
    zones().to_file(folder / "vung.shp", encoding="utf-8")
    return [(name + p.suffix, p.read_bytes()) for p in sorted(folder.glob("vung.*")) if p.suffix != ".zip"]


@pytest.fixture
def parts(tmp_path_factory: pytest.TempPathFactory) -> Members:
    return shapefile(tmp_path_factory.mktemp("shp"))


def written(world: World, data: bytes, name: str = "vung.zip") -> Path:
    path = world.root / name
    path.write_bytes(data)
    return path


def spec(path: Path, **more: str) -> LayerSpec:
    return LayerSpec("conversion_zones", path, path.name, **more)


def refused(world: World, members: Iterable[tuple[str | zipfile.ZipInfo, bytes]], **more: str) -> tuple[str, str]:
    problem = world.refused("conversion_zones", written(world, packed(members)), **more).problems[0]
    assert problem.where.startswith("vung.zip")
    return problem.key, str(problem.facts.get("member", ""))


def test_a_shapefile_deep_in_folders_among_the_leavings_of_others(world: World, parts: Members) -> None:
    members = [(f"Dữ liệu/xã A/{name}".upper().replace("VUNG", "Vùng"), data) for name, data in parts]
    members += [("__MACOSX/._vung.shp", b"x"), ("Dữ liệu/.DS_Store", b"x"), ("Dữ liệu/đọc.docx", b"x")]
    path = written(world, packed(members), "Vùng.shp.zip")
    layer = world.read("conversion_zones", path)
    assert layer.frame["zone_id"].tolist() == ["V1", "V2"]
    assert layer.source.sha256 == hashed(path, "")
    assert layer.source.path == "Vùng.shp.zip"
    assert formats.inside(spec(path)) == ("",)


@pytest.mark.parametrize("ending", ["gpkg", "geojson", "kml", "kmz"])
def test_other_datasets(world: World, tmp_path_factory: pytest.TempPathFactory, ending: str) -> None:
    file = tmp_path_factory.mktemp("data") / f"vung.{ending}"
    if ending in ("gpkg", "geojson"):
        zones().to_file(file)
    else:
        document = kml(zone(0), zone(1)).encode()
        file.write_bytes(document if ending == "kml" else packed([("doc.kml", document)]))
    layer = world.read("conversion_zones", written(world, packed([(f"a/{file.name}", file.read_bytes())])))
    assert layer.frame["zone_id"].tolist() == ["V1", "V2"]


def test_several_datasets_are_asked_for_by_name(
    world: World, parts: Members, tmp_path_factory: pytest.TempPathFactory
) -> None:
    package = tmp_path_factory.mktemp("gpkg") / "goi.gpkg"
    for layer in ("mot", "hai"):
        zones().to_file(package, layer=layer)
    both = [*parts, ("k/vung.kml", kml(zone(0)).encode()), ("goi.gpkg", package.read_bytes())]
    path = written(world, packed(both))
    assert formats.inside(spec(path)) == ("goi.gpkg/hai", "goi.gpkg/mot", "k/vung.kml", "vung.shp")
    assert world.refused("conversion_zones", path).key == "layer.zip_several"
    assert world.refused("conversion_zones", path, layer="x.shp").key == "layer.zip_unknown"
    for layer, rows in {"vung.shp": 2, "vung.kml": 1, "k/vung.kml": 1, "goi.gpkg/hai": 2}.items():
        assert len(world.read("conversion_zones", path, layer=layer).frame) == rows
    error = world.refused("conversion_zones", path, layer="goi.gpkg").problems[0]
    assert (error.key, error.where) == ("layer.gpkg_several", "vung.zip/goi.gpkg")
    lone = written(world, packed([("goi.gpkg", package.read_bytes())]))
    assert formats.inside(spec(lone)) == ("hai", "mot")
    assert len(world.read("conversion_zones", lone, layer="hai").frame) == 2


@pytest.mark.parametrize(
    "name",
    [
        "../vung.shp",
        "a/../../vung.shp",
        "/vung.shp",
        "C:/vung.shp",
        "..\\vung.shp",
        "C:\\vung.shp",
        "\\vung.shp",
        "a\nb.shp",
    ],
)
def test_members_outside_are_refused_and_nothing_is_written(
    world: World, parts: Members, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = world.root / "tam" / "trong"
    home.mkdir(parents=True)
    monkeypatch.setattr(tempfile, "tempdir", str(home))
    assert refused(world, [(name, b"x"), *parts])[0] == "layer.zip_unsafe"
    assert sorted(p.name for p in world.root.rglob("*")) == ["tam", "trong", "vung.zip"]


def test_windows_folders_with_backslashes(world: World, parts: Members) -> None:
    path = written(world, packed([(f"thu muc\\{name}", data) for name, data in parts]))
    assert len(world.read("conversion_zones", path).frame) == 2


@pytest.mark.parametrize("kind", [0o120777, 0o020666, 0o010666])
def test_links_and_devices_are_refused(world: World, parts: Members, kind: int) -> None:
    link = zipfile.ZipInfo("vung.shp")
    link.external_attr = kind << 16
    assert refused(world, [(link, b"/etc/passwd"), *[p for p in parts if p[0] != "vung.shp"]]) == (
        "layer.zip_unsafe",
        "vung.shp",
    )


def test_the_same_name_twice(world: World, parts: Members) -> None:
    assert refused(world, [*parts, ("VUNG.shp", b"x")]) == ("layer.zip_twice", "VUNG.shp")


@pytest.mark.parametrize("name", ["CON", "nul", "a" * 200, "tên: lạ?", "[1]"])
def test_names_that_a_disk_does_not_take(world: World, parts: Members, name: str) -> None:
    members = [(f"{name}/{name}{Path(str(n)).suffix}", data) for n, data in parts]
    assert len(world.read("conversion_zones", written(world, packed(members))).frame) == 2


@pytest.mark.parametrize("encoding", ["utf-8", "cp1258", "latin-1"])
def test_names_without_their_encoding(world: World, parts: Members, encoding: str) -> None:
    """Bytes above 127 and no flag that they are UTF-8, as Explorer and phones write them."""
    raw = packed([(f"R@ng/{name}", data) for name, data in parts])
    letter = {"utf-8": "ừ", "cp1258": "ư", "latin-1": "õ"}[encoding].encode(encoding)
    data = raw.replace(b"R@ng", b"R" + letter + b"ng"[: 3 - len(letter)] if len(letter) > 1 else b"R" + letter + b"ng")
    path = written(world, data)
    assert len(world.read("conversion_zones", path).frame) == 2


def test_archives_inside(world: World, parts: Members) -> None:
    inner = packed(parts)
    assert refused(world, [("trong.zip", inner)])[0] == "layer.zip_nested"
    layer = world.read("conversion_zones", written(world, packed([("trong.rar", b"Rar!"), *parts])))
    assert [(p.key, p.facts["names"]) for p in layer.warnings] == [("layer.zip_left_out", "trong.rar")]


def test_no_data(world: World) -> None:
    assert refused(world, [("a.docx", b"x")])[0] == "layer.zip_no_data"
    assert refused(world, [])[0] == "layer.zip_no_data"
    assert refused(world, [("vung.shp", b"x")])[0] in {"layer.shp_part_missing", "layer.shp_broken"}


@pytest.mark.parametrize(
    ("name", "head", "kind"),
    [
        ("a.rar", b"Rar!\x1a\x07\x00", "RAR"),
        ("a.7z", b"7z\xbc\xaf\x27\x1c", "7Z"),
        ("a.tar.gz", b"\x1f\x8b", "GZ"),
        ("a.zip", b"Rar!\x1a\x07\x00", "RAR"),
        ("a.zip", b"\x1f\x8b\x08", "GZ"),
        ("a.zip", b"\0" * 257 + b"ustar", "TAR"),
    ],
)
def test_archives_of_other_kinds_are_named(world: World, name: str, head: bytes, kind: str) -> None:
    problem = world.refused("conversion_zones", written(world, head + b"\0" * 100, name)).problems[0]
    assert (problem.key, problem.facts["kind"]) == ("layer.archive_unread", kind)


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_methods_that_unpack_without_bound(world: World, method: int) -> None:
    path = written(world, packed([("a.kml", b"x" * 100)], method))
    assert world.refused("conversion_zones", path).key == "layer.zip_method"


def test_passwords(world: World) -> None:
    data = bytearray(packed([("a.kml", kml().encode())]))
    data[6] |= 1
    data[data.index(b"PK\1\2") + 8] |= 1
    assert world.refused("conversion_zones", written(world, bytes(data))).key == "layer.zip_locked"


def test_a_bomb_stops_at_its_ratio(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zipped, "FREE_BYTES", 1_000_000)
    path = written(world, packed([("vung.kml", b"\0" * 30_000_000)]))
    problem = world.refused("conversion_zones", path).problems[0]
    assert (problem.key, problem.facts["member"]) == ("layer.zip_bomb", "vung.kml")
    seen: list[int] = []
    with zipped.opened_zip(path, "vung.zip") as archive, pytest.raises(InputError):
        seen.extend(len(block) for block in archive.blocks(archive.members[0], 1000))
    assert 0 < sum(seen) <= zipped.MOST_RATIO * path.stat().st_size


@pytest.mark.parametrize("stated", [10, 1_000, 4_000_000_000])
def test_the_stated_size_is_not_believed(world: World, stated: int) -> None:
    data = bytearray(packed([("vung.kml", b" " * 30_000_000)]))
    struct.pack_into("<I", data, data.index(b"PK\1\2") + 24, stated)
    assert world.refused("conversion_zones", written(world, bytes(data))).key in {"layer.zip_bomb", "layer.zip_broken"}


def test_a_member_is_held_to_the_limit_of_its_format(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "MOST_MB", 1)
    noise = bytes(i * i % 251 for i in range(2_000_000))
    assert refused(world, [("vung.kml", noise)]) == ("layer.zip_bomb", "vung.kml")


def test_long_lists_are_refused_before_they_are_read(world: World) -> None:
    path = written(world, packed([(f"{i}.txt", b"") for i in range(2100)]))
    assert world.refused("conversion_zones", path).key == "layer.zip_many"
    data = bytearray(path.read_bytes())
    struct.pack_into("<HH", data, len(data) - 14, 1, 1)
    assert world.refused("conversion_zones", written(world, bytes(data))).key == "layer.zip_many"
    struct.pack_into("<HHI", data, len(data) - 14, 1, 1, 100_000_000)
    assert world.refused("conversion_zones", written(world, bytes(data))).key == "layer.zip_many"


def test_every_cut_is_told(world: World, parts: Members) -> None:
    whole = packed(parts)
    for cut in range(1, len(whole), 97):
        assert world.refused("conversion_zones", written(world, whole[:cut])).key in {
            "layer.zip_cut",
            "layer.not_the_format",
        }


@given(at=st.floats(0, 1, exclude_max=True), value=st.integers(1, 255))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_a_changed_byte_is_told_or_harmless(world: World, at: float, value: int) -> None:
    whole = bytearray(packed([("a/vung.kml", kml(zone(0), zone(1)).encode()), ("b.txt", b"x")]))
    whole[int(at * len(whole))] ^= value
    path = written(world, bytes(whole))
    said, hectares = [], 2.0
    try:
        hectares = world.read("conversion_zones", path).frame["geom_ha"].sum()
    except InputError as error:
        said = [p.where for p in error.problems]
    assert all(where.startswith("vung.zip") for where in said)
    assert hectares == pytest.approx(2.0, rel=1e-4)


def test_the_long_form_of_the_list(world: World, parts: Members) -> None:
    """ZIP64, as programs that write to a stream do for small archives too."""
    whole = packed(parts)
    end = len(whole) - 22
    count, length, at = struct.unpack_from("<HII", whole, end + 10)
    record = struct.pack("<4sQHHIIQQQQ", b"PK\x06\x06", 44, 45, 45, 0, 0, count, count, length, at)
    locator = struct.pack("<4sIQI", b"PK\x06\x07", 0, end, 1)
    tail = struct.pack("<4sHHHHIIH", b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    layer = world.read("conversion_zones", written(world, whole[:end] + record + locator + tail))
    assert len(layer.frame) == 2
    many = struct.pack("<4sQHHIIQQQQ", b"PK\x06\x06", 44, 45, 45, 0, 0, 10**6, 10**6, length, at)
    assert (
        world.refused("conversion_zones", written(world, whole[:end] + many + locator + tail)).key == "layer.zip_many"
    )


def test_a_full_disk_names_the_archive(world: World, parts: Members, monkeypatch: pytest.MonkeyPatch) -> None:
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("no /dev/full on this system")
    path = written(world, packed(parts))
    opened = Path.open

    def no_room(self: Path, mode: str = "r", *words: Any, **more: Any) -> Any:
        return opened(full if mode == "wb" else self, mode, *words, **more)

    monkeypatch.setattr(Path, "open", no_room)
    with pytest.raises(PlaceUnavailable) as caught:
        formats.open_file(spec(path))
    assert (caught.value.key, caught.value.problems[0].where) == ("layer.copy_failed", "vung.zip")
