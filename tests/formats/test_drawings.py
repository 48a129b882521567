"""Drawings: the shapes of the role's kind, every number checked, a word on what is left out."""

from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import pytest
import shapely
from shapely.geometry import LineString, box

from geoplan import formats
from geoplan.errors import InputError
from geoplan.formats import LayerSpec, Opened
from tests.layers.conftest import World

SQUARE = [(0, 0), (100, 0), (100, 100), (0, 100)]
END = "0\nENDSEC\n"


def line(points: Any, closed: int = 1, layer: str = "RANH", bulge: float = 0) -> str:
    head = f"0\nLWPOLYLINE\n8\n{layer}\n90\n{len(points)}\n70\n{closed}\n"
    return head + "".join(f"10\n{x}\n20\n{y}\n" + (f"42\n{bulge}\n" if bulge else "") for x, y in points)


CIRCLE = "0\nCIRCLE\n8\nCAY\n10\n0\n20\n0\n40\n10\n"
TEXT = "0\nTEXT\n8\nCHU\n10\n5\n20\n6\n40\n1\n1\nLo 5\n"


def blocks(*bodies: str) -> str:
    return (
        "0\nSECTION\n2\nBLOCKS\n"
        + "".join(f"0\nBLOCK\n8\n0\n2\nB{i}\n10\n0\n20\n0\n{b}0\nENDBLK\n" for i, b in enumerate(bodies))
        + END
    )


def insert(name: str, more: str = "") -> str:
    return f"0\nINSERT\n8\nX\n2\n{name}\n10\n1\n20\n1\n{more}"


def drawing(folder: Path, body: str, head: str = "", end: str = f"{END}0\nEOF\n") -> Path:
    path = folder / "ve.dxf"
    path.write_text(f"{head}0\nSECTION\n2\nENTITIES\n{body}{end}", encoding="utf-8")
    return path


def opened(path: Path, role: str = "forest_lots", **spec: Any) -> Opened:
    return formats.open_file(LayerSpec(role, path, path.name, **spec))


def refused(path: Path, role: str = "forest_lots", **spec: Any) -> Any:
    with pytest.raises(InputError) as caught:
        opened(path, role, **spec)
    return caught.value.problems[0]


@pytest.mark.parametrize("body", [line(SQUARE), line([*SQUARE, SQUARE[0]], 0), line(SQUARE).replace("\n", "\r\n")])
def test_closed_lines_are_areas_and_that_is_said(tmp_path: Path, body: str) -> None:
    found = opened(drawing(tmp_path, body))
    assert shapely.area(found.shapes) == pytest.approx([10_000])
    assert found.columns["Layer"].tolist() == ["RANH"]
    assert found.crs is None
    assert found.assumed is None
    assert [p.key for p in found.said.mended] == ["layer.drawing_outlines"]


def test_a_drawing_has_no_system_until_the_user_says_it(world: World) -> None:
    path = drawing(world.root, line([(430_000 + x, 2_455_000 + y) for x, y in SQUARE]))
    assert world.refused("draft_zones", path).key == "layer.crs_missing"
    assert world.read("draft_zones", path, crs="EPSG:9213").frame["geom_ha"].sum() == pytest.approx(1.0, rel=3e-4)


def test_each_role_gets_its_kind_and_the_rest_is_counted(tmp_path: Path) -> None:
    path = drawing(tmp_path, line(SQUARE) + line(SQUARE, 0, "DUONG") + CIRCLE + TEXT)
    areas, roads, homes = opened(path), opened(path, "roads"), opened(path, "households")
    assert [len(f.shapes) for f in (areas, roads, homes)] == [1, 3, 1]
    assert [f.said.warnings[0].facts["left"] for f in (areas, roads, homes)] == ["2 line, 1 point", "1 point", "3 line"]
    assert homes.columns["Text"].tolist() == ["Lo 5"]
    assert formats.inside(LayerSpec("any", path, "x")) == ("CAY", "CHU", "DUONG", "RANH")
    assert len(opened(path, "roads", layer="DUONG").shapes) == 1
    assert refused(path, layer="KHONG").key == "layer.drawing_layer_unknown"
    assert refused(path, layer="CAY").key == "layer.drawing_nothing"
    assert refused(drawing(tmp_path, "")).key == "layer.drawing_nothing"


