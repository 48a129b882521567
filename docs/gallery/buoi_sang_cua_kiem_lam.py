"""Buổi sáng của kiểm lâm · An officer's morning.

Câu hỏi: xã đang che phủ bao nhiêu phần trăm so với chỉ tiêu, lô nào giải thích phần còn thiếu, và nên đi xem lô nào
trước? Chạy: ``python docs/gallery/buoi_sang_cua_kiem_lam.py`` (dùng xã mẫu, dữ liệu giả lập; không cần mạng).

The question: cover against target, which lots explain the gap, and which to walk to first. Runs on the synthetic
commune.
"""

import sys
import tempfile
from pathlib import Path

from geoplan import demo, open_project, outputs
from geoplan.runs import survey
from geoplan.text.numbers import number


def main(folder: Path) -> dict[str, float]:
    """In ra buổi làm việc, trả về các con số đã in."""
    project = open_project(demo.make(folder))

    # 1. Tính mọi phép đo có đủ lớp, đặt cạnh chỉ tiêu của kế hoạch.
    told = outputs.tell(project, survey(project))
    cover = next(result for result in told.run.results if result.measure == "forest_cover")
    commune = cover.table[cover.table["level"] == "commune"].iloc[0]
    print(f"{commune['unit_name']}: che phủ {number(commune['cover_pct'])} % (giả lập)")
    for standing in told.standings:
        if standing.counted_as == "forest_cover.cover_pct":
            print(f"  chỉ tiêu {number(standing.target, 0)} % năm {standing.to_year}: còn {number(standing.gap)} điểm")
            for sentence in standing.feasibility:
                print("    -", sentence.found)

    # 2. Lô nào góp vào phần còn thiếu: rừng non sẽ thành rừng, và đất trống trong quy hoạch có thể trồng.
    lots = cover.layer
    gap = lots.groupby("gap_role")["dtich"].agg(["count", "sum"])
    for role, row in gap.iterrows():
        print(f"  {role}: {int(row['count'])} lô, {number(row['sum'])} ha")

    # 3. Đi xem trước: năm lô đất trống lớn nhất có thể trồng, theo tiểu khu / khoảnh / lô.
    first = lots[lots["gap_role"] == "plantable"].nlargest(5, "dtich")
    for lot in first.itertuples():
        print(f"  TK {lot.tk} khoảnh {lot.khoanh} lô {lot.lo} ({lot.diadanh}): {number(lot.dtich)} ha, {lot.ldlr}")

    # 4. Ghi bản đồ và bảng; mở map.html bằng trình duyệt, không cần mạng.
    print("Bản đồ:", outputs.write(told) / "map.html")
    return {"cover_pct": float(commune["cover_pct"]), "plantable_ha": float(gap["sum"].get("plantable", 0.0))}


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(tempfile.mkdtemp()) / "xa-mau")
