"""The seven parameters of VN-2000, in the two forms that files have them: a pipeline and a `towgs84`.

Decision 05/2007/QĐ-BTNMT gives them in the coordinate-frame convention; a `towgs84` wants the rotations with the
reverse sign. Both are EPSG:6960.
"""

from collections.abc import Sequence

import numpy as np
from pyproj import CRS
from pyproj.crs import BoundCRS
from pyproj.crs.coordinate_operation import ToWGS84Transformation

TOWGS84 = (-191.90441429, -39.30318279, -111.45032835, 0.00928836, -0.01975479, 0.00427372, 0.252906278)
"""As a PROJ string or WKT 1 has them (position vector): metres, arc seconds, parts per million."""

_ROUNDING = (0.02, 0.02, 0.02, 3e-4, 3e-4, 3e-4, 1e-3)
"""What programs leave out of the values: a centimetre on the ground each."""

PIPELINE = (
    "+proj=pipeline +step +proj=unitconvert +xy_in=deg +xy_out=rad +step +proj=push +v_3 +step +proj=cart +ellps=WGS84 "
    "+step +inv +proj=helmert +x=-191.90441429 +y=-39.30318279 +z=-111.45032835 +rx=-0.00928836 +ry=0.01975479 "
    "+rz=-0.00427372 +s=0.252906278 +convention=coordinate_frame +step +inv +proj=cart +ellps=WGS84 +step +proj=pop "
    "+v_3 +step +proj=unitconvert +xy_in=rad +xy_out=deg"
)
"""WGS 84 to VN-2000, longitude and latitude in degrees."""


def bare(crs: CRS) -> CRS:
    """The CRS under a `towgs84`; itself where there is none."""
    return crs.source_crs if crs.is_bound and crs.source_crs is not None else crs


def of(crs: CRS) -> tuple[float, ...]:
    """The `towgs84` of a CRS; empty where it has none."""
    operation = crs.coordinate_operation if crs.is_bound else None
    return tuple(operation.towgs84) if operation is not None else ()


def is_vn2000(values: Sequence[float]) -> bool:
    """True for the decree's values, rounded or not, with the signs that a `towgs84` wants."""
    return len(values) == 7 and bool((np.abs(np.subtract(values, TOWGS84)) <= _ROUNDING).all())


def is_flipped(values: Sequence[float]) -> bool:
    """True for the decree's values with its own signs of rotation, which in a `towgs84` are 0.8 m off."""
    flipped = [-v if 3 <= i < 6 else v for i, v in enumerate(values)]
    return is_vn2000(flipped)


def bound(crs: CRS) -> CRS:
    """A CRS of VN-2000 with its `towgs84` written out, for formats that keep a datum by its parameters only."""
    return BoundCRS(bare(crs), "EPSG:4326", ToWGS84Transformation(bare(crs).geodetic_crs, *TOWGS84))
