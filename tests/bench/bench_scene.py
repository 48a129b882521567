"""Figures of the synthetic scenes against their truth: ``python -m tests.bench.bench_scene [SEED ...]``."""

import sys

from tests.scene.look import look, right


def main(seeds: list[int]) -> None:
    for seed in seeds:
        one = look(seed)
        zones = one["zones"]
        good = zones[(zones["looks_count"] >= 12) & (zones["state"] != "field_only")]
        unknown = good["verdict_seen"].isin(["insufficient", "unknown", "not_measurable"])
        print(
            f"seed {seed}: cover {one['tree_ha']:.1f} ({one['tree_ha_low']:.1f} - {one['tree_ha_high']:.1f}) ha, true {one['true_ha']:.1f}, "
            f"mapped {one['tree_mapped_ha']:.1f}, pixels right {one['accuracy']:.4f}"
        )
        print(
            f"  n = 300: {one['held']} of {one['replicates']} intervals hold the truth, half width {one['half_width_points']:.2f} points"
        )
        print(
            f"  zones with 12 looks: {len(good)}, right {right(good).mean():.3f}, unknown {unknown.mean():.3f}; "
            f"converted {zones['converted_ha_found'].sum():.2f} ha, true {zones['converted_ha'].sum():.2f}; "
            f"on 7 dates a year: {one['few_looks']['converted_ha_found'].sum():.2f} ha"
        )
        print(
            zones.loc[
                ~right(zones),
                ["state", "partial", "geom_ha", "converted_ha", "verdict_seen", "converted_ha_found", "looks_count"],
            ]
        )


if __name__ == "__main__":
    main([int(word) for word in sys.argv[1:]] or [71, 83, 97, 113, 131])
