"""Patches of a mask: what is too small or too narrow to count.

Forest is at least 0.3 ha in one piece (Law on Forestry, definition of forest); so a smaller patch of trees is none, and
a smaller hole in it is part of it. Pixels that touch at a corner are one patch (8 neighbours). A strip of trees counts
from a width of 20 m.
"""

import math
from typing import Any

import numpy as np
import rasterio.features


def without_small(mask: Any, pixel_ha: float, min_patch_ha: float) -> Any:
    """A mask of 0 and 1 without patches and holes below an area.

    Parameters
    ----------
    mask : masked array of uint8, shape (y, x)
        1 is inside. Masked pixels are not seen: they are in no patch and stay masked.
    pixel_ha, min_patch_ha : float
        Hectares of a pixel; smallest area that counts. A patch of just that area counts.
    """
    unseen = np.ma.getmaskarray(mask)
    fewest = math.ceil(min_patch_ha / pixel_ha - 1e-9)
    if fewest <= 1 or unseen.all():
        return mask
    height, width = unseen.shape
    rim = (0, max(0, fewest // width + 1 - height)), (0, 0)  # sieve refuses an image smaller than the patch
    known = np.pad(~unseen, rim, constant_values=False)
    kept = rasterio.features.sieve(np.pad(mask.filled(0), rim), fewest, mask=known, connectivity=8)
    return np.ma.masked_array(kept[:height], mask=unseen)


def without_narrow(mask: Any, pixel_m: float, min_width_m: float) -> Any:
    """A mask of 0 and 1 without what is narrower than a width: an opening by squares of that side.

    A pixel stays where a whole square of 1 holds it. What is not seen and what lies beyond the array may be 1, so
    nothing is removed for lack of sight; a width is measured along rows and columns.

    Parameters
    ----------
    mask : masked array of uint8, shape (y, x)
        1 is inside. Masked pixels are not seen and stay masked.
    pixel_m, min_width_m : float
        Side of a pixel; smallest width that counts. A strip of just that width counts.
    """
    side = math.ceil(min_width_m / pixel_m - 1e-9)
    if side <= 1:
        return mask
    unseen = np.ma.getmaskarray(mask)
    height, width = unseen.shape
    rim = side - 1
    possible = np.pad((mask.filled(1) == 1) | unseen, rim, constant_values=True)
    offsets = [(dy, dx) for dy in range(side) for dx in range(side)]
    whole = np.ones((height + rim, width + rim), dtype=bool)  # squares by their first row and column
    for dy, dx in offsets:
        whole &= possible[dy : dy + height + rim, dx : dx + width + rim]
    wide = np.zeros((height, width), dtype=bool)
    for dy, dx in offsets:
        wide |= whole[dy : dy + height, dx : dx + width]
    return np.ma.masked_array(((mask.filled(0) == 1) & wide).astype(np.uint8), mask=unseen)
