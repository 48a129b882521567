"""What a pixel is made of: shares of nine endmembers for every kind of cover, by day of the year and age.

Calendar of crops and shares of forests are those of the mountains of northern Vietnam; each plot is early or late by
some days. Shares add up to 1 by construction: what is left is shade.
"""

from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from geoplan.demo.noise import Floats

GREEN, RICE_GREEN, LITTER, DRY_SOIL, WET_SOIL, WATER, ASH, BUILT, SHADE = range(9)
"""Endmembers, in the order of `light.ENDMEMBERS`."""


class Kind(IntEnum):
    """What stands on a plot."""

    NATURAL = 1
    POOR_NATURAL = 2
    MIXED_BAMBOO = 3
    BAMBOO = 4
    ACACIA = 5
    MANGLIETIA = 6
    ANISE = 7
    REGROWTH_FOREST = 8
    SHRUB = 9
    GRASS = 10
    ORCHARD = 11
    RICE_TWO = 12
    RICE_ONE = 13
    MAIZE_TWO = 14
    DRY_ANNUAL = 15
    FALLOW = 16
    OPEN_WATER = 17
    HOUSES = 18
    CUT = 19
    BURNT = 20
    SCAR = 21
    LOGGED = 22


NATURAL_KINDS = (Kind.NATURAL, Kind.POOR_NATURAL, Kind.MIXED_BAMBOO, Kind.BAMBOO, Kind.REGROWTH_FOREST, Kind.LOGGED)
"""Closed canopy at any age."""

PLANTED_KINDS = (Kind.ACACIA, Kind.MANGLIETIA, Kind.ANISE)
CLOSED_YEARS = 3.0
"""Years from planting to a closed canopy."""

ANNUAL_KINDS = (Kind.RICE_TWO, Kind.RICE_ONE, Kind.MAIZE_TWO, Kind.DRY_ANNUAL)
TWICE = {Kind.RICE_TWO: ((50, 105, 158), (182, 238, 288)), Kind.MAIZE_TWO: ((68, 118, 178), (205, 250, 312))}
"""Sowing or transplanting, peak and harvest, days of the year."""
SEASONS = {
    **TWICE,
    Kind.RICE_ONE: ((165, 225, 276),),
    Kind.DRY_ANNUAL: ((25, 72, 118), (140, 185, 232), (258, 300, 345)),
}
FLOODS = {Kind.RICE_TWO: ((38, 72), (172, 203)), Kind.RICE_ONE: ((150, 190),)}
"""First and last day of water on the field."""


def shares(kind: Kind, day_of_year: int, age: Floats, shift: Floats, strength: Floats) -> Floats:
    """Shares of the nine endmembers for plots of one kind, shape (n, 9); each row adds up to 1.

    Parameters
    ----------
    age : array (n,)
        Years since the cover began; never negative.
    shift : array (n,)
        Days that a plot is late.
    strength : array (n,)
        Green that is left (logging) or the vigour of the plot; 1 is usual.
    """
    turn = 2.0 * np.pi * (day_of_year - shift) / 365.25
    if kind in SEASONS:
        found = _crop(kind, day_of_year - shift, strength)
    elif kind in PLANTED_KINDS:
        found = _planted(kind, turn, age, strength)
    else:
        found = _standing(kind, turn, age, strength)
    found[:, SHADE] = 1.0 - found[:, :SHADE].sum(axis=1)
    return found


def _wave(turn: Floats, peak_day: int) -> Floats:
    """Cosine of the year with its top on a day."""
    wave: Floats = np.cos(turn - 2.0 * np.pi * peak_day / 365.25)
    return wave


def _filled(count: int, **parts: Floats | float) -> Floats:
    """Shares by name, nothing else."""
    places = {"green": GREEN, "rice": RICE_GREEN, "litter": LITTER, "dry": DRY_SOIL, "wet": WET_SOIL, "water": WATER}
    places |= {"ash": ASH, "built": BUILT}
    found = np.zeros((count, 9))
    for name, share in parts.items():
        found[:, places[name]] = share
    return found


def _planted(kind: Kind, turn: Floats, age: Floats, strength: Floats) -> Floats:
    """Planted trees: green closes with age over weeds that give way."""
    years, most = {Kind.ACACIA: (1.8, 0.80), Kind.MANGLIETIA: (2.2, 0.80), Kind.ANISE: (2.6, 0.76)}[kind]
    grown = 1.0 - np.exp(-(age + 0.08) / years)
    weeds = (1.0 - grown) * (0.34 + 0.08 * _wave(turn, 235))
    green = np.clip(most * grown * strength + 0.02 * _wave(turn, 240) * grown, 0.0, 0.88)
    bare = (1.0 - grown) * 0.58
    return _filled(len(age), green=green + 0.9 * weeds, litter=0.03 + 0.5 * bare, dry=0.005 + 0.5 * bare)


def _standing(kind: Kind, turn: Floats, age: Floats, strength: Floats) -> Floats:
    """Natural canopies, which change with the season alone; `strength` is what logging left."""
    if kind not in NATURAL_KINDS:
        return _open(kind, _wave(turn, 240), age, strength)
    level, swing, peak = {
        Kind.NATURAL: (0.80, 0.025, 240),
        Kind.LOGGED: (0.80, 0.025, 240),
        Kind.POOR_NATURAL: (0.76, 0.03, 240),
        Kind.REGROWTH_FOREST: (0.72, 0.04, 235),
        Kind.MIXED_BAMBOO: (0.74, 0.045, 255),
        Kind.BAMBOO: (0.70, 0.06, 260),
    }[kind]
    green = np.clip((level + swing * _wave(turn, peak)) * strength, 0.0, 0.9)
    lost = np.maximum(level - green, 0.0)
    return _filled(len(age), green=green, litter=0.04 - 0.015 * _wave(turn, 240) + 0.45 * lost, dry=0.01 + 0.2 * lost)


