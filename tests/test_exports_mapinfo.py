"""MapInfo out: the datum stays, every text comes back, and what MapInfo cannot hold is said."""

import json
import shutil
import unicodedata
from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import CRS
from shapely.geometry import LineString, MultiLineString, MultiPoint, Point, Polygon, box

from geoplan import crs
from geoplan.cli import main
from geoplan.errors import PlaceUnavailable
from geoplan.exports import Bundle, mapinfo, results_mapinfo
from geoplan.formats import LayerSpec, Opened, open_file
from geoplan.messages import spoken
from tests.outputs_world import FORMULA, PRIVATE, SECRET, bundle


def opened(folder: Path, name: str) -> Opened:
    return open_file(LayerSpec("any", folder / f"{name}.mif", f"{name}.mif"))


def texts(found: Opened, name: str) -> list[str]:
    return [unicodedata.normalize("NFC", (v or b"").decode("cp1258")) for v in found.columns[name]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("mapinfo")
    results_mapinfo(bundle(), made)
    return made


def one_layer(world: Bundle, shapes: Any, system: str = "EPSG:9213", **columns: Any) -> Bundle:
    """The bundle with one measure whose layer has these shapes."""
    result = next(r for r in world.results if r.measure == "forest_cover")
    table = {"lot_id": [str(i) for i in range(len(shapes))], "unit_code": ["01879"] * len(shapes), **columns}
    layer = gpd.GeoDataFrame(table, geometry=gpd.GeoSeries(shapes, crs=system))
    return replace(world, results=[replace(result, layer=layer)], crs=system, communes=world.communes.to_crs(system))


def test_one_pair_a_layer_on_the_datum_of_vn2000(folder: Path) -> None:
    assert sorted(p.name for p in folder.iterdir()) == [
        "communes.mid", "communes.mif", "conversion.mid", "conversion.mif", "fields.csv", "forest_cover.mid", "forest_cover.mif",
    ]  # fmt: skip
    head = (folder / "forest_cover.mif").read_bytes().decode("ascii").split("\r\n")
    assert head[1] == 'Charset "WindowsVietnamese"'
    assert head[3] == (
        "CoordSys Earth Projection 8, 9999, 28, -191.90441429, -39.30318279, -111.45032835, -0.00928836, 0.01975479, "
        '-0.00427372, 0.252906278, 0, "m", 106.5, 0, 0.9999, 500000, 0'
    )
    assert " 104" not in head[3]
    found = opened(folder, "forest_cover")
    assert found.crs is not None
    assert crs.family(found.crs) == "vn2000"
    x, y = crs.transform(105.85, 22.2, crs.parse("EPSG:4326"), found.crs)
    assert (float(x), float(y)) == pytest.approx((432784.556, 2455954.286), abs=1e-3)


def test_shapes_and_texts_come_back(folder: Path) -> None:
    world = {r.measure: r.layer for r in bundle().results}
    found, lots = opened(folder, "forest_cover"), world["forest_cover"]
    assert lots is not None
    assert all(a.symmetric_difference(b).area < 1e-3 for a, b in zip(found.shapes, lots.geometry, strict=True))
    assert texts(found, "lot_id") == ["1", FORMULA, "3"]
    assert texts(found, "diadanh") == ["Nà Đeng", "", 'a?b"; DROP TABLE forest_cover; --']
    assert texts(opened(folder, "communes"), "name") == [FORMULA, "Xã Yên Phúc"]


def test_what_is_not_known_stays_blank_and_never_becomes_zero(folder: Path) -> None:
    """MapInfo makes 0 of a blank number: such a column is text."""
    found = opened(folder, "forest_cover")
    assert texts(found, "namtr") == ["", "2020", "2021"]
    assert texts(found, "dtich") == ["100", "0.333333", ""]
    assert texts(opened(folder, "communes"), "area_official_ha") == ["", "100"]
    assert opened(folder, "communes").columns["geom_ha"].tolist() == [100, 100]


def test_nothing_private_leaves_and_every_field_is_explained(folder: Path) -> None:
    for path in folder.iterdir():
        raw = path.read_bytes()
        assert SECRET.encode() not in raw
        assert SECRET.encode("cp1258", errors="ignore")[:8] not in raw
        assert not any(name.encode() in raw for name in PRIVATE if name != "notes")
    rows = (folder / "fields.csv").read_text(encoding="utf-8-sig").splitlines()
    assert rows[0] == "layer,field,column,type,label"
    assert "forest_cover,lot_id,lot_id,Char(26),Mã lô" in rows
    assert len({tuple(r.split(",")[:3:2]) for r in rows}) == len(rows)
    assert all(len(r.split(",")[2]) <= mapinfo.MOST_NAME for r in rows)


def test_the_same_results_give_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    results_mapinfo(bundle(turned=True), tmp_path)
    assert {p.name: p.read_bytes() for p in folder.iterdir()} == {p.name: p.read_bytes() for p in tmp_path.iterdir()}


@pytest.mark.parametrize(
    ("shapes", "system"),
    [
        ([Polygon([(0, 0), (90, 0), (90, 90), (0, 90)], [[(10, 10), (10, 20), (20, 20), (20, 10)]])], "EPSG:9213"),
        ([LineString([(0, 0), (1, 2.5), (3, 3)]), MultiLineString([[(0, 0), (1, 1)], [(5, 5), (6, 7)]])], "EPSG:3405"),
        ([Point(430_000.1234, 2_455_000.5678), MultiPoint([(1, 2), (3, 4)])], "EPSG:32648"),
        ([box(105.8, 22.2, 105.801, 22.201)], "EPSG:4756"),
        ([box(105.8, 22.2, 105.801, 22.201)], "EPSG:4326"),
        ([box(430_000, 2_455_000, 430_100, 2_455_100), None, Polygon()], "EPSG:5897"),
        ([Polygon([(430_000, 2_455_000, 7), (430_100, 2_455_000, 7), (430_100, 2_455_100, 7)])], "EPSG:9213"),
    ],
)
def test_every_kind_of_shape_in_every_system(tmp_path: Path, shapes: list[Any], system: str) -> None:
    results_mapinfo(one_layer(bundle(), shapes, system), tmp_path)
    names = {p.stem for p in tmp_path.glob("forest_cover*.mif")}
    found = [s for name in sorted(names) for s in opened(tmp_path, name).shapes]
    wanted = [s for s in shapes if s is not None and not s.is_empty]
    for shape in wanted:
        assert any(
            f is not None and f.geom_type == shape.geom_type and f.hausdorff_distance(shape) < 0.001 for f in found
        )
    read = opened(tmp_path, sorted(names)[0]).crs
    assert read is not None
    here = (430_000, 2_455_000, crs.parse("EPSG:9213"))
    there = np.array(crs.transform(*here, read))
    assert there == pytest.approx(np.array(crs.transform(*here, CRS.from_user_input(system))), abs=1e-6)


VIETNAMESE = "aăâeêioôơuưyđAĂÂEÊIOÔƠUƯYĐ"
LETTERS = [
    unicodedata.normalize("NFC", c + t)
    for c in VIETNAMESE
    for t in ("", "\u0300", "\u0301", "\u0303", "\u0309", "\u0323")
]


def test_every_vietnamese_letter_stands_in_the_charset() -> None:
    for letter in LETTERS:
        raw, lost = mapinfo._in_cp1258(letter)
        assert not lost or unicodedata.normalize("NFD", letter)[0] in "đĐ"
        assert lost or unicodedata.normalize("NFC", raw.decode("cp1258")) == letter


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=300))
def test_no_text_breaks_the_table(text: str) -> None:
    raw, lost = mapinfo._in_cp1258(text)
    back = unicodedata.normalize("NFC", raw.decode("cp1258"))
    assert not {b"\n"[0], 0} & set(raw.replace(b"\n", b"")) or "\n" in text
    assert lost or back == unicodedata.normalize("NFC", back)


