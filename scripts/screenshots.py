"""Take the standard pictures of a map: ``python scripts/screenshots.py DIR_OF_MAP OUT``.

Opens ``map.html`` of a folder in Debian's Chromium with the network off and writes PNG files: desktop and phone, popup,
legend by each colouring, drawing, panel tabs, and the print PDF (its pages as PNG where pdftoppm is there).
"""

import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

ARGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
ASK = "() => ({width: geoplan.map.getSize().x, height: geoplan.map.getSize().y})"
ZONE = "() => { const f = geoplan.features.zones[1] || geoplan.features.lots[0]; if (f) geoplan.show(f); }"
RING = [(0.38, 0.40), (0.60, 0.36), (0.66, 0.55), (0.50, 0.66), (0.36, 0.58)]


def main(folder: Path, out: Path) -> None:
    """Take every picture."""
    out.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=ARGS)
        for name, width, height in (("desktop", 1280, 800), ("phone", 360, 740)):
            context = browser.new_context(
                viewport={"width": width, "height": height},
                has_touch=name == "phone",
                offline=True,
                device_scale_factor=2 if name == "phone" else 1,
            )
            page = context.new_page()
            page.on("pageerror", lambda error: print("page error:", error))
            page.on("console", lambda message: print("console:", message.text))
            start = time.perf_counter()
            page.goto((folder / "map.html").resolve().as_uri())
            page.wait_for_selector("body.ready")
            print(f"{name}: drawn after {time.perf_counter() - start:.2f} s")
            pictures(page, name, out)
            context.close()
        browser.close()


def pictures(page: Any, name: str, out: Path) -> None:
    """The standard views of one width."""

    def take(what: str) -> None:
        page.wait_for_timeout(350)
        page.screenshot(path=out / f"{name}-{what}.png")

    take("01-start")
    for way in ("use", "gap_role", "agreement", "verdict_seen"):
        page.evaluate("() => { document.getElementById('legend').open = true; }")
        if page.locator(f"#legend input[value={way}]").count():
            page.locator(f"#legend input[value={way}]").check(force=True)
            take(f"02-{way}")
    page.evaluate(f"() => {{ document.getElementById('legend').open = {str(name == 'desktop').lower()}; }}")
    for tab in ("targets", "figures", "layers", "notes"):
        page.locator(f"#tab-{tab}").click()
        take(f"03-{tab}")
    beneath(page, name, take)
    if name == "phone":
        page.locator("#tab-notes").click()
    page.evaluate(ZONE)
    take("04-popup")
    page.evaluate("() => geoplan.map.closePopup()")
    page.fill("#query", "kh")
    take("05-search")
    page.fill("#query", "")
    page.keyboard.press("Escape")
    draw(page)
    take("06-drawing")
    page.locator("#sketch .finish").click()
    take("07-marked")
    if name == "desktop":
        page.pdf(path=out / "print.pdf", prefer_css_page_size=True, print_background=True)
        if shutil.which("pdftoppm"):
            subprocess.run(["pdftoppm", "-r", "70", "-png", out / "print.pdf", out / "print"], check=True)


def beneath(page: Any, name: str, take: Callable[[str], None]) -> None:
    """Every picture beneath the vectors, the swipe last; then none again."""
    choices = page.locator("#panel input[name=beneath]")
    for number in range(1, choices.count() + 1):
        page.locator("#tab-layers").click()
        choices.nth(number % choices.count()).check(force=True)
        if name == "phone":
            page.locator("#tab-layers").click()
        if number < choices.count():
            take(f"08-beneath-{number}")
    if name == "phone":
        page.locator("#tab-notes").click()


def draw(page: Any) -> None:
    """Tap a ring of points on the map."""
    page.evaluate("() => geoplan.beginMark()")
    size, box = page.evaluate(ASK), page.locator("#stage").bounding_box()
    for x, y in RING:
        page.mouse.click(box["x"] + x * size["width"], box["y"] + y * size["height"])
        page.wait_for_timeout(60)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(Path(sys.argv[1]), Path(sys.argv[2]))
