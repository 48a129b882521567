"""The ground of the scene: lots, fields, zones and what befell them, drawn on the grid of the images."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import geopandas as gpd
import numpy as np
import pyproj
import shapely
from affine import Affine
from numpy.typing import NDArray
from rasterio.features import rasterize
from scipy.spatial import cKDTree

from geoplan import crs
from geoplan.demo.cells import Indices, Shapes
from geoplan.demo.changes import DRY_ANNUAL, FALLOW, ORCHARD, POND, TREES
from geoplan.demo.commune import CRS, Commune
from geoplan.demo.farm import RECIPES, Recipe, western
from geoplan.demo.noise import Floats, octaves
from geoplan.demo.scene.events import Event, planned_events
from geoplan.demo.scene.growth import Kind
from geoplan.demo.scene.plots import LONG_AGO, Ground, Mask, Plots, Step

SCENE_CRS = "EPSG:32648"
PIXEL_M = 10.0
AROUND_M = 300.0
FIRST_DAY = date(2022, 7, 1).toordinal()
WOODS, GAPS = 45, 30
LOGGED_PIXELS = 0.5
NATURAL = {
    "TXB": Kind.NATURAL,
    "TXN": Kind.NATURAL,
    "TXP": Kind.POOR_NATURAL,
    "VAU": Kind.BAMBOO,
    "HG1": Kind.MIXED_BAMBOO,
}
SPECIES = {"Keo lai": Kind.ACACIA, "Keo tai tượng": Kind.ACACIA, "Mỡ": Kind.MANGLIETIA, "Bồ đề": Kind.MANGLIETIA}
SPECIES |= {"Hồi": Kind.ANISE, "Quế": Kind.ANISE, "Mai ống": Kind.BAMBOO, "Luồng": Kind.BAMBOO}
CROPS = {"LUC": Kind.RICE_TWO, "LUK": Kind.RICE_ONE, "HNK": Kind.MAIZE_TWO, "NHK": Kind.MAIZE_TWO}
CROPS |= {"CLN": Kind.ORCHARD, "NTS": Kind.OPEN_WATER, "ONT": Kind.HOUSES}
BECOMES = {ORCHARD: Kind.ORCHARD, DRY_ANNUAL: Kind.DRY_ANNUAL, TREES: Kind.ACACIA, FALLOW: Kind.FALLOW}
BECOMES |= {POND: Kind.OPEN_WATER}


@dataclass(frozen=True, eq=False)
class Grid:
    """Pixels of 10 m in the scene's CRS; the outer corner is a multiple of 20 m, rows and columns are even."""

    west: float
    north: float
    rows: int
    columns: int

    @property
    def shape(self) -> tuple[int, int]:
        """Rows, columns."""
        return self.rows, self.columns

    @property
    def transform(self) -> Affine:
        """Pixel to metres."""
        return Affine(PIXEL_M, 0.0, self.west, 0.0, -PIXEL_M, self.north)

    def middles(self) -> Floats:
        """Pixel centres (rows * columns, 2), metres."""
        x = self.west + (np.arange(self.columns) + 0.5) * PIXEL_M
        y = self.north - (np.arange(self.rows) + 0.5) * PIXEL_M
        return np.column_stack([np.tile(x, self.rows), np.repeat(y, self.columns)])

    def mask(self, shape: shapely.Geometry) -> Mask:
        """Pixels whose centre lies in a shape of the scene's CRS."""
        if shape.is_empty:
            return np.zeros(self.shape, dtype=bool)
        inside: Mask = rasterize([(shape, 1)], out_shape=self.shape, transform=self.transform, dtype="uint8") == 1
        return inside

    def owners(self, shapes: Shapes) -> Indices:
        """Place of the shape that holds each pixel's centre; -1 outside all."""
        places = ((shape, i) for i, shape in enumerate(shapes))
        owner = rasterize(places, out_shape=self.shape, transform=self.transform, fill=-1, dtype="int32")
        return np.asarray(owner, dtype=np.int64)


@dataclass(frozen=True, eq=False)
class World:
    """The scene's truth: a plot for every pixel, what stood on each plot, the ground's height, and what was planted."""

    grid: Grid
    plot: NDArray[np.int32]
    plots: Plots
    metres: Floats
    events: tuple[Event, ...]
    zones: Shapes
    """Zones in the scene's CRS."""


