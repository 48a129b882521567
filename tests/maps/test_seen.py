"""What issue 3 adds to the page, in Chromium: charts in cards, households and sites, the handle between two photos."""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from geoplan import maps
from tests.maps.conftest import Watched, page_of
from tests.maps.seen_world import seen_page_of

pytestmark = pytest.mark.browser
Open = Callable[..., Watched]
SIZES = [pytest.param(360, 740, id="phone"), pytest.param(1280, 800, id="desktop")]


@pytest.fixture(scope="module")
def html() -> str:
    return maps.officer_map(seen_page_of())


def popup(page: Any) -> str:
    return str(page.locator(".leaflet-popup-content").last.inner_text())


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_a_zones_card_has_its_series_as_a_chart_made_when_it_opens(
    opened: Open, html: str, width: int, height: int
) -> None:
    watched = opened(html, width, height)
    page = watched.page
    assert page.locator("svg circle.look").count() == 0
    page.evaluate("() => geoplan.show(geoplan.features.zones[0])")
    text = popup(page)
    for wanted in ("Ảnh: Đã chuyển đổi", "hai vụ gần nhất là cây lâu năm", "6,10 ha", "khoảng 5,60 – 6,50 ha", "15/02/2025", "14 lần nhìn rõ"):  # fmt: skip
        assert wanted in text
    looks = seen_page_of().observations
    days = looks.loc[(looks["feature_id"] == "V0") & (looks["index"] == "ndvi"), "seen_on"]
    assert page.locator("svg circle.look.ndvi").count() == len(days)
    assert page.locator("svg circle.look.lswi").count() == len(days)
    for year, n in days.str[:4].value_counts().items():
        assert f"{year}:\u00a0{n}" in text
    said = page.locator(".series svg").get_attribute("aria-label")
    assert re.fullmatch(
        r"Chuỗi ảnh của Nà Lìn – mơ: \d+ lần nhìn rõ từ \d\d/\d\d/2023 đến \d\d/\d\d/2026; .*Ngày kế hoạch: 15/02/2025\.",
        said,
    )
    assert page.locator(".series .plan").count() == 1
    box, card = page.locator(".series svg").bounding_box(), page.locator(".leaflet-popup-content").bounding_box()
    assert card["x"] <= box["x"]
    assert box["x"] + box["width"] <= card["x"] + card["width"] <= width
    page.locator(".seen summary").click()
    page.wait_for_selector(".looks li")
    rows = page.locator(".looks li")
    assert rows.count() == len(days)
    first = min(days)
    assert rows.first.inner_text().startswith(f"{first[8:]}/{first[5:7]}/{first[:4]}")
    watched.clean()


def test_the_chart_stands_where_the_looks_are(opened: Open, html: str) -> None:
    """By hand: the plan day lies between the looks around it; a higher index is higher up; months apart are not joined."""
    page = opened(html).page
    page.evaluate("() => geoplan.show(geoplan.features.zones[3])")
    looks = page.evaluate("() => geoplan.looks('V3').looks")
    ndvi = "() => Array.from(Array.from(document.querySelectorAll('.series')).pop().querySelectorAll('circle.look.ndvi')).map(c => [Number(c.getAttribute('cx')), Number(c.getAttribute('cy'))])"
    points = np.array(page.evaluate(ndvi))
    times, values = np.array([k["time"] for k in looks]), np.array([k["ndvi"] for k in looks])
    assert np.abs(np.corrcoef(times, points[:, 0])[0, 1]) > 0.9999
    assert np.corrcoef(values, points[:, 1])[0, 1] < -0.999
    moves = page.locator("path.index.ndvi").get_attribute("d").count("M")
    assert moves == 1 + int((np.diff(times) > 70 * 86_400_000).sum()) > 1
    assert page.locator(".series .plan").count() == 0
    page.evaluate("() => geoplan.show(geoplan.features.zones[1])")
    points = np.array(page.evaluate(ndvi))
    at = float(page.locator(".series line.plan").last.get_attribute("x1"))
    found = page.evaluate("() => { const f = geoplan.looks('V1'); return [f.planned, f.looks.map(l => l.time)]; }")
    before = np.array(found[1]) < found[0]
    assert points[before, 0].max() < at < points[~before, 0].min()


