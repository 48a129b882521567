"""The project file: what it accepts, and every way in which it refuses, by the message's key."""

import os
import pickle
from datetime import date
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import rasterio
from affine import Affine
from shapely import box

from geoplan import crs, open_project
from geoplan.errors import InputError
from geoplan.messages import spoken
from geoplan.project import read_communes

GOOD = """
[project]
name = "Xã A"
as_of = 2026-06-30

[layers]
communes = "xa.gpkg"
"""


def write(folder: Path, text: str) -> Path:
    (folder / "geoplan.toml").write_text(text, encoding="utf-8")
    return folder


def keys(folder: Path, text: str) -> list[str]:
    with pytest.raises(InputError) as caught:
        open_project(write(folder, text))
    return [problem.key for problem in caught.value.problems]


def test_a_small_project(tmp_path: Path) -> None:
    project = open_project(write(tmp_path, GOOD))
    assert (project.name, project.crs, project.as_of, project.synthetic) == (
        "Xã A",
        "EPSG:9213",
        date(2026, 6, 30),
        False,
    )
    assert project.layers["communes"].path == tmp_path / "xa.gpkg"
    assert project.root == tmp_path
    assert pickle.loads(pickle.dumps(project)).layers.keys() == {"communes"}


def test_the_file_or_its_folder(tmp_path: Path) -> None:
    write(tmp_path, GOOD)
    assert open_project(tmp_path).file == open_project(tmp_path / "geoplan.toml").file


@pytest.mark.parametrize(
    ("text", "key"),
    [
        (GOOD + "[layer]\n", "project.unknown_key"),
        (GOOD.replace("name =", "nme ="), "project.unknown_key"),
        (GOOD + 'forest = "x"\n', "project.unknown_key"),
        (GOOD + '[rasters]\ndem = { path = "x.tif", forrest = [1] }\n', "project.unknown_key"),
        (GOOD + '[targets]\nfiles = "x.csv"\n', "project.unknown_key"),
        (GOOD.replace("2026-06-30", '"30/06/2026"'), "project.no_day"),
        (GOOD.replace("2026-06-30", "2026-06-30T00:00:00"), "project.no_day"),
        (GOOD.replace("2026-06-30", "9999-06-30"), "project.no_day"),
        (GOOD.replace('"Xã A"', "1"), "project.wrong_type"),
        (GOOD + "[rasters]\ndem = 5\n", "project.wrong_type"),
        (GOOD + '[rasters]\nland_cover = { path = "x.tif", forest = ["a"] }\n', "project.wrong_type"),
        (GOOD + '[rasters]\nland_cover = { path = "x.tif", nodata = true }\n', "project.wrong_type"),
        (GOOD.replace("communes =", "villages ="), "project.no_communes"),
        (GOOD.replace('"xa.gpkg"', '""'), "project.no_path"),
        (GOOD.replace("[project]", '[project]\ncrs = "EPSG:1"'), "crs.unknown"),
        (GOOD.replace("[project]", '[project]\ncrs = "EPSG:4326"'), "crs.not_projected"),
        (GOOD.replace("[project]", '[project]\ncrs = "EPSG:4978"'), "crs.not_projected"),
        (GOOD.replace("[project]", '[project]\ncrs = "+init=epsg:9213"'), "crs.names_files"),
        ("not toml = = 1", "project.not_toml"),
        (GOOD + "a = " + "[" * 50_000, "project.not_plain"),
        (GOOD + "a = " + "{a=" * 3_000, "project.not_plain"),
        (GOOD + "a = " + "9" * 6_000, "project.not_plain"),
        (GOOD + "#" * 4_000_001, "project.too_big"),
        (GOOD.replace("xa.gpkg", "a" * 300 + ".gpkg"), "project.path_too_long"),
        (GOOD.replace("xa.gpkg", "a/" * 3_000), "project.path_too_long"),
        (GOOD + '[rasters]\nland_cover = { path = "x.tif", threshold = nan }\n', "project.wrong_type"),
        (GOOD + '[rasters]\nland_cover = { path = "x.tif", threshold = inf }\n', "project.wrong_type"),
    ],
)  # fmt: skip
def test_refusals(tmp_path: Path, text: str, key: str) -> None:
    assert key in keys(tmp_path, text)


