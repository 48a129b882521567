"""The user's points: which are forest, which pixel each stands on, and which stand too near a sample.

A point's `reference` is a word. Words of forest and of other land are listed here and in the user's settings; a text
code of the forest inventory (`TXG`, `DT1`) has the class of its table. A word that nobody listed is refused: to take it
for "not forest" would make a number wrong without a word.
"""

import re
from dataclasses import dataclass
from datetime import date
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
from pyproj import CRS
from scipy.spatial import cKDTree

from geoplan import codes
from geoplan import crs as coordinates
from geoplan.errors import InputError, Problem
from geoplan.imagery.records import Stack
from geoplan.text import letters

FOREST_WORDS = frozenset(
    {
        "forest", "natural forest", "planted forest", "plantation", "mature plantation", "bamboo", "bamboo forest",
        "mixed forest", "karst forest", "evergreen forest",
        "rung", "co rung", "rung tu nhien", "rung trong", "rung la rong thuong xanh", "rung thuong xanh",
        "rung tre nua", "tre nua", "rung hon giao", "rung nui da",
    }
)  # fmt: skip
"""Words of `reference` that are forest, folded (no accents, no case, `_` and `-` as a space)."""

OTHER_WORDS = frozenset(
    {
        "other", "non forest", "nonforest", "not forest", "no forest", "young plantation", "planted not yet forest",
        "regeneration", "cleared", "clearing", "orchard", "fruit", "tea", "rice", "paddy", "maize", "crop", "cropland",
        "annual", "annual crop", "perennial", "perennial crop", "water", "built", "built up", "road", "shrub", "grass",
        "grassland", "bare", "bare land", "rock", "fallow", "swidden",
        "khac", "khong rung", "khong phai rung", "rung trong chua thanh rung", "dat trong", "lua", "ruong", "ngo",
        "vuon", "vuon cay", "cay an qua", "che", "nuong", "nuong ray", "cay hang nam", "cay lau nam", "nuoc",
        "mat nuoc", "nha", "dat o", "khu dan cu", "duong", "cay bui", "trang co", "trang cay bui", "da", "bo hoang",
    }
)  # fmt: skip
"""Words of `reference` that are no forest."""

Facts = dict[str, str | int | float]

LEAK_M = 20.0
OLDEST_DAYS = 730
"""A point seen longer before or after the day of the figures says what stood there then, not now."""


@dataclass(frozen=True, eq=False)
class Points:
    """Training points on pixels.

    Parameters
    ----------
    rows, columns : int array, shape (n,)
        Pixel of the stack.
    forest : bool array, shape (n,)
    ids : tuple of str
    notes : tuple of Problem
        Points left out and why.
    """

    rows: npt.NDArray[np.int64]
    columns: npt.NDArray[np.int64]
    forest: npt.NDArray[np.bool_]
    ids: tuple[str, ...]
    notes: tuple[Problem, ...]


def is_forest(reference: pd.Series, forest_words: str = "", other_words: str = "") -> npt.NDArray[np.bool_]:
    """True where the word is a forest's.

    Parameters
    ----------
    reference : Series of text
        One word or text code a point.
    forest_words, other_words : str
        More words, between commas or semicolons; they stand above the lists of this module.

    Raises
    ------
    InputError
        ``classification.word_twice`` a word in both settings; ``classification.word_unknown`` naming the words that no
        list has, blank ones too.
    """
    ours, theirs = (_words(text) for text in (forest_words, other_words))
    if ours & theirs:
        raise InputError(Problem("classification.word_twice", "training", {"words": ", ".join(sorted(ours & theirs))}))
    meaning = dict.fromkeys(OTHER_WORDS, False) | dict.fromkeys(FOREST_WORDS, True)
    meaning |= dict.fromkeys(theirs, False) | dict.fromkeys(ours, True)
    kinds = codes.forest_class(reference)
    found = []
    unknown: dict[str, int] = {}
    for word, kind in zip(reference, kinds, strict=True):
        known = meaning.get(_folded(word))
        if known is None and kind != codes.UNKNOWN:
            known = kind in codes.COUNTS_FOR_COVER
        if known is None:
            unknown[_shown(word)] = unknown.get(_shown(word), 0) + 1
        found.append(bool(known))
    if unknown:
        facts: Facts = {"words": ", ".join(sorted(unknown)[:10]), "n": sum(unknown.values())}
        raise InputError(Problem("classification.word_unknown", "training", facts))
    return np.array(found, dtype=bool)


