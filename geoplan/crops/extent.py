"""How much of a zone is in each state, and how sure that is."""

import math
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import rasterio.features
from scipy.ndimage import binary_dilation, distance_transform_edt

from geoplan.crops.rules import INSUFFICIENT, STATES, Codes
from geoplan.crops.zone_pixels import ZonePixels

TOGETHER = 4.0
"""Pixels that err together: the short-wave infrared bands are measured on 20 m, four pixels of 10 m each."""


HALF, ONE_MIND = 0.5, 0.9
"""Parts of a zone that make it of one mind (`filled`)."""

SAME_AREA = 1e-5
"""Pixels that sum to a zone's area but for this share fill it: the rest is rounding, and they are made to agree."""


@dataclass(frozen=True, slots=True)
class Extent:
    """Hectares of a zone by state, together the zone's; `low` and `high` of the converted ones, 95 %.

    `low` and `high` are Wilson's interval of the share of pixels, four of which count as one look at the ground;
    `high` takes in what is not known.
    """

    ha: dict[str, float]
    low: float
    high: float


def field_by_field(pixels: ZonePixels, states: Codes, smallest: int) -> Codes:
    """States of pixels without specks, edges joined to the inside; shape (n,).

    Parameters
    ----------
    pixels : ZonePixels
        Of the zone.
    states : int8 array, shape (n,)
        State of each by itself.
    smallest : int
        Pixels below which a patch takes the state of what is around it. A pixel with too few looks neither takes nor
        gives: what was not seen stays so.
    """
    size = int(pixels.row.max()) + 1, int(pixels.column.max()) + 1
    place = pixels.row, pixels.column
    grid = np.full(size, INSUFFICIENT, dtype=np.uint8)
    inside = np.zeros(size, dtype=bool)
    grid[place], inside[place] = states, pixels.pure
    judged = inside & (grid != INSUFFICIENT)
    if judged.any():
        grid = rasterio.features.sieve(grid, smallest, mask=judged, connectivity=4)
    near = distance_transform_edt(~inside, return_distances=False, return_indices=True)
    made = grid[tuple(near)][place]
    return np.asarray(np.where(~pixels.pure & (states == INSUFFICIENT), INSUFFICIENT, made), dtype=np.int8)


def joined(pixels: ZonePixels, states: Codes, leaning: Codes, looked: npt.NDArray[np.bool_]) -> Codes:
    """States in which an unsure pixel that leans to what one of its eight neighbours surely is, is so too.

    Parameters
    ----------
    pixels : ZonePixels
        Of the zone.
    states, leaning : int8 array, shape (n,)
        State of each by the rule, and by the less sure one.
    looked : bool array, shape (n,)
        Pixels with looks enough: the others stay as they are.
    """
    size = int(pixels.row.max()) + 1, int(pixels.column.max()) + 1
    made = states.copy()
    for state in range(len(STATES)):
        if state != INSUFFICIENT:
            sure = np.zeros(size, dtype=bool)
            sure[pixels.row, pixels.column] = (states == state) & pixels.pure
            near = binary_dilation(sure, np.ones((3, 3)))[pixels.row, pixels.column]
            made[(states == INSUFFICIENT) & looked & near & (leaning == state)] = state
    return made


def filled(pixels: ZonePixels, states: Codes, whole: Codes) -> Codes:
    """States in which pixels with too few looks of their own take the zone's, where the zone is of one mind.

    Of one mind: at least half of it is judged pixel by pixel, nine tenths of that as the zone as a whole is.

    Parameters
    ----------
    pixels : ZonePixels
        Of the zone.
    states : int8 array, shape (n,)
        State of each by its own looks.
    whole : int8 array, shape (n,)
        State of the zone as one field; ``insufficient`` at pixels hardly seen at all, which stay so.
    """
    state = int(whole.max(initial=INSUFFICIENT))
    judged = states != INSUFFICIENT
    seen = float(pixels.ha[judged].sum())
    alike = float(pixels.ha[states == state].sum())
    if state == INSUFFICIENT or seen < HALF * float(pixels.ha.sum()) or alike < ONE_MIND * seen:
        return states
    return np.asarray(np.where(judged, states, whole), dtype=np.int8)


def extent(pixels: ZonePixels, states: Codes, zone_ha: float) -> Extent:
    """Hectares by state; what the images do not reach is ``insufficient``."""
    reached = float(pixels.ha.sum())
    if abs(zone_ha - reached) <= SAME_AREA * zone_ha:
        pixels = replace(pixels, ha=pixels.ha * (zone_ha / reached))
    sums = np.bincount(states, weights=pixels.ha, minlength=len(STATES))
    ha = dict(zip(STATES, (float(s) for s in sums), strict=True))
    ha["insufficient"] += max(0.0, zone_ha - float(pixels.ha.sum()))
    clear = (states != INSUFFICIENT) & (states != STATES.index("abandoned"))
    judged = float(pixels.ha[clear].sum())
    if judged <= 0:
        return Extent(ha, 0.0, zone_ha)
    count = max(1.0, float((clear & pixels.pure).sum()) / TOGETHER)
    low, high = interval(ha["converted"] / judged, count)
    return Extent(ha, low * judged, min(zone_ha, high * judged + zone_ha - judged))


def interval(share: float, count: float) -> tuple[float, float]:
    """Lowest and highest share, 95 %, of a share found in so many independent looks.

    Wilson 1927, doi:10.1080/01621459.1927.10502953.
    """
    z = 1.959964
    middle = (share + z * z / (2 * count)) / (1 + z * z / count)
    half = z / (1 + z * z / count) * math.sqrt(share * (1 - share) / count + z * z / (4 * count * count))
    return min(share, max(0.0, middle - half)), max(share, min(1.0, middle + half))


def share_of(flags: npt.NDArray[np.bool_], pixels: ZonePixels) -> float:
    """Part of the zone's ground, 0 to 1, on which a flag holds."""
    total = float(pixels.ha.sum())
    return float(pixels.ha[flags].sum()) / total if total > 0 else 0.0
