"""``results.gpkg``: one layer a measure and the communes with their figures, with styles that QGIS finds by itself.

Times in the file are the day of the figures, and pages are packed anew, so that the same results give the same bytes.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pyogrio

from geoplan.exports import database, styles
from geoplan.exports.bundle import Bundle
from geoplan.exports.documents import DECIMALS, INTERVAL
from geoplan.exports.fields import allowed
from geoplan.messages import known, say
from geoplan.results import OBSERVATION_COLUMNS
from geoplan.text import safe

POINTS = "_points"
"""Ending of the layer that holds a measure's points: a layer of a GeoPackage has one kind of geometry."""

OBSERVATIONS = "observations"
"""Table of what images saw, day by day."""

_STYLES = """
CREATE TABLE layer_styles (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, f_table_catalog TEXT(256), f_table_schema TEXT(256),
    f_table_name TEXT(256), f_geometry_column TEXT(256), styleName TEXT(30), styleQML TEXT, styleSLD TEXT,
    useAsDefault BOOLEAN, description TEXT, owner TEXT(30), ui TEXT(30), update_time DATETIME DEFAULT CURRENT_TIMESTAMP
)"""


@dataclass(frozen=True, eq=False)
class ResultLayer:
    """One layer of a day's results: name, rows with ``geom``, and the fields that may leave, in their order."""

    name: str
    frame: gpd.GeoDataFrame
    fields: list[str]

    @property
    def kind(self) -> str:
        """``Polygon``, ``LineString`` or ``Point``; ``Polygon`` for a layer without shapes."""
        found = sorted({str(kind).removeprefix("Multi") for kind in self.frame.geom_type.dropna()})
        return found[0] if found else "Polygon"

    @property
    def classes(self) -> list[str]:
        """Values that occur in the field by which the layer is coloured; empty without such a field."""
        return sorted({str(v) for v in self.frame[self._by].dropna()}) if self._by else []

    @property
    def colours(self) -> list[str]:
        """``#rrggbb`` of each feature's class; empty texts for a layer without classes."""
        if not self._by:
            return [""] * len(self.frame)
        known = styles.colours_of(self._by, self.classes)
        return [known.get(str(value), known["unknown"]) for value in self.frame[self._by]]

    @property
    def _by(self) -> str:
        """The field by which the layer is coloured."""
        return next((name for name in styles.CATEGORIES if name in self.fields), "")


def results_gpkg(bundle: Bundle, path: Path) -> None:
    """Write ``results.gpkg``, whole or not at all, read back before it gets its name.

    Raises
    ------
    PlaceUnavailable
        As `writing.write_file`; ``write.failed`` where GDAL or SQLite cannot write; ``write.unverified``.
    """
    layers = layers_of(bundle)

    def fill(made: Path) -> None:
        for layer in layers:
            _write(layer, made, bundle)
        seen = _observations(bundle)
        if len(seen):
            pyogrio.write_dataframe(seen, made, layer=OBSERVATIONS, driver="GPKG", append=True)
        _style(layers, made, bundle)

    database.write(path, bundle.as_of.isoformat(), fill, lambda made: _comes_back(layers, made))


def layers_of(bundle: Bundle) -> list[ResultLayer]:
    """The communes with all figures, then the features behind each measure, as files hold them."""
    return [_communes(bundle), *_measures(bundle)]


def label(field: str, bundle: Bundle) -> str:
    """What a field is called, or the column of a measure among the communes' figures."""
    measure = next((r.measure for r in bundle.results if field.startswith(f"{r.measure}_")), "")
    key = f"column.{measure}.{field.removeprefix(f'{measure}_')}" if measure else f"gpkg.field.{field}"
    return styles.label_of(key, field, bundle.lang)


def labels(layer: ResultLayer, bundle: Bundle) -> dict[str, str]:
    """The fields of a layer in their order, to what a reader calls them."""
    return {field: label(field, bundle) for field in layer.fields}


def _communes(bundle: Bundle) -> ResultLayer:
    """Communes with the figures of every measure as ``<measure>_<column>``."""
    fields = allowed("communes", bundle.communes.columns)
    frame = bundle.communes[[*fields, "geometry"]].sort_values("unit_code", kind="stable").reset_index(drop=True)
    for result in sorted(bundle.results, key=lambda result: result.measure):
        figures = result.table[result.table["level"] == "commune"].set_index("unit_code")
        for column in result.columns:
            for part in ("", *INTERVAL):
                if f"{column.name}{part}" in figures:
                    name = f"{result.measure}_{column.name}{part}"
                    frame[name] = frame["unit_code"].map(figures[f"{column.name}{part}"]).astype(float)
                    fields.append(name)
    return ResultLayer("communes", _writable(frame, bundle.lang), fields)


