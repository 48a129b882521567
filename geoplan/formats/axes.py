"""Which columns of a table hold its coordinates: by the user's word, or by what their headings say."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from geoplan.formats.records import LayerSpec
from geoplan.text.letters import fold

TAKEN = frozenset({"lon", "lat", "x", "y", "wkt"})
"""Names that the user's `columns` may give to coordinate columns."""

_NAMES: Mapping[str, frozenset[str]] = {
    "lon": frozenset(
        ["lon", "lng", "long", "longitude", "kd", "xlon", "lonx", "xlong", "longx", "kinhlon", "lonkd", "londong"]
    ),
    "lat": frozenset(["lat", "latitude", "vd", "ylat", "laty", "latt", "latvd", "latbac"]),
    "x": frozenset(["x", "xx", "xcoord", "coordx", "xcoordinate"]),
    "y": frozenset(["y", "yy", "ycoord", "coordy", "ycoordinate"]),
    "east": frozenset(["e", "easting", "east", "eastings", "dong", "huongdong"]),
    "north": frozenset(["n", "northing", "north", "northings", "bac", "huongbac"]),
    "wkt": frozenset(
        ["wkt", "geometry", "geom", "wktgeom", "geomwkt", "wktgeometry", "hinh", "ewkt", "wkb", "wkbgeometry"]
    ),
    "pair": frozenset(
        [
            "latlon",
            "latlong",
            "latlng",
            "lonlat",
            "longlat",
            "lnglat",
            "xy",
            "yx",
            "latitudelongitude",
            "coordinates",
            "longitudelatitude",
            "coordinate",
            "vdkd",
            "kdvd",
            "en",
            "ne",
        ]
    ),
}
_PLACE = re.compile(r"\btoa do\b|\btoado\b|\bt\.?d\.? ?(?=[xy]\b)")
_PHRASES = (
    (re.compile(r"\bkinh ?do\b"), " lon "),
    (re.compile(r"\bvi ?do\b"), " lat "),
)
_ASIDE = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")
_DECOR = frozenset(
    """
    vn2000 vn 2000 wgs84 wgs 84 utm m met meter meters gps diem point points coords coord he cua nha ho theo dd dms
    decimal degrees degree deg do the google map maps tam trung centroid thap phan vi tri so dia ly nha o mui
    """.split()  # noqa: SIM905 -- read as a list of words
)
_PARTS: Mapping[str, frozenset[str]] = {
    "d": frozenset(["do", "deg", "degree", "degrees", "d"]),
    "m": frozenset(["phut", "min", "minute", "minutes", "m", "p"]),
    "s": frozenset(["giay", "sec", "second", "seconds", "s", "g"]),
}


@dataclass(frozen=True, slots=True)
class Axes:
    """The coordinate columns of a table.

    Parameters
    ----------
    kind : str
        ``lonlat``; ``parts`` (degrees, minutes, seconds apart); ``grid`` (east and north); ``xy`` (x and y, whichever
        is which); ``wkt`` and ``pair`` (one column).
    columns : tuple of str
        Longitude, x or east first; for ``parts`` the longitude's columns, then as many of the latitude.
    named : bool
        True where the user named them.
    others : tuple of str
        Coordinate columns that are not read because these are.
    rivals : tuple of str
        Columns of which each could be the same coordinate: none is chosen.
    """

    kind: str
    columns: tuple[str, ...]
    named: bool = False
    others: tuple[str, ...] = ()
    rivals: tuple[str, ...] = ()