def test_ground_that_the_law_refuses_is_said_not_to_count(opened: Open) -> None:
    page_ = seen_page_of(30)
    none = dict.fromkeys(("converted_ha", "converting_ha", "not_converted_ha", "unknown_ha"), 0.0)
    page = opened(maps.officer_map(replace(page_, zones=page_.zones.assign(**none)))).page
    page.evaluate("() => geoplan.show(geoplan.features.zones[0])")
    assert "Tính 0,00 ha trên 7,84 ha của vùng: không tính phần luật không cho phép" in popup(page)
    page = opened(maps.officer_map(page_)).page
    page.evaluate("() => geoplan.show(geoplan.features.zones[0])")
    assert "luật không cho phép" not in popup(page)


def test_a_lots_card_says_both_figures_and_that_the_official_one_stands(opened: Open, html: str) -> None:
    watched = opened(html)
    page = watched.page
    lots = seen_page_of().lots
    row = int(np.flatnonzero(lots["agreement"] == "official_only")[0])
    page.evaluate(f"() => geoplan.show(geoplan.features.lots[{row}])")
    lot, text = lots.iloc[row], popup(page)
    pairs = "() => { const l = Array.from(document.querySelectorAll('.seen .facts')).pop(); return Array.from(l.querySelectorAll('dd')).map(d => d.textContent); }"
    figures = (lot["geom_ha"], lot["measured_ha"], lot["difference_ha"], lot["seen_ha"])
    assert page.evaluate(pairs) == [written(ha) for ha in figures]
    for wanted in (
        "Hồ sơ là rừng, ảnh không thấy", "Rừng trồng mới khai thác: ảnh thấy đất trống từ năm 2025",
        "Độ che phủ chính thức không bị sửa theo ảnh.", written(lot["geom_ha"]), written(lot["measured_ha"]), written(lot["difference_ha"]),
    ):  # fmt: skip
        assert wanted in text
    watched.clean()


def written(ha: float) -> str:
    return f"{ha:.{2 if abs(ha) < 10 else 1}f} ha".replace(".", ",")


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_households_and_sites_are_drawn_found_and_told(opened: Open, html: str, width: int, height: int) -> None:
    watched = opened(html, width, height)
    page = watched.page
    page.fill("#query", "h005")
    page.keyboard.press("Enter")
    text = popup(page)
    for wanted in ("Hộ H005", "Có nguy cơ", "Sườn dốc trên 25° ngay phía trên nhà.", "Đã khảo sát", "947 m", "cao", "kiểm tra tại chỗ"):  # fmt: skip
        assert wanted in text
    page.fill("#query", "S2")
    page.keyboard.press("Enter")
    text = popup(page)
    for wanted in ("Điểm tái định cư S2", "Có điều kiện", "Quy hoạch", "14 hộ", "19 hộ", "120 m", "cần san nền"):
        assert wanted in text
    watched.clean()


def test_each_verdict_has_its_own_shape_on_the_map(opened: Open, html: str) -> None:
    """Households are told apart without colour; switched off, they are gone and not found by a click."""
    watched = opened(html)
    page = watched.page
    page.evaluate("() => { geoplan.state.labels = false; }")
    shapes = page.evaluate("() => geoplan.data.classes.place_verdict.map(c => { const s = geoplan.symbol(c).firstChild; return s.tagName + (s.getAttribute('points') || '').split(' ').length; })")  # fmt: skip
    assert sorted(shapes) == ["circle1", "path1", "polygon3", "polygon4", "polygon4"]
    colour = "() => { const f = geoplan.features.households.find(h => geoplan.classOf(h, 'place_verdict') === 'at_risk'); const a = geoplan.anchor(f), p = geoplan.lonlat(a[0], a[1]); geoplan.map.setView([p[1], p[0]], 16, {animate: false}); return p; }"
    place = page.evaluate(colour)
    inked = "() => { const c = document.querySelector('.leaflet-plan-pane canvas'), x = c.getContext('2d'), b = c.getBoundingClientRect(), s = document.getElementById('stage').getBoundingClientRect(), k = c.width / b.width; return Array.from(x.getImageData((s.x + s.width / 2 - b.x) * k, (s.y + s.height / 2 - b.y) * k, 1, 1).data); }"
    assert page.evaluate(inked)[:3] == [0xA3, 0x12, 0x3F]
    page.locator("#tab-layers").click()
    page.locator("input[name=households]").uncheck()
    page.wait_for_timeout(60)
    assert page.evaluate(inked)[:3] != [0xA3, 0x12, 0x3F]
    assert page.evaluate("p => geoplan.at(p[0], p[1]).filter(f => f.layer === 'households').length", place) == 0
    watched.clean()


