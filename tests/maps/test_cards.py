"""Target cards in Chromium: of which day a value is, and when it is due."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from geoplan import maps
from tests.maps.conftest import Watched, standing

pytestmark = pytest.mark.browser
Open = Callable[..., Watched]


@pytest.mark.parametrize("media", ["screen", "print"])
def test_a_card_tells_the_due_year_from_the_day_of_the_value(opened: Open, world: maps.Page, media: str) -> None:
    """A level of 2030 is judged today; gains are of their own year."""
    unit = ("01879", "Cao Minh")
    given: dict[str, dict[str, Any]] = {
        "level": {},
        "yearly": {"mode": "yearly", "from_year": 2026},
        "gone": {"mode": "yearly", "from_year": 2024, "to_year": 2025, "year": 2025},
        "ended": {"mode": "cumulative", "from_year": 2021, "to_year": 2025, "year": 2025},
        "sum": {"mode": "cumulative", "from_year": 2026},
    }
    standings = [
        standing(name, unit, "planted", 58, "ha", "not_due", actual=4.5, **more) for name, more in given.items()
    ]
    watched = opened(maps.officer_map(replace(world, standings=standings)))
    if media == "print":
        watched.page.emulate_media(media="print")
        watched.page.evaluate("() => window.dispatchEvent(new Event('beforeprint'))")
    cards = [card.inner_text() for card in watched.page.locator("#body-targets .target").all()]
    wanted = [
        ("Cao Minh · đến hết năm 2030", "số liệu ngày 30/06/2026"),
        ("Cao Minh · mỗi năm 2026–2030", "số liệu năm 2026, đến ngày 30/06/2026"),
        ("Cao Minh · mỗi năm 2024–2025", "số liệu năm 2025"),
        ("Cao Minh · cộng dồn 2021–2025", "số liệu đến hết năm 2025"),
        ("Cao Minh · cộng dồn 2026–2030", "số liệu ngày 30/06/2026"),
    ]
    assert len(cards) == len(wanted)
    for text, (due, of) in zip(cards, wanted, strict=True):
        lines = text.splitlines()
        assert due in lines
        assert of in lines
        assert "Chưa đến hạn" in text
    watched.clean()
