"""The same ground in any right CRS gives the same figures; numbers under a wrong name are refused, or said with hectares."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pyogrio
import pytest
import shapely
from pyproj import CRS, Transformer

from tests.end_to_end.world import LAYERS, Said, call, copy_of, figures, inputs_of, respell, results_of

RIGHT = ["EPSG:4326", "EPSG:9213", "EPSG:3405", "EPSG:32648", "EPSG:5897", "EPSG:4756"]
SHIFT = Transformer.from_pipeline("urn:ogc:def:coordinateOperation:EPSG::6960")
"""VN-2000 to WGS 84, latitude and longitude in degrees: PROJ's own entry, not geoplan's copy of its numbers."""
POLYGONS = ("communes", "villages", "forest_lots", "parcels", "conversion_zones")
VN2000 = {"EPSG:9213", "EPSG:3405", "EPSG:5897", "EPSG:4756"}


def moved(frame: gpd.GeoDataFrame, target: str) -> gpd.GeoDataFrame:
    """The frame in another CRS by PROJ alone: out of the grid, over the shift where the datum changes, into the grid."""

    def along(xy: np.ndarray) -> np.ndarray:
        lon, lat = inverse(frame.crs).transform(xy[:, 0], xy[:, 1])
        if target not in VN2000:
            lat, lon = SHIFT.transform(lat, lon)
        return np.column_stack(forward(CRS(target)).transform(lon, lat))

    if frame.crs == CRS(target):
        return frame
    return gpd.GeoDataFrame(
        frame.drop(columns="geometry"), geometry=list(shapely.transform(frame.geometry.to_numpy(), along)), crs=target
    )


def inverse(crs: CRS) -> Transformer:
    return Transformer.from_crs(crs, crs.geodetic_crs, always_xy=True)


def forward(crs: CRS) -> Transformer:
    return Transformer.from_crs(crs.geodetic_crs, crs, always_xy=True)


def source(folder: Path, role: str) -> gpd.GeoDataFrame:
    return pyogrio.read_dataframe(folder / "layers" / f"{LAYERS[role]}.gpkg")


def put(folder: Path, role: str, frame: gpd.GeoDataFrame, **how: Any) -> Path:
    path = folder / "layers" / f"{LAYERS[role]}.gpkg"
    path.unlink()
    pyogrio.write_dataframe(frame, path, layer=path.stem, driver="GPKG", **how)
    return path


@pytest.fixture(scope="module")
def wanted(good_run: Path) -> dict[tuple[str, str, str], tuple[float | None, str]]:
    return figures(results_of(good_run))


def equal(folder: Path, wanted: dict[tuple[str, str, str], tuple[float | None, str]]) -> None:
    """Hectares to 0.01 %, percentages to 0.01 point, counts to one (a brook a millimetre aside may fill another cell)."""
    found = figures(results_of(folder))
    assert found.keys() == wanted.keys()
    wrong = []
    for key, (value, unit) in wanted.items():
        here = found[key][0]
        if value is None or here is None:
            right = here == value
        elif unit not in ("ha", "%"):
            right = abs(here - value) <= 1
        elif unit == "ha":
            right = here == pytest.approx(value, rel=1e-4, abs=1e-4)
        else:
            right = here == pytest.approx(value, abs=0.01)
        if not right:
            wrong.append((key, value, here))
    assert wrong == []


@pytest.mark.parametrize("crs", RIGHT)
def test_the_same_ground_in_another_crs(demo_folder: Path, tmp_path: Path, wanted: Any, crs: str) -> None:
    folder = copy_of(demo_folder, tmp_path / "xa")
    for role in LAYERS:
        put(folder, role, moved(source(folder, role), crs))
    before = inputs_of(folder)
    said = call("run", folder, "--json")
    assert said.code == 0, said.out
    assert inputs_of(folder) == before
    equal(folder, wanted)
    assert {source["crs"] for source in said.json["inputs"] if source["role"] in LAYERS} == {crs}


def test_every_layer_in_a_crs_of_its_own(demo_folder: Path, tmp_path: Path, wanted: Any) -> None:
    folder = copy_of(demo_folder, tmp_path / "xa")
    for role, crs in zip(LAYERS, (*RIGHT, *RIGHT), strict=False):
        put(folder, role, moved(source(folder, role), crs))
    said = call("run", folder)
    assert said.code == 0, said.err
    equal(folder, wanted)


@pytest.mark.parametrize("crs", ["EPSG:9213", "EPSG:3405"])
def test_a_shapefile_with_the_prj_of_esri(demo_folder: Path, tmp_path: Path, wanted: Any, crs: str) -> None:
    """Ten letters to a field name: the cut ones are named in the project file."""
    folder = copy_of(demo_folder, tmp_path / "xa")
    cut = {"communes": 'columns = { area_official_ha = "area_offic" }', "parcels": 'columns = { village_code = "village_co" }',
           "conversion_zones": 'columns = { declared_ha = "declared_h", accepted_no = "accepted_n", accepted_on = "accepted_o" }'}  # fmt: skip
    for role in POLYGONS:
        old = folder / "layers" / f"{LAYERS[role]}.gpkg"
        frame = moved(source(folder, role), crs)
        renamed = {name: name[:10] for name in frame.columns if len(name) > 10 and name != "geometry"}
        if role == "conversion_zones":
            renamed |= {"accepted_no": "accepted_n", "accepted_on": "accepted_o"}
        if role == "villages":
            renamed = {"village_code": "ma_thon"}
        shape = old.with_suffix(".shp")
        pyogrio.write_dataframe(
            without_nulls(frame).rename(columns=renamed), shape, driver="ESRI Shapefile", encoding="UTF-8"
        )
        prj = shape.with_suffix(".prj")
        assert prj.read_text() == CRS(crs).to_wkt("WKT1_ESRI"), "pyogrio writes the ESRI spelling"
        old.unlink()
        more = cut.get(role, 'columns = { village_code = "ma_thon" }' if role == "villages" else "")
        respell(
            folder,
            (
                f'"layers/{old.name}"',
                f'{{ path = "layers/{shape.name}", {more} }}' if more else f'"layers/{shape.name}"',
            ),
        )
    said = call("run", folder)
    assert said.code == 0, said.err
    equal(folder, wanted)


def without_nulls(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Numbers with gaps as text: what GDAL writes for a missing number is another test's."""
    gaps = [name for name in frame.columns if frame[name].dtype.kind == "f" and frame[name].isna().any()]
    return frame.assign(**{name: [None if np.isnan(v) else f"{v:.15g}" for v in frame[name]] for name in gaps})


