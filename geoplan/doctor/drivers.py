"""What GDAL in its two copies can open, the assets of the map, and settings that other programs leave behind."""

import hashlib
import json
import os
from importlib.resources import files
from pathlib import Path

from geoplan.doctor.check import Check, bad, fine, odd

VECTOR_DRIVERS = {"GPKG": True, "ESRI Shapefile": True, "GeoJSON": True, "MapInfo File": False, "GML": False}
"""Drivers of vector files; true for those without which nothing works."""

RASTER_DRIVERS = {"GTiff": True, "COG": True, "JP2OpenJPEG": False}
_HARMFUL = ("GDAL_", "OGR_", "CPL_", "SHAPE_")
_HARMLESS = {"GDAL_CACHEMAX", "GDAL_NUM_THREADS", "GDAL_CURL_CA_BUNDLE"}


def vectors(_: Path) -> Check:
    """Drivers of vector files."""
    import pyogrio

    version = ".".join(map(str, pyogrio.__gdal_version__))
    return _drivers("vector", VECTOR_DRIVERS, set(pyogrio.list_drivers()), version)


def rasters(_: Path) -> Check:
    """Drivers of rasters and images."""
    import rasterio

    with rasterio.Env() as env:
        have = set(env.drivers())
    return _drivers("raster", RASTER_DRIVERS, have, rasterio.__gdal_version__)


def assets(_: Path) -> Check:
    """Every file of the map page is there, byte for byte."""
    room = files("geoplan.maps")
    wanted = json.loads(room.joinpath("assets.lock.json").read_text(encoding="utf-8"))
    wrong = []
    for name, digest in sorted(wanted.items()):
        asset = room.joinpath("assets", name)
        if not asset.is_file() or hashlib.sha256(asset.read_bytes()).hexdigest() != digest:
            wrong.append(name)
    if wrong:
        return bad("doctor.assets_bad", files=", ".join(wrong))
    return fine("doctor.assets", n=len(wanted))


def settings(_: Path) -> Check:
    """Variables of the surroundings that change how files are read."""
    found = sorted(n for n in os.environ if n.startswith(_HARMFUL) and n not in _HARMLESS and os.environ[n])
    if found:
        return odd("doctor.settings_odd", variables=", ".join(found)[:300])
    return fine("doctor.settings")


def _drivers(kind: str, wanted: dict[str, bool], have: set[str], version: str) -> Check:
    missing = [name for name in wanted if name not in have]
    if any(wanted[name] for name in missing):
        return bad(f"doctor.{kind}_bad", drivers=", ".join(missing), version=version)
    if missing:
        return odd(f"doctor.{kind}_odd", drivers=", ".join(missing), version=version)
    return fine(f"doctor.{kind}", drivers=", ".join(wanted), version=version)
