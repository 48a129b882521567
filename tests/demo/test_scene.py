"""The scene held against itself: shares that close, a sun that stands right, covers that look as they should, truth that adds up."""

import hashlib
import tomllib
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import rasterio
import shapely
from scipy.ndimage import binary_dilation, label

from geoplan.demo import geodesy
from geoplan.demo.commune import Commune, commune
from geoplan.demo.dangers import dangers, slides
from geoplan.demo.farm import RECIPES, farm
from geoplan.demo.land_cover import Cover, land_cover
from geoplan.demo.scene import clouds, growth, images, points, truth_forest, truth_zones_seen
from geoplan.demo.scene.growth import Kind
from geoplan.demo.scene.light import ENDMEMBERS, facing, sun, terrain_light
from geoplan.demo.scene.world import SCENE_CRS, World, world

AS_OF = date(2026, 6, 30).toordinal()
ONE = np.ones(1)
NOTHING = np.zeros(1)


@dataclass(frozen=True)
class Scene:
    """Parts of the demo with images, without its files."""

    made: Commune
    zones: gpd.GeoDataFrame
    cover: Cover
    seen: World


@pytest.fixture(scope="module")
def scene() -> Scene:
    rng = np.random.default_rng(2026)
    made = commune(rng)
    parcels, zones = farm(made, rng)
    first, later = slides(dangers(made, 2026), 2026)
    return Scene(made, zones, land_cover(made, rng), world(made, parcels, zones, [*first, *later], 2026))


def year_of(kind: Kind, age: float) -> np.ndarray:
    """NDVI of every third day of a year."""
    rows = [growth.shares(kind, day, np.array([age]), NOTHING, ONE) @ ENDMEMBERS for day in range(1, 366, 3)]
    red, nir = np.concatenate(rows)[:, 1], np.concatenate(rows)[:, 2]
    return (nir - red) / (nir + red)


@pytest.mark.parametrize("kind", list(Kind))
def test_shares_of_endmembers_close(kind: Kind) -> None:
    ages = np.array([0.0, 0.05, 0.3, 1.0, 2.5, 6.0, 30.0])
    for day in range(1, 367, 2):
        for strength in (0.6, 1.0, 1.05):
            found = growth.shares(kind, day, ages, np.linspace(-15.0, 15.0, 7), np.full(7, strength))
            assert found.shape == (7, 9)
            assert np.abs(found.sum(axis=1) - 1.0).max() < 1e-12
            assert found.min() > -1e-9, (day, strength)


@pytest.mark.parametrize(
    ("kind", "age", "lowest", "highest"),
    [
        (Kind.NATURAL, 30.0, 0.78, 0.83), (Kind.BAMBOO, 30.0, 0.72, 0.83), (Kind.ORCHARD, 8.0, 0.53, 0.66),
        (Kind.ORCHARD, 0.5, 0.35, 0.45), (Kind.RICE_TWO, 30.0, 0.10, 0.71), (Kind.RICE_ONE, 30.0, 0.10, 0.71),
        (Kind.MAIZE_TWO, 30.0, 0.29, 0.68), (Kind.ACACIA, 6.0, 0.75, 0.83),
    ],
)  # fmt: skip
def test_greenness_is_that_of_the_table(kind: Kind, age: float, lowest: float, highest: float) -> None:
    """METHODS: natural .72-.83, paddy .10-.71, maize .29-.68, orchard .53-.66, young orchards .35-.45; within .05."""
    found = year_of(kind, age)
    assert lowest - 0.05 <= found.min()
    assert found.max() <= highest + 0.05


def test_only_rice_is_flooded() -> None:
    for kind in growth.ANNUAL_KINDS:
        rows = np.concatenate([growth.shares(kind, day, ONE, NOTHING, ONE) @ ENDMEMBERS for day in range(1, 366)])
        greenness = (rows[:, 2] - rows[:, 1]) / (rows[:, 2] + rows[:, 1])
        wetness = (rows[:, 2] - rows[:, 3]) / (rows[:, 2] + rows[:, 3])
        days = np.flatnonzero(wetness + 0.05 >= greenness) + 1
        if kind in growth.FLOODS:
            windows = [range(first - 8, last + 12) for first, last in growth.FLOODS[kind]]
            assert all(any(day in window for window in windows) for day in days)
            assert all(any(day in window for day in days) for window in windows)
        else:
            assert len(days) == 0


