"""The faults that tests of others do to images: each does what it says and no more."""

from pathlib import Path

import numpy as np
import pytest
import rasterio
from affine import Affine

from geoplan.demo.files import write_text
from geoplan.demo.scene import faults

DAYS = [f"20{year}-{month:02d}-15" for year in (24, 25) for month in range(1, 13)]


@pytest.fixture
def images(tmp_path: Path) -> Path:
    """Two years of monthly dates, 8 x 8 pixels."""
    rng = np.random.default_rng(1)
    for day in DAYS:
        (tmp_path / day).mkdir()
        for name, side in (("B02", 8), ("B04", 8), ("B08", 8), ("B11", 4), ("B12", 4), ("SCL", 4)):
            kind = "uint8" if name == "SCL" else "uint16"
            values = rng.integers(1, 7 if name == "SCL" else 5000, (side, side)).astype(kind)
            metres = 80.0 / side
            grid = Affine(metres, 0.0, 574000.0, 0.0, -metres, 2474000.0)
            with rasterio.open(
                tmp_path / day / f"{name}.tif",
                "w",
                driver="GTiff",
                width=side,
                height=side,
                count=1,
                dtype=kind,
                crs="EPSG:32648",
                transform=grid,
                nodata=0,
            ) as out:
                out.write(values, 1)
        write_text(tmp_path / day / "scene.toml", 'baseline = "05.09"\noffset = -1000\n')
    return tmp_path


def band(images: Path, day: str, name: str = "B08") -> np.ndarray:
    with rasterio.open(images / day / f"{name}.tif") as held:
        return held.read(1)


def test_misregistered_dates_move_by_one_pixel_of_twenty_metres(images: Path) -> None:
    before = {day: band(images, day) for day in DAYS}
    coarse = {day: band(images, day, "B11") for day in DAYS}
    touched = faults.misregistered(images, share=0.25, seed=3)
    assert len(touched) == 6
    for day in DAYS:
        same = (band(images, day) == before[day]).all()
        assert same == (day not in touched)
    day = touched[0]
    shifts = [
        (r, c)
        for r in (-1, 1)
        for c in (-1, 1)
        if (np.roll(coarse[day], (r, c), (0, 1)) == band(images, day, "B11")).all()
    ]
    assert len(shifts) == 1
    assert (np.roll(before[day], (2 * shifts[0][0], 2 * shifts[0][1]), (0, 1)) == band(images, day)).all()


def test_weeks_and_looks_that_are_missing(images: Path) -> None:
    assert faults.without_weeks(images, "2025-01-01", "2025-02-28") == ["2025-01-15", "2025-02-15"]
    gone = faults.thinned(images, 4)
    left = sorted(path.name for path in images.iterdir())
    assert [sum(day.startswith(year) for day in left) for year in ("2024", "2025")] == [4, 4]
    assert len(gone) == 14
    assert "2024-01-15" in left
    assert "2025-12-15" in left


def test_offset_left_in(images: Path) -> None:
    assert faults.offset_left_in(images) == DAYS
    assert (images / DAYS[0] / "scene.toml").read_text(encoding="utf-8") == 'baseline = "05.09"\noffset = 0\n'
    assert faults.offset_left_in(images) == []


def test_offset_left_in_and_lied_about(images: Path) -> None:
    faults.offset_left_in(images, lied=True)
    assert (images / DAYS[0] / "scene.toml").read_text(encoding="utf-8") == 'baseline = "03.01"\noffset = 0\n'


def test_swapped_bands(images: Path) -> None:
    red, nir = band(images, DAYS[3], "B04"), band(images, DAYS[3], "B08")
    faults.swapped(images)
    assert (band(images, DAYS[3], "B04") == nir).all()
    assert (band(images, DAYS[3], "B08") == red).all()


def test_another_crs_and_eight_bits(images: Path) -> None:
    before = band(images, DAYS[0])
    faults.in_crs(images, "EPSG:32647")
    with rasterio.open(images / DAYS[0] / "SCL.tif") as held:
        assert held.crs.to_epsg() == 32647
    assert (band(images, DAYS[0]) == before).all()
    faults.as_uint8(images)
    assert band(images, DAYS[0]).dtype == np.uint8
    assert (band(images, DAYS[0]) == np.clip(before / 40.0, 0, 255).astype(np.uint8)).all()
