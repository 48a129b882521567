"""A page for each message key, made from the catalogue, so that what geoplan says can be looked up and linked to.

::

    python scripts/message_pages.py [--check]

Writes ``docs/thong_bao/<key>.md`` for every problem (what was found, why it matters, the cure; Vietnamese, then
English; who says it) and ``docs/thong_bao/README.md`` as the list. ``--check`` writes nothing: it fails where a page is
not what the catalogue says.
"""

import ast
import re
import sys
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGES = ROOT / "docs" / "thong_bao"
sys.path.insert(0, str(ROOT))

AREAS = {
    "classification": "phân loại ảnh / classification",
    "cli": "dòng lệnh / command line",
    "codes": "bảng mã / code tables",
    "commune": "xã / communes",
    "conversion": "chuyển đổi cây trồng / conversion",
    "crops": "xác minh cây trồng / crops",
    "crs": "hệ toạ độ / coordinate systems",
    "demo": "xã mẫu / demo",
    "doctor": "khám máy / doctor",
    "export": "xuất dữ liệu / export",
    "forest_cover": "che phủ rừng / forest cover",
    "hazard": "nguy hiểm địa hình / hazard",
    "imagery": "ảnh vệ tinh / images",
    "import": "nhập dữ liệu / import",
    "init": "thư mục dự án / project folder",
    "layer": "tệp và lớp bản đồ / files and layers",
    "lineage": "xã cũ, xã mới / lineage",
    "lots": "lô rừng / forest lots",
    "map": "bản đồ / map",
    "overlays": "chồng lớp / overlays",
    "plantation": "trồng rừng / plantation",
    "project": "tệp dự án / project file",
    "raster": "ảnh dạng lưới / rasters",
    "reconciliation": "đối chiếu hồ sơ và ảnh / reconciliation",
    "resettlement": "hộ dân và điểm dân cư / households and sites",
    "run": "chạy tính toán / runs",
    "sampling": "mẫu kiểm chứng / samples",
    "target": "chỉ tiêu / targets",
    "write": "ghi tệp / writing",
    "zonal": "ảnh theo vùng / zonal",
}


def problems() -> Mapping[str, Mapping[str, str]]:
    """Messages that have a cure: those that a user may want to look up."""
    from geoplan.messages import catalogue

    return {key: texts for key, texts in sorted(catalogue().items()) if "vi_fix" in texts}


def speakers() -> Mapping[str, list[str]]:
    """Key to the modules in which it stands."""
    found: dict[str, list[str]] = defaultdict(list)
    for path in sorted((ROOT / "geoplan").rglob("*.py")):
        texts = {n.value for n in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(n, ast.Constant)}
        for text in texts:
            if isinstance(text, str) and "." in text:
                found[text].append(path.relative_to(ROOT).as_posix())
    return found


def plain(text: str) -> str:
    """A sentence with its placeholders as names between angles, safe in Markdown."""
    shown = re.sub(r"\{(\w+)(:[^}]*)?\}", lambda m: f"‹{m[1]}›", text.replace("{{", "\0").replace("}}", "\1"))
    return re.sub(r"([<>*_`#|\\])", r"\\\1", shown.replace("\0", "{").replace("\1", "}"))


def page(key: str, texts: Mapping[str, str], said_by: list[str]) -> str:
    """One key's page."""
    parts = [
        f"# `{key}`",
        "",
        "[Tất cả thông báo / all messages](README.md)",
        "",
        f"**geoplan nói:** {plain(texts['vi'])}",
        "",
    ]
    if "vi_why" in texts:
        parts += [f"**Vì sao quan trọng:** {plain(texts['vi_why'])}", ""]
    parts += [f"**Cách sửa:** {plain(texts['vi_fix'])}", "", "---", "", f"**geoplan says:** {plain(texts['en'])}", ""]
    if "en_why" in texts:
        parts += [f"**Why it matters:** {plain(texts['en_why'])}", ""]
    parts += [f"**Cure:** {plain(texts['en_fix'])}", ""]
    if said_by:
        parts += ["Mã nguồn / source: " + ", ".join(f"`{path}`" for path in said_by), ""]
    return "\n".join(parts)


def pages() -> Mapping[str, str]:
    """Every page by its file name."""
    found, said_by = problems(), speakers()
    made = {f"{key}.md": page(key, texts, said_by.get(key, [])) for key, texts in found.items()}
    lines = [
        "# Thông báo của geoplan / Messages",
        "",
        "Mỗi thông báo có một khoá, in ra khi dùng `--json`. Chỗ ‹như thế này› là số liệu của từng trường hợp.",
        "Các trang này do `scripts/message_pages.py` tạo từ bảng câu chữ; đừng sửa bằng tay.",
        "",
        "Every message has a key, given with `--json`. ‹Such a place› holds the facts of the case.",
        "",
    ]
    for area in sorted({key.split(".")[0] for key in found}):
        lines += [f"## {AREAS.get(area, area)}", ""]
        lines += [
            f"- [`{key}`]({key}.md): {plain(texts['vi'])}" for key, texts in found.items() if key.startswith(f"{area}.")
        ]
        lines.append("")
    made["README.md"] = "\n".join(lines)
    return made


def stale() -> list[str]:
    """Names of pages that are absent, too many, or not what the catalogue says."""
    wanted = pages()
    there = {path.name: path.read_text(encoding="utf-8") for path in PAGES.glob("*.md")} if PAGES.is_dir() else {}
    return sorted(name for name in wanted.keys() | there.keys() if wanted.get(name) != there.get(name))


def main() -> int:
    """Write the pages, or tell which are stale."""
    if "--check" in sys.argv[1:]:
        found = stale()
        print("\n".join(found) or "ok")
        return 1 if found else 0
    PAGES.mkdir(parents=True, exist_ok=True)
    wanted = pages()
    for path in PAGES.glob("*.md"):
        if path.name not in wanted:
            path.unlink()
    for name, text in wanted.items():
        (PAGES / name).write_text(text, encoding="utf-8", newline="\n")
    print(f"{len(wanted)} pages in docs/thong_bao")
    return 0


if __name__ == "__main__":
    sys.exit(main())
