"""Dangers of the ground from heights, and the places where people live judged by them."""

from geoplan.hazard.mapping import hazard_map
from geoplan.hazard.places import distances, homes, judge_houses, judge_sites
from geoplan.hazard.records import HazardMap

__all__ = [
    "HazardMap",
    "distances",
    "hazard_map",
    "homes",
    "judge_houses",
    "judge_sites",
]
