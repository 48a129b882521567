"""Spectral indices of Sentinel-2 bands, without unit: what greenness, water, bare ground and burning look like.

Bands are reflectance as floating numbers (NaN is not observed), or reflectance times 10,000 as int16 (`UNSEEN` is not
observed). Where a band of the index was not observed, or the denominator is at most 0.0001 (a pixel darker than
noise), the index is NaN and counts as nothing.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

Band = npt.NDArray[Any]
Index = npt.NDArray[np.float32]

UNSEEN = -32768
SCALE = 10_000.0
LEAST_DENOMINATOR = 1e-4


def ndvi(nir: Band, red: Band) -> Index:
    """Greenness, -1 to 1: (B8 - B4) / (B8 + B4). Rouse et al. 1974, NASA SP-351."""
    return _ratio(_reflectance(nir), _reflectance(red))


def nbr(nir: Band, swir2: Band) -> Index:
    """Canopy against bare and burnt ground, -1 to 1: (B8 - B12) / (B8 + B12). Key and Benson 2006, RMRS-GTR-164."""
    return _ratio(_reflectance(nir), _reflectance(swir2))


def lswi(nir: Band, swir1: Band) -> Index:
    """Water in leaves and soil, -1 to 1: (B8 - B11) / (B8 + B11). Xiao et al. 2005, doi:10.1016/j.rse.2004.12.009."""
    return _ratio(_reflectance(nir), _reflectance(swir1))


def evi(nir: Band, red: Band, blue: Band) -> Index:
    """Greenness that dense canopy does not saturate: 2.5 (B8 - B4) / (B8 + 6 B4 - 7.5 B2 + 1).

    Huete et al. 2002, doi:10.1016/S0034-4257(02)00096-2.
    """
    near, r = _reflectance(nir), _reflectance(red)
    under = near + np.float32(6.0) * r - np.float32(7.5) * _reflectance(blue) + np.float32(1.0)
    return _over(np.float32(2.5) * (near - r), under)


def mndwi(green: Band, swir1: Band) -> Index:
    """Open water, -1 to 1: (B3 - B11) / (B3 + B11). Xu 2006, doi:10.1080/01431160600589179."""
    return _ratio(_reflectance(green), _reflectance(swir1))


def bsi(blue: Band, red: Band, nir: Band, swir1: Band) -> Index:
    """Bare soil, -1 to 1: ((B11 + B4) - (B8 + B2)) / ((B11 + B4) + (B8 + B2)). Rikimaru et al. 2002, Trop. Ecol. 43."""
    return _ratio(_reflectance(swir1) + _reflectance(red), _reflectance(nir) + _reflectance(blue))


def _reflectance(band: Band) -> Index:
    stored = np.asarray(band)
    if stored.dtype.kind == "f":
        return stored.astype(np.float32, copy=False)
    if stored.dtype != np.int16:
        raise ValueError(f"a band of {stored.dtype} is neither reflectance nor reflectance times 10,000 as int16")
    found = stored.astype(np.float32)
    found[stored == UNSEEN] = np.nan
    found /= np.float32(SCALE)
    return found


def _ratio(one: Index, other: Index) -> Index:
    return _over(one - other, one + other)


def _over(over: Index, under: Index) -> Index:
    found = np.full(np.broadcast_shapes(over.shape, under.shape), np.nan, dtype=np.float32)
    np.divide(over, under, out=found, where=under > LEAST_DENOMINATOR)
    return found
