"""What the end-to-end tests share: a copy of the demo to spoil, the command line in this process or its own, bytes and figures."""

import hashlib
import io
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import pyogrio

import geoplan
from geoplan import cli

DAY = "2026-06-30"
OUTPUTS = ("log.txt", "map.html", "results.gpkg", "results.json", "results.xlsx")
ROOT = Path(geoplan.__file__).resolve().parents[1]
LAYERS = {
    "communes": "communes", "villages": "villages", "forest_lots": "rung", "parcels": "thua_dat", "conversion_zones": "vung_chuyen_doi",
    "sites": "diem_dan_cu", "roads": "duong", "streams": "suoi",
}  # fmt: skip
"""GeoPackages of the demo by role."""

VIETNAMESE = re.compile("[àáảãạăằắẳẵặâầấẩẫậèéẻẽẹêềếểễệìíỉĩịòóỏõọôồốổỗộơờớởỡợùúủũụưừứửữựỳýỷỹỵđ]", re.IGNORECASE)


@dataclass(frozen=True)
class Said:
    """What a command left: exit code, stdout, stderr."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        """The one object of ``--json``; fails where stdout holds anything else."""
        assert self.out.count("\n") == 1, f"not one line: {self.out[:300]!r}"
        made = json.loads(self.out)
        assert isinstance(made, dict)
        return made


def call(*words: str | Path) -> Said:
    """The command in this process: a bug raises its traceback here, a library's warning fails the test."""
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="ascii", newline="") for _ in range(2))
    with redirect_stdout(out), redirect_stderr(err):
        try:
            code = cli.main([str(word) for word in words])
        except SystemExit as leaving:
            code = int(leaving.code or 0)
    for stream in (out, err):
        stream.flush()
    return Said(code, out.buffer.getvalue().decode(), err.buffer.getvalue().decode())  # type: ignore[attr-defined]


def environment(**changed: str) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1", **changed}


def process(*words: str | Path, cwd: Path | None = None, before: tuple[str, ...] = (), **env: str) -> Said:
    """The command in a process of its own."""
    command = [*before, sys.executable, "-m", "geoplan.cli", *map(str, words)]
    done = subprocess.run(command, cwd=cwd, env=environment(**env), capture_output=True, timeout=120, check=False)
    return Said(done.returncode, done.stdout.decode(), done.stderr.decode("utf-8", "replace"))


def copy_of(demo: Path, folder: Path) -> Path:
    """The demo project under another name, without outputs or truth."""
    shutil.copytree(demo, folder, ignore=shutil.ignore_patterns("maps", "truth.json"))
    return folder


def respell(folder: Path, *changes: tuple[str, str]) -> None:
    """Replace text of the project file; every text must be there."""
    file = folder / "geoplan.toml"
    text = file.read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    file.write_text(text, encoding="utf-8")


def rewrite(folder: Path, role: str, change: Callable[[gpd.GeoDataFrame], gpd.GeoDataFrame]) -> None:
    """Read a layer of the demo, change it, write it where it was."""
    path = folder / "layers" / f"{LAYERS[role]}.gpkg"
    frame = change(pyogrio.read_dataframe(path))
    path.unlink()
    pyogrio.write_dataframe(frame, path, layer=path.stem, driver="GPKG")


def hashes(folder: Path) -> dict[str, str]:
    """SHA-256 of every file below a folder."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def inputs_of(folder: Path) -> dict[str, str]:
    return {name: digest for name, digest in hashes(folder).items() if not name.startswith("maps/")}


def results_of(folder: Path, place: Path | None = None) -> dict[str, Any]:
    made: dict[str, Any] = json.loads(((place or folder / "maps") / DAY / "results.json").read_text(encoding="utf-8"))
    return made


def figures(results: Mapping[str, Any]) -> dict[tuple[str, str, str], tuple[float | None, str]]:
    """(measure, unit code, column) to (value, unit of measurement)."""
    return {(r["measure"], r["unit_code"], r["column"]): (r["value"], r["unit"]) for r in results["results"]}
