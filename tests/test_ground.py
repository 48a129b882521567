"""What holds for the house as a whole: its files, its sentences, its budgets, and how light it starts."""

import ast
import os
import re
import string
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from geoplan import messages

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "geoplan"
TOP_FOLDERS = {".ci", "docs", "geoplan", "layers", "scripts", "tests"}
NOT_OURS = {"__pycache__", "assets", "build", "dist", "node_modules"}
MODULE_LINES = 400
BODY_LINES = 60
HEAVY = (
    "geopandas",
    "pandas",
    "numpy",
    "shapely",
    "pyogrio",
    "pyproj",
    "rasterio",
    "scipy",
    "folium",
    "numba",
    "openpyxl",
    "sklearn",
)

# Patterns spelled so that this file does not hold what it looks for.
HOSTS = ["pypi[.]org", "python[h]osted", "npmjs[.]", "deb[.]debian", "anaconda[.]org"]
PLACES = ["/[w]ork/", "/[r]oot/", "/[o]pt/", "/home/[a-z]", r"[A-Z]:\\Users"]


def committed() -> list[Path]:
    """Files that git has or would take; without git, every file outside hidden and made folders."""
    words = ["git", "-c", "core.quotepath=off", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        done = subprocess.run(words, cwd=ROOT, capture_output=True, check=False)
    except OSError:
        done = None
    if done is not None and done.returncode == 0:
        names = done.stdout.decode("utf-8").split("\0")
        return [path for name in names if name and (path := ROOT / name).is_file()]
    found = []
    for folder, below, names in os.walk(ROOT):
        hidden = {name for name in below if name.startswith(".") and name != ".ci"}
        below[:] = sorted(set(below) - hidden - NOT_OURS - ({"demo", "maps"} if Path(folder) == ROOT else set()))
        found += [Path(folder, name) for name in names]
    return found


def text_of(path: Path) -> str:
    """A file as text; empty for pictures and other binaries."""
    data = path.read_bytes()
    return "" if b"\0" in data else data.decode("utf-8", errors="replace")


def modules() -> list[Path]:
    """Python files of the house, without its tests."""
    return sorted(path for path in committed() if path.suffix == ".py" and ROOT / "tests" not in path.parents)


@pytest.mark.parametrize("wanted", HOSTS + PLACES)
def test_no_file_names_a_registry_or_a_machine(wanted: str) -> None:
    naming = [path.relative_to(ROOT).as_posix() for path in committed() if re.search(wanted, text_of(path))]
    assert naming == []


def test_pins_are_exact_and_have_no_address() -> None:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pins = [line for line in lines if not line.startswith("#")]
    assert [pin for pin in pins if not re.fullmatch(r"[A-Za-z0-9_.-]+==[0-9][0-9a-z.]*", pin)] == []
    assert len({re.sub("[-_.]+", "-", pin.split("==")[0]).lower() for pin in pins}) == len(pins)
    lock = (ROOT / "package-lock.json").read_text(encoding="utf-8")
    assert "://" not in re.sub(r'"(url|funding|homepage)": ?"[^"]*"', "", lock)


def test_every_requirement_is_pinned_and_says_why() -> None:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    document = tomllib.loads(text)
    pins = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pinned = {pin.split("==")[0].lower() for pin in pins}
    direct = [*document["build-system"]["requires"], *document["project"]["dependencies"]]
    for requirement in direct + document["project"]["optional-dependencies"]["dev"]:
        assert re.split("[<>=!~ ]", requirement)[0].lower() in pinned
    for requirement in document["project"]["dependencies"]:
        assert re.search(rf'^ *"{re.escape(requirement)}",? +# \w', text, re.MULTILINE), requirement


def test_top_folders_are_those_of_the_plan() -> None:
    tops = {path.relative_to(ROOT).parts[0] for path in committed() if path.parent != ROOT}
    assert tops <= TOP_FOLDERS


def test_every_room_stands_in_the_account_of_the_house() -> None:
    account = text_of(ROOT / "docs" / "architecture.md")
    rooms = {path.relative_to(PACKAGE).with_suffix("").parts[0] for path in modules() if PACKAGE in path.parents}
    listed = set(re.findall(r"^\| `([a-z_]+)` \|", account, re.MULTILINE))
    assert rooms - listed - {"__init__", "__main__"} == set()


@pytest.mark.parametrize("key", sorted(messages.catalogue()))
def test_every_message_speaks_both_languages(key: str) -> None:
    texts = messages.catalogue()[key]
    assert set(texts) in ({"vi", "en"}, {"vi", "en", "vi_fix", "en_fix"})
    assert all(text.strip() for text in texts.values())
    for ours, theirs in (("vi", "en"), ("vi_fix", "en_fix")):
        if ours in texts:
            assert facts(texts[theirs]) <= facts(texts[ours])  # English may leave out a fact that is Vietnamese words


def facts(text: str) -> set[str]:
    """Placeholders of a sentence, with their decimals."""
    return {f"{name}:{decimals}" for _, name, decimals, _ in string.Formatter().parse(text) if name is not None}


def keys_of(nodes: list[ast.AST]) -> set[str]:
    """Keys written out in ``Problem("key", ...)`` anywhere below the nodes."""
    calls = [below for node in nodes for below in ast.walk(node) if isinstance(below, ast.Call) and below.args]
    first = [call.args[0] for call in calls if isinstance(call.func, ast.Name) and call.func.id == "Problem"]
    return {key.value for key in first if isinstance(key, ast.Constant) and isinstance(key.value, str)}


def test_every_problem_has_a_sentence_and_every_refusal_a_cure() -> None:
    trees: list[ast.AST] = [ast.parse(text_of(path)) for path in modules() if PACKAGE in path.parents]
    raised: list[ast.AST] = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Raise)]
    assert keys_of(trees) - set(messages.catalogue()) == set()
    assert {key for key in keys_of(raised) if "vi_fix" not in messages.catalogue()[key]} == set()


