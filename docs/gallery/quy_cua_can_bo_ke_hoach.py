"""Một quý của cán bộ kế hoạch · A planner's quarter.

Câu hỏi: định chuyển thửa lúa này sang cây lâu năm, luật có cho không, chồng lên rừng nào, và sổ chuyển đổi của quý
đang ở đâu? Chạy: ``python docs/gallery/quy_cua_can_bo_ke_hoach.py`` (dùng xã mẫu, dữ liệu giả lập; không cần mạng).

The question: may this rice parcel go to perennials, what forest lies beneath, and where does the quarter's ledger
stand?
"""

import json
import sys
import tempfile
from pathlib import Path

from geoplan import demo, open_project, outputs
from geoplan.layers import Layer
from geoplan.messages import say
from geoplan.runs import survey
from geoplan.text.numbers import number


def mark(folder: Path) -> Path:
    """Một vùng vẽ trên bản đồ, như tệp GeoJSON mà nút “Vẽ vùng” tải về: ở đây là một thửa chuyên trồng lúa (LUC)."""
    parcels = open_project(folder).read("parcels")
    assert isinstance(parcels, Layer)
    rice = parcels.frame[parcels.frame["land_code"] == "LUC"].iloc[[0]]
    feature = json.loads(rice[["geometry"]].to_crs(4326).to_json())["features"][0]
    feature["properties"] = {
        "zone_id": "ve-01",
        "name": "Ruộng trước nhà văn hoá",
        "from_crop": "rice",
        "to_group": "perennial",
    }
    file = folder / "danh_dau" / "ve-01.geojson"
    file.write_text(
        json.dumps({"type": "FeatureCollection", "features": [feature]}, ensure_ascii=False), encoding="utf-8"
    )
    return file


def main(folder: Path) -> dict[str, float]:
    """In ra buổi làm việc, trả về các con số đã in."""
    demo.make(folder)
    mark(folder)

    # 1. Chạy: vùng vừa vẽ được xét theo luật nhưng không vào tổng nào.
    told = outputs.tell(open_project(folder), survey(open_project(folder)))
    ledger = next(result for result in told.run.results if result.measure == "conversion")
    drawn = ledger.layer.set_index("zone_id").loc["ve-01"]
    print(f"{drawn['name']}: {number(drawn['geom_ha'])} ha, {say('verdict.' + drawn['verdict'])}")
    for key in drawn["reasons"].split():
        print("  -", say(key))

    # 2. Sổ chuyển đổi của xã: kế hoạch, báo cáo, nghiệm thu là ba con số khác nhau.
    commune = ledger.table[ledger.table["level"] == "commune"].iloc[0]
    for column in ledger.columns:
        print(f"  {say(f'column.conversion.{column.name}')}: {number(commune[column.name])} ha")
    for standing in told.standings:
        if standing.counted_as.startswith("conversion."):
            print(f"  {standing.sentence} → {say('status.' + standing.status)}, còn {number(standing.gap)} ha")

    # 3. Ghi bảng và bản đồ của quý.
    print("Kết quả:", outputs.write(told))
    return {"refused_ha": float(drawn["refused_ha"]), "accepted_ha": float(commune["accepted_ha"])}


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(tempfile.mkdtemp()) / "xa-mau")
