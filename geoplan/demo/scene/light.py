"""Light: reflectance of endmembers, the sun, hills that turn to it or away, haze and the noise of the sensor."""

from datetime import date

import numpy as np

from geoplan.demo.noise import Floats

BANDS = ("B02", "B04", "B08", "B11", "B12")
ENDMEMBERS = np.array(
    [
        [0.025, 0.030, 0.370, 0.180, 0.080],  # green leaves
        [0.030, 0.040, 0.340, 0.150, 0.070],  # leaves of rice
        [0.070, 0.140, 0.270, 0.380, 0.270],  # litter, straw, stems
        [0.060, 0.140, 0.260, 0.360, 0.310],  # dry red soil
        [0.042, 0.098, 0.169, 0.126, 0.100],  # wet soil
        [0.050, 0.050, 0.020, 0.010, 0.008],  # water
        [0.040, 0.050, 0.075, 0.110, 0.120],  # ash
        [0.120, 0.160, 0.200, 0.220, 0.220],  # roofs and roads
        [0.005, 0.005, 0.005, 0.005, 0.005],  # shade
    ]
)
"""Reflectance of the nine endmembers (rows) in five bands."""
DIFFUSE = np.array([0.28, 0.17, 0.10, 0.06, 0.05])
"""Share of skylight in each band."""
HAZE = np.array([0.012, 0.006, 0.003, 0.001, 0.0])
LATITUDE = 22.35
HOUR_ANGLE = np.radians(-22.5)
"""Sentinel-2 crosses at 10:30 of local solar time."""


def sun(day: date) -> tuple[float, float]:
    """Zenith and azimuth (clockwise from north) of the sun on a day at 10:30 local solar time, degrees.

    Declination after Spencer (1971), Fourier series of seven terms.
    """
    turn = 2.0 * np.pi * (day.timetuple().tm_yday - 1) / 365.0
    tilt = 0.006918 - 0.399912 * np.cos(turn) + 0.070257 * np.sin(turn) - 0.006758 * np.cos(2 * turn)
    tilt += 0.000907 * np.sin(2 * turn) - 0.002697 * np.cos(3 * turn) + 0.00148 * np.sin(3 * turn)
    here = np.radians(LATITUDE)
    height = np.sin(here) * np.sin(tilt) + np.cos(here) * np.cos(tilt) * np.cos(HOUR_ANGLE)
    east = -np.cos(tilt) * np.sin(HOUR_ANGLE)
    north = np.cos(here) * np.sin(tilt) - np.sin(here) * np.cos(tilt) * np.cos(HOUR_ANGLE)
    return float(np.degrees(np.arccos(height))), float(np.degrees(np.arctan2(east, north)) % 360.0)


def facing(metres: Floats, cell_m: float, zenith_deg: float, azimuth_deg: float) -> Floats:
    """Cosine of the angle between the sun and the ground's normal, shape of `metres` (rows run south)."""
    south, east = np.gradient(metres, cell_m)
    zenith, azimuth = np.radians(zenith_deg), np.radians(azimuth_deg)
    to_east, to_north = np.sin(zenith) * np.sin(azimuth), np.sin(zenith) * np.cos(azimuth)
    found: Floats = (np.cos(zenith) - to_east * east + to_north * south) / np.sqrt(1.0 + east**2 + south**2)
    return found


def terrain_light(cos_i: Floats, zenith_deg: float, band: int) -> Floats:
    """Light on a slope over that on the flat, skylight included."""
    direct = np.maximum(cos_i, 0.0) / np.cos(np.radians(zenith_deg))
    found: Floats = (1.0 - DIFFUSE[band]) * direct + DIFFUSE[band]
    return found
