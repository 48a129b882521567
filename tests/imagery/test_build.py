"""From scenes to a stack: numbers to the last digit, and builds that were killed, damaged, or cut another way."""

import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from geoplan import imagery
from geoplan.errors import InputError
from geoplan.imagery import UNSEEN, Observations, Stack, StackSettings, store
from tests.imagery import world as w

DAYS = w.days(8)


def built(folder: Path, dem: Any = None, bounds: Any = None, **options: Any) -> Stack:
    images = w.opened(folder / "s2")
    return imagery.build(images, bounds or images.bounds, dem, folder / "stacks", **options)


def observed(folder: Path, dem: Any = None, bounds: Any = None, **options: Any) -> Observations:
    return imagery.read(built(folder, dem, bounds, **options))


def coded() -> dict[str, np.ndarray]:
    """Every pixel of 10 m has its own near infrared, every one of 20 m its own SWIR 1."""
    y, x = np.mgrid[: w.HEIGHT, : w.WIDTH]
    pixels = w.flat()
    pixels["nir"] = 0.30 + 0.0001 * x + 0.001 * y
    pixels["swir1"] = 0.14 + 0.001 * (x // 2) + 0.0005 * (y // 2)
    return pixels


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks of 64 pixels, so that the little world has two."""
    monkeypatch.setattr(store, "BLOCK_BYTES", 1)


def test_reflectance_is_that_of_the_ground(tmp_path: Path) -> None:
    for i, day in enumerate(DAYS):
        old = {"baseline": '"03.01"', "offset": 0} if i < 4 else {}
        w.scene(tmp_path / "s2", day, **old)
    stack = built(tmp_path)
    seen = imagery.read(stack)
    assert [d.isoformat() for d in seen.days] == DAYS
    for band, value in w.FOREST.items():
        assert seen.bands[band].dtype == np.int16
        assert np.unique(seen.bands[band]).tolist() == [round(value * 10000)]
    assert seen.seen.all()
    assert {"imagery.no_terrain", "imagery.sun_computed"} == {p.key for p in stack.warnings}
    assert (stack.width, stack.height, stack.bounds) == (80, 60, w.opened(tmp_path / "s2").bounds)
    assert stack.settings["cloud_px"] == 3.0


def test_images_after_the_day_of_the_figures_change_nothing(tmp_path: Path) -> None:
    # The last date is hazy: on all eight dates together the screen of haze would see another course of blue.
    for day in DAYS[:-1]:
        w.scene(tmp_path / "s2", day)
    last = date.fromisoformat(DAYS[-2])
    before = built(tmp_path, until=last)
    assert "imagery.later" not in {p.key for p in before.warnings}
    hazy = w.flat()
    hazy["blue"][:30] = 0.055
    w.scene(tmp_path / "s2", DAYS[-1], hazy)
    after = built(tmp_path, until=last)
    assert after.days == before.days
    one, other = imagery.read(before), imagery.read(after)
    assert all(np.array_equal(one.bands[band], other.bands[band]) for band in one.bands)
    (told,) = [p for p in after.warnings if p.key == "imagery.later"]
    assert (told.facts["n"], told.facts["day"]) == (1, DAYS[-2])
    whole = built(tmp_path)
    assert imagery.read(whole).days[-1] == date.fromisoformat(DAYS[-1])  # another stack: that of the day stands yet
    assert imagery.read(after).days == before.days
    with pytest.raises(InputError) as refused:
        built(tmp_path, until=date(2016, 1, 1))
    assert [p.key for p in refused.value.problems] == ["imagery.all_later"]


@pytest.mark.usefixtures("small_blocks")
def test_every_pixel_lies_where_it_lay(tmp_path: Path) -> None:
    for day in DAYS:
        w.scene(tmp_path / "s2", day, coded())
    stack = built(tmp_path)
    assert (stack.block, len(list(stack.folder.glob("*.tif")))) == (64, 2)
    whole = imagery.read(stack)
    y, x = np.mgrid[: w.HEIGHT, : w.WIDTH]
    assert np.array_equal(whole.bands["nir"], np.broadcast_to(3000 + x + 10 * y, (8, w.HEIGHT, w.WIDTH)))
    assert np.array_equal(whole.bands["swir1"][3], 1400 + 10 * (x // 2) + 5 * (y // 2))
    t = stack.transform
    part = imagery.read(stack, (t.c + 601, t.f - 209, t.c + 699, t.f - 101))
    assert part.transform == w.grid(10.0, 600.0, 100.0)
    assert np.array_equal(part.bands["nir"], whole.bands["nir"][:, 10:21, 60:70])
    assert imagery.read(stack, (0, 0, 1, 1)).bands["nir"].shape == (8, 0, 0)
    cut = np.zeros((w.HEIGHT, w.WIDTH), dtype=int)
    for west, south, east, north in imagery.windows(stack):
        top, left = round((t.f - north) / 10), round((west - t.c) / 10)
        piece = imagery.read(stack, (west, south, east, north)).bands["nir"]
        assert np.array_equal(piece, whole.bands["nir"][:, top : top + piece.shape[1], left : left + piece.shape[2]])
        cut[top : top + piece.shape[1], left : left + piece.shape[2]] += 1
    assert (cut == 1).all()
    fine = [(round((t.f - n) / 10), round((t.f - s) / 10)) for _, s, _, n in imagery.windows(replace(stack, block=24))]
    assert sorted(set(fine)) == [(0, 24), (24, 48), (48, 60)]


@pytest.mark.usefixtures("small_blocks")
def test_blocks_threads_and_bounds_change_no_number(tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    for day in DAYS:
        pixels = {b: v * rng.normal(1, 0.03, v.shape) if b != "SCL" else v for b, v in w.flat().items()}
        pixels["SCL"] = np.kron(
            rng.choice([4, 4, 4, 4, 2, 3, 9], (w.HEIGHT // 4, w.WIDTH // 4)), np.ones((4, 4), dtype=int)
        )
        w.scene(tmp_path / "s2", day, pixels)
    dem = w.dem(tmp_path)
    one = built(tmp_path, dem, threads=1)
    other = imagery.build(w.opened(tmp_path / "s2"), one.bounds, dem, tmp_path / "again", threads=4)
    assert one.folder.name == other.folder.name
    names = sorted(p.name for p in one.folder.iterdir())
    assert names == sorted(p.name for p in other.folder.iterdir())
    for name in names:
        assert (one.folder / name).read_bytes() == (other.folder / name).read_bytes()
    store.BLOCK_BYTES = 10_000_000
    whole, parts = observed(tmp_path, dem), imagery.read(one)
    for band in imagery.BANDS:
        assert np.array_equal(whole.bands[band], parts.bands[band])


def test_what_is_not_observed_is_unseen_in_all_bands_and_never_zero(tmp_path: Path) -> None:
    for i, day in enumerate(DAYS):
        pixels = w.flat()
        if i == 2:
            pixels["red"][10, 12] = np.nan
            pixels["swir1"][20:22, 30:32] = np.nan
            pixels["SCL"][40:42, 50:52] = 9
        if i == 3:
            pixels["SCL"][:] = 9
        w.scene(tmp_path / "s2", day, pixels)
    seen = observed(tmp_path)
    expected = np.ones((w.HEIGHT, w.WIDTH), dtype=bool)
    expected[10, 12] = False
    expected[20:22, 30:32] = False
    y, x = np.mgrid[: w.HEIGHT, : w.WIDTH]
    cloud = [(40, 50), (40, 51), (41, 50), (41, 51)]
    expected &= np.min([(y - r) ** 2 + (x - c) ** 2 for r, c in cloud], axis=0) > 9
    assert np.array_equal(seen.seen[2], expected)
    assert not seen.seen[3].any()
    assert seen.seen[[0, 1, 4, 5, 6, 7]].all()
    for band, stored in seen.bands.items():
        assert np.array_equal(stored == UNSEEN, ~seen.seen)
        assert set(np.unique(stored)) == {UNSEEN, round(w.FOREST[band] * 10000)}


def test_cloud_beyond_the_block_s_edge_is_widened_into_it(tmp_path: Path) -> None:
    for day in DAYS:
        pixels = w.flat()
        pixels["SCL"][:, 38:40] = 9
        w.scene(tmp_path / "s2", day, pixels)
    bounds = (w.WEST + 400, w.NORTH - 200, w.WEST + 600, w.NORTH)
    seen = observed(tmp_path, bounds=bounds)
    assert seen.bands["nir"].shape == (8, 20, 20)
    assert seen.seen[0, 10].tolist() == [False] * 3 + [True] * 17


def test_bounds_are_widened_to_pixels_of_20_m(tmp_path: Path) -> None:
    w.scene(tmp_path / "s2", DAYS[0])
    stack = built(tmp_path, bounds=(w.WEST + 105, w.NORTH - 199, w.WEST + 290, w.NORTH + 5000))
    assert stack.bounds == (w.WEST + 100, w.NORTH - 200, w.WEST + 300, w.NORTH)
    with pytest.raises(InputError) as caught:
        built(tmp_path, bounds=(0, 0, 100, 100))
    assert caught.value.key == "imagery.no_overlap"


def test_a_date_that_covers_a_part_is_unseen_elsewhere(tmp_path: Path) -> None:
    for day in DAYS[:3]:
        w.scene(tmp_path / "s2", day)
    half = {band: values[:, :40] for band, values in w.flat().items()}
    w.scene(tmp_path / "s2", DAYS[3], half, east=400.0)
    seen = observed(tmp_path)
    assert seen.seen[:3].all()
    assert seen.seen[3, 30].tolist() == [False] * 40 + [True] * 40


def test_haze_is_screened_and_a_clearing_is_kept(tmp_path: Path) -> None:
    """The west is under cloud on every other date: what is unseen there must not bend the course of blue."""
    days = w.days(24)
    for i, day in enumerate(days):
        pixels = w.flat()
        if i == 10:
            for band, more in {"blue": 0.06, "red": 0.05, "nir": 0.03}.items():
                pixels[band][:20] += more
        if i >= 12:
            for band, value in w.SOIL.items():
                pixels[band][40:] = value
        if i % 2:
            pixels["SCL"][:, :40] = 9
        w.scene(tmp_path / "s2", day, pixels)
    seen = observed(tmp_path).seen
    expected = np.ones(seen.shape, dtype=bool)
    expected[1::2, :, :43] = False
    expected[10, :20] = False
    assert np.array_equal(seen, expected)


def slopes(zenith: float, azimuth: float) -> np.ndarray:
    """Light on the hill of the world relative to level ground."""
    x = np.arange(w.WIDTH)
    angle = np.where((x > 30) & (x < 50), 1, np.where((x > 50) & (x < 70), -1, 0)) * np.arctan(0.5)
    z, a = np.radians(zenith), np.radians(azimuth)
    cos_i = np.cos(z) * np.cos(angle) - np.sin(z) * np.sin(angle) * np.sin(a)  # the side that rises east faces west
    return np.tile(0.9 * np.maximum(cos_i, 0) / np.cos(z) + 0.1, (w.HEIGHT, 1))


@pytest.mark.parametrize("dem_crs", ["EPSG:32648", "EPSG:3405"])
def test_light_on_slopes_is_that_of_level_ground(tmp_path: Path, dem_crs: str) -> None:
    """EPSG:3405 is VN-2000: the DEM has to be moved by 220 m before it fits the images."""
    lit = slopes(48.0, 150.0)
    for day in ("2023-01-05", "2024-01-05", "2025-01-05"):
        pixels = {b: v * lit if b != "SCL" else v for b, v in w.flat().items()}
        w.scene(tmp_path / "s2", day, pixels, sun_zenith_deg=48.0, sun_azimuth_deg=150.0)
    dem = w.dem(tmp_path)
    if dem_crs != "EPSG:32648":
        dem = w.moved_dem(tmp_path, dem_crs)
    before, after = observed(tmp_path), observed(tmp_path, dem)
    inside = [*range(5, 29), *range(33, 48), *range(53, 68), *range(73, 78)]
    nir = after.bands["nir"][0][10:-10][:, inside]
    spread = before.bands["nir"][0][10:-10][:, inside].std() / 3600
    assert spread > 0.15
    assert nir.std() / 3600 < spread / 8
    assert np.median(nir) == pytest.approx(3600, rel=0.02)


def test_ground_turned_from_the_sun_and_cast_shadow_are_unseen(tmp_path: Path) -> None:
    x = np.arange(w.WIDTH + 40) - 20.0
    wall = np.tile(np.where((x >= 40) & (x < 44), 300.0, 0.0), (w.HEIGHT + 40, 1))
    for day in ("2023-01-05", "2024-01-05"):
        w.scene(tmp_path / "s2", day, sun_zenith_deg=48.0, sun_azimuth_deg=142.0)
    seen = observed(tmp_path, w.dem(tmp_path, wall)).seen[0]
    towards = np.tan(np.radians(48.0)) * 300.0 * np.sin(np.radians(142.0)) / 10  # pixels of shadow to the west
    edge = 40 - towards
    assert seen[30, : int(edge) - 2].all()
    assert not seen[30, int(edge) + 3 : 39].any()
    assert seen[30, 47:].all()


def test_a_slope_that_the_sun_only_brushes_is_unseen(tmp_path: Path) -> None:
    """Sides of 50 degrees: the western one meets the sun at a cosine of 0.08, and nothing casts shadow on it."""
    for day in ("2023-01-05", "2024-01-05"):
        w.scene(tmp_path / "s2", day, sun_zenith_deg=48.0, sun_azimuth_deg=142.0)
    seen = observed(tmp_path, w.dem(tmp_path, w.hill() * 2.4)).seen[0, 30]
    assert not seen[33:48].any()
    assert seen[:29].all()
    assert seen[53:].all()


def test_a_dem_that_knows_a_part_is_said(tmp_path: Path) -> None:
    w.scene(tmp_path / "s2", DAYS[0])
    heights = w.hill()
    heights[:, :60] = np.nan
    stack = built(tmp_path, w.dem(tmp_path, heights))
    said = {p.key: p for p in stack.warnings}
    assert said["imagery.dem_part_unknown"].facts["share_pct"] == pytest.approx(100 * 41 / 80, abs=0.1)
    assert imagery.read(stack).seen.all()


def refused(folder: Path) -> list[tuple[str, str]]:
    with pytest.raises(InputError) as caught:
        built(folder)
    assert not list((folder / "stacks").glob("*/*.tif"))
    return [(p.key, p.where) for p in caught.value.problems]


def exchanged(one: str, other: str) -> dict[str, np.ndarray]:
    pixels = w.flat()
    return {**pixels, one: pixels[other], other: pixels[one]}


@pytest.mark.parametrize("bands", [("red", "nir"), ("nir", "swir2"), ("swir1", "swir2"), ("blue", "nir")])
def test_exchanged_bands_are_refused(tmp_path: Path, bands: tuple[str, str]) -> None:
    for i, day in enumerate(DAYS):
        w.scene(tmp_path / "s2", day, exchanged(*bands) if i == 3 else w.flat())
    assert refused(tmp_path) == [("imagery.bands_swapped", f"s2/{DAYS[3]}")]


def test_exchanged_blue_and_red_are_seen_on_soil(tmp_path: Path) -> None:
    for day in DAYS:
        pixels = w.flat()
        for band, value in w.SOIL.items():
            pixels[{"blue": "red", "red": "blue"}.get(band, band)][:20] = value
        pixels["SCL"][:20] = 5
        w.scene(tmp_path / "s2", day, pixels)
    assert refused(tmp_path) == [("imagery.blue_red_swapped", "s2")]


RIM = {"blue": 0.20, "red": 0.21, "nir": 0.27, "swir1": 0.19, "swir2": 0.15}
"""Rim of a cloud that the sensor's mask calls vegetation."""


@pytest.mark.parametrize("rim", [RIM, {**RIM, "nir": 0.19}])  # as met in December; and whiter yet
def test_an_overcast_date_is_no_other_offset(tmp_path: Path, rim: dict[str, float]) -> None:
    for i, day in enumerate(DAYS):
        pixels = w.flat(200, 200)
        if i == 3:
            pixels["SCL"][:] = 9
            pixels["SCL"][:6, :50] = 4  # 300 pixels of 40,000
            for band, value in rim.items():
                pixels[band][:6, :50] = value
        w.scene(tmp_path / "s2", day, pixels)
    seen = observed(tmp_path)
    assert not seen.seen[3].any()


def test_haze_is_no_other_offset_and_an_offset_in_haze_is_one(tmp_path: Path) -> None:
    haze = {"blue": 0.17, "red": 0.16, "nir": 0.0, "swir1": 0.02, "swir2": 0.065}
    for folder, offset in (("haze", 0.0), ("both", 0.1)):
        for i, day in enumerate(DAYS):
            pixels = w.flat()
            if i == 3:
                part = 1.0 if not offset else 0.2
                pixels |= {band: pixels[band] + offset + part * more for band, more in haze.items()}
            w.scene(tmp_path / folder / "s2", day, pixels)
    assert not observed(tmp_path / "haze").seen[3].any()
    assert refused(tmp_path / "both") == [("imagery.offset_doubtful", f"s2/{DAYS[3]}")]


def test_offset_taken_off_twice_or_left_in(tmp_path: Path) -> None:
    for i, day in enumerate(DAYS):
        pixels = w.flat()
        more = {2: -0.1, 5: 0.1}.get(i, 0.0)
        w.scene(tmp_path / "s2", day, {b: v + more if b != "SCL" else v for b, v in pixels.items()})
    assert refused(tmp_path) == [
        ("imagery.reflectance_odd", f"s2/{DAYS[2]}"),
        ("imagery.offset_doubtful", f"s2/{DAYS[5]}"),
    ]
    shutil.rmtree(tmp_path / "s2")
    for day in DAYS:
        w.scene(tmp_path / "s2", day, {b: v + 0.1 if b != "SCL" else v for b, v in w.flat().items()})
    assert refused(tmp_path) == [("imagery.offset_left", "s2")]


def test_a_mask_of_something_else_is_refused(tmp_path: Path) -> None:
    pixels = w.flat()
    pixels["SCL"][:20, :20] = 97
    w.scene(tmp_path / "s2", DAYS[0], pixels)
    assert refused(tmp_path) == [("imagery.mask_not_scl", f"s2/{DAYS[0]}")]


def test_nothing_to_check_by_is_said(tmp_path: Path) -> None:
    pixels = w.flat()
    pixels["SCL"][:] = 9
    w.scene(tmp_path / "s2", DAYS[0], pixels)
    assert "imagery.bands_unchecked" in {p.key for p in built(tmp_path).warnings}


def test_every_damaged_file_is_named(tmp_path: Path) -> None:
    rng = np.random.default_rng(2)
    for day in DAYS[:3]:
        noisy = {b: v * rng.normal(1, 0.02, v.shape) if b != "SCL" else v for b, v in w.flat().items()}
        w.scene(tmp_path / "s2", day, noisy)
    images = w.opened(tmp_path / "s2")
    for day in DAYS[:2]:
        path = tmp_path / "s2" / day / "B08.tif"
        path.write_bytes(path.read_bytes()[:2000])
    with pytest.raises(InputError) as caught:
        imagery.build(images, images.bounds, None, tmp_path / "stacks")
    assert [p.key for p in caught.value.problems] == ["raster.block_broken"] * 2
    assert [p.where for p in caught.value.problems] == [f"s2/{day}/B08.tif" for day in DAYS[:2]]


class Killed(Exception):
    """Stands for a kill at a moment of the build."""


@pytest.mark.usefixtures("small_blocks")
def test_a_killed_build_goes_on_and_damage_is_made_good(tmp_path: Path) -> None:
    for day in DAYS[:3]:
        w.scene(tmp_path / "s2", day, coded())
    images = w.opened(tmp_path / "s2")

    def again(**options: Any) -> Stack:
        return imagery.build(images, images.bounds, None, tmp_path / "stacks", **options)

    def files(stack: Stack) -> dict[str, bytes]:
        return {p.name: p.read_bytes() for p in stack.folder.iterdir()}

    told: list[tuple[int, int]] = []
    stack = again(progress=lambda done, total: told.append((done, total)))
    assert told == [(done, 9) for done in range(1, 10)]  # one piece and two blocks of three dates
    whole = files(stack)
    for stop in (2, 5, 8):
        shutil.rmtree(stack.folder)

        def kill(done: int, _: int, stop: int = stop) -> None:
            if done >= stop:
                raise Killed

        with pytest.raises(Killed):
            again(progress=kill)
        stack.folder.mkdir(exist_ok=True)
        (stack.folder / ".block_000_001.tif.g0123456789abcdef.tmp").write_bytes(b"half")  # as a dead run leaves it
        assert files(again()) == whole
    for name, data in whole.items():
        damaged = bytearray(data)
        damaged[len(data) // 2] ^= 0xFF
        (stack.folder / name).write_bytes(bytes(damaged))
        assert files(again()) == whole
        (stack.folder / name).unlink()
        assert files(again()) == whole
    facts = stack.folder / "scenes.json"
    facts.write_bytes(whole["scenes.json"].replace(b"1.0", b"0.5", 1))
    assert facts.read_bytes() != whole["scenes.json"]
    assert files(again()) == whole
    first = stack.folder / "block_000_000.tif"
    before = first.stat().st_mtime_ns
    again()
    assert first.stat().st_mtime_ns == before  # what is whole is not made again


def test_a_damaged_block_is_told_when_read(tmp_path: Path) -> None:
    w.scene(tmp_path / "s2", DAYS[0], coded())
    stack = built(tmp_path)
    path = stack.folder / "block_000_000.tif"
    path.write_bytes(path.read_bytes()[:1500])
    with pytest.raises(InputError) as caught:
        imagery.read(stack)
    assert caught.value.key == "imagery.block_damaged"
    path.unlink()
    with pytest.raises(InputError):
        imagery.read(stack)


def test_an_old_stack_is_never_taken_for_a_new_one(tmp_path: Path) -> None:
    for day in DAYS[:3]:
        w.scene(tmp_path / "s2", day)
    dem = w.dem(tmp_path)
    images = w.opened(tmp_path / "s2")
    west, south, east, north = images.bounds
    folders = [
        built(tmp_path).folder,
        built(tmp_path, dem).folder,
        built(tmp_path, w.dem(tmp_path, w.hill() * 2)).folder,
        built(tmp_path, bounds=(west, south, east - 200, north)).folder,
        built(tmp_path, settings=replace(StackSettings(), cloud_px=2.0)).folder,
    ]
    w.scene(tmp_path / "s2", DAYS[3])
    folders.append(built(tmp_path).folder)
    assert len(set(folders)) == 6
    assert built(tmp_path).folder == folders[-1]


def test_inputs_stay(tmp_path: Path) -> None:
    for day in DAYS[:2]:
        w.scene(tmp_path / "s2", day)
    before = {p: p.read_bytes() for p in (tmp_path / "s2").rglob("*") if p.is_file()}
    built(tmp_path)
    assert {p: p.read_bytes() for p in (tmp_path / "s2").rglob("*") if p.is_file()} == before
