"""How often a file is read: five thousand lots are read, checked and mended in five seconds."""

from pathlib import Path
from typing import Any

import geopandas as gpd
import pyogrio
import pytest
from shapely.geometry import LineString

from geoplan import formats, layers
from geoplan.formats import LayerSpec
from geoplan.intake import Asked, Finding, Ground, examine, examining
from tests.intake.conftest import tcvn3
from tests.layers.conftest import VN, lots, square


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every opening of a file, in turn."""
    seen: list[str] = []
    real = formats.open_file

    def counted(spec: LayerSpec) -> Any:
        seen.append(spec.layer)
        return real(spec)

    monkeypatch.setattr(formats, "open_file", counted)
    return seen


def examined(path: Path, role: str = "", **asked: Any) -> tuple[Finding, ...]:
    return examine(path, path.name, Asked(role=role, **asked), Ground(path.parent, VN))


@pytest.mark.parametrize("role", ["", "forest_lots", "any"])
@pytest.mark.parametrize(("name", "driver"), [("a.shp", "ESRI Shapefile"), ("a.kml", "KML"), ("a.geojson", "GeoJSON")])
def test_a_file_is_read_once(name: str, driver: str, role: str, tmp_path: Path, reads: list[str]) -> None:
    frame = lots(3, diadanh=["Nà Mạ", "Bản Má", None])
    frame = frame if driver == "ESRI Shapefile" else frame.to_crs("EPSG:4326")
    pyogrio.write_dataframe(frame, tmp_path / name, driver=driver, encoding="UTF-8")
    (found,) = examined(tmp_path / name, role)
    assert found.ready, found.errors
    assert found.role == (role or "forest_lots")
    assert reads == [""]


def test_an_unready_file_is_read_once_too(tmp_path: Path, reads: list[str]) -> None:
    (tmp_path / "a.kml").write_text("<kml><Document><Placemark></Document></kml>", encoding="utf-8")
    (found,) = examined(tmp_path / "a.kml")
    assert [p.key for p in found.errors] == ["layer.xml_broken"]
    assert found.kind == "KML"
    assert reads == [""]


def test_looking_twice_says_nothing_twice(tmp_path: Path, reads: list[str]) -> None:
    """Names of columns in an old encoding are put right on both looks at the one file that was opened."""
    frame = lots(3).rename(columns={"lo": "LÃ´ rá»«ng"})
    pyogrio.write_dataframe(frame, tmp_path / "a.gpkg", driver="GPKG")
    (found,) = examined(tmp_path / "a.gpkg", "forest_lots")
    told = [p.key for p in (*found.mended, *found.warnings)]
    assert told.count("layer.names_repaired") == 1
    assert reads == [""]


def test_what_was_opened_stays_as_it_is(tmp_path: Path) -> None:
    frame = lots(3, diadanh=[tcvn3("Nà Mạ"), tcvn3("Bản Chiêng"), tcvn3("Khuổi Nộc")])
    pyogrio.write_dataframe(frame, tmp_path / "a.shp", driver="ESRI Shapefile", encoding="ISO-8859-1")
    (tmp_path / "a.cpg").unlink()
    spec = LayerSpec("forest_lots", tmp_path / "a.shp", "a.shp")
    opened = formats.open_file(spec)
    before = dict(opened.columns), list(opened.said.warnings), dict(opened.originals)
    told = [layers.inspect(spec, VN, tmp_path, whole=True, opened=opened).warnings for _ in range(2)]
    assert "layer.encoding_guessed" in {p.key for p in told[0]}
    assert told[0] == told[1]
    assert (dict(opened.columns), opened.said.warnings, opened.originals) == before


def test_a_format_that_asks_the_role_is_read_again(
    tmp_path: Path, reads: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rows of a drawing are those that the role can use: what was read for no role is not what a role gets."""
    shapes = [square(0, 0), LineString([(430_000, 2_455_000), (430_050, 2_455_060)])]
    frame = gpd.GeoDataFrame({"Layer": ["RUNG"] * 2}, geometry=shapes, crs="EPSG:9213")
    pyogrio.write_dataframe(frame, tmp_path / "a.dxf", driver="DXF")
    monkeypatch.setattr(examining, "suggested", lambda *_: ("draft_zones",))
    (found,) = examined(tmp_path / "a.dxf", crs="EPSG:9213")
    assert found.inspection is not None
    assert len(found.inspection.opened.shapes) == 1
    assert reads == ["", ""]


def test_several_layers_are_read_one_by_one(tmp_path: Path, reads: list[str]) -> None:
    for name in ("rung", "ranh"):
        pyogrio.write_dataframe(lots(2), tmp_path / "a.gpkg", layer=name, driver="GPKG", append=name == "ranh")
    assert [f.layer for f in examined(tmp_path / "a.gpkg", "forest_lots")] == ["ranh", "rung"]
    assert reads == ["", "ranh", "rung"]
