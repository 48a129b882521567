"""Sentinel-2 as it is downloaded: SAFE folders of eighty by sixty pixels, in the layout of the real products."""

import hashlib
import os
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import rasterio
from affine import Affine
from rasterio.windows import Window

from geoplan import imagery, messages
from geoplan.errors import InputError
from geoplan.imagery import ImagesSpec, decoded
from geoplan.imagery.records import Band
from geoplan.rasters.datasets import Laid
from tests.imagery import world as w

STAMP = "T48QXJ_20240105T032121"
NAME = "S2A_MSIL2A_20240105T032121_N0510_R118_T48QXJ_20240105T070000.SAFE"
GRANULE = "L2A_T48QXJ_A044561_20240105T032121"
SIZES = {"B02": 10, "B03": 10, "B04": 10, "B08": 10, "B11": 20, "B12": 20, "SCL": 20}
REFLECTANCE = {"B02": 0.03, "B03": 0.05, "B04": 0.03, "B08": 0.36, "B11": 0.18, "B12": 0.08}
OFFSETS = "".join(f'<BOA_ADD_OFFSET band_id="{n}">-1000</BOA_ADD_OFFSET>' for n in range(13))

PRODUCT = """<?xml version="1.0" encoding="UTF-8" standalone="no"?>
<n1:Level-2A_User_Product xmlns:n1="https://psd-14.sentinel2.eo.esa.int/PSD/User_Product_Level-2A.xsd">
  <n1:General_Info>
    <Product_Info>
      <PRODUCT_START_TIME>2024-01-05T03:21:21.024Z</PRODUCT_START_TIME>
      <PROCESSING_LEVEL>Level-2A</PROCESSING_LEVEL><PRODUCT_TYPE>S2MSI2A</PRODUCT_TYPE>
      <PROCESSING_BASELINE>05.10</PROCESSING_BASELINE>
      <Product_Organisation><Granule_List><Granule>{files}</Granule></Granule_List></Product_Organisation>
    </Product_Info>
    <Product_Image_Characteristics>
      <Special_Values><SPECIAL_VALUE_TEXT>NODATA</SPECIAL_VALUE_TEXT><SPECIAL_VALUE_INDEX>0</SPECIAL_VALUE_INDEX></Special_Values>
      <QUANTIFICATION_VALUES_LIST>
        <BOA_QUANTIFICATION_VALUE unit="none">10000</BOA_QUANTIFICATION_VALUE>
        <AOT_QUANTIFICATION_VALUE unit="none">1000.0</AOT_QUANTIFICATION_VALUE>
      </QUANTIFICATION_VALUES_LIST>
      <BOA_ADD_OFFSET_VALUES_LIST>{offsets}</BOA_ADD_OFFSET_VALUES_LIST>
    </Product_Image_Characteristics>
  </n1:General_Info>
</n1:Level-2A_User_Product>
"""
TILE = """<?xml version="1.0" encoding="UTF-8" standalone="no"?>
<n1:Level-2A_Tile_ID xmlns:n1="https://psd-14.sentinel2.eo.esa.int/PSD/S2_PDI_Level-2A_Tile_Metadata.xsd">
  <n1:General_Info>
    <SENSING_TIME metadataLevel="Standard">2024-01-05T03:31:37.514Z</SENSING_TIME>
  </n1:General_Info>
  <n1:Geometric_Info>
    <Tile_Geocoding metadataLevel="Brief">
      <HORIZONTAL_CS_CODE>EPSG:32648</HORIZONTAL_CS_CODE>
      <Geoposition resolution="10"><ULX>500000</ULX><ULY>2456000</ULY><XDIM>10</XDIM><YDIM>-10</YDIM></Geoposition>
      <Geoposition resolution="20"><ULX>500000</ULX><ULY>2456000</ULY><XDIM>20</XDIM><YDIM>-20</YDIM></Geoposition>
    </Tile_Geocoding>
    <Tile_Angles metadataLevel="Standard">
      <Sun_Angles_Grid><Zenith><COL_STEP unit="m">5000</COL_STEP></Zenith></Sun_Angles_Grid>
      <Mean_Sun_Angle><ZENITH_ANGLE unit="deg">48.0</ZENITH_ANGLE><AZIMUTH_ANGLE unit="deg">150.0</AZIMUTH_ANGLE></Mean_Sun_Angle>
    </Tile_Angles>
  </n1:Geometric_Info>
</n1:Level-2A_Tile_ID>
"""