def on_pixels(training: gpd.GeoDataFrame, stack: Stack, forest: npt.NDArray[np.bool_], as_of: date) -> Points:
    """The pixel of each point, one point a pixel.

    Left out, with their ids: points outside the stack, seen more than two years from `as_of`, and those that share a
    pixel but say the contrary.

    Parameters
    ----------
    training : GeoDataFrame
        ``training_id``, ``seen_on`` (NaT is not known), points in any CRS.
    stack : Stack
        Its CRS and pixels.
    forest : bool array, shape (n,)
        As `is_forest` gives it.
    as_of : date
        Day of the figures.
    """
    moved = gpd.GeoSeries(coordinates.geometries(training.geometry.array, training.crs, stack.crs))
    t = stack.transform
    columns, rows = np.floor((moved.x - t.c) / t.a).to_numpy(), np.floor((moved.y - t.f) / t.e).to_numpy()
    ids = training["training_id"].astype(str).to_numpy()
    away = (pd.to_datetime(training["seen_on"]) - pd.Timestamp(as_of)).abs().dt.days.to_numpy()
    inside = (rows >= 0) & (rows < stack.height) & (columns >= 0) & (columns < stack.width)
    old = inside & (away > OLDEST_DAYS)
    good = inside & ~old
    rows, columns = np.where(inside, rows, 0), np.where(inside, columns, 0)  # a point may lie at infinity
    pixel = np.where(good, rows * stack.width + columns, -1)
    frame = pd.DataFrame({"pixel": pixel, "forest": forest, "good": good})
    shares = frame[good].groupby("pixel")["forest"].mean()
    share = frame["pixel"].map(shares).to_numpy()
    contrary = good & (share > 0) & (share < 1)
    used = good & ~contrary & ~frame["pixel"].duplicated().to_numpy()
    many: Facts = {"n": int((~inside).sum())}
    notes = [Problem("classification.points_outside", "training", many, _ids(ids, ~inside))]
    many = {"n": int(old.sum()), "years": OLDEST_DAYS // 365}
    notes.append(Problem("classification.points_old", "training", many, _ids(ids, old)))
    many = {"n": int(contrary.sum())}
    notes.append(Problem("classification.points_contrary", "training", many, _ids(ids, contrary)))
    notes = [note for note in notes if note.feature_ids]
    at = np.flatnonzero(used)
    at = at[np.argsort(pixel[at])]  # the trees' draws follow the ground, not the order of a file
    names = tuple(str(name) for name in ids[at])
    return Points(rows[at].astype(np.int64), columns[at].astype(np.int64), forest[at], names, tuple(notes))


def leaks(training: gpd.GeoDataFrame, samples: gpd.GeoDataFrame, near_m: float = LEAK_M) -> tuple[Problem, ...]:
    """Samples of the area estimate that stand nearer than some metres to a training point, named.

    The map was fitted there, so such a sample finds it better than it is.

    Parameters
    ----------
    training, samples : GeoDataFrame
        ``training_id`` and ``sample_id``, points, each in its own CRS.
    near_m : float
        Metres on the ground.
    """
    if training.empty or samples.empty:
        return ()
    lonlat = coordinates.lonlat(CRS.from_user_input(samples.crs))
    there, here = (_lonlat(frame, lonlat) for frame in (training, samples))
    scale = _metres_a_degree(float(here[:, 1].mean()))
    distance, _ = cKDTree(there * scale).query(here * scale, distance_upper_bound=near_m * 1.01)
    near = distance < near_m
    if not near.any():
        return ()
    ids = samples["sample_id"].astype(str).to_numpy()
    return (Problem("classification.leak", "samples", {"n": int(near.sum()), "metres": near_m}, _ids(ids, near)),)


def _words(text: str) -> set[str]:
    return {_folded(word) for word in re.split("[,;]", text)} - {""}


def _folded(word: object) -> str:
    if word is None or pd.isna(word):  # type: ignore[call-overload]  # a scalar of any kind comes out of a column
        return ""
    return letters.fold(re.sub("[_-]", " ", str(word)))


def _shown(word: object) -> str:
    return f"«{letters.nfc(str(word))[:40]}»" if _folded(word) else "«»"


def _ids(ids: npt.NDArray[Any], which: npt.NDArray[np.bool_]) -> tuple[str, ...]:
    return tuple(str(i) for i in ids[which])


def _lonlat(frame: gpd.GeoDataFrame, lonlat: CRS) -> npt.NDArray[np.float64]:
    points = gpd.GeoSeries(coordinates.geometries(frame.geometry.array, frame.crs, lonlat))
    return np.stack([points.x.to_numpy(), points.y.to_numpy()], axis=1)


def _metres_a_degree(latitude: float) -> npt.NDArray[np.float64]:
    """Metres of a degree of longitude and of latitude on the ellipsoid (WGS 84, whose size VN-2000 has)."""
    axis, e2 = 6378137.0, 0.00669437999014
    sine = np.sin(np.radians(latitude))
    across = axis / np.sqrt(1 - e2 * sine**2)
    along = across * (1 - e2) / (1 - e2 * sine**2)
    found: npt.NDArray[np.float64] = np.radians(np.array([across * np.cos(np.radians(latitude)), along]))
    return found
