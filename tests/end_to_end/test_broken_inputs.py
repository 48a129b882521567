"""Broken inputs through the whole command: exit 3, the file named, a cure given, nothing written, no traceback."""

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import rasterio
import shapely
from affine import Affine

from tests.end_to_end.world import LAYERS, VIETNAMESE, call, copy_of, inputs_of, respell, rewrite

Break = Callable[[Path], None]


def layer(folder: Path, role: str) -> Path:
    return folder / "layers" / f"{LAYERS[role]}.gpkg"


def emptied(role: str) -> Break:
    return lambda folder: rewrite(folder, role, lambda frame: frame.iloc[:0]) and None


def zero_bytes(folder: Path) -> None:
    layer(folder, "forest_lots").write_bytes(b"")


def text_named_gpkg(folder: Path) -> None:
    layer(folder, "forest_lots").write_text("lot_id,dtich\n1,2\n", encoding="utf-8")


def cut_gpkg(folder: Path) -> None:
    path = layer(folder, "forest_lots")
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def bare_sqlite(folder: Path) -> None:
    path = layer(folder, "forest_lots")
    path.unlink()
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE a (b)")
    database.close()


def shapefile(folder: Path) -> Path:
    old = layer(folder, "forest_lots")
    frame = pyogrio.read_dataframe(old)
    frame = frame.drop(
        columns=[name for name in frame.columns if frame[name].dtype.kind == "f" and frame[name].isna().any()]
    )
    pyogrio.write_dataframe(frame, old.with_suffix(".shp"), driver="ESRI Shapefile", encoding="UTF-8")
    old.unlink()
    respell(folder, ("layers/rung.gpkg", "layers/rung.shp"))
    return old.with_suffix(".shp")


def cut(ending: str, share: float) -> Break:
    def change(folder: Path) -> None:
        path = shapefile(folder).with_suffix(ending)
        path.write_bytes(path.read_bytes()[: int(share * path.stat().st_size)])

    return change


def no_dbf(folder: Path) -> None:
    shapefile(folder).with_suffix(".dbf").unlink()


def zero_tif(folder: Path) -> None:
    (folder / "rasters" / "lop_phu.tif").write_bytes(b"")


def cut_tif(folder: Path) -> None:
    path = folder / "rasters" / "lop_phu.tif"
    path.write_bytes(path.read_bytes()[:9_000])


def raster(change: Callable[[Any], dict[str, Any]]) -> Break:
    def spoil(folder: Path) -> None:
        path = folder / "rasters" / "lop_phu.tif"
        with rasterio.open(path) as before:
            profile, values = before.profile, before.read(1)
        path.unlink()
        with rasterio.open(path, "w", **{**profile, **change(profile)}) as after:
            after.write(values, 1)

    return spoil


far_raster = raster(lambda profile: {"crs": "EPSG:32648", "transform": Affine(10, 0, 800_000, 0, -10, 1_200_000)})
nameless_raster = raster(lambda profile: {"crs": None})
wrong_name_raster = raster(lambda profile: {"crs": "EPSG:3405"})
degrees_raster = raster(lambda profile: {"crs": "EPSG:4326"})


def other_commune(folder: Path) -> None:
    respell(folder, ("synthetic = true", 'synthetic = true\ncommunes = ["01879"]'))


def lots(change: Callable[[gpd.GeoDataFrame], gpd.GeoDataFrame]) -> Break:
    return lambda folder: rewrite(folder, "forest_lots", change)


