"""The page in a real Chromium with the network off: it draws, answers, measures, marks, and no text of a layer runs."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from pyproj import Geod

from geoplan import crs as crss
from geoplan import maps
from geoplan.messages import Spoken
from geoplan.results import Column
from tests.maps.conftest import COVER, VN2000, WGS84, Watched, lots_of, page_of, result_of, standing
from tests.maps.seen_world import seen_page_of

pytestmark = pytest.mark.browser
Open = Callable[..., Watched]
SIZES = [pytest.param(360, 740, id="phone"), pytest.param(1280, 800, id="desktop")]
HOSTILE = [
    "<img src=x onerror=window.hurt=1>", "</script><script>window.hurt=1</script>", "`", "${window.hurt=1}", "{{7*7}}", "\"'><svg/onload=window.hurt=1>",
    "a\u2028b\u2029c", "\u202eđảo\u202c", "<!--", "javascript:window.hurt=1", "&lt;b&gt;", "]]>", "\\u003cimg", "100 %",
]  # fmt: skip
GEOD = Geod(ellps="WGS84")


def click_map(page: Any, x: float, y: float) -> None:
    box = page.locator("#stage").bounding_box()
    page.mouse.click(box["x"] + x * box["width"], box["y"] + y * box["height"])


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_the_page_draws_and_asks_for_nothing(opened: Open, world: maps.Page, width: int, height: int) -> None:
    watched = opened(maps.officer_map(world), width, height)
    page = watched.page
    inked = (
        "() => Array.from(document.querySelectorAll('canvas')).slice(0, 2)"
        ".map(c => new Set(new Uint32Array(c.getContext('2d').getImageData(0, 0, c.width, c.height).data.buffer)).size)"
    )
    assert min(page.evaluate(inked)) > 100
    assert page.title() == "Xã Cao Minh và Nam Cường – 30/06/2026"
    assert page.locator("html").get_attribute("lang") == "vi"
    assert page.locator("main, header.top, aside, footer").count() == 4
    sideways = page.evaluate("() => document.documentElement.scrollWidth - window.innerWidth")
    assert sideways <= 0
    for tab in ("figures", "layers", "marking", "notes", "targets"):
        page.locator(f"#tab-{tab}").click()
        assert page.locator(f"#body-{tab}").is_visible()
    watched.clean()


def test_touch_targets_are_large_enough(opened: Open, world: maps.Page) -> None:
    page = opened(maps.officer_map(world), 360, 740).page
    page.locator("#tab-layers").click()
    small = page.evaluate(
        "() => Array.from(document.querySelectorAll('button, .switch, #query, summary')).filter(e => e.offsetParent)"
        ".map(e => [e.className || e.id || e.tagName, e.getBoundingClientRect().width, e.getBoundingClientRect().height])"
        ".filter(r => r[2] < 36 || r[1] < 36)"
    )
    assert small == []


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_hostile_text_stays_text_everywhere(opened: Open, width: int, height: int) -> None:
    watched = opened(maps.officer_map(hostile_page()), width, height)
    page = watched.page
    assert page.evaluate("() => Object.keys(geoplan.features).every(n => geoplan.features[n].length > 0)")
    opened_popups = page.evaluate(
        """() => { let n = 0; for (const name in geoplan.features) for (const f of geoplan.features[name]) {
             const a = geoplan.anchor(f), p = geoplan.lonlat(a[0], a[1]); geoplan.openAt(p[0], p[1], f); n += 1; }
             return n; }"""
    )
    assert opened_popups > 50
    for text in HOSTILE:
        page.fill("#query", text[:20])
        page.wait_for_timeout(5)
    page.evaluate("() => document.querySelectorAll('details').forEach(d => { d.open = true; })")
    for tab in ("figures", "layers", "notes", "targets"):
        page.evaluate(f"() => geoplan.openTab('{tab}', true)")
    page.evaluate("() => { geoplan.map.setZoom(16, {animate: false}); geoplan.setOverlay('swipe'); }")
    assert page.evaluate("() => window.hurt") is None
    assert page.locator("img[src='x'], svg[onload], [onerror]").count() == 0
    assert page.evaluate("() => document.body.textContent.includes('{{7*7}}')")
    watched.clean()


def hostile_page() -> maps.Page:
    page = seen_page_of(60)

    def spoil(frame: Any) -> Any:
        spoilt = frame.copy()
        for name in spoilt.columns:
            if name in ("geometry", "unit_code", "planned_on") or not (
                spoilt[name].dtype == object or str(spoilt[name].dtype).startswith("str")
            ):
                continue
            lists = name in ("reasons", "seen_reasons")
            spoilt[name] = [
                [HOSTILE[(i + k) % len(HOSTILE)] for k in range(3)] if lists else HOSTILE[i % len(HOSTILE)]
                for i in range(len(spoilt))
            ]
        return spoilt

    bad = "".join(HOSTILE)
    said = Spoken(bad, bad, bad, bad, tuple(HOSTILE))
    column = (Column("natural_ha", "ha"), Column(HOSTILE[1], HOSTILE[0]), *COVER[2:])
    rows = [
        ("01879", bad, "commune", 1.0, 2.0, 3.0, 4.0, 75.0),
        ("02026", HOSTILE[0], "commune", 1.0, 2.0, 3.0, 4.0, 75.0),
    ]
    rows += [("T0", HOSTILE[1], "village", 1.0, 2.0, 3.0, 4.0, 75.0)]
    target = standing(bad, ("01879", bad), bad, 5.0, bad, HOSTILE[0], actual=2.0, comparator=bad, mode=bad, trajectory=((2026, 1.0), (2027, 2.0)),
                      feasibility=(said,), sentence=bad, source=bad)  # fmt: skip
    places = spoil(page.places.drop(columns=["place_kind", "head_name", "phone", "id_no", "notes"])).assign(
        place_kind=page.places["place_kind"]
    )
    seen = page.observations.assign(feature_id=[HOSTILE[int(z[1:])] for z in page.observations["feature_id"]])
    photos = tuple(replace(photo, name=HOSTILE[0], label=bad) for photo in page.swipe)
    return replace(
        page, places=places, observations=seen, swipe=photos, title=bad, communes=spoil(page.communes), villages=spoil(page.villages), lots=spoil(page.lots), zones=spoil(page.zones),
        drafts=spoil(page.drafts), tables=[result_of(HOSTILE[1], column, "natural_ha", rows, True)], standings=[target],
        contradictions=[{"finding": bad, "where": bad, "consequence": bad}], notes=[said], geoplan_version=bad,
        overlays=[replace(page.overlays[0], name=HOSTILE[1], classes=((HOSTILE[0], "#ffffff"),))],
    )  # fmt: skip


def test_search_finds_without_accents_and_by_key(opened: Open, world: maps.Page) -> None:
    watched = opened(maps.officer_map(world))
    page = watched.page
    find = "q => geoplan.find(q).map(e => [e.kind, geoplan.nameOf(e.feature)])"
    assert ["villages", "Khuổi Đẩy"] in page.evaluate(find, "khuoi day")
    assert page.evaluate(find, "KHUOI DAY")[0][1].startswith("Khuổi Đẩy")
    first = world.lots.iloc[7]
    wanted = f"Lô {first.lo} · khoảnh {first.khoanh} · tiểu khu {first.tk}"
    for question in (
        f"{first.tk}/{first.khoanh}/{first.lo}",
        f"tk {first.tk} k {first.khoanh} lô {first.lo}",
        f"{first.tk} {first.khoanh} {first.lo}",
    ):
        assert page.evaluate(find, question)[0] == ["lots", wanted]
    assert page.evaluate(find, "l00007")[0] == ["lots", wanted]
    assert page.evaluate(find, "không có gì như vậy") == []
    page.fill("#query", "phja")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    assert "Phja Bjoóc" in page.locator(".leaflet-popup").inner_text()
    watched.clean()


def test_a_click_says_everything_that_is_there(opened: Open, world: maps.Page) -> None:
    watched = opened(maps.officer_map(world))
    page = watched.page
    page.evaluate("() => geoplan.show(geoplan.features.zones[2])")
    text = page.locator(".leaflet-popup").inner_text()
    for wanted in (
        "Bản Mới – ngô sang cam",
        "Luật không cho phép",
        "Ngô → cam",
        "10,5 ha",
        "Chồng lên rừng tự nhiên 2,10 ha.",
        "Lô ",
        "Nam Cường",
        "EPSG:9213",
    ):
        assert wanted in text
    page.locator(".leaflet-popup-close-button").click()
    watched.clean()


def test_the_read_out_equals_the_pinned_shift(opened: Open, world: maps.Page) -> None:
    rng = np.random.default_rng(3)
    lon, lat = rng.uniform(105.5, 106.3, 20), rng.uniform(21.4, 22.7, 20)
    lon[0], lat[0] = 105.85, 22.2
    east, north = crss.transform(lon, lat, WGS84, VN2000)
    page = opened(maps.officer_map(world)).page
    there = page.evaluate(
        "points => points.map(p => geoplan.projected(p[0], p[1]))",
        [[float(a), float(b)] for a, b in zip(lon, lat, strict=True)],
    )
    assert np.abs(np.array(there) - np.column_stack([east, north])).max() < 0.001
    assert there[0] == pytest.approx([432784.556, 2455954.286], abs=0.001)
    assert re.fullmatch(
        r"VN-2000 ?B 2\.45\d\.\d{3},\d · Đ 4\d\d\.\d{3},\d", page.locator("#readout").inner_text().replace("\n", " ")
    )


def test_hectares_and_metres_are_geodesic(opened: Open, world: maps.Page) -> None:
    page = opened(maps.officer_map(world)).page
    ring = [[105.80, 22.10], [105.84, 22.105], [105.85, 22.14], [105.81, 22.16], [105.79, 22.13]]
    expected = abs(GEOD.geometry_area_perimeter(shapely.polygons(ring))[0]) / 1e4
    assert page.evaluate("r => geoplan.hectares(r)", ring) == pytest.approx(expected, rel=1e-5)
    small = [[105.80, 22.10], [105.802, 22.1003], [105.8017, 22.102]]
    assert page.evaluate("r => geoplan.hectares(r)", small) == pytest.approx(
        abs(GEOD.geometry_area_perimeter(shapely.polygons(small))[0]) / 1e4, rel=1e-5
    )
    assert page.evaluate("r => geoplan.length(r)", ring) == pytest.approx(
        GEOD.line_length(*zip(*ring, strict=True)), rel=1e-6
    )


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_a_zone_is_drawn_named_and_downloaded(
    opened: Open, world: maps.Page, width: int, height: int, tmp_path: Path
) -> None:
    watched = opened(maps.officer_map(world), width, height)
    page = watched.page
    page.evaluate("() => geoplan.beginMark()")
    for x, y in ((0.40, 0.35), (0.62, 0.36), (0.60, 0.52), (0.38, 0.50)):
        click_map(page, x, y)
    live = page.locator("#sketch .live").inner_text()
    page.locator("#sketch .finish").click()
    mark = page.evaluate(
        "() => { const m = geoplan.marks[0]; return [m.ring, m.ha, m.touched.classes.map(c => [c.code, c.ha]), m.touched.outside]; }"
    )
    shape = shapely.polygons(mark[0])
    assert mark[1] == pytest.approx(abs(GEOD.geometry_area_perimeter(shape)[0]) / 1e4, rel=1e-5)
    assert live.startswith(f"{mark[1]:.1f}".replace(".", ","))
    drawn = crss.geometries(np.array([shape]), WGS84, VN2000)[0]
    for code, ha in mark[2]:
        kind = world.lots[world.lots["forest_class"] == code].geometry
        assert ha == pytest.approx(kind.intersection(drawn).area.sum() / 1e4, rel=0.02, abs=0.15)
    assert sum(ha for _, ha in mark[2]) + mark[3] == pytest.approx(mark[1], rel=0.01)
    page.locator(".mark input[type=text]").fill("Nà Lìn – <b>mơ</b> / vụ 2")
    page.locator(".mark select").nth(0).select_option("rice")
    page.locator(".mark select").nth(1).select_option("perennial")
    with page.expect_download() as download:
        page.locator(".mark .primary").click()
    assert download.value.suggested_filename == "vung-na-lin-b-mo-b-vu-2.geojson"
    saved = tmp_path / "drawn.geojson"
    download.value.save_as(saved)
    found = json.loads(saved.read_text(encoding="utf-8"))
    assert found["type"] == "FeatureCollection"
    assert len(found["features"]) == 1
    properties = found["features"][0]["properties"]
    assert properties["zone_id"].startswith("v2")
    assert properties["marked_with"] == "geoplan"
    assert (properties["name"], properties["from_crop"], properties["to_group"]) == (
        "Nà Lìn – <b>mơ</b> / vụ 2",
        "rice",
        "perennial",
    )
    back = shapely.geometry.shape(found["features"][0]["geometry"])
    assert back.exterior.is_ccw
    assert shapely.symmetric_difference(back, shape).area < 1e-8
    page.locator(".mark button").last.click()
    assert page.evaluate("() => geoplan.marks.length") == 0
    watched.clean()


def test_a_crossing_shape_is_refused_with_a_word(opened: Open, world: maps.Page) -> None:
    watched = opened(maps.officer_map(world))
    page = watched.page
    page.evaluate("() => geoplan.beginMark()")
    for x, y in ((0.3, 0.4), (0.5, 0.6), (0.5, 0.4), (0.3, 0.6)):
        click_map(page, x, y)
    page.keyboard.press("Enter")
    assert "tự cắt" in page.locator("#told").inner_text()
    assert page.evaluate("() => geoplan.marks.length") == 0
    page.keyboard.press("Backspace")
    page.keyboard.press("Enter")
    assert page.evaluate("() => geoplan.marks.length") == 1
    watched.clean()


def test_measuring_ends_with_a_word(opened: Open, world: maps.Page) -> None:
    watched = opened(maps.officer_map(world))
    page = watched.page
    page.get_by_label("Đo khoảng cách").click()
    click_map(page, 0.3, 0.4)
    click_map(page, 0.5, 0.4)
    page.locator("#sketch .finish").click()
    assert re.search(r"Khoảng cách [\d.,]+ k?m", page.locator("#told").inner_text())
    page.get_by_label("Đo diện tích").click()
    page.keyboard.press("Escape")
    assert page.locator("#sketch").is_hidden()
    watched.clean()


@pytest.mark.parametrize("media", ["screen", "print"])
def test_made_up_figures_say_so_beside_every_percentage(opened: Open, world: maps.Page, media: str) -> None:
    page = opened(maps.officer_map(world)).page
    if media == "print":
        page.emulate_media(media="print")
        page.evaluate("() => window.dispatchEvent(new Event('beforeprint'))")
    page.evaluate("() => document.querySelectorAll('details').forEach(d => { d.open = true; })")
    page.evaluate("() => geoplan.show(geoplan.features.zones[1])")
    text = page.evaluate(
        "() => { document.querySelectorAll('script, style').forEach(s => s.remove()); return document.body.textContent; }"
    )
    assert text.count("%") > 15
    assert re.findall(r"%(?!\s*\(giả lập\))", text) == []
    assert page.locator(".banner").is_visible()
    assert "DỮ LIỆU GIẢ LẬP" in page.locator(".banner").inner_text()
    labels = page.evaluate(
        "() => Array.from(document.querySelectorAll('[aria-label], [title]')).map(e => (e.getAttribute('aria-label') || '') + (e.title || ''))"
    )
    assert [label for label in labels if re.search(r"%(?!\s*\(giả lập\))", label)] == []


def test_real_figures_have_no_banner(opened: Open) -> None:
    page = opened(maps.officer_map(page_of(40, synthetic=False))).page
    assert page.locator(".banner").count() == 0
    assert "giả lập" not in page.evaluate("() => document.getElementById('panel').textContent")


def test_english_on_request(opened: Open, world: maps.Page) -> None:
    watched = opened(maps.officer_map(world, "en"))
    page = watched.page
    assert page.locator("#tab-targets").inner_text() == "Targets"
    assert page.evaluate("() => geoplan.number(1234.5, 1)") == "1,234.5"
    watched.clean()


def test_vietnamese_numbers(opened: Open, world: maps.Page) -> None:
    page = opened(maps.officer_map(world)).page
    cases = [
        [1234.5, 1, "1.234,5"],
        [0, 1, "0,0"],
        [-0.04, 1, "0,0"],
        [1234567.891, 2, "1.234.567,89"],
        [None, 1, "–"],
        [-12.5, 1, "-12,5"],
    ]
    assert [page.evaluate("c => geoplan.number(c[0], c[1])", case) for case in cases] == [case[2] for case in cases]


def test_the_print_holds_the_map(opened: Open, world: maps.Page, tmp_path: Path) -> None:
    watched = opened(maps.officer_map(world))
    pdf = watched.page.pdf(prefer_css_page_size=True, print_background=True)
    assert pdf.startswith(b"%PDF")
    width, height = (float(v) for v in re.search(rb"/MediaBox\s*\[\s*0 0 ([\d.]+) ([\d.]+)", pdf).groups())
    assert width == pytest.approx(841.9, abs=1.5)
    assert height == pytest.approx(595.3, abs=1.5)
    assert watched.page.evaluate("() => document.body.classList.contains('printing')") is False
    watched.clean()


def test_layers_and_colours_switch(opened: Open, world: maps.Page) -> None:
    watched = opened(maps.officer_map(world))
    page = watched.page
    picture = "() => document.querySelector('canvas').toDataURL().length + document.querySelector('canvas').toDataURL().slice(-4000)"
    before = page.evaluate(picture)
    page.locator("#legend input[value=gap_role]").check(force=True)
    page.wait_for_timeout(120)
    assert page.evaluate(picture) != before
    assert "Đang được tính" in page.locator("#legend").inner_text()
    rows = page.locator("#legend .legend-rows").first.inner_text()
    counted = world.lots.loc[world.lots["gap_role"] == "counts", "dtich"].sum()
    assert f"{counted:.1f}".replace(".", ",") + " ha" in rows
    page.locator("#tab-layers").click()
    page.locator("input[name=lots]").uncheck()
    assert page.evaluate("() => geoplan.state.seen.lots") is False
    page.locator("input[name=beneath]").first.check()
    assert page.locator("img.beneath").count() == 0
    watched.clean()


def test_an_overview_opens_and_links(
    opened: Open, monkeypatch: pytest.MonkeyPatch, world: maps.Page, tmp_path: Path
) -> None:
    monkeypatch.setattr("geoplan.maps.officer.MOST_LOTS", 50)
    found = maps.officer_maps(world)
    (tmp_path / "map_01879.html").write_text(found["map_01879.html"], encoding="utf-8")
    watched = opened(found["map.html"])
    page = watched.page
    page.evaluate("() => geoplan.show(geoplan.features.lots[0])")
    popup = page.locator(".leaflet-popup")
    assert "lô gộp lại" in popup.inner_text()
    assert popup.get_by_role("link", name="Mở bản đồ").get_attribute("href") in found
    page.locator("#tab-layers").click()
    page.get_by_role("link", name="Cao Minh", exact=True).click()
    page.wait_for_selector("body.ready")
    assert page.url.endswith("/map_01879.html")
    watched.clean()


def test_five_thousand_lots_draw(opened: Open) -> None:
    page_ = replace(page_of(), lots=lots_of(5000, 18_000.0, 12.0, ["01879", "02026"]))
    watched = opened(maps.officer_map(page_))
    assert watched.page.evaluate("() => geoplan.features.lots.length") == 5000
    watched.clean()


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_a_page_of_borders_alone_works(opened: Open, world: maps.Page, width: int, height: int) -> None:
    bare = maps.Page("Xã", world.as_of, False, "0.1.0", VN2000, world.communes)
    watched = opened(maps.officer_map(bare), width, height)
    page = watched.page
    click_map(page, 0.5, 0.5)
    assert page.locator(".leaflet-popup").is_visible()
    for tab in ("targets", "figures", "layers", "marking", "notes"):
        page.evaluate(f"() => geoplan.openTab('{tab}', true)")
    watched.clean()
