"""Telephones, numbers of papers and names of persons typed into public columns: never in a word, a page or a result."""

from pathlib import Path

import geopandas as gpd
import pytest

from geoplan import layers
from geoplan.errors import GeoplanError, Problem
from geoplan.intake.record import _said
from geoplan.layers import SCHEMAS, LayerSpec
from geoplan.layers.kinds import Field, Kind
from geoplan.messages import spoken
from tests.intake.conftest import PROJECT, call
from tests.layers.conftest import VN, World, communes, lots, square, zones

TYPED = "Nguyễn Văn A 0912 345 678"
NEEDLES = ("0912 345", "345 678", "0912345678", "Nguyễn Văn A", "NGUYỄNVĂNA", "010090012345")


def _sentences(problems: tuple[Problem, ...] | list[Problem]) -> str:
    said = [spoken(p) for p in problems]
    return " ".join(f"{s.found} {s.fix} {s.feature_ids}" for s in said)


@pytest.mark.parametrize("typed", [TYPED, "Nguyễn Văn A"])
@pytest.mark.parametrize("field", ["maxa", "ldlr", "dtich", "nggocr", "namtr", "id", "malr3", "ktan"])
def test_no_word_quotes_it(world: World, field: str, typed: str) -> None:
    cells = [str(c) for c in lots(4)[field]] if field in lots(1) else ["1"] * 4
    cells[2] = typed
    try:
        said = _sentences(world.read("forest_lots", world.write(lots(4, **{field: cells}))).warnings)
    except GeoplanError as error:
        said = _sentences(list(error.problems))
    assert said or (field, typed) == ("id", "Nguyễn Văn A")  # a key may be any text
    assert not [needle for needle in NEEDLES if needle in said]


def test_a_number_that_would_be_cut_in_two_is_not_quoted_in_part(world: World) -> None:
    cells = ["1.0", "Hộ gia đình ở bản Nà Lìm, máy số".ljust(32) + "0912345678", "1.0", "1.0"]
    error = world.refused("forest_lots", world.write(lots(4, dtich=cells)))
    assert "0912345" not in _sentences(list(error.problems))


def test_a_public_text_is_shortened_for_results_and_kept_for_the_office(world: World) -> None:
    path = world.write(zones(name=[TYPED, "Bản Lìm"], accepted_no=["010090012345", "12/BB"]))
    layer = world.read("conversion_zones", path)
    assert list(layer.frame["name"]) == ["Nguyễn Văn A 09…78", "Bản Lìm"]
    assert list(layer.frame["accepted_no"]) == ["01…45", "12/BB"]
    told = [p for p in layer.warnings if p.key == "layer.personal_shortened"]
    assert [(p.facts["field"], p.feature_ids) for p in told] == [("accepted_no", ("V1",)), ("name", ("V1",))]
    kept = layers.inspect(LayerSpec("conversion_zones", path, path.name), VN, world.root, mend=True)
    assert kept.layer is not None
    assert kept.layer.frame["name"].iloc[0] == TYPED
    assert "layer.personal_shortened" in {p.key for p in kept.warnings}


def test_a_key_that_is_a_telephone_is_told_and_named_by_its_place(world: World) -> None:
    path = world.write(zones(zone_id=["0912345678", "V2"], declared_ha=[1.2, 1.0]))
    layer = world.read("conversion_zones", path)
    told = {p.key: p.feature_ids for p in layer.warnings}
    assert told["layer.personal_key"] == ("#1",)
    assert told["layer.area_differs"] == ("#1",)
    assert list(layer.frame["zone_id"]) == ["0912345678", "V2"]


def _typed(role: str, field: Field, path: Path) -> None:
    """A layer of three rows of the role with the number typed into one cell of a field."""
    plain = {Kind.UNIT: "01879", Kind.DATE: "2026-01-15", Kind.YEAR: "2010", Kind.INTEGER: "1", Kind.NUMBER: "1.0"}
    table: dict[str, list[str]] = {}
    for each in SCHEMAS[role].fields:
        if each.required or each is field or each.name in ("id", "tk", "khoanh", "lo", "maxa"):
            usual = next(iter(each.choices), plain.get(each.kind, ""))
            table[each.name] = [usual or f"{each.name[:2]}{i}" for i in range(3)]
    table[field.name][1] = TYPED
    shapes = [square(2 * i, 0) for i in range(3)]
    if "point" in {s.value for s in SCHEMAS[role].shapes}:
        shapes = [s.centroid for s in shapes]
    gpd.GeoDataFrame(table, geometry=gpd.GeoSeries(shapes, crs="EPSG:9213")).to_file(path, driver="GPKG")


@pytest.mark.parametrize(
    ("role", "name"),
    [
        (role, name)
        for role, names in {
            "households": ("people", "household_id", "status", "village_code"),
            "parcels": ("land_code", "parcel_id", "area_ha"),
            "samples": ("stratum", "reference"),
            "villages": ("unit_code",),
        }.items()
        for name in names
    ],
)
def test_no_output_of_an_import_holds_it(role: str, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    _typed(role, SCHEMAS[role].by_name[name], tmp_path / "lop.gpkg")
    texts = []
    for words in ((), ("--json",), ("--yes",)):
        said = call("import", "lop.gpkg", "--role", role, *words)
        texts += [said.out, said.err]
    texts += [p.read_text(encoding="utf-8") for p in tmp_path.rglob("*") if p.suffix in (".html", ".json", ".md")]
    whole = "\n".join(texts)
    escaped = [n.encode("ascii", "backslashreplace").decode() for n in NEEDLES]
    assert not [needle for needle in (*NEEDLES, *escaped) if needle in whole]


def test_no_list_and_no_page_of_a_check_holds_it(tmp_path: Path) -> None:
    (tmp_path / "layers").mkdir()
    communes().to_file(tmp_path / "layers" / "communes.gpkg")
    zones(zone_id=["0912345678", "0912345678"]).to_file(tmp_path / "layers" / "vung.gpkg")
    project = PROJECT.replace('forest_lots = "layers/rung.gpkg"', 'conversion_zones = "layers/vung.gpkg"')
    (tmp_path / "geoplan.toml").write_text(project, encoding="utf-8")
    said = call("check", tmp_path, "--list")
    assert said.code == 3
    page = (tmp_path / "maps" / "check.html").read_text(encoding="utf-8")
    assert "09…78 (#1)" in said.err
    for text in (said.out, said.err, page):
        assert "0912345678" not in text


def test_no_record_holds_it() -> None:
    facts = {"field": "ten", "n": 1, "values": f"“{TYPED}”", "meaning": "", "known": ""}
    (record,) = _said([Problem("layer.value_unread", "a.gpkg", facts, ("0912345678",))])
    assert record["facts"]["values"] == "“…”"
    assert record["features"] == ["09…78"]
