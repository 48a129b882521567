"""KML, GPX, GeoParquet and the QGIS project: what each program gets, read by readers that are not ours."""

import json
import shutil
import subprocess
import xml.etree.ElementTree as ET
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pyarrow.parquet as pq
import pyogrio
import pytest
import shapely
from shapely.geometry import LineString, MultiLineString, MultiPoint, Point, Polygon, box

from geoplan import crs, exports
from geoplan.cli import main
from geoplan.errors import PlaceUnavailable
from geoplan.exports import Bundle, gpx, kml, parquet, qgis, styles
from tests.outputs_world import FORMULA, PRIVATE, SECRET, bundle

Writer = Callable[[Bundle, Path], Any]
WRITERS: dict[str, Writer] = {
    "kml": exports.results_kml,
    "gpx": exports.results_gpx,
    "geoparquet": exports.results_parquet,
    "qgis": exports.results_qgis,
}
KML = {"k": kml.NAMESPACE}
GPX = {"g": gpx.NAMESPACE}
HOSTILE = "<img src=http://a/b onerror=alert(1)>&amp;]]>"
SYSTEM_PYTHON = "/usr/bin/python3"


def one_layer(shapes: Any, system: str = "EPSG:9213", **columns: Any) -> Bundle:
    """The world with one measure whose layer has these shapes."""
    world = bundle()
    result = next(r for r in world.results if r.measure == "forest_cover")
    table = {"lot_id": [f"L{i}" for i in range(len(shapes))], "unit_code": ["01879"] * len(shapes), **columns}
    layer = gpd.GeoDataFrame(table, geometry=gpd.GeoSeries(shapes, crs=system))
    return replace(world, results=[replace(result, layer=layer)], crs=system, communes=world.communes.to_crs(system))


def made(world: Bundle, name: str, folder: Path) -> Path:
    place = folder / name
    place.mkdir()
    assert WRITERS[name](world, place) == ()
    return place


def everything(folder: Path) -> bytes:
    """All bytes of a folder, zip members and compressed columns unpacked."""
    found = []
    for path in sorted(folder.iterdir()):
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                found += [archive.read(name) for name in archive.namelist()]
        if path.suffix == ".parquet":
            table = pq.read_table(path)
            found.append(repr((table.schema.metadata, table.drop_columns("geom").to_pydict())).encode())
        found.append(path.read_bytes())
    return b"\n".join(found)


def test_the_control_point_lands_where_the_globe_has_it(tmp_path: Path) -> None:
    """VN-2000 of the control point; without its datum the flag would stand 223 m off."""
    folder = made(one_layer([Point(432784.556, 2455954.286)]), "kml", tmp_path)
    text = ET.parse(folder / "forest_cover_points.kml").findtext(".//k:Point/k:coordinates", namespaces=KML)
    assert text is not None
    lon, lat = (float(v) for v in text.split(","))
    assert (lon, lat) == pytest.approx((105.85, 22.2), abs=2e-8)
    folder = made(one_layer([Point(432784.556, 2455954.286)]), "gpx", tmp_path)
    point = ET.parse(folder / "forest_cover_points.gpx").find(".//g:wpt", namespaces=GPX)
    assert point is not None
    assert (float(point.get("lon", "")), float(point.get("lat", ""))) == pytest.approx((105.85, 22.2), abs=2e-8)


SHAPES = [
    [box(430_000, 2_455_000, 430_500, 2_455_500)],
    [Polygon(box(430_000, 2_455_000, 430_500, 2_455_500).exterior, [box(430_100, 2_455_100, 430_200, 2_455_200).exterior])],
    [box(430_000, 2_455_000, 430_500, 2_455_500).union(box(431_000, 2_455_000, 431_500, 2_455_500)), None],
    [LineString([(430_000, 2_455_000), (431_000, 2_456_000)])],
    [MultiLineString([[(430_000, 2_455_000), (431_000, 2_456_000)], [(430_000, 2_456_000), (431_000, 2_456_500)]])],
    [Point(430_000, 2_455_000), Point(431_000, 2_456_000)],
    [MultiPoint([(430_000, 2_455_000), (431_000, 2_456_000)])],
]  # fmt: skip


@pytest.mark.parametrize("shapes", SHAPES)
def test_gdal_reads_every_kind_of_shape_where_it_lies(tmp_path: Path, shapes: list[Any]) -> None:
    wanted = crs.geometries(np.asarray(shapes, dtype=object), crs.parse("EPSG:9213"), crs.parse("EPSG:4326"))
    folder = made(one_layer(shapes), "kml", tmp_path)
    names = [name for name in folder.iterdir() if name.stem.startswith("forest_cover")]
    read = pyogrio.read_dataframe(names[0]).geometry
    assert len(read) == len(shapes)
    for found, want in zip(read, wanted, strict=True):
        assert (found is None) == (want is None)
        if want is not None:
            assert shapely.hausdorff_distance(shapely.force_2d(found), want) < 2e-8


