"""Good small files, one or two of every format that a door opens: what the fuzzer breaks.

Lots of one hectare in Cao Minh, households as points, a raster of 40 by 40 pixels. Formats that this machine cannot
write are left out, and `seeds` says which.
"""

import io
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import geopandas as gpd
import numpy as np
import openpyxl
import pyogrio
import rasterio
from rasterio.transform import Affine
from shapely.geometry import Point

from tests.layers.conftest import SOUTH, WEST, lots


@dataclass(frozen=True, slots=True)
class Seed:
    """One good dataset.

    `files` are name to bytes; `opened` is the one that a project names; `broken` is the one that gets mutated.
    """

    name: str
    role: str
    files: Mapping[str, bytes]
    opened: str
    crs: str = ""

    @property
    def parts(self) -> tuple[str, ...]:
        """Names of the files that may be broken."""
        return tuple(self.files)


def points() -> gpd.GeoDataFrame:
    """Six households."""
    table = {"household_id": [f"H{i}" for i in range(6)], "people": [3, 4, 5, 2, 1, 6], "status": ["at_risk"] * 6}
    return gpd.GeoDataFrame(
        table, geometry=[Point(WEST + 50 * i, SOUTH + 40 * i) for i in range(6)], crs="EPSG:9213"
    ).to_crs("EPSG:4326")


def _written(frame: gpd.GeoDataFrame, name: str, driver: str, **options: object) -> dict[str, bytes]:
    with TemporaryDirectory() as folder:
        pyogrio.write_dataframe(frame, Path(folder) / name, driver=driver, **options)
        return {p.name: p.read_bytes() for p in sorted(Path(folder).rglob("*")) if p.is_file()}


def _zipped(files: Mapping[str, bytes], inside: str = "") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(inside + name, (2026, 6, 30, 0, 0, 0)), content)
    return out.getvalue()


def _named() -> gpd.GeoDataFrame:
    return lots(12, diadanh=["Thôn Nà Mạ", "Bản Má"] * 6)


def _table(frame: gpd.GeoDataFrame) -> list[list[object]]:
    rows = [
        [h, int(p), s, g.x, g.y]
        for h, p, s, g in zip(frame["household_id"], frame["people"], frame["status"], frame.geometry, strict=True)
    ]
    return [["Mã hộ", "Số khẩu", "Trạng thái", "Kinh độ", "Vĩ độ"], *rows]


def _csv() -> bytes:
    rows = _table(points())
    return ("\ufeff" + "\r\n".join(";".join(str(c).replace(".", ",") for c in row) for row in rows)).encode()


def _xlsx() -> bytes:
    book, out = openpyxl.Workbook(), io.BytesIO()
    for row in _table(points()):
        book.active.append(row)
    book.save(out)
    return out.getvalue()


def _kml() -> bytes:
    marks = "".join(
        f"<Placemark><name>H{i}</name><ExtendedData><Data name='household_id'><value>H{i}</value></Data></ExtendedData>"
        f"<Point><coordinates>{p.x},{p.y},0</coordinates></Point></Placemark>"
        for i, p in enumerate(points().geometry)
    )
    return (
        "<?xml version='1.0' encoding='UTF-8'?><kml xmlns='http://www.opengis.net/kml/2.2'><Document><Folder><name>Thôn</name>"
        f"{marks}</Folder></Document></kml>"
    ).encode()


