"""Cadastral parcels on farmland, and the zones in which rice and maize are to give way to other crops."""

from dataclasses import dataclass
from datetime import date, timedelta

import geopandas as gpd
import numpy as np
import shapely

from geoplan.demo import geodesy
from geoplan.demo.cells import Indices, Shapes
from geoplan.demo.changes import DRY_ANNUAL, FALLOW, ORCHARD, POND, TREES, Change, change
from geoplan.demo.commune import CRS, Commune
from geoplan.demo.frms import NATURAL, PLANTED
from geoplan.demo.mosaic import GRID_M, borders, mosaic
from geoplan.demo.noise import Floats, bend
from geoplan.demo.plan import COMMUNE

FIELDS_HA = 172.0
PARCEL_HA = 0.95
CODES = (("LUC", 0.36), ("LUK", 0.24), ("HNK", 0.24), ("CLN", 0.11), ("NTS", 0.03), ("ONT", 0.02))
"""Land codes from the lowest parcels to the highest, and the share of each."""
LEVEL = {"LUC": 0.2, "LUK": 0.5, "HNK": 0.75}
UPLAND = 4
CROPS = {
    "perennial": ("cam", "quýt", "hồng không hạt", "mận", "chè"),
    "annual": ("ngô sinh khối", "rau", "đậu tương", "thuốc lá"),
    "aquaculture": ("lúa kết hợp nuôi cá",),
    "forest": ("keo lai", "mỡ"),
}


@dataclass(frozen=True, slots=True)
class Recipe:
    """What a zone is to show: its ground (`land`: codes of its parcels, ``upland`` or ``loose``) and its papers."""

    status: str
    to_group: str
    land: str
    parcels: float = 1
    """Parcels that it takes; below 1 a part of one."""
    declared: float = 1.0
    """Declared hectares over geodesic ones."""
    minutes: str = ""
    """Day of the acceptance minutes."""
    change: Change | None = None
    """What really happened on the ground; nothing where missing."""


