"""`geoplan import`: a dry run changes nothing, a clean copy is the file put right, and the record says how."""

import io
import json
import sqlite3
import sys
import zipfile
from collections.abc import Callable
from contextlib import closing, redirect_stderr, redirect_stdout
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyogrio
import pytest
from pandas.testing import assert_frame_equal
from shapely.geometry import Polygon

from geoplan import cli, layers
from geoplan.layers import LayerSpec
from tests.intake.conftest import Said, call, hashes, tcvn3
from tests.layers.conftest import SOUTH, VN, WEST, communes, lots, square, zones

Made = Callable[..., Path]
BOW_TIE = Polygon([(WEST, SOUTH), (WEST + 100, SOUTH + 100), (WEST + 100, SOUTH), (WEST, SOUTH + 100)])


def old_shapefile(folder: Path, name: str = "Lô rừng.shp", **columns: object) -> Path:
    """Lots as an office has them: TCVN3 without a .cpg, no .prj."""
    frame = lots(3, diadanh=["Nà Lìn", "Khuổi Đẩy", "Phja Bjoóc"], churung=["Nguyễn Văn Bí"] * 3, la=["đẹp", "x", None])
    frame = frame.assign(**columns)
    for column in ("diadanh", "churung", "la"):
        frame[column] = [tcvn3(t) if isinstance(t, str) else None for t in frame[column]]
    path = folder / name
    frame.to_file(path, encoding="ISO-8859-1")
    for ending in (".cpg", ".prj"):
        path.with_suffix(ending).unlink()
    return path


def test_a_dry_run_writes_one_page_and_nothing_else(project: Made, tmp_path: Path) -> None:
    folder = project()
    path = old_shapefile(tmp_path)
    before = hashes(tmp_path)
    said = call("import", path, "--project", folder, "--crs", "EPSG:9213")
    assert said.code == 0, said.err
    after = hashes(tmp_path)
    assert set(after) - set(before) == {"xa/layers/import.html"}
    assert {k: after[k] for k in before} == before
    for wanted in ("Shapefile", "forest_lots", "tcvn3", "“Nà Lìn”", "3,00 ha", "EPSG:9213"):
        assert wanted in said.out


def test_persons_are_neither_on_the_page_nor_in_what_is_said_nor_in_the_record(project: Made, tmp_path: Path) -> None:
    folder, path = project(), old_shapefile(tmp_path, so_dt=["0912345678"] * 3, phone=["0987654321"] * 3)
    said = call("import", path, "--project", folder, "--crs", "EPSG:9213")
    page = (folder / "layers" / "import.html").read_text(encoding="utf-8")
    asked = call("import", path, "--project", folder, "--crs", "EPSG:9213", "--yes", "--json")
    record = (folder / "layers" / "lo_rung.source.json").read_text(encoding="utf-8")
    for text in (said.out, said.err, page, asked.out, record):
        assert "Nguyễn" not in text
        assert "0987654321" not in text
        assert "Nà Lìn" in text or text is said.err or text is record