@pytest.mark.parametrize(
    "source",
    [
        "https://example.org/a.gpkg", "/vsicurl/https://example.org/a.gpkg", "/vsizip/a.zip", "/VSIMEM/x", "PG:dbname=x", "pg:host=h",
        "MEM:::", "vrt://a.tif", "file:///etc/passwd", "postgresql://u@h/d", "WFS:http://h", "MSSQL:server=x", "x dbname=secret",
        "GTIFF_DIR:1:a.tif", "file:a.gpkg", "HDF5:a.h5://b", "NETCDF:a.nc:b", "netcdf:a.nc", "GTIFF_RAW:a.tif", " PG:dbname=x",
        "JP2:x", "data:text/plain,x", "my.own+driver-2:x", "C1:/a.gpkg",
    ],
)  # fmt: skip
def test_only_local_files(tmp_path: Path, source: str) -> None:
    assert "project.not_local" in keys(tmp_path, GOOD.replace("xa.gpkg", source))
    assert "project.not_local" in keys(tmp_path, GOOD + f'[rasters]\ndem = "{source}"\n')


@pytest.mark.parametrize(
    "source", ["C:/bản đồ/xa.gpkg", "D:/xa.gpkg", "d:xa.gpkg", "lớp: mới/xa.gpkg", "a/b:c.gpkg", "vsi/xa.gpkg"]
)
def test_drives_and_folders_are_local(tmp_path: Path, source: str) -> None:
    assert open_project(write(tmp_path, GOOD.replace("xa.gpkg", source))).layers["communes"].shown == source
    back = source.replace("/", "\\\\")
    assert open_project(write(tmp_path, GOOD.replace("xa.gpkg", back))).layers["communes"].shown == source.replace(
        "/", "\\"
    )


def test_a_virtual_path_with_backslashes_is_not_local(tmp_path: Path) -> None:
    assert "project.not_local" in keys(tmp_path, GOOD.replace("xa.gpkg", r"\\vsicurl\\http://x/a.gpkg"))


def test_a_project_crs_without_datum_is_refused(tmp_path: Path) -> None:
    bare = "+proj=tmerc +lat_0=0 +lon_0=106.5 +k=0.9999 +x_0=500000 +ellps=WGS84 +units=m"
    assert "crs.datum_unknown" in keys(tmp_path, GOOD.replace("[project]", f'[project]\ncrs = "{bare}"'))


