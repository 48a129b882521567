"""Crops seen from space: was a zone of rice or maize converted, how much of it, and on what looks."""

from geoplan.crops.rules import Rules
from geoplan.crops.verification import HECTARES, VERDICTS, Verified, verify

__all__ = ["HECTARES", "VERDICTS", "Rules", "Verified", "verify"]