def test_forest_by_the_class_table() -> None:
    kinds = np.array([Kind.NATURAL, Kind.ACACIA, Kind.ACACIA, Kind.ORCHARD, Kind.CUT, Kind.LOGGED, Kind.SHRUB])
    ages = np.array([0.0, 2.9, 3.1, 20.0, 5.0, 0.1, 20.0])
    assert growth.forest(kinds, ages).tolist() == [True, False, True, False, False, True, False]


def test_the_sun_of_noon_less_ninety_minutes() -> None:
    """Where the declination is known: 0 at the equinoxes, 23.44 degrees at the solstices."""
    here, hour = np.radians(22.35), np.radians(22.5)
    for day, tilt in (
        (date(2024, 6, 21), 23.44),
        (date(2024, 12, 21), -23.44),
        (date(2025, 3, 20), 0.0),
        (date(2025, 9, 22), 0.0),
    ):
        height = np.sin(here) * np.sin(np.radians(tilt)) + np.cos(here) * np.cos(np.radians(tilt)) * np.cos(hour)
        assert sun(day)[0] == pytest.approx(np.degrees(np.arccos(height)), abs=0.5)
        assert 75.0 < sun(day)[1] < 160.0  # a morning sun stands in the east to south-east
    assert sun(date(2024, 6, 21))[0] == pytest.approx(18.0, abs=3.0)  # METHODS: about 18 and 50
    assert sun(date(2024, 12, 21))[0] == pytest.approx(50.0, abs=1.0)


def test_slopes_turned_to_the_sun_are_lighter() -> None:
    """A plane that falls east at 45 degrees under a sun in the east at 45 degrees is struck straight."""
    falls_east = np.tile(np.arange(10, 0, -1) * 10.0, (5, 1))
    assert facing(falls_east, 10.0, 45.0, 90.0) == pytest.approx(np.ones((5, 10)))
    assert facing(falls_east.T, 10.0, 45.0, 180.0) == pytest.approx(np.ones((10, 5)))  # rows run south
    assert facing(falls_east, 10.0, 45.0, 270.0) == pytest.approx(np.zeros((5, 10)))
    assert terrain_light(np.cos(np.radians(np.array([30.0]))), 30.0, 2) == pytest.approx(1.0)
    assert terrain_light(np.array([-0.5]), 30.0, 2) == pytest.approx(0.10)


def test_clear_looks_are_ten_to_twenty_a_year() -> None:
    """Looks of a pixel after the mask grew by 30 m, mean of three years and three seeds."""
    looks = []
    for seed in (2026, 7):
        for year in (2023, 2024, 2025):
            days = [date(year, 1, 1) + timedelta(days=n) for n in range(0, 365, 5)]
            count = np.zeros((60, 60))
            for day in days:
                rng = np.random.default_rng([seed, day.toordinal(), 1])
                seen = clouds.sky(day, (60, 60), sun(day), rng).seen
                count += ~binary_dilation(seen > 0, iterations=2)
            looks.append(np.median(count))
    assert 10.0 <= np.mean(looks) <= 20.0
    assert min(looks) >= 7.0


def test_the_mask_misses_what_it_is_said_to_miss() -> None:
    hidden = missed = fringe = fringe_missed = 0
    for n in range(40):
        sky = clouds.sky(date(2024, 7, 1), (80, 80), (25.0, 90.0), np.random.default_rng([3, n]))
        thin, dark = (sky.opacity > 0.0) & (sky.opacity <= 0.6), sky.shadow > 0.25
        fringe, fringe_missed = fringe + thin.sum(), fringe_missed + (thin & (sky.seen == 0)).sum()
        hidden, missed = hidden + dark.sum(), missed + (dark & (sky.seen == 0)).sum()
        assert (sky.seen[sky.opacity > 0.6] == 9).all()
    assert fringe_missed / fringe == pytest.approx(0.25, abs=0.06)
    assert missed / hidden == pytest.approx(0.12, abs=0.06)