def test_a_file_whose_role_nobody_knows_still_hides_persons(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    frame = gpd.GeoDataFrame(
        {"Họ và tên": ["Nguyễn Văn Bí"], "Nơi": ["Bản Mới"]}, geometry=[square(0, 0)], crs="EPSG:9213"
    )
    frame.to_file(tmp_path / "x.gpkg")
    said = call("import", "x.gpkg", "--json")
    assert said.code == 0
    assert "Nguyễn" not in said.out + (tmp_path / "layers" / "import.html").read_text(encoding="utf-8")
    assert said.json["layers"][0]["role"] == "any"
    assert [w["key"] for w in said.json["warnings"]] == ["intake.role_unknown"]


def test_a_guessed_encoding_quotes_no_person_whatever_the_role(tmp_path: Path) -> None:
    frame = gpd.GeoDataFrame({"chu_ho": [tcvn3("Nguyễn Văn Bảy")]}, geometry=[square(0, 0)], crs="EPSG:9213")
    frame.to_file(tmp_path / "x.shp", encoding="ISO-8859-1")
    (tmp_path / "x.cpg").unlink()
    words = ("import", tmp_path / "x.shp", "--role", "any", "--out", tmp_path / "out")
    said, asked = call(*words), call(*words, "--yes", "--json")
    assert said.code == asked.code == 0
    assert "layer.encoding_guessed" in {w["key"] for w in asked.json["warnings"]}
    written = (tmp_path / "out" / "x.source.json").read_text(encoding="utf-8")
    page = (tmp_path / "out" / "import.html").read_text(encoding="utf-8")
    for text in (said.out, said.err, asked.out, written, page):
        assert "Nguyễn" not in text


def test_an_unknown_crs_is_refused_with_the_one_that_lies_on_the_commune(project: Made, tmp_path: Path) -> None:
    folder, path = project(), old_shapefile(tmp_path)
    said = call("import", path, "--project", folder)
    assert said.code == 3
    assert "EPSG:9213" in said.err
    assert "--crs EPSG:9213" in said.err
    assert said.err.count("VN-2000 / TM-3") == 1  # told once, and none that only meets the province
    answer = call("import", path, "--project", folder, "--json").json
    assert answer["layers"][0]["crs_candidates"][0]["crs"] == "EPSG:9213"
    assert answer["error"]["key"] == "layer.crs_missing"
    assert not (folder / "layers" / "lo_rung.gpkg").exists()


def table_of(said: Said) -> gpd.GeoDataFrame:
    """The first clean file."""
    path = Path(said.json["written"][0]["path"])
    return pyogrio.read_dataframe(path, layer=path.stem)


class Terminal(io.StringIO):
    """A terminal: what is typed stands in it already."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("typed", "code"), [("1\n", 0), ("\n", 3), ("99\n", 3), ("", 3), ("một\n", 3)])
def test_a_person_at_the_terminal_is_asked(
    project: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, typed: str, code: int
) -> None:
    folder, path = project(), old_shapefile(tmp_path)
    screen = Terminal()
    monkeypatch.setattr(sys, "stdin", Terminal(typed))
    with redirect_stdout(io.StringIO()), redirect_stderr(screen):
        assert cli.main(["import", str(path), "--project", str(folder)]) == code
    assert "1. EPSG:9213" in screen.getvalue()


def test_the_clean_copy_is_read_as_the_file_was(project: Made, tmp_path: Path) -> None:
    folder, path = project(), old_shapefile(tmp_path)
    said = call("import", path, "--project", folder, "--crs", "EPSG:9213", "--yes", "--json")
    assert said.code == 0
    (written,) = said.json["written"]
    assert written["line"] == 'forest_lots = "layers/lo_rung.gpkg"'
    source = layers.read(LayerSpec("forest_lots", path, path.name, crs="EPSG:9213"), VN, tmp_path)
    clean = layers.read(LayerSpec("forest_lots", folder / "layers" / "lo_rung.gpkg", "lo_rung.gpkg"), VN, folder)
    left, right = (pd.DataFrame(each.frame.drop(columns="geometry")) for each in (clean, source))
    assert_frame_equal(left, right)
    assert clean.frame.geometry.geom_equals(source.frame.geometry).all()
    table = pyogrio.read_dataframe(folder / "layers" / "lo_rung.gpkg", layer="lo_rung")
    assert list(table.columns[:2]) == ["lot_id", "id"]
    assert [t if isinstance(t, str) else None for t in table["la"]] == ["đẹp", "x", None]


def test_the_originals_of_changed_texts_are_kept_as_bytes(project: Made, tmp_path: Path) -> None:
    folder, path = project(), old_shapefile(tmp_path)
    assert call("import", path, "--project", folder, "--crs", "EPSG:9213", "--yes").code == 0
    with closing(sqlite3.connect(folder / "layers" / "lo_rung.gpkg")) as base:
        rows = base.execute("SELECT feature, column, original FROM originals").fetchall()
    for feature, column, original in rows:
        assert original.startswith("0x"), (feature, column)
    words = {bytes.fromhex(o[2:]).decode("latin-1") for _, c, o in rows if c == "diadanh"}
    assert words == {tcvn3(t) for t in ("Nà Lìn", "Khuổi Đẩy", "Phja Bjoóc")}
    assert ("1", "la") in {(f, c) for f, c, _ in rows}
    assert ("2", "la") not in {(f, c) for f, c, _ in rows}, "plain ASCII was not changed"


def test_the_record_names_source_encoding_crs_and_what_was_not_stated(project: Made, tmp_path: Path) -> None:
    folder, path = project(), old_shapefile(tmp_path)
    words = ("import", path, "--project", folder, "--crs", "EPSG:9213", "--yes")
    assert call(*words, "--source", "Hạt Kiểm lâm", "--date", "2026-05-01").code == 0
    record = json.loads((folder / "layers" / "lo_rung.source.json").read_text(encoding="utf-8"))
    assert record["source"]["from"] == "Hạt Kiểm lâm"
    assert record["source"]["licence"] == "not stated"
    assert record["source"]["date"] == "2026-05-01"
    assert [f["file"] for f in record["source"]["files"]] == ["Lô rừng.shp", "Lô rừng.dbf", "Lô rừng.shx"]
    assert all(f["sha256"] == hashes(tmp_path)[f["file"]] for f in record["source"]["files"])
    assert record["crs"] == {"found": "EPSG:9213", "declared": "EPSG:9213", "operation": "none"}
    assert {c["column"]: c["encoding"] for c in record["columns"]}["diadanh"] == "tcvn3"
    assert record["hectares"]["before"] == record["hectares"]["after"] == pytest.approx(3.0, abs=1e-3)
    assert str(tmp_path) not in json.dumps(record, ensure_ascii=False)


def test_the_same_file_gives_the_same_bytes(project: Made, tmp_path: Path) -> None:
    folder, path = project(), old_shapefile(tmp_path)
    for out in ("a", "b"):
        words = ("import", path, "--project", folder, "--crs", "EPSG:9213")
        assert call(*words, "--out", tmp_path / out).code == 0
        assert call(*words, "--out", tmp_path / out, "--yes").code == 0
    made = hashes(tmp_path / "a")
    assert set(made) == {"import.html", "lo_rung.gpkg", "lo_rung.source.json"}
    assert made == hashes(tmp_path / "b")
    said = call("import", path, "--project", folder, "--crs", "EPSG:9213", "--out", tmp_path / "a", "--yes")
    assert "giống hệt" in said.out


def test_nothing_is_written_over_an_input_or_over_other_content(project: Made, tmp_path: Path) -> None:
    folder = project()
    rung = folder / "layers" / "rung.gpkg"
    before = hashes(folder)
    said = call("import", rung, "--project", folder, "--yes", "--json")
    assert said.code == 0, said.out
    assert Path(said.json["written"][0]["path"]).name == "rung_sach.gpkg"
    assert {k: v for k, v in hashes(folder).items() if k in before} == before
    other = tmp_path / "rung.geojson"
    lots(2).to_crs("EPSG:4326").to_file(other)
    said = call("import", other, "--project", folder, "--yes", "--json")
    assert said.code == 3
    assert said.json["error"]["key"] == "intake.exists"
    assert {k: v for k, v in hashes(folder).items() if k in before} == before
    assert call("import", other, "--project", folder, "--yes", "--replace").code == 0
    assert len(pyogrio.read_dataframe(rung)) == 2


def test_a_bow_tie_is_mended_and_said_with_its_hectares(project: Made, tmp_path: Path) -> None:
    folder = project()
    path = tmp_path / "moi.gpkg"
    lots(2, geometry=[BOW_TIE, square(1, 0)], dtich=[0.5, 1.0]).to_file(path)
    said = call("import", path, "--project", folder, "--yes", "--json")
    assert said.code == 0, said.out
    assert said.json["layers"][0]["mended"]
    record = json.loads((folder / "layers" / "moi.source.json").read_text(encoding="utf-8"))
    (changed,) = record["changed_shapes"]
    assert changed["feature"] == "1"
    assert changed["after_ha"] == pytest.approx(0.5, abs=1e-3)
    assert record["repairs"][0]["features"] == ["1"]
    clean = layers.read(LayerSpec("forest_lots", folder / "layers" / "moi.gpkg", "moi.gpkg"), VN, folder)
    assert clean.frame["geom_ha"].sum() == pytest.approx(1.5, abs=1e-3)


def test_good_layers_are_written_and_bad_ones_are_not(project: Made, tmp_path: Path) -> None:
    folder = project()
    zones().to_file(tmp_path / "vung.gpkg")
    (tmp_path / "hong.gpkg").write_bytes(b"SQLite format 3\0rubbish")
    said = call("import", tmp_path / "vung.gpkg", tmp_path / "hong.gpkg", "--project", folder, "--yes", "--json")
    assert said.code == 3
    assert [Path(w["path"]).name for w in said.json["written"]] == ["vung.gpkg"]
    assert "hong.gpkg" in said.json["error"]["where"]
    assert not (folder / "layers" / "hong.gpkg").exists()


def test_every_layer_of_a_geopackage_is_taken(project: Made, tmp_path: Path) -> None:
    folder, path = project(), tmp_path / "nhieu.gpkg"
    zones().to_file(path, layer="vùng")
    communes().to_file(path, layer="Xã")
    said = call("import", path, "--project", folder, "--yes", "--json")
    assert said.code == 0, said.out
    assert {(found["layer"], found["role"]) for found in said.json["layers"]} == {
        ("vùng", "conversion_zones"),
        ("Xã", "communes"),
    }
    assert {Path(w["path"]).name for w in said.json["written"]} == {"nhieu_vung.gpkg", "nhieu_xa.gpkg"}


def test_a_zip_from_the_telephone(project: Made, tmp_path: Path) -> None:
    folder = project()
    old_shapefile(tmp_path, "rung.shp")
    with zipfile.ZipFile(tmp_path / "gui.zip", "w") as box:
        for ending in (".shp", ".shx", ".dbf"):
            box.write(tmp_path / f"rung{ending}", f"du lieu/rung{ending}")
    said = call("import", tmp_path / "gui.zip", "--project", folder, "--crs", "EPSG:9213", "--yes", "--json")
    assert said.code == 0, said.out
    assert said.json["layers"][0]["role"] == "forest_lots"
    assert len(table_of(said)) == 3


def test_a_layer_elsewhere_is_refused_because_it_meets_no_commune(project: Made, tmp_path: Path) -> None:
    folder = project()
    lots(2, geometry=[square(900, 0), square(901, 0)]).to_file(tmp_path / "xa.gpkg")
    said = call("import", tmp_path / "xa.gpkg", "--project", folder, "--json")
    assert said.code == 3
    assert {"layer.meets_nothing", "layer.lies_elsewhere"} & {e["key"] for e in said.json["errors"]}


def test_columns_of_one_name_in_other_case_all_stay(project: Made, tmp_path: Path) -> None:
    folder = project()
    frame = zones(fid_=[1, 2]).rename(columns={"fid_": "FID2"})
    frame["Status "] = ["nháp", "đã duyệt"]
    frame["geom2"] = [1.5, None]
    frame.to_file(tmp_path / "v.geojson")
    said = call("import", tmp_path / "v.geojson", "--project", folder, "--crs", "EPSG:9213", "--yes", "--json")
    if said.code == 3:
        said = call("import", tmp_path / "v.geojson", "--project", folder, "--yes", "--json")
    assert said.code == 0, said.out
    table = table_of(said)
    assert list(table["FID2"]) == [1, 2]
    assert table["geom2"].tolist()[0] == 1.5


@pytest.mark.parametrize(
    ("words", "key", "code"),
    [
        (("--column", "lot_id"), "intake.column_form", 2),
        (("--date", "30/06/2026"), "intake.date_form", 2),
        (("--date", "2026-02-31"), "intake.date_form", 2),
        (("--role", "rừng"), "layer.role_unknown", 3),
        (("--crs", "EPSG:1"), "crs.unknown", 3),
        (("--encoding", "xyz"), "layer.encoding_unknown", 3),
        (("--project", "nowhere"), "project.no_file", 3),
    ],
)
def test_words_are_looked_at_before_files(words: tuple[str, ...], key: str, code: int, tmp_path: Path) -> None:
    said = call("import", tmp_path / "nothing.gpkg", *words, "--json")
    assert said.code == code
    assert said.json["error"]["key"] == key


@pytest.mark.parametrize(
    "word",
    ["http://a.vn/x.gpkg", "PG:dbname=x", "/vsicurl/http://a.vn/x.tif", "/vsizip/x.zip", "MEM:::x", "vrt://a.tif"],
)
def test_addresses_are_refused(word: str) -> None:
    said = call("import", word, "--json")
    assert said.code == 3
    assert said.json["error"]["key"] in ("layer.not_a_file", "layer.file_missing")


def test_the_cure_for_a_lying_file_works_on_the_command_line(project: Made, tmp_path: Path) -> None:
    folder = project()
    path = tmp_path / "sai_he.gpkg"
    lots().set_crs("EPSG:5897", allow_override=True).to_file(path)
    words = ("import", path, "--project", folder, "--role", "forest_lots", "--json")
    assert call(*words, "--crs", "EPSG:9213").json["error"]["key"] == "layer.crs_contradiction"
    said = call(*words, "--crs", "EPSG:5897 -> EPSG:9213")
    assert said.code == 0, said
    assert [w["key"] for w in said.json["warnings"]] == ["layer.crs_overruled"]
