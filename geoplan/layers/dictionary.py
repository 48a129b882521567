"""The data dictionary as Markdown, made from the schemas so that it cannot drift: ``docs/truong_du_lieu.md``."""

from geoplan.formats import BY_ENDING
from geoplan.layers.forest_fields import FRMS_FIELDS
from geoplan.layers.kinds import Field, Kind
from geoplan.layers.schemas import SCHEMAS, Schema, Shape

_SHAPES = {Shape.POLYGON: "vùng", Shape.POINT: "điểm", Shape.LINE: "đường"}
_KINDS = {
    Kind.TEXT: "chữ",
    Kind.KEY: "mã",
    Kind.UNIT: "mã xã năm chữ số",
    Kind.INTEGER: "số nguyên",
    Kind.YEAR: "năm (0 là trống)",
    Kind.NUMBER: "số",
    Kind.DATE: "ngày (30/06/2026 hoặc 2026-06-30)",
    Kind.CHOICE: "danh mục",
}
_HEAD = """# Trường dữ liệu của các lớp

Tệp này do `geoplan.layers.dictionary.markdown()` tạo từ các lược đồ; đừng sửa bằng tay.

geoplan đọc: {formats}. Mỗi lớp là một dòng trong mục `[layers]` của `geoplan.toml`. Cột của tệp được nhận
theo tên trường hoặc một tên khác trong bảng; không phân biệt chữ hoa, dấu, dấu cách và gạch dưới. Nếu hai cột cùng khớp
một trường, hãy chỉ rõ: `columns = {{ dtich = "dien_tich_2025" }}`. Cột có đuôi năm (`ldlr_24`) được dùng khi không có
cột không đuôi; năm mới nhất được lấy.

Tên trường **in đậm** là bắt buộc. *Riêng tư*: không bao giờ vào bản công khai. Tên khác có ghi "× 100" thì giá trị được
nhân lên.
CSV cần thêm cột `lon`, `lat` (kinh độ, vĩ độ) hoặc `x`, `y` (mét, x hướng đông) kèm `crs`.
"""


def markdown() -> str:
    """The whole document."""
    parts = [_HEAD.format(formats=", ".join(f"`{ending}`" for ending in BY_ENDING))]
    parts += [_role(schema) for schema in SCHEMAS.values()]
    return "\n".join(parts)


def _role(schema: Schema) -> str:
    shapes = " hoặc ".join(_SHAPES[s] for s in schema.shapes)
    lines = [f"## `{schema.role}` ({shapes})", ""]
    if schema.alone:
        lines += ["Các đối tượng không được chồng lên nhau.", ""]
    if schema.role == "forest_lots":
        lines += [f"{len(FRMS_FIELDS)} trường của bảng FRMS, thêm `lot_id`, `maxamoi`, `xamoi`.", ""]
    lines += ["| trường | ý nghĩa | kiểu | tên khác |", "|---|---|---|---|"]
    lines += [_row(f) for f in schema.fields]
    return "\n".join([*lines, ""])


def _row(field: Field) -> str:
    name = f"**`{field.name}`**" if field.required else f"`{field.name}`"
    meaning = f"{field.meaning} (*riêng tư*)" if field.private else field.meaning
    kind = _KINDS[field.kind]
    if field.choices:
        choices = (f"`{value}` ({', '.join(a.name for a in names[:3])})" for value, names in field.choices.items())
        kind = f"{kind}: {'; '.join(choices)}"
    others = ", ".join(f"{a.name} (× {a.factor:g})" if a.factor != 1.0 else a.name for a in field.aliases)
    return f"| {name} | {meaning} | {kind} | {others} |"
