"""Result layers as programs of the world want them: WGS 84, one name a feature, one colour a class."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geoplan import crs as coordinates
from geoplan.exports import styles
from geoplan.exports.bundle import Bundle
from geoplan.exports.geopackage import POINTS, ResultLayer, layers_of
from geoplan.messages import say
from geoplan.text import safe

NAMED_BY = ("name", "lot_id", "zone_id", "place_id", "site_id", "sample_id", "parcel_id", "unit_code")
"""Fields that a feature is called by, the first that has a value."""


_WORDS = {
    "forest_class": "class", "verdict": "verdict", "use": "use", "gap_role": "gap_role", "to_group": "to_group",
    "place_kind": "place_kind",
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class Placed:
    """One result layer in longitude and latitude, WGS 84.

    Parameters
    ----------
    layer : ResultLayer
        Its rows and the fields that may leave.
    title : str
        What a reader calls the layer.
    note : str
        Project, day, whether made up, and how VN-2000 became WGS 84.
    operation : str
        EPSG code of the datum operation, ``none`` where there was nothing to move.
    shapes : ndarray of Geometry, shape (n,)
        Longitude and latitude; None where the feature has no shape.
    names : list of str
        What each feature is called.
    """

    layer: ResultLayer
    title: str
    note: str
    operation: str
    shapes: npt.NDArray[np.object_]
    names: list[str]

    @property
    def file_name(self) -> str:
        """The layer's name as a file has it, without its ending."""
        return safe.file_name(self.layer.name)


def placed(bundle: Bundle) -> Iterator[Placed]:
    """Every result layer that has features."""
    source, target = coordinates.parse(bundle.crs), coordinates.parse("EPSG:4326")
    operation = coordinates.operation(source, target)
    for layer in layers_of(bundle):
        if len(layer.frame):
            shapes = coordinates.geometries(np.asarray(layer.frame.geometry.array, dtype=object), source, target)
            note = say("export.note", bundle.lang, name=bundle.name, day=bundle.as_of.isoformat(), operation=operation)
            if bundle.synthetic:
                note = f"{say('gpkg.synthetic', bundle.lang)} {note}"
            title = title_of(layer.name, bundle)
            yield Placed(layer, title, safe.plain(note), operation, shapes, _names(layer.frame))


def title_of(layer: str, bundle: Bundle) -> str:
    """What a reader calls a result layer."""
    measure = layer.removesuffix(POINTS)
    text = styles.label_of(f"measure.{measure}", measure, bundle.lang)
    if layer == "communes":
        text = say("export.communes", bundle.lang)
    return safe.plain(say("export.points", bundle.lang, layer=text) if layer != measure else text)


def inner_points(shapes: npt.NDArray[np.object_]) -> npt.NDArray[np.float64]:
    """A point inside each shape, shape (n, 2); NaN for none."""
    found = shapely.point_on_surface(shapes)
    return np.column_stack([shapely.get_x(found), shapely.get_y(found)])


def words(layer: ResultLayer, field: str, lang: str) -> list[str]:
    """Cells of a field as a reader wants them: classes and verdicts in words, blank where unknown."""
    texts = [text_of(value) for value in layer.frame[field]]
    group = _WORDS.get(field)
    return [styles.label_of(f"{group}.{text}", text, lang) if group and text else text for text in texts]


def text_of(value: Any) -> str:
    """A cell as text: blank where unknown, whole numbers without a point."""
    if value is None or value is pd.NA or (isinstance(value, float) and np.isnan(value)):
        return ""
    if isinstance(value, bool | np.bool_):
        return "1" if value else "0"
    if isinstance(value, int | float | np.number):
        number = float(value)
        return str(int(number)) if number.is_integer() and abs(number) < 1e15 else repr(number)
    return str(value)


def _names(frame: pd.DataFrame) -> list[str]:
    names = [""] * len(frame)
    for field in reversed(NAMED_BY):
        if field in frame:
            names = [text_of(v) or name for v, name in zip(frame[field], names, strict=True)]
    return [name or str(i + 1) for i, name in enumerate(names)]