def test_long_texts_are_cut_between_letters_and_told(tmp_path: Path) -> None:
    long = "ế" * 200  # two bytes each
    told = results_mapinfo(one_layer(bundle(), [box(0, 0, 9, 9)] * 2, diadanh=[long, "日本"]), tmp_path)
    assert [(p.key, p.feature_ids) for p in told] == [
        ("export.text_cut", ("#1",)),
        ("export.letters_replaced", ("#2",)),
    ]
    cut = texts(opened(tmp_path, "forest_cover"), "diadanh")
    assert cut[0].endswith("ế...")
    assert len(cut[0]) > 120
    assert cut[1] == "??"
    assert all("254" in spoken(told[0], lang).found for lang in ("vi", "en"))


@pytest.mark.parametrize(
    ("field", "taken", "name"),
    [
        ("short", set(), "short"),
        ("resettlement_risk_sites_at_risk_count", set(), "r_risk_sites_at_risk_count"),
        ("a_" + "b" * 40, set(), "a_" + "b" * 25 + "_1"),
        ("same", {"same"}, "same_1"),
    ],
)
def test_names_of_columns_fit(field: str, taken: set[str], name: str) -> None:
    assert mapinfo._name(field, taken) == name


def test_a_file_that_does_not_give_back_what_was_written_is_no_success(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    moved = one_layer(bundle(), [box(430_000, 2_455_000, 430_100, 2_455_100)])
    real = mapinfo._points
    monkeypatch.setattr(
        mapinfo, "_points", lambda ring, digits: real(shapely.transform(ring, lambda p: p + 0.02), digits)
    )
    with pytest.raises(PlaceUnavailable, match=r"write\.unverified"):
        results_mapinfo(moved, tmp_path)


def test_the_command(demo_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copytree(demo_folder, tmp_path / "xa", ignore=shutil.ignore_patterns("maps"))
    assert main(["export", str(tmp_path / "xa"), "mapinfo", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    made = tmp_path / "xa" / "maps" / "2026-06-30-mapinfo"
    assert answer["folder"] == str(made)
    assert answer["files"] == sorted(p.name for p in made.iterdir())
    assert not (made.parent / "latest").exists()
    lots = gpd.read_file(tmp_path / "xa" / "layers" / "rung.gpkg")
    found = opened(made, "forest_cover")
    assert sum(s.area for s in found.shapes) == pytest.approx(lots.geometry.area.sum(), rel=1e-6)
    assert np.allclose(shapely.total_bounds(found.shapes), lots.total_bounds, atol=0.01)
    assert main(["export", str(tmp_path / "xa"), "autocad"]) == 2
