"""The four real communes with made lots: real boundaries, real village points, TCVN3 text, the 28 targets as they are."""

import json
from pathlib import Path
from typing import Any

import pytest

from geoplan import open_project
from geoplan.cli import main
from geoplan.project import read_communes
from scripts import four_communes

ROOT = Path(__file__).parents[1]
SHARED = ROOT / ".." / "shared"
pytestmark = pytest.mark.skipif(not SHARED.exists(), reason="../shared is not here: no real boundaries to run on")

ALL = """
[project]
as_of = 2026-06-30
[layers]
communes = {{ path = '{path}', layer = "communes_2025" }}
"""


@pytest.fixture(scope="module")
def answer(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """``results.json`` of a run with 250 lots a commune."""
    folder = tmp_path_factory.mktemp("four") / "bốn xã"
    four_communes.make(folder, SHARED, 250, "tcvn3", 2026)
    assert main(["run", str(folder)]) == 0
    return json.loads((folder / "maps" / "2026-06-30" / "results.json").read_text(encoding="utf-8"))


def figure(answer: dict[str, Any], code: str, column: str) -> float:
    return next(float(r["value"]) for r in answer["results"] if r["unit_code"] == code and r["column"] == column)


def test_cover_is_over_the_official_area(answer: dict[str, Any]) -> None:
    for code, official in (("01879", 13489.0), ("02026", 14965.0), ("01981", 12955.0), ("01849", 15346.0)):
        assert figure(answer, code, "land_official_ha") == pytest.approx(official)
        cover = 100 * figure(answer, code, "forest_ha") / official
        assert figure(answer, code, "cover_pct") == pytest.approx(cover, abs=1e-6)


def test_nam_cuong_is_told_with_its_hectares(answer: dict[str, Any]) -> None:
    (said,) = [w for w in answer["warnings"] if w["key"] == "commune.area_differs"]
    assert said["feature_ids"] == ["02026"]
    assert "14.965,00" in said["found"]
    assert "2,16 %" in said["found"]


def test_lots_fill_the_communes(answer: dict[str, Any]) -> None:
    for code in ("01879", "02026", "01981", "01849"):
        assert figure(answer, code, "lots_ha") == pytest.approx(figure(answer, code, "land_ha"), rel=0.01)


def test_the_targets_of_the_plans_stand_beside_the_figures(answer: dict[str, Any]) -> None:
    assert len(answer["targets"]) == 24  # 28 less four that repeat another
    by_id = {target["target_id"]: target for target in answer["targets"]}
    assert by_id["cmd-forest_cover-01"]["target"] == 58
    sentences = " ".join(by_id["cmd-forest_cover-01"]["feasibility"])
    assert "809,34 ha" in sentences
    assert by_id["cmd-resettlement-01"]["status"] == "no_data"  # no heights of the commune


def test_villages_that_are_points_have_figures_by_place_name(answer: dict[str, Any]) -> None:
    villages = {r["unit_name"] for r in answer["results"] if r["level"] == "village" and r["measure"] == "forest_cover"}
    assert len(villages) > 20
    text = json.dumps(answer, ensure_ascii=False)
    assert "Bản Piạo" in text or "ả" in "".join(villages)  # TCVN3 came out as letters
    assert not any(broken in text for broken in ("¶", "µ", "·n", "Ë", "Ì"))


def test_contradictions_of_the_plans_are_shown_for_these_communes(answer: dict[str, Any]) -> None:
    shown = {row["id"]: row for row in answer["contradictions"]}
    assert {"C01", "C15", "C27", "C24"} <= set(shown)
    assert "52 %" in shown["C01"]["finding"]
    assert "O05" not in shown  # of all documents, about numbers in the text


def test_every_file_that_shaped_the_answer_is_named_with_its_rows(answer: dict[str, Any]) -> None:
    rows = {source["role"]: source["rows"] for source in answer["inputs"]}
    assert {role: rows[role] for role in ("targets", "contradictions", "outlines")} == {
        "targets": 28,
        "contradictions": 33,
        "outlines": 303,
    }
    assert all(len(source["sha256"]) == 64 for source in answer["inputs"])


def test_it_is_said_that_the_lots_are_made_up(answer: dict[str, Any]) -> None:
    assert answer["project"]["synthetic"] is True


def test_sixteen_of_the_ninety_two_differ_and_none_is_refused(tmp_path: Path) -> None:
    path = (SHARED / "data" / "admin" / "communes_2025_thai_nguyen.gpkg").resolve()
    (tmp_path / "geoplan.toml").write_text(ALL.format(path=path.as_posix()), encoding="utf-8")
    communes = read_communes(open_project(tmp_path))
    assert len(communes.frame) == 92
    differ = [w.feature_ids[0] for w in communes.warnings if w.key == "commune.area_differs"]
    assert len(differ) == 16
    assert "02026" in differ


def test_the_merger_is_told_in_hectares(answer: dict[str, Any]) -> None:
    said = [w["found"] for w in answer["warnings"] if w["key"].startswith("lineage.")]
    assert any("Nam Cường" in sentence and "ha" in sentence for sentence in said)
    assert "layer.code_elsewhere" not in {w["key"] for w in answer["warnings"]}
