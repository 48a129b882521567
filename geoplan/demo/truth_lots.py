"""What the measures must find of lots, reckoned by other means than theirs.

Areas are geodesic (pyproj.Geod) and summed over the faces between all lines of the mosaic, so no overlay is involved:
the share of a lot in a village is the sum of its faces there.
"""

from dataclasses import dataclass

import numpy as np

from geoplan.demo import geodesy
from geoplan.demo.commune import CRS, Commune
from geoplan.demo.frms import NATURAL, PLANTED
from geoplan.demo.noise import Floats
from geoplan.demo.units import Rows, named, units

YEAR = 2026
CLASSES = dict.fromkeys(NATURAL, "natural_forest") | dict.fromkeys(PLANTED, "planted_forest")
CLASSES |= {"DTR": "planted_not_yet_forest", "DT2": "regeneration"}


@dataclass(frozen=True, eq=False)
class Shares:
    """Hectares of every lot in every village.

    Parameters
    ----------
    statutory : array (lots, villages)
        `dtich` times the share of the lot's area that lies in the village.
    geodesic : array (lots, villages)
        The area itself.
    """

    statutory: Floats
    geodesic: Floats


def shares(made: Commune) -> Shares:
    """Lots by villages."""
    tiles = made.mosaic
    face_ha = geodesy.hectares(tiles.faces, CRS)
    geodesic = np.zeros((len(tiles.lots), len(made.villages)))
    np.add.at(geodesic, (tiles.lot_of, tiles.part_of), face_ha)
    dtich = made.lots["dtich"].to_numpy(dtype=float)
    return Shares(dtich[:, None] * geodesic / geodesic.sum(axis=1, keepdims=True), geodesic)


def forest_cover(made: Commune, held: Shares) -> Rows:
    """Columns of the measure `forest_cover` that come from lots."""
    kind = made.lots["ldlr"].map(CLASSES).fillna("non_forest").to_numpy()

    def figures(places: list[int]) -> dict[str, float | None]:
        part = {name: float(held.statutory[kind == name][:, places].sum()) for name in set(CLASSES.values())}
        forest = part["natural_forest"] + part["planted_forest"]
        land = float(held.geodesic[:, places].sum())
        whole = len(places) == len(made.villages)
        return {
            "natural_ha": part["natural_forest"],
            "planted_ha": part["planted_forest"],
            "young_ha": part["planted_not_yet_forest"],
            "regeneration_ha": part["regeneration"],
            "forest_ha": forest,
            "land_ha": land,
            "land_official_ha": made.official_ha if whole else None,
            "cover_pct": 100.0 * forest / made.official_ha if whole else None,
            "cover_polygon_pct": 100.0 * forest / land,
        }

    return named(made, figures)


def divisions(made: Commune, held: Shares) -> Rows:
    """Statutory and geodesic hectares by class, code, use, owner and origin; no use is an empty group."""
    lots = made.lots
    keys = {
        "class": lots["ldlr"].map(CLASSES).fillna("non_forest"),
        "ldlr": lots["ldlr"],
        "use": lots["malr3"].astype("string").fillna(""),
        "owner": lots["dtuong"].astype("string"),
        "origin": lots["nggocr"].astype("string"),
    }
    forest = lots["ldlr"].isin([*NATURAL, *PLANTED]).to_numpy()
    rows: Rows = []
    for code, _, _, places in units(made):
        for by, values in keys.items():
            for group in sorted(values.unique()):
                mine = (values == group).to_numpy(dtype=bool)
                row: dict[str, object] = {"unit_code": code, "by": by, "group": str(group)}
                row["statutory_ha"] = float(held.statutory[mine][:, places].sum())
                row["geodesic_ha"] = float(held.geodesic[mine][:, places].sum())
                row["forest_ha"] = float(held.statutory[mine & forest][:, places].sum())
                rows.append(row)
    return rows


def plantation(made: Commune, held: Shares) -> tuple[Rows, Rows]:
    """Columns of the measure `plantation` (this year, since 2026), and hectares by planting year."""
    year = made.lots["namtr"].to_numpy(dtype=int)

    def planted(places: list[int], first: int, last: int) -> float:
        return float(held.statutory[(year >= first) & (year <= last)][:, places].sum())

    def figures(places: list[int]) -> dict[str, float | None]:
        return {"planted_year_ha": planted(places, YEAR, YEAR), "planted_since_ha": planted(places, YEAR, YEAR)}

    years = sorted(int(y) for y in np.unique(year) if y > 0)
    by_year: Rows = [
        {"unit_code": code, "year": y, "planted_ha": planted(places, y, y)}
        for code, _, _, places in units(made)
        for y in years
    ]
    return named(made, figures), by_year