def test_a_shapefile_as_qgis_writes_it_with_missing_numbers(demo_folder: Path, tmp_path: Path, wanted: Any) -> None:
    """GDAL writes a missing number into a .dbf as asterisks over the whole width of the field."""
    folder = copy_of(demo_folder, tmp_path / "xa")
    old = folder / "layers" / f"{LAYERS['forest_lots']}.gpkg"
    pyogrio.write_dataframe(
        source(folder, "forest_lots"), old.with_suffix(".shp"), driver="ESRI Shapefile", encoding="UTF-8"
    )
    respell(folder, (f'"layers/{old.name}"', f'"layers/{old.stem}.shp"'))
    said = call("run", folder)
    assert said.code == 0, said.err
    equal(folder, wanted)


FAR = [("EPSG:9213", "EPSG:3405"), ("EPSG:9213", "EPSG:32648"), ("EPSG:9213", "EPSG:4326"), ("EPSG:3405", "EPSG:9213"), ("EPSG:5897", "EPSG:9213"),
       ("EPSG:4326", "EPSG:9213")]  # fmt: skip
NEAR = [
    ("EPSG:3405", "EPSG:32648"),
    ("EPSG:32648", "EPSG:3405"),
    ("EPSG:5897", "EPSG:3405"),
    ("EPSG:4326", "EPSG:4756"),
    ("EPSG:4756", "EPSG:4326"),
]
"""Lies of 220 to 750 m: the layers still overlap."""


def lie(folder: Path, role: str, numbers: str, name: str) -> Path:
    return put(folder, role, moved(source(folder, role), numbers).set_crs(name, allow_override=True))


@pytest.mark.parametrize("role", ["communes", "villages", "forest_lots", "conversion_zones"])
@pytest.mark.parametrize(("numbers", "name"), FAR)
def test_a_layer_far_off_under_a_wrong_name_is_refused(
    demo_folder: Path, tmp_path: Path, role: str, numbers: str, name: str
) -> None:
    folder = copy_of(demo_folder, tmp_path / "xa")
    lie(folder, role, numbers, name)
    refused(call("run", folder, "--json"), folder)


@pytest.mark.parametrize(("numbers", "name"), FAR)
def test_all_layers_far_off_under_a_wrong_name_are_refused(
    demo_folder: Path, tmp_path: Path, numbers: str, name: str
) -> None:
    """The rasters and the marks know better."""
    folder = copy_of(demo_folder, tmp_path / "xa")
    for role in LAYERS:
        lie(folder, role, numbers, name)
    refused(call("run", folder, "--json"), folder)


@pytest.mark.parametrize("role", ["communes", "forest_lots", "conversion_zones"])
@pytest.mark.parametrize(("numbers", "name"), NEAR)
def test_a_layer_a_little_off_is_said_with_its_hectares(
    demo_folder: Path, tmp_path: Path, role: str, numbers: str, name: str
) -> None:
    folder = copy_of(demo_folder, tmp_path / "xa")
    path = lie(folder, role, numbers, name)
    said = call("check", folder, "--json")
    if said.code == 3:
        refused(said, folder)
        return
    assert said.code == 0, said.out
    outside = [w for w in said.json["warnings"] if w["key"] in ("layer.outside_part", "layer.crs_doubtful")]
    assert [w for w in outside if w["key"] == "layer.outside_part" and " ha" in w["found"]] != []
    assert role == "communes" or path.name in " ".join(w["where"] for w in outside)


