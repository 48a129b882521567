"""Patches of a mask: what is too small to count.

Forest is at least 0.3 ha in one piece (Law on Forestry, definition of forest); so a smaller patch of trees is none, and
a smaller hole in it is part of it. Pixels that touch at a corner are one patch (8 neighbours).
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
    kept = rasterio.features.sieve(mask.filled(0), fewest, mask=~unseen, connectivity=8)
    return np.ma.masked_array(kept, mask=unseen)
