"""The folder for QField: results to look at, notes to write, and the way of a note back into geoplan."""

import json
import subprocess
import xml.etree.ElementTree as ET
from pathlib import Path

import pyogrio
import pytest

from geoplan import exports, formats
from geoplan.errors import PlaceUnavailable
from geoplan.exports import database, qfield
from geoplan.messages import catalogue
from tests.outputs_world import PRIVATE, SECRET, bundle
from tests.test_exports_programs import SYSTEM_PYTHON

NOTE = """
import json, os, sys
os.environ["QT_QPA_PLATFORM"] = "offscreen"
from qgis.core import QgsApplication, QgsFeature, QgsGeometry, QgsPointXY, QgsProject
app = QgsApplication([], False)
app.initQgis()
project = QgsProject.instance()
assert project.read(sys.argv[1])
layers = {layer.id(): layer for layer in project.mapLayers().values()}
notes = layers["geoplan_ghi_chu"]
told = {notes.fields()[i].name(): notes.editorWidgetSetup(i).type() for i in range(notes.fields().count())}
kinds = notes.editorWidgetSetup(notes.fields().indexOf("kind")).config()
note = QgsFeature(notes.fields())
note.setGeometry(QgsGeometry.fromPointXY(QgsPointXY(400500, 2450500)))
for name, value in (("kind", "loss"), ("lot_id", "901-1-2"), ("note", "Mất khoảng 2 sào"), ("photo", "DCIM/1.jpg"), ("seen_on", "2026-07-01")):
    note[name] = value
assert notes.startEditing() and notes.addFeature(note) and notes.commitChanges(), notes.commitErrors()
fixed = [layer.readOnly() for key, layer in layers.items() if key != "geoplan_ghi_chu"]
order = [layer.id() for layer in project.layerTreeRoot().layerOrder()]
print(json.dumps([told, kinds, fixed, order, [f.alias() for f in notes.fields()]]), flush=True)
os._exit(0)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "điện thoại"
    made.mkdir()
    assert exports.results_qfield(bundle(), made) == ()
    return made


def test_three_files_and_no_notes_yet(folder: Path) -> None:
    assert sorted(p.suffix for p in folder.iterdir()) == [".gpkg", ".gpkg", ".qgs"]
    info = pyogrio.read_info(folder / qfield.NOTES_FILE)
    assert (list(info["fields"]), info["features"], info["geometry_type"]) == (list(qfield.FIELDS), 0, "Point")
    assert "9213" in info["crs"]


def test_results_cannot_be_changed_and_the_notes_stand_on_top(folder: Path) -> None:
    root = ET.parse(next(folder.glob("*.qgs"))).getroot()
    fixed = {layer.findtext("id"): layer.get("readOnly") for layer in root.iter("maplayer")}
    assert fixed.pop("geoplan_ghi_chu") == "0"
    assert set(fixed.values()) == {"1"}
    first = root.find("layer-tree-group/layer-tree-layer")
    assert first is not None
    assert first.get("source") == "./ghi_chu.gpkg|layername=ghi_chu"


def test_every_kind_has_its_word() -> None:
    assert {f"field_note.kind.{kind}" for kind in qfield.KINDS} == {
        k for k in catalogue() if k.startswith("field_note.kind.")
    }


def test_nothing_private_leaves_and_the_bytes_are_the_same(folder: Path, tmp_path: Path) -> None:
    again = tmp_path / "again"
    again.mkdir()
    exports.results_qfield(bundle(turned=True), again)
    for path in folder.iterdir():
        data = path.read_bytes()
        assert data == (again / path.name).read_bytes(), path.name
        for word in (SECRET, "0912345678", *PRIVATE):
            assert word.encode() not in data


def test_notes_that_lost_a_column_are_no_success(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "is_whole", lambda _: False)
    with pytest.raises(PlaceUnavailable, match=r"write\.unverified"):
        qfield._notes(bundle(), tmp_path / qfield.NOTES_FILE)
    assert list(tmp_path.iterdir()) == []


def test_qgis_asks_by_choice_day_and_camera_and_a_note_comes_back(folder: Path, tmp_path: Path) -> None:
    """Headless QGIS stands for QField, which reads the same document; our own door reads the note."""
    probe = [SYSTEM_PYTHON, "-c", "import qgis.core"]
    if not Path(SYSTEM_PYTHON).exists() or subprocess.run(probe, capture_output=True, check=False).returncode:
        pytest.skip("QGIS is not installed")
    env = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "XDG_RUNTIME_DIR": str(tmp_path)}
    command = [SYSTEM_PYTHON, "-c", NOTE, str(next(folder.glob("*.qgs")))]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=env)
    assert done.returncode == 0, done.stderr
    widgets, kinds, fixed, order, aliases = json.loads(done.stdout.splitlines()[-1])
    assert {name: widgets[name] for name in ("seen_on", "kind", "note", "photo")} == {
        "seen_on": "DateTime", "kind": "ValueMap", "note": "TextEdit", "photo": "ExternalResource",
    }  # fmt: skip
    assert {"Mất rừng": "loss"} in kinds["map"]
    assert all(fixed)
    assert order[0] == "geoplan_ghi_chu"
    assert aliases[1:] == ["Ngày", "Việc gì", "Mã lô", "Ghi chú", "Ảnh"]
    read = formats.open_file(formats.LayerSpec("any", folder / qfield.NOTES_FILE, qfield.NOTES_FILE))
    assert read.columns["note"].tolist() == ["Mất khoảng 2 sào"]
    assert (read.shapes[0].x, read.shapes[0].y) == (400500.0, 2450500.0)
