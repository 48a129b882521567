"""The FRMS lot table: 52 fields, each with its shapefile spelling, its database spelling (cut short) and the portal's.

Source: the field-normalising tools and database views listed in docs/truong_du_lieu.md. Values of `thanhrung`,
`nggocrt` and
`khoan` are common knowledge, not confirmed; they only warn.
"""

from geoplan.layers.kinds import Alias, Field, Kind, named

_N, _I, _T, _Y, _U = Kind.NUMBER, Kind.INTEGER, Kind.TEXT, Kind.YEAR, Kind.UNIT

_USED = frozenset(
    """
    maxa dtich ldlr nggocr namtr nggocrt thanhrung mgo malr3 mamdsd dtuong khoan nqh lapdia tk khoanh lo
    diadanh sldlr ktan
    """.split()  # noqa: SIM905 -- read as a list of names
)
"""Fields that figures are made of: an unreadable value is refused. Of the others it is told, and missing."""
_PRIVATE = frozenset(["churung", "machur", "nguoink", "nguoitrch", "mangnk", "mangtrch"])

_TABLE: tuple[tuple[str, Kind, str, str], ...] = (
    ("tt", _I, "", "số thứ tự"),
    ("id", Kind.KEY, "", "mã bản ghi"),
    ("matinh", _I, "province_c", "mã tỉnh"),
    ("mahuyen", _I, "district_c", "mã huyện (cũ)"),
    ("maxa", _U, "commune_co", "mã xã (có thể là mã cũ)"),
    ("tinh", _T, "tentinh", "tên tỉnh"),
    ("huyen", _T, "tenhuyen", "tên huyện (cũ)"),
    ("xa", _T, "tenxa", "tên xã"),
    ("tk", Kind.KEY, "compt_code matieukhu tieukhu", "tiểu khu"),
    ("khoanh", Kind.KEY, "sub_compt_ makhoanh", "khoảnh"),
    ("lo", Kind.KEY, "plot_code malo", "lô"),
    ("thuad", Kind.KEY, "parcel_cod sothua", "số thửa đất"),
    ("tobando", Kind.KEY, "map_sheet soto", "số tờ bản đồ"),
    ("diadanh", _T, "ddanh village", "địa danh (thôn, bản)"),
    ("dtich", _N, "area dientich dtich_ha dt_ha dientich_ha", "diện tích lô theo hồ sơ (ha)"),
    ("nggocr", _I, "forest_org mangr", "nguồn gốc rừng: 1 tự nhiên, 2 trồng, 3 chưa có rừng"),
    ("ldlr", _T, "loaidatloairung", "loại đất loại rừng (mã chữ: TXG, RTG ...)"),
    ("maldlr", _I, "forest_typ", "số của loại đất loại rừng (có ba cách đánh số: không dùng)"),
    ("sldlr", _T, "loaicay", "loài cây"),
    ("maloaicay", Kind.KEY, "tree_spec_", "mã loài cây"),
    ("namtr", _Y, "planting_y namtrong", "năm trồng"),
    ("captuoi", _I, "", "cấp tuổi"),
    ("ktan", _I, "nkheptan", "số năm khép tán (0–30)"),
    ("nggocrt", _I, "p_forest_o mangrt", "nguồn gốc rừng trồng"),
    ("thanhrung", _I, "plant_stat mathanhrung", "tình trạng thành rừng: 1 đã thành rừng, 2 chưa"),
    ("mgo", _N, "volume_per", "trữ lượng gỗ (m3/ha)"),
    ("mtn", _N, "stem_per_h mtr", "trữ lượng tre nứa (1000 cây/ha)"),
    ("mgolo", _N, "volume_p_1", "trữ lượng gỗ của lô (m3)"),
    ("mtnlo", _N, "stem_per_p", "trữ lượng tre nứa của lô (1000 cây)"),
    ("lapdia", _I, "site_cond_ malapdia", "điều kiện lập địa"),
    ("malr3", _I, "", "ba loại rừng: 1 phòng hộ, 2 đặc dụng, 3 sản xuất; 4 ngoài quy hoạch"),
    ("mdsd", _T, "quyuocmdsd", "mục đích sử dụng (viết tắt)"),
    ("mamdsd", _I, "forest_fun", "mã mục đích sử dụng"),
    ("dtuong", _I, "actor_type madoituong", "đối tượng chủ rừng"),
    ("churung", _T, "actor_name", "tên chủ rừng"),
    ("machur", Kind.KEY, "actor_id machurung", "mã chủ rừng"),
    ("trchap", _I, "conflict_s matranhchap", "tình trạng tranh chấp"),
    ("quyensd", _I, "land_use_c mattqsdd", "quyền sử dụng đất"),
    ("thoihansd", _I, "land_use_t", "thời hạn sử dụng (có nơi ghi năm)"),
    ("khoan", _I, "prot_contr makhoan", "khoán bảo vệ rừng: 1 có, 0 không"),
    ("nqh", _I, "forest_use mattqh", "tình trạng quy hoạch"),
    ("nguoink", _T, "nguoiky", "người nhận khoán"),
    ("nguoitrch", _T, "nguoichiutn", "người tranh chấp hoặc chịu trách nhiệm"),
    ("mangnk", Kind.KEY, "actor_id_p manguoiky", "mã người nhận khoán"),
    ("mangtrch", Kind.KEY, "actor_id_c manguoichiutn", "mã người tranh chấp"),
    ("ngsinh", _I, "nar_for_or mangsinh", "tình trạng nguyên sinh"),
    ("kd", _N, "kinhdo", "kinh độ hoặc tọa độ X VN-2000"),
    ("vd", _N, "vido", "vĩ độ hoặc tọa độ Y VN-2000"),
    ("capkd", _T, "capkinhdo", "cấp kinh độ"),
    ("capvd", _T, "capvido", "cấp vĩ độ"),
    ("locu", Kind.KEY, "old_plot_c malocu", "lô cũ"),
    ("vitrithua", _I, "pos_status", "vị trí thửa"),
    ("maxamoi", _U, "", "mã xã mới (từ 7/2025)"),
    ("xamoi", _T, "", "tên xã mới (từ 7/2025)"),
)

LOT_ID = Field(
    "lot_id",
    Kind.KEY,
    "mã lô: cột được chỉ định, nếu không thì id, nếu không thì maxa/tk/khoanh/lo",
    required=True,
    aliases=(Alias("mã lô rừng"), Alias("malorung")),
)

_SQUARE_METRES = named("dtich_m2", "dientich_m2", "dt_m2", "area_m2", factor=0.0001, rank=3)
"""Read only where no column of hectares is there."""


def _field(name: str, kind: Kind, others: str, meaning: str) -> Field:
    return Field(
        name,
        kind,
        meaning,
        required=name in {"dtich", "ldlr"},
        private=name in _PRIVATE,
        aliases=named(*others.split()) + (_SQUARE_METRES if name == "dtich" else ()),
        strict=name in _USED,
        blanks=name == "ldlr",
    )


FRMS_FIELDS = tuple(row[0] for row in _TABLE[:52])
"""The 52 names, in the order of the published table."""

FOREST_FIELDS = (LOT_ID, *(_field(*row) for row in _TABLE))
"""Fields of `forest_lots`."""