def test_the_command_line_starts_without_heavy_libraries() -> None:
    if not any((PACKAGE / name).exists() for name in ("cli.py", "cli")):
        pytest.skip("no command line yet")
    code = f"import sys, geoplan.cli; print(*sorted(set(sys.modules) & set({HEAVY!r})))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


@pytest.mark.parametrize("path", modules(), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_module_keeps_its_budget(path: Path) -> None:
    text = text_of(path)
    assert len(text.splitlines()) <= MODULE_LINES
    long = {}
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            body = node.body[1:] if ast.get_docstring(node) else node.body
            lines = (node.end_lineno or 0) - body[0].lineno + 1 if body else 0
            if lines > BODY_LINES:
                long[node.name] = lines
    assert long == {}


def test_the_readme_names_the_commands_and_files_that_exist() -> None:
    readme = text_of(ROOT / "README.md")
    code = "from geoplan.cli import main; main(['--help'])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, encoding="utf-8", check=True)
    commands = re.findall(r"^    ([a-z]+)(?: |$)", done.stdout, re.MULTILINE)
    assert set(re.findall(r"^\| `geoplan ([a-z]+)", readme, re.MULTILINE)) == set(commands)
    links = re.findall(r"\]\(([^)#:]+)\)", readme)
    assert [link for link in links if not (ROOT / link).is_file()] == []


def test_no_module_is_a_drawer_for_everything() -> None:
    drawers = {"utils", "helpers", "common", "core", "manager", "util", "misc"}
    assert [path for path in modules() if drawers & {*path.relative_to(ROOT).with_suffix("").parts}] == []


def test_start_needs_nothing_but_python_and_can_tell_an_old_one() -> None:
    tree = ast.parse(text_of(ROOT / "scripts" / "start.py"), feature_version=(3, 8))
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    imported |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert imported <= sys.stdlib_module_names
    code = "import runpy, sys; sys.version_info = (3, 8, 20); sys.argv = ['start.py', 'demo']; "
    code += "runpy.run_path('scripts/start.py', run_name='__main__')"
    surroundings = {**os.environ, "PYTHONIOENCODING": "cp1258", "PYTHONUTF8": "0"}
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=surroundings, capture_output=True, check=False)
    assert done.returncode == 2
    assert "Cần Python 3.11 trở lên; máy đang chạy Python 3.8.20" in done.stdout.decode("utf-8")


def test_the_demo_stamp_knows_every_file_that_a_wheel_is_built_from() -> None:
    """`scripts/start.py` installs anew when one of these changes."""
    start = text_of(ROOT / "scripts" / "start.py")
    for name in ("hatch_build.py", "package.json", "package-lock.json", "pyproject.toml", "README.md", "LICENSE"):
        assert f'"{name}"' in start
        assert (ROOT / name).is_file()
