"""The page of problems in Chromium with the network off: list, map, filters, nothing of a stranger's runs."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely

from geoplan.maps.problems import MOST_VERTICES, Issue, Sheet, drawn, problem_page
from geoplan.messages import Spoken
from tests.intake.conftest import call
from tests.intake.test_import import BOW_TIE
from tests.layers.conftest import lots, square

Open = Callable[..., Any]
HOSTILE = '</script><img src=x onerror="window.hacked=1">${window.hacked=1}`\'"<svg onload=window.hacked=1>&#60;\u2028'


def array(*shapes: Any) -> Any:
    found = np.empty(len(shapes), dtype=object)
    found[:] = shapes
    return found


def said(found: str, fix: str = "Sửa lại.") -> Spoken:
    return Spoken("layer.x", "a.gpkg", found, fix)


def sheets() -> list[Sheet]:
    """Three lots of which the second is broken and the third has no shape; a file that could not be opened."""
    shapes = array(square(0, 0), BOW_TIE, None)
    mended = array(square(0, 0), shapely.make_valid(BOW_TIE), None)
    issues = [
        Issue("error", said("Hình bị lỗi."), (1,), ("L9",)),
        Issue("warning", said("Không có hình."), (2,)),
        Issue("mended", said("Đã sửa."), (1,)),
    ]
    first = Sheet(
        "rung.shp", [("Số dòng", "3")], [("id", "lot_id", "", "")], ("L1", "L2", "L3"), shapes, mended, True, issues
    )
    return [first, Sheet("hong.shp", issues=[Issue("error", said("Tệp bị hỏng."))])]


def page(**more: Any) -> str:
    return problem_page("Kiểm tra", "2 lỗi", sheets(), ground=array(square(0, 0, 1000)), **more)


def colours(watched: Any) -> set[tuple[int, int, int]]:
    """Colours on the canvas."""
    pixels = watched.page.evaluate(
        """() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => {
          const c = document.querySelector('canvas'), d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data, seen = new Set();
          for (let i = 0; i < d.length; i += 4) { seen.add(d[i] + ',' + d[i + 1] + ',' + d[i + 2]); }
          done([...seen]);
        })))"""
    )
    return {tuple(map(int, p.split(","))) for p in pixels}


RED, BLUE = (156, 28, 59), (31, 95, 153)


@pytest.mark.parametrize("width", [360, 1280])
def test_the_page_shows_every_problem_and_fits(opened: Open, width: int) -> None:
    watched = opened(page(), width=width)
    texts = watched.page.locator(".issue").all_inner_texts()
    assert len(texts) == 4
    assert all("Cách sửa" in text or "Nên xem lại" in text for text in texts)
    assert watched.page.evaluate("() => document.documentElement.scrollWidth <= window.innerWidth")
    small = watched.page.evaluate(
        """() => [...document.querySelectorAll('.tools button, .filter, .head, .modes button, summary, select')]
          .filter(b => b.offsetParent && b.getBoundingClientRect().height < 43.5).length"""
    )
    assert small == 0
    watched.clean()


def test_a_click_zooms_to_the_feature_and_colours_it(opened: Open) -> None:
    watched = opened(page())
    assert RED in colours(watched), "features with problems are seen before anything is clicked"
    watched.page.click("#i0-0 .head")
    assert RED in colours(watched)
    before = watched.page.inner_text(".scale")  # read after a redraw: `colours` waits for one
    assert BLUE not in colours(watched)
    watched.page.click("#i0-2 .head")
    assert BLUE in colours(watched)
    assert RED not in colours(watched)
    watched.page.click("[title='Xem toàn lớp']")
    colours(watched)
    assert watched.page.inner_text(".scale") != before
    watched.clean()


def test_features_without_a_place_are_listed(opened: Open) -> None:
    watched = opened(page())
    watched.page.click("#i0-0 details summary")
    assert "L9" in watched.page.inner_text("#i0-0 details")
    assert watched.page.locator("#i0-1 .chips button").count() == 0
    assert watched.page.inner_text("#i0-1 .chips span") == "L3"
    watched.page.click("#i0-1 .head")
    assert "không có vị trí" in watched.page.inner_text("#told")


def test_before_and_after_differ(opened: Open) -> None:
    watched = opened(page())
    watched.page.click("#i0-2 .head")
    shot = watched.page.locator("canvas").screenshot()
    watched.page.click("[data-mode=after]")
    watched.page.wait_for_timeout(60)
    assert watched.page.get_attribute("[data-mode=after]", "aria-pressed") == "true"
    first = watched.page.evaluate(
        "() => JSON.parse(document.getElementById('geoplan-data').textContent).sheets[0].after.rows"
    )
    assert first == [1]
    assert watched.page.locator("canvas").screenshot() != shot


def test_filters_hide_kinds_and_files(opened: Open) -> None:
    watched = opened(page())
    watched.page.click(".filter.error")
    assert watched.page.locator(".issue:visible").count() == 2
    for kind in ("mended", "warning"):
        watched.page.click(f".filter.{kind}")
    assert watched.page.locator(".issue:visible").count() == 0
    assert watched.page.locator(".sifted:visible").count() == 2, "a list that is all hidden says so"
    for kind in ("error", "mended", "warning"):
        watched.page.click(f".filter.{kind}")
    assert watched.page.locator(".sifted:visible").count() == 0
    watched.page.select_option("select", label="hong.shp")
    assert watched.page.locator(".issue:visible").count() == 1
    assert "Chưa vẽ được" in watched.page.inner_text(".empty")


def test_a_feature_on_the_map_tells_its_problems(opened: Open) -> None:
    watched = opened(page())
    watched.page.click("#i0-0 .head")
    box = watched.page.locator("canvas").bounding_box()
    watched.page.mouse.click(box["x"] + box["width"] / 2 - 60, box["y"] + box["height"] / 2)
    assert "L2" in watched.page.inner_text(".card") or "L1" in watched.page.inner_text(".card")


def test_the_keyboard_moves_and_zooms(opened: Open) -> None:
    watched = opened(page())
    watched.page.focus("canvas")
    before = watched.page.inner_text(".scale")
    for key in ("+", "+", "ArrowLeft", "ArrowUp"):
        watched.page.keyboard.press(key)
    watched.page.wait_for_timeout(60)
    assert watched.page.inner_text(".scale") != before
    watched.clean()


def test_no_text_of_a_file_runs(opened: Open) -> None:
    shapes = array(square(0, 0))
    hostile = Sheet(
        HOSTILE, [(HOSTILE, HOSTILE)], [(HOSTILE,) * 4], (HOSTILE,), shapes, array(BOW_TIE), True,
        [Issue("error", said(HOSTILE, HOSTILE), (0,), (HOSTILE,)), Issue("mended", said(HOSTILE), (0,))],
    )  # fmt: skip
    watched = opened(problem_page(HOSTILE, HOSTILE, [hostile, hostile]))
    for place in (
        "#i0-0 .head",
        "#i0-0 .chips button",
        "#i0-0 details summary",
        ".about details summary",
        "[data-mode=after]",
    ):
        watched.page.locator(place).first.click()
    box = watched.page.locator("canvas").bounding_box()
    watched.page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    watched.page.wait_for_timeout(50)
    assert watched.page.evaluate("() => window.hacked") is None
    assert watched.page.locator("img, svg[onload]").count() == 0
    assert "onerror" in watched.page.inner_text("h1")
    watched.clean()


def test_the_page_asks_for_nothing_and_allows_no_other_script() -> None:
    text = page(synthetic=True)
    assert not re.search(r"(src|href)=[\"'](?!#|data:)", text)
    assert "default-src 'none'" in text
    assert text == page(synthetic=True)
    assert "GIẢ LẬP" in text
    assert "GIẢ LẬP" not in re.sub(r'"banner":"[^"]*"', "", page())
    assert len(text) < 70_000


def test_any_shape_can_be_drawn() -> None:
    with np.errstate(invalid="ignore"):
        nan = shapely.from_wkt("LINESTRING (0 0, 1 NaN)")
    shapes = array(
        None, shapely.Point(1, 2), shapely.LineString(), nan, shapely.box(0, 0, 1, 1),
        shapely.GeometryCollection([shapely.GeometryCollection([shapely.MultiPoint([[0, 0], [1, 1]])]), shapely.box(0, 0, 2, 2)]),
        shapely.box(1e300, 0, 1.1e300, 1),
    )  # fmt: skip
    found = drawn(shapes, frozenset({4}))
    kinds = {row: [line[0] for line in lines] for row, lines in found["of"].items()}
    assert kinds == {1: [0], 3: [1], 4: [2], 5: [2, 0, 0]}
    json.dumps(found)


def test_a_drawing_is_true_to_a_step() -> None:
    found = drawn(array(square(0, 0), square(3, 4)), frozenset({0}))
    kind, *steps = found["of"][1][0]
    points = np.cumsum(np.array(steps).reshape(-1, 2), axis=0) * found["step"] + found["at"]
    assert kind == 2
    assert np.abs(points.min(axis=0) - np.array(square(3, 4).bounds[:2])).max() <= found["step"]
    assert np.abs(points.max(axis=0) - np.array(square(3, 4).bounds[2:])).max() <= found["step"]


def test_many_vertices_are_drawn_coarser_and_then_not_at_all() -> None:
    angle = np.linspace(0, 2 * np.pi, MOST_VERTICES * 2)
    ring = np.column_stack([np.cos(angle), np.sin(angle)]) * 5000
    found = drawn(array(shapely.Polygon(ring), square(0, 0)), frozenset())
    assert len(found["of"][0][0]) <= 2 * MOST_VERTICES + 1
    assert found["left"] == 0
    noise = np.random.default_rng(1).uniform(0, 5000, (MOST_VERTICES * 2, 2))
    found = drawn(array(shapely.LineString(noise), square(0, 0)), frozenset({1}))
    assert list(found["of"]) == [1]
    assert found["left"] == 1


def test_a_check_page_opens(project: Callable[..., Path], opened: Open) -> None:
    folder = project(lots(3, geometry=[BOW_TIE, square(1, 0), square(2, 0)], dtich=[0.5, 1.0, 1.0]))
    assert call("check", folder).code == 3
    watched = opened((folder / "maps" / "check.html").read_text(encoding="utf-8"))
    watched.page.click(".issue.error .chips button")
    assert RED in colours(watched)
    watched.clean()
