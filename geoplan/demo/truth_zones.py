"""What the measures must find of conversion zones: each cut by parcels and villages, one by one, areas by geodesics."""

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geoplan.demo import geodesy
from geoplan.demo.commune import CRS, Commune
from geoplan.demo.frms import NATURAL
from geoplan.demo.plan import AS_OF
from geoplan.demo.units import Rows, named

PLANNED = ("submitted", "approved", "carried_out", "accepted")
DECLARED = ("carried_out", "accepted")


def pieces(made: Commune, parcels: gpd.GeoDataFrame, zones: gpd.GeoDataFrame) -> pd.DataFrame:
    """Pieces of zones by parcel and village: ``zone``, ``village`` (places), ``ha``, ``verdict``.

    Verdicts: ``to_forest`` (not a change of crop), ``refused`` (perennial on LUC), ``allowed``, ``unknown``.
    """
    grounds, codes = parcels.geometry.to_numpy(), parcels["land_code"].to_numpy()
    rows = []
    for z, (zone, group) in enumerate(zip(zones.geometry, zones["to_group"], strict=True)):
        under = [i for i in range(len(grounds)) if grounds[i].intersects(zone)]
        cuts = [(codes[i], shapely.intersection(zone, grounds[i])) for i in under]
        rest = shapely.difference(zone, shapely.union_all(grounds[under])) if under else zone
        for code, cut in [*cuts, (None, rest)]:
            for v, village in enumerate(made.villages.geometry):
                area = geodesy.hectares(np.array([shapely.intersection(cut, village)], dtype=object), CRS)[0]
                if area > 1e-6:
                    rows.append({"zone": z, "village": v, "ha": area, "verdict": _verdict(str(group), code)})
    return pd.DataFrame(rows)


def _verdict(to_group: str, land_code: object) -> str:
    """What the law says of one piece (Decree 112/2024)."""
    if to_group == "forest":
        return "to_forest"
    if land_code is None:
        return "unknown"
    return "refused" if to_group == "perennial" and land_code == "LUC" else "allowed"


def conversion(made: Commune, zones: gpd.GeoDataFrame, cut: pd.DataFrame) -> tuple[Rows, Rows]:
    """Columns of the measure `conversion` that come from papers and land, and every zone by itself."""
    whole = cut.groupby("zone")["ha"].sum()
    status = zones["status"].to_numpy()
    declared = zones["declared_ha"].to_numpy(dtype=float)
    signed = (status == "accepted") & zones["accepted_no"].notna().to_numpy()
    signed &= (zones["accepted_on"].fillna("9999-12-31") <= AS_OF).to_numpy(dtype=bool)
    share = cut["ha"] / cut["zone"].map(whole)
    papers = cut["zone"].map(pd.Series(np.nan_to_num(declared))) * share
    of, alive = cut["zone"].to_numpy(), status[cut["zone"]] != "draft"

    def sums(mine: NDArray[np.bool_]) -> dict[str, float | None]:
        told = cut["verdict"].to_numpy()
        return {
            "planned_ha": float(cut["ha"][mine & np.isin(status[of], PLANNED)].sum()),
            "declared_ha": float(papers[mine & np.isin(status[of], DECLARED)].sum()),
            "accepted_ha": float(papers[mine & signed[of] & np.isin(told, ("allowed", "unknown"))].sum()),
            "refused_ha": float(cut["ha"][mine & alive & (told == "refused")].sum()),
            "to_forest_ha": float(cut["ha"][mine & alive & (told == "to_forest")].sum()),
        }

    table = named(made, lambda places: sums(cut["village"].isin(places).to_numpy()))
    natural = made.mosaic.lots[made.lots["ldlr"].isin(NATURAL).to_numpy()]
    each: Rows = []
    for z, shape in enumerate(zones.geometry):
        mine = cut[cut["zone"] == z]
        by_verdict = mine.groupby("verdict")["ha"].sum()
        near = natural[shapely.intersects(natural, shape)]
        row: dict[str, object] = {"zone_id": zones["zone_id"].iloc[z], "status": str(status[z])}
        row["geom_ha"] = float(whole[z])
        row |= {
            f"{name}_ha": float(by_verdict.get(name, 0.0)) for name in ("allowed", "refused", "to_forest", "unknown")
        }
        row["verdict"] = str(by_verdict.index[0]) if len(by_verdict) == 1 else "mixed"
        row["on_natural_forest_ha"] = float(geodesy.hectares(shapely.intersection(near, shape), CRS).sum())
        row["accepted_ha"] = sums(of == z)["accepted_ha"]
        each.append(row)
    return table, each
