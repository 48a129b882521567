"""Make the synthetic scene at full size, 1,024 x 1,024 pixels or more, and say how long it took.

    python scripts/scene_full.py OUT [--seed 2026] [--around 2700] [--threads 2]

The ground is that of the demo commune with more land around it; OUT receives ``images/s2`` alone.
"""

import argparse
import sys
import time
from pathlib import Path

import numpy as np

from geoplan.demo.commune import commune
from geoplan.demo.dangers import dangers, slides
from geoplan.demo.farm import farm
from geoplan.demo.scene.images import write_images
from geoplan.demo.scene.world import world


def main(words: list[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--seed", type=int, default=2026)
    parser.add_argument("--around", type=float, default=2900.0, help="metres of land around the commune")
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args(words)
    if options.out.exists() and any(options.out.iterdir()):
        print(f"{options.out}: not empty", file=sys.stderr)
        return 2
    start = time.perf_counter()
    rng = np.random.default_rng(options.seed)
    made = commune(rng)
    parcels, zones = farm(made, rng)
    first, later = slides(dangers(made, options.seed), options.seed)
    seen = world(made, parcels, zones, [*first, *later], options.seed, around_m=options.around)
    ground_s = time.perf_counter() - start
    rows = write_images(options.out / "images" / "s2", seen, options.seed, threads=options.threads)
    whole_s = time.perf_counter() - start
    size = f"{seen.grid.columns} x {seen.grid.rows}"
    print(f"{size} pixels, {len(rows)} dates: ground {ground_s:.1f} s, images {whole_s - ground_s:.1f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
