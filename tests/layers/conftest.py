"""A small world a person can check by hand: squares of 100 m in VN-2000, one hectare each, in the middle of Cao Minh."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
from shapely.geometry import Polygon, box

from geoplan import crs, layers
from geoplan.errors import InputError
from geoplan.layers import Layer, LayerSpec

WEST, SOUTH = 430_000.0, 2_455_000.0
VN = crs.parse("EPSG:9213")


def square(column: float, row: float, size: float = 100.0) -> Polygon:
    """A square of `size` metres whose corner is so many hundreds of metres east and north."""
    x, y = WEST + 100.0 * column, SOUTH + 100.0 * row
    return box(x, y, x + size, y + size)


def lots(n: int = 4, **columns: Any) -> gpd.GeoDataFrame:
    """A row of lots of one hectare, with the fields that count."""
    table = {
        "id": list(range(1, n + 1)),
        "maxa": [1879] * n,
        "tk": ["101"] * n,
        "khoanh": ["1"] * n,
        "lo": [f"a{i}" for i in range(n)],
        "ldlr": ["TXB"] * n,
        "dtich": [1.0] * n,
        "nggocr": [1] * n,
        "thanhrung": [1] * n,
        "namtr": [0] * n,
        **columns,
    }
    shapes = table.pop("geometry", [square(i, 0) for i in range(n)])
    return gpd.GeoDataFrame(pd.DataFrame(table), geometry=gpd.GeoSeries(shapes, crs="EPSG:9213"))


def zones(**columns: Any) -> gpd.GeoDataFrame:
    """Two conversion zones of one hectare."""
    table = {"zone_id": ["V1", "V2"], "from_crop": ["rice", "maize"], "to_group": ["annual", "forest"], **columns}
    shapes = table.pop("geometry", [square(0, 0), square(2, 0)])
    return gpd.GeoDataFrame(table, geometry=gpd.GeoSeries(shapes, crs="EPSG:9213"))


def communes() -> gpd.GeoDataFrame:
    """Two communes of 100 ha side by side."""
    return gpd.GeoDataFrame(
        {"unit_code": ["01879", "02026"], "name": ["Cao Minh", "Nam Cường"], "area_official_ha": [100.0, 100.0]},
        geometry=gpd.GeoSeries([square(0, 0, 1000), square(10, 0, 1000)], crs="EPSG:9213"),
    )


class World:
    """A project folder; `read` proves each time that no input file changed."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def write(self, frame: gpd.GeoDataFrame, name: str = "layer.gpkg", **options: Any) -> Path:
        path = self.root / name
        driver = {".gpkg": "GPKG", ".shp": "ESRI Shapefile", ".geojson": "GeoJSON"}[path.suffix]
        frame.to_file(path, driver=driver, **options)
        return path

    def read(self, role: str, path: Path, **spec: Any) -> Layer:
        before = self.digests()
        try:
            return layers.read(LayerSpec(role, path, path.name, **spec), VN, self.root)
        finally:
            assert self.digests() == before, "an input file was changed"

    def refused(self, role: str, path: Path, **spec: Any) -> InputError:
        with pytest.raises(InputError) as caught:
            self.read(role, path, **spec)
        return caught.value

    def digests(self) -> dict[str, str]:
        return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in self.root.rglob("*") if p.is_file()}


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


@pytest.fixture
def made() -> Callable[..., gpd.GeoDataFrame]:
    return lots