def _open(kind: Kind, warm: Floats, age: Floats, strength: Floats) -> Floats:
    """Open covers, by season (`warm` is 1 in late August, -1 in late February) and years since they began."""
    parts: dict[str, Floats | float]
    match kind:
        case Kind.SHRUB:
            parts = {"green": (0.47 + 0.06 * warm) * strength, "litter": 0.21 - 0.05 * warm, "dry": 0.14}
        case Kind.GRASS:
            parts = {"green": (0.33 + 0.12 * warm) * strength, "litter": 0.33 - 0.09 * warm, "dry": 0.24 - 0.02 * warm}
        case Kind.ORCHARD:
            grown = 1.0 - np.exp(-(age + 0.25) / 3.0)
            green = (0.09 + 0.42 * grown + (0.01 + 0.04 * grown) * warm) * strength
            parts = {"green": green, "litter": 0.32 - 0.17 * grown - 0.02 * warm, "dry": 0.42 - 0.27 * grown}
        case Kind.FALLOW:
            risen = 0.05 * np.minimum(age, 4.0)
            parts = {"green": (0.16 + risen + 0.11 * warm) * strength, "litter": 0.40 - 0.08 * warm - 0.3 * risen}
            parts["dry"] = 0.32 - 0.03 * warm - 0.3 * risen
        case Kind.OPEN_WATER:
            parts = {"water": 0.93, "green": 0.03, "wet": 0.03}
        case Kind.HOUSES:
            parts = {"built": 0.52, "green": 0.27 + 0.03 * warm, "dry": 0.10, "litter": 0.03}
        case Kind.CUT:
            weeds = np.minimum(0.10 + 0.35 * age, 0.40)
            parts = {"green": weeds, "litter": 0.40 - 0.3 * weeds, "dry": 0.42 - 0.6 * weeds}
        case Kind.BURNT:
            fresh = np.exp(-age / 0.12)
            parts = {"green": 0.05, "ash": 0.62 * fresh, "litter": 0.08, "dry": 0.15 + 0.60 * (1.0 - fresh)}
        case Kind.SCAR:
            weeds = np.minimum(0.03 + 0.07 * age, 0.30)
            parts = {"green": weeds, "dry": 0.88 - weeds, "litter": 0.04}
        case _:
            raise ValueError(f"no shares for {kind!r}")
    return _filled(len(age), **parts)


def _crop(kind: Kind, day: Floats, strength: Floats) -> Floats:
    """Annual crops: leaves up and down by two logistic curves, water before rice, stubble and weeds between."""
    leaves, ripe = np.zeros(len(day)), np.zeros(len(day))
    for sow, peak, harvest in SEASONS[kind]:
        up = _logistic((day - (sow + peak) / 2.0) / 8.0)
        down = _logistic((day - (harvest - 6.0)) / 5.0)
        leaves += up * (1.0 - down)
        ripe += _logistic((day - (harvest - 18.0)) / 6.0) * (1.0 - down)
    leaves = np.clip(leaves, 0.0, 1.0) * np.clip(strength, 0.8, 1.1)
    rice = kind in FLOODS
    wet = np.zeros(len(day))
    for first, last in FLOODS.get(kind, ()):
        wet = np.maximum(wet, _logistic((day - first) / 2.5) * (1.0 - _logistic((day - last) / 4.0)))
    open_ = 1.0 - np.clip(leaves, 0.0, 1.0)
    weeds = _weeds(kind, day) * open_ * (1.0 - wet)
    peak_green = 0.74 if rice else 0.62
    green = peak_green * leaves * (1.0 - 0.18 * ripe)
    ground = open_ * 0.95 - weeds
    water = 0.65 * wet * open_
    dry_ground = np.maximum(ground - water, 0.0)
    muddy = np.clip(wet + (0.25 if rice else 0.0), 0.0, 1.0)
    straw = np.where(wet > 0.5, 0.05, 0.45 if rice else 0.33)
    litter = dry_ground * straw + (0.10 if rice else 0.14) * leaves + 0.08 * ripe * leaves
    bare = dry_ground * (1.0 - straw)
    parts: dict[str, Floats | float] = {"litter": litter, "wet": bare * muddy + 0.06 * leaves, "water": water}
    parts |= {"dry": bare * (1.0 - muddy)}
    parts |= {"rice": green, "green": weeds} if rice else {"green": green + weeds}
    return _filled(len(day), **parts)


def _weeds(kind: Kind, day: Floats) -> Floats:
    """Weeds between crops: more where a field lies idle all winter."""
    most = 0.26 if kind == Kind.RICE_ONE else 0.10 if kind == Kind.RICE_TWO else 0.04
    return most * (0.75 + 0.25 * np.cos(2.0 * np.pi * (day - 330.0) / 365.25))


def _logistic(x: Floats) -> Floats:
    curve: Floats = 1.0 / (1.0 + np.exp(-np.clip(x, -60.0, 60.0)))
    return curve


def forest(kind: NDArray[np.int64], age: Floats) -> NDArray[np.bool_]:
    """True where a cover is forest by the class table: closed canopy of forest trees or bamboo, never orchards."""
    found: NDArray[np.bool_] = np.isin(kind, NATURAL_KINDS) | (np.isin(kind, PLANTED_KINDS) & (age >= CLOSED_YEARS))
    return found
