"""Break good files by the thousand and open them through the doors: the nightly campaign.

::

    python scripts/fuzz.py [--cases 10000] [--first 0] [--only shp,gpkg] [--keep FOLDER] [--silent]

Every case is named by its number, so ``--first 4711 --cases 1`` makes one again. Findings (a traceback, a death, a
hang, over 2 GB, an input changed) stay in FOLDER with their files; the exit code is 1 if there is one. With
``--silent`` so do files that were read without a word and give other figures than the good one.
"""

import argparse
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))


def main() -> int:
    """Run the campaign and print what came of it."""
    from tests.fuzz import campaign, seeds

    parser = argparse.ArgumentParser(description="break files and open them")
    parser.add_argument("--cases", type=int, default=10_000)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--only", default="", help="names of seeds, with commas between")
    parser.add_argument("--keep", type=Path, default=None, help="folder for the findings; a new temporary one without")
    parser.add_argument("--silent", action="store_true", help="keep and list what was read with other figures")
    options = parser.parse_args()
    names = tuple(options.only.split(",")) if options.only else tuple(seeds.MAKERS)
    folder = options.keep or Path(tempfile.mkdtemp(prefix="geoplan-fuzz-"))
    folder.mkdir(parents=True, exist_ok=True)
    found = campaign.run(names, options.first, options.cases, folder, keep_silent=options.silent)
    for name in names:
        row = {outcome: n for (seed, outcome), n in sorted(found.counts.items()) if seed == name}
        other = sum(place.startswith(f"{name}-") for place in found.silent)
        print(f"{name:<10}", "  ".join(f"{outcome} {n}" for outcome, n in row.items()), f"  other figures {other}")
    for line in found.silent if options.silent else ():
        print(f"~ {line}")
    for finding in found.findings:
        print(f"\n✗ {finding['name']}: {finding['outcome']}\n{finding.get('cause', '')}")
    print(
        f"\n{sum(found.counts.values())} cases, {len(found.findings)} findings in {folder}, slowest {found.slowest} s"
    )
    return 1 if found.findings else 0


if __name__ == "__main__":
    sys.exit(main())
