"""Points that people would have read on fine images: samples to estimate areas with, and others to train a map with."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt
from scipy.spatial import cKDTree

from geoplan import crs
from geoplan.demo.commune import CRS, Commune
from geoplan.demo.land_cover import PIXEL_M, TREES, UNSEEN, Cover
from geoplan.demo.noise import Floats
from geoplan.demo.plan import AS_OF
from geoplan.demo.scene.plots import Mask
from geoplan.demo.scene.truth_forest import CLASSES, class_words
from geoplan.demo.scene.world import SCENE_CRS, World

CORE_FOREST, CORE_OTHER, EDGE = 1, 2, 3
EDGE_PX = 2.0
SAMPLES, LEAST, TRAINING = 360, 75, 520
GUESSED_SD = {CORE_FOREST: 0.2, CORE_OTHER: 0.25, EDGE: 0.48}
"""Standard deviations that a planner would guess, for the allocation after Neyman."""
WRONG_SAMPLE, WRONG_TRAINING = 0.01, 0.02
APART_M = 60.0
SEEN_ON = "2026-06-14"

Strata = NDArray[np.uint8]
Rows = list[Mapping[str, object]]


@dataclass(frozen=True, eq=False)
class Drawn:
    """What is written: the strata on the old map's grid, samples, training points."""

    strata: Strata
    samples: Rows
    training: Rows


def drawn(made: Commune, cover: Cover, seen: World, forest: Mask, seed: int) -> Drawn:
    """Strata of the old map, a stratified sample with the truth as people would read it, and training points.

    Parameters
    ----------
    forest : array of bool
        True forest with the rules, on the scene's grid.
    """
    rng = np.random.default_rng([seed, 5001])
    strata = strata_of(cover)
    spots, stratum = _sampled(made, cover, strata, rng)
    there = _moved(spots, CRS, SCENE_CRS)
    truth = forest[_cells(there, seen)]
    said = truth ^ (rng.uniform(size=len(truth)) < WRONG_SAMPLE)
    lon, lat = _moved(spots, CRS, "EPSG:4326").T
    sure = rng.uniform(size=len(said))
    samples: Rows = [
        {
            "sample_id": f"M{i + 1:03d}",
            "lon": f"{lon[i]:.7f}",
            "lat": f"{lat[i]:.7f}",
            "stratum": int(stratum[i]),
            "reference": "forest" if said[i] else "other",
            "confidence": "medium" if stratum[i] == EDGE and sure[i] < 0.4 else "high",
            "interpreter": f"Người đoán đọc giả lập {1 + i % 2}",
            "seen_on": SEEN_ON,
        }
        for i in range(len(spots))
    ]
    return Drawn(strata, samples, _training(made, seen, there, rng))


def strata_of(cover: Cover) -> Strata:
    """Strata on the old map's grid: 1 forest, 2 other, 3 within 20 m of the border between them or not seen."""
    trees, unseen = np.isin(cover.classes, TREES), cover.classes == UNSEEN
    near = np.minimum(
        np.where(trees, distance_transform_edt(trees), np.inf), np.where(~trees, distance_transform_edt(~trees), np.inf)
    )
    found = np.where((near <= EDGE_PX) | unseen, EDGE, np.where(trees, CORE_FOREST, CORE_OTHER))
    return found.astype(np.uint8)


def _sampled(made: Commune, cover: Cover, strata: Strata, rng: np.random.Generator) -> tuple[Floats, NDArray[np.uint8]]:
    """Points (n, 2) in the project's CRS and their strata: pixels without replacement, anywhere in the pixel."""
    rows, columns = np.indices(strata.shape)
    x, y = cover.west + (columns + 0.5) * PIXEL_M, cover.north - (rows + 0.5) * PIXEL_M
    shapely.prepare(made.outline)
    inside = shapely.contains_xy(made.outline, x, y)
    weight = {h: (inside & (strata == h)).sum() * sd for h, sd in GUESSED_SD.items()}
    spots, stratum = list[Floats](), list[NDArray[np.uint8]]()
    for h in sorted(weight):
        count = max(LEAST, round(SAMPLES * weight[h] / sum(weight.values())))
        chosen = rng.choice(np.flatnonzero(inside & (strata == h)), size=count, replace=False)
        middle = np.column_stack([x.ravel()[chosen], y.ravel()[chosen]])
        spots.append(middle + rng.uniform(-4.9, 4.9, (count, 2)))
        stratum.append(np.full(count, h, dtype=np.uint8))
    order = rng.permutation(sum(len(part) for part in spots))
    return np.concatenate(spots)[order], np.concatenate(stratum)[order]


def _training(made: Commune, seen: World, samples: Floats, rng: np.random.Generator) -> Rows:
    """Points of every class in the commune, 60 m and more from any sample, 10 m and more from another plot."""
    words = np.array(class_words(seen, date.fromisoformat(AS_OF).toordinal()), dtype=object)[seen.plot]
    inside = seen.grid.mask(shapely.union_all(_moved_shapes(made)))
    inner = np.ones(words.shape, dtype=bool)
    for down, right in ((0, 1), (1, 0), (0, -1), (-1, 0)):
        inner &= np.roll(words, (down, right), axis=(0, 1)) == words
    far = cKDTree(samples).query(seen.grid.middles())[0].reshape(words.shape) >= APART_M + 10.0
    found, every = list[tuple[Floats, str]](), list(CLASSES)
    share = {"natural_forest": 0.26, "plantation": 0.18, "orchard": 0.09, "rice": 0.1, "maize": 0.1, "shrub": 0.13}
    for word in every:
        places = np.flatnonzero(inside & inner & far & (words == word))
        count = min(round(TRAINING * share.get(word, 0.05)), len(places) // 3)
        for place in rng.choice(places, size=count, replace=False):
            row, column = divmod(int(place), seen.grid.columns)
            found.append((np.array([column + rng.uniform(0.1, 0.9), row + rng.uniform(0.1, 0.9)]), word))
    spots = np.array([spot for spot, _ in found]) * (10.0, -10.0) + (seen.grid.west, seen.grid.north)
    lon, lat = _moved(spots, SCENE_CRS, "EPSG:4326").T
    order, wrong = rng.permutation(len(found)), rng.uniform(size=len(found)) < WRONG_TRAINING
    return [
        {
            "training_id": f"HL{n + 1:03d}",
            "lon": f"{lon[i]:.7f}",
            "lat": f"{lat[i]:.7f}",
            "reference": str(rng.choice(every)) if wrong[i] else found[i][1],
            "seen_on": SEEN_ON,
        }
        for n, i in enumerate(order)
    ]


def _moved_shapes(made: Commune) -> NDArray[np.object_]:
    """The commune's outline in the scene's CRS."""
    shapes: NDArray[np.object_] = np.array(
        [crs.geometries(made.outline, pyproj.CRS(CRS), pyproj.CRS(SCENE_CRS))], dtype=object
    )
    return shapes


def _moved(spots: Floats, source: str, target: str) -> Floats:
    """Points (n, 2) from one CRS to another."""
    return np.column_stack(crs.transform(spots[:, 0], spots[:, 1], pyproj.CRS(source), pyproj.CRS(target)))


def _cells(spots: Floats, seen: World) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows and columns of points in the scene's CRS."""
    row = ((seen.grid.north - spots[:, 1]) // PIXEL_M).astype(np.int64)
    column = ((spots[:, 0] - seen.grid.west) // PIXEL_M).astype(np.int64)
    return row, column
