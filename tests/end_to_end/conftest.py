"""One good run of the demo, a copy for each test that spoils it, and Chromium with the network refused."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.world import call, copy_of

WATCH = "window.broken = []; document.addEventListener('securitypolicyviolation', e => window.broken.push(e.violatedDirective + ' ' + e.blockedURI));"


@pytest.fixture
def spoilt(demo_folder: Path, tmp_path: Path) -> Path:
    """A copy of the demo for one test to spoil."""
    return copy_of(demo_folder, tmp_path / "xa")


@pytest.fixture(scope="session")
def good_run(demo_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the demo with the outputs of one run in this process. Read only."""
    folder = copy_of(demo_folder, tmp_path_factory.mktemp("good") / "xa")
    said = call("run", folder)
    assert said.code == 0, said.err
    return folder


@dataclass
class Watched:
    """A page and everything that it asked for or complained about."""

    page: Any
    asked: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    asks_first: list[str] = field(default_factory=list)

    def clean(self) -> None:
        assert [url for url in self.asked if not url.startswith(("data:", "blob:"))] == []
        assert self.errors == []
        assert self.asks_first == [], "a dialogue opened"
        assert self.page.evaluate("() => window.broken") == []
        assert [line for line in self.said if "Content Security Policy" in line or line.startswith("error")] == []


@pytest.fixture
def opened(browser: Any) -> Iterator[Callable[[Path], Watched]]:
    """Open a file as an officer would, with every request but that of the file itself refused and noted."""
    contexts = []

    def open_(path: Path) -> Watched:
        context = browser.new_context(viewport={"width": 1280, "height": 800}, offline=True)
        contexts.append(context)
        context.add_init_script(WATCH)
        watched = Watched(context.new_page())
        address = path.absolute().as_uri()

        def refuse(route: Any) -> None:
            if route.request.url == address:
                route.continue_()
            else:
                watched.asked.append(route.request.url)
                route.abort()

        def dialogue(asked: Any) -> None:
            watched.asks_first.append(asked.message)
            asked.dismiss()

        context.route("**/*", refuse)
        watched.page.on("request", lambda r: None if r.url == address else watched.asked.append(r.url))
        watched.page.on("pageerror", lambda error: watched.errors.append(str(error)))
        watched.page.on("console", lambda message: watched.said.append(f"{message.type}: {message.text}"))
        watched.page.on("dialog", dialogue)
        watched.page.goto(address)
        watched.page.wait_for_selector("body.ready")
        return watched

    yield open_
    for context in contexts:
        context.close()
