"""`geoplan check`: every problem at once, its place on a page, mended copies; inputs stay as they are."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from geoplan import layers
from geoplan.errors import PlaceUnavailable, Problem
from geoplan.layers import LayerSpec
from tests.intake.conftest import call, hashes
from tests.intake.test_import import BOW_TIE
from tests.layers.conftest import VN, communes, lots, square

Made = Callable[..., Path]


def broken(n: int = 4) -> object:
    """Lots of which the first is a bow tie; the record says the half hectare of its two lobes."""
    shapes = [BOW_TIE, *(square(i, 0) for i in range(1, n))]
    return lots(n, geometry=shapes, dtich=[0.5, *[1.0] * (n - 1)])


def test_a_good_project_leaves_no_page_and_takes_an_old_one_away(project: Made) -> None:
    folder = project()
    before = hashes(folder)
    said = call("check", folder)
    assert said.code == 0, said.err
    assert hashes(folder) == before
    (folder / "maps").mkdir()
    page = folder / "maps" / "check.html"
    page.write_text('<meta name="geoplan" content="problems">', encoding="utf-8")
    assert call("check", folder, "--no-page").code == 0
    assert page.exists()
    assert call("check", folder).code == 0
    assert not page.exists()
    page.write_text("trang của người khác", encoding="utf-8")
    assert call("check", folder).code == 0
    assert page.read_text(encoding="utf-8") == "trang của người khác"


def test_problems_are_on_the_page_and_nothing_else_is_written(project: Made) -> None:
    folder = project(broken())
    before = hashes(folder)
    said = call("check", folder, "--json")
    assert said.code == 3
    assert [e["feature_ids"] for e in said.json["errors"]] == [["1"]]
    assert set(hashes(folder)) - set(before) == {"maps/check.html"}
    assert {k: v for k, v in hashes(folder).items() if k in before} == before
    first = (folder / "maps" / "check.html").read_bytes()
    assert call("check", folder).code == 3
    assert (folder / "maps" / "check.html").read_bytes() == first


def test_warnings_alone_have_a_page_where_it_is_asked_for(project: Made) -> None:
    folder = project(lots(2, geometry=[square(0, 0), square(9.5, 9.5)]))
    said = call("check", folder, "--json")
    assert (said.code, said.json["page"]) == (0, "")
    assert said.json["warnings"]
    assert not (folder / "maps").exists()
    assert Path(call("check", folder, "--json", "--page").json["page"]).is_file()
    assert call("check", folder).code == 0
    assert not (folder / "maps" / "check.html").exists(), "an old page is not left to be taken for a new one"


def test_no_page_writes_none(project: Made) -> None:
    folder = project(broken())
    before = hashes(folder)
    assert call("check", folder, "--no-page").code == 3
    assert hashes(folder) == before


def test_a_folder_that_cannot_be_written_is_said_and_changes_no_exit_code(project: Made) -> None:
    folder = project(broken())
    (folder / "maps").write_text("a file", encoding="utf-8")
    said = call("check", folder, "--json")
    assert said.code == 3
    assert "intake.page_unwritten" in {w["key"] for w in said.json["warnings"]}
    assert said.json["page"] == ""


def test_the_list_names_every_feature_and_the_text_five(project: Made) -> None:
    folder = project(lots(9, dtich=[-1.0] * 9))
    brief = call("check", folder)
    assert brief.code == 3
    assert "và 4 đối tượng nữa" in brief.err
    full = call("check", folder, "--list").err
    assert "đối tượng nữa" not in full
    lines = [line.strip() for line in full.splitlines()]
    assert [line for line in lines if line.isdigit() and len(line) < 5] == [str(i) for i in range(1, 10)]
    asked = call("check", folder, "--json").json
    assert asked["errors"][0]["feature_ids"] == [str(i) for i in range(1, 10)]


def test_every_file_with_an_error_is_named(project: Made) -> None:
    folder = project(broken(), 'roads = "layers/duong.gpkg"\nsites = "layers/diem.gpkg"\n')
    said = call("check", folder, "--json")
    where = " ".join(e["where"] for e in said.json["errors"])
    for name in ("rung.gpkg", "duong.gpkg", "diem.gpkg"):
        assert name in where


def test_other_layers_are_looked_at_where_the_communes_are_refused(project: Made) -> None:
    folder = project(broken())
    communes().assign(unit_code=["01879", "01879"]).to_file(folder / "layers" / "communes.gpkg")
    said = call("check", folder, "--json")
    where = {e["where"] for e in said.json["errors"]}
    assert where == {"layers/communes.gpkg", "layers/rung.gpkg"}


def test_repair_writes_a_copy_that_is_right_and_leaves_the_file(project: Made) -> None:
    folder = project(broken())
    before = hashes(folder)
    said = call("check", folder, "--repair", "--json")
    assert said.code == 0, said.out
    after = hashes(folder)
    assert {k: v for k, v in after.items() if k in before} == before
    made = {"layers/repaired/forest_lots.gpkg", "layers/repaired/forest_lots.source.json", "maps/check.html"}
    assert set(after) - set(before) == made
    (lots_,) = [r for r in said.json["repaired"] if r["role"] == "forest_lots"]
    assert lots_["line"] == 'forest_lots = "layers/repaired/forest_lots.gpkg"'
    assert lots_["mended"][0]["feature_ids"] == ["1"]
    record = json.loads((folder / "layers/repaired/forest_lots.source.json").read_text(encoding="utf-8"))
    assert [c["feature"] for c in record["changed_shapes"]] == ["1"]
    toml = (folder / "geoplan.toml").read_text(encoding="utf-8")
    (folder / "geoplan.toml").write_text(
        toml.replace('forest_lots = "layers/rung.gpkg"', lots_["line"]), encoding="utf-8"
    )
    assert call("check", folder).code == 0
    path = folder / "layers/repaired/forest_lots.gpkg"
    frame = layers.read(LayerSpec("forest_lots", path, path.name), VN, folder).frame
    assert frame["geom_ha"].sum() == pytest.approx(3.5, abs=0.002)
    assert call("check", folder, "--repair").code == 0
    assert hashes(folder / "layers") == {
        k.removeprefix("layers/"): v for k, v in after.items() if k.startswith("layers/")
    }


def test_repair_says_what_it_did_and_to_whom(project: Made) -> None:
    said = call("check", project(broken()), "--repair", "--list")
    assert "forest_lots = " in said.out
    assert "✓ layers/rung.gpkg" in said.err
    assert "     1" in said.err.splitlines()


def test_what_cannot_be_mended_is_refused_and_no_copy_is_made(project: Made) -> None:
    frame = lots(3, geometry=[BOW_TIE, square(1, 0), square(2, 0)], dtich=[0.5, -1.0, 1.0])
    folder = project(frame)
    said = call("check", folder, "--repair", "--json")
    assert said.code == 3
    assert [e["feature_ids"] for e in said.json["errors"]] == [["2"]]
    assert not (folder / "layers" / "repaired").exists()


def test_repair_does_not_write_over_what_somebody_has_changed(project: Made) -> None:
    folder = project(broken())
    assert call("check", folder, "--repair").code == 0
    path = folder / "layers" / "repaired" / "forest_lots.gpkg"
    path.write_bytes(path.read_bytes() + b"edited")
    said = call("check", folder, "--repair", "--json")
    assert (said.code, said.json["error"]["key"]) == (3, "intake.exists")
    assert path.read_bytes().endswith(b"edited")
    assert call("check", folder, "--repair", "--replace").code == 0
    assert not path.read_bytes().endswith(b"edited")


def test_a_locked_file_is_exit_six_and_names_it(project: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = project()
    from geoplan.layers import door

    def locked(*_: object, **__: object) -> None:
        raise PlaceUnavailable(Problem("layer.file_locked", "layers/communes.gpkg", {"path": "layers/communes.gpkg"}))

    monkeypatch.setattr(door.formats, "open_file", locked)
    said = call("check", folder, "--json")
    assert (said.code, said.json["error"]["where"]) == (6, "layers/communes.gpkg")


def test_repair_of_a_file_of_several_layers_says_what_check_said(project: Made) -> None:
    folder = project()
    lots().to_file(folder / "layers" / "rung.gpkg", layer="khac")
    said = call("check", folder, "--repair", "--json")
    assert said.code == 3
    assert [e["key"] for e in said.json["errors"]] == ["layer.gpkg_several"]


def test_what_broken_shapes_hide_is_said_at_once(project: Made) -> None:
    """The door stops at a bow tie; the check looks behind it, so that nobody mends twice."""
    folder = project(lots(3, geometry=[BOW_TIE, square(1, 0), square(2, 0)], ldlr=["TXB", None, "TXB"]))
    said = call("check", folder, "--json")
    assert [e["feature_ids"] for e in said.json["errors"]] == [["1"], ["2"]]


def test_a_row_of_the_list_leads_to_its_own_feature(project: Made) -> None:
    folder = project(lots(3, id=[30, 10, 20], geometry=[square(1, 0), square(2, 0), BOW_TIE], dtich=[1.0, 1.0, 0.5]))
    assert call("check", folder).code == 3
    text = (folder / "maps" / "check.html").read_text(encoding="utf-8")
    data = json.loads(text.split('id="geoplan-data">')[1].split("</script>")[0])
    (sheet,) = (sheet for sheet in data["sheets"] if "20" in sheet["names"])
    assert [[sheet["names"][row] for row in issue["rows"]] for issue in sheet["issues"]] == [["20"]]
    assert [issue["unplaced"] for issue in sheet["issues"]] == [[]]


def test_what_must_be_mended_stands_first_under_a_name_that_a_forester_knows(project: Made) -> None:
    """The communes of this world have a word said of them and come first in the project; the lots have an error."""
    folder = project(broken())
    assert call("check", folder).code == 3
    text = (folder / "maps" / "check.html").read_text(encoding="utf-8")
    data = json.loads(text.split('id="geoplan-data">')[1].split("</script>")[0])
    assert [sheet["title"].split(":")[0] for sheet in data["sheets"]] == ["Lô rừng", "Ranh giới xã"]
