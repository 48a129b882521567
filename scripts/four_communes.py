"""Make a project of the four real communes with synthetic forest lots, parcels and zones, in the shape of real files.

    python scripts/four_communes.py OUT [--shared ../shared] [--lots 3000] [--encoding tcvn3]

The boundaries, village points and plan targets are the real ones of ``../shared``, copied into OUT. Lots, parcels and
zones are made up, and the project says so. The forest lots are one Shapefile as offices keep them: VN-2000, TCVN3 text
without a ``.cpg``, commune codes as numbers without their leading zero.
"""

import argparse
import shutil
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pyproj
import shapely
from scipy.spatial import cKDTree

from geoplan import crs, writing
from geoplan.demo import frms, geodesy
from geoplan.demo.cells import Shapes
from geoplan.demo.commune import CRS, Commune
from geoplan.demo.farm import farm
from geoplan.demo.files import clock_stopped, write_layer, write_text
from geoplan.demo.mosaic import mosaic
from geoplan.demo.noise import Floats
from geoplan.demo.terrain import hills

DAY = "2026-06-30"
PLANS = {
    "01879": frms.CoverPlan(0.36, 0.16, 0.0115, 0.12, 0.26, 0.03, 0.01),
    "02026": frms.CoverPlan(0.60, 0.144, 0.005, 0.07, 0.13, 0.02, 0.012),
    "01981": frms.CoverPlan(0.66, 0.191, 0.0015, 0.03, 0.085, 0.012, 0.006),
    "01849": frms.CoverPlan(0.50, 0.20, 0.012, 0.07, 0.15, 0.03, 0.01),
}
"""Cover of each commune: statutory cover of about 52, 74.4, 85.1 and 70 %."""

PROJECT = """\
# Bốn xã thật, dữ liệu rừng giả lập: để thử geoplan ở quy mô thật.
# Ranh giới xã, điểm thôn và chỉ tiêu kế hoạch là thật; lô rừng, thửa đất và vùng chuyển đổi là bịa.

[project]
name      = "Bốn xã (lô rừng giả lập)"
crs       = "EPSG:9213"        # VN-2000, kinh tuyến trục 106°30'
as_of     = 2026-06-30
synthetic = true               # lô rừng, thửa đất, vùng chuyển đổi là giả lập: mọi trang đều ghi rõ

[layers]
# Tệp ranh giới giữ nguyên các cột gốc: code là mã xã, areaKm2 là diện tích tự nhiên (km2).
communes         = "layers/communes.gpkg"
villages         = "layers/villages.gpkg"          # điểm: số liệu theo thôn lấy từ cột diadanh của lô
{forest_lots}
parcels          = "layers/thua_dat.gpkg"
conversion_zones = "layers/vung_chuyen_doi.gpkg"

[targets]
file = "targets.csv"           # 28 chỉ tiêu đo được bằng bản đồ của các văn bản kế hoạch
contradictions = "contradictions.csv"   # chỗ mâu thuẫn giữa các văn bản: hiển thị cả hai, không lấy trung bình

[lineage]
crosswalk = "xa_cu_xa_moi.csv"                              # xã cũ - xã mới, theo mã và ngày
outlines  = { path = "layers/xa_2009.gpkg" }                # ranh giới xã năm 2009, để đối chiếu

[measures.forest_cover]
owner_codes = "frms4"          # cột dtuong theo bảng mã chủ rừng của FRMS 4.0
"""
FOREST_LOTS = {
    "tcvn3": """\
# Shapefile kiểu cũ: chữ TCVN3, không có tệp .cpg, nên phải khai bảng mã; maxa là số nên mất số 0 ở đầu.
forest_lots      = { path = "layers/rung.shp", encoding = "tcvn3", crs = "EPSG:9213" }""",
    "utf-8": 'forest_lots      = "layers/rung.shp"',
}

