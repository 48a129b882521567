"""What each role holds: its fields, the names under which offices write them, and which of them are private.

A source column finds its field by its folded name (`letters.column_key`: no accents, no case, no underscores). Lower
`rank` wins where two columns fit one field: 0 before the field's own name, 1 the field's own name, 2 another name, 3 a
last resort.
"""

from collections.abc import Mapping
from types import MappingProxyType

from geoplan.errors import InputError, Problem
from geoplan.layers.forest_fields import FOREST_FIELDS
from geoplan.layers.kinds import Alias, Field, Kind, Schema, Shape, named

__all__ = ["SCHEMAS", "Alias", "Field", "Kind", "Schema", "Shape", "schema"]


def schema(role: str) -> Schema:
    """Schema of a role.

    Raises
    ------
    InputError
        ``layer.role_unknown`` naming the known roles.
    """
    if role == ANY.role:
        return ANY
    if role not in SCHEMAS:
        raise InputError(Problem("layer.role_unknown", role[:80], {"role": role[:80], "known": ", ".join(SCHEMAS)}))
    return SCHEMAS[role]


_CROPS = {
    "rice": named("lúa", "đất lúa", "đất trồng lúa", "lúa nương", "ruộng", "luc", "luk", "lua", "lun"),
    "maize": named("ngô", "bắp", "đất ngô", "đất trồng ngô", "corn", "nương ngô"),
}
_GROUPS = {
    "perennial": named(
        "cây lâu năm",
        "lâu năm",
        "cây ăn quả",
        "cây ăn trái",
        "cây công nghiệp lâu năm",
        "cln",
        "ăn quả",
        "nhóm cây lâu năm",
    ),
    "annual": named(
        "cây hằng năm", "cây hàng năm", "hằng năm", "hàng năm", "hnk", "rau màu", "cây màu", "nhóm cây hằng năm"
    ),
    "aquaculture": named(
        "thủy sản",
        "nuôi trồng thủy sản",
        "lúa thủy sản",
        "lúa kết hợp thủy sản",
        "trồng lúa kết hợp nuôi trồng thủy sản",
        "lúa cá",
        "nts",
    ),
    "forest": named("rừng", "trồng rừng", "cây lâm nghiệp", "lâm nghiệp", "rừng trồng", "rsx", "đất rừng"),
}
_STATUS = {
    "draft": named("nháp", "dự kiến", "bản nháp", "soạn thảo", "dự thảo"),
    "submitted": named("đã gửi", "đã trình", "trình duyệt", "chờ duyệt", "đã nộp", "đăng ký", "đã đăng ký"),
    "approved": named("đã duyệt", "phê duyệt", "đã phê duyệt", "được duyệt", "chấp thuận", "đã chấp thuận"),
    "carried_out": named("đã thực hiện", "đã chuyển đổi", "thực hiện", "đã trồng", "hoàn thành"),
    "accepted": named("nghiệm thu", "đã nghiệm thu"),
}

_UNIT_CODE = Field(
    "unit_code",
    Kind.UNIT,
    "mã xã năm chữ số, có số 0 ở đầu",
    required=True,
    aliases=named("code", "maXa", "mã xã", "mã đơn vị hành chính", "madvhc", "ma_xa_moi", "maxamoi", "commune_code")
    + named("commune_code_2025", rank=3),
)
_NAME = Field("name", Kind.TEXT, "tên", aliases=named("tên", "ten goi"))
_TO_CROP = Field(
    "to_crop", Kind.TEXT, "cây trồng mới", aliases=named("cây trồng mới", "cây chuyển sang", "loài cây mới")
)
_FROM_CROP_ALIASES = named("cây trồng cũ", "cây hiện trạng", "từ cây", "chuyển từ", "cây trước chuyển đổi")
_TO_GROUP_ALIASES = named("nhóm cây", "nhóm cây mới", "chuyển sang", "nhóm cây chuyển sang", "mục đích chuyển đổi")
_ZONE_ALIASES = named("mã vùng", "mã vùng chuyển đổi", "ma_vung_cd")
_VILLAGE_CODE_ALIASES = named("mã thôn", "mã bản", "mã xóm", "ma_thon_ban")
_NAME_ALIASES = named("name_vi", rank=0) + named("tên", "tên gọi")