RECIPES = (
    Recipe("draft", "perennial", "LUK"),
    Recipe("draft", "perennial", "LUC", change=change("2025-02-10", ORCHARD)),
    Recipe("draft", "annual", "HNK", 2, change=change("2025-01-12", DRY_ANNUAL)),
    Recipe("draft", "forest", "upland"),
    Recipe("submitted", "perennial", "LUC", 2, change=change("2024-11-12", ORCHARD)),
    Recipe("submitted", "annual", "LUC", 2, change=change("2025-01-08", DRY_ANNUAL)),
    Recipe("submitted", "annual", "loose"),
    Recipe("submitted", "perennial", "upland"),
    Recipe("submitted", "aquaculture", "LUC"),
    Recipe("submitted", "perennial", "HNK", 4, change=change("2026-01-15", ORCHARD)),
    Recipe("approved", "perennial", "LUK", 2, change=change("2024-02-05", ORCHARD)),
    Recipe("approved", "perennial", "LUC+LUK", 2, change=change("2024-12-02", ORCHARD, 0.5)),
    Recipe("approved", "annual", "LUC", 5, change=change("2024-01-06", DRY_ANNUAL)),
    Recipe("approved", "annual", "LUK", 0.5),
    Recipe("approved", "forest", "HNK", 2, change=change("2024-03-20", TREES)),
    Recipe("approved", "aquaculture", "LUK", change=change("2025-01-20", POND)),
    Recipe("approved", "perennial", "upland"),
    Recipe("carried_out", "perennial", "LUK", 2, change=change("2023-11-20", ORCHARD)),
    Recipe("carried_out", "perennial", "HNK", 3, 1.08, change=change("2024-11-25", FALLOW)),
    Recipe("carried_out", "annual", "LUC", 2, change=change("2025-01-10", DRY_ANNUAL)),
    Recipe("carried_out", "perennial", "LUC", 0.6, change=change("2023-12-05", ORCHARD, back="2025-01-20")),
    Recipe("carried_out", "forest", "LUK", change=change("2023-11-15", TREES)),
    Recipe("carried_out", "annual", "upland", 1, 0.93),
    Recipe("accepted", "annual", "LUC", 1, 1.0, "2026-03-12", change("2025-01-05", DRY_ANNUAL)),
    Recipe("accepted", "perennial", "LUK", 2, 0.96, "2026-04-20", change("2024-03-02", ORCHARD)),
    Recipe("accepted", "perennial", "LUC+LUK", 2, 1.0, "2026-05-06", change("2024-12-15", ORCHARD)),
    Recipe("accepted", "perennial", "HNK", 2, 1.25, "2026-05-28", change("2024-11-28", ORCHARD, 0.5)),
    Recipe("accepted", "annual", "HNK", 1, change=change("2025-01-15", DRY_ANNUAL)),
    Recipe("accepted", "forest", "HNK", 1, 1.0, "2026-06-02", change("2024-03-30", TREES)),
    Recipe("accepted", "annual", "LUK", 1, 1.0, "2026-07-21"),
    Recipe("approved", "perennial", "LUC", 6, change=change("2023-12-10", ORCHARD)),
    Recipe("approved", "perennial", "LUK", 6),
    Recipe("approved", "perennial", "HNK", 6, change=change("2025-01-25", ORCHARD)),
    Recipe("approved", "perennial", "HNK", 5, change=change("2026-02-03", ORCHARD)),
    Recipe("approved", "perennial", "LUC", 6, change=change("2024-12-01", FALLOW)),
    Recipe("approved", "perennial", "HNK", 6, change=change("2024-01-28", ORCHARD, 0.5)),
    Recipe("approved", "perennial", "LUK", 5, change=change("2024-01-18", ORCHARD, back="2025-12-15")),
    Recipe("approved", "annual", "LUC", 6),
    Recipe("approved", "perennial", "LUC", 6),
    Recipe("approved", "perennial", "LUK", 6, change=change("2024-10-30", ORCHARD)),
    Recipe("carried_out", "perennial", "LUC", 6, change=change("2024-12-20", ORCHARD)),
    Recipe("carried_out", "perennial", "HNK", 6, change=change("2023-12-01", ORCHARD)),
    Recipe("approved", "forest", "HNK", 6, change=change("2023-12-18", TREES)),
    Recipe("carried_out", "annual", "LUC", 5, change=change("2024-12-28", DRY_ANNUAL)),
    Recipe("approved", "perennial", "LUK", 6, change=change("2025-12-08", ORCHARD)),
    Recipe("draft", "perennial", "HNK", 5),
)
"""One accepted zone has no day of minutes, one a day after the day of the figures: neither is accepted yet."""


@dataclass(frozen=True, eq=False)
class Ground:
    """Parcels as shapes: `tiles` fill fields without gap, `upland` reach into natural forest."""

    tiles: Shapes
    upland: Shapes

    @property
    def shapes(self) -> Shapes:
        """All of them, tiles first."""
        return np.concatenate([self.tiles, self.upland])