def test_a_waypoint_lies_inside_however_bent_the_lot_is(tmp_path: Path) -> None:
    bent = Polygon([(430_000, 2_455_000), (431_000, 2_455_000), (431_000, 2_456_000), (430_990, 2_456_000), (430_990, 2_455_010), (430_000, 2_455_010)])  # fmt: skip
    assert not bent.contains(bent.centroid)
    folder = made(one_layer([bent]), "gpx", tmp_path)
    points = pyogrio.read_dataframe(folder / "forest_cover.gpx", layer="waypoints")
    tracks = pyogrio.read_dataframe(folder / "forest_cover.gpx", layer="tracks")
    assert points["name"].tolist() == ["L0"] == tracks["name"].tolist()
    ring = shapely.get_parts(tracks.geometry.iloc[0])[0]
    assert Polygon(ring).contains(points.geometry.iloc[0])
    assert Polygon(ring).area > 0


def test_what_a_reader_sees_in_google_earth(tmp_path: Path) -> None:
    folder = made(bundle(), "kml", tmp_path)
    assert sorted(p.name for p in folder.iterdir()) == ["communes.kml", "conversion.kml", "forest_cover.kml"]
    root = ET.parse(folder / "forest_cover.kml").getroot()
    assert root.findtext("k:Document/k:name", namespaces=KML) == "Độ che phủ rừng"
    assert "GIẢ LẬP" in (root.findtext("k:Document/k:description", namespaces=KML) or "")
    assert "EPSG:6960" in (root.findtext("k:Document/k:description", namespaces=KML) or "")
    fields = {
        f.get("name"): f.findtext("k:displayName", namespaces=KML) for f in root.iter(f"{{{kml.NAMESPACE}}}SimpleField")
    }
    assert fields["lot_id"] == "Mã lô"
    first = root.find(".//k:Placemark", namespaces=KML)
    assert first is not None
    cells = {c.get("name"): c.text for c in first.iter(f"{{{kml.NAMESPACE}}}SimpleData")}
    assert cells["forest_class"] == "Rừng tự nhiên"
    assert "namtr" not in cells  # unknown stays blank, never 0
    styles = {
        s.get("id"): s.findtext("k:PolyStyle/k:color", namespaces=KML) for s in root.iter(f"{{{kml.NAMESPACE}}}Style")
    }
    assert styles[(first.findtext("k:styleUrl", namespaces=KML) or "")[1:]] == "994f6b2f"  # #2f6b4f, blue first


@pytest.mark.parametrize("name", ["kml", "gpx"])
def test_no_text_becomes_markup_in_a_balloon(tmp_path: Path, name: str) -> None:
    world = one_layer([box(430_000, 2_455_000, 430_100, 2_455_100)], diadanh=[HOSTILE], lo=[HOSTILE], lot_id=[HOSTILE])
    folder = made(replace(world, name=HOSTILE), name, tmp_path)
    for path in folder.iterdir():
        for element in ET.parse(path).iter():
            assert "<" not in (element.text or "").strip()
            assert element.tag.rpartition("}")[2] != "img"
    assert "‹img" in (folder / f"forest_cover.{name}").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", sorted(WRITERS))
def test_nothing_private_leaves(tmp_path: Path, name: str) -> None:
    found = everything(made(bundle(), name, tmp_path))
    assert ("Nà Đeng".encode() in found) == (name != "gpx")  # what may leave is found by this way of looking
    for word in (SECRET, "0912345678", "cot_moi", *PRIVATE):
        assert word.encode() not in found


@pytest.mark.parametrize("name", sorted(WRITERS))
def test_the_same_results_give_the_same_bytes(tmp_path: Path, name: str) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    left, right = made(bundle(), name, tmp_path / "a"), made(bundle(turned=True), name, tmp_path / "b")
    assert [p.name for p in sorted(left.iterdir())] == [p.name for p in sorted(right.iterdir())]
    for path in left.iterdir():
        assert path.read_bytes() == (right / path.name).read_bytes(), path.name


def test_geoparquet_keeps_every_number_and_the_datum(tmp_path: Path) -> None:
    folder = made(bundle(), "geoparquet", tmp_path)
    read = gpd.read_parquet(folder / "forest_cover.parquet")
    layer = next(r.layer for r in bundle().results if r.measure == "forest_cover")
    assert layer is not None
    assert read.crs == crs.parse("EPSG:9213")
    assert np.array_equal(shapely.get_coordinates(read.geometry), shapely.get_coordinates(layer.geometry))
    assert read["lot_id"].tolist() == ["1", FORMULA, "3"]
    assert np.isnan(read["dtich"].iloc[2])


def test_the_project_names_its_database_by_a_relative_path(tmp_path: Path) -> None:
    folder = made(bundle(), "qgis", tmp_path)
    archive = zipfile.ZipFile(next(folder.glob("*.qgz")))
    with archive:
        text = archive.read(archive.namelist()[0]).decode()
    root = ET.fromstring(text)
    sources = {e.text for e in root.iter("datasource")}
    assert sources == {f"./results.gpkg|layername={name}" for name in ("conversion", "forest_cover", "communes")}
    assert {e.get("id") for e in root.iter("layer-tree-layer")} == {e.text for e in root.iter("id")}
    assert all(len(e.text or "") > 10 for e in root.iter("id"))
    assert str(tmp_path) not in text
    assert "GIẢ LẬP" in (root.findtext("title") or "")


