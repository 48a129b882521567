"""MapInfo interchange: what an office's MIF and MID may say, and where a fault is named."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from geoplan.errors import InputError
from geoplan.formats import LayerSpec, open_file
from geoplan.layers import Layer
from geoplan.messages import spoken
from tests.layers.conftest import World, lots

WGS84 = 'CoordSys Earth Projection 8, 104, "m", 106.5, 0, 0.9999, 500000, 0'
VN2000 = (
    "CoordSys Earth Projection 8, 9999, 28, -191.90441429, -39.30318279, -111.45032835, -0.00928836, 0.01975479, "
    '-0.00427372, 0.252906278, 0, "m", 106.5, 0, 0.9999, 500000, 0'
)
COLUMNS = [
    "id Integer", "tk Char(10)", "khoanh Char(10)", "lo Char(10)", "ldlr Char(10)", "dtich Decimal(10,2)",
    "diadanh Char(40)",
]  # fmt: skip


def region(place: int, *rings: str) -> str:
    """A square hectare, the first at the corner of the small world."""
    x = 430_000 + 100 * place
    corners = [f"{x} 2455000", f"{x + 100} 2455000", f"{x + 100} 2455100", f"{x} 2455100", f"{x} 2455000"]
    return "\n".join(
        [f"Region {1 + len(rings)}", "  5", *corners, *rings, "    Pen (1,2,0)", "    Brush (2,255,255)", ""]
    )


def row(number: int, name: bytes = b"Ban A") -> bytes:
    return b'%d,"101","1","a%d","TXB",1.0,"%s"\r\n' % (number, number, name)


class Mif:
    """Writes a pair and reads it by the door."""

    def __init__(self, world: World) -> None:
        self.world, self.path = world, world.root / "rung.mif"

    def write(
        self,
        shapes: str = region(0) + region(1),
        table: bytes | None = row(1) + row(2),
        *,
        coordsys: str = VN2000,
        charset: str = "WindowsLatin1",
        delimiter: str = ",",
        extra: str = "",
    ) -> Path:
        head = ["Version 300", f'Charset "{charset}"', f'Delimiter "{delimiter}"', *([coordsys] if coordsys else [])]
        head += [*([extra] if extra else []), f"Columns {len(COLUMNS)}", *(f"  {c}" for c in COLUMNS), "Data", "", ""]
        self.path.write_bytes(("\n".join(head) + shapes).encode("latin-1"))
        self.path.with_suffix(".mid").unlink(missing_ok=True)
        if table is not None:
            self.path.with_suffix(".mid").write_bytes(table)
        return self.path

    def read(self, *parts: Any, crs: str = "", **options: Any) -> Layer:
        return self.world.read("forest_lots", self.write(*parts, **options), crs=crs)

    def refused(self, *parts: Any, crs: str = "", **options: Any) -> InputError:
        return self.world.refused("forest_lots", self.write(*parts, **options), crs=crs)


@pytest.fixture
def mif(world: World) -> Mif:
    return Mif(world)


def test_vn2000_with_its_parameters_is_read_without_a_word(mif: Mif) -> None:
    layer = mif.read()
    assert layer.warnings == ()
    assert layer.frame.total_bounds == pytest.approx(lots(2).total_bounds, abs=1e-6)
    assert np.allclose(layer.frame["geom_ha"], 1.0, rtol=3e-4)
    assert layer.frame["diadanh"].tolist() == ["Ban A", "Ban A"]


TIEN = "Bản Tiến"


@pytest.mark.parametrize(
    ("charset", "raw"),
    [
        ("WindowsVietnamese", "Ba\u0309n Tiê\u0301n".encode("cp1258")),
        ("UTF-8", TIEN.encode()),
        ("WindowsLatin1", TIEN.encode()),
        ("Neutral", TIEN.encode()),
        ("WindowsLatin1", b"B\xb6n Ti\xd5n"),  # TCVN3, what most old files hold
    ],
)
def test_text_is_right_to_its_last_letter(mif: Mif, charset: str, raw: bytes) -> None:
    layer = mif.read(region(0), row(1, raw), charset=charset)
    assert layer.frame["diadanh"].tolist() == [TIEN]
    guessed = [p.key for p in layer.warnings]
    assert guessed == (["layer.encoding_guessed"] if b"\xc3" not in raw and b"\xe1" not in raw else [])


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_line_ends_and_delimiters(mif: Mif, end: str, delimiter: str) -> None:
    shapes = (region(0) + region(1)).replace("\n", end)
    table = (row(1) + row(2)).replace(b"\r\n", end.encode()).replace(b",", delimiter.encode())
    assert len(mif.read(shapes, table, delimiter=delimiter).frame) == 2


def test_holes_parts_quotes_and_line_ends_in_text(mif: Mif) -> None:
    hole = "  5\n430010 2455010\n430020 2455010\n430020 2455020\n430010 2455020\n430010 2455010"
    away = "  5\n430210 2455000\n430220 2455000\n430220 2455010\n430210 2455010\n430210 2455000"
    layer = mif.read(region(0, hole) + region(1, away), row(1, b'Na ""Den""') + row(2, b"Ban\nA"))
    assert layer.frame["geom_ha"].tolist() == pytest.approx([0.99, 1.01], rel=3e-4)
    assert layer.frame["diadanh"].tolist() == ['Na "Den"', "Ban A"]


def test_wgs84_written_by_gdal_needs_a_word(mif: Mif) -> None:
    problem = mif.refused(coordsys=WGS84).problems[0]
    assert (problem.key, problem.facts["best"]) == ("layer.crs_datum_doubtful", "EPSG:9213")
    layer = mif.read(coordsys=WGS84, crs="EPSG:9213")
    assert [p.key for p in layer.warnings] == ["layer.crs_datum_declared"]
    assert layer.frame.total_bounds == pytest.approx(lots(2).total_bounds, abs=1e-6)


def test_a_file_without_coordsys(mif: Mif) -> None:
    problem = mif.refused(coordsys="").problems[0]
    assert (problem.key, problem.facts["best"]) == ("layer.metres_in_degree_crs", "EPSG:9213")
    degrees = "Region 1\n 4\n105.8 22.2\n105.801 22.2\n105.801 22.201\n105.8 22.2\n"
    assert "layer.mif_no_coordsys" in [p.key for p in mif.read(degrees, row(1), coordsys="").warnings]
    assert len(mif.read(coordsys="", crs="EPSG:9213").frame) == 2


@pytest.mark.parametrize(
    "coordsys", ['CoordSys NonEarth Units "m" Bounds (0, 0) (1000000, 3000000)', "CoordSys Banana"]
)
def test_a_drawing_says_nothing_of_the_ground(mif: Mif, coordsys: str) -> None:
    assert mif.refused(coordsys=coordsys).key == "layer.crs_missing"
    layer = mif.read(coordsys=coordsys, crs="EPSG:9213")
    assert {p.key for p in layer.warnings} <= {"layer.coordsys_unknown"}
    assert "layer.gdal_said" not in [p.key for p in layer.warnings]


def test_bounds_units_and_transform_are_followed(mif: Mif) -> None:
    assert len(mif.read(coordsys=VN2000 + " Bounds (400000, 2400000) (460000, 2500000)").frame) == 2
    moved = mif.read(extra="Transform 1,1,100,0").frame
    assert moved.total_bounds[0] == pytest.approx(430_100)
    assert mif.refused(coordsys=VN2000 + ' Affine Units "m", 1, 0, 0, 0, 1, 0').key == "layer.mif_affine"


@pytest.mark.parametrize(
    ("shapes", "line"),
    [
        ((region(0) + region(1))[:-90], 28),  # cut within a point
        ((region(0) + region(1)).rsplit("    Pen", 1)[0].rstrip(), 30),  # cut after one: is the number whole?
        (region(0).replace("430100 2455000", "nan 2455000"), 18),
        (region(0).replace("430000 ", "430000,5 "), 17),
        (region(0).replace("  5", "  2000000000"), 16),
        ("Region -1\n", 15),
        ("Regoin 1\n  5\n", 15),
        ("Region 1\n", 16),
        ("Collection 2\n" + region(0), 24),
        ("Pline Multiple 2\n  2\n0 0\n1 1\n", 18),
    ],
)
def test_a_fault_is_named_by_its_line(mif: Mif, shapes: str, line: int) -> None:
    problem = mif.refused(shapes, row(1)).problems[0]
    assert problem.key == "layer.mif_line"
    assert abs(int(problem.facts["line"]) - line) <= 1
    assert str(problem.facts["line"]) in spoken(problem, "vi").found


@pytest.mark.parametrize(
    ("table", "key"),
    [
        (None, "layer.tab_part_missing"),
        (row(1), "layer.shp_counts"),
        (row(1) + row(2) + row(3), "layer.shp_counts"),
        (b"", "layer.shp_counts"),
        (row(1) + row(2)[:-12], "layer.mid_row"),
        (row(1) + row(2)[:-3], "layer.mid_row"),  # the closing quote is gone
        (row(1, b'Na "Den"') + row(2), "layer.mid_row"),
        (row(1) + b"1,2,3\r\n", "layer.mid_row"),
        ((row(1) + row(2)).replace(b",", b";"), "layer.mid_row"),
    ],
)
def test_a_table_that_does_not_fit_is_refused(mif: Mif, table: bytes | None, key: str) -> None:
    assert mif.refused(region(0) + region(1), table).key == key


def test_a_last_cell_that_may_be_cut_is_told(mif: Mif) -> None:
    unfinished = b'2,"101","1","a2","TXB",1.0,12'
    told = [p.key for p in mif.read(region(0) + region(1), row(1) + unfinished).warnings]
    assert told == ["layer.mid_unfinished"]


def test_curves_texts_and_nothing_are_told(mif: Mif) -> None:
    path = mif.write("Ellipse 430000 2455000 430100 2455100\n" + region(1), row(1) + row(2))
    opened = open_file(LayerSpec("any", path, path.name))
    assert [(p.key, p.feature_ids) for p in opened.said.mended] == [("layer.mif_curves", ("#1",))]
    assert opened.shapes[0].area == pytest.approx(np.pi * 50**2, rel=2e-3)
    path = mif.write('Text "Region 7"\n  430000 2455000 430010 2455010\nNONE\nRect 0 0 1 1\n', row(1) + row(2) + row(3))
    opened = open_file(LayerSpec("any", path, path.name))
    assert [p.key for p in opened.said.warnings] == ["layer.mif_texts"]
    assert [None if s is None else s.geom_type for s in opened.shapes] == ["Point", None, "Polygon"]


def test_cells_by_the_type_of_their_column(mif: Mif, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.formats.test_mif.COLUMNS", ["a Integer", "b Float", "c Date", "d Logical", "e Char(3)"])
    path = mif.write(region(0) * 3, b'7,1.5,20260630,T,"x"\n,,,,""\nsix,"1,5",0,?, \n')
    found = open_file(LayerSpec("any", path, path.name)).columns
    assert [list(c) for c in found.values()] == [
        [7, None, "six"], [1.5, None, "1,5"], ["2026-06-30", None, 0], [True, None, "?"], [b"x", None, None],
    ]  # fmt: skip


def test_what_is_no_mif_is_refused(mif: Mif) -> None:
    path = mif.write()
    for raw in (b"Banana\n", path.read_bytes().decode().encode("utf-16"), b"Version 300\nColumns 1\n", b"\0" * 100):
        path.write_bytes(raw)
        assert mif.world.refused("forest_lots", path).key == "layer.not_the_format"
    path.write_bytes(b"Version 300\nColumns many\nData\n")
    assert mif.world.refused("forest_lots", path).key == "layer.mif_line"


def test_datum_0_of_mapinfo_is_no_datum(mif: Mif) -> None:
    """The plain "Longitude / Latitude" of MapInfo leaves the datum open: the user says which, and it is read."""
    plain = WGS84.replace("104", "0")
    (problem,) = mif.refused(coordsys=plain).problems
    assert (problem.key, problem.facts["found"]) == ("layer.crs_datum_unknown", "TM 106.5 k=0.9999 (?)")
    assert mif.read(coordsys=plain, crs="EPSG:9213").frame.total_bounds == pytest.approx(lots(2).total_bounds, abs=1e-6)
    (problem,) = mif.refused(coordsys="CoordSys Earth Projection 1, 0").problems[:1]
    assert problem.facts["found"] == "lon/lat (?)"
