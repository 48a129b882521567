"""One demo project for all tests of the room."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest

from geoplan import demo


@dataclass(frozen=True)
class Project:
    """A made project: its folder, its layers by file name, its truth."""

    folder: Path
    truth: dict[str, Any]

    def layer(self, name: str) -> gpd.GeoDataFrame:
        return gpd.read_file(self.folder / "layers" / f"{name}.gpkg")

    def figures(self, name: str, unit_code: str = "99901") -> dict[str, Any]:
        return next(row for row in self.truth[name] if row["unit_code"] == unit_code)


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    folder = tmp_path_factory.mktemp("demo") / "xa_mau"
    demo.make(folder)
    return Project(folder, json.loads((folder / "truth.json").read_text(encoding="utf-8")))
