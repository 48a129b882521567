"""The machine: Python, libraries, memory, console, fonts."""

import ctypes
import locale
import os
import re
import sys
import tomllib
from importlib import metadata
from pathlib import Path

from geoplan.doctor.check import Check, bad, fine, odd
from geoplan.doctor.letters import VIETNAMESE, has_letters

OLDEST_PYTHON = (3, 11)
LEAST_MEMORY_GB = 3.5
_HERE = Path(__file__).resolve().parents[2]
_GOOD_FONTS = ("times", "arial", "dejavusans", "liberation", "notosans", "notoserif", "segoeui", "tahoma", "roboto")
_UTF8 = {"utf-8", "utf8", "cp65001", "65001"}


def python(_: Path) -> Check:
    """A Python that is new enough, of 64 bits."""
    version, bits = ".".join(map(str, sys.version_info[:3])), 64 if sys.maxsize > 2**32 else 32
    if sys.version_info[:2] < OLDEST_PYTHON or bits < 64:
        return bad("doctor.python_bad", version=version, bits=bits)
    return fine("doctor.python", version=version, bits=bits, place=sys.executable)


def libraries(_: Path) -> Check:
    """Libraries that are there, as new as geoplan needs them, and of the versions that it was tested with."""
    wrong, other = [], []
    pins = _pins()
    wanted = _requirements()
    for requirement in wanted:
        name = re.split(r"[\s<>=!~;\[]", requirement, maxsplit=1)[0]
        try:
            found = metadata.version(name)
        except metadata.PackageNotFoundError:
            wrong.append(f"{name} (–)")
            continue
        if not _meets(found, requirement[len(name) :]):
            wrong.append(f"{name} {found} ({requirement[len(name) :].strip()})")
        elif pins.get(_plain(name), found) != found:
            other.append(f"{name} {found} ({pins[_plain(name)]})")
    if wrong:
        return bad("doctor.libraries_bad", libraries=", ".join(wrong))
    if not wanted:
        return odd("doctor.libraries_unknown")
    if other:
        return odd("doctor.libraries_odd", libraries=", ".join(other[:6]), n=len(other))
    return fine("doctor.libraries", n=len(wanted), pinned=sum(_plain(p) in pins for p in _names(wanted)))


def strength(_: Path) -> Check:
    """Cores and memory."""
    cores, memory = os.cpu_count() or 1, memory_gb()
    if memory is None:
        return fine("doctor.strength_unknown", cores=cores)
    if memory < LEAST_MEMORY_GB:
        return odd("doctor.strength_odd", cores=cores, memory_gb=memory)
    return fine("doctor.strength", cores=cores, memory_gb=memory)


def console(_: Path) -> Check:
    """A console that shows Vietnamese letters."""
    found = console_encoding()
    if found.casefold() not in _UTF8:
        key = "doctor.console_windows" if sys.platform == "win32" else "doctor.console_odd"
        return odd(key, encoding=found, locale=os.environ.get("LC_ALL") or os.environ.get("LANG") or "–")
    return fine("doctor.console", encoding=found)


def fonts(_: Path) -> Check:
    """Fonts that have every Vietnamese letter: documents and A3 sheets will need one."""
    found = []
    for path in font_files():
        name = path.stem.replace(" ", "").removesuffix("-Regular")
        styled = re.search("bold|italic|oblique|light|condensed|mono", name, re.IGNORECASE)
        if (
            name not in found
            and not styled
            and name.casefold().startswith(_GOOD_FONTS)
            and has_letters(path, VIETNAMESE)
        ):
            found.append(name)
        if len(found) == 5:
            break
    if not found:
        return odd("doctor.fonts_odd")
    return fine("doctor.fonts", fonts=", ".join(found))


def font_files() -> list[Path]:
    """Files of fonts where the system keeps them."""
    home = Path(os.environ.get("HOME") or os.environ.get("USERPROFILE") or "/")
    places = [
        Path(os.environ.get("WINDIR", "C:/Windows")) / "Fonts",
        Path("/usr/share/fonts"),
        Path("/usr/local/share/fonts"),
        Path("/Library/Fonts"),
        Path("/System/Library/Fonts"),
        home / ".local/share/fonts",
        home / ".fonts",
        home / "AppData/Local/Microsoft/Windows/Fonts",
    ]
    found = [
        p for place in places if place.is_dir() for p in place.rglob("*") if p.suffix.casefold() in {".ttf", ".otf"}
    ]
    return sorted(found, key=lambda p: (p.stem.casefold(), str(p)))


def console_encoding() -> str:
    """What the console shows, as the system says it: our own streams are always UTF-8."""
    asked = os.environ.get("PYTHONIOENCODING", "").split(":")[0]
    if sys.platform == "win32":
        return asked or str(ctypes.windll.kernel32.GetConsoleOutputCP())
    return asked or locale.getencoding()


def memory_gb() -> float | None:
    """Memory of the machine; None where the system does not say."""
    try:
        return float(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9)
    except (AttributeError, ValueError, OSError):
        return _windows_memory_gb()


def _windows_memory_gb() -> float | None:
    if sys.platform == "win32":
        kilobytes = ctypes.c_ulonglong(0)
        known = ctypes.windll.kernel32.GetPhysicallyInstalledSystemMemory(ctypes.byref(kilobytes))
        return kilobytes.value / 1e6 if known else None
    return None


def _requirements() -> list[str]:
    """What geoplan needs, as installed or as its source says."""
    try:
        wanted = metadata.requires("geoplan")
    except metadata.PackageNotFoundError:
        wanted = None
    if wanted is None:
        source = _HERE / "pyproject.toml"
        wanted = tomllib.loads(source.read_text("utf-8"))["project"]["dependencies"] if source.is_file() else []
    return [w for w in wanted if "extra ==" not in w]


def _names(requirements: list[str]) -> list[str]:
    return [re.split(r"[\s<>=!~;\[]", r, maxsplit=1)[0] for r in requirements]


def _pins() -> dict[str, str]:
    """Versions that geoplan was tested with; only its source has them."""
    path = _HERE / "constraints.txt"
    lines = path.read_text("utf-8").splitlines() if path.is_file() else []
    return {_plain(name): pin for name, _, pin in (line.partition("==") for line in lines) if pin}


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).casefold()


def _meets(version: str, conditions: str) -> bool:
    """True if a version meets ``>=1.2,<2`` (the only signs that geoplan uses)."""
    for sign, least in re.findall(r"(>=|<=|==|<|>)\s*([0-9][0-9.]*)", conditions.partition(";")[0]):
        have, want = (_numbers(text) for text in (version, least))
        length = max(len(have), len(want))
        a, b = have + (0,) * (length - len(have)), want + (0,) * (length - len(want))
        if not {">=": a >= b, "<=": a <= b, "==": a == b, "<": a < b, ">": a > b}[sign]:
            return False
    return True


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(n) for n in re.findall(r"\d+", re.split(r"[a-z+]", text, maxsplit=1)[0]))
