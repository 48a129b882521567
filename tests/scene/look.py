"""One synthetic commune made, measured and held against its truth: the figures that `test_five_seeds` asks about."""

import json
import shutil
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import rasterio
import shapely
from pyproj import CRS

from geoplan import crops, crs, demo, measured, open_project
from geoplan.demo.scene import faults
from geoplan.measures import catalog
from geoplan.runs import Inputs, compute, settings_of
from geoplan.sampling import stratified_difference
from geoplan.sampling.design import allocate

SPREAD = {"1": 0.2, "2": 0.25, "3": 0.48}
"""Standard deviations that a planner would guess of the strata."""
MISREAD = 0.01
FEW_LOOKS = 7


def look(seed: int, replicates: int = 500) -> dict[str, Any]:
    """Figures of one seed; its files are gone afterwards."""
    place = Path(tempfile.mkdtemp(prefix="scene-"))
    try:
        folder = demo.make(place / "xa", seed, images=True).parent
        truth = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
        found: dict[str, Any] = {"seed": seed}
        inputs, known = _prepared(folder, place / "stacks")
        found |= _cover(folder, inputs, known, truth)
        found |= _coverage(folder, inputs, known, replicates, seed)
        found["zones"] = _zones(folder, inputs, truth)
        shutil.rmtree(place / "stacks")
        faults.thinned(folder / "images" / "s2", FEW_LOOKS)
        few = Inputs(open_project(folder), place / "few")
        found["few_looks"] = _zones(folder, few, truth)
        return found
    finally:
        shutil.rmtree(place)


def _prepared(folder: Path, stacks: Path) -> tuple[Inputs, Any]:
    project = open_project(folder)
    inputs = Inputs(project, stacks)
    frames = [inputs[role] for role in ("communes", "samples", "training")]
    communes, samples, training = (layer.frame for layer in frames)  # type: ignore[union-attr]  # they are layers
    made = measured.prepare(
        communes.assign(level="commune"),
        inputs["land_cover"],  # type: ignore[arg-type]  # a raster
        inputs["strata"],  # type: ignore[arg-type]  # a raster
        inputs.stack("sentinel2"),
        samples,
        training,
        as_of=project.as_of,
    )
    return inputs, made.value


def _cover(folder: Path, inputs: Inputs, known: Any, truth: Any) -> dict[str, Any]:
    """The measured figure with its interval beside the true one, and the map's accuracy by pixel."""
    project, measure = open_project(folder), catalog()["forest_cover"]
    table = compute(project, inputs, measure, 0, settings_of(project)["forest_cover"], known).table
    row = table[table["level"] == "commune"].iloc[0]
    true = next(unit for unit in truth["forest_seen"] if unit["level"] == "commune")
    kept = ("tree_ha", "tree_ha_low", "tree_ha_high", "tree_ha_n", "tree_mapped_ha", "cover_pct")
    forest, mapped, _ = _pixels(folder, inputs, known)
    seen = mapped != 255
    return {name: float(row[name]) for name in kept} | {
        "true_ha": float(true["forest_ha"]),
        "accuracy": float((forest == mapped)[seen].mean()),
        "unseen_share": float((~seen).mean()),
        "true_of_seen": float(forest[seen].mean()),
        "mapped_of_seen": float((mapped[seen] == 1).mean()),
    }


def _pixels(folder: Path, inputs: Inputs, known: Any) -> tuple[Any, Any, Any]:
    """Of every pixel of the commune: truth (0, 1), map (0, 1, 255), stratum (text)."""
    with rasterio.open(folder / "truth" / "rung_that.tif") as file:
        truth, t, raster_crs = file.read(1), file.transform, CRS.from_user_input(file.crs)
    commune = inputs.communes.frame
    outline = crs.geometries(commune.geometry.array, commune.crs, raster_crs)[0]
    rows, columns = np.indices(truth.shape)
    x, y = t.c + (columns + 0.5) * t.a, t.f + (rows + 0.5) * t.e
    inside = shapely.contains_xy(outline, x, y)
    x, y = x[inside], y[inside]
    mapped = known.cover.at(shapely.points(x, y), raster_crs)
    strata = known.strata
    values, place = strata.read(None)
    east, north = crs.transform(x, y, raster_crs, strata.crs)
    stratum = values[((north - place.f) / place.e).astype(int), ((east - place.c) / place.a).astype(int)]
    return truth[inside], mapped, np.asarray(stratum).astype(int).astype(str)


def _coverage(folder: Path, inputs: Inputs, known: Any, times: int, seed: int) -> dict[str, Any]:
    """How often the interval of a new sample of 300 holds the truth, and how wide it is, in points."""
    truth, mapped, stratum = _pixels(folder, inputs, known)
    model = (mapped == 1).astype(float)
    area = {h: float((stratum == h).sum()) for h in sorted(SPREAD)}
    points = allocate(300, area, SPREAD, least=75)
    places = {h: np.flatnonzero(stratum == h) for h in area}
    rng = np.random.default_rng([seed, 300])
    true, whole = float(truth.sum()), float(len(truth))
    held, widths = 0, []
    for _ in range(times):
        chosen = np.concatenate([rng.choice(places[h], points[h], replace=False) for h in area])
        read = truth[chosen] ^ (rng.uniform(size=len(chosen)) < MISREAD)
        one = stratified_difference(
            read.astype(float), model[chosen], stratum[chosen].tolist(), area, float(model.sum()), most=whole
        )
        held += one.low <= true <= one.high
        widths.append(100 * 1.96 * one.se / whole)
    return {"held": held, "replicates": times, "half_width_points": float(np.mean(widths)), "points": points}


def _zones(folder: Path, inputs: Inputs, truth: Any) -> pd.DataFrame:
    """Zones with what is true and what images say of each."""
    zones = inputs["conversion_zones"].frame  # type: ignore[union-attr]  # a layer
    stack = inputs.stack("sentinel2")
    said = crops.verify(zones, stack, as_of=open_project(folder).as_of).table.set_index("zone_id")
    true = pd.DataFrame(truth["zones_seen"]).set_index("zone_id")
    return true.join(said[["verdict_seen", "converted_ha", "looks_count"]], rsuffix="_found")


def right(zones: pd.DataFrame) -> pd.Series:
    """True where a zone is told right; a zone converted in part within a tenth of its area."""
    near = (zones["converted_ha_found"] - zones["converted_ha"]).abs() <= 0.1 * zones["geom_ha"]
    return (zones["verdict_seen"] == zones["state"]).where(~zones["partial"].astype(bool), near)
