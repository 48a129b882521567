"""The two commands of a fresh checkout, with nothing but Python 3.11 or newer.

::

    python scripts/start.py demo [DIR] [words for "geoplan demo"]
    python scripts/start.py test [words for scripts/check.py]

Both make the environment ``.venv`` in the project, with the versions of ``constraints.txt``, and keep it for the next
time. Packages come from where this machine's pip is set up to find them. geoplan is installed as a user has it, not as
a link into the checkout: Python 3.11 on Windows cannot follow a link through a folder with Vietnamese letters.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ENVIRONMENT = ROOT / ".venv"
STAMP = ENVIRONMENT / "geoplan-start.json"
OLDEST = (3, 11)
BUILT_FROM = ("hatch_build.py", "package.json", "package-lock.json", "pyproject.toml", "README.md", "LICENSE")


class StepFailed(Exception):
    """A step ended badly: its name, its exit code, and what the user can do."""

    def __init__(self, step: str, code: int, advice: str) -> None:
        super().__init__(step)
        self.step, self.code, self.advice = step, code, advice


def main(words: list[str]) -> int:
    """Run one of the two commands; the exit code is that of the step that failed, else 0."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8", errors="replace")  # type: ignore[union-attr]
    if sys.version_info < OLDEST:
        found = ".".join(map(str, sys.version_info[:3]))
        _say(
            f"Cần Python 3.11 trở lên; máy đang chạy Python {found}. Cài Python mới hơn rồi chạy lại bằng bản đó.",
            f"Python 3.11 or newer is needed; this is {found}. Install a newer one and start this with it.",
        )
        return 2
    commands = {"demo": _demo, "test": _test}
    if not words or words[0] not in commands:
        _say("Cách dùng: python scripts/start.py demo | test", "Usage: python scripts/start.py demo | test")
        return 0 if words and words[0] in ("-h", "--help") else 2
    try:
        commands[words[0]](words[1:])
    except StepFailed as failure:
        _say(f"DỪNG ở bước: {failure.step} (mã {failure.code}).", f"STOPPED at this step, exit code {failure.code}.")
        print(failure.advice, flush=True)
        return failure.code
    except KeyboardInterrupt:
        _say("Đã dừng theo yêu cầu.", "Stopped on request.")
        return 130
    return 0


def _demo(words: list[str]) -> None:
    folder = words.pop(0) if words and not words[0].startswith("-") else "demo"
    _prepare(dev=False)
    _say("Dựng xã mẫu và tính số liệu ...", "Making the sample commune and its figures ...")
    _run(
        "geoplan demo",
        [_python(), "-P", "-c", "import sys; from geoplan.cli import main; sys.exit(main())", "demo", folder, *words],
        advice="Đọc dòng báo lỗi phía trên. Nếu thư mục đã có dữ liệu khác, hãy chọn tên khác: "
        "python scripts/start.py demo TEN_THU_MUC\n"
        "Read the message above. If the folder holds something else, choose another name.",
    )
    outputs = Path(folder).resolve() / "maps"
    try:
        page = outputs / (outputs / "latest").read_text(encoding="utf-8").strip() / "map.html"
    except OSError:
        page = outputs / "map.html"
    if not page.is_file():
        raise StepFailed("map.html", 1, f"Không thấy bản đồ / no map at: {page}")
    _say("Mở bản đồ bằng trình duyệt, không cần mạng:", "Open the map in a browser, no network needed:")
    print(page.as_uri(), flush=True)


def _test(words: list[str]) -> None:
    _prepare(dev=True)
    _run(
        "kiểm tra / check",
        [_python(), str(ROOT / "scripts" / "check.py"), *words],
        advice="Xem phần tóm tắt phía trên: phép kiểm tra nào hỏng.\nThe summary above names the check that failed.",
    )


def _prepare(*, dev: bool) -> None:
    """Bring the environment up to what the project's files ask for; do nothing where the stamp says that it is."""
    stamp = _read_stamp()
    if not _environment_works():
        stamp = {}
        _say("Tạo môi trường .venv ...", "Making the environment .venv ...")
        _make_environment()
    wanted = _requirements_digest()
    if stamp.get("requirements") != wanted or (dev and not stamp.get("dev")):
        STAMP.unlink(missing_ok=True)
        stamp = {"requirements": wanted, "dev": dev}
        _say("Cài thư viện (lần đầu mất vài phút) ...", "Installing libraries (some minutes the first time) ...")
        _pip(
            "cài thư viện / install libraries",
            ["--constraint", str(ROOT / "constraints.txt"), *_requirements(dev=dev)],
            advice="Kiểm tra mạng, hoặc hỏi quản trị mạng về cấu hình pip của cơ quan (pip config list), rồi chạy lại; "
            "phần đã tải được giữ lại.\n"
            "Check the network or your office's pip settings (pip config list) and start again; downloads are kept.",
        )
    if stamp.get("source") != _source_digest():
        STAMP.unlink(missing_ok=True)
        _say("Cài geoplan ...", "Installing geoplan ...")
        _pip(
            "cài geoplan / install geoplan",
            ["--no-deps", "--force-reinstall", "--no-build-isolation", str(ROOT)],
            advice="Đọc dòng báo lỗi của bước dựng gói ở trên (thường do thiếu mạng khi lấy thư viện bản đồ).\n"
            "Read the build's message above (often the network, while map libraries are gathered).",
        )
        stamp["source"] = _source_digest()
        STAMP.write_text(json.dumps(stamp), encoding="utf-8")
    _say("Môi trường đã sẵn sàng.", "The environment is ready.")


