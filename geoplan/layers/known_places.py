"""Whether communes lie where those of their codes lie and bear their names: nothing else shows a wrong meridian."""

import re
from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import shapely
from pyproj import CRS, Geod

from geoplan import codes
from geoplan import crs as coordinates
from geoplan.crs import detective
from geoplan.errors import Problem
from geoplan.formats.verdict import Verdict
from geoplan.text.letters import same_name
from geoplan.text.safe import plain

FAR_KM = 10.0
"""Further from the middle of the commune of that code, an outline is elsewhere. A quarter of a degree of longitude,
the least by which two grids differ, is 26 km; of 88 communes of 2009 with the code of one of 2025 none is further from
its middle than 6.5."""

_AROUND_DEG = 0.05
"""Around the middle, what a commune of 10 km covers."""

_KIND = re.compile(r"^\s*(xã|phường|thị trấn|[xp]\.)\s+", re.IGNORECASE)
_WGS84 = coordinates.parse("EPSG:4326")


def check(frame: gpd.GeoDataFrame, file_crs: CRS, names: Sequence[str], where: str) -> Verdict:
    """``layer.commune_elsewhere`` for outlines with a code of Thái Nguyên that lie elsewhere than that commune.

    ``layer.commune_of_another`` for those that bear the name of another commune of the list.

    The middles stand in ``codes/communes_2025.csv``, to a hundredth of a degree; a code that is not there says nothing.

    Parameters
    ----------
    frame : GeoDataFrame
        Communes with `unit_code`, in any CRS.
    file_crs : CRS
        What the file's own numbers were read as: the message lists what they might be instead.
    names : sequence of str
        Of the features, for the message.
    where : str
        The file as the user named it.
    """
    said = Verdict()
    said.tell(_of_another(frame, names, where))
    middles = {row["unit_code"]: (float(row["lon"]), float(row["lat"])) for row in codes.table("communes_2025")}
    rows = [i for i, code in enumerate(frame["unit_code"]) if code in middles]
    if not rows:
        return said
    shapes = np.asarray(frame.geometry.array, dtype=object)[rows]
    wanted = [middles[code] for code in frame["unit_code"].iloc[rows]]
    km = np.array([_km(s, p) for s, p in zip(coordinates.geometries(shapes, frame.crs, _WGS84), wanted, strict=True)])
    far = np.flatnonzero(km > FAR_KM)
    if len(far):
        worst = int(far[np.argmax(km[far])])
        raw = shapely.get_coordinates(coordinates.geometries(shapes[worst], frame.crs, file_crs))
        found = detective.suspects(raw, shapely.Point(wanted[worst]).buffer(_AROUND_DEG), declared=file_crs)
        facts: dict[str, str | int | float] = {
            "n": len(far), "known": len(rows), "distance_km": float(km[worst]),
            "crs": coordinates.name(file_crs), "candidates": detective.listed([c for c in found if not c.swapped]),
        }  # fmt: skip
        said.tell(Problem("layer.commune_elsewhere", where, facts, tuple(names[rows[i]] for i in far.tolist())))
    return said


def _of_another(frame: gpd.GeoDataFrame, names: Sequence[str], where: str) -> list[Problem]:
    """Communes with the code of one and the name of another. A name that is in no list says nothing."""
    known = {row["unit_code"]: row["name"] for row in codes.table("communes_2025")}
    listed = {same_name(name) for name in known.values()}
    pairs = {}
    for i, (code, name) in enumerate(zip(frame["unit_code"], frame["name"], strict=True)):
        if code not in known or not isinstance(name, str):
            continue
        bare = same_name(_KIND.sub("", name))
        if bare in listed and bare != same_name(known[code]):
            pairs[i] = f"{code} = {known[code]} ≠ {plain(name)[:40]}"
    if not pairs:
        return []
    facts: dict[str, str | int | float] = {"n": len(pairs), "pairs": "; ".join(list(pairs.values())[:5])}
    return [Problem("layer.commune_of_another", where, facts, tuple(names[i] for i in pairs))]


def _km(shape: shapely.Geometry, middle: tuple[float, float]) -> float:
    """Kilometres from the middle to the outline, 0 inside; along the nearest point in degrees, which is near enough."""
    point = shapely.Point(middle)
    nearest = shapely.get_point(shapely.shortest_line(point, shape), -1)
    return float(Geod(ellps="WGS84").inv(*middle, nearest.x, nearest.y)[2]) / 1000.0