def _measures(bundle: Bundle) -> Iterator[ResultLayer]:
    for result in sorted(bundle.results, key=lambda result: result.measure):
        if result.layer is not None:
            fields = allowed(result.measure, result.layer.columns)
            frame = result.layer[[*fields, result.layer.geometry.name]]
            points = frame.geom_type == "Point"
            for name, mine in ((result.measure, ~points), (f"{result.measure}{POINTS}", points)):
                if mine.any() or (name == result.measure and not points.any()):
                    yield ResultLayer(name, _writable(frame[mine].reset_index(drop=True), bundle.lang), fields)


def _observations(bundle: Bundle) -> pd.DataFrame:
    """What images saw of each feature, day by day: a table without geometry."""
    tables = [r.observations.assign(measure=r.measure) for r in bundle.results if len(r.observations)]
    if not tables:
        return pd.DataFrame(columns=["measure", *OBSERVATION_COLUMNS])
    frame = pd.concat(tables, ignore_index=True)[["measure", *OBSERVATION_COLUMNS]]
    texts = ("measure", "feature_id", "seen_on", "index")
    made = {name: [safe.plain(str(v)) for v in frame[name]] for name in texts}
    numbers = {name: frame[name].astype(float).round(DECIMALS) + 0.0 for name in ("value", "seen_share")}
    return pd.DataFrame({**made, **numbers}).sort_values(list(texts), kind="stable", ignore_index=True)


def _writable(frame: gpd.GeoDataFrame, lang: str) -> gpd.GeoDataFrame:
    """Columns as the file holds them: rounded numbers, dates as ISO text, sentences for message keys, clean text."""
    made = frame.rename_geometry("geom")
    for name in made.columns.drop("geom"):
        values = made[name]
        if pd.api.types.is_bool_dtype(values) or pd.api.types.is_integer_dtype(values):
            continue
        if pd.api.types.is_float_dtype(values):
            made[name] = values.round(DECIMALS) + 0.0
        else:
            made[name] = pd.Series([_text(v, name, lang) for v in values], index=made.index, dtype=object)
    return made


def _text(value: Any, name: str, lang: str) -> str | None:
    if isinstance(value, list | tuple):
        return "; ".join(safe.plain(str(part)) for part in value)
    if value is None or pd.isna(value):
        return None
    if isinstance(value, date):
        return value.isoformat()[:10]
    if name in ("reasons", "seen_reasons", "agreement_reason"):
        return " ".join(say(key, lang) if known(key) else safe.plain(key) for key in str(value).split(" "))
    return safe.plain(str(value))


def _write(layer: ResultLayer, path: Path, bundle: Bundle) -> None:
    title = (
        bundle.name if layer.name == "communes" else styles.label_of(f"measure.{layer.name}", layer.name, bundle.lang)
    )
    watermark = (
        say("gpkg.synthetic", bundle.lang)
        if bundle.synthetic
        else say("gpkg.as_of", bundle.lang, day=bundle.as_of.isoformat())
    )
    pyogrio.write_dataframe(
        layer.frame,
        path,
        layer=layer.name,
        driver="GPKG",
        append=path.exists(),
        promote_to_multi=True,
        geometry_type=None if len(layer.frame) else "Unknown",
        layer_options={"DESCRIPTION": safe.plain(f"{title} · {watermark}"), "GEOMETRY_NAME": "geom", "FID": "fid"},
    )


def _style(layers: list[ResultLayer], path: Path, bundle: Bundle) -> None:
    """The table of styles, registered."""
    midnight = f"{bundle.as_of.isoformat()}T00:00:00.000Z"
    with closing(sqlite3.connect(path, isolation_level=None)) as base:
        base.execute("BEGIN")
        base.execute(_STYLES)
        base.execute(
            "INSERT INTO gpkg_contents (table_name, data_type, identifier, description, last_change, srs_id) "
            "VALUES ('layer_styles', 'attributes', 'layer_styles', '', ?, 0)",
            (midnight,),
        )
        for layer in layers:
            text = styles.qml(labels(layer, bundle), layer.kind, bundle.lang, values=layer.classes)
            base.execute(
                "INSERT INTO layer_styles (f_table_catalog, f_table_schema, f_table_name, f_geometry_column, "
                "styleName, styleQML, styleSLD, useAsDefault, description, owner, ui, update_time) "
                "VALUES ('', '', ?, 'geom', ?, ?, '', 1, 'geoplan', '', NULL, ?)",
                (layer.name, layer.name, text, midnight),
            )
        base.execute("COMMIT")


def _comes_back(layers: list[ResultLayer], made: Path) -> bool:
    """Rows of every layer, read back and counted."""
    for layer in layers:
        read = pyogrio.read_dataframe(made, layer=layer.name, read_geometry=False)
        if len(read) != len(layer.frame) or list(read.columns) != layer.fields:
            return False
    return True
