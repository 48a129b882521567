"""The script of the four real communes, on few lots."""

from pathlib import Path

import geopandas as gpd
import pytest
import shapely
from pyproj import CRS

from geoplan import crs, layers
from geoplan.codes import COUNTS_FOR_COVER, forest_class
from geoplan.demo import geodesy
from geoplan.layers import LayerSpec
from geoplan.text import legacy
from scripts import four_communes

SHARED = Path(__file__).parents[3] / "shared"
COVER = {"01879": 52.0, "02026": 74.4, "01981": 85.1, "01849": 70.0}

needs_shared = pytest.mark.skipif(
    not (SHARED / "data/admin").is_dir(), reason=f"real boundaries are not here: {SHARED}/data/admin"
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return four_communes.make(tmp_path_factory.mktemp("four") / "out", SHARED, 300, "tcvn3", 2026).parent


def lots(folder: Path) -> gpd.GeoDataFrame:
    spec = LayerSpec("forest_lots", folder / "layers/rung.shp", "layers/rung.shp", crs="EPSG:9213", encoding="tcvn3")
    return layers.read(spec, CRS.from_epsg(9213), folder).frame


def test_tcvn3_letters_are_those_that_the_door_reads() -> None:
    text = "Thửa ruộng bậc thang ở Khuổi Ruồi, Đỗ Ưng, Ăn Ý: ẵẳẫẩằắặầấậ ẽẻèéẹ ễểềếệ ĩỉìíị õỏòóọ ỗổồốộ ỡởờớợ ũủùúụ ữửừứự ỹỷỳýỵ"
    raw = four_communes.tcvn3(text)
    assert raw is not None
    assert legacy.decode(raw.encode("latin-1"), "tcvn3").lower() == text.lower()
    assert four_communes.tcvn3(None) is None


@needs_shared
def test_lots_fill_the_real_communes(folder: Path) -> None:
    frame = lots(folder)
    communes = gpd.read_file(folder / "layers/communes.gpkg")
    assert set(communes["code"]) == set(COVER)
    assert set(frame["maxa"]) == set(COVER)
    for row in communes.itertuples():
        mine = frame[frame["maxa"] == row.code]
        shapes = mine.geometry.to_numpy()
        assert 240 <= len(mine) <= 400
        assert shapely.coverage_is_valid(shapes)
        outline = crs.geometries(row.geometry, CRS.from_epsg(4326), CRS.from_epsg(9213))
        assert shapely.symmetric_difference(shapely.coverage_union_all(shapes), outline).area / 1e4 < 0.05
        assert mine["dtich"].sum() == pytest.approx(geodesy.hectares(shapes, "EPSG:9213").sum(), rel=0.003)
        forest = forest_class(mine["ldlr"]).isin(COUNTS_FOR_COVER)
        assert mine.loc[forest, "dtich"].sum() / row.areaKm2 == pytest.approx(COVER[row.code], abs=0.5)


@needs_shared
def test_shapefile_is_as_offices_keep_it(folder: Path) -> None:
    assert {path.suffix for path in (folder / "layers").glob("rung.*")} == {".shp", ".shx", ".dbf", ".prj"}
    frame = lots(folder)
    assert {"Phong Quang", "Cao Minh", "Vĩnh Thông", "Nam Cường"} == set(frame["xa"])
    villages = gpd.read_file(folder / "layers/villages.gpkg")
    names = {str(name).lower() for name in villages["name_vi"].fillna(villages["name"])}
    assert {name.lower() for name in frame["diadanh"]} <= names
    assert (folder / "targets.csv").read_bytes() == (SHARED / "domain/targets_spatial.csv").read_bytes()
    assert "synthetic = true" in (folder / "geoplan.toml").read_text(encoding="utf-8")
