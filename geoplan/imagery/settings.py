"""How images are made ready: the settings of METHODS with their defaults."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class StackSettings:
    """Settings of a stack; every one is part of its name, so that a stack of other settings is never read.

    Parameters
    ----------
    cloud_px, shadow_px : float
        Pixels of 10 m dropped around cloud, around cloud shadow.
    dark_share : float
        Class 2 (dark) is terrain shade, and kept, where the sun's cosine on the ground is below this share of that on
        level ground.
    haze_least, haze_sigmas, blue_most : float
        A look is haze where its blue is above the pixel's course by this reflectance and this many spreads; on
        vegetation always above `blue_most`.
    vegetated : float
        NDVI of the vegetation that the light's constant is fitted on.
    c_least, factor_low, factor_high : float
        Bounds of the light's constant and factor.
    cos_least : float
        Ground that the sun meets at a smaller cosine is not observed.
    flat_deg : float
        Ground less steep is not corrected.
    shadow_reach_m : float
        How far hills are looked for that cast shadow.
    """

    cloud_px: float = 3.0
    shadow_px: float = 2.0
    dark_share: float = 0.6
    haze_least: float = 0.03
    haze_sigmas: float = 3.0
    blue_most: float = 0.15
    vegetated: float = 0.6
    c_least: float = 0.02
    factor_low: float = 0.5
    factor_high: float = 2.5
    cos_least: float = 0.15
    flat_deg: float = 5.0
    shadow_reach_m: float = 1000.0
