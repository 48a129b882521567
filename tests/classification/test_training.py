"""Training points: words, pixels, and samples that stand too near."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from pyproj import CRS

from geoplan import crs as coordinates
from geoplan.classification import leaks, training
from geoplan.errors import InputError
from tests.classification import world

OPEN = world.observations("\n".join(["F" * 7] * 4))  # 4 rows, 7 columns


def placed(frame: gpd.GeoDataFrame) -> training.Points:
    kinds = training.is_forest(frame["reference"])
    return training.on_pixels(frame, world.stack(OPEN), kinds, world.AS_OF)


@pytest.mark.parametrize(
    ("word", "forest"),
    [
        ("forest", True),
        ("Rừng tự nhiên", True),
        ("natural_forest", True),
        ("PLANTATION", True),
        ("txg", True),
        ("other", False),
        ("Rừng trồng chưa thành rừng", False),
        ("young-plantation", False),
        ("ngô", False),
        ("DT1", False),
    ],
)
def test_words(word: str, forest: bool) -> None:
    assert training.is_forest(pd.Series([word])).tolist() == [forest]


def test_a_word_that_nobody_listed_is_refused() -> None:
    with pytest.raises(InputError) as error:
        training.is_forest(pd.Series(["forest", "quế", "quế", None, "hồi"]))
    assert error.value.key == "classification.word_unknown"
    assert dict(error.value.problems[0].facts) == {"words": "«hồi», «quế», «»", "n": 4}


def test_the_users_words_stand_above_the_list() -> None:
    words = pd.Series(["quế", "hồi", "plantation", "forest"])
    assert training.is_forest(words, "Quế; hồi", "plantation").tolist() == [True, True, False, True]
    with pytest.raises(InputError) as error:
        training.is_forest(words, "quế, hồi", "HỒI")
    assert error.value.key == "classification.word_twice"


def test_a_point_stands_on_its_own_pixel() -> None:
    found = placed(world.points({"forest": [(0, 6), (3, 1)], "other": [(2, 0)]}))
    assert list(zip(found.rows.tolist(), found.columns.tolist(), found.forest.tolist(), strict=True)) == [
        (0, 6, True),
        (2, 0, False),
        (3, 1, True),
    ]
    assert found.notes == ()


def test_points_in_another_crs_stand_on_the_same_pixel() -> None:
    points = world.points({"forest": [(0, 6), (3, 1)], "other": [(2, 0)]})
    moved, _ = coordinates.to_crs(points, CRS.from_epsg(9213))
    assert placed(moved).rows.tolist() == [0, 2, 3]
    assert placed(moved).columns.tolist() == [6, 0, 1]


def test_points_left_out_are_named() -> None:
    points = world.points(
        {"forest": [(0, 0), (0, 1), (1, 1), (1, 1), (-1, 0), (0, 7), (4, 0)], "other": [(0, 1), (2, 2)]}
    )
    points.loc[8, "seen_on"] = pd.Timestamp("2024-06-29")  # 731 days before
    points.loc[0, "seen_on"] = pd.NaT  # not known: used
    points.loc[6, "geometry"] = shapely.Point(np.inf, -np.inf)
    found = placed(points)
    assert list(zip(found.rows.tolist(), found.columns.tolist(), strict=True)) == [(0, 0), (1, 1)]
    assert found.ids == ("T000", "T002")
    assert {note.key: note.feature_ids for note in found.notes} == {
        "classification.points_outside": ("T004", "T005", "T006"),
        "classification.points_old": ("T008",),
        "classification.points_contrary": ("T001", "T007"),
    }


def test_the_order_of_a_file_does_not_matter() -> None:
    points = world.points({"forest": [(0, 6), (3, 1), (1, 1)], "other": [(2, 0), (2, 5)]})
    one, other = placed(points), placed(points.iloc[::-1].reset_index(drop=True))
    assert one.ids == other.ids
    assert np.array_equal(one.forest, other.forest)


def samples(*metres_east: float) -> gpd.GeoDataFrame:
    """Samples so far east of the middle of pixel (0, 0), on the ground."""
    scale = 0.99967  # of UTM 48 there
    return gpd.GeoDataFrame(
        {"sample_id": [f"S{i}" for i in range(len(metres_east))]},
        geometry=gpd.points_from_xy(
            [world.WEST + 5 + m * scale for m in metres_east], [world.NORTH - 5] * len(metres_east)
        ),
        crs=world.UTM,
    )


def test_a_sample_near_a_training_point_is_named() -> None:
    points = world.points({"forest": [(0, 0)], "other": [(0, 100)]})
    (leak,) = leaks(points, samples(0.0, 19.9, 20.1, 500.0, 985.0))
    assert leak.key == "classification.leak"
    assert leak.feature_ids == ("S0", "S1", "S4")
    assert leak.facts["n"] == 3
    moved, _ = coordinates.to_crs(points, CRS.from_epsg(9213))
    assert leaks(moved, samples(0.0, 19.9, 20.1, 500.0, 985.0))[0].feature_ids == ("S0", "S1", "S4")
    assert leaks(points, samples(21.0)) == ()
    assert leaks(points.iloc[:0], samples(0.0)) == ()