@pytest.mark.parametrize("azimuth", [90.0, 150.0])
def test_shadows_fall_away_from_the_sun(azimuth: float) -> None:
    """Moved back by its own distance towards the sun a shadow lies under its cloud; moved the other way it does not."""
    towards, away = [], []
    for n in range(32):
        sky = clouds.sky(date(2024, 10, 1), (200, 200), (45.0, azimuth), np.random.default_rng([5, n]))
        if 0.1 < (sky.opacity > 0.5).mean() < 0.6:
            found: dict[int, list[float]] = {1: [], -1: []}
            for sign, cells in found.items():
                for metres in range(600, 2500, 100):
                    down = -sign * round(metres / 20.0 * np.cos(np.radians(azimuth)))
                    right = sign * round(metres / 20.0 * np.sin(np.radians(azimuth)))
                    back = np.roll(sky.shadow, (down, right), axis=(0, 1))
                    cells.append(float(np.corrcoef(back.ravel(), sky.opacity.ravel())[0, 1]))
            towards.append(max(found[1]))
            away.append(max(found[-1]))
    assert len(towards) >= 3
    assert np.mean(towards) > np.mean(away) + 0.08


def test_every_event_lies_in_its_cover(scene: Scene) -> None:
    """The day before, natural forest or a plantation stood where something befell it; the day after, it does not."""
    told = {event.what for event in scene.seen.events}
    assert told == {"harvest", "clearing", "logging", "slide", "planting"}
    code = {"TXB", "TXN", "TXP", "HG1"}
    for event in scene.seen.events:
        mine = scene.seen.plot[scene.seen.grid.mask(event.shape)]
        before, after = scene.seen.plots.at(event.day.toordinal() - 1)[0], scene.seen.plots.at(event.day.toordinal())[0]
        if event.what == "planting":
            assert event.before == "DTR"
            continue
        assert event.before == "RTG" if event.what == "harvest" else event.before in code
        wanted = growth.PLANTED_KINDS if event.what == "harvest" else growth.NATURAL_KINDS
        gaps = np.isin(before[mine], [Kind.SHRUB, Kind.CUT, Kind.BURNT, Kind.MAIZE_TWO, Kind.SCAR])
        assert np.isin(before[mine][~gaps], wanted).all(), event
        assert gaps.mean() < 0.5
        changed = (after[mine] == event.steps[0].kind).mean()
        assert changed == pytest.approx(0.5, abs=0.15) if event.what == "logging" else changed > 0.95


def test_happening_keeps_what_was_before(scene: Scene) -> None:
    days = scene.seen.plots.days
    assert (np.diff(days, axis=1) >= 0).all()
    assert (scene.seen.plot >= 0).all()
    assert scene.seen.plot.max() < len(days)


def test_true_forest_adds_up(scene: Scene) -> None:
    found = truth_forest.forest_at(scene.seen, AS_OF)
    rows = truth_forest.forest_rows(scene.made, scene.seen, found)
    whole = rows[0]
    for column in ("land_ha", "forest_ha", "forest_without_rule_ha", "forest_patch_rule_ha"):
        assert sum(float(str(row[column])) for row in rows[1:]) == pytest.approx(float(str(whole[column])), abs=1e-6)
    assert whole["land_ha"] == pytest.approx(scene.made.lot_ha.sum(), abs=0.05)
    assert found.hectares.mean() == pytest.approx(0.01, rel=1e-3)
    for mask in (found.patches, found.ruled):
        for part in (mask, ~mask):
            number = label(part, structure=np.ones((3, 3)))[0]
            inner = np.unique(number[1:-1, 1:-1][part[1:-1, 1:-1]])
            assert np.bincount(number.ravel())[inner].min() * found.hectares.max() >= 0.3
    assert (found.bare != found.ruled).sum() > 100