def test_all_problems_at_once_and_the_known_keys_are_listed(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        open_project(write(tmp_path, GOOD.replace("name =", "nme =").replace("2026-06-30", "1") + "[maps]\n"))
    problems = caught.value.problems
    assert sorted(p.key for p in problems) == ["project.no_day", "project.unknown_key", "project.unknown_key"]
    assert any("as_of" in str(p.facts.get("known")) for p in problems)


def test_no_file_here(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"project\.no_file"):
        open_project(tmp_path)


def test_a_folder_under_the_name_is_no_file(tmp_path: Path) -> None:
    (tmp_path / "geoplan.toml").mkdir()
    with pytest.raises(InputError, match=r"project\.no_file"):
        open_project(tmp_path)


def test_a_pipe_or_a_device_under_the_name_is_not_waited_for(tmp_path: Path) -> None:
    (tmp_path / "geoplan.toml").symlink_to("/dev/zero")
    (tmp_path / "pipe").mkdir()
    os.mkfifo(tmp_path / "pipe" / "geoplan.toml")
    for folder in (tmp_path, tmp_path / "pipe"):
        with pytest.raises(InputError, match=r"project\.no_file"):
            open_project(folder)


def test_lines_that_end_as_on_windows(tmp_path: Path) -> None:
    (tmp_path / "geoplan.toml").write_bytes(b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode())
    assert open_project(tmp_path).name == "Xã A"


def test_a_name_is_cleaned_of_what_a_terminal_would_obey(tmp_path: Path) -> None:
    text = GOOD.replace('"Xã A"', '"Xã\\u001b[31m A\\n\\u0007B"')
    assert open_project(write(tmp_path, text)).name == "Xã[31m A B"


def test_not_utf8(tmp_path: Path) -> None:
    (tmp_path / "geoplan.toml").write_bytes(GOOD.encode("cp1258", errors="replace").replace(b"A", b"\xff"))
    with pytest.raises(InputError, match=r"project\.not_utf8"):
        open_project(tmp_path)


def communes(folder: Path, official: float, **more: object) -> None:
    shape = box(432_000, 2_455_000, 433_000, 2_456_000)
    columns = {"unit_code": ["00001"], "name": ["A"], "area_official_ha": [official], **more}
    gpd.GeoDataFrame(columns, geometry=[shape], crs="EPSG:9213").to_file(folder / "xa.gpkg")


@pytest.mark.parametrize(("official", "said"), [(100.0, 0), (100.4, 0), (100.7, 1), (99.0, 1)])
def test_official_against_geodesic_area(tmp_path: Path, official: float, said: int) -> None:
    communes(tmp_path, official)
    layer = read_communes(open_project(write(tmp_path, GOOD)))
    assert [w.key for w in layer.warnings].count("commune.area_differs") == said


def test_a_crs_that_distorts_area_is_refused(tmp_path: Path) -> None:
    communes(tmp_path, 100.0)
    with pytest.raises(InputError, match=r"crs\.distorts"):
        read_communes(open_project(write(tmp_path, GOOD.replace("[project]", '[project]\ncrs = "EPSG:3857"'))))


def test_a_commune_that_is_not_in_the_layer_is_refused(tmp_path: Path) -> None:
    communes(tmp_path, 100.0)
    with pytest.raises(InputError, match=r"project\.commune_absent"):
        read_communes(open_project(write(tmp_path, GOOD.replace("[project]", '[project]\ncommunes = ["00002"]'))))


@pytest.mark.parametrize(("day", "refused"), [("2026-06-30", False), ("01/07/2026", True), (None, False)])
def test_a_commune_that_is_not_yet_valid_is_refused(tmp_path: Path, day: str | None, refused: bool) -> None:
    communes(tmp_path, 100.0, valid_from=[day])
    project = open_project(write(tmp_path, GOOD))
    if not refused:
        assert len(read_communes(project).frame) == 1
        return
    with pytest.raises(InputError, match=r"commune\.not_yet_valid") as caught:
        read_communes(project)
    problem = caught.value.problems[0]
    assert (problem.where, problem.feature_ids) == ("xa.gpkg", ("00001",))
    assert problem.facts == {"n": 1, "units": "A (01/07/2026)", "as_of": "30/06/2026"}
    for lang in ("vi", "en"):
        assert "{" not in spoken(problem, lang).found


@pytest.mark.parametrize(
    ("label", "operation"), [("EPSG:9213", "none"), ("EPSG:32648", "EPSG:6960"), ("EPSG:3405", "none")]
)
def test_the_evidence_of_a_raster_names_its_operation(tmp_path: Path, label: str, operation: str) -> None:
    communes(tmp_path, 100.0)
    shape = gpd.GeoSeries([box(432_000, 2_455_000, 433_000, 2_456_000)], crs="EPSG:9213")
    west, _, _, north = crs.geometries(shape.array, shape.crs, crs.parse(label))[0].bounds
    grid = Affine(10, 0, round(west) - 100, 0, -10, round(north) + 100)
    with rasterio.open(
        tmp_path / "r.tif",
        "w",
        driver="GTiff",
        count=1,
        height=130,
        width=130,
        dtype="uint8",
        crs=label,
        transform=grid,
        nodata=255,
    ) as made:
        made.write(np.ones((1, 130, 130), dtype=np.uint8))
    project = open_project(write(tmp_path, GOOD + '[rasters]\nland_cover = { path = "r.tif", forest = [1] }\n'))
    raster = project.read("land_cover")
    assert (raster.source.crs, raster.source.crs_operation, raster.warnings) == (label, operation, ())