def with_value(role: str, column: str, row: int, value: Any) -> Break:
    def change(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
        values = frame[column].astype(object).tolist()
        values[row] = value
        return frame.assign(**{column: values})

    return lambda folder: rewrite(folder, role, change)


def shape_of(role: str, row: int, make: Callable[[Any], Any]) -> Break:
    def change(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
        shapes = frame.geometry.tolist()
        shapes[row] = make(shapes[row])
        return frame.set_geometry(shapes, crs=frame.crs)

    return lambda folder: rewrite(folder, role, change)


def bow_tie(shape: Any) -> Any:
    west, south, east, north = shape.bounds
    return shapely.Polygon([(west, south), (east, north), (east, south), (west, north)])


def twice(folder: Path) -> None:
    """The same lot under another id: the same ground counted twice."""
    rewrite(
        folder, "forest_lots", lambda frame: pd.concat([frame, frame.iloc[[100]].assign(id=99_999)], ignore_index=True)
    )


def grown(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Forty lots over their neighbours by thirty metres."""
    shapes = frame.geometry.tolist()
    for row in range(100, 140):
        shapes[row] = shapes[row].buffer(30)
    return frame.set_geometry(shapes, crs=frame.crs)


def unknown_types(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    count = int(np.searchsorted(frame["dtich"].cumsum(), 0.08 * frame["dtich"].sum()))
    return frame.assign(ldlr=["QQQ" if row < count else value for row, value in enumerate(frame["ldlr"])])


def table(name: str, old: str, new: str) -> Break:
    def change(folder: Path) -> None:
        path = folder / name
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")

    return change


def swapped_official(folder: Path) -> None:
    rewrite(folder, "communes", lambda frame: frame.assign(area_official_ha=frame["area_official_ha"] * 10_000))


def doubled_column(folder: Path) -> None:
    """A second column of the same name: which value is right is not known."""
    path = folder / "targets.csv"
    head, *rows = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join([f"{head},value", *(f"{row},5" for row in rows)]) + "\n", encoding="utf-8")


def a_folder(name: str) -> Break:
    def change(folder: Path) -> None:
        (folder / name).unlink()
        (folder / name).mkdir()

    return change


def endless_cell(folder: Path) -> None:
    path = folder / "targets.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("Tỷ lệ", "x" * 200_000, 1), encoding="utf-8")


def declared_beyond_the_shapes(folder: Path) -> None:
    rewrite(folder, "conversion_zones", lambda frame: frame.assign(declared_ha=frame["declared_ha"] * 100))


def setting(line: str) -> Break:
    return table("geoplan.toml", "min_patch_ha = 0.3 ", f"{line} ")


# what breaks it, the file that must be named, a word that the place or the sentence must hold (a lot, a cell)
CASES = [
    pytest.param(zero_bytes, "rung.gpkg", "", id="a GeoPackage of no bytes"),
    pytest.param(emptied("forest_lots"), "rung.gpkg", "", id="a GeoPackage of no lots"),
    pytest.param(emptied("communes"), "communes.gpkg", "", id="no commune at all"),
    pytest.param(text_named_gpkg, "rung.gpkg", "", id="text named .gpkg"),
    pytest.param(cut_gpkg, "rung.gpkg", "", id="a GeoPackage cut in half"),
    pytest.param(bare_sqlite, "rung.gpkg", "", id="a database that is no GeoPackage"),
    pytest.param(cut(".shp", 0.5), "rung.shp", "", id="half a .shp"),
    pytest.param(cut(".shp", 0.999), "rung.shp", "", id="a .shp without its last bytes"),
    pytest.param(cut(".dbf", 0.9), "rung", "", id="nine tenths of a .dbf"),
    pytest.param(no_dbf, "rung", ".dbf", id="no .dbf"),
    pytest.param(zero_tif, "lop_phu.tif", "", id="a raster of no bytes"),
    pytest.param(cut_tif, "lop_phu.tif", "", id="a cut raster"),
    pytest.param(far_raster, "lop_phu.tif", "", id="a raster far away in another CRS"),
    pytest.param(nameless_raster, "lop_phu.tif", "", id="a raster without a CRS"),
    pytest.param(wrong_name_raster, "lop_phu.tif", "", id="a raster under a wrong CRS"),
    pytest.param(degrees_raster, "lop_phu.tif", "", id="metres called degrees"),
    pytest.param(other_commune, "communes.gpkg", "01879", id="the commune is not in the layer"),
    pytest.param(with_value("forest_lots", "id", 7, 5), "rung.gpkg", "5", id="two lots of one id"),
    pytest.param(twice, "rung.gpkg", "99999", id="a lot that is there twice"),
    pytest.param(lots(grown), "rung.gpkg", "", id="lots over their neighbours"),
    pytest.param(shape_of("forest_lots", 11, bow_tie), "rung.gpkg", "12", id="a lot that crosses itself"),
    pytest.param(shape_of("forest_lots", 11, lambda _: None), "rung.gpkg", "12", id="a lot without a shape"),
    pytest.param(lots(unknown_types), "rung.gpkg", "QQQ", id="eight per cent of an unknown type"),
    pytest.param(with_value("forest_lots", "dtich", 3, -1.5), "rung.gpkg", "4", id="negative hectares"),
    pytest.param(lots(lambda frame: frame.assign(dtich=frame["dtich"] * 10_000)), "rung.gpkg", "dtich", id="square metres called hectares"),
    pytest.param(lots(lambda frame: frame.drop(columns="ldlr")), "rung.gpkg", "ldlr", id="no column of forest types"),
    pytest.param(with_value("communes", "unit_code", 0, "1879A"), "communes.gpkg", "1879A", id="a commune code with a letter"),
    pytest.param(swapped_official, "communes.gpkg", "99901", id="the official area in square metres"),
    pytest.param(with_value("conversion_zones", "from_crop", 2, "banana"), "vung_chuyen_doi.gpkg", "banana", id="a crop that nobody knows"),
    pytest.param(with_value("conversion_zones", "accepted_on", 2, "31/02/2026"), "vung_chuyen_doi.gpkg", "31/02/2026", id="a day that is not"),
    pytest.param(table("targets.csv", ",reach,,52,", ',reach,,"52,5",'), "targets.csv", "52,5", id="a target with a decimal comma"),
    pytest.param(table("targets.csv", ",reach,,52,", ",reach,,52,5,"), "targets.csv", "2", id="a comma too many"),
    pytest.param(table("targets.csv", ",reach,,52,", ",reach,,nan,"), "targets.csv", "nan", id="a target that is no number"),
    pytest.param(table("targets.csv", ",reach,,52,", ",reach,,inf,"), "targets.csv", "inf", id="an endless target"),
    pytest.param(table("targets.csv", ",reach,,52,", ",reach,,1_000,"), "targets.csv", "1_000", id="a number of Python's"),
    pytest.param(table("targets.csv", ",reach,,52,", ",reach,,1.250,"), "targets.csv", "1.250", id="a point for thousands"),
    pytest.param(table("targets.csv", "forest_cover.cover_pct", "forest_cover.cover"), "targets.csv", "forest_cover.cover", id="a target counted as nothing"),
    pytest.param(table("targets.csv", "mau-che_phu-02,", "mau-che_phu-01,"), "targets.csv", "mau-che_phu-01", id="two targets of one id"),
    pytest.param(table("targets.csv", ",reach,,52,%,2026,2026", ",reach,,52,%,2030,2026"), "targets.csv", "2030", id="years that fall"),
    pytest.param(table("targets.csv", ",reach,,52,%", ",reach,,52,ha"), "targets.csv", "ha", id="per cent called hectares"),
    pytest.param(table("contradictions.csv", "id,unit_code", "ma,xa"), "contradictions.csv", "", id="contradictions without their columns"),
    pytest.param(doubled_column, "targets.csv", "value", id="a column that is there twice"),
    pytest.param(table("targets.csv", ",reach,,52,", ',reach,,"5\n2",'), "targets.csv", "", id="a line end inside a number"),
    pytest.param(table("targets.csv", ",reach,,52,", ",reach,trên,52,"), "targets.csv", "trên", id="an unknown word for strict"),
    pytest.param(table("targets.csv", "2026,2026,level", "2026,2026.5,level"), "targets.csv", "2026.5", id="half a year"),
    pytest.param(setting("min_patch_ha = -1.0"), "geoplan.toml", "min_patch_ha", id="a patch below nothing"),
    pytest.param(setting("min_patch_ha = nan"), "geoplan.toml", "min_patch_ha", id="a patch that is no number"),
    pytest.param(setting("min_patch_ha = inf"), "geoplan.toml", "min_patch_ha", id="an endless patch"),
    pytest.param(setting("years_to_forest = -4\n"), "geoplan.toml", "years_to_forest", id="years below nothing"),
    pytest.param(table("geoplan.toml", '"frms4"', '"frms5"'), "geoplan.toml", "frms5", id="a list of owners that is not"),
    pytest.param(table("geoplan.toml", "as_of     = 2026", "as_of     = 9999"), "geoplan.toml", "as_of", id="a day that no archive can hold"),
    pytest.param(declared_beyond_the_shapes, "vung_chuyen_doi.gpkg", "declared", id="hundred times the ground declared"),
    pytest.param(a_folder("targets.csv"), "targets.csv", "", id="a folder named as the targets"),
    pytest.param(a_folder("contradictions.csv"), "contradictions.csv", "", id="a folder named as the contradictions"),
    pytest.param(a_folder("geoplan.toml"), "geoplan.toml", "", id="a folder named as the project file"),
    pytest.param(endless_cell, "targets.csv", "", id="a cell of 200,000 letters"),
]  # fmt: skip


@pytest.mark.parametrize(("spoil", "file", "word"), CASES)
def test_it_is_refused_with_its_name_and_a_cure(
    demo_folder: Path, tmp_path: Path, spoil: Break, file: str, word: str
) -> None:
    folder = copy_of(demo_folder, tmp_path / "xa")
    spoil(folder)
    before = inputs_of(folder)
    said = call("run", folder, "--json", "--lang", "en")
    assert said.code == 3, said.out[:600]
    assert inputs_of(folder) == before
    assert not (folder / "maps" / "latest").exists()
    errors = said.json["errors"]
    mine = [e for e in errors if file in e["where"] + e["found"]]
    assert mine, errors
    assert all(e["found"] and e["fix"] for e in errors), errors
    assert any(word in f"{e['where']} {e['found']} {e['feature_ids']}" for e in mine), mine
    assert [e for e in errors if VIETNAMESE.search(e["fix"])] == []


def test_households_that_are_broken_stop_check(demo_folder: Path, tmp_path: Path) -> None:
    folder = copy_of(demo_folder, tmp_path / "xa")
    first = (folder / "layers" / "ho_dan.csv").read_text(encoding="utf-8").splitlines()[1].split(",")[1]
    table("layers/ho_dan.csv", first, first.replace(".", ","))(folder)
    said = call("check", folder, "--json")
    assert said.code == 3
    assert "ho_dan.csv" in said.json["error"]["where"]


def test_half_a_raster_unseen_is_said_with_its_hectares(demo_folder: Path, tmp_path: Path) -> None:
    folder = copy_of(demo_folder, tmp_path / "xa")
    path = folder / "rasters" / "lop_phu.tif"
    with rasterio.open(path) as before:
        profile, values = before.profile, before.read(1)
    values[:, : values.shape[1] // 2] = profile["nodata"]
    path.unlink()
    with rasterio.open(path, "w", **profile) as after:
        after.write(values, 1)
    said = call("run", folder, "--json", "--lang", "en")
    unseen = next(
        r["value"] for r in said.json["results"] if r["column"] == "tree_unseen_ha" and r["unit_code"] == "99901"
    )
    assert unseen > 800
    told = [w["found"] for w in said.json["warnings"] if f"{unseen:.0f}" in w["found"] or "47" in w["found"]]
    assert told, [w for w in said.json["warnings"] if "cover" in w["where"] or "lop_phu" in w["where"]]