def test_zones_tell_their_story(scene: Scene) -> None:
    rows = {str(row["zone_id"])[-4:]: row for row in truth_zones_seen.zone_rows(scene.zones)}
    assert len(rows) == len(RECIPES) == len(scene.zones) >= 30
    assert sum(row["geom_ha"] for row in rows.values()) > 60.0  # type: ignore[misc]
    states = [row["state"] for row in rows.values()]
    for state, least in (
        ("converted", 15),
        ("not_converted", 8),
        ("converting", 3),
        ("abandoned", 2),
        ("field_only", 5),
    ):
        assert states.count(state) >= least, state
    area = geodesy.hectares(scene.zones.geometry.to_numpy(), "EPSG:9213")
    assert [row["geom_ha"] for row in rows.values()] == pytest.approx(area.tolist())
    half = [row for row in rows.values() if row["partial"]]
    assert len(half) == 3
    assert all(0.3 < row["converted_ha"] / row["geom_ha"] < 0.7 for row in half)  # type: ignore[operator]
    assert rows["CD21"]["state"] == rows["CD37"]["state"] == "not_converted"
    assert rows["CD37"]["seasons"]["2025-mua"] == "orchard"  # type: ignore[index]
    assert rows["CD37"]["seasons"]["2026-xuan"] == "rice_one"  # type: ignore[index]
    assert rows["CD45"]["state"] == "converting"
    for row in rows.values():
        if row["changed_on"]:
            assert "2023-05-01" < str(row["planned_on"]) < str(row["changed_on"])


def test_pixels_of_zones_are_what_their_rows_say(scene: Scene) -> None:
    """Pixel centres inside a zone on the last day against the hectares of its row."""
    kind = scene.seen.plots.at(AS_OF)[0][scene.seen.plot]
    wanted = {"orchard": Kind.ORCHARD, "dry_annual": Kind.DRY_ANNUAL, "trees": Kind.ACACIA, "fallow": Kind.FALLOW}
    for row, shape in zip(truth_zones_seen.zone_rows(scene.zones), scene.seen.zones, strict=True):
        changed = sum(float(str(row[f"{name}_ha"])) for name in ("converted", "converting", "abandoned"))
        if changed:
            inside = scene.seen.grid.mask(shape)
            found = float((kind[inside] == wanted[str(row["to"])]).sum()) / 100.0
            assert found == pytest.approx(changed, abs=0.03 + 0.04 * shape.length / 400.0 + 0.02 * changed), row