def farm(
    made: Commune, rng: np.random.Generator, *, prefix: str = COMMUNE
) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Layers `parcels` and `conversion_zones`; ids of parcels and zones begin with `prefix`."""
    ground = _divided(made, rng)
    height = shapely.get_coordinates(shapely.centroid(ground.tiles))
    rank = np.argsort(np.argsort(made.terrain.at(height) + 2.0 * made.terrain.slope_at(height), kind="stable"))
    level = rank / len(rank)
    groups = _allotted(ground.tiles, level)
    codes = _land_codes(ground, level, groups)
    area = geodesy.hectares(ground.shapes, CRS)
    rows = {
        "parcel_id": [f"{prefix}-{i // 60 + 1}-{i % 60 + 1:03d}" for i in range(len(codes))],
        "land_code": codes,
        "area_ha": np.round(area * rng.uniform(0.99, 1.01, len(area)), 4),
        "village_code": _within(made, ground.shapes),
        "owner_code": [f"CSD-{n:04d}" for n in rng.integers(1, 9999, len(codes))],
    }
    parcels = gpd.GeoDataFrame(rows, geometry=list(ground.shapes), crs=CRS)
    return parcels, _zones(_places(made, ground, groups), codes, groups, prefix, rng)


def _divided(made: Commune, rng: np.random.Generator) -> Ground:
    """Parcels on the fields nearest the river, and a few upland ones that reach into natural forest."""
    fields = made.lots.index[made.lots["ldlr"] == "NN"].to_numpy()
    shapes = made.mosaic.lots[fields]
    river = made.terrain.river_m(shapely.get_coordinates(shapely.centroid(shapes)))
    order = np.argsort(river, kind="stable")
    enough = int(np.searchsorted(np.cumsum(made.lot_ha[fields][order]), FIELDS_HA)) + 1
    chosen = order[:enough]
    low = shapely.coverage_union_all(shapes[chosen])
    tiles = mosaic(low, int(low.area / 1e4 / PARCEL_HA), rng, smallest_ha=0.06, step_m=9.0, longest_m=160.0).lots
    return Ground(tiles, _reaching(made, np.setdiff1d(fields, fields[chosen]), rng))


def _reaching(made: Commune, fields: Indices, rng: np.random.Generator) -> Shapes:
    """Round parcels of about 0.7 ha across the border of a field and a forest lot: natural, long borders first."""
    pairs, length = borders(made.mosaic.lots)
    natural = made.lots["ldlr"].isin(NATURAL).to_numpy()
    wooded = natural | made.lots["ldlr"].isin(PLANTED).to_numpy()
    field = np.isin(np.arange(len(natural)), fields)
    across = (wooded[pairs[:, 0]] & field[pairs[:, 1]]) | (field[pairs[:, 0]] & wooded[pairs[:, 1]])
    liking = length + 1e6 * (natural[pairs[:, 0]] | natural[pairs[:, 1]])
    rough, found, taken = bend(rng, 160.0, 40.0), list[shapely.Geometry](), set[int]()
    for i in np.flatnonzero(across)[np.argsort(-liking[across], kind="stable")]:
        one, two = (int(k) for k in pairs[i])
        if {one, two} & taken or len(found) == UPLAND:
            continue
        lots = made.mosaic.lots[[one, two]]
        shared = shapely.get_parts(shapely.line_merge(shapely.intersection(*lots)))
        centre = shapely.line_interpolate_point(shared[np.argmax(shapely.length(shared))], 0.5, normalized=True)
        ring = rough.there(shapely.get_coordinates(centre.buffer(48.0, quad_segs=16).exterior))
        blob = shapely.intersection(shapely.Polygon(ring), shapely.coverage_union_all(lots), grid_size=GRID_M)
        if blob.geom_type == "Polygon" and blob.area > 4000.0:
            found.append(blob)
            taken |= {one, two}
    shapes: Shapes = np.array(found, dtype=object)
    return shapes


def _allotted(tiles: Shapes, level: Floats) -> list[list[int]]:
    """Parcels of each recipe, side by side, at the level of its land code; none for upland and loose zones."""
    pairs, length = borders(tiles)
    beside: dict[int, set[int]] = {i: set() for i in range(len(tiles))}
    for (a, b), metres in zip(pairs, length, strict=True):
        if metres > 15.0:
            beside[int(a)].add(int(b))
            beside[int(b)].add(int(a))
    area, free = shapely.area(tiles) / 1e4, set(range(len(tiles)))
    groups: list[list[int]] = [[] for _ in RECIPES]
    for i in sorted(range(len(RECIPES)), key=lambda k: -RECIPES[k].parcels):
        recipe = RECIPES[i]
        if recipe.land not in ("upland", "loose"):
            wanted = LEVEL[recipe.land.split("+")[0]]
            starts = sorted(free, key=lambda k: (abs(float(level[k]) - wanted), k))
            groups[i] = _cluster(starts, max(1, int(recipe.parcels)), beside, area, free)
            free -= set(groups[i])
    return groups


def _cluster(starts: list[int], count: int, beside: dict[int, set[int]], area: Floats, free: set[int]) -> list[int]:
    """The first `count` free parcels side by side of 0.45 to 3.8 ha together; fewer where so many are not left."""
    for many in range(count, 0, -1):
        for start in starts:
            group = [start]
            while len(group) < many:
                near = sorted({n for g in group for n in beside[g]} & free - set(group))
                if not near:
                    break
                group.append(near[0])
            if len(group) == many and 0.45 < area[group].sum() < 3.8:
                return group
    raise ValueError("no parcels are left for a zone")


def _land_codes(ground: Ground, level: Floats, groups: list[list[int]]) -> list[str]:
    """Land code of each parcel: what its zone is to show, else wet rice lowest, dry crops and orchards higher."""
    steps = np.cumsum([share for _, share in CODES])
    codes = [CODES[min(int(np.searchsorted(steps, v)), len(CODES) - 1)][0] for v in level]
    for recipe, group in zip(RECIPES, groups, strict=True):
        kinds = recipe.land.split("+")
        for i, parcel in enumerate(group):
            codes[parcel] = kinds[i % len(kinds)]
    return codes + ["HNK"] * (len(ground.upland) - 1) + ["NHK"]


def _within(made: Commune, shapes: Shapes) -> list[str]:
    """Code of the village that holds most of each shape."""
    villages = made.villages.geometry.to_numpy()
    shared = np.column_stack([shapely.area(shapely.intersection(shapes, v)) for v in villages])
    return [str(made.villages["village_code"].iloc[i]) for i in shared.argmax(axis=1)]


def _places(made: Commune, ground: Ground, groups: list[list[int]]) -> Shapes:
    """Shape of each zone, none overlapping another."""
    upland, found = list(ground.upland), list[shapely.Geometry]()
    for recipe, group in zip(RECIPES, groups, strict=True):
        if recipe.land == "upland":
            found.append(upland.pop(0))
        elif recipe.land == "loose":
            found.append(_loose(made, ground))
        else:
            whole = shapely.coverage_union_all(ground.tiles[group])
            found.append(whole if recipe.parcels >= 1 else western(whole, recipe.parcels))
    shapes: Shapes = np.array(found, dtype=object)
    return shapes


def western(shape: shapely.Geometry, share: float) -> shapely.Geometry:
    """Western part of a shape, about `share` of its width."""
    west, south, east, north = shape.bounds
    half = shapely.box(west - 1.0, south - 1.0, west + share * (east - west), north + 1.0)
    parts = shapely.get_parts(shapely.intersection(shape, half, grid_size=GRID_M))
    return parts[np.argmax(shapely.area(parts))]


def _loose(made: Commune, ground: Ground) -> shapely.Geometry:
    """A zone of about 1 ha on a field lot without any parcel."""
    near = shapely.union_all(ground.shapes).buffer(30.0)
    fields = made.mosaic.lots[(made.lots["ldlr"] == "NN").to_numpy()]
    clear = fields[~shapely.intersects(fields, near)]
    fitting = clear[np.argmin(np.abs(shapely.area(clear) - 14_000.0))]
    inner = shapely.get_parts(shapely.set_precision(shapely.buffer(fitting, -8.0), GRID_M))
    return shapely.normalize(inner[np.argmax(shapely.area(inner))])


def _zones(
    shapes: Shapes, codes: list[str], groups: list[list[int]], prefix: str, rng: np.random.Generator
) -> gpd.GeoDataFrame:
    """Conversion zones, one a recipe; `land_code` is that of the zone's first parcel."""
    area = geodesy.hectares(shapes, CRS)
    rows = []
    for i, recipe in enumerate(RECIPES):
        done = recipe.status in ("carried_out", "accepted")
        if recipe.change is None:
            planned = date(2024, 9, 1) + timedelta(days=int(rng.integers(0, 300 if done else 540)))
        else:
            planned = recipe.change.day - timedelta(days=int(rng.integers(40, 110)))
        crop = str(rng.choice(CROPS[recipe.to_group]))
        under = codes[groups[i][0]] if groups[i] else ("HNK" if recipe.land == "upland" else None)
        rows.append(
            {
                "zone_id": f"{prefix}-CD{i + 1:02d}",
                "name": f"Vùng {crop} {i + 1:02d}",
                "from_crop": "rice" if recipe.land.startswith("LU") else "maize",
                "to_group": recipe.to_group,
                "to_crop": crop,
                "land_code": under,
                "planned_on": planned.isoformat(),
                "status": recipe.status,
                "declared_ha": round(float(area[i]) * recipe.declared, 2) if done else np.nan,
                "accepted_no": f"{i + 1:02d}/BB-NT" if recipe.status == "accepted" else None,
                "accepted_on": recipe.minutes or None,
            }
        )
    return gpd.GeoDataFrame(rows, geometry=list(shapes), crs=CRS)
