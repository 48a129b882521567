"""A project of two communes that a person can check by hand, and the command line in this process."""

import hashlib
import io
import json
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest

from geoplan import cli
from tests.layers.conftest import communes, lots
from tests.maps.conftest import opened  # noqa: F401  # the fixture that opens a page in Chromium

PROJECT = """[project]
name = "Xã thử"
as_of = 2026-06-30

[layers]
communes = "layers/communes.gpkg"
forest_lots = "layers/rung.gpkg"
"""


@dataclass(frozen=True)
class Said:
    """What a command left."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        """The one object of ``--json``."""
        assert self.out.count("\n") == 1, self.out[:300]
        made = json.loads(self.out)
        assert isinstance(made, dict)
        return made


def call(*words: str | Path) -> Said:
    """The command in this process: a bug raises, a library's warning fails the test."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        try:
            code = cli.main([str(word) for word in words])
        except SystemExit as leaving:
            code = int(leaving.code or 0)
    return Said(code, out.getvalue(), err.getvalue())


def hashes(folder: Path) -> dict[str, str]:
    """SHA-256 of every file under a folder."""
    return {
        p.relative_to(folder).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest()
        for p in sorted(folder.rglob("*"))
        if p.is_file()
    }


@pytest.fixture
def project(tmp_path: Path) -> Callable[..., Path]:
    """A project folder with the given lots."""

    def made(frame: gpd.GeoDataFrame | None = None, more: str = "") -> Path:
        folder = tmp_path / "xa"
        (folder / "layers").mkdir(parents=True)
        communes().to_file(folder / "layers" / "communes.gpkg")
        (lots() if frame is None else frame).to_file(folder / "layers" / "rung.gpkg")
        (folder / "geoplan.toml").write_text(PROJECT + more, encoding="utf-8")
        return folder

    return made


def tcvn3(text: str) -> str:
    """Text as the bytes of TCVN3, each as one Latin-1 letter: what GDAL writes them from."""
    from geoplan.text import legacy

    table = {legacy.decode(bytes([b]), "tcvn3"): b for b in range(128, 256)}
    return "".join(c if c.isascii() else chr(table[c]) for c in text)