OPEN = """
import json, os, sys
os.environ["QT_QPA_PLATFORM"] = "offscreen"
from qgis.core import QgsApplication, QgsProject
app = QgsApplication([], False)
app.initQgis()
project = QgsProject.instance()
assert project.read(sys.argv[1])
told = {
    layer.name(): [layer.isValid(), layer.featureCount(), layer.crs().authid(), layer.renderer().type(), [f.alias() for f in layer.fields()]]
    for layer in project.mapLayers().values()
}
order = [layer.name() for layer in project.layerTreeRoot().layerOrder()]
print(json.dumps([project.crs().authid(), project.areaUnits() , order, told]), flush=True)
os._exit(0)  # QGIS may fall over its own objects when it ends
"""


def test_qgis_opens_it(tmp_path: Path) -> None:
    """Headless QGIS, where it is installed."""
    probe = [SYSTEM_PYTHON, "-c", "import qgis.core"]
    if not Path(SYSTEM_PYTHON).exists() or subprocess.run(probe, capture_output=True, check=False).returncode:
        pytest.skip("QGIS is not installed")
    folder = made(bundle(), "qgis", tmp_path)
    moved = folder.rename(tmp_path / "mang đi")
    env = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "XDG_RUNTIME_DIR": str(tmp_path)}
    command = [SYSTEM_PYTHON, "-c", OPEN, str(next(moved.glob("*.qgz")))]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=env)
    assert done.returncode == 0, done.stderr
    system, _, order, told = json.loads(done.stdout.splitlines()[-1])
    assert system == "EPSG:9213"
    assert sorted(order) == sorted(told) == ["Chuyển đổi đất lúa, ngô", "Các xã", "Độ che phủ rừng"]
    assert order == ["Các xã", "Chuyển đổi đất lúa, ngô", "Độ che phủ rừng"]  # outlines first, zones above the lots
    assert {name: row[:4] for name, row in told.items()} == {
        "Các xã": [True, 2, "EPSG:9213", "singleSymbol"],
        "Chuyển đổi đất lúa, ngô": [True, 1, "EPSG:9213", "categorizedSymbol"],
        "Độ che phủ rừng": [True, 3, "EPSG:9213", "categorizedSymbol"],
    }
    assert "Mã lô" in told["Độ che phủ rừng"][4]
    assert all(told["Các xã"][4][1:]), "a column of the communes has no label"


def test_households_have_the_colours_of_their_verdicts_not_those_of_the_law() -> None:
    lawful, risk = styles.colours_of("verdict", ["refused"]), styles.colours_of("verdict", ["at_risk", "unknown"])
    assert set(lawful) == {"lawful", "look", "refused", "to_forest", "unknown"}
    assert set(risk) == {"at_risk", "conditional", "safe", "unknown"}
    assert set(styles.colours_of("verdict", ["unknown"])) == set(lawful)


@pytest.mark.parametrize(("module", "name"), [(kml, "kml"), (gpx, "gpx")])
def test_a_file_that_does_not_give_back_what_was_written_is_no_success(
    module: Any, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = module.write_bytes
    monkeypatch.setattr(module, "write_bytes", lambda path, data: real(path, data.replace(b"105.", b"105.0", 1)))
    with pytest.raises(PlaceUnavailable, match=r"write\.unverified"):
        WRITERS[name](bundle(), tmp_path)


def test_a_cell_that_changes_on_the_way_is_no_success(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = kml.write_bytes
    monkeypatch.setattr(kml, "write_bytes", lambda path, data: real(path, data.replace("Nà Đeng".encode(), b"Na Deng")))
    with pytest.raises(PlaceUnavailable, match=r"write\.unverified"):
        exports.results_kml(bundle(), tmp_path)


def test_a_parquet_that_lost_a_row_is_no_success(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = gpd.read_parquet
    monkeypatch.setattr(parquet.gpd, "read_parquet", lambda path: real(path).iloc[1:])
    with pytest.raises(PlaceUnavailable, match=r"write\.unverified"):
        exports.results_parquet(bundle(), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_an_archive_that_is_torn_is_no_success(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(qgis.zipfile.ZipFile, "testzip", lambda _: "x.qgs")
    with pytest.raises(PlaceUnavailable, match=r"write\.unverified"):
        exports.results_qgis(bundle(), tmp_path)


@pytest.mark.parametrize("name", [*sorted(WRITERS), "qfield"])
def test_the_command(name: str, demo_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copytree(demo_folder, tmp_path / "xa", ignore=shutil.ignore_patterns("maps"))
    assert main(["export", str(tmp_path / "xa"), name, "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    folder = tmp_path / "xa" / "maps" / f"2026-06-30-{name}"
    assert answer["folder"] == str(folder)
    assert answer["files"] == sorted(p.name for p in folder.iterdir())
    assert answer["files"]
