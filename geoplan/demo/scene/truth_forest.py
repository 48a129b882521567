"""Forest as it truly stands on the day of the figures: every pixel by the class table, with and without the rules.

Forest is the closed canopy of natural forest, bamboo and planted trees of three years and more; never orchards, nor
what was felled and has not grown again. The rules: no strip narrower than 20 m, no patch and no hole under 0.3 ha.
"""

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import binary_opening

from geoplan.demo.commune import Commune
from geoplan.demo.noise import Floats
from geoplan.demo.scene.growth import Kind
from geoplan.demo.scene.plots import Mask
from geoplan.demo.scene.world import SCENE_CRS, World, moved
from geoplan.demo.truth_pixels import pixel_hectares, sieved, village_shares
from geoplan.demo.units import Rows, named

CLASSES = {
    "natural_forest": (
        Kind.NATURAL,
        Kind.POOR_NATURAL,
        Kind.MIXED_BAMBOO,
        Kind.BAMBOO,
        Kind.REGROWTH_FOREST,
        Kind.LOGGED,
    ),
    "plantation": (Kind.ACACIA, Kind.MANGLIETIA, Kind.ANISE),
    "orchard": (Kind.ORCHARD,),
    "rice": (Kind.RICE_TWO, Kind.RICE_ONE),
    "maize": (Kind.MAIZE_TWO, Kind.DRY_ANNUAL),
    "water": (Kind.OPEN_WATER,),
    "built": (Kind.HOUSES,),
    "shrub": (Kind.SHRUB, Kind.GRASS, Kind.FALLOW),
    "bare": (Kind.CUT, Kind.BURNT, Kind.SCAR),
}
"""Words of the class table for each kind; plantations that have not closed are shrub."""


@dataclass(frozen=True, eq=False)
class Forest:
    """Masks on the scene's grid at the day of the figures.

    Parameters
    ----------
    bare : array of bool
        Without any rule.
    patches : array of bool
        With the 0.3 ha rule alone.
    ruled : array of bool
        With both: strips first, then patches and holes.
    hectares : array
        Geodesic hectares of each pixel.
    """

    bare: Mask
    patches: Mask
    ruled: Mask
    hectares: Floats


def forest_at(seen: World, day: int) -> Forest:
    """Forest on a day (ordinal)."""
    bare = seen.plots.forest(day)[seen.plot]
    area = pixel_hectares(seen.grid.transform, seen.grid.shape, SCENE_CRS)
    everywhere = np.ones(bare.shape, dtype=bool)
    wide = binary_opening(np.pad(bare, 2, mode="edge"), structure=np.ones((2, 2), dtype=bool))[2:-2, 2:-2]
    return Forest(bare, sieved(bare, everywhere, area), sieved(wide, everywhere, area), area)


def forest_rows(made: Commune, seen: World, found: Forest) -> Rows:
    """Hectares of true forest of the commune and each village on the day of the figures."""
    shares = village_shares(list(moved(made.villages.geometry.to_numpy())), seen.grid.transform, seen.grid.shape)

    def figures(places: list[int]) -> dict[str, float | None]:
        here = shares[places].sum(axis=0) * found.hectares
        land = float(here.sum())
        return {
            "land_ha": land,
            "forest_without_rule_ha": float(here[found.bare].sum()),
            "forest_patch_rule_ha": float(here[found.patches].sum()),
            "forest_ha": float(here[found.ruled].sum()),
            "forest_pct": 100.0 * float(here[found.ruled].sum()) / land,
        }

    return named(made, figures)


def class_words(seen: World, day: int) -> list[str]:
    """Word of the class table for each plot on a day."""
    kind, _, _ = seen.plots.at(day)
    closed = seen.plots.forest(day)
    words = {int(kind_): word for word, kinds in CLASSES.items() for kind_ in kinds}
    return [
        "shrub" if words[int(k)] == "plantation" and not c else words[int(k)] for k, c in zip(kind, closed, strict=True)
    ]
