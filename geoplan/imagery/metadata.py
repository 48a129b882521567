"""What is said of a date beside its pixels: ``scene.toml``, and the scale and offset that make reflectance of numbers.

Scale and offset come from metadata alone, never from the look of the numbers: an offset of 1,000 that is left in, or
taken off twice, shifts NDVI by a tenth, and both look like an image.
"""

import math
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from geoplan.errors import Problem

Facts = dict[str, str | int | float]

KEYS = ("baseline", "day", "offset", "scale", "sensor", "sun_azimuth_deg", "sun_zenith_deg", "synthetic")
SENSORS = ("sentinel2",)
OFFSET_BASELINE = "04.00"
"""From this processing baseline (25 January 2022) level 2A numbers carry an offset: BOA_ADD_OFFSET, -1000."""

FIRST_DAY = date(2015, 6, 23)
"""Launch of Sentinel-2A: an earlier day is a slip of the pen."""

_LARGEST = 1 << 16
_BASELINE = re.compile(r"\d\d\.\d\d")


@dataclass(frozen=True, slots=True)
class Metadata:
    """A date's ``scene.toml``; None is not said."""

    day: date | None = None
    baseline: str = ""
    scale: float | None = None
    offset: float | None = None
    sun_zenith_deg: float | None = None
    sun_azimuth_deg: float | None = None
    synthetic: bool = False


def read_metadata(path: Path, shown: str) -> tuple[Metadata, list[Problem]]:
    """A metadata file and every problem of it; an absent file says nothing."""
    if not path.is_file():
        return Metadata(), []
    try:
        with path.open("rb") as file:
            data = file.read(_LARGEST)
        document = tomllib.loads(data.decode("utf-8-sig"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        return Metadata(), [Problem("imagery.metadata_broken", shown, {"cause": str(error)[:120]})]
    return checked(document, shown)


def checked(document: Mapping[str, Any], shown: str) -> tuple[Metadata, list[Problem]]:
    """Values of a date by `KEYS`, and every problem of them."""
    problems = []
    unknown = sorted(set(document) - set(KEYS))
    if unknown:
        facts: Facts = {"found": ", ".join(unknown)[:200], "known": ", ".join(KEYS)}
        problems.append(Problem("imagery.metadata_unknown", shown, facts))
    values: dict[str, Any] = {}
    for key in KEYS:
        if key in document:
            value = _value(key, document[key])
            if value is None:
                wrong: Facts = {"key": key, "found": str(document[key])[:80]}
                problems.append(Problem("imagery.metadata_value", shown, wrong))
            elif key != "sensor":
                values[key] = value
    return Metadata(**values), problems


def radiometry(
    said: Metadata, tags: Mapping[str, tuple[float, float]], shown: str
) -> tuple[dict[str, tuple[float, float]], list[Problem]]:
    """Scale and offset of each band, so that reflectance is (stored + offset) / scale.

    Parameters
    ----------
    said : Metadata
        Of ``scene.toml``.
    tags : mapping of str to (float, float)
        Band to the file's own factor and addend: value = stored times factor plus addend; (1, 0) says nothing.
    """
    if (said.scale is None) != (said.offset is None):
        return {}, [Problem("imagery.scale_half", shown, {})]
    found: dict[str, tuple[float, float]] = {}
    problems: dict[str, Problem] = {}
    for band, (factor, addend) in tags.items():
        own = None if (factor, addend) == (1.0, 0.0) or factor <= 0 else (1.0 / factor, addend / factor)
        if own is None and said.scale is None:
            problems["missing"] = Problem("imagery.scale_missing", shown, {})
            continue
        scale, offset = own if said.scale is None or said.offset is None else (said.scale, said.offset)  # type: ignore[misc]
        if own is not None and not (math.isclose(own[0], scale, rel_tol=1e-6) and abs(own[1] - offset) <= 1e-4 * scale):
            facts: Facts = {
                "scale": f"{scale:g}",
                "offset": f"{offset:g}",
                "file_scale": f"{own[0]:g}",
                "file_offset": f"{own[1]:g}",
            }
            problems["differ"] = Problem("imagery.scale_contradicts", shown, facts)
            continue
        if said.baseline and (said.baseline >= OFFSET_BASELINE) != (abs(offset) > 1e-6):
            against: Facts = {"baseline": said.baseline, "offset": f"{offset:g}"}
            problems["baseline"] = Problem("imagery.offset_contradicts", shown, against)
            continue
        found[band] = (scale, offset)
    return found, list(problems.values())


def _value(key: str, value: Any) -> Any:
    """The value of a key, or None where it cannot be one."""
    if key == "synthetic":
        return value if isinstance(value, bool) else None
    if key == "day":
        return _day(value)
    if key == "sensor":
        return value if value in SENSORS else None
    if key == "baseline":
        return value if isinstance(value, str) and _BASELINE.fullmatch(value) else None
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    lowest, highest = {
        "scale": (1e-6, 1e6),
        "offset": (-1e5, 1e5),
        "sun_zenith_deg": (0.0, 80.0),
        "sun_azimuth_deg": (0.0, 360.0),
    }[key]
    return float(value) if lowest <= value <= highest else None


def _day(value: Any) -> date | None:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    return iso_day(value) if isinstance(value, str) else None


def iso_day(text: str) -> date | None:
    """The day that a name like ``2024-01-05`` says, or None."""
    if not re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
