"""A clean GeoPackage: the role's fields under their own names, then the file's other columns, then the originals.

Times in the file are pinned and pages packed anew, so that the same file gives the same bytes.
"""

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely

from geoplan.exports import database
from geoplan.intake.originals import kept_rows, written
from geoplan.intake.records import Finding
from geoplan.layers import schema
from geoplan.text import safe
from geoplan.text.letters import nfc

ORIGINALS = "originals"
"""Table of the texts as they stood in the file."""

NO_DAY = "1970-01-01"
"""Stands in the GeoPackage for a time that nobody has stated."""

_TAKEN = ("fid", "geom", "geometry", "ogc_fid", "rowid")
_RENAMED = "_goc"
_MULTI = {3: "MultiPolygon", 6: "MultiPolygon", 0: "Point", 4: "MultiPoint", 1: "MultiLineString", 5: "MultiLineString"}


def clean_frame(found: Finding) -> tuple[gpd.GeoDataFrame, dict[str, str]]:
    """The layer as it is written, and the file's column behind each of its columns.

    Raises
    ------
    ValueError
        For a finding that is not ready: it has no layer.
    """
    if found.inspection is None or found.inspection.layer is None:
        raise ValueError(f"{found.title} has no layer to write")
    inspection, layer = found.inspection, found.inspection.layer
    table: dict[str, pd.Series] = {}
    behind: dict[str, str] = {}
    for field in schema(found.role).fields:
        values = layer.frame[field.name]
        if field.name in inspection.columns or (field.name == schema(found.role).key and values.notna().any()):
            table[field.name] = _plain(values)
            behind[field.name] = inspection.columns.get(field.name, "")
    if inspection.others is not None and len(inspection.others.columns):
        others = inspection.others.iloc[list(kept_rows(inspection))].reset_index(drop=True)
        for name in others.columns:
            free = _free(str(name), table)
            table[free] = _guessed(others[name])
            behind[free] = str(name)
    frame = pd.DataFrame(table, index=layer.frame.index)
    return gpd.GeoDataFrame(frame, geometry=layer.frame.geometry.to_numpy(), crs=layer.frame.crs), behind


def write_geopackage(found: Finding, frame: gpd.GeoDataFrame, path: Path, name: str, day: str = "") -> None:
    """Write the clean GeoPackage, whole or not at all, read back before it gets its name.

    Parameters
    ----------
    found : Finding
        Gives the originals.
    frame : GeoDataFrame
        From `clean_frame`.
    path : Path
        Final name.
    name : str
        Of the layer inside.
    day : str
        Day of the data as ISO text, which the file carries for its time; empty: not stated.

    Raises
    ------
    PlaceUnavailable
        As `writing.write_file`; ``write.failed``, ``write.unverified``.
    """

    def fill(made: Path) -> None:
        _write(frame, made, name)
        if len(found.originals):
            pyogrio.write_dataframe(found.originals, made, layer=ORIGINALS, driver="GPKG", append=True)

    database.write(path, day or NO_DAY, fill, lambda made: _comes_back(frame, made, name))


def _write(frame: gpd.GeoDataFrame, made: Path, name: str) -> None:
    kinds = sorted({_MULTI.get(k, "Unknown") for k in set(shapely.get_type_id(frame.geometry.to_numpy()).tolist())})
    pyogrio.write_dataframe(
        frame.rename_geometry("geom"),
        made,
        layer=name,
        driver="GPKG",
        promote_to_multi=kinds[:1] != ["Point"],
        geometry_type=kinds[0] if len(kinds) == 1 else "Unknown",
        layer_options={"GEOMETRY_NAME": "geom", "FID": "fid"},
    )


def _comes_back(frame: gpd.GeoDataFrame, made: Path, name: str) -> bool:
    """Every coordinate and every cell, read back."""
    read = pyogrio.read_dataframe(made, layer=name)
    fields = list(frame.columns.drop("geometry"))
    same = len(read) == len(frame) and list(read.columns.drop("geometry")) == fields
    return same and _same_shapes(read.geometry, frame.geometry) and all(_same_cells(read[f], frame[f]) for f in fields)


def _same_shapes(read: gpd.GeoSeries, wanted: gpd.GeoSeries) -> bool:
    """Coordinates alike in both, part by part: a polygon comes back as one of many."""
    parts = [shapely.get_parts(s.to_numpy(), return_index=True) for s in (read, wanted)]
    points = [shapely.get_coordinates(p[0], include_z=True, return_index=True) for p in parts]
    alike = [np.array_equal(parts[0][1], parts[1][1]), np.array_equal(points[0][1], points[1][1])]
    return all(alike) and np.array_equal(points[0][0], points[1][0], equal_nan=True)


def _same_cells(read: pd.Series, wanted: pd.Series) -> bool:
    """Values alike, blank where blank; a whole number beside a blank comes back as a float."""
    blank = wanted.isna().to_numpy()
    if not np.array_equal(read.isna().to_numpy(), blank):
        return False
    return bool((read.to_numpy(dtype=object)[~blank] == wanted.to_numpy(dtype=object)[~blank]).all())


def _free(name: str, table: dict[str, pd.Series]) -> str:
    """A column name that the table does not have yet; SQLite does not tell upper case from lower."""
    name = nfc(safe.plain(name)) or "cot"
    taken = {*_TAKEN, *(n.casefold() for n in table)}
    free, n = name, 1
    while free.casefold() in taken:
        n += 1
        free = f"{name}{_RENAMED}" if n == 2 else f"{name}{_RENAMED}{n - 1}"
    return free


def _plain(values: pd.Series) -> pd.Series:
    """Values of a field as a GeoPackage holds them: dates as ISO text, clean text."""
    if values.dtype != object:
        return values.reset_index(drop=True)
    return pd.Series([written(v) for v in values], dtype=object)


def _guessed(values: pd.Series) -> pd.Series:
    """Cells of a column that no field uses: whole numbers, numbers, or text where they are anything else."""
    present = [v for v in values if v is not None]
    if present and all(isinstance(v, int | np.integer) and abs(int(v)) < 1 << 63 for v in present):
        return pd.Series([pd.NA if v is None else int(v) for v in values], dtype="Int64")
    if present and all(isinstance(v, int | float | np.number) and not isinstance(v, bool) for v in present):
        return pd.Series([np.nan if v is None else float(v) for v in values], dtype=np.float64)
    return pd.Series([written(v) for v in values], dtype=object)