def test_arcs_keep_their_area(tmp_path: Path) -> None:
    found = opened(drawing(tmp_path, line(SQUARE, bulge=1.0)))
    assert shapely.area(found.shapes) == pytest.approx([10_000 + 2 * np.pi * 2500], rel=1e-4)


@pytest.mark.parametrize("value", ["abc", "100,5", "nan", "inf", "1_0", ""])
def test_a_number_that_is_none_is_named_by_its_line(tmp_path: Path, value: str) -> None:
    problem = refused(drawing(tmp_path, line([(0, 0), (value, 0), (100, 100)])))
    assert (problem.key, problem.facts) == ("layer.dxf_line", {"line": 18, "value": value})


def test_a_line_too_many_is_named(tmp_path: Path) -> None:
    assert refused(drawing(tmp_path, "x\n" + line(SQUARE))).key == "layer.dxf_line"


@pytest.mark.parametrize("end", ["", END, END + "0\n", "0\nEN"])
def test_a_cut_drawing_is_refused(tmp_path: Path, end: str) -> None:
    assert refused(drawing(tmp_path, line(SQUARE) * 3, end=end)).key == "layer.dxf_cut"


def test_blocks_are_put_in_and_bombs_refused(tmp_path: Path) -> None:
    found = opened(drawing(tmp_path, insert("B1"), blocks(line(SQUARE), insert("B0"))))
    assert shapely.area(found.shapes) == pytest.approx([10_000])
    assert shapely.bounds(found.shapes)[0, :2].tolist() == [2, 2]
    tenfold = blocks(line(SQUARE), *(insert(f"B{i}") * 10 for i in range(9)))
    array = insert("B0", "70\n3000\n71\n3000\n44\n1\n45\n1\n")
    for body, head in ((insert("B9"), tenfold), (array, blocks(line(SQUARE))), (insert("B0"), blocks(insert("B0")))):
        assert refused(drawing(tmp_path, body, head)).key == "layer.dxf_swells"
    loop = blocks(insert("B1"), insert("B0"))
    assert refused(drawing(tmp_path, insert("B0"), loop)).key == "layer.dxf_swells"


@pytest.mark.parametrize(
    ("raw", "kind"),
    [
        (b"AC1027\0\0", "DWG"),
        (b"AutoCAD Binary DXF\r\n\x1a\0", "DXF nhị phân (binary DXF)"),
        (b"\xd0\xcf\x11\xe0" + bytes(500), "DGN V8"),
    ],
)
def test_other_drawings_are_refused_by_name(tmp_path: Path, raw: bytes, kind: str) -> None:
    path = tmp_path / "a.dxf"
    path.write_bytes(raw)
    assert refused(path).facts["kind"] == kind


def test_rubbish(tmp_path: Path) -> None:
    for name, raw in (("a.dxf", b"hello"), ("a.dgn", b"hello"), ("b.dgn", b"\x08\x05" + b"\xff" * 900)):
        (tmp_path / name).write_bytes(raw)
        assert refused(tmp_path / name).key == "layer.not_the_format"


@pytest.mark.filterwarnings("ignore:'crs' was not provided")
def test_dgn(tmp_path: Path) -> None:
    path = tmp_path / "a.dgn"
    blobs = np.array([shapely.to_wkb(s) for s in (box(0, 0, 10, 10), LineString([(0, 0), (5, 5)]))], dtype=object)
    pyogrio.raw.write(path, blobs, [], [], geometry_type="Unknown", driver="DGN", crs=None)
    assert shapely.area(opened(path).shapes) == pytest.approx([100])
    assert shapely.length(opened(path, "roads").shapes) == pytest.approx([50**0.5])
    assert formats.inside(LayerSpec("any", path, "x")) == ("0",)
