"""What many tests share: the demo project, made once, and one browser."""

from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from geoplan import demo, open_project
from geoplan.runs import Run, survey

CHROMIUM = Path("/usr/bin/chromium")
ARGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip


@pytest.fixture(scope="session")
def demo_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo project's folder. Tests read it; who writes takes a copy."""
    return demo.make(tmp_path_factory.mktemp("demo") / "xa").parent


@pytest.fixture(scope="session")
def scene_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo project with its four years of images. Tests read it; who writes takes a copy."""
    return demo.make(tmp_path_factory.mktemp("scene") / "xa", images=True).parent


@pytest.fixture(scope="session")
def scene_stacks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the images of `scene_folder` are made ready, once for all tests."""
    return tmp_path_factory.mktemp("stacks")


@pytest.fixture(scope="session")
def scene_run(scene_folder: Path, scene_stacks: Path) -> Run:
    """The run over `scene_folder`."""
    return survey(open_project(scene_folder), stacks=scene_stacks)


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Debian's chromium, one for all tests: playwright's loop runs only once in a process."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: pip install -e .[dev]")
    if not CHROMIUM.exists():
        pytest.skip("no /usr/bin/chromium on this machine: apt-get install chromium")
    if not (files("geoplan.maps") / "assets" / "leaflet.js").is_file():
        pytest.skip("the front-end assets were not gathered: python hatch_build.py makes them")
    with sync_api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGS)
        yield chromium
        chromium.close()
