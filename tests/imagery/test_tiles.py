"""A commune over two tiles: products of one day that lie side by side are one date, and nothing is seen twice."""

from pathlib import Path

import numpy as np
import pytest

from geoplan import imagery, messages
from geoplan.errors import InputError
from geoplan.imagery import Observations, store
from tests.imagery import test_safe as s
from tests.imagery import world as w

WEST_NIR, EAST_NIR = 0.36, 0.33
OVERLAP = 20
"""Pixels of 10 m that both tiles hold: the eastern begins 60 pixels from the western, both are 80 wide."""


def tile(
    folder: Path, name: str, east: float, nir: float, monkeypatch: pytest.MonkeyPatch, day: str = "20240105"
) -> Path:
    """A product of a tile that begins so many metres east of the world's edge."""
    stamp = f"{name}_{day}T032121"
    with monkeypatch.context() as moved:
        moved.setattr(w, "WEST", w.WEST + east)
        moved.setitem(s.REFLECTANCE, "B08", nir)
        made = s.product(folder, s.NAME.replace("T48QXJ", name).replace("20240105", day), stamp)
    s.changed(
        s.tile(made),
        "<ULX>500000</ULX><ULY>2456000</ULY><XDIM>10",
        f"<ULX>{500000 + east:.0f}</ULX><ULY>2456000</ULY><XDIM>10",
    )
    if day != "20240105":
        for path in (s.top(made), s.tile(made)):
            text = path.read_text(encoding="utf-8")
            path.write_text(text.replace("2024-01-05", f"{day[:4]}-{day[4:6]}-{day[6:]}"), encoding="utf-8")
    return made


def cloudy(made: Path, first: int, east: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """Cloud from a column of 20 m to the tile's eastern edge."""
    mask = np.full((w.HEIGHT // 2, w.WIDTH // 2), 4, dtype=np.uint8)
    mask[:, first:] = 9
    with monkeypatch.context() as moved:
        moved.setattr(w, "WEST", w.WEST + east)
        s.jp2(s.file(made, "SCL"), mask, 20.0)


def seen(folder: Path, stack: Path) -> Observations:
    images = w.opened(folder)
    return imagery.read(imagery.build(images, images.bounds, None, stack))


def test_tiles_side_by_side_are_one_date(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "s2"
    west = tile(folder, "T48QWJ", 0.0, WEST_NIR, monkeypatch)
    tile(folder, "T48QXJ", 600.0, EAST_NIR, monkeypatch)
    tile(folder, "T48QXJ", 600.0, EAST_NIR, monkeypatch, day="20240115")
    images = w.opened(folder)
    assert [d.isoformat() for d in images.days] == ["2024-01-05", "2024-01-15"]
    assert (len(images.scenes), images.width, images.height) == (3, 140, 60)
    (joined,) = [p for p in images.warnings if p.key == "imagery.tiles_joined"]
    assert joined.facts == {"n": 1}
    assert "{" not in messages.spoken(joined, "vi").found
    found = seen(folder, tmp_path / "one")
    assert [d.isoformat() for d in found.days] == ["2024-01-05", "2024-01-15"]
    # each ground once a day: the western tile up to its edge, the eastern beyond; the second day has the eastern alone
    row = found.bands["nir"][:, 30]
    assert row[0].tolist() == [3600] * 80 + [3300] * 60
    assert row[1].tolist() == [imagery.UNSEEN] * 60 + [3300] * 80
    assert not found.seen[:, 0].any()
    # where cloud hides the western tile the eastern is taken: cloud from column 70, widened by three pixels
    cloudy(west, 35, 0.0, monkeypatch)
    found = seen(folder, tmp_path / "two")
    assert found.bands["nir"][0, 30].tolist() == [3600] * 67 + [3300] * 73
    for band in imagery.BANDS:
        assert (found.bands[band][0, 2:] != imagery.UNSEEN).all()


def test_the_seam_does_not_depend_on_blocks_and_threads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "s2"
    cloudy(tile(folder, "T48QWJ", 0.0, WEST_NIR, monkeypatch), 35, 0.0, monkeypatch)
    tile(folder, "T48QXJ", 600.0, EAST_NIR, monkeypatch)
    whole = seen(folder, tmp_path / "whole")
    monkeypatch.setattr(store, "BLOCK_BYTES", 1)
    images = w.opened(folder)
    for threads in (1, 4):
        stack = imagery.build(images, images.bounds, None, tmp_path / f"blocks{threads}", threads=threads)
        parts = imagery.read(stack)
        for band in imagery.BANDS:
            np.testing.assert_array_equal(parts.bands[band], whole.bands[band])


def test_the_same_tile_twice_a_day_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "s2"
    made = tile(folder, "T48QWJ", 0.0, WEST_NIR, monkeypatch)
    tile(folder, "T48QXJ", 600.0, EAST_NIR, monkeypatch)
    made.rename(folder / made.name.replace("N0510", "N0511"))
    again = tile(folder, "T48QWJ", 0.0, WEST_NIR, monkeypatch)
    ((key, where, text),) = s.problems(folder)
    assert key == "imagery.day_twice"
    assert "N0511" in where
    assert again.name in text


def test_a_folder_of_our_own_is_no_tile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "s2"
    tile(folder, "T48QXJ", 600.0, EAST_NIR, monkeypatch)
    w.scene(folder, "2024-01-05", sun_zenith_deg=48.0, sun_azimuth_deg=150.0)
    assert s.keys(folder) == ["imagery.day_twice"]


def test_a_tile_of_another_zone_is_refused_with_the_cure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "s2"
    tile(folder, "T48QWJ", 0.0, WEST_NIR, monkeypatch)
    with monkeypatch.context() as other:
        other.setattr(w, "CRS", "EPSG:32647")
        made = tile(folder, "T47QXJ", 0.0, EAST_NIR, monkeypatch)
    s.changed(s.tile(made), "EPSG:32648", "EPSG:32647")
    with pytest.raises(InputError) as caught:
        w.opened(folder)
    (problem,) = caught.value.problems
    assert problem.key == "imagery.crs_differ"
    assert "T48" in messages.spoken(problem, "vi").fix