def test_many_households_at_one_place_are_counted_not_listed(opened: Open) -> None:
    page_ = seen_page_of(30)
    crowd = page_.places[page_.places["place_kind"] == "household"].head(9)
    middle = page_.communes.geometry.iloc[0].representative_point()
    crowd = crowd.set_geometry([middle] * len(crowd), crs=crowd.crs)
    watched = opened(maps.officer_map(replace(page_, places=crowd)))
    watched.page.evaluate("() => geoplan.show(geoplan.features.households[7])")
    text = popup(watched.page)
    assert text.count("Hộ H") == 4
    assert text.startswith("Hộ H007")
    assert "Còn 5 hộ nữa ở gần" in text
    watched.clean()


def test_the_legend_counts_places_as_the_table(opened: Open, html: str) -> None:
    page = opened(html).page
    rows = page.locator("#legend .pairs li")
    said = [re.sub(r"\s+", " ", row.inner_text()) for row in rows.all()]
    assert said == [
        "Có nguy cơ 7", "Có điều kiện 6", "An toàn 11", "Đã di dời 10", "Chưa rõ 6",  # households: the table's, moved apart
        "Có nguy cơ 1", "Có điều kiện 1", "An toàn 1",
    ]  # fmt: skip


def test_the_legend_of_what_images_say_has_the_tables_hectares(opened: Open, html: str) -> None:
    watched = opened(html)
    page = watched.page
    page.locator("#legend input[value=verdict_seen]").check(force=True)
    rows = page.locator(".legend-rows").nth(1).locator("li")
    said = {row.locator(".name").inner_text(): row.locator(".ha").inner_text() for row in rows.all()}
    assert said == {"Đã chuyển đổi": "6,10 ha", "Đang chuyển": "12,9 ha", "Chưa chuyển": "11,8 ha", "Chưa rõ": "11,4 ha",
                    "Phải xem tại ruộng": "1 vùng", "Chưa đủ dữ liệu": "1 vùng"}  # fmt: skip
    assert page.evaluate("() => geoplan.state.zones") == "verdict_seen"
    watched.clean()


def left_edge(page: Any) -> float:
    """Where the left photo is cut, in pixels of the stage."""
    return float(page.evaluate(
        "() => { const p = geoplan.map.getPane('before').style.clipPath.match(/-?[\\d.]+px/g).map(parseFloat); return geoplan.map.layerPointToContainerPoint([p[2], p[3]]).x; }"
    ))  # fmt: skip


def swiping(page: Any) -> None:
    page.locator("#tab-layers").click()
    page.locator("label", has_text="So ảnh trước – sau").click()
    if page.evaluate("() => geoplan.narrow()"):
        page.locator("#tab-layers").click()


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_the_handle_moves_by_key_and_by_hand(opened: Open, html: str, width: int, height: int) -> None:
    watched = opened(html, width, height)
    page = watched.page
    assert page.locator("#swipe").count() == 0
    assert page.locator("img.photo").count() == 0
    swiping(page)
    assert page.locator("img.photo").count() == 2
    stage = page.locator("#stage").bounding_box()
    grip = page.locator("#swipe .grip")
    assert min(grip.bounding_box()[side] for side in ("width", "height")) >= 44
    start = left_edge(page)
    grip.focus()
    for key, step in (("ArrowRight", 0.02), ("ArrowRight", 0.04), ("ArrowLeft", 0.02), ("PageDown", -0.08)):
        page.keyboard.press(key)
        assert left_edge(page) == pytest.approx(start + step * stage["width"], abs=1.5)
    page.keyboard.press("Home")
    assert left_edge(page) == pytest.approx(28, abs=1)
    page.keyboard.press("End")
    legend = page.locator("#legend").bounding_box()
    assert left_edge(page) == pytest.approx((legend["x"] if width > 700 else width) - stage["x"] - 28, abs=28)
    assert grip.get_attribute("aria-valuenow") == str(round(100 * left_edge(page) / stage["width"]))
    free = "() => { const b = document.querySelector('.grip').getBoundingClientRect(); return Boolean(document.elementFromPoint(b.x + 24, b.y + 24).closest('.grip')); }"
    assert page.evaluate(free)
    box = grip.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2 - 4, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(stage["x"] + 0.5 * stage["width"], box["y"], steps=4)
    page.mouse.move(stage["x"] + 0.4 * stage["width"], box["y"])
    page.mouse.up()
    assert left_edge(page) == pytest.approx(0.4 * stage["width"], abs=1)
    page.evaluate("() => geoplan.map.panBy([60, 30], {animate: false})")
    assert left_edge(page) == pytest.approx(0.4 * stage["width"], abs=1)
    texts = page.locator("#swipe").inner_text()
    assert "07/2023 – 06/2024" in texts
    assert "07/2025 – 06/2026" in texts
    assert "lô rừng chỉ vẽ viền" in page.locator("#legend-body").text_content()
    page.evaluate("() => geoplan.setOverlay('relief')")
    assert page.locator("#swipe, img.photo").count() == 0
    watched.clean()