COMMUNES = Schema(
    "communes",
    "unit_code",
    (Shape.POLYGON,),
    (
        _UNIT_CODE,
        Field(
            "name",
            Kind.TEXT,
            "tên xã",
            required=True,
            aliases=_NAME_ALIASES + named("tên xã", "tenxa", "xã", "commune"),
        ),
        Field(
            "area_official_ha",
            Kind.NUMBER,
            "diện tích tự nhiên theo kiểm kê đất đai (ha)",
            aliases=named("diện tích tự nhiên", "dttn", "dt_tu_nhien", "dien_tich_tu_nhien_ha", "dttn_ha")
            + named("areaKm2", "dien_tich_km2", "dt_km2", "dttn_km2", factor=100.0)
            + named("dt_m2", "dien_tich_m2", "dttn_m2", factor=0.0001, rank=3),
        ),
        Field("valid_from", Kind.DATE, "ranh giới có hiệu lực từ ngày", aliases=named("hiệu lực từ", "ngày hiệu lực")),
    ),
    alone=True,
)

VILLAGES = Schema(
    "villages",
    "village_code",
    (Shape.POLYGON, Shape.POINT),
    (
        Field(
            "village_code",
            Kind.KEY,
            "mã thôn",
            required=True,
            aliases=_VILLAGE_CODE_ALIASES + named("code") + named("wof_id") + named("gn_id", rank=3),
        ),
        Field(
            "name",
            Kind.TEXT,
            "tên thôn",
            required=True,
            aliases=_NAME_ALIASES + named("tên thôn", "tên bản", "tên xóm", "thôn", "bản", "xóm", "village"),
        ),
        Field("unit_code", Kind.UNIT, "mã xã", aliases=tuple(a for a in _UNIT_CODE.aliases if a.name != "code")),
    ),
    alone=True,
)

PARCELS = Schema(
    "parcels",
    "parcel_id",
    (Shape.POLYGON,),
    (
        Field(
            "parcel_id",
            Kind.KEY,
            "mã thửa",
            required=True,
            aliases=named("mã thửa", "mã thửa đất", "maThuaDat", "idthua"),
        ),
        Field(
            "land_code",
            Kind.TEXT,
            "mã loại đất (LUC, LUK, HNK ...)",
            required=True,
            aliases=named("loại đất", "mã loại đất", "mdsd", "mdsdd", "kyHieuMucDichSuDung", "mã đất", "loaidat"),
        ),
        Field(
            "area_ha",
            Kind.NUMBER,
            "diện tích thửa (ha)",
            aliases=named("diện tích ha", "dt_ha", "dien_tich_ha")
            + named("dien_tich_m2", "dt_m2", "dienTichM2", factor=0.0001, rank=3),
        ),
        Field("village_code", Kind.KEY, "mã thôn", aliases=_VILLAGE_CODE_ALIASES),
        Field(
            "owner_code",
            Kind.TEXT,
            "mã chủ sử dụng",
            private=True,
            aliases=named("mã chủ", "chủ sử dụng", "maChuSuDung"),
        ),
    ),
)

