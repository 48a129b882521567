"""A stack of images made into a map of forest, with what it was before each rule and what it is worth.

With the user's points: a random forest on the features of `features`. Without, or with fewer than 50 of either kind:
the rule ``NBR median > 0.6, NBR tenth > 0.4, NDVI median > 0.75``, preliminary and said to be (F1 0.72, accuracy 0.82
where it was measured; 0.57 to 0.69 on synthetic communes, where it misses half the forest). Then, in this order: ground
cleared less than three years ago that does not stand again is no forest; patches and holes below 0.3 ha; strips
narrower than 20 m; patches that the strips left behind.
"""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
from affine import Affine
from pyproj import CRS

from geoplan import zonal
from geoplan.classification import blocks, clearings, forests, training
from geoplan.errors import InputError, Problem
from geoplan.imagery.records import Stack
from geoplan.pixels import patches

UNSEEN = 255
"""Not classified, in every layer of uint8."""

_AT_ONCE = 65_536

_GAP_DAYS = 60
"""So much later than the rule of clearings needs may the first look be: clouds."""

Layer = npt.NDArray[np.uint8]
Facts = dict[str, str | int | float]


@dataclass(frozen=True, slots=True)
class CoverSettings:
    """How a map of forest is made.

    Parameters
    ----------
    fewest_looks : int
        Clear looks of the last 12 months below which a pixel is not classified.
    fewest_points : int
        Training points of forest, and of other land, below which the rule is taken.
    cleared_years : int
        Ground cleared less than so many years ago that does not stand again is no forest.
    min_patch_ha, min_width_m : float
        Smallest patch and narrowest strip that count.
    forest_words, other_words : str
        More words of the training points, between commas.
    trees, seed : int
        Of the random forest.
    """

    fewest_looks: int = 6
    fewest_points: int = 50
    cleared_years: int = 3
    min_patch_ha: float = 0.3
    min_width_m: float = 20.0
    forest_words: str = ""
    other_words: str = ""
    trees: int = forests.TREES
    seed: int = 20260630