_TCVN3 = dict(
    zip(
        "ĂÂÊÔƠƯĐăâêôơưđàảãáạằẳẵắặầẩẫấậèẻẽéẹềểễếệìỉĩíịòỏõóọồổỗốộờởỡớợùủũúụừửữứựỳỷỹýỵ",
        bytes.fromhex(
            "a1a2a3a4a5a6a7 a8a9aaabacadae b5b6b7b8b9 bbbcbdbec6 c7c8c9cacb ccceCfd0d1 d2d3d4d5d6 d7d8dcddde"
            "dfe1e2e3e4 e5e6e7e8e9 eaebecedee eff1f2f3f4 f5f6f7f8f9 fafbfcfdfe"
        ),
        strict=True,
    )
)
"""Letters of TCVN 5712:1993 (VN3, the ABC fonts). Capitals with a tone have no code there: the font shows them."""


@dataclass(frozen=True, eq=False)
class Made:
    """Layers of one commune."""

    lots: gpd.GeoDataFrame
    parcels: gpd.GeoDataFrame
    zones: gpd.GeoDataFrame


def tcvn3(text: str | None) -> str | None:
    """Text whose Latin-1 bytes are its TCVN3 bytes; capitals without a code lose their case, as in old files."""
    if text is None:
        return None
    known = (c if c in _TCVN3 or c.isascii() else c.lower() for c in text)
    return bytes(_TCVN3.get(c, ord(c) if c.isascii() else ord("?")) for c in known).decode("latin-1")


def one_commune(row: pd.Series, points: gpd.GeoDataFrame, count: int, order: int, seed: int) -> Made:
    """Lots, parcels and zones on the real outline of a commune.

    Parameters
    ----------
    row : Series
        ``code``, ``name``, ``areaKm2`` and the outline in longitude and latitude.
    points : GeoDataFrame
        Village points in EPSG:9213.
    order : int
        Place among the four: numbers of compartments and lots begin there.
    """
    rng = np.random.default_rng([seed, int(row["code"])])
    outline = crs.geometries(row.geometry, pyproj.CRS("EPSG:4326"), pyproj.CRS(CRS))
    west, south, east, north = outline.bounds
    terrain = hills(np.array([west - 500.0, south - 500.0, east + 500.0, north + 500.0]), 30.0, rng)
    tiles = mosaic(outline, count, rng, step_m=11.0)
    area, official = geodesy.hectares(tiles.lots, CRS), float(row["areaKm2"]) * 100.0
    codes = frms.covers(tiles.lots, area, official, terrain, rng, PLANS[row["code"]])
    place = frms.Place(int(row["code"]), str(row["name"]), "Thái Nguyên", 19, 100 * (order + 1), 10_000 * order, 2026)
    lots = frms.lots(tiles.lots, area, codes, nearest(tiles.lots, points), place, rng, CRS)
    village = gpd.GeoDataFrame({"village_code": [""], "name": [""]}, geometry=[outline], crs=CRS)
    whole = Commune(outline, official, village, lots, tiles, area, terrain)
    parcels, zones = farm(whole, rng, prefix=str(row["code"]))
    return Made(lots, parcels.drop(columns="village_code"), zones)


def nearest(shapes: Shapes, points: gpd.GeoDataFrame) -> list[str]:
    """Name of the village point nearest each lot."""
    middle: Floats = shapely.get_coordinates(shapely.centroid(shapes))
    found = cKDTree(shapely.get_coordinates(points.geometry.to_numpy())).query(middle)[1]
    names = points["name_vi"].fillna(points["name"]).to_numpy()
    return [str(name) for name in names[found]]


