"""The noun of this room: `Page`, everything that one officer's map shows, composed by `outputs`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import geopandas as gpd
import pandas as pd
from pyproj import CRS

from geoplan import crs as crss
from geoplan.crs import Bounds
from geoplan.messages import Spoken
from geoplan.results import OBSERVATION_COLUMNS, Result

FOREST_CLASSES = (
    "natural_forest", "planted_forest", "planted_not_yet_forest", "regeneration", "non_forest", "unknown",
)  # fmt: skip
USES = ("protection", "special_use", "production", "outside", "unknown")
GAP_ROLES = ("counts", "young", "regeneration", "plantable", "other", "unknown")
VERDICTS = ("lawful", "look", "refused", "to_forest", "unknown")
STATUSES = ("draft", "submitted", "approved", "carried_out", "accepted", "unknown")
AGREEMENTS = ("both", "official_only", "measured_only", "neither", "unseen", "unknown")
SEEN_VERDICTS = (
    "converted", "converting", "not_converted", "abandoned", "field_only", "insufficient", "not_measurable", "unknown",
)  # fmt: skip
PLACE_VERDICTS = ("at_risk", "conditional", "safe", "moved", "unknown")
"""Classes in the order of the legend. What stands in none of them is drawn as ``unknown``."""

COMMUNE_COLUMNS = ("unit_code", "name", "area_official_ha", "geom_ha")
VILLAGE_COLUMNS = ("village_code", "name", "unit_code", "geom_ha")
LOT_COLUMNS = (
    "lot_id", "tk", "khoanh", "lo", "ldlr", "sldlr", "diadanh", "forest_class", "use", "gap_role", "counts_from",
    "owner_class", "unit_code", "namtr", "dtich", "inside_ha", "geom_ha", "agreement", "agreement_reason",
    "measured_ha", "seen_ha", "difference_ha",
)  # fmt: skip
ZONE_COLUMNS = (
    "zone_id", "name", "from_crop", "to_group", "to_crop", "land_code", "status", "verdict", "reasons", "accepted_no",
    "accepted_on", "unit_code", "declared_ha", "accepted_ha", "inside_ha", "geom_ha", "forest_overlap_ha",
    "planned_on", "verdict_seen", "seen_reasons", "converted_ha", "converting_ha", "not_converted_ha", "unknown_ha",
    "converted_ha_low", "converted_ha_high", "looks_count",
)  # fmt: skip
DRAFT_COLUMNS = ("zone_id", "name", "from_crop", "to_group", "verdict", "reasons", "geom_ha", "forest_overlap_ha")
PLACE_COLUMNS = (
    "place_id", "place_kind", "unit_code", "village_code", "verdict", "reasons", "status", "form", "site_id",
    "capacity_households", "room_households", "road_m", "landslide_class", "flood_class", "debris_class", "cut_slope",
)  # fmt: skip
"""Of households and sites: nothing else of them reaches the page, no name, telephone or number of a person."""
REQUIRED = {
    "communes": ("unit_code", "name"),
    "villages": ("name",),
    "lots": ("lot_id", "forest_class"),
    "zones": ("zone_id",),
    "drafts": ("zone_id",),
    "places": ("place_id", "place_kind", "verdict"),
}
"""Columns without which a layer is not drawn. The others may be absent: the page then says nothing of them."""


@dataclass(frozen=True, eq=False)
class Overlay:
    """A picture under the vectors, made by `relief`, `painted`, `grid_overlay` or `photo`.

    Parameters
    ----------
    name : str
        ``relief``, ``land_cover``: the label is the message ``map.overlay.<name>``, else the name itself.
    png : bytes
        North up, in EPSG:3857 between `bounds`.
    bounds : tuple of float
        West, south, east, north in degrees, WGS 84.
    classes : sequence of (label, colour)
        Legend, already in the reader's language; empty for shading.
    label : str
        In the reader's language, in place of the message: of a photo, the days that it shows.
    """

    name: str
    png: bytes
    bounds: Bounds
    classes: Sequence[tuple[str, str]] = ()
    label: str = ""


@dataclass(frozen=True, eq=False)
class Page:
    """What one map shows. Frames stand in `crs`; text is shown as it is, never as HTML.

    Parameters
    ----------
    title : str
        Name of the project.
    as_of : date
        The day that every figure is of.
    synthetic : bool
        True: a permanent banner, and "(giả lập)" beside every percentage.
    geoplan_version : str
        Version that made the page.
    crs : CRS
        The project's CRS: of all frames, and of the read-out of coordinates.
    communes : GeoDataFrame
        `COMMUNE_COLUMNS`, polygons.
    villages : GeoDataFrame or None
        `VILLAGE_COLUMNS`, points or polygons.
    lots : GeoDataFrame or None
        `LOT_COLUMNS`. ``forest_class`` in `FOREST_CLASSES`, ``use`` in `USES`, ``gap_role`` in `GAP_ROLES`;
        ``counts_from`` is the text of the year from which a young planting may count; ``inside_ha`` are the
        statutory hectares inside the communes. Where images were read: ``agreement`` of `AGREEMENTS`,
        ``agreement_reason`` spoken (a sentence or several), ``measured_ha`` of forest seen in the lot, ``seen_ha`` of
        the lot that was seen at all, ``difference_ha`` what is measured beyond the official.
    zones, drafts : GeoDataFrame or None
        `ZONE_COLUMNS`, `DRAFT_COLUMNS`. ``verdict`` in `VERDICTS`, ``status`` in `STATUSES`; ``reasons`` holds
        sequences of spoken sentences; ``inside_ha`` are the geodesic hectares inside the communes, and
        ``<verdict>_ha`` those of the pieces that each verdict is about. Where images were read: ``verdict_seen`` of
        `SEEN_VERDICTS`, ``seen_reasons`` spoken, hectares converted (with low and high), converting, not converted and
        unknown, ``looks_count`` the clear looks of the year with the fewest.
    places : GeoDataFrame or None
        `PLACE_COLUMNS`: households (``place_kind`` is ``household``; points) and sites of resettlement (``existing``,
        ``planned``; polygons). ``verdict`` in `PLACE_VERDICTS`; classes of hazard are 0 to 2, None where not known.
        A household with the ``status`` moved (or ``moved``, where the frame says it) is drawn as moved: it is no more
        at risk there.
    observations : DataFrame or None
        `results.OBSERVATION_COLUMNS`: the series behind ``verdict_seen``, for the cards of zones.
    tables : sequence of Result
        The figures. Where one has a breakdown by the class that is painted, the legend says its hectares.
    standings : sequence of targets.Standing
        Targets beside figures, with their feasibility spoken.
    contradictions : sequence of mapping
        What the plan's documents say against each other: ``finding`` and, where known, ``where`` and ``consequence``.
    notes : sequence of Spoken
        Warnings, already in the reader's language.
    overlays : sequence of Overlay
        At most one is seen at a time.
    swipe : pair of Overlay, optional
        Photos of before and after, to be compared by a handle.
    """

    title: str
    as_of: date
    synthetic: bool
    geoplan_version: str
    crs: CRS
    communes: gpd.GeoDataFrame
    villages: gpd.GeoDataFrame | None = None
    lots: gpd.GeoDataFrame | None = None
    zones: gpd.GeoDataFrame | None = None
    drafts: gpd.GeoDataFrame | None = None
    tables: Sequence[Result] = ()
    standings: Sequence[Any] = ()
    contradictions: Sequence[Mapping[str, Any]] = ()
    notes: Sequence[Spoken] = ()
    overlays: Sequence[Overlay] = ()
    places: gpd.GeoDataFrame | None = None
    observations: pd.DataFrame | None = None
    swipe: tuple[Overlay, Overlay] | None = None

    def __post_init__(self) -> None:
        for layer, columns in REQUIRED.items():
            frame = getattr(self, layer)
            if frame is None:
                continue
            missing = [name for name in columns if name not in frame.columns]
            if missing:
                raise ValueError(f"Page.{layer} lacks {', '.join(missing)}")
            if not crss.same(frame.crs, self.crs):
                raise ValueError(f"Page.{layer} is not in the CRS of the page")
        if self.observations is not None and not set(OBSERVATION_COLUMNS) <= set(self.observations.columns):
            raise ValueError(f"Page.observations lacks some of {', '.join(OBSERVATION_COLUMNS)}")