def moved(shapes: Shapes, back: bool = False) -> Shapes:
    """Shapes from the project's CRS to the scene's, or back."""
    ends = (pyproj.CRS(CRS), pyproj.CRS(SCENE_CRS))
    there: Shapes = crs.geometries(shapes, *(ends[::-1] if back else ends))
    return there


def grid_over(outline: shapely.Geometry, around_m: float) -> Grid:
    """Grid that covers an outline (scene's CRS) and some metres around it."""
    west, south, east, north = outline.bounds
    left, top = np.floor((west - around_m) / 20.0) * 20.0, np.ceil((north + around_m) / 20.0) * 20.0
    columns, rows = np.ceil((east + around_m - left) / 20.0) * 2, np.ceil((top - south + around_m) / 20.0) * 2
    return Grid(float(left), float(top), int(rows), int(columns))


def world(
    made: Commune,
    parcels: gpd.GeoDataFrame,
    zones: gpd.GeoDataFrame,
    slid: Sequence[Mapping[str, object]],
    seed: int,
    *,
    around_m: float = AROUND_M,
) -> World:
    """Everything that the images are made of.

    Parameters
    ----------
    slid : rows
        Slides with ``lon``, ``lat``, ``happened_on``.
    around_m : float
        How far the scene reaches beyond the commune.
    """
    rng = np.random.default_rng([seed, 3001])
    grid = grid_over(moved(made.outline), around_m)
    x, y = grid.middles().T
    spots = np.column_stack(crs.transform(x, y, pyproj.CRS(SCENE_CRS), pyproj.CRS(CRS)))
    metres = made.terrain.at(spots).reshape(grid.shape)
    ground = Ground(grid.shape)
    _beyond(ground, grid, metres, rng)
    lots, fields = moved(made.mosaic.lots), moved(parcels.geometry.to_numpy())
    planted = _lots(ground, grid, made, lots, rng)
    _specks(ground, grid, made, lots, rng)
    _parcels(ground, grid, parcels, fields, made, lots)
    there = moved(zones.geometry.to_numpy())
    _zones(ground, grid, zones, there)
    lon, lat = (np.array([float(str(row[name])) for row in slid]) for name in ("lon", "lat"))
    scars = np.column_stack(crs.transform(lon, lat, pyproj.CRS("EPSG:4326"), pyproj.CRS(SCENE_CRS)))
    days = [date.fromisoformat(str(row["happened_on"])) for row in slid]
    happened = planned_events(made, lots, there, list(zip(scars, days, strict=True)), rng)
    for event in happened:
        befallen = grid.mask(event.shape)
        if event.what == "logging":
            befallen &= rng.uniform(size=grid.shape) < LOGGED_PIXELS
        ground.happen(befallen, *event.steps)
    every = tuple(sorted((*happened, *planted), key=lambda event: (event.day, event.what)))
    return World(grid, ground.plot, ground.plots(rng), metres, every, there)


def _beyond(ground: Ground, grid: Grid, metres: Floats, rng: np.random.Generator) -> None:
    """Ground outside the commune: patches of some 150 m, kinds by height."""
    count = max(int(grid.rows * grid.columns / 225), 8)
    edges = (grid.columns * PIXEL_M, grid.rows * PIXEL_M)
    seeds = rng.uniform((0.0, 0.0), edges, size=(count, 2))
    swing = octaves(rng, 300.0, 60.0, slope=0.25)
    there = grid.middles() - (grid.west, grid.north - edges[1])
    owner = cKDTree(seeds).query(there + np.column_stack([swing.at(there), swing.at(there + 999.0)]))[1]
    owner = owner.reshape(grid.shape)
    low = np.quantile(metres, (0.15, 0.25, 0.45))
    height = np.bincount(owner.ravel(), metres.ravel(), count) / np.maximum(np.bincount(owner.ravel(), None, count), 1)
    for i in range(count):
        level = int(np.searchsorted(low, height[i] + rng.normal(0.0, 25.0)))
        kind = (Kind.RICE_TWO, Kind.MAIZE_TWO, Kind.ACACIA, Kind.NATURAL)[level]
        began = LONG_AGO if kind != Kind.ACACIA else date(int(rng.integers(2012, 2020)), 4, 1).toordinal()
        ground.steps.append((Step(began, kind),))
    ground.plot[:] = owner