def write_shapefile(path: Path, frame: gpd.GeoDataFrame, encoding: str) -> None:
    """One Shapefile with its sidecars; TCVN3 without a ``.cpg``. Missing numbers are 0, as FRMS writes them."""
    numbers = {field: 0 for field in frms.FIELDS if field not in frms.TEXT_FIELDS}
    shown = frame.fillna(numbers)
    if encoding == "tcvn3":
        for field in frms.TEXT_FIELDS:
            shown[field] = [tcvn3(value) for value in shown[field]]
    with tempfile.TemporaryDirectory() as place, clock_stopped(DAY):
        made = Path(place) / path.name
        wanted = "ISO-8859-1" if encoding == "tcvn3" else "UTF-8"
        options = {"DBF_DATE_LAST_UPDATE": DAY}
        pyogrio.write_dataframe(shown, made, driver="ESRI Shapefile", encoding=wanted, layer_options=options)
        for part in sorted(Path(place).iterdir()):
            if not (encoding == "tcvn3" and part.suffix == ".cpg"):
                writing.write_bytes(path.with_suffix(part.suffix), part.read_bytes())


def make(out: Path, shared: Path, count: int, encoding: str, seed: int) -> Path:
    """The project of the four communes in an empty folder.

    Returns
    -------
    Path
        The project file, written last.
    """
    if out.exists() and any(out.iterdir()):
        raise SystemExit(f"{out} is not empty")
    admin = gpd.read_file(shared / "data/admin/communes_2025_thai_nguyen.gpkg", layer="communes_2025")
    admin = admin[admin["code"].isin(PLANS)].reset_index(drop=True)
    villages = gpd.read_file(shared / "data/villages/villages_thai_nguyen_wof.gpkg")
    villages = villages[villages["commune_code_2025"].isin(PLANS)].reset_index(drop=True)
    points = crs.to_crs(villages, pyproj.CRS(CRS))[0]
    parts = []
    for order, (_, row) in enumerate(admin.iterrows()):
        start = time.perf_counter()
        parts.append(one_commune(row, points[points["commune_code_2025"] == row["code"]], count, order, seed))
        print(
            f"{row['code']} {row['name']}: {len(parts[-1].lots)} lots, {time.perf_counter() - start:.1f} s",
            file=sys.stderr,
        )
    write_layer(out / "layers" / "communes.gpkg", admin, day=DAY)
    write_layer(out / "layers" / "villages.gpkg", villages, day=DAY)
    lots = pd.concat([part.lots for part in parts], ignore_index=True)
    write_shapefile(out / "layers" / "rung.shp", lots, encoding)
    write_layer(out / "layers" / "thua_dat.gpkg", pd.concat([p.parcels for p in parts], ignore_index=True), day=DAY)
    write_layer(
        out / "layers" / "vung_chuyen_doi.gpkg", pd.concat([p.zones for p in parts], ignore_index=True), day=DAY
    )
    shutil.copyfile(shared / "domain/targets_spatial.csv", out / "targets.csv")
    shutil.copyfile(shared / "domain/plan_contradictions.csv", out / "contradictions.csv")
    shutil.copyfile(shared / "data/admin/crosswalk_old_to_2025_thai_nguyen.csv", out / "xa_cu_xa_moi.csv")
    shutil.copyfile(shared / "data/admin/communes_2009_bac_kan_thai_nguyen.gpkg", out / "layers" / "xa_2009.gpkg")
    write_text(out / "geoplan.toml", PROJECT.replace("{forest_lots}", FOREST_LOTS[encoding]))
    return out / "geoplan.toml"


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("out", type=Path, help="an empty or missing folder")
    parser.add_argument(
        "--shared", type=Path, default=Path("../shared"), help="folder with data/admin, data/villages, domain"
    )
    parser.add_argument("--lots", type=int, default=3000, help="about so many lots a commune")
    parser.add_argument("--encoding", choices=sorted(FOREST_LOTS), default="tcvn3", help="text of the Shapefile")
    parser.add_argument("--seed", type=int, default=2026)
    given = parser.parse_args()
    print(make(given.out, given.shared, given.lots, given.encoding, given.seed))


if __name__ == "__main__":
    main()