def _read_stamp() -> dict[str, object]:
    """What `_prepare` wrote last; empty where that did not come to its end."""
    try:
        stamp = json.loads(STAMP.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return stamp if isinstance(stamp, dict) else {}


def _environment_works() -> bool:
    """True if ``.venv`` runs this Python's version and has pip: a moved or half-made one does not."""
    probe = "import sys, pip; print(*sys.version_info[:2])"
    try:
        answer = subprocess.run(
            [_python(), "-c", probe], capture_output=True, text=True, env=_surroundings(), check=False
        )
    except OSError:
        return False
    return answer.returncode == 0 and answer.stdout.split() == [str(part) for part in sys.version_info[:2]]


def _make_environment() -> None:
    try:
        venv.EnvBuilder(clear=True, with_pip=True, symlinks=os.name != "nt").create(ENVIRONMENT)
    except (OSError, subprocess.CalledProcessError) as error:
        raise StepFailed(
            "tạo .venv / make .venv",
            1,
            f"{error}\nTrên Debian/Ubuntu: cài gói python3-venv. Trên Windows: đóng chương trình đang dùng .venv.\n"
            "On Debian/Ubuntu install python3-venv. On Windows close programs that use .venv.",
        ) from error


def _requirements(*, dev: bool) -> list[str]:
    """What to install before geoplan: its build tools, its libraries, and with `dev` the tools of the checks."""
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    found = [*project["build-system"]["requires"], *project["project"]["dependencies"]]
    if dev:
        found += project["project"]["optional-dependencies"]["dev"]
    return found


def _requirements_digest() -> str:
    """Digest of the requirements, the exact versions, the Python, and the place (an environment cannot be moved)."""
    parts = [sys.version, str(ROOT), (ROOT / "constraints.txt").read_text(encoding="utf-8"), *_requirements(dev=True)]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _source_digest() -> str:
    """Digest of every file that goes into the wheel, the gathered map libraries included."""
    files = [ROOT / name for name in BUILT_FROM]
    files += sorted(path for path in (ROOT / "geoplan").rglob("*") if "__pycache__" not in path.parts)
    digest = hashlib.sha256()
    for path in files:
        if path.is_file():
            digest.update(path.relative_to(ROOT).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def _pip(step: str, words: list[str], *, advice: str) -> None:
    quiet = [] if sys.stdout.isatty() else ["-qq"]  # a log wants errors only
    command = [_python(), "-m", "pip", "install", "--no-input", "--disable-pip-version-check", *quiet, *words]
    _run(step, command, advice=advice)


def _run(step: str, command: list[str], *, advice: str) -> None:
    code = subprocess.run(command, env=_surroundings(), check=False).returncode
    if code:
        raise StepFailed(step, code if code > 0 else 128 - code, advice)


def _python() -> str:
    """The Python of the environment."""
    return str(ENVIRONMENT / ("Scripts/python.exe" if os.name == "nt" else "bin/python"))


def _surroundings() -> dict[str, str]:
    """Variables for the steps: UTF-8, the environment's programs first, and no other Python's libraries.

    An OSGeo4W or QGIS shell sets PYTHONHOME and PYTHONPATH, which would mix two Pythons.
    """
    kept = {name: value for name, value in os.environ.items() if name not in ("PYTHONHOME", "PYTHONPATH")}
    here = str(Path(_python()).parent)
    return {
        **kept,
        "PYTHONUTF8": "1",
        "VIRTUAL_ENV": str(ENVIRONMENT),
        "PATH": here + os.pathsep + kept.get("PATH", ""),
    }


def _say(vietnamese: str, english: str) -> None:
    width = shutil.get_terminal_size((100, 24)).columns
    joined = f"{vietnamese}  ({english})"
    print(joined if len(joined) <= width else f"{vietnamese}\n  ({english})", flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