def jp2(path: Path, values: np.ndarray, cell: float, **options: object) -> None:
    """A lossless file in the manner of the real ones: tiles, and a grid that only GMLJP2 says."""
    path.parent.mkdir(parents=True, exist_ok=True)
    grid = Affine(cell, 0, w.WEST, 0, -cell, w.NORTH)
    kept = {"REVERSIBLE": "YES", "QUALITY": "100", "GeoJP2": "NO", "BLOCKXSIZE": 64, "BLOCKYSIZE": 64}
    profile = {"driver": "JP2OpenJPEG", "crs": w.CRS, "transform": grid, **kept, **options}
    with rasterio.open(
        path, "w", count=1, height=values.shape[0], width=values.shape[1], dtype=values.dtype, **profile
    ) as made:
        made.write(values, 1)


def product(folder: Path, name: str = NAME, stamp: str = STAMP, added: int = 1000) -> Path:
    """A SAFE folder: forest everywhere, the first row of blue without data."""
    place = folder / name
    names = []
    for band, size in SIZES.items():
        step = size // 10
        height, width = w.HEIGHT // step, w.WIDTH // step
        if band == "SCL":
            stored = np.full((height, width), 4, dtype=np.uint8)
        else:
            stored = np.full((height, width), round(REFLECTANCE[band] * 10000) + added, dtype=np.uint16)
        if band == "B02":
            stored[0] = 0
        file = f"IMG_DATA/R{size}m/{stamp}_{band}_{size}m.jp2"
        jp2(place / "GRANULE" / GRANULE / file, stored, float(size))
        names.append(f"<IMAGE_FILE>GRANULE/{GRANULE}/{file.removesuffix('.jp2')}</IMAGE_FILE>")
    (place / "MTD_MSIL2A.xml").write_text(PRODUCT.format(files="".join(names), offsets=OFFSETS), encoding="utf-8")
    (place / "GRANULE" / GRANULE / "MTD_TL.xml").write_text(TILE, encoding="utf-8")
    return place


@pytest.fixture
def safe(tmp_path: Path) -> Path:
    return product(tmp_path / "s2")


def problems(folder: Path) -> list[tuple[str, str, str]]:
    """Key, place and Vietnamese sentence of the refusal."""
    with pytest.raises(InputError) as caught:
        w.opened(folder)
    found = []
    for problem in caught.value.problems:
        spoken = [messages.spoken(problem, lang) for lang in messages.LANGUAGES]
        assert all("{" not in s.found + s.fix and s.fix for s in spoken)
        assert problem.where.startswith("s2/")
        found.append((problem.key, problem.where, spoken[0].found))
    return found


def keys(folder: Path) -> list[str]:
    return [key for key, _, _ in problems(folder)]


