"""The page as a file: what is in it, what is not, its weight, its bytes."""

import itertools
import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import shapely
from branca.element import JavascriptLink
from pyproj import CRS

from geoplan import maps
from geoplan.errors import PlaceUnavailable
from geoplan.maps import offline, packing
from geoplan.maps.content import coordinate_system
from geoplan.messages import catalogue
from tests.maps.conftest import VN2000, lots_of, page_of

FRONT = Path(maps.__file__).parent / "front"


def values(layer: dict, name: str) -> list:
    column = layer["columns"][name]
    return column if isinstance(column, list) else [column["k"][i] for i in column["i"]]


def data_of(html: str) -> dict:
    return json.loads(re.search(r'<script type="application/json" id="geoplan-data">(.*?)</script>', html, re.S)[1])


def test_the_same_page_gives_the_same_bytes(world: maps.Page) -> None:
    assert maps.officer_map(world) == maps.officer_map(page_of())


def test_the_page_names_no_address_outside(world: maps.Page) -> None:
    html = maps.officer_map(world)
    static = re.sub(r"<script.*?</script>|<style.*?</style>", "", html, flags=re.S)
    assert not re.search(r"https?:|//[a-z]", static)
    assert not re.search(r"\ssrc=|\sstyle=|\son[a-z]+=", static)
    assert re.findall(r'<link rel="icon" href="data:,">|<link', html) == ['<link rel="icon" href="data:,">']


def test_the_policy_covers_every_script_and_style(world: maps.Page) -> None:
    html = maps.officer_map(world)
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', html)[1]
    assert "unsafe" not in policy
    assert policy.startswith("default-src 'none'")
    for tag, directive in (("script", "script-src"), ("style", "style-src")):
        allowed = next(part for part in policy.split("; ") if part.startswith(directive))
        for text in re.findall(rf"<{tag}>(.*?)</{tag}>", html, re.S):
            assert offline._digest(text) in allowed


def test_an_unknown_link_is_refused() -> None:
    figure = offline._figure((22.2, 105.9))
    figure.header.add_child(JavascriptLink("https://example.org/plugin.js"), name="plugin")
    with pytest.raises(LookupError, match="plugin"):
        offline._linked(figure)


def test_a_missing_asset_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(offline, "files", lambda _: tmp_path)
    offline._asset.cache_clear()
    with pytest.raises(PlaceUnavailable) as caught:
        offline._asset("leaflet.js")
    offline._asset.cache_clear()
    assert caught.value.key == "map.asset_missing"


def test_a_page_wants_its_columns_and_its_crs(world: maps.Page) -> None:
    with pytest.raises(ValueError, match="lots lacks forest_class"):
        replace(world, lots=world.lots.drop(columns="forest_class"))
    with pytest.raises(ValueError, match="not in the CRS"):
        replace(world, zones=world.zones.to_crs(4326))


def test_five_thousand_lots_weigh_less_than_five_megabytes() -> None:
    page = replace(page_of(), lots=lots_of(5000, 18_000.0, 12.0, ["01879", "02026"]))
    assert shapely.get_num_coordinates(page.lots.geometry.to_numpy()).mean() > 80
    html = maps.officer_map(page)
    assert len(html.encode()) < 5_000_000
    assert data_of(html)["layers"]["lots"]["n"] == 5000


def test_many_lots_make_an_overview_and_a_map_for_each_commune(
    monkeypatch: pytest.MonkeyPatch, world: maps.Page
) -> None:
    monkeypatch.setattr("geoplan.maps.officer.MOST_LOTS", 50)
    found = maps.officer_maps(world)
    assert list(found) == ["map.html", "map_01879.html", "map_02026.html"]
    lots = data_of(found["map.html"])["layers"]["lots"]
    assert lots["n"] < len(world.lots)
    assert sum(values(lots, "lots_count")) == len(world.lots)
    assert sum(values(lots, "dtich")) == pytest.approx(world.lots["dtich"].sum(), abs=0.01)
    assert data_of(found["map.html"])["links"] == [
        ["Cao Minh", "map_01879.html", "01879"],
        ["Nam Cường", "map_02026.html", "02026"],
    ]
    one = data_of(found["map_01879.html"])
    ids, own = set(values(one["layers"]["lots"], "lot_id")), world.lots["unit_code"] == "01879"
    commune = world.communes.geometry.iloc[0]
    assert set(world.lots.loc[own, "lot_id"]) <= ids
    assert ids - set(world.lots.loc[own, "lot_id"]) == set(
        world.lots.loc[~own & (world.lots.intersection(commune).area > 100), "lot_id"]
    )
    assert {s["unit_code"] for s in one["standings"]} == {"01879"}
    assert {r["code"] for t in one["tables"] for r in t["rows"]} == {"01879", "T0"}