CONVERSION_ZONES = Schema(
    "conversion_zones",
    "zone_id",
    (Shape.POLYGON,),
    (
        Field("zone_id", Kind.KEY, "mã vùng chuyển đổi", required=True, aliases=_ZONE_ALIASES + named("id", rank=3)),
        Field("from_crop", Kind.CHOICE, "cây trồng trước", required=True, aliases=_FROM_CROP_ALIASES, choices=_CROPS),
        Field(
            "to_group", Kind.CHOICE, "nhóm cây chuyển sang", required=True, aliases=_TO_GROUP_ALIASES, choices=_GROUPS
        ),
        _TO_CROP,
        Field("land_code", Kind.TEXT, "mã loại đất", aliases=named("loại đất", "mã loại đất", "loaidat")),
        Field("planned_on", Kind.DATE, "ngày đưa vào kế hoạch", aliases=named("ngày kế hoạch", "ngày dự kiến")),
        Field("status", Kind.CHOICE, "tình trạng", aliases=named("tình trạng", "trạng thái"), choices=_STATUS),
        Field(
            "declared_ha",
            Kind.NUMBER,
            "diện tích khai báo (ha)",
            aliases=named("diện tích khai báo", "dt_khai_bao", "diện tích đăng ký"),
        ),
        Field("accepted_no", Kind.TEXT, "số biên bản nghiệm thu", aliases=named("số biên bản", "số nghiệm thu")),
        Field("accepted_on", Kind.DATE, "ngày nghiệm thu", aliases=named("ngày nghiệm thu")),
        _NAME,
    ),
    alone=True,
)

DRAFT_ZONES = Schema(
    "draft_zones",
    "zone_id",
    (Shape.POLYGON,),
    (
        Field("zone_id", Kind.KEY, "mã vùng đánh dấu", aliases=_ZONE_ALIASES + named("id", rank=3)),
        _NAME,
        Field("from_crop", Kind.CHOICE, "cây trồng trước", aliases=_FROM_CROP_ALIASES, choices=_CROPS),
        Field("to_group", Kind.CHOICE, "nhóm cây chuyển sang", aliases=_TO_GROUP_ALIASES, choices=_GROUPS),
    ),
)

HOUSEHOLDS = Schema(
    "households",
    "household_id",
    (Shape.POINT,),
    (
        Field("household_id", Kind.KEY, "mã hộ", required=True, aliases=named("mã hộ", "mã hộ gia đình", "mahogd")),
        Field("village_code", Kind.KEY, "mã thôn", aliases=_VILLAGE_CODE_ALIASES),
        Field("people", Kind.INTEGER, "số nhân khẩu", aliases=named("nhân khẩu", "số khẩu", "số người", "sonhankhau")),
        Field(
            "status",
            Kind.CHOICE,
            "tình trạng",
            aliases=named("tình trạng", "trạng thái"),
            choices={
                "at_risk": named("có nguy cơ", "nguy cơ", "trong vùng nguy cơ", "nguy cơ cao"),
                "surveyed": named("đã khảo sát", "khảo sát", "đã điều tra"),
                "form_chosen": named("đã chọn hình thức", "chọn hình thức"),
                "moved": named("đã di dời", "đã chuyển", "di dời"),
                "stable": named("ổn định", "đã ổn định"),
            },
        ),
        Field(
            "form",
            Kind.CHOICE,
            "hình thức bố trí",
            aliases=named("hình thức", "hình thức bố trí", "hinhthuc_btr"),
            choices={
                "concentrated": named("tập trung", "bố trí tập trung"),
                "interspersed": named("xen ghép", "bố trí xen ghép"),
                "in_place": named("tại chỗ", "ổn định tại chỗ"),
            },
        ),
        Field("site_id", Kind.KEY, "mã điểm tái định cư", aliases=named("mã điểm", "mã khu", "điểm tái định cư")),
        Field("moved_on", Kind.DATE, "ngày di dời", aliases=named("ngày di dời", "ngày chuyển", "ngày đến nơi ở mới")),
        Field(
            "head_name",
            Kind.TEXT,
            "tên chủ hộ",
            private=True,
            aliases=named("chủ hộ", "tên chủ hộ", "họ tên", "họ và tên"),
        ),
        Field("phone", Kind.TEXT, "điện thoại", private=True, aliases=named("điện thoại", "số điện thoại", "sdt")),
        Field("id_no", Kind.TEXT, "số căn cước", private=True, aliases=named("cccd", "số cccd", "cmnd", "số căn cước")),
        Field("notes", Kind.TEXT, "ghi chú", private=True, aliases=named("ghi chú", "ghichu")),
    ),
)