def changed(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def top(safe: Path) -> Path:
    return safe / "MTD_MSIL2A.xml"


def tile(safe: Path) -> Path:
    return safe / "GRANULE" / GRANULE / "MTD_TL.xml"


def file(safe: Path, band: str) -> Path:
    return next(safe.glob(f"GRANULE/*/IMG_DATA/*/*_{band}_{SIZES[band]}m.jp2"))


def test_a_product_is_a_date(safe: Path) -> None:
    images = w.opened(safe.parent)
    (scene,) = images.scenes
    assert (scene.day.isoformat(), scene.baseline, scene.sun_zenith_deg, scene.sun_azimuth_deg) == (
        "2024-01-05", "05.10", 48.0, 150.0,
    )  # fmt: skip
    assert set(scene.bands) == set(imagery.BANDS)
    assert {(b.scale, b.offset) for b in scene.bands.values()} == {(10000.0, -1000.0)}
    assert (images.width, images.height, images.transform) == (w.WIDTH, w.HEIGHT, w.grid())
    assert [(p.key, p.facts) for p in images.warnings] == [
        ("imagery.safe_read", {"n": 1, "baselines": "05.10 (1)"}),
        ("imagery.safe_unchecked", {"n": 1, "total": 1}),
    ]


def test_the_numbers_are_reflectance(safe: Path, tmp_path: Path) -> None:
    images = w.opened(safe.parent)
    observed = imagery.read(imagery.build(images, images.bounds, None, tmp_path / "stack"))
    assert {b: int(v[0, 30, 40]) for b, v in observed.bands.items()} == {
        "blue": 300, "red": 300, "nir": 3600, "swir1": 1800, "swir2": 800,
    }  # fmt: skip
    assert not observed.seen[0, 0].any()  # a stored 0 is no data, not a reflectance of -0.1
    assert observed.seen[0, 2:].all()


def test_an_old_baseline_has_no_offset(tmp_path: Path) -> None:
    safe = product(tmp_path / "s2", added=0)
    changed(top(safe), f"<BOA_ADD_OFFSET_VALUES_LIST>{OFFSETS}</BOA_ADD_OFFSET_VALUES_LIST>", "")
    assert keys(safe.parent) == ["imagery.safe_value_missing"]
    changed(top(safe), "05.10", "03.01")
    (scene,) = w.opened(safe.parent).scenes
    assert (scene.baseline, scene.bands["blue"].offset) == ("03.01", 0.0)


def test_the_offset_is_never_told_by_the_date(safe: Path) -> None:
    """Reprocessed images of 2018 have one; those of 2022 and later that lie about it are refused."""
    changed(tile(safe), "2024-01-05T03:31:37", "2018-01-05T03:31:37")
    (scene,) = w.opened(safe.parent).scenes
    assert (scene.day.year, scene.bands["nir"].offset) == (2018, -1000.0)
    changed(top(safe), ">-1000<", ">0<")
    assert keys(safe.parent) == ["imagery.offset_contradicts"]


def test_our_own_folders_may_stand_beside_it(safe: Path) -> None:
    w.scene(safe.parent, "2024-02-14", sun_zenith_deg=45.0, sun_azimuth_deg=145.0)
    images = w.opened(safe.parent)
    assert [s.day.isoformat() for s in images.scenes] == ["2024-01-05", "2024-02-14"]
    assert len({s.bands["blue"].laid.driver for s in images.scenes}) == 2


def test_unpacking_may_leave_a_folder_around_it(safe: Path) -> None:
    (safe.parent / "tai_ve").mkdir()
    safe.rename(safe.parent / "tai_ve" / safe.name)
    assert w.opened(safe.parents[0]).scenes[0].shown == f"s2/tai_ve/{NAME}"


def test_the_day_is_that_of_vietnam(safe: Path) -> None:
    changed(tile(safe), "2024-01-05T03:31:37.514Z", "2024-01-04T18:30:00.000Z")
    assert w.opened(safe.parent).scenes[0].day.isoformat() == "2024-01-05"


def test_two_products_of_a_day_are_named(safe: Path) -> None:
    shutil.copytree(safe, safe.parent / NAME.replace("N0510", "N0511"))
    ((key, where, text),) = problems(safe.parent)
    assert key == "imagery.day_twice"
    assert "N0511" in where
    assert NAME in text


def test_the_hash_covers_pixels_and_both_metadata(safe: Path) -> None:
    hashes = [w.opened(safe.parent).source.sha256]
    changed(tile(safe), ">150.0<", ">151.0<")
    hashes.append(w.opened(safe.parent).source.sha256)
    changed(top(safe), "1000.0", "1001.0")
    hashes.append(w.opened(safe.parent).source.sha256)
    jp2(file(safe, "B04"), np.full((w.HEIGHT, w.WIDTH), 1311, dtype=np.uint16), 10.0)
    hashes.append(w.opened(safe.parent).source.sha256)
    assert len(set(hashes)) == 4


def cut(path: Path, share: float) -> None:
    raw = path.read_bytes()
    path.write_bytes(raw[: int(len(raw) * share)])


def foreign(safe: Path) -> None:
    """Red of another day copied in, under its own name."""
    file(safe, "B04").rename(file(safe, "B04").with_name("T48QXJ_20240214T032121_B04_10m.jp2"))


def unlisted(safe: Path) -> None:
    """The same where the product's list of files is gone."""
    foreign(safe)
    text = top(safe).read_text(encoding="utf-8")
    top(safe).write_text(text.replace("IMAGE_FILE", "OTHER_FILE"), encoding="utf-8")


def doctype(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    start = '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>\n<n1:'
    path.write_text(text.replace("<n1:", start, 1).replace(">48.0<", ">&x;<"), encoding="utf-8")


FAULTS: dict[str, tuple[Callable[[Path], object], str, str]] = {
    "no product metadata": (lambda s: top(s).unlink(), "imagery.safe_metadata_missing", "MTD_MSIL2A.xml"),
    "no tile metadata": (lambda s: tile(s).unlink(), "imagery.safe_metadata_missing", "MTD_TL.xml"),
    "no granule": (lambda s: shutil.rmtree(s / "GRANULE"), "imagery.safe_granules", "0"),
    "two granules": (lambda s: (s / "GRANULE" / "L2A_T48QWJ").mkdir(), "imagery.safe_granules", "2"),
    "no scale": (lambda s: changed(top(s), "BOA_QUANTIFICATION_VALUE", "X"), "imagery.safe_value_missing", "BOA_QUANTIFICATION_VALUE"),
    "no baseline": (lambda s: changed(top(s), "PROCESSING_BASELINE", "X"), "imagery.safe_value_missing", "PROCESSING_BASELINE"),
    "no sun": (lambda s: changed(tile(s), "Mean_Sun_Angle", "X"), "imagery.safe_value_missing", "Mean_Sun_Angle"),
    "offset of one band lacks": (lambda s: changed(top(s), 'band_id="11"', 'band_id="99"'), "imagery.safe_value_missing", "BOA_ADD_OFFSET"),
    "offset of another band lacks": (lambda s: changed(top(s), 'band_id="7"', 'band_id="99"'), "imagery.safe_value_missing", "BOA_ADD_OFFSET"),
    "offsets differ": (lambda s: changed(top(s), '"11">-1000', '"11">-900'), "imagery.safe_offsets_differ", "B11 -900"),
    "offset of a band twice": (lambda s: changed(top(s), '"0">-1000<', '"1">0</BOA_ADD_OFFSET><BOA_ADD_OFFSET band_id="0">-1000<'), "imagery.safe_offsets_differ", "B02 -1000, B02 0"),
    "two scales": (lambda s: changed(top(s), "<AOT_QUANT", '<BOA_QUANTIFICATION_VALUE unit="none">1000</BOA_QUANTIFICATION_VALUE><AOT_QUANT'), "imagery.metadata_value", "1000, 10000"),
    "offset is no number": (lambda s: changed(top(s), ">-1000<", ">âm nghìn<"), "imagery.metadata_value", "offset"),
    "scale of zero": (lambda s: changed(top(s), ">10000<", ">0<"), "imagery.metadata_value", "scale"),
    "sun elevation for zenith": (lambda s: changed(tile(s), ">48.0<", ">78.0<"), "imagery.sun_contradicts", ""),
    "no time": (lambda s: changed(tile(s), "2024-01-05T03:31:37.514Z", "hôm qua"), "imagery.metadata_value", "day"),
    "entity": (lambda s: doctype(tile(s)), "layer.xml_doctype", ""),
    "cut XML": (lambda s: cut(top(s), 0.5), "layer.xml_cut", ""),
    "HTML for XML": (lambda s: top(s).write_text("<html><body>404</body></html>"), "layer.not_the_format", ""),
    "band missing": (lambda s: file(s, "B12").unlink(), "imagery.band_missing", "B12"),
    "mask missing": (lambda s: file(s, "SCL").unlink(), "imagery.band_missing", "SCL"),
    "only bands of 20 m": (lambda s: shutil.rmtree(s / "GRANULE" / GRANULE / "IMG_DATA" / "R10m"), "imagery.band_missing", "B02, B04, B08"),
    "band of another day": (foreign, "imagery.safe_file_foreign", "20240214T032121_B04"),
    "band of another day, unlisted": (unlisted, "imagery.safe_file_foreign", "T48QXJ_20240214T032121"),
    "pixels elsewhere": (lambda s: changed(tile(s), "<ULX>500000", "<ULX>600000"), "imagery.safe_grid", "600000"),
    "another zone": (lambda s: changed(tile(s), "EPSG:32648", "EPSG:32649"), "imagery.safe_grid", "EPSG:32649"),
    "cut band": (lambda s: cut(file(s, "B08"), 0.7), "raster.broken", ""),
    "empty band": (lambda s: file(s, "B08").write_bytes(b""), "layer.file_empty", ""),
    "PNG for JPEG 2000": (lambda s: file(s, "B08").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(90)), "raster.not_geotiff", "PNG"),
    "level 1C": (lambda s: s.rename(s.with_name(NAME.replace("2A_2024", "1C_2024"))) and (s.with_name(NAME.replace("2A_2024", "1C_2024")) / "MTD_MSIL2A.xml").rename(s.with_name(NAME.replace("2A_2024", "1C_2024")) / "MTD_MSIL1C.xml"), "imagery.safe_level_1c", ""),
    "level 1C under the name of 2A": (lambda s: changed(top(s), "S2MSI2A", "S2MSI1C"), "imagery.safe_level_1c", ""),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_refused(safe: Path, fault: str) -> None:
    change, key, named = FAULTS[fault]
    change(safe)
    found = problems(safe.parent)
    assert key in [k for k, _, _ in found]
    assert named in next(text for k, _, text in found if k == key)


def test_a_bomb_of_metadata_is_not_read(safe: Path) -> None:
    with tile(safe).open("r+b") as big:
        big.truncate(1 << 26)
    assert keys(safe.parent) == ["imagery.safe_too_large"]


def test_no_address_is_followed(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        imagery.open_images(ImagesSpec("sentinel2", Path("/vsizip/a.zip/X.SAFE"), "/vsizip/a.zip/X.SAFE"), tmp_path)
    assert caught.value.key == "layer.not_a_file"


def manifest(safe: Path, kind: str = "MD5") -> None:
    """Checksums in the manner of the real list."""
    streams = []
    for path in sorted(safe.rglob("*.jp2")):
        digest = hashlib.new({"MD5": "md5", "SHA3-256": "sha3_256"}.get(kind, "md5"), path.read_bytes()).hexdigest()
        streams.append(
            f'<dataObject ID="x"><byteStream mimeType="application/octet-stream" size="{path.stat().st_size}">'
            f'<fileLocation locatorType="URL" href="./{path.relative_to(safe).as_posix()}"/>'
            f'<checksum checksumName="{kind}">{digest.upper()}</checksum></byteStream></dataObject>'
        )
    text = f'<xfdu:XFDU xmlns:xfdu="urn:ccsds:schema:xfdu:1"><dataObjectSection>{"".join(streams)}</dataObjectSection></xfdu:XFDU>'
    (safe / "manifest.safe").write_text(text, encoding="utf-8")


@pytest.mark.parametrize("kind", ["MD5", "SHA3-256"])
def test_bytes_lost_on_the_way_are_found_by_the_checksum(safe: Path, kind: str) -> None:
    """JPEG 2000 unpacks damaged bytes to other numbers without a word."""
    band = file(safe, "B08")
    jp2(band, np.random.default_rng(1).integers(1000, 5000, (w.HEIGHT, w.WIDTH)).astype(np.uint16), 10.0)
    manifest(safe, kind)
    assert [p.key for p in w.opened(safe.parent).warnings] == ["imagery.safe_read"]
    raw = bytearray(band.read_bytes())
    raw[-3000:-1000] = bytes(2000)
    band.write_bytes(raw)
    ((key, where, text),) = problems(safe.parent)
    assert key == "imagery.safe_checksum"
    assert where.endswith("R10m/T48QXJ_20240105T032121_B08_10m.jp2")
    assert kind in text


def test_an_unknown_checksum_is_no_fault(safe: Path) -> None:
    manifest(safe, "CRC-9")
    images = w.opened(safe.parent)
    assert len(images.scenes) == 1
    assert [p.key for p in images.warnings] == ["imagery.safe_read", "imagery.safe_unchecked"]


def zipped(safe: Path, name: str = "tai_ve.zip", inside: str | None = None) -> Path:
    """The product as a zip beside where it stood, which is removed."""
    path = safe.parent / name
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        for file in sorted(p for p in safe.rglob("*") if p.is_file()):
            made.write(file, f"{safe.name if inside is None else inside}/{file.relative_to(safe).as_posix()}")
    shutil.rmtree(safe)
    return path


def test_a_zip_is_the_same_date(safe: Path, tmp_path: Path) -> None:
    folder = w.opened(safe.parent)
    held = imagery.read(imagery.build(folder, folder.bounds, None, tmp_path / "one"))
    zipped(safe)
    images = w.opened(safe.parent)
    assert [p.key for p in images.warnings] == ["imagery.safe_unpacked", "imagery.safe_read", "imagery.safe_unchecked"]
    assert images.scenes[0].day == folder.scenes[0].day
    assert images.source.path == "s2"
    assert images.source.sha256 == w.opened(safe.parent).source.sha256
    found = imagery.read(imagery.build(images, images.bounds, None, tmp_path / "two"))
    assert all((found.bands[b] == held.bands[b]).all() for b in imagery.BANDS)
    unpacked = next(iter(images.scenes[0].bands.values())).path
    assert safe.parent not in unpacked.parents
    assert not list(unpacked.parent.glob("*B03*"))  # only what is used


@pytest.mark.parametrize("inside", ["", "a/b", "Tải về/" + NAME])
def test_where_the_product_lies_in_a_zip_does_not_matter(safe: Path, inside: str) -> None:
    zipped(safe, inside=inside)
    assert len(w.opened(safe.parent).scenes) == 1


def test_a_zip_of_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "s2").mkdir()
    with zipfile.ZipFile(tmp_path / "s2" / "a.zip", "w") as made:
        made.writestr("notes.txt", "x")
    assert keys(tmp_path / "s2") == ["imagery.safe_zip_other"]
    with zipfile.ZipFile(tmp_path / "s2" / "a.zip", "w") as made:
        made.writestr("../MTD_MSIL2A.xml", "x")
    assert keys(tmp_path / "s2") == ["layer.zip_unsafe"]
    assert [p.name for p in tmp_path.iterdir()] == ["s2"]


def test_a_cut_zip_is_refused(safe: Path) -> None:
    path = zipped(safe)
    cut(path, 0.6)
    assert keys(safe.parent) == ["layer.zip_cut"]


def test_a_zip_of_level_1c_is_refused(safe: Path) -> None:
    top(safe).rename(safe / "MTD_MSIL1C.xml")
    zipped(safe)
    assert keys(safe.parent) == ["imagery.safe_level_1c"]


def test_squares_of_the_decoder_make_any_window(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Squares of 16 pixels over a file of 60 by 80: every window is what the file holds, each square unpacked once."""
    monkeypatch.setattr(decoded, "SIDE", 16)
    values = np.random.default_rng(3).integers(1, 9999, (60, 80)).astype(np.uint16)
    jp2(tmp_path / "a.jp2", values, 10.0)
    band = Band(tmp_path / "a.jp2", 1, 1e4, 0.0, None, w.grid(), 80, 60, Laid(driver="JP2OpenJPEG"))
    opens = []
    plain = decoded.plain
    monkeypatch.setattr(decoded, "plain", lambda *given: opens.append(given[1]) or plain(*given))
    for _ in range(2):
        for top, first, high, wide in (
            (0, 0, 60, 80),
            (15, 15, 2, 2),
            (16, 16, 16, 16),
            (59, 79, 1, 1),
            (3, 50, 40, 30),
        ):
            found = decoded.window_of(band, Window(first, top, wide, high), "a.jp2")
            assert (found == values[top : top + high, first : first + wide]).all()
    assert len(opens) == 4 * 5
    size = (tmp_path / "a.jp2").stat().st_size
    jp2(tmp_path / "b.jp2", values // 2, 10.0)
    raw = (tmp_path / "b.jp2").read_bytes()
    (tmp_path / "a.jp2").write_bytes(
        raw + bytes(max(0, size - len(raw)))
    )  # as long as the old one, where it is shorter
    os.utime(tmp_path / "a.jp2", ns=(1, 1))
    assert decoded.window_of(band, Window(5, 5, 1, 1), "a.jp2")[0, 0] == values[5, 5] // 2


def test_the_mask_of_a_file_hides_its_pixels(tmp_path: Path) -> None:
    """An office's own cut of a band has a mask inside: what it hides is not observed."""
    place = w.scene(tmp_path / "s2", "2024-02-14", sun_zenith_deg=45.0, sun_azimuth_deg=145.0)
    hidden = np.full((w.HEIGHT, w.WIDTH), 255, dtype=np.uint8)
    hidden[:, :20] = 0
    with rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True), rasterio.open(place / "B04.tif", "r+") as band:
        band.write_mask(hidden)
    images = w.opened(tmp_path / "s2")
    assert "raster.mask_used" in [p.key for p in images.warnings]
    observed = imagery.read(imagery.build(images, images.bounds, None, tmp_path / "stack"))
    assert not observed.seen[0, :, :20].any()
    assert observed.seen[0, 10:50, 30:70].all()
