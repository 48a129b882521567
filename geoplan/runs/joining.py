"""Findings of single communes put together: a feature of two communes stands once, a note said everywhere once."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

import geopandas as gpd
import pandas as pd

from geoplan.errors import Problem
from geoplan.forms import with_zero_owners
from geoplan.results import BREAKDOWN_COLUMNS, OBSERVATION_COLUMNS, SERIES_COLUMNS, Findings

KEY_FIELDS = ("lot_id", "zone_id", "place_id")
"""What tells the features of a measure's layer apart when the parts of a split run are joined."""

INSIDE_FIELDS = (
    "inside_ha", "accepted_ha", "refused_ha", "to_forest_ha", "look_ha", "lawful_ha", "natural_forest_overlap_ha",
    "forest_overlap_ha", "converted_ha", "converting_ha", "not_converted_ha", "unknown_ha", "converted_ha_low",
    "converted_ha_high", "measured_ha", "seen_ha", "difference_ha",
)  # fmt: skip
"""Hectares of a feature inside the communes: those of two communes add up."""


def join(parts: Sequence[Findings], names: Sequence[str]) -> Findings:
    """Findings of single communes as one. A feature of two communes stays with the one that holds more of it."""
    forms: dict[str, list[pd.DataFrame]] = {}
    for part in parts:
        for form, table in part.forms.items():
            forms.setdefault(form, []).append(table)
    return Findings(
        table=pd.concat([part.table for part in parts], ignore_index=True),
        layer=_joined_layer([part.layer for part in parts if part.layer is not None]),
        series=_stacked([part.series for part in parts], SERIES_COLUMNS),
        breakdown=_stacked([part.breakdown for part in parts], BREAKDOWN_COLUMNS),
        forms={form: with_zero_owners(pd.concat(tables, ignore_index=True)) for form, tables in forms.items()},
        notes=tuple(_joined_notes([part.notes for part in parts], names)),
        observations=_observed([part.observations for part in parts]),
    )


def _stacked(tables: Sequence[pd.DataFrame], columns: Sequence[str]) -> pd.DataFrame:
    full = [table for table in tables if len(table)]
    return pd.concat(full, ignore_index=True) if full else pd.DataFrame(columns=list(columns))


def _observed(tables: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Series of all features, that of a feature of two communes once."""
    found = _stacked(tables, OBSERVATION_COLUMNS)
    keys = ["feature_id", "seen_on", "index"]
    return found.drop_duplicates(keys).sort_values(keys, kind="stable", ignore_index=True)


def _joined_layer(layers: Sequence[gpd.GeoDataFrame]) -> gpd.GeoDataFrame | None:
    if not layers:
        return None
    full = [layer for layer in layers if len(layer)] or [layers[0]]
    frame = pd.concat(full, ignore_index=True)
    key = next(name for name in KEY_FIELDS if name in frame.columns)
    added = [name for name in INSIDE_FIELDS if name in frame.columns]
    sums = frame.groupby(key)[added]
    frame[added] = sums.transform("sum").where(sums.transform("count") > 0)
    frame = frame.sort_values([key, "unit_share"], kind="stable").drop_duplicates(key, keep="last")
    ordered = frame.sort_values(["unit_code", key], kind="stable", ignore_index=True)
    return gpd.GeoDataFrame(ordered, geometry="geometry", crs=layers[0].crs)


def _joined_notes(notes: Sequence[Sequence[Problem]], names: Sequence[str]) -> list[Problem]:
    """Notes of all parts: one said alike everywhere is said once, others name their commune."""
    by_key: dict[str, list[tuple[str, Problem]]] = {}
    for name, said in zip(names, notes, strict=True):
        for note in said:
            by_key.setdefault(note.key, []).append((name, note))
    joined = []
    for found in by_key.values():
        alike = len(found) == len(names) and all(note == found[0][1] for _, note in found)
        counts = bool(found[0][1].feature_ids) or bool({"n", "area_ha"} & set(found[0][1].facts))
        if (alike and not counts) or len(names) == 1 or "unit" in found[0][1].facts:
            joined += once(note for _, note in found)
        else:
            joined += [replace(note, where=f"{name}: {note.where}" if note.where else name) for name, note in found]
    return joined


def once(problems: Iterable[Problem]) -> list[Problem]:
    """The problems in their order, each said once."""
    kept: list[Problem] = []
    for problem in problems:
        if problem not in kept:
            kept.append(problem)
    return kept