@pytest.mark.parametrize("role", POLYGONS)
def test_exchanged_axes_are_refused(demo_folder: Path, tmp_path: Path, role: str) -> None:
    folder = copy_of(demo_folder, tmp_path / "xa")
    frame = moved(source(folder, role), "EPSG:4326")
    as_geojson(folder, role, frame, lambda xy: xy[:, ::-1])
    refused(call("run", folder, "--json"), folder)


def test_exchanged_axes_of_a_grid_are_refused(demo_folder: Path, tmp_path: Path) -> None:
    folder = copy_of(demo_folder, tmp_path / "xa")
    frame = source(folder, "forest_lots")
    put(
        folder,
        "forest_lots",
        frame.set_geometry(list(shapely.transform(frame.geometry.to_numpy(), lambda xy: xy[:, ::-1])), crs=frame.crs),
    )
    refused(call("run", folder, "--json"), folder)


def test_metres_in_a_geojson_are_refused(demo_folder: Path, tmp_path: Path) -> None:
    """RFC 7946 has degrees; a file without a word on its CRS holds the numbers of the grid."""
    folder = copy_of(demo_folder, tmp_path / "xa")
    as_geojson(folder, "forest_lots", source(folder, "forest_lots"), lambda xy: xy)
    refused(call("run", folder, "--json"), folder)


def test_a_marked_zone_with_exchanged_axes_is_refused(spoilt: Path) -> None:
    marks = next((spoilt / "danh_dau").glob("*.geojson"))
    document = json.loads(marks.read_text(encoding="utf-8"))
    for feature in document["features"]:
        shape = shapely.geometry.shape(feature["geometry"])
        feature["geometry"] = shapely.geometry.mapping(shapely.transform(shape, lambda xy: xy[:, ::-1]))
    marks.write_text(json.dumps(document), encoding="utf-8")
    refused(call("run", spoilt, "--json"), spoilt)


@pytest.mark.parametrize("role", POLYGONS)
@pytest.mark.filterwarnings("ignore:'crs' was not provided")
def test_a_layer_without_a_crs_is_refused(demo_folder: Path, tmp_path: Path, role: str) -> None:
    folder = copy_of(demo_folder, tmp_path / "xa")
    frame = source(folder, role)
    put(folder, role, gpd.GeoDataFrame(frame.drop(columns="geometry"), geometry=list(frame.geometry)))
    said = refused(call("run", folder, "--json"), folder)
    assert any(word in said.json["error"]["key"] for word in ("crs", "srs"))
    assert LAYERS[role] in said.json["error"]["where"]


@pytest.mark.parametrize("role", ["communes", "forest_lots"])
def test_a_shapefile_without_a_prj_is_refused(demo_folder: Path, tmp_path: Path, role: str) -> None:
    folder = copy_of(demo_folder, tmp_path / "xa")
    old = folder / "layers" / f"{LAYERS[role]}.gpkg"
    frame = source(folder, role)
    pyogrio.write_dataframe(
        frame.rename(columns={"area_official_ha": "dt"}),
        old.with_suffix(".shp"),
        driver="ESRI Shapefile",
        encoding="UTF-8",
    )
    old.with_suffix(".prj").unlink()
    respell(folder, (f'"layers/{old.name}"', f'"layers/{old.stem}.shp"'))
    said = refused(call("run", folder, "--json"), folder)
    assert "layer.crs_missing" in {e["key"] for e in said.json["errors"]}


def as_geojson(folder: Path, role: str, frame: gpd.GeoDataFrame, change: Callable[[np.ndarray], np.ndarray]) -> None:
    changed = frame.set_geometry(list(shapely.transform(frame.geometry.to_numpy(), change)), crs=None)
    old = folder / "layers" / f"{LAYERS[role]}.gpkg"
    properties = json.loads(frame.drop(columns="geometry").to_json(orient="records", date_format="iso"))
    features = [
        {"type": "Feature", "properties": p, "geometry": shapely.geometry.mapping(shape)}
        for p, shape in zip(properties, changed.geometry, strict=True)
    ]
    old.with_suffix(".geojson").write_text(
        json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8"
    )
    old.unlink()
    respell(folder, (f'"layers/{old.name}"', f'"layers/{old.stem}.geojson"'))


def refused(said: Said, folder: Path) -> Said:
    assert said.code == 3, said.out[:1500]
    assert not (folder / "maps" / "latest").exists()
    for problem in said.json["errors"]:
        assert problem["where"]
        assert problem["found"]
        assert problem["fix"]
    return said