def find(names: Sequence[str], spec: LayerSpec) -> Axes | None:
    """The coordinate columns among the headings, degrees before metres, the user's word before all; None for none."""
    wanted = _by_word(names, spec)
    if wanted is not None:
        return wanted
    kinds = {name: _axis(name) for name in names if name}
    found: list[Axes] = []
    rivals: tuple[str, ...] = ()
    parts = _in_parts(names)
    if parts is not None:
        found.append(parts)
    for kind, pair in (("lonlat", ("lon", "lat")), ("grid", ("east", "north")), ("xy", ("x", "y"))):
        fits = [[n for n in names if kinds.get(n) == axis] for axis in pair]
        if not all(fits):
            continue
        chosen = [_nearest(f, axis) for f, axis in zip(fits, pair, strict=True)]
        if all(len(c) == 1 for c in chosen):
            found.append(Axes(kind, (chosen[0][0], chosen[1][0])))
        else:
            rivals = rivals or tuple(dict.fromkeys(n for c in chosen if len(c) > 1 for n in c))
    for kind in ("wkt", "pair"):
        fits_one = [n for n in names if kinds.get(n) == kind]
        if len(fits_one) == 1:
            found.append(Axes(kind, (fits_one[0],)))
        elif fits_one:
            rivals = rivals or tuple(fits_one)
    if not found:
        return Axes("", (), rivals=rivals) if rivals else None
    best = found[0]
    others = tuple(dict.fromkeys(n for a in found[1:] for n in a.columns if n not in best.columns))
    return Axes(best.kind, best.columns, others=others)


def _nearest(fits: list[str], axis: str) -> list[str]:
    """The one column named exactly by the axis, where several fit; repeated headings count once."""
    several = list(dict.fromkeys(fits))
    exact = [c for c in several if c.casefold() == axis]
    return exact if len(exact) == 1 else several


def _by_word(names: Sequence[str], spec: LayerSpec) -> Axes | None:
    """The columns that the user named, exactly or in other case; the second of a pair may be found by its heading."""
    given = {axis: _same(names, spec.columns[axis]) for axis in TAKEN if axis in spec.columns}
    if given.get("wkt"):
        return Axes("wkt", (given["wkt"],), named=True)
    for kind, pair in (("lonlat", ("lon", "lat")), ("xy", ("x", "y"))):
        if not any(given.get(axis) for axis in pair):
            continue
        chosen = []
        for axis in pair:
            one = given.get(axis)
            fits = [one] if one else _nearest([n for n in names if n and _axis(n) == axis], axis)
            if axis in spec.columns and not one:
                return None
            chosen.append(fits)
        if all(len(c) == 1 for c in chosen):
            return Axes(kind, (chosen[0][0], chosen[1][0]), named=True)
    return None


def _same(names: Sequence[str], wanted: str) -> str:
    found = [n for n in names if n == wanted] or [n for n in names if n.casefold() == wanted.casefold()]
    return found[0] if len(set(found)) == 1 else ""


def _axis(name: str) -> str:
    """Axis that a heading names: ``lon``, ``x``, ``wkt`` ...; empty for none."""
    folded = fold(name)
    bare, places = _PLACE.subn(" ", _ASIDE.sub(" ", folded).replace("_", " "))
    for pattern, word in _PHRASES:
        bare = pattern.sub(word, bare)
    words = [w for w in re.split(r"[^a-z0-9]+", bare) if w]
    joined = "".join(w for w in words if w not in _DECOR)
    if joined in {"xvn2000", "yvn2000", "xwgs84", "ywgs84", "lonwgs84", "latwgs84", "wgs84lon", "wgs84lat"}:
        joined = re.sub("vn2000|wgs84", "", joined)
    for axis, known in _NAMES.items():
        if joined in known or "".join(words) in known:
            return axis
    if places or words == ["gps"]:
        return "pair" if not joined else ""
    return ""


def _in_parts(names: Sequence[str]) -> Axes | None:
    """Degrees, minutes and perhaps seconds of both axes in columns of their own."""
    found: dict[tuple[str, str], str] = {}
    for name in names:
        bare = re.sub(r"[()\[\]]", " ", fold(name)).replace("_", " ")
        for pattern, word in _PHRASES:
            bare = pattern.sub(word, bare)
        words = [w for w in re.split(r"[^a-z0-9]+", _PLACE.sub(" ", bare)) if w]
        if len(words) != 2:
            continue
        axis = next((a for a in ("lon", "lat") if words[0] in _NAMES[a]), "")
        part = next((p for p, known in _PARTS.items() if words[1] in known), "")
        if axis and part:
            found.setdefault((axis, part), name)
    wanted = [(axis, part) for axis in ("lon", "lat") for part in ("d", "m", "s")]
    if not all(w in found for w in wanted if w[1] != "s"):
        return None
    columns = tuple(found[w] for w in wanted if w in found)
    return Axes("parts", columns) if len(columns) in (4, 6) else None
