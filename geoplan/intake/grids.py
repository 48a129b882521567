"""Rasters taken in: the one place where this room meets the raster door."""

from pathlib import Path
from typing import Any

from geoplan import crs as coordinates
from geoplan import rasters
from geoplan.errors import InputError
from geoplan.intake.records import Asked, Finding
from geoplan.messages import say

ENDINGS = (".tif", ".tiff", ".jp2", ".j2k", ".vrt", ".img", ".asc", ".nc", ".hdf", ".grd", ".ecw", ".sid")
"""Endings of files that are grids; the raster door says which of them it reads."""
READ = ENDINGS[:4]
"""Those that it does read."""

ROLES = ("dem", "land_cover", "strata")
"""Roles of grids in a project file."""


def examine(path: Path, shown: str, asked: Asked) -> Finding:
    """A raster as it would be taken in.

    Raises
    ------
    PlaceUnavailable
        If the file cannot be read.
    """
    role = asked.role if asked.role in ROLES else ""
    try:
        grid = rasters.inspect_file(path, shown, crs=asked.crs)
    except InputError as error:
        return Finding(path, shown, role=role, errors=error.problems)
    return Finding(
        path,
        shown,
        kind=grid.format,
        role=role,
        errors=grid.errors,
        warnings=grid.warnings,
        mended=grid.mended,
        grid=grid,
    )


def write(found: Finding, path: Path) -> None:
    """Write the clean COG.

    Raises
    ------
    PlaceUnavailable
        As `rasters.write_clean`.
    """
    if found.grid is None:
        raise ValueError(f"{found.title} is no grid")
    rasters.write_clean(found.grid, path)


def facts(found: Finding, lang: str) -> list[tuple[str, str]]:
    """What a raster is, for the reader."""
    grid = found.grid
    if grid is None:
        return []
    size = say("import.grid_size", lang, width=grid.width, height=grid.height, bands=grid.bands, dtype=grid.dtype)
    crs = coordinates.name(grid.crs) if grid.crs is not None else say("import.crs_none", lang)
    said = [(say("import.grid", lang), size), (say("import.crs", lang), crs)]
    said.append((say("import.grid_cell", lang), f"{abs(grid.transform.a):.10g} × {abs(grid.transform.e):.10g}"))
    values = ", ".join(f"{v:g}" for v in dict.fromkeys(grid.nodata) if v is not None) or "–"
    if grid.unseen_share == grid.unseen_share:
        shown = say("import.nodata_share", lang, values=values, share=100 * grid.unseen_share)
        said.append((say("import.nodata", lang), shown))
    else:
        said.append((say("import.nodata", lang), values))
    return said


def described(found: Finding) -> dict[str, Any]:
    """What the record says of a raster."""
    grid = found.grid
    if grid is None:
        return {}
    return {
        "width": grid.width,
        "height": grid.height,
        "bands": grid.bands,
        "dtype": grid.dtype,
        "nodata": list(grid.nodata),
        "scales": list(grid.scales),
        "offsets": list(grid.offsets),
        "is_classes": grid.is_classes,
        "unseen_share": None if grid.unseen_share != grid.unseen_share else round(grid.unseen_share, 9),
    }


def line(found: Finding, path: str) -> str:
    """The line for ``[rasters]`` in the project file."""
    role = found.role or ("land_cover" if found.grid is not None and found.grid.is_classes else "dem")
    if role != "land_cover":
        return f'{role} = "{path}"'
    return f'{role} = {{ path = "{path}", forest = [] }}'