def test_samples_and_training(scene: Scene) -> None:
    forest = truth_forest.forest_at(scene.seen, AS_OF).ruled
    found = points.drawn(scene.made, scene.cover, scene.seen, forest, 2026)
    strata = [row["stratum"] for row in found.samples]
    assert len(found.samples) >= 300
    assert all(strata.count(h) >= 75 for h in (1, 2, 3))
    spots = gpd.GeoSeries.from_xy(
        [float(str(r["lon"])) for r in found.samples], [float(str(r["lat"])) for r in found.samples], crs=4326
    )
    there = shapely.get_coordinates(spots.to_crs(9213).to_numpy())
    column = ((there[:, 0] - scene.cover.west) // 10.0).astype(int)
    row = ((scene.cover.north - there[:, 1]) // 10.0).astype(int)
    assert found.strata[row, column].tolist() == strata
    grid = shapely.get_coordinates(spots.to_crs(SCENE_CRS).to_numpy())
    place = (
        ((scene.seen.grid.north - grid[:, 1]) // 10.0).astype(int),
        ((grid[:, 0] - scene.seen.grid.west) // 10.0).astype(int),
    )
    wrong = np.mean(forest[place] != np.array([r["reference"] == "forest" for r in found.samples]))
    assert 0.0 <= wrong <= 0.03
    train = gpd.GeoSeries.from_xy(
        [float(str(r["lon"])) for r in found.training], [float(str(r["lat"])) for r in found.training], crs=4326
    )
    near = spots.to_crs(SCENE_CRS).union_all()
    assert train.to_crs(SCENE_CRS).distance(near).min() > 60.0
    assert len(found.training) > 450
    assert {str(r["reference"]) for r in found.training} == set(truth_forest.CLASSES)


@pytest.fixture(scope="module")
def written(scene: Scene, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[dict[str, object]]]:
    """Images from July to the middle of November 2022, by one thread."""
    folder = tmp_path_factory.mktemp("scene") / "s2"
    return folder, images.write_images(folder, scene.seen, 2026, threads=1, last=date(2022, 11, 15))


def digests(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_images_are_the_same_for_any_number_of_threads(
    scene: Scene, written: tuple[Path, list[dict[str, object]]], tmp_path: Path
) -> None:
    images.write_images(tmp_path, scene.seen, 2026, threads=3, last=date(2022, 9, 1))
    again = digests(tmp_path)
    assert len(again) >= 7 * 4
    assert again.items() <= digests(written[0]).items()


def test_folders_of_dates_are_as_promised(written: tuple[Path, list[dict[str, object]]]) -> None:
    folder, rows = written
    days = sorted(path.name for path in folder.iterdir())
    assert days == [row["day"] for row in rows]
    for day in days:
        facts = tomllib.loads((folder / day / "scene.toml").read_text(encoding="utf-8"))
        assert (facts["day"], facts["sensor"], facts["scale"], facts["synthetic"]) == (
            date.fromisoformat(day),
            "sentinel2",
            10000,
            True,
        )
        assert (facts["baseline"], facts["offset"]) == (("03.01", 0) if day in days[:3] else ("05.09", -1000))
        corners = set()
        for name, side, kind in (
            ("B02", 10.0, "uint16"),
            ("B04", 10.0, "uint16"),
            ("B08", 10.0, "uint16"),
            ("B11", 20.0, "uint16"),
            ("B12", 20.0, "uint16"),
            ("SCL", 20.0, "uint8"),
        ):
            with rasterio.open(folder / day / f"{name}.tif") as band:
                assert (band.crs.to_epsg(), band.res, band.dtypes[0], band.nodata) == (32648, (side, side), kind, 0.0)
                assert not band.tags().keys() & {"TIFFTAG_DATETIME"}
                corners.add(tuple(band.bounds))
                if kind == "uint16":
                    assert (band.read(1) % 10 == 0).mean() > 0.99
        assert len(corners) == 1
        assert all(corner % 20.0 == 0.0 for corner in corners.pop())


@pytest.mark.parametrize("baseline", ["03.01", "05.09"])
def test_clear_pixels_look_like_their_cover(
    scene: Scene, written: tuple[Path, list[dict[str, object]]], baseline: str
) -> None:
    """Median NDVI over the clearest date of a baseline, of forest, water and houses: the offset is in the numbers."""
    best = max((r for r in written[1] if r["baseline"] == baseline), key=lambda row: float(str(row["clear_share"])))
    folder, offset = written[0] / str(best["day"]), float(str(best["offset"]))
    red, nir = (rasterio.open(folder / f"{name}.tif").read(1).astype(float) for name in ("B04", "B08"))
    red, nir = (red + offset) / 1e4, (nir + offset) / 1e4
    clear = np.repeat(np.repeat(np.isin(rasterio.open(folder / "SCL.tif").read(1), (4, 5, 6, 7)), 2, 0), 2, 1)
    kind = scene.seen.plots.at(date.fromisoformat(str(best["day"])).toordinal())[0][scene.seen.plot]
    for one, lowest, highest in ((Kind.NATURAL, 0.72, 0.85), (Kind.OPEN_WATER, -0.5, 0.2), (Kind.HOUSES, 0.25, 0.5)):
        mine = clear & (kind == one)
        found = np.median((nir[mine] - red[mine]) / (nir[mine] + red[mine]))
        assert lowest <= found <= highest, (one, found)
    assert 0.01 < np.median(nir[clear]) < 0.5