def test_only_the_listed_columns_reach_the_page(world: maps.Page) -> None:
    private = world.lots.assign(churung="Nông Văn Bí Mật", nguoink="Hoàng Thị Kín", owner_class="frms4.1")
    html = maps.officer_map(replace(world, lots=private))
    assert "Bí Mật" not in html
    assert "Thị Kín" not in html
    assert set(values(data_of(html)["layers"]["lots"], "owner_class")) == {"Hộ gia đình, cá nhân"}


def test_few_lots_make_one_map(world: maps.Page) -> None:
    assert list(maps.officer_maps(world)) == ["map.html"]


def test_packed_polygons_come_back() -> None:
    shell = shapely.box(105.0, 22.0, 105.01, 22.01)
    holed = shapely.difference(shell, shapely.box(105.004, 22.004, 105.006, 22.006))
    pair = shapely.multipolygons([shell, shapely.box(105.02, 22.0, 105.03, 22.01)])
    packed = packing.packed(np.array([holed, pair]), (105.0, 22.0), 1e-6)
    assert [len(rings) for rings in packed] == [2, 2]
    outer, inner = (np.cumsum(np.array(r).reshape(-1, 2), axis=0) * 1e-6 + (105.0, 22.0) for r in packed[0])
    back = shapely.polygons(outer, holes=[inner])
    assert back.exterior.is_ccw
    assert shapely.symmetric_difference(back, holed).area < 1e-12


def test_simplified_lots_still_share_their_sides() -> None:
    shapes = lots_of(80, 3000.0, 10.0, ["01879"]).geometry.to_numpy()
    thin = packing.simplified(shapes)
    assert shapely.get_num_coordinates(thin).sum() < shapely.get_num_coordinates(shapes).sum() / 2
    assert shapely.union_all(thin).area == pytest.approx(shapely.area(thin).sum(), rel=1e-5)


def test_the_projection_is_written_for_proj4() -> None:
    assert coordinate_system(VN2000)["vn2000"]
    assert (
        "+towgs84=-191.90441429,-39.30318279,-111.45032835,0.00928836,-0.01975479,0.00427372,0.252906278"
        in coordinate_system(VN2000)["proj4"]
    )
    assert "+towgs84=0,0,0 " in coordinate_system(CRS.from_epsg(32648))["proj4"]
    assert coordinate_system(CRS.from_epsg(4756))["proj4"] is None


def test_every_word_of_the_script_is_in_the_messages_and_every_message_is_used() -> None:
    words = {key.removeprefix("map."): texts for key, texts in catalogue().items() if key.startswith("map.")}
    scripts = {
        path.name: path.read_text(encoding="utf-8") for path in FRONT.glob("*.js") if "problems" not in path.name
    }
    everything = "\n".join(scripts.values()) + "\n".join(
        path.read_text(encoding="utf-8")
        for path in Path(maps.__file__).parent.glob("*.py")
        if path.name != "problems.py"
    )
    asked = set(re.findall(r'\bt\("([^"]+)"\s*[,)]', everything)) | set(
        re.findall(r'G\.t\("([^"]+)"\s*[,)]', everything)
    )
    assert asked <= set(words), sorted(asked - set(words))
    stems = set(re.findall(r'["`]([a-z_]+\.)(?:["`]|\{)', everything)) | {"indicator.", "overlay."}
    groups = re.findall(r'(?:G\.label|label)\("(\w+)"', everything) + re.findall(
        r'coded\(f, "\w+", "(\w+)"', everything
    )
    stems |= {f"{group}." for group in groups}
    unused = [
        w
        for w in words
        if f'"{w}"' not in everything and f'"map.{w}"' not in everything and not any(w.startswith(s) for s in stems)
    ]
    unused = [w for w in unused if not re.fullmatch(r"tab\.\w+\.long", w)]
    assert unused == []
    for texts in words.values():
        assert set(re.findall(r"\{\w+", texts["vi"])) == set(re.findall(r"\{\w+", texts["en"]))


