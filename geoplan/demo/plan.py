"""The paper of the demo: project file, plan targets, contradictions found in the plan."""

from collections.abc import Mapping

COMMUNE = "99901"
AS_OF = "2026-06-30"
SOURCE = "Kế hoạch mẫu (giả lập)"

PROJECT = """\
# Dự án mẫu của geoplan. Mọi ranh giới, lô rừng, thửa đất, hộ dân và số liệu ở đây đều là giả lập.
# Tệp này là "đầu mối": mỗi dòng trong [layers] trỏ tới một tệp dữ liệu, đường dẫn tính từ thư mục này.

[project]
name      = "Xã Mẫu (dữ liệu giả lập)"
crs       = "EPSG:9213"        # VN-2000, kinh tuyến trục 106°30': để vẽ và đo khoảng cách; diện tích tính trên elipxôit
as_of     = 2026-06-30         # mọi con số là con số của ngày này
synthetic = true               # mọi trang, mọi bảng đều ghi rõ dữ liệu giả lập

[layers]
communes         = "layers/communes.gpkg"          # ranh giới xã; area_official_ha là diện tích tự nhiên theo kiểm kê
villages         = "layers/villages.gpkg"          # ranh giới 6 thôn
forest_lots      = "layers/rung.gpkg"              # lô rừng theo bảng 52 trường của FRMS
parcels          = "layers/thua_dat.gpkg"          # thửa đất trên đất nông nghiệp
conversion_zones = "layers/vung_chuyen_doi.gpkg"   # vùng chuyển đổi cây trồng
households       = "layers/ho_dan.csv"             # dữ liệu cá nhân (bịa): không bao giờ ra bản công khai
sites            = "layers/diem_dan_cu.gpkg"       # điểm bố trí dân cư
roads            = "layers/duong.gpkg"
streams          = "layers/suoi.gpkg"
slides           = "layers/sat_lo.csv"             # điểm sạt lở đã xảy ra, 2017-2024
draft_zones      = "danh_dau/*.geojson"            # vùng mới đánh dấu: được xem, được kiểm, không vào tổng nào

[rasters]
dem        = "rasters/dem.tif"                     # mô hình số độ cao 10 m
# Lớp phủ 10 m: 1 rừng tự nhiên, 2 rừng trồng, 3 cây bụi, 4 cây hằng năm, 5 mặt nước, 6 nhà cửa; 255 là không nhìn thấy.
land_cover = { path = "rasters/lop_phu.tif", forest = [1, 2], nodata = 255 }

[targets]
file = "targets.csv"                               # chỉ tiêu kế hoạch, mỗi dòng có câu văn gốc
contradictions = "contradictions.csv"              # chỗ mâu thuẫn tìm thấy trong kế hoạch

[measures.forest_cover]
min_patch_ha = 0.3                                 # đám cây nhỏ hơn 0,3 ha không được tính là rừng
owner_codes  = "frms4"                             # cột dtuong theo bảng mã chủ rừng của FRMS 4.0
"""

_MORE_LAYERS = """\
samples          = "layers/mau_kiem_chung.csv"     # điểm mẫu phân tầng, lớp đọc từ ảnh chi tiết: để ước lượng diện tích
training         = "layers/diem_huan_luyen.csv"    # điểm huấn luyện bản đồ rừng; không dùng để đánh giá
"""
_MORE_RASTERS = """\
strata     = "rasters/tang_mau.tif"                # tầng mẫu: 1 trong rừng, 2 ngoài rừng, 3 ven rừng hay không rõ

[images]
sentinel2  = "images/s2"                           # ảnh Sentinel-2 giả lập, mỗi ngày một thư mục, 7/2022 - 6/2026
"""


def project_text(*, images: bool) -> str:
    """Text of the project file, with or without images and what belongs to them."""
    if not images:
        return PROJECT
    text = PROJECT.replace("draft_zones ", _MORE_LAYERS + "draft_zones ", 1)
    return text.replace("\n[targets]", _MORE_RASTERS + "\n[targets]", 1)


