"""Results for other programs: JSON for scripts, a styled GeoPackage for QGIS. The same results give the same bytes."""

from geoplan.exports.bundle import Bundle
from geoplan.exports.documents import results_json
from geoplan.exports.geopackage import results_gpkg
from geoplan.exports.gpx import results_gpx
from geoplan.exports.kml import results_kml
from geoplan.exports.mapinfo import results_mapinfo
from geoplan.exports.parquet import results_parquet
from geoplan.exports.qfield import results_qfield
from geoplan.exports.qgis import results_qgis

__all__ = [
    "Bundle",
    "results_gpkg",
    "results_gpx",
    "results_json",
    "results_kml",
    "results_mapinfo",
    "results_parquet",
    "results_qfield",
    "results_qgis",
]