def test_the_script_holds_no_sentence_of_its_own() -> None:
    for path in FRONT.glob("*.js"):
        code = re.sub(r"/\*.*?\*/", "", path.read_text(encoding="utf-8"), flags=re.S)
        for given in re.findall(r'\b(?:text|title|placeholder|"aria-label"):\s*"([^"]*)"', code):
            assert not re.search(r"[^\W\d_]", given), f"{path.name}: {given}"
        spoken = [s for s in re.findall(r'"([^"\n]*)"', code) if re.search(r"[À-ỹ]", s)]
        assert spoken == [], path.name
        assert not re.search(
            r"\.(innerHTML|outerHTML|insertAdjacentHTML)\b|document\.write|\beval\(|new Function", code
        ), path.name


def test_relief_is_light_on_slopes_to_the_north_west() -> None:
    x, y = np.meshgrid(np.arange(80.0), np.arange(60.0))
    bright = maps.relief((x + y) * 10, _grid(), VN2000)
    dark = maps.relief(-(x + y) * 10, _grid(), VN2000)
    assert bright.png.startswith(b"\x89PNG")
    assert len(bright.png) < 20_000
    assert _grey(bright.png) == 255
    assert _grey(dark.png) == 0
    west, south, east, north = bright.bounds
    assert 105.7 < west < east < 106
    assert 22 < south < north < 22.3


def test_painted_classes_have_their_colours() -> None:
    codes = np.ma.masked_equal(np.repeat([[1, 2, 255]], 40, axis=0).repeat(20, axis=1), 255)
    picture = maps.painted("land_cover", codes, _grid(), VN2000, {1: ("Rừng", "#2f6b4f"), 2: ("Khác", "#efe7d4")})
    pixels = _pixels(picture.png, 4)
    assert {tuple(p) for p in pixels.reshape(-1, 4)} == {(0x2F, 0x6B, 0x4F, 255), (0xEF, 0xE7, 0xD4, 255), (0, 0, 0, 0)}
    assert picture.classes == (("Rừng", "#2f6b4f"), ("Khác", "#efe7d4"))


def _grid():
    from affine import Affine

    return Affine(30.0, 0, 430_000.0, 0, -30.0, 2_456_000.0)


def _pixels(png: bytes, bands: int) -> np.ndarray:
    import rasterio
    from rasterio.io import MemoryFile

    with MemoryFile(png) as memory, pytest.warns(rasterio.errors.NotGeoreferencedWarning), memory.open() as source:
        return np.moveaxis(source.read(), 0, -1)[..., :bands]


def _grey(png: bytes) -> int:
    pixels = _pixels(png, 2)
    middle = pixels[pixels.shape[0] // 2, pixels.shape[1] // 2]
    assert middle[1] > 20
    return int(middle[0])


def test_classes_stay_apart_for_colour_blind_eyes() -> None:
    theme = (FRONT / "theme.js").read_text(encoding="utf-8")
    for division in ("forest_class", "use", "gap_role", "agreement", "verdict_seen", "place_verdict"):
        block = re.search(rf"{division}: \{{(.*?)\}}", theme, re.S)[1]
        colours = dict(re.findall(r'(\w+): "(#[0-9a-f]{6})"', block))
        colours = {name: hex_ for name, hex_ in colours.items() if hex_ != colours["unknown"]}  # not known in four ways
        for eye in (np.eye(3), PROTAN, DEUTAN):
            seen = {name: _lab(np.clip(eye @ _linear(hex_), 0, 1)) for name, hex_ in colours.items()}
            for (left, here), (right, there) in itertools.combinations(seen.items(), 2):
                assert np.linalg.norm(here - there) > 9, f"{division}: {left} and {right}"


# Machado, Oliveira and Fernandes (2009), severity 1
PROTAN = np.array([[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]])
DEUTAN = np.array([[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]])


def _linear(colour: str) -> np.ndarray:
    c = np.frombuffer(bytes.fromhex(colour[1:]), np.uint8) / 255
    return np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)


def _lab(linear: np.ndarray) -> np.ndarray:
    to_xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    x, y, z = np.cbrt((to_xyz @ linear) / [0.9505, 1.0, 1.089])
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])
