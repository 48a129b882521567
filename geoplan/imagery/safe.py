"""Sentinel-2 as it is downloaded: a ``.SAFE`` folder of level 2A, mapped onto the same dates as our own folders.

Scale, offset, baseline, sun and day come from the product's own metadata and from nothing else: no name of a folder and
no date decides whether 1,000 is to be taken off. What the metadata do not say is refused, and so are files of another
tile or another day among them.
"""

import hashlib
import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from pathlib import Path, PurePosixPath

from geoplan.errors import InputError, Problem
from geoplan.formats import markup
from geoplan.imagery.metadata import OFFSET_BASELINE, Metadata, checked
from geoplan.rasters import Raster

Facts = dict[str, str | int | float]

PRODUCT, PRODUCT_1C, TILE, MANIFEST = "MTD_MSIL2A.xml", "MTD_MSIL1C.xml", "MTD_TL.xml", "manifest.safe"
WANTED = {"B02": 10, "B04": 10, "B08": 10, "B11": 20, "B12": 20, "SCL": 20}
"""Bands by the sensor's names, with the metres of their pixels."""

_BAND_NUMBERS = {"1": "B02", "3": "B04", "7": "B08", "11": "B11", "12": "B12"}
_KINDS = {"MD5": "md5", "SHA-1": "sha1", "SHA-256": "sha256", "SHA3-256": "sha3_256", "SHA-512": "sha512"}
_LOCAL = timezone(timedelta(hours=7))
_LARGEST = 1 << 24
_NAMED = re.compile(r"(?:L2A_)?(T\d\d[A-Z]{3}_\d{8}T\d{6})_(B02|B04|B08|B11|B12|SCL)_(10|20)m\.jp2", re.IGNORECASE)
_LEVEL_1C = re.compile(r"MSIL1C|S2MSI1C", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Product:
    """A SAFE folder as its metadata have it.

    Parameters
    ----------
    said : Metadata
        Day (in Vietnam), baseline, scale, offset, sun.
    files : dict of str to Path
        By the sensor's names of bands, those that are there.
    metadata : tuple of Path
        Files that `said` was read from.
    corner, crs : tuple of float or None, str
        West and north of the tile's pixels of 10 m, and its CRS, as the tile's metadata have them.
    sums : dict of Path to (str, str)
        Checksums of ``manifest.safe``, by file: kind and hexadecimal digits. JPEG 2000 has none of its own: bytes that
        were lost on the way unpack to other numbers without a word.
    """

    said: Metadata
    files: dict[str, Path]
    metadata: tuple[Path, ...]
    corner: tuple[float, float] | None
    crs: str
    sums: dict[Path, tuple[str, str]] = field(default_factory=dict)

    @property
    def is_checked(self) -> bool:
        """True where the manifest gives every file that is read a checksum of a kind that is known here."""
        return all(self.sums.get(path, ("", ""))[0] for path in self.files.values())

    @property
    def tile(self) -> str:
        """The tile's name on the sensor's grid, as ``T48QXJ``; empty where no band is there."""
        return next((match[1][:6].upper() for p in self.files.values() if (match := _NAMED.fullmatch(p.name))), "")


def folder_of(path: Path) -> Path | None:
    """The SAFE folder that a folder is, or holds alone as unpacking leaves it; None where it is none."""
    if _is_product(path):
        return path
    inside = [p for p in sorted(path.iterdir()) if p.is_dir() and not p.name.startswith(".")]
    return inside[0] if len(inside) == 1 and _is_product(inside[0]) else None


def used(place: PurePosixPath) -> bool:
    """True for a file of a product, named from its folder, that is read here: metadata and the wanted bands."""
    named = _NAMED.fullmatch(place.name)
    return place.name in (PRODUCT, PRODUCT_1C, TILE, MANIFEST) or (
        named is not None and WANTED[named[2].upper()] == int(named[3])
    )


def product(folder: Path, shown: str) -> tuple[Product | None, list[Problem]]:
    """A SAFE folder read, and every problem of it; None where its metadata cannot be gone by."""
    if (folder / PRODUCT_1C).is_file() or (_LEVEL_1C.search(folder.name) and not (folder / PRODUCT).is_file()):
        return None, [Problem("imagery.safe_level_1c", shown, {})]
    granules = [p for p in sorted(_listed(folder / "GRANULE")) if p.is_dir()]
    if len(granules) != 1:
        return None, [Problem("imagery.safe_granules", shown, {"n": len(granules)})]
    tops = [folder / PRODUCT, granules[0] / TILE]
    absent = [p.name for p in tops if not p.is_file()]
    if absent:
        return None, [Problem("imagery.safe_metadata_missing", shown, {"file": ", ".join(absent)})]
    try:
        top, tile = (_values(p, f"{shown}/{p.relative_to(folder).as_posix()}") for p in tops)
        sums = _sums(folder, shown)
    except InputError as error:
        return None, list(error.problems)
    if _LEVEL_1C.search(" ".join(_texts(top, "PRODUCT_TYPE"))) or "Level-1C" in _texts(top, "PROCESSING_LEVEL"):
        return None, [Problem("imagery.safe_level_1c", shown, {})]
    said, problems = _said(top, tile, shown)
    files, wrong = _files(granules[0] / "IMG_DATA", top, shown)
    found = Product(said, files, tuple(tops), _corner(tile), " ".join(_texts(tile, "HORIZONTAL_CS_CODE")), sums)
    return found, problems + wrong


def grid_problems(found: Product, blue: Raster, shown: str) -> list[Problem]:
    """Whether the pixels lie where the tile's metadata say."""
    t = blue.transform
    own, wanted = (t.c, t.f), found.corner
    if wanted is not None and max(abs(a - b) for a, b in zip(own, wanted, strict=True)) > 1e-3:
        facts: Facts = {"own": f"{t.c:.10g}, {t.f:.10g}", "wanted": f"{wanted[0]:.10g}, {wanted[1]:.10g}"}
        return [Problem("imagery.safe_grid", shown, facts)]
    if found.crs and blue.source.crs != found.crs:
        return [Problem("imagery.safe_grid", shown, {"own": blue.source.crs, "wanted": found.crs[:40]})]
    return []


def whole(found: Product, path: Path, shown: str) -> list[Problem]:
    """Whether a file has the checksum that the product's manifest gives it; nothing where the manifest gives none."""
    kind, wanted = found.sums.get(path, ("", ""))
    if not kind:
        return []
    with path.open("rb") as file:
        same = hashlib.file_digest(file, kind).hexdigest() == wanted
    return [] if same else [Problem("imagery.safe_checksum", shown, {"kind": kind.upper().replace("_", "-")})]


def _sums(folder: Path, shown: str) -> dict[Path, tuple[str, str]]:
    """Checksums by file; of kinds that nobody here computes, none."""
    manifest = folder / MANIFEST
    if not manifest.is_file():
        return {}
    found: dict[Path, tuple[str, str]] = {}
    for stream in (e for e in _values(manifest, f"{shown}/{MANIFEST}").below() if e.name == "byteStream"):
        place, digits = stream.first("fileLocation"), stream.first("checksum")
        if place is not None and digits is not None:
            kind = _KINDS.get(digits.attributes.get("checksumName", "").upper().replace("_", "-"), "")
            found[folder / place.attributes.get("href", "").removeprefix("./")] = (kind, digits.text.casefold())
    return found


def _is_product(path: Path) -> bool:
    return path.suffix.casefold() == ".safe" or (path / PRODUCT).is_file() or (path / PRODUCT_1C).is_file()


def _listed(folder: Path) -> list[Path]:
    return [p for p in folder.iterdir() if not p.name.startswith(".")] if folder.is_dir() else []


def _values(path: Path, shown: str) -> markup.Element:
    if path.stat().st_size > _LARGEST:
        facts: Facts = {"mb": path.stat().st_size // 1_000_000, "most": _LARGEST // 1_000_000}
        raise InputError(Problem("imagery.safe_too_large", shown, facts))
    data = path.read_bytes()
    return markup.parse(data, shown, "Sentinel-2 XML", lambda *_: False, lambda *_: None).root


def _texts(root: markup.Element, name: str) -> list[str]:
    return [e.text for e in root.below() if e.name == name]


def _said(top: markup.Element, tile: markup.Element, shown: str) -> tuple[Metadata, list[Problem]]:
    """What the two files say, each value once and sound; what they do not say."""
    scale = _texts(top, "BOA_QUANTIFICATION_VALUE") or _texts(top, "L2A_BOA_QUANTIFICATION_VALUE")
    added = [
        (_BAND_NUMBERS[e.attributes["band_id"]], e.text)
        for e in top.below()
        if e.name == "BOA_ADD_OFFSET" and e.attributes.get("band_id") in _BAND_NUMBERS
    ]
    offsets = dict(added)
    baseline = " ".join(_texts(top, "PROCESSING_BASELINE")).strip()
    sun = next((e for e in tile.below() if e.name == "Mean_Sun_Angle"), None)
    angles = [_texts(sun, name) if sun is not None else [] for name in ("ZENITH_ANGLE", "AZIMUTH_ANGLE")]
    taken = _texts(tile, "SENSING_TIME") or _texts(top, "PRODUCT_START_TIME")
    absent = [
        name
        for name, found in (
            ("PROCESSING_BASELINE", [baseline] if baseline else []),
            ("BOA_QUANTIFICATION_VALUE", scale),
            ("SENSING_TIME", taken),
            ("Mean_Sun_Angle", angles[0] and angles[1]),
            ("BOA_ADD_OFFSET", len(offsets) == len(_BAND_NUMBERS) or (baseline < OFFSET_BASELINE and not offsets)),
        )
        if not found
    ]
    if absent:
        return Metadata(), [Problem("imagery.safe_value_missing", shown, {"names": ", ".join(absent)})]
    if len({value for _, value in added}) > 1:
        told = ", ".join(f"{band} {value[:12]}" for band, value in sorted(set(added)))
        return Metadata(), [Problem("imagery.safe_offsets_differ", shown, {"offsets": told})]
    if len(set(scale)) > 1:
        wrong: Facts = {"key": "BOA_QUANTIFICATION_VALUE", "found": ", ".join(sorted(set(scale)))[:80]}
        return Metadata(), [Problem("imagery.metadata_value", shown, wrong)]
    day = _day(taken[0])
    values = {
        "baseline": baseline,
        "day": day if day is not None else taken[0],
        "scale": _number(scale[0]),
        "offset": _number(next(iter(offsets.values()))) if offsets else 0.0,
        "sun_zenith_deg": _number(angles[0][0]),
        "sun_azimuth_deg": _number(angles[1][0]),
    }
    return checked(values, shown)


def _number(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text


def _day(text: str) -> object | None:
    """The day in Vietnam of a time in UTC."""
    try:
        moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        return None
    return moment.astimezone(_LOCAL).date() if moment.tzinfo is not None else None


def _corner(tile: markup.Element) -> tuple[float, float] | None:
    for place in tile.below():
        if place.name == "Geoposition" and place.attributes.get("resolution") == "10":
            x, y = (_number(" ".join(_texts(place, name))) for name in ("ULX", "ULY"))
            if isinstance(x, float) and isinstance(y, float):
                return x, y
    return None


def _files(folder: Path, top: markup.Element, shown: str) -> tuple[dict[str, Path], list[Problem]]:
    """Files of the wanted bands at their own size; files that the product's list does not have are of another one."""
    listed = {text.rsplit("/", 1)[-1].casefold() for text in _texts(top, "IMAGE_FILE") + _texts(top, "IMAGE_FILE_2A")}
    found: dict[str, Path] = {}
    problems: list[Problem] = []
    for path in sorted(p for size in ("R10m", "R20m") for p in _listed(folder / size)):
        named = _NAMED.fullmatch(path.name)
        if named is None or WANTED[named[2].upper()] != int(named[3]):
            continue
        band = named[2].upper()
        if listed and path.stem.casefold() not in listed:
            problems.append(Problem("imagery.safe_file_foreign", shown, {"file": path.name}))
        elif band in found:
            problems.append(Problem("imagery.band_twice", shown, {"one": found[band].name, "other": path.name}))
        else:
            found[band] = path
    stamps = {match[1].upper() for p in found.values() if (match := _NAMED.fullmatch(p.name))}
    if len(stamps) > 1:
        problems.append(Problem("imagery.safe_file_foreign", shown, {"file": ", ".join(sorted(stamps))}))
    return found, problems