def test_a_finger_drags_the_handle(opened: Open, html: str) -> None:
    watched = opened(html, 360, 740)
    page = watched.page
    swiping(page)
    before = left_edge(page)
    box = page.locator("#swipe .grip").bounding_box()
    x, y = box["x"] + 24, box["y"] + 24
    finger = page.context.new_cdp_session(page)
    for kind, at in (("touchStart", x), ("touchMove", x + 20), ("touchMove", x + 50), ("touchEnd", None)):
        points = [] if at is None else [{"x": at, "y": y}]
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    assert left_edge(page) == pytest.approx(before + 50, abs=1.5)
    watched.clean()


def test_paper_shows_the_later_photo_alone(opened: Open, html: str) -> None:
    watched = opened(html)
    page = watched.page
    page.evaluate("() => geoplan.setOverlay('swipe')")
    page.emulate_media(media="print")
    page.evaluate("() => window.dispatchEvent(new Event('beforeprint'))")
    shown = page.evaluate(
        "() => Array.from(document.querySelectorAll('img.photo')).filter(i => i.offsetParent || i.getClientRects().length).map(i => i.alt)"
    )
    assert shown == ["07/2025 – 06/2026"]
    assert not page.locator("#swipe").is_visible()
    assert "07/2025 – 06/2026" in page.locator("#legend").inner_text()
    assert "07/2023 – 06/2024" not in page.locator("#legend").inner_text()
    watched.clean()


@pytest.mark.parametrize("overlay", ["relief", "measured_cover", "swipe"])
def test_the_legend_fits_on_paper(opened: Open, html: str, overlay: str) -> None:
    page = opened(html).page
    page.evaluate(
        f"() => {{ geoplan.state.colour = 'agreement'; geoplan.state.zones = 'verdict_seen'; geoplan.setOverlay('{overlay}'); }}"
    )
    page.emulate_media(media="print")
    page.evaluate("() => window.dispatchEvent(new Event('beforeprint'))")
    over = page.evaluate(
        "() => { const l = document.getElementById('legend'); return l.scrollHeight - l.clientHeight; }"
    )
    assert over <= 0


def test_made_up_percentages_in_reasons_say_so(opened: Open) -> None:
    page_ = seen_page_of(30)
    zones = page_.zones.assign(seen_reasons=[("Thấy rõ 62 % diện tích vùng.",)] * len(page_.zones))
    page = opened(maps.officer_map(replace(page_, zones=zones))).page
    page.evaluate("() => geoplan.show(geoplan.features.zones[0])")
    assert "62 % (giả lập)" in popup(page)


def test_a_page_without_images_has_nothing_of_them(opened: Open) -> None:
    watched = opened(maps.officer_map(page_of(40)))
    page = watched.page
    text = page.evaluate(
        "() => document.getElementById('legend').textContent + document.getElementById('panel').textContent"
    )
    for word in ("So ảnh", "Thấy từ ảnh", "Đối chiếu ảnh", "Hộ dân", "tái định cư"):
        assert word not in text
    page.evaluate("() => geoplan.show(geoplan.features.zones[0])")
    assert page.locator(".seen").count() == 0
    watched.clean()


def test_english_has_every_word_of_the_new_cards(opened: Open) -> None:
    watched = opened(maps.officer_map(seen_page_of(30), "en"))
    page = watched.page
    page.evaluate(
        "() => { for (const name of ['zones', 'lots', 'households', 'sites']) geoplan.features[name].forEach(f => geoplan.show(f)); geoplan.setOverlay('swipe'); }"
    )
    page.evaluate("() => geoplan.show(geoplan.features.zones[0])")
    assert "Images: Converted" in popup(page)
    assert "2025-02-15" in popup(page)
    watched.clean()
