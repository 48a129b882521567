"""The synthetic commune: a whole project made of a seed, with the exact truth beside it.

Everything is made up and says so: the commune has no real code, the people have names that nobody bears. `truth.json`
holds what the measures must find, reckoned by other means than theirs; nothing in geoplan reads it but the tests.
"""

import json
from pathlib import Path

import numpy as np

from geoplan.demo import people, scene
from geoplan.demo.commune import commune, communes
from geoplan.demo.dangers import dangers, slides
from geoplan.demo.farm import farm
from geoplan.demo.files import write_layer, write_marks, write_table, write_text
from geoplan.demo.grids import write_grid
from geoplan.demo.land_cover import UNSEEN, land_cover
from geoplan.demo.plan import AS_OF, contradictions, project_text, targets
from geoplan.demo.truth import reckoned, rounded
from geoplan.demo.truth_hazard import hazard, slides_after
from geoplan.errors import InputError, Problem


def stands_in(folder: Path, seed: int) -> bool:
    """True if the folder is a demo project of this seed; any other content makes `make` refuse."""
    truth = folder / "truth.json"
    if not (folder / "geoplan.toml").is_file() or not truth.is_file():
        return False
    return bool(json.loads(truth.read_text(encoding="utf-8")).get("seed") == seed)


def make(folder: Path, seed: int = 2026, *, images: bool = False) -> Path:
    """Make the demo project in an empty folder.

    Parameters
    ----------
    folder : Path
        Missing or empty.
    seed : int
        The same seed gives the same bytes.
    images : bool
        True adds four years of synthetic Sentinel-2 images (some 150 MB) and what belongs to them.

    Returns
    -------
    Path
        The project file, written last: where it stands, the project is whole.

    Raises
    ------
    InputError
        ``demo.folder_not_empty``.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError(Problem("demo.folder_not_empty", str(folder), {"folder": str(folder)}))
    rng = np.random.default_rng(seed)
    made = commune(rng)
    parcels, zones = farm(made, rng)
    known = dangers(made, seed)
    households = people.households(made, known, rng)
    slid, slid_later = slides(known, seed)
    places = people.sites(made, known, rng)
    layers = {
        "communes": communes(made),
        "villages": made.villages,
        "rung": made.lots,
        "thua_dat": parcels,
        "vung_chuyen_doi": zones,
        "diem_dan_cu": places,
        "duong": people.roads(made, rng),
        "suoi": people.streams(made),
    }
    for name, frame in layers.items():
        write_layer(folder / "layers" / f"{name}.gpkg", frame, day=AS_OF)
    write_table(folder / "layers" / "ho_dan.csv", households)
    write_table(folder / "layers" / "sat_lo.csv", slid)
    write_marks(folder / "danh_dau" / "danh_dau_01.geojson", people.drafts(made, parcels, zones.geometry.to_numpy()))
    cover, hills = land_cover(made, rng), made.terrain
    write_grid(folder / "rasters" / "lop_phu.tif", cover.classes, cover.transform, nodata=UNSEEN)
    write_grid(folder / "rasters" / "dem.tif", hills.metres.astype(np.float32), hills.transform, nodata=-9999.0)
    truth = {"seed": seed, **reckoned(made, parcels, zones, households, cover)}
    truth |= {"hazard": hazard(known, households, places), "slides_later": slides_after(slid_later)}
    if images:
        seen = scene.world(made, parcels, zones, [*slid, *slid_later], seed)
        truth |= rounded(scene.write(folder, made, zones, cover, seen, seed))
    write_text(folder / "truth.json", json.dumps(truth, ensure_ascii=False, indent=1, allow_nan=False) + "\n")
    write_table(folder / "targets.csv", targets())
    write_table(folder / "contradictions.csv", contradictions())
    write_text(folder / "geoplan.toml", project_text(images=images))
    return folder / "geoplan.toml"
