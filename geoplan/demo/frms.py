"""Forest lots in FRMS form: the 52 fields, filled from a plan of cover over a mosaic of lots."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geoplan.demo.cells import Indices, Shapes
from geoplan.demo.names import person
from geoplan.demo.noise import Floats, octaves
from geoplan.demo.terrain import Terrain

# fmt: off
FIELDS = (
    "tt", "id", "matinh", "mahuyen", "maxa", "tinh", "huyen", "xa", "tk", "khoanh", "lo", "thuad", "tobando",
    "diadanh", "dtich", "nggocr", "ldlr", "maldlr", "sldlr", "maloaicay", "namtr", "captuoi", "ktan", "nggocrt",
    "thanhrung", "mgo", "mtn", "mgolo", "mtnlo", "lapdia", "malr3", "mdsd", "mamdsd", "dtuong", "churung",
    "machur", "trchap", "quyensd", "thoihansd", "khoan", "nqh", "nguoink", "nguoitrch", "mangnk", "mangtrch",
    "ngsinh", "kd", "vd", "capkd", "capvd", "locu", "vitrithua",
)
"""The 52 fields in their shapefile spelling."""
TEXT_FIELDS = (
    "tinh", "huyen", "xa", "tk", "khoanh", "lo", "tobando", "diadanh", "ldlr", "sldlr", "maloaicay", "mdsd", "churung",
    "nguoink", "nguoitrch", "locu",
)
FLOAT_FIELDS = ("dtich", "mgo", "mtn", "mgolo", "mtnlo", "kd", "vd", "capkd", "capvd")
# fmt: on

NUMBERS = {
    "TXB": 15, "TXN": 16, "TXP": 18, "VAU": 50, "HG1": 54, "RTG": 60, "RTTN": 65, "DTR": 72, "DT2": 78, "DT1": 82,
    "NN": 88, "MN": 92, "DKH": 93,
}  # fmt: skip
NATURAL = ("TXB", "TXN", "TXP", "VAU", "HG1")
PLANTED = ("RTG", "RTTN")
FOREST = NATURAL + PLANTED
SPECIES = {
    "RTG": ("Keo lai", "Mỡ", "Keo tai tượng", "Hồi", "Bồ đề"),
    "RTTN": ("Mai ống", "Luồng"),
    "DTR": ("Keo lai", "Quế", "Mỡ"),
}
SPECIES_CODES = {
    "Keo lai": "KL",
    "Mỡ": "MO",
    "Keo tai tượng": "KTT",
    "Hồi": "HO",
    "Bồ đề": "BD",
    "Mai ống": "MA",
    "Luồng": "LU",
    "Quế": "QU",
}
FRESH_SHARES = (0.1, 0.26, 0.48, 0.77, 1.0)
"""Of the area that was planted in the last five years: what was planted up to each year."""
USES = {1: ("PHDN", 1), 2: ("VQG", 5), 3: ("SXGN", 10)}


@dataclass(frozen=True, slots=True)
class CoverPlan:
    """Shares of the natural area that each cover takes; what is left is bare land (DT1).

    `natural` and `planted` together are the statutory cover.
    """

    natural: float = 0.318
    planted: float = 0.202
    young: float = 0.062
    regrowth: float = 0.075
    farm: float = 0.245
    built: float = 0.03
    water: float = 0.012


@dataclass(frozen=True, slots=True)
class Place:
    """What every lot of a commune says about where it is."""

    code: int
    commune: str
    province: str
    province_code: int
    first_compartment: int
    first_lot: int
    year: int


def covers(
    shapes: Shapes, areas: Floats, land: float, terrain: Terrain, rng: np.random.Generator, plan: CoverPlan
) -> list[str]:
    """Code (`ldlr`) of each lot: water and fields in the valley, natural forest high up, planted forest between.

    Parameters
    ----------
    shapes, areas : array (n,)
        Lots and their hectares.
    land : float
        Natural area of the commune in hectares: what the shares of `plan` are of.
    """
    middle = shapely.get_coordinates(shapely.centroid(shapes))
    height = terrain.at(middle)
    river = terrain.river_m(middle)
    patchy = octaves(rng, 1500.0, 250.0, slope=1.0).at(middle)
    patchy = patchy / patchy.std() * height.std() * 0.55
    left = np.ones(len(shapes), dtype=bool)
    found = np.full(len(shapes), "DT1", dtype=object)

    def take(code: str, share: float, rank: Floats) -> None:
        need, order = share * land, np.argsort(rank, kind="stable")
        for i in order[left[order]]:
            if need <= 0.0:
                break
            if areas[i] <= need * 1.1:
                found[i], left[i] = code, False
                need -= float(areas[i])

    low = height + 3.0 * terrain.slope_at(middle)
    take("MN", plan.water, river + areas * 20.0)
    take("DKH", plan.built, low + 60.0 * areas + rng.uniform(0.0, 150.0, len(low)))
    take("NN", plan.farm, low + 0.9 * patchy)
    natural = -height + patchy
    for code, share in (("TXB", 0.10), ("TXN", 0.36), ("HG1", 0.17), ("VAU", 0.10), ("TXP", 0.27)):
        take(code, share * plan.natural, natural + rng.normal(0.0, 40.0, len(low)))
    planted = -patchy + rng.normal(0.0, 30.0, len(low))
    take("RTTN", 0.06 * plan.planted, river + rng.uniform(0.0, 300.0, len(low)))
    take("RTG", plan.planted * 0.94, planted)
    take("DTR", plan.young, planted + rng.normal(0.0, 60.0, len(low)))
    take("DT2", plan.regrowth, natural)
    return [str(code) for code in found]


def lots(
    shapes: Shapes,
    areas: Floats,
    codes: Sequence[str],
    villages: Sequence[str],
    place: Place,
    rng: np.random.Generator,
    crs: str,
) -> gpd.GeoDataFrame:
    """Lots with the 52 FRMS fields.

    Parameters
    ----------
    shapes, areas : array (n,)
        Lots and their geodesic hectares; `dtich` differs from these by up to 1 %, as measured by people.
    codes, villages : sequence of str
        `ldlr` and `diadanh` of each lot.
    place : Place
        Commune; `place.year` is the year of the day that the figures are of.
    """
    count = len(shapes)
    ldlr = np.array(codes, dtype=object)
    columns: dict[str, object] = {
        "tt": np.arange(1, count + 1),
        "id": np.arange(1, count + 1) + place.first_lot,
        "matinh": place.province_code,
        "mahuyen": pd.NA,
        "maxa": place.code,
        "tinh": place.province,
        "huyen": None,
        "xa": place.commune,
        "diadanh": np.array(villages, dtype=object),
        "dtich": np.maximum(np.round(areas * (1.0 + np.clip(rng.normal(0.0, 0.004, count), -0.01, 0.01)), 2), 0.01),
        "ldlr": ldlr,
        "maldlr": [NUMBERS[c] for c in codes],
        "lapdia": 1,
        "vitrithua": 1,
    }
    columns |= _numbering(count, place.first_compartment)
    columns |= _growth(ldlr, np.asarray(columns["dtich"]), place.year, rng)
    columns |= _tenure(ldlr, rng)
    middle = shapely.get_coordinates(shapely.centroid(shapes))
    columns |= {"kd": np.round(middle[:, 0], 2), "vd": np.round(middle[:, 1], 2), "capkd": np.nan, "capvd": np.nan}
    return _framed(columns, shapes, crs)


def _framed(columns: Mapping[str, object], shapes: Shapes, crs: str) -> gpd.GeoDataFrame:
    """Columns in FRMS order and types."""
    frame = pd.DataFrame(dict(columns), index=range(len(shapes)))[list(FIELDS)]
    for field in FIELDS:
        if field in TEXT_FIELDS:
            frame[field] = frame[field].astype(object).where(frame[field].notna(), None)
        elif field in FLOAT_FIELDS:
            frame[field] = frame[field].astype("float64")
        else:
            frame[field] = frame[field].astype("Int64")
    return gpd.GeoDataFrame(frame, geometry=list(shapes), crs=crs)


def _known(values: object, shown: NDArray[np.bool_]) -> pd.Series:
    """Whole numbers, missing where they say nothing."""
    return pd.Series(values, dtype="Int64").where(shown)


def _numbering(count: int, first: int) -> dict[str, object]:
    """Compartment, sub-compartment, lot: 320 lots a compartment, 40 a sub-compartment, in the order of the lots."""
    place = np.arange(count)
    inner = place % 40
    return {
        "tk": np.array([str(first + i // 320) for i in place], dtype=object),
        "khoanh": np.array([str(i % 320 // 40 + 1) for i in place], dtype=object),
        "lo": np.array([f"{i // 2 + 1}a" if i % 13 == 5 else str(i + 1) for i in inner], dtype=object),
        "locu": np.array([None if i % 5 else str(i + 2) for i in inner], dtype=object),
        "thuad": place % 190 + 1,
        "tobando": np.array([str(i // 190 + 1) for i in place], dtype=object),
    }


def _growth(ldlr: Shapes, area: Floats, year: int, rng: np.random.Generator) -> dict[str, object]:
    """Origin, planting year, canopy, stock of each lot, consistent with its code."""
    count = len(ldlr)
    natural, forest = np.isin(ldlr, NATURAL), np.isin(ldlr, FOREST)
    planted, young = np.isin(ldlr, PLANTED), ldlr == "DTR"
    grown = rng.choice(np.arange(year - 15, year - 4), count, p=np.r_[np.full(8, 0.08), np.full(3, 0.12)])
    namtr = np.where(planted, grown, 0)
    namtr[young] = _fresh_years(area[young], year, rng)
    age = np.where(planted | young, year - namtr, 0)
    low = {"TXB": 105.0, "TXN": 55.0, "TXP": 15.0, "HG1": 30.0}
    high = {"TXB": 160.0, "TXN": 98.0, "TXP": 49.0, "HG1": 75.0}
    chance = rng.uniform(size=count)
    stock = np.array(
        [
            low.get(str(c), 0.0) + u * (high.get(str(c), 0.0) - low.get(str(c), 0.0))
            for c, u in zip(ldlr, chance, strict=True)
        ]
    )
    stock = np.where(ldlr == "RTG", age * (7.0 + 6.0 * chance), stock)
    bamboo = np.where(np.isin(ldlr, ("VAU", "RTTN")), 2.0 + 4.0 * chance, np.where(ldlr == "HG1", 1.0 + chance, 0.0))
    species = [str(rng.choice(SPECIES[str(c)])) if str(c) in SPECIES else ("Vầu" if c == "VAU" else None) for c in ldlr]
    return {
        "nggocr": np.where(natural, 1, np.where(planted | young, 2, 3)),
        "nggocrt": _known(np.where(rng.uniform(size=count) < 0.4, 2, 1), planted | young),
        "thanhrung": _known(np.where(forest, 1, 2), forest | young),
        "namtr": namtr,
        "captuoi": _known((age + 1) // 2, planted | young),
        "ktan": _known(np.maximum(age - 3, 0), planted | young),
        "sldlr": np.array(species, dtype=object),
        "maloaicay": np.array([SPECIES_CODES.get(s) if s else None for s in species], dtype=object),
        "mgo": np.round(stock, 1),
        "mgolo": np.round(stock * area, 1),
        "mtn": np.round(bamboo, 3),
        "mtnlo": np.round(bamboo * area, 3),
        "ngsinh": _known(np.full(count, 2), natural),
    }


def _fresh_years(area: Floats, year: int, rng: np.random.Generator) -> Indices:
    """Planting years of young plantings: the last five years, by shares of their area."""
    order = rng.permutation(len(area))
    passed = (np.cumsum(area[order]) - area[order] / 2.0) / area.sum()
    found = np.empty(len(area), dtype=np.int64)
    found[order] = year - 4 + np.searchsorted(FRESH_SHARES, passed)
    return np.minimum(found, year)


def _tenure(ldlr: Shapes, rng: np.random.Generator) -> dict[str, object]:
    """Use, owner, contract of each lot; fields that name a person are made up."""
    count = len(ldlr)
    chance, natural = rng.uniform(size=count), np.isin(ldlr, NATURAL)
    planned = ~np.isin(ldlr, ("NN", "MN", "DKH")) & (rng.uniform(size=count) < 0.93)
    protection = natural & (chance < 0.45)
    special = natural & (chance > 0.93)
    use = np.where(protection, 1, np.where(special, 2, 3))
    owner = np.where(natural & (chance < 0.3), 4, np.where(natural & (chance < 0.55), 2, 1))
    owner = np.where(special, 8, np.where(np.isin(ldlr, ("MN", "DKH", "DT1")) & (chance < 0.8), 3, owner))
    house = owner == 1
    contract = natural & (chance < 0.5) & planned
    disputed = house & (rng.uniform(size=count) < 0.01)
    names = {
        2: "Cộng đồng thôn (giả lập)",
        3: "UBND xã (giả lập)",
        4: "BQL rừng phòng hộ (giả lập)",
        8: "BQL rừng đặc dụng (giả lập)",
    }
    number = rng.integers(0, 240, count)

    def who(shown: NDArray[np.bool_], start: int) -> Shapes:
        return np.array(
            [person(start + int(n)) if s else None for n, s in zip(number, shown, strict=True)], dtype=object
        )

    held = who(house, 0)
    return {
        "malr3": _known(use, planned),
        "mamdsd": _known([USES[int(u)][1] for u in use], planned),
        "mdsd": np.array([USES[int(u)][0] if p else None for u, p in zip(use, planned, strict=True)], dtype=object),
        "nqh": planned.astype(int),
        "dtuong": owner,
        "churung": np.array([h if h else names[int(o)] for h, o in zip(held, owner, strict=True)], dtype=object),
        "machur": np.where(house, 1000 + number, owner),
        "trchap": disputed.astype(int),
        "quyensd": np.where(house, 1, 2),
        "thoihansd": _known(np.full(count, 2056), house),
        "khoan": contract.astype(int),
        "nguoink": who(contract, 300),
        "mangnk": _known(2000 + number, contract),
        "nguoitrch": who(disputed, 600),
        "mangtrch": _known(3000 + number, disputed),
    }
