"""A page for each message key, and none that the catalogue does not say."""

import sys
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).parents[1] / "scripts"


def test_pages_are_what_the_catalogue_says(monkeypatch: pytest.MonkeyPatch) -> None:
    """If this fails, run `python scripts/message_pages.py`."""
    monkeypatch.syspath_prepend(str(SCRIPTS))
    import message_pages

    assert message_pages.stale() == []
    assert set(message_pages.problems()) == {path.stem for path in message_pages.PAGES.glob("*.md")} - {"README"}
    assert "message_pages" in sys.modules
