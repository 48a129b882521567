"""Results for other programs: JSON for scripts, a styled GeoPackage for QGIS. The same results give the same bytes."""

from geoplan.exports.bundle import Bundle
from geoplan.exports.documents import results_json
from geoplan.exports.geopackage import results_gpkg
from geoplan.exports.mapinfo import results_mapinfo

__all__ = ["Bundle", "results_gpkg", "results_json", "results_mapinfo"]
