"""The gallery is documentation and test at once: each script runs whole, and its figures are those of the truth."""

import json
import runpy
from pathlib import Path

import pytest

GALLERY = Path(__file__).parents[1] / "docs" / "gallery"


def test_an_officers_morning(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    figures = runpy.run_path(str(GALLERY / "buoi_sang_cua_kiem_lam.py"))["main"](tmp_path / "xa")
    truth = json.loads((tmp_path / "xa" / "truth.json").read_text(encoding="utf-8"))
    assert figures["cover_pct"] == pytest.approx(truth["forest_cover"][0]["cover_pct"], abs=0.01)
    assert figures["plantable_ha"] > 0
    assert "khoảnh" in capsys.readouterr().out


def test_a_planners_quarter(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    figures = runpy.run_path(str(GALLERY / "quy_cua_can_bo_ke_hoach.py"))["main"](tmp_path / "xa")
    truth = json.loads((tmp_path / "xa" / "truth.json").read_text(encoding="utf-8"))
    assert figures["refused_ha"] > 0
    assert figures["accepted_ha"] == pytest.approx(truth["conversion"][0]["accepted_ha"], rel=1e-4)
    assert "Luật không cho phép" in capsys.readouterr().out
