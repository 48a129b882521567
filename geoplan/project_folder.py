"""A new project folder: ``geoplan.toml`` with a word on every key, and folders that say what goes into them.

The notes have Windows line ends, and a byte-order mark where they are plain text: an old Notepad shows them whole.
"""

import re
import unicodedata
from datetime import date, datetime
from pathlib import Path

from geoplan import writing
from geoplan.errors import InputError, Problem, UsageError

PROJECT_FILE = "geoplan.toml"

_TEMPLATE = """\
# Tệp dự án của geoplan. Sửa bằng Notepad và lưu với bảng mã UTF-8.
# Dòng bắt đầu bằng dấu # là ghi chú; bỏ dấu # ở đầu dòng để dùng dòng đó.
# Đường dẫn tính từ thư mục chứa tệp này và viết bằng dấu gạch chéo xuôi: layers/communes.gpkg
# geoplan chỉ đọc các tệp này, không bao giờ ghi vào chúng.

[project]
# Tên hiện trên bản đồ và bảng số liệu.
name = {name}
# Hệ toạ độ để vẽ và đo khoảng cách. EPSG:9213 là VN-2000, kinh tuyến 106°30', múi 3 (Thái Nguyên, Bắc Kạn cũ).
# Diện tích luôn tính trên mặt ellipsoid, không tính trên lưới chiếu này.
crs = "EPSG:9213"
# Ngày của số liệu (năm-tháng-ngày): mọi con số là con số của ngày này. Sửa lại khi dữ liệu là của ngày khác.
as_of = {as_of}
# Các xã cần báo cáo, theo mã năm chữ số để trong ngoặc kép; không ghi thì báo cáo mọi xã có trong lớp communes.
{communes}
# Chỉ dùng cho dữ liệu tự tạo để thử: mọi trang sẽ ghi rõ đây không phải số liệu thật.
# synthetic = true

[layers]
# Bắt buộc: ranh giới xã. Cần cột unit_code (mã xã năm chữ số, dạng chữ) và name (tên xã).
# Có cột area_official_ha (diện tích tự nhiên theo kiểm kê đất đai) thì mới có tỷ lệ che phủ theo quy định.
communes = "layers/communes.gpkg"
# Ranh giới thôn: village_code, name.
# villages = "layers/villages.gpkg"
# Lô rừng: bảng 52 trường của phần mềm cập nhật diễn biến rừng (FRMS).
# forest_lots = "layers/forest_lots.gpkg"
# Tệp cần chỉ dẫn thêm thì viết thành bảng: bảng mã chữ (tcvn3, vni, cp1258, utf-8), hệ toạ độ của tệp,
# tên lớp bên trong tệp, và cột nào của tệp là trường nào.
# forest_lots = {{ path = "layers/rung.shp", encoding = "tcvn3", crs = "EPSG:9213", columns = {{ lot_id = "id" }} }}
# forest_lots = {{ path = "layers/rung.gpkg", layer = "lo_rung" }}
# Thửa đất: parcel_id, land_code (LUC, LUK, HNK ...).
# parcels = "layers/parcels.gpkg"
# Vùng chuyển đổi cây trồng: zone_id, from_crop, to_group.
# conversion_zones = "layers/conversion_zones.gpkg"
# Vùng vẽ nháp trên bản đồ, mỗi vùng một tệp: được hiện và kiểm tra, không vào tổng nào.
# draft_zones = "danh_dau/*.geojson"
# Hộ dân: thông tin cá nhân, không bao giờ vào bản công khai.
# households = "layers/households.csv"
# Khu tái định cư: site_id, kind.
# sites = "layers/sites.gpkg"
# Điểm mẫu đã kiểm tra ngoài thực địa hoặc trên ảnh: sample_id, stratum, reference.
# samples = "layers/samples.gpkg"
# Điểm huấn luyện để phân loại ảnh (khác với điểm mẫu): training_id, reference.
# training = "layers/training.csv"
# Các điểm sạt lở đã xảy ra: slide_id, happened_on.
# slides = "layers/slides.csv"
# Đường và suối.
# roads = "layers/roads.gpkg"
# streams = "layers/streams.gpkg"

# [rasters]
# Mô hình số độ cao, mét.
# dem = "rasters/dem.tif"
# Lớp phủ: forest là các giá trị được coi là có cây che phủ, nodata là giá trị không quan sát được.
# land_cover = {{ path = "rasters/land_cover.tif", forest = [1, 2], nodata = 255 }}
# Nếu lớp phủ là xác suất có cây thì thay forest bằng ngưỡng; band là số thứ tự của kênh.
# land_cover = {{ path = "rasters/xac_suat.tif", threshold = 0.5, band = 1 }}
# Các tầng đã dùng để rút điểm mẫu; giá trị là số tầng ghi ở cột stratum của samples.
# strata = "rasters/strata.tif"

# [images]
# Thư mục ảnh Sentinel-2: các thư mục .SAFE (hay tệp zip) mức 2A như khi tải về, hoặc mỗi ngày một thư mục
# (2026-01-31) có B02, B04, B08, B11, B12, SCL (.tif) và scene.toml.
# sentinel2 = "images/s2"

# [targets]
# Chỉ tiêu kế hoạch của xã, mỗi dòng một chỉ tiêu.
# file = "targets.csv"
# Những chỗ các văn bản kế hoạch nói khác nhau.
# contradictions = "plan_contradictions.csv"

# [lineage]
# Bảng xã cũ - xã mới (theo mã): để hiểu mã xã cũ trong lô rừng và nói rõ ranh giới đã thay đổi thế nào.
# crosswalk = "xa_cu_xa_moi.csv"
# Ranh giới các xã cũ, nếu có.
# outlines = {{ path = "layers/xa_2009.gpkg", layer = "" }}

# Cách tính riêng của một phép đo. Khoá viết sai sẽ bị từ chối kèm danh sách khoá đúng.
# [measures.forest_cover]
"""

