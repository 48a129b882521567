"""Opens broken files through the real doors, one after the other, and says how each ended: run as a child process.

::

    python -m tests.fuzz.opener FOLDER      names of cases on stdin, one JSON line a case on stdout

A case is a folder with ``case.json`` and the files. The child has a memory limit, so that a blow-up is seen.
"""

import contextlib
import hashlib
import io
import json
import os
import resource
import sys
import time
import warnings
from pathlib import Path
from typing import Any

MEMORY = 2_000_000_000
"""Bytes that one case may add."""


def digest(folder: Path) -> str:
    found = hashlib.sha256()
    for path in sorted(p for p in folder.rglob("*") if p.is_file() and p.name != "case.json"):
        found.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes())
    return found.hexdigest()


def opened(folder: Path, case: dict[str, Any]) -> tuple[str, list[float]]:
    """``read``, ``told`` or ``refused``, and figures of what was read; everything else is a fault of ours and goes up.

    The figures are rows, hectares and the middle of all shapes, or pixels of each class: what a report would be made of.
    """
    from geoplan import layers, rasters, targets
    from geoplan.crs import parse
    from geoplan.errors import GeoplanError
    from geoplan.layers import LayerSpec
    from geoplan.layers.records import RasterSpec
    from geoplan.messages import spoken
    from geoplan.project import open_project

    path, role = folder / case["opened"], case["role"]
    figures: list[float] = []
    try:
        if role == "project":
            open_project(path)
            problems: tuple[Any, ...] = ()
        elif role == "targets":
            targets.read(path, path.name)
            problems = ()
        elif role == "land_cover":
            raster = rasters.open_raster(RasterSpec(role, path, path.name, forest=(1, 2)), folder)
            values = raster.read()[0]
            figures = [float((values == code).sum()) for code in range(1, 4)]
            problems = raster.warnings
        else:
            spec = LayerSpec(role, path, path.name, crs=case["crs"])
            found = layers.inspect(spec, parse("EPSG:9213"), folder, mend=bool(case["mend"]), whole=bool(case["mend"]))
            problems = (*found.errors, *found.warnings, *found.mended)
            if found.layer is None and not found.errors:
                raise AssertionError("no layer and no word why")
            figures = [] if found.layer is None else _figures(found.layer.frame)
    except GeoplanError as error:
        problems = error.problems
        outcome = "refused"
    else:
        outcome = "told" if problems else "read"
    for problem in problems:
        for lang in ("vi", "en"):
            said = spoken(problem, lang)
            if not said.found or "Traceback" in said.found or str(folder) in said.found + said.fix + said.where:
                raise AssertionError(f"a message that is none: {said}")
    return outcome, figures if outcome != "refused" else []


def _figures(frame: Any) -> list[float]:
    """Rows, hectares, and the middle of the shapes in metres."""
    middles = frame.geometry.centroid
    hectares = float(frame["geom_ha"].sum()) if "geom_ha" in frame else 0.0
    codes = sum(int(frame[c].fillna(0).astype(float).sum()) for c in ("people", "nggocr", "ktan") if c in frame)
    where = (float(middles.x.mean()), float(middles.y.mean())) if len(frame) else (0.0, 0.0)
    return [float(len(frame)), round(hectares, 6), *(round(v, 2) for v in where), float(codes)]


def differ(one: list[float], other: list[float]) -> bool:
    """True where figures differ by more than 0.01 % of them, or by more than a centimetre."""
    same = len(one) == len(other) and all(
        abs(a - b) <= max(0.01, 1e-8 * abs(b)) for a, b in zip(one, other, strict=True)
    )
    return not same


def main() -> None:
    os.environ.pop("HOME", None)
    warnings.simplefilter("error")
    import geopandas  # noqa: F401
    import rasterio  # noqa: F401

    import geoplan.layers
    import geoplan.project
    import geoplan.rasters
    import geoplan.targets  # noqa: F401

    with open("/proc/self/statm") as file:  # noqa: PTH123
        pages = int(file.read().split()[0])
    limit = pages * os.sysconf("SC_PAGE_SIZE") + MEMORY
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    root = Path(sys.argv[1])
    for line in sys.stdin:
        folder = root / line.strip()
        case = json.loads((folder / "case.json").read_text(encoding="utf-8"))
        before, began, noise = digest(folder), time.monotonic(), io.StringIO()
        answer: dict[str, Any] = {"name": folder.name}
        try:
            with contextlib.redirect_stdout(noise), contextlib.redirect_stderr(noise):
                answer["outcome"], answer["figures"] = opened(folder, case)
        except BaseException as error:  # whatever gets through a door is what we look for
            import traceback

            answer["outcome"] = "traceback"
            answer["cause"] = "".join(traceback.format_exception(error))[-3000:]
        if answer["outcome"] != "traceback" and digest(folder) != before:
            answer |= {"outcome": "changed", "cause": "an input file was changed"}
        if answer["outcome"] != "traceback" and noise.getvalue().strip():
            answer |= {"outcome": "noise", "cause": noise.getvalue()[-1000:]}
        answer["seconds"] = round(time.monotonic() - began, 2)
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