@dataclass(frozen=True, eq=False)
class CoverMap:
    """Forest by pixel; 255 in every layer of uint8 is not classified.

    Parameters
    ----------
    probability : uint8 array, shape (y, x)
        Percent that a pixel is forest; 0 and 100 where the rule was taken.
    classified, forest : uint8 array, shape (y, x)
        1 forest, 0 not: as classified, and after the rules.
    cleared_on : int32 array, shape (y, x)
        Year and month of the last clearing seen (202503); 0 is none.
    looks : uint8 array, shape (y, x)
        Clear looks of the last 12 months; never 255 for unseen.
    method : str
        ``random_forest`` or ``preliminary``.
    accuracy : Accuracy or None
        By blocks left out; None for the rule.
    importance : mapping of str to float
        Of the features, greatest first; empty for the rule.
    hectares : mapping of str to float
        Forest of the whole map: ``classified``, ``not_cleared``, ``patches``, ``after`` (each rule after the other),
        and ``unseen``.
    notes : tuple of Problem
        What must be said beside the map.
    """

    probability: Layer
    classified: Layer
    forest: Layer
    cleared_on: npt.NDArray[np.int32]
    looks: Layer
    transform: Affine
    crs: CRS
    method: str
    accuracy: forests.Accuracy | None
    importance: Mapping[str, float] = field(default_factory=dict)
    hectares: Mapping[str, float] = field(default_factory=dict)
    notes: tuple[Problem, ...] = ()

    @property
    def cleared_year(self) -> npt.NDArray[np.int16]:
        """Year of the last clearing seen, 0 is none."""
        return (self.cleared_on // 100).astype(np.int16)


def cover_map(
    stack: Stack,
    read: blocks.Reader,
    points: gpd.GeoDataFrame | None = None,
    *,
    as_of: date,
    terrain: Mapping[str, npt.NDArray[Any]] | None = None,
    settings: CoverSettings | None = None,
    threads: int = 2,
    progress: Callable[[int, int], None] | None = None,
) -> CoverMap:
    """Where forest stands on a day, by pixel of the stack.

    Parameters
    ----------
    stack : Stack
        Images made ready.
    read : callable
        ``read(stack, bounds) -> Observations``: `imagery.read`.
    points : GeoDataFrame, optional
        Training: ``training_id``, ``reference``, ``seen_on``, points in any CRS.
    as_of : date
        Day of the figures; later images are not looked at.
    terrain : mapping of str to array, shape (y, x), optional
        ``slope_deg``, ``hand_m`` on the stack's pixels.
    settings : CoverSettings, optional
    threads : int
        Blocks worked on at once; the map is the same for any number.
    progress : callable, optional
        ``progress(done, total)``, in blocks.

    Raises
    ------
    InputError
        ``classification.nothing_seen`` where no pixel has looks enough; ``classification.word_unknown``,
        ``classification.word_twice`` of the training points.
    """
    wanted = settings or CoverSettings()
    every = blocks.of_stack(stack, read, as_of, terrain or {}, threads, progress)
    seen = every.looks >= wanted.fewest_looks
    if not seen.any():
        last = max((day for day in stack.days if day <= as_of), default=None)
        facts: Facts = {
            "fewest": wanted.fewest_looks,
            "day": as_of.isoformat(),
            "last": last.isoformat() if last else "–",
        }
        raise InputError(Problem("classification.nothing_seen", stack.role, facts))
    taught, notes = _taught(stack, points, every, seen, as_of, wanted)
    accuracy: forests.Accuracy | None = None
    importance: Mapping[str, float] = {}
    if taught is None:
        probability, method = _by_rule(every, seen), "preliminary"
    else:
        grown, accuracy = taught
        probability, method = _judged(grown, every, seen, threads), "random_forest"
        importance = forests.ranked(grown, every.names)
    classified = np.where(seen, (probability >= 50).astype(np.uint8), np.uint8(UNSEEN))
    gone = clearings.recent(every.cleared.cleared_on, as_of, wanted.cleared_years) & ~every.cleared.regrown
    after, hectares = _ruled(classified, gone, stack, wanted)
    return CoverMap(
        probability=probability,
        classified=classified,
        forest=after,
        cleared_on=every.cleared.cleared_on,
        looks=every.looks,
        transform=stack.transform,
        crs=stack.crs,
        method=method,
        accuracy=accuracy,
        importance=importance,
        hectares=hectares,
        notes=(*notes, *_said(stack, hectares, wanted, as_of)),
    )


def _taught(
    stack: Stack,
    points: gpd.GeoDataFrame | None,
    every: blocks.Kept,
    seen: npt.NDArray[np.bool_],
    as_of: date,
    wanted: CoverSettings,
) -> tuple[tuple[Any, forests.Accuracy | None] | None, list[Problem]]:
    """The trees and their accuracy, or None where the rule must do; notes either way."""
    rule = Problem("classification.preliminary", stack.role, {"f1": 0.72, "oa_pct": 82.0, "low_pct": 57.0})
    if points is None or points.empty:
        return None, [rule]
    kinds = training.is_forest(points["reference"], wanted.forest_words, wanted.other_words)
    placed = training.on_pixels(points, stack, kinds, as_of)
    notes = list(placed.notes)
    visible = seen[placed.rows, placed.columns]
    if not visible.all():
        ids = tuple(name for name, saw in zip(placed.ids, visible, strict=True) if not saw)
        notes.append(Problem("classification.points_unseen", "training", {"n": int((~visible).sum())}, ids))
    rows, columns, forest = placed.rows[visible], placed.columns[visible], placed.forest[visible]
    counts = {"forest": int(forest.sum()), "other": int((~forest).sum())}
    if min(counts.values()) < wanted.fewest_points:
        few = Problem("classification.points_too_few", "training", {**counts, "fewest": wanted.fewest_points})
        return None, [*notes, few, rule]
    values = every.at(rows * stack.width + columns)
    places = np.stack([columns, rows], axis=1).astype(np.float64)
    accuracy = forests.by_blocks(values, forest, places, wanted.seed)
    if accuracy is None:
        notes.append(Problem("classification.accuracy_unknown", "training", {}))
    else:
        facts: Facts = {
            "n": accuracy.points,
            "blocks": accuracy.blocks,
            "oa_pct": 100 * accuracy.overall,
            "low_pct": 100 * accuracy.low,
            "high_pct": 100 * accuracy.high,
        }
        notes.append(Problem("classification.accuracy", "training", facts))
    return (forests.grow(values, forest, wanted.seed, wanted.trees), accuracy), notes


def _judged(grown: Any, every: blocks.Kept, seen: npt.NDArray[np.bool_], threads: int) -> Layer:
    """Percent of forest of the seen pixels."""
    places = np.flatnonzero(seen.ravel())
    parts = [places[start : start + _AT_ONCE] for start in range(0, len(places), _AT_ONCE)]
    found = np.full(seen.size, UNSEEN, dtype=np.uint8)
    with ThreadPoolExecutor(threads) as pool:
        for part, share in zip(parts, pool.map(lambda p: forests.shares(grown, every.at(p)), parts), strict=True):
            found[part] = np.floor(100.0 * share + 0.5).astype(np.uint8)
    return found.reshape(seen.shape)


def _by_rule(every: blocks.Kept, seen: npt.NDArray[np.bool_]) -> Layer:
    """100 where the rule finds forest, 0 where not."""
    nbr, low, ndvi = (every.layer(name) for name in ("nbr_p50", "nbr_p10", "ndvi_p50"))
    forest = (nbr > 0.6) & (low > 0.4) & (ndvi > 0.75)
    return np.where(seen, np.where(forest, np.uint8(100), np.uint8(0)), np.uint8(UNSEEN))


def _ruled(
    classified: Layer, gone: npt.NDArray[np.bool_], stack: Stack, wanted: CoverSettings
) -> tuple[Layer, Mapping[str, float]]:
    """The map after the rules, and hectares of forest before and after each."""
    pixel_ha = zonal.pixel_hectares(classified.shape, stack.transform, stack.crs)
    middle = float(pixel_ha[classified.shape[0] // 2, classified.shape[1] // 2])
    side_m = stack.transform.a if stack.crs.is_projected else 100.0 * middle**0.5
    before = np.ma.masked_equal(classified, UNSEEN)
    standing = np.ma.masked_array(np.where(gone & (classified == 1), np.uint8(0), classified), mask=before.mask)
    sized = patches.without_small(standing, middle, wanted.min_patch_ha)
    wide = patches.without_narrow(sized, side_m, wanted.min_width_m)
    after = patches.without_small(wide, middle, wanted.min_patch_ha)
    steps = {"classified": before, "not_cleared": standing, "patches": sized, "after": after}
    hectares = {name: float(pixel_ha[mask.filled(0) == 1].sum()) for name, mask in steps.items()}
    hectares["unseen"] = float(pixel_ha[np.ma.getmaskarray(before)].sum())
    hectares["whole"] = float(pixel_ha.sum())
    return np.asarray(after.filled(UNSEEN), dtype=np.uint8), hectares


def _said(stack: Stack, hectares: Mapping[str, float], wanted: CoverSettings, as_of: date) -> list[Problem]:
    where = stack.role
    rules = {
        "before_ha": hectares["classified"],
        "after_ha": hectares["after"],
        "min_patch_ha": wanted.min_patch_ha,
        "min_width_m": wanted.min_width_m,
        "cleared_ha": hectares["classified"] - hectares["not_cleared"],
        "years": wanted.cleared_years,
    }
    said = [Problem("classification.rules", where, rules)]
    needed = as_of - timedelta(days=round(365.25 * wanted.cleared_years) + clearings.HISTORY_SPAN_DAYS)
    if stack.days[0] > needed + timedelta(days=_GAP_DAYS):
        first: Facts = {"first": stack.days[0].isoformat(), "years": wanted.cleared_years}
        said.append(Problem("classification.history_short", where, first))
    if hectares["unseen"] > 0:
        share = 100.0 * hectares["unseen"] / hectares["whole"]
        facts = {"ha": hectares["unseen"], "share_pct": share, "fewest": wanted.fewest_looks}
        said.append(Problem("classification.part_unseen", where, facts))
    return said
