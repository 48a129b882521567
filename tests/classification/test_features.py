"""Features of pixels: constant ones by hand, a fresh clear-cut, days after the day of the figures, neighbours."""

from datetime import date

import numpy as np
import pytest

from geoplan.classification import blocks, features
from geoplan.imagery.records import UNSEEN, Observations
from tests.classification import world


def test_a_pixel_that_never_changes_by_hand() -> None:
    made = features.features(world.observations("FFF FFF FFF"), world.AS_OF)
    pixel = {name: float(made.layer(name)[1, 1]) for name in made.names}
    ndvi, nbr, lswi = 2750 / 3450, 2400 / 3800, 1600 / 4600
    for name, value in (("ndvi", ndvi), ("nbr", nbr), ("lswi", lswi)):
        for part in ("level", "p5", "p10", "p25", "p50", "p75", "p95"):
            assert pixel[f"{name}_{part}"] == pytest.approx(value, abs=1e-6)
        assert pixel[f"{name}_cosine"] == pytest.approx(0.0, abs=1e-6)
        assert pixel[f"{name}_sine"] == pytest.approx(0.0, abs=1e-6)
        assert pixel[f"{name}_spread"] == pytest.approx(features.FLOORS[name])
    assert pixel["ndvi_last"] == pytest.approx(ndvi)
    assert pixel["bsi_last"] == pytest.approx((1500 + 350 - 3100 - 300) / (1500 + 350 + 3100 + 300))
    assert (pixel["red_dry"], pixel["swir1_dry"], pixel["swir2_dry"]) == pytest.approx((0.035, 0.15, 0.07))
    assert pixel["nbr_p50_mean3"] == pytest.approx(nbr)
    assert pixel["nbr_p50_sd5"] == pytest.approx(0.0, abs=1e-6)
    assert made.looks[1, 1] == sum(date(2025, 6, 30) < day <= world.AS_OF for day in world.DAYS) == 22


def test_days_after_the_day_of_the_figures_are_not_looked_at() -> None:
    seen = world.observations("F")
    day = date(2025, 3, 1)
    known = Observations(
        tuple(d for d in seen.days if d <= day),
        {b: v[: sum(d <= day for d in seen.days)] for b, v in seen.bands.items()},
        seen.transform,
    )
    for band in seen.bands.values():
        band[[d > day for d in seen.days]] = 5000
    one, other = features.features(seen, day), features.features(known, day)
    assert np.array_equal(one.values, other.values, equal_nan=True)
    assert np.array_equal(one.looks, other.looks)


def test_a_fresh_clear_cut_is_seen_in_the_last_looks_only() -> None:
    seen = world.observations("F")
    for name, value in zip(seen.bands, world.SPECTRA["B"], strict=True):
        seen.bands[name][-4:] = value
    made = features.features(seen, world.AS_OF)
    assert float(made.layer("nbr_p50")[0, 0]) == pytest.approx(2400 / 3800)
    assert float(made.layer("nbr_last")[0, 0]) == pytest.approx(-400 / 5000)


def test_the_dry_season_is_november_to_january_of_the_last_year() -> None:
    seen = world.observations("F")
    months = np.array([d.month for d in seen.days])
    last = np.array([d > date(2025, 6, 30) for d in seen.days])
    seen.bands["red"][np.isin(months, (11, 12, 1)) & last] = 800
    assert float(features.features(seen, world.AS_OF).layer("red_dry")[0, 0]) == pytest.approx(0.08)


def test_what_was_never_seen_has_no_number() -> None:
    made = features.features(world.observations("F?"), world.AS_OF)
    assert made.looks[0].tolist() == [22, 0]
    alone = [i for i, name in enumerate(made.names) if name not in features.NEIGHBOURS]
    assert np.isnan(made.values[alone, 0, 1]).all()


def test_neighbours_by_hand() -> None:
    layer = np.array([[1, 2, 3], [4, 5, np.nan], [7, 8, 9]], dtype=np.float32)
    mean, spread = features.neighbours(layer, 1)
    assert mean[0, 0] == pytest.approx(3.0)  # 1 2 4 5
    assert mean[1, 1] == pytest.approx(39 / 8)
    assert mean[1, 2] == pytest.approx(27 / 5)  # 2 3 5 8 9
    assert spread[0, 0] == pytest.approx(np.std([1, 2, 4, 5]))
    assert np.isnan(features.neighbours(np.full((1, 1), 3.0), 2)[1]).all()


def test_blocks_and_strips_join_without_a_seam(monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(3)
    seen = world.observations("\n".join(["F" * 23] * 17))
    for band in seen.bands.values():
        band[:] = random.integers(300, 3000, band.shape)
    hidden = random.random(seen.bands["nir"].shape) < 0.5
    for band in seen.bands.values():
        band[hidden] = UNSEEN
    slope = random.uniform(0, 40, (17, 23))
    whole = features.features(seen, world.AS_OF, {"slope_deg": slope})
    read = world.reader(seen)
    told: list[tuple[int, int]] = []
    kept = []
    for block, pixels in ((256, 16_384), (5, 11)):  # the second: blocks of 5 pixels in strips of 2 rows
        monkeypatch.setattr(blocks, "_AT_ONCE", pixels)
        stack = world.stack(seen, block)
        kept.append(blocks.of_stack(stack, read, world.AS_OF, {"slope_deg": slope}, 2, lambda *done: told.append(done)))
    assert told == [(1, 1), *((n, 20) for n in range(1, 21))]
    assert np.array_equal(kept[0].stored, kept[1].stored)
    assert np.array_equal(kept[1].looks, whole.looks)
    assert kept[1].names == whole.names
    for name in whole.names:
        off = 0.06 if name == "slope_deg" else 1e-4
        assert kept[1].layer(name) == pytest.approx(whole.layer(name), abs=off, nan_ok=True)
    places = np.array([0, 24, 390])
    assert kept[1].at(places)[:, 3] == pytest.approx(kept[1].layer(whole.names[3]).ravel()[places], nan_ok=True)


def test_terrain_of_another_shape_is_refused() -> None:
    seen = world.observations("FF")
    with pytest.raises(ValueError, match="shape"):
        features.features(seen, world.AS_OF, {"slope_deg": np.zeros((2, 2))})
    with pytest.raises(ValueError, match="shape"):
        blocks.of_stack(world.stack(seen), world.reader(seen), world.AS_OF, {"slope_deg": np.zeros((2, 2))}, 1, None)
