"""The door of images: both forms, and every refusal by its sentence."""

import shutil
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
from shapely.geometry import box

from geoplan import imagery, messages
from geoplan.errors import InputError
from geoplan.imagery import ImagesSpec
from tests.imagery import world as w

DAY, OTHER = "2024-01-05", "2024-02-14"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two good dates."""
    for day in (DAY, OTHER):
        w.scene(tmp_path / "s2", day, sun_zenith_deg=48.0, sun_azimuth_deg=150.0)
    return tmp_path / "s2"


def keys(folder: Path) -> list[str]:
    """Keys of the refusal; each has a sentence in both languages, with all its facts."""
    with pytest.raises(InputError) as caught:
        w.opened(folder)
    for problem in caught.value.problems:
        for lang in messages.LANGUAGES:
            spoken = messages.spoken(problem, lang)
            assert "{" not in spoken.found + spoken.fix
            assert spoken.fix
        assert problem.where.startswith(folder.name)
    return [p.key for p in caught.value.problems]


def test_two_dates(folder: Path) -> None:
    images = w.opened(folder)
    assert [s.day.isoformat() for s in images.scenes] == [DAY, OTHER]
    assert (images.width, images.height, images.transform) == (80, 60, w.grid())
    assert images.bounds == (w.WEST, w.NORTH - 600, w.WEST + 800, w.NORTH)
    assert images.warnings == ()
    assert (images.source.path, images.source.rows, images.source.crs) == ("s2", 2, "EPSG:32648")
    scene = images.scenes[0]
    assert (scene.sun_zenith_deg, scene.sun_azimuth_deg, scene.baseline) == (48.0, 150.0, "05.09")
    assert set(scene.bands) == set(imagery.BANDS)
    assert (scene.bands["swir1"].scale, scene.bands["swir1"].offset, scene.bands["swir1"].width) == (
        10000.0,
        -1000.0,
        40,
    )


def test_the_hash_covers_every_file_and_its_name_but_not_the_place(folder: Path, tmp_path: Path) -> None:
    first = w.opened(folder).source.sha256
    shutil.copytree(folder, tmp_path / "elsewhere" / "s2")
    assert w.opened(tmp_path / "elsewhere" / "s2").source.sha256 == first
    toml = folder / DAY / "scene.toml"
    text = toml.read_text(encoding="utf-8")
    toml.write_text(text.replace("150.0", "150.5"), encoding="utf-8")
    changed = w.opened(folder).source.sha256
    toml.write_text(text, encoding="utf-8")
    one, other = (folder / d / "B04.tif" for d in (DAY, OTHER))
    w.write(other, np.full((60, 80), 1311, dtype=np.uint16), w.grid())
    pixels = w.opened(folder).source.sha256
    held = one.read_bytes()
    one.write_bytes(other.read_bytes())
    other.write_bytes(held)
    exchanged = w.opened(folder).source.sha256
    assert len({first, changed, pixels, exchanged}) == 4


def test_one_file_of_many_bands(tmp_path: Path) -> None:
    pixels = w.flat()
    stored = np.stack([np.rint(v * 10000 + 1000) if n != "SCL" else v for n, v in pixels.items()]).astype(np.uint16)
    names = tuple(w.FILES.get(n, n) for n in pixels)
    w.write(tmp_path / "s2" / f"{DAY}.tif", stored, w.grid(), descriptions=names)
    (tmp_path / "s2" / f"{DAY}.toml").write_text(w.toml(DAY), encoding="utf-8")
    images = w.opened(tmp_path / "s2")
    assert images.scenes[0].bands["nir"].number == 3
    assert [p.key for p in images.warnings] == ["imagery.sun_computed"]
    observed = imagery.read(imagery.build(images, images.bounds, None, tmp_path / "stack"))
    assert {b: int(v[0, 10, 10]) for b, v in observed.bands.items()} == {
        "blue": 300, "red": 300, "nir": 3600, "swir1": 1800, "swir2": 800,
    }  # fmt: skip
    w.write(tmp_path / "s2" / f"{DAY}.tif", stored, w.grid(), descriptions=("B02", "B04", "B04", "B11", "B12", "SCL"))
    assert keys(tmp_path / "s2") == ["imagery.band_twice"]
    w.write(tmp_path / "s2" / f"{DAY}.tif", stored, w.grid())
    assert keys(tmp_path / "s2") == ["imagery.band_missing"]


def test_scale_by_the_file_s_own_tags(tmp_path: Path) -> None:
    place = w.scene(tmp_path / "s2", DAY, scale=None, offset=None)
    assert keys(tmp_path / "s2") == ["imagery.scale_missing"]
    for name in w.FILES.values():
        size = (30, 40) if name in ("B11", "B12") else (60, 80)
        cell = 20.0 if name in ("B11", "B12") else 10.0
        w.write(place / f"{name}.tif", np.full(size, 1500, dtype=np.uint16), w.grid(cell), tags=(0.0001, -0.1))
    band = w.opened(tmp_path / "s2").scenes[0].bands["nir"]
    assert (band.scale, band.offset) == pytest.approx((10000.0, -1000.0))
    for good in ({}, {"baseline": None}):
        (place / "scene.toml").write_text(w.toml(DAY, **good), encoding="utf-8")
        assert w.opened(tmp_path / "s2").scenes[0].bands["nir"].offset == -1000.0
    (place / "scene.toml").write_text(w.toml(DAY, baseline='"03.01"', offset=0), encoding="utf-8")
    assert keys(tmp_path / "s2") == ["imagery.scale_contradicts"]


@pytest.mark.parametrize(
    ("changed", "key"),
    [
        ({"offset": 0}, "imagery.offset_contradicts"),
        ({"baseline": '"03.01"'}, "imagery.offset_contradicts"),
        ({"scale": None}, "imagery.scale_half"),
        ({"offset": None}, "imagery.scale_half"),
        ({"scale": None, "offset": None}, "imagery.scale_missing"),
        ({"scale": 0}, "imagery.metadata_value"),
        ({"scale": "true"}, "imagery.metadata_value"),
        ({"scale": '"10000"'}, "imagery.metadata_value"),
        ({"scale": "inf"}, "imagery.metadata_value"),
        ({"baseline": "5.09"}, "imagery.metadata_value"),
        ({"sensor": '"landsat"'}, "imagery.metadata_value"),
        ({"synthetic": 1}, "imagery.metadata_value"),
        ({"cloud": 3}, "imagery.metadata_unknown"),
        ({"day": "2024-01-06"}, "imagery.day_differs"),
        ({"day": '"05/01/2024"'}, "imagery.metadata_value"),
        ({"day": "2024-01-05T00:00:00"}, "imagery.metadata_value"),
        ({"sun_zenith_deg": 48.0}, "imagery.sun_half"),
        ({"sun_zenith_deg": 20.0, "sun_azimuth_deg": 150.0}, "imagery.sun_contradicts"),
        ({"sun_zenith_deg": 48.0, "sun_azimuth_deg": 30.0}, "imagery.sun_contradicts"),
        ({"sun_zenith_deg": 95.0, "sun_azimuth_deg": 150.0}, "imagery.metadata_value"),
    ],
)
def test_metadata_refused(folder: Path, changed: dict[str, object], key: str) -> None:
    (folder / DAY / "scene.toml").write_text(w.toml(DAY, **changed), encoding="utf-8")
    assert key in keys(folder)


def test_metadata_said(folder: Path) -> None:
    (folder / DAY / "scene.toml").write_text(w.toml(DAY, baseline=None, synthetic="true"), encoding="utf-8")
    said = {p.key: p.facts["n"] for p in w.opened(folder).warnings}
    assert said == {"imagery.sun_computed": 1, "imagery.baseline_unsaid": 1, "imagery.synthetic": 1}


def test_broken_metadata(folder: Path) -> None:
    (folder / DAY / "scene.toml").write_text("scale: 10000", encoding="utf-8")
    assert "imagery.metadata_broken" in keys(folder)


def shifted(name: str, cell: float, east: float, south: float = 0.0) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        dtype = np.uint8 if name == "SCL" else np.uint16
        size = (30, 40) if cell == 20.0 else (60, 80)
        w.write(folder / DAY / f"{name}.tif", np.full(size, 4, dtype=dtype), w.grid(cell, east, south))

    return change


def dtype(name: str, kind: str) -> Callable[[Path], None]:
    return lambda folder: w.write(folder / DAY / f"{name}.tif", np.full((60, 80), 4, dtype=kind), w.grid()) and None


def moved(**options: float) -> Callable[[Path], None]:
    return lambda folder: w.scene(folder, "2024-03-25", **options) and None


def copied(folder: Path) -> None:
    shutil.copy(folder / DAY / "B02.tif", folder / f"{DAY}.tif")


def other_system(folder: Path) -> None:
    for name in ("B02", "B04", "B08", "B11", "B12", "SCL"):
        coarse = name in ("B11", "B12", "SCL")
        size, cell = ((30, 40), 20.0) if coarse else ((60, 80), 10.0)
        values = np.full(size, 4, dtype=np.uint8 if name == "SCL" else np.uint16)
        w.write(folder / DAY / f"{name}.tif", values, w.grid(cell), crs="EPSG:32649")
    shutil.copytree(folder / OTHER, folder / "2024-03-05")
    (folder / "2024-03-05" / "scene.toml").write_text(w.toml("2024-03-05"), encoding="utf-8")


FAULTS: dict[str, tuple[Callable[[Path], object], str]] = {
    "mask shifted by a pixel of 10 m": (shifted("SCL", 20.0, 10.0), "imagery.mask_shifted"),
    "mask shifted by its own pixel": (shifted("SCL", 20.0, 20.0), "imagery.mask_shifted"),
    "mask shifted south": (shifted("SCL", 20.0, 0.0, 40.0), "imagery.mask_shifted"),
    "mask shifted by half a metre": (shifted("SCL", 20.0, 0.5), "imagery.mask_shifted"),
    "band shifted": (shifted("B04", 10.0, 10.0), "imagery.band_shifted"),
    "coarse band shifted": (shifted("B12", 20.0, -20.0), "imagery.band_shifted"),
    "red of 20 m": (shifted("B04", 20.0, 0.0), "imagery.cell_size"),
    "mask of 60 m": (lambda f: w.write(f / DAY / "SCL.tif", np.full((10, 14), 4, dtype=np.uint8), w.grid(60.0)), "imagery.cell_size"),
    "date on another lattice": (moved(east=5.0), "imagery.grid_differs"),
    "date off the lattice of 20 m": (moved(east=10.0), "imagery.grid_differs"),
    "another system": (other_system, "imagery.crs_differ"),
    "8 bits": (dtype("B08", "uint8"), "imagery.band_8bit"),
    "mask of floats": (dtype("SCL", "float32"), "imagery.mask_not_classes"),
    "band absent": (lambda f: (f / DAY / "B12.tif").unlink(), "imagery.band_missing"),
    "mask absent": (lambda f: (f / DAY / "SCL.tif").unlink(), "imagery.band_missing"),
    "band twice": (lambda f: shutil.copy(f / DAY / "B12.tif", f / DAY / "swir2.tif"), "imagery.band_twice"),
    "day twice": (copied, "imagery.day_twice"),
    "no GeoTIFF": (lambda f: (f / DAY / "B02.tif").write_text("<VRTDataset/>"), "raster.not_geotiff"),
    "cut": (lambda f: (f / DAY / "B02.tif").write_bytes((f / DAY / "B02.tif").read_bytes()[:60]), "raster.broken"),
    "no system": (lambda f: w.write(f / DAY / "B02.tif", np.ones((60, 80), dtype=np.uint16), w.grid(), crs=None), "raster.crs_missing"),
    "too early": (lambda f: w.scene(f, "2014-01-05"), "imagery.day_too_early"),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_refused(folder: Path, fault: str) -> None:
    change, key = FAULTS[fault]
    change(folder)
    assert key in keys(folder)


def test_degrees_are_refused(tmp_path: Path) -> None:
    place = w.scene(tmp_path / "s2", DAY)
    for path in place.glob("*.tif"):
        kind = np.uint8 if path.stem == "SCL" else np.uint16
        grid = w.Affine(1e-4, 0, 105.0, 0, -1e-4, 22.0)
        w.write(path, np.full((60, 80), 4, dtype=kind), grid, crs="EPSG:4326")
    assert keys(tmp_path / "s2") == ["imagery.not_metres"]


def test_all_problems_at_once(folder: Path) -> None:
    shifted("SCL", 20.0, 10.0)(folder)
    (folder / DAY / "scene.toml").write_text(w.toml(DAY, offset=0), encoding="utf-8")
    (folder / OTHER / "B08.tif").unlink()
    found = keys(folder)
    assert {"imagery.mask_shifted", "imagery.offset_contradicts", "imagery.band_missing"} <= set(found)
    assert len(found) == len(set(found))


def test_no_folder_and_no_scenes(tmp_path: Path) -> None:
    assert keys(tmp_path / "s2") == ["imagery.folder_missing"]
    (tmp_path / "s2").mkdir()
    assert keys(tmp_path / "s2") == ["imagery.no_scenes"]
    (tmp_path / "s2" / "2024-02-30").mkdir()
    with pytest.raises(InputError, match="2024-02-30") as named:
        w.opened(tmp_path / "s2")
    assert [p.key for p in named.value.problems] == ["imagery.no_scenes", "imagery.entry_ignored"]
    with pytest.raises(InputError) as caught:
        imagery.open_images(ImagesSpec("sentinel2", Path("/vsizip/a.zip"), "/vsizip/a.zip"), tmp_path)
    assert caught.value.key == "layer.not_a_file"


def test_other_entries_are_said(folder: Path) -> None:
    (folder / "notes.txt").write_text("x", encoding="utf-8")
    (folder / "2024-13-05").mkdir()
    (folder / ".hidden").mkdir()
    shutil.copy(folder / DAY / "B02.tif", folder / DAY / "B03.tif")
    said = w.opened(folder).warnings
    assert [(p.key, p.facts) for p in said] == [("imagery.entry_ignored", {"n": 2, "names": "2024-13-05, notes.txt"})]


def test_extents_may_differ(folder: Path) -> None:
    small = {band: values[:40, :40] for band, values in w.flat().items()}
    w.scene(folder, "2024-03-05", small, east=-200.0, south=100.0)
    images = w.opened(folder)
    assert images.bounds == (w.WEST - 200, w.NORTH - 600, w.WEST + 800, w.NORTH)


def communes(*boxes: tuple[float, float, float, float]) -> gpd.GeoDataFrame:
    shapes = [box(w.WEST + a, w.NORTH + b, w.WEST + c, w.NORTH + d) for a, b, c, d in boxes]
    table = {"unit_code": [f"0{i}" for i in range(len(shapes))], "name": [f"Xã {i}" for i in range(len(shapes))]}
    return gpd.GeoDataFrame(table, geometry=gpd.GeoSeries(shapes, crs=w.CRS)).to_crs("EPSG:4326")


def test_how_images_lie_over_communes(folder: Path) -> None:
    images = w.opened(folder)
    assert imagery.meet(images, communes((100, -500, 400, -100))) == ()
    (said,) = imagery.meet(images, communes((100, -500, 400, -100), (600, -400, 1000, -200)))
    assert (said.key, said.feature_ids) == ("imagery.part_unseen", ("01",))
    assert said.facts["ha"] == pytest.approx(4.0, rel=2e-3)
    assert said.facts["share_pct"] == pytest.approx(50.0, abs=0.01)
    with pytest.raises(InputError) as caught:
        imagery.meet(images, communes((10_000, 0, 11_000, 1000)))
    assert caught.value.key == "imagery.meets_nothing"
    assert caught.value.problems[0].facts["distance_km"] == pytest.approx(10.1, abs=0.3)