def raster(driver: str = "GTiff", **options: object) -> bytes:
    """Land cover of 40 by 40 pixels of ten metres, classes 1 to 3."""
    values = (np.indices((40, 40)).sum(axis=0) // 9 % 3 + 1).astype("uint8")
    grid = Affine(10.0, 0.0, WEST - 50.0, 0.0, -10.0, SOUTH + 300.0)
    with TemporaryDirectory() as folder:
        path = Path(folder) / ("raster.jp2" if driver == "JP2OpenJPEG" else "raster.tif")
        profile = {"driver": driver, "width": 40, "height": 40, "count": 1, "dtype": "uint8", "crs": "EPSG:9213"}
        with rasterio.open(path, "w", **profile, transform=grid, **options) as out:
            out.write(values, 1)
        return path.read_bytes()


def _vector(name: str, driver: str, **options: object) -> Callable[[], Seed]:
    def made() -> Seed:
        files = _written(_named(), name, driver, **options)
        return Seed(name.rsplit(".", 1)[-1], "forest_lots", files, name, "EPSG:9213" if driver in _NO_CRS else "")

    return made


_NO_CRS = ("MapInfo File", "DXF")


def _shape_zip() -> Seed:
    files = _written(_named(), "rung.shp", "ESRI Shapefile", encoding="UTF-8")
    return Seed("shp.zip", "forest_lots", {"rung.zip": _zipped(files, "Zalo/")}, "rung.zip")


def _gdb_zip() -> Seed:
    frame = _named()
    whole = {name: "int32" for name in frame.columns if frame[name].dtype == "int64"}  # GDAL warns of longer ones
    files = _written(frame.astype(whole), "rung.gdb", "OpenFileGDB")
    return Seed("gdb.zip", "forest_lots", {"rung.gdb.zip": _zipped(files, "rung.gdb/")}, "rung.gdb.zip")


def _parquet() -> Seed:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "rung.parquet"
        _named().to_parquet(path)
        return Seed("parquet", "forest_lots", {path.name: path.read_bytes()}, path.name)


def _drawing() -> Seed:
    frame = _named()[["geometry"]].assign(Layer="RUNG")
    return Seed("dxf", "draft_zones", _written(frame, "ve.dxf", "DXF"), "ve.dxf", "EPSG:9213")


def _gpx() -> Seed:
    frame = points()[["geometry"]].assign(name=[f"H{i}" for i in range(6)])
    return Seed("gpx", "households", _written(frame, "ho.gpx", "GPX", layer="waypoints"), "ho.gpx")


def _one(name: str, role: str, path: str, content: Callable[[], bytes]) -> Callable[[], Seed]:
    return lambda: Seed(name, role, {path: content()}, path)


PROJECT = """[project]
name = "Xã Cao Minh"
crs = "EPSG:9213"
as_of = 2026-06-30
communes = ["01879"]
[layers]
communes = "xa.gpkg"
forest_lots = { path = "rung.shp", encoding = "tcvn3", crs = "EPSG:9213", columns = { lot_id = "id" } }
[rasters]
land_cover = { path = "phu.tif", forest = [1, 2], nodata = 255 }
[targets]
file = "targets.csv"
[measures.forest_cover]
min_patch_ha = 0.3
"""

TARGETS = """target_id,unit_code,indicator,comparator,strict,value,unit,from_year,to_year,mode,counted_as,repeats,source,sentence
a1,01879,forest_cover,at_least,,58,%,2026,2030,level,forest_cover.cover_pct,,KH 1,"Tỷ lệ che phủ rừng đạt 58%"
a2,01879,planted,at_least,,200,ha,2026,2030,cumulative,plantation.planted_since_ha,,KH 1,"Trồng mới 200 ha"
"""

MAKERS: Mapping[str, Callable[[], Seed]] = {
    "shp": _vector("rung.shp", "ESRI Shapefile", encoding="UTF-8"),
    "gpkg": _vector("rung.gpkg", "GPKG"),
    "geojson": lambda: Seed("geojson", "forest_lots", _written(_named().to_crs("EPSG:4326"), "rung.geojson", "GeoJSON"), "rung.geojson"),
    "tab": _vector("rung.tab", "MapInfo File"),
    "mif": _vector("rung.mif", "MapInfo File"),
    "fgb": _vector("rung.fgb", "FlatGeobuf"),
    "gml": _vector("rung.gml", "GML"),
    "shp.zip": _shape_zip,
    "gdb.zip": _gdb_zip,
    "parquet": _parquet,
    "dxf": _drawing,
    "gpx": _gpx,
    "kml": _one("kml", "households", "ho.kml", _kml),
    "kmz": _one("kmz", "households", "ho.kmz", lambda: _zipped({"doc.kml": _kml()})),
    "csv": _one("csv", "households", "ho.csv", _csv),
    "xlsx": _one("xlsx", "households", "ho.xlsx", _xlsx),
    "tif": _one("tif", "land_cover", "phu.tif", lambda: raster(tiled=True, blockxsize=16, blockysize=16, compress="DEFLATE")),
    "jp2": _one("jp2", "land_cover", "phu.jp2", lambda: raster("JP2OpenJPEG", REVERSIBLE="YES", QUALITY="100")),
    "toml": lambda: Seed("toml", "project", {"geoplan.toml": PROJECT.encode()}, "geoplan.toml"),
    "targets": _one("targets", "targets", "targets.csv", TARGETS.encode),
}  # fmt: skip
"""Maker of every seed by its name."""
