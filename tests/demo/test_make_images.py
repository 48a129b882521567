"""The demo with images as a project folder: files, truth, the same bytes; two months of images stand for four years."""

import json
import tomllib
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from pyproj import CRS

from geoplan import demo, layers
from geoplan.demo import scene
from geoplan.layers import LayerSpec
from tests.demo.test_make import digests


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scene, "write_images", partial(scene.write_images, last=date(2022, 8, 20)))
        return demo.make(tmp_path_factory.mktemp("demo") / "xa", images=True).parent


@pytest.fixture(scope="module")
def truth(folder: Path) -> dict[str, Any]:
    return json.loads((folder / "truth.json").read_text(encoding="utf-8"))


def test_project_file_names_what_belongs_to_images(folder: Path) -> None:
    written = tomllib.loads((folder / "geoplan.toml").read_text(encoding="utf-8"))
    assert written["images"] == {"sentinel2": "images/s2"}
    for role in ("samples", "training", "slides"):
        path = written["layers"][role]
        layer = layers.read(LayerSpec(role=role, path=folder / path, shown=path), CRS.from_epsg(9213), folder)
        assert layer.warnings == ()
    assert (folder / written["rasters"]["strata"]).is_file()
    with (
        rasterio.open(folder / "rasters" / "tang_mau.tif") as strata,
        rasterio.open(folder / "rasters" / "lop_phu.tif") as old,
    ):
        assert (strata.transform, strata.shape, strata.crs) == (old.transform, old.shape, old.crs)
        assert set(np.unique(strata.read(1))) == {1, 2, 3}


def test_truth_tells_what_images_show(folder: Path, truth: dict[str, Any]) -> None:
    assert {"forest_seen", "forest_lots", "zones_seen", "events", "scenes", "hazard", "slides_later"} <= set(truth)
    assert [row["day"] for row in truth["scenes"]] == sorted(path.name for path in (folder / "images" / "s2").iterdir())
    with rasterio.open(folder / "truth" / "rung_that.tif") as mask:
        assert set(np.unique(mask.read(1))) == {0, 1}
        assert mask.crs.to_epsg() == 32648
    whole = truth["forest_seen"][0]
    assert 40.0 < whole["forest_pct"] < 65.0
    assert {row["zone_id"] for row in truth["zones_seen"]} == {row["zone_id"] for row in truth["zones"]}


def test_images_change_nothing_of_the_demo_without_them(folder: Path, tmp_path: Path) -> None:
    """And a second make with images has the same bytes as the first."""
    demo.make(tmp_path / "plain")
    plain, with_images = digests(tmp_path / "plain"), digests(folder)
    differing = {name for name, digest in plain.items() if with_images[name] != digest}
    assert differing == {"geoplan.toml", "truth.json"}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scene, "write_images", partial(scene.write_images, last=date(2022, 8, 20)))
        demo.make(tmp_path / "again", images=True)
    assert digests(tmp_path / "again") == with_images