def _lots(ground: Ground, grid: Grid, made: Commune, lots: Shapes, rng: np.random.Generator) -> list[Event]:
    """Cover of every lot by its papers, with the chances that papers do not tell; the plantings since July 2022."""
    slope = made.terrain.slope_at(shapely.get_coordinates(shapely.centroid(made.mosaic.lots)))
    chance, owner = rng.uniform(size=len(lots)), grid.owners(lots)
    rows, found = zip(made.lots["ldlr"], made.lots["sldlr"], made.lots["namtr"], strict=True), list[Event]()
    for i, (code, species, planted) in enumerate(rows):
        steps = _lot_steps(str(code), str(species), int(planted), slope[i], chance[i])
        ground.draw(owner == i, *steps)
        if code == "DTR" and steps[-1].day >= FIRST_DAY:
            found.append(Event("planting", lots[i], date.fromordinal(steps[-1].day), "DTR", steps[-1:]))
    return found


def _specks(ground: Ground, grid: Grid, made: Commune, lots: Shapes, rng: np.random.Generator) -> None:
    """What no paper tells: small woods among fields and small gaps in natural forest, 0.04 to 0.5 ha."""
    code = made.lots["ldlr"].to_numpy()
    for codes, count, most_ha, step in (
        (("NN",), WOODS, 0.5, Step(date(2016, 4, 1).toordinal(), Kind.ACACIA)),
        (("TXB", "TXN", "TXP"), GAPS, 0.35, Step(LONG_AGO, Kind.SHRUB)),
    ):
        for lot in rng.permutation(np.flatnonzero(np.isin(code, codes)))[:count]:
            west, south, east, north = lots[lot].bounds
            reach = np.sqrt(float(rng.uniform(0.04, most_ha)) * 1e4 / np.pi)
            spot = shapely.Point(*rng.uniform((west, south), (east, north)))
            ground.draw(grid.mask(shapely.intersection(spot.buffer(reach), lots[lot])), step)


def _lot_steps(code: str, species: str, planted: int, slope: float, chance: float) -> tuple[Step, ...]:
    """What stood on a lot since when."""
    if code in NATURAL:
        return (Step(LONG_AGO, NATURAL[code]),)
    if code in ("RTG", "RTTN", "DTR"):
        day = date(planted, 2, 20).toordinal() + int(chance * 100)
        return (Step(LONG_AGO, Kind.SHRUB), Step(day, SPECIES[species]))
    if code == "DT2":
        return (Step(LONG_AGO, Kind.REGROWTH_FOREST if chance < 0.3 else Kind.SHRUB),)
    if code == "NN":
        wet = Kind.RICE_TWO if slope < 6.0 else Kind.RICE_ONE if slope < 11.0 else Kind.MAIZE_TWO
        return (Step(LONG_AGO, Kind.ORCHARD if chance < 0.12 else Kind.GRASS if chance < 0.18 else wet),)
    fixed = {"DT1": Kind.GRASS, "MN": Kind.OPEN_WATER, "DKH": Kind.HOUSES}
    return (Step(LONG_AGO, fixed[code]),)


def _parcels(
    ground: Ground, grid: Grid, parcels: gpd.GeoDataFrame, fields: Shapes, made: Commune, lots: Shapes
) -> None:
    """Crops of parcels by their land code, on farmland alone: what reaches into forest is forest still."""
    farmed = np.isin(grid.owners(lots), np.flatnonzero((made.lots["ldlr"] == "NN").to_numpy()))
    owner = grid.owners(fields)
    for i, code in enumerate(parcels["land_code"]):
        ground.draw((owner == i) & farmed, Step(LONG_AGO, CROPS[str(code)]))


def crop_before(recipe: Recipe) -> Kind:
    """Crop of a zone before anything happened."""
    return Kind.RICE_TWO if "LUC" in recipe.land else Kind.RICE_ONE if recipe.land == "LUK" else Kind.MAIZE_TWO


def _zones(ground: Ground, grid: Grid, zones: gpd.GeoDataFrame, there: Shapes) -> None:
    """Zones: one crop before (but no forest is touched where nothing happened), then what happened."""
    for recipe, shape, drawn in zip(RECIPES, there, zones.geometry, strict=True):
        inside = grid.mask(shape)
        before = Step(LONG_AGO, crop_before(recipe))
        if recipe.land == "upland":
            continue
        ground.draw(inside, before)
        if recipe.change is None:
            continue
        part = moved(western(drawn, recipe.change.share)) if recipe.change.share < 1.0 else shape
        steps = [Step(recipe.change.day.toordinal(), BECOMES[recipe.change.to])]
        if recipe.change.back is not None:
            steps.append(Step(recipe.change.back.toordinal(), before.kind))
        ground.happen(inside & grid.mask(part), *steps)