_NOTES = {
    "layers": """\
Thư mục này chứa các lớp bản đồ đầu vào: ranh giới xã, thôn, lô rừng, thửa đất, vùng chuyển đổi cây trồng.
Dùng được: GeoPackage (.gpkg), Shapefile (.shp cùng .shx, .dbf, .prj), MapInfo (.tab), GeoJSON.
Chép đủ các tệp đi kèm của Shapefile. Sau đó ghi tên tệp vào mục [layers] của geoplan.toml
và chạy: geoplan check
geoplan chỉ đọc các tệp ở đây.

Input layers go here. Name them under [layers] in geoplan.toml, then run: geoplan check
""",
    "rasters": """\
Thư mục này chứa ảnh dạng lưới: mô hình số độ cao, bản đồ lớp phủ (GeoTIFF, .tif).
Ghi tên tệp vào mục [rasters] của geoplan.toml. Không bắt buộc phải có.

Raster files go here (GeoTIFF). Name them under [rasters] in geoplan.toml. None is required.
""",
    "maps": """\
Kết quả nằm ở đây: mỗi lần chạy "geoplan run" có một thư mục mang tên ngày của số liệu,
trong đó map.html là bản đồ (mở bằng trình duyệt, không cần mạng) và results.xlsx là bảng số liệu.
Kết quả cũ của cùng ngày được giữ lại dưới tên khác. Không sửa tệp trong các thư mục này; hãy sửa dữ liệu rồi chạy lại.
map.html là bản dành cho cán bộ, không dùng để đăng công khai.

Results appear here, one folder a day of the figures. map.html is the officer's edition: do not publish it.
""",
}


def create(folder: Path, name: str, unit_code: str = "", *, as_of: date | None = None) -> list[Path]:
    """Make a project folder; files that stand there stay as they are.

    The project file comes last: a call that was cut off can be repeated.

    Parameters
    ----------
    folder : Path
        Where; made if absent. It may hold data already.
    name : str
        The project's name, as pages show it.
    unit_code : str
        Five-digit code of the commune to report on; empty: every commune of the layer.
    as_of : date or None
        The day that the figures are of; None: today, for the officer to change.

    Returns
    -------
    list of Path
        The files that were written, ``geoplan.toml`` last.

    Raises
    ------
    InputError
        ``init.exists`` if the folder is a project already, ``init.not_a_folder`` if a file stands under the name.
    UsageError
        ``init.name`` for an empty name, ``init.unit_code`` for anything but five digits.
    """
    project_file = folder / PROJECT_FILE
    if folder.exists() and not folder.is_dir():
        raise InputError(Problem("init.not_a_folder", str(folder)))
    if project_file.exists():
        raise InputError(Problem("init.exists", str(project_file)))
    text = template(name, unit_code, as_of=as_of or datetime.now().astimezone().date())
    written = []
    for part, note in _NOTES.items():
        path = folder / part / "README.txt"
        if not path.exists():
            writing.write_bytes(path, note.replace("\n", "\r\n").encode("utf-8-sig"))
            written.append(path)
    writing.write_bytes(project_file, text.replace("\n", "\r\n").encode("utf-8"))
    return [*written, project_file]


def template(name: str, unit_code: str = "", *, as_of: date) -> str:
    """Text of a new ``geoplan.toml``: see `create`."""
    name = unicodedata.normalize("NFC", name).strip()
    if not name:
        raise UsageError(Problem("init.name", "--name"))
    if unit_code and not re.fullmatch("[0-9]{5}", unit_code):
        raise UsageError(Problem("init.unit_code", "--unit-code", {"unit_code": unit_code}))
    communes = f'communes = ["{unit_code}"]' if unit_code else '# communes = ["01879"]'
    return _TEMPLATE.format(name=_quoted(name), as_of=as_of.isoformat(), communes=communes)


def _quoted(text: str) -> str:
    """A TOML basic string."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(c if c.isprintable() else f"\\U{ord(c):08X}" for c in escaped) + '"'
