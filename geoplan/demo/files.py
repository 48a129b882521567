"""The demo's files: bytes that depend on the data alone."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import geopandas as gpd
import pyogrio

from geoplan import writing
from geoplan.writing import scratch


@contextmanager
def clock_stopped(day: str) -> Iterator[None]:
    """GDAL takes midnight of `day` (ISO) for the time that it writes into files."""
    before = pyogrio.get_gdal_config_option("OGR_CURRENT_DATE")
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": f"{day}T00:00:00.000Z"})
    try:
        yield
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": before})


def write_layer(path: Path, frame: gpd.GeoDataFrame, *, day: str) -> None:
    """One GeoPackage with one layer, named as the file."""
    with scratch() as place, clock_stopped(day):
        made = Path(place) / path.name
        pyogrio.write_dataframe(frame, made, layer=path.stem, driver="GPKG")
        writing.write_bytes(path, made.read_bytes())


def write_text(path: Path, text: str) -> None:
    """A text file in UTF-8 with Unix line ends."""
    writing.write_bytes(path, text.encode("utf-8"))


def write_table(path: Path, rows: Sequence[Mapping[str, object]]) -> None:
    """A CSV in UTF-8 without BOM; missing values are empty."""
    out = io.StringIO()
    table = csv.DictWriter(out, fieldnames=list(rows[0]), lineterminator="\n")
    table.writeheader()
    table.writerows({k: "" if v is None else v for k, v in row.items()} for row in rows)
    write_text(path, out.getvalue())


def write_marks(path: Path, frame: gpd.GeoDataFrame) -> None:
    """GeoJSON (RFC 7946) of a frame in longitude and latitude, eight decimals."""
    with scratch() as place:
        made = Path(place) / path.name
        pyogrio.write_dataframe(frame, made, driver="GeoJSON", layer=path.stem, RFC7946="YES", COORDINATE_PRECISION="8")
        writing.write_bytes(path, made.read_bytes())