SITES = Schema(
    "sites",
    "site_id",
    (Shape.POLYGON,),
    (
        Field(
            "site_id",
            Kind.KEY,
            "mã điểm tái định cư",
            required=True,
            aliases=named("mã điểm", "mã khu") + named("id", rank=3),
        ),
        Field(
            "kind",
            Kind.CHOICE,
            "loại điểm",
            required=True,
            aliases=named("loại", "loại điểm"),
            choices={
                "existing": named("hiện có", "hiện trạng", "đã có"),
                "planned": named("quy hoạch", "dự kiến", "kế hoạch"),
            },
        ),
        Field("capacity_households", Kind.INTEGER, "sức chứa (hộ)", aliases=named("sức chứa", "số hộ")),
        _NAME,
    ),
)

SAMPLES = Schema(
    "samples",
    "sample_id",
    (Shape.POINT,),
    (
        Field(
            "sample_id",
            Kind.KEY,
            "mã điểm mẫu",
            required=True,
            aliases=named("mã mẫu", "điểm mẫu") + named("id", rank=3),
        ),
        Field("stratum", Kind.KEY, "tầng", required=True, aliases=named("tầng", "lớp", "map_class")),
        Field("reference", Kind.KEY, "lớp tham chiếu", aliases=named("tham chiếu", "lớp thực", "ref_class")),
        Field("confidence", Kind.TEXT, "độ tin cậy", aliases=named("độ tin cậy", "tin cậy")),
        Field(
            "interpreter", Kind.TEXT, "người đoán đọc", private=True, aliases=named("người đoán đọc", "người giải đoán")
        ),
        Field("seen_on", Kind.DATE, "ngày ảnh", aliases=named("ngày ảnh", "ngày xem")),
    ),
)

TRAINING = Schema(
    "training",
    "training_id",
    (Shape.POINT,),
    (
        Field(
            "training_id",
            Kind.KEY,
            "mã điểm huấn luyện",
            required=True,
            aliases=named("điểm huấn luyện", "mã điểm") + named("id", rank=3),
        ),
        Field(
            "reference",
            Kind.KEY,
            "lớp tham chiếu",
            required=True,
            aliases=named("tham chiếu", "lớp thực", "lớp", "ref_class"),
        ),
        Field("seen_on", Kind.DATE, "ngày ảnh", aliases=named("ngày ảnh", "ngày xem")),
    ),
)

SLIDES = Schema(
    "slides",
    "slide_id",
    (Shape.POINT,),
    (
        Field(
            "slide_id",
            Kind.KEY,
            "mã điểm sạt lở",
            required=True,
            aliases=named("mã điểm", "điểm sạt lở") + named("id", rank=3),
        ),
        Field("happened_on", Kind.DATE, "ngày xảy ra", aliases=named("ngày xảy ra", "ngày sạt lở", "ngày")),
    ),
)


def _lines(role: str, what: str) -> Schema:
    kind = Field(
        "kind", Kind.TEXT, f"loại {what}", aliases=named("loại", f"loại {what}", "fclass", "highway", "waterway")
    )
    return Schema(role, "", (Shape.LINE,), (_NAME, kind))


ANY = Schema("any", "", (Shape.POLYGON, Shape.LINE, Shape.POINT), ())
"""A file whose role nobody has said: any shape, no field, no key. No project file can name it."""

FOREST_LOTS = Schema("forest_lots", "lot_id", (Shape.POLYGON,), FOREST_FIELDS, alone=True)

SCHEMAS: Mapping[str, Schema] = MappingProxyType(
    {
        s.role: s
        for s in (
            COMMUNES,
            VILLAGES,
            FOREST_LOTS,
            PARCELS,
            CONVERSION_ZONES,
            DRAFT_ZONES,
            HOUSEHOLDS,
            SITES,
            SAMPLES,
            TRAINING,
            SLIDES,
            _lines("roads", "đường"),
            _lines("streams", "suối"),
        )
    }
)
"""Every vector role by name."""
