"""Ground that two features share: found, cut where nothing is in doubt, refused where the table does not decide.

A sliver, where borders were not snapped, is cut from the larger of the two and said: ground is never counted twice. A
larger overlap belongs to one of the two by somebody's word; with `decided` the declared hectares speak where they fit
exactly one way of dividing it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from pyproj import CRS

from geoplan import areas
from geoplan.errors import Problem
from geoplan.formats.verdict import Verdict
from geoplan.layers import complexity, gaps
from geoplan.layers.kinds import Schema

OVERLAP_HA = 0.01
OVERLAP_SHARE = 0.01
"""Two features that share more than this (both) are refused; less is a digitising sliver, which is cut."""
MOST_PAIRS = 2_000
"""Real overlaps after which nobody counts further: the layer is refused."""
FIT_HA, FIT_SHARE = 0.01, 0.01
"""Declared hectares fit a division of an overlap within the larger of the two."""
_TOUCH_HA = 1e-6
_TOLD_HA = 0.01
_SHOWN = 5
_MOST_TOGETHER = 10
_STEP, _BATCH = 200, 5_000
_NEIGHBOURS = 100
_FREE = frozenset({"any", "draft_zones"})
_CONTINUOUS = frozenset({"communes", "villages"})

Shapes = npt.NDArray[np.object_]
Hectares = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Shared:
    """Pairs of features with the hectares that they share, largest first; `real` ones are more than slivers."""

    left: npt.NDArray[np.intp]
    right: npt.NDArray[np.intp]
    ha: Hectares
    real: npt.NDArray[np.bool_]

    def ids(self, rows: Any, names: Sequence[str]) -> tuple[str, ...]:
        """Names of the features of some pairs, each once."""
        chosen = np.flatnonzero(rows).tolist()
        return tuple(dict.fromkeys(names[k] for i in chosen for k in (self.left[i], self.right[i])))

    def told(self, rows: Any, names: Sequence[str]) -> str:
        """The first pairs as text."""
        chosen = np.flatnonzero(rows).tolist()[:_SHOWN]
        return "; ".join(f"{names[self.left[i]]} + {names[self.right[i]]}: {self.ha[i]:.2f} ha" for i in chosen)


def settle(
    role: Schema, shapes: Shapes, crs: CRS, names: Sequence[str], where: str, *, declared: Hectares | None = None
) -> tuple[Shapes, Verdict]:
    """Shapes of a layer with each piece of ground once, and what was cut or is refused.

    Parameters
    ----------
    role : Schema
        Where its features may share ground (parcels, sites), overlaps are only told.
    shapes : array of object
        Valid polygons; anything else passes.
    crs : CRS
        Theirs.
    names : sequence of str
        Names of the features.
    where : str
        File, for the messages.
    declared : array of float, optional
        Hectares that the table states: they may decide an overlap. None: nothing is decided.

    Returns
    -------
    array of object, Verdict
        ``layer.geometry_twice``, ``layer.overlap`` (over 0.01 ha and over 1 % of the smaller one) as errors;
        ``layer.overlap_slivers`` (cut) and ``layer.mended_overlaps`` (cut as the table says) as mended;
        ``layer.gaps`` and, of roles that may share ground, ``layer.overlap_told`` as warnings.
    """
    said = Verdict()
    if role.role in _FREE or len(shapes) < 2:
        return shapes, said
    made, hectares = shapes.copy(), areas.of(shapes, crs)
    said.refuse(twins(shapes, names, where) if role.alone else [])
    if said.errors:
        return shapes, said
    found, much = shared(shapes, crs, hectares, names, where)
    said.refuse(p for p in much if role.alone or p.key != "layer.overlaps_many")
    if not role.alone:
        said.tell(p for p in much if p.key == "layer.overlaps_many")
        said.tell(_told("layer.overlap_told", found, found.real, names, where))
        return shapes, said
    said.mend(cut_slivers(made, found, hectares, names, where))
    done = np.zeros(len(found.ha), dtype=bool)
    if declared is not None:
        done = decided(made, crs, found, declared)
        said.mend(_told("layer.mended_overlaps", found, done, names, where))
    said.refuse(_told("layer.overlap", found, found.real & ~done, names, where))
    if role.role in _CONTINUOUS and not said.errors:
        said.tell(gaps.told(made, crs, names, where))
    return made, said


def twins(shapes: Shapes, names: Sequence[str], where: str) -> list[Problem]:
    """``layer.geometry_twice`` with all features that have the shape of another one."""
    keys = shapely.to_wkb(shapely.normalize(shapely.force_2d(shapes)))
    _, first, counts = np.unique(keys, return_inverse=True, return_counts=True)
    twice = counts[first] > 1
    if not twice.any():
        return []
    order = np.flatnonzero(twice)
    order = order[np.argsort(first[order], kind="stable")]
    return [Problem("layer.geometry_twice", where, {"n": len(order)}, tuple(names[i] for i in order.tolist()))]


def shared(
    shapes: Shapes, crs: CRS, hectares: Hectares, names: Sequence[str], where: str
) -> tuple[Shared, list[Problem]]:
    """Pairs that share ground; ``layer.geometry_too_complex`` or ``layer.overlaps_many`` where it is too much work.

    Parameters
    ----------
    shapes : array of object
        Valid polygons.
    crs : CRS
        Theirs.
    hectares : array of float
        Geodesic hectares of each.
    """
    said: list[Problem] = []
    batches, tangled = [], np.zeros(len(shapes), dtype=bool)
    count = 0
    for pair in _candidates(shapes):
        much = complexity.cross_too_often(shapes[pair[0]], shapes[pair[1]])
        tangled[pair[0][much]] = tangled[pair[1][much]] = True
        left, right, ha = _common(shapes, crs, pair[0][~much], pair[1][~much])
        real = (ha > OVERLAP_HA) & (ha > OVERLAP_SHARE * np.minimum(hectares[left], hectares[right]))
        batches.append((left, right, ha, real))
        count += int(real.sum())
        if count > MOST_PAIRS:
            facts: dict[str, str | int | float] = {"n": MOST_PAIRS}
            said.append(Problem("layer.overlaps_many", where, facts))
            break
    if tangled.any():
        ids = tuple(names[i] for i in np.flatnonzero(tangled).tolist())
        facts = {"n": len(ids), "most": complexity.MOST_VERTICES}
        said.append(Problem("layer.geometry_too_complex", where, facts, ids))
    if not batches:
        none = np.empty(0, dtype=np.intp)
        return Shared(none, none, np.empty(0), np.empty(0, dtype=bool)), said
    left, right, ha, real = (np.concatenate(column) for column in zip(*batches, strict=True))
    order = np.argsort(-ha, kind="stable")
    return Shared(left[order], right[order], ha[order], real[order]), said


def _common(
    shapes: Shapes, crs: CRS, left: npt.NDArray[np.intp], right: npt.NDArray[np.intp]
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp], Hectares]:
    """Pairs that share more than an edge, and the hectares that they share."""
    meeting = ~shapely.touches(shapes[left], shapes[right])
    left, right = left[meeting], right[meeting]
    ha = areas.of(shapely.intersection(shapes[left], shapes[right]), crs)
    some = ha > _TOUCH_HA
    return left[some], right[some], ha[some]


def cut_slivers(shapes: Shapes, found: Shared, hectares: Hectares, names: Sequence[str], where: str) -> list[Problem]:
    """Cut slivers from the larger of the two, in place; ``layer.overlap_slivers`` where they come to 0.01 ha."""
    slivers = ~found.real
    if float(found.ha[slivers].sum()) < _TOLD_HA:
        return []
    for i in np.flatnonzero(slivers).tolist():
        a, b = found.left[i], found.right[i]
        large, small = (a, b) if hectares[a] >= hectares[b] else (b, a)
        _cut(shapes, large, small)
    facts: dict[str, str | int | float] = {"n": int(slivers.sum()), "ha": float(found.ha[slivers].sum())}
    return [Problem("layer.overlap_slivers", where, facts, found.ids(slivers, names))]


def decided(shapes: Shapes, crs: CRS, found: Shared, declared: Hectares) -> npt.NDArray[np.bool_]:
    """Which real overlaps the declared hectares decide: these are cut, in place.

    Overlaps that hang together are divided together, so that each feature comes to what the table says of it. Where no
    division fits, or more than one, all of them stay.
    """
    done = np.zeros(len(found.ha), dtype=bool)
    hectares = areas.of(shapes, crs)
    for pairs in _groups(found):
        members = sorted({int(k) for i in pairs for k in (found.left[i], found.right[i])})
        if len(pairs) > _MOST_TOGETHER or np.isnan(declared[members]).any():
            continue
        losers = _division(found, pairs, members, hectares, declared)
        if losers is None:
            continue
        kept = shapes[members].copy()
        for i, loser in zip(pairs, losers, strict=True):
            _cut(shapes, loser, int(found.left[i] + found.right[i] - loser))
        if _fits(areas.of(shapes[members], crs), declared[members]):
            done[pairs] = True
        else:
            shapes[members] = kept
    return done


def _told(key: str, found: Shared, rows: Any, names: Sequence[str], where: str) -> list[Problem]:
    """Some pairs as a problem, with the first of them spelled out."""
    if not np.any(rows):
        return []
    facts: dict[str, str | int | float] = {"n": int(np.sum(rows)), "ha": float(found.ha[rows].sum())}
    return [Problem(key, where, {**facts, "pairs": found.told(rows, names)}, found.ids(rows, names))]


def _candidates(shapes: Shapes) -> Iterator[tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]]:
    """Pairs that may share ground, in batches: one has an edge that fits no neighbour's, or lies inside the other.

    Where boxes meet far more often than those of neighbours, looking for such edges is itself too much work: then all
    pairs come, and the caller stops when it has seen enough.
    """
    tree = shapely.STRtree(shapes)
    loose = np.arange(len(shapes))
    if not _crowded(tree, shapes):
        loose = np.flatnonzero(~shapely.is_empty(shapely.coverage_invalid_edges(shapes)))
    shapely.prepare(shapes[loose])
    alone = np.zeros(len(shapes), dtype=bool)
    alone[loose] = True
    for start in range(0, len(loose), _STEP):
        i, right = tree.query(shapes[loose[start : start + _STEP]], predicate="intersects")
        left = loose[start + i]
        once = (left < right) | ((left > right) & ~alone[right])
        left, right = np.minimum(left[once], right[once]), np.maximum(left[once], right[once])
        order = np.lexsort((right, left))
        left, right = left[order], right[order]
        for k in range(0, len(left), _BATCH):
            yield left[k : k + _BATCH], right[k : k + _BATCH]


def _crowded(tree: shapely.STRtree, shapes: Shapes) -> bool:
    """True where each box meets hundreds of others."""
    met, most = 0, _NEIGHBOURS * max(len(shapes), 1000)
    for start in range(0, len(shapes), _STEP):
        met += tree.query(shapely.box(*shapely.bounds(shapes[start : start + _STEP]).T)).shape[1]
        if met > most:
            return True
    return False


def _groups(found: Shared) -> list[list[int]]:
    """Real pairs that hang together by their features."""
    group: dict[int, list[int]] = {}
    for i in np.flatnonzero(found.real).tolist():
        a, b = int(found.left[i]), int(found.right[i])
        joined = group.get(a, [])
        if group.get(b) is not joined:
            joined = [*joined, *group.get(b, [])]
        joined = [*joined, i]
        for k in joined:
            group[int(found.left[k])] = group[int(found.right[k])] = joined
    return list({id(pairs): pairs for pairs in group.values()}.values())


def _division(
    found: Shared, pairs: list[int], members: list[int], hectares: Hectares, declared: Hectares
) -> tuple[int, ...] | None:
    """The one way of giving each overlap to one side that the declared hectares fit; None where none or several do."""
    fitting = []
    for losers in product(*((int(found.left[i]), int(found.right[i])) for i in pairs)):
        left = {k: float(hectares[k]) for k in members}
        for i, loser in zip(pairs, losers, strict=True):
            left[loser] -= float(found.ha[i])
        if _fits(np.array([left[k] for k in members]), declared[members]):
            fitting.append(losers)
    return fitting[0] if len(fitting) == 1 else None


def _fits(hectares: Hectares, declared: Hectares) -> bool:
    return bool((np.abs(hectares - declared) <= np.maximum(FIT_HA, FIT_SHARE * np.abs(hectares))).all())


def _cut(shapes: Shapes, large: int, small: int) -> None:
    """The larger shape without the smaller, polygons only."""
    made = shapely.difference(shapes[large], shapes[small])
    parts = shapely.get_parts(shapely.get_parts(made))
    areal = parts[shapely.get_type_id(parts) == 3]
    shapes[large] = areal[0] if len(areal) == 1 else shapely.multipolygons(areal)