_TARGETS = (
    ("mau-che_phu-01", "forest_cover", "reach", 52, "%", 2026, 2026, "level", "forest_cover.cover_pct", "",
     "Tỷ lệ che phủ rừng của xã cuối năm 2026 là 52%."),
    ("mau-che_phu-02", "forest_cover", "at_least", 58, "%", 2030, 2030, "level", "forest_cover.cover_pct", "",
     "Đến năm 2030 ít nhất 58% diện tích tự nhiên của xã có rừng che phủ."),
    ("mau-che_phu-03", "forest_cover", "at_least", 58, "%", 2030, 2030, "level", "forest_cover.cover_pct",
     "mau-che_phu-02",
     "Giữ vững độ che phủ 58% khi kết thúc kỳ kế hoạch."),
    ("mau-trong_rung-01", "planted", "at_least", 40, "ha", 2026, 2026, "yearly", "plantation.planted_year_ha", "",
     "Riêng năm 2026 trồng ít nhất 40 ha rừng tập trung."),
    ("mau-trong_rung-02", "planted", "at_least", 200, "ha", 2026, 2030, "cumulative", "plantation.planted_since_ha", "",
     "Cả kỳ 2026-2030 trồng không dưới 200 ha rừng."),
    ("mau-chuyen_doi-01", "converted", "reach", 10, "ha", 2026, 2026, "yearly", "conversion.accepted_ha", "",
     "Năm 2026 có 10 ha đất lúa, ngô kém hiệu quả được chuyển sang cây khác và nghiệm thu xong."),
    ("mau-chuyen_doi-02", "converted", "reach", 50, "ha", 2026, 2030, "cumulative", "conversion.accepted_ha", "",
     "Hết năm 2030 tổng diện tích lúa, ngô chuyển sang cây trồng khác đạt 50 ha."),
    ("mau-dan_cu-01", "households_moved", "reach", 14, "household", 2026, 2030, "cumulative",
     "resettlement_risk.moved_count", "",
     "Bố trí nơi ở an toàn cho 14 hộ đang sống trong vùng có nguy cơ sạt lở."),
    ("mau-rau_mau-01", "vegetables", "at_least", 35, "ha", 2026, 2026, "yearly", "", "",
     "Gieo trồng 35 ha rau màu các loại trong năm 2026."),
)  # fmt: skip


def targets() -> list[Mapping[str, object]]:
    """Plan targets of the demo commune, fields as the contract has them."""
    names = ("target_id", "indicator", "comparator", "value", "unit", "from_year", "to_year", "mode", "counted_as")
    rows: list[Mapping[str, object]] = []
    for *facts, repeats, sentence in _TARGETS:
        given = dict(zip(names, facts, strict=True))
        rows.append(
            {
                "target_id": given.pop("target_id"),
                "unit_code": COMMUNE,
                "indicator": given.pop("indicator"),
                "comparator": given.pop("comparator"),
                "strict": "",
                **given,
                "repeats": repeats,
                "source": SOURCE,
                "sentence": sentence,
            }
        )
    return rows


def contradictions() -> list[Mapping[str, object]]:
    """What a reader finds when the targets are held against each other."""
    found = (
        ("X01", "Che phủ phải tăng từ 52% lên 58% trong bốn năm (khoảng 110 ha), mà văn bản ấy cũng viết giữ vững.",
         "Hỏi lại năm gốc và diện tích tự nhiên dùng để tính trước khi giao chỉ tiêu."),
        ("X02", "Rừng trồng từ năm 2028 chưa khép tán vào cuối năm 2030 nên chưa được tính vào độ che phủ.",
         "Xem phần đã trồng trước năm 2028 có đủ bù 6 điểm phần trăm không."),
        ("X03", "Mục tiêu chuyển đổi 50 ha gồm cả đất chuyên trồng lúa nước, nơi cây lâu năm không được phép.",
         "Tách phần bị pháp luật từ chối ra khỏi diện tích đã làm được."),
    )  # fmt: skip
    return [{"id": i, "unit_code": COMMUNE, "finding": f, "consequence": c} for i, f, c in found]
