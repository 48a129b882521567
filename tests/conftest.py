"""What many tests share: the demo project, made once."""

from pathlib import Path

import pytest

from geoplan import demo


@pytest.fixture(scope="session")
def demo_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo project's folder. Tests read it; who writes takes a copy."""
    return demo.make(tmp_path_factory.mktemp("demo") / "xa").parent
